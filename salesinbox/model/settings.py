"""The rep's settings as the program holds them; `config` reads them from config.toml and checks them."""

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.model.identities import Identity

IMPLICIT, STARTTLS, NO_TLS = "implicit", "starttls", "none"


@dataclass(frozen=True, slots=True)
class Me:
    """The rep. `zone` is also the organisation's zone; `team` are colleagues' addresses (COL-4), lower case."""

    name: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    own_domains: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    """Further addresses that are the rep's own (aliases), beside those of the accounts."""


OAUTH, XOAUTH2 = "oauth", "xoauth2"
"""How one logs in, in place of a password: tokens that this program gets by OAuth, or that the rep's command prints."""


@dataclass(frozen=True, slots=True)
class Imap:
    """How to reach an IMAP server. `password` is set only where the rep insists on clear text in the file."""

    host: str
    port: int
    tls: str
    user: str
    password_command: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    """Certificates to trust in place of the system's (a company's own authority)."""
    folders: tuple[str, ...] | None = None
    """None: all but spam and trash."""
    authserv_id: str = ""
    """Whose Authentication-Results count (COL-13); empty: the host and the address's domain."""
    clear_text_forced: bool = False
    archive: str = ""
    """The folder that archived mail goes to; empty: the one that the server marks as such. So with the next two."""
    spam: str = ""
    trash: str = ""
    auth: str = ""
    """Empty: a password; OAUTH, or XOAUTH2: the secret is an access token."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """How to reach the server that sends. Without a command and a password it takes the IMAP server's secret."""

    host: str
    port: int
    tls: str
    user: str
    password_command: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    clear_text_forced: bool = False
    auth: str = ""
    """Empty: a password; OAUTH, or XOAUTH2: the secret is an access token."""
    files_sent: str = "auto"
    """Who files sent mail in Sent: "auto" (known servers do), "server", "program", or "nobody"."""


@dataclass(frozen=True, slots=True)
class Pop3:
    """How to reach a POP3 server, from which mail is only fetched (ACC-1)."""

    host: str
    port: int
    tls: str
    user: str
    password_command: tuple[str, ...] = ()
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    clear_text_forced: bool = False
    auth: str = ""
    keep_days: int | None = None
    """Days after which mail that is here is removed from the server; 0: at once; None: never."""


@dataclass(frozen=True, slots=True)
class Gmail:
    """The Gmail API. `endpoint` is another address for it, without TLS only on this machine; empty: Google's."""

    storage: str = "cache"
    """CACHE, or NOTHING: only id, From address and received time of a message are kept (ACC-3)."""
    token_command: tuple[str, ...] = ()
    """A command that prints an access token, for who gets tokens elsewhere; empty: OAuth."""
    endpoint: str = ""
    ca_file: Path | None = None
    folders: tuple[str, ...] | None = None
    units_per_minute: int = 6000
    """Google's quota for each user."""


CACHE, NOTHING = "cache", "none"


@dataclass(frozen=True, slots=True)
class Maildir:
    """Folders of files on this machine that other programs may write, too."""

    path: Path
    folders: tuple[str, ...] | None = None
    archive: str = ""
    spam: str = ""
    trash: str = ""


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where and as whom tokens are asked for (ACC-5). The addresses are those of the provider unless set."""

    provider: str
    """"google", "microsoft", or "custom"."""
    client_id: str
    client_secret_command: tuple[str, ...] = ()
    tenant: str = "common"
    port: int = 8719
    """Of this machine's loopback, where the browser comes back to."""
    authorize_url: str = ""
    token_url: str = ""
    device_url: str = ""
    revoke_url: str = ""
    scopes: tuple[str, ...] = ()
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """`identities` are the addresses that the rep writes from, the account's own first (SEND-3).

    One of `imap`, `gmail`, `pop3` and `maildir` is set, by `provider`.
    """

    name: str
    address: str
    provider: str
    imap: Imap | None = None
    color: str = ""
    smtp: Smtp | None = None
    identities: tuple[Identity, ...] = ()
    gmail: Gmail | None = None
    pop3: Pop3 | None = None
    maildir: Maildir | None = None
    oauth: OAuth | None = None

    @property
    def sends(self) -> bool:
        """Whether mail can be written from it: by SMTP, else by the Gmail API."""
        return self.smtp is not None or self.gmail is not None

    @property
    def keeps_mail(self) -> bool:
        """False where nothing of a message is stored but its id, From address and received time (ACC-3)."""
        return self.gmail is None or self.gmail.storage != NOTHING

    @property
    def folders(self) -> tuple[str, ...] | None:
        """The folders that are synced, by name; None: all but spam and trash."""
        listed = self.imap or self.gmail or self.maildir
        return listed.folders if listed is not None else None

    @property
    def server(self) -> Imap | Pop3 | None:
        """What mail is read from with a user and a password or token, if it is such a server."""
        return self.imap or self.pop3


