"""The rep's passwords and the passphrase they are encrypted with: kept, removed, unlocked, looked after (ACC-4)."""

import os
import secrets as randomness
import select
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NotFoundError, SalesInboxError, UsageError
from salesinbox.model.events import Answer
from salesinbox.model.settings import Account, Settings
from salesinbox.model.status import Check
from salesinbox.model.text import safe
from salesinbox.services.live import LiveService

if TYPE_CHECKING:
    from salesinbox.credentials import Credentials, Used

UNLOCK, LOCK = "unlock", "lock"
DOES = (UNLOCK, LOCK)
"""What the sync process is asked to do by the wake-up socket, which only the rep may open (SAFE-2)."""
_PIPE = "SALESINBOX_KEY_PIPE"
"""The number of the descriptor that the file's key is handed over on: no secret itself."""
_PATIENCE = 10.0


class SecretsService:
    """May be used by any thread. `credentials` is asked for when it is first needed."""

    def __init__(self, credentials: "Callable[[], Credentials]", settings: Settings, data: Path) -> None:
        self._credentials = credentials
        self.settings = settings
        self.data = data

    # --- the encrypted file ------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The encrypted file, there or not."""
        return self._credentials().safe.path

    def is_there(self) -> bool:
        """Whether there is an encrypted file, so that a passphrase was chosen."""
        return self._credentials().safe.vault.exists()

    def locked(self) -> bool:
        """Whether there is an encrypted file that this process cannot open without asking the rep."""
        return self._credentials().locked()

    def wants_passphrase(self) -> bool:
        """Whether nothing can be kept in the encrypted file yet: it is locked, or a passphrase is to be chosen."""
        return self.settings.secrets.store != "keyring" and not self._credentials().safe.is_open()

    def unlock(self, passphrase: str) -> bool:
        """Open the file here and in the sync process. False where no sync process runs.

        Raises CredentialsError: it is another passphrase, or there is no file.
        """
        self._credentials().unlock(passphrase)
        return self._tell({"do": UNLOCK, "passphrase": passphrase})

    def lock(self) -> bool:
        """Forget the passphrase here and in the sync process. False where no sync process runs."""
        self._credentials().lock()
        return self._tell({"do": LOCK})

    def set_passphrase(self, old: str, new: str) -> None:
        """Choose a passphrase, or another one; `old` counts only where there is one. The sync process follows."""
        self._credentials().set_passphrase(old, new)
        self._tell({"do": UNLOCK, "passphrase": new})

    # --- passwords ---------------------------------------------------------------------------------------------

    def keep(self, account: Account | str, secret: str, where: str = "auto", *, sending: bool = False) -> str:
        """Keep a password; returns "keyring" or "file". A sync process that runs tries with it at once.

        Raises UsageError where the configuration has the password come from somewhere else.
        """
        from salesinbox.credentials import ways  # noqa: PLC0415 - only who keeps one

        found = self._account(account)
        way = ways.sending(found, lambda _entry: True) if sending else ways.reading(found)
        if sending and found.smtp is None:
            raise UsageError(_('Account "{name}" has no [account.smtp] to send by.').format(name=safe(found.name, 60)))
        if way.kind != ways.KEPT:
            raise UsageError(_not_asked_for(found, way))
        kept = self._credentials().keep(found, secret, where, sending=sending)
        live = LiveService(self.data, None)
        if live.connect():
            live.ask_sync([found.name])
            live.close()
        return kept

    def remove(self, account: Account | str, *, sending: bool = False) -> None:
        """Remove a password wherever it is kept; one that is not there is as good as removed.

        Raises CredentialsError where it is kept and cannot be removed.
        """
        from salesinbox.credentials import ways  # noqa: PLC0415 - only who removes one

        found = self._account(account)
        entry = ways.sending_password(found) if sending else ways.password(found)
        failed = self._credentials().remove_entry(found, entry) if entry is not None else []
        if failed:
            raise CredentialsError("\n".join(failed))

    def used(self, account: Account | str) -> "list[Used]":
        """Where the account's secrets come from, and what is wrong with that. Takes a few seconds at the most."""
        return self._credentials().used(self._account(account))

    # --- doctor ------------------------------------------------------------------------------------------------

    def checks(self, accounts: Sequence[Account] | None = None) -> list[Check]:
        """What `doctor` says: for each account which way to its secrets is in use, and what is wrong with it."""
        chosen = self.settings.accounts if accounts is None else tuple(accounts)
        if not chosen:
            return self._check_of_file()
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only the doctor needs it

        # Side by side: a keyring that does not answer is waited for once, not once for each account.
        with ThreadPoolExecutor(len(chosen)) as threads:
            found = list(threads.map(self.used, chosen))
        return [
            *(
                Check(_title(account, one), one.ok, one.detail, one.fix)
                for account, used in zip(chosen, found, strict=True)
                for one in used
            ),
            *self._check_of_file(),
        ]

    def _check_of_file(self) -> list[Check]:
        credentials = self._credentials()
        path, name = credentials.safe.path, _("encrypted passwords")
        try:
            mode = path.stat().st_mode
        except OSError:
            return []
        try:
            credentials.safe.vault.names()
        except SalesInboxError as error:
            return [Check(name, False, str(error))]
        if stat.S_IMODE(mode) & 0o077:
            detail = _("{file}: others can read it").format(file=path)
            return [Check(name, False, detail, f"chmod 600 {path}")]
        state = _("locked here") if credentials.locked() else _("unlocked here")
        return [Check(name, True, f"{path}: {state}")]

    # --- the sync process --------------------------------------------------------------------------------------

    def answer(self, request: dict[str, Any]) -> Answer:
        """What the sync process does when it is asked for one of DOES. Raises nothing."""
        asked = str(request.get("id", ""))
        try:
            if request.get("do") == UNLOCK:
                self._credentials().unlock(str(request.get("passphrase", "")))
            else:
                self._credentials().lock()
        except SalesInboxError as error:
            return Answer("", asked, False, str(error), {})
        return Answer("", asked, True, "", {})

    def hand_over(self) -> None:
        """Before this process becomes the program anew: it is to have the key of the encrypted file, too."""
        descriptor = self._credentials().hand_over()
        if descriptor >= 0:
            os.environ[_PIPE] = str(descriptor)

    def take_over(self) -> None:
        """What `hand_over` left, if this process has begun so."""
        number = os.environ.pop(_PIPE, "")
        if number.isascii() and number.isdigit():
            self._credentials().taken_over(int(number[:6]))

    def _tell(self, request: dict[str, object]) -> bool:
        """Ask the sync process, and wait for its answer; False where none runs. Raises what it answers."""
        live = LiveService(self.data, None)
        if not live.connect():
            return False
        try:
            asked = randomness.token_hex(8)
            end = time.monotonic() + _PATIENCE
            live.ask_secrets({**request, "id": asked})
            while live.fileno() >= 0 and (left := end - time.monotonic()) > 0:
                select.select([live.fileno()], [], [], left)
                for event in live.events():
                    if isinstance(event, Answer) and event.request == asked:
                        if not event.ok:
                            raise CredentialsError(event.detail)
                        return True
        finally:
            live.close()
        raise CredentialsError(_("The sync process did not answer. Try again, or start it anew."))

    def _account(self, account: Account | str) -> Account:
        if isinstance(account, Account):
            return account
        for found in self.settings.accounts:
            if found.name == account:
                return found
        raise NotFoundError(
            _("There is no account {name}. Accounts here: {names}.").format(
                name=safe(account, 60),
                names=safe(", ".join(one.name for one in self.settings.accounts), 200) or "–",
            )
        )


def _title(account: Account, used: "Used") -> str:
    name = safe(account.name, 60)
    if used.kind == "oauth":
        return _("login of {name}").format(name=name)
    if used.sending:
        return _("password of {name} for sending").format(name=name)
    return _("password of {name}").format(name=name)


def _not_asked_for(account: Account, way: Any) -> str:
    name = safe(account.name, 60)
    if way.command:
        return _('Account "{name}" has a {key}, which has the password. Take that out first.').format(
            name=name, key=way.key
        )
    if way.clear:
        return _('Account "{name}" has its password in the configuration. Take that out first.').format(name=name)
    return _('Account "{name}" logs in without a password that could be kept.').format(name=name)
