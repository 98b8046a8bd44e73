"""Which provider speaks for an account. Each is imported only where an account of its kind exists."""

from collections.abc import Callable
from importlib import import_module

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe
from salesinbox.providers.session import Session

PROVIDERS = {"imap": ("salesinbox.providers.imap.session", "ImapSession")}
"""Provider name -> (module, class); the class is called with (account, secret)."""


def session(account: Account, secret: Callable[[], str]) -> Session:
    """A session for `account`, not yet connected. `secret` is called once, when `connect` needs it.

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
    made: Session = getattr(import_module(module), name)(account, secret)
    return made
