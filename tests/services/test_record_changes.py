"""Records made, edited, converted, merged and deleted; and every one of these taken back (REC-1, REC-4, REC-6, REC-8)."""

import json
import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.mail import Flag
from salesinbox.model.settings import CustomField, Me, Pipeline, Records, Settings
from salesinbox.rules.columns import Own
from salesinbox.services.actions import ActionService
from salesinbox.services.records.changes import RecordChanges
from salesinbox.store import board, changes
from salesinbox.store.database import Database

ZONE = ZoneInfo("Asia/Tokyo")
NOW = int(datetime(2026, 12, 1, 10, tzinfo=ZONE).timestamp())  # a Tuesday
OWN = Own(addresses=frozenset({"me@zylker.example"}), domains=frozenset({"zylker.example"}), team=frozenset())
PIPELINE = Pipeline("Sales", (("提案", "open", 40), ("受注", "won", 100), ("失注", "lost", 0)))
FIELDS = (CustomField("contact", "Shoe size", "number"), CustomField("deal", "Region", "choice", ("East", "West")))


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


class Office:
    def __init__(self, folder, records=None):
        self.clock = NOW
        self.database = Database(folder / "data" / "x.db")
        self.connection = self.database.connection
        settings = Settings(
            None, Me("橋本 奈美", ZONE), (), records=records or Records(pipelines=(PIPELINE,), fields=FIELDS)
        )
        self.actions = ActionService(self.database, settings, OWN, lambda: self.clock)
        self.service = RecordChanges(self.actions.writer)
        self.connection.execute(
            "INSERT INTO account (id, name, address, since) VALUES (1, 'work', 'me@zylker.example', 1)"
        )
        self.connection.execute("INSERT INTO folder (id, account_id, name, role) VALUES (1, 1, 'INBOX', 'inbox')")
        self.service.stages()

    def mail(self, number, sender, *, name="", thread=None, text="", subject=""):
        """A message of the day before, in a thread of its own unless told otherwise."""
        thread = thread or number
        with self.database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO thread (id, account_id) VALUES (?, 1)", (thread,))
            connection.execute(
                "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name,"
                " sender_address, recipients, subject, mine, automatic, list_id, warning, size, attachments)"
                " VALUES (?1, 1, ?2, '', ?3, ?4, ?4, ?5, ?6, '[]', ?7, 0, 0, '', '', 0, 0)",
                (
                    number,
                    thread,
                    str(number).encode(),
                    NOW - 86_400 + number,
                    name,
                    sender,
                    subject or f"Subject {number}",
                ),
            )
            connection.execute("INSERT INTO correspondent VALUES (?, ?, ?)", (sender, NOW - 86_400 + number, number))
            connection.execute("INSERT INTO body (message, text) VALUES (?, ?)", (number, text))
            connection.execute(
                "INSERT INTO location (folder_id, uid, message, flags) VALUES (1, ?1, ?1, ?2)", (number, int(Flag.NONE))
            )
            board.refresh(connection, [thread], self.actions.writer.placing())

    def new(self, kind, /, **values):
        about = values.pop("about_ids", ())
        return self.service.create(kind, values, about=about).done[0]

    def row(self, id):
        table = {"p": "person", "c": "company", "d": "deal"}.get(id[0], "item")
        cursor = self.connection.execute(f"SELECT * FROM {table} WHERE id = ?", (id[1:],))
        row = cursor.fetchone()
        return None if row is None else dict(zip((column[0] for column in cursor.description), row, strict=True))

    def rows(self, query, *values):
        return self.connection.execute(query, values).fetchall()

    def events(self, id):
        found = self.rows("SELECT kind, detail FROM record_event WHERE record = ? ORDER BY id", id)
        return [(kind, json.loads(detail)) for kind, detail in found]

    def column(self, thread):
        return self.rows("SELECT col FROM thread WHERE id = ?", thread)[0][0]

    def dump(self):
        """Everything that undo has to bring back, and the board that follows from it."""
        tables = {table: f"SELECT * FROM {table}" for table in changes.TABLES}
        tables |= {
            "thread": "SELECT id, col, rule, deal_id, views, link FROM thread",
            "thread_count": "SELECT * FROM thread_count WHERE threads <> 0 OR unread <> 0",
        }
        return {name: sorted(map(repr, self.rows(query))) for name, query in tables.items()}


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def minutes(text):
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).timestamp())


# --- making ----------------------------------------------------------------------------------------------------------


def test_REC_1_a_contact_is_made_with_its_company(office):
    outcome = office.service.create(
        "contact",
        {"name": "永田 達郎", "addresses": "Nagata <NAGATA@Minato.example>, n2@minato.example", "company": "みなと商事",
         "title": "部長", "Mobile": "０９０-1111-2222", "Shoe size": "27", "tags": "VIP, 東京"},
    )  # fmt: skip
    assert outcome.done == ("p1",)
    assert outcome.text == "Contact created: 永田 達郎"
    row = office.row("p1")
    assert (row["first"], row["last"], row["name"], row["title"]) == ("達郎", "永田", "永田 達郎", "部長")
    assert json.loads(row["extra"]) == {"Mobile": "090-1111-2222", "Shoe size": "27"}
    assert json.loads(row["tags"]) == ["VIP", "東京"]
    assert row["owner"] == "橋本 奈美"
    assert office.rows("SELECT address FROM person_address ORDER BY position") == [
        ("nagata@minato.example",), ("n2@minato.example",),
    ]  # fmt: skip
    assert office.row("c1")["domain"] == "minato.example"
    assert row["company_id"] == 1
    assert [kind for kind, _detail in office.events("p1")] == ["created"]


