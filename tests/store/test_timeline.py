"""What happened with a record, newest first, its mail and its files (REC-2)."""

import json

import pytest

from salesinbox.model.errors import NotFoundError
from salesinbox.model.timeline import DRAFTS, PEOPLE, SCHEDULED, SENT_HERE
from tests.cabinet import NOW, Cabinet

DAY = 86_400


@pytest.fixture
def cabinet(tmp_path):
    """A company with two contacts, one of them on a deal."""
    cabinet = Cabinet(tmp_path)
    cabinet.now = NOW - 100 * DAY
    cabinet.make(
        "contact", last="永田", addresses="nagata@minato.example, tatsuro@minato.example", company="みなと商事"
    )
    cabinet.make("contact", last="志村", addresses="shimura@minato.example", company="みなと商事")
    cabinet.make("deal", name="Web刷新", company="c1", contacts="p1", stage="Proposal")
    cabinet.now = NOW
    yield cabinet
    cabinet.close()


def mails(cabinet, id, **options):
    return [one.id for one in cabinet.records.timeline(id, kinds=("mail",), **options)]


def kinds(cabinet, id, **options):
    return [one.kind for one in cabinet.records.timeline(id, **options)]


def test_REC_2_a_persons_mail_is_that_of_all_addresses_each_once(cabinet):
    first = cabinet.mail("nagata@minato.example", NOW - 300, also=("tatsuro@minato.example",))
    second = cabinet.mail("tatsuro@minato.example", NOW - 200)
    third = cabinet.mail("nagata@minato.example", NOW - 100, mine=True)
    cabinet.mail("stranger@else.example", NOW - 50)
    assert mails(cabinet, "p1") == [third, second, first]
    entries = cabinet.records.timeline("p1", kinds=("mail",))
    assert [entry.mine for entry in entries] == [True, False, False]
    assert (entries[0].who, entries[1].who) == ("nagata@minato.example", "tatsuro@minato.example")
    assert (entries[0].title, entries[0].detail, entries[0].thread) == ("Subject 3", "Text 3", "t3")


def test_REC_2_drafts_and_spam_are_no_mail_that_was_exchanged(cabinet):
    cabinet.mail("nagata@minato.example", NOW - 300, mine=True, folder=2)
    cabinet.mail("nagata@minato.example", NOW - 200, folder=3)
    gone = cabinet.mail("nagata@minato.example", NOW - 100)
    with cabinet.database.transaction() as connection:
        connection.execute("DELETE FROM location WHERE message = ?", (int(gone[1:]),))
    assert mails(cabinet, "p1") == []


def test_REC_2_a_company_has_the_mail_of_its_people_and_a_deal_on_demand_that_of_its_contacts(cabinet):
    one = cabinet.mail("nagata@minato.example", NOW - 300)
    two = cabinet.mail("shimura@minato.example", NOW - 200)
    other = cabinet.mail("stranger@else.example", NOW - 100)
    assert mails(cabinet, "c1") == [two, one]
    assert mails(cabinet, "d1") == []
    with cabinet.database.transaction() as connection:
        connection.execute("INSERT INTO link (message, deal_id, how) VALUES (?, 1, 'chosen')", (int(other[1:]),))
        connection.execute("INSERT INTO message_record (record, message) VALUES ('c1', ?)", (int(other[1:]),))
    assert mails(cabinet, "d1") == [other]
    assert mails(cabinet, "d1", mail=PEOPLE) == [other, one]
    assert mails(cabinet, "c1") == [other, two, one]


def test_REC_2_activities_stages_and_files_stand_among_the_mail_by_their_time(cabinet, tmp_path):
    cabinet.mail("nagata@minato.example", NOW - 50 * DAY)
    cabinet.now = NOW - 60 * DAY
    note = cabinet.make("note", description="決裁は部長", about=("p1",))
    cabinet.now = NOW - 40 * DAY
    task = cabinet.make("task", name="Offer", due="tomorrow", about=("p1",))
    cabinet.now = NOW - 30 * DAY
    cabinet.changes.complete([task])
    path = tmp_path / "plan.txt"
    path.write_bytes(b"the plan")
    cabinet.now = NOW - 20 * DAY
    cabinet.changes.add_file("p1", path)
    cabinet.now = NOW
    event = cabinet.make("event", name="Demo", start="2026-12-01", about=("p1",))
    entries = cabinet.records.timeline("p1")
    assert [one.kind for one in entries] == ["event", "file", "task", "mail", "note", "created"]
    assert [one.open for one in entries] == [True, False, False, False, False, False]
    assert (entries[0].id, entries[0].day) == (event, "2026-12-01")
    assert (entries[4].id, entries[4].title) == (note, "決裁は部長")
    assert entries[1].title == "plan.txt"
    assert kinds(cabinet, "p1", kinds=("task", "note")) == ["task", "note"]
    assert cabinet.records.file(cabinet.records.files("p1")[0].id) == ("plan.txt", b"the plan")
    # All of it is the company's, too; what became of the person is not.
    assert kinds(cabinet, "c1") == ["event", "task", "mail", "note", "created"]


