"""Messages as the Gmail API tells them, as octets: their header fields, and their text parts without attachments.

Gmail gives header fields unfolded and their encoded words read, and text as UTF-8, or both as they stand in the
message: the documentation does not say, so both are understood. The same answer always gives the same octets. No I/O.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from salesinbox.formats import headers
from salesinbox.formats.message import HEADER_FIELDS
from salesinbox.model.remote import RemoteBody
from salesinbox.providers.imap import parts
from salesinbox.providers.imap.parts import Part

Told = Mapping[str, Any]
"""A Message, or a MessagePart, of the API."""

_MOST_PARTS, _DEEPEST = 500, 50
_WANTED = frozenset(name.lower() for name in HEADER_FIELDS)
_NAME = re.compile(r"[!-9;-~]{1,200}\Z")
"""RFC 5322 §2.2."""
_CONTROL = re.compile(r"[\0-\x08\x0a-\x1f\x7f]+")
_TOKEN = re.compile(r"[A-Za-z0-9_.+-]{1,60}\Z")
_KEPT_PARAMETERS = ("format", "delsp", "method")
_SWITCHING = re.compile(r"iso-?2022|hz|utf-?7", re.IGNORECASE)
"""Charsets whose text is ASCII octets."""


def fields(payload: Told) -> list[tuple[str, str]]:
    """Header fields in their order."""
    found = payload.get("headers")
    return [
        (str(one["name"]), str(one.get("value", "")))
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict) and "name" in one
    ]


def first(payload: Told, name: str) -> bytes:
    """The value of the first field of this name, as a header has it; b"" where there is none."""
    return next((_value(value) for known, value in fields(payload) if known.lower() == name.lower()), b"")


def written(told: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> bytes:
    """Fields as a header has them, each on one line: no value can begin another field."""
    return b"".join(name.encode("ascii") + b": " + _value(value) + b"\r\n" for name, value in told if _NAME.match(name))


def header(message: Told) -> bytes:
    """The fields that `formats.message.envelope` reads, as IMAP servers give them."""
    told = [field for field in fields(payload_of(message)) if field[0].lower() in _WANTED]
    return written(told) + b"\r\n"


def payload_of(message: Told) -> Told:
    found = message.get("payload")
    return found if isinstance(found, dict) else {}


def raw_of(message: Told) -> bytes | None:
    """The whole message of an answer in the format "raw"."""
    return decoded(message["raw"]) if isinstance(message.get("raw"), str) else None


def decoded(text: object) -> bytes:
    """What base64url stands for, with or without padding (RFC 4648 §5); what is none is passed over."""
    letters = str(text).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(letters + "=" * (-len(letters) % 4))
    except (binascii.Error, ValueError):
        return b""


# --- parts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts. `told` is the API's MessagePart."""

    part: Part
    told: Told

    @property
    def attachment(self) -> str:
        """The id by which its content is had; "" where it came along, or is empty."""
        return str(_body(self.told).get("attachmentId", ""))

    @property
    def content(self) -> bytes:
        """What came along."""
        return decoded(_body(self.told).get("data", ""))


@dataclass(frozen=True, slots=True)
class Tree:
    """A message's parts, numbered as IMAP numbers them (RFC 9051 §6.4.5.1). `leaves` by those numbers."""

    root: Part
    leaves: Mapping[str, Leaf]

    @property
    def is_plain(self) -> bool:
        """Whether all that is read is text. Reports of mail servers come only with the message as it is."""
        nodes = [self.root]
        while nodes:
            node = nodes.pop()
            if node.type.startswith("multipart/") and not node.children:
                return False
            nodes += node.children
        return all(leaf.part.type.startswith("text/") for leaf in self.read)

    @property
    def read(self) -> list[Leaf]:
        return [leaf for leaf in self.leaves.values() if leaf.part.readable]


def tree(message: Told) -> Tree:
    leaves: dict[str, Leaf] = {}
    left = [_MOST_PARTS]
    root = _node(payload_of(message), "", 0, leaves, left)
    return Tree(root, leaves)


