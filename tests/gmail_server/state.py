"""A Gmail mailbox: messages with labels, threads, drafts, and the history of what happened to them."""

import email.message
import email.utils
import itertools
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.gmail_server import mail
from tests.gmail_server.errors import ApiError, invalid, not_found

SYSTEM = (
    "CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM", "CATEGORY_FORUMS", "CATEGORY_UPDATES",
    "CATEGORY_PERSONAL", "CATEGORY_PROMOTIONS", "CATEGORY_SOCIAL", "STARRED", "UNREAD",
)  # fmt: skip
_RESERVED = {
    "inbox",
    "sent",
    "drafts",
    "draft",
    "spam",
    "trash",
    "starred",
    "important",
    "unread",
    "chat",
    "chats",
    "all mail",
}
FIRST_ID = 0x18C0_0000_0000_0000


@dataclass
class Label:
    id: str
    name: str
    type: str = "user"
    message_visibility: str = "show"
    list_visibility: str = "labelShow"


@dataclass
class Message:
    """`date` is internalDate in milliseconds. `marks` are IMAP flags that Gmail's API has no word for."""

    number: int
    raw: bytes
    labels: set[str]
    date: int
    thread: str
    history: int = 0
    marks: set[bytes] = field(default_factory=set)
    _parsed: email.message.Message | None = None

    @property
    def id(self) -> str:
        return f"{self.number:016x}"

    @property
    def parsed(self) -> email.message.Message:
        if self._parsed is None:
            self._parsed = mail.parsed(self.raw)
        return self._parsed

    @property
    def hidden(self) -> bool:
        """Whether a list leaves it out unless asked."""
        return bool({"SPAM", "TRASH"} & self.labels)


@dataclass(frozen=True)
class Record:
    """One step of the history: `kind` as the answer names it ("messagesAdded"); `labels` are those it had then."""

    id: int
    kind: str
    message: str
    thread: str
    labels: tuple[str, ...]
    changed: tuple[str, ...] = ()


