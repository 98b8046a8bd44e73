"""How the screen of writing is arranged, and its last line."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.strip import Strip

from salesinbox.tui import commands
from salesinbox.tui.widgets.footer import Footer

if TYPE_CHECKING:
    from textual.widget import Widget

    from salesinbox.tui.app import Board


class Foot(Footer):
    """The board's last line: what it says is seen here, too; else the keys of writing."""

    def __init__(self, board: "Board") -> None:
        super().__init__(board.look)
        self.board = board

    def build(self, cells: int, rows: int) -> list[Strip]:
        self.sentence, self.alarming = self.board.footer.sentence, self.board.footer.alarming
        self.hints = commands.hints(self.board)
        return super().build(cells, rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._built = (-1, -1)  # it is the board's line that changes
        return super().render_lines(crop)


class PageLayout(Layout):
    """`places(cells, rows)` says where each part lies; those that it does not name are not shown."""

    name = "writing"

    def __init__(self, places: "Callable[[int, int], dict[Widget, Region]]", above: "Widget") -> None:
        self.places, self.above = places, above

    def arrange(
        self,
        parent: "Widget",  # noqa: ARG002 - the framework's signature
        children: "list[Widget]",
        size: Size,
        greedy: bool = True,  # noqa: ARG002 - the framework's signature
    ) -> ArrangeResult:
        places = self.places(size.width, size.height)
        return [
            WidgetPlacement(places[child], NULL_OFFSET, NULL_SPACING, child, int(child is self.above))
            for child in children
            if child in places
        ]
