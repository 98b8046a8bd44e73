"""What the rep is writing, as it is kept here (SEND-4). Writers run inside the caller's transaction."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from salesinbox.model.drafts import Draft, DraftFile, File

OPEN, QUEUED, SENT, DISCARDED = "open", "queued", "sent", "discarded"
_KEPT = 30 * 86_400
"""Seconds for which a draft that was discarded can be brought back."""

_FIELDS = (
    "kind", "sender", "to", "cc", "bcc", "text", "markdown", "in_reply_to", "signature", "response_days", "record",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServerCopy:
    """How a draft stands with the server: `told` is the revision that lies there as `message_id`.

    `copies` are the Message-IDs of all that may lie there, those that are to be deleted among them.
    """

    id: int
    state: str
    key: str
    revision: int
    told: int
    changed: int
    message_id: str
    copies: tuple[str, ...]
    size: int = 0
    """Octets of its files."""


_DRAFT = (
    "SELECT draft.id, account.name, fields, subject, coalesce(about, 0), changed, revision FROM draft"
    " JOIN account ON account.id = account_id"
)


def get(connection: sqlite3.Connection, number: int) -> Draft | None:
    """A draft in any state but DISCARDED and SENT."""
    row = connection.execute(f"{_DRAFT} WHERE draft.id = ? AND draft.state IN ('open', 'queued')", (number,)).fetchone()
    return None if row is None else _draft(connection, row)


def opened(connection: sqlite3.Connection) -> list[Draft]:
    """Drafts that are being written, the one changed last first."""
    rows = connection.execute(f"{_DRAFT} WHERE draft.state = 'open' ORDER BY changed DESC, draft.id DESC").fetchall()
    return [_draft(connection, row) for row in rows]


def _draft(connection: sqlite3.Connection, row: Sequence[int | str]) -> Draft:
    number, account, fields, subject, about, changed, revision = row
    kept = json.loads(str(fields))
    return Draft(
        id=f"d{number}",
        account=str(account),
        subject=str(subject),
        about=f"m{about}" if about else "",
        changed=int(changed),
        revision=int(revision),
        references=tuple(kept.get("references", ())),
        files=files(connection, int(number)),
        **{name: kept[name] for name in _FIELDS if name in kept},
    )


def put(connection: sqlite3.Connection, account_id: int, draft: Draft, key: str, now: int) -> int:
    """Keep a new draft; `key` is the part of its Message-IDs that stays the same."""
    cursor = connection.execute(
        "INSERT INTO draft (account_id, fields, subject, about, created, changed, key) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (account_id, _fields(draft), draft.subject, _row(draft.about), now, now, key),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def update(connection: sqlite3.Connection, number: int, account_id: int, draft: Draft, now: int) -> bool:
    """Keep what was changed; False where the draft is gone, on its way, or was changed by another hand meanwhile."""
    done = connection.execute(
        "UPDATE draft SET account_id = ?, fields = ?, subject = ?, about = ?, changed = ?, revision = revision + 1,"
        " error = '' WHERE id = ? AND state = 'open' AND ? IN (0, revision)",
        (account_id, _fields(draft), draft.subject, _row(draft.about), now, number, draft.revision),
    )
    return done.rowcount == 1


def became(connection: sqlite3.Connection, number: int, state: str, now: int) -> None:
    """OPEN, QUEUED, SENT or DISCARDED. What was sent needs its files no more: they are in the message."""
    connection.execute(
        "UPDATE draft SET state = ?, changed = ?, revision = revision + 1 WHERE id = ?", (state, now, number)
    )
    if state == SENT:
        connection.execute("DELETE FROM draft_file WHERE draft_id = ?", (number,))


def state(connection: sqlite3.Connection, number: int) -> str:
    row = connection.execute("SELECT state FROM draft WHERE id = ?", (number,)).fetchone()
    return str(row[0]) if row else ""


def _fields(draft: Draft) -> str:
    kept: dict[str, object] = {name: getattr(draft, name) for name in _FIELDS}
    kept["references"] = list(draft.references)
    return json.dumps(kept, ensure_ascii=True)


def _row(message: str) -> int | None:
    return int(message[1:]) if message else None


# --- files --------------------------------------------------------------------------------------------------------


def files(connection: sqlite3.Connection, number: int) -> tuple[DraftFile, ...]:
    rows = connection.execute("SELECT id, name, type, size FROM draft_file WHERE draft_id = ? ORDER BY id", (number,))
    return tuple(DraftFile(str(id), name, type, size) for id, name, type, size in rows)  # noqa: A001 - as the columns are called


def contents(connection: sqlite3.Connection, number: int) -> tuple[File, ...]:
    rows = connection.execute("SELECT name, type, content FROM draft_file WHERE draft_id = ? ORDER BY id", (number,))
    return tuple(File(name, type, bytes(content)) for name, type, content in rows)  # noqa: A001 - as the columns are called


def attach(connection: sqlite3.Connection, number: int, file: File) -> None:
    connection.execute(
        "INSERT INTO draft_file (draft_id, name, type, size, content) VALUES (?, ?, ?, ?, ?)",
        (number, file.name, file.type, len(file.content), file.content),
    )
    connection.execute("UPDATE draft SET revision = revision + 1 WHERE id = ?", (number,))


def copy_files(connection: sqlite3.Connection, number: int, other: int) -> None:
    """Give another draft the same files."""
    connection.execute(
        "INSERT INTO draft_file (draft_id, name, type, size, content)"
        " SELECT ?, name, type, size, content FROM draft_file WHERE draft_id = ? ORDER BY id",
        (other, number),
    )


def detach(connection: sqlite3.Connection, number: int, file: int) -> None:
    connection.execute("DELETE FROM draft_file WHERE draft_id = ? AND id = ?", (number, file))
    connection.execute("UPDATE draft SET revision = revision + 1 WHERE id = ?", (number,))


# --- the server's copy --------------------------------------------------------------------------------------------


def with_server(connection: sqlite3.Connection, account_id: int) -> list[ServerCopy]:
    """Drafts of which the server is to be told something, or holds a copy."""
    rows = connection.execute(
        "SELECT id, state, key, revision, told, changed, message_id, copies,"
        " (SELECT coalesce(sum(size), 0) FROM draft_file WHERE draft_id = draft.id) FROM draft WHERE account_id = ?"
        " AND (told < revision OR copies <> '[]') ORDER BY changed",
        (account_id,),
    )
    return [
        ServerCopy(number, state, key, revision, told, changed, message_id, tuple(json.loads(copies)), size)
        for number, state, key, revision, told, changed, message_id, copies, size in rows
    ]


def any_untold(connection: sqlite3.Connection) -> bool:
    """Whether a server is to be told of a draft; costs microseconds."""
    row = connection.execute(
        "SELECT 1 FROM draft WHERE (told < revision OR copies <> '[]')"
        " AND (told < revision OR state IN ('sent', 'discarded')) LIMIT 1"
    ).fetchone()
    return row is not None


def copies(connection: sqlite3.Connection, number: int, found: Sequence[str]) -> None:
    """Which copies may lie on the server now."""
    connection.execute("UPDATE draft SET copies = ? WHERE id = ?", (json.dumps(list(found)), number))


def told(connection: sqlite3.Connection, number: int, revision: int, message_id: str, error: str = "") -> None:
    connection.execute(
        "UPDATE draft SET told = ?, message_id = ?, error = ? WHERE id = ?", (revision, message_id, error, number)
    )


def of_copy(connection: sqlite3.Connection, account_id: int, message_id: str) -> int:
    """The draft, open or queued, of which a message is the server's copy; 0 for none."""
    row = connection.execute(
        "SELECT draft.id FROM draft, json_each(copies) WHERE account_id = ? AND json_each.value = ?"
        " AND state IN ('open', 'queued')",
        (account_id, message_id),
    ).fetchone()
    return int(row[0]) if row else 0


def tidy(connection: sqlite3.Connection, now: int) -> None:
    """Forget what was sent or discarded long ago and is gone from the server."""
    connection.execute(
        "DELETE FROM draft WHERE state IN ('sent', 'discarded') AND copies = '[]' AND changed < ?", (now - _KEPT,)
    )


def about_thread(connection: sqlite3.Connection, thread: int) -> bool:
    """Whether an answer to a thread's mail is being written."""
    row = connection.execute(
        "SELECT 1 FROM draft JOIN message ON message.id = draft.about WHERE state = 'open' AND thread_id = ? LIMIT 1",
        (thread,),
    ).fetchone()
    return row is not None
