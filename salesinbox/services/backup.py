"""Everything that is not on a mail server, as open formats in a folder, and back again.

A backup holds CSV files for people and other programs (`records/`), the rows as they are (`tables/`, JSON Lines), what
the rep decided about mail by Message-ID (`mail.jsonl`), the files of records (`files/`), and last of all a manifest
with the SHA-256 of each. Mail itself is not in it: it comes again from its server.
"""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from salesinbox.formats import file_writing, files
from salesinbox.locale.texts import _
from salesinbox.model.backup import BackupReport, RestoreReport
from salesinbox.model.errors import RecordsFileError, SalesInboxError, UsageError
from salesinbox.model.imports import (
    CALLS,
    CASES,
    COMPANIES,
    CONTACTS,
    DEALS,
    EVENTS,
    FILE_KINDS,
    LEADS,
    NOTES,
    PRODUCTS,
    SINGULAR,
    TASKS,
    VENDORS,
    Row,
)
from salesinbox.model.records import LETTERS, RowError
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.rules.columns import Own
from salesinbox.services import backup_folder
from salesinbox.store import backup as rows_of
from salesinbox.store import backup_mail, board
from salesinbox.store.database import VERSION, Database, set_state
from salesinbox.store.imports.intake import take
from salesinbox.store.imports.ledger import Outcome
from salesinbox.store.records import exports

_RESTORED = "restored backup"
_STEPS = len(FILE_KINDS) + len(rows_of.TABLES) + 2
_ORDER = (COMPANIES, LEADS, CONTACTS, DEALS, VENDORS, PRODUCTS, CASES, TASKS, EVENTS, CALLS, NOTES)
"""Kinds as they are best taken in: each names only those before it."""

Progress = Callable[[int, float], None]
"""Told of the rows that were done, and the share of the whole."""


class _Rehearsed(Exception):  # noqa: N818 - not an error: it takes back a dry run's transaction
    """A dry run is over."""


