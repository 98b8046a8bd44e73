"""Filters, columns and views written on the board, with what they find while they are typed (FLT, COL-12, VIEW-1)."""

import pytest

from salesinbox.locale import texts
from salesinbox.model.text import width

from .customers_home import CustomersHome
from .stage import NARROW, WIDE, play
from .test_hostile import EVIL


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = CustomersHome(tmp_path)
    made.folders("Archive", "案件")
    made.deliver(("Newsletter", "news@shop.example", "50 % off"), ("Newsletter", "news@shop.example", "Last chance"))
    yield made
    made.services.close()


def _filters(home):
    return home.rows("SELECT name, query, actions, enabled FROM filter ORDER BY position")


async def _write_filter(stage, name, query, *actions):
    """Through the form: `actions` are the keys with which each is chosen."""
    await stage.press("n", "enter", *name, "tab", *query, "enter")
    for keys in actions:
        await stage.press("enter", *keys, "enter")
    await stage.press("ctrl+s")


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_FLT_1_a_filter_is_written_with_a_live_count_and_the_first_subjects(home, size):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f")
        assert "No filter yet" in stage.text()
        await stage.press("n", "enter", *"News", "tab", *"from:news")
        await stage.until(lambda: "2 threads here fit" in stage.text())
        assert "Last chance" in stage.text()
        assert "50 % off" in stage.text()
        await stage.press("enter", "enter", "j", "j", "enter")
        assert "1. Mark as read" in stage.text()
        await stage.press("ctrl+s")
        assert _filters(home) == [("News", "from:news", '[["read", ""]]', 1)]
        assert "✓ News" in stage.text()
        await stage.until(lambda: "Mark as read  2 threads" in stage.text())
        assert [width(line) for line in stage.lines()] == [size[0]] * size[1]
        await stage.press("u")
        await stage.until(lambda: "No filter yet" in stage.text())
        assert _filters(home) == []

    play(app, size, scene)


def test_SRCH_2_what_cannot_be_understood_is_a_sentence_while_it_is_typed(home):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f", "n", "enter", *"Broken", "tab", *"before:x")
        await stage.until(lambda: "Looking" not in stage.text() and "before:x" in stage.text())
        assert "threads here fit" not in stage.text()
        await stage.press("enter", "enter", "j", "j", "enter", "ctrl+s")
        assert _filters(home) == []
        assert "Broken" in stage.text(), "what was typed stays"
        await stage.press("escape")
        assert "not saved" in stage.text()
        await stage.press("n")
        assert "Broken" in stage.text()
        await stage.press("escape", "y")
        assert "Broken" not in stage.text()

    play(app, NARROW, scene)


def test_FLT_1_what_is_missing_is_said(home):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f", "n", "enter", "ctrl+s")
        assert "It needs a name." in stage.text()
        await stage.press(*"News", "ctrl+s")
        assert "It needs a query." in stage.text()
        await stage.press(*"from:news", "ctrl+s")
        assert "add an action" in stage.text()
        assert _filters(home) == []

    play(app, NARROW, scene)


def test_FLT_2_actions_with_values_are_chosen_ordered_and_taken_out(home):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f", "n", "enter", *"Two", "tab", *"from:news", "enter")
        await stage.press("enter", "enter", *"案", "enter")
        await stage.until(lambda: "1. Move to 案件" in stage.text())
        await stage.press("enter", "j", "enter", *"大口", "enter")
        await stage.until(lambda: "2. Label 大口" in stage.text())
        await stage.press("enter", *"jjjjjjj", "enter", *"3d", "enter")
        await stage.until(lambda: "3. Snooze until 3d" in stage.text())
        await stage.press("up", "K")
        assert "2. Snooze until 3d" in stage.text()
        await stage.press("down", "d", "ctrl+s")
        assert _filters(home)[0][2] == '[["move", "案件"], ["snooze", "3d"]]'

    play(app, NARROW, scene)


