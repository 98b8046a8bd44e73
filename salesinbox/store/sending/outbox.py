"""The outbox as it is read: what is on its way, what needs the rep, what was sent (SEND-6). Nothing here writes."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from salesinbox.model.mail import Delivery
from salesinbox.model.outbox import OutboxEntry
from salesinbox.store.sending.outgoing import OPEN

_ENTRY = (
    "SELECT outgoing.id, account.name, outgoing.message_id, sender, recipients, outgoing.subject, outgoing.state, due,"
    " outgoing.created, sent, outgoing.error, looked, attempts, filed, filed_error, draft.id, response_due, exit,"
    " (SELECT length(raw) FROM outgoing_raw WHERE outgoing_id = outgoing.id),"
    " (SELECT thread_id FROM message WHERE message.account_id = outgoing.account_id"
    " AND message.message_id = outgoing.message_id), outgoing.account_id,"
    " (SELECT action.subject FROM action WHERE action.id = action_id)"
    " FROM outgoing JOIN account ON account.id = outgoing.account_id"
    " LEFT JOIN draft ON draft.id = draft_id AND draft.state = 'queued'"
)


def entries(connection: sqlite3.Connection, recent: int) -> list[OutboxEntry]:
    """What is not sent, that which needs the rep first, then by its turn; then the newest `recent` sent ones."""
    rows = connection.execute(
        f"{_ENTRY} WHERE outgoing.{OPEN} ORDER BY outgoing.state NOT IN ('refused', 'unknown'), due, outgoing.id"
    ).fetchall()
    rows += connection.execute(
        f"{_ENTRY} WHERE outgoing.state = 'sent' ORDER BY sent DESC, outgoing.id DESC LIMIT ?", (recent,)
    ).fetchall()
    return [_entry(connection, row) for row in rows]


def entry(connection: sqlite3.Connection, number: int) -> OutboxEntry | None:
    row = connection.execute(f"{_ENTRY} WHERE outgoing.id = ?", (number,)).fetchone()
    return None if row is None else _entry(connection, row)


def _entry(connection: sqlite3.Connection, row: Sequence[Any]) -> OutboxEntry:
    (
        number, account, message_id, sender, recipients, subject, state, due, created, sent, error, looked, attempts,
        filed, filed_error, draft, response_due, code, size, thread, account_id, title,
    ) = row  # fmt: skip
    return OutboxEntry(
        id=f"o{number}",
        account=account,
        message_id=message_id,
        sender=sender,
        recipients=tuple(json.loads(recipients)),
        subject=subject or title or "",
        state=state,
        due=due,
        created=created,
        sent=sent,
        error=error,
        asks=state == "unknown" and bool(looked),
        attempts=attempts,
        filed=filed,
        filed_error=filed_error,
        thread=f"t{thread}" if thread else "",
        deliveries=_deliveries(connection, account_id, message_id) if state == "sent" else (),
        draft=f"d{draft}" if draft else "",
        response_due=max(response_due, 0),
        size=size or 0,
        exit=code if state in ("refused", "unknown") else 0,
    )


def _deliveries(connection: sqlite3.Connection, account_id: int, message_id: str) -> tuple[Delivery, ...]:
    """The newest word on each recipient (READ-8), whether the sent message itself is here or not."""
    rows = connection.execute(
        "SELECT recipient, state, status, detail FROM delivery WHERE account_id = ? AND message_id = ? ORDER BY bounce",
        (account_id, message_id),
    )
    return tuple({row[0]: Delivery(*row) for row in rows}.values())
