"""Who each message was exchanged with: a person's last mails, whichever thread they lie in (LINK-1, REC-3).

`add` runs where messages are inserted; a deleted message takes its rows with it by a trigger of the schema.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable

from salesinbox.model.mail import DRAFTS, Envelope
from salesinbox.model.pane import Exchange
from salesinbox.rules.addresses import normal

_GONE = 8
"""So many of the newest may lie nowhere any more, and wait for the next sweep."""
_MOST_RECIPIENTS = 100  # of one message: a mail to a thousand people is no exchange with each of them


def rows(message: int, date: int, envelope: Envelope, *, mine: bool) -> list[tuple[str, int, int]]:
    """The rows of one message: its sender, unless the rep wrote it, and its To and Cc recipients.

    Args:
        message: The message's row number.
        date: The date that is stored in the message's own row.
        envelope: Its header.
        mine: The rep wrote it.
    """
    recipients = (*envelope.to, *envelope.cc)[:_MOST_RECIPIENTS]
    people = recipients if mine else (envelope.sender, *recipients)
    return [(address, date, message) for address in {normal(person.address) for person in people} if address]


def add(connection: sqlite3.Connection, found: Iterable[tuple[str, int, int]]) -> None:
    connection.executemany("INSERT OR IGNORE INTO correspondent (address, date, message) VALUES (?, ?, ?)", found)


def exchanges(connection: sqlite3.Connection, addresses: Collection[str], limit: int) -> tuple[Exchange, ...]:
    """The last mails from and to any of the addresses, newest first, each message once."""
    newest: set[tuple[int, int]] = set()
    wanted = {normal(address) for address in addresses}
    unsent = _drafts(connection, wanted)
    for address in wanted:
        newest.update(
            row
            for row in connection.execute(
                "SELECT date, message FROM correspondent WHERE address = ? ORDER BY date DESC, message DESC LIMIT ?",
                (address, limit + len(unsent) + _GONE),
            )
            if row[1] not in unsent
        )
    found: list[Exchange] = []
    for date, number in sorted(newest, reverse=True):
        if len(found) == limit:
            break
        row = connection.execute(
            "SELECT thread_id, mine, subject FROM message WHERE id = ? AND date = ?"
            " AND EXISTS (SELECT 1 FROM location WHERE message = message.id)",
            (number, date),
        ).fetchone()
        if row is not None:
            found.append(Exchange(f"t{row[0]}", date, bool(row[1]), row[2]))
    return tuple(found)


def count(connection: sqlite3.Connection, addresses: Collection[str]) -> int:
    """How many mails were exchanged with any of the addresses."""
    wanted = [address for address in {normal(address) for address in addresses} if address]
    # A newsletter's sender has thousands; making them distinct costs ten times the counting.
    distinct = "DISTINCT " if len(wanted) > 1 else ""
    marks = ",".join("?" * len(wanted))
    row = connection.execute(
        f"SELECT count({distinct}message) FROM correspondent WHERE address IN ({marks})", wanted
    ).fetchone()
    return int(row[0]) - len(_drafts(connection, wanted))


def _drafts(connection: sqlite3.Connection, addresses: Collection[str]) -> set[int]:
    """Messages to the addresses that are still being written: what nobody has been sent is no exchange."""
    rows = connection.execute(
        "SELECT message.id FROM folder CROSS JOIN location ON folder_id = folder.id"
        " CROSS JOIN message ON message.id = location.message CROSS JOIN json_each(?) AS wanted"
        " CROSS JOIN correspondent ON address = wanted.value AND correspondent.date = message.date"
        " AND correspondent.message = message.id WHERE role = ?",
        (json.dumps(list(addresses)), DRAFTS),
    )
    return {row[0] for row in rows}
