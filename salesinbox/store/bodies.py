"""The content of messages: which is still to be fetched, and what was. Writers run inside the caller's transaction."""

import json
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from salesinbox.model.mail import Attachment, Body
from salesinbox.store import search
from salesinbox.store.database import marks


@dataclass(frozen=True, slots=True)
class MissingBody:
    message: int
    uid: int
    size: int


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
                number,
                body.text,
                zlib.compress(body.html.encode("utf-8", "replace"), 1) if body.html else None,
                _attachments(body),
            )
            for number, body in bodies.items()
            if body is not None
        ],
    )
    connection.executemany(
        "UPDATE message SET body_state = ?, preview = ?, attachments = ?, invitation = ?, bounce = ? WHERE id = ?",
        [
            (
                1,
                body.preview,
                sum(not a.inline for a in body.attachments),
                int(body.invitation),
                int(body.bounce),
                n,
            )
            if body is not None
            else (2, "", 0, 0, 0, n)
            for n, body in bodies.items()
        ],
    )
    search.reindex(connection, before, search.documents(connection, numbers))
    return {
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT thread_id FROM message WHERE id IN ({marks(len(numbers))})", numbers
        )
    }


def _attachments(body: Body) -> str:
    rows = [[a.name, a.type, a.size, a.part, int(a.inline)] for a in body.attachments]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def attachments(stored: str) -> tuple[Attachment, ...]:
    """The attachments of a body row."""
    return tuple(
        Attachment(name, kind, size, part, bool(inline)) for name, kind, size, part, inline in json.loads(stored)
    )
