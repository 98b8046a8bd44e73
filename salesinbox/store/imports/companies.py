"""Taking in companies, and finding or making those that people and deals name."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from salesinbox.model.imports import RECORD_ID, CompanyRow
from salesinbox.rules import matching
from salesinbox.rules.addresses import is_free_mail
from salesinbox.store.imports.ledger import (
    Ledger,
    Numbers,
    earlier,
    joined_tags,
    json_list,
    json_text,
    same_source,
)


@dataclass(slots=True)
class _Company:
    id: int
    name: str
    domain: str
    phone: str
    extra: dict[str, str]
    changed: int
    created: int = 0
    owner: str = ""
    tags: tuple[str, ...] = ()

    def values(self) -> tuple[str | int, ...]:
        return (
            self.name, self.domain, self.phone, json_text(self.extra), self.created, self.owner,
            json_text(list(self.tags)),
        )  # fmt: skip


class Companies:
    """Companies are found by name, then by domain."""

    def __init__(self, connection: sqlite3.Connection, ledger: Ledger | None, now: int) -> None:
        self._connection = connection
        self._ledger = ledger
        self._now = now
        self._numbers = Numbers(connection, "company")
        self._records: dict[int, _Company] = {}
        self._by_name: dict[str, list[int]] = {}
        self._by_domain: dict[str, list[int]] = {}
        self._new: dict[int, _Company] = {}
        self._updated: dict[int, _Company] = {}

    def load(self, keys: Iterable[str], domains: Iterable[str], wanted: Iterable[int] = ()) -> None:
        """Get ready for a batch that speaks of these names, domains and rows."""
        self._records.clear()
        self._by_name.clear()
        self._by_domain.clear()
        for number, name, domain, phone, extra, changed, created, owner, tags in self._connection.execute(
            "SELECT id, name, domain, phone, extra, changed, created, owner, tags FROM company WHERE id IN ("
            "SELECT c.id FROM json_each(?) AS w CROSS JOIN company AS c ON c.name_key = w.value"
            " UNION SELECT c.id FROM json_each(?) AS w"
            " CROSS JOIN company AS c ON c.domain = w.value AND c.domain <> ''"
            " UNION SELECT value FROM json_each(?)) ORDER BY id",
            (json_list(set(keys)), json_list(set(domains) - {""}), json_list(set(wanted))),
        ):
            self._index(
                _Company(
                    number, name, domain, phone, json.loads(extra), changed, created, owner, tuple(json.loads(tags))
                )
            )

    def _index(self, company: _Company) -> None:
        self._records[company.id] = company
        self._by_name.setdefault(matching.company_key(company.name), []).append(company.id)
        if company.domain:
            self._by_domain.setdefault(company.domain, []).append(company.id)

    def _create(self, name: str, domain: str, row: CompanyRow | None = None) -> _Company:
        company = _Company(self._numbers.take(), name, domain, "", {}, self._now, self._now)
        if row is not None:
            company.phone, company.extra, company.owner, company.tags = row.phone, dict(row.extra), row.owner, row.tags
            company.created = row.created or row.changed or self._now
            company.changed = row.changed or self._now
        self._index(company)
        self._new[company.id] = company
        return company

    def is_named(self, number: int | None, name: str) -> bool:
        """Whether the company in this row has the name: of several that have it, somebody's own stays."""
        return number in self._by_name.get(matching.company_key(name), ())

    def named(self, name: str, domain: str) -> int | None:
        """The company of a person or a deal: by name, made where there is none; without a name by its domain.

        A new company takes the domain if no other has it and it is nobody's free mail.
        """
        if name:
            if found := self._by_name.get(matching.company_key(name)):
                return found[0]
            free = not domain or is_free_mail(domain) or domain in self._by_domain
            return self._create(name, "" if free else domain).id
        found = self._by_domain.get(domain, []) if domain else []
        return found[0] if len(found) == 1 else None

    def take(self, rows: Sequence[CompanyRow]) -> None:
        assert self._ledger is not None
        ledger = self._ledger
        self.load(
            (matching.company_key(row.name) for row in rows),
            (row.domain for row in rows),
            [number for row in rows if (number := ledger.meant("c", row.own))],
        )
        for row in rows:
            company = self._found(row, ledger)
            if company is None:
                company = self._create(row.name, row.domain, row)
                ledger.created()
                ledger.claim(row.own, company.id)
                continue
            ledger.claim(row.own, company.id)
            before = company.values()
            company.name = row.name
            company.domain = row.domain or company.domain
            company.phone = row.phone or company.phone
            company.extra |= row.extra
            company.owner = row.owner or company.owner
            company.tags = joined_tags(company.tags, row.tags)
            company.created = earlier(company.created, row.created)
            if not self.is_named(company.id, company.name):
                self._by_name.setdefault(matching.company_key(company.name), []).append(company.id)
            if ledger.met(company.id, before, company.values(), company.changed):
                self._updated[company.id] = company
        self.write()

    def _found(self, row: CompanyRow, ledger: Ledger) -> _Company | None:
        key = matching.company_key(row.name)
        if number := ledger.meant("c", row.own):
            company = self._records.get(number)
            if company is not None and matching.company_key(company.name) == key and ledger.free(row.own, number):
                return company
        named = [self._records[number] for number in self._by_name.get(key, ()) if ledger.free(row.own, number)]
        for company in named:
            if same_source(company.extra, row.extra):
                return company
        if row.domain and not named and not is_free_mail(row.domain):
            same = [self._records[number] for number in self._by_domain.get(row.domain, ())]
            # A record of another id, or one of several under a group's domain, is another company.
            if len(same) == 1 and RECORD_ID not in same[0].extra and not same[0].extra:
                return same[0] if ledger.free(row.own, same[0].id) else None
        return None

    def write(self) -> None:
        self._numbers.keep()
        self._connection.executemany(
            "INSERT INTO company (name, domain, phone, extra, created, owner, tags, name_key, changed, id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*company.values(), matching.company_key(company.name), company.changed, number)
                for number, company in self._new.items()
            ],
        )
        self._connection.executemany(
            "UPDATE company SET name = ?, domain = ?, phone = ?, extra = ?, created = ?, owner = ?, tags = ?,"
            " name_key = ?, changed = ? WHERE id = ?",
            [
                (*company.values(), matching.company_key(company.name), self._now, number)
                for number, company in self._updated.items()
                if number not in self._new
            ],
        )
        self._new.clear()
        self._updated.clear()
