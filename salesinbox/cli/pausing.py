"""`salesinbox account pause` and `resume`: an account whose servers are left alone for a while."""

import argparse
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser


def add(verbs: "Commands", shared: "Parser") -> None:
    pause = verbs.add_parser(
        "pause", parents=[shared], help=_("leave an account's servers alone"),
        description=_(
            "Nothing of the account is fetched, told or sent until resume; what you do meanwhile waits here. The other"
            " accounts go on."
        ),
    )  # fmt: skip
    resume = verbs.add_parser(
        "resume", parents=[shared], help=_("go on with an account that was paused"),
        description=_("Goes on with an account that was paused, beginning with what has waited."),
    )  # fmt: skip
    for verb, paused in ((pause, True), (resume, False)):
        verb.add_argument("names", nargs="+", metavar=_("ACCOUNT"), help=_("the account's name"))
        verb.set_defaults(run=run, paused=paused)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        application.accounts.chosen(arguments.names)  # all of them, before the first is paused
        for name in arguments.names:
            if arguments.paused:
                application.accounts.pause(name)
            else:
                application.accounts.resume(name)
    if arguments.json:
        output.array({"name": name, "paused": arguments.paused} for name in arguments.names)
        return Exit.DONE
    sentence = _("{name} is paused.") if arguments.paused else _("{name} goes on.")
    for name in arguments.names:
        print(sentence.format(name=safe(name, 40)))
    return Exit.DONE
