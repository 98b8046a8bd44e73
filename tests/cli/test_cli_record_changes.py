"""`records create`, `edit`, `delete`, `convert`, `merge`, `duplicates`, `from`, `stages` from scripts."""

import sqlite3

import pytest

from tests.cli.conftest import ME, write_config

PIPELINE = """
[records]
owner = "鈴木 ほなみ"
currency = "EUR"

[[pipeline]]
name = "Sales"
  [[pipeline.stage]]
  name = "Talk"
  probability = 20
  [[pipeline.stage]]
  name = "Won"
  state = "won"

[[field]]
kind = "contact"
name = "Floor"
type = "number"
"""


@pytest.fixture
def records(cli, home):
    write_config(home, me=ME + PIPELINE)
    return lambda *words: cli("records", *words)


def shown(home, query):
    connection = sqlite3.connect(home / "data" / "mail.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_REC_4_a_record_is_made_edited_and_deleted(records, cli, home):
    made = records(
        "create", "--kind", "contact", "name=永田 達郎", "addresses=nagata@minato.example", "Floor=3", "--json"
    )
    assert (made.code, made.json) == (0, {"done": ["p1"], "refused": [], "text": "Contact created: 永田 達郎"})
    assert shown(home, "SELECT name, owner, extra FROM person") == [("永田 達郎", "鈴木 ほなみ", '{"Floor":"3"}')]
    task = records("create", "--kind", "task", "name=Call", "due=tomorrow", "--about", "p1")
    assert (task.code, task.out) == (0, "k1  Task created: Call\n")
    edited = records("edit", "p1", "p99", "title=部長", "tags=+VIP")
    assert (edited.code, edited.out) == (6, "p1  Changed: 永田 達郎\n")
    assert edited.err == "salesinbox: p99: There is no record p99 here.\n"
    assert shown(home, "SELECT title, tags FROM person") == [("部長", '["VIP"]')]
    refused = records("delete", "p1")
    assert (refused.code, "Add --yes" in refused.err) == (2, True)
    assert records("delete", "p1", "--yes").out == "p1  Deleted: 永田 達郎\n"
    assert records("delete", "p1", "--yes").code == 1
    assert cli("undo").out == "Undone – Deleted: 永田 達郎\n"
    assert shown(home, "SELECT name FROM person") == [("永田 達郎",)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("create", "--kind", "contact", "name"), "name is no NAME=VALUE."),
        (("create", "--kind", "contact", "nmae=x"), "There is no field nmae; did you mean name?"),
        (("create", "--kind", "deal", "name=x", "closing=some day"), "Closing Date: “some day” is not a date."),
        (("edit", "p1"), "Say what is to be changed: NAME=VALUE."),
        (("edit", "title=x"), "Name at least one record."),
        (("duplicates", "--kind", "task"), "invalid choice"),
    ],
)
def test_UI_7_what_makes_no_sense_is_a_usage_error(records, words, sentence):
    done = records(*words)
    assert (done.code, sentence in done.err, done.out) == (2, True, "")


def test_REC_4_a_lead_is_converted_into_a_new_deal(records, home):
    records("create", "--kind", "lead", "name=Hina Terasaki", "addresses=hina@lead.example", "company=Lead Ltd")
    done = records("convert", "p1", "--new-deal", "name=Big one", "amount=1200", "--json")
    assert (done.code, done.json["done"]) == (0, ["p1", "d1"])
    assert shown(home, "SELECT kind, company_id FROM person") == [("contact", 1)]
    assert shown(home, "SELECT name, amount, currency, stage FROM deal") == [("Big one", "1200", "EUR", "Talk")]
    assert records("convert", "p1").code == 2
    assert records("convert", "p9").code == 1


def test_REC_8_duplicates_are_found_and_merged(records, home):
    records("create", "--kind", "contact", "name=Jane Doe", "addresses=jane@acme.example")
    records("create", "--kind", "contact", "name=Jane Doe", "addresses=jane@acme.example", "title=Buyer")
    assert records("duplicates", "p1").out.split() == [
        "p2",
        "100",
        "%",
        "Jane",
        "Doe",
        "jane@acme.example",
        "same",
        "address",
    ]
    assert records("duplicates", "p1", "--json").json == [
        {
            "id": "p2",
            "kind": "contact",
            "name": "Jane Doe",
            "detail": "jane@acme.example",
            "reason": "same address",
            "score": 100,
        }
    ]
    assert records("duplicates", "--kind", "contact", "--json").json == [{"ids": ["p1", "p2"]}]
    assert records("merge", "p1", "p2", "last=Roe").out == "p1  Merged: Jane Roe\n"
    assert shown(home, "SELECT id, name, title FROM person") == [(1, "Jane Roe", "Buyer")]


def test_REC_6_stages_are_those_of_the_settings(records):
    assert records("stages", "--json").json == [
        {"pipeline": "Sales", "stage": "Talk", "state": "open", "probability": 20},
        {"pipeline": "Sales", "stage": "Won", "state": "won", "probability": 100},
    ]
    assert records("stages").out.splitlines()[0].split() == ["Sales", "Talk", "open", "20", "%"]


def test_REC_5_a_sender_becomes_a_contact(synced, home):
    (found,) = synced("list", "--column", "unknown", "--json").json
    dry = synced("records", "from", found["id"], "--dry-run", "--json")
    assert dry.code == 0
    assert dry.json["values"] == {"last": "Stranger", "company": "Elsewhere", "addresses": "stranger@elsewhere.example"}
    assert dry.json["guessed"] == ["company", "last"]
    assert dry.json["duplicates"] == []
    made = synced("records", "from", found["id"], "name=Pat Stranger", "--json")
    assert (made.code, made.json["text"]) == (0, "Contact created: Pat Stranger. 1 thread moved.")
    assert shown(home, "SELECT first, last FROM person WHERE id = 2") == [("Pat", "Stranger")]
    again = synced("records", "from", found["id"])
    assert (again.code, "Pat Stranger (p2) may be the same: same address." in again.err) == (2, True)
    assert synced("records", "from", found["id"], "--force", "--kind", "lead").code == 0
    assert synced("why", found["id"], "--json").json["column"] == "people"


def test_REC_4_a_deal_is_made_from_a_thread(synced, home):
    (found,) = synced("list", "--column", "unknown", "--json").json
    synced("records", "from", found["id"])
    assert synced("records", "create", "--kind", "deal", "name=New", "--from", found["id"]).code == 0
    assert shown(home, "SELECT deal_id FROM thread_link") == [(2,)]
