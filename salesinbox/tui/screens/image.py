"""An image in half blocks: each cell shows two of its points, one above the other (READ-5)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Point = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


class _Image(Framed):
    def __init__(self, board: "Board", heading: str, rows: Sequence[Sequence[Point]]) -> None:
        super().__init__(board.look)
        self.heading = heading
        self.hint = f"{board.keys.label('back')} {_('close')}"
        self.points = rows

    def inside(self, cells: int, rows: int) -> list[Strip]:
        ground = self.look["text"]
        lines = []
        for y in range(0, min(len(self.points), 2 * rows), 2):
            above = self.points[y][:cells]
            below = self.points[y + 1][:cells] if y + 1 < len(self.points) else above
            drawn = [Segment("▀", _style(*pair)) for pair in zip(above, below, strict=True)]
            left = (cells - len(drawn)) // 2
            blank = strip([], left, ground), strip([], cells - left - len(drawn), ground)
            lines.append(Strip([*blank[0], *drawn, *blank[1]], cells))
        return lines


class Image(Overlay):
    """`rows` are the image's points from the top, already as large as they are shown."""

    def __init__(self, board: "Board", heading: str, rows: Sequence[Sequence[Point]]) -> None:
        cells = max((len(row) for row in rows), default=1)

        def measure(width: int, height: int) -> tuple[int, int]:
            return min(max(cells + 4, 30), width), min((len(rows) + 1) // 2 + 2, height)

        super().__init__(board, _Image(board, heading, rows), measure)

    def take(self, command: str, event: events.Key) -> None:
        """There is nothing to move."""


def room(board: "Board") -> tuple[int, int]:
    """Points that fit on the screen, across and down."""
    return max(board.size.width - 6, 1), max(2 * (board.size.height - 4), 2)


@lru_cache(4096)
def _style(above: Point, below: Point) -> Style:
    return Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))
