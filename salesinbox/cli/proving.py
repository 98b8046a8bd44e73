"""`salesinbox account prove`: a proof that an account keeps no mail here (ACC-3)."""

import argparse
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.cli.parser import positive
from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import Exit
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.model.proof import Proof


def add(verbs: "Commands", shared: "Parser") -> None:
    prove = verbs.add_parser(
        "prove",
        parents=[shared],
        help=_('prove that an account with storage = "none" keeps no mail here'),
        description=_(
            "Reads every column of the database, and looks in every byte of the data folder for what the newest "
            "messages hold on the server: subjects, names, recipients, Message-IDs, texts. Ends with 0 only if "
            "nothing was found but id, From address and received time. Nothing that is asked for this is written down."
        ),
    )
    prove.add_argument("name", metavar=_("ACCOUNT"), help=_("the account's name"))
    prove.add_argument(
        "--messages", type=positive, default=50, metavar=_("N"),
        help=_("look for what the newest N messages hold (50 if left out)"),
    )  # fmt: skip
    prove.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    tty = sys.stderr.isatty() and not arguments.json

    def progress(done: int, total: int) -> None:
        if tty:
            print(f"\r{_('Asking the server')} {done}/{total} ", end="" if done < total else "\n", file=sys.stderr)

    with opened(arguments, warn=True) as application:
        account = application.accounts.chosen([arguments.name])[0]
        proof = application.proving.prove(account, arguments.messages, progress)
    if arguments.json:
        output.document({**asdict(proof), "ok": proof.ok})
    else:
        _print(proof)
    return Exit.DONE if proof.ok else Exit.FAILED


def _print(proof: "Proof") -> None:
    name = safe(proof.account, 40)
    print(
        ngettext(
            "{name}: {n} message is known here by its id, From address and received time.",
            "{name}: {n} messages are known here by their ids, From addresses and received times.",
            proof.messages,
        ).format(name=name, n=formatting.number(proof.messages))
    )
    octets = sum(size for _name, size in proof.files)
    print(
        _(
            "Looked for: {strings} texts of the newest {asked} messages, in {octets} bytes of {files} files, and every"
            " column of the database."
        ).format(
            strings=formatting.number(proof.strings),
            asked=formatting.number(proof.asked),
            octets=formatting.number(octets),
            files=formatting.number(len(proof.files)),
        )
    )
    for file, size in proof.files:
        print(f"  {safe(file, 100)}  {formatting.number(size)}")
    if proof.drafts:
        print(
            ngettext(
                "{n} draft or unsent message of your own is kept here until it is sent.",
                "{n} drafts or unsent messages of your own are kept here until they are sent.",
                proof.drafts,
            ).format(n=formatting.number(proof.drafts))
        )
    for found in proof.found:
        print(_("FOUND: {what}, in {where}").format(what=found.what, where=safe(found.where, 200)))
    print(_("Nothing else of them is here.") if proof.ok else _("That should not be here. Please report it."))
