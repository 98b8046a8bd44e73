"""The customer beside the card: what is to be done, open and noted (REC-3)."""

import pytest

from tests.cabinet import NOW, Cabinet

DAY = 86_400


@pytest.fixture
def cabinet(tmp_path):
    """A contact on two deals, with mail in thread 1."""
    cabinet = Cabinet(tmp_path)
    cabinet.make("contact", last="永田", addresses="nagata@minato.example", company="みなと商事")
    cabinet.make("contact", last="志村", addresses="shimura@minato.example", company="c1")
    cabinet.make("deal", name="Web刷新", company="c1", contacts="p1", stage="Proposal")
    cabinet.make("deal", name="Old one", company="c1", contacts="p1", stage="Closed Won")
    cabinet.mail("nagata@minato.example", NOW - 500, thread=1)
    yield cabinet
    cabinet.close()


def names(items):
    return [item.name for item in items]


def test_REC_3_what_is_to_be_done_about_person_company_and_open_deals_is_there_soonest_first(cabinet):
    cabinet.make("task", name="No date", about=("p1",))
    cabinet.make("task", name="Company", due="2026-12-03", about=("c1",))
    cabinet.make("task", name="Deal", due="tomorrow 9:00", about=("d1",))
    cabinet.make("task", name="Late", due="2026-11-01", about=("p1", "d1"))
    cabinet.make("task", name="Fifth", due="2027-01-01", about=("p1",))
    cabinet.make("task", name="Of another", due="2026-11-01", about=("p2",))
    cabinet.make("task", name="Closed deal", due="2026-11-01", about=("d2",))
    cabinet.changes.complete([cabinet.make("task", name="Done", due="2026-11-01", about=("p1",))])
    pane = cabinet.records.pane("t1")
    assert names(pane.tasks) == ["Late", "Deal", "Company", "Fifth"]
    assert pane.tasks[0].about_names == ("永田", "Web刷新")


def test_REC_3_what_is_put_off_comes_back_when_its_time_has_come(cabinet):
    task = cabinet.make("task", name="Later", about=("p1",))
    cabinet.changes.postpone([task], "tomorrow")
    assert cabinet.records.pane("t1").tasks == ()
    cabinet.now = NOW + 2 * DAY
    assert names(cabinet.records.pane("t1").tasks) == ["Later"]


def test_REC_3_events_to_come_open_cases_and_the_last_notes(cabinet):
    cabinet.make("event", name="Over", start="2026-11-24 08:00", finish="09:00", about=("p1",))
    cabinet.make("event", name="Running", start="2026-11-24 09:30", finish="11:00", about=("p1",))
    cabinet.make("event", name="Fair", start="2026-11-22", finish="2026-11-25", about=("c1",))
    cabinet.make("event", name="Demo", start="2026-11-30 10:00", about=("d1",))
    cabinet.make("case", name="Broken", about=("p1",))
    cabinet.changes.complete([cabinet.make("case", name="Mended", about=("p1",))])
    for number in range(3):
        cabinet.now = NOW + number
        cabinet.make("note", name=f"Note {number}", description="x", about=("p1",))
    pane = cabinet.records.pane("t1")
    assert names(pane.events) == ["Fair", "Running", "Demo"]
    assert names(pane.cases) == ["Broken"]
    assert names(pane.notes) == ["Note 2", "Note 1"]


def test_REC_3_what_was_made_from_the_mail_of_a_stranger_is_beside_it(cabinet):
    message = cabinet.mail("stranger@else.example", NOW - 100, thread=7)
    cabinet.changes.create("task", {"name": "Find out who"}, message=message)
    pane = cabinet.records.pane("t7")
    assert (pane.kind, pane.deals, names(pane.tasks)) == ("unknown", (), ["Find out who"])


def test_REC_3_the_deal_that_a_card_is_linked_to_is_there_whoevers_it_is(cabinet):
    cabinet.make("deal", name="Of 志村", contacts="p2", stage="Proposal")
    with cabinet.database.transaction() as connection:
        connection.execute("UPDATE thread SET deal_id = 3, link = 'chosen', waiting_since = ? WHERE id = 1", (NOW,))
    pane = cabinet.records.pane("t1")
    assert [deal.name for deal in pane.deals] == ["Of 志村", "Web刷新", "Old one"]
    assert (pane.linked_deal, pane.link, pane.waiting_since) == ("d3", "chosen", NOW)


def test_REC_3_a_deal_that_is_gone_leaves_the_pane_as_it_is(cabinet):
    with cabinet.database.transaction() as connection:
        connection.execute("UPDATE thread SET deal_id = 99 WHERE id = 1")
    assert [deal.name for deal in cabinet.records.pane("t1").deals] == ["Web刷新", "Old one"]


def test_REC_3_a_lead_has_tasks_too(cabinet):
    cabinet.make("lead", last="Terasaki", addresses="hina@lead.example")
    cabinet.make("task", name="Call", about=("p3",))
    cabinet.mail("hina@lead.example", NOW, thread=9)
    pane = cabinet.records.pane("t9")
    assert (pane.kind, names(pane.tasks)) == ("lead", ["Call"])
