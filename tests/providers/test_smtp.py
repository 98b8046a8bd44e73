"""Sending by a real SMTP server: what arrives, what a refusal says, and what a broken line leaves open."""

import base64
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Self

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from salesinbox.locale import texts
from salesinbox.model.errors import (
    CertificateError,
    ConfigurationError,
    CredentialsError,
    NetworkError,
    ServerError,
    UnknownOutcomeError,
    UsageError,
)
from salesinbox.model.settings import IMPLICIT, NO_TLS, STARTTLS, Account, Smtp
from salesinbox.providers.smtp.sending import Taken, send
from salesinbox.providers.smtp.wire import wire_form
from tests.servers import SECRET, Certificates, Cut, free_port

ME = "rep@zylker.example"
MESSAGE = b"From: rep@zylker.example\nTo: a@x.example\nSubject: offer\n\nHello.\n.\n..two\nBye."
ARRIVED = b"From: rep@zylker.example\r\nTo: a@x.example\r\nSubject: offer\r\n\r\nHello.\r\n.\r\n..two\r\nBye.\r\n"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    texts.use("en")
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    yield
    texts.use("")


class Post:
    """What a server does with mail: it keeps it, and refuses what `refuses` names."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.logins: list[tuple[str, bytes, bytes]] = []
        self.refuses: dict[str, str] = {}
        self.after_data: Callable[[], None] = lambda: None
        self.before_data: Callable[[], None] = lambda: None

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        login, password = data.login, data.password  # type: ignore[attr-defined]
        self.logins.append((mechanism, login, password))
        return AuthResult(success=password == SECRET.encode(), handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.before_data()
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken.append(envelope)
        self.after_data()
        return self.refuses.get("DATA", "250 2.0.0 taken")


class Server(Controller):
    """aiosmtpd on a free port. `tls` is how it is spoken to."""

    def __init__(self, post: Post, tls: str = NO_TLS, chain: tuple | None = None, **settings: object) -> None:
        context = None
        if chain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*chain)
        self.kind = tls
        settings.setdefault("authenticator", post.log_in)
        settings.setdefault("auth_required", True)
        settings.setdefault("auth_require_tls", tls == STARTTLS)
        if tls == STARTTLS:
            settings.update(tls_context=context, require_starttls=True)
        super().__init__(
            post,
            hostname="127.0.0.1",
            port=free_port(),
            ssl_context=context if tls == IMPLICIT else None,
            enable_SMTPUTF8=bool(settings.pop("utf8", True)),
            **settings,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def account(self, **changes: object) -> Account:
        wanted: dict[str, object] = {"host": "127.0.0.1", "port": self.port, "tls": self.kind, "user": "rep", **changes}
        return Account("work", ME, "imap", smtp=Smtp(**wanted))  # type: ignore[arg-type]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(post: Post) -> Iterator[Server]:
    with Server(post) as running:
        yield running


def secret() -> str:
    return SECRET


def test_a_message_arrives_as_it_is_for_each_recipient_once(server: Server, post: Post) -> None:
    send(server.account(), secret, ME, ["a@x.example", "b@x.example", "a@x.example"], MESSAGE)
    (one,) = post.taken
    assert one.mail_from == ME
    assert one.rcpt_tos == ["a@x.example", "b@x.example"]
    assert one.content == ARRIVED
    assert post.logins == [("PLAIN", b"rep", SECRET.encode())]


def test_a_server_that_offers_LOGIN_alone_is_logged_in_to(post: Post) -> None:
    with Server(post, auth_exclude_mechanism=["PLAIN"]) as server:
        send(server.account(), secret, ME, ["a@x.example"], MESSAGE)
    assert post.logins == [("LOGIN", b"rep", SECRET.encode())]


class TokenPost(Post):
    """A server that takes the access token "secret", as Google and Microsoft do."""

    challenge = b'{"status":"401","schemes":"bearer","scope":"https://mail.zylker.example/"}'

    async def auth_XOAUTH2(self, server: SMTP, arguments: list[str]) -> AuthResult:
        said = base64.b64decode(arguments[1])
        if said == f"user=rep\1auth=Bearer {SECRET}\1\1".encode():
            self.logins.append(("XOAUTH2", b"rep", said))
            return AuthResult(success=True)
        answer = await server.challenge_auth(self.challenge, encode_to_b64=True)
        assert answer == b""
        return AuthResult(success=False, handled=False)


def test_ACC_4_an_access_token_logs_in() -> None:
    post = TokenPost()
    with Server(post) as server:
        send(server.account(auth="xoauth2"), secret, ME, ["a@x.example"], MESSAGE)
        assert [kind for kind, _, _ in post.logins] == ["XOAUTH2"]
        send(server.account(), secret, ME, ["a@x.example"], MESSAGE)
    assert [kind for kind, _, _ in post.logins] == ["XOAUTH2", "PLAIN"]
    assert len(post.taken) == 2


@pytest.mark.parametrize("challenge", [TokenPost.challenge, b"no json", b"[1]", b"{}", b"[" * 5000])
def test_ACC_4_a_refused_access_token_is_told_in_words_and_not_shown(challenge: bytes) -> None:
    post = TokenPost()
    post.challenge = challenge
    with Server(post) as server, pytest.raises(CredentialsError) as caught:
        send(server.account(auth="xoauth2"), lambda: "ya29.hunter2", ME, ["a@x.example"], MESSAGE)
    said = str(caught.value)
    assert "refused the access token of rep" in said
    assert ("status 401, scope https://mail.zylker.example/" in said) is (challenge == TokenPost.challenge)
    assert "hunter2" not in said
    assert post.taken == []


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ((b"454 4.7.0 later",), NetworkError),
        ((b"334 ", b"454 later"), NetworkError),
        ((b"334 " + base64.b64encode(b'{"status":"secret"}'), b"535 no"), CredentialsError),
        ((b"535 no, " + base64.b64encode(SECRET.encode()),), CredentialsError),
    ],
)
def test_each_answer_to_an_access_token_has_its_error(lines: tuple[bytes, ...], kind: type[Exception]) -> None:
    with Script(b"220 hi", b"250-hi\r\n250 AUTH XOAUTH2 PLAIN", *lines) as script, pytest.raises(kind) as caught:
        send(script.account(auth="xoauth2"), secret, ME, ["a@x.example"], MESSAGE)
    assert type(caught.value) is kind
    assert SECRET not in str(caught.value)
    assert base64.b64encode(SECRET.encode()).decode() not in str(caught.value)


def test_an_access_token_where_none_is_taken_says_what_to_change(server: Server, post: Post) -> None:
    with pytest.raises(ServerError, match=r"no login by access token .* leave out auth"):
        send(server.account(auth="xoauth2"), secret, ME, ["a@x.example"], MESSAGE)
    assert post.logins == []


def test_a_secret_with_a_NUL_never_reaches_the_server(server: Server, post: Post) -> None:
    with pytest.raises(CredentialsError, match="NUL"):
        send(server.account(), lambda: f"{SECRET}\0", ME, ["a@x.example"], MESSAGE)
    assert post.logins == []


@pytest.mark.parametrize("tls", [IMPLICIT, STARTTLS])
def test_ACC_6_mail_goes_by_TLS_that_is_verified(post: Post, certificates: Certificates, tls: str) -> None:
    with Server(post, tls, certificates.valid) as server:
        send(server.account(ca_file=certificates.ca_file), secret, ME, ["a@x.example"], MESSAGE)
        assert len(post.taken) == 1
        with pytest.raises(CertificateError):
            send(server.account(), secret, ME, ["a@x.example"], MESSAGE)
    assert len(post.taken) == len(post.logins) == 1


@pytest.mark.parametrize("tls", [IMPLICIT, STARTTLS])
@pytest.mark.parametrize("chain", ["expired", "wrong_host", "unknown"])
def test_ACC_6_a_certificate_that_cannot_be_trusted_gets_neither_secret_nor_mail(
    post: Post, certificates: Certificates, tls: str, chain: str
) -> None:
    with (
        Server(post, tls, getattr(certificates, chain)) as server,
        pytest.raises(CertificateError),
    ):
        send(server.account(ca_file=certificates.ca_file), secret, ME, ["a@x.example"], MESSAGE)
    assert post.taken == post.logins == []


def test_ACC_6_without_STARTTLS_nothing_is_sent_in_clear(server: Server, post: Post) -> None:
    with pytest.raises(ServerError, match=r"does not offer STARTTLS .* port 465"):
        send(server.account(tls=STARTTLS), secret, ME, ["a@x.example"], MESSAGE)
    assert post.taken == post.logins == []


def test_ACC_6_clear_text_goes_to_this_machine_only() -> None:
    account = Account("work", ME, "imap", smtp=Smtp("192.0.2.1", 25, NO_TLS, "rep"))
    with pytest.raises(ConfigurationError, match="would send mail and password in clear"):
        send(account, secret, ME, ["a@x.example"], MESSAGE)


def test_an_account_without_smtp_says_what_to_add() -> None:
    with pytest.raises(ConfigurationError, match=r'account "work" cannot send: add \[account\.smtp\]'):
        send(Account("work", ME, "imap"), secret, ME, ["a@x.example"], MESSAGE)


def test_ACC_4_a_refused_login_shows_no_secret(server: Server, post: Post) -> None:
    with pytest.raises(CredentialsError) as caught:
        send(server.account(), lambda: "hunter2-日本", ME, ["a@x.example"], MESSAGE)
    assert "refused the login of rep" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert post.taken == []


def test_a_refused_recipient_is_named_with_the_servers_words_and_nothing_is_sent(server: Server, post: Post) -> None:
    post.refuses = {
        "b@x.example": "550 5.1.1 \x1b[31mno such user",
        "c@x.example": "452 4.2.2 mailbox full",
    }
    with pytest.raises(ServerError) as caught:
        send(server.account(), secret, ME, ["a@x.example", "b@x.example", "c@x.example"], MESSAGE)
    said = str(caught.value)
    assert "b@x.example (550 5.1.1" in said
    assert "no such user" in said
    assert "c@x.example (452 4.2.2 mailbox full)" in said
    assert "a@x.example" not in said
    assert "\x1b" not in said
    assert post.taken == []


def recipients(count: int) -> list[str]:
    return [f"c{number}@x.example" for number in range(count)]


@pytest.mark.parametrize(
    "said", ["452 4.5.3 limit reached", "452 Too many recipients", "552 too many rcpts", "452 come again"]
)
def test_more_recipients_than_the_server_takes_at_once_are_told_as_such(server: Server, post: Post, said: str) -> None:
    post.refuses = dict.fromkeys(recipients(150)[100:], said)
    with pytest.raises(
        ServerError, match=r"for 100 recipients at once, and this one has 150; nothing was sent"
    ) as told:
        send(server.account(), secret, ME, recipients(150), MESSAGE)
    assert said in str(told.value)
    assert post.taken == []
    send(server.account(), secret, ME, recipients(100), MESSAGE)
    assert len(post.taken[0].rcpt_tos) == 100


def test_a_limit_that_lets_nobody_through_is_one_for_the_moment(server: Server, post: Post) -> None:
    post.refuses = dict.fromkeys(recipients(3), "452 4.5.3 too many recipients in this hour")
    with pytest.raises(NetworkError, match="just now"):
        send(server.account(), secret, ME, recipients(3), MESSAGE)


def test_a_limit_that_the_server_tells_beforehand_is_kept() -> None:
    with (
        Script(b"220 hi", b"250-hi\r\n250 LIMITS MAILMAX=10 RCPTMAX=2") as script,
        pytest.raises(ServerError, match="for 2 recipients at once, and this one has 3"),
    ):
        send(script.account(), secret, ME, recipients(3), MESSAGE)


def test_the_refused_are_named_also_when_the_server_loses_patience() -> None:
    lines = (b"220 hi", b"250 hi", b"250 ok", b"550 5.1.1 unknown", b"421 4.7.0 too many errors")
    with Script(*lines) as script, pytest.raises(ServerError, match=r"c0@x\.example \(550 5\.1\.1 unknown\)"):
        send(script.account(), secret, ME, recipients(3), MESSAGE)


def test_a_refusal_for_the_moment_is_worth_another_try(server: Server, post: Post) -> None:
    post.refuses = {"a@x.example": "451 4.7.1 greylisted"}
    with pytest.raises(NetworkError, match=r"just now.*a@x\.example \(451 4\.7\.1 greylisted\)") as caught:
        send(server.account(), secret, ME, ["a@x.example"], MESSAGE)
    assert not isinstance(caught.value, UnknownOutcomeError)


@pytest.mark.parametrize(("answer", "kind"), [("554 5.7.1 spam", ServerError), ("451 4.3.0 try later", NetworkError)])
def test_a_message_that_is_refused_at_its_end_was_surely_not_taken(
    server: Server, post: Post, answer: str, kind: type[Exception]
) -> None:
    post.refuses = {"DATA": answer}
    with pytest.raises(kind, match=answer) as caught:
        send(server.account(), secret, ME, ["a@x.example"], MESSAGE)
    assert not isinstance(caught.value, UnknownOutcomeError)


def test_a_line_cut_before_the_message_took_nothing(server: Server, post: Post) -> None:
    with Cut(server.port) as cut:
        post.before_data = cut.cut
        with pytest.raises(NetworkError) as caught:
            send(server.account(port=cut.port), secret, ME, ["a@x.example"], MESSAGE)
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert post.taken == []


def test_a_line_cut_after_the_message_leaves_open_whether_it_was_taken(server: Server, post: Post) -> None:
    with Cut(server.port) as cut:
        post.after_data = cut.cut
        with pytest.raises(UnknownOutcomeError, match="may or may not have been sent"):
            send(server.account(port=cut.port), secret, ME, ["a@x.example"], MESSAGE)
    assert len(post.taken) == 1


def test_SEND_6_the_last_moment_comes_after_the_whole_message_and_before_its_end(server: Server, post: Post) -> None:
    seen: list[int] = []
    taken = send(
        server.account(), secret, ME, ["a@x.example"], MESSAGE, giving=lambda: seen.append(len(post.taken))
    )  # fmt: skip
    assert seen == [0]
    assert len(post.taken) == 1
    assert taken == Taken(33554432)


class _Cancelled(OSError):
    """An error that would be taken for the line's."""


