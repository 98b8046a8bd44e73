"""What a server says when a folder is opened or counted (RFC 9051 §6.3.2, §7.2; RFC 7162 §3.2.5). No I/O."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from salesinbox.model.mail import FlagState
from salesinbox.providers.imap.fetch import state
from salesinbox.providers.imap.wire import Answer, number, ranges_of, status_code, values, words

_COUNT = re.compile(rb"\* (\d{1,10}) (EXISTS|EXPUNGE)\Z", re.IGNORECASE)
_VANISHED = re.compile(rb"\* VANISHED (\(EARLIER\) )?([0-9:,]+)\Z", re.IGNORECASE)


@dataclass(slots=True)
class Selected:
    """A folder as it was when it was opened; numbers are 0 where the server did not say."""

    exists: int = 0
    uidvalidity: int = 0
    uidnext: int = 0
    modseq: int = 0
    changed: dict[int, FlagState] = field(default_factory=dict)
    vanished: list[tuple[int, int]] = field(default_factory=list)


def selected(answers: Iterable[Answer]) -> Selected:
    """The answers to SELECT or EXAMINE. Raises NonsenseError."""
    here = Selected()
    for answer in answers:
        code, argument = status_code(answer)
        value = int(argument) if argument.isdigit() and len(argument) <= 19 else 0
        if code == b"CLOSED":
            # What came before it was about the folder that was open until now (RFC 7162 §3.2.11).
            here = Selected()
        elif code == b"UIDVALIDITY":
            here.uidvalidity = value
        elif code == b"UIDNEXT":
            here.uidnext = value
        elif code == b"HIGHESTMODSEQ":
            here.modseq = value
        elif told := counted(answer):
            if told[1] == b"EXISTS":
                here.exists = told[0]
        elif (gone := vanished(answer)) is not None:
            here.vanished += gone[0]
        elif told_state := state(answer):
            here.changed[told_state[0]] = told_state[1]
    return here


def counted(answer: Answer) -> tuple[int, bytes] | None:
    """(number, b"EXISTS" or b"EXPUNGE"), or None for an answer of another kind."""
    match = _COUNT.match(answer[0])
    return (int(match[1]), match[2].upper()) if match else None


def vanished(answer: Answer) -> tuple[list[tuple[int, int]], bool] | None:
    """(ranges, whether they went before this session), or None for an answer of another kind."""
    match = _VANISHED.match(answer[0])
    return (ranges_of(match[2]), bool(match[1])) if match else None


def status(answer: Answer) -> tuple[bytes, dict[bytes, int]] | None:
    """A STATUS answer as (name as the server writes it, numbers by item), or None for another kind.

    Raises NonsenseError.
    """
    if words(answer)[1] != b"STATUS":
        return None
    match values(answer):
        case [_, _, bytes(name), list(items)] if len(items) % 2 == 0:
            pairs = zip(items[::2], items[1::2], strict=True)
            return name, {
                item.upper(): number(value, answer)
                for item, value in pairs
                if isinstance(item, bytes) and isinstance(value, bytes)
            }
        case _:
            return None
