"""What went wrong that should not have, for whoever mends it: DATA/log/errors.log, readable by the rep only."""

import contextlib
import os
import platform
import secrets
import traceback
from datetime import UTC, datetime
from pathlib import Path

FILE = "errors.log"
_LARGEST = 1_000_000


def write(data: Path, error: Exception, command: str) -> tuple[str, Path]:
    """Append an error with its trace. Returns a short reference, and the file that has it.

    Only the command's name is kept of what was asked: the rest is the rep's own. OSError when nothing can be kept.
    """
    folder = data / "log"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > _LARGEST:
            path.replace(path.with_suffix(".log.1"))
    reference = secrets.token_hex(3)
    head = f"[{reference}] {datetime.now(UTC):%Y-%m-%d %H:%M:%SZ} {command}, Python {platform.python_version()}"
    trace = "".join(traceback.format_exception(error))
    # SAFE-2: private from the moment it exists.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{head}\n{trace}\n")
    return reference, path
