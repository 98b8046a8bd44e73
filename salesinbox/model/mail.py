"""What mail is, before any server or database has touched it. Times are seconds since 1970, UTC."""

from dataclasses import dataclass
from enum import IntFlag


class Flag(IntFlag):
    """The system flags of RFC 9051 §2.3.2, plus $Forwarded; other keywords travel as text beside them."""

    NONE = 0
    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DRAFT = 8
    DELETED = 16
    FORWARDED = 32


@dataclass(frozen=True, slots=True)
class FlagState:
    """The flags of one message in one folder: system flags as bits, other keywords sorted and joined by spaces."""

    flags: Flag
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox as a person reads it. `name` may be empty; `address` is lower case in its domain only."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the header of a message says, decoded, unfolded and harmless to draw (READ-3).

    Message ids keep their angle brackets. `references` is the chain oldest first, In-Reply-To included,
    without repetitions, at most 100 ids (the first one and the last 99).
    """

    message_id: str
    references: tuple[str, ...]
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    date: int | None
    list_id: str
    automatic: bool
    authentication: tuple[str, ...]
    """Authentication-Results values, topmost first, unfolded (RFC 8601)."""
    multipart_mixed: bool
    """True when the Content-Type promises attachments, before the body is here."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file: `part` is its IMAP section number ("2.1"), `size` in bytes as decoded."""

    name: str
    type: str
    size: int
    part: str
    inline: bool = False


# What became of a message on its way to one recipient.
FAILED, DELAYED, DELIVERED = "failed", "delayed", "delivered"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a mail server says of one recipient (READ-8)."""

    recipient: str
    """As the sender wrote it, where the server tells; the domain in lower case."""
    state: str
    """FAILED, DELAYED or DELIVERED."""
    status: str = ""
    """An enhanced status code ("5.1.1", RFC 3463), a plain one ("550") where there is no other, or ""."""
    detail: str = ""
    """The server's own words, on one line, harmless."""


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What a bounce says of a message that was sent. `message_id` is that message's, "" where it is not told."""

    message_id: str
    recipients: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """What is read of a message's content: `text` is for people and for search; `html` is the source, if any."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    preview: str
    """The first 200 characters of what the writer wrote, on one line."""
    invitation: bool = False
    bounce: bool = False
    calendar: str = ""
    """The text/calendar content as it came, at most 200,000 characters: not harmless until it is read (READ-6)."""
    report: BounceReport | None = None
    """What a bounce, or a report of a delay or of a delivery, says of the message that was sent."""


@dataclass(frozen=True, slots=True)
class ThreadMessage:
    """A message as it is read in its thread. `body_here` is False until its content has been synced."""

    id: str
    message_id: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: int
    subject: str
    flags: Flag
    folder: str
    text: str
    attachments: tuple[Attachment, ...]
    body_here: bool
    mine: bool
    warning: str = ""
    labels: tuple[str, ...] = ()
    """By the names that people read."""
    invitation: bool = False
    bounce: bool = False
    about: str = ""
    """With `bounce` the id of the message in the same thread that did not arrive, "" where it is not there."""
    deliveries: tuple[Delivery, ...] = ()
    """What mail servers said of this message on its way, the worst first (READ-8)."""
    html: bool = False
    unavailable: bool = False
    """The server could not give the content; `body_here` is False then."""


# Roles of folders (RFC 6154), with INBOX among them; "" is a plain folder.
INBOX, SENT, DRAFTS, ARCHIVE, SPAM, TRASH, ALL = "inbox", "sent", "drafts", "archive", "spam", "trash", "all"
