"""When a missing answer is told (ACT-6)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.rules.responding import due

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")


def at(zone, *moment, fold=0):
    return int(datetime(*moment, tzinfo=zone, fold=fold).timestamp())


def test_ACT_6_told_days_later_at_the_same_time_of_day():
    assert due(at(TOKYO, 2026, 11, 24, 10, 42, 7), 3, TOKYO) == at(TOKYO, 2026, 11, 27, 10, 42, 7)


@pytest.mark.parametrize(("month", "day"), [(3, 27), (10, 23)])
def test_ACT_6_summer_time_does_not_shift_the_time_of_day(month, day):
    assert due(at(BERLIN, 2026, month, day, 9, 0), 3, BERLIN) == at(BERLIN, 2026, month, day + 3, 9, 0)


def test_ACT_6_a_time_that_summer_time_leaves_out_is_the_one_after_it():
    assert due(at(BERLIN, 2026, 3, 28, 2, 30), 1, BERLIN) == at(BERLIN, 2026, 3, 29, 3, 30)


def test_ACT_6_of_a_time_that_comes_twice_it_is_the_first():
    assert due(at(BERLIN, 2026, 10, 24, 2, 30), 1, BERLIN) == at(BERLIN, 2026, 10, 25, 2, 30, fold=0)


def test_ACT_6_not_asked_is_never_told_and_an_absurd_number_is_no_error():
    sent = at(TOKYO, 2026, 11, 24, 10, 0)
    assert due(sent, 0, TOKYO) == 0
    assert due(sent, -1, TOKYO) == 0
    assert due(sent, 10**9, TOKYO) > sent
