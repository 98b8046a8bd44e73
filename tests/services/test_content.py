"""What only the server has: attachments, the raw source, and what its own search finds (READ-4, READ-5)."""

import email.policy
import io
import itertools
import resource
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest

from salesinbox.formats import mime
from salesinbox.model.errors import (
    NetworkError,
    NotFoundError,
    QueryError,
    SalesInboxError,
    ServerError,
    UsageError,
)
from salesinbox.model.settings import Settings
from salesinbox.services import desktop
from salesinbox.services.content import ContentService
from salesinbox.store import parts
from salesinbox.sync import process
from salesinbox.sync.lock import Lock
from tests import mailboxes
from tests.acting import Acting
from tests.hostile import worst_messages
from tests.mailboxes import mail
from tests.servers import Cut, Mailbox, free_port, until

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
        self.service = ContentService(
            settings, own, acting.path.parent, mailboxes.lines(acting.path.parent), lambda: acting.clock
        )

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
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o600"}


def test_READ_5_an_attachment_of_a_message_that_another_client_moved_is_found(reading: Reading) -> None:
    message = reading.message("Files 1")
    with reading.acting.mailbox.client() as client:
        if not client.folder_exists("Elsewhere"):
            client.create_folder("Elsewhere")
        client.select_folder("INBOX")
        client.move(client.search(["SUBJECT", "Files 1"]), "Elsewhere")
    assert reading.service.view(message, reading.parts(message)[1]) == "メモ"


def test_READ_5_an_attachment_in_a_folder_that_another_client_renamed_is_found(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    with dovecot.client() as client:
        client.create_folder("Old")
        client.append("Old", _message(1, ("notes.txt", b"memo")))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    message = reading.message("Files 1")
    with dovecot.client() as client:
        client.rename_folder("Old", "New")
    assert reading.service.view(message, reading.parts(message)[0]) == "memo"
    acting.close()


def test_READ_5_a_database_made_anew_never_shows_the_files_of_other_messages(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.deliver(_message(1, ("a.txt", b"first")))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    before = reading.message("Files 1")
    assert reading.service.view(before, reading.parts(before)[0]) == "first"
    acting.close()
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
    for file in acting.path.parent.glob("mail.db*"):
        file.unlink()
    dovecot.deliver(_message(2, ("a.txt", b"second")))
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    after = reading.message("Files 2")
    assert after == before
    assert reading.service.view(after, reading.parts(after)[0]) == "second"
    acting.close()


def test_READ_5_an_empty_attachment_is_a_file_too(server: Mailbox, tmp_path: Path) -> None:
    server.deliver(_message(1, ("empty.txt", b"")))
    acting = Acting(server, tmp_path)
    reading = Reading(acting)
    message = reading.message("Files 1")
    assert reading.service.save(message, reading.parts(message)[0], tmp_path).read_bytes() == b""
    acting.close()


def test_READ_4_an_attached_text_is_read_by_the_charset_that_it_names(server: Mailbox, tmp_path: Path) -> None:
    text = "Příliš žluťoučký kůň"
    head = b"Subject: named\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nhi\r\n--B\r\n"
    head += b"Content-Type: text/plain; charset=windows-1250\r\nContent-Transfer-Encoding: 8bit\r\n"
    head += b"Content-Disposition: attachment; filename=a.txt\r\n\r\n"
    server.deliver(head + text.encode("cp1250") + b"\r\n--B--\r\n")
    acting = Acting(server, tmp_path)
    reading = Reading(acting)
    message = reading.message("named")
    assert reading.service.view(message, reading.parts(message)[0]).strip() == text
    acting.close()


def test_READ_5_every_attachment_of_the_worst_mail_is_saved_as_it_is_listed(dovecot: Mailbox, tmp_path: Path) -> None:
    for raw in worst_messages().values():
        dovecot.deliver(raw or b"\r\n")
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    folder = tmp_path / "saved"
    folder.mkdir()
    saved = 0
    for (number,) in acting.database.connection.execute("SELECT id FROM message").fetchall():
        listed = {one.part: one for one in reading.service._attachments(number)[:5]}
        leaves = {leaf.number: leaf for leaf in mime.parse(reading.service.source(f"m{number}")).leaves()}
        for part in listed:
            path = reading.service.save(f"m{number}", part, folder)
            assert path.parent == folder
            assert path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n") == leaves[part].content()
            saved += 1
    assert saved >= 8
    acting.close()


def test_READ_5_lines_of_an_attached_file_keep_their_ends(dovecot: Mailbox, tmp_path: Path) -> None:
    raw = _message(1, ("a.csv", b"placeholder"))
    head = raw.partition(b"\r\n\r\n")[0]
    boundary = head.partition(b'boundary="')[2].partition(b'"')[0]
    raw = head + b"\r\n\r\n--%b\r\n\r\nhi\r\n--%b\r\n" % (boundary, boundary)
    raw += b"Content-Type: text/csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\na,b\r\nc,d\r\n"
    dovecot.deliver(raw + b"\r\n--%b--\r\n" % boundary)
    acting = Acting(dovecot, tmp_path)
    reading = Reading(acting)
    message = reading.message("Files 1")
    assert reading.service.save(message, reading.parts(message)[0], tmp_path).read_bytes() == b"a,b\r\nc,d\r\n"
    acting.close()


def test_READ_5_a_link_that_lies_in_wait_is_not_followed(reading: Reading, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "offer.pdf").symlink_to(tmp_path / "elsewhere")
    message = reading.message("Files 1")
    path = reading.service.save(message, reading.parts(message)[0], folder)
    assert path == folder / "offer (2).pdf"
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_asked_for_by_many_at_once_comes_to_all(reading: Reading) -> None:
    message = reading.message("Files 1")
    part = reading.parts(message)[1]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda _n: reading.service.view(message, part), range(12)))
    assert found == ["メモ"] * 12


