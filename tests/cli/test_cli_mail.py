"""sync, list, show, search, why, status: on a real server, through the command line (UI-7)."""

import re
import stat

import pytest

from salesinbox.locale import texts
from salesinbox.model.errors import Exit
from tests.cli.conftest import account, write_config
from tests.mailboxes import mail
from tests.servers import Mailbox

CARD = {"id", "column", "reason", "subject", "from", "date", "unread", "flagged", "answered", "messages", "attachments",
        "deal", "warning"}  # fmt: skip


def card(cli, column: str) -> dict:
    (found,) = cli("list", "--json", "--column", column).json
    return found


def test_ACC_7_sync_reports_every_folder_and_says_synced_only_when_counts_agree(cli, home, dovecot):
    write_config(home, account(dovecot))
    dovecot.deliver(mail(1))
    dovecot.deliver(mail(2), folder="Archive")
    done = cli("sync", "--json")
    assert done.code == 0
    (report,) = done.json["accounts"]
    assert report.keys() == {"name", "folders", "seconds"}
    assert {folder["name"]: (folder["server"], folder["local"], folder["new"]) for folder in report["folders"]} == {
        "INBOX": (1, 1, 1), "Archive": (1, 1, 1)
    }  # fmt: skip
    assert all(
        folder.keys() == {"name", "server", "local", "new", "changed", "gone", "ok", "error"} and folder["ok"]
        for folder in report["folders"]
    )
    again = cli("sync")
    assert again.code == 0
    assert re.search(r"^work: synced, 2 messages, \d+\.\d s$", again.out, re.MULTILINE)


def test_ACC_7_a_chosen_folder_that_is_not_there_is_named_and_nothing_is_called_synced(cli, home, dovecot):
    write_config(home, account(dovecot, folders='["INBOX", "Nowhere"]'))
    dovecot.deliver(mail(1))
    done = cli("sync")
    assert done.code == Exit.PARTLY
    assert "There is no folder Nowhere" in done.err
    assert "work: not synced" in done.out
    assert len(cli("list", "--json").json) == 1, "the folder that is there was read all the same"


def test_UI_5_progress_goes_to_stderr_with_counts(cli, home, dovecot):
    write_config(home, account(dovecot))
    for number in range(3):
        dovecot.deliver(mail(number))
    done = cli("sync", "--json")
    assert done.json
    assert re.search(r"work  INBOX: \d of 3 headers", done.err)


def test_UI_7_list_has_exactly_the_documented_keys(synced):
    cards = synced("list", "--json").json
    assert len(cards) == 3
    assert all(one.keys() == CARD for one in cards)
    deal = card(synced, "deals")
    assert deal["from"] == {"name": "永田 達郎", "address": "nagata@minato.example"}
    assert deal["deal"] == {
        "id": deal["deal"]["id"], "name": "Web刷新", "amount": "4000000", "currency": "JPY", "stage": "提案",
        "closing": "2027-12-20", "link": "auto",
    }  # fmt: skip
    assert (deal["messages"], deal["unread"], deal["date"]) == (2, True, "2026-11-02T10:00:00+09:00")
    assert "Web刷新" in deal["reason"]
    assert card(synced, "unknown")["deal"] is None
    assert card(synced, "unknown")["subject"] == "Hello [/] there"


def test_UI_7_ids_stay_the_same_across_runs(synced):
    first = [one["id"] for one in synced("list", "--json").json]
    assert synced("sync").code == 0
    assert [one["id"] for one in synced("list", "--json").json] == first


def test_UI_7_list_narrows_by_view_folder_and_limit(synced):
    assert {one["column"] for one in synced("list", "--json", "--view", "unread").json} == {"deals", "unknown"}
    assert len(synced("list", "--json", "--folder", "INBOX").json) == 3
    assert len(synced("list", "--json", "--folder", "work:INBOX").json) == 3
    assert len(synced("list", "--json", "--limit", "1").json) == 1
    assert synced("list", "--json", "--view", "trash").json == []


def test_UI_7_list_for_people_has_a_line_for_each_thread(synced):
    done = synced("list", "--column", "deals")
    assert done.out.count("\n") == 1
    assert re.fullmatch(
        r"t\d+  N +(Nov 2|\d{4}-\d\d-\d\d) +deals  永田 達郎 \(2\)  \[¥4,000,000 提案\] Re: 資料の件\n", done.out
    )


