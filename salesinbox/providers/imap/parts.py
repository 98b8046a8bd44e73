"""Large messages without their attachments: which parts to fetch, and a small message made of them. No I/O.

The small message keeps the header and the nesting of the large one; parts that stay on the server are listed.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from salesinbox.formats.headers import parameters
from salesinbox.model.mail import Attachment

PART_LIMIT = 1024 * 1024
"""Octets of one text part that are fetched; what is longer is cut at a line."""

_READ = ("text", "message/delivery-status", "message/disposition-notification")
_MOST_PARTS = 500
_CONTENT_FIELD = re.compile(
    rb"^(?:content-type|content-transfer-encoding|content-disposition|content-md5|mime-version):"
    rb".*?\r?\n(?![ \t])",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_CHARSET = re.compile(r"[A-Za-z0-9_.:+-]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """A node of a BODYSTRUCTURE. `section` is its IMAP number, "" for a multipart at the top."""

    section: str
    type: str
    parameters: Mapping[str, str]
    encoding: str = ""
    size: int = 0
    disposition: str = ""
    name: str = ""
    content_id: str = ""
    children: list["Part"] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        """True for what is fetched: text that is not attached, and what bounces say to machines."""
        kind = self.type if self.type in _READ else self.type.partition("/")[0]
        return kind in _READ and self.disposition != "attachment"

    def leaves(self) -> Iterator["Part"]:
        if self.type.startswith("multipart/"):
            for child in self.children:
                yield from child.leaves()
        else:
            yield self


def structure(value: object) -> Part | None:
    """A BODYSTRUCTURE that was taken apart (RFC 9051 §7.5.2), or None where it cannot be understood."""
    try:
        return _part(value, "", _Count())
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part to fetch. The MIME header of a message's only part is the message's own: `alone`."""

    section: str
    alone: bool

    @property
    def items(self) -> bytes:
        """What to ask for."""
        section = self.section.encode()
        content = b"BODY.PEEK[%s]<0.%d>" % (section, PART_LIMIT)
        return content if self.alone else b"BODY.PEEK[%s.MIME] %s" % (section, content)

    def content(self, items: Mapping[bytes, object]) -> tuple[bytes, bytes] | None:
        """(MIME header, content) out of what was answered, or None where the content is missing."""
        section = self.section.encode()
        # A server that does not know partial fetches gives all of it.
        octets = items.get(b"BODY[%s]<0>" % section, items.get(b"BODY[%s]" % section))
        mime = items.get(b"BODY[%s.MIME]" % section)
        if not isinstance(octets, bytes):
            return None
        return (mime if isinstance(mime, bytes) else b"", whole_lines(octets))


def wanted(root: Part) -> list[Wanted]:
    """The parts to fetch."""
    return [Wanted(part.section, alone=part is root) for part in root.leaves() if part.readable]


def left_out(root: Part) -> tuple[Attachment, ...]:
    """The parts that stay on the server; sizes are octets as they are there."""
    return tuple(
        Attachment(
            name=part.name,
            type=part.type,
            size=part.size,
            part=part.section,
            inline=part.disposition == "inline" or (not part.disposition and bool(part.content_id)),
        )
        for part in root.leaves()
        if not part.readable
    )


def rebuilt(root: Part, header: bytes, fetched: Mapping[str, tuple[bytes, bytes]]) -> bytes:
    """A message from its header and from (MIME header, content) by section.

    Parts that are not in `fetched` are left away; a message of which nothing is left has an empty text.
    """
    header = header.rstrip(b"\r\n") + b"\r\n"
    if not root.type.startswith("multipart/"):
        if root.section in fetched:
            return header + b"\r\n" + fetched[root.section][1]
        return _own_fields(header) + b"Content-Type: text/plain\r\n\r\n"
    body = _multipart(root, fetched)
    return _own_fields(header) + b"MIME-Version: 1.0\r\n" + body


