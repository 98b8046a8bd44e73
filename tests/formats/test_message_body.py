"""Bodies as they really come: what is read, what is attached, what it is."""

from base64 import b64encode
from email.message import EmailMessage

import pytest

from salesinbox.formats.message import MAX_TEXT, body, file_name
from salesinbox.model.mail import Attachment, Body
from tests.formats.test_text import harmless
from tests.hostile import MARKUP, worst_messages

WORST = worst_messages()


def body_of(content_type: bytes, content: bytes, *more: bytes) -> Body:
    head = b"\r\n".join([b"Content-Type: " + content_type, *more])
    return body(head + b"\r\n\r\n" + content)


@pytest.mark.parametrize("name", WORST)
def test_READ_3_the_worst_bodies_are_read_without_harm(name: str) -> None:
    found = body(WORST[name])
    assert harmless(found.text, allowed="\n")
    assert harmless(found.preview)
    assert len(found.preview) <= 200
    assert len(found.text) <= MAX_TEXT + 100
    found.text.encode("utf-8")
    found.html.encode("utf-8")
    for attachment in found.attachments:
        assert harmless(attachment.name + attachment.type)
        assert "/" not in attachment.name
        assert attachment.part


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("broken-boundary", "first part"),
        ("wrong-boundary", "still readable"),
        ("no-boundary", "still readable"),
        ("unknown-charset", "お世話になっております。"),
        ("wrong-charset", "お世話になっております。永田です。"),
        ("header-only", ""),
        ("empty", ""),
        ("duplicate-id-1", "the first"),
        ("markup", MARKUP),
        ("nul", "one\ufffdtwo\n\ufffdthree"),
        ("base64-garbage", "Hello world"),
        ("quoted-printable-garbage", "café =ZZ \ufffd \ufffd[31m"),
        ("cut-character", "本文が途中で\ufffd"),
        ("raw-shift-jis", "お世話になっております。"),
        ("vendor-jis", "①㈱日本 ﾃｽﾄ"),
        ("gb18030-as-gb2312", "请查收附件中的报价单，镕㐀。"),
        ("html-tables", "deep in tables"),
        ("path-attachment", "see file"),
        ("winmail", "from Outlook"),
        ("leading-space", "Hello."),
        ("mbox-line", "Hello."),
        ("no-colon-header", "Hello."),
        ("line-ends", "one\ntwo\nthree\nfour\n\nfive"),
    ],
)
def test_READ_4_what_is_shown_of_the_worst(name: str, shown: str) -> None:
    assert body(WORST[name]).text == shown


JAPANESE = "いつもお世話になっております。株式会社みなとみらい商事の永田です。"


