"""A message that a mail server gave back: recognised and read, by RFC 3464 and by what servers write beside it."""

import re
from collections.abc import Iterator, Mapping

from salesinbox.formats import headers, mime
from salesinbox.model.mail import DELAYED, DELIVERED, FAILED, BounceReport, Delivery
from salesinbox.model.text import safe

_DAEMONS = re.compile(
    rb"\b(?:mailer-daemon|postmaster|mdaemon|mail-daemon|maildelivery|mmdf)@|<mailer-daemon", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status notification ?\(?fail|fail|has failed|report|error|problem)|"
    r"failure notice|"
    r"mail delivery (?:fail|system)|returned mail|returned to sender|message not delivered|nondeliverable|"
    r"non remis|unzustellbar|nicht zugestellt|mail system error|配信不能|配信できません|送信できません|"
    r"エラーメール|未配信|退信|投递失败",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"^(?:Hi\. This is the qmail-send program|This is the mail system at host|This message was created "
    r"automatically by mail delivery software|The original message was received at|Delivery has failed to "
    r"these recipients|"
    r"Sorry, we were unable to deliver your message|"
    r".{0,40}(?:次のあて先への|以下の(?:宛先|あて先|メールアドレス).{0,20}(?:送信|配信|届)|宛先不明|あて先不明|"
    r"送信先メールアドレスが見つかりません|(?:送信|配信|お届け)(?:でき|され)ませんでした)|"
    r"Your message (?:to .{1,200} )?(?:couldn't|could not|wasn't|was not) (?:be )?delivered)",
    re.MULTILINE,
)
_FAILED = re.compile(rb"^Action\s*:\s*failed", re.MULTILINE | re.IGNORECASE)
_ACTION = re.compile(rb"^Action\s*:", re.MULTILINE | re.IGNORECASE)
_LOOKED_AT = 2000

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "message/rfc822-headers"}
)
_STATES = {
    "failed": FAILED,
    "delayed": DELAYED,
    "delivered": DELIVERED,
    "relayed": DELIVERED,
    "expanded": DELIVERED,
}
_BY_CLASS = {"2": DELIVERED, "4": DELAYED}
_MOST_RECIPIENTS = 500
_MOST_STATUS = 1_000_000
_HEADER_LOOKED_AT = 100_000
_TEXT_LOOKED_AT = 50_000
_LONGEST_DETAIL = 300
_LINES_OF_DETAIL = 8
_ADDRESS = r"[^\s@<>()\[\]\\,;:\"'\x00-\x20\x7f]{1,64}@[^\W_](?:[\w.-]{0,250}[^\W_])?"
_WHOLE_ADDRESS = re.compile(_ADDRESS)
# The line that names a recipient: "<a@b>: reason", "a@b", "Name (a@b)", "To: a@b", RCPT TO:<a@b>.
_NAMING = re.compile(
    rf"^[ \t]*(?:[・●■*-][ \t]*)?(?:<({_ADDRESS})>|({_ADDRESS})|[^\n<(@]{{1,100}}[(<]({_ADDRESS})[)>])[ \t]*(:.*)?$"
    rf"|^[ \t]*(?:To|宛先|あて先|送信先)[ \t]*[:：][ \t]*<?({_ADDRESS})>?[ \t]*$",
    re.MULTILINE,
)
_RCPT = re.compile(rf"(?:RCPT TO:[ \t]*|\bfor |\bto )<({_ADDRESS})>", re.IGNORECASE)
_BRACKETED = re.compile(rf"<({_ADDRESS})>")
# Where the message that came back begins, if the text holds it.
_RETURNED = re.compile(
    r"^[ \t>]*(?:-{2,}.{0,60}(?:copy of the message|original message|returned message|元のメッセージ|message header"
    r"|undelivered message).*"
    r"|Original message headers:.*|Message headers follow:?|-----Original Message-----"
    r"|(?:Received|Return-Path|DKIM-Signature|Message-ID|MIME-Version)[ \t]*: ?.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTED_ID = re.compile(
    r"^[ \t>]*Message-ID[ \t]*:[ \t]*(?:\n[ \t>]+)?(<[^<>\s]{1,900}>)", re.MULTILINE | re.IGNORECASE
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_PLAIN_CODE = re.compile(r"(?<![\d.])([45][0-5]\d)(?=[ -])")
_DAEMON = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)


def is_bounce(root: mime.Part, text: str) -> bool:
    """Whether the message says that another could not be delivered. A mere delay is none (READ-8)."""
    fields = root.fields
    if root.type == "multipart/report":
        for leaf in root.leaves():
            if leaf.type == "message/delivery-status":
                status = leaf.content()
                return _FAILED.search(status) is not None or _ACTION.search(status) is None
        if root.parameters.get("report-type", "").lower() not in ("delivery-status", ""):
            return False
    if b"x-failed-recipients" in fields:
        return True
    from_daemon = (
        fields.get(b"return-path", b"").replace(b" ", b"") == b"<>"
        or _DAEMONS.search(fields.get(b"from", b"")[:_LOOKED_AT]) is not None
        or b"x-ms-exchange-message-is-ndr" in fields
    )
    if not from_daemon:
        return False
    if b"x-ms-exchange-message-is-ndr" in fields:
        return True
    subject = headers.text(fields.get(b"subject", b""))
    if "delay" in subject.lower() or "warning" in subject.lower():
        return False
    return _SUBJECT.search(subject) is not None or _TEXT.search(text[:_LOOKED_AT]) is not None


