"""Which provider speaks for an account. Each is imported only where an account of its kind exists."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe
from salesinbox.providers.session import Session

PROVIDERS = {
    "imap": ("salesinbox.providers.imap.session", "ImapSession"),
    "gmail": ("salesinbox.providers.gmail.session", "GmailSession"),
    "pop3": ("salesinbox.providers.pop3.session", "Pop3Session"),
    "maildir": ("salesinbox.providers.maildir.session", "MaildirSession"),
}
"""Provider name -> (module, class); the class is called with (account, secret, home)."""


def session(account: Account, secret: Callable[[], str], home: Path | None = None) -> Session:
    """A session for `account`, not yet connected.

    `secret` gives the password or the access token; it is called when `connect` needs it, and again where a token has
    run out meanwhile. `home` is a folder that the account's provider may keep things of its own in; None: nothing is
    kept, which is enough to try the account.

    Raises ConfigurationError for a provider that does not exist.
    """
    if account.provider not in PROVIDERS:
        known = ", ".join(sorted(PROVIDERS))
        raise ConfigurationError(
            _('account "{account}": there is no provider "{provider}"; known are: {known}').format(
                account=safe(account.name), provider=safe(account.provider), known=known
            )
        )
    module, name = PROVIDERS[account.provider]
    made: Session = getattr(import_module(module), name)(account, secret, home)
    return made


class Post(Protocol):
    """What gives mail away for an account: `providers.smtp.sending`, or `providers.gmail.sending`."""

    def send(
        self,
        account: Account,
        secret: Callable[[], str],
        sender: str,
        recipients: Sequence[str],
        message: bytes,
        *,
        giving: Callable[[], None],
        told_limit: Callable[[int], None] = ...,
    ) -> object:
        """Give a message away, once. See `providers.smtp.sending.send` for what it promises and raises."""

    def check(self, account: Account, secret: Callable[[], str]) -> None:
        """Reach what sends, and log in; nothing is sent."""


def post(account: Account) -> Post:
    """What sends for `account`: its SMTP server where it has one, else its own provider."""
    name = "gmail" if account.smtp is None and account.gmail is not None else "smtp"
    found: Post = import_module(f"salesinbox.providers.{name}.sending")
    return found
