from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import formatting, texts

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 12, 15, 0, tzinfo=TOKYO).timestamp()


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


def at(*moment):
    return int(datetime(*moment, tzinfo=TOKYO).timestamp())


@pytest.mark.parametrize(
    ("moment", "english", "japanese"),
    [
        ((2026, 11, 12, 10, 42), "10:42", "10:42"),
        ((2026, 11, 12, 9, 2), "9:02", "9:02"),
        ((2026, 11, 12, 0, 0), "0:00", "0:00"),
        ((2026, 11, 11, 23, 59), "yesterday", "昨日"),
        ((2026, 11, 11, 0, 0), "yesterday", "昨日"),
        ((2026, 11, 10, 23, 59), "Nov 10", "11/10"),
        ((2026, 7, 6, 9, 0), "Jul 6", "7/6"),
        ((2025, 12, 31, 9, 0), "2025-12-31", "2025/12/31"),
        ((2026, 11, 12, 23, 59), "23:59", "23:59"),
        ((2026, 11, 13, 1, 0), "tomorrow", "明日"),
        ((2026, 12, 20, 1, 0), "Dec 20", "12/20"),
        ((2099, 1, 2, 3, 4), "2099-01-02", "2099/01/02"),
        ((1970, 1, 2, 3, 4), "1970-01-02", "1970/01/02"),
    ],
)
def test_COL_10_a_cards_time(moment, english, japanese):
    assert formatting.clock(at(*moment), NOW, TOKYO, "en") == english
    assert formatting.clock(at(*moment), NOW, TOKYO, "ja") == japanese


def test_COL_10_today_is_the_reps_day_not_utc():
    early = at(2026, 11, 12, 0, 30)
    assert formatting.clock(early, NOW, TOKYO, "en") == "0:30"
    assert formatting.clock(early, NOW, NEW_YORK, "en") == "yesterday"


def test_COL_10_yesterday_over_the_turn_of_the_year():
    new_year = datetime(2027, 1, 1, 8, 0, tzinfo=TOKYO).timestamp()
    assert formatting.clock(at(2026, 12, 31, 20, 0), new_year, TOKYO, "en") == "yesterday"


def test_COL_10_yesterday_is_the_calendars_when_clocks_change():
    # The day of 25 hours: 24 hours and a half before is still yesterday's evening.
    now = datetime(2026, 11, 2, 0, 15, tzinfo=NEW_YORK).timestamp()
    assert formatting.clock(int(now) - 3600, now, NEW_YORK, "en") == "yesterday"
    assert formatting.clock(int(now) - 24 * 3600 - 1800, now, NEW_YORK, "en") == "yesterday"
    assert formatting.clock(int(now) - 26 * 3600, now, NEW_YORK, "en") == "Oct 31"


@pytest.mark.parametrize("moment", [10**18, -(10**18), 2**63, 253402300800])
def test_a_time_beyond_the_calendar_is_shown_as_none(moment):
    assert formatting.clock(moment, NOW, TOKYO, "en") == "–"
    assert formatting.full_time(moment, TOKYO, "ja") == "–"
    assert formatting.date(moment, "en", TOKYO) == "–"


@pytest.mark.parametrize(
    ("amount", "currency", "english", "japanese"),
    [
        ("4000000", "JPY", "¥4,000,000", "¥4,000,000"),
        ("4000000.00", "JPY", "¥4,000,000", "¥4,000,000"),
        ("1200.5", "USD", "$1,200.50", "$1,200.50"),
        ("1200", "USD", "$1,200", "$1,200"),
        ("0.1", "EUR", "€0.10", "€0.10"),
        ("1.005", "KWD", "1.005 KWD", "1.005 KWD"),
        ("1200", "ABC", "1,200 ABC", "1,200 ABC"),
        ("1200", "", "1,200", "1,200"),
        ("-1200.5", "usd", "-$1,200.50", "-$1,200.50"),
        ("100", "CNY", "CN¥100", "元100"),
        ("0", "JPY", "¥0", "¥0"),
        ("", "JPY", "", ""),
    ],
)
def test_COL_10_money(amount, currency, english, japanese):
    assert formatting.money(amount, currency, "en") == english
    assert formatting.money(amount, currency, "ja") == japanese


def test_money_never_passes_through_a_float():
    assert formatting.money("9007199254740993.01", "USD", "en") == "$9,007,199,254,740,993.01"


@pytest.mark.parametrize(
    "amount", ["abc", "NaN", "Infinity", "1e999999999", "1_000", "１２３", "--1", "1.2.3", "9" * 500, "\x1b[2J", " "]
)
@pytest.mark.parametrize("currency", ["JPY", "", "\x1b[31m", "X" * 1000])
def test_REC_7_a_hostile_amount_is_shown_short_and_harmless(amount, currency):
    shown = formatting.money(amount, currency, "en")
    assert len(shown) <= 60
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("iso", "english", "japanese"),
    [
        ("2026-12-20", "Dec 20", "12/20"),
        ("2027-01-05", "2027-01-05", "2027/01/05"),
        ("", "", ""),
        ("soon", "soon", "soon"),
    ],
)
def test_COL_10_a_closing_date_is_short_this_year(iso, english, japanese):
    assert formatting.short_date(iso, NOW, TOKYO, "en") == english
    assert formatting.short_date(iso, NOW, TOKYO, "ja") == japanese


def test_dates_take_texts_and_times():
    assert formatting.date("2026-12-20", "ja") == "2026/12/20"
    assert formatting.date(at(2026, 12, 20, 0, 5), "en", TOKYO) == "2026-12-20"
    assert formatting.date("20\x1b[2J", "en").isprintable()


def test_full_time_names_the_weekday():
    assert formatting.full_time(at(2026, 11, 12, 9, 2), TOKYO, "en") == "Thu, Nov 12, 2026, 9:02"
    assert formatting.full_time(at(2026, 11, 12, 9, 2), TOKYO, "ja") == "2026年11月12日(木) 9:02"


def test_COL_10_counts_are_capped():
    assert [formatting.count(n) for n in (0, 1, 99, 100, 20118)] == ["0", "1", "99", "99+", "99+"]
    assert formatting.number(20118) == "20,118"


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (0, "less than a minute left", "残り1分未満"),
        (44, "less than a minute left", "残り1分未満"),
        (50, "about 1 min left", "残り約1分"),
        (118, "about 2 min left", "残り約2分"),
        (5400, "about 1 h 30 min left", "残り約1時間30分"),
    ],
)
def test_UI_5_time_left(seconds, english, japanese):
    assert formatting.duration(seconds) == english
    texts.use("ja")
    assert formatting.duration(seconds) == japanese


@pytest.mark.parametrize("seconds", [-5.0, float("inf"), float("nan"), 1e300])
def test_time_left_takes_any_guess(seconds):
    assert formatting.duration(seconds)


@pytest.mark.parametrize(
    ("octets", "shown"),
    [(0, "0 B"), (-3, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345, "12 kB"), (1_400_000, "1.4 MB"),
     (999_600, "1.0 MB"), (25_000_000_000_000, "25,000 GB")],
)  # fmt: skip
def test_READ_5_sizes(octets, shown):
    assert formatting.size(octets) == shown
