"""One field of many records changed at once (REC-1)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.fields import Field, fields
from salesinbox.model.operations import Outcome
from salesinbox.tui.records import words
from salesinbox.tui.records.changing import change, named
from salesinbox.tui.records.filling import Filling, editor
from salesinbox.tui.records.form_page import FormPage, Part
from salesinbox.tui.screens.picker import Choice, Picker

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_NOT_ALIKE = frozenset({"addresses", "first", "last"})
"""What no two people have in common."""


def ask_field(board: "Board", kind: str, ids: Sequence[str]) -> None:
    """Ask which field of these records is to be changed, then for its value."""
    offered = [one for one in fields(kind, board.settings.records.fields) if one.name not in _NOT_ALIKE]

    def find(typed: str) -> list[Choice]:
        wanted = typed.lower().split()
        return [
            Choice(words.heading(one), value=one) for one in offered
            if all(word in f"{one.name} {words.heading(one)}".lower() for word in wanted)
        ]  # fmt: skip

    def chosen(one: Field) -> None:
        board.push_screen(BulkForm(board, kind, ids, one))

    heading = ngettext("Change what of {n} record?", "Change what of {n} records?", len(ids))
    board.push_screen(
        Picker(board, heading.format(n=number(len(ids))), find, typing=True, prompt=_("Type a part of a field's name"),
               chosen=chosen)
    )  # fmt: skip


class BulkForm(FormPage):
    """One field; what is saved stands in all records afterwards, also nothing."""

    def __init__(self, board: "Board", kind: str, ids: Sequence[str], one: Field) -> None:
        self.kind, self.ids, self.one = kind, ids, one
        super().__init__(board, [editor(board, one, Filling(kind))])

    def again(self) -> "BulkForm":
        return BulkForm(self.board, self.kind, self.ids, self.one)

    def told(self) -> str:
        text = ngettext("{field} of {n} record", "{field} of {n} records", len(self.ids))
        return text.format(field=words.heading(self.one), n=number(len(self.ids)))

    def above(self, cells: int) -> list[list[Part]]:  # noqa: ARG002 - cut where they are drawn
        look = self.board.look
        return [[], *([("   " + line, look["dim"])] for line in named(self.board, self.ids).split("\n")), []]

    def below(self, cells: int) -> list[list[Part]]:  # noqa: ARG002 - the same
        look = self.board.look
        notes = [_("{key} saves it in all of them; an empty field is emptied in all of them.").format(
            key=self.board.keys.label("form-save"))]  # fmt: skip
        if self.one.type == "tags":
            notes.append(_("+word adds a tag to those that are there, -word takes one off."))
        return [[], *([("   " + note, look["dim"])] for note in notes)]

    def save(self) -> None:
        ids, values = self.ids, {self.one.name: self.editors[0].value()}

        def over(outcome: Outcome) -> None:
            if outcome.refused and not outcome.done:
                self.wrong(outcome.refused[0][1])
            else:
                self.leave()

        change(self.board, lambda changes: changes.edit(ids, values), over, records=len(ids))
