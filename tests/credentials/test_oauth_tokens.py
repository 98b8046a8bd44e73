"""ACC-5: access tokens from then on: renewed in time, newer logins kept first, and an end of them in words."""

import subprocess
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from salesinbox.credentials.oauth.tokens import Tokens
from salesinbox.locale import texts
from salesinbox.model.errors import (
    ConfigurationError,
    CredentialsError,
    NetworkError,
    SalesInboxError,
    ServerError,
)
from salesinbox.model.settings import Account
from tests.oauth_server import CLIENT_SECRET, Answer, OAuthServer, refusal, told
from tests.servers import until


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as running:
        yield running


class Shelf:
    """Where a refresh token is kept, with a clock; several `tokens()` are several processes."""

    def __init__(self, server: OAuthServer, account: Account | None = None) -> None:
        self.server = server
        self.account = account or server.account()
        self.kept = server.refresh_token()
        self.history: list[str] = []
        self.now = 1_000_000.0
        self.full = False

    def keep(self, token: str) -> None:
        if self.full:
            raise CredentialsError("the file of secrets is locked")
        self.history.append(token)
        self.kept = token

    def tokens(self, secret: str = "") -> Tokens:
        return Tokens(self.account, lambda: self.kept, self.keep, lambda: secret, lambda: self.now)


def test_ACC_5_a_token_is_asked_for_once_and_again_a_minute_before_its_end(server: OAuthServer) -> None:
    shelf = Shelf(server)
    tokens = shelf.tokens()
    first = tokens.access()
    assert server.access_tokens[first][0] == "rep"
    shelf.now += 3539
    assert tokens.access() == first
    shelf.now += 2
    second = tokens.access()
    assert second != first
    assert len(server.asked) == 2
    assert shelf.history == []
    assert server.asked[0] == {
        "grant_type": "refresh_token",
        "client_id": "the-client",
        "refresh_token": shelf.kept,
    }


@pytest.mark.parametrize(("lifetime", "good"), [(None, 239), (30, 14), (100, 49)])
def test_ACC_5_short_lives_and_untold_ones_are_used_too(lifetime: int | None, good: int) -> None:
    with OAuthServer(lifetime=lifetime) as server:
        shelf = Shelf(server)
        tokens = shelf.tokens()
        first = tokens.access()
        shelf.now += good
        assert tokens.access() == first
        shelf.now += 2
        assert tokens.access() != first


def test_a_clock_that_is_set_back_makes_no_token_last_longer(server: OAuthServer) -> None:
    shelf = Shelf(server)
    tokens = shelf.tokens()
    first = tokens.access()
    shelf.now -= 100_000
    assert tokens.access() != first


def test_ACC_5_what_a_server_refused_is_dropped(server: OAuthServer) -> None:
    shelf = Shelf(server)
    tokens = shelf.tokens()
    first = tokens.access()
    tokens.drop()
    assert tokens.access() != first


def test_many_threads_ask_once(server: OAuthServer) -> None:
    shelf = Shelf(server)
    tokens = shelf.tokens()
    server.gate.clear()
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(tokens.access) for _ in range(8)]
        server.gate.set()
        assert len({one.result(20) for one in asked}) == 1
    assert len(server.asked) == 1


def test_ACC_5_a_newer_login_is_kept_before_its_token_is_used() -> None:
    with OAuthServer(rotates=True) as server:
        shelf = Shelf(server)
        old = shelf.kept
        tokens = shelf.tokens()
        tokens.access()
        assert shelf.history == [shelf.kept]
        assert shelf.kept != old
        shelf.now += 4000
        tokens.access()
        assert len(shelf.history) == 2
        assert [one["refresh_token"] for one in server.asked] == [old, shelf.history[0]]


def test_SAFE_1_a_newer_login_that_cannot_be_kept_yet_is_not_lost() -> None:
    with OAuthServer(rotates=True) as server:
        shelf = Shelf(server)
        tokens = shelf.tokens()
        shelf.full = True
        for _ in range(2):
            with pytest.raises(CredentialsError, match="locked"):
                tokens.access()
        shelf.full = False
        access = tokens.access()
        assert len(server.asked) == 1
        assert server.refresh_tokens[shelf.kept] == "rep"
        assert server.access_tokens[access][0] == "rep"


def test_SAFE_1_two_processes_that_renew_the_same_login_both_go_on() -> None:
    with OAuthServer(rotates=True) as server:
        shelf = Shelf(server)
        here, there = shelf.tokens(), shelf.tokens()
        old = shelf.kept
        server.gate.clear()
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(here.access)
            until(lambda: server.knocked, "one has asked")
            # The other process was first: it used the token up, and kept a newer one.
            del server.refresh_tokens[old]
            shelf.kept = server.refresh_token()
            server.gate.set()
            assert slow.result(20)
        assert len(server.asked) == 2
        there.access()
        assert all(token in server.refresh_tokens for token in shelf.history[-1:])


