"""Sync from the doors: one pass, the sending of what is due, or a watch that goes on (ACC-7)."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import BusyError, ConfigurationError
from salesinbox.model.events import Answer, Event, Finished
from salesinbox.model.settings import Account, Settings
from salesinbox.model.status import AccountReport, FolderReport
from salesinbox.rules.columns import Own
from salesinbox.services.accounts import AccountService
from salesinbox.services.lines import Lines
from salesinbox.services.live import LiveService
from salesinbox.store.database import FILE, Database
from salesinbox.sync.lock import Lock

if TYPE_CHECKING:
    from salesinbox.store.board import Placing
    from salesinbox.sync.sending import Sender

_LOOK = 0.2


class SyncService:
    """Runs sync in this process, or asks the sync process that runs already."""

    def __init__(
        self,
        accounts: AccountService,
        settings: Settings,
        own: Own,
        data: Path,
        lines: Lines,
        now: Callable[[], float],
        secrets: Callable[[dict[str, Any]], Answer] | None = None,
    ) -> None:
        self.accounts = accounts
        self.settings = settings
        self.own = own
        self.data = data
        self.lines = lines
        self.now = now
        self.secrets = secrets

    def sync(
        self, names: Sequence[str] | None = None, progress: Callable[[Event], None] = lambda _event: None
    ) -> list[AccountReport]:
        """One pass over the accounts. Where a sync process runs already, it is asked, and its answer awaited."""
        accounts = self.accounts.chosen(names)
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
                self.lines.session,
                progress,
                lambda: int(self.now()),
                self._sender,
                self._arrived,
            )
        finally:
            lock.release()

    def post(self, name: str) -> bool:
        """Send what is due for an account, in this process; False where a sync process runs, which does it."""
        account = self.accounts.chosen([name])[0]
        lock = Lock.take(self.data)
        if lock is None:
            return False
        from salesinbox.store import board  # noqa: PLC0415 - the same
        from salesinbox.sync import once  # noqa: PLC0415 - the machinery of sync is loaded where it runs

        def now() -> int:
            return int(self.now())

        def placing() -> board.Placing:
            return board.placing(self.settings, self.own, now())

        try:
            sender = self._sender(account, placing, lambda _event: None, now)
            if sender is not None:
                once.post(account, partial(self.lines.session, account), self.data / FILE, now, sender)
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

        if not account.sends:
            return None
        secret, forget = partial(self.lines.sending_secret, account), partial(self.lines.forget_sending, account)
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
        self.accounts.chosen(None)
        lock = Lock.take(self.data)
        if lock is None:
            raise BusyError(_("A sync process for {data} runs already.").format(data=self.data))
        from salesinbox.services.logbook import Logbook  # noqa: PLC0415 - for the process that goes on
        from salesinbox.services.notices import Notices  # noqa: PLC0415 - for the process that tells
        from salesinbox.sync import process  # noqa: PLC0415 - the machinery of sync is loaded where it runs

        notices = Notices(self.settings.magnet, self.settings.me.zone, self.now)
        logbook = Logbook(self.data, self.now)

        def report(event: Event) -> None:
            logbook.note(event)
            progress(event)

        try:
            return process.watch(
                self.settings,
                self.data,
                self.own,
                self.lines.session,
                lambda: int(self.now()),
                report=report,
                linger=linger,
                fault=self._fault,
                forget=self.lines.forget,
                senders=self._sender,
                arrived=self._arrived,
                notify=notices.tell,
                outdated=_changed(self.settings.path),
                secrets=self.secrets,
            )
        finally:
            notices.close()
            logbook.close()
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
