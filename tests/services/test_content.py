"""What only the server has: attachments, the raw source, and what its own search finds (READ-4, READ-5)."""

import email.policy
import io
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from salesinbox.model.errors import NetworkError, NotFoundError, SalesInboxError, UsageError
from salesinbox.model.settings import Settings
from salesinbox.services.content import ContentService
from salesinbox.store import parts
from salesinbox.sync import process
from salesinbox.sync.lock import Lock
from tests import mailboxes
from tests.acting import Acting
from tests.mailboxes import mail
from tests.servers import SECRET, Mailbox, until

NAMES = (
    "offer.pdf",
    "../../etc/passwd",
    "..",
    "見積書.xlsx",
    "\x1b[2J.txt",
    "CON",
    "-rf",
    "a/b\\c.txt",
    "x" * 400 + ".pdf",
)


def _message(number: int, *files: tuple[str, bytes]) -> bytes:
    message = EmailMessage(email.policy.SMTP)
    message["From"] = f"c{number}@customer.example"
    message["Subject"] = f"Files {number}"
    message["Message-ID"] = f"<files{number}@test.example>"
    message.set_content("See the files.")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename="placeholder")
        raw = list(message.iter_attachments())[-1]
        raw.replace_header("Content-Disposition", "attachment")
        raw.set_param("filename", name.replace("\x1b", "?"), header="Content-Disposition")
    return message.as_bytes()


class Reading:
    def __init__(self, acting: Acting) -> None:
        self.acting = acting
        settings = Settings(None, mailboxes.ME, (acting.account,))
        own = mailboxes.owner(acting.account)
        self.settings, self.own = settings, own
        self.service = ContentService(settings, own, acting.path.parent, lambda _account: SECRET, lambda: acting.clock)

    def message(self, subject: str) -> str:
        row = self.acting.database.connection.execute("SELECT id FROM message WHERE subject = ?", (subject,)).fetchone()
        assert row is not None
        return f"m{row[0]}"

    def parts(self, message: str) -> list[str]:
        return [one.part for one in self.service._attachments(int(message[1:]))]


@pytest.fixture
def reading(server: Mailbox, tmp_path: Path) -> Iterator[Reading]:
    server.deliver(_message(1, ("offer.pdf", b"%PDF offer"), ("notes.txt", "メモ".encode())))
    server.deliver(mail("plain"))
    acting = Acting(server, tmp_path)
    yield Reading(acting)
    acting.close()


def test_READ_5_an_attachment_is_fetched_once_and_saved_never_over_another(reading: Reading, tmp_path: Path) -> None:
    message = reading.message("Files 1")
    first, second = reading.parts(message)
    folder = tmp_path / "saved"
    folder.mkdir()
    one = reading.service.save(message, first, folder)
    again = reading.service.save(message, first, folder)
    assert one != again
    assert one.read_bytes() == again.read_bytes() == b"%PDF offer"
    assert reading.service.view(message, second) == "メモ"
    assert {path.parent for path in reading.service.save_all(message, folder)} == {folder}


def test_READ_4_the_source_is_what_the_server_holds(reading: Reading) -> None:
    source = reading.service.source(reading.message("Subject plain"))
    assert b"Message-ID: <plain@test.example>" in source
    assert "Message-ID: <plain@test.example>" in reading.service.headers(reading.message("Subject plain"))


def test_READ_5_files_that_were_fetched_are_private(reading: Reading) -> None:
    message = reading.message("Files 1")
    reading.service.view(message, reading.parts(message)[1])
    folder = reading.acting.path.parent / parts.FOLDER
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [oct(path.stat().st_mode & 0o777) for path in folder.iterdir()] == ["0o600"]


def test_READ_5_an_attachment_of_a_message_that_another_client_moved_is_found(reading: Reading) -> None:
    message = reading.message("Files 1")
    with reading.acting.mailbox.client() as client:
        if not client.folder_exists("Elsewhere"):
            client.create_folder("Elsewhere")
        client.select_folder("INBOX")
        client.move(client.search(["SUBJECT", "Files 1"]), "Elsewhere")
    assert reading.service.view(message, reading.parts(message)[1]) == "メモ"


def test_READ_5_what_is_gone_from_the_server_is_a_sentence(reading: Reading) -> None:
    message = reading.message("Files 1")
    with reading.acting.mailbox.client() as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search(["SUBJECT", "Files 1"]))
        client.expunge()
    with pytest.raises(NotFoundError, match="gone from the server"):
        reading.service.view(message, reading.parts(message)[1])


