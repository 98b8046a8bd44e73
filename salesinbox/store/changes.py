"""What changes in the records while somebody does something, row by row, so that it can be taken back (ACT-3).

Triggers of the connection's own (they are never in the file) write down each row before and after. Taking back
runs the opposite of each row, last first, so nobody writes an undo for a new kind of change. `INSERT OR REPLACE`
deletes without a trigger: writers of these tables use `ON CONFLICT DO UPDATE`.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

TABLES = {
    "person": ("id",),
    "person_address": ("address", "person_id"),
    "company": ("id",),
    "deal": ("id",),
    "deal_contact": ("deal_id", "person_id"),
    "stage": ("name",),
    "item": ("id",),
    "item_about": ("record", "item_id"),
    "record_event": ("id",),
    "record_file": ("id",),
    "link": ("message",),
    "thread_link": ("thread_id",),
    "message_record": ("record", "message"),
    "magnet": ("thread_id",),
    "override": ("scope", "value"),
    "own_column": ("name",),
    "filter": ("id",),
    "saved_search": ("id",),
}
"""Tables that are watched, with the columns of their keys. None of them holds bytes."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One row: None before it was made, None after it was deleted."""

    table: str
    before: Row | None
    after: Row | None

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for row in (self.before, self.after) if row is not None)


@dataclass(slots=True)
class Recording:
    """`changes` is filled when the recording ends."""

    connection: sqlite3.Connection
    changes: list[Change] = field(default_factory=list)

    def __enter__(self) -> Self:
        _watch(self.connection)
        self.connection.execute("DELETE FROM temp.change_log")
        self.connection.execute("UPDATE temp.recording SET is_on = 1")
        return self

    def __exit__(self, *exc: object) -> None:
        self.connection.execute("UPDATE temp.recording SET is_on = 0")
        self.changes = [
            Change(table, json.loads(before) if before else None, json.loads(after) if after else None)
            for table, before, after in self.connection.execute(
                "SELECT tbl, before, after FROM temp.change_log WHERE before IS NOT after ORDER BY id"
            )
        ]
        self.connection.execute("DELETE FROM temp.change_log")


def packed(changes: Sequence[Change]) -> list[list[Any]]:
    """As JSON can hold it; a changed row keeps its key and the columns that differ."""
    return [[change.table, *_difference(change)] for change in changes]


def unpacked(rows: Sequence[Sequence[Any]]) -> list[Change]:
    return [Change(table, before, after) for table, before, after in rows]


def take_back(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Do the opposite of each, last first. Columns that a change left alone keep what they have become since."""
    # A row may refer to one that comes back after it.
    connection.execute("PRAGMA defer_foreign_keys = ON")
    for change in reversed(changes):
        keys = TABLES[change.table]
        if change.before is None:
            assert change.after is not None
            where = " AND ".join(f"{key} = ?" for key in keys)
            connection.execute(f"DELETE FROM {change.table} WHERE {where}", [change.after[key] for key in keys])
        elif change.after is None:
            names = ", ".join(change.before)
            marks = ", ".join("?" * len(change.before))
            connection.execute(
                f"INSERT INTO {change.table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING",
                list(change.before.values()),
            )
        else:
            sets = ", ".join(f"{name} = ?" for name in change.before)
            where = " AND ".join(f"{key} = ?" for key in keys)
            connection.execute(
                f"UPDATE {change.table} SET {sets} WHERE {where}",
                [*change.before.values(), *(change.after[key] for key in keys)],
            )


def _difference(change: Change) -> tuple[Row | None, Row | None]:
    before, after = change.before, change.after
    if before is None or after is None:
        return before, after
    keys = TABLES[change.table]
    kept = {name for name in before if name in keys or before[name] != after[name]}
    return {name: before[name] for name in kept}, {name: after[name] for name in kept}


def _watch(connection: sqlite3.Connection) -> None:
    """The triggers, once for each connection: while nobody records, they cost a look at one row."""
    if connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'change_log'").fetchone():
        return
    execute = connection.execute
    execute("CREATE TEMP TABLE change_log (id INTEGER PRIMARY KEY, tbl TEXT, before TEXT, after TEXT)")
    execute("CREATE TEMP TABLE recording (is_on INTEGER)")
    execute("INSERT INTO temp.recording VALUES (0)")
    for table in TABLES:
        columns = [row[1] for row in execute(f"PRAGMA table_info({table})")]
        old, new = (
            "json_object(" + ", ".join(f"'{name}', {side}.{name}" for name in columns) + ")" for side in ("old", "new")
        )
        for event, before, after in (("INSERT", "NULL", new), ("UPDATE", old, new), ("DELETE", old, "NULL")):
            execute(
                f"CREATE TEMP TRIGGER change_{event}_{table} AFTER {event} ON main.{table}"
                " WHEN (SELECT is_on FROM recording) BEGIN"
                f" INSERT INTO change_log (tbl, before, after) VALUES ('{table}', {before}, {after}); END"
            )
