"""Records in and out of files: CSV, vCard, iCalendar (REC-7)."""

import contextlib
import io
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from salesinbox.formats import file_writing, files, headings
from salesinbox.locale.texts import _
from salesinbox.model.errors import RecordsFileError, UsageError
from salesinbox.model.imports import (
    CONTACTS,
    EVENTS,
    FILE_KINDS,
    LEADS,
    PLURAL,
    SINGULAR,
    TASKS,
    FileLook,
    HeadingGuess,
    ItemRow,
    PersonRow,
    Row,
)
from salesinbox.model.records import ImportReport, Item, RowError
from salesinbox.model.settings import Settings
from salesinbox.rules.columns import Own
from salesinbox.store import board
from salesinbox.store.database import Database, set_state
from salesinbox.store.imports.intake import take
from salesinbox.store.imports.ledger import MOST_ERRORS, Outcome
from salesinbox.store.records import exports

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CSV, VCARD, ICS = "csv", "vcard", "ics"
FORMATS = (CSV, VCARD, ICS)
_ENDINGS = {".vcf": VCARD, ".vcard": VCARD, ".ics": ICS, ".ical": ICS, ".ifb": ICS}
_LARGEST_FILE = 512 * 1024 * 1024
_TOLD_EVERY = 500

Progress = Callable[[int, float], None]
"""Told of the rows that were read, and which share of the file they are (0 to 1)."""


class _Rehearsed(Exception):  # noqa: N818 - not an error: it takes back a dry run's transaction
    """A dry run is over."""


class _Octets(io.FileIO):
    """A file's octets; what the disk refuses while they are read is an error of ours."""

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _unreadable(Path(str(self.name)), error) from error

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as error:
            raise _unreadable(Path(str(self.name)), error) from error


class _File:
    """A file that is read in passes; `share` is how much of it the current pass has read."""

    def __init__(self, path: Path) -> None:
        try:
            if not path.is_file():
                raise RecordsFileError(_("There is no file {path}.").format(path=path))
            self._size = path.stat().st_size
        except OSError as error:
            raise _unreadable(path, error) from error
        if self._size > _LARGEST_FILE:
            raise RecordsFileError(
                _("The file {path} is larger than {size} MB. Split it, and import the parts.").format(
                    path=path, size=_LARGEST_FILE // 2**20
                )
            )
        self.path = path
        self._stream: BinaryIO | None = None

    def open(self) -> BinaryIO:
        try:
            self._stream = io.BufferedReader(_Octets(self.path))
        except OSError as error:
            raise _unreadable(self.path, error) from error
        return self._stream

    @property
    def share(self) -> float:
        if self._stream is None or self._stream.closed or not self._size:
            return 1.0
        return min(self._stream.tell() / self._size, 1.0)