class BackupService:
    """Uses connections of its own. `now`: seconds since 1970."""

    def __init__(self, database: Database, settings: Settings, own: Own, now: Callable[[], float]) -> None:
        self.database = database
        self.settings = settings
        self.own = own
        self.now = now

    # --- out --------------------------------------------------------------------------------------------------------

    def write(self, folder: Path, progress: Progress | None = None) -> BackupReport:
        """Write a backup into a new folder, which is the rep's alone (SAFE-2).

        Raises:
            SalesInboxError: The folder is there already with something in it, or cannot be written.
        """
        made = backup_folder.make(folder)
        try:
            with Database(self.database.path, readonly=True) as reading:
                # One moment's view, whatever the sync process writes meanwhile.
                reading.connection.execute("BEGIN")
                return self._write(reading.connection, folder, progress or _silent)
        except BaseException as error:
            if made:
                shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise SalesInboxError(
                    _("{file} cannot be written: {reason}.").format(
                        file=safe(str(folder)), reason=error.strerror or type(error).__name__
                    )
                ) from error
            raise

    def _write(self, connection: sqlite3.Connection, folder: Path, progress: Progress) -> BackupReport:
        entries: dict[str, dict[str, Any]] = {}
        counts: dict[str, int] = {}
        total = 0
        zone = self.settings.me.zone
        for step, kind in enumerate(FILE_KINDS):
            counted = backup_folder.Counted(exports.rows(connection, kind))
            further = file_writing.in_order(kind, exports.further_headings(connection, kind))
            lines = file_writing.write(kind, counted, extra=further, zone=zone)
            backup_folder.write_text(folder, f"records/{kind}.csv", lines, entries)
            counts[kind] = counted.rows
            total += counted.rows
            progress(total, (step + 1) / _STEPS)
        for step, table in enumerate(rows_of.TABLES, len(FILE_KINDS)):
            found = backup_folder.Counted(rows_of.rows(connection, table))
            backup_folder.write_text(folder, f"tables/{table}.jsonl", map(backup_mail.line, found), entries, found)
            progress(total, (step + 1) / _STEPS)
        choices = backup_folder.Counted(backup_mail.choices(connection))
        backup_folder.write_text(folder, backup_folder.MAIL, map(backup_mail.line, choices), entries, choices)
        attached = 0
        for row in rows_of.rows(connection, "record_file"):
            name = f"files/{row['id']}{backup_folder.ending(row['name'])}"
            backup_folder.write_octets(folder, name, rows_of.content(connection, row["id"]), entries)
            attached += 1
        manifest = {
            "format": backup_folder.FORMAT,
            "version": backup_folder.FORMAT_VERSION,
            "database": VERSION,
            "written": datetime.fromtimestamp(int(self.now()), zone).isoformat(),
            "counts": counts,
            "numbers": rows_of.numbers(connection),
            "files": entries,
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
        backup_folder.write_text(folder, backup_folder.MANIFEST, [text], {})
        progress(total, 1.0)
        return BackupReport(folder, counts, attached, sum(entry["size"] for entry in entries.values()))

    # --- in ---------------------------------------------------------------------------------------------------------

    def restore(
        self, folder: Path, *, dry_run: bool = False, merge: bool = False, progress: Progress | None = None
    ) -> RestoreReport:
        """Bring a backup back, in one transaction, after every file of it was checked.

        A database without records becomes what the old one was, ids included. What the rep decided about mail that is
        not here yet is attached when the same backup is restored again. With `merge` the records are taken in as from
        files: what is here already is brought up to date.

        Raises:
            RecordsFileError: It is no backup, or it is damaged or written by a later version.
            UsageError: There are records here, and `merge` is not asked for.
        """
        manifest, digest = backup_folder.read_manifest(folder)
        backup_folder.check(folder, manifest)
        reports: list[RestoreReport] = []
        with (
            contextlib.suppress(_Rehearsed),
            Database(self.database.path) as writing,
            writing.transaction() as connection,
        ):
            try:
                reports.append(self._restore(connection, folder, manifest, digest, merge, progress or _silent))
            except (ValueError, KeyError, TypeError, OSError) as error:
                raise RecordsFileError(
                    _("The backup {folder} cannot be restored: {reason}. Nothing was changed.").format(
                        folder=safe(str(folder)), reason=safe(str(error), 200)
                    )
                ) from error
            if dry_run:
                raise _Rehearsed
        return reports[0]

    def _restore(
        self,
        connection: sqlite3.Connection,
        folder: Path,
        manifest: dict[str, Any],
        digest: str,
        merge: bool,
        progress: Progress,
    ) -> RestoreReport:
        counts = {kind: int(manifest["counts"].get(kind, 0)) for kind in FILE_KINDS}
        outcome = Outcome()
        renumber: Callable[[str], str] = _same
        again = connection.execute("SELECT value FROM state WHERE name = ?", (_RESTORED,)).fetchone() == (digest,)
        if merge:
            renumber = self._merge(connection, folder, outcome, progress)
        elif rows_of.is_empty(connection):
            connection.execute("PRAGMA defer_foreign_keys = ON")
            self._put_all(connection, folder, manifest, progress)
            outcome.created = sum(counts.values())
            set_state(connection, _RESTORED, digest)
        elif again:
            outcome.skipped = sum(counts.values())
        else:
            raise UsageError(
                _(
                    "There are records here already. Restore into an empty folder with --data, or add --merge: then"
                    " records that are here are brought up to date, and the others are added."
                )
            )
        attached = waiting = 0
        for choice in backup_folder.lines(folder / backup_folder.MAIL):
            done = backup_mail.attach(connection, choice, renumber)
            attached += done is True
            waiting += done is None
        now = int(self.now())
        moved = board.place_again(connection, board.placing(self.settings, self.own, now))
        row = connection.execute("SELECT value FROM state WHERE name = 'records_revision'").fetchone()
        set_state(connection, "records_revision", str(int(row[0]) + 1 if row else 1))
        progress(sum(counts.values()), 1.0)
        return RestoreReport(
            counts, outcome.created, outcome.updated, outcome.skipped, attached, waiting, moved, tuple(outcome.errors)
        )

    def _put_all(
        self, connection: sqlite3.Connection, folder: Path, manifest: dict[str, Any], progress: Progress
    ) -> None:
        rows_of.clear_settings(connection)
        written = 0
        for step, table in enumerate(rows_of.TABLES):
            written += rows_of.put(connection, table, backup_folder.lines(folder / "tables" / f"{table}.jsonl"))
            progress(written, step / len(rows_of.TABLES))
        for row in backup_folder.lines(folder / "tables" / "record_file.jsonl"):
            rows_of.put_content(connection, int(row["id"]), backup_folder.file_of(folder, row))
        rows_of.keep_numbers(connection, manifest["numbers"])
        rows_of.check(connection)

    def _merge(
        self, connection: sqlite3.Connection, folder: Path, outcome: Outcome, progress: Progress
    ) -> Callable[[str], str]:
        """Take in the CSV files by the usual rules; returns what an id in the backup is here."""
        now = int(self.now())
        renumbered: dict[str, str] = {}
        rows_of.add_stages(connection, backup_folder.lines(folder / "tables" / "stage.jsonl"))
        for step, kind in enumerate(_ORDER):
            read = files.read(
                backup_folder.opener(folder / "records" / f"{kind}.csv"),
                kind,
                zone=self.settings.me.zone,
                custom=self.settings.records.fields,
            )
            found = take(connection, kind, _good(read.rows(), outcome), now, renumbered=renumbered)
            letter = LETTERS[SINGULAR[kind]]
            renumbered |= {own: f"{letter}{number}" for own, number in found.numbers.items()}
            outcome.created += found.created
            outcome.updated += found.updated
            outcome.skipped += found.skipped
            for error in found.errors:
                outcome.report(error.line, f"{kind}.csv: {error.error}")
            progress(outcome.created + outcome.updated + outcome.skipped, step / len(_ORDER))
        items = {own[1:]: here for own, here in renumbered.items() if own[0] not in "pcd"}

        def renumber(id_: str) -> str:
            return items.get(id_.removeprefix("item "), "") if id_.startswith("item ") else renumbered.get(id_, "")

        events = backup_folder.lines(folder / "tables" / "record_event.jsonl")
        rows_of.add_events(
            connection, ({**row, "record": here} for row in events if (here := renumber(str(row["record"]))))
        )
        for row in backup_folder.lines(folder / "tables" / "record_file.jsonl"):
            if here := renumber(str(row["record"])):
                rows_of.add_file(connection, {**row, "record": here}, backup_folder.file_of(folder, row))
        for table in ("own_column", "filter", "saved_search"):
            rows_of.add_named(connection, table, backup_folder.lines(folder / "tables" / f"{table}.jsonl"))
        return renumber


def _same(id_: str) -> str:
    return f"k{id_.removeprefix('item ')}" if id_.startswith("item ") else id_


def _silent(_rows: int, _share: float) -> None:
    return


def _good(rows: Iterable[Row | RowError], outcome: Outcome) -> Iterator[Row]:
    for row in rows:
        if isinstance(row, RowError):
            outcome.report(row.line, row.error)
        else:
            yield row
