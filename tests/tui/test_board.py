"""The board as a rep sees it: keys pressed, the screen read."""

from dataclasses import replace

import pytest

from salesinbox.model.errors import ConfigurationError
from salesinbox.model.events import Changed, Progress
from salesinbox.model.text import width

from .desk import NOW, Desk
from .stage import MIDDLE, NARROW, WIDE, board, play


@pytest.fixture
def desk():
    return Desk.filled(60)


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW, (200, 60), (40, 10), (23, 5)])
def test_UI_2_it_is_drawn_at_every_size(desk, size):
    async def scene(stage):
        lines = stage.lines()
        assert len(lines) == size[1]
        assert "SalesInbox" in lines[0]
        if size[0] >= 80:
            for title in ("Deals 12", "Contacts & leads 12", "Colleagues 12", "Not in CRM 12"):
                assert title in lines[1]
        assert stage.bars()

    play(board(desk), size, scene)


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW, (101, 17), (40, 10)])
def test_UI_3_every_line_is_as_wide_as_the_screen(desk, size):
    async def scene(stage):
        for keys in ((), ("enter",), ("q", "v"), ("q", "p"), ("?",), ("escape", "/", "R", "e"), ("escape", "w")):
            if keys:
                await stage.press(*keys)
            assert [width(line) for line in stage.lines()] == [size[0]] * size[1], keys

    play(board(desk), size, scene)


def test_UI_2_what_each_layout_shows(desk):
    async def wide(stage):
        assert "Views" in stage.lines()[1]
        assert "Contact" in stage.lines()[1][120:]

    async def middle(stage):
        assert "Views" not in stage.lines()[1]
        assert "Last mail" in "\n".join(stage.lines()[28:])

    async def narrow(stage):
        assert "▸Deals" in stage.lines()[1]
        assert "Last mail" not in stage.text()
        await stage.press("p")
        await stage.until(lambda: "Last mail" in stage.text())

    play(board(desk), WIDE, wide)
    play(board(desk), MIDDLE, middle)
    play(board(desk), NARROW, narrow)


