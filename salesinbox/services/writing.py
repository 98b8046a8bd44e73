"""Writing mail: drafts from their first character to the outbox (SEND-1 to SEND-5, SEND-7 to SEND-9)."""

import mimetypes
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from salesinbox.formats import answering
from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft, File
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.identities import Identity
from salesinbox.model.links import LinkChoice
from salesinbox.model.mail import DRAFTS
from salesinbox.model.operations import DISCARDED
from salesinbox.model.outbox import Queued
from salesinbox.model.reviews import Review
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.model.timeline import FileAtHand
from salesinbox.rules import snoozing
from salesinbox.rules.columns import Own
from salesinbox.services import editing, identities
from salesinbox.services.beginning import Beginning, Begun
from salesinbox.services.board import row_of
from salesinbox.services.content import ContentService
from salesinbox.services.posting import Posting
from salesinbox.services.written_for import WrittenFor
from salesinbox.store import folders, history
from salesinbox.store.database import Database
from salesinbox.store.sending import drafts, written_for

LARGEST_FILE = 100_000_000
"""Octets of a file that no mail server in the world takes."""


def _never() -> bool:
    return False


class WritingService:
    """Any thread may call: each call opens its own connection. `now` gives seconds since 1970."""

    def __init__(
        self,
        database: Path,
        settings: Settings,
        own: Own,
        now: Callable[[], float],
        content: Callable[[], ContentService],
    ) -> None:
        self.path = database
        self.settings = settings
        self.own = own
        self.now = now
        self.beginning = Beginning(self._reading, settings, own, content)

    def _reading(self) -> Database:
        return Database(self.path, readonly=self.path.exists())

    # --- how a draft begins ---------------------------------------------------------------------------------------

    def identities(self) -> list[Identity]:
        """Addresses that the rep can write from, the default first (SEND-3); none where no account can send."""
        return identities.identities(self.settings)

    def with_identity(self, draft: Draft, identity: Identity) -> Draft:
        """The draft from another address, with that one's signature in the place of the other's."""
        text = answering.swap_signature(draft.text, draft.signature, identity.signature)
        return replace(
            draft, sender=identity.address, account=identity.account, text=text, signature=identity.signature
        )

    def begin(self, kind: str, message_id: str = "", *, stopped: Callable[[], bool] = _never) -> Draft:
        """A draft as it begins (SEND-1). `message_id` ("m9") names what it is about, for all kinds but NEW.

        FORWARD of mail with attachments, FORWARD_ATTACHED, REDIRECT and EDIT wait for the server; `stopped` is asked
        meanwhile. A draft with files is kept at once, every other one when it is first kept.

        Raises ConfigurationError where no account can send, NotFoundError for a message that is not here.
        """
        return self._with_files(self.beginning.begin(kind, message_id, stopped))

    def _with_files(self, begun: Begun) -> Draft:
        """Keep the draft together with the files that come with it."""
        if not begun.files:
            return begun.draft
        with Database(self.path) as writing, writing.transaction() as connection:
            number = self._put(connection, begun.draft)
            for file in begun.files:
                drafts.attach(connection, number, file)
            return self._get(connection, number)

    # --- a draft that is kept -------------------------------------------------------------------------------------

    def keep(self, draft: Draft) -> Draft:
        """Write the draft as it is now; one that is new gets its id.

        One that is gone, or that another board has changed meanwhile, is kept as a new one: neither text is lost.
        """
        with Database(self.path) as writing, writing.transaction() as connection:
            number = self._kept(connection, draft)
            return self._get(connection, number)

    def _kept(self, connection: sqlite3.Connection, draft: Draft) -> int:
        if draft.id:
            number = row_of(draft.id, "d")
            account_id = self._account_id(connection, draft.account)
            if drafts.update(connection, number, account_id, _storable(draft), int(self.now())):
                return number
            if drafts.state(connection, number) in (drafts.QUEUED, drafts.SENT):
                raise UsageError(_("This message is on its way already; what was typed since is not in it."))
            other = self._put(connection, draft)
            drafts.copy_files(connection, number, other)
            return other
        return self._put(connection, draft)

    def _put(self, connection: sqlite3.Connection, draft: Draft) -> int:
        account_id = self._account_id(connection, draft.account)
        return drafts.put(connection, account_id, _storable(draft), str(uuid.uuid4()), int(self.now()))

    def _get(self, connection: sqlite3.Connection, number: int) -> Draft:
        found = drafts.get(connection, number)
        if found is None:
            raise NotFoundError(_("There is no such draft here any more."))
        return found

    def _account_id(self, connection: sqlite3.Connection, name: str) -> int:
        for account in self.settings.accounts:
            if account.name == name:
                return folders.account(connection, account.name, account.address)
        raise NotFoundError(_("There is no account {name} in the configuration.").format(name=safe(name, 40)))

    def kept(self, id: str) -> Draft:
        """The draft as it is kept. NotFoundError where it was sent or thrown away."""
        with self._reading() as database:
            return self._get(database.connection, row_of(id, "d"))

    def drafts(self) -> list[Draft]:
        """Drafts that are kept here and not on their way, the one changed last first."""
        with self._reading() as database:
            return drafts.opened(database.connection)

    def discard(self, id: str, *, untouched: bool = False) -> str:
        """Throw a draft away, here and on the server; undo brings it back. Returns a sentence.

        `untouched`: the rep has written nothing in it, so there is nothing to bring back.
        """
        number, now = row_of(id, "d"), int(self.now())
        with Database(self.path) as writing, writing.transaction() as connection:
            draft = self._get(connection, number)
            if drafts.state(connection, number) != drafts.OPEN:
                raise UsageError(_("This message is on its way already. Take it back from the outbox first."))
            drafts.became(connection, number, drafts.DISCARDED, now)
            if not untouched:
                history.began(connection, DISCARDED, now, subject=draft.subject, threads=1, before={"draft": number})
        return _("The draft is thrown away.")

    # --- drafts of the server ---------------------------------------------------------------------------------------

    def is_draft(self, message_id: str) -> bool:
        """Whether a message ("m9") lies in a folder of drafts."""
        with self._reading() as database:
            row = database.connection.execute(
                "SELECT 1 FROM location JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
                " WHERE message = ? AND role = ?",
                (row_of(message_id, "m"), DRAFTS),
            ).fetchone()
        return row is not None

    def draft_of(self, message_id: str) -> str:
        """The draft kept here ("d5") of which a message is the server's copy, "" where there is none."""
        with self._reading() as database:
            found = self._copy_of(database.connection, message_id)
        return f"d{found}" if found else ""

    def _copy_of(self, connection: sqlite3.Connection, message_id: str) -> int:
        row = connection.execute(
            "SELECT account_id, message_id FROM message WHERE id = ?", (row_of(message_id, "m"),)
        ).fetchone()
        return drafts.of_copy(connection, row[0], row[1]) if row else 0

    def resume(self, message_id: str, *, stopped: Callable[[], bool] = _never) -> Draft:
        """Go on with a draft that lies on the server ("m9"), whichever client and machine it is from (SEND-4)."""
        if known := self.draft_of(message_id):
            return self.kept(known)
        begun, source = self.beginning.taken_up(message_id, stopped)
        draft = begun.draft
        with Database(self.path) as writing, writing.transaction() as connection:
            about = self._known(connection, source.account, draft.about or draft.in_reply_to)
            record = written_for.understood(connection, draft.record)
            number = self._put(connection, replace(draft, about=about, record=record))
            for file in begun.files:
                drafts.attach(connection, number, file)
            # The copy that was gone on with is the server's copy of this draft from now on: it goes with the next one.
            drafts.copies(connection, number, [source.original.message_id])
            return self._get(connection, number)

    def _known(self, connection: sqlite3.Connection, account: str, message_id: str) -> str:
        """The message here ("m9") that a draft from elsewhere is about, "" where it is not here."""
        row = connection.execute(
            "SELECT message.id FROM message JOIN account ON account.id = account_id"
            " WHERE account.name = ? AND message_id = ? AND message_id <> ''",
            (account, message_id),
        ).fetchone()
        return f"m{row[0]}" if row else ""

    # --- files ------------------------------------------------------------------------------------------------------

    def attach(self, draft: Draft, path: Path) -> Draft:
        """Attach a file: its content as it is now, so that the file may change or go (SEND-9)."""
        name = safe(path.name, 200)
        try:
            path = path.expanduser()
            if path.is_dir():
                raise UsageError(_("{name} is a folder; attach its files, or an archive of it.").format(name=name))
            size = path.stat().st_size
            if size > LARGEST_FILE:
                raise UsageError(
                    _("{name} has {size} MB, which no mail server takes; send a link instead.").format(
                        name=name, size=size // 1_000_000
                    )
                )
            content = path.read_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                _("{name} cannot be attached: {reason}.").format(name=safe(str(path), 200), reason=safe(reason, 200))
            ) from error
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return self._attach(draft, File(_file_name(path.name) or "attachment", kind, content))

    def attach_message(self, draft: Draft, message_id: str, *, stopped: Callable[[], bool] = _never) -> Draft:
        """Attach another message ("m9") as it is."""
        return self._attach(draft, self.beginning.message_file(message_id, stopped))

    def record_files(self, draft: Draft, typed: str = "", limit: int = 50) -> list[FileAtHand]:
        """Files of the recipients' records and of the draft's own; with `typed`, those that fit, also of others."""
        with self._reading() as database:
            return WrittenFor(database.connection, self.own).files(draft, typed, limit)

    def record_file(self, file_id: str) -> File:
        """A file of a record ("f3"). NotFoundError where there is none."""
        with self._reading() as database:
            return WrittenFor(database.connection, self.own).file(file_id)[0]

    def attach_record_file(self, draft: Draft, file_id: str) -> Draft:
        """Attach a file of a record ("f3"). A draft that is for no record yet is for the deal of the file (LINK-5)."""
        with Database(self.path) as writing, writing.transaction() as connection:
            given = WrittenFor(connection, self.own)
            file, record = given.file(file_id)
            number = self._kept(connection, replace(draft, record=given.with_file(draft, record)))
            drafts.attach(connection, number, file)
            return self._get(connection, number)

    def _attach(self, draft: Draft, file: File) -> Draft:
        with Database(self.path) as writing, writing.transaction() as connection:
            number = self._kept(connection, draft)
            drafts.attach(connection, number, file)
            return self._get(connection, number)

    def detach(self, draft: Draft, file_id: str) -> Draft:
        """Take a file off again."""
        with Database(self.path) as writing, writing.transaction() as connection:
            number = self._kept(connection, draft)
            drafts.detach(connection, number, int(file_id))
            return self._get(connection, number)

    # --- the record that it is for ---------------------------------------------------------------------------------

    def record(self, draft: Draft) -> LinkChoice | None:
        """The record that a draft is for, and is linked to once it is sent; None for none (LINK-5)."""
        with self._reading() as database:
            return WrittenFor(database.connection, self.own).record(draft)

    def records(self, draft: Draft, typed: str = "", limit: int = 20) -> list[LinkChoice]:
        """What a draft can be for: deals of the recipients first, then what `typed` finds."""
        with self._reading() as database:
            return WrittenFor(database.connection, self.own).choices(draft, typed, limit)

    def for_record(self, draft: Draft, record: str) -> Draft:
        """The draft for a record, "" for none. NotFoundError where there is no such record."""
        if not record:
            return replace(draft, record="")
        with self._reading() as database:
            return replace(draft, record=WrittenFor(database.connection, self.own).existing(record))

    # --- another editor -------------------------------------------------------------------------------------------

    def editor(self) -> list[str]:
        """The command of the rep's own editor; [] where there is none."""
        return editing.command(self.settings)

    def editor_file(self, draft: Draft) -> Path:
        """The draft's text as a file for the editor."""
        return editing.put(self.path.parent, draft)

    def edited(self, draft: Draft) -> Draft:
        """The draft with what the editor has left, kept; the file is gone then."""
        kept = self.keep(replace(draft, text=editing.taken(self.path.parent, draft)))
        editing.remove(self.path.parent, draft)
        return kept

    # --- sending --------------------------------------------------------------------------------------------------

    def parse_time(self, text: str) -> int | None:
        """A time that was typed, in the rep's zone (SEND-5); None for what is none, or is over."""
        return snoozing.parse(text, int(self.now()), self.settings.me.zone)

    def review(self, draft: Draft) -> Review:
        """The draft as it would be sent, and what speaks against it (SEND-7)."""
        with self._reading() as database:
            return self._posting(database.connection).review(draft)

    def send(self, draft: Draft, at: int = 0, *, undo: bool = True) -> Queued:
        """Put the draft into the outbox, to be sent at `at` (seconds since 1970), else when undo is no longer possible.

        Without `undo` it is due at once. UsageError with the first thing that stops it (SEND-7).
        """
        if at and at <= int(self.now()):
            raise UsageError(_("That time is over. Choose one that is still to come."))
        grace = self.settings.writing.undo_seconds if undo else 0
        with Database(self.path) as writing, writing.transaction() as connection:
            number = self._kept(connection, draft)
            account_id = self._account_id(connection, draft.account)
            return self._posting(connection).put(self._get(connection, number), number, account_id, at, grace)

    def _posting(self, connection: sqlite3.Connection) -> Posting:
        return Posting(connection, self.settings, self.own, int(self.now()))


def _storable(draft: Draft) -> Draft:
    """Half a surrogate pair, as a broken paste leaves it, is no text that could be kept."""
    return replace(draft, subject=draft.subject.encode("utf-8", "replace").decode("utf-8"))


def _file_name(name: str) -> str:
    from salesinbox.formats import message  # noqa: PLC0415 - most drafts have no files

    return message.file_name(name)
