"""Reading records: who an address is, lists, single records. Writing is in `store.imports`."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from typing import Any

from salesinbox.model.records import CONTACT, LEAD, OPEN, WON, DealBrief, KnownAddress

_PEOPLE = (
    "SELECT a.address, p.id, p.kind, p.name, p.changed FROM person_address AS a"
    " JOIN person AS p ON p.id = a.person_id"
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

    Keys are lower case, whatever the case asked with; an address of no record has no key. A contact wins over
    a lead, and both are named. Where several contacts share an address, one that is on an open deal stands
    for it, then the one changed last (of equals, the newest record); of several leads, the one changed last.
    """
    if addresses is None:
        people = connection.execute(_PEOPLE).fetchall()
        briefs: Iterable[Any] = connection.execute(_BRIEFS)
    else:
        wanted = json.dumps(list({address.lower() for address in addresses}))
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
