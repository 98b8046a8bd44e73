"""Whose turn it is to be logged in: POP3 lets one at a time into a mailbox (RFC 1939 §4).

This program has several lines to an account, in several processes at times.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Self

from salesinbox.providers.private import private_file

_FILE = "turn.lock"
_LOOK = 0.05


class Turn:
    """Held until `end`, or until the process has gone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, home: Path, patience: float = 0.0) -> Self | None:
        """Wait for the turn, at most `patience` seconds; None when it did not come. Raises OSError."""
        path = home / _FILE
        private_file(path)
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    os.close(descriptor)
                    return None
                time.sleep(_LOOK)
            except BaseException:
                os.close(descriptor)
                raise
            else:
                os.pwrite(descriptor, b"%-20d" % os.getpid(), 0)
                return cls(descriptor)

    def end(self) -> None:
        os.close(self._descriptor)


def is_ours(home: Path) -> bool:
    """Whether it is this process's turn, on another line of it."""
    with contextlib.suppress(OSError, ValueError):
        return int((home / _FILE).read_bytes()) == os.getpid()
    return False
