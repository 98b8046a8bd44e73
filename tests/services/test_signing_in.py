"""ACC-5: what the doors call to log in and out, against an authorization server of real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from salesinbox.credentials import ways
from salesinbox.credentials.oauth.tokens import Tokens
from salesinbox.credentials.ways import Entry
from salesinbox.locale import texts
from salesinbox.model.errors import ConfigurationError, CredentialsError, NotFoundError
from salesinbox.model.settings import Account, Me, Settings
from salesinbox.services.signing_in import SigningIn
from salesinbox.sync.wake import Hub, socket_path
from tests.oauth_server import CLIENT_SECRET, Answer, OAuthServer
from tests.servers import until


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer(needs_secret=True) as running:
        yield running


class Drawer:
    """Where tokens are kept, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.forgotten: list[str] = []
        self.stuck: list[str] = []

    def client_secret(self, account: Account) -> str:
        return CLIENT_SECRET

    def token(self, account: Account) -> str:
        return self.kept.get(account.name, "")

    def keep_token(self, account: Account, refresh_token: str) -> str:
        if refresh_token == "locked":
            raise CredentialsError("locked")
        self.kept[account.name] = refresh_token
        return "file"

    def remove_entry(self, account: Account, entry: Entry) -> list[str]:
        assert entry == ways.token(account)
        if not self.stuck:
            self.kept.pop(account.name, None)
        return self.stuck

    def forget(self, account: Account) -> None:
        self.forgotten.append(account.name)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


def signing(server: OAuthServer, drawer: Drawer, **oauth: object) -> SigningIn:
    accounts = (server.account(**oauth), Account("plain", "a@zylker.example", "imap"))
    return SigningIn(Settings(None, Me(), accounts), lambda: drawer)


def test_ACC_5_a_login_is_kept_and_gives_tokens_from_then_on(server: OAuthServer, drawer: Drawer) -> None:
    service = signing(server, drawer)
    login = service.begin("work")
    token = login.pasted(server.redirected(login.url))
    assert drawer.kept == {}
    assert service.finish("work", token) == "file"
    assert drawer.kept == {"work": token}
    assert drawer.forgotten == ["work"]
    account = login.account
    tokens = Tokens(account, lambda: drawer.token(account), lambda _: None, lambda: CLIENT_SECRET, lambda: 0.0)
    assert server.access_tokens[tokens.access()][0] == "rep"


def test_ACC_5_a_sync_process_that_runs_hears_of_a_login(server: OAuthServer, drawer: Drawer, tmp_path: Path) -> None:
    heard: list[dict[str, object]] = []
    service = SigningIn(Settings(None, Me(), (server.account(),)), lambda: drawer, data=tmp_path)
    service.finish("work", "while none runs")
    hub = Hub(socket_path(tmp_path), heard.append)
    try:
        service.finish("work", "while one runs")
        until(lambda: hub.turn(0.05) or heard, "the process hears of it")
    finally:
        hub.close()
    assert (heard[0]["do"], heard[0]["accounts"]) == ("sync", ["work"])


def test_ACC_2_an_account_that_is_not_configured_yet_can_log_in(server: OAuthServer, drawer: Drawer) -> None:
    service = signing(server, drawer)
    account = server.account("new")
    login = service.begin(account)
    service.finish(account, login.pasted(server.redirected(login.url)))
    assert list(drawer.kept) == ["new"]


def test_RFC_7009_logging_out_tells_the_provider_and_removes_the_token(server: OAuthServer, drawer: Drawer) -> None:
    service = signing(server, drawer)
    token = drawer.kept["work"] = server.refresh_token()
    done = service.log_out("work")
    assert (done.revoked, done.detail) == (True, "")
    assert server.revoked == [token]
    assert drawer.kept == {}
    assert drawer.forgotten == ["work"]


def test_ACC_5_a_provider_that_cannot_be_told_keeps_no_token_here(server: OAuthServer, drawer: Drawer) -> None:
    drawer.kept["work"] = server.refresh_token()
    server.tells = [Answer(503, b"")]
    done = signing(server, drawer).log_out("work")
    assert not done.revoked
    assert "HTTP 503" in done.detail
    assert drawer.kept == {}
    drawer.kept["work"] = server.refresh_token()
    done = signing(server, drawer, revoke_url="").log_out("work")
    assert not done.revoked
    assert "take the app away in your account there" in done.detail
    assert drawer.kept == {}


def test_a_token_that_cannot_be_removed_is_told(server: OAuthServer, drawer: Drawer) -> None:
    drawer.kept["work"] = server.refresh_token()
    drawer.stuck = ["the keyring did not answer"]
    with pytest.raises(CredentialsError, match="the keyring did not answer"):
        signing(server, drawer).log_out("work")
    assert len(server.revoked) == 1


def test_who_was_not_logged_in_is_logged_out_too(server: OAuthServer, drawer: Drawer) -> None:
    done = signing(server, drawer).log_out("work")
    assert (done.revoked, done.detail) == (False, "")
    assert server.revoked == []


def test_what_cannot_log_in_says_so_by_name(server: OAuthServer, drawer: Drawer) -> None:
    service = signing(server, drawer)
    with pytest.raises(NotFoundError, match=r"There is no account nobody\. Accounts here: work, plain"):
        service.begin("nobody")
    for call in (service.begin, service.log_out):
        with pytest.raises(ConfigurationError, match='account "plain" does not log in by OAuth'):
            call("plain")
    with pytest.raises(CredentialsError, match="locked"):
        service.finish("work", "locked")
    assert drawer.forgotten == []
