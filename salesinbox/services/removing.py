"""Removing an account with everything that belongs to it (ACC-2): configuration, mail here, files, secrets."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.config import changing
from salesinbox.locale.texts import _
from salesinbox.model.errors import BusyError, UsageError
from salesinbox.model.settings import Account, Settings
from salesinbox.model.text import safe
from salesinbox.services.accounts import AccountService
from salesinbox.services.live import LiveService
from salesinbox.store import parts, pausing, removing
from salesinbox.store.database import FILE, Database
from salesinbox.store.homes import home

if TYPE_CHECKING:
    from salesinbox.credentials import Credentials

PATIENCE = 30.0
"""Seconds that the sync process has to let go of an account."""
_NOTICE = 10.0
"""Seconds in which it notices that the configuration has changed; it looks each second."""
_LOOK = 0.1
MAIL = "mail"
"""The folder in an account's own that POP3 fetches into (`providers.pop3`)."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What went, or would go. `troubles`: sentences on what could not be done (a secret that its place holds fast)."""

    name: str
    messages: int
    drafts: int
    unsent: int
    only_here: int = 0
    """Messages of a POP3 account in its folder on this machine, of which its server may have none any more."""
    kept_files: str = ""
    """The folder that was left, where that was wished."""
    troubles: tuple[str, ...] = ()


class RemovingService:
    """May be used by any thread."""

    def __init__(
        self, settings: Settings, data: Path, accounts: AccountService, credentials: "Callable[[], Credentials]"
    ) -> None:
        self.settings = settings
        self.data = data
        self.accounts = accounts
        self.credentials = credentials

    def look(self, name: str) -> Removal:
        """What would go. NotFoundError for a name that no account has."""
        with Database(self.data / FILE) as database:
            account = self._account(database, name)
            found = removing.counted(database.connection, name)
        return Removal(name, found.messages, found.drafts, found.unsent, self._only_here(account))

    def remove(self, name: str, *, keep_files: bool = False) -> Removal:
        """Remove the account: first from the configuration, so that nobody begins to sync it again.

        What a server, or the folder of a Maildir account, holds stays there. `keep_files`: so does the folder that
        mail of a POP3 account was fetched into. Raises ConfigurationError, BusyError when the sync process does not
        let go of it; nothing is removed then.
        """
        path = self.settings.path
        if path is None:
            raise UsageError(_("There is no configuration that the account could be taken out of."))
        with Database(self.data / FILE) as database:
            account = self._account(database, name)
            before = self._only_here(account)
            if account is not None:
                with self._left_alone(database, name) as process:
                    changing.remove(path, name)
                _read_anew(process)
            messages = self._messages(database, name)
            with database.transaction() as connection:
                found = removing.remove(connection, name)
            database.scrub()
        folder = home(self.data, name)
        kept = folder / MAIL if keep_files and before else None
        troubles = _delete(folder, kept)
        self._drop_parts(messages)
        if account is not None:
            others = [one for one in self.settings.accounts if one.name != name]
            troubles += self.credentials().remove(account, others)
        return Removal(
            name, found.messages, found.drafts, found.unsent, before, str(kept) if kept else "", tuple(troubles)
        )

    def _account(self, database: Database, name: str) -> Account | None:
        """The account; None where only the database has it still: it was taken out of the configuration by hand."""
        known = database.connection.execute("SELECT 1 FROM account WHERE name = ?", (name,)).fetchone()
        if known and all(one.name != name for one in self.settings.accounts):
            return None
        return self.accounts.chosen([name])[0]

    @contextmanager
    def _left_alone(self, database: Database, name: str) -> Iterator[LiveService]:
        """The sync process leaves the account alone; should what follows fail, it goes on with it as before."""
        was = name in pausing.paused(database.connection)
        process = LiveService(self.data, None)
        try:
            with database.transaction() as connection:
                pausing.set_paused(connection, name, paused=True)
            self._wait_until_paused(database, name, process)
            process.connect()
            yield process
        except BaseException:
            process.close()
            with database.transaction() as connection:
                pausing.set_paused(connection, name, paused=was)
            raise

    def _wait_until_paused(self, database: Database, name: str, process: LiveService) -> None:
        end = time.monotonic() + PATIENCE
        while process.runs():
            row = database.connection.execute("SELECT state FROM account WHERE name = ?", (name,)).fetchone()
            if row is None or row[0] == "paused":
                return
            if time.monotonic() > end:
                raise BusyError(
                    _("The sync process does not let go of the account {name}. Try again.").format(name=name)
                )
            time.sleep(_LOOK)

    def _only_here(self, account: Account | None) -> int:
        if account is None or account.pop3 is None:
            return 0
        folder = home(self.data, account.name)
        return sum(1 for path in folder.rglob("*") if path.parent.name in ("cur", "new") and path.is_file())

    def _messages(self, database: Database, name: str) -> Sequence[int]:
        rows = database.connection.execute(
            "SELECT message.id FROM message JOIN account ON account.id = account_id WHERE account.name = ?", (name,)
        )
        return [row[0] for row in rows]

    def _drop_parts(self, messages: Sequence[int]) -> None:
        """Attachments and sources of its messages that were fetched."""
        prefixes = {f"m{number}" for number in messages}
        for path in (self.data / parts.FOLDER).glob("m*"):
            if path.name.partition("-")[0] in prefixes:
                path.unlink(missing_ok=True)


def _read_anew(process: LiveService) -> None:
    """Wait until the sync process begins anew without the account: until then it would take it up again, unpaused.

    One that was started with another configuration does not; it is nothing to wait for.
    """
    end = time.monotonic() + _NOTICE
    while process.fileno() >= 0 and time.monotonic() < end:
        process.events()
        time.sleep(_LOOK)
    process.close()


def _delete(folder: Path, spared: Path | None) -> list[str]:
    """Delete a folder, but for the one in it that is `spared`; a sentence for each thing that stays."""
    troubles: list[str] = []

    def failed(_what: object, path: str, reason: tuple[object, BaseException, object]) -> None:
        error = reason[1]
        said = error.strerror if isinstance(error, OSError) else ""
        troubles.append(
            _("{path} cannot be deleted: {reason}.").format(path=safe(path, 300), reason=said or type(error).__name__)
        )

    if spared is None and folder.exists():
        shutil.rmtree(folder, onerror=failed)
    for path in folder.iterdir() if spared is not None and folder.exists() else ():
        if path.is_dir() and path != spared:
            shutil.rmtree(path, onerror=failed)
        elif path != spared:
            path.unlink(missing_ok=True)
    return troubles
