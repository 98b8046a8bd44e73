"""What the measurements stand on: mailboxes, one server with a user for each, prepared databases, and our program."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from salesinbox import wiring
from tests.benchmarks import peers
from tests.benchmarks.mailbox import Mailbox, mailbox
from tests.mailboxes import configuration
from tests.servers import Dovecot
from tests.servers import Mailbox as Served

CHECKOUT = Path(__file__).parents[2]
OWNER = "rep"
"""Whose mailboxes nothing is delivered to, so that they serve from run to run."""
_SHAPING = ("model", "rules", "formats", "store", "sync", "providers")
"""The packages whose code decides what a prepared database holds."""


@dataclass
class Ground:
    """`folder` keeps mailboxes and databases from run to run; what belongs to one run is below `folder/run`."""

    folder: Path
    small: int
    large: int
    rounds: int
    server: Dovecot
    say: bool = True
    _boxes: dict[int, Mailbox] = field(default_factory=dict)
    _served: dict[tuple[int, str], Served] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Progress, for the person who waits."""
        if self.say:
            print(f"  … {text}", file=sys.stderr, flush=True)

    def box(self, count: int) -> Mailbox:
        if count not in self._boxes:
            self.note(f"mailbox of {count:,}")
            self._boxes[count] = mailbox(self.folder / f"mail-{count}", count)
        return self._boxes[count]

    def served(self, count: int, name: str = OWNER) -> Served:
        """The mailbox on the server, its caches warm, as those of a server in use are. Each `name` has its own copy."""
        key = count, name
        if key not in self._served:
            user = f"{name}{count}"
            self.note(f"mailbox of {count:,} on the server, for {user}")
            if name != OWNER:
                shutil.rmtree(self.server.maildir(user))  # what an earlier run has delivered there
            peers.copy(self.box(count).maildir, self.server.maildir(user))
            login = self.server.login(user)
            with login.client() as client:
                client.select_folder("INBOX", readonly=True)
                for start in range(1, count + 1, 2000):
                    numbers = list(range(start, min(start + 2000, count + 1)))
                    client.fetch(numbers, ["FLAGS", "RFC822.SIZE", "INTERNALDATE", "BODY.PEEK[HEADER]"])
            self._served[key] = login
        return self._served[key]

    def home(self, name: str) -> Path:
        """A fresh folder of this run."""
        folder = self.folder / "run" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    # --- our program -----------------------------------------------------------------------------------------

    def config(self, count: int, name: str = OWNER) -> Path:
        return configuration(self.folder / "run" / f"config-{name}{count}", self.served(count, name))

    def command(self, count: int, data: Path, *arguments: str, name: str = OWNER) -> list[str]:
        return [*_program(), "--config", str(self.config(count, name)), "--data", str(data), *arguments]

    def command_for(self, login: Served, data: Path) -> list[str]:
        """The board of a mailbox on another server."""
        config = configuration(data.parent / "config", login)
        return [*_program(), "--config", str(config), "--data", str(data)]

    def run(self, count: int, data: Path, *arguments: str, name: str = OWNER) -> float:
        """One command of ours, from start to end; seconds."""
        return self.answer(count, data, *arguments, name=name)[0]

    def answer(self, count: int, data: Path, *arguments: str, name: str = OWNER) -> tuple[float, str]:
        """The same, with what it printed."""
        return timed(self.command(count, data, *arguments, name=name), self.folder / "run/home")

    def board(self, count: int, data: Path, *, name: str = OWNER) -> peers.Program:
        variables = peers.environment(self.folder / "run/home")
        return peers.Program("salesinbox", self.command(count, data, name=name), variables, page=b"\x1b[6~", leave=b"Q")

    def data(self, count: int) -> Path:
        """A database with everything synced and the records imported; prepared once for each state of the code."""
        folder = self.folder / f"data-{count}-{_code()}"
        if not (folder / "prepared").exists():
            self.note(f"first sync of {count:,} and the import of its records")
            for older in self.folder.glob(f"data-{count}-*"):
                shutil.rmtree(older)
            self.run(count, folder, "sync")
            for kind, file in self.box(count).records():
                self.run(count, folder, "records", "import", "--kind", kind, str(file))
            (folder / "prepared").touch()
        else:
            # The server is a new one on the same mail: let both sides agree before anything is timed.
            self.run(count, folder, "sync")
        return folder

    def copy_of_data(self, count: int, name: str) -> Path:
        target = self.home(name) / "data"
        shutil.copytree(self.data(count), target)
        return target

    @contextlib.contextmanager
    def application(self, count: int, data: Path) -> Iterator[wiring.Application]:
        with wiring.application(wiring.settings(self.config(count)), data) as opened:
            yield opened


def _program() -> list[str]:
    """As a rep has it: the script that the installation has put beside the interpreter."""
    script = Path(sys.executable).with_name("salesinbox")
    return [str(script)] if script.exists() else [sys.executable, "-m", "salesinbox"]


def timed(command: Sequence[str], home: Path) -> tuple[float, str]:
    started = time.perf_counter()
    done = subprocess.run(
        command,
        env=peers.environment(home),
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-800:]}")
    return seconds, done.stdout


def _code() -> str:
    digest = hashlib.blake2b(digest_size=5)
    for package in _SHAPING:
        for file in sorted((CHECKOUT / "salesinbox" / package).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def ground(folder: Path, small: int, large: int, rounds: int) -> Iterator[Ground]:
    """The ground in `folder`, which the server's own user must be able to reach."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else; choose another one with --folder")
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeError(
                f"another measurement runs in {folder}: two would measure each other; wait, or choose --folder"
            ) from error
        yield from _standing(folder, small, large, rounds)


def _standing(folder: Path, small: int, large: int, rounds: int) -> Iterator[Ground]:
    shutil.rmtree(folder / "run", ignore_errors=True)
    root = folder / "server"
    root.mkdir(mode=0o711, exist_ok=True)
    with Dovecot(root) as server:
        yield Ground(folder, small, large, rounds, server)
