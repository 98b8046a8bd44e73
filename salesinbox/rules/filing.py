"""Who files sent mail in the folder of sent mail: the server that took it, or we (SEND-6). Pure."""

from salesinbox.model.outbox import FILING, NOT_FILED
from salesinbox.model.settings import Account

AUTO, SERVER, PROGRAM, NOBODY = "auto", "server", "program", "nobody"
PATIENCE = 300
"""Seconds for which a copy is waited for that the server is known to file; then we file it."""

_FILE_BY_THEMSELVES = (
    "gmail.com", "googlemail.com", "google.com", "office365.com", "outlook.com", "office.com",
)  # fmt: skip
"""Servers' domains (smtp.gmail.com, smtp-relay.gmail.com, smtp.office365.com, smtp-mail.outlook.com …)."""


def begins(account: Account, now: int, *, learned: bool = False) -> tuple[str, int]:
    """How filing begins once a message is sent: its state, and from when on we file it ourselves.

    `learned`: the account's server was seen to file by itself.
    """
    files = account.smtp.files_sent if account.smtp is not None else AUTO
    if files == NOBODY:
        return NOT_FILED, 0
    return FILING, now + (PATIENCE if files_by_itself(account, learned=learned) else 0)


def files_by_itself(account: Account, *, learned: bool = False) -> bool:
    """Whether the server that sends is known to file what it sends, by the settings, by its name, or by experience."""
    if account.pop3 is not None:
        # Its Sent folder is on this machine, where no server files anything.
        return False
    if account.smtp is None:
        return account.gmail is not None
    if account.smtp.files_sent != AUTO:
        return account.smtp.files_sent == SERVER
    host = account.smtp.host.lower().rstrip(".")
    return learned or any(host == domain or host.endswith(f".{domain}") for domain in _FILE_BY_THEMSELVES)


def learned_name(account: str) -> str:
    """Under what it is kept that an account's server files by itself."""
    return f"files sent {account}"
