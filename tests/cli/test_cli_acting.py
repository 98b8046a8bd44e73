"""Acting from scripts: at once here, on the server with the next sync, and back again (ACT-1 to ACT-4)."""

import io
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salesinbox.cli import acting
from salesinbox.model.mail import Flag
from salesinbox.services import actions
from tests.cli.conftest import Cli, account, write_config
from tests.mailboxes import State, in_cache, mail, on_server, sound
from tests.servers import Mailbox, free_port, until

FOLDERS = ("Archive", "Junk", "Trash", "Projects")


@pytest.fixture
def desk(cli: Cli, home: Path, dovecot: Mailbox) -> Cli:
    """Three threads in the inbox, the first of two messages, and the folders that acting needs."""
    write_config(home, account(dovecot))
    for number in (1, 2, 3):
        dovecot.deliver(mail(number))
    dovecot.deliver(mail(4, sender="Customer 1 <c1@customer.example>", references="<1@test.example>"))
    with dovecot.client() as other:
        for name in FOLDERS:
            other.create_folder(name)
    assert cli("sync").code == 0
    return cli


def threads(cli: Cli, *words: str) -> dict[str, str]:
    """Ids by subject."""
    return {one["subject"]: one["id"] for one in cli("list", "--json", *words).json}


def thread(cli: Cli, number: int) -> str:
    return threads(cli)[f"Subject {number}"]


def message(cli: Cli, number: int) -> str:
    """The card of the message <number@test.example>."""
    [found] = [
        one["id"]
        for card in threads(cli).values()
        for one in cli("show", card, "--json").json["messages"]
        if one["message_id"] == f"<{number}@test.example>"
    ]
    return found


def server_has(mailbox: Mailbox) -> State:
    with mailbox.client() as other:
        return on_server(other)


def at(folder: str, number: int, flags: int = 0, keywords: str = "") -> tuple[str, str, int, str]:
    return (folder, f"<{number}@test.example>", flags, keywords)


INBOX = Counter({at("INBOX", number): 1 for number in (1, 2, 3, 4)})


def moved(*changes: tuple[str, str, int, str]) -> State:
    """The inbox as it was delivered, with some of its messages elsewhere or otherwise."""
    numbers = {change[1] for change in changes}
    return Counter([*(place for place in INBOX if place[1] not in numbers), *changes])


