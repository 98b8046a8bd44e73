"""Selecting cards: what the marks survive, and what drops out of them (ACT-1)."""

from dataclasses import replace

import pytest

from salesinbox.tui.widgets.column import Column

from .desk import Desk, make
from .stage import NARROW, WIDE, board, play


@pytest.fixture
def desk():
    return Desk.filled(60)


def _selected(stage) -> str:
    """What the title line says of it."""
    line = stage.lines()[0]
    return line.split("✓ ")[1].split(" selected")[0] if " selected" in line else ""


def _marked(app) -> list[str]:
    return list(app.nav.marked)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_ACT_1_x_selects_and_goes_down_and_takes_back(desk, size):
    app = board(desk)

    async def scene(stage):
        first = app.nav.card
        await stage.press("x", "x")
        assert _selected(stage) == "2"
        assert stage.text().count(" ✓") >= 2
        assert app.nav.column.window.cursor == 2
        await stage.press("k", "x")
        assert _marked(app) == [first.id]
        await stage.press("escape")
        assert _selected(stage) == ""
        assert app.nav.view == "inbox"

    play(app, size, scene)


def test_ACT_1_a_selection_survives_scrolling_and_other_columns(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("x", "G", "x", "l", "x", "h", "g")
        assert _selected(stage) == "3"
        assert " ✓" in stage.lines()[2][stage.lines()[2].index("│") :]

    play(app, WIDE, scene)


def test_ACT_1_a_range_reaches_cards_that_are_no_longer_held(desk):
    desk = Desk([make(n + 1, "deals", 1_795_000_000 - n * 60) for n in range(1500)])
    app = board(desk)

    async def scene(stage):
        await stage.press("j", "x", "G", "k", "X")
        assert _selected(stage) == "1,498"
        assert set(_marked(app)) == {f"t{n}" for n in range(2, 1500)}

    play(app, NARROW, scene)


def test_ACT_1_a_range_follows_the_order_of_the_column(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("S", "j", "enter", "x", "j", "X")
        assert _marked(app) == [card.id for card in app.nav.column.window.cards[:3]]

    play(app, NARROW, scene)


def test_ACT_1_a_range_without_a_beginning_in_this_column_is_one_card(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("x", "l", "j", "X")
        assert _selected(stage) == "2"
        assert app.nav.card.id in app.nav.marked

    play(app, WIDE, scene)


def test_ACT_1_all_of_a_column_also_what_is_beyond_the_screen_and_none(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("A")
        assert _selected(stage) == "60"
        assert "60 cards selected" in stage.lines()[-1]
        await stage.press("A")
        assert _selected(stage) == ""

    play(app, NARROW, scene)


def test_ACT_1_more_than_can_be_selected_at_once_is_said(desk):
    app = board(desk)
    every = desk.ids
    desk.ids = lambda view, column, **more: every(view, column, 50)

    async def scene(stage):
        await stage.press("A")
        assert "The newest 50 of 60 cards are selected" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_ACT_1_what_left_the_view_drops_out_of_the_selection(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("x", "x", "x")
        gone = _marked(app)[1]
        desk.cards = [card for card in desk.cards if card.id != gone]
        desk.changes += 1
        await stage.until(lambda: _selected(stage) == "2")
        assert gone not in app.nav.marked

    play(app, NARROW, scene)


def test_ACT_1_a_card_that_only_moved_to_another_column_stays_selected(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("x")
        moved = _marked(app)[0]
        desk.cards = [replace(card, column="people") if card.id == moved else card for card in desk.cards]
        desk.changes += 1
        await stage.until(lambda: app.nav.card.id != moved)
        assert _selected(stage) == "1"
        await stage.until(lambda: any("✓" in line for line in _texts(app.columns["people"])))

    play(app, WIDE, scene)


def _texts(column: Column) -> list[str]:
    return column.text_lines()


def test_ACT_1_another_view_begins_without_a_selection(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("x", "v", "j", "j", "enter")
        assert app.nav.view == "unread"
        assert _selected(stage) == ""

    play(app, NARROW, scene)
