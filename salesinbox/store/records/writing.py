"""Single records as rows, read and written (REC-1). Everything runs inside the caller's step, so undo needs no more.

Rows of `item_about`, `record_event`, `record_file` and `message_record` name records by their ids ("p12").
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from salesinbox.model.records import COMPANY, DEAL, ITEM_KINDS, LETTERS, NOTE
from salesinbox.rules import matching
from salesinbox.rules.addresses import domain_of, is_free_mail
from salesinbox.store.database import numbers

_TABLES = {"p": "person", "c": "company", "d": "deal"} | {LETTERS[kind]: "item" for kind in ITEM_KINDS}
_ITEMS = {LETTERS[kind]: kind for kind in ITEM_KINDS}

Contacts = list[tuple[int, str]]
"""People of a deal and their roles, the main contact first."""


@dataclass(slots=True)
class Kept:
    """A record as its row says; `number` is the row."""

    id: str
    kind: str
    table: str
    number: int
    row: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def extra(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.row["extra"])
        return found

    @property
    def tags(self) -> list[str]:
        found: list[str] = json.loads(self.row["tags"])
        return found


def parts(id: str) -> tuple[str, int] | None:
    """Table and row of an id like "p12"; None for what is no record's id."""
    table, digits = _TABLES.get(id[:1]), id[1:]
    if table is None or not (digits.isascii() and digits.isdigit() and len(digits) < 18):
        return None
    return table, int(digits)


def find(connection: sqlite3.Connection, id: str) -> Kept | None:
    """The record with an id like "p12" or "k4", None where there is none."""
    found = parts(id)
    if found is None:
        return None
    table, number = found
    cursor = connection.execute(f"SELECT * FROM {table} WHERE id = ?", (number,))
    row = cursor.fetchone()
    if row is None:
        return None
    values = dict(zip((column[0] for column in cursor.description), row, strict=True))
    kind = str(values["kind"]) if "kind" in values else table
    if table == "item" and _ITEMS[id[0]] != kind:
        return None
    return Kept(f"{LETTERS[kind]}{number}", kind, table, number, values)


def insert(connection: sqlite3.Connection, kind: str, values: Mapping[str, Any], now: int) -> Kept:
    """Make a record; `values` by column, without its number, key and times."""
    table = _TABLES[LETTERS[kind]]
    row = {**values, "created": now, "changed": now}
    if table in ("person", "item"):
        row["kind"] = kind
    if table != "item":
        row["id"] = numbers(connection, table, 1)
    row["name_key"] = key(kind, row)
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    cursor = connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
    assert cursor.lastrowid is not None
    found = find(connection, f"{LETTERS[kind]}{cursor.lastrowid}")
    assert found is not None
    return found


def update(connection: sqlite3.Connection, kept: Kept, values: Mapping[str, Any]) -> None:
    """Write columns of a record that differ; its key follows. `changed` is the caller's to set."""
    row = {**kept.row, **values}
    row["name_key"] = key(kept.kind, row)
    differ = {name: value for name, value in row.items() if kept.row.get(name) != value}
    if differ:
        sets = ", ".join(f"{name} = ?" for name in differ)
        connection.execute(f"UPDATE {kept.table} SET {sets} WHERE id = ?", [*differ.values(), kept.number])
        kept.row = row


def key(kind: str, row: Mapping[str, Any]) -> str:
    """The name as it is compared and sorted by."""
    if kind == COMPANY:
        return matching.company_key(row["name"])
    if kind == DEAL or kind in ITEM_KINDS:
        return matching.deal_key(row["name"])
    return matching.person_key(row.get("first", ""), row.get("last", "")) or str(row["name"])


def event(connection: sqlite3.Connection, record: str, kind: str, now: int, detail: Mapping[str, Any]) -> None:
    """Keep what became of a record, for its timeline (REC-2)."""
    connection.execute(
        "INSERT INTO record_event (record, date, kind, detail) VALUES (?, ?, ?, ?)",
        (record, now, kind, json.dumps(detail, ensure_ascii=False)),
    )


# --- what belongs to a record ----------------------------------------------------------------------------------------


def addresses(connection: sqlite3.Connection, person: int) -> tuple[str, ...]:
    """A person's addresses, the primary one first."""
    rows = connection.execute(
        "SELECT address FROM person_address WHERE person_id = ? ORDER BY position, address", (person,)
    )
    return tuple(row[0] for row in rows)


