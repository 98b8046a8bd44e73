"""tasks, and records list, show and pipeline for what is read."""

import io
import sys

import pytest

from tests.cli.conftest import write_config


@pytest.fixture
def rep(cli, home):
    """A rep with a contact, a deal and some tasks."""
    write_config(home)
    for arguments in (
        ("contact", "last=永田", "first=達郎", "addresses=nagata@minato.example", "company=みなと商事", "tags=vip"),
        ("contact", "last=Lee", "first=Ann", "addresses=ann@lee.example"),
        (
            "deal",
            "name=Web刷新",
            "contacts=p1",
            "stage=Proposal",
            "amount=4000000",
            "currency=JPY",
            "closing=2040-12-20",
        ),
    ):
        kind, *values = arguments
        assert cli("records", "create", "--kind", kind, *values).code == 0
    return cli


def test_UI_7_tasks_are_listed_overdue_first(rep):
    rep("tasks", "--add", "Some day")
    rep("tasks", "--add", "Next year", "--due", "2040-01-05", "--about", "d1", "--about", "p1")
    rep("tasks", "--add", "Long ago", "--due", "2020-01-05")
    listed = rep("tasks", "--json").json
    assert [(one["name"], one["due"], one["overdue"]) for one in listed] == [
        ("Long ago", "2020-01-05", True), ("Next year", "2040-01-05", False), ("Some day", None, False),
    ]  # fmt: skip
    assert listed[1]["about"] == [{"id": "p1", "name": "永田 達郎"}, {"id": "d1", "name": "Web刷新"}]
    plain = rep("tasks").out.splitlines()
    assert plain[0].split() == [listed[0]["id"], "overdue", "2020-01-05", "Long", "ago"]
    assert plain[1].endswith("Next year  永田 達郎, Web刷新")
    assert "no date" in plain[2]


