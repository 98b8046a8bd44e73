"""`salesinbox records import`, `export` and `headings`: records in and out of files (REC-7)."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.cli.progress import ShareLine
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import Exit, SalesInboxError, UsageError
from salesinbox.model.imports import CUSTOM, FIELD, FILE_KINDS, PLURAL, HeadingGuess
from salesinbox.model.records import ImportReport
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Parser
    from salesinbox.wiring import Application

_ERRORS_SHOWN = 20
_FORMATS = ("csv", "vcard", "ics")


def add_verbs(verbs: "argparse._SubParsersAction[Parser]", shared: "Parser") -> None:
    """Add the commands to those of `records`."""
    taking = verbs.add_parser(
        "import",
        parents=[shared],
        help=_("take records from a file: CSV, vCard or iCalendar"),
        description=_(
            "Takes records from a file: CSV in UTF-8 or Shift_JIS, with English or Japanese headings, as Zoho CRM, "
            "HubSpot, Salesforce and spreadsheets write it; vCard (leads or contacts); iCalendar (events and tasks). "
            "Records that are here already are brought up to date: they are found by mail address, then by name and "
            "company. A bad row is reported with its line and does not stop the rest; the command then ends with 6. "
            "An import cannot be undone: see with --dry-run first what it would do. Ctrl-C leaves nothing of it."
        ),
    )
    taking.add_argument("file", metavar=_("FILE"), type=Path, help=_("the file"))
    _add_kind(taking, _("which kind of record; left out: what the headings say"))
    taking.add_argument("--dry-run", action="store_true", help=_("tell what would happen, and change nothing"))
    _add_map(taking)
    _add_format(taking, _("left out: what the file's ending says"))
    taking.set_defaults(run=run_import)

    naming = verbs.add_parser(
        "headings",
        parents=[shared],
        help=_("tell what the headings of a CSV file are taken for"),
        description=_(
            "Lists the headings of a CSV file, what each is taken for, and a sample; give records import a --map for "
            "what is not right. Cells below headings that are not understood are kept as fields of your own."
        ),
    )
    naming.add_argument("file", metavar=_("FILE"), type=Path, help=_("the CSV file"))
    _add_kind(naming, _("which kind of record; left out: what the headings say"))
    _add_map(naming)
    naming.set_defaults(run=run_headings)

    giving = verbs.add_parser(
        "export",
        parents=[shared],
        help=_("give records as a file"),
        description=_(
            "Prints all records of a kind, or writes them to a new file: as CSV, which records import takes back "
            "unchanged and which no spreadsheet runs as formulas; leads and contacts as vCards, too, events and tasks "
            "as a calendar."
        ),
    )
    _add_kind(giving, _("which kind of record"), needed=True)
    giving.add_argument(
        "--output", metavar=_("FILE"), type=Path, help=_("a file to make; one that exists is left alone")
    )
    _add_format(giving, _("left out: what the ending of --output says, else csv"))
    giving.set_defaults(run=run_export)


def _add_kind(parser: "Parser", text: str, *, needed: bool = False) -> None:
    parser.add_argument(
        "--kind", choices=(*FILE_KINDS, *PLURAL), metavar="KIND", required=needed, default="",
        help=f"{text} ({', '.join(FILE_KINDS)})",
    )  # fmt: skip


def _add_map(parser: "Parser") -> None:
    parser.add_argument(
        "--map", action="append", default=[], metavar=_("HEADING=FIELD"),
        help=_(
            "what a heading means; may be given again. FIELD is a field's name, nothing to leave the column out, or "
            "x:NAME to make a field of your own"
        ),
    )  # fmt: skip


def _add_format(parser: "Parser", text: str) -> None:
    parser.add_argument("--format", choices=_FORMATS, default="", help=f"csv, vcard, ics; {text}")


def run_import(arguments: argparse.Namespace) -> int:
    line = ShareLine(sys.stderr, shutil.get_terminal_size().columns if sys.stderr.isatty() else None)
    with opened(arguments) as application:
        try:
            report = application.exchange.import_file(
                arguments.file,
                arguments.kind,
                dry_run=arguments.dry_run,
                mapping=_mapping(arguments.map),
                progress=line,
                format=arguments.format,
            )
        finally:
            line.end()
    if arguments.json:
        output.document(_json(report))
    else:
        _print_report(report, dry_run=arguments.dry_run, kind=arguments.kind)
    if not report.errors:
        return Exit.DONE
    return Exit.PARTLY if report.created or report.updated or report.skipped else Exit.FAILED


def _json(report: ImportReport) -> dict[str, Any]:
    return {
        "created": report.created,
        "updated": report.updated,
        "skipped": report.skipped,
        "errors": [{"line": row.line, "error": row.error} for row in report.errors],
        "further_errors": report.further_errors,
        "moved": report.moved,
        "unmapped": list(report.unmapped),
        "kind": report.kind,
        "recognised": report.recognised,
    }


def run_headings(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        kind, recognised, guesses = application.exchange.headings(
            arguments.file, arguments.kind, mapping=_mapping(arguments.map)
        )
    if arguments.json:
        found = [
            {"heading": one.heading, "taken": one.taken, "field": one.field, "sample": one.sample} for one in guesses
        ]
        output.document({"kind": kind, "recognised": recognised, "headings": found})
        return Exit.DONE
    print(_seems(kind, recognised))
    columns = [output.Column(_("Heading"), 30), output.Column(_("Taken for"), 30), output.Column(_("Sample"))]
    output.table(columns, [(one.heading, _taken(one), one.sample) for one in guesses])
    return Exit.DONE


def _taken(one: HeadingGuess) -> str:
    if one.taken == FIELD:
        return one.field
    if one.taken == CUSTOM:
        return _("field of your own: {name}").format(name=safe(one.field))
    return _("(left out)")


def _seems(kind: str, recognised: str) -> str:
    words = {
        "leads": _("leads"),
        "contacts": _("contacts"),
        "companies": _("companies"),
        "deals": _("deals"),
        "tasks": _("tasks"),
        "events": _("events"),
        "calls": _("calls"),
        "notes": _("notes"),
        "cases": _("cases"),
        "vendors": _("vendors"),
        "products": _("products"),
    }
    word = words.get(kind, kind)
    if recognised:
        return _("This seems to be an export of {program}: {kind}.").format(program=recognised, kind=word)
    return _("This seems to be a file of {kind}.").format(kind=word)


def run_export(arguments: argparse.Namespace) -> int:
    given: Path | None = arguments.output
    with opened(arguments) as application:
        if arguments.json:
            zone = application.settings.me.zone
            kind = PLURAL.get(arguments.kind, arguments.kind)
            output.array(output.record(one, zone) for one in application.records.listing(kind, None))
            return Exit.DONE
        wanted = arguments.format or _by_ending(given)
        if given is None:
            application.exchange.export(arguments.kind, sys.stdout, format=wanted, bom=False)
            return Exit.DONE
        number = _write(given, arguments.kind, wanted, application)
    text = ngettext("{n} record written to {file}.", "{n} records written to {file}.", number)
    print(text.format(n=formatting.number(number), file=safe(str(given))), file=sys.stderr)
    return Exit.DONE


def _by_ending(path: Path | None) -> str:
    return {".vcf": "vcard", ".ics": "ics"}.get(path.suffix.lower(), "csv") if path is not None else "csv"


def _mapping(given: list[str]) -> dict[str, str]:
    """The --map arguments; a heading may hold "=", a field's name does not."""
    mapping: dict[str, str] = {}
    for one in given:
        heading, equals, field = one.rpartition("=")
        if not equals or not heading.strip():
            raise UsageError(_('--map "{text}" is not HEADING=FIELD, like "Cell=mobile".').format(text=safe(one, 60)))
        mapping[heading] = field
    return mapping


