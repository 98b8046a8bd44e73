"""Sending by a real SMTP server: what arrives, what a refusal says, and what a broken line leaves open."""

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
from salesinbox.providers.smtp import send, wire_form
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
    assert one.rcpt_tos == ["営業@例え.example"]
    assert one.smtp_utf8
    assert one.content == raw.replace(b"\n", b"\r\n")


def test_addresses_of_any_script_are_refused_by_name_where_the_server_lacks_SMTPUTF8(post: Post) -> None:
    with Server(post, utf8=False) as server, pytest.raises(ServerError, match=r"営業@例え\.example"):
        send(server.account(), secret, ME, ["営業@例え.example"], MESSAGE)
    assert post.taken == []


def test_a_text_of_eight_bits_is_announced(server: Server, post: Post) -> None:
    send(server.account(), secret, ME, ["a@x.example"], "Subject: x\n\n本文\n".encode())
    assert "BODY=8BITMIME" in post.taken[0].mail_options
    assert post.taken[0].content == "Subject: x\r\n\r\n本文\r\n".encode()


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(post: Post) -> None:
    with (
        Server(post, data_size_limit=1_000_000) as server,
        pytest.raises(ServerError, match=r"up to 1\.0 MB.* 2\.0 MB"),
    ):
        send(server.account(), secret, ME, ["a@x.example"], MESSAGE + b"\nx" * 666_666)
    assert post.taken == []


@pytest.mark.parametrize("address", ["a@x.example>\r\nDATA", "a b@x.example", "", "<a@x.example>"])
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

    def account(self) -> Account:
        return Account("work", ME, "imap", smtp=Smtp("127.0.0.1", self.port, NO_TLS, "rep"))


UP_TO_DATA = (b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go on")


def test_a_line_cut_amid_the_message_took_nothing() -> None:
    with Script(*UP_TO_DATA, read_at_end=1000) as script, pytest.raises(NetworkError) as caught:
        # More than the system's buffers hold, so that the sending itself fails.
        send(script.account(), secret, ME, ["a@x.example"], MESSAGE + b"\nx" * 20_000_000)
    assert not isinstance(caught.value, UnknownOutcomeError)


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
