"""`salesinbox account remove`: an account with everything that belongs to it (ACC-2)."""

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import Exit, UsageError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.services.removing import Removal


def add(verbs: "Commands", shared: "Parser") -> None:
    remove = verbs.add_parser(
        "remove", parents=[shared], help=_("remove an account with everything that belongs to it"),
        description=_(
            "Removes an account: its mail, drafts and unsent messages here, its passwords, and its part of the "
            "configuration. Its server keeps what it has, and your records stay. Asks first, unless --yes is given."
        ),
    )  # fmt: skip
    remove.add_argument("name", metavar=_("ACCOUNT"), help=_("the account's name"))
    remove.add_argument("--yes", action="store_true", help=_("do not ask"))
    remove.add_argument(
        "--keep-mail-files", action="store_true", help=_("POP3: leave the files that mail was fetched into")
    )
    remove.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        service = application.removing
        if not arguments.yes:
            found = service.look(arguments.name)
            if not sys.stdin.isatty():
                raise UsageError(_("This cannot be taken back; say --yes to remove {name}.").format(name=found.name))
            if not _agreed(found, kept=arguments.keep_mail_files):
                print(_("Nothing was removed."), file=sys.stderr)
                return Exit.FAILED
        removed = service.remove(arguments.name, keep_files=arguments.keep_mail_files)
    if arguments.json:
        output.document({**asdict(removed), "troubles": list(removed.troubles)})
    else:
        print(
            ngettext(
                "{name} is removed, with {n} message.", "{name} is removed, with {n} messages.", removed.messages
            ).format(name=safe(removed.name, 40), n=formatting.number(removed.messages))
        )
        if removed.kept_files:
            print(_("The mail that was fetched stays in {path}.").format(path=safe(removed.kept_files, 300)))
    for sentence in removed.troubles:
        print(f"salesinbox: {safe(sentence)}", file=sys.stderr)
    return Exit.PARTLY if removed.troubles else Exit.DONE


def _agreed(found: "Removal", *, kept: bool) -> bool:
    name = safe(found.name, 40)
    lines = [
        ngettext(
            "{name}: {n} message goes from this machine.", "{name}: {n} messages go from this machine.", found.messages
        ).format(name=name, n=formatting.number(found.messages))
    ]
    if found.drafts or found.unsent:
        lines.append(
            _("With it go {drafts} drafts and {unsent} messages that are not sent.").format(
                drafts=found.drafts, unsent=found.unsent
            )
        )
    if found.only_here and not kept:
        lines.append(
            _("{n} of its messages lie in files on this machine, and its server may not have them any more.").format(
                n=formatting.number(found.only_here)
            )
        )
    for line in lines:
        print(line, file=sys.stderr)
    print(_("Remove it? Type the account's name: "), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == found.name
