"""Passwords kept encrypted, as a rep on a server without a keyring meets them (ACC-4)."""

import contextlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.acceptance.desk import Rep, account
from tests.mailboxes import mail
from tests.servers import Mailbox, until

PASSPHRASE = "correct horse battery"


@pytest.fixture
def rep(rep: Rep, dovecot: Mailbox) -> Rep:
    """One with an account whose password is nowhere yet, on a machine without a keyring."""
    rep.environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    rep.configure(account(dovecot, password_command=None))
    return rep


@pytest.fixture
def kept(rep: Rep, dovecot: Mailbox) -> Rep:
    """One whose password is encrypted."""
    assert rep.run("secrets", "passphrase", stdin=f"{PASSPHRASE}\n".encode()).code == 0
    given = f"{PASSPHRASE}\n{dovecot.password}\n".encode()
    assert rep.run("secrets", "set", "work", "--unlock", stdin=given).code == 0
    return rep


@contextlib.contextmanager
def watching(rep: Rep) -> Iterator[None]:
    """A sync process, as systemd or a board starts it."""
    process = subprocess.Popen(
        [*rep.command, "sync", "--watch"],
        env=rep.environment,
        cwd=rep.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def here(rep: Rep) -> int:
    [status] = rep.run("status", "--json").json
    return sum(folder["local"] for folder in status["folders"])


def test_ACC_4_unlocked_once_the_sync_process_goes_on_even_through_a_new_configuration(
    kept: Rep, dovecot: Mailbox
) -> None:
    dovecot.deliver(mail(1))
    assert "salesinbox secrets unlock" in kept.run("sync").err
    assert "no sync process runs" in kept.run("secrets", "unlock", stdin=f"{PASSPHRASE}\n".encode()).one_sentence()
    with watching(kept):
        until(lambda: "locked" in kept.run("status").out, "the account says that it is locked")
        wrong = kept.run("secrets", "unlock", stdin=b"wrong horse battery\n")
        assert wrong.code == 4
        assert "not the passphrase" in wrong.one_sentence()
        assert kept.run("secrets", "unlock", stdin=f"{PASSPHRASE}\n".encode()).code == 0
        until(lambda: here(kept) == 1, "the first message is here")
        dovecot.deliver(mail(2))
        before = kept.running("--watch")[0].pid
        kept.config.write_text(kept.config.read_text() + "\n[display]\nlanguage = 'en'\n")
        dovecot.deliver(mail(3))
        until(lambda: here(kept) == 3, "mail comes on after the process has begun anew")
        assert [process.pid for process in kept.running("--watch")] == [before]
        assert "SALESINBOX_KEY_PIPE" not in kept.run("status").out
        assert kept.run("secrets", "lock").code == 0


def test_ACC_4_another_passphrase_reaches_the_sync_process_and_opens_from_then_on(kept: Rep, dovecot: Mailbox) -> None:
    with watching(kept):
        until(lambda: kept.run("secrets", "unlock", stdin=f"{PASSPHRASE}\n".encode()).code == 0, "unlocked")
        changed = kept.run("secrets", "passphrase", stdin=f"{PASSPHRASE}\nanother passphrase\n".encode())
        assert changed.code == 0
        dovecot.deliver(mail(1))
        until(lambda: here(kept) == 1, "the message is here")
    assert kept.run("secrets", "passphrase", stdin=f"{PASSPHRASE}\nanother passphrase\n".encode()).code == 4


def test_ACC_4_a_machine_that_starts_by_itself_needs_nobody(rep: Rep, dovecot: Mailbox) -> None:
    phrase = rep.file("phrase", PASSPHRASE)
    rep.configure(account(dovecot, password_command=None), f'[secrets]\npassphrase_command = ["cat", "{phrase}"]\n')
    assert rep.run("secrets", "set", "work", stdin=dovecot.password.encode()).code == 0
    dovecot.deliver(mail(1))
    assert rep.run("sync").code == 0
    assert here(rep) == 1


def test_ACC_4_at_a_terminal_it_is_asked_for_and_not_shown(rep: Rep, dovecot: Mailbox) -> None:
    with rep.board(100, 30, "secrets", "set", "work") as screen:
        screen.wait("Password of work: ")
        screen.type(f"{dovecot.password}\r")
        screen.wait("New passphrase: ")
        screen.type(f"{PASSPHRASE}\r")
        screen.wait("Once more: ")
        screen.type(f"{PASSPHRASE}\r")
        assert screen.ended() == 0
    assert "Password of work: \r\n" in screen.raw.decode()  # and nothing between
    assert "horse" not in screen.raw.decode()
    assert "is encrypted in" in screen.after
    with rep.board(100, 30, "account", "test") as screen:
        screen.wait("Passphrase of the encrypted passwords: ")
        screen.type(f"{PASSPHRASE}\r")
        assert screen.ended() == 0
    assert "horse" not in screen.raw.decode()


def test_ACC_4_two_passphrases_that_differ_change_nothing(rep: Rep) -> None:
    with rep.board(100, 30, "secrets", "passphrase") as screen:
        screen.wait("New passphrase: ")
        screen.type(f"{PASSPHRASE}\r")
        screen.wait("Once more: ")
        screen.type("wrong horse battery\r")
        assert screen.ended() == 2
    assert not (rep.data / "secrets").exists()


def test_ACC_4_the_board_itself_never_prompts(kept: Rep, dovecot: Mailbox) -> None:
    dovecot.deliver(mail(1))
    with kept.board() as screen:
        screen.wait("passwords are locked")
        assert "Passphrase of the encrypted passwords:" not in screen.text
        screen.type("Q")
        assert screen.ended() == 0


def test_ACC_4_status_and_removal_for_scripts(kept: Rep) -> None:
    locked = kept.run("secrets", "status", "--json")
    assert locked.code == 4
    assert [one["ok"] for one in locked.json] == [False, True]
    given = f"{PASSPHRASE}\n".encode()
    assert kept.run("secrets", "remove", "work").code == 4
    assert kept.run("secrets", "remove", "work", "--unlock", stdin=given).code == 0
    assert kept.run("secrets", "status").out.startswith("failed  password of work")
    assert kept.run("secrets", "set", "nobody", stdin=b"x").code == 1
    assert kept.run("secrets", "set", "work", "--unlock", stdin=given).code == 2
    assert kept.run("secrets", "set", "work", "hunter2").code == 2  # never an argument
    assert kept.run("secrets", "lock").code == 0


def test_ACC_4_without_a_keyring_doctor_and_sync_say_what_to_do(rep: Rep) -> None:
    doctor = rep.run("doctor", "--json")
    [check] = [one for one in doctor.json if one["name"] == "password of work"]
    assert not check["ok"]
    assert "salesinbox secrets set work" in check["detail"]
    assert rep.run("sync").code == 4
