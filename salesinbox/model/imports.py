"""Records as a file gives them, before they have met the records that are here (REC-7).

Everything is safe to draw. `line` counts from 1 and is where the row starts in the file. `extra` holds what
the file says under headings that were not understood. An empty text means that the file is silent, not that a
value is to be erased.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

LEADS, CONTACTS, COMPANIES, DEALS = "leads", "contacts", "companies", "deals"
FILE_KINDS = (LEADS, CONTACTS, COMPANIES, DEALS)


RECORD_ID = "Record Id"
"""The key in `extra` under which a record's id in the CRM that it came from is kept."""


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


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company. `domain` is a host name without "www."."""

    line: int
    name: str
    domain: str = ""
    phone: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal. `contacts` are addresses, the main contact's first; `contact_name` serves files without.

    `amount` is a decimal string, `closing` an ISO date, `probability` a percentage or None.
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


Row = PersonRow | CompanyRow | DealRow

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
