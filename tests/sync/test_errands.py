"""What an account's line fetches when it is asked, and the files that it is kept in (READ-4, READ-5)."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.model.errors import DatabaseError, NotFoundError, ServerError
from salesinbox.providers import registry
from salesinbox.store import parts
from salesinbox.store.database import Database
from salesinbox.sync import errands
from salesinbox.sync.incoming import Incoming
from tests import mailboxes
from tests.mailboxes import mail
from tests.servers import Mailbox, until

TODAY = "2026-11-24"


class Line:
    """A line of its own to a mailbox whose INBOX is here, and nothing else."""

    def __init__(self, mailbox: Mailbox, folder: Path) -> None:
        self.path = folder / "data" / "mail.db"
        account = mailbox.account(folders=("INBOX",))
        mailboxes.sync(mailbox, self.path, account)
        self.session = registry.session(account, lambda: mailbox.password)
        self.session.connect()
        self.database = Database(self.path)
        self.incoming = Incoming(
            account, self.session, self.database, lambda: mailboxes.placing(account), lambda _event: None,
            lambda: mailboxes.NOW,
        )  # fmt: skip

    def run(self, kind: str, **what: object) -> dict[str, object]:
        return errands.run(self.incoming, {"kind": kind, **what})

    def source(self, subject: str) -> bytes:
        row = self.database.connection.execute("SELECT id FROM message WHERE subject = ?", (subject,)).fetchone()
        return Path(str(self.run("content", message=row[0], part="")["path"])).read_bytes()

    def subjects(self, text: str) -> list[str]:
        hits = self.run("search", text=text, today=TODAY)["hits"]
        assert isinstance(hits, list)
        return [hit["subject"] for hit in hits]

    def close(self) -> None:
        self.session.close()
        self.database.close()


@pytest.fixture
def filled(server: Mailbox) -> Mailbox:
    server.deliver(mail(1))
    server.deliver(mail(2))
    return server


@pytest.fixture
def line(filled: Mailbox, tmp_path: Path) -> Iterator[Line]:
    opened = Line(filled, tmp_path)
    yield opened
    opened.close()


# --- contents -----------------------------------------------------------------------------------------------------


def test_READ_4_a_number_that_another_message_has_now_does_not_mislead(line: Line) -> None:
    """As after a renumbering that has not been seen yet."""
    with line.database.transaction() as connection:
        (first,), (second,) = connection.execute("SELECT uid FROM location ORDER BY uid").fetchall()
        for before, after in ((first, 999), (second, first), (999, second)):
            connection.execute("UPDATE location SET uid = ? WHERE uid = ?", (after, before))
    assert b"Body of 1" in line.source("Subject 1")
    assert b"Body of 2" in line.source("Subject 2")


def test_READ_4_a_message_that_has_no_number_yet_is_found_by_its_id(line: Line) -> None:
    with line.database.transaction() as connection:
        connection.execute("UPDATE location SET uid = -uid")
    assert b"Body of 1" in line.source("Subject 1")


def test_READ_4_a_message_that_only_has_the_same_id_is_not_taken_for_it(filled: Mailbox, line: Line) -> None:
    with filled.client() as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search(["SUBJECT", "Subject 1"]))
        client.expunge()
        client.append("INBOX", mail(1, body="Forged, and of another length."))
    with pytest.raises(NotFoundError, match="gone from the server"):
        line.source("Subject 1")


def test_READ_5_the_second_time_no_server_is_asked(line: Line) -> None:
    first = line.source("Subject 1")
    line.session.close()
    assert line.source("Subject 1") == first


@pytest.mark.parametrize(
    "errand",
    [
        {},
        {"kind": "dance"},
        {"kind": "content"},
        {"kind": "content", "message": "x"},
        {"kind": "search", "text": "a", "today": "soon"},
        {"kind": "take", "folder": "INBOX", "uid": None},
    ],
)
def test_an_errand_that_makes_no_sense_is_refused(dovecot: Mailbox, tmp_path: Path, errand: dict[str, object]) -> None:
    line = Line(dovecot, tmp_path)
    with pytest.raises(ServerError, match="no such errand"):
        errands.run(line.incoming, errand)
    line.close()


# --- the server's own search --------------------------------------------------------------------------------------


def test_SRCH_1_copies_of_what_is_here_do_not_crowd_out_what_is_not(dovecot: Mailbox, tmp_path: Path) -> None:
    """As in Gmail, whose "All Mail" holds everything a second time."""
    with dovecot.client() as client:
        client.create_folder("All")
        client.append("All", mail("old", subject="Offer that is not here"))
        for number in range(errands.MOST + 10):
            for folder in ("INBOX", "All"):
                client.append(folder, mail(number, subject=f"Offer {number}"))
    line = Line(dovecot, tmp_path)
    assert line.subjects("offer") == ["Offer that is not here"]
    line.close()


def test_SRCH_1_a_message_that_lies_in_two_folders_is_found_once(filled: Mailbox, tmp_path: Path) -> None:
    with filled.client() as client:
        for folder in ("One", "Two"):
            client.create_folder(folder)
            client.append(folder, mail("copy", subject="Offer twice"))
    line = Line(filled, tmp_path)
    assert line.subjects("offer") == ["Offer twice"]
    line.close()


def test_SRCH_1_what_is_taken_in_twice_is_here_once(filled: Mailbox, tmp_path: Path) -> None:
    with filled.client() as client:
        client.create_folder("Away")
        client.append("Away", mail("away", subject="Offer"))
    line = Line(filled, tmp_path)
    hits = line.run("search", text="offer", today=TODAY)["hits"]
    assert isinstance(hits, list)
    taken = [line.run("take", folder=hits[0]["folder"], uid=hits[0]["uid"])["thread"] for _ in range(2)]
    assert taken[0] == taken[1]
    assert line.database.connection.execute("SELECT count(*) FROM message WHERE subject = 'Offer'").fetchone() == (1,)
    with pytest.raises(NotFoundError):
        line.run("take", folder="Away", uid=999)
    mailboxes.sound(line.path)
    line.close()


# --- the files ----------------------------------------------------------------------------------------------------


def _key(number: int, part: str = "2") -> parts.Key:
    return parts.Key(number, b"\x01" * 16, part)


def test_READ_5_no_part_number_becomes_a_path() -> None:
    assert parts.Key(12, b"\xab\xcd", "2.1").name == "m12-abcd-2.1"
    assert parts.Key(12, b"\xab\xcd", "").name == "m12-abcd.eml"
    assert "/" not in parts.Key(12, b"\xab\xcd", "../../etc/passwd\x1b").name


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST", 250)
    for number in (1, 2):
        path = parts.keep(tmp_path, _key(number), b"x" * 100)
        os.utime(path, (number, number))
    assert parts.find(tmp_path, _key(1)) is not None  # it counts as used now
    parts.keep(tmp_path, _key(3), b"x" * 100)
    assert [parts.read(tmp_path, _key(number)) is not None for number in (1, 2, 3)] == [True, False, True]


def test_a_full_disk_is_a_sentence_and_leaves_no_half_file(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(DatabaseError, match="cannot be written"):
            parts.keep(tmp_path, _key(1), b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / parts.FOLDER).iterdir()) == []


_WRITER = """
import sys
from pathlib import Path
from salesinbox.store import parts
number = 0
while True:
    number += 1
    parts.keep(Path(sys.argv[1]), parts.Key(number % 5, bytes(16), "2"), b"%d" % (number % 10) * 400_000)
"""


def test_SAFE_1_a_writer_killed_half_way_leaves_no_half_file(tmp_path: Path) -> None:
    dice = random.Random(5)
    folder = tmp_path / parts.FOLDER
    killed = 0
    for _ in range(12):
        before = set(folder.iterdir()) if folder.exists() else set()
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)]) as writer:
            until(lambda before=before: folder.exists() and set(folder.iterdir()) != before, "it writes")
            moment = time.monotonic() + dice.uniform(0, 0.05)
            until(lambda moment=moment: time.monotonic() >= moment, "the moment to kill it")
            writer.send_signal(signal.SIGKILL)
            killed += writer.wait() == -signal.SIGKILL
        for path in folder.glob("m*"):
            content = path.read_bytes()
            assert len(content) == 400_000
            assert len(set(content)) == 1
    assert killed == 12
    # What it left unfinished goes when a later day writes.
    for left in folder.glob(".*"):
        os.utime(left, (1, 1))
    parts.keep(tmp_path, _key(9), b"x")
    assert list(folder.glob(".*")) == []