def test_FLT_2_run_says_on_how_much_first_and_undo_takes_it_back(home):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f")
        await _write_filter(stage, "News", "from:news", "jjjj")
        await stage.press("r")
        await stage.until(lambda: "Run on mail already here?" in stage.text())
        assert "News: 2 threads" in stage.text()
        assert home.rows(
            "SELECT count(*) FROM location WHERE coalesce(shown_flags, flags) & 2 OR shown_flags IS NOT NULL"
        ) == [(0,)]
        await stage.press("y")
        await stage.until(lambda: "2 threads" in stage.lines()[-1])
        assert sum(card.flagged for card in app.columns["unknown"].window.cards) == 2
        await stage.press("u")
        await stage.until(lambda: not any(card.flagged for card in app.columns["unknown"].window.cards))

    play(app, NARROW, scene)


def test_FLT_2_filters_are_switched_off_ordered_and_deleted(home):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f")
        await _write_filter(stage, "One", "from:news", "jj")
        await _write_filter(stage, "Two", "from:mori", "jj")
        await stage.press("g", "J")
        assert [row[0] for row in _filters(home)] == ["Two", "One"]
        await stage.press("x")
        assert [row[3] for row in _filters(home)] == [1, 0]
        assert "off: " in stage.text()
        await stage.press("d")
        assert [row[0] for row in _filters(home)] == ["Two"]
        await stage.press("u")
        assert [row[0] for row in _filters(home)] == ["Two", "One"]
        await stage.press("g", "enter", *"x", "ctrl+s")
        assert len(_filters(home)) == 2

    play(app, NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_COL_12_a_new_column_is_on_the_board_at_once(home, size):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f", "n", "j", "enter", *"ショップ", "tab", *"from:shop.example")
        await stage.until(lambda: "2 threads here fit" in stage.text())
        await stage.press("ctrl+s")
        await stage.until(lambda: "2 threads" in stage.text() and len(app.columns) == 5)
        await stage.press("q", "5")
        await stage.until(lambda: "Newsletter" in stage.at_cursor())
        assert app.nav.column.head.title == "ショップ"
        assert "ショップ" in stage.lines()[1]
        await stage.press("u")
        await stage.until(lambda: len(app.columns) == 4)
        assert app.nav.focused in app.columns
        await stage.press("j", "4")
        assert "Newsletter" in stage.text()

    play(app, size, scene)


def test_VIEW_1_a_view_of_ones_own_is_in_the_rail(home):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f", "n", "j", "j", "enter", *"Shop", "tab", *"from:shop", "enter")
        await stage.until(lambda: any(view.title == "Shop" for view in app.rail.views))
        name = next(view.name for view in app.rail.views if view.title == "Shop")
        await stage.press("q")
        app.nav.choose_view(name)
        assert [card.subject for card in app.columns["unknown"].window.cards] == ["Last chance", "50 % off"]
        await stage.press("ctrl+f", "G", "d")
        await stage.until(lambda: app.nav.view == "inbox")

    play(app, NARROW, scene)


def test_READ_3_anything_can_be_typed_as_name_and_query(home):
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f", "n", "enter")
        for evil in EVIL:
            for place in (0, 1):
                app.screen.sheet.place = place
                app.screen.sheet.fields[place].insert(evil[:200])
                app.screen._typed()
                app.screen.sheet.changed()
                await stage.pilot.pause()
                lines = stage.lines()
                assert [width(line) for line in lines] == [80] * 24
                assert all(line.isprintable() for line in lines)

    play(app, NARROW, scene)


def test_in_japanese(home):
    texts.use("ja")
    app = home.board()

    async def scene(stage):
        await stage.press("ctrl+f")
        assert [width(line) for line in stage.lines()] == [80] * 24
        await stage.press("n", "enter", *"大口", "tab", *"amount:>1000000", "enter", "enter")
        assert [width(line) for line in stage.lines()] == [80] * 24

    play(app, NARROW, scene)
