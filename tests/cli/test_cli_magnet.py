"""`salesinbox magnet`: who waits, out of it and back, and why (MAG-1, MAG-3, MAG-4)."""

import json
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, account, write_config
from tests.mailboxes import mail
from tests.servers import Mailbox

NAGATA = "永田 達郎 <nagata@minato.example>"


@pytest.fixture
def waiting(cli: Cli, home: Path, dovecot: Mailbox) -> Cli:
    """A contact with an open deal has waited for an hour; a stranger wrote, too."""
    write_config(home, account(dovecot))
    (home / "contacts.csv").write_text("First Name,Last Name,Email,Company\n達郎,永田,nagata@minato.example,みなと\n")
    (home / "deals.csv").write_text(
        "Deal Name,Company,Contact Email,Stage,Amount,Currency\nWeb刷新,みなと,nagata@minato.example,提案,4000000,JPY\n"
    )
    for kind in ("contacts", "deals"):
        assert cli("records", "import", str(home / f"{kind}.csv"), "--kind", kind).code == 0
    for number, sender in ((1, NAGATA), (2, "Stranger <who@else.example>")):
        raw = mail(number, sender=sender).replace(b"rep@zylker.example", f"{dovecot.user}@zylker.example".encode())
        date = b"Date: " + formatdate(int(time.time()) - 3600).encode()
        dovecot.deliver(raw.replace(b"Date: Mon, 02 Nov 2026 10:00:00 +0900", date))
    assert cli("sync").code == 0
    return cli


def test_MAG_1_the_list_names_who_waits(waiting: Cli) -> None:
    done = waiting("magnet")
    assert done.code == 0
    (line,) = done.out.splitlines()
    assert "永田 達郎" in line
    assert "Web刷新" in line
    assert "Subject 1" in line


def test_MAG_1_as_json_with_the_time_since_when(waiting: Cli) -> None:
    (entry,) = waiting("magnet", "--json").json
    assert entry["from"]["address"] == "nagata@minato.example"
    assert entry["deal"]["name"] == "Web刷新"
    assert entry["waiting_since"].endswith("+09:00")
    assert entry["reason"] == "永田 達郎, a contact, wrote to you."
    (listed,) = waiting("list", "--view", "magnet", "--json").json
    assert listed["id"] == entry["id"]


def test_MAG_4_dismiss_restore_and_undo(waiting: Cli) -> None:
    thread = waiting("magnet", "--json").json[0]["id"]
    done = waiting("magnet", "dismiss", thread, "t99")
    assert (done.code, done.out) == (6, "Out of the magnet: Subject 1\n")
    assert "t99" in done.err
    assert waiting("magnet", "--json").json == []
    assert waiting("magnet").out == ""
    assert waiting("magnet", "dismiss", thread, "--json").json == {
        "done": [],
        "refused": [{"id": thread, "error": "It is not in the magnet."}],
    }
    assert waiting("magnet", "restore", thread).out == "Waits again: Subject 1\n"
    assert len(waiting("magnet", "--json").json) == 1
    assert waiting("undo").code == 0
    assert waiting("undo").code == 0
    assert len(waiting("magnet", "--json").json) == 1


def test_MAG_1_why(waiting: Cli) -> None:
    inside = waiting("magnet", "--json").json[0]["id"]
    done = waiting("magnet", "why", inside)
    assert done.out == "It is in the magnet.\n  永田 達郎, a contact, wrote to you.\n"
    (outside,) = [card["id"] for card in waiting("list", "--json").json if card["id"] != inside]
    assert waiting("magnet", "why", outside, "--json").json == {
        "id": outside,
        "in_magnet": False,
        "reasons": ["who@else.example is neither a lead nor a contact."],
    }
    assert waiting("magnet", "why", "t99").code == 1


def test_MAG_5_an_example_can_be_sent_to_see_whether_it_arrives(waiting: Cli, home: Path, dovecot: Mailbox) -> None:
    write_config(home, account(dovecot), "[magnet]\ndesktop = false\n")
    assert waiting("magnet", "test", "--json").json == []
    out = home / "told"
    command = json.dumps(["sh", "-c", 'echo "$SALESINBOX_NAME" > "$0"', str(out)])
    write_config(home, account(dovecot), f"[magnet]\ndesktop = false\ncommand = {command}\n")
    assert waiting("magnet", "test", "--json").json == [{"way": "command", "ok": True, "error": ""}]
    assert out.read_text() == "Example Customer\n"
    write_config(home, account(dovecot), '[magnet]\ndesktop = false\ncommand = ["/nonexistent"]\n')
    done = waiting("magnet", "test")
    assert done.code == 1
    assert "/nonexistent cannot be run" in done.out
