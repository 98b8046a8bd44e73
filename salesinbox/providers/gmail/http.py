"""HTTP as google-api-python-client wants it from httplib2, over the lines that all providers use.

httplib2 itself repeats a request whose answer got lost, a POST like any other, which would send mail twice. So the
library gets this in its place: one request, one attempt, one certificate check, one kind of error.
"""

import http.client
import urllib.parse
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from httplib2 import Response

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError, ServerError
from salesinbox.model.settings import IMPLICIT, NO_TLS, Gmail, Smtp
from salesinbox.model.text import safe
from salesinbox.providers.tls import connected, translated

GOOGLE = "https://gmail.googleapis.com"
CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 60.0
_GOOGLES = ".googleapis.com"
_LARGEST = 128 * 1024 * 1024
"""Octets of an answer, also of one that was compressed; a message has 35 MB at most (25 MB and its Base64)."""


class Line:
    """HTTP/1.1 connections to one server. Used by one thread at a time."""

    def __init__(self, settings: Gmail, token: Callable[[], str]) -> None:
        """`token` gives the access token that each request bears."""
        self.settings = settings
        self.token = token
        self.base = (settings.endpoint or GOOGLE).rstrip("/")
        self.server = _server(self.base, settings)
        self.began = False
        """Whether the last request had a line and began to leave, so that the server may have it."""
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None, **_more: object
    ) -> tuple[Response, bytes]:
        """One request, once. Redirections are not followed: they could lead the token to somebody else.

        Raises NetworkError, CertificateError, ConfigurationError, and ServerError for an answer without end.
        """
        self.began = False
        url = urllib.parse.urlsplit(uri)
        connection = self._connection(url)
        told = {name.lower(): value for name, value in (headers or {}).items()}
        told |= {"authorization": f"Bearer {self.token()}", "accept-encoding": "gzip"}
        octets = body.encode() if isinstance(body, str) else body
        target = urllib.parse.urlunsplit(("", "", url.path or "/", url.query, ""))
        try:
            with translated(self.server):
                try:
                    self.began = True
                    connection.request(method, target, octets, told)
                    answer = connection.getresponse()
                    content = answer.read(_LARGEST + 1)
                except http.client.HTTPException as error:
                    if isinstance(error, OSError):
                        raise
                    raise ConnectionError(safe(type(error).__name__)) from error
            return self._understood(answer, content)
        except BaseException:
            # What comes next on this line could be the answer to this.
            connection.close()
            raise

    def prepare(self) -> None:
        """Have a line that nobody has used yet, so that one which the server closed meanwhile is no trouble."""
        self.close()
        self._connection(urllib.parse.urlsplit(self.base))

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _connection(self, url: urllib.parse.SplitResult) -> http.client.HTTPConnection:
        key = (url.scheme, url.netloc)
        connection = self._connections.get(key)
        if connection is not None and connection.sock is not None:
            return connection
        base = urllib.parse.urlsplit(self.base)
        if key != (base.scheme, base.netloc):
            # Google may have an upload go on at another of its hosts, and nobody else gets the token.
            hosts = ((url.hostname or ""), (base.hostname or ""))
            if url.scheme != "https" or not all(host.endswith(_GOOGLES) for host in hosts):
                raise ServerError(
                    _("{host} leads to another server, {other}, which is not trusted").format(
                        host=safe(self.server.host, 100), other=safe(url.netloc, 100)
                    )
                )
        line = connected(_server(f"{url.scheme}://{url.netloc}", self.settings), CONNECT_SECONDS)
        line.settimeout(ANSWER_SECONDS)
        made = http.client.HTTPConnection(url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
        made.auto_open = 0
        made.sock = line
        self._connections[key] = made
        return made

    def _understood(self, answer: http.client.HTTPResponse, content: bytes) -> tuple[Response, bytes]:
        response = Response(answer)
        if response.get("content-encoding", "").lower() == "gzip" and content:
            try:
                content = zlib.decompressobj(31).decompress(content, _LARGEST + 1)
            except zlib.error:
                raise self._nonsense(_("its compression is broken")) from None
            del response["content-encoding"]
        if len(content) > _LARGEST:
            raise self._nonsense(_("it is too long"))
        return response, content

    def _nonsense(self, why: str) -> ServerError:
        return ServerError(
            _("{host} gave an answer that makes no sense: {why}").format(host=safe(self.server.host, 100), why=why)
        )

    @property
    def encrypted(self) -> bool:
        return self.server.tls == IMPLICIT


def _server(base: str, settings: Gmail) -> Smtp:
    """A server as `providers.tls` reaches it. Raises ConfigurationError."""
    try:
        url = urllib.parse.urlsplit(base)
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port, url = "", None, urllib.parse.SplitResult("", "", "", "", "")
    if url.scheme not in ("http", "https") or not host:
        raise ConfigurationError(
            _("endpoint in [account.gmail] must be an address like {example}").format(example=GOOGLE)
        )
    tls = IMPLICIT if url.scheme == "https" else NO_TLS
    return Smtp(host, port or (443 if tls == IMPLICIT else 80), tls, "", ca_file=settings.ca_file)
