"""Files of records: copied in, so that the original may change or go (REC-2)."""

import mimetypes
import os
import stat
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.text import safe
from salesinbox.services.records.desk import Desk
from salesinbox.store.records.writing import Kept

LARGEST = 25_000_000
"""Octets of a file."""


def read(path: Path) -> tuple[str, str, bytes]:
    """Name, media type and content of a file.

    Raises:
        UsageError: It is no regular file (a device or a pipe might never end), it is too large, or cannot be read.
    """
    from salesinbox.formats import message  # noqa: PLC0415 - few records get a file

    shown = safe(path.name, 200)
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path.expanduser(), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise UsageError(_("{name} is not a file that could be added.").format(name=shown))
            if about.st_size > LARGEST:
                raise UsageError(
                    _("{name} has more than {size} MB; add a link to it instead.").format(
                        name=shown, size=LARGEST // 1_000_000
                    )
                )
            content = file.read(LARGEST + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            _("{name} cannot be added: {reason}.").format(name=safe(str(path), 200), reason=safe(reason, 200))
        ) from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return message.file_name(path.name) or "file", kind, content[:LARGEST]


def put(desk: Desk, kept: Kept, name: str, kind: str, content: bytes) -> str:
    """Keep the file with a record; returns its id. What undo has left of files before is tidied away."""
    execute = desk.connection.execute
    execute("DELETE FROM record_file_content WHERE file_id NOT IN (SELECT id FROM record_file)")
    cursor = execute(
        "INSERT INTO record_file (record, name, type, size, added) VALUES (?, ?, ?, ?, ?)",
        (kept.id, name, kind, len(content), desk.now),
    )
    execute("INSERT INTO record_file_content (file_id, content) VALUES (?, ?)", (cursor.lastrowid, content))
    return f"f{cursor.lastrowid}"


def take_off(desk: Desk, file_id: str) -> str:
    """Mark a file as removed; returns its name. NotFoundError if it is not here."""
    digits = file_id[1:]
    number = int(digits) if file_id[:1] == "f" and digits.isascii() and digits.isdigit() and len(digits) < 18 else 0
    row = desk.connection.execute(
        "UPDATE record_file SET removed = ? WHERE id = ? AND removed = 0 RETURNING name", (desk.now, number)
    ).fetchone()
    if row is None:
        raise NotFoundError(_("There is no file {id} here.").format(id=safe(file_id, 40)))
    return str(row[0])
