"""Reading records: who an address is, lists, single records. Taking them in is in `store.imports`."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.model.imports import COMPANIES, CONTACTS, DEALS, LEADS, CompanyRow, DealRow, PersonRow, Row
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
    Stage,
)
from salesinbox.rules.addresses import normal

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


Record = Person | Company | Deal

_PERSON = (
    "SELECT p.id, p.kind, p.first, p.last, p.name, (SELECT json_group_array(address) FROM (SELECT address"
    " FROM person_address WHERE person_id = p.id ORDER BY position, address)), p.company_id,"
    " coalesce(company.name, p.company), p.title, p.phone, p.source, p.changed, p.extra"
    " FROM person AS p LEFT JOIN company ON company.id = p.company_id"
)
_COMPANY = "SELECT c.id, c.name, c.domain, c.phone, c.changed, c.extra FROM company AS c"
_DEAL = (
    "SELECT d.id, d.name, d.company_id, coalesce(company.name, ''), d.amount, d.currency, d.stage,"
    " stage.state, d.closing, (SELECT json_group_array(person_id) FROM (SELECT person_id FROM deal_contact"
    " WHERE deal_id = d.id ORDER BY main DESC, person_id)), d.changed, d.extra"
    " FROM deal AS d JOIN stage ON stage.name = d.stage LEFT JOIN company ON company.id = d.company_id"
)


def _id(letter: str, number: int | None) -> str:
    return "" if number is None else f"{letter}{number}"


def _person(row: Any) -> Person:
    number, kind, first, last, name, addresses, company_id, company, title, phone, source, changed = row[:12]
    return Person(
        f"p{number}", kind, first, last, name, tuple(json.loads(addresses)), _id("c", company_id), company,
        title, phone, source, changed,
    )  # fmt: skip


def _company(row: Any) -> Company:
    return Company(f"c{row[0]}", *row[1:5])


def _deal(row: Any) -> Deal:
    number, name, company_id, company, amount, currency, stage, state, closing, contacts, changed = row[:11]
    return Deal(
        f"d{number}", name, _id("c", company_id), company, amount, currency, stage, state, closing,
        tuple(f"p{person}" for person in json.loads(contacts)), changed,
    )  # fmt: skip


def listing(connection: sqlite3.Connection, kind: str, limit: int | None = None) -> list[Record]:
    """Records of a kind ("leads", "contacts", "companies", "deals") by name; without a limit, all of them."""
    most = -1 if limit is None else limit
    execute = connection.execute
    if kind == COMPANIES:
        return [_company(row) for row in execute(f"{_COMPANY} ORDER BY c.name_key, c.id LIMIT ?", (most,))]
    if kind == DEALS:
        return [_deal(row) for row in execute(f"{_DEAL} ORDER BY d.name_key, d.id LIMIT ?", (most,))]
    query = f"{_PERSON} WHERE p.kind = ? ORDER BY p.name_key, p.id LIMIT ?"
    return [_person(row) for row in execute(query, (_PERSON_KINDS[kind], most))]


_PERSON_KINDS = {LEADS: LEAD, CONTACTS: CONTACT}


def show(connection: sqlite3.Connection, record_id: str) -> Record:
    """The record with an id like "p12", "c3" or "d7".

    Raises:
        NotFoundError: There is none.
    """
    letter, digits = record_id[:1], record_id[1:]
    if digits.isascii() and digits.isdigit() and len(digits) < 18:
        number = (int(digits),)
        if letter == "p" and (row := connection.execute(f"{_PERSON} WHERE p.id = ?", number).fetchone()):
            return _person(row)
        if letter == "c" and (row := connection.execute(f"{_COMPANY} WHERE c.id = ?", number).fetchone()):
            return _company(row)
        if letter == "d" and (row := connection.execute(f"{_DEAL} WHERE d.id = ?", number).fetchone()):
            return _deal(row)
    raise NotFoundError(_("There is no record {id} here.").format(id=record_id[:40]))


def person(connection: sqlite3.Connection, person_id: str) -> Person:
    """The lead or contact with an id like "p12"; NotFoundError if there is none."""
    found = show(connection, person_id)
    if not isinstance(found, Person):
        raise NotFoundError(_("There is no record {id} here.").format(id=person_id[:40]))
    return found


def deals_of_person(connection: sqlite3.Connection, person_id: str, limit: int) -> tuple[Deal, ...]:
    """Deals with a contact: the open ones, then the closed ones, each most recently changed first."""
    query = (
        f"{_DEAL} JOIN deal_contact AS k ON k.deal_id = d.id WHERE k.person_id = ?"
        " ORDER BY stage.state <> 'open', d.changed DESC, d.id DESC LIMIT ?"
    )
    return tuple(_deal(row) for row in connection.execute(query, (int(person_id[1:]), limit)))


def deals_of_company(connection: sqlite3.Connection, company_id: str, limit: int) -> tuple[Deal, ...]:
    """Deals of a company, in the order of `deals_of_person`."""
    query = f"{_DEAL} WHERE d.company_id = ? ORDER BY stage.state <> 'open', d.changed DESC, d.id DESC LIMIT ?"
    return tuple(_deal(row) for row in connection.execute(query, (int(company_id[1:]), limit)))


def people_of_company(connection: sqlite3.Connection, company_id: str, limit: int | None = None) -> list[Person]:
    """Contacts at a company, the one changed last first."""
    query = f"{_PERSON} WHERE p.company_id = ? ORDER BY p.changed DESC, p.id LIMIT ?"
    most = -1 if limit is None else limit
    return [_person(row) for row in connection.execute(query, (int(company_id[1:]), most))]


def colleagues_of(connection: sqlite3.Connection, found: Person, limit: int) -> tuple[str, ...]:
    """Names of further contacts at a contact's company, the one changed last first."""
    names = connection.execute(
        "SELECT name FROM person WHERE company_id = ? AND id <> ? ORDER BY changed DESC, id LIMIT ?",
        (int(found.company_id[1:] or 0), int(found.id[1:]), limit),
    )
    return tuple(row[0] for row in names)


