"""Keys about the customer of the card: tasks, notes, the menu, the magnet (REC-4, REC-5, MAG-3)."""

import pytest

from salesinbox.locale import texts
from salesinbox.model.agenda import Agenda
from salesinbox.model.records import DealBrief, Item
from salesinbox.model.text import width
from salesinbox.tui import cards, themes
from salesinbox.tui.wording import Clock

from .customers_home import CustomersHome
from .desk import NOW, Desk, make
from .stage import MIDDLE, NARROW, THEMES, WIDE, Stage, board, play
from .test_linking import _on
from .test_picture import Terminal, _on_a_terminal

HOUR = 3600


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = CustomersHome(tmp_path)
    yield made
    made.services.close()


def _items(home):
    return home.rows("SELECT kind, name, body, day, start, message IS NOT NULL FROM item ORDER BY id")


def _about(home):
    return {record for (record,) in home.rows("SELECT record FROM item_about")}


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_REC_4_t_adds_a_task_about_the_person_and_the_deal_from_the_mail(home, size):
    app = home.board()

    async def scene(stage):
        _on(app, "資料のお礼")
        await stage.press("t", *"見積を送る", "tab", *"tomorrow 10:00")
        assert "Task: 永田 達郎 · Web刷新" in stage.text()
        assert "Due tomorrow 10:00" in stage.text()
        await stage.press("enter")
        assert "Task created: 見積を送る" in stage.lines()[-1]
        ((kind, name, _body, _day, start, from_mail),) = _items(home)
        assert (kind, name, start, from_mail) == ("task", "見積を送る", 1_795_568_400, 1)
        assert _about(home) >= {"p1", "d1"}
        await stage.press("u")
        assert _items(home) == []

    play(app, size, scene)


@pytest.mark.parametrize(
    ("typed", "understood"),
    [("Fri", "Due Fri, Nov 27, 2026"), ("明日", "Due Wed, Nov 25, 2026"), ("12/1", "Due Tue, Dec 1, 2026"),
     ("nonsense", "That is no day or time"), ("", "nothing for no date")],
)  # fmt: skip
def test_REC_4_what_is_understood_of_a_date_is_said_while_it_is_typed(home, typed, understood):
    app = home.board()

    async def scene(stage):
        await stage.press("t", *"Call", "tab", *typed)
        assert understood in stage.text()

    play(app, NARROW, scene)


def test_REC_4_a_date_that_makes_no_sense_keeps_what_was_typed(home):
    app = home.board()

    async def scene(stage):
        await stage.press("t", *"Call", "tab", *"nonsense", "enter")
        assert _items(home) == []
        assert "nonsense" in stage.text()
        await stage.press("ctrl+u", "enter")
        assert len(_items(home)) == 1

    play(app, NARROW, scene)


def test_REC_4_nothing_typed_is_no_task(home):
    app = home.board()

    async def scene(stage):
        await stage.press("t", "enter")
        assert "Nothing is written yet." in stage.text()
        await stage.press("escape")
        assert _items(home) == []

    play(app, NARROW, scene)


def test_REC_4_n_adds_a_note_and_a_stranger_has_none(home):
    app = home.board()

    async def scene(stage):
        _on(app, "資料のお礼")
        await stage.press("n", *"決裁は役員会で", "enter")
        assert _items(home)[0][:3] == ("note", "", "決裁は役員会で")
        await stage.until(lambda: "決裁は役員会で" in stage.text())
        _on(app, "Hello")
        await stage.press("n")
        assert "A note needs somebody" in stage.lines()[-1]

    play(app, WIDE, scene)


def test_REC_4_in_the_reader_n_goes_on_and_the_menu_adds_the_note(home):
    app = home.board()

    async def scene(stage):
        _on(app, "資料のお礼")
        await stage.press("enter", "n", "I", "n", *"read", "enter")
        assert _items(home)[0][:3] == ("note", "", "read")
        assert app.nav.opened is not None

    play(app, WIDE, scene)


