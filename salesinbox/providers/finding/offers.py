"""What a server offers before anybody logs in: whether it answers, and whether it takes a password or a token.

Nothing of the rep's is told: the line is opened, secured, asked for its capabilities, and closed.
"""

import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import STARTTLS, Imap, Pop3, Smtp
from salesinbox.model.text import safe
from salesinbox.providers.finding.found import IMAP, PASSWORD, POP3, TOKEN, Server
from salesinbox.providers.tls import connected, starttls_not_offered, tls_context, translated
from salesinbox.providers.tokens import MECHANISMS

_LONGEST_LINE = 8192
_MOST_LINES = 200
_BY_PASSWORD = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "DIGEST-MD5")

Settings = Imap | Pop3 | Smtp


@dataclass(frozen=True, slots=True)
class Offer:
    """`methods`: of PASSWORD and TOKEN; None: the server answers, and does not say. `trouble`: why it does not."""

    reached: bool
    methods: frozenset[str] | None = None
    trouble: str = ""


def offer(server: Server, deadline: float, ca_file: Path | None = None) -> Offer:
    """Asks a server what it offers. Raises nothing; ends at `deadline` (monotonic time)."""
    kind = Imap if server.kind == IMAP else Pop3 if server.kind == POP3 else Smtp
    settings: Settings = kind(server.host, server.port, server.tls, server.user, ca_file=ca_file)
    try:
        words = _asked(settings, deadline)
    except SalesInboxError as error:
        return Offer(reached=False, trouble=str(error))
    return Offer(reached=True, methods=_methods(words) if words is not None else None)


def _methods(words: "_Said") -> frozenset[str]:
    found = set()
    if words.plain or any(one in words.mechanisms for one in _BY_PASSWORD):
        found.add(PASSWORD)
    if any(one in words.mechanisms for one in MECHANISMS):
        found.add(TOKEN)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Said:
    """`plain`: user and password can be given without SASL."""

    mechanisms: frozenset[str]
    plain: bool
    starttls: bool


def _asked(settings: Settings, deadline: float) -> _Said | None:
    line = connected(settings, max(deadline - time.monotonic(), 0.05))
    talk = _Talk(line, settings, deadline)
    dialogue: _Dialogue = _IMAP if isinstance(settings, Imap) else _POP if isinstance(settings, Pop3) else _MAIL
    try:
        with translated(settings):
            dialogue.greet(talk)
            if settings.tls == STARTTLS:
                said = dialogue.capabilities(talk)
                if said is not None and not said.starttls:
                    raise starttls_not_offered(settings)
                dialogue.secure(talk)
                talk.secure()
            said = dialogue.capabilities(talk)
            talk.say(dialogue.farewell)
            return said
    finally:
        talk.close()


class _Talk:
    """Lines to and from a server, bounded in length, number and time."""

    def __init__(self, line: socket.socket, settings: Settings, deadline: float) -> None:
        self._line = line
        self._settings = settings
        self._deadline = deadline
        self._buffer = bytearray()
        self._lines = 0

    def say(self, command: bytes) -> None:
        self._line.sendall(command + b"\r\n")

    def hear(self) -> str:
        while b"\n" not in self._buffer:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._line.settimeout(left)
            data = self._line.recv(4096)
            if not data:
                raise ConnectionResetError
            self._buffer += data
            if len(self._buffer) > _LONGEST_LINE and b"\n" not in self._buffer:
                raise self.nonsense()
        line, _newline, rest = bytes(self._buffer).partition(b"\n")
        self._buffer[:] = rest
        self._lines += 1
        if len(line) > _LONGEST_LINE or self._lines > _MOST_LINES:
            raise self.nonsense()
        return line.rstrip(b"\r").decode("latin-1")

    def secure(self) -> None:
        if self._buffer:
            # What came before TLS began was said by anybody on the way, and must not count as said within.
            raise self.nonsense()
        self._line = tls_context(self._settings).wrap_socket(self._line, server_hostname=self._settings.host)

    def nonsense(self) -> ServerError:
        return ServerError(
            _("{host} does not answer on port {port} as a mail server does; check host and port").format(
                host=safe(self._settings.host, 100), port=self._settings.port
            )
        )

    def ended(self, said: str) -> NetworkError:
        return NetworkError(
            _("{host}, port {port}, ended the line: {said}").format(
                host=safe(self._settings.host, 100), port=self._settings.port, said=safe(said.strip(), 160)
            )
        )

    def close(self) -> None:
        self._line.close()


