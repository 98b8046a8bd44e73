"""The mail of a record, newest first (LINK-1, REC-2): of its people by their addresses, and what is linked to it."""

import heapq
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator

from salesinbox.rules.addresses import normal

Place = tuple[int, int]
"""Date and row of a message."""
NOW: Place = (1 << 62, 0)
"""Before this is everything."""

_ADDRESSES = {
    "p": "SELECT address FROM person_address WHERE person_id = ?",
    "c": (
        "SELECT address FROM person CROSS JOIN person_address ON person_id = person.id WHERE company_id = ?"
    ),
    "d": (
        "SELECT address FROM deal_contact AS k CROSS JOIN person_address AS a ON a.person_id = k.person_id"
        " WHERE deal_id = ?"
    ),
}  # fmt: skip
_CHUNK = 16
IN_SIGHT = (
    "EXISTS (SELECT 1 FROM location CROSS JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
    " WHERE location.message = message.id AND role NOT IN ('drafts', 'spam'))"
)
"""Of a row of `message`: it lies somewhere where sent and received mail lies."""


def addresses(connection: sqlite3.Connection, record: str) -> list[str]:
    """Addresses of a person, of the people of a company, or of the contacts of a deal."""
    query = _ADDRESSES.get(record[:1])
    if query is None:
        return []
    return list({row[0] for row in connection.execute(query, (int(record[1:]),))})


def exchanged(connection: sqlite3.Connection, wanted: Collection[str], before: Place = NOW) -> Iterator[Place]:
    """Mail from and to any of the addresses, newest first, each message once.

    However many addresses there are, only those whose mail comes next are read.
    """
    heads = [
        (-newest, address)
        for address, newest in connection.execute(
            "SELECT value, (SELECT max(date) FROM correspondent WHERE address = value AND date <= ?) FROM json_each(?)",
            (before[0], json.dumps(sorted({normal(address) for address in wanted}))),
        )
        if newest is not None
    ]
    heapq.heapify(heads)
    opened: list[tuple[int, int, Iterator[Place]]] = []
    last: Place | None = None
    while heads or opened:
        if heads and (not opened or -heads[0][0] >= -opened[0][0]):
            _push(opened, _of_address(connection, heapq.heappop(heads)[1], before))
            continue
        date, number, rest = heapq.heappop(opened)
        _push(opened, rest)
        if (place := (-date, -number)) != last:
            last = place
            yield place


def _push(opened: list[tuple[int, int, Iterator[Place]]], rest: Iterator[Place]) -> None:
    place = next(rest, None)
    if place is not None:
        # Of two addresses at one message, the iterators are never compared: the second number is pushed apart.
        heapq.heappush(opened, (-place[0], -place[1], _Stream(rest)))


class _Stream(Iterator[Place]):
    """An iterator that can stand in a heap."""

    def __init__(self, rest: Iterator[Place]) -> None:
        self._rest = rest

    def __next__(self) -> Place:
        return next(self._rest)

    def __lt__(self, other: object) -> bool:
        return id(self) < id(other)


def _of_address(connection: sqlite3.Connection, address: str, before: Place) -> Iterator[Place]:
    while True:
        rows = connection.execute(
            "SELECT date, message FROM correspondent WHERE address = ? AND (date, message) < (?, ?)"
            " ORDER BY date DESC, message DESC LIMIT ?",
            (address, *before, _CHUNK),
        ).fetchall()
        yield from rows
        if len(rows) < _CHUNK:
            return
        before = rows[-1]


def linked(connection: sqlite3.Connection, record: str, before: Place = NOW) -> Iterator[Place]:
    """Mail that is linked to a deal, and what the rep has linked to a record besides, newest first."""
    queries = ["SELECT message FROM message_record WHERE record = ?1"]
    if record[:1] == "d":
        queries.append("SELECT message FROM link WHERE deal_id = CAST(substr(?1, 2) AS INTEGER)")
    elif record[:1] not in _ADDRESSES:
        queries.append("SELECT message FROM item WHERE id = CAST(substr(?1, 2) AS INTEGER) AND message IS NOT NULL")
    rows = connection.execute(
        f"SELECT date, id FROM ({' UNION '.join(queries)}) AS here CROSS JOIN message ON message.id = here.message"
        " WHERE (date, id) < (?2, ?3) ORDER BY date DESC, id DESC",
        (record, *before),
    )
    yield from rows.fetchall()


def merged(streams: Iterable[Iterator[Place]]) -> Iterator[Place]:
    """Several streams as one, newest first, each message once."""
    last: Place | None = None
    for place in heapq.merge(*streams, reverse=True):
        if place != last:
            last = place
            yield place
