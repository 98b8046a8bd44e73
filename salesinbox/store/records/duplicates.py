"""What duplicates are found by: the facts of records, and those that share a trait with one (REC-8). Reads only."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from salesinbox.model.records import COMPANY, CONTACT, DEAL, LEAD
from salesinbox.rules.addresses import is_free_mail
from salesinbox.rules.duplicates import Facts, company_core, other_order, phone_key
from salesinbox.rules.matching import company_key

_MOST = 200
"""Candidates that are looked at for each trait."""
_PREFIXES = ("株式会社", "有限会社", "合同会社", "一般社団法人")
_SUFFIXES = (
    "株式会社", "有限会社", "合同会社", "inc", "incorporated", "ltd", "limited", "coltd", "llc", "corp", "corporation",
    "company", "plc", "gmbh", "ag", "bv", "kk", "sa", "sas", "srl",
)  # fmt: skip


def digits(column: str) -> str:
    """The expression of the indexes on phone numbers, as it must be written for them to be used."""
    cleaned = column
    for mark in ("-", " ", "(", ")", "."):
        cleaned = f"replace({cleaned}, '{mark}', '')"
    return f"substr({cleaned}, -8)"


_MOBILE = "json_extract(extra, '$.Mobile')"
_BY_PHONE = (
    f"SELECT id FROM person WHERE phone <> '' AND {digits('phone')} = ?"
    " UNION SELECT id FROM person WHERE extra LIKE '%\"Mobile\"%'"
    f" AND {digits(_MOBILE)} = ? LIMIT ?"
)
_COMPANY_BY_PHONE = f"SELECT id FROM company WHERE phone <> '' AND {digits('phone')} = ? LIMIT ?"

_PEOPLE = (
    "SELECT p.id, p.kind, p.name_key, p.company, c.name, c.domain, p.phone,"
    " CASE WHEN p.extra = '{}' THEN NULL ELSE json_extract(p.extra, '$.Mobile') END"
    " FROM person AS p LEFT JOIN company AS c ON c.id = p.company_id"
)
_COMPANIES = "SELECT id, name, domain, phone FROM company AS c"
_DEALS = (
    "SELECT d.id, d.name_key, coalesce(c.name, ''), d.amount,"
    " (SELECT json_group_array(person_id) FROM deal_contact WHERE deal_id = d.id)"
    " FROM deal AS d LEFT JOIN company AS c ON c.id = d.company_id"
)


def facts(connection: sqlite3.Connection, kind: str, numbers: Collection[int] | None = None) -> list[Facts]:
    """What is compared of these rows; None: of all. A lead and a contact are both people. [] for other kinds."""
    if kind in (LEAD, CONTACT):
        return list(_people(connection, numbers))
    if kind == COMPANY:
        rows = connection.execute(*_of(_COMPANIES, "c.id", numbers))
        return [_company(*row) for row in rows]
    if kind == DEAL:
        return [_deal(*row) for row in connection.execute(*_of(_DEALS, "d.id", numbers))]
    return []


def person(
    id: str, kind: str, name_key: str, *, company: str = "", addresses: Iterable[str] = (), phones: Iterable[str] = (),
    company_domain: str = "",
) -> Facts:  # fmt: skip
    """A person's facts from what is known of them; `company` as it is written, addresses in their normal form."""
    own = frozenset(addresses)
    domains = {address.rpartition("@")[2] for address in own} | {company_domain}
    return Facts(
        id,
        kind,
        name_key,
        company_core(company) if company else "",
        own,
        frozenset(domain for domain in domains if domain and not _is_free(domain)),
        frozenset(key for key in map(phone_key, phones) if key),
    )


def candidates(connection: sqlite3.Connection, of: Facts) -> set[int]:
    """Rows that share a trait with these facts, itself among them; every look is by an index."""
    found: set[int] = set()
    if of.kind in (LEAD, CONTACT):
        names = [name for name in (of.name, other_order(of.name)) if name]
        found |= _rows(connection, "SELECT id FROM person WHERE name_key = ? LIMIT ?", names)
        found |= _rows(connection, "SELECT person_id FROM person_address WHERE address = ? LIMIT ?", of.addresses)
        for phone in of.phones:
            found |= {row[0] for row in connection.execute(_BY_PHONE, (phone, phone, _MOST))}
    elif of.kind == COMPANY:
        forms = {of.name, of.company, *(form + of.company for form in _PREFIXES)}
        forms |= {of.company + form for form in _SUFFIXES}
        found |= _rows(connection, "SELECT id FROM company WHERE name_key = ? LIMIT ?", forms - {""})
        found |= _rows(connection, "SELECT id FROM company WHERE domain = ? AND domain <> '' LIMIT ?", of.domains)
        found |= _rows(connection, _COMPANY_BY_PHONE, of.phones)
    elif of.kind == DEAL:
        found |= _rows(connection, "SELECT id FROM deal WHERE name_key = ? LIMIT ?", [of.name])
        found |= _rows(
            connection,
            "SELECT other.id FROM deal JOIN deal AS other ON other.company_id = deal.company_id"
            " WHERE deal.id = ? AND other.amount <> '' LIMIT ?",
            [of.id[1:]],
        )
    return found


_is_free = lru_cache(maxsize=32_768)(is_free_mail)
"""Its own cache is for one look; a whole database has more domains."""


def _rows(connection: sqlite3.Connection, query: str, wanted: Iterable[str]) -> set[int]:
    return {row[0] for value in wanted for row in connection.execute(query, (value, _MOST))}


def _of(query: str, column: str, numbers: Collection[int] | None) -> tuple[str, tuple[str, ...]]:
    if numbers is None:
        return query, ()
    return f"{query} WHERE {column} IN (SELECT value FROM json_each(?))", (json.dumps(sorted(numbers)),)


def _people(connection: sqlite3.Connection, numbers: Collection[int] | None) -> Iterator[Facts]:
    own: Mapping[int, list[str]] = defaultdict(list)
    query = _of("SELECT person_id, address FROM person_address", "person_id", numbers)
    for number, address in connection.execute(*query):
        own[number].append(address)
    for row in connection.execute(*_of(_PEOPLE, "p.id", numbers)):
        number, kind, name, written, company, domain, phone, mobile = row
        yield person(
            f"p{number}", kind, name, company=company or written, addresses=own.get(number, ()),
            phones=(phone, str(mobile or "")), company_domain=domain or "",
        )  # fmt: skip


def _company(number: int, name: str, domain: str, phone: str) -> Facts:
    return Facts(
        f"c{number}", COMPANY, company_key(name), company_core(name),
        domains=frozenset({domain} if domain and not is_free_mail(domain) else ()),
        phones=frozenset({key} if (key := phone_key(phone)) else ()),
    )  # fmt: skip


def _deal(number: int, name: str, company: str, amount: str, people: Any) -> Facts:
    return Facts(
        f"d{number}", DEAL, name, company_core(company) if company else "",
        people=frozenset(json.loads(people)), amount=amount,
    )  # fmt: skip
