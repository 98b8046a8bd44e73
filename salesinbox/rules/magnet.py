"""Which mail waits for the rep's answer (MAG-1), and when nothing is told outside of the program (MAG-5)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from salesinbox.model.board import COLLEAGUES
from salesinbox.model.records import KnownAddress
from salesinbox.model.settings import Magnet
from salesinbox.rules import columns
from salesinbox.rules.addresses import normal
from salesinbox.rules.columns import Overrides, Own
from salesinbox.rules.groups import is_group, without_tag

TO_ME, TO_GROUP, LISTED = 1, 2, 4
"""How a message came: to the rep's own address; to a group address only; by a mailing list."""

MOST_ASKS = 20
"""Of one thread's messages without an answer, so many are looked at: the newest."""
NOT_ADDRESSED, GROUP, LIST, STRANGER, COLLEAGUE, OLD = "not-addressed", "group", "list", "stranger", "colleague", "old"
"""Why a message is not for the magnet."""

_DAY = 86_400


class Ask(NamedTuple):
    """A message without an answer that a person wrote, and that did not fail its sender's checks (COL-13).

    `row` is the message's, `address` its sender's in the normal form, `how` as `addressed` says, or LISTED; `date`
    in seconds since 1970.
    """

    row: int
    address: str
    how: int
    date: int


def addressed(recipients: Iterable[str], own: Own) -> int:
    """TO_ME, TO_GROUP or 0: whether a message's To and Cc name the rep, or a group that the rep may be in.

    A group is an address by its local part (`rules.groups`): one of the rep's own, or at one of the rep's domains.
    An address with a tag (`name+tag@…`) is the one without it.
    """
    found = 0
    for recipient in recipients:
        address = normal(recipient)
        bare = without_tag(address)
        if address in own.addresses or bare in own.addresses:
            if not is_group(bare):
                return TO_ME
            found = TO_GROUP
        elif bare.rpartition("@")[2] in own.domains and is_group(bare, compound=True):
            found = TO_GROUP
    return found


def waiting(
    asks: Sequence[Ask],
    known: Mapping[str, KnownAddress],
    own: Own,
    overrides: Overrides,
    now: int,
    magnet: Magnet,
    *,
    dismissed: int = 0,
    forced: bool | None = None,
) -> list[Ask]:
    """Those of a thread's messages that put it into the magnet, in the order given.

    Args:
        asks: The messages since the rep's last answer.
        known: What the CRM knows of their senders, by address.
        own: The rep's side.
        overrides: The rep's own decisions: whom they put among the colleagues is one.
        now: Seconds since 1970; 0 leaves age aside.
        magnet: The rep's settings.
        dismissed: The newest message that the rep wants to hear no more of.
        forced: What a filter decided; True lets any sender in (FLT-2).
    """
    left = [ask for ask in asks if ask.row > dismissed]
    if forced is not None:
        return left if forced else []
    return [ask for ask in left if not hindrance(ask, known.get(ask.address), own, overrides, now, magnet)]


def hindrance(ask: Ask, known: KnownAddress | None, own: Own, overrides: Overrides, now: int, magnet: Magnet) -> str:
    """Why a message is not for the magnet, one of the words above; "" when it is. The sender comes first."""
    if is_colleague(ask.address, own, overrides):
        return COLLEAGUE
    if known is None or not (known.contact_id or known.lead_id):
        return STRANGER
    if ask.how & LISTED and not magnet.lists:
        return LIST
    if ask.how & TO_GROUP and not magnet.groups:
        return GROUP
    if not ask.how:
        return NOT_ADDRESSED
    return OLD if ask.date < now - magnet.days * _DAY else ""


def is_colleague(address: str, own: Own, overrides: Overrides) -> bool:
    """By the rule (COL-4), whatever the CRM knows, or because the rep put them among the colleagues (COL-3)."""
    domain = address.rpartition("@")[2]
    chosen = overrides.addresses.get(address) or overrides.domains.get(domain)
    return chosen == COLLEAGUES or columns.colleague(address, domain, own) != ""


def is_quiet(now: float, zone: tzinfo, magnet: Magnet) -> bool:
    """Whether this is one of the rep's quiet hours or days, by the clock on the wall of the rep's zone."""
    then = datetime.fromtimestamp(now, zone)
    if then.weekday() in magnet.quiet_days:
        return True
    minute = then.hour * 60 + then.minute
    return any(start <= minute < end if start < end else minute >= start or minute < end for start, end in magnet.quiet)
