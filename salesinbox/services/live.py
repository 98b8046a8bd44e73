"""The interface's side of the wake-up socket, and the sync process that it starts when none runs."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from salesinbox.model.events import Event, decode
from salesinbox.sync.lock import Lock
from salesinbox.sync.wake import socket_path

_PATIENCE = 5.0
_LOOK = 0.05
LINGER = 60
"""Seconds for which a process started here goes on after the last interface has left."""

_started: "list[subprocess.Popen[bytes]]" = []
"""Processes that were started here: each is taken note of when it has ended, so that none stays behind as a zombie."""


class LiveService:
    """A listener. Everything it hears is a hint: without it, `BoardService.revision` still tells of changes."""

    def __init__(self, data: Path, config: Path | None) -> None:
        self.data = data
        self.config = config
        self._socket: socket.socket | None = None
        self._buffer = bytearray()

    def connect(self) -> bool:
        """Reach the sync process; False when none listens. Never blocks."""
        self.close()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.setblocking(False)
        try:
            line.connect(os.fspath(socket_path(self.data)))
        except OSError:
            line.close()
            return False
        self._socket = line
        return True

    def fileno(self) -> int:
        """The descriptor to wait on, -1 while not connected."""
        return -1 if self._socket is None else self._socket.fileno()

    def events(self) -> list[Event]:
        """What was told since the last call. When the process has gone, the line is closed (`fileno` is -1)."""
        if self._socket is None:
            return []
        gone = False
        try:
            while data := self._socket.recv(65536):
                self._buffer.extend(data)
            gone = True
        except BlockingIOError:
            pass
        except OSError:
            gone = True
        *lines, rest = bytes(self._buffer).split(b"\n")
        self._buffer[:] = rest
        if gone:
            self.close()
        return [event for line in lines if (event := decode(line)) is not None]

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._buffer.clear()

    def ask_sync(self, accounts: Sequence[str] | None = None, request: str = "asked") -> bool:
        """Ask for a full pass now; False when nobody listens."""
        return self._send({"do": "sync", "accounts": accounts, "id": request})

    def ask_push(self) -> bool:
        """Tell the servers now what the rep did; False when nobody listens (they are told with the next sync)."""
        return self._send({"do": "push"})

    def ask_errand(self, account: str, request: str, errand: Mapping[str, object]) -> bool:
        """Have an account's line fetch something; the event `Answer` with this request tells what came of it."""
        return self._send({"do": "errand", "account": account, "id": request, **errand})

    def ask_secrets(self, request: dict[str, object]) -> bool:
        """Have the process open or lock the encrypted passwords; the event `Answer` with its id tells the outcome."""
        return self._send(request)

    def ask_stop(self) -> bool:
        """Ask the sync process to end, and wait a little until it has; False when nobody listens."""
        if not self._send({"do": "stop"}):
            return False
        while self._socket is not None and select.select([self._socket], [], [], _PATIENCE)[0]:
            self.events()
        return self._socket is None

    def end_process(self, seconds: float = 15.0) -> None:
        """Have the sync process end, and wait until it has; one that has only just started does not listen yet."""
        end = time.monotonic() + seconds
        while self.runs() and time.monotonic() < end:
            if not (self.connect() and self.ask_stop()):
                time.sleep(_LOOK)
        self.close()

    def _send(self, request: dict[str, object]) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.sendall((json.dumps(request) + "\n").encode())
        except OSError:
            return False
        return True

    def runs(self) -> bool:
        """Whether a sync process holds the data folder, listening already or not."""
        if not (self.data / "sync.lock").exists():
            return False
        lock = Lock.take(self.data)
        if lock is not None:
            lock.release()
        return lock is None

    def ensure_process(self) -> None:
        """Start the sync process unless one runs. It outlives this one by a minute, and ends by itself.

        Two interfaces that start at once may both start one: the second finds the lock taken and ends.
        """
        lock = Lock.take(self.data)
        if lock is None:
            return
        lock.release()
        command = [sys.executable, "-m", "salesinbox", "--data", os.fspath(self.data)]
        if self.config is not None:
            command += ["--config", os.fspath(self.config)]
        with contextlib.suppress(OSError):  # without it the board still shows what is here; status says so
            _started[:] = [process for process in _started if process.poll() is None]
            _started.append(
                subprocess.Popen(
                    [*command, "sync", "--watch", "--linger", str(LINGER)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    cwd="/",
                )
            )
