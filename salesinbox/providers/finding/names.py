"""What the DNS says of a domain: its servers (SRV, RFC 6186 and RFC 8314), and the hosts that take its mail (MX)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salesinbox.providers.finding.found import is_host

if TYPE_CHECKING:
    from dns.resolver import Resolver

_MOST = 10


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int


class Names:
    """Asks the machine's own name servers, or those that are given. May be used by any thread. Raises nothing."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53) -> None:
        self._servers = list(servers)
        self._port = port

    def srv(self, name: str, deadline: float) -> Target | None:
        """The host that is to be asked first (RFC 2782), None where there is none. `deadline` is monotonic time."""
        found = [
            (record.priority, -record.weight, str(record.target).rstrip(".").lower(), int(record.port))
            for record in self._asked(name, "SRV", deadline)
        ]
        # A target of "." says that there is no such service.
        usable = sorted(one for one in found if is_host(one[2]) and one[3])
        return Target(usable[0][2], usable[0][3]) if usable else None

    def mx(self, domain: str, deadline: float) -> list[str]:
        """The hosts that take the domain's mail, the preferred first."""
        found = [
            (int(record.preference), str(record.exchange).rstrip(".").lower())
            for record in self._asked(domain, "MX", deadline)
        ]
        return [host for _preference, host in sorted(found) if is_host(host)][:_MOST]

    def _asked(self, name: str, kind: str, deadline: float) -> "Sequence[Any]":
        import dns.exception  # noqa: PLC0415 - 60 ms, for who looks for servers

        seconds = deadline - time.monotonic()
        if seconds <= 0:
            return ()
        try:
            answer = self._resolver().resolve(f"{name}.", kind, lifetime=seconds, search=False)
        except (dns.exception.DNSException, OSError, ValueError):
            return ()
        return list(answer)

    def _resolver(self) -> "Resolver":
        from dns.resolver import Resolver  # noqa: PLC0415 - the same

        resolver = Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers, resolver.port = self._servers, self._port
        return resolver
