"""What becomes of the rows of an import, counted, and small things that every kind of row needs."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from salesinbox.model.imports import RECORD_ID
from salesinbox.model.records import RowError
from salesinbox.store.database import numbers

MOST_ERRORS = 10_000
"""Sentences that are kept; what is beyond is counted."""


@dataclass(slots=True)
class Outcome:
    """What became of the rows; `errors` are of rows that were taken in part.

    `numbers`: the row of each record that the file gave an id of this program's own ("p12").
    """

    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: list[RowError] = field(default_factory=list)
    further_errors: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    def report(self, line: int, sentence: str) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(RowError(line, sentence))
        else:
            self.further_errors += 1


@dataclass(slots=True)
class _Change:
    before: int
    """A hash of the record's values, before and after."""
    after: int
    changed: int
    rows: int


class Ledger:
    """Counts rows, and knows at the end which records are as they were, however often rewritten."""

    def __init__(self, connection: sqlite3.Connection, table: str, *, foreign: bool = False) -> None:
        """`foreign`: ids of our own in the rows are of another database, and mean nothing here."""
        self._connection = connection
        self._table = table
        self._foreign = foreign
        row = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        self._last_before = int(row[0])
        self._changes: dict[int, _Change] = {}
        self._whose: dict[int, str] = {}
        self.outcome = Outcome()

    def created(self) -> None:
        self.outcome.created += 1

    def met(self, number: int, before: object, after: object, changed: int) -> bool:
        """Note that a row is for this record; returns whether it changes the record."""
        if before == after:
            self.outcome.skipped += 1
            return False
        self.outcome.updated += 1
        if number <= self._last_before:
            change = self._changes.setdefault(number, _Change(hash(before), 0, changed, 0))
            change.after = hash(after)
            change.rows += 1
        return True

    def claim(self, own: str, number: int) -> None:
        """Note that the file's record with this id of our own is the one in this row."""
        if own:
            self.outcome.numbers[own] = number
            self._whose.setdefault(number, own)

    def claimed(self, own: str) -> int | None:
        return self.outcome.numbers.get(own)

    def meant(self, letter: str, own: str) -> int:
        """The row that an id of our own means: that of this import, else that of this database; 0 for none."""
        if not own:
            return 0
        claimed = self.claimed(own)
        if claimed is not None or self._foreign:
            return claimed or 0
        return next(iter(own_numbers(letter, (own,))), 0)

    def free(self, own: str, number: int) -> bool:
        """False for a record that the file has under another id of our own: then they are two, however alike."""
        return not own or self._whose.get(number, own) == own

    def close(self) -> None:
        same = [(change.changed, number) for number, change in self._changes.items() if change.before == change.after]
        self._connection.executemany(f"UPDATE {self._table} SET changed = ? WHERE id = ?", same)
        rows = sum(change.rows for change in self._changes.values() if change.before == change.after)
        self.outcome.updated -= rows
        self.outcome.skipped += rows


class Numbers:
    """Row numbers for new records: none is ever given twice, also after a deletion (`database.numbers`)."""

    def __init__(self, connection: sqlite3.Connection, table: str) -> None:
        self._connection = connection
        self._table = table
        self._kept = self._next = numbers(connection, table, 0)

    def take(self) -> int:
        self._next += 1
        return self._next - 1

    def keep(self) -> None:
        """Before the rows are written: their numbers are given."""
        if self._next > self._kept:
            first = numbers(self._connection, self._table, self._next - self._kept)
            assert first == self._kept
            self._kept = self._next


def own_numbers(letter: str, owns: Iterable[str]) -> list[int]:
    """Row numbers of ids like "p12" with this letter."""
    return [
        int(own[1:]) for own in owns if own[:1] == letter and own[1:].isascii() and own[1:].isdigit() and len(own) < 19
    ]


def json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_list(values: Iterable[object]) -> str:
    """A parameter for json_each; escaped, so that any text may be in it."""
    return json.dumps(list(values))


def earlier(one: int, other: int) -> int:
    """The earlier of two moments; 0 is none."""
    return min(one, other) if one and other else one or other


def joined_tags(kept: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """Tags that are there and those of a row: silence takes none away."""
    return tuple(dict.fromkeys((*kept, *more)))


def same_source(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """False where both come from a CRM that tells them apart by id."""
    ids = (one.get(RECORD_ID), other.get(RECORD_ID))
    return not all(ids) or ids[0] == ids[1]


def one_id(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return RECORD_ID in one and one[RECORD_ID] == other.get(RECORD_ID)