@pytest.mark.parametrize("error", ["invalid_grant", "interaction_required", "consent_required"])
def test_ACC_5_a_login_that_ended_says_why_and_what_to_type(server: OAuthServer, error: str) -> None:
    shelf = Shelf(server, replace(server.account(), name="my work"))
    server.tells = [refusal(error, "Token has been expired or revoked.")]
    with pytest.raises(CredentialsError) as caught:
        shelf.tokens().access()
    said = str(caught.value)
    assert "holds no longer (Token has been expired or revoked)" in said
    assert "was revoked, or the password was changed" in said
    assert "salesinbox account login 'my work'" in said
    assert "7 days" not in said


def test_ACC_5_google_ends_the_logins_of_testing_apps(server: OAuthServer) -> None:
    account = server.account(provider="google")
    shelf = Shelf(server, account)
    server.refresh_tokens.clear()
    with pytest.raises(CredentialsError, match="Google ends the logins of an app that is in testing after 7 days"):
        shelf.tokens().access()


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (refusal("invalid_client", status=401), CredentialsError, "check client_id"),
        (
            refusal("invalid_grant", "AADSTS50076: you must use multi-factor … Trace ID: 5"),
            CredentialsError,
            "second factor",
        ),
        (refusal("server_error"), NetworkError, "tried again"),
        (Answer(500, b""), NetworkError, "HTTP 500"),
        (Answer(200, b"no json"), ServerError, "does not answer as a provider"),
        (told({"access_token": "a b", "token_type": "Bearer", "refresh_token": 9}), ServerError, "no token"),
    ],
)
def test_each_refusal_has_its_error(server: OAuthServer, answer: Answer, kind: type[SalesInboxError], said: str) -> None:  # fmt: skip
    shelf = Shelf(server)
    server.tells = [answer]
    tokens = shelf.tokens()
    with pytest.raises(kind) as caught:
        tokens.access()
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert tokens.access()  # and the next try is one


def test_no_network_is_none_of_the_logins_fault(server: OAuthServer) -> None:
    shelf = Shelf(server)
    server.cuts = 1
    tokens = shelf.tokens()
    with pytest.raises(NetworkError, match="cannot be reached for a token"):
        tokens.access()
    assert tokens.access()


def test_ACC_5_who_never_logged_in_is_told_how_to(server: OAuthServer) -> None:
    shelf = Shelf(server)
    shelf.kept = ""
    with pytest.raises(CredentialsError, match='account "work" is not logged in; run: salesinbox account login work'):
        shelf.tokens().access()
    assert server.asked == []


def test_ACC_4_what_is_secret_is_in_no_error() -> None:
    with OAuthServer(needs_secret=True) as server:
        shelf = Shelf(server)
        tokens = shelf.tokens(CLIENT_SECRET)
        for repeated in (shelf.kept, CLIENT_SECRET):
            server.tells = [refusal("invalid_grant", f"bad: {repeated}")]
            with pytest.raises(CredentialsError) as caught:
                tokens.access()
            assert repeated not in "".join(traceback.format_exception(caught.value))
        access = tokens.access()
        assert access not in repr(tokens)
        assert access not in repr(vars(tokens))
        assert server.asked[-1]["client_secret"] == CLIENT_SECRET


def test_RFC_7009_a_login_is_revoked_at_the_provider(server: OAuthServer) -> None:
    shelf = Shelf(server)
    tokens = shelf.tokens()
    tokens.access()
    assert tokens.revoke() is True
    assert server.revoked == [shelf.kept]
    with pytest.raises(CredentialsError, match="holds no longer"):
        tokens.access()


def test_RFC_7009_what_revoking_can_meet(server: OAuthServer) -> None:
    shelf = Shelf(server)
    server.tells = [refusal("invalid_token")]
    assert shelf.tokens().revoke() is True
    server.tells = [refusal("unsupported_token_type")]
    with pytest.raises(CredentialsError, match="refused a token"):
        shelf.tokens().revoke()
    server.tells = [Answer(503, b"")]
    with pytest.raises(NetworkError):
        shelf.tokens().revoke()
    shelf.account = server.account(revoke_url="")
    assert shelf.tokens().revoke() is False
    shelf.account = server.account()
    shelf.kept = ""
    asked = len(server.revoked)
    assert shelf.tokens().revoke() is False
    assert len(server.revoked) == asked


def test_an_account_without_oauth_has_no_tokens() -> None:
    with pytest.raises(ConfigurationError, match="does not log in by OAuth"):
        Tokens(Account("work", "a@b.example", "imap"), str, lambda _: None, str, lambda: 0.0)


def test_nothing_is_loaded_for_who_has_no_oauth() -> None:
    code = (
        "import sys, salesinbox.credentials.oauth.tokens, salesinbox.credentials.oauth.login\n"
        "assert not {'requests', 'oauthlib'} & set(sys.modules), sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
