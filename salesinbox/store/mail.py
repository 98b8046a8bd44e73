"""Messages, where they lie on the server, and their content. Every writer runs inside the caller's transaction.

The same message in two folders, or received twice, is one row of `message` with several rows of `location`.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from salesinbox.model.mail import Envelope, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.rules.threads import sane_date
from salesinbox.store import board, correspondents, filters, folders, operations, threads
from salesinbox.store.database import marks, numbers
from salesinbox.store.folders import Folder
from salesinbox.store.search import index as search
from salesinbox.store.sending import written_for
from salesinbox.store.sending.written_for import Arrived


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
    addressed: int = 0
    """What `rules.magnet.addressed` says of it."""


def keep_folders(
    connection: sqlite3.Connection,
    account_id: int,
    remote: Sequence[RemoteFolder],
    others: Sequence[RemoteFolder] = (),
) -> list[Folder]:
    """Make the account's folders equal to `remote` (those that are synced) and return them in that order.

    A folder that is gone from the server, or no longer chosen, goes with everything that lay only in it. `others`
    are on the server and not synced: they are known by name, as places to move mail to.
    """
    names = [folder.name for folder in remote]
    other_names = {folder.name for folder in others}
    known = {
        row[1]: row[0:1] + row[2:]
        for row in connection.execute("SELECT id, name, synced FROM folder WHERE account_id = ?", (account_id,))
    }
    for name, (folder_id, synced) in known.items():
        if name not in names and (synced or name not in other_names):
            uids = [row[0] for row in connection.execute("SELECT uid FROM location WHERE folder_id = ?", (folder_id,))]
            remove(connection, folder_id, uids)
            connection.execute("DELETE FROM thread_folder WHERE folder_id = ?", (folder_id,))
            connection.execute("DELETE FROM folder WHERE id = ?", (folder_id,))
    connection.executemany(
        "INSERT INTO folder (account_id, name, delimiter, role, synced) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (account_id, name) DO UPDATE SET delimiter = excluded.delimiter, role = excluded.role,"
        " synced = excluded.synced",
        [
            (account_id, folder.name, folder.delimiter, folder.role, int(folder.name in names))
            for folder in (*remote, *others)
        ],
    )
    # A folder that was known by name only, and is synced from now on, is read from its beginning.
    connection.execute(
        "DELETE FROM location WHERE expires IS NOT NULL AND folder_id IN"
        " (SELECT id FROM folder WHERE account_id = ? AND synced)",
        (account_id,),
    )
    by_name = {folder.name: folder for folder in folders.folders(connection, account_id)}
    return [by_name[name] for name in names]


def uids(connection: sqlite3.Connection, folder_id: int, low: int = 1) -> set[int]:
    """UIDs known in the folder from `low` upwards; those still to be matched after a renumbering are left out."""
    return {
        row[0]
        for row in connection.execute("SELECT uid FROM location WHERE folder_id = ? AND uid >= ?", (folder_id, low))
    }


def present(connection: sqlite3.Connection, folder_id: int, wanted: Sequence[int]) -> set[int]:
    """Which of these UIDs are known in the folder."""
    return set(rows(connection, folder_id, wanted))


def rows(connection: sqlite3.Connection, folder_id: int, wanted: Sequence[int]) -> dict[int, int]:
    """UID → message row, for those of these UIDs that are known in the folder."""
    return dict(
        connection.execute(
            "SELECT uid, message FROM json_each(?) AS wanted JOIN location ON folder_id = ? AND uid = wanted.value",
            (json.dumps(list(wanted)), folder_id),
        )
    )


def add_known(
    connection: sqlite3.Connection, account_id: int, folder_id: int, wanted: Sequence[int]
) -> tuple[set[int], set[int]]:
    """Take in messages that are known by the same UIDs from other folders, where UIDs are the whole account's.

    Returns the UIDs that were, and the threads touched.
    """
    found = connection.execute(
        "SELECT uid, message, flags, keywords, thread_id FROM json_each(?) AS wanted"
        " CROSS JOIN folder ON folder.account_id = ? AND folder.id <> ?"
        " CROSS JOIN location ON folder_id = folder.id AND uid = wanted.value AND expires IS NULL"
        " JOIN message ON message.id = location.message GROUP BY uid",
        (json.dumps(list(wanted)), account_id, folder_id),
    ).fetchall()
    connection.executemany(
        "INSERT INTO location (folder_id, uid, message, flags, keywords) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (folder_id, uid) DO UPDATE SET message = excluded.message, flags = excluded.flags,"
        " keywords = excluded.keywords",
        [(folder_id, uid, message, flags, keywords) for uid, message, flags, keywords, _thread in found],
    )
    touched = {row[4] for row in found}
    if operations.any_open(connection):
        touched |= operations.overlay(connection, operations.touched(connection, [row[1] for row in found]))
    if found:
        folders.recount(connection, folder_id)
    return {row[0] for row in found}, touched


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
    placed = threads.into_threads(
        connection, account_id, [_identities(arrival.envelope) for arrival in ordered], touched
    )
    first = numbers(connection, "message", len(ordered))
    rows = []
    documents = []
    people = []
    own = []
    for number, (arrival, thread) in enumerate(zip(ordered, placed, strict=True), first):
        known[arrival.digest] = (number, thread)
        envelope = arrival.envelope
        recipients = _recipients(envelope)
        date = sane_date(envelope.date, arrival.received)
        rows.append(
            (
                number,
                account_id,
                thread,
                envelope.message_id,
                arrival.digest,
                date,
                arrival.received,
                envelope.sender.name,
                envelope.sender.address,
                recipients,
                envelope.subject,
                int(arrival.mine),
                int(envelope.automatic),
                envelope.list_id,
                arrival.warning,
                arrival.size,
                int(envelope.multipart_mixed),
                arrival.addressed,
            )
        )
        documents.append(
            search.document(
                number, envelope.subject, envelope.sender.name, envelope.sender.address, recipients, "", "[]"
            )
        )
        people += correspondents.rows(number, date, envelope, mine=arrival.mine)
        if arrival.mine and not arrival.warning:  # a forged one of the same name is linked to nothing
            own.append(Arrived(number, thread, envelope.message_id, not envelope.references))
    connection.executemany(
        "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name,"
        " sender_address, recipients, subject, mine, automatic, list_id, warning, size, attachments, addressed)"
        f" VALUES ({marks(18)})",
        rows,
    )
    search.index(connection, documents)
    correspondents.add(connection, people)
    written_for.link(connection, account_id, own)
    connection.executemany(
        "INSERT INTO location (folder_id, uid, message, flags, keywords) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (folder_id, uid) DO UPDATE SET message = excluded.message, flags = excluded.flags,"
        " keywords = excluded.keywords",
        [
            (
                folder_id,
                arrival.uid,
                known[arrival.digest][0],
                int(arrival.state.flags),
                arrival.state.keywords,
            )
            for arrival in arrivals
        ],
    )
    filters.remember(connection, account_id, folder_id, first, len(ordered))
    messages = [known[arrival.digest][0] for arrival in arrivals]
    _forget_old_numbers(connection, folder_id, messages)
    if operations.any_open(connection):
        touched |= operations.overlay(connection, operations.touched(connection, messages))
    folders.recount(connection, folder_id)
    touched.update(placed)
    return touched, len(rows)


def _identities(envelope: Envelope) -> tuple[str, ...]:
    """The ids that tie a message to others: its references, oldest first, and its own."""
    ids = (*envelope.references, envelope.message_id) if envelope.message_id else envelope.references
    return tuple(dict.fromkeys(ids))


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


def known(connection: sqlite3.Connection, account: str, digests: Sequence[bytes]) -> set[bytes]:
    """Which of these messages are here, by the account's name and their digests."""
    rows = connection.execute(
        "SELECT digest FROM message JOIN account ON account.id = account_id"
        f" WHERE account.name = ? AND digest IN ({marks(len(digests))})",
        (account, *digests),
    )
    return {bytes(row[0]) for row in rows}


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
    old = [
        row[0] for row in connection.execute("SELECT uid FROM location WHERE folder_id = ? AND uid < 0", (folder_id,))
    ]
    return remove(connection, folder_id, old)


