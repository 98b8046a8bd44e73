"""Fewer bytes, the same picture: both streams are drawn by a terminal and compared cell by cell."""

import random

import pyte
import pytest
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from salesinbox.tui.output import shorter

COLUMNS, LINES = 40, 12


def cells(data):
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(screen).feed(data)
    return [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(LINES)]


def styles(chance):
    colors = [
        None,
        Color.parse("default"),
        Color.parse("red"),
        Color.parse("bright_blue"),
        Color.from_ansi(81),
        Color.from_rgb(1, 2, 3),
    ]
    return Style(
        color=chance.choice(colors), bgcolor=chance.choice(colors), bold=chance.random() < 0.3, underline=chance.random() < 0.2,
        reverse=chance.random() < 0.2, italic=chance.random() < 0.2, dim=chance.random() < 0.1,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_the_picture_is_the_same(seed):
    chance = random.Random(seed)
    console = Console(color_system="truecolor", force_terminal=True, legacy_windows=False)
    few = [styles(chance) for _ in range(4)]
    data = "\x1b[2J"
    for _update in range(6):
        for _line in range(chance.randint(1, 5)):
            segments = [
                Segment(chance.choice(["永田 達郎", "hello", " ", "     ", "▌", "a;b[1m"]), chance.choice(few))
                for _ in range(chance.randint(1, 3))
            ]
            data += f"\x1b[{chance.randint(1, LINES - 1)};{chance.randint(1, 8)}H" + Strip(segments).render(console)
            data += chance.choice(["\n", ""])
        data += "\x1b[1;1H"
    assert cells(shorter(data)) == cells(data)
    assert len(shorter(data)) <= len(data)


def test_what_is_no_style_passes_untouched():
    for data in ("", "plain", "\x1b]22;default\x07", "\x1b[?1049h\x1b[?25l", "\x1b[?2026h", "a\nb"):
        assert shorter(data) == data


def test_clearing_takes_the_style_asked_for():
    data = "\x1b[48;5;81m\x1b[2J\x1b[0m"
    assert shorter(data) == data


def test_a_cursors_move_is_halved():
    framework = "\x1b[3;19H\x1b[38;5;252;48;5;233m  \x1b[0m\n\x1b[4;19H\x1b[38;5;252;48;5;233m  \x1b[0m\n\x1b[6;19H\x1b[38;5;81;48;5;233m▌\x1b[0m"
    assert shorter(framework) == "\x1b[3;19H\x1b[38;5;252;48;5;233m  \x1b[4;19H  \x1b[6;19H\x1b[38;5;81m▌\x1b[0m"
