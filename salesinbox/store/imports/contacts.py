"""Finding the contacts that the rows of deals name, by address or by name."""

import sqlite3
from collections.abc import Collection, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.imports import DealRow, split_name
from salesinbox.model.records import CONTACT, RowError
from salesinbox.rules import matching
from salesinbox.rules.addresses import normal
from salesinbox.store.imports.ledger import json_list

Roles = tuple[tuple[int, str], ...]
"""Rows of people and their roles on a deal, the main contact first."""

_Candidates = list[tuple[int, int | None]]


class Contacts:
    """Contacts for a batch of deals; what cannot be found is said in `errors`."""

    def __init__(self, connection: sqlite3.Connection, errors: list[RowError]) -> None:
        self._connection = connection
        self._errors = errors
        self._by_address: dict[str, _Candidates] = {}
        self._by_name: dict[str, _Candidates] = {}
        self._leads: dict[str, str] = {}

    def load(self, rows: Sequence[DealRow]) -> None:
        """Get ready for these rows."""
        self._by_address.clear()
        self._by_name.clear()
        self._leads.clear()
        addresses = {normal(address) for row in rows for address in row.contacts}
        for address, number, kind, name, company_id in self._connection.execute(
            "SELECT a.address, p.id, p.kind, p.name, p.company_id FROM json_each(?) AS w"
            " CROSS JOIN person_address AS a ON a.address = w.value"
            " CROSS JOIN person AS p ON p.id = a.person_id ORDER BY p.changed DESC, p.id DESC",
            (json_list(addresses),),
        ):
            if kind == CONTACT:
                self._by_address.setdefault(address, []).append((number, company_id))
            else:
                self._leads.setdefault(address, name)
        keys = {_name_key(row.contact_name) for row in rows if row.contact_name and not row.contacts}
        for key, number, company_id in self._connection.execute(
            "SELECT p.name_key, p.id, p.company_id FROM json_each(?) AS w"
            " CROSS JOIN person AS p ON p.name_key = w.value AND p.kind = 'contact' ORDER BY p.id",
            (json_list(keys - {""}),),
        ):
            self._by_name.setdefault(key, []).append((number, company_id))

    def possible(self, row: DealRow) -> set[int]:
        """Everybody that the row could mean: several contacts may share an address or a name."""
        found = [self._by_address.get(normal(address), []) for address in row.contacts]
        if row.contact_name and not row.contacts:
            found.append(self._by_name.get(_name_key(row.contact_name), []))
        return {number for candidates in found for number, _company in candidates}

    def of(self, row: DealRow, company_id: int | None, kept: Collection[int]) -> tuple[Roles, int | None]:
        """The contacts that the row names, and the main one's company.

        Of several with an address, one who is on the deal already (`kept`) is meant, else one of the deal's
        company, else the one changed last. A name alone must be one person's, there or in the company.
        """
        found: dict[int, str] = {}
        company: int | None = None
        for address in map(normal, row.contacts):
            if candidates := self._by_address.get(address):
                number, at = min(candidates, key=lambda one: (one[0] not in kept, one[1] != company_id))
                company = company if found else at
                found.setdefault(number, row.role)
            elif address in self._leads:
                sentence = _("{address} is the lead {name}, not a contact yet. The deal was taken without it.")
                self._report(row, sentence, address=address, name=self._leads[address])
            else:
                sentence = _("No contact has the address {address}. The deal was taken without it.")
                self._report(row, sentence, address=address)
        if row.contact_name and not row.contacts:
            same = self._by_name.get(_name_key(row.contact_name), [])
            chosen = (
                [one for one in same if one[0] in kept]
                or [one for one in same if company_id is not None and one[1] == company_id]
                or same
            )
            if len(chosen) == 1:
                found[chosen[0][0]] = row.role
                company = chosen[0][1]
            elif chosen:
                sentence = _("Several contacts are called {name}. The deal was taken without one.")
                self._report(row, sentence, name=row.contact_name)
            else:
                sentence = _("No contact is called {name}. The deal was taken without one.")
                self._report(row, sentence, name=row.contact_name)
        return tuple(found.items()), company

    def _report(self, row: DealRow, sentence: str, **values: str) -> None:
        self._errors.append(RowError(row.line, sentence.format_map(values)))


def _name_key(written: str) -> str:
    first, last = split_name(written)
    return matching.person_key(first, last)
