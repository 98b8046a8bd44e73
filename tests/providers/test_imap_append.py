"""Filing messages: what servers say to it, how a message travels, and lines on which it gets stuck."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.mail import Flag
from salesinbox.providers.imap.session import ImapSession
from salesinbox.providers.imap.wire import internal_date, received
from tests.servers import SECRET, Certificates, Cut, Dovecot, Mailbox, Saying

ALL = b"IMAP4rev1 UIDPLUS"
SMALL = b"Subject: x\n\nHello.\n"
LARGE = b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 1000
DATE = 1_793_581_323


@contextlib.contextmanager
def talking(lines: dict[bytes, bytes], capabilities: bytes = ALL) -> Iterator[tuple[ImapSession, Saying]]:
    server = Saying(lines, capabilities=capabilities)
    line = ImapSession(server.account(), lambda: "x")
    with server:
        try:
            line.connect()
            yield line, server
        finally:
            line.close()


def appends(server: Saying) -> list[bytes]:
    return [heard.partition(b" ")[2] for heard in server.heard if b" APPEND " in heard]


@dataclass
class Refusing(Saying):
    """It refuses APPEND before it has agreed to the message, as a server does that knows enough."""

    refusal: bytes = b""

    def _run(self) -> None:
        line, _ = self._listener.accept()
        with line, line.makefile("rb") as lines, contextlib.suppress(OSError):
            self._line, waiting = line, b""
            line.sendall(self.greeting)
            for first in lines:
                self.heard.append(first)
                tag, _, rest = first.rstrip(b"\r\n").partition(b" ")
                if not rest:
                    tag, rest = waiting, tag
                waiting = tag
                line.sendall(tag + b" " + self.refusal + b"\r\n" if rest[:6] == b"APPEND" else self._answer(tag, rest))


@pytest.mark.parametrize(
    ("refusal", "kind", "sentence"),
    [
        (
            b"NO [OVERQUOTA] Quota exceeded",
            ServerError,
            "mailbox on 127.0.0.1 is full, so nothing can be filed in Sent",
        ),
        (b"NO [TOOBIG] no", ServerError, r"files no message of 0\.0 MB in Sent: it is too large"),
        (b"BAD what?", ServerError, r"refused \(filing a message in Sent\): what\?"),
        (b"NO [UNAVAILABLE] later", NetworkError, "just now"),
        (b"NO [TRYCREATE] no such folder", ServerError, r"refused .*no such folder"),
    ],
)
def test_SEND_6_what_a_server_refuses_to_file_is_told(refusal: bytes, kind: type[Exception], sentence: str) -> None:
    server = Refusing(capabilities=ALL, refusal=refusal)
    with server:
        line = ImapSession(server.account(), lambda: "x")
        line.connect()
        with pytest.raises(kind, match=sentence):
            line.append("Sent", LARGE, Flag.SEEN, DATE)
        # Nothing of the message was sent, and the line goes on.
        assert not any(b"0123456789" in heard for heard in server.heard)
        assert line.open("INBOX", None).exists == 3
        line.close()
    tries = [heard.split(b" ", 1)[1] for heard in server.heard if b" APPEND " in heard or b" CREATE " in heard]
    filing = b'APPEND "Sent" (\\Seen) "02-Nov-2026 01:02:03 +0000" {12014}\r\n'
    assert tries == ([filing, b'CREATE "Sent"\r\n', filing] if b"TRYCREATE" in refusal else [filing])


def test_SEND_9_a_limit_that_the_server_tells_is_kept() -> None:
    with talking({}, ALL + b" APPENDLIMIT=5000") as (line, server):
        with pytest.raises(ServerError, match=r"no message of 0\.0 MB in Sent: it takes up to 0\.0 MB"):
            line.append("Sent", LARGE, Flag.SEEN, DATE)
        assert not appends(server)
        line.append("Sent", SMALL, Flag.SEEN, DATE)
    for says_nothing in (b" APPENDLIMIT", b" APPENDLIMIT=", b" APPENDLIMIT=-1", b" APPENDLIMIT=" + b"9" * 40):
        with talking({}, ALL + says_nothing) as (line, server):
            line.append("Sent", LARGE, Flag.SEEN, DATE)
            assert len(appends(server)) == 1


def test_only_a_short_message_is_sent_unasked() -> None:
    with talking({}, ALL + b" LITERAL+") as (line, server):
        line.append("Sent", SMALL, Flag.NONE, 0)
        line.append("Sent", LARGE, Flag.NONE, 0)
        line.append("Sent", b"x", Flag.NONE, 0)
        assert appends(server) == [b'APPEND "Sent" {22+}\r\n', b'APPEND "Sent" {12014}\r\n', b'APPEND "Sent" {1+}\r\n']
        assert SMALL.replace(b"\n", b"\r\n") in server.heard
    with talking({}) as (line, server):
        line.append("Sent", SMALL, Flag.NONE, 0)
        assert appends(server) == [b'APPEND "Sent" {22}\r\n']


@pytest.mark.parametrize(
    ("said", "uid"),
    [
        (b"[APPENDUID 7 31] done", 31),
        (b"[APPENDUID 8 31] done", 0),
        (b"[APPENDUID 7] done", 0),
        (b"[APPENDUID 7 31:33] done", 0),
        (b"[APPENDUID 7 " + b"9" * 40 + b"] done", 0),
        (b"[COPYUID 7 1 31] done", 0),
        (b"done", 0),
    ],
)
def test_the_new_UID_is_believed_in_the_folder_that_is_known(said: bytes, uid: int) -> None:
    @dataclass
    class Telling(Saying):
        def _answer(self, tag: bytes, command: bytes) -> bytes:
            if command.startswith(b"APPEND"):
                return tag + b" OK " + said + b"\r\n"
            return super()._answer(tag, command)

    server = Telling(capabilities=ALL)
    with server:
        line = ImapSession(server.account(), lambda: "x")
        line.connect()
        line.open("Sent", None)
        assert line.append("Sent", SMALL, Flag.SEEN, DATE) == uid
        line.close()


def test_what_is_told_while_a_message_is_filed_is_not_lost() -> None:
    with talking({b"APPEND": b"* 4 EXISTS\r\n* STATUS Else (MESSAGES 1 UIDNEXT 2)\r\n"}) as (line, _server):
        line.open("INBOX", None)
        line.append("Sent", LARGE, Flag.SEEN, DATE)
        assert line.wait(0) == {"INBOX", "Else"}


@pytest.mark.parametrize("seconds", [1, 86_399, 951_782_400, DATE, 4_102_444_800])
def test_dates_are_written_as_they_are_read(seconds: int) -> None:
    assert received(internal_date(seconds).strip(b'"')) == seconds


# Lines that get stuck.


class Deaf(threading.Thread):
    """It agrees to a message, does `then` with the line, and only afterwards reads the message."""

    def __init__(self, then: Callable[[socket.socket], None]) -> None:
        super().__init__(daemon=True)
        self._then = then
        self.server = Saying(capabilities=ALL)
        self.read = 0

    def run(self) -> None:
        server = self.server
        line, _ = server._listener.accept()
        with line, line.makefile("rb") as lines, contextlib.suppress(OSError):
            line.sendall(server.greeting)
            for first in lines:
                tag, _, rest = first.rstrip(b"\r\n").partition(b" ")
                if rest.startswith(b"APPEND"):
                    line.sendall(b"+ go on\r\n")
                    self._then(line)
                    size = int(rest.rpartition(b"{")[2].rstrip(b"}"))
                    self.read = len(lines.read(size))
                    lines.readline()
                if rest:
                    line.sendall(server._answer(tag, rest))
                else:
                    line.sendall(b"S1 OK done\r\n")

    @contextlib.contextmanager
    def session(self, seconds: float) -> Iterator[ImapSession]:
        self.start()
        line = ImapSession(self.server.account(), lambda: "x", read_seconds=seconds)
        try:
            line.connect()
            yield line
        finally:
            line.close()
            self.server._listener.close()
            self.join(10)


def test_a_server_that_must_be_heard_before_it_listens_is_heard() -> None:
    chatter = b"* OK still here, and so is all of this\r\n" * 800_000
    deaf = Deaf(lambda line: line.sendall(chatter))
    with deaf.session(20) as line:
        line.append("Sent", LARGE * 2000, Flag.SEEN, DATE)
    assert deaf.read == len(LARGE) * 2000


def test_a_server_that_never_listens_is_given_up() -> None:
    waiting = threading.Event()
    deaf = Deaf(lambda _line: waiting.wait(30) and None)
    with deaf.session(0.3) as line:
        with pytest.raises(NetworkError, match="does not answer"):
            line.append("Sent", LARGE * 2000, Flag.SEEN, DATE)
        waiting.set()


def test_a_server_that_leaves_amid_a_message_is_told() -> None:
    deaf = Deaf(lambda line: line.shutdown(socket.SHUT_RDWR))
    with deaf.session(20) as line, pytest.raises(NetworkError, match="was cut"):
        line.append("Sent", LARGE * 2000, Flag.SEEN, DATE)


def test_a_line_that_is_cut_amid_a_message_leaves_the_folder_as_it_was(dovecot: Mailbox) -> None:
    with Cut(dovecot.port) as proxy:
        line = ImapSession(dovecot.account(port=proxy.port), lambda: SECRET, read_seconds=1)
        line.connect()
        proxy.answers_left = 1
        with pytest.raises(NetworkError):
            line.append("INBOX", LARGE * 2000, Flag.SEEN, DATE)
        line.close()
        proxy.answers_left = None
        line.connect()
        # The answer was lost, and so whether it is there is to be asked.
        assert line.open("INBOX", None).exists in (0, 1)
        line.close()


@pytest.mark.parametrize("compress", [False, True])
def test_SEND_9_thirty_megabytes_go_through_TLS_and_compression(
    tmp_path: Path, certificates: Certificates, compress: bool
) -> None:
    noise = "\r\n".join(os.urandom(38).hex() for _ in range(400_000))
    message = b"Subject: large\r\nMessage-ID: <large@x.example>\r\n\r\n" + noise.encode()
    assert len(message) > 30_000_000
    with Dovecot(tmp_path, certificate=certificates.valid, compress=compress) as server:
        account = server.account(port=server.tls_port, tls="implicit", ca_file=certificates.ca_file)
        line = ImapSession(account, lambda: SECRET)
        line.connect()
        assert ("COMPRESS" in line.capabilities()) is compress
        uid = line.append("INBOX", message, Flag.SEEN, DATE)
        assert line.find("INBOX", "<large@x.example>") == [uid]
        assert line.raw("INBOX", uid) == message
        line.close()
