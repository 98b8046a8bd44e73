"""Operations: what servers are still to be told (ACT-2). Every writer runs inside the caller's transaction.

What a rep sees of a message is what the server last said of it, with the open operations on it done in their order:
`overlay` works that out and keeps it beside the server's word. So a refusal is undone by forgetting the operation,
and what another client did meanwhile is never written over by an old state of ours.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.operations import COPY, DELETE, FLAGS, MOVE, Intent, Operation
from salesinbox.store import folders

_OPEN = "state IN ('pending', 'running')"
_COLUMNS = (
    "account_id, kind, message, folder_id, target_id, add_flags, remove_flags, add_keywords, remove_keywords, due"
)
_SEEN = int(Flag.SEEN)
GONE = 0
"""As a folder: the message is deleted for good."""
KEPT = 7 * 86_400
"""Seconds for which a message in a folder that is not synced is remembered: as long as it can be undone."""


def record(connection: sqlite3.Connection, action: int, intents: Iterable[Intent], now: int) -> None:
    """Keep what is to be done; `overlay` afterwards shows it."""
    connection.executemany(
        f"INSERT INTO operation (action_id, created, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                action,
                now,
                intent.account_id,
                intent.kind,
                intent.message,
                intent.folder_id,
                intent.target_id,
                int(intent.add),
                int(intent.remove),
                intent.add_keywords,
                intent.remove_keywords,
                intent.due,
            )
            for intent in intents
        ],
    )


def _operation(row: Sequence[int | str]) -> Operation:
    number, state, uidnext, new_uid, account, kind, message, folder, target, add, remove, more, less, due = row
    intent = Intent(
        int(account),
        str(kind),
        int(message),
        int(folder),
        int(target),
        Flag(int(add)),
        Flag(int(remove)),
        str(more),
        str(less),
        int(due),
    )
    return Operation(int(number), intent, state == "running", int(uidnext), int(new_uid))


_WHOLE = f"SELECT id, state, uidnext, new_uid, {_COLUMNS} FROM operation"


def waiting(connection: sqlite3.Connection, account_id: int, now: int, limit: int) -> list[Operation]:
    """Open operations of an account, oldest first. One that is not due yet holds back what follows on its message."""
    found = [
        _operation(row)
        for row in connection.execute(
            f"{_WHOLE} WHERE account_id = ? AND {_OPEN} ORDER BY id LIMIT ?", (account_id, limit)
        )
    ]
    held: set[int] = set()
    due = []
    for operation in found:
        if operation.intent.due > now or operation.intent.message in held:
            held.add(operation.intent.message)
        else:
            due.append(operation)
    return due


def next_due(connection: sqlite3.Connection, account_id: int) -> int | None:
    """When the next open operation is due (seconds since 1970); None when there is none."""
    row = connection.execute(
        f"SELECT min(due) FROM operation WHERE account_id = ? AND {_OPEN}", (account_id,)
    ).fetchone()
    return None if row[0] is None else int(row[0])


def number_open(connection: sqlite3.Connection) -> int:
    """How many operations servers are still to be told of."""
    return int(connection.execute(f"SELECT count(*) FROM operation WHERE {_OPEN}").fetchone()[0])


def of_action(connection: sqlite3.Connection, action: int) -> list[tuple[str, Operation]]:
    """(state, operation) of an action, oldest first."""
    rows = connection.execute(f"SELECT state, * FROM ({_WHOLE} WHERE action_id = ? ORDER BY id)", (action,)).fetchall()
    return [(row[0], _operation(row[1:])) for row in rows]


def started(connection: sqlite3.Connection, operations: Iterable[Operation], uidnext: int = 0) -> None:
    """An attempt begins: from now on its outcome is unknown until it is settled."""
    connection.executemany(
        "UPDATE operation SET state = 'running', uidnext = iif(uidnext, uidnext, ?) WHERE id = ?",
        [(uidnext, operation.id) for operation in operations],
    )


def copied(connection: sqlite3.Connection, numbers: Mapping[int, int]) -> None:
    """The copies of moves that are made in two steps exist: operation id → new UID (-1: not told)."""
    connection.executemany("UPDATE operation SET new_uid = ? WHERE id = ?", [(uid, n) for n, uid in numbers.items()])


def settled(connection: sqlite3.Connection, operations: Collection[Operation]) -> set[int]:
    """The server has done it. Returns the threads touched; `board.refresh` them."""
    connection.executemany("UPDATE operation SET state = 'done' WHERE id = ?", [(o.id,) for o in operations])
    return overlay(connection, {operation.intent.message for operation in operations})


def refused(
    connection: sqlite3.Connection, operations: Collection[Operation], error: str, *, told: bool = False
) -> set[int]:
    """It cannot be done: the messages return to where the server has them (ACT-4). Returns the threads touched."""
    connection.executemany(
        "UPDATE operation SET state = 'refused', error = ?, told = ? WHERE id = ?",
        [(error, int(told), operation.id) for operation in operations],
    )
    return overlay(connection, {operation.intent.message for operation in operations})


def cancelled(connection: sqlite3.Connection, operations: Collection[Operation]) -> set[int]:
    """The rep took it back before the server was told. Returns the threads touched."""
    connection.executemany("UPDATE operation SET state = 'cancelled' WHERE id = ?", [(o.id,) for o in operations])
    return overlay(connection, {operation.intent.message for operation in operations})


def touched(connection: sqlite3.Connection, messages: Iterable[int]) -> list[int]:
    """Which of these messages have an open operation."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT message FROM operation JOIN json_each(?) AS wanted ON message = wanted.value"
            f" WHERE {_OPEN}",
            (json.dumps(list(messages)),),
        )
    ]


