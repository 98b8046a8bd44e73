"""Views by the sender's record (VIEW-1)."""

from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.board import View
from salesinbox.model.records import DealBrief, KnownAddress
from salesinbox.rules.views import closing_this_month, month_of, record_views


def deal(closing):
    return DealBrief("d1", "x", "1", "JPY", "Proposal", closing)


def contact(*closings, won=False):
    return KnownAddress("p1", "x", open_deals=tuple(deal(closing) for closing in closings), has_won=won)


CASES = [
    ("nobody", None, View(0)),
    ("lead", KnownAddress(lead_id="p1"), View(0)),
    ("contact", contact(), View(0)),
    ("customer", contact(won=True), View.CUSTOMERS),
    ("open deal", contact("2026-12-01"), View.OPEN_DEALS),
    ("open deal without a date", contact(""), View.OPEN_DEALS),
    ("open and won is no mere customer", contact("2026-12-01", won=True), View.OPEN_DEALS),
    ("first day", contact("2026-11-01"), View.OPEN_DEALS | View.CLOSING),
    ("last day", contact("2026-11-30"), View.OPEN_DEALS | View.CLOSING),
    ("one of two closes", contact("2027-01-01", "2026-11-12"), View.OPEN_DEALS | View.CLOSING),
    ("last year's month", contact("2025-11-12"), View.OPEN_DEALS),
    ("the month before", contact("2026-10-31"), View.OPEN_DEALS),
]


@pytest.mark.parametrize(("known", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_VIEW_1_views_of_a_record(known, expected):
    assert record_views(known, "2026-11") == expected


def test_VIEW_1_a_deal_without_a_closing_date_closes_in_no_month():
    assert not closing_this_month("", "2026-11")
    assert not closing_this_month("", "")


@pytest.mark.parametrize(
    ("zone", "month"),
    [("UTC", "2026-10"), ("Asia/Tokyo", "2026-11"), ("America/New_York", "2026-10")],
)
def test_VIEW_1_the_month_is_the_organisations(zone, month):
    half_an_hour_before_november_in_utc = 1793489400
    assert month_of(half_an_hour_before_november_in_utc, ZoneInfo(zone)) == month
