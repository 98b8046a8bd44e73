"""Placing and linking again what a change to records touches, and no more (COL-9). Inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from salesinbox.store import board
from salesinbox.store.changes import Change
from salesinbox.store.database import set_state

_MOST = 2000
"""Above so many threads, placing everything again is quicker than summing each of them up."""
_EVERYTHING = frozenset({"stage", "own_column", "override"})
_OF_RECORDS = frozenset({"person", "person_address", "company", "deal", "deal_contact", "stage"})


def follow(connection: sqlite3.Connection, changes: Sequence[Change], placing: board.Placing) -> int:
    """Place and link again the mail that these changes are about; returns how many threads moved."""
    touched = {change.table for change in changes}
    if touched & _OF_RECORDS:
        row = connection.execute("SELECT value FROM state WHERE name = 'records_revision'").fetchone()
        set_state(connection, "records_revision", str(int(row[0]) + 1 if row else 1))
    if touched & _EVERYTHING:
        return board.place_again(connection, placing)
    threads = _threads(connection, changes)
    if len(threads) > _MOST:
        return board.place_again(connection, placing)
    before = _columns(connection, threads)
    board.refresh(connection, threads, placing)
    after = _columns(connection, threads)
    return sum(before[thread] != column for thread, column in after.items())


def decided(changes: Sequence[Change]) -> set[int]:
    """Threads that these changes are decisions of the rep's about: where to look after they were taken back."""
    rows = [row for change in changes if change.table in ("thread_link", "magnet") for row in change.rows]
    return {int(row["thread_id"]) for row in rows}


def _columns(connection: sqlite3.Connection, threads: Iterable[int]) -> dict[int, str]:
    return dict(
        connection.execute(
            "SELECT thread.id, col FROM thread JOIN json_each(?) AS wanted ON thread.id = wanted.value",
            (json.dumps(list(threads)),),
        ).fetchall()
    )


def _threads(connection: sqlite3.Connection, changes: Sequence[Change]) -> set[int]:
    addresses: set[str] = set()
    people: set[int] = set()
    companies: set[int] = set()
    deals: set[int] = set()
    messages: set[int] = set()
    threads: set[int] = set()
    for change in changes:
        for row in change.rows:
            match change.table:
                case "person_address":
                    addresses.add(row["address"])
                    people.add(row["person_id"])
                case "person":
                    people.add(row["id"])
                case "company":
                    companies.add(row["id"])
                case "deal":
                    deals.add(row["id"])
                case "deal_contact":
                    people.add(row["person_id"])
                    deals.add(row["deal_id"])
                case "link" | "message_record":
                    messages.add(row["message"])
                case "thread_link" | "magnet":
                    threads.add(row["thread_id"])
    if companies and connection.execute("SELECT 1 FROM own_column").fetchone():
        people |= _numbers(connection, "SELECT id FROM person JOIN wanted ON company_id = number", companies)
    people |= _numbers(connection, "SELECT person_id FROM deal_contact JOIN wanted ON deal_id = number", deals)
    for (address,) in connection.execute(
        "SELECT address FROM json_each(?) AS wanted JOIN person_address ON person_id = wanted.value",
        (json.dumps(list(people)),),
    ):
        addresses.add(address)
    threads |= _numbers(connection, "SELECT id FROM thread JOIN wanted ON deal_id = number", deals)
    threads |= _numbers(
        connection, "SELECT thread_id FROM link JOIN wanted ON deal_id = number JOIN message ON id = message", deals
    )
    threads |= _numbers(connection, "SELECT thread_id FROM message JOIN wanted ON id = number", messages)
    named = (json.dumps(sorted(addresses)),)
    for query in (
        "SELECT thread.id FROM json_each(?) AS wanted JOIN thread ON sender_address = wanted.value",
        (
            "SELECT DISTINCT thread_id FROM json_each(?) AS wanted CROSS JOIN correspondent ON address = wanted.value"
            " CROSS JOIN message ON message.id = correspondent.message"
        ),
    ):
        threads.update(row[0] for row in connection.execute(query, named))
    return _numbers(connection, "SELECT id FROM thread JOIN wanted ON id = number WHERE messages > 0", threads)


def _numbers(connection: sqlite3.Connection, query: str, wanted: Iterable[int]) -> set[int]:
    """What `query` finds for the rows `number` of a table `wanted`."""
    listed = "WITH wanted (number) AS MATERIALIZED (SELECT value FROM json_each(?)) "
    return {row[0] for row in connection.execute(listed + query, (json.dumps(list(wanted)),))}
