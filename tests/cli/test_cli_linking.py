"""Linking mail to deals and other records from scripts (LINK-4)."""

import io
import sys

import pytest

from salesinbox.model.errors import Exit
from tests.cli.conftest import Cli

LINK = {"record", "kind", "name", "how", "messages"}
CHOICE = {"record", "kind", "name", "detail", "why"}


def card(cli: Cli, column: str) -> dict[str, object]:
    return next(one for one in cli("list", "--json").json if one["column"] == column)


def thread(cli: Cli, column: str) -> str:
    return str(card(cli, column)["id"])


def links(cli: Cli, id: str) -> dict[str, str]:
    return {one["record"]: one["how"] for one in cli("links", id, "--json").json["links"]}


def test_LINK_2_links_says_what_mail_is_linked_to_and_how(synced: Cli) -> None:
    told = synced("links", thread(synced, "deals"), "--json").json
    assert told.keys() == {"id", "links", "choices"}
    assert all(one.keys() == LINK for one in told["links"])
    deal, person, company = told["links"]
    assert (deal["kind"], deal["name"], deal["how"], deal["messages"]) == ("deal", "Web刷新", "auto", 2)
    assert (person["name"], person["how"]) == ("永田 達郎", "person")
    assert company["name"] == "みなとみらい商事"
    assert told["choices"] == []


def test_LINK_4_a_thread_is_linked_and_the_card_says_so(synced: Cli) -> None:
    stranger = thread(synced, "unknown")
    done = synced("link", stranger, "--deal", "web刷新", "--json")
    assert (done.code, done.json) == (0, {"done": [stranger], "refused": []})
    found = card(synced, "unknown")["deal"]
    assert isinstance(found, dict)
    assert (found["name"], found["link"]) == ("Web刷新", "chosen")
    assert "You linked it to “Web刷新”." in synced("why", stranger).out
    assert synced("why", stranger, "--json").json["link"] == "You linked it to “Web刷新”."
    undone = synced("undo", "--json")
    assert undone.code == 0
    assert card(synced, "unknown")["deal"] is None


def test_LINK_4_unlink_holds_whatever_a_sync_or_an_import_does(synced: Cli, home) -> None:
    deal = thread(synced, "deals")
    done = synced("unlink", deal)
    assert (done.code, done.err) == (0, "")
    assert "資料の件" in done.out
    assert synced("records", "import", str(home / "deals.csv"), "--kind", "deals").code == 0
    assert synced("sync").code == 0
    assert card(synced, "deals")["deal"] is None
    again = synced("unlink", deal, "--json")
    assert (again.code, again.json["done"]) == (Exit.FAILED, [])
    assert again.json["refused"] == [{"id": deal, "error": "It is linked to no deal."}]


def test_LINK_4_single_messages_and_further_records(synced: Cli) -> None:
    deal, stranger = thread(synced, "deals"), thread(synced, "unknown")
    messages = [one["id"] for one in synced("show", deal, "--json").json["messages"]]
    assert synced("unlink", messages[0], "--json").json["done"] == [messages[0]]
    assert "d1" in links(synced, messages[1])
    assert "d1" not in links(synced, messages[0])
    person = next(record for record, how in links(synced, deal).items() if how == "person")
    assert synced("link", stranger, "--record", person, "--json").code == 0
    assert links(synced, stranger) == {person: "chosen"}
    assert synced("unlink", stranger, "--record", person).code == 0
    assert links(synced, stranger) == {}


def test_LINK_4_ids_come_through_a_pipe_and_what_is_not_here_is_refused(
    synced: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger, colleague = thread(synced, "unknown"), thread(synced, "colleagues")
    given = f"{stranger}\n{colleague}\nt999\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
    done = synced("link", "-", "--deal", "d1")
    assert done.code == Exit.PARTLY
    assert "2 threads" in done.out
    assert "t999" in done.err
    assert links(synced, stranger)["d1"] == links(synced, colleague)["d1"] == "chosen"


def test_LINK_4_what_could_be_linked_is_found_by_words(synced: Cli) -> None:
    told = synced("links", thread(synced, "unknown"), "--find", "web", "--json").json
    assert told["links"] == []
    assert all(one.keys() == CHOICE for one in told["choices"])
    assert [(one["record"], one["name"], one["why"]) for one in told["choices"]] == [("d1", "Web刷新", "found")]
    plain = synced("links", thread(synced, "unknown"), "--find", "永田")
    assert plain.code == 0
    assert "linked to nothing" in plain.out
    assert "永田 達郎" in plain.out


def test_LINK_2_there_is_no_guess_to_confirm_where_a_rule_was_sure(synced: Cli) -> None:
    done = synced("link", thread(synced, "deals"), "--guess", "--json")
    assert (done.code, done.json["done"]) == (Exit.FAILED, [])


def test_LINK_2_a_guess_is_confirmed(synced: Cli, home) -> None:
    (home / "more.csv").write_text(
        "Deal Name,Company,Contact Email,Stage\n保守契約,みなとみらい商事,nagata@minato.example,提案\n"
    )
    assert synced("records", "import", str(home / "more.csv"), "--kind", "deals").code == 0
    deal = thread(synced, "deals")
    assert synced("unlink", deal).code == 0
    assert synced("link", deal, "--deal", "保守契約").code == 0
    assert links(synced, deal)["d2"] == "chosen"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["link", "t1", "--deal", "Nothing"], Exit.FAILED, "There is no deal Nothing here."),
        (["link", "t1", "--record", "p99"], Exit.FAILED, "There is no record p99 here."),
        (["link", "t1", "--record", "d1"], Exit.USAGE, "--deal"),
        (["link", "t1"], Exit.USAGE, "--deal"),
        (["links", "t99"], Exit.FAILED, "There is no thread or message t99 here."),
        (["links", "t1\x1b[2J"], Exit.FAILED, "There is no thread or message t1"),
    ],
)
def test_UI_7_what_cannot_be_is_said_in_a_sentence(synced: Cli, words: list[str], code: int, said: str) -> None:
    done = synced(*words)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "\x1b" not in done.err
