"""Killed, cut and refused at every step of sending: each message arrives once, or the outbox says how it stands."""

import contextlib
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from salesinbox import wiring
from salesinbox.model.errors import UsageError
from salesinbox.model.operations import MAILED
from salesinbox.model.outbox import FILED, PENDING, REFUSED, SENT, OutboxEntry
from salesinbox.store import folders, history
from salesinbox.store.database import FILE, Database
from salesinbox.store.sending import outgoing
from salesinbox.wiring import Application
from tests.mailboxes import configuration, sound
from tests.servers import Mailbox, until
from tests.sync.outpost import ANSWERED, CONTENT, RECIPIENT, SENDER, STEPS, TAKEN, Outpost

RUNS = 70
KILL, KILL_LATER = "kill", "kill later"
"""At once, or some milliseconds after the step: while it is written down that it was sent, or while it is filed."""


class Desk:
    """A rep's outbox with a real sync process behind it, which can be killed."""

    def __init__(self, folder: Path, mailbox: Mailbox, outpost: Outpost) -> None:
        smtp = f"""
  [account.smtp]
  host = "127.0.0.1"
  port = {outpost.port}
  tls = "none"
"""
        self.config = configuration(folder, mailbox, imap=smtp.lstrip("\n"))
        self.data = folder / "data"
        self.outpost = outpost
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self.application = Application(wiring.settings(self.config), self.data)
        self.number = 0

    def start(self) -> None:
        command = [sys.executable, "-m", "salesinbox", "--config", str(self.config), "--data", str(self.data)]
        self.process = subprocess.Popen(
            [*command, "sync", "--watch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()

    def restart_if_killed(self) -> None:
        assert self.process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0)
            self.kills += 1
            self.start()

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.application.close()

    def put(self, *recipients: str) -> str:
        """A message in the outbox, due now; its id."""
        self.number += 1
        message_id = f"<{self.number}.test@zylker.example>"
        letter = EmailMessage()
        letter["From"], letter["To"] = "rep@zylker.example", ", ".join(recipients)
        letter["Subject"], letter["Message-ID"] = f"Offer {self.number}", message_id
        letter["Bcc"] = "secret@zylker.example"
        letter.set_content("Hello.\n")
        now = int(time.time())
        with Database(self.data / FILE) as database, database.transaction() as connection:
            account = folders.account(connection, "work", "rep@zylker.example")
            action = history.began(connection, MAILED, now, subject=f"Offer {self.number}", threads=1)
            entry = outgoing.put(
                connection, account, action, answers=None, message_id=message_id, sender="rep@zylker.example",
                recipients=recipients, raw=letter.as_bytes(), now=now, due=now, subject=f"Offer {self.number}",
            )  # fmt: skip
        if self.application.live.fileno() < 0:
            self.application.live.connect()
        self.application.live.ask_push()
        return f"o{entry}"

    def entry(self, number: str) -> OutboxEntry:
        return self.application.outbox.entry(number)

    def settled(self, number: str) -> OutboxEntry | None:
        """The entry, once nothing more happens to it by itself."""
        self.restart_if_killed()
        entry = self.entry(number)
        done = entry.asks or entry.state == REFUSED or (entry.state == SENT and entry.filed == FILED)
        return entry if done else None

    def wait_for(self, number: str) -> OutboxEntry:
        found: list[OutboxEntry] = []

        def look() -> bool:
            if entry := self.settled(number):
                found.append(entry)
            elif self.entry(number).state == PENDING and self.entry(number).attempts:
                with contextlib.suppress(UsageError):  # it went in this very moment
                    self.application.outbox.send_now(number)  # the rep does not wait for the next try
                self.application.live.connect()
                self.application.live.ask_push()
            return bool(found)

        until(look, f"{number} to be settled, it is {self.entry(number)}", 40)
        return found[0]


@pytest.fixture
def outpost() -> Iterator[Outpost]:
    with Outpost() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, dovecot: Mailbox, outpost: Outpost) -> Iterator[Desk]:
    made = Desk(tmp_path, dovecot, outpost)
    try:
        yield made
    finally:
        made.end()


def _once(desk: Desk, step: str, doing: str, dice: random.Random) -> str:
    """One thing happens at one step of the next message, once. Returns the entry as it ends."""
    waiting = [doing]

    def fault(here: str) -> str | None:
        if here != step or not waiting:
            return None
        waiting.clear()
        if doing == KILL:
            desk.kill()
        elif doing == KILL_LATER:
            threading.Timer(dice.uniform(0.001, 0.1), desk.kill).start()
        return None if doing in (KILL, KILL_LATER) else doing

    desk.outpost.fault = fault
    number = desk.put(f"c{desk.number}@customer.example", "second@customer.example")
    entry = desk.wait_for(number)
    message_id = entry.message_id
    delivered = {key[1]: n for key, n in desk.outpost.deliveries().items() if key[0] == message_id}
    if entry.asks:
        # A true state: nobody knows. The rep finds out, and says so.
        if delivered:
            desk.application.outbox.arrived(number)
        else:
            desk.application.outbox.retry(number)
    elif entry.state == REFUSED:
        assert delivered == {}
        desk.application.outbox.retry(number)
    else:
        assert delivered, "it counts as sent, and nobody has it"
    desk.application.live.connect()
    desk.application.live.ask_push()
    desk.wait_for(number)
    return number


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_SEND_6_exactly_once_whatever_happens_at_each_step(desk: Desk, dovecot: Mailbox, seed: int) -> None:
    dice = random.Random(seed)
    desk.start()
    until((desk.data / FILE).exists, "the database")
    cases = [(step, doing) for step in STEPS for doing in (KILL, Outpost.CUT)]
    cases += [(step, doing) for step in (SENDER, RECIPIENT, TAKEN) for doing in ("451 4.3.0 later", "550 5.7.1 no")]
    cases += [(step, KILL_LATER) for step in (CONTENT, TAKEN, ANSWERED, ANSWERED, ANSWERED, ANSWERED)]
    outcomes: Counter[tuple[str, str]] = Counter()
    for run in range(RUNS):
        number = _once(desk, *cases[run % len(cases)], dice)
        entry = desk.entry(number)
        outcomes[entry.state, entry.filed] += 1
    assert outcomes == {(SENT, FILED): RUNS}
    assert desk.kills > RUNS / 8
    assert set(desk.outpost.deliveries().values()) == {1}
    assert len(desk.outpost.deliveries()) == 2 * RUNS
    assert all(b"secret@" not in envelope.content for envelope in desk.outpost.taken)
    with dovecot.client() as client:
        client.select_folder("Sent", readonly=True)
        headers = client.fetch(client.search(), ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]).values()
    filed = Counter(data[b"BODY[HEADER.FIELDS (MESSAGE-ID)]"].strip() for data in headers)
    assert len(filed) == RUNS
    assert set(filed.values()) == {1}
    sound(desk.data / FILE)
