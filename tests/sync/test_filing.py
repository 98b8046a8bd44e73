"""Sent mail lies in Sent once, whoever files it there (SEND-6)."""

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from salesinbox.model.errors import DatabaseError
from salesinbox.model.mail import Flag
from salesinbox.model.outbox import FILED, FILING, NOT_FILED, PENDING, RUNNING, SENT, UNKNOWN
from salesinbox.rules import filing
from salesinbox.store.database import Database
from salesinbox.sync.sending import Sending
from tests.mailboxes import in_cache, mail, on_server, sound
from tests.sending import Office
from tests.servers import Mailbox
from tests.sync.outpost import CONTENT, TAKEN, Outpost

Opening = Callable[..., Office]


@pytest.fixture
def outpost() -> Iterator[Outpost]:
    with Outpost() as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, outpost: Outpost) -> Iterator[Opening]:
    opened: list[Office] = []

    def opening(mailbox: Mailbox, **smtp: object) -> Office:
        opened.append(Office(mailbox, outpost, tmp_path, **smtp))
        opened[-1].sync()
        return opened[-1]

    yield opening
    for one in opened:
        one.sync()
        with one.mailbox.client() as client:
            assert in_cache(one.path) == on_server(client)
        sound(one.path)
        one.close()


def test_SEND_6_sent_mail_is_filed_read_once_and_without_a_second_look(server: Mailbox, office: Opening) -> None:
    desk = office(server)
    number = desk.put(1, "c1@customer.example", "c2@customer.example")
    desk.sync()
    entry = desk.entry(number)
    assert (entry.state, entry.filed) == (SENT, FILED)
    (raw,) = desk.in_folder("Sent")
    assert b"Bcc: hidden@zylker.example" in raw  # the rep's own copy says whom it went to
    assert all(b"hidden" not in one.content for one in desk.outpost.taken)
    assert desk.flags("Sent")["<1.sent@zylker.example>"] in ((b"\\Seen",), (b"\\Seen", b"\\Recent"))
    desk.sync()
    assert len(desk.in_folder("Sent")) == 1
    assert len(desk.outpost.taken) == 1


def test_SEND_6_a_server_that_files_by_itself_is_left_to_it(dovecot: Mailbox, office: Opening) -> None:
    desk = office(dovecot)
    copy = mail("1.sent", subject="Offer 1").replace(b"@test.example", b"@zylker.example")

    def files(step: str) -> None:
        if step == TAKEN:
            with dovecot.client() as client:
                client.append("Sent", copy, [b"\\Seen"])

    with dovecot.client() as client:
        client.create_folder("Sent")
    desk.outpost.fault = files
    number = desk.put(1)
    desk.sync()
    assert desk.entry(number).filed == FILED
    assert len(desk.in_folder("Sent")) == 1


def test_SEND_6_a_server_that_is_known_to_file_is_waited_for(dovecot: Mailbox, office: Opening) -> None:
    desk = office(dovecot, files_sent="server")
    with dovecot.client() as client:
        client.create_folder("Sent")
    number = desk.put(1)
    desk.sync()
    assert (desk.entry(number).state, desk.entry(number).filed) == (SENT, FILING)
    desk.clock += 20
    desk.sync()
    assert desk.in_folder("Sent") == []
    with dovecot.client() as client:
        client.append("Sent", mail("1.sent", subject="Offer 1").replace(b"@test.example", b"@zylker.example"))
    desk.clock += 60
    desk.sync()
    assert desk.entry(number).filed == FILED
    assert len(desk.in_folder("Sent")) == 1


def test_SEND_6_what_the_server_does_not_file_after_all_is_filed_by_us(dovecot: Mailbox, office: Opening) -> None:
    desk = office(dovecot, files_sent="server")
    number = desk.put(1)
    desk.sync()
    for _look in range(8):
        desk.clock += filing.PATIENCE / 4
        desk.sync()
    assert desk.entry(number).filed == FILED
    assert len(desk.in_folder("Sent")) == 1


def test_SEND_6_a_server_that_files_late_is_learned(dovecot: Mailbox, office: Opening) -> None:
    desk = office(dovecot)
    first = desk.put(1)
    desk.sync()
    with dovecot.client() as client:  # the server's own copy comes after ours, without the Bcc
        client.append("Sent", mail("1.sent", subject="Offer 1").replace(b"@test.example", b"@zylker.example"))
    desk.sync()
    second = desk.put(2)
    desk.sync()
    assert desk.entry(first).filed == FILED
    assert len(desk.in_folder("Sent")) == 1
    assert desk.entry(second).filed == FILING  # the server's turn, from now on
    with dovecot.client() as client:
        client.append("Sent", mail("2.sent", subject="Offer 2").replace(b"@test.example", b"@zylker.example"))
    desk.clock += 30
    desk.sync()
    assert desk.entry(second).filed == FILED
    assert len(desk.in_folder("Sent")) == 2


def test_SEND_6_nobody_files_where_the_rep_wants_none(dovecot: Mailbox, office: Opening) -> None:
    desk = office(dovecot, files_sent="nobody")
    number = desk.put(1)
    desk.sync()
    assert (desk.entry(number).state, desk.entry(number).filed) == (SENT, NOT_FILED)
    assert desk.in_folder("Sent") == []


