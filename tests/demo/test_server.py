"""The demo's mail server, as a process."""

import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import imapclient
import psutil
import pytest

from salesinbox import config
from salesinbox.credentials import Credentials
from salesinbox.demo.mailbox import ROLES, mailbox
from salesinbox.demo.server import EVERY, DemoServer, configuration, interval, start
from salesinbox.model.errors import ServerError
from salesinbox.model.settings import NO_TLS, Secrets


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    with start(tmp_path, every=3600) as running:
        yield running


def client(server: DemoServer) -> imapclient.IMAPClient:
    line = imapclient.IMAPClient(server.host, server.port, ssl=False, timeout=20)
    line.login(server.user, server.password)
    return line


def test_folders_counts_and_flags_are_those_of_the_sample(server: DemoServer) -> None:
    expected = mailbox(datetime.now(UTC))
    counts = Counter(one.folder for one in expected)
    unseen = Counter(one.folder for one in expected if "\\Seen" not in one.flags)
    with client(server) as line:
        listed = {name: flags for flags, _, name in line.list_folders()}
        assert b"\\Noselect" in listed["社内"]
        for name, role in ROLES.items():
            assert b"\\" + role.encode() in listed[name]
        for name, flags in listed.items():
            if b"\\Noselect" not in flags:
                status = line.folder_status(name, ["MESSAGES", "UNSEEN"])
                assert (status[b"MESSAGES"], status[b"UNSEEN"]) == (counts[name], unseen[name])
        line.select_folder("INBOX", readonly=True)
        line.normalise_times = False
        oldest = line.fetch([line.search()[0]], ["INTERNALDATE", "BODY.PEEK[]"])
        first = next(one for one in expected if one.folder == "INBOX")
        [answer] = oldest.values()
        assert abs((answer[b"INTERNALDATE"] - first.received).total_seconds()) < 60
        assert answer[b"BODY[]"].split(b"Message-ID:")[1][:20] == first.raw.split(b"Message-ID:")[1][:20]


def test_a_wrong_password_is_refused(server: DemoServer) -> None:
    line = imapclient.IMAPClient(server.host, server.port, ssl=False, timeout=20)
    with pytest.raises(imapclient.exceptions.LoginError):
        line.login(server.user, "wrong")
    line.shutdown()


def test_SAFE_2_the_password_is_private_random_and_on_no_command_line(tmp_path: Path) -> None:
    passwords = set()
    for _ in range(2):
        with start(tmp_path, every=3600) as server:
            passwords.add(server.password)
            assert stat.S_IMODE(server.password_file.stat().st_mode) == 0o600
            assert len(server.password) >= 24
            process = psutil.Process(server.process.pid)
            assert server.password not in " ".join([*process.cmdline(), *process.environ().values()])
            assert stat.S_IMODE((tmp_path / "server.log").stat().st_mode) == 0o600
            assert sorted(path.name for path in tmp_path.iterdir()) == ["imap-password", "server.log"]
            listening = [one for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]
            assert [one.laddr.ip for one in listening] == ["127.0.0.1", "127.0.0.1"], "IMAP and SMTP"
    assert len(passwords) == 2


def test_new_mail_reaches_a_client_that_idles(tmp_path: Path) -> None:
    with start(tmp_path, every=1.5) as server:
        idling = client(server)
        before = idling.select_folder("INBOX")[b"EXISTS"]
        idling.idle()
        # IMAPClient's own reading breaks on a line that comes in two packets.
        raw: socket.socket = idling.socket()
        raw.settimeout(20)
        seen = b""
        while f"* {before + 2} EXISTS\r\n".encode() not in seen:
            received = raw.recv(4096)
            assert received, "the server hung up"
            seen += received
        idling.shutdown()
        with client(server) as line:
            line.select_folder("INBOX", readonly=True)
            arrived = line.search()[before : before + 2]
            answers = line.fetch(arrived, ["FLAGS", "BODY.PEEK[HEADER]"])
    for uid, writer in zip(
        arrived, (b"hattori@hokuriku-seimitsu.example", b"james.whitaker@harborview.example"), strict=True
    ):
        assert b"\\Seen" not in answers[uid][b"FLAGS"]
        assert writer in answers[uid][b"BODY[HEADER]"]


def test_it_ends_when_the_context_ends_and_when_stdin_closes(tmp_path: Path) -> None:
    with start(tmp_path) as server:
        assert server.process.poll() is None
    assert server.process.returncode == 0
    assert (tmp_path / "server.log").read_text() == ""


def test_it_ends_with_its_parent_that_was_killed(tmp_path: Path) -> None:
    parent_code = (
        "import os, sys, signal\nfrom pathlib import Path\nfrom salesinbox.demo.server import start\n"
        "server = start(Path(sys.argv[1]))\nprint(server.process.pid, flush=True)\n"
        # What the parent left open somewhere else must not keep the server alive.
        "if os.fork() == 0:\n    os.close(1)\n    sys.stdin.read()\n    os._exit(0)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    hold_out, hold_in = os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-c", parent_code, str(tmp_path)], stdin=hold_out, stdout=subprocess.PIPE
    )
    os.close(hold_out)
    try:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.stdout.close()
        parent.wait()
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(20)
    finally:
        os.close(hold_in)


def test_a_killed_parent_has_only_a_demos_folder_deleted(tmp_path: Path) -> None:
    parent_code = (
        "import os, sys, signal\nfrom pathlib import Path\nfrom salesinbox.demo.server import start\n"
        "home = Path(sys.argv[1])\nserver = start(home, clear=home)\nprint(server.process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for name, left in (("salesinbox-demo-1", False), ("documents", True)):
        home = tmp_path / name
        home.mkdir()
        parent = subprocess.run([sys.executable, "-c", parent_code, str(home)], capture_output=True, check=False)
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(int(parent.stdout)).wait(20)
        assert home.exists() == left


def test_the_pace_of_the_demo_is_twenty_seconds_or_what_is_asked_for() -> None:
    assert interval({"SALESINBOX_DEMO_EVERY": "2.5"}) == 2.5
    for nonsense in ("", "soon", "0", "-1", "nan", "inf", "1e9"):
        assert interval({"SALESINBOX_DEMO_EVERY": nonsense}) == EVERY
    assert interval({}) == EVERY


def test_a_server_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "imap-password").mkdir()
    with pytest.raises(ServerError, match=r"server\.log"):
        start(tmp_path)
    assert (tmp_path / "server.log").read_text()


def test_the_configuration_leads_to_the_server_and_holds_no_password(server: DemoServer, tmp_path: Path) -> None:
    text = configuration(server)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    settings = config.load(tmp_path / "config.toml")
    assert settings.me.own_domains == ("zylker.example",)
    [account] = settings.accounts
    assert account.address == "hashimoto@zylker.example"
    assert account.imap
    assert (account.imap.host, account.imap.port, account.imap.tls) == ("127.0.0.1", server.port, NO_TLS)
    assert Credentials(Secrets(), tmp_path).secret(account) == server.password
    assert server.password not in text


def test_the_demo_costs_nothing_until_it_runs() -> None:
    code = "import sys, salesinbox.demo.server; print([m for m in sys.modules if m.split('.')[0] in {'pymap', 'pysasl', 'aiosmtpd', 'asyncio'}])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
