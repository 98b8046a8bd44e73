"""Records as a file gives them, before they have met the records that are here (REC-7).

Everything is safe to draw. `line` counts from 1 and is where the row starts in the file. `extra` holds the fields
without a column of their own under their English heading (`model.fields`), and what the file says under headings that
were not understood. An empty text means that the file is silent, not that a value is to be erased.

All rows share: `own`, the id that this program's own export gave the record ("p12"); `owner` and `tags`; `created` and
`changed` in seconds since 1970, 0 where the file is silent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from salesinbox.model import records

LEADS, CONTACTS, COMPANIES, DEALS = "leads", "contacts", "companies", "deals"
TASKS, EVENTS, CALLS, NOTES, CASES, VENDORS, PRODUCTS = (
    "tasks", "events", "calls", "notes", "cases", "vendors", "products",
)  # fmt: skip
FILE_KINDS = (LEADS, CONTACTS, COMPANIES, DEALS, TASKS, EVENTS, CALLS, NOTES, CASES, VENDORS, PRODUCTS)
"""What a file can hold, in the order in which files are best taken in: activities are about records."""
ITEM_FILES = (TASKS, EVENTS, CALLS, NOTES, CASES, VENDORS, PRODUCTS)
SINGULAR: Mapping[str, str] = dict(zip(FILE_KINDS, records.KINDS, strict=True))
"""The kind of record in each kind of file."""
PLURAL: Mapping[str, str] = {kind: files for files, kind in SINGULAR.items()}

RECORD_ID = "Record Id"
"""The key in `extra` under which a record's id in the CRM that it came from is kept."""

ZOHO, HUBSPOT, SALESFORCE, SALESINBOX = "Zoho CRM", "HubSpot", "Salesforce", "SalesInbox"
"""Programs whose exports are recognised by their headings."""


@dataclass(frozen=True, slots=True)
class Reference:
    """How a file names another record: by `id` ("p12"), mail `address` or `name`, any of them "".

    `kind` is the kind of record where the heading says it ("contact": a lead will do, too), else "". `role` is a
    deal's contact's. `quiet`: nobody need be told where there is no such record.
    """

    name: str = ""
    address: str = ""
    id: str = ""
    kind: str = ""
    role: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A lead or a contact. `addresses` lower case, the primary one first, without repetitions."""

    line: int
    first: str = ""
    last: str = ""
    addresses: tuple[str, ...] = ()
    company: str = ""
    title: str = ""
    phone: str = ""
    source: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company. `domain` is a host name without "www."."""

    line: int
    name: str
    domain: str = ""
    phone: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal. `contacts` are addresses, the main contact's first; `contact_name` serves files without.

    `amount` is a decimal string, `closing` an ISO date, `probability` a percentage or None. `people`, where a file
    has it, is the whole of the deal's contacts with their roles, the main one first. `began` and `ended` are seconds
    since 1970, 0 where the file is silent.
    """

    line: int
    name: str
    company: str = ""
    contacts: tuple[str, ...] = ()
    contact_name: str = ""
    role: str = ""
    stage: str = ""
    probability: int | None = None
    amount: str = ""
    currency: str = ""
    closing: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    changed: int = 0
    source: str = ""
    pipeline: str = ""
    began: int = 0
    ended: int = 0
    people: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A task, event, call, note, case, vendor or product, as `model.records.Item`.

    `closed`: when it was done, 0 open, None where the file is silent, `CLOSED` where it does not say when.
    """

    line: int
    name: str = ""
    status: str = ""
    closed: int | None = None
    day: str = ""
    last_day: str = ""
    start: int = 0
    finish: int = 0
    hidden_until: int = 0
    priority: str = ""
    body: str = ""
    about: tuple[Reference, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    own: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    created: int = 0
    changed: int = 0


CLOSED = -1

Row = PersonRow | CompanyRow | DealRow | ItemRow

FIELD, CUSTOM, IGNORED = "field", "custom", "ignored"


@dataclass(frozen=True, slots=True)
class HeadingGuess:
    """What a heading of a file is taken for.

    `taken` is FIELD (then `field` is its name, see `model.fields`), CUSTOM (kept under the name in `field`) or
    IGNORED. `sample` is the first cell below it that holds anything.
    """

    heading: str
    taken: str
    field: str = ""
    sample: str = ""


@dataclass(frozen=True, slots=True)
class FileLook:
    """What a file of records is taken for, whether or not it can be taken in as it is.

    Attributes:
        format: "csv", "vcard" or "ics"; only CSV has headings.
        kind: One of `FILE_KINDS`; "" for a calendar with events and tasks.
        certain: The file, or the rep, says so; else it is the kind that most headings fit.
        recognised: The program that it seems to come from, or "".
        guesses: What each heading is taken for.
        likely: The kind that the headings clearly speak of, where `kind` is another one; else "".
        lacking: Fields of which the file must have one and has none.
        fields: (name, English heading) of all fields that a heading can be taken for.
    """

    format: str
    kind: str
    certain: bool = True
    recognised: str = ""
    guesses: tuple[HeadingGuess, ...] = ()
    likely: str = ""
    lacking: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


# Han, kana and Hangul: scripts in which the family name comes first.
_FAMILY_FIRST = re.compile(r"[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]")


def shown_name(first: str, last: str) -> str:
    """A person's name as it is shown: "First Last", or "姓 名" in scripts that put the family name first."""
    parts = (last, first) if _FAMILY_FIRST.search(first + last) else (first, last)
    return " ".join(part for part in parts if part)


def split_name(full: str) -> tuple[str, str]:
    """First and last name of a full one; a name that cannot be taken apart is a last name."""
    if "," in full:
        last, _comma, first = full.partition(",")
        return first.strip(), last.strip()
    parts = full.split()
    if len(parts) < 2:
        return "", full.strip()
    if _FAMILY_FIRST.search(full):
        return " ".join(parts[1:]), parts[0]
    return " ".join(parts[:-1]), parts[-1]
