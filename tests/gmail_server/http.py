"""HTTP/1.1 on the loopback: requests in, answers out, and lines that can be cut."""

import contextlib
import gzip
import json
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message as Fields
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Cut(Exception):
    """The line is closed in place of an answer."""


@dataclass(frozen=True)
class Request:
    verb: str
    target: str
    headers: Mapping[str, str]
    """By lower case names."""
    body: bytes


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    octets: bytes | None = None
    """In place of `body`, which is told as JSON."""

    def payload(self) -> bytes:
        if self.octets is not None:
            return self.octets
        return b"" if self.body is None else json.dumps(self.body).encode()


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answer: Callable[[Request], Answer], fault: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.fault = fault
        self.lines: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.lines.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.fault(f"the server itself: {error!r}")
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Listener
    headers: Fields

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = self._chunks()
        else:
            body = self.rfile.read(int(headers.get("content-length", 0)))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        try:
            told = self.server.answer(Request(self.command, self.path, headers, body))
        except Cut:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._tell(told, gzipped="gzip" in headers.get("accept-encoding", ""))

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _tell(self, told: Answer, *, gzipped: bool) -> None:
        octets = told.payload()
        headers = dict(told.headers)
        if octets:
            headers.setdefault("Content-Type", "application/json; charset=UTF-8")
        if gzipped and len(octets) > 2000:
            octets = gzip.compress(octets, 1)
            headers["Content-Encoding"] = "gzip"
        if told.status != 204:
            headers["Content-Length"] = str(len(octets))
        words = HTTPStatus(told.status).phrase if told.status in {int(known) for known in HTTPStatus} else ""
        head = [f"HTTP/1.1 {told.status} {words}", *(f"{name}: {value}" for name, value in headers.items())]
        self.wfile.write("\r\n".join([*head, "", ""]).encode() + octets)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve
