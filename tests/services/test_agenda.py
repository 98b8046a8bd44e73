"""The agenda on the rep's own clocks: zones, midnight, summer time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.errors import NotFoundError, UsageError
from tests.cabinet import Cabinet

BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def opened(tmp_path):
    """Opens a rep's data at a place and a time; each at most once."""
    cabinets = []

    def at(zone, moment):
        now = int(datetime.fromisoformat(moment).replace(tzinfo=zone).timestamp())
        cabinets.append(Cabinet(tmp_path, zone, now))
        return cabinets[-1]

    yield at
    for cabinet in cabinets:
        cabinet.close()


def set_clock(cabinet, moment):
    cabinet.now = int(datetime.fromisoformat(moment).replace(tzinfo=cabinet.settings.me.zone).timestamp())


def names(items):
    return [item.name for item in items]


def test_an_agenda_is_sorted_into_overdue_today_later_and_without_a_date(opened):
    cabinet = opened(TOKYO, "2026-11-24T10:00")
    for name, due in (
        ("Long ago", "2026-01-05"), ("Yesterday", "2026-11-23"), ("This morning", "2026-11-24 09:00"),
        ("All day", "2026-11-24"), ("Noon", "2026-11-24 12:00"), ("Tomorrow", "2026-11-25"), ("Some day", ""),
    ):  # fmt: skip
        cabinet.make("task", name=name, **({"due": due} if due else {}))
    cabinet.make("call", name="Call", start="2026-11-24 16:00")
    cabinet.make("call", name="Called", start="2026-11-24 08:00")  # a call that has begun was made
    cabinet.make("case", name="No task")
    agenda = cabinet.agenda.due()
    assert names(agenda.overdue) == ["Long ago", "Yesterday", "This morning"]
    assert names(agenda.today) == ["Noon", "Call", "All day"]
    assert names(agenda.later) == ["Tomorrow"]
    assert names(agenda.undated) == ["Some day"]
    assert agenda.open_count == 8
    assert cabinet.agenda.counts() == (3, 3)


@pytest.mark.parametrize("zone", [TOKYO, BERLIN, LOS_ANGELES, ZoneInfo("Pacific/Auckland"), ZoneInfo("Asia/Kolkata")])
def test_a_day_ends_at_the_reps_midnight(opened, zone):
    cabinet = opened(zone, "2026-11-24T23:59:59")
    cabinet.make("task", name="Today", due="2026-11-24")
    cabinet.make("task", name="Tomorrow early", due="2026-11-25 00:00")
    assert names(cabinet.agenda.due().today) == ["Today"]
    assert names(cabinet.agenda.due().later) == ["Tomorrow early"]
    set_clock(cabinet, "2026-11-25T00:00:01")
    assert names(cabinet.agenda.due().overdue) == ["Tomorrow early", "Today"] or names(
        cabinet.agenda.due().overdue
    ) == ["Today", "Tomorrow early"]
    assert cabinet.agenda.counts() == (2, 0)


@pytest.mark.parametrize(
    ("eve", "last_minute"),
    [("2026-10-24", "2026-10-25T23:59"), ("2027-03-27", "2027-03-28T23:59")],  # 25 hours, and 23
)
def test_days_on_which_the_clocks_change_are_whole_days(opened, eve, last_minute):
    cabinet = opened(BERLIN, f"{eve}T12:00")
    day = last_minute[:10]
    cabinet.make("task", name="Last minute", due=f"{day} 23:59")
    cabinet.make("event", name="Evening", start=f"{day} 23:30")
    set_clock(cabinet, f"{day}T00:30")
    assert names(cabinet.agenda.due().today) == ["Last minute"]
    set_clock(cabinet, f"{day}T23:58")
    assert names(cabinet.agenda.due().today) == ["Last minute"]
    assert names(cabinet.agenda.due().events) == ["Evening"]
    set_clock(cabinet, f"{day}T23:59:30")
    assert names(cabinet.agenda.due().overdue) == ["Last minute"]


