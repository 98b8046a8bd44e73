"""The board on the stand-in services, keys pressed on it, and its screen as lines of plain text."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.model.settings import Display, Me, Settings
from salesinbox.tui.app import Board

from .desk import NOW, Desk

THEMES = Path(__file__).parents[2] / "themes"
WIDE, MIDDLE, NARROW = (160, 45), (120, 40), (80, 24)


def board(desk: Desk, *, now=lambda: NOW, themes=(THEMES,), **display) -> Board:
    settings = Settings(None, Me("橋本 奈美", ZoneInfo("Asia/Tokyo"), ("zylker.example",)), (), Display(**display))
    return Board(
        board=desk, mail=desk, records=desk, accounts=desk, live=desk, later=desk, settings=settings, data=Path(), now=now,
        themes=list(themes),
    )  # fmt: skip


class Stage:
    """One running board: `press` keys, read `lines`, wait `until` something is on the screen."""

    def __init__(self, app, pilot) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        return ["".join(segment.text for segment in strip) for strip in self.strips()]

    def strips(self):
        return self.app.screen._compositor.render_strips(self.app.size)

    def text(self) -> str:
        return "\n".join(self.lines())

    def bars(self) -> list[int]:
        """Rows of the screen on which the cursor's bar is drawn."""
        return [y for y, line in enumerate(self.lines()) if "▌" in line]

    def at_cursor(self) -> str:
        """The first line of the card under the cursor, from the bar on."""
        line = self.lines()[self.bars()[0]]
        return line[line.index("▌") :].split("│")[0].split("┃")[0]

    async def until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait until the condition holds; its source is what fails the test."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "this never came:\n" + self.text()
            await self.pilot.pause()


def play(app, size: tuple[int, int], scene: Callable[[Stage], Awaitable[None]]) -> None:
    """Run the board at a size and let the scene happen."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await scene(Stage(app, pilot))

    asyncio.run(run())
