"""The expression language as a tree: what a search, a filter, a column and a view ask for (FLT-3)."""

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

    `is`: one of query.STATES; `has`: one of query.POSSESSIONS; `kind`: lead or contact; `to`, `cc`: "me";
    `in`, `label`, `column`, `deal`, `company`, `stage`, `list`, `source`, `account`: as typed.
    """

    name: str
    value: str


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


Expression = Word | Phrase | Field | Since | Before | Larger | Smaller | Not | And | Or
