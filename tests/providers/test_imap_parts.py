"""Large messages without their attachments: structures of real mailers, of bounces, and hostile ones."""

import email
import email.policy
import os
from email.message import EmailMessage

import pytest

from salesinbox.formats.message import body
from salesinbox.providers.imap.parts import PART_LIMIT, left_out, rebuilt, structure, wanted, whole_lines
from salesinbox.providers.imap.wire import values
from salesinbox.providers.registry import session
from salesinbox.providers.session import LARGE
from tests.servers import SECRET, Mailbox


def fetch_large(mailbox: Mailbox, raw: bytes) -> tuple[bytes, list[tuple[str, str, bool]]]:
    """What becomes of a large message: (small message, what was left out)."""
    assert len(raw) > LARGE
    mailbox.deliver(raw)
    line = session(mailbox.account(), lambda: SECRET)
    line.connect()
    line.open("INBOX", None)
    uid = line.uids()[-1]
    (fetched,) = line.bodies([(uid, len(raw))])
    line.close()
    return fetched.raw, [(left.name, left.type, left.inline) for left in fetched.left_out]


def blob() -> bytes:
    return os.urandom(250_000)


def test_pictures_in_the_text_stay_on_the_server(dovecot: Mailbox) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "Newsletter"
    message.set_content("plain")
    message.add_alternative('<img src="cid:logo">hello', subtype="html")
    html = message.get_payload()[1]
    html.add_related(blob(), "image", "png", cid="<logo>", filename="logo.png", disposition="inline")
    raw, left = fetch_large(dovecot, message.as_bytes())
    assert left == [("logo.png", "image/png", True)]
    read = body(raw)
    assert "plain" in read.text or "hello" in read.text
    assert "hello" in read.html


def test_a_forwarded_message_stays_on_the_server(dovecot: Mailbox) -> None:
    inner = EmailMessage(policy=email.policy.SMTP)
    inner["Subject"] = "inner"
    inner.set_content("inner text")
    inner.add_attachment(blob(), maintype="application", subtype="zip", filename="x.zip")
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "Fwd: inner"
    message.set_content("see below")
    message.add_attachment(inner)
    raw, left = fetch_large(dovecot, message.as_bytes())
    assert [kind for _, kind, _ in left] == ["message/rfc822"]
    assert "see below" in body(raw).text
    assert b"inner text" not in raw


def test_a_bounce_keeps_what_it_says_to_machines(dovecot: Mailbox) -> None:
    raw = (
        b"From: MAILER-DAEMON@zylker.example\r\nSubject: failed\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nCould not be delivered.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        b"Final-Recipient: rfc822; a@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: original\r\n\r\n"
        + b"x" * 70
        + b"\r\n" * 140_000
        + b"--b--\r\n"
    )
    small, left = fetch_large(dovecot, raw)
    assert [kind for _, kind, _ in left] == ["message/rfc822"]
    parsed = email.message_from_bytes(small)
    assert parsed.get_param("report-type") == "delivery-status"
    assert "Status: 5.1.1" in small.decode()
    assert body(small).bounce


def test_a_message_that_is_one_picture(dovecot: Mailbox) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "scan"
    message.set_content(blob(), "image", "jpeg", filename="請求書.jpg")
    raw, left = fetch_large(dovecot, message.as_bytes())
    assert left == [("請求書.jpg", "image/jpeg", False)]
    assert body(raw).text.strip() == ""
    assert email.message_from_bytes(raw)["Subject"] == "scan"


def test_a_text_over_the_limit_is_cut_at_a_line(dovecot: Mailbox) -> None:
    raw = b"Subject: log\r\n\r\n" + b"0123456789 a line of a log\r\n" * 60_000
    small, left = fetch_large(dovecot, raw)
    assert left == []
    assert PART_LIMIT - 100 < len(small) <= PART_LIMIT + 100
    assert small.endswith(b"a line of a log\r\n")


def test_japanese_text_keeps_its_charset(dovecot: Mailbox) -> None:
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = "見積"
    message.set_content("お見積書をお送りします。\n", charset="iso-2022-jp")
    message.add_attachment(blob(), maintype="application", subtype="pdf", filename="a.pdf")
    raw, _ = fetch_large(dovecot, message.as_bytes())
    assert "お見積書をお送りします。" in body(raw).text


def parsed(written: bytes) -> object:
    return values([written])[0]


@pytest.mark.parametrize(
    "written",
    [
        b"()",
        b"NIL",
        b'("text")',
        b'("text" "plain" NIL NIL NIL "7bit" many 1)',
        b'(("text" "plain" NIL NIL NIL "7bit" 1 1))',
        b"(" * 55 + b'"text"' + b")" * 55,
        b"(" + b'("text" "plain" NIL NIL NIL "7bit" 1 1)' * 600 + b' "mixed")',
    ],
)
def test_structures_that_make_no_sense_are_none(written: bytes) -> None:
    assert structure(parsed(written)) is None


def test_a_hostile_structure_cannot_write_headers() -> None:
    root = structure(
        parsed(
            b'(("text" "plain" ("charset" "x\\r\\nBcc: all") NIL NIL "7bit" 1 1)'
            b'("application" "pdf" ("name" "../../\x1b[31mevil") NIL NIL "base64" 9)'
            b' "mixed\r\nX-Evil: yes" ("report-type" "a\r\nX-Evil: yes"))'
        )
    )
    assert root is not None
    made = rebuilt(root, b"Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=old\r\n\r\n", {"1": (b"", b"hi")})
    assert b"X-Evil" not in made
    assert b"old" not in made
    assert email.message_from_bytes(made)["Subject"] == "x"
    (left,) = left_out(root)
    assert "\x1b" not in left.name


def test_parts_that_were_not_given_are_left_away() -> None:
    root = structure(parsed(b'(("text" "plain" NIL NIL NIL "7bit" 1 1)("text" "html" NIL NIL NIL "7bit" 1 1) "mixed")'))
    assert root is not None
    assert [part.section for part in wanted(root)] == ["1", "2"]
    made = rebuilt(root, b"Subject: x\r\n\r\n", {"2": (b"Content-Type: text/html\r\n\r\n", b"<p>hi</p>")})
    assert [part.get_content_type() for part in email.message_from_bytes(made).get_payload()] == ["text/html"]
    assert email.message_from_bytes(rebuilt(root, b"Subject: x\r\n\r\n", {}))["Subject"] == "x"


def test_cutting_at_a_line() -> None:
    assert whole_lines(b"abc", 10) == b"abc"
    assert whole_lines(b"ab\ncd", 5) == b"ab\n"
    assert whole_lines(b"abcde", 5) == b"abcde"