def whole_lines(octets: bytes, limit: int = PART_LIMIT) -> bytes:
    """`octets`; where they reach `limit`, so that the rest was not fetched, up to the last line's end."""
    if len(octets) < limit:
        return octets
    end = octets.rfind(b"\n")
    return octets[: end + 1] if end > 0 else octets


class _Count:
    """Counts parts, so that a hostile structure ends in time."""

    def __init__(self) -> None:
        self.left = _MOST_PARTS

    def one(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ValueError("more parts than any real message has")


def _part(value: Any, section: str, count: _Count) -> Part:
    count.one()
    if isinstance(value[0], list):
        return _multi(value, section, count)
    kind = f"{_word(value[0])}/{_word(value[1])}".lower()
    fields = _pairs(value[2])
    size = int(value[6]) if value[6] is not None else 0
    # Type-specific fields stand between the size and the extension data.
    extra = 7 + (3 if kind == "message/rfc822" else 1 if kind.startswith("text/") else 0)
    disposition, of_disposition = _disposition(value[extra + 1] if len(value) > extra + 1 else None)
    return Part(
        section=section or "1",
        type=kind,
        parameters=fields,
        encoding=_word(value[5]).lower(),
        size=size,
        disposition=disposition,
        name=of_disposition.get("filename") or fields.get("name", ""),
        content_id=_word(value[3]),
    )


def _multi(value: Any, section: str, count: _Count) -> Part:
    children = []
    place = 0
    while place < len(value) and isinstance(value[place], list):
        inner = f"{section}.{place + 1}" if section else str(place + 1)
        children.append(_part(value[place], inner, count))
        place += 1
    fields = _pairs(value[place + 1]) if len(value) > place + 1 else {}
    return Part(section, f"multipart/{_word(value[place]).lower()}", fields, children=children)


def _word(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _pairs(value: Any) -> Mapping[str, str]:
    """Parameters by name, decoded by the same rules as those in a header."""
    if not isinstance(value, list):
        return {}
    words = [word.replace(b"\\", b"\\\\").replace(b'"', b'\\"') for word in value if isinstance(word, bytes)]
    written = b"".join(b'; %s="%s"' % pair for pair in zip(words[::2], words[1::2], strict=False))
    return parameters(b"x" + written)[1]


def _disposition(value: Any) -> tuple[str, Mapping[str, str]]:
    if isinstance(value, bytes):
        # pymap gives the header field's value as one string.
        return parameters(value)
    if not isinstance(value, list) or not value:
        return "", {}
    return _word(value[0]).lower(), _pairs(value[1]) if len(value) > 1 else {}


def _own_fields(header: bytes) -> bytes:
    """The header without the fields that describe the old content."""
    return _CONTENT_FIELD.sub(b"", header)


def _multipart(part: Part, fetched: Mapping[str, tuple[bytes, bytes]]) -> bytes:
    """Header fields and content of a multipart of what was fetched."""
    pieces = []
    for child in part.children:
        if child.type.startswith("multipart/"):
            pieces.append(_multipart(child, fetched))
        elif child.section in fetched:
            mime, content = fetched[child.section]
            pieces.append(mime.strip(b"\r\n") + b"\r\n\r\n" + content)
    boundary = b"part-" + hashlib.sha256(b"\0".join(pieces) + part.section.encode()).hexdigest()[:40].encode()
    kind = part.type if re.fullmatch(r"multipart/[a-z0-9.+-]{1,40}", part.type) else "multipart/mixed"
    head = b"Content-Type: " + kind.encode()
    report = part.parameters.get("report-type", "")
    if _CHARSET.match(report):
        head += b"; report-type=" + report.encode()
    head += b'; boundary="' + boundary + b'"\r\n\r\n'
    body = b"".join(b"--" + boundary + b"\r\n" + piece + b"\r\n" for piece in pieces)
    return head + body + b"--" + boundary + b"--\r\n"
