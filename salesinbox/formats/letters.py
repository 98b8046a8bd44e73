"""Mail that leaves: a letter as the octets that go to the server, and to the folders of sent mail and of drafts (SEND).

Nothing of the machine gets in: no client's name, no host, no path, no user. The same letter gives the same octets.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email.generator import BytesGenerator
from email.message import Message
from email.utils import format_datetime
from io import BytesIO

from salesinbox.formats import draft_state, drafts, letter_fields, letter_parts, markdown, recipients
from salesinbox.formats.letter_fields import checked
from salesinbox.locale.texts import _
from salesinbox.model.drafts import Draft, File, Letter
from salesinbox.model.errors import UsageError
from salesinbox.model.mail import Address
from salesinbox.model.text import safe

_KEY = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")
# What tells whom else a message went to, or by which of a server's doors it came in.
_NOT_PASSED_ON = frozenset(
    (b"bcc", b"resent-bcc", b"return-path", b"delivered-to", b"x-original-to", b"envelope-to", b"x-envelope-to",
     b"x-delivered-to", draft_state.KEY_FIELD.lower().encode(), draft_state.STATE_FIELD.lower().encode())
)  # fmt: skip
_NOBODY = "undisclosed-recipients:;"


def build(letter: Letter, *, draft: bool = False) -> bytes:
    """The letter as it goes to the server: lines end in CRLF and none has more than 998 octets (RFC 5322, 2045).

    All of it is ASCII, but for a local part of an address in other letters, which needs SMTPUTF8 (RFC 6532).
    Bcc is left out unless it is a `draft`.

    Raises:
        UsageError: A line break or a control character in a field (SEND-8), an address that is none; the sentence
            names it.
    """
    return _octets(_message(letter, draft=draft))


def build_draft(
    draft: Draft,
    files: Sequence[File],
    sender: Address,
    message_id: str,
    date: datetime,
    key: str,
    *,
    about: str = "",
    record: str = "",
) -> bytes:
    """A draft as it is kept in the server's folder, for other programs to go on with (SEND-4).

    Nothing that is typed is refused: recipients that are addresses are in the header, with Bcc; the rest, and what
    else a message cannot say, is in two fields of our own (`draft_state`). `drafts.read` gives back every field but
    the ids of this machine.

    Args:
        draft: What is written.
        files: What is attached, with its content, in the order of `draft.files`.
        sender: Whom it is from.
        message_id: Of this version of it, with angle brackets.
        date: When it is put there, with its zone.
        key: What the draft is known by on every machine.
        about: The Message-ID of the message that it forwards or redirects, "" for none.
        record: The id and the name of the record that it is for, as another machine may know it; "" for none.
    """
    letter = Letter(
        sender=_lenient(sender),
        to=_plain_recipients(draft.to),
        cc=_plain_recipients(draft.cc),
        bcc=_plain_recipients(draft.bcc),
        subject=_harmless(draft.subject),
        text=draft.text,
        message_id=message_id,
        date=date,
        files=(),
        in_reply_to=_harmless(draft.in_reply_to),
        references=tuple(map(_harmless, draft.references)),
    )
    # What other programs will see of it tells what has to be kept beside it.
    seen, _files, _key = drafts.read(_octets(_message(letter, draft=True)))
    state = draft_state.written(draft, seen, files, about, record)
    named = tuple(replace(file, name=_harmless(file.name)) for file in files)
    message = _message(replace(letter, files=named), draft=True, fields=draft_state.fields(key, state))
    return _octets(message)


def redirected(
    raw: bytes, sender: Address, to: Sequence[Address], cc: Sequence[Address], message_id: str, date: datetime
) -> bytes:
    """A message passed on as it is, with the Resent fields of who does it (RFC 5322 §3.6.6).

    Its header and its content stay; only what tells of Bcc, or of the mailbox that it came to, is taken out. Line
    ends become CRLF, since a bare one may not go through SMTP (RFC 5321 §2.3.8).

    Raises:
        UsageError: As for `build`.
    """
    resent = letter_parts.new()
    letter_parts.put(resent, "Resent-Date", [format_datetime(date)])
    letter_parts.put(resent, "Resent-From", letter_fields.mailboxes([sender], "Resent-From"))
    letter_parts.put(resent, "Resent-To", letter_fields.mailboxes(to, "Resent-To") or [_NOBODY])
    if cc:
        letter_parts.put(resent, "Resent-Cc", letter_fields.mailboxes(cc, "Resent-Cc"))
    letter_parts.put(resent, "Resent-Message-ID", _own_id(message_id))
    above = _octets(resent).removesuffix(b"\r\n")
    canonical = _BARE.sub(b"\r\n", raw).lstrip(b"\r\n")
    header, _end, content = canonical.partition(b"\r\n\r\n")
    lines = header.rstrip(b"\r\n").split(b"\r\n")
    if not any(map(_NAME.match, lines)):
        return above + b"\r\n" + canonical
    return above + b"".join(line + b"\r\n" for line in _passed_on(lines)) + b"\r\n" + content


def message_id(address: str, key: str) -> str:
    """A Message-ID with its brackets: the key, which the caller made unique, at the address's domain in A-labels.

    Raises:
        UsageError: No address, or a key that cannot stand there.
    """
    domain = recipients.wire(address).rpartition("@")[2]
    if not _KEY.fullmatch(key) or len(key) > 200:
        raise UsageError(_("“{key}” cannot be part of a Message-ID.").format(key=safe(key, 80)))
    return f"<{key}@{domain}>"


def _message(letter: Letter, *, draft: bool, fields: Sequence[tuple[str, Sequence[str]]] = ()) -> Message:
    message = letter_parts.new()

    def put(name: str, tokens: Sequence[str]) -> None:
        if tokens:
            letter_parts.put(message, name, tokens)

    bcc = letter_fields.mailboxes(letter.bcc, "Bcc")
    if letter.sender.address or not draft:
        put("From", letter_fields.mailboxes([letter.sender], "From"))
    to, cc = letter_fields.mailboxes(letter.to, "To"), letter_fields.mailboxes(letter.cc, "Cc")
    # Without any field of recipients some servers would name those of the envelope.
    put("To", to or ([_NOBODY] if not cc and not draft else []))
    put("Cc", cc)
    if draft:
        put("Bcc", bcc)
    put("Reply-To", letter_fields.mailboxes(_reply_to(letter.reply_to), "Reply-To"))
    put("Subject", letter_fields.unstructured(checked(letter.subject, _("Subject"))))
    put("Date", [format_datetime(letter.date)])
    put("Message-ID", _own_id(letter.message_id))
    put("In-Reply-To", letter_fields.message_ids([letter.in_reply_to] if letter.in_reply_to else [], "In-Reply-To"))
    references = letter_fields.message_ids(letter.references, "References")
    put("References", references if draft else letter_fields.shortened(references))
    for name, tokens in fields:
        put(name, tokens)
    put("MIME-Version", ["1.0"])
    html = markdown.html(letter.text) if letter.markdown else ""
    letter_parts.fill(message, letter.text, html, letter.files, letter.message_id)
    return message


def _octets(message: Message) -> bytes:
    written = BytesIO()
    BytesGenerator(written, policy=letter_parts.POLICY).flatten(message)
    return written.getvalue()


def _own_id(message_id: str) -> list[str]:
    tokens = letter_fields.message_ids([message_id], "Message-ID")
    if not tokens:
        raise UsageError(_("“{id}” is no Message-ID.").format(id=safe(message_id, 80)))
    return tokens


def _reply_to(typed: str) -> tuple[Address, ...]:
    found, bad = recipients.parse(checked(typed, "Reply-To"))
    if bad:
        raise UsageError(
            _("Answers cannot go to “{address}”: that is not a mail address.").format(address=safe(bad[0], 80))
        )
    return found


def _harmless(value: str) -> str:
    """The value without what `checked` refuses."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in value)


def _plain_recipients(typed: str) -> tuple[Address, ...]:
    """The recipients that every server's folder can take: a local part in other letters would need UTF8=ACCEPT."""
    return tuple(one for one in recipients.parse(typed)[0] if one.address.rpartition("@")[0].isascii())


def _lenient(sender: Address) -> Address:
    try:
        recipients.wire(sender.address)
    except UsageError:
        return Address("", "")
    return Address(_harmless(sender.name), sender.address)


def _passed_on(lines: Sequence[bytes]) -> Iterator[bytes]:
    """The lines of the header's fields that are passed on."""
    keep = False
    for line in lines:
        if line[:1] not in (b" ", b"\t"):
            named = _NAME.match(line)
            # A line that is no field would end the header for some programs: mbox's "From " above all.
            keep = named is not None and named[1].lower() not in _NOT_PASSED_ON
        if keep:
            yield line
