"""The content of mail that leaves (RFC 2045, 2046, 2049): its text, its files, and what holds them together.

Text is not format=flowed, and no paragraph is broken into lines of its own. Outlook and Gmail know nothing of
format=flowed: they would show a ragged break every 70 letters, and in Japanese, where a soft break needs DelSp, a
blank in the middle of a sentence. A paragraph that is one line, in a transfer encoding that keeps lines short on the
wire, is wrapped to the reader's window by Outlook, Gmail, Apple Mail and Thunderbird alike.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from email.message import Message
from email.policy import compat32

from salesinbox.formats import letter_fields
from salesinbox.formats.letter_fields import Field, checked
from salesinbox.locale.texts import _
from salesinbox.model.drafts import File

LONGEST_LINE = 998
"""Octets of a line without its end (RFC 5322 §2.1.1)."""
MESSAGE, OCTETS = "message/rfc822", "application/octet-stream"
POLICY = compat32.clone(linesep="\r\n", max_line_length=letter_fields.LINE, mangle_from_=False)

_SHORT_LINE = 78
_LINE_BREAK = re.compile("\r\n|\r")
_NO_OCTETS = re.compile("[\ud800-\udfff\0]")
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_FIELD_AT_START = re.compile(rb"[!-9;-~]+[ \t]*:")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


def new() -> Message:
    """A part, or a message, without anything yet."""
    return Message(policy=POLICY)


def put(part: Message, name: str, tokens: Iterable[str]) -> None:
    """Add a header field."""
    # The policy takes whatever has `encode`, as it does the library's own Header; its types tell of str alone.
    part[name] = Field(name, tokens)  # type: ignore[assignment]


def fill(part: Message, text: str, html: str, files: Sequence[File], seed: str) -> None:
    """Make the content of the message: text, the same in HTML unless that is empty, files.

    Args:
        part: The message; it has its own header fields already.
        text: The plain text, with any line ends.
        html: HTML of the same, or "".
        files: What is attached.
        seed: What the boundaries are made of; a message of its own has one of its own.

    Raises:
        UsageError: A line break in a file's name.
    """
    attached = [_attached(file) for file in files]
    unencoded = [text, html, *(str(one.get_payload()) for one in attached if one.get_content_type() == MESSAGE)]
    if attached:
        put(part, "Content-Type", _multipart("mixed", seed, unencoded))
        first = new()
        _letter(first, text, html, seed, unencoded)
        for child in (first, *attached):
            part.attach(child)
    else:
        _letter(part, text, html, seed, unencoded)


def _letter(part: Message, text: str, html: str, seed: str, unencoded: Sequence[str]) -> None:
    if not html:
        _text(part, "plain", text)
        return
    put(part, "Content-Type", _multipart("alternative", seed, unencoded))
    for subtype, content in (("plain", text), ("html", html)):
        child = new()
        _text(child, subtype, content)
        part.attach(child)


def _multipart(kind: str, seed: str, unencoded: Sequence[str]) -> list[str]:
    """A multipart's type with a boundary that stands in none of its parts. No encoding writes "=_"."""
    number = 0
    while True:
        name = hashlib.blake2b(f"{kind} {number} {seed}".encode("utf-8", "replace"), digest_size=15).hexdigest()
        boundary = f"=_{name}"
        if not any(boundary in content for content in unencoded):
            return letter_fields.parameterised(f"multipart/{kind}", [("boundary", boundary)])
        number += 1


def _text(part: Message, subtype: str, text: str) -> None:
    text = _NO_OCTETS.sub("\ufffd", _LINE_BREAK.sub("\n", text))
    if text and not text.endswith("\n"):
        text += "\n"
    encoding, payload = _encoded(text)
    put(part, "Content-Type", letter_fields.parameterised(f"text/{subtype}", [("charset", "utf-8")]))
    put(part, "Content-Transfer-Encoding", [encoding])
    part.set_payload(payload)


def _encoded(text: str) -> tuple[str, str]:
    """(transfer encoding, text in it), lines apart by line feeds. Whatever the text, its lines are short then."""
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        longest = max(map(len, text.split("\n")))
        if longest <= _SHORT_LINE:
            return "7bit", text
    octets = text.encode()
    quoted = binascii.b2a_qp(octets, istext=True).decode("ascii")
    # Base64 carries canonical line ends (RFC 2045 §6.8), which quoted-printable has by itself.
    canonical = octets.replace(b"\n", b"\r\n")
    if len(quoted) <= len(canonical) * 4 // 3:
        return "quoted-printable", quoted
    return "base64", base64.encodebytes(canonical).decode("ascii")


def _attached(file: File) -> Message:
    name = base_name(checked(file.name, _("file name"))) or "attachment"
    kind = travelling_type(file)
    part = new()
    parameters = [("name", name)]
    if kind.startswith("text/") and not file.content.isascii() and _is_utf8(file.content):
        # Without it the recipient's program guesses, mostly wrongly where the text is Japanese.
        parameters.insert(0, ("charset", "utf-8"))
    put(part, "Content-Type", letter_fields.parameterised(kind, parameters))
    put(part, "Content-Disposition", letter_fields.parameterised("attachment", [("filename", name)]))
    if kind == MESSAGE:
        put(part, "Content-Transfer-Encoding", ["7bit"])
        # The generator writes a message's payload as it is, so the line ends are made here.
        part.set_payload(file.content.decode("ascii").replace("\r\n", "\n").replace("\n", "\r\n"))
    else:
        put(part, "Content-Transfer-Encoding", ["base64"])
        part.set_payload(base64.encodebytes(file.content).decode("ascii"))
    return part


def base_name(name: str) -> str:
    """A file's name without the folders that it lies in, whatever system's they are."""
    return name.replace("\\", "/").rpartition("/")[2].strip()


def travelling_type(file: File) -> str:
    """The type that the file goes under.

    A message goes as message/rfc822, which may not be encoded (RFC 2046 §5.2.1), only where it needs no encoding.
    One with 8-bit octets or long lines goes as a file of octets named *.eml, which programs open all the same: for
    8bit the recipient's server would have to know 8BITMIME, and to encode the message's inner parts anew would
    break the signatures in it. Other kinds of message/* and multipart/* may not be encoded either.
    """
    kind = file.type.partition(";")[0].strip().lower()
    if kind == MESSAGE and _is_plain_message(file.content):
        return MESSAGE
    if not _MEDIA_TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        return OCTETS
    return kind


def _is_plain_message(content: bytes) -> bool:
    if not content.isascii() or b"\0" in content or not _FIELD_AT_START.match(content):
        return False
    if b"\r" in content and _BARE.search(content):
        return False
    return max(map(len, content.replace(b"\r\n", b"\n").split(b"\n"))) <= LONGEST_LINE


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
