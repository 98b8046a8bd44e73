"""Linking mail to records by key, on a real database: card, selection, thread and message (LINK-2, LINK-4)."""

import pytest

from salesinbox.locale import texts
from salesinbox.model.links import LinkChoice
from salesinbox.model.text import width

from .customers_home import CustomersHome
from .desk import Desk
from .stage import NARROW, WIDE, board, play
from .test_hostile import EVIL


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = CustomersHome(tmp_path)
    yield made
    made.services.close()


def _on(app, subject):
    """Put the cursor on a card."""
    card = next(card for column in app.columns.values() for card in column.window.cards if card.subject == subject)
    app.nav.go_to(card.id)


def _card(app, subject):
    return next(card for column in app.columns.values() for card in column.window.cards if card.subject == subject)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_LINK_2_a_guess_is_marked_on_the_card_and_one_key_more_makes_it_chosen(home, size):
    app = home.board()

    async def scene(stage):
        _on(app, "打ち合わせの件")
        await stage.press("j", "k")
        assert "提案 ?" in stage.text()
        await stage.press("L")
        assert "Link the whole thread" in stage.text()
        assert "? a guess" in stage.text()
        await stage.press("enter")
        assert "提案 ●" in stage.text()
        assert "Linked to 配送アプリ" in stage.lines()[-1]
        await stage.press("u")
        assert "提案 ?" in stage.text()

    play(app, size, scene)


def test_LINK_4_another_deal_of_the_same_people_is_chosen_and_taken_off(home):
    app = home.board()

    async def scene(stage):
        _on(app, "打ち合わせの件")
        await stage.press("L", "down", "enter")
        assert _card(app, "打ち合わせの件").deal.name == "倉庫管理"
        assert _card(app, "打ち合わせの件").link == "chosen"
        await stage.press("L", "delete")
        assert _card(app, "打ち合わせの件").deal is None
        assert "No longer linked" in stage.lines()[-1]
        await stage.press("u")
        assert _card(app, "打ち合わせの件").deal.name == "倉庫管理"

    play(app, WIDE, scene)


def test_LINK_4_typing_finds_any_deal_and_a_selection_is_linked_at_once(home):
    app = home.board()

    async def scene(stage):
        _on(app, "資料のお礼")
        await stage.press("x")
        _on(app, "打ち合わせの件")
        await stage.press("x", "L")
        assert "Link 2 threads" in stage.text()
        await stage.press(*"倉庫", "enter")
        assert {_card(app, subject).deal.name for subject in ("資料のお礼", "打ち合わせの件")} == {"倉庫管理"}
        await stage.press("u")
        assert _card(app, "資料のお礼").deal.name == "Web刷新"

    play(app, WIDE, scene)


def test_LINK_4_in_the_middle_of_what_is_typed_del_takes_out_a_letter(home):
    app = home.board()

    async def scene(stage):
        _on(app, "資料のお礼")
        await stage.press("L", *"Webx", "left", "delete")
        assert "⌕ Web" in stage.text()
        await stage.press("escape")
        assert _card(app, "資料のお礼").deal is not None

    play(app, WIDE, scene)


def test_LINK_4_the_message_that_is_read_alone_or_its_whole_thread(home):
    app = home.board()

    async def scene(stage):
        _on(app, "打ち合わせの件")
        await stage.press("enter")
        assert "Linked to 配送アプリ ?" in stage.text()
        await stage.press("L", "tab")
        assert "Link only this message" in stage.text()
        await stage.press("tab")
        assert "Link the whole thread" in stage.text()
        await stage.press("tab", "down", "enter")
        await stage.until(lambda: "Linked to 倉庫管理 ●" in stage.text())
        assert home.rows("SELECT count(*) FROM thread_link") == [(0,)]
        assert home.rows("SELECT how FROM link WHERE deal_id IS NOT NULL AND how = 'chosen'") == [("chosen",)]

    play(app, WIDE, scene)


def test_LINK_4_in_japanese(home):
    texts.use("ja")
    app = home.board()

    async def scene(stage):
        _on(app, "打ち合わせの件")
        await stage.press("L")
        assert [width(line) for line in stage.lines()] == [80] * 24

    play(app, NARROW, scene)


def test_READ_3_hostile_names_of_records_stay_text():
    desk = Desk.filled(4)
    desk.links.found = [LinkChoice(f"d{n}", "deal", evil, evil, "linked", "guess") for n, evil in enumerate(EVIL)]
    app = board(desk)

    async def scene(stage):
        await stage.press("L", *["down"] * len(EVIL))
        lines = stage.lines()
        assert [width(line) for line in lines] == [160] * 45
        assert all(line.isprintable() for line in lines)

    play(app, WIDE, scene)
