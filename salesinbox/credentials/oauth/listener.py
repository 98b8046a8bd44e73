"""What the rep's browser comes back to: one page on a port of this machine's loopback (RFC 8252 §7.3)."""

import hmac
import html
import queue
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Self
from urllib.parse import parse_qs, urlsplit

from salesinbox.locale import texts
from salesinbox.locale.texts import _

_LOOK = 0.05
_HEAD_SECONDS = 10

_PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>SalesInbox</title><body style="font-family:sans-serif;max-width:36em;margin:4em auto"><h1>SalesInbox</h1>
<p>{text}</p></body></html>
"""


class Listener:
    """Has its port from the beginning, and listens while it is entered.

    Whoever brings another state is told so and does not end the waiting: any page that the browser shows could.
    """

    def __init__(self, port: int, state: str) -> None:
        """Raises OSError where the port cannot be had."""
        self._state = state
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        listener = self

        class Handler(_Handler):
            arrived = staticmethod(listener._arrived)

        self._server = _Server(("127.0.0.1", port), Handler)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_LOOK,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, seconds: float) -> str:
        """The query that the browser brought with the right state, waited for at most so long; "" for none."""
        try:
            return self._answers.get(timeout=seconds)
        except queue.Empty:
            return ""

    def _arrived(self, query: str) -> Callable[[], None] | None:
        """What is to be done once the browser has its page; None for a query that is not for this login."""
        states = parse_qs(query).get("state", [])
        if len(states) != 1 or not hmac.compare_digest(states[0].encode(), self._state.encode()):
            return None
        return lambda: self._answers.put(query)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    """A port that was listened on a minute ago is free; one that is listened on is not."""
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away amid its question is none of the rep's business."""


class _Handler(BaseHTTPRequestHandler):
    arrived: Callable[[str], Callable[[], None] | None]
    timeout = _HEAD_SECONDS

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/":
            self._say(404, "")
            return
        then = self.arrived(parts.query)
        if then is None:
            self._say(400, _("This address does not belong to the login that SalesInbox waits for. Begin again there."))
            return
        try:
            self._say(200, _("Your answer has arrived. You can close this page and go back to SalesInbox."))
        finally:
            then()

    def _say(self, status: int, text: str) -> None:
        page = _PAGE.format(language=texts.language(), text=html.escape(text)).encode() if text else b""
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            # The address holds what tokens are given for: no other page may hear of it.
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def version_string(self) -> str:
        return "SalesInbox"

    def log_message(self, *_: object) -> None:
        """Nothing is logged: the address holds a secret."""