def test_REC_1_the_company_that_is_there_is_taken(office):
    office.new("company", name="株式会社みなと", domain="https://www.minato.example/")
    by_name = office.new("contact", name="A B", company="(株)みなと")
    by_domain = office.new("contact", name="C D", addresses="c@minato.example")
    by_id = office.new("contact", name="E F", company="c1")
    assert {office.row(one)["company_id"] for one in (by_name, by_domain, by_id)} == {1}
    free = office.new("contact", name="G H", addresses="g@gmail.com", company="G&H")
    assert office.row(f"c{office.row(free)['company_id']}")["domain"] == ""


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        ("contact", {"name": "A", "addresses": "no address"}, "Email: “no” is not a mail address"),
        ("contact", {"title": "Nobody"}, "A person needs a name or a mail address."),
        ("contact", {"name": "A", "titel": "x"}, "There is no field titel; did you mean title?"),
        ("contact", {"name": "A", "Shoe size": "large"}, "Shoe size: “large” is not a number."),
        ("company", {"domain": "minato.example"}, "A company needs a name."),
        ("company", {"name": " "}, "A company needs a name."),
        ("company", {"name": "A", "domain": "not a domain"}, "Website: “not a domain” is not a web address"),
        ("lead", {"name": "A", "website": "javascript://alert"}, "Website: “javascript://alert” is not a web address"),
        ("lead", {"name": "A", "rating": "Boiling"}, "Rating: “Boiling” is none of: Hot, Warm, Cold."),
        ("deal", {"name": "A", "amount": "a lot"}, "Amount: “a lot” is not an amount"),
        ("deal", {"name": "A", "closing": "some day"}, "Closing Date: “some day” is not a date"),
        ("deal", {"name": "A", "stage": "Nowhere"}, "Stage: There is no stage “Nowhere”. Stages are: 提案, 受注, 失注"),
        ("deal", {"name": "A", "probability": "120"}, "Probability: A probability is a number from 0 to 100."),
        ("deal", {"name": "A", "pipeline": "Other"}, "Pipeline: There is no pipeline “Other”. Pipelines are: Sales."),
        ("deal", {"name": "A", "contacts": "p99"}, "There is no contact p99 here."),
        ("deal", {"name": "A", "contacts": "no@where.example"}, "No contact is called no@where.example"),
        ("deal", {"name": "A", "Region": "North"}, "Region: “North” is none of: East, West."),
        ("task", {"name": "A", "due": "whenever"}, "Due Date: “whenever” is no day or time."),
        ("event", {"name": "A"}, "An event needs a time to begin at."),
        ("event", {"name": "A", "start": "12/5 14:00", "finish": "12/4 15:00"}, "To: an event cannot end before"),
        ("event", {"name": "A", "start": "12/5 14:00", "finish": "late"}, "To: “late” is no time."),
        ("note", {}, "A note needs a text."),
        ("product", {"name": "A", "active": "perhaps"}, "Product Active: “perhaps” is neither yes nor no."),
    ],
)
def test_REC_1_a_value_that_makes_no_sense_is_refused_and_nothing_is_made(office, kind, values, sentence):
    before = office.dump()
    with pytest.raises(UsageError, match="^" + sentence.replace("?", r"\?").replace("(", r"\(").replace(")", r"\)")):
        office.service.create(kind, values)
    assert office.dump() == before


def test_REC_1_every_kind_can_be_made_and_deleted(office):
    person = office.new("lead", name="Hina Terasaki")
    made = {
        "contact": office.new("contact", name="Jane Doe"),
        "company": office.new("company", name="Acme"),
        "deal": office.new("deal", name="Big one"),
        "task": office.new("task", name="Call", about_ids=[person]),
        "event": office.new("event", name="Demo", start="tomorrow 14:00"),
        "call": office.new("call", name="First call", minutes="15", direction="inbound"),
        "note": office.new("note", description="Likes tea\nand cake"),
        "case": office.new("case", name="It is broken", priority="high"),
        "vendor": office.new("vendor", name="Paper Ltd", email="sales@paper.example"),
        "product": office.new("product", name="Widget", price="¥1,200", active="はい"),
    }
    assert office.row(made["call"])["closed"] == NOW
    assert office.row(made["call"])["finish"] == NOW + 900
    assert json.loads(office.row(made["product"])["extra"]) == {
        "Currency": "JPY", "Unit Price": "1200", "Product Active": "true",
    }  # fmt: skip
    assert (office.row(made["task"])["status"], office.row(made["case"])["status"]) == ("Not Started", "New")
    assert office.service.remove([*made.values(), "p99"]).done == tuple(made.values())
    assert [office.row(one) for one in made.values()] == [None] * len(made)


