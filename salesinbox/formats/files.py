"""Files of records: CSV understood, row by row (REC-7). Bytes in, rows out; bad rows come out as errors."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo

from salesinbox.formats import headings, tables
from salesinbox.formats.columns_read import Columns
from salesinbox.formats.file_rows import maker
from salesinbox.formats.formulas import restore
from salesinbox.formats.tables import Source
from salesinbox.locale.texts import _
from salesinbox.model.errors import RecordsFileError
from salesinbox.model.fields import FIELDS
from salesinbox.model.imports import (
    CALLS,
    CASES,
    COMPANIES,
    CONTACTS,
    CUSTOM,
    DEALS,
    EVENTS,
    FIELD,
    FILE_KINDS,
    IGNORED,
    LEADS,
    NOTES,
    PRODUCTS,
    SINGULAR,
    TASKS,
    VENDORS,
    HeadingGuess,
    Row,
)
from salesinbox.model.records import RowError
from salesinbox.model.settings import CustomField
from salesinbox.model.text import safe

_MODEL = {"email": "addresses", "people": "contacts", "own": "id"}
"""Fields that the model calls otherwise than headings do."""
_LISTED = 12
_SAMPLE = 60
_ROWS_FOR_SAMPLES = 200


class RecordsFile:
    """A file of one kind of record, understood: rows are read from it as often as wanted.

    Args:
        content: The whole file, or what opens it.
        kind: One of `FILE_KINDS`; "" takes what the headings say.
        zone: Of times that name none.
        mapping: See `headings.meanings`.
        custom: The rep's own fields, of all kinds.
        lenient: Understand as much as there is: a file that says no kind is taken for the likeliest one, and what is
            wrong is told by `likely` and `lacking`.

    Raises:
        RecordsFileError: The content cannot be read at all, or is of another kind; the sentence says which.
        UsageError: The mapping names a heading or a field that is not there.
    """

    def __init__(
        self,
        content: Source,
        kind: str,
        *,
        zone: tzinfo = UTC,
        mapping: Mapping[str, str] | None = None,
        custom: Sequence[CustomField] = (),
        lenient: bool = False,
    ) -> None:
        self._table = tables.table(content, headings.understood)
        names = self._table.heading
        self.recognised = headings.program(names)
        """The program that the file seems to come from, or ""."""
        self.kind = kind or headings.kind_of(names) or _by_mapping(mapping)
        self.certain = bool(self.kind)
        """The kind was given, or the headings say it."""
        if lenient:
            self.kind = self.kind or headings.likeliest(names)
        elif not self.kind:
            raise RecordsFileError(
                _("The first line does not say what kind of records these are. Say it with --kind: {kinds}.").format(
                    kinds=", ".join(FILE_KINDS)
                )
            )
        own = [one for one in custom if one.kind == SINGULAR[self.kind]]
        self._meanings = headings.meanings(self.kind, names, mapping, [one.name for one in own])
        self.likely = "" if mapping else headings.other_kind(self.kind, names)
        """The kind that the headings clearly speak of, where it is another one."""
        complete = headings.complete(self.kind, self._meanings)
        self.lacking = () if complete else tuple(_named(self.kind, name) for name in headings.needed(self.kind))
        """Fields of which the file must have one and has none."""
        if lenient:
            pass
        elif not mapping:
            self._check(names)
        elif self.lacking:
            raise self._incomplete(names)
        self._columns = Columns(self.kind, names, self._meanings, zone, own)
        self.unmapped = self._columns.unmapped
        """Headings that were not understood; their cells are kept as `extra`."""
        self._columns.look(row[1] for row in self._table.rows() if not isinstance(row, tables.BrokenRow))

    def _check(self, names: Sequence[str]) -> None:
        if self.likely:
            raise RecordsFileError(
                _("This looks like a file of {other}, not of {kind}. Import it with --kind {other_kind}.").format(
                    other=kind_name(self.likely), kind=kind_name(self.kind), other_kind=self.likely
                )
            )
        if self.lacking:
            raise self._incomplete(names)

    def _incomplete(self, names: Sequence[str]) -> RecordsFileError:
        return RecordsFileError(
            _(
                "The first line does not name the columns of {kind}. It has: {found}. Expected are"
                " headings like: {expected}."
            ).format(
                kind=kind_name(self.kind),
                found=", ".join(safe(name, 40) for name in names[:_LISTED]),
                expected=headings.examples(self.kind),
            )
        )

    def rows(self) -> Iterator[Row | RowError]:
        """Every row as a record of the file's kind, or as an error that says what is wrong with it."""
        row_of = maker(self.kind, self._columns)
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

    def guesses(self) -> list[HeadingGuess]:
        """What each heading is taken for, with a sample of its cells."""
        names = self._table.heading
        samples: dict[int, str] = {}
        for number, row in enumerate(self._table.rows()):
            if number == _ROWS_FOR_SAMPLES or len(samples) == len(names):
                break
            if not isinstance(row, tables.BrokenRow):
                for index, cell in enumerate(row[1][: len(names)]):
                    if index not in samples and (text := safe(restore(cell), _SAMPLE).strip()):
                        samples[index] = text
        return [
            _guess(self.kind, headings.shown(name), meaning, samples.get(index, ""))
            for index, (name, meaning) in enumerate(zip(names, self._meanings, strict=True))
        ]


def _guess(kind: str, heading: str, meaning: str, sample: str) -> HeadingGuess:
    """What is told of a heading; `field` is a name that a mapping takes."""
    if meaning == headings.OUT or (not meaning and not heading):
        return HeadingGuess(heading, IGNORED, "", sample)
    if meaning.startswith(headings.CUSTOM) or not meaning:
        return HeadingGuess(heading, CUSTOM, meaning.removeprefix(headings.CUSTOM) or heading, sample)
    return HeadingGuess(heading, FIELD, _named(kind, meaning), sample)


def _named(kind: str, meaning: str) -> str:
    """A field as the model calls it."""
    known = any(field.name == meaning for field in FIELDS[SINGULAR[kind]])
    return meaning if known else _MODEL.get(meaning, meaning)


def _by_mapping(mapping: Mapping[str, str] | None) -> str:
    """The only kind that has all fields that the rep named."""
    wanted = [name for name in (mapping or {}).values() if name and not name.startswith(headings.CUSTOM)]
    kinds = [kind for kind in FILE_KINDS if wanted and set(wanted) <= set(headings.names(kind))]
    return kinds[0] if len(kinds) == 1 else ""


def kind_name(kind: str) -> str:
    """A kind of file as people say it."""
    return {
        LEADS: _("leads"),
        CONTACTS: _("contacts"),
        COMPANIES: _("companies"),
        DEALS: _("deals"),
        TASKS: _("tasks"),
        EVENTS: _("events"),
        CALLS: _("calls"),
        NOTES: _("notes"),
        CASES: _("cases"),
        VENDORS: _("vendors"),
        PRODUCTS: _("products"),
    }[kind]


def read(
    content: Source,
    kind: str,
    *,
    zone: tzinfo = UTC,
    mapping: Mapping[str, str] | None = None,
    custom: Sequence[CustomField] = (),
    lenient: bool = False,
) -> RecordsFile:
    """Understand a file of records; see `RecordsFile`."""
    assert not kind or kind in FILE_KINDS
    return RecordsFile(content, kind, zone=zone, mapping=mapping, custom=custom, lenient=lenient)
