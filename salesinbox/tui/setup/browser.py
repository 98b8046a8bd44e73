"""Logging in at the provider: in a browser, wherever that is, or by a code that is typed there (ACC-5)."""

from typing import TYPE_CHECKING, Any, Protocol

from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError, UsageError
from salesinbox.model.text import safe, width
from salesinbox.services import desktop
from salesinbox.tui.setup.fields import Line
from salesinbox.tui.setup.step import Drawn, Row, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from salesinbox.tui.setup.screen import Setup, Work


class Code(Protocol):
    """A code that is typed at the provider's page."""

    @property
    def code(self) -> str: ...

    @property
    def url(self) -> str: ...


class Login(Protocol):
    """A login that has begun. Both ways to its end give a refresh token, or "" once they are stopped."""

    url: str

    @property
    def ssh_line(self) -> str: ...

    def wait(self, stopped: "Callable[[], bool]") -> str: ...

    def pasted(self, text: str) -> str: ...

    def device(self) -> Code: ...

    def poll(self, code: Any, stopped: "Callable[[], bool]") -> str: ...


class TokenStep(Step):
    """What both ways share: something waits in a thread until the provider has let the rep in."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self.login: Login | None = None
        self.waiting: Work | None = None

    @property
    def title(self) -> str:
        return _("3/6 Log in")

    def entered(self) -> None:
        if self.answers.token:  # come back to: the provider has let the rep in already
            self.setup.back()
            return
        self._begin()

    def _begin(self) -> None:
        self.error = ""
        self.left()
        self.waiting = self.setup.work(lambda _stopped: self.began(), self._ready, self._no)

    def began(self) -> Login:
        """For the thread: the login, and what has to be asked of the provider first."""
        services = self.setup.services
        return services.signing_in.begin(services.setup.account(self.answers.proposal()))

    def _ready(self, login: Login) -> None:
        self.login = login
        self.waiting = self.setup.work(lambda stopped: self.wait(login, stopped.is_set), self._token, self._no)

    def wait(self, login: Login, stopped: "Callable[[], bool]") -> str:
        raise NotImplementedError

    def _token(self, token: str) -> None:
        from salesinbox.tui.setup.testing import TestStep  # noqa: PLC0415 - loaded when one gets so far

        if self.setup.step is not self or not token:  # the browser came back while its address was pasted
            return
        self.left()
        self.answers.token = token
        self.setup.go(TestStep(self.setup), instead=True)

    def _no(self, error: SalesInboxError) -> None:
        self.error = str(error)
        self.waiting = None

    def left(self) -> None:
        if self.waiting is not None:
            self.waiting.stop()
            self.waiting = None

    def copy(self, text: str) -> None:
        self.setup.host.copy_to_clipboard(text)
        self.setup.say(_("Copied, if your terminal takes copies."))

    def open(self, url: str) -> None:
        try:
            desktop.open_address(url)
        except UsageError as error:
            self.setup.say(str(error))
        else:
            self.setup.say(_("The browser was asked to open it."))

    def keys(self) -> list[tuple[str, str]]:
        found = [(self.setup.label("setup-copy"), _("copy the address"))]
        if not desktop.absent():
            found.append((self.setup.label("setup-open"), _("open it")))
        return found if self.waiting is not None else [("⏎", _("once more")), *found]

    def waits(self, told: str, cells: int) -> list[Row]:
        return self.words(told, cells, "dim") if self.waiting is not None else []

    def address(self, url: str, cells: int) -> list[Row]:
        """A whole address, broken anywhere, so that it can be copied line by line, too."""
        style = self.setup.look["heading"]
        return [[(url[at : at + cells], style)] for at in range(0, len(url), max(cells, 10))]


class BrowserStep(TokenStep):
    """An address to open; the browser comes back to this machine, or the rep pastes where it ended."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self.field = Line("pasted", "")
        self.pasting = False

    @property
    def typing(self) -> bool:  # type: ignore[override] # it depends on where the cursor is
        return self.pasting

    def wait(self, login: Login, stopped: "Callable[[], bool]") -> str:
        return login.wait(stopped)

    def keys(self) -> list[tuple[str, str]]:
        if self.pasting:
            return [("⏎", _("take what is pasted")), ("Tab", _("keys"))]
        return [*super().keys(), ("Tab", _("paste"))]

    def draw(self, cells: int) -> Drawn:
        look = self.setup.look
        rows = [*self.wrong(cells)]
        if self.login is None:
            return Drawn([*rows, *(self.words(_("Preparing…"), cells, "dim") if not self.error else [])])
        url = self.login.url
        rows += [*self.words(_("Open this address in your browser, and log in there:"), cells, "person"),
                 *self.address(safe(url), cells), []]  # fmt: skip
        if desktop.absent():
            told = _("The browser comes back to this machine. If it is on another one, type this there first:")
            rows += [*self.words(told, cells), *self.address(safe(self.login.ssh_line), cells), []]
        told = _("Or, when the browser says that it cannot reach the page, paste the address that it ended at:")
        rows += self.words(told, cells)
        parts, cell = self.field.drawn(look, max(cells - 2, 8), here=self.pasting)
        at = len(rows)
        typed = parts if self.pasting else [("…", look["dim"])]
        rows += [[("▌ " if self.pasting else "  ", look["cursor"]), *typed], []]
        rows += self.waits(_("Waiting for the browser…"), cells)
        return Drawn(rows, at if self.pasting else 0, 2 + cell if self.pasting and cell is not None else None)

    def take(self, key: str, character: str | None) -> None:
        command = self.setup.command(key, character if not self.pasting else None)
        if key in ("tab", "shift+tab", "up", "down"):
            self.pasting = not self.pasting
        elif key == "enter" and self.pasting and self.field.value():
            self._paste()
        elif key == "enter":
            if self.waiting is None:
                self._begin()
        elif command == "setup-copy" and self.login is not None:
            self.copy(self.login.url)
        elif command == "setup-open" and self.login is not None:
            self.open(self.login.url)
        elif self.pasting:
            self.field.key(key, character)

    def paste(self, text: str) -> None:
        self.pasting = True
        self.field.paste(text)

    def _paste(self) -> None:
        login, text = self.login, self.field.value()
        if login is None:
            return
        self.error = ""
        self.setup.work(lambda _stopped: login.pasted(text), self._token, self._not_this)

    def _not_this(self, error: SalesInboxError) -> None:
        """The listener goes on waiting: the right address may still come."""
        self.error = str(error)