def any_open(connection: sqlite3.Connection) -> bool:
    return connection.execute(f"SELECT 1 FROM operation WHERE {_OPEN} LIMIT 1").fetchone() is not None


def overlay(connection: sqlite3.Connection, messages: Collection[int]) -> set[int]:
    """Show the open operations on these messages, and keep the folders' shown counts. Returns the threads touched."""
    wanted = json.dumps(list(messages))
    by_message: dict[int, list[Intent]] = defaultdict(list)
    for row in connection.execute(
        f"{_WHOLE} JOIN json_each(?) AS wanted ON message = wanted.value WHERE {_OPEN} ORDER BY operation.id".replace(
            "SELECT id,", "SELECT operation.id,"
        ),
        (wanted,),
    ):
        operation = _operation(row)
        by_message[operation.intent.message].append(operation.intent)
    threads: set[int] = set()
    changes = []
    counts: Counter[int] = Counter()
    unread: Counter[int] = Counter()
    for folder, uid, message, flags, keywords, was_flags, was_keywords, was_folder, thread in connection.execute(
        "SELECT folder_id, uid, message, flags, keywords, shown_flags, shown_keywords, shown_folder, thread_id"
        " FROM json_each(?) AS wanted JOIN location ON location.message = wanted.value"
        " JOIN message ON message.id = location.message",
        (wanted,),
    ):
        threads.add(thread)
        shown, state = _done_in_order(by_message.get(message, ()), folder, FlagState(Flag(flags), keywords))
        now = (
            None if int(state.flags) == flags else int(state.flags),
            None if state.keywords == keywords else state.keywords,
            None if shown == folder else shown,
        )
        if now == (was_flags, was_keywords, was_folder):
            continue
        changes.append((*now, folder, uid))
        for sign, place, bits in (
            (-1, folder if was_folder is None else was_folder, flags if was_flags is None else was_flags),
            (1, shown, int(state.flags)),
        ):
            counts[place] += sign
            unread[place] += sign * (not bits & _SEEN)
    connection.executemany(
        "UPDATE location SET shown_flags = ?, shown_keywords = ?, shown_folder = ? WHERE folder_id = ? AND uid = ?",
        changes,
    )
    connection.executemany(
        "UPDATE folder SET shown_count = shown_count + ?, unread = unread + ? WHERE id = ?",
        [(counts[place], unread[place], place) for place in counts.keys() | unread.keys()],
    )
    return threads