class ExchangeService:
    """Reads use `database` as it is; an import opens a connection of its own. `now`: seconds since 1970."""

    def __init__(self, database: Database, settings: Settings, own: Own, now: Callable[[], float]) -> None:
        self.database = database
        self.settings = settings
        self.own = own
        self.now = now

    def import_file(
        self,
        path: Path,
        kind: str = "",
        *,
        dry_run: bool = False,
        mapping: Mapping[str, str] | None = None,
        progress: Progress | None = None,
        format: str = "",
    ) -> ImportReport:
        """Take in a file of records, and place and link mail again (REC-7, COL-9).

        All good rows are taken; if the program is stopped, none. A dry run does the same work, reports the same
        numbers and takes everything back.

        Args:
            path: CSV, vCard (leads or contacts) or iCalendar (events and tasks).
            kind: "leads", "tasks" … (`FILE_KINDS`) or the kind of record; "" takes what the file says.
            dry_run: Change nothing.
            mapping: Heading → field name; "" leaves it out, "x:Name" makes a field of the rep's own.
            progress: Told as rows are read. What it raises ends the import, and nothing is taken.
            format: One of `FORMATS`; "" goes by the file's ending.

        Raises:
            RecordsFileError: The file cannot be read at all.
            UsageError: There is no such kind, format, heading or field.
        """
        kind = file_kind(kind) if kind else ""
        file = _File(path)
        try:
            sources = self._sources(file, kind, format or format_of(path), mapping)
        except RecordsFileError as error:
            if str(path) in str(error):
                raise
            raise RecordsFileError(f"{path}: {error}") from error
        reports: list[ImportReport] = []
        with (
            contextlib.suppress(_Rehearsed),
            Database(self.database.path) as writing,
            writing.transaction() as connection,
        ):
            reports.append(self._take(connection, sources, _Told(file, progress)))
            if dry_run:
                raise _Rehearsed
        return reports[0]

    def _sources(self, file: _File, kind: str, format_: str, mapping: Mapping[str, str] | None) -> "list[_Rows]":
        if format_ not in FORMATS:
            raise UsageError(
                _("There is no format {format}. Formats are: {formats}.").format(
                    format=format_[:40], formats=", ".join(FORMATS)
                )
            )
        if format_ == CSV:
            read = files.read(
                file.open,
                kind,
                zone=self.settings.me.zone,
                mapping=mapping,
                custom=self.settings.records.fields,
            )
            return [_Rows(read.kind, read.rows, read.unmapped, read.recognised)]
        if mapping:
            raise UsageError(_("--map is for CSV files: vCards and calendars name their fields themselves."))
        if format_ == VCARD:
            from salesinbox.formats import vcards  # noqa: PLC0415 - most imports are CSV

            if kind not in ("", LEADS, CONTACTS):
                raise UsageError(_("A vCard is a lead or a contact: --kind leads or --kind contacts."))
            whom = kind or CONTACTS
            next(vcards.read(file.open, whom))
            return [_Rows(whom, lambda: vcards.read(file.open, whom))]
        from salesinbox.formats import calendar_reading  # noqa: PLC0415 - the same

        if kind not in ("", EVENTS, TASKS):
            raise UsageError(_("A calendar holds events and tasks: --kind events or --kind tasks."))
        zone = self.settings.me.zone
        wanted = [kind] if kind else calendar_reading.kinds(file.open) or [EVENTS]
        for one in wanted:
            next(calendar_reading.read(file.open, one, zone), None)
        return [_Rows(one, lambda one=one: calendar_reading.read(file.open, one, zone)) for one in wanted]  # type: ignore[misc]  # mypy cannot infer the bound default

    def _take(self, connection: sqlite3.Connection, sources: "Sequence[_Rows]", told: "_Told") -> ImportReport:
        now = int(self.now())
        outcomes = []
        for source in sources:
            errors = Outcome()
            rows = told.through(_good(source.rows(), errors))
            outcome = take(connection, source.kind, rows, now)
            outcomes += [outcome, errors]
        told.over()
        moved = 0
        if any(outcome.created or outcome.updated for outcome in outcomes):
            moved = board.place_again(connection, board.placing(self.settings, self.own, now))
            told.over()  # whoever stops it while mail is placed gets nothing, either
            row = connection.execute("SELECT value FROM state WHERE name = 'records_revision'").fetchone()
            set_state(connection, "records_revision", str(int(row[0]) + 1 if row else 1))
        found = sorted((error for outcome in outcomes for error in outcome.errors), key=lambda error: error.line)
        return ImportReport(
            sum(outcome.created for outcome in outcomes),
            sum(outcome.updated for outcome in outcomes),
            sum(outcome.skipped for outcome in outcomes),
            tuple(found[:MOST_ERRORS]),
            moved,
            sources[0].unmapped,
            sources[0].kind if len(sources) == 1 else "",
            sources[0].recognised,
            sum(outcome.further_errors for outcome in outcomes) + max(len(found) - MOST_ERRORS, 0),
        )

    def headings(
        self, path: Path, kind: str = "", *, mapping: Mapping[str, str] | None = None
    ) -> tuple[str, str, list[HeadingGuess]]:
        """What a CSV file is taken for: its kind, the program that it seems to come from, and each of its headings.

        Raises:
            RecordsFileError: The file cannot be read at all, or says nothing of its kind.
        """
        kind = file_kind(kind) if kind else ""
        file = _File(path)
        custom = self.settings.records.fields
        try:
            read = files.read(file.open, kind, zone=self.settings.me.zone, mapping=mapping, custom=custom)
        except RecordsFileError as error:
            raise RecordsFileError(f"{path}: {error}") from error
        return read.kind, read.recognised, read.guesses()

    def look(self, path: Path, kind: str = "", *, mapping: Mapping[str, str] | None = None) -> FileLook:
        """What a file is taken for; also of one that cannot be taken in like this, so that it can be put right.

        Needs no database, and may take a second for a large file: for a thread of its own.

        Raises:
            RecordsFileError: The file cannot be read at all.
            UsageError: There is no such kind, heading or field.
        """
        kind = file_kind(kind) if kind else ""
        file = _File(path)
        format_ = format_of(path)
        try:
            if format_ == CSV:
                return self._look(file, kind, mapping)
            (source, *more) = self._sources(file, kind, format_, None)
        except RecordsFileError as error:
            raise RecordsFileError(f"{path}: {error}") from error
        return FileLook(format_, "" if more else source.kind)

    def _look(self, file: _File, kind: str, mapping: Mapping[str, str] | None) -> FileLook:
        custom = self.settings.records.fields
        read = files.read(
            file.open, kind, zone=self.settings.me.zone, mapping=mapping, custom=custom, lenient=True
        )  # fmt: skip
        own = tuple((headings.CUSTOM + one.name, one.name) for one in custom if one.kind == SINGULAR[read.kind])
        return FileLook(
            CSV,
            read.kind,
            read.certain,
            read.recognised,
            tuple(read.guesses()),
            read.likely,
            read.lacking,
            (*headings.choices(read.kind), *own),
        )

    @contextlib.contextmanager
    def apart(self) -> "Iterator[ExchangeService]":
        """The same with a connection of its own, for another thread to export with."""
        with Database(self.database.path, readonly=True) as database:
            yield ExchangeService(database, self.settings, self.own, self.now)

    def export(self, kind: str, out: TextIO, *, format: str = CSV, bom: bool = True) -> int:
        """Write all records of a kind; returns how many. `import_file` takes them back unchanged.

        Args:
            kind: As for `import_file`.
            out: Opened with `newline=""`, so that the line ends stay as they are.
            format: CSV, VCARD (leads and contacts) or ICS (events and tasks).
            bom: Start CSV with a byte order mark, without which Excel does not read Japanese.
        """
        kind = file_kind(kind)
        connection = self.database.connection
        zone = self.settings.me.zone
        written = 0

        def counted() -> Iterator[Row]:
            nonlocal written
            for row in exports.rows(connection, kind):
                written += 1
                yield row

        if format == CSV:
            further = file_writing.in_order(kind, exports.further_headings(connection, kind))
            out.writelines(file_writing.write(kind, counted(), extra=further, bom=bom, zone=zone))
        elif format == VCARD and kind in (LEADS, CONTACTS):
            from salesinbox.formats import vcard_writing  # noqa: PLC0415 - most exports are CSV

            out.writelines(vcard_writing.write(row for row in counted() if isinstance(row, PersonRow)))
        elif format == ICS and kind in (EVENTS, TASKS):
            from salesinbox.formats import calendar_writing  # noqa: PLC0415 - the same

            found = (_entry(kind, row) for row in counted() if isinstance(row, ItemRow))
            owner = next((account.address for account in self.settings.accounts), self.settings.me.name)
            out.write(calendar_writing.calendar(found, owner=owner, now=int(self.now())))
        else:
            raise UsageError(
                _("Leads and contacts can be written as vCards, events and tasks as a calendar, everything as CSV.")
            )
        return written


