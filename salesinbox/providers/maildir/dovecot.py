"""What Dovecot keeps beside the mail of a Maildir: keywords by letter, and the list of subscribed folders.

Both files are replaced as Dovecot itself does it: a lock file of the same name with ".lock" is written, and renamed.
"""

# Paths of this package are octets, which pathlib has none of.
# ruff: noqa: PTH104, PTH108, PTH116, PTH118, PTH120

import contextlib
import os
import string
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.text import safe
from salesinbox.providers.maildir.files import as_its_folder

KEYWORDS = b"dovecot-keywords"
_UIDS = b"dovecot-uidlist"
_SUBSCRIPTIONS = b"subscriptions"
_LETTERS = string.ascii_lowercase.encode()
_LOCK_SECONDS = 10.0
_STALE_SECONDS = 120.0
"""After which Dovecot, too, takes a lock file for a dead program's."""


def is_at_home(folder: bytes) -> bool:
    """Whether Dovecot keeps files of its own in this folder, and so knows what its letters mean."""
    return any(os.path.lexists(os.path.join(folder, name)) for name in (KEYWORDS, _UIDS))


def keywords(folder: bytes) -> dict[bytes, str]:
    """Letter -> keyword, as they stand for each other in this folder."""
    found: dict[bytes, str] = {}
    for line in _lines(os.path.join(folder, KEYWORDS)):
        place, _space, word = line.partition(b" ")
        number = int(place) if place.isdigit() and len(place) < 4 else len(_LETTERS)
        if number < len(_LETTERS) and word:
            found.setdefault(_LETTERS[number : number + 1], word.decode("utf-8", "replace"))
    return found


def letters_for(folder: bytes, words: Sequence[str], account: str) -> dict[str, bytes]:
    """The letters of these keywords (in lower case), new ones being made; Dovecot must be `is_at_home`.

    Raises ServerError where all 26 letters are taken.
    """
    known = _by_word(keywords(folder))
    if all(word.lower() in known for word in words):
        return known
    path = os.path.join(folder, KEYWORDS)

    def added(lines: list[bytes]) -> list[bytes]:
        taken = keywords(folder)
        here = _by_word(taken)
        for word in dict.fromkeys(words):
            if word.lower() in here:
                continue
            free = next((at for at in range(len(_LETTERS)) if _LETTERS[at : at + 1] not in taken), None)
            if free is None:
                raise ServerError(
                    _(
                        'account "{account}": a Maildir folder keeps at most {n} labels, and all are taken; '
                        '"{name}" cannot be added'
                    ).format(account=safe(account), n=len(_LETTERS), name=safe(word, 60))
                )
            taken[_LETTERS[free : free + 1]] = word
            here[word.lower()] = _LETTERS[free : free + 1]
            lines.append(b"%d %s" % (free, word.encode()))
        return lines

    _replaced(path, added)
    return _by_word(keywords(folder))


def subscribe(root: bytes, folder: bytes, levels: Iterable[bytes]) -> None:
    """Have Dovecot show a new folder in other programs; `folder` is its name with dots, `levels` the same in parts."""
    path = os.path.join(root, _SUBSCRIPTIONS)
    if not os.path.lexists(path) and not is_at_home(root):
        return

    def added(lines: list[bytes]) -> list[bytes]:
        lines = lines or [b"V\t2", b""]
        name = b"\t".join(levels) if lines[0].startswith(b"V\t") else folder
        return lines if name in lines else [*lines, name]

    _replaced(path, added)


def _by_word(letters: Mapping[bytes, str]) -> dict[str, bytes]:
    return {word.lower(): letter for letter, word in letters.items()}


def _lines(path: bytes) -> list[bytes]:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - paths of this tree are octets, which pathlib has none of
            return file.read(1_000_000).split(b"\n")
    except FileNotFoundError:
        return []


def _replaced(path: bytes, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Write a file anew while nobody else does."""
    lock = path + b".lock"
    folder = os.stat(os.path.dirname(path))
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            break
        except FileExistsError:
            with contextlib.suppress(FileNotFoundError):
                if time.time() - os.lstat(lock).st_mtime > _STALE_SECONDS:
                    os.unlink(lock)
                    continue
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    try:
        try:
            as_its_folder(descriptor, folder)
            lines = _lines(path)
            while lines and not lines[-1]:
                lines.pop()
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(b"\n".join(change(lines)) + b"\n")
            with contextlib.suppress(FileNotFoundError):
                # Dovecot looks at whole seconds to see that the file is another one.
                if (before := int(os.stat(path).st_mtime)) >= int(time.time()):
                    os.utime(descriptor, (before + 1, before + 1))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(lock, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(lock)
        raise
