"""Drafts come back from the server as they were written, whoever wrote them (SEND-4)."""

import base64
import email
import email.policy
import json
import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import fast_mail_parser
import pytest

from salesinbox.formats import drafts, headers, letters, message
from salesinbox.formats.letter_parts import LONGEST_LINE
from salesinbox.model.drafts import EDIT, FORWARD, KINDS, NEW, REPLY, Draft, File, Letter
from salesinbox.model.errors import UsageError
from salesinbox.model.mail import Address
from tests.formats.test_text import harmless
from tests.hostile import POISON, worst_messages

JST = timezone(timedelta(hours=9))
DATE = datetime(2026, 11, 12, 10, 42, tzinfo=JST)
REP = Address("永田 達郎", "nagata@zylker.example")
KEY = "0a1b2c3d"
ID = "<0a1b2c3d.7@zylker.example>"
DRAFT = Draft(sender=REP.address, changed=int(DATE.timestamp()))


def kept(draft: Draft, *files: File, about: str = "") -> bytes:
    raw = letters.build_draft(draft, files, REP, ID, DATE, KEY, about=about)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= LONGEST_LINE
    return raw


def back(draft: Draft, *files: File) -> Draft:
    found, found_files, key = drafts.read(kept(draft, *files))
    assert key == KEY
    assert found_files == files
    return found


FULL = replace(
    DRAFT,
    kind=REPLY,
    to="田中 太郎 <tanaka@shop.example>, john@shop.example",
    cc='"Last, First" <first@shop.example>',
    bcc="boss@zylker.example",
    subject="Re: お見積書の件",
    text="お世話になっております。\n\n-- \n永田\n\n2026年11月10日 田中 <t@shop.example>:\n> よろしく\n",
    markdown=True,
    in_reply_to="<p@shop.example>",
    references=("<o@shop.example>", "<p@shop.example>"),
    signature="永田\nZylker KK",
    response_days=3,
)


@pytest.mark.parametrize(
    "draft",
    [
        DRAFT,
        FULL,
        *(replace(FULL, kind=kind) for kind in KINDS),
        replace(DRAFT, to="tana", cc="a@", bcc='"half', subject="x"),
        replace(DRAFT, to="tanaka@shop.example, suz", cc="a@shop.example, ", bcc=";;、"),
        replace(DRAFT, to="Tanaka,Taro<a@shop.example>;B<b@shop.example>;"),
        replace(DRAFT, to="a@shop.example\nb@shop.example\nnobody\n"),
        replace(DRAFT, to="用户@例え.jp, Ｘ＠ｓｈｏｐ．ｅｘａｍｐｌｅ"),
        replace(DRAFT, to=", ".join(f"山田, {n} <y{n}@shop.example>" for n in range(300))),
        replace(DRAFT, to='(tel: 03)\t<<>> :;"\\', cc="\\", bcc="=?utf-8?q?x?= <a@shop.example>"),
        replace(DRAFT, subject="  two  blanks\tand a tab  "),
        replace(DRAFT, subject="=?utf-8?q?no_word?="),
        replace(DRAFT, subject="👨‍👩‍👧 family 🇯🇵 e\u0301"),
        replace(DRAFT, subject="x" * 3_000),
        replace(DRAFT, text=""),
        replace(DRAFT, text="\n"),
        replace(DRAFT, text="\n\n\n"),
        replace(DRAFT, text="no line end"),
        replace(DRAFT, text="blanks at the end   \n \n\t\n"),
        replace(DRAFT, text="  begins with blanks\n\tand a tab\n"),
        replace(DRAFT, text="👨‍👩‍👧 🇯🇵 e\u0301 か\u3099\n"),
        replace(DRAFT, text="--=_x\n--=_x--\n.\nFrom here\n"),
        replace(DRAFT, text="long " * 30_000),
        replace(DRAFT, signature="x\n\ny", text="a\n\n-- \nx\n\ny"),
        replace(DRAFT, sender="Other@Example.Example"),
        replace(DRAFT, in_reply_to="<日本 x@c>", references=("<a b@c>", "<ok@c>")),
        replace(DRAFT, references=tuple(f"<{n}@c.example>" for n in range(100))),
        replace(DRAFT, response_days=365),
    ],
)  # fmt: skip
def test_SEND_4_a_draft_comes_back_in_every_field(draft: Draft) -> None:
    found = back(draft)
    if draft.references == ("<a b@c>", "<ok@c>"):
        # What is no id in any header is none here either.
        draft = replace(draft, references=("<ok@c>",))
    assert found == draft


def test_SEND_4_any_text_comes_back() -> None:
    randomness = random.Random(4)
    letters_ = [
        "a",
        "b",
        " ",
        "\n",
        "\t",
        ">",
        "-",
        "=",
        ".",
        "日",
        "é",
        "😀",
        "\u200d",
        "--",
        "\n-- \n",
        "From ",
        "\u3000",
        "`",
    ]
    for _ in range(500):
        text = "".join(randomness.choice(letters_) for _ in range(randomness.randint(0, 60)))
        draft = replace(DRAFT, text=text, subject=text.replace("\n", " "), to=text.replace("\n", ","), signature=text)
        assert back(draft) == draft


