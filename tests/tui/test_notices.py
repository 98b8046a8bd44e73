"""A customer waits: the footer says so, and the terminal rings; no mail can write to the terminal (MAG-5)."""

import re
from dataclasses import replace

import pytest

from salesinbox.model.events import Noticed
from salesinbox.model.settings import Magnet
from salesinbox.tui.notices import Notices, sequences

from .desk import Desk
from .stage import MIDDLE, board, play

NOTICE = Noticed("work", "t1", "永田 達郎", "資料の件")
BELL = "\a"


def osc(number, text):
    return f"\x1b]{number};{text}\x1b\\"


NINE, SEVEN = osc(9, "Mail: a – b"), osc(777, "notify;a;b")
TERMINALS = [
    ({"TERM": "xterm-256color"}, NINE + SEVEN),
    ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, NINE),
    ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, NINE),
    ({"TERM": "xterm-kitty"}, NINE),
    ({"TERM": "foot"}, SEVEN),
    ({"TERM": "rxvt-unicode-256color"}, SEVEN),
    ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, SEVEN),
    ({"TERM": "linux"}, ""),
    ({"TERM": "dumb"}, ""),
    ({}, ""),
    ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, ""),
    ({"TERM": "xterm-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, ""),
    ({"TERM": "screen", "STY": "1.pts"}, ""),
    ({"TERM": "linux", "SALESINBOX_OSC": "9"}, NINE),
    ({"TERM": "xterm-kitty", "SALESINBOX_OSC": "none"}, ""),
    ({"TERM": "xterm", "SALESINBOX_OSC": "9, 777"}, NINE + SEVEN),
    (
        {"TERM": "tmux-256color", "TMUX": "x", "SALESINBOX_OSC": "777"},
        "\x1bPtmux;" + SEVEN.replace("\x1b", "\x1b\x1b") + "\x1b\\",
    ),
]


@pytest.mark.parametrize(("environ", "expected"), TERMINALS, ids=[str(case[0]) for case in TERMINALS])
def test_MAG_5_what_each_terminal_gets(environ, expected):
    assert sequences("a", "b", Magnet(), environ) == expected + BELL
    assert sequences("a", "b", Magnet(bell=False), environ) == expected
    assert sequences("a", "b", Magnet(terminal=False), environ) == BELL
    assert sequences("a", "b", Magnet(terminal=False, bell=False), environ) == ""


HOSTILE = [
    "x\x07\x1b]0;owned\x07",
    "x\x1b\\\x1b[2J",
    "x\x9cy\x9d52;c;aGk=\x9c",
    "a;b;c",
    "4;1;50",
    "line\nline\r\u2028line",
    "\u202egnp.exe",
    "\x90tmux;\x1b\x1b]0;x\x07\x1b\\",
    "\ud800",
    "長" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("environ", [{"TERM": "xterm"}, {"TERM": "tmux", "TMUX": "x", "SALESINBOX_OSC": "9,777"}])
def test_READ_3_no_mail_ends_a_sequence_or_begins_another_field(text, environ):
    sent = sequences(text, text, Magnet(), environ)
    inner = sent
    if "TMUX" in environ:
        assert sent.startswith("\x1bPtmux;")
        inner = sent.removeprefix("\x1bPtmux;").removesuffix("\x1b\\" + BELL).replace("\x1b\x1b", "\x1b") + BELL
    found = re.fullmatch(r"\x1b\]9;Mail: ([^\x1b]*)\x1b\\\x1b\]777;notify;([^;\x1b]*);([^;\x1b]*)\x1b\\\x07", inner)
    assert found is not None
    for part in found.groups():
        assert part.isprintable()
        assert len(part) < 500
    inner.encode()


class Terminal:
    """Takes note of what is written to it."""

    def __init__(self, driver):
        self.driver = driver
        self.sent = []

    def write(self, data):
        self.sent.append(data)
        self.driver.write(data)

    def __getattr__(self, name):
        return getattr(self.driver, name)

    def bells(self):
        return sum(data.count(BELL) for data in self.sent)


def shown(scene, **magnet):
    app = board(Desk.filled(30))
    app.settings = replace(app.settings, magnet=Magnet(**magnet))

    async def run(stage):
        terminal = Terminal(stage.app._driver)
        stage.app._driver = terminal
        stage.app.bridge._notices = Notices(stage.app, {"TERM": "xterm-kitty"})
        try:
            await scene(stage, terminal)
        finally:
            stage.app._driver = terminal.driver

    play(app, MIDDLE, run)


def test_MAG_5_the_footer_says_who_waits_and_the_terminal_rings():
    async def scene(stage, terminal):
        stage.app.bridge.take(NOTICE)
        await stage.until(lambda: "永田 達郎 waits for an answer: 資料の件" in stage.lines()[-1])
        assert "(W: the magnet)" in stage.lines()[-1]
        assert terminal.sent.count(osc(9, "Mail: 永田 達郎 – 資料の件") + BELL) == 1

    shown(scene)


def test_MAG_5_several_at_once_are_one_notice_and_none_is_lost():
    async def scene(stage, terminal):
        stage.app.bridge.take(NOTICE)
        stage.app.bridge.take(replace(NOTICE, name="Bob Stone"))
        stage.app.bridge.take(replace(NOTICE, name="Maria", number=2))
        await stage.until(lambda: "Maria and 3 others wait for an answer." in stage.lines()[-1])
        assert terminal.bells() == 1
        stage.app.bridge.take(NOTICE)
        await stage.until(lambda: "永田 達郎 waits for an answer" in stage.lines()[-1])
        assert terminal.bells() == 2

    shown(scene)


def test_MAG_5_in_quiet_hours_the_footer_speaks_alone():
    async def scene(stage, terminal):
        stage.app.bridge.take(NOTICE)
        await stage.until(lambda: "永田 達郎" in stage.lines()[-1])
        assert terminal.bells() == 0
        assert not any("\x1b]" in data for data in terminal.sent)

    shown(scene, quiet_days=tuple(range(7)))


def test_MAG_5_what_the_terminal_shows_can_be_limited_to_the_name():
    async def scene(stage, terminal):
        stage.app.bridge.take(NOTICE)
        await stage.until(lambda: "資料の件" in stage.lines()[-1])
        assert osc(9, "Mail: 永田 達郎 – Waits for an answer.") + BELL in terminal.sent

    shown(scene, show="name")