class _Rows:
    """A source of rows of one kind, that can be read again."""

    def __init__(
        self,
        kind: str,
        rows: "Callable[[], Iterator[Row | RowError] | Iterator[PersonRow | RowError] | Iterator[ItemRow | RowError]]",
        unmapped: tuple[str, ...] = (),
        recognised: str = "",
    ) -> None:
        self.kind = kind
        self.rows = rows
        self.unmapped = unmapped
        self.recognised = recognised


class _Told:
    """Tells how far an import has come."""

    def __init__(self, file: _File, progress: Progress | None) -> None:
        self._file = file
        self._progress = progress
        self._rows = 0

    def through(self, rows: Iterator[Row]) -> Iterator[Row]:
        for row in rows:
            self._rows += 1
            if self._progress is not None and self._rows % _TOLD_EVERY == 0:
                self._progress(self._rows, min(self._file.share, 0.99))
            yield row

    def over(self) -> None:
        if self._progress is not None:
            self._progress(self._rows, 1.0)


def _good(
    rows: "Iterator[Row | RowError] | Iterator[PersonRow | RowError] | Iterator[ItemRow | RowError]", errors: Outcome
) -> Iterator[Row]:
    """Rows that can be taken; the others are kept as errors."""
    for row in rows:
        if isinstance(row, RowError):
            errors.report(row.line, row.error)
        else:
            yield row


def _entry(kind: str, row: ItemRow) -> Item:
    """An event or a task for a calendar. Names of what it is about stay out of its text, which comes back as it is."""
    return Item(
        row.own, SINGULAR[kind], row.name, row.status, row.closed or 0, row.day, row.last_day, row.start, row.finish,
        row.hidden_until, row.priority, row.body, row.owner, row.tags, created=row.created, changed=row.changed,
        extra=row.extra,
    )  # fmt: skip


def file_kind(kind: str) -> str:
    """A kind of file by its own name ("tasks") or the record's ("task"); UsageError for none."""
    found = PLURAL.get(kind, kind)
    if found not in FILE_KINDS:
        raise UsageError(
            _("There is no kind {kind}. Kinds are: {kinds}.").format(kind=kind[:40], kinds=", ".join(FILE_KINDS))
        )
    return found


def format_of(path: Path) -> str:
    """The format that a file's ending speaks of; CSV where it says nothing."""
    return _ENDINGS.get(path.suffix.lower(), CSV)


def _unreadable(path: Path, error: OSError) -> RecordsFileError:
    return RecordsFileError(_("The file {path} cannot be read: {reason}.").format(path=path, reason=error.strerror))
