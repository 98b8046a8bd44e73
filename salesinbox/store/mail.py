"""Messages, where they lie on the server, and their content. Every writer runs inside the caller's transaction.

The same message in two folders, or received twice, is one row of `message` with several rows of `location`.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from salesinbox.model.mail import Attachment, Body, Envelope, Flag, FlagState
from salesinbox.model.remote import Cursor, RemoteFolder
from salesinbox.rules import threads as threading_rules
from salesinbox.store import board, correspondents, search


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as the database knows it. `cursor` is None until it has been opened once."""

    id: int
    name: str
    role: str
    cursor: Cursor | None
    complete: bool
    local: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message seen in a folder: what the server said of it, and what its header says."""

    uid: int
    state: FlagState
    received: int
    size: int
    envelope: Envelope
    digest: bytes
    mine: bool
    warning: str


@dataclass(frozen=True, slots=True)
class MissingBody:
    message: int
    uid: int
    size: int


def account(connection: sqlite3.Connection, name: str, address: str) -> int:
    """The row of an account, made on first use."""
    connection.execute(
        "INSERT INTO account (name, address) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET address = excluded.address WHERE address <> excluded.address",
        (name, address),
    )
    row = connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
    return int(row[0])


def account_state(connection: sqlite3.Connection, account_id: int, state: str, detail: str, next_try: int) -> None:
    connection.execute(
        "UPDATE account SET state = ?, detail = ?, next_try = ? WHERE id = ?", (state, detail, next_try, account_id)
    )


def keep_folders(connection: sqlite3.Connection, account_id: int, remote: Sequence[RemoteFolder]) -> list[Folder]:
    """Make the account's folders equal to `remote` (only those that are synced) and return them in that order.

    A folder that is gone from the server, or no longer chosen, goes with everything that lay only in it.
    """
    names = [folder.name for folder in remote]
    known = {row[1]: row[0] for row in connection.execute(
        "SELECT id, name FROM folder WHERE account_id = ?", (account_id,))}
    for name, folder_id in known.items():
        if name not in names:
            uids = [row[0] for row in connection.execute(
                "SELECT uid FROM location WHERE folder_id = ?", (folder_id,))]
            remove(connection, folder_id, uids)
            connection.execute("DELETE FROM thread_folder WHERE folder_id = ?", (folder_id,))
            connection.execute("DELETE FROM folder WHERE id = ?", (folder_id,))
    connection.executemany(
        "INSERT INTO folder (account_id, name, delimiter, role) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (account_id, name) DO UPDATE SET delimiter = excluded.delimiter, role = excluded.role",
        [(account_id, folder.name, folder.delimiter, folder.role) for folder in remote],
    )
    by_name = {folder.name: folder for folder in folders(connection, account_id)}
    return [by_name[name] for name in names]


_FOLDER = "SELECT id, name, role, uidvalidity, uidnext, modseq, complete, local_count FROM folder"


def _folder(row: Sequence[int | str]) -> Folder:
    number, name, role, uidvalidity, uidnext, modseq, complete, local = row
    cursor = Cursor(int(uidvalidity), int(uidnext), int(modseq)) if uidvalidity else None
    return Folder(int(number), str(name), str(role), cursor, bool(complete), int(local))


def folders(connection: sqlite3.Connection, account_id: int) -> list[Folder]:
    return [_folder(row) for row in connection.execute(f"{_FOLDER} WHERE account_id = ? ORDER BY id", (account_id,))]


def folder(connection: sqlite3.Connection, folder_id: int) -> Folder:
    return _folder(connection.execute(f"{_FOLDER} WHERE id = ?", (folder_id,)).fetchone())


def set_cursor(connection: sqlite3.Connection, folder_id: int, cursor: Cursor, *, complete: bool) -> None:
    """Store how far the folder has been read. Call it in the transaction that applied what came before it."""
    connection.execute(
        "UPDATE folder SET uidvalidity = ?, uidnext = ?, modseq = ?, complete = ? WHERE id = ?",
        (cursor.uidvalidity, cursor.uidnext, cursor.modseq, int(complete), folder_id),
    )


def uids(connection: sqlite3.Connection, folder_id: int, low: int = 1) -> set[int]:
    """UIDs known in the folder from `low` upwards; those still to be matched after a renumbering are left out."""
    return {row[0] for row in connection.execute(
        "SELECT uid FROM location WHERE folder_id = ? AND uid >= ?", (folder_id, low))}


def flag_states(connection: sqlite3.Connection, folder_id: int) -> dict[int, FlagState]:
    return {uid: FlagState(Flag(flags), keywords) for uid, flags, keywords in connection.execute(
        "SELECT uid, flags, keywords FROM location WHERE folder_id = ? AND uid > 0", (folder_id,))}


def add(
    connection: sqlite3.Connection, account_id: int, folder_id: int, arrivals: Sequence[Arrival]
) -> tuple[set[int], int]:
    """Take in messages of one folder; returns the threads touched and how many messages were new to the account.

    Taking in the same message twice is the same as once. A message that is known already (by its digest: it was
    moved, copied or renumbered) keeps its row, its content and its thread.
    """
    known = _known(connection, account_id, [arrival.digest for arrival in arrivals])
    touched = {thread for _message, thread in known.values()}
    fresh: dict[bytes, Arrival] = {}
    for arrival in arrivals:
        if arrival.digest not in known:
            fresh.setdefault(arrival.digest, arrival)
    ordered = sorted(fresh.values(), key=lambda arrival: arrival.received)
    placed = _into_threads(connection, account_id, ordered, touched)
    first = connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0] + 1
    rows = []
    documents = []
    people = []
    for number, (arrival, thread) in enumerate(zip(ordered, placed, strict=True), first):
        known[arrival.digest] = (number, thread)
        envelope = arrival.envelope
        recipients = _recipients(envelope)
        date = threading_rules.sane_date(envelope.date, arrival.received)
        rows.append((
            number, account_id, thread, envelope.message_id, arrival.digest, date, arrival.received,
            envelope.sender.name, envelope.sender.address, recipients, envelope.subject, int(arrival.mine),
            int(envelope.automatic), envelope.list_id, arrival.warning, arrival.size, int(envelope.multipart_mixed),
        ))
        documents.append(search.document(
            number, envelope.subject, envelope.sender.name, envelope.sender.address, recipients, "", "[]"))
        people += correspondents.rows(number, date, envelope, mine=arrival.mine)
    connection.executemany(
        "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name,"
        " sender_address, recipients, subject, mine, automatic, list_id, warning, size, attachments)"
        f" VALUES ({marks(17)})",
        rows,
    )
    search.index(connection, documents)
    correspondents.add(connection, people)
    connection.executemany(
        "INSERT INTO location (folder_id, uid, message, flags, keywords) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (folder_id, uid) DO UPDATE SET message = excluded.message, flags = excluded.flags,"
        " keywords = excluded.keywords",
        [
            (folder_id, arrival.uid, known[arrival.digest][0], int(arrival.state.flags), arrival.state.keywords)
            for arrival in arrivals
        ],
    )
    _forget_old_numbers(connection, folder_id, [known[arrival.digest][0] for arrival in arrivals])
    recount(connection, folder_id)
    touched.update(placed)
    return touched, len(rows)


def _recipients(envelope: Envelope) -> str:
    kinds = (("to", envelope.to), ("cc", envelope.cc), ("reply-to", envelope.reply_to))
    rows = [[kind, address.name, address.address] for kind, addresses in kinds for address in addresses]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def _known(connection: sqlite3.Connection, account_id: int, digests: Sequence[bytes]) -> dict[bytes, tuple[int, int]]:
    rows = connection.execute(
        f"SELECT digest, id, thread_id FROM message WHERE account_id = ? AND digest IN ({marks(len(digests))})",
        (account_id, *digests),
    )
    return {digest: (number, thread) for digest, number, thread in rows}


def _into_threads(
    connection: sqlite3.Connection, account_id: int, arrivals: Sequence[Arrival], touched: set[int]
) -> list[int]:
    """The thread of each arrival, by its headers only; makes new ones and merges those that turn out to be one."""
    ids_of = [
        tuple(dict.fromkeys((*arrival.envelope.references, arrival.envelope.message_id)))
        if arrival.envelope.message_id
        else arrival.envelope.references
        for arrival in arrivals
    ]
    wanted = list({identity for ids in ids_of for identity in ids})
    existing: dict[str, int] = {}
    for start in range(0, len(wanted), 5000):
        part = wanted[start : start + 5000]
        existing.update(connection.execute(
            f"SELECT message_id, thread_id FROM reference WHERE account_id = ? AND message_id IN ({marks(len(part))})",
            (account_id, *part),
        ))
    following = connection.execute("SELECT coalesce(max(id), 0) FROM thread").fetchone()[0] + 1
    chosen: list[int] = []
    made: list[int] = []
    named: dict[str, int] = {}
    merged: dict[int, int] = {}

    def current(thread: int) -> int:
        while thread in merged:
            thread = merged[thread]
        return thread

    for ids in ids_of:
        found = {identity: current(existing[identity]) for identity in ids if identity in existing}
        keep, others = threading_rules.join(ids, found)
        if keep is None:
            keep = following
            following += 1
            made.append(keep)
        for other in others:
            merged[other] = keep
        for identity in ids:
            if identity not in existing:
                named[identity] = keep
            existing[identity] = keep
        chosen.append(keep)
    connection.executemany("INSERT INTO thread (id, account_id) VALUES (?, ?)", [(t, account_id) for t in made])
    connection.executemany(
        "INSERT INTO reference (account_id, message_id, thread_id) VALUES (?, ?, ?)",
        [(account_id, identity, thread) for identity, thread in named.items()],
    )
    for other in merged:
        keep = current(other)
        touched.add(keep)
        touched.discard(other)
        connection.execute("UPDATE message SET thread_id = ? WHERE thread_id = ?", (keep, other))
        connection.execute("UPDATE reference SET thread_id = ? WHERE thread_id = ?", (keep, other))
        board.merge(connection, other, keep)
    return [current(thread) for thread in chosen]


def start_renumbering(connection: sqlite3.Connection, folder_id: int) -> None:
    """UIDVALIDITY changed: keep every message in sight under a number of its own until it is met again.

    Numbers from before are negative; `add` drops them as messages return, `finish_renumbering` what is left.
    """
    lowest = connection.execute(
        "SELECT coalesce(min(uid), 0) FROM location WHERE folder_id = ? AND uid < 0", (folder_id,)
    ).fetchone()[0]
    connection.execute("UPDATE location SET uid = ? - uid WHERE folder_id = ? AND uid > 0", (lowest, folder_id))
    connection.execute(
        "UPDATE folder SET uidvalidity = 0, uidnext = 0, modseq = 0, complete = 0 WHERE id = ?", (folder_id,)
    )


def _forget_old_numbers(connection: sqlite3.Connection, folder_id: int, messages: Sequence[int]) -> None:
    if connection.execute("SELECT 1 FROM location WHERE folder_id = ? AND uid < 0", (folder_id,)).fetchone():
        connection.execute(
            f"DELETE FROM location WHERE folder_id = ? AND uid < 0 AND message IN ({marks(len(messages))})",
            (folder_id, *messages),
        )


def finish_renumbering(connection: sqlite3.Connection, folder_id: int) -> set[int]:
    """Every message has been met: what still has an old number is gone. Returns the threads touched."""
    old = [row[0] for row in connection.execute(
        "SELECT uid FROM location WHERE folder_id = ? AND uid < 0", (folder_id,))]
    return remove(connection, folder_id, old)


def set_flags(
    connection: sqlite3.Connection, folder_id: int, states: Mapping[int, FlagState]
) -> tuple[set[int], int]:
    """Store flags as the server has them; unknown UIDs are passed over. Returns threads touched and changes made."""
    changes = []
    threads: set[int] = set()
    numbers = list(states)
    for start in range(0, len(numbers), 5000):
        part = numbers[start : start + 5000]
        for uid, flags, keywords, thread in connection.execute(
            "SELECT uid, flags, keywords, thread_id FROM location JOIN message ON message.id = location.message"
            f" WHERE folder_id = ? AND uid IN ({marks(len(part))})",
            (folder_id, *part),
        ):
            state = states[uid]
            if (int(state.flags), state.keywords) != (flags, keywords):
                changes.append((int(state.flags), state.keywords, folder_id, uid))
                threads.add(thread)
    connection.executemany("UPDATE location SET flags = ?, keywords = ? WHERE folder_id = ? AND uid = ?", changes)
    if changes:
        recount(connection, folder_id)
    return threads, len(changes)


def within(connection: sqlite3.Connection, folder_id: int, ranges: Iterable[tuple[int, int]]) -> list[int]:
    """Known UIDs in inclusive ranges (a server may report numbers that never were here)."""
    found: list[int] = []
    for low, high in ranges:
        found += [row[0] for row in connection.execute(
            "SELECT uid FROM location WHERE folder_id = ? AND uid BETWEEN ? AND ?", (folder_id, max(low, 1), high))]
    return found


def remove(connection: sqlite3.Connection, folder_id: int, gone: Sequence[int]) -> set[int]:
    """Messages left the folder. A message that lies nowhere any more goes with the next `sweep`.

    It is kept until the end of the pass, because a move shows as a deletion here and an arrival elsewhere.
    """
    threads: set[int] = set()
    for start in range(0, len(gone), 5000):
        part = gone[start : start + 5000]
        threads.update(row[0] for row in connection.execute(
            "SELECT DISTINCT thread_id FROM location JOIN message ON message.id = location.message"
            f" WHERE folder_id = ? AND uid IN ({marks(len(part))})",
            (folder_id, *part),
        ))
    connection.executemany(
        "DELETE FROM location WHERE folder_id = ? AND uid = ?", [(folder_id, uid) for uid in gone])
    if gone:
        recount(connection, folder_id)
        connection.execute(
            "INSERT OR REPLACE INTO state (name, value) SELECT 'sweep ' || account_id, '1' FROM folder WHERE id = ?",
            (folder_id,),
        )
    return threads


def sweep(connection: sqlite3.Connection, account_id: int) -> None:
    """Delete what lies in no folder any more. To be called when all folders have been read, not before."""
    name = f"sweep {account_id}"
    if connection.execute("SELECT 1 FROM state WHERE name = ?", (name,)).fetchone() is None:
        return
    gone = connection.execute(
        "SELECT id, thread_id FROM message WHERE account_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM location WHERE location.message = message.id)",
        (account_id,),
    ).fetchall()
    search.unindex(connection, search.documents(connection, [number for number, _thread in gone]))
    connection.executemany("DELETE FROM message WHERE id = ?", [(number,) for number, _thread in gone])
    empty = [
        thread
        for thread in {thread for _number, thread in gone}
        if connection.execute("SELECT 1 FROM message WHERE thread_id = ?", (thread,)).fetchone() is None
    ]
    board.forget(connection, empty)
    connection.executemany("DELETE FROM reference WHERE thread_id = ?", [(thread,) for thread in empty])
    connection.execute("DELETE FROM state WHERE name = ?", (name,))


def recount(connection: sqlite3.Connection, folder_id: int) -> None:
    """Set the folder's own counts from its messages (old numbers still count: they are still in sight)."""
    connection.execute(
        "UPDATE folder SET (local_count, unread) = (SELECT count(*), coalesce(sum(flags & 1 = 0), 0)"
        " FROM location WHERE folder_id = folder.id) WHERE id = ?",
        (folder_id,),
    )


