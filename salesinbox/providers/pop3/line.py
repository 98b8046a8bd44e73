"""One line to a POP3 server (RFC 1939): commands, and answers of one line or of many.

Not poplib: that ends at lines of more than 2,048 octets, and takes carriage returns that belong to the mail.
"""

import contextlib
import re
from dataclasses import dataclass

from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.settings import IMPLICIT, Pop3
from salesinbox.model.text import safe
from salesinbox.providers import tls

SECONDS = 60.0
"""How long a server may be silent; RFC 1939 §3 gives a client ten minutes, and says nothing of servers."""
_LONGEST_ANSWER = 8192
_LONGEST = 512 * 1024 * 1024
"""Octets of an answer of many lines, which is held in memory."""
_CODE = re.compile(rb"\[([A-Za-z0-9/._-]{1,40})\] *")
_SAID = 160


@dataclass(frozen=True, slots=True)
class Answer:
    """`mark` is "+OK", "-ERR", or "+" for a challenge (RFC 5034); `code` is that of RFC 2449 §8, in upper case."""

    mark: str
    code: str
    said: bytes

    @property
    def ok(self) -> bool:
        return self.mark == "+OK"

    @property
    def words(self) -> str:
        """What the server said, harmless to show."""
        return safe(self.said.decode("utf-8", "replace").strip().rstrip("."), _SAID) or _("no reason given")


class Line:
    """Used by one thread at a time. Every method may raise NetworkError; then only `cut` may be called."""

    def __init__(self, settings: Pop3) -> None:
        """Reaches the server; nothing is said yet. Raises also CertificateError and ConfigurationError."""
        self.settings = settings
        self._buffer = bytearray()
        self._end = b"\r\n"
        self._socket = tls.connected(settings, SECONDS)
        self.tls = settings.tls == IMPLICIT

    def cut(self) -> None:
        """Break the line. Never raises."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def secure(self) -> None:
        """TLS on a line that was in clear until now (RFC 2595 §4)."""
        if self._buffer:
            # What came before TLS may be anybody's (CVE-2011-0411), and would be taken for the server's word.
            raise self._nonsense(bytes(self._buffer))
        context = tls.tls_context(self.settings)
        with tls.translated(self.settings):
            self._socket = context.wrap_socket(self._socket, server_hostname=self.settings.host)
        self.tls = True

    def say(self, command: str) -> Answer:
        """Say one line, and hear the first line of the answer. `command` holds no line end."""
        with tls.translated(self.settings):
            self._socket.sendall(command.encode() + b"\r\n")
        return self.answer()

    def answer(self) -> Answer:
        """The first line of an answer. Raises ServerError where it is none."""
        while (found := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _LONGEST_ANSWER:
                raise self._nonsense(bytes(self._buffer))
            self._receive()
        line = bytes(self._buffer[: found + 1])
        del self._buffer[: found + 1]
        # What the server ends this line with, it ends the others with, too.
        self._end = b"\r\n" if line.endswith(b"\r\n") else b"\n"
        mark, _space, said = line.rstrip(b"\r\n").partition(b" ")
        if mark not in (b"+OK", b"-ERR", b"+"):
            raise self._nonsense(line)
        code = _CODE.match(said)
        return Answer(mark.decode(), code[1].decode().upper() if code else "", said[code.end() :] if code else said)

    def many(self) -> bytes:
        """The lines that follow a first one, with the dots single again that were doubled for the line.

        A line begins after what the server ends its lines with, so that a dot after a lone line feed is content.
        Raises ServerError for what has no end.
        """
        end = self._end
        last = end + b"." + end
        looked = 0
        while True:
            if self._buffer.startswith(last[len(end) :]):
                place, content = 0, b""
                break
            if (found := self._buffer.find(last, looked)) >= 0:
                place, content = found + len(end), bytes(self._buffer[: found + len(end)])
                break
            if len(self._buffer) > _LONGEST:
                raise self._nonsense(b"...")
            looked = max(0, len(self._buffer) - len(last))
            self._receive()
        del self._buffer[: place + 1 + len(end)]
        return content.removeprefix(b".").replace(end + b".", end)

    def _receive(self) -> None:
        with tls.translated(self.settings):
            received = self._socket.recv(1 << 18)
            if not received:
                raise ConnectionAbortedError
        self._buffer += received

    def _nonsense(self, said: bytes) -> ServerError:
        return ServerError(
            _("{host} does not speak POP3 on port {port} as it should: {said}").format(
                host=safe(self.settings.host, 100),
                port=self.settings.port,
                said=safe(said[:200].decode("utf-8", "replace").strip(), 80),
            )
        )


def in_use(settings: Pop3, said: str = "") -> NetworkError:
    """Somebody else is logged in, and POP3 lets in one at a time (RFC 1939 §4)."""
    return NetworkError(
        _("the mailbox of {user} at {host} is in use by another program ({said}); it will be tried again").format(
            user=safe(settings.user, 100), host=safe(settings.host, 100), said=said or _("it is being read there")
        )
    )
