"""Calendars as RFC 5545 has them, whatever the texts hold."""

import re

import pytest

from salesinbox.formats.calendar_writing import calendar
from salesinbox.model.records import Item

NOW = 1_795_500_000  # 2026-11-24 06:40 UTC


def lines(*items, owner="me@zylker.example"):
    text = calendar(items, owner=owner, now=NOW)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    for line in text.split("\r\n"):
        assert len(line.encode()) <= 75
    return text.replace("\r\n ", "").split("\r\n")


def test_a_task_is_a_vtodo():
    found = lines(Item("k1", "task", "見積, v2; \\", start=NOW, priority="High", body="a\nb", created=1, about=("p1",),
                       about_names=("永田",)))  # fmt: skip
    assert found[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//SalesInbox//SalesInbox//EN"]
    assert "BEGIN:VTODO" in found
    assert "SUMMARY:見積\\, v2\\; \\\\" in found
    assert "DESCRIPTION:a\\nb\\n永田" in found
    assert "DUE:20261124T060000Z" in found
    assert "PRIORITY:1" in found
    assert "STATUS:NEEDS-ACTION" in found
    assert not any(line.startswith(("BEGIN:VALARM", "BEGIN:VTIMEZONE")) for line in found)


def test_a_day_is_a_date_and_what_is_done_says_when():
    found = lines(Item("k1", "task", "T", day="2026-12-01", closed=NOW))
    assert "DUE;VALUE=DATE:20261201" in found
    assert "COMPLETED:20261124T060000Z" in found
    assert "STATUS:COMPLETED" in found


def test_an_event_of_whole_days_ends_on_the_day_after():
    found = lines(
        Item("e1", "event", "Fair", day="2026-12-30", last_day="2026-12-31", extra={"Location": "幕張; Hall 1"})
    )
    assert "DTSTART;VALUE=DATE:20261230" in found
    assert "DTEND;VALUE=DATE:20270101" in found
    assert "LOCATION:幕張\\; Hall 1" in found


def test_an_event_has_its_times_in_utc():
    found = lines(Item("e1", "event", "Demo", start=NOW, finish=NOW + 3600))
    assert "DTSTART:20261124T060000Z" in found
    assert "DTEND:20261124T070000Z" in found


def test_uids_stay_and_differ_from_those_of_others():
    def uid(owner, item):
        return next(line for line in lines(item, owner=owner) if line.startswith("UID:"))

    item = Item("k1", "task", "T", created=5)
    assert uid("a@x.example", item) == uid("a@x.example", Item("k1", "task", "Renamed", created=5))
    assert uid("a@x.example", item) != uid("b@x.example", item)
    assert uid("a@x.example", item) != uid("a@x.example", Item("k2", "task", "T", created=5))


@pytest.mark.parametrize(
    "text",
    [
        "x\r\nEND:VTODO\r\nEND:VCALENDAR", "x\nBEGIN:VALARM", "\u2028ATTACH:http://evil.example", "a\x85b", "\x00\x07\x1b[2J",
        "\x0bDTSTART:1", '";VALUE=URI:x', "\ud800", "a,b;c\\n", "é" * 300, "見" * 200, "👩‍👩‍👧" * 40, "\r", " lead", "\tx",
    ],
)  # fmt: skip
def test_no_text_breaks_out_of_its_property(text):
    item = Item(
        "k1", "task", text, body=text, tags=(text,), extra={"Location": text}, about_names=(text,), about=("p1",)
    )
    found = lines(item)
    names = [re.split("[:;]", line)[0] for line in found]
    assert [name for name in names if name in ("BEGIN", "END")] == ["BEGIN", "BEGIN", "END", "END"]
    assert set(names) <= {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "UID", "DTSTAMP", "SUMMARY", "DESCRIPTION",
        "LOCATION", "CATEGORIES", "STATUS", "",
    }  # fmt: skip
    for line in found:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", line)


@pytest.mark.parametrize(("start", "day"), [(1 << 60, ""), (0, "no day"), (0, "2026-13-40")])
def test_times_and_days_that_make_no_sense_break_nothing(start, day):
    lines(Item("e1", "event", "E", start=start, day=day, last_day="x"), Item("k1", "task", "T", start=start, day=day))
