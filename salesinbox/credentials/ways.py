"""Where an account's secrets come from, as its configuration says it (ACC-4, ACC-5)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from salesinbox.model.settings import OAUTH, XOAUTH2, Account, Imap, Pop3, Smtp

COMMAND, TOKEN_COMMAND, CLEAR, TOKENS, KEPT, NOWHERE = "command", "token_command", "clear", "tokens", "kept", "nowhere"


@dataclass(frozen=True, slots=True)
class Entry:
    """How the keyring and the encrypted file know a secret that this program was given."""

    service: str
    user: str

    @property
    def name(self) -> str:
        return f"{self.service} {self.user}"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a secret. `key` is the command's name in the configuration.

    What a TOKEN_COMMAND prints runs out and is never kept; what a COMMAND prints is asked for once.
    """

    kind: str
    key: str = ""
    command: tuple[str, ...] = ()
    clear: str = field(default="", repr=False)
    entry: Entry | None = None
    sending: bool = False


def reading(account: Account) -> Way:
    """The way to the secret that mail is read with."""
    if account.gmail is not None:
        if account.gmail.token_command:
            return Way(TOKEN_COMMAND, "token_command", account.gmail.token_command)
        return Way(TOKENS)
    server = account.server
    if server is None:
        return Way(NOWHERE)
    entry = password(account)
    assert entry is not None
    return _of_server(server, entry)


def sending(account: Account, kept: Callable[[Entry], bool]) -> Way:
    """The way to the secret that mail is sent with. `kept`: whether a password for sending was stored.

    The sending server takes the reading server's secret unless it has one of its own.
    """
    smtp = account.smtp
    entry = sending_password(account)
    if smtp is None or entry is None:
        return reading(account)
    own = replace(_of_server(smtp, entry), sending=True)
    # A token is no password: what the reading server takes is of use only where both log in alike.
    alike = account.server is not None and account.server.auth == smtp.auth
    if smtp.auth == XOAUTH2 and account.gmail is not None and account.gmail.token_command:
        alike = True
    if own.kind == NOWHERE or (own.kind == KEPT and not kept(entry)):
        return reading(account) if alike else own
    return own


def _of_server(server: Imap | Pop3 | Smtp, entry: Entry) -> Way:
    if server.auth == OAUTH:
        return Way(TOKENS)
    if server.password_command:
        kind = TOKEN_COMMAND if server.auth == XOAUTH2 else COMMAND
        return Way(kind, "password_command", server.password_command)
    if server.password:
        return Way(CLEAR, clear=server.password)
    return Way(NOWHERE, "password_command") if server.auth == XOAUTH2 else Way(KEPT, entry=entry)


def password(account: Account) -> Entry | None:
    """The password that mail is read with; None where the account has no such server."""
    server = account.server
    return Entry(f"salesinbox:{server.host}", server.user) if server is not None else None


def sending_password(account: Account) -> Entry | None:
    """The password that mail is sent with, where it is another one than the reading server's."""
    smtp = account.smtp
    return Entry(f"salesinbox:smtp:{smtp.host}", smtp.user) if smtp is not None else None


def token(account: Account) -> Entry:
    """What the rep's login by OAuth brought."""
    return Entry(f"salesinbox:login:{account.name}", account.address)


def entries(account: Account) -> list[Entry]:
    """All that may be kept of an account."""
    return [entry for entry in (password(account), sending_password(account), token(account)) if entry is not None]
