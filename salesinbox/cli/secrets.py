"""`salesinbox secrets`: passwords kept in the keyring or encrypted, and the passphrase that opens them (ACC-4)."""

import argparse
import getpass
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from salesinbox.cli import output
from salesinbox.cli.opening import opened
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, Exit, UsageError
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.cli.parser import Commands, Parser
    from salesinbox.services.secrets import SecretsService
    from salesinbox.wiring import Application

_LONGEST = 65536


def add(commands: "Commands", shared: "Parser") -> None:
    group = commands.add_parser(
        "secrets",
        parents=[shared],
        help=_("passwords that are kept here: store, remove, unlock"),
        description=_(
            "Passwords are kept in the system's keyring, or encrypted in a file that a passphrase opens. Both are read "
            "from the terminal without being shown, or from the standard input; never from an argument."
        ),
    )
    verbs = group.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="verb", required=True)
    status = verbs.add_parser(
        "status", parents=[shared], help=_("where each account's passwords come from"),
        description=_("Tells for each account where its passwords come from, and what is wrong with that."),
    )  # fmt: skip
    status.set_defaults(run=run_status)
    keep = verbs.add_parser(
        "set", parents=[shared], help=_("store an account's password"),
        description=_("Reads a password and stores it: in the keyring where there is one, otherwise encrypted."),
    )  # fmt: skip
    keep.add_argument("account", metavar=_("ACCOUNT"), help=_("an account by name"))
    keep.add_argument("--sending", action="store_true", help=_("the one of the server that sends"))
    keep.add_argument(
        "--in", dest="where", choices=("keyring", "file"), default="auto", help=_("where to store it")
    )  # fmt: skip
    _can_unlock(keep)
    keep.set_defaults(run=run_set)
    remove = verbs.add_parser(
        "remove", parents=[shared], help=_("remove an account's password"),
        description=_("Removes a password from the keyring and from the encrypted file."),
    )  # fmt: skip
    remove.add_argument("account", metavar=_("ACCOUNT"), help=_("an account by name"))
    remove.add_argument("--sending", action="store_true", help=_("the one of the server that sends"))
    _can_unlock(remove)
    remove.set_defaults(run=run_remove)
    unlock = verbs.add_parser(
        "unlock", parents=[shared], help=_("open the encrypted passwords for the sync process"),
        description=_("Reads the passphrase, and gives it to the sync process, which keeps it until it ends."),
    )  # fmt: skip
    unlock.set_defaults(run=run_unlock)
    lock = verbs.add_parser(
        "lock", parents=[shared], help=_("have the sync process forget the passphrase"),
        description=_("Has the sync process forget the passphrase, and every password that it has read."),
    )  # fmt: skip
    lock.set_defaults(run=run_lock)
    passphrase = verbs.add_parser(
        "passphrase", parents=[shared], help=_("choose the passphrase, or another one"),
        description=_(
            "Chooses the passphrase that the passwords are encrypted with. From the standard input, the lines are the "
            "one that holds so far, if there is one, and the new one."
        ),
    )  # fmt: skip
    passphrase.set_defaults(run=run_passphrase)


def _can_unlock(parser: "Parser") -> None:
    parser.add_argument(
        "--unlock",
        action="store_true",
        help=_("without a terminal: the first line of the standard input is the passphrase"),
    )


