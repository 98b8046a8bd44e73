"""ACC-5: sending by access token, in the standard's way (RFC 7628) where a server has it."""

import base64

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from salesinbox.model.errors import CredentialsError, NetworkError
from salesinbox.model.settings import OAUTH, XOAUTH2
from salesinbox.providers.smtp.sending import check, send
from tests.providers.test_smtp import ME, MESSAGE, Post, Server, TokenPost, _english  # noqa: F401 - a fixture for all
from tests.servers import SECRET


class BearerPost(TokenPost):
    """A server that takes the access token "secret" by OAUTHBEARER, and by XOAUTH2, too."""

    challenge = b'{"status":"invalid_token","scope":"mail.all"}'

    def __init__(self) -> None:
        super().__init__()
        self.farewells: list[bytes] = []

    async def auth_OAUTHBEARER(self, server: SMTP, arguments: list[str]) -> AuthResult:
        said = base64.b64decode(arguments[1])
        port = server.transport.get_extra_info("sockname")[1]
        if said == f"n,a=rep,\1host=127.0.0.1\1port={port}\1auth=Bearer {SECRET}\1\1".encode():
            self.logins.append(("OAUTHBEARER", b"rep", said))
            return AuthResult(success=True)
        self.farewells.append(await server.challenge_auth(self.challenge, encode_to_b64=True))
        return AuthResult(success=False, handled=False)


@pytest.mark.parametrize("auth", [OAUTH, XOAUTH2])
def test_ACC_5_the_standards_way_is_taken_where_offered(auth: str) -> None:
    post = BearerPost()
    with Server(post) as server:
        send(server.account(auth=auth), lambda: SECRET, ME, ["a@x.example"], MESSAGE)
        check(server.account(auth=auth), lambda: SECRET)
    assert [kind for kind, _, _ in post.logins] == ["OAUTHBEARER"] * 2
    assert len(post.taken) == 1


def test_ACC_5_XOAUTH2_is_taken_where_there_is_nothing_else() -> None:
    post = TokenPost()
    with Server(post) as server:
        send(server.account(auth=OAUTH), lambda: SECRET, ME, ["a@x.example"], MESSAGE)
    assert [kind for kind, _, _ in post.logins] == ["XOAUTH2"]


@pytest.mark.parametrize(("auth", "advice"), [(OAUTH, "salesinbox account login"), (XOAUTH2, "password_command")])
def test_RFC_7628_a_refusal_is_answered_and_told_in_words(auth: str, advice: str) -> None:
    post = BearerPost()
    with Server(post) as server, pytest.raises(CredentialsError) as caught:
        send(server.account(auth=auth), lambda: "ya29.hunter2", ME, ["a@x.example"], MESSAGE)
    assert "status invalid_token, scope mail.all" in str(caught.value)
    assert advice in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert post.farewells == [b"\1"]
    assert post.taken == []


def test_a_provider_that_is_down_is_no_wrong_token() -> None:
    post = BearerPost()
    post.challenge = b'{"status":"503"}'
    with Server(post) as server, pytest.raises(NetworkError, match="tried again"):
        check(server.account(auth=OAUTH), lambda: "tok")


@pytest.mark.parametrize("token", ["", "two words", f"{SECRET}\r\nRSET", f"{SECRET}\0"])
def test_what_is_no_token_never_reaches_the_server(token: str) -> None:
    post = BearerPost()
    with Server(post) as server, pytest.raises(CredentialsError, match="no access token"):
        send(server.account(auth=XOAUTH2), lambda: token, ME, ["a@x.example"], MESSAGE)
    assert post.logins == post.farewells == []


def test_a_relay_that_wants_no_login_is_shown_no_token() -> None:
    post = Post()
    with Server(post, auth_required=False, auth_require_tls=True) as server:
        asked: list[int] = []

        def token() -> str:
            asked.append(1)
            return SECRET

        account = server.account(auth=OAUTH)
        send(account, token, ME, ["a@x.example"], MESSAGE)
    assert len(post.taken) == 1
    assert asked == []
