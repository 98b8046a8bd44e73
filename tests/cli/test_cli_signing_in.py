"""`salesinbox account login|logout` as a rep meets it: a process on a terminal, a browser, a provider (ACC-5)."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.cli.conftest import ME, Cli, write_config
from tests.mailboxes import mail
from tests.oauth_server import OAuthServer, token_dovecot
from tests.servers import until

SECRETS = '[secrets]\nstore = "file"\npassphrase_command = ["printf", "%s", "a long passphrase"]\n'


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as running:
        yield running


def configured(
    home: Path,
    server: OAuthServer,
    imap: str = 'host = "imap.zylker.example"',
    secrets: str = SECRETS,
    **changes: object,
) -> None:
    oauth = server.oauth(**changes)
    write_config(
        home,
        secrets,
        '[[account]]\nname = "work"\naddress = "rep@zylker.example"\n[account.imap]\n'
        f'{imap}\nauth = "oauth"\n[account.oauth]\nprovider = "custom"\nclient_id = "{oauth.client_id}"\nport = {oauth.port}\n'
        f'authorize_url = "{oauth.authorize_url}"\ntoken_url = "{oauth.token_url}"\nscopes = ["{oauth.scopes[0]}"]\n'
        + (f'device_url = "{oauth.device_url}"\n' if oauth.device_url else "")
        + (f'revoke_url = "{oauth.revoke_url}"\n' if oauth.revoke_url else ""),
        me=ME,
    )


class Typed:
    """`salesinbox account …` in a process of its own; `terminal`: its stdin and stderr are one."""

    def __init__(self, *arguments: str, terminal: bool = False) -> None:
        self._master, slave = pty.openpty() if terminal else os.pipe()[::-1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "salesinbox", "account", *arguments],
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=slave if terminal else subprocess.PIPE,
            start_new_session=True,
        )
        os.close(slave)
        self._heard = self._master if terminal else self.process.stderr.fileno()
        self.err = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()
        self._reading.join(10)
        for stream in filter(None, (self.process.stdout, self.process.stderr)):
            stream.close()
        os.close(self._master)

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # of a terminal whose other side is closed
            while octets := os.read(self._heard, 4096):
                self.err += octets.decode()

    def says(self, pattern: str) -> str:
        """What matches in stderr, once it does."""
        until(lambda: re.search(pattern, self.err) or self.process.poll() is not None, f"it says {pattern}")
        found = re.search(pattern, self.err)
        assert found, self.err
        return found[0]

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def done(self) -> tuple[int, str]:
        """(Exit code, stdout), once it has ended."""
        assert self.process.stdout is not None
        out = self.process.stdout.read().decode()
        code = self.process.wait(30)
        self._reading.join(10)
        return code, out


URL = r"http://127\.0\.0\.1:\d+/authorize\?\S+"


def asked_with(server: OAuthServer) -> str:
    return server.asked[-1]["grant_type"]


@pytest.mark.parametrize("terminal", [True, False])
def test_ACC_5_a_browser_logs_in(home: Path, server: OAuthServer, terminal: bool) -> None:
    configured(home, server)
    with Typed("login", "work", terminal=terminal) as typed:
        url = typed.says(rf"{URL}\s").strip()
        port = server_port(url)
        assert typed.says(rf"ssh .*-L {port}:127\.0\.0\.1:{port} \S+@\S+")
        until(lambda: server_browsed(server, url), "the browser comes back")
        code, out = typed.done()
    assert (code, out) == (0, "work is logged in. The token is in the encrypted file.\n"), typed.err
    assert asked_with(server) == "authorization_code"


def server_port(url: str) -> str:
    found = re.search(r"redirect_uri=http%3A%2F%2F127\.0\.0\.1%3A(\d+)%2F", url)
    assert found
    return found[1]


def server_browsed(server: OAuthServer, url: str) -> bool:
    """Whether the browser found the listener; it is begun after the address is shown."""
    try:
        return server.browse(url)[0] == 200
    except OSError:
        return False


def test_ACC_5_who_pastes_on_the_terminal_logs_in(home: Path, server: OAuthServer) -> None:
    configured(home, server)
    with Typed("login", "work", terminal=True) as typed:
        url = typed.says(rf"{URL}\s").strip()
        typed.type("\nhttp://127.0.0.1/\n")
        typed.says("not the whole address")
        typed.type(server.redirected(url) + "\n")
        code, out = typed.done()
    assert code == 0, typed.err
    assert "logged in" in out


def test_ACC_5_a_pasted_address_comes_from_a_pipe_and_the_outcome_is_JSON(home: Path, server: OAuthServer) -> None:
    configured(home, server)
    with Typed("login", "work", "--paste", "--json") as typed:
        typed.type(server.redirected(typed.says(rf"{URL}\s").strip()) + "\n")
        code, out = typed.done()
    assert code == 0, typed.err
    assert json.loads(out) == {"account": "work", "done": True, "kept": "file"}


def test_ACC_4_the_passphrase_is_chosen_and_asked_for_at_the_terminal(home: Path, server: OAuthServer) -> None:
    configured(home, server, secrets='[secrets]\nstore = "file"\n')
    with Typed("login", "work", terminal=True) as typed:
        typed.type(server.redirected(typed.says(rf"{URL}\s").strip()) + "\n")
        typed.says("New passphrase: ")
        typed.type("a long passphrase\n")
        typed.says("Once more: ")
        typed.type("a long passphrase\n")
        assert typed.done()[0] == 0, typed.err
    assert "a long passphrase" not in typed.err
    with Typed("login", "work", terminal=True) as typed:
        typed.says("Passphrase of the encrypted")
        assert "authorize" not in typed.err
        typed.type("a long passphrase\n")
        typed.type(server.redirected(typed.says(rf"{URL}\s").strip()) + "\n")
        assert typed.done()[0] == 0, typed.err
    with Typed("logout", "work", terminal=True) as typed:
        typed.says("Passphrase of the encrypted")
        typed.type("a long passphrase\n")
        assert typed.done()[0] == 0, typed.err
    assert len(server.revoked) == 1


def test_ACC_5_nothing_pasted_is_no_login(home: Path, server: OAuthServer) -> None:
    configured(home, server)
    done = subprocess.run(
        [sys.executable, "-m", "salesinbox", "account", "login", "work", "--paste"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "nothing was pasted" in done.stderr


def test_ACC_5_a_port_that_is_taken_leaves_pasting(home: Path, server: OAuthServer) -> None:
    configured(home, server, port=server.port)
    with Typed("login", "work", terminal=True) as typed:
        url = typed.says(rf"{URL}\s").strip()
        typed.says(f"port {server.port} of this machine")
        typed.type(server.redirected(url) + "\n")
        assert typed.done()[0] == 0, typed.err


def test_ACC_5_a_code_logs_in(home: Path, server: OAuthServer) -> None:
    configured(home, server)
    with Typed("login", "work", "--device") as typed:
        code = typed.says(r"\b[0-9A-F]{8}\b")
        assert f"{server.base}/enter" in typed.err
        server.allow(code)
        assert typed.done()[0] == 0, typed.err


@pytest.mark.parametrize("more", [[], ["--device"], ["--paste"]])
def test_ACC_5_ctrl_c_leaves_nothing_behind(home: Path, server: OAuthServer, more: list[str]) -> None:
    configured(home, server)
    with Typed("login", "work", *more, terminal=True) as typed:
        typed.says("Ctrl-C|press Enter")
        typed.process.send_signal(signal.SIGINT)
        began = time.monotonic()
        code, out = typed.done()
    assert (code, out) == (130, "")
    assert "Traceback" not in typed.err
    assert time.monotonic() - began < 5


def test_ACC_5_logging_out_revokes(home: Path, server: OAuthServer, cli: Cli) -> None:
    configured(home, server)
    with Typed("login", "work", "--paste") as typed:
        typed.type(server.redirected(typed.says(rf"{URL}\s").strip()) + "\n")
        assert typed.done()[0] == 0, typed.err
    (token,) = server.refresh_tokens
    done = cli("account", "logout", "work", "--json")
    assert done.code == 0
    assert done.json == {"account": "work", "done": True, "revoked": True, "detail": ""}
    assert server.revoked == [token]
    assert cli("account", "logout", "work", "--json").json["revoked"] is False
    assert server.revoked == [token]


def test_ACC_5_who_is_logged_in_syncs_until_the_provider_says_no(home: Path, server: OAuthServer, cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> None:  # fmt: skip
    with token_dovecot(tmp_path_factory.mktemp("dovecot"), server) as dovecot:
        dovecot.deliver(mail(1))
        configured(home, server, f'host = "127.0.0.1"\nport = {dovecot.port}\ntls = "none"\nuser = "rep"')
        before = cli("sync")
        assert before.code == 4
        assert "salesinbox account login work" in before.out + before.err
        with Typed("login", "work", "--paste") as typed:
            typed.type(server.redirected(typed.says(rf"{URL}\s").strip()) + "\n")
            assert typed.done()[0] == 0, typed.err
        assert cli("sync").code == 0
        assert len(cli("list", "--json").json) == 1
        assert cli("account", "test", "work").code == 0
        server.refresh_tokens.clear()
        after = cli("sync")
        assert after.code == 4
        assert "holds no longer" in after.out + after.err
        files = [file for file in (home / "data").rglob("*") if file.is_file()]
        assert files
        for access in server.access_tokens:
            assert not [file for file in files if access.encode() in file.read_bytes()]


def test_ACC_5_what_cannot_be_told_is_said(home: Path, server: OAuthServer, cli: Cli) -> None:
    configured(home, server, revoke_url="")
    with Typed("login", "work", "--paste") as typed:
        typed.type(server.redirected(typed.says(rf"{URL}\s").strip()) + "\n")
        assert typed.done()[0] == 0, typed.err
    done = cli("account", "logout", "work")
    assert (done.code, done.out) == (0, "work is logged out here.\n")
    assert "take the app away" in done.err


def test_UI_7_what_is_wrong_has_its_exit_code(home: Path, server: OAuthServer, cli: Cli) -> None:
    configured(home, server, device_url="")
    assert cli("account", "login", "nobody").code == 1
    assert cli("account", "login", "work", "--device").code == 2
    assert cli("account", "login", "work", "--device", "--paste").code == 2
    write_config(home, '[[account]]\nname = "work"\naddress = "a@b.example"\n[account.imap]\nhost = "i.example"\n')
    done = cli("account", "login", "work")
    assert (done.code, done.out) == (3, "")
    assert "does not log in by OAuth" in done.err
