"""JSON as DESIGN.md's table has it: the keys exactly, ids that stay the same, and the exit codes of `sync`."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.acceptance.desk import Rep, account
from tests.mailboxes import in_cache, mail, on_server
from tests.servers import Dovecot, Mailbox, free_port

CONTACTS = (
    "First Name,Last Name,Email,Company,Title\n達郎,永田,nagata@minato.example,みなとみらい商事,部長\n"
    "Ann,Other,ann@elsewhere.example,Elsewhere,\n"
)
DEALS = (
    "Deal Name,Company,Contact Email,Stage,Amount,Currency,Closing Date\n"
    "Web刷新,みなとみらい商事,nagata@minato.example,提案,4000000,JPY,2027-12-20\n"
)
LEADS = "First Name,Last Name,Email,Company\nLea,Der,lea@lead.example,Lead Inc\n"

CARD = {
    "id", "column", "reason", "subject", "from", "date", "unread", "flagged", "answered", "messages", "attachments", "deal",
    "warning",
}  # fmt: skip
DEAL = {"id", "name", "amount", "currency", "stage", "closing", "link"}
MESSAGE = {"id", "message_id", "from", "to", "cc", "date", "subject", "flags", "folder", "text", "attachments"}
FOLDER = {"name", "server", "local", "new", "changed", "gone", "ok", "error"}
WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00")


def with_file(number: int) -> bytes:
    return (
        b"From: =?utf-8?B?5rC455SwIOmBlOmDjg==?= <nagata@minato.example>\r\nTo: Rep <rep@zylker.example>\r\n"
        b"Cc: c@minato.example\r\n"
        b"Subject: Re: Subject 1\r\nDate: Mon, 02 Nov 2026 11:00:00 +0900\r\nMessage-ID: <%d@test.example>\r\n"
        b"References: <1@test.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
        b"--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee the estimate.\r\n"
        b'--B\r\nContent-Type: application/pdf; name="estimate.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJDRA==\r\n--B--\r\n'
    ) % number  # fmt: skip


@dataclass(frozen=True)
class Office:
    rep: Rep
    mailbox: Mailbox
    first_sync: Any


@pytest.fixture(scope="module")
def office(dovecot_server: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("office")
    rep = Rep(home, home)
    mailbox = dovecot_server.login("office")
    mailbox.deliver(mail(1, sender="永田 達郎 <nagata@minato.example>"), flags="S")
    mailbox.deliver(with_file(2))
    mailbox.deliver(mail(3, sender="鈴木 ほなみ <suzuki@zylker.example>"), flags="SF")
    mailbox.deliver(mail(4, sender="Stranger <stranger@elsewhere.example>"), flags="R")
    mailbox.deliver(mail(5, sender="Lea <lea@lead.example>"), folder="Archive/2026")
    rep.configure(account(mailbox))
    for kind, text in (("contacts", CONTACTS), ("leads", LEADS), ("deals", DEALS)):
        assert rep.run("records", "import", str(rep.file(f"{kind}.csv", text)), "--kind", kind).code == 0
    done = rep.run("sync", "--json")
    assert done.code == 0, done.err
    yield Office(rep, mailbox, done.json)
    rep.clear()


def ask(office: Office, *words: str, code: int = 0) -> Any:
    done = office.rep.run(*words, "--json")
    assert done.code == code, done
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.out), "not even white space but line breaks"
    return done.json


def check_card(card: dict[str, Any], *more: str) -> None:
    assert set(card) == {*CARD, *more}
    assert re.fullmatch(r"t[1-9]\d*", card["id"])
    assert set(card["from"]) == {"name", "address"}
    assert WHEN.fullmatch(card["date"])
    assert all(isinstance(card[key], bool) for key in ("unread", "flagged", "answered"))
    assert isinstance(card["messages"], int)
    assert all(isinstance(card[key], str) for key in ("column", "reason", "subject", "warning"))
    assert card["reason"]
    if card["deal"] is not None:
        assert set(card["deal"]) == DEAL
        assert all(isinstance(value, str) for value in card["deal"].values())


def test_JSON_of_account_list_and_test(office: Office) -> None:
    for verb, ok in (("list", None), ("test", True)):
        [one] = ask(office, "account", verb)
        assert set(one) == {"name", "address", "provider", "ok", "detail"}
        assert (one["name"], one["provider"], one["ok"]) == ("work", "imap", ok)
        assert one["detail"]


def test_JSON_of_sync(office: Office) -> None:
    assert set(office.first_sync) == {"accounts"}
    [one] = office.first_sync["accounts"]
    assert set(one) == {"name", "folders", "seconds"}
    assert one["seconds"] > 0
    inbox, archive = one["folders"]
    assert set(inbox) == set(archive) == FOLDER
    assert inbox == {
        "name": "INBOX",
        "server": 4,
        "local": 4,
        "new": 4,
        "changed": 0,
        "gone": 0,
        "ok": True,
        "error": "",
    }
    assert (archive["name"], archive["local"]) == ("Archive/2026", 1)
    again = ask(office, "sync", "--account", "work")["accounts"][0]["folders"][0]
    assert (again["new"], again["changed"], again["gone"], again["server"], again["local"]) == (0, 0, 0, 4, 4)


def test_JSON_of_list(office: Office) -> None:
    cards = ask(office, "list")
    for card in cards:
        check_card(card)
    assert [card["date"] for card in cards] == sorted((card["date"] for card in cards), reverse=True)
    by_column = {card["column"]: card for card in cards}
    assert set(by_column) == {"deals", "people", "colleagues", "unknown"}
    first = by_column["deals"]
    assert first["deal"] == {
        "id": "d1", "name": "Web刷新", "amount": "4000000", "currency": "JPY", "stage": "提案", "closing": "2027-12-20",
        "link": "auto",
    }  # fmt: skip
    assert (first["messages"], first["unread"], first["attachments"]) == (2, True, 1)
    assert first["from"] == {"name": "永田 達郎", "address": "nagata@minato.example"}
    assert by_column["colleagues"]["flagged"]
    assert by_column["unknown"]["answered"]
    assert by_column["people"]["deal"] is None


def test_JSON_of_list_is_narrowed_by_column_view_folder_and_number(office: Office) -> None:
    for words, columns in (
        (("--column", "people"), ["people"]),
        (("--view", "flagged"), ["colleagues"]),
        (("--view", "open-deals"), ["deals"]),
        (("--folder", "Archive/2026"), ["people"]),
        (("--folder", "work:Archive/2026"), ["people"]),
        (("--folder", "INBOX", "--column", "people"), []),
    ):
        assert [card["column"] for card in ask(office, "list", *words)] == columns, words
    assert len(ask(office, "list", "--limit", "2")) == 2
    assert ask(office, "list", "--limit", "2") == ask(office, "list")[:2]


def test_JSON_of_show(office: Office) -> None:
    [card] = ask(office, "list", "--column", "deals")
    shown = ask(office, "show", card["id"])
    assert set(shown) == {"id", "column", "messages"}
    assert (shown["id"], shown["column"]) == (card["id"], "deals")
    one, two = shown["messages"]
    assert set(one) == set(two) == MESSAGE
    assert re.fullmatch(r"m[1-9]\d*", one["id"])
    assert (one["message_id"], two["message_id"]) == ("<1@test.example>", "<2@test.example>")
    assert one["flags"] == ["seen"]
    assert two["from"] == {"name": "永田 達郎", "address": "nagata@minato.example"}
    assert two["to"] == [{"name": "Rep", "address": "rep@zylker.example"}]
    assert two["cc"] == [{"name": "", "address": "c@minato.example"}]
    assert WHEN.fullmatch(two["date"])
    assert (two["subject"], two["folder"], two["flags"]) == ("Re: Subject 1", "INBOX", [])
    assert two["text"].strip() == "See the estimate."
    [attached] = two["attachments"]
    assert attached == {"name": "estimate.pdf", "type": "application/pdf", "size": 4}


def test_JSON_of_search(office: Office) -> None:
    found = ask(office, "search", "estimate")
    assert len(found) == 1
    check_card(found[0], "snippet")
    assert "estimate" in found[0]["snippet"]
    plain = {key: value for key, value in found[0].items() if key != "snippet"}
    assert plain in ask(office, "list")
    for query in ("永田", "stage:提案", "company:みなとみらい", "filename:estimate.pdf", "column:deals is:unread"):
        assert [card["id"] for card in ask(office, "search", query)] == [found[0]["id"]], query
    assert ask(office, "search", "nothinglikethis") == []


def test_SRCH_2_whatever_is_typed_gives_results_or_a_sentence(office: Office) -> None:
    for query in (
        "a@b.com",
        'foo"bar',
        "AND",
        "x -y",
        "(",
        "OR OR",
        "'; DROP TABLE message; --",
        "*",
        "from:",
        "\x1b[2J",
        "NEAR(a b)",
    ):
        done = office.rep.run("search", "--json", "--", query)
        assert done.code in (0, 2), done
        if done.code:
            assert done.out == ""
            done.one_sentence()
        else:
            assert isinstance(done.json, list)
            assert done.err == ""
    assert len(ask(office, "list")) == 4


def test_JSON_of_why(office: Office) -> None:
    for column, rule, record, address in (
        ("deals", "open-deal", "p1", "nagata@minato.example"),
        ("people", "lead", "p3", "lea@lead.example"),
        ("colleagues", "own-domain", "", "suzuki@zylker.example"),
        ("unknown", "no-record", "", "stranger@elsewhere.example"),
    ):
        [card] = ask(office, "list", "--column", column)
        why = ask(office, "why", card["id"])
        assert set(why) == {"column", "reason", "rule", "record", "address", "also", "link"}
        assert (why["column"], why["rule"], why["address"]) == (column, rule, address)
        assert (why["record"] or "") == record or why["record"].startswith(record), why
        assert why["reason"] == card["reason"]
        assert isinstance(why["also"], list)


def test_JSON_of_records(office: Office) -> None:
    again = ask(office, "records", "import", str(office.rep.home / "contacts.csv"), "--kind", "contacts")
    assert {"created", "updated", "skipped", "errors", "moved"} <= set(again)
    assert (again["created"], again["updated"], again["skipped"], again["errors"], again["moved"]) == (0, 0, 2, [], 0)
    bad = office.rep.file("bad.csv", LEADS + "x,y,broken,z\n")
    report = ask(office, "records", "import", str(bad), "--kind", "leads", "--dry-run", code=6)
    [error] = report["errors"]
    assert set(error) == {"line", "error"}
    assert error["line"] == 3
    for kind, number in (("contacts", 2), ("leads", 1), ("deals", 1), ("companies", 2)):
        listed = ask(office, "records", "list", "--kind", kind)
        assert len(listed) == number, kind
        assert all(isinstance(one["id"], str) for one in listed)
        assert ask(office, "records", "export", "--kind", kind) == listed
        assert ask(office, "records", "show", listed[0]["id"]) == listed[0]


def test_JSON_of_status_and_doctor(office: Office) -> None:
    [one] = ask(office, "status")
    assert one["name"] == "work"
    assert one["synced"] is True
    inbox = one["folders"][0]
    assert {"name", "server", "local", "last_success", "last_error", "next_try"} <= set(inbox)
    assert (inbox["server"], inbox["local"], inbox["last_error"], inbox["next_try"]) == (4, 4, "", None)
    assert WHEN.fullmatch(inbox["last_success"])
    for check in ask(office, "doctor"):
        assert set(check) == {"name", "ok", "detail", "fix"}
        assert check["ok"] is True


def test_ids_are_the_same_in_every_run_and_after_another_sync(office: Office) -> None:
    def ids() -> list[tuple[str, list[str]]]:
        cards = ask(office, "list")
        return [(card["id"], [one["id"] for one in ask(office, "show", card["id"])["messages"]]) for card in cards]

    before = ids()
    ask(office, "sync")
    ask(office, "records", "import", str(office.rep.home / "deals.csv"), "--kind", "deals")
    assert ids() == before


# --- acting -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def busy(dovecot_server: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of its own: what is done here is not seen above."""
    home = tmp_path_factory.mktemp("busy")
    rep = Rep(home, home)
    mailbox = dovecot_server.login("busy")
    for number in range(1, 5):
        mailbox.deliver(mail(number))
    mailbox.deliver(mail(5), folder="Archive")
    rep.configure(account(mailbox))
    done = rep.run("sync", "--json")
    assert done.code == 0, done.err
    yield Office(rep, mailbox, done.json)
    rep.clear()


