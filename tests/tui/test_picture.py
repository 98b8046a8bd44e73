"""The terminal shows what the board means to show, whatever was left out of what is sent."""

import asyncio
import random

import pyte
import pytest
from rich.console import Console
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.drivers.headless_driver import HeadlessDriver
from textual.geometry import Region
from textual.strip import Strip

from salesinbox.tui import lines
from salesinbox.tui.picture import Picture

from .desk import Desk
from .stage import MIDDLE, NARROW, WIDE, board

KEYS = (
    "j", "k", "l", "h", "x", "G", "g", "space", "v", "p", "enter", "q", "J", "s", "escape", "m", "escape", "slash", "escape",
    "question_mark", "escape", "ctrl+p", "escape", "D", "n", "w", "escape", "S", "escape", "A", "T", "j", "escape",
)  # fmt: skip


class Terminal:
    """What a terminal makes of the bytes that are sent."""

    def __init__(self, size) -> None:
        self.screen = pyte.Screen(*size)
        self.stream = pyte.Stream(self.screen)
        self.sent = 0

    def write(self, data: str) -> None:
        self.stream.feed(data)
        self.sent += len(data.encode())

    def rows(self) -> list[str]:
        # A wide character takes two cells, the second one empty.
        rows = range(self.screen.lines)
        return ["".join(self.screen.buffer[y][x].data for x in range(self.screen.columns)) for y in rows]


def _on_a_terminal(app, terminal, scene) -> None:
    """Run the board as if it had a terminal: nothing of it is left out, as it is without one."""

    class Driver(HeadlessDriver):
        is_headless = False

        def write(self, data: str) -> None:
            terminal.write(data)

        def flush(self) -> None:
            """Everything has been written."""

    async def run() -> None:
        app.driver_class = Driver
        async with app.run_test(size=(terminal.screen.columns, terminal.screen.lines), headless=False) as pilot:
            await pilot.pause()
            await scene(pilot)

    asyncio.run(run())


@pytest.mark.parametrize(("size", "seed"), [(WIDE, 1), (MIDDLE, 2), (NARROW, 3)])
def test_UI_3_after_any_keys_the_terminal_shows_the_whole_picture(size, seed):
    desk = Desk.filled(40)
    app, terminal, chance = board(desk), Terminal(size), random.Random(seed)

    async def scene(pilot):
        for number in range(50):
            key = chance.choice(KEYS)
            await pilot.press(key)
            if number % 17 == 0:
                desk.arrive(chance.choice(list(app.columns)), unread=True)
            await pilot.pause()
            wanted = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
            assert terminal.rows() == wanted, (number, key)

    _on_a_terminal(app, terminal, scene)


def test_a_list_over_the_board_costs_what_it_covers():
    app, terminal = board(Desk.filled(40)), Terminal(WIDE)

    async def scene(pilot):
        costs = []
        for key in ("S", "escape"):
            before = terminal.sent
            await pilot.press(key)
            await pilot.pause()
            costs.append(terminal.sent - before)
        assert all(0 < cost < 5000 for cost in costs), costs

    _on_a_terminal(app, terminal, scene)


def test_after_something_else_wrote_on_the_terminal_a_key_draws_it_anew():
    app, terminal = board(Desk.filled(40)), Terminal(MIDDLE)

    async def scene(pilot):
        before = terminal.rows()
        terminal.stream.feed("\x1b[5;1Hwall: the machine goes down at noon\r\n")
        assert terminal.rows() != before
        await pilot.press("ctrl+l")
        await pilot.pause()
        assert terminal.rows() == before

    _on_a_terminal(app, terminal, scene)


@pytest.mark.parametrize("seed", range(40))
def test_UI_3_rows_of_any_texts_are_told_apart(seed):
    """Whole pictures in any order, with wide characters, combining marks and emoji: the same as sending all of each."""
    chance = random.Random(seed)
    console = Console(color_system="256", force_terminal=True, legacy_windows=False)
    looks = [Style.parse(text) for text in ("white", "bold white", "red on blue", "white on color(235)")]
    some, all_of_it, picture = Terminal((30, 4)), Terminal((30, 4)), Picture()
    for _time in range(8):
        rows = [[_row(chance, looks)] for _y in range(4)]
        whole = LayoutUpdate(rows, Region(0, 0, 30, 4))
        all_of_it.write(whole.render_segments(console))
        some.write(picture.follow(LayoutUpdate(rows, Region(0, 0, 30, 4))).render_segments(console))
        assert some.screen.buffer == all_of_it.screen.buffer


def _row(chance, looks) -> Strip:
    parts = [
        (chance.choice(["永田", "達郎 ", "ab", "a", " ", "e\u0301", "か\u3099", "│", "x" * 9]), chance.choice(looks))
        for _n in range(chance.randint(1, 6))
    ]
    return lines.strip(parts, 30, looks[0])
