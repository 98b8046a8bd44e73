"""What a domain has that tells of its mail servers: a DNS server, a web server, and servers that say what they are told.

Each is a real one on the loopback. `hosts` makes this process find names of the tests' domain there, as a line in
/etc/hosts would.
"""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

DOMAIN = "zylker.example"


def hosts(monkeypatch: pytest.MonkeyPatch, *also: str) -> list[str]:
    """All of zylker.example, and the names `also`, are this machine; returns what was looked up so far."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def here(host: object, *rest: object, **more: object) -> object:
        name = host.decode() if isinstance(host, bytes) else str(host)
        asked.append(name)
        mine = name == DOMAIN or name.endswith(f".{DOMAIN}") or name in also
        return real("127.0.0.1" if mine else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    return asked


class Dns:
    """Answers by UDP with the records that it was given: {("_imaps._tcp.x.example", "SRV"): ["0 1 993 imap.x."]}.

    What it has no record of does not exist. `silent`: it hears, and never answers.
    """

    def __init__(self, records: Mapping[tuple[str, str], list[str]], *, silent: bool = False) -> None:
        self.records = {(name.lower(), kind): texts for (name, kind), texts in records.items()}
        self.asked: list[tuple[str, str]] = []
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, line = self.request
                question = dns.message.from_wire(data)
                name = question.question[0].name
                kind = dns.rdatatype.to_text(question.question[0].rdtype)
                plain = name.to_text(omit_final_dot=True).lower()
                outer.asked.append((plain, kind))
                if silent:
                    return
                answer = dns.message.make_response(question)
                answer.flags |= dns.flags.AA
                found = outer.records.get((plain, kind))
                if found:
                    answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", kind, found))
                else:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                line.sendto(answer.to_wire(), self.client_address)

        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class Website:
    """Answers by TLS: {"autoconfig.x.example/path": content}; an "https://…" content is a redirect there.

    `asked` has each host with its path and query.
    """

    def __init__(self, chain: tuple[object, object], pages: Mapping[str, bytes | str]) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                where = f"{self.headers['Host'].partition(':')[0]}{self.path}"
                outer.asked.append(where)
                page = outer.pages.get(where.partition("?")[0])
                if isinstance(page, str):
                    self.send_response(302)
                    self.send_header("Location", page)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(200 if page is not None else 404)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(page or b"")

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Clients that do not like the certificate go away: that is theirs to tell."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*chain)
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def hosts(self, *names: str) -> dict[str, tuple[str, int]]:
        return dict.fromkeys((f"autoconfig.{DOMAIN}", DOMAIN, *names), ("127.0.0.1", self.port))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class Spoken:
    """A server that says `greeting`, then what `answers` has for each line that it hears; `heard` has the lines.

    What it has no answer for it does not answer. With `chain`, it goes on in TLS after a line that is in `secures`.
    """

    def __init__(
        self,
        greeting: bytes,
        answers: Mapping[bytes, bytes],
        chain: tuple[object, object] | None = None,
        secures: tuple[bytes, ...] = (b"b STARTTLS", b"STLS", b"STARTTLS"),
    ) -> None:
        self.heard: list[bytes] = []
        self._greeting, self._answers, self._secures = greeting, dict(answers), secures
        self._context = None
        if chain is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*chain)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        self._thread.join(10)
        self._listener.close()

    def _run(self) -> None:
        while True:
            line, _where = self._listener.accept()
            if self._closed:
                line.close()
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            line.sendall(self._greeting)
            while True:
                with line.makefile("rb", buffering=0) as lines:
                    command = lines.readline().rstrip(b"\r\n")
                if not command:
                    break
                self.heard.append(command)
                line.sendall(self._answers.get(command, b""))
                if command in self._secures and self._context is not None:
                    line = self._context.wrap_socket(line, server_side=True)
        line.close()
