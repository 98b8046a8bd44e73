"""What happened with a record, newest first: a merge of what each table knows, as far as a page needs (REC-2).

What `record_event` keeps comes with its JSON in `detail`; the services put it into words.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from salesinbox.model import timeline as model
from salesinbox.model.records import ACTIVITIES, CASE, LETTERS, NOTE
from salesinbox.model.timeline import DRAFTS, FILE, HISTORY, MAIL, PEOPLE, SCHEDULED, SENT_HERE, Entry, Key, RecordFile
from salesinbox.store.records import mail as record_mail
from salesinbox.store.records.mail import IN_SIGHT, Place
from salesinbox.store.sending import written_for

_ITEMS = (*ACTIVITIES, CASE)
_BEGINNING = 160
"""Characters of a text that stand beside a title."""
_ANY = 1 << 62

_DAY = "CAST(strftime('%s', i.day) AS INTEGER) + 43200 - ?"
_DATE = (
    f"CASE i.kind WHEN 'note' THEN i.created WHEN 'case' THEN i.created WHEN 'task' THEN CASE WHEN i.closed > 0 THEN"
    f" i.closed WHEN i.start > 0 THEN i.start WHEN i.day <> '' THEN {_DAY} ELSE i.created END ELSE"
    f" CASE WHEN i.start > 0 THEN i.start WHEN i.day <> '' THEN {_DAY} ELSE i.created END END"
)
"""When an item stands in a timeline; a whole day at its noon. Twice the zone's offset in seconds is a parameter."""


