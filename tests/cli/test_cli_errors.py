"""What a rep sees when something is wrong: one sentence, and the right exit code (UI-7)."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from salesinbox import config, wiring
from tests.cli.conftest import account, write_config
from tests.servers import Mailbox, free_port


def program(*arguments: str, home: Path, **options) -> "subprocess.CompletedProcess[str]":
    """The command as a shell starts it."""
    environment = {
        **os.environ,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "SALESINBOX_CONFIG": str(home / "config.toml"),
        "SALESINBOX_DATA": str(home / "data"),
        **options.pop("env", {}),
    }
    return subprocess.run(
        [sys.executable, "-m", "salesinbox", *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL, **options,
    )  # fmt: skip


def test_UI_7_an_unknown_key_names_the_nearest(home):
    (home / "config.toml").write_text('[me]\nzome = "Asia/Tokyo"\n')
    done = program("list", "--json", home=home)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f'salesinbox: {home}/config.toml, line 2: there is no key "zome" in [me]; did you mean "zone"?\n'
    )


@pytest.mark.parametrize("command", [["list"], ["sync"], ["status"], ["doctor"], ["account", "list"], ["show", "t1"]])
def test_UI_7_without_a_configuration_a_command_says_so(cli, command):
    done = cli(*command)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("salesinbox: There is no configuration at ")


def test_UI_7_bad_toml_is_told_with_its_line(cli, home):
    (home / "config.toml").write_text("[me\n")
    done = cli("list")
    assert done.code == 3
    assert "is not valid TOML" in done.err
    assert "line 1" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], "invalid choice: 'lst'"),
        (["show"], "the following arguments are required: ID"),
        (["list", "--limit", "0"], '"0" is not a whole number above 0'),
        (["list", "--limit", "-1"], '"-1" is not a whole number above 0'),
        (["list", "--limit"], "expected one argument"),
        (["list", "--limt", "3"], "unrecognized arguments: --limt 3"),
        (["records", "export"], "--kind"),
        (["records", "import", "x.csv", "--kind", "boats"], "invalid choice: 'boats'"),
        (["records"], "the following arguments are required"),
        (["sync", "--watch", "--json"], "--watch goes on"),
        (["--json"], "--json needs a command"),
        ([], "The board needs a terminal"),
        (["demo"], "The board needs a terminal"),
    ],
)
def test_UI_7_usage_errors_end_with_2(cli, arguments, words):
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_UI_7_options_are_taken_before_and_after_the_command(cli, home):
    write_config(home)
    (home / "config.toml").rename(home / "other.toml")
    config = ("--config", str(home / "other.toml"))
    data = ("--data", str(home / "elsewhere"))
    for arguments in (
        ("--json", *config, *data, "account", "list"),
        ("account", "list", "--json", *config, *data),
        ("account", "--json", *config, "list", *data),
        (*config, *data, "account", "list", "--json"),
    ):
        done = cli(*arguments)
        assert (done.code, done.json) == (0, [])


@pytest.mark.parametrize("command", [["show", "t99"], ["show", "x"], ["why", "t99"], ["why", "m1"], ["records", "show", "p99"],
                                     ["records", "show", "t'; --"], ["show", "t" + "9" * 50], ["show", ""]])  # fmt: skip
@pytest.mark.parametrize("json", [[], ["--json"]])
def test_UI_7_a_wrong_id_is_a_sentence(cli, home, command, json):
    write_config(home)
    done = cli(*command, *json)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("salesinbox: ")
    assert done.err.count("\n") == 1


def test_UI_7_names_that_do_not_exist_are_told_with_those_that_do(cli, home):
    write_config(home)
    done = cli("list", "--view", "unred")
    assert (done.code, "unread" in done.err) == (2, True)
    done = cli("list", "--column", "deal")
    assert (done.code, "deals" in done.err) == (2, True)
    done = cli("list", "--folder", "Nowhere")
    assert (done.code, "There is no folder Nowhere" in done.err) == (1, True)


def test_UI_7_sync_without_accounts_says_what_to_add(cli, home):
    write_config(home)
    done = cli("sync")
    assert done.code == 2
    assert "Add an [[account]] to" in done.err


def test_UI_7_an_unknown_account_is_named(cli, home, dovecot):
    write_config(home, account(dovecot))
    for command in (["sync", "--account", "wrok"], ["account", "test", "wrok"]):
        done = cli(*command)
        assert done.code == 1
        assert "There is no account wrok. Accounts here: work." in done.err


def test_UI_7_a_server_that_cannot_be_reached_ends_with_5(cli, home):
    gone = Mailbox(server=type("Gone", (), {"host": "127.0.0.1", "port": free_port()})(), user="rep")
    write_config(home, account(gone))
    done = cli("sync")
    assert done.code == 5
    assert "refuses connections" in done.err
    assert "work: not synced" in done.out
    assert cli("account", "test").code == 5
    report = cli("sync", "--json").json["accounts"][0]
    assert report["folders"] == []
    assert "refuses connections" in report["error"]


def test_UI_7_a_refused_login_ends_with_4_and_never_tells_the_password(cli, home, dovecot):
    write_config(home, account(dovecot, password_command='["echo", "hunter2"]'))
    done = cli("sync", "--json")
    assert done.code == 4
    assert "hunter2" not in done.out + done.err
    done = cli("account", "test", "--json")
    assert (done.code, done.json[0]["ok"]) == (4, False)
    assert "hunter2" not in done.out + done.err


def test_UI_7_a_password_command_that_fails_ends_with_4(cli, home, dovecot):
    write_config(home, account(dovecot, password_command='["no-such-program"]'))
    done = cli("sync")
    assert done.code == 4
    assert "no-such-program. Install it, or write its full path." in done.err


def test_UI_7_one_account_of_two_makes_6(cli, home, dovecot):
    bad = account(dovecot, "bad", password_command='["no-such-program"]')
    write_config(home, account(dovecot), bad)
    done = cli("sync", "--json")
    assert done.code == 6
    assert [report["name"] for report in done.json["accounts"]] == ["work", "bad"]
    assert cli("account", "test").code == 6
    assert cli("sync", "--account", "work").code == 0


def test_ACC_4_a_password_that_others_can_read_is_warned_of(cli, home, dovecot):
    path = write_config(
        home, account(dovecot, password='"secret"\npassword_in_clear = true').replace("password_command", "#")
    )
    path.chmod(0o644)
    done = cli("account", "list")
    assert "can be read by others" in done.err
    assert "secret" not in done.out + done.err


def test_UI_7_a_fault_of_the_program_is_a_sentence_and_a_private_log(cli, home, monkeypatch):
    write_config(home)

    def broken(*_arguments: object) -> None:
        raise RuntimeError("a fault\x1b[2J")

    monkeypatch.setattr(wiring, "application", broken)
    done = cli("list")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    log = home / "data" / "log" / "errors.log"
    reference = re.search(r"under ([0-9a-f]{6});", done.err)[1]
    assert f"[{reference}]" in log.read_text()
    assert "RuntimeError" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o777 == 0o700


def test_UI_7_a_fault_is_a_sentence_also_where_no_log_can_be_kept(cli, home, monkeypatch):
    write_config(home)
    (home / "data").write_text("not a folder")
    monkeypatch.setattr(wiring, "application", lambda *_arguments: 1 / 0)
    done = cli("list")
    assert done.code == 1
    assert done.err == (
        "salesinbox: Something went wrong that should not have (ZeroDivisionError). Nothing was lost; try again.\n"
    )


@pytest.mark.parametrize("command", [["account", "test"], ["sync"]])
def test_UI_7_an_interrupt_ends_quietly_with_130(home, command):
    """Ctrl-C while the server lets one wait."""
    silent = free_port()
    (home / "config.toml").write_text(
        '[[account]]\nname = "work"\naddress = "a@b.example"\n[account.imap]\nhost = "127.0.0.1"\n'
        f'port = {silent}\ntls = "none"\npassword_command = ["echo", "secret"]\n'
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", silent))
        listening.listen()
        running = subprocess.Popen(
            [sys.executable, "-m", "salesinbox", "--data", str(home / "data"), *command],
            env={**os.environ, "SALESINBOX_CONFIG": str(home / "config.toml"), "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # Whoever runs the tests in the background has it ignored, and so would the child.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread runs here
        )  # fmt: skip
        listening.settimeout(30)
        line, _address = listening.accept()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
        line.close()
    assert (running.returncode, out, err) == (130, "", "")


def test_UI_7_a_reader_that_leaves_is_no_error(home):
    write_config(home)
    shell = f"{sys.executable} -m salesinbox --help | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout in ("0\n", "141\n")


def test_UI_7_help_and_version_end_with_0(cli):
    done = cli("--help")
    assert done.code == 0
    for command in ("demo", "account", "sync", "list", "show", "search", "why", "records", "status", "doctor"):
        assert command in done.out
    version = cli("--version")
    assert version.code == 0
    assert version.out.startswith("salesinbox ")


@pytest.mark.parametrize(
    "command",
    [["account", "list"], ["account", "test"], ["sync"], ["list"], ["show"], ["search"], ["why"], ["records", "import"],
     ["records", "export"], ["records", "list"], ["records", "show"], ["status"], ["doctor"], ["demo"]],
)  # fmt: skip
@pytest.mark.parametrize("language", ["C.UTF-8", "ja_JP.UTF-8"])
def test_UI_4_every_command_has_help_in_the_reps_language(cli, monkeypatch, command, language):
    monkeypatch.setenv("LC_ALL", language)
    from salesinbox.locale import texts

    texts.use("")
    done = cli(*command, "--help")
    assert done.code == 0
    japanese = "スクリプト用に" in done.out
    assert japanese == (language != "C.UTF-8")
    assert ("usage: " in done.out) == (language == "C.UTF-8")


def test_UI_4_errors_come_in_japanese_where_the_locale_is(home):
    (home / "config.toml").write_text("[mee]\n")
    done = program("list", home=home, env={"LC_ALL": "ja_JP.UTF-8", "PYTHONUTF8": "1"})
    assert done.returncode == 3
    assert "「mee」という項目はありません。「me」ではありませんか?" in done.stderr


def test_UI_7_a_locale_that_cannot_show_a_letter_is_no_error(home):
    (home / "config.toml").write_text(
        '[[account]]\nname = "営業"\naddress = "a@b.example"\n[account.imap]\nhost = "h"\n'
    )
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = program("account", "list", home=home, env=plain)
    assert done.returncode == 0
    assert "a@b.example" in done.stdout
    done = program("account", "list", "--json", home=home, env=plain)
    assert "営業" in done.stdout


def test_the_welcome_opens_only_where_there_is_no_configuration(home, monkeypatch):
    """The board needs a terminal; which screen opens is decided before one is drawn."""
    from salesinbox.cli import main as door

    opened = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr(wiring, "run_welcome", lambda path, _data: opened.append(("welcome", path)) or 0)
    monkeypatch.setattr(wiring, "run_board", lambda settings, data: opened.append(("board", data)) or 0)
    monkeypatch.setattr(wiring, "run_demo", lambda: opened.append(("demo", None)) or 0)
    assert door.main([]) == 0
    (home / "config.toml").write_text(config.EXAMPLE)
    assert door.main([]) == 0
    assert door.main(["demo"]) == 0
    (home / "config.toml").write_text("[me]\nzome = 1\n")
    assert door.main([]) == 3
    assert door.main(["--config", str(home / "none.toml")]) == 3
    assert opened == [("welcome", home / "config.toml"), ("board", home / "data"), ("demo", None)]
