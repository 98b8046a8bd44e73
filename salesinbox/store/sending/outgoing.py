"""Mail that is to be sent, and what came of it (SEND-6). Writers run inside the caller's transaction.

A message is marked as running, on disk, before the dot that ends it is sent: until then no server has taken it. One
that is still running when a process starts may have been sent: it becomes `unknown`, is looked for in Sent, and
nobody sends it again unasked.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesinbox.model.outbox import CANCELLED, FILED, FILING, NOT_FILED, PENDING, REFUSED, RUNNING, SENT, UNKNOWN

OPEN = "state IN ('pending', 'running', 'refused', 'unknown')"
"""Not sent yet, or not known to be."""
KEPT = 30 * 86_400
"""Seconds for which the octets of a sent message are kept here."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it is handed over. `answers` is the row of the message that it answers or forwards, 0 for none."""

    id: int
    account_id: int
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    state: str = PENDING
    attempts: int = 0
    answers: int = 0
    marks: str = ""
    draft: int = 0
    subject: str = ""
    response_days: int = 0
    filed: str = ""
    filed_after: int = 0
    filed_uid: int = 0
    sent: int = 0


_COLUMNS = (
    "id, account_id, message_id, sender, recipients, state, attempts, coalesce(answers, 0), marks,"
    " coalesce(draft_id, 0), subject, response_days, filed, filed_after, filed_uid, sent"
)


def _outgoing(row: Sequence[Any]) -> Outgoing:
    number, account_id, message_id, sender, recipients, *rest = row
    return Outgoing(number, account_id, message_id, sender, tuple(json.loads(recipients)), *rest)


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
    draft: int | None = None,
    subject: str = "",
    marks: str = "",
    response_days: int = 0,
    record: str = "",
) -> int:
    """Keep a message to be sent at `due`.

    `marks`: what the message it is about becomes, ANSWERED or FORWARDED; `record`: what it is linked to (LINK-5).
    """
    cursor = connection.execute(
        "INSERT INTO outgoing (account_id, action_id, answers, message_id, sender, recipients, created, due,"
        " draft_id, subject, marks, response_days, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account_id,
            action,
            answers,
            message_id,
            sender,
            json.dumps(list(recipients)),
            now,
            due,
            draft,
            subject,
            marks,
            response_days,
            record,
        ),
    )
    assert cursor.lastrowid is not None
    connection.execute("INSERT INTO outgoing_raw (outgoing_id, raw) VALUES (?, ?)", (cursor.lastrowid, raw))
    return cursor.lastrowid


def raw(connection: sqlite3.Connection, number: int) -> bytes:
    """The message as it is to be filed, Bcc included; empty when it was sent long ago."""
    row = connection.execute("SELECT raw FROM outgoing_raw WHERE outgoing_id = ?", (number,)).fetchone()
    return bytes(row[0]) if row else b""


def get(connection: sqlite3.Connection, number: int) -> Outgoing | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM outgoing WHERE id = ?", (number,)).fetchone()
    return None if row is None else _outgoing(row)


# --- its turn -----------------------------------------------------------------------------------------------------


def due(connection: sqlite3.Connection, account_id: int, now: int) -> Outgoing | None:
    """The message that is to be sent now: the one that was due first."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM outgoing WHERE account_id = ? AND state = 'pending' AND due <= ?"
        " ORDER BY due, id LIMIT 1",
        (account_id, now),
    ).fetchone()
    return None if row is None else _outgoing(row)


def next_due(connection: sqlite3.Connection, account_id: int) -> int | None:
    row = connection.execute(
        "SELECT min(due) FROM outgoing WHERE account_id = ? AND state = 'pending'", (account_id,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def any_pending(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM outgoing WHERE state = 'pending' LIMIT 1").fetchone() is not None


def try_again_now(connection: sqlite3.Connection, account_id: int, now: int) -> None:
    """There is a line again: what waited for one is due. A time that the rep chose stays."""
    connection.execute(
        "UPDATE outgoing SET due = ? WHERE account_id = ? AND state = 'pending' AND attempts > 0 AND due > ?",
        (now, account_id, now),
    )


# --- what came of it ----------------------------------------------------------------------------------------------


def started(connection: sqlite3.Connection, number: int) -> bool:
    """The moment from which on it may have been taken. False when the rep has taken it back meanwhile."""
    done = connection.execute("UPDATE outgoing SET state = ? WHERE id = ? AND state = ?", (RUNNING, number, PENDING))
    return done.rowcount == 1


def became(connection: sqlite3.Connection, number: int, state: str, error: str = "", code: int = 1) -> None:
    """REFUSED or UNKNOWN, with a sentence, and the exit code that it stands for."""
    connection.execute(
        "UPDATE outgoing SET state = ?, error = ?, exit = ?, told = 0, looked = 0, attempts = attempts + 1"
        f" WHERE id = ? AND {OPEN}",
        (state, error, code, number),
    )


def postponed(connection: sqlite3.Connection, number: int, due: int, error: str) -> None:
    """Nothing was taken; it is tried again at `due`. One that was taken back meanwhile stays so."""
    connection.execute(
        "UPDATE outgoing SET state = ?, due = ?, error = ?, attempts = attempts + 1"
        " WHERE id = ? AND state IN ('pending', 'running')",
        (PENDING, due, error, number),
    )


def sent(connection: sqlite3.Connection, number: int, now: int, *, filed: str, filed_after: int) -> None:
    """A server has taken it. `filed`: FILING (from `filed_after` on by us), FILED (it was found there) or NOT_FILED."""
    connection.execute(
        "UPDATE outgoing SET state = ?, sent = ?, error = '', looked = 0, attempts = attempts + 1, filed = ?,"
        " filed_after = ? WHERE id = ?",
        (SENT, now, filed, filed_after, number),
    )


def left_running(connection: sqlite3.Connection, account_id: int, sentence: str) -> None:
    """A process ended in the middle of an attempt: what was running then has an unknown outcome."""
    connection.execute(
        "UPDATE outgoing SET state = ?, error = ?, told = 0, looked = 0 WHERE account_id = ? AND state = ?",
        (UNKNOWN, sentence, account_id, RUNNING),
    )


def unknown(connection: sqlite3.Connection, account_id: int) -> list[tuple[Outgoing, bool]]:
    """Messages whose outcome nobody knows, and whether each was looked for in vain already."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, looked FROM outgoing WHERE account_id = ? AND state = 'unknown' ORDER BY id",
        (account_id,),
    )
    return [(_outgoing(row[:-1]), bool(row[-1])) for row in rows]


