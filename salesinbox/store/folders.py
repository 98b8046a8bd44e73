"""Accounts and their folders: which there are, how far each has been read, how it stands (ACC-7).

Every writer runs inside the caller's transaction.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from salesinbox.model.remote import Cursor


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as the database knows it. `cursor` is None until it has been opened once."""

    id: int
    name: str
    role: str
    cursor: Cursor | None
    complete: bool
    local: int
    synced: bool = True


def account(connection: sqlite3.Connection, name: str, address: str) -> int:
    """The row of an account, made on first use."""
    connection.execute(
        "INSERT INTO account (name, address) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET address = excluded.address WHERE address <> excluded.address",
        (name, address),
    )
    row = connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
    return int(row[0])


def begins(connection: sqlite3.Connection, account_id: int, now: int) -> None:
    """The account is read for the first time, now: what it received before is old mail (LINK-3)."""
    connection.execute("UPDATE account SET since = ? WHERE id = ? AND since = 0", (now, account_id))


def account_state(connection: sqlite3.Connection, account_id: int, state: str, detail: str, next_try: int) -> None:
    connection.execute(
        "UPDATE account SET state = ?, detail = ?, next_try = ? WHERE id = ?",
        (state, detail, next_try, account_id),
    )


_FOLDER = "SELECT id, name, role, uidvalidity, uidnext, modseq, complete, local_count, synced FROM folder"


def _folder(row: Sequence[int | str]) -> Folder:
    number, name, role, uidvalidity, uidnext, modseq, complete, local, synced = row
    cursor = Cursor(int(uidvalidity), int(uidnext), int(modseq)) if uidvalidity else None
    return Folder(int(number), str(name), str(role), cursor, bool(complete), int(local), bool(synced))


def folders(connection: sqlite3.Connection, account_id: int) -> list[Folder]:
    """The folders of an account that are synced."""
    return [folder for folder in all_folders(connection, account_id) if folder.synced]


def all_folders(connection: sqlite3.Connection, account_id: int) -> list[Folder]:
    """The folders that are synced, and those that are only known by name, as places to move mail to."""
    return [_folder(row) for row in connection.execute(f"{_FOLDER} WHERE account_id = ? ORDER BY id", (account_id,))]


def is_synced(connection: sqlite3.Connection, folder_id: int) -> bool:
    row = connection.execute("SELECT synced FROM folder WHERE id = ?", (folder_id,)).fetchone()
    return bool(row and row[0])


def unsynced(connection: sqlite3.Connection, account_id: int, name: str, role: str, delimiter: str) -> int:
    """The row of a folder, made as one that is not synced if it is not known."""
    connection.execute(
        "INSERT INTO folder (account_id, name, delimiter, role, synced) VALUES (?, ?, ?, ?, 0)"
        " ON CONFLICT (account_id, name) DO NOTHING",
        (account_id, name, delimiter, role),
    )
    row = connection.execute("SELECT id FROM folder WHERE account_id = ? AND name = ?", (account_id, name)).fetchone()
    return int(row[0])


def folder(connection: sqlite3.Connection, folder_id: int) -> Folder:
    return _folder(connection.execute(f"{_FOLDER} WHERE id = ?", (folder_id,)).fetchone())


def set_cursor(connection: sqlite3.Connection, folder_id: int, cursor: Cursor, *, complete: bool) -> None:
    """Store how far the folder has been read. Call it in the transaction that applied what came before it."""
    connection.execute(
        "UPDATE folder SET uidvalidity = ?, uidnext = ?, modseq = ?, complete = ? WHERE id = ?",
        (cursor.uidvalidity, cursor.uidnext, cursor.modseq, int(complete), folder_id),
    )


def recount(connection: sqlite3.Connection, folder_id: int) -> None:
    """Set the folder's counts: what the server has there, and what is shown there (`operations.overlay`).

    Old numbers still count: they are still in sight.
    """
    connection.execute(
        "UPDATE folder SET (local_count, shown_count, unread) = (SELECT count(*),"
        " coalesce(sum(shown_folder IS NULL), 0),"
        " coalesce(sum(shown_folder IS NULL AND coalesce(shown_flags, flags) & 1 = 0), 0)"
        " FROM location WHERE folder_id = folder.id) WHERE id = ?",
        (folder_id,),
    )
    connection.execute(
        "UPDATE folder SET (shown_count, unread) = (SELECT shown_count + count(*),"
        " unread + coalesce(sum(coalesce(shown_flags, flags) & 1 = 0), 0)"
        " FROM location WHERE shown_folder = folder.id) WHERE id = ?",
        (folder_id,),
    )


def pass_done(connection: sqlite3.Connection, folder_id: int, *, server: int, now: int, error: str = "") -> None:
    """How a folder's pass ended (ACC-7)."""
    if error:
        connection.execute("UPDATE folder SET last_error = ? WHERE id = ?", (error, folder_id))
    else:
        connection.execute(
            "UPDATE folder SET server_count = ?, last_success = ?, last_error = '', next_try = 0 WHERE id = ?",
            (server, now, folder_id),
        )


def seen_on_server(connection: sqlite3.Connection, folder_id: int, count: int) -> None:
    connection.execute("UPDATE folder SET server_count = ? WHERE id = ?", (count, folder_id))
