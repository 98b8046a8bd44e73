"""Records as the rows of files (REC-7): every record of a kind, oldest first, one at a time."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from salesinbox.model.imports import (
    COMPANIES,
    CONTACTS,
    DEALS,
    LEADS,
    SINGULAR,
    CompanyRow,
    DealRow,
    ItemRow,
    PersonRow,
    Reference,
    Row,
)
from salesinbox.model.records import LETTERS
from salesinbox.store.records.reading import (
    COMPANY,
    DEAL,
    PERSON,
    company_of,
    deal_of,
    extra_of,
    person_of,
    tags_of,
)

_TABLES = {LEADS: "person", CONTACTS: "person", COMPANIES: "company", DEALS: "deal"}
_NAMES = {
    "p": (
        "SELECT name, coalesce((SELECT address FROM person_address WHERE person_id = person.id"
        " ORDER BY position LIMIT 1), '') FROM person WHERE id = ?"
    ),
    "c": "SELECT name, '' FROM company WHERE id = ?",
    "d": "SELECT name, '' FROM deal WHERE id = ?",
}
_ITEM_NAME = "SELECT name, '' FROM item WHERE id = ?"


def rows(connection: sqlite3.Connection, kind: str) -> Iterator[Row]:
    """Every record of a kind of file ("leads", "tasks" …) as a row, oldest first."""
    if kind == COMPANIES:
        for row in connection.execute(f"{COMPANY} ORDER BY c.id"):
            company = company_of(row)
            yield CompanyRow(
                0, company.name, company.domain, company.phone, company.extra, company.id, company.owner, company.tags,
                company.created, company.changed,
            )  # fmt: skip
    elif kind == DEALS:
        for row in connection.execute(f"{DEAL} ORDER BY d.id"):
            yield _deal(connection, row)
    elif kind in (LEADS, CONTACTS):
        for row in connection.execute(f"{PERSON} WHERE p.kind = ? ORDER BY p.id", (SINGULAR[kind],)):
            person = person_of(row)
            yield PersonRow(
                0, person.first, person.last, person.addresses, person.company, person.title, person.phone,
                person.source, person.extra, person.id, person.owner, person.tags, person.created, person.changed,
            )  # fmt: skip
    else:
        for row in connection.execute(
            "SELECT id, name, status, closed, day, last_day, start, finish, hidden_until, priority, body, extra, owner,"
            " tags, created, changed FROM item WHERE kind = ? ORDER BY id",
            (SINGULAR[kind],),
        ):
            number, name, status, closed, day, last_day, start, finish, hidden, priority, body, extra, owner = row[:13]
            yield ItemRow(
                0, name, status, closed, day, last_day, start, finish, hidden, priority, body,
                _about(connection, number), extra_of(extra), f"{LETTERS[SINGULAR[kind]]}{number}", owner,
                tags_of(row[13]), row[14], row[15],
            )  # fmt: skip


def _about(connection: sqlite3.Connection, item: int) -> tuple[Reference, ...]:
    found = connection.execute("SELECT record FROM item_about WHERE item_id = ? ORDER BY record", (item,)).fetchall()
    named = (_reference(connection, row[0]) for row in found)
    return tuple(one for one in named if one is not None)


def _reference(connection: sqlite3.Connection, record: str, role: str = "") -> Reference | None:
    """How a file names a record; None where it is gone."""
    row = connection.execute(_NAMES.get(record[:1], _ITEM_NAME), (int(record[1:]),)).fetchone()
    return None if row is None else Reference(row[0], row[1], record, role=role)


def _deal(connection: sqlite3.Connection, row: Any) -> DealRow:
    deal = deal_of(row)
    began, ended = connection.execute("SELECT began, ended FROM deal WHERE id = ?", (row[0],)).fetchone()
    named = (_reference(connection, person, role) for person, role in zip(deal.contact_ids, deal.roles, strict=True))
    people = tuple(one for one in named if one is not None)
    addresses = [one.address for one in people if one.address]
    roles = set(deal.roles)
    return DealRow(
        0, deal.name, deal.company, tuple(addresses),
        # For programs that read one contact and one role.
        contact_name="" if addresses or not people else people[0].name,
        role=roles.pop() if len(roles) == 1 else "",
        stage=deal.stage, probability=deal.probability, amount=deal.amount, currency=deal.currency,
        closing=deal.closing, extra=deal.extra, own=deal.id, owner=deal.owner, tags=deal.tags, created=deal.created,
        changed=deal.changed, source=deal.source, pipeline=deal.pipeline, began=began, ended=ended, people=people,
    )  # fmt: skip


def further_headings(connection: sqlite3.Connection, kind: str) -> list[str]:
    """Headings under which records of a kind keep what no column of ours holds, by name."""
    table = _TABLES.get(kind, "item")
    where, values = ("", ()) if table in ("company", "deal") else ("kind = ? AND ", (SINGULAR[kind],))
    query = f"SELECT DISTINCT key FROM {table}, json_each({table}.extra) WHERE {where}extra <> '{{}}' ORDER BY key"
    return [row[0] for row in connection.execute(query, values)]