def _print_report(report: ImportReport, *, dry_run: bool, kind: str) -> None:
    """What an import did on stdout; what it could not take, on stderr."""
    if dry_run:
        print(_("A dry run: nothing was changed."))
    if report.recognised or (report.kind and not kind):
        print(_seems(report.kind, report.recognised), file=sys.stderr)
    errors = len(report.errors) + report.further_errors
    print(
        _("{created} created, {updated} updated, {skipped} unchanged, {errors} not taken").format(
            created=formatting.number(report.created),
            updated=formatting.number(report.updated),
            skipped=formatting.number(report.skipped),
            errors=formatting.number(errors),
        )
    )
    if report.moved:
        text = ngettext("{n} thread moved to another column.", "{n} threads moved to another column.", report.moved)
        print(text.format(n=formatting.number(report.moved)))
    if report.unmapped:
        headings = ", ".join(safe(heading, 40) for heading in report.unmapped)
        print(_("Headings not understood: {headings}").format(headings=headings), file=sys.stderr)
    for row in report.errors[:_ERRORS_SHOWN]:
        print(_("line {line}: {error}").format(line=row.line, error=safe(row.error)), file=sys.stderr)
    left = errors - min(len(report.errors), _ERRORS_SHOWN)
    if left > 0:
        text = ngettext("and {n} more; see --json", "and {n} more; see --json", left)
        print(text.format(n=formatting.number(left)), file=sys.stderr)


def _write(path: Path, kind: str, wanted: str, application: "Application") -> int:
    """Write an export to a file that must not exist yet; private, as its content is (SAFE-2)."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SalesInboxError(
            _("{file} exists already and is left alone; name another file.").format(file=safe(str(path)))
        ) from error
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            out: TextIO = file
            # Excel reads Japanese only after a byte order mark.
            return application.exchange.export(kind, out, format=wanted, bom=True)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _not_written(path, error) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _not_written(path: Path, error: OSError) -> SalesInboxError:
    return SalesInboxError(
        _("{file} cannot be written: {reason}.").format(
            file=safe(str(path)), reason=error.strerror or type(error).__name__
        )
    )
