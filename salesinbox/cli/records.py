"""`salesinbox records`: what the CRM knows, in and out."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.cli.parser import positive
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language, ngettext
from salesinbox.model.errors import Exit, SalesInboxError
from salesinbox.model.imports import FILE_KINDS
from salesinbox.model.records import Company, Deal, ImportReport, Person
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser

_ERRORS_SHOWN = 20


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "records",
        parents=[shared],
        help=_("leads, contacts, companies and deals: in, out, and to look at"),
        description=_("The records of the CRM in the local database."),
    )
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=True)

    taking = verbs.add_parser(
        "import",
        parents=[shared],
        help=_("take records from a CSV file"),
        description=_(
            "Takes records from a CSV file, in UTF-8 or Shift_JIS, with English or Japanese headings. Records "
            "that are here already are brought up to date. A bad row is reported with its line and does not "
            "stop the rest; the command then ends with 6."
        ),
    )
    taking.add_argument("file", metavar=_("FILE"), type=Path, help=_("the CSV file"))
    _add_kind(taking)
    taking.add_argument("--dry-run", action="store_true", help=_("tell what would happen, and change nothing"))
    taking.set_defaults(run=run_import)

    giving = verbs.add_parser(
        "export",
        parents=[shared],
        help=_("give records as a CSV file"),
        description=_("Prints all records of a kind as CSV, or writes them to a new file."),
    )
    _add_kind(giving)
    giving.add_argument(
        "--output", metavar=_("FILE"), type=Path, help=_("a file to make; one that exists is left alone")
    )
    giving.set_defaults(run=run_export)

    listing = verbs.add_parser(
        "list", parents=[shared], help=_("list records"), description=_("Lists the records of a kind.")
    )
    _add_kind(listing)
    listing.add_argument("--limit", type=positive, metavar="N", help=_("at most so many"))
    listing.set_defaults(run=run_list)

    show = verbs.add_parser(
        "show", parents=[shared], help=_("print a record"), description=_("Prints everything about a record.")
    )
    show.add_argument("id", metavar="ID", help=_("a record, as records list prints it"))
    show.set_defaults(run=run_show)


def _add_kind(parser: "Parser") -> None:
    parser.add_argument("--kind", choices=FILE_KINDS, required=True, help=_("which kind of record"))


def run_import(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        report = application.records.import_file(arguments.file, arguments.kind, dry_run=arguments.dry_run)
    if arguments.json:
        output.document(
            {
                "created": report.created,
                "updated": report.updated,
                "skipped": report.skipped,
                "errors": [{"line": row.line, "error": row.error} for row in report.errors],
                "moved": report.moved,
                "unmapped": list(report.unmapped),
            }
        )
    else:
        _print_report(report, dry_run=arguments.dry_run)
    if not report.errors:
        return Exit.DONE
    return Exit.PARTLY if report.created or report.updated or report.skipped else Exit.FAILED


def run_export(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        if arguments.json:
            zone = application.settings.me.zone
            output.array(output.record(one, zone) for one in application.records.listing(arguments.kind, None))
            return Exit.DONE
        if arguments.output is None:
            application.records.export(arguments.kind, sys.stdout, bom=False)
            return Exit.DONE
        number = _write(arguments.output, arguments.kind, application.records.export)
    text = ngettext("{n} record written to {file}.", "{n} records written to {file}.", number)
    print(text.format(n=formatting.number(number), file=safe(str(arguments.output))), file=sys.stderr)
    return Exit.DONE


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        found = application.records.listing(arguments.kind, arguments.limit)
        zone = application.settings.me.zone
    if arguments.json:
        output.array(output.record(one, zone) for one in found)
        return Exit.DONE
    kind = type(found[0]) if found else Person
    output.table(_COLUMNS[kind](), [_row(one) for one in found])
    return Exit.DONE


def run_show(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        found = application.records.show(arguments.id)
        zone = application.settings.me.zone
    if arguments.json:
        output.document(output.record(found, zone))
        return Exit.DONE
    for label, value in _fields(found):
        if value:
            print(_("{label}: {value}").format(label=label, value=safe(value)))
    return Exit.DONE


_COLUMNS = {
    Person: lambda: [
        output.Column(_("Id")),
        output.Column(_("Kind")),
        output.Column(_("Name"), 30),
        output.Column(_("Address"), 40),
        output.Column(_("Company"), 30),
        output.Column(_("Title")),
    ],
    Company: lambda: [
        output.Column(_("Id")),
        output.Column(_("Name"), 40),
        output.Column(_("Domain"), 40),
        output.Column(_("Phone")),
    ],
    Deal: lambda: [
        output.Column(_("Id")),
        output.Column(_("Name"), 40),
        output.Column(_("Company"), 30),
        output.Column(_("Amount"), right=True),
        output.Column(_("Stage")),
        output.Column(_("Closing date")),
    ],
}


def _row(one: Person | Company | Deal) -> tuple[str, ...]:
    if isinstance(one, Person):
        return (one.id, _kind(one.kind), one.name, "".join(one.addresses[:1]), one.company, one.title)
    if isinstance(one, Company):
        return (one.id, one.name, one.domain, one.phone)
    amount = formatting.money(one.amount, one.currency, language())
    return (one.id, one.name, one.company, amount, one.stage, formatting.date(one.closing, language()))


def _fields(one: Person | Company | Deal) -> Sequence[tuple[str, str]]:
    speech = language()
    if isinstance(one, Person):
        return (
            (_("Id"), one.id),
            (_("Kind"), _kind(one.kind)),
            (_("Name"), one.name),
            *((_("Address"), address) for address in one.addresses),
            (_("Company"), _with_id(one.company, one.company_id)),
            (_("Title"), one.title),
            (_("Phone"), one.phone),
            (_("Lead source"), one.source),
        )
    if isinstance(one, Company):
        return (
            (_("Id"), one.id),
            (_("Kind"), _("company")),
            (_("Name"), one.name),
            (_("Domain"), one.domain),
            (_("Phone"), one.phone),
        )
    return (
        (_("Id"), one.id),
        (_("Kind"), _("deal")),
        (_("Name"), one.name),
        (_("Company"), _with_id(one.company, one.company_id)),
        (_("Amount"), formatting.money(one.amount, one.currency, speech)),
        (_("Stage"), f"{one.stage} ({_state(one.stage_state)})"),
        (_("Closing date"), formatting.date(one.closing, speech)),
        (_("Contacts"), ", ".join(one.contact_ids)),
    )


def _with_id(name: str, id: str) -> str:
    return f"{name} ({id})" if name and id else name


def _kind(name: str) -> str:
    return {"lead": _("lead"), "contact": _("contact")}.get(name, name)


def _state(name: str) -> str:
    return {"open": _("open"), "won": _("won"), "lost": _("lost")}.get(name, name)


def _print_report(report: ImportReport, *, dry_run: bool) -> None:
    """What an import did on stdout; what it could not take, on stderr."""
    if dry_run:
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
    if report.unmapped:
        headings = ", ".join(safe(heading, 40) for heading in report.unmapped)
        print(_("Headings not understood: {headings}").format(headings=headings), file=sys.stderr)
    for row in report.errors[:_ERRORS_SHOWN]:
        print(_("line {line}: {error}").format(line=row.line, error=safe(row.error)), file=sys.stderr)
    left = len(report.errors) - _ERRORS_SHOWN
    if left > 0:
        text = ngettext("and {n} more; see --json", "and {n} more; see --json", left)
        print(text.format(n=formatting.number(left)), file=sys.stderr)


def _write(path: Path, kind: str, export: Callable[..., int]) -> int:
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
            # Excel reads Japanese only after a byte order mark.
            return export(kind, file, bom=True)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> SalesInboxError:
    return SalesInboxError(
        _("{file} cannot be written: {reason}.").format(
            file=safe(str(path)), reason=error.strerror or type(error).__name__
        )
    )
