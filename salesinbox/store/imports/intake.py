"""Taking in records: what is here already is found and brought up to date, the rest is new (REC-7).

Rows come in batches, inside the caller's transaction. Memory grows with the records that change, not with the
file. The same rows again change nothing.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import islice

from salesinbox.model.imports import (
    COMPANIES,
    CONTACTS,
    DEALS,
    ITEM_FILES,
    LEADS,
    SINGULAR,
    CompanyRow,
    DealRow,
    ItemRow,
    PersonRow,
    Row,
)
from salesinbox.model.records import CONTACT, LEAD
from salesinbox.store.imports.companies import Companies
from salesinbox.store.imports.deals import Deals
from salesinbox.store.imports.items import Items
from salesinbox.store.imports.ledger import Ledger, Outcome
from salesinbox.store.imports.people import People

_BATCH = 500
_TABLES = {LEADS: "person", CONTACTS: "person", COMPANIES: "company", DEALS: "deal"}


def take(
    connection: sqlite3.Connection,
    kind: str,
    rows: Iterable[Row],
    now: int,
    *,
    renumbered: Mapping[str, str] | None = None,
) -> Outcome:
    """Take in rows of one kind of file; the caller holds the transaction.

    Empty cells erase nothing. Of two rows for one record the later one stands. `renumbered` says which record an id
    in a row means ("p12" → "p40"), where the rows come from another database.
    """
    ledger = Ledger(connection, _TABLES.get(kind, "item"), foreign=renumbered is not None)
    source = iter(rows)
    if kind == COMPANIES:
        companies = Companies(connection, ledger, now)
        while batch := [row for row in islice(source, _BATCH) if isinstance(row, CompanyRow)]:
            companies.take(batch)
    elif kind == DEALS:
        deals = Deals(connection, ledger, now, renumbered)
        while deal_batch := [row for row in islice(source, _BATCH) if isinstance(row, DealRow)]:
            deals.take(deal_batch)
    elif kind in ITEM_FILES:
        items = Items(connection, ledger, now, SINGULAR[kind], renumbered)
        while item_batch := [row for row in islice(source, _BATCH) if isinstance(row, ItemRow)]:
            items.take(item_batch)
    else:
        people = People(connection, ledger, now, LEAD if kind == LEADS else CONTACT)
        while people_batch := [row for row in islice(source, _BATCH) if isinstance(row, PersonRow)]:
            people.take(people_batch)
    ledger.close()
    return ledger.outcome