def test_REC_2_a_deals_stages_are_told_in_words(cabinet):
    cabinet.now = NOW - 10 * DAY
    cabinet.changes.edit(["d1"], {"stage": "Negotiation"})
    cabinet.now = NOW
    cabinet.changes.edit(["d1"], {"amount": "5000000"})
    edited, staged, created = cabinet.records.timeline("d1")
    assert (staged.kind, staged.title) == ("stage", "Proposal → Negotiation")
    assert (edited.kind, edited.title) == ("edited", "Changed")
    assert edited.detail.startswith("Amount: – → ")
    assert (created.kind, created.title) == ("created", "Created")
    assert kinds(cabinet, "d1", kinds=("stage",)) == ["stage"]


def test_REC_2_a_lead_that_became_a_contact_and_a_merged_one_say_so(cabinet):
    lead = cabinet.make("lead", last="Terasaki", addresses="hina@lead.example", company="Lead Ltd")
    cabinet.now = NOW + 1
    cabinet.changes.convert(lead, new_deal={"name": "First deal"})
    converted = cabinet.records.timeline(lead)[0]
    assert (converted.kind, converted.title, converted.detail) == (
        "converted",
        "Lead converted",
        "Lead Ltd, First deal",
    )
    cabinet.now = NOW + 2
    cabinet.changes.merge("p1", ["p2"])
    merged = cabinet.records.timeline("p1")[0]
    assert (merged.kind, merged.detail) == ("merged", "志村")


def test_REC_2_a_record_that_a_file_brought_begins_with_its_creation(cabinet):
    with cabinet.database.transaction() as connection:
        connection.execute("DELETE FROM record_event")
    (created,) = cabinet.records.timeline("d1")
    assert (created.kind, created.date) == ("created", NOW - 100 * DAY)


