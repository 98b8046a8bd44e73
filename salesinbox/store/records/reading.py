"""Reading records: who an address is, and single people, companies and deals. Items are in `store.items`."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.model.records import (
    CONTACT,
    LEAD,
    OPEN,
    WON,
    Company,
    Deal,
    DealBrief,
    KnownAddress,
    Person,
    Record,
)
from salesinbox.rules.addresses import normal
from salesinbox.store.records import items

_PEOPLE = (
    "SELECT a.address, p.id, p.kind, p.name, p.changed FROM person_address AS a JOIN person AS p ON p.id = a.person_id"
)
_PEOPLE_OF = (
    "SELECT a.address, p.id, p.kind, p.name, p.changed FROM json_each(?) AS wanted"
    " CROSS JOIN person_address AS a ON a.address = wanted.value CROSS JOIN person AS p ON p.id = a.person_id"
)
_BRIEFS = (
    "SELECT c.person_id, s.state, d.id, d.name, d.amount, d.currency, d.stage, d.closing FROM deal AS d"
    " JOIN stage AS s ON s.name = d.stage JOIN deal_contact AS c ON c.deal_id = d.id"
    " WHERE s.state <> 'lost' ORDER BY d.changed DESC, d.id DESC"
)
_BRIEFS_OF = (
    "SELECT c.person_id, s.state, d.id, d.name, d.amount, d.currency, d.stage, d.closing"
    " FROM json_each(?) AS wanted CROSS JOIN deal_contact AS c ON c.person_id = wanted.value"
    " CROSS JOIN deal AS d ON d.id = c.deal_id CROSS JOIN stage AS s ON s.name = d.stage"
    " WHERE s.state <> 'lost' ORDER BY d.changed DESC, d.id DESC"
)


def known(connection: sqlite3.Connection, addresses: Collection[str] | None) -> dict[str, KnownAddress]:
    """What placing needs to know of each address; None asks for every address there is (COL-3 to COL-7).

    Keys are in their normal form (`rules.addresses`); an address of no record has no key. A contact wins over
    a lead, and both are named. Where several contacts share an address, one that is on an open deal stands
    for it, then the one changed last (of equals, the newest record); of several leads, the one changed last.
    """
    if addresses is None:
        people = connection.execute(_PEOPLE).fetchall()
        briefs: Iterable[Any] = connection.execute(_BRIEFS)
    else:
        wanted = json.dumps(list({normal(address) for address in addresses}))
        people = connection.execute(_PEOPLE_OF, (wanted,)).fetchall()
        contacts = list({row[1] for row in people if row[2] == CONTACT})
        briefs = connection.execute(_BRIEFS_OF, (json.dumps(contacts),)) if contacts else ()
    open_deals, won = _deals_of_people(briefs)

    best: dict[tuple[str, str], tuple[bool, int, int, str]] = {}
    for address, person, kind, name, changed in people:
        rank = (kind == CONTACT and person in open_deals, changed, person, name)
        key = (address, kind)
        if key not in best or rank > best[key]:
            best[key] = rank
    found: dict[str, KnownAddress] = {}
    for (address, kind), (_deal, _changed, person, name) in best.items():
        lead = best.get((address, LEAD))
        if kind == CONTACT:
            found[address] = KnownAddress(
                contact_id=f"p{person}",
                contact_name=name,
                lead_id=f"p{lead[2]}" if lead else "",
                lead_name=lead[3] if lead else "",
                open_deals=tuple(open_deals.get(person, ())),
                has_won=person in won,
            )
        elif (address, CONTACT) not in best:
            found[address] = KnownAddress(lead_id=f"p{person}", lead_name=name)
    return found


def _deals_of_people(rows: Iterable[Any]) -> tuple[dict[int, list[DealBrief]], set[int]]:
    """Open deals by person, in the order of the rows, and who has won one."""
    open_deals: dict[int, list[DealBrief]] = {}
    won: set[int] = set()
    for person, state, deal, name, amount, currency, stage, closing in rows:
        if state == OPEN:
            brief = DealBrief(f"d{deal}", name, amount, currency, stage, closing)
            open_deals.setdefault(person, []).append(brief)
        elif state == WON:
            won.add(person)
    return open_deals, won


PERSON = (
    "SELECT p.id, p.kind, p.first, p.last, p.name, (SELECT json_group_array(address) FROM (SELECT address"
    " FROM person_address WHERE person_id = p.id ORDER BY position, address)), p.company_id,"
    " coalesce(company.name, p.company), p.title, p.phone, p.source, p.changed, p.extra, p.owner, p.tags, p.created"
    " FROM person AS p LEFT JOIN company ON company.id = p.company_id"
)
COMPANY = "SELECT c.id, c.name, c.domain, c.phone, c.changed, c.extra, c.owner, c.tags, c.created FROM company AS c"
DEAL = (
    "SELECT d.id, d.name, d.company_id, coalesce(company.name, ''), d.amount, d.currency, d.stage,"
    " stage.state, d.closing, (SELECT json_group_array(json_array(person_id, role)) FROM (SELECT person_id, role"
    " FROM deal_contact WHERE deal_id = d.id ORDER BY main DESC, person_id)), d.changed, d.extra, d.owner, d.tags,"
    " d.created, d.source, d.pipeline, coalesce(d.probability, stage.probability)"
    " FROM deal AS d JOIN stage ON stage.name = d.stage LEFT JOIN company ON company.id = d.company_id"
)
"""Queries whose rows `person_of`, `company_of` and `deal_of` read; conditions and orders are put behind them."""


def _id(letter: str, number: int | None) -> str:
    return "" if number is None else f"{letter}{number}"


def tags_of(kept: str) -> tuple[str, ...]:
    """Tags as they are kept, in JSON."""
    return () if kept == "[]" else tuple(map(str, json.loads(kept)))


def extra_of(kept: str) -> dict[str, str]:
    """Further fields as they are kept, in JSON."""
    return {} if kept == "{}" else {name: str(value) for name, value in json.loads(kept).items()}


def person_of(row: Sequence[Any]) -> Person:
    number, kind, first, last, name, addresses, company_id, company, title, phone, source, changed, extra = row[:13]
    return Person(
        f"p{number}", kind, first, last, name, tuple(json.loads(addresses)), _id("c", company_id), company,
        title, phone, source, changed, row[13], tags_of(row[14]), row[15], extra_of(extra),
    )  # fmt: skip


def company_of(row: Sequence[Any]) -> Company:
    number, name, domain, phone, changed, extra, owner, tags, created = row[:9]
    return Company(f"c{number}", name, domain, phone, changed, owner, tags_of(tags), created, extra_of(extra))


def deal_of(row: Sequence[Any]) -> Deal:
    number, name, company_id, company, amount, currency, stage, state, closing, contacts, changed, extra = row[:12]
    owner, tags, created, source, pipeline, probability = row[12:18]
    people = json.loads(contacts)
    return Deal(
        f"d{number}", name, _id("c", company_id), company, amount, currency, stage, state, closing,
        tuple(f"p{person}" for person, _role in people), changed, owner, tags_of(tags), created, extra_of(extra),
        source, pipeline, probability, tuple(role for _person, role in people),
    )  # fmt: skip


def show(connection: sqlite3.Connection, record_id: str) -> Record:
    """The record with an id like "p12", "c3", "d7" or "k4".

    Raises:
        NotFoundError: There is none.
    """
    letter, digits = record_id[:1], record_id[1:]
    if digits.isascii() and digits.isdigit() and len(digits) < 18:
        number = (int(digits),)
        if letter == "p" and (row := connection.execute(f"{PERSON} WHERE p.id = ?", number).fetchone()):
            return person_of(row)
        if letter == "c" and (row := connection.execute(f"{COMPANY} WHERE c.id = ?", number).fetchone()):
            return company_of(row)
        if letter == "d" and (row := connection.execute(f"{DEAL} WHERE d.id = ?", number).fetchone()):
            return deal_of(row)
        if letter in items.KINDS and (found := items.get(connection, record_id)) is not None:
            return found
    raise NotFoundError(_("There is no record {id} here.").format(id=record_id[:40]))


def some(connection: sqlite3.Connection, ids: Collection[str]) -> dict[str, Record]:
    """The records with these ids, those that are here, by id."""
    found: dict[str, Record] = {}
    for letter, query, read in (("p", PERSON, person_of), ("c", COMPANY, company_of), ("d", DEAL, deal_of)):
        numbers = [int(id[1:]) for id in ids if id[:1] == letter]  # noqa: A001 - as everywhere in the services
        if numbers:
            wanted = f"{query} WHERE {letter}.id IN (SELECT value FROM json_each(?))"
            for row in connection.execute(wanted, (json.dumps(numbers),)):
                found[f"{letter}{row[0]}"] = read(row)
    found |= items.some(connection, [id for id in ids if id[:1] in items.KINDS])  # noqa: A001 - the same
    return found


def person(connection: sqlite3.Connection, person_id: str) -> Person:
    """The lead or contact with an id like "p12"; NotFoundError if there is none."""
    found = show(connection, person_id)
    if not isinstance(found, Person):
        raise NotFoundError(_("There is no record {id} here.").format(id=person_id[:40]))
    return found


def deals_of_person(connection: sqlite3.Connection, person_id: str, limit: int) -> tuple[Deal, ...]:
    """Deals with a contact: the open ones, then the closed ones, each most recently changed first."""
    return _deals(connection, "d.id IN (SELECT deal_id FROM deal_contact WHERE person_id = ?)", person_id, limit)


def deals_of_company(connection: sqlite3.Connection, company_id: str, limit: int) -> tuple[Deal, ...]:
    """Deals of a company, in the order of `deals_of_person`."""
    return _deals(connection, "d.company_id = ?", company_id, limit)


def _deals(connection: sqlite3.Connection, condition: str, of: str, limit: int) -> tuple[Deal, ...]:
    order = "ORDER BY stage.state <> 'open', d.changed DESC, d.id DESC"
    # Chosen first, so that no more than these are put together.
    chosen = f"SELECT d.id FROM deal AS d JOIN stage ON stage.name = d.stage WHERE {condition} {order} LIMIT ?"
    rows = connection.execute(f"{DEAL} WHERE d.id IN ({chosen}) {order}", (int(of[1:]), limit))
    return tuple(map(deal_of, rows))


def people_of_company(connection: sqlite3.Connection, company_id: str, limit: int | None = None) -> list[Person]:
    """Contacts at a company, the one changed last first."""
    query = f"{PERSON} WHERE p.company_id = ? ORDER BY p.changed DESC, p.id LIMIT ?"
    most = -1 if limit is None else limit
    return [person_of(row) for row in connection.execute(query, (int(company_id[1:]), most))]


def colleagues_of(connection: sqlite3.Connection, found: Person, limit: int) -> tuple[str, ...]:
    """Names of further contacts at a contact's company, the one changed last first."""
    names = connection.execute(
        "SELECT name FROM person WHERE company_id = ? AND id <> ? ORDER BY changed DESC, id LIMIT ?",
        (int(found.company_id[1:] or 0), int(found.id[1:]), limit),
    )
    return tuple(row[0] for row in names)
