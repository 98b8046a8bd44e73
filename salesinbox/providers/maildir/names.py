"""Names in a Maildir: of files, with the flags that stand in them, and of folders. No I/O.

Names of files are octets, as the file system holds them. A file is called `unique:2,FLAGS`, where `unique` may be
followed by fields of other programs (`,S=` and `,W=` of Dovecot, `,U=` of mbsync), which do not belong to what makes
it unique.
"""

import itertools
import os
import re
import secrets
import socket
import time
from collections.abc import Mapping

from imapclient import imap_utf7

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.mail import Flag, FlagState

INBOX = "INBOX"
DELIMITER = "/"
PARTS = (b"cur", b"new", b"tmp")

_INFO = re.compile(rb"[:;!]2,")
_FIELDS = re.compile(rb",[SW]=[0-9]{1,18}(?=,|\Z)")
_STAMP = re.compile(rb"[0-9]{9,11}(?=\.)")
_DIGITS = re.compile(rb"([0-9]+)")
_FLAGS = {
    b"D": Flag.DRAFT,
    b"F": Flag.FLAGGED,
    b"P": Flag.FORWARDED,
    b"R": Flag.ANSWERED,
    b"S": Flag.SEEN,
    b"T": Flag.DELETED,
}
"""Letters of flags, in the order that they stand in a name."""

FORWARDED = "$Forwarded"
_serial = itertools.count(1)


# Files.


def is_mail(name: bytes) -> bool:
    """False for what other programs keep beside mail: dot files, and Dovecot's own."""
    return not name.startswith((b".", b"dovecot"))


def base_of(name: bytes) -> bytes:
    """A file's name without its flags."""
    found = _INFO.search(name)
    return name[: found.start()] if found else name


def letters_of(name: bytes) -> bytes:
    """The letters of a file's flags."""
    found = _INFO.search(name)
    return name[found.end() :] if found else b""


def unique_of(name: bytes) -> bytes:
    """What stays the same of a file's name, whatever happens to its flags."""
    return base_of(name).partition(b",")[0]


def with_letters(name: bytes, letters: bytes) -> bytes:
    """The same file's name with other flags; the sign that stands before them stays."""
    found = _INFO.search(name)
    return name[: found.end()] + letters if found else name + b":2," + letters


def fresh(like: bytes = b"") -> bytes:
    """A name that no file has yet (without flags), with the sizes that the name of a copied file tells.

    mbsync's number (`,U=`) is of the other folder, and two files with one number stop it.
    """
    now = time.time_ns()
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072").replace(",", "_").encode("utf-8", "replace")
    made = b"%d.M%dP%dQ%dR%s.%s" % (
        now // 1_000_000_000,
        now // 1000 % 1_000_000,
        os.getpid(),
        next(_serial),
        secrets.token_hex(4).encode(),
        host,
    )
    return made + b"".join(_FIELDS.findall(base_of(like)))


def arrival_order(unique: bytes) -> tuple[int, list[tuple[int, bytes]]]:
    """A key to sort by: names begin with the time of arrival in seconds, and numbers in them are counted up.

    The first part is 0 where the name tells no time.
    """
    stamp = _STAMP.match(unique)
    pieces = [(int(piece[:18]), b"") if piece.isdigit() else (-1, piece) for piece in _DIGITS.split(unique)]
    return int(stamp[0]) if stamp else 0, pieces


# Flags.


def state_of(letters: bytes, keywords: Mapping[bytes, str]) -> FlagState:
    """What the letters of a name mean; `keywords` says what the small letters stand for in this folder."""
    flags, words = Flag.NONE, set()
    for place in range(len(letters)):
        letter = letters[place : place + 1]
        flags |= _FLAGS.get(letter, Flag.NONE)
        word = keywords.get(letter, "")
        if word.lower() == FORWARDED.lower():
            flags |= Flag.FORWARDED
        elif word:
            words.add(word)
    return FlagState(flags, " ".join(sorted(words)))


def flag_letters(flags: Flag) -> bytes:
    return b"".join(letter for letter, flag in _FLAGS.items() if flags & flag)


def changed_letters(letters: bytes, add: bytes, remove: bytes) -> bytes:
    """Letters in their order (ASCII); those that mean nothing here stay."""
    kept = {*letters, *add} - {*remove}
    return bytes(sorted(kept))


# Folders.


def decoded(raw: bytes) -> str:
    """A folder's name, or one level of it, as text: out of modified UTF-7 (RFC 3501 §5.1.3), else UTF-8, else Latin-1.

    What is no proper modified UTF-7 is taken as it is.
    """
    try:
        name: str = imap_utf7.decode(raw)
        if imap_utf7.encode(name) == raw:
            return name
    except UnicodeError:
        pass
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def encoded(name: str, *, utf8: bool) -> bytes:
    if utf8:
        return name.encode("utf-8", "replace")
    raw: bytes = imap_utf7.encode(name)
    return raw


def must_be_a_name(folder: str, *, dots: bool) -> None:
    """Raises ServerError for what is no name of a folder that may be made. `dots`: dots divide levels on disk."""
    if not folder or any(_is_no_letter(character) for character in folder):
        raise ServerError(_("a folder's name must not be empty or hold control characters"))
    levels = folder.split(DELIMITER)
    if any(not level or level.startswith(".") or level.encode("utf-8", "replace") in PARTS for level in levels):
        raise ServerError(
            _('no level of a folder\'s name may be empty, begin with a dot, or be one of "cur", "new" and "tmp"')
        )
    if dots and "." in folder:
        raise ServerError(_("a folder's name must hold no dot here, since dots divide the levels of names on disk"))


def _is_no_letter(character: str) -> bool:
    """Control characters, and halves of characters, which cannot be encoded."""
    return character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"
