"""The first start without a configuration."""

from pathlib import Path

import pytest

from salesinbox.model.text import width
from salesinbox.tui.welcome import Welcome

from .setup_desk import SetupDesk
from .stage import MIDDLE, NARROW, THEMES, play

EXAMPLE = '[me]\nname = "橋本 奈美"\n\n[[account]]\nname = "work"  # what you call it, which is shown in the title line and the rail\n'


def welcome():
    path = Path("/home/nami/.config/salesinbox/config.toml")
    return Welcome(path=path, example=EXAMPLE, themes=[THEMES], setting_up=SetupDesk(path.parent))


@pytest.mark.parametrize("size", [MIDDLE, NARROW, (40, 10)])
def test_it_leads_to_the_demo(size):
    app = welcome()

    async def scene(stage):
        assert [width(line) for line in stage.lines()] == [size[0]] * size[1]
        assert "Demo" in stage.lines()[-1]
        await stage.press("d")

    play(app, size, scene)
    assert app.return_value == "demo"


def test_it_shows_what_to_write_and_where():
    app = welcome()

    async def scene(stage):
        await stage.press("e")
        assert "/home/nami/.config/salesinbox/config.toml" in stage.text()
        assert "line and the rail" in stage.text()
        assert any(line.strip() == 'name = "work"' for line in stage.lines())
        await stage.press("j", "pagedown", "k", "q")
        assert "Four columns" in stage.text()
        await stage.press("q")

    play(app, NARROW, scene)
    assert app.return_value is None
