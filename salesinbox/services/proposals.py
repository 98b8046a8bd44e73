"""What is said while an account is set up: ways that are offered, what the rep makes of them, and how a try went."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to the mail of an address, that can be offered. No two that are offered together have the same title."""

    provider: str
    """"imap", "gmail", "pop3" or "maildir"."""
    title: str
    settings: Mapping[str, Mapping[str, Any]]
    """Keys of config.toml by table: "imap", "smtp", "pop3", "gmail", "oauth"."""
    methods: tuple[str, ...]
    """How one can log in there: of "password", "oauth", "device", "command", the likeliest first."""
    note: str = ""
    """What the rep should know before, in a sentence or two."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An account as it would be written. Secrets are no part of it."""

    name: str
    address: str
    me_name: str = ""
    """The rep's own name, and with it the zone: for a configuration that has no [me] yet."""
    zone: str = ""
    provider: str = "imap"
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    folders: tuple[str, ...] | None = None
    """The folders to sync; None: all but spam and trash."""
    color: str = ""

    def values(self) -> dict[str, Any]:
        """Keys and tables of its [[account]]."""
        found: dict[str, Any] = {"name": self.name, "address": self.address}
        if self.provider != "imap":
            found["provider"] = self.provider
        if self.color:
            found["color"] = self.color
        for key in (self.provider, *(key for key in self.tables if key != self.provider)):
            table = {name: value for name, value in self.tables.get(key, {}).items() if value not in ("", None)}
            if key == self.provider and self.folders is not None and key != "pop3":
                table["folders"] = self.folders
            if table or key == self.provider:
                found[key] = table
        return found


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try went: `detail` says it. `readable`: mail can be read, whatever became of the rest."""

    ok: bool
    detail: str
    exit: int = 0
    readable: bool = False


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """A folder that could be synced. `messages` None: not counted. `chosen`: it is synced unless the rep says no."""

    name: str
    role: str
    messages: int | None
    chosen: bool
