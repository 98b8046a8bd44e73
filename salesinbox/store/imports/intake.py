"""Taking in records: what is here already is found and brought up to date, the rest is new (REC-7).

Rows come in batches, inside the caller's transaction. Memory grows with the records that change, not with the
file. The same rows again change nothing.
"""

import sqlite3
from collections.abc import Iterable
from itertools import islice

from salesinbox.model.imports import COMPANIES, CONTACTS, DEALS, LEADS, CompanyRow, DealRow, PersonRow, Row
from salesinbox.model.records import CONTACT, LEAD
from salesinbox.store.imports.companies import Companies
from salesinbox.store.imports.deals import Deals
from salesinbox.store.imports.ledger import Ledger, Outcome
from salesinbox.store.imports.people import People

_BATCH = 500


def take(connection: sqlite3.Connection, kind: str, rows: Iterable[Row], now: int) -> Outcome:
    """Take in rows of one kind of file; the caller holds the transaction.

    Empty cells erase nothing. Of two rows for one record the later one stands.
    """
    ledger = Ledger(connection, {LEADS: "person", CONTACTS: "person", COMPANIES: "company", DEALS: "deal"}[kind])
    source = iter(rows)
    if kind == COMPANIES:
        companies = Companies(connection, ledger, now)
        while batch := [row for row in islice(source, _BATCH) if isinstance(row, CompanyRow)]:
            companies.take(batch)
    elif kind == DEALS:
        deals = Deals(connection, ledger, now)
        while deal_batch := [row for row in islice(source, _BATCH) if isinstance(row, DealRow)]:
            deals.take(deal_batch)
    else:
        people = People(connection, ledger, now, LEAD if kind == LEADS else CONTACT)
        while people_batch := [row for row in islice(source, _BATCH) if isinstance(row, PersonRow)]:
            people.take(people_batch)
    ledger.close()
    return ledger.outcome
