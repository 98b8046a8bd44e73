"""Files of records: CSV that other programs and `files.read` take in (REC-7)."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from salesinbox.formats import headings, references
from salesinbox.formats.formulas import neutralise
from salesinbox.model.fields import FIELDS
from salesinbox.model.imports import (
    CALLS,
    CASES,
    COMPANIES,
    CONTACTS,
    DEALS,
    EVENTS,
    LEADS,
    NOTES,
    PRODUCTS,
    SINGULAR,
    TASKS,
    VENDORS,
    CompanyRow,
    DealRow,
    ItemRow,
    PersonRow,
    Row,
)

_PIECE = 1 << 16
_PERSON = ("first", "last", "email", "email_2", "company", "title", "phone", "source")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    LEADS: _PERSON,
    CONTACTS: _PERSON,
    COMPANIES: ("name", "domain", "phone"),
    DEALS: (
        "name", "company", "contacts", "contact_name", "role", "stage", "probability", "amount", "currency", "closing",
        "pipeline", "source", "began", "ended", "people",
    ),
    TASKS: ("name", "due", "status", "priority", "about", "description", "closed", "hidden"),
    EVENTS: ("name", "start", "finish", "about", "description", "closed"),
    CALLS: ("name", "start", "about", "description", "closed"),
    NOTES: ("name", "description", "about"),
    CASES: ("name", "status", "priority", "about", "description", "closed"),
    VENDORS: ("name", "description"),
    PRODUCTS: ("name", "description"),
}  # fmt: skip
_LAST = ("owner", "tags", "created", "changed", "own")


def write(
    kind: str, rows: Iterable[Row], *, extra: Sequence[str] = (), bom: bool = True, zone: tzinfo = UTC
) -> Iterator[str]:
    """Lines of a CSV file that `files.read` takes back unchanged.

    Args:
        kind: One of `FILE_KINDS`; the rows are of this kind.
        rows: What to write; `line` is of no matter.
        extra: Headings of the rows' further fields, in their order.
        bom: Start with a byte order mark, without which Excel does not read Japanese.
        zone: Times are written in it, with their offset.
    """
    names = [*_COLUMNS[kind], *_LAST]
    first = [headings.first(kind, name) for name in names]
    # A heading of a foreign file may be the same as one of ours in another spelling.
    taken = {headings.fold(heading) for heading in first}
    further = [name for name in extra if headings.fold(name) not in taken]
    at = len(names) - len(_LAST)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write("\ufeff")
    writer.writerow([neutralise(cell) for cell in (*first[:at], *further, *first[at:])])
    for row in rows:
        cells = _cells(row, zone)
        own = [cells.get(name, "") for name in names]
        fields: Mapping[str, str] = row.extra
        writer.writerow(
            [neutralise(cell) for cell in (*own[:at], *(fields.get(name, "") for name in further), *own[at:])]
        )
        if buffer.tell() > _PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def in_order(kind: str, further: Iterable[str]) -> list[str]:
    """Headings of further fields: those that every record of the kind can have first, in their order."""
    known = {one.heading: place for place, one in enumerate(FIELDS[SINGULAR[kind]])}
    return sorted(further, key=lambda heading: (known.get(heading, len(known)), heading))


def time(seconds: int, zone: tzinfo) -> str:
    """A moment as files have it, "" for 0."""
    return datetime.fromtimestamp(seconds, zone).isoformat() if seconds else ""


def _cells(row: Row, zone: tzinfo) -> dict[str, str]:
    """Cells by field."""
    return {
        **_own_cells(row, zone),
        "own": row.own,
        "owner": row.owner,
        "tags": references.write_tags(row.tags),
        "created": time(row.created, zone),
        "changed": time(row.changed, zone),
    }


def _own_cells(row: Row, zone: tzinfo) -> dict[str, str]:
    match row:
        case PersonRow():
            return {
                "first": row.first,
                "last": row.last,
                "email": "".join(row.addresses[:1]),
                "email_2": "; ".join(row.addresses[1:]),
                "company": row.company,
                "title": row.title,
                "phone": row.phone,
                "source": row.source,
            }
        case CompanyRow():
            return {"name": row.name, "domain": row.domain, "phone": row.phone}
        case DealRow():
            return {
                "name": row.name,
                "company": row.company,
                "contacts": "; ".join(row.contacts),
                "contact_name": row.contact_name,
                "role": row.role,
                "stage": row.stage,
                "probability": "" if row.probability is None else str(row.probability),
                "amount": row.amount,
                "currency": row.currency,
                "closing": row.closing,
                "pipeline": row.pipeline,
                "source": row.source,
                "began": time(row.began, zone),
                "ended": time(row.ended, zone),
                "people": references.write(row.people),
            }
        case ItemRow():
            return {
                "name": row.name,
                "due": row.day or time(row.start, zone),
                "start": row.day or time(row.start, zone),
                "finish": row.last_day or time(row.finish, zone),
                "status": row.status,
                "priority": row.priority,
                "about": references.write(row.about),
                "description": row.body,
                "closed": time(row.closed or 0, zone),
                "hidden": time(row.hidden_until, zone),
            }
