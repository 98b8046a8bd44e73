"""`salesinbox link`, `unlink` and `links`: which deal and which other records mail belongs to (LINK-4)."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salesinbox.cli import ids, output
from salesinbox.cli.opening import opened
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import Exit, UsageError
from salesinbox.model.links import AUTO, CHOSEN, GUESS, LinkChoice, LinkedRecord
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser

_NAME = 40


def add(commands: "Commands", shared: "Parser") -> None:
    link = commands.add_parser(
        "link",
        parents=[shared],
        help=_("link mail to a deal or another record"),
        description=_(
            "Links threads or single messages to a deal, in the place of what they were linked to, or further to"
            " another record. What is linked so is never changed by a rule; undo takes it back."
        ),
    )
    ids.add(link)
    target = link.add_mutually_exclusive_group(required=True)
    target.add_argument("--deal", metavar=_("DEAL"), help=_("a deal, by its id or its name"))
    target.add_argument("--record", metavar=_("RECORD"), help=_("any record, by its id, like p12 or c3"))
    target.add_argument("--guess", action="store_true", help=_("the deal that is guessed: it is right"))
    link.set_defaults(run=run_link)

    unlink = commands.add_parser(
        "unlink",
        parents=[shared],
        help=_("say that mail belongs to no deal"),
        description=_(
            "Takes threads or single messages off their deal, so that no rule links them again, or off another record."
        ),
    )
    ids.add(unlink)
    unlink.add_argument("--record", default="", metavar=_("RECORD"), help=_("only this record, by its id"))
    unlink.set_defaults(run=run_unlink)

    links = commands.add_parser(
        "links",
        parents=[shared],
        help=_("tell what mail is linked to, and what it could be"),
        description=_(
            "Lists the deal, the people, the companies and the further records of a thread or a message, then what it"
            " could be linked to."
        ),
    )
    links.add_argument("id", metavar="ID", help=_("a thread or a message, as list and show print it"))
    links.add_argument("--find", default="", metavar=_("TEXT"), help=_("words of a record, to look for it as well"))
    links.set_defaults(run=run_links)


def run_link(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        given = ids.given(arguments.ids)
        links = application.links
        if arguments.guess:
            return _report(arguments, links.confirm(given))
        if arguments.record is not None and arguments.record[:1] == "d":
            raise UsageError(_("{record} is a deal: give it with --deal.").format(record=safe(arguments.record, _NAME)))
        record = arguments.record if arguments.deal is None else links.deal(arguments.deal)
        return _report(arguments, links.link(given, record))


def run_unlink(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        return _report(arguments, application.links.unlink(ids.given(arguments.ids), arguments.record))


def run_links(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        linked = application.links.of(arguments.id)
        there = {one.record for one in linked}
        choices = [one for one in application.links.choices(arguments.id, arguments.find) if one.record not in there]
    if arguments.json:
        output.document(
            {
                "id": arguments.id,
                "links": [record(one) for one in linked],
                "choices": [
                    {"record": one.record, "kind": one.kind, "name": one.name, "detail": one.detail, "why": one.why}
                    for one in choices
                ],
            }
        )
        return Exit.DONE
    if linked:
        _table(linked)
    else:
        print(_("It is linked to nothing."))
    if choices:
        print()
        print(_("It could be linked to:"))
        _table(choices)
    return Exit.DONE


def record(value: LinkedRecord) -> dict[str, Any]:
    """A link as JSON. `how` is auto, guess, chosen, or person for who wrote or received the mail."""
    return {
        "record": value.record,
        "kind": value.kind,
        "name": value.name,
        "how": value.how,
        "messages": value.messages,
    }


def _table(found: Sequence[LinkedRecord | LinkChoice]) -> None:
    words = {AUTO: _("by rule"), GUESS: _("a guess"), CHOSEN: _("chosen"), "person": _("by its address")}
    columns = [output.Column(_("Id")), output.Column(_("Name"), _NAME), output.Column(""), output.Column("")]
    rows = []
    for one in found:
        if isinstance(one, LinkChoice):
            rows.append((one.record, one.name, one.detail, ""))
        else:
            number = ngettext("{n} message", "{n} messages", one.messages).format(n=one.messages)
            rows.append((one.record, one.name, words.get(one.how, one.how), number))
    output.table(columns, rows)


def _report(arguments: argparse.Namespace, outcome: Outcome) -> int:
    """What was done on stdout, what was not on stderr."""
    if arguments.json:
        output.document(
            {
                "done": list(outcome.done),
                "refused": [{"id": one, "error": error} for one, error in outcome.refused],
            }
        )
    elif outcome.text:
        print(safe(outcome.text))
    for one, error in outcome.refused:
        print("salesinbox: " + _("{id}: {error}").format(id=safe(one, _NAME), error=safe(error)), file=sys.stderr)
    return Exit.DONE if not outcome.refused else Exit.PARTLY if outcome.done else Exit.FAILED
