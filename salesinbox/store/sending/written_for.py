"""Mail that is written for a record, and the record's files that go with it (LINK-5, SEND-9).

A draft and what is sent of it name the record by its id. That may be merged into another one, or deleted, before
the message is sent and met in Sent: so the id is looked up each time. Writers run inside the caller's transaction.
"""

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import NamedTuple

from salesinbox.model.folding import fold
from salesinbox.model.timeline import RecordFile
from salesinbox.store.links import choices
from salesinbox.store.links.choices import Found

_NAMED = 200
"""Letters of a record's name that another machine is told."""


class Arrived(NamedTuple):
    """A message of the rep's own that is new here. `begins`: it answers nothing, so its thread is about the same."""

    row: int
    thread: int
    message_id: str
    begins: bool


def record_now(connection: sqlite3.Connection, record: str) -> Found | None:
    """The record of an id, or the one that it was merged into; None where it is gone."""
    if not record:
        return None
    found = choices.by_id(connection, record)
    if found is not None:
        return found
    row = connection.execute(
        "SELECT record FROM record_event, json_each(detail, '$.records') AS gone"
        " WHERE kind = 'merged' AND gone.value = ? ORDER BY record_event.id DESC LIMIT 1",
        (record,),
    ).fetchone()
    return choices.by_id(connection, row[0]) if row else None


def ids(connection: sqlite3.Connection, record: str) -> list[str]:
    """The record's id, and the ids of what was merged into it."""
    rows = connection.execute(
        "SELECT gone.value FROM record_event, json_each(detail, '$.records') AS gone"
        " WHERE record = ? AND kind = 'merged'",
        (record,),
    )
    return [record, *(str(row[0]) for row in rows)]


def told(connection: sqlite3.Connection, record: str) -> str:
    """The id and the name of a record, for a machine on which the id may be another record's; "" where it is gone."""
    found = record_now(connection, record)
    return f"{found.record} {found.name[:_NAMED]}" if found else ""


def understood(connection: sqlite3.Connection, said: str) -> str:
    """The record here that `told` of another machine means: of that id and name, else the one deal of that name."""
    record, _blank, name = said.partition(" ")
    found = choices.by_id(connection, record)
    if found is not None and found.name[:_NAMED] == name:
        return record
    deals = connection.execute("SELECT id FROM deal WHERE substr(name, 1, ?) = ? LIMIT 2", (_NAMED, name)).fetchall()
    return f"d{deals[0][0]}" if record[:1] == "d" and len(deals) == 1 else ""


def link(connection: sqlite3.Connection, account: int, arrived: Sequence[Arrived]) -> None:
    """What was sent for a record is linked to it as the rep's choice, wherever it is met first (LINK-5).

    The thread that it begins belongs to the deal, too, unless the rep has said something else of it by now (LINK-4).
    """
    if not arrived or not connection.execute("SELECT EXISTS (SELECT 1 FROM outgoing WHERE record <> '')").fetchone()[0]:
        return
    records = dict(
        connection.execute(
            "SELECT message_id, record FROM json_each(?) AS wanted CROSS JOIN outgoing"
            " ON account_id = ? AND message_id = wanted.value AND record <> ''",
            (json.dumps([one.message_id for one in arrived]), account),
        ).fetchall()
    )
    for one in arrived:
        found = record_now(connection, records.get(one.message_id, ""))
        if found is None:
            continue
        if found.record[0] != "d":
            choices.add_record(connection, [one.row], found.record)
            continue
        deal = int(found.record[1:])
        if one.begins:
            connection.execute(
                "INSERT INTO thread_link (thread_id, deal_id) VALUES (?, ?) ON CONFLICT (thread_id) DO NOTHING",
                (one.thread, deal),
            )
            if choices.thread_choice(connection, one.thread) != (deal,):
                continue  # an answer was here first, and the rep has said what their thread belongs to
        choices.choose_messages(connection, [one.row], deal)


# --- files --------------------------------------------------------------------------------------------------------


def files(
    connection: sqlite3.Connection, records: Sequence[str], words: Collection[str], limit: int
) -> list[tuple[RecordFile, str]]:
    """Files of these records and of their cases, in the order of the records, the newest first; each with its record.

    `words` (folded) stand in the file's name or the record's. With words, files of all other records that are called
    so come after them.
    """
    rows = connection.execute(
        "WITH wanted (record, place) AS (SELECT value, 2 * key FROM json_each(?1) UNION ALL"
        " SELECT 's' || item_id, 2 * key + 1 FROM json_each(?1) CROSS JOIN item_about ON record = value"
        " CROSS JOIN item ON item.id = item_id WHERE kind = 'case')"
        " SELECT f.id, name, type, size, added, f.record FROM wanted CROSS JOIN record_file AS f"
        " ON f.record = wanted.record WHERE removed = 0 ORDER BY place, added DESC, f.id DESC",
        (json.dumps(list(records)),),
    ).fetchall()
    if words:
        rows += connection.execute(
            "SELECT id, name, type, size, added, record FROM record_file WHERE removed = 0"
            " ORDER BY added DESC, id DESC LIMIT 5000"
        )
    found: dict[int, tuple[RecordFile, str]] = {}
    names: dict[str, str] = {}
    for number, name, kind, size, added, record in rows:
        if number in found:
            continue
        if words:
            if record not in names:
                one = choices.by_id(connection, record)
                names[record] = fold(one.name) if one else ""
            said = f"{fold(name)} {names[record]}"
            if not all(word in said for word in words):
                continue
        found[number] = (RecordFile(f"f{number}", name, kind, size, added), record)
        if len(found) == limit:
            break
    return list(found.values())


def file(connection: sqlite3.Connection, number: int) -> tuple[str, str, bytes, str] | None:
    """Name, type, content and record of a file; None where there is none."""
    row = connection.execute(
        "SELECT name, type, content, record FROM record_file JOIN record_file_content ON file_id = id"
        " WHERE id = ? AND removed = 0",
        (number,),
    ).fetchone()
    return None if row is None else (row[0], row[1], bytes(row[2]), row[3])
