"""What the rep did, newest last, and how it is taken back (ACT-3). Writers run inside the caller's transaction."""

import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from salesinbox.model.operations import COPIED, COPY, DELETE, FLAGS, MOVE, MOVED, OPENED, Intent, Operation
from salesinbox.store import operations, snoozes
from salesinbox.store.sending import outgoing
from salesinbox.store.snoozes import Snooze

UNDONE = "undone"
"""The verb of an action that takes another one back."""

_MOST = 20
_UNTOLD_MAIL = (
    "told = 0 AND (outgoing.state = 'refused' OR (outgoing.state = 'unknown' AND looked = 1) OR response_due < 0)"
)
"""Mail that was refused, of which nobody knows whether it has arrived, or that nobody answered (ACT-6)."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the rep did. `before` is what was there, for what no operation remembers."""

    id: int
    verb: str
    target: str
    subject: str
    threads: int
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Joined:
    """What several actions come to as one. `rows` are changes to records; `final`: undo leaves it alone."""

    target: str
    subject: str
    threads: int
    rows: list[list[Any]]
    final: bool = False


def began(
    connection: sqlite3.Connection,
    verb: str,
    now: int,
    *,
    target: str = "",
    subject: str = "",
    threads: int = 0,
    before: dict[str, Any] | None = None,
) -> int:
    """Keep an action; returns its number. Some verbs are never taken back."""
    undone = int(verb in (OPENED, UNDONE))
    cursor = connection.execute(
        "INSERT INTO action (created, verb, target, subject, threads, before, undone) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (now, verb, target, subject, threads, json.dumps(before or {}), undone),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def last(connection: sqlite3.Connection) -> int:
    """The number of the newest action, 0 for none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM action").fetchone()[0])


def joined(connection: sqlite3.Connection, since: int, verb: str, now: int, kept: Joined) -> int:
    """Make one action of all that were kept after `since`, so that they are taken back together; its number."""
    rows = connection.execute("SELECT id, before FROM action WHERE id > ? ORDER BY id", (since,)).fetchall()
    operations_asked = 0
    asleep: dict[str, Any] = {}
    for _number, before in rows:
        found = json.loads(before)
        operations_asked += int(found.get("operations", 0))
        asleep = found.get("snoozes", {}) | asleep  # what was there before the first of them
    before = {"operations": operations_asked, "snoozes": asleep, "rows": kept.rows}
    action = began(connection, verb, now, target=kept.target, subject=kept.subject, threads=kept.threads, before=before)
    parts = json.dumps([row[0] for row in rows])
    connection.execute(
        "UPDATE operation SET action_id = ? WHERE action_id IN (SELECT value FROM json_each(?))", (action, parts)
    )
    connection.execute("DELETE FROM action WHERE id IN (SELECT value FROM json_each(?))", (parts,))
    if kept.final:
        connection.execute("UPDATE action SET undone = 1 WHERE id = ?", (action,))
    return action


def newest(connection: sqlite3.Connection) -> Action | None:
    """The last action that has not been taken back."""
    row = connection.execute(
        "SELECT id, verb, target, subject, threads, before FROM action WHERE undone = 0 ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    number, verb, target, subject, threads, before = row
    return Action(number, verb, target, subject, threads, json.loads(before))


def settle(connection: sqlite3.Connection) -> None:
    """Nothing that was done so far will be taken back."""
    connection.execute("UPDATE action SET undone = 1 WHERE undone = 0")


def led_to(connection: sqlite3.Connection) -> dict[str, int]:
    """Name of a folder → how often the rep has moved or copied mail there lately."""
    return dict(
        connection.execute(
            "SELECT target, count(*) FROM action WHERE verb IN (?, ?) GROUP BY target", (MOVED, COPIED)
        ).fetchall()
    )


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of taking back an action: the threads touched, and what nothing takes back.

    `deleted` counts messages that are deleted for good; `sent`: mail of it has left.
    """

    threads: set[int]
    deleted: int
    sent: bool
    draft: int = 0
    """The draft that is there again, 0 for none."""

    @property
    def nothing(self) -> bool:
        return not self.threads and (self.deleted > 0 or self.sent)


def taken_back(connection: sqlite3.Connection, action: Action, now: int) -> TakenBack:
    """Take back the mail of an action: what no server was told yet is dropped, the rest gets the opposite order."""
    threads: set[int] = set()
    waiting: list[Operation] = []
    opposites: list[Intent] = []
    draft = int(action.before.get("draft", 0))
    gone = not outgoing.cancel(connection, action.id)
    if draft and not gone:
        from salesinbox.store.sending import drafts  # noqa: PLC0415 - the board starts without writing

        drafts.became(connection, draft, drafts.OPEN, now)
    kept = operations.of_action(connection, action.id)
    # Operations go with their messages, when those are gone from the server.
    deleted = int(action.before.get("operations", 0)) - len(kept)
    for state, operation in reversed(kept):
        if state == "pending":
            waiting.append(operation)
        elif state in ("running", "done"):
            opposite = _opposite(operation.intent)
            if opposite is None:
                deleted += 1
            else:
                opposites.append(opposite)
    threads |= operations.cancelled(connection, waiting)
    if opposites:
        undoing = began(connection, UNDONE, now)
        operations.record(connection, undoing, opposites, now)
        threads |= operations.overlay(connection, {intent.message for intent in opposites})
    for thread, row in action.before.get("snoozes", {}).items():
        snoozes.put(connection, int(thread), Snooze(*row) if row is not None else None)
        threads.add(int(thread))
    if (muted := action.before.get("muted")) is not None:
        snoozes.mute(connection, action.before["threads"], on=False)
        snoozes.mute(connection, muted, on=True)
        threads.update(action.before["threads"])
    connection.execute("UPDATE action SET undone = 1 WHERE id = ?", (action.id,))
    return TakenBack(threads, deleted, sent=gone, draft=0 if gone else draft)


def refusals(connection: sqlite3.Connection) -> list[tuple[int, int, str, str, str, str]]:
    """(number, thread row or 0, verb, target, subject, sentence) of what was refused and the rep has not been told."""
    rows = connection.execute(
        "SELECT max(operation.id), thread_id, verb, action.target, thread.subject, operation.error"
        " FROM operation JOIN action ON action.id = action_id JOIN message ON message.id = operation.message"
        " JOIN thread ON thread.id = thread_id WHERE operation.state = 'refused' AND told = 0"
        " GROUP BY action_id, operation.error, thread_id ORDER BY 1 LIMIT ?",
        (_MOST,),
    ).fetchall()
    rows += connection.execute(
        "SELECT outgoing.id, coalesce(thread_id, 0),"
        " CASE state WHEN 'sent' THEN 'unanswered' WHEN 'unknown' THEN 'uncertain' ELSE verb END, target,"
        " action.subject, CASE WHEN state = 'sent' THEN response_days ELSE outgoing.error END FROM outgoing"
        " JOIN action ON action.id = action_id LEFT JOIN message ON message.id = answers"
        f" WHERE {_UNTOLD_MAIL} ORDER BY outgoing.id LIMIT ?",
        (_MOST,),
    ).fetchall()
    return rows


def any_refusal(connection: sqlite3.Connection) -> bool:
    """Whether there is a refusal that the rep has not been told; costs microseconds."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM operation WHERE state = 'refused' AND told = 0)"
        f" OR EXISTS (SELECT 1 FROM outgoing WHERE {_UNTOLD_MAIL})"
    ).fetchone()
    return bool(row[0])


def told(connection: sqlite3.Connection) -> None:
    """The rep has seen the refusals."""
    connection.execute("UPDATE operation SET told = 1 WHERE state = 'refused' AND told = 0")
    connection.execute(f"UPDATE outgoing SET told = 1 WHERE {_UNTOLD_MAIL}")


def _opposite(intent: Intent) -> Intent | None:
    if intent.kind == FLAGS:
        return replace(
            intent,
            add=intent.remove,
            remove=intent.add,
            add_keywords=intent.remove_keywords,
            remove_keywords=intent.add_keywords,
            due=0,
        )
    if intent.kind == MOVE:
        return replace(intent, folder_id=intent.target_id, target_id=intent.folder_id, due=0)
    if intent.kind == COPY:
        return Intent(intent.account_id, DELETE, intent.message, intent.target_id, target_id=intent.folder_id)
    if intent.target_id:
        return Intent(intent.account_id, COPY, intent.message, intent.target_id, target_id=intent.folder_id)
    return None
