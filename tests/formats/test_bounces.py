"""Bounces as servers really write them: whom they are about, why, and which message they give back (READ-8)."""

import pytest

from salesinbox.formats.message import body
from salesinbox.model.mail import BounceReport, Delivery
from tests.formats.test_text import harmless
from tests.hostile import worst_messages

SENT = "<sent-1@zylker.example>"


def report_of(raw: bytes) -> BounceReport:
    found = body(raw).report
    assert found is not None
    return found


def mail(head: str, text: str, charset: str = "utf-8") -> bytes:
    fields = f"{head}\nTo: rep@zylker.example\nContent-Type: text/plain; charset={charset}\n\n"
    return (fields + text).replace("\n", "\r\n").encode(charset)


def dsn(*groups: str, returned: str = f"Message-ID: {SENT}\nSubject: offer\n", kind: str = "message/rfc822") -> bytes:
    status = "\n\n".join(("Reporting-MTA: dns; mx.zylker.example", *groups))
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.zylker.example>\nSubject: Undelivered Mail Returned to Sender\n"
        "To: rep@zylker.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n"
        "--B\n\nSorry: <someone.else@x.example>: no such user\n\n"
        f"--B\nContent-Type: message/delivery-status\n\n{status}\n\n"
        f"--B\nContent-Type: {kind}\n\n{returned}\n--B--\n"
    ).encode()


def test_READ_8_a_report_names_each_recipient_its_state_and_the_sent_message() -> None:
    found = report_of(
        dsn(
            "Final-Recipient: rfc822; nagata@Minato.example\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 5.1.1 <nagata@minato.example>:\n Recipient address rejected",
            "Original-Recipient: rfc822;sales@minato.example\nFinal-Recipient: rfc822; a17@box.minato.example\n"
            "Action: delayed\nStatus: 4.4.1 (no answer)",
            "Final-Recipient: RFC822; ok@minato.example\nAction: relayed\nStatus: 2.0.0",
        )
    )
    assert found == BounceReport(
        SENT,
        (
            Delivery(
                "nagata@minato.example",
                "failed",
                "5.1.1",
                "550 5.1.1 <nagata@minato.example>: Recipient address rejected",
            ),
            Delivery("sales@minato.example", "delayed", "4.4.1", ""),
            Delivery("ok@minato.example", "delivered", "2.0.0", ""),
        ),
    )


def test_READ_8_a_delay_is_no_bounce_but_is_told() -> None:
    found = body(dsn("Final-Recipient: rfc822; a@x.example\nAction: delayed\nStatus: 4.2.2"))
    assert not found.bounce
    assert found.report == BounceReport(SENT, (Delivery("a@x.example", "delayed", "4.2.2"),))


def test_READ_8_a_report_without_an_action_goes_by_its_status() -> None:
    (one,) = report_of(dsn("Final-Recipient: rfc822; a@x.example\nStatus: 5.2.2")).recipients
    assert (one.state, one.status) == ("failed", "5.2.2")


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_READ_8_the_sent_message_is_found_in_each_form_of_return(kind: str) -> None:
    assert report_of(dsn("Final-Recipient: rfc822; a@x.example\nAction: failed", kind=kind)).message_id == SENT


def test_READ_8_an_answer_that_returns_nothing_is_tied_by_what_it_answers() -> None:
    raw = dsn("Final-Recipient: rfc822; a@x.example\nAction: failed", returned="Subject: x\n")
    raw = raw.replace(b"Subject: Undelivered", b"References: <other@x>\n " + SENT.encode() + b"\nSubject: Undelivered")
    assert report_of(raw).message_id == SENT


QMAIL = f"""\
Hi. This is the qmail-send program at mx.old.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<nagata@minato.example>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 User unknown
Giving up on 192.0.2.7.

<gone@minato.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <rep@zylker.example>
Message-ID: {SENT}
To: nagata@minato.example, cc@third.example
"""

EXIM = f"""\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  nagata@minato.example
    host mx.minato.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<nagata@minato.example>:
    550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

Message-ID: {SENT}
"""

POSTFIX = f"""\
This is the mail system at host mx.zylker.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<nagata@minato.example>: host mx.minato.example[192.0.2.7] said: 550 5.1.1
    <nagata@minato.example>: User unknown (in reply to RCPT TO command)

Message-Id: {SENT}
"""

EXCHANGE = f"""\
Delivery has failed to these recipients or groups:

永田 達郎 (nagata@minato.example)
The email address you entered couldn't be found. Please check the recipient's
email address and try to resend the message.

Diagnostic information for administrators:

Generating server: EXCH01.minato.example

nagata@minato.example
Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'

Original message headers:

Received: from EXCH02.minato.example
Message-ID: {SENT}
"""

SENDMAIL = f"""\
The original message was received at Thu, 1 Oct 2026 10:00:00 +0900
from [192.0.2.1]

   ----- The following addresses had permanent fatal errors -----
<nagata@minato.example>
    (reason: 550 5.1.1 User unknown)

   ----- Original message follows -----

Message-ID: {SENT}
"""

DOCOMO = f"""\
次のあて先へのメッセージはエラーのため送信できませんでした。

<nagata@docomo.example>
送信先メールアドレスが見つかりません。
550 Unknown user nagata@docomo.example

Message-ID: {SENT}
"""

