"""Bringing one account's folders here: a pass makes the cache equal to the server, newest mail first.

Order (DESIGN, Sync): headers of INBOX, newest first; headers of the other folders; contents, newest first.
Each chunk is one transaction with what the cursor needs, so that a kill at any point resumes at the last chunk.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from salesinbox.formats import message
from salesinbox.locale.texts import _
from salesinbox.model import mail as model
from salesinbox.model.errors import ServerError
from salesinbox.model.events import Changed, Event, Progress
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import Cursor, Opened, RemoteHeader
from salesinbox.model.settings import Account
from salesinbox.model.status import AccountReport, FolderReport
from salesinbox.providers.session import Session
from salesinbox.rules import addresses, authentication, magnet
from salesinbox.store import board, bodies, folders, mail, operations
from salesinbox.store.database import Database
from salesinbox.store.folders import Folder
from salesinbox.sync import choosing

FIRST_CHUNK = 200
"""The newest headers of a folder come in a smaller chunk, so that cards stand on the board at once."""
CHUNK = 500
BODY_CHUNK = 500
BODY_OCTETS = 8_000_000
"""Contents held in memory at one time."""
WINDOW = 1000
"""Where the server cannot say which flags changed: how many of the newest messages are looked at each time."""
ROUNDS = 4
"""How often a folder is read again in one pass when its counts do not agree, because mail moved meanwhile."""


_LOOK = 0.5
_LEAST = 0.01
"""Less than that to wait is rounding, and a clock may not even show it."""


class _Renumbered(Exception):  # noqa: N818 - a change of course inside this module, never an error
    """UIDVALIDITY changed while the folder was being read."""


@dataclass(slots=True)
class _Tally:
    new: int = 0
    changed: int = 0
    gone: int = 0
    server: int = 0
    agrees: bool = False


@dataclass(slots=True)
class _Pace:
    """How far a phase has come, and what that says of the rest; `estimate` is what the server's limits say of it."""

    total: int
    estimate: Callable[[int], float | None]
    started: float = field(default_factory=time.monotonic)
    done: int = 0

    def seconds_left(self) -> float | None:
        left = max(0, self.total - self.done)
        by_limits = self.estimate(left)
        elapsed = time.monotonic() - self.started
        if by_limits is not None or self.done < CHUNK or elapsed < 1:
            return by_limits
        return elapsed / self.done * left