def test_SEND_6_who_cancels_in_the_last_moment_has_nothing_sent(post: Post) -> None:
    def cancel() -> None:
        raise _Cancelled

    with Server(post) as server:
        for _ in range(3):
            with pytest.raises(_Cancelled):
                send(server.account(), secret, ME, ["a@x.example"], MESSAGE, giving=cancel)
        send(server.account(), secret, ME, ["b@x.example"], MESSAGE)
    assert [one.rcpt_tos for one in post.taken] == [["b@x.example"]]


def test_SEND_6_nothing_is_given_where_the_server_refuses_before(server: Server, post: Post) -> None:
    def never() -> None:
        raise AssertionError("nothing was given")

    post.refuses = {"a@x.example": "550 no"}
    with pytest.raises(ServerError):
        send(server.account(), secret, ME, ["a@x.example"], MESSAGE, giving=never)


def test_a_server_that_is_not_there_is_told(post: Post) -> None:
    account = Account("work", ME, "imap", smtp=Smtp("127.0.0.1", free_port(), NO_TLS, "rep"))
    with pytest.raises(NetworkError, match="refuses connections"):
        send(account, secret, ME, ["a@x.example"], MESSAGE)


def test_blind_copies_never_leave(server: Server, post: Post) -> None:
    raw = (
        b"Bcc: first@x.example\nFrom: rep@zylker.example\nbcc : b@x.example,\n\tc@x.example\nSubject: Bcc: is a word\r"
        b"Bcc: d@x.example\r\nResent-Bcc: e@x.example\nTo: a@x.example\nBCC: f@x.example\n\nBcc: in the text\n"
    )
    send(server.account(), secret, ME, ["a@x.example", "b@x.example"], raw)
    assert post.taken[0].content == (
        b"From: rep@zylker.example\r\nSubject: Bcc: is a word\r\nTo: a@x.example\r\n\r\nBcc: in the text\r\n"
    )
    assert wire_form(b"To: a@x.example\nBcc: b@x.example") == b"To: a@x.example\r\n"


