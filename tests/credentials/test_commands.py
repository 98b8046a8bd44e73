"""Passwords from real commands, and from the configuration (ACC-4)."""

import logging
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from salesinbox.credentials import command
from salesinbox.model.settings import IMPLICIT, Smtp
from tests.credentials.conftest import SECRET
from tests.servers import until


@pytest.mark.parametrize(
    "script",
    [
        f"echo '{SECRET}'",
        f"printf '%s' '{SECRET}'",
        f"printf '%s\\r\\nuser: rep\\nurl: x\\n' '{SECRET}'",
        f"echo noise >&2; echo '{SECRET}'",
    ],
)
def test_ACC_4_the_first_line_of_the_command_is_the_password(credentials, with_command, script):
    assert credentials.secret(with_command(script)) == SECRET


def test_ACC_4_spaces_belong_to_the_password(credentials, with_command):
    assert credentials.secret(with_command("echo ' two words '")) == " two words "


def test_ACC_4_arguments_are_passed_without_a_shell(credentials, with_command):
    assert credentials.secret(with_command('printf "%s" "$1"', "$(id); `id` *")) == "$(id); `id` *"


def test_ACC_4_the_command_runs_once_until_it_is_forgotten(credentials, with_command, tmp_path):
    account = with_command(f"echo x >> {tmp_path}/calls; echo '{SECRET}'")
    assert credentials.secret(account) == credentials.secret(account) == SECRET
    assert (tmp_path / "calls").read_text() == "x\n"
    credentials.forget(account)
    assert credentials.secret(account) == SECRET
    assert (tmp_path / "calls").read_text() == "x\nx\n"


def test_ACC_4_threads_that_ask_at_once_run_the_command_once(credentials, with_command, tmp_path):
    account = with_command(f"echo x >> {tmp_path}/calls; sleep 0.2; echo '{SECRET}'")
    found = []
    threads = [threading.Thread(target=lambda: found.append(credentials.secret(account))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [SECRET] * 4
    assert (tmp_path / "calls").read_text() == "x\n"


def test_ACC_4_the_command_has_no_terminal_and_nothing_to_read(credentials, with_command, monkeypatch):
    monkeypatch.setenv("GPG_TTY", "/dev/pts/0")
    script = 'read line; [ -t 0 ] && echo terminal; (: </dev/tty) 2>/dev/null && echo tty; echo "none$GPG_TTY$line"'
    assert credentials.secret(with_command(script)) == "none"


def test_ACC_4_a_command_that_is_not_there(refusal, account):
    lost = replace(account, imap=replace(account.imap, password_command=("no-such-program", "argument")))
    assert refusal(lost) == (
        'The password_command of account "work" cannot be found: no-such-program. Install it, or write its full path.'
    )


def test_ACC_4_a_command_that_may_not_be_run(refusal, account, tmp_path):
    (tmp_path / "plain").write_text("x")
    (tmp_path / "plain").chmod(stat.S_IRUSR)
    plain = replace(account, imap=replace(account.imap, password_command=(str(tmp_path / "plain"),)))
    assert "cannot be run" in refusal(plain)


def test_ACC_4_a_command_that_fails_says_why_without_the_password(refusal, with_command):
    script = f"echo '{SECRET}'; echo 'gpg: no key for {SECRET}, password: swordfish' >&2; exit 2"
    sentence = refusal(with_command(script))
    assert "ended with 2 (gpg: no key for …" in sentence
    assert "swordfish" not in sentence


def test_ACC_4_what_a_command_complains_of_cannot_drive_the_terminal(refusal, with_command):
    sentence = refusal(with_command("printf '\\033[2J\\033]0;x\\007bad\\nsecond' >&2; exit 1"))
    assert "\x1b" not in sentence
    assert "\n" not in sentence
    assert len(sentence) < 500


def test_ACC_4_arguments_of_the_command_are_not_told(refusal, with_command):
    assert "private-path" not in refusal(with_command("exit 1", "private-path"))


@pytest.mark.parametrize("script", ["true", "echo", "printf '\\n%s' second"])
def test_ACC_4_a_command_that_prints_nothing(refusal, with_command, script):
    assert "printed nothing" in refusal(with_command(script))


def test_ACC_4_a_command_that_never_ends_is_stopped_with_its_children(refusal, with_command, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "COMMAND_SECONDS", 1.0)
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


def test_ACC_4_a_command_that_prints_without_end_is_stopped(refusal, with_command, monkeypatch):
    monkeypatch.setattr(command, "COMMAND_SECONDS", 1.0)
    assert "gave no answer" in refusal(with_command("exec yes"))


def test_ACC_4_an_agent_left_behind_does_not_hold_the_answer_up(credentials, with_command, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "COMMAND_SECONDS", 600.0)  # longer than a test may take
    account = with_command(f"sleep 300 & echo $! > {tmp_path}/agent; echo '{SECRET}'")
    try:
        assert credentials.secret(account) == SECRET
    finally:
        os.kill(int((tmp_path / "agent").read_text()), 9)


def test_ACC_4_a_failure_is_not_kept(refusal, credentials, with_command, tmp_path):
    account = with_command(f"[ -e {tmp_path}/unlocked ] && echo '{SECRET}'")
    refusal(account)
    (tmp_path / "unlocked").touch()
    assert credentials.secret(account) == SECRET


# --- clear text ------------------------------------------------------------------------------------------------


def test_ACC_4_a_password_in_clear_is_taken_and_never_shown(credentials, account, caplog):
    caplog.set_level(logging.DEBUG)
    insisted = replace(account, imap=replace(account.imap, password=SECRET))
    assert credentials.secret(insisted) == SECRET
    assert SECRET not in repr(insisted)
    assert SECRET not in caplog.text


def test_an_account_without_a_server_has_no_password(refusal, account):
    assert "has no server" in refusal(replace(account, imap=None))


def test_ACC_4_the_sending_server_takes_the_same_secret_unless_it_has_its_own(credentials, with_command):
    account = with_command('echo "for $1"', "reading")
    smtp = Smtp("smtp.zylker.example", 465, IMPLICIT, "rep")
    assert credentials.sending_secret(replace(account, smtp=smtp)) == "for reading"
    program = account.imap.password_command[0]
    own = replace(account, smtp=replace(smtp, password_command=(program, "sending")))
    assert credentials.sending_secret(own) == "for sending"
    assert credentials.secret(own) == "for reading"
    assert credentials.sending_secret(replace(account, smtp=replace(smtp, password="in clear"))) == "in clear"


def test_ACC_4_a_sending_secret_that_was_refused_is_asked_for_anew(credentials, with_command, tmp_path):
    asked = tmp_path / "asked"
    account = with_command(f'echo x >> "{asked}"; wc -l < "{asked}" | tr -d " "')
    account = replace(account, smtp=Smtp("x", 465, IMPLICIT, "rep", password_command=account.imap.password_command))
    assert credentials.sending_secret(account) == "1"
    credentials.forget(replace(account, imap=replace(account.imap, host="elsewhere")))
    assert credentials.sending_secret(account) == "1"
    credentials.forget_sending(account)
    assert credentials.sending_secret(account) == "2"
