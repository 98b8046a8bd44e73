"""`salesinbox account add`: an account's servers are found, tried and written into the configuration (ACC-2)."""

import argparse
import contextlib
import getpass
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from salesinbox.cli import output
from salesinbox.cli.opening import config_path, data_folder
from salesinbox.locale import formatting
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, Exit, UsageError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.services.proposals import Candidate, FolderChoice, Proposal
    from salesinbox.services.setup import SetupService
    from salesinbox.wiring import Application

_PROVIDERS = ("imap", "gmail", "pop3", "maildir")
_SERVERS = ("imap", "pop3", "smtp")
_TLS = ("implicit", "starttls", "none")


def add(verbs: "Commands", shared: "Parser") -> None:
    parser = verbs.add_parser(
        "add", parents=[shared], help=_("set up an account"),
        description=_(
            "Sets up an account: finds the servers of its address, tries them, and writes it into the configuration, in"
            " which all else stays as it is. At a terminal it asks for what is not given; elsewhere it says what is"
            " missing. A password is asked for, or read from the standard input; never from an argument."
        ),
    )  # fmt: skip
    parser.add_argument("address", nargs="?", default="", metavar=_("ADDRESS"), help=_("the mail address"))
    parser.add_argument("--name", default="", metavar=_("NAME"), help=_("what the account is called here"))
    parser.add_argument("--me", default="", metavar=_("NAME"), help=_("your own name, as it stands on your mail"))
    parser.add_argument("--provider", choices=_PROVIDERS, help=_("the kind of account; left out: what is found"))
    for kind in _SERVERS:
        parser.add_argument(f"--{kind}-host", default="", metavar=_("HOST"), help=_("do not look for it"))
        parser.add_argument(f"--{kind}-port", type=int, default=0, metavar=_("PORT"), help=_("left out: the usual one"))
        parser.add_argument(f"--{kind}-tls", choices=_TLS, default="", help=_("left out: implicit"))
    parser.add_argument("--user", default="", metavar=_("NAME"), help=_("who logs in; left out: the address"))
    parser.add_argument("--password-command", default="", metavar=_("COMMAND"), help=_("a command that prints it"))
    parser.add_argument("--token-command", default="", metavar=_("COMMAND"), help=_("the same for an access token"))
    parser.add_argument("--client-id", default="", metavar=_("ID"), help=_("of your OAuth client; then: account login"))
    parser.add_argument("--client-secret-command", default="", metavar=_("COMMAND"), help=_("prints its secret"))
    parser.add_argument("--storage", choices=("cache", "none"), help=_("Gmail: what is kept here"))
    parser.add_argument("--path", default="", metavar=_("FOLDER"), help=_("of a Maildir"))
    parser.add_argument("--folders", default="", metavar=_("NAMES"), help=_("folders to sync, separated by commas"))
    parser.add_argument("--color", default="", metavar=_("COLOR"), help=_("of its mark on cards"))
    parser.add_argument(
        "--central", action="store_true", help=_("ask Thunderbird's database, too: it learns the domain")
    )
    parser.add_argument("--no-test", action="store_true", help=_("write it without trying it"))
    parser.add_argument("--yes", action="store_true", help=_("take the first way that is found, and ask nothing"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from salesinbox import wiring  # noqa: PLC0415 - --help needs none

    path = config_path(arguments)
    with wiring.application(wiring.settings_or_none(path), data_folder(arguments)) as application:
        setup = application.setup
        asks = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.yes
        address = arguments.address or (_ask(_("Mail address: ")) if asks else "")
        if "@" not in address:
            raise UsageError(_("Give the mail address: salesinbox account add you@company.example"))
        proposal, method = _proposal(setup, arguments, address, asks=asks)
        secret = _password(proposal, method, asks=asks)
        code = Exit.DONE
        detail = _("not tried")
        if not arguments.no_test and method != "oauth":
            print(_("Trying to read and to send…"), file=sys.stderr)
            tried = setup.test(proposal, secret)
            detail = tried.detail
            print(safe(tried.detail), file=sys.stderr)
            if not tried.ok and not (asks and _agreed(_("Write it all the same?"))):
                return Exit(tried.exit or int(Exit.FAILED))
            if tried.readable and proposal.provider != "pop3":
                proposal = _with_folders(setup, proposal, secret, asks=asks)
        # The secret first: an account that is written and cannot log in would be worse than none.
        kept = _keep(application, proposal, secret) if secret else ""
        written = setup.write(proposal)
    if arguments.json:
        output.document(
            {"name": proposal.name, "address": address, "provider": proposal.provider, "ok": code == Exit.DONE,
             "detail": detail, "file": str(written), "secret": kept}
        )  # fmt: skip
        return code
    print(_("{name} is written into {file}.").format(name=safe(proposal.name, 40), file=written))
    if kept:
        where = _("the keyring") if kept == "keyring" else _("an encrypted file")
        print(_("Its password is kept in {where}.").format(where=where))
    if method == "oauth":
        print(_("Log in with: salesinbox account login {name}").format(name=safe(proposal.name, 40)))
    print(_("Start the board with: salesinbox"))
    return code


# --- what is proposed ----------------------------------------------------------------------------------------------


def _proposal(
    setup: "SetupService", arguments: argparse.Namespace, address: str, *, asks: bool
) -> "tuple[Proposal, str]":
    """The account, and how one logs in: "password", "oauth", "command", or "" where nobody has to."""
    from salesinbox.services.proposals import Proposal  # noqa: PLC0415 - only for this command

    provider, tables, methods = _given(arguments) or _found(setup, arguments, address, asks=asks)
    method = _method(arguments, provider, methods, asks=asks)
    tables = {name: dict(table) for name, table in tables.items()}
    if arguments.password_command:
        own = tables.setdefault(provider if provider in ("imap", "pop3") else "smtp", {})
        own["password_command"] = shlex.split(arguments.password_command)
    if provider == "gmail":
        _gmail(arguments, tables["gmail"])
    elif method == "oauth":
        for kind in _SERVERS:
            if kind in tables:
                tables[kind]["auth"] = "oauth"
        oauth = tables.setdefault("oauth", {"provider": "microsoft"})
        oauth["client_id"] = arguments.client_id or (_ask(_("Client id of your OAuth client: ")) if asks else "")
        if arguments.client_secret_command:
            oauth["client_secret_command"] = shlex.split(arguments.client_secret_command)
        if not oauth["client_id"]:
            raise UsageError(_("This provider wants a login by OAuth: give --client-id."))
    else:
        tables.pop("oauth", None)
    name = arguments.name or setup.name_for(address)
    me = arguments.me or (_ask(_("Your name: ")) if asks and not setup.path.exists() else "")
    folders = _names(arguments.folders) or None
    proposal = Proposal(name, address, me, provider=provider, tables=tables, folders=folders, color=arguments.color)
    # Before a password is asked for, and anything is tried: is it one that can be written?
    setup.check_name(name)
    setup.account(proposal)
    return proposal, method


def _given(arguments: argparse.Namespace) -> tuple[str, dict[str, dict[str, Any]], tuple[str, ...]] | None:
    """What the options name, so that nothing needs to be looked for."""
    tables = {kind: _server(arguments, kind) for kind in _SERVERS if getattr(arguments, f"{kind}_host")}
    if arguments.path:
        return "maildir", {"maildir": {"path": arguments.path}, **tables}, ("password",) if "smtp" in tables else ()
    if arguments.provider == "gmail":
        return "gmail", {"gmail": {}, **tables}, ("oauth", "command")
    for kind in ("imap", "pop3"):
        if kind in tables and arguments.provider in (None, kind):
            return kind, tables, ("password", "command", "oauth")
    if arguments.provider == "maildir":
        raise UsageError(_("A Maildir account needs its --path."))
    return None


def _server(arguments: argparse.Namespace, kind: str) -> dict[str, Any]:
    table: dict[str, Any] = {"host": getattr(arguments, f"{kind}_host")}
    for key in ("port", "tls"):
        if value := getattr(arguments, f"{kind}_{key}"):
            table[key] = value
    if arguments.user:
        table["user"] = arguments.user
    return table


def _found(
    setup: "SetupService", arguments: argparse.Namespace, address: str, *, asks: bool
) -> tuple[str, dict[str, dict[str, Any]], tuple[str, ...]]:
    domain = safe(address.rpartition("@")[2], 80)
    print(_("Looking for the servers of {domain}…").format(domain=domain), file=sys.stderr)
    found = [
        one for one in setup.find(address, central=arguments.central) if arguments.provider in (None, one.provider)
    ]
    if not found:
        raise UsageError(
            _("No servers of {domain} were found; name them: --imap-host, --smtp-host, or --path of a Maildir.").format(
                domain=domain
            )
        )
    chosen = found[0] if arguments.yes or len(found) == 1 else _chosen(found, asks=asks)
    if chosen.note:
        print(safe(chosen.note), file=sys.stderr)
    tables = {name: dict(table) for name, table in chosen.settings.items()}
    if arguments.user:
        tables[chosen.provider]["user"] = arguments.user
    return chosen.provider, tables, chosen.methods


def _chosen(found: "Sequence[Candidate]", *, asks: bool) -> "Candidate":
    lines = [f"  {number}  {safe(one.title, 100)}" for number, one in enumerate(found, 1)]
    if not asks:
        raise UsageError(
            _("There are several ways; take the first one with --yes, or name one with --provider:")
            + "\n"
            + "\n".join(lines)
        )
    print("\n".join(lines), file=sys.stderr)
    typed = _ask(_("Which one (1)? ")) or "1"
    if not typed.isdecimal() or not 1 <= int(typed[:4]) <= len(found):
        raise UsageError(_("{typed} is none of them.").format(typed=safe(typed, 20)))
    return found[int(typed) - 1]


def _method(arguments: argparse.Namespace, provider: str, methods: tuple[str, ...], *, asks: bool) -> str:
    if arguments.password_command or arguments.token_command:
        return "command"
    if arguments.client_id:
        return "oauth"
    if provider == "maildir" and not methods:
        return ""
    if "password" in methods:
        return "password"
    if "oauth" in methods:
        if not asks:
            raise UsageError(_("This provider wants a login by OAuth: give --client-id."))
        return "oauth"
    return methods[0] if methods else ""


def _gmail(arguments: argparse.Namespace, table: dict[str, Any]) -> None:
    if arguments.storage:
        table["storage"] = arguments.storage
    if arguments.token_command:
        table["token_command"] = shlex.split(arguments.token_command)
    else:
        asked = sys.stdin.isatty() and sys.stderr.isatty() and not arguments.yes
        table["client_id"] = arguments.client_id or (_ask(_("Client id of your OAuth client: ")) if asked else "")
        if not table["client_id"]:
            raise UsageError(_("This provider wants a login by OAuth: give --client-id."))
        if arguments.client_secret_command:
            table["client_secret_command"] = shlex.split(arguments.client_secret_command)


# --- asking --------------------------------------------------------------------------------------------------------


def _ask(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _agreed(question: str) -> bool:
    return _ask(f"{question} [{_('y')}/N] ").lower() in ("y", "yes", _("y"))


def _password(proposal: "Proposal", method: str, *, asks: bool) -> str:
    if method != "password":
        return ""
    name = safe(proposal.address, 80)
    typed = (
        getpass.getpass(_("Password of {name}: ").format(name=name)) if asks else sys.stdin.readline().rstrip("\r\n")
    )
    if not typed:
        raise UsageError(_("No password was given: write it on the standard input, or give --password-command."))
    return typed


def _keep(application: "Application", proposal: "Proposal", secret: str) -> str:
    from salesinbox.cli.secrets import began_file  # noqa: PLC0415 - only where a password is kept

    try:
        return application.setup.keep(proposal, secret)
    except CredentialsError:
        if not began_file(application.secrets):
            raise
        return application.setup.keep(proposal, secret)


def _with_folders(setup: "SetupService", proposal: "Proposal", secret: str, *, asks: bool) -> "Proposal":
    """The account with the folders that are to be synced: those that were named, if they are there, or are typed."""
    if proposal.folders is None and not asks:
        return proposal
    found = setup.folders(replace(proposal, folders=None), secret)
    if proposal.folders is not None:
        return replace(proposal, folders=_existing(proposal.folders, found))
    rows = [
        (
            one.name,
            "–" if one.messages is None else formatting.number(one.messages),
            _("yes") if one.chosen else _("no"),
        )
        for one in found
    ]
    columns = [output.Column(_("Folder"), 40), output.Column(_("Messages"), right=True), output.Column(_("Synced"))]
    with contextlib.redirect_stdout(sys.stderr):  # what is printed to stdout is for scripts
        output.table(columns, rows)
    typed = _names(_ask(_("Folders to sync, separated by commas (Enter: those that say yes): ")))
    return replace(proposal, folders=_existing(typed, found) if typed else None)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _existing(names: "Sequence[str]", found: "Sequence[FolderChoice]") -> tuple[str, ...]:
    """The names as the server writes them. UsageError for one that it does not have."""
    known = {one.name: one.name for one in found}
    known["INBOX"] = known.get("INBOX", found[0].name if found else "INBOX")
    for name in names:
        if name not in known and name.upper() != "INBOX":
            raise UsageError(
                _("There is no folder {folder} on the server. Folders there: {names}.").format(
                    folder=safe(name, 80), names=safe(", ".join(one.name for one in found[:20]), 1000)
                )
            )
    return tuple(known.get(name, known["INBOX"]) for name in names)