def test_addresses_of_any_script_go_by_SMTPUTF8(server: Server, post: Post) -> None:
    raw = "From: rep@zylker.example\nTo: 営業@例え.example\nSubject: 見積\n\n本文\n".encode()
    send(server.account(), secret, ME, ["営業@例え.example"], raw)
    (one,) = post.taken
    assert one.rcpt_tos == ["営業@xn--r8jz45g.example"]
    assert one.smtp_utf8
    assert one.content == raw.replace(b"\n", b"\r\n")


def test_SEND_2_a_domain_of_any_script_goes_in_its_ascii_form_without_SMTPUTF8(post: Post) -> None:
    with Server(post, utf8=False) as server:
        send(server.account(), secret, "rep@例え.example", ["a@例え.JP", "b@Ａ例え。jp", "a@例え.jp"], MESSAGE)
    (one,) = post.taken
    assert (one.mail_from, one.rcpt_tos) == ("rep@xn--r8jz45g.example", ["a@xn--r8jz45g.jp", "b@xn--a-97t231j.jp"])
    assert "SMTPUTF8" not in one.mail_options


def test_addresses_of_any_script_are_refused_by_name_where_the_server_lacks_SMTPUTF8(post: Post) -> None:
    with Server(post, utf8=False) as server, pytest.raises(ServerError, match=r"営業@.*lacks SMTPUTF8"):
        send(server.account(), secret, ME, ["営業@例え.example"], MESSAGE)
    assert post.taken == []


