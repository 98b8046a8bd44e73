"""Files that were fetched from servers one by one: attachments and raw messages. A cache, private, and bounded.

Names are made of numbers only: nothing of a mail ever becomes a path.
"""

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import DatabaseError
from salesinbox.store.database import private_folder

FOLDER = "parts"
MOST = 200_000_000
"""Octets that are kept; what was not used for longest goes first."""

_A_DAY = 86_400
_A_WHILE = 600
"""Seconds for which what is not to be kept stays in memory."""


@dataclass(frozen=True, slots=True)
class Key:
    """Whose content a file holds: a message's row and digest, and a part ("2.1"; "" for the whole message).

    A database that is made anew gives the same numbers again, while the files are still here: the digest tells the
    messages apart.
    """

    message: int
    digest: bytes
    part: str

    @property
    def name(self) -> str:
        """The file's name: "m12-4f…-2.1" for a part, "m12-4f….eml" for the whole message."""
        section = "".join(letter for letter in self.part if letter.isascii() and (letter.isdigit() or letter == "."))
        return f"m{self.message}-{self.digest.hex()}{f'-{section}' if self.part else '.eml'}"


def place(data: Path, *, keeps_mail: bool) -> Path:
    """The folder above that of the files: `data`, or one in memory for mail that is not to be kept (ACC-3).

    DatabaseError where this machine has no folder in memory: then such mail can be read, but not its attachments.
    """
    if keeps_mail:
        return data
    for above in (os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108 - a private folder is made there
        folder = Path(above) / f"salesinbox-{os.getuid()}"
        if above and Path(above).is_dir() and os.access(above, os.W_OK):
            private_folder(folder)
            if folder.stat().st_uid == os.getuid() and not folder.is_symlink():
                forget_volatile(folder, _A_WHILE)
                return folder
    raise DatabaseError(
        _("This machine has no folder in memory (XDG_RUNTIME_DIR), and of this account nothing is written to a disk.")
    )


def forget_volatile(folder: Path, seconds: float = 0) -> None:
    """Delete what lies in a folder in memory, or only what was not used for so long."""
    now = time.time()
    for path in (folder / FOLDER).glob("*"):
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime >= seconds:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def find(data: Path, key: Key) -> Path | None:
    """The file, if it is here; it counts as used now."""
    path = data / FOLDER / key.name
    try:
        os.utime(path)
    except OSError:
        return None
    return path


def read(data: Path, key: Key) -> bytes | None:
    """The file's content, if it is here; it counts as used now. DatabaseError where the disk does not give it."""
    path = find(data, key)
    try:
        return None if path is None else path.read_bytes()
    except FileNotFoundError:
        return None  # another process has just made room
    except OSError as error:
        raise DatabaseError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or type(error).__name__)
        ) from error


def keep(data: Path, key: Key, content: bytes) -> Path:
    """Write a file whole or not at all. DatabaseError where the disk does not take it."""
    folder = data / FOLDER
    path = folder / key.name
    try:
        private_folder(folder)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".")  # 0600 from its first moment (SAFE-2)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # a name must not reach the disk before what it names
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
        _make_room(folder, path)
    except OSError as error:
        raise DatabaseError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or type(error).__name__)
        ) from error
    return path


def folder_to_open_in(data: Path, now: float) -> Path:
    """A fresh folder for a file under its own name, for another program; those of earlier days go."""
    above = data / FOLDER
    try:
        private_folder(above)
        for old in above.glob("open-*"):
            if now - old.stat().st_mtime > _A_DAY:
                shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix="open-", dir=above))  # 0700 from its first moment
    except OSError as error:
        raise DatabaseError(
            _("{path} cannot be written: {reason}.").format(path=above, reason=error.strerror or type(error).__name__)
        ) from error


def _make_room(folder: Path, kept: Path) -> None:
    """Delete what was not used for longest, and what a writer that was killed has left."""
    latest = kept.stat().st_mtime
    found = []
    for file in folder.iterdir():
        with contextlib.suppress(OSError):
            if file.is_dir():
                continue
            status = file.stat()
            if file.name.startswith("."):
                if latest - status.st_mtime > _A_DAY:
                    file.unlink()
                continue  # else another process is writing it now
            found.append((status.st_mtime, status.st_size, file))
    total = sum(size for _time, size, _file in found)
    for _time, size, file in sorted(found):
        if total <= MOST:
            return
        if file != kept:
            with contextlib.suppress(OSError):
                file.unlink()
                total -= size
