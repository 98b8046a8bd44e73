"""Taking in tasks, events, calls, notes, cases, vendors and products (REC-7)."""

import json

import pytest

from salesinbox.formats import files
from salesinbox.model.imports import ITEM_FILES
from salesinbox.store.database import Database
from salesinbox.store.imports.intake import take

NOW = 2_000_000_000


class Desk:
    def __init__(self, folder):
        self.database = Database(folder / "mail.db")
        self.connection = self.database.connection
        self.now = NOW

    def take(self, kind, content):
        self.now += 1000
        with self.database.transaction() as connection:
            return take(connection, kind, files.read(content.encode(), kind).rows(), self.now)

    def items(self, *columns):
        return self.connection.execute(f"SELECT {', '.join(columns)} FROM item ORDER BY id").fetchall()

    def about(self):
        return self.connection.execute("SELECT item_id, record FROM item_about ORDER BY item_id, record").fetchall()


def counts(outcome):
    return outcome.created, outcome.updated, outcome.skipped


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    desk.take("companies", "Company Name,Website\nみなと商事,minato.example\nAcme,acme.example\n")
    desk.take(
        "contacts",
        "First Name,Last Name,Email,Company\n達郎,永田,nagata@minato.example,みなと商事\nAnn,Lee,ann@acme.example,Acme\n"
        "Ann,Lee,ann@minato.example,みなと商事\n",
    )
    desk.take("leads", "Last Name,Email\nHina,hina@lead.example\n")
    desk.take("deals", "Deal Name,Company\nWeb刷新,みなと商事\nRollout,Acme\n")
    yield desk
    desk.database.close()


def test_REC_7_tasks_of_zoho_know_whom_they_are_about(desk):
    outcome = desk.take(
        "tasks",
        "Record Id,Subject,Due Date,Status,Priority,Related To,Contact Name,Task Owner,Closed Time,Description,Tag\n"
        "z1,見積を送る,2026-12-20,Not Started,Highest,Web刷新,永田 達郎,橋本,,急ぎ,vip\n"
        "z2,Call back,2026-12-21,Completed,Low,Acme,,,2026-12-21 10:00,,\n",
    )
    assert (counts(outcome), outcome.errors) == ((2, 0, 0), [])
    assert desk.items("name", "day", "status", "priority", "owner", "body", "tags", "closed > 0") == [
        ("見積を送る", "2026-12-20", "Not Started", "High", "橋本", "急ぎ", '["vip"]', 0),
        ("Call back", "2026-12-21", "Completed", "Low", "", "", "[]", 1),
    ]
    assert desk.about() == [(1, "d1"), (1, "p1"), (2, "c2")]


@pytest.mark.parametrize(
    ("heading", "cell", "record"),
    [
        ("Contact Name", "Tatsuro Nagata", ""),
        ("Contact Name", "永田 達郎", "p1"),
        ("連絡先名", "永田　達郎", "p1"),
        ("Contact Email", "NAGATA@minato.example", "p1"),
        ("Lead Name", "Hina", "p4"),
        ("Contact", "hina@lead.example", "p4"),
        ("Deal Name", "web刷新", "d1"),
        ("商談名", "Web刷新", "d1"),
        ("Account Name", "ACME", "c2"),
        ("取引先名", "みなと商事", "c1"),
        ("関連先", "Rollout", "d2"),
        ("Related To", "Acme", "c2"),
        ("Related To", "ann@acme.example", "p2"),
        ("About", "p2", "p2"),
        ("About", "d9", ""),
        ("About", "永田 達郎 <nagata@minato.example> [p1]", "p1"),
        ("About", "永田 達郎 <nagata@minato.example> [p3]", "p1"),
        ("About", "Web刷新 [d2]", "d1"),
    ],
)
def test_REC_7_records_are_named_by_address_name_or_id(desk, heading, cell, record):
    outcome = desk.take("notes", f"Note,{heading}\nText,{cell}\n")
    assert outcome.created == 1
    assert desk.about() == ([(1, record)] if record else [])
    assert [error.line for error in outcome.errors] == ([] if record else [2])


def test_REC_7_a_name_that_two_have_is_told_apart_by_the_company_or_said(desk):
    outcome = desk.take(
        "calls",
        "Subject,Contact Name,Account Name\nA,Ann Lee,Acme\nB,Ann Lee,みなと商事\nC,Ann Lee,\nD,Nobody,\n",
    )
    assert outcome.created == 4
    assert desk.about() == [(1, "c2"), (1, "p2"), (2, "c1"), (2, "p3")]
    assert [(error.line, "Several" in error.error) for error in outcome.errors] == [(4, True), (5, False)]


EXPORTS = {
    "tasks": "Subject,Due Date,Status,Contact Email\nA,2026-12-20,,nagata@minato.example\nA,2026-12-21,Completed,\n",
    "events": "Title,From,To,Location\nA,2026-12-20 10:00,2026-12-20 11:00,横浜\nB,2026-12-20,2026-12-22,\n",
    "calls": "Subject,Call Start Time,Call Duration (in minutes),Call Type\nA,2026-12-20 10:00,25,Outgoing\nB,,,\n",
    "notes": "Note Title,Note Content,Parent Name\n,Text one,Acme\n,Text two,Acme\nTitle,Text one,\n",
    "cases": "Subject,Status,Priority,Case Origin,Account Name\nA,New,High,Phone,Acme\nB,Closed,,,\n",
    "vendors": "Vendor Name,Email,Phone,City\nA,a@v.example,03,横浜\nB,,,\n",
    "products": 'Product Name,Product Code,Unit Price,Product Active\nA,X1,"¥1,200",true\nB,X2,5,no\n',
}


