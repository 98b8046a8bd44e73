"""ACC-1: mail is read by the Gmail API: labels as folders, headers and contents in batches, whatever it looks like."""

import contextlib
import email
import email.policy
import os
from collections.abc import Callable, Iterator
from datetime import date
from email.message import EmailMessage

import pytest

from salesinbox.formats import message as messages
from salesinbox.formats import query
from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.providers.registry import session
from salesinbox.providers.session import Session
from tests.gmail_server import GmailBox

Connect = Callable[..., Session]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Sessions that are connected, and closed when the test ends."""
    with contextlib.ExitStack() as stack:

        def make(box: GmailBox, secret: Callable[[], str] | None = None, **account: object) -> Session:
            made = session(box.account(**account), secret or (lambda: box.password))
            stack.callback(made.close)
            made.connect()
            return made

        yield make


def mail(subject: str, body: str = "Hello", **fields: str) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = "Ann <ann@customer.example>", "rep@zylker.example"
    message["Subject"], message["Message-ID"] = subject, f"<{len(subject)}{abs(hash(subject))}@test.example>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message.as_bytes()


def subjects(line: Session, uids: list[int]) -> list[str]:
    return [messages.envelope(header.header).subject for header in line.headers(uids)]


# Labels as folders.


def test_ACC_1_labels_are_folders_with_roles(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("商談/2026")
    line = connect(gmail_box)
    found = line.folders()
    assert found[0].name == "INBOX"
    roles = {folder.name: folder.role for folder in found}
    assert roles == {
        "INBOX": "inbox",
        "Sent": "sent",
        "Drafts": "drafts",
        "Spam": "spam",
        "Trash": "trash",
        "Archive": "archive",
        "商談/2026": "",
    }
    assert "LABELS" in line.capabilities()


def test_ACC_1_the_archive_holds_what_lies_nowhere_else(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    for folder in ("INBOX", "Archive", "Sent", "Spam", "Trash", "Drafts", "Deals"):
        gmail_box.deliver(mail(f"in {folder}"), folder)
    line = connect(gmail_box)
    opened = line.open("Archive", None)
    uids = line.uids()
    # What has only a label of the rep's own is archived, too.
    assert sorted(subjects(line, uids)) == ["in Archive", "in Deals"]
    assert opened.exists == 2


def test_ACC_1_a_message_has_the_same_number_in_all_its_folders(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Deals")
    label = gmail_box.server.state.label_named("Deals")
    assert label is not None
    message = gmail_box.deliver(mail("both"))
    gmail_box.server.state.relabel(message, (label.id,), ())
    line = connect(gmail_box)
    line.open("INBOX", None)
    assert line.uids() == [message.number]
    line.open("Deals", None)
    assert line.uids() == [message.number]


def test_ACC_1_labels_are_told_as_keywords(gmail_box: GmailBox, connect: Connect) -> None:
    with gmail_box.client() as other:
        other.create_folder("Big Deal")
        other.create_folder("見積")
    state = gmail_box.server.state
    message = gmail_box.deliver(mail("labelled"), flags="F")
    for name in ("Big Deal", "見積"):
        label = state.label_named(name)
        assert label is not None
        state.relabel(message, (label.id, "IMPORTANT", "CATEGORY_PERSONAL"), ())
    line = connect(gmail_box)
    line.open("INBOX", None)
    (header,) = line.headers(line.uids())
    assert header.state == FlagState(Flag.FLAGGED, "&iYt6TQ- Big_Deal")
    assert line.flags(None) == {message.number: header.state}


# Many messages.


def test_ACC_1_all_pages_of_a_long_list_are_read(gmail_box: GmailBox, connect: Connect) -> None:
    made = [gmail_box.deliver(b"Subject: x\r\n\r\nx\r\n", flags="S").number for _number in range(1203)]
    line = connect(gmail_box)
    assert line.open("INBOX", None).exists == 1203
    assert line.uids() == made
    assert line.uids(made[1200]) == made[1200:]
    # 500 a page: three calls a list.
    assert gmail_box.server.count("messages.list") <= 12


def test_old_mail_that_is_filed_late_is_found_among_the_new_numbers(gmail_box: GmailBox, connect: Connect) -> None:
    first = gmail_box.deliver(mail("new"))
    # Lists go by date, numbers by arrival: the list's end holds the highest number.
    late = gmail_box.server.state.add(mail("old"), ("INBOX",), 1_000_000_000_000)
    line = connect(gmail_box)
    line.open("INBOX", None)
    assert line.uids() == [first.number, late.number]
    assert line.uids(late.number) == [late.number]


def test_ACC_1_headers_come_in_batches_within_gmails_limits(gmail_box: GmailBox, connect: Connect) -> None:
    uids = [gmail_box.deliver(mail(f"m{number}")).number for number in range(130)]
    line = connect(gmail_box)
    line.open("INBOX", None)
    before = gmail_box.server.requests
    assert subjects(line, list(reversed(uids))) == [f"m{number}" for number in reversed(range(130))]
    assert gmail_box.server.largest_batch <= 50
    assert gmail_box.server.requests - before <= 4
    assert gmail_box.server.count("messages.get") == 130


def test_ACC_1_contents_come_along_with_the_headers_and_cost_nothing_more(
    gmail_box: GmailBox, connect: Connect
) -> None:
    gmail_box.deliver(with_attachments()[0])
    line = connect(gmail_box)
    line.open("INBOX", None)
    uids = line.uids()
    line.headers(uids)
    spent = gmail_box.server.quota.used
    (body,) = line.at_hand(uids)
    assert gmail_box.server.quota.used == spent
    read = messages.body(body.raw, body.left_out)
    assert "見積書をお送りします。" in read.text
    assert [(left.name, left.type, left.part) for left in body.left_out] == [
        ("見積書.pdf", "application/pdf", "2"),
        ("list.csv", "text/csv", "3"),
    ]


def with_attachments() -> tuple[bytes, bytes, bytes]:
    binary, text = os.urandom(70_000), "名前,金額\r\n".encode("shift_jis")
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["Subject"] = "田中 太郎 <tanaka@customer.example>", "見積書"
    message.set_content("見積書をお送りします。\n", cte="quoted-printable")
    message.add_alternative("<p>=見積書</p>", subtype="html", cte="base64")
    message.add_attachment(binary, maintype="application", subtype="pdf", filename="見積書.pdf")
    message.add_attachment(text, maintype="text", subtype="csv", filename="list.csv", cte="quoted-printable")
    return message.as_bytes(), binary, text


@pytest.mark.parametrize("decodes", [True, False])
def test_READ_5_attachments_are_had_by_the_numbers_that_imap_gives_them(
    gmail_box: GmailBox, connect: Connect, *, decodes: bool
) -> None:
    gmail_box.server.switches.decodes = decodes
    raw, binary, text = with_attachments()
    gmail_box.deliver(raw)
    line = connect(gmail_box)
    line.open("INBOX", None)
    (uid,) = line.uids()
    line.headers([uid])
    (body,) = line.at_hand([uid])
    assert [line.part("INBOX", uid, left.part) for left in body.left_out] == [binary, text]
    assert line.raw("INBOX", uid) == raw


@pytest.mark.parametrize("decodes", [True, False])
@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp"])
def test_header_and_text_are_the_same_whether_gmail_decodes_them_or_not(
    gmail_box: GmailBox, connect: Connect, charset: str, *, decodes: bool
) -> None:
    gmail_box.server.switches.decodes = decodes
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = '"田中, 太郎" <tanaka@customer.example>', "山田 <rep@zylker.example>"
    message["Subject"] = "Re: 御見積書の件 (第2版) について、ご確認のほどよろしくお願い申し上げます。長い件名です。"
    message.set_content("お世話になっております。\n納期は来週です。\n", charset=charset)
    gmail_box.deliver(message.as_bytes())
    line = connect(gmail_box)
    line.open("INBOX", None)
    uids = line.uids()
    (header,) = line.headers(uids)
    envelope = messages.envelope(header.header)
    assert envelope.subject == message["Subject"]
    assert (envelope.sender.name, envelope.sender.address) == ("田中, 太郎", "tanaka@customer.example")
    assert [(one.name, one.address) for one in envelope.to] == [("山田", "rep@zylker.example")]
    (body,) = line.at_hand(uids)
    assert messages.body(body.raw, body.left_out).text.splitlines() == ["お世話になっております。", "納期は来週です。"]


def test_the_same_message_gives_the_same_octets_each_time(gmail_box: GmailBox, connect: Connect) -> None:
    gmail_box.deliver(with_attachments()[0])
    told = []
    for _again in range(2):
        line = connect(gmail_box)
        line.open("INBOX", None)
        told += line.headers(line.uids())
    assert told[0] == told[1]


def test_text_that_gmail_puts_away_as_an_attachment_is_read_all_the_same(gmail_box: GmailBox, connect: Connect) -> None:
    gmail_box.server.switches.inline = 100
    gmail_box.deliver(mail("long", "long text " * 50))
    line = connect(gmail_box)
    line.open("INBOX", None)
    (header,) = line.headers(line.uids())
    (body,) = line.bodies([(header.uid, header.size)])
    assert messages.body(body.raw, body.left_out).text.count("long text") == 50


def test_a_message_within_a_message_keeps_its_place(gmail_box: GmailBox, connect: Connect) -> None:
    inner = EmailMessage(policy=email.policy.SMTP)
    inner["Subject"], inner["From"] = "inner", "boss@customer.example"
    inner.set_content("inside\n")
    inner.add_attachment(b"deep", maintype="application", subtype="octet-stream", filename="deep.bin")
    outer = EmailMessage(policy=email.policy.SMTP)
    outer["Subject"], outer["From"] = "outer", "ann@customer.example"
    outer.set_content("see below\n")
    outer.add_attachment(inner)
    outer.add_attachment(b"last", maintype="application", subtype="octet-stream", filename="last.bin")
    gmail_box.deliver(outer.as_bytes())
    line = connect(gmail_box)
    line.open("INBOX", None)
    (uid,) = line.uids()
    line.headers([uid])
    (body,) = line.at_hand([uid])
    assert "see below" in messages.body(body.raw, body.left_out).text
    assert [left.part for left in body.left_out] == ["2", "3"]
    assert line.part("INBOX", uid, "3") == b"last"
    assert b"inside" in (line.part("INBOX", uid, "2") or b"")


@pytest.mark.parametrize(
    "raw",
    [
        b"\r\n\r\nno header\r\n",
        b"Subject: \xff\xfe\r\n\r\n\xff\r\n",
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nnever ended",
        b"Subject: x\r\nContent-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n",
        b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\n",
        b"Subject: =?utf-8?B?4pyT?= =?utf-8?Q?a=0D=0AEvil:_b?=\r\n\r\nx\r\n",
        b"Subject: x\r\n" + b"X-Long: " + b"y" * 50_000 + b"\r\n\r\nx\r\n",
        b"Subject: x\r\nContent-Type: multipart/mixed\r\n\r\n",
    ],
    ids=[
        "no header",
        "octets",
        "open multipart",
        "no such charset",
        "empty message",
        "line break",
        "long",
        "no boundary",
    ],
)
def test_hostile_messages_are_read_somehow(gmail_box: GmailBox, connect: Connect, raw: bytes) -> None:
    gmail_box.deliver(raw)
    gmail_box.deliver(mail("healthy"))
    line = connect(gmail_box)
    line.open("INBOX", None)
    uids = line.uids()
    found = line.headers(uids)
    assert [header.uid for header in found] == uids
    assert b"\nEvil:" not in found[0].header
    for body in line.at_hand(uids):
        messages.body(body.raw, body.left_out)
    assert len(list(line.bodies([(header.uid, header.size) for header in found]))) == 2


# Refusals, said in words.


def test_ACC_5_a_token_that_ran_out_is_had_anew_once(gmail_box: GmailBox, connect: Connect) -> None:
    gmail_box.deliver(mail("a"))
    given = ["secret"]
    asked = []

    def secret() -> str:
        asked.append(1)
        return given[0]

    line = connect(gmail_box, secret)
    line.open("INBOX", None)
    gmail_box.server.revoke_token("fresh")
    given[0] = "fresh"
    assert subjects(line, line.uids()) == ["a"]
    assert len(asked) == 2


def test_ACC_5_a_revoked_token_is_told_in_words_and_without_the_token(gmail_box: GmailBox, connect: Connect) -> None:
    gmail_box.deliver(mail("a"))
    line = connect(gmail_box, lambda: "secret")
    line.open("INBOX", None)
    uids = line.uids()
    gmail_box.server.revoke_token()
    for act in (line.uids, lambda: line.headers(uids), lambda: line.open("INBOX", None)):
        with pytest.raises(CredentialsError, match="work") as refused:
            act()
        assert "secret" not in str(refused.value)
    with pytest.raises(CredentialsError):
        connect(gmail_box, lambda: "wrong")


@pytest.mark.parametrize(
    ("status", "reason", "kind", "says"),
    [
        (403, "accessNotConfigured", SalesInboxError, "Gmail API"),
        (403, "insufficientPermissions", CredentialsError, "work"),
        (403, "domainPolicy", SalesInboxError, "administrator"),
        (400, "failedPrecondition", SalesInboxError, "work|Gmail"),
    ],
)
def test_a_refusal_says_what_to_do(
    gmail_box: GmailBox, connect: Connect, status: int, reason: str, kind: type[Exception], says: str
) -> None:
    line = connect(gmail_box)
    gmail_box.server.switches.fail_next("*", status, reason, times=20)
    with pytest.raises(kind, match=says) as refused:
        line.folders()
    assert not isinstance(refused.value, NetworkError)


def test_a_server_in_trouble_is_a_matter_of_the_network(gmail_box: GmailBox, connect: Connect) -> None:
    line = connect(gmail_box)
    line.open("INBOX", None)
    gmail_box.server.switches.fail_next("*", 503, "backendError", times=1)
    # Once is nothing.
    line.uids()


def test_nothing_is_deleted_when_a_message_cannot_be_told(gmail_box: GmailBox, connect: Connect) -> None:
    for subject in "abc":
        gmail_box.deliver(mail(subject))
    line = connect(gmail_box)
    line.open("INBOX", None)
    uids = line.uids()
    gmail_box.server.switches.fail_next("messages.get", 500, "internalError", times=1)
    # A part that fails for the moment is asked for again; it is not "gone".
    assert [header.uid for header in line.headers(uids)] == uids


# Searching.


def test_SRCH_1_gmail_searches_by_its_own_words(gmail_box: GmailBox, connect: Connect) -> None:
    state = gmail_box.server.state
    quote = gmail_box.deliver(mail("Quote 7", "the best price"), flags="S")
    state.relabel(quote, ("STARRED",), ())
    big = gmail_box.deliver(mail("delivery", "when? " * 1000))
    gmail_box.deliver(mail("Quote 8", "the best price"), "Archive")
    line = connect(gmail_box)

    def searched(typed: str, folder: str = "INBOX") -> list[int]:
        return line.search(folder, query.parse(typed, today=date(2026, 11, 24)))

    assert searched("subject:quote") == [quote.number]
    assert searched('"best price" from:ann') == [quote.number]
    assert searched("is:unread") == [big.number]
    assert searched("is:flagged") == [quote.number]
    assert searched("larger:5000") == [big.number]
    assert searched("subject:quote OR subject:delivery") == [quote.number, big.number]
    assert searched("-(subject:quote body:price)") == [big.number]
    assert len(searched("subject:quote", "Archive")) == 1
    for hostile in ('subject:"in:sent"', '"x" OR in:trash', "(((", "from:{a b}", '"-in:inbox"', "subject:a)b"):
        with contextlib.suppress(SalesInboxError):
            searched(hostile)


# Lists that never end.


@pytest.mark.parametrize("full", [True, False])
def test_a_list_that_never_ends_is_given_up(gmail_box: GmailBox, connect: Connect, *, full: bool) -> None:
    for subject in "abc":
        gmail_box.deliver(mail(subject))
    line = connect(gmail_box)
    line.open("INBOX", None)
    gmail_box.server.switches.loop_pages("messages.list", full=full)
    try:
        told = line.uids()
    except ServerError:
        told = None
    assert told is None or len(told) == 3
    assert gmail_box.server.count("messages.list") < 60


def test_empty_pages_of_a_list_are_passed_over(gmail_box: GmailBox, connect: Connect) -> None:
    made = [gmail_box.deliver(mail(subject)).number for subject in "abc"]
    line = connect(gmail_box)
    line.open("INBOX", None)
    gmail_box.server.switches.empty_pages(3, "messages.list")
    assert line.uids() == made
