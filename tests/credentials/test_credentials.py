"""Passwords from real commands and real keyring back ends, on a machine without D-Bus (ACC-4)."""

import logging
import os
import stat
import sys
import threading
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from salesinbox import credentials
from salesinbox.locale import texts
from salesinbox.model.errors import CredentialsError, Exit
from salesinbox.model.settings import IMPLICIT, Account, Imap, Smtp
from tests.servers import until

SECRET = "hunter2-æ-パス"


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture(autouse=True)
def _no_bus(monkeypatch):
    """A server without a desktop: neither D-Bus nor a back end that the environment names."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def account(tmp_path):
    """An account of its own in each test: what is kept of one is not another's."""
    imap = Imap("imap.zylker.example", 993, IMPLICIT, "rep@zylker.example", ca_file=tmp_path / "unused")
    return Account("work", "rep@zylker.example", "imap", imap)


@pytest.fixture
def with_command(account, tmp_path):
    def with_command(script: str, *arguments: str) -> Account:
        program = tmp_path / "password"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        return replace(account, imap=replace(account.imap, password_command=(str(program), *arguments)))

    return with_command


@pytest.fixture
def with_keyring(account, tmp_path, monkeypatch):
    """The account, with a keyring back end whose `get_password` has this body."""

    def with_keyring(body: str) -> Account:
        lines = "\n".join(f"        {line}" for line in body.splitlines())
        (tmp_path / "rep_keyring.py").write_text(
            "import os, sys, time\n"
            "from keyring.backend import KeyringBackend\n"
            "from keyring import errors\n"
            "class Keyring(KeyringBackend):\n"
            "    priority = 1\n"
            "    def get_password(self, service, username):\n"
            f"{lines}\n"
            "    def set_password(self, service, username, password): ...\n"
            "    def delete_password(self, service, username): ...\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "rep_keyring.Keyring")
        # Time to start Python, on a machine that is busy with the other tests.
        monkeypatch.setattr(credentials, "KEYRING_SECONDS", 30.0)
        return account

    return with_keyring


def refusal(account: Account) -> str:
    with pytest.raises(CredentialsError) as caught:
        credentials.secret(account)
    assert caught.value.exit == Exit.CREDENTIALS
    # Nothing of the whole chain of causes may tell it.
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


# --- commands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        f"echo '{SECRET}'",
        f"printf '%s' '{SECRET}'",
        f"printf '%s\\r\\nuser: rep\\nurl: x\\n' '{SECRET}'",
        f"echo noise >&2; echo '{SECRET}'",
    ],
)
def test_ACC_4_the_first_line_of_the_command_is_the_password(with_command, script):
    assert credentials.secret(with_command(script)) == SECRET


def test_ACC_4_spaces_belong_to_the_password(with_command):
    assert credentials.secret(with_command("echo ' two words '")) == " two words "


def test_ACC_4_arguments_are_passed_without_a_shell(with_command):
    assert credentials.secret(with_command('printf "%s" "$1"', "$(id); `id` *")) == "$(id); `id` *"


def test_ACC_4_the_command_runs_once_until_it_is_forgotten(with_command, tmp_path):
    account = with_command(f"echo x >> {tmp_path}/calls; echo '{SECRET}'")
    assert credentials.secret(account) == credentials.secret(account) == SECRET
    assert (tmp_path / "calls").read_text() == "x\n"
    credentials.forget(account)
    assert credentials.secret(account) == SECRET
    assert (tmp_path / "calls").read_text() == "x\nx\n"


def test_ACC_4_threads_that_ask_at_once_run_the_command_once(with_command, tmp_path):
    account = with_command(f"echo x >> {tmp_path}/calls; sleep 0.2; echo '{SECRET}'")
    found = []
    threads = [threading.Thread(target=lambda: found.append(credentials.secret(account))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [SECRET] * 4
    assert (tmp_path / "calls").read_text() == "x\n"


def test_ACC_4_the_command_has_no_terminal_and_nothing_to_read(with_command, monkeypatch):
    monkeypatch.setenv("GPG_TTY", "/dev/pts/0")
    script = 'read line; [ -t 0 ] && echo terminal; (: </dev/tty) 2>/dev/null && echo tty; echo "none$GPG_TTY$line"'
    assert credentials.secret(with_command(script)) == "none"


def test_ACC_4_a_command_that_is_not_there(account):
    lost = replace(account, imap=replace(account.imap, password_command=("no-such-program", "argument")))
    assert refusal(lost) == (
        'The password_command of account "work" cannot be found: no-such-program. Install it, or write its full path.'
    )


def test_ACC_4_a_command_that_may_not_be_run(account, tmp_path):
    (tmp_path / "plain").write_text("x")
    (tmp_path / "plain").chmod(stat.S_IRUSR)
    plain = replace(account, imap=replace(account.imap, password_command=(str(tmp_path / "plain"),)))
    assert "cannot be run" in refusal(plain)


def test_ACC_4_a_command_that_fails_says_why_without_the_password(with_command):
    script = f"echo '{SECRET}'; echo 'gpg: no key for {SECRET}, password: swordfish' >&2; exit 2"
    sentence = refusal(with_command(script))
    assert "ended with 2 (gpg: no key for …" in sentence
    assert "swordfish" not in sentence


def test_ACC_4_what_a_command_complains_of_cannot_drive_the_terminal(with_command):
    sentence = refusal(with_command("printf '\\033[2J\\033]0;x\\007bad\\nsecond' >&2; exit 1"))
    assert "\x1b" not in sentence
    assert "\n" not in sentence
    assert len(sentence) < 500


def test_ACC_4_arguments_of_the_command_are_not_told(with_command):
    assert "private-path" not in refusal(with_command("exit 1", "private-path"))


@pytest.mark.parametrize("script", ["true", "echo", "printf '\\n%s' second"])
def test_ACC_4_a_command_that_prints_nothing(with_command, script):
    assert "printed nothing" in refusal(with_command(script))


def test_ACC_4_a_command_that_never_ends_is_stopped_with_its_children(with_command, tmp_path, monkeypatch):
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 1.0)
    account = with_command(f"sleep 600 & echo $! > {tmp_path}/child; wait")
    sentence = refusal(account)
    assert "gave no answer within 1 s" in sentence
    child = int((tmp_path / "child").read_text())
    until(lambda: not _alive(child), "the command's child is gone")


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_ACC_4_a_command_that_prints_without_end_is_stopped(with_command, monkeypatch):
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 1.0)
    assert "gave no answer" in refusal(with_command("exec yes"))


