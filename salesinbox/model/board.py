"""The board: columns, views, cards, and why a card lies where it lies."""

from dataclasses import dataclass
from enum import IntFlag

from salesinbox.model.records import DealBrief

DEALS, PEOPLE, COLLEAGUES, UNKNOWN = "deals", "people", "colleagues", "unknown"
COLUMNS = (DEALS, PEOPLE, COLLEAGUES, UNKNOWN)

ME = ""
"""The rep among a card's people: a name that no mail can bear, drawn as "me" in the interface's language."""


class View(IntFlag):
    """Views that a thread can be in, as bits: the database keeps one index and one count for each."""

    INBOX = 1
    UNREAD = 2
    FLAGGED = 4
    CLOSING = 8
    CUSTOMERS = 16
    OPEN_DEALS = 32
    WAITING = 64
    SENT = 128
    DRAFTS = 256
    ARCHIVE = 512
    SPAM = 1024
    TRASH = 2048
    ALL = 4096
    """Everything but spam and trash."""
    SNOOZED = 8192
    MAGNET = 16384
    """Mail of customers that waits for the rep's answer (MAG-1)."""


VIEW_NAMES = {
    "inbox": View.INBOX,
    "magnet": View.MAGNET,
    "unread": View.UNREAD,
    "flagged": View.FLAGGED,
    "closing-this-month": View.CLOSING,
    "customers": View.CUSTOMERS,
    "open-deals": View.OPEN_DEALS,
    "snoozed": View.SNOOZED,
    "waiting": View.WAITING,
    "drafts": View.DRAFTS,
    "sent": View.SENT,
    "archive": View.ARCHIVE,
    "spam": View.SPAM,
    "trash": View.TRASH,
    "all": View.ALL,
}
"""Names of views as the command line and the rail know them (VIEW-1, VIEW-3), in the rail's order."""

# How a column can be ordered (COL-11).
NEWEST, AMOUNT, CLOSING_DATE, WAITING_LONGEST = "newest", "amount", "closing", "waiting"
ORDERS = (NEWEST, AMOUNT, CLOSING_DATE, WAITING_LONGEST)


@dataclass(frozen=True, slots=True)
class Placement:
    """The answer of placing: a column, and the reason in parts that can be put into words (COL-8).

    `rule` is one of: override-thread, override-address, override-domain, own-address, own-domain,
    team-member, open-deal, contact, lead, no-record. `warning` is "" or "auth-failed" (COL-13). `also` lists
    other columns that matched.
    """

    column: str
    rule: str
    address: str
    record_id: str = ""
    record_name: str = ""
    also: tuple[str, ...] = ()
    deal: DealBrief | None = None
    other_record_id: str = ""
    """The lead that shares the address with the contact that won (COL-7)."""
    other_record_name: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A thread as one cell of a column (COL-10).

    `people` names who takes part, newest sender first; the rep is `ME`.
    """

    id: str
    row: int
    account: str
    column: str
    people: tuple[str, ...]
    sender_name: str
    sender_address: str
    subject: str
    date: int
    messages: int
    unread: bool
    flagged: bool
    answered: bool
    attachments: bool
    deal: DealBrief | None
    closing_this_month: bool
    warning: str
    snoozed_until: int = 0
    """When it comes back (ACT-5), or when it came back, if `woke`."""
    woke: bool = False
    note: str = ""
    link: str = ""
    """How the deal was found: "auto", "chosen" by the rep, or a "guess" (LINK-2)."""
    waiting_since: int = 0
    """Since when mail of theirs waits for an answer; 0: none does."""
    task: bool = False
    """A task that was made from its mail is still to be done (MAG-3)."""
    sort: int = 0
    """The value the column is ordered by; with `row` it is the card's place (a key for paging)."""


@dataclass(frozen=True, slots=True)
class ColumnHead:
    name: str
    title: str
    threads: int
    unread: int


@dataclass(frozen=True, slots=True)
class ViewCount:
    """A line of the rail. `group` is the heading it stands under, `depth` how far below another folder it lies."""

    name: str
    title: str
    threads: int
    unread: int
    group: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Why:
    """A placement in words (COL-8)."""

    column: str
    reason: str
    rule: str
    record: str
    address: str
    also: tuple[str, ...]
    warning: str = ""
    link: str = ""
    """How the thread came to be linked to a deal, or to none, in words; "" if nothing links it (LINK-2)."""
