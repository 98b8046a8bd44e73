"""Maildirs as other programs make them: their folders, what lies in them, and what does not belong there."""

import os
import time
from datetime import date
from pathlib import Path

import pytest
from imapclient import imap_utf7

from salesinbox.formats import query
from salesinbox.model.errors import ConfigurationError, NetworkError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.maildir.session import MaildirSession
from tests.maildirs import account, mail, make, names_in, put, session
from tests.servers import until

NOTHING = FlagState(Flag.NONE)


def listed(line: MaildirSession) -> dict[str, str]:
    return {folder.name: folder.role for folder in line.folders()}


def subjects(line: MaildirSession, folder: str) -> list[str]:
    line.open(folder, None)
    headers = [header.header for header in line.headers(line.uids())]
    return [
        line.partition(b":")[2].strip().decode()
        for head in headers
        for line in head.splitlines()
        if line[:8] == b"Subject:"
    ]


# Folders.


def test_ACC_1_folders_of_maildir_plus_plus_lie_beside_the_inbox(tmp_path: Path) -> None:
    make(tmp_path)
    for name in (".Sent", ".Archive.2026", ".&kAFP4W4IMH8-", ".R &- D", ".[x]"):
        make(tmp_path / name)
    (tmp_path / ".notmuch").mkdir()
    (tmp_path / "maildirsize").write_text("1S\n")
    line = session(tmp_path)
    assert listed(line) == {
        "INBOX": "inbox",
        "Sent": "sent",
        "Archive/2026": "",
        "送信済み": "",  # the role is given once, to the likelier name
        "R & D": "",
        "[x]": "",
    }
    assert line.folders()[0].name == "INBOX"
    assert all(folder.delimiter == "/" for folder in line.folders())


def test_ACC_1_folders_in_folders_are_found_by_looking(tmp_path: Path) -> None:
    for name in ("Inbox", "Sent", "Archive/2026/Q1", "v1.0", "&kAFP4W4IMH8-"):
        make(tmp_path / name)
    (tmp_path / "Archive" / ".mbsyncstate").write_text("x")
    (tmp_path / ".notmuch" / "xapian").mkdir(parents=True)
    line = session(tmp_path)
    assert listed(line) == {
        "INBOX": "inbox",
        "Sent": "sent",
        "Archive/2026/Q1": "",
        "v1.0": "",
        "送信済み": "",
    }
    put(tmp_path / "Inbox", "1.a.x")
    assert line.open("INBOX", None).exists == 1
    line.create("商談/R & D")
    assert (tmp_path / imap_utf7.encode("商談").decode() / "R &- D" / "cur").is_dir()


def test_ACC_1_names_in_utf_8_stay_so(tmp_path: Path) -> None:
    make(tmp_path)
    make(tmp_path / ".送信済み")
    line = session(tmp_path)
    assert listed(line) == {"INBOX": "inbox", "送信済み": "sent"}
    line.create("商談/2026")
    assert (tmp_path / ".商談.2026" / "new").is_dir()
    assert (tmp_path / ".商談.2026" / "maildirfolder").exists()


def test_two_folders_that_read_alike_keep_their_mail_apart(tmp_path: Path) -> None:
    make(tmp_path)
    put(tmp_path / ".送信", "1.a.x")
    put(tmp_path / ".&kAFP4Q-", "2.b.x")
    line = session(tmp_path)
    others = [name for name in listed(line) if name != "INBOX"]
    assert len(others) == 2
    assert sorted(subjects(line, name)[0] for name in others) == ["1.a.x", "2.b.x"]


@pytest.mark.parametrize("name", ["a..b", ".x", "../x", "a/../b", "a/cur", "/etc", "a//b", "x.y", "a\ud800", "é" * 300])
def test_a_name_never_leads_out_of_the_tree(tmp_path: Path, name: str) -> None:
    root = make(tmp_path / "mail")
    line = session(root)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ServerError):
        line.create(name)
    with pytest.raises(ServerError):
        line.append(name, mail("x"), Flag.NONE, 0)
    with pytest.raises(ServerError):
        line.open(name, None)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_no_maildir_is_said_with_what_to_change(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r'account "files".*nowhere.*No such file'):
        session(tmp_path / "nowhere")
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"no Maildir at .*empty.*set path in \[account.maildir\]"):
        session(tmp_path / "empty")