def test_ACC_4_an_agent_left_behind_does_not_hold_the_answer_up(with_command, tmp_path, monkeypatch):
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 600.0)  # longer than a test may take
    account = with_command(f"sleep 300 & echo $! > {tmp_path}/agent; echo '{SECRET}'")
    try:
        assert credentials.secret(account) == SECRET
    finally:
        os.kill(int((tmp_path / "agent").read_text()), 9)


def test_ACC_4_a_failure_is_not_kept(with_command, tmp_path):
    account = with_command(f"[ -e {tmp_path}/unlocked ] && echo '{SECRET}'")
    refusal(account)
    (tmp_path / "unlocked").touch()
    assert credentials.secret(account) == SECRET


# --- clear text ------------------------------------------------------------------------------------------------


def test_ACC_4_a_password_in_clear_is_taken_and_never_shown(account, caplog):
    caplog.set_level(logging.DEBUG)
    insisted = replace(account, imap=replace(account.imap, password=SECRET))
    assert credentials.secret(insisted) == SECRET
    assert SECRET not in repr(insisted)
    assert SECRET not in caplog.text


# --- the keyring -----------------------------------------------------------------------------------------------


def test_ACC_4_the_keyring_is_asked_by_server_and_user(with_keyring):
    account = with_keyring('return f"{service} {username}"')
    assert credentials.secret(account) == "salesinbox:imap.zylker.example rep@zylker.example"


def test_ACC_4_a_password_from_the_keyring_comes_whole(with_keyring):
    assert credentials.secret(with_keyring(f"print('noise')\nreturn {SECRET!r}")) == SECRET


def test_ACC_4_a_keyring_that_never_answers_is_given_up(with_keyring, monkeypatch):
    account = with_keyring("time.sleep(600)")
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 1.0)
    assert refusal(account) == (
        'The keyring did not answer when asked for the password of account "work". It may be locked: unlock it, or '
        'write password_command = ["pass", "show", "work"] in the configuration.'
    )


def test_ACC_4_a_keyring_that_prompts_gets_no_terminal(with_keyring):
    assert "refused the password" in refusal(with_keyring("import getpass\nreturn getpass.getpass()"))


def test_ACC_4_a_locked_keyring_says_what_to_do(with_keyring):
    sentence = refusal(with_keyring(f"raise errors.KeyringLocked({SECRET!r})"))
    assert sentence.startswith('The keyring refused the password of account "work" (KeyringLocked). Unlock it')


def test_ACC_4_a_keyring_without_the_password_says_how_to_store_it(with_keyring):
    sentence = refusal(with_keyring("return None"))
    assert f"{sys.executable} -m keyring set salesinbox:imap.zylker.example rep@zylker.example" in sentence


def test_ACC_4_a_back_end_that_dies_is_an_error(with_keyring):
    assert "refused the password" in refusal(with_keyring("os._exit(3)"))


def test_ACC_4_without_keyring_and_d_bus_the_rep_is_told_of_the_command(account, monkeypatch):
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", 30.0)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    sentence = refusal(account)
    assert "this machine has no keyring" in sentence
    assert 'password_command = ["pass", "show", "work"]' in sentence


def test_ACC_4_the_working_folder_runs_no_code(with_keyring, tmp_path, monkeypatch):
    account = with_keyring(f"return {SECRET!r}")
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "json.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(hostile)
    assert credentials.secret(account) == SECRET
    assert not (tmp_path / "ran").exists()


def test_an_account_without_a_server_has_no_password(account):
    assert "has no server" in refusal(replace(account, imap=None))


def test_ACC_4_the_sending_server_takes_the_same_secret_unless_it_has_its_own(with_command):
    account = with_command('echo "for $1"', "reading")
    smtp = Smtp("smtp.zylker.example", 465, IMPLICIT, "rep")
    assert credentials.sending_secret(replace(account, smtp=smtp)) == "for reading"
    program = account.imap.password_command[0]
    own = replace(account, smtp=replace(smtp, password_command=(program, "sending")))
    assert credentials.sending_secret(own) == "for sending"
    assert credentials.secret(own) == "for reading"
    assert credentials.sending_secret(replace(account, smtp=replace(smtp, password="in clear"))) == "in clear"


def test_ACC_4_a_sending_secret_that_was_refused_is_asked_for_anew(with_command, tmp_path):
    asked = tmp_path / "asked"
    account = with_command(f'echo x >> "{asked}"; wc -l < "{asked}" | tr -d " "')
    account = replace(account, smtp=Smtp("x", 465, IMPLICIT, "rep", password_command=account.imap.password_command))
    assert credentials.sending_secret(account) == "1"
    credentials.forget(replace(account, imap=replace(account.imap, host="elsewhere")))
    assert credentials.sending_secret(account) == "1"
    credentials.forget_sending(account)
    assert credentials.sending_secret(account) == "2"
