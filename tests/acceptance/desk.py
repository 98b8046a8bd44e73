"""A rep's desk as it really is: the command in a process of its own, and the board on a pseudo-terminal.

    rep.run("list", "--json").json               # one command; its exit code, stdout and stderr
    with rep.board(160, 45) as screen:           # the board; `screen.text` is what the rep sees
        screen.wait("Subject 1")
        screen.press("\r")
    screen.code, screen.after                    # how it ended, and what it left on the normal screen

Every process carries a mark in its environment, so that none can hide: `rep.processes()` finds all of them.
"""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
import pyte
from wcwidth import wcwidth

from tests.servers import Mailbox

PROJECT = Path(__file__).parents[2]
MARK = "SALESINBOX_TEST_MARK"
COMMAND = (sys.executable, "-m", "salesinbox")
SHOW_ALTERNATE, HIDE_ALTERNATE = "\x1b[?1049h", "\x1b[?1049l"
SIZES = ((80, 24), (120, 40), (160, 45))
"""DESIGN's three sizes of the board."""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be one JSON document and nothing else."""
        return json.loads(self.out)

    def one_sentence(self) -> str:
        """Stderr, which must be one line that begins with the program's name; a sentence, never a trace."""
        assert self.err.startswith("salesinbox: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        assert 'File "' not in self.err
        return self.err.removeprefix("salesinbox: ").rstrip("\n")


class Rep:
    """A home with nothing in it but what a test puts there."""

    def __init__(self, home: Path, temporary: Path) -> None:
        self.home = home
        self.temporary = temporary
        self.mark = uuid.uuid4().hex
        self.config = home / ".config" / "salesinbox" / "config.toml"
        self.data = home / ".local" / "share" / "salesinbox"
        self.command: tuple[str, ...] = COMMAND
        self.folder = PROJECT
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
            MARK: self.mark,
        }

    def run(
        self, *words: str, data: Path | None = None, env: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> Done:
        """A command as a shell starts it, with no terminal."""
        where = ("--data", str(data)) if data else ()
        done = subprocess.run(
            [*self.command, *where, *words],
            env={**self.environment, **(env or {})},
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            timeout=90,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def board(self, columns: int = 160, rows: int = 45, *words: str, env: Mapping[str, str] | None = None) -> "Screen":
        return Screen((*self.command, *words), {**self.environment, **(env or {})}, self.folder, columns, rows)

    def write(self, text: str) -> None:
        """The configuration."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(0o600)

    def configure(self, *accounts: str, me: str = "") -> None:
        self.write("\n".join([ME + me, *accounts]))

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.home / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def processes(self) -> list[psutil.Process]:
        """All processes that anything of this rep's has started, and that still run."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark:
                    found.append(process)
        return found

    def running(self, *words: str) -> list[psutil.Process]:
        """Those of the processes whose command line has all these words."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if set(words) <= set(process.cmdline()):
                    found.append(process)
        return found

    def clear(self) -> None:
        """End what is left: the board's sync process goes on for a minute by design."""
        left = self.processes()
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, 10)


ME = '[me]\nname = "橋本 奈美"\nzone = "Asia/Tokyo"\nown_domains = ["zylker.example"]\n'


def account(mailbox: Mailbox, name: str = "work", **changes: Any) -> str:
    """An [[account]] that reaches this mailbox. `changes`: values of [account.imap]; None leaves a key out."""
    values = {
        "host": mailbox.host,
        "port": mailbox.port,
        "tls": "none",
        "user": mailbox.user,
        "password_command": ["printf", "%s", mailbox.password],
        **changes,
    }
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None)
    return f'[[account]]\nname = "{name}"\naddress = "{mailbox.user}@zylker.example"\n[account.imap]\n{lines}\n'


