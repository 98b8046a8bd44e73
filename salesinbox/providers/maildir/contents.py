"""The content of a message file: with line ends as on the wire, its parts, and large ones without attachments. No I/O.

Files have the line ends of this system mostly, as programs here write them, or those of the wire (RFC 5322 §2.1).
"""

import re

from salesinbox.formats import mime
from salesinbox.model.mail import Attachment
from salesinbox.model.remote import RemoteBody
from salesinbox.providers.imap import parts

_LONE = re.compile(rb"(?<!\r)\n")
_CONTENT = b"content-"


def as_on_the_wire(content: bytes) -> bytes:
    """A file's octets as a server would give them; a file whose lines end so already is left as it is."""
    end = content.find(b"\n")
    if end < 0 or content[:end].endswith(b"\r"):
        return content
    return _LONE.sub(b"\r\n", content)


def as_a_file(message: bytes) -> bytes:
    """A message as it is filed: line ends of this system, and no NUL, as `Session.append` says."""
    return message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"\x80")


def part(raw: bytes, section: str) -> bytes | None:
    """One part, its transfer encoding undone; None where there is none of this number."""
    found = next((leaf for leaf in mime.parse(raw).leaves() if leaf.number == section), None)
    if found is None:
        return None
    # The tree has line feeds; what was written in lines is given as on the wire.
    found.payload = found.payload.replace(b"\n", b"\r\n")
    return found.content()


def without_attachments(uid: int, raw: bytes) -> RemoteBody:
    """A large message as its text parts; what was left out is listed."""
    root = mime.parse(raw)
    described = _described(root)
    head, _blank, _rest = raw.partition(b"\r\n\r\n")
    wanted = {one.section: one for one in parts.wanted(described)}
    found = {
        leaf.number: (_mime_header(leaf), parts.whole_lines(leaf.payload[: parts.PART_LIMIT]).replace(b"\n", b"\r\n"))
        for leaf in root.leaves()
        if leaf.number in wanted
    }
    return RemoteBody(uid, parts.rebuilt(described, head, found), _left_out(described))


def _left_out(described: parts.Part) -> tuple[Attachment, ...]:
    return parts.left_out(described)


def _described(part: mime.Part) -> parts.Part:
    disposition, of_disposition = part.disposition
    return parts.Part(
        section=part.number,
        type=part.type,
        parameters=part.parameters,
        encoding=part.encoding.decode("ascii", "replace"),
        size=len(part.payload),
        disposition=disposition,
        name=of_disposition.get("filename") or part.parameters.get("name", ""),
        content_id=part.fields.get(b"content-id", b"").decode("utf-8", "replace"),
        children=[_described(child) for child in part.parts],
    )


def _mime_header(part: mime.Part) -> bytes:
    lines = [name + b": " + value for name, value in part.fields.items() if name.startswith(_CONTENT)]
    return b"\n".join(lines).replace(b"\n", b"\r\n")
