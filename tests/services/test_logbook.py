"""The log of sync: what is in it, and what must never be (SAFE-2, SAFE-3, ACC-4)."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.model.events import Changed, Connection, Event, Finished, Noticed, Progress
from salesinbox.services import logbook
from salesinbox.services.logbook import FILE, Logbook
from tests.mailboxes import configuration, mail
from tests.servers import Mailbox, until

NOW = 1_795_546_561.0


def lines(data: Path) -> list[str]:
    path = data / "log" / FILE
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    made = Logbook(tmp_path, lambda: NOW)
    yield made
    made.close()


def finished(*folders: dict[str, object], error: str = "", exit: int = 0) -> Finished:
    return Finished("work", "asked", {"folders": list(folders), "seconds": 1.5, "error": error, "exit": exit})


def folder(name: str, *, ok: bool = True, error: str = "") -> dict[str, object]:
    return {"name": name, "server": 9, "local": 8, "new": 3, "changed": 2, "gone": 1, "ok": ok, "error": error}


def test_ACC_7_states_ends_of_phases_and_passes_are_noted(book, tmp_path):
    book.note(Connection("work", "connecting"))
    book.note(Progress("work", "INBOX", "headers", 200, 1200))
    book.note(Progress("work", "INBOX", "headers", 1200, 1200))
    book.note(Connection("work", "waiting", "imap.zylker.example does not answer on port 993", int(NOW) + 60))
    book.note(finished(folder("INBOX"), folder("Sent items", ok=False, error="It was refused.")))
    book.note(finished(error="no such host", exit=5))
    assert lines(tmp_path) == [
        "2026-11-24T18:56:01Z work - connecting",
        "2026-11-24T18:56:01Z work INBOX headers done=1200",
        "2026-11-24T18:56:01Z work - waiting next=2026-11-24T18:57:01Z imap.zylker.example does not answer on port 993",
        "2026-11-24T18:56:01Z work INBOX ok server=9 local=8 new=3 changed=2 gone=1",
        '2026-11-24T18:56:01Z work "Sent items" differs server=9 local=8 new=3 changed=2 gone=1',
        '2026-11-24T18:56:01Z work "Sent items" error It was refused.',
        "2026-11-24T18:56:01Z work - pass seconds=1.5",
        "2026-11-24T18:56:01Z work - error exit=5 no such host",
    ]


@pytest.mark.parametrize(
    "event",
    [
        Noticed("work", "t1", "Tatsuro Nagata", "MARKED subject", "Web renewal"),
        Changed("work", 3),
        Connection("work", "waiting", "554 <nagata@minato.example> MARKED@minato.example refused"),
        Connection("work", "waiting", "bad token MARKEDya29aA0AfB_byC-1234567890abcdefghijklmnop"),
        finished(folder("INBOX", error="no mail for MARKED.nagata@minato.example here")),
        finished(error="535 AHJlcABzZWNyZXRNQVJLRURNQVJLRURNQVJLRUQ= refused"),
    ],
)
def test_SAFE_3_no_subject_no_address_and_no_token_is_written(book, tmp_path, event):
    book.note(event)
    written = "\n".join(lines(tmp_path))
    assert "MARKED" not in written
    assert "TUFSS0VE" not in written
    assert "minato.example" not in written
    assert "AHJlcABz" not in written


def test_READ_3_what_servers_say_stays_one_harmless_line(book, tmp_path):
    book.note(Connection("work", "waiting", "one\ntwo\r\n2026-01-01T00:00:00Z forged - ok\x1b[2J\u202e"))
    book.note(finished(folder('od"d\nname')))
    written = (tmp_path / "log" / FILE).read_text()
    assert len(written.splitlines()) == 3
    assert not any(character in written for character in "\r\x1b\u202e")
    assert [entry.folder for entry in logbook.end(tmp_path, 9)] == ["", 'od"d name', ""]


def test_SAFE_2_the_log_is_the_reps_alone_and_is_rotated(tmp_path, monkeypatch):
    monkeypatch.setattr(logbook, "LARGEST", 500)
    before = os.umask(0)
    book = Logbook(tmp_path, lambda: NOW)
    try:
        for number in range(200):
            book.note(Progress("work", f"folder-{number}", "headers", 1, 1))
    finally:
        os.umask(before)
        book.close()
    files = sorted((tmp_path / "log").iterdir())
    assert [file.name for file in files] == [FILE, *(f"{FILE}.{number}" for number in range(1, 5))]
    assert all(file.stat().st_size <= 500 for file in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700
    found = logbook.end(tmp_path, 15)
    assert [entry.folder for entry in found] == [f"folder-{number}" for number in range(185, 200)]


def test_SAFE_1_many_threads_write_whole_lines(book, tmp_path):
    def write(name: str) -> None:
        for _time in range(100):
            book.note(Connection(name, "connecting"))

    threads = [threading.Thread(target=write, args=(f"account-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = logbook.end(tmp_path, 1000)
    assert (len(found), {entry.event for entry in found}) == (800, {"connecting"})


def test_SAFE_1_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "log").write_text("in the way")
    book = Logbook(tmp_path, lambda: NOW)
    events: list[Event] = [Connection("work", "connecting"), finished({}), Finished("work", "x", {"folders": [3]})]
    for event in events:
        book.note(event)
    book.close()
    assert (tmp_path / "log").read_text() == "in the way"


def test_SAFE_2_a_link_in_the_place_of_the_log_is_not_followed(book, tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / FILE).symlink_to(tmp_path / "victim")
    book.note(Connection("work", "connecting"))
    assert not (tmp_path / "victim").exists()


def test_SAFE_1_half_a_line_is_passed_over(book, tmp_path):
    book.note(Connection("work", "connecting"))
    with (tmp_path / "log" / FILE).open("a") as file:
        file.write("2026-11-24T18:5\n")
    assert [entry.event for entry in logbook.end(tmp_path, 10)] == ["connecting"]
    assert logbook.end(tmp_path / "nothing", 10) == []


def test_SAFE_3_a_sync_of_marked_mail_leaves_no_mark_in_the_log(dovecot: Mailbox, tmp_path: Path):
    for number in range(3):
        dovecot.deliver(
            mail(number, sender="Marktest Person <marktest@marktest.example>", subject="MARKTEST", body="MARKTEST\n")
        )
    path = configuration(tmp_path, dovecot)
    data = tmp_path / "data"
    command = [sys.executable, "-m", "salesinbox", "--config", str(path), "--data", str(data), "sync", "--watch"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: any(line.endswith(" watching") for line in lines(data)), "the watch has begun", 60)
            dovecot.deliver(mail("late", subject="MARKTEST", sender="marktest@marktest.example"))
            until(lambda: sum(" headers " in line for line in lines(data)) >= 2, "the late mail is here")
        finally:
            process.terminate()
            process.wait(30)
    written = b"".join(file.read_bytes() for file in (data / "log").iterdir()).lower()
    assert b"inbox headers done=3" in written
    assert b"marktest" not in written
    assert dovecot.password.encode() not in written
