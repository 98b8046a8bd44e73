"""The servers of an address (ACC-2): asked for at several places at once, tried, and told within a deadline.

Looked at are: a table of providers, the domain's own autoconfig file, its DNS (SRV and MX), and names that mail servers
mostly have. The address is told to its own domain's web server, the domain to the DNS, and to Thunderbird's database
only if that is wished (SAFE-3). No secret goes anywhere.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.settings import IMPLICIT, STARTTLS
from salesinbox.model.text import safe
from salesinbox.providers.finding import autoconfig, known, srv
from salesinbox.providers.finding.found import (
    AUTOCONFIG,
    BOTH,
    CENTRAL,
    GUESS,
    IMAP,
    ORDER,
    POP3,
    SMTP,
    Asked,
    Found,
    Server,
    asked,
    gives_tokens,
)
from salesinbox.providers.finding.names import Names
from salesinbox.providers.finding.offers import Offer, first_reached
from salesinbox.providers.finding.web import Web

SECONDS = 8.0
_LOOK = 0.1

Source = Callable[[], list[Found]]


class Finder:
    """Looks for servers. `names` and `web` are how the DNS and web servers are asked; `ca_file` as of an account."""

    def __init__(
        self,
        names: Names | None = None,
        web: Web | None = None,
        *,
        ca_file: Path | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self.names = names or Names()
        self.web = web or Web(ca_file)
        self.ca_file = ca_file
        self.seconds = seconds

    def find(self, address: str, *, central: bool = False, stopped: Callable[[], bool] = lambda: False) -> list[Found]:
        """The ways to the address's mail, those that can be relied on most first; each server once.

        Takes `seconds` at the most. What has not answered by then is told as not reached. Raises UsageError for what
        is no address.
        """
        about = asked(address)
        deadline = time.monotonic() + self.seconds
        here = known.by_domain(about)
        # What is known needs nobody to be asked.
        sources = [lambda: here] if here else self._sources(about, central, deadline)
        return _sorted(self._told(sources, deadline, stopped))

    def _sources(self, about: Asked, central: bool, deadline: float) -> list[Source]:
        found: list[Source] = [
            partial(self._from_web, url, about, AUTOCONFIG, deadline) for url in autoconfig.addresses(about)
        ]
        if central:
            found.append(partial(self._from_web, autoconfig.central(about), about, CENTRAL, deadline))
        return [
            *found,
            lambda: srv.ways(about, self.names, deadline),
            lambda: known.by_mx(about, self.names.mx(about.domain, deadline)),
            lambda: guesses(about),
        ]

    def _from_web(self, url: str, about: Asked, source: str, deadline: float) -> list[Found]:
        content = self.web.get(url, deadline)
        return autoconfig.read(content, about, source) if content is not None else []

    def _told(self, sources: Iterable[Source], deadline: float, stopped: Callable[[], bool]) -> list[Found]:
        """What the sources say, each of it tried, as far as there is time."""
        said: queue.SimpleQueue[tuple[int | None, list[Found]]] = queue.SimpleQueue()
        waiting = 0

        def start(place: int | None, doing: Source) -> None:
            nonlocal waiting
            waiting += 1

            def run() -> None:
                found: list[Found] = []
                try:
                    found = doing()
                finally:
                    said.put((place, found))

            # Name servers can hang beyond every deadline: nobody waits for such a thread, not even at the end.
            threading.Thread(target=run, daemon=True).start()

        for source in sources:
            start(None, source)
        ways: list[Found] = []
        while waiting and not stopped() and (left := deadline - time.monotonic()) > 0:
            try:
                place, found = said.get(timeout=min(left, _LOOK))
            except queue.Empty:
                continue
            waiting -= 1
            if place is not None:
                ways[place : place + 1] = found or [ways[place]]
                continue
            for one in found:
                ways.append(one)
                start(len(ways) - 1, partial(self._tried, one, deadline))
        return ways

    def _tried(self, found: Found, deadline: float) -> list[Found]:
        incoming = found.incoming
        if incoming is None:
            return [replace(found, reached=True)]
        outgoing: list[tuple[Server | None, Offer]] = []
        sending = threading.Thread(
            target=lambda: outgoing.append(first_reached(found.outgoing, deadline, self.ca_file)), daemon=True
        )
        sending.start()
        _server, offer = first_reached((incoming,), deadline, self.ca_file)
        sending.join(max(deadline - time.monotonic(), 0))
        if offer.methods is not None:
            incoming = replace(incoming, methods=incoming.methods & offer.methods or offer.methods)
        server, sends = outgoing[0] if outgoing else (None, Offer(reached=False))
        if server is not None and sends.methods is not None:
            server = replace(server, methods=sends.methods)
        return [
            replace(
                found,
                incoming=incoming,
                outgoing=(server,) if server is not None else found.outgoing[:1],
                reached=offer.reached,
                trouble=offer.trouble,
                sending_trouble=sends.trouble,
            )
        ]


def guesses(about: Asked) -> list[Found]:
    """Names that a domain's servers mostly have. They count only if they answer, and nothing else was found."""
    found = []
    for host in (f"imap.{about.domain}", f"mail.{about.domain}"):
        sending = "smtp." + about.domain if host.startswith("imap.") else host
        outgoing = (
            Server(SMTP, sending, 465, IMPLICIT, about.address, BOTH),
            Server(SMTP, sending, 587, STARTTLS, about.address, BOTH),
        )
        notes = (_("Nothing names this server; it answers at {host}.").format(host=safe(host, 80)),)
        incoming = Server(IMAP, host, 993, IMPLICIT, about.address, BOTH)
        found.append(Found(GUESS, about.domain, incoming, outgoing, gives_tokens(host), notes))
    return found


def _sorted(ways: Iterable[Found]) -> list[Found]:
    """The best first; of the same server only the first, and of guesses only one, and only if nothing else serves."""
    ordered = sorted(ways, key=lambda one: (ORDER.index(one.source), _kind(one) == POP3))
    named = [one for one in ordered if one.source != GUESS]
    if not any(one.reached and _kind(one) == IMAP for one in named):
        named += [one for one in ordered if one.source == GUESS and one.reached][:1]
    return list(_each_once(named))


def _kind(found: Found) -> str:
    return found.incoming.kind if found.incoming is not None else ""


def _each_once(ways: Iterable[Found]) -> Iterator[Found]:
    seen: set[tuple[str, str, int] | None] = set()
    for one in ways:
        key = (one.incoming.kind, one.incoming.host, one.incoming.port) if one.incoming is not None else None
        if key not in seen:
            seen.add(key)
            yield one
