"""What a mail server says, in words that fit every kind of server. UIDs are those of the open folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from salesinbox.model.mail import Address, Attachment, FlagState


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder on the server. `name` is decoded (modified UTF-7 read), with the server's own delimiter in it."""

    name: str
    delimiter: str
    role: str
    selectable: bool = True


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a folder has been read. `modseq` 0: the server keeps none (RFC 7162 §3.1.2.2)."""

    uidvalidity: int
    uidnext: int
    modseq: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder just selected.

    `changed` holds flags that changed since the cursor given, or None where the server cannot say (a flags
    window is then needed). `vanished` holds UIDs gone since then, as inclusive ranges, or None where the
    server cannot say. Both must be applied before `cursor` is stored (RFC 7162 §3.2.5.1).
    """

    cursor: Cursor
    exists: int
    changed: Mapping[int, FlagState] | None
    vanished: Sequence[tuple[int, int]] | None
    arrived: Sequence[int] | None = None
    """UIDs that came to lie here since the cursor given, also those of old mail (a superset; what was here before
    may be among them); None where only numbers from `uidnext` on tell."""
    to_come: int = 0
    """Messages, counted in `exists`, that lie on the server and get numbers only when the folder is opened again."""


@dataclass(frozen=True, slots=True)
class RemoteHeader:
    """A message's header fields as the server sent them; `received` is INTERNALDATE in seconds, UTC."""

    uid: int
    state: FlagState
    received: int
    size: int
    header: bytes


@dataclass(frozen=True, slots=True)
class RemoteBody:
    """A message's content: either the whole message as `raw`, or, for a large one, its text parts only.

    In the second case `raw` is a small message rebuilt from the header and the text parts, and
    `left_out` lists the attachments that stayed on the server (sizes as the server tells them).
    """

    uid: int
    raw: bytes
    left_out: tuple[Attachment, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Vanished:
    """UIDs that the server reported gone, in passing, while another command ran."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ServerHit:
    """A message that a server found and that is not here. `uid` is its number in `folder`; `date` as in `Envelope`."""

    account: str
    folder: str
    uid: int
    sender: Address
    subject: str
    date: int


@dataclass(frozen=True, slots=True)
class Head:
    """What a card shows of a message that is not kept here (ACC-3), as the server told it just now."""

    uid: int
    name: str
    address: str
    subject: str
    snippet: str
    date: int
    unread: bool
    flagged: bool
    to: tuple[Address, ...]
    labels: tuple[str, ...]
    attachments: bool
