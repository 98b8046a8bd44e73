"""What is done with an account from the board: set up, logged in, unlocked, removed."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rich.style import Style

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import CredentialsError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe
from salesinbox.tui.screens.confirm import Confirm
from salesinbox.tui.screens.question import Question
from salesinbox.tui.screens.sheet import Sheet
from salesinbox.tui.waiting import wait_for
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.services.removing import Removal
    from salesinbox.tui.app import Board

AGAIN = "again"
"""What the board ends with when its configuration has changed: whoever ran it opens it anew."""


class Used(Protocol):
    """Where a secret comes from, and what is wrong there."""

    ok: bool
    detail: str
    fix: str


def set_up(board: "Board") -> None:
    """A further account, step by step; then the board is opened anew with it."""
    from salesinbox.tui.setup.answers import Answers  # noqa: PLC0415 - loaded when something is set up
    from salesinbox.tui.setup.finding import AddressStep  # noqa: PLC0415 - the same
    from salesinbox.tui.setup.screen import Setup  # noqa: PLC0415 - the same

    answers = Answers(first=False, me=board.settings.me.name)

    def done(_path: Path, _name: str) -> None:
        board.exit(AGAIN)

    heading = _("Add an account")
    board.push_screen(Setup(board, board.keys, board.later, answers, AddressStep, heading=heading, done=done))


def log_in(board: "Board", account: Account, after: Callable[[], None]) -> None:
    """In the browser where tokens are used; else another password is asked for."""
    server = account.server
    has_tokens = account.oauth is not None
    command = server.password_command if server is not None else account.gmail.token_command if account.gmail else ()
    if has_tokens and not command:
        _by_browser(board, account, after)
    elif command or (server is not None and server.password):
        board.say(_("The configuration says where the password of {name} comes from; change it there.").format(
            name=safe(account.name, 40)))  # fmt: skip
    elif server is not None:
        _by_password(board, account, after)
    else:
        board.say(_("Nobody logs in to {name}: it is a folder on this machine.").format(name=safe(account.name, 40)))


def _by_browser(board: "Board", account: Account, after: Callable[[], None]) -> None:
    from salesinbox.tui.setup.again import AgainStep  # noqa: PLC0415 - loaded when one logs in
    from salesinbox.tui.setup.answers import Answers  # noqa: PLC0415 - the same
    from salesinbox.tui.setup.screen import Setup  # noqa: PLC0415 - the same

    def done(_path: Path, name: str) -> None:
        board.say(_("You are logged in to {name}.").format(name=safe(name, 40)))
        _sync(board)
        after()

    answers = Answers(first=False, address=account.address, name=account.name)
    heading = _("Log in to {name}").format(name=safe(account.name, 40))
    first = partial(AgainStep, account=account.name)
    board.push_screen(Setup(board, board.keys, board.later, answers, first, heading=heading, done=done))


def _by_password(board: "Board", account: Account, after: Callable[[], None]) -> None:
    secrets = board.later.secrets

    def keep(password: str) -> None:
        def doing() -> str:
            try:
                return secrets.keep(account, password)
            except CredentialsError:
                if not secrets.wants_passphrase():
                    raise
                return ""

        def done(where: str) -> None:
            if not where:
                _ask_passphrase(board, lambda: keep(password))
                return
            place = _("the system's keyring") if where == "keyring" else _("the encrypted file")
            board.say(_("The password is kept in {place}.").format(place=place))
            after()

        if password:
            _work(board, doing, done)

    heading = _("Password of {name}").format(name=safe(account.name, 40))
    note = _("Kept in the system's keyring, or encrypted; never in the configuration.")
    board.push_screen(Question(board, heading, keep, doing=_("keep"), note=note, secret=True))


def _ask_passphrase(board: "Board", after: Callable[[], None]) -> None:
    """For the encrypted file: its passphrase, or one that is chosen now."""
    from salesinbox.tui.setup.answers import Answers  # noqa: PLC0415 - loaded when something is kept
    from salesinbox.tui.setup.ending import PassphraseStep  # noqa: PLC0415 - the same
    from salesinbox.tui.setup.screen import Setup  # noqa: PLC0415 - the same

    def first(setup: Setup) -> PassphraseStep:
        return PassphraseStep(setup, lambda: setup.finish(Path(), ""))

    def done(_path: Path, _name: str) -> None:
        after()

    answers, heading = Answers(first=False), _("Encrypted passwords")
    board.push_screen(Setup(board, board.keys, board.later, answers, first, heading=heading, done=done))


def unlock(board: "Board", after: Callable[[], None] | None = None) -> None:
    """Ask for the passphrase of the encrypted secrets, for this program and for the sync process."""
    secrets = board.later.secrets

    def give(passphrase: str) -> None:
        def done(_nothing: Any) -> None:
            board.say(_("Passwords are unlocked for this program and for sync."))
            _sync(board)
            if after is not None:
                after()

        _work(board, lambda: secrets.unlock(passphrase), done)

    if not secrets.is_there():
        board.say(_("No password is kept in the encrypted file: there is nothing to unlock."))
        return
    board.push_screen(Question(board, _("Passphrase of the encrypted passwords"), give, doing=_("unlock"), secret=True))


def remove(board: "Board", account: Account) -> None:
    """With everything that belongs to it, after a question that says what goes."""
    removing, words = board.later.removing, _("One moment…")
    wait_for(board, words, lambda _stopped: removing.look(account.name), partial(_sure, board, account))


def _sure(board: "Board", account: Account, found: "Removal") -> None:
    name = safe(account.name, 40)
    text = _("Mail, drafts and everything else of {name} go from this machine, and so do its password and its part of"
             " the configuration.").format(name=name)  # fmt: skip
    counts = [
        ngettext("{n} message", "{n} messages", found.messages).format(n=number(found.messages)),
        ngettext("{n} draft", "{n} drafts", found.drafts).format(n=number(found.drafts)),
        ngettext("{n} not sent yet", "{n} not sent yet", found.unsent).format(n=number(found.unsent)),
    ]
    text += f" ({', '.join(words for words, n in zip(counts, (1, found.drafts, found.unsent), strict=True) if n)})"
    if found.only_here:
        told = ngettext("Of {n} message the server may have no copy any more: it is lost.",
                        "Of {n} messages the server may have no copy any more: they are lost.",
                        found.only_here)  # fmt: skip
        text += " " + told.format(n=number(found.only_here))
    elif account.maildir is not None:
        text += " " + _("The folder {path} stays as it is.").format(path=safe(str(account.maildir.path), 200))
    else:
        text += " " + _("Its server keeps what it has.")

    def agreed() -> None:
        words, removing = _("Removing {name}…").format(name=name), board.later.removing
        wait_for(board, words, lambda _stopped: removing.remove(account.name), partial(_gone, board))

    heading = _("Remove {name}?").format(name=name)
    board.push_screen(Confirm(board, heading, text, doing=_("remove"), agreed=agreed))


def _gone(board: "Board", removal: "Removal") -> None:
    """The board opens anew without it; what could not be removed is read first."""
    if not removal.troubles:
        board.exit(AGAIN)
        return

    def text(cells: int) -> list[list[tuple[str, Style]]]:
        look = board.look
        return [[(line, look["warning"])] for one in removal.troubles for line in wrap("! " + safe(one, 600), cells)]

    board.push_screen(_Troubles(board, _("The account is removed, but:"), text))


class _Troubles(Sheet):
    def close(self) -> None:
        self.board.exit(AGAIN)


def _work(board: "Board", doing: Callable[[], Any], done: Callable[[Any], None]) -> None:
    """In a thread, because deriving a key takes a second and a keyring may take three."""
    wait_for(board, _("One moment…"), lambda _stopped: doing(), done)


def _sync(board: "Board") -> None:
    """What waited for a secret may try again."""
    board.in_thread(board.bridge.ask, lambda _answer: None)