@pytest.mark.parametrize(
    ("text", "charset", "label"),
    [
        (JAPANESE, "iso2022_jp", "ISO-2022-JP"),
        (JAPANESE + "①㈱ﾃｽﾄ", "cp932", "Shift_JIS"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        (JAPANESE, "euc_jp", "ISO-2022-JP"),
        (JAPANESE, "cp932", "UTF-8"),
        (JAPANESE, "euc_jp", "Shift_JIS"),
        (JAPANESE, "utf-8", "Shift_JIS"),
        (JAPANESE, "utf-8", "us-ascii"),
        (JAPANESE, "utf-8", "iso-8859-1"),
        (JAPANESE, "iso2022_jp", "UTF-8"),
        (JAPANESE, "iso2022_jp", ""),
        (JAPANESE, "cp932", ""),
        (JAPANESE, "euc_jp", ""),
        ("请查收附件中的报价单，谢谢。", "gb18030", "gb2312"),
        ("请查收附件中的报价单，谢谢。", "gb18030", ""),
        ("報價單請查收，謝謝您的來信。", "big5", "big5"),
        ("Привет, как дела сегодня?", "koi8_r", "koi8-r"),
        ("Привет, как дела сегодня?", "koi8_r", ""),
        ("Привет, как дела сегодня?", "cp1251", ""),
        ("Grüße aus Köln – schöne Woche", "cp1252", "windows-1252"),
        ("Grüße aus Köln – schöne Woche", "cp1252", "iso-8859-1"),
        ("Grüße aus Köln", "cp1252", ""),
        ("견적서를 보내 드립니다", "cp949", "ks_c_5601-1987"),
        ("日本語", "utf-16", "utf-16"),
        ("日本語", "utf-7", "utf-7"),
    ],
)
def test_READ_4_every_charset_of_real_mail_is_read(text: str, charset: str, label: str) -> None:
    content_type = b"text/plain" + (f'; charset="{label}"'.encode() if label else b"")
    found = body_of(content_type, b64encode(text.encode(charset)), b"Content-Transfer-Encoding: base64")
    assert found.text == text


def test_READ_4_vendor_rows_of_euc_jp() -> None:
    assert body_of(b"text/plain; charset=euc-jp", b"\xad\xa1\xad\xea\xc6\xfc\xcb\xdc").text == "①㈱日本"


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("plain words\n")
    message.add_alternative("<p>html <b>words</b></p>", subtype="html")
    return message


def test_READ_2_plain_text_is_preferred_and_html_is_kept() -> None:
    found = body(letter().as_bytes())
    assert found.text == "plain words"
    assert "<b>words</b>" in found.html


def test_READ_2_html_alone_is_read_as_text() -> None:
    found = body_of(b"text/html; charset=utf-8", b"<h1>Hi</h1><p>there</p>")
    assert found.text == "# Hi\n\nthere"


def test_READ_2_an_empty_plain_part_gives_way_to_html() -> None:
    found = body_of(
        b"multipart/alternative; boundary=B",
        b"--B\r\n\r\n \r\n--B\r\nContent-Type: text/html\r\n\r\n<p>real</p>\r\n--B--\r\n",
    )
    assert found.text == "real"


def test_READ_5_attachments_have_name_type_size_and_section() -> None:
    message = letter()
    message.add_attachment(b"x" * 1000, maintype="application", subtype="pdf", filename="見積書.pdf")
    message.add_attachment("note", filename="note.txt")
    assert body(message.as_bytes()).attachments == (
        Attachment("見積書.pdf", "application/pdf", 1000, "2"),
        Attachment("note.txt", "text/plain", 5, "3"),
    )
    assert body(message.as_bytes()).text == "plain words"


def test_READ_5_an_image_within_the_html_is_inline() -> None:
    found = body_of(
        b"multipart/related; boundary=B",
        b"--B\r\nContent-Type: text/html\r\n\r\n<img src=cid:a>hello\r\n--B\r\nContent-Type: image/png; name=a.png\r\n"
        b"Content-ID: <a>\r\n\r\nPNG\r\n--B--\r\n",
    )
    assert found.attachments == (Attachment("a.png", "image/png", 3, "2", inline=True),)


def test_READ_5_names_lose_paths_and_overrides() -> None:
    assert [one.name for one in body(WORST["path-attachment"]).attachments] == ["passwd", "invoicefdp.exe", "con.txt"]
    assert file_name("..") == ""
    assert len(file_name("あ" * 500 + ".pdf")) <= 200
    assert file_name("あ" * 500 + ".pdf").endswith(".pdf")


@pytest.mark.parametrize(
    "parameter",
    [
        b"filename*=utf-8''%E8%A6%8B%E7%A9%8D.pdf",
        b"filename*0*=utf-8''%E8%A6%8B;\r\n filename*1*=%E7%A9%8D;\r\n filename*2=.pdf",
        b'filename="=?utf-8?B?6KaL56mNLnBkZg==?="',
        b"filename==?iso-2022-jp?B?GyRCOCtAURsoQi5wZGY=?=",
        b'filename="' + "見積.pdf".encode("cp932") + b'"',
        b'filename="' + "見積.pdf".encode() + b'"',
    ],
)
def test_READ_5_file_names_however_they_are_encoded(parameter: bytes) -> None:
    found = body_of(
        b"application/pdf",
        b"x",
        b"Content-Disposition: attachment;\r\n " + parameter,
    )
    assert [one.name for one in found.attachments] == ["見積.pdf"]


def test_a_forwarded_message_is_an_attachment_of_its_own() -> None:
    found = body_of(
        b"multipart/mixed; boundary=B",
        b"--B\r\n\r\nsee below\r\n--B\r\nContent-Type: message/rfc822\r\n\r\nSubject: the offer\r\n\r\ninner words\r\n--B--\r\n",
    )
    assert found.text == "see below"
    assert [(one.name, one.type, one.part) for one in found.attachments] == [("the offer.eml", "message/rfc822", "2")]


def test_what_stayed_on_the_server_is_listed() -> None:
    left = Attachment("film.mp4", "video/mp4", 90_000_000, "2")
    assert body(b"Subject: x\r\n\r\nhi", (left,)).attachments == (left,)


def test_READ_6_an_invitation_is_known_as_one() -> None:
    found = body_of(
        b"multipart/alternative; boundary=B",
        b"--B\r\n\r\ncome\r\n--B\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--B--\r\n",
    )
    assert found.invitation
    assert found.text == "come"
    assert "VCALENDAR" not in found.text


def report(action: bytes) -> bytes:
    return (
        b"From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n--B\r\n\r\nSorry.\r\n"
        b"--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: "
        + action
        + b"\r\nStatus: 5.1.1\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: mine\r\n--B--\r\n"
    )


@pytest.mark.parametrize(
    ("raw", "bounce"),
    [
        (report(b"failed"), True),
        (report(b"delayed"), False),
        (
            b"From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program at x.\r\n",
            True,
        ),
        (
            b"From: postmaster@x.example\r\nSubject: Undeliverable: offer\r\n\r\nDelivery has failed to these recipients\r\n",
            True,
        ),
        (b"From: Mail <MAILER-DAEMON@x.example>\r\nSubject: x\r\n\r\nThis is the mail system at host mx.\r\n", True),
        (b"From: a@x.example\r\nX-Failed-Recipients: b@y.example\r\nSubject: x\r\n\r\nx\r\n", True),
        (
            b"From: MAILER-DAEMON@x.example\r\nSubject: Warning: message delayed 4 hours\r\n\r\nThis is the mail system at host\r\n",
            False,
        ),
        (b"From: ann@x.example\r\nSubject: Undeliverable: my thoughts\r\n\r\nfailure notice\r\n", False),
    ],
    ids=["report", "delay-report", "qmail", "exchange", "postfix", "exim", "delay", "person"],
)
def test_READ_8_bounces_are_recognised(raw: bytes, bounce: bool) -> None:
    assert body(raw).bounce is bounce


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Yes, Friday.\n\nOn Mon, 1 Jan 2025, Ann <a@x.example> wrote:\n> When?\n", "Yes, Friday."),
        ("On Mon, 1 Jan 2025 at 10:00, Ann <a@x.example>\nwrote:\n> When?\n\nFriday.", "Friday."),
        ("承知しました。\n\n2025年1月1日(水) 10:00 永田 <n@x.example>:\n> 見積\n", "承知しました。"),
        ("Fine.\n-- \nAnn\nSales", "Fine."),
        ("Ok\n\n-----Original Message-----\nFrom: x", "Ok"),
        ("> only\n> quoted", "> only > quoted"),
        ("two\n  lines", "two lines"),
        ("w " * 500, ("w " * 100).strip()),
    ],
)
def test_a_preview_is_what_the_writer_wrote(text: str, shown: str) -> None:
    assert body_of(b"text/plain; charset=utf-8", text.encode()).preview == shown


