"""IMAPClient on a connection of ours: it greets, asks for capabilities, and logs in."""

import socket
from collections.abc import Callable

import imapclient

from salesinbox.providers.imap.line import Line


class Client(imapclient.IMAPClient):
    """`connector` makes the socket; `read_timeout` is in seconds. Raises imaplib's errors, and a Line's."""

    def __init__(self, host: str, port: int, connector: Callable[[], socket.socket], read_timeout: float) -> None:
        self._connector = connector
        self._read_timeout = read_timeout
        super().__init__(host, port, ssl=False, timeout=read_timeout)
        self.normalise_times = False
        # IMAPClient has imaplib format every line for its log, which costs more than reading it.
        self._imap.debug = 0

    def _create_IMAP4(self) -> Line:  # noqa: N802 - IMAPClient's name
        return Line(self.host, self.port, self._connector, self._read_timeout)

    def offered(self) -> frozenset[bytes]:
        """Capabilities, in upper case; asked for again once TLS or a login may have changed them."""
        return frozenset(self.capabilities())  # type: ignore[no-untyped-call]  # IMAPClient's

    def forget_offers(self) -> None:
        """What was offered in clear may have been somebody else's offer (RFC 3501 §6.2.1)."""
        self._starttls_done = True
        self._cached_capabilities = None

    @property
    def logged_in(self) -> bool:
        """True after a login, and after a greeting that needs none (PREAUTH)."""
        return bool(self._imap.state == "AUTH")

    def login_was_made(self) -> None:
        """Tell IMAPClient of a login that it did not make itself."""
        self._imap.state = "AUTH"

    @property
    def line(self) -> Line:
        line = self._imap
        assert isinstance(line, Line)
        return line
