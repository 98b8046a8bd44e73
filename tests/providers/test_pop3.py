"""POP3 sessions against a server that says what it is told to: nothing is lost, nothing is here twice (ACC-1, SAFE-1)."""

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from salesinbox.model.errors import CredentialsError, DatabaseError, NetworkError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import Cursor, Opened
from salesinbox.providers.pop3.session import Pop3Session
from salesinbox.providers.pop3.visit import arrived
from tests.pop3_server import Pop3Server
from tests.servers import SECRET

DAY = 86_400


def mail(subject: str, body: str = "Hello\r\n", date: str = "Mon, 02 Nov 2026 10:00:00 +0000") -> bytes:
    return (
        f"From: Ann <ann@customer.example>\r\nSubject: {subject}\r\nDate: {date}\r\n"
        f"Message-ID: <{subject}@test.example>\r\n\r\n{body}"
    ).encode()


@pytest.fixture
def server() -> Iterator[Pop3Server]:
    with Pop3Server() as running:
        yield running


Begin = Callable[..., Pop3Session]


@pytest.fixture
def begin(server: Pop3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Makes sessions that are connected; each asks the server at every `open`."""
    monkeypatch.setattr(Pop3Session, "REST", 0.0)
    made = []

    def make(
        *, home: Path | None = tmp_path / "home", now: Callable[[], float] = time.time, **changes: Any
    ) -> Pop3Session:
        session = Pop3Session(server.account(**changes), lambda: SECRET, home, now=now)
        made.append(session)
        session.connect()
        return session

    yield make
    for session in made:
        session.close()


def fetch(session: Pop3Session) -> Opened:
    """Opens the INBOX until nothing more is to come."""
    opened = session.open("INBOX", None)
    while opened.exists != len(session.uids()):
        opened = session.open("INBOX", None)
    return opened


def subjects(session: Pop3Session, folder: str = "INBOX") -> list[str]:
    session.open(folder, None)
    found = [re.search(rb"Subject: (.*)", one.header) for one in session.headers(session.uids())]
    return sorted(one[1].strip().decode() for one in found if one)


def content(session: Pop3Session) -> bytes:
    """The only message."""
    fetch(session)
    (uid,) = session.uids()
    raw = session.raw("INBOX", uid)
    assert raw is not None
    return raw


# --- what arrives ---


def test_ACC_1_mail_is_fetched_once_and_stays_on_the_server(server, begin):
    server.put(mail("one"))
    server.put(mail("two"))
    assert subjects(begin()) == ["one", "two"]
    server.put(mail("three"))
    assert subjects(begin()) == ["one", "three", "two"]
    assert server.count("RETR") == 3
    assert (server.count("DELE"), len(server.messages)) == (0, 3)


def test_ACC_1_the_newest_comes_first_and_what_is_still_to_come_is_counted(server, begin, monkeypatch):
    monkeypatch.setattr("salesinbox.providers.pop3.session._MOST", 3)
    for number in range(8):
        server.put(mail(f"mail-{number}"))
    session = begin()
    opened = session.open("INBOX", None)
    assert opened.exists == 8
    assert len(session.uids()) == 3
    assert [command for command in server.said if command.startswith("RETR")] == ["RETR 8", "RETR 7", "RETR 6"]
    assert session.counts("INBOX")[0] == 8
    assert session.open("INBOX", opened.cursor).exists == 8
    assert session.open("INBOX", opened.cursor).exists == 8
    assert len(session.uids()) == 8
    assert server.count("UIDL") == 2  # one to prove the login, and one for all of it


@pytest.mark.parametrize(
    "body",
    [
        ".\r\n..\r\n...dots\r\n.end\r\n",
        "x" * 100_000 + "\r\n",
        "nul \0 here\r\n",
        "a carriage return \r alone, and\r\rtwo\r\n",
        "a line feed \n.\n alone round a dot\r\n",
        "\r\n\r\n",
        "no end of the last line",
        "",
    ],
    ids=["dots", "long line", "NUL", "CR", "LF", "empty lines", "no end", "no body"],
)
def test_SAFE_1_what_the_server_sent_is_what_is_here(server, begin, body):
    raw = mail("odd", body)
    server.put(raw)
    assert content(begin()) == (raw if raw.endswith(b"\r\n") else raw + b"\r\n")


def test_SAFE_1_lying_sizes_lose_nothing(server, begin):
    server.answers["LIST"] = b"+OK\r\n1 3\r\n.\r\n"
    server.answers["STAT"] = b"+OK 0 0\r\n"
    raw = mail("longer than it is said to be", "x\r\n" * 5000)
    server.put(raw)
    assert content(begin()) == raw


def test_SAFE_1_lines_that_end_in_line_feeds_only_are_understood(server, begin):
    server.put(mail("unix"))
    server.answers["RETR 1"] = b"+OK\nSubject: unix\n\n..dot\nlast\n.\n"
    assert content(begin()) == b"Subject: unix\r\n\r\n.dot\r\nlast\r\n"


def test_ACC_1_an_unnamed_time_of_arrival_is_that_of_the_trace_then_the_date_and_never_in_the_future():
    trace = b"Received: from a by b;\r\n Mon, 02 Nov 2026 10:00:07 +0000\r\nReceived: x; Mon, 02 Nov 2026 09:00:00 +0000\r\n"
    now = 1_900_000_000
    assert arrived(trace + mail("a"), now) == 1_793_613_607
    assert arrived(mail("a"), now) == 1_793_613_600
    assert arrived(mail("a"), 1_700_000_000) == 1_700_000_000
    assert arrived(b"", now) == now


def test_ACC_1_two_messages_that_the_server_calls_the_same_are_two(server, begin):
    server.put(mail("one"))
    server.put(mail("two"))
    server.answers["UIDL"] = b"+OK\r\n1 same\r\n2 same\r\n.\r\n"
    session = begin()
    assert subjects(session) == ["one", "two"]
    assert subjects(session) == ["one", "two"]


def test_ACC_1_names_of_messages_may_hold_anything(server, begin):
    for name in (b"../../etc/passwd", b"with space", b"a,b:2,S", b"x" * 200, "名前".encode()):
        server.put(mail(name.decode()[:4].strip("./")), name)
    session = begin()
    assert len(subjects(session)) == 5
    assert len(subjects(begin())) == 5
    assert server.count("RETR") == 5


# --- what goes ---


def test_ACC_1_what_the_server_drops_stays_here(server, begin):
    server.put(mail("one"))
    assert subjects(begin()) == ["one"]
    server.messages.clear()
    assert subjects(begin()) == ["one"]


def test_ACC_1_mail_is_removed_at_once_with_keep_days_0_after_it_is_here(server, begin, tmp_path):
    server.put(mail("one"))
    server.put(mail("two"))
    here: list[int] = []

    def count(command: str) -> None:
        if command.startswith("DELE"):
            here.append(sum(1 for _file in (tmp_path / "home" / "mail" / "new").iterdir()))

    server.when = count
    assert subjects(begin(keep_days=0)) == ["one", "two"]
    assert (server.messages, here) == ({}, [2, 2])


def test_ACC_1_mail_is_removed_when_it_has_been_here_for_so_many_days(server, begin):
    begun = time.time()
    server.put(mail("one"))
    fetch(begin(keep_days=3, now=lambda: begun))
    server.put(mail("two"))
    fetch(begin(keep_days=3, now=lambda: begun + 2 * DAY))
    assert len(server.messages) == 2
    session = begin(keep_days=3, now=lambda: begun + 3 * DAY + 1)
    fetch(session)
    assert list(server.messages) == [b"name-2"]
    assert subjects(session) == ["one", "two"]


def test_SAFE_1_mail_that_could_not_be_noted_is_not_removed(server, begin, tmp_path):
    server.put(mail("one"))
    session = begin(keep_days=0)
    (tmp_path / "home" / "taken.db").write_bytes(b"")
    session._taken._connection.execute("PRAGMA query_only = 1")
    with pytest.raises(DatabaseError, match="list of mail that was fetched"):
        session.open("INBOX", None)
    assert (server.count("DELE"), len(server.messages)) == (0, 1)


def test_SAFE_1_mail_that_could_not_be_written_is_not_removed_nor_noted(server, begin, tmp_path):
    server.put(mail("one"))
    session = begin(keep_days=0)
    new = tmp_path / "home" / "mail" / "new"
    new.rmdir()
    new.write_text("in the way")
    with pytest.raises(ServerError):
        session.open("INBOX", None)
    assert len(server.messages) == 1
    new.unlink()
    new.mkdir()
    assert subjects(begin()) == ["one"]


def test_ACC_1_what_the_rep_deleted_does_not_come_back(server, begin):
    server.put(mail("one"))
    server.put(mail("two"))
    session = begin()
    fetch(session)
    session.expunge("INBOX", session.uids()[:1])
    left = subjects(session)
    assert len(left) == 1
    assert subjects(begin()) == left


def test_SAFE_1_where_the_mail_here_is_lost_all_is_fetched_anew(server, begin, tmp_path):
    server.put(mail("one"))
    fetch(begin())
    (tmp_path / "home" / "mail").rename(tmp_path / "elsewhere")
    assert subjects(begin(keep_days=30)) == ["one"]


def test_SAFE_1_a_damaged_list_of_what_was_taken_doubles_nothing(server, begin, tmp_path):
    server.put(mail("one"))
    session = begin()
    fetch(session)
    session.close()
    (tmp_path / "home" / "taken.db").write_bytes(b"no database at all" * 100)
    assert subjects(begin()) == ["one"]
    assert server.count("RETR") == 2


# --- kills and cuts ---

_KILLED = """
import os, sys
from pathlib import Path
from salesinbox.providers.pop3 import taken, session
from tests.pop3_server import account
def die(*_):
    os._exit(9)
taken.Taken.add = die
made = session.Pop3Session(account(int(sys.argv[1]), keep_days=0), lambda: "secret", Path(sys.argv[2]))
made.connect()
made.open("INBOX", None)
"""


def test_SAFE_1_a_kill_between_file_and_note_doubles_nothing_and_loses_nothing(server, begin, tmp_path):
    server.put(mail("one"))
    done = subprocess.run([sys.executable, "-c", _KILLED, str(server.port), str(tmp_path / "home")], check=False)
    assert done.returncode == 9
    assert len(list((tmp_path / "home" / "mail" / "new").iterdir())) == 1
    assert len(server.messages) == 1
    assert subjects(begin(keep_days=0)) == ["one"]
    assert server.messages == {}


def test_SAFE_1_a_line_cut_in_a_message_leaves_no_half_of_it(server, begin):
    for number in range(4):
        server.put(mail(f"mail-{number}", "text\r\n" * 2000))
    server.cut_at = "RETR 2"
    session = begin()
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1.*cut"):
        session.open("INBOX", None)
    server.cut_at = ""
    session = begin()
    assert subjects(session) == [f"mail-{number}" for number in range(4)]
    assert server.count("RETR") == 5
    assert len({one.size for one in session.headers(session.uids())}) == 1


def test_SAFE_1_removal_begins_anew_where_the_line_was_cut_before_the_end(server, begin):
    server.put(mail("one"))
    server.cut_at = "QUIT"
    assert subjects(begin(keep_days=0)) == ["one"]
    assert (server.count("DELE"), len(server.messages)) == (1, 1)
    server.cut_at = ""
    assert subjects(begin(keep_days=0)) == ["one"]
    assert server.messages == {}


def test_ACC_7_a_message_that_the_server_does_not_give_is_named_once_the_others_are_here(server, begin):
    for number in range(3):
        server.put(mail(f"mail-{number}"))
    server.answers["RETR 2"] = b"-ERR [SYS/PERM] damaged on disk\r\n"
    session = begin()
    opened = session.open("INBOX", None)
    assert (opened.exists, len(session.uids())) == (3, 2)
    with pytest.raises(ServerError, match="does not give message 2 away: damaged on disk; it stays on the server"):
        session.open("INBOX", opened.cursor)
    server.answers.clear()
    assert session.open("INBOX", Cursor(opened.cursor.uidvalidity, opened.cursor.uidnext, 1)).exists == 3
    assert subjects(session) == ["mail-0", "mail-1", "mail-2"]


# --- logging in ---


def test_ACC_1_a_server_without_lasting_names_is_refused_by_name(server, begin):
    server.put(mail("one"))
    server.answers["UIDL"] = b"-ERR what is that\r\n"
    with pytest.raises(ServerError, match=r"127\.0\.0\.1 has no lasting names for messages \(UIDL: what is that\)"):
        begin()


def test_ACC_1_an_empty_mailbox_may_refuse_to_list(server, begin):
    server.answers["UIDL"] = b"-ERR no messages\r\n"
    assert fetch(begin()).exists == 0


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        (None, ["CAPA", "USER rep", "PASS secret"]),
        (("USER", "UIDL"), ["CAPA", "USER rep", "PASS secret"]),
        (("UIDL", "SASL CRAM-MD5 PLAIN"), ["CAPA", "AUTH PLAIN", "AHJlcABzZWNyZXQ="]),
    ],
)
def test_ACC_1_what_the_server_offers_is_how_one_logs_in(server, begin, capabilities, said):
    server.capabilities = capabilities
    begin()
    assert server.said[:3] == said


def test_ACC_4_a_refused_password_is_named_without_showing_it(server, begin):
    server.refusal = b"-ERR secret is not the password of AHJlcABzZWNyZXQ=\r\n"
    server.login = server.refusal
    with pytest.raises(
        CredentialsError, match="refused the login of rep: no reason given; check user and password"
    ) as told:
        begin()
    assert "secret" not in str(told.value)
    assert "AHJlc" not in str(told.value)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (b"-ERR [IN-USE] Do you have another POP session running?", NetworkError, "in use by another program"),
        (b"-ERR maildrop already locked", NetworkError, "in use by another program"),
        (
            b"-ERR Unable to lock mailbox: mailbox is locked by another client",
            NetworkError,
            "in use by another program",
        ),
        (b"-ERR [SYS/TEMP] disk trouble", NetworkError, "cannot log in rep just now: disk trouble"),
        (b"-ERR [LOGIN-DELAY] wait a bit", NetworkError, "cannot log in rep just now: wait a bit"),
        (b"-ERR [SYS/PERM] no mail directory", ServerError, "cannot log in rep: no mail directory; ask the provider"),
        (b"-ERR [AUTH] wrong", CredentialsError, "refused the login of rep: wrong"),
        (b"-ERR account locked", CredentialsError, "refused the login of rep: account locked"),
    ],
)
def test_ACC_1_a_refusal_is_of_the_password_only_where_it_says_so(server, begin, answer, kind, words):
    server.login = answer + b"\r\n"
    with pytest.raises(kind, match=re.escape(words)):
        begin()


def test_ACC_6_starttls_that_is_not_offered_is_an_error_before_anything_is_said(server, begin):
    with pytest.raises(ServerError, match=r"does not offer STARTTLS.*port 995"):
        begin(tls="starttls")
    assert server.said == ["CAPA"]


def test_ACC_6_what_comes_before_tls_is_not_believed(server, begin):
    server.capabilities = ("STLS", "UIDL")
    server.answers["STLS"] = b"+OK begin\r\n+OK not encrypted\r\n"
    with pytest.raises(ServerError, match="does not speak POP3"):
        begin(tls="starttls")
    assert server.said == ["CAPA", "STLS"]


@pytest.mark.parametrize("greeting", [b"* OK this is IMAP\r\n", b"HTTP/1.1 400\r\n", b"x" * 10_000])
def test_ACC_1_what_is_no_pop3_server_is_named(server, begin, greeting):
    server.greeting = greeting
    with pytest.raises(ServerError, match=r"127\.0\.0\.1 does not speak POP3 on port \d+ as it should"):
        begin()


def test_ACC_4_a_password_cannot_become_a_command(server, tmp_path):
    session = Pop3Session(server.account(), lambda: "secret\r\nDELE 1", tmp_path / "home")
    with pytest.raises(CredentialsError, match="line end"):
        session.connect()
    session.close()
    assert server.said == ["CAPA"]


# --- tokens ---


def test_ACC_5_a_token_goes_by_the_mechanism_that_the_server_offers(server, begin):
    server.capabilities = ("UIDL", "SASL PLAIN XOAUTH2")
    server.answers["SASL"] = b"+OK\r\n"
    begin(auth="xoauth2")
    assert server.said[1] == "AUTH XOAUTH2"
    assert server.said[2].startswith("dXNlcj1yZXAB")  # user=rep, in Base64


def test_ACC_5_a_refused_token_is_answered_and_told_in_words(server, begin):
    server.capabilities = ("UIDL", "SASL XOAUTH2")
    # {"status":"401","schemes":"bearer"}
    server.answers["SASL"] = b"+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=\r\n-ERR [AUTH] no\r\n"
    with pytest.raises(CredentialsError, match="refused the access token of rep: no; status 401"):
        begin(auth="xoauth2")


def test_ACC_5_a_server_that_takes_no_tokens_is_named(server, begin):
    with pytest.raises(ServerError, match="offers no login by access token"):
        begin(auth="xoauth2")
    assert server.count("AUTH") == 0


# --- one at a time, and waiting ---


def test_ACC_1_waiting_tells_of_new_mail_and_the_other_line_fetches_it(server, begin, monkeypatch):
    monkeypatch.setattr(Pop3Session, "EVERY", 0.05)
    fetching, listening = begin(), begin()
    cursor = fetching.open("INBOX", None).cursor
    listening.watch("INBOX")
    assert listening.wait(0.2) == set()
    server.put(mail("just now"))
    assert listening.wait(20) == {"INBOX"}
    monkeypatch.setattr(Pop3Session, "REST", 1000.0)
    opened = fetching.open("INBOX", cursor)
    assert (opened.exists, len(opened.changed or {})) == (1, 1)
    assert listening.wait(20) == {"INBOX"}  # its file is here
    assert listening.wait(0.2) == set()
    assert server.count("RETR") == 1


def test_ACC_1_waiting_ends_when_it_is_told_to(begin, server):
    session = begin()
    session.watch("INBOX")
    reader, writer = os.pipe()
    try:
        os.write(writer, b"x")
        started = time.monotonic()
        assert session.wait(60, reader) == set()
        assert time.monotonic() - started < 30
    finally:
        os.close(reader)
        os.close(writer)


def test_ACC_1_an_inbox_just_looked_at_is_not_asked_for_at_each_action(server, begin, monkeypatch):
    server.put(mail("one"))
    session = begin()
    monkeypatch.setattr(Pop3Session, "REST", 1000.0)
    opened = session.open("INBOX", None)
    before = server.logins
    session.move("INBOX", session.uids(), "Archive")
    session.open("INBOX", opened.cursor)
    assert server.logins == before
    session.close()
    session.connect()
    session.open("INBOX", opened.cursor)
    assert server.logins > before


def test_ACC_1_while_one_line_fetches_the_other_neither_fails_nor_doubles(server, begin, monkeypatch):
    monkeypatch.setattr("salesinbox.providers.pop3.session._MOST", 1)
    for number in range(3):
        server.put(mail(f"mail-{number}"))
    fetching = begin()
    fetching.open("INBOX", None)  # more is to come: it stays logged in
    listening = begin()
    listening.watch("INBOX")
    assert listening.wait(0.1) == set()
    fetching.open("INBOX", None)
    fetching.open("INBOX", None)
    assert subjects(fetching) == ["mail-0", "mail-1", "mail-2"]
    assert server.count("RETR") == 3


def test_ACC_1_a_server_that_wants_time_between_logins_gets_it(server, begin):
    server.capabilities = ("UIDL", "SASL PLAIN", "LOGIN-DELAY 900")
    clock = [time.time()]
    server.put(mail("one"))
    session = begin(now=lambda: clock[0])
    assert subjects(session) == ["one"]
    server.put(mail("two"))
    for _time in range(3):
        assert subjects(session) == ["one"]
    assert begin(now=lambda: clock[0]).wait(0.1) == set()
    assert server.logins == 1
    clock[0] += 901
    assert subjects(session) == ["one", "two"]
    assert server.logins == 2


# --- what can be done with it ---


def test_ACC_1_folders_are_kept_here_and_mail_moves_between_them(server, begin):
    server.put(mail("one"))
    session = begin()
    assert {folder.name: folder.role for folder in session.folders()} == {
        "INBOX": "inbox", "Archive": "archive", "Drafts": "drafts", "Sent": "sent", "Spam": "spam", "Trash": "trash",
    }  # fmt: skip
    fetch(session)
    (uid,) = session.uids()
    session.store("INBOX", [uid], FlagState(Flag.SEEN, "Hot"), FlagState(Flag.NONE, ""))
    new = session.move("INBOX", [uid], "Archive")
    assert session.open("INBOX", None).exists == 0
    session.open("Archive", None)
    assert session.flags(None) == {new[uid]: FlagState(Flag.SEEN, "Hot")}
    assert session.append("Sent", mail("mine"), Flag.SEEN, 0)
    assert session.find("Sent", "<mine@test.example>")
    assert {"POP3", "MOVE"} <= session.capabilities()
    assert set(server.said) == {"CAPA", "AUTH PLAIN", "AHJlcABzZWNyZXQ=", "UIDL", "RETR 1", "QUIT"}


def test_SAFE_2_all_that_is_kept_is_the_reps_alone(server, begin, tmp_path):
    before = os.umask(0)
    try:
        server.put(mail("one"))
        fetch(begin())
    finally:
        os.umask(before)
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "home", *(tmp_path / "home").rglob("*")]}
    assert {path: mode for path, mode in found.items() if mode & 0o077} == {}
    assert len(found) > 20


def test_ACC_2_without_a_home_the_server_is_tried_and_nothing_is_taken(server, begin):
    server.put(mail("one"))
    session = begin(home=None, keep_days=0)
    assert next(folder.name for folder in session.folders()) == "INBOX"
    assert session.counts("INBOX")[0] == 1
    assert session.open("INBOX", None).exists == 1
    assert session.uids() == []
    kept = Path(session._temporary)
    session.close()
    assert not kept.exists()
    assert (server.count("RETR"), len(server.messages)) == (0, 1)
