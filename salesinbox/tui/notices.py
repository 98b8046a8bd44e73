"""A customer waits: said in the footer, by the terminal's bell, and as a notification of the terminal (MAG-5).

The desktop and the rep's own command are told by the sync process, which also runs when no board is open.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.events import Noticed
from salesinbox.model.settings import Magnet
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

CHOICE = "SALESINBOX_OSC"
"""Environment variable: "9", "777", both with a comma, or "none", where the program does not know the terminal."""

_GATHER = 0.05
"""Seconds for which what comes at once is gathered."""
_REST = 2.0
"""Seconds within which several are one notice."""
_BELL, _START, _END = "\a", "\x1b]", "\x1b\\"
# Terminals that take both would show it twice.
_BY_PROGRAM = {
    "iTerm.app": ("9",), "iTerm2": ("9",), "WezTerm": ("777",), "ghostty": ("777",), "Apple_Terminal": (),
    "vscode": (),
}  # fmt: skip
_BY_TERM = (
    ("xterm-kitty", ("9",)), ("xterm-ghostty", ("777",)), ("wezterm", ("777",)), ("foot", ("777",)),
    ("rxvt-unicode", ("777",)), ("linux", ()), ("dumb", ()), ("vt", ()),
)  # fmt: skip
_WITHIN = ("tmux", "screen")


class Notices:
    """What the sync process tells of new mail, shown on a board. `environ`: the process's own."""

    def __init__(self, board: "Board", environ: Mapping[str, str] | None = None) -> None:
        self.board = board
        self.environ = os.environ if environ is None else environ
        self._gathered: list[Noticed] = []
        self._due: asyncio.TimerHandle | None = None

    def take(self, notice: Noticed) -> None:
        """One notice; those that come within two seconds after one was shown wait, and are shown as one."""
        self._gathered.append(notice)
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(_GATHER, self._show)

    def _show(self) -> None:
        self._due = None
        gathered, self._gathered = self._gathered, []
        if not gathered or not self.board.is_running:
            return
        self._due = asyncio.get_running_loop().call_later(_REST, self._show)
        last = gathered[-1]
        number = sum(one.number for one in gathered)
        self.tell(Noticed(last.account, last.thread, last.name, last.subject, last.deal, number))

    def tell(self, notice: Noticed) -> None:
        """Show it now: in the footer always, outside of the interface not in quiet hours."""
        from salesinbox.services import notice_words  # noqa: PLC0415 - the board starts without news

        board, magnet = self.board, self.board.settings.magnet
        key = board.keys.label("magnet")
        said = notice_words.inside(notice)
        board.say(_("{notice}  ({key}: the magnet)").format(notice=said, key=key) if key else said)
        if not notice_words.quiet(magnet, board.now(), board.zone):
            self._send(sequences(*notice_words.outside(notice, magnet.show), magnet, self.environ))

    def _send(self, data: str) -> None:
        driver = self.board._driver  # noqa: SLF001 - the framework's own bell goes this way, too
        if data and driver is not None:
            driver.write(data)


def sequences(title: str, text: str, magnet: Magnet, environ: Mapping[str, str]) -> str:
    """What is sent to the terminal: OSC 9 (iTerm2) and OSC 777 (urxvt) as far as it takes them, then the bell.

    What mail says is in it as text only: nothing in it ends the sequence or begins another field.
    """
    sent = ""
    if magnet.terminal:
        title, text, kind = _field(title), _field(text), _("Mail")
        codes = {
            # A text that begins with a figure would be a command to some terminals (ConEmu's OSC 9;4).
            "9": f"{_START}9;{kind}: {title} – {text}{_END}",
            "777": f"{_START}777;notify;{title};{text}{_END}",
        }
        sent = "".join(codes[number] for number in _taken(environ))
        if sent and environ.get("TMUX"):
            sent = "\x1bPtmux;" + sent.replace("\x1b", "\x1b\x1b") + _END
    return sent + (_BELL if magnet.bell else "")


def _taken(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The notifications that the terminal takes, as far as can be told; an unknown one gets both, and passes over one.

    Inside tmux and screen there are none, unless the environment says so: they let nothing through by themselves.
    """
    if chosen := environ.get(CHOICE, "").strip():
        return tuple(number for number in ("9", "777") if number in chosen.replace(" ", "").split(","))
    term = environ.get("TERM", "")
    if environ.get("TMUX") or environ.get("STY") or term.startswith(_WITHIN):
        return ()
    program = environ.get("TERM_PROGRAM") or environ.get("LC_TERMINAL", "")
    if program in _BY_PROGRAM:
        return _BY_PROGRAM[program]
    return next((taken for name, taken in _BY_TERM if term.startswith(name)), ("9", "777") if term else ())


def _field(text: str) -> str:
    return safe(text, 200).replace(";", ",")
