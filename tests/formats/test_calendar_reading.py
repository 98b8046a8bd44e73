"""Calendars of other programs in (REC-7)."""

import tracemalloc
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.formats import calendar_reading
from salesinbox.model.errors import RecordsFileError
from salesinbox.model.imports import ItemRow, Reference
from salesinbox.model.records import RowError

TOKYO = ZoneInfo("Asia/Tokyo")


def calendar(*lines):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""])


def read(content, kind="events"):
    return list(calendar_reading.read(content if isinstance(content, bytes) else content.encode(), kind, TOKYO))


def at(*moment, zone=TOKYO):
    return int(datetime(*moment, tzinfo=zone).timestamp())


def event(*lines, summary="会議"):
    return calendar("BEGIN:VEVENT", f"SUMMARY:{summary}", *lines, "END:VEVENT")


@pytest.mark.parametrize(
    ("lines", "start", "finish"),
    [
        (("DTSTART:20261202T010000Z", "DTEND:20261202T020000Z"), at(2026, 12, 2, 10), at(2026, 12, 2, 11)),
        (("DTSTART:20261202T100000", "DURATION:PT90M"), at(2026, 12, 2, 10), at(2026, 12, 2, 11, 30)),
        (
            ("DTSTART;TZID=America/New_York:20261201T200000", "DTEND;TZID=America/New_York:20261201T210000"),
            at(2026, 12, 2, 10), at(2026, 12, 2, 11),
        ),
        (("DTSTART;TZID=Tokyo Standard Time:20261202T100000",), at(2026, 12, 2, 10), at(2026, 12, 2, 10)),
        (("DTSTART;TZID=Nowhere:20261202T100000",), at(2026, 12, 2, 10), at(2026, 12, 2, 10)),
        (("DTSTART:20261202T100000", "DTEND:20261201T100000"), at(2026, 12, 2, 10), at(2026, 12, 2, 10)),
    ],
)  # fmt: skip
def test_REC_7_events_have_their_times_in_the_reps_zone(lines, start, finish):
    (row,) = read(event(*lines))
    assert (row.start, row.finish, row.day) == (start, finish, "")


def test_REC_7_a_zone_that_the_calendar_brings_itself_counts():
    (row,) = read(
        calendar(
            "BEGIN:VTIMEZONE", "TZID:Ours", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0500",
            "TZOFFSETTO:+0500", "END:STANDARD", "END:VTIMEZONE",
            "BEGIN:VEVENT", "SUMMARY:A", "DTSTART;TZID=Ours:20261202T060000", "END:VEVENT",
        )
    )  # fmt: skip
    assert row.start == at(2026, 12, 2, 10)


def test_REC_7_whole_days_end_on_their_last_day():
    assert [(row.day, row.last_day, row.start) for row in read(
        event("DTSTART;VALUE=DATE:20261202", "DTEND;VALUE=DATE:20261205")
    )] == [("2026-12-02", "2026-12-04", 0)]  # fmt: skip
    (row,) = read(event("DTSTART;VALUE=DATE:20261202"))
    assert (row.day, row.last_day) == ("2026-12-02", "2026-12-02")


def test_REC_7_an_event_keeps_what_it_says():
    (row,) = read(
        event(
            "UID:u1", "DTSTART:20261202T010000Z", "LOCATION:横浜\\, 3F", "DESCRIPTION:一\\n二\\; x",
            "CATEGORIES:VIP,展示会", "RRULE:FREQ=WEEKLY;COUNT=3", "RECURRENCE-ID:20261202T010000Z",
            "CREATED:20260101T000000Z", "LAST-MODIFIED:20260102T000000Z",
            "ORGANIZER;CN=Me:mailto:me@zylker.example", "ATTENDEE;CN=N:MAILTO:Nagata@Minato.example", "ATTENDEE:urn:x",
        )
    )  # fmt: skip
    assert row == ItemRow(
        3, "会議", start=at(2026, 12, 2, 10), finish=at(2026, 12, 2, 10), body="一\n二; x",
        about=(
            Reference(address="me@zylker.example", kind="contact", quiet=True),
            Reference(address="nagata@minato.example", kind="contact", quiet=True),
        ),
        extra={"Record Id": "u1/20261202T010000Z", "Location": "横浜, 3F", "Repeats": "FREQ=WEEKLY;COUNT=3"},
        tags=("VIP", "展示会"),
        created=at(2026, 1, 1, zone=UTC), changed=at(2026, 1, 2, zone=UTC),
    )  # fmt: skip


