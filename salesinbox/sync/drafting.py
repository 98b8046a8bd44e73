"""Drafts and the server's Drafts folder (SEND-4): what is written here can be gone on with elsewhere.

Each version has a Message-ID of its own, which is kept here before the server hears of it: whatever a kill or a cut
line leaves behind there is known, and deleted once the next version lies there.
"""

from datetime import datetime

from salesinbox.model.errors import ServerError, UsageError
from salesinbox.model.mail import DRAFTS, Address, Flag
from salesinbox.providers.session import Session
from salesinbox.store import folders
from salesinbox.store.database import Database
from salesinbox.store.sending import drafts, written_for
from salesinbox.store.sending.drafts import DISCARDED, OPEN, QUEUED, SENT, ServerCopy
from salesinbox.sync.lookup import named
from salesinbox.sync.sending import Sender

IDLE = 4
"""Seconds without a change after which a draft is told to the server."""
AT_LEAST = 30
"""Seconds after which it is told while the rep goes on writing."""
_A_SECOND_MORE = 200_000
"""Octets of files for which it waits one second longer: each version goes over the line whole."""
_SETTLED = 120
"""Seconds after which a copy that is not in sight can be held to be gone."""
_AFTER_REFUSAL = 300
_NAME = "Drafts"


class Drafting:
    """One account's drafts. Used by the one thread that owns `session` and `database`."""

    def __init__(self, sender: Sender, account_id: int, session: Session, database: Database) -> None:
        self.sender = sender
        self.account_id = account_id
        self.session = session
        self.database = database
        self.deleted: list[str] = []
        """Message-IDs of copies that were deleted since somebody has looked."""
        self._told: dict[int, int] = {}
        """Draft row → when it was told last."""
        self._not_before: dict[int, int] = {}

    def push(self) -> set[str]:
        """Make the server's copies equal to the drafts here. Returns the folders that changed by it.

        A refusal is kept with the draft. NetworkError: the rest is done next time.
        """
        changed: set[str] = set()
        for draft in drafts.with_server(self.database.connection, self.account_id):
            if self._due(draft) > self.sender.now():
                continue
            try:
                if draft.state in (OPEN, QUEUED):
                    self._tell(draft, changed)
                else:
                    self._remove(draft, draft.copies, changed)
                    self._told_all(draft)
            except ServerError as error:
                self._not_before[draft.id] = self.sender.now() + _AFTER_REFUSAL
                with self.database.transaction() as connection:
                    drafts.told(connection, draft.id, draft.told, draft.message_id, str(error))
        return changed

    def seconds_to_next(self) -> float | None:
        """How long until a draft is to be told; None when all are."""
        moments = [
            self._due(draft)
            for draft in drafts.with_server(self.database.connection, self.account_id)
            if _is_open(draft)
        ]
        return max(0.0, min(moments) - self.sender.now()) if moments else None

    def _due(self, draft: ServerCopy) -> int:
        if not _is_open(draft):
            return self.sender.now() if self._may_be_gone(draft) else 1 << 62
        if draft.state != OPEN:
            return self._not_before.get(draft.id, 0)
        longer = draft.size // _A_SECOND_MORE
        soon = draft.changed + IDLE + longer
        if draft.id in self._told:
            soon = min(soon, self._told[draft.id] + AT_LEAST + 10 * longer)
        return max(soon, self._not_before.get(draft.id, 0))

    def _tell(self, draft: ServerCopy, changed: set[str]) -> None:
        if draft.told == draft.revision:
            if others := tuple(one for one in draft.copies if one != draft.message_id):
                self._remove(draft, others, changed, keep=draft.message_id)
            else:
                self._let_go(draft)
            return
        from salesinbox.formats import letters  # noqa: PLC0415 - most passes tell of no draft

        folder = self._folder()
        connection = self.database.connection
        kept = drafts.get(connection, draft.id)
        if kept is None:
            return
        files = drafts.contents(connection, draft.id)
        account = self.sender.account
        identity = next((one for one in account.identities if one.address == kept.sender), None)
        sender = Address(identity.name if identity else "", kept.sender or account.address)
        now = self.sender.now()
        message_id = letters.message_id(account.address, f"{draft.key}.{draft.revision}")
        try:
            date = datetime.fromtimestamp(now, self.sender.zone)
            about = self._about(kept.about)
            record = written_for.told(connection, kept.record)
            raw = letters.build_draft(kept, files, sender, message_id, date, draft.key, about=about, record=record)
        except UsageError as error:
            raise ServerError(str(error)) from error
        with self.database.transaction() as writing:
            drafts.copies(writing, draft.id, [*draft.copies, message_id])
        self.session.append(folder, raw, Flag.SEEN | Flag.DRAFT, now)
        with self.database.transaction() as writing:
            drafts.told(writing, draft.id, draft.revision, message_id)
        self._told[draft.id] = now
        changed.add(folder)
        self._remove(draft, draft.copies, changed, keep=message_id)

    def _about(self, message: str) -> str:
        """The Message-ID of the message that a draft is about, by which another machine knows it."""
        row = self.database.connection.execute(
            "SELECT message_id FROM message WHERE id = ?", (int(message[1:]) if message else 0,)
        ).fetchone()
        return str(row[0]) if row else ""

    def _remove(self, draft: ServerCopy, copies: tuple[str, ...], changed: set[str], keep: str = "") -> None:
        """Delete copies for good, wherever a kill has left them."""
        folder = self._folder()
        for message_id in copies:
            uids = named(self.session, folder, message_id)
            if uids:
                self.session.expunge(folder, uids)
                self.deleted.append(message_id)
                changed.add(folder)
        with self.database.transaction() as writing:
            drafts.copies(writing, draft.id, [keep] if keep else [])

    def _told_all(self, draft: ServerCopy) -> None:
        with self.database.transaction() as writing:
            drafts.told(writing, draft.id, draft.revision, "")

    # --- another client ---------------------------------------------------------------------------------------------

    def _may_be_gone(self, draft: ServerCopy) -> bool:
        """Whether the copy on the server is no longer known here, though it should have been seen long ago."""
        if draft.state != OPEN or self.sender.now() < draft.changed + _SETTLED:
            return False
        row = self.database.connection.execute(
            "SELECT 1 FROM message JOIN location ON location.message = message.id"
            " JOIN folder ON folder.id = folder_id AND role = ? WHERE message.account_id = ? AND message_id = ?",
            (DRAFTS, self.account_id, draft.message_id),
        ).fetchone()
        return row is None and self._synced()

    def _let_go(self, draft: ServerCopy) -> None:
        """Another client has gone on with the draft, or thrown it away, and nothing is newer here: so be it."""
        if draft.message_id and not named(self.session, self._folder(), draft.message_id):
            with self.database.transaction() as writing:
                drafts.became(writing, draft.id, DISCARDED, self.sender.now())

    def _synced(self) -> bool:
        return any(
            folder.role == DRAFTS and folder.cursor is not None
            for folder in folders.folders(self.database.connection, self.account_id)
        )

    def _folder(self) -> str:
        """The folder of drafts; made where the server has none."""
        for known in folders.all_folders(self.database.connection, self.account_id):
            if known.role == DRAFTS:
                return known.name
        for listed in self.session.folders():
            if listed.role == DRAFTS:
                return listed.name
        self.session.create(_NAME)
        return _NAME


def _is_open(draft: ServerCopy) -> bool:
    """Whether the server is to be told something."""
    if draft.state in (SENT, DISCARDED):
        return True
    return draft.told < draft.revision or len(draft.copies) > 1