def test_REC_2_pages_follow_each_other_without_a_gap_or_a_double(cabinet):
    for number in range(40):
        when = NOW - number // 3 * 100  # several at the same second
        cabinet.mail("nagata@minato.example" if number % 2 else "tatsuro@minato.example", when)
        cabinet.now = when
        if number % 4 == 0:
            cabinet.make(("task", "note", "case", "call")[number // 4 % 4], name=f"I{number}", about=("p1",))
        if number % 10 == 0:
            cabinet.changes.edit(["p1"], {"title": f"T{number}"})
    cabinet.now = NOW
    for id in ("p1", "c1"):  # noqa: A001 - an id
        whole = [one.key for one in cabinet.records.timeline(id, limit=500)]
        assert len(whole) == len(set(whole)) >= 51
        assert whole == sorted(whole, reverse=True)
        pieces, before = [], None
        while page := cabinet.records.timeline(id, limit=7, before=before):
            pieces += [one.key for one in page]
            before = page[-1].key
        assert pieces == whole


def put(cabinet, number, state, recipients, *, due=NOW, answers=None):
    with cabinet.database.transaction() as connection:
        connection.execute("INSERT OR IGNORE INTO action (id, created, verb) VALUES (1, 0, 'mailed')")
        connection.execute(
            "INSERT INTO outgoing (id, account_id, action_id, answers, message_id, sender, recipients, state, created,"
            " due, sent, subject) VALUES (?, 1, 1, ?, ?, 'me@zylker.example', ?, ?, ?, ?, ?, ?)",
            (number, answers, f"<out{number}@x>", json.dumps(recipients), state, NOW, due, due, f"Out {number}"),
        )


def draft(cabinet, number, to, *, about=None):
    with cabinet.database.transaction() as connection:
        connection.execute(
            "INSERT INTO draft (id, account_id, fields, subject, about, created, changed, key)"
            " VALUES (?, 1, ?, ?, ?, ?, ?, 'k')",
            (number, json.dumps({"to": to, "text": "Dear"}), f"Draft {number}", about, NOW, NOW + number),
        )


def test_REC_2_what_was_sent_from_here_is_scheduled_or_is_being_written(cabinet):
    cabinet.mail("nagata@minato.example", NOW - 50, mine=True)
    put(cabinet, 1, "sent", ["Nagata@Minato.example"])
    put(cabinet, 2, "pending", ["shimura@minato.example", "tatsuro@minato.example"], due=NOW + 900)
    put(cabinet, 3, "sent", ["somebody@else.example"])
    put(cabinet, 4, "cancelled", ["nagata@minato.example"])
    draft(cabinet, 1, "永田 <nagata@minato.example>")
    draft(cabinet, 2, "not-nagata@minato.example")
    draft(cabinet, 3, "shimura@minato.example; x@y.example")
    assert [one.title for one in cabinet.records.timeline("p1", mail=SENT_HERE)] == ["Out 1"]
    (scheduled,) = cabinet.records.timeline("p1", mail=SCHEDULED)
    assert (scheduled.id, scheduled.title, scheduled.date, scheduled.open) == ("o2", "Out 2", NOW + 900, True)
    (being_written,) = cabinet.records.timeline("p1", mail=DRAFTS)
    assert (being_written.id, being_written.title, being_written.mine) == ("d1", "Draft 1", True)
    assert [one.title for one in cabinet.records.timeline("c1", mail=DRAFTS)] == ["Draft 3", "Draft 1"]
    assert [one.title for one in cabinet.records.timeline("d1", mail=SCHEDULED)] == ["Out 2"]


def test_REC_2_what_answers_linked_mail_is_the_deals(cabinet):
    question = int(cabinet.mail("stranger@else.example", NOW - 100)[1:])
    with cabinet.database.transaction() as connection:
        connection.execute("INSERT INTO link (message, deal_id, how) VALUES (?, 1, 'chosen')", (question,))
    put(cabinet, 1, "pending", ["stranger@else.example"], answers=question)
    draft(cabinet, 1, "stranger@else.example", about=question)
    assert [one.title for one in cabinet.records.timeline("d1", mail=SCHEDULED)] == ["Out 1"]
    assert [one.thread for one in cabinet.records.timeline("d1", mail=DRAFTS)] == [f"t{question}"]


def test_REC_2_an_item_has_a_timeline_of_its_own_with_the_mail_it_was_made_from(cabinet):
    message = cabinet.mail("nagata@minato.example", NOW - 100)
    task = cabinet.changes.create("task", {"name": "Answer"}, message=message).done[0]
    cabinet.now = NOW + 5
    cabinet.changes.complete([task])
    entries = cabinet.records.timeline(task)
    assert [one.kind for one in entries] == ["closed", "created", "mail"]
    assert entries[0].title == "Done"


def test_REC_2_records_around_a_record(cabinet):
    task = cabinet.make("task", name="Offer", about=("d1", "p1"))
    cabinet.make("note", description="N", about=("d1",))
    company = cabinet.records.related("c1")
    assert {one.id for one in company.people} == {"p1", "p2"}
    assert [one.id for one in company.deals] == ["d1"]
    deal = cabinet.records.related("d1")
    assert ([one.id for one in deal.people], [one.id for one in deal.companies]) == (["p1"], ["c1"])
    assert [one.kind for one in deal.items] == ["task", "note"]
    person = cabinet.records.related("p1")
    assert ([one.id for one in person.deals], [one.id for one in person.companies]) == (["d1"], ["c1"])
    about = cabinet.records.related(task)
    assert ([one.id for one in about.people], [one.id for one in about.deals]) == (["p1"], ["d1"])


def test_REC_2_attachments_of_the_mail_are_among_the_files(cabinet):
    message = int(cabinet.mail("nagata@minato.example", NOW - 100)[1:])
    with cabinet.database.transaction() as connection:
        connection.execute("UPDATE message SET attachments = 1 WHERE id = ?", (message,))
        parts = [["offer.pdf", "application/pdf", 900, "2", False], ["logo.png", "image/png", 9, "3", True]]
        connection.execute(
            "INSERT INTO body (message, text, attachments) VALUES (?, '', ?)", (message, json.dumps(parts))
        )
    (file,) = cabinet.records.files("p1")
    assert (file.id, file.name, file.size, file.date) == (f"m{message}:2", "offer.pdf", 900, NOW - 100)
    assert [one.name for one in cabinet.records.files("c1")] == ["offer.pdf"]
    assert cabinet.records.related("c1").files == ()
    for wrong in ("f9", "", "f", "m1:2", "f1x"):
        with pytest.raises(NotFoundError):
            cabinet.records.file(wrong)


@pytest.mark.parametrize("wrong", ["p99", "x1", "", "d2"])
def test_REC_2_a_record_that_is_gone_is_told(cabinet, wrong):
    with pytest.raises(NotFoundError):
        cabinet.records.timeline(wrong)
    with pytest.raises(NotFoundError):
        cabinet.records.related(wrong)


def test_REC_2_many_addresses_cost_no_more_than_those_with_the_newest_mail(cabinet):
    for number in range(60):
        cabinet.make("contact", last=f"N{number}", addresses=f"n{number}@minato.example", company="c1")
    expected = [cabinet.mail(f"n{number % 60}@minato.example", NOW + number, also=("nagata@minato.example",))
                for number in range(300)]  # fmt: skip
    assert mails(cabinet, "c1", limit=50) == expected[:-51:-1]
    asked = []
    cabinet.database.connection.set_trace_callback(asked.append)
    mails(cabinet, "c1", limit=3)
    cabinet.database.connection.set_trace_callback(None)
    assert sum("FROM correspondent WHERE address" in one for one in asked) < 10
