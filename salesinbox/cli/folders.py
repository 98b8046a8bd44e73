"""`salesinbox folders`: where mail lies, and where it can be moved to (VIEW-3)."""

import argparse
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.locale import formatting
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit
from salesinbox.model.mail import ALL, ARCHIVE, DRAFTS, INBOX, SENT, SPAM, TRASH

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser


def add(commands: "Commands", shared: "Parser") -> None:
    folders = commands.add_parser(
        "folders",
        parents=[shared],
        help=_("list the folders of each account"),
        description=_("Lists all folders that mail can be moved to, also those that are not synced."),
    )
    folders.add_argument("--account", metavar=_("ACCOUNT"), help=_("only this account"))
    folders.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        if arguments.account is not None:
            application.accounts.chosen([arguments.account])
        found = application.actions.folders(arguments.account)
    if arguments.json:
        output.array(
            {
                "account": one.account,
                "name": one.name,
                "role": one.role,
                "synced": one.synced,
                "messages": one.messages,
                "unread": one.unread,
            }
            for one in found
        )
        return Exit.DONE
    columns = [
        output.Column(_("Account"), 20),
        output.Column(_("Folder"), 40),
        output.Column(_("Messages"), right=True),
        output.Column(_("Unread"), right=True),
        output.Column(_("Used as")),
    ]
    rows = []
    for one in found:
        use = _roles().get(one.role, one.role) if one.synced else _("not synced")
        rows.append((one.account, one.name, formatting.number(one.messages), formatting.number(one.unread), use))
    output.table(columns, rows)
    return Exit.DONE


def _roles() -> dict[str, str]:
    return {
        INBOX: _("Inbox"),
        SENT: _("Sent"),
        DRAFTS: _("Drafts"),
        ARCHIVE: _("Archive"),
        SPAM: _("Spam"),
        TRASH: _("Trash"),
        ALL: _("All mail"),
    }
