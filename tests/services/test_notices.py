"""What leaves the program when a customer waits: to whom, with which words, and never as anything but text (MAG-5)."""

import os
import stat
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.events import Noticed
from salesinbox.model.settings import Magnet
from salesinbox.services import notice_words, notices
from salesinbox.services.notices import Notices
from tests.servers import until

TOKYO = ZoneInfo("Asia/Tokyo")
NOON = 1_795_489_200  # 2026-11-24 12:00 in Tokyo
NOTICE = Noticed("work", "t5", "永田 達郎", "資料の件", "Web刷新")
WRITE = (
    "import json, os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(json.dumps("
    "[sys.argv[2:], {k: v for k, v in os.environ.items() if k.startswith('SALESINBOX_')}]))"
)


def commanded(folder: Path, notice: Noticed, **settings: object) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment that the rep's command gets."""
    import json

    out = folder / "out.json"
    magnet = Magnet(desktop=False, command=(sys.executable, "-c", WRITE, str(out), "a b"), **settings)  # type: ignore[arg-type]
    (told,) = Notices(magnet, TOKYO, lambda: NOON).deliver(notice)
    assert (told.way, told.ok, told.detail) == ("command", True, "")
    argv, environ = json.loads(out.read_text())
    return argv, environ


def test_the_command_has_the_facts_in_its_environment(tmp_path: Path) -> None:
    argv, environ = commanded(tmp_path, NOTICE)
    assert argv == ["a b"]
    assert environ == {
        "SALESINBOX_NAME": "永田 達郎",
        "SALESINBOX_SUBJECT": "資料の件",
        "SALESINBOX_DEAL": "Web刷新",
        "SALESINBOX_THREAD": "t5",
        "SALESINBOX_ACCOUNT": "work",
        "SALESINBOX_NUMBER": "1",
    }


@pytest.mark.parametrize(("show", "name"), [("name", "永田 達郎"), ("nothing", "")])
def test_what_is_shown_outside_can_be_limited(tmp_path: Path, show: str, name: str) -> None:
    _argv, environ = commanded(tmp_path, NOTICE, show=show)
    assert (environ["SALESINBOX_NAME"], environ["SALESINBOX_SUBJECT"], environ["SALESINBOX_DEAL"]) == (name, "", "")


HOSTILE = "--help\0\x1b]9;x\x07\n$(id)`id`;\u202e<b>&\ud800" + "長" * 5000


def test_hostile_mail_reaches_a_command_as_text(tmp_path: Path) -> None:
    argv, environ = commanded(tmp_path, Noticed("work", "t5", HOSTILE, HOSTILE, HOSTILE))
    assert argv == ["a b"]
    for name in ("SALESINBOX_NAME", "SALESINBOX_SUBJECT", "SALESINBOX_DEAL"):
        assert environ[name].isprintable()
        assert len(environ[name]) <= 500


def desktop(folder: Path) -> tuple[dict[str, str], Path]:
    """An environment with a desktop whose notify-send writes its arguments down, each on a line of its own."""
    program, out = folder / "bin" / "notify-send", folder / "shown.txt"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {out}.new\nmv {out}.new {out}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}", "DISPLAY": ":0"}, out


def test_the_desktop_gets_text_and_no_options_and_no_markup(tmp_path: Path) -> None:
    environ, out = desktop(tmp_path)
    (told,) = Notices(Magnet(), TOKYO, lambda: NOON, environ).deliver(
        Noticed("work", "t5", "--icon=/etc/passwd", '<a href="x">見積</a> & more')
    )
    assert told.ok, told.detail
    *_options, mark, title, text = out.read_text().splitlines()
    assert (mark, title) == ("--", "--icon=/etc/passwd")
    assert text == "&lt;a href=&quot;x&quot;&gt;見積&lt;/a&gt; &amp; more"


@pytest.mark.parametrize("environ", [{}, {"PATH": "/nonexistent", "DISPLAY": ":0"}])
def test_where_there_is_no_desktop_nothing_is_tried(environ: dict[str, str]) -> None:
    assert Notices(Magnet(), TOKYO, lambda: NOON, {"PATH": os.environ["PATH"], **environ}).deliver(NOTICE) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/nonexistent/program",), "/nonexistent/program cannot be run: No such file or directory."),
        (("sh", "-c", "exit 3"), "sh ended with 3."),
        (("sh", "-c", "sleep 100 & sleep 100"), "did not end"),
    ],
)
def test_what_goes_wrong_is_said(command: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_SECONDS", 0.2)
    (told,) = Notices(Magnet(desktop=False, command=command), TOKYO, lambda: NOON).deliver(NOTICE)
    assert not told.ok
    assert words in told.detail


def test_MAG_5_quiet_hours_silence_command_and_desktop(tmp_path: Path) -> None:
    environ, out = desktop(tmp_path)
    magnet = Magnet(quiet=((11 * 60, 13 * 60),))
    for now in (NOON, NOON + 7200):
        telling = Notices(magnet, TOKYO, lambda now=now: now, environ)  # type: ignore[misc]
        telling.tell(NOTICE)
        if now == NOON:
            assert not telling._waiting
            assert not telling._running
            assert not out.exists()
    until(out.exists, "the notice after the quiet hours")
    telling.close()


def test_of_a_flood_every_one_is_told_and_few_at_a_time(tmp_path: Path) -> None:
    log = tmp_path / "log"
    magnet = Magnet(desktop=False, command=("sh", "-c", 'echo "$SALESINBOX_SUBJECT" >> "$0"', str(log)))
    telling = Notices(magnet, TOKYO, lambda: NOON)
    for number in range(30):
        telling.tell(Noticed("work", "t5", "N", f"s{number}"))
        assert len(telling._running) <= 4
    until(lambda: log.exists() and len(log.read_text().splitlines()) == 30, "all of them")
    assert sorted(log.read_text().split()) == sorted(f"s{number}" for number in range(30))
    telling.close()


@pytest.mark.parametrize(
    ("notice", "show", "expected"),
    [
        (NOTICE, "subject", ("永田 達郎", "資料の件  · Web刷新")),
        (NOTICE, "name", ("永田 達郎", "Waits for an answer.")),
        (NOTICE, "nothing", ("SalesInbox", "1 customer's mail waits for an answer.")),
        (Noticed("work", "t5", "N", "s", "", 3), "subject", ("SalesInbox", "N and 2 others wait for an answer.")),
        (Noticed("work", "t5", "N", "s", "", 2), "name", ("SalesInbox", "N and 1 other wait for an answer.")),
        (Noticed("work", "t5", "N", "s", "", 3), "nothing", ("SalesInbox", "3 customers' mails wait for an answer.")),
        (Noticed("work", "t5", "", ""), "subject", ("(no name)", "(no subject)")),
    ],
)
def test_MAG_5_words_for_outside(notice: Noticed, show: str, expected: tuple[str, str]) -> None:
    assert notice_words.outside(notice, show) == expected