class CodeStep(TokenStep):
    """A code, and the page where it is typed."""

    def __init__(self, setup: "Setup") -> None:
        super().__init__(setup)
        self.code: Code | None = None

    def began(self) -> Login:
        login = super().began()
        self.code = login.device()
        return login

    def wait(self, login: Login, stopped: "Callable[[], bool]") -> str:
        return login.poll(self.code, stopped)

    def draw(self, cells: int) -> Drawn:
        look = self.setup.look
        rows = [*self.wrong(cells)]
        if self.code is None:
            return Drawn([*rows, *(self.words(_("Asking for a code…"), cells, "dim") if not self.error else [])])
        code = safe(self.code.code, 40)
        rows += [*self.words(_("Open this page on any machine, and type the code there:"), cells, "person"), [],
                 *self.address(safe(self.code.url, 500), cells), [],
                 [("  ", look["text"]), (f" {code} ".center(width(code) + 4), look["input"])], [],
                 *self.waits(_("Waiting until you are let in…"), cells)]  # fmt: skip
        return Drawn(rows)

    def take(self, key: str, character: str | None) -> None:
        command = self.setup.command(key, character)
        if key == "enter" and self.waiting is None:
            self.code = None
            self._begin()
        elif command == "setup-copy" and self.code is not None:
            self.copy(self.code.url)
        elif command == "setup-open" and self.code is not None:
            self.open(self.code.url)
