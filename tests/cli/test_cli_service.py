"""`salesinbox service` and `salesinbox log`: a unit that is written, checked, and never taken from the rep's hands."""

import os
import shlex
import stat
from pathlib import Path

import pytest

from salesinbox.model.events import Connection
from salesinbox.services import unit
from salesinbox.services.logbook import Logbook
from salesinbox.services.unit import UnitService
from tests.cli.conftest import Cli, write_config

ACCOUNT = (
    '[[account]]\nname = "work"\naddress = "rep@zylker.example"\n[account.imap]\nhost = "localhost"\n'
    'password = "geheim-im-klartext"\npassword_in_clear = true\n'
)


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the unit goes, on a machine that runs by systemd."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (home / "booted").mkdir()
    (home / "linger").mkdir()
    monkeypatch.setattr(unit, "BOOTED", home / "booted")
    monkeypatch.setattr(unit, "LINGERING", home / "linger")
    write_config(home, ACCOUNT)
    return home / ".config" / "systemd" / "user" / "salesinbox.service"


@pytest.fixture
def systemctl(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemctl that notes what it is told; it fails where a file "refused" lies beside it."""
    folder = home / "bin"
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(
        f'#!/bin/sh\nif [ -e "{folder}/refused" ]; then echo "Failed to connect to bus" >&2; exit 1; fi\n'
        f'echo "$@" >> "{folder}/told"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_SAFE_2_the_unit_is_written_for_this_configuration_and_systemd_finds_no_fault_in_it(place, cli, home):
    done = cli("service", "install", "--json")
    assert done.code == 0, done
    assert done.json == {
        "path": str(place),
        "state": "current",
        "systemd": True,
        "lingers": False,
        "problems": [],
        "commands": [
            "systemctl --user daemon-reload",
            "systemctl --user enable --now salesinbox.service",
            "loginctl enable-linger",
        ],
    }
    text = place.read_text()
    command = next(line for line in text.splitlines() if line.startswith("ExecStart=")).removeprefix("ExecStart=")
    words = shlex.split(command)
    assert words[0].startswith("/")
    assert words[-6:] == ["--config", str(home / "config.toml"), "--data", str(home / "data"), "sync", "--watch"]
    assert "geheim" not in text
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700


def test_UI_7_the_commands_are_printed_and_none_is_run(place, systemctl, cli):
    done = cli("service", "install")
    assert done.code == 0
    assert "systemctl --user enable --now salesinbox.service" in done.out
    assert "loginctl enable-linger" in done.out
    assert not (systemctl / "told").exists()


def test_UI_7_systemctl_is_called_where_the_rep_says_so(place, systemctl, cli):
    assert cli("service", "install", "--enable").code == 0
    assert (systemctl / "told").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now salesinbox.service",
    ]
    (systemctl / "told").unlink()
    assert cli("service", "remove", "--disable").code == 0
    assert (systemctl / "told").read_text().splitlines() == [
        "--user disable --now salesinbox.service",
        "--user daemon-reload",
    ]
    assert not place.exists()


def test_UI_7_what_systemctl_refuses_is_told_in_a_sentence(place, systemctl, cli):
    (systemctl / "refused").touch()
    done = cli("service", "install", "--enable")
    assert (done.code, place.exists()) == (1, True)
    assert "“systemctl --user daemon-reload” failed: Failed to connect to bus." in done.err


def test_SAFE_1_a_unit_that_was_changed_by_hand_stays(place, cli):
    cli("service", "install")
    changed = place.read_text().replace("RestartSec=10", "RestartSec=99")
    place.write_text(changed)
    assert cli("service", "status", "--json").json["state"] == "changed"
    for command in ("install", "remove"):
        done = cli("service", command)
        assert (done.code, place.read_text()) == (3, changed)
        assert "changed by hand" in done.err
        assert "--force" in done.err
    assert cli("service", "install", "--force").code == 0
    assert "RestartSec=10" in place.read_text()
    assert cli("service", "remove").code == 0
    assert cli("service", "status", "--json").json["state"] == "missing"


@pytest.mark.parametrize("masked", [True, False])
def test_SAFE_1_a_link_in_its_place_is_the_reps_own(place, cli, home, masked):
    place.parent.mkdir(parents=True)
    target = Path(os.devnull) if masked else home / "kept-elsewhere"
    if not masked:
        target.write_text("[Service]\n")
    place.symlink_to(target)
    assert cli("service", "install").code == 3
    assert place.is_symlink()
    assert cli("service", "install", "--force").code == 0
    assert not place.is_symlink()
    assert masked or target.read_text() == "[Service]\n"


def test_SAFE_1_a_unit_of_an_earlier_version_is_brought_up_to_date_and_one_for_other_folders_is_not(place, cli, home):
    cli("service", "install")
    head, body = place.read_text().split("\n", 1)
    older = body.replace("RestartSec=10", "RestartSec=7")
    place.write_text(f"{head[:7]}{unit._sum(older)}\n{older}")
    assert cli("service", "status", "--json").json["state"] == "outdated"
    assert cli("service", "install").code == 0
    assert cli("service", "status", "--json").json["state"] == "current"
    text = place.read_text()
    done = cli("--data", str(home / "other"), "service", "install")
    assert (done.code, place.read_text()) == (3, text)
    assert "another configuration or data folder" in done.err
    assert cli("--data", str(home / "other"), "service", "install", "--force").code == 0
    assert str(home / "other") in place.read_text()


def test_UI_7_systemds_own_check_finds_what_is_wrong(place, cli):
    cli("service", "install")
    place.write_text(place.read_text().replace("Type=exec", "Type=nonsense\nExecStart=relative/path"))
    done = cli("service", "check", "--json")
    assert done.code == 1
    assert any("salesinbox.service" in problem for problem in done.json["problems"])
    assert cli("service", "remove", "--force").code == 0
    missing = cli("service", "check")
    assert (missing.code, "salesinbox service install" in missing.err) == (1, True)


@pytest.mark.parametrize("name", ["with space", "per%cent", "do$llar", 'quo"te', "back\\slash", "日本語", "semi;colon"])
def test_SAFE_1_any_path_is_quoted_as_systemd_reads_it(place, cli, home, name):
    data = home / name
    done = cli("--data", str(data), "service", "install", "--json")
    assert (done.code, done.json["problems"]) == (0, [])
    command = next(line for line in place.read_text().splitlines() if line.startswith("ExecStart="))
    word = command.split(" --data ")[1].removesuffix(" sync --watch")
    assert shlex.split(word.replace("$$", "$").replace("%%", "%")) == [str(data)]


def test_ACC_1_a_machine_without_systemd_is_told_what_to_do_instead(place, cli, home, monkeypatch):
    monkeypatch.setattr(unit, "BOOTED", home / "nothing")
    done = cli("--data", str(home / "per%cent"), "service", "install")
    assert (done.code, place.exists()) == (3, False)
    assert "crontab -e" in done.err
    line = UnitService(home / "config.toml", home / "per%cent").cron
    assert line in done.err
    assert shlex.split(line.removeprefix("@reboot ").replace("\\%", "%"))[-6:] == [
        "--config", str(home / "config.toml"), "--data", str(home / "per%cent"), "sync", "--watch",
    ]  # fmt: skip
    shown = cli("--data", str(home / "per%cent"), "service", "status")
    assert (shown.code, line in shown.out) == (0, True)


def test_ACC_1_who_lingers_need_not_be_told(place, cli, home):
    import getpass

    (home / "linger" / getpass.getuser()).touch()
    assert "loginctl enable-linger" not in cli("service", "install").out


def test_ACC_1_the_unit_goes_where_the_configuration_of_systemd_lies(place, cli, home, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    assert cli("service", "install").code == 0
    assert (home / "xdg" / "systemd" / "user" / "salesinbox.service").is_file()
    assert not place.exists()


# --- log ---


@pytest.fixture
def logged(home: Path) -> None:
    book = Logbook(home / "data", lambda: 1_795_546_561.0)
    for number in range(5):
        book.note(Connection(f"account {number}", "connecting"))
    book.close()


def test_UI_7_the_end_of_the_log_is_printed(cli: Cli, logged: None):
    done = cli("log", "--lines", "2")
    assert (done.code, done.out.splitlines()) == (
        0,
        ["2026-11-24T18:56:01Z  account 3  -  connecting", "2026-11-24T18:56:01Z  account 4  -  connecting"],
    )
    assert cli("log", "--json", "--lines", "1").json == [
        {"time": "2026-11-24T18:56:01Z", "account": "account 4", "folder": "", "event": "connecting", "detail": ""}
    ]


def test_UI_7_where_nothing_was_logged_nothing_is_printed(cli: Cli):
    assert (cli("log").code, cli("log").out, cli("log", "--json").json) == (0, "", [])
