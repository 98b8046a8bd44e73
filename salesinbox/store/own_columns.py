"""The rep's own columns (COL-12): which threads meet their queries. Inside a transaction.

A thread lies in the first of them, in the rep's order, whose query the message that decides the thread meets: the
newest that the rep did not write, of a thread that the rep alone wrote the newest (COL-2). What is in spam or trash,
or still being written, decides only where there is nothing else. One message and not any decides, so that a
conversation moves on when it does: an answer from somebody else puts it elsewhere.
"""

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from salesinbox.model.mail import DRAFTS, SPAM, TRASH, Flag

if TYPE_CHECKING:
    from salesinbox.formats.query_tree import Expression
    from salesinbox.store.board import Placing

_NOT_IN_COLUMNS = frozenset({("is", "waiting"), ("is", "magnet")})
"""Conditions on where a thread lies already; with `column:`, whatever its value."""


def columns(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(name, title, query) in the rep's order."""
    return connection.execute("SELECT name, title, query FROM own_column ORDER BY position, name").fetchall()


def of(connection: sqlite3.Connection, placing: "Placing", threads: Collection[int] | None) -> dict[int, str]:
    """Thread row → the first of the rep's own columns that it meets, of these threads (None: of all).

    A column whose query is understood no longer takes nothing, and stops nothing else.
    """
    made = columns(connection)
    if not made or (threads is not None and not threads):
        return {}
    from salesinbox.formats import query  # noqa: PLC0415 - most reps have no column of their own
    from salesinbox.model.errors import QueryError  # noqa: PLC0415 - the same

    today = datetime.fromtimestamp(placing.now, placing.zone).date()
    deciding = _deciding(connection, threads)
    found: dict[int, str] = {}
    for name, _title, text in made:
        try:
            expression = query.parse(text, today=today)
        except QueryError:
            continue
        if not refused(expression):
            for message in _meeting(connection, expression, placing, deciding, few=threads is not None):
                found.setdefault(deciding[message], name)
    return found


def refused(expression: "Expression") -> str:
    """The condition in a query that no column may put, since it asks where mail lies already; "" for none."""
    from salesinbox.formats.query_tree import fields  # noqa: PLC0415 - the same

    for one in fields(expression):
        if one.name == "column" or (one.name, one.value) in _NOT_IN_COLUMNS:
            return f"{one.name}:{one.value}"
    return ""


def _meeting(
    connection: sqlite3.Connection,
    expression: "Expression",
    placing: "Placing",
    deciding: dict[int, int],
    *,
    few: bool,
) -> list[int]:
    """Those of the deciding messages that meet a query."""
    from salesinbox.store.search import index as search  # noqa: PLC0415 - most reps have no column of their own

    if few:
        return search.among(connection, expression, deciding, zone=placing.zone)
    return [message for message in search.every(connection, expression, zone=placing.zone) if message in deciding]


_OUT = f"role IN ('{DRAFTS}', '{SPAM}', '{TRASH}')"
_DELETED = f"coalesce(shown_flags, flags) & {int(Flag.DELETED)}"
_HERE = (
    "EXISTS (SELECT 1 FROM location JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
    f" WHERE location.message = message.id AND NOT ({_OUT} OR {_DELETED}))"
)


def _away(connection: sqlite3.Connection) -> list[int]:
    """Messages of which every copy is in spam or trash, or is a draft: few, in most mailboxes."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT message AS id FROM location AS away WHERE (coalesce(shown_folder, folder_id) IN"
            f" (SELECT id FROM folder WHERE {_OUT}) OR shown_folder = 0 OR {_DELETED}) AND NOT"
            f" {_HERE.replace('message.id', 'away.message')}"
        )
    ]


def _deciding(connection: sqlite3.Connection, threads: Collection[int] | None) -> dict[int, int]:
    """The message that decides each thread → the thread."""
    rank = "max(({here}) * 4398046511104 + ({theirs}) * 2199023255552 + date)"
    if threads is None:
        # Lists instead of a look at each message: so an index alone answers, in a quarter of the time.
        here = "message.id NOT IN (SELECT value FROM json_each(?))"
        theirs = "message.id NOT IN (SELECT id FROM message AS own INDEXED BY message_mine WHERE own.mine)"
        rows = connection.execute(
            f"SELECT id, thread_id, {rank.format(here=here, theirs=theirs)} FROM message GROUP BY thread_id",
            (json.dumps(_away(connection)),),
        )
    else:
        rows = connection.execute(
            f"SELECT message.id, thread_id, {rank.format(here=_HERE, theirs='NOT mine')} FROM json_each(?) AS wanted"
            " CROSS JOIN message ON message.thread_id = wanted.value GROUP BY thread_id",
            (json.dumps(list(threads)),),
        )
    return {row[0]: row[1] for row in rows}
