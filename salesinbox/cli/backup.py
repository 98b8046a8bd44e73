"""`salesinbox backup` and `restore`: everything that is not on a mail server, as open formats."""

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.cli.progress import ShareLine
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import Exit
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser

_ERRORS_SHOWN = 20


def add(commands: "Commands", shared: "Parser") -> None:
    writing = commands.add_parser(
        "backup",
        parents=[shared],
        help=_("write records and decisions to a folder, as open formats"),
        description=_(
            "Writes everything that is not on a mail server into a new folder that only you can read: all records as "
            "CSV, their relations, files and history, links of mail, snoozes, filters, columns and saved searches. "
            "Mail is not in it: it comes again from its server; nor is config.toml, nor any password."
        ),
    )
    writing.add_argument("folder", metavar=_("FOLDER"), type=Path, help=_("a folder to make"))
    writing.set_defaults(run=run_backup)
    restoring = commands.add_parser(
        "restore",
        parents=[shared],
        help=_("bring a backup back"),
        description=_(
            "Brings a backup back after checking every file of it, all or nothing. Without records here, everything "
            "becomes as it was. What was decided about mail that is not here yet waits: sync, then restore the same "
            "backup again. It cannot be undone: see with --dry-run first what it would do."
        ),
    )
    restoring.add_argument("folder", metavar=_("FOLDER"), type=Path, help=_("a folder that backup has made"))
    restoring.add_argument("--dry-run", action="store_true", help=_("tell what would happen, and change nothing"))
    restoring.add_argument(
        "--merge",
        action="store_true",
        help=_("there are records here: bring those that are in both up to date, and add the others"),
    )
    restoring.set_defaults(run=run_restore)


def _line() -> ShareLine:
    return ShareLine(sys.stderr, shutil.get_terminal_size().columns if sys.stderr.isatty() else None)


def run_backup(arguments: argparse.Namespace) -> int:
    line = _line()
    with opened(arguments) as application:
        try:
            report = application.backup.write(arguments.folder, line)
        finally:
            line.end()
    if arguments.json:
        output.document(
            {
                "folder": str(report.folder),
                "counts": dict(report.counts),
                "files": report.files,
                "size": report.size,
            }
        )
        return Exit.DONE
    number = sum(report.counts.values())
    text = ngettext("{n} record written to {file}.", "{n} records written to {file}.", number)
    print(text.format(n=formatting.number(number), file=safe(str(report.folder))))
    print(_("Mail is not in it: it comes again from its server."))
    return Exit.DONE


def run_restore(arguments: argparse.Namespace) -> int:
    line = _line()
    with opened(arguments) as application:
        try:
            report = application.backup.restore(
                arguments.folder, dry_run=arguments.dry_run, merge=arguments.merge, progress=line
            )
        finally:
            line.end()
    if arguments.json:
        output.document(
            {
                "counts": dict(report.counts),
                "created": report.created,
                "updated": report.updated,
                "skipped": report.skipped,
                "attached": report.attached,
                "waiting": report.waiting,
                "moved": report.moved,
                "errors": [{"line": row.line, "error": row.error} for row in report.errors],
            }
        )
        return Exit.PARTLY if report.errors else Exit.DONE
    if arguments.dry_run:
        print(_("A dry run: nothing was changed."))
    print(
        _("{created} created, {updated} updated, {skipped} unchanged, {errors} not taken").format(
            created=formatting.number(report.created),
            updated=formatting.number(report.updated),
            skipped=formatting.number(report.skipped),
            errors=formatting.number(len(report.errors)),
        )
    )
    if report.moved:
        text = ngettext("{n} thread moved to another column.", "{n} threads moved to another column.", report.moved)
        print(text.format(n=formatting.number(report.moved)))
    if report.waiting:
        text = ngettext(
            "{n} decision waits for mail that is not here yet: sync, then restore the same backup again.",
            "{n} decisions wait for mail that is not here yet: sync, then restore the same backup again.",
            report.waiting,
        )
        print(text.format(n=formatting.number(report.waiting)))
    for row in report.errors[:_ERRORS_SHOWN]:
        print(_("line {line}: {error}").format(line=row.line, error=safe(row.error)), file=sys.stderr)
    return Exit.PARTLY if report.errors else Exit.DONE
