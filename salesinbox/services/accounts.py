"""The rep's mail accounts: tried, synced, and how they stand (ACC-7)."""

import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import BusyError, ConfigurationError, NotFoundError, SalesInboxError, UsageError
from salesinbox.model.events import Event, Finished
from salesinbox.model.settings import Account, Settings
from salesinbox.model.status import AccountReport, AccountStatus, Check, FolderReport, FolderStatus
from salesinbox.model.text import safe
from salesinbox.rules.columns import Own
from salesinbox.services.live import LiveService
from salesinbox.store.database import FILE, Database
from salesinbox.sync.lock import Lock

if TYPE_CHECKING:
    from salesinbox.store.board import Placing
    from salesinbox.sync.sending import Sender

_LOOK = 0.2


@dataclass(frozen=True, slots=True)
class Tried:
    """An account, and how a try at reaching it went; `ok` None: not tried."""

    name: str
    address: str
    provider: str
    ok: bool | None
    detail: str
    exit: int = 0


class AccountService:
    """`secret` gives an account's password; it is asked only when a line is opened, never to list or to show."""

    def __init__(
        self,
        database: Callable[[], Database],
        settings: Settings,
        own: Own,
        data: Path,
        secret: Callable[[Account], str],
        forget: Callable[[Account], None],
        now: Callable[[], float],
        sending_secret: Callable[[Account], str] | None = None,
        forget_sending: Callable[[Account], None] = lambda _account: None,
    ) -> None:
        """`database` opens the local database when it is first needed: trying an account needs none."""
        self._database = database
        self.settings = settings
        self.own = own
        self.data = data
        self.secret = secret
        self.forget = forget
        self.sending_secret = sending_secret
        self.forget_sending = forget_sending
        self.now = now

    def chosen(self, names: Sequence[str] | None) -> list[Account]:
        """Accounts by name, all without names; NotFoundError names those that exist."""
        accounts = {account.name: account for account in self.settings.accounts}
        for name in names or ():
            if name not in accounts:
                raise NotFoundError(
                    _("There is no account {name}. Accounts here: {names}.").format(
                        name=name, names=", ".join(accounts) or "–"
                    )
                )
        if not accounts:
            raise UsageError(
                _("No account is set up yet. Add an [[account]] to {path}.").format(
                    path=self.settings.path or "config.toml"
                )
            )
        return [accounts[name] for name in names] if names else list(accounts.values())

    def listing(self) -> list[Tried]:
        return [Tried(a.name, a.address, a.provider, None, _where(a)) for a in self.settings.accounts]

    def test(self, names: Sequence[str] | None = None) -> list[Tried]:
        """Connect, log in and list the folders of each account, one after the other."""
        from salesinbox.providers import registry  # noqa: PLC0415 - only this command opens a line from here

        results = []
        for account in self.chosen(names):
            session = registry.session(account, partial(self.secret, account))
            try:
                session.connect()
                number = len([folder for folder in session.folders() if folder.selectable])
            except SalesInboxError as error:
                results.append(
                    Tried(account.name, account.address, account.provider, False, str(error), int(error.exit))
                )
            else:
                used = ", ".join(sorted(session.capabilities()))
                detail = ngettext(
                    "{where}: {number} folder; in use: {used}", "{where}: {number} folders; in use: {used}", number
                ).format(where=_where(account), number=number, used=used)
                results.append(self._tried_sending(account, detail))
            finally:
                session.close()
        return results

    def _tried_sending(self, account: Account, detail: str) -> Tried:
        """An account that can be read: can it send, too, if it is to?"""
        error: SalesInboxError | None = None
        if account.smtp is not None:
            from salesinbox.providers.smtp import sending as smtp  # noqa: PLC0415 - for whoever tries it

            where = f"{account.smtp.host}:{account.smtp.port}"
            try:
                smtp.check(account, partial(self.sending_secret or self.secret, account))
                detail = _("{detail}; sends by {where}").format(detail=detail, where=safe(where, 120))
            except SalesInboxError as refused:
                error = refused
                detail = _("Mail can be read, but not sent: {error}").format(error=error)
        code = 0 if error is None else int(error.exit)
        return Tried(account.name, account.address, account.provider, error is None, detail, code)

    def sync(
        self, names: Sequence[str] | None = None, progress: Callable[[Event], None] = lambda _event: None
    ) -> list[AccountReport]:
        """One pass over the accounts. Where a sync process runs already, it is asked, and its answer awaited."""
        accounts = self.chosen(names)
        lock = Lock.take(self.data)
        if lock is None:
            return self._ask(accounts, progress)
        from salesinbox.sync import process  # noqa: PLC0415 - the machinery of sync is loaded where it runs

        try:
            return process.run_once(
                self.settings,
                accounts,
                self.data,
                self.own,
                self.secret,
                progress,
                lambda: int(self.now()),
                self._sender,
                self._arrived,
            )
        finally:
            lock.release()

    def post(self, name: str) -> bool:
        """Send what is due for an account, in this process; False where a sync process runs, which does it."""
        account = self.chosen([name])[0]
        lock = Lock.take(self.data)
        if lock is None:
            return False
        from salesinbox.store import board  # noqa: PLC0415 - the same
        from salesinbox.sync import worker  # noqa: PLC0415 - the machinery of sync is loaded where it runs

        def now() -> int:
            return int(self.now())

        def placing() -> board.Placing:
            return board.placing(self.settings, self.own, now())

        try:
            sender = self._sender(account, placing, lambda _event: None, now)
            if sender is not None:
                worker.post(account, partial(self.secret, account), self.data / FILE, now, sender)
            return True
        finally:
            lock.release()

    def _sender(
        self,
        account: Account,
        placing: "Callable[[], Placing]",
        report: Callable[[Event], None],
        now: Callable[[], int],
    ) -> "Sender | None":
        from salesinbox.sync.sending import Sender  # noqa: PLC0415 - the machinery of sync is loaded where it runs

        if account.smtp is None:
            return None
        secret, forget = partial(self.sending_secret or self.secret, account), partial(self.forget_sending, account)
        return Sender(account, secret, forget, report, now, placing, self.settings.me.zone)

    def _arrived(self, account: str) -> int:
        """Run the rep's filters on what has come, with a connection of its own; returns the threads touched."""
        from salesinbox.services.filters import FilterService  # noqa: PLC0415 - where a filter is on
        from salesinbox.services.writer import Writer  # noqa: PLC0415 - the same

        with Database(self.data / FILE, readonly=True) as database:
            writer = Writer(database, self.settings, self.own, self.now)
            try:
                return FilterService(writer).arrived(account)
            finally:
                writer.close()

    def _ask(self, accounts: Sequence[Account], progress: Callable[[Event], None]) -> list[AccountReport]:
        import secrets  # noqa: PLC0415 - for a question to another process only

        live = LiveService(self.data, None)
        for _try in range(50):  # a process that is just starting has the lock before it has the socket
            if live.connect():
                break
            time.sleep(_LOOK / 4)
        else:
            raise BusyError(
                _("Another sync holds {data} and does not answer. Wait for it to end.").format(data=self.data)
            )
        request = secrets.token_hex(8)
        live.ask_sync([account.name for account in accounts], request)
        waiting = {account.name for account in accounts}
        reports: dict[str, AccountReport] = {}
        while waiting:
            _readable(live)
            for event in live.events():
                if isinstance(event, Finished) and event.request == request:
                    reports[event.account] = _report(event.report)
                    waiting.discard(event.account)
                elif not isinstance(event, Finished):
                    progress(event)
            if live.fileno() < 0 and waiting:
                raise BusyError(_("The sync process ended before it had finished. Sync again."))
        live.close()
        return [reports[account.name] for account in accounts]

    def watch(self, progress: Callable[[Event], None] = lambda _event: None, linger: float | None = None) -> bool:
        """Sync until told to stop. BusyError when a sync process runs already.

        True: the configuration was changed, and is to be read again by a process that begins anew.
        """
        self.chosen(None)
        lock = Lock.take(self.data)
        if lock is None:
            raise BusyError(_("A sync process for {data} runs already.").format(data=self.data))
        from salesinbox.services.notices import Notices  # noqa: PLC0415 - for the process that tells
        from salesinbox.sync import process  # noqa: PLC0415 - the machinery of sync is loaded where it runs

        notices = Notices(self.settings.magnet, self.settings.me.zone, self.now)
        try:
            return process.watch(
                self.settings,
                self.data,
                self.own,
                self.secret,
                lambda: int(self.now()),
                report=progress,
                linger=linger,
                fault=self._fault,
                forget=self.forget,
                senders=self._sender,
                arrived=self._arrived,
                notify=notices.tell,
                outdated=_changed(self.settings.path),
            )
        finally:
            notices.close()
            lock.release()

    def _fault(self, error: Exception) -> str:
        from salesinbox.services import faults  # noqa: PLC0415 - only a fault needs the log

        try:
            reference, path = faults.write(self.data, error, "sync")
        except OSError:
            return _("Something went wrong that should not have ({kind}).").format(kind=type(error).__name__)
        return _("Something went wrong that should not have ({kind}). Details are in {file} under {reference}.").format(
            kind=type(error).__name__, file=path, reference=reference
        )

    def status(self, *, contents: bool = False) -> list[AccountStatus]:
        """Each account with its folders; before the first sync an account has none.

        `contents`: count the messages whose content is here, too, which costs more the larger the mailbox is.
        """
        connection = self._database().connection
        running = self._running()
        rows = {row[1]: row for row in connection.execute("SELECT id, name, state, detail FROM account")}
        result = []
        for account in self.settings.accounts:
            row = rows.get(account.name)
            state = row[2] if row and running else "stopped"
            folders = _folders(connection, row[0], contents=contents) if row else ()
            pending = _pending(connection, row[0]) if row else 0
            detail = row[3] if row else ""
            result.append(AccountStatus(account.name, account.address, state, detail, folders, pending))
        return result

    def _running(self) -> bool:
        return LiveService(self.data, None).runs()

    def doctor(self) -> list[Check]:
        """Look at everything that a rep's installation needs; each finding says what to do."""
        return [
            *self._checks_of_machine(),
            *(
                Check(
                    _("account {name}").format(name=tried.name),
                    bool(tried.ok),
                    tried.detail,
                    "" if tried.ok else _("See [account.{kind}] in the configuration.").format(kind=tried.provider),
                )
                for tried in (self.test() if self.settings.accounts else [])
            ),
        ]

    def _checks_of_machine(self) -> list[Check]:
        version = ".".join(str(part) for part in sys.version_info[:3])
        checks = [Check("Python", sys.version_info >= (3, 11), version, _("Install Python 3.11 or later."))]
        with sqlite3.connect(":memory:") as memory:
            options = {row[0] for row in memory.execute("PRAGMA compile_options")}
        memory.close()
        checks.append(
            Check(
                "SQLite",
                "ENABLE_FTS5" in options,
                sqlite3.sqlite_version,
                _("Install an SQLite with full-text search (FTS5)."),
            )
        )
        try:
            database = self._database()
            found = database.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            loose = [path.name for path in self.data.iterdir() if path.stat().st_mode & 0o077]
        except (SalesInboxError, sqlite3.Error) as error:
            checks.append(Check(_("database"), False, str(error), _("Move it away; mail is fetched again.")))
        else:
            checks.append(
                Check(
                    _("database"),
                    found == "ok",
                    f"{database.path}: {found}",
                    _("Move it away; mail is fetched again."),
                )
            )
            checks.append(
                Check(
                    _("privacy of files"),
                    not loose,
                    ", ".join(loose) or "0600 / 0700",
                    _("chmod go-rwx {folder}/*").format(folder=self.data),
                )
            )
        import shutil  # noqa: PLC0415 - the doctor's alone

        free = shutil.disk_usage(self.data if self.data.exists() else Path.home()).free
        checks.append(Check(_("disk space"), free > 500_000_000, f"{free // 1_000_000:,} MB", _("Free some space.")))
        checks.append(
            Check(
                _("configuration"),
                bool(self.settings.accounts),
                str(self.settings.path or "–"),
                _("Add an [[account]]."),
            )
        )
        checks.append(
            Check(
                _("sync process"),
                True,
                _("running") if self._running() else _("not running; the board starts one"),
            )
        )
        return checks


