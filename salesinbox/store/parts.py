"""Files that were fetched from servers one by one: attachments and raw messages. A cache, private, and bounded.

Names are made of row numbers only: nothing of a mail ever becomes a path.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import DatabaseError
from salesinbox.store.database import private_folder

FOLDER = "parts"
MOST = 200_000_000
"""Octets that are kept; what was not used for longest goes first."""

_A_DAY = 86_400


def name(message: int, part: str) -> str:
    """The file's name: "m12-2.1" for a part, "m12.eml" for the whole message."""
    if not part:
        return f"m{message}.eml"
    section = "".join(letter for letter in part if letter.isascii() and (letter.isdigit() or letter == "."))
    return f"m{message}-{section}"


def find(data: Path, message: int, part: str) -> Path | None:
    """The file, if it is here; it counts as used now."""
    path = data / FOLDER / name(message, part)
    try:
        os.utime(path)
    except OSError:
        return None
    return path


def keep(data: Path, message: int, part: str, content: bytes) -> Path:
    """Write a file whole or not at all. DatabaseError where the disk does not take it."""
    folder = data / FOLDER
    path = folder / name(message, part)
    try:
        private_folder(folder)
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".")  # 0600 from its first moment (SAFE-2)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
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
    found = []
    for file in folder.iterdir():
        if file.is_dir():
            continue
        with contextlib.suppress(OSError):
            status = file.stat()
            found.append((status.st_mtime, status.st_size, file))
    total = sum(size for _time, size, _file in found)
    for _time, size, file in sorted(found):
        if total <= MOST:
            return
        if file != kept:
            with contextlib.suppress(OSError):
                file.unlink()
                total -= size
