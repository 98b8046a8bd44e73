"""A labelled line of a small form, with the cursor in it if it is at hand."""

from typing import TYPE_CHECKING

from rich.style import Style
from textual.geometry import Offset
from textual.strip import Strip

from salesinbox.model.text import width
from salesinbox.tui.lines import strip
from salesinbox.tui.typing import Typed

if TYPE_CHECKING:
    from salesinbox.tui.app import Board
    from salesinbox.tui.screens.overlay import Framed


def typed_line(
    framed: "Framed", board: "Board", label: tuple[str, Style], typed: Typed, place: int, cells: int, *, here: bool
) -> Strip:
    """Line `place` of a frame's inside, counted from 0; `here`: keys go there, and so does the terminal's cursor."""
    style = framed.look["input"]
    before, after = typed.text[: typed.place], typed.text[typed.place :]
    room = max(cells - width(label[0]) - 2, 1)
    while width(before) > room:
        before = before[1:]
    if not here:
        return strip([label, (typed.text, style)], cells, style)
    board.cursor_position = framed.region.offset + Offset(2 + width(label[0]) + width(before), 1 + place)
    cursor = (after[:1] or " ", style + Style(reverse=True))
    return strip([label, (before, style), cursor, (after[1:], style)], cells, style)
