"""A query while it is typed: how many threads it finds, and the first of them; counted beside the interface."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesinbox.model.board import Card
from salesinbox.model.errors import SalesInboxError

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_REST = 0.2
"""Seconds without a key after which a query is tried."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a query: a number and the newest threads, or a sentence that says what is wrong."""

    query: str
    threads: int = 0
    cards: tuple[Card, ...] = ()
    error: str = ""


class Trial:
    """`told` is called on the interface's thread with what was found for the query that was asked last."""

    def __init__(self, board: "Board", told: Callable[[Found], None]) -> None:
        self.board = board
        self.told = told
        self._query = ""
        self._running = False
        self._due: asyncio.TimerHandle | None = None

    def ask(self, query: str) -> None:
        """Try this one, as soon as no further key has come for a moment."""
        self._query = query.strip()
        self.stop()
        self._due = asyncio.get_running_loop().call_later(_REST, self._begin)

    def stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _begin(self) -> None:
        self._due = None
        query = self._query
        if self._running:
            return  # the next one begins when this one is over
        if not query:
            self.told(Found(""))
            return
        self._running = True
        self.board.in_thread(lambda: self._try(query), self._over)

    def _try(self, query: str) -> Found:
        filters = self.board.later.filters
        try:
            return Found(query, filters.count(query), tuple(filters.preview(query, SHOWN)))
        except SalesInboxError as error:
            return Found(query, error=str(error))

    def _over(self, found: Found) -> None:
        self._running = False
        if found.query == self._query:
            self.told(found)
        elif self._due is None:
            self._begin()
