"""What lies over the board for a while: a frame with something in it, closed by the keys of `back`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import events
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.screen import ModalScreen
from textual.strip import Strip

from salesinbox.model.text import clip, pad, width
from salesinbox.tui.lines import Lines, strip

if TYPE_CHECKING:
    from textual.widget import Widget

    from salesinbox.tui.app import Board

Part = tuple[str, Style]


class Framed(Lines):
    """A box with a heading in its border; subclasses give what is inside."""

    heading = ""
    hint = ""

    def inside(self, cells: int, rows: int) -> list[Strip]:
        raise NotImplementedError

    def build(self, cells: int, rows: int) -> list[Strip]:
        text, rule = self.look["text"], self.look["heading"]
        inner = max(cells - 4, 1)
        lines = [self._rule("┌", "┐", self.heading, cells)]
        body = self.inside(inner, max(rows - 2, 1))
        for y in range(max(rows - 2, 0)):
            line = body[y] if y < len(body) else strip([], inner, text)
            side, other = strip([("│", rule), (" ", text)], 2, text), strip([(" ", text), ("│", rule)], 2, text)
            lines.append(Strip([*side, *line, *other], cells))
        return [*lines, self._rule("└", "┘", self.hint, cells)]

    def _rule(self, left: str, right: str, words: str, cells: int) -> Strip:
        rule = self.look["heading"]
        words = f" {clip(words, max(cells - 6, 0))} " if words else ""
        middle = pad(words, width(words)) + "─" * max(cells - 3 - width(words), 0)
        return strip([(f"{left}─{middle}{right}", rule)], cells, rule)


class _Placed(Layout):
    """One widget, in the middle or at the top."""

    name = "placed"

    def __init__(self, size: Callable[[int, int], tuple[int, int]], *, top: bool) -> None:
        self.size = size
        self.top = top

    def arrange(
        self,
        parent: "Widget",  # noqa: ARG002 - the framework's signature
        children: "list[Widget]",
        size: Size,
        greedy: bool = True,  # noqa: ARG002 - the framework's signature
    ) -> ArrangeResult:
        cells, rows = self.size(size.width, size.height)
        cells, rows = min(cells, size.width), min(rows, size.height)
        place = Region((size.width - cells) // 2, min(1, size.height - rows) if self.top else (size.height - rows) // 2,
                       cells, rows)  # fmt: skip
        return [WidgetPlacement(place, NULL_OFFSET, NULL_SPACING, child) for child in children[-1:]]


class Above(ModalScreen[None], inherit_bindings=False):
    """A screen around which the one below is seen just as it was, so that none of it is sent again.

    The framework would give it other codes for the same colours.
    """

    AUTO_FOCUS = ""
    ALLOW_SELECT = False

    def render_lines(self, crop: Region) -> list[Strip]:
        stack = self.app.screen_stack
        place = stack.index(self) if self in stack else 0
        if place == 0:
            return super().render_lines(crop)
        lines = stack[place - 1]._compositor.render_strips()[crop.y : crop.bottom]  # noqa: SLF001 - as the framework does
        lines += [Strip.blank(crop.width)] * (crop.height - len(lines))
        return [line.crop(crop.x, crop.right).adjust_cell_length(crop.width) for line in lines]


class Overlay(Above):
    """A screen over the board. `size(cells, rows)` says how large its frame is on such a terminal."""

    app: "Board"

    def __init__(
        self, board: "Board", framed: Framed, size: Callable[[int, int], tuple[int, int]], *, top: bool = False
    ) -> None:
        super().__init__()
        # The board stays as it is below: dimmed, every cell of it would have to be sent again in other colours.
        self.styles.background = "transparent"
        self.board = board
        self.framed = framed
        self._layout_of_frame = _Placed(size, top=top)

    @property
    def layout(self) -> Layout:
        return self._layout_of_frame

    def compose(self) -> "list[Widget]":
        return [self.framed]

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        command = self.board.keys.find("list", event.key, event.character)
        name = command.name if command else ""
        if name == "quit":
            self.board.exit()
        elif name == "back":
            self.close()
        else:
            self.take(name, event)

    def take(self, command: str, event: events.Key) -> None:
        """A key that is neither `back` nor `quit`; `command` is its name in lists, or ""."""
        raise NotImplementedError

    def close(self) -> None:
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click outside closes, as `back` does."""
        if event.widget is self:
            self.close()

    def steps(self, command: str, page: int, total: int) -> int | None:
        """By how many lines a moving command moves; None for one that does not move."""
        moves: dict[str, Any] = {
            "move-down": 1, "move-up": -1, "half-page-down": page // 2, "half-page-up": -(page // 2),
            "page-down": page, "page-up": -page, "first": -total, "last": total,
        }  # fmt: skip
        return moves.get(command)
