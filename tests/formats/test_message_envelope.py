"""Headers as they really come, read into envelopes."""

import pytest

from salesinbox.formats.message import HEADER_FIELDS, digest, envelope
from salesinbox.model.mail import Address
from tests.formats.test_text import harmless
from tests.hostile import worst_messages


def subject_of(value: bytes) -> str:
    return envelope(b"Subject: " + value + b"\r\n\r\n").subject


def to_of(value: bytes) -> tuple[Address, ...]:
    return envelope(b"To: " + value + b"\r\n\r\n").to


@pytest.mark.parametrize("name", worst_messages())
def test_READ_3_the_worst_headers_are_read_without_harm(name: str) -> None:
    found = envelope(worst_messages()[name])
    texts = [found.subject, found.message_id, found.list_id, *found.references, *found.authentication]
    for address in (found.sender, *found.to, *found.cc, *found.reply_to):
        texts += [address.name, address.address]
    for text in texts:
        assert harmless(text)
        assert len(text) <= 2_000
        text.encode("utf-8")
    assert len(found.references) <= 100


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?B?5pel5pys?=\r\n =?UTF-8?B?6Kqe?=", "日本語"),
        (b"=?utf-8?B?5pel5p?= =?utf-8?B?ys6Kqe?=", "日本語"),
        (b"=?ISO-2022-JP?B?GyRCRnw=?= =?ISO-2022-JP?B?S1wbKEI=?=", "日本"),
        (b"=?utf-8?Q?caf=C3=A9_ol=C3=A9?=", "café olé"),
        (b"Re: =?utf-8?B?5pel5pys6Kqe?= ok", "Re: 日本語 ok"),
        (b"=?utf-8?B?5pel5pys6Kqe?==?utf-8?B?5pel?=", "日本語日"),
        (b"=?utf-8?B?5pel5pys6Kq?=", "日本\ufffd"),
        (b"=?cp932?B?h0A=?=", "①"),
        (b"=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"),
        (b"=?utf-8*ja?B?5pel?=", "日"),
        (b"=?unknown-8bit?Q?caf=E9?=", "café"),
        ("生の件名".encode(), "生の件名"),
        ("お見積りの件".encode("cp932"), "お見積りの件"),
        ("お見積りの件".encode("euc_jp"), "お見積りの件"),
        ("関于报价单的问题".encode("gb18030"), "関于报价单的问题"),
        (b"\x1b$BF|K\\\x1b(B", "日本"),
        (b"folded\r\n\tline", "folded line"),
        (b"=?utf-8?Q?line=0Abreak=1B[31m?=", "line break\ufffd[31m"),
        (b"", ""),
    ],
)
def test_READ_4_subjects_of_real_mailers(value: bytes, shown: str) -> None:
    assert subject_of(value) == shown


@pytest.mark.parametrize(
    ("value", "people"),
    [
        (b"a@b.example", [("", "a@b.example")]),
        (b"Ann <Ann@B.EXAMPLE>", [("Ann", "Ann@b.example")]),
        (b'"Smith, John" <j@x.example>, b@y.example', [("Smith, John", "j@x.example"), ("", "b@y.example")]),
        (b"Smith, John <j@x.example>", [("Smith, John", "j@x.example")]),
        (
            b"Team: a@x.example, B <b@x.example>;, d@x.example",
            [("", "a@x.example"), ("B", "b@x.example"), ("", "d@x.example")],
        ),
        (b"undisclosed-recipients:;", []),
        (b"foo@x.example (Foo Bar)", [("Foo Bar", "foo@x.example")]),
        (b"<@a.example,@b.example:user@c.example>", [("", "user@c.example")]),
        (b'"=?utf-8?B?5pel5pys?=" <a@x.example>', [("日本", "a@x.example")]),
        (b'"a\\"b" <x@y.example>', [('a"b', "x@y.example")]),
        ("永田 達郎".encode("cp932") + b" <n@x.example>", [("永田 達郎", "n@x.example")]),
        (b"mailto:z@x.example", [("", "z@x.example")]),
        (b'"Foo <foo@x.example>', [('"Foo', "foo@x.example")]),
        (b"no address at all", [("no address at all", "")]),
        (b"<>", []),
        (b"", []),
    ],
)
def test_addresses_as_people_write_them(value: bytes, people: list[tuple[str, str]]) -> None:
    assert [(one.name, one.address) for one in to_of(value)] == people


