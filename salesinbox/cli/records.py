"""`salesinbox records`: what the CRM knows, in and out."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salesinbox.cli import output, record_changes, record_files
from salesinbox.cli.opening import opened
from salesinbox.cli.parser import positive
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language
from salesinbox.model.errors import Exit
from salesinbox.model.fields import AMOUNT, NUMBER, Field
from salesinbox.model.imports import FILE_KINDS, SINGULAR
from salesinbox.model.records import Company, Deal, Item, Money, Person, Record
from salesinbox.model.text import clip, safe, safe_block
from salesinbox.model.timeline import Entry

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.model.pipeline import PipelineBoard

_ALL = 1 << 40
_ENTRIES = 50
_TITLE = 80


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "records",
        parents=[shared],
        help=_("leads, contacts, companies, deals and all else that the CRM knows"),
        description=_("The records of the CRM in the local database."),
    )
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=True)
    record_files.add_verbs(verbs, shared)
    _add_reading(verbs, shared)
    record_changes.add_verbs(verbs, shared)


def _add_reading(verbs: "Commands", shared: "Parser") -> None:
    listing = verbs.add_parser(
        "list",
        parents=[shared],
        help=_("list records"),
        description=_(
            "Lists the records of a kind. A query finds words in names, addresses, companies, phone numbers, tags and "
            "further fields, and asks for fields: stage:proposal, amount:>1000, closing:2026-12, owner:me, tag:vip, "
            "city:osaka, is:open, is:won, is:overdue, has:mail, -has:phone; with OR and brackets."
        ),
    )
    listing.add_argument("--kind", choices=FILE_KINDS, required=True, help=_("which kind of record"))
    listing.add_argument("--query", default="", metavar=_("QUERY"), help=_("only those that it finds"))
    listing.add_argument(
        "--sort", default="name", metavar=_("FIELD"), help=_("what to sort by: name, changed, created or a field")
    )
    listing.add_argument("--reverse", action="store_true", help=_("the last ones first"))
    listing.add_argument(
        "--columns", default="", metavar=_("FIELDS"), help=_("the fields to print, with commas between them")
    )
    listing.add_argument("--limit", type=positive, metavar="N", help=_("at most so many"))
    listing.set_defaults(run=run_list)

    show = verbs.add_parser(
        "show", parents=[shared], help=_("print a record"), description=_("Prints everything about a record.")
    )
    show.add_argument("id", metavar="ID", help=_("a record, as records list prints it"))
    show.add_argument(
        "--timeline", action="store_true", help=_("what happened with it, too: mail, notes, tasks, new stages")
    )
    show.add_argument(
        "--limit", type=positive, default=_ENTRIES, metavar="N", help=_("at most so many entries of the timeline")
    )
    show.set_defaults(run=run_show)

    pipeline = verbs.add_parser(
        "pipeline",
        parents=[shared],
        help=_("deals by stage, with their amounts"),
        description=_("Prints the stages of a pipeline, how many deals are in each, and what they are worth."),
    )
    pipeline.add_argument("name", nargs="?", default="", metavar=_("NAME"), help=_("a pipeline; left out: the first"))
    pipeline.set_defaults(run=run_pipeline)


# --- lists ------------------------------------------------------------------------------------------------------------


def run_list(arguments: argparse.Namespace) -> int:
    kind = SINGULAR[arguments.kind]
    with opened(arguments) as application:
        records = application.records
        chosen = records.columns(kind, [name.strip() for name in arguments.columns.split(",") if name.strip()])
        found = records.page(
            kind,
            query=arguments.query,
            sort=arguments.sort,
            descending=arguments.reverse,
            limit=arguments.limit or _ALL,
        ).rows
        if arguments.json:
            output.array(output.record(one, application.settings.me.zone) for one in found)
            return Exit.DONE
        rows = [(one.id, *(_cell(records.value(one, field)) for field in chosen)) for one in found]
    output.table([output.Column(_("Id")), *map(_column, chosen)], rows)
    return Exit.DONE


def _column(field: Field) -> output.Column:
    return output.Column(_(field.heading), 40, right=field.type in (AMOUNT, NUMBER))


def _cell(value: str) -> str:
    return " ".join(value.split())


# --- one record -------------------------------------------------------------------------------------------------------


def run_show(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        records, zone = application.records, application.settings.me.zone
        found = records.show(arguments.id)
        entries = records.timeline(arguments.id, limit=arguments.limit) if arguments.timeline else []
        if arguments.json:
            told = {"timeline": [_entry(one, zone) for one in entries]} if arguments.timeline else {}
            output.document({**output.record(found, zone), **told})
            return Exit.DONE
        filled = [(field, value) for field, value in records.fields(arguments.id) if value]
    for label, value in (
        *_head(found),
        *((_(field.heading), _with_ids(field, value, found)) for field, value in filled),
    ):
        _print_field(label, value)
    if entries:
        print()
        output.table(_ENTRY_COLUMNS(), [_entry_row(one, zone) for one in entries])
    return Exit.DONE


def _print_field(label: str, value: str) -> None:
    """A field in a line; one of many lines below its label."""
    if "\n" in value.strip():
        print(_("{label}:").format(label=safe(label)))
        for line in safe_block(value).strip().splitlines():
            print(f"  {line}")
    else:
        print(_("{label}: {value}").format(label=safe(label), value=safe(value)))


def _head(found: Record) -> list[tuple[str, str]]:
    """What stands above the fields: the id, the kind, and of a person the name, which no field holds whole."""
    kind = found.kind if isinstance(found, Person | Item) else "company" if isinstance(found, Company) else "deal"
    lines = [(_("Id"), found.id), (_("Kind"), _kind(kind))]
    if isinstance(found, Person):
        lines.append((_("Name"), found.name))
    return lines


def _with_ids(field: Field, value: str, found: Record) -> str:
    """The value with the ids of the records that it names, so that a script or a rep can go on from there."""
    if isinstance(found, Person | Deal) and field.kept == "company" and found.company_id:
        return f"{value} ({found.company_id})"
    if isinstance(found, Deal) and field.kept == "stage":
        return f"{value} ({_state(found.stage_state)})"
    if isinstance(found, Deal) and field.kept == "contacts":
        return f"{value} ({', '.join(found.contact_ids)})"
    if isinstance(found, Item) and field.kept == "about":
        return f"{value} ({', '.join(found.about)})"
    return value


def _entry(one: Entry, zone: "ZoneInfo") -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "date": one.day or output.time(one.date, zone),
        "title": one.title,
        "detail": one.detail,
        "thread": one.thread or None,
        "who": one.who,
        "mine": one.mine,
        "open": one.open,
    }


def _ENTRY_COLUMNS() -> Sequence[output.Column]:  # noqa: N802 - titles are translated when they are asked for
    return (output.Column(_("Date")), output.Column(_("Kind")), output.Column(_("Id")), output.Column(_("Who"), 30),
            output.Column(_("Title")))  # fmt: skip


def _entry_row(one: Entry, zone: "ZoneInfo") -> tuple[str, ...]:
    speech = language()
    date = formatting.date(one.day, speech) if one.day else formatting.date(one.date, speech, zone)
    title = " – ".join(part for part in (clip(safe(one.title), _TITLE), clip(safe(one.detail), _TITLE)) if part)
    return (date, _kind(one.kind), one.thread or one.id, ("→ " if one.mine else "") + one.who, title)


def _kind(name: str) -> str:
    return {
        "lead": _("lead"), "contact": _("contact"), "company": _("company"), "deal": _("deal"), "task": _("task"),
        "event": _("event"), "call": _("call"), "note": _("note"), "case": _("case"), "vendor": _("vendor"),
        "product": _("product"), "mail": _("mail"), "file": _("file"), "stage": _("stage"), "created": _("created"),
        "edited": _("changed"), "converted": _("converted"), "merged": _("merged"), "closed": _("done"),
        "reopened": _("reopened"),
    }.get(name, name)  # fmt: skip


def _state(name: str) -> str:
    return {"open": _("open"), "won": _("won"), "lost": _("lost")}.get(name, name)


# --- the pipeline -----------------------------------------------------------------------------------------------------


def run_pipeline(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        board = application.records.pipeline(arguments.name)
    if arguments.json:
        output.document(_pipeline(board))
        return Exit.DONE
    output.table(
        [
            output.Column(_("Stage"), 40),
            output.Column(_("State")),
            output.Column(_("Probability"), right=True),
            output.Column(_("Deals"), right=True),
            output.Column(_("Amount"), right=True),
            output.Column(_("Weighted"), right=True),
        ],
        [
            (
                stage.name,
                _state(stage.state),
                f"{stage.probability} %",
                formatting.number(stage.count),
                _amounts(stage.total),
                _amounts(stage.weighted),
            )
            for stage in board.stages
        ],
    )
    return Exit.DONE


def _pipeline(board: "PipelineBoard") -> dict[str, Any]:
    def money(amounts: Sequence[Money]) -> list[dict[str, str]]:
        return [{"amount": one.amount, "currency": one.currency} for one in amounts]

    return {
        "name": board.name,
        "stages": [
            {
                "name": stage.name,
                "state": stage.state,
                "probability": stage.probability,
                "deals": stage.count,
                "total": money(stage.total),
                "weighted": money(stage.weighted),
            }
            for stage in board.stages
        ],
    }


def _amounts(amounts: Sequence[Money]) -> str:
    return " + ".join(formatting.money(one.amount, one.currency, language()) for one in amounts)
