"""Finding the records that the rows of activities are about, by id, address or name (REC-7)."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.imports import ItemRow, Reference
from salesinbox.model.records import CASE, COMPANY, CONTACT, DEAL, ITEM_KINDS, LEAD, LETTERS
from salesinbox.rules import matching
from salesinbox.rules.addresses import normal
from salesinbox.store.imports.ledger import Outcome, json_list, own_numbers

_Found = list[tuple[str, int | None]]
"""Ids of records, with the row of a person's company."""


class About:
    """What a batch of items is about; what cannot be found is said in the outcome's errors.

    `renumbered` says which record an id in the file means, where the file comes from another database.
    """

    def __init__(
        self, connection: sqlite3.Connection, outcome: Outcome, renumbered: Mapping[str, str] | None = None
    ) -> None:
        self._connection = connection
        self._outcome = outcome
        self._renumbered = renumbered
        self._keys: dict[str, str] = {}
        self._people: dict[str, _Found] = {}
        self._person_keys: dict[str, str] = {}
        self._named: dict[str, dict[str, _Found]] = {}

    def load(self, rows: Sequence[ItemRow]) -> None:
        """Get ready for these rows."""
        references = [one for row in rows for one in row.about]
        self._load_ids({self._id(one) for one in references} - {""})
        self._people.clear()
        self._person_keys.clear()
        for address, id_, company, key in self._connection.execute(
            "SELECT a.address, 'p' || p.id, p.company_id, p.name_key FROM json_each(?) AS w"
            " CROSS JOIN person_address AS a ON a.address = w.value CROSS JOIN person AS p ON p.id = a.person_id"
            " ORDER BY p.kind <> 'contact', p.changed DESC, p.id DESC",
            (json_list({normal(one.address) for one in references if one.address}),),
        ):
            self._people.setdefault(address, []).append((id_, company))
            self._person_keys[id_] = key
        names = {one.name for one in references if one.name}
        self._named = {
            CONTACT: self._by_key(
                "SELECT name_key, 'p' || id, company_id FROM person JOIN wanted ON name_key = value"
                " ORDER BY kind <> 'contact', id",
                (key for name in names for key in matching.person_keys(name)),
            ),
            COMPANY: self._by_key(
                "SELECT name_key, 'c' || id, NULL FROM company JOIN wanted ON name_key = value ORDER BY id",
                map(matching.company_key, names),
            ),
            DEAL: self._by_key(
                "SELECT name_key, 'd' || id, company_id FROM deal JOIN wanted ON name_key = value ORDER BY id",
                map(matching.deal_key, names),
            ),
            CASE: self._by_key(
                "SELECT name_key, 's' || id, NULL FROM item JOIN wanted ON name_key = value WHERE kind = 'case'"
                " ORDER BY id",
                map(matching.deal_key, names),
            ),
        }

    def _by_key(self, query: str, keys: Iterable[str]) -> dict[str, _Found]:
        found: dict[str, _Found] = {}
        listed = "WITH wanted (value) AS MATERIALIZED (SELECT value FROM json_each(?)) "
        for key, id_, company in self._connection.execute(listed + query, (json_list(set(keys) - {""}),)):
            found.setdefault(key, []).append((id_, company))
        return found

    def _load_ids(self, ids: set[str]) -> None:
        self._keys.clear()
        for letter, query in (
            ("p", "SELECT id, name_key FROM person"),
            ("c", "SELECT id, name_key FROM company"),
            ("d", "SELECT id, name_key FROM deal"),
            *((LETTERS[kind], f"SELECT id, name_key FROM item WHERE kind = '{kind}'") for kind in ITEM_KINDS),
        ):
            wanted = own_numbers(letter, ids)
            if wanted:
                self._keys.update(
                    (f"{letter}{number}", key)
                    for number, key in self._connection.execute(
                        f"SELECT id, name_key FROM ({query}) WHERE id IN (SELECT value FROM json_each(?))",
                        (json_list(wanted),),
                    )
                )

    def _id(self, one: Reference) -> str:
        return one.id if self._renumbered is None else self._renumbered.get(one.id, "")

    def of(self, row: ItemRow) -> tuple[str, ...]:
        """Ids of the records that the row is about, sorted as they are read back."""
        companies = {int(id_[1:]) for one in row.about if one.kind == COMPANY and (id_ := self._one(row, one, set()))}
        found: dict[str, None] = {}
        for one in row.about:
            if id_ := self._one(row, one, companies, tell=True):
                found[id_] = None
        return tuple(sorted(found))

    def _one(self, row: ItemRow, one: Reference, companies: set[int], *, tell: bool = False) -> str:
        id_ = self._id(one)
        key = self._keys.get(id_)
        if key is not None and (self._renumbered is not None or self._is_named(id_, key, one)):
            return id_
        people = self._people.get(normal(one.address), []) if one.address else []
        if people:
            names = matching.person_keys(one.name)
            return min(people, key=lambda found: self._person_keys[found[0]] not in names)[0]
        candidates = [] if one.address or not one.name else self._candidates(one, companies)
        if len(candidates) == 1:
            return candidates[0]
        if tell and not one.quiet:
            name = one.name or one.address or one.id
            sentence = _("There is no record {name}. The row was taken without it.")
            if candidates:
                sentence = _("Several records are called {name}. The row was taken without one.")
            self._outcome.report(row.line, sentence.format(name=name))
        return ""

    def _is_named(self, id_: str, key: str, one: Reference) -> bool:
        if not one.name:
            # An id alone, or one with an address: that is the person's own, or the id is somebody else's by now.
            return not one.address or any(id_ == found for found, _c in self._people.get(normal(one.address), ()))
        keys = (*matching.person_keys(one.name), matching.company_key(one.name), matching.deal_key(one.name), one.name)
        return key in keys or any(id_ == found for found, _c in self._people.get(normal(one.address), ()))

    def _candidates(self, one: Reference, companies: set[int]) -> list[str]:
        kinds = (one.kind,) if one.kind in self._named else (CONTACT, COMPANY, DEAL, CASE)
        if one.kind == LEAD:
            kinds = (CONTACT,)
        for kind in kinds:
            found = next((found for key in _keys(kind, one.name) if (found := self._named[kind].get(key))), [])
            if not found:
                continue
            near = [id_ for id_, company in found if company in companies] if companies else []
            return near or [id_ for id_, _company in found]
        return []


def _keys(kind: str, name: str) -> tuple[str, ...]:
    if kind == CONTACT:
        return matching.person_keys(name)
    return (matching.company_key(name) if kind == COMPANY else matching.deal_key(name),)
