"""The record that a message is for, and files of records that go with it (LINK-5, SEND-9)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import size
from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft
from salesinbox.model.links import LINKED, PEOPLE, LinkChoice
from salesinbox.model.text import safe
from salesinbox.services.records.words import kind_title
from salesinbox.services.writing import WritingService
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_NONE = ""
"""As a record: the message is for none."""


def records(board: "Board", writing: WritingService, draft: Draft, chosen: Callable[[str], None]) -> Picker:
    """Deals of the recipients come first; typing finds any record. `chosen` gets an id, "" for no record."""

    def source(typed: str) -> Sequence[Choice]:
        found = writing.records(draft, typed.strip())
        rows = [
            Choice(safe(one.name, 120), _mark(one), f"{kind_title(one.kind)}  {safe(one.detail, 160)}",
                   value=one.record, strong=one.why == LINKED)
            for one in found
        ]  # fmt: skip
        if draft.record and not typed.strip():
            rows.append(Choice(_("For no record"), detail=_("It is linked as any other mail is."), value=_NONE))
        return rows

    return Picker(board, _("What is this message for?"), source, chosen=chosen, typing=True, large=True,
                  prompt=_("a deal, a person, a company or a case"), nothing=_("No record fits."))  # fmt: skip


def _mark(one: LinkChoice) -> str:
    if one.why == LINKED:
        return _("● chosen")
    return _("of these people") if one.why == PEOPLE else ""


def files(board: "Board", writing: WritingService, draft: Draft, chosen: Callable[[str], None]) -> Picker:
    """Files of the recipients' records and of the draft's; typing finds those of others. `chosen` gets a file's id."""

    def source(typed: str) -> Sequence[Choice]:
        return [
            Choice(safe(one.file.name, 200) or _("(no name)"),
                   f"{size(one.file.size)}  {board.clock.brief(one.file.date)}",
                   f"{kind_title(one.kind)}  {safe(one.name, 120)}", value=one.file.id)
            for one in writing.record_files(draft, typed.strip())
        ]  # fmt: skip

    return Picker(board, _("Attach a file of a record"), source, chosen=chosen, typing=True, large=True,
                  prompt=_("a part of the file's or the record's name"), nothing=_("No file fits."))  # fmt: skip
