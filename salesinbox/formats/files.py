"""Files of records: CSV in and out (REC-7). Bytes in, rows out; bad rows come out as errors."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from salesinbox.formats import amounts, dates, headings, tables
from salesinbox.formats.addresses import addresses, domain
from salesinbox.formats.formulas import neutralise, restore
from salesinbox.locale.texts import _
from salesinbox.model.errors import RecordsFileError
from salesinbox.model.imports import (
    COMPANIES,
    CONTACTS,
    DEALS,
    FILE_KINDS,
    LEADS,
    RECORD_ID,
    CompanyRow,
    DealRow,
    PersonRow,
    Row,
    split_name,
)
from salesinbox.model.records import RowError
from salesinbox.model.text import safe

_NAME_LENGTH = 200
_EXTRA_LENGTH = 2_000
_LISTED = 12


class RecordsFile:
    """A file of one kind of record, understood: rows are read from it as often as wanted.

    Raises:
        RecordsFileError: The content cannot be read at all, or is of another kind; the sentence says which.
    """

    def __init__(self, content: bytes, kind: str) -> None:
        self.kind = kind
        self._table = tables.table(content, headings.understood)
        names = self._table.heading
        self._meanings = headings.meanings(kind, names)
        other = headings.other_kind(kind, names)
        if other:
            raise RecordsFileError(
                _("This looks like a file of {other}, not of {kind}. Import it with --kind {other_kind}.").format(
                    other=_kind_name(other), kind=_kind_name(kind), other_kind=other
                )
            )
        if not headings.complete(kind, self._meanings):
            raise RecordsFileError(
                _(
                    "The first line does not name the columns of {kind}. It has: {found}. Expected are"
                    " headings like: {expected}."
                ).format(
                    kind=_kind_name(kind),
                    found=", ".join(safe(name, 40) for name in names[:_LISTED]),
                    expected=headings.examples(kind),
                )
            )
        self._columns: dict[str, list[int]] = {}
        self._others: list[tuple[int, str]] = []
        for index, (name, meaning) in enumerate(zip(names, self._meanings, strict=True)):
            if meaning:
                self._columns.setdefault(meaning, []).append(index)
            elif heading := safe(restore(name), 100).strip():
                self._others.append((index, heading))
        self.unmapped = tuple(heading for _index, heading in self._others)
        """Headings that were not understood; their cells are kept as `extra`."""
        self._day_first = kind == DEALS and dates.day_first(self._cells("closing"))
        self._decimal_comma = kind == DEALS and amounts.comma_is_decimal(self._cells("amount"))

    def _cells(self, field: str) -> Iterator[str]:
        columns = self._columns.get(field, ())
        for row in self._table.rows() if columns else ():
            if not isinstance(row, tables.BrokenRow):
                for column in columns:
                    if column < len(row[1]) and (cell := restore(row[1][column])):
                        yield cell

    def rows(self) -> Iterator[Row | RowError]:
        """Every row as a record of the file's kind, or as an error that says what is wrong with it."""
        makers: Mapping[str, Callable[[int, Sequence[str]], Row]] = {
            COMPANIES: self._company,
            DEALS: self._deal,
        }
        row_of = makers.get(self.kind, self._person)
        width = len(self._table.heading)
        for found in self._table.rows():
            if isinstance(found, tables.BrokenRow):
                yield RowError(found.line, found.reason)
                continue
            line, cells = found
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                reason = _(
                    "The row has {cells} cells, but the first line names {width} columns. Is a quotation mark missing?"
                )
                yield RowError(line, reason.format(cells=len(cells), width=width))
                continue
            cells += [""] * (width - len(cells))
            try:
                yield row_of(line, cells)
            except ValueError as error:
                yield RowError(line, safe(str(error)))

    def _text(self, cells: Sequence[str], field: str, limit: int = _NAME_LENGTH) -> str:
        for column in self._columns.get(field, ()):
            if text := safe(restore(cells[column]).strip(), limit).strip():
                return text
        return ""

    def _addresses(self, cells: Sequence[str], *fields: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for field in fields:
            for column in self._columns.get(field, ()):
                if cell := cells[column]:
                    found.update(dict.fromkeys(addresses(safe(restore(cell)))))
        return tuple(found)

    def _extra(self, cells: Sequence[str]) -> dict[str, str]:
        source_id = self._text(cells, "id")
        return ({RECORD_ID: source_id} if source_id else {}) | {
            heading: text
            for index, heading in self._others
            if cells[index] and (text := safe(restore(cells[index]).strip(), _EXTRA_LENGTH).strip())
        }

    def _person(self, line: int, cells: Sequence[str]) -> PersonRow:
        first, last = self._text(cells, "first"), self._text(cells, "last")
        if not first and not last:
            first, last = split_name(self._text(cells, "name"))
        found = self._addresses(cells, "email", "email_2")
        if not found and not last:
            raise ValueError(_("The row has neither a mail address nor a last name."))
        extra = self._extra(cells)
        phone, mobile = self._text(cells, "phone"), self._text(cells, "mobile")
        if phone and mobile and mobile != phone:
            extra[_MOBILE] = mobile
        return PersonRow(
            line, first, last, found,
            company=self._text(cells, "company"),
            title=self._text(cells, "title"),
            phone=phone or mobile,
            source=self._text(cells, "source"),
            extra=extra,
        )  # fmt: skip

    def _company(self, line: int, cells: Sequence[str]) -> CompanyRow:
        name = self._text(cells, "name")
        if not name:
            raise ValueError(_("The row has no company name."))
        site = domain(self._text(cells, "domain"))
        return CompanyRow(line, name, site, self._text(cells, "phone"), self._extra(cells))

    def _deal(self, line: int, cells: Sequence[str]) -> DealRow:
        name = self._text(cells, "name")
        if not name:
            raise ValueError(_("The row has no deal name."))
        amount, sign = amounts.amount(self._text(cells, "amount"), decimal_comma=self._decimal_comma)
        extra = self._extra(cells)
        probability = self._text(cells, "probability")
        if probability:
            extra[_PROBABILITY] = probability
        return DealRow(
            line, name,
            company=self._text(cells, "company"),
            contacts=self._addresses(cells, "contacts"),
            contact_name=self._text(cells, "contact_name"),
            role=self._text(cells, "role"),
            stage=self._text(cells, "stage"),
            probability=_percent(probability),
            amount=amount,
            currency=amounts.currency(self._text(cells, "currency")) or sign,
            closing=dates.date(self._text(cells, "closing"), day_first=self._day_first),
            extra=extra,
        )  # fmt: skip


# Kept beside the fields, under headings that are understood when they come back.
_MOBILE = "Mobile"
_PROBABILITY = "Probability"


def _percent(cell: str) -> int | None:
    try:
        value = float(cell.rstrip("%％ "))
    except ValueError:
        return None
    return int(value) if 0 <= value <= 100 else None


def _kind_name(kind: str) -> str:
    return {
        LEADS: _("leads"),
        CONTACTS: _("contacts"),
        COMPANIES: _("companies"),
        DEALS: _("deals"),
    }[kind]


def read(content: bytes, kind: str) -> RecordsFile:
    """Understand a file of records; `kind` is one of `FILE_KINDS`.

    Raises:
        RecordsFileError: See `RecordsFile`.
    """
    assert kind in FILE_KINDS
    return RecordsFile(content, kind)


_PERSON_HEADINGS = (
    "First Name",
    "Last Name",
    "Email",
    "Secondary Email",
    "Company",
    "Title",
    "Phone",
    "Lead Source",
)
_HEADINGS = {
    LEADS: _PERSON_HEADINGS,
    CONTACTS: _PERSON_HEADINGS,
    COMPANIES: ("Company Name", "Website", "Phone"),
    DEALS: (
        "Deal Name", "Company", "Contact Email", "Contact Name", "Contact Role", "Stage", "Amount", "Currency",
        "Closing Date",
    ),
}  # fmt: skip


def write(kind: str, rows: Iterable[Row], *, extra: Sequence[str] = (), bom: bool = True) -> Iterator[str]:
    """Lines of a CSV file that `read` takes back unchanged.

    Args:
        kind: One of `FILE_KINDS`; the rows are of this kind.
        rows: What to write; `line` is of no matter.
        extra: Headings of the rows' further fields, in their order.
        bom: Start with a byte order mark, without which Excel does not read Japanese.
    """
    # A heading of a foreign file may be the same as one of ours in another spelling.
    taken = {headings.fold(name) for name in _HEADINGS[kind]}
    further = [name for name in extra if headings.fold(name) not in taken]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write("\ufeff")
    writer.writerow([neutralise(cell) for cell in (*_HEADINGS[kind], *further)])
    for row in rows:
        fields: Mapping[str, str] = row.extra
        writer.writerow([neutralise(cell) for cell in (*_cells(row), *(fields.get(name, "") for name in further))])
        if buffer.tell() > 1 << 16:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cells(row: Row) -> tuple[str, ...]:
    match row:
        case PersonRow():
            return (
                row.first, row.last, *_first_and_others(row.addresses), row.company, row.title, row.phone,
                row.source,
            )  # fmt: skip
        case CompanyRow():
            return (row.name, row.domain, row.phone)
        case DealRow():
            return (
                row.name, row.company, "; ".join(row.contacts), row.contact_name, row.role, row.stage,
                row.amount, row.currency, row.closing,
            )  # fmt: skip


def _first_and_others(found: Sequence[str]) -> tuple[str, str]:
    return (found[0] if found else "", "; ".join(found[1:]))
