"""The octets between us and an IMAP server: the socket, TLS, compression, and commands with their answers.

A `Line` is what imaplib reads from. The reading is ours, because imaplib knows nothing of COMPRESS, of
answers that arrive while nobody asks, or of lines that come in two pieces.
"""

import contextlib
import imaplib
import itertools
import select
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesinbox.providers.imap.wire import Answer, Literal, NonsenseError, Text, code_of, literal_size

_CHUNK = 64 * 1024
_INFLATED = 1024 * 1024
_LONGEST_LINE = 64 * 1024 * 1024
_LONGEST_LITERAL = 1024 * 1024 * 1024
_LONGEST_UNAGREED = 4096
"""A literal over this is announced, though LITERAL+ is there: the server can then refuse it before it is sent."""
_PLAIN_QUOTED = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')


if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class RefusedError(Exception):
    """The server answered NO or BAD. `code` is its response code; `answers` came before it."""

    def __init__(self, status: bytes, text: bytes, answers: list[Answer]) -> None:
        super().__init__(text)
        self.status, self.text, self.answers = status, text, answers
        self.code = code_of(text)[0]


class LineCutError(ConnectionError):
    """The server ended the line; `farewell` is what it said with BYE, if anything."""

    def __init__(self, farewell: bytes = b"") -> None:
        super().__init__("line cut")
        self.farewell = farewell


@dataclass(frozen=True, slots=True)
class Done:
    """A command that went through: the text of its tagged OK, and all untagged answers before it."""

    text: bytes
    answers: list[Answer]


