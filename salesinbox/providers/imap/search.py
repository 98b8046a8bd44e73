"""Queries as IMAP SEARCH asks them (RFC 9051 §6.4.4). No I/O.

The server knows nothing of deals, columns and companies, and little of attachments. Beside other conditions such a
condition is left out, so that the server finds more than was asked for; where that would be wrong, or nothing would
be left, the query is refused. Words are looked for as the server understands words, days as its clock counts them.
"""

from datetime import date

from salesinbox.formats.query_tree import (
    And,
    Before,
    Expression,
    Field,
    Larger,
    Not,
    Or,
    Phrase,
    Range,
    Since,
    Smaller,
    Word,
)
from salesinbox.locale.texts import _
from salesinbox.model.errors import QueryError
from salesinbox.model.text import safe
from salesinbox.providers.imap.wire import Text

Keys = list[bytes | Text]

_WHERE = {"": b"TEXT", "from": b"FROM", "to": b"TO", "cc": b"CC", "subject": b"SUBJECT", "body": b"BODY"}
_STATES = {
    "unread": b"UNSEEN",
    "read": b"SEEN",
    "flagged": b"FLAGGED",
    "unflagged": b"UNFLAGGED",
    "answered": b"ANSWERED",
    "unanswered": b"UNANSWERED",
    "forwarded": b"KEYWORD $Forwarded",
}
_MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_GREATEST = 0xFFFF_FFFF
"""The greatest number that servers of RFC 3501 take."""


def search_keys(expression: Expression) -> Keys:
    """The arguments of SEARCH; those that are `Text` may hold UTF-8.

    Raises QueryError for what the server cannot be asked: nothing of the expression, a branch of an OR of which
    nothing is left, and anything at all inside a NOT.
    """
    found = _conditions(expression, negated=False)
    if not found:
        raise unaskable(expression)
    return [part for keys in found for part in keys]


def _conditions(expression: Expression, *, negated: bool) -> list[Keys]:
    """Conditions that must all hold, each the arguments of one search key; empty where the server cannot be asked.

    `negated`: nothing may be left out, because leaving out a condition would then find less.
    """
    match expression:
        case Word(text, field) | Phrase(text, field):
            found = _words(text, field)
        case Field(name, value):
            found = [[_STATES[value]]] if name == "is" and value in _STATES else []
        case Range():
            found = []
        case Since(day):
            found = [[b"SINCE " + _day(day)]]
        case Before(day):
            found = [[b"BEFORE " + _day(day)]]
        case Larger(size):
            found = [[b"LARGER %d" % min(size, _GREATEST)]]
        case Smaller(size):
            found = [[b"SMALLER %d" % min(size, _GREATEST)]]
        case Not(term):
            found = [[b"NOT", *_one(term, negated=True)]]
        case Or(terms):
            found = [_either([_one(term, negated=negated) for term in terms])]
        case And(terms):
            found = [keys for term in terms for keys in _conditions(term, negated=negated)]
    if negated and not found:
        raise unaskable(expression)
    return found


def _one(term: Expression, *, negated: bool) -> Keys:
    """A term as one search key, in brackets where it is several. Raises QueryError where nothing is left of it."""
    found = _conditions(term, negated=negated)
    if not found:
        raise unaskable(term)
    if len(found) == 1:
        return found[0]
    first, *rest = (part for keys in found for part in keys)
    assert isinstance(first, bytes)
    return [b"(" + first, *rest, b")"]


def _either(branches: list[Keys]) -> Keys:
    """OR takes two keys: of more, each half is one, so that no server meets a deep nesting."""
    if len(branches) == 1:
        return branches[0]
    middle = len(branches) // 2
    return [b"OR", *_either(branches[:middle]), *_either(branches[middle:])]


def _words(text: str, field: str) -> list[Keys]:
    # An IMAP string holds no NUL, and one with line breaks would match nothing.
    words = " ".join(text.replace("\0", " ").split())
    where = _WHERE.get(field)
    return [[where, Text(words.encode("utf-8", "replace"))]] if words and where else []


def _day(day: date) -> bytes:
    return b"%d-%s-%04d" % (day.day, _MONTHS[day.month - 1], day.year)


def unaskable(expression: Expression) -> QueryError:
    named = _named(expression)
    if not named:
        return QueryError(_("Type what the mail server should look for."))
    return QueryError(
        _("The mail server cannot be asked for “{condition}”; leave it out, or search what is here.").format(
            condition=safe(named, 60)
        )
    )


def _named(expression: Expression) -> str:
    """The first condition in it that can be named, as one types it."""
    match expression:
        case Field(name, value):
            return f"{name}:{value}"
        case Range(name, low, high):
            return f"{name}:{low}..{high}" if low and high else f"{name}:{'>' if low else '<'}{low or high}"
        case Word(text, field) | Phrase(text, field):
            return f"{field}:{text}" if field else text
        case Not(term):
            return _named(term)
        case Or(terms) | And(terms):
            return next((named for term in terms if (named := _named(term))), "")
        case _:
            return ""
