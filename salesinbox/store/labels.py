"""Labels by the names that people read, and the IMAP keywords that servers keep (RFC 9051 §2.3.2)."""

from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.text import safe

_FORBIDDEN = frozenset('(){ %*"\\]')
_PLAIN_LENGTH = 60
_SYSTEM = frozenset({"$forwarded", "$mdnsent", "$submitpending", "$submitted", "$phishing", "$hasattachment",
                     "$hasnoattachment", "junk", "nonjunk", "$junk", "$notjunk", "notjunk"})  # fmt: skip


ENGLISH = {
    "$label1": "Important",
    "$label2": "Work",
    "$label3": "Personal",
    "$label4": "To Do",
    "$label5": "Later",
}
"""What Thunderbird calls its five labels, and other clients after it."""


def titles() -> dict[str, str]:
    """Thunderbird's five labels, which other clients know as well."""
    return {
        "$label1": _("Important"),
        "$label2": _("Work"),
        "$label3": _("Personal"),
        "$label4": _("To Do"),
        "$label5": _("Later"),
    }


def keyword(name: str) -> str:
    """The IMAP keyword of a label (RFC 9051 §2.3.2), written as Thunderbird writes it. UsageError for a bad name."""
    name = name.strip()
    for word, title in titles().items():
        if name.lower() in (word, title.lower(), ENGLISH[word].lower()):
            return word
    from imapclient import imap_utf7  # noqa: PLC0415 - few commands are about labels

    encoded: bytes = imap_utf7.encode(name.replace(" ", "_"))
    word = encoded.decode("ascii", "replace")
    bad = any(letter in _FORBIDDEN or letter <= " " for letter in word)
    if not word or len(word) > _PLAIN_LENGTH or bad or word.lower() in _SYSTEM:
        raise UsageError(_("{name} cannot be a label. Use up to {n} letters.").format(name=repr(name), n=_PLAIN_LENGTH))
    return word


def label(keyword: str) -> str:
    """The name of an IMAP keyword as people read it; "" for keywords that are programs' own business."""
    low = keyword.lower()
    if low in _SYSTEM:
        return ""
    if low in (known := titles()):
        return known[low]
    from imapclient import imap_utf7  # noqa: PLC0415 - the same

    try:
        decoded: str = imap_utf7.decode(keyword.encode("ascii", "replace"))
    except (ValueError, UnicodeError, IndexError):
        decoded = keyword
    return safe(decoded.replace("_", " "), 80).strip()
