"""A message's bytes as what the rest of the program knows of mail: its envelope, its identity, its body."""

import hashlib
import re

from salesinbox.formats import bounces, headers, html, mime
from salesinbox.model.mail import Address, Attachment, Body, Envelope
from salesinbox.model.text import safe, safe_block

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

MAX_TEXT = 1_000_000
"""Characters of text that are kept of one message."""
MAX_CALENDAR = 200_000
"""Characters of a calendar that are kept."""
_PREVIEW = 200
_PREVIEW_LOOKED_AT = 10_000
_LONGEST_PARAGRAPH = 4_000
_LONGEST_ATTRIBUTION = 300
_LONGEST_NOTE = 100
_LONGEST_NAME, _LONGEST_ENDING = 200, 10
_HEADER_LOOKED_AT = 20_000
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_READ = frozenset({"text/plain", "text/html", "text/enriched", "text/markdown"})
_ATTRIBUTION = re.compile(
    r"(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|写道|书き込み|書きました|のメール)\s?[:：]?$|^On .*\d.*[<@]"
    r"|^\d{4}年\d{1,2}月\d{1,2}日.*[<＜].*@.*[>＞][:：]?$"
)
_ORIGINAL = re.compile(r"-{3,}\s?(?:Original|Forwarded|元の|転送|Ursprüngliche|Message d)|_{20,}$|From: .*@")
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
        multipart_mixed=kind == b"multipart/mixed" or kind.startswith((b"application/", b"image/", b"audio/")),
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
    """The content of a whole message (see `Body`); never raises, whatever the bytes.

    Args:
        raw: The message, or what a provider rebuilt of a large one.
        left_out: Attachments that stayed on the server; they follow those that are here.

    The plain text is preferred; HTML is read where there is no plain text. A forwarded message is an attachment
    and its text is not mixed in. Text beyond `MAX_TEXT` characters is cut, and the last line says so.
    """
    root = mime.parse(raw)
    content = _Content()
    _collect(root, content)
    sections = [section for section in content.sections if section.strip()]
    text = "\n\n".join(section.strip("\n") for section in sections) if len(sections) > 1 else "".join(sections)
    text = text.rstrip()
    text = _cut(text)
    bounce = bounces.is_bounce(root, text)
    return Body(
        text=text,
        html="\n".join(content.html)[: html.MAX_HTML].replace("\0", "\ufffd"),
        attachments=(*content.attachments, *left_out),
        preview=preview(text),
        invitation=content.invitation,
        bounce=bounce,
        calendar=content.calendar,
        report=bounces.report(root, text) if bounce or bounces.is_report(root) else None,
    )


class _Content:
    """What has been found of a message's content so far."""

    def __init__(self) -> None:
        self.sections: list[str] = []
        self.html: list[str] = []
        self.attachments: list[Attachment] = []
        self.invitation = False
        self.calendar = ""

    def invite(self, part: mime.Part) -> None:
        """Keep a calendar; the first one is the invitation, others are copies of it for other programs."""
        self.invitation = True
        if not self.calendar:
            self.calendar = part.text()[:MAX_CALENDAR].replace("\0", "\ufffd")


def _collect(root: mime.Part, content: _Content) -> None:
    """Sorts the parts into what is read and what is attached, in the order of the message."""
    waiting = [(root, False)]
    while waiting:
        part, related = waiting.pop()
        if part.type == "multipart/alternative":
            rest = _alternative(part, content)
            waiting.extend((child, related) for child in reversed(rest))
        elif part.parts:
            within = related or part.type == "multipart/related"
            waiting.extend((child, within) for child in reversed(part.parts))
        elif _is_read(part):
            plain, source = _read(part)
            content.sections.append(plain)
            if source:
                content.html.append(source)
        else:
            _attach(part, content, related=related)


def _alternative(part: mime.Part, content: _Content) -> list[mime.Part]:
    """Takes the best forms of one content; returns the parts that are no form of it (images, attachments)."""
    plain = source = ""
    rest: list[mime.Part] = []
    for leaf in part.leaves():
        if not _is_read(leaf):
            if leaf.type == "text/calendar" and not _file_name(leaf):
                content.invite(leaf)
            else:
                rest.append(leaf)
        elif leaf.type == "text/html":
            source = source or leaf.text()
        else:
            plain = plain or _plain(leaf)
    if source:
        content.html.append(source)
    content.sections.append(plain if plain.strip() or not source else html.text_of(source))
    return rest


