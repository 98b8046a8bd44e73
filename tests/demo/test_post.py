"""Sending in the demo: what is sent is answered or comes back, and nothing that is sent stops the server."""

import contextlib
import smtplib
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from pathlib import Path

import imapclient
import pytest

from salesinbox import config
from salesinbox.demo.addressees import COLLEAGUE, CUSTOMER, SILENT, STRANGER, addressees
from salesinbox.demo.answers import MOST_TURNS, Received, language, situation
from salesinbox.demo.mailbox import Filed
from salesinbox.demo.people import CONTACTS, ME_ADDRESS, PEOPLE, SIGNATURE
from salesinbox.demo.post import MOST_OCTETS, MOST_RECIPIENTS, Post
from salesinbox.demo.server import EVERY, DemoServer, configuration, start
from salesinbox.formats.message import body, envelope
from salesinbox.model.errors import ServerError
from salesinbox.model.mail import FAILED
from salesinbox.model.settings import NO_TLS, Account
from salesinbox.providers.smtp.sending import send
from tests.hostile import worst_messages
from tests.servers import until

NAGATA, JAMES, SUZUKI = "nagata@minato.example", "james.whitaker@harborview.example", "suzuki@zylker.example"
NOW = datetime(2024, 11, 25, 6, 0, tzinfo=UTC)
JAPANESE = "永田様\n\nお世話になっております。ジルカーの橋本です。\n保守時間延長のお見積りをお送りします。ご確認をお願いいたします。"
ENGLISH = "Hi James,\n\nthe price hold for year two is in section 4 of the order form.\n\nBest regards,\nNami"


def letter(
    to: Sequence[str], text: str, subject: str = "お見積り", key: str = "a1", cc: Sequence[str] = (), **fields: str
) -> bytes:
    message = EmailMessage()
    message["From"] = Mailbox("橋本 奈美", addr_spec=ME_ADDRESS)
    message["To"] = ", ".join(to)
    if cc:
        message["Cc"] = ", ".join(cc)
    message["Subject"] = subject
    message["Date"] = "Mon, 25 Nov 2024 15:00:00 +0900"
    message["Message-ID"] = f"<{key}@zylker.example>"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    with start(tmp_path, every=0.4) as running:
        yield running
        assert running.process.poll() is None, "the server is still there"


@pytest.fixture
def account(server: DemoServer, tmp_path: Path) -> Account:
    (tmp_path / "config.toml").write_text(configuration(server), encoding="utf-8")
    [account] = config.load(tmp_path / "config.toml").accounts
    return account


class Inbox:
    """The rep's INBOX by IMAP; what has lain there from the start does not count."""

    def __init__(self, line: imapclient.IMAPClient) -> None:
        self.line = line
        line.select_folder("INBOX", readonly=True)
        self._before = set(line.search())

    def arrived(self, header: str, value: str) -> bytes:
        """The one message that has arrived with this in a header field; waits for it."""
        found: list[int] = []

        def there() -> bool:
            self.line.noop()
            found[:] = set(self.line.search(["HEADER", header, value])) - self._before
            return bool(found)

        until(there, f"{header}: {value} arrived")
        [message] = self.line.fetch(found, ["BODY.PEEK[]"]).values()
        return bytes(message[b"BODY[]"])


@pytest.fixture
def inbox(server: DemoServer) -> Iterator[Inbox]:
    with imapclient.IMAPClient(server.host, server.port, ssl=False, timeout=20) as line:
        line.login(server.user, server.password)
        yield Inbox(line)


def no_secret() -> str:
    raise AssertionError("the demo's post office asks for no login")


def test_the_configuration_says_how_to_send(server: DemoServer, account: Account) -> None:
    assert account.smtp
    assert (account.smtp.host, account.smtp.port, account.smtp.tls) == ("127.0.0.1", server.smtp_port, NO_TLS)
    assert server.smtp_port != server.port
    [identity] = account.identities
    assert (identity.name, identity.address) == ("橋本 奈美", ME_ADDRESS)
    assert identity.signature.startswith("橋本 奈美")


def test_a_customer_answers_in_japanese_and_in_the_thread(account: Account, inbox: Inbox) -> None:
    raw = letter([f"永田 達郎 <{NAGATA}>"], JAPANESE, "Re: 保守時間", References="<first@minato.example>", cc=[SUZUKI])
    send(account, no_secret, ME_ADDRESS, [NAGATA, SUZUKI], raw)
    reply = inbox.arrived("In-Reply-To", "<a1@zylker.example>")
    head, text = envelope(reply), body(reply).text
    assert head.sender.address == NAGATA
    assert head.sender.name == "永田 達郎"
    assert head.subject == "Re: 保守時間"
    assert head.references == ("<first@minato.example>", "<a1@zylker.example>")
    assert [one.address for one in head.to] == [ME_ADDRESS]
    assert [one.address for one in head.cc] == [SUZUKI]
    assert "dmarc=pass" in head.authentication[0]
    assert text.startswith("橋本様")
    assert "> 保守時間延長のお見積りをお送りします。" in text
    assert abs((head.date or 0) - datetime.now(UTC).timestamp()) < 60


