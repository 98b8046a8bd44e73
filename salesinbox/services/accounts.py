"""The rep's mail accounts: tried, paused, and how they stand (ACC-7)."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import NotFoundError, SalesInboxError, UsageError
from salesinbox.model.settings import Account, Settings
from salesinbox.model.status import AccountStatus, FolderStatus
from salesinbox.model.text import safe
from salesinbox.services.lines import Lines
from salesinbox.services.live import LiveService
from salesinbox.store import pausing
from salesinbox.store.database import FILE, Database

PAUSED = "paused"
"""The state of an account that the rep has paused."""


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
    """Which accounts there are, whether they can be reached, and how they stand."""

    def __init__(self, database: Callable[[], Database], settings: Settings, data: Path, lines: Lines) -> None:
        """`database` opens the local database when it is first needed: trying an account needs none."""
        self._database = database
        self.settings = settings
        self.data = data
        self.lines = lines

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
        results = []
        for account in self.chosen(names):
            session = self.lines.session(account)
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
        if account.sends:
            from salesinbox.providers import registry  # noqa: PLC0415 - for whoever tries it

            where = f"{account.smtp.host}:{account.smtp.port}" if account.smtp else "Gmail"
            try:
                registry.post(account).check(account, partial(self.lines.sending_secret, account))
                detail = _("{detail}; sends by {where}").format(detail=detail, where=safe(where, 120))
            except SalesInboxError as refused:
                error = refused
                detail = _("Mail can be read, but not sent: {error}").format(error=error)
        code = 0 if error is None else int(error.exit)
        return Tried(account.name, account.address, account.provider, error is None, detail, code)

    def status(self, *, contents: bool = False) -> list[AccountStatus]:
        """Each account with its folders; before the first sync an account has none.

        `contents`: count the messages whose content is here, too, which costs more the larger the mailbox is.
        """
        connection = self._database().connection
        running = self._running()
        paused = pausing.paused(connection)
        rows = {row[1]: row for row in connection.execute("SELECT id, name, state, detail FROM account")}
        result = []
        for account in self.settings.accounts:
            row = rows.get(account.name)
            state = row[2] if row and running else "stopped"
            if account.name in paused and not running:
                state = PAUSED  # else the sync process says so as soon as it has let go of the server
            folders = _folders(connection, row[0], contents=contents) if row else ()
            pending = _pending(connection, row[0]) if row else 0
            detail = row[3] if row else ""
            result.append(AccountStatus(account.name, account.address, state, detail, folders, pending))
        return result

    def pause(self, name: str) -> None:
        """Leave the account's servers alone until `resume`: nothing is fetched, told or sent."""
        self._pause(name, paused=True)

    def resume(self, name: str) -> None:
        self._pause(name, paused=False)

    def paused(self, name: str) -> bool:
        return name in pausing.paused(self._database().connection)

    def _pause(self, name: str, *, paused: bool) -> None:
        self.chosen([name])
        # A connection of its own: the board calls this in a thread, so that no other writer halts it.
        with Database(self.data / FILE) as writing, writing.transaction() as connection:
            pausing.set_paused(connection, name, paused=paused)

    def _running(self) -> bool:
        return LiveService(self.data, None).runs()


def _where(account: Account) -> str:
    if account.server is not None:
        return f"{account.server.user}@{account.server.host}:{account.server.port} ({account.server.tls})"
    if account.maildir is not None:
        return str(account.maildir.path)
    if account.gmail is not None:
        kept = _("mail is kept here") if account.keeps_mail else _("no mail is kept here")
        return f"{account.gmail.endpoint or 'Gmail API'} ({kept})"
    return account.provider


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
