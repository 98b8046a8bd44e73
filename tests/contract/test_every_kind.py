"""A rep's day on each kind of account: mail is placed, read, found, acted on and waited for in the same way (ACC-1)."""

import email
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

import pytest

from salesinbox.model import operations as verbs
from salesinbox.model.settings import Settings
from salesinbox.wiring import Application
from tests import mailboxes
from tests.servers import Mailbox

CONTACTS = "First Name,Last Name,Email,Company\nTatsuro,Nagata,nagata@minato.example,Minato\n"
DEALS = (
    "Deal Name,Company,Contact Email,Stage,Amount,Currency,Closing Date\n"
    "Web renewal,Minato,nagata@minato.example,Proposal,4000000,JPY,2026-12-20\n"
)


class Day:
    """The services over the mail of one account, and passes over it."""

    def __init__(self, server: Mailbox, folder: Path) -> None:
        self.server = server
        self.account = server.account()
        self.data = folder / "data"
        self.application = Application(
            Settings(None, mailboxes.ME, (self.account,)), self.data, lambda: float(mailboxes.NOW)
        )

    def sync(self) -> None:
        report = mailboxes.sync(self.server, self.data / "mail.db", self.account)
        assert report.error == ""
        assert [(one.name, one.error) for one in report.folders if not one.ok] == []
        assert all(one.local == one.server for one in report.folders)

    def take_in(self, folder: Path) -> None:
        for kind, table in (("contacts", CONTACTS), ("deals", DEALS)):
            file = folder / f"{kind}.csv"
            file.write_text(table)
            self.application.records.import_file(file, kind)

    def column(self, subject: str) -> str:
        return next(
            card.column for card in self.application.board.cards(None, "all", None, None) if card.subject == subject
        )

    def id(self, subject: str) -> str:
        return next(
            card.id for card in self.application.board.cards(None, "all", None, None) if card.subject == subject
        )

    def in_view(self, view: str) -> set[str]:
        return {card.subject for card in self.application.board.cards(None, view, None, None)}

    def on_server(self, folder: str) -> set[str]:
        """Subjects as another program sees them."""

        with self.server.client() as other:
            other.select_folder(folder, readonly=True)
            uids = other.search()
            found = other.fetch(uids, ["BODY.PEEK[HEADER]"]) if uids else {}
        return {
            str(email.message_from_bytes(data[b"BODY[HEADER]"], policy=default)["Subject"]) for data in found.values()
        }


def letter(subject: str, sender: str, to: str, text: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{subject.split(maxsplit=1)[0]}@test.example>\r\n"
        "Date: Mon, 16 Nov 2026 10:00:00 +0900\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


@pytest.fixture
def day(server: Mailbox, tmp_path: Path) -> Iterator[Day]:
    found = Day(server, tmp_path)
    me = found.account.address
    server.deliver(letter("Offer please", "Nagata <nagata@minato.example>", me, "見積書をお願いします。"))
    server.deliver(letter("News of the week", "Shop <news@shop.example>", me, "Twenty percent off."), flags="S")
    server.deliver(letter("Lunch today", "Suzuki <suzuki@zylker.example>", me, "At noon?"))
    found.sync()
    yield found
    found.application.close()


def test_ACC_1_mail_is_placed_and_placed_again_when_records_change(day: Day, tmp_path: Path) -> None:
    assert day.column("Offer please") == "unknown"
    day.take_in(tmp_path)
    assert day.column("Offer please") == "deals"
    assert day.column("Lunch today") == "colleagues"
    assert day.column("News of the week") == "unknown"
    assert "Offer please" in day.in_view("magnet")


def source(day: Day, subject: str) -> bytes:
    """The raw source, as the server gives it when it is asked for (READ-4)."""
    (message,) = day.application.mail.thread(day.id(subject))
    line = mailboxes.line(day.account, day.server.password, day.data)
    day.application.lines.session = lambda _account: line()  # type: ignore[method-assign]  # the test's own secret
    return day.application.content.source(message.id)


def test_ACC_1_mail_is_read_and_found(day: Day) -> None:
    (message,) = day.application.mail.thread(day.id("Offer please"))
    assert message.text.strip() == "見積書をお願いします。"
    assert message.body_here
    found = day.application.search.find("見積", 10)
    assert [card.subject for card, _snippet in found] == ["Offer please"]
    assert b"Twenty percent" in source(day, "News of the week")


def test_ACC_1_what_the_rep_does_reaches_the_place_where_the_mail_lies(day: Day) -> None:
    actions = day.application.actions
    actions.archive([day.id("News of the week")])
    actions.mark([day.id("Offer please")], verbs.FLAGGED)
    actions.mark([day.id("Lunch today")], verbs.READ)
    assert day.in_view("archive") == {"News of the week"}
    day.sync()
    assert actions.waiting() == 0
    assert list(actions.refusals()) == []
    archive = next(choice.name for choice in actions.folders() if choice.role == "archive")
    assert day.on_server("INBOX") == {"Offer please", "Lunch today"}
    assert day.on_server(archive) == {"News of the week"}
    actions.undo()
    actions.undo()
    actions.undo()
    day.sync()
    assert day.on_server("INBOX") == {"Offer please", "Lunch today", "News of the week"}
    assert day.on_server(archive) == set()


def test_ACC_1_what_others_do_arrives_here(day: Day) -> None:
    with day.server.client() as other:
        other.select_folder("INBOX")
        (uid,) = [
            uid
            for uid, data in other.fetch(other.search(), ["BODY.PEEK[HEADER]"]).items()
            if b"Lunch" in data[b"BODY[HEADER]"]
        ]
        other.delete_messages([uid])
        other.expunge()
    day.server.deliver(letter("Second question", "Nagata <nagata@minato.example>", day.account.address, "And when?"))
    day.sync()
    assert day.in_view("inbox") == {"Offer please", "News of the week", "Second question"}


def test_ACC_1_a_second_pass_finds_nothing_new(day: Day) -> None:
    report = mailboxes.sync(day.server, day.data / "mail.db", day.account)
    assert sum(one.new + one.changed + one.gone for one in report.folders) == 0
