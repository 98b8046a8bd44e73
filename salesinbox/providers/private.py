"""Files of providers in an account's own folder: there for the rep alone, from the moment they exist (SAFE-2)."""

import contextlib
import os
from pathlib import Path


def private_file(path: Path) -> None:
    """Make an empty file, and the folders above it, where they are missing. Raises OSError."""
    private_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are missing. Raises OSError."""
    if not folder.is_dir():
        private_folder(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
