"""Searching while one types: beside the interface, the newest keystroke first (SRCH-4)."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.formats import query
from salesinbox.formats.query_tree import And, Expression
from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.search import NEWEST, Found, Marked, Results
from salesinbox.model.text import safe
from salesinbox.rules import views
from salesinbox.store import pages
from salesinbox.store.database import Database
from salesinbox.store.search import index, snippets

PAGE = 40
"""Threads looked for at first: a screenful and some more."""
SNIPPET = 110
"""Terminal cells of the text around a hit."""
_SUBJECT, _SENDER = 200, 80
"""Characters."""


@dataclass(frozen=True, slots=True)
class _Question:
    number: int
    text: str
    order: str
    limit: int


class TypedSearch:
    """A thread with a read-only connection of its own. A question makes all earlier ones void.

    Answers come as `Results`, in the search's thread: first what was found, then the same with its `total`. What
    was overtaken meanwhile is never told.
    """

    def __init__(
        self, path: Path, zone: ZoneInfo, now: Callable[[], float], answered: Callable[[Results], None]
    ) -> None:
        self._path, self._zone, self._now, self._answered = path, zone, now, answered
        self._turn = threading.Condition()
        self._number = 0
        self._waiting: _Question | None = None
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self._shown: dict[int, Found] = {}
        self._shown_for: Expression | None = None

    def ask(self, text: str, order: str = NEWEST, limit: int = PAGE) -> None:
        """Look for this from now on; whatever runs is broken off. Returns at once."""
        with self._turn:
            self._number += 1
            self._waiting = _Question(self._number, text, order, limit)
            if self._connection is not None:
                self._connection.interrupt()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="search", daemon=True)
                self._thread.start()
            self._turn.notify()

    def close(self, *, wait: bool = False) -> None:
        """No more answers. `wait`: until the thread has ended."""
        with self._turn:
            self._closed = True
            self._number += 1
            if self._connection is not None:
                self._connection.interrupt()
            self._turn.notify()
            thread = self._thread
        if wait and thread is not None:
            thread.join()

    # --- in the thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            database = Database(self._path, readonly=True)
        except SalesInboxError as error:
            self._tell(self._number, Results("", NEWEST, error=str(error)))
            return
        # The board's own connection keeps most of what is read; twice as much would be felt on a shared server.
        database.connection.execute("PRAGMA cache_size = -4000")
        with self._turn:
            self._connection = database.connection
        try:
            while (question := self._next()) is not None:
                self._answer(database.connection, question)
        finally:
            with self._turn:
                self._connection = self._thread = None
            database.close()

    def _next(self) -> _Question | None:
        with self._turn:
            while self._waiting is None and not self._closed:
                self._turn.wait()
            question, self._waiting = self._waiting, None
            return None if self._closed else question

    def _overtaken(self, number: int) -> bool:
        return number != self._number

    def _tell(self, number: int, results: Results) -> None:
        if not self._overtaken(number):
            self._answered(results)

    def _answer(self, connection: sqlite3.Connection, question: _Question) -> None:
        while not self._overtaken(question.number):
            try:
                connection.execute("BEGIN")  # one state of the mail, whatever is written meanwhile
                self._look(connection, question)
            except SalesInboxError as error:
                self._tell(question.number, Results(question.text, question.order, error=str(error)))
            except sqlite3.Error as error:
                # The interruption may have been meant for the question before.
                if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                    continue
                sentence = _("The local database cannot be searched ({reason}).").format(reason=error)
                self._tell(question.number, Results(question.text, question.order, error=sentence))
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            return

    def _look(self, connection: sqlite3.Connection, question: _Question) -> None:
        now = int(self._now())
        expression = query.parse(question.text, today=datetime.fromtimestamp(now, self._zone).date(), typing=True)
        if expression == And(()):
            self._tell(question.number, Results(question.text, question.order))
            return
        hits = index.find(connection, expression, question.limit + 1, zone=self._zone, order=question.order)
        more, hits = len(hits) > question.limit, hits[: question.limit]
        if self._overtaken(question.number):
            return
        results = Results(
            question.text,
            question.order,
            tuple(self._shown_rows(connection, hits, expression, views.month_of(now, self._zone))),
            more=more,
            total=None if more else len(hits),
        )
        self._tell(question.number, results)
        if more and not self._overtaken(question.number):
            self._tell(question.number, replace(results, total=index.count(connection, expression, zone=self._zone)))

    def _shown_rows(
        self, connection: sqlite3.Connection, hits: list[index.Hit], expression: Expression, month: str
    ) -> list[Found]:
        if self._shown_for != expression:
            self._shown, self._shown_for = {}, expression
        known = self._shown
        cards = pages.cards(connection, [hit.thread for hit in hits], month=month)
        for hit in hits:
            if hit.message not in known and hit.thread in cards:
                (date, name, address, subject, mine) = connection.execute(
                    "SELECT date, sender_name, sender_address, subject, mine FROM message WHERE id = ?", (hit.message,)
                ).fetchone()
                known[hit.message] = Found(
                    cards[hit.thread],
                    f"m{hit.message}",
                    date,
                    _marked(_sender(name, address, expression), _SENDER, expression),
                    _marked(subject, _SUBJECT, expression),
                    _marked(snippets.snippet(connection, hit.message, expression, SNIPPET), 2 * SNIPPET, expression),
                    bool(mine),
                )
        return [known[hit.message] for hit in hits if hit.message in known]


def _sender(name: str, address: str, expression: Expression) -> str:
    """The sender as he is known; with his address where only that has what was looked for."""
    if not name:
        return address
    if snippets.highlights(address, expression) and not snippets.highlights(name, expression):
        return f"{name} <{address}>"
    return name


def _marked(text: str, longest: int, expression: Expression) -> Marked:
    line = safe(text, longest)
    return Marked(line, tuple(snippets.highlights(line, expression)))
