"""The full-text index: putting messages in, taking them out, finding them (SRCH-1 to SRCH-4).

The index holds no text of its own (a contentless FTS5 table), so a row is taken out only by the very texts it
was put in with: `document` is the one place that says which texts those are. Writers run inside the caller's
transaction.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from salesinbox.formats.query_tree import Expression
from salesinbox.model.search import NEWEST, RELEVANCE
from salesinbox.rules.words import index_text
from salesinbox.store.search.conditions import Conditions, compile_conditions

Document = tuple[int, str, str, str, str, str]
"""What is indexed of a message: id, subject, sender, recipients, body, names of files. Text as written."""

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
    """The searchable texts of a message from its columns: `recipients` and `attachments` as JSON.

    Whom the sender wants the answer sent to is found with the sender (`from:`): the mail of a web form comes
    from the form and is about the customer.
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
            row[0] for row in connection.execute("SELECT id FROM message WHERE id > ? ORDER BY id LIMIT 500", (last,))
        ]
        if not ids:
            return count
        index(connection, documents(connection, ids))
        last = ids[-1]
        count += len(ids)


@dataclass(frozen=True, slots=True)
class Hit:
    """A thread that was found, by the newest (or most relevant) of its messages that match."""

    message: int
    thread: int


FEW = 2_000
"""So many matches are joined and sorted whole: some 5 ms."""
WINDOWS = (1_000, 4_000, 16_000)
"""Where there are more, the newest messages are looked through: so many, then so many more, then all."""
RANKED = 3_000
"""So many matches are ranked by their words; where there are more, that says little about a message."""
_GAP = 2_000  # ids that lie no further apart are read as one range
_MOST_RANGES = 6
_WEIGHTS = "8.0, 6.0, 2.0, 1.0, 4.0"  # of the index's columns, for relevance

_ORDER = "ORDER BY message.date DESC, message.id DESC"


def find(
    connection: sqlite3.Connection,
    expression: Expression,
    limit: int,
    *,
    zone: tzinfo,
    order: str = NEWEST,
) -> list[Hit]:
    """Threads with a message that `expression` asks for, `limit` at most, each once (SRCH-4).

    Newest first by the date of the matching message; by relevance, where more than `RANKED` match, those of as many
    of the newest messages that have the words in their subject, then in the header. `zone` says when a day begins.
    """
    asked = compile_conditions(connection, expression, zone)
    if not asked.match:
        return _by_conditions(connection, asked, limit)
    if order == RELEVANCE:
        return _by_relevance(connection, asked, limit)
    # Most words are in enough of the newest mail. With conditions besides, looking for the newest may cost more than
    # all the rest.
    if asked.where and (hits := _few(connection, asked, limit)) is not None:
        return hits
    hits = []
    looked_through = 0
    for size in WINDOWS:
        window = _newest(connection, asked, size, looked_through)
        rows = _matching_among(connection, asked.match, [hit.message for hit in window], "rowid")
        if rows is not None:
            found = {row[0] for row in rows}
            hits = _each_thread_once([*hits, *(hit for hit in window if hit.message in found)], limit)
            if len(hits) == limit or len(window) < size:
                return hits
        if not looked_through and not asked.where and (few := _few(connection, asked, limit)) is not None:
            return few
        if rows is None:
            break
        looked_through += size
    everything = connection.execute(
        "SELECT message.id, message.thread_id FROM search JOIN message ON message.id = search.rowid"
        f" WHERE search MATCH ? {_and(asked)} {_ORDER}",
        (asked.match, *asked.parameters),
    )
    return _each_thread_once((Hit(*row) for row in everything), limit)


def count(connection: sqlite3.Connection, expression: Expression, *, zone: tzinfo) -> int:
    """How many threads have a message that `expression` asks for; some 100 ms where a third of the mail does."""
    asked = compile_conditions(connection, expression, zone)
    matching = "id IN (SELECT rowid FROM search WHERE search MATCH ?)" if asked.match else "1"
    row = connection.execute(
        f"SELECT count(DISTINCT thread_id) FROM message WHERE {matching}{_and(asked)}",
        (*([asked.match] if asked.match else []), *asked.parameters),
    ).fetchone()
    return int(row[0])


def every(connection: sqlite3.Connection, expression: Expression, *, zone: tzinfo) -> list[int]:
    """All messages that `expression` asks for, in no order."""
    asked = compile_conditions(connection, expression, zone)
    matching = "id IN (SELECT rowid FROM search WHERE search MATCH ?)" if asked.match else "1"
    rows = connection.execute(
        # With the thread beside it an index alone can answer.
        f"SELECT id, thread_id FROM message WHERE {matching}{_and(asked)}",
        (*([asked.match] if asked.match else []), *asked.parameters),
    )
    return [row[0] for row in rows]


