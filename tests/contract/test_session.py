"""What every mail server's session promises to sync, on each kind of server."""

import email
import email.policy
import os
import threading
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.imap.session import ImapSession
from salesinbox.providers.registry import session
from salesinbox.providers.session import LARGE, Session
from tests.servers import SECRET, Cut, Mailbox

Connect = Callable[..., Session]

COUNT_CHANGES = ("qresync", "condstore", "maildir", "gmail", "pop3")
"""Kinds that tell which flags changed since a cursor."""
TELL_VANISHED = ("qresync", "maildir", "gmail", "pop3")
"""Kinds that tell which messages went since a cursor."""


def mail(subject: str, body: str = "Hello") -> bytes:
    return f"From: Ann <ann@customer.example>\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()


def inside(uid: int, ranges: object) -> bool:
    assert isinstance(ranges, list | tuple)
    return any(low <= uid <= high for low, high in ranges)


# Folders.


def test_folders_have_their_names_and_roles(server: Mailbox, connect: Connect) -> None:
    names = [
        "Projects/2026/Q1",
        "送信済み",
        "下書き",
        "ゴミ箱",
        "迷惑メール",
        "Archive",
        'He said "yes"',
        "R & D",
        "🙂 ok",
    ]
    with server.client() as other:
        for name in names:
            other.create_folder(name)
    line = connect(server)
    found = {folder.name: folder for folder in line.folders()}
    assert {"INBOX", *names} <= found.keys()
    roles = {name: folder.role for name, folder in found.items() if folder.role}
    if server.kind in ("gmail", "pop3"):  # whose own folders cannot be other ones
        assert roles == {
            "INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Trash": "trash", "Spam": "spam",
            "Archive": "archive",
        }  # fmt: skip
        return
    assert roles == {
        "INBOX": "inbox",
        "送信済み": "sent",
        "下書き": "drafts",
        "ゴミ箱": "trash",
        "迷惑メール": "spam",
        "Archive": "archive",
    }
    assert found["Projects/2026/Q1"].delimiter == "/"
    for name in ["INBOX", *names]:
        assert line.open(name, None).exists == 0
        assert line.counts(name)[0] == 0


def test_inbox_is_listed_first(server: Mailbox, connect: Connect) -> None:
    with server.client() as other:
        other.create_folder("AAA")
    assert connect(server).folders()[0].name == "INBOX"


@pytest.mark.parametrize("name", ['x" (QRESYNC (1 1))', "%", "[Gmail]", "NIL", "{3}", "a'b; --", "(both)"])
def test_a_folder_name_never_becomes_a_command(server: Mailbox, connect: Connect, name: str) -> None:
    # "%" and "*" cannot be created everywhere, so these are only opened: what counts is that the server takes the
    # name as a name, and refuses it.
    line = connect(server)
    with pytest.raises(ServerError):
        line.open(name, None)
    assert line.open("INBOX", None).exists == 0