def test_SAFE_1_a_drive_that_is_gone_is_no_empty_folder(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    line = session(root, tmp_path / "home")
    cursor = line.open("INBOX", None).cursor
    root.rename(tmp_path / "elsewhere")
    root.mkdir()
    with pytest.raises(ServerError):
        line.open("INBOX", cursor)
    with pytest.raises(ConfigurationError):
        session(root, tmp_path / "home")
    root.rmdir()
    (tmp_path / "elsewhere").rename(root)
    opened = session(root, tmp_path / "home").open("INBOX", cursor)
    assert opened.exists == 1
    assert opened.vanished == []


# What lies in them.


def test_what_is_no_mail_is_passed_over(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Subject: secret\n\n")
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    (root / "cur" / ".hidden:2,S").write_bytes(mail("hidden"))
    (root / "cur" / "dovecot-something").write_bytes(mail("dovecot"))
    (root / "cur" / "folder:2,S").mkdir()
    (root / "cur" / "2.link.x:2,S").symlink_to(secret)
    os.mkfifo(root / "new" / "3.pipe.x")
    (root / "tmp" / "4.half.x").write_bytes(b"Subject: ha")
    outside = make(tmp_path / "outside")
    put(outside, "9.z.x:2,S")
    (root / ".Linked").symlink_to(outside)
    half = root / ".Half"
    half.mkdir()
    for part in ("cur", "new", "tmp"):
        (half / part).symlink_to(outside / part)
    line = session(root)
    assert list(listed(line)) == ["INBOX"]
    assert subjects(line, "INBOX") == ["1.a.x"]
    with pytest.raises(ServerError, match="no folder Linked"):
        line.open("Linked", None)


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("Subject: secret\n\n")
    root = make(tmp_path / "mail")
    put(root, "1.a.x:2,S")
    path = put(root, "2.b.x:2,S")
    line = session(root)
    line.open("INBOX", None)
    bodies = line.bodies([(1, 10), (2, 10)])
    assert next(bodies).uid == 1
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    assert list(bodies) == []


def test_flags_are_the_letters_of_names(tmp_path: Path) -> None:
    put(tmp_path, "1.a.x:2,DFPRST")
    put(tmp_path, "2.b.x")
    put(tmp_path, "3.c.x:2,")
    put(tmp_path, "4.d.x,S=100,W=105:2,FS")
    put(tmp_path, "5.e.x,U=17:2,Sab")
    (tmp_path / "cur" / "6.f.x;2,S").write_bytes(mail("f"))
    line = session(tmp_path)
    line.open("INBOX", None)
    everything = Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT | Flag.DELETED | Flag.FORWARDED
    assert [state.flags for state in line.flags(None).values()] == [
        everything,
        Flag.NONE,
        Flag.NONE,
        Flag.SEEN | Flag.FLAGGED,
        Flag.SEEN,
        Flag.SEEN,
    ]
    line.store("INBOX", [1, 2, 3, 5, 6], FlagState(Flag.FLAGGED), FlagState(Flag.SEEN))
    assert names_in(tmp_path) == [
        "1.a.x:2,DFPRT",
        "2.b.x:2,F",
        "3.c.x:2,F",
        "4.d.x,S=100,W=105:2,FS",
        "5.e.x,U=17:2,Fab",  # letters that mean nothing here stay
        "6.f.x;2,F",
    ]
    assert list(line.flags(None)) == [1, 2, 3, 4, 5, 6]


def test_mail_is_numbered_in_the_order_that_it_arrived_in(tmp_path: Path) -> None:
    for name in ("1700000010.M2P1.x", "1700000010.M10P1.x:2,S", "1600000000.z.x:2,", "1700000009.a.x"):
        put(tmp_path, name)
    odd = put(tmp_path, "hand-made:2,S")
    os.utime(odd, (1_650_000_000, 1_650_000_000))
    line = session(tmp_path)
    assert subjects(line, "INBOX") == [
        "1600000000.z.x", "hand-made", "1700000009.a.x", "1700000010.M2P1.x", "1700000010.M10P1.x",
    ]  # fmt: skip


def test_line_ends_of_files_become_those_of_the_wire(tmp_path: Path) -> None:
    put(tmp_path, "1.a.x:2,S", b"Subject: a\n\none\ntwo\r\nthree\n")
    put(tmp_path, "2.b.x:2,S", b"Subject: b\r\n\r\none\ntwo\r\n")
    put(tmp_path, "3.c.x:2,S", b"")
    put(tmp_path, "4.d.x:2,S", b"no header at all")
    for name in names_in(tmp_path):
        os.utime(tmp_path / "cur" / name, (1_700_000_000, 1_700_000_000))
    line = session(tmp_path)
    line.open("INBOX", None)
    assert [line.raw("INBOX", uid) for uid in line.uids()] == [
        b"Subject: a\r\n\r\none\r\ntwo\r\nthree\r\n",
        b"Subject: b\r\n\r\none\ntwo\r\n",
        b"",
        b"no header at all",
    ]
    assert [header.size for header in line.headers([1, 2, 3, 4])] == [27, 23, 0, 16]


def test_only_the_header_of_a_file_is_read(tmp_path: Path) -> None:
    put(tmp_path, "1.a.x:2,S", mail("a", "x" * 5_000_000))
    line = session(tmp_path)
    line.open("INBOX", None)
    before = int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])
    (header,) = line.headers([1])
    read = int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0]) - before
    assert b"Subject: a" in header.header
    assert b"xxx" not in header.header
    assert header.size > 5_000_000
    assert read < 500_000


