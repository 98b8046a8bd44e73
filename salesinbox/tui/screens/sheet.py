"""A text over the board: it scrolls, and that is all."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Text = Callable[[int], Sequence[Sequence[tuple[str, Style]]]]
"""The lines of a sheet for a width in cells."""


class _Text(Framed):
    def __init__(self, board: "Board", heading: str, text: Text) -> None:
        super().__init__(board.look)
        self.heading = heading
        self.hint = board.keys.label("back") + " " + _("close")
        self.text = text
        self.top = 0
        self.rows = 1
        self.total = 0

    def inside(self, cells: int, rows: int) -> list[Strip]:
        lines = self.text(cells)
        self.rows, self.total = rows, len(lines)
        self.top = max(0, min(self.top, len(lines) - rows))
        ground = self.look["text"]
        drawn = [strip(line, cells, ground) for line in lines[self.top : self.top + rows]]
        if self.top + rows < len(lines):
            drawn[-1] = strip([("…", self.look["dim"])], cells, ground)
        return drawn


class Sheet(Overlay):
    """`actions` maps names of commands to what they do here besides scrolling."""

    def __init__(
        self,
        board: "Board",
        heading: str,
        text: Text,
        *,
        cells: int = 78,
        actions: Mapping[str, Callable[[], None]] | None = None,
    ) -> None:
        self.sheet = _Text(board, heading, text)
        self.actions = actions or {}

        def size(width: int, height: int) -> tuple[int, int]:
            wide = min(cells, max(width - 4, 10))
            return wide, min(len(text(wide - 4)) + 2, max(height - 2, 3))

        super().__init__(board, self.sheet, size)

    def take(self, command: str, event: events.Key) -> None:
        steps = self.steps(command, max(self.sheet.rows - 1, 1), self.sheet.total)
        if steps is not None:
            self.sheet.top += steps
            self.sheet.changed()
            return
        found = self.board.keys.find("board", event.key, event.character)
        if found is not None and found.name in self.actions:
            self.close()
            self.actions[found.name]()

    def on_mouse_scroll_down(self) -> None:
        self.sheet.top += 3
        self.sheet.changed()

    def on_mouse_scroll_up(self) -> None:
        self.sheet.top -= 3
        self.sheet.changed()
