"""Providers whose servers are known, by the domain of an address or by where its mail goes (ACC-2). No I/O.

Hosts, ports and user names as the providers' help pages and Thunderbird's database give them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from salesinbox.locale.texts import _
from salesinbox.model.settings import IMPLICIT, STARTTLS
from salesinbox.providers.finding.found import (
    BY_MX,
    GOOGLE,
    IMAP,
    KNOWN,
    MICROSOFT,
    PASSWORD,
    POP3,
    SMTP,
    TOKEN,
    Asked,
    Found,
    Server,
    within,
)

_PORTS = {(IMAP, ""): 993, (POP3, ""): 995, (SMTP, ""): 465, (SMTP, STARTTLS): 587, (IMAP, STARTTLS): 143}

_APP_PASSWORD, _SWITCH_ON, _BRIDGE, _OWN_PASSWORD, _OWN_CLIENT = "app", "on", "bridge", "own", "client"

_LOCAL = "%EMAILLOCALPART%"
_ADDRESS = "%EMAILADDRESS%"


@dataclass(frozen=True, slots=True)
class Provider:
    """`domains`: of addresses, "*.x" for all below; `mx`: of the hosts that take its mail.

    Servers are "host", "host:port", each with " starttls" after it where TLS is not implicit. "{mx}" is the host that
    takes the mail, "{domain}" the address's domain.
    """

    title: str
    domains: tuple[str, ...]
    imap: str = ""
    smtp: str = ""
    pop3: str = ""
    mx: tuple[str, ...] = ()
    user: str = _ADDRESS
    sender: str = ""
    """The user's form at the server that sends, where it is another one."""
    methods: frozenset[str] = frozenset({PASSWORD})
    tokens: str = ""
    notes: tuple[str, ...] = field(default=())


_YAHOO = ("yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com", "yahoo.ca", "yahoo.de", "yahoo.fr", "yahoo.it",
          "yahoo.es", "yahoo.se", "yahoo.co.uk", "yahoo.co.in", "yahoo.in", "yahoo.co.nz", "yahoo.com.au",
          "yahoo.com.br", "yahoo.com.ar", "yahoo.com.mx", "yahoo.com.sg", "yahoo.com.hk", "yahoo.com.tw")  # fmt: skip
_HOTMAIL = ("outlook.com", "hotmail.com", "live.com", "msn.com", "windowslive.com", "outlook.jp", "hotmail.co.jp",
            "live.jp", "outlook.de", "outlook.fr", "outlook.es", "outlook.it", "outlook.at", "outlook.be",
            "outlook.dk", "outlook.ie", "outlook.in", "outlook.kr", "outlook.pt", "outlook.sg", "outlook.com.au",
            "outlook.com.br", "outlook.com.tr", "outlook.co.id", "outlook.co.th", "hotmail.co.uk", "hotmail.fr",
            "hotmail.de", "hotmail.it", "hotmail.es", "hotmail.ca", "hotmail.be", "hotmail.nl", "hotmail.se",
            "live.co.uk", "live.fr", "live.de", "live.nl", "live.it", "live.ca", "live.com.au")  # fmt: skip
_BOTH = frozenset({PASSWORD, TOKEN})
_TOKEN_ONLY = frozenset({TOKEN})

