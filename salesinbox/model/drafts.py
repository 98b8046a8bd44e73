"""What the rep writes: drafts, and the letter that each becomes (SEND-1, SEND-4)."""

from dataclasses import dataclass, field
from datetime import datetime

from salesinbox.model.mail import Address

# How a draft began (SEND-1).
NEW, REPLY, REPLY_ALL, FORWARD, FORWARD_ATTACHED, REDIRECT, EDIT = (
    "new", "reply", "reply-all", "forward", "forward-attached", "redirect", "edit",
)  # fmt: skip


KINDS = (NEW, REPLY, REPLY_ALL, FORWARD, FORWARD_ATTACHED, REDIRECT, EDIT)


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
    `record` ("d7", "p12") is the record that it is for: it is linked to that once it is sent (LINK-5).
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
    record: str = ""
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
