"""The board on the stand-in services, and its screen as lines of plain text."""

from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.model.settings import Display, Me, Settings
from salesinbox.tui.app import Board

from .desk import NOW, Desk

THEMES = Path(__file__).parents[2] / "themes"


def board(desk: Desk, *, now: float = NOW, themes=(THEMES,), **display) -> Board:
    settings = Settings(None, Me("橋本 奈美", ZoneInfo("Asia/Tokyo"), ("zylker.example",)), (), Display(**display))
    return Board(board=desk, mail=desk, records=desk, accounts=desk, live=desk, settings=settings, data=Path("."),
                 now=lambda: now, themes=list(themes))


def lines(app) -> list[str]:
    """What the screen shows, line by line."""
    width, height = app.size
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips(app.size)][:height]