def test_SEND_4_files_come_back_octet_for_octet() -> None:
    inner = b"From: a@shop.example\r\nSubject: Inner\r\n\r\nhello\r\n"
    files = (
        File("見積書 2026年度 株式会社みなとみらい商事御中 第一版.pdf", "application/pdf", bytes(range(256)) * 100),
        File("Inner.eml", "message/rfc822", inner),
        File("8bit.eml", "message/rfc822", inner + "ünï".encode()),
        File("a.csv", "text/csv", "あ,い\r\nう\n".encode()),
        File("page.html", "text/html", b"<b>x</b>"),
        File("👨‍👩‍👧.png", "image/png", b"\x89PNG"),
        File("empty", "application/octet-stream", b""),
        File("x" * 240 + ".txt", "text/plain", b"\n\n"),
        File("odd.bin", "multipart/odd", b"x"),
    )
    assert back(FULL, *files) == FULL


def test_SEND_4_about_says_what_is_forwarded_on_any_machine() -> None:
    found, _files, _key = drafts.read(kept(replace(FULL, kind=FORWARD, about="m9"), about="<orig@shop.example>"))
    assert found.about == "<orig@shop.example>"
    assert back(replace(FULL, about="m9")).about == "", "ids of one machine mean nothing on another"


def test_SEND_4_another_program_shows_the_draft() -> None:
    draft = replace(FULL, to="田中 <tanaka@shop.example>, suz", text="typed **so far**")
    raw = kept(draft, File("a.pdf", "application/pdf", b"x"))
    other = fast_mail_parser.parse_email(raw)
    assert [(one.display_name, one.address) for one in other.to] == [("田中", "tanaka@shop.example")]
    assert [one.address for one in other.bcc] == ["boss@zylker.example"]
    assert other.from_.address == REP.address
    assert other.text_plain[0].strip() == draft.text
    assert not other.text_html
    assert [one.filename for one in other.attachments] == ["a.pdf"]
    assert not other.warnings


def test_SEND_4_nothing_that_is_typed_stops_a_draft() -> None:
    for typed in (POISON, "\r\nInjected: x@y.example", "\0", "\ud800", "<" * 1_000, "a@b.example," * 1_000, "\n\n"):
        draft = replace(
            DRAFT, to=typed, cc=typed, bcc=typed, subject=typed, text=typed, signature=typed, in_reply_to=typed
        )
        raw = letters.build_draft(draft, (File(typed, typed, b"x"),), Address(typed, typed), ID, DATE, KEY)
        found, files, key = drafts.read(raw)
        assert key == KEY
        assert len(files) == 1
        assert b"injected" not in dict(headers.fields(raw))
        for value in (found.to, found.subject, found.text, found.signature):
            assert not {"\x1b", "\0", "\x9b", "\r"} & set(value)


def test_SEND_8_a_key_cannot_begin_another_field() -> None:
    with pytest.raises(UsageError):
        letters.build_draft(DRAFT, (), REP, ID, DATE, "x\r\nBcc: a@b.example")


def test_SEND_4_what_another_program_changed_is_right() -> None:
    draft = replace(FULL, to="tanaka@shop.example, suz", subject="typed  so")
    changed = email.message_from_bytes(kept(draft), policy=email.policy.SMTP)
    changed.replace_header("To", "other@shop.example")
    changed.replace_header("Subject", "Changed elsewhere")
    found, _files, key = drafts.read(bytes(changed))
    assert key == KEY
    assert (found.to, found.subject) == ("other@shop.example", "Changed elsewhere")
    assert (found.cc, found.kind, found.markdown) == (FULL.cc, FULL.kind, FULL.markdown)


# --- what others wrote ----------------------------------------------------------------------------------------------


def test_SEND_4_a_draft_of_another_program_is_gone_on_with() -> None:
    raw = (
        b"From: Rep <rep@zylker.example>\r\nTo: Tanaka <tanaka@shop.example>, suz\r\nBcc: x@shop.example\r\n"
        b"Subject: =?utf-8?B?6KaL56mN?=\r\nDate: Thu, 12 Nov 2026 10:42:00 +0900\r\nIn-Reply-To: <p@s.example>\r\n"
        b"References: <o@s.example> <p@s.example>\r\nX-Mozilla-Draft-Info: internal/draft\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
        b"a line that \r\ngoes on\r\n--B\r\nContent-Type: application/x-thing; name=a.bin\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\nContent-Disposition: attachment\r\n\r\none\r\ntwo=00\r\n"
        b"--B\r\nContent-Type: message/rfc822\r\n\r\nSubject: In\r\n\r\nhi\r\n\r\n--B--\r\n"
    )
    draft, files, key = drafts.read(raw)
    assert key == ""
    assert draft == Draft(
        kind=NEW,
        sender="rep@zylker.example",
        to="Tanaka <tanaka@shop.example>, suz",
        bcc="x@shop.example",
        subject="見積",
        text="a line that goes on",
        in_reply_to="<p@s.example>",
        references=("<o@s.example>", "<p@s.example>"),
        changed=int(DATE.timestamp()),
    )
    assert files == (
        File("a.bin", "application/x-thing", b"one\r\ntwo\0"),
        File("In.eml", "message/rfc822", b"Subject: In\r\n\r\nhi\r\n"),
    )