def test_REC_1_an_items_number_is_no_other_kinds(office):
    office.new("task", name="A")
    with pytest.raises(NotFoundError):
        office.service.merge("e1", ["k1"])
    assert office.service.remove(["n1"]).refused == (("n1", "There is no record n1 here."),)
    assert office.row("k1") is not None


@pytest.mark.parametrize(
    ("typed", "day", "start"),
    [
        ("tomorrow", "2026-12-02", ""),
        ("明日", "2026-12-02", ""),
        ("today", "2026-12-01", ""),
        ("Fri", "2026-12-04", ""),
        ("12/20", "2026-12-20", ""),
        ("1/5", "2027-01-05", ""),
        ("2026-11-30", "2026-11-30", ""),
        ("3d", "2026-12-04", ""),
        ("Dec 24", "2026-12-24", ""),
        ("来週", "2026-12-07", ""),
        ("Fri 10:00", "", "2026-12-04 10:00"),
        ("明日 午後3時", "", "2026-12-02 15:00"),
        ("2026-12-01 14:00", "", "2026-12-01 14:00"),
        ("2026-12-01T05:00:00Z", "", "2026-12-01 14:00"),
        ("12月20日 9時半", "", "2026-12-20 09:30"),
        ("9:00", "", "2026-12-02 09:00"),
        ("2pm", "", "2026-12-01 14:00"),
    ],
)
def test_REC_1_days_and_times_are_typed_as_one_speaks(office, typed, day, start):
    task = office.row(office.new("task", name="A", due=typed))
    assert (task["day"], task["start"]) == (day, minutes(start) if start else 0)


@pytest.mark.parametrize(
    ("start", "finish", "expected"),
    [
        ("12/5 14:00", "", ("2026-12-05 14:00", "2026-12-05 15:00")),
        ("14:00-15:30", "", ("2026-12-01 14:00", "2026-12-01 15:30")),
        ("明日 14時〜16時", "", ("2026-12-02 14:00", "2026-12-02 16:00")),
        ("12/5 14:00", "14:45", ("2026-12-05 14:00", "2026-12-05 14:45")),
        ("12/5 14:00", "90 min", ("2026-12-05 14:00", "2026-12-05 15:30")),
        ("12/5 23:00", "1:00", ("2026-12-05 23:00", "2026-12-06 01:00")),
        ("12/5 14:00", "12/6 10:00", ("2026-12-05 14:00", "2026-12-06 10:00")),
    ],
)
def test_REC_1_an_event_has_an_hour_unless_it_is_said(office, start, finish, expected):
    event = office.row(office.new("event", name="A", start=start, finish=finish))
    assert (event["start"], event["finish"]) == tuple(map(minutes, expected))


def test_REC_1_an_event_that_is_moved_keeps_its_length(office):
    event = office.new("event", name="A", start="12/5 14:00-16:00")
    office.service.edit([event], {"start": "12/6 9:00"})
    assert (office.row(event)["start"], office.row(event)["finish"]) == (
        minutes("2026-12-06 09:00"), minutes("2026-12-06 11:00"),
    )  # fmt: skip
    days = office.new("event", name="Fair", start="12/5", finish="12/7")
    assert (office.row(days)["day"], office.row(days)["last_day"]) == ("2026-12-05", "2026-12-07")
    office.service.edit([days], {"start": "12/10"})
    assert (office.row(days)["day"], office.row(days)["last_day"]) == ("2026-12-10", "2026-12-12")


def test_REC_1_a_deal_has_roles_an_amount_and_the_first_open_stage(office):
    office.new("contact", name="永田 達郎", addresses="nagata@minato.example", company="みなと商事")
    office.new("contact", name="Jane Doe")
    office.new("contact", name="Bob Roe", addresses="bob@acme.example")
    deal = office.new(
        "deal", name="Web刷新", amount="400万円", closing="12/20",
        contacts="nagata@minato.example, Jane Doe:Decision Maker, p3：購買",
    )  # fmt: skip
    row = office.row(deal)
    assert (row["amount"], row["currency"], row["closing"], row["stage"]) == ("4000000", "JPY", "2026-12-20", "提案")
    assert (row["company_id"], row["began"], row["ended"], row["probability"]) == (1, NOW, 0, None)
    assert office.rows("SELECT person_id, role, main FROM deal_contact ORDER BY person_id") == [
        (1, "", 1), (2, "Decision Maker", 0), (3, "購買", 0),
    ]  # fmt: skip
    office.service.edit([deal], {"contacts": "p2"})
    assert office.rows("SELECT person_id, role, main FROM deal_contact") == [(2, "", 1)]


def test_REC_1_a_lead_is_no_contact_of_a_deal(office):
    office.new("lead", name="Hina", addresses="hina@lead.example")
    for who in ("p1", "hina@lead.example"):
        with pytest.raises(UsageError, match=r"Hina is a lead\. Convert it"):
            office.service.create("deal", {"name": "A", "contacts": who})


# --- from mail -------------------------------------------------------------------------------------------------------