def _changed(path: Path | None) -> Callable[[], bool]:
    """Whether the configuration has changed since, to one that can be used: half a file is not acted on."""

    def stamp() -> tuple[int, int, int]:
        try:
            found = path.stat() if path is not None else None
        except OSError:
            return 0, 0, 0
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found else (0, 0, 0)

    seen = [stamp()]

    def changed() -> bool:
        now = stamp()
        if now == seen[0] or path is None:
            return False
        seen[0] = now
        from salesinbox import config  # noqa: PLC0415 - only when the file has changed

        try:
            config.load(path)
        except ConfigurationError:
            return False
        return True

    return changed


def _readable(live: LiveService) -> None:
    import select  # noqa: PLC0415 - for waiting on another process only

    if live.fileno() >= 0:
        select.select([live.fileno()], [], [], 1.0)


def _report(fields: dict[str, Any]) -> AccountReport:
    folders = tuple(FolderReport(**folder) for folder in fields.pop("folders", ()))
    return AccountReport(folders=folders, **fields)


def _where(account: Account) -> str:
    if account.imap is None:
        return account.provider
    return f"{account.imap.user}@{account.imap.host}:{account.imap.port} ({account.imap.tls})"


def _pending(connection: sqlite3.Connection, account_id: int) -> int:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM operation WHERE account_id = ?1 AND state IN ('pending', 'running'))"
        " + (SELECT count(*) FROM outgoing WHERE account_id = ?1 AND state IN ('pending', 'running'))",
        (account_id,),
    ).fetchone()
    return int(row[0])


def _folders(connection: sqlite3.Connection, account_id: int, *, contents: bool) -> tuple[FolderStatus, ...]:
    bodies: dict[int, int] = {}
    if contents:
        bodies = dict(
            connection.execute(
                "SELECT folder_id, count(*) FROM location JOIN message ON message.id = location.message"
                " JOIN folder ON folder.id = folder_id WHERE folder.account_id = ? AND body_state > 0"
                " GROUP BY folder_id",
                (account_id,),
            )
        )
    return tuple(
        FolderStatus(name, role, server, local, bodies.get(number, 0), success, error, next_try)
        for number, name, role, server, local, success, error, next_try in connection.execute(
            "SELECT id, name, role, server_count, local_count, last_success, last_error, next_try FROM folder"
            " WHERE account_id = ? AND synced ORDER BY id",
            (account_id,),
        )
    )
