"""Taking in deals, with their contacts and stages."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from salesinbox.model.folding import fold
from salesinbox.model.imports import DealRow
from salesinbox.model.records import LOST, WON
from salesinbox.rules import matching
from salesinbox.store.imports.companies import Companies
from salesinbox.store.imports.contacts import Contacts, Roles
from salesinbox.store.imports.ledger import (
    Ledger,
    Numbers,
    earlier,
    joined_tags,
    json_list,
    json_text,
    same_source,
)

_EVEN_CHANCE = 50  # percent, for an open stage of which nothing is known


@dataclass(slots=True)
class _Deal:
    id: int
    extra: dict[str, str]
    contacts: Roles
    """People and their roles, the main contact first."""
    changed: int
    tags: tuple[str, ...]
    name: str
    company_id: int | None
    amount: str
    currency: str
    stage: str
    closing: str
    source: str
    pipeline: str
    probability: int | None
    """None: the stage's."""
    began: int
    ended: int
    created: int
    owner: str

    def values(self) -> tuple[object, ...]:
        return (
            self.name, self.company_id, self.amount, self.currency, self.stage, self.closing, self.source,
            self.pipeline, self.probability, self.began, self.ended, self.created, self.owner,
            json_text(list(self.tags)), json_text(self.extra), self.contacts,
        )  # fmt: skip


