"""Mail that leaves is right by other programs' reading, and tells nothing that it should not (SEND-1, SEND-8, SEND-9)."""

import email
import email.policy
import getpass
import random
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import fast_mail_parser
import pytest

from salesinbox.formats import headers, letters, message
from salesinbox.formats.letter_parts import LONGEST_LINE
from salesinbox.model.drafts import File, Letter
from salesinbox.model.errors import UsageError
from salesinbox.model.mail import Address
from tests.hostile import POISON, worst_messages

JST = timezone(timedelta(hours=9))
REP = Address("永田 達郎", "nagata@zylker.example")
CUSTOMER = Address("Smith, John", "john@shop.example")
SUBJECT = "お見積書（第一版）の件につきまして"
TEXT = "お世話になっております。\n永田です。\n\n-- \n永田 達郎\n"
LETTER = Letter(
    sender=REP,
    to=(CUSTOMER,),
    cc=(),
    bcc=(),
    subject=SUBJECT,
    text=TEXT,
    message_id="<6f1c@zylker.example>",
    date=datetime(2026, 11, 12, 10, 42, tzinfo=JST),
)


def parsed(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def leaves(raw: bytes) -> Iterator[EmailMessage]:
    for part in parsed(raw).walk():
        assert not part.defects
        if not part.is_multipart():
            yield part


def well_formed(raw: bytes, *, octets: bool = False) -> bytes:
    """Lines end in CRLF, none is too long, folded ones are short, all is ASCII."""
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\0" not in raw
    assert octets or raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE
    header = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(line.strip() for line in header), "no line of blanks"
    return raw


def built(letter: Letter) -> bytes:
    raw = well_formed(letters.build(letter))
    assert raw == letters.build(letter), "the same letter gives the same octets"
    return raw


# --- header ---------------------------------------------------------------------------------------------------------


def test_SEND_1_a_letter_is_read_by_other_parsers_as_it_was_written() -> None:
    letter = replace(
        LETTER,
        cc=(Address("鈴木, 花子 (部長)", "hanako@例え.jp"), Address("", "plain@shop.example")),
        reply_to="返信先 <reply@zylker.example>",
        in_reply_to="<p@shop.example>",
        references=("<o@shop.example>", "<p@shop.example>"),
    )
    raw = built(letter)
    mail = parsed(raw)
    assert mail["Subject"] == SUBJECT
    assert [(one.display_name, one.addr_spec) for one in mail["To"].addresses] == [("Smith, John", "john@shop.example")]
    assert [(one.display_name, one.addr_spec) for one in mail["Cc"].addresses] == [
        ("鈴木, 花子 (部長)", "hanako@xn--r8jz45g.jp"),
        ("", "plain@shop.example"),
    ]
    assert mail["Reply-To"].addresses[0].addr_spec == "reply@zylker.example"
    assert mail["Date"].datetime == letter.date
    assert str(mail["Date"]).endswith("+0900")
    assert mail["Message-ID"] == "<6f1c@zylker.example>"
    assert mail["In-Reply-To"] == "<p@shop.example>"
    assert mail["References"].split() == ["<o@shop.example>", "<p@shop.example>"]
    assert mail["MIME-Version"] == "1.0"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == TEXT
    other = fast_mail_parser.parse_email(raw)
    assert other.subject == SUBJECT
    assert (other.from_.display_name, other.from_.address) == (REP.name, REP.address)
    assert [one.display_name for one in other.cc] == ["鈴木, 花子 (部長)", None]
    assert other.text_plain[0].replace("\r\n", "\n") == TEXT
    assert not other.warnings
    ours = message.envelope(raw)
    assert (ours.sender, ours.to, ours.subject) == (REP, (CUSTOMER,), SUBJECT)


def test_the_fields_stand_in_the_order_that_people_expect() -> None:
    raw = built(replace(LETTER, cc=(CUSTOMER,), in_reply_to="<a@b>", references=("<a@b>",)))
    names = [name for name, _value in headers.fields(raw)]
    assert names[:8] == [b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references"]


NAMES = [
    "Last, First", "永田, 達郎", "株式会社みなとみらい商事 営業本部 第二営業部 部長 永田 達郎 (Tatsuro Nagata), 担当", 'The "Q"',
    "back\\slash", "(paren)", "semi; colon: at@sign", "O'Brien", "=?utf-8?q?no?=", "Zoë", "👨‍👩‍👧 family", "a" * 300,
    "x <evil@hostile.example>, y", "Group: z;", "Dr. J. Doe", "  blanks  ", "two  blanks", "．", "\ud800 lone", "é" * 200,
    ", ", '"', "株式会社" * 40 + ", <x@y.example>",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", [0, 3, 5])
def test_SEND_8_no_name_can_change_the_list_of_addresses(name: str, before: int) -> None:
    to = (*(Address(f"N{n}", f"n{n}@shop.example") for n in range(before)), Address(name, "a@shop.example"), CUSTOMER)
    raw = built(replace(LETTER, sender=Address(name, REP.address), to=to))
    wanted = [one.address for one in to]
    assert [one.addr_spec for one in parsed(raw)["To"].addresses] == wanted
    assert [one.address for one in fast_mail_parser.parse_email(raw).to] == wanted
    assert [one.address for one in message.envelope(raw).to] == wanted
    assert message.envelope(raw).sender.address == REP.address
    shown = " ".join(name.replace("\ud800", "\ufffd").split())
    # The standard library's reader puts a blank between encoded words that belong together.
    assert "".join(parsed(raw)["To"].addresses[before].display_name.split()) == shown.replace(" ", "")
    if name.strip() and not name.startswith("=?"):
        assert " ".join((fast_mail_parser.parse_email(raw).to[before].display_name or "").split()) == shown


def test_SEND_2_three_hundred_japanese_recipients() -> None:
    to = tuple(Address(f"山田, 太郎{n} (営業部)", f"yamada{n}@shop.example") for n in range(300))
    raw = built(replace(LETTER, to=to))
    assert [(one.display_name, one.addr_spec) for one in parsed(raw)["To"].addresses] == [
        (o.name, o.address) for o in to
    ]
    assert message.envelope(raw).to == to
    header = raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, header.split(b"\r\n"))) <= 78


SUBJECTS = [
    "", "Re: Hello", "x" * 5_000, "very " * 400, "件名" * 500, "  blanks  ", "two  blanks", "=?utf-8?q?x?=", "Zoë?=",
    "a" * 70 + " " + "b" * 70, "😀" * 100, "See https://shop.example/" + "path/" * 30, "Ünïcödé " * 50, "a,b;c:d@e", "\ud83d",
    " x", "end ", "日本語 and English " * 20,
]  # fmt: skip


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_arrives_whole_and_folded(subject: str) -> None:
    raw = built(replace(LETTER, subject=subject))
    wanted = subject.replace("\ud83d", "\ufffd")
    assert str(parsed(raw)["Subject"]).strip() == wanted.strip()
    if len(wanted) < headers.MAX_TEXT and "  " not in wanted:
        assert message.envelope(raw).subject == wanted.strip()
    assert parsed(raw)["Date"] is not None, "nothing of it became another field"
    assert max(map(len, raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


BREAKS = ["a\nb", "a\r\nBcc: x@y.example", "a\rb", "\n", "a\x0bb", "a\x0cb", "a\x85b", "a\u2028b", "a\u2029b", "a\0b", "a\x1b[31m", "a\tb", "a\x7f"]  # fmt: skip


@pytest.mark.parametrize("value", BREAKS)
def test_SEND_8_line_breaks_in_any_field_are_refused_by_its_name(value: str) -> None:
    for field, letter in (
        ("Subject", replace(LETTER, subject=value)),
        ("From", replace(LETTER, sender=Address(value, REP.address))),
        ("From", replace(LETTER, sender=Address("", f"{value}@zylker.example"))),
        ("To", replace(LETTER, to=(Address(value, "a@b.example"),))),
        ("To", replace(LETTER, to=(Address("", f"{value}@b.example"),))),
        ("Cc", replace(LETTER, cc=(Address(value, "a@b.example"),))),
        ("Bcc", replace(LETTER, bcc=(Address(value, "a@b.example"),))),
        ("Reply-To", replace(LETTER, reply_to=value)),
        ("Message-ID", replace(LETTER, message_id=f"<{value}@b>")),
        ("In-Reply-To", replace(LETTER, in_reply_to=f"<{value}@b>")),
        ("References", replace(LETTER, references=(f"<{value}@b>",))),
        ("file name", replace(LETTER, files=(File(value, "text/plain", b""),))),
    ):
        with pytest.raises(UsageError, match=field) as caught:
            letters.build(letter)
        assert "\n" not in str(caught.value)
        assert "\x1b" not in str(caught.value)


def test_SEND_8_bcc_leaves_in_no_copy_to_others() -> None:
    letter = replace(LETTER, bcc=(Address("Secret", "secret@shop.example"),))
    raw = built(letter)
    assert b"bcc" not in raw.lower()
    assert b"secret" not in raw.lower()
    assert parsed(letters.build(letter, draft=True))["Bcc"].addresses[0].addr_spec == "secret@shop.example"


def test_SEND_8_a_letter_to_bcc_alone_names_nobody() -> None:
    raw = built(replace(LETTER, to=(), bcc=(CUSTOMER,)))
    assert parsed(raw)["To"].addresses == ()
    assert message.envelope(raw).to == ()
    assert b"john" not in raw


def test_nothing_of_the_machine_leaks() -> None:
    letter = replace(
        LETTER,
        markdown=True,
        files=(File("/home/nagata/secret-folder/a.pdf", "application/pdf", b"x"), File(r"C:\Users\tn\b.txt", "", b"y")),
    )
    raw = built(letter).lower()
    for leak in (socket.gethostname(), getpass.getuser() if getpass.getuser() != "root" else "/root", str(Path.cwd())):
        assert leak.lower().encode() not in raw
    for leak in (
        b"secret-folder",
        b"c:\\",
        b"users",
        b"python",
        b"x-mailer",
        b"user-agent",
        b"salesinbox",
        b"received",
    ):
        assert leak not in raw
    assert [part.get_filename() for part in leaves(letters.build(letter)) if part.get_filename()] == ["a.pdf", "b.txt"]


def test_a_long_conversation_keeps_its_ends() -> None:
    chain = tuple(f"<{n}.{'x' * 60}@shop.example>" for n in range(200))
    raw = built(replace(LETTER, references=chain, in_reply_to=chain[-1]))
    kept = parsed(raw)["References"].split()
    assert kept[0] == chain[0]
    assert kept[-1] == chain[-1]
    assert 20 <= len(kept) <= 50
    assert message.envelope(raw).references[-1] == chain[-1]


def test_ids_that_other_programs_made_up_do_not_stop_an_answer() -> None:
    raw = built(replace(LETTER, references=("<a b@c>", "<日本@c>", "none", "<" + "x" * 2_000 + "@c>", "<ok@c>")))
    assert parsed(raw)["References"] == "<ok@c>"


def test_SEND_2_a_local_part_in_other_letters_goes_as_utf8() -> None:
    raw = well_formed(letters.build(replace(LETTER, to=(Address("用户", "用户@例え.jp"), CUSTOMER))), octets=True)
    assert "<用户@xn--r8jz45g.jp>".encode() in raw
    assert [one.address for one in message.envelope(raw).to] == ["用户@xn--r8jz45g.jp", "john@shop.example"]
    assert [one.address for one in fast_mail_parser.parse_email(raw).to] == ["用户@xn--r8jz45g.jp", "john@shop.example"]


def test_an_address_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no-address"):
        letters.build(replace(LETTER, to=(Address("X", "no-address"),)))
    with pytest.raises(UsageError, match="not one"):
        letters.build(replace(LETTER, reply_to="not one"))


def test_the_date_has_the_offset_of_its_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for month, offset in ((1, "+0100"), (7, "+0200")):
        raw = built(replace(LETTER, date=datetime(2026, month, 5, 9, 0, tzinfo=berlin)))
        assert str(parsed(raw)["Date"]).endswith(f"09:00:00 {offset}")


# --- content --------------------------------------------------------------------------------------------------------

TEXTS = [
    "", "\n", "Hello.\n", "Hello.", "x" * 100_000, "word " * 20_000, "日本語" * 20_000, "From here\nFrom there\n", ".\n..\n.x\n",
    "trailing   \nblank \n", "tab\there\n", "a\r\nb\rc\nd", "\0nul\0", "\ud800", "😀👨‍👩‍👧🇯🇵", "=3D=\n=", "--\n-- \n", POISON, "é" * 998,
    "\n" * 2_000, "a" * 78, "a" * 79, "\x0c\x0b", "x" * 998 + "\n" + "y" * 999, "--=_x\n--=_x--\n",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("markdown", [False, True])
def test_every_text_arrives_as_it_was_typed(text: str, markdown: bool) -> None:
    files = (File("a.bin", "application/octet-stream", bytes(range(256))),) if markdown else ()
    raw = built(replace(LETTER, text=text, markdown=markdown, files=files))
    wanted = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    plain = next(leaves(raw))
    assert plain.get_content_type() == "text/plain"
    content = plain.get_payload(decode=True).decode().replace("\r\n", "\n")
    assert content in (wanted, f"{wanted}\n")
    assert plain["Content-Transfer-Encoding"] in ("7bit", "quoted-printable", "base64")
    assert max(map(len, raw.split(b"\r\n"))) <= 78, "no relay has a reason to break a line"


def test_paragraphs_are_not_broken_and_not_flowed() -> None:
    paragraph = "A paragraph that goes on and on. " * 20
    raw = built(replace(LETTER, text=f"{paragraph}\n"))
    assert b"flowed" not in raw
    assert fast_mail_parser.parse_email(raw).text_plain[0].rstrip("\r\n") == paragraph


def test_the_shorter_encoding_is_taken() -> None:
    assert next(leaves(built(replace(LETTER, text="Hello.\n"))))["Content-Transfer-Encoding"] == "7bit"
    assert (
        next(leaves(built(replace(LETTER, text="Zoë writes a short letter.\n"))))["Content-Transfer-Encoding"]
        == "quoted-printable"
    )
    assert next(leaves(built(replace(LETTER, text="日本語の本文です。\n"))))["Content-Transfer-Encoding"] == "base64"


def test_SEND_1_markdown_goes_as_typed_and_as_html() -> None:
    raw = built(replace(LETTER, text="**太字** です。\n", markdown=True))
    mail = parsed(raw)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in leaves(raw)] == ["text/plain", "text/html"]
    assert "**太字** です。" in fast_mail_parser.parse_email(raw).text_plain[0]
    assert "<strong>太字</strong>" in fast_mail_parser.parse_email(raw).text_html[0]


FILE_NAMES = [
    "見積書.pdf", "見積書 2026年度 株式会社みなとみらい商事御中 第一版 最終版（修正済み）.xlsx", 'quote".txt', "semi;colon=x.txt", "a b.txt",
    "é" * 120 + ".txt", "x" * 240 + ".txt", "😀.png", "100%.txt", "back'tick'.txt", ".hidden", "no-ending", "あ" * 80 + ".docx",
]  # fmt: skip


@pytest.mark.parametrize("name", FILE_NAMES)
def test_SEND_9_file_names_arrive(name: str) -> None:
    raw = built(replace(LETTER, files=(File(name, "application/pdf", b"%PDF-1.7"), File("b.txt", "text/plain", b"b"))))
    assert [part.get_filename() for part in leaves(raw)] == [None, name, "b.txt"]
    assert [one.filename for one in fast_mail_parser.parse_email(raw).attachments] == [name, "b.txt"]
    if len(name) < 200 and "😀" not in name and not name.startswith("."):
        assert [one.name for one in message.body(raw).attachments] == [name, "b.txt"]


def test_SEND_9_files_arrive_octet_for_octet() -> None:
    content = random.Random(9).randbytes(100_000)
    raw = built(replace(LETTER, files=(File("a.txt", "text/plain", content), File("b.html", "text/html", b"<b>\n"))))
    first, second = fast_mail_parser.parse_email(raw).attachments
    assert first.content == content
    assert (second.content, second.mimetype) == (b"<b>\n", "text/html")
    assert {part.get_content_disposition() for part in leaves(raw)} == {None, "attachment"}
    assert message.body(raw).text == TEXT.rstrip()


@pytest.mark.parametrize("kind", ["", "nonsense", "a/b; charset=x", "multipart/mixed", "message/partial", "x/\r\ny", "IMAGE/PNG", "*/*"])  # fmt: skip
def test_SEND_9_odd_types_of_files_do_no_harm(kind: str) -> None:
    raw = built(replace(LETTER, files=(File("a.bin", kind, b"\0\xff"),)))
    _text, file = leaves(raw)
    assert file.get_payload(decode=True) == b"\0\xff"
    assert file.get_content_type() in ("application/octet-stream", "a/b", "image/png")


def test_SEND_9_a_japanese_text_file_says_its_charset() -> None:
    raw = built(
        replace(
            LETTER, files=(File("a.csv", "text/csv", "あ\n".encode()), File("b.csv", "text/csv", "あ".encode("cp932")))
        )
    )
    assert [part.get_content_charset() for part in leaves(raw)] == ["utf-8", "utf-8", None]


def test_SEND_9_a_message_is_attached_as_one() -> None:
    inner = b"From: a@shop.example\r\nSubject: Inner\r\n\r\nhello\r\n--=_x\r\n"
    raw = built(replace(LETTER, files=(File("Inner.eml", "message/rfc822", inner),)))
    tree = fast_mail_parser.parse_email_tree(raw)
    assert tree.children[1].is_message
    assert raw.count(inner) == 1, "untouched"
    assert parsed(raw).get_payload()[1]["Content-Transfer-Encoding"] == "7bit"
    assert message.body(raw).attachments[0].type == "message/rfc822"


@pytest.mark.parametrize("inner", ["Subject: x\r\n\r\nünï".encode(), b"Subject: x\r\n\r\n" + b"y" * 999, b"Subject: x\r\n\r\na\rb", b"", b"no message", b"Subject: x\r\n\r\n\0"])  # fmt: skip
def test_SEND_9_a_message_that_needs_encoding_goes_as_a_file(inner: bytes) -> None:
    raw = built(replace(LETTER, files=(File("Inner.eml", "message/rfc822", inner),)))
    (file,) = fast_mail_parser.parse_email(raw).attachments
    assert (file.mimetype, file.filename, file.content) == ("application/octet-stream", "Inner.eml", inner)


def test_SEND_9_a_letter_that_holds_its_own_boundary_is_not_torn_apart() -> None:
    sent = built(replace(LETTER, markdown=True, files=(File("a.txt", "text/plain", b"a"),)))
    raw = built(replace(LETTER, markdown=True, files=(File("sent.eml", "message/rfc822", sent),)))
    assert raw.count(sent) == 1
    tree = fast_mail_parser.parse_email_tree(raw)
    assert [child.content_type for child in tree.children] == ["multipart/alternative", "message/rfc822"]


def test_SEND_9_the_worst_messages_can_be_passed_on() -> None:
    for name, worst in worst_messages().items():
        if len(worst) > 300_000:
            continue
        raw = built(replace(LETTER, files=(File(f"{name}.eml", "message/rfc822", worst),)))
        assert message.body(raw).text == TEXT.rstrip()
        assert [one.name for one in message.body(raw).attachments] == [f"{name}.eml"]


# --- redirect, ids --------------------------------------------------------------------------------------------------

ORIGINAL = (
    b"Return-Path: <bounce@shop.example>\r\nDelivered-To: nagata@zylker.example\r\nX-Original-To: sales@zylker.example\r\n"
    b"Received: from mx.shop.example by mx.zylker.example\r\n for <nagata@zylker.example>; Thu, 12 Nov 2026 10:00:00 +0900\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example;\r\n\tb=abc\r\n"
    b"From: John <john@shop.example>\r\nTo: sales@zylker.example\r\nBCC: hidden@shop.example,\r\n hidden2@shop.example\r\n"
    b"Resent-Bcc: hidden3@shop.example\r\nSubject:  odd   spacing \r\nMessage-ID: <orig@shop.example>\r\n"
    b"X-SalesInbox-State: eyJ9\r\nContent-Type: text/plain\r\n\r\nBody  \r\n.\r\nBcc: not a field\r\n"
)


def test_SEND_1_redirect_passes_a_message_on_untouched() -> None:
    raw = letters.redirected(
        ORIGINAL, REP, (Address("鈴木", "suzuki@例え.jp"),), (CUSTOMER,), "<r@zylker.example>", LETTER.date
    )
    well_formed(raw)
    mail = parsed(raw)
    assert [name for name, _value in headers.fields(raw)][:5] == [
        b"resent-date", b"resent-from", b"resent-to", b"resent-cc", b"resent-message-id",
    ]  # fmt: skip
    assert mail["Resent-To"].addresses[0].addr_spec == "suzuki@xn--r8jz45g.jp"
    assert mail["Resent-Message-ID"] == "<r@zylker.example>"
    assert mail["From"] == "John <john@shop.example>"
    assert mail["Message-ID"] == "<orig@shop.example>"
    assert b"hidden" not in raw
    for gone in ("Return-Path", "Delivered-To", "X-Original-To", "Bcc", "Resent-Bcc", "X-SalesInbox-State"):
        assert gone not in mail
    kept = ORIGINAL[ORIGINAL.index(b"Received:") : ORIGINAL.index(b"To: sales")]
    assert kept in raw
    assert b"Subject:  odd   spacing \r\n" in raw
    assert raw.endswith(b"\r\n\r\nBody  \r\n.\r\nBcc: not a field\r\n")


def test_SEND_8_redirect_refuses_line_breaks_and_smuggling() -> None:
    with pytest.raises(UsageError, match="Resent-To"):
        letters.redirected(
            ORIGINAL, REP, (Address("a\nBcc: x@y.example", "a@b.example"),), (), "<r@z.example>", LETTER.date
        )
    raw = letters.redirected(b"Subject: x\n\na\r.\n.\r\nb", REP, (CUSTOMER,), (), "<r@z.example>", LETTER.date)
    assert raw.endswith(b"Subject: x\r\n\r\na\r\n.\r\n.\r\nb")


def test_SEND_1_the_worst_messages_can_be_redirected() -> None:
    for worst in worst_messages().values():
        raw = letters.redirected(worst, REP, (CUSTOMER,), (), "<r@zylker.example>", LETTER.date)
        found = dict(headers.fields(raw))
        assert found[b"resent-to"].endswith(b"<john@shop.example>")
        assert b"\r" not in raw.replace(b"\r\n", b"")
        assert b"\n" not in raw.replace(b"\r\n", b"")


def test_a_message_id_names_the_domain_and_nothing_else() -> None:
    assert letters.message_id("nagata@例え.jp", "6f1c-77") == "<6f1c-77@xn--r8jz45g.jp>"
    assert letters.message_id("rep@localhost", "k.1") == "<k.1@localhost>"
    for key in ("", "a b", "a\nb", "a>b", "é", "a..b", "x" * 300):
        with pytest.raises(UsageError):
            letters.message_id("nagata@zylker.example", key)