def test_a_text_of_eight_bits_is_announced(server: Server, post: Post) -> None:
    send(server.account(), secret, ME, ["a@x.example"], "Subject: x\n\n本文\n".encode())
    assert "BODY=8BITMIME" in post.taken[0].mail_options
    assert post.taken[0].content == "Subject: x\r\n\r\n本文\r\n".encode()


@pytest.mark.parametrize(
    "raw",
    ["Subject: 見積\n\n本文\n".encode("shift_jis"), "Subject: x\n\n本文\n".encode("iso8859-15", "replace") + b"\xa4"],
)
def test_mail_that_is_passed_on_keeps_its_octets_whatever_they_are(server: Server, post: Post, raw: bytes) -> None:
    send(server.account(), secret, ME, ["a@x.example"], raw)
    assert post.taken[0].mail_options[0] == "BODY=8BITMIME"
    assert "SMTPUTF8" not in post.taken[0].mail_options
    assert post.taken[0].content.rstrip() == raw.replace(b"\n", b"\r\n").rstrip()


def test_a_header_in_utf_8_is_announced_where_that_can_be_done(post: Post) -> None:
    raw = "Subject: 見積\n\nx\n".encode()
    for utf8 in (True, False):
        with Server(post, utf8=utf8) as server:
            send(server.account(), secret, ME, ["a@x.example"], raw)
        assert ("SMTPUTF8" in post.taken[-1].mail_options) is utf8
        assert "BODY=8BITMIME" in post.taken[-1].mail_options


