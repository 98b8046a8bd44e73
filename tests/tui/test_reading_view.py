"""The reading view: folding, the reading position, bounces, what is laid out and what is not."""

import pytest

from salesinbox.locale import texts
from salesinbox.model.mail import Address, Delivery
from salesinbox.model.text import width

from .desk import Desk, DeskReading
from .stage import NARROW, WIDE, board, play
from .test_reading import message


@pytest.fixture
def desk():
    return Desk.filled(30)


def lines_with(stage, words):
    return [line for line in stage.lines() if words in line]


QUOTING = "My answer is yes.\n\n" + "\n".join(f"> quoted {n}" for n in range(12)) + "\n\n-- \nNagata\nMinato"


def test_READ_1_quotations_and_signatures_are_one_line_each_until_a_key_unfolds_them(desk):
    desk.threads["t1"] = [message(1, QUOTING)]

    async def scene(stage):
        await stage.press("enter")
        assert lines_with(stage, "▸ 12 quoted lines")
        assert not lines_with(stage, "quoted 3")
        assert not lines_with(stage, "Minato")
        await stage.press("Z")
        assert lines_with(stage, "quoted 3")
        assert not lines_with(stage, "▸ 12 quoted lines")
        await stage.press("G")
        assert lines_with(stage, "Minato")
        await stage.press("Z")
        assert lines_with(stage, "▸ 12 quoted lines")

    play(board(desk), NARROW, scene)


def test_READ_1_a_message_that_is_nothing_but_a_quotation_is_shown(desk):
    desk.threads["t1"] = [message(1, "> all of it\n> is quoted")]

    async def scene(stage):
        await stage.press("enter")
        assert lines_with(stage, "is quoted")

    play(board(desk), NARROW, scene)


def test_unfolding_quotations_leaves_the_text_where_it_is(desk):
    text = "\n\n".join(f"paragraph {n}\n" + f"> quoted {n}\n" * 5 for n in range(40))
    desk.threads["t1"] = [message(1, text)]

    async def scene(stage):
        await stage.press("enter", "ctrl+d", "ctrl+d", "ctrl+d")
        top = next(line for line in stage.lines()[2:] if "paragraph" in line).strip()
        await stage.press("Z")
        assert any(top in line for line in stage.lines()[2:12])
        await stage.press("Z")
        assert any(top in line for line in stage.lines()[2:6])

    play(board(desk), NARROW, scene)


def test_a_window_that_changes_its_size_keeps_the_reading_position(desk):
    text = "\n\n".join(f"Paragraph {n} begins here " + "and goes on and on " * 12 for n in range(60))
    desk.threads["t1"] = [message(1, "an older one"), message(2, text, seen=False)]

    async def scene(stage):
        await stage.press("enter", "space", "space", "space")
        before = stage.lines()[2:]
        words = before[0].split()[:5]
        await stage.pilot.resize_terminal(120, 40)
        await stage.pilot.pause()
        assert any(" ".join(words[:3]) in line for line in stage.lines()[2:5])
        await stage.pilot.resize_terminal(80, 24)
        await stage.pilot.pause()
        assert stage.lines()[2:] == before

    play(board(desk), NARROW, scene)


def test_READ_2_what_was_not_fetched_is_counted_above_the_text(desk):
    pixels = "".join(f'<img src="https://cdn.example/{n}.png" width=300 height=90>' for n in range(2))
    pixel = '<img src="https://track.example/open.gif" width=1 height=1>'
    desk.threads["t1"] = [message(1, "Hello", html=True)]
    desk.html["m1"] = f"<h1>Offer</h1><p>Hello</p>{pixels}{pixel}"

    async def scene(stage):
        await stage.press("enter")
        assert lines_with(stage, "3 remote images not loaded, 1 tracker")
        assert lines_with(stage, "Offer")

    play(board(desk), NARROW, scene)