def missing_bodies(
    connection: sqlite3.Connection, folder_id: int, below: int, limit: int, octets: int
) -> list[MissingBody]:
    """Messages of a folder, with UIDs under `below`, whose content is still to be fetched.

    Newest first, at most `limit` of them and (after the first) at most `octets` together.
    """
    chosen: list[MissingBody] = []
    total = 0
    for row in connection.execute(
        "SELECT message.id, uid, size FROM location JOIN message ON message.id = location.message"
        " WHERE folder_id = ? AND uid > 0 AND uid < ? AND body_state = 0 ORDER BY uid DESC LIMIT ?",
        (folder_id, below, limit),
    ):
        total += row[2]
        if chosen and total > octets:
            break
        chosen.append(MissingBody(*row))
    return chosen


def bodies_missing(connection: sqlite3.Connection, account_id: int) -> int:
    """How many messages of an account still lack their content."""
    row = connection.execute(
        "SELECT count(*) FROM message WHERE account_id = ? AND body_state = 0", (account_id,)
    ).fetchone()
    return int(row[0])


def bodies_here(connection: sqlite3.Connection, folder_id: int) -> int:
    row = connection.execute(
        "SELECT count(*) FROM location JOIN message ON message.id = location.message"
        " WHERE folder_id = ? AND body_state > 0",
        (folder_id,),
    ).fetchone()
    return int(row[0])


