"""A page of a list of records: filtered, in any order, by key, so that no page costs more for its place (REC-1)."""

import sqlite3
from collections.abc import Sequence

from salesinbox.model.fields import Field
from salesinbox.model.listing import Key
from salesinbox.model.records import LETTERS
from salesinbox.store.records.filtering import Condition
from salesinbox.store.records.tables import JOINS, TABLES, Table, order_of

Ids = list[str]
_INDEXED = ("name", "changed")
"""Orders that an index of the kind has; a scan in the order of the rows is quicker than any other use of it."""


def page(
    connection: sqlite3.Connection,
    kind: str,
    condition: Condition,
    *,
    sort: str = "name",
    field: Field | None = None,
    descending: bool = False,
    after: Key | None = None,
    limit: int = 100,
) -> tuple[Ids, int, Key | None]:
    """Ids of the records of a kind that meet the condition, how many there are in all, where the next page begins.

    Args:
        connection: To read from.
        kind: One of `model.records.KINDS`.
        condition: Of `record_filter.compiled` for this kind.
        sort: "name", "changed", "created", or the name of `field`.
        field: The field to sort by.
        descending: The last ones first; the exact reverse.
        after: The key of the page before.
        limit: At most so many.
    """
    table = TABLES[kind]
    order = order_of(table, sort, field)
    where, values = _where(table, kind, condition)
    way, sign = ("DESC", "<") if descending else ("ASC", ">")
    alias, from_key = table.alias, list(after or ())
    indexed = sort in _INDEXED and not condition.sql
    if condition.sql or not (indexed or after is None):
        beyond = f"WHERE (key, row) {sign} (?, ?)" if after else ""
        rows = connection.execute(
            f"WITH found AS MATERIALIZED (SELECT {alias}.id AS row, {order} AS key FROM {_scanned(table)}"
            f" WHERE {where}) SELECT row, key, (SELECT count(*) FROM found) FROM found {beyond}"
            f" ORDER BY key {way}, row {way} LIMIT ?",
            (*values, *from_key, limit + 1),
        ).fetchall()
        number = rows[0][2] if rows else 0
    else:
        beyond = f" AND ({order}, {alias}.id) {sign} (?, ?)" if after else ""
        source = f"{table.source}{JOINS.get(table.name, '')}" if indexed else _scanned(table)
        rows = connection.execute(
            f"SELECT {alias}.id, {order} FROM {source} WHERE {where}{beyond}"
            f" ORDER BY {order} {way}, {alias}.id {way} LIMIT ?",
            (*values, *from_key, limit + 1),
        ).fetchall()
        number = total(connection, kind, condition)
    more = len(rows) > limit
    rows = rows[:limit]
    return [f"{LETTERS[kind]}{row[0]}" for row in rows], number, (rows[-1][1], rows[-1][0]) if more and rows else None


def total(connection: sqlite3.Connection, kind: str, condition: Condition) -> int:
    """How many records of a kind meet the condition."""
    table = TABLES[kind]
    where, values = _where(table, kind, condition)
    source = _scanned(table) if condition.sql else table.source
    row = connection.execute(f"SELECT count(*) FROM {source} WHERE {where}", values).fetchone()
    return int(row[0])


def _scanned(table: Table) -> str:
    return f"{table.source} NOT INDEXED{JOINS.get(table.name, '')}"


def _where(table: Table, kind: str, condition: Condition) -> tuple[str, Sequence[str | float]]:
    of_kind, values = ("1", []) if table.kind.startswith("'") else (f"{table.kind} = ?", [kind])
    if not condition.sql:
        return of_kind, values
    return f"{of_kind} AND {condition.sql}", [*values, *condition.parameters]