def id_of(office: Office, subject: str) -> str:
    [found] = [card["id"] for card in ask(office, "list") if card["subject"] == subject]
    assert isinstance(found, str)
    return found


def test_JSON_of_acting_is_done_and_refused(busy: Office) -> None:
    one, two = id_of(busy, "Subject 1"), id_of(busy, "Subject 2")
    for words in (
        ("mark", "read"),
        ("mark", "flagged"),
        ("label", "--add", "Quote"),
        ("archive",),
        ("move", "INBOX"),
        ("copy", "Archive"),
        ("trash",),
        ("move", "INBOX"),
        ("spam",),
        ("spam", "--not"),
        ("snooze", "tomorrow"),
        ("unsnooze",),
        ("mute",),
        ("mute", "--off"),
        ("delete", "--yes"),
    ):
        assert ask(busy, *words, one, two) == {"done": [one, two], "refused": []}, words
        partly = ask(busy, *words, "t999", "nothing", code=1)
        assert partly["done"] == []
        assert [refused["id"] for refused in partly["refused"]] == ["t999", "nothing"], words
        assert all(set(refused) == {"id", "error"} for refused in partly["refused"])
    done = ask(busy, "undo")
    assert set(done) == {"done", "refused", "text"}
    assert (sorted(done["done"]), done["refused"]) == (sorted([one, two]), [])
    assert done["text"] == "Undone – Deleted for good: 2 threads"
    assert ask(busy, "mark", "unread", one, "t999", code=6)["done"] == [one]


