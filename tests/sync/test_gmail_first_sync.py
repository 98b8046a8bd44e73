"""ACC-1: the first sync of a large Gmail account keeps to Google's quota, newest first, and says how long it takes."""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from salesinbox.model.events import Event, Progress
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.gmail.session import GmailSession
from salesinbox.store.database import Database
from salesinbox.sync.incoming import Incoming
from tests import mailboxes
from tests.gmail_server import GmailBox, GmailServer

MESSAGES = 10_000
UNITS = 6_000
NEWEST = 1_795_000_000_000
"""Of the newest message, in milliseconds; each older one came an hour before."""


@dataclass(eq=False)
class Clock:
    """Time that only passes when somebody waits for it."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@dataclass
class Watch:
    """What was told, and when."""

    clock: Clock
    told: list[tuple[float, Event]] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.told.append((self.clock.now, event))

    def progress(self, phase: str, folder: str) -> list[tuple[float, Progress]]:
        return [
            (at, event)
            for at, event in self.told
            if isinstance(event, Progress) and event.phase == phase and event.folder == folder
        ]


def fill(server: GmailServer) -> None:
    """6,000 in the inbox, 500 of which are labelled, too; 2,500 archived, 1,500 sent."""
    state = server.state
    deals = state.make_label("Deals").id
    for number in range(MESSAGES):
        age = MESSAGES - 1 - number
        labels = {"INBOX"} if number % 10 < 6 else {"SENT"} if number % 20 < 15 and number % 10 > 6 else set()
        if "INBOX" in labels and number % 12 == 0:
            labels.add(deals)
        raw = mailboxes.mail(number, body=f"What does number {number} cost?\n")
        state.add(raw, labels, NEWEST - age * 3_600_000, alone=True)


@pytest.mark.timeout(900)
def test_ACC_1_ten_thousand_messages_under_six_thousand_units_a_minute(tmp_path: Path) -> None:
    clock = Clock()
    watch = Watch(clock)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(GmailServer(units_per_minute=UNITS, clock=clock))
        fill(server)
        account = GmailBox(server).account("large", units_per_minute=UNITS)
        line = GmailSession(account, lambda: server.token, None, clock=clock)
        stack.callback(line.close)
        database = stack.enter_context(Database(tmp_path / "mail.db"))
        line.connect()
        first: dict[str, object] = {}

        def between(incoming: Incoming) -> None:
            if "cards" not in first:
                first.update(at=clock.now, **board(tmp_path / "mail.db"))
            if "acted" not in first and len(server.calls) > 3000:
                first["acted"] = act(line, server, clock)
                incoming.left_folder()

        incoming = Incoming(
            account, line, database, lambda: mailboxes.placing(account), watch, lambda: NEWEST // 1000,
            between=between, pause=clock.pause,
        )  # fmt: skip
        report = incoming.full_pass()
        began = 1000.0
        took = clock.now - began

        # Everything is here, and the counts agree.
        assert [(one.name, one.error) for one in report.folders if not one.ok] == []
        here = database.connection.execute("SELECT count(*), sum(body_state = 1) FROM message").fetchone()
        assert tuple(here) == (MESSAGES, MESSAGES)

        # Google refused nothing, each message was asked for once, and its content came along.
        assert server.quota.refused == 0
        assert server.count("messages.get") <= MESSAGES + 5
        assert server.faults == []

        # The board can be worked with in the first seconds, with the newest mail on it.
        assert first["at"] - began < 10  # type: ignore[operator]
        assert first["cards"] >= 20  # type: ignore[operator]
        assert first["newest"] == "Subject 9995"
        # What the rep does goes at once, whatever sync has used up.
        assert first["acted"] == 0.0

        # The plan: said at the start, and kept.
        at, told = watch.progress("headers", "INBOX")[0]
        assert told.total == 6000
        assert told.seconds_left is not None
        end, last = watch.progress("headers", "INBOX")[-1]
        assert last.done == 6000
        assert 0.8 < (end - at) / told.seconds_left < 1.2
        least = MESSAGES * 20 / UNITS * 60
        assert least * 0.95 < took < least * 1.4


def board(path: Path) -> dict[str, object]:
    """How many threads stand on the board now, and the newest one's subject."""
    with Database(path, readonly=True) as database:
        cards = database.connection.execute("SELECT count(*) FROM thread WHERE messages > 0").fetchone()[0]
        newest = database.connection.execute("SELECT subject FROM message ORDER BY date DESC, id DESC").fetchone()[0]
    return {"cards": cards, "newest": newest}


def act(line: GmailSession, server: GmailServer, clock: Clock) -> float:
    """The rep stars a message; how long that waited."""
    before = clock.now
    uid = max(message.number for message in server.state.messages.values() if "INBOX" in message.labels)
    assert line.store("INBOX", [uid], FlagState(Flag.FLAGGED), FlagState(Flag.NONE))[uid].flags & Flag.FLAGGED
    return clock.now - before
