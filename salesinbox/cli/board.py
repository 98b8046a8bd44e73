"""`salesinbox` and `salesinbox demo`: the board on the screen."""

import argparse
import sys
from typing import TYPE_CHECKING

from salesinbox.cli.opening import config_path, data_folder
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser


def add(commands: "Commands", shared: "Parser") -> None:
    demo = commands.add_parser(
        "demo",
        parents=[shared],
        help=_("open the board on sample mail; nothing of yours is touched"),
        description=_(
            "Opens the board on an embedded mail server with sample customers, English and Japanese. Mail "
            "arrives while you watch. Nothing of yours is read or written."
        ),
    )
    demo.set_defaults(run=run_demo)


def run(arguments: argparse.Namespace) -> int:
    """The board; a welcome where there is no configuration yet."""
    _needs_terminal(arguments)
    from salesinbox import wiring  # noqa: PLC0415 - --help needs none

    path = config_path(arguments)
    if arguments.config is None and not path.exists():
        return wiring.run_welcome(path, data_folder(arguments))
    settings = wiring.settings(path)
    if not settings.accounts:
        return wiring.run_welcome(path, data_folder(arguments))
    data = data_folder(arguments)
    if wiring.outdated(data):
        print(_("Bringing the database up to date. With a large mailbox this takes up to a minute…"), flush=True)
    return wiring.run_board(settings, data)


def run_demo(arguments: argparse.Namespace) -> int:
    _needs_terminal(arguments)
    from salesinbox import wiring  # noqa: PLC0415 - --help needs none

    return wiring.run_demo()


def _needs_terminal(arguments: argparse.Namespace) -> None:
    if arguments.json:
        raise UsageError(_("--json needs a command, like: salesinbox list --json"))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(_("The board needs a terminal. For scripts there are commands: salesinbox --help"))
