"""POP3 accounts on Dovecot: sessions, TLS, and whole passes of sync (ACC-1, ACC-6)."""

import poplib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from salesinbox.model.errors import CertificateError, CredentialsError, NetworkError
from salesinbox.model.settings import IMPLICIT, STARTTLS, Smtp
from salesinbox.providers.pop3.session import Pop3Session
from salesinbox.rules import filing
from tests.mailboxes import in_cache, mail, sound, sync
from tests.pop3_server import Pop3Dovecot, Pop3Mailbox, Pop3Server, account
from tests.servers import SECRET, Certificates, Mailbox, until

_users = count(1)


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Pop3Dovecot]:
    folder = tmp_path_factory.mktemp("dovecot-pop3")
    with Pop3Dovecot(folder, certificate=certificates.valid, users={"suzuki": "密碼 with spaces"}) as server:
        yield server


@pytest.fixture
def box(dovecot: Pop3Dovecot, tmp_path: Path) -> Pop3Mailbox:
    return Pop3Mailbox(dovecot.login(f"rep{next(_users)}"), tmp_path / "accounts" / "work")


def tried(box: Pop3Mailbox, secret: str = SECRET, **changes: object) -> frozenset[str]:
    session = Pop3Session(box.account(**changes), lambda: secret, box.home)
    try:
        session.connect()
        return session.capabilities()
    finally:
        session.close()


def test_ACC_6_implicit_tls_and_starttls_are_verified(box, dovecot, certificates):
    for port, way in ((dovecot.pop3s_port, IMPLICIT), (dovecot.pop3_port, STARTTLS)):
        changes = {"host": "localhost", "port": port, "tls": way, "ca_file": certificates.ca_file}
        settings = account(user=box.user, **changes)
        session = Pop3Session(settings, lambda: SECRET, box.home)
        session.connect()
        assert "TLS" in session.capabilities()
        session.close()
        stranger = Pop3Session(account(user=box.user, **{**changes, "ca_file": None}), lambda: SECRET, box.home)
        with pytest.raises(CertificateError, match="signed by nobody this machine trusts"):
            stranger.connect()
        stranger.close()
    assert "TLS" not in tried(box)


def test_ACC_4_a_wrong_password_is_an_error_of_the_password(box):
    with pytest.raises(CredentialsError, match="refused the login"):
        tried(box, secret="wrong")


def test_ACC_1_passwords_may_be_of_any_script(dovecot, tmp_path):
    session = Pop3Session(account(dovecot.pop3_port, "suzuki"), lambda: "密碼 with spaces", tmp_path / "home")
    session.connect()
    session.close()


def test_ACC_1_a_mailbox_that_another_program_reads_is_in_use_and_not_a_wrong_password(box):
    other = poplib.POP3("127.0.0.1", box.port, timeout=20)
    try:
        other.user(box.user)
        other.pass_(SECRET)
        with pytest.raises(NetworkError, match=rf"the mailbox of {box.user} at 127\.0\.0\.1 is in use"):
            tried(box)
    finally:
        other.quit()
    tried(box)


def test_ACC_1_a_pass_brings_the_mail_and_what_the_server_drops_stays(box, tmp_path):
    path = tmp_path / "mail.db"
    home = tmp_path / "accounts" / "work"
    for number in range(5):
        box.deliver(mail(number))
    first = sync(box, path, box.account())
    assert first.error == ""
    inbox = next(folder for folder in first.folders if folder.name == "INBOX")
    assert (inbox.local, inbox.server, inbox.ok) == (5, 5, True)
    with box.mailbox.client() as other:
        other.select_folder("INBOX")
        other.delete_messages(other.search())
        other.expunge()
    box.deliver(mail("new"))
    assert sync(box, path, box.account()).error == ""
    assert {message_id for _folder, message_id, _flags, _words in in_cache(path)} == {
        *(f"<{number}@test.example>" for number in range(5)),
        "<new@test.example>",
    }
    assert home.is_dir()
    sound(path)


def test_ACC_1_dovecots_mail_comes_octet_by_octet_and_leaves_by_setting(box, tmp_path):
    raw = mail("odd", body="..dots\n.\n.x\n" + "long " * 2000 + "\n")
    box.deliver(raw)
    path = tmp_path / "mail.db"
    assert sync(box, path, box.account()).error == ""
    assert box.on_server() == 1
    assert sync(box, path, box.account(keep_days=0)).error == ""
    assert box.on_server() == 0
    session = Pop3Session(box.account(), lambda: SECRET, tmp_path / "accounts" / "work")
    session.connect()
    session.open("INBOX", None)
    found = session.raw("INBOX", session.uids()[0])
    session.close()
    assert found is not None
    assert found.replace(b"\r\n", b"\n") == raw


