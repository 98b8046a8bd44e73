"""Which mail waits for the rep's answer (MAG-1, MAG-2)."""

from collections.abc import Collection, Iterable

from salesinbox.model.records import KnownAddress
from salesinbox.model.settings import Magnet
from salesinbox.rules.addresses import normal

TO_ME, TO_GROUP, LISTED = 1, 2, 4
"""How a message asks: it was sent to the rep's own address; to a group address only; it came by a mailing list."""

_DAY = 86_400


def addressed(recipients: Iterable[str], own: Collection[str]) -> int:
    """TO_ME, TO_GROUP or 0: whether a message's To and Cc name the rep.

    Args:
        recipients: The addresses in To and Cc.
        own: The rep's addresses in their normal form.
    """
    return TO_ME if any(normal(one) in own for one in recipients) else 0


def waits(asking: int, known: KnownAddress | None, colleague: str, since: int, now: int, magnet: Magnet) -> bool:
    """Whether a thread's unanswered mail is for the magnet: from a lead or contact, to the rep, recent enough.

    Args:
        asking: Bits as above, of all messages without an answer.
        known: What the CRM knows of who decides the thread.
        colleague: The rule that makes them a colleague, or "".
        since: The date of the oldest message without an answer.
        now: Seconds since 1970; 0 leaves age aside.
        magnet: The rep's settings.
    """
    if known is None or colleague or not (known.contact_id or known.lead_id):
        return False
    allowed = TO_ME | (TO_GROUP if magnet.groups else 0) | (LISTED if magnet.lists else 0)
    return asking & allowed != 0 and since >= now - magnet.days * _DAY
