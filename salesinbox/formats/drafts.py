"""Any message as a draft: one of ours from the server, another program's, a sent one that is written anew (SEND-1)."""

import re

from salesinbox.formats import draft_state, headers, markdown, message, mime, recipients
from salesinbox.formats.draft_state import harmless_block
from salesinbox.model.drafts import Draft, File
from salesinbox.model.mail import Address

MAX_FILES = 500
"""Files that are taken over."""
_LINE_FEED = re.compile(rb"(?<!\r)\n")


def read(raw: bytes) -> tuple[Draft, tuple[File, ...], str]:
    """(draft, files, key) of a message; never raises, whatever the bytes.

    The draft has no `id`, no `account` and no `files` of this machine; `sender` is the address of From, `changed` the
    message's Date. `key` is what one of ours is known by on every machine, "" for others; for one of ours `about` is
    the Message-ID of what it forwards, with brackets, and `record` the id and the name of what it is for. The text is
    the plain one, else HTML's. Recipients that are no addresses stand in their fields as they are.
    """
    fields = headers.fields(raw)
    key, state = draft_state.read(fields)
    body = message.body(raw)
    root = mime.parse(raw)
    once: dict[bytes, bytes] = {}
    for name, value in fields:
        once.setdefault(name, value)
    ids = headers.ids(once.get(b"in-reply-to", b"")[:2000])
    plain = _plain(root)
    text = body.text
    if key and plain is not None:
        text = harmless_block(plain).rstrip() + draft_state.end(state)
    draft = Draft(
        sender=next((one.address for one in headers.addresses([once.get(b"from", b"")]) if one.address), ""),
        to=_typed(fields, b"to"),
        cc=_typed(fields, b"cc"),
        bcc=_typed(fields, b"bcc"),
        subject=headers.text(once.get(b"subject", b"")),
        text=text,
        markdown=bool(body.html) and plain is not None and _is_markdown(plain, body.html),
        in_reply_to=ids[0] if ids else "",
        references=headers.chain(once.get(b"references", b""), b""),
        changed=max(headers.seconds(once.get(b"date", b"")) or 0, 0),
    )
    parts = {part.number: part for part in root.leaves()}
    files = [
        File(one.name or "attachment", one.type, _content(parts[one.part]))
        for one in body.attachments[:MAX_FILES]
        if one.part in parts
    ]
    if not key:
        return draft, tuple(files), ""
    return draft_state.restored(draft, state), tuple(draft_state.named(files, state)), key


def _typed(fields: list[tuple[bytes, bytes]], name: bytes) -> str:
    """A field of recipients to go on with; what another program put there unfinished stays."""
    found = headers.addresses([value for field, value in fields if field == name])
    return ", ".join(filter(None, map(_written, found)))


def _written(one: Address) -> str:
    return recipients.text([one]) if one.address else one.name.replace(",", " ").strip()


def _plain(root: mime.Part) -> str | None:
    """The text of the first part that is the letter itself, as it was written; None where that is not plain text."""
    for part in root.leaves():
        if part.disposition[0] != "attachment" and part.type in ("text/plain", "text/html"):
            return part.text() if part.type == "text/plain" else None
    return None


def _is_markdown(plain: str, html: str) -> bool:
    """Whether the HTML is what Markdown makes of the text: then it is written on as Markdown."""
    return markdown.is_ours(html) and markdown.html(plain.replace("\r\n", "\n")).strip() == html.strip()


def _content(part: mime.Part) -> bytes:
    """A file's octets. Unless it is text, line ends are the canonical ones, which the parser has made line feeds."""
    if part.encoding != b"base64" and not part.type.startswith("text/"):
        part.payload = _LINE_FEED.sub(b"\r\n", part.payload)
    return part.content()