def test_JSON_of_folders_and_of_changes_to_be_sent(busy: Office) -> None:
    folders = ask(busy, "folders")
    assert all(set(one) == {"account", "name", "role", "synced", "messages", "unread"} for one in folders)
    assert all(isinstance(one["synced"], bool) and isinstance(one["messages"], int) for one in folders)
    assert folders[0]["name"] == "INBOX"
    assert ask(busy, "folders", "--account", "work") == folders
    assert ask(busy, "status")[0]["pending"] > 0
    ask(busy, "sync")
    assert ask(busy, "status")[0]["pending"] == 0


def test_ACT_2_what_a_search_finds_goes_through_a_pipe_to_the_archive(busy: Office) -> None:
    wanted = [id_of(busy, "Subject 3"), id_of(busy, "Subject 4")]
    found = ask(busy, "search", "subject:3 OR subject:4")
    assert sorted(card["id"] for card in found) == sorted(wanted)
    piped = "".join(f"{card['id']}\n" for card in found)
    done = subprocess.run(
        [*busy.rep.command, "archive", "-", "--wait", "--json"],
        env=busy.rep.environment, cwd=busy.rep.folder, input=piped, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(done.stdout)["done"]) == sorted(wanted)
    with busy.mailbox.client() as other:
        state = on_server(other)
        for number in (3, 4):
            assert state["Archive", f"<{number}@test.example>", 0, ""] == 1
        assert in_cache(busy.rep.data / "mail.db") == state


