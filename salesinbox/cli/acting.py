"""`salesinbox mark`, `archive`, `move`, `snooze`, `undo` …: acting on mail from scripts (ACT-1, ACT-3)."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesinbox.cli import ids, output
from salesinbox.cli.opening import opened
from salesinbox.cli.parser import Parser
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit, UsageError
from salesinbox.model.operations import MARKS, Outcome
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands
    from salesinbox.services.telling import Told
    from salesinbox.wiring import Application

PATIENCE = 60.0
"""Seconds that --wait waits for the servers."""

Act = Callable[["Application", argparse.Namespace, list[str]], Outcome]


def add(commands: "Commands", shared: "Parser") -> None:
    waiting = Parser(add_help=False)
    waiting.add_argument("--wait", action="store_true", help=_("end only when the mail server has been told"))

    def command(name: str, act: Act, help: str, description: str, *before: "_Argument") -> Parser:
        parser = commands.add_parser(name, parents=[shared, waiting], help=help, description=description)
        for argument in before:
            parser.add_argument(argument.name, metavar=argument.metavar, choices=argument.choices, help=argument.help)
        ids.add(parser)
        parser.set_defaults(run=_runs(act))
        return parser

    folder = _Argument("folder", _("FOLDER"), _("a folder, or ACCOUNT:FOLDER; the command folders lists them"))
    command(
        "mark", _mark, _("mark as read, unread, flagged or unflagged"),
        _("Marks threads or single messages. A thread is marked unread and flagged by its newest message."),
        _Argument("mark", None, _("how the mail shall be"), MARKS),
    )  # fmt: skip
    label = command(
        "label", _label, _("put labels on, take labels off"),
        _("Puts labels on threads or single messages, and takes them off. A label is an IMAP keyword."),
    )  # fmt: skip
    label.add_argument("--add", action="append", default=[], metavar=_("NAME"), help=_("a label; may be given again"))
    label.add_argument(
        "--remove", action="append", default=[], metavar=_("NAME"), help=_("a label to take off; may be given again")
    )
    command(
        "archive", lambda application, _arguments, given: application.actions.archive(given),
        _("put away what is in the inbox"), _("Moves mail from the inbox to the archive folder of its account."),
    )  # fmt: skip
    command(
        "move", _move, _("move to a folder"),
        _("Moves threads or single messages to another folder of their account."), folder,
    )  # fmt: skip
    command(
        "copy", _copy, _("copy to a folder"),
        _("Copies threads or single messages to another folder of their account."), folder,
    )  # fmt: skip
    command(
        "trash", lambda application, _arguments, given: application.actions.trash(given),
        _("move to the trash"), _("Moves whole threads, or single messages, to the trash folder of their account."),
    )  # fmt: skip
    spam = command("spam", _spam, _("move to spam, or back"), _("Moves mail of others to the spam folder."))
    spam.add_argument("--not", dest="ham", action="store_true", help=_("it is no spam: back to the inbox"))
    delete = command(
        "delete", _delete, _("delete for good"),
        _("Deletes for good, with no trash between. For ten seconds undo takes it back; afterwards nothing does."),
    )  # fmt: skip
    delete.add_argument("--yes", action="store_true", help=_("this is meant; without it nothing is deleted"))
    snooze = command(
        "snooze", _snooze, _("put out of sight until later"),
        _('Puts threads out of sight until then; a time in quotes if it has spaces, like "tomorrow 9:00".'),
        _Argument("when", _("WHEN"), _("like 4h, tomorrow, fri, 3d, 2026-12-01, 17:00")),
    )  # fmt: skip
    snooze.add_argument("--note", default="", metavar=_("TEXT"), help=_("what to remember when it wakes"))
    snooze.add_argument("--if-no-reply", action="store_true", help=_("wake only if nobody has answered by then"))
    command(
        "unsnooze", lambda application, _arguments, given: application.actions.unsnooze(given),
        _("wake now what is snoozed"), _("Brings snoozed threads back at once."),
    )  # fmt: skip
    mute = command("mute", _mute, _("ignore a thread, whatever comes in it"),
                   _("Keeps threads out of the inbox, whatever still comes in them."))  # fmt: skip
    mute.add_argument("--off", action="store_true", help=_("let the thread be heard again"))
    undo = commands.add_parser(
        "undo",
        parents=[shared, waiting],
        help=_("take back the last action"),
        description=_("Takes back the last action, here or on the board; given again, the one before."),
    )
    undo.set_defaults(run=run_undo)


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument that stands before the ids."""

    name: str
    metavar: str | None
    help: str
    choices: tuple[str, ...] | None = None


