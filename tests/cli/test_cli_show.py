"""show and attachments: one message or a thread, as it is read and as it was sent (READ-4, READ-5)."""

import base64
import io
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, account, write_config
from tests.mailboxes import mail
from tests.servers import Mailbox, free_port

LATIN = (
    b"From: =?iso-8859-1?Q?Andr=E9?= <andre@b.example>\r\nTo: rep@zylker.example\r\nSubject: =?iso-8859-1?Q?d=E9j=E0?=\r\n"
    b"Message-ID: <latin@test.example>\r\nX-Note: folded\r\n  over two lines\r\nX-Evil: \x1b[2Jboo\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nd\xe9j\xe0 vu \x1b[31m\r\n"
)
"""Octets that are no UTF-8, and that would drive a terminal."""


def with_files() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "rep@zylker.example", "Files"
    message["Message-ID"] = "<files@test.example>"
    message.set_content("see files")
    message.add_attachment(b"x" * 1500, maintype="application", subtype="pdf", filename="見積.pdf")
    message.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="../../\x1b[2Jlist.csv")
    return message.as_bytes()


@pytest.fixture
def desk(cli: Cli, home: Path, dovecot: Mailbox) -> Cli:
    write_config(home, account(dovecot))
    dovecot.deliver(LATIN)
    dovecot.deliver(with_files())
    dovecot.deliver(mail(1))
    dovecot.deliver(mail(2, references="<1@test.example>"))
    assert cli("sync").code == 0
    return cli


def thread(cli: Cli, subject: str) -> str:
    [found] = [one["id"] for one in cli("list", "--json").json if one["subject"] == subject]
    return found


def messages(cli: Cli, subject: str) -> list[str]:
    return [one["id"] for one in cli("show", thread(cli, subject), "--json").json["messages"]]


def octets(cli: Cli, monkeypatch: pytest.MonkeyPatch, *words: str) -> bytes:
    into = io.BytesIO()
    with monkeypatch.context() as there:
        there.setattr(sys, "stdout", io.TextIOWrapper(into, encoding="utf-8", write_through=True))
        assert cli(*words).code == 0
        return into.getvalue()


def test_UI_7_show_prints_one_message_by_its_id(desk):
    first, second = messages(desk, "Subject 2")
    shown = desk("show", second, "--json").json
    assert shown["id"] == thread(desk, "Subject 2")
    assert [one["id"] for one in shown["messages"]] == [second]
    plain = desk("show", first).out
    assert ("Subject: Subject 1" in plain, "Subject: Subject 2" in plain) == (True, False)


def test_READ_4_raw_is_the_message_byte_for_byte(desk, monkeypatch):
    card = thread(desk, "déjà")
    assert octets(desk, monkeypatch, "show", "--raw", card) == LATIN
    [one] = messages(desk, "déjà")
    assert octets(desk, monkeypatch, "show", "--raw", one) == LATIN
    [shown] = desk("show", card, "--raw", "--json").json["messages"]
    assert base64.b64decode(shown["raw"]) == LATIN
    assert shown["id"] == one


def test_READ_3_raw_cannot_drive_a_terminal(desk, monkeypatch):
    from salesinbox.cli import output

    monkeypatch.setattr(output, "terminal_width", lambda: 80)
    done = desk("show", "--raw", thread(desk, "déjà"))
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "Subject: =?iso-8859-1?Q?d=E9j=E0?=" in done.out


def test_READ_4_raw_of_a_thread_with_several_messages_names_them(desk):
    done = desk("show", "--raw", thread(desk, "Subject 2"))
    assert (done.code, done.out) == (2, "")
    assert ", ".join(messages(desk, "Subject 2")) in done.err
    assert len(desk("show", "--raw", "--json", thread(desk, "Subject 2")).json["messages"]) == 2


def test_READ_4_headers_are_all_header_fields(desk):
    card = thread(desk, "déjà")
    done = desk("show", card, "--headers")
    assert done.code == 0, done.err
    for line in ("Folder: INBOX", "Subject: déjà", "Message-ID: <latin@test.example>"):
        assert line in done.out.splitlines()
    assert "\x1b" not in done.out
    [shown] = desk("show", card, "--headers", "--json").json["messages"]
    fields = {one["name"]: one["value"] for one in shown["headers"]}
    assert fields["Subject"] == "déjà"
    assert fields["X-Note"].split() == ["folded", "over", "two", "lines"]
    assert "headers" not in desk("show", card, "--json").json["messages"][0]


def test_READ_4_without_a_line_headers_are_those_that_are_here(desk, home, dovecot):
    config = (home / "config.toml").read_text()
    (home / "config.toml").write_text(config.replace(f"port = {dovecot.port}", f"port = {free_port()}"))
    done = desk("show", thread(desk, "Subject 2"), "--headers")
    assert done.code == 6
    assert "Message-ID: <1@test.example>" in done.out
    assert done.err.startswith("salesinbox: Not all header fields could be fetched: ")
    raw = desk("show", messages(desk, "Subject 2")[0], "--raw")
    assert (raw.code, raw.out) == (5, "")


def test_READ_5_attachments_are_listed_and_saved_never_over_a_file(desk, home):
    card = thread(desk, "Files")
    listed = desk("attachments", card, "--json").json
    assert [one.keys() for one in listed] == [{"message", "part", "name", "type", "size"}] * 2
    assert (listed[0]["name"], listed[0]["size"]) == ("見積.pdf", 1500)
    folder = home / "saved"
    folder.mkdir()
    done = desk("attachments", card, "--save", str(folder), "--json")
    assert done.code == 0, done.err
    paths = [Path(one["path"]) for one in done.json]
    assert [one["error"] for one in done.json] == ["", ""]
    assert all(path.parent == folder for path in paths)
    assert [path.read_bytes() for path in paths] == [b"x" * 1500, b"a,b\n"]
    again = desk("attachments", card, "--save", str(folder))
    assert again.code == 0
    assert "\x1b" not in again.out
    assert len(list(folder.iterdir())) == 4
    assert desk("attachments", messages(desk, "Subject 2")[0], "--json").json == []


def test_READ_5_a_folder_that_is_not_there_is_a_sentence(desk, home):
    done = desk("attachments", thread(desk, "Files"), "--save", str(home / "nowhere"))
    assert (done.code, done.out) == (1, "")
    assert "nowhere" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("words", [["show", "m999"], ["show", "--raw", "m999"], ["attachments", "t999"], ["show", "m"]])
def test_UI_7_what_is_not_here_is_a_sentence(desk, words):
    done = desk(*words)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
