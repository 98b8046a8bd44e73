"""Mail addresses in a cell: one or several, with or without names, checked."""

import re
import unicodedata

from salesinbox.locale.texts import _

_BRACKETED = re.compile(r"<([^<>]*)>")
_SEPARATORS = re.compile(r"[\s,;、；，|]+")
_ADDRESS = re.compile(
    r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f\ufffd]{1,64}"
    # Some Japanese mobile carriers gave out local parts with dots in a row, so those pass.
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])"
)
_LONGEST = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets


def addresses(cell: str) -> tuple[str, ...]:
    """The addresses of a cell, lower case, without repetitions, in the order written.

    They are kept apart by commas, semicolons, spaces or line breaks; "Name <address>" is understood.

    Raises:
        ValueError: One of them is no address; the text is a sentence.
    """
    if not cell.isascii():
        cell = unicodedata.normalize("NFKC", cell)
    bracketed = _BRACKETED.findall(cell)
    parts = bracketed or _SEPARATORS.split(cell)
    found: dict[str, None] = {}
    for part in parts:
        written = part.strip().strip("'\"").removeprefix("mailto:")
        if not written:
            continue
        if len(written) > _LONGEST or not _ADDRESS.fullmatch(written):
            raise ValueError(_problem(written))
        found[written.lower()] = None
    return tuple(found)


def _problem(written: str) -> str:
    shown = written[:80]
    if "@" not in written:
        return _("“{address}” is not a mail address: it has no @.").format(address=shown)
    if written.count("@") > 1:
        return _("“{address}” is not a mail address: it has more than one @.").format(address=shown)
    if "." not in written.rpartition("@")[2]:
        return _("“{address}” is not a mail address: its domain has no dot.").format(address=shown)
    return _("“{address}” is not a mail address.").format(address=shown)


def domain(cell: str) -> str:
    """The host name of a website or domain as written, lower case, without "www."; "" if there is none."""
    text = unicodedata.normalize("NFKC", cell).strip().lower()
    host = re.split(r"[/?#]", text.partition("://")[2] or text, maxsplit=1)[0]
    host = host.rpartition("@")[2].partition(":")[0].removeprefix("www.").strip(".")
    return host if re.fullmatch(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}", host) else ""
