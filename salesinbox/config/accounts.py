"""The accounts of config.toml: how their servers are reached, and who the rep writes as (ACC, SEND-3)."""

import re
from dataclasses import replace

from salesinbox.config import servers
from salesinbox.config.tables import Table, is_address, not_among
from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.identities import Identity
from salesinbox.model.settings import OAUTH, Account

_PROVIDERS = ("imap", "gmail", "pop3", "maildir")
_PLANNED_PROVIDERS = ("graph",)

ACCOUNT = ("name", "address", "provider", "color", "signature", "identity", "smtp", "oauth", *_PROVIDERS)
_IDENTITY = ("address", "name", "signature", "reply_to")

_KEYS = {"imap": servers.IMAP, "gmail": servers.GMAIL, "pop3": servers.POP3, "maildir": servers.MAILDIR}
COLORS = ("red", "green", "yellow", "blue", "magenta", "cyan", "orange", "gray")
"""Of an account's mark on its cards, beside "#RRGGBB"."""

_LONGEST_NAME = 40


def account(table: Table, me: str) -> Account:
    """`me`: the rep's name, which an identity has that is given none."""
    name = table.needed("name")
    if ":" in name or len(name) > _LONGEST_NAME:
        raise table.error("name", _("an account's name is short and has no colon."))
    address = _address(table, "address")
    provider = table.text("provider") or "imap"
    if provider not in _PROVIDERS:
        raise _other_provider(table, provider)
    for other in _PROVIDERS:
        if other != provider and table.has(other):
            raise table.error(
                other,
                _('account "{name}" is of the kind "{provider}"; take [account.{other}] out, or write provider = '
                  '"{other}".').format(name=name, provider=provider, other=other),
            )  # fmt: skip
    if provider != "gmail" and not table.has(provider):
        raise table.error(provider, _missing(provider).format(name=name))
    found = _with_servers(table, provider, address)
    return replace(found, name=name, color=_color(table), identities=_identities(table, name, address, me))


def _with_servers(table: Table, provider: str, address: str) -> Account:
    """An account with its servers."""
    own = table.table(provider, _KEYS[provider])
    found = Account("", address, provider)
    if provider == "imap":
        found = replace(found, imap=servers.imap(own, address))
    elif provider == "pop3":
        found = replace(found, pop3=servers.pop3(own, address))
    elif provider == "maildir":
        found = replace(found, maildir=servers.maildir(own))
    else:
        found = replace(found, gmail=servers.gmail(own), oauth=servers.gmail_oauth(own))
    if table.has("smtp"):
        user = found.server.user if found.server is not None else address
        found = replace(found, smtp=servers.smtp(table.table("smtp", servers.SMTP), user))
    if table.has("oauth"):
        if found.oauth is not None:
            raise table.error("oauth", _("client_id stands in [account.gmail], too; keep one of them."))
        found = replace(found, oauth=servers.oauth(table.table("oauth", servers.OAUTH_KEYS)))
    _check_tokens(table, own, found)
    return found


def _check_tokens(table: Table, own: Table, found: Account) -> None:
    """Who logs in by token needs to be told where tokens come from."""
    if found.oauth is not None:
        return
    wanting = [server for server in (found.server, found.smtp) if server is not None and server.auth == OAUTH]
    if wanting:
        key = found.provider if found.server in wanting else "smtp"
        raise table.error(key, _('auth = "oauth" needs an [account.oauth] with provider and client_id.'))
    if found.gmail is not None and not found.gmail.token_command:
        raise own.error(
            "client_id",
            _('account "{name}" needs in [account.gmail] a client_id, or a token_command that prints an access token.')
            .format(name=table.text("name")),
        )  # fmt: skip


def _color(table: Table) -> str:
    color = table.text("color")
    if color and color.lower() not in COLORS and not re.fullmatch(r"#[0-9A-Fa-f]{6}", color):
        raise table.error("color", not_among(color, (*COLORS, "#RRGGBB")))
    return color.lower()


def _missing(provider: str) -> str:
    if provider == "maildir":
        return _('account "{name}" has no [account.maildir] with its path.')
    if provider == "pop3":
        return _('account "{name}" has no [account.pop3] with host and user.')
    return _('account "{name}" has no [account.imap] with host and user.')


def _identities(table: Table, account: str, address: str, me: str) -> tuple[Identity, ...]:
    """The account's own address, then those that are listed."""
    signature = table.block("signature")
    found = [Identity(account, me, address, signature)]
    for listed in table.tables("identity", _IDENTITY):
        other = _address(listed, "address")
        if any(other.lower() == one.address.lower() for one in found):
            raise listed.error(
                "address",
                _("{address} is an identity of this account already; leave this one out.").format(address=other),
            )
        found.append(
            Identity(
                account,
                listed.text("name") or me,
                other,
                listed.block("signature") if listed.has("signature") else signature,
                _address(listed, "reply_to") if listed.text("reply_to") else "",
            )
        )
    return tuple(found)


def _address(table: Table, key: str) -> str:
    address = table.needed(key)
    if not is_address(address):
        raise table.error(key, _('"{value}" is not a mail address.').format(value=address))
    return address


def _other_provider(table: Table, provider: str) -> ConfigurationError:
    if provider in _PLANNED_PROVIDERS:
        return table.error(
            "provider",
            _('provider "{name}" is not supported by this version; use "imap".').format(name=provider),
        )
    return table.error("provider", not_among(provider, _PROVIDERS))
