"""Mail from scripts, by real servers: what arrives, what is printed, what the exit code says (SEND, UI-7)."""

import email
import email.policy
import io
import json
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from salesinbox.cli import sending
from salesinbox.store.database import FILE, Database
from tests.cli.conftest import Cli, Done, account, write_config
from tests.mailboxes import mail
from tests.providers.test_smtp import Post, Server
from tests.servers import SECRET, Cut, Mailbox, free_port

BODY = "お世話になっております。\nPlease find it below.\n"


class Office:
    """A rep with a mailbox and a server that sends; `give` is what stdin holds, `arrived` what the server took."""

    def __init__(self, cli: Cli, home: Path, mailbox: Mailbox, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
        self._cli, self.home, self.mailbox, self.post = cli, home, mailbox, post
        self.monkeypatch = monkeypatch
        self.address = f"{mailbox.user}@zylker.example"
        self.port = 0
        self.give(BODY.encode())

    def configure(self, port: int, *, more: str = "", sends: bool = True) -> None:
        """An account that sends by the server on `port`; the files of sent mail are ours to keep."""
        smtp = (
            f'[account.smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nuser = "rep"\nsent = "program"\n'
            f'password_command = ["printf", "%s", "{SECRET}"]\n'
        )
        write_config(self.home, account(self.mailbox) + (smtp if sends else ""), more)

    def give(self, octets: bytes) -> None:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets)))

    def never_asked(self) -> None:
        """Whoever reads stdin now fails."""

        class Closed(io.RawIOBase):
            def readable(self) -> bool:
                return True

            def readinto(self, _into: object) -> int:
                raise AssertionError("stdin was read")

        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Closed())))

    def __call__(self, *words: str, body: bytes | None = None) -> Done:
        if body is not None:
            self.give(body)
        return self._cli(*words)

    @property
    def arrived(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(one.content, policy=email.policy.default)  # type: ignore[arg-type, misc]
            for one in self.post.taken
        ]

    @property
    def recipients(self) -> list[list[str]]:
        return [one.rcpt_tos for one in self.post.taken]

    def in_sent(self) -> list[bytes]:
        with self.mailbox.client() as client:
            client.select_folder("Sent", readonly=True)
            found = client.search("ALL")
            return [one[b"BODY[]"] for one in client.fetch(found, ["BODY.PEEK[]"]).values()] if found else []

    def outbox(self) -> list[dict[str, object]]:
        return self._cli("outbox", "--json").json