# --- exit codes of sync ------------------------------------------------------------------------------------------


def test_ACC_7_a_folder_that_cannot_agree_ends_with_6(rep: Rep, dovecot: Mailbox) -> None:
    dovecot.deliver(mail(1))
    rep.configure(account(dovecot, folders=["INBOX", "Missing"]))
    done = rep.run("sync", "--json")
    assert done.code == 6
    inbox, missing = done.json["accounts"][0]["folders"]
    assert (inbox["ok"], inbox["local"]) == (True, 1)
    assert (missing["name"], missing["ok"]) == ("Missing", False)
    assert "There is no folder Missing" in missing["error"]
    plain = rep.run("sync")
    assert plain.code == 6
    assert "work: not synced" in plain.out
    assert "Missing" in plain.one_sentence()
    assert len(rep.run("list", "--json").json) == 1


def test_ACC_7_a_folder_that_cannot_be_opened_ends_with_6_and_the_rest_is_here(rep: Rep, dovecot: Mailbox) -> None:
    dovecot.deliver(mail(1))
    dovecot.deliver(mail(2), folder="Broken")
    rep.configure(account(dovecot))
    assert rep.run("sync").code == 0
    dovecot.deliver(mail(3))
    shut = dovecot.maildir() / ".Broken" / "cur"
    for part in ("cur", "new", "tmp"):
        (shut.parent / part).chmod(0)
        os.utime(shut.parent / part)  # else Dovecot, which looks at the time only, may not read the folder again
    try:
        done = rep.run("sync", "--json")
    finally:
        for part in ("cur", "new", "tmp"):
            (shut.parent / part).chmod(0o700)
    folders = {folder["name"]: folder for folder in done.json["accounts"][0]["folders"]}
    assert (folders["INBOX"]["ok"], folders["INBOX"]["new"]) == (True, 1)
    assert done.code == 6, done
    assert not folders["Broken"]["ok"]
    assert folders["Broken"]["error"]
    assert len(rep.run("list", "--json").json) == 3
    assert all(
        one["text"] is not None
        for card in rep.run("list", "--json").json
        for one in rep.run("show", card["id"], "--json").json["messages"]
    )
    status = {folder["name"]: folder for folder in rep.run("status", "--json").json[0]["folders"]}
    assert (status["Broken"]["synced"], status["Broken"]["local"]) == (False, 1)
    assert rep.run("sync").code == 0