AU = f"""\
Your message could not be delivered.
宛先不明のため、以下の宛先にメールを配信できませんでした。

宛先: nagata@ezweb.example
理由: 550 5.1.1 : User unknown

---- 元のメッセージ ----
Message-ID: {SENT}
"""

YAHOO = f"""\
Sorry, we were unable to deliver your message to the following address.

<nagata@yahoo.example>:
Remote host said: 554 5.7.9 Message not accepted for policy reasons

--- Original message follows.

Message-ID: {SENT}
"""


@pytest.mark.parametrize(
    ("sender", "subject", "text", "recipients", "status", "words"),
    [
        ("MAILER-DAEMON@mx.old.example", "failure notice", QMAIL, ["nagata@minato.example", "gone@minato.example"], "5.1.1", "User unknown"),
        ("Mailer-Daemon@mx.example", "Mail delivery failed: returning message to sender", EXIM, ["nagata@minato.example"], "5.1.1", "User unknown"),
        ("MAILER-DAEMON@mx.example", "Undelivered Mail Returned to Sender", POSTFIX, ["nagata@minato.example"], "5.1.1", "User unknown"),
        ("postmaster@minato.example", "Undeliverable: お見積り", EXCHANGE, ["nagata@minato.example"], "5.1.1", "couldn't be found"),
        ("MAILER-DAEMON@mx.example", "Returned mail: see transcript for details", SENDMAIL, ["nagata@minato.example"], "5.1.1", "User unknown"),
        ("MAILER-DAEMON@docomo.example", "Mail System Error - Returned Mail", DOCOMO, ["nagata@docomo.example"], "550", "送信先メールアドレスが見つかりません。"),
        ("Postmaster@ezweb.example", "送信エラー", AU, ["nagata@ezweb.example"], "5.1.1", "User unknown"),
        ("MAILER-DAEMON@yahoo.example", "failure notice", YAHOO, ["nagata@yahoo.example"], "5.7.9", "policy reasons"),
    ],
    ids=["qmail", "exim", "postfix", "exchange", "sendmail", "docomo", "au", "yahoo"],
)  # fmt: skip
def test_READ_8_bounces_for_people_are_read(
    sender: str, subject: str, text: str, recipients: list[str], status: str, words: str
) -> None:
    charset = "iso-2022-jp" if "エラー" in text else "utf-8"
    found = body(mail(f"From: {sender}\nSubject: {subject}", text, charset))
    assert found.bounce
    assert found.report is not None
    assert found.report.message_id == SENT
    assert [one.recipient for one in found.report.recipients] == recipients
    first = found.report.recipients[0]
    assert (first.state, first.status) == ("failed", status)
    assert words in first.detail


def test_READ_8_gmail_names_the_recipient_in_a_field() -> None:
    raw = mail(
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>\nX-Failed-Recipients: nagata@minato.example\n"
        f"In-Reply-To: {SENT}\nSubject: Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to nagata@minato.example because the address couldn't "
        "be found.\n\nThe response was:\n\n550 5.1.1 The email account that you tried to reach does not exist.\n",
    )
    assert report_of(raw) == BounceReport(
        SENT, (Delivery("nagata@minato.example", "failed", "5.1.1", "because the address couldn't be found."),)
    )


def test_READ_8_an_address_of_the_server_is_no_recipient() -> None:
    raw = mail(
        "From: MAILER-DAEMON@mx.example\nSubject: failure notice",
        "This is the mail system at host mx.\n\nFor help write to <postmaster@mx.example>\n\nrep@zylker.example\n\n"
        "I could not reach <nagata@minato.example> at all: 192.0.2.55 said 421.\n",
    )
    (one,) = report_of(raw).recipients
    assert one.recipient == "nagata@minato.example"
    assert one.status == ""


def test_READ_3_a_hostile_report_is_harmless_and_bounded() -> None:
    found = report_of(
        dsn(
            "Final-Recipient: rfc822; a\x1b[31m@x.example\nAction: \x1b]0;x\x07\nStatus: 9.9.9\n"
            "Diagnostic-Code: smtp; \x1b[31mred\u202e",
            *(f"Final-Recipient: rfc822; p{n}@x.example\nAction: failed" for n in range(3000)),
            returned="Message-ID: <\x1b[31m@x>\n",
        )
    )
    assert len(found.recipients) == 500
    for one in found.recipients:
        assert harmless(one.recipient + one.state + one.status + one.detail)
    assert harmless(found.message_id)


@pytest.mark.parametrize(
    "text", ["<" * 50_000, "a@" * 25_000, "x" * 49_000 + "@", " (" * 25_000, ("a" * 60 + "\n") * 800, "a@b" * 16_000]
)
def test_READ_3_a_hostile_text_is_read_in_no_time(text: str) -> None:
    body(mail("From: MAILER-DAEMON@mx.example\nSubject: failure notice", text))


@pytest.mark.parametrize("name", worst_messages())
def test_READ_8_the_worst_messages_are_no_reports(name: str) -> None:
    assert body(worst_messages()[name]).report is None


def test_READ_8_an_ordinary_letter_has_no_report() -> None:
    assert body(mail(f"From: ann@x.example\nSubject: failure notice\nIn-Reply-To: {SENT}", QMAIL)).report is None
