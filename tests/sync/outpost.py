"""A server that takes mail and tells at which step it is, so that a test can kill, cut or refuse exactly there."""

import asyncio
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port

CONNECTED, HELLO, SENDER, RECIPIENT, CONTENT, TAKEN, ANSWERED = (
    "connected", "hello", "sender", "recipient", "content", "taken", "answered",
)  # fmt: skip
"""Steps in their order: TAKEN is when the message lies with the server and the client has not heard of it yet."""
STEPS = (CONNECTED, HELLO, SENDER, RECIPIENT, CONTENT, TAKEN, ANSWERED)
_REPLY = "250 2.0.0 taken"


class _Spoken(SMTP):
    """aiosmtpd's server with a look at what it says and hears."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.event_handler.at(CONNECTED, self)

    async def smtp_DATA(self, arg: str) -> None:
        self.event_handler.at(CONTENT, self)
        await super().smtp_DATA(arg)

    async def push(self, status: str | bytes) -> None:
        await super().push(status)
        if status == _REPLY:
            self.event_handler.at(ANSWERED, self)


class Outpost(Controller):
    """`fault(step)` is called at each step; it returns an answer to give instead ("451 later"), CUT, or None."""

    CUT = "cut"

    def __init__(self) -> None:
        self.fault: Callable[[str], str | None] = lambda _step: None
        self.taken: list[Envelope] = []
        super().__init__(self, hostname="127.0.0.1", port=free_port())

    def factory(self) -> SMTP:
        return _Spoken(self, hostname="outpost.example", enable_SMTPUTF8=True, data_size_limit=50_000_000)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def at(self, step: str, server: SMTP) -> str:
        answer = self.fault(step)
        if answer == self.CUT:
            server.transport.abort()
            return "421 cut"
        return answer or ""

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, lines: list[str]
    ) -> list[str]:
        session.host_name = name
        self.at(HELLO, server)
        return lines

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.at(SENDER, server):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.at(RECIPIENT, server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.fault(TAKEN)
        if answer not in (None, "", self.CUT):
            assert answer is not None
            return answer  # refused after all: it does not lie here
        self.taken.append(envelope)
        if answer == self.CUT:
            server.transport.abort()
        return _REPLY

    def deliveries(self) -> "Counter[tuple[str, str]]":
        """(Message-ID, recipient) → how often it was delivered."""
        found: Counter[tuple[str, str]] = Counter()
        for envelope in self.taken:
            assert isinstance(envelope.content, bytes)
            message_id = message_from_bytes(envelope.content, policy=default)["Message-ID"]
            found.update((str(message_id), address) for address in envelope.rcpt_tos)
        return found