def test_eight_bits_are_not_given_to_a_server_that_takes_seven() -> None:
    with Script(b"220 hi", b"250-hi\r\n250 SIZE 0") as script, pytest.raises(ServerError, match="lacks 8BITMIME"):
        send(script.account(), secret, ME, ["a@x.example"], "Subject: x\n\n本文\n".encode())


def test_SEND_9_what_the_server_takes_at_most_is_told(post: Post) -> None:
    told: list[int] = []
    with Server(post, data_size_limit=1_000_000) as server:
        assert send(server.account(), secret, ME, ["a@x.example"], MESSAGE, told_limit=told.append) == Taken(1_000_000)
        with pytest.raises(ServerError):
            send(server.account(), secret, ME, ["a@x.example"], b"\nx" * 666_666, told_limit=told.append)
        with pytest.raises(CredentialsError):
            send(server.account(), lambda: "wrong", ME, ["a@x.example"], MESSAGE, told_limit=told.append)
    assert told == [1_000_000] * 3
    for said in (b"250 hi", b"250-hi\r\n250 SIZE", b"250-hi\r\n250 SIZE 0", b"250-hi\r\n250 SIZE -5"):
        with Script(b"220 hi", said, b"550 no") as script, pytest.raises(ServerError):
            send(script.account(), secret, ME, ["a@x.example"], MESSAGE, told_limit=told.append)
    assert told[3:] == [0] * 4


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(post: Post) -> None:
    with (
        Server(post, data_size_limit=1_000_000) as server,
        pytest.raises(ServerError, match=r"up to 1\.0 MB.* 2\.0 MB"),
    ):
        send(server.account(), secret, ME, ["a@x.example"], MESSAGE + b"\nx" * 666_666)
    assert post.taken == []