def test_SEND_1_html_alone_is_gone_on_with_as_text() -> None:
    raw = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <b>you</b></p><script>x</script>"
    assert drafts.read(raw)[0].text == "Hello you"


@pytest.mark.parametrize("markdown", [False, True])
def test_SEND_1_a_sent_mail_is_edited_as_new(markdown: bool) -> None:
    letter = Letter(
        sender=REP,
        to=(Address("Smith, John", "john@shop.example"),),
        cc=(),
        bcc=(),
        subject="見積",
        text="**Hello**\n\n-- \nNagata\n",
        message_id=ID,
        date=DATE,
        markdown=markdown,
        files=(File("a.pdf", "application/pdf", b"x"),),
    )
    draft, files, key = drafts.read(letters.build(letter))
    assert (draft.to, draft.subject, draft.text.rstrip()) == (
        '"Smith, John" <john@shop.example>',
        "見積",
        letter.text.rstrip(),
    )
    assert draft.markdown is markdown
    assert files == letter.files
    assert key == ""


def state_of(value: object, **fields: str) -> bytes:
    encoded = base64.b64encode(json.dumps(value).encode())
    more = "".join(f"{name}: {content}\r\n" for name, content in fields.items()).encode()
    file = b"--B\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n"
    return (
        b"To: a@shop.example\r\nX-SalesInbox-Draft: k1\r\nX-SalesInbox-State: " + encoded + b"\r\n" + more
        + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nhello\r\n" + file + b"--B--\r\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        None, 1, [], "x", {}, {"kind": "evil"}, {"kind": [1]}, {"kind": {}}, {"markdown": "yes"}, {"response_days": -1},
        {"response_days": True}, {"response_days": 10**30}, {"response_days": 1.5}, {"signature": ["x"]},
        {"signature": "x" * 10**6}, {"about": 3}, {"about": "x\r\n<y>"}, {"end": "not blank"}, {"end": " " * 10**6},
        {"typed": []}, {"typed": {"to": "x"}}, {"typed": {"to": ["bad", "evil@hostile.example"]}},
        {"typed": {"to": [None, "x"]}}, {"typed": {"subject": [1, 2, 3]}}, {"files": 3}, {"files": [[1, 2]]}, {"files": [["a"]]},
        {"files": [["../../etc/passwd", "x/y"]]}, {"files": [["C:\\x\\..", "text/plain; x"]]}, {"files": [["..", ""]]},
        {"files": [["a\x1b[31m\n.txt", "\x1b"]]}, {"files": [["", ""]]},
    ],
)  # fmt: skip
def test_READ_3_a_hostile_state_is_not_believed(value: object) -> None:
    draft, (file,), key = drafts.read(state_of(value))
    assert key == "k1"
    assert draft.kind in KINDS
    assert draft.to == "a@shop.example"
    assert draft.markdown is False
    assert draft.response_days == 0
    assert len(draft.signature) <= 50_000
    assert draft.text.rstrip() == "hello"
    assert draft.about in ("", "<y>")
    assert "/" not in file.name
    assert "\\" not in file.name
    assert file.name.strip(".")
    assert harmless(file.name + file.type)


@pytest.mark.parametrize(
    "encoded", [b"", b"!!!", b"e30", b"[" * 100, base64.b64encode(b"[" * 200_000), b"A" * 3_000_000]
)
def test_READ_3_a_broken_state_is_none(encoded: bytes) -> None:
    raw = b"X-SalesInbox-Draft: k1\r\nX-SalesInbox-State: " + encoded + b"\r\n\r\nhello\r\n"
    draft, _files, key = drafts.read(raw)
    assert (draft.text, draft.kind, key) == ("hello", NEW, "k1")
    assert drafts.read(raw.replace(b"k1", b"../k1"))[2] == ""
    assert drafts.read(raw.replace(b"k1", b"x" * 500))[2] == ""


def test_READ_3_the_worst_messages_can_be_edited() -> None:
    for name, raw in worst_messages().items():
        draft, files, key = drafts.read(raw)
        assert key == ""
        assert draft.kind == NEW
        assert harmless(draft.to + draft.cc + draft.subject + draft.sender), name
        assert harmless(draft.text, allowed="\n"), name
        assert len(draft.text) <= message.MAX_TEXT + 200
        assert len(files) <= drafts.MAX_FILES
        for file in files:
            assert "/" not in file.name
            assert harmless(file.name + file.type)
        again = drafts.read(letters.build_draft(replace(draft, kind=EDIT), files, REP, ID, DATE, KEY))
        assert again[0].text == draft.text, name
        assert [one.content for one in again[1] if one.type != "message/rfc822"] == [
            one.content for one in files if one.type != "message/rfc822"
        ]
