"""Fetching a small file from a web server, for who looks for mail servers: TLS only, and never for long."""

import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from salesinbox.providers.finding.found import is_host

_LARGEST = 256 * 1024
_MOST_REDIRECTS = 3
_CHUNK = 16384


class Web:
    """May be used by any thread. `hosts` says where a name is, for those that the DNS does not know (tests)."""

    def __init__(self, ca_file: Path | None = None, hosts: Mapping[str, tuple[str, int]] | None = None) -> None:
        self._ca_file = ca_file
        self._hosts = hosts or {}

    def get(self, url: str, deadline: float) -> bytes | None:
        """The file, or None: it is not there, too large, not by TLS, or not in time. `deadline` is monotonic time."""
        # A certificate that cannot be trusted is an OSError, too: then nothing was asked there.
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            for _hop in range(_MOST_REDIRECTS + 1):
                parts = urlsplit(url)
                if parts.scheme != "https" or not is_host(parts.hostname or "") or parts.username is not None:
                    return None
                found = self._asked(parts, deadline)
                if not isinstance(found, str):
                    return found
                url = urljoin(url, found)
        return None

    def _asked(self, parts: SplitResult, deadline: float) -> bytes | str | None:
        """The file, or the address that it lies at."""
        host, port = parts.hostname or "", parts.port or 443
        line = socket.create_connection(self._hosts.get(host, (host, port)), _left(deadline))
        with line:
            line.settimeout(_left(deadline))
            context = ssl.create_default_context(cafile=str(self._ca_file) if self._ca_file else None)
            with context.wrap_socket(line, server_hostname=host) as secured:
                connection = http.client.HTTPConnection(host, port)
                connection.sock = secured
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request(
                    "GET", target, headers={"Accept": "text/xml, application/xml", "Connection": "close"}
                )
                answer = connection.getresponse()
                try:
                    if answer.status in (301, 302, 303, 307, 308):
                        return answer.getheader("Location") or None
                    return _read(answer, secured, deadline) if answer.status == http.client.OK else None
                finally:
                    answer.close()


def _read(answer: http.client.HTTPResponse, line: ssl.SSLSocket, deadline: float) -> bytes | None:
    content = bytearray()
    while True:
        line.settimeout(_left(deadline))
        part = answer.read1(_CHUNK)
        if not part:
            return bytes(content)
        content += part
        if len(content) > _LARGEST:
            return None


def _left(deadline: float) -> float:
    """Seconds that are left; TimeoutError when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
