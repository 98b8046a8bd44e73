"""The wake-up socket: where it lies, who may open it, and its lines. It is only ever a hint (DESIGN, Processes)."""

import contextlib
import hashlib
import json
import os
import selectors
import socket
import stat
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from salesinbox.model.errors import DatabaseError
from salesinbox.model.events import Event, encode

_LONGEST = 100
"""Octets of a socket's path that every system takes (sun_path is 104 to 108)."""
_BACKLOG = 256 * 1024
"""Octets kept for a listener that does not read; then it is dropped, and looks at the database instead."""


def socket_path(data: Path) -> Path:
    """The socket of a data folder; a folder too deep for a socket gets one in a private runtime folder."""
    path = data / "sync.sock"
    if len(os.fsencode(path)) <= _LONGEST:
        return path
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"{tempfile.gettempdir()}/salesinbox-{os.getuid()}")
    if not os.environ.get("XDG_RUNTIME_DIR"):
        with contextlib.suppress(FileExistsError):
            runtime.mkdir(mode=0o700)
        found = runtime.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise DatabaseError(f"{runtime} belongs to somebody else; set XDG_RUNTIME_DIR to a folder of your own.")
    name = hashlib.blake2b(os.fsencode(data.resolve()), digest_size=8).hexdigest()
    return runtime / f"salesinbox-{name}.sock"


class Hub:
    """The sync process's side: tells events to all listeners and hands their requests on. Owns the main thread.

    `publish` may be called from any thread.
    """

    def __init__(self, path: Path, on_request: Callable[[dict[str, Any]], None]) -> None:
        self.path = path
        self.on_request = on_request
        self.listeners: dict[socket.socket, tuple[bytearray, bytearray]] = {}  # what came in, what is to go out
        self._events: deque[Event] = deque()
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._server = _listening(path)
        self._selector.register(self._server, selectors.EVENT_READ)
        self._selector.register(self._reader, selectors.EVENT_READ)

    def publish(self, event: Event) -> None:
        self._events.append(event)
        self.wake()

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):  # a full pipe wakes as well
            os.write(self._writer, b"x")

    def turn(self, seconds: float) -> None:
        """Wait at most so long for something to happen, and deal with it."""
        for key, _events in self._selector.select(seconds):
            if key.fileobj is self._server:
                self._accept()
            elif key.fileobj == self._reader:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._reader, 4096)
            elif isinstance(key.fileobj, socket.socket):
                self._read(key.fileobj)
        while self._events:
            line = encode(self._events.popleft())
            for listener in list(self.listeners):
                self.listeners[listener][1].extend(line)
        for listener in list(self.listeners):
            self._flush(listener)

    def close(self) -> None:
        for listener in list(self.listeners):
            self._drop(listener)
        self._selector.close()
        self._server.close()
        with contextlib.suppress(OSError):
            self.path.unlink()
        os.close(self._reader)
        os.close(self._writer)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            listener, _address = self._server.accept()
            listener.setblocking(False)
            self.listeners[listener] = (bytearray(), bytearray())
            self._selector.register(listener, selectors.EVENT_READ)

    def _read(self, listener: socket.socket) -> None:
        try:
            data = listener.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        buffer = self.listeners[listener][0]
        buffer.extend(data)
        if not data or len(buffer) > _BACKLOG:
            self._drop(listener)
            return
        while (end := buffer.find(b"\n")) >= 0:
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            with contextlib.suppress(ValueError):
                request = json.loads(line)
                if isinstance(request, dict):
                    self.on_request(request)

    def _flush(self, listener: socket.socket) -> None:
        out = self.listeners[listener][1]
        try:
            while out:
                del out[: listener.send(out)]
        except BlockingIOError:
            if len(out) > _BACKLOG:
                self._drop(listener)
        except OSError:
            self._drop(listener)

    def _drop(self, listener: socket.socket) -> None:
        del self.listeners[listener]
        self._selector.unregister(listener)
        listener.close()


def _listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # left by a process that was killed; the lock says that none runs now
    before = os.umask(0o177)  # private from the moment it exists (SAFE-2)
    try:
        server.bind(os.fspath(path))
    finally:
        os.umask(before)
    server.listen(16)
    server.setblocking(False)
    return server