def test_REC_5_a_record_of_an_unknown_sender_places_its_mail(office):
    office.mail(5, "hina@lead.example", name="Hina Terasaki")
    assert office.column(5) == "unknown"
    outcome = office.service.create("contact", {"name": "Hina Terasaki"}, thread="t5")
    assert office.column(5) == "people"
    assert outcome.text == "Contact created: Hina Terasaki. 1 thread moved."
    assert office.rows("SELECT address FROM person_address") == [("hina@lead.example",)]


def test_REC_5_a_deal_made_from_a_thread_is_linked_to_it(office):
    office.mail(5, "hina@lead.example")
    office.mail(6, "hina@lead.example", thread=5)
    contact = office.new("contact", name="Hina", addresses="hina@lead.example", company="Lead Ltd")
    outcome = office.service.create("deal", {"name": "Big one"}, thread="t5")
    deal = office.row(outcome.done[0])
    assert office.rows("SELECT thread_id, deal_id FROM thread_link") == [(5, deal["id"])]
    assert office.rows("SELECT deal_id, link, col FROM thread WHERE id = 5") == [(deal["id"], "chosen", "deals")]
    assert office.rows("SELECT person_id FROM deal_contact") == [(int(contact[1:]),)]
    assert deal["company_id"] == 1
    assert deal["began"] == NOW - 86_400 + 6


def test_REC_5_a_task_or_case_made_from_mail_is_about_its_writer_and_linked(office):
    office.mail(5, "hina@lead.example")
    office.mail(6, "hina@lead.example", thread=5)
    office.new("lead", name="Hina", addresses="hina@lead.example")
    case = office.service.create("case", {"name": "Broken"}, thread="t5").done[0]
    task = office.service.create("task", {"name": "Answer"}, message="m5").done[0]
    assert sorted(office.rows("SELECT record, message FROM message_record")) == [(task, 5), (case, 5), (case, 6)]
    assert office.rows("SELECT record FROM item_about") == [("p1",), ("p1",)]
    assert (office.row(case)["message"], office.row(task)["message"]) == (6, 5)
    with pytest.raises(NotFoundError):
        office.service.create("task", {"name": "A"}, thread="t99")


def test_REC_5_a_guess_with_the_company_of_the_domain_and_who_may_be_the_same(office):
    office.new("company", name="株式会社みなと商事", domain="minato.example")
    office.new("lead", name="永田 達郎", company="みなと商事（株）", addresses="old@gmail.com")
    office.mail(
        5, "nagata@minato.example", name="永田達郎",
        text="お世話になります。\n\nよろしくお願いいたします。\n\n-----------------\nみなと商事 営業部 部長\n永田 達郎\nTEL 03-1234-5678\n"
        "nagata@minato.example\n-----------------\n\n> TEL 03-9999-9999\n",
    )  # fmt: skip
    guess = office.service.guess("t5")
    assert guess.values["addresses"] == "nagata@minato.example"
    assert (guess.values["first"], guess.values["last"]) == ("達郎", "永田")
    assert (guess.values["title"], guess.values["phone"]) == ("部長", "03-1234-5678")
    assert (guess.values["company"], guess.company_id) == ("株式会社みなと商事", "c1")
    assert "addresses" not in guess.guessed
    assert {"first", "last", "title", "phone", "company"} <= guess.guessed
    assert [(one.id, one.kind, one.reason) for one in guess.duplicates] == [("p1", "lead", "same name and company")]
    made = office.service.create("contact", guess.values, thread="t5").done[0]
    assert office.row(made)["company_id"] == 1


def test_REC_5_nothing_that_is_guessed_is_refused_for_either_kind(office):
    text = "Regards,\nJane Doe\nHead of Sales, Acme Inc.\nSales Department\n+44 20 7946 0123 | www.acme.example\n"
    office.mail(5, "jane@acme.example", name="Jane Doe", text=text)
    values = office.service.guess("t5").values
    assert {"website", "department"} <= set(values)
    for kind in ("lead", "contact"):
        extra = json.loads(office.row(office.service.create(kind, values, thread="t5").done[0])["extra"])
        assert extra == {"Website": "www.acme.example", "Department": "Sales Department"}


# --- editing ---------------------------------------------------------------------------------------------------------


def test_REC_4_an_edit_writes_its_history(office):
    office.new("contact", name="Jane Doe", addresses="jane@acme.example", title="Buyer")
    office.clock += 60
    outcome = office.service.edit(["p1"], {"title": "Head Buyer", "Department": "Purchasing", "last": "Roe"})
    assert outcome.text == "Changed: Jane Roe"
    assert office.row("p1")["changed"] == NOW + 60
    assert office.events("p1")[-1] == (
        "edited",
        {"fields": {"title": ["Buyer", "Head Buyer"], "department": ["", "Purchasing"], "last": ["Doe", "Roe"]}},
    )
    office.clock += 60
    assert office.service.edit(["p1"], {"title": "Head Buyer"}).done == ("p1",)
    assert office.row("p1")["changed"] == NOW + 60


