"""Small questions that commands of records ask: until when, to whom, where to."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import drafts
from salesinbox.model import records as kinds
from salesinbox.model.errors import NotFoundError
from salesinbox.model.imports import PLURAL
from salesinbox.model.records import ACTIVITIES, Deal, Item, Person, Record
from salesinbox.model.reviews import Suggestion
from salesinbox.services import desktop
from salesinbox.tui.compose.fields import written
from salesinbox.tui.records import words
from salesinbox.tui.records.changing import change
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.screens.question import Question
from salesinbox.tui.screens.saving import ask_folder, tell
from salesinbox.tui.waiting import wait_for

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_ENDINGS = {"csv": ".csv", "vcard": ".vcf", "ics": ".ics"}


def postpone(board: "Board", ids: Sequence[str]) -> None:
    """Ask until when these tasks are put off."""

    def answered(text: str) -> None:
        if text:
            change(board, lambda changes: changes.postpone(ids, text), records=len(ids))

    note = _("For instance: tomorrow, Fri 10:00, 3d, next week, 12/20. Until then it is out of sight.")
    board.push_screen(Question(board, _("Put off until"), answered, doing=_("put off"), note=note))


def write_to(board: "Board", record: Record) -> None:
    """A new mail to a person, a deal's main contact, or whom a case is about; it is for the record (LINK-5)."""
    to = _to(board, record)
    if to is None:
        _ask_whom(board, record)
    else:
        _write(board, to, _written_for(record))


def _write(board: "Board", to: Person, record: str) -> None:
    if not board.later.writing.identities():
        from salesinbox.tui.compose.unable import how_to_send  # noqa: PLC0415 - loaded when it is first opened

        board.push_screen(how_to_send(board))
        return
    from salesinbox.tui.writing import open_draft  # noqa: PLC0415 - the same

    draft = board.later.writing.begin(drafts.NEW)
    address = written(Suggestion(to.name, to.addresses[0]))
    open_draft(board, replace(draft, to=address, record=record), fresh=True)


def _ask_whom(board: "Board", record: Record) -> None:
    """One of the people around a record: of a company, or of the company of a deal without contacts."""
    company = record.company_id if isinstance(record, Deal) else record.id
    people = [one for one in board.records.related(company).people if one.addresses] if company else []
    if not people:
        board.say(_("No mail address is known here."))
        return
    choices = [Choice(words.name_of(one), detail=words.brief(one), value=one) for one in people]

    def chosen(one: Person) -> None:
        _write(board, one, _written_for(record))

    board.push_screen(Picker(board, _("Write to whom?"), choices, chosen=chosen))


def _to(board: "Board", record: Record) -> Person | None:
    """The person whom mail for a record goes to, None where nobody with an address is known."""
    if isinstance(record, Person):
        return record if record.addresses else None
    ids: Sequence[str] = ()
    if isinstance(record, Deal):
        ids = record.contact_ids  # the main one first
    elif isinstance(record, Item):
        ids = [one for letter in "pd" for one in record.about if one.startswith(letter)]
    for id in ids:  # noqa: A001 - as everywhere in the services
        try:
            found = _to(board, board.records.show(id))
        except NotFoundError:
            continue
        if found is not None:
            return found
    return None


def _written_for(record: Record) -> str:
    """Activities have no mail of their own: what is written from one is for its deal, else for whom it is about."""
    if isinstance(record, Item) and record.kind in ACTIVITIES:
        return next((one for letter in "dpc" for one in record.about if one.startswith(letter)), "")
    return record.id


def export(board: "Board", kind: str) -> None:
    """Ask for a folder, and write all records of a kind there (REC-7): as CSV, or as what the rep chooses."""
    formats = [("csv", _("CSV, for spreadsheets and other CRMs"))]
    if kind in words.PEOPLE:
        formats.append(("vcard", _("vCard, for address books")))
    elif kind in (kinds.EVENT, kinds.TASK):
        formats.append(("ics", _("iCalendar, for calendars")))
    heading = _("Export “{kind}” to").format(kind=words.plural(kind))

    def chosen(format_: str) -> None:
        ask_folder(board, heading, lambda folder: _export(board, kind, format_, folder))

    if len(formats) == 1:
        chosen("csv")
    else:
        choices = [Choice(title, _ENDINGS[name], value=name) for name, title in formats]
        board.push_screen(
            Picker(board, _("Export “{kind}” as").format(kind=words.plural(kind)), choices, chosen=chosen)
        )


def _export(board: "Board", kind: str, format_: str, folder: Path) -> None:
    """Write it in a thread: of many thousands it takes seconds."""
    exchange, title = board.later.exchange, words.plural(kind)

    def write(stopped: Event) -> tuple[int, Path] | None:
        out = StringIO(newline="")
        with exchange.apart() as own:
            count = own.export(PLURAL[kind], out, format=format_)
        if stopped.is_set():
            return None
        return count, desktop.keep(folder, title, _ENDINGS[format_], out.getvalue().encode())

    def over(written: tuple[int, Path]) -> None:
        count, path = written
        text = ngettext("{n} record written: {path}", "{n} records written: {path}", count)
        tell(board, text.format(n=number(count), path=desktop.short(path)))

    wait_for(board, _("Writing “{kind}”…").format(kind=title), write, over)
