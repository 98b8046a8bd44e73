"""Finding the contacts that the rows of deals name, by address or by name."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.imports import DealRow, Reference
from salesinbox.model.records import CONTACT
from salesinbox.rules import matching
from salesinbox.rules.addresses import normal
from salesinbox.store.imports.ledger import Outcome, json_list, own_numbers

Roles = tuple[tuple[int, str], ...]
"""Rows of people and their roles on a deal, the main contact first."""

_Candidates = list[tuple[int, int | None]]


class Contacts:
    """Contacts for a batch of deals; what cannot be found is said in the outcome's errors.

    `renumbered` says which record an id in the file means, where the file comes from another database.
    """

    def __init__(
        self, connection: sqlite3.Connection, outcome: Outcome, renumbered: Mapping[str, str] | None = None
    ) -> None:
        self._connection = connection
        self._outcome = outcome
        self._renumbered = renumbered
        self._by_number: dict[int, tuple[str, int | None]] = {}
        self._by_address: dict[str, _Candidates] = {}
        self._keys: dict[int, str] = {}
        self._by_name: dict[str, _Candidates] = {}
        self._leads: dict[str, str] = {}

    def load(self, rows: Sequence[DealRow]) -> None:
        """Get ready for these rows."""
        self._by_address.clear()
        self._keys.clear()
        self._by_name.clear()
        self._leads.clear()
        addresses = {normal(address) for row in rows for address in (*row.contacts, *(p.address for p in row.people))}
        for address, number, kind, name, company_id, key in self._connection.execute(
            "SELECT a.address, p.id, p.kind, p.name, p.company_id, p.name_key FROM json_each(?) AS w"
            " CROSS JOIN person_address AS a ON a.address = w.value"
            " CROSS JOIN person AS p ON p.id = a.person_id ORDER BY p.changed DESC, p.id DESC",
            (json_list(addresses),),
        ):
            if kind == CONTACT:
                self._by_address.setdefault(address, []).append((number, company_id))
                self._keys[number] = key
            else:
                self._leads.setdefault(address, name)
        self._by_number = {
            number: (key, company_id)
            for number, key, company_id in self._connection.execute(
                "SELECT p.id, p.name_key, p.company_id FROM json_each(?) AS w CROSS JOIN person AS p ON p.id = w.value",
                (json_list({self._number(one) for row in rows for one in row.people} - {0}),),
            )
        }
        keys = {_name_key(row.contact_name) for row in rows if row.contact_name and not row.contacts}
        keys |= {key for row in rows for one in row.people for key in matching.person_keys(one.name)}
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
        people = {number for one in row.people if (number := self._meant(one, None, ())) is not None}
        return people | {number for candidates in found for number, _company in candidates}

    def of(self, row: DealRow, company_id: int | None, kept: Collection[int]) -> tuple[Roles, int | None]:
        """The contacts that the row names, and the main one's company.

        Of several with an address, one who is on the deal already (`kept`) is meant, else one of the deal's
        company, else the one changed last. A name alone must be one person's, there or in the company.
        """
        if row.people:
            return self._people(row, company_id, kept)
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

    def _people(self, row: DealRow, company_id: int | None, kept: Collection[int]) -> tuple[Roles, int | None]:
        """The contacts of a row that lists them all, with a role for each."""
        found: dict[int, str] = {}
        for one in row.people:
            number = self._meant(one, company_id, kept)
            if number is not None:
                found.setdefault(number, one.role)
            elif one.address:
                self._report(
                    row, _("No contact has the address {address}. The deal was taken without it."), address=one.address
                )
            else:
                several = any(self._by_name.get(key) for key in matching.person_keys(one.name))
                sentence = _("No contact is called {name}. The deal was taken without one.")
                if several:
                    sentence = _("Several contacts are called {name}. The deal was taken without one.")
                self._report(row, sentence, name=one.name or one.id)
        first = next(iter(found), 0)
        return tuple(found.items()), self._by_number.get(first, ("", None))[1]

    def _number(self, one: Reference) -> int:
        id_ = one.id if self._renumbered is None else self._renumbered.get(one.id, "")
        return next(iter(own_numbers("p", (id_,))), 0)

    def _meant(self, one: Reference, company_id: int | None, kept: Collection[int]) -> int | None:
        """By id, unless that is somebody else's by now; then by address, then by a name that is one person's."""
        number = self._number(one)
        known = self._by_number.get(number)
        candidates = self._by_address.get(normal(one.address), []) if one.address else []
        if known is not None:
            same = not one.name or known[0] in (*matching.person_keys(one.name), one.name)
            if same or self._renumbered is not None or any(found == number for found, _company in candidates):
                return number
        if candidates:
            names = matching.person_keys(one.name)
            return min(
                candidates,
                key=lambda found: (self._keys[found[0]] not in names, found[0] not in kept, found[1] != company_id),
            )[0]
        if not one.name or one.address:
            return None
        keys = matching.person_keys(one.name)
        named = next((found for key in keys if (found := self._by_name.get(key))), [])
        chosen = [found for found in named if found[0] in kept] or [
            found for found in named if company_id is not None and found[1] == company_id
        ]
        chosen = chosen or named
        return chosen[0][0] if len(chosen) == 1 else None

    def _report(self, row: DealRow, sentence: str, **values: str) -> None:
        self._outcome.report(row.line, sentence.format_map(values))


def _name_key(written: str) -> str:
    return matching.person_keys(written)[-1]
