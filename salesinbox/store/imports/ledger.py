"""What becomes of the rows of an import, counted, and small things that every kind of row needs."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from salesinbox.model.imports import RECORD_ID
from salesinbox.model.records import RowError


@dataclass(slots=True)
class Outcome:
    """What became of the rows; `errors` are of rows that were taken in part."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: list[RowError] = field(default_factory=list)


@dataclass(slots=True)
class _Change:
    before: int
    """A hash of the record's values, before and after."""
    after: int
    changed: int
    rows: int


class Ledger:
    """Counts rows, and knows at the end which records are as they were, however often rewritten."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._connection = connection
        self._table = table
        self._first_new = next_id(connection, table)
        self._changes: dict[int, _Change] = {}
        self.outcome = Outcome()

    def created(self) -> None:
        self.outcome.created += 1

    def met(self, number: int, before: object, after: object, changed: int) -> bool:
        """Note that a row is for this record; returns whether it changes the record."""
        if before == after:
            self.outcome.skipped += 1
            return False
        self.outcome.updated += 1
        if number < self._first_new:
            change = self._changes.setdefault(number, _Change(hash(before), 0, changed, 0))
            change.after = hash(after)
            change.rows += 1
        return True

    def close(self) -> None:
        same = [(change.changed, number) for number, change in self._changes.items() if change.before == change.after]
        self._connection.executemany(f"UPDATE {self._table} SET changed = ? WHERE id = ?", same)
        rows = sum(change.rows for change in self._changes.values() if change.before == change.after)
        self.outcome.updated -= rows
        self.outcome.skipped += rows


def next_id(connection: sqlite3.Connection, table: str) -> int:
    query = f"SELECT coalesce(max(id), 0) + 1 FROM {table}"
    return int(connection.execute(query).fetchone()[0])


def json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_list(values: Iterable[object]) -> str:
    """A parameter for json_each; escaped, so that any text may be in it."""
    return json.dumps(list(values))


def same_source(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """False where both come from a CRM that tells them apart by id."""
    ids = (one.get(RECORD_ID), other.get(RECORD_ID))
    return not all(ids) or ids[0] == ids[1]


def one_id(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return RECORD_ID in one and one[RECORD_ID] == other.get(RECORD_ID)
