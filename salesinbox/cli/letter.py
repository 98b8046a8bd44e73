"""What `send` reads from stdin: a text in whatever charset, with a head before it if that is asked for."""

import base64
import binascii
import locale
import quopri
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

from salesinbox.locale.formatting import size
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.text import safe

LARGEST = 25_000_000
"""Octets of a text; what is larger is a file."""

_BLANK = re.compile(rb"\A\r?\n|\r?\n\r?\n")
_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_WORDS = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)*")
_SPECIAL = re.compile(r'[()<>\[\]:;@\\,."]')
_ID = re.compile(r"<[^<>\s]+>")
_JAPANESE = re.compile(rb"\x1b\$[@B]|\x1b\(J")
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OURS = frozenset({"date", "message-id", "mime-version", "content-type", "content-transfer-encoding", "user-agent"})
"""Fields that every message gets from us."""
_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"quoted-printable": quopri.decodestring, "base64": base64.b64decode}
_PLAIN = ("", "7bit", "8bit", "binary")


@dataclass(frozen=True, slots=True)
class Head:
    """The fields at the head of a message, as `sendmail -t` takes them. `left_out`: names of those that are not taken.

    `subject` is None where there is none; addresses are texts as one types them.
    """

    to: str = ""
    cc: str = ""
    bcc: str = ""
    sender: str = ""
    subject: str | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    left_out: tuple[str, ...] = field(default=())


def read() -> bytes:
    """All of stdin; a person at a terminal is told how to end it. UsageError for what is too large for a text."""
    if sys.stdin is None:
        return b""
    if sys.stdin.isatty():
        print(_("Write the message; a line with ^D alone ends it, ^C leaves it."), file=sys.stderr)
    octets = sys.stdin.buffer.read(LARGEST + 1)
    if len(octets) > LARGEST:
        raise UsageError(_("The text on stdin is larger than {size}. Attach it as a file.").format(size=size(LARGEST)))
    return octets


def text(octets: bytes, charset: str = "") -> str:
    """A text in `charset`; else what its own marks say, UTF-8, or the locale's. UsageError for what is none of these.

    Nothing is guessed: mojibake that has been sent is worse than a question. ISO-2022-JP marks itself (RFC 1468).
    """
    if charset:
        return _lines(_in(octets, charset))
    for mark, name in _MARKS:
        if octets.startswith(mark):
            return _lines(_in(octets, name))
    if octets.isascii() and _JAPANESE.search(octets):
        try:
            return _lines(octets.decode("iso2022_jp_ext"))
        except UnicodeDecodeError:
            pass
    try:
        return _lines(octets.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        own = locale.getpreferredencoding(do_setlocale=False)
        if own.lower().replace("-", "") not in ("utf8", "ascii", "ansi_x3.41968", "usascii"):
            return _lines(_in(octets, own))
        raise UsageError(
            _("The text on stdin is not UTF-8 (octet {n}). Say what it is, for instance --charset cp932.").format(
                n=error.start + 1
            )
        ) from error


def headed(octets: bytes, charset: str = "") -> tuple[Head, str]:
    """A head and the text below it. UsageError for a head that is none, and for what is no plain text."""
    blank = _BLANK.search(octets)
    head = text(octets[: blank.start()] if blank else octets, charset)
    body = octets[blank.end() :] if blank else b""
    fields: dict[str, list[str]] = {}
    names: list[str] = []
    for line in _FOLD.sub("", head).splitlines():
        found = _FIELD.fullmatch(line)
        if found is None:
            raise UsageError(
                _("This is no header field: {line}. With --headers the text begins with fields like To: and Subject:,"
                  " then an empty line.").format(line=repr(safe(line, 60)))
            )  # fmt: skip
        fields.setdefault(found[1].lower(), []).append(found[2].strip())
        names.append(found[1])
    kind = Message()
    kind["Content-Type"] = fields.get("content-type", ["text/plain"])[0] or "text/plain"
    if kind.get_content_type() != "text/plain":
        raise UsageError(_("Only plain text is sent from stdin, not {type}.").format(
            type=safe(kind.get_content_type(), 60)))  # fmt: skip
    body = _decoded(body, fields.get("content-transfer-encoding", [""])[0].lower())
    named = charset or str(kind.get_content_charset("") or "")
    taken = {"to", "cc", "bcc", "from", "subject", "in-reply-to", "references"} | _OURS
    ids = _ID.findall(" ".join(fields.get("in-reply-to", [])))
    return Head(
        to=_addresses(fields.get("to", [])),
        cc=_addresses(fields.get("cc", [])),
        bcc=_addresses(fields.get("bcc", [])),
        sender=_addresses(fields.get("from", [])[:1]),
        subject=_words(fields["subject"][0]) if "subject" in fields else None,
        in_reply_to=ids[0] if ids else "",
        references=tuple(_ID.findall(" ".join(fields.get("references", [])))) or tuple(ids[:1]),
        left_out=tuple(dict.fromkeys(name for name in names if name.lower() not in taken)),
    ), text(body, "" if named.lower() in ("us-ascii", "ascii") else named)


def _in(octets: bytes, charset: str) -> str:
    try:
        return octets.decode(charset)
    except (LookupError, ValueError) as error:
        raise UsageError(
            _("The text on stdin cannot be read as {charset}.").format(charset=safe(charset, 40))
        ) from error


def _lines(found: str) -> str:
    return found.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding in _PLAIN:
        return body
    try:
        return _ENCODINGS[encoding](body)
    except (KeyError, binascii.Error) as error:
        raise UsageError(
            _("The text on stdin cannot be decoded ({encoding}).").format(encoding=safe(encoding, 40))
        ) from error


def _words(value: str) -> str:
    """A field's text, its encoded words decoded (RFC 2047); what cannot be decoded stays as it is."""
    try:
        return str(make_header(decode_header(value))) if "=?" in value else value
    except (HeaderParseError, LookupError, ValueError):
        return value


def _addresses(values: list[str]) -> str:
    """Address lists as one types them. A decoded name goes into quotes: a comma in it is no end of an address."""
    return ", ".join(_WORDS.sub(_name, value) for value in values if value)


def _name(match: re.Match[str]) -> str:
    name = " ".join(_words(match[0]).split())
    if not _SPECIAL.search(name):
        return name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
