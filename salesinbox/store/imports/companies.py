"""Taking in companies, and finding or making those that people and deals name."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from salesinbox.model.imports import RECORD_ID, CompanyRow
from salesinbox.rules import matching
from salesinbox.rules.addresses import is_free_mail
from salesinbox.store.imports.ledger import Ledger, json_list, json_text, next_id, same_source


@dataclass(slots=True)
class _Company:
    id: int
    name: str
    domain: str
    phone: str
    extra: dict[str, str]
    changed: int

    def values(self) -> tuple[str, ...]:
        return (self.name, self.domain, self.phone, json_text(self.extra))


class Companies:
    """Companies are found by name, then by domain."""

    def __init__(self, connection: sqlite3.Connection, ledger: Ledger | None, now: int) -> None:
        self._connection = connection
        self._ledger = ledger
        self._now = now
        self._next = next_id(connection, "company")
        self._records: dict[int, _Company] = {}
        self._by_name: dict[str, list[int]] = {}
        self._by_domain: dict[str, list[int]] = {}
        self._new: dict[int, _Company] = {}
        self._updated: dict[int, _Company] = {}

    def load(self, keys: Iterable[str], domains: Iterable[str]) -> None:
        """Get ready for a batch that speaks of these names and domains."""
        self._records.clear()
        self._by_name.clear()
        self._by_domain.clear()
        for number, name, domain, phone, extra, changed in self._connection.execute(
            "SELECT id, name, domain, phone, extra, changed FROM company WHERE id IN ("
            "SELECT c.id FROM json_each(?) AS w CROSS JOIN company AS c ON c.name_key = w.value"
            " UNION SELECT c.id FROM json_each(?) AS w"
            " CROSS JOIN company AS c ON c.domain = w.value AND c.domain <> '')"
            " ORDER BY id",
            (json_list(set(keys)), json_list(set(domains) - {""})),
        ):
            self._index(_Company(number, name, domain, phone, json.loads(extra), changed))

    def _index(self, company: _Company) -> None:
        self._records[company.id] = company
        self._by_name.setdefault(matching.company_key(company.name), []).append(company.id)
        if company.domain:
            self._by_domain.setdefault(company.domain, []).append(company.id)

    def _create(self, name: str, domain: str, phone: str, extra: Mapping[str, str]) -> _Company:
        company = _Company(self._next, name, domain, phone, dict(extra), self._now)
        self._next += 1
        self._index(company)
        self._new[company.id] = company
        return company

    def named(self, name: str, domain: str) -> int | None:
        """The company of a person or a deal: by name, made where there is none; without a name by its domain.

        A new company takes the domain if no other has it and it is nobody's free mail.
        """
        if name:
            if found := self._by_name.get(matching.company_key(name)):
                return found[0]
            free = not domain or is_free_mail(domain) or domain in self._by_domain
            return self._create(name, "" if free else domain, "", {}).id
        found = self._by_domain.get(domain, []) if domain else []
        return found[0] if len(found) == 1 else None

    def take(self, rows: Sequence[CompanyRow]) -> None:
        assert self._ledger is not None
        self.load((matching.company_key(row.name) for row in rows), (row.domain for row in rows))
        for row in rows:
            company = self._found(row)
            if company is None:
                self._create(row.name, row.domain, row.phone, row.extra)
                self._ledger.created()
                continue
            before = company.values()
            company.name = row.name
            company.domain = row.domain or company.domain
            company.phone = row.phone or company.phone
            company.extra |= row.extra
            if self._ledger.met(company.id, before, company.values(), company.changed):
                self._updated[company.id] = company
        self.write()

    def _found(self, row: CompanyRow) -> _Company | None:
        named = [self._records[number] for number in self._by_name.get(matching.company_key(row.name), ())]
        for company in named:
            if same_source(company.extra, row.extra):
                return company
        if row.domain and not named and not is_free_mail(row.domain):
            same = [self._records[number] for number in self._by_domain.get(row.domain, ())]
            # A record of another id, or one of several under a group's domain, is another company.
            if len(same) == 1 and RECORD_ID not in same[0].extra and not same[0].extra:
                return same[0]
        return None

    def write(self) -> None:
        self._connection.executemany(
            "INSERT INTO company (id, name, name_key, domain, phone, extra, created, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    c.id,
                    c.name,
                    matching.company_key(c.name),
                    c.domain,
                    c.phone,
                    json_text(c.extra),
                    c.changed,
                    c.changed,
                )
                for c in self._new.values()
            ],
        )
        self._connection.executemany(
            "UPDATE company SET name = ?, domain = ?, phone = ?, extra = ?, name_key = ?, changed = ? WHERE id = ?",
            [
                (*company.values(), matching.company_key(company.name), self._now, number)
                for number, company in self._updated.items()
                if number not in self._new
            ],
        )
        self._new.clear()
        self._updated.clear()
