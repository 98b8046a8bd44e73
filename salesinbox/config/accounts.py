"""The accounts of config.toml: how their servers are reached, and who the rep writes as (ACC, SEND-3)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salesinbox.config.tables import Table, is_address
from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.identities import Identity
from salesinbox.model.settings import IMPLICIT, NO_TLS, STARTTLS, Account, Imap, Smtp

_TLS = (IMPLICIT, STARTTLS, NO_TLS)
_IMAP_PORTS = {IMPLICIT: 993, STARTTLS: 143, NO_TLS: 143}
_SMTP_PORTS = {IMPLICIT: 465, STARTTLS: 587, NO_TLS: 25}
_PLANNED_PROVIDERS = ("gmail", "pop3", "maildir", "graph")
_AUTH = ("password", "xoauth2")
_SENT = ("auto", "server", "program", "nobody")

ACCOUNT = ("name", "address", "provider", "color", "signature", "identity", "imap", "smtp")
_IDENTITY = ("address", "name", "signature", "reply_to")
_LOGIN = ("host", "port", "tls", "user", "password_command", "password", "password_in_clear", "ca_file")
_IMAP = (*_LOGIN, "folders", "authserv_id", "allow_clear_text", "archive", "spam", "trash")
_SMTP = (*_LOGIN, "allow_clear_text", "auth", "sent")

_LONGEST_NAME = 40


def account(table: Table, me: str) -> Account:
    """`me`: the rep's name, which an identity has that is given none."""
    name = table.needed("name")
    if ":" in name or len(name) > _LONGEST_NAME:
        raise table.error("name", _("an account's name is short and has no colon."))
    address = _address(table, "address")
    provider = table.text("provider") or "imap"
    if provider != "imap":
        raise _other_provider(table, provider)
    if not table.has("imap"):
        raise table.error("imap", _('account "{name}" has no [account.imap] with host and user.').format(name=name))
    imap = _imap(table.table("imap", _IMAP), address)
    return Account(
        name=name,
        address=address,
        provider=provider,
        imap=imap,
        color=table.text("color"),
        identities=_identities(table, name, address, me),
        smtp=_smtp(table.table("smtp", _SMTP), imap.user) if table.has("smtp") else None,
    )


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
            _('provider "{name}" is not supported yet by this version; use "imap".').format(name=provider),
        )
    return table.error("provider", _('there is no provider "{name}"; use "imap".').format(name=provider))


def _imap(table: Table, user: str) -> Imap:
    return Imap(
        **_login(table, _IMAP_PORTS, user),
        folders=table.texts("folders"),
        authserv_id=table.text("authserv_id"),
        archive=table.text("archive"),
        spam=table.text("spam"),
        trash=table.text("trash"),
    )


def _smtp(table: Table, user: str) -> Smtp:
    auth = table.choice("auth", _AUTH)
    return Smtp(
        **_login(table, _SMTP_PORTS, user),
        auth="" if auth == _AUTH[0] else auth,
        files_sent=table.choice("sent", _SENT),
    )


def _login(table: Table, ports: Mapping[str, int], user: str) -> dict[str, Any]:
    """A server and how to log in there: what `Imap` and `Smtp` have in common. `user`: where the table names none."""
    host = table.needed("host")
    if not re.fullmatch(r"[^\s/@]+", host):
        raise table.error("host", _('"{value}" is not the name of a server.').format(value=host))
    tls = table.choice("tls", _TLS)
    port = table.number("port", ports[tls])
    if not 0 < port < 65536:
        raise table.error("port", _("a port is a number from 1 to 65535."))
    command = table.texts("password_command") or ()
    if table.has("password_command") and not (command and command[0]):
        raise table.error("password_command", _('write the program and its arguments, like ["pass", "show", "x"].'))
    ca_file = table.text("ca_file")
    return {
        "host": host,
        "port": port,
        "tls": tls,
        "user": table.text("user") or user,
        "password_command": command,
        "password": _password(table),
        "ca_file": table.source.path.parent / Path(ca_file).expanduser() if ca_file else None,
        "clear_text_forced": table.flag("allow_clear_text"),
    }


def _password(table: Table) -> str:
    """The password in clear, where the rep insists (ACC-4)."""
    password = table.text("password")
    if not password:
        return ""
    if table.has("password_command"):
        raise table.error("password", _("there is a password_command, too; keep one of them."))
    if not table.flag("password_in_clear"):
        raise table.error(
            "password",
            _(
                "a password in this file can be read by whoever reads the file; use password_command or the "
                "keyring, or, if you insist, add password_in_clear = true."
            ),
        )
    return password
