"""ACC-3: in mode `none` nothing of a message reaches this machine's disk but id, From address and received time."""

import contextlib
from collections.abc import Iterator
from datetime import date
from email.message import EmailMessage
from typing import cast

import pytest

from salesinbox.formats import message as messages
from salesinbox.formats import query
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.registry import session
from salesinbox.providers.session import Glimpsing, Session
from tests.gmail_server import GmailBox

MARK = "MARKEDSECRET"


@pytest.fixture
def line(gmail_box: GmailBox) -> Iterator[Session]:
    with contextlib.closing(session(gmail_box.account(storage="none"), lambda: gmail_box.password)) as made:
        made.connect()
        yield made


def mail(number: int, answers: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = f"{MARK} Ann <ann{number}@customer.example>", f"{MARK} <rep@zylker.example>"
    message["Subject"], message["Message-ID"] = f"{MARK} {number}", f"<{MARK}{number}@test.example>"
    if answers:
        message["References"] = answers
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0900"
    message.set_content(f"{MARK} the price\n")
    message.add_attachment(MARK.encode(), maintype="application", subtype="pdf", filename=f"{MARK}.pdf")
    return message.as_bytes()


def test_ACC_3_headers_hold_the_id_the_address_and_the_time_and_no_more(gmail_box: GmailBox, line: Session) -> None:
    state = gmail_box.server.state
    first = state.add(mail(1), ("INBOX", "UNREAD", "STARRED"), 1_793_581_323_000)
    second = state.add(mail(1, f"<{MARK}1@test.example>"), ("INBOX",), 1_793_581_400_000)
    assert second.thread == first.thread
    label = state.make_label(f"{MARK} label")
    state.relabel(first, (label.id,), ())
    line.open("INBOX", None)
    uids = line.uids()
    one, two = line.headers(uids)
    assert (one.received, two.received) == (1_793_581_323, 1_793_581_400)
    assert (one.size, two.size) == (0, 0)
    assert one.state == two.state == FlagState(Flag.SEEN)
    envelope = messages.envelope(one.header)
    assert (envelope.sender.name, envelope.sender.address) == ("", "ann1@customer.example")
    assert MARK not in repr((one, two, envelope))
    # Threads are held together by ids that say nothing.
    assert messages.envelope(two.header).references == (envelope.message_id,)
    assert set(line.flags(None).values()) == {FlagState(Flag.SEEN)}
    assert line.at_hand(uids) == []
    assert list(line.bodies([(uid, 0) for uid in uids])) == []


def test_ACC_3_no_more_is_asked_of_gmail_than_is_kept(gmail_box: GmailBox, line: Session) -> None:
    gmail_box.deliver(mail(1))
    line.open("INBOX", None)
    line.headers(line.uids())
    line.open("INBOX", None)
    assert gmail_box.server.formats <= {"metadata From", "minimal"}


def test_ACC_3_what_changes_in_gmail_does_not_come_here_as_flags(gmail_box: GmailBox, line: Session) -> None:
    state = gmail_box.server.state
    first = gmail_box.deliver(mail(1))
    opened = line.open("INBOX", None)
    state.relabel(first, ("STARRED",), ("UNREAD",))
    again = line.open("INBOX", opened.cursor)
    assert again.changed is not None
    assert set(again.changed.values()) <= {FlagState(Flag.SEEN)}
    state.relabel(first, (), ("INBOX",))
    last = line.open("INBOX", again.cursor)
    assert last.vanished is not None
    assert any(low <= first.number <= high for low, high in last.vanished)


def test_ACC_3_search_goes_to_gmail(gmail_box: GmailBox, line: Session) -> None:
    first = gmail_box.deliver(mail(1))
    gmail_box.deliver(b"Subject: other\r\n\r\nnothing\r\n")
    found = line.search("INBOX", query.parse("price", today=date(2026, 11, 24)))
    assert found == [first.number]


def test_ACC_3_what_cards_show_is_asked_when_it_is_shown(gmail_box: GmailBox, line: Session) -> None:
    first = gmail_box.deliver(mail(1), flags="F")
    second = gmail_box.deliver(b"From: b@x.example\r\nSubject: plain\r\n\r\nHi &amp; bye\r\n", flags="S")
    glimpsing = cast("Glimpsing", line)
    heads = {head.uid: head for head in glimpsing.heads([first.number, second.number, 4_000_000])}
    assert set(heads) == {first.number, second.number}
    head = heads[first.number]
    assert (head.name, head.address, head.subject) == (f"{MARK} Ann", "ann1@customer.example", f"{MARK} 1")
    assert (head.unread, head.flagged) == (True, True)
    assert head.snippet.startswith(f"{MARK} the price")
    assert [one.address for one in head.to] == ["rep@zylker.example"]
    assert head.date == first.date // 1000
    assert (heads[second.number].unread, heads[second.number].flagged) == (False, False)
    assert heads[second.number].subject == "plain"
    # Gmail escapes a snippet as HTML.
    assert heads[second.number].snippet == "Hi &amp; bye"
    assert glimpsing.whole(first.number) == gmail_box.server.state.messages[first.id].raw
    assert glimpsing.whole(4_000_000) is None
