"""The parts of a message (RFC 2046), taken apart without ever failing; what is broken shows as it stands."""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from salesinbox.formats import charsets, headers

MAX_DEPTH = 50
MAX_PARTS = 2000
"""How deep and how many parts are looked into. A multipart deeper down stays one attachment, undivided."""

_FIELD_AT_START = re.compile(rb"[!-9;-~]+[ \t]*:")
_DELIMITER = re.compile(rb"^--([^\s].{0,80}?)[ \t]*$", re.MULTILINE)
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class Part:
    """One part. `number` is its IMAP section (RFC 9051 §6.4.5.1); `payload` is still transfer-encoded.

    `type` is in lower case; `parts` is empty for everything but a multipart. Line ends are line feeds.
    """

    number: str
    type: str
    parameters: Mapping[str, str]
    fields: Mapping[bytes, bytes]
    payload: bytes
    parts: list["Part"] = field(default_factory=list)

    @property
    def disposition(self) -> tuple[str, Mapping[str, str]]:
        value = self.fields.get(b"content-disposition")
        return headers.parameters(value) if value else ("", _NONE)

    @property
    def encoding(self) -> bytes:
        return self.fields.get(b"content-transfer-encoding", b"").lower()

    def content(self) -> bytes:
        """The payload without its transfer encoding; broken encodings give what can be had of them."""
        if self.encoding == b"base64":
            return headers.unbase64(self.payload)
        if self.encoding == b"quoted-printable":
            return binascii.a2b_qp(self.payload)
        return self.payload

    def text(self) -> str:
        """The content as text, by its charset or by what its bytes look like (READ-4); not harmless yet."""
        return charsets.decode(self.content(), self.parameters.get("charset", ""))

    def size(self) -> int:
        """Bytes of the content, for Base64 counted rather than decoded."""
        if self.encoding == b"base64":
            letters = len(self.payload.translate(None, b"\n\t ="))
            return letters * 3 // 4
        return len(self.content())

    def leaves(self) -> Iterator["Part"]:
        """All parts without parts, in their order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.parts:
                waiting.extend(reversed(part.parts))
            else:
                yield part


def parse(raw: bytes) -> Part:
    """The message as a tree of parts. Whatever the bytes, there is a tree."""
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    root = _part(raw.lstrip(b"\n"), "", strict=False)
    waiting = [(root, 0)]
    count = 1
    while waiting:
        part, depth = waiting.pop()
        if not part.type.startswith("multipart/"):
            continue
        if depth >= MAX_DEPTH or count >= MAX_PARTS:
            continue
        for piece in _pieces(part.payload, part.parameters.get("boundary", ""))[: MAX_PARTS - count]:
            number = f"{part.number}.{len(part.parts) + 1}" if part.number else str(len(part.parts) + 1)
            part.parts.append(_part(piece, number, strict=True))
        count += len(part.parts)
        if part.parts:
            part.payload = b""
            waiting.extend((child, depth + 1) for child in part.parts)
        else:
            # No boundary to be found: what is there is shown as text.
            part.type, part.parameters = "text/plain", _NONE
    if not root.parts:
        root.number = "1"
    return root


def _part(piece: bytes, number: str, *, strict: bool) -> Part:
    """Header and payload of a part; `strict`: a piece that does not begin with a field has no header."""
    if strict and (piece[:1] == b"\n" or not _FIELD_AT_START.match(piece)):
        head, payload = b"", piece.removeprefix(b"\n")
    else:
        head, _, payload = piece.partition(b"\n\n")
    fields: dict[bytes, bytes] = {}
    for name, value in headers.fields(head):
        fields.setdefault(name, value)
    if not strict and not fields:
        # Not one field: no header was lost, there was none.
        payload = piece
    content_type = fields.get(b"content-type")
    kind, parameters = headers.parameters(content_type) if content_type else ("text/plain", _NONE)
    if "/" not in kind:
        # "text" and nonsense: RFC 2045 §5.2 says plain text.
        kind = "text/plain"
    return Part(number, kind, parameters, fields, payload)


def _pieces(payload: bytes, boundary: str) -> list[bytes]:
    """What lies between the boundaries; a missing last one, and one that is not declared, are forgiven."""
    mark = boundary.encode("utf-8", "replace")
    found = b"\n" + payload
    if not mark or b"\n--" + mark not in found:
        actual = _DELIMITER.search(payload)
        if actual is None or payload.count(b"--" + actual[1]) < 2:
            return []
        mark = actual[1]
    pieces: list[list[bytes]] = []
    delimiter = b"\n--" + mark
    for chunk in found.split(delimiter)[1:]:
        line, _, rest = chunk.partition(b"\n")
        if line.startswith(b"--"):
            break
        if not line.strip():
            pieces.append([rest])
        elif pieces:
            # Another boundary that begins like this one (an inner part's): not ours.
            pieces[-1].append(chunk)
    return [delimiter.join(piece) for piece in pieces]
