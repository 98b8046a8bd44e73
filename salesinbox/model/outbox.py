"""Mail that the rep writes and sends: drafts, the outbox, and what became of each message (SEND)."""

from dataclasses import dataclass, field
from datetime import datetime

from salesinbox.model.mail import Address, Delivery

# How a draft began (SEND-1).
NEW, REPLY, REPLY_ALL, FORWARD, FORWARD_ATTACHED, REDIRECT, EDIT = (
    "new", "reply", "reply-all", "forward", "forward-attached", "redirect", "edit",
)  # fmt: skip
KINDS = (NEW, REPLY, REPLY_ALL, FORWARD, FORWARD_ATTACHED, REDIRECT, EDIT)

# The way of a message to its recipients (SEND-6). UNKNOWN: it was given away whole, and no answer came.
PENDING, RUNNING, SENT, REFUSED, UNKNOWN, CANCELLED = "pending", "running", "sent", "refused", "unknown", "cancelled"

# The way of its copy to the folder of sent mail: a state apart (SEND-6). UNFILED: not sent yet.
UNFILED, FILING, FILED, NOT_FILED = "", "filing", "filed", "not-filed"


@dataclass(frozen=True, slots=True)
class Identity:
    """An address that the rep may write from, with what goes below its mail (SEND-3)."""

    account: str
    name: str
    address: str
    signature: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file that is kept with a draft; `size` in octets."""

    id: str
    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What the rep is writing. Recipients are kept as they are typed, finished or not.

    `id` is "d5", or "" as long as nothing of it is kept. `about` is the message ("m9") that it answers, forwards or
    redirects, where that is here. `signature` is the one that was put into the text, so that another identity's can
    take its place. `response_days`: tell the rep if nobody answers within so many days, 0: do not (ACT-6).
    `changed` is when it was kept last, and `revision` which version of what is kept this one goes on from.
    """

    id: str = ""
    kind: str = NEW
    account: str = ""
    sender: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    text: str = ""
    markdown: bool = False
    files: tuple[DraftFile, ...] = ()
    about: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    signature: str = ""
    response_days: int = 0
    changed: int = 0
    revision: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file with its content, as it goes into a message. `type` message/rfc822 is another message."""

    name: str
    type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a message is made of. `message_id` and `references` have their angle brackets; `date` has a zone."""

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    markdown: bool = False
    files: tuple[File, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """A message that is answered or forwarded, as the rules and the formats need it. `text` is its plain text."""

    message_id: str
    references: tuple[str, ...]
    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: int
    text: str
    mine: bool = False
    list_id: str = ""


# What a review finds (SEND-7).
NO_RECIPIENT, BAD_ADDRESS, TOO_LARGE, NO_SENDER = "no-recipient", "bad-address", "too-large", "no-sender"
NO_SUBJECT, NO_TEXT, NO_ATTACHMENT, MANY, OUTSIDE, BOUNCED, OPTED_OUT, LOOK_ALIKE = (
    "no-subject", "no-text", "no-attachment", "many", "outside", "bounced", "opted-out", "look-alike",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001 - the word that the rep reads; Python's own warnings are not meant anywhere here
    """Something that the rep should know before sending. `stops`: it cannot be sent like this."""

    kind: str
    text: str
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """A draft as it would be sent: to whom, how large, from whom, and what speaks against it."""

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    size: int
    warnings: tuple[Warning, ...]

    @property
    def stopped(self) -> bool:
        return any(warning.stops for warning in self.warnings)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A recipient that fits what is typed (SEND-2). `about` says who it is: a record's company, or how often used."""

    name: str
    address: str
    about: str = ""
    record: str = ""
    """The id of the record that it comes from, "" for one from mail alone."""


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message on its way, and after it (SEND-6): sent, filed and linked are told apart.

    `id` is "o5". `asks`: its outcome is unknown, and it was looked for in vain, so the rep has to say. `due` is when
    it is sent, or tried again. `linked` names the records that the sent message belongs to, once it is here.
    `thread` ("t5") is where it lies then. `deliveries` is what bounces say of it (READ-8). `response_due` is when the
    rep is told that nobody answered, 0: never (ACT-6).
    """

    id: str
    account: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    state: str
    due: int
    created: int
    sent: int = 0
    error: str = ""
    asks: bool = False
    attempts: int = 0
    filed: str = UNFILED
    filed_error: str = ""
    linked: tuple[str, ...] = ()
    thread: str = ""
    deliveries: tuple[Delivery, ...] = ()
    draft: str = ""
    response_due: int = 0
    size: int = 0
    exit: int = 0
    """The exit code that a refusal, or an unknown outcome, stands for on the command line."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message was put into the outbox as `id` ("o5"). `text` is a sentence of what happens now; `due` when."""

    id: str
    message_id: str
    state: str
    due: int
    text: str
