"""The secrets of all accounts: asked for where each comes from, kept where the rep's machine can (ACC-4, ACC-5)."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.credentials import command, sentences, using, ways
from salesinbox.credentials.opening import Safe
from salesinbox.credentials.places import FILE as PLACES
from salesinbox.credentials.places import Places
from salesinbox.credentials.system_keyring import MISSING, SILENT, Keyring, KeyringError
from salesinbox.credentials.using import Used
from salesinbox.credentials.ways import CLEAR, COMMAND, KEPT, TOKEN_COMMAND, TOKENS, Entry, Way
from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.settings import Account, Secrets
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.credentials.oauth.tokens import Tokens

AUTO, KEYRING, IN_FILE = "auto", "keyring", "file"


class Credentials:
    """May be used by any thread. Nothing here prompts, or waits without end.

    What is refused is told by CredentialsError, whose sentence says what to do; of a login by OAuth also by what
    `oauth.tokens.Tokens` raises.
    """

    def __init__(self, secrets: Secrets, data: Path, now: Callable[[], float] = time.time) -> None:
        self.settings = secrets
        self.safe = Safe(secrets, data)
        self.keyring = Keyring()
        self.places = Places(data / PLACES)
        self._now = now
        self._secrets: dict[tuple[str, Way], str] = {}
        self._tokens: dict[Account, Tokens] = {}
        self._locks: dict[object, threading.Lock] = {}
        self._lock = threading.Lock()

    # --- what a line to a server needs -------------------------------------------------------------------------

    def secret(self, account: Account) -> str:
        """The password or the access token that mail is read with. A password is asked for once, and then in memory."""
        return self._found(account, ways.reading(account))

    def forget(self, account: Account) -> None:
        """Ask anew at the next call: the server refused what was given."""
        self._forget(account, ways.reading(account))

    def sending_secret(self, account: Account) -> str:
        """As `secret`, for the account's SMTP server, which takes the same one unless it has one of its own."""
        return self._found(account, self.sending_way(account))

    def forget_sending(self, account: Account) -> None:
        """As `forget`, for `sending_secret`."""
        self._forget(account, self.sending_way(account))

    def client_secret(self, account: Account) -> str:
        """What the rep's own app at the provider of tokens shows beside its client id; "" for an app without."""
        oauth = account.oauth
        if oauth is None or not oauth.client_secret_command:
            return ""
        return command.printed(oauth.client_secret_command, command.of_account("client_secret_command", account.name))

    def sending_way(self, account: Account) -> Way:
        return ways.sending(account, lambda entry: self.place(entry) != "")

    def _found(self, account: Account, way: Way) -> str:
        if way.kind == TOKENS:
            return self.tokens_of(account).access()
        if way.kind == CLEAR:
            return way.clear
        if way.kind == TOKEN_COMMAND:
            return command.printed(way.command, command.of_account(way.key, account.name))
        if way.kind not in (COMMAND, KEPT):
            raise sentences.no_way(account, way)
        where = (account.name, way)
        # One thread asks while the others wait: a prompt is to show once.
        with self._lock_of(where):
            if where not in self._secrets:
                self._secrets[where] = (
                    command.printed(way.command, command.of_account(way.key, account.name))
                    if way.kind == COMMAND
                    else self.kept(account, way)
                )
            return self._secrets[where]

    def _forget(self, account: Account, way: Way) -> None:
        if way.kind == TOKENS:
            self.tokens_of(account).drop()
            return
        with self._lock_of((account.name, way)):
            self._secrets.pop((account.name, way), None)

    def _lock_of(self, what: object) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(what, threading.Lock())

    def tokens_of(self, account: Account) -> "Tokens":
        """The account's login by OAuth. ConfigurationError for an account that has none."""
        from salesinbox.credentials.oauth.tokens import Tokens  # noqa: PLC0415 - only for accounts that log in so

        def keep(refresh_token: str) -> None:
            self._keep(account, ways.token(account), refresh_token, AUTO)

        with self._lock:
            if account not in self._tokens:
                self._tokens[account] = Tokens(
                    account,
                    lambda: self.token(account),
                    keep,
                    lambda: self.client_secret(account),
                    self._now,
                )
            return self._tokens[account]

    # --- what was given to this program ------------------------------------------------------------------------

    def keep(self, account: Account, secret: str, where: str = AUTO, *, sending: bool = False) -> str:
        """Keep a password of the account's reading or sending server; returns where: "keyring" or "file".

        `where`: one of these, or "auto": as the configuration says.
        """
        entry = ways.sending_password(account) if sending else ways.password(account)
        if entry is None:
            raise sentences.no_server(account)
        kept = self._keep(account, entry, secret, where)
        self._drop(account.name)
        return kept

    def keep_token(self, account: Account, refresh_token: str) -> str:
        """As `keep`, for what a login by OAuth brought. Access tokens of an earlier login are given out no more."""
        kept = self._keep(account, ways.token(account), refresh_token, AUTO)
        with self._lock:
            self._tokens.pop(account, None)
        return kept

    def token(self, account: Account) -> str:
        """What the login brought, asked for each time: another process may have kept a newer one. "" for none."""
        return self._look_up(account, ways.token(account)) or ""

    def remove(self, account: Account, others: Sequence[Account] = ()) -> list[str]:
        """Remove all that is kept of the account, and have the provider forget its login.

        What `others` use, too, stays. Returns a sentence for each thing that could not be done; raises nothing.
        """
        failed = []
        if account.oauth is not None:
            try:
                self.tokens_of(account).revoke()
            except SalesInboxError as error:
                failed.append(
                    _('The login of account "{name}" could not be revoked: {error}').format(
                        name=safe(account.name, 60), error=error
                    )
                )
        shared = {entry for other in others if other != account for entry in ways.entries(other)}
        for entry in ways.entries(account):
            if entry not in shared:
                failed += self.remove_entry(account, entry)
        return failed

    def remove_entry(self, account: Account, entry: Entry) -> list[str]:
        """Remove one secret wherever it is; a sentence for each place where that failed."""
        failed = []
        listed = entry.name in self.places.names()
        if self.settings.store != IN_FILE or listed:
            try:
                self.keyring.delete(entry.service, entry.user)
                self.places.remove(entry.name)
            except KeyringError as error:
                # Where this program never put it, a keyring that is not there is no failure.
                if listed or error.reason not in (MISSING, SILENT):
                    failed.append(str(sentences.keyring_failed(account, error)))
            except SalesInboxError as error:
                failed.append(str(error))
        try:
            self.safe.remove(entry.name)
        except SalesInboxError as error:
            failed.append(str(error))
        self._drop(account.name)
        return failed

    def place(self, entry: Entry) -> str:
        """Where this program keeps it: "keyring", "file", or "" where it does not know of one."""
        if entry.name in self.places.names():
            return KEYRING
        return IN_FILE if self.settings.store != KEYRING and self.safe.has(entry.name) else ""

    def used(self, account: Account) -> list[Used]:
        """Which ways to secrets the account uses, and what is wrong with them."""
        return using.used(self, account)

    def kept(self, account: Account, way: Way) -> str:
        """The password that was given to this program."""
        assert way.entry is not None
        found = self._look_up(account, way.entry, way)
        if not found:
            raise sentences.not_kept(account, way, self.settings.store)
        return found

    def _look_up(self, account: Account, entry: Entry, way: Way | None = None) -> str | None:
        """None where there is none. `way`: of a password; for it a machine without a keyring is worth a sentence."""
        place = self.place(entry)
        if place == IN_FILE or (not place and self.settings.store == IN_FILE):
            return self.safe.get(entry.name)
        try:
            return self.keyring.get(entry.service, entry.user)
        except KeyringError as error:
            if error.reason == MISSING and not place:
                if way is None:
                    return None
                raise sentences.no_keyring(account, way) from None
            raise sentences.keyring_failed(account, error) from None

    def _keep(self, account: Account, entry: Entry, secret: str, where: str) -> str:
        if where == AUTO:
            where = self.settings.store
        # Asked for by name, the keyring is taken as it is; by itself, this program writes nothing down in clear.
        chosen = where == KEYRING
        if where == AUTO:
            where = self.place(entry) or KEYRING
        if where == KEYRING:
            try:
                self.keyring.set(entry.service, entry.user, secret, private=not chosen)
            except KeyringError as error:
                if chosen:
                    raise sentences.keyring_failed(account, error) from None
            else:
                self.places.add(entry.name)
                with contextlib.suppress(SalesInboxError):  # locked: what the keyring has counts
                    self.safe.remove(entry.name)
                return KEYRING
        self.safe.keep(entry.name, secret)
        if entry.name in self.places.names():
            with contextlib.suppress(KeyringError):  # the same
                self.keyring.delete(entry.service, entry.user)
            self.places.remove(entry.name)
        return IN_FILE

    # --- the encrypted file ------------------------------------------------------------------------------------

    def locked(self) -> bool:
        """Whether there is an encrypted file that cannot be opened without asking the rep for the passphrase."""
        return self.safe.vault.exists() and not self.safe.is_open()

    def unlock(self, passphrase: str) -> None:
        """Open the encrypted file, until `lock` or the end of this process."""
        self.safe.unlock(passphrase)

    def lock(self) -> None:
        """Forget the passphrase, and everything that was asked for so far."""
        self.safe.lock()
        with self._lock:
            self._secrets.clear()
            self._tokens.clear()

    def set_passphrase(self, old: str, new: str) -> None:
        """Choose the encrypted file's passphrase; `old` counts only where there is one already."""
        self.safe.set_passphrase(old, new)

    def hand_over(self) -> int:
        """A descriptor to inherit, with the file's key for the program that this process becomes; -1 for none."""
        return self.safe.hand_over()

    def taken_over(self, descriptor: int) -> None:
        """Open the encrypted file with what `hand_over` left."""
        self.safe.taken_over(descriptor)

    def _drop(self, name: str) -> None:
        with self._lock:
            for where in [where for where in self._secrets if where[0] == name]:
                del self._secrets[where]
            for account in [account for account in self._tokens if account.name == name]:
                del self._tokens[account]
