"""The right to sync a data folder: one process at a time, by a lock that the kernel frees when the process dies."""

import fcntl
import os
from pathlib import Path

from salesinbox.store.database import private_folder


class Lock:
    """The right to sync a data folder. Held until `release`, or until the process ends in whatever way."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, data: Path) -> "Lock | None":
        """The lock, or None when another process holds it."""
        private_folder(data)
        descriptor = os.open(data / "sync.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(descriptor)

    def release(self) -> None:
        os.close(self._descriptor)
