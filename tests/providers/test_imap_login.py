"""ACC-4: logging in, being refused, and never showing the secret."""

import traceback
from collections.abc import Iterator

import pytest

from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.providers.imap.session import ImapSession
from salesinbox.providers.registry import session
from tests.servers import Dovecot, Mailbox, Saying

PASSWORDS = ["pässwörd", 'qu"ote\\d', "見積 2026", "a b  c"]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    users = {f"rep{place}": password for place, password in enumerate(PASSWORDS)}
    with Dovecot(tmp_path_factory.mktemp("odd"), users=users) as server:
        yield server


@pytest.mark.parametrize("place", range(len(PASSWORDS)))
def test_passwords_of_any_letters(odd: Dovecot, place: int) -> None:
    line = session(odd.login(f"rep{place}").account(), lambda: PASSWORDS[place])
    line.connect()
    assert line.open("INBOX", None).exists == 0
    line.close()


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("plus", [b"", b" LITERAL+"])
def test_login_where_authenticate_plain_is_not_offered(password: str, plus: bytes) -> None:
    with Saying(capabilities=b"IMAP4rev1" + plus) as server:
        line = session(server.account(user="rëp"), lambda: password)
        line.connect()
        line.close()
    heard = b"".join(server.heard)
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    sent = f'"{quoted}"' if password.isascii() else password
    assert sent.encode() in heard
    assert "rëp".encode() in heard


def test_ACC_4_a_refused_login_never_shows_the_secret(server: Mailbox) -> None:
    wrong = "hunter2-not-this-one"
    line = session(server.account(), lambda: wrong)
    with pytest.raises(CredentialsError, match=f"refused the login of {server.user}") as raised:
        line.connect()
    assert wrong not in "".join(traceback.format_exception(raised.value))
    assert server.host in str(raised.value)


@pytest.mark.parametrize("offered", [b"IMAP4rev1 AUTH=PLAIN", b"IMAP4rev1"])
def test_ACC_4_a_server_that_repeats_the_secret_is_not_quoted(offered: bytes) -> None:
    said = b"NO [AUTHENTICATIONFAILED] wrong password hunter2"
    lines = {b"LOGIN": said, b"CMVWAHJLCABODW50ZXIY": said, b"AHJLCABODW50ZXIY": said}
    with Saying(lines, capabilities=offered) as server:
        line = session(server.account(), lambda: "hunter2")
        with pytest.raises(CredentialsError, match="no reason given") as raised:
            line.connect()
        assert "hunter2" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        (b"NO [AUTHENTICATIONFAILED] \x1b[31mInvalid\x07 credentials.", CredentialsError, "Invalid"),
        (b"NO [EXPIRED] too old", CredentialsError, "has expired"),
        (b"NO [UNAVAILABLE] database down", NetworkError, "tried again"),
        (b"NO [LIMIT] too many connections", NetworkError, "too many connections"),
        (b"BAD what", CredentialsError, "what"),
    ],
)
def test_what_a_refusal_means(said: bytes, kind: type[SalesInboxError], sentence: str) -> None:
    with Saying({b"LOGIN": said}, capabilities=b"IMAP4rev1") as server:
        with pytest.raises(kind, match=sentence) as raised:
            session(server.account(), lambda: "x").connect()
        assert "\x1b" not in str(raised.value)
        assert "\x07" not in str(raised.value)


def test_a_line_that_is_ended_during_login_is_no_wrong_password() -> None:
    class Leaving(Saying):
        def _answer(self, tag: bytes, command: bytes) -> bytes:
            if command.upper().startswith(b"AUTHENTICATE"):
                return b"* BYE too many connections from you\r\n"
            return super()._answer(tag, command)

    with Leaving() as server, pytest.raises(NetworkError, match="too many connections from you"):
        session(server.account(), lambda: "x").connect()


def test_login_disabled_is_said_and_nothing_is_sent() -> None:
    with Saying(capabilities=b"IMAP4rev1 LOGINDISABLED") as server:
        with pytest.raises(ServerError, match="offers no login that this program knows"):
            session(server.account(), lambda: "x").connect()
        assert not any(b"LOGIN" in line for line in server.heard)


def test_a_secret_that_cannot_be_had_is_passed_on_and_the_line_is_freed(dovecot: Mailbox) -> None:
    def missing() -> str:
        raise CredentialsError("the password command failed")

    line = ImapSession(dovecot.account(), missing)
    with pytest.raises(CredentialsError, match="password command"):
        line.connect()
    with pytest.raises(NetworkError):
        line.folders()


def test_a_secret_with_nul_is_refused_here(dovecot: Mailbox) -> None:
    with pytest.raises(CredentialsError, match="NUL"):
        session(dovecot.account(), lambda: "a\0b").connect()


def test_the_user_name_never_becomes_a_command() -> None:
    with Saying(capabilities=b"IMAP4rev1") as server:
        line = session(server.account(user='rep"\r\nX LOGOUT'), lambda: "x")
        line.connect()
        line.close()
    assert b'rep"\r\nX LOGOUT' in server.heard
    assert b"X LOGOUT\r\n" not in server.heard


def test_a_server_that_is_too_busy_to_greet_is_tried_again() -> None:
    with Saying(greeting=b"* BYE overloaded\r\n") as server, pytest.raises(NetworkError, match="overloaded"):
        session(server.account(), lambda: "x").connect()


def test_what_is_no_imap_server() -> None:
    with Saying(greeting=b"220 smtp.zylker.example ESMTP\r\n") as server:
        with pytest.raises((ServerError, NetworkError), match="smtp") as raised:
            session(server.account(), lambda: "x").connect()
        assert str(server.port) in str(raised.value)
