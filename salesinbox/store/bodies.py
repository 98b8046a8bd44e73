"""The content of messages: which is still to be fetched, and what was. Writers run inside the caller's transaction."""

import json
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from salesinbox.model.mail import Attachment, Body, Delivery
from salesinbox.store.database import marks
from salesinbox.store.search import index as search


@dataclass(frozen=True, slots=True)
class MissingBody:
    message: int
    uid: int
    size: int
    date: int


NEWEST = (1 << 62, 1 << 62)


def missing_bodies(
    connection: sqlite3.Connection,
    account_id: int,
    folder_id: int,
    limit: int,
    octets: int,
    below: tuple[int, int] = NEWEST,
) -> list[MissingBody]:
    """Messages of a folder whose content is still to be fetched, newest first.

    At most `limit` of them and (after the first) at most `octets` together; only such as lie below the
    (date, message) given. Walks the index of what is missing, so that a mailbox with nothing missing costs nothing.
    """
    chosen: list[MissingBody] = []
    total = 0
    for number, uid, size, date in connection.execute(
        "SELECT message.id, uid, size, date FROM message INDEXED BY message_waiting_for_body"
        " CROSS JOIN location INDEXED BY location_message ON location.message = message.id"
        " WHERE account_id = ? AND body_state = 0 AND date <= ? AND (date, message.id) < (?, ?)"
        " AND folder_id = ? AND uid > 0 ORDER BY date DESC, message.id DESC LIMIT ?",
        (account_id, below[0], *below, folder_id, limit),
    ):
        total += size
        if chosen and total > octets:
            break
        chosen.append(MissingBody(number, uid, size, date))
    return chosen


def bodies_missing(connection: sqlite3.Connection, account_id: int) -> int:
    """How many messages of an account still lack their content."""
    row = connection.execute(
        "SELECT count(*) FROM message WHERE account_id = ? AND body_state = 0", (account_id,)
    ).fetchone()
    return int(row[0])


def add_bodies(connection: sqlite3.Connection, bodies: Mapping[int, Body | None]) -> set[int]:
    """Store contents by message row; None marks one that the server could not give.

    Returns the threads whose card changes by it: those in which the header promised attachments wrongly, or did not.
    """
    numbers = list(bodies)
    promised = dict(
        connection.execute(f"SELECT id, attachments > 0 FROM message WHERE id IN ({marks(len(numbers))})", numbers)
    )
    before = search.documents(connection, numbers)
    connection.executemany(
        "INSERT OR REPLACE INTO body (message, text, html, attachments, calendar) VALUES (?, ?, ?, ?, ?)",
        [
            (
                number,
                body.text,
                zlib.compress(body.html.encode("utf-8", "replace"), 1) if body.html else None,
                _attachments(body),
                body.calendar,
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
    _deliveries(connection, bodies)
    return {
        thread
        for number, thread, has in connection.execute(
            f"SELECT id, thread_id, attachments > 0 FROM message WHERE id IN ({marks(len(numbers))})", numbers
        )
        if has != promised[number]
    }


def _deliveries(connection: sqlite3.Connection, bodies: Mapping[int, Body | None]) -> None:
    """What bounces say of messages that were sent (READ-8)."""
    connection.executemany(
        "INSERT OR REPLACE INTO delivery (account_id, message_id, recipient, bounce, state, status, detail)"
        " SELECT account_id, ?, ?, id, ?, ?, ? FROM message WHERE id = ?",
        [
            (body.report.message_id, one.recipient, one.state, one.status, one.detail, number)
            for number, body in bodies.items()
            if body is not None and body.report is not None and body.report.message_id
            for one in body.report.recipients
        ],
    )


def deliveries(connection: sqlite3.Connection, message: int) -> tuple[Delivery, ...]:
    """What became of a message that was sent, as bounces tell it; the newest word on each recipient."""
    rows = connection.execute(
        "SELECT recipient, delivery.state, status, detail FROM message AS sent"
        " JOIN delivery ON delivery.account_id = sent.account_id AND delivery.message_id = sent.message_id"
        " JOIN message AS told ON told.id = bounce WHERE sent.id = ? AND sent.message_id <> ''"
        " ORDER BY told.received, told.id",
        (message,),
    )
    newest = {row[0]: Delivery(*row) for row in rows}
    return tuple(newest.values())


def _attachments(body: Body) -> str:
    rows = [[a.name, a.type, a.size, a.part, int(a.inline)] for a in body.attachments]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def attachments(stored: str) -> tuple[Attachment, ...]:
    """The attachments of a body row."""
    return tuple(
        Attachment(name, kind, size, part, bool(inline)) for name, kind, size, part, inline in json.loads(stored)
    )