def add_bodies(connection: sqlite3.Connection, bodies: Mapping[int, Body | None]) -> set[int]:
    """Store contents by message row; None marks one that the server could not give. Returns the threads touched."""
    numbers = list(bodies)
    before = search.documents(connection, numbers)
    connection.executemany(
        "INSERT OR REPLACE INTO body (message, text, html, attachments) VALUES (?, ?, ?, ?)",
        [
            (
                number, body.text, zlib.compress(body.html.encode("utf-8", "replace"), 1) if body.html else None,
                _attachments(body),
            )
            for number, body in bodies.items()
            if body is not None
        ],
    )
    connection.executemany(
        "UPDATE message SET body_state = ?, preview = ?, attachments = ?, invitation = ?, bounce = ? WHERE id = ?",
        [
            (1, body.preview, sum(not a.inline for a in body.attachments), int(body.invitation), int(body.bounce), n)
            if body is not None
            else (2, "", 0, 0, 0, n)
            for n, body in bodies.items()
        ],
    )
    search.reindex(connection, before, search.documents(connection, numbers))
    return {row[0] for row in connection.execute(
        f"SELECT DISTINCT thread_id FROM message WHERE id IN ({marks(len(numbers))})", numbers)}


def _attachments(body: Body) -> str:
    rows = [[a.name, a.type, a.size, a.part, int(a.inline)] for a in body.attachments]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def attachments(stored: str) -> tuple[Attachment, ...]:
    """The attachments of a body row."""
    return tuple(Attachment(name, kind, size, part, bool(inline)) for name, kind, size, part, inline in json.loads(stored))


def marks(count: int) -> str:
    """As many parameter marks as there are values."""
    return ",".join("?" * count)


def pass_done(connection: sqlite3.Connection, folder_id: int, *, server: int, now: int, error: str = "") -> None:
    """How a folder's pass ended (ACC-7)."""
    if error:
        connection.execute("UPDATE folder SET last_error = ? WHERE id = ?", (error, folder_id))
    else:
        connection.execute(
            "UPDATE folder SET server_count = ?, last_success = ?, last_error = '', next_try = 0 WHERE id = ?",
            (server, now, folder_id),
        )


def seen_on_server(connection: sqlite3.Connection, folder_id: int, count: int) -> None:
    connection.execute("UPDATE folder SET server_count = ? WHERE id = ?", (count, folder_id))
