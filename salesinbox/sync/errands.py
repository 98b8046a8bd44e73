"""What only the server has, fetched when somebody asks: a part, the raw source, what its own search finds (READ-5)."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from salesinbox.formats import message as messages
from salesinbox.formats import query
from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, ServerError
from salesinbox.model.remote import RemoteHeader
from salesinbox.store import board, bodies, folders, mail, operations, parts
from salesinbox.sync.incoming import Incoming

CONTENT, SEARCH, TAKE = "content", "search", "take"
MOST = 50
"""Messages that a server's search gives for one account."""


def run(incoming: Incoming, errand: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out an errand on the account's line; the answer is what JSON can hold.

    `content` {message, part}: {path}. `search` {text, today}: {hits}. `take` {folder, uid}: {thread}.
    Raises NetworkError, ServerError, QueryError, and NotFoundError for what is gone.
    """
    kind = errand.get("kind")
    if kind == CONTENT:
        return {"path": str(_content(incoming, int(errand["message"]), str(errand.get("part", ""))))}
    if kind == SEARCH:
        return {"hits": _search(incoming, str(errand["text"]), date.fromisoformat(errand["today"]))}
    if kind == TAKE:
        return {"thread": _take(incoming, str(errand["folder"]), int(errand["uid"]))}
    raise ServerError(f"no such errand: {kind}")


def _content(incoming: Incoming, number: int, part: str) -> Path:
    data = incoming.database.path.parent
    if (path := parts.find(data, number, part)) is not None:
        return path
    row = incoming.database.connection.execute("SELECT message_id FROM message WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise _gone()
    places = incoming.database.connection.execute(
        "SELECT folder.name, uid FROM location JOIN folder ON folder.id = folder_id WHERE message = ?"
        " ORDER BY synced DESC, uid < 0",
        (number,),
    ).fetchall()
    for folder, uid in places:
        # The number may be unknown here, or out of date: then the message is found by its id.
        for candidate in [uid] if uid > 0 else incoming.session.find(folder, row[0]):
            content = _fetch(incoming, folder, candidate, part)
            if content is not None:
                return parts.keep(data, number, part, content)
    for folder in incoming.session.folders() if row[0] else ():
        if folder.selectable:
            for candidate in incoming.session.find(folder.name, row[0]):
                content = _fetch(incoming, folder.name, candidate, part)
                if content is not None:
                    return parts.keep(data, number, part, content)
    raise _gone()


def _fetch(incoming: Incoming, folder: str, uid: int, part: str) -> bytes | None:
    return incoming.session.part(folder, uid, part) if part else incoming.session.raw(folder, uid)


def _gone() -> NotFoundError:
    return NotFoundError(_("The message is gone from the server."))


def _search(incoming: Incoming, text: str, today: date) -> list[dict[str, Any]]:
    """What the server finds and is not here, newest first. A folder that the server refuses is passed over."""
    expression = query.parse(text, today=today)
    incoming.know_account()
    known = {
        folder.name: folder.id for folder in folders.all_folders(incoming.database.connection, incoming.account_id)
    }
    hits: list[dict[str, Any]] = []
    refused: ServerError | None = None
    asked = 0
    for folder in incoming.session.folders():
        if not folder.selectable:
            continue
        try:
            found = incoming.session.search(folder.name, expression)
        except ServerError as error:
            refused = error
            continue
        asked += 1
        here = mail.uids(incoming.database.connection, known[folder.name]) if folder.name in known else set()
        away = [uid for uid in found if uid not in here][-MOST:]
        if away:
            incoming.session.open(folder.name, None)
            hits += [_hit(folder.name, header) for header in incoming.session.headers(away)]
    if not asked and refused is not None:
        raise refused
    return sorted(hits, key=lambda hit: hit["date"], reverse=True)[:MOST]


def _hit(folder: str, header: RemoteHeader) -> dict[str, Any]:
    envelope = messages.envelope(header.header)
    return {
        "folder": folder,
        "uid": header.uid,
        "name": envelope.sender.name,
        "address": envelope.sender.address,
        "subject": envelope.subject,
        "date": envelope.date or header.received,
        "digest": messages.digest(header.header, header.size).hex(),
    }


def _take(incoming: Incoming, name: str, uid: int) -> str:
    """Take a message in: it is read and searched like any other, as long as the account remembers it."""
    account_id = incoming.know_account()
    incoming.session.open(name, None)
    headers = incoming.session.headers([uid])
    if not headers:
        raise _gone()
    role, delimiter = next(((f.role, f.delimiter) for f in incoming.session.folders() if f.name == name), ("", "/"))
    incoming.session.open(name, None)
    arrival = incoming.arrival(headers[0], role)
    contents = {body.uid: body for body in incoming.session.bodies([(uid, headers[0].size)])}
    with incoming.database.transaction() as connection:
        folder = folders.unsynced(connection, account_id, name, role, delimiter)
        synced = folders.is_synced(connection, folder)
        threads, _new = mail.add(connection, account_id, folder, [arrival])
        row = connection.execute(
            "SELECT id, thread_id FROM message WHERE account_id = ? AND digest = ?", (account_id, arrival.digest)
        ).fetchone()
        if not synced:
            connection.execute(
                "UPDATE location SET expires = ? WHERE folder_id = ? AND uid = ?",
                (incoming.now() + operations.KEPT, folder, uid),
            )
        if uid in contents:
            threads |= bodies.add_bodies(connection, {row[0]: messages.body(contents[uid].raw, contents[uid].left_out)})
        board.refresh(connection, threads | {row[1]}, incoming.placing())
    return f"t{row[1]}"
