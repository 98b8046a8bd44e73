"""Logging in to an account's provider by OAuth, and out again (ACC-5): what every door calls.

A login ends with a refresh token, which is kept where the rep's secrets are (ACC-4); from then on sync asks for access
tokens by itself.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NotFoundError, SalesInboxError
from salesinbox.model.settings import Account, Settings
from salesinbox.model.text import safe
from salesinbox.services.live import LiveService

if TYPE_CHECKING:
    from salesinbox.credentials.oauth.login import Login as Login  # noqa: PLC0414 - for the doors, too
    from salesinbox.credentials.ways import Entry


class Keeper(Protocol):
    """What of `credentials.Credentials` is needed here."""

    def client_secret(self, account: Account) -> str: ...

    def token(self, account: Account) -> str: ...

    def keep_token(self, account: Account, refresh_token: str) -> str: ...

    def remove_entry(self, account: Account, entry: "Entry") -> list[str]: ...

    def forget(self, account: Account) -> None: ...


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """`revoked`: the provider has forgotten the login, too; else `detail` says why not, and what to do about it."""

    revoked: bool
    detail: str = ""


class SigningIn:
    """May be used by any thread. An account is given by its name, or as it is going to be configured."""

    def __init__(
        self,
        settings: Settings,
        credentials: Callable[[], Keeper],
        now: Callable[[], float] = time.time,
        data: Path | None = None,
    ) -> None:
        """`data` is the folder whose sync process hears of a login; None: none does."""
        self._settings = settings
        self._credentials = credentials
        self._now = now
        self._data = data

    def begin(self, account: Account | str) -> "Login":
        """A login that the rep goes on with: see `credentials.oauth.login.Login` for its ways and errors.

        Raises NotFoundError for a name that no account has, ConfigurationError for one that has no OAuth.
        """
        from salesinbox.credentials.oauth.login import Login  # noqa: PLC0415 - only who logs in

        found = self._account(account)
        return Login(found, lambda: self._credentials().client_secret(found))

    def finish(self, account: Account | str, refresh_token: str) -> str:
        """Keep what the login brought; returns where: "keyring" or "file". A sync process that runs tries it at once.

        Raises CredentialsError.
        """
        found = self._account(account)
        where = self._credentials().keep_token(found, refresh_token)
        # What was asked for with the token before is of no use any more.
        self._credentials().forget(found)
        if self._data is not None:
            live = LiveService(self._data, None)
            if live.connect():
                live.ask_sync([found.name])
                live.close()
        return where

    def log_out(self, account: Account | str) -> LoggedOut:
        """Remove the token here, and have the provider forget it. What the provider says keeps nothing here.

        Raises CredentialsError where the token cannot be read or removed, ConfigurationError without OAuth.
        """
        from salesinbox.credentials import ways  # noqa: PLC0415 - only who logs out
        from salesinbox.credentials.oauth.tokens import Tokens  # noqa: PLC0415 - the same

        found = self._account(account)
        credentials = self._credentials()
        token = credentials.token(found)
        tokens = Tokens(found, lambda: token, lambda _newer: None, lambda: credentials.client_secret(found), self._now)
        try:
            outcome = LoggedOut(tokens.revoke())
            if not outcome.revoked and token:
                outcome = LoggedOut(
                    revoked=False,
                    detail=_("{provider} cannot be told by a program; take the app away in your account there").format(
                        provider=safe(tokens.title, 60)
                    ),
                )
        except SalesInboxError as error:
            outcome = LoggedOut(revoked=False, detail=str(error))
        failed = credentials.remove_entry(found, ways.token(found))
        credentials.forget(found)
        if failed:
            raise CredentialsError("\n".join(failed))
        return outcome

    def _account(self, account: Account | str) -> Account:
        if isinstance(account, Account):
            return account
        for found in self._settings.accounts:
            if found.name == account:
                return found
        names = ", ".join(one.name for one in self._settings.accounts)
        raise NotFoundError(
            _("There is no account {name}. Accounts here: {names}.").format(
                name=safe(account, 60), names=safe(names, 200) or "–"
            )
        )
