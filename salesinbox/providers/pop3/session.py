"""A POP3 account: mail is fetched into a Maildir of our own, and from there on is worked with like any other (ACC-1).

One-way: nothing of what the rep does is told to the server, which only removes mail by `keep_days`. What it removes
by itself stays here. Labels are kept, too: our Maildir has the file by which folders explain them.
"""

import select
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.remote import Cursor, Opened
from salesinbox.model.settings import Account, Pop3
from salesinbox.providers.maildir import dovecot, names, tree
from salesinbox.providers.maildir.errors import touching
from salesinbox.providers.maildir.ledger import FILE as NUMBERS
from salesinbox.providers.maildir.ledger import Ledger
from salesinbox.providers.maildir.session import MaildirSession
from salesinbox.providers.pop3.line import in_use
from salesinbox.providers.pop3.taken import FILE as TAKEN
from salesinbox.providers.pop3.taken import Name, Taken
from salesinbox.providers.pop3.turn import Turn, is_ours
from salesinbox.providers.pop3.visit import Visit
from salesinbox.providers.private import private_file, private_folder

MAIL = "mail"
FOLDERS = (names.INBOX, "Sent", "Drafts", "Archive", "Trash", "Spam")
_MOST = 200
_SECONDS = 5.0
"""One `open` fetches so many messages, or for so long: what is here is shown before the rest comes."""
_PATIENCE = 30.0
_HELD = 30.0
"""Seconds for which a login is kept while more is to come; POP3 lets nobody else in meanwhile."""
_DUE, _LEFT, _LAST, _DELAY = "due", "left", "last", "delay"
"""Notes: mail is known to wait on the server; how many messages did; the last login; seconds that the server wants
between two."""


