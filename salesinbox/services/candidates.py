"""What the search for servers found, as ways that can be offered to the rep."""

from collections.abc import Iterable
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.text import safe
from salesinbox.providers.finding.found import (
    AUTOCONFIG,
    BY_MX,
    CENTRAL,
    MICROSOFT,
    PASSWORD,
    SMTP,
    SRV,
    TOKEN,
    Found,
    Server,
)
from salesinbox.services.proposals import Candidate

_SHOWN = {"imap": "IMAP", "pop3": "POP3"}


def candidates(found: Iterable[Found], domain: str) -> list[Candidate]:
    """Those that this program can log in to, in the same order, each with a title of its own."""
    made: list[Candidate] = []
    for one in found:
        candidate = _candidate(one, domain)
        if not candidate.methods:
            continue
        if any(candidate.title == other.title for other in made) and one.incoming is not None:
            title = f"{candidate.title} – {safe(one.incoming.host, 80)}:{one.incoming.port}"
            candidate = Candidate(candidate.provider, title, candidate.settings, candidate.methods, candidate.note)
        made.append(candidate)
    return made


def _candidate(found: Found, domain: str) -> Candidate:
    note = " ".join(part for part in (_source(found.source, safe(domain, 80)), *found.notes, *_troubles(found)) if part)
    if found.incoming is None:
        title = _("{provider} by the Gmail API").format(provider=safe(found.title, 60))
        return Candidate("gmail", title, {"gmail": {}}, ("oauth", "command"), note)
    incoming, sending = found.incoming, next(iter(found.outgoing), None)
    methods = _methods(found, incoming, sending)
    settings: dict[str, dict[str, Any]] = {incoming.kind: _table(incoming)}
    if sending is not None:
        settings[SMTP] = _table(sending)
        if sending.user in ("", incoming.user):
            del settings[SMTP]["user"]
    if "oauth" in methods:
        settings["oauth"] = {"provider": found.tokens}
    title = f"{safe(found.title, 60)} ({_SHOWN[incoming.kind]})"
    return Candidate(incoming.kind, title, settings, methods, note)


def _table(server: Server) -> dict[str, Any]:
    return {"host": server.host, "port": server.port, "tls": server.tls, "user": server.user}


def _methods(found: Found, incoming: Server, sending: Server | None) -> tuple[str, ...]:
    """What both servers take; of a token only if it is known who gives it."""
    offered = incoming.methods
    if sending is not None and sending.methods & offered:
        offered &= sending.methods
    ways: list[str] = []
    if PASSWORD in offered:
        ways += ["password", "command"]
    if TOKEN in offered and found.tokens:
        ways += ["oauth", "device"] if found.tokens == MICROSOFT else ["oauth"]
    return tuple(ways)


def _source(source: str, domain: str) -> str:
    if source == AUTOCONFIG:
        return _("{domain} itself names these servers.").format(domain=domain)
    if source == CENTRAL:
        return _("Thunderbird's list names these servers.")
    if source == SRV:
        return _("The DNS of {domain} names these servers.").format(domain=domain)
    if source == BY_MX:
        return _("The mail of {domain} goes there.").format(domain=domain)
    return ""


def _troubles(found: Found) -> list[str]:
    if found.incoming is None:
        return []
    if not found.reached:
        return [_answers_not(found.incoming, found.trouble)]
    if found.sending_trouble and found.outgoing:
        return [_answers_not(found.outgoing[0], found.sending_trouble)]
    return []


def _answers_not(server: Server, trouble: str) -> str:
    if trouble:
        return _("Just now: {trouble}.").format(trouble=safe(trouble, 200).rstrip("."))
    return _("{host} has not answered yet.").format(host=safe(server.host, 80))
