"""ACC-5: logging in to IMAP by access token, at a Dovecot that asks an authorization server about each."""

import base64
import traceback
from collections.abc import Iterator

import pytest

from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import OAUTH, XOAUTH2
from salesinbox.providers.registry import session
from tests.mailboxes import mail
from tests.oauth_server import BOTH, OAuthServer, token_dovecot
from tests.servers import Dovecot, Saying


@pytest.fixture(scope="module")
def oauth() -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        yield server


@pytest.fixture(scope="module", params=[BOTH, ("xoauth2",)], ids="-".join)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, oauth: OAuthServer) -> Iterator[Dovecot]:  # fmt: skip
    folder = tmp_path_factory.mktemp("tokens")
    folder.chmod(0o755)
    with token_dovecot(folder, oauth, *request.param) as running:
        yield running


@pytest.mark.parametrize("auth", [OAUTH, XOAUTH2])
def test_ACC_5_an_access_token_logs_in(server: Dovecot, oauth: OAuthServer, auth: str) -> None:
    server.deliver(mail(1))
    token = oauth.token("rep")
    line = session(server.account(auth=auth), lambda: token)
    line.connect()
    assert line.open("INBOX", None).exists >= 1
    assert "IDLE" in line.capabilities()
    line.close()
    assert token in oauth.introspected


@pytest.mark.parametrize(("auth", "advice"), [(OAUTH, "salesinbox account login"), (XOAUTH2, "password_command")])
def test_ACC_4_a_refused_token_is_told_in_words_and_not_shown(server: Dovecot, auth: str, advice: str) -> None:
    token = "ya29.hunter2-not-this-one"
    line = session(server.account(auth=auth), lambda: token)
    with pytest.raises(CredentialsError, match="refused the access token of rep") as raised:
        line.connect()
    said = "".join(traceback.format_exception(raised.value))
    assert advice in str(raised.value)
    assert token not in said
    assert base64.b64encode(token.encode()).decode() not in said


def test_ACC_5_a_token_of_somebody_else_opens_no_mailbox(server: Dovecot, oauth: OAuthServer) -> None:
    token = oauth.token("another")
    with pytest.raises(CredentialsError, match="check that it was rep who logged in"):
        session(server.account(auth=OAUTH), lambda: token).connect()


def test_passwords_still_log_in_beside_tokens(server: Dovecot) -> None:
    line = session(server.account(), lambda: "secret")
    line.connect()
    line.close()


def decoded(heard: list[bytes]) -> list[bytes]:
    found = []
    for line in heard:
        try:
            found.append(base64.b64decode(line.strip(), validate=True))
        except ValueError:
            continue
    return found


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        (b"AUTH=XOAUTH2 AUTH=PLAIN", b"user=re,p=x\1auth=Bearer tok\1\1"),
        (b"AUTH=XOAUTH2 AUTH=OAUTHBEARER", b"n,a=re=2Cp=3Dx,\1host=127.0.0.1\1port=%d\1auth=Bearer tok\1\1"),
    ],
)
def test_RFC_7628_what_is_sent(offered: bytes, said: bytes) -> None:
    with Saying(capabilities=b"IMAP4rev1 " + offered) as server:
        line = session(server.account(auth=OAUTH, user="re,p=x"), lambda: "tok")
        line.connect()
        line.close()
        wanted = said % server.port if b"%d" in said else said
    assert wanted in decoded(server.heard)


def challenged(words: bytes) -> bytes:
    return b"+ " + base64.b64encode(words) + b"\r\n"


def exchange(offered: bytes, challenge: bytes, end: bytes, token: str = "tok") -> tuple[SalesInboxError, list[bytes]]:
    """How a login ends that gets a challenge and then `end`, and what was sent after the challenge."""

    class Refusing(Saying):
        step = 0

        def _answer(self, tag: bytes, command: bytes) -> bytes:
            if command.upper().startswith(b"CAPABILITY") or (self.step == 0 and b"AUTHENTICATE" not in command):
                return super()._answer(tag, command)
            self.step += 1
            if self.step == 1:
                return b"+ \r\n"
            return challenge if self.step == 2 else tag + b" " + end + b"\r\n"

    with Refusing(capabilities=b"IMAP4rev1 AUTH=" + offered) as server:
        with pytest.raises(SalesInboxError) as raised:
            session(server.account(auth=OAUTH), lambda: token).connect()
        return raised.value, [line for line in server.heard if b"LOGOUT" not in line]