@dataclass(frozen=True, slots=True)
class Writing:
    """How mail is written and sent (SEND). `editor` is the program of `external`, empty: $VISUAL, $EDITOR."""

    undo_seconds: int = 10
    markdown: bool = False
    external: bool = False
    editor: tuple[str, ...] = ()
    response_days: int = 0
    """Days after which a missing answer is told, unless the draft says otherwise; 0: not at all (ACT-6)."""


@dataclass(frozen=True, slots=True)
class Display:
    """How things look. `keys` maps a command's name to the keys that call it (UI-1)."""

    theme: str = "dark"
    language: str = ""
    """"en", "ja", or empty for the locale's."""
    keys: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ("deals", "people", "colleagues", "unknown")
    titles: dict[str, str] = field(default_factory=dict)
    after: str = "next"
    """What follows when the thread that is read was put away: "next", or "board"."""
    mark_read: str = "open"
    """When a thread counts as read: "open", or "never" by itself."""


@dataclass(frozen=True, slots=True)
class Magnet:
    """What the magnet takes, and how it tells (MAG-1, MAG-2, MAG-5). `query` narrows it, in the filter language."""

    groups: bool = False
    """Mail to group addresses (info@, sales@) counts, too; so does with `lists` what came by a mailing list."""
    lists: bool = False
    days: int = 30
    """Mail that is older is no longer listed: it is history, not a question."""
    until_read: bool = False
    """An entry goes when its mail is read elsewhere, not only when it is answered or dismissed (MAG-4)."""
    query: str = ""
    folders: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    deals_over: str = ""
    """A decimal: only mail on deals of more than this, whatever the currency; empty: all."""
    bell: bool = True
    terminal: bool = True
    """OSC 9 and 777, which some terminals show as a notification."""
    desktop: bool = True
    command: tuple[str, ...] = ()
    """A command of the rep's own; what is told is in its environment."""
    quiet: tuple[tuple[int, int], ...] = ()
    """Quiet hours as minutes of the day in the rep's zone, (from, to); to < from: over midnight."""
    quiet_days: tuple[int, ...] = ()
    """Days on which nothing is told, 0 is Monday."""
    show: str = "subject"
    """What leaves the program: "name" of the sender only, "subject" too, or "nothing" but that there is mail."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline (REC-6): its stages in order, as (name, state, probability in percent)."""

    name: str
    stages: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of the rep's own (REC-1): `kind` is a record kind, `type` one of model.fields' types."""

    kind: str
    name: str
    type: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """How records are kept. `owner`: whom a new record belongs to; empty: the rep's name, else address."""

    owner: str = ""
    currency: str = ""
    """Of new deals; empty: the locale's."""
    pipelines: tuple[Pipeline, ...] = ()
    fields: tuple[CustomField, ...] = ()


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where passwords and tokens are kept that the rep gives to this program (ACC-4)."""

    store: str = "auto"
    """"keyring", "file" (encrypted), or "auto": the keyring where there is one, else the file."""
    file: Path | None = None
    """The encrypted file; None: `secrets` in the data folder."""
    passphrase_command: tuple[str, ...] = ()
    """Prints the passphrase of the encrypted file, for machines that start by themselves."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in config.toml. `path` is None for settings that come from no file (the demo, a first start)."""

    path: Path | None
    me: Me
    accounts: tuple[Account, ...]
    display: Display = field(default_factory=Display)
    writing: Writing = field(default_factory=Writing)
    magnet: Magnet = field(default_factory=Magnet)
    records: Records = field(default_factory=Records)
    secrets: Secrets = field(default_factory=Secrets)