def test_REC_7_to_dos_are_tasks():
    rows = read(
        calendar(
            "BEGIN:VTODO", "SUMMARY:A", "DUE;VALUE=DATE:20261202", "STATUS:NEEDS-ACTION", "PRIORITY:1", "END:VTODO",
            "BEGIN:VTODO", "SUMMARY:B", "DUE:20261202T010000Z", "STATUS:COMPLETED", "COMPLETED:20261201T000000Z",
            "END:VTODO",
            "BEGIN:VEVENT", "SUMMARY:Not a task", "DTSTART:20261202T010000Z", "END:VEVENT",
            "BEGIN:VTODO", "SUMMARY:C", "PRIORITY:9", "END:VTODO",
        ),
        "tasks",
    )  # fmt: skip
    assert [(row.name, row.day, row.start, row.status, row.closed, row.priority) for row in rows] == [
        ("A", "2026-12-02", 0, "Not Started", 0, "High"),
        ("B", "", at(2026, 12, 2, 10), "Completed", at(2026, 12, 1, zone=UTC), ""),
        ("C", "", 0, "", None, "Low"),
    ]


def test_REC_7_bad_entries_are_reported_by_line():
    rows = read(
        calendar(
            "BEGIN:VEVENT", "DTSTART:20261202T010000Z", "END:VEVENT",  # 3: no title
            "BEGIN:VEVENT", "SUMMARY:No time", "END:VEVENT",  # 6
            "BEGIN:VEVENT", "SUMMARY:Broken", "DTSTART:tomorrow", "END:VEVENT",  # 9
            "BEGIN:VEVENT", "SUMMARY:Long", "DESCRIPTION:" + "x" * 250_000, "END:VEVENT",  # 13
            "BEGIN:VEVENT", "SUMMARY:Good", "DTSTART:20261202T010000Z", "END:VEVENT",  # 17
        )
    )  # fmt: skip
    assert [(type(row), row.line) for row in rows] == [
        (RowError, 3),
        (RowError, 6),
        (RowError, 9),
        (RowError, 13),
        (ItemRow, 17),
    ]
    assert "tomorrow" in rows[2].error


def test_REC_7_what_is_no_calendar_is_told():
    with pytest.raises(RecordsFileError, match="BEGIN:VCALENDAR"):
        read("Subject,From,To\nA,2026-12-02,\n")


def test_REC_7_a_calendar_knows_what_it_holds():
    assert calendar_reading.kinds(event("DTSTART:20261202").encode()) == ["events"]
    both = calendar("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTODO", "END:VTODO").encode()
    assert calendar_reading.kinds(both) == ["events", "tasks"]
    assert calendar_reading.kinds(calendar().encode()) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_REC_7_calendars_are_read_in_the_encodings_of_csv_files(encoding):
    (row,) = read(event("DTSTART:20261202T010000Z", summary="定例会議").encode(encoding))
    assert row.name == "定例会議"


def test_REC_7_a_large_calendar_is_read_in_bounded_memory():
    entry = ("BEGIN:VEVENT", "SUMMARY:A", "DTSTART:20261202T010000Z", "DESCRIPTION:" + "x" * 900, "END:VEVENT")
    content = calendar(*(entry * 4_000)).encode()
    tracemalloc.start()
    try:
        assert sum(1 for _row in calendar_reading.read(content, "events", TOKYO)) == 4_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(content) / 4
