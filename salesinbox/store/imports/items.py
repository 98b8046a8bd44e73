"""Taking in tasks, events, calls, notes, cases, vendors and products (REC-7)."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salesinbox.model.imports import CLOSED, RECORD_ID, ItemRow
from salesinbox.model.records import CALL, LETTERS, NOTE, PRODUCT, VENDOR
from salesinbox.rules import matching
from salesinbox.store.imports.about import About
from salesinbox.store.imports.ledger import (
    Ledger,
    earlier,
    joined_tags,
    json_list,
    json_text,
    same_source,
)


@dataclass(slots=True)
class _Item:
    id: int
    tags: tuple[str, ...]
    extra: dict[str, str]
    about: tuple[str, ...]
    changed: int
    name: str
    status: str
    closed: int
    day: str
    last_day: str
    start: int
    finish: int
    hidden_until: int
    priority: str
    body: str
    owner: str
    created: int

    def values(self) -> tuple[object, ...]:
        return (
            self.name, self.status, self.closed, self.day, self.last_day, self.start, self.finish, self.hidden_until,
            self.priority, self.body, self.owner, self.created, json_text(list(self.tags)), json_text(self.extra),
            self.about,
        )  # fmt: skip

    @property
    def key(self) -> str:
        return matching.deal_key(self.name)


_TEXTS = "name, status, closed, day, last_day, start, finish, hidden_until, priority, body, owner, created"
_COLUMNS = f"{_TEXTS}, tags, extra"


class Items:
    """Items of one kind are found by their id here or in the program that they come from, then by what they say.

    Two are the same if they have the same name and are about the same records (or one of them about none); of
    activities the day must be the same, too, of notes the text. Vendors are found by mail address, too, and products
    by code.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        ledger: Ledger,
        now: int,
        kind: str,
        renumbered: Mapping[str, str] | None = None,
    ) -> None:
        self._connection = connection
        self._ledger = ledger
        self._now = now
        self._kind = kind
        self._about = About(connection, ledger.outcome, renumbered)
        self._records: dict[int, _Item] = {}
        self._by_key: dict[str, dict[int, None]] = {}
        # There is no index on what is in `extra`.
        self._by_source = {
            source: number
            for number, source in connection.execute(
                "SELECT id, json_extract(extra, ?) FROM item WHERE kind = ? AND extra <> '{}' ORDER BY id DESC",
                (f'$."{RECORD_ID}"', kind),
            )
            if source
        }
        self._special = {VENDOR: "Email", PRODUCT: "Product Code"}.get(kind, "")
        self._by_special: dict[str, int] = {}
        if self._special:
            self._by_special = {
                str(value).casefold(): number
                for number, value in connection.execute(
                    "SELECT id, json_extract(extra, ?) FROM item WHERE kind = ? ORDER BY id DESC",
                    (f'$."{self._special}"', kind),
                )
                if value
            }

    def take(self, rows: Sequence[ItemRow]) -> None:
        self._about.load(rows)
        self._load(rows)
        updated: dict[int, _Item] = {}
        for row in rows:
            about = self._about.of(row)
            item = self._found(row, about)
            if item is None:
                self._create(row, about)
                continue
            self._ledger.claim(row.own, item.id)
            before = item.values()
            self._merge(item, row, about)
            self._index(item)
            if self._ledger.met(item.id, before, item.values(), item.changed):
                updated[item.id] = item
        self._write(updated)

    def _create(self, row: ItemRow, about: tuple[str, ...]) -> None:
        changed = row.changed or self._now
        created = row.created or changed
        closed = row.closed or 0
        if closed == CLOSED or (row.closed is None and self._kind == CALL and 0 < row.start <= self._now):
            closed = row.start if self._kind == CALL and row.start else changed
        item = _Item(
            0, row.tags, dict(row.extra), about, changed, row.name, row.status, closed, row.day, row.last_day,
            row.start, row.finish, row.hidden_until, row.priority, row.body, row.owner, created,
        )  # fmt: skip
        marks = ", ".join("?" * 17)
        cursor = self._connection.execute(
            f"INSERT INTO item ({_COLUMNS}, kind, name_key, changed) VALUES ({marks})",
            (*item.values()[:-1], self._kind, item.key, changed),
        )
        item.id = int(cursor.lastrowid or 0)
        self._connection.executemany(
            "INSERT INTO item_about (record, item_id) VALUES (?, ?)", [(one, item.id) for one in about]
        )
        self._index(item)
        if source := item.extra.get(RECORD_ID):
            self._by_source.setdefault(source, item.id)
        if special := item.extra.get(self._special):
            self._by_special.setdefault(special.casefold(), item.id)
        self._ledger.created()
        self._ledger.claim(row.own, item.id)

    def _merge(self, item: _Item, row: ItemRow, about: tuple[str, ...]) -> None:
        item.name = row.name or item.name
        item.status = row.status or item.status
        if row.closed is not None:
            done = item.closed or row.changed or self._now if row.closed == CLOSED else row.closed
            item.closed = done
        if row.day or row.start:
            item.day, item.last_day, item.start, item.finish = row.day, row.last_day, row.start, row.finish
        item.hidden_until = row.hidden_until or item.hidden_until
        item.priority = row.priority or item.priority
        item.body = row.body or item.body
        item.owner = row.owner or item.owner
        item.tags = joined_tags(item.tags, row.tags)
        item.extra |= row.extra
        item.created = earlier(item.created, row.created)
        item.about = tuple(sorted({*item.about, *about}))

    def _load(self, rows: Sequence[ItemRow]) -> None:
        self._records.clear()
        self._by_key.clear()
        letter = LETTERS[self._kind]
        wanted = {number for row in rows if (number := self._ledger.meant(letter, row.own))}
        wanted |= {n for row in rows if (n := self._by_source.get(row.extra.get(RECORD_ID, ""))) is not None}
        wanted |= {n for row in rows if (n := self._by_special.get(self._special_of(row))) is not None}
        found = self._connection.execute(
            f"SELECT id, tags, extra, changed, {_TEXTS} FROM item WHERE kind = ? AND id IN ("
            "SELECT value FROM json_each(?) UNION SELECT item.id FROM json_each(?) AS w"
            " CROSS JOIN item ON item.kind = ? AND item.name_key = w.value) ORDER BY id",
            (
                self._kind,
                json_list(wanted),
                json_list({matching.deal_key(row.name) for row in rows}),
                self._kind,
            ),
        ).fetchall()
        about: dict[int, list[str]] = {}
        for number, record in self._connection.execute(
            "SELECT item_id, record FROM json_each(?) AS w CROSS JOIN item_about ON item_id = w.value ORDER BY record",
            (json_list(row[0] for row in found),),
        ):
            about.setdefault(number, []).append(record)
        for number, tags, extra, changed, *texts in found:
            records = tuple(about.get(number, ()))
            self._index(_Item(number, tuple(json.loads(tags)), json.loads(extra), records, changed, *texts))

    def _index(self, item: _Item) -> None:
        self._records[item.id] = item
        self._by_key.setdefault(item.key, {})[item.id] = None

    def _special_of(self, row: ItemRow) -> str:
        return row.extra.get(self._special, "").casefold()

    def _found(self, row: ItemRow, about: tuple[str, ...]) -> _Item | None:
        free = self._ledger.free
        if row.own and (own := self._own(row)):
            return own
        number = self._by_source.get(row.extra.get(RECORD_ID, ""))
        if number is not None and free(row.own, number):
            return self._records.get(number)
        number = self._by_special.get(self._special_of(row)) if self._special_of(row) else None
        if number is not None and free(row.own, number):
            return self._records.get(number)
        for number in self._by_key.get(matching.deal_key(row.name), ()):
            item = self._records[number]
            if free(row.own, number) and same_source(item.extra, row.extra) and self._same(item, row, about):
                return item
        return None

    def _own(self, row: ItemRow) -> _Item | None:
        number = self._ledger.meant(LETTERS[self._kind], row.own)
        item = self._records.get(number)
        if item is None or not self._ledger.free(row.own, number) or item.key != matching.deal_key(row.name):
            return None
        # Notes often have no name: then the number alone proves nothing in another database.
        return item if item.key or item.body == row.body else None

    def _same(self, item: _Item, row: ItemRow, about: tuple[str, ...]) -> bool:
        if item.about and about and set(item.about).isdisjoint(about):
            return False
        if self._kind == NOTE:
            return item.body == row.body
        if self._kind in (VENDOR, PRODUCT):
            return True
        return (item.day, item.start) == (row.day, row.start) or not (row.day or row.start)

    def _write(self, updated: Mapping[int, _Item]) -> None:
        many = self._connection.executemany
        sets = ", ".join(f"{name} = ?" for name in _COLUMNS.split(", "))
        many(
            f"UPDATE item SET {sets}, name_key = ?, changed = ? WHERE id = ?",
            [(*item.values()[:-1], item.key, self._now, item.id) for item in updated.values()],
        )
        many(
            "INSERT INTO item_about (record, item_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(record, item.id) for item in updated.values() for record in item.about],
        )
