"""What the CRM knows. Ids are strings that stay the same: "p12" a person, "c3" a company, "d7" a deal."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAD, CONTACT, COMPANY, DEAL = "lead", "contact", "company", "deal"
TASK, EVENT, CALL, NOTE, CASE, VENDOR, PRODUCT = "task", "event", "call", "note", "case", "vendor", "product"

KINDS = (LEAD, CONTACT, COMPANY, DEAL, TASK, EVENT, CALL, NOTE, CASE, VENDOR, PRODUCT)
ITEM_KINDS = (TASK, EVENT, CALL, NOTE, CASE, VENDOR, PRODUCT)
"""Kinds that are kept as `Item`."""
ACTIVITIES = (TASK, EVENT, CALL, NOTE)

LETTERS = {
    LEAD: "p", CONTACT: "p", COMPANY: "c", DEAL: "d",
    TASK: "k", EVENT: "e", CALL: "l", NOTE: "n", CASE: "s", VENDOR: "v", PRODUCT: "g",
}  # fmt: skip
"""What ids of a kind begin with. Items share their numbers: "k12" and "e12" are never both there."""

OPEN, WON, LOST = "open", "won", "lost"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units would lose nothing, but CRMs export decimals: `amount` is a decimal string."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline; `state` is open, won or lost (REC-6). `probability` in percent."""

    name: str
    state: str
    probability: int


@dataclass(frozen=True, slots=True)
class Person:
    """A lead or a contact. `addresses` lower-cased, the primary one first."""

    id: str
    kind: str
    first: str
    last: str
    name: str
    """As shown: "First Last", or "姓 名" for names in Japanese script."""
    addresses: tuple[str, ...]
    company_id: str
    company: str
    title: str
    phone: str
    source: str
    changed: int
    owner: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further fields by their English heading (`model.fields`), custom ones by their name."""


@dataclass(frozen=True, slots=True)
class Company:
    id: str
    name: str
    domain: str
    phone: str
    changed: int
    owner: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal. `closing` is an ISO date or empty; `stage_state` is open, won or lost (COL-5)."""

    id: str
    name: str
    company_id: str
    company: str
    amount: str
    currency: str
    stage: str
    stage_state: str
    closing: str
    contact_ids: tuple[str, ...]
    """The main contact's first."""
    changed: int
    owner: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    pipeline: str = ""
    probability: int = 0
    """In percent: its own, else its stage's."""
    roles: tuple[str, ...] = ()
    """Of `contact_ids`, one for one; "" for the main contact."""


@dataclass(frozen=True, slots=True)
class Item:
    """A task, event, call, note, case, vendor or product.

    Tasks and events have `day` (ISO) where they take whole days, or `start` and `finish` (seconds since 1970) where
    they have a time of day. `closed` is when it was done, 0 while it is open. `about` are ids of records; `message`
    ("m4", or "") is the mail that it was made from.
    """

    id: str
    kind: str
    name: str
    status: str = ""
    closed: int = 0
    day: str = ""
    last_day: str = ""
    start: int = 0
    finish: int = 0
    hidden_until: int = 0
    priority: str = ""
    body: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    about_names: tuple[str, ...] = ()
    """Names of the records in `about`, one for one."""
    message: str = ""
    created: int = 0
    changed: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)


Record = Person | Company | Deal | Item


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """Everything that placing needs to know of one address (COL-3 to COL-7).

    Deals are listed most recently changed first; `open_deals` and `won_deals` are of the contact only.
    """

    contact_id: str = ""
    contact_name: str = ""
    lead_id: str = ""
    lead_name: str = ""
    open_deals: tuple["DealBrief", ...] = ()
    has_won: bool = False


@dataclass(frozen=True, slots=True)
class DealBrief:
    """As much of a deal as a card shows (COL-10)."""

    id: str
    name: str
    amount: str
    currency: str
    stage: str
    closing: str


@dataclass(frozen=True, slots=True)
class RowError:
    """A row of a file that was not taken, and why, in words. `line` counts from 1, the heading included."""

    line: int
    error: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with a dry run would do (REC-7). `moved`: threads that changed their column (COL-9)."""

    created: int
    updated: int
    skipped: int
    errors: tuple[RowError, ...]
    moved: int
    unmapped: tuple[str, ...] = ()
    """Headings that were not understood; their cells are kept as custom fields."""
    kind: str = ""
    """The kind of file that it was, or was taken for ("leads", …; see `model.imports`)."""
    recognised: str = ""
    """The program that the file seems to come from, "" where nothing tells."""
    further_errors: int = 0
    """Rows with errors beyond those in `errors`, which holds the first 10,000."""