def test_READ_3_a_name_cannot_pass_for_an_address() -> None:
    found = envelope(worst_messages()["spoofed-name"]).sender
    assert found == Address("CEO <ceo@zylker.example>", "worst@hostile.example")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"Wed, 01 Jan 2025 01:18:00 +0000", 1735694280),
        (b"Wed, 1 Jan 2025 10:18 +0900 (JST)", 1735694280),
        (b"Wed, 1 Jan 2025 10:18:00 JST", 1735694280),
        (b"1 January 25 01:18:00 GMT", 1735694280),
        (b"2025-01-01T10:18:00+09:00", 1735694280),
        (b"Wed Jan  1 01:18:00 2025", 1735694280),
        (b"Thu, 01 Jan 1970 00:00:00 +0000", 0),
        (b"Thu, 31 Dec 2099 10:00:00 +0000", 4102394400),
        (b"Fri, 30 Feb 2024 10:00:00 +0000", None),
        (b"next Tuesday", None),
        (b"Wed, 01 Jan 99999 01:18:00 +0000", None),
        (b"", None),
    ],
)
def test_dates_as_mailers_write_them(value: bytes, seconds: int | None) -> None:
    assert envelope(b"Date: " + value + b"\r\n\r\n").date == seconds


def test_references_hold_the_chain_once_oldest_first() -> None:
    header = (
        b"Message-ID: <own@x>\r\nReferences: <a@x> <b@x>\r\n <a@x> <own@x>\r\n"
        b"In-Reply-To: <b@x> (message from Ann)\r\n\r\n"
    )
    assert envelope(header).references == ("<a@x>", "<b@x>")


def test_references_keep_the_first_and_the_last_99() -> None:
    found = envelope(worst_messages()["many-references"]).references
    assert len(found) == 100
    assert found[0] == "<ref0@hostile.example>"
    assert found[1] == "<ref9901@hostile.example>"
    assert found[-1] == "<ref9999@hostile.example>"


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        (b"Auto-Submitted: auto-replied\r\n", True),
        (b"Auto-Submitted: no\r\n", False),
        (b"Precedence: bulk\r\n", True),
        (b"X-Autoreply: yes\r\n", True),
        (b"Return-Path: <>\r\n", True),
        (b"From: a@b.example\r\n", False),
    ],
)
def test_ACT_6_automatic_mail_is_known_as_such(header: bytes, automatic: bool) -> None:
    assert envelope(header + b"\r\n").automatic is automatic


def test_COL_13_authentication_results_keep_their_order() -> None:
    header = b"Authentication-Results: mx.zylker.example;\r\n dmarc=fail\r\nAuthentication-Results: other; dmarc=pass\r\n\r\n"
    assert envelope(header).authentication == ("mx.zylker.example; dmarc=fail", "other; dmarc=pass")


def test_attachments_are_promised_by_the_content_type() -> None:
    assert envelope(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n").multipart_mixed
    assert not envelope(b"Content-Type: multipart/alternative; boundary=x\r\n\r\n").multipart_mixed


def test_without_from_the_sender_field_stands_in() -> None:
    assert envelope(b"Sender: s@x.example\r\n\r\n").sender.address == "s@x.example"


def test_every_field_that_is_read_is_fetched() -> None:
    for field, value, read in [
        ("Sender", "s@x.example", lambda found: found.sender.address),
        ("Cc", "c@x.example", lambda found: found.cc),
        ("Reply-To", "r@x.example", lambda found: found.reply_to),
        ("List-Id", "Us <us.x.example>", lambda found: found.list_id == "us.x.example"),
        ("In-Reply-To", "<p@x>", lambda found: found.references),
    ]:
        assert field in HEADER_FIELDS
        assert read(envelope(f"{field}: {value}\r\n\r\n".encode()))


def test_SAFE_1_copies_of_a_message_have_one_digest() -> None:
    header = b"From: a@b.example\r\nSubject: x \r\n\r\n"
    assert digest(header, 100) == digest(b"From: a@b.example\nSubject: x\n", 100)
    assert digest(header, 100) != digest(header, 101)
    assert len(digest(header, 100)) == 16