@pytest.mark.parametrize("kind", ITEM_FILES)
def test_REC_7_the_same_items_again_change_nothing(desk, kind):
    content = EXPORTS[kind]
    number = content.count("\n") - 1
    outcome = desk.take(kind, content)
    assert (counts(outcome), outcome.errors) == ((number, 0, 0), [])
    before = list(desk.connection.iterdump())
    assert counts(desk.take(kind, content)) == (0, 0, number)
    assert list(desk.connection.iterdump()) == before


def test_REC_7_fields_of_items_are_kept_where_the_program_looks_for_them(desk):
    for kind, content in EXPORTS.items():
        desk.take(kind, content)
    found = {
        (kind, name): json.loads(extra) for kind, name, extra in desk.items("kind", "name", "extra") if extra != "{}"
    }
    assert found == {
        ("event", "A"): {"Location": "横浜"},
        ("call", "A"): {"Call Type": "Outbound", "Minutes": "25"},
        ("case", "A"): {"Case Origin": "Phone"},
        ("vendor", "A"): {"Email": "a@v.example", "Phone": "03", "City": "横浜"},
        ("product", "A"): {"Product Code": "X1", "Unit Price": "1200 JPY", "Product Active": "true"},
        ("product", "B"): {"Product Code": "X2", "Unit Price": "5", "Product Active": "false"},
    }


def test_REC_7_an_item_of_a_crm_is_the_same_whatever_it_is_called_now(desk):
    desk.take("tasks", "Record Id,Subject,Due Date\nz1,Old name,2026-12-20\n")
    assert counts(desk.take("tasks", "Record Id,Subject,Due Date\nz1,New name,2026-12-24\nz2,Old name,2026-12-20\n")) == (
        1, 1, 0,
    )  # fmt: skip
    assert desk.items("name", "day") == [("New name", "2026-12-24"), ("Old name", "2026-12-20")]


def test_REC_7_vendors_are_found_by_address_and_products_by_code(desk):
    desk.take("vendors", EXPORTS["vendors"])
    desk.take("products", EXPORTS["products"])
    assert counts(desk.take("vendors", "Vendor Name,Email\nA Ltd,A@V.example\n")) == (0, 1, 0)
    assert counts(desk.take("products", "Product Name,Product Code\nA2,x1\n")) == (0, 1, 0)


@pytest.mark.parametrize(
    ("kind", "content", "sentence"),
    [
        ("tasks", "Subject,Due Date\n,2026-12-20\n", "no name"),
        ("tasks", "Subject,Due Date\nA,someday\n", "not a date"),
        ("events", "Subject,From\nA,\n", "when"),
        ("events", "Subject,From,To\nA,2026-12-20,2026-12-19\n", "before"),
        ("events", "Subject,From,To\nA,2026-12-20 10:00,2026-12-20 09:00\n", "before"),
        ("notes", "Title,Note,Created Time\n,,2026-01-01\n", "neither"),
        ("products", "Product Name,Unit Price\nA,cheap\n", "not an amount"),
    ],
)
def test_REC_7_bad_items_are_told_by_line(desk, kind, content, sentence):
    (error,) = list(files.read(content.encode(), kind).rows())
    assert error.line == 2
    assert sentence in error.error


def test_REC_7_a_call_that_was_held_is_done(desk):
    desk.take(
        "calls",
        "Subject,Call Start Time,Call Status\nheld,2026-01-02 10:00,Completed\nplanned,2026-01-02 10:00,Scheduled\n"
        "silent,2026-01-02 10:00,\nlater,2096-01-02 10:00,\n",
    )
    assert desk.items("name", "closed > 0") == [("held", 1), ("planned", 0), ("silent", 1), ("later", 0)]


def test_REC_7_what_is_done_stays_done_when_a_file_is_silent(desk):
    desk.take("tasks", "Subject,Due Date,Status\nA,2026-12-20,Completed\n")
    closed = desk.items("closed")
    desk.take("tasks", "Subject,Due Date,Priority\nA,2026-12-20,High\n")
    assert desk.items("closed") == closed
    desk.take("tasks", "Subject,Due Date,Status\nA,2026-12-20,In Progress\n")
    assert desk.items("closed", "status") == [(0, "In Progress")]


@pytest.mark.parametrize(
    "text", ["'; DELETE FROM item; --", '"', "%", "[bold]x[/]", "{0}", "{name}", "NULL", "a;b", "[p1]"]
)
def test_REC_7_no_text_of_a_file_reaches_sql_or_markup(desk, text):
    content = f'Subject,About,Record Id,Odd\n"{text.replace(chr(34), chr(34) * 2)}",Acme,"{text.replace(chr(34), chr(34) * 2)}",x\n'
    assert counts(desk.take("tasks", content)) == (1, 0, 0)
    assert counts(desk.take("tasks", content)) == (0, 0, 1)
    assert desk.items("name") == [(text,)]