def test_REC_5_the_menu_of_a_stranger_begins_with_a_new_record(home):
    app = home.board()

    async def scene(stage):
        _on(app, "Hello")
        await stage.press("I")
        rows = [line for line in stage.lines() if "│" in line]
        text = "\n".join(rows)
        assert text.index("New contact") < text.index("New lead") < text.index("add this address") < text.index("Task")

    play(app, NARROW, scene)


def test_REC_5_the_address_of_a_stranger_is_added_to_somebody_who_is_there(home):
    app = home.board()

    async def scene(stage):
        _on(app, "Hello")
        await stage.press("I", "a", *"永田")
        await stage.until(lambda: "永田 達郎" in stage.text())
        await stage.press("enter")
        await stage.until(lambda: "Changed: 永田" in stage.lines()[-1])
        addresses = home.rows("SELECT address FROM person_address WHERE person_id = 1 ORDER BY position")
        assert addresses == [("nagata@minato.example",), ("bob@stone.example",)]
        await stage.until(lambda: app.columns["unknown"].card is None)
        await stage.press("u")
        await stage.until(lambda: app.columns["unknown"].card is not None)

    play(app, NARROW, scene)


def test_REC_4_the_menu_of_a_lead_converts_and_that_of_a_contact_does_not(home):
    app = home.board()

    async def scene(stage):
        _on(app, "A question")
        await stage.press("I")
        assert "Convert the lead" in stage.text()
        await stage.press("escape")
        _on(app, "資料のお礼")
        await stage.press("I")
        for shown in ("Open the record", "Add an event", "Add a call", "Add a deal", "Add a case", "Edit", "Merge"):
            assert shown in stage.text()
        assert "Convert the lead" not in stage.text()

    play(app, NARROW, scene)


# --- the magnet -----------------------------------------------------------------------------------------------------


def test_MAG_4_the_magnet_orders_by_waiting_and_says_how_long(tmp_path):
    desk = Desk.filled(3)
    desk.cards = [card for card in desk.cards if card.column != "deals"]
    for row, ago in ((900, 20 * 60), (901, 5 * HOUR), (902, 3 * 86400)):
        desk.cards.append(make(row, "deals", NOW - 60 * row, waiting_since=NOW - ago))
    app = board(desk)

    async def scene(stage):
        assert "◉" in stage.lines()[0]
        await stage.press("W")
        assert app.nav.view == "magnet"
        assert app.columns["deals"].window.order == "waiting"
        column = "\n".join(line[18:46] for line in stage.lines())
        assert "3 d" in column
        assert "5 h" in column
        assert "20 min" in column
        assert "Dismiss" in stage.lines()[-1]
        await stage.press("W")
        assert app.nav.view == "inbox"
        assert app.columns["deals"].window.order == "newest"
        assert "20 min" not in "\n".join(line[18:46] for line in stage.lines())

    play(app, WIDE, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_MAG_3_what_waits_is_dismissed_by_key_and_undo_brings_it_back(home, size):
    home.deliver(("永田 達郎", "nagata@minato.example", "至急のお願い"), ago=5 * HOUR + 60)
    app = home.board()

    async def scene(stage):
        assert "◉ 4" in stage.lines()[0], (
            "two mails of 永田, one of 森, one of the lead; the stranger is nobody's customer"
        )
        await stage.press("W")
        await stage.until(lambda: "5 h" in stage.text())
        assert app.nav.card.subject == "至急のお願い", "who has waited longest comes first"
        await stage.press("y")
        assert "Out of the magnet: 至急のお願い" in stage.lines()[-1]
        assert app.nav.card.subject != "至急のお願い"
        assert "◉ 3" in stage.lines()[0]
        await stage.press("u")
        assert "◉ 4" in stage.lines()[0]
        app.nav.go_to(next(card.id for card in app.columns["deals"].window.cards if card.subject == "至急のお願い"))
        assert app.nav.card.subject == "至急のお願い"
        await stage.press("x", "j", "x", "y")
        await stage.until(lambda: "◉ 2" in stage.lines()[0])
        await stage.press("enter", "y")
        await stage.until(lambda: "◉ 1" in stage.lines()[0])
        assert app.nav.view == "magnet"

    play(app, size, scene)


def test_MAG_3_from_the_magnet_a_task_a_note_and_sleep(home):
    app = home.board()

    async def scene(stage):
        await stage.press("W", "t", *"Call", "enter")
        assert _items(home)[0][:2] == ("task", "Call")
        await stage.press("n", *"Note", "enter")
        assert _items(home)[1][2] == "Note"
        subject = app.nav.card.subject
        await stage.press("s", "enter", "enter")
        await stage.until(lambda: app.nav.card is None or app.nav.card.subject != subject)

    play(app, NARROW, scene)


@pytest.mark.parametrize("ago", [60, 5 * HOUR, 3 * 86400])
def test_MAG_4_how_long_is_told_in_words_not_by_colour_alone(ago):
    look = themes.load(THEMES / "dark.toml")
    clock = Clock(NOW, make(1, "deals", NOW) and board(Desk.filled(1)).zone)
    card = make(1, "deals", NOW - 99, waiting_since=NOW - ago)
    for bar in (False, True):
        lines = cards.draw(card, 30, look, clock, bar=bar, waited=cards.waiting(card, NOW, look))
        assert {60: "1 min", 5 * HOUR: "5 h", 3 * 86400: "3 d"}[ago] in lines[0].text
        assert [line.cell_length for line in lines] == [30] * 3


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW])
def test_MAG_1_the_title_counts_who_waits_and_what_is_due(size):
    desk = Desk.filled(3)
    app = board(desk)

    async def scene(stage):
        desk.agenda.found = Agenda(overdue=(Item("k1", "task", "Call"),), today=(Item("k2", "task", "Write"),))
        desk.changes += 1
        await stage.until(lambda: "⚑ 2" in stage.lines()[0])
        assert ("◉ 12" if size == NARROW else "◉ 12 waiting  ⚑ 2 due") in stage.lines()[0]
        assert "? Help" in stage.lines()[0]
        assert width(stage.lines()[0]) == size[0]

    play(app, size, scene)


