"""Accounts side by side: one that is paused, and one that is in trouble, leave the others alone (ACC-1)."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from salesinbox import wiring
from salesinbox.store.database import Database
from salesinbox.wiring import Application
from tests.mailboxes import mail
from tests.servers import Mailbox, free_port, until


def _configuration(folder: Path, **mailboxes: tuple[Mailbox, int]) -> Path:
    text = ""
    for name, (mailbox, port) in mailboxes.items():
        text += (
            f'[[account]]\nname = "{name}"\naddress = "{mailbox.user}@zylker.example"\n[account.imap]\n'
            f'host = "127.0.0.1"\nport = {port}\ntls = "none"\nuser = "{mailbox.user}"\n'
            f'password = "{mailbox.password}"\npassword_in_clear = true\n'
        )
    path = folder / "config.toml"
    path.touch(mode=0o600)
    path.write_text(text)
    return path


@contextlib.contextmanager
def _watching(config: Path, data: Path) -> Iterator[Application]:
    """The services beside a sync process at work."""
    command = [sys.executable, "-m", "salesinbox", "--config", str(config), "--data", str(data), "sync", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        application = Application(wiring.settings(config), data)
        try:
            until(application.live.connect, "the sync process")
            yield application
        finally:
            application.close()
            process.kill()


def _here(data: Path) -> set[str]:
    with Database(data / "mail.db", readonly=True) as database:
        return {row[0] for row in database.connection.execute("SELECT subject FROM message")}


def _state(application: Application, name: str) -> str:
    return next(one.state for one in application.accounts.status() if one.name == name)


def test_ACC_1_a_paused_account_is_left_alone_and_the_other_goes_on(
    tmp_path: Path, dovecot: Mailbox, dovecot_plain: Mailbox
) -> None:
    config = _configuration(tmp_path, one=(dovecot, dovecot.port), two=(dovecot_plain, dovecot_plain.port))
    data = tmp_path / "data"
    with _watching(config, data) as application:
        until(lambda: _state(application, "one") == "watching", "the first account")
        application.accounts.pause("one")
        until(lambda: _state(application, "one") == "paused", "the pause")
        dovecot.deliver(mail("kept waiting"))
        dovecot_plain.deliver(mail("brought in"))
        until(lambda: "Subject brought in" in _here(data), "the other account's mail")
        assert "Subject kept waiting" not in _here(data)
        assert application.accounts.paused("one")
        application.accounts.resume("one")
        until(lambda: "Subject kept waiting" in _here(data), "what has waited")
        until(lambda: _state(application, "one") == "watching", "the account goes on")


def test_ACC_1_a_pause_outlasts_the_process(tmp_path: Path, dovecot: Mailbox) -> None:
    config, data = _configuration(tmp_path, one=(dovecot, dovecot.port)), tmp_path / "data"
    with _watching(config, data) as application:
        until(lambda: _state(application, "one") == "watching", "the account")
        application.accounts.pause("one")
        until(lambda: _state(application, "one") == "paused", "the pause")
    with _watching(config, data) as application:
        until(lambda: _state(application, "one") == "paused", "the pause again")


def test_ACC_1_an_account_in_trouble_stops_no_other(tmp_path: Path, dovecot: Mailbox) -> None:
    config = _configuration(tmp_path, gone=(dovecot, free_port()), here=(dovecot, dovecot.port))
    data = tmp_path / "data"
    dovecot.deliver(mail("arrives"))
    with _watching(config, data) as application:
        until(lambda: "Subject arrives" in _here(data), "mail of the account that works")
        until(lambda: _state(application, "gone") == "waiting", "the trouble to be told")
        found = {one.name: one for one in application.accounts.status()}
        assert "127.0.0.1" in found["gone"].detail
        assert found["here"].synced