def report(root: mime.Part, text: str) -> BounceReport | None:
    """What a bounce, or a report of a delay or a delivery, says; None where it says neither whom nor what it is of.

    `text` is what is read of the message. Never raises. At most 500 recipients are named.
    """
    recipients: dict[str, Delivery] = {}
    message_id = ""
    for leaf in root.leaves():
        if leaf.type in _STATUS_TYPES:
            for delivery in _told(leaf.content()[:_MOST_STATUS]):
                recipients.setdefault(delivery.recipient.casefold(), delivery)
        elif leaf.type in _RETURNED_TYPES and not message_id:
            message_id = _id_of(dict(headers.fields(leaf.content()[:_HEADER_LOOKED_AT])), b"message-id")
    if not recipients:
        for delivery in _written(root, text[:_TEXT_LOOKED_AT]):
            recipients.setdefault(delivery.recipient.casefold(), delivery)
    if not message_id:
        quoted = _QUOTED_ID.search(text)
        # Exchange, Gmail and others answer the message that they give back.
        message_id = (
            (_id_of({b"": quoted[1].encode()}, b"") if quoted else "")
            or _id_of(root.fields, b"in-reply-to")
            or _id_of(root.fields, b"references", last=True)
        )
    if not recipients and not message_id:
        return None
    return BounceReport(message_id, tuple(recipients.values())[:_MOST_RECIPIENTS])


def is_report(root: mime.Part) -> bool:
    """Whether a machine tells, for machines, what became of a message: well or badly (RFC 3464)."""
    return root.type == "multipart/report" and any(leaf.type in _STATUS_TYPES for leaf in root.leaves())


def _id_of(fields: Mapping[bytes, bytes], name: bytes, *, last: bool = False) -> str:
    found = headers.ids(fields.get(name, b""))
    return found[-1 if last else 0] if found else ""


def _told(status: bytes) -> Iterator[Delivery]:
    """The recipients of a delivery status: groups of fields, kept apart by empty lines (RFC 3464 §2.1)."""
    for group in status.replace(b"\r\n", b"\n").split(b"\n\n")[: 2 * _MOST_RECIPIENTS]:
        fields = dict(reversed(headers.fields(group.lstrip(b"\n"))))
        recipient = _typed(fields.get(b"original-recipient", b"")) or _typed(fields.get(b"final-recipient", b""))
        if not recipient:
            continue
        status_text = headers.text(fields.get(b"status", b""), 40)
        enhanced = _ENHANCED.search(status_text)
        detail = headers.text(fields.get(b"diagnostic-code", b""), 2 * _LONGEST_DETAIL)
        kind, separator, words = detail.partition(";")
        detail = safe((words if separator and " " not in kind.strip() else detail).strip(), _LONGEST_DETAIL)
        code = enhanced[1] if enhanced else _code_in(detail)
        action = headers.text(fields.get(b"action", b""), 40).split(" ")[0].lower()
        yield Delivery(recipient, _STATES.get(action) or _BY_CLASS.get(code[:1], FAILED), code, detail)


def _typed(value: bytes) -> str:
    """The address of "rfc822; user@example.com" (RFC 3464 §2.3.1)."""
    words = headers.text(value, 400)
    found = _WHOLE_ADDRESS.search(words.partition(";")[2] or words)
    return _known(found[0]) if found else ""


def _known(address: str) -> str:
    local, _at, domain = safe(address).rstrip(".").rpartition("@")
    return f"{local}@{domain.lower()}"


def _written(root: mime.Part, text: str) -> Iterator[Delivery]:
    """The recipients that a bounce for people names, with the words that follow each."""
    returned = _RETURNED.search(text)
    words = text[: returned.start()] if returned else text
    failed = b"x-failed-recipients"
    named = [one.address for one in headers.addresses([root.fields[failed]])] if failed in root.fields else []
    if named:
        for address in named[:_MOST_RECIPIENTS]:
            place = words.find(address)
            yield _described(address, words[place + len(address) :] if place >= 0 else words)
        return
    own = {one.address.casefold() for one in headers.addresses([root.fields.get(b"to", b"")])}
    found = 0
    for naming in _NAMING.finditer(words):
        address = _named(naming)
        if address.casefold() in own or _DAEMON.match(address):
            continue
        rest = words[naming.start(4) + 1 :] if naming[4] else words[naming.end() :]
        found += 1
        yield _described(address, rest)
        if found == _MOST_RECIPIENTS:
            return
    if found:
        return
    for pattern in (_RCPT, _BRACKETED):
        for told in pattern.finditer(words):
            if told[1].casefold() not in own and not _DAEMON.match(told[1]):
                yield _described(told[1], words[told.end() :])
                return


def _named(naming: re.Match[str]) -> str:
    return naming[1] or naming[2] or naming[3] or naming[5]


def _described(address: str, rest: str) -> Delivery:
    """A recipient, and the first paragraph after its name; a status code may also stand in what follows."""
    lines: list[str] = []
    for line in rest[: 4 * _LOOKED_AT].lstrip(" \t:>)").split("\n")[: 4 * _LINES_OF_DETAIL]:
        bare = line.strip()
        if lines and not bare:
            break
        # The reason may say the same address again; another one is the next recipient's.
        if (naming := _NAMING.match(line)) and _named(naming).casefold() != address.casefold():
            break
        if bare:
            lines.append(bare)
        if len(lines) == _LINES_OF_DETAIL:
            break
    detail = safe(" ".join(lines), _LONGEST_DETAIL)
    return Delivery(_known(address), FAILED, _code_in(detail) or _code_in(rest[:_LOOKED_AT]), detail)


def _code_in(words: str) -> str:
    code = _ENHANCED.search(words) or _PLAIN_CODE.search(words)
    return code[1] if code else ""
