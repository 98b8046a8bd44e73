"""Setting up an account (ACC-2): its servers are found, tried, and written into the configuration."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from salesinbox.config import writing
from salesinbox.locale.texts import _
from salesinbox.model import mail as model
from salesinbox.model.errors import NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import OAUTH, Account
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.credentials.oauth.tokens import Tokens
    from salesinbox.providers.finding import Finder
    from salesinbox.providers.session import Session

SECONDS = 8.0
"""How long servers are looked for, at the most."""
COUNT_SECONDS = 15.0
"""How long folders are counted; those that come later have no count."""

_UNWANTED = (model.SPAM, model.TRASH)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to the mail of an address, that can be offered."""

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
    """The rep's own name; for a configuration that has no [me] yet."""
    zone: str = ""
    provider: str = "imap"
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    folders: tuple[str, ...] | None = None
    """The folders to sync; None: all but spam and trash."""
    color: str = ""


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


class Keeper(Protocol):
    """What of `credentials.Credentials` is needed here."""

    def secret(self, account: Account) -> str: ...

    def keep(self, account: Account, secret: str) -> str: ...

    def keep_token(self, account: Account, refresh_token: str) -> str: ...

    def client_secret(self, account: Account) -> str: ...


class SetupService:
    """May be used by any thread. Nothing is written but by `write`, `keep` and `keep_token`."""

    def __init__(
        self,
        path: Path,
        credentials: Callable[[], Keeper],
        now: Callable[[], float] = time.time,
        finder: "Callable[[], Finder] | None" = None,
    ) -> None:
        """`path` is the configuration's file, there or not; `finder` makes what looks for servers."""
        self.path = path
        self._credentials = credentials
        self._now = now
        self._finder = finder
        self._tokens: dict[str, Tokens] = {}
        """By refresh token: so that one that is replaced while the account is tried is not lost."""
        self._newer: dict[str, str] = {}

    def find(
        self, address: str, *, central: bool = False, stopped: Callable[[], bool] = lambda: False
    ) -> list[Candidate]:
        """The ways to the mail of an address, the likeliest first; empty where nothing is known of its domain.

        Takes SECONDS at the most, and ends sooner when `stopped`. Its domain's DNS and web servers are asked, and
        those servers that are found; `central` also asks Thunderbird's database, which learns the domain (SAFE-3).
        """
        raise NotImplementedError

    def account(self, proposal: Proposal) -> Account:
        """The account as the configuration would give it. Raises ConfigurationError for what cannot be written."""
        raise NotImplementedError

    def test(self, proposal: Proposal, secret: str) -> Tried:
        """Connect, log in, look at folders and at what sends. Nothing is sent, kept or changed.

        `secret`: the password, or the refresh token of who logs in by OAuth; empty: the account's own command is asked.
        """
        raise NotImplementedError

    def folders(self, proposal: Proposal, secret: str) -> list[FolderChoice]:
        """The folders with their counts, INBOX first. Raises as `Session.connect`; `secret` as for `test`."""
        raise NotImplementedError

    def write(self, proposal: Proposal) -> Path:
        """Write the account into the configuration, which is made where there is none.

        What a person wrote stays octet by octet. Raises ConfigurationError: the name is taken, a value cannot be, the
        file cannot be written or read; nothing is changed then.
        """
        raise NotImplementedError

    def keep(self, proposal: Proposal, secret: str) -> str:
        """Keep the password; returns where: "keyring" or "file". Raises CredentialsError."""
        raise NotImplementedError

    def keep_token(self, proposal: Proposal, refresh_token: str) -> str:
        """The same for the token that the browser brought."""
        raise NotImplementedError

    def name_for(self, address: str) -> str:
        """A short name for the account that is not taken yet."""
        raise NotImplementedError
