"""`salesinbox filters`, `columns` and `views` as scripts meet them (FLT-2, COL-12, VIEW-3)."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli, account, write_config
from tests.mailboxes import mail
from tests.servers import Mailbox


@pytest.fixture
def desk(cli: Cli, home: Path, dovecot: Mailbox) -> Cli:
    """Three threads of three senders, one of them a contact, and a folder."""
    write_config(home, account(dovecot))
    for number in (1, 2, 3):
        dovecot.deliver(mail(number, sender=f"Customer {number} <c{number}@customer.example>"))
    with dovecot.client() as other:
        for name in ("Archive", "Projects"):
            other.create_folder(name)
    (home / "contacts.csv").write_text("First Name,Last Name,Email\nAnna,Stone,c1@customer.example\n")
    assert cli("records", "import", str(home / "contacts.csv"), "--kind", "contacts").code == 0
    assert cli("sync").code == 0
    return cli


def subjects(cli: Cli, *words: str) -> list[str]:
    return sorted(card["subject"] for card in cli("list", "--json", *words).json)


def test_FLT_2_a_filter_is_made_listed_changed_and_deleted(desk: Cli) -> None:
    made = desk("filters", "add", "Customers", "kind:contact", "--do", "move Projects", "--do", "magnet-on")
    assert (made.code, made.err) == (0, "")
    assert made.out == "Arranged: Customers\n1 thread here fits; filters run applies it to mail already here.\n"
    desk("filters", "add", "Rest", "--do", "label Stranger", "--do", "stop", "--off", "--", "-kind:contact")
    assert desk("filters", "--json").json == [
        {
            "id": "r1", "name": "Customers", "query": "kind:contact", "enabled": True, "threads": 1, "problem": "",
            "actions": [{"do": "move", "value": "Projects"}, {"do": "magnet-on", "value": ""}],
        },
        {
            "id": "r2", "name": "Rest", "query": "-kind:contact", "enabled": False, "threads": 2, "problem": "",
            "actions": [{"do": "label", "value": "Stranger"}, {"do": "stop", "value": ""}],
        },
    ]  # fmt: skip
    assert "move to Projects, into the magnet" in desk("filters").out
    assert desk("filters", "order", "rest").code == 0
    assert desk("filters", "edit", "Rest", "--on", "--name", "Strangers", "--do", "flag").code == 0
    first, second = desk("filters", "--json").json
    assert (first["name"], first["enabled"], first["actions"]) == ("Strangers", True, [{"do": "flag", "value": ""}])
    assert second["name"] == "Customers"
    assert desk("filters", "delete", "r2").code == 0
    assert [one["name"] for one in desk("filters", "--json").json] == ["Customers"]
    assert desk("undo").out.startswith("Undone – Arranged: Strangers")
    assert len(desk("filters", "--json").json) == 2


def test_FLT_2_run_says_how_many_first_and_does_it_with_yes(desk: Cli) -> None:
    desk("filters", "add", "Customers", "kind:contact", "--do", "archive")
    desk("filters", "add", "Strangers", "NOT kind:contact", "--do", "label Stranger")
    asked = desk("filters", "run")
    assert asked.code == 2
    assert asked.out == "Customers: 1 thread (archive 1)\nStrangers: 2 threads (label 2)\n"
    assert "Add --yes" in asked.err
    dry = desk("filters", "run", "strangers", "--dry-run", "--json")
    assert (dry.code, dry.json) == (
        0, [{"name": "Strangers", "threads": 2, "actions": {"label": 2}, "refused": []}],
    )  # fmt: skip
    assert subjects(desk, "--folder", "INBOX") == ["Subject 1", "Subject 2", "Subject 3"]
    done = desk("filters", "run", "--yes", "--json")
    assert (done.code, len(done.json["done"]), done.json["refused"]) == (0, 3, [])
    assert subjects(desk, "--folder", "INBOX") == ["Subject 2", "Subject 3"]
    assert desk("filters", "run", "--yes").out == "No mail here fits, or it is as the filters want it already.\n"
    assert desk("filters", "run").code == 0
    assert desk("undo").out == "Undone – Filters run on 3 threads\n"
    assert subjects(desk, "--folder", "INBOX") == ["Subject 1", "Subject 2", "Subject 3"]
    assert desk("sync").code == 0


def test_FLT_2_what_is_wrong_is_said_in_words(desk: Cli) -> None:
    for words, code, sentence in (
        (["add", "a", "kind:boss", "--do", "flag"], 2, "“boss” after kind: is not known"),
        (["add", "a", "kind:lead", "--do", "move Nowhere"], 2, "There is no folder Nowhere"),
        (["add", "a", "kind:lead", "--do", "\x1b[31mred"], 2, "There is no action"),
        (["add", "a", "kind:lead"], 2, "--do"),
        (["edit", "Nobody", "--on"], 1, "There is no filter Nobody. Filters here: –."),
        (["run", "Nobody"], 1, "There is no filter Nobody"),
    ):
        done = desk("filters", *words)
        assert done.code == code, (words, done)
        assert sentence in done.err
        assert "\x1b" not in done.err


def test_COL_12_a_column_is_made_listed_ordered_and_deleted(desk: Cli) -> None:
    made = desk("columns", "add", "New leads", "NOT kind:contact", "--json")
    assert (made.code, made.json["done"]) == (0, ["x-new-leads"])
    assert subjects(desk, "--column", "x-new-leads") == ["Subject 2", "Subject 3"]
    desk("columns", "add", "Second", "from:c2")
    assert desk("columns", "order", "Second").code == 0
    assert desk("columns", "--json").json == [
        {"name": "x-second", "title": "Second", "query": "from:c2", "threads": 1, "problem": ""},
        {"name": "x-new-leads", "title": "New leads", "query": "NOT kind:contact", "threads": 1, "problem": ""},
    ]
    assert desk("columns", "edit", "second", "--title", "Two", "--query", "from:c3").code == 0
    assert subjects(desk, "--column", "x-second") == ["Subject 3"]
    assert desk("columns", "delete", "Two").out == "Arranged: Two. 1 thread moved.\n"
    assert [one["name"] for one in desk("columns", "--json").json] == ["x-new-leads"]
    refused = desk("columns", "add", "Bad", "column:deals")
    assert (refused.code, "cannot ask for column:deals" in refused.err) == (2, True)
    assert desk("list", "--column", "x-none").code == 2


def test_VIEW_3_a_view_is_kept_and_listed_by_its_name(desk: Cli) -> None:
    assert desk("views", "add", "Two of them", "from:c1 OR from:c2").code == 0
    assert desk("views", "list", "--json").json == [{"name": "Two of them", "query": "from:c1 OR from:c2"}]
    assert subjects(desk, "--view", "Two of them") == ["Subject 1", "Subject 2"]
    assert desk("views", "delete", "Two of them").code == 0
    assert desk("list", "--view", "Two of them").code == 2