class Line(imaplib.IMAP4):
    """One TCP connection. `connector` makes the socket (and does implicit TLS) when imaplib asks for it."""

    def __init__(self, host: str, port: int, connector: Callable[[], socket.socket], read_timeout: float) -> None:
        self._connector = connector
        self._read_timeout = read_timeout
        self._buffer = bytearray()
        self._farewell = b""
        self._inflate: zlib._Decompress | None = None
        self._deflate: zlib._Compress | None = None
        self._tags = itertools.count(1)
        self.literal_plus = False
        super().__init__(host, port)

    # What imaplib calls.

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002
        self.host, self.port = host, port
        self.sock = self._connector()
        self.sock.settimeout(self._read_timeout)

    def read(self, size: int) -> bytes:
        """Exactly `size` octets. Raises LineCutError, TimeoutError."""
        if size > _LONGEST_LITERAL:
            raise NonsenseError(b"{%d}" % size)
        buffer = self._buffer
        while len(buffer) < size:
            self._fill()
        octets = bytes(buffer[:size])
        del buffer[:size]
        return octets

    def readline(self) -> bytes:
        """One line with its CRLF, however long. Raises LineCutError, TimeoutError."""
        buffer = self._buffer
        start = 0
        while (end := buffer.find(b"\n", start)) < 0:
            start = len(buffer)
            if start > _LONGEST_LINE:
                raise NonsenseError(bytes(buffer[:200]))
            self._fill()
        line = bytes(buffer[: end + 1])
        del buffer[: end + 1]
        if line[:6].upper() == b"* BYE ":
            self._farewell = line[6:].strip()
        return line

    def send(self, data: "ReadableBuffer") -> None:
        if self._deflate is not None:
            data = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        octets = memoryview(data)
        if octets.nbytes <= _CHUNK:
            self.sock.sendall(octets)
        else:
            self._push(octets)

    def _push(self, left: memoryview) -> None:
        """Send many octets, and take in what is said meanwhile: who waits for us to listen does not listen.

        Raises LineCutError, and TimeoutError when none gets through in the time for an answer.
        """
        self.sock.settimeout(0)
        try:
            end = time.monotonic() + self._read_timeout
            while left:
                try:
                    sent = self.sock.send(left[:_CHUNK])
                except ssl.SSLWantReadError:
                    self._until_free(end, writing=False)
                except (BlockingIOError, ssl.SSLWantWriteError):
                    self._until_free(end, writing=True)
                else:
                    left = left[sent:]
                    end = time.monotonic() + self._read_timeout
        finally:
            self.sock.settimeout(self._read_timeout)

    def _until_free(self, end: float, *, writing: bool) -> None:
        seconds = end - time.monotonic()
        readable, writable, _ = select.select([self.sock], [self.sock] if writing else [], [], max(0.0, seconds))
        if seconds <= 0 or not (readable or writable):
            raise TimeoutError
        if readable:
            if len(self._buffer) > _LONGEST_LINE:
                raise NonsenseError(bytes(self._buffer[:200]))
            with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
                self._fill()

    def shutdown(self) -> None:
        """Free the socket."""
        self.sock.close()

    # Commands.

    def run(self, *arguments: bytes | Text | Literal) -> Done:
        """Send a command and read until it is answered.

        `arguments` are joined by spaces, but for a closing bracket; bytes travel as they are. Raises RefusedError,
        NonsenseError (the line is of no use then), LineCutError, TimeoutError.
        """
        try:
            return self._run(arguments)
        except NonsenseError:
            self.sock.close()
            raise

    def _run(self, arguments: Sequence[bytes | Text | Literal]) -> Done:
        tag = b"S%d" % next(self._tags)
        answers: list[Answer] = []
        pieces = self._pieces(tag, arguments)
        for piece in pieces[:-1]:
            self.send(piece)
            refusal = self._until_continued(tag, answers)
            if refusal is not None:
                return refusal
        self.send(pieces[-1])
        while True:
            answer = self.answer()
            if answer[0].startswith(b"* "):
                answers.append(answer)
            else:
                return self.done(tag, answer, answers)

    def answer(self) -> Answer:
        """The next answer, whole. Raises LineCutError with the server's farewell after a BYE."""
        line = self.readline().rstrip(b"\r\n")
        if line[:5].upper() == b"* BYE":
            raise LineCutError(self._farewell)
        size = literal_size(line)
        if size is None:
            return [line]
        answer = [line]
        while size is not None:
            answer.append(self.read(size))
            line = self.readline().rstrip(b"\r\n")
            answer.append(line)
            size = literal_size(line)
        return answer

    def done(self, tag: bytes, answer: Answer, answers: list[Answer]) -> Done:
        """The end of command `tag`. Raises RefusedError, and NonsenseError for what is no end of it."""
        said, _, rest = answer[0].partition(b" ")
        status, _, text = rest.partition(b" ")
        status = status.upper()
        if said != tag or status not in (b"OK", b"NO", b"BAD"):
            raise NonsenseError(answer[0])
        if status != b"OK":
            raise RefusedError(status, text, answers)
        return Done(text, answers)

    def begin(self, command: bytes) -> bytes:
        """Send a command whose answers are read one by one (IDLE); its tag."""
        tag = b"S%d" % next(self._tags)
        self.send(tag + b" " + command + b"\r\n")
        return tag

    def _pieces(self, tag: bytes, arguments: Sequence[bytes | Text | Literal]) -> list[bytes]:
        """The octets to send, cut where the server must first agree to a literal (RFC 9051 §4.3)."""
        pieces = []
        current = tag
        for argument in arguments:
            if argument == b")":
                current += argument
            elif isinstance(argument, bytes):
                current += b" " + argument
            elif isinstance(argument, Text) and _PLAIN_QUOTED.issuperset(argument.octets):
                current += b' "' + argument.octets + b'"'
            elif isinstance(argument, Text) and _PLAIN_QUOTED.issuperset(
                argument.octets.replace(b'"', b"").replace(b"\\", b"")
            ):
                current += b' "' + argument.octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
            elif self.literal_plus and (isinstance(argument, Text) or len(argument.octets) <= _LONGEST_UNAGREED):
                current += b" {%d+}\r\n" % len(argument.octets) + argument.octets
            else:
                pieces.append(current + b" {%d}\r\n" % len(argument.octets))
                current = argument.octets
        pieces.append(current + b"\r\n")
        return pieces

    def _until_continued(self, tag: bytes, answers: list[Answer]) -> Done | None:
        while True:
            answer = self.answer()
            if answer[0].startswith(b"+"):
                return None
            if answer[0].startswith(b"* "):
                answers.append(answer)
            else:
                return self.done(tag, answer, answers)

    # Waiting.

    def has_answer(self) -> bool:
        """True when a whole line is here, so that `answer` need not wait for its beginning."""
        return b"\n" in self._buffer

    def wait(self, seconds: float, wake: int | None) -> bool:
        """Wait for octets or for `wake`, and take in what is here without blocking. True: `wake` is readable.

        Raises LineCutError.
        """
        watched: list[int] = [self.sock.fileno()]
        if wake is not None:
            watched.append(wake)
        here = self._hidden()
        ready, _, _ = select.select(watched, [], [], 0 if here else max(0.0, seconds))
        if here or watched[0] in ready:
            self.sock.settimeout(0)
            try:
                self._fill()
                while self._hidden():
                    self._fill()
            except (BlockingIOError, ssl.SSLWantReadError):
                pass
            finally:
                self.sock.settimeout(self._read_timeout)
        return wake in ready

    def _hidden(self) -> bool:
        """True when octets are here that select cannot see: in TLS, or not yet inflated."""
        if self._inflate is not None and self._inflate.unconsumed_tail:
            return True
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    def _fill(self) -> None:
        inflate = self._inflate
        octets = inflate.unconsumed_tail if inflate is not None else b""
        if not octets:
            octets = self.sock.recv(_CHUNK)
            if not octets:
                raise LineCutError(self._farewell)
        if inflate is not None:
            try:
                octets = inflate.decompress(octets, _INFLATED)
            except zlib.error as error:
                raise LineCutError from error
        self._buffer += octets

    # Changing what carries the octets.

    def secure(self, context: ssl.SSLContext) -> None:
        """Go on in TLS, after STARTTLS was agreed to.

        Octets that came with the agreement were put there by whoever sits on the line (CVE-2011-0411).
        """
        if self._buffer:
            raise NonsenseError(bytes(self._buffer))
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def compress(self) -> None:
        """Go on in DEFLATE, after COMPRESS was agreed to (RFC 4978)."""
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._inflate = zlib.decompressobj(-15)
        if self._buffer:
            early, self._buffer = bytes(self._buffer), bytearray()
            self._buffer += self._inflate.decompress(early)