def test_READ_2_html_is_structure_links_have_numbers(desk):
    desk.threads["t1"] = [message(1, "x", html=True)]
    desk.html["m1"] = (
        "<h2>価格改定のお知らせ</h2><ul><li>one<li>two</ul><p>See <a href='https://shop.example/a'>the shop</a>"
        " and <b>hurry</b>.</p><blockquote>as you wrote</blockquote>"
    )
    app = board(desk)

    async def scene(stage):
        await stage.press("enter", "Z")
        assert lines_with(stage, "価格改定のお知らせ")
        assert any("•" in line and "one" in line for line in stage.lines())
        assert any("the shop" in line and "1" in line for line in stage.lines())
        styles = {segment.text.strip(): segment.style for strip in stage.strips() for segment in strip}
        assert next(style for text, style in styles.items() if "価格改定" in text).bold
        assert next(style for text, style in styles.items() if "hurry" in text).bold
        assert next(style for text, style in styles.items() if "the shop" in text).underline

    play(app, WIDE, scene)


def test_READ_8_a_message_that_did_not_arrive_says_so_and_its_bounce_is_folded_below_it(desk):
    failed = Delivery("x@y.example", "failed", "5.1.1", "550 User unknown")
    late = Delivery("z@y.example", "delayed", "4.4.1", "")
    desk.threads["t1"] = [
        message(1, "my offer", mine=True, deliveries=(failed, late)),
        message(2, "thanks for it", seen=False),
        message(3, "This is the mail system.", bounce=True, about="m1", seen=False),
    ]

    async def scene(stage):
        await stage.press("enter")
        marks = ("✗ not delivered to x@y.example: 5.1.1 550 User unknown", "delayed on its way to z@y.example",
                 "my offer", "▸ ✗", "thanks for it")  # fmt: skip
        places = [[y for y, line in enumerate(stage.lines()) if words in line] for words in marks]
        assert places == sorted(places)
        assert [len(found) for found in places] == [1, 1, 1, 1, 1]
        await stage.press("n")
        assert not lines_with(stage, "▸ ✗")
        assert lines_with(stage, "   This is the mail system.")

    play(board(desk), NARROW, scene)


def test_READ_8_bounces_about_each_other_are_all_shown(desk):
    desk.threads["t1"] = [
        message(1, "first", bounce=True, about="m2"), message(2, "second", bounce=True, about="m1"),
        message(3, "third", bounce=True, about="m1"),
    ]  # fmt: skip
    app = board(desk)

    async def scene(stage):
        await stage.press("enter")
        assert sorted(each.id for each in app.reader.messages) == ["m1", "m2", "m3"]

    play(app, NARROW, scene)


def test_labels_stand_behind_the_subject(desk):
    desk.threads["t1"] = [message(1, "hello", labels=("VIP", "要返信"))]

    async def scene(stage):
        await stage.press("enter")
        assert "[VIP] [要返信]" in stage.lines()[1]

    play(board(desk), NARROW, scene)


def test_content_that_the_server_could_not_give_says_what_to_do(desk):
    desk.threads["t1"] = [message(1, "", body_here=False, unavailable=True)]

    async def scene(stage):
        await stage.press("enter")
        assert lines_with(stage, "could not give the content")
        assert " V asks for it once" in " ".join(stage.text().split())

    play(board(desk), NARROW, scene)


def test_READ_1_commands_are_about_the_message_gone_to_even_if_it_is_too_short_for_the_top(desk):
    desk.threads["t1"] = [message(1, "long\n" * 100), message(2, "short one"), message(3, "short two")]
    app = board(desk)

    async def scene(stage):
        await stage.press("enter")
        assert app.reader.message.id == "m3"
        await stage.press("p")
        assert app.reader.message.id == "m2"
        await stage.press("p")
        assert app.reader.message.id == "m1"
        await stage.press("n", "n", "n")
        assert app.reader.message.id == "m3"
        await stage.press("g")
        assert app.reader.message.id == "m1"
        await stage.press("G")
        assert app.reader.message.id == "m3"

    play(app, NARROW, scene)


