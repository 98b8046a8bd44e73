"""FETCH and SEARCH answers, and the items that are asked for (RFC 9051 §7.5.2, §7.3.4). No I/O.

The answers that most servers give are read by one expression each; all others are taken apart piece by piece.
"""

import re
from collections.abc import Iterable

from salesinbox.formats.message import HEADER_FIELDS
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import RemoteHeader
from salesinbox.providers.imap.wire import (
    Answer,
    NonsenseError,
    expanded,
    fetched,
    flag_state,
    number,
    ranges_of,
    received,
    state_of,
)

FLAG_ITEMS = b"(FLAGS)"
HEADER_ITEMS = (
    b"(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (" + " ".join(HEADER_FIELDS).upper().encode() + b")])"
)
WHOLE_ITEMS = b"(UID BODY.PEEK[])"

_SLACK = 10_000
"""UIDs more than EXISTS announced that an answer may name before it counts as a lie."""

_FLAGS = re.compile(rb"\* \d+ FETCH \(UID (\d{1,10})(?: MODSEQ \(\d+\))? FLAGS \(([^()\"]*)\)(?: MODSEQ \(\d+\))?\)\Z")
_HEADER = re.compile(
    rb"\* \d+ FETCH \(UID (\d{1,10}) FLAGS \(([^()\"]*)\) INTERNALDATE \"([^\"]*)\" RFC822\.SIZE (\d{1,18})"
    rb" BODY\[HEADER\.FIELDS \([^()]*\)\] \{\d+\}\Z"
)
_WHOLE = re.compile(rb"\* \d+ FETCH \(UID (\d{1,10}) BODY\[\] \{\d+\}\Z")
_ESEARCH_ALL = re.compile(rb"\* ESEARCH\b.* ALL ([0-9:,]+)", re.IGNORECASE)
_SEARCH = re.compile(rb"\* SEARCH\b([0-9 ]*)", re.IGNORECASE)


def state(answer: Answer) -> tuple[int, FlagState] | None:
    """UID and flags, or None for an answer that has not got both. Raises NonsenseError."""
    if match := _FLAGS.match(answer[0]):
        return int(match[1]), state_of(match[2])
    items = fetched(answer)
    if items is None or b"UID" not in items or b"FLAGS" not in items:
        return None
    return number(items[b"UID"], answer), flag_state(items[b"FLAGS"], answer)


def header(answer: Answer) -> RemoteHeader | None:
    """A message's header, or None for an answer that has not got all of it. Raises NonsenseError."""
    if len(answer) == 3 and answer[2] == b")" and (match := _HEADER.match(answer[0])):
        uid, flags, date, size = match.groups()
        return RemoteHeader(int(uid), state_of(flags), received(date), int(size), answer[1])
    items = fetched(answer)
    if items is None or not {b"UID", b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"} <= items.keys():
        return None
    octets = next((items[name] for name in items if name.startswith(b"BODY[HEADER.FIELDS")), None)
    arrived = items[b"INTERNALDATE"]
    if octets is None:
        return None
    if not isinstance(octets, bytes) or not isinstance(arrived, bytes):
        raise NonsenseError(answer[0])
    return RemoteHeader(
        number(items[b"UID"], answer),
        flag_state(items[b"FLAGS"], answer),
        received(arrived),
        number(items[b"RFC822.SIZE"], answer),
        octets,
    )


def whole(answer: Answer) -> tuple[int, bytes] | None:
    """UID and octets of a whole message, or None; also None for NIL, which a message that is gone gives."""
    if len(answer) == 3 and answer[2] == b")" and (match := _WHOLE.match(answer[0])):
        return int(match[1]), answer[1]
    items = fetched(answer)
    raw = items.get(b"BODY[]") if items else None
    if not items or b"UID" not in items or not isinstance(raw, bytes):
        return None
    return number(items[b"UID"], answer), raw


def is_fetch(answer: Answer) -> bool:
    return b" FETCH (" in answer[0][:32].upper()


def uids_found(answers: Iterable[Answer], low: int, exists: int) -> list[int]:
    """UIDs of SEARCH or ESEARCH answers, ascending, from `low` on. Raises NonsenseError for a flood.

    "n:*" names the last message even when its UID is below n (RFC 9051 §9, seq-range).
    """
    found: set[int] = set()
    for answer in answers:
        if match := _ESEARCH_ALL.match(answer[0]):
            above = [(max(first, low), last) for first, last in ranges_of(match[1]) if last >= low]
            found.update(expanded(above, exists + _SLACK))
        elif match := _SEARCH.match(answer[0]):
            found.update(uid for word in match[1].split() if (uid := int(word[:19])) >= low)
    return sorted(found)
