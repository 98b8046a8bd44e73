"""How far a sync or an import has come, on stderr, for people (UI-5)."""

import threading
import time
from collections.abc import Callable
from typing import TextIO

from salesinbox.locale import formatting
from salesinbox.locale.texts import _
from salesinbox.model.events import Connection, Event, Progress
from salesinbox.model.text import clip, safe

_REDRAW = 0.1
_LOG_EVERY = 10.0


class ProgressLine:
    """One line that is drawn again on a terminal; elsewhere a line now and then. Call it from any thread."""

    def __init__(
        self,
        stream: TextIO,
        cells: int | None,
        *,
        connections: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`cells`: the terminal's width, None where the stream is none. `connections`: their states are told too."""
        self._stream = stream
        self._cells = cells
        self._connections = connections
        self._clock = clock
        self._last: float | None = None
        self._drawn = False
        self._ended = False
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            if self._ended:
                return
            if isinstance(event, Progress):
                self._progress(event)
            elif isinstance(event, Connection) and self._connections:
                self._line(connection(event))

    def end(self) -> None:
        """Leave the line as if it had never been there, and be silent: a thread may outlive an interrupt."""
        with self._lock:
            self._erase()
            self._ended = True

    def _progress(self, event: Progress) -> None:
        now = self._clock()
        pause = _REDRAW if self._cells else _LOG_EVERY
        finished = event.done >= event.total
        if self._last is not None and now - self._last < pause and not (finished and self._cells):
            return
        self._last = now
        if self._cells is None:
            self._line(progress(event))
            return
        self._stream.write("\r" + clip(progress(event), self._cells - 1) + "\x1b[K")
        self._stream.flush()
        self._drawn = True

    def _line(self, text: str) -> None:
        self._erase()
        self._stream.write(text + "\n")
        self._stream.flush()

    def _erase(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


class ShareLine:
    """How far a file has been read; silent for what is over within a second."""

    def __init__(self, stream: TextIO, cells: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """`cells`: the terminal's width, None where the stream is none."""
        self._stream = stream
        self._cells = cells
        self._clock = clock
        self._last = clock() + 1.0
        self._drawn = False

    def __call__(self, rows: int, share: float) -> None:
        now = self._clock()
        if now - self._last < (_REDRAW if self._cells else _LOG_EVERY) and not (share >= 1.0 and self._drawn):
            return
        self._last = now
        text = _("{n} rows read, {percent} %").format(n=formatting.number(rows), percent=int(share * 100))
        if share >= 1.0:
            text = _("{n} rows read; now mail is placed again").format(n=formatting.number(rows))
        if self._cells is None:
            self._stream.write(text + "\n")
        else:
            self._stream.write("\r" + clip(text, self._cells - 1) + "\x1b[K")
            self._drawn = True
        self._stream.flush()

    def end(self) -> None:
        """Leave the line as if it had never been there."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False


def progress(event: Progress) -> str:
    """Like "work  INBOX: 1,200 of 20,118 headers, about 2 min left"."""
    pattern = _("{account}  {folder}: {done} of {total} headers")
    if event.phase == "bodies":
        pattern = _("{account}  {folder}: {done} of {total} texts")
    text = pattern.format(
        account=safe(event.account, 40),
        folder=safe(event.folder, 60),
        done=formatting.number(event.done),
        total=formatting.number(event.total),
    )
    if event.seconds_left is None or event.done >= event.total:
        return text
    return f"{text}, {formatting.duration(event.seconds_left)}"


def connection(event: Connection) -> str:
    """Like "work: watching", with the reason where it waits."""
    account, detail = safe(event.account, 40), safe(event.detail, 300)
    text = _("{account}: {state}").format(account=account, state=state(event.state))
    return f"{text} ({detail})" if detail else text


def state(name: str) -> str:
    """The state of an account's line, in words."""
    words = {
        "connecting": _("connecting"),
        "syncing": _("syncing"),
        "watching": _("watching"),
        "waiting": _("waiting to try again"),
        "paused": _("paused"),
        "stopped": _("stopped"),
        "unknown": _("unknown"),
    }
    return words.get(name, safe(name, 40))
