"""`sync --watch` as a service runs it: a process that takes mail as it arrives and ends when it is told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import account, write_config
from tests.mailboxes import mail
from tests.servers import Mailbox, until


@pytest.fixture
def watching(home: Path, dovecot: Mailbox) -> Iterator["subprocess.Popen[str]"]:
    write_config(home, account(dovecot))
    with (
        (home / "stderr").open("w") as told,
        subprocess.Popen(
            [sys.executable, "-m", "salesinbox", "sync", "--watch"], env=dict(os.environ), stderr=told, text=True
        ) as process,
    ):
        try:
            until(lambda: "work: watching" in (home / "stderr").read_text(), "the watch has begun", 60)
            yield process
        finally:
            process.kill()


def subjects(cli) -> set[str]:
    return {one["subject"] for one in cli("list", "--json").json}


def test_ACC_1_a_watch_takes_mail_as_it_arrives(watching, cli, dovecot):
    dovecot.deliver(mail(1, subject="just now"))
    until(lambda: subjects(cli) == {"just now"}, "the mail is in the list")
    assert cli("status", "--json").json[0]["state"] == "watching"


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_UI_7_a_watch_that_is_told_to_end_ends_with_0(watching, home, told):
    watching.send_signal(told)
    assert watching.wait(30) == 0
    assert "Traceback" not in (home / "stderr").read_text()


def test_SAFE_1_a_second_watch_is_refused_and_a_pass_is_asked_of_the_first(watching, cli, dovecot):
    second = cli("sync", "--watch")
    assert (second.code, "runs already" in second.err) == (1, True)
    with dovecot.client() as other:
        other.create_folder("Archive")
        other.append("Archive", mail(2, subject="asked for"))
    done = cli("sync", "--json")
    assert done.code == 0
    assert {folder["name"] for folder in done.json["accounts"][0]["folders"]} == {"INBOX", "Archive"}
    assert subjects(cli) == {"asked for"}