PROVIDERS = (
    Provider("Gmail", ("gmail.com", "googlemail.com"), "imap.gmail.com", "smtp.gmail.com", "pop.gmail.com",
             mx=("google.com", "googlemail.com", "smtp.goog"), methods=_BOTH, tokens=GOOGLE, notes=(_APP_PASSWORD,)),
    Provider("Outlook.com", _HOTMAIL, "outlook.office365.com", "smtp-mail.outlook.com:587 starttls",
             "outlook.office365.com", mx=("olc.protection.outlook.com",), methods=_TOKEN_ONLY, tokens=MICROSOFT,
             notes=(_OWN_CLIENT,)),
    Provider("Microsoft 365", ("*.onmicrosoft.com",), "outlook.office365.com", "smtp.office365.com:587 starttls",
             "outlook.office365.com", mx=("mail.protection.outlook.com", "mx.microsoft"), methods=_TOKEN_ONLY,
             tokens=MICROSOFT, notes=(_OWN_CLIENT,)),
    Provider("Yahoo Mail", _YAHOO, "imap.mail.yahoo.com", "smtp.mail.yahoo.com", "pop.mail.yahoo.com",
             mx=("yahoodns.net",), notes=(_APP_PASSWORD,)),
    Provider("AOL Mail", ("aol.com", "aim.com", "aol.de", "aol.fr", "aol.it", "aol.es", "aol.co.uk", "netscape.net"),
             "imap.aol.com", "smtp.aol.com", "pop.aol.com", mx=("gm0.yahoodns.net",), notes=(_APP_PASSWORD,)),
    Provider("iCloud Mail", ("icloud.com", "me.com", "mac.com"), "imap.mail.me.com", "smtp.mail.me.com:587 starttls",
             mx=("mail.icloud.com",), user=_LOCAL, sender=_ADDRESS, notes=(_APP_PASSWORD,)),
    Provider("Fastmail", ("fastmail.com", "fastmail.fm", "messagingengine.com"), "imap.fastmail.com",
             "smtp.fastmail.com", "pop.fastmail.com", mx=("messagingengine.com",), notes=(_APP_PASSWORD,)),
    Provider("GMX", ("gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.eu", "gmx.org", "gmx.info"), "imap.gmx.net",
             "mail.gmx.net", "pop.gmx.net", mx=("gmx.net",), notes=(_SWITCH_ON,)),
    Provider("GMX", ("gmx.com", "gmx.us", "gmx.co.uk", "gmx.es", "gmx.fr", "gmx.it"), "imap.gmx.com", "mail.gmx.com",
             "pop.gmx.com", notes=(_SWITCH_ON,)),
    Provider("WEB.DE", ("web.de",), "imap.web.de", "smtp.web.de", "pop3.web.de", user=_LOCAL, notes=(_SWITCH_ON,)),
    Provider("mail.com", ("mail.com", "email.com", "usa.com", "post.com"), "imap.mail.com", "smtp.mail.com",
             "pop.mail.com", notes=(_SWITCH_ON,)),
    Provider("Zoho Mail", ("zoho.com", "zohomail.com"), "imap.zoho.com", "smtp.zoho.com", "pop.zoho.com",
             mx=("zoho.com",), notes=(_SWITCH_ON, _APP_PASSWORD)),
    Provider("Zoho Mail", ("zoho.eu", "zohomail.eu"), "imap.zoho.eu", "smtp.zoho.eu", "pop.zoho.eu",
             mx=("zoho.eu",), notes=(_SWITCH_ON, _APP_PASSWORD)),
    Provider("Zoho Mail", ("zoho.in", "zohomail.in"), "imap.zoho.in", "smtp.zoho.in", "pop.zoho.in",
             mx=("zoho.in",), notes=(_SWITCH_ON, _APP_PASSWORD)),
    Provider("Zoho Mail", ("zoho.jp", "zohomail.jp"), "imap.zoho.jp", "smtp.zoho.jp", "pop.zoho.jp",
             mx=("zoho.jp",), notes=(_SWITCH_ON, _APP_PASSWORD)),
    Provider("Proton Mail", ("proton.me", "protonmail.com", "pm.me"), "127.0.0.1:1143 starttls",
             "127.0.0.1:1025 starttls", mx=("protonmail.ch",), notes=(_BRIDGE,)),
    Provider("Posteo", ("posteo.de", "posteo.net", "posteo.org", "posteo.eu", "posteo.at", "posteo.ch"), "posteo.de",
             "posteo.de", "posteo.de"),
    Provider("mailbox.org", ("mailbox.org",), "imap.mailbox.org", "smtp.mailbox.org", "pop3.mailbox.org",
             mx=("mailbox.org",)),
    Provider("Telekom", ("t-online.de", "magenta.de"), "secureimap.t-online.de", "securesmtp.t-online.de",
             "securepop.t-online.de", notes=(_OWN_PASSWORD,)),
    Provider("IONOS", ("online.de",), "imap.ionos.de", "smtp.ionos.de", "pop.ionos.de",
             mx=("kundenserver.de", "ionos.de")),
    Provider("Orange", ("orange.fr", "wanadoo.fr"), "imap.orange.fr", "smtp.orange.fr", "pop.orange.fr"),
    Provider("OVHcloud", (), "ssl0.ovh.net", "ssl0.ovh.net", "ssl0.ovh.net", mx=("mail.ovh.net",)),
    Provider("Gandi", (), "mail.gandi.net", "mail.gandi.net", "mail.gandi.net", mx=("mail.gandi.net",)),
    Provider("Yahoo!メール", ("yahoo.co.jp",), "imap.mail.yahoo.co.jp", "smtp.mail.yahoo.co.jp",
             "pop.mail.yahoo.co.jp", user=_LOCAL, notes=(_SWITCH_ON,)),
    Provider("@nifty", ("nifty.com", "*.nifty.com", "nifty.ne.jp"), "imap.nifty.com", "smtp.nifty.com",
             "pop.nifty.com", notes=(_OWN_PASSWORD,)),
    Provider("OCN", ("ocn.ne.jp", "*.ocn.ne.jp", "ocn.ad.jp"), "imap.ocn.ne.jp", "smtp.ocn.ne.jp", "pop.ocn.ne.jp",
             notes=(_OWN_PASSWORD,)),
    Provider("BIGLOBE", ("biglobe.ne.jp", "*.biglobe.ne.jp"), "mail.biglobe.ne.jp", "mail.biglobe.ne.jp",
             "mail.biglobe.ne.jp", notes=(_OWN_PASSWORD,)),
    Provider("So-net", ("so-net.ne.jp", "*.so-net.ne.jp"), "imap.so-net.ne.jp", "mail.so-net.ne.jp:587 starttls",
             "pop.so-net.ne.jp", notes=(_OWN_PASSWORD,)),
    Provider("SoftBank", ("i.softbank.jp",), "imap.softbank.jp", "smtp.softbank.jp", user=_LOCAL,
             notes=(_OWN_PASSWORD,)),
    Provider("さくらインターネット", ("*.sakura.ne.jp",), "{mx}", "{mx}", "{mx}", mx=("sakura.ne.jp",)),
    Provider("ロリポップ!", (), "imap.lolipop.jp", "smtp.lolipop.jp", "pop.lolipop.jp", mx=("lolipop.jp",)),
    Provider("エックスサーバー", (), "{mx}", "{mx}", "{mx}", mx=("xserver.jp",)),
)  # fmt: skip


