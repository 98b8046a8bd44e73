"""Taking in leads and contacts."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from salesinbox.model.imports import PersonRow, shown_name
from salesinbox.model.records import CONTACT, LEAD
from salesinbox.rules import matching
from salesinbox.rules.addresses import domain_of, is_free_mail, normal
from salesinbox.store.imports.companies import Companies
from salesinbox.store.imports.ledger import (
    Ledger,
    Numbers,
    earlier,
    joined_tags,
    json_list,
    json_text,
    one_id,
    same_source,
)


@dataclass(slots=True)
class _Person:
    id: int
    extra: dict[str, str]
    addresses: tuple[str, ...]
    changed: int
    tags: tuple[str, ...]
    first: str
    last: str
    company_id: int | None
    company: str
    title: str
    phone: str
    source: str
    created: int
    owner: str

    def values(self) -> tuple[object, ...]:
        return (
            self.first, self.last, self.company_id, self.company, self.title, self.phone, self.source,
            json_text(self.extra), self.created, self.owner, json_text(list(self.tags)), self.addresses,
        )  # fmt: skip

    @property
    def name(self) -> str:
        return shown_name(self.first, self.last) or (self.addresses[0] if self.addresses else "")

    @property
    def key(self) -> str:
        return matching.person_key(self.first, self.last) or self.name


class People:
    """People of one kind are found by address, then by name and company.

    Of several with the address, one with the same name is taken, else the oldest. A lead and a contact with
    the same address are two records (COL-7).
    """

    def __init__(self, connection: sqlite3.Connection, ledger: Ledger, now: int, kind: str) -> None:
        self._connection = connection
        self._ledger = ledger
        self._now = now
        self._kind = kind
        self._numbers = Numbers(connection, "person")
        self._companies = Companies(connection, None, now)
        self._records: dict[int, _Person] = {}
        self._by_address: dict[str, dict[int, None]] = {}
        self._by_name: dict[tuple[str, int | str | None], dict[int, None]] = {}

    def take(self, rows: Sequence[PersonRow]) -> None:
        found = [
            (row, tuple(dict.fromkeys(map(normal, row.addresses))), matching.person_key(row.first, row.last))
            for row in rows
        ]
        ledger = self._ledger
        self._load(
            {address for _row, own, _key in found for address in own},
            {key for _row, _own, key in found},
            [number for row in rows if (number := ledger.meant("p", row.own))],
        )
        if self._kind == CONTACT:
            self._companies.load(
                (matching.company_key(row.company) for row in rows if row.company),
                (domain_of(address) for _row, own, _key in found for address in own[:1]),
            )
        created: dict[int, _Person] = {}
        updated: dict[int, _Person] = {}
        for row, addresses, key in found:
            company_id = None
            if self._kind == CONTACT:
                domain = domain_of(addresses[0]) if addresses else ""
                company_id = self._companies.named(row.company, "" if is_free_mail(domain) else domain)
            person = self._found(row, addresses, key, company_id)
            if person is None:
                person = _Person(
                    self._numbers.take(), dict(row.extra), addresses, row.changed or self._now, row.tags, row.first,
                    row.last, company_id, row.company if self._kind == LEAD else "", row.title, row.phone, row.source,
                    row.created or row.changed or self._now, row.owner,
                )  # fmt: skip
                created[person.id] = person
                self._index(person)
                self._ledger.created()
                self._ledger.claim(row.own, person.id)
                continue
            self._ledger.claim(row.own, person.id)
            before = person.values()
            self._merge(person, row, addresses, company_id)
            if self._ledger.met(person.id, before, person.values(), person.changed) and person.id not in created:
                updated[person.id] = person
            self._index(person)
        self._companies.write()
        self._write(created, updated)

    def _merge(self, person: _Person, row: PersonRow, addresses: tuple[str, ...], company_id: int | None) -> None:
        if row.last or row.first:
            person.first, person.last = row.first or person.first, row.last or person.last
        if self._kind == LEAD:
            person.company = row.company or person.company
        elif row.company:
            if not self._companies.is_named(person.company_id, row.company):
                person.company_id = company_id
        elif person.company_id is None and not row.own:
            person.company_id = company_id
        person.title = row.title or person.title
        person.phone = row.phone or person.phone
        person.source = row.source or person.source
        person.extra |= row.extra
        person.created = earlier(person.created, row.created)
        person.owner = row.owner or person.owner
        person.tags = joined_tags(person.tags, row.tags)
        person.addresses = tuple(dict.fromkeys(addresses + person.addresses))

    def _load(self, addresses: set[str], keys: set[str], own_rows: Sequence[int]) -> None:
        self._records.clear()
        self._by_address.clear()
        self._by_name.clear()
        execute = self._connection.execute
        numbers = {
            row[0]
            for row in execute(
                "SELECT p.id FROM json_each(?) AS w CROSS JOIN person_address AS a ON a.address = w.value"
                " CROSS JOIN person AS p ON p.id = a.person_id WHERE p.kind = ?",
                (json_list(addresses), self._kind),
            )
        }
        numbers.update(
            row[0]
            for row in execute(
                "SELECT p.id FROM json_each(?) AS w CROSS JOIN person AS p ON p.name_key = w.value AND p.kind = ?",
                (json_list(keys - {""}), self._kind),
            )
        )
        numbers.update(
            row[0]
            for row in execute(
                "SELECT p.id FROM json_each(?) AS w CROSS JOIN person AS p ON p.id = w.value WHERE p.kind = ?",
                (json_list(own_rows), self._kind),
            )
        )
        wanted = json_list(sorted(numbers))
        own: dict[int, list[str]] = {}
        for number, address in execute(
            "SELECT a.person_id, a.address FROM json_each(?) AS w CROSS JOIN person_address AS a"
            " ON a.person_id = w.value ORDER BY a.person_id, a.position, a.address",
            (wanted,),
        ):
            own.setdefault(number, []).append(address)
        for number, extra, changed, tags, *texts in execute(
            "SELECT p.id, extra, changed, tags, first, last, company_id, company, title, phone, source, created, owner"
            " FROM json_each(?) AS w CROSS JOIN person AS p ON p.id = w.value",
            (wanted,),
        ):
            of_person = tuple(own.get(number, ()))
            self._index(_Person(number, json.loads(extra), of_person, changed, tuple(json.loads(tags)), *texts))

    def _company_of(self, person: _Person) -> int | str | None:
        """What tells people of one name apart: the company's record for contacts, its name for leads."""
        return person.company_id if self._kind == CONTACT else matching.company_key(person.company)

    def _index(self, person: _Person) -> None:
        self._records[person.id] = person
        for address in person.addresses:
            self._by_address.setdefault(address, {})[person.id] = None
        self._by_name.setdefault((person.key, self._company_of(person)), {})[person.id] = None

    def _found(self, row: PersonRow, addresses: tuple[str, ...], key: str, company_id: int | None) -> _Person | None:
        if row.own and (same := self._own(row, addresses, key)):
            return same
        for address in addresses:
            people = [self._records[number] for number in self._by_address.get(address, ())]
            if people := [one for one in people if self._ledger.free(row.own, one.id)]:
                return min(people, key=lambda one: (not one_id(one.extra, row.extra), one.key != key, one.id))
        # Without a company, a name alone would make one person of two with different addresses.
        if not key or (addresses and not row.company):
            return None
        company = company_id if self._kind == CONTACT else matching.company_key(row.company)
        for number in self._by_name.get((key, company), ()):
            person = self._records[number]
            # The record may have got another name or company since it was indexed.
            if (
                person.key == key
                and self._company_of(person) == company
                and same_source(person.extra, row.extra)
                and self._ledger.free(row.own, number)
            ):
                return person
        return None

    def _own(self, row: PersonRow, addresses: tuple[str, ...], key: str) -> _Person | None:
        """The record that our own export was made from, unless its number means somebody else by now."""
        number = self._ledger.meant("p", row.own)
        person = self._records.get(number)
        if person is None or not self._ledger.free(row.own, number):
            return None
        return person if person.key == key or not set(addresses).isdisjoint(person.addresses) else None

    def _write(self, created: Mapping[int, _Person], updated: Mapping[int, _Person]) -> None:
        self._numbers.keep()
        many = self._connection.executemany
        many(
            "INSERT INTO person (first, last, company_id, company, title, phone, source, extra, created, owner, tags,"
            " kind, name, name_key, changed, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*p.values()[:-1], self._kind, p.name, p.key, p.changed, p.id) for p in created.values()],
        )
        many(
            "UPDATE person SET first = ?, last = ?, company_id = ?, company = ?, title = ?, phone = ?,"
            " source = ?, extra = ?, created = ?, owner = ?, tags = ?, name = ?, name_key = ?, changed = ?"
            " WHERE id = ?",
            [(*p.values()[:-1], p.name, p.key, self._now, p.id) for p in updated.values()],
        )
        many("DELETE FROM person_address WHERE person_id = ?", [(number,) for number in updated])
        many(
            "INSERT INTO person_address (address, person_id, position) VALUES (?, ?, ?)",
            [
                (address, person.id, position)
                for person in (*created.values(), *updated.values())
                for position, address in enumerate(person.addresses)
            ],
        )