def looked(connection: sqlite3.Connection, number: int) -> None:
    """It is not in Sent: the rep is asked."""
    connection.execute("UPDATE outgoing SET looked = 1, told = 0 WHERE id = ? AND state = ?", (number, UNKNOWN))


# --- its copy in Sent ---------------------------------------------------------------------------------------------


def to_file(connection: sqlite3.Connection, account_id: int) -> list[Outgoing]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM outgoing WHERE account_id = ? AND filed = 'filing' ORDER BY id", (account_id,)
    )
    return [_outgoing(row) for row in rows]


def filing_starts(connection: sqlite3.Connection, number: int, uidnext: int) -> None:
    """Before a copy is given to the server: it is known then that one may be there, from this UID on."""
    connection.execute("UPDATE outgoing SET filed_uid = ? WHERE id = ?", (-max(uidnext, 1), number))


def filed(connection: sqlite3.Connection, number: int, uid: int = 0) -> None:
    """It is in Sent; `uid` is of a copy that is ours."""
    connection.execute(
        "UPDATE outgoing SET filed = ?, filed_error = '', filed_uid = ? WHERE id = ?", (FILED, uid, number)
    )


def not_filed(connection: sqlite3.Connection, number: int, error: str, again: int = 0) -> None:
    """It could not be filed; with `again` it is tried once more then."""
    connection.execute(
        "UPDATE outgoing SET filed = ?, filed_error = ?, filed_after = ? WHERE id = ?",
        (FILING if again else NOT_FILED, error, again, number),
    )


# --- an answer to it ----------------------------------------------------------------------------------------------


def responds_by(connection: sqlite3.Connection, number: int, due: int) -> None:
    """Until when somebody is to answer; 0: nobody waits for an answer (ACT-6)."""
    connection.execute("UPDATE outgoing SET response_due = ? WHERE id = ?", (due, number))


def unanswered(connection: sqlite3.Connection, now: int) -> list[tuple[Outgoing, int]]:
    """Sent messages whose answer should have come by now, each with when."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, response_due FROM outgoing WHERE response_due > 0 AND response_due <= ?"
        " ORDER BY response_due",
        (now,),
    )
    return [(_outgoing(row[:-1]), int(row[-1])) for row in rows]


# --- taking back --------------------------------------------------------------------------------------------------


def cancel(connection: sqlite3.Connection, action: int) -> bool:
    """Take back what has not been sent; False where an attempt has begun already."""
    found = connection.execute("SELECT count(*) FROM outgoing WHERE action_id = ?", (action,)).fetchone()[0]
    done = connection.execute(
        "UPDATE outgoing SET state = ? WHERE action_id = ? AND state IN (?, ?)", (CANCELLED, action, PENDING, REFUSED)
    )
    return found in (0, done.rowcount)


def answer_to(connection: sqlite3.Connection, message: int) -> tuple[str, str] | None:
    """(verb's target, state) of the newest answer to an invitation that was not taken back."""
    row = connection.execute(
        "SELECT target, state FROM outgoing JOIN action ON action.id = action_id WHERE answers = ?"
        " AND marks = '' AND state <> 'cancelled' ORDER BY outgoing.id DESC LIMIT 1",
        (message,),
    ).fetchone()
    return None if row is None else (row[0], row[1])


def number_open(connection: sqlite3.Connection) -> int:
    """How many messages are not sent yet, or not known to be; costs microseconds."""
    row = connection.execute(f"SELECT count(*) FROM outgoing WHERE {OPEN}").fetchone()
    return int(row[0])


def forget_sent(connection: sqlite3.Connection, account_id: int) -> bool:
    """Of what was sent and filed only the fact is kept, for accounts that keep no mail (ACC-3); whether any was."""
    rows = connection.execute(
        "SELECT id, draft_id, action_id FROM outgoing"
        " WHERE account_id = ? AND (recipients <> '[]' OR draft_id IS NOT NULL)"
        " AND ((state = 'sent' AND filed <> 'filing') OR (state = 'cancelled' AND draft_id IS NULL))",
        (account_id,),
    ).fetchall()
    for number, draft, action in rows:
        connection.execute("DELETE FROM outgoing_raw WHERE outgoing_id = ?", (number,))
        connection.execute(
            "UPDATE outgoing SET recipients = '[]', subject = '', error = '', draft_id = NULL WHERE id = ?", (number,)
        )
        connection.execute("UPDATE action SET subject = '' WHERE id = ?", (action,))
        connection.execute("DELETE FROM draft WHERE id = ?", (draft,))
    return bool(rows)


def tidy(connection: sqlite3.Connection, now: int) -> None:
    """Drop the octets of what lies in Sent since long, or was taken back."""
    connection.execute(
        "DELETE FROM outgoing_raw WHERE outgoing_id IN (SELECT id FROM outgoing WHERE created < ?"
        " AND ((state = 'sent' AND filed <> 'filing') OR state = 'cancelled'))",
        (now - KEPT,),
    )
