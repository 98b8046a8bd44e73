"""SIGKILL of the interface and of the sync process while the rep acts: nothing is lost, nothing done twice (ACT-2)."""

import contextlib
import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from salesinbox.model.mail import Flag
from salesinbox.model.operations import COPY, DELETE, FLAGS, MOVE
from salesinbox.store.database import Database
from tests.mailboxes import State, configuration, in_cache, in_sight, mail, on_server, sound, sync
from tests.servers import Dovecot, Mailbox, until
from tests.sync.test_outgoing import BARE

MESSAGES = 30


class _Interface:
    """The actor's process: started when it is needed, killed when the dice say so."""

    def __init__(self, config: Path, data: Path, *, labels: bool) -> None:
        self.command = [sys.executable, "-m", "tests.sync.actor", str(config), str(data), str(int(labels))]
        self.process: subprocess.Popen[str] | None = None
        self.starts = self.kills = 0
        self.kept = 0
        """The number of the last action that it said to be on disk."""

    def act(self, dice: random.Random, *, kill: bool) -> None:
        if self.process is None:
            self.starts += 1
            self.process = subprocess.Popen(
                [*self.command, str(self.starts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert self.process.stdout is not None
            assert self.process.stdout.readline() == "ready\n"
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("act\n")
        self.process.stdin.flush()
        if kill:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(dice.uniform(0, 0.012))
            self.end()
            self.kills += 1
        else:
            self.kept = int(self.process.stdout.readline())

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout):
                assert stream is not None
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
            self.process = None


def _start_sync(config: Path, data: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "salesinbox", "--config", str(config), "--data", str(data), "sync", "--watch"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _open(data: Path) -> int:
    with Database(data / "mail.db", readonly=True) as database:
        row = database.connection.execute("SELECT count(*) FROM operation WHERE state IN ('pending', 'running')")
        return int(row.fetchone()[0])


def _intended(data: Path, before: State) -> State:
    """What the mailbox must hold: the operations that were kept, done once each and in order, on what was there."""
    lies: dict[str, dict[str, tuple[Flag, set[str]]]] = defaultdict(dict)
    for folder, message, bits, words in before:
        lies[message][folder] = (Flag(bits), set(words.split()))
    with Database(data / "mail.db", readonly=True) as database:
        names = dict(database.connection.execute("SELECT id, name FROM folder"))
        for message, kind, source, target, add, remove, more, less in database.connection.execute(
            "SELECT message_id, kind, folder_id, target_id, add_flags, remove_flags, add_keywords, remove_keywords"
            " FROM operation JOIN message ON message.id = message WHERE state = 'done' ORDER BY operation.id"
        ):
            places = lies[message]
            flags, words = places[names[source]]
            if kind == FLAGS:
                words = (words | {*more.split()}) - {*less.split()}
                places[names[source]] = ((flags | Flag(add)) & ~Flag(remove), words)
            elif kind == COPY:
                places[names[target]] = (flags, set(words))
            elif kind == MOVE:
                places[names[target]] = places.pop(names[source])
            elif kind == DELETE:
                del places[names[source]]
    return Counter(
        (folder, message, int(flags), " ".join(sorted(words)))
        for message, places in lies.items()
        for folder, (flags, words) in places.items()
    )


@pytest.mark.parametrize(("kind", "acts"), [("dovecot", 200), ("dovecot_plain", 60), ("pymap_server", 60)])
def test_ACT_2_killed_at_random_moments_of_random_actions(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, acts: int
) -> None:
    _killed(request.getfixturevalue(kind), tmp_path, acts)


def test_ACT_2_killed_where_a_move_takes_two_steps(tmp_path: Path) -> None:
    with Dovecot(tmp_path / "bare", qresync=False, capabilities=BARE) as running:
        _killed(running.login("rep"), tmp_path, 60)


def _killed(server: Mailbox, tmp_path: Path, acts: int) -> None:
    config, data = configuration(tmp_path, server), tmp_path / "data"
    dice = random.Random(acts)
    with server.client() as client:
        for name in ("Archive", "Trash", "案件"):
            if not client.folder_exists(name):
                client.create_folder(name)
        for number in range(MESSAGES):
            client.append("INBOX", mail(number))
    sync(server, data / "mail.db")
    before = in_cache(data / "mail.db")
    interface = _Interface(config, data, labels=server.kind != "pymap")
    syncing, sync_kills = _start_sync(config, data), 0
    try:
        for _act in range(acts):
            interface.act(dice, kill=dice.random() < 0.15)
            sound(data / "mail.db")
            if dice.random() < 0.1:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    syncing.wait(dice.uniform(0, 0.5))
                syncing.kill()
                syncing.wait()
                sync_kills += 1
                syncing = _start_sync(config, data)
        until(lambda: _open(data) == 0, "everything told to the server", 60)
    finally:
        interface.end()
        syncing.kill()
        syncing.wait()
    assert interface.kills > acts / 20
    assert sync_kills > acts / 40
    sync(server, data / "mail.db")
    sound(data / "mail.db")
    with server.client() as client:
        there = on_server(client)
    assert in_cache(data / "mail.db") == there
    assert in_sight(data / "mail.db") == there
    assert there == _intended(data, before)
    with Database(data / "mail.db", readonly=True) as database:
        actions = database.connection.execute("SELECT count(*), max(id) FROM action").fetchone()
        states = Counter(row[0] for row in database.connection.execute("SELECT state FROM operation"))
    assert actions[0] == actions[1] >= interface.kept, "an action that was kept is gone"
    assert set(states) <= {"done", "cancelled"}
