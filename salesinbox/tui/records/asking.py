"""Small questions that commands of records ask: until when, to whom, where to."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import drafts
from salesinbox.model.errors import NotFoundError
from salesinbox.model.imports import PLURAL
from salesinbox.model.records import Company, Deal, Item, Person, Record
from salesinbox.model.reviews import Suggestion
from salesinbox.services import desktop
from salesinbox.tui.compose.fields import written
from salesinbox.tui.records import words
from salesinbox.tui.records.changing import change
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.question import Question
from salesinbox.tui.screens.saving import ask_folder, tell

if TYPE_CHECKING:
    from salesinbox.tui.app import Board


def postpone(board: "Board", ids: Sequence[str]) -> None:
    """Ask until when these tasks are put off."""

    def answered(text: str) -> None:
        if text:
            change(board, lambda changes: changes.postpone(ids, text), records=len(ids))

    note = _("For instance: tomorrow, Fri 10:00, 3d, next week, 12/20. Until then it is out of sight.")
    board.push_screen(Question(board, _("Put off until"), answered, doing=_("put off"), note=note))


def write_to(board: "Board", record: Record) -> None:
    """A new mail to a person, to the people of a deal, or to those whom a task is about."""
    if isinstance(record, Company):
        _ask_whom(board, record)
        return
    people = _people(board, record)
    to = ", ".join(written(Suggestion(one.name, one.addresses[0])) for one in people if one.addresses)
    if not to:
        board.say(_("No mail address is known here."))
        return
    if not board.later.writing.identities():
        from salesinbox.tui.compose.unable import how_to_send  # noqa: PLC0415 - loaded when it is first opened

        board.push_screen(how_to_send(board))
        return
    from salesinbox.tui.writing import open_draft  # noqa: PLC0415 - the same

    draft = board.later.writing.begin(drafts.NEW)
    open_draft(board, replace(draft, to=to), fresh=True)


def _ask_whom(board: "Board", company: Company) -> None:
    people = [one for one in board.records.related(company.id).people if one.addresses]
    if not people:
        board.say(_("No mail address is known here."))
        return
    choices = [Choice(words.name_of(one), detail=words.brief(one), value=one) for one in people]
    board.push_screen(Picker(board, _("Write to whom?"), choices, chosen=lambda one: write_to(board, one)))


def _people(board: "Board", record: Record) -> list[Person]:
    if isinstance(record, Person):
        return [record]
    ids: Sequence[str] = ()
    if isinstance(record, Deal):
        ids = record.contact_ids
    elif isinstance(record, Item):
        ids = [one for one in record.about if one.startswith("p")]
    found = []
    for id in ids:  # noqa: A001 - as everywhere in the services
        try:
            one = board.records.show(id)
        except NotFoundError:
            continue
        if isinstance(one, Person):
            found.append(one)
    return found


def export(board: "Board", kind: str) -> None:
    """Ask for a folder, and write all records of a kind there as CSV (REC-7)."""

    def chosen(folder: Path) -> None:
        out = StringIO()
        count = board.records.export(PLURAL[kind], out)
        path = desktop.keep(folder, words.plural(kind), ".csv", out.getvalue().encode())
        text = ngettext("{n} record written: {path}", "{n} records written: {path}", count)
        tell(board, text.format(n=number(count), path=desktop.short(path)))

    ask_folder(board, _("Export “{kind}” to").format(kind=words.plural(kind)), chosen)
