"""`salesinbox service`: sync as a service of the rep's own. `salesinbox log`: what sync did."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from salesinbox.cli import output
from salesinbox.cli.opening import config_path, data_folder
from salesinbox.cli.parser import positive
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit, SalesInboxError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.services.unit import Standing, UnitService


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "service", parents=[shared], help=_("have sync run by itself, as a service of systemd"),
        description=_(
            "Writes a systemd user unit, so that mail is fetched and sent without a board open. Systemd itself is left "
            "alone unless you say so; the commands to type are printed."
        ),
    )  # fmt: skip
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=True)
    install = verbs.add_parser(
        "install", parents=[shared], help=_("write the unit"),
        description=_("Writes the unit for this configuration and data folder, and has systemd check it."),
    )  # fmt: skip
    install.add_argument("--enable", action="store_true", help=_("start it, too, now and at each login"))
    install.add_argument("--force", action="store_true", help=_("also over a unit that was changed by hand"))
    install.set_defaults(run=run_install)
    status = verbs.add_parser(
        "status", parents=[shared], help=_("how the unit stands"), description=_("Tells how the unit stands.")
    )
    status.set_defaults(run=run_status)
    check = verbs.add_parser(
        "check", parents=[shared], help=_("have systemd check the unit"),
        description=_("Has systemd check the unit. Ends with 1 if there is something wrong with it."),
    )  # fmt: skip
    check.set_defaults(run=run_check)
    remove = verbs.add_parser("remove", parents=[shared], help=_("delete the unit"), description=_("Deletes the unit."))
    remove.add_argument("--disable", action="store_true", help=_("end the service before"))
    remove.add_argument("--force", action="store_true", help=_("also a unit that was changed by hand"))
    remove.set_defaults(run=run_remove)
    log = commands.add_parser(
        "log", parents=[shared], help=_("what sync did, and when"),
        description=_("Prints the end of what the sync process has noted. It holds no subjects and no addresses."),
    )  # fmt: skip
    log.add_argument("--lines", type=positive, default=40, metavar=_("N"), help=_("so many lines (40 if left out)"))
    log.set_defaults(run=run_log)


def run_install(arguments: argparse.Namespace) -> int:
    return _told(arguments, lambda unit: unit.install(force=arguments.force, enable=arguments.enable))


def run_status(arguments: argparse.Namespace) -> int:
    return _told(arguments, lambda unit: unit.standing())


def run_check(arguments: argparse.Namespace) -> int:
    return _told(arguments, lambda unit: unit.check())


def run_remove(arguments: argparse.Namespace) -> int:
    return _told(arguments, lambda unit: unit.remove(force=arguments.force, disable=arguments.disable))


def run_log(arguments: argparse.Namespace) -> int:
    from salesinbox.services import logbook  # noqa: PLC0415 - --help needs none

    try:
        found = logbook.end(data_folder(arguments), arguments.lines)
    except OSError as error:
        raise SalesInboxError(
            _("The log cannot be read: {reason}").format(reason=safe(error.strerror or str(error), 100))
        ) from error
    if arguments.json:
        output.array(
            {"time": one.time, "account": one.account, "folder": one.folder, "event": one.event, "detail": one.detail}
            for one in found
        )
        return Exit.DONE
    for one in found:
        words = (one.time, one.account or "-", one.folder or "-", one.event, one.detail)
        print(safe("  ".join(words).rstrip()))
    return Exit.DONE


def _told(arguments: argparse.Namespace, act: "Callable[[UnitService], Standing]") -> int:
    from salesinbox.services.unit import UnitService  # noqa: PLC0415 - --help needs none

    unit = UnitService(config_path(arguments), data_folder(arguments))
    found = act(unit)
    if arguments.json:
        output.document(_json(found))
    else:
        _print(found, unit)
    return Exit.FAILED if found.problems else Exit.DONE


def _json(found: "Standing") -> dict[str, Any]:
    return {
        "path": str(found.path),
        "state": found.state,
        "systemd": found.systemd,
        "lingers": found.lingers,
        "problems": list(found.problems),
        "commands": list(found.commands),
    }


def _print(found: "Standing", unit: "UnitService") -> None:
    print(safe(f"{found.path}: {_state(found.state)}"))
    for problem in found.problems:
        print(f"  {problem}")
    if found.commands:
        print(_("To type next:"))
    for command in found.commands:
        print(f"  {command}")
    if not found.systemd:
        print(_("This machine does not run by systemd. The line for crontab -e is:"))
        print(safe(f"  {unit.cron}"))
    elif found.state != "missing" and not found.lingers:
        print(_("Without the last of these it ends when you log out."))


def _state(state: str) -> str:
    words = {
        "missing": _("not there"),
        "current": _("as this version writes it"),
        "outdated": _("of another version, or for other folders"),
        "changed": _("changed by hand"),
    }
    return words[state]