def _is_read(part: mime.Part) -> bool:
    """Whether the part belongs to the text, as opposed to being a file."""
    if part.type not in _READ:
        return False
    disposition, parameters = part.disposition
    if disposition == "attachment":
        return False
    # The first part may carry a file's name and still be the letter itself.
    return part.number in ("1", "1.1") or not (parameters.get("filename") or part.parameters.get("name"))


def _read(part: mime.Part) -> tuple[str, str]:
    """A part's text, and its source if it is HTML."""
    if part.type == "text/html":
        source = part.text()
        return html.text_of(source), source
    return _plain(part), ""


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT + _LONGEST_NOTE:
        return text
    return f"{text[:MAX_TEXT]}\n\n[… {len(text) - MAX_TEXT:,} characters more]"


def _plain(part: mime.Part) -> str:
    text = safe_block(_cut(part.text()))
    if part.parameters.get("format", "").lower() == "flowed":
        return _unflowed(text, part.parameters.get("delsp", "").lower() == "yes")
    return text


def _unflowed(text: str, delete_space: bool) -> str:
    """Lines that were broken in passing made whole again (RFC 3676 §4)."""
    whole: list[str] = []
    open_ = ""
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        quote = line[:depth]
        if open_ and depth == len(open_) - len(open_.lstrip(">")):
            line = open_ + content  # noqa: PLW2901
        else:
            if open_:
                whole.append(open_)
            line = f"{quote} {content}" if quote else content  # noqa: PLW2901
        if line.endswith(" ") and content != "-- ":
            open_ = line[:-1] if delete_space else line
            # Without an end a flood of soft breaks would be copied again with each line.
            if len(open_) < _LONGEST_PARAGRAPH:
                continue
        open_ = ""
        whole.append(line)
    if open_:
        whole.append(open_)
    return "\n".join(whole)


def _attach(part: mime.Part, content: _Content, *, related: bool) -> None:
    name = _file_name(part)
    if part.type in _CALENDARS:
        content.invite(part)
        name = name or "invitation.ics"
    elif not name and part.type == "message/rfc822":
        subject = dict(headers.fields(part.content()[:_HEADER_LOOKED_AT])).get(b"subject", b"")
        name = file_name(f"{headers.text(subject, 80)}.eml") if subject else "message.eml"
    inline = part.type.startswith("image/") and (
        (related and b"content-id" in part.fields) or part.disposition[0] == "inline"
    )
    kind = safe(part.type, 100)
    content.attachments.append(Attachment(name, kind, part.size(), part.number, inline))


def _file_name(part: mime.Part) -> str:
    return file_name(part.disposition[1].get("filename", "") or part.parameters.get("name", ""))


def file_name(name: str) -> str:
    """A file's name as another may see and use it: the last part of a path, harmless, at most 200 characters."""
    name = safe(name).replace("\\", "/").rpartition("/")[2].strip()
    name = name.strip(".") and name
    if len(name) > _LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        keep = len(ending) + 1 if dot and len(ending) < _LONGEST_ENDING else 0
        name = f"{(stem if keep else name)[: _LONGEST_NAME - keep - 1]}…{dot if keep else ''}{ending if keep else ''}"
    return name


def preview(text: str) -> str:
    """The first 200 characters of what the writer wrote, on one line: quotations and signatures left out."""
    kept: list[str] = []
    length = 0
    for line in text[:_PREVIEW_LOOKED_AT].split("\n"):
        line = line.strip()  # noqa: PLW2901
        if not line or line[0] in ">|":
            continue
        if len(line) < _LONGEST_ATTRIBUTION and _ATTRIBUTION.search(line):
            continue
        if line == "--" or _ORIGINAL.match(line):
            break
        kept.append(line)
        length += len(line) + 1
        if length > _PREVIEW:
            break
    if not kept:
        # Nothing but quotation: better its beginning than nothing.
        kept = text[:_PREVIEW_LOOKED_AT].split()
    return " ".join(" ".join(kept).split())[:_PREVIEW].rstrip()
