"""What the rep did to entries of the magnet, and which threads its settings let in (MAG). Inside a transaction."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """`dismissed`: messages up to this one are out; `notified`: the last message told; `forced`: by a filter."""

    dismissed: int = 0
    notified: int = 0
    forced: bool | None = None


NO_ENTRY = Entry()


def entries(connection: sqlite3.Connection) -> dict[int, Entry]:
    """What is kept of threads, by thread row: few, since most threads were never dismissed or told."""
    return {
        row[0]: Entry(row[1], row[2], None if row[3] is None else bool(row[3]))
        for row in connection.execute("SELECT thread_id, dismissed, notified, forced FROM magnet")
    }


def merge(connection: sqlite3.Connection, gone: int, kept: int) -> None:
    """Thread `gone` turned out to be part of `kept`: what was dismissed and told stays so."""
    connection.execute(
        "INSERT INTO magnet (thread_id, dismissed, notified, forced) SELECT ?, dismissed, notified, forced FROM magnet"
        " WHERE thread_id = ? ON CONFLICT (thread_id) DO UPDATE SET dismissed = max(dismissed, excluded.dismissed),"
        " notified = max(notified, excluded.notified)",
        (kept, gone),
    )


def narrowed(connection: sqlite3.Connection, placing: object, threads: Collection[int] | None) -> set[int] | None:
    """Of the threads (None: of all), those that the settings' narrowing lets in; None where nothing narrows."""
    return None
