"""What is to be done, and what takes place: open tasks and calls by their day, events to come."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from salesinbox.model.records import Item
from salesinbox.store.records import items

_TO_DO = "item INDEXED BY item_due WHERE closed = 0 AND kind IN ('task', 'call')"
"""The condition is the index's own, to the letter. Left to itself, SQLite would take all there is of the two kinds."""
_MOST = 500
"""Items of one part of the agenda: more than anybody reads."""

# Each in two parts, of which the index answers one after the other: with a time of day, and without.
_LATE = "start > 0 AND start < :now", "start = 0 AND day > '' AND day < :today"
_TODAY = "start >= :now AND start < :end", "start = 0 AND day = :today"
_LATER = "start >= :end", "start = 0 AND day > :today"
_UNDATED = ("start = 0 AND day = ''",)
_ORDER = (
    "iif(start > 0, start, CAST(strftime('%s', iif(day = '', '9999-12-31', day)) AS INTEGER) + 86399 - :offset),"
    " priority <> 'High', id"
)
"""What has a time of day comes before what takes the whole day."""

Times = dict[str, int | str]


def times(now: int, today: str, end: int, offset: int) -> Times:
    """What the questions depend on.

    Args:
        now: Seconds since 1970.
        today: The rep's ISO date.
        end: The first second of tomorrow in the rep's zone.
        offset: Seconds by which the rep's clocks are ahead of UTC.
    """
    return {"now": now, "today": today, "end": end, "offset": offset, "most": _MOST}


def due(connection: sqlite3.Connection, at: Times) -> list[list[Item]]:
    """Overdue, due today, due later, and without a date; what is put off until later is in none of them."""
    numbers = [_chosen(connection, parts, _ORDER, at) for parts in (_LATE, _TODAY, _LATER)]
    numbers.append(_chosen(connection, _UNDATED, "priority <> 'High', id DESC", at))
    known = _items(connection, [number for part in numbers for number in part])
    return [[known[number] for number in part if number in known] for part in numbers]


def _chosen(connection: sqlite3.Connection, parts: tuple[str, ...], order: str, at: Times) -> list[int]:
    each = (f"SELECT id FROM {_TO_DO} AND hidden_until <= :now AND {part}" for part in parts)
    rows = connection.execute(
        f"SELECT id FROM item WHERE id IN ({' UNION ALL '.join(each)}) ORDER BY {order} LIMIT :most", at
    )
    return [row[0] for row in rows]


def _items(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Item]:
    if not numbers:
        return {}
    rows = connection.execute(f"{items.ITEM} WHERE i.id IN (SELECT value FROM json_each(?))", (json.dumps(numbers),))
    return {int(item.id[1:]): item for item in items.read(connection, rows)}


def counts(connection: sqlite3.Connection, at: Times) -> tuple[int, int]:
    """(overdue, due today), from the index alone."""
    return _count(connection, _LATE, at), _count(connection, _TODAY, at)


def _count(connection: sqlite3.Connection, parts: tuple[str, str], at: Times) -> int:
    each = (f"(SELECT count(*) FROM {_TO_DO} AND hidden_until <= :now AND {part})" for part in parts)
    return int(connection.execute(f"SELECT {' + '.join(each)}", at).fetchone()[0])


def number_open(connection: sqlite3.Connection) -> int:
    """Open tasks and calls, those that are put off included."""
    return int(connection.execute(f"SELECT count(*) FROM {_TO_DO}").fetchone()[0])


def events(connection: sqlite3.Connection, begin: int, end: int, first: str, last: str, offset: int) -> list[Item]:
    """Events that are not over at `begin`, and begin before `end`, soonest first.

    Args:
        connection: To read from.
        begin: Seconds since 1970.
        end: The same.
        first: The ISO date of `begin`.
        last: The last ISO date before `end`.
        offset: As for `times`.
    """
    rows = connection.execute(
        f"{items.ITEM} WHERE i.kind = 'event' AND i.closed = 0 AND ((i.start > 0 AND i.start < ? AND"
        " max(i.start, i.finish) >= ?) OR (i.start = 0 AND i.day <> '' AND i.day <= ? AND max(i.day, i.last_day) >= ?))"
        " ORDER BY iif(i.start > 0, i.start, CAST(strftime('%s', i.day) AS INTEGER) - ?), i.id LIMIT ?",
        (end, begin, last, first, offset, _MOST),
    )
    return items.read(connection, rows)


def scheduled(connection: sqlite3.Connection, since: int, day: str) -> Iterable[Item]:
    """Everything that a calendar takes: open tasks, open calls, and events and calls since a day."""
    rows = connection.execute(
        f"{items.ITEM} WHERE (i.closed = 0 AND i.kind IN ('task', 'call')) OR (i.kind IN ('event', 'call')"
        " AND (max(i.start, i.finish) >= ? OR max(i.day, i.last_day) >= ?)) ORDER BY i.id",
        (since, day),
    )
    return items.read(connection, rows)
