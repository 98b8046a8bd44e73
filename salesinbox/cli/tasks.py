"""`salesinbox tasks`: what is overdue, due today and later; done, put off or new; and as a calendar."""

import argparse
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from salesinbox.cli import ids, output
from salesinbox.cli.opening import opened
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language
from salesinbox.model.errors import Exit, UsageError
from salesinbox.model.operations import Outcome
from salesinbox.model.records import CALL, TASK, Item
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.wiring import Application

_ALL = 1 << 40


def add(commands: "Commands", shared: "Parser") -> None:
    tasks = commands.add_parser(
        "tasks",
        parents=[shared],
        help=_("what is to be done, overdue first; tick off, put off, add"),
        description=_(
            "Lists open tasks and calls: what is overdue, due today, due later, and without a date; then the events of "
            "the next two weeks. Undo takes back what was done here."
        ),
    )
    tasks.add_argument("ids", nargs="*", metavar="ID", help=_("tasks for --done, --snooze or --ics; - reads stdin"))
    what = tasks.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help=_("also what is put off until later"))
    what.add_argument("--done", action="store_true", help=_("these are done"))
    what.add_argument("--open", action="store_true", help=_("these are open again"))
    what.add_argument(
        "--snooze",
        metavar=_("WHEN"),
        help=_('put these off: out of sight until then, and due then, like tomorrow, 3d, "fri 10:00"'),
    )
    what.add_argument("--add", metavar=_("SUBJECT"), help=_("a new task"))
    what.add_argument("--ics", action="store_true", help=_("print them, or all, as a calendar (iCalendar)"))
    tasks.add_argument("--due", default="", metavar=_("WHEN"), help=_("with --add: a day, or a day and a time"))
    tasks.add_argument(
        "--about", action="append", default=[], metavar="ID", help=_("with --add: a record; may be given again")
    )
    tasks.set_defaults(run=run_tasks)


def run_tasks(arguments: argparse.Namespace) -> int:
    if (arguments.due or arguments.about) and arguments.add is None:
        raise UsageError(_("--due and --about go with --add."))
    changing = arguments.done or arguments.open or arguments.snooze is not None
    if arguments.ids and not (changing or arguments.ics):
        raise UsageError(_("Say what to do with them: --done, --open, --snooze WHEN or --ics."))
    with opened(arguments) as application:
        given = ids.given(arguments.ids)
        if changing and not given:
            raise UsageError(_("Name at least one task."))
        if arguments.ics:
            return _write_calendar(application, given)
        if arguments.add is not None:
            values = {"name": arguments.add, **({"due": arguments.due} if arguments.due else {})}
            return _report(arguments, application.record_changes.create(TASK, values, about=arguments.about))
        if arguments.snooze is not None:
            return _report(arguments, application.record_changes.postpone(given, arguments.snooze))
        if changing:
            return _report(arguments, application.record_changes.complete(given, done=arguments.done))
        return _list(application, arguments)


def _write_calendar(application: "Application", given: list[str]) -> int:
    # The lines of a calendar end in CR LF, on every system (RFC 5545 §3.1).
    sys.stdout.flush()
    sys.stdout.buffer.write(application.agenda.ics(given).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
    return Exit.DONE


def _report(arguments: argparse.Namespace, outcome: Outcome) -> int:
    if arguments.json:
        output.document(
            {
                "done": list(outcome.done),
                "refused": [{"id": one, "error": error} for one, error in outcome.refused],
                "text": outcome.text,
            }
        )
    elif outcome.done:
        print(f"{' '.join(outcome.done)}  {safe(outcome.text)}" if len(outcome.done) < 4 else safe(outcome.text))
    for one, error in outcome.refused:
        print(f"salesinbox: {safe(one, 40)}: {safe(error)}", file=sys.stderr)
    if not outcome.refused:
        return Exit.DONE
    return Exit.PARTLY if outcome.done else Exit.FAILED


# --- the list ---------------------------------------------------------------------------------------------------------


def _list(application: "Application", arguments: argparse.Namespace) -> int:
    agenda = application.agenda.due()
    parts = [
        (_("overdue"), agenda.overdue),
        (_("today"), agenda.today),
        (_("later"), agenda.later),
        (_("no date"), agenda.undated),
    ]
    if arguments.all:
        parts.append((_("put off"), _put_off(application)))
    late = {item.id for item in agenda.overdue}
    if arguments.json:
        zone = application.settings.me.zone
        output.array(
            {
                "id": item.id,
                "kind": item.kind,
                "name": item.name,
                "due": output.time(item.start, zone) or item.day or None,
                "overdue": item.id in late,
                "priority": item.priority,
                "about": [{"id": id, "name": name} for id, name in zip(item.about, item.about_names, strict=True)],  # noqa: A001 - an id
            }
            for _title, items in parts
            for item in items
        )
        return Exit.DONE
    events = [(_("event"), agenda.events)]
    output.table(
        [
            output.Column(_("Id")),
            output.Column(""),
            output.Column(_("Due")),
            output.Column(_("Subject"), 50),
            output.Column(_("About")),
        ],
        [_row(application, title, item) for title, items in (*parts, *events) for item in items],
    )
    return Exit.DONE


def _put_off(application: "Application") -> tuple[Item, ...]:
    found = [
        one
        for kind in (TASK, CALL)
        for one in application.records.page(kind, query="is:open is:hidden", sort="changed", limit=_ALL).rows
    ]
    return tuple(one for one in found if isinstance(one, Item))


def _row(application: "Application", title: str, item: Item) -> tuple[str, ...]:
    return (item.id, title, _when(application, item), item.name, ", ".join(item.about_names))


def _when(application: "Application", item: Item) -> str:
    if item.start:
        return formatting.moment(item.start, application.now(), application.settings.me.zone)
    if not item.day:
        return ""
    today = datetime.fromtimestamp(application.now(), application.settings.me.zone).date().isoformat()
    return _("today") if item.day == today else formatting.date(item.day, language())
