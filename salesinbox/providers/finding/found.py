"""What the search for an address's servers works with. No I/O."""

import ipaddress
import re
from dataclasses import dataclass

import idna

from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.text import safe

IMAP, POP3, SMTP = "imap", "pop3", "smtp"
PASSWORD, TOKEN = "password", "token"
BOTH = frozenset({PASSWORD, TOKEN})
GOOGLE, MICROSOFT = "google", "microsoft"

KNOWN, BY_MX, AUTOCONFIG, CENTRAL, SRV, GUESS = "known", "mx", "autoconfig", "central", "srv", "guess"
ORDER = (KNOWN, BY_MX, AUTOCONFIG, CENTRAL, SRV, GUESS)
"""Where something was found, what can be relied on most first."""

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_LONGEST = 253
_MOST_USER = 200


@dataclass(frozen=True, slots=True)
class Server:
    """A server by a claim: it need not exist. `methods`: of PASSWORD and TOKEN."""

    kind: str
    host: str
    port: int
    tls: str
    user: str = ""
    methods: frozenset[str] = frozenset({PASSWORD})


@dataclass(frozen=True, slots=True)
class Found:
    """A way to an address's mail. `outgoing`: servers that send, the best first; the first that answers is taken."""

    source: str
    title: str
    incoming: Server | None
    """None: the Gmail API."""
    outgoing: tuple[Server, ...] = ()
    tokens: str = ""
    """Who gives tokens for these servers: GOOGLE, MICROSOFT, or nobody known."""
    notes: tuple[str, ...] = ()
    reached: bool = False
    """The server that mail is read from has answered; its methods are those that it offers."""
    trouble: str = ""
    """Why it has not, as a sentence."""
    sending_trouble: str = ""
    """The same of the server that sends."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An address whose servers are looked for; `domain` as the DNS writes it."""

    address: str
    local: str
    domain: str

    def user(self, form: str) -> str:
        """A user's name by its form: "%EMAILADDRESS%", "%EMAILLOCALPART%", "%EMAILDOMAIN%" are filled in.

        The address where the form asks for something else.
        """
        filled = form.replace("%EMAILADDRESS%", self.address).replace("%EMAILLOCALPART%", self.local)
        filled = filled.replace("%EMAILDOMAIN%", self.domain).strip()
        if not filled or len(filled) > _MOST_USER or not filled.isprintable() or re.search(r"%[A-Z]+%", filled):
            return self.address
        return filled


def asked(address: str) -> Asked:
    """Raises UsageError for what is no address."""
    text = address.strip()
    local, at, domain = text.rpartition("@")
    try:
        wired = idna.encode(domain, uts46=True).decode("ascii").lower() if domain else ""
    except (idna.IDNAError, UnicodeError):
        wired = ""
    if not at or not local or re.search(r"[\s<>@]", local) or not is_host(wired):
        raise UsageError(_("“{address}” is not a mail address.").format(address=safe(text, 80)))
    return Asked(text, local, wired)


def is_host(name: str) -> bool:
    """Whether it is the name of a host in some domain; addresses of machines are none."""
    if len(name) > _LONGEST or "." not in name:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        labels = name.lower().split(".")
        return all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return False


def within(host: str, domain: str) -> bool:
    """Whether a host is the domain, or one in it."""
    return host == domain or host.endswith(f".{domain}")


def gives_tokens(host: str) -> str:
    """Who gives tokens for a server, by its name; "" for nobody known."""
    if any(within(host, domain) for domain in ("gmail.com", "googlemail.com", "google.com")):
        return GOOGLE
    if any(within(host, domain) for domain in ("office365.com", "outlook.com", "hotmail.com", "live.com")):
        return MICROSOFT
    return ""
