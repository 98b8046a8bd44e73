"""The account is tried before anything is written: reading, folders, sending."""

from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

from salesinbox.locale.texts import _
from salesinbox.model.errors import CertificateError, CredentialsError, NetworkError, SalesInboxError
from salesinbox.tui.setup.answers import POP3
from salesinbox.tui.setup.asking import ServerStep, SignInStep
from salesinbox.tui.setup.step import Drawn, Row, Step

if TYPE_CHECKING:
    from salesinbox.services.setup import FolderChoice, Tried
    from salesinbox.tui.setup.screen import Setup, Work

_TICK = 0.25
_TURN = "|/-\\"


class TestStep(Step):
    """Tries it; what went wrong is said, with what can be changed."""

    __test__ = False  # no test of ours

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self._work: Work | None = None
        self._timer: Timer | None = None
        self._begun = 0.0
        self._asks_folders = False
        self.told = ""
        """How it went, once that is known."""
        self.fix = ""
        self.readable = False
        """Mail can be read, though something else went wrong: the rep may go on."""

    @property
    def title(self) -> str:
        return _("4/6 Test")

    def entered(self) -> None:
        self._try()

    def left(self) -> None:
        if self._work is not None:
            self._work.stop()
            self._work = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _try(self) -> None:
        self.left()
        self.told = self.error = self.fix = ""
        self.readable = self._asks_folders = False
        self._begun = monotonic()
        setup, proposal, secret = self.setup.services.setup, self.answers.proposal(), self.answers.shown_secret
        self._work = self.setup.work(lambda _stopped: setup.test(proposal, secret), self._tried, self._failed)
        self._timer = self.setup.set_interval(_TICK, self.setup.show)

    def _tried(self, tried: "Tried") -> None:
        if tried.ok:
            self.told = tried.detail
            self._list()
            return
        self.left()
        self.error = tried.detail
        self.fix = self._what_to_change(tried.exit)
        self.readable = tried.readable
        self._drop_token(tried.exit)

    def _list(self) -> None:
        """The folders, to choose those that are synced."""
        if self.answers.provider == POP3:
            self._listed([])
            return
        self._asks_folders = True
        setup, proposal, secret = self.setup.services.setup, self.answers.proposal(), self.answers.shown_secret
        self._work = self.setup.work(lambda _stopped: setup.folders(proposal, secret), self._listed, self._failed)

    def _listed(self, folders: "list[FolderChoice]") -> None:
        from salesinbox.tui.setup.ending import FolderStep, SummaryStep  # noqa: PLC0415 - loaded when one gets so far

        self.left()
        answers = self.answers
        if [one.name for one in folders] != [one.name for one in answers.listed]:
            answers.chosen = {one.name for one in folders if one.chosen}
        answers.listed = list(folders)
        answers.tried = self.told
        self.setup.go(FolderStep(self.setup) if folders else SummaryStep(self.setup), instead=True)

    def _failed(self, error: SalesInboxError) -> None:
        self.left()
        self.error = str(error)
        self.fix = self._what_to_change(int(error.exit), error)
        self._drop_token(int(error.exit))

    def _drop_token(self, code: int) -> None:
        """A token that was refused is of no use: the next try logs in anew."""
        if code == int(CredentialsError.exit) and self.answers.has_token:
            self.answers.token = ""

    def _what_to_change(self, code: int, error: SalesInboxError | None = None) -> str:
        if isinstance(error, CertificateError):
            return _("The server's certificate is not trusted. Look at the server's name first.")
        if isinstance(error, CredentialsError) or code == int(CredentialsError.exit):
            if self.answers.has_token:
                return _("Go back and log in once more.")
            return _("Look at the user and the password. Some providers want a password made for programs"
                     " (“app password”), and some switch IMAP on only when asked.")  # fmt: skip
        if isinstance(error, NetworkError) or code == int(NetworkError.exit):
            return _("Look at the server's name, its port and its security, and whether this machine is online.")
        return _("Look at the servers and at how you log in.")

    def keys(self) -> list[tuple[str, str]]:
        if not self.error:
            return []
        found = [("⏎", _("try again")), (self.setup.label("setup-servers"), _("servers"))]
        if self.readable:
            found.append((self.setup.label("setup-anyway"), _("go on without sending")))
        return found

    def draw(self, cells: int) -> Drawn:
        rows: list[Row] = []
        if self.error:
            rows += [*self.words(_("It does not work yet."), cells, "person"), [], *self.wrong(cells),
                     *self.words(self.fix, cells)]  # fmt: skip
            if self.readable:
                key = self.setup.label("setup-anyway")
                told = _("Mail can be read. {key} takes the account without a server that sends.").format(key=key)
                rows += [[], *self.words(told, cells)]
            return Drawn(rows)
        seconds = monotonic() - self._begun
        turn = _TURN[int(seconds / _TICK) % len(_TURN)]
        if self._asks_folders:
            told = _("It works. Counting what is in the folders… {seconds} s").format(seconds=int(seconds))
        else:
            told = _("Trying to read and to send… {seconds} s").format(seconds=int(seconds))
        rows += self.words(f"{turn} {told}", cells, "person")
        return Drawn([*rows, [], *self.words(self.told, cells, "dim")])

    def take(self, key: str, character: str | None) -> None:
        if not self.error:
            return
        command = self.setup.command(key, character)
        if key == "enter":
            if self.answers.has_token and not self.answers.token:
                self.setup.back_to(SignInStep)
            else:
                self._try()
        elif command == "setup-servers":
            if not self.setup.back_to(ServerStep):
                self.setup.go(ServerStep(self.setup), instead=True)
        elif command == "setup-anyway" and self.readable:
            self.answers.without_sending()
            self._try()
