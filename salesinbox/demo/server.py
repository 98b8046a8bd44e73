"""The demo's mail server as a process of its own: `python -m salesinbox.demo.server --folder DIR`.

It speaks IMAP and SMTP on loopback ports, holds everything in memory and ends with its parent; what is sent by it
never leaves the machine. Into DIR go the password
of this run (0600) and a log; nothing else is read or written. When the parent was killed, and so cannot clear up
after itself, the server does it: it ends the demo's sync process and deletes the demo's folder.
"""

import argparse
import contextlib
import json
import logging
import os
import secrets
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from salesinbox.demo.people import ME, OWN_DOMAIN, SERVER_ID, SIGNATURE
from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError

HOST = "127.0.0.1"
USER = "hashimoto"
EVERY = 20.0
"""Seconds between two mails that arrive while one watches; the first one takes `FIRST` of that."""
FIRST = 0.4
_SHORTEST, _LONGEST = 0.1, 86_400.0
PASSWORD_FILE = "imap-password"  # noqa: S105  # a file's name
LOG_FILE = "server.log"
DEMO_FOLDER = "salesinbox-demo-"
"""How the name of a demo's folder begins; no other folder is ever deleted."""
_START_LIMIT = 20.0
_END_LIMIT = 5.0


class DemoServer:
    """A running demo server. As a context manager it ends the process; the process also ends with this one."""

    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]", port: int, smtp_port: int) -> None:
        self.host = HOST
        self.port = port
        self.smtp_port = smtp_port
        self.user = USER
        self.password_file = folder / PASSWORD_FILE
        self.password = self.password_file.read_text(encoding="ascii")
        self.process = process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server; may be called again."""
        _end(self.process)


def start(folder: Path, *, seed: int = 0, every: float = EVERY, clear: Path | None = None) -> DemoServer:
    """Start the server in `folder` (an existing, private folder) and wait until it can be logged in to.

    `clear`: the demo's folder, with its database in `data`, which goes when this process is killed. `every`: seconds
    between two arriving mails.

    Raises ServerError when it does not come up; its log is in the folder then.
    """
    command = [sys.executable, "-P", "-m", "salesinbox.demo.server", "--folder", str(folder)]
    command += ["--seed", str(seed), "--every", str(every)]
    command += ["--clear", str(clear)] if clear else []
    # The child runs this very code, from a checkout too, and not what may lie in the current folder.
    code = Path(__file__).resolve().parents[2]
    # (An empty entry of PYTHONPATH would be that folder.)
    path = [str(code), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    log = os.open(folder / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        # A session of its own: a Ctrl-C in the terminal is the interface's business.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    finally:
        os.close(log)
    try:
        return DemoServer(folder, process, *_ports(process, folder))
    except BaseException:
        _end(process)
        raise


def interval(environment: Mapping[str, str]) -> float:
    """Seconds between two arriving mails: SALESINBOX_DEMO_EVERY, for whoever shows the demo and has little time."""
    try:
        every = float(environment.get("SALESINBOX_DEMO_EVERY", ""))
    except ValueError:
        return EVERY
    return every if _SHORTEST <= every <= _LONGEST else EVERY


def configuration(server: DemoServer) -> str:
    """A config.toml with the demo's one account, "work", and the sample's rep; the password stays in its own file.

    A JSON string is a TOML basic string, too (TOML 1.0, Strings), so that no path can break out of its quotes.
    """
    return f"""\
[me]
name = {json.dumps(ME.name, ensure_ascii=False)}
zone = "Asia/Tokyo"
own_domains = [{json.dumps(OWN_DOMAIN)}]

[[account]]
name = "work"
address = {json.dumps(ME.address)}
provider = "imap"
signature = {json.dumps(SIGNATURE, ensure_ascii=False)}
  [account.imap]
  host = {json.dumps(server.host)}
  port = {server.port}
  tls = "none"
  user = {json.dumps(server.user)}
  password_command = ["cat", {json.dumps(str(server.password_file), ensure_ascii=False)}]
  authserv_id = {json.dumps(SERVER_ID)}
  [account.smtp]
  host = {json.dumps(server.host)}
  port = {server.smtp_port}
  tls = "none"
  user = {json.dumps(server.user)}
"""


def _ports(process: "subprocess.Popen[bytes]", folder: Path) -> tuple[int, int]:
    """Where it speaks IMAP, and where SMTP."""
    assert process.stdout
    ready = select.select([process.stdout], [], [], _START_LIMIT)[0]
    line = process.stdout.readline() if ready else b""
    try:
        told = json.loads(line)
        return int(told["port"]), int(told["smtp_port"])
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(
            _("the demo's mail server did not start; what it said is in {file}").format(file=folder / LOG_FILE)
        ) from error


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin:
        # A word before the end: whoever says it will clear up. (A server that is gone hears nothing.)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(b"end\n")
            process.stdin.flush()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(_END_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stdin is closed or the parent is gone."""
    parser = argparse.ArgumentParser(prog="salesinbox.demo.server", description="The demo's mail server.")
    parser.add_argument("--folder", type=Path, required=True, help="an existing private folder for the password")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other message ids and seconds")
    parser.add_argument("--every", type=float, default=EVERY, metavar="SECONDS", help="between arriving mails")
    parser.add_argument(
        "--clear", type=Path, metavar="DIR", help="the demo's folder, deleted when the parent was killed"
    )
    told = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)

    # Here and not above: `start` and `configuration` are called by processes that need no server.
    from salesinbox.demo.imap import serve  # noqa: PLC0415
    from salesinbox.demo.mailbox import arrivals, mailbox  # noqa: PLC0415

    password = secrets.token_urlsafe(24)
    _write_private(told.folder / PASSWORD_FILE, password)
    now = datetime.now(UTC)
    mail, script = mailbox(now, told.seed), arrivals(now, told.seed)
    known = serve(USER, password, mail, script, first=told.every * FIRST, every=told.every, seed=told.seed)
    if told.clear is not None and not known:
        _clear(told.clear)
    return 0


def _clear(home: Path) -> None:
    """What a demo that was killed has left: its sync process first, which would go on for a minute, then its folder."""
    from salesinbox.services.live import LiveService  # noqa: PLC0415 - for this end only

    if not home.name.startswith(DEMO_FOLDER):
        return
    LiveService(home / "data", None).end_process()
    shutil.rmtree(home, ignore_errors=True)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())