def test_lines_broken_in_passing_are_made_whole() -> None:
    found = body_of(b"text/plain; format=flowed", b"one \r\ntwo\r\n> quoted \r\n> more\r\n\r\n-- \r\nme\r\n")
    assert found.text == "one two\n> quoted more\n\n-- \nme"


def test_a_very_long_text_is_cut_and_says_so() -> None:
    found = body(WORST["one-long-line"])
    assert found.text.endswith("characters more]")


def test_parts_that_follow_each_other_are_all_read() -> None:
    found = body_of(
        b"multipart/mixed; boundary=B",
        b"--B\r\n\r\nfirst\r\n--B\r\nContent-Type: text/html\r\n\r\n<p>second</p>\r\n--B--\r\n",
    )
    assert found.text == "first\n\nsecond"


def test_a_boundary_that_begins_like_another_is_told_apart() -> None:
    found = body_of(
        b"multipart/mixed; boundary=B",
        b"--B\r\nContent-Type: multipart/alternative; boundary=B2\r\n\r\n--B2\r\n\r\ninner\r\n--B2--\r\n"
        b"--B\r\nContent-Type: image/png; name=a.png\r\n\r\nPNG\r\n--B--\r\n",
    )
    assert found.text == "inner"
    assert [(one.name, one.part) for one in found.attachments] == [("a.png", "2")]
