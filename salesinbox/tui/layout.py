"""Where things lie on the screen: a pure function of its size, and its bridge to the framework (UI-2)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement

if TYPE_CHECKING:
    from textual.widget import Widget

WIDE, MIDDLE = 140, 100
"""From so many columns on: everything side by side; the focused column wide and its neighbours narrow."""
_PANE_BELOW = 30
"""Rows from which on the pane of the middle layout lies below the columns, not beside them."""
_COLUMN, _ALWAYS = 24, 4
"""Least cells of a column that is one of many, and how many are shown whatever they get."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Frame:
    """What the rep wants to see. `rail` and `pane` None: as the size suggests. `reading`: a thread is open."""

    columns: Sequence[str]
    focused: str
    rail: bool | None = None
    pane: bool | None = None
    reading: bool = False
    rail_cells: int = 18
    """As many as the views' names take."""
    first: int = 0
    """The column that was leftmost so far, where not all of them have room (COL-12)."""


def column_id(name: str) -> str:
    """The id of a column's widget; ids hold plain letters only, names of columns need not."""
    return f"column-{name}" if _PLAIN.fullmatch(name) else f"column--{name.encode().hex()}"


def shape(width: int) -> str:
    return "wide" if width >= WIDE else "middle" if width >= MIDDLE else "narrow"


def shows_rail(frame: Frame, width: int) -> bool:
    return width >= WIDE if frame.rail is None else frame.rail


def shows_pane(frame: Frame, width: int) -> bool:
    return width >= MIDDLE if frame.pane is None else frame.pane


def shown(frame: Frame, width: int, height: int) -> range:
    """Which columns are on the screen: as many as have room, the focused one among them, moved as little as can be."""
    kind = shape(width)
    place = max(list(frame.columns).index(frame.focused), 0)
    if kind == "narrow":
        return range(place, place + 1)
    room = width - (min(frame.rail_cells, width // 2) if shows_rail(frame, width) else 0)
    if shows_pane(frame, width) and _is_beside(kind, height):
        room -= _pane_cells(width)
    # The focused column of the middle layout takes two shares.
    number = min(max(room // _COLUMN - (kind == "middle"), _ALWAYS), len(frame.columns))
    first = max(min(frame.first, place), place - number + 1)
    first = max(0, min(first, len(frame.columns) - number))
    return range(first, first + number)


def _is_beside(kind: str, height: int) -> bool:
    return kind == "wide" or (kind == "middle" and height < _PANE_BELOW)


def _pane_cells(width: int) -> int:
    return max(30, min(46, width * 21 // 100))


def arrange(frame: Frame, width: int, height: int) -> dict[str, Region]:
    """The place of each widget by its id: title, tabs, rail, column-NAME, pane, reader, footer.

    What is not named is not shown. Works for any size; what has no room left is left out.
    """
    places = {"title": Region(0, 0, width, 1)}
    left, top, right, bottom = 0, 1, width, height - 1
    if bottom > top:
        places["footer"] = Region(0, bottom, width, 1)
    kind = shape(width)
    if kind == "narrow" and not frame.reading and bottom - top > 3:
        places["tabs"] = Region(0, top, width, 1)
        top += 1
    if shows_rail(frame, width):
        cells = min(frame.rail_cells, width // 2)
        places["rail"] = Region(left, top, cells, max(bottom - top, 1))
        left += cells
    if shows_pane(frame, width):
        if _is_beside(kind, height):
            cells = _pane_cells(width)
            places["pane"] = Region(right - cells, top, cells, max(bottom - top, 1))
            right -= cells
        else:
            rows = min(11, max((bottom - top) // 2, 1))
            places["pane"] = Region(left, bottom - rows, right - left, rows)
            bottom -= rows
    area = Region(left, top, max(right - left, 1), max(bottom - top, 1))
    if frame.reading:
        places["reader"] = area
    elif kind == "narrow":
        places[column_id(frame.focused)] = area
    else:
        names = [frame.columns[n] for n in shown(frame, width, height)]
        weights = [2 if kind == "middle" and name == frame.focused else 1 for name in names]
        places |= _side_by_side(names, weights, area)
    return places


def _side_by_side(names: Sequence[str], weights: Sequence[int], area: Region) -> dict[str, Region]:
    total = sum(weights)
    places = {}
    x, used = area.x, 0
    for name, weight in zip(names, weights, strict=True):
        used += weight
        end = area.x + area.width * used // total
        places[column_id(name)] = Region(x, area.y, end - x, area.height)
        x = end
    return places


class BoardLayout(Layout):
    """Places the screen's widgets by their ids."""

    name = "board"

    def __init__(self, frame: Callable[[], Frame]) -> None:
        self.frame = frame

    def arrange(
        self,
        parent: "Widget",  # noqa: ARG002 - the framework's signature
        children: "list[Widget]",
        size: Size,
        greedy: bool = True,  # noqa: ARG002 - the framework's signature
    ) -> ArrangeResult:
        places = arrange(self.frame(), size.width, size.height)
        return [
            WidgetPlacement(places[child.id], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id in places
        ]
