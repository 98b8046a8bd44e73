"""What the server and the cache know of the messages that operations are about. Nothing here writes."""

from collections.abc import Iterable

from salesinbox.formats import message
from salesinbox.model.errors import ServerError
from salesinbox.model.operations import Operation
from salesinbox.providers.session import Session
from salesinbox.store import folders, operations
from salesinbox.store.database import Database
from salesinbox.store.folders import Folder


class Lookup:
    """Used by the one thread that owns `session` and `database`."""

    def __init__(self, session: Session, database: Database) -> None:
        self.session = session
        self.database = database

    def renumbered(self, source: Folder) -> bool:
        cursor = folders.folder(self.database.connection, source.id).cursor
        if cursor is None:
            return False  # it is not synced: its messages are found by their ids
        try:
            opened = self.session.open(source.name, None)
        except ServerError:
            return False
        return opened.cursor.uidvalidity != cursor.uidvalidity

    def there_already(self, operation: Operation) -> bool:
        """Whether a message lies where it was to go: moved by us, unheard, or by another client with the same idea."""
        intent = operation.intent
        if not intent.target_id:
            return False
        return bool(operations.uids_of(self.database.connection, intent.target_id, intent.message))

    def find(self, operation: Operation, source: Folder) -> list[int]:
        """The UID of a message whose number nobody told us, or nobody kept up to date; [] when it is gone."""
        row = self.database.connection.execute(
            "SELECT message_id FROM message WHERE id = ?", (operation.intent.message,)
        ).fetchone()
        return self.session.find(source.name, row[0])[-1:] if row and row[0] else []

    def present(self, folder: Folder, uids: Iterable[int]) -> set[int]:
        wanted = list(uids)
        if not wanted:
            return set()
        self.session.open(folder.name, None)
        return set(self.session.flags(wanted))

    def arrived(self, unknown: Iterable[Operation], target: Folder) -> dict[int, int]:
        """Operation id → UID in the target, for messages that came to lie there since their attempt began."""
        by_digest: dict[bytes, list[Operation]] = {}
        lowest = 0
        for operation in unknown:
            row = self.database.connection.execute(
                "SELECT digest FROM message WHERE id = ?", (operation.intent.message,)
            ).fetchone()
            if row is not None:
                by_digest.setdefault(bytes(row[0]), []).append(operation)
                lowest = min(lowest or operation.uidnext, operation.uidnext)
        if not by_digest:
            return {}
        self.session.open(target.name, None)
        found: dict[int, int] = {}
        for header in self.session.headers(self.session.uids(max(lowest, 1))):
            waiting = by_digest.get(message.digest(header.header, header.size), [])
            for operation in waiting[:1]:
                if header.uid >= operation.uidnext:
                    found[operation.id] = header.uid
                    waiting.remove(operation)
        return found


_MOST, _MOST_WHOLE = 2000, 20
_HEAD = 65_536


def named(session: Session, folder: str, message_id: str, since: int = 1, *, resent: bool = False) -> list[int]:
    """UIDs, from `since` on, of the messages in a folder that bear a Message-ID, whether its index knows them or not.

    A server's search may lag behind what it holds: where it finds nothing, the newest messages are read. `resent`:
    the id is that of a redirected message's new sending, which only the whole message tells.
    """
    field = "Resent-Message-ID" if resent else "Message-ID"
    found = [uid for uid in session.find(folder, message_id, field) if uid >= since]
    if found or "LABELS" in session.capabilities():  # there to read the newest messages costs more than it tells
        return found
    session.open(folder, None)
    newest = session.uids(since)[-(_MOST_WHOLE if resent else _MOST) :]
    if not resent:
        return [one.uid for one in session.headers(newest) if message.envelope(one.header).message_id == message_id]
    wanted = f"\nresent-message-id: {message_id}".encode().lower()
    return [uid for uid in newest if wanted in b"\n" + (session.raw(folder, uid) or b"")[:_HEAD].lower()]
