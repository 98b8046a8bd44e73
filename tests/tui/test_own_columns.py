"""Columns of the rep's own on the board: they come and go while it runs (COL-12)."""

import pytest

from salesinbox.model.board import NEWEST, ColumnHead
from salesinbox.model.text import width

from .desk import NOW, Desk, make
from .stage import MIDDLE, NARROW, WIDE, board, play


class ColumnsDesk(Desk):
    """Has further columns, by name and title."""

    def heads(self, view):
        further = [
            ColumnHead(name, title, len(self._sorted(view, name, NEWEST)[0]), 0)
            for name, title in getattr(self, "further", [])
        ]
        return [*super().heads(view), *further]

    def add(self, name, title, mails=3):
        self.further = [*getattr(self, "further", []), (name, title)]
        row = max(card.row for card in self.cards)
        self.cards += [
            make(row + n, name, NOW - n * 60, sender_name=f"{title} {n}", people=()) for n in range(1, mails + 1)
        ]
        self.changes += 1

    def remove(self, name):
        self.further = [one for one in self.further if one[0] != name]
        self.changes += 1


@pytest.fixture
def desk():
    made = ColumnsDesk()
    made.cards = Desk.filled(12).cards
    return made


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW])
def test_COL_12_a_new_column_is_on_the_board_at_once_and_goes_again(desk, size):
    app = board(desk)

    async def scene(stage):
        card = app.nav.card
        desk.add("x-大口", "大口案件")
        await stage.until(lambda: "x-大口" in app.columns)
        assert app.nav.card == card, "the cursor keeps its card"
        await stage.press("5")
        await stage.until(lambda: "大口案件 1" in stage.at_cursor())
        await stage.press("j")
        assert "大口案件 2" in stage.at_cursor()
        assert [width(line) for line in stage.lines()] == [size[0]] * size[1]
        desk.remove("x-大口")
        await stage.until(lambda: "x-大口" not in app.columns)
        await stage.until(lambda: "大口案件" not in stage.text())
        assert app.nav.focused in app.columns
        await stage.press("j", "l", "h")
        desk.add("x-大口", "大口案件", mails=0)
        await stage.until(lambda: "x-大口" in app.columns)
        await stage.press("5", "j")
        await stage.until(lambda: "大口案件 2" in stage.at_cursor())

    play(app, size, scene)


def test_COL_12_more_columns_than_have_room_are_scrolled_to_the_focused_one(desk):
    for number in range(5, 10):
        desk.add(f"x-{number}", f"Own {number}")
    app = board(desk)

    async def scene(stage):
        assert "Own 5" not in stage.lines()[1]
        assert "5›" in stage.lines()[1]
        await stage.press("9")
        await stage.until(lambda: "Own 9" in stage.lines()[1])
        assert "‹5" in stage.lines()[1]
        assert "Deals" not in stage.lines()[1]
        assert "Own 9 1" in stage.at_cursor()
        await stage.press("h", "h", "h")
        assert "Own 6" in stage.lines()[1]
        assert "‹5" in stage.lines()[1], "nothing moves while the focused column is seen"
        await stage.press("1")
        await stage.until(lambda: "Deals" in stage.lines()[1])

    play(app, WIDE, scene)


def test_COL_12_on_a_narrow_screen_the_tab_of_the_focused_column_is_seen(desk):
    for number in range(5, 10):
        desk.add(f"x-{number}", f"A long title {number}")
    app = board(desk)

    async def scene(stage):
        for key in "123456789":
            await stage.press(key)
            assert "▸" in stage.lines()[1]
            assert width(stage.lines()[1]) == 80

    play(app, NARROW, scene)
