"""Mail that is to be sent, and what came of it (SEND-6). Writers run inside the caller's transaction.

A message is marked as running, on disk, before its one attempt. One that is still running when a process starts may
have been sent: it becomes `unknown`, and nobody sends it again unasked.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

PENDING, RUNNING, SENT, REFUSED, UNKNOWN, CANCELLED = "pending", "running", "sent", "refused", "unknown", "cancelled"


@dataclass(frozen=True, slots=True)
class Outgoing:
    id: int
    sender: str
    recipients: tuple[str, ...]
    raw: bytes


def put(
    connection: sqlite3.Connection,
    account_id: int,
    action: int,
    *,
    answers: int | None,
    message_id: str,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    now: int,
    due: int,
) -> int:
    """Keep a message to be sent at `due`."""
    cursor = connection.execute(
        "INSERT INTO outgoing (account_id, action_id, answers, message_id, sender, recipients, raw, created, due)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (account_id, action, answers, message_id, sender, json.dumps(list(recipients)), raw, now, due),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def due(connection: sqlite3.Connection, account_id: int, now: int) -> Outgoing | None:
    """The oldest message that is to be sent now."""
    row = connection.execute(
        "SELECT id, sender, recipients, raw FROM outgoing WHERE account_id = ? AND state = 'pending' AND due <= ?"
        " ORDER BY id LIMIT 1",
        (account_id, now),
    ).fetchone()
    return None if row is None else Outgoing(row[0], row[1], tuple(json.loads(row[2])), bytes(row[3]))


def next_due(connection: sqlite3.Connection, account_id: int) -> int | None:
    row = connection.execute(
        "SELECT min(due) FROM outgoing WHERE account_id = ? AND state = 'pending'", (account_id,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def any_pending(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM outgoing WHERE state = 'pending' LIMIT 1").fetchone() is not None


def became(connection: sqlite3.Connection, number: int, state: str, error: str = "") -> None:
    connection.execute("UPDATE outgoing SET state = ?, error = ? WHERE id = ?", (state, error, number))


def left_running(connection: sqlite3.Connection, account_id: int, sentence: str) -> None:
    """A process ended in the middle of an attempt: what was running then has an unknown outcome."""
    connection.execute(
        "UPDATE outgoing SET state = 'unknown', error = ? WHERE account_id = ? AND state = 'running'",
        (sentence, account_id),
    )


def cancel(connection: sqlite3.Connection, action: int) -> bool:
    """Take back what has not been sent; False where an attempt has begun already."""
    found = connection.execute("SELECT count(*) FROM outgoing WHERE action_id = ?", (action,)).fetchone()[0]
    done = connection.execute(
        "UPDATE outgoing SET state = 'cancelled' WHERE action_id = ? AND state = 'pending'", (action,)
    )
    return found in (0, done.rowcount)


def answer_to(connection: sqlite3.Connection, message: int) -> tuple[str, str] | None:
    """(verb's target, state) of the newest answer to a message that was not taken back."""
    row = connection.execute(
        "SELECT target, state FROM outgoing JOIN action ON action.id = action_id WHERE answers = ?"
        " AND state <> 'cancelled' ORDER BY outgoing.id DESC LIMIT 1",
        (message,),
    ).fetchone()
    return None if row is None else (row[0], row[1])