@dataclass
class Screen:
    """A program on a pseudo-terminal, played to a screen of `columns` x `rows`; `raw` is every octet it sent."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    columns: int
    rows: int
    raw: bytearray = field(default_factory=bytearray)
    code: int | None = None
    """The exit code once it has ended; minus the signal's number for a process that was killed."""
    _pid: int = 0
    _line: int = -1

    def __enter__(self) -> Self:
        self._screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self._screen)
        line, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        environment = {**self.environment, "TERM": "xterm-256color"}
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(line)
                os.login_tty(inner)
                os.chdir(self.folder)
                os.execvpe(self.command[0], list(self.command), environment)
            finally:
                os._exit(127)
        os.close(inner)
        self._line = line
        return self

    def __exit__(self, *_: object) -> None:
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._reap()
        if self._line >= 0:
            os.close(self._line)

    # --- what is seen --------------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        return list(self._screen.display)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def sent(self) -> str:
        """Everything that was sent to the terminal; what is no UTF-8 shows as lone surrogates."""
        return self.raw.decode("utf-8", "surrogateescape")

    @property
    def after(self) -> str:
        """What is left on the normal screen, below the shell's prompt."""
        end = self.sent.rpartition(HIDE_ALTERNATE)[2]
        return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", end).replace("\r\n", "\n").strip("\n")

    # --- waiting -------------------------------------------------------------------------------------------------

    def read(self, seconds: float) -> int:
        """Take what comes within `seconds`; how many octets."""
        if self.code is not None or not select.select([self._line], [], [], seconds)[0]:
            return 0
        try:
            data = os.read(self._line, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self._reap()
            return 0
        self.raw += data
        self._stream.feed(data)
        return len(data)

    def until(self, condition: Callable[[], object], what: str, seconds: float = 20) -> None:
        """Read until `condition` is true; an AssertionError with the screen, else."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or self.code is not None:
                ended = f"it ended with {self.code}" if self.code is not None else f"after {seconds:g} s"
                left = self.after if self.code is not None else ""
                raise AssertionError(f"{ended} still not: {what}\n{self.text}\n{left}")
            self.read(0.05)

    def wait(self, *texts: str, seconds: float = 20) -> None:
        """Wait until all texts are on the screen."""
        self.until(lambda: all(text in self.text for text in texts), f"on the screen: {texts}", seconds)

    def settle(self, quiet: float = 0.025) -> None:
        """Read until nothing has come for a moment."""
        while self.read(quiet):
            pass

    def ended(self, seconds: float = 20) -> int:
        """Wait for its end; the exit code."""
        with contextlib.suppress(AssertionError):
            self.until(lambda: self.code is not None, "ended", seconds)
        assert self.code is not None, f"it still runs:\n{self.text}"
        return self.code

    def _reap(self) -> None:
        _pid, status = os.waitpid(self._pid, 0)
        self.code = os.waitstatus_to_exitcode(status)

    # --- doing ---------------------------------------------------------------------------------------------------

    def type(self, keys: str) -> None:
        os.write(self._line, keys.encode())

    def press(self, keys: str) -> int:
        """Press keys that must change the screen; how many octets that took."""
        before = len(self.raw)
        self.type(keys)
        self.until(lambda: len(self.raw) > before, f"an answer to {keys!r}", 10)
        self.settle()
        return len(self.raw) - before

    def kill(self, number: signal.Signals) -> None:
        os.kill(self._pid, number)

    def hang_up(self) -> None:
        """The terminal goes away, as when an SSH line drops: the kernel sends SIGHUP."""
        os.close(self._line)
        self._line = -1
        self._reap()


# --- what may reach a terminal -----------------------------------------------------------------------------------

FORBIDDEN = re.compile(
    "[\x00-\x06\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
"""Control characters (ESC, CR, LF, BEL and TAB are looked at apart), C1, bidi controls, invisible characters."""

_OURS = re.compile(
    r"\x1b\[\?[0-9;]+[hl]"  # modes
    r"|\x1b\[\?[0-9;]+\$p"  # asking for a mode
    r"|\x1b\[[><=][0-9;]*u"  # the keyboard protocol
    r"|\x1b\[\d+;\d+H"  # to a place
    r"|\r\n(?=\x1b\[\d+;1H)"  # from a row to the next
    r"|\x1b\]22;[a-z-]+\x07"  # the pointer's shape
    r"|\x1b\[(?:38;5;\d+|48;5;\d+|0|1|2|3|4|7|9|;)*m"  # colours of the 256, and plain attributes
)
"""All that the board itself ever says to a terminal that is no text."""


def foreign(sent: str) -> list[str]:
    """What reached the terminal and is neither plain text nor a sequence of the board's own; with its neighbours."""
    plain = _OURS.sub("", sent.partition(SHOW_ALTERNATE)[2].rpartition(HIDE_ALTERNATE)[0] or sent)
    found = [match.start() for match in re.finditer(f"\x1b|\x07|\t|\r|\n|{FORBIDDEN.pattern}", plain)]
    return [ascii(plain[max(place - 30, 0) : place + 30]) for place in found]


def overflowing(sent: str, columns: int) -> list[str]:
    """Pieces of text that ran over the right edge; each should have been cut to what its row has room for."""
    found = []
    for piece in re.finditer(r"\x1b\[\d+;(\d+)H((?:(?!\x1b\[\d+;\d+H).)*)", sent, re.DOTALL):
        text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", piece[2])
        if int(piece[1]) - 1 + sum(max(wcwidth(letter), 0) for letter in text) > columns:
            found.append(ascii(text))
    return found
