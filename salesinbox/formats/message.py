"""A message's bytes as what the rest of the program knows of mail: its envelope, its identity, its body."""

import hashlib
import re

from salesinbox.formats import headers
from salesinbox.model.mail import Address, Attachment, Body, Envelope
from salesinbox.model.text import safe

HEADER_FIELDS: tuple[str, ...] = (
    "From",
    "Sender",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-Id",
    "Precedence",
    "Auto-Submitted",
    "X-Autoreply",
    "X-Autorespond",
    "X-Failed-Recipients",
    "Return-Path",
    "Authentication-Results",
    "Content-Type",
)
"""The fields that `envelope` reads, for `BODY.PEEK[HEADER.FIELDS (…)]`."""

NOBODY = Address("", "")
_AUTOMATIC_PRECEDENCE = frozenset({b"bulk", b"junk", b"list", b"auto_reply"})
_MOST_RESULTS = 20
_TRAILING = re.compile(rb"[ \t\r]+$", re.MULTILINE)


def envelope(header: bytes) -> Envelope:
    """What the header says (see `Envelope`); never raises, whatever the bytes. A whole header will do, too.

    Of fields that may come once the first is taken. Without From the Sender stands in. `date` is what the
    header claims, however odd; whether to believe it is the caller's affair.
    """
    once: dict[bytes, bytes] = {}
    to: list[bytes] = []
    cc: list[bytes] = []
    results: list[bytes] = []
    for name, value in headers.fields(header):
        if name == b"to":
            to.append(value)
        elif name == b"cc":
            cc.append(value)
        elif name == b"authentication-results":
            results.append(value)
        elif name not in once:
            once[name] = value
    get = once.get
    ids = headers.ids(get(b"message-id", b"")[:2000])
    message_id = ids[0] if ids else ""
    references, parent = get(b"references", b""), get(b"in-reply-to", b"")
    kind = get(b"content-type", b"").partition(b";")[0].strip().lower()
    return Envelope(
        message_id=message_id,
        references=headers.chain(references, parent, message_id) if references or parent else (),
        sender=_sender(once),
        to=headers.addresses(to),
        cc=headers.addresses(cc) if cc else (),
        reply_to=headers.addresses([once[b"reply-to"]]) if b"reply-to" in once else (),
        subject=headers.text(get(b"subject", b"")),
        date=headers.seconds(get(b"date", b"")),
        list_id=_list_id(get(b"list-id", b"")),
        automatic=_automatic(once),
        authentication=tuple(headers.text(value, 2 * headers.MAX_TEXT) for value in results[:_MOST_RESULTS]),
        multipart_mixed=kind == b"multipart/mixed"
        or kind.startswith((b"application/", b"image/", b"audio/")),
    )


def _sender(once: dict[bytes, bytes]) -> Address:
    named = NOBODY
    for field in (b"from", b"sender"):
        if field in once:
            for found in headers.addresses([once[field]]):
                if found.address:
                    return found
                if not named.name:
                    named = found
    return named


def _list_id(value: bytes) -> str:
    if not value:
        return ""
    _, opened, rest = value.rpartition(b"<")
    return headers.text(rest.partition(b">")[0] if opened else value)


def _automatic(once: dict[bytes, bytes]) -> bool:
    """Whether a program wrote the message by itself (RFC 3834 §5, and the habits before it)."""
    submitted = once.get(b"auto-submitted")
    if submitted is not None and not submitted.lower().startswith(b"no"):
        return True
    if once.get(b"precedence", b"").lower() in _AUTOMATIC_PRECEDENCE:
        return True
    if once.get(b"return-path") == b"<>" or b"x-failed-recipients" in once:
        return True
    return b"x-autoreply" in once or b"x-autorespond" in once


def digest(header: bytes, size: int) -> bytes:
    """Identity of a message across its copies: 16 bytes from its header fields and its size in bytes.

    Line ends and blanks at the ends of lines do not count, since servers and tools change them in passing.
    """
    same = header.replace(b"\r\n", b"\n").strip()
    if b" \n" in same or b"\t\n" in same or b"\r" in same:
        same = _TRAILING.sub(b"", same)
    return hashlib.blake2b(same + b"\0%d" % size, digest_size=16).digest()


def body(raw: bytes, left_out: tuple[Attachment, ...] = ()) -> Body:
    """The content of a whole message (see `Body`); never raises, whatever the bytes."""
    text = safe(raw[:1000].decode("utf-8", "replace"))
    return Body(text=text, html="", attachments=left_out, preview=text[:200])
