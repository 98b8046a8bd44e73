"""Asking for files to attach: a line with names, completed by Tab (SEND-9)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.text import clip, width
from salesinbox.tui.compose import paths
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.typing import Typed
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_CELLS = 84
_ROWS = 8
"""Lines for the names that fit."""


class _Asked(Framed):
    def __init__(self, board: "Board", heading: str, doing: str, note: str, text: str) -> None:
        super().__init__(board.look)
        self.board = board
        self.heading, self.note = heading, note
        complete, back = _("complete"), _("back")
        self.hint = f"⏎ {doing}  Tab {complete}  Esc {back}"
        self.typed = Typed(text)
        self.names: Sequence[str] = ()

    def inside(self, cells: int, rows: int) -> list[Strip]:
        style, ground = self.look["input"], self.look["text"]
        before, after = self.typed.text[: self.typed.place], self.typed.text[self.typed.place :]
        while width(before) > max(cells - 2, 1):
            before = before[1:]
        self.board.cursor_position = self.region.offset + Offset(2 + width(before), 1)
        cursor = (after[:1] or " ", style + Style(reverse=True))
        lines = [strip([(before, style), cursor, (after[1:], style)], cells, style)]
        if self.names:
            return lines + [strip([(line, ground)], cells, ground) for line in self._columns(cells, rows - 1)]
        return (lines + [strip([(line, self.look["dim"])], cells, ground) for line in wrap(self.note, cells)])[:rows]

    def _columns(self, cells: int, rows: int) -> list[str]:
        """The names side by side, as many as there is room for."""
        each = min(max(width(name) for name in self.names) + 2, cells)
        across = max(cells // each, 1)
        shown = [clip(name, each - 1) for name in self.names]
        parts = [shown[start : start + across] for start in range(0, len(shown), across)]
        lines = ["".join(name + " " * (each - width(name)) for name in part) for part in parts]
        return lines if len(lines) <= rows else [*lines[: rows - 1], "…"]


class Attaching(Overlay):
    """`answered` gets the files that were named. Without words of its own it asks for files to attach."""

    def __init__(
        self,
        board: "Board",
        answered: Callable[[Sequence[Path]], None],
        *,
        heading: str = "",
        doing: str = "",
        note: str = "",
        text: str = "",
    ) -> None:
        note = note or _("A file's name, or several in quotes; ~ is your home. Dropped and pasted names work, too.")
        self.asked = _Asked(board, heading or _("Attach files"), doing or _("attach"), note, text)
        self.answered = answered

        def size(cells: int, rows: int) -> tuple[int, int]:
            return min(_CELLS, max(cells - 4, 10)), min(_ROWS + 3, max(rows - 2, 3))

        super().__init__(board, self.asked, size)

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        typed = self.asked.typed
        if event.key in ("ctrl+c", "ctrl+q"):
            self.board.exit()
        elif event.key == "escape":
            self.close()
        elif event.key == "enter":
            found = paths.read(typed.text)
            self.dismiss(None)
            if found:
                self.board.attempt(lambda: self.answered(found))
        elif event.key == "tab":
            text, self.asked.names = paths.complete(typed.text[: typed.place])
            typed.text, typed.place = text + typed.text[typed.place :], len(text)
            self.asked.changed()
        elif not event.key.startswith("alt+") and typed.key(event.key, event.character):
            self.asked.names = ()
            self.asked.changed()

    def take(self, command: str, event: events.Key) -> None:
        """Nothing: every key belongs to the text."""

    def on_paste(self, event: events.Paste) -> None:
        self.asked.typed.insert(paths.pasted(event.text))
        self.asked.changed()
