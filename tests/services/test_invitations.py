"""Answering an invitation: kept, taken back, sent once, and honest about an outcome that nobody knows (READ-6)."""

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from salesinbox.model.errors import ConfigurationError, UsageError
from salesinbox.model.invitations import ACCEPTED, DECLINED
from salesinbox.model.settings import NO_TLS, Account, Settings, Smtp
from salesinbox.services.invitations import GRACE, InvitationService
from salesinbox.store.sending import outgoing
from salesinbox.sync.once import one_pass
from salesinbox.sync.sending import Sender, Sending
from tests import mailboxes
from tests.acting import Acting
from tests.providers.test_smtp import Post, Server
from tests.servers import SECRET, Cut, Mailbox, free_port

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:demo-7@customer.example\r
DTSTAMP:20261101T000000Z\r
DTSTART;TZID=Asia/Tokyo:20261126T140000\r
DTEND;TZID=Asia/Tokyo:20261126T150000\r
SUMMARY:製品デモ\r
ORGANIZER;CN=永田:mailto:nagata@customer.example\r
ATTENDEE;CN=Rep;RSVP=TRUE:mailto:rep@zylker.example\r
END:VEVENT\r
END:VCALENDAR\r
"""


def _invitation(address: str) -> bytes:
    message = email.message.EmailMessage(email.policy.SMTP)
    message["From"] = "永田 達郎 <nagata@customer.example>"
    message["To"] = "Rep <rep@zylker.example>"
    message["Subject"] = "製品デモ"
    message["Message-ID"] = "<invite@test.example>"
    message.set_content("Please come.")
    calendar = CALENDAR.replace("rep@zylker.example", address)
    message.add_alternative(calendar.encode(), maintype="text", subtype="calendar", params={"method": "REQUEST"})
    return message.as_bytes()


class Invited:
    """A rep with an invitation in the cache, an SMTP server, and a clock."""

    def __init__(self, acting: Acting, post: Post, port: int) -> None:
        self.acting, self.post = acting, post
        self.account = replace(acting.account, smtp=Smtp("127.0.0.1", port, NO_TLS, "rep"))
        settings = Settings(None, mailboxes.ME, (self.account,))
        own = mailboxes.owner(self.account)
        self.service = InvitationService(acting.database, settings, own, lambda: acting.clock)
        row = acting.database.connection.execute("SELECT id FROM message WHERE message_id = '<invite@test.example>'")
        self.message = f"m{row.fetchone()[0]}"

    def send(self, port: int = 0) -> None:
        account = self.account
        if port:
            account = replace(account, smtp=Smtp("127.0.0.1", port, NO_TLS, "rep"))
        sending = Sending(self.sender(account), 1, self.acting.actions.writing)
        sending.begin()
        sending.send()

    def sender(self, account: Account, secret: str = SECRET, forget: Callable[[], None] = lambda: None) -> Sender:
        return Sender(
            account, lambda: secret, forget, lambda _event: None, lambda: int(self.acting.clock),
            lambda: mailboxes.placing(account), mailboxes.ME.zone,
        )  # fmt: skip

    def look(self) -> None:
        """A whole pass: what may have been sent is looked for."""
        sender = self.sender(self.account)
        report = one_pass(
            self.account, mailboxes.line(self.account, self.acting.mailbox.password), self.acting.path, sender.placing, sender.report,
            sender.now, sender,
        )  # fmt: skip
        assert report.error == ""

    def state(self) -> str:
        answered = self.service.answered(self.message)
        return answered[1] if answered else ""


@pytest.fixture
def invited(dovecot: Mailbox, tmp_path: Path) -> Iterator[Invited]:
    dovecot.deliver(_invitation(dovecot.account().address))
    post = Post()
    acting = Acting(dovecot, tmp_path)
    with Server(post) as server:
        yield Invited(acting, post, server.port)
    acting.close()


def test_READ_6_an_invitation_is_read_from_the_cache(invited: Invited) -> None:
    invitation = invited.service.read(invited.message)
    assert invitation is not None
    assert invitation.summary == "製品デモ"
    assert invitation.organizer.address == "nagata@customer.example"
    assert invited.service.may_answer(invitation)


def test_READ_6_an_answer_is_sent_once_when_its_time_has_come(invited: Invited) -> None:
    sentence = invited.service.answer(invited.message, ACCEPTED, "楽しみにしています")
    assert sentence == "Accepted. The answer goes to 永田 in 10 seconds."
    invited.send()
    assert invited.post.taken == []
    invited.acting.clock += GRACE
    invited.send()
    invited.send()
    (envelope,) = invited.post.taken
    assert envelope.rcpt_tos == ["nagata@customer.example"]
    reply = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
    assert reply["In-Reply-To"] == "<invite@test.example>"
    calendar = next(part for part in reply.walk() if part.get_content_type() == "text/calendar").get_content()
    assert "PARTSTAT=ACCEPTED" in calendar.replace("\r\n ", "")
    assert "UID:demo-7@customer.example" in calendar
    assert invited.state() == "sent"


def test_ACT_3_an_answer_is_taken_back_before_it_is_sent_and_not_after(invited: Invited) -> None:
    invited.service.answer(invited.message, DECLINED)
    assert invited.acting.actions.undo().text == "Undone – Declined: 製品デモ"
    invited.acting.clock += GRACE
    invited.send()
    assert invited.post.taken == []
    invited.service.answer(invited.message, ACCEPTED)
    invited.acting.clock += GRACE
    invited.send()
    assert [error for _id, error in invited.acting.actions.undo().refused] == [
        "It has been sent, which cannot be undone."
    ]


def test_SEND_6_an_unknown_outcome_is_told_and_never_sent_again(invited: Invited) -> None:
    invited.service.answer(invited.message, ACCEPTED)
    invited.acting.clock += GRACE
    with Cut(invited.account.smtp.port if invited.account.smtp else 0) as cut:
        invited.post.after_data = cut.cut
        invited.send(cut.port)
    invited.send()
    assert len(invited.post.taken) == 1
    assert invited.state() == "unknown"
    assert invited.acting.actions.refusals() == []  # it is looked for in Sent before the rep is asked
    invited.look()
    (refusal,) = invited.acting.actions.refusals()
    assert "製品デモ" in refusal.text


def test_SEND_6_a_process_that_was_killed_while_sending_sends_nothing_again(invited: Invited) -> None:
    invited.service.answer(invited.message, ACCEPTED)
    with invited.acting.actions.writing.transaction() as connection:
        outgoing.became(connection, 1, outgoing.RUNNING)
    invited.acting.clock += GRACE
    invited.send()
    assert invited.post.taken == []
    assert invited.state() == "unknown"
    invited.look()
    assert "may have arrived" in invited.acting.actions.refusals()[0].text


def test_ACC_4_a_refused_login_forgets_the_secret_and_is_told(invited: Invited) -> None:
    invited.service.answer(invited.message, ACCEPTED)
    invited.acting.clock += GRACE
    forgotten: list[bool] = []
    sender = invited.sender(invited.account, "wrong", lambda: forgotten.append(True))
    Sending(sender, 1, invited.acting.actions.writing).send()
    assert forgotten == [True]
    assert invited.post.taken == []
    assert invited.state() == "refused"
    assert "wrong" not in invited.acting.actions.refusals()[0].text


def test_an_answer_waits_while_the_server_cannot_be_reached(invited: Invited) -> None:
    invited.service.answer(invited.message, ACCEPTED)
    invited.acting.clock += GRACE
    invited.send(free_port())
    assert invited.state() == "pending"
    invited.send()
    assert invited.state() == "pending"  # not at once again
    invited.acting.clock += 30
    invited.send()
    assert invited.state() == "sent"


def test_READ_6_who_was_not_invited_cannot_answer(invited: Invited) -> None:
    with invited.acting.actions.writing.transaction() as connection:
        connection.execute("UPDATE body SET calendar = replace(calendar, '@zylker', '@elsewhere')")
    with pytest.raises(UsageError, match="among those invited"):
        invited.service.answer(invited.message, ACCEPTED)


def test_without_a_server_to_send_by_the_rep_is_told_what_to_write(invited: Invited) -> None:
    invited.service.settings = Settings(None, mailboxes.ME, (invited.acting.account,))
    with pytest.raises(ConfigurationError, match=r"\[account.smtp\]"):
        invited.service.answer(invited.message, ACCEPTED)
