"""The full-text index: putting messages in, taking them out, finding them (SRCH-1 to SRCH-4).

The index holds no text of its own (a contentless FTS5 table), so a row is taken out only by the very texts it was
put in with: `document` is the one place that says which texts those are. Writers run inside the caller's
transaction.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from salesinbox.rules.words import index_text

Document = tuple[int, str, str, str, str, str]
"""What is indexed of a message: id, subject, sender, recipients, body, names of files. Raw text, not yet folded."""

INDEXED_CHARACTERS = 200_000
"""Of one text, as many characters are searchable. What follows is logs and data pasted into a mail."""


def document(
    message: int,
    subject: str,
    sender_name: str,
    sender_address: str,
    recipients: str,
    text: str,
    attachments: str,
) -> Document:
    """The searchable texts of a message from its columns: `recipients` and `attachments` as the JSON stored there.

    Whom the sender wants the answer sent to is found with the sender (`from:`): the mail of a web form comes from
    the form and is about the customer.
    """
    sender = [sender_name, sender_address]
    others = []
    for role, name, address in json.loads(recipients):
        if role == "reply-to":
            if address.lower() != sender_address.lower():
                sender += [name, address]
        else:
            others += [name, address]
    files = [str(attachment[0]) for attachment in json.loads(attachments)]
    return (message, subject, "\n".join(sender), "\n".join(others), text, "\n".join(files))


def documents(connection: sqlite3.Connection, messages: Sequence[int]) -> list[Document]:
    """What the index holds of these messages, read again from their rows (`body` "" while it is not here)."""
    rows = connection.execute(
        "SELECT message.id, subject, sender_name, sender_address, recipients,"
        " coalesce(body.text, ''), coalesce(body.attachments, '[]')"
        " FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value"
        " LEFT JOIN body ON body.message = message.id",
        (json.dumps(list(messages)),),
    )
    return [document(*row) for row in rows]


def _indexed(row: Document) -> Document:
    number, subject, sender, recipients, body, files = row
    return (
        number,
        index_text(subject[:INDEXED_CHARACTERS]),
        index_text(sender[:INDEXED_CHARACTERS]),
        index_text(recipients[:INDEXED_CHARACTERS]),
        index_text(body[:INDEXED_CHARACTERS]),
        index_text(files[:INDEXED_CHARACTERS]),
    )


def index(connection: sqlite3.Connection, rows: Iterable[Document]) -> None:
    """Put messages into the index. Each must not be in it already."""
    connection.executemany(
        "INSERT INTO search (rowid, subject, sender, recipients, body, files) VALUES (?, ?, ?, ?, ?, ?)",
        map(_indexed, rows),
    )


def unindex(connection: sqlite3.Connection, rows: Iterable[Document]) -> None:
    """Take messages out of the index. Each must be in it with exactly these texts."""
    connection.executemany(
        "INSERT INTO search (search, rowid, subject, sender, recipients, body, files)"
        " VALUES ('delete', ?, ?, ?, ?, ?, ?)",
        map(_indexed, rows),
    )


def reindex(connection: sqlite3.Connection, before: Iterable[Document], after: Iterable[Document]) -> None:
    """Exchange what the index holds of messages: when a body has arrived, or a message is written anew."""
    unindex(connection, before)
    index(connection, after)


def rebuild(connection: sqlite3.Connection) -> int:
    """Write the whole index anew from the messages; returns how many. For `doctor` and for migrations."""
    connection.execute("INSERT INTO search (search) VALUES ('delete-all')")
    last = count = 0
    while True:
        ids = [
            row[0]
            for row in connection.execute(
                "SELECT id FROM message WHERE id > ? ORDER BY id LIMIT 500", (last,)
            )
        ]
        if not ids:
            return count
        index(connection, documents(connection, ids))
        last = ids[-1]
        count += len(ids)