def test_UI_2_resize_keeps_the_cursor_on_its_card(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("l", *"jjjjjjj")
        card = app.nav.card
        for size in (NARROW, (40, 10), MIDDLE, (300, 90), WIDE):
            await stage.pilot.resize_terminal(*size)
            await stage.until(lambda size=size: len(stage.lines()) == size[1] and stage.bars())
            assert app.nav.card == card
            assert card.sender_name[:4] in stage.at_cursor()
            assert app.size == size

    play(app, WIDE, scene)


def test_moving_between_cards_and_columns(desk):
    app = board(desk)

    async def scene(stage):
        assert stage.bars() == [2, 3, 4]
        await stage.press("j", "down", "k")
        assert stage.bars() == [5, 6, 7]
        await stage.press("l", "right", "h", "tab", "shift+tab")
        assert app.nav.focused == "people"
        assert stage.bars() == [2, 3]
        await stage.press("4")
        assert app.nav.focused == "unknown"
        await stage.press("G")
        assert app.nav.card == desk.page("inbox", "unknown", "newest", 999)[-1]
        await stage.press("g")
        assert app.nav.card == desk.page("inbox", "unknown", "newest", 1)[0]
        await stage.press("ctrl+d", "space", "pagedown", "b", "pageup", "ctrl+u")
        assert app.nav.column.window.cursor == 0

    play(app, WIDE, scene)


def test_REC_3_the_pane_follows_the_cursor_by_itself(desk):
    app = board(desk)

    async def scene(stage):
        assert "person1@minato.example" in stage.text()
        await stage.press("j", "j")
        card = app.nav.card
        await stage.until(lambda: card.sender_address in stage.text())
        for shown in (
            "みなとみらい商事",
            "部長",
            "03-1234-5678",
            "Web刷新",
            "linked",
            "Last mail",
            "27 mails",
            "高橋 美咲",
        ):
            assert shown in stage.text()
        await stage.press("4")
        await stage.until(lambda: "Nobody in the CRM has this" in stage.text())

    play(app, WIDE, scene)


def test_the_cursor_keeps_its_card_and_row_when_mail_arrives(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("j", "j", "j")
        before, rows = stage.at_cursor(), stage.bars()
        desk.arrive(people=("Newcomer Ltd",))
        await stage.until(lambda: "▲ 1 new" in stage.text())
        assert (stage.at_cursor(), stage.bars()) == (before, rows)
        assert "Newcomer" not in stage.text()
        await stage.press("g")
        assert "Newcomer" in stage.at_cursor()
        assert "new" not in stage.lines()[1]

    play(app, WIDE, scene)


def test_new_mail_shows_itself_in_a_column_without_the_cursor(desk):
    app = board(desk)

    async def scene(stage):
        desk.arrive("unknown", people=("Newcomer Ltd",), unread=True)
        await stage.until(lambda: "Newcomer" in stage.lines()[2])
        assert "Not in CRM 13" in stage.lines()[1]

    play(app, WIDE, scene)


def test_a_hint_of_the_sync_process_repaints_at_once(desk):
    app = board(desk)

    async def scene(stage):
        app.bridge.take(Changed("work", 1))
        desk.cards = [
            replace(card, subject="Changed elsewhere") if card.column == "deals" else card for card in desk.cards
        ]
        app.bridge._last_change = 0
        app.bridge.take(Changed("work", 1))
        await stage.until(lambda: "Changed elsewhere" in stage.text())

    play(app, WIDE, scene)


def test_ACC_7_synced_is_said_only_when_counts_agree(desk):
    desk.synced = False
    app = board(desk)

    async def scene(stage):
        assert "✓" not in stage.lines()[0]
        app.bridge.take(Progress("work", "INBOX", "headers", 4200, 20118, 75.0))
        await stage.until(lambda: "4,200 of 20,118" in stage.lines()[0])
        assert "left" in stage.lines()[0]
        desk.synced = True
        desk.changes += 1
        app.bridge._last_status = 0
        await stage.until(lambda: "✓" in stage.lines()[0])
        assert "20,118 of 20,118" in stage.lines()[0]

    play(app, WIDE, scene)


def test_COL_11_order_by_amount(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("S", "j", "enter")
        assert "↓ amount" in stage.lines()[1]
        amounts = [int(card.deal.amount) for card in app.nav.column.window.cards]
        assert amounts == sorted(amounts, reverse=True)

    play(app, WIDE, scene)


def test_VIEW_3_the_rail_chooses_a_view_and_back_goes_to_the_inbox(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("v", "j", "j")
        assert app.nav.view == "inbox"
        await stage.press("enter")
        assert app.nav.view == "unread"
        assert "› Unread" in stage.lines()[0]
        assert all(card.unread for card in app.nav.column.window.cards)
        await stage.press("escape")
        assert app.nav.view == "inbox"
        await stage.press("v", "G", "k", "enter")
        assert app.nav.view == "folder 1"

    play(app, WIDE, scene)


def test_VIEW_3_an_empty_view_says_which(desk):
    app = board(desk)

    async def scene(stage):
        app.nav.choose_view("trash")
        await stage.until(lambda: "Nothing from here in" in stage.text())
        assert "Read" not in stage.lines()[-1]
        await stage.press("enter", "w", "o", "j", "G", "space", "p")

    play(app, WIDE, scene)


def test_a_first_start_says_that_mail_is_coming():
    app = board(Desk(synced=False))

    async def scene(stage):
        assert "Mail is on its way" in stage.text()
        assert "Why" not in stage.lines()[-1]

    play(app, WIDE, scene)


def test_the_first_mail_of_all_gets_the_cursor_wherever_it_lies():
    desk = Desk()
    app = board(desk)

    async def scene(stage):
        assert app.nav.focused == "deals"
        desk.arrive("unknown", people=("Newcomer Ltd",))
        await stage.until(lambda: stage.bars() and "Newcomer" in stage.at_cursor())
        desk.arrive("deals")
        await stage.until(lambda: app.columns["deals"].card)
        assert app.nav.focused == "unknown", "afterwards it stays where it is"

    play(app, WIDE, scene)


def test_an_empty_deals_column_says_what_would_lie_there(desk):
    desk.cards = [card for card in desk.cards if card.column != "deals"]

    async def scene(stage):
        assert "No mail from open" in stage.text()
        assert stage.bars(), "the cursor begins where there is mail"

    play(board(desk), WIDE, scene)


def test_COL_8_one_key_says_why_another_puts_elsewhere(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("w")
        for shown in (
            "Why in Deals",
            "is a contact on the open deal Web刷新",
            "open-deal",
            "Would also fit: Contacts & leads",
        ):
            assert shown in stage.text()
        await stage.press("o")
        await stage.until(lambda: "how much?" in stage.text())
        assert "All mail from @minato.example" in stage.text()
        await stage.press("j", "enter")
        await stage.until(lambda: "where?" in stage.text())
        card = app.nav.card
        await stage.press("j", "enter")
        await stage.until(lambda: desk.overridden == [(card.id, "address", "people")])
        await stage.until(lambda: "1 thread moved" in stage.lines()[-1])
        await stage.until(lambda: app.nav.card.id != card.id)

    play(app, WIDE, scene)


def test_UI_1_keys_are_the_reps(desk):
    app = board(desk, keys={"move-down": "s", "help": "f1"})

    async def scene(stage):
        await stage.press("j")
        assert stage.bars()[0] == 2
        await stage.press("s")
        assert stage.bars()[0] == 5
        assert "f1 Help" in stage.lines()[-1]
        await stage.press("f1")
        assert any(line.split("│")[-2].startswith(" s ") for line in stage.lines() if "Move down by one" in line)

    play(app, NARROW, scene)


def test_UI_1_a_bad_key_table_is_refused_before_anything_is_drawn(desk):
    with pytest.raises(ConfigurationError, match="no command"):
        board(desk, keys={"fly": "x"})


def test_UI_1_the_palette_finds_and_does(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("ctrl+p", *"why h")
        assert "Why here" in stage.text()
        await stage.press("enter")
        await stage.until(lambda: "Why in Deals" in stage.text())

    play(app, WIDE, scene)


def test_UI_1_the_footer_fits_and_says_what_is_possible(desk):
    app = board(desk)

    async def scene(stage):
        assert "⏎ Open" in stage.lines()[-1]
        assert "Back" not in stage.lines()[-1]
        await stage.press("enter")
        assert "q Back" in stage.lines()[-1]
        assert "n Next message" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_R_asks_for_a_pass(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("R")
        await stage.until(lambda: desk.asked == 1)
        assert "Checking" in stage.lines()[-1]

    play(app, NARROW, scene)


def test_the_mouse_selects_opens_and_scrolls(desk):
    app = board(desk)

    async def scene(stage):
        column = app.columns["people"]
        await stage.pilot.click(column, offset=(5, 4))
        assert (app.nav.focused, app.nav.column.window.cursor) == ("people", 1)
        await stage.pilot.click(column, offset=(5, 7), times=2)
        await stage.until(lambda: app.nav.mode == "read")
        await stage.press("q")
        await stage.pilot._post_mouse_events([_wheel()], column, offset=(5, 5))
        await stage.until(lambda: column.window.top > 0)
        await stage.pilot.click(app.rail, offset=(4, 3))
        await stage.until(lambda: app.nav.view == "unread")

    play(app, WIDE, scene)


def _wheel():
    from textual.events import MouseScrollDown

    return MouseScrollDown


def test_tomorrow_times_are_told_anew(desk):
    clock = [NOW]
    app = board(desk, now=lambda: clock[0])

    async def scene(stage):
        assert "14:50" in stage.text()
        clock[0] += 86400
        await stage.until(lambda: "14:50" not in "\n".join(line[:120] for line in stage.lines()))
        assert "yesterday" in stage.lines()[2]

    play(app, WIDE, scene)


def test_an_unexpected_error_reaches_the_door(desk):
    app = board(desk)

    def broken(*_arguments):
        raise ZeroDivisionError("something nobody expected")

    async def scene(stage):
        desk.why = broken
        await stage.press("w")

    with pytest.raises(ZeroDivisionError):
        play(app, NARROW, scene)