class Pop3Session(MaildirSession):
    """A `Session` on what was fetched. `Opened.exists` counts what is still to be fetched, too."""

    EVERY = 60.0
    """Seconds between two looks at the server while somebody waits."""
    REST = 10.0
    """Seconds for which an INBOX that was just looked at is not asked for again, unless there is known to be more."""

    def __init__(
        self,
        account: Account,
        secret: Callable[[], str],
        home: Path | None = None,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`home` None: the server is only tried, and nothing is fetched from it."""
        assert account.pop3 is not None
        super().__init__(account, secret, home, root=(home or Path()) / MAIL)
        self._settings: Pop3 = account.pop3
        self._secret = secret
        self._now = now
        self._own_home = home
        self._temporary = ""
        self._taken: Taken | None = None
        self._turn: Turn | None = None
        self._visit: Visit | None = None
        self._used = 0.0
        """When the held login was last used, by the monotonic clock."""
        self._fetched = float("-inf")
        self._to_come = 0
        self._refused: list[str] = []
        self._tls = False
        self._next_look = 0.0
        self._announced: set[Name] = set()
        self._only_looks = False

    def connect(self) -> None:
        """Logs in once, to prove that it can be done; raises also DatabaseError where numbers cannot be kept."""
        self.close()
        home = self._own_home
        if home is None:
            home = Path(self._temporary or tempfile.mkdtemp(prefix="salesinbox-"))
            self._temporary = str(home)
        with touching(_("the folder of this account cannot be written")):
            private_folder(home)
            self._root = home / MAIL
            lost = not self._root.is_dir()
        self._taken = Taken(home / TAKEN, self._settings)
        if lost:
            # Without the mail the list of what was taken would only keep it from being fetched again.
            self._taken.forget()
        self._to_come = self._taken.noted(_LEFT)
        self._prove(home)
        with touching(_("the folder of this account cannot be written")):
            self._tree = tree.make(self._root)
            private_file(self._root / dovecot.KEYWORDS.decode())
            for name in FOLDERS:
                self._made(name)
        self._ledger = Ledger(home / NUMBERS)

    def close(self) -> None:
        super().close()
        self._drop()
        taken, self._taken = self._taken, None
        if taken is not None:
            taken.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = ""

    def capabilities(self) -> frozenset[str]:
        secured = {"TLS"} if self._tls else set()
        return (super().capabilities() - {"MAILDIR"}) | {"POP3"} | secured

    def open(self, folder: str, cursor: Cursor | None) -> Opened:
        """Fetches first what is new on the server, if it is the INBOX, and only a part of it where there is much.

        ServerError for a message that the server does not give is raised only once all others are here and told.
        """
        self._numbers()
        inbox = folder.upper() == names.INBOX
        if inbox and not self._only_looks and self._own_home is not None:
            self._fetch(self._own_home)
        opened = super().open(folder, cursor)
        if not inbox:
            return opened
        told = opened.changed == {} and not opened.vanished
        if self._refused and told and self._visit is None:
            raise ServerError(self._refused[0])
        return replace(opened, exists=opened.exists + self._to_come, to_come=self._to_come)

    def counts(self, folder: str) -> tuple[int, int]:
        self._drop_where_idle()
        number, next_uid = super().counts(folder)
        return number + (self._to_come if folder.upper() == names.INBOX else 0), next_uid

    def watch(self, folder: str) -> None:
        self._only_looks = True
        try:
            super().watch(folder)
        finally:
            self._only_looks = False
        self._next_look = 0.0

    def wait(self, seconds: float, wake: int | None = None) -> set[str]:
        """Looks at the server now and then, by a login of its own; what is new there is fetched by `open`.

        Meanwhile it looks at the files, which other lines and programs may change.
        """
        self._numbers()
        poll = select.poll()
        if wake is not None:
            poll.register(wake, select.POLLIN)
        end = time.monotonic() + seconds
        while True:
            if time.monotonic() >= self._next_look:
                self._next_look = time.monotonic() + self.EVERY
                if self._mail_waits():
                    return {names.INBOX}
            happened = super().wait(max(min(end, self._next_look) - time.monotonic(), 0.0), wake)
            if happened or poll.poll(0) or time.monotonic() >= end:
                return happened

    # --- inside -----------------------------------------------------------------------------------------------

    def _prove(self, home: Path) -> None:
        """Log in, unless another line of this process is logged in, or just was, and the server wants a pause.

        Where it wants one, the login is kept for what is done with it next.
        """
        self._turn = self._begun(home, _PATIENCE)
        if self._turn is None:
            return
        try:
            if not self._must_pause():
                self._visit = self._visited()
                if self._own_home is None:
                    self._to_come = len(self._visit.new)
                if self._own_home is not None and self._visit.offer.delay:
                    self._used = time.monotonic()
                    return
                self._visit.goodbye()
        except BaseException:
            self._drop()
            raise
        self._drop()

    def _begun(self, home: Path, patience: float) -> Turn | None:
        """The turn, None where another line of this process has it. NetworkError where another process does."""
        with touching(_("the folder of this account cannot be written")):
            turn = Turn.take(home, 0.0 if is_ours(home) else patience)
        if turn is None and not is_ours(home):
            raise in_use(self._settings, _("another process of this program is logged in"))
        return turn

    def _visited(self) -> Visit:
        assert self._taken is not None
        visit = Visit(self._settings, self._secret, self._taken, self._now)
        try:
            self._tls = visit.line.tls
            self._taken.note(_LAST, int(self._now()))
            self._taken.note(_DELAY, visit.offer.delay)
        except BaseException:
            visit.cut()
            raise
        return visit

    def _must_pause(self) -> bool:
        """Whether the server wants more time between two logins (LOGIN-DELAY, RFC 2449 §6.6)."""
        assert self._taken is not None
        since = self._now() - self._taken.noted(_LAST)
        return 0 <= since < self._taken.noted(_DELAY)

    def _fetch(self, home: Path) -> None:
        """Fetch a part of what is new. Nothing happens where there is nothing to fetch, as far as is known."""
        assert self._taken is not None
        self._drop_where_idle()
        try:
            if self._visit is None and not self._enter(home):
                return
            assert self._visit is not None
            self._visit.fetch(self._root, _MOST, _SECONDS)
            self._refused = self._visit.refused
            self._to_come = len(self._visit.new) + len(self._refused)
            self._taken.note(_LEFT, self._to_come)
            self._used = self._fetched = time.monotonic()
            if not self._visit.new:
                self._visit.leave()
                self._drop()
        except BaseException:
            self._drop()
            raise

    def _enter(self, home: Path) -> bool:
        """Log in for as long as there is something to fetch; False where the server need not be asked now."""
        assert self._taken is not None
        due = bool(self._taken.noted(_DUE)) or self._to_come > len(self._refused)
        if (not due and time.monotonic() - self._fetched < self.REST) or self._must_pause():
            return False
        with touching(_("the folder of this account cannot be written")):
            # The other line of this process only looks, which takes a moment.
            self._turn = Turn.take(home, _PATIENCE)
        if self._turn is None:
            raise in_use(self._settings, _("another process of this program is logged in"))
        self._visit = self._visited()
        self._taken.note(_DUE, 0)
        return True

    def _mail_waits(self) -> bool:
        """Whether mail that nobody was told of waits on the server. The turn is not waited for."""
        home = self._own_home
        if home is None or self._taken is None or self._must_pause():
            return False
        with touching(_("the folder of this account cannot be written")):
            turn = Turn.take(home)
        if turn is None:
            return False
        try:
            visit = self._visited()
            visit.goodbye()
            waiting = {name for _number, name in visit.new}
            fresh = waiting - self._announced
            self._announced = waiting
            if fresh:
                self._taken.note(_DUE, 1)
            return bool(fresh)
        finally:
            turn.end()

    def _drop_where_idle(self) -> None:
        if self._visit is not None and time.monotonic() - self._used > _HELD:
            self._drop()

    def _drop(self) -> None:
        visit, self._visit = self._visit, None
        if visit is not None:
            visit.cut()
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.end()
