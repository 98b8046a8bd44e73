"""How the servers of an account are reached, as config.toml says it (ACC-1, ACC-4, ACC-6)."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from salesinbox.config.tables import Table
from salesinbox.locale.texts import _
from salesinbox.model.settings import (
    CACHE,
    IMPLICIT,
    NO_TLS,
    NOTHING,
    OAUTH,
    STARTTLS,
    XOAUTH2,
    Gmail,
    Imap,
    Maildir,
    OAuth,
    Pop3,
    Smtp,
)

_TLS = (IMPLICIT, STARTTLS, NO_TLS)
_IMAP_PORTS = {IMPLICIT: 993, STARTTLS: 143, NO_TLS: 143}
_SMTP_PORTS = {IMPLICIT: 465, STARTTLS: 587, NO_TLS: 25}
_POP3_PORTS = {IMPLICIT: 995, STARTTLS: 110, NO_TLS: 110}
_AUTH = ("password", XOAUTH2, OAUTH)
_SENT = ("auto", "server", "program", "nobody")
_STORAGE = (CACHE, NOTHING)
_OAUTH_PROVIDERS = ("google", "microsoft", "custom")

_LOGIN = ("host", "port", "tls", "user", "password_command", "password", "password_in_clear", "ca_file",
          "allow_clear_text", "auth")  # fmt: skip
_SPECIAL = ("archive", "spam", "trash")
IMAP = (*_LOGIN, "folders", "authserv_id", *_SPECIAL)
SMTP = (*_LOGIN, "sent")
POP3 = (*_LOGIN, "keep_days")
GMAIL = ("storage", "client_id", "client_secret_command", "token_command", "endpoint", "ca_file", "folders",
         "units_per_minute")  # fmt: skip
MAILDIR = ("path", "folders", *_SPECIAL)
OAUTH_KEYS = ("provider", "client_id", "client_secret_command", "tenant", "port", "authorize_url", "token_url",
              "device_url", "revoke_url", "scopes", "ca_file")  # fmt: skip
_ADDRESSES = ("authorize_url", "token_url", "device_url", "revoke_url")
_NEEDED_ADDRESSES = ("authorize_url", "token_url")
_LONGEST_KEPT = 36500


def imap(table: Table, user: str) -> Imap:
    """`user`: whoever logs in where the table names nobody."""
    return Imap(
        **_login(table, _IMAP_PORTS, user),
        folders=table.texts("folders"),
        authserv_id=table.text("authserv_id"),
        archive=table.text("archive"),
        spam=table.text("spam"),
        trash=table.text("trash"),
    )


def smtp(table: Table, user: str) -> Smtp:
    return Smtp(**_login(table, _SMTP_PORTS, user), files_sent=table.choice("sent", _SENT))


def pop3(table: Table, user: str) -> Pop3:
    days = table.number("keep_days", 0) if table.has("keep_days") else None
    if days is not None and not 0 <= days <= _LONGEST_KEPT:
        raise table.error("keep_days", _('"{key}" is a number from 0 to {most}.').format(key="keep_days", most=36500))
    return Pop3(**_login(table, _POP3_PORTS, user), keep_days=days)


def maildir(table: Table) -> Maildir:
    path = Path(table.needed("path")).expanduser()
    return Maildir(
        path=table.source.path.parent / path,
        folders=table.texts("folders"),
        archive=table.text("archive"),
        spam=table.text("spam"),
        trash=table.text("trash"),
    )


def gmail(table: Table) -> Gmail:
    endpoint = table.text("endpoint")
    if endpoint:
        _check_address(table, "endpoint", endpoint)
    units = table.number("units_per_minute", Gmail().units_per_minute)
    if units < 300:
        raise table.error("units_per_minute", _("Gmail's quota is a number of at least 300 units a minute."))
    return Gmail(
        storage=table.choice("storage", _STORAGE),
        token_command=_command(table, "token_command"),
        endpoint=endpoint,
        ca_file=_file(table, "ca_file"),
        folders=table.texts("folders"),
        units_per_minute=units,
    )


def gmail_oauth(table: Table) -> OAuth | None:
    """How tokens for the Gmail API are had where its own table says so; None where a command has them."""
    if not table.has("client_id"):
        return None
    return OAuth("google", table.needed("client_id"), _command(table, "client_secret_command"))


def oauth(table: Table) -> OAuth:
    provider = table.choice("provider", _OAUTH_PROVIDERS)
    for key in _ADDRESSES:
        if table.has(key):
            _check_address(table, key, table.needed(key))
        elif provider == "custom" and key in _NEEDED_ADDRESSES:
            raise table.error(key, _('a provider of your own needs "{key}".').format(key=key))
    if provider == "custom" and not table.texts("scopes"):
        raise table.error("scopes", _('a provider of your own needs "{key}".').format(key="scopes"))
    port = table.number("port", OAuth("", "").port)
    if not 1024 <= port < 65536:
        raise table.error("port", _("the port that the browser comes back to is a number from 1024 to 65535."))
    return OAuth(
        provider=provider,
        client_id=table.needed("client_id"),
        client_secret_command=_command(table, "client_secret_command"),
        tenant=_tenant(table),
        port=port,
        **{key: table.text(key) for key in _ADDRESSES},
        scopes=table.texts("scopes") or (),
        ca_file=_file(table, "ca_file"),
    )


def _tenant(table: Table) -> str:
    tenant = table.text("tenant") or OAuth("", "").tenant
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,100}", tenant):
        raise table.error("tenant", _("a tenant is a domain or an id of letters, digits, dots and dashes."))
    return tenant


def _check_address(table: Table, key: str, address: str) -> None:
    """https, or http to this machine (ACC-6)."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or parts.scheme not in ("https", "http") or parts.username:
        raise table.error(key, _('"{value}" is no address like https://host/path.').format(value=address))
    if parts.scheme == "http" and not _is_loopback(host):
        raise table.error(key, _("http is not encrypted, so it goes to this machine only; write https."))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _login(table: Table, ports: Mapping[str, int], user: str) -> dict[str, Any]:
    """A server and how to log in there: what the kinds have in common. `user`: where the table names none."""
    host = table.needed("host")
    if not re.fullmatch(r"[^\s/@]+", host):
        raise table.error("host", _('"{value}" is not the name of a server.').format(value=host))
    tls = table.choice("tls", _TLS)
    port = table.number("port", ports[tls])
    if not 0 < port < 65536:
        raise table.error("port", _("a port is a number from 1 to 65535."))
    auth = table.choice("auth", _AUTH)
    return {
        "host": host,
        "port": port,
        "tls": tls,
        "user": table.text("user") or user,
        "password_command": _command(table, "password_command"),
        "password": _password(table),
        "ca_file": _file(table, "ca_file"),
        "clear_text_forced": table.flag("allow_clear_text"),
        "auth": "" if auth == _AUTH[0] else auth,
    }


def _command(table: Table, key: str) -> tuple[str, ...]:
    command = table.texts(key) or ()
    if table.has(key) and not (command and command[0]):
        raise table.error(key, _('write the program and its arguments, like ["pass", "show", "x"].'))
    return command


def _file(table: Table, key: str) -> Path | None:
    """A file by its path from the folder of the configuration."""
    name = table.text(key)
    return table.source.path.parent / Path(name).expanduser() if name else None


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