def by_domain(asked: Asked) -> list[Found]:
    """What is known of the address's own domain."""
    for provider in PROVIDERS:
        if any(_is_of(asked.domain, pattern) for pattern in provider.domains):
            return _ways(provider, asked, KNOWN, asked.domain)
    return []


def by_mx(asked: Asked, hosts: Sequence[str]) -> list[Found]:
    """What is known of the hosts that take the domain's mail, the first one's provider only."""
    for host in hosts:
        fitting = [(len(suffix), place) for place, provider in enumerate(PROVIDERS) for suffix in provider.mx
                   if within(host, suffix)]  # fmt: skip
        if fitting:
            place = max(fitting, key=lambda one: (one[0], -one[1]))[1]
            return _ways(PROVIDERS[place], asked, BY_MX, host)
    return []


def _is_of(domain: str, pattern: str) -> bool:
    return domain.endswith(pattern[1:]) if pattern.startswith("*") else domain == pattern


def _ways(provider: Provider, asked: Asked, source: str, mx: str) -> list[Found]:
    sending = _server(SMTP, provider.smtp, provider, asked, mx)
    outgoing = (sending,) if sending is not None else ()
    found = []
    title = provider.title
    if provider.tokens == GOOGLE and source == BY_MX:
        title = "Google Workspace"
    if provider.tokens == GOOGLE:
        found.append(Found(source, title, None, tokens=GOOGLE, notes=(_note(_OWN_CLIENT),)))
    for kind, place in ((IMAP, provider.imap), (POP3, provider.pop3)):
        incoming = _server(kind, place, provider, asked, mx)
        if incoming is not None:
            notes = tuple(_note(one) for one in provider.notes)
            found.append(Found(source, title, incoming, outgoing, provider.tokens, notes))
    return found


def _server(kind: str, place: str, provider: Provider, asked: Asked, mx: str) -> Server | None:
    if not place:
        return None
    where, _blank, tls = place.partition(" ")
    host, _colon, port = where.replace("{mx}", mx).partition(":")
    form = provider.sender if kind == SMTP and provider.sender else provider.user
    number = int(port) if port else _PORTS[kind, tls]
    return Server(kind, host, number, tls or IMPLICIT, asked.user(form), provider.methods)


def _note(kind: str) -> str:
    return {
        _APP_PASSWORD: _("In place of your own password it wants one made for programs (“app password”)."),
        _SWITCH_ON: _("IMAP and POP3 have to be switched on in its settings first."),
        _BRIDGE: _("Needs Proton Mail Bridge on this machine, with the password that it shows and its certificate as"
                   " ca_file."),
        _OWN_PASSWORD: _("The password of the mailbox may be another one than that of the customer's page."),
        _OWN_CLIENT: _("Needs a client id of your own; the README says how to get one."),
    }[kind]  # fmt: skip
