"""Views that follow from the sender's record (VIEW-1)."""

from datetime import datetime, tzinfo

from salesinbox.model.board import View
from salesinbox.model.records import KnownAddress

# Bits are joined here once: joining them costs more than everything else that is done for a thread.
_NONE = View(0)
_OPEN = View.OPEN_DEALS
_CLOSING = View.OPEN_DEALS | View.CLOSING
_CUSTOMER = View.CUSTOMERS

RECORD_VIEWS = View.OPEN_DEALS | View.CLOSING | View.CUSTOMERS
"""All bits that `record_views` can set: they change with the records, the other ones with the mail."""


def record_views(known: KnownAddress | None, month: str) -> View:
    """The views of VIEW-1 that mail from this address is in.

    Args:
        known: What the CRM knows of the address.
        month: The organisation's current month, "2026-11" (`month_of`).
    """
    if known is None or not known.contact_id:
        return _NONE
    if known.open_deals:
        for deal in known.open_deals:
            if closing_this_month(deal.closing, month):
                return _CLOSING
        return _OPEN
    return _CUSTOMER if known.has_won else _NONE


def closing_this_month(closing: str, month: str) -> bool:
    """Whether an ISO date lies in the month; a deal without a closing date closes in none."""
    return closing != "" and closing[:7] == month


def month_of(now: int, zone: tzinfo) -> str:
    """The month, "2026-11", of a time in seconds since 1970 as the calendar of the zone has it."""
    return f"{datetime.fromtimestamp(now, zone):%Y-%m}"
