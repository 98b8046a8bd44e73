"""What only the server has, fetched when somebody asks: a part, the raw source, what its own search finds (READ-5)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from salesinbox.formats import message as messages
from salesinbox.formats import mime, query
from salesinbox.formats.query_tree import Expression
from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, ServerError
from salesinbox.model.mail import ALL
from salesinbox.model.remote import RemoteFolder, RemoteHeader
from salesinbox.providers.session import LARGE
from salesinbox.store import board, bodies, folders, mail, operations, parts
from salesinbox.sync import glimpses
from salesinbox.sync.incoming import Incoming

CONTENT, SEARCH, TAKE = "content", "search", "take"
MOST = 50
"""Messages that a server's search gives for one account."""
_LOOKED_AT = 500
"""How many of the newest messages found in a folder are looked at, when most of them are here already."""


def run(incoming: Incoming, errand: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out an errand on the account's line; the answer is what JSON can hold.

    `content` {message, part}: {path}. `search` {text, today}: {hits}. `take` {folder, uid}: {thread}.
    `heads` {threads}, `whole` {message}: see `glimpses`.
    Raises NetworkError, ServerError (also for an errand that makes no sense), QueryError, and NotFoundError for what
    is gone.
    """
    try:
        work = _understood(errand)
    except (KeyError, TypeError, ValueError) as error:
        raise ServerError(f"no such errand: {errand.get('kind')}") from error
    incoming.know_account()
    return work(incoming)


def _understood(errand: Mapping[str, Any]) -> Callable[[Incoming], dict[str, Any]]:
    match errand["kind"]:
        case "content":
            return partial(_content, message=int(errand["message"]), part=str(errand.get("part", "")))
        case "search":
            return partial(_search, text=str(errand["text"]), today=date.fromisoformat(errand["today"]))
        case "take":
            return partial(_take, name=str(errand["folder"]), uid=int(errand["uid"]))
        case glimpses.HEADS:
            return partial(glimpses.heads, threads=[int(one) for one in errand["threads"]][: glimpses.MOST])
        case glimpses.WHOLE:
            return partial(glimpses.whole, message=int(errand["message"]))
        case other:
            raise ValueError(other)


# --- contents -----------------------------------------------------------------------------------------------------


def _content(incoming: Incoming, *, message: int, part: str) -> dict[str, Any]:
    data = parts.place(incoming.database.path.parent, keeps_mail=incoming.account.keeps_mail)
    row = incoming.database.connection.execute(
        "SELECT message_id, digest, size FROM message WHERE id = ? AND account_id = ?", (message, incoming.account_id)
    ).fetchone()
    if row is None:
        raise _gone()
    message_id, digest, octets = str(row[0]), bytes(row[1]), int(row[2])
    path = parts.find(data, parts.Key(message, digest, part))
    if path is not None:
        return {"path": str(path)}

    def keep(which: str, content: bytes) -> Path:
        return parts.keep(data, parts.Key(message, digest, which), content)

    refused: dict[str, ServerError] = {}
    for folder, find in _places(incoming, message, message_id):
        try:
            for uid in find():
                # A number can have been given to another message, and anyone can write any Message-ID.
                if not _is(incoming, folder, uid, digest):
                    continue
                content = _fetch(incoming, folder, uid, part, octets, keep)
                if content is not None:
                    return {"path": str(keep(part, content))}
        except ServerError as error:
            refused.setdefault(folder, error)  # the folder is gone, or closed to us: the message may lie elsewhere
    # Of a folder that is closed nobody can say that the message has left it.
    closed = _known_places(incoming, message) & {folder.name for folder in incoming.session.folders()}
    raise next((error for name, error in refused.items() if name in closed), None) or _gone()


def _places(incoming: Incoming, message: int, message_id: str) -> Iterator[tuple[str, Callable[[], list[int]]]]:
    """Folders in which a message may lie and how to learn its numbers there, the likeliest first."""
    rows = incoming.database.connection.execute(
        "SELECT folder.name, uid FROM location JOIN folder ON folder.id = folder_id WHERE message = ?"
        " ORDER BY synced DESC, uid < 0",
        (message,),
    ).fetchall()
    for folder, uid in rows:
        if uid > 0:
            yield folder, partial(list, (uid,))
    if not message_id:
        return
    # The number is not known here, or was out of date; or another client has moved the message.
    names = [folder.name for folder in incoming.session.folders() if folder.selectable]
    likely = [name for name, _uid in rows if name in names]
    for folder in dict.fromkeys((*likely, *names)):
        yield folder, partial(incoming.session.find, folder, message_id)


def _known_places(incoming: Incoming, message: int) -> set[str]:
    rows = incoming.database.connection.execute(
        "SELECT folder.name FROM location JOIN folder ON folder.id = folder_id WHERE message = ?", (message,)
    )
    return {row[0] for row in rows}


def _is(incoming: Incoming, folder: str, uid: int, digest: bytes) -> bool:
    incoming.session.open(folder, None)
    return any(messages.digest(header.header, header.size) == digest for header in incoming.session.headers([uid]))


def _fetch(
    incoming: Incoming, folder: str, uid: int, part: str, octets: int, keep: Callable[[str, bytes], Path]
) -> bytes | None:
    """The content of the part that is listed under this number; None when the message is gone."""
    if not part:
        return incoming.session.raw(folder, uid)
    if octets > LARGE:
        return incoming.session.part(folder, uid, part)
    # The parts of such a message were counted here, and a broken one can be counted differently there.
    raw = incoming.session.raw(folder, uid)
    if raw is None:
        return None
    keep("", raw)
    leaf = next((leaf for leaf in mime.parse(raw).leaves() if leaf.number == part), None)
    if leaf is None:
        raise NotFoundError(_("The message has no such attachment."))
    content = leaf.content()
    if leaf.encoding == b"base64":
        return content
    # Lines keep the ends that they were sent with.
    exact = _exact(incoming, folder, uid, part)
    return exact if exact is not None and _lines(exact) == _lines(content) else content


def _exact(incoming: Incoming, folder: str, uid: int, part: str) -> bytes | None:
    try:
        return incoming.session.part(folder, uid, part)
    except ServerError:
        return None


def _lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _gone() -> NotFoundError:
    return NotFoundError(_("The message is gone from the server."))


# --- search -------------------------------------------------------------------------------------------------------


def _search(incoming: Incoming, *, text: str, today: date) -> dict[str, Any]:
    """What the server finds and is not here, newest first. A folder that the server refuses is passed over."""
    expression = query.parse(text, today=today)
    found: dict[bytes, dict[str, Any]] = {}
    refused: ServerError | None = None
    asked = 0
    # Gmail's "All Mail" holds every message a second time: where a message also lies says more.
    for folder in sorted(incoming.session.folders(), key=lambda folder: folder.role == ALL):
        if not folder.selectable:
            continue
        try:
            for digest, hit in _unknown(incoming, folder, expression).items():
                found.setdefault(digest, hit)
        except ServerError as error:
            refused = error
        else:
            asked += 1
    if not asked and refused is not None:
        raise refused
    return {"hits": sorted(found.values(), key=lambda hit: hit["date"], reverse=True)[:MOST]}


def _unknown(incoming: Incoming, folder: RemoteFolder, expression: Expression) -> dict[bytes, dict[str, Any]]:
    """The newest messages found in a folder that are nowhere here, by their digests."""
    connection = incoming.database.connection
    uids = incoming.session.search(folder.name, expression)
    if not uids:
        return {}
    opened = incoming.session.open(folder.name, None)
    known = next((f for f in folders.all_folders(connection, incoming.account_id) if f.name == folder.name), None)
    if known is not None and known.cursor is not None and known.cursor.uidvalidity == opened.cursor.uidvalidity:
        here = mail.uids(connection, known.id)
        uids = [uid for uid in uids if uid not in here]
    found: dict[bytes, dict[str, Any]] = {}
    uids = uids[-_LOOKED_AT:]
    while uids and len(found) < MOST:
        some, uids = uids[-MOST:], uids[:-MOST]
        headers = {messages.digest(one.header, one.size): one for one in incoming.session.headers(some)}
        away = headers.keys() - mail.known(connection, incoming.account.name, list(headers))
        if incoming.account.keeps_mail:
            found |= {digest: _hit(folder.name, one) for digest, one in headers.items() if digest in away}
        else:
            digests = {one.uid: digest for digest, one in headers.items() if digest in away}
            found |= {digests[hit["uid"]]: hit for hit in glimpses.hits(incoming, folder.name, list(digests))}
    return found


def _hit(folder: str, header: RemoteHeader) -> dict[str, Any]:
    envelope = messages.envelope(header.header)
    return {
        "folder": folder,
        "uid": header.uid,
        "name": envelope.sender.name,
        "address": envelope.sender.address,
        "subject": envelope.subject,
        "date": envelope.date or header.received,
    }


# --- taking in ----------------------------------------------------------------------------------------------------


def _take(incoming: Incoming, *, name: str, uid: int) -> dict[str, Any]:
    """Take a message in: it is read and searched like any other, as long as the account remembers it."""
    incoming.session.open(name, None)
    headers = incoming.session.headers([uid])
    if not headers:
        raise _gone()
    role, delimiter = next(((f.role, f.delimiter) for f in incoming.session.folders() if f.name == name), ("", "/"))
    incoming.session.open(name, None)
    arrival = incoming.arrival(headers[0], role)
    contents = {body.uid: body for body in incoming.session.bodies([(uid, headers[0].size)])}
    with incoming.database.transaction() as connection:
        folder = folders.unsynced(connection, incoming.account_id, name, role, delimiter)
        synced = folders.is_synced(connection, folder)
        threads, _new = mail.add(connection, incoming.account_id, folder, [arrival])
        row = connection.execute(
            "SELECT id, thread_id FROM message WHERE account_id = ? AND digest = ?",
            (incoming.account_id, arrival.digest),
        ).fetchone()
        if not synced:
            connection.execute(
                "UPDATE location SET expires = ? WHERE folder_id = ? AND uid = ?",
                (incoming.now() + operations.KEPT, folder, uid),
            )
        if uid in contents:
            threads |= bodies.add_bodies(connection, {row[0]: messages.body(contents[uid].raw, contents[uid].left_out)})
        board.refresh(connection, threads | {row[1]}, incoming.placing())
    return {"thread": f"t{row[1]}"}
