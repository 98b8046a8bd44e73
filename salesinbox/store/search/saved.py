"""Searches that the rep has kept: each is a view, "search N" by its row (VIEW-3). Writers run in a transaction."""

import sqlite3
from datetime import datetime, tzinfo

from salesinbox.formats import query as language
from salesinbox.model.errors import QueryError
from salesinbox.model.search import SavedSearch
from salesinbox.store.search import index

MOST_THREADS = 2_000
"""Of a saved search, as many threads are in its view: the newest."""


def saved(connection: sqlite3.Connection) -> list[SavedSearch]:
    """All of them, in the rep's order."""
    rows = connection.execute("SELECT id, name, query FROM saved_search ORDER BY position, id")
    return [SavedSearch(*row) for row in rows]


def named(connection: sqlite3.Connection, name: str) -> SavedSearch | None:
    row = connection.execute("SELECT id, name, query FROM saved_search WHERE name = ?", (name,)).fetchone()
    return None if row is None else SavedSearch(*row)


def save(connection: sqlite3.Connection, name: str, query: str) -> int:
    """Keep a search at the end; one of the same name asks for this from now on. Returns its row."""
    row = connection.execute(
        "INSERT INTO saved_search (name, query, position)"
        " VALUES (?, ?, (SELECT coalesce(max(position), 0) + 1 FROM saved_search))"
        " ON CONFLICT (name) DO UPDATE SET query = excluded.query RETURNING id",
        (name, query),
    ).fetchone()
    return int(row[0])


def rename(connection: sqlite3.Connection, row: int, name: str) -> bool:
    """False when it is not here. sqlite3.IntegrityError for a name that another one has."""
    return connection.execute("UPDATE saved_search SET name = ? WHERE id = ?", (name, row)).rowcount > 0


def delete(connection: sqlite3.Connection, row: int) -> bool:
    """False when it was not here."""
    return connection.execute("DELETE FROM saved_search WHERE id = ?", (row,)).rowcount > 0


def threads(connection: sqlite3.Connection, query: str, zone: tzinfo, now: int, limit: int = MOST_THREADS) -> list[int]:
    """Rows of the threads that a query finds now, newest first; none for one that is understood no longer."""
    try:
        expression = language.parse(query, today=datetime.fromtimestamp(now, zone).date())
    except QueryError:
        return []
    return [hit.thread for hit in index.find(connection, expression, limit, zone=zone)]