def test_REC_4_what_a_record_must_have_cannot_be_emptied_and_a_form_may_leave_fields_empty(office):
    deal = office.new("deal", name="A", stage="", amount="", closing="", pipeline="", contacts="")
    for field, heading in (("name", "Deal Name"), ("stage", "Stage")):
        with pytest.raises(UsageError, match=f"^{heading}: It cannot be empty"):
            office.service.edit([deal], {field: ""})
    office.service.edit([deal], {"amount": "1,200", "closing": "12/20", "Region": "west"})
    row = office.row(deal)
    assert (row["amount"], row["currency"], row["closing"], row["extra"]) == (
        "1200",
        "JPY",
        "2026-12-20",
        '{"Region":"West"}',
    )
    office.service.edit([deal], {"amount": "", "closing": "", "Region": ""})
    row = office.row(deal)
    assert (row["amount"], row["closing"], row["extra"]) == ("", "", "{}")


def test_REC_1_bulk_edit_adds_and_takes_away_tags_and_refuses_who_is_gone(office):
    office.new("contact", name="A A", tags="old, both")
    office.new("lead", name="B B")
    outcome = office.service.edit(["p1", "p2", "p99"], {"tags": "+new -old", "owner": "鈴木"})
    assert outcome.done == ("p1", "p2")
    assert outcome.refused == (("p99", "There is no record p99 here."),)
    assert outcome.text == "Changed: 2 records"
    assert [json.loads(office.row(one)["tags"]) for one in ("p1", "p2")] == [["both", "new"], ["new"]]
    assert office.row("p2")["owner"] == "鈴木"


def test_REC_4_an_address_that_is_added_places_its_mail(office):
    office.mail(5, "jane@home.example")
    office.new("contact", name="Jane Doe", addresses="jane@acme.example")
    assert office.column(5) == "unknown"
    office.service.edit(["p1"], {"addresses": "jane@acme.example jane@home.example"})
    assert office.column(5) == "people"
    office.actions.undo()
    assert office.column(5) == "unknown"


def test_REC_6_a_new_stage_is_written_down_and_ends_the_deal(office):
    deal = office.new("deal", name="A", probability="55")
    office.clock += 60
    office.service.edit([deal], {"stage": "受注"})
    assert office.row(deal)["ended"] == NOW + 60
    assert office.row(deal)["probability"] is None
    assert office.events(deal)[1:] == [
        ("stage", {"from": "提案", "to": "受注", "from_state": "open", "to_state": "won"})
    ]
    office.service.edit([deal], {"stage": "提案"})
    assert office.row(deal)["ended"] == 0


def test_REC_6_a_won_deal_moves_its_mail(office):
    office.mail(5, "jane@acme.example")
    office.new("contact", name="Jane", addresses="jane@acme.example")
    deal = office.new("deal", name="A", contacts="p1")
    assert office.column(5) == "deals"
    assert office.service.edit([deal], {"stage": "受注"}).text == "Changed: A. 1 thread moved."
    assert office.column(5) == "people"


def test_REC_1_tasks_are_done_put_off_and_opened_again(office):
    task = office.new("task", name="Call", due="12/2")
    note = office.new("note", description="x")
    outcome = office.service.complete([task, note])
    assert (outcome.done, outcome.text) == ((task,), "Done: Call")
    assert outcome.refused == ((note, "Only tasks, calls, cases and events can be done."),)
    assert (office.row(task)["closed"], office.row(task)["status"]) == (NOW, "Completed")
    office.service.complete([task], done=False)
    assert (office.row(task)["closed"], office.row(task)["status"]) == (0, "Not Started")
    outcome = office.service.postpone([task], "Fri 10:00")
    assert outcome.text == "Put off until Fri, Dec 4, 10:00: Call"
    assert (office.row(task)["hidden_until"], office.row(task)["day"]) == (minutes("2026-12-04 10:00"), "2026-12-04")
    later = office.new("task", name="Later", due="12/24 9:00")
    office.service.postpone([later], "tomorrow")
    assert office.row(later)["start"] == minutes("2026-12-24 09:00")
    with pytest.raises(UsageError, match="is no time to come"):
        office.service.postpone([task], "2020-01-01")
    office.service.edit([task], {"status": "completed"})
    assert office.row(task)["closed"] == NOW


# --- converting ------------------------------------------------------------------------------------------------------


def lead_with_mail(office, **values):
    office.mail(5, "hina@lead.example")
    lead = office.new("lead", name="Hina Terasaki", addresses="hina@lead.example", **values)
    task = office.new("task", name="Call", about_ids=[lead])
    return lead, task


