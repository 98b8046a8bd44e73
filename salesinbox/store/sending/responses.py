"""Mail that was to be answered by now (ACT-6). Writers run inside the caller's transaction."""

import sqlite3

from salesinbox.locale.texts import ngettext
from salesinbox.store import snoozes
from salesinbox.store.sending import outgoing
from salesinbox.store.sending.outgoing import Outgoing
from salesinbox.store.snoozes import Snooze


def due(connection: sqlite3.Connection, now: int) -> bool:
    """Whether an answer should have come by now; costs microseconds."""
    row = connection.execute(
        "SELECT 1 FROM outgoing WHERE response_due > 0 AND response_due <= ? LIMIT 1", (now,)
    ).fetchone()
    return row is not None


def check(connection: sqlite3.Connection, now: int) -> set[int]:
    """Wake the threads in which nobody has answered, on top of their column and with a note; returns them.

    The rep is told of each as of a refusal. What was answered needs nothing more. `refresh` the threads.
    """
    touched = set()
    for message, by in outgoing.unanswered(connection, now):
        thread = thread_of(connection, message)
        if thread and answered(connection, thread, message):
            outgoing.responds_by(connection, message.id, 0)
            continue
        connection.execute("UPDATE outgoing SET response_due = ?, told = 0 WHERE id = ?", (-by, message.id))
        if thread:
            note = silence(message.response_days)
            newest = snoozes.newest_message(connection)
            snoozes.put(connection, thread, Snooze(by, note, if_no_reply=True, created=now, after=newest, woke=now))
            touched.add(thread)
    return touched


def silence(days: int) -> str:
    return ngettext("No reply in {n} day", "No reply in {n} days", days).format(n=days)


def thread_of(connection: sqlite3.Connection, message: Outgoing) -> int:
    """Where a sent message lies, or an answer to it would; 0 while nothing of it is here."""
    row = connection.execute(
        "SELECT thread_id FROM reference WHERE account_id = ? AND message_id = ?",
        (message.account_id, message.message_id),
    ).fetchone()
    if row is None and message.answers:
        row = connection.execute("SELECT thread_id FROM message WHERE id = ?", (message.answers,)).fetchone()
    return int(row[0]) if row else 0


def answered(connection: sqlite3.Connection, thread: int, message: Outgoing) -> bool:
    """Whether a person has written in the thread since: neither the rep, nor a program, nor a mail server."""
    row = connection.execute(
        f"SELECT 1 FROM message WHERE thread_id = ? AND received > ? AND {snoozes.FROM_A_PERSON} LIMIT 1",
        (thread, message.sent - snoozes.SKEW),
    ).fetchone()
    return row is not None
