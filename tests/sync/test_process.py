"""The sync process as it really runs: killed, cut off, started twice, and telling what it does."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.model.events import Changed, Connection, Event
from salesinbox.services.live import LiveService
from salesinbox.store.database import Database
from tests.mailboxes import configuration, in_cache, mail, on_server
from tests.servers import Cut, Dovecot, Mailbox, until


def _command(config: Path, data: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "salesinbox", "--config", str(config), "--data", str(data), *words]


@contextlib.contextmanager
def _watching(config: Path, data: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A sync process at work, whose socket answers."""
    process = subprocess.Popen(_command(config, data, "sync", "--watch", *words))
    try:
        live = LiveService(data, None)
        until(lambda: live.connect() or process.poll() is not None, "the sync process to listen")
        live.close()
        yield process
    finally:
        process.kill()
        process.wait()


def _listener(data: Path) -> LiveService:
    live = LiveService(data, None)
    assert live.connect()
    return live


def _hear(live: LiveService, kind: type[Event], seconds: float = 20, **wanted: object) -> Event:
    heard: list[Event] = []

    def arrived() -> bool:
        heard.extend(
            event
            for event in live.events()
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in wanted.items())
        )
        return bool(heard)

    until(arrived, f"{kind.__name__} {wanted}", seconds)
    return heard[-1]


def _subjects(data: Path) -> set[str]:
    if not (data / "mail.db").exists():
        return set()
    with Database(data / "mail.db", readonly=True) as database:
        return {row[0] for row in database.connection.execute("SELECT subject FROM thread WHERE messages > 0")}


def _bodies(data: Path) -> int:
    with Database(data / "mail.db", readonly=True) as database:
        return int(database.connection.execute("SELECT count(*) FROM body").fetchone()[0])


def test_new_mail_flags_and_deletions_arrive_while_it_watches(server: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    server.deliver(mail("first"))
    with _watching(configuration(tmp_path, server), data):
        until(lambda: "Subject first" in _subjects(data), "the first sync")
        server.deliver(mail("second"))
        until(lambda: "Subject second" in _subjects(data), "new mail")
        until(lambda: _bodies(data) == 2, "its content")
        with server.client() as client:
            client.select_folder("INBOX")
            uid = client.search(["SUBJECT", "first"])[0]
            client.add_flags([uid], [b"\\Flagged"])
            until(lambda: in_cache(data / "mail.db") == on_server(client), "another client's flag")
            client.select_folder("INBOX")
            client.delete_messages([uid])
            client.expunge()
            until(lambda: in_cache(data / "mail.db") == on_server(client), "another client's deletion")


def test_mail_that_arrives_during_a_first_sync_is_there_before_its_end(dovecot: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for number in range(3000):
        dovecot.deliver(mail(number, body="Words of some length. " * 300))
    with _watching(configuration(tmp_path, dovecot), data):
        until(lambda: len(_subjects(data)) >= 200, "the newest cards")
        dovecot.deliver(mail("urgent"))
        until(lambda: "Subject urgent" in _subjects(data), "the mail that just came")
        with Database(data / "mail.db", readonly=True) as database:
            missing = database.connection.execute("SELECT count(*) FROM message WHERE body_state = 0").fetchone()[0]
        assert missing > 0, "the first sync was over already, so this shows nothing"


def test_only_one_process_syncs_a_data_folder(dovecot: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    config = configuration(tmp_path, dovecot)
    dovecot.deliver(mail(1))
    with _watching(config, data):
        second = subprocess.run(
            _command(config, data, "sync", "--watch"), capture_output=True, text=True, timeout=60, check=False
        )
        assert second.returncode == 1
        assert "runs already" in second.stderr
        # A single pass asks the running process instead, and reports what that did.
        third = subprocess.run(
            _command(config, data, "sync", "--json"), capture_output=True, text=True, timeout=60, check=False
        )
        assert third.returncode == 0, third.stderr
        assert '"INBOX"' in third.stdout
        until(lambda: "Subject 1" in _subjects(data), "the mail")


def test_a_killed_process_leaves_no_lock_behind(dovecot: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    config = configuration(tmp_path, dovecot)
    with _watching(config, data) as process:
        process.kill()
        process.wait()
    with _watching(config, data) as process:
        assert process.poll() is None


def test_a_cut_line_is_noticed_and_taken_up_again(dovecot: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Cut(dovecot.port) as line:
        config = configuration(tmp_path, dovecot)
        config.write_text(config.read_text().replace(f"port = {dovecot.port}", f"port = {line.port}"))
        dovecot.deliver(mail("before"))
        with _watching(config, data):
            until(lambda: "Subject before" in _subjects(data), "the first sync")
            live = _listener(data)
            line.cut()
            state = _hear(live, Connection, state="waiting")
            assert isinstance(state, Connection)
            assert state.detail
            assert state.next_try > 0
            line.flow()
            dovecot.deliver(mail("after"))
            until(lambda: "Subject after" in _subjects(data), "mail after the line is back", 60)
            live.close()


def test_server_gone_and_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Dovecot(tmp_path / "dovecot") as server:
        mailbox = server.login("rep")
        mailbox.deliver(mail("before"))
        with _watching(configuration(tmp_path, mailbox), data):
            until(lambda: "Subject before" in _subjects(data), "the first sync")
            live = _listener(data)
            server.stop()
            _hear(live, Connection, state="waiting")
            server.start()
            mailbox.deliver(mail("after"))
            until(lambda: "Subject after" in _subjects(data), "mail after the server is back", 60)
            live.close()


def test_listeners_hear_of_changes(dovecot: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with _watching(configuration(tmp_path, dovecot), data):
        live = _listener(data)
        until((data / "mail.db").exists, "the database")
        dovecot.deliver(mail("news"))
        _hear(live, Changed, account="work")
        until(lambda: "Subject news" in _subjects(data), "the mail")
        live.close()


def test_SAFE_2_every_file_is_private_from_the_start(dovecot: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    os.umask(0)
    try:
        with _watching(configuration(tmp_path, dovecot), data):
            dovecot.deliver(mail("x"))
            until(lambda: "Subject x" in _subjects(data), "the mail")
            assert stat.S_IMODE(data.stat().st_mode) == 0o700
            found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data.rglob("*") if not path.is_dir()}
            assert {"mail.db", "mail.db-wal", "sync.lock", "sync.sock"} <= set(found)
            assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    finally:
        os.umask(0o022)


def test_it_ends_by_itself_when_no_interface_is_left(dovecot: Mailbox, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with _watching(configuration(tmp_path, dovecot), data, "--linger", "1") as process:
        live = _listener(data)
        live.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_in_order_on_a_signal(dovecot: Mailbox, tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "data"
    with _watching(configuration(tmp_path, dovecot), data) as process:
        process.send_signal(number)
        assert process.wait(30) == 0
        assert not (data / "sync.sock").exists()
