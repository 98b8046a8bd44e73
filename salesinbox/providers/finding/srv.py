"""Servers as a domain's DNS names them (RFC 6186, RFC 8314 §5.1)."""

from concurrent.futures import ThreadPoolExecutor

from salesinbox.locale.texts import _
from salesinbox.model.settings import IMPLICIT, STARTTLS
from salesinbox.model.text import safe
from salesinbox.providers.finding.found import BOTH, IMAP, POP3, SMTP, SRV, Asked, Found, Server, gives_tokens, within
from salesinbox.providers.finding.names import Names

_SERVICES = (
    ("_imaps._tcp", IMAP, IMPLICIT),
    ("_imap._tcp", IMAP, STARTTLS),
    ("_pop3s._tcp", POP3, IMPLICIT),
    ("_pop3._tcp", POP3, STARTTLS),
    ("_submissions._tcp", SMTP, IMPLICIT),
    ("_submission._tcp", SMTP, STARTTLS),
)
"""Of one kind the one with TLS from the start goes before (RFC 8314 §3.3)."""


def ways(asked: Asked, names: Names, deadline: float) -> list[Found]:
    """IMAP and POP3, each once."""
    with ThreadPoolExecutor(len(_SERVICES)) as pool:
        targets = list(pool.map(lambda one: names.srv(f"{one[0]}.{asked.domain}", deadline), _SERVICES))
    servers = [
        Server(kind, target.host, target.port, tls, asked.address, BOTH)
        for (_service, kind, tls), target in zip(_SERVICES, targets, strict=True)
        if target is not None
    ]
    outgoing = tuple(server for server in servers if server.kind == SMTP)
    found = []
    for kind in (IMAP, POP3):
        incoming = next((server for server in servers if server.kind == kind), None)
        if incoming is not None:
            foreign = [one.host for one in (incoming, *outgoing[:1]) if not within(one.host, asked.domain)]
            notes = (_foreign(asked.domain, foreign[0]),) if foreign else ()
            found.append(Found(SRV, asked.domain, incoming, outgoing, gives_tokens(incoming.host), notes))
    return found


def _foreign(domain: str, host: str) -> str:
    """The DNS can be forged on the way: who is asked for the password is the rep's to judge (RFC 6186 §6)."""
    return _("The DNS of {domain} names {host}, a server of another domain: take it only if you know it.").format(
        domain=safe(domain, 80), host=safe(host, 80)
    )
