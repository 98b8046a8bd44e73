"""What a search finds, as it is shown (SRCH-4)."""

from dataclasses import dataclass

from salesinbox.model.board import Card

NEWEST, RELEVANCE = "newest", "relevance"
"""Orders of hits."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A line that is safe to draw, and where words of the query stand in it: start and end, in characters."""

    text: str
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A thread that was found, by the message that matches: `message` is its id, "m12"; `mine`: the rep wrote it."""

    card: Card
    message: str
    date: int
    sender: Marked
    subject: Marked
    snippet: Marked
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a search typed so far. `more`: there are further threads; `total` is None while not counted."""

    text: str
    order: str
    found: tuple[Found, ...] = ()
    more: bool = False
    total: int | None = None
    error: str = ""
    """A sentence, where the text cannot be understood."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search that the rep has kept. `row` N is the view "search N"."""

    row: int
    name: str
    query: str