def test_UI_3_lists_line_up_on_a_narrow_screen(synced, monkeypatch):
    from salesinbox.cli import output
    from salesinbox.model.text import width

    monkeypatch.setattr(output, "terminal_width", lambda: 60)
    lines = synced("list").out.splitlines()
    assert len(lines) == 4
    assert all(width(line) <= 60 for line in lines)
    starts = {
        width(line[: line.index(word)]) for line, word in zip(lines, ("From", "Str", "鈴木", "永田"), strict=True)
    }
    assert len(starts) == 1


def test_UI_7_show_prints_a_thread_oldest_first(synced):
    thread = card(synced, "deals")["id"]
    shown = synced("show", thread, "--json").json
    assert (shown["id"], shown["column"]) == (thread, "deals")
    first, second = shown["messages"]
    assert first.keys() == {
        "id",
        "message_id",
        "from",
        "to",
        "cc",
        "date",
        "subject",
        "flags",
        "folder",
        "text",
        "attachments",
    }
    assert (first["message_id"], second["message_id"]) == ("<1@test.example>", "<2@test.example>")
    assert "お見積もりの資料です。" in first["text"]
    assert (first["flags"], second["flags"]) == ([], ["seen"])
    assert first["to"] == [{"name": "Rep", "address": "rep@zylker.example"}]
    plain = synced("show", thread).out
    assert plain.index("お見積もりの資料です。") < plain.index("Subject: Re: 資料の件")
    assert "Message-ID" not in plain
    assert "Message-ID: <1@test.example>" in synced("show", thread, "--headers").out


def test_READ_5_show_lists_attachments(cli, home, dovecot):
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "rep@zylker.example", "Files"
    message["Message-ID"] = "<files@test.example>"
    message.set_content("see file")
    message.add_attachment(b"x" * 1500, maintype="application", subtype="pdf", filename="見積.pdf")
    dovecot.deliver(message.as_bytes())
    write_config(home, account(dovecot))
    assert cli("sync").code == 0
    (one,) = cli("list", "--json").json
    assert one["attachments"] is True
    attached = cli("show", one["id"], "--json").json["messages"][0]["attachments"]
    assert attached == [{"name": "見積.pdf", "type": "application/pdf", "size": 1500}]
    assert "Attachment: 見積.pdf (application/pdf, 1.5 kB)" in cli("show", one["id"]).out


def test_READ_3_mail_cannot_drive_the_terminal(cli, home, dovecot):
    raw = (
        b"From: \x1b]0;owned\x07 <a@b.example>\r\nTo: rep@zylker.example\r\nMessage-ID: <esc@test.example>\r\n"
        b"Subject: \x1b[2J\xe2\x80\xaegpj.exe\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nbody \x1b[31mred\r\n"
    )
    dovecot.deliver(raw)
    write_config(home, account(dovecot))
    assert cli("sync").code == 0
    (one,) = cli("list", "--json").json
    for command in (
        ["list"],
        ["show", one["id"]],
        ["show", one["id"], "--headers"],
        ["why", one["id"]],
        ["search", "body"],
    ):
        done = cli(*command)
        assert done.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(done.out + done.err)


def test_COL_8_why_tells_rule_record_and_address(synced):
    found = synced("why", card(synced, "deals")["id"], "--json").json
    assert found.keys() == {"column", "reason", "rule", "record", "address", "also", "link"}
    assert (found["column"], found["rule"], found["address"]) == ("deals", "open-deal", "nagata@minato.example")
    assert synced("records", "show", found["record"], "--json").json["name"] == "永田 達郎"
    assert found["also"] == ["people"]
    plain = synced("why", card(synced, "colleagues")["id"]).out
    assert plain == "colleagues: suzuki@zylker.example is at your own domain zylker.example.\n"


def test_SRCH_3_search_finds_japanese_and_shows_where(synced):
    (found,) = synced("search", "見積もり", "--json").json
    assert found.keys() == CARD | {"snippet"}
    assert found["column"] == "deals"
    assert "見積もり" in found["snippet"]
    assert "お見積もりの資料" in synced("search", "見積もり").out


