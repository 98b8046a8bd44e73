"""Queries as Gmail's search box takes them (https://support.google.com/mail/answer/7190). No I/O.

Gmail knows nothing of deals, columns and companies. As on IMAP servers such a condition is left out beside others, so
that more is found than was asked for; where that would be wrong, or nothing would be left, the query is refused.
"""

import re
from datetime import UTC, date, datetime

from salesinbox.formats.query_tree import (
    And,
    Before,
    Expression,
    Field,
    Larger,
    Not,
    Or,
    Phrase,
    Since,
    Smaller,
    Word,
)
from salesinbox.providers.imap.search import unaskable

_WHERE = {
    "": "", "body": "", "from": "from:", "to": "to:", "cc": "cc:", "subject": "subject:", "filename": "filename:",
}  # fmt: skip
"""Gmail has no word for the text alone."""
_STATES = {
    ("is", "unread"): "is:unread",
    ("is", "read"): "is:read",
    ("is", "flagged"): "is:starred",
    ("is", "unflagged"): "-is:starred",
    ("has", "attachment"): "has:attachment",
    ("to", "me"): "to:me",
    ("cc", "me"): "cc:me",
}
_SEPARATING = re.compile(r'[\0-\x20\x7f"“”„‟]+')
_EAST, _WEST = 14 * 3600, 12 * 3600
"""A day begins somewhere on earth so many seconds before it does at Greenwich, and last so many after."""


def search_text(expression: Expression) -> str:
    """What to ask for. Raises QueryError for what Gmail cannot be asked, as `providers.imap.search` does."""
    found = _conditions(expression, negated=False)
    if not found:
        raise unaskable(expression)
    return " ".join(found)


def _conditions(expression: Expression, *, negated: bool) -> list[str]:
    """Terms that must all hold; empty where Gmail cannot be asked. `negated`: nothing may be left out."""
    match expression:
        case Word(text, field) | Phrase(text, field):
            found = _words(text, field)
        case Field(name, value):
            found = [_STATES[name, value]] if (name, value) in _STATES else []
        case Since(day):
            found = [f"after:{_start(day) + (_WEST if negated else -_EAST)}"]
        case Before(day):
            found = [f"before:{_start(day) + (-_EAST if negated else _WEST)}"]
        case Larger(size):
            found = [f"larger:{size}"]
        case Smaller(size):
            found = [f"smaller:{size}"]
        case Not(term):
            one = _one(term, negated=True)
            found = [one[1:] if one.startswith("-") else f"-{one}"]
        case Or(terms):
            found = ["{" + " ".join(_one(term, negated=negated) for term in terms) + "}"]
        case And(terms):
            found = [one for term in terms for one in _conditions(term, negated=negated)]
        case _:
            found = []
    if negated and not found:
        raise unaskable(expression)
    return found


def _one(term: Expression, *, negated: bool) -> str:
    """A term as one, in brackets where it is several. Raises QueryError where nothing is left of it."""
    found = _conditions(term, negated=negated)
    if not found:
        raise unaskable(term)
    return found[0] if len(found) == 1 else "(" + " ".join(found) + ")"


def _words(text: str, field: str) -> list[str]:
    # In quotation marks nothing has a meaning of its own; a quotation mark itself cannot be asked for.
    words = _SEPARATING.sub(" ", text.encode("utf-8", "replace").decode("utf-8")).strip()
    where = _WHERE.get(field)
    return [f'{where}"{words}"'] if words and where is not None else []


def _start(day: date) -> int:
    """Its first moment at Greenwich, in seconds since 1970; Gmail takes none before that."""
    return max(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()), _EAST + 100_000)
