"""The rep is told when nobody answers (ACT-6)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from salesinbox.sync import process
from tests.mailboxes import mail
from tests.sending import Office
from tests.servers import Mailbox
from tests.sync.outpost import Outpost

DAY = 86_400


@pytest.fixture
def desk(tmp_path: Path, dovecot: Mailbox) -> Iterator[Office]:
    with Outpost() as outpost:
        office = Office(dovecot, outpost, tmp_path)
        office.sync()
        yield office
        office.close()


def _wake(desk: Office) -> int:
    return desk.application.actions.wake()


def _inbox(desk: Office) -> list[tuple[str, str]]:
    return [(card.subject, card.note) for card in desk.application.board.cards(None, "inbox", None, None)]


def _reply(number: int, **changes: str) -> bytes:
    raw = mail(f"reply{number}", references=f"<{number}.sent@zylker.example>", subject=f"Re: Offer {number}")
    for name, value in changes.items():
        raw = f"{name.replace('_', '-')}: {value}\n".encode() + raw
    return raw


def test_ACT_6_what_nobody_answers_comes_back_on_top_with_a_note(desk: Office) -> None:
    desk.put(1, days=3)
    desk.sync()
    desk.mailbox.deliver(mail(9))
    desk.clock += 3 * DAY - 1
    desk.sync()
    assert _wake(desk) == 0
    assert _inbox(desk) == [("Subject 9", "")]
    desk.clock += 1
    assert _wake(desk) == 1
    assert _inbox(desk) == [("Offer 1", "No reply in 3 days"), ("Subject 9", "")]
    (told,) = desk.application.actions.refusals()
    assert told.text == "No reply in 3 days: “Offer 1”"
    desk.application.actions.told()
    desk.clock += 30 * DAY
    assert _wake(desk) == 0
    assert desk.application.actions.refusals() == []


def test_ACT_6_an_answer_ends_the_wait(desk: Office) -> None:
    desk.put(1, days=3)
    desk.sync()
    desk.clock += DAY
    desk.mailbox.deliver(_reply(1))
    desk.sync()
    desk.clock += 3 * DAY
    assert _wake(desk) == 0
    assert _inbox(desk) == [("Re: Offer 1", "")]
    assert desk.application.actions.refusals() == []


@pytest.mark.parametrize("field", ["Auto_Submitted", "X_Autoreply"])
def test_ACT_6_an_automatic_answer_is_none(desk: Office, field: str) -> None:
    desk.put(1, days=3)
    desk.sync()
    desk.clock += DAY
    desk.mailbox.deliver(_reply(1, **{field: "auto-replied"}))
    desk.sync()
    desk.clock += 3 * DAY
    assert _wake(desk) == 1
    assert "No reply in 3 days" in _inbox(desk)[0][1]


def test_ACT_6_a_bounce_is_no_answer(desk: Office) -> None:
    desk.put(1, days=2)
    desk.sync()
    bounce = (
        b"From: MAILER-DAEMON@mx.example\nTo: rep@zylker.example\nSubject: Undelivered\nMessage-ID: <b@mx.example>\n"
        b"Date: Mon, 02 Nov 2026 10:00:00 +0900\nReferences: <1.sent@zylker.example>\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nGone.\n--b\n"
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        b"Final-Recipient: rfc822; c1@customer.example\nAction: failed\nStatus: 5.1.1\n\n--b\n"
        b"Content-Type: text/rfc822-headers\n\nMessage-ID: <1.sent@zylker.example>\n\n--b--\n"
    )
    desk.mailbox.deliver(bounce)
    desk.clock += 60
    desk.sync()
    entry = desk.application.outbox.entries()[0]
    assert [(one.recipient, one.state) for one in entry.deliveries] == [("c1@customer.example", "failed")]
    desk.clock += 2 * DAY
    assert _wake(desk) == 1


def test_ACT_6_an_answer_that_comes_later_takes_the_note_away(desk: Office) -> None:
    desk.put(1, days=1)
    desk.sync()
    desk.clock += DAY
    assert _wake(desk) == 1
    desk.clock += 7200
    desk.mailbox.deliver(_reply(1))
    desk.sync()
    assert _inbox(desk) == [("Re: Offer 1", "")]


def test_ACT_6_it_is_told_even_where_nothing_of_it_is_here(tmp_path: Path, dovecot: Mailbox) -> None:
    with Outpost() as outpost:
        desk = Office(dovecot, outpost, tmp_path, files_sent="nobody")
        desk.sync()
        desk.put(1, days=1)
        desk.sync()
        desk.clock += DAY
        _wake(desk)
        assert [one.text for one in desk.application.actions.refusals()] == ["No reply in 1 day: “Offer 1”"]
        desk.close()


def test_ACT_6_the_sync_process_looks_too(desk: Office) -> None:
    desk.put(1, days=1)
    desk.sync()
    desk.clock += DAY
    sender = desk.sender()
    process._wake(desk.application.database, sender.placing(), int(desk.clock), sender.report)
    assert _inbox(desk) == [("Offer 1", "No reply in 1 day")]


def test_ACT_6_days_are_counted_on_the_reps_clocks(desk: Office) -> None:
    # Sent on Friday at 22:30 in New York; on Sunday the clocks go forward there.
    zone = ZoneInfo("America/New_York")
    desk.settings = replace(desk.settings, me=replace(desk.settings.me, zone=zone))
    desk.clock = datetime(2026, 3, 6, 22, 30, tzinfo=zone).timestamp()
    desk.close()
    desk.open()
    number = desk.put(1, days=2)
    desk.sync()
    assert datetime.fromtimestamp(desk.entry(number).response_due, zone) == datetime(2026, 3, 8, 22, 30, tzinfo=zone)
    assert desk.entry(number).response_due - int(desk.clock) == 2 * DAY - 3600
