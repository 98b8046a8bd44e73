"""Records and what belongs to them as plain rows, out and in again (a backup; mail is not part of it).

Rows go out as they are, so that an empty database is after restoring what the old one was.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from salesinbox.model.text import safe_block

Row = dict[str, Any]

TABLES = (
    "stage", "pipeline", "pipeline_stage", "company", "person", "person_address", "deal", "deal_contact", "item",
    "item_about", "record_event", "record_file", "own_column", "filter", "saved_search",
)  # fmt: skip
"""In the order in which they are written: a row refers to those before it."""
_OF_SETTINGS = ("stage", "pipeline", "pipeline_stage")
_NUMBERED = ("person", "company", "deal")
_SEQUENCES = ("item", "record_event", "record_file", "filter")
_JSON = ("extra", "tags", "detail", "actions")
_ORDERS = {
    "person_address": "address, person_id", "deal_contact": "deal_id, person_id", "item_about": "record, item_id",
    "pipeline_stage": "pipeline, position", "stage": "position", "pipeline": "position", "own_column": "position, name",
}  # fmt: skip


def rows(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    """The rows of one of `TABLES`. Files that were removed are left out; an item's mail is named elsewhere."""
    where = " WHERE removed = 0" if table == "record_file" else ""
    cursor = connection.execute(f"SELECT * FROM {table}{where} ORDER BY {_ORDERS.get(table, 'id')}")
    names = [column[0] for column in cursor.description]
    for row in cursor:
        found = dict(zip(names, row, strict=True))
        if table == "item":
            del found["message"]
        yield found


def content(connection: sqlite3.Connection, file: int) -> bytes:
    row = connection.execute("SELECT content FROM record_file_content WHERE file_id = ?", (file,)).fetchone()
    return bytes(row[0]) if row else b""


def numbers(connection: sqlite3.Connection) -> dict[str, int]:
    """The last numbers that were given to records: none of them is given again after restoring."""
    found = {}
    for table in _NUMBERED:
        row = connection.execute("SELECT value FROM state WHERE name = ?", (f"last {table}",)).fetchone()
        found[table] = int(row[0]) if row else 0
    for table in _SEQUENCES:
        row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        found[table] = int(row[0]) if row else 0
    return found


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether there are no records here."""
    return not any(
        connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
        for table in ("person", "company", "deal", "item")
    )


def clear_settings(connection: sqlite3.Connection) -> None:
    """Before an empty database takes the backup's: the stages that it came with go."""
    for table in reversed(_OF_SETTINGS):
        connection.execute(f"DELETE FROM {table}")


def put(connection: sqlite3.Connection, table: str, found: Iterable[Row]) -> int:
    """Write rows as they are; returns how many. What is there already, by key or name, stays.

    Raises:
        ValueError: A row does not fit the table.
    """
    known = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    written = 0
    for row in found:
        columns = [name for name in row if name in known]
        marks = ", ".join("?" * len(columns))
        try:
            written += connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING",
                [_harmless(name, row[name]) for name in columns],
            ).rowcount
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, OverflowError) as error:
            raise ValueError(f"{table}: {error}") from error
    return written


def put_content(connection: sqlite3.Connection, file: int, octets: bytes) -> None:
    connection.execute(
        "INSERT INTO record_file_content (file_id, content) VALUES (?, ?) ON CONFLICT DO NOTHING", (file, octets)
    )


def keep_numbers(connection: sqlite3.Connection, given: Mapping[str, int]) -> None:
    for table in _NUMBERED:
        connection.execute(
            "INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
            " SET value = max(CAST(value AS INTEGER), excluded.value)",
            (f"last {table}", int(given.get(table, 0))),
        )
    for table in _SEQUENCES:
        last = int(given.get(table, 0))
        changed = connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, table))
        if not changed.rowcount:
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def check(connection: sqlite3.Connection) -> None:
    """ValueError where a row that was written refers to one that is not there."""
    for table in TABLES:
        if connection.execute(f"PRAGMA foreign_key_check({table})").fetchone():
            raise ValueError(table)


def add_stages(connection: sqlite3.Connection, found: Iterable[Row]) -> None:
    """Stages that are not known here, behind those that are."""
    for row in found:
        connection.execute(
            "INSERT INTO stage (name, state, probability, position)"
            " SELECT ?, ?, ?, coalesce(max(position), -1) + 1 FROM stage WHERE true ON CONFLICT DO NOTHING",
            (_harmless("name", row["name"]), row["state"], row["probability"]),
        )


def add_events(connection: sqlite3.Connection, found: Iterable[Row]) -> int:
    """Events of records that were renumbered; those that are here already are not repeated."""
    added = 0
    for row in found:
        values = (row["record"], row["date"], row["kind"], _harmless("detail", row["detail"]))
        added += connection.execute(
            "INSERT INTO record_event (record, date, kind, detail) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS"
            " (SELECT 1 FROM record_event WHERE record = ?1 AND date = ?2 AND kind = ?3 AND detail = ?4)",
            values,
        ).rowcount
    return added


def add_named(connection: sqlite3.Connection, table: str, found: Iterable[Row]) -> int:
    """Columns, filters and saved searches whose names are not taken here, under numbers of this database."""
    taken = {row[0] for row in connection.execute(f"SELECT name FROM {table}")}
    return put(
        connection,
        table,
        ({key: value for key, value in row.items() if key != "id"} for row in found if row["name"] not in taken),
    )


def add_file(connection: sqlite3.Connection, row: Row, octets: bytes) -> bool:
    """A file of a record that was renumbered, unless the record has it already."""
    for (number,) in connection.execute(
        "SELECT id FROM record_file WHERE record = ? AND name = ? AND size = ? AND removed = 0",
        (row["record"], row["name"], row["size"]),
    ).fetchall():
        if content(connection, number) == octets:
            return False
    cursor = connection.execute(
        "INSERT INTO record_file (record, name, type, size, added) VALUES (?, ?, ?, ?, ?)",
        (row["record"], _harmless("", row["name"]), _harmless("", row["type"]), row["size"], row["added"]),
    )
    put_content(connection, int(cursor.lastrowid or 0), octets)
    return True


def _harmless(name: str, value: Any) -> Any:
    """Texts that cannot drive a terminal, whoever has had the backup in hand (READ-3); sound ones stay as they are."""
    if not isinstance(value, str):
        return value
    if name in _JSON:
        read = json.loads(value)
        made = _harmless_in(read)
        return value if made == read else json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return safe_block(value)


def _harmless_in(value: Any) -> Any:
    if isinstance(value, str):
        return safe_block(value)
    if isinstance(value, list):
        return [_harmless_in(one) for one in value]
    if isinstance(value, dict):
        return {safe_block(str(key)): _harmless_in(one) for key, one in value.items()}
    return value