def run_status(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        secrets = application.secrets
        open_here(application)
        checks = secrets.checks()
    if arguments.json:
        output.array({"name": one.name, "ok": one.ok, "detail": one.detail, "fix": one.fix} for one in checks)
    else:
        output.findings([(one.ok, one.name, one.detail, one.fix) for one in checks])
    return Exit.DONE if all(one.ok for one in checks) else Exit.CREDENTIALS


def run_set(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        secrets = application.secrets
        [account] = application.accounts.chosen([arguments.account])
        # Before the password is asked for, so that no Enter meant for one is read as the other.
        _open(application, arguments)
        password = _read(_("Password of {name}: ").format(name=safe(account.name, 60)))
        if not password:
            raise UsageError(_("No password was given; nothing is changed."))
        try:
            where = secrets.keep(account, password, arguments.where, sending=arguments.sending)
        except CredentialsError:
            if not began_file(secrets):
                raise
            where = secrets.keep(account, password, arguments.where, sending=arguments.sending)
        path = secrets.path
    if where == "keyring":
        print(_("The password of {name} is in the keyring.").format(name=safe(account.name, 60)))
    else:
        print(_("The password of {name} is encrypted in {file}.").format(name=safe(account.name, 60), file=path))
    return Exit.DONE


def run_remove(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        [account] = application.accounts.chosen([arguments.account])
        _open(application, arguments)
        application.secrets.remove(account, sending=arguments.sending)
    print(_("No password of {name} is kept here any more.").format(name=safe(account.name, 60)))
    return Exit.DONE


def run_unlock(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        secrets = application.secrets
        _needs_file(secrets)
        if not secrets.unlock(_read(_("Passphrase: "))):
            raise CredentialsError(
                _(
                    "That is the passphrase, but no sync process runs that could keep it. "
                    "Start one (salesinbox sync --watch), and unlock again."
                )
            )
    print(_("Passwords are unlocked for the sync process, until it ends."))
    return Exit.DONE


def run_lock(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        told = application.secrets.lock()
    print(_("The sync process has forgotten the passphrase.") if told else _("No sync process runs."))
    return Exit.DONE


def run_passphrase(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        secrets = application.secrets
        old = _read(_("Passphrase so far: ")) if secrets.is_there() else ""
        secrets.set_passphrase(old, _new_passphrase())
        path, command = secrets.path, application.settings.secrets.passphrase_command
    print(_("Passwords in {file} are encrypted with the new passphrase.").format(file=path))
    if command:
        print(_("The passphrase_command of [secrets] must print it from now on."))
    return Exit.DONE


def open_here(application: "Application", *, unless_running: bool = False) -> None:
    """Ask for the passphrase where this command will need it, and somebody sits at a terminal who can be asked.

    For the main thread, before anything else writes on the terminal. Enter alone leaves the passwords locked; then
    whoever needs one says so. `unless_running`: a sync process does the work, with the passphrase that it has.
    """
    if not _on_terminal() or (unless_running and application.live.runs()):
        return
    secrets = application.secrets
    if secrets.is_there() and secrets.locked():
        typed = _read(_("Passphrase of the encrypted passwords: "))
        if typed:
            secrets.unlock(typed)


def began_file(secrets: "SecretsService") -> bool:
    """Begin the encrypted file where it is the only place, with a passphrase that the rep chooses at a terminal.

    False where that is not the trouble, or nobody can be asked.
    """
    if not _on_terminal() or secrets.is_there() or not secrets.wants_passphrase():
        return False
    print(_("There is no keyring here, so what is kept is encrypted with a passphrase of yours."), file=sys.stderr)
    secrets.set_passphrase("", _new_passphrase())
    return True


def _open(application: "Application", arguments: argparse.Namespace) -> None:
    if arguments.unlock and not _typed():
        application.secrets.unlock(_read(""))
    else:
        open_here(application)


def _needs_file(secrets: "SecretsService") -> None:
    if not secrets.is_there():
        raise CredentialsError(
            _("No passwords are encrypted in {file}: there is nothing to unlock.").format(file=secrets.path)
        )


def _on_terminal() -> bool:
    return _typed() and sys.stderr is not None and sys.stderr.isatty()


def _typed() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _read(question: str) -> str:
    """A line from the terminal, not shown; else the next line of the standard input."""
    if _typed():
        return _asked(lambda: getpass.getpass(question))
    if sys.stdin is None:
        return ""
    return sys.stdin.readline(_LONGEST).rstrip("\r\n")


def _new_passphrase() -> str:
    """A new passphrase, typed twice where it is typed."""
    found = _read(_("New passphrase: "))
    if _typed() and found != _read(_("Once more: ")):
        raise UsageError(_("These two are not the same; nothing is changed."))
    return found


def _asked(question: Callable[[], str]) -> str:
    try:
        return question()
    except EOFError:
        raise UsageError(_("Nothing was given; nothing is changed.")) from None
