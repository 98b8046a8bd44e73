"""What may be the same record twice, and what mail says of a sender who is no record yet (REC-5, REC-8)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record that may be the same; `reason` in words, `score` from 0 to 100."""

    id: str
    kind: str
    name: str
    detail: str
    reason: str
    score: int


@dataclass(frozen=True, slots=True)
class Guess:
    """What a new record of a sender may hold, by field name; the fields in `guessed` are no more than a guess.

    `duplicates` are likely the same person, best first; `company_id` is the existing company with that domain or name.
    """

    values: Mapping[str, str]
    guessed: frozenset[str] = frozenset()
    duplicates: tuple[Duplicate, ...] = ()
    company_id: str = ""
    company_name: str = ""