def test_SAFE_1_a_line_that_breaks_half_way_leaves_nothing_half(dovecot: Mailbox, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4_000
    dovecot.deliver(_message(1, ("large.bin", content)))
    with Cut(dovecot.port) as line:
        acting = Acting(dovecot, tmp_path, dovecot.account(port=line.port))
        reading = Reading(acting)
        message = reading.message("Files 1")
        part = reading.parts(message)[0]
        broken = 0
        for answers in itertools.count(3):
            line.answers_left = answers
            try:
                assert reading.service.save(message, part, tmp_path).read_bytes() == content
                break
            except NetworkError:
                broken += 1
            folder = acting.path.parent / parts.FOLDER
            assert not folder.exists() or not list(folder.iterdir())
            assert not list(tmp_path.glob("large*"))
        assert broken > 5
        acting.close()


def test_READ_5_a_full_disk_leaves_no_half_of_what_was_saved(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(SalesInboxError, match="cannot be written"):
            desktop.keep(folder, "offer", ".pdf", b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(folder.iterdir()) == []


def test_who_stops_waiting_finds_nothing_saved_later(reading: Reading, tmp_path: Path) -> None:
    message = reading.message("Files 1")
    folder = tmp_path / "saved"
    folder.mkdir()
    with pytest.raises(NetworkError, match="Stopped"):
        reading.service.save_all(message, folder, stopped=lambda: True)
    assert list(folder.iterdir()) == []


def test_READ_5_over_ssh_nothing_is_opened_on_the_other_machine(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    message = reading.message("Files 1")
    with pytest.raises(UsageError, match="SSH"):
        reading.service.open_with_system(message, reading.parts(message)[0])


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
    try:
        with pytest.raises(NetworkError):
            reading.service.source(message)
    finally:
        dovecot.server.start()  # others use it, too
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
        with pytest.raises(QueryError, match="deal:web"):
            reading.service.search_server("deal:web")
        with pytest.raises(ServerError, match="no account gone"):
            reading.service._errand("gone", {"kind": "search"}, lambda: False)
        dovecot.server.stop()
        try:
            for _again in range(2):  # when the line breaks, and when it is known that there is none
                with pytest.raises(NetworkError):
                    reading.service.search_server("offer")
        finally:
            dovecot.server.start()
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
            reading.settings, data, reading.own, mailboxes.lines(data).session, lambda: int(reading.acting.clock),
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


def test_SRCH_1_an_account_that_cannot_be_reached_hides_nothing_of_the_others(dovecot: Mailbox, tmp_path: Path) -> None:
    with dovecot.client() as client:
        client.create_folder("Elsewhere")
        client.append("Elsewhere", mail("away", subject="Offer from afar"))
    acting = Acting(dovecot, tmp_path, dovecot.account(folders=("INBOX",)))
    gone = dovecot.account("gone", port=free_port())
    settings = Settings(None, mailboxes.ME, (gone, acting.account))
    service = ContentService(
        settings,
        mailboxes.owner(acting.account),
        acting.path.parent,
        mailboxes.lines(acting.path.parent),
        lambda: acting.clock,
    )
    assert [hit.subject for hit in service.search_server("offer")] == ["Offer from afar"]
    service.settings = Settings(None, mailboxes.ME, (gone,))
    with pytest.raises(NetworkError):
        service.search_server("offer")
    acting.close()


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
