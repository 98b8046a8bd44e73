"""The files of one Maildir folder, which other programs rename, add and delete at any time.

Nothing is ever written over another file, and nothing is read or followed that is no plain file. Paths are octets.
"""

# Paths of this package are octets, which pathlib has none of.
# ruff: noqa: PTH104, PTH108, PTH116, PTH118, PTH120

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from salesinbox.providers.maildir import names

_TRIES = 20
_LOOKS = 3
_CHUNK = 8 * 1024
_LONGEST_HEADER = 1024 * 1024
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES)


class Entry(NamedTuple):
    """A file as it was listed: the folder's part that it lies in ("cur" or "new"), its name, flags, and inode."""

    part: bytes
    name: bytes
    letters: bytes
    inode: int


Listing = Mapping[bytes, Entry]
"""Unique part of the name -> file."""


def listed(folder: bytes) -> dict[bytes, Entry]:
    """The mail in a folder. Raises OSError where `folder` is no Maildir folder.

    `new` comes first: what another program moves to `cur` meanwhile is seen twice rather than never. A file that is
    renamed while it is listed may be seen under both names, or under none: who misses one looks again.
    """
    found: dict[bytes, Entry] = {}
    for part in (b"new", b"cur"):
        with os.scandir(os.path.join(folder, part)) as entries:
            for entry in entries:
                name = entry.name
                if not names.is_mail(name) or not entry.is_file(follow_symlinks=False):
                    continue
                unique = names.unique_of(name)
                one = Entry(part, name, names.letters_of(name), entry.inode())
                other = found.get(unique)
                if other is not None and other.inode != one.inode:
                    # A file that somebody copied without giving it a name of its own is a message, too.
                    if one.inode < other.inode:
                        found[unique], one = one, other
                    unique = b"%s/%d" % (unique, one.inode)
                found[unique] = one
    return found


def _again(folder: bytes, key: bytes) -> Entry | None:
    """A file that was renamed; None only where several looks do not show it."""
    for _look in range(_LOOKS):
        if (found := listed(folder).get(key)) is not None:
            return found
    return None


