"""Reading a thread."""

import pytest

from salesinbox.model.mail import Address, Flag, ThreadMessage

from .desk import NOW, Desk
from .stage import MIDDLE, NARROW, WIDE, board, play


def message(number, text, *, seen=True, mine=False, **fields):
    given = {
        "id": f"m{number}",
        "message_id": f"<{number}@x>",
        "sender": Address("永田 達郎", "nagata@minato.example"),
        "to": (Address("", "hashimoto@zylker.example"),),
        "cc": (),
        "date": NOW - 10000 + number,
        "subject": "Re: 資料",
        "flags": Flag.SEEN if seen else Flag.NONE,
        "folder": "INBOX",
        "text": text,
        "attachments": (),
        "body_here": True,
        "mine": mine,
    }
    return ThreadMessage(**(given | fields))


@pytest.fixture
def desk():
    desk = Desk.filled(30)
    desk.threads["t1"] = [
        message(1, "the oldest letter"),
        message(2, "my answer", mine=True),
        message(3, "an unread one\n> a quotation\n\n" + "long " * 100, seen=False),
        message(4, "the newest", seen=False),
    ]
    return desk


def test_READ_1_a_thread_opens_at_its_first_unread_message_and_folds_those_before(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("enter")
        assert "an unread one" in "".join(stage.lines()[2:8])
        await stage.press("k", "k")
        assert any("▸" in line and "the oldest letter" in line for line in stage.lines()[2:4])
        await stage.press("g", "z", "g")
        assert "the oldest letter" in "".join(stage.lines()[2:8])
        assert not any("▸" in line for line in stage.lines())

    play(app, (100, 14), scene)


def test_READ_back_leads_to_the_same_card(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("j", "j")
        await stage.until(lambda: app.nav.card.sender_address in stage.text())
        card, rows, screen = app.nav.card, stage.bars(), stage.lines()
        await stage.press("enter", "j", "n", "p", "G", "g", "q")
        assert (app.nav.card, stage.bars()) == (card, rows)
        assert stage.lines() == screen

    play(app, WIDE, scene)


def test_the_pane_stays_while_reading(desk):
    async def scene(stage):
        await stage.press("enter")
        assert "person1@minato.example" in stage.text()
        assert "Last mail" in stage.text()

    play(board(desk), MIDDLE, scene)


def test_next_and_previous_card_from_the_reading_view(desk):
    app = board(desk)

    async def scene(stage):
        await stage.press("enter", "J")
        assert app.nav.opened == app.nav.card == desk.page("inbox", "deals", "newest", 2)[1]
        await stage.press("K", "K")
        assert app.nav.opened.id == "t1"
        assert "No more cards" in stage.lines()[-1]

    play(app, WIDE, scene)


def test_lines_are_broken_at_the_width(desk):
    async def scene(stage):
        await stage.press("enter")
        text = [line[24:150].split("│")[0] for line in stage.lines()]
        assert sum("long long" in line for line in text) >= 5
        assert max(len(line.rstrip()) for line in text if "long" in line) <= 103

    play(board(desk), (200, 40), scene)


def test_a_body_that_is_not_here_says_so_and_comes_in(desk):
    desk.threads["t1"] = [message(1, "", seen=False, body_here=False)]
    app = board(desk)

    async def scene(stage):
        await stage.press("enter")
        assert "still on its way" in stage.text()
        desk.threads["t1"] = [message(1, "now it is here", seen=False)]
        desk.changes += 1
        await stage.until(lambda: "now it is here" in stage.text())

    play(app, NARROW, scene)


def test_attachments_are_listed(desk):
    card = next(card for card in desk.page("inbox", "deals", "newest", 30) if card.attachments)
    app = board(desk)

    async def scene(stage):
        while app.nav.card.id != card.id:
            await stage.press("j")
        desk.threads.pop("t1")
        await stage.press("enter", "G")
        assert "見積書.pdf  application/pdf  120 kB" in stage.text()

    play(app, WIDE, scene)
