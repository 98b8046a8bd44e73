"""A Gmail account as the tests of every kind of server want it, and another client of it that speaks as imapclient does."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from imapclient.exceptions import IMAPClientError

from salesinbox.model.settings import Account, Gmail
from tests.gmail_server.server import GmailServer
from tests.gmail_server.state import Message

FOLDERS = {"INBOX": "INBOX", "Sent": "SENT", "Drafts": "DRAFT", "Spam": "SPAM", "Trash": "TRASH"}
ARCHIVE = "Archive"
"""What lies in no folder of Gmail's own; there is no label for it."""
_NOT_ARCHIVED = {"INBOX", "SENT", "DRAFT", "SPAM", "TRASH", "CHAT"}
_MARKS = {"R": b"\\Answered", "T": b"\\Deleted"}


@dataclass(frozen=True)
class GmailBox:
    """One user's mail, and everything that a test does to it from outside; shaped like `tests.servers.Mailbox`."""

    server: GmailServer
    user: str = "rep"
    kind: str = "gmail"

    @property
    def host(self) -> str:
        return self.server.host

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def password(self) -> str:
        return self.server.token

    def account(self, name: str = "work", *, port: int = 0, **changes: Any) -> Account:
        settings: dict[str, Any] = {
            "endpoint": f"http://{self.host}:{port or self.port}",
            "units_per_minute": 1_000_000_000,
            **changes,
        }
        return Account(name, self.server.state.address, "gmail", gmail=Gmail(**settings))

    def client(self) -> "Client":
        return Client(self.server)

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> Message:
        """A message arrives. `flags` are Maildir letters: S seen, R answered, F flagged, D draft, T deleted."""
        seen, flagged = "S" in flags, "F" in flags
        return self.client().file(folder, raw, {_MARKS[letter] for letter in flags if letter in _MARKS}, seen, flagged)