# --- what is done ---------------------------------------------------------------------------------------------------


def _mark(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    return application.actions.mark(given, arguments.mark)


def _label(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    if not (arguments.add or arguments.remove):
        raise UsageError(_("Name a label: --add NAME or --remove NAME."))
    return application.actions.label(given, arguments.add, arguments.remove)


def _move(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    return application.actions.move(given, ids.folder(application.actions.folders(), arguments.folder))


def _copy(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    return application.actions.move(given, ids.folder(application.actions.folders(), arguments.folder), copy=True)


def _spam(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    return application.actions.spam(given, spam=not arguments.ham)


def _delete(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    if not arguments.yes:
        raise UsageError(_("Deleting for good cannot be undone. Add --yes if it is meant, or use trash."))
    return application.actions.delete(given)


def _snooze(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    from salesinbox.services import snoozing  # noqa: PLC0415 - this command alone reads times

    until = snoozing.parse(arguments.when, int(application.now()), application.settings.me.zone)
    return application.actions.snooze(given, until, note=arguments.note, if_no_reply=arguments.if_no_reply)


def _mute(application: "Application", arguments: argparse.Namespace, given: list[str]) -> Outcome:
    return application.actions.mute(given, on=not arguments.off)


def run_undo(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        since = application.telling.newest()
        return _report(application, arguments, since, application.actions.undo(), text=True)


def _runs(act: Act) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        with opened(arguments) as application:
            given = ids.given(arguments.ids)
            since = application.telling.newest()
            return _report(application, arguments, since, act(application, arguments, given))

    return run


# --- what came of it ------------------------------------------------------------------------------------------------


def _report(
    application: "Application", arguments: argparse.Namespace, since: int, outcome: Outcome, *, text: bool = False
) -> int:
    """Tell the servers, or whoever tells them; then what was done on stdout, and what was not on stderr.

    `text`: the JSON says in words what was done.
    """
    told = _tell(application, arguments, since, outcome)
    by_server = dict(told.refused) if arguments.wait else {}
    done = [id for id in outcome.done if id not in by_server]  # noqa: A001 - as everywhere in the services
    refused = [*outcome.refused, *by_server.items()]
    if arguments.json:
        output.document(
            {
                "done": done,
                "refused": [{"id": id, "error": error} for id, error in refused],  # noqa: A001 - the same
                **({"text": outcome.text} if text else {}),
            }
        )
    elif outcome.text and (done or not refused):
        print(safe(outcome.text))
    for id, error in refused:  # noqa: A001 - the same
        _say(_("{id}: {error}").format(id=safe(id, 40), error=safe(error)) if id else safe(error))
    if told.exit:
        return told.exit
    return Exit.DONE if not refused else Exit.PARTLY if done else Exit.FAILED


def _tell(application: "Application", arguments: argparse.Namespace, since: int, outcome: Outcome) -> "Told":
    telling = application.telling
    told = telling.told(since, outcome.done)
    if not told.waiting:
        return told
    if arguments.wait:
        told = telling.wait(since, outcome, PATIENCE)
        if told.trouble:
            _say(safe(told.trouble))
            _say(_("The change is kept, and reaches the server with the next sync."))
    elif not telling.nudge():
        _say(_("No sync runs now: the change reaches the server with the next one."))
    return told


def _say(sentence: str) -> None:
    print(f"salesinbox: {sentence}", file=sys.stderr)