def test_REC_4_a_lead_becomes_a_contact_of_a_new_company_and_a_new_deal(office):
    lead, _task = lead_with_mail(office, company="Lead Ltd", industry="Food", source="Web", rating="hot")
    outcome = office.service.convert(lead, new_deal={"name": "Big one", "amount": "$1,200"})
    assert outcome.done == (lead, "d1")
    assert outcome.text == "Lead converted: Hina Terasaki. 1 thread moved."
    row = office.row(lead)
    assert (row["kind"], row["company"], row["company_id"]) == ("contact", "", 1)
    assert (office.row("c1")["name"], office.row("c1")["domain"]) == ("Lead Ltd", "lead.example")
    assert json.loads(office.row("c1")["extra"]) == {"Industry": "Food"}
    deal = office.row("d1")
    assert (deal["company_id"], deal["source"], deal["currency"]) == (1, "Web", "USD")
    assert office.rows("SELECT person_id FROM deal_contact") == [(1,)]
    assert office.column(5) == "deals"
    assert office.rows("SELECT record FROM item_about") == [(lead,)]
    assert [kind for kind, _detail in office.events(lead)] == ["created", "converted"]
    with pytest.raises(UsageError, match="is no lead"):
        office.service.convert(lead)


def test_REC_4_a_lead_joins_an_existing_deal_and_the_company_of_its_domain(office):
    office.new("company", name="リード株式会社", domain="lead.example")
    office.new("contact", name="Boss", company="c1")
    deal = office.new("deal", name="Running", contacts="p1")
    lead, _task = lead_with_mail(office, company="Lead Ltd")
    assert office.service.convert(lead, deal=deal).done == (lead, deal)
    assert office.row(lead)["company_id"] == 1
    assert office.rows("SELECT person_id, main FROM deal_contact ORDER BY main DESC") == [(1, 1), (2, 0)]
    assert office.column(5) == "deals"


def test_REC_4_a_lead_whose_address_a_contact_has_becomes_part_of_it(office):
    contact = office.new("contact", name="Hina Terasaki", addresses="hina@lead.example", company="Lead Ltd")
    lead, task = lead_with_mail(office, title="Chef")
    assert office.service.convert(lead).done == (contact,)
    assert office.row(lead) is None
    assert office.row(contact)["title"] == "Chef"
    assert office.rows("SELECT record, item_id FROM item_about") == [(contact, int(task[1:]))]
    assert office.column(5) == "people"


def test_REC_4_a_conversion_takes_no_company_where_none_is_wanted(office):
    lead, _task = lead_with_mail(office, company="Lead Ltd")
    office.service.convert(lead, company="-")
    assert office.row(lead)["company_id"] is None
    assert office.rows("SELECT count(*) FROM company") == [(0,)]
    with pytest.raises(NotFoundError, match="There is no deal d9 here"):
        office.service.convert(office.new("lead", name="B"), deal="d9")


# --- merging ---------------------------------------------------------------------------------------------------------


def two_of_one(office, tmp_path):
    """A contact who is here twice, with everything that can hang on one."""
    office.mail(5, "hina@lead.example")
    office.mail(6, "hina@home.example")
    keep = office.new("contact", name="Hina Terasaki", addresses="hina@lead.example", company="Lead Ltd", tags="a")
    other = office.new(
        "contact", name="H. Terasaki", addresses="hina@home.example", title="Chef", mobile="090-1", tags="b"
    )
    office.new("contact", name="Third One")
    shared = office.new("deal", name="Shared", contacts=f"{other}, {keep}:Buyer")
    theirs = office.new("deal", name="Theirs", contacts=f"p3, {other}:User")
    office.new("note", description="About both", about_ids=[keep, other])
    office.new("note", description="About the other", about_ids=[other])
    office.new("task", name="Call", about_ids=[other])
    path = tmp_path / "offer.txt"
    path.write_text("offer")
    office.service.add_file(other, path)
    office.connection.execute("INSERT INTO message_record VALUES (?, 5), (?, 6)", (keep, other))
    return keep, other, shared, theirs


def test_REC_8_a_merge_is_field_by_field_and_everything_follows(office, tmp_path):
    keep, other, _shared, _theirs = two_of_one(office, tmp_path)
    outcome = office.service.merge(keep, [other], {"last": "寺崎", "first": "ひな"})
    assert outcome.done == (keep,)
    assert outcome.text == "Merged: 寺崎 ひな"
    row = office.row(keep)
    assert (row["name"], row["title"], json.loads(row["tags"])) == ("寺崎 ひな", "Chef", ["a", "b"])
    assert json.loads(row["extra"]) == {"Mobile": "090-1"}
    assert office.rows("SELECT address FROM person_address WHERE person_id = 1 ORDER BY position") == [
        ("hina@lead.example",), ("hina@home.example",),
    ]  # fmt: skip
    assert office.row(other) is None
    assert office.rows("SELECT deal_id, person_id, role, main FROM deal_contact ORDER BY 1, 4 DESC") == [
        (1, 1, "Buyer", 1), (2, 3, "", 1), (2, 1, "User", 0),
    ]  # fmt: skip
    assert office.rows("SELECT record FROM item_about") == [(keep,)] * 3
    assert office.rows("SELECT record FROM record_file WHERE removed = 0") == [(keep,)]
    assert sorted(office.rows("SELECT record, message FROM message_record")) == [(keep, 5), (keep, 6)]
    assert office.column(6) == "deals"
    assert office.events(keep)[-1] == ("merged", {"records": [other], "names": ["H. Terasaki"]})


