"""Which columns a list has, and in which order: chosen with marks and moved with keys."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.fields import Field
from salesinbox.model.text import width
from salesinbox.tui.lines import strip
from salesinbox.tui.records import words
from salesinbox.tui.screens.overlay import Framed, Overlay

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_CELLS = 64


class _Columns(Framed):
    def __init__(self, board: "Board", offered: Sequence[Field], names: Sequence[str]) -> None:
        super().__init__(board.look)
        self.heading = _("Columns")
        choose, down, up, first, done = _("choose"), _("down"), _("up"), _("as it comes"), _("done")
        self.hint = f"Space {choose}  > {down}  < {up}  = {first}  Esc {done}"
        by_name = {one.name: one for one in offered}
        chosen = [by_name[name] for name in names if name in by_name]
        self.rows = [*chosen, *(one for one in offered if one not in chosen)]
        self.marked = {one.name for one in chosen}
        self.cursor = self.top = 0
        self.fitting = 1

    def inside(self, cells: int, rows: int) -> list[Strip]:
        self.fitting = rows
        self.top = max(0, min(self.top, self.cursor), self.cursor - rows + 1)
        look = self.look
        lines = []
        for place, one in enumerate(self.rows[self.top : self.top + rows], self.top):
            ground = look["selected"] if place == self.cursor else look["text"]
            box = "[x] " if one.name in self.marked else "[ ] "
            bar = "▌" if place == self.cursor else " "
            lines.append(strip([(bar, ground), (box + words.heading(one), ground)], cells, ground))
        return lines


class ColumnChooser(Overlay):
    """`chosen` gets the names in their order, each time something was changed; `first` says those of the beginning."""

    def __init__(
        self,
        board: "Board",
        offered: Sequence[Field],
        names: Sequence[str],
        chosen: Callable[[Sequence[str]], None],
        first: Callable[[], Sequence[str]],
    ) -> None:
        self.list = _Columns(board, offered, names)
        self.chosen, self.first = chosen, first
        wide = max(min(_CELLS, max((width(words.heading(one)) for one in offered), default=10) + 12), 56)
        super().__init__(
            board, self.list, lambda cells, rows: (min(wide, cells - 4), min(len(offered) + 2, max(rows - 2, 3)))
        )

    def take(self, command: str, event: events.Key) -> None:
        rows = self.list
        if event.key == "space" or command == "open":
            rows.marked ^= {rows.rows[rows.cursor].name}
            self._tell()
        elif event.character in ("<", ">"):
            self._carry(1 if event.character == ">" else -1)
        elif event.character == "=":
            names = self.first()
            rows.rows.sort(key=lambda one: names.index(one.name) if one.name in names else len(names))
            rows.marked = set(names)
            self._tell()
        elif (by := self.steps(command, max(rows.fitting - 1, 1), len(rows.rows))) is not None:
            rows.cursor = max(0, min(rows.cursor + by, len(rows.rows) - 1))
        rows.changed()

    def _carry(self, by: int) -> None:
        """Move the column under the cursor in the order."""
        rows, at = self.list.rows, self.list.cursor
        to = at + by
        if 0 <= to < len(rows):
            rows[at], rows[to] = rows[to], rows[at]
            self.list.cursor = to
            self._tell()

    def _tell(self) -> None:
        self.chosen([one.name for one in self.list.rows if one.name in self.list.marked])