# --- cards ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("link", "sign"), [("guess", "?"), ("chosen", "●"), ("auto", ""), ("", "")])
def test_LINK_2_a_card_shows_a_guess_and_a_choice(link, sign):
    look = themes.load(THEMES / "dark.toml")
    clock = Clock(NOW, board(Desk.filled(1)).zone)
    deal = DealBrief("d1", "Web", "4000000", "JPY", "提案", "")
    card = make(1, "deals", NOW, link=link, deal=deal, closing_this_month=False)
    third = cards.draw(card, 40, look, clock, bar=False)[2].text
    assert third.split() == ["¥4,000,000", "提案", *([sign] if sign else [])]


def test_a_cursor_move_sends_no_more_than_it_did():
    """Marks and hints of customers cost nothing while the cursor moves (≤ 400 octets)."""
    desk = Desk.filled(60)
    desk.cards = [
        make(card.row, card.column, card.date, link=("guess", "chosen", "")[card.row % 3]) for card in desk.cards
    ]
    app = board(desk)
    terminal = Terminal(WIDE)

    async def scene(pilot):
        stage = Stage(app, pilot)
        await stage.press("j", "j")
        await stage.until(lambda: app.nav._resting is None)
        for key in "jjjjkkkk":
            before = terminal.sent
            await pilot.press(key)
            await stage.until(lambda before=before: terminal.sent > before)
            assert terminal.sent - before <= 400, key
            await stage.until(lambda: app.nav._resting is None)

    _on_a_terminal(app, terminal, scene)


def test_in_japanese_menus_are_as_wide_as_their_frames(home):
    texts.use("ja")
    app = home.board()

    async def scene(stage):
        for keys in (("t",), ("escape", "n"), ("escape", "I"), ("escape", "W"), ("W", "4", "I")):
            await stage.press(*keys)
            assert [width(line) for line in stage.lines()] == [80] * 24

    play(app, NARROW, scene)
