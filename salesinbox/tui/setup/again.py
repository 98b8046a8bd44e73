"""Logging in anew to an account that is set up already: its token ran out, or was taken back."""

from pathlib import Path
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.tui.setup.browser import BrowserStep, Login

if TYPE_CHECKING:
    from salesinbox.tui.setup.screen import Setup


class AgainStep(BrowserStep):
    """As while setting up; the token is kept at once."""

    def __init__(self, setup: "Setup", account: str) -> None:
        super().__init__(setup)
        self.account = account
        self.kept = False
        """The token is being kept: the browser came back, or its address was pasted."""

    @property
    def title(self) -> str:
        return _("Log in")

    def back_word(self) -> str:
        return _("leave")

    def began(self) -> Login:
        return self.setup.services.signing_in.begin(self.account)

    def _token(self, token: str) -> None:
        if not token or self.kept:
            return
        self.kept = True
        self.left()
        signing_in = self.setup.services.signing_in
        self.waiting = self.setup.work(
            lambda _stopped: signing_in.finish(self.account, token),
            lambda _where: self.setup.finish(Path(), self.account),
            self._no,
        )