@pytest.mark.parametrize(
    "address", ["a@x.example>\r\nDATA", "a b@x.example", "", "<a@x.example>", "a@例 え.jp", "a@例え..jp", "a@☃️☃.jp"]
)
def test_what_is_no_address_never_reaches_the_server(server: Server, post: Post, address: str) -> None:
    for sender, recipient in ((ME, address), (address, "a@x.example")):
        with pytest.raises(UsageError):
            send(server.account(), secret, sender, [recipient], MESSAGE)
    with pytest.raises(UsageError):
        send(server.account(), secret, ME, [], MESSAGE)
    assert post.logins == []


class Script(threading.Thread):
    """A server that says its lines, whatever it hears; after the last it breaks the line."""

    def __init__(self, *lines: bytes, read_at_end: int = 0) -> None:
        super().__init__(daemon=True)
        self._lines, self._read_at_end = lines, read_at_end
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.join(10)

    def run(self) -> None:
        line, _ = self._listener.accept()
        with line, line.makefile("rb") as heard, contextlib.suppress(OSError):
            line.sendall(self._lines[0] + b"\r\n")
            for said in self._lines[1:]:
                heard.readline()
                line.sendall(said + b"\r\n")
            heard.read(self._read_at_end)

    def account(self, auth: str = "") -> Account:
        return Account("work", ME, "imap", smtp=Smtp("127.0.0.1", self.port, NO_TLS, "rep", auth=auth))


UP_TO_DATA = (b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go on")


def test_a_line_cut_amid_the_message_took_nothing() -> None:
    with Script(*UP_TO_DATA, read_at_end=1000) as script, pytest.raises(NetworkError) as caught:
        # More than the system's buffers hold, so that the sending itself fails.
        send(script.account(), secret, ME, ["a@x.example"], MESSAGE + b"\nx" * 20_000_000)
    assert not isinstance(caught.value, UnknownOutcomeError)


def test_a_server_that_ends_the_line_amid_the_message_is_heard() -> None:
    with Script(*UP_TO_DATA, b"552 5.3.4 too large") as script, pytest.raises(ServerError, match=r"5\.3\.4 too large"):
        send(script.account(), secret, ME, ["a@x.example"], MESSAGE + b"\nx" * 20_000_000)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ((b"421 too busy",), NetworkError),
        ((b"554 go away \x1b[31m",), ServerError),
        ((b"* OK IMAP4rev1",), ServerError),
        ((b"220 hi", b"250 hi", b"550 sender unknown"), ServerError),
        ((b"220 hi", b"250 hi", b"250 ok", b"421 closing"), NetworkError),
        ((b"220 hi", b"x" * 20_000), ServerError),
        ((b"220 hi", b"502 no", b"502 no"), ServerError),
        ((b"220 hi", b"250-hi\r\n250 AUTH XOAUTH2"), ServerError),
        ((b"220 hi", b"250-hi\r\n250 AUTH PLAIN", b"454 4.7.0 later"), NetworkError),
        ((b"220 hi", b"250-hi\r\n250 AUTH PLAIN", b"535 no: " + SECRET.encode()), CredentialsError),
        ((*UP_TO_DATA[:4], b"503 no"), ServerError),
        ((b"220 hi",), NetworkError),
    ],
)
def test_each_kind_of_answer_has_its_error(lines: tuple[bytes, ...], kind: type[Exception]) -> None:
    with Script(*lines) as script, pytest.raises(kind) as caught:
        send(script.account(), secret, ME, ["a@x.example"], MESSAGE)
    assert type(caught.value) is kind
    assert "\x1b" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("end", [b"what?", b"354 more", b""])
def test_nonsense_after_the_message_leaves_open_whether_it_was_taken(end: bytes) -> None:
    # What is said along with the "354" waits, and is read as the answer to the whole message.
    script = Script(*UP_TO_DATA[:-1], UP_TO_DATA[-1] + b"\r\n" + end, read_at_end=len(ARRIVED))
    with script, pytest.raises(UnknownOutcomeError):
        send(script.account(), secret, ME, ["a@x.example"], MESSAGE)


def test_a_relay_that_offers_no_login_is_given_no_secret() -> None:
    def none() -> str:
        raise AssertionError("the secret was asked for")

    with Script(*UP_TO_DATA[:-1], UP_TO_DATA[-1] + b"\r\n250 taken", read_at_end=len(ARRIVED)) as script:
        send(script.account(), none, ME, ["a@x.example"], MESSAGE)
