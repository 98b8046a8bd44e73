"""What belongs to a record: people, companies, deals, activities (REC-2)."""

import json
import sqlite3
from typing import TypeVar

from salesinbox.model.records import Company, Deal, Item, Person
from salesinbox.model.timeline import Related
from salesinbox.store.records import items, reading

_PEOPLE, _DEALS, _ITEMS = 200, 200, 200
_R = TypeVar("_R", Person, Company, Deal)


def of(connection: sqlite3.Connection, record: str) -> Related:
    """The records around one; the files are not among them.

    Of a company its contacts and deals, of a person the company and the deals, of a deal the company and the contacts;
    of an item what it is about. Activities: the open ones first, then the newest.
    """
    people: list[str] = []
    companies: list[str] = []
    deals: tuple[Deal, ...] = ()
    number = int(record[1:])
    found_people: tuple[Person, ...] = ()
    match record[:1]:
        case "p":
            row = connection.execute("SELECT company_id FROM person WHERE id = ?", (number,)).fetchone()
            companies = [f"c{row[0]}"] if row and row[0] else []
            deals = reading.deals_of_person(connection, record, _DEALS)
        case "c":
            found_people = tuple(reading.people_of_company(connection, record, _PEOPLE))
            deals = reading.deals_of_company(connection, record, _DEALS)
        case "d":
            row = connection.execute("SELECT company_id FROM deal WHERE id = ?", (number,)).fetchone()
            companies = [f"c{row[0]}"] if row and row[0] else []
            people = [
                f"p{row[0]}"
                for row in connection.execute(
                    "SELECT person_id FROM deal_contact WHERE deal_id = ? ORDER BY main DESC, person_id", (number,)
                )
            ]
        case _:
            about = [row[0] for row in connection.execute("SELECT record FROM item_about WHERE item_id = ?", (number,))]
            people = [one for one in about if one[:1] == "p"]
            companies = [one for one in about if one[:1] == "c"]
            deals = _some(connection, [one for one in about if one[:1] == "d"], Deal)
    return Related(
        found_people or _some(connection, people, Person),
        _some(connection, companies, Company),
        deals,
        _items(connection, record),
    )


def _some(connection: sqlite3.Connection, ids: list[str], kind: type[_R]) -> tuple[_R, ...]:
    found = reading.some(connection, ids) if ids else {}
    return tuple(one for id in ids if isinstance(one := found.get(id), kind))  # noqa: A001 - as everywhere in the services


def _items(connection: sqlite3.Connection, record: str) -> tuple[Item, ...]:
    chosen = [
        row[0]
        for row in connection.execute(
            "SELECT id FROM item_about CROSS JOIN item ON id = item_id WHERE record = ?"
            " ORDER BY closed > 0 OR kind NOT IN ('task', 'call', 'event', 'case'), created DESC, id DESC LIMIT ?",
            (record, _ITEMS),
        )
    ]
    rows = connection.execute(f"{items.ITEM} WHERE i.id IN (SELECT value FROM json_each(?))", (json.dumps(chosen),))
    found = {int(item.id[1:]): item for item in items.read(connection, rows)}
    return tuple(found[number] for number in chosen if number in found)
