"""SIGKILL at random moments of a first sync: what is there is sound, and the next pass makes it whole."""

import contextlib
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from salesinbox.model.errors import DatabaseError
from salesinbox.store.database import VERSION, Database
from tests.mailboxes import configuration, in_cache, mail, on_server, sound
from tests.servers import Mailbox, until

_TRIES = 100


def _sync(config: Path, data: Path) -> list[str]:
    return [sys.executable, "-m", "salesinbox", "--config", str(config), "--data", str(data), "sync"]


def _begun(data: Path) -> bool:
    """Whether the database has its schema: before that there is nothing to look at."""
    with contextlib.suppress(sqlite3.Error, DatabaseError), Database(data / "mail.db", readonly=True) as database:
        return bool(database.connection.execute("PRAGMA user_version").fetchone()[0] == VERSION)
    return False


def _bodies(data: Path) -> int:
    with Database(data / "mail.db", readonly=True) as database:
        return int(database.connection.execute("SELECT count(*) FROM body").fetchone()[0])


@pytest.mark.parametrize(
    ("kind", "moments"), [("dovecot", 20), ("dovecot_condstore", 5), ("dovecot_plain", 5), ("pymap_server", 5)]
)
def test_SAFE_1_a_first_sync_killed_at_random_moments_resumes(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, moments: int
) -> None:
    server: Mailbox = request.getfixturevalue(kind)
    config = configuration(tmp_path, server)
    dice = random.Random(20)
    with server.client() as client:
        for number in range(300):
            client.append("INBOX", mail(number, body="Words of some length. " * 200))
        if not client.folder_exists("Archive"):
            client.create_folder("Archive")
        for number in range(1000, 1100):
            client.append("Archive", mail(number))
        there = on_server(client)
    started = time.monotonic()
    subprocess.run(_sync(config, tmp_path / "measured"), check=True, capture_output=True)
    whole = time.monotonic() - started
    killed = at_work = 0
    for attempt in range(_TRIES):
        data = tmp_path / f"data{attempt}"
        process = subprocess.Popen(_sync(config, data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if attempt % 3:  # else it may be killed before it has begun
            until(lambda: _begun(data) or process.poll() is not None, "the first sync to begin")  # noqa: B023 - called here
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(dice.uniform(0, whole / 2))
        process.kill()
        if process.wait() != -signal.SIGKILL:
            whole *= 0.9  # the machine has become quicker since it was measured
            continue
        killed += 1
        if _begun(data):
            at_work += 1
            sound(data / "mail.db")
        last = subprocess.run(_sync(config, data), capture_output=True, text=True, check=False)
        assert last.returncode == 0, last.stderr
        assert in_cache(data / "mail.db") == there
        sound(data / "mail.db")
        assert _bodies(data) == 400
        if killed == moments:
            break
    assert killed == moments
    assert at_work > moments / 4, "it was hardly ever at work when it was killed"