def among(
    connection: sqlite3.Connection, expression: Expression, messages: Collection[int], *, zone: tzinfo
) -> list[int]:
    """Those of some messages that `expression` asks for; costs what they cost, however large the mailbox is."""
    asked = compile_conditions(connection, expression, zone, few=len(messages))
    rows = connection.execute(
        "SELECT message.id FROM json_each(?) AS wanted CROSS JOIN message ON message.id = wanted.value"
        f" WHERE 1{_and(asked)}",
        (json.dumps(list(messages)), *asked.parameters),
    )
    return [row[0] for row in rows]


def _few(connection: sqlite3.Connection, asked: Conditions, limit: int) -> list[Hit] | None:
    """The hits, if so few messages match that they can be joined and sorted whole."""
    matching = connection.execute(
        "SELECT rowid FROM search WHERE search MATCH ? LIMIT ?", (asked.match, FEW + 1)
    ).fetchall()
    if len(matching) > FEW:
        return None
    return _each_thread_once(_among(connection, asked, [row[0] for row in matching]), limit)


def _and(asked: Conditions) -> str:
    return "".join(f" AND {condition}" for condition in asked.where)


def _each_thread_once(hits: Iterable[Hit], limit: int) -> list[Hit]:
    first: dict[int, Hit] = {}
    for hit in hits:
        if hit.thread not in first:
            if len(first) == limit:
                break
            first[hit.thread] = hit
    return list(first.values())


def _by_conditions(connection: sqlite3.Connection, asked: Conditions, limit: int) -> list[Hit]:
    size = 4 * limit + 100
    while True:
        window = _newest(connection, asked, size, 0)
        hits = _each_thread_once(window, limit)
        if len(hits) == limit or len(window) < size:
            return hits
        size *= 16


def _newest(connection: sqlite3.Connection, asked: Conditions, size: int, skip: int) -> list[Hit]:
    """The newest messages that meet the conditions, whatever their words."""
    rows = connection.execute(
        f"SELECT id, thread_id FROM message WHERE 1 {_and(asked)} {_ORDER} LIMIT ? OFFSET ?",
        (*asked.parameters, size, skip),
    )
    return [Hit(*row) for row in rows]


def _among(connection: sqlite3.Connection, asked: Conditions, numbers: Sequence[int]) -> list[Hit]:
    """Those of the messages that meet the conditions, newest first."""
    rows = connection.execute(
        "SELECT message.id, thread_id FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value"
        f" WHERE 1 {_and(asked)} {_ORDER}",
        (json.dumps(numbers), *asked.parameters),
    )
    return [Hit(*row) for row in rows]


def _matching_among(
    connection: sqlite3.Connection, match: str, numbers: Sequence[int], columns: str
) -> list[tuple[int, float]] | None:
    """Which of the messages match; None if their ids are too scattered to be read in a few ranges.

    Messages arrive in the order of their dates, forwards or backwards, so that the newest have ids in a row.
    """
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number - ranges[-1][1] <= _GAP:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    if len(ranges) > _MOST_RANGES:
        return None
    wanted = set(numbers)
    sql = f"SELECT {columns} FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?"
    return [row for low, high in ranges for row in connection.execute(sql, (match, low, high)) if row[0] in wanted]


def _by_relevance(connection: sqlite3.Connection, asked: Conditions, limit: int) -> list[Hit]:
    counted = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? LIMIT ?)", (asked.match, RANKED + 1)
    ).fetchone()[0]
    relevance = _by_place(connection, asked) if counted > RANKED else None
    if relevance is None:
        relevance = dict(
            connection.execute(
                f"SELECT rowid, bm25(search, {_WEIGHTS}) FROM search WHERE search MATCH ?", (asked.match,)
            )
        )
    newest_first = _among(connection, asked, list(relevance))
    best = sorted(newest_first, key=lambda hit: relevance[hit.message])
    return _each_thread_once(best, limit)


def _by_place(connection: sqlite3.Connection, asked: Conditions) -> dict[int, float] | None:
    """The newest messages that match, by where: in the subject 0, in the header 1, else 2; None as `_matching_among`.

    How rare its words are says nothing of a message where they are common, and counting that costs 100 ms.
    """
    newest = [hit.message for hit in _newest(connection, asked, RANKED, 0)]
    found = _matching_among(connection, asked.match, newest, "rowid")
    if found is None:
        return None
    places = dict.fromkeys((row[0] for row in found), 2.0)
    for place, columns in ((1.0, "subject sender files"), (0.0, "subject")):
        for row in _matching_among(connection, f"{{{columns}}} : ({asked.match})", newest, "rowid") or ():
            if row[0] in places:
                places[row[0]] = place
    return places
