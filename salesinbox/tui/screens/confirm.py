"""A question that is answered with y or n; what is not plainly yes is no."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_CELLS = 64


class _Asked(Framed):
    def __init__(self, board: "Board", heading: str, text: str, doing: str) -> None:
        super().__init__(board.look)
        self.heading, self.text = heading, text
        self.hint = _("y {doing}  n no, keep it").format(doing=doing)

    def inside(self, cells: int, rows: int) -> list[Strip]:
        return [strip([(line, self.look["text"])], cells, self.look["text"]) for line in wrap(self.text, cells)][:rows]


class Confirm(Overlay):
    """`text` says what is about to happen, `doing` in a word or two what y does; both are safe to draw."""

    def __init__(self, board: "Board", heading: str, text: str, *, doing: str, agreed: Callable[[], None]) -> None:
        self.agreed = agreed

        def size(cells: int, rows: int) -> tuple[int, int]:
            wide = min(_CELLS, max(cells - 4, 10))
            return wide, min(len(wrap(text, wide - 4)) + 2, max(rows - 2, 3))

        super().__init__(board, _Asked(board, heading, text, doing), size)

    async def on_key(self, event: events.Key) -> None:
        if event.character == "y":
            event.stop()
            event.prevent_default()
            self.dismiss(None)
            self.board.attempt(self.agreed)
        elif event.character in ("n", "N") or event.key == "enter":
            event.stop()
            event.prevent_default()
            self.close()
        else:
            await super().on_key(event)

    def take(self, command: str, event: events.Key) -> None:
        """Nothing: a key that was meant for the board is neither yes nor no."""
