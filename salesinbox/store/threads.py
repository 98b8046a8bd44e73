"""Finding each arriving message its thread, by its headers only, and merging threads that turn out to be one."""

import sqlite3
from collections.abc import Sequence

from salesinbox.rules import threads as rules
from salesinbox.store import board
from salesinbox.store.database import marks, numbers


def into_threads(
    connection: sqlite3.Connection, account_id: int, identities: Sequence[tuple[str, ...]], touched: set[int]
) -> list[int]:
    """The thread of each arrival, by its headers only; makes new ones and merges those that turn out to be one."""
    wanted = list({identity for ids in identities for identity in ids})
    existing: dict[str, int] = {}
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        existing.update(
            connection.execute(
                "SELECT message_id, thread_id FROM reference"
                f" WHERE account_id = ? AND message_id IN ({marks(len(part))})",
                (account_id, *part),
            )
        )
    following = numbers(connection, "thread", 0)
    chosen: list[int] = []
    made: list[int] = []
    named: dict[str, int] = {}
    merged: dict[int, int] = {}

    def current(thread: int) -> int:
        while thread in merged:
            thread = merged[thread]
        return thread

    for ids in identities:
        found = {identity: current(existing[identity]) for identity in ids if identity in existing}
        keep, others = rules.join(ids, found)
        if keep is None:
            keep = following
            following += 1
            made.append(keep)
        for other in others:
            merged[other] = keep
        for identity in ids:
            if identity not in existing:
                named[identity] = keep
            existing[identity] = keep
        chosen.append(keep)
    numbers(connection, "thread", len(made))
    connection.executemany("INSERT INTO thread (id, account_id) VALUES (?, ?)", [(t, account_id) for t in made])
    connection.executemany(
        "INSERT INTO reference (account_id, message_id, thread_id) VALUES (?, ?, ?)",
        [(account_id, identity, thread) for identity, thread in named.items()],
    )
    for other in merged:
        keep = current(other)
        touched.add(keep)
        touched.discard(other)
        connection.execute("UPDATE message SET thread_id = ? WHERE thread_id = ?", (keep, other))
        connection.execute("UPDATE reference SET thread_id = ? WHERE thread_id = ?", (keep, other))
        board.merge(connection, other, keep)
    return [current(thread) for thread in chosen]
