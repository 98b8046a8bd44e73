"""Files of the rep's own that several processes write: whole after a crash, private from the first moment (SAFE-2)."""

import contextlib
import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import BusyError, CredentialsError

LOCK_SECONDS = 10.0
_LOOK = 0.05
_RANDOM = 4


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Alone among the processes that write the file. The lock is a file beside it, for it is itself replaced.

    Raises CredentialsError where nothing can be written, and BusyError where another process does not end.
    """
    place = path.resolve()
    with translated(path):
        _private_folder(place.parent)
        lock = place.with_name(f"{place.name}.lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        end = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise BusyError(_("Another process is writing {file}. Try again.").format(file=path)) from None
                time.sleep(_LOOK)
        _clear(place)
        yield
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Write the file (0600): after a crash there is the old one or the new one. Only within `alone`."""
    place = path.resolve()
    beside = place.with_name(f".{place.name}.{secrets.token_hex(_RANDOM)}")
    with translated(path):
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """What the system says about the file, as a CredentialsError."""
    try:
        yield
    except OSError as error:
        raise CredentialsError(
            _("{file} cannot be used: {reason}. Secrets are kept in it.").format(file=path, reason=error.strerror)
        ) from error


def _private_folder(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)


def _clear(place: Path) -> None:
    """Remove what a killed process has left half written."""
    left = re.compile(rf"\.{re.escape(place.name)}\.[0-9a-f]{{{2 * _RANDOM}}}")
    with translated(place):
        for path in place.parent.iterdir():
            if left.fullmatch(path.name):
                path.unlink(missing_ok=True)
