"""Records as a rep uses them: files in and out, lists, and the pane beside the board."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, RecordsFileError, UsageError
from salesinbox.model.imports import FILE_KINDS, Row
from salesinbox.model.pane import Pane
from salesinbox.model.records import CONTACT, LEAD, ImportReport, RowError
from salesinbox.model.settings import Settings
from salesinbox.rules import columns
from salesinbox.rules.addresses import normal
from salesinbox.rules.columns import Overrides, Own
from salesinbox.services.board import row_of
from salesinbox.store import board, correspondents, records
from salesinbox.store.database import Database, set_state
from salesinbox.store.records import Record

if TYPE_CHECKING:
    from salesinbox.formats import files

_LARGEST_FILE = 512 * 1024 * 1024
_EXCHANGES = 5
_DEALS = 6
_COMPANY_PEOPLE = 8


class _Rehearsed(Exception):  # noqa: N818 - not an error: it takes back a dry run's transaction
    """A dry run is over."""


class RecordService:
    """Reads use `database` as it is; an import opens a connection of its own. `now`: seconds since 1970."""

    def __init__(self, database: Database, settings: Settings, own: Own, now: Callable[[], float]) -> None:
        self.database = database
        self.settings = settings
        self.own = own
        self.now = now

    def import_file(self, path: Path, kind: str, *, dry_run: bool = False) -> ImportReport:
        """Take in a CSV file of "leads", "contacts", "companies" or "deals", and place mail again (REC-7, COL-9).

        All good rows are taken; if the program is stopped, none. A dry run does the same work, reports the same
        numbers and takes everything back.

        Raises:
            RecordsFileError: The file cannot be read at all.
        """
        from salesinbox.formats import files  # noqa: PLC0415 - the pane, which the board starts with, reads no files

        _check_kind(kind)
        content = _content(path)
        try:
            read = files.read(content, kind)
        except RecordsFileError as error:
            raise RecordsFileError(f"{path}: {error}") from error
        reports: list[ImportReport] = []
        with (
            contextlib.suppress(_Rehearsed),
            Database(self.database.path) as writing,
            writing.transaction() as connection,
        ):
            reports.append(self._take(connection, read))
            if dry_run:
                raise _Rehearsed
        return reports[0]

    def _take(self, connection: sqlite3.Connection, read: "files.RecordsFile") -> ImportReport:
        from salesinbox.store.imports.intake import take  # noqa: PLC0415 - as above

        errors: list[RowError] = []

        def good_rows() -> Iterator[Row]:
            for row in read.rows():
                if isinstance(row, RowError):
                    errors.append(row)
                else:
                    yield row

        now = int(self.now())
        outcome = take(connection, read.kind, good_rows(), now)
        moved = 0
        if outcome.created or outcome.updated:
            moved = board.place_again(connection, board.placing(self.settings, self.own, now))
            row = connection.execute("SELECT value FROM state WHERE name = 'records_revision'").fetchone()
            set_state(connection, "records_revision", str(int(row[0]) + 1 if row else 1))
        errors.extend(outcome.errors)
        return ImportReport(
            outcome.created,
            outcome.updated,
            outcome.skipped,
            tuple(sorted(errors, key=lambda error: error.line)),
            moved,
            read.unmapped,
        )

    def export(self, kind: str, out: TextIO, *, bom: bool = True) -> int:
        """Write all records of a kind as CSV that `import_file` takes back; returns how many.

        Args:
            kind: As for `import_file`.
            out: Opened with `newline=""`, so that the line ends stay as they are.
            bom: Start with a byte order mark, without which Excel does not read Japanese.
        """
        from salesinbox.formats import files  # noqa: PLC0415 - as above

        _check_kind(kind)
        connection = self.database.connection
        written = 0

        def counted() -> Iterator[Row]:
            nonlocal written
            for row in records.rows(connection, kind):
                written += 1
                yield row

        out.writelines(files.write(kind, counted(), extra=records.further_headings(connection, kind), bom=bom))
        return written

    def listing(self, kind: str, limit: int | None = None) -> list[Record]:
        """Records of a kind by name."""
        _check_kind(kind)
        return records.listing(self.database.connection, kind, limit)

    def show(self, id: str) -> Record:
        """The record with an id like "p12", "c3" or "d7"; NotFoundError if there is none."""
        return records.show(self.database.connection, id)

    def pane(self, thread_id: str) -> Pane:
        """What the pane shows for a thread: who decides its column, as far as anything is known (REC-3).

        The cost does not grow with the mailbox or the number of records.

        Raises:
            NotFoundError: The thread is gone.
        """
        connection = self.database.connection
        number = row_of(thread_id, "t")
        row = connection.execute(
            "SELECT sender_name, sender_address, deal_id, warning FROM thread WHERE id = ?", (number,)
        ).fetchone()
        if row is None:
            raise NotFoundError(_("There is no thread {id} here.").format(id=thread_id))
        sender, written, deal, warning = row
        address = normal(written)
        known = records.known(connection, [address]).get(address)
        placement = columns.place(number, address, known, self.own, Overrides())
        kind = _KINDS.get(placement.rule, COLLEAGUE)
        linked = "" if deal is None else f"d{deal}"
        if known is None:
            return Pane(
                kind,
                sender or address,
                address,
                linked_deal=linked,
                exchanges=correspondents.exchanges(connection, [address], _EXCHANGES),
                mails=correspondents.count(connection, [address]),
                warning=warning,
            )
        person = records.person(connection, known.contact_id or known.lead_id)
        return Pane(
            kind,
            person.name,
            address,
            other_addresses=tuple(other for other in person.addresses if other != address),
            title=person.title,
            company=person.company,
            phone=person.phone,
            source=person.source,
            record_id=person.id,
            also_lead=known.lead_name if known.contact_id else "",
            deals=records.deals_of_person(connection, person.id, _DEALS) if known.contact_id else (),
            linked_deal=linked,
            exchanges=correspondents.exchanges(connection, person.addresses, _EXCHANGES),
            mails=correspondents.count(connection, person.addresses),
            company_people=records.colleagues_of(connection, person, _COMPANY_PEOPLE),
            warning=warning,
        )


COLLEAGUE = "colleague"
_KINDS = {
    columns.OPEN_DEAL: CONTACT,
    columns.CONTACT: CONTACT,
    columns.LEAD: LEAD,
    columns.NO_RECORD: "unknown",
}


def _check_kind(kind: str) -> None:
    if kind not in FILE_KINDS:
        raise UsageError(
            _("There is no kind {kind}. Kinds are: {kinds}.").format(kind=kind[:40], kinds=", ".join(FILE_KINDS))
        )


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise RecordsFileError(_("There is no file {path}.").format(path=path))
        if path.stat().st_size > _LARGEST_FILE:
            raise RecordsFileError(
                _("The file {path} is larger than {size} MB. Split it, and import the parts.").format(
                    path=path, size=_LARGEST_FILE // 2**20
                )
            )
        return path.read_bytes()
    except OSError as error:
        raise RecordsFileError(
            _("The file {path} cannot be read: {reason}.").format(path=path, reason=error.strerror)
        ) from error