def test_a_thread_is_opened_at_a_message_that_is_asked_for(desk):
    desk.threads["t1"] = [message(number, f"letter {number}\n" * 30) for number in range(1, 9)]
    app = board(desk)

    async def scene(stage):
        app.nav.read(desk.card("t1"), message="m4")
        await stage.pilot.pause()
        assert "letter 4" in "".join(stage.lines()[2:8])
        assert app.reader.message.id == "m4"

    play(app, NARROW, scene)


class Counting(DeskReading):
    def __init__(self):
        super().__init__({})
        self.read = []

    def document(self, message):
        self.read.append(message.id)
        return super().document(message)


def test_only_what_is_on_the_screen_is_parsed(desk, monkeypatch):
    desk.threads["t1"] = [message(number, f"letter {number}\n" * 40, seen=False) for number in range(1, 51)]
    reading = Counting()
    monkeypatch.setattr(Desk, "reading", reading)

    async def scene(stage):
        await stage.press("enter")
        assert reading.read == ["m1"]
        await stage.press("j", "k", "space")
        assert set(reading.read) <= {"m1", "m2"}
        await stage.press("G")
        assert set(reading.read) <= {"m1", "m2", "m50"}
        assert "letter 50" in "".join(stage.lines())
        assert len(reading.read) == len(set(reading.read)), "parsed once"
        await stage.pilot.resize_terminal(100, 30)
        await stage.press("g", "n", "n", "p")
        assert len(reading.read) == len(set(reading.read)), "parsed once, whatever the width"

    play(board(desk), NARROW, scene)


@pytest.mark.parametrize("size", [NARROW, WIDE, (40, 10), (20, 5)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_UI_3_every_line_is_as_wide_as_the_screen(desk, size, language):
    texts.use(language)
    desk.threads["t1"] = [
        message(1, QUOTING, to=tuple(Address(f"受取人 {n}", f"p{n}@x.example") for n in range(60)), mine=True,
                deliveries=(Delivery("長い" * 40 + "@y.example", "failed", "5.1.1", "理由" * 60),)),
        message(2, "長い行" * 200 + "\n>> 深い引用\n>>>> もっと深い引用" * 3, labels=("ラベル" * 10,) * 9, seen=False),
    ]  # fmt: skip

    async def scene(stage):
        await stage.press("enter")
        for key in ("g", "z", "Z", "j", "space", "n", "p", "G", "g"):
            await stage.press(key)
            assert {width(line) for line in stage.lines()} == {size[0]}

    play(board(desk), size, scene)


def test_the_footer_names_what_this_message_offers_within_80_columns(desk):
    desk.threads["t1"] = [
        message(1, "see https://shop.example/offer", seen=False),
        message(2, "nothing here", seen=False),
    ]

    async def scene(stage):
        await stage.press("enter")
        assert "l Links" in stage.lines()[-1]
        await stage.press("n")
        assert "Links" not in stage.lines()[-1]
        assert "q Back" in stage.lines()[-1]
        await stage.press("l")
        assert "no links in this message" in stage.lines()[-1]

    play(board(desk), NARROW, scene)


def test_a_long_newsletter_shows_its_beginning_before_the_rest_is_laid_out(desk, monkeypatch):
    desk.threads["t1"] = [message(1, "x", html=True, seen=False)]
    desk.html["m1"] = "".join(f"<h3>Item {n}</h3><p>{'words about it ' * 20}</p>" for n in range(300))
    laid = []

    class Watched(DeskReading):
        def rows(self, document, cells, *, quotes, signatures):
            laid.append(len(document.blocks))
            return super().rows(document, cells, quotes=quotes, signatures=signatures)

    monkeypatch.setattr(Desk, "reading", Watched(desk.html))

    async def scene(stage):
        await stage.press("enter")
        assert lines_with(stage, "Item 0")
        await stage.until(lambda: len(laid) == 2)
        assert laid[0] < 100
        assert laid[1] == 600
        await stage.press("G")
        assert lines_with(stage, "Item 299")
        await stage.press("g", "ctrl+d")
        assert len(laid) == 2

    play(board(desk), NARROW, scene)
