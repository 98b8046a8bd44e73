"""ACC-3: an account of the Gmail API that keeps nothing here: what is kept, what is shown, and the proof of it."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from salesinbox.model.errors import UsageError
from salesinbox.model.events import Answer
from salesinbox.model.settings import Account, Settings
from salesinbox.services.fleeting import Fleeting
from salesinbox.services.proving import ProvingService
from salesinbox.store.database import Database
from salesinbox.sync import errands
from salesinbox.sync.incoming import Incoming
from salesinbox.wiring import Application
from tests import mailboxes
from tests.gmail_server import GmailBox

SECRETS = ("Strictly private subject", "Confidential sentence number", "Hidden Name", "hidden.recipient@customer.example",
           "private-id", "payroll-list")  # fmt: skip


def letter(number: int) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Hidden Name <ann{number}@customer.example>"
    message["To"] = "hidden.recipient@customer.example"
    message["Subject"] = f"Strictly private subject {number}"
    message["Message-ID"] = f"<private-id-{number}@customer.example>"
    message.set_content(f"Confidential sentence number {number}, which nobody else may read.\n")
    message.add_attachment(b"x" * 50, maintype="application", subtype="pdf", filename=f"payroll-list-{number}.pdf")
    return message.as_bytes()


class Desk:
    """An account that keeps nothing, synced once."""

    def __init__(self, box: GmailBox, folder: Path) -> None:
        self.box = box
        self.account: Account = box.account(storage="none")
        self.data = folder / "data"
        self.path = self.data / "mail.db"
        self.sync()
        self.application = Application(Settings(None, mailboxes.ME, (self.account,)), self.data, lambda: mailboxes.NOW)
        self.application.lines = mailboxes.lines(self.data, box.password)

    def sync(self) -> None:
        made = mailboxes.line(self.account, self.box.password, self.data)
        report = mailboxes.one_pass(
            self.account, made, self.path, lambda: mailboxes.placing(self.account), lambda _event: None,
            lambda: mailboxes.NOW,
        )  # fmt: skip
        assert report.error == ""
        assert all(folder.ok for folder in report.folders)

    def octets(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.data.rglob("*") if path.is_file())

    def answer(self, errand: dict[str, object], request: str) -> Answer:
        """As the sync process answers."""
        session = self.application.lines.session(self.account)
        session.connect()
        with Database(self.path) as database:
            incoming = Incoming(
                self.account, session, database, lambda: mailboxes.placing(self.account), lambda _event: None,
                lambda: mailboxes.NOW,
            )  # fmt: skip
            result = errands.run(incoming, errand)
        session.close()
        return Answer(self.account.name, request, True, "", json.loads(json.dumps(result)))

    def ask(self, account: str, request: str, errand: dict[str, object]) -> bool:
        assert account == self.account.name
        self.answers.append(self.answer(dict(errand), request))
        return True

    answers: list[Answer]


@pytest.fixture
def desk(gmail_box: GmailBox, tmp_path: Path) -> Iterator[Desk]:
    for number in range(5):
        gmail_box.deliver(letter(number), flags="F" if number == 2 else "")
    found = Desk(gmail_box, tmp_path)
    found.answers = []
    yield found
    found.application.close()


def test_ACC_3_nothing_of_a_message_is_in_any_file_but_id_address_and_time(desk: Desk) -> None:
    octets = desk.octets()
    for secret in SECRETS:
        assert secret.encode() not in octets
    assert b"ann3@customer.example" in octets
    with Database(desk.path, readonly=True) as database:
        rows = database.connection.execute(
            "SELECT subject, sender_name, recipients, preview, size, flags FROM message"
            " JOIN location ON location.message = message.id"
        ).fetchall()
    assert set(rows) == {("", "", "[]", "", 0, 1)}


def test_ACC_3_the_proof_holds_and_counts_what_it_looked_at(desk: Desk) -> None:
    proof = desk.application.proving.prove(desk.account)
    assert proof.ok
    assert (proof.messages, proof.asked) == (5, 5)
    assert proof.strings > 15
    assert "mail.db" in dict(proof.files)


@pytest.mark.parametrize(
    ("leak", "where"),
    [
        ("UPDATE message SET subject = 'Strictly private subject 3' WHERE id = 1", "message.subject"),
        ("UPDATE message SET preview = 'Confidential sentence number 1, which nobody' WHERE id = 1", "message.preview"),
        ("UPDATE message SET message_id = '<private-id-2@customer.example>' WHERE id = 1", "message.message_id"),
        ("INSERT INTO body (message, text) VALUES (1, 'anything')", "body"),
        ("UPDATE thread SET subject = 'x' WHERE id = (SELECT thread_id FROM message WHERE id = 1)", "thread.subject"),
    ],
)
def test_ACC_3_what_should_not_be_here_is_found(desk: Desk, leak: str, where: str) -> None:
    with Database(desk.path) as database, database.transaction() as connection:
        connection.execute(leak)
    proof = desk.application.proving.prove(desk.account)
    assert not proof.ok
    assert where in {found.where for found in proof.found}


def test_ACC_3_what_lies_in_another_file_is_found(desk: Desk) -> None:
    (desk.data / "notes.txt").write_bytes(b"\0" * 5000 + b"Confidential sentence number 4, which nobody")
    proof = desk.application.proving.prove(desk.account)
    assert [found.where.partition(",")[0] for found in proof.found] == ["notes.txt"]


def test_ACC_3_an_account_that_keeps_its_mail_proves_nothing(gmail_box: GmailBox, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="storage"):
        ProvingService(tmp_path, mailboxes.lines(tmp_path)).prove(gmail_box.account())


def test_ACC_3_cards_show_in_memory_what_is_not_kept(desk: Desk) -> None:
    board, fleeting = desk.application.board, desk.application.fleeting
    assert fleeting is not None
    before = board.cards(None, "inbox", None, None)
    assert {card.subject for card in before} == {""}
    assert {card.sender_address for card in before} == {f"ann{number}@customer.example" for number in range(5)}
    fleeting.ask(desk.ask)
    assert all(fleeting.take(answer) for answer in desk.answers)
    after = {card.subject: card for card in board.cards(None, "inbox", None, None)}
    assert set(after) == {f"Strictly private subject {number}" for number in range(5)}
    assert after["Strictly private subject 2"].flagged
    assert all(card.sender_name == "Hidden Name" and card.unread for card in after.values())
    for secret in SECRETS:
        assert secret.encode() not in desk.octets()


def test_ACC_3_a_message_is_read_in_memory(desk: Desk) -> None:
    fleeting = desk.application.fleeting
    assert isinstance(fleeting, Fleeting)
    card = desk.application.board.cards(None, "inbox", None, None)[0]
    (message,) = desk.application.mail.thread(card.id)
    assert not message.body_here
    fleeting.ask(desk.ask)
    for answer in desk.answers:
        fleeting.take(answer)
    (message,) = desk.application.mail.thread(card.id)
    assert "Confidential sentence number" in message.text
    assert [one.name.startswith("payroll-list") for one in message.attachments] == [True]
    for secret in SECRETS:
        assert secret.encode() not in desk.octets()


def test_ACC_3_an_attachment_goes_only_where_the_rep_saves_it(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(memory))
    card = desk.application.board.cards(None, "inbox", None, None)[0]
    (message,) = desk.application.mail.thread(card.id)
    saved = desk.application.content.save(message.id, "2", tmp_path)
    assert saved.name.startswith("payroll-list")
    assert saved.read_bytes() == b"x" * 50
    for secret in SECRETS:
        assert secret.encode() not in desk.octets()
    assert not list(desk.data.glob("parts/*"))


def test_ACC_3_an_answer_quotes_what_gmail_has_and_the_magnet_says_what_it_cannot_know(desk: Desk) -> None:
    card = desk.application.board.cards(None, "inbox", None, None)[0]
    (message,) = desk.application.mail.thread(card.id)
    draft = desk.application.writing.begin("reply", message.id)
    assert draft.subject.startswith("Re: Strictly private subject")
    assert "> Confidential sentence number" in draft.text
    assert "storage" in desk.application.magnet.why(card.id)


def test_ACC_3_gmail_is_searched_and_what_is_found_is_opened(desk: Desk, gmail_box: GmailBox) -> None:
    gmail_box.deliver(letter(9), "Trash")
    gmail_box.deliver(letter(8), "Spam")
    hits = desk.application.content.search_server("subject:private")
    assert {hit.subject for hit in hits} >= {"Strictly private subject 9"}
    thread = desk.application.content.take(next(hit for hit in hits if hit.subject.endswith("9")))
    assert desk.application.board.card(thread) is not None
    for secret in SECRETS:
        assert secret.encode() not in desk.octets()