@pytest.mark.parametrize(
    ("host", "files"),
    [
        ("smtp.gmail.com", True),
        ("smtp-relay.gmail.com", True),
        ("SMTP.Office365.com.", True),
        ("smtp-mail.outlook.com", True),
        ("mail.zylker.example", False),
        ("smtp.notgmail.com", False),
        ("smtp.mail.yahoo.co.jp", False),
    ],
)
def test_SEND_6_servers_that_are_known_to_file(dovecot: Mailbox, office: Opening, host: str, *, files: bool) -> None:
    desk = office(dovecot)
    assert desk.account.smtp is not None
    named = desk.account.smtp.__class__(host, 465, "implicit", "rep")
    account = desk.account.__class__("work", "rep@zylker.example", "imap", desk.account.imap, smtp=named)
    assert filing.files_by_itself(account) is files


def test_SEND_6_an_unknown_outcome_is_looked_for_in_sent_before_anybody_is_asked(
    dovecot: Mailbox, office: Opening
) -> None:
    desk = office(dovecot)
    with dovecot.client() as client:
        client.create_folder("Sent")

    def files_and_hangs_up(step: str) -> str | None:
        if step != TAKEN:
            return None
        with dovecot.client() as client:
            client.append("Sent", mail("1.sent", subject="Offer 1").replace(b"@test.example", b"@zylker.example"))
        return Outpost.CUT

    desk.outpost.fault = files_and_hangs_up
    number = desk.put(1)
    desk.sync()
    assert (desk.entry(number).state, desk.entry(number).filed, desk.entry(number).asks) == (SENT, FILED, False)


def test_SEND_6_what_is_not_in_sent_is_asked_and_never_sent_again_unasked(dovecot: Mailbox, office: Opening) -> None:
    desk = office(dovecot)
    desk.outpost.fault = lambda step: Outpost.CUT if step == TAKEN else None
    number = desk.put(1)
    desk.sync()
    assert (desk.entry(number).state, desk.entry(number).asks) == (UNKNOWN, True)
    assert "may or may not have been sent" in desk.entry(number).error
    assert "may or may not have been sent" in desk.application.actions.refusals()[0].text
    for _day in range(3):
        desk.clock += 86_400
        desk.sync()
    assert len(desk.outpost.taken) == 1
    # The rep has asked the customer: it is there.
    desk.application.outbox.arrived(number)
    desk.sync()
    assert (desk.entry(number).state, desk.entry(number).filed) == (SENT, FILED)
    assert len(desk.outpost.taken) == len(desk.in_folder("Sent")) == 1


def test_SEND_6_the_answered_mail_is_marked_on_the_server(server: Mailbox, office: Opening) -> None:
    server.deliver(mail(7))
    server.deliver(mail(8))
    desk = office(server)
    numbers = dict(desk.application.database.connection.execute("SELECT message_id, id FROM message"))
    desk.put(1, answers=numbers["<7@test.example>"], marks="answered")
    desk.put(2, answers=numbers["<8@test.example>"], marks="forwarded")
    desk.sync()
    desk.sync()
    flags = desk.flags("INBOX")
    assert b"\\Answered" in flags["<7@test.example>"]
    if server.kind != "pymap":  # keeps no keywords
        assert b"$Forwarded" in flags["<8@test.example>"]
    assert Flag.ANSWERED in Flag(
        desk.application.database.connection.execute(
            "SELECT coalesce(shown_flags, flags) FROM location JOIN message ON message.id = message"
            " WHERE message_id = '<7@test.example>'"
        ).fetchone()[0]
    )


def test_SEND_6_a_sent_folder_that_takes_nothing_stops_neither_mail_nor_sync(dovecot: Mailbox, office: Opening) -> None:
    desk = office(dovecot)
    with dovecot.client() as client:
        client.create_folder("Sent")
    folder = dovecot.maildir() / ".Sent"
    folder.chmod(0)
    number = desk.put(1)
    report = desk.sync()
    entry = desk.entry(number)
    assert (entry.state, entry.filed) == (SENT, FILING)
    assert entry.filed_error
    assert next(one for one in report.folders if one.name == "INBOX").ok
    folder.chmod(0o700)
    desk.sync()
    assert desk.in_folder("Sent") == []  # it is tried again after a while
    desk.clock += 1000
    desk.sync()
    assert desk.entry(number).filed == FILED
    assert len(desk.in_folder("Sent")) == len(desk.outpost.taken) == 1


@pytest.mark.parametrize(("step", "state", "taken"), [(CONTENT, PENDING, 0), (TAKEN, RUNNING, 1)])
def test_SAFE_1_a_full_disk_before_and_after_it_was_taken_sends_it_once(
    dovecot: Mailbox, office: Opening, step: str, state: str, taken: int
) -> None:
    desk = office(dovecot)
    number = desk.put(1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fills(here: str) -> None:
        if here == step:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))

    desk.outpost.fault = fills
    with Database(desk.path) as database:
        sending = Sending(desk.sender(), 1, database)
        try:
            with pytest.raises(DatabaseError):
                sending.send()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        desk.outpost.fault = lambda _step: None
        # What was taken is running, so that nobody sends it again; what was not is still to be sent.
        assert (desk.entry(number).state, len(desk.outpost.taken)) == (state, taken)
        sending.send()
    assert desk.entry(number).state == SENT
    assert len(desk.outpost.taken) == 1
