"""The addresses that the rep writes from (SEND-3)."""

from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.identities import Identity
from salesinbox.model.settings import Settings


def identities(settings: Settings) -> list[Identity]:
    """Addresses of the accounts that can send, the default first; none where no account can."""
    return [
        identity
        for account in settings.accounts
        if account.sends
        for identity in account.identities or (Identity(account.name, settings.me.name, account.address),)
    ]


def needed(settings: Settings) -> list[Identity]:
    """The same, at least one; ConfigurationError where no account can send."""
    found = identities(settings)
    if not found:
        raise ConfigurationError(_("No account can send yet: add [account.smtp] with its host to the configuration."))
    return found


def of_draft(settings: Settings, draft: Draft) -> Identity | None:
    """The identity that a draft is from; None where the rep has no such address any more."""
    mine = [one for one in identities(settings) if one.address.lower() == draft.sender.lower()]
    return next((one for one in mine if one.account == draft.account), mine[0] if mine else None)


def of_mine(settings: Settings, address: str, account: str) -> Identity:
    """The identity of an address, else one of the account, else the default: for drafts that come from elsewhere."""
    found = needed(settings)
    mine = [one for one in found if one.address.lower() == address.lower()]
    return next(iter([*mine, *(one for one in found if one.account == account), *found]))
