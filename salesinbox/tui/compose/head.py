"""What stands above the text: what kind of message it is, its fields, its files, and what holds for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.strip import Strip

from salesinbox.locale.formatting import size
from salesinbox.locale.texts import _
from salesinbox.model import drafts
from salesinbox.model.drafts import DraftFile
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.compose.fields import Field, Recipients
from salesinbox.tui.lines import Lines, ends, strip

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

FROM, TO, CC, BCC, SUBJECT, FILES, BODY = "from", "to", "cc", "bcc", "subject", "files", "body"
"""The parts of the screen that can have the cursor, from top to bottom."""

_TALL, _LOW = 6, 2
"""Rows of a field at most, with the cursor in it and without."""
_SHORT = 12

Part = tuple[str, Style]


@dataclass
class State:
    """What the fields do not say themselves."""

    kind: str
    sender: str = ""
    place: str = ""
    """"2/3": which of the rep's identities it is, where there are several."""
    files: tuple[DraftFile, ...] = ()
    file: int = 0
    holds: tuple[str, ...] = ()
    kept: str = ""
    alarming: bool = False
    bcc: bool = False
    record: str = ""
    """The id of the record that it is for; `record_name` is how that is called, "" where it is gone."""
    record_name: str = ""


class Head(Lines):
    """Draws the fields and says where the cursor is; it decides nothing."""

    def __init__(self, board: "Board", state: State, fields: dict[str, Field], pressed: Callable[[str], None]) -> None:
        super().__init__(board.look)
        self.pressed = pressed
        self.board, self.state, self.fields = board, state, fields
        self.active = TO
        self.most = 100
        """Rows that there are for it."""
        self._at: dict[str, tuple[int, int]] = {}
        """Of each part: its first row and how many it has."""

    @property
    def names(self) -> list[str]:
        """The parts that are shown, and can have the cursor."""
        fixed = self.state.kind == drafts.REDIRECT
        wanted = {FROM: True, TO: True, CC: True, BCC: self.state.bcc, SUBJECT: not fixed,
                  FILES: bool(self.state.files) and not fixed}  # fmt: skip
        return [name for name, shown in wanted.items() if shown]

    def rows(self, cells: int) -> int:
        """Rows that it takes on a screen of such a width."""
        return len(self._drawn(cells))

    def build(self, cells: int, rows: int) -> list[Strip]:
        lines = self._drawn(cells)
        if len(lines) > rows > 2:
            # Too low a screen: the part with the cursor is what must be seen.
            first, count = self._at.get(self.active, (0, 1))
            top = max(0, min(first + count - rows + 1, len(lines) - rows))
            self._at = {name: (at - top, n) for name, (at, n) in self._at.items()}
            lines = lines[top : top + rows - 1] + lines[-1:]
        self.place_cursor(cells)
        return lines

    def place_cursor(self, cells: int) -> None:
        """Tell the terminal where the cursor is: input methods open there."""
        field = self.fields.get(self.active)
        if field is not None and self.active in self._at:
            self.board.cursor_position = self.region.offset + self.spot(field, cells)

    def spot(self, field: Field, cells: int) -> Offset:
        """Where the cursor of a field is drawn."""
        first, count = self._at[field.name]
        row, cell = field.spot(self.room(cells))
        return Offset(self.label(cells) + cell, first + min(row - self._top(field, row, count), count - 1))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if (name := self.part_at(event.y)) is not None:
            self.pressed(name)

    def part_at(self, y: int) -> str | None:
        return next((name for name, (first, count) in self._at.items() if first <= y < first + count), None)

    def label(self, cells: int) -> int:
        return min(max(width(self._label(name)) for name in (FROM, TO, CC, BCC, SUBJECT, FILES)) + 3, cells // 3)

    def room(self, cells: int) -> int:
        """Cells for the text of a field; one more is left for the cursor."""
        return max(cells - self.label(cells) - 2, 4)

    # --- drawing ------------------------------------------------------------------------------------------------

    def _drawn(self, cells: int) -> list[Strip]:
        lines = [self._title(cells)]
        self._at = {}
        for name in [*self.names, *([SUBJECT] if self.state.kind == drafts.REDIRECT else [])]:
            part = self._part(name, cells)
            self._at[name] = (len(lines), len(part))
            lines += part
        lines.append(self._rule(cells))
        return lines

    def _part(self, name: str, cells: int) -> list[Strip]:
        if name == FROM:
            return [self._from(cells)]
        if name == FILES:
            return self._files(cells)
        return self._field(self.fields[name], cells)

    def _title(self, cells: int) -> Strip:
        look = self.look
        titles = {
            drafts.NEW: _("New message"), drafts.REPLY: _("Reply"), drafts.REPLY_ALL: _("Reply to all"),
            drafts.FORWARD: _("Forward"), drafts.FORWARD_ATTACHED: _("Forward as an attachment"),
            drafts.REDIRECT: _("Redirect"), drafts.EDIT: _("Draft"),
        }  # fmt: skip
        style = look["error"] if self.state.alarming else look["title_dim"]
        return ends([(" " + titles.get(self.state.kind, ""), look["title"])],
                    [(self.state.kept + " ", style)] if self.state.kept else [], cells, look["title"])  # fmt: skip

    def _label(self, name: str) -> str:
        labels = {
            FROM: _("From"), TO: _("To"), CC: _("Cc"), BCC: _("Bcc"), SUBJECT: _("Subject"), FILES: _("Files"),
        }  # fmt: skip
        return labels[name]

    def _lead(self, name: str, cells: int, *, first: bool = True) -> list[Part]:
        here = self.active == name
        text = self._label(name) if first else ""
        room = self.label(cells)
        bar: Part = ("▌", self.look["cursor"]) if here and first else (" ", self.look["text"])
        label = clip(text, room - 2)
        return [bar, (label + " " * (room - 1 - width(label)), self.look["heading"] if here else self.look["dim"])]

    def _from(self, cells: int) -> Strip:
        place = self.state.place
        hint: list[Part] = [(f"‹ {place} › ", self.look["key" if self.active == FROM else "dim"])] if place else []
        if self.active == FROM:
            hint = [(text, style + Style(bgcolor=self.look["text"].bgcolor)) for text, style in hint]
        style = self.look["selected"] if self.active == FROM else self.look["text"]
        return ends([*self._lead(FROM, cells), (safe(self.state.sender, 300), style)], hint, cells, self.look["text"])

    def _field(self, field: Field, cells: int) -> list[Strip]:
        here = self.active == field.name
        room = self.room(cells)
        rows = field.rows(room)
        most = min(_TALL if here else _LOW, max(self.most, 1))
        row, _cell = field.spot(room)
        top = self._top(field, row, min(most, len(rows)))
        shown = rows[top : top + most]
        lines = []
        for n, (start, end) in enumerate(shown):
            parts = self._text(field, start, end, active=here)
            if here and top + n == row:
                parts = _with_cursor(parts, field.place - start, self._ground(active=True))
            more: list[Part] = []
            if n == len(shown) - 1 and top + n < len(rows) - 1:
                hidden = sum(begin >= end for begin, _end in field.parts()) if isinstance(field, Recipients) else 0
                more = [(f" … +{hidden} " if hidden else " … ", self.look["dim"])]
            lines.append(ends([*self._lead(field.name, cells, first=n == 0), *parts], more, cells,
                              self._ground(active=here)))  # fmt: skip
        return lines

    def _top(self, field: Field, row: int, shown: int) -> int:
        """The first row of a field that is seen."""
        return max(0, row - shown + 1) if self.active == field.name else 0

    def _ground(self, *, active: bool) -> Style:
        return self.look["input"] if active else self.look["text"]

    def _text(self, field: Field, start: int, end: int, *, active: bool) -> list[Part]:
        """A row of a field; what is no address looks like a warning."""
        ground = self._ground(active=active)
        bad = []
        if isinstance(field, Recipients):
            bad = [span for span in field.parts() if field.text[span[0] : span[1]] in field.bad]
        parts: list[Part] = []
        at = start
        for left, right in bad:
            left, right = max(left, at), min(right, end)  # noqa: PLW2901 - as much of it as is in this row
            if left < right:
                parts.append((field.text[at:left], ground))
                parts.append((field.text[left:right], ground + _alarm(self.look["warning"])))
                at = right
        parts.append((field.text[at:end], ground))
        return [part for part in parts if part[0]]

    def _files(self, cells: int) -> list[Strip]:
        here = self.active == FILES
        room = self.room(cells)
        lines: list[Strip] = []
        row: list[Part] = []
        used = 0
        for n, file in enumerate(self.state.files):
            text = clip(f"{safe(file.name, 200) or _('(no name)')} ({_kind(file.type)}, {size(file.size)})", room)
            if row and used + 2 + width(text) > room:
                lines.append(strip([*self._lead(FILES, cells, first=not lines), *row], cells, self.look["text"]))
                row, used = [], 0
            if row:
                row.append(("  ", self.look["text"]))
            row.append((text, self.look["selected"] if here and n == self.state.file else self.look["text"]))
            used += width(text) + 2
        lines.append(strip([*self._lead(FILES, cells, first=not lines), *row], cells, self.look["text"]))
        return lines[:4]

    def _rule(self, cells: int) -> Strip:
        rule, dim = self.look["rule"], self.look["dim"]
        words = clip(" · ".join(self.state.holds), max(cells - 6, 0))
        parts: list[Part] = [("──", rule)]
        if words:
            parts.append((f" {words} ", dim))
        rest = cells - sum(width(text) for text, _style in parts)
        return strip([*parts, ("─" * max(rest, 0), rule)], cells, self.look["text"])


def _kind(type: str) -> str:
    """A content type as short as people say it: "pdf", "png"; of long ones the first half."""
    first, _slash, second = safe(type, 80).partition("/")
    return second if 0 < len(second) <= _SHORT else first


def _alarm(style: Style) -> Style:
    return Style(color=style.color, bold=style.bold, underline=True)


def _with_cursor(parts: list[Part], place: int, ground: Style) -> list[Part]:
    """The letter at the cursor in reverse; a blank at the end of the text."""
    drawn: list[Part] = []
    for text, style in parts:
        if 0 <= place < len(text):
            drawn += [(text[:place], style), (text[place], style + Style(reverse=True)), (text[place + 1 :], style)]
        else:
            drawn.append((text, style))
        place -= len(text)
    if place >= 0:
        drawn.append((" ", ground + Style(reverse=True)))
    return [part for part in drawn if part[0]]
