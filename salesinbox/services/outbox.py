"""The outbox: mail on its way, what came of it, and what the rep decides of it (SEND-5, SEND-6)."""

import select
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.outbox import CANCELLED, FILED, NOT_FILED, PENDING, REFUSED, RUNNING, SENT, UNKNOWN, OutboxEntry
from salesinbox.model.settings import Settings
from salesinbox.rules import filing
from salesinbox.rules.columns import Own
from salesinbox.services.board import row_of
from salesinbox.services.live import LiveService
from salesinbox.services.syncing import SyncService
from salesinbox.store import board, recipients
from salesinbox.store.database import Database
from salesinbox.store.links import choices
from salesinbox.store.sending import drafts, outbox, outgoing
from salesinbox.store.sending import sent as sent_store

_LOOK = 0.1


class OutboxService:
    """Any thread may call: each call opens its own connection."""

    def __init__(
        self,
        database: Path,
        settings: Settings,
        own: Own,
        now: Callable[[], float],
        syncing: Callable[[], SyncService],
    ) -> None:
        self.path = database
        self.settings = settings
        self.own = own
        self.now = now
        self.syncing = syncing

    def _reading(self) -> Database:
        return Database(self.path, readonly=self.path.exists())

    # --- what there is ------------------------------------------------------------------------------------------

    def entries(self, *, recent: int = 50) -> list[OutboxEntry]:
        """What is not sent, that which needs the rep first; then the newest `recent` that were sent."""
        with self._reading() as database:
            found = outbox.entries(database.connection, recent)
            return self._with_links(database, found)

    def entry(self, id: str) -> OutboxEntry:
        with self._reading() as database:
            found = outbox.entry(database.connection, row_of(id, "o"))
            if found is None:
                raise NotFoundError(_("There is no message {id} in the outbox.").format(id=id[:40]))
            return self._with_links(database, [found])[0]

    def _with_links(self, database: Database, found: Sequence[OutboxEntry]) -> list[OutboxEntry]:
        """The records that sent mail belongs to: its deal, and its people; linked is what lies here, in a thread."""
        addresses = {address.lower() for one in found if one.thread for address in one.recipients}
        known = recipients.known(database.connection, addresses) if addresses else {}
        here = {one.message_id for one in found if one.thread}
        deals = choices.of_sent(database.connection, here)
        further = choices.further_of_sent(database.connection, here)

        def linked(one: OutboxEntry) -> tuple[str, ...]:
            people = [known[address.lower()][1] for address in one.recipients if address.lower() in known]
            names = [*further.get(one.message_id, ()), *people]
            return tuple(dict.fromkeys([deals[one.message_id], *names] if one.message_id in deals else names))

        return [replace(one, linked=linked(one) if one.thread else ()) for one in found]

    def source(self, id: str) -> bytes:
        """The message as it is sent, and with Bcc as it is filed."""
        with self._reading() as database:
            found = outgoing.raw(database.connection, row_of(id, "o"))
        if not found:
            raise NotFoundError(_("What was sent so long ago is no longer kept here; look in Sent."))
        return found

    # --- what the rep decides -------------------------------------------------------------------------------------

    def send_now(self, id: str) -> str:
        """Send what waits, without waiting any longer."""
        with Database(self.path) as writing, writing.transaction() as connection:
            entry = self._open(outbox.entry(connection, row_of(id, "o")), id, (PENDING,))
            connection.execute("UPDATE outgoing SET due = ? WHERE id = ?", (int(self.now()), row_of(entry.id, "o")))
        return _("It is sent now.")

    def postpone(self, id: str, at: int) -> str:
        """Send what waits at another time (seconds since 1970)."""
        now = int(self.now())
        if at <= now:
            raise UsageError(_("That time is over. Choose one that is still to come."))
        with Database(self.path) as writing, writing.transaction() as connection:
            entry = self._open(outbox.entry(connection, row_of(id, "o")), id, (PENDING,))
            connection.execute(
                "UPDATE outgoing SET due = ?, attempts = 0, error = '' WHERE id = ?", (at, row_of(entry.id, "o"))
            )
        return _("It goes {when}.").format(when=moment(at, now, self.settings.me.zone))

    def cancel(self, id: str) -> Draft | None:
        """Take back what has not been sent. Returns the draft that it is again; None for what never was one.

        UsageError where an attempt has begun, or nobody knows how it ended.
        """
        number, now = row_of(id, "o"), int(self.now())
        with Database(self.path) as writing, writing.transaction() as connection:
            self._open(outbox.entry(connection, number), id, (PENDING, REFUSED))
            row = connection.execute("SELECT action_id, draft_id FROM outgoing WHERE id = ?", (number,)).fetchone()
            connection.execute("UPDATE outgoing SET state = ?, told = 1 WHERE id = ?", (CANCELLED, number))
            connection.execute("UPDATE action SET undone = 1 WHERE id = ?", (row[0],))
            if row[1] is None:
                return None
            drafts.became(connection, row[1], drafts.OPEN, now)
            return drafts.get(connection, row[1])

    def retry(self, id: str) -> str:
        """Send once more what was refused, or (the rep says so) never arrived."""
        number, now = row_of(id, "o"), int(self.now())
        with Database(self.path) as writing, writing.transaction() as connection:
            entry = self._open(outbox.entry(connection, number), id, (PENDING, REFUSED, UNKNOWN))
            if entry.state == UNKNOWN and not entry.asks:
                raise UsageError(_("It is still being looked for in Sent. Wait a moment."))
            connection.execute(
                "UPDATE outgoing SET state = ?, due = ?, attempts = 0, error = '', looked = 0, told = 1 WHERE id = ?",
                (PENDING, now, number),
            )
        return _("It is sent once more.")

    def arrived(self, id: str) -> str:
        """The rep knows that it arrived, although no server has said so: it is sent, and is to be filed."""
        number, now = row_of(id, "o"), int(self.now())
        with Database(self.path) as writing, writing.transaction() as connection:
            entry = self._open(outbox.entry(connection, number), id, (UNKNOWN,))
            message = outgoing.get(connection, number)
            account = next((one for one in self.settings.accounts if one.name == entry.account), None)
            if message is not None and account is not None:
                how = filing.begins(account, now)
                threads = sent_store.settle(connection, message, now, *how, self.settings.me.zone)
                board.refresh(connection, threads, board.placing(self.settings, self.own, now))
        return _("It counts as sent.")

    def _open(self, entry: OutboxEntry | None, id: str, states: tuple[str, ...]) -> OutboxEntry:
        """The entry, if it is in one of these states; a sentence that says how it stands otherwise."""
        if entry is None:
            raise NotFoundError(_("There is no message {id} in the outbox.").format(id=id[:40]))
        if entry.state in states:
            return entry
        sentences = {
            PENDING: _("It still waits to be sent."),
            RUNNING: _("It is being sent in this moment. Look again."),
            SENT: _("It has been sent already."),
            REFUSED: _("It was refused. Try again, or take it back into a draft."),
            UNKNOWN: _("Nobody knows whether it was sent. Say whether it arrived."),
            CANCELLED: _("It was taken back."),
        }
        raise UsageError(sentences[entry.state])

    # --- for scripts ------------------------------------------------------------------------------------------------

    def wait(self, id: str, seconds: float) -> OutboxEntry:
        """The entry as soon as it is sent and filed, refused, or nobody knows; or as it stands after so long.

        Where a sync process runs, that one sends it; otherwise this one does.
        """
        live = LiveService(self.path.parent, self.settings.path)
        end = time.monotonic() + seconds
        tried = False
        try:
            while True:
                entry = self.entry(id)
                filed = entry.state == SENT and entry.filed in (FILED, NOT_FILED)
                if filed or entry.state in (REFUSED, CANCELLED) or entry.asks:
                    return entry
                if time.monotonic() >= end or tried:
                    return entry
                if live.fileno() >= 0 or (live.connect() and live.ask_push()):
                    select.select([live.fileno()], [], [], _LOOK)
                    live.events()
                elif self.syncing().post(entry.account):
                    tried = True
                else:
                    time.sleep(_LOOK)
        finally:
            live.close()