def set_flags(connection: sqlite3.Connection, folder_id: int, states: Mapping[int, FlagState]) -> tuple[set[int], int]:
    """Store flags as the server has them; unknown UIDs are passed over. Returns threads touched and changes made."""
    changes = []
    touched: set[int] = set()
    acted_on: set[int] = set()
    numbers = list(states)
    for start in range(0, len(numbers), 5000):
        part = numbers[start : start + 5000]
        for uid, flags, keywords, thread, message, shown in connection.execute(
            "SELECT uid, flags, keywords, thread_id, message, coalesce(shown_flags, shown_keywords, shown_folder)"
            " FROM location JOIN message ON message.id = location.message"
            f" WHERE folder_id = ? AND uid IN ({marks(len(part))})",
            (folder_id, *part),
        ):
            state = states[uid]
            if (int(state.flags), state.keywords) != (flags, keywords):
                changes.append((int(state.flags), state.keywords, folder_id, uid))
                touched.add(thread)
                if shown is not None:
                    acted_on.add(message)
    connection.executemany("UPDATE location SET flags = ?, keywords = ? WHERE folder_id = ? AND uid = ?", changes)
    if changes:
        if acted_on:
            operations.overlay(connection, acted_on)
        folders.recount(connection, folder_id)
    return touched, len(changes)