def test_a_file_that_is_just_being_written_is_waited_for(tmp_path: Path) -> None:
    make(tmp_path)
    path = tmp_path / "cur" / "1.a.x:2,S"
    line = session(tmp_path)
    for content in (b"", b"Subject: a\nFrom: a@c.exam"):
        path.write_bytes(content)
        assert line.open("INBOX", None).exists == 1
        assert line.headers([1]) == []
    path.write_bytes(mail("a"))
    assert [header.uid for header in line.headers([1])] == [1]
    # What stays as it is has no more to come.
    path.write_bytes(b"Subject: a")
    os.utime(path, (time.time() - 60, time.time() - 60))
    assert [header.header for header in line.headers([1])] == [b"Subject: a"]


def test_files_that_share_a_name_are_two_messages(tmp_path: Path) -> None:
    put(tmp_path, "1.a.x:2,S", mail("one"))
    put(tmp_path, "1.a.x:2,", mail("two"))
    line = session(tmp_path, tmp_path / "home")
    assert sorted(subjects(line, "INBOX")) == ["one", "two"]
    # To give both the same flags must not write one over the other.
    line.store("INBOX", line.uids(), FlagState(Flag.FLAGGED), FlagState(Flag.SEEN))
    assert sorted(subjects(line, "INBOX")) == ["one", "two"]
    assert {state.flags for state in line.flags(None).values()} == {Flag.FLAGGED}


def test_a_file_with_two_names_is_one_message(tmp_path: Path) -> None:
    path = put(tmp_path, "1.a.x")
    os.link(path, tmp_path / "cur" / "1.a.x:2,S")  # as a program that was killed when it renamed by links leaves it
    line = session(tmp_path)
    assert line.open("INBOX", None).exists == 1
    assert line.flags(None) == {1: FlagState(Flag.SEEN)}


def test_names_that_are_no_text_are_read_and_kept(tmp_path: Path) -> None:
    make(tmp_path)
    name = os.fsencode(tmp_path / "cur") + b"/1.\xff\xfe.x:2,S"
    Path(os.fsdecode(name)).write_bytes(mail("odd"))
    line = session(tmp_path, tmp_path / "home")
    assert subjects(line, "INBOX") == ["odd"]
    line.store("INBOX", [1], FlagState(Flag.FLAGGED), NOTHING)
    assert [os.fsencode(name) for name in names_in(tmp_path)] == [b"1.\xff\xfe.x:2,FS"]


def test_twenty_thousand_files_open_within_a_second_when_nothing_changed(tmp_path: Path) -> None:
    make(tmp_path)
    for number in range(20_000):
        (tmp_path / "cur" / f"{1_600_000_000 + number}.M{number}P1.x,S=1234:2,S").touch()
    line = session(tmp_path, tmp_path / "home")
    cursor = line.open("INBOX", None).cursor
    for again in (line, session(tmp_path, tmp_path / "home")):
        started = time.perf_counter()
        opened = again.open("INBOX", cursor)
        took = time.perf_counter() - started
        assert (opened.cursor, opened.exists, opened.changed, opened.vanished) == (cursor, 20_000, {}, [])
        assert took < 1


