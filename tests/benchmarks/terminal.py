"""Measures a program in a terminal from outside, through a pseudo-terminal.

    with Terminal(command, environment) as terminal:
        seconds = terminal.ready(shows(subjects))      # from the start of the program
        answer = terminal.press(b"j")                  # octets, and ms until the last one of them

While something is timed its output is only noted with the time of each read; it is played to a screen afterwards,
so that the measuring costs the program nothing. Needs pyte and psutil.
"""

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil  # type: ignore[import-untyped] # it ships no type information
import pyte

Ready = Callable[[str], bool]
"""Whether a screen, as lines of text, is the one waited for."""

SILENCE = 0.15
"""Seconds without output after which an answer is over."""


class NeverReadyError(Exception):
    """The program ended, or its screen never became the one waited for; shows what it did show."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a key press brought. `ms` until the last octet, 0.0 where nothing came."""

    octets: int
    first_ms: float
    ms: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10^6). RSS counts shared pages whole, PSS in part, USS not at all."""

    rss: float
    pss: float
    uss: float


def shows(subjects: Iterable[str], least: int = 4, characters: int = 12) -> Ready:
    """True when the beginnings of at least so many of the subjects are on the screen.

    Only their beginnings, because narrow columns cut them; "Re: " is left away, because some programs do.
    """
    beginnings = {re.sub(r"^Re: ", "", subject)[:characters] for subject in subjects}

    def ready(screen: str) -> bool:
        return sum(beginning in screen for beginning in beginnings) >= least

    return ready


@dataclass
class Terminal:
    """A program on a pseudo-terminal of `columns` x `rows`, which answers as a plain xterm or tmux does."""

    command: Sequence[str]
    environment: Mapping[str, str]
    columns: int = 160
    rows: int = 45
    folder: Path = Path("/")
    octets: int = 0
    started: float = 0.0
    first: float | None = None
    """Seconds from the start to the first octet."""
    _pid: int = 0
    _line: int = -1
    _ended: bool = False
    _noted: list[tuple[float, bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self._screen)
        environment = {
            **self.environment,
            "TERM": "xterm-256color",
            "COLUMNS": str(self.columns),
            "LINES": str(self.rows),
        }
        # The size is there before the program looks: a resize in its first moments would make it paint twice.
        line, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self.started = time.perf_counter()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(line)
                os.login_tty(inner)
                os.chdir(self.folder)
                os.execvpe(self.command[0], list(self.command), environment)
            finally:
                os._exit(127)
        os.close(inner)
        self._line = line
        return self

    def __exit__(self, *_: object) -> None:
        family = self._family()
        for process in reversed(family):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)
        os.close(self._line)

    def _family(self) -> list[psutil.Process]:
        try:
            process = psutil.Process(self._pid)
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    # --- reading ---------------------------------------------------------------------------------------------

    def _read(self, seconds: float) -> int:
        """Note what comes within `seconds`; how many octets, 0 for silence or the end."""
        if self._ended:
            time.sleep(seconds)
            return 0
        if not select.select([self._line], [], [], seconds)[0]:
            return 0
        try:
            data = os.read(self._line, 1 << 16)
        except OSError:
            data = b""
        now = time.perf_counter()
        if not data:
            self._ended = True
            return 0
        if self.first is None:
            self.first = now - self.started
        self._noted.append((now, data))
        self.octets += len(data)
        # Questions that any terminal answers; those about newer modes go unanswered, as in tmux.
        if b"\x1b[6n" in data:
            os.write(self._line, b"\x1b[1;1R")
        if b"\x1b[c" in data or b"\x1b[0c" in data:
            os.write(self._line, b"\x1b[?62;22c")
        return len(data)

    def _play(self, ready: Ready | None = None) -> float | None:
        """Put on the screen what was noted; the time at which `ready` became true first."""
        noted, self._noted = self._noted, []
        for number, (moment, data) in enumerate(noted):
            # pyte does not know every private sequence of every program; what it stumbles over is not text.
            with contextlib.suppress(Exception):
                self._stream.feed(data)
            if ready is not None and ready(self.screen):
                self._noted = noted[number + 1 :]
                return moment
        return None

    @property
    def screen(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        """The rows as text. The emulator's own way fails on half a wide character, which a cut-off read can leave."""
        rows = range(self.rows)
        return ["".join(self._screen.buffer[y][x].data for x in range(self.columns)) for y in rows]

    def look(self) -> str:
        """The screen as it is now."""
        self.settle(0.05)
        return self.screen

    def settle(self, silence: float = 0.6, longest: float = 30.0) -> None:
        """Wait until nothing has come for `silence` seconds, at most `longest` (a clock on the screen never rests)."""
        end = time.perf_counter() + longest
        while self._read(silence) and time.perf_counter() < end:
            pass
        self._play()

    # --- measuring -------------------------------------------------------------------------------------------

    def ready(self, ready: Ready, timeout: float = 120.0) -> float:
        """Seconds from the start of the program to the read that made the screen ready."""
        return self.when(ready, timeout) - self.started

    def when(self, ready: Ready, timeout: float = 120.0) -> float:
        """The moment (perf_counter) at which the screen became ready. Raises NeverReadyError."""
        end = time.perf_counter() + timeout
        if ready(self.screen):
            return time.perf_counter()
        while time.perf_counter() < end:
            # A moment's silence, or a full second of output, and it is looked at what is there.
            until = time.perf_counter() + 1.0
            while self._read(0.1) and time.perf_counter() < until:
                pass
            moment = self._play(ready)
            if moment is not None:
                return moment
            if self._ended:
                break
        what = "ended" if self._ended else f"was not ready within {timeout:g} s"
        raise NeverReadyError(f"{self.command[0]} {what}. Its screen:\n{self.screen}")

    def press(self, key: bytes, silence: float = SILENCE, *, moving: str = "", until: Ready | None = None) -> Answer:
        """Press a key, and note its answer until nothing has come for `silence` seconds.

        With `moving`, a character that marks the cursor, `ms` ends with the read that moved it: what else is painted
        meanwhile (progress, a clock) is then no part of the answer. With `until` it ends with the read that made
        the screen so.
        """
        self._play()
        standing = self._places(moving)
        before, pressed = self.octets, time.perf_counter()
        os.write(self._line, key)
        while self._read(silence):
            if time.perf_counter() - pressed > 3:
                break
        if not self._noted:
            return Answer(0, 0.0, 0.0)
        first, last = self._noted[0][0], self._noted[-1][0]
        if moving:
            last = self._play(lambda _screen: self._places(moving) != standing) or last
        elif until is not None:
            last = self._play(until) or last
        return Answer(self.octets - before, (first - pressed) * 1000, (last - pressed) * 1000)

    def _places(self, character: str) -> list[tuple[int, int]]:
        if not character:
            return []
        return [(y, x) for y, line in enumerate(self._lines()) for x, c in enumerate(line) if c == character]

    def memory(self) -> Memory:
        """Of the program alone, without the processes that it started."""
        full = psutil.Process(self._pid).memory_full_info()
        return Memory(full.rss / 1e6, full.pss / 1e6, full.uss / 1e6)

    def leave(self, key: bytes) -> None:
        """Let the program end by itself, so that it can save its caches, then ask the processes that it started."""
        others = self._family()[1:]
        os.write(self._line, key)
        end = time.perf_counter() + 10
        while not self._ended and time.perf_counter() < end:
            self._read(0.1)
        for process in others:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _gone, staying = psutil.wait_procs(others, timeout=5)
        for process in staying:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