def page(
    connection: sqlite3.Connection,
    record: str,
    *,
    kinds: Collection[str] = (),
    mail: str = "",
    before: Key | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[Entry]:
    """Entries of a record's timeline, newest first.

    Args:
        connection: To read from.
        record: Its id.
        kinds: Of entries; none means all.
        mail: One of `model.timeline`'s filters, or "". With SENT_HERE, SCHEDULED or DRAFTS, mail is all there is.
        before: The key of the last entry of the page before.
        limit: At most so many.
        offset: Seconds by which the rep's clocks are ahead of UTC.
    """
    if mail in (SENT_HERE, SCHEDULED, DRAFTS):
        return _ordered(_OUTGOING[mail](connection, record, before, limit), limit)
    found: list[Entry] = []
    if not kinds or MAIL in kinds:
        found += _mail(connection, record, mail, _bound(before, "m"), limit)
    items = [kind for kind in _ITEMS if not kinds or kind in kinds]
    if items:
        found += _items(connection, record, items, before, limit, offset)
    if not kinds or set(kinds) - {*_ITEMS, MAIL, FILE}:
        found += _events(connection, record, kinds, _bound(before, HISTORY), limit)
    if not kinds or FILE in kinds:
        found += _files(connection, record, _bound(before, "f"), limit)
    return _ordered(found, limit)


def _ordered(found: list[Entry], limit: int) -> list[Entry]:
    return sorted(found, key=lambda entry: entry.key, reverse=True)[:limit]


def _bound(before: Key | None, letter: str) -> Place:
    """The place before which entries of this letter stand that come after `before`."""
    if before is None:
        return record_mail.NOW
    date, other, number = before
    return (date, number if letter == other else _ANY if letter < other else -1)


def group(connection: sqlite3.Connection, record: str) -> list[str]:
    """A record, and of a company its people and deals: what is about them is about the company."""
    if record[:1] != "c":
        return [record]
    number = int(record[1:])
    rows = connection.execute(
        "SELECT 'p' || id FROM person WHERE company_id = ?1 UNION ALL SELECT 'd' || id FROM deal WHERE company_id = ?1",
        (number,),
    )
    return [record, *(row[0] for row in rows)]


# --- mail -------------------------------------------------------------------------------------------------------------


def places(
    connection: sqlite3.Connection, record: str, mail: str = "", before: Place = record_mail.NOW
) -> Iterator[Place]:
    """The record's mail, newest first; of a deal that of its contacts only with PEOPLE."""
    streams = [record_mail.linked(connection, record, before)]
    if record[:1] in "pc" or mail == PEOPLE:
        streams.append(record_mail.exchanged(connection, record_mail.addresses(connection, record), before))
    return record_mail.merged(streams)


def _mail(connection: sqlite3.Connection, record: str, mail: str, before: Place, limit: int) -> list[Entry]:
    found: list[Entry] = []
    for date, number in places(connection, record, mail, before):
        row = connection.execute(
            "SELECT id, date, thread_id, subject, preview, sender_name, sender_address, recipients, mine FROM message"
            f" WHERE id = ? AND date = ? AND {IN_SIGHT}",
            (number, date),
        ).fetchone()
        if row is not None:
            found.append(_message(row))
            if len(found) == limit:
                break
    return found


def _message(row: Sequence[Any]) -> Entry:
    number, date, thread, subject, preview, name, address, recipients, mine = row
    who = name or address
    if mine:
        who = next((name or address for kind, name, address in json.loads(recipients) if kind == "to"), "")
    return Entry(
        f"m{number}", MAIL, date, subject, preview[:_BEGINNING], f"t{thread}", who, bool(mine), key=(date, "m", number)
    )


def _sent(connection: sqlite3.Connection, record: str, before: Key | None, limit: int) -> list[Entry]:
    # Once it is here, what it is linked to says whose it is: the rep may have chosen another record since.
    whose = (
        "outgoing.record IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1 FROM message"
        " WHERE message.account_id = outgoing.account_id AND message.message_id = outgoing.message_id)"
        " OR EXISTS (SELECT 1 FROM message WHERE message.account_id = outgoing.account_id"
        f" AND message.message_id = outgoing.message_id AND message.id IN ({_LINKED}))"
        f" OR {_ANSWERS}"
    )
    names, linked = json.dumps(written_for.ids(connection, record)), _linked(record)
    rows = _put(
        connection, record, "outgoing.state = 'sent'", "sent", (whose, (names, *linked, *linked)), before, limit
    )
    return [_outgoing(connection, row, is_open=False) for row in rows]


def _scheduled(connection: sqlite3.Connection, record: str, before: Key | None, limit: int) -> list[Entry]:
    state = "outgoing.state IN ('pending', 'running', 'refused', 'unknown')"
    whose = f"outgoing.record IN (SELECT value FROM json_each(?)) OR {_ANSWERS}"
    names = json.dumps(written_for.ids(connection, record))
    rows = _put(connection, record, state, "due", (whose, (names, *_linked(record))), before, limit)
    return [_outgoing(connection, row, is_open=True) for row in rows]


def _put(
    connection: sqlite3.Connection,
    record: str,
    state: str,
    date: str,
    whose: tuple[str, Sequence[Any]],
    before: Key | None,
    limit: int,
) -> list[Any]:
    """Rows of `outgoing` that are to people of the record, or for it, as the condition `whose` says."""
    return connection.execute(
        f"SELECT outgoing.id, {date}, subject, recipients, account_id, message_id, error FROM outgoing WHERE {state}"
        f" AND ({date}, outgoing.id) < (?, ?) AND (EXISTS (SELECT 1 FROM json_each(recipients) AS one WHERE"
        " lower(one.value) IN (SELECT value FROM json_each(?)))"
        f" OR {whose[0]}) ORDER BY {date} DESC, outgoing.id DESC LIMIT ?",
        (*_bound(before, "o"), json.dumps(record_mail.addresses(connection, record)), *whose[1], limit),
    ).fetchall()


_LINKED = (
    "SELECT message FROM message_record WHERE record = ? UNION ALL SELECT message FROM link WHERE deal_id = ?"
)  # fmt: skip
_ANSWERS = f"outgoing.record = '' AND answers IN ({_LINKED})"


def _linked(record: str) -> tuple[str, int]:
    return record, int(record[1:]) if record[:1] == "d" else -1


def _outgoing(connection: sqlite3.Connection, row: Sequence[Any], *, is_open: bool) -> Entry:
    number, date, subject, recipients, account, message_id, error = row
    here = connection.execute(
        "SELECT id, thread_id, preview FROM message WHERE account_id = ? AND message_id = ?", (account, message_id)
    ).fetchone()
    who = ", ".join(json.loads(recipients)[:3])
    if here is None:
        return Entry(
            f"o{number}", MAIL, date, subject, error, "", who, mine=True, open=is_open, key=(date, "o", number)
        )
    return Entry(
        f"m{here[0]}", MAIL, date, subject, error or here[2][:_BEGINNING], f"t{here[1]}", who, mine=True, open=is_open,
        key=(date, "o", number),
    )  # fmt: skip


def _drafts(connection: sqlite3.Connection, record: str, before: Key | None, limit: int) -> list[Entry]:
    """Drafts to people of the record, for it, or about mail that is linked to it. There are never many."""
    names = written_for.ids(connection, record)
    people = set(record_mail.addresses(connection, record))
    linked = {row[0] for row in connection.execute(_LINKED, _linked(record))}
    found = []
    for number, changed, subject, fields, about, thread in connection.execute(
        "SELECT draft.id, changed, draft.subject, fields, about, thread_id FROM draft"
        " LEFT JOIN message ON message.id = about WHERE draft.state = 'open' AND (changed, draft.id) < (?, ?)"
        " ORDER BY changed DESC, draft.id DESC",
        _bound(before, "d"),
    ):
        kept = json.loads(fields)
        to = " ".join(str(kept.get(name, "")) for name in ("to", "cc", "bcc"))
        whose = kept.get("record", "")
        is_its = whose in names if whose else about in linked
        if not is_its and not people.intersection(map(str.lower, _ADDRESS.findall(to))):
            continue
        found.append(Entry(
            f"d{number}", MAIL, changed, subject, str(kept.get("text", ""))[:_BEGINNING],
            f"t{thread}" if thread else "", to.strip(), mine=True, open=True, key=(changed, "d", number),
        ))  # fmt: skip
        if len(found) == limit:
            break
    return found


_ADDRESS = re.compile(r"[^\s<>,;\"'()\[\]]+@[^\s<>,;\"'()\[\]]+")
_Outgoing = Callable[[sqlite3.Connection, str, Key | None, int], list[Entry]]
_OUTGOING: dict[str, _Outgoing] = {SENT_HERE: _sent, SCHEDULED: _scheduled, DRAFTS: _drafts}


# --- all else --------------------------------------------------------------------------------------------------------


def _items(
    connection: sqlite3.Connection, record: str, kinds: Sequence[str], before: Key | None, limit: int, offset: int
) -> list[Entry]:
    marks = ", ".join("?" * len(kinds))
    bounds = {kind: _bound(before, LETTERS[kind]) for kind in kinds}
    # Of what stands at the very second of `before`, the letter decides.
    latest = max(bounds.values())
    rows = connection.execute(
        f"SELECT DISTINCT i.id, i.kind, {_DATE} AS date, i.name, substr(i.body, 1, 400), i.closed, i.day, i.start,"
        " i.status, i.owner FROM json_each(?) AS wanted CROSS JOIN item_about ON record = wanted.value"
        f" CROSS JOIN item AS i ON i.id = item_id WHERE i.kind IN ({marks}) AND date <= ?"
        " ORDER BY date DESC, i.id DESC LIMIT ?",
        (offset, offset, json.dumps(group(connection, record)), *kinds, latest[0], limit + _SAME_SECOND),
    )
    return [
        _item(row)
        for row in rows
        if (row[2], row[0]) < bounds[row[1]]
    ][:limit]  # fmt: skip


_SAME_SECOND = 200
"""So many items may stand at one second and are told apart."""


def _item(row: Sequence[Any]) -> Entry:
    number, kind, date, name, body, closed, day, start, status, owner = row
    beginning = " ".join(body.split())[:_BEGINNING]
    title, detail = (name, beginning) if name else (beginning, "")
    letter = LETTERS[kind]
    return Entry(
        f"{letter}{number}", kind, date, title, detail if kind == NOTE else detail or status,
        "", owner, open=not closed and kind != NOTE,
        day=day if day and not start and not (closed and kind == "task") else "", key=(date, letter, number),
    )  # fmt: skip


def _events(
    connection: sqlite3.Connection, record: str, kinds: Collection[str], before: Place, limit: int
) -> list[Entry]:
    of_kind = "" if not kinds else " AND kind IN (SELECT value FROM json_each(?))"
    parameters = () if not kinds else (json.dumps(sorted(kinds)),)
    found = []
    for number, of, date, kind, detail in connection.execute(
        "SELECT id, record, date, kind, detail FROM record_event WHERE record = ? AND (date, id) < (?, ?)"
        f"{of_kind} ORDER BY date DESC, id DESC LIMIT ?",
        (record, *before, *parameters, limit),
    ):
        found.append(Entry(of, kind, date, "", detail, key=(date, HISTORY, number)))
    if len(found) < limit and (not kinds or model.CREATED in kinds):
        found += _beginning(connection, record, before)
    return found


def _beginning(connection: sqlite3.Connection, record: str, before: Place) -> list[Entry]:
    """When a record was made of which nobody kept it, for instance because a file brought it."""
    table = {"p": "person", "c": "company", "d": "deal"}.get(record[:1], "item")
    row = connection.execute(
        f"SELECT created FROM {table} WHERE id = ? AND created > 0 AND NOT EXISTS (SELECT 1 FROM record_event"
        " WHERE record = ? AND kind = 'created')",
        (int(record[1:]), record),
    ).fetchone()
    if row is None or (row[0], 0) >= before:
        return []
    return [Entry(record, model.CREATED, row[0], "", "{}", key=(row[0], HISTORY, 0))]


def _files(connection: sqlite3.Connection, record: str, before: Place, limit: int) -> list[Entry]:
    rows = connection.execute(
        "SELECT id, added, name, type FROM record_file WHERE record = ? AND removed = 0 AND (added, id) < (?, ?)"
        " ORDER BY added DESC, id DESC LIMIT ?",
        (record, *before, limit),
    )
    return [Entry(f"f{row[0]}", FILE, row[1], row[2], row[3], key=(row[1], "f", row[0])) for row in rows]


# --- files -----------------------------------------------------------------------------------------------------------


def files(connection: sqlite3.Connection, record: str, limit: int = 200) -> list[RecordFile]:
    """Files that were added to a record, newest first."""
    rows = connection.execute(
        "SELECT id, name, type, size, added FROM record_file WHERE record = ? AND removed = 0"
        " ORDER BY added DESC, id DESC LIMIT ?",
        (record, limit),
    )
    return [RecordFile(f"f{row[0]}", *row[1:]) for row in rows]


def attachments(connection: sqlite3.Connection, record: str, limit: int, looked_at: int = 200) -> list[RecordFile]:
    """Attachments of the record's newest mail, as "m4:2.1"."""
    found: list[RecordFile] = []
    for date, number in islice(places(connection, record), looked_at):
        row = connection.execute(
            "SELECT body.attachments FROM message JOIN body ON body.message = message.id"
            f" WHERE message.id = ? AND message.attachments > 0 AND {IN_SIGHT}",
            (number,),
        ).fetchone()
        if row is None:
            continue
        for name, type, size, part, inline in json.loads(row[0]):  # noqa: A001 - as the parts are called
            if not inline:
                found.append(RecordFile(f"m{number}:{part}", name, type, size, date))
        if len(found) >= limit:
            break
    return found[:limit]


def content(connection: sqlite3.Connection, file: int) -> tuple[str, bytes] | None:
    """Name and octets of a file of a record; None where there is none."""
    row = connection.execute(
        "SELECT name, content FROM record_file JOIN record_file_content ON file_id = id WHERE id = ? AND removed = 0",
        (file,),
    ).fetchone()
    return None if row is None else (row[0], bytes(row[1]))
