"""Records that are one, merged field by field (REC-8); and finding those that are likely there twice."""

from collections.abc import Sequence
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import fields as types
from salesinbox.model.errors import NotFoundError
from salesinbox.model.fields import Field, fields
from salesinbox.model.operations import Outcome
from salesinbox.model.records import Record
from salesinbox.model.text import clip, pad, safe, width
from salesinbox.services.records.words import kind_title
from salesinbox.tui.lines import strip
from salesinbox.tui.navigation import MERGE
from salesinbox.tui.records import words
from salesinbox.tui.records.changing import change
from salesinbox.tui.records.filling import raw
from salesinbox.tui.records.page import Page, steps
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.waiting import wait_for
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]
_MOST = 3
"""Records that are merged at once: more columns are not read."""
_HEAD = 3
_TOGETHER = frozenset({types.ADDRESSES, types.TAGS, types.ABOUT, types.PEOPLE})
"""Of these the record keeps all values."""


def merging(board: "Board", id: str, others: Sequence[str] = ()) -> None:
    """Open the comparison; without `others`, ask with which of the likely same ones, or with whom at all."""
    if len(others) >= _MOST:
        board.say(_("Select two or three records: that many are merged at once."))
    elif others:
        board.push_screen(MergeScreen(board, [id, *others]))
    else:
        _ask_other(board, id)


def duplicates_of_kind(board: "Board", kind: str) -> None:
    """Groups of records that are likely one; the one that is chosen is compared."""
    actions = board.later.actions

    def look(_stopped: Event) -> list[tuple[str, ...]]:
        from salesinbox.services.records.changes import RecordChanges  # noqa: PLC0415 - the board changes no records

        own = actions.patient()
        try:
            return RecordChanges(own.writer).all_duplicates(kind)
        finally:
            own.close()

    wait_for(board, _("Looking for duplicates…"), look, partial(_show_duplicates, board, kind))


def _show_duplicates(board: "Board", kind: str, groups: Sequence[tuple[str, ...]]) -> None:
    choices = []
    for group in groups:
        known = [record for id in group[:_MOST] if (record := _show(board, id)) is not None]  # noqa: A001 - an id
        if len(known) > 1:
            names = "  ≈  ".join(words.name_of(one) for one in known)
            detail = "  |  ".join(words.brief(one) for one in known)
            choices.append(Choice(names, detail=detail or " ", value=[one.id for one in known]))
    if not choices:
        board.say(_("No duplicates were found in “{kind}”.").format(kind=words.plural(kind)))
        return
    heading = ngettext("{n} likely duplicate", "{n} likely duplicates", len(choices)).format(n=number(len(choices)))
    board.push_screen(Picker(board, heading, choices, chosen=partial(_compare, board), large=True))


def _ask_other(board: "Board", id: str) -> None:
    record = board.records.show(id)
    kind = words.kind_of(record)
    likely = [
        Choice(safe(one.name, 100), safe(one.reason, 60), safe(one.detail, 200) or " ", one.id, strong=True)
        for one in board.later.record_changes.duplicates(id)
    ]
    sought = words.PEOPLE if kind in words.PEOPLE else (kind,)

    def find(typed: str) -> list[Choice]:
        if not typed.strip():
            return likely
        found = [one for one in board.records.find(typed, sought, 20) if one.id != id]
        return [Choice(safe(one.name, 100), kind_title(one.kind), safe(one.detail, 200) or " ", one.id)
                for one in found]  # fmt: skip

    prompt = _("Likely the same; or type another one's name") if likely else _("Type the other one's name")
    board.push_screen(
        Picker(board, _("Merge {name} with").format(name=clip(words.name_of(record), 60)), find, typing=True,
               prompt=prompt, large=True, chosen=lambda other: _compare(board, [id, other]))
    )  # fmt: skip


def _compare(board: "Board", ids: Sequence[str]) -> None:
    board.push_screen(MergeScreen(board, ids))


def _show(board: "Board", id: str) -> Record | None:
    try:
        return board.records.show(id)
    except NotFoundError:
        return None


