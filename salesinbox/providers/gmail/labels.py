"""Gmail's labels as folders, and as the flags and keywords of messages. No I/O.

A message lies in the folder of each of its labels. What is in trash or spam is seen nowhere else, whatever its labels.
What has none of Gmail's own places is archived; there is no label for that.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from imapclient import imap_utf7

from salesinbox.model.mail import ARCHIVE, DRAFTS, INBOX, SENT, SPAM, TRASH, Flag, FlagState
from salesinbox.model.remote import RemoteFolder

SYSTEM = {
    "INBOX": ("INBOX", INBOX),
    "SENT": ("Sent", SENT),
    "DRAFT": ("Drafts", DRAFTS),
    "SPAM": ("Spam", SPAM),
    "TRASH": ("Trash", TRASH),
}
"""Label → (folder, role)."""
ARCHIVED = "Archive"
PLACES = frozenset({*SYSTEM, "CHAT"})
"""What has none of these is archived."""
ARCHIVE_QUERY = "-in:inbox -in:sent -in:drafts -in:spam -in:trash -in:chats"
HIDING = frozenset({"SPAM", "TRASH"})
FIXED = frozenset({"SENT", "DRAFT"})
"""Labels that only Gmail itself sets and takes away."""
UNREAD, STARRED, DRAFT = "UNREAD", "STARRED", "DRAFT"
DELIMITER = "/"

_WELL_KNOWN = {
    "$label1": "Important mail",
    "$label2": "Work",
    "$label3": "Personal",
    "$label4": "To Do",
    "$label5": "Later",
}
"""Labels that the program writes as Thunderbird does; "Important" alone is a name that Gmail keeps for itself."""


@dataclass(frozen=True, slots=True)
class Folder:
    """`label` is a label's id, "" for the archive; `validity` another number for each label that is made."""

    name: str
    role: str
    label: str
    validity: int = 1

    def holds(self, labels: Collection[str]) -> bool:
        """Whether a message with these labels is seen in this folder."""
        if not self.label:
            return PLACES.isdisjoint(labels)
        return self.label in labels and (self.label in HIDING or HIDING.isdisjoint(labels))

    @property
    def deciding(self) -> frozenset[str]:
        """The labels that decide whether a message is seen here."""
        return HIDING | {self.label} if self.label else PLACES


class Labels:
    """All labels of an account, as `labels.list` told them."""

    def __init__(self, told: Sequence[Mapping[str, object]] = ()) -> None:
        self.folders: dict[str, Folder] = {}
        for label, (name, role) in SYSTEM.items():
            self.folders[name] = Folder(name, role, label)
        self.folders[ARCHIVED] = Folder(ARCHIVED, ARCHIVE, "")
        self._keywords: dict[str, str] = {}
        users = [
            (str(one.get("name", "")), str(one.get("id", "")))
            for one in told
            if str(one.get("type", "user")).lower() == "user"
        ]
        for name, label in sorted(users):
            if not name or not label:
                continue
            self.folders[self._free(name)] = Folder(self._free(name), "", label, zlib.crc32(label.encode()) or 1)
            self._keywords[label] = keyword(name)
        self.by_label = {folder.label: folder for folder in self.folders.values()}

    def _free(self, name: str) -> str:
        """The name of a label's folder, which a label called "Archive" cannot have."""
        while name in self.folders:
            name += " (Gmail)"
        return name

    @property
    def users(self) -> Collection[str]:
        """Ids of the labels that the rep made."""
        return self._keywords.keys()

    def listed(self) -> list[RemoteFolder]:
        """As folders, INBOX first."""
        return [RemoteFolder(folder.name, DELIMITER, folder.role) for folder in self.folders.values()]

    def known(self, labels: Collection[str]) -> bool:
        """False where a label was made since these were told."""
        return all(label in self._keywords or not label.startswith("Label_") for label in labels)

    def with_keyword(self, word: str) -> str:
        """The id of the label that a keyword stands for; "" where there is none yet."""
        same = [label for label, known in self._keywords.items() if known.lower() == word.lower()]
        exact = [label for label in same if self._keywords[label] == word]
        return (exact or same or [""])[0]

    def names(self, labels: Collection[str]) -> tuple[str, ...]:
        """The labels that the rep made among these, by name."""
        return tuple(sorted(self.by_label[label].name for label in labels if label in self._keywords))

    def state(self, labels: Collection[str]) -> FlagState:
        """Labels as flags and keywords, the same in whichever folder the message is looked at."""
        flags = Flag.NONE if UNREAD in labels else Flag.SEEN
        if STARRED in labels:
            flags |= Flag.FLAGGED
        if DRAFT in labels:
            flags |= Flag.DRAFT
        words = {self._keywords[label] for label in labels if label in self._keywords}
        return FlagState(flags, " ".join(sorted(words)))


def keyword(name: str) -> str:
    """A label's name as an IMAP keyword, written as the program writes those of its own (RFC 9051 §2.3.2)."""
    for word, known in _WELL_KNOWN.items():
        if name.lower() == known.lower():
            return word
    encoded: bytes = imap_utf7.encode("_".join(name.split()))
    return encoded.decode("ascii", "replace")


def name_of(word: str) -> str:
    """The name of the label that a keyword wants; "" for keywords that are programs' own business."""
    if word.lower() in _WELL_KNOWN:
        return _WELL_KNOWN[word.lower()]
    if word.startswith("$") or word.lower() in ("junk", "nonjunk", "notjunk"):
        return ""
    try:
        decoded: str = imap_utf7.decode(word.encode("ascii", "replace"))
    except (ValueError, UnicodeError, IndexError):
        decoded = word
    return decoded.replace("_", " ").strip()