WHY = b'{"status":"401","schemes":"bearer","scope":"https://mail.zylker.example/"}'


@pytest.mark.parametrize(("mechanism", "farewell"), [(b"XOAUTH2", b"\r\n"), (b"OAUTHBEARER", b"AQ==\r\n")])
def test_RFC_7628_a_challenge_is_read_and_answered(mechanism: bytes, farewell: bytes) -> None:
    error, heard = exchange(mechanism, challenged(WHY), b"NO [AUTHENTICATIONFAILED] Invalid credentials.")
    assert type(error) is CredentialsError
    assert "Invalid credentials; status 401, scope https://mail.zylker.example/, schemes bearer" in str(error)
    assert heard[-1] == farewell


@pytest.mark.parametrize(
    ("challenge", "end", "kind", "said"),
    [
        (b"+ !!not Base64\r\n", b"NO no", CredentialsError, "no"),
        (challenged(b"[" * 5000), b"BAD User is authenticated but not connected.", CredentialsError, "not connected"),
        (challenged(b'{"status":"503"}'), b"NO later", NetworkError, "tried again"),
        (challenged(WHY), b"NO [UNAVAILABLE] busy", NetworkError, "busy"),
        (challenged(b'{"status":"tok"}'), b"NO tok", CredentialsError, "no reason given"),
    ],
)
def test_what_the_refusal_of_a_token_means(challenge: bytes, end: bytes, kind: type[Exception], said: str) -> None:
    error, _heard = exchange(b"XOAUTH2", challenge, end)
    assert type(error) is kind
    assert said in str(error)


def test_ACC_4_a_server_that_repeats_a_long_token_shows_not_even_its_beginning() -> None:
    token = "eyJhbGciOiJ-hunter2-" + "x" * 3000
    error, _heard = exchange(
        b"XOAUTH2", challenged(b'{"status":"%s"}' % token.encode()), b"NO " + token.encode(), token
    )
    assert "hunter2" not in str(error)


def test_a_server_that_challenges_without_end_makes_no_sense() -> None:
    class Endless(Saying):
        def _answer(self, tag: bytes, command: bytes) -> bytes:
            said = super()._answer(tag, command)
            return said if b"CAPABILITY" in said else b"+ \r\n"

    with (
        Endless(capabilities=b"IMAP4rev1 AUTH=XOAUTH2") as server,
        pytest.raises(ServerError, match="makes no sense"),
    ):
        session(server.account(auth=OAUTH), lambda: "tok").connect()


def test_a_line_that_is_cut_while_the_token_is_looked_at_is_no_wrong_token() -> None:
    with (
        Saying({b"AUTHENTICATE": b"* BYE too many connections\r\n"}, capabilities=b"IMAP4rev1 AUTH=XOAUTH2") as server,
        pytest.raises(NetworkError, match="too many connections"),
    ):
        session(server.account(auth=OAUTH), lambda: "tok").connect()


def test_a_server_without_tokens_gets_none_and_says_what_to_change() -> None:
    with Saying() as server:
        with pytest.raises(ServerError, match=r"offers no login by access token .* leave out auth"):
            session(server.account(auth=OAUTH), lambda: "hunter2").connect()
        assert not any(b"AUTHENTICATE" in line or b"LOGIN" in line for line in server.heard)


@pytest.mark.parametrize("token", ["", "two words", "one\r\nX LOGOUT", "a\1auth=x"])
def test_what_is_no_token_never_reaches_the_server(token: str) -> None:
    with Saying(capabilities=b"IMAP4rev1 AUTH=XOAUTH2") as server:
        with pytest.raises(CredentialsError, match="no access token"):
            session(server.account(auth=XOAUTH2), lambda: token).connect()
        assert not any(b"AUTHENTICATE" in line for line in server.heard)
