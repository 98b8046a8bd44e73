"""Theme files: the shipped ones are whole, a rep's own are read, a bad one is a sentence."""

import pytest
from rich.color import ColorType

from salesinbox.model.errors import ConfigurationError
from salesinbox.tui import themes

from .desk import Desk
from .stage import NARROW, THEMES, board, play


@pytest.mark.parametrize("path", sorted(THEMES.glob("*.toml")), ids=lambda path: path.stem)
def test_UI_6_shipped_themes_have_every_style(path):
    look = themes.load(path)
    assert set(look.styles) == set(themes.ROLES)
    colors = [c for style in look.styles.values() for c in (style.color, style.bgcolor) if c]
    kinds = {color.type for color in colors}
    if look.terminal_colors:
        assert kinds <= {ColorType.DEFAULT, ColorType.STANDARD}
    else:
        assert kinds == {ColorType.EIGHT_BIT}, "designed for 256 colours"


def test_UI_6_the_four_are_there():
    assert {"dark", "light", "high-contrast", "terminal"} <= set(themes.find([THEMES]))


def _luminance(color):
    def linear(level):
        level /= 255
        return level / 12.92 if level <= 0.03928 else ((level + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(level) for level in color.get_truecolor())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("light", 4.5), ("high-contrast", 7)])
def test_UI_6_everything_can_be_read(name, least):
    look = themes.load(THEMES / f"{name}.toml")
    for role in set(themes.ROLES) - {"rule"}:
        one, other = sorted((_luminance(look[role].color), _luminance(look[role].bgcolor)), reverse=True)
        assert (one + 0.05) / (other + 0.05) >= least, role


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[colors", "Theme .*bad.toml"),
        ("[colors]\nbackground = 'default'", "lacks foreground, accent"),
        (
            "[colors]\nbackground='default'\nforeground='default'\naccent='nocolour'\n[styles]\ntext='accent'",
            "nocolour",
        ),
        (
            "[colors]\nbackground='default'\nforeground='default'\naccent='red'\n[styles]\nhaed='accent'",
            "no style haed",
        ),
        ("colors = 3", "are tables"),
    ],
)
def test_UI_6_a_bad_theme_file_is_a_sentence_and_the_board_comes_up(tmp_path, text, sentence):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=sentence):
        themes.load(tmp_path / "bad.toml")
    app = board(Desk.filled(5), themes=(THEMES, tmp_path), theme="bad")

    async def scene(stage):
        assert "Theme" in stage.lines()[-1]
        await stage.press("T")
        assert "! bad" in stage.text()
        await stage.press("end", "enter", "escape")

    play(app, NARROW, scene)


def test_UI_6_a_reps_own_theme_comes_first(tmp_path):
    (tmp_path / "dark.toml").write_text(
        "title='Mine'\n[colors]\nbackground='#000000'\nforeground='#ffffff'\naccent='red'"
    )
    assert board(Desk(), themes=(THEMES, tmp_path)).look.title == "Mine"


def test_UI_6_without_any_theme_there_is_a_picture(tmp_path):
    app = board(Desk.filled(3), themes=(tmp_path,))

    async def scene(stage):
        assert "Deals" in stage.text()

    play(app, NARROW, scene)


def test_UI_6_choosing_shows_each_theme_and_escape_goes_back():
    app = board(Desk.filled(5))

    async def scene(stage):
        await stage.press("T", "j")
        assert app.look.name == "high-contrast"
        await stage.press("escape")
        assert app.look.name == "dark"
        await stage.press("T", "j", "j", "enter")
        assert app.look.name == "light"
        assert '"light"' in stage.lines()[-1]

    play(app, NARROW, scene)


def test_no_color_keeps_only_attributes(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert all(style.color is None for style in board(Desk()).look.styles.values())
