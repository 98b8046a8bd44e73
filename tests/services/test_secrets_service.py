"""Where passwords come from, told by the doctor; and how it goes without D-Bus, or with one that is silent (ACC-4)."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from salesinbox.credentials import Credentials, system_keyring
from salesinbox.model.errors import CredentialsError, NotFoundError, UsageError
from salesinbox.model.settings import (
    IMPLICIT,
    OAUTH,
    XOAUTH2,
    Account,
    Gmail,
    Imap,
    Maildir,
    Me,
    OAuth,
    Secrets,
    Settings,
    Smtp,
)
from salesinbox.services.secrets import SecretsService

PASSPHRASE = "correct horse battery"
IMAP = Imap("imap.zylker.example", 993, IMPLICIT, "rep@zylker.example")
WORK = Account("work", "rep@zylker.example", "imap", IMAP)
SMTP = Smtp("smtp.zylker.example", 465, IMPLICIT, "rep")

Make = Callable[..., SecretsService]


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(system_keyring, "KEYRING_SECONDS", 30.0)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(*accounts: Account, secrets: Secrets = Secrets()) -> SecretsService:  # noqa: B008 - never changed
        credentials = Credentials(secrets, tmp_path / "data")
        return SecretsService(lambda: credentials, Settings(None, Me(), accounts, secrets=secrets), tmp_path / "data")

    return make


def said(service: SecretsService) -> list[tuple[str, bool, str]]:
    return [(check.name, check.ok, check.detail) for check in service.checks()]


# --- doctor --------------------------------------------------------------------------------------------------------


def test_ACC_4_the_doctor_says_which_way_each_account_uses(make: Make, tmp_path: Path) -> None:
    command = replace(WORK, name="command", imap=replace(IMAP, password_command=(sys.executable, "private-path")))
    clear = replace(WORK, name="clear", imap=replace(IMAP, password="hunter2"), smtp=SMTP)
    tokens = replace(WORK, name="tokens", imap=replace(IMAP, auth=XOAUTH2, password_command=(sys.executable,)))
    gmail = Account("gmail", "a@b.example", "gmail", gmail=Gmail(token_command=(sys.executable,)))
    files = Account("files", "a@b.example", "maildir", maildir=Maildir(tmp_path))
    service = make(command, clear, tokens, gmail, files)
    assert said(service) == [
        ("password of command", True, f"password_command: {sys.executable}"),
        ("password of clear", True, "in clear in the configuration"),
        ("password of tokens", True, f"password_command: {sys.executable}"),
        ("password of gmail", True, f"token_command: {sys.executable}"),
    ]


def test_ACC_4_the_doctor_names_a_command_that_is_not_there_and_runs_none(make: Make, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    [check] = make(replace(WORK, imap=replace(IMAP, password_command=(str(program),)))).checks()
    assert not check.ok
    assert check.fix == "Install it, or write its full path."
    program.chmod(0o700)
    [check] = make(replace(WORK, imap=replace(IMAP, password_command=(str(program),)))).checks()
    assert check.ok
    assert not (tmp_path / "ran").exists()


def test_ACC_4_the_doctor_tells_the_encrypted_file_locked_open_and_damaged(make: Make, tmp_path: Path) -> None:
    first = make(replace(WORK, smtp=SMTP))
    first.set_passphrase("", PASSPHRASE)
    first.keep("work", "hunter2")
    first.keep("work", "hunter3", sending=True)
    file = tmp_path / "data" / "secrets"
    assert said(first) == [
        ("password of work", True, "the encrypted file"),
        ("password of work for sending", True, "the encrypted file"),
        ("encrypted passwords", True, f"{file}: unlocked here"),
    ]
    again = make(WORK)
    [work, vault] = again.checks()
    assert not work.ok
    assert "salesinbox secrets unlock" in work.detail
    assert vault.ok
    assert vault.detail == f"{file}: locked here"
    file.chmod(0o644)
    assert [check.fix for check in again.checks()][1] == f"chmod 600 {file}"
    file.write_bytes(b"nonsense")
    assert all("damaged" in check.detail and not check.ok for check in again.checks())


def test_ACC_4_the_doctor_says_what_to_do_where_there_is_nothing(make: Make) -> None:
    oauth = replace(WORK, name="by browser", imap=replace(IMAP, auth=OAUTH), oauth=OAuth("google", "an id"))
    [work, login] = make(WORK, oauth).checks()
    assert not work.ok
    assert "this machine has no keyring" in work.detail
    assert (login.name, login.ok, login.detail) == ("login of by browser", False, "OAuth (google): not logged in")
    assert login.fix == "Log in with: salesinbox account login 'by browser'"


def test_ACC_5_the_doctor_says_where_the_login_is_kept(make: Make) -> None:
    oauth = replace(
        WORK, imap=replace(IMAP, auth=OAUTH), smtp=replace(SMTP, auth=OAUTH), oauth=OAuth("google", "an id")
    )
    service = make(oauth)
    service.set_passphrase("", PASSPHRASE)
    service._credentials().keep_token(oauth, "a token")
    assert said(service)[0] == ("login of work", True, "OAuth (google); the login is kept in the encrypted file")
    assert len(service.checks()) == 2


@contextlib.contextmanager
def silent_bus(folder: Path) -> Iterator[str]:
    """A D-Bus whose daemon lets everybody in and never says a word then; its address."""
    path = folder / "bus"
    lines: list[socket.socket] = []

    def serve(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _address = server.accept()
                lines.append(line)
                line.recv(4096)  # AUTH EXTERNAL (D-Bus specification, Authentication Protocol)
                line.sendall(b"OK 1234deadbeef1234deadbeef1234dead\r\n")

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(16)
        serving = threading.Thread(target=serve, args=(server,))
        serving.start()
        yield f"unix:path={path}"
        server.shutdown(socket.SHUT_RDWR)
        serving.join()
    for line in lines:
        line.close()


@pytest.fixture
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with silent_bus(tmp_path_factory.mktemp("bus")) as address:
        yield address


def test_ACC_4_with_a_d_bus_that_never_answers_nothing_hangs(
    make: Make, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    monkeypatch.setattr(system_keyring, "KEYRING_SECONDS", 3.0)
    service = make(*(replace(WORK, name=f"account {number}") for number in range(4)))
    begun = time.monotonic()
    checks = service.checks()
    with pytest.raises(CredentialsError, match="did not answer"):
        service._credentials().secret(service.settings.accounts[0])
    took = time.monotonic() - begun
    assert took < 3.0 + 2.0  # what starting and killing four processes takes beside the limit
    assert [check.ok for check in checks] == [False] * 4
    assert all("did not answer" in check.detail and "password_command" in check.detail for check in checks)


def test_ACC_4_with_a_d_bus_that_never_answers_a_password_is_kept_encrypted(make: Make, bus: str, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    service = make(WORK)
    service.set_passphrase("", PASSPHRASE)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    monkeypatch.setattr(system_keyring, "KEYRING_SECONDS", 1.0)
    assert service.keep(WORK, "hunter2") == "file"
    assert service._credentials().secret(WORK) == "hunter2"


# --- keeping and removing ------------------------------------------------------------------------------------------


def test_ACC_4_a_password_that_would_not_be_asked_for_is_not_kept(make: Make) -> None:
    command = replace(WORK, name="command", imap=replace(IMAP, password_command=("true",)))
    clear = replace(WORK, name="clear", imap=replace(IMAP, password="x"))
    tokens = replace(WORK, name="tokens", imap=replace(IMAP, auth=XOAUTH2, password_command=("true",)))
    login = replace(WORK, name="login", imap=replace(IMAP, auth=OAUTH), oauth=OAuth("google", "an id"))
    service = make(command, clear, tokens, login)
    for name, told in (
        ("command", "has a password_command"),
        ("clear", "in the configuration"),
        ("tokens", "has a password_command"),
        ("login", "logs in without a password"),
    ):
        with pytest.raises(UsageError, match=told):
            service.keep(name, "hunter2")
        with pytest.raises(UsageError, match="has no"):
            service.keep(name, "hunter2", sending=True)
    with pytest.raises(NotFoundError, match="command, clear, tokens, login"):
        service.keep("nobody", "hunter2")


def test_ACC_4_a_removed_password_is_had_no_more(make: Make) -> None:
    service = make(replace(WORK, smtp=SMTP))
    service.set_passphrase("", PASSPHRASE)
    service.keep("work", "hunter2")
    service.keep("work", "hunter3", sending=True)
    service.remove("work", sending=True)
    [account] = service.settings.accounts
    assert service._credentials().sending_secret(account) == "hunter2"
    service.remove("work")
    service.remove("work")
    with pytest.raises(CredentialsError):
        service._credentials().secret(account)


def test_ACC_4_a_locked_file_keeps_what_is_to_be_removed_and_says_so(make: Make) -> None:
    service = make(WORK)
    service.set_passphrase("", PASSPHRASE)
    service.keep("work", "hunter2")
    with pytest.raises(CredentialsError, match="salesinbox secrets unlock"):
        make(WORK).remove("work")
    assert service.used("work")[0].ok


def test_ACC_4_it_is_known_whether_a_passphrase_is_wanted(make: Make) -> None:
    service = make(WORK)
    assert (service.is_there(), service.locked(), service.wants_passphrase()) == (False, False, True)
    service.set_passphrase("", PASSPHRASE)
    assert (service.is_there(), service.locked(), service.wants_passphrase()) == (True, False, False)
    assert service.lock() is False  # no sync process that could forget it
    assert (service.is_there(), service.locked(), service.wants_passphrase()) == (True, True, True)
    assert service.unlock(PASSPHRASE) is False
    assert not service.locked()
    assert not make(WORK, secrets=Secrets(store="keyring")).wants_passphrase()


def test_ACC_4_what_the_sync_process_answers_holds_no_passphrase(make: Make) -> None:
    make(WORK).set_passphrase("", PASSPHRASE)
    service = make(WORK)
    wrong = service.answer({"do": "unlock", "passphrase": "wrong horse battery", "id": "1"})
    assert (wrong.request, wrong.ok) == ("1", False)
    assert "horse" not in repr(wrong)
    assert service.locked()
    right = service.answer({"do": "unlock", "passphrase": PASSPHRASE, "id": "2"})
    assert (right.request, right.ok) == ("2", True)
    assert "horse" not in repr(right)
    assert not service.locked()
    assert service.answer({"do": "lock", "id": "3"}).ok
    assert service.locked()
    assert not service.answer({"do": "unlock"}).ok


def test_ACC_4_a_sync_process_that_does_not_answer_is_not_waited_for_forever(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from salesinbox.services import secrets
    from salesinbox.sync.wake import socket_path

    monkeypatch.setattr(secrets, "_PATIENCE", 0.3)
    service = make(WORK)
    service.set_passphrase("", PASSPHRASE)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(socket_path(tmp_path / "data")))
        server.listen(1)
        with pytest.raises(CredentialsError, match="did not answer"):
            service.unlock(PASSPHRASE)
