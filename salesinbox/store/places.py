"""Where messages are shown to lie, and with which flags (`operations.overlay`). Nothing here writes."""

import sqlite3

from salesinbox.model.mail import Flag
from salesinbox.rules.acting import Place

_PLACES = (
    "SELECT message.account_id, message.id, folder.id, role, coalesce(shown_flags, flags),"
    " coalesce(shown_keywords, keywords), mine, date FROM message"
    " JOIN location ON location.message = message.id"
    " JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
)
_ORDER = " ORDER BY date, message.id, folder.id"


def thread(connection: sqlite3.Connection, number: int) -> int | None:
    """The thread itself, if it holds mail."""
    row = connection.execute("SELECT id FROM thread WHERE id = ? AND messages > 0", (number,)).fetchone()
    return None if row is None else int(row[0])


def thread_of(connection: sqlite3.Connection, message: int) -> int | None:
    row = connection.execute("SELECT thread_id FROM message WHERE id = ?", (message,)).fetchone()
    return None if row is None else int(row[0])


def of_thread(connection: sqlite3.Connection, number: int) -> list[Place]:
    return _read(connection.execute(f"{_PLACES} WHERE thread_id = ?{_ORDER}", (number,)))


def of_message(connection: sqlite3.Connection, number: int) -> list[Place]:
    return _read(connection.execute(f"{_PLACES} WHERE message.id = ?{_ORDER}", (number,)))


def _read(rows: sqlite3.Cursor) -> list[Place]:
    return [
        Place(account, message, folder, role, Flag(flags), keywords, bool(mine), date)
        for account, message, folder, role, flags, keywords, mine, date in rows
    ]
