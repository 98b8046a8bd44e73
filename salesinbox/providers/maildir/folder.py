"""Delivering to a Maildir of our own, in which each message is there once, by the unique part of its name."""

# Paths of this package are octets, which pathlib has none of.
# ruff: noqa: PTH108, PTH118

import contextlib
import os
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.mail import Flag
from salesinbox.model.text import safe
from salesinbox.providers.maildir import files, names, tree
from salesinbox.providers.maildir.errors import touching


def uniques(root: Path) -> set[str]:
    """The unique parts of all names in all folders of the tree; empty where there is no tree yet."""
    with touching(_("the mail files at {path} cannot be read").format(path=safe(str(root), 200))):
        found: set[str] = set()
        if not root.is_dir():
            return found
        for path in tree.Tree(root).folders().values():
            found.update(os.fsdecode(key) for key in files.listed(path))
        return found


def deliver(
    root: Path,
    folder: str,
    unique: str,
    message: bytes,
    flags: Flag,
    date: int,
    known: set[str] | None = None,
) -> bool:
    """Put a message there, on disk when this returns; False: one with this unique part is in some folder already.

    `unique` is a file's name without a comma, colon or slash; a kill at any point leaves the message there once, or
    not at all. Octets are kept as they are. `date`: when it counts as arrived, in seconds since 1970; 0: now. The
    tree and the folder are made where they are missing. `known` is what `uniques` told, for who delivers many: it is
    looked at in place of the files, and the new one is added to it.
    """
    if any(mark in unique for mark in ",:;!/\0") or not names.is_mail(os.fsencode(unique)) or not unique:
        raise ValueError(unique)
    with touching(_("a message cannot be stored at {path}").format(path=safe(str(root), 200))):
        made = tree.make(root)
        if unique in (uniques(root) if known is None else known):
            return False
        base = os.fsencode(unique)
        path = made.make(folder)
        with contextlib.suppress(FileNotFoundError):
            # What a kill left half written: nobody else uses this name.
            os.unlink(os.path.join(path, b"tmp", base))
        try:
            files.written(path, base, names.flag_letters(flags), message, date * 1_000_000_000, new=True)
        except FileExistsError:
            return False
        finally:
            if known is not None:
                known.add(unique)
        return True
