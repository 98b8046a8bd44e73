"""A raw message as Gmail tells it: a tree of parts, header fields decoded, a size, a snippet.

Read with the standard library alone, so that it knows nothing of how this program reads mail.
"""

import email
import email.header
import email.message
import email.policy
import html
import re
from collections.abc import Callable
from typing import Any

from tests.gmail_server.schema import encoded

Keep = Callable[[bytes], str]
"""Puts an attachment's octets away, and gives the id that they are had by."""

_WORDS = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)*")
_ADDRESSES = ("from", "to", "cc", "bcc", "sender", "reply-to")


def parsed(raw: bytes) -> email.message.Message:
    return email.message_from_bytes(raw)


def headers(message: email.message.Message, *, decode: bool) -> list[dict[str, str]]:
    """The fields in their order: unfolded; with `decode` also their encoded words read, as Gmail does."""
    return [{"name": name, "value": _value(name, value, decode)} for name, value in message.raw_items()]


def _value(name: str, value: str, decode: bool) -> str:
    octets = value.encode("ascii", "surrogateescape")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    text = re.sub(r"\r?\n(?=[ \t])", "", text)
    if not decode:
        return text

    def read(match: re.Match[str]) -> str:
        pieces = []
        for piece, charset in email.header.decode_header(re.sub(r"\?=\s+=\?", "?= =?", match.group())):
            if isinstance(piece, str):
                pieces.append(piece)
                continue
            try:
                pieces.append(piece.decode(charset or "ascii", "replace"))
            except LookupError:
                return match.group()
        told = "".join(pieces)
        if name.lower() in _ADDRESSES and re.search(r'[()<>@,;:\\".\[\]]', told):
            escaped = told.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        return told

    return _WORDS.sub(read, text)


def payload(message: email.message.Message, keep: Keep, part: str = "", *, decode: bool, inline: int) -> dict[str, Any]:
    """The tree of parts. Text of up to `inline` octets that is no file comes along, all else by `keep`."""
    kind = message.get_content_type()
    told: dict[str, Any] = {
        "partId": part,
        "mimeType": kind,
        "filename": _filename(message),
        "headers": headers(message, decode=decode),
    }
    below = message.get_payload()
    prefix = f"{part}." if part else ""
    if kind.startswith("multipart/") and isinstance(below, list):
        told["body"] = {"size": 0}
        told["parts"] = [
            payload(child, keep, f"{prefix}{number}", decode=decode, inline=inline)
            for number, child in enumerate(below)
        ]
        return told
    if kind == "message/rfc822" and isinstance(below, list) and below:
        octets = below[0].as_bytes(policy=email.policy.compat32.clone(linesep="\r\n"))
        told["body"] = {"attachmentId": keep(octets), "size": len(octets)}
        told["parts"] = [payload(below[0], keep, f"{prefix}0", decode=decode, inline=inline)]
        return told
    octets = content(message)
    as_text = kind.startswith("text/") and not told["filename"]
    if as_text and decode:
        octets = _utf8(octets, message.get_content_charset() or "")
    if not octets:
        told["body"] = {"size": 0}
    elif as_text and len(octets) <= inline:
        told["body"] = {"size": len(octets), "data": encoded(octets)}
    else:
        told["body"] = {"attachmentId": keep(octets), "size": len(octets)}
    return told


def content(message: email.message.Message) -> bytes:
    found = message.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _utf8(octets: bytes, charset: str) -> bytes:
    """Text as Gmail gives it: UTF-8, whatever the part's own header goes on to say."""
    try:
        return octets.decode(charset or "utf-8").encode("utf-8")
    except (LookupError, ValueError):
        return octets


def _filename(message: email.message.Message) -> str:
    name = message.get_filename()
    if name is None:
        return ""
    return _WORDS.sub(lambda match: str(email.header.make_header(email.header.decode_header(match.group()))), name)


def text(message: email.message.Message) -> str:
    """All that words are searched in."""
    found = []
    for part in message.walk():
        if part.get_content_maintype() == "text":
            octets = _utf8(content(part), part.get_content_charset() or "")
            told = octets.decode("utf-8", "replace")
            found.append(html.unescape(re.sub(r"<[^>]*>", " ", told)) if part.get_content_subtype() == "html" else told)
        if part.get_filename():
            found.append(_filename(part))
    return "\n".join(found)


def snippet(message: email.message.Message) -> str:
    """The beginning of the text, on one line, escaped as Gmail escapes it."""
    return html.escape(" ".join(text(message).split())[:200])


def field(message: email.message.Message, name: str) -> str:
    """A field's value, decoded; "" where there is none."""
    found = [told["value"] for told in headers(message, decode=True) if told["name"].lower() == name.lower()]
    return ", ".join(found)
