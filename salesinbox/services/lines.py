"""Lines to the servers of the rep's accounts, and the secrets that they need (ACC-4)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.model.settings import Account
from salesinbox.store.homes import home

if TYPE_CHECKING:
    from salesinbox.credentials import Credentials
    from salesinbox.providers.session import Session


class Lines:
    """`credentials` is asked only when a line is opened, never to list or to show. May be used by any thread."""

    def __init__(self, data: Path, credentials: "Callable[[], Credentials]") -> None:
        self.data = data
        self.credentials = credentials

    def session(self, account: Account) -> "Session":
        """A session for the account, not yet connected."""
        from salesinbox.providers import registry  # noqa: PLC0415 - only where a line is opened

        return registry.session(account, partial(self.secret, account), home(self.data, account.name))

    def secret(self, account: Account) -> str:
        return self.credentials().secret(account)

    def forget(self, account: Account) -> None:
        self.credentials().forget(account)

    def sending_secret(self, account: Account) -> str:
        return self.credentials().sending_secret(account)

    def forget_sending(self, account: Account) -> None:
        self.credentials().forget_sending(account)
