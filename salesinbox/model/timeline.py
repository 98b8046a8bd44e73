"""What happened with a record, newest first, and what belongs to it (REC-2)."""

from dataclasses import dataclass

from salesinbox.model.records import Company, Deal, Item, Person

MAIL, STAGE, CREATED, CONVERTED, MERGED, FILE = "mail", "stage", "created", "converted", "merged", "file"
"""Kinds of entries beside the kinds of activities (`model.records.ACTIVITIES`, CASE)."""

SENT_HERE, SCHEDULED, DRAFTS, PEOPLE = "sent-here", "scheduled", "drafts", "people"
"""Filters on mail: sent by this program; waiting in the outbox; still being written; of all contacts, too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` is of the mail ("m4"), item, file or record; `thread` opens the mail; `mine`: the rep wrote it."""

    id: str
    kind: str
    date: int
    title: str
    detail: str = ""
    thread: str = ""
    who: str = ""
    mine: bool = False
    open: bool = False
    """An activity that is still to be done."""


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of a record: `id` "f3" is kept here; "m4:2.1" is part 2.1 of a mail."""

    id: str
    name: str
    type: str
    size: int
    date: int


@dataclass(frozen=True, slots=True)
class Related:
    people: tuple[Person, ...] = ()
    companies: tuple[Company, ...] = ()
    deals: tuple[Deal, ...] = ()
    items: tuple[Item, ...] = ()
    files: tuple[RecordFile, ...] = ()
