"""Filters on mail as it comes, with the sync process and a real server: done there, once, whatever ends it (FLT-2)."""

import contextlib
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mailboxes import configuration, in_cache, mail, on_server, sound
from tests.servers import Mailbox, until

FOLDERS = ("Archive", "Projects")


class Background:
    """A rep with one contact, filters, and the sync process."""

    def __init__(self, mailbox: Mailbox, folder: Path) -> None:
        self.mailbox, self.data = mailbox, folder / "data"
        self.config = configuration(folder, mailbox)
        with mailbox.client() as client:
            for name in FOLDERS:
                client.create_folder(name)
        (folder / "contacts.csv").write_text("First Name,Last Name,Email\nAnna,Stone,c1@customer.example\n")
        self.run("records", "import", str(folder / "contacts.csv"), "--kind", "contacts")
        self.run("sync")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "salesinbox", "--config", str(self.config), "--data", str(self.data), *words]

    def run(self, *words: str) -> str:
        done = subprocess.run(self.command(*words), check=True, capture_output=True, text=True, timeout=60)
        return done.stdout

    @contextlib.contextmanager
    def watching(self) -> Iterator[subprocess.Popen[bytes]]:
        with contextlib.closing(sqlite3.connect(self.data / "mail.db", timeout=30)) as connection, connection:
            connection.execute("UPDATE account SET state = 'stopped'")
        process = subprocess.Popen(self.command("sync", "--watch"), stdout=subprocess.DEVNULL)
        try:
            until(lambda: self.read("SELECT 1 FROM account WHERE state = 'watching'"), "the sync process to watch")
            yield process
        finally:
            process.kill()
            process.wait()

    def read(self, query: str) -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.data / "mail.db", timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def deliver(self, *numbers: int, customer: int = 1, body: str = "") -> None:
        for number in numbers:
            self.mailbox.deliver(mail(number, sender=f"Customer <c{customer}@customer.example>", body=body))

    def server(self) -> Counter[tuple[str, str, int, str]]:
        with self.mailbox.client() as client:
            return on_server(client)

    def wait_for(self, *places: tuple[str, int, int]) -> None:
        """Wait until the server holds these messages: folder, number, flags; and the cache the same."""
        wanted = Counter((folder, f"<{number}@test.example>", flags, "") for folder, number, flags in places)
        until(lambda: self.server() == wanted, f"{places} on the server")
        until(lambda: in_cache(self.data / "mail.db") == wanted, f"{places} in the cache")


@pytest.fixture
def background(dovecot: Mailbox, tmp_path: Path) -> Background:
    return Background(dovecot, tmp_path)


def test_FLT_2_mail_that_comes_is_filtered_on_the_server(background: Background) -> None:
    background.deliver(1)
    background.run("sync")
    background.run("filters", "add", "customers", "kind:contact", "--do", "move Projects", "--do", "flag")
    background.run("filters", "add", "reports", "body:quarterly -kind:contact", "--do", "archive", "--do", "read")
    with background.watching():
        background.deliver(2)
        background.deliver(3, customer=7, body="the quarterly figures")
        background.deliver(4, customer=7)
        # What was here before the filters were made stays where it is.
        background.wait_for(("INBOX", 1, 0), ("Projects", 2, 4), ("Archive", 3, 1), ("INBOX", 4, 0))
    # What came together was filtered together; undo leaves all of it alone.
    actions = background.read("SELECT target, undone FROM action WHERE verb = 'filtered'")
    assert {name for target, _undone in actions for name in target.split(", ")} == {"customers", "reports"}
    assert {undone for _target, undone in actions} == {1}
    assert background.read("SELECT count(*) FROM arrival") == [(0,)]
    sound(background.data / "mail.db")


def test_FLT_2_one_pass_filters_as_well(background: Background) -> None:
    background.run("filters", "add", "customers", "kind:contact", "--do", "move Projects")
    background.deliver(1, 2)
    background.run("sync")
    background.wait_for(("Projects", 1, 0), ("Projects", 2, 0))
    assert background.read("SELECT state FROM operation") == [("done",), ("done",)]


def test_MAG_5_a_filter_comes_before_the_notice(background: Background, tmp_path: Path) -> None:
    log = tmp_path / "told.txt"
    with background.config.open("a") as config:
        command = f'["sh", "-c", "echo $SALESINBOX_SUBJECT >> {log}"]'
        config.write(f"\n[magnet]\ndesktop = false\ncommand = {command}\n")
    background.run("filters", "add", "quiet", "subject:hush", "--do", "magnet-off", "--do", "archive")
    with background.watching():
        to = f"{background.mailbox.user}@zylker.example"
        for number, subject in ((1, "hush"), (2, "please")):
            message = mail(number, sender="Anna <c1@customer.example>", subject=subject)
            background.mailbox.deliver(f"To: Rep <{to}>\r\n".encode() + message.replace(b"To: ", b"X-To: ", 1))
        until(log.exists, "the notice")
        background.wait_for(("Archive", 1, 0), ("INBOX", 2, 0))
    assert log.read_text().split() == ["please"]


def test_FLT_2_killed_at_any_moment_each_message_is_filtered_once(background: Background) -> None:
    """A filter that would show a second run: its moves lead in a circle, so that twice is not once."""
    background.run("filters", "add", "first", "kind:contact in:INBOX", "--do", "move Projects", "--do", "label Once")
    background.run("filters", "add", "second", "in:Projects label:Once", "--do", "archive", "--do", "move Archive")
    dice = random.Random(5)
    numbers = list(range(1, 25))
    for number in numbers:
        if number % 3:
            background.deliver(number)
            continue
        with background.watching() as process:
            background.deliver(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(dice.uniform(0, 0.25))
            process.send_signal(signal.SIGKILL)
    background.run("sync")
    wanted = Counter((("Archive", f"<{number}@test.example>", 0, "Once")) for number in numbers)
    assert background.server() == in_cache(background.data / "mail.db") == wanted
    assert background.read("SELECT count(*) FROM arrival") == [(0,)]
    # Three orders for each message, and none twice.
    orders = background.read("SELECT message, kind, count(*) FROM operation GROUP BY message, kind")
    assert Counter((kind, count) for _message, kind, count in orders) == Counter(
        {("move", 2): len(numbers), ("flags", 1): len(numbers)}
    )
    sound(background.data / "mail.db")
