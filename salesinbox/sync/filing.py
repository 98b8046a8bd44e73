"""Sent mail and the folder of sent mail: each message lies there once, and tells there that it was sent (SEND-6).

A copy is looked for before one is made, so that nothing is filed twice, whoever else files: the server, another
program, or this one before it was killed.
"""

from salesinbox.model.errors import ServerError
from salesinbox.model.events import Changed
from salesinbox.model.mail import SENT, Flag
from salesinbox.model.outbox import FILED
from salesinbox.providers.session import Session
from salesinbox.rules import filing
from salesinbox.store import board, folders
from salesinbox.store.database import Database, set_state
from salesinbox.store.sending import outgoing, sent
from salesinbox.store.sending.outgoing import Outgoing
from salesinbox.sync.lookup import named
from salesinbox.sync.sending import Sender

_LOOK_AGAIN = (5, 15, 40, 60)
"""Seconds between looks for what a server is to file by itself."""
_AFTER_REFUSAL = 900
"""Seconds until a copy that the server refused is tried again (its quota may be raised)."""
_TWICE_WITHIN = 3600
"""Seconds after filing in which a second copy shows that the server files by itself."""
_NAME = "Sent"


class Filing:
    """One account's copies. Used by the one thread that owns `session` and `database`."""

    def __init__(self, sender: Sender, account_id: int, session: Session, database: Database) -> None:
        self.sender = sender
        self.account_id = account_id
        self.session = session
        self.database = database
        self._looks: dict[int, tuple[int, int]] = {}
        """Outgoing row → (how often it was looked for, when it is looked for again)."""

    def file(self) -> set[str]:
        """Look for what may have been sent, file what was. Returns the folders that changed by it.

        A refusal is kept with the message. NetworkError: the rest is done next time.
        """
        changed: set[str] = set()
        connection = self.database.connection
        if not self.sender.account.keeps_mail:
            self._forget_sent()
        doubtful = [one for one, looked in outgoing.unknown(connection, self.account_id) if self._is_time(one, looked)]
        waiting = [one for one in outgoing.to_file(connection, self.account_id) if self._is_time(one, looked=False)]
        if not doubtful and not waiting:
            return changed
        for one in doubtful:
            try:
                self._look_for(one, self._folder())
            except ServerError:
                self._ask(one)  # a folder that cannot be read answers nothing
        for one in waiting:
            try:
                self._file(one, self._folder(), changed)
            except ServerError as error:
                self._refused(one, error)
        if not self.sender.account.keeps_mail:
            self._forget_sent()
        self.sender.report(Changed(self.sender.account.name))
        return changed

    def _forget_sent(self) -> None:
        with self.database.transaction() as connection:
            forgotten = outgoing.forget_sent(connection, self.account_id)
        if forgotten:
            self.database.scrub()

    def seconds_to_next(self) -> float | None:
        """How long until something is to be looked for or filed; None when nothing is."""
        now = self.sender.now()
        moments = [
            self._looks.get(one.id, (0, one.filed_after))[1]
            for one in outgoing.to_file(self.database.connection, self.account_id)
        ]
        moments += [
            self._looks[one.id][1]
            for one, looked in outgoing.unknown(self.database.connection, self.account_id)
            if not looked and one.id in self._looks
        ]
        return max(0.0, min(moments) - now) if moments else None

    # --- an outcome that nobody knows ---------------------------------------------------------------------------

    def _look_for(self, one: Outgoing, folder: str) -> None:
        if self._lies_in(folder, one):
            with self.database.transaction() as connection:
                threads = sent.settle(connection, one, self.sender.now(), FILED, 0, self.sender.zone)
                board.refresh(connection, threads, self.sender.placing())
        elif self._files_by_itself() and self._look_again(one):
            return
        else:
            self._ask(one)

    def _ask(self, one: Outgoing) -> None:
        with self.database.transaction() as connection:
            outgoing.looked(connection, one.id)

    # --- a copy ---------------------------------------------------------------------------------------------------

    def _file(self, one: Outgoing, folder: str, changed: set[str]) -> None:
        if self._lies_in(folder, one):
            with self.database.transaction() as connection:
                outgoing.filed(connection, one.id, max(one.filed_uid, 0))
            changed.add(folder)
            return
        if one.filed_after > self.sender.now() and self._look_again(one):
            return
        _messages, uidnext = self.session.counts(folder)
        with self.database.transaction() as connection:
            outgoing.filing_starts(connection, one.id, uidnext)
        raw = outgoing.raw(self.database.connection, one.id)
        uid = self.session.append(folder, raw, Flag.SEEN, one.sent)
        with self.database.transaction() as connection:
            outgoing.filed(connection, one.id, uid)
        changed.add(folder)

    def _refused(self, one: Outgoing, error: ServerError) -> None:
        again = self.sender.now() + _AFTER_REFUSAL
        with self.database.transaction() as connection:
            outgoing.not_filed(connection, one.id, str(error), again)
        self._looks[one.id] = (0, again)

    def filed_twice(self) -> set[str]:
        """Drop our copy where the server has filed one by itself, and leave it to the server from now on.

        Looks at what is known here, so it is called after a look at the folder. Returns the folders that changed.
        """
        changed = set()
        for number, folder, uid in self.database.connection.execute(
            "SELECT outgoing.id, folder.name, filed_uid FROM outgoing JOIN folder ON folder.account_id = ?1"
            " AND folder.role = ?2 WHERE outgoing.account_id = ?1 AND filed = 'filed' AND filed_uid > 0 AND sent > ?3"
            " AND (SELECT count(*) FROM message JOIN location ON location.message = message.id"
            " WHERE message.account_id = ?1 AND message.message_id = outgoing.message_id"
            " AND folder_id = folder.id) > 1",
            (self.account_id, SENT, self.sender.now() - _TWICE_WITHIN),
        ).fetchall():
            try:
                self.session.expunge(folder, [uid])
            except ServerError:
                continue  # two copies harm nobody
            with self.database.transaction() as connection:
                set_state(connection, filing.learned_name(self.sender.account.name), "yes")
                outgoing.filed(connection, number)
            changed.add(folder)
        return changed

    # --- looking --------------------------------------------------------------------------------------------------

    def _lies_in(self, folder: str, one: Outgoing) -> bool:
        resent = outgoing.raw(self.database.connection, one.id)[:7].lower() == b"resent-"
        field = "Resent-Message-ID" if resent else "Message-ID"
        if self.session.find(folder, one.message_id, field):
            return True
        # We may have filed it unheard.
        return one.filed_uid < 0 and bool(named(self.session, folder, one.message_id, -one.filed_uid, resent=resent))

    def _is_time(self, one: Outgoing, looked: bool) -> bool:
        if looked:
            return False
        _looks, again = self._looks.get(one.id, (0, 0))
        return self.sender.now() >= again

    def _look_again(self, one: Outgoing) -> bool:
        """Keep when to look again; False when it has been waited for long enough."""
        looks, _again = self._looks.get(one.id, (0, 0))
        if looks >= len(_LOOK_AGAIN) and one.filed_after <= self.sender.now():
            return False
        wait = _LOOK_AGAIN[min(looks, len(_LOOK_AGAIN) - 1)]
        self._looks[one.id] = (looks + 1, self.sender.now() + wait)
        return True

    def _files_by_itself(self) -> bool:
        account = self.sender.account
        return filing.files_by_itself(account, learned=self.database.state(filing.learned_name(account.name)) != "")

    def _folder(self) -> str:
        """The folder of sent mail; made where the server has none."""
        for known in folders.all_folders(self.database.connection, self.account_id):
            if known.role == SENT:
                return known.name
        for listed in self.session.folders():
            if listed.role == SENT:
                return listed.name
        self.session.create(_NAME)
        return _NAME
