"""The rep's filters, and the mail that came and that they have still to look at (FLT). Inside a transaction."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import tzinfo

from salesinbox.formats.query_tree import Expression
from salesinbox.model.filters import Filter
from salesinbox.model.mail import DRAFTS, SENT, SPAM, TRASH
from salesinbox.store.search import index

_NOT_INCOMING = (DRAFTS, SENT, SPAM, TRASH)
"""Roles of folders whose mail no filter is for."""


def filters(connection: sqlite3.Connection) -> list[Filter]:
    """All of them, in the rep's order."""
    return [
        Filter(f"r{number}", name, query, tuple((verb, value) for verb, value in json.loads(actions)), bool(enabled))
        for number, name, query, actions, enabled in connection.execute(
            "SELECT id, name, query, actions, enabled FROM filter ORDER BY position, id"
        )
    ]


def save(connection: sqlite3.Connection, one: Filter) -> str:
    """Write a filter, a new one at the end; returns its id. sqlite3.IntegrityError for a name that another one has."""
    actions = json.dumps([list(action) for action in one.actions], ensure_ascii=False)
    values = (one.name, one.query, actions, int(one.enabled))
    if one.id:
        connection.execute(
            "UPDATE filter SET name = ?, query = ?, actions = ?, enabled = ? WHERE id = ?", (*values, int(one.id[1:]))
        )
        return one.id
    row = connection.execute(
        "INSERT INTO filter (name, query, actions, enabled, position)"
        " VALUES (?, ?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM filter)) RETURNING id",
        values,
    ).fetchone()
    return f"r{row[0]}"


def remove(connection: sqlite3.Connection, id: str) -> None:
    connection.execute("DELETE FROM filter WHERE id = ?", (int(id[1:]),))


def reorder(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    connection.executemany(
        "UPDATE filter SET position = ? WHERE id = ? AND position <> ?1",
        [(place, int(one[1:])) for place, one in enumerate(ids, 1)],
    )


# --- mail that came --------------------------------------------------------------------------------------------------


def remember(connection: sqlite3.Connection, account_id: int, folder_id: int, first: int, count: int) -> None:
    """Messages that are new, from row `first` on: those that are news, and not the rep's own, wait for the filters.

    Nothing waits while no filter is on: one that is made later is for what comes later.
    """
    connection.execute(
        "INSERT INTO arrival (message) SELECT message.id FROM message JOIN account ON account.id = account_id"
        " WHERE message.id >= ? AND message.id < ? AND account_id = ? AND NOT mine AND since > 0 AND received >= since"
        " AND EXISTS (SELECT 1 FROM filter WHERE enabled)"
        f" AND (SELECT role FROM folder WHERE id = ?) NOT IN ({', '.join('?' * len(_NOT_INCOMING))})",
        (first, first + count, account_id, folder_id, *_NOT_INCOMING),
    )


_READY = "FROM arrival CROSS JOIN message ON message.id = arrival.message WHERE body_state > 0"


def any_ready(connection: sqlite3.Connection, account_id: int) -> bool:
    """Whether mail of an account waits whose content is here, or never will be; costs microseconds."""
    row = connection.execute(f"SELECT 1 {_READY} AND account_id = ? LIMIT 1", (account_id,)).fetchone()
    return row is not None


def ready(connection: sqlite3.Connection, account: str, limit: int) -> list[int]:
    """Such messages of the account of that name, in the order in which they came."""
    rows = connection.execute(
        f"SELECT message.id {_READY} AND account_id = (SELECT id FROM account WHERE name = ?)"
        " ORDER BY message.id LIMIT ?",
        (account, limit),
    )
    return [row[0] for row in rows]


def taken(connection: sqlite3.Connection, messages: Collection[int]) -> None:
    """The filters have looked at these."""
    connection.execute(
        "DELETE FROM arrival WHERE message IN (SELECT value FROM json_each(?))", (json.dumps(list(messages)),)
    )


# --- what a filter finds ---------------------------------------------------------------------------------------------

_INCOMING = (
    "NOT message.mine AND EXISTS (SELECT 1 FROM location JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
    f" WHERE location.message = message.id AND role NOT IN {_NOT_INCOMING!r})"
)


def found(
    connection: sqlite3.Connection, expression: Expression, messages: Collection[int] | None, *, zone: tzinfo
) -> dict[int, int]:
    """Message → thread of the mail of others that a query asks for, of these messages (None: of all), oldest first.

    What lies in spam or trash only is no filter's business.
    """
    if messages is None:
        wanted = index.every(connection, expression, zone=zone)
    else:
        wanted = index.among(connection, expression, messages, zone=zone)
    rows = connection.execute(
        "SELECT message.id, thread_id FROM json_each(?) AS wanted CROSS JOIN message ON message.id = wanted.value"
        f" WHERE {_INCOMING} ORDER BY message.id",
        (json.dumps(wanted),),
    )
    return dict(rows.fetchall())