def test_a_folder_that_does_not_exist_is_refused_by_name(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    with pytest.raises(ServerError, match="ÜberDeals"):
        line.open("ÜberDeals", None)
    with pytest.raises(ServerError, match="ÜberDeals"):
        line.counts("ÜberDeals")


def test_counts_without_opening(server: Mailbox, connect: Connect) -> None:
    with server.client() as other:
        other.create_folder("見積")
        other.append("見積", mail("one"))
        other.append("見積", mail("two"))
    line = connect(server)
    line.open("INBOX", None)
    messages, uidnext = line.counts("見積")
    opened = line.open("見積", None)
    assert (messages, uidnext) == (2, opened.cursor.uidnext)


# Messages.


def test_messages_are_read_as_they_were_delivered(server: Mailbox, connect: Connect) -> None:
    raws = [mail("first"), mail("second", "line\r\n" * 5000), mail("third")]
    server.deliver(raws[0], flags="S")
    server.deliver(raws[1], flags="FRS")
    server.deliver(raws[2])
    line = connect(server)
    opened = line.open("INBOX", None)
    uids = line.uids()
    assert len(uids) == opened.exists == 3
    assert uids == sorted(uids)
    headers = line.headers(uids)
    assert sorted(header.size for header in headers) == sorted(len(raw) for raw in raws)
    by_size = {header.size: header for header in headers}
    answered = Flag.NONE if server.kind == "gmail" else Flag.ANSWERED  # a mark that Gmail does not know
    assert by_size[len(raws[1])].state == FlagState(Flag.SEEN | Flag.FLAGGED | answered)
    assert all(header.received > 1_700_000_000 for header in headers)
    subjects = {email.message_from_bytes(header.header)["Subject"] for header in headers}
    assert subjects == {"first", "second", "third"}
    bodies = {body.uid: body.raw for body in line.bodies([(header.uid, header.size) for header in headers])}
    assert sorted(bodies.values()) == sorted(raws)
    assert line.flags(None) == {header.uid: header.state for header in headers}
    assert line.flags(uids[:1]) == {uids[0]: line.flags(None)[uids[0]]}


def test_reading_leaves_mail_unread(server: Mailbox, connect: Connect) -> None:
    server.deliver(mail("unread"))
    line = connect(server)
    line.open("INBOX", None)
    (uid,) = line.uids()
    assert len(line.headers([uid])) == 1
    assert len(list(line.bodies([(uid, 100)]))) == 1
    assert len(list(line.bodies([(uid, LARGE + 1)]))) == 1
    with server.client() as other:
        other.select_folder("INBOX", readonly=True)
        assert b"\\Seen" not in other.get_flags([uid])[uid]


def test_headers_come_in_the_order_asked_for_and_without_what_is_gone(server: Mailbox, connect: Connect) -> None:
    for subject in "abc":
        server.deliver(mail(subject))
    line = connect(server)
    line.open("INBOX", None)
    a, b, c = line.uids()
    assert [header.uid for header in line.headers([c, 4_000_000, a, b, a])] == [c, a, b]
    assert [body.uid for body in line.bodies([(c, 10), (4_000_000, 10), (a, 10)])] == [c, a]
    assert list(line.bodies([(4_000_000, LARGE + 1)])) == []
    assert line.flags([4_000_000]) == {}


def test_uids_from_a_low_end_never_name_the_last_message_wrongly(server: Mailbox, connect: Connect) -> None:
    for subject in "abc":
        server.deliver(mail(subject))
    line = connect(server)
    opened = line.open("INBOX", None)
    uids = line.uids()
    assert line.uids(uids[1]) == uids[1:]
    assert line.uids(opened.cursor.uidnext) == []


def test_an_empty_folder(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    assert line.open("INBOX", None).exists == 0
    assert line.uids() == []
    assert line.uids(5) == []
    assert line.flags(None) == {}
    assert line.headers([]) == []
    assert list(line.bodies([])) == []


def test_sets_of_thousands_of_single_uids(server: Mailbox, connect: Connect) -> None:
    for number in range(20):
        server.deliver(mail(f"m{number}"))
    line = connect(server)
    line.open("INBOX", None)
    uids = line.uids()
    wanted = uids[::2] + list(range(1_000_000, 1_010_000, 2))
    assert list(line.flags(wanted)) == uids[::2]
    assert [header.uid for header in line.headers(wanted)] == uids[::2]


def test_an_iteration_over_bodies_may_be_given_up(server: Mailbox, connect: Connect) -> None:
    for number in range(8):
        server.deliver(mail(f"m{number}", "x" * 70 + "\r\n" * 2000))
    line = connect(server)
    line.open("INBOX", None)
    uids = line.uids()
    for body in line.bodies([(uid, LARGE // 2) for uid in uids]):
        assert body.uid == uids[0]
        assert len(line.flags(None)) == 8
        break
    assert line.uids() == uids


def test_a_large_message_comes_without_its_attachments(server: Mailbox, connect: Connect) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["Subject"] = "ann@customer.example", "Quote"
    message.set_content("見積書をお送りします。\n")
    message.add_alternative("<p>見積書をお送りします。</p>", subtype="html")
    message.add_attachment(os.urandom(300_000), maintype="application", subtype="pdf", filename="見積書.pdf")
    message.add_attachment(b"name,amount\r\n", maintype="text", subtype="csv", filename="list.csv")
    server.deliver(message.as_bytes())
    line = connect(server)
    line.open("INBOX", None)
    (header,) = line.headers(line.uids())
    assert header.size > LARGE
    (body,) = line.bodies([(header.uid, header.size)])
    assert len(body.raw) < 5000
    small = email.message_from_bytes(body.raw, policy=email.policy.default)
    assert small["Subject"] == "Quote"
    assert small.get_body(("plain",)).get_content().strip() == "見積書をお送りします。"
    assert "<p>" in small.get_body(("html",)).get_content()
    assert [(left.name, left.type, left.part) for left in body.left_out] == [
        ("見積書.pdf", "application/pdf", "2"),
        ("list.csv", "text/csv", "3"),
    ]
    assert body.left_out[0].size >= 300_000  # Gmail tells the size of the file, others that of its encoding


def test_a_large_message_of_one_text(server: Mailbox, connect: Connect) -> None:
    server.deliver(mail("long", "0123456789\r\n" * 30_000))
    line = connect(server)
    line.open("INBOX", None)
    (header,) = line.headers(line.uids())
    (body,) = line.bodies([(header.uid, header.size)])
    assert body.left_out == ()
    assert email.message_from_bytes(body.raw).get_payload().count("0123456789") == 30_000


# What other clients do.


def test_open_tells_what_another_client_changed(server: Mailbox, connect: Connect) -> None:
    for subject in "abcd":
        server.deliver(mail(subject))
    line = connect(server)
    first = line.open("INBOX", None)
    assert first.changed is None
    assert first.vanished is None
    a, b, c, d = line.uids()
    with server.client() as other:
        other.select_folder("INBOX")
        other.add_flags([b], [b"\\Flagged"])
        other.append("INBOX", mail("e"))
        other.delete_messages([a, d])
        other.expunge()
    second = line.open("INBOX", first.cursor)
    assert second.exists == 3
    assert second.cursor.uidvalidity == first.cursor.uidvalidity
    assert second.cursor.uidnext == first.cursor.uidnext + 1
    new = line.uids(first.cursor.uidnext)
    assert len(new) == 1
    assert line.uids() == [b, c, *new]
    flagged, plain = FlagState(Flag.FLAGGED), FlagState(Flag.NONE)
    if server.kind in COUNT_CHANGES:
        assert second.cursor.modseq > first.cursor.modseq
        assert second.changed == {b: flagged, new[0]: plain}
    else:
        assert second.changed is None
        assert second.cursor.modseq == 0
    if server.kind in TELL_VANISHED:
        assert inside(a, second.vanished)
        assert inside(d, second.vanished)
        assert not inside(b, second.vanished)
        assert not inside(c, second.vanished)
    else:
        assert second.vanished is None
    assert line.flags(None) == {b: flagged, c: plain, new[0]: plain}


def test_open_tells_of_nothing_when_nothing_happened(server: Mailbox, connect: Connect) -> None:
    server.deliver(mail("a"))
    first = connect(server)
    first.open("INBOX", None)
    cursor = first.open("INBOX", None).cursor
    first.close()
    again = connect(server).open("INBOX", cursor)
    assert again.cursor == cursor
    if server.kind in COUNT_CHANGES:
        assert again.changed == {}
    if server.kind in TELL_VANISHED:
        assert again.vanished == []


def test_a_changed_uidvalidity_is_seen_and_nothing_is_told_of_the_old_folder(server: Mailbox, connect: Connect) -> None:
    with server.client() as other:
        other.create_folder("Deals")
        other.append("Deals", mail("old"))
        line = connect(server)
        first = line.open("Deals", None)
        line.open("INBOX", None)
        other.delete_folder("Deals")
        other.create_folder("Deals")
        other.append("Deals", mail("new"))
    second = line.open("Deals", first.cursor)
    if server.kind in ("maildir", "pop3"):
        # Files have no UIDVALIDITY: the program numbers them, and never gives a number twice, so that the old
        # numbers are simply gone.
        assert second.vanished == [(1, 1)]
        assert line.uids() == [2]
        return
    assert second.cursor.uidvalidity != first.cursor.uidvalidity
    assert second.changed is None
    assert second.vanished is None


def test_expunged_in_passing_is_told_by_uid(server: Mailbox, connect: Connect) -> None:
    for subject in "abc":
        server.deliver(mail(subject))
    line = connect(server)
    line.open("INBOX", None)
    a, b, c = line.uids()
    line.watch("INBOX")
    with server.client() as other:
        other.select_folder("INBOX")
        other.delete_messages([b])
        other.expunge()
    gone: list[tuple[int, int]] = []
    while not gone:
        assert line.wait(30) == {"INBOX"}
        gone = [span for told in line.vanished() for span in told.ranges]
    assert gone == [(b, b)]
    assert line.vanished() == []
    assert line.uids() == [a, c]


# Watching.


def test_waiting_sees_new_mail(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    opened = line.open("INBOX", None)
    line.watch("INBOX")
    assert line.wait(0) == set()
    server.deliver(mail("news"))
    assert line.wait(30) == {"INBOX"}
    line.unwatch()
    assert line.open("INBOX", opened.cursor).exists == 1
    line.watch("INBOX")
    with server.client() as other:
        other.select_folder("INBOX")
        other.add_flags(other.search(), [b"\\Flagged"])
        assert line.wait(30) == {"INBOX"}


def test_what_happened_before_the_watch_is_told_by_the_first_wait(server: Mailbox, connect: Connect) -> None:
    with server.client() as other:
        other.create_folder("Else")
    line = connect(server)
    line.open("INBOX", None)
    line.open("Else", None)
    server.deliver(mail("between"))
    line.watch("INBOX")
    assert line.wait(30) == {"INBOX"}
    assert line.wait(0) == set()


def test_other_methods_end_the_watch_by_themselves(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    line.open("INBOX", None)
    line.watch("INBOX")
    assert line.uids() == []
    line.watch("INBOX")
    assert line.counts("INBOX")[0] == 0
    line.watch("INBOX")
    assert line.folders()
    line.unwatch()
    line.unwatch()


def test_waiting_ends_when_it_is_woken(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    line.open("INBOX", None)
    line.watch("INBOX")
    reader, writer = os.pipe()
    try:
        os.write(writer, b".")
        assert line.wait(60, reader) == set()
        assert os.read(reader, 10) == b"."
    finally:
        os.close(reader)
        os.close(writer)


def test_waiting_on_a_line_that_is_cut_raises_at_once(imap_server: Mailbox, connect: Connect) -> None:
    with Cut(imap_server.port) as proxy:
        line = connect(imap_server, port=proxy.port)
        line.open("INBOX", None)
        line.watch("INBOX")
        assert line.wait(0) == set()
        cutter = threading.Timer(0.2, proxy.cut)
        cutter.start()
        with pytest.raises(NetworkError, match=str(proxy.port)):
            line.wait(100)
        cutter.join()
        with pytest.raises(NetworkError):
            line.wait(100)
        with pytest.raises(NetworkError):
            line.uids()
        line.close()
        line.connect()
        assert line.open("INBOX", None).exists == 0


def test_a_line_that_went_dead_is_found_out_when_idle_is_renewed(imap_server: Mailbox) -> None:
    with Cut(imap_server.port) as proxy:
        line = ImapSession(
            imap_server.account(port=proxy.port),
            lambda: SECRET,
            renew_seconds=0.3,
            poll_seconds=0.3,
            read_seconds=2,
        )
        try:
            line.connect()
            line.open("INBOX", None)
            line.watch("INBOX")
            assert line.wait(0.8) == set()
            proxy.stall()
            with pytest.raises(NetworkError, match="does not answer"):
                line.wait(100)
        finally:
            line.close()


def test_a_line_that_is_cut_in_a_command_raises(imap_server: Mailbox, connect: Connect) -> None:
    with Cut(imap_server.port) as proxy:
        line = connect(imap_server, port=proxy.port)
        line.open("INBOX", None)
        proxy.cut()
        with pytest.raises(NetworkError):
            line.folders()


def test_closing_never_raises(server: Mailbox, connect: Connect) -> None:
    line = connect(server)
    line.close()
    line.close()
    with pytest.raises(NetworkError):
        line.folders()
    session(server.account(), lambda: server.password).close()