def opened(folder: bytes, key: bytes, entry: Entry) -> int | None:
    """A descriptor to read a message by, also when it was renamed since it was listed; None when it is gone."""
    found: Entry | None = entry
    for _try in range(_TRIES):
        if found is None:
            return None
        try:
            descriptor = os.open(
                os.path.join(folder, found.part, found.name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            )
        except FileNotFoundError:
            found = _again(folder, key)
            continue
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return None  # a link in its place
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        return None
    return None


@contextlib.contextmanager
def reading(folder: bytes, key: bytes, entry: Entry) -> Iterator[int | None]:
    """As `opened`, and closed at the end."""
    descriptor = opened(folder, key, entry)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def header_of(descriptor: int) -> bytes:
    """The header of a message, up to its empty line, at most a megabyte."""
    read = bytearray()
    while len(read) < _LONGEST_HEADER and (chunk := os.read(descriptor, _CHUNK)):
        start = max(0, len(read) - 3)
        read += chunk
        ends = [end for mark in (b"\n\n", b"\n\r\n") if (end := read.find(mark, start)) > 0]
        if ends:
            return bytes(read[: min(ends) + 1])
    return bytes(read)


def content_of(descriptor: int) -> bytes:
    """All of a message."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def renamed(folder: bytes, key: bytes, entry: Entry, add: bytes, remove: bytes) -> Entry | None:
    """Give a file other flags, letters to set and letters to clear; returns it as it is then, None when it is gone.

    Flags that another program sets at the same moment stay: the new name is made of the name as it is then.
    """
    found: Entry | None = entry
    for _try in range(_TRIES):
        if found is None:
            return None
        source = os.path.join(folder, found.part, found.name)
        letters = names.changed_letters(found.letters, add, remove)
        if letters == found.letters and found.part == b"cur":
            # It may have been changed since it was listed, and then it is not as it should be.
            if os.path.lexists(source):
                return found
        elif letters or found.part == b"cur":
            name = names.with_letters(found.name, letters)
            if os.path.lexists(os.path.join(folder, b"cur", name)):
                # Another file is called so: with a name of its own neither is lost.
                name = names.with_letters(names.fresh(found.name), letters)
            with contextlib.suppress(FileNotFoundError):
                os.rename(source, os.path.join(folder, b"cur", name))
                return Entry(b"cur", name, letters, found.inode)
        elif os.path.lexists(source):
            return found
        found = _again(folder, key)
    return None


def moved(folder: bytes, key: bytes, entry: Entry, target: bytes, letters: bytes) -> bytes | None:
    """Move a file to another folder, under a new name; returns the name's unique part, None when it is gone.

    It is on disk when both folders are synced (`sync_folder`).
    """
    found: Entry | None = entry
    for _try in range(_TRIES):
        if found is None:
            return None
        base = names.fresh(found.name)
        name = base + b":2," + letters
        source = os.path.join(folder, found.part, found.name)
        try:
            os.rename(source, os.path.join(target, b"cur", name))
        except FileNotFoundError:
            found = _again(folder, key)
            continue
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # On another file system a move is a copy and a deletion.
            unique = copied(folder, key, found, target, letters)
            if unique is not None:
                deleted(folder, key, found)
            return unique
        return names.unique_of(name)
    return None


def copied(folder: bytes, key: bytes, entry: Entry, target: bytes, letters: bytes) -> bytes | None:
    """Copy a file to another folder, with its time; returns the copy's unique part, None when it is gone."""
    with reading(folder, key, entry) as descriptor:
        if descriptor is None:
            return None
        content, modified = content_of(descriptor), os.fstat(descriptor).st_mtime_ns
    base = names.fresh(entry.name)
    written(target, base, letters, content, modified, new=False)
    return names.unique_of(base)


def deleted(folder: bytes, key: bytes, entry: Entry) -> None:
    """Delete a file for good, under whatever flags it goes now."""
    found: Entry | None = entry
    for _try in range(_TRIES):
        if found is None:
            return
        try:
            os.unlink(os.path.join(folder, found.part, found.name))
        except FileNotFoundError:
            found = _again(folder, key)
        else:
            return


def written(folder: bytes, base: bytes, letters: bytes, content: bytes, modified_ns: int, *, new: bool) -> None:
    """Deliver a message: to `tmp`, and on disk, before it shows under its name. Raises FileExistsError.

    `base` is the name without flags; `modified_ns` is when it counts as arrived (0: now); `new`: it goes to `new`
    where it has no flags.
    """
    shown = (
        os.path.join(folder, b"new", base)
        if new and not letters
        else (os.path.join(folder, b"cur", base + b":2," + letters))
    )
    waiting = os.path.join(folder, b"tmp", base if names.is_mail(base) else names.fresh())
    like = os.stat(folder)
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            as_its_folder(descriptor, like)
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(content)
            if modified_ns:
                os.utime(descriptor, ns=(modified_ns, modified_ns))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _placed(waiting, shown)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(waiting)
        raise
    sync_folder(os.path.dirname(shown))


def as_its_folder(descriptor: int, like: os.stat_result) -> None:
    """What root writes belongs to whom the folder belongs to; a group that may write the folder may write in it."""
    if os.geteuid() == 0:
        os.fchown(descriptor, like.st_uid, like.st_gid)
    if like.st_mode & 0o020:
        os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) | (like.st_mode & 0o060))


def _placed(source: bytes, target: bytes) -> None:
    """As a rename, but never over another file."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without links: names are never given twice, so that a look before will do.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from None
        os.rename(source, target)
    else:
        os.unlink(source)


def sync_folder(path: bytes) -> None:
    """Have a folder's list of names on disk; some file systems cannot, and then it is as good as it gets."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