def test_ACC_1_a_large_mailbox_comes_whole_in_one_pass(box, tmp_path, monkeypatch):
    monkeypatch.setattr("salesinbox.providers.pop3.session._MOST", 10)
    for number in range(35):
        box.deliver(mail(number))
    report = sync(box, tmp_path / "mail.db", box.account())
    inbox = next(folder for folder in report.folders if folder.name == "INBOX")
    assert (inbox.local, inbox.server, inbox.ok) == (35, 35, True)
    sound(tmp_path / "mail.db")


def test_SEND_6_sent_mail_of_a_pop3_account_is_filed_here_whoever_sends_it(box):
    smtp = Smtp("smtp.gmail.com", 465, IMPLICIT, box.user, files_sent="server")
    assert not filing.files_by_itself(replace(box.account(), smtp=smtp), learned=True)


def test_ACC_7_a_message_that_is_not_given_away_is_named_by_the_folder_and_the_others_are_here(tmp_path):
    with Pop3Server() as server:
        for number in range(3):
            server.put(mail(number).replace(b"\n", b"\r\n"))
        server.answers["RETR 2"] = b"-ERR damaged\r\n"
        source = Pop3Mailbox(Mailbox(None, "rep"), tmp_path)  # type: ignore[arg-type]  # only its name and password
        for _time in range(2):
            report = sync(source, tmp_path / "mail.db", server.account())
            inbox = next(folder for folder in report.folders if folder.name == "INBOX")
            assert (inbox.ok, "does not give message 2 away: damaged" in inbox.error) == (False, True)
        assert len(in_cache(tmp_path / "mail.db")) == 2
        assert all(folder.ok for folder in report.folders if folder.name != "INBOX")
        server.answers.clear()
        report = sync(source, tmp_path / "mail.db", server.account())
        assert all(folder.ok for folder in report.folders)
        assert len(in_cache(tmp_path / "mail.db")) == 3
        sound(tmp_path / "mail.db")


def test_SAFE_1_kills_at_any_moment_lose_and_double_nothing(tmp_path):
    """The server removes at once what was taken (keep_days 0), so that what is lost on the way is lost for good."""
    with Pop3Server() as server:
        for number in range(60):
            server.put(mail(number).replace(b"\n", b"\r\n"))
        home = tmp_path / "home"
        for kill in range(12):
            command = [sys.executable, "-c", _FETCHES, str(server.port), str(home)]
            with subprocess.Popen(command) as process:
                before = server.count("RETR")
                until(
                    lambda before=before, process=process: (
                        server.count("RETR") > before + 1 or process.poll() is not None
                    ),
                    "it fetches",
                )
                time.sleep(kill / 1000)  # another moment of its work each time
                process.kill()
            if not server.messages:
                break
        session = Pop3Session(server.account(keep_days=0), lambda: SECRET, home)
        session.connect()
        try:
            while session.open("INBOX", None).to_come:
                pass
            found = [one.header.split(b"Message-ID: ")[1].split(b"\r")[0] for one in session.headers(session.uids())]
        finally:
            session.close()
        assert sorted(found) == sorted(b"<%d@test.example>" % number for number in range(60))
        assert server.messages == {}


_FETCHES = """
import sys
from pathlib import Path
from salesinbox.providers.pop3 import session
from tests.pop3_server import account
session._MOST = 3
made = session.Pop3Session(account(int(sys.argv[1]), keep_days=0), lambda: "secret", Path(sys.argv[2]))
made.connect()
while made.open("INBOX", None).to_come:
    pass
made.close()
"""


def test_ACC_1_a_watch_takes_mail_as_it_comes_by_pop3(box, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(
        '[me]\nname = "Rep"\n[[account]]\nname = "work"\naddress = "rep@zylker.example"\nprovider = "pop3"\n'
        f'[account.pop3]\nhost = "127.0.0.1"\nport = {box.port}\ntls = "none"\nuser = "{box.user}"\n'
        f'password_command = ["printf", "%s", "{SECRET}"]\n'
    )
    config.chmod(0o600)
    box.deliver(mail("early"))
    command = [sys.executable, "-c", _WATCHES, "--config", str(config), "--data", str(tmp_path / "data")]
    path, log = tmp_path / "data" / "mail.db", tmp_path / "data" / "log" / "sync.log"
    with subprocess.Popen([*command, "sync", "--watch"], stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: log.exists() and " watching" in log.read_text(), "the watch has begun", 60)
            assert len(in_cache(path)) == 1
            box.deliver(mail("late"))
            until(lambda: len(in_cache(path)) == 2, "what came later is here", 60)
            box.deliver(mail("later still"))
            until(lambda: len(in_cache(path)) == 3, "what came last is here", 60)
        finally:
            process.terminate()
            assert process.wait(30) == 0
    sound(path)


_WATCHES = """
from salesinbox.providers.pop3.session import Pop3Session
Pop3Session.EVERY = 0.3
from salesinbox.__main__ import main
raise SystemExit(main())
"""