def test_SRCH_1_words_that_the_shell_split_are_joined_and_quoted_ones_stay_phrases(synced):
    assert len(synced("search", "Hello", "there", "--json").json) == 1
    assert synced("search", "there Hello", "zzz", "--json").json == []
    assert len(synced("search", "from:stranger", "Hello", "--json").json) == 1


@pytest.mark.parametrize(
    "typed",
    ["a@b.com", 'foo"bar', "AND", "x -y", "OR", "(", "from:", '"', "*", "before:never", "'; --", "\x1b[2J", "  ", ""],
)
def test_SRCH_2_any_text_gives_results_or_a_sentence(synced, typed):
    done = synced("search", "--json", "--", typed)
    assert done.code in (0, 2)
    if done.code:
        assert done.out == ""
        assert done.err.startswith("salesinbox: ")
        assert done.err.count("\n") == 1
        assert "\x1b" not in done.err
    else:
        assert isinstance(done.json, list)


def test_SRCH_4_a_list_that_was_cut_says_so(synced):
    done = synced("search", "test OR customer OR body OR お見積もり OR Body OR Hello OR 会議", "--limit", "1", "--json")
    assert (done.code, len(done.json)) == (0, 1)
    assert done.err == "Only the first 1 is shown; see --limit.\n"


def test_ACC_7_status_tells_counts_folder_by_folder(synced):
    (one,) = synced("status", "--json").json
    assert (one["name"], one["synced"], one["state"]) == ("work", True, "stopped")
    (inbox,) = one["folders"]
    assert (inbox["name"], inbox["server"], inbox["local"], inbox["synced"], inbox["last_error"]) == (
        "INBOX",
        4,
        4,
        True,
        "",
    )
    assert re.match(r"\d{4}-\d\d-\d\dT.*\+09:00$", inbox["last_success"])
    plain = synced("status").out
    assert "4 of 4, synced" in plain


def test_ACC_7_status_before_the_first_sync(cli, home, dovecot):
    write_config(home, account(dovecot))
    done = cli("status")
    assert done.code == 0
    assert "never synced" in done.out
    assert cli("status", "--json").json[0]["synced"] is False


def test_UI_7_doctor_ends_with_1_and_says_what_to_do(cli, home, dovecot):
    write_config(home, account(dovecot))
    done = cli("doctor", "--json")
    assert done.code == 0
    assert all(check.keys() == {"name", "ok", "detail", "fix"} for check in done.json)
    write_config(home, account(dovecot, password_command='["no-such-program"]'))
    done = cli("doctor", "--json")
    assert done.code == 1
    bad = [check for check in done.json if not check["ok"]]
    # Where the password comes from, and what became of the account by it.
    assert len(bad) == 2
    assert all("no-such-program" in check["detail"] and check["fix"] for check in bad)
    plain = cli("doctor")
    assert plain.code == 1
    assert all(f"→ {check['fix']}" in plain.out for check in bad)


def test_ACC_2_accounts_are_listed_and_tried(cli, home, dovecot):
    write_config(home, account(dovecot))
    (listed,) = cli("account", "list", "--json").json
    assert listed.keys() == {"name", "address", "provider", "ok", "detail"}
    assert (listed["name"], listed["provider"], listed["ok"]) == ("work", "imap", None)
    (tried,) = cli("account", "test", "work", "--json").json
    assert tried["ok"] is True
    assert not (home / "data" / "mail.db").exists(), "trying an account needs no database"


def test_SAFE_2_what_a_sync_leaves_is_private(synced, home):
    left = [home / "data", *(home / "data").rglob("*")]
    assert home / "data" / "mail.db" in left
    for path in left:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_UI_4_people_read_the_lists_in_japanese(synced, monkeypatch):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    texts.use("")
    done = synced("show", card(synced, "deals")["id"])
    assert "件名: 資料の件" in done.out
    assert "日付: 2026年11月2日(月) 10:00" in done.out
    assert "work: 同期済み、4 件" in synced("sync").out


def test_two_accounts_are_synced_in_one_board(cli, home, dovecot, dovecot_plain: Mailbox):
    dovecot.deliver(mail(1))
    dovecot_plain.deliver(mail(2))
    write_config(home, account(dovecot, "one"), account(dovecot_plain, "two"))
    done = cli("sync", "--json")
    assert done.code == 0
    assert [report["name"] for report in done.json["accounts"]] == ["one", "two"]
    assert len(cli("list", "--json").json) == 2
