"""`salesinbox columns` and `salesinbox views`: lanes of the board and views of the rep's own (COL-12, VIEW-3)."""

import argparse
import sys
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.locale import formatting
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit, NotFoundError
from salesinbox.model.folding import fold
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.wiring import Application

_TITLE = 40


def add(commands: "Commands", shared: "Parser") -> None:
    _add_columns(commands, shared)
    _add_views(commands, shared)


def _add_columns(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "columns", parents=[shared], help=_("columns of your own on the board"),
        description=_(
            "Lists your own columns in their order, each with how many threads lie in it. A thread lies in the first "
            "one whose query its newest message of others meets; list --column NAME lists them."
        ),
    )  # fmt: skip
    group.set_defaults(run=run_columns)
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=False)
    adding = verbs.add_parser(
        "add", parents=[shared], help=_("make a column"),
        description=_(
            "Makes a column, and puts the mail that is here into it at once. A query that begins with - comes last, "
            "after --"
        ),
    )  # fmt: skip
    adding.add_argument("title", metavar=_("TITLE"), help=_("what stands above it"))
    adding.add_argument("query", metavar=_("QUERY"), help=_("which mail is meant, such as kind:customer tag:vip"))
    adding.set_defaults(run=run_add_column)
    editing = verbs.add_parser(
        "edit",
        parents=[shared],
        help=_("change a column"),
        description=_("Changes what is given, and leaves the rest."),
    )
    editing.add_argument("column", metavar=_("COLUMN"), help=_("its name (x-…) or its title"))
    editing.add_argument("--title", metavar=_("TITLE"), help=_("what stands above it"))
    editing.add_argument("--query", metavar=_("QUERY"), help=_("which mail is meant"))
    editing.set_defaults(run=run_edit_column)
    deleting = verbs.add_parser(
        "delete", parents=[shared], help=_("delete a column"),
        description=_("Deletes a column. Its mail goes back to where the rules put it; undo brings it back."),
    )  # fmt: skip
    deleting.add_argument("column", metavar=_("COLUMN"), help=_("its name (x-…) or its title"))
    deleting.set_defaults(run=run_delete_column)
    ordering = verbs.add_parser(
        "order", parents=[shared], help=_("in which order they stand and take mail"),
        description=_("Puts the columns that are named first, in this order; the others follow as they were."),
    )  # fmt: skip
    ordering.add_argument("columns", metavar=_("COLUMN"), nargs="+", help=_("names or titles"))
    ordering.set_defaults(run=run_order_columns)


def _add_views(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "views", parents=[shared], help=_("views of your own: searches that are kept"),
        description=_("Lists the searches that you have kept; list --view NAME lists what one finds."),
    )  # fmt: skip
    group.set_defaults(run=run_views)
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=False)
    listing = verbs.add_parser("list", parents=[shared], help=_("list them"), description=_("Lists them."))
    listing.set_defaults(run=run_views)
    adding = verbs.add_parser(
        "add", parents=[shared], help=_("keep a search as a view"), description=_("Keeps a search as a view.")
    )
    adding.add_argument("name", metavar=_("NAME"), help=_("what it is called"))
    adding.add_argument("query", metavar=_("QUERY"), help=_("which mail is meant"))
    adding.set_defaults(run=run_add_view)
    deleting = verbs.add_parser(
        "delete", parents=[shared], help=_("forget a view"), description=_("Forgets a view; undo brings it back.")
    )
    deleting.add_argument("name", metavar=_("NAME"), help=_("what it is called"))
    deleting.set_defaults(run=run_delete_view)


# --- columns ---------------------------------------------------------------------------------------------------------


def run_columns(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        found = application.arranging.columns()
        if arguments.json:
            output.array(
                {
                    "name": one.name,
                    "title": one.title,
                    "query": one.query,
                    "threads": one.threads,
                    "problem": one.problem,
                }
                for one in found
            )
            return Exit.DONE
        columns = (
            output.Column(_("Name"), _TITLE), output.Column(_("Title"), _TITLE),
            output.Column(_("Threads"), right=True), output.Column(_("Query")),
        )  # fmt: skip
        output.table(columns, [(one.name, one.title, formatting.number(one.threads), one.query) for one in found])
        for one in found:
            if one.problem:
                sentence = _("{name}: {error}").format(name=safe(one.title, 60), error=safe(one.problem))
                print(f"salesinbox: {sentence}", file=sys.stderr)
    return Exit.DONE


def run_add_column(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        _told(arguments, application.arranging.save_column(arguments.title, arguments.query))
    return Exit.DONE


def run_edit_column(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        name = _name(application, arguments.column)
        known = next(one for one in application.arranging.columns() if one.name == name)
        title = known.title if arguments.title is None else arguments.title
        query = known.query if arguments.query is None else arguments.query
        _told(arguments, application.arranging.save_column(title, query, name))
    return Exit.DONE


def run_delete_column(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        _told(arguments, application.arranging.remove_column(_name(application, arguments.column)))
    return Exit.DONE


def run_order_columns(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        first = dict.fromkeys(_name(application, column) for column in arguments.columns)
        rest = [one.name for one in application.arranging.columns() if one.name not in first]
        _told(arguments, application.arranging.reorder([*first, *rest]))
    return Exit.DONE


def _name(application: "Application", wanted: str) -> str:
    """A column by its name, or by its title in any case. NotFoundError names those that exist."""
    known = application.arranging.columns()
    for one in known:
        if one.name == wanted or fold(one.title) == fold(wanted):
            return one.name
    raise NotFoundError(
        _("There is no column {column} of your own. Yours are: {names}.").format(
            column=safe(wanted, 60), names=", ".join(one.name for one in known) or "–"
        )
    )


# --- views -----------------------------------------------------------------------------------------------------------


def run_views(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        found = application.arranging.views()
        if arguments.json:
            output.array({"name": one.name, "query": one.query} for one in found)
        else:
            columns = (output.Column(_("Name"), _TITLE), output.Column(_("Query")))
            output.table(columns, [(one.name, one.query) for one in found])
    return Exit.DONE


def run_add_view(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        _told(arguments, application.arranging.save_view(arguments.name, arguments.query))
    return Exit.DONE


def run_delete_view(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        _told(arguments, application.arranging.remove_view(arguments.name))
    return Exit.DONE


def _told(arguments: argparse.Namespace, outcome: Outcome) -> None:
    if arguments.json:
        output.document({"done": list(outcome.done), "refused": [], "text": outcome.text})
    elif outcome.text:
        print(safe(outcome.text))
