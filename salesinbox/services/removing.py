"""Removing an account with everything that belongs to it (ACC-2): configuration, mail here, files, secrets."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.config import changing
from salesinbox.locale.texts import _
from salesinbox.model.errors import BusyError, UsageError
from salesinbox.model.settings import Account, Settings
from salesinbox.services.accounts import AccountService
from salesinbox.services.live import LiveService
from salesinbox.store import parts, removing
from salesinbox.store.database import FILE, Database
from salesinbox.store.homes import home

if TYPE_CHECKING:
    from salesinbox.credentials import Credentials

_PATIENCE = 30.0
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Removal:
    """What went, or would go. `troubles`: sentences on what could not be done (a secret that its place holds fast)."""

    name: str
    messages: int
    drafts: int
    unsent: int
    only_here: int = 0
    """Messages of a POP3 account in its folder on this machine, of which its server may have none any more."""
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
        account = self.accounts.chosen([name])[0]
        with Database(self.data / FILE) as database:
            found = removing.counted(database.connection, name)
        return Removal(name, found.messages, found.drafts, found.unsent, self._only_here(account))

    def remove(self, name: str) -> Removal:
        """Remove the account: first from the configuration, so that nobody begins to sync it again.

        What a server, or the folder of a Maildir account, holds stays there. Raises ConfigurationError (nothing is
        removed then), BusyError when the sync process does not let go of it.
        """
        account = self.accounts.chosen([name])[0]
        if self.settings.path is None:
            raise UsageError(_("There is no configuration that the account could be taken out of."))
        before = self._only_here(account)
        self._let_go(name)
        changing.remove(self.settings.path, name)
        with Database(self.data / FILE) as database:
            messages = self._messages(database, name)
            with database.transaction() as connection:
                found = removing.remove(connection, name)
            database.scrub()
        shutil.rmtree(home(self.data, name), ignore_errors=True)
        self._drop_parts(messages)
        others = [one for one in self.settings.accounts if one.name != name]
        troubles = self.credentials().remove(account, others)
        return Removal(name, found.messages, found.drafts, found.unsent, before, tuple(troubles))

    def _let_go(self, name: str) -> None:
        """Have the sync process leave the account alone."""
        with Database(self.data / FILE) as database:
            from salesinbox.store import pausing  # noqa: PLC0415 - only for this

            with database.transaction() as connection:
                pausing.set_paused(connection, name, paused=True)
            live = LiveService(self.data, None)
            end = time.monotonic() + _PATIENCE
            while live.runs():
                row = database.connection.execute("SELECT state FROM account WHERE name = ?", (name,)).fetchone()
                if row is None or row[0] == "paused":
                    return
                if time.monotonic() > end:
                    raise BusyError(
                        _("The sync process does not let go of the account {name}. Try again.").format(name=name)
                    )
                time.sleep(_LOOK)

    def _only_here(self, account: Account) -> int:
        if account.pop3 is None:
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