def test_a_customer_answers_in_english(account: Account, inbox: Inbox) -> None:
    send(account, no_secret, ME_ADDRESS, [JAMES], letter([JAMES], ENGLISH, "Price hold"))
    reply = inbox.arrived("In-Reply-To", "<a1@zylker.example>")
    assert envelope(reply).sender.address == JAMES
    assert envelope(reply).subject.upper() == "RE: PRICE HOLD"
    assert "Nami" in body(reply).text
    assert "the price hold for year two is in section 4" in body(reply).text


def test_nothing_is_filed_in_sent_by_the_server(account: Account, inbox: Inbox) -> None:
    before = inbox.line.folder_status("Sent", ["MESSAGES"])
    send(account, no_secret, ME_ADDRESS, [SUZUKI], letter([SUZUKI], "来週の会議、資料を用意しました。"))
    reply = inbox.arrived("In-Reply-To", "<a1@zylker.example>")
    assert envelope(reply).sender.address == SUZUKI
    assert body(reply).text.startswith("橋本さん")
    assert inbox.line.folder_status("Sent", ["MESSAGES"]) == before


def test_mail_to_oneself_arrives(account: Account, inbox: Inbox) -> None:
    send(account, no_secret, ME_ADDRESS, [ME_ADDRESS], letter([ME_ADDRESS], "a note"))
    assert body(inbox.arrived("Message-ID", "<a1@zylker.example>")).text == "a note"


def test_READ_8_mail_to_nobody_comes_back_and_names_whom_it_did_not_reach(account: Account, inbox: Inbox) -> None:
    nobody, elsewhere, foreign = "nobody@minato.example", "somebody@gmail.com", "誰か@elsewhere.example"
    raw = letter([nobody, elsewhere, NAGATA], JAPANESE)
    send(account, no_secret, ME_ADDRESS, [nobody, elsewhere, foreign, NAGATA], raw)
    inbox.arrived("In-Reply-To", "<a1@zylker.example>")
    bounced = inbox.arrived("From", "MAILER-DAEMON@mx.zylker.example")
    read = body(bounced)
    assert read.bounce
    assert read.report
    assert read.report.message_id == "<a1@zylker.example>"
    states = {one.recipient: (one.state, one.status) for one in read.report.recipients}
    assert states == {nobody: (FAILED, "5.1.1"), elsewhere: (FAILED, "5.1.2"), foreign: (FAILED, "5.1.2")}
    assert "nothing has left this machine" in read.text


def test_the_worst_messages_are_answered_like_others(server: DemoServer, account: Account) -> None:
    with smtplib.SMTP(server.host, server.smtp_port, timeout=20) as line:
        for raw in worst_messages().values():
            line.sendmail(ME_ADDRESS, [NAGATA, SUZUKI, "nobody@minato.example"], raw)
    desk = Desk()
    desk.sent(*(([NAGATA, "nobody@minato.example"], raw.replace(b"\r\n", b"\n")) for raw in worst_messages().values()))
    assert len(desk.filed) >= len(worst_messages())
    for one in desk.filed:
        assert b"\n" not in one.raw.replace(b"\r\n", b"")
        if envelope(one.raw).automatic:
            continue  # a bounce gives the header back as it was
        assert not set(one.raw) & {*range(9), *range(11, 13), *range(14, 27), *range(28, 32), 127}
    assert (server.password_file.parent / "server.log").read_text() == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b"no header at all",
        b"From: \xff\xfe\r\nSubject: \x1b]0;x\x07 \xed\xa0\x80\r\nMessage-ID: <\x00\xe3\x81@x>\r\n\r\n\xed\xa0\x80\x1b[2J?",
        b"Message-ID: <a b\r\nReferences: " + b"<x@y> " * 5000 + b"\r\n\r\nbody",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 2_000,
        b"Subject: " + b"Re: " * 5_000 + b"\r\n\r\n" + b"x" * 90_000 + b"?\r\n",
        b"From: =?utf-8?B?7aCA?= <"
        + b"a" * 900
        + b"@x>\r\nTo: "
        + b"a@b," * 5_000
        + b"\r\n\r\n"
        + "あ".encode() * 30_000,
    ],
    ids=["empty", "no fields", "no header", "bytes", "ids", "parts", "long lines", "long names"],
)
def test_whatever_is_sent_the_demo_goes_on(server: DemoServer, account: Account, inbox: Inbox, content: bytes) -> None:
    everybody = [NAGATA, JAMES, ME_ADDRESS, "nobody@minato.example"]
    with smtplib.SMTP(server.host, server.smtp_port, timeout=20) as line:
        line.sendmail(ME_ADDRESS, everybody, content)
    inbox.arrived("Subject", "Undelivered Mail Returned to Sender")
    send(account, no_secret, ME_ADDRESS, [SUZUKI], letter([SUZUKI], "Still there?", key="last"))
    inbox.arrived("In-Reply-To", "<last@zylker.example>")
    assert "Traceback" not in (server.password_file.parent / "server.log").read_text()


