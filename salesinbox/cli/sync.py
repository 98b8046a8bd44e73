"""`salesinbox sync`: one pass over the accounts, or a watch that goes on."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.cli.outcome import joint, of_report
from salesinbox.cli.progress import ProgressLine
from salesinbox.cli.secrets import open_here
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import Exit, UsageError
from salesinbox.model.status import AccountReport, FolderReport
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser


def add(commands: "Commands", shared: "Parser") -> None:
    parser = commands.add_parser(
        "sync",
        parents=[shared],
        help=_("fetch what is new from the mail servers"),
        description=_(
            "Makes the local copy equal to the servers. Ends with 0 only if every folder's counts agree, with 6 "
            "if some do, with 4 or 5 if no account could be logged in to or reached."
        ),
    )
    parser.add_argument(
        "--account", action="append", metavar=_("ACCOUNT"), help=_("only this account; may be given again")
    )
    parser.add_argument("--watch", action="store_true", help=_("go on, and take new mail as it arrives"))
    # For the process that the board starts: it ends so many seconds after the last board.
    parser.add_argument("--linger", type=float, help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.watch and (arguments.json or arguments.account):
        raise UsageError(
            _("--watch goes on for all accounts, and has no end to report: leave out --json and --account")
        )
    cells = shutil.get_terminal_size().columns if sys.stderr.isatty() else None
    line = ProgressLine(sys.stderr, cells, connections=arguments.watch)
    with opened(arguments, warn=True) as application:
        if arguments.watch:
            application.secrets.take_over()
        open_here(application, unless_running=True)
        try:
            if arguments.watch:
                anew = application.syncing.watch(progress=line, linger=arguments.linger)
                if not anew:
                    return Exit.DONE
                line.end()
                application.secrets.hand_over()
                # The same process with the changed configuration: whoever started it need not notice.
                os.execv(sys.executable, [sys.executable, "-m", "salesinbox", *sys.argv[1:]])  # noqa: S606 - our own program
            reports = application.syncing.sync(arguments.account, line)
        finally:
            line.end()
    if arguments.json:
        output.document({"accounts": [_json(report) for report in reports]})
    else:
        _print(reports)
    for sentence in _errors(reports):
        print(f"salesinbox: {safe(sentence)}", file=sys.stderr)
    return joint([of_report(report) for report in reports])


def _json(report: AccountReport) -> dict[str, Any]:
    """An account's report; `error` is there only where the account as a whole failed."""
    return {
        "name": report.name,
        "folders": [
            {
                "name": folder.name,
                "server": folder.server,
                "local": folder.local,
                "new": folder.new,
                "changed": folder.changed,
                "gone": folder.gone,
                "ok": folder.ok,
                "error": folder.error,
            }
            for folder in report.folders
        ],
        "seconds": round(report.seconds, 3),
        **({"error": report.error} if report.error else {}),
    }


def _print(reports: Sequence[AccountReport]) -> None:
    rows = [_row(report, folder) for report in reports for folder in report.folders]
    columns = [
        output.Column(_("Account"), 20),
        output.Column(_("Folder"), 40),
        output.Column(_("Here"), right=True),
        output.Column(_("Server"), right=True),
        output.Column(_("Changes")),
    ]
    output.table(columns, rows)
    for report in reports:
        print(_summary(report))


def _row(report: AccountReport, folder: FolderReport) -> tuple[str, ...]:
    changes = [
        (folder.new, ngettext("{n} new", "{n} new", folder.new)),
        (folder.changed, ngettext("{n} changed", "{n} changed", folder.changed)),
        (folder.gone, ngettext("{n} gone", "{n} gone", folder.gone)),
    ]
    told = [text.format(n=formatting.number(n)) for n, text in changes if n]
    if not folder.ok:
        told.append(_("failed"))
    numbers = formatting.number(folder.local), formatting.number(folder.server)
    return (report.name, folder.name, *numbers, ", ".join(told))


def _errors(reports: Sequence[AccountReport]) -> Iterator[str]:
    for report in reports:
        if report.error:
            yield f"{report.name}: {report.error}"
        for folder in report.folders:
            if folder.error and folder.error != report.error:
                yield f"{report.name}: {folder.name}: {folder.error}"


def _summary(report: AccountReport) -> str:
    """The word "synced" is said only when the counts agree (ACC-7)."""
    name, seconds = safe(report.name, 40), f"{report.seconds:.1f}"
    total = sum(folder.local for folder in report.folders)
    if of_report(report) == Exit.DONE:
        text = ngettext("{name}: synced, {n} message, {seconds} s", "{name}: synced, {n} messages, {seconds} s", total)
        return text.format(name=name, n=formatting.number(total), seconds=seconds)
    if report.error:
        return _("{name}: not synced").format(name=name)
    behind = sum(not folder.ok or folder.server != folder.local for folder in report.folders)
    text = ngettext("{name}: not synced, {n} folder differs", "{name}: not synced, {n} folders differ", behind)
    return text.format(name=name, n=formatting.number(behind))
