"""What the parts of a record's screen list: its fields, what happened, what belongs to it, its files (REC-2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.style import Style
from textual.strip import Strip

from salesinbox.locale.formatting import size
from salesinbox.locale.texts import _
from salesinbox.model import records as kinds
from salesinbox.model import timeline
from salesinbox.model.fields import Field
from salesinbox.model.records import Deal, Item, Record
from salesinbox.model.text import pad, safe, safe_block, width
from salesinbox.model.timeline import Entry, RecordFile, Related
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.records import words
from salesinbox.tui.wording import money
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]
Line = list[Part]
_LABEL, _WIDEST_LABEL = 16, 22
_MOST_LINES = 40
"""Of one field's text; the form has all of it."""
Rows = list["Row"]


@dataclass(slots=True)
class Row:
    """`value` is what the cursor is on; `above` are lines that belong to no row. `end` stands at the right edge."""

    value: object
    lines: list[Line]
    end: Line = field(default_factory=list)
    above: list[Line] = field(default_factory=list)


def details(board: "Board", record: Record, shown: Sequence[tuple[Field, str]], cells: int) -> Rows:
    """The fields that hold something."""
    look = board.look
    rows: Rows = []
    widest = max((width(words.heading(one)) for one, _text in shown), default=0) + 2
    label = min(max(_LABEL, min(widest, _WIDEST_LABEL)), max(cells // 3, 8))
    for one, text in shown:
        if not text.strip():
            continue
        style = words.style(look, one, record)
        drawn = wrap(safe_block(text[:8000]), max(cells - label - 2, 8))[:_MOST_LINES]
        title = pad(words.heading(one), label - 1) + " "
        lines: list[Line] = [[(title, look["dim"]), (drawn[0] if drawn else "", style)]]
        lines += [[(" " * label, look["dim"]), (line, style)] for line in drawn[1:]]
        rows.append(Row(one, lines))
    times = [(_("Created on"), record_time(record, "created")), (_("Changed on"), record_time(record, "changed"))]
    for title, moment in times:
        if moment:
            rows.append(Row(None, [[(pad(title, label), look["dim"]), (board.clock.full(moment), look["dim"])]]))
    return rows


def record_time(record: Record, name: str) -> int:
    return int(getattr(record, name, 0))


def happened(board: "Board", entries: Sequence[Entry], cells: int) -> Rows:
    """What happened, newest first, a line each."""
    look = board.look
    rows: Rows = []
    roomy = cells >= 70
    for one in entries:
        day = board.clock.brief(one.date) if one.date else ""
        sign, style = _sign(board, one)
        title = safe(one.title, 300) or _("(no subject)")
        kind = words.entry_kind(one.kind)
        kind = pad("" if title.startswith(kind) else kind, 10 if roomy else 8)
        line: Line = [
            (pad(day, 11), look["time"]), (kind, look["dim"]),
            (sign, style), (title, look["unread"] if one.open else look["text"]),
        ]  # fmt: skip
        if one.detail:
            line.append(("  " + safe(words.status(one.detail), 300), look["dim"]))
        who = safe(one.who, 40)
        rows.append(Row(one, [line], [("  " + who, look["dim"])] if who and roomy else []))
    return rows


def _sign(board: "Board", one: Entry) -> Part:
    look = board.look
    if one.kind == timeline.MAIL:
        return ("→ ", look["own"]) if one.mine else ("← ", look["dim"])
    if one.kind in (kinds.TASK, kinds.CALL, kinds.CASE, kinds.EVENT):
        return ("○ ", look["mark"]) if one.open else ("✓ ", look["dim"])
    return ("  ", look["dim"])


def belonging(board: "Board", related: Related) -> Rows:
    """People, companies, deals, open tasks and other items, under a heading each."""
    look = board.look
    groups: list[tuple[str, Sequence[Record]]] = [
        (_("People"), related.people), (_("Companies"), related.companies), (_("Deals"), related.deals),
        (_("Tasks, events and more"), related.items),
    ]  # fmt: skip
    rows: Rows = []
    for title, members in groups:
        for place, record in enumerate(members):
            above: list[Line] = []
            if place == 0:
                above = [*([[]] if rows else []), [(title, look["heading"])]]
            style = look["dim"] if words.is_closed(record) else look["text"]
            detail = _deal(board, record) if isinstance(record, Deal) else [("  " + words.brief(record), look["dim"])]
            end: Line = []
            if isinstance(record, Item):
                end = [(f"  {words.entry_kind(record.kind)}", look["dim"])]
                detail = [("  " + _when(board, record), look["time"])]
            rows.append(Row(record, [[(words.name_of(record), style), *detail]], end, above))
    return rows


def _deal(board: "Board", deal: Deal) -> Line:
    look = board.look
    quiet = words.is_closed(deal)
    parts = [("  " + money(deal.amount, deal.currency), look["dim" if quiet else "money"]),
             ("  " + safe(deal.stage, 60), look["dim" if quiet else "stage"])]  # fmt: skip
    if deal.closing:
        parts.append(("  " + board.clock.closing(deal.closing), look["time"]))
    return parts


def _when(board: "Board", item: Item) -> str:
    if item.start:
        return board.clock.brief(item.start)
    return board.clock.closing(item.day) if item.day else safe(words.status(item.status), 40)


def files(board: "Board", kept: Sequence[RecordFile]) -> Rows:
    look = board.look
    return [
        Row(
            one,
            [[(safe(one.name, 200) or _("(no name)"), look["text"])]],
            [(f"  {size(one.size)}  {board.clock.brief(one.date)}", look["dim"])],
        )
        for one in kept
    ]


class Section:
    """A part of the screen: how its rows are made for a width, where the cursor is, how far it is scrolled."""

    def __init__(self, made: Callable[[int], Rows], nothing: Callable[[], str]) -> None:
        self.made, self.nothing = made, nothing
        self.cursor = self.top = 0
        self.rows: Rows = []
        self.visible = 1
        self.drawn: list[int] = []
        """The row of each line on the screen."""

    @property
    def value(self) -> object:
        """What the cursor is on."""
        return self.rows[self.cursor].value if self.cursor < len(self.rows) else None

    def move(self, by: int) -> None:
        self.cursor = max(0, min(self.cursor + by, len(self.rows) - 1))

    def draw(self, board: "Board", cells: int, rows: int, *, here: bool) -> list[Strip]:
        """Its lines; the row with the cursor is seen from its beginning on."""
        look = board.look
        self.rows, self.visible = self.made(cells - 2), max(rows, 1)
        self.move(0)
        if not self.rows:
            self.drawn = []
            return [strip([(" " + line, look["dim"])], cells, look["text"]) for line in wrap(self.nothing(), cells - 2)]
        lines: list[tuple[int, Line, Line]] = []
        begins, ends_at = 0, 0
        for place, row in enumerate(self.rows):
            lines += [(place, above, []) for above in row.above]
            if place == self.cursor:
                begins = len(lines) - (len(row.above) if place == 0 else 0)
            lines += [(place, line, row.end if n == 0 else []) for n, line in enumerate(row.lines)]
            if place == self.cursor:
                ends_at = len(lines)
        self.top = max(0, min(self.top, begins, max(len(lines) - rows, 0)), min(ends_at - rows, begins))
        seen = lines[self.top : self.top + rows]
        self.drawn = [place for place, _line, _end in seen]
        made = []
        for place, line, end in seen:
            bar: Part = ("▌", look["cursor"]) if here and place == self.cursor and line else (" ", look["text"])
            if bar[0] == "▌" and line in self.rows[place].above:
                bar = (" ", look["text"])
            made.append(ends([bar, *line], [*end, (" ", look["text"])] if end else [], cells, look["text"]))
        return made