def _node(told: Told, section: str, depth: int, leaves: dict[str, Leaf], left: list[int]) -> Part:
    left[0] -= 1
    kind = str(told.get("mimeType", "") or "text/plain").lower()
    content = headers.parameters(first(told, "Content-Type"))[1]
    if kind.startswith("multipart/"):
        made = Part(section, kind, content)
        below = told.get("parts")
        for number, child in enumerate(below if isinstance(below, list) else (), 1):
            if left[0] <= 0 or depth >= _DEEPEST or not isinstance(child, dict):
                break
            inner = f"{section}.{number}" if section else str(number)
            made.children.append(_node(child, inner, depth + 1, leaves, left))
        return made
    disposition, of_disposition = headers.parameters(first(told, "Content-Disposition"))
    size = _body(told).get("size", 0)
    made = Part(
        section or "1",
        kind,
        content,
        size=size if isinstance(size, int) else 0,
        disposition=disposition,
        name=of_disposition.get("filename") or content.get("name") or str(told.get("filename", "")),
        content_id=first(told, "Content-ID").decode("utf-8", "replace"),
    )
    leaves[made.section] = Leaf(made, told)
    return made


def body(message: Told, uid: int, found: Tree, fetch: Callable[[Leaf], bytes | None]) -> RemoteBody | None:
    """A small message of the text parts; attachments are told as left out.

    `fetch` gives the content of a text that did not come along, or None, with which nothing is made.
    """
    fetched: dict[str, tuple[bytes, bytes]] = {}
    for leaf in found.read:
        content = fetch(leaf) if leaf.attachment else leaf.content
        if content is None:
            return None
        content = parts.whole_lines(content[: parts.PART_LIMIT])
        fetched[leaf.part.section] = (_described(leaf, content), content)
    told = fields(payload_of(message))
    if found.root.type.startswith("multipart/"):
        return RemoteBody(uid, parts.rebuilt(found.root, written(told), fetched), parts.left_out(found.root))
    head = written([(name, value) for name, value in told if not _describes(name)])
    mime, content = fetched.get("1", (b"Content-Type: text/plain\r\n", b""))
    return RemoteBody(uid, head + b"MIME-Version: 1.0\r\n" + mime + b"\r\n" + content, parts.left_out(found.root))


def _describes(name: str) -> bool:
    low = name.lower()
    return low.startswith("content-") or low == "mime-version"


def _described(leaf: Leaf, content: bytes) -> bytes:
    """The header of a part whose content has no transfer encoding any more, and perhaps another charset."""
    part = leaf.part
    kind = part.type if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", part.type) else "text/plain"
    line = f"Content-Type: {kind}"
    if charset := charset_of(content, part.parameters.get("charset", "")):
        line += f"; charset={charset}"
    for name in _KEPT_PARAMETERS:
        value = part.parameters.get(name, "")
        if _TOKEN.match(value):
            line += f"; {name}={value}"
    made = line.encode("ascii") + b"\r\nContent-Transfer-Encoding: 8bit\r\n"
    if part.disposition and _TOKEN.match(part.disposition):
        made += b"Content-Disposition: " + part.disposition.encode("ascii")
        if part.name:
            quoted = _value(part.name).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            made += b'; filename="' + quoted + b'"'
        made += b"\r\n"
    return made


def charset_of(content: bytes, declared: str) -> str:
    """The charset of a text that was declared in one and may have been brought to UTF-8 since; "" where unknown."""
    declared = declared if _TOKEN.match(declared) else ""
    if _SWITCHING.match(declared) and content.isascii():
        # Its own octets are ASCII, too: only what switches between character sets tells that it is still as it was.
        return declared if any(mark in content for mark in (b"\x1b", b"~{", b"+")) else "us-ascii"
    if declared.lower().startswith(("utf-16", "utf-32", "utf16", "utf32", "ucs")) and b"\0" in content:
        return declared
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return declared
    return "utf-8"


def _value(value: str) -> bytes:
    return _CONTROL.sub(" ", value).strip().encode("utf-8", "replace")


def _body(told: Told) -> Told:
    found = told.get("body")
    return found if isinstance(found, dict) else {}
