"""Servers as a domain's autoconfig file names them, in Thunderbird's format (ACC-2).

https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat. The file comes from a stranger: nothing of it
is expanded, and what is no host, port or user is passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.parsers import expat

from salesinbox.model.settings import IMPLICIT, STARTTLS
from salesinbox.providers.finding.found import (
    IMAP,
    PASSWORD,
    POP3,
    SMTP,
    TOKEN,
    Asked,
    Found,
    Server,
    gives_tokens,
    is_host,
)

_TLS = {"SSL": IMPLICIT, "STARTTLS": STARTTLS}
"""What is "plain" is not taken: mail and password would be read by anybody on the way (ACC-6)."""
_METHODS = {
    "password-cleartext": PASSWORD,
    "password-encrypted": PASSWORD,
    "plain": PASSWORD,
    "secure": PASSWORD,
    "OAuth2": TOKEN,
}
_CENTRAL = "https://autoconfig.thunderbird.net/v1.1/{domain}"
_DEEPEST = 20
_MOST_TEXT = 1000
_MOST_ELEMENTS = 2000
_MOST_SENDING = 3


def addresses(asked: Asked) -> list[str]:
    """Where a domain's own file may lie. The domain's web server is told the address: its users' names may differ."""
    said = quote(asked.address, safe="@")
    return [
        f"https://autoconfig.{asked.domain}/mail/config-v1.1.xml?emailaddress={said}",
        f"https://{asked.domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    ]


def central(asked: Asked) -> str:
    """Where Thunderbird's database says what it knows of a domain. It learns the domain, and that somebody asks."""
    return _CENTRAL.format(domain=asked.domain)


@dataclass(slots=True)
class _Element:
    name: str
    kind: str = ""
    text: str = ""
    inner: "list[_Element]" = field(default_factory=list)

    def all(self, name: str) -> Iterator["_Element"]:
        return (one for one in self.inner if one.name == name)

    def value(self, name: str) -> str:
        return next((one.text.strip() for one in self.all(name)), "")


def read(content: bytes, asked: Asked, source: str) -> list[Found]:
    """The ways that a file names: IMAP and POP3, each once. Empty for what cannot be read."""
    root = _parsed(content)
    provider = next(root.all("emailProvider"), None) if root is not None and root.name == "clientConfig" else None
    if provider is None:
        return []
    outgoing = tuple(_servers(provider, "outgoingServer", SMTP, asked))[:_MOST_SENDING]
    title = " ".join(provider.value("displayName").split())[:80] or asked.domain
    found = []
    for kind in (IMAP, POP3):
        incoming = next(_servers(provider, "incomingServer", kind, asked), None)
        if incoming is not None:
            found.append(Found(source, title, incoming, outgoing, gives_tokens(incoming.host)))
    return found


def _servers(provider: _Element, element: str, kind: str, asked: Asked) -> Iterator[Server]:
    for one in provider.all(element):
        host, port = one.value("hostname").replace("%EMAILDOMAIN%", asked.domain).lower(), one.value("port")
        tls = _TLS.get(one.value("socketType"), "")
        methods = frozenset(
            _METHODS[said.text.strip()] for said in one.all("authentication") if said.text.strip() in _METHODS
        )
        number = int(port) if port.isascii() and port.isdecimal() and len(port) <= 5 else 0
        if one.kind.lower() == kind and is_host(host) and 0 < number < 65536 and tls and methods:
            yield Server(kind, host, number, tls, asked.user(one.value("username")), methods)


class _RefusedError(Exception):
    """The file uses what a file of this kind has no need of."""


def _parsed(content: bytes) -> _Element | None:
    """The file as a tree; None for what is no XML, has a document type (and so could have entities), or is absurd."""
    top = _Element("")
    open_elements = [top]
    count = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_elements) > _DEEPEST or count > _MOST_ELEMENTS:
            raise _RefusedError
        made = _Element(name, attributes.get("type", ""))
        open_elements[-1].inner.append(made)
        open_elements.append(made)

    def end(_name: str) -> None:
        open_elements.pop()

    def text(said: str) -> None:
        here = open_elements[-1]
        if len(here.text) < _MOST_TEXT:
            here.text += said[:_MOST_TEXT]

    def refuse(*_what: object) -> None:
        raise _RefusedError

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, _RefusedError, ValueError, LookupError):
        return None
    return top.inner[0] if top.inner else None
