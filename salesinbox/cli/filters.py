"""`salesinbox filters`: what happens to mail as it comes, and to mail that is here (FLT)."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import Exit, UsageError
from salesinbox.model.filters import ACTIONS, Filter, FilterRun
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.wiring import Application

_NAME, _QUERY = 30, 40


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "filters", parents=[shared], help=_("what happens to mail as it comes"),
        description=_(
            "Lists your filters in the order in which they run, each with how many threads here fit. A filter joins "
            "conditions in the language of search with actions, which are done to each message of others that comes."
        ),
    )  # fmt: skip
    group.set_defaults(run=run_list)
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=False)

    adding = verbs.add_parser(
        "add", parents=[shared], help=_("make a filter"),
        description=_(
            "Makes a filter for mail that comes from now on; filters run applies it to mail already here. A query "
            "that begins with - comes last, after --"
        ),
    )  # fmt: skip
    adding.add_argument("name", metavar=_("NAME"), help=_("what it is called"))
    adding.add_argument("query", metavar=_("QUERY"), help=_("which mail is meant, such as from:news@ -kind:contact"))
    _add_actions(adding, required=True)
    adding.add_argument("--off", action="store_true", help=_("make it, but do not let it run yet"))
    adding.set_defaults(run=run_add)

    editing = verbs.add_parser(
        "edit",
        parents=[shared],
        help=_("change a filter"),
        description=_("Changes what is given, and leaves the rest."),
    )
    _add_name(editing)
    editing.add_argument("--name", metavar=_("NAME"), dest="new_name", help=_("a new name"))
    editing.add_argument("--query", metavar=_("QUERY"), help=_("which mail is meant"))
    _add_actions(editing, required=False)
    state = editing.add_mutually_exclusive_group()
    state.add_argument("--on", action="store_true", help=_("let it run"))
    state.add_argument("--off", action="store_true", help=_("let it rest"))
    editing.set_defaults(run=run_edit)

    deleting = verbs.add_parser(
        "delete", parents=[shared], help=_("delete a filter"), description=_("Deletes a filter; undo brings it back.")
    )
    _add_name(deleting)
    deleting.set_defaults(run=run_delete)

    ordering = verbs.add_parser(
        "order", parents=[shared], help=_("in which order they run"),
        description=_("Puts the filters that are named first, in this order; the others follow as they were."),
    )  # fmt: skip
    _add_names(ordering, "+")
    ordering.set_defaults(run=run_order)

    running = verbs.add_parser(
        "run", parents=[shared], help=_("apply filters to mail that is here"),
        description=_(
            "Says how many threads the filters would touch, and with --yes touches them. Without a name, all filters "
            "that are on. One undo takes all of it back."
        ),
    )  # fmt: skip
    _add_names(running, "*")
    running.add_argument("--dry-run", action="store_true", help=_("tell what would happen, and change nothing"))
    running.add_argument("--yes", action="store_true", help=_("do it"))
    running.set_defaults(run=run_run)


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("filter", metavar=_("FILTER"), help=_("its name, or its id as the list prints it"))


def _add_names(parser: argparse.ArgumentParser, number: str) -> None:
    parser.add_argument("filters", metavar=_("FILTER"), nargs=number, help=_("a name or an id; may be several"))


def _add_actions(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--do", action="append", metavar=_("ACTION"), required=required, default=None if required else [],
        help=_('an action; may be given again, and is done in this order: {actions}. Write "move FOLDER", "label '
               'NAME", "snooze TIME" and "column NAME" as one argument').format(actions=", ".join(ACTIONS)),
    )  # fmt: skip


# --- the commands ----------------------------------------------------------------------------------------------------


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        service = application.filters
        found = [(one, None if one.problem else service.count(one.query)) for one in service.filters()]
        if arguments.json:
            output.array(_json(one, count) for one, count in found)
            return Exit.DONE
        columns = (
            output.Column(_("Id")), output.Column(_("Name"), _NAME), output.Column(_("On")),
            output.Column(_("Threads"), right=True), output.Column(_("Query"), _QUERY), output.Column(_("Actions")),
        )  # fmt: skip
        rows = [
            (
                one.id,
                one.name,
                _("on") if one.enabled else _("off"),
                "–" if count is None else formatting.number(count),
                one.query,
                service.described(one),
            )
            for one, count in found
        ]
        output.table(columns, rows)
        for one, _count in found:
            if one.problem:
                _say(_("{name}: {error}").format(name=safe(one.name, 60), error=safe(one.problem)))
    return Exit.DONE


def run_add(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        made = Filter("", arguments.name, arguments.query, _actions(arguments.do), not arguments.off)
        outcome = application.filters.save(made)
        _told(arguments, outcome)
        if not arguments.json and made.enabled:
            _count(application, made.query)
    return Exit.DONE


def run_edit(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        one = application.filters.named(arguments.filter)
        changed = Filter(
            one.id,
            arguments.new_name or one.name,
            one.query if arguments.query is None else arguments.query,
            _actions(arguments.do) if arguments.do else one.actions,
            (one.enabled or arguments.on) and not arguments.off,
        )
        _told(arguments, application.filters.save(changed))
    return Exit.DONE


def run_delete(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        _told(arguments, application.filters.remove(application.filters.named(arguments.filter).id))
    return Exit.DONE


def run_order(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        first = [application.filters.named(name).id for name in arguments.filters]
        rest = [one.id for one in application.filters.filters() if one.id not in first]
        _told(arguments, application.filters.reorder([*dict.fromkeys(first), *rest]))
    return Exit.DONE


def run_run(arguments: argparse.Namespace) -> int:
    if not (arguments.dry_run or arguments.yes):
        with opened(arguments) as application:
            runs = application.filters.rehearse(_ids(application, arguments.filters))
            touched = sum(run.threads for run in runs)
            _tell_runs(arguments, runs)
        if touched:
            raise UsageError(_("Nothing was changed. Add --yes to do it."))
        return Exit.DONE
    with opened(arguments) as application:
        ids = _ids(application, arguments.filters)
        if arguments.dry_run:
            runs = application.filters.rehearse(ids)
            if not arguments.json:
                print(_("A dry run: nothing was changed."))
            _tell_runs(arguments, runs)
            return Exit.DONE
        outcome = application.filters.run(ids)
        application.telling.nudge()
        if arguments.json:
            output.document(
                {
                    "done": list(outcome.done),
                    "refused": [{"id": id, "error": error} for id, error in outcome.refused],  # noqa: A001 - as in the services
                }
            )
        else:
            print(safe(outcome.text) or _("No mail here fits, or it is as the filters want it already."))
        for id, error in outcome.refused:  # noqa: A001 - as everywhere in the services
            _say(_("{id}: {error}").format(id=safe(id, 40), error=safe(error)))
        return Exit.DONE if not outcome.refused else Exit.PARTLY if outcome.done else Exit.FAILED


# --- in and out ------------------------------------------------------------------------------------------------------


def _ids(application: "Application", names: Sequence[str]) -> list[str]:
    return [application.filters.named(name).id for name in names]


def _actions(written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`move Projects` is ("move", "Projects")."""
    actions = []
    for one in written:
        verb, _space, value = one.strip().partition(" ")
        actions.append((verb.lower().replace("_", "-"), value.strip()))
    return tuple(actions)


