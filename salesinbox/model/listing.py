"""Lists of records: a page of one, and what a look-up finds."""

from dataclasses import dataclass

from salesinbox.model.records import Record

Key = tuple[str | int | float, int]
"""Where a page ended: the value it is sorted by, and the row."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """`total` counts all that the query finds; `next` is where the next page begins, None at the end."""

    rows: tuple[Record, ...]
    total: int
    next: Key | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """A record in one line: `detail` is what tells it from others (company and address, amount and stage …)."""

    id: str
    kind: str
    name: str
    detail: str = ""
