"""Folders as an IMAP server lists them: names out of modified UTF-7, roles by use or by name. No I/O."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from imapclient import imap_utf7

from salesinbox.model.mail import ALL, ARCHIVE, DRAFTS, INBOX, SENT, SPAM, TRASH
from salesinbox.model.remote import RemoteFolder
from salesinbox.providers.imap.wire import Answer, values

_BY_ATTRIBUTE = {
    b"\\SENT": SENT,
    b"\\DRAFTS": DRAFTS,
    b"\\TRASH": TRASH,
    b"\\JUNK": SPAM,
    b"\\ARCHIVE": ARCHIVE,
    b"\\ALL": ALL,
}
"""RFC 6154 §2."""

_BY_NAME = {
    SENT: "sent|sent items|sent mail|sent messages|sent-mail|送信済み|送信済みアイテム|送信済みメール"
    "|送信済メール|送信済みトレイ|送信済",
    DRAFTS: "drafts|draft|下書き|下書きトレイ|草稿",
    TRASH: "trash|deleted items|deleted messages|deleted|bin|ゴミ箱|ごみ箱|削除済みアイテム|削除済み",
    SPAM: "junk|spam|junk e-mail|junk email|junk mail|bulk mail|迷惑メール|迷惑メールフォルダ|スパム",
    ARCHIVE: "archive|archives|アーカイブ|保管|保管済み",
}
"""What mail programs call their folders, the likeliest first."""

_UNSELECTABLE = (b"\\NOSELECT", b"\\NONEXISTENT")
_ROOTS = ("inbox", "[gmail]", "[google mail]")


@dataclass(frozen=True, slots=True)
class Listed:
    """One LIST answer: the name as the server writes it, as it is read, and its attributes in upper case."""

    raw: bytes
    name: str
    delimiter: str
    attributes: frozenset[bytes]

    @property
    def selectable(self) -> bool:
        return not self.attributes.intersection(_UNSELECTABLE)


def listed(answer: Answer) -> Listed | None:
    """A LIST answer, or None for an answer of another kind and for a name that no command could carry.

    Raises NonsenseError.
    """
    if answer[0][:7].upper() != b"* LIST ":
        return None
    match values(answer):
        case [_, _, list(attributes), bytes() | None as delimiter, bytes(raw), *_] if raw and b"\0" not in raw:
            upper = frozenset(word.upper() for word in attributes if isinstance(word, bytes))
            return Listed(raw, decoded(raw), (delimiter or b"").decode("ascii", "replace"), upper)
        case _:
            return None


def decoded(raw: bytes) -> str:
    """A folder's name as text. What is not proper modified UTF-7 is taken as it is: UTF-8, else Latin-1."""
    try:
        name: str = imap_utf7.decode(raw)
        if imap_utf7.encode(name) == raw:
            return name
    except UnicodeError:
        pass
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def encoded(name: str) -> bytes:
    """A folder's name as the server writes it (RFC 3501 §5.1.3)."""
    raw: bytes = imap_utf7.encode(name)
    return raw


def distinct(found: Iterable[Listed]) -> list[Listed]:
    """Each folder once, and each with a name of its own: of two that read alike one keeps the server's writing."""
    folders: dict[str, Listed] = {}
    for folder in found:
        other = folders.get(folder.name)
        if other is None:
            folders[folder.name] = folder
        elif other.raw != folder.raw:
            if folder.raw.decode("latin-1") == folder.name:
                folders[folder.name], folder = folder, other  # noqa: PLW2901 - its name has no other writing
            written = folder.raw.decode("latin-1")
            folders.setdefault(written, replace(folder, name=written))
    return list(folders.values())


def with_roles(folders: Sequence[Listed]) -> list[RemoteFolder]:
    """Folders with their roles, INBOX first, then as listed. A role is given once; use goes before names."""
    roles: dict[str, str] = {}
    taken: set[str] = set()
    for folder in folders:
        if folder.name.upper() == "INBOX":
            roles[folder.name] = INBOX
            continue
        for attribute, role in _BY_ATTRIBUTE.items():
            if attribute in folder.attributes and role not in taken:
                roles[folder.name] = role
                taken.add(role)
                break
    for role, names in _BY_NAME.items():
        if role in taken:
            continue
        order = {name: place for place, name in enumerate(names.split("|"))}
        likely = [
            (order[plain], place, folder.name)
            for place, folder in enumerate(folders)
            if folder.selectable and folder.name not in roles and (plain := _plain(folder)) in order
        ]
        if likely:
            roles[min(likely)[2]] = role
    made = [
        RemoteFolder(folder.name, folder.delimiter, roles.get(folder.name, ""), folder.selectable) for folder in folders
    ]
    return sorted(made, key=lambda folder: folder.role != INBOX)


def _plain(folder: Listed) -> str:
    """The name to compare: without case, width, and the one level that some servers put above all."""
    name = unicodedata.normalize("NFKC", folder.name).casefold()
    if folder.delimiter:
        root, found, rest = name.partition(folder.delimiter.casefold())
        if found and root in _ROOTS:
            return rest
    return name