def stages(connection: sqlite3.Connection) -> list[Stage]:
    """Stages in the pipeline's order (REC-6)."""
    return [Stage(*row) for row in connection.execute("SELECT name, state, probability FROM stage ORDER BY position")]


def rows(connection: sqlite3.Connection, kind: str) -> Iterator[Row]:
    """Every record of a kind as a row of a file, oldest first."""
    if kind == COMPANIES:
        for row in connection.execute(f"{_COMPANY} ORDER BY c.id"):
            yield CompanyRow(0, row[1], row[2], row[3], json.loads(row[5]))
    elif kind == DEALS:
        for row in connection.execute(f"{_DEAL} ORDER BY d.id"):
            yield _deal_row(connection, row)
    else:
        for row in connection.execute(f"{_PERSON} WHERE p.kind = ? ORDER BY p.id", (_PERSON_KINDS[kind],)):
            found = _person(row)
            yield PersonRow(
                0, found.first, found.last, found.addresses, found.company, found.title, found.phone,
                found.source, json.loads(row[12]),
            )  # fmt: skip


def _deal_row(connection: sqlite3.Connection, row: Any) -> DealRow:
    deal = _deal(row)
    addresses, names, roles = [], [], set()
    for name, role, address in connection.execute(
        "SELECT p.name, k.role, a.address FROM deal_contact AS k JOIN person AS p ON p.id = k.person_id"
        " LEFT JOIN person_address AS a ON a.person_id = p.id AND a.position = 0"
        " WHERE k.deal_id = ? ORDER BY k.main DESC, k.person_id",
        (row[0],),
    ):
        roles.add(role)
        if address:
            addresses.append(address)
        else:
            names.append(name)
    return DealRow(
        0, deal.name, deal.company, tuple(addresses),
        contact_name="" if addresses or not names else names[0],
        role=roles.pop() if len(roles) == 1 else "",  # a row has one role for all
        stage=deal.stage, amount=deal.amount, currency=deal.currency, closing=deal.closing,
        extra=json.loads(row[11]),
    )  # fmt: skip


def further_headings(connection: sqlite3.Connection, kind: str) -> list[str]:
    """Headings under which records of a kind keep what no field of ours holds, by name."""
    table, where = {
        LEADS: ("person", "kind = 'lead'"),
        CONTACTS: ("person", "kind = 'contact'"),
        COMPANIES: ("company", "1"),
        DEALS: ("deal", "1"),
    }[kind]
    query = f"SELECT DISTINCT key FROM {table}, json_each({table}.extra) WHERE {where} AND extra <> '{{}}' ORDER BY key"
    return [row[0] for row in connection.execute(query)]