def _done_in_order(intents: Sequence[Intent], folder: int, state: FlagState) -> tuple[int, FlagState]:
    """Where a message that lies in `folder` is shown, and with which flags, once the intents are done."""
    for intent in intents:
        if intent.folder_id != folder:
            continue
        if intent.kind == FLAGS:
            words = set(state.keywords.split()) | set(intent.add_keywords.split())
            words -= set(intent.remove_keywords.split())
            state = FlagState((state.flags | intent.add) & ~intent.remove, " ".join(sorted(words)))
        elif intent.kind == MOVE:
            folder = intent.target_id
        elif intent.kind == DELETE:
            folder = GONE
    return folder, state


def copies(connection: sqlite3.Connection, threads: Collection[int]) -> list[tuple[int, int, int]]:
    """(thread, message, folder) of copies that servers are still to make: shown as if they were there."""
    return connection.execute(
        "SELECT thread_id, message, target_id FROM operation JOIN message ON message.id = operation.message"
        f" JOIN json_each(?) AS wanted ON wanted.value = thread_id WHERE kind = '{COPY}' AND {_OPEN}",
        (json.dumps(list(threads)),),
    ).fetchall()


def uids_of(connection: sqlite3.Connection, folder_id: int, message: int) -> list[int]:
    """The UIDs by which the server knows a message in a folder; below 0: it is there, its number is not known yet."""
    return [
        row[0]
        for row in connection.execute(
            "SELECT uid FROM location WHERE message = ? AND folder_id = ?", (message, folder_id)
        )
    ]


def relocated(
    connection: sqlite3.Connection,
    folder_id: int,
    target_id: int,
    moved: Mapping[int, tuple[int, int]],
    now: int,
    *,
    keep: bool,
) -> None:
    """Messages lie elsewhere now: old UID → (message, new UID, or 0 where the server did not tell).

    A message without a number waits under a negative one until the folder is read. `keep`: it was copied.
    """
    synced = folders.is_synced(connection, target_id)
    lowest = connection.execute(
        "SELECT coalesce(min(uid), 0) FROM location WHERE folder_id = ? AND uid < 0", (target_id,)
    ).fetchone()[0]
    rows = []
    for old, (message, new) in moved.items():
        found = connection.execute(
            "SELECT flags, keywords FROM location WHERE folder_id = ? AND uid = ?", (folder_id, old)
        ).fetchone()
        flags, keywords = found or (0, "")
        if not new:
            lowest -= 1
        rows.append((target_id, new or lowest, message, flags, keywords, None if synced else now + KEPT))
    if not keep:
        connection.executemany(
            "DELETE FROM location WHERE folder_id = ? AND uid = ?", [(folder_id, old) for old in moved]
        )
    connection.executemany(
        "INSERT INTO location (folder_id, uid, message, flags, keywords, expires) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (folder_id, uid) DO UPDATE SET message = excluded.message",
        rows,
    )
    folders.recount(connection, folder_id)
    folders.recount(connection, target_id)


def removed(connection: sqlite3.Connection, folder_id: int, uids: Collection[int]) -> None:
    """Messages were deleted for good; they are forgotten with the next sweep."""
    connection.executemany("DELETE FROM location WHERE folder_id = ? AND uid = ?", [(folder_id, uid) for uid in uids])
    folders.recount(connection, folder_id)
    connection.execute(
        "INSERT OR REPLACE INTO state (name, value) SELECT 'sweep ' || account_id, '1' FROM folder WHERE id = ?",
        (folder_id,),
    )


def forget_old(connection: sqlite3.Connection, account_id: int, now: int) -> None:
    """Drop what can no longer be undone: settled operations, actions, and messages remembered for their sake."""
    connection.execute(
        f"DELETE FROM operation WHERE account_id = ? AND created < ? AND NOT {_OPEN}"
        " AND NOT (state = 'refused' AND told = 0)",
        (account_id, now - KEPT),
    )
    connection.execute(
        "DELETE FROM action WHERE created < ? AND NOT EXISTS (SELECT 1 FROM operation WHERE action_id = action.id)",
        (now - KEPT,),
    )
    expired = connection.execute(
        "SELECT folder_id, uid, message FROM location WHERE expires < ? AND shown_folder IS NULL"
        " AND folder_id IN (SELECT id FROM folder WHERE account_id = ?)",
        (now, account_id),
    ).fetchall()
    for folder_id in {row[0] for row in expired}:
        removed(connection, folder_id, [row[1] for row in expired if row[0] == folder_id])
