"""Times that a rep chooses or types, in the rep's zone (ACT-5)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.rules.snoozing import choices, parse

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")


def _seconds(text: str, zone: ZoneInfo = TOKYO) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


NOW = _seconds("2026-11-24 10:30")  # a Tuesday


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3d", "2026-11-27 09:00"),
        ("2w", "2026-12-08 09:00"),
        ("4h", "2026-11-24 14:30"),
        ("90min", "2026-11-24 12:00"),
        ("tomorrow", "2026-11-25 09:00"),
        ("明日", "2026-11-25 09:00"),
        ("明後日 8:15", "2026-11-26 08:15"),
        ("fri", "2026-11-27 09:00"),
        ("金曜 10:00", "2026-11-27 10:00"),
        ("tue", "2026-12-01 09:00"),
        ("next monday 3:30 pm", "2026-11-30 15:30"),
        ("next week", "2026-11-30 09:00"),
        ("来週", "2026-11-30 09:00"),
        ("来週 10:00", "2026-11-30 10:00"),
        ("来週金曜", "2026-12-04 09:00"),
        ("来週の水曜日 13時", "2026-12-02 13:00"),
        ("来月", "2026-12-24 09:00"),
        ("weekend", "2026-11-28 09:00"),
        ("tonight", "2026-11-24 18:00"),
        ("12/1", "2026-12-01 09:00"),
        ("12/1 14:00", "2026-12-01 14:00"),
        ("12月1日 14時30分", "2026-12-01 14:30"),
        ("11/1", "2027-11-01 09:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026/12/01 7:05", "2026-12-01 07:05"),
        ("14:00", "2026-11-24 14:00"),
        ("9:00", "2026-11-25 09:00"),
        ("３日後", "2026-11-27 09:00"),
        ("today 18:00", "2026-11-24 18:00"),
    ],
)
def test_ACT_5_typed_times_mean_what_a_person_means(typed: str, meant: str) -> None:
    assert parse(typed, NOW, TOKYO) == _seconds(meant)


@pytest.mark.parametrize(
    "typed",
    ["", "x", "someday", "25:00", "13/40", "2026-02-30", "2020-01-01", "today 9:00", "0d", "9999d", "2099-01-01",
     "\x1b[2J", "1" * 4000, "next next", "12/1 99:99"],
)  # fmt: skip
def test_ACT_5_what_is_no_time_to_come_is_none(typed: str) -> None:
    assert parse(typed, NOW, TOKYO) is None


def test_ACT_5_what_is_offered_lies_ahead_in_order_and_on_the_reps_clock() -> None:
    offered = dict(choices(NOW, TOKYO))
    assert list(offered.values()) == sorted(offered.values())
    assert all(until > NOW for until in offered.values())
    assert offered == {
        "later-today": _seconds("2026-11-24 13:30"),
        "this-evening": _seconds("2026-11-24 18:00"),
        "tomorrow": _seconds("2026-11-25 09:00"),
        "weekend": _seconds("2026-11-28 09:00"),
        "next-week": _seconds("2026-11-30 09:00"),
        "next-month": _seconds("2026-12-24 09:00"),
    }


def test_ACT_5_late_at_night_nothing_is_offered_for_today() -> None:
    names = [name for name, _until in choices(_seconds("2026-11-24 23:10"), TOKYO)]
    assert "later-today" not in names
    assert "this-evening" not in names


def test_ACT_5_summer_time_does_not_shift_the_morning() -> None:
    """Clocks in Berlin go forward on 2026-03-29."""
    before = _seconds("2026-03-28 10:00", BERLIN)
    assert parse("tomorrow", before, BERLIN) == _seconds("2026-03-29 09:00", BERLIN)
    assert parse("24h", before, BERLIN) == before + 86_400


def test_ACT_5_a_month_from_the_31st_is_the_last_day() -> None:
    assert dict(choices(_seconds("2027-01-31 10:00"), TOKYO))["next-month"] == _seconds("2027-02-28 09:00")


@pytest.mark.parametrize("clock", ["14:50", "15:00", "15:20"])
def test_ACT_5_no_two_lines_for_about_the_same_time(clock: str) -> None:
    names = [name for name, _until in choices(_seconds(f"2026-11-24 {clock}"), TOKYO)]
    assert "this-evening" in names
    assert "later-today" not in names
