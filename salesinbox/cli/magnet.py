"""`salesinbox magnet`: which customers wait for an answer, and why (MAG)."""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from salesinbox.cli import ids, output
from salesinbox.cli.opening import opened
from salesinbox.cli.parser import positive
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language
from salesinbox.model.errors import Exit
from salesinbox.model.events import Noticed
from salesinbox.model.magnet import MagnetEntry
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe, safe_block

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.wiring import Application

LIMIT = 200
_NAME = 28

Act = Callable[["Application", list[str]], Outcome]


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "magnet", parents=[shared], help=_("customers who wait for your answer"),
        description=_(
            "Lists mail of leads and contacts that was sent to you and is not answered, the longest waiting first."
        ),
    )  # fmt: skip
    group.add_argument(
        "--limit", type=positive, default=LIMIT, metavar="N",
        help=_("at most so many; {n} if left out").format(n=LIMIT),
    )  # fmt: skip
    group.set_defaults(run=run_list)
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=False)

    def command(name: str, act: Act, help: str, description: str) -> None:
        parser = verbs.add_parser(name, parents=[shared], help=help, description=description)
        ids.add(parser)
        parser.set_defaults(run=_runs(act))

    command(
        "dismiss", lambda application, given: application.magnet.dismiss(given), _("it needs no answer"),
        _("Takes threads out of the magnet. What comes later in them is there again; undo takes it back."),
    )  # fmt: skip
    command(
        "restore", lambda application, given: application.magnet.restore(given), _("it needs an answer after all"),
        _("Lets threads that were dismissed wait again."),
    )  # fmt: skip
    why = verbs.add_parser(
        "why", parents=[shared], help=_("tell why a thread is in the magnet, or why not"),
        description=_("Tells each condition that keeps a thread out of the magnet, or what put it there."),
    )  # fmt: skip
    why.add_argument("id", metavar="ID", help=_("a thread, as list prints it"))
    why.set_defaults(run=run_why)
    test = verbs.add_parser(
        "test", parents=[shared], help=_("send an example by the desktop and your command"),
        description=_("Tells of an example as of new mail, by the desktop and by the command that is set."),
    )  # fmt: skip
    test.set_defaults(run=run_test)


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        entries = application.magnet.entries(arguments.limit)
        if arguments.json:
            output.array(_json(application, entries))
            return Exit.DONE
        now, zone, speech = application.now(), application.settings.me.zone, language()
    columns = [
        output.Column(_("Id")),
        output.Column(_("Waiting since"), right=True),
        output.Column(_("From"), _NAME),
        output.Column(_("Deal"), _NAME),
        output.Column(_("Subject"), _NAME * 2),
        output.Column(_("So far")),
    ]
    output.table(
        columns,
        [
            (
                entry.card.id,
                formatting.clock(entry.waiting_since, now, zone, speech),
                entry.card.sender_name or entry.card.sender_address,
                entry.card.deal.name if entry.card.deal else "",
                entry.card.subject or _("(no subject)"),
                "; ".join(entry.did),
            )
            for entry in entries
        ],
    )
    return Exit.DONE


def _json(application: "Application", entries: Iterable[MagnetEntry]) -> Iterable[dict[str, Any]]:
    """As `list`, with `waiting_since`, and `reason` of why it waits."""
    zone = application.settings.me.zone
    for entry in entries:
        yield {
            **output.card(entry.card, entry.reason, zone),
            "waiting_since": output.time(entry.waiting_since, zone),
            "did": list(entry.did),
        }


def run_why(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        first, *rest = application.magnet.why(arguments.id).splitlines()
        inside = application.magnet.is_in(arguments.id)
    if arguments.json:
        output.document({"id": arguments.id, "in_magnet": inside, "reasons": rest})
    else:
        print(safe_block("\n".join([first, *(f"  {line}" for line in rest)])))
    return Exit.DONE


def run_test(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        account = application.settings.accounts[0].name if application.settings.accounts else ""
        example = Noticed(account, "", _("Example Customer"), _("This is how a notice looks"))
        told = application.notices.deliver(example)
    if arguments.json:
        output.array({"way": one.way, "ok": one.ok, "error": one.detail} for one in told)
    elif not told:
        print(_("No command is set, and there is no desktop here that shows notices."))
    else:
        titles = {"command": _("command"), "desktop": _("desktop")}
        output.findings([(one.ok, titles[one.way], one.detail or _("told"), "") for one in told])
    return Exit.DONE if all(one.ok for one in told) else Exit.FAILED


def _runs(act: Act) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        with opened(arguments) as application:
            outcome = act(application, ids.given(arguments.ids))
        if arguments.json:
            refused = [{"id": id, "error": error} for id, error in outcome.refused]  # noqa: A001 - as everywhere
            output.document({"done": list(outcome.done), "refused": refused})
        elif outcome.text:
            print(safe(outcome.text))
        for id, error in outcome.refused:  # noqa: A001 - the same
            print(f"salesinbox: {safe(id, 40)}: {safe(error)}", file=sys.stderr)
        if not outcome.refused:
            return Exit.DONE
        return Exit.PARTLY if outcome.done else Exit.FAILED

    return run