@pytest.fixture
def office(cli: Cli, home: Path, dovecot: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Two messages of a customer and one of the rep's in a thread, a folder for sent mail, and a server that sends."""
    post = Post()
    made = Office(cli, home, dovecot, post, monkeypatch)
    dovecot.deliver(mail(1, sender="永田 達郎 <nagata@minato.example>", subject="資料の件", body="どうぞ。\n"))
    dovecot.deliver(
        mail(2, sender="永田 達郎 <nagata@minato.example>", subject="Re: 資料の件", references="<1@test.example>")
    )
    with dovecot.client() as client:
        client.create_folder("Sent")
        client.create_folder("Drafts")
    with Server(post) as server:
        made.port = server.port
        made.configure(server.port)
        assert cli("sync").code == 0
        yield made


def text_of(message: EmailMessage) -> str:
    """The text of a message, its line breaks as those of a file."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def thread(office: Office) -> str:
    [card] = office("list", "--json").json
    return str(card["id"])


# --- sending ------------------------------------------------------------------------------------------------------


def test_UI_7_a_message_from_a_script_arrives_and_is_filed(office: Office) -> None:
    done = office("send", "a@customer.example", "--subject", "お見積もり", "--json")
    assert (done.code, done.err) == (0, "")
    assert set(done.json) == {"id", "message_id", "state"}
    assert done.json["state"] == "sent"
    [message] = office.arrived
    assert (message["Subject"], message["To"], message["From"].addresses[0].addr_spec) == (
        "お見積もり", "a@customer.example", office.address,
    )  # fmt: skip
    assert message["Message-ID"] == done.json["message_id"]
    assert text_of(message) == BODY
    [copy] = office.in_sent()
    assert done.json["message_id"].encode() in copy
    [entry] = office.outbox()
    assert (entry["id"], entry["state"], entry["filed"], entry["asks"]) == (done.json["id"], "sent", "filed", False)


def test_SEND_8_bcc_is_sent_to_and_told_to_nobody(office: Office) -> None:
    done = office(
        "send", "--to", "a@x.example, b@x.example", "--cc", "C <c@x.example>", "--bcc", "d@x.example", "-s", "x"
    )
    assert (done.code, done.out) == (0, "Sent to a@x.example, b@x.example, c@x.example, d@x.example.\n")
    assert office.recipients == [["a@x.example", "b@x.example", "c@x.example", "d@x.example"]]
    assert office.arrived[0]["Bcc"] is None
    assert b"d@x.example" not in office.post.taken[0].content  # type: ignore[operator]


def test_LINK_5_a_message_for_a_deal_with_a_file_of_another_record(office: Office) -> None:
    deals = office.home / "deals.csv"
    deals.write_text("Deal Name,Stage\nWeb刷新,提案\n保守契約,提案\n", encoding="utf-8")
    assert office("records", "import", str(deals), "--kind", "deals").code == 0
    web, care = (one["id"] for one in office("records", "list", "--kind", "deals", "--json").json)
    with Database(office.home / "data" / FILE) as database, database.transaction() as connection:
        connection.execute(
            "INSERT INTO record_file (id, record, name, type, size, added) VALUES (3, ?, '価格.csv', 'text/csv', 4, 1)",
            (care,),
        )
        connection.execute("INSERT INTO record_file_content (file_id, content) VALUES (3, ?)", (b"a,b\n",))
    done = office("send", "a@x.example", "-s", "One", "--record", web, "--attach-record", "f3", "--json")
    assert (done.code, done.err) == (0, "")
    [attached] = office.arrived[0].iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("価格.csv", "a,b\n")
    assert office("sync").code == 0
    names = {office("records", "show", one, "--json").json["name"]: one for one in (web, care)}
    [entry] = office.outbox()
    assert [names[name] for name in entry["linked"]] == [web]  # type: ignore[attr-defined]
    # What a file of a deal goes to belongs to that deal, where nothing else is said.
    assert office("send", "a@x.example", "-s", "Two", "--attach-record", "f3").code == 0
    assert office("sync").code == 0
    assert [names[name] for name in office.outbox()[0]["linked"]] == [care]  # type: ignore[attr-defined]


@pytest.mark.parametrize("words", [("--record", "d99"), ("--attach-record", "f99"), ("--attach-record", "x")])
def test_LINK_5_a_record_that_is_not_here_is_said_before_anything_is_read(office: Office, words: tuple[str]) -> None:
    office.never_asked()
    done = office("send", "a@x.example", "-s", "x", *words)
    assert (done.code, done.out) == (1, "")
    assert words[1] in done.err
    assert office.outbox() == []


def test_SEND_9_files_are_attached_and_the_text_comes_from_stdin(office: Office) -> None:
    file = office.home / "見積書.csv"
    file.write_text("a,b\n")
    assert office("send", "a@x.example", "-s", "Figures", "-a", str(file)).code == 0
    [attached] = office.arrived[0].iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("見積書.csv", "text/csv")


def test_SEND_1_an_answer_is_threaded_and_goes_to_whom_it_answers(office: Office) -> None:
    assert office("send", "--in-reply-to", thread(office)).code == 0
    [message] = office.arrived
    assert (message["In-Reply-To"], message["Subject"]) == ("<2@test.example>", "Re: 資料の件")
    assert "<1@test.example>" in message["References"]
    assert office.recipients == [["nagata@minato.example"]]
    assert text_of(message) == BODY, "no quotation that nobody asked for"


def test_SEND_1_an_answer_may_go_to_others_with_another_subject(office: Office) -> None:
    assert office("send", "boss@zylker.example", "--in-reply-to", thread(office), "-s", "FYI").code == 0
    assert (office.recipients, office.arrived[0]["Subject"]) == ([["boss@zylker.example"]], "FYI")
    assert office.arrived[0]["In-Reply-To"] == "<2@test.example>"


def test_SEND_3_from_another_of_the_reps_addresses_with_its_signature(office: Office) -> None:
    office.configure(
        office.port,
        more='[[account.identity]]\naddress = "sales@zylker.example"\nname = "営業部"\nsignature = "Zylker 営業部"\n',
    )
    assert office("send", "a@x.example", "-s", "x", "--from", "Sales@zylker.example").code == 0
    assert office.arrived[0]["From"].addresses[0].addr_spec == "sales@zylker.example"
    assert "営業部" not in text_of(office.arrived[0])
    assert office("send", "a@x.example", "-s", "x", "-r", "sales@zylker.example", "--signature", body=b"Hi\n").code == 0
    assert text_of(office.arrived[1]) == "Hi\n\n-- \nZylker 営業部\n"
    done = office("send", "a@x.example", "-s", "x", "--from", "boss@zylker.example")
    assert done.code == 2
    assert "sales@zylker.example" in done.err


def test_a_text_in_markdown_goes_as_text_and_html(office: Office) -> None:
    assert office("send", "a@x.example", "-s", "x", "--markdown", body=b"**Hello** you\n").code == 0
    [message] = office.arrived
    assert "<strong>Hello</strong>" in message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "Hello" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


# --- with a head --------------------------------------------------------------------------------------------------


def test_as_sendmail_does_the_head_says_to_whom(office: Office) -> None:
    head = (
        "From: cron\r\n <"
        + office.address
        + ">\r\nTo: =?utf-8?B?5rC455SwLCDpgZTpg44=?= <a@x.example>,\r\n b@x.example\r\n"
        "Bcc: c@x.example\r\nSubject: =?iso-2022-jp?B?GyRCOCtAUTVhGyhC?=\r\nX-Cron: yes\r\n"
        "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
    )
    done = office("send", "-t", "d@x.example", body=head.encode() + "本文です\r\n".encode("iso-2022-jp"))
    assert done.code == 0
    assert done.err == "salesinbox: These fields are not taken over: X-Cron\n"
    assert office.recipients == [["d@x.example", "a@x.example", "b@x.example", "c@x.example"]]
    [message] = office.arrived
    assert message["Subject"] == "見積求"
    assert message["To"].addresses[1].display_name == "永田, 達郎"
    assert text_of(message) == "本文です\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"Hello,\nthis is no head\n", "This is no header field: 'Hello,'"),
        (b"Subject: x\n\nno recipient\n", "There is no recipient."),
        (b"To: nobody\nSubject: x\n\ntext\n", "nobody"),
        (b"To: a@x.example\nContent-Type: text/html\n\n<b>\n", "Only plain text"),
        (b"", "There is no recipient."),
    ],
)
def test_a_head_that_is_none_sends_nothing(office: Office, text: bytes, sentence: str) -> None:
    done = office("send", "--headers", body=text)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert office.outbox() == []
    assert office("drafts", "--json").json == []


# --- what stdin is written in -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (BODY.encode(), []),
        (b"\xef\xbb\xbf" + BODY.encode(), []),
        (BODY.encode("iso-2022-jp"), []),
        (BODY.encode("cp932"), ["--charset", "cp932"]),
        (BODY.replace("\n", "\r\n").encode(), []),
    ],
    ids=["utf-8", "with a mark", "iso-2022-jp", "cp932", "crlf"],
)
def test_a_text_is_read_in_its_charset(office: Office, octets: bytes, words: list[str]) -> None:
    assert office("send", "a@x.example", "-s", "x", *words, body=octets).code == 0
    assert text_of(office.arrived[0]) == BODY


def test_a_text_in_an_unknown_charset_is_never_sent_as_mojibake(office: Office) -> None:
    for words in ((), ("--charset", "utf-8"), ("--charset", "klingon")):
        done = office("send", "a@x.example", "-s", "x", *words, body=BODY.encode("cp932"))
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1
    assert not office.post.taken


# --- what is wrong is said before stdin is read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["-s", "x"], 2, "There is no recipient."),
        (["not an address", "-s", "x"], 2, "not an address"),
        (["a@x.example", "-s", "x\nBcc: evil@x.example"], 2, "line break"),
        (["a@x.example\r\nBcc: evil@x.example", "-s", "x"], 2, "line break"),
        (["a@x.example", "-a", "/no/such/file"], 2, "cannot be attached"),
        (["a@x.example", "-a", "/"], 2, "is a folder"),
        (["a@x.example", "--at", "someday"], 2, "no time to come"),
        (["a@x.example", "--from", "who@else.example"], 2, "none of your addresses"),
        (["a@x.example", "--in-reply-to", "m999"], 1, "m999"),
        (["a@x.example", "--in-reply-to", "t999"], 1, "t999"),
        (["a@x.example", "--account", "home"], 1, "There is no account home"),
        (["a@x.example", "--at", "fri", "--queue"], 2, "not allowed with"),
        (["a@x.example", "--tell", "soon"], 2, "whole number"),
    ],
)
def test_UI_7_stdin_is_not_read_for_wrong_arguments(office: Office, words: list[str], code: int, sentence: str) -> None:
    office.never_asked()
    done = office("send", *words)
    assert (done.code, done.out) == (code, "")
    assert sentence in done.err
    assert not office.post.taken
    assert office("drafts", "--json").json == []


def test_UI_7_without_a_server_to_send_by_it_is_the_configurations_fault(office: Office) -> None:
    office.configure(0, sends=False)
    office.never_asked()
    done = office("send", "a@x.example", "-s", "x")
    assert (done.code, done.out) == (3, "")
    assert "[account.smtp]" in done.err


# --- what is odd --------------------------------------------------------------------------------------------------


def test_SEND_7_what_is_odd_is_said_and_stops_only_who_is_strict(office: Office) -> None:
    done = office("send", "a@x.example", "-s", "x", "--strict", body=b"See the attached file.\n")
    assert (done.code, done.out, office.post.taken) == (2, "", [])
    assert "nothing is attached" in done.err
    done = office("send", "a@x.example", body=b"Hello\n")
    assert (done.code, done.err) == (0, "salesinbox: There is no subject.\n")
    done = office("send", "a@x.example", "--yes", body=b"Hello\n")
    assert (done.code, done.err) == (0, "")
    assert office("drafts", "--json").json == []


# --- what comes of it ---------------------------------------------------------------------------------------------


def test_SEND_6_a_refusal_is_told_in_the_servers_words_and_can_be_tried_again(office: Office) -> None:
    office.post.refuses["x@nowhere.example"] = "550 5.1.1 no such user"
    done = office("send", "x@nowhere.example", "-s", "Offer", "--json")
    assert (done.code, done.json["state"]) == (1, "refused")
    assert "550 5.1.1 no such user" in done.err
    [entry] = office.outbox()
    assert (entry["state"], entry["to"]) == ("refused", ["x@nowhere.example"])
    assert "no such user" in str(entry["error"])
    office.post.refuses.clear()
    done = office("outbox", "retry", str(entry["id"]))
    assert done.code == 0
    assert office("sync").code == 0
    assert [one["state"] for one in office.outbox()] == ["sent"]
    assert office.recipients == [["x@nowhere.example"]]


def test_account_test_tries_the_server_that_sends_too(office: Office) -> None:
    [tried] = office("account", "test", "--json").json
    assert tried["ok"]
    assert f"sends by 127.0.0.1:{office.port}" in tried["detail"]
    assert office.post.taken == []
    office.configure(free_port())
    done = office("account", "test", "--json")
    [tried] = done.json
    assert (done.code, tried["ok"]) == (5, False)
    assert tried["detail"].startswith("Mail can be read, but not sent: ")


def test_UI_7_a_refused_login_has_its_own_exit_code(office: Office) -> None:
    path = office.home / "config.toml"
    text = path.read_text(encoding="utf-8")
    reading, sending = text.split("[account.smtp]")
    path.write_text(f"{reading}[account.smtp]{sending.replace(SECRET, 'wrong')}", encoding="utf-8")
    done = office("send", "a@x.example", "-s", "Offer")
    assert done.code == 4
    assert "refused the login" in done.err
    assert "wrong" not in done.err
    assert office.post.taken == []


def test_scripts_that_call_sendmail_need_no_change(office: Office) -> None:
    letter = b"To: a@x.example\nSubject: Backup\n\nDone.\n.\nReally.\n"
    assert office("send", "-oi", "-i", "-t", "-f", office.address, body=letter).code == 0
    assert text_of(office.arrived[0]) == "Done.\n.\nReally.\n"


def test_SEND_6_a_line_that_breaks_after_the_text_is_an_open_question(office: Office) -> None:
    with Cut(office.port) as cut:
        office.configure(cut.port)
        office.post.after_data = cut.cut
        done = office("send", "a@x.example", "-s", "Contract", "--json")
    office.post.after_data = lambda: None
    assert (done.code, done.json["state"]) == (1, "unknown")
    assert f"outbox arrived {done.json['id']}" in done.err
    office.configure(office.port)
    again = office("outbox", "retry", done.json["id"])
    assert (again.code, again.out) == (2, "")
    assert "twice" in again.err
    assert office("sync").code == 0
    assert len(office.post.taken) == 1, "nobody sends it again unasked"
    assert office.outbox()[0]["asks"] is True
    assert office("outbox", "arrived", done.json["id"]).code == 0
    assert office.outbox()[0]["state"] == "sent"


def test_SEND_6_what_did_not_arrive_is_sent_again_when_the_rep_says_so(office: Office) -> None:
    with Cut(office.port) as cut:
        office.configure(cut.port)
        office.post.after_data = cut.cut
        done = office("send", "a@x.example", "-s", "Contract", "--json")
    office.post.after_data = lambda: None
    office.configure(office.port)
    assert office("sync").code == 0
    assert office("outbox", "retry", "--yes", done.json["id"]).code == 0
    assert office("sync").code == 0
    first, second = office.arrived
    assert first["Message-ID"] == second["Message-ID"] == done.json["message_id"]


def test_SEND_5_without_a_line_it_waits_in_the_outbox_and_goes_with_the_next_one(office: Office) -> None:
    config = office.home / "config.toml"
    before = config.read_text()
    office.configure(free_port())
    office.monkeypatch.setattr(sending, "PATIENCE", 1.0)
    done = office("send", "a@x.example", "-s", "x", "--json")
    assert (done.code, done.json["state"]) == (0, "pending")
    assert "in the outbox" in done.err
    config.write_text(before)
    assert office("sync").code == 0
    assert office.recipients == [["a@x.example"]]
    assert [one["state"] for one in office.outbox()] == ["sent"]


def test_SEND_5_later_and_taken_back(office: Office) -> None:
    done = office("send", "a@x.example", "-s", "Later", "--at", "tomorrow 9:00", "--json")
    assert (done.code, done.json["state"], office.post.taken) == (0, "pending", [])
    [entry] = office.outbox()
    assert str(entry["due"]).endswith("T09:00:00+09:00")
    assert entry["sent"] is None
    done = office("outbox", "cancel", done.json["id"], "o999", "--json")
    assert done.code == 6
    first, second = done.json
    assert (first["state"], second["error"] != "") == ("cancelled", True)
    [draft] = office("drafts", "--json").json
    assert (draft["id"], draft["to"], draft["subject"]) == (first["draft"], "a@x.example", "Later")
    assert office.outbox() == []


def test_SEND_5_now_sends_what_waits(office: Office) -> None:
    sent = office("send", "a@x.example", "-s", "Later", "--at", "tomorrow 9:00", "--json").json
    assert office("outbox", "now", sent["id"]).code == 0
    assert office("sync").code == 0
    assert office.recipients == [["a@x.example"]]
    late = office("outbox", "cancel", sent["id"])
    assert (late.code, late.out) == (2, "")
    assert "sent already" in late.err


def test_queue_does_not_wait_for_the_server(office: Office) -> None:
    done = office("send", "a@x.example", "-s", "x", "--queue", "--json")
    assert (done.code, done.json["state"], office.post.taken) == (0, "pending", [])
    assert "does not run now" in done.err
    assert office("sync").code == 0
    assert len(office.post.taken) == 1


def test_SEND_4_a_draft_is_kept_and_not_sent(office: Office) -> None:
    done = office("send", "a@x.example", "-s", "Half", "--draft", "--json", body=b"begun\n")
    assert (done.code, done.json["state"], done.json["message_id"]) == (0, "draft", "")
    [draft] = office("drafts", "--json").json
    assert draft["id"] == done.json["id"]
    assert not office.post.taken


def test_ACT_6_tell_asks_for_word_if_nobody_answers(office: Office) -> None:
    done = office("send", "a@x.example", "-s", "x", "--tell", "3", "--json")
    assert done.code == 0
    with Database(office.home / "data" / FILE, readonly=True) as database:
        sent, due = database.connection.execute("SELECT sent, response_due FROM outgoing").fetchone()
    assert 2 * 86_400 < due - sent < 5 * 86_400


# --- the list -----------------------------------------------------------------------------------------------------


def test_UI_7_the_outbox_as_json_and_as_a_table(office: Office) -> None:
    assert office("outbox", "--json").json == office("outbox", "list", "--json").json == []
    assert office("send", "永田 <nagata@minato.example>", "-s", "\u202eOffer").code == 0
    [entry] = office.outbox()
    assert set(entry) == {
        "id", "account", "message_id", "to", "subject", "state", "due", "created", "sent", "error", "filed", "linked",
        "asks",
    }  # fmt: skip
    shown = office("outbox").out
    assert "nagata@minato.example" in shown
    assert "sent" in shown
    assert "\u202e" not in shown
    assert "\u202e" not in office("outbox", "--json").out
    assert json.loads(office("outbox", "--json").out)[0]["subject"].endswith("Offer")


def test_an_id_that_is_not_here_is_a_sentence(office: Office) -> None:
    for verb in ("retry", "cancel", "now", "arrived"):
        done = office("outbox", verb, "o999", "\x1b[2J")
        assert done.code == 1
        assert done.err.count("\n") == 2
        assert "\x1b" not in done.err
