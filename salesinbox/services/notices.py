"""Telling of the magnet outside of the program: by the desktop, and by a command of the rep's choosing (MAG-5)."""

import contextlib
import html
import os
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.locale.texts import _
from salesinbox.model.events import Noticed
from salesinbox.model.settings import Magnet
from salesinbox.model.text import clip, safe
from salesinbox.services import notice_words

_SECONDS = 10.0
"""Seconds that a command may take; then it is ended."""
_FAREWELL = 2.0
_SIDE_BY_SIDE = 4
_LONGEST = 500
_NOTIFY = "notify-send"


@dataclass(frozen=True, slots=True)
class Told:
    """One way of telling, and what came of it; `detail` is a sentence when it failed."""

    way: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Command:
    """What is to be run, and in which environment."""

    way: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]


class Notices:
    """`tell` returns at once: what it starts is seen to its end by threads. `environ`: the process's own."""

    def __init__(
        self,
        magnet: Magnet,
        zone: ZoneInfo,
        now: Callable[[], float],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.magnet, self.zone, self.now = magnet, zone, now
        self.environ = dict(os.environ if environ is None else environ)
        self._lock = threading.Lock()
        self._waiting: deque[_Command] = deque()
        self._running: set[threading.Thread] = set()

    def tell(self, notice: Noticed) -> None:
        """Tell it by all ways that are set, unless these are quiet hours. What is started runs on, whatever ends us."""
        if notice_words.quiet(self.magnet, self.now(), self.zone):
            return
        with self._lock:
            self._waiting.extend(self._commands(notice))
            self._start()

    def close(self) -> None:
        """Let what is being told come to its end, for a moment."""
        end = time.monotonic() + _FAREWELL
        for thread in list(self._running):
            thread.join(max(0.0, end - time.monotonic()))

    def deliver(self, notice: Noticed) -> list[Told]:
        """Tell it now, whatever the hour, and wait for what comes of it. Never raises."""
        return [_seen_off(command, *_started(command)) for command in self._commands(notice)]

    def _start(self) -> None:
        """Of a flood, a few at a time."""
        while self._waiting and len(self._running) < _SIDE_BY_SIDE:
            command = self._waiting.popleft()
            running, error = _started(command)
            if running is not None:
                thread = threading.Thread(target=self._see_off, args=(command, running, error), daemon=True)
                self._running.add(thread)
                thread.start()

    def _see_off(self, command: _Command, running: "subprocess.Popen[bytes]", error: str) -> None:
        _seen_off(command, running, error)
        with self._lock:
            self._running.discard(threading.current_thread())
            self._start()

    def _commands(self, notice: Noticed) -> list[_Command]:
        found = []
        if self.magnet.command:
            found.append(_Command("command", self.magnet.command, {**self.environ, **self._facts(notice)}))
        if self.magnet.desktop and (program := self.desktop()):
            title, text = notice_words.outside(notice, self.magnet.show)
            # Desktops read the text, not the title, as markup. What follows -- is no option, whoever wrote it.
            words = ("--app-name=SalesInbox", "--category=email.arrived", "--", title, html.escape(text))
            found.append(_Command("desktop", (program, *words), self.environ))
        return found

    def _facts(self, notice: Noticed) -> dict[str, str]:
        """What mail says reaches the rep's command in its environment only, never as words of a shell."""
        show = self.magnet.show
        whole = show not in (notice_words.NAME, notice_words.NOTHING)
        return {
            "SALESINBOX_NAME": "" if show == notice_words.NOTHING else _fact(notice.name),
            "SALESINBOX_SUBJECT": _fact(notice.subject) if whole else "",
            "SALESINBOX_DEAL": _fact(notice.deal) if whole else "",
            "SALESINBOX_THREAD": notice.thread,
            "SALESINBOX_ACCOUNT": _fact(notice.account),
            "SALESINBOX_NUMBER": str(notice.number),
        }

    def desktop(self) -> str:
        """The program that shows a notice on the desktop; "" where there is no desktop."""
        bus = Path(self.environ.get("XDG_RUNTIME_DIR") or "/nonexistent", "bus")
        there = any(self.environ.get(name) for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"))
        if not there and not bus.exists():
            return ""
        return shutil.which(_NOTIFY, path=self.environ.get("PATH")) or ""


def _started(command: _Command) -> tuple["subprocess.Popen[bytes] | None", str]:
    """The running command, or a sentence why it does not run."""
    try:
        running = subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(command.environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return None, _("{program} cannot be run: {reason}.").format(program=_program(command), reason=reason)
    return running, ""


def _seen_off(command: _Command, running: "subprocess.Popen[bytes] | None", error: str) -> Told:
    """Wait for the command's end, and bring it about if need be."""
    if running is None:
        return Told(command.way, ok=False, detail=error)
    try:
        code = running.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        # It and what it has started.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        sentence = _("{program} did not end within {seconds} seconds, and was ended.")
        detail = sentence.format(program=_program(command), seconds=f"{_SECONDS:g}")
        return Told(command.way, ok=False, detail=detail)
    if code:
        detail = _("{program} ended with {code}.").format(program=_program(command), code=code)
        return Told(command.way, ok=False, detail=detail)
    return Told(command.way, ok=True)


def _program(command: _Command) -> str:
    return safe(command.argv[0], 80)


def _fact(text: str) -> str:
    return clip(safe(text), _LONGEST)
