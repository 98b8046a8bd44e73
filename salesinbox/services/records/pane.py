"""What stands beside the card under the cursor: the customer, and what there is to do (REC-3)."""

import sqlite3
from datetime import datetime, tzinfo

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.model.pane import Pane
from salesinbox.model.records import CONTACT, LEAD, OPEN, Deal, Person
from salesinbox.rules import columns
from salesinbox.rules.addresses import normal
from salesinbox.rules.columns import Overrides, Own
from salesinbox.services.board import row_of
from salesinbox.store import correspondents
from salesinbox.store.records import pane as store
from salesinbox.store.records import reading

COLLEAGUE, UNKNOWN = "colleague", "unknown"
_EXCHANGES = 5
_DEALS = 6
_COMPANY_PEOPLE = 8
_MOST = (4, 4, 3, 2)
"""Tasks and calls, events, cases, notes."""
_KINDS = {
    columns.OPEN_DEAL: CONTACT,
    columns.CONTACT: CONTACT,
    columns.LEAD: LEAD,
    columns.NO_RECORD: UNKNOWN,
}


def of_thread(connection: sqlite3.Connection, own: Own, thread_id: str, now: int, zone: tzinfo) -> Pane:
    """What the pane shows for a thread: who decides its column, as far as anything is known.

    The cost does not grow with the mailbox or the number of reading.

    Raises:
        NotFoundError: The thread is gone.
    """
    number = row_of(thread_id, "t")
    row = connection.execute(
        "SELECT sender_name, sender_address, deal_id, warning, link, waiting_since FROM thread WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        raise NotFoundError(_("There is no thread {id} here.").format(id=thread_id))
    sender, written, deal, warning, link, waiting = row
    address = normal(written)
    known = reading.known(connection, [address]).get(address)
    placement = columns.place(number, address, known, own, Overrides())
    kind = _KINDS.get(placement.rule, COLLEAGUE)
    linked = "" if deal is None else f"d{deal}"
    person = None if known is None else reading.person(connection, known.contact_id or known.lead_id)
    addresses = (address,) if person is None else person.addresses
    deals = _deals(connection, person, linked)
    about = [person.id] if person else []
    if person and person.company_id:
        about.append(person.company_id)
    about += [one.id for one in deals if one.stage_state == OPEN]
    tasks, events, cases, notes = store.beside(
        connection, about, number, now=now, today=datetime.fromtimestamp(now, zone).date().isoformat(), most=_MOST
    )
    return Pane(
        kind,
        person.name if person else sender or address,
        address,
        other_addresses=tuple(other for other in addresses if other != address),
        title=person.title if person else "",
        company=person.company if person else "",
        phone=person.phone if person else "",
        source=person.source if person else "",
        record_id=person.id if person else "",
        also_lead=known.lead_name if known and known.contact_id else "",
        deals=deals,
        linked_deal=linked,
        exchanges=correspondents.exchanges(connection, addresses, _EXCHANGES),
        mails=correspondents.count(connection, addresses),
        company_people=reading.colleagues_of(connection, person, _COMPANY_PEOPLE) if person else (),
        warning=warning,
        link=link,
        tasks=tasks,
        events=events,
        cases=cases,
        notes=notes,
        waiting_since=waiting,
    )


def _deals(connection: sqlite3.Connection, person: Person | None, linked: str) -> tuple[Deal, ...]:
    """The contact's deals; the one that the card is linked to is among them, whoever's it is."""
    found: tuple[Deal, ...] = ()
    if person is not None and person.kind == CONTACT:
        found = reading.deals_of_person(connection, person.id, _DEALS)
    if not linked or any(deal.id == linked for deal in found):
        return found
    further = reading.some(connection, [linked]).get(linked)
    return (further, *found[: _DEALS - 1]) if isinstance(further, Deal) else found