def test_a_line_that_talks_nonsense_or_breaks_leaves_the_others_alone(
    server: DemoServer, account: Account, inbox: Inbox
) -> None:
    for said in (
        b"\x00\xff\r\n",
        b"EHLO x\r\nMAIL FROM:<a\r\n",
        b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<\xff@x>\r\n",
        b"x" * 200_000,
    ):
        with socket.create_connection((server.host, server.smtp_port), 20) as line, contextlib.suppress(OSError):
            line.sendall(said)
            line.recv(4096)
    with socket.create_connection((server.host, server.smtp_port), 20) as line:
        line.sendall(
            b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<nagata@minato.example>\r\nDATA\r\nSubject: half a mail\r\n"
        )
    send(account, no_secret, ME_ADDRESS, [SUZUKI], letter([SUZUKI], "Still there?"))
    inbox.arrived("In-Reply-To", "<a1@zylker.example>")


def test_what_is_too_large_and_who_are_too_many_is_told_at_once(server: DemoServer, account: Account) -> None:
    with pytest.raises(ServerError, match=r"25\.0 MB"):
        send(account, no_secret, ME_ADDRESS, [NAGATA], letter([NAGATA], "x") + b"x\n" * (MOST_OCTETS // 2))
    with smtplib.SMTP(server.host, server.smtp_port, timeout=20) as line:
        line.ehlo()
        line.mail(ME_ADDRESS)
        codes = [line.rcpt(f"r{number}@x.example")[0] for number in range(MOST_RECIPIENTS + 1)]
        assert codes == [250] * MOST_RECIPIENTS + [452]
        assert line.rcpt('"a b"@x.example')[0] == 553


# --- who answers, and how often -------------------------------------------------------------------------------------


class Desk:
    """A post office without a line to it: what it would put into the mailbox, and when."""

    def __init__(self, seed: int = 0) -> None:
        self.post = Post(self._put, lambda: NOW, seed=seed, every=0.001)
        self.filed: list[Filed] = []

    async def _put(self, filed: Filed) -> None:
        self.filed.append(filed)

    def sent(self, *messages: tuple[Sequence[str], bytes], sender: str = ME_ADDRESS) -> list[bytes]:
        """What arrives after these were sent, one after the other."""
        import asyncio

        from aiosmtpd.smtp import SMTP, Envelope, Session

        async def go() -> None:
            for recipients, raw in messages:
                told = Envelope()
                told.mail_from, told.content = sender, raw.replace(b"\n", b"\r\n")
                loop = asyncio.get_running_loop()
                told.rcpt_tos.extend(recipients)
                await self.post.handle_DATA(SMTP(self.post, loop=loop, hostname="x"), Session(loop), told)
                await asyncio.gather(*self.post._waiting)

        asyncio.run(go())
        return [one.raw for one in self.filed]


def test_one_answer_for_each_mail_and_few_for_each_thread() -> None:
    messages = []
    chain = ""
    for number in range(MOST_TURNS + 3):
        fields = {"References": chain} if chain else {}
        raw = letter([NAGATA, "komiya@minato.example"], JAPANESE, key=f"m{number}", **fields)
        messages += [([NAGATA, "komiya@minato.example"], raw)] * 2
        chain = f"{chain} <m{number}@zylker.example>".strip()
    answers = Desk().sent(*messages)
    assert len(answers) == MOST_TURNS
    texts = [body(one).text.partition("\n> ")[0] for one in answers]
    assert len(set(texts)) == MOST_TURNS
    assert [envelope(one).references[-1] for one in answers] == [f"<m{n}@zylker.example>" for n in range(MOST_TURNS)]
    assert {envelope(one).cc[0].address for one in answers} == {"komiya@minato.example"}


def test_customers_answer_before_strangers_and_those_before_colleagues() -> None:
    def answerer(*recipients: str) -> str:
        [answer] = Desk().sent((recipients, letter(recipients, ENGLISH)))
        return envelope(answer).sender.address

    assert answerer(SUZUKI, "ingrid@fjordfish.example", JAMES, NAGATA) == JAMES
    assert answerer(SUZUKI, "ingrid@fjordfish.example") == "ingrid@fjordfish.example"
    assert answerer("info@zylker.example", SUZUKI.upper()) == SUZUKI
    assert answerer("t-hattori@freemail.example") == "t-hattori@freemail.example"


def test_who_got_a_blind_copy_tells_nobody_else() -> None:
    [answer] = Desk().sent(([SUZUKI, JAMES], letter([SUZUKI], ENGLISH)))
    assert envelope(answer).sender.address == JAMES
    assert envelope(answer).cc == ()


def test_machines_are_silent_and_nobody_answers_to_machines() -> None:
    assert (
        Desk().sent((["news@logi-weekly.example", "info@zylker.example"], letter(["info@zylker.example"], "hi"))) == []
    )
    automatic = letter([NAGATA], "Out of office", Auto_Submitted="auto-replied")
    assert Desk().sent(([NAGATA], automatic)) == []
    assert Desk().sent(([NAGATA, "nobody@minato.example"], letter([NAGATA], "read")), sender="<>") == []
    invitation = letter([NAGATA], "I shall come").replace(b"text/plain", b"text/calendar")
    assert Desk().sent(([NAGATA], invitation)) == []


def test_the_same_mail_is_answered_in_the_same_way() -> None:
    told = ([NAGATA], letter([NAGATA], JAPANESE))
    assert Desk().sent(told) == Desk().sent(told)
    assert Desk().sent(told) != Desk(seed=1).sent(told)


def test_an_answer_takes_eight_to_twenty_seconds_and_a_bounce_less() -> None:
    """At the demo's usual pace; it follows from the message alone."""
    waits: list[float] = []

    class Timed(Post):
        def _later(self, seconds: float, written: object) -> None:
            waits.append(seconds)

    async def put(filed: Filed) -> None:
        raise AssertionError

    desk = Desk()
    for seed in range(20):
        desk.post = Timed(put, lambda: NOW, seed=seed, every=EVERY)
        desk.sent(([NAGATA, "nobody@minato.example"], letter([NAGATA], JAPANESE)))
    bounces, answers = waits[::2], waits[1::2]
    assert len(answers) == len(bounces) == 20
    assert all(8 <= wait <= 20 for wait in answers)
    assert all(1 <= wait <= 5 for wait in bounces)
    assert len(set(answers)) > 10


def test_everybody_of_the_sample_can_answer_in_both_languages() -> None:
    people = addressees()
    assert ME_ADDRESS not in people
    assert "saionji@kyo-wagasi.example" not in people, "the address that has bounced before"
    assert all(people[one.address].kind == CUSTOMER for one in CONTACTS)
    for number, (address, addressee) in enumerate(people.items()):
        if addressee.kind == SILENT:
            continue
        assert addressee.kind in (CUSTOMER, STRANGER, COLLEAGUE)
        for text, spoken in ((JAPANESE, "ja"), (ENGLISH, "en")):
            [answer] = Desk().sent(([address], letter([address], text, "①㈱ Café – 見積" if number % 2 else "Offer")))
            read = body(answer).text.partition("\n> ")[0]
            assert envelope(answer).sender.address == address
            assert "\ufffd" not in read
            assert "{" not in read
            assert ("橋本" in read.split("\n")[0]) == (spoken == "ja")
            assert all(len(line) <= 998 for line in answer.split(b"\r\n"))


def test_the_language_is_that_of_what_the_rep_wrote_and_not_of_the_quotation() -> None:
    def spoken(text: str, subject: str = "Re: 納期") -> str:
        return language(Received(("", ME_ADDRESS), (), subject, text, ()), PEOPLE["james"])

    assert spoken(JAPANESE) == "ja"
    assert (
        spoken(
            "Yes.\n\n2024年11月25日(月) 10:40 永田 達郎 <nagata@minato.example>:\n> 可能でしょうか。\n> お願いします。"
        )
        == "en"
    )
    assert spoken("Dear 永田様,\nplease find our offer attached, as discussed on the phone this morning.\nNami") == "en"
    assert (
        spoken(
            "はい。\n\nOn Mon, 25 Nov 2024 at 10:40, James <james@x.example> wrote:\n> Is it possible to have it by Friday?"
        )
        == "ja"
    )
    assert spoken(f"Yes, Friday is fine.\n\n-- \n{SIGNATURE}") == "en"
    assert spoken("Zylker Inventory Cloud の見積です") == "ja"
    assert spoken("") == "ja"
    assert spoken("", "") == "en"


def test_files_and_questions_are_answered_as_such() -> None:
    def fits(text: str, turn: int = 1, *, files: bool = False) -> str:
        return situation(Received(("", ME_ADDRESS), (), "", text, (), files), turn)

    assert fits("届きましたでしょうか。") == "asked"
    assert fits("ok?\n> what") == "asked"
    assert fits("ok\n> what?") == "told"
    assert fits("資料です", files=True) == "files"
    assert fits("ok?", 2) == "again"
    assert fits("ok?", MOST_TURNS) == "last"