def test_one_account_that_fails_ends_with_6_and_the_other_is_here(rep: Rep, dovecot: Mailbox) -> None:
    dovecot.deliver(mail(1))
    gone = Mailbox(server=type("Gone", (), {"host": "127.0.0.1", "port": free_port()})(), user="other")
    rep.configure(account(dovecot), account(gone, "other"))
    done = rep.run("sync", "--json")
    assert done.code == 6
    work, other = done.json["accounts"]
    assert (work["name"], work["folders"][0]["local"]) == ("work", 1)
    assert (other["name"], other["folders"]) == ("other", [])
    assert "refuses connections" in other["error"]
    assert rep.run("sync", "--account", "work").code == 0
    assert rep.run("sync", "--account", "other").code == 5
    assert rep.run("account", "test", "--json").code == 6


def test_all_accounts_that_fail_for_one_reason_end_with_its_code(rep: Rep, dovecot: Mailbox) -> None:
    rep.configure(
        account(dovecot, password_command=["echo", "no"]), account(dovecot, "two", password_command=["false"])
    )
    assert rep.run("sync").code == 4


def test_after_any_mix_of_changes_one_sync_agrees_message_by_message(rep: Rep, server: Mailbox) -> None:
    """Agreement as a script sees it: what another client did is told in counts, and the cache is the server."""
    rep.configure(account(server))
    for number in range(30):
        server.deliver(mail(number))
    assert rep.run("sync").code == 0
    with server.client() as other:
        if not other.folder_exists("Done"):
            other.create_folder("Done")
        other.select_folder("INBOX")
        uids = sorted(other.search())
        other.add_flags(uids[:5], [b"\\Seen", b"\\Flagged"])
        other.move(uids[5:8], "Done")
        other.delete_messages(uids[8:10])
        other.expunge()
        for number in range(100, 103):
            other.append("INBOX", mail(number))
        done = rep.run("sync", "--json")
        assert done.code == 0, done
        folders = {folder["name"]: folder for folder in done.json["accounts"][0]["folders"]}
        inbox = folders["INBOX"]
        assert (inbox["server"], inbox["local"], inbox["new"], inbox["gone"]) == (28, 28, 3, 5)
        assert (folders["Done"]["local"], folders["Done"]["new"]) == (3, 3)
        assert inbox["changed"] == 5
        assert in_cache(rep.data / "mail.db") == on_server(other)
