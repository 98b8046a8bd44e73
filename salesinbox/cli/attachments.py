"""`salesinbox attachments`: the files that came with a thread or a message, listed or saved (READ-5)."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salesinbox.cli import output, show
from salesinbox.cli.opening import opened
from salesinbox.cli.outcome import joint
from salesinbox.locale import formatting
from salesinbox.locale.texts import _
from salesinbox.model.errors import Exit, SalesInboxError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser


def add(commands: "Commands", shared: "Parser") -> None:
    attachments = commands.add_parser(
        "attachments",
        parents=[shared],
        help=_("list the attachments of a thread, or save them"),
        description=_("Lists the attachments of a thread or of one message. No file that is there is overwritten."),
    )
    attachments.add_argument("id", metavar="ID", help=_("a thread or a message, as list and show print it"))
    attachments.add_argument("--save", type=Path, metavar=_("FOLDER"), help=_("save all of them in this folder"))
    attachments.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    found: list[dict[str, Any]] = []
    codes: list[int] = []
    with opened(arguments) as application:
        _thread, messages = show.chosen(application, arguments.id)
        for message in messages:
            for attached in message.attachments:
                one: dict[str, Any] = {
                    "message": message.id,
                    "part": attached.part,
                    "name": attached.name,
                    "type": attached.type,
                    "size": attached.size,
                }
                if arguments.save is not None:
                    try:
                        path = application.content.save(message.id, attached.part, arguments.save)
                    except SalesInboxError as error:
                        one |= {"path": None, "error": str(error)}
                        codes.append(error.exit)
                    else:
                        one |= {"path": str(path), "error": ""}
                        codes.append(Exit.DONE)
                found.append(one)
    if arguments.json:
        output.array(found)
    else:
        columns = [output.Column(_("Id")), output.Column(_("Size"), right=True), output.Column(_("Type"), 30)]
        titles = [*columns, output.Column(_("Name") if arguments.save is None else _("File"))]
        rows = [
            (one["message"], formatting.size(one["size"]), one["type"], one.get("path", one["name"]))
            for one in found
            if not one.get("error")
        ]
        output.table(titles, rows)
    for one in found:
        if one.get("error"):
            print(f"salesinbox: {safe(one['name'], 80)}: {safe(one['error'])}", file=sys.stderr)
    return joint(codes)