def _told(arguments: argparse.Namespace, outcome: Outcome) -> None:
    if arguments.json:
        output.document({"done": list(outcome.done), "refused": [], "text": outcome.text})
    elif outcome.text:
        print(safe(outcome.text))


def _count(application: "Application", query: str) -> None:
    number = application.filters.count(query)
    if number:
        text = ngettext(
            "{n} thread here fits; filters run applies it to mail already here.",
            "{n} threads here fit; filters run applies it to mail already here.",
            number,
        )
        print(text.format(n=formatting.number(number)))


def _tell_runs(arguments: argparse.Namespace, runs: Sequence[FilterRun]) -> None:
    if arguments.json:
        output.array(_run_json(run) for run in runs)
        return
    for run in runs:
        text = ngettext("{name}: {n} thread", "{name}: {n} threads", run.threads)
        actions = ", ".join(f"{verb} {formatting.number(number)}" for verb, number in run.actions)
        print(
            text.format(name=safe(run.name, 60), n=formatting.number(run.threads))
            + (f" ({actions})" if actions else "")
        )
        for error in dict.fromkeys(error for _id, error in run.refused):
            _say(_("{name}: {error}").format(name=safe(run.name, 60), error=safe(error)))


def _json(one: Filter, count: int | None) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "query": one.query,
        "actions": [{"do": verb, "value": value} for verb, value in one.actions],
        "enabled": one.enabled,
        "threads": count,
        "problem": one.problem,
    }


def _run_json(run: FilterRun) -> dict[str, object]:
    return {
        "name": run.name,
        "threads": run.threads,
        "actions": dict(run.actions),
        "refused": [{"id": id, "error": error} for id, error in run.refused],  # noqa: A001 - as in the services
    }


def _say(sentence: str) -> None:
    print(f"salesinbox: {sentence}", file=sys.stderr)