def test_events_of_today_and_two_weeks(opened):
    cabinet = opened(TOKYO, "2026-11-24T10:00")
    for name, start, finish in (
        ("Yesterday", "2026-11-23 10:00", ""), ("Over", "2026-11-24 08:00", "08:30"),
        ("Since Sunday", "2026-11-22", "2026-11-24"), ("Past fair", "2026-11-20", "2026-11-23"),
        ("Last day", "2026-12-08 23:00", ""), ("Too far", "2026-12-09", ""), ("Tomorrow", "2026-11-25", ""),
    ):  # fmt: skip
        cabinet.make("event", name=name, start=start, **({"finish": finish} if finish else {}))
    cabinet.changes.complete([cabinet.make("event", name="Cancelled", start="2026-11-25")])
    assert names(cabinet.agenda.due().events) == ["Since Sunday", "Over", "Tomorrow", "Last day"]


def test_what_is_put_off_is_out_of_sight_until_then(opened):
    cabinet = opened(TOKYO, "2026-11-24T10:00")
    task = cabinet.make("task", name="T", due="2026-11-20")
    cabinet.changes.postpone([task], "tomorrow 9:00")
    agenda = cabinet.agenda.due()
    assert (agenda.overdue, agenda.today, agenda.later, agenda.open_count) == ((), (), (), 1)
    assert cabinet.agenda.counts() == (0, 0)
    set_clock(cabinet, "2026-11-25T09:00")
    agenda = cabinet.agenda.due()
    assert names((*agenda.overdue, *agenda.today)) == ["T"]
    assert sum(cabinet.agenda.counts()) == 1


def test_what_is_done_is_gone_and_undo_brings_it_back(opened):
    cabinet = opened(TOKYO, "2026-11-24T10:00")
    task = cabinet.make("task", name="T", due="2026-11-24")
    cabinet.changes.complete([task])
    assert cabinet.agenda.counts() == (0, 0)
    cabinet.changes.complete([task], done=False)
    assert cabinet.agenda.counts() == (0, 1)


def test_counting_looks_at_nothing_but_an_index(opened):
    cabinet = opened(TOKYO, "2026-11-24T10:00")
    asked = []
    cabinet.database.connection.set_trace_callback(asked.append)
    cabinet.agenda.counts()
    cabinet.database.connection.set_trace_callback(None)
    assert len(asked) == 2
    for query in asked:
        plan = [row[3] for row in cabinet.database.connection.execute(f"EXPLAIN QUERY PLAN {query}")]
        looks = [step for step in plan if "item" in step]
        assert len(looks) == 2
        assert all("SEARCH item USING COVERING INDEX item_due" in step for step in looks), plan


def test_a_calendar_of_everything_that_is_to_be_done_or_to_come(opened):
    cabinet = opened(TOKYO, "2026-11-24T10:00")
    cabinet.make("task", name="Open", due="2026-11-20")
    cabinet.changes.complete([cabinet.make("task", name="Finished")])
    cabinet.make("event", name="Demo", start="2026-11-25 10:00")
    cabinet.make("event", name="Last year", start="2025-11-25 10:00")
    note = cabinet.make("note", description="N")
    text = cabinet.agenda.ics()
    assert "SUMMARY:Open\r\n" in text
    assert "SUMMARY:Demo\r\n" in text
    assert "DTSTART:20261125T010000Z\r\n" in text
    assert "Finished" not in text
    assert "Last year" not in text
    assert "me@zylker.example" not in text
    assert cabinet.agenda.ics(["k1"]).count("BEGIN:VTODO") == 1
    with pytest.raises(NotFoundError):
        cabinet.agenda.ics(["k99"])
    with pytest.raises(NotFoundError):
        cabinet.agenda.ics(["p1; DROP"])
    with pytest.raises(UsageError):
        cabinet.agenda.ics([note])
