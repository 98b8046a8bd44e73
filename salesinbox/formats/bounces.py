"""Recognising that a mail server gave a message back: RFC 3464, and what servers write beside it."""

import re

from salesinbox.formats import headers, mime

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
    r"Your message (?:to .{1,200} )?(?:couldn't|could not|wasn't|was not) (?:be )?delivered)",
    re.MULTILINE,
)
_FAILED = re.compile(rb"^Action\s*:\s*failed", re.MULTILINE | re.IGNORECASE)
_ACTION = re.compile(rb"^Action\s*:", re.MULTILINE | re.IGNORECASE)
_LOOKED_AT = 2000


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
