"""Queries on the files of a Maildir, which no program indexes for us: each message is read, as far as it must be.

What can be asked is what an IMAP server can be asked (`providers.imap.search`); words are looked for as parts of the
decoded text, however they are written (`model.folding`). Days are those of this machine's clock.
"""

import os
import time
from collections.abc import Callable
from datetime import date
from functools import cached_property

from salesinbox.formats import headers, message
from salesinbox.formats.query_tree import And, Before, Expression, Field, Larger, Not, Or, Phrase, Since, Smaller, Word
from salesinbox.model.folding import fold
from salesinbox.model.mail import Flag
from salesinbox.providers.imap.search import search_keys
from salesinbox.providers.maildir import contents, files
from salesinbox.providers.maildir.looking import Look

_STATES = {
    "unread": (Flag.SEEN, False),
    "read": (Flag.SEEN, True),
    "flagged": (Flag.FLAGGED, True),
    "unflagged": (Flag.FLAGGED, False),
    "answered": (Flag.ANSWERED, True),
    "unanswered": (Flag.ANSWERED, False),
    "forwarded": (Flag.FORWARDED, True),
}
_FIELDS = ("from", "to", "cc", "subject")


class Found:
    """A message that may match; it is read only for conditions that need it. One that is gone matches no word."""

    def __init__(self, look: Look, uid: int) -> None:
        self.flags = look.book.states[uid].flags
        self._look, self._uid = look, uid

    @cached_property
    def _file(self) -> tuple[bytes, int, int]:
        """Content, size in octets, time of arrival in seconds."""
        found = self._look.of(self._uid)
        if found is not None:
            with files.reading(self._look.path, *found) as descriptor:
                if descriptor is not None:
                    stat = os.fstat(descriptor)
                    return files.content_of(descriptor), stat.st_size, int(stat.st_mtime)
        return b"", 0, 0

    @property
    def size(self) -> int:
        return self._file[1]

    @property
    def day(self) -> date:
        return date(*time.localtime(self._file[2])[:3])

    @cached_property
    def _fields(self) -> list[tuple[str, str]]:
        """Names and folded values of all header fields."""
        return [
            (name.decode("ascii", "replace"), fold(headers.text(value)))
            for name, value in headers.fields(self._file[0])
        ]

    @cached_property
    def _body(self) -> str:
        return fold(message.body(contents.as_on_the_wire(self._file[0])).text)

    def holds(self, folded: str, field: str) -> bool:
        """Whether these words are in a field ("body", or "" for anywhere)."""
        if field in _FIELDS:
            return any(folded in value for name, value in self._fields if name == field)
        if field != "body" and any(folded in value for _name, value in self._fields):
            return True
        return folded in self._body


def matcher(expression: Expression) -> Callable[[Found], bool]:
    """Whether a message matches; conditions that no server can be asked are left out.

    Raises QueryError where that would be wrong, or nothing would be left.
    """
    search_keys(expression)
    return _matcher(expression)


def _matcher(expression: Expression) -> Callable[[Found], bool]:
    match expression:
        case Word(text, field) | Phrase(text, field) if field in (*_FIELDS, "body", ""):
            words = fold(" ".join(text.replace("\0", " ").split()))
            return lambda found: found.holds(words, field)
        case Field("is", value) if value in _STATES:
            flag, wanted = _STATES[value]
            return lambda found: bool(found.flags & flag) is wanted
        case Since(day):
            return lambda found: found.day >= day
        case Before(day):
            return lambda found: found.day < day
        case Larger(size):
            return lambda found: found.size > size
        case Smaller(size):
            return lambda found: found.size < size
        case Not(term):
            inner = _matcher(term)
            return lambda found: not inner(found)
        case Or(terms):
            either = [_matcher(term) for term in terms]
            return lambda found: any(one(found) for one in either)
        case And(terms):
            # What needs no reading comes first.
            every = [_matcher(term) for term in sorted(terms, key=_needs_reading)]
            return lambda found: all(one(found) for one in every)
        case _:
            return lambda _found: True


def _needs_reading(expression: Expression) -> bool:
    return not isinstance(expression, Field)
