"""What IMAP lines mean: answers taken apart, sets and strings put together (RFC 9051 §9). No I/O.

An answer is a list of octet strings: a line, and for each literal in it the literal and the rest of the line
after it. So the odd places are literals, and the number of items is odd.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.text import safe

Answer = list[bytes]

COMMAND_LIMIT = 7500
"""Octets of a UID set in one command: RFC 7162 §4 promises lines of 8192 octets at most."""

_DEPTH = 60
_MARK = re.compile(rb"\{(\d{1,19})\+?\}\Z")
_TOKEN = re.compile(
    rb" *(?:(\()|(\))"
    rb'|"((?:[^"\\]|\\.)*)"'
    rb"|(~?\{\d{1,19}\+?\}\Z)"
    rb"|((?:BODY|BINARY)\[[^\]]*\](?:<\d+>)?|[^ ()\"]+))",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_FETCH = re.compile(rb"\* (\d+) FETCH (?=\()", re.IGNORECASE)
_CODE = re.compile(rb"\[([A-Z0-9-]+)(?: ([^\]]*))?\]", re.IGNORECASE)
_RECEIVED = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\Z")
_MONTHS = {name: n for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_SET = re.compile(rb"\d{1,10}(?::\d{1,10})?(?:,\d{1,10}(?::\d{1,10})?)*\Z")

_FLAGS = {
    "\\seen": Flag.SEEN,
    "\\answered": Flag.ANSWERED,
    "\\flagged": Flag.FLAGGED,
    "\\draft": Flag.DRAFT,
    "\\deleted": Flag.DELETED,
    "$forwarded": Flag.FORWARDED,
}
_NAMES = {
    Flag.SEEN: b"\\Seen",
    Flag.ANSWERED: b"\\Answered",
    Flag.FLAGGED: b"\\Flagged",
    Flag.DRAFT: b"\\Draft",
    Flag.DELETED: b"\\Deleted",
    Flag.FORWARDED: b"$Forwarded",
}


class NonsenseError(ValueError):
    """An answer that no IMAP server should give; `str` is an excerpt that is harmless to draw."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(excerpt(octets))


