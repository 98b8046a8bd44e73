"""Threads that sleep, and threads that are muted (ACT-1, ACT-5). Writers run inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snooze:
    """A thread out of sight until `until` (seconds since 1970), or until somebody answers.

    `woke` is when it came back, 0 while it sleeps. `if_no_reply`: it was put aside in case nobody answers.
    `after` is the row of the newest message when it was put aside.
    """

    until: int
    note: str
    if_no_reply: bool
    created: int
    after: int
    woke: int = 0


_COLUMNS = "until, note, if_no_reply, created, after, woke"
SKEW = 3600
"""Seconds by which a server's clock may differ from ours."""
FROM_A_PERSON = "NOT mine AND NOT automatic AND NOT bounce"
"""What makes a message of a thread an answer: neither the rep, nor a program, nor a mail server wrote it (ACT-6)."""


def _snooze(row: tuple[int, str, int, int, int, int]) -> Snooze:
    until, note, if_no_reply, created, after, woke = row
    return Snooze(until, note, bool(if_no_reply), created, after, woke)


def snoozes(connection: sqlite3.Connection, threads: Collection[int]) -> dict[int, Snooze]:
    return {
        row[0]: _snooze(row[1:])
        for row in connection.execute(
            f"SELECT thread_id, {_COLUMNS} FROM json_each(?) AS wanted JOIN snooze ON thread_id = wanted.value",
            (json.dumps(list(threads)),),
        )
    }


def put(connection: sqlite3.Connection, thread: int, snooze: Snooze | None) -> None:
    """Let a thread sleep, or (None) no longer."""
    connection.execute("DELETE FROM snooze WHERE thread_id = ?", (thread,))
    if snooze is not None:
        connection.execute(
            f"INSERT INTO snooze (thread_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (thread, snooze.until, snooze.note, int(snooze.if_no_reply), snooze.created, snooze.after, snooze.woke),
        )


def newest_message(connection: sqlite3.Connection) -> int:
    """The row of the newest message here, as `after` keeps it."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0])


def answered(connection: sqlite3.Connection, thread: int, snooze: Snooze) -> bool:
    """Whether a person has written since: neither the rep nor a program (ACT-6)."""
    row = connection.execute(
        f"SELECT 1 FROM message WHERE thread_id = ? AND id > ? AND received > ? AND {FROM_A_PERSON}",
        (thread, snooze.after, snooze.created - SKEW),
    ).fetchone()
    return row is not None


def due(connection: sqlite3.Connection, now: int) -> bool:
    """Whether a thread is to wake; costs microseconds."""
    return connection.execute("SELECT 1 FROM snooze WHERE woke = 0 AND until <= ?", (now,)).fetchone() is not None


def wake(connection: sqlite3.Connection, now: int) -> list[int]:
    """Wake what is due, as of now, so that it lies on top of its column; returns the threads. `refresh` them."""
    threads = [
        row[0]
        for row in connection.execute(
            "SELECT thread_id FROM snooze WHERE woke = 0 AND until <= ? ORDER BY until", (now,)
        )
    ]
    connection.executemany("UPDATE snooze SET woke = ? WHERE thread_id = ?", [(now, thread) for thread in threads])
    return threads


def muted(connection: sqlite3.Connection, threads: Collection[int]) -> set[int]:
    return {
        row[0]
        for row in connection.execute(
            "SELECT thread_id FROM json_each(?) AS wanted JOIN mute ON thread_id = wanted.value",
            (json.dumps(list(threads)),),
        )
    }


def mute(connection: sqlite3.Connection, threads: Iterable[int], *, on: bool) -> None:
    if on:
        connection.executemany("INSERT OR IGNORE INTO mute (thread_id) VALUES (?)", [(thread,) for thread in threads])
    else:
        connection.executemany("DELETE FROM mute WHERE thread_id = ?", [(thread,) for thread in threads])


def merge(connection: sqlite3.Connection, gone: int, kept: int) -> None:
    """Thread `gone` turned out to be part of `kept`: what was decided for it goes on for both."""
    for table in ("snooze", "mute"):
        connection.execute(f"UPDATE OR IGNORE {table} SET thread_id = ? WHERE thread_id = ?", (kept, gone))
    forget(connection, gone)


def forget(connection: sqlite3.Connection, thread: int) -> None:
    for table in ("snooze", "mute"):
        connection.execute(f"DELETE FROM {table} WHERE thread_id = ?", (thread,))