class Client:
    """What tests use of imapclient, on a Gmail's state: UIDs are message ids, folders are labels."""

    def __init__(self, server: GmailServer) -> None:
        self._state = server.state
        self._folder = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    # --- folders

    def _label(self, folder: str) -> str:
        """The id of a folder's label, "" for the archive."""
        if folder == ARCHIVE:
            return ""
        if folder in FOLDERS:
            return FOLDERS[folder]
        label = self._state.label_named(folder)
        if label is None or label.type == "system":
            raise IMAPClientError(f"[NONEXISTENT] Unknown Mailbox: {folder}")
        return label.id

    def _in(self, folder: str) -> list[Message]:
        label = self._label(folder)
        return sorted(
            (
                message
                for message in self._state.messages.values()
                if (label in message.labels if label else not _NOT_ARCHIVED & message.labels)
                and (not message.hidden or label in ("SPAM", "TRASH"))
            ),
            key=lambda message: message.number,
        )

    def create_folder(self, name: str) -> None:
        if name == ARCHIVE or name in FOLDERS:
            return
        self._state.make_label(name)

    def delete_folder(self, name: str) -> None:
        self._state.drop_label(self._label(name))

    def folder_exists(self, name: str) -> bool:
        return any(name == found for _flags, _delimiter, found in self.list_folders())

    def list_folders(self) -> list[tuple[tuple[bytes, ...], bytes, str]]:
        users = [label.name for label in self._state.labels.values() if label.type == "user"]
        return [((), b"/", name) for name in [*FOLDERS, ARCHIVE, *users]]

    list_sub_folders = list_folders

    def select_folder(self, name: str, readonly: bool = False) -> dict[bytes, int]:
        self._folder = name
        return {b"EXISTS": len(self._in(name))}

    # --- messages

    def _named(self, uids: Iterable[int] | int) -> list[Message]:
        wanted = {uids} if isinstance(uids, int) else set(uids)
        return [message for message in self._in(self._folder) if message.number in wanted]

    def append(
        self, folder: str, raw: bytes | str, flags: Sequence[Any] = (), msg_time: datetime | None = None
    ) -> None:
        told = {flag if isinstance(flag, bytes) else flag.encode() for flag in flags}
        octets = raw if isinstance(raw, bytes) else raw.encode()
        marks = told - {b"\\Seen", b"\\Flagged", b"\\Draft"}
        self.file(folder, octets, marks, b"\\Seen" in told, b"\\Flagged" in told, msg_time)

    def file(self, folder: str, raw: bytes, marks: set[bytes], seen: bool, flagged: bool,
             at: datetime | None = None) -> Message:  # fmt: skip
        label = self._label(folder)
        labels = {
            name for name, wanted in ((label, True), ("UNREAD", not seen), ("STARRED", flagged)) if wanted and name
        }
        date = None if at is None else int(at.timestamp() * 1000)
        if label == "DRAFT":
            return self._state.draft(self._state.make_draft(raw))
        made = self._state.add(raw, labels, date)
        made.marks = marks
        return made

    def search(self, criteria: Any = "ALL", charset: str | None = None) -> list[int]:
        messages = self._in(self._folder)
        if criteria not in ("ALL", ["ALL"]):
            wanted = [criteria] if isinstance(criteria, str) else list(criteria)
            for word in wanted:
                if word == "UNSEEN":
                    messages = [message for message in messages if "UNREAD" in message.labels]
                else:
                    raise NotImplementedError(criteria)
        return [message.number for message in messages]

    def flags_of(self, message: Message) -> tuple[bytes, ...]:
        """Gmail's own, what only IMAP knows, and user labels as sync spells them out for keywords."""
        told = set(message.marks)
        told |= {
            flag
            for flag, shown in (
                (b"\\Seen", "UNREAD" not in message.labels),
                (b"\\Flagged", "STARRED" in message.labels),
                (b"\\Draft", "DRAFT" in message.labels),
            )
            if shown
        }
        return tuple(sorted(told))

    def get_flags(self, uids: Sequence[int] | int) -> dict[int, tuple[bytes, ...]]:
        return {message.number: self.flags_of(message) for message in self._named(uids)}

    def fetch(self, uids: Sequence[int] | int, items: Sequence[Any]) -> dict[int, dict[bytes, Any]]:
        found = {}
        for message in self._named(uids):
            told: dict[bytes, Any] = {b"SEQ": 1}
            for item in items:
                name = (item if isinstance(item, str) else item.decode()).upper()
                told[name.replace(".PEEK", "").encode()] = self._item(message, name)
            found[message.number] = told
        return found

    def _item(self, message: Message, name: str) -> Any:
        head, gap, _body = message.raw.partition(b"\r\n\r\n")
        if name == "FLAGS":
            return self.flags_of(message)
        if name == "INTERNALDATE":
            return datetime.fromtimestamp(message.date / 1000, UTC)
        if name == "RFC822.SIZE":
            return len(message.raw)
        if name in ("BODY.PEEK[]", "BODY[]", "RFC822"):
            return message.raw
        if name in ("BODY.PEEK[HEADER]", "BODY[HEADER]"):
            return head + gap
        if name in ("BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]", "BODY[HEADER.FIELDS (MESSAGE-ID)]"):
            told = message.parsed["Message-ID"]
            return f"Message-ID: {told}\r\n\r\n".encode() if told else b"\r\n"
        raise NotImplementedError(name)

    # --- writing

    def _set(self, uids: Sequence[int] | int, flags: Sequence[bytes | str] | bytes, *, on: bool) -> None:
        listed = [flags] if isinstance(flags, bytes) else [
            flag if isinstance(flag, bytes) else flag.encode() for flag in flags
        ]  # fmt: skip
        labels: Mapping[bytes, tuple[str, bool]] = {b"\\Seen": ("UNREAD", False), b"\\Flagged": ("STARRED", True)}
        for message in self._named(uids):
            for flag in listed:
                if flag in labels:
                    label, shown = labels[flag]
                    add = on == shown
                    self._state.relabel(message, (label,) if add else (), () if add else (label,))
                elif on:
                    message.marks.add(flag)
                else:
                    message.marks.discard(flag)

    def add_flags(self, uids: Sequence[int] | int, flags: Any, silent: bool = False) -> None:
        self._set(uids, flags, on=True)

    def remove_flags(self, uids: Sequence[int] | int, flags: Any, silent: bool = False) -> None:
        self._set(uids, flags, on=False)

    def set_flags(self, uids: Sequence[int] | int, flags: Any, silent: bool = False) -> None:
        self._set(uids, [b"\\Seen", b"\\Flagged", b"\\Answered", b"\\Deleted"], on=False)
        self._set(uids, flags, on=True)

    def delete_messages(self, uids: Sequence[int] | int, silent: bool = False) -> None:
        self._set(uids, [b"\\Deleted"], on=True)

    def expunge(self, uids: Sequence[int] | None = None) -> None:
        """For good, whatever other labels they have."""
        for message in self._in(self._folder):
            if b"\\Deleted" in message.marks and (uids is None or message.number in uids):
                self._state.remove(message)

    uid_expunge = expunge

    def copy(self, uids: Sequence[int] | int, folder: str) -> None:
        label = self._label(folder)
        for message in self._named(uids):
            self._state.relabel(message, (label,) if label else (), ())

    def move(self, uids: Sequence[int] | int, folder: str) -> None:
        target, source = self._label(folder), self._label(self._folder)
        for message in self._named(uids):
            gone = {source} if source else set()
            if not target:
                gone |= _NOT_ARCHIVED
            self._state.relabel(message, (target,) if target else (), gone - {target})

    # --- waiting, which nothing here needs

    def noop(self) -> None:
        pass

    def logout(self) -> None:
        pass

    def idle_check(self, timeout: float = 0) -> list[Any]:
        history = self._state.history
        end = time.monotonic() + timeout
        while self._state.history == history and time.monotonic() < end:
            time.sleep(0.01)
        return []