class _Dialogue(Protocol):
    farewell: bytes

    def greet(self, talk: _Talk) -> None: ...

    def capabilities(self, talk: _Talk) -> _Said | None:
        """None where the server knows no such command."""

    def secure(self, talk: _Talk) -> None: ...


class _Imap:
    """RFC 9051 §6.1.1, §6.2.1."""

    farewell = b"c LOGOUT"

    def greet(self, talk: _Talk) -> None:
        greeting = talk.hear()
        if greeting.upper().startswith("* BYE"):
            raise talk.ended(greeting[5:])
        if not greeting.upper().startswith(("* OK", "* PREAUTH")):
            raise talk.nonsense()

    def capabilities(self, talk: _Talk) -> _Said | None:
        talk.say(b"a CAPABILITY")
        words: set[str] = set()
        while not (line := talk.hear().upper()).startswith("A "):
            if line.startswith("* CAPABILITY "):
                words.update(line.split()[2:])
        if not line.startswith("A OK"):
            raise talk.nonsense()
        mechanisms = frozenset(word[5:] for word in words if word.startswith("AUTH="))
        return _Said(mechanisms, "LOGINDISABLED" not in words, "STARTTLS" in words)

    def secure(self, talk: _Talk) -> None:
        talk.say(b"b STARTTLS")
        while not (line := talk.hear().upper()).startswith("B "):
            pass
        if not line.startswith("B OK"):
            raise talk.nonsense()


class _Pop3:
    """RFC 2449 §5, RFC 2595 §4, RFC 5034."""

    farewell = b"QUIT"

    def greet(self, talk: _Talk) -> None:
        if not talk.hear().startswith("+OK"):
            raise talk.nonsense()

    def capabilities(self, talk: _Talk) -> _Said | None:
        talk.say(b"CAPA")
        if not talk.hear().startswith("+OK"):
            return None
        mechanisms: set[str] = set()
        names = set()
        while (line := talk.hear().upper()) != ".":
            name, *values = line.split() or [""]
            names.add(name)
            if name == "SASL":
                mechanisms.update(values)
        return _Said(frozenset(mechanisms), "USER" in names, "STLS" in names)

    def secure(self, talk: _Talk) -> None:
        talk.say(b"STLS")
        if not talk.hear().startswith("+OK"):
            raise talk.nonsense()


class _Smtp:
    """RFC 5321 §4.1.1.1, RFC 3207, RFC 4954 §3."""

    farewell = b"QUIT"

    def greet(self, talk: _Talk) -> None:
        self._answer(talk, "220")

    def capabilities(self, talk: _Talk) -> _Said | None:
        # The rep's machine is not named: many providers refuse by name.
        talk.say(b"EHLO [127.0.0.1]")
        lines = self._answer(talk, "250")
        words = [line.upper().replace("=", " ").split() for line in lines[1:]]
        mechanisms = frozenset(word for line in words if line[:1] == ["AUTH"] for word in line[1:])
        return _Said(mechanisms, False, any(line[:1] == ["STARTTLS"] for line in words))

    def secure(self, talk: _Talk) -> None:
        talk.say(b"STARTTLS")
        self._answer(talk, "220")

    def _answer(self, talk: _Talk, code: str) -> list[str]:
        lines = []
        while True:
            line = talk.hear()
            if not re.match(r"\d{3}[ -]?", line) or line[:3] != code:
                raise talk.nonsense()
            lines.append(line[4:])
            if line[3:4] != "-":
                return lines


_IMAP, _POP, _MAIL = _Imap(), _Pop3(), _Smtp()


def first_reached(servers: Iterable[Server], deadline: float, ca_file: Path | None) -> tuple[Server | None, Offer]:
    """The first server that answers, with what it offers; else the first one with its trouble."""
    missed: tuple[Server | None, Offer] = (None, Offer(reached=False))
    for server in servers:
        found = offer(server, deadline, ca_file)
        if found.reached:
            return server, found
        if missed[0] is None:
            missed = server, found
    return missed
