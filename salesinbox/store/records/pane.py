"""What is to be done, open and noted about the records beside a thread (REC-3). Each question costs microseconds."""

import json
import sqlite3
from collections.abc import Sequence

from salesinbox.model.records import Item
from salesinbox.store.records import items

_HERE = (
    "SELECT item_id FROM json_each(?1) AS wanted CROSS JOIN item_about ON record = wanted.value"
    " UNION SELECT item.id FROM message CROSS JOIN item ON item.message = message.id WHERE thread_id = ?2"
)
"""Items about any of the records, and those that were made from mail of the thread."""

_TASKS = (
    "closed = 0 AND kind IN ('task', 'call') AND hidden_until <= ?3"
    " ORDER BY CASE WHEN start > 0 THEN start WHEN day <> '' THEN CAST(strftime('%s', day) AS INTEGER)"
    " ELSE 1 << 62 END, id LIMIT ?5"
)
_EVENTS = (
    "closed = 0 AND kind = 'event' AND (max(start, finish) > ?3 OR max(day, last_day) >= ?4)"
    " ORDER BY CASE WHEN start > 0 THEN start ELSE CAST(strftime('%s', day) AS INTEGER) END, id LIMIT ?5"
)
_CASES = "closed = 0 AND kind = 'case' ORDER BY created DESC, id DESC LIMIT ?5"
_NOTES = "kind = 'note' ORDER BY created DESC, id DESC LIMIT ?5"

_Found = tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]


def beside(
    connection: sqlite3.Connection, records: Sequence[str], thread: int, *, now: int, today: str, most: Sequence[int]
) -> _Found:
    """(open tasks and calls, events to come, open cases, newest notes), of each at most so many as `most` says.

    `today` is the rep's ISO date.
    """
    wanted = json.dumps(list(records))
    chosen = [
        [
            row[0]
            for row in connection.execute(
                f"SELECT id FROM ({_HERE}) AS here CROSS JOIN item ON item.id = here.item_id WHERE {query}",
                # Every parameter is named somewhere, so that one tuple serves all.
                (wanted, thread, now, today, limit),
            )
        ]
        for query, limit in zip((_TASKS, _EVENTS, _CASES, _NOTES), most, strict=True)
    ]
    numbers = json.dumps([number for part in chosen for number in part])
    if numbers == "[]":
        return (), (), (), ()
    rows = connection.execute(f"{items.ITEM} WHERE i.id IN (SELECT value FROM json_each(?))", (numbers,))
    found = {int(item.id[1:]): item for item in items.read(connection, rows)}
    tasks, events, cases, notes = (tuple(found[number] for number in part) for part in chosen)
    return tasks, events, cases, notes