def give(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    """What a pipe hands over."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets)))


# --- here at once, on the server with the next sync ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (["archive"], "", [at("Archive", 2)]),
        (["trash"], "", [at("Trash", 2)]),
        (["spam"], "", [at("Junk", 2)]),
        (["move", "Projects"], "", [at("Projects", 2)]),
        (["move", "work:Projects"], "", [at("Projects", 2)]),
        (["copy", "Projects"], "", [at("INBOX", 2), at("Projects", 2)]),
        (["mark", "read"], "", [at("INBOX", 2, Flag.SEEN)]),
        (["mark", "flagged"], "", [at("INBOX", 2, Flag.FLAGGED)]),
        (["label", "--add", "Quote"], "", [at("INBOX", 2, 0, "Quote")]),
        (["mark", "unread"], "mark read", [at("INBOX", 2)]),
        (["mark", "unflagged"], "mark flagged", [at("INBOX", 2)]),
        (["label", "--remove", "Quote", "--add", "Won"], "label --add Quote", [at("INBOX", 2, 0, "Won")]),
        (["spam", "--not"], "spam", [at("INBOX", 2)]),
    ],
)
def test_ACT_2_what_is_done_is_seen_at_once_and_on_the_server_after_sync(desk, home, dovecot, words, before, after):
    card = thread(desk, 2)
    if before:
        assert desk(*before.split(), card).code == 0
        assert desk("sync").code == 0
    done = desk(*words, card, "--json")
    assert (done.code, done.json) == (0, {"done": [card], "refused": []})
    assert done.err == "salesinbox: No sync runs now: the change reaches the server with the next one.\n"
    assert desk("status", "--json").json[0]["pending"] == 1
    assert "1 change to be sent" in desk("status").out
    assert desk("sync").code == 0
    assert server_has(dovecot) == in_cache(home / "data" / "mail.db") == moved(*after)
    assert desk("status", "--json").json[0]["pending"] == 0
    assert "to be sent" not in desk("status").out
    sound(home / "data" / "mail.db")


def test_ACT_1_a_thread_is_one_id_and_its_messages_others(desk, dovecot):
    first = threads(desk)["Subject 4"]
    assert desk("archive", first).out == "Archived: Subject 4\n"
    assert desk("mark", "flagged", message(desk, 2), thread(desk, 3)).out == "Flagged: 2 threads\n"
    assert desk("trash", message(desk, 4)).code == 0
    assert desk("sync").code == 0
    assert server_has(dovecot) == moved(
        at("Archive", 1), at("Trash", 4), at("INBOX", 2, Flag.FLAGGED), at("INBOX", 3, Flag.FLAGGED)
    )


def test_ACT_2_what_is_done_without_a_line_arrives_once_and_in_order(desk, home, dovecot):
    config = (home / "config.toml").read_text()
    (home / "config.toml").write_text(config.replace(f"port = {dovecot.port}", f"port = {free_port()}"))
    card = thread(desk, 2)
    for words in (
        ["mark", "read", card],
        ["move", "Projects", card],
        ["mark", "flagged", card],
        ["archive", thread(desk, 3)],
        ["move", "Archive", card],
    ):
        assert desk(*words).code == 0
    assert desk("sync").code == 5
    assert server_has(dovecot) == INBOX
    assert threads(desk, "--folder", "Archive").keys() == {"Subject 2", "Subject 3"}
    assert desk("status", "--json").json[0]["pending"] == 5
    (home / "config.toml").write_text(config)
    assert desk("sync").code == 0
    after = moved(at("Archive", 2, Flag.SEEN | Flag.FLAGGED), at("Archive", 3))
    assert server_has(dovecot) == in_cache(home / "data" / "mail.db") == after


def test_ACT_1_deleting_for_good_needs_a_yes_and_can_be_taken_back_for_a_while(desk, dovecot, monkeypatch):
    card = thread(desk, 2)
    done = desk("delete", card)
    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert desk("delete", card, "--yes").out == "Deleted for good: Subject 2\n"
    assert "Subject 2" not in threads(desk)
    assert desk("sync").code == 0
    assert server_has(dovecot) == INBOX, "ten seconds for second thoughts"
    assert desk("undo").out == "Undone – Deleted for good: Subject 2\n"
    assert "Subject 2" in threads(desk)
    monkeypatch.setattr(actions, "GRACE", 1)
    assert desk("delete", card, "--yes", "--wait").code == 0
    assert server_has(dovecot) == INBOX - Counter([at("INBOX", 2)])


def test_ACT_5_snooze_and_mute_need_no_server(desk):
    card = thread(desk, 2)
    done = desk("snooze", "tomorrow", card, "--note", "call first", "--if-no-reply", "--json")
    assert (done.code, done.json, done.err) == (0, {"done": [card], "refused": []}, "")
    assert threads(desk, "--view", "snoozed") == {"Subject 2": card}
    assert card not in threads(desk, "--view", "inbox").values()
    assert desk("unsnooze", card).out == "No longer snoozed: Subject 2\n"
    again = desk("unsnooze", card)
    assert (again.code, again.out, again.err) == (1, "", f"salesinbox: {card}: It is not snoozed.\n")
    assert desk("mute", card).code == 0
    assert card not in threads(desk, "--view", "inbox").values()
    assert desk("mute", "--off", card).code == 0
    assert card in threads(desk, "--view", "inbox").values()


@pytest.mark.parametrize("when", ["yesterday week", "", "2020-01-01", "\x1b[2J"])
def test_ACT_5_a_time_that_is_none_is_a_sentence(desk, when):
    done = desk("snooze", when, thread(desk, 2))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("salesinbox: ")
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err
    assert threads(desk, "--view", "snoozed") == {}


# --- undo ---------------------------------------------------------------------------------------------------------


def test_ACT_3_undo_before_the_server_knew_leaves_nothing_to_tell(desk, dovecot):
    card = thread(desk, 2)
    assert desk("archive", card).code == 0
    done = desk("undo", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json == {"done": [card], "refused": [], "text": "Undone – Archived: Subject 2"}
    assert desk("status", "--json").json[0]["pending"] == 0
    assert desk("sync").code == 0
    assert server_has(dovecot) == INBOX


def test_ACT_3_undo_takes_back_step_by_step_what_the_server_has_done(desk, home, dovecot):
    card = thread(desk, 2)
    assert desk("mark", "flagged", card).code == 0
    assert desk("move", "Projects", card, thread(desk, 3)).code == 0
    assert desk("sync").code == 0
    assert server_has(dovecot) == moved(at("Projects", 2, Flag.FLAGGED), at("Projects", 3))
    assert desk("undo").out == "Undone – Moved to Projects: 2 threads\n"
    assert desk("sync").code == 0
    assert server_has(dovecot) == moved(at("INBOX", 2, Flag.FLAGGED))
    assert desk("undo").out == "Undone – Flagged: Subject 2\n"
    assert desk("sync").code == 0
    assert server_has(dovecot) == in_cache(home / "data" / "mail.db") == INBOX
    done = desk("undo")
    assert (done.code, done.out) == (0, "Nothing to undo.\n")


# --- what is refused ----------------------------------------------------------------------------------------------


def test_UI_7_some_ids_that_are_not_here_make_6_and_none_that_is_makes_1(desk):
    card = thread(desk, 2)
    done = desk("mark", "read", card, "t999", "m999", "x", card, "--json")
    assert done.code == 6
    assert done.json["done"] == [card]
    assert [one["id"] for one in done.json["refused"]] == ["t999", "m999", "x"]
    assert all(one.keys() == {"id", "error"} and one["error"].endswith(".") for one in done.json["refused"])
    done = desk("archive", "t999", "t", "", "t" + "9" * 50, "t1'; --", "--json")
    assert (done.code, done.json["done"], len(done.json["refused"])) == (1, [], 5)


def test_READ_3_an_id_cannot_drive_the_terminal(desk, monkeypatch):
    give(monkeypatch, b"\x1b[2J\xff\xe2\x80\xae\n")
    done = desk("archive", "t\x1b]0;x\x07", "-")
    assert done.code == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.out + done.err)
    assert done.err.count("\n") == 2
    shown = desk("archive", "t\x1b]0;x\x07", "--json")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.out + shown.err)


def test_ACT_1_what_is_so_already_is_done_and_what_cannot_be_is_refused(desk):
    card = thread(desk, 2)
    assert desk("mark", "unread", card).code == 0
    assert desk("archive", card).code == 0
    again = desk("archive", card)
    assert (again.code, again.out, again.err) == (1, "", f"salesinbox: {card}: It is not in the inbox.\n")


def test_ACT_4_a_folder_that_went_meanwhile_is_told_by_name_and_the_mail_is_where_it_was(desk, home, dovecot):
    card = thread(desk, 2)
    with dovecot.client() as other:
        other.delete_folder("Projects")
    done = desk("move", "Projects", card, "--wait", "--json")
    assert (done.code, done.json["done"]) == (1, [])
    [refused] = done.json["refused"]
    assert refused["id"] == card
    assert "Moving (Projects) was refused for “Subject 2”" in refused["error"]
    assert refused["error"] in done.err
    assert server_has(dovecot) == in_cache(home / "data" / "mail.db") == INBOX
    assert card in threads(desk, "--view", "inbox").values()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mark", "t1"], "invalid choice: 't1'"),
        (["mark", "seen", "t1"], "invalid choice: 'seen'"),
        (["archive"], "required: ID"),
        (["move", "Archive"], "required: ID"),
        (["snooze", "tomorrow"], "required: ID"),
        (["label", "t1"], "--add NAME or --remove NAME"),
        (["label", "t1", "--add", "(bad)"], "cannot be a label"),
        (["label", "t1", "--add", "\\Seen"], "cannot be a label"),
        (["undo", "t1"], "unrecognized arguments: t1"),
        (["delete", "t1"], "Add --yes"),
    ],
)
def test_UI_7_usage_errors_of_acting_end_with_2_and_do_nothing(desk, arguments, words):
    done = desk(*arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert desk("status", "--json").json[0]["pending"] == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Projcts", "Did you mean Projects?"),
        ("projects", "Did you mean Projects?"),
        ("work:projects", "Did you mean Projects?"),
        ("home:Projects", "Did you mean Projects?"),
        ("完了", "Folders here: Archive, INBOX, Junk, Projects, Trash."),
        ("", "Folders here: "),
    ],
)
def test_UI_7_a_misspelt_folder_is_told_with_those_like_it(desk, name, words):
    for verb in ("move", "copy"):
        done = desk(verb, name, thread(desk, 2))
        assert (done.code, done.out) == (1, "")
        assert words in done.err
        assert done.err.count("\n") == 1


def test_UI_7_a_folder_of_another_account_is_refused_for_the_thread(desk, home, dovecot, dovecot_plain):
    write_config(home, account(dovecot), account(dovecot_plain, "home"))
    with dovecot_plain.client() as other:
        other.create_folder("Family")
    assert desk("sync").code == 0
    for name in ("Family", "home:Family"):
        done = desk("move", name, thread(desk, 2), "--json")
        assert (done.code, done.json["done"]) == (1, [])
        assert "The account work has no folder Family" in done.json["refused"][0]["error"]
    assert {(one["account"], one["name"]) for one in desk("folders", "--json").json} >= {
        ("work", "Projects"),
        ("home", "Family"),
    }
    assert {one["account"] for one in desk("folders", "--json", "--account", "home").json} == {"home"}
    assert desk("folders", "--account", "hmoe").code == 1


# --- pipes --------------------------------------------------------------------------------------------------------


def test_UI_7_ids_come_through_a_pipe(desk, monkeypatch):
    ids = list(threads(desk).values())
    give(monkeypatch, "\r\n".join(["", *ids, "  "]).encode())
    done = desk("archive", "-", "--json")
    assert (done.code, done.json["done"]) == (0, ids)
    give(monkeypatch, b"")
    done = desk("archive", "-", "--json")
    assert (done.code, done.json) == (0, {"done": [], "refused": []})
    give(monkeypatch, f"{ids[0]}\n".encode())
    done = desk("mark", "read", ids[1], "-", ids[2], "--json")
    assert done.json["done"] == [ids[1], ids[0], ids[2]]


# --- while a sync process runs --------------------------------------------------------------------------------------


@pytest.fixture
def watching(desk: Cli, home: Path) -> Iterator["subprocess.Popen[str]"]:
    with (
        (home / "stderr").open("w") as told,
        subprocess.Popen(
            [sys.executable, "-m", "salesinbox", "sync", "--watch"], env=dict(os.environ), stderr=told, text=True
        ) as process,
    ):
        try:
            until(lambda: "work: watching" in (home / "stderr").read_text(), "the watch has begun", 60)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def test_ACT_2_a_running_sync_process_tells_the_server_at_once(watching, desk, dovecot):
    done = desk("archive", thread(desk, 2))
    assert (done.code, done.err) == (0, "")
    until(lambda: server_has(dovecot) == moved(at("Archive", 2)), "the server has it in the archive")
    done = desk("mark", "read", thread(desk, 3), "--wait", "--json")
    assert (done.code, done.err) == (0, "")
    assert server_has(dovecot) == moved(at("Archive", 2), at("INBOX", 3, Flag.SEEN))
    assert desk("undo", "--wait").code == 0
    assert server_has(dovecot) == moved(at("Archive", 2))


def test_ACT_4_wait_tells_a_refusal_that_the_sync_process_met(watching, desk, dovecot):
    ids = threads(desk)
    with dovecot.client() as other:
        other.select_folder("INBOX")
        other.delete_messages(other.search(["SUBJECT", "Subject 2"]))
        other.expunge()
        done = desk("move", "Projects", ids["Subject 3"], ids["Subject 2"], "--wait", "--json")
    # Whether the other client's doing is known here already decides which of the two says it.
    assert done.code == 6
    assert done.json["done"] == [ids["Subject 3"]]
    [refused] = done.json["refused"]
    assert refused["id"] == ids["Subject 2"]


# --- waiting without a sync process ---------------------------------------------------------------------------------


def test_ACT_2_wait_syncs_where_no_process_does(desk, dovecot):
    ids = threads(desk)
    done = desk("trash", ids["Subject 2"], ids["Subject 3"], "--wait", "--json")
    assert (done.code, done.err.count("salesinbox: ")) == (0, 0)
    assert sorted(done.json["done"]) == sorted([ids["Subject 2"], ids["Subject 3"]])
    assert server_has(dovecot) == moved(at("Trash", 2), at("Trash", 3))
    assert desk("mute", ids["Subject 4"], "--wait").code == 0


def test_ACT_2_wait_without_a_line_ends_with_the_reason_and_keeps_the_change(desk, home, dovecot, monkeypatch):
    config = (home / "config.toml").read_text()
    (home / "config.toml").write_text(config.replace(f"port = {dovecot.port}", f"port = {free_port()}"))
    done = desk("archive", thread(desk, 2), "--wait")
    assert (done.code, done.out) == (5, "Archived: Subject 2\n")
    assert "refuses connections" in done.err
    assert "The change is kept" in done.err
    (home / "config.toml").write_text(config.replace('"secret"', '"wrong"'))
    assert desk("archive", thread(desk, 3), "--wait").code == 4
    (home / "config.toml").write_text(config)
    monkeypatch.setattr(acting, "PATIENCE", 0.0)
    done = desk("mark", "read", thread(desk, 4), "--wait")
    assert done.code == 5
    assert "has not come to it yet" in done.err or "refuse" in done.err
    assert desk("sync").code == 0
    assert server_has(dovecot) == moved(at("Archive", 2), at("Archive", 3), at("INBOX", 1, 1), at("INBOX", 4, 1))


# --- folders --------------------------------------------------------------------------------------------------------


def test_VIEW_3_folders_are_listed_with_their_counts(desk):
    found: list[dict[str, Any]] = desk("folders", "--json").json
    assert all(one.keys() == {"account", "name", "role", "synced", "messages", "unread"} for one in found)
    by_name = {one["name"]: one for one in found}
    assert by_name["INBOX"] == {
        "account": "work", "name": "INBOX", "role": "inbox", "synced": True, "messages": 4, "unread": 4,
    }  # fmt: skip
    assert by_name["Archive"]["role"] == "archive"
    assert desk("move", "Projects", thread(desk, 2)).code == 0
    by_name = {one["name"]: one for one in desk("folders", "--json").json}
    assert (by_name["INBOX"]["messages"], by_name["Projects"]["messages"]) == (3, 1)
    lines = desk("folders").out.splitlines()
    assert len(lines) == len(found)
    assert re.fullmatch(r"work +INBOX +3 +3  Inbox", lines[0])


ACTING = ("mark", "label", "archive", "move", "copy", "trash", "spam", "delete", "snooze", "unsnooze", "mute", "undo",
          "folders")  # fmt: skip


@pytest.mark.parametrize("command", ACTING)
def test_UI_7_every_acting_command_has_help(cli, command):
    done = cli(command, "--help")
    assert done.code == 0
    assert "usage: " in done.out
    assert command in cli("--help").out
