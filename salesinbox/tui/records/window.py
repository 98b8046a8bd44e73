"""The part of a list of records that is held: pages are read as the cursor comes to them, from either end."""

from collections.abc import Callable, Iterator

from salesinbox.model.listing import Key, RecordPage
from salesinbox.model.records import Record

Fetch = Callable[[bool, Key | None, int], RecordPage]
"""A page of the list: whether from its end backwards, after which key, of how many rows."""

PAGE = 100
_NEAR = 30
"""Rows from the edge of what is held at which more is read."""


class Window:
    """`cursor` is the row of the record that has it among those held; `top` the first one that is drawn."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self.rows: list[Record] = []
        self.total = 0
        self.cursor = self.top = 0
        self.visible = 1
        self._before: Key | None = None
        self._after: Key | None = None

    @property
    def record(self) -> Record | None:
        """The record under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def open(self) -> None:
        """From the first record on."""
        page = self.fetch(False, None, PAGE)
        self.rows, self.total, self._before, self._after = list(page.rows), page.total, None, page.next
        self.cursor = self.top = 0

    def end(self) -> None:
        """To the last record."""
        if self._after is not None:
            page = self.fetch(True, None, PAGE)
            self.rows, self.total = list(reversed(page.rows)), page.total
            self._before, self._after = page.next, None
            self.top = 0
        self.cursor = max(len(self.rows) - 1, 0)
        self._scroll()

    def start(self) -> None:
        """To the first record."""
        if self._before is not None:
            self.open()
        self.cursor = 0
        self._scroll()

    def move(self, steps: int) -> bool:
        """Move the cursor; whether it moved."""
        before = self.cursor
        self.reach(self.cursor + steps)
        self.cursor = max(0, min(self.cursor + steps + self._grown, len(self.rows) - 1))
        before += self._grown
        self._scroll()
        return self.cursor != before

    def reach(self, row: int) -> None:
        """See to it that the rows around one are held, as far as there are any."""
        self._grown = 0
        while self._after is not None and row + _NEAR >= len(self.rows):
            page = self.fetch(False, self._after, PAGE)
            self.rows += page.rows
            self._after = page.next if page.rows else None
        while self._before is not None and row + self._grown < _NEAR:
            page = self.fetch(True, self._before, PAGE)
            self.rows[:0] = reversed(page.rows)
            self._before = page.next if page.rows else None
            self._grown += len(page.rows)
            self.top += len(page.rows)

    _grown = 0
    """Rows that came before those held, at the last look."""

    def reread(self) -> None:
        """The same part once more; the cursor keeps its record where that is still there, else its row."""
        here, place = self.record, self.cursor
        held = max(len(self.rows), PAGE)
        if self._before is None:
            page = self.fetch(False, None, held)
            self.rows, self._after = list(page.rows), page.next
        else:
            page = self.fetch(True, None, held)
            self.rows, self._before = list(reversed(page.rows)), page.next
        self.total = page.total
        self.cursor = max(0, min(place, len(self.rows) - 1))
        if here is not None:
            self.go_to(here.id)
        self._scroll()

    def go_to(self, id: str) -> bool:
        """Put the cursor on a record, if it is among those held."""
        for row, record in enumerate(self.rows):
            if record.id == id:
                self.cursor = row
                self._scroll()
                return True
        return False

    def all_ids(self, most: int) -> Iterator[str]:
        """Ids of all records of the list, in its order, at most so many."""
        key: Key | None = None
        told = 0
        while told < most:
            page = self.fetch(False, key, min(1000, most - told))
            yield from (record.id for record in page.rows)
            told += len(page.rows)
            key = page.next
            if key is None or not page.rows:
                return

    def fit(self, visible: int) -> None:
        """So many rows are drawn from now on."""
        self.visible = max(visible, 1)
        self._scroll()

    def _scroll(self) -> None:
        self.top = max(0, min(self.top, self.cursor, max(len(self.rows) - self.visible, 0)),
                       self.cursor - self.visible + 1)  # fmt: skip