def within(connection: sqlite3.Connection, folder_id: int, ranges: Iterable[tuple[int, int]]) -> list[int]:
    """Known UIDs in inclusive ranges (a server may report numbers that never were here)."""
    found: list[int] = []
    for low, high in ranges:
        found += [
            row[0]
            for row in connection.execute(
                "SELECT uid FROM location WHERE folder_id = ? AND uid BETWEEN ? AND ?",
                (folder_id, max(low, 1), high),
            )
        ]
    return found


def remove(connection: sqlite3.Connection, folder_id: int, gone: Sequence[int]) -> set[int]:
    """Messages left the folder. A message that lies nowhere any more goes with the next `sweep`.

    It is kept until the end of the pass, because a move shows as a deletion here and an arrival elsewhere.
    """
    touched: set[int] = set()
    for start in range(0, len(gone), 5000):
        part = gone[start : start + 5000]
        touched.update(
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT thread_id FROM location JOIN message ON message.id = location.message"
                f" WHERE folder_id = ? AND uid IN ({marks(len(part))})",
                (folder_id, *part),
            )
        )
    connection.executemany("DELETE FROM location WHERE folder_id = ? AND uid = ?", [(folder_id, uid) for uid in gone])
    if gone:
        folders.recount(connection, folder_id)
        connection.execute(
            "INSERT OR REPLACE INTO state (name, value) SELECT 'sweep ' || account_id, '1' FROM folder WHERE id = ?",
            (folder_id,),
        )
    return touched


def sweep(connection: sqlite3.Connection, account_id: int) -> None:
    """Delete what lies in no folder any more. To be called when all folders have been read, not before."""
    name = f"sweep {account_id}"
    if connection.execute("SELECT 1 FROM state WHERE name = ?", (name,)).fetchone() is None:
        return
    _forget(connection, connection.execute(f"{_NOWHERE} WHERE account_id = ?{_AND_NOWHERE}", (account_id,)).fetchall())
    connection.execute("DELETE FROM state WHERE name = ?", (name,))


def sweep_named(connection: sqlite3.Connection, account_id: int, message_ids: Iterable[str]) -> None:
    """The same at once for messages that are known to be deleted: they have not been moved to a folder still unread."""
    for message_id in message_ids:
        named = (account_id, message_id)
        _forget(
            connection,
            connection.execute(f"{_NOWHERE} WHERE account_id = ? AND message_id = ?{_AND_NOWHERE}", named).fetchall(),
        )


_NOWHERE = "SELECT id, thread_id FROM message"
_AND_NOWHERE = (
    " AND NOT EXISTS (SELECT 1 FROM location WHERE location.message = message.id)"
    " AND NOT EXISTS (SELECT 1 FROM operation WHERE operation.message = message.id"
    " AND state IN ('pending', 'running'))"
)


def _forget(connection: sqlite3.Connection, gone: Sequence[tuple[int, int]]) -> None:
    search.unindex(connection, search.documents(connection, [number for number, _thread in gone]))
    connection.executemany("DELETE FROM message WHERE id = ?", [(number,) for number, _thread in gone])
    empty = [
        thread
        for thread in {thread for _number, thread in gone}
        if connection.execute("SELECT 1 FROM message WHERE thread_id = ?", (thread,)).fetchone() is None
    ]
    board.forget(connection, empty)
    connection.executemany("DELETE FROM reference WHERE thread_id = ?", [(thread,) for thread in empty])