class Incoming:
    """One account's road in. Used by the one thread that owns `session` and `database`."""

    def __init__(
        self,
        account: Account,
        session: Session,
        database: Database,
        placing: Callable[[], board.Placing],
        report: Callable[[Event], None],
        now: Callable[[], int],
        *,
        thorough: bool = True,
        between: Callable[["Incoming"], None] = lambda _incoming: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`pause` waits for so many seconds, where a server's limits ask for it.

        `between` is called after each chunk, and may `pull` a folder in which something just happened.

        `thorough`: compare every flag where the server keeps no record of changes; otherwise a moving window.
        """
        self.account = account
        self.session = session
        self.database = database
        self.placing = placing
        self.report = report
        self.now = now
        self.thorough = thorough
        self.between = between
        self.pause = pause
        self.account_id = 0
        self._open_folder = 0
        self._older: dict[int, int] = {}  # per folder: where the moving flags window stands (a UID)
        self.missing: dict[str, str] = {}
        """Folders that the configuration names and the server does not have: name -> sentence."""
        self._miscounted: dict[int, int] = {}
        """By how many messages more a server says of a folder than it lists there (Gmail's counts lag behind)."""
        self._trusted = authentication.trusted_ids(account)
        self._own = placing().own

    # --- the steps of a pass ---------------------------------------------------------------------------------

    def full_pass(self) -> AccountReport:
        """Folders, headers, contents. A folder that fails is reported by name and does not stop the rest."""
        started = time.monotonic()
        reports: dict[str, FolderReport] = {}
        chosen = self.list_folders()
        for folder in chosen:
            try:
                tally = self.pull(folder.id)
            except ServerError as error:
                self._failed(folder, str(error))
                reports[folder.name] = FolderReport(folder.name, 0, folder.local, 0, 0, 0, ok=False, error=str(error))
            else:
                local = folders.folder(self.database.connection, folder.id).local
                reports[folder.name] = FolderReport(
                    folder.name,
                    tally.server,
                    local,
                    tally.new,
                    tally.changed,
                    tally.gone,
                    ok=tally.agrees,
                    error="" if tally.agrees else _("The counts do not agree yet; mail is moving. Sync again."),
                )
        for name, sentence in self.missing.items():
            reports[name] = FolderReport(name, 0, 0, 0, 0, 0, ok=False, error=sentence)
        with self.database.transaction() as connection:
            operations.forget_old(connection, self.account_id, self.now())
            mail.sweep(connection, self.account_id)
        for name, sentence in self.fetch_bodies().items():
            if name in reports and reports[name].ok:
                reports[name] = replace(reports[name], ok=False, error=sentence)
        return AccountReport(self.account.name, tuple(reports.values()), round(time.monotonic() - started, 3))

    def know_account(self) -> int:
        """The account's row, made on first use."""
        with self.database.transaction() as connection:
            self.account_id = folders.account(connection, self.account.name, self.account.address)
            folders.begins(connection, self.account_id, self.now())
        return self.account_id

    def list_folders(self) -> list[Folder]:
        """The folders to sync, INBOX first, as they are on the server now (ACC-7: chosen ones strictly)."""
        everything = choosing.with_chosen_roles([f for f in self.session.folders() if f.selectable], self.account)
        remote = everything
        wanted = self.account.folders
        if wanted is None:
            # Gmail's "All Mail" holds every message a second time; its labels are the folders.
            left_out = {model.SPAM, model.TRASH, model.ALL}
            remote = [folder for folder in remote if folder.role not in left_out]
            remote.sort(key=lambda folder: folder.role != model.INBOX)
        else:
            remote, self.missing = choosing.chosen(remote, wanted)
        with self.database.transaction() as connection:
            self.account_id = folders.account(connection, self.account.name, self.account.address)
            folders.begins(connection, self.account_id, self.now())
            others = [folder for folder in everything if folder not in remote]
            return mail.keep_folders(connection, self.account_id, remote, others)

    def pull(self, folder_id: int, *, all_flags: bool = True) -> _Tally:
        """Make one folder's messages and flags equal to the server's.

        `all_flags` False: where the server keeps no record of changed flags, and new mail has come, the mail comes
        at once and the flags wait for the next look.
        """
        tally = _Tally()
        rounds = 0
        while rounds < ROUNDS and not tally.agrees:
            before = tally.new
            with contextlib.suppress(_Renumbered):
                self._pull_once(folder_id, tally, all_flags=all_flags)
            # What comes in pieces (POP3) goes on for as long as something comes.
            rounds = 0 if tally.new > before else rounds + 1
        return tally

    def peek(self, name: str) -> None:
        """Something happened in a folder: bring what is new there at once, content included.

        Safe to call between the chunks of a pass; it leaves older mail to the pass. A folder that the server
        refuses is marked so, and the others go on.
        """
        found = next((f for f in folders.folders(self.database.connection, self.account_id) if f.name == name), None)
        if found is None:
            return
        try:
            self._peek(found)
        except ServerError as error:
            self._failed(found, str(error))

    def _peek(self, found: Folder) -> None:
        connection = self.database.connection
        tally = _Tally()
        if found.complete:
            self.pull(found.id, all_flags=False)
        elif found.cursor is not None:
            opened = self._open(found.id, tally)
            highest = max(mail.uids(connection, found.id), default=0)
            if highest:
                with contextlib.suppress(_Renumbered):
                    self._headers(found.id, self.session.uids(highest + 1), opened.cursor, tally, nested=True)
        newest = bodies.missing_bodies(connection, self.account_id, found.id, 20, BODY_OCTETS)
        if newest and self.account.keeps_mail:
            with contextlib.suppress(_Renumbered):
                self._bodies_chunk(found, newest)

    def left_folder(self) -> None:
        """Somebody else has used the session: the folder that was open is opened anew before it is read on."""
        self._open_folder = 0

    def moved(self, name: str) -> bool:
        """Whether a folder's counts on the server differ from those here, without opening it.

        False for a folder that the server will not tell of: that must not end the watch over the others.
        """
        found = next((f for f in folders.folders(self.database.connection, self.account_id) if f.name == name), None)
        if found is None or found.cursor is None:
            return found is not None
        try:
            messages, next_uid = self.session.counts(name)
        except ServerError as error:
            self._failed(found, str(error))
            return False
        return messages - self._miscounted.get(found.id, 0) != found.local or next_uid > found.cursor.uidnext

    def fetch_bodies(self) -> dict[str, str]:
        """Contents that are still missing, newest first, folder by folder. Returns what was refused, by folder."""
        connection = self.database.connection
        refused: dict[str, str] = {}
        if not self.account.keeps_mail:
            return refused
        most = min(BODY_CHUNK, self.session.chunk() or BODY_CHUNK)
        all_folders = folders.folders(connection, self.account_id)
        pace = _Pace(bodies.bodies_missing(connection, self.account_id), self.session.estimate)
        for folder in all_folders:
            below = bodies.NEWEST
            while missing := bodies.missing_bodies(connection, self.account_id, folder.id, most, BODY_OCTETS, below):
                self._await_turn(len(missing))
                below = (missing[-1].date, missing[-1].message)
                try:
                    self._bodies_chunk(folder, missing)
                except _Renumbered:
                    break  # the next pass begins with the folder's new numbers
                except ServerError as error:
                    refused[folder.name] = str(error)
                    self._failed(folder, str(error))
                    break
                pace.done += len(missing)
                self.report(
                    Progress(
                        self.account.name,
                        folder.name,
                        "bodies",
                        pace.done,
                        max(pace.total, pace.done),
                        pace.seconds_left(),
                    )
                )
                self.between(self)
        return refused

    # --- inside a folder --------------------------------------------------------------------------------------

    def _pull_once(self, folder_id: int, tally: _Tally, *, all_flags: bool) -> None:
        connection = self.database.connection
        opened = self._open(folder_id, tally)
        folder = folders.folder(connection, folder_id)
        before = mail.uids(connection, folder_id) if opened.changed is None else set()
        exists = opened.exists - self._miscounted.get(folder_id, 0)
        if folder.complete and opened.arrived is not None:
            present = mail.present(connection, folder_id, opened.arrived)
            fresh = sorted(uid for uid in set(opened.arrived) if uid not in present)
        elif folder.complete and folder.cursor is not None:
            here = mail.uids(connection, folder_id, folder.cursor.uidnext)
            fresh = [uid for uid in self.session.uids(folder.cursor.uidnext) if uid not in here]
        if not folder.complete or folder.local + len(fresh) != exists:
            # Something is missing or was deleted unseen: compare the whole list.
            listed = self.session.uids()
            here = mail.uids(connection, folder_id)
            fresh = [uid for uid in listed if uid not in here]
            exists = len(listed) + opened.to_come
            if self._labels:
                self._miscounted[folder_id] = opened.exists - exists
            self._remove(folder_id, here.difference(listed), tally)
        self._headers(folder_id, fresh, opened.cursor, tally)
        if before and (all_flags or not fresh):
            self._compare_flags(folder_id, before, tally)
        with self.database.transaction() as writing:
            threads = mail.finish_renumbering(writing, folder_id)
            board.refresh(writing, threads, self.placing())
            cursor = opened.cursor
            next_uid = max([cursor.uidnext, *(uid + 1 for uid in fresh[-1:])])
            folders.set_cursor(writing, folder_id, Cursor(cursor.uidvalidity, next_uid, cursor.modseq), complete=True)
            local = folders.folder(writing, folder_id).local
            tally.server = exists
            tally.agrees = local == exists
            if tally.agrees:
                folders.pass_done(writing, folder_id, server=exists, now=self.now())
            else:
                folders.seen_on_server(writing, folder_id, exists)

    def _open(self, folder_id: int, tally: _Tally) -> Opened:
        """Select the folder and apply what the server says has changed, deletions first, before the cursor moves."""
        folder = folders.folder(self.database.connection, folder_id)
        # A SELECT that is refused closes the folder that was open before (RFC 3501 §6.3.1).
        self._open_folder = 0
        opened = self.session.open(folder.name, folder.cursor)
        self._open_folder = folder_id
        if folder.cursor is not None and folder.cursor.uidvalidity != opened.cursor.uidvalidity:
            with self.database.transaction() as connection:
                mail.start_renumbering(connection, folder_id)
                folders.set_cursor(
                    connection,
                    folder_id,
                    Cursor(opened.cursor.uidvalidity, 0, opened.cursor.modseq),
                    complete=False,
                )
            # What the server reported as gone or changed was about the old numbers, if about anything.
            return Opened(opened.cursor, opened.exists, {}, None)
        with self.database.transaction() as connection:
            threads: set[int] = set()
            if opened.vanished:
                gone = mail.within(connection, folder_id, opened.vanished)
                threads |= mail.remove(connection, folder_id, gone)
                tally.gone += len(gone)
            if opened.changed:
                changed, number = mail.set_flags(connection, folder_id, opened.changed)
                threads |= changed
                tally.changed += number
            board.refresh(connection, threads, self.placing())
            next_uid = folder.cursor.uidnext if folder.cursor else 0
            folders.set_cursor(
                connection,
                folder_id,
                Cursor(opened.cursor.uidvalidity, next_uid, opened.cursor.modseq),
                complete=folder.complete,
            )
            folders.seen_on_server(connection, folder_id, opened.exists)
        if threads:
            self.report(Changed(self.account.name))
        return opened

    def _reopen(self, folder_id: int, uidvalidity: int) -> None:
        """Make the folder the selected one again, after `between` went elsewhere."""
        if self._open_folder != folder_id:
            opened = self._open(folder_id, _Tally())
            if opened.cursor.uidvalidity != uidvalidity:
                raise _Renumbered

    def _headers(
        self, folder_id: int, fresh: Sequence[int], cursor: Cursor, tally: _Tally, *, nested: bool = False
    ) -> None:
        folder = folders.folder(self.database.connection, folder_id)
        mine = folder.role in {model.SENT, model.DRAFTS}
        pace = _Pace(len(fresh), self.session.estimate)
        elsewhere = self._taken_from_elsewhere(folder_id, fresh, tally)
        fresh = [uid for uid in fresh if uid not in elsewhere]
        pace.done += len(elsewhere)
        for chunk in _newest_first(fresh, self.session.chunk()):
            if not nested:
                self._await_turn(len(chunk))
            self._reopen(folder_id, cursor.uidvalidity)
            arrivals = [self._arrival(header, mine=mine) for header in self.session.headers(chunk)]
            contents = {body.uid: message.body(body.raw, body.left_out) for body in self.session.at_hand(chunk)}
            with self.database.transaction() as connection:
                threads, new = mail.add(connection, self.account_id, folder_id, arrivals)
                if contents:
                    rows = mail.rows(connection, folder_id, list(contents))
                    threads |= self._add_contents(connection, {rows[uid]: contents[uid] for uid in rows})
                board.refresh(connection, threads, self.placing())
            tally.new += len(arrivals)
            pace.done += len(chunk)
            self.report(Changed(self.account.name, new))
            self.report(Progress(self.account.name, folder.name, "headers", pace.done, pace.total, pace.seconds_left()))
            if pace.done < pace.total and not nested:
                self.between(self)

    @property
    def _labels(self) -> bool:
        return "LABELS" in self.session.capabilities()

    def _taken_from_elsewhere(self, folder_id: int, fresh: Sequence[int], tally: _Tally) -> frozenset[int]:
        """Where folders are labels: messages that are known by their number from another folder need no asking."""
        if not fresh or not self._labels:
            return frozenset()
        found: set[int] = set()
        for start in range(0, len(fresh), 5000):
            with self.database.transaction() as connection:
                uids, threads = mail.add_known(connection, self.account_id, folder_id, fresh[start : start + 5000])
                board.refresh(connection, threads, self.placing())
            found |= uids
        tally.new += len(found)
        if found:
            self.report(Changed(self.account.name))
        return frozenset(found)

    def _await_turn(self, messages: int) -> None:
        """Wait until the server's limits allow for so many more; what the rep does meanwhile goes first."""
        while (seconds := self.session.seconds_until(messages)) > 0:
            self.between(self)
            self.pause(min(max(seconds, _LEAST), _LOOK))

    def _add_contents(self, connection: sqlite3.Connection, contents: Mapping[int, model.Body | None]) -> set[int]:
        """Store contents by message row, and place anew what they decide. Returns the threads touched."""
        placing = self.placing()
        return bodies.add_bodies(connection, contents) | board.placed_by_content(connection, contents, placing)

    def arrival(self, header: RemoteHeader, role: str) -> mail.Arrival:
        """A message as it is taken in, from its header and the role of its folder."""
        return self._arrival(header, mine=role in {model.SENT, model.DRAFTS})

    def _arrival(self, header: RemoteHeader, *, mine: bool) -> mail.Arrival:
        envelope = message.envelope(header.header)
        sender = addresses.normal(envelope.sender.address)
        mine = mine or sender in self._own.addresses
        warning = ""
        if envelope.authentication and not mine:
            warning = authentication.warning(envelope.authentication, addresses.domain_of(sender), self._trusted)
        return mail.Arrival(
            header.uid,
            header.state,
            header.received,
            header.size,
            envelope,
            message.digest(header.header, header.size),
            mine,
            warning,
            0 if mine else magnet.addressed((one.address for one in (*envelope.to, *envelope.cc)), self._own),
        )

    def _remove(self, folder_id: int, gone: Collection[int], tally: _Tally) -> None:
        if gone:
            with self.database.transaction() as connection:
                threads = mail.remove(connection, folder_id, list(gone))
                board.refresh(connection, threads, self.placing())
            tally.gone += len(gone)
            self.report(Changed(self.account.name))

    def _compare_flags(self, folder_id: int, before: Collection[int], tally: _Tally) -> None:
        """The server keeps no record of changed flags: ask for those of messages that were here before."""
        wanted: Sequence[int] | None = None
        if not self.thorough:
            ordered = sorted(before)
            end = self._older.get(folder_id, len(ordered) - WINDOW)
            end = end if end > 0 else len(ordered) - WINDOW
            start = max(0, end - WINDOW)
            self._older[folder_id] = start
            wanted = ordered[-WINDOW:] + (ordered[start:end] if end > 0 else [])
        states: Mapping[int, FlagState] = self.session.flags(wanted)
        with self.database.transaction() as connection:
            threads, number = mail.set_flags(connection, folder_id, states)
            board.refresh(connection, threads, self.placing())
        tally.changed += number
        if threads:
            self.report(Changed(self.account.name))

    def _bodies_chunk(self, folder: Folder, missing: Sequence[bodies.MissingBody]) -> None:
        current = folders.folder(self.database.connection, folder.id).cursor
        if current is None:
            raise _Renumbered
        self._reopen(folder.id, current.uidvalidity)
        rows = {body.uid: body.message for body in missing}
        contents: dict[int, model.Body | None] = {}
        for fetched in self.session.bodies([(body.uid, body.size) for body in missing]):
            if fetched.uid in rows:
                contents[rows[fetched.uid]] = message.body(fetched.raw, fetched.left_out)
        if contents:
            with self.database.transaction() as connection:
                board.refresh(connection, self._add_contents(connection, contents), self.placing())
            self.report(Changed(self.account.name))

    def _failed(self, folder: Folder, error: str) -> None:
        with self.database.transaction() as connection:
            folders.pass_done(connection, folder.id, server=0, now=self.now(), error=error)


def _newest_first(uids: Sequence[int], chunk: int) -> Iterator[Sequence[int]]:
    """Chunks of ascending UIDs, the newest chunk first and a smaller one at the start; `chunk` 0: our own measure."""
    end = len(uids)
    size = min(FIRST_CHUNK, chunk or FIRST_CHUNK)
    while end > 0:
        start = max(0, end - size)
        yield uids[start:end]
        end, size = start, chunk or CHUNK
