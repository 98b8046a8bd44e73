"""What the rep does to mail: actions, and the operations by which servers learn of them (ACT)."""

from dataclasses import dataclass

from salesinbox.model.mail import Flag

# What an operation asks of the server.
FLAGS, MOVE, COPY, DELETE = "flags", "move", "copy", "delete"

# What the rep did, as it is kept for undo (ACT-3).
READ, UNREAD, FLAGGED, UNFLAGGED = "read", "unread", "flagged", "unflagged"
ARCHIVED, TRASHED, SPAMMED, UNSPAMMED, MOVED, COPIED, DELETED = (
    "archived", "trashed", "spammed", "unspammed", "moved", "copied", "deleted",
)  # fmt: skip
LABELLED, UNLABELLED, SNOOZED, UNSNOOZED, MUTED, UNMUTED, OVERRIDDEN = (
    "labelled", "unlabelled", "snoozed", "unsnoozed", "muted", "unmuted", "overridden",
)  # fmt: skip
ANSWERED = "answered"
"""An invitation was accepted or declined; `target` says how."""
MAILED, DISCARDED = "mailed", "discarded"
"""A message was put into the outbox; a draft was thrown away."""
UNANSWERED, UNCERTAIN = "unanswered", "uncertain"
"""Nothing that anybody did: nobody has answered (ACT-6); nobody knows whether it was sent (SEND-6)."""
CREATED, EDITED, REMOVED, CONVERTED, MERGED, CLOSED = "created", "edited", "removed", "converted", "merged", "closed"
"""Of records; `target` is their kind, `subject` the name of the first."""
LINKED, UNLINKED, DISMISSED, RESTORED = "linked", "unlinked", "dismissed", "restored"
"""Mail to a deal or another record; mail out of the magnet, and back."""
FILTERED, ARRANGED = "filtered", "arranged"
"""Filters were run; filters, columns or views were edited."""
OPENED = "opened"
"""Marked read by being opened: nothing that undo takes back."""

MARKS = (READ, UNREAD, FLAGGED, UNFLAGGED)
"""What `mark` can do."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One operation as it is asked for: what shall be done to one message in one folder (row ids).

    `target_id` is where MOVE and COPY lead. A DELETE with a target drops a copy of a message that lies there, too.
    """

    account_id: int
    kind: str
    message: int
    folder_id: int
    target_id: int = 0
    add: Flag = Flag.NONE
    remove: Flag = Flag.NONE
    add_keywords: str = ""
    remove_keywords: str = ""
    due: int = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it is kept. `running`: an attempt began whose end is not known here yet."""

    id: int
    intent: Intent
    running: bool
    uidnext: int
    new_uid: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action: ids as they were given, and those refused, each with its sentence.

    `text` says in words what was done; `accounts` are those whose server is to be told. `draft` ("d5") is a draft
    that is there again.
    """

    done: tuple[str, ...]
    refused: tuple[tuple[str, str], ...] = ()
    text: str = ""
    accounts: tuple[str, ...] = ()
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A server's refusal, or another client's doing that came first (ACT-4): `id` to tell that it was read."""

    id: int
    thread: str
    text: str
    mail: bool = False
    """It is about mail that the rep sent: the outbox says more."""


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """A folder that mail can be moved to. `id` is "f3"; `used` is how often the rep has chosen it lately."""

    id: str
    account: str
    name: str
    role: str
    synced: bool
    messages: int
    unread: int
    used: int = 0
