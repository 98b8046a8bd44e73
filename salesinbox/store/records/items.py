"""Reading tasks, events, calls, notes, cases, vendors and products, with the names of what they are about."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from salesinbox.model.records import ITEM_KINDS, LETTERS, Item

KINDS = {LETTERS[kind]: kind for kind in ITEM_KINDS}
"""Kinds by the letter that their ids begin with."""

ITEM = (
    "SELECT i.id, i.kind, i.name, i.status, i.closed, i.day, i.last_day, i.start, i.finish, i.hidden_until,"
    " i.priority, i.body, i.owner, i.tags, (SELECT json_group_array(record) FROM (SELECT record FROM item_about"
    " WHERE item_id = i.id ORDER BY substr(record, 1, 1) <> 'p', record)), i.message, i.created, i.changed, i.extra"
    " FROM item AS i"
)
"""A query whose rows `read` takes; conditions and orders are put behind it."""

_NAMED = {"p": "person", "c": "company", "d": "deal"}


def read(connection: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> list[Item]:
    """Items of rows of `ITEM`; the records that they are about are looked up all at once."""
    found = list(rows)
    about = [tuple(json.loads(row[14])) for row in found]
    known = names(connection, {record for records in about for record in records})
    return [_item(row, records, known) for row, records in zip(found, about, strict=True)]


def _item(row: Sequence[Any], about: tuple[str, ...], known: dict[str, str]) -> Item:
    number, kind, name, status, closed, day, last_day, start, finish, hidden, priority, body, owner, tags = row[:14]
    here = tuple(record for record in about if record in known)
    return Item(
        f"{LETTERS[kind]}{number}", kind, name, status, closed, day, last_day, start, finish, hidden, priority, body,
        owner, () if tags == "[]" else tuple(map(str, json.loads(tags))), here,
        tuple(known[record] for record in here), f"m{row[15]}" if row[15] else "", row[16], row[17],
        {} if row[18] == "{}" else {key: str(value) for key, value in json.loads(row[18]).items()},
    )  # fmt: skip


def get(connection: sqlite3.Connection, item_id: str) -> Item | None:
    """The item with an id like "k4", None where there is none of that kind."""
    query = f"{ITEM} WHERE i.id = ? AND i.kind = ?"
    found = read(connection, connection.execute(query, (int(item_id[1:]), KINDS[item_id[0]])))
    return found[0] if found else None


def some(connection: sqlite3.Connection, ids: Collection[str]) -> dict[str, Item]:
    """The items with these ids, those that are here, by id."""
    if not ids:
        return {}
    numbers = [int(id[1:]) for id in ids]  # noqa: A001 - as everywhere in the services
    rows = connection.execute(f"{ITEM} WHERE i.id IN (SELECT value FROM json_each(?))", (json.dumps(numbers),))
    found = {item.id: item for item in read(connection, rows)}
    return {id: found[id] for id in ids if id in found}  # noqa: A001 - the same


def names(connection: sqlite3.Connection, ids: Collection[str]) -> dict[str, str]:
    """Names of records by id; a record that is gone has none."""
    found: dict[str, str] = {}
    numbers: dict[str, list[int]] = {}
    for id in ids:  # noqa: A001 - as everywhere in the services
        if id[1:].isascii() and id[1:].isdigit() and len(id) < 19:
            numbers.setdefault(_NAMED.get(id[:1], "item"), []).append(int(id[1:]))
    for table, wanted in numbers.items():
        kind = "kind" if table == "item" else f"'{table}'"
        for number, of, name in connection.execute(
            f"SELECT id, {kind}, name FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(wanted),)
        ):
            found[f"{LETTERS.get(of, 'p')}{number}"] = name
    return {id: found[id] for id in ids if id in found}  # noqa: A001 - the same


def of_thread(connection: sqlite3.Connection, thread: int) -> list[tuple[str, str, int]]:
    """(kind, name, when it was closed or 0) of what was made from a thread's mail, newest first."""
    return connection.execute(
        "SELECT item.kind, iif(item.name <> '', item.name, item.body), item.closed FROM message"
        " JOIN item ON item.message = message.id WHERE thread_id = ? ORDER BY item.id DESC",
        (thread,),
    ).fetchall()
