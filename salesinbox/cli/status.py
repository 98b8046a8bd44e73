"""`salesinbox status` and `salesinbox doctor`: how the accounts stand, and whether all is well (ACC-7)."""

import argparse
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.cli.progress import state
from salesinbox.cli.secrets import open_here
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language, ngettext
from salesinbox.model.errors import Exit
from salesinbox.model.status import AccountStatus, FolderStatus
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser


def add(commands: "Commands", shared: "Parser") -> None:
    status = commands.add_parser(
        "status",
        parents=[shared],
        help=_("how each account and folder stands"),
        description=_("Tells for each folder how many messages the server has and how many are here."),
    )
    status.set_defaults(run=run_status)
    doctor = commands.add_parser(
        "doctor",
        parents=[shared],
        help=_("look for what is wrong, and what to do about it"),
        description=_(
            "Looks at this machine, the database, the configuration and each account. Ends with 1 if something "
            "is not well."
        ),
    )
    doctor.set_defaults(run=run_doctor)


def run_status(arguments: argparse.Namespace) -> int:
    with opened(arguments, warn=True) as application:
        found = application.accounts.status(contents=True)
        zone, now = application.settings.me.zone, application.now()
    if arguments.json:
        output.array(_json(account, zone) for account in found)
        return Exit.DONE
    for account in found:
        print(_account(account))
        output.table(_columns(), [_row(folder, now, zone) for folder in account.folders])
    return Exit.DONE


def run_doctor(arguments: argparse.Namespace) -> int:
    with opened(arguments, warn=True) as application:
        open_here(application)
        checks = application.doctor.checks()
    if arguments.json:
        output.array(
            {"name": one.name, "ok": one.ok, "detail": one.detail, "fix": "" if one.ok else one.fix} for one in checks
        )
    else:
        output.findings([(one.ok, one.name, one.detail, one.fix) for one in checks])
    return Exit.DONE if all(one.ok for one in checks) else Exit.FAILED


def _json(account: AccountStatus, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "name": account.name,
        "address": account.address,
        "state": account.state,
        "detail": account.detail,
        "synced": account.synced,
        "pending": account.pending,
        "folders": [
            {
                "name": folder.name,
                "role": folder.role,
                "server": folder.server,
                "local": folder.local,
                "bodies": folder.bodies,
                "synced": folder.synced,
                "last_success": output.time(folder.last_success, zone),
                "last_error": folder.last_error,
                "next_try": output.time(folder.next_try, zone),
            }
            for folder in account.folders
        ],
    }


def _account(account: AccountStatus) -> str:
    """An account on one line; "synced" only where every folder's counts agree."""
    words = [state(account.state)]
    if account.detail:
        words.append(account.detail)
    if account.folders:
        local, server = (sum(counts) for counts in zip(*((f.local, f.server) for f in account.folders), strict=True))
        words.append(_("{local} of {server}").format(local=formatting.number(local), server=formatting.number(server)))
        words.append(_("synced") if account.synced else _("not synced"))
    else:
        words.append(_("never synced"))
    if account.pending:
        text = ngettext("{n} change to be sent", "{n} changes to be sent", account.pending)
        words.append(text.format(n=formatting.number(account.pending)))
    return safe(f"{account.name} <{account.address}>: {', '.join(words)}")


def _columns() -> list[output.Column]:
    return [
        output.Column(_("Folder"), 40),
        output.Column(_("Here"), right=True),
        output.Column(_("Server"), right=True),
        output.Column(_("Texts"), right=True),
        output.Column(_("Last sync"), right=True),
        output.Column(_("State")),
    ]


def _row(folder: FolderStatus, now: float, zone: ZoneInfo) -> tuple[str, ...]:
    numbers = (formatting.number(n) for n in (folder.local, folder.server, folder.bodies))
    last = formatting.clock(folder.last_success, now, zone, language()) if folder.last_success else _("never")
    standing = folder.last_error or (_("synced") if folder.synced else _("not synced"))
    if folder.next_try > now:
        when = formatting.clock(folder.next_try, now, zone, language())
        standing = _("{standing}; next try {time}").format(standing=standing, time=when)
    return (folder.name, *numbers, last, standing)