class Deals:
    """Deals are found by name and company, else by name and contact.

    A deal whose contact is not known is taken without one, and said: amounts and closing dates matter more to
    a rep than the order in which files are imported, and the same file again adds the contact.
    """

    def __init__(
        self, connection: sqlite3.Connection, ledger: Ledger, now: int, renumbered: Mapping[str, str] | None = None
    ) -> None:
        self._connection = connection
        self._ledger = ledger
        self._now = now
        self._numbers = Numbers(connection, "deal")
        self._companies = Companies(connection, None, now)
        self._stages: dict[str, str] = {}
        self._chances: dict[str, int] = {}
        for name, chance in connection.execute("SELECT name, probability FROM stage ORDER BY position DESC"):
            self._stages[matching.stage_key(name)] = name
            self._chances[name] = chance
        self._pipelines: dict[str, str] = {
            fold(name): name for (name,) in connection.execute("SELECT name FROM pipeline")
        }
        row = connection.execute("SELECT name FROM stage ORDER BY state <> 'open', position LIMIT 1").fetchone()
        self._first_stage = str(row[0]) if row else ""
        self._records: dict[int, _Deal] = {}
        self._by_company: dict[tuple[str, int | None], dict[int, None]] = {}
        self._by_contact: dict[tuple[str, int], dict[int, None]] = {}
        self._contacts = Contacts(connection, ledger.outcome, renumbered)

    def take(self, rows: Sequence[DealRow]) -> None:
        self._companies.load((matching.company_key(row.company) for row in rows if row.company), ())
        self._contacts.load(rows)
        own = [number for row in rows if (number := self._ledger.meant("d", row.own))]
        self._load({matching.deal_key(row.name) for row in rows}, own)
        created: dict[int, _Deal] = {}
        updated: dict[int, _Deal] = {}
        for row in rows:
            company_id = self._companies.named(row.company, "") if row.company else None
            deal = self._found(row, company_id)
            kept = {person for person, _role in deal.contacts} if deal else set()
            contacts, contact_company = self._contacts.of(row, company_id, kept)
            if row.own:
                contact_company = None  # our own files say whose deal it is
            if deal is None:
                stage = self._stage(row) or self._default_stage()
                deal = _Deal(
                    self._numbers.take(), dict(row.extra), _joined(contacts, (), row), row.changed or self._now,
                    row.tags, row.name, company_id or contact_company, row.amount, row.currency, stage, row.closing,
                    row.source, self._pipeline(row), self._chance(row, stage, None), row.began, row.ended,
                    row.created or row.changed or self._now, row.owner,
                )  # fmt: skip
                created[deal.id] = deal
                self._index(deal)
                self._ledger.created()
                self._ledger.claim(row.own, deal.id)
                continue
            self._ledger.claim(row.own, deal.id)
            before = deal.values()
            self._merge(deal, row, company_id, contact_company)
            deal.contacts = _joined(contacts, deal.contacts, row)
            self._index(deal)
            if self._ledger.met(deal.id, before, deal.values(), deal.changed) and deal.id not in created:
                updated[deal.id] = deal
        self._companies.write()
        self._write(created, updated)

    def _merge(self, deal: _Deal, row: DealRow, company_id: int | None, contact_company: int | None) -> None:
        deal.name = row.name
        if not (row.company and self._companies.is_named(deal.company_id, row.company)):
            deal.company_id = company_id or deal.company_id or contact_company
        deal.amount = row.amount or deal.amount
        deal.currency = row.currency or deal.currency
        deal.stage = self._stage(row) or deal.stage
        deal.closing = row.closing or deal.closing
        deal.source = row.source or deal.source
        deal.pipeline = self._pipeline(row) or deal.pipeline
        deal.probability = self._chance(row, deal.stage, deal.probability)
        deal.began = row.began if row.began and (not deal.began or row.own) else deal.began
        deal.ended = row.ended or deal.ended
        deal.created = earlier(deal.created, row.created)
        deal.owner = row.owner or deal.owner
        deal.tags = joined_tags(deal.tags, row.tags)
        deal.extra |= row.extra

    def _pipeline(self, row: DealRow) -> str:
        return self._pipelines.get(fold(row.pipeline), row.pipeline)

    def _chance(self, row: DealRow, stage: str, kept: int | None) -> int | None:
        """A deal's own probability; one that is its stage's is none of its own, and follows the stage."""
        if row.probability is None:
            return kept
        usual = self._chances[stage]
        if row.probability == (usual if kept is None else kept):
            return kept
        return None if row.probability == usual else row.probability

    def _stage(self, row: DealRow) -> str:
        """The stage's name as it is kept; one that is not known yet is added."""
        if not row.stage:
            return ""
        key = matching.stage_key(row.stage)
        if key not in self._stages:
            self._stages[key] = row.stage
            state = matching.stage_state(row.stage)
            chance = {WON: 100, LOST: 0}.get(state)
            if chance is None:
                chance = _EVEN_CHANCE if row.probability is None else row.probability
            self._connection.execute(
                "INSERT INTO stage (name, state, probability, position)"
                " SELECT ?, ?, ?, coalesce(max(position), -1) + 1 FROM stage",
                (row.stage, state, chance),
            )
            self._chances[row.stage] = chance
        return self._stages[key]

    def _default_stage(self) -> str:
        if not self._first_stage:
            self._first_stage = self._stage(DealRow(0, "", stage="Qualification"))
        return self._first_stage

    def _load(self, keys: set[str], own: Sequence[int]) -> None:
        self._records.clear()
        self._by_company.clear()
        self._by_contact.clear()
        execute = self._connection.execute
        deals = execute(
            "SELECT d.id, d.extra, d.changed, d.tags, d.name, d.company_id, d.amount, d.currency, d.stage, d.closing,"
            " d.source, d.pipeline, d.probability, d.began, d.ended, d.created, d.owner FROM deal AS d WHERE d.id IN ("
            "SELECT d.id FROM json_each(?) AS w CROSS JOIN deal AS d ON d.name_key = w.value"
            " UNION SELECT value FROM json_each(?)) ORDER BY d.id",
            (json_list(keys), json_list(own)),
        ).fetchall()
        roles: dict[int, list[tuple[int, str]]] = {}
        for deal, person, role in execute(
            "SELECT c.deal_id, c.person_id, c.role FROM json_each(?) AS w CROSS JOIN deal_contact AS c"
            " ON c.deal_id = w.value ORDER BY c.deal_id, c.main DESC, c.person_id",
            (json_list(row[0] for row in deals),),
        ):
            roles.setdefault(deal, []).append((person, role))
        for row in deals:
            number, extra, changed, tags, *texts = row
            contacts = tuple(roles.get(number, ()))
            self._index(_Deal(number, json.loads(extra), contacts, changed, tuple(json.loads(tags)), *texts))

    def _index(self, deal: _Deal) -> None:
        self._records[deal.id] = deal
        key = matching.deal_key(deal.name)
        self._by_company.setdefault((key, deal.company_id), {})[deal.id] = None
        for person, _role in deal.contacts:
            self._by_contact.setdefault((key, person), {})[deal.id] = None

    def _found(self, row: DealRow, company_id: int | None) -> _Deal | None:
        key = matching.deal_key(row.name)
        if row.own:
            number = self._ledger.meant("d", row.own)
            own = self._records.get(number)
            if own is not None and matching.deal_key(own.name) == key and self._ledger.free(row.own, number):
                return own
        if company_id is not None and (deal := self._first(row, self._by_company.get((key, company_id), ()))):
            return deal
        for person in sorted(self._contacts.possible(row)):
            found: Iterable[int] = self._by_contact.get((key, person), ())
            if company_id is not None:
                found = [number for number in found if self._records[number].company_id is None]
            if deal := self._first(row, found):
                return deal
        loose = self._by_company.get((key, None), ())
        return self._first(row, (number for number in loose if self._loose(number)))

    def _loose(self, number: int) -> bool:
        deal = self._records[number]
        return deal.company_id is None and not deal.contacts

    def _first(self, row: DealRow, numbers: Iterable[int]) -> _Deal | None:
        deals = (self._records[number] for number in numbers if self._ledger.free(row.own, number))
        return next((deal for deal in deals if same_source(deal.extra, row.extra)), None)

    def _write(self, created: Mapping[int, _Deal], updated: Mapping[int, _Deal]) -> None:
        self._numbers.keep()
        many = self._connection.executemany
        many(
            "INSERT INTO deal (name, company_id, amount, currency, stage, closing, source, pipeline, probability,"
            " began, ended, created, owner, tags, extra, name_key, changed, id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*d.values()[:-1], matching.deal_key(d.name), d.changed, d.id) for d in created.values()],
        )
        many(
            "UPDATE deal SET name = ?, company_id = ?, amount = ?, currency = ?, stage = ?, closing = ?, source = ?,"
            " pipeline = ?, probability = ?, began = ?, ended = ?, created = ?, owner = ?, tags = ?, extra = ?,"
            " name_key = ?, changed = ? WHERE id = ?",
            [(*d.values()[:-1], matching.deal_key(d.name), self._now, d.id) for d in updated.values()],
        )
        many("DELETE FROM deal_contact WHERE deal_id = ?", [(number,) for number in updated])
        many(
            "INSERT INTO deal_contact (deal_id, person_id, role, main) VALUES (?, ?, ?, ?)",
            [
                (deal.id, person, role, int(position == 0))
                for deal in (*created.values(), *updated.values())
                for position, (person, role) in enumerate(deal.contacts)
            ],
        )


def _joined(named: Roles, kept: Roles, row: DealRow) -> Roles:
    """A deal's contacts after a row: the row's main contact leads, nobody leaves, silence keeps roles."""
    if not named:
        return kept
    roles = dict(kept)
    if row.people or row.role:
        roles.update(named)
    else:
        roles.update((person, roles.get(person, "")) for person, _role in named)
    main = named[0][0]
    # The order beyond the main contact is that of reading back, or the same file would change the deal again.
    return ((main, roles[main]), *sorted((person, role) for person, role in roles.items() if person != main))
