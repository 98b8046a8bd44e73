"""What happened with a record, newest first, and what belongs to it (REC-2)."""

from dataclasses import dataclass

from salesinbox.model.records import Company, Deal, Item, Person

MAIL, STAGE, CREATED, CONVERTED, MERGED, FILE = "mail", "stage", "created", "converted", "merged", "file"
EDITED, DONE, REOPENED = "edited", "closed", "reopened"
"""Kinds of entries beside the kinds of activities (`model.records.ACTIVITIES`, CASE)."""

SENT_HERE, SCHEDULED, DRAFTS, PEOPLE = "sent-here", "scheduled", "drafts", "people"
"""Filters on mail: sent by this program; waiting in the outbox; still being written; of all contacts, too."""

Key = tuple[int, str, int]
"""Where an entry stands: its date, and what tells it from others of the same second: a letter and a number."""
HISTORY = "h"
"""The letter of entries that say what became of the record."""


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
    """An activity that is still to be done, or mail that is not sent yet."""
    day: str = ""
    """The ISO date where it is no time of day but a whole day; `date` lies somewhere in it."""
    key: Key = (0, "", 0)
    """Its place: `before` of the page that follows."""


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A file of a record: `id` "f3" is kept here; "m4:2.1" is part 2.1 of a mail."""

    id: str
    name: str
    type: str
    size: int
    date: int


@dataclass(frozen=True, slots=True)
class FileAtHand:
    """A file that can go with a mail, and the record that it is of: its id, kind and name."""

    file: RecordFile
    record: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Related:
    people: tuple[Person, ...] = ()
    companies: tuple[Company, ...] = ()
    deals: tuple[Deal, ...] = ()
    items: tuple[Item, ...] = ()
    files: tuple[RecordFile, ...] = ()
