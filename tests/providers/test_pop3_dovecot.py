"""POP3 accounts on Dovecot: sessions, TLS, and whole passes of sync (ACC-1, ACC-6)."""

import poplib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from salesinbox.model.errors import CertificateError, CredentialsError, NetworkError
from salesinbox.model.settings import IMPLICIT, STARTTLS
from salesinbox.providers.pop3.session import Pop3Session
from tests.mailboxes import in_cache, mail, sound, sync
from tests.pop3_server import Pop3Dovecot, Pop3Mailbox, account
from tests.servers import SECRET, Certificates

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
