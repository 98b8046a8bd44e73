"""What the rep has said so far while an account is set up. It outlives the steps: going back loses nothing."""

import shlex
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salesinbox.services.setup import Candidate, FolderChoice, Proposal

PASSWORD, BROWSER, DEVICE, COMMAND = "password", "oauth", "device", "command"  # names of ways in, no secrets
IMAP, GMAIL, POP3, MAILDIR = "imap", "gmail", "pop3", "maildir"
SMTP = "smtp"
_TOKENS = "oauth"
"""The table of config.toml that says where tokens are asked for."""


@dataclass
class Answers:
    """`first`: there is no configuration yet. The secret and the token are in no `repr`."""

    first: bool = True
    me: str = ""
    zone: str = ""
    address: str = ""
    central: bool = False
    """Ask the public database of mail servers, too, which sees the address's domain (SAFE-3)."""
    searched: tuple[str, bool] = ("", False)
    """The address that `found` belongs to, and whether the public database was asked."""
    found: "list[Candidate]" = field(default_factory=list)
    candidate: "Candidate | None" = None
    name: str = ""
    method: str = ""
    color: str = ""
    storage: str = ""
    command: str = ""
    client: str = ""
    client_command: str = ""
    tenant: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    """The refresh token that the browser brought."""
    passphrase: str = field(default="", repr=False)
    """Of the encrypted file, once it was given here."""
    tried: str = ""
    """How the try went, in words."""
    listed: "list[FolderChoice]" = field(default_factory=list)
    chosen: set[str] = field(default_factory=set)
    """The folders to sync, by name."""

    def take(self, candidate: "Candidate") -> None:
        """Another way to the mail: what was said of the one before may not fit it."""
        if self.candidate is None or self.candidate.provider != candidate.provider:
            self.listed = []
        self.candidate = candidate
        if self.method not in candidate.methods:
            self.method = candidate.methods[0] if candidate.methods else ""

    @property
    def provider(self) -> str:
        return self.candidate.provider if self.candidate is not None else IMAP

    @property
    def has_token(self) -> bool:
        """Whether one logs in by the browser or by a code, and not by a password."""
        return self.method in (BROWSER, DEVICE)

    @property
    def shown_secret(self) -> str:
        """What is shown to the servers while the account is tried: the password, or the token."""
        if self.has_token:
            return self.token
        return self.secret if self.method == PASSWORD else ""

    def without_sending(self) -> None:
        """Take the account as one that mail is only read from."""
        if self.candidate is not None:
            tables = {name: table for name, table in self.candidate.settings.items() if name != SMTP}
            self.candidate = with_settings(self.candidate, tables)

    def tables(self) -> dict[str, dict[str, Any]]:
        """The account's own tables, as config.toml will have them."""
        settings = self.candidate.settings if self.candidate is not None else {}
        found = {name: deepcopy(dict(table)) for name, table in settings.items()}
        own = found.setdefault(self.provider, {})
        tokens = found.pop(_TOKENS, {})
        servers = [found[name] for name in (IMAP, POP3, SMTP) if name in found]
        for server in servers:
            server.pop("auth", None)
            if self.has_token:
                server["auth"] = "oauth"
        if self.provider == GMAIL and self.storage:
            own["storage"] = self.storage
        if self.method == COMMAND and self.command:
            logs_in = found.get(SMTP, {}) if self.provider == MAILDIR else own
            logs_in["token_command" if self.provider == GMAIL else "password_command"] = split(self.command)
        if self.has_token:
            where = own if self.provider == GMAIL else tokens
            where["client_id"] = self.client or where.get("client_id", "")
            if self.client_command:
                where["client_secret_command"] = split(self.client_command)
            if self.tenant and self.provider != GMAIL:
                where["tenant"] = self.tenant
            if self.provider != GMAIL:
                where.setdefault("provider", provider_of(found))
                found[_TOKENS] = where
        return found

    def folders(self) -> tuple[str, ...] | None:
        """The chosen folders; None where they are those that are synced unless somebody says otherwise."""
        usual = {one.name for one in self.listed if one.chosen}
        if not self.listed or self.chosen == usual:
            return None
        return tuple(one.name for one in self.listed if one.name in self.chosen)

    def proposal(self) -> "Proposal":
        from salesinbox.services.setup import Proposal  # noqa: PLC0415 - loaded when something is set up

        return Proposal(
            name=self.name, address=self.address, me_name=self.me, zone=self.zone, provider=self.provider,
            tables=self.tables(), folders=self.folders(), color=self.color,
        )  # fmt: skip


def with_settings(candidate: "Candidate", tables: Mapping[str, Mapping[str, Any]]) -> "Candidate":
    """The candidate with other servers."""
    return replace(candidate, settings={name: dict(table) for name, table in tables.items()})


def provider_of(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Who gives tokens for these servers, by their names; "custom" for nobody known."""
    hosts = " ".join(str(table.get("host", "")) for table in tables.values()).lower()
    if "google" in hosts or "gmail" in hosts:
        return "google"
    if any(part in hosts for part in ("office365", "outlook", "microsoft", "hotmail", "live.com")):
        return "microsoft"
    return "custom"


def split(command: str) -> list[str]:
    """A command as a shell would part it; ValueError for a quotation that is not closed."""
    return shlex.split(command)