def test_REC_8_companies_and_deals_are_merged_with_what_hangs_on_them(office):
    office.mail(5, "jane@acme.example")
    office.new("company", name="Acme", phone="1")
    office.new("company", name="Acme Inc.", domain="acme.example", industry="Food")
    office.new("contact", name="Jane", addresses="jane@acme.example", company="c2")
    office.new("deal", name="A", company="c1")
    office.service.create("deal", {"name": "B", "amount": "5 USD"}, thread="t5")
    office.service.merge("c1", ["c2"])
    assert office.row("p1")["company_id"] == office.row("d2")["company_id"] == 1
    assert (office.row("c1")["domain"], json.loads(office.row("c1")["extra"])) == ("acme.example", {"Industry": "Food"})
    office.service.merge("d1", ["d2"])
    assert (office.row("d1")["amount"], office.row("d1")["currency"]) == ("5", "USD")
    assert office.rows("SELECT deal_id FROM thread_link") == [(1,)]
    assert office.rows("SELECT deal_id, person_id FROM deal_contact") == [(1, 1)]
    assert office.rows("SELECT deal_id FROM thread") == [(1,)]


def test_REC_8_what_is_of_different_kinds_is_not_merged(office):
    office.new("contact", name="Jane")
    office.new("company", name="Acme")
    with pytest.raises(UsageError, match="Jane and Acme are of different kinds"):
        office.service.merge("p1", ["c1"])
    with pytest.raises(UsageError, match="at least one other record"):
        office.service.merge("p1", ["p1"])


def test_REC_8_a_lead_and_a_contact_make_a_contact(office):
    office.new("lead", name="Jane", company="Acme")
    office.new("contact", name="Jane")
    office.service.merge("p1", ["p2"])
    assert (office.row("p1")["kind"], office.row("p1")["company_id"]) == ("contact", 1)


def test_REC_8_duplicates_of_a_record_and_of_all(office):
    office.new(
        "contact", name="永田 達郎", addresses="nagata@minato.example", company="株式会社みなと", mobile="090-1111-2222"
    )
    office.new("lead", name="永田達郎", company="みなと")
    office.new("contact", name="志村 達夫", phone="+81 90 1111 2222")
    office.new("lead", name="永田 花子", addresses="nagata@minato.example")
    office.new("contact", name="Jane Doe")
    found = office.service.duplicates("p1")
    assert [(one.id, one.reason, one.score) for one in found] == [
        ("p4", "same address", 90), ("p2", "same name and company", 85), ("p3", "same phone", 30),
    ]  # fmt: skip
    assert found[0].detail == "nagata@minato.example"
    assert office.service.all_duplicates("contact") == [("p1", "p2", "p4")]
    office.new("company", name="Acme, Inc.")
    office.new("company", name="ACME GmbH")
    assert [one.id for one in office.service.duplicates("c2")] == ["c3"]
    assert office.service.all_duplicates("company") == [("c2", "c3")]


# --- undo ------------------------------------------------------------------------------------------------------------


def _new_contact(office, _folder):
    office.mail(5, "hina@lead.example")
    return lambda: office.service.create("contact", {"name": "Hina", "company": "Lead Ltd"}, thread="t5")


def _new_deal(office, _folder):
    office.mail(5, "hina@lead.example")
    office.new("contact", name="Hina", addresses="hina@lead.example")
    return lambda: office.service.create("deal", {"name": "A"}, thread="t5")


def _new_case(office, _folder):
    office.mail(5, "hina@lead.example")
    return lambda: office.service.create("case", {"name": "A"}, thread="t5")


def _into_new_deal(office, _folder):
    lead, _task = lead_with_mail(office, company="Lead Ltd")
    return lambda: office.service.convert(lead, new_deal={"name": "Big one"})


def _into_existing_deal(office, _folder):
    office.new("contact", name="Boss")
    deal = office.new("deal", name="Running", contacts="p1")
    lead, _task = lead_with_mail(office, company="Lead Ltd")
    return lambda: office.service.convert(lead, deal=deal)


def _into_existing_contact(office, _folder):
    office.new("contact", name="Hina Terasaki", addresses="hina@lead.example", company="Lead Ltd")
    lead, _task = lead_with_mail(office, title="Chef")
    return lambda: office.service.convert(lead, new_deal={"name": "Big one"})


def _merge(office, folder):
    keep, other, _shared, _theirs = two_of_one(office, folder)
    return lambda: office.service.merge(keep, [other], {"last": "寺崎"})


def _merge_deals(office, folder):
    _keep, _other, shared, theirs = two_of_one(office, folder)
    return lambda: office.service.merge(shared, [theirs])


def _merge_companies(office, folder):
    two_of_one(office, folder)
    office.new("company", name="Lead Inc.", domain="lead2.example")
    return lambda: office.service.merge("c2", ["c1"])


def _bulk_edit(office, folder):
    keep, other, _shared, _theirs = two_of_one(office, folder)
    return lambda: office.service.edit([keep, other], {"tags": "+x", "company": "New Ltd", "title": "", "Mobile": "1"})


def _win(office, folder):
    _keep, _other, shared, theirs = two_of_one(office, folder)
    return lambda: office.service.edit([shared, theirs], {"stage": "受注"})


