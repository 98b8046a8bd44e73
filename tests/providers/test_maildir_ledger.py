"""The numbers of messages in Maildirs: they rise, mean one message each, and tell what changed."""

import os
import shutil
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from salesinbox.model.errors import DatabaseError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import Cursor
from salesinbox.providers.maildir.ledger import FILE, Ledger
from salesinbox.providers.maildir.session import MaildirSession
from tests.maildirs import account, mail, make, put, session


def test_numbers_stay_and_are_never_given_twice(tmp_path: Path) -> None:
    home = tmp_path / "home"
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    put(root, "2.b.x:2,S")
    first = session(root, home).open("INBOX", None)
    (root / "cur" / "2.b.x:2,S").unlink()
    put(root, "3.c.x")
    line = session(root, home)
    second = line.open("INBOX", first.cursor)
    assert second.cursor.uidvalidity == first.cursor.uidvalidity
    assert (line.uids(), second.cursor.uidnext, second.vanished) == ([1, 3], 4, [(2, 2)])
    # What comes back after it was told as gone is new.
    put(root, "2.b.x:2,S")
    third = line.open("INBOX", second.cursor)
    assert (line.uids(), third.vanished) == ([1, 3, 4], [])
    assert third.changed == {4: FlagState(Flag.SEEN)}
    assert line.open("INBOX", first.cursor).vanished == [(2, 2)]


def test_a_lost_ledger_means_new_numbers(tmp_path: Path) -> None:
    home = tmp_path / "home"
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    first = session(root, home).open("INBOX", None)
    (home / FILE).unlink()
    second = session(root, home).open("INBOX", first.cursor)
    assert second.cursor.uidvalidity != first.cursor.uidvalidity
    assert (second.changed, second.vanished) == (None, None)
    # Without a home each session has numbers of its own.
    assert session(root).open("INBOX", None).cursor.uidvalidity not in {
        first.cursor.uidvalidity,
        second.cursor.uidvalidity,
    }


def test_SAFE_1_a_ledger_out_of_a_backup_means_new_numbers(tmp_path: Path) -> None:
    home = tmp_path / "home"
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    session(root, home).open("INBOX", None)
    shutil.copy(home / FILE, tmp_path / "backup")
    put(root, "2.b.x:2,S")
    newer = session(root, home).open("INBOX", None)
    shutil.copy(tmp_path / "backup", home / FILE)
    line = session(root, home)
    opened = line.open("INBOX", newer.cursor)
    assert opened.cursor.uidvalidity != newer.cursor.uidvalidity
    assert (opened.exists, opened.changed, opened.vanished) == (2, None, None)


@pytest.mark.parametrize("damage", [b"", b"no database at all, and long enough to be looked at" * 100])
def test_a_damaged_ledger_is_begun_afresh(tmp_path: Path, damage: bytes) -> None:
    home = tmp_path / "home"
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    first = session(root, home).open("INBOX", None)
    (home / FILE).write_bytes(damage)
    second = session(root, home).open("INBOX", first.cursor)
    assert second.exists == 1
    assert second.cursor.uidvalidity != first.cursor.uidvalidity


def test_a_ledger_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    (tmp_path / "home").write_text("a file")
    line = MaildirSession(account(root), lambda: "", tmp_path / "home" / "deeper")
    with pytest.raises(DatabaseError, match=r"home/deeper/numbers\.db"):
        line.connect()


def test_SAFE_2_the_ledger_is_private_from_its_first_moment(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    home = tmp_path / "data" / "accounts" / "files"
    before = os.umask(0)
    try:
        session(root, home).open("INBOX", None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home, home.parent, home.parent.parent)} == {0o700}


def test_two_sessions_give_the_same_numbers_whoever_looks_first(tmp_path: Path) -> None:
    home = tmp_path / "home"
    root = make(tmp_path / "mail")
    wrong: list[object] = []
    going = threading.Event()

    def look() -> None:
        line = session(root, home)
        known: dict[str, int] = {}
        going.wait()
        cursor = line.open("INBOX", None).cursor
        for _round in range(60):
            opened = line.open("INBOX", cursor)
            for one in line.headers(line.uids()):
                subject = one.header.split(b"Subject: ")[1].split(b"\n")[0].decode()
                if known.setdefault(subject, one.uid) != one.uid:
                    wrong.append((subject, known[subject], one.uid))
            if opened.cursor.uidvalidity != cursor.uidvalidity or opened.vanished:
                wrong.append(opened)
            cursor = opened.cursor

    lookers = [threading.Thread(target=look) for _one in range(3)]
    for looker in lookers:
        looker.start()
    going.set()
    for number in range(300):
        path = put(root, f"{1_700_000_000 + number}.a.x")
        path.rename(root / "cur" / f"{path.name}:2,S")
    for looker in lookers:
        looker.join()
    assert wrong == []
    assert session(root, home).open("INBOX", None).exists == 300


def test_a_file_that_is_missed_while_it_is_renamed_is_not_gone(tmp_path: Path) -> None:
    """What the ledger is told to look at misses a message once; as the kernel's lists of names do."""
    ledger = Ledger(tmp_path / FILE)
    seen, unseen = FlagState(Flag.SEEN), FlagState(Flag.NONE)
    ledger.settle("INBOX", lambda: {b"a": seen, b"b": seen}, sorted)
    looks = iter([{b"a": seen}, {b"a": seen, b"b": unseen}])
    book = ledger.settle("INBOX", lambda: next(looks), sorted)
    assert book.uids == {b"a": 1, b"b": 2}
    assert ledger.vanished("INBOX", 0) == []
    assert ledger.changed("INBOX", 2) == {2: unseen}
    assert ledger.settle("INBOX", lambda: {b"a": seen}, sorted).uids == {b"a": 1}
    assert ledger.vanished("INBOX", 0) == [(2, 2)]


def test_the_ledger_keeps_message_ids(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    for number in range(20):
        put(root, f"{number}.a.x:2,S", mail(f"m{number}"))
    line = session(root, tmp_path / "home")
    assert line.find("INBOX", "<m7@test.example>") == [8]
    ledger = Ledger(tmp_path / "home" / FILE)
    assert ledger.message_ids("INBOX")[8] == "<m7@test.example>"
    assert None not in ledger.message_ids("INBOX").values()
    put(root, "99.new.x:2,S", mail("again", message_id="<m7@test.example>"))
    assert line.find("INBOX", "<m7@test.example>") == [8, 21]


def test_a_later_format_is_not_misread(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    cursor = session(root, tmp_path).open("INBOX", None).cursor
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert session(root, tmp_path).open("INBOX", cursor).cursor.uidvalidity != cursor.uidvalidity
    assert Cursor(0, 1) == Ledger(None).book("INBOX").cursor
