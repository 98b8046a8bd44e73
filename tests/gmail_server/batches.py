"""Many calls in one request, as multipart/mixed; and an upload with its metadata, as multipart/related."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus


class BatchFault(Exception):
    """What was sent is none."""


@dataclass(frozen=True)
class Part:
    verb: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def _pieces(content_type: str, octets: bytes, kind: str) -> list[bytes]:
    if not content_type.lower().startswith(kind):
        raise BatchFault(f"the type is {content_type!r}")
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        raise BatchFault("there is no boundary")
    line = b"--" + match[1].encode()
    pieces = re.split(rb"(?:\A|\r?\n)" + re.escape(line) + rb"(?:--)?[ \t]*(?:\r?\n|\Z)", octets)
    if not octets.rstrip().endswith(line + b"--"):
        raise BatchFault("the last boundary is missing")
    return [piece for piece in pieces[1:] if piece.strip()]


def _headed(octets: bytes) -> tuple[dict[str, str], bytes]:
    """(fields by lower case names, what follows the empty line)."""
    match = re.search(rb"\r?\n\r?\n", octets)
    head, body = (octets[: match.start()], octets[match.end() :]) if match else (octets, b"")
    fields = {}
    for line in head.splitlines():
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BatchFault(f"no header field: {line[:60]!r}")
        fields[name.strip().lower()] = value.strip()
    return fields, body


def split(content_type: str, octets: bytes) -> list[tuple[str, Part]]:
    """(Content-ID, call) of each part."""
    found: list[tuple[str, Part]] = []
    for piece in _pieces(content_type, octets, "multipart/mixed"):
        fields, inner = _headed(piece)
        if fields.get("content-type") != "application/http":
            raise BatchFault(f"a part of the type {fields.get('content-type')!r}")
        line, _end, rest = inner.partition(b"\n")
        match = re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) (\S+) HTTP/1\.1|(GET|DELETE) (\S+)", line.decode().strip())
        if match is None:
            raise BatchFault(f"no request line: {line[:80]!r}")
        if "://" in line.decode():
            raise BatchFault("a part names a host")
        headers, body = _headed(rest) if rest.strip() else ({}, b"")
        if re.search(r"/upload/", match[2] or match[4]):
            raise BatchFault("an upload in a batch")
        found.append((fields.get("content-id", ""), Part(match[1] or match[3], match[2] or match[4], headers, body)))
    if not found:
        raise BatchFault("a batch of nothing")
    ids = [part_id for part_id, _part in found]
    if "" in ids or len(set(ids)) != len(ids):
        raise BatchFault("parts without a Content-ID of their own")
    return found


def joined(answers: Sequence[tuple[str, int, Mapping[str, str], bytes]]) -> tuple[str, bytes]:
    """(content type, octets) of a batch's answer, from (Content-ID, status, fields, body) of each part."""
    boundary = f"batch_{secrets.token_urlsafe(12)}"
    out = b""
    for part_id, status, headers, body in answers:
        told = f"<response-{part_id.removeprefix('<')}"
        out += f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: {told}\r\n\r\n".encode()
        fields = {"Content-Type": "application/json; charset=UTF-8", **headers, "Content-Length": str(len(body))}
        head = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
            *(f"{name}: {value}" for name, value in fields.items()),
        ]
        out += "\r\n".join([*head, "", ""]).encode() + body + b"\r\n"
    return f"multipart/mixed; boundary={boundary}", out + f"--{boundary}--\r\n".encode()


def related(content_type: str, octets: bytes) -> tuple[bytes, bytes]:
    """(the JSON, the media) of an upload."""
    pieces = _pieces(content_type, octets, "multipart/related")
    if len(pieces) != 2:
        raise BatchFault(f"{len(pieces)} parts in place of two")
    (first, text), (second, media) = map(_headed, pieces)
    if not first.get("content-type", "").startswith("application/json"):
        raise BatchFault(f"metadata of the type {first.get('content-type')!r}")
    if second.get("content-type", "").partition(";")[0] != "message/rfc822":
        raise BatchFault(f"media of the type {second.get('content-type')!r}")
    return text, media
