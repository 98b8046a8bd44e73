"""The demo's post office: an SMTP server (RFC 5321) on the loopback that sends nothing anywhere.

What the rep sends is read, and some seconds later somebody of the sample answers, or it comes back as undeliverable
(RFC 3464). It is not filed in Sent: that is the program's business, as with most providers. Only the server's own
process imports this module, for aiosmtpd costs a tenth of a second.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from hashlib import sha256

from aiosmtpd.smtp import SMTP, Envelope, Session

from salesinbox.demo.addressees import COLLEAGUE, SILENT, Addressee, addressees
from salesinbox.demo.answers import MOST_TURNS, Received, Wordings, answer, language, situation
from salesinbox.demo.dates import TOKYO
from salesinbox.demo.letters import Failure, Letter, Report, mail_date
from salesinbox.demo.mailbox import Arrival, Filed
from salesinbox.demo.people import ME, SERVER_ID, Person
from salesinbox.formats import message

MOST_OCTETS = 25_000_000
"""The largest message that is taken (SIZE, RFC 1870)."""
MOST_RECIPIENTS = 100
MOST_WAITING = 100
"""Answers and bounces on their way; what is sent beyond that is taken, and nobody answers it."""

# Seconds until an answer arrives, where mail arrives every twenty seconds; other paces stretch or shrink them.
_ANSWER_AFTER, _BOUNCE_AFTER = (8.0, 20.0), (2.0, 4.0)
_USUAL_PACE = 20.0

_PARSED = 500_000
"""Octets of a message that are read for an answer; its text comes before its files."""
_RETURNED = 20_000
_DAEMON = ("Mail Delivery System", f"MAILER-DAEMON@{SERVER_ID}")
_NOBODY = "<>"
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,320}")
_ID = re.compile(r"<[\x21-\x3b=\x3f-\x7e]{1,250}>")
_LONGEST_NAME = 80

_log = logging.getLogger(__name__)


class _Line(SMTP):
    """A connection. Passed-on mail has longer lines than are allowed; as most servers do, this one takes them."""

    line_length_limit = MOST_OCTETS


class Post:
    """Takes the rep's mail and has it answered. Lives in one event loop.

    `deliver` puts a message into the rep's mailbox. `every`: seconds between two mails of the script, by which the
    answers' delays are measured; `now` gives aware moments. The same seed and messages give the same answers.
    """

    def __init__(
        self, deliver: Callable[[Filed], Awaitable[None]], now: Callable[[], datetime], *, seed: int, every: float
    ) -> None:
        self._deliver = deliver
        self._now = now
        self._seed = seed
        self._pace = every / _USUAL_PACE
        self._people = addressees()
        self._domains = {address.rpartition("@")[2] for address in (*self._people, ME.address)}
        self._wordings = Wordings()
        self._turns: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._waiting: set[asyncio.Task[None]] = set()

    async def listen(self, host: str) -> asyncio.Server:
        """Serve on a free port of `host`."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(
            lambda: _Line(
                self,
                hostname=SERVER_ID,
                ident="SalesInbox demo",
                data_size_limit=MOST_OCTETS,
                enable_SMTPUTF8=True,
                loop=loop,
            ),
            host,
            0,
        )

    def close(self) -> None:
        """Give up what is still on its way."""
        for task in self._waiting:
            task.cancel()

    # The names of these three are aiosmtpd's.

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not _ADDRESS.fullmatch(address):
            return "553 5.1.3 this is no mail address"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content
        assert isinstance(raw, bytes)
        automatic = envelope.mail_from in (None, "", _NOBODY)
        self._take(raw, list(dict.fromkeys(envelope.rcpt_tos)), automatic=automatic)
        return "250 2.0.0 taken"

    async def handle_exception(self, error: Exception) -> str:
        """What a connection's broken command is answered with; the line stays open."""
        _log.warning("a command could not be read: %r", error)
        return "500 5.5.2 this cannot be read"

    def _take(self, raw: bytes, recipients: Sequence[str], *, automatic: bool) -> None:
        envelope = message.envelope(raw[:_PARSED])
        known = [self._people[one.lower()] for one in recipients if one.lower() in self._people]
        unknown = [one for one in recipients if one.lower() not in self._people and one.lower() != ME.address]
        identity = envelope.message_id.encode(errors="replace") or raw
        digest = sha256(b"%d:%b:%b" % (self._seed, ",".join(recipients).encode(), identity)).digest()
        if any(one.lower() == ME.address for one in recipients):
            self._later(0, lambda: self._own_copy(raw))
        # What has no sender to give it back to is lost when it cannot be delivered (RFC 5321 §6.1).
        if unknown and not automatic:
            self._later(self._delay(_BOUNCE_AFTER, digest), lambda: self._bounce(raw, unknown, digest))
        # Nobody answers to machines (RFC 3834 §2), or twice to the same message.
        if automatic or envelope.automatic or envelope.message_id in self._answered:
            return
        reader = min((one for one in known if one.kind != SILENT), key=lambda one: one.kind, default=None)
        if reader is None:
            return
        body = message.body(raw[:_PARSED])
        thread = envelope.references[0] if envelope.references else envelope.message_id
        # An answer to an invitation is for a calendar to read.
        if body.invitation or self._turns[thread] >= MOST_TURNS:
            return
        # What has no id can be answered, and belongs to no thread.
        if thread:
            self._turns[thread] += 1
        if envelope.message_id:
            self._answered.add(envelope.message_id)
        turn = self._turns[thread] or 1
        shown = {one.address.lower() for one in (*envelope.to, *envelope.cc)}
        received = Received(
            sender=(envelope.sender.name[:_LONGEST_NAME], envelope.sender.address),
            to=tuple((one.name[:_LONGEST_NAME], one.address) for one in envelope.to[:MOST_RECIPIENTS]),
            subject=envelope.subject,
            text=body.text,
            references=tuple(one for one in (*envelope.references, envelope.message_id) if _ID.fullmatch(one)),
            files=bool(body.attachments),
        )
        # Whoever was written to in secret does not tell the others.
        cc = [one.person for one in known if one is not reader and one.person.address.lower() in shown]
        if reader.person.address.lower() not in shown:
            cc = []
        self._later(
            self._delay(_ANSWER_AFTER, digest), lambda: self._answer(received, reader, cc, turn=turn, digest=digest)
        )

    def _delay(self, between: tuple[float, float], digest: bytes) -> float:
        shortest, longest = between
        return self._pace * (shortest + (longest - shortest) * digest[0] / 255)

    def _later(self, seconds: float, written: Callable[[], Filed]) -> None:
        if len(self._waiting) >= MOST_WAITING:
            return
        task = asyncio.create_task(self._deliver_later(seconds, written))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _deliver_later(self, seconds: float, written: Callable[[], Filed]) -> None:
        await asyncio.sleep(seconds)
        try:
            await self._deliver(written())
        except Exception as error:  # noqa: BLE001 - a task's outermost edge: whatever the rep sent, the demo goes on
            _log.warning("a message could not be written or put into the mailbox: %r", error)

    def _own_copy(self, raw: bytes) -> Filed:
        """The rep's mail to the rep, with what the server writes on top."""
        moment = self._now()
        top = (
            f"Return-Path: <{ME.address}>\r\n"
            f"Received: from [127.0.0.1] by {SERVER_ID} with ESMTP; {mail_date(moment.astimezone(TOKYO))}\r\n"
            f"Authentication-Results: {SERVER_ID};\r\n auth=pass\r\n"
        )
        return Filed("INBOX", frozenset(), moment, top.encode() + raw)

    def _answer(
        self, received: Received, reader: Addressee, cc: Sequence[Person], *, turn: int, digest: bytes
    ) -> Filed:
        moment = self._now()
        who, colleague = reader.person, reader.kind == COLLEAGUE
        said = self._wordings.next(language(received, who), situation(received, turn), colleague=colleague)
        message_id = f"<{digest.hex()[:24]}@{who.domain}>"
        letter = answer(received, who, said, cc, moment=moment, message_id=message_id, colleague=colleague)
        return Arrival(letter, "INBOX", frozenset()).filed(moment)

    def _bounce(self, raw: bytes, recipients: Sequence[str], digest: bytes) -> Filed:
        moment = self._now()
        failures = tuple(self._failure(recipient) for recipient in recipients)
        told = "\n\n".join(f"<{one.recipient}>:\n    {one.diagnostic}" for one in failures)
        header = raw.partition(b"\r\n\r\n")[0]
        if len(header) > _RETURNED:
            header = header[:_RETURNED].rpartition(b"\r\n")[0]
        letter = Letter(
            sender=_DAEMON,
            to=(("", ME.address),),
            cc=(),
            subject="Undelivered Mail Returned to Sender",
            date=moment.astimezone(TOKYO).replace(microsecond=0),
            message_id=f"<{digest.hex()[24:48]}@{SERVER_ID}>",
            references=(),
            text=(
                f"This is the mail system at host {SERVER_ID}.\n\n"
                "I'm sorry to have to inform you that your message could not\n"
                "be delivered to one or more recipients.\n\n"
                f"{told}\n"
            ),
            language="en",
            program="plain",
            extra=(("Auto-Submitted", "auto-replied"),),
            report=Report(failures, header + b"\r\n"),
        )
        return Arrival(letter, "INBOX", frozenset()).filed(moment)

    def _failure(self, recipient: str) -> Failure:
        if recipient.rpartition("@")[2].lower() in self._domains:
            return Failure(recipient, "5.1.1", f"550 5.1.1 <{recipient}>: Recipient address rejected: user unknown")
        return Failure(
            recipient,
            "5.1.2",
            "550 5.1.2 nobody of this address is in the demo; nothing has left this machine",
        )