def test_UI_7_tasks_are_done_open_again_and_put_off(rep, monkeypatch):
    (one,) = rep("tasks", "--add", "One", "--due", "tomorrow 9:00", "--json").json["done"]
    (two,) = rep("tasks", "--add", "Two", "--json").json["done"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{one}\n{two}\n".encode())))
    assert rep("tasks", "--done", "-").code == 0
    assert rep("tasks", "--json").json == []
    assert rep("tasks", "--open", one).code == 0
    assert [task["id"] for task in rep("tasks", "--json").json] == [one]
    assert rep("tasks", "--snooze", "3d", one).code == 0
    assert rep("tasks", "--json").json == []
    assert [task["id"] for task in rep("tasks", "--all", "--json").json] == [one]
    assert rep("undo").code == 0
    assert [task["id"] for task in rep("tasks", "--json").json] == [one]
    mixed = rep("tasks", "--done", one, "p1", "--json")
    assert (mixed.code, mixed.json["done"], [each["id"] for each in mixed.json["refused"]]) == (6, [one], ["p1"])


def test_UI_7_tasks_go_out_as_a_calendar(rep):
    rep("tasks", "--add", "見積; END:VTODO", "--due", "2040-01-05")
    event = rep("records", "create", "--kind", "event", "name=Demo", "start=2040-02-01 10:00", "--json").json["done"][0]
    whole = rep("tasks", "--ics").out
    assert (whole.count("BEGIN:VTODO"), whole.count("BEGIN:VEVENT")) == (1, 1)
    assert "DUE;VALUE=DATE:20400105" in whole
    assert "DTSTART:20400201T010000Z" in whole
    assert rep("tasks", "--ics", event).out.count("BEGIN:V") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("tasks", "k1"),
        ("tasks", "--done"),
        ("tasks", "--done", "--open", "k1"),
        ("tasks", "--due", "tomorrow"),
        ("tasks", "--add", "X", "--due", "whenever"),
        ("tasks", "--snooze", "whenever", "k1"),
        ("records", "list", "--kind", "contacts", "--query", "amount:>1"),
        ("records", "list", "--kind", "contacts", "--sort", "shoes"),
        ("records", "list", "--kind", "contacts", "--columns", "shoes"),
        ("records", "list", "--kind", "invoices"),
    ],
)
def test_UI_7_what_makes_no_sense_ends_with_2_and_a_sentence(rep, arguments):
    done = rep(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.strip()


def test_UI_7_an_unknown_id_ends_with_1(rep):
    assert rep("tasks", "--done", "k99").code == 1
    assert rep("tasks", "--ics", "k99").code == 1
    assert rep("records", "show", "k99").code == 1
    assert rep("records", "pipeline", "Other").code == 1


def test_REC_1_lists_are_filtered_sorted_and_cut(rep):
    def names(*arguments):
        return [one["name"] for one in rep("records", "list", *arguments, "--json").json]

    assert names("--kind", "contacts") == ["Ann Lee", "永田 達郎"]
    assert names("--kind", "contacts", "--query", "tag:vip") == ["永田 達郎"]
    assert names("--kind", "contacts", "--sort", "company", "--reverse", "--limit", "1") == ["Ann Lee"]
    assert names("--kind", "deals", "--query", "amount:>1000 is:open") == ["Web刷新"]
    plain = rep("records", "list", "--kind", "deals", "--columns", "name,amount,closing").out
    assert plain.split() == ["d1", "Web刷新", "¥4,000,000", "2040-12-20"]


@pytest.mark.parametrize(
    ("kind", "plural", "values"),
    [
        ("lead", "leads", ["last=L"]), ("company", "companies", ["name=C"]), ("task", "tasks", ["name=T"]),
        ("event", "events", ["name=E", "start=tomorrow"]), ("call", "calls", ["name=C"]),
        ("note", "notes", ["description=N"]), ("case", "cases", ["name=S"]), ("vendor", "vendors", ["name=V"]),
        ("product", "products", ["name=P", "price=12"]),
    ],
)  # fmt: skip
def test_REC_1_every_kind_is_listed_and_shown(rep, kind, plural, values):
    (made,) = rep("records", "create", "--kind", kind, *values, "--json").json["done"]
    listed = {one["id"]: one for one in rep("records", "list", "--kind", plural, "--json").json}
    assert listed[made]["kind"] == kind
    assert rep("records", "show", made, "--json").json == listed[made]
    assert rep("records", "show", made).out.startswith(f"Id: {made}\nKind: {kind}\n")
    assert made in rep("records", "list", "--kind", plural).out


def test_REC_2_show_tells_what_happened(rep):
    rep("records", "edit", "d1", "stage=Negotiation")
    rep("records", "create", "--kind", "note", "description=決裁は部長\nまで", "--about", "d1")
    shown = rep("records", "show", "d1", "--timeline", "--json").json
    assert {one["kind"] for one in shown["timeline"]} == {"note", "stage", "created"}
    assert any(one["title"] == "Proposal → Negotiation" for one in shown["timeline"])
    plain = rep("records", "show", "d1", "--timeline").out
    assert "Stage: Negotiation (open)\n" in plain
    assert "決裁は部長 まで" in plain
    assert "timeline" not in rep("records", "show", "d1", "--json").json
    assert len(rep("records", "show", "d1", "--timeline", "--limit", "1", "--json").json["timeline"]) == 1


def test_REC_6_the_pipeline_is_printed_with_its_amounts(rep):
    stages = {one["name"]: one for one in rep("records", "pipeline", "--json").json["stages"]}
    assert stages["Proposal"] == {
        "name": "Proposal", "state": "open", "probability": 60, "deals": 1,
        "total": [{"amount": "4000000", "currency": "JPY"}], "weighted": [{"amount": "2400000", "currency": "JPY"}],
    }  # fmt: skip
    line = next(line for line in rep("records", "pipeline").out.splitlines() if line.startswith("Proposal"))
    assert line.split() == ["Proposal", "open", "60", "%", "1", "¥4,000,000", "¥2,400,000"]


def test_READ_3_no_text_of_a_record_drives_the_terminal(rep):
    rep("records", "create", "--kind", "note", "name=\x1b[2Jred", "description=a\x1b]0;x\x07\nb", "--about", "p1")
    for arguments in (("show", "p1", "--timeline"), ("list", "--kind", "notes"), ("show", "n1")):
        assert "\x1b" not in rep("records", *arguments).out