@pytest.mark.parametrize("name", NAMES)
def test_READ_5_no_name_leads_out_of_the_folder(dovecot: Mailbox, tmp_path: Path, name: str) -> None:
    dovecot.deliver(_message(2, (name, b"content")))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    folder = tmp_path / "deep" / "saved"
    folder.mkdir(parents=True)
    message = reading.message("Files 2")
    path = reading.service.save(message, reading.parts(message)[0], folder)
    assert path.parent.resolve() == folder.resolve()
    assert path.name.isprintable()
    assert not path.name.startswith(("-", "."))
    assert [found for found in (tmp_path / "deep").rglob("*") if found.is_file()] == [path]
    acting.close()


def test_READ_5_large_attachments_come_whole(dovecot: Mailbox, tmp_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    dovecot.deliver(_message(3, ("large.bin", content)))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    message = reading.message("Files 3")
    assert reading.service.save(message, reading.parts(message)[0], tmp_path).read_bytes() == content
    acting.close()


def test_what_is_not_here_and_cannot_be_fetched_says_so(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.deliver(mail(1))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    message = reading.message("Subject 1")
    dovecot.server.stop()
    with pytest.raises(NetworkError):
        reading.service.source(message)
    dovecot.server.start()
    assert reading.service.source(message)
    acting.close()


def test_the_sync_process_is_asked_where_one_runs(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.deliver(_message(4, ("a.txt", b"one")))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    message = reading.message("Files 4")
    data = acting.path.parent
    lock = Lock.take(data)
    assert lock is not None
    reading.service._alone = lambda *_a: pytest.fail("it opened a line of its own")  # type: ignore[method-assign]
    thread = threading.Thread(target=partial(_watch, reading, data), daemon=True)
    thread.start()
    try:
        until((data / "sync.sock").exists, "the sync process listens")
        until(lambda: _view(reading, message) == "one", "the attachment")
        with pytest.raises(SalesInboxError):
            reading.service.view(message, "9")
    finally:
        from salesinbox.services.live import LiveService

        live = LiveService(data, None)
        until(live.connect, "the socket")
        live.ask_stop()
        thread.join(10)
        live.close()
        lock.release()
        acting.close()


def _view(reading: Reading, message: str) -> str:
    try:
        return reading.service.view(message, reading.parts(message)[0])
    except SalesInboxError:
        return ""


def _watch(reading: Reading, data: Path) -> None:
    import signal

    original, signal.signal = signal.signal, lambda *_a: None  # type: ignore[assignment,misc]  # not this thread's
    try:
        process.watch(
            reading.settings, data, reading.own, lambda _account: SECRET, lambda: int(reading.acting.clock),
            fault=str, forget=lambda _account: None,
        )  # fmt: skip
    finally:
        signal.signal = original  # type: ignore[misc]


# --- the server's own search --------------------------------------------------------------------------------------


@pytest.fixture
def narrow(server: Mailbox, tmp_path: Path) -> Iterator[Reading]:
    """Only INBOX is synced; what is asked for lies elsewhere."""
    with server.client() as client:
        if not client.folder_exists("案件"):
            client.create_folder("案件")
        client.append("案件", mail("away", subject="Offer from afar"))
        client.append("INBOX", mail("here", subject="Offer at hand"))
    acting = Acting(server, tmp_path, server.account(folders=("INBOX",)))
    yield Reading(acting)
    acting.close()


def test_SRCH_1_the_server_finds_what_is_not_here_and_it_is_taken_in(narrow: Reading) -> None:
    (hit,) = narrow.service.search_server("offer")
    assert (hit.folder, hit.subject, hit.account) == ("案件", "Offer from afar", "work")
    thread = narrow.service.take(hit)
    card = narrow.acting.board.card(thread)
    assert card is not None
    assert card.subject == "Offer from afar"
    row = narrow.acting.database.connection.execute(
        "SELECT body.text FROM body JOIN message ON message.id = message WHERE subject = 'Offer from afar'"
    ).fetchone()
    assert "Body of away" in row[0]
    assert narrow.service.search_server("offer") == []
    narrow.acting.sync()
    assert narrow.acting.board.card(thread) is not None


def test_SRCH_2_what_a_server_cannot_be_asked_is_a_sentence(narrow: Reading) -> None:
    with pytest.raises(UsageError):
        narrow.service.search_server("deal:web")


def test_READ_5_an_image_is_shown_in_points_and_a_false_one_is_a_sentence(dovecot: Mailbox, tmp_path: Path) -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (400, 200), (200, 10, 10)).save(buffer, "PNG")
    dovecot.deliver(_message(5, ("red.png", buffer.getvalue()), ("false.png", b"\x89PNG no image")))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    message = reading.message("Files 5")
    red, false = reading.parts(message)
    rows = reading.service.image(message, red, 40, 40)
    assert (len(rows[0]), len(rows)) == (40, 20)
    assert rows[5][5] == (200, 10, 10)
    with pytest.raises(UsageError, match="no image"):
        reading.service.image(message, false, 40, 40)
    acting.close()
