"""`salesinbox account`: which accounts there are, and whether they can be reached."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salesinbox.cli import output, pausing, proving, removing, setup, signing_in
from salesinbox.cli.opening import opened
from salesinbox.cli.outcome import joint
from salesinbox.cli.secrets import open_here
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.services.accounts import Tried


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "account", parents=[shared], help=_("the mail accounts: list them, try them"),
        description=_("The mail accounts of the configuration."),
    )  # fmt: skip
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=True)
    listing = verbs.add_parser(
        "list", parents=[shared], help=_("list the accounts"), description=_("Lists the accounts; tries none.")
    )
    listing.set_defaults(run=run_list)
    test = verbs.add_parser(
        "test", parents=[shared], help=_("connect and log in to each account"),
        description=_("Connects to each account, logs in and counts its folders. Changes nothing."),
    )  # fmt: skip
    test.add_argument("names", nargs="*", metavar=_("ACCOUNT"), help=_("accounts by name; all of them if left out"))
    test.set_defaults(run=run_test)
    for more in (setup, removing, signing_in, pausing, proving):
        more.add(verbs, shared)


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments, warn=True) as application:
        found = application.accounts.listing()
    if arguments.json:
        output.array(_json(found))
    else:
        columns = [output.Column(title) for title in (_("Name"), _("Address"), _("Provider"), _("Server"))]
        output.table(columns, [(one.name, one.address, one.provider, one.detail) for one in found])
    return Exit.DONE


def run_test(arguments: argparse.Namespace) -> int:
    with opened(arguments, warn=True) as application:
        open_here(application)
        found = application.accounts.test(arguments.names or None)
    if arguments.json:
        output.array(_json(found))
    else:
        output.findings([(bool(one.ok), one.name, one.detail, "") for one in found])
    return joint([0 if one.ok else one.exit or Exit.FAILED for one in found])


def _json(found: "Sequence[Tried]") -> list[dict[str, Any]]:
    return [
        {"name": one.name, "address": one.address, "provider": one.provider, "ok": one.ok, "detail": one.detail}
        for one in found
    ]
