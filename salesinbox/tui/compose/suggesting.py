"""Recipients that fit what is typed, in a box below it: those of records first (SEND-2)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.reviews import Suggestion
from salesinbox.model.text import safe, width
from salesinbox.tui.lines import ends
from salesinbox.tui.screens.overlay import Framed

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_WIDEST, _LEAST = 78, 34


class Suggestions(Framed):
    """Not shown while there are none. `cursor` -1: none is chosen, because what is typed is whole already."""

    def __init__(self, board: "Board") -> None:
        super().__init__(board.look)
        self.found: Sequence[Suggestion] = ()
        self.cursor = -1
        self.under = (0, 0)
        """Cell and row of the screen below which it opens."""

    @property
    def chosen(self) -> Suggestion | None:
        return self.found[self.cursor] if 0 <= self.cursor < len(self.found) else None

    def show(self, found: Sequence[Suggestion], typed: str) -> None:
        self.found = found
        whole = "@" in typed and "." in typed.rpartition("@")[2]
        same = [n for n, one in enumerate(found) if one.address.lower() == typed.lower()]
        self.cursor = same[0] if same else -1 if whole else 0
        take, close = _("take"), _("close")
        self.hint = f"⏎ {take}  Esc {close}"

    def move(self, steps: int) -> None:
        if self.found:
            self.cursor = (max(self.cursor, -1) + steps) % len(self.found)

    def place(self, cells: int, rows: int) -> Region | None:
        """Where it is on a screen of such a size; None when there is nothing to show, or no room."""
        x, y = self.under
        tall = min(len(self.found) + 2, rows - y - 2)
        if not self.found or tall < 3:
            return None
        wanted = max(width(_name(one)) + width(one.address) + width(one.about) + 12 for one in self.found)
        wide = min(max(wanted, _LEAST), _WIDEST, cells)
        return Region(max(min(x, cells - wide), 0), y + 1, wide, tall)

    def inside(self, cells: int, rows: int) -> list[Strip]:
        look = self.look
        top = max(0, self.cursor - rows + 1)
        lines = []
        for n, one in enumerate(self.found[top : top + rows], top):
            here = n == self.cursor
            ground = look["selected"] if here else look["text"]
            name, address = _name(one), safe(one.address, 200)
            style = ground if here else look["person"] if one.record else look["text"]
            dim = ground if here else look["dim"]
            start = [("▌" if here else " ", ground), (name or address, style)]
            start += [(f"  {address}", dim)] if name else []
            about = safe(one.about, 60)
            lines.append(ends(start, [(f"  {about} ", dim)] if about else [], cells, ground))
        return lines


def _name(one: Suggestion) -> str:
    name = safe(one.name, 120)
    return "" if name == one.address else name