def set_addresses(connection: sqlite3.Connection, person: int, wanted: Sequence[str]) -> None:
    connection.execute(
        "DELETE FROM person_address WHERE person_id = ? AND address NOT IN (SELECT value FROM json_each(?))",
        (person, json.dumps(list(wanted))),
    )
    connection.executemany(
        "INSERT INTO person_address (address, person_id, position) VALUES (?, ?, ?)"
        " ON CONFLICT (address, person_id) DO UPDATE SET position = excluded.position",
        [(address, person, position) for position, address in enumerate(dict.fromkeys(wanted))],
    )


def contacts(connection: sqlite3.Connection, deal: int) -> Contacts:
    return connection.execute(
        "SELECT person_id, role FROM deal_contact WHERE deal_id = ? ORDER BY main DESC, person_id", (deal,)
    ).fetchall()


def set_contacts(connection: sqlite3.Connection, deal: int, wanted: Contacts) -> None:
    connection.execute(
        "DELETE FROM deal_contact WHERE deal_id = ? AND person_id NOT IN (SELECT value FROM json_each(?))",
        (deal, json.dumps([person for person, _role in wanted])),
    )
    connection.executemany(
        "INSERT INTO deal_contact (deal_id, person_id, role, main) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (deal_id, person_id) DO UPDATE SET role = excluded.role, main = excluded.main",
        [(deal, person, role, int(at == 0)) for at, (person, role) in enumerate(wanted)],
    )


def about(connection: sqlite3.Connection, item: int) -> tuple[str, ...]:
    """Ids of the records that an item is about."""
    rows = connection.execute("SELECT record FROM item_about WHERE item_id = ? ORDER BY record", (item,))
    return tuple(row[0] for row in rows)


def set_about(connection: sqlite3.Connection, item: int, wanted: Iterable[str]) -> None:
    names = list(dict.fromkeys(wanted))
    connection.execute(
        "DELETE FROM item_about WHERE item_id = ? AND record NOT IN (SELECT value FROM json_each(?))",
        (item, json.dumps(names)),
    )
    connection.executemany(
        "INSERT INTO item_about (record, item_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(name, item) for name in names],
    )


# --- companies that others name --------------------------------------------------------------------------------------


def company_named(connection: sqlite3.Connection, name: str) -> int | None:
    """The company of this name, the oldest one of several."""
    row = connection.execute(
        "SELECT id FROM company WHERE name_key = ? ORDER BY id LIMIT 1", (matching.company_key(name),)
    ).fetchone()
    return None if row is None else int(row[0])


def company_at(connection: sqlite3.Connection, address: str) -> int | None:
    """The company at the domain of an address: the only one there, and none for free mail."""
    domain = domain_of(address)
    if not domain or is_free_mail(domain):
        return None
    rows = connection.execute("SELECT id FROM company WHERE domain = ? LIMIT 2", (domain,)).fetchall()
    return int(rows[0][0]) if len(rows) == 1 else None


def free_domain(connection: sqlite3.Connection, address: str) -> str:
    """The domain that a new company with this address may take: nobody's free mail, and no other company's."""
    domain = domain_of(address)
    if not domain or is_free_mail(domain):
        return ""
    taken = connection.execute("SELECT 1 FROM company WHERE domain = ? LIMIT 1", (domain,)).fetchone()
    return "" if taken else domain


# --- away with it ----------------------------------------------------------------------------------------------------


def remove(connection: sqlite3.Connection, kept: Kept, now: int) -> None:
    """Delete a record and what is nothing without it; its deals, people and activities stay, its notes go.

    Files are marked as removed: undo brings them back.
    """
    if kept.kind == COMPANY:
        # Its people keep the name as text, as leads have it.
        connection.execute("UPDATE person SET company = ? WHERE company_id = ?", (kept.name, kept.number))
    notes = connection.execute(
        "SELECT id FROM item JOIN item_about AS here ON here.item_id = id WHERE here.record = ? AND kind = ?"
        " AND NOT EXISTS (SELECT 1 FROM item_about AS other WHERE other.item_id = id AND other.record <> here.record)",
        (kept.id, NOTE),
    ).fetchall()
    for (note,) in notes:
        _forget(connection, f"{LETTERS[NOTE]}{note}", now)
        connection.execute("DELETE FROM item WHERE id = ?", (note,))
    _forget(connection, kept.id, now)
    connection.execute(f"DELETE FROM {kept.table} WHERE id = ?", (kept.number,))


def _forget(connection: sqlite3.Connection, record: str, now: int) -> None:
    for table in ("item_about", "record_event", "message_record"):
        connection.execute(f"DELETE FROM {table} WHERE record = ?", (record,))
    connection.execute("UPDATE record_file SET removed = ? WHERE record = ? AND removed = 0", (now, record))
