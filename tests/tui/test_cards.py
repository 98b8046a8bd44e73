"""Cards: what COL-10 asks for, in exactly the cells that there are."""

from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.board import COLUMNS
from salesinbox.model.records import DealBrief
from salesinbox.model.text import width
from salesinbox.tui import cards, themes
from salesinbox.tui.wording import Clock

from .desk import NOW, make
from .stage import THEMES

LOOK = themes.load(THEMES / "dark.toml")
CLOCK = Clock(NOW, ZoneInfo("Asia/Tokyo"))


def drawn(card, cells=40, bar=False):
    return [line.text for line in cards.draw(card, cells, LOOK, CLOCK, bar=bar)]


def test_COL_10_a_deals_card_shows_who_how_many_when_what_and_the_deal():
    card = make(
        1,
        "deals",
        NOW - 3600,
        messages=3,
        people=("永田 達郎", ""),
        unread=True,
        flagged=True,
        answered=True,
        attachments=True,
        subject="Re: 資料ダウンロードのお礼",
        closing_this_month=True,
        deal=DealBrief("d1", "Web", "4000000", "JPY", "提案", "2026-11-30"),
        warning="",
    )
    first, second, third = drawn(card)
    assert "永田 達郎, me (3)" in first
    assert "★↰@ 14:00" in first
    assert first.startswith(" •")
    assert "Re: 資料ダウンロードのお礼" in second
    assert third.split() == ["¥4,000,000", "提案", "⚑Nov", "30"]


@pytest.mark.parametrize(
    ("ago", "shown"), [(60, "14:59"), (86400, "yesterday"), (20 * 86400, "Nov 4"), (400 * 86400, "2025-10-20")]
)
def test_COL_10_times(ago, shown):
    assert drawn(make(1, "people", NOW - ago))[0].rstrip().endswith(shown)


def test_COL_10_times_in_japanese():
    texts.use("ja")
    assert drawn(make(1, "people", NOW - 86400))[0].rstrip().endswith("昨日")
    assert drawn(make(1, "people", NOW - 20 * 86400))[0].rstrip().endswith("11/4")


def test_COL_13_a_warning_is_a_sign_not_only_a_colour():
    assert "! " in drawn(make(1, "deals", NOW, warning="auth-failed"))[0]
    assert "! " in drawn(make(1, "deals", NOW, warning="auth-failed"), bar=True)[0]


def test_read_and_unread_differ_without_colour():
    read, unread = (drawn(make(1, "people", NOW, unread=state))[0] for state in (False, True))
    assert "•" in unread
    assert "•" not in read


def test_UI_3_every_line_has_exactly_its_width():
    names = ("永田 達郎", "👩‍👩‍👧 family", "e\u0301" * 30, "🇯🇵 Japan", "ﾊﾝｶｸ ｶﾅ", "한국어 이름이 길다", "")
    for cells in (*range(6, 60), 119):
        for number, name in enumerate(names):
            for column in COLUMNS:
                card = make(
                    number, column, NOW - number * 90000, people=(name,), subject=name * 5, messages=1 + number * 40
                )
                for bar in (False, True):
                    assert [width(line) for line in drawn(card, cells, bar)] == [cells] * 3


def test_the_number_of_messages_stays_in_sight_beside_a_long_name():
    assert "(12)" in drawn(make(1, "people", NOW, people=("とても長い名前の会社 " * 4,), messages=12), 26)[0]


def test_an_empty_card_says_so():
    first, second, _third = drawn(make(1, "people", NOW, people=(), sender_name="", sender_address="", subject="  \t "))
    assert "(nobody)" in first
    assert second.strip() in {"", "(no subject)"}
