"""Large messages without their attachments: which parts to fetch, and a small message made of them. No I/O.

The small message keeps the header and the nesting of the large one; parts that stay on the server are listed.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from salesinbox.model.mail import Attachment
from salesinbox.model.text import safe

PART_LIMIT = 1024 * 1024
"""Octets of one text part that are fetched; what is longer is cut at a line."""

_READ = ("text", "message/delivery-status", "message/disposition-notification")
_MOST_PARTS = 500
_CONTENT_FIELD = re.compile(
    rb"^(?:content-type|content-transfer-encoding|content-disposition|content-md5|mime-version):.*?\r?\n(?![ \t])",
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


def fetch_items(root: Part) -> list[tuple[Part, bytes, bytes]]:
    """What to fetch: (part, section of its MIME header or b"", section of its content)."""
    items = []
    for part in root.leaves():
        if part.readable:
            section = part.section.encode()
            # The content of a message that is one part is TEXT or 1; its MIME header is the message's own.
            items.append((part, b"" if root is part else section + b".MIME", section))
    return items


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
    """`octets`, and if they reach `limit` (so that the rest was not fetched) only up to the last line's end."""
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
    parameters = _pairs(value[2])
    size = int(value[6]) if value[6] is not None else 0
    # Type-specific fields stand between the size and the extension data.
    extra = 7 + (3 if kind == "message/rfc822" else 1 if kind.startswith("text/") else 0)
    disposition, of_disposition = _disposition(value[extra + 1] if len(value) > extra + 1 else None)
    return Part(
        section=section or "1",
        type=kind,
        parameters=parameters,
        encoding=_word(value[5]).lower(),
        size=size,
        disposition=disposition,
        name=_name(of_disposition, "filename") or _name(parameters, "name"),
        content_id=_word(value[3]),
    )


def _multi(value: Any, section: str, count: _Count) -> Part:
    children = []
    place = 0
    while place < len(value) and isinstance(value[place], list):
        inner = f"{section}.{place + 1}" if section else str(place + 1)
        children.append(_part(value[place], inner, count))
        place += 1
    parameters = _pairs(value[place + 1]) if len(value) > place + 1 else {}
    return Part(section, f"multipart/{_word(value[place]).lower()}", parameters, children=children)


def _word(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _pairs(value: Any) -> dict[str, str]:
    if not isinstance(value, list):
        return {}
    found = [_word(item) for item in value]
    return dict(zip((name.lower() for name in found[::2]), found[1::2], strict=False))


def _disposition(value: Any) -> tuple[str, dict[str, str]]:
    if not isinstance(value, list) or not value:
        return "", {}
    return _word(value[0]).lower(), _pairs(value[1]) if len(value) > 1 else {}


def _name(parameters: Mapping[str, str], key: str) -> str:
    """A file's name out of parameters, as it stands, in RFC 2231 pieces, or in RFC 2047 words; harmless to draw."""
    from email.header import decode_header, make_header  # noqa: PLC0415 - only large messages need it
    from email.utils import decode_rfc2231  # noqa: PLC0415
    from urllib.parse import unquote_to_bytes  # noqa: PLC0415

    text = parameters.get(key, "")
    if not text:
        pieces = []
        for place in range(100):
            piece = parameters.get(f"{key}*{place}*", parameters.get(f"{key}*{place}"))
            if piece is None:
                break
            pieces.append(piece)
        text = "".join(pieces) or parameters.get(f"{key}*", "")
        charset, _language, rest = decode_rfc2231(text)
        if charset or "%" in text:
            octets = unquote_to_bytes(rest or "")
            try:
                text = octets.decode(charset or "utf-8", "replace")
            except LookupError:
                text = octets.decode("utf-8", "replace")
    if "=?" in text:
        try:
            text = str(make_header(decode_header(text)))
        except (LookupError, ValueError):
            pass
    return safe(text, 200)


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