class MergeScreen(Page):
    """The first record stays; `chosen` says for each field which one's value it has afterwards."""

    mode = MERGE

    def __init__(self, board: "Board", ids: Sequence[str], chosen: dict[str, int] | None = None) -> None:
        super().__init__(board)
        self.ids = list(ids)
        self.records = [board.records.show(id) for id in ids]  # noqa: A001 - as everywhere in the services
        self.rows = self._fields()
        self.chosen = chosen if chosen is not None else {one.name: self._first(one) for one in self.rows}
        self.cursor = next((n for n, one in enumerate(self.rows) if self._differs(one)), 0)
        self.top, self.fitting = 0, 1
        self.does = {
            "part-left": partial(self._choose, -1), "part-right": partial(self._choose, 1), "form-save": self._ask,
        }  # fmt: skip

    def again(self) -> "MergeScreen":
        return MergeScreen(self.board, self.ids, self.chosen)

    def _fields(self) -> list[Field]:
        kind = words.kind_of(self.records[0])
        offered = fields(kind, self.board.settings.records.fields)
        return [one for one in offered if any(self._text(record, one) for record in self.records)]

    def _text(self, record: Record, one: Field) -> str:
        return safe(self.board.records.value(record, one), 400).strip()

    def _raw(self, record: Record, one: Field) -> str:
        return raw(self.board, record, one)

    def _first(self, one: Field) -> int:
        """What merging does by itself: the first record's value, else the first that there is."""
        return next((n for n, record in enumerate(self.records) if self._text(record, one)), 0)

    def _differs(self, one: Field) -> bool:
        return len({self._text(record, one) for record in self.records}) > 1 and one.type not in _TOGETHER

    # --- drawing ------------------------------------------------------------------------------------------------

    def draw(self, cells: int, rows: int) -> list[Strip]:
        look = self.board.look
        kind = kind_title(words.kind_of(self.records[0]))
        title = _("Merge: {kind}").format(kind=kind)
        lines = [strip([(" " + title, look["head_focused"])], cells, look["head_focused"])]
        label = min(max([width(words.heading(one)) for one in self.rows] + [10]), max(cells // 4, 10))
        each = max((cells - label - 3) // len(self.records), 8)
        names = [(_("stays") if n == 0 else _("goes")) + f"  {one.id}" for n, one in enumerate(self.records)]
        head: list[Part] = [(" " * (label + 3), look["head"])]
        head += [(pad(name, each), look["head"]) for name in names]
        lines += [strip(head, cells, look["head"]), strip([], cells, look["text"])]
        told = self._told(cells)
        self.fitting = max(rows - len(lines) - len(told), 1)
        self.top = max(0, min(self.top, self.cursor, len(self.rows) - self.fitting), self.cursor - self.fitting + 1)
        for place, one in enumerate(self.rows[self.top : self.top + self.fitting], self.top):
            lines.append(self._row(one, label, each, cells, here=place == self.cursor))
        lines += [strip([], cells, look["text"])] * (rows - len(lines) - len(told))
        return lines + [strip(line, cells, look["text"]) for line in told]

    def _row(self, one: Field, label: int, each: int, cells: int, *, here: bool) -> Strip:
        look = self.board.look
        parts: list[Part] = [("▌ " if here else "  ", look["cursor"]),
                             (pad(words.heading(one), label) + " ", look["heading" if here else "dim"])]  # fmt: skip
        for n, record in enumerate(self.records):
            text = self._text(record, one)
            if one.type in _TOGETHER and text:
                parts.append((pad("+ " + text, each), look["text"]))
            elif not self._differs(one):
                parts.append((pad("  " + (text or "–"), each), look["dim"]))
            elif self.chosen[one.name] == n:
                parts.append((pad("● " + (text or "–"), each), look["selected" if here else "unread"]))
            else:
                parts.append((pad("○ " + (text or "–"), each), look["dim"]))
        return strip(parts, cells, look["text"])

    def _told(self, cells: int) -> list[list[Part]]:
        """The field under the cursor in full, and what will happen."""
        look = self.board.look
        lines: list[list[Part]] = [[("─" * cells, look["rule"])]]
        if self.rows:
            one = self.rows[self.cursor]
            if one.type in _TOGETHER:
                text = _("All values are kept.")
            else:
                text = self._text(self.records[self.chosen[one.name]], one) or "–"
            lines.append([(f" {words.heading(one)}: ", look["dim"]), (text, look["text"])])
        key = self.board.keys.label("form-save")
        sentence = _("{left} and {right} choose the value. {save} merges: mail, activities, deals, links and files of"
                     " all of them are then of one record.")  # fmt: skip
        left, right = self.board.keys.label("part-left"), self.board.keys.label("part-right")
        words_ = wrap(sentence.format(left=left, right=right, save=key), cells - 2)
        return [*lines, *([(" " + line, look["dim"])] for line in words_)]

    # --- keys ---------------------------------------------------------------------------------------------------

    def move(self, command: str) -> None:
        by = steps(command, max(self.fitting - 1, 1), len(self.rows))
        self.cursor = max(0, min(self.cursor + by, len(self.rows) - 1))
        self.canvas.changed()

    def _choose(self, by: int) -> None:
        if not self.rows:
            return
        one = self.rows[self.cursor]
        if self._differs(one):
            self.chosen[one.name] = max(0, min(self.chosen[one.name] + by, len(self.records) - 1))
        self.canvas.changed()

    def open(self) -> None:
        """To the next field in which they differ."""
        after = [n for n, one in enumerate(self.rows) if self._differs(one) and n > self.cursor]
        if after:
            self.cursor = after[0]
            self.canvas.changed()
        else:
            self._ask()

    def _ask(self) -> None:
        from salesinbox.tui.screens.confirm import Confirm  # noqa: PLC0415 - loaded when it is first asked

        names = "\n".join(words.quoted(clip(words.name_of(one), 50)) for one in self.records)
        text = _("{names}\nThey become one record. Undo makes them several again.").format(names=names)
        self.board.push_screen(
            Confirm(self.board, _("Merge?"), text, doing=_("merge"), agreed=self._merge)
        )  # fmt: skip

    def values(self) -> dict[str, str]:
        """What is not as merging does it by itself."""
        return {
            one.name: self._raw(self.records[self.chosen[one.name]], one)
            for one in self.rows
            if self._differs(one) and self.chosen[one.name] != self._first(one)
        }

    def _merge(self) -> None:
        keep, *others = self.ids
        values = self.values()

        def over(outcome: Outcome) -> None:
            if outcome.done:
                self.leave()

        # With all their mail it may take a while.
        change(self.board, lambda changes: changes.merge(keep, others, values), over, words=_("Merging…"))

    def load(self) -> None:
        try:
            self.records = [self.board.records.show(id) for id in self.ids]  # noqa: A001 - an id
        except NotFoundError:
            self.leave()
            raise
        self.rows = self._fields()
        self.chosen = {one.name: self.chosen.get(one.name, self._first(one)) for one in self.rows}
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        place = event.screen_y - _HEAD + self.top
        if event.screen_y >= _HEAD and place < len(self.rows):
            self.cursor = place
            self.canvas.changed()
