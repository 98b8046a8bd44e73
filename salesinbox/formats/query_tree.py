"""The expression language as a tree: what a search, a filter, a column and a view ask for (FLT-3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

TEXT_FIELDS = ("from", "to", "cc", "subject", "body", "filename")
"""Where words can be looked for one by one; "" is everywhere."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed so far: it may go on. What separates inside it (`a@b.com`) makes it a phrase."""

    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order, each whole."""

    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A condition that is not on words.

    `is`: one of query.STATES; `has`: one of query.POSSESSIONS; `kind`: one of query.KINDS; `to`, `cc`: "me";
    `in`, `label`, `tag`, `column`, `deal`, `company`, `stage`, `list`, `source`, `owner`, `account` and what the
    caller of `query.parse` named itself: as typed.
    """

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Range:
    """A value between two, which belong to it unless it is `open`; "" is no bound.

    `name` is `amount` (decimals as text, for which the currency does not matter) or `closing` (ISO dates).
    """

    name: str
    low: str = ""
    high: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class Since:
    """From the first moment of `day` on, in the zone of whoever asks."""

    day: date


@dataclass(frozen=True, slots=True)
class Before:
    """Before the first moment of `day`."""

    day: date


@dataclass(frozen=True, slots=True)
class Larger:
    size: int
    """In bytes, as the server counts the whole message."""


@dataclass(frozen=True, slots=True)
class Smaller:
    size: int


@dataclass(frozen=True, slots=True)
class Not:
    term: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All of them; with no terms, everything."""

    terms: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """One of at least two."""

    terms: "tuple[Expression, ...]"


Expression = Word | Phrase | Field | Range | Since | Before | Larger | Smaller | Not | And | Or


def fields(expression: Expression) -> Iterator[Field]:
    """The conditions in it that are not on words, from left to right."""
    match expression:
        case Field():
            yield expression
        case Not(term):
            yield from fields(term)
        case And(terms) | Or(terms):
            for one in terms:
                yield from fields(one)
