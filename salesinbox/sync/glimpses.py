"""Mail that is looked at and not kept (ACC-3): what cards and readers show of it lives in memory only."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

from salesinbox.formats import message as messages
from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, ServerError
from salesinbox.providers.session import Glimpsing
from salesinbox.sync.incoming import Incoming

HEADS, WHOLE = "heads", "whole"
MOST = 200
"""Messages that one request may be about."""


def heads(incoming: Incoming, threads: Sequence[int]) -> dict[str, Any]:
    """{"heads": {message row: what a card shows of it}} of the messages in these threads, the newest first."""
    rows = incoming.database.connection.execute(
        "SELECT uid, message.id FROM json_each(?) AS wanted JOIN message ON thread_id = wanted.value"
        " JOIN location ON location.message = message.id WHERE account_id = ? AND uid > 0"
        " GROUP BY message.id ORDER BY date DESC LIMIT ?",
        (json.dumps(list(threads)), incoming.account_id, MOST),
    ).fetchall()
    by_uid: dict[int, int] = dict(rows)
    found = _session(incoming).heads(list(by_uid)) if by_uid else []
    return {"heads": {str(by_uid[head.uid]): asdict(head) for head in found if head.uid in by_uid}}


def hits(incoming: Incoming, folder: str, uids: Sequence[int]) -> list[dict[str, Any]]:
    """Messages that a search found, as `errands` tells them."""
    return [
        {
            "folder": folder,
            "uid": head.uid,
            "name": head.name,
            "address": head.address,
            "subject": head.subject,
            "date": head.date,
        }
        for head in _session(incoming).heads(uids)
    ]


def whole(incoming: Incoming, message: int) -> dict[str, Any]:
    """{"content": all that a reader shows of one message}. Raises NotFoundError when it is gone."""
    row = incoming.database.connection.execute(
        "SELECT uid FROM location JOIN message ON message.id = location.message"
        " WHERE message.id = ? AND account_id = ? AND uid > 0",
        (message, incoming.account_id),
    ).fetchone()
    raw = _session(incoming).whole(int(row[0])) if row else None
    if raw is None:
        raise NotFoundError(_("The message is gone from the server."))
    envelope, body = messages.envelope(raw), messages.body(raw)
    return {
        "content": {
            "message": message,
            "message_id": envelope.message_id,
            "references": list(envelope.references),
            "sender": asdict(envelope.sender),
            **{kind: [asdict(one) for one in getattr(envelope, kind)] for kind in ("to", "cc", "reply_to")},
            "subject": envelope.subject,
            "list_id": envelope.list_id,
            "authentication": list(envelope.authentication),
            "text": body.text,
            "html": body.html,
            "attachments": [asdict(one) for one in body.attachments],
            "invitation": body.invitation,
            "bounce": body.bounce,
            "calendar": body.calendar,
        }
    }


def _session(incoming: Incoming) -> Glimpsing:
    if incoming.account.keeps_mail:
        raise ServerError(_("Mail of the account {name} is kept here.").format(name=incoming.account.name))
    return cast("Glimpsing", incoming.session)
