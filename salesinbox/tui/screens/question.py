"""One line of text asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.text import width
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.typing import Typed
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

DOT = "•"
"""Stands for each letter of a secret."""


class _Question(Framed):
    def __init__(self, board: "Board", heading: str, text: str, note: str, doing: str, *, secret: bool) -> None:
        super().__init__(board.look)
        self.secret = secret
        self.board = board
        self.heading, self.note = heading, note
        back = _("back")
        self.hint = f"⏎ {doing}  Esc {back}"
        self.typed = Typed(text)

    def inside(self, cells: int, rows: int) -> list[Strip]:
        style, ground = self.look["input"], self.look["text"]
        text = DOT * len(self.typed.text) if self.secret else self.typed.text
        before, after = text[: self.typed.place], text[self.typed.place :]
        while width(before) > max(cells - 2, 1):
            before = before[1:]
        cursor = after[:1] or " "
        self.board.cursor_position = self.region.offset + Offset(2 + width(before), 1)
        lines = [strip([(before, style), (cursor, style + Style(reverse=True)), (after[1:], style)], cells, style)]
        lines += [strip([(line, self.look["dim"])], cells, ground) for line in wrap(self.note, cells) if self.note]
        return lines[:rows]


class Question(Overlay):
    """`answered` gets what was typed, spaces around it taken off. `doing` says what Enter does; `note` is below.

    What is `secret` is drawn as dots, and nothing is taken off it.
    """

    def __init__(
        self,
        board: "Board",
        heading: str,
        answered: Callable[[str], None],
        *,
        doing: str,
        text: str = "",
        note: str = "",
        secret: bool = False,
    ) -> None:
        self.question = _Question(board, heading, text, note, doing, secret=secret)
        self.answered = answered

        def size(cells: int, rows: int) -> tuple[int, int]:
            wide = min(76, max(cells - 4, 10))
            return wide, min(3 + (len(wrap(note, wide - 4)) if note else 0), max(rows - 2, 3))

        super().__init__(board, self.question, size)

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key in ("ctrl+c", "ctrl+q"):
            self.board.exit()
        elif event.key == "escape":
            self.close()
        elif event.key == "enter":
            text = self.question.typed.text
            text = text if self.question.secret else text.strip()
            self.dismiss(None)
            self.board.attempt(lambda: self.answered(text))
        elif self.question.typed.key(event.key, event.character):
            self.question.changed()

    def take(self, command: str, event: events.Key) -> None:
        """Nothing: every key belongs to the text."""

    def on_paste(self, event: events.Paste) -> None:
        self.question.typed.insert(event.text)
        self.question.changed()
