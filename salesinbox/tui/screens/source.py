"""A message as it was sent, byte for byte as far as a screen can show it; and all of its headers (READ-4)."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import number, size
from salesinbox.locale.texts import _
from salesinbox.model.mail import ThreadMessage
from salesinbox.model.text import safe_block
from salesinbox.services import desktop
from salesinbox.tui.lines import strip
from salesinbox.tui.navigation import SOURCE
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.screens.saving import ask_folder, tell
from salesinbox.tui.waiting import wait_for
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_LONGEST = 400_000
"""Characters that are shown; what is saved is whole."""


_HEADER = re.compile(r"[!-9;-~]+:")


class _Piece(NamedTuple):
    text: str
    role: str


class _Source(Framed):
    def __init__(self, board: "Board", heading: str, text: str, keys: str, *, head: bool, body: bool) -> None:
        super().__init__(board.look)
        self.heading, self.hint = heading, keys
        self.top, self.rows = 0, 1
        self.head, self.body = head, body
        self._text = text
        self._laid: list[_Piece] = []
        self._laid_for = 0

    def lay(self, cells: int) -> list[_Piece]:
        """All lines for a width; kept until the width changes."""
        if self._laid_for != cells:
            self._laid_for = cells
            self._laid = []
            above = self.head
            for line in safe_block(self._text[:_LONGEST]).rstrip("\n").split("\n"):
                above = above and (bool(line.strip()) or not self.body)
                role = "person" if above and _HEADER.match(line) else "text"
                pieces = wrap(line, cells) or [""]
                self._laid.append(_Piece(pieces[0], role))
                self._laid += [_Piece(piece, "text") for piece in pieces[1:]]
            if len(self._text) > _LONGEST:
                more = _("(and {n} further characters)").format(n=number(len(self._text) - _LONGEST))
                self._laid += [_Piece("", "dim"), _Piece(more, "dim")]
        return self._laid

    def inside(self, cells: int, rows: int) -> list[Strip]:
        lines = self.lay(cells)
        self.rows = rows
        self.top = max(0, min(self.top, len(lines) - rows))
        return [
            strip([(piece.text, self.look[piece.role])], cells, self.look["text"])
            for piece in lines[self.top : self.top + rows]
        ]

    @property
    def total(self) -> int:
        return len(self._laid)


class Source(Overlay):
    """It scrolls; `does` maps names of commands of the mode SOURCE to what they do.

    `head`: the text begins with headers, whose lines stand out; `body` False: it holds nothing else.
    """

    def __init__(
        self,
        board: "Board",
        heading: str,
        text: str,
        *,
        does: Mapping[str, Callable[[], None]] | None = None,
        head: bool = False,
        body: bool = True,
    ) -> None:
        self.does = does or {}
        self.source = _Source(board, heading, text, _keys(board, self.does), head=head, body=body)

        def measure(cells: int, rows: int) -> tuple[int, int]:
            wide = min(120, max(cells - 2, 10))
            return wide, min(len(self.source.lay(wide - 4)) + 2, max(rows - 2, 3))

        super().__init__(board, self.source, measure)

    def take(self, command: str, event: events.Key) -> None:
        found = self.board.keys.find(SOURCE, event.key, event.character)
        if found is not None and found.name in self.does:
            self.board.attempt(self.does[found.name])
            return
        steps = self.steps(command, max(self.source.rows - 1, 1), self.source.total)
        if steps is not None:
            self.source.top += steps
            self.source.changed()

    def on_mouse_scroll_down(self) -> None:
        self.source.top += 3
        self.source.changed()

    def on_mouse_scroll_up(self) -> None:
        self.source.top -= 3
        self.source.changed()


def show(board: "Board", message: ThreadMessage) -> None:
    """The raw source, fetched if it is not here: what is no UTF-8 shows as U+FFFD (READ-4); saved, it is whole."""
    wait_for(
        board,
        _("Fetching the message as it was sent…"),
        lambda stopped: board.content.source(message.id, stopped=stopped.is_set),
        lambda raw: show_raw(board, raw, message.subject),
    )


def show_raw(board: "Board", raw: bytes, subject: str) -> None:
    """The octets of a message; `subject` gives the file its name when it is saved."""
    text = raw[: 4 * _LONGEST].decode("utf-8", "replace")
    heading = _("Source ({size})").format(size=size(len(raw)))
    does = {"save-file": lambda: _save(board, subject, raw)}
    board.push_screen(Source(board, heading, text, does=does, head=True))


def show_headers(board: "Board", message: ThreadMessage) -> None:
    """All headers, decoded."""

    def shown(text: str) -> None:
        board.push_screen(Source(board, _("Headers"), text, head=True, body=False))

    wait_for(
        board,
        _("Fetching the headers…"),
        lambda stopped: board.content.headers(message.id, stopped=stopped.is_set),
        shown,
    )


def _save(board: "Board", subject: str, raw: bytes) -> None:
    def save(folder: Path) -> None:
        path = desktop.keep(folder, subject, ".eml", raw)
        tell(board, _("Saved: {path}").format(path=desktop.short(path)))

    ask_folder(board, _("Save the message in"), save)


def _keys(board: "Board", does: Mapping[str, Callable[[], None]]) -> str:
    from salesinbox.tui.commands import BY_NAME  # noqa: PLC0415 - the registry knows the actions that open this

    words = [f"{board.keys.label(name)} {_(BY_NAME[name].title)}" for name in does if board.keys.of[name]]
    return "  ".join([*words, f"{board.keys.label('back')} {_('close')}"])