# Searching.


def search(line: MaildirSession, typed: str) -> list[int]:
    return line.search("INBOX", query.parse(typed, today=date(2026, 11, 24)))


def test_SRCH_3_words_are_found_however_the_mail_writes_them(tmp_path: Path) -> None:
    put(
        tmp_path,
        "1.a.x:2,S",
        b"Subject: =?ISO-2022-JP?B?GyRCOCtAUT1xGyhC?=\nFrom: =?UTF-8?B?5bGx55Sw?= <yamada@c.example>\n\nx\n",
    )
    put(tmp_path, "2.b.x:2,F", b"Subject: x\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        b"PHA+6KaL56mN5pu4PC9wPg==\n")  # fmt: skip
    put(
        tmp_path,
        "3.c.x:2,RS",
        b"Subject: RE: \xef\xbc\xa1\xef\xbc\xa2\xef\xbc\xa3\nCc: Bob <bob@c.example>\n\nPrice LIST\n",
    )
    line = session(tmp_path)
    assert search(line, "見積書") == [1, 2]
    assert search(line, "subject:見積書") == [1]
    assert search(line, "body:見積書") == [2]
    assert search(line, "from:山田") == [1]
    assert search(line, "subject:abc") == [3]
    assert search(line, '"price list"') == [3]
    assert search(line, "cc:bob is:answered") == [3]
    assert search(line, "is:unanswered -見積書") == []
    assert search(line, "is:unread OR is:answered") == [2, 3]
    os.utime(tmp_path / "cur" / "1.a.x:2,S", (1_600_000_000, 1_600_000_000))
    assert search(line, "before:2021-01-01") == [1]
    assert search(line, "after:2021-01-01") == [2, 3]


# Watching.


def test_a_change_in_any_folder_is_news_and_nothing_else_is(tmp_path: Path) -> None:
    make(tmp_path)
    seen = put(tmp_path / ".Sales", "1.a.x")
    line = session(tmp_path, tmp_path / "home")
    line.watch("INBOX")
    assert line.wait(0) == set()
    # Another program has seen it: no flag has changed.
    seen.rename(tmp_path / ".Sales" / "cur" / "1.a.x:2,")
    (tmp_path / "tmp" / "x").touch()
    assert line.wait(2.5) == set()
    (tmp_path / ".Sales" / "cur" / "1.a.x:2,").rename(tmp_path / ".Sales" / "cur" / "1.a.x:2,F")
    assert line.wait(30) == {"Sales"}
    put(tmp_path, "2.b.x")
    (tmp_path / ".Sales" / "cur" / "1.a.x:2,F").unlink()
    told: set[str] = set()
    until(lambda: told.update(line.wait(0.1)) or told == {"INBOX", "Sales"}, "news of both")


def test_what_this_session_does_is_no_news_to_it(tmp_path: Path) -> None:
    make(tmp_path / ".Sales")
    put(tmp_path, "1.a.x")
    line = session(tmp_path, tmp_path / "home")
    line.watch("INBOX")
    line.store("INBOX", [1], FlagState(Flag.SEEN), NOTHING)
    line.move("INBOX", [1], "Sales")
    line.append("INBOX", mail("own"), Flag.NONE, 0)
    assert line.wait(0) == set()
    put(tmp_path, "2.b.x")
    assert line.wait(30) == {"INBOX"}


def test_an_inbox_that_goes_ends_the_watch_with_a_sentence(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    line = session(root)
    line.watch("INBOX")
    assert line.wait(0) == set()
    root.rename(tmp_path / "elsewhere")
    with pytest.raises(NetworkError, match=r'account "files".*mail.*No such file'):
        line.wait(30)


def test_settings_name_the_place(tmp_path: Path) -> None:
    root = make(tmp_path / "mail")
    line = MaildirSession(account(root), lambda: pytest.fail("a Maildir has no secret"))
    line.connect()
    assert [folder.name for folder in line.folders()] == ["INBOX"]
    line.close()