def _remove_person(office, folder):
    keep, other, _shared, _theirs = two_of_one(office, folder)
    return lambda: office.service.remove([other, keep])


def _remove_company(office, folder):
    two_of_one(office, folder)
    return lambda: office.service.remove(["c1"])


def _remove_deal(office, _folder):
    _new_deal(office, _folder)()
    return lambda: office.service.remove(["d1"])


def _remove_task(office, _folder):
    lead_with_mail(office)
    office.service.create("task", {"name": "Answer"}, thread="t5")
    return lambda: office.service.remove(["k1", "k2"])


def _complete(office, _folder):
    _lead, task = lead_with_mail(office)
    return lambda: office.service.complete([task])


def _put_off(office, _folder):
    task = office.new("task", name="Call", due="today")
    return lambda: office.service.postpone([task], "Fri")


def _file(office, folder):
    keep, *_rest = two_of_one(office, folder)
    return lambda: office.service.add_file(keep, folder / "offer.txt")


def _no_file(office, folder):
    two_of_one(office, folder)
    return lambda: office.service.remove_file("f1")


@pytest.mark.parametrize(
    "prepare",
    [
        _new_contact, _new_deal, _new_case, _into_new_deal, _into_existing_deal, _into_existing_contact, _merge,
        _merge_deals, _merge_companies, _bulk_edit, _win, _remove_person, _remove_company, _remove_deal, _remove_task,
        _complete, _put_off, _file, _no_file,
    ],
)  # fmt: skip
def test_ACT_3_undo_gives_the_database_back(office, tmp_path, prepare):
    change = prepare(office, tmp_path)
    before = office.dump()
    office.clock += 60
    assert change().done
    assert office.dump() != before
    office.clock += 60
    assert office.actions.undo().text.startswith("Undone – ")
    after = office.dump()
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert office.rows("PRAGMA foreign_key_check") == []


# --- files -----------------------------------------------------------------------------------------------------------


def test_REC_2_a_file_is_copied_and_nothing_but_a_file_is_read(office, tmp_path):
    office.new("contact", name="Jane")
    path = tmp_path / "見積.pdf"
    path.write_bytes(b"%PDF-1")
    assert office.service.add_file("p1", path).text == "File added to Jane: 見積.pdf"
    path.unlink()
    assert office.rows(
        "SELECT record, name, type, size, content FROM record_file JOIN record_file_content ON file_id = id"
    ) == [("p1", "見積.pdf", "application/pdf", 6, b"%PDF-1")]
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as large:
        large.truncate(25_000_001)
    for name, sentence in (
        ("pipe", "is not a file"),
        ("large", "more than 25 MB"),
        ("gone", "cannot be added"),
        (".", "Is a directory"),
    ):
        with pytest.raises(UsageError, match=sentence):
            office.service.add_file("p1", tmp_path / name)
    assert office.service.remove_file("f1").done == ("f1",)
    with pytest.raises(NotFoundError):
        office.service.remove_file("f1")


# --- pipelines -------------------------------------------------------------------------------------------------------


def test_REC_6_stages_are_those_of_the_settings_and_one_in_use_stays(tmp_path):
    first = Office(tmp_path, Records())
    old = first.service.stages()[0].name
    deal = first.new("deal", name="A")
    first.database.close()
    office = Office(tmp_path / "other", Records())
    office.new("deal", name="A")
    office.service.writer.settings = Settings(
        None, Me(zone=ZONE), (),
        records=Records(pipelines=(PIPELINE, Pipeline("Partners", (("Talk", "open", 20), ("受注", "won", 100))))),
    )  # fmt: skip
    service = RecordChanges(office.service.writer)
    assert service.pipelines() == ["Sales", "Partners"]
    assert [(stage.name, stage.state, stage.probability) for stage in service.stages("Partners")] == [
        ("Talk", "open", 20), ("受注", "won", 100),
    ]  # fmt: skip
    assert office.rows("SELECT name FROM stage ORDER BY position") == [
        ("提案",),
        ("受注",),
        ("失注",),
        ("Talk",),
        (old,),
    ]
    partner = service.create("deal", {"name": "B", "pipeline": "partners"}).done[0]
    assert (office.row(partner)["stage"], office.row(deal)["stage"]) == ("Talk", old)
    with pytest.raises(UsageError, match="is not in the pipeline “Partners”"):
        service.edit([partner], {"pipeline": "Partners", "stage": "失注"})


def test_REC_6_a_stage_that_means_something_else_now_places_mail_again(tmp_path):
    office = Office(tmp_path)
    office.mail(5, "jane@acme.example")
    office.new("contact", name="Jane", addresses="jane@acme.example")
    office.new("deal", name="A", contacts="p1")
    assert office.column(5) == "deals"
    office.service.writer.settings = Settings(
        None,
        Me(zone=ZONE),
        (),
        records=Records(pipelines=(Pipeline("Sales", (("New", "open", 1), ("提案", "lost", 0))),)),
    )
    RecordChanges(office.service.writer).stages()
    assert office.column(5) == "people"


def test_a_moment_is_utc_wherever_the_rep_is():
    assert datetime.fromtimestamp(NOW, UTC).hour == 1