@dataclass(frozen=True, slots=True)
class Text:
    """A string in a command; how it travels (quoted or as a literal) is decided where it is sent."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Literal:
    """A message in a command. It travels as a literal, and a long one only once the server has agreed to it."""

    octets: bytes


def excerpt(octets: bytes) -> str:
    """The beginning of what a server said, on one line, harmless to draw."""
    return safe(octets[:200].decode("utf-8", "replace"), 120)


def values(answer: Answer) -> list[Any]:
    """An answer as nested lists of octet strings; NIL is None. Raises NonsenseError.

    `[b'* LIST (a b) "/" {3}', b'a"b', b'']` gives `[b"*", b"LIST", [b"a", b"b"], b"/", b'a"b']`.
    """
    top: list[Any] = []
    stack = [top]
    for place in range(0, len(answer), 2):
        line = answer[place]
        at, end = 0, len(line.rstrip(b" "))
        while at < end:
            match = _TOKEN.match(line, at)
            if match is None:
                raise NonsenseError(line)
            at = match.end()
            kind = match.lastindex
            if kind == 1:
                inner: list[Any] = []
                stack[-1].append(inner)
                stack.append(inner)
                if len(stack) > _DEPTH:
                    raise NonsenseError(line)
            elif kind == 2:
                stack.pop()
                if not stack:
                    raise NonsenseError(line)
            elif kind == 3:
                quoted = match[3]
                stack[-1].append(_ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted)
            elif kind == 4 and place + 1 < len(answer):
                stack[-1].append(answer[place + 1])
            else:
                word = match[kind or 0]
                stack[-1].append(None if word.upper() == b"NIL" else word)
    if len(stack) != 1:
        raise NonsenseError(answer[0])
    return top


def literal_size(line: bytes) -> int | None:
    """How many octets of a literal follow this line, or None."""
    if not line.endswith(b"}"):
        return None
    mark = _MARK.search(line)
    return int(mark[1]) if mark else None


def fetched(answer: Answer) -> dict[bytes, Any] | None:
    """The items of a FETCH answer by upper-case name, or None for another kind. Raises NonsenseError."""
    match = _FETCH.match(answer[0])
    if match is None:
        return None
    items = values([answer[0][match.end() :], *answer[1:]])
    if len(items) != 1 or not isinstance(items[0], list) or len(items[0]) % 2:
        raise NonsenseError(answer[0])
    pairs = iter(items[0])
    found = {}
    for name in pairs:
        if not isinstance(name, bytes):
            raise NonsenseError(answer[0])
        found[name.upper()] = next(pairs)
    return found


def number(value: object, answer: Answer) -> int:
    """A number of at most 63 bits. Raises NonsenseError."""
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > 19:
        raise NonsenseError(answer[0])
    return int(value)


def flag_state(names: object, answer: Answer) -> FlagState:
    """The flags of a FETCH item that was taken apart. Raises NonsenseError."""
    if not isinstance(names, list) or not all(isinstance(name, bytes) for name in names):
        raise NonsenseError(answer[0])
    return state_of(b" ".join(names))


@lru_cache(maxsize=4096)
def state_of(names: bytes) -> FlagState:
    """Flags as they stand between the brackets of FLAGS (…). Real mailboxes have few combinations: cached."""
    flags, keywords = Flag.NONE, set()
    for name in names.decode("utf-8", "replace").split():
        known = _FLAGS.get(name.lower())
        if known is not None:
            flags |= known
        elif not name.startswith("\\"):
            keywords.add(safe(name))
    return FlagState(flags, " ".join(sorted(keywords)))


def flag_names(flags: Flag) -> list[bytes]:
    r"""Flags as commands name them: \\Seen, $Forwarded."""
    return [name for flag, name in _NAMES.items() if flag in flags]


def received(octets: bytes) -> int:
    """INTERNALDATE in seconds since 1970, UTC; 0 for what is no date: a slip must not lose a message."""
    match = _RECEIVED.match(octets)
    if match is None:
        return 0
    day, month, year, hours, minutes, seconds, sign, zone_hours, zone_minutes = match.groups()
    offset = int(zone_hours) * 3600 + int(zone_minutes) * 60
    days = _days(day, month.lower(), year)
    if days is None:
        return 0
    there = days * 86400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return there - offset if sign == b"+" else there + offset


def internal_date(seconds: int) -> bytes:
    """INTERNALDATE as a command has it, with its quotes (RFC 9051 §9, date-time)."""
    when = datetime.fromtimestamp(seconds, UTC)
    month = list(_MONTHS)[when.month - 1].title()
    return b'"%02d-%s-%04d %02d:%02d:%02d +0000"' % (
        when.day, month, when.year, when.hour, when.minute, when.second,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _days(day: bytes, month: bytes, year: bytes) -> int | None:
    try:
        return date(int(year), _MONTHS[month], int(day)).toordinal() - 719_163
    except (KeyError, ValueError):
        return None


def ranges_of(octets: bytes) -> list[tuple[int, int]]:
    """A UID set as inclusive ranges, low end first. Raises NonsenseError."""
    if not _SET.match(octets):
        raise NonsenseError(octets)
    found = []
    for part in octets.split(b","):
        low, _, high = part.partition(b":")
        a = int(low)
        b = int(high or low)
        found.append((min(a, b), max(a, b)))
    return found


def expanded(ranges: Iterable[tuple[int, int]], limit: int) -> list[int]:
    """The UIDs of some ranges. Raises NonsenseError for more than `limit`: no lie may fill the memory."""
    found: list[int] = []
    for low, high in ranges:
        if len(found) + high - low + 1 > limit:
            raise NonsenseError(b"%d:%d" % (low, high))
        found.extend(range(low, high + 1))
    return found


def uid_sets(uids: Iterable[int], limit: int = COMMAND_LIMIT) -> Iterator[bytes]:
    """UIDs as sets for commands, ascending, each at most `limit` octets long."""
    parts: list[bytes] = []
    length = 0
    for low, high in compressed(uids):
        part = b"%d" % low if low == high else b"%d:%d" % (low, high)
        if parts and length + len(part) + 1 > limit:
            yield b",".join(parts)
            parts, length = [], 0
        parts.append(part)
        length += len(part) + 1
    if parts:
        yield b",".join(parts)


def compressed(uids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Inclusive ranges that hold exactly these UIDs, ascending."""
    low = high = 0
    for uid in sorted(set(uids)):
        if high and uid == high + 1:
            high = uid
            continue
        if high:
            yield low, high
        low = high = uid
    if high:
        yield low, high


def code_of(text: bytes) -> tuple[bytes, bytes]:
    """The response code at the beginning of a status text: (upper-case name, argument), or empty strings."""
    match = _CODE.match(text)
    return (match[1].upper(), match[2] or b"") if match else (b"", b"")


def status_code(answer: Answer) -> tuple[bytes, bytes]:
    """The response code of an untagged OK, NO or BAD, as `code_of`."""
    line = answer[0]
    _, _, rest = line.partition(b" ")
    status, _, text = rest.partition(b" ")
    return code_of(text) if status.upper() in (b"OK", b"NO", b"BAD") else (b"", b"")


def words(answer: Answer) -> Sequence[bytes]:
    """The first three words of an answer without literals, in upper case; missing ones are empty."""
    found = answer[0].split(b" ", 3)[:3]
    return [word.upper() for word in found] + [b""] * (3 - len(found))