class State:
    """All of one user's mail; every method may be called by any thread."""

    def __init__(self, address: str = "rep@zylker.example") -> None:
        self.address = address
        self.lock = threading.RLock()
        self.labels = {name: Label(name, name, "system", "hide", "labelHide") for name in SYSTEM}
        self.messages: dict[str, Message] = {}
        self.drafts: dict[str, str] = {}
        """Draft id → message id."""
        self.records: list[Record] = []
        self.history = 1000
        self.oldest = 1000
        """Below this no history is kept."""
        self.sent: list[bytes] = []
        """What was given away, in its order, however often."""
        self.changed = threading.Condition(self.lock)
        self._numbers = itertools.count(FIRST_ID + 1)
        self._label_numbers = itertools.count(1)
        self._draft_numbers = itertools.count(1)

    # --- labels

    def label(self, id: str) -> Label:
        if id not in self.labels:
            raise not_found()
        return self.labels[id]

    def label_named(self, name: str) -> Label | None:
        return next((label for label in self.labels.values() if label.name == name), None)

    def make_label(self, name: str, message_visibility: str = "show", list_visibility: str = "labelShow") -> Label:
        with self.lock:
            self.check_name(name)
            made = Label(f"Label_{next(self._label_numbers)}", name, "user", message_visibility, list_visibility)
            self.labels[made.id] = made
            return made

    def check_name(self, name: str, but: str = "") -> None:
        """Raises what the API says to a name that no label can have, or that another one has."""
        if not name.strip() or len(name) > 225 or name.casefold() in _RESERVED or re.search(r"[\0\r\n]", name):
            raise invalid("Invalid label name")
        if name.upper() in SYSTEM:
            raise invalid("Invalid label name")
        if any(label.name.casefold() == name.casefold() for label in self.labels.values() if label.id != but):
            raise ApiError(409, "aborted", "Label name exists or conflicts")

    def drop_label(self, id: str) -> None:
        with self.lock:
            if self.label(id).type == "system":
                raise invalid("Invalid delete request")
            for message in self.messages.values():
                if id in message.labels:
                    self.relabel(message, (), (id,))
            del self.labels[id]

    # --- messages

    def get(self, id: str) -> Message:
        if not re.fullmatch(r"[0-9a-f]{1,16}", id):
            raise invalid("Invalid id value")
        if id not in self.messages:
            raise not_found()
        return self.messages[id]

    def add(
        self, raw: bytes, labels: Iterable[str], date: int | None = None, thread: str = "", *, alone: bool = False
    ) -> Message:
        """File a message; `date` in milliseconds, None: now.

        Without `thread` it joins what its References name, unless it stands `alone`.
        """
        with self.lock:
            number = next(self._numbers)
            made = Message(number, raw, set(labels), int(time.time() * 1000) if date is None else date, "")
            made.thread = thread or ("" if alone else self._thread(made)) or made.id
            self.messages[made.id] = made
            self._happened("messagesAdded", made)
            return made

    def _thread(self, message: Message) -> str:
        """The thread of a message that this one answers, its subject being the same, as Gmail joins them."""
        named = set(re.findall(r"<[^>]+>", mail.field(message.parsed, "References")))
        named |= set(re.findall(r"<[^>]+>", mail.field(message.parsed, "In-Reply-To")))
        if not named:
            return ""
        subject = bare_subject(message.parsed)
        for other in self.messages.values():
            if mail.field(other.parsed, "Message-ID").strip() in named and bare_subject(other.parsed) == subject:
                return other.thread
        return ""

    def remove(self, message: Message) -> None:
        """Delete for good."""
        with self.lock:
            if self.messages.pop(message.id, None) is not None:
                self._happened("messagesDeleted", message)
                self.drafts = {draft: of for draft, of in self.drafts.items() if of != message.id}

    def relabel(self, message: Message, add: Iterable[str], remove: Iterable[str]) -> None:
        with self.lock:
            new = tuple(sorted(set(add) - message.labels))
            gone = tuple(sorted((set(remove) & message.labels) - set(add)))
            if gone:
                message.labels -= set(gone)
                self._happened("labelsRemoved", message, gone)
            if new:
                message.labels |= set(new)
                self._happened("labelsAdded", message, new)

    def trash(self, message: Message) -> None:
        self.relabel(message, ("TRASH",), ("INBOX", "SPAM"))

    def _happened(self, kind: str, message: Message, changed: tuple[str, ...] = ()) -> None:
        # Gmail's ids rise, and leave gaps.
        self.history += 7
        message.history = self.history
        self.records.append(
            Record(self.history, kind, message.id, message.thread, tuple(sorted(message.labels)), changed)
        )
        self.changed.notify_all()

    def expire_history(self) -> None:
        """Forget what happened: who asks from before now is told 404."""
        with self.lock:
            self.records.clear()
            self.history += 7
            self.oldest = self.history

    def since(self, start: int) -> list[Record]:
        with self.lock:
            if start < self.oldest:
                raise not_found()
            return [record for record in self.records if record.id > start]

    # --- drafts

    def draft(self, id: str) -> Message:
        if id not in self.drafts:
            raise not_found()
        return self.messages[self.drafts[id]]

    def make_draft(self, raw: bytes, thread: str = "") -> str:
        with self.lock:
            draft = f"r-{next(self._draft_numbers):019d}"
            self.drafts[draft] = self.add(raw, ("DRAFT",), thread=thread).id
            return draft

    def update_draft(self, id: str, raw: bytes, thread: str = "") -> None:
        """The message of a draft is another one after each change."""
        with self.lock:
            old = self.draft(id)
            new = self.add(raw, ("DRAFT",), thread=thread or old.thread)
            self.remove(old)
            self.drafts[id] = new.id

    # --- what is shown

    def ordered(self) -> list[Message]:
        """All messages, the newest first, as lists show them."""
        with self.lock:
            return sorted(self.messages.values(), key=lambda message: (message.date, message.number), reverse=True)


def bare_subject(message: email.message.Message) -> str:
    return re.sub(r"^(?:(?:re|fwd?|aw)\s*:\s*)+", "", mail.field(message, "Subject").strip(), flags=re.IGNORECASE)


def date_header(raw: bytes) -> int | None:
    """The Date field in milliseconds; None where it says nothing."""
    told = mail.parsed(raw)["Date"]
    try:
        return int(email.utils.parsedate_to_datetime(told).timestamp() * 1000) if told else None
    except ValueError:
        return None
