"""The held part of a column: moving, turning, and keeping the cursor when mail comes and goes."""

from dataclasses import replace

import pytest

from salesinbox.tui.window import CHUNK, MOST, Window

from .desk import NOW, Desk


@pytest.fixture
def desk():
    return Desk.filled(300)


def window(desk, visible=10, column="deals", order="newest"):
    made = Window(desk, "inbox", column, order)
    made.resize(visible)
    return made


def test_it_reads_a_few_cards_however_long_the_column(desk):
    assert len(window(desk).cards) == CHUNK


def test_moving_down_comes_to_the_last_card_and_back_to_the_first(desk):
    shown = window(desk)
    every = desk.page("inbox", "deals", "newest", 1000)
    seen = [shown.card]
    while shown.move(1):
        seen.append(shown.card)
        assert shown.top <= shown.cursor < shown.top + shown.visible
    assert seen == every
    back = [shown.card]
    while shown.move(-1):
        back.append(shown.card)
    assert back == every[::-1]


def test_turning_pages_shows_each_card_at_least_once(desk):
    shown = window(desk)
    seen = {card.id for card in shown.shown(10)}
    while shown.turn(9):
        seen |= {card.id for card in shown.shown(10)}
    assert len(seen) == 300


def test_to_the_end_and_up_again(desk):
    shown = window(desk)
    shown.end()
    assert shown.card == desk.page("inbox", "deals", "newest", 1000)[-1]
    shown.turn(-1000)
    assert shown.card == desk.page("inbox", "deals", "newest", 1)[0]


def test_cards_far_away_are_forgotten():
    shown = window(Desk.filled(3000))
    for _turn in range(200):
        shown.turn(9)
    assert len(shown.cards) <= MOST
    assert shown.cursor == shown.cards.index(shown.card)


def test_the_cursor_keeps_its_card_and_its_row_when_mail_arrives(desk):
    shown = window(desk)
    shown.move(4)
    card, row = shown.card, shown.row
    desk.arrive()
    desk.arrive(date=NOW + 5)
    shown.reread()
    assert (shown.card.id, shown.row) == (card.id, row)
    assert shown.new == 2


def test_at_the_top_the_cursor_keeps_its_card_and_new_mail_is_counted(desk):
    shown = window(desk)
    card = shown.card
    desk.arrive()
    shown.reread()
    assert (shown.card.id, shown.row, shown.new) == (card.id, 0, 1)
    shown.open()
    assert shown.new == 0


def test_a_column_without_the_cursor_goes_on_showing_its_newest(desk):
    shown = window(desk)
    arrived = desk.arrive()
    shown.reread(resting=True)
    assert shown.card == arrived


def test_a_card_that_an_answer_moves_to_the_top_keeps_the_cursor(desk):
    shown = window(desk)
    shown.move(5)
    answered = shown.card
    desk.cards = [replace(card, date=NOW, sort=NOW) if card.id == answered.id else card for card in desk.cards]
    shown.reread()
    assert shown.card.id == answered.id, "the next key must mean the same card"
    assert (shown.row, shown.top) == (0, 0)


def test_a_card_that_leaves_its_column_gives_its_row_to_the_next(desk):
    shown = window(desk)
    shown.move(5)
    gone, below, row = shown.card, shown.cards[shown.cursor + 1], shown.row
    desk.cards = [
        replace(card, date=NOW, sort=NOW, column="people") if card.id == gone.id else card for card in desk.cards
    ]
    shown.reread()
    assert (shown.card.id, shown.row) == (below.id, row)


def test_a_card_that_vanishes_gives_its_row_to_the_next_and_at_the_end_to_the_one_before(desk):
    shown = window(desk)
    shown.move(5)
    below, row = shown.cards[shown.cursor + 1], shown.row
    desk.cards.remove(desk.card(shown.card.id))
    shown.reread()
    assert (shown.card.id, shown.row) == (below.id, row)
    shown.end()
    last, before = shown.card, shown.cards[-2]
    desk.cards.remove(desk.card(last.id))
    shown.reread()
    assert shown.card.id == before.id


def test_the_newest_card_that_gets_a_reply_keeps_the_cursor(desk):
    shown = window(desk)
    card = shown.card
    desk.cards = [replace(one, date=NOW + 9, sort=NOW + 9) if one.id == card.id else one for one in desk.cards]
    shown.reread()
    assert (shown.card.id, shown.row) == (card.id, 0)


def test_a_column_that_empties_and_fills_again(desk):
    shown = window(desk)
    cards, desk.cards = desk.cards, []
    shown.reread()
    assert shown.card is None
    assert not shown.move(1)
    assert not shown.turn(5)
    desk.cards = cards
    shown.reread()
    assert shown.card is not None


def test_COL_11_orders_have_their_own_windows(desk):
    shown = window(desk, order="amount")
    amounts = [int(card.deal.amount) for card in shown.cards]
    assert amounts == sorted(amounts, reverse=True)
    shown.open(order="closing")
    days = [card.deal.closing for card in shown.cards]
    assert days == sorted(days)


def test_another_height_keeps_the_card_on_the_screen(desk):
    shown = window(desk, visible=14)
    shown.move(12)
    card = shown.card
    for visible in (3, 1, 20, 7):
        shown.resize(visible)
        assert shown.card == card
        assert 0 <= shown.row < visible


def test_the_wheel_carries_the_cursor_at_the_edge(desk):
    shown = window(desk)
    assert shown.scroll(3)
    assert (shown.top, shown.cursor) == (3, 3)
    assert not window(desk).scroll(-3)
