"""ACC-5: the one time that the rep logs in, against an authorization server of real HTTP."""

import socket
import threading
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest

from salesinbox.credentials.oauth.login import DeviceCode, Login
from salesinbox.locale import texts
from salesinbox.model.errors import (
    CertificateError,
    ConfigurationError,
    CredentialsError,
    NetworkError,
    ServerError,
    UsageError,
)
from salesinbox.model.settings import Account, Imap, OAuth, Pop3
from tests.oauth_server import CLIENT_SECRET, Answer, OAuthServer, fetch, refusal, told
from tests.servers import Certificates, free_port, until


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    texts.use("en")
    yield
    texts.use("")


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as running:
        yield running


def no_secret() -> str:
    return ""


def going_on() -> bool:
    return False


class Waiting:
    """A login that waits for its browser in a thread."""

    def __init__(self, login: Login, seconds: float = 20) -> None:
        self.login = login
        self.stop = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self.token: Future[str] = self._pool.submit(login.wait, self.stop.is_set, seconds)
        until(lambda: self.token.done() or listens(login.port), "the login listens")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._pool.shutdown()


def listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def back(login: Login, **query: str) -> str:
    return f"http://127.0.0.1:{login.port}/?{urllib.parse.urlencode(query)}"


def state_of(login: Login) -> str:
    return urllib.parse.parse_qs(urllib.parse.urlsplit(login.url).query)["state"][0]


def test_ACC_5_a_browser_that_comes_back_logs_in(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    with Waiting(login) as waiting:
        status, page = server.browse(login.url)
        token = waiting.token.result(20)
    assert status == 200
    assert "You can close this page" in page
    assert server.refresh_tokens[token] == "rep"
    assert server.access_tokens[login.access][0] == "rep"
    # PKCE, state and the redirect were checked by the server; no secret was sent, for there is none.
    (asked,) = server.asked
    assert "client_secret" not in asked
    assert not listens(login.port)


def test_ACC_5_a_pasted_address_logs_in_without_a_listener(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    place = server.redirected(login.url)
    assert place.startswith(login.redirect)
    folded = f"  <{place[:40]}\n   {place[40:]}>\n"
    assert server.refresh_tokens[login.pasted(folded)] == "rep"


@pytest.mark.parametrize("cut", ["?", "/?"])
def test_ACC_5_what_follows_the_question_mark_is_enough(server: OAuthServer, cut: str) -> None:
    login = Login(server.account(), no_secret)
    query = server.redirected(login.url).partition(cut)[2]
    assert login.pasted(query)


def test_ACC_5_who_pastes_while_the_listener_waits_ends_both(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    with Waiting(login) as waiting:
        token = login.pasted(server.redirected(login.url))
        assert waiting.token.result(20) == token
    assert len(server.asked) == 1


def test_ACC_5_an_answer_is_exchanged_once_however_often_it_comes(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    place = server.redirected(login.url)
    assert login.pasted(place) == login.pasted(place)
    assert len(server.asked) == 1


@pytest.mark.parametrize("text", ["", "4/0AbCdE", "http://127.0.0.1:8719/", "https://evil.example/?code=x"])
def test_ACC_5_what_is_no_whole_address_is_asked_for_again(server: OAuthServer, text: str) -> None:
    login = Login(server.account(), no_secret)
    with pytest.raises(UsageError, match="not the whole address"):
        login.pasted(text)
    assert server.asked == []


def test_ACC_5_a_pasted_address_of_another_login_is_refused(server: OAuthServer) -> None:
    login, other = Login(server.account(), no_secret), Login(server.account(), no_secret)
    with pytest.raises(UsageError, match="of another login"):
        login.pasted(server.redirected(other.url))
    assert server.asked == []
    assert login.pasted(server.redirected(login.url))


def test_ACC_5_the_listener_takes_nothing_but_the_right_state(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    right = state_of(login)
    with Waiting(login) as waiting:
        for status, url in (
            (400, back(login, code="x")),
            (400, back(login, code="x", state="")),
            (400, back(login, code="x", state=right[:-1])),
            (400, f"{back(login, code='x', state=right)}&state=other"),
            (400, back(login, error="access_denied", state="other")),
            (404, back(login, code="x", state=right).replace("/?", "/favicon.ico?")),
        ):
            assert fetch(url)[0] == status
        assert fetch(back(login, code="x", state=right), method="POST")[0] == 501
        with socket.create_connection(("127.0.0.1", login.port)) as line:
            line.sendall(b"GARBAGE\r\n\r\n")
        assert not waiting.token.done()
        assert server.asked == []
        server.browse(login.url)
        assert server.refresh_tokens[waiting.token.result(20)] == "rep"


def test_ACC_5_a_line_that_says_nothing_keeps_nobody_from_coming_back(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    with Waiting(login) as waiting, socket.create_connection(("127.0.0.1", login.port)):
        server.browse(login.url)
        assert waiting.token.result(20)


def test_ACC_5_the_page_is_in_the_reps_language_and_leaks_nothing(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    with Waiting(login) as waiting, socket.create_connection(("127.0.0.1", login.port)) as line:
        texts.use("ja")
        place = urllib.parse.urlsplit(server.redirected(login.url))
        line.sendall(f"GET /?{place.query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        with line.makefile("rb") as answer:
            said = answer.read().decode()
        waiting.token.result(20)
    assert 'lang="ja"' in said
    assert "Referrer-Policy: no-referrer" in said
    assert "Cache-Control: no-store" in said
    assert "Python" not in said
    code = urllib.parse.parse_qs(place.query)["code"][0]
    assert code not in said


def test_ACC_5_who_says_no_is_told_what_that_means(server: OAuthServer) -> None:
    server.denies = True
    login = Login(server.account(), no_secret)
    with Waiting(login) as waiting:
        server.browse(login.url)
        with pytest.raises(CredentialsError, match=r'was told not to let this program at the mail of account "work"'):
            waiting.token.result(20)
    again = Login(server.account(), no_secret)
    with pytest.raises(CredentialsError, match="the user said no"):
        again.pasted(server.redirected(again.url))


def test_ACC_5_a_port_that_is_taken_is_named_and_pasting_goes_on(server: OAuthServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        login = Login(server.account(port=other.getsockname()[1]), no_secret)
        with pytest.raises(ConfigurationError, match=rf"port {login.port} of this machine .*another port in \[account"):
            login.wait(going_on, 5)
        assert login.pasted(server.redirected(login.url))


def test_ACC_5_the_listener_is_this_machines_alone(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    with Waiting(login), socket.socket() as line:
        line.settimeout(2)
        with pytest.raises(OSError):
            line.connect(("127.0.0.2", login.port))


def test_UI_5_waiting_can_be_stopped_and_ends(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    with Waiting(login) as waiting:
        waiting.stop.set()
        assert waiting.token.result(5) == ""
    with pytest.raises(CredentialsError, match="no browser came back"):
        login.wait(going_on, 0.1)
    assert not listens(login.port)


def test_ACC_5_the_line_for_ssh_leads_to_the_port(server: OAuthServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("LOGNAME", "nami")
    login = Login(server.account(port=8719), no_secret)
    assert login.ssh_line == f"ssh -L 8719:127.0.0.1:8719 nami@{socket.gethostname()}"
    monkeypatch.setenv("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.9 2222")
    assert login.ssh_line == "ssh -p 2222 -L 8719:127.0.0.1:8719 nami@203.0.113.9"


@pytest.mark.parametrize("secret", [CLIENT_SECRET, ""])
def test_ACC_5_an_app_with_a_secret_shows_it_and_one_without_is_told_so(secret: str) -> None:
    with OAuthServer(needs_secret=True) as server:
        login = Login(server.account(), lambda: secret)
        place = server.redirected(login.url)
        if secret:
            assert login.pasted(place)
        else:
            with pytest.raises(CredentialsError, match="check client_id and client_secret_command"):
                login.pasted(place)


def test_ACC_5_a_login_that_allows_too_little_or_does_not_last_is_none(server: OAuthServer) -> None:
    server.granted = "profile"
    login = Login(server.account(), no_secret)
    with pytest.raises(CredentialsError, match=r"does not allow all that it needs \(mail\.all\)"):
        login.pasted(server.redirected(login.url))
    server.tells = [told({"access_token": "a", "token_type": "Bearer", "expires_in": 3600})]
    login = Login(server.account(), no_secret)
    with pytest.raises(CredentialsError, match="no login that lasts"):
        login.pasted(server.redirected(login.url))


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (refusal("invalid_grant", "code expired"), CredentialsError, "too old, or was used before"),
        (refusal("unauthorized_client"), CredentialsError, "client_id"),
        (refusal("invalid_scope"), CredentialsError, "check scopes"),
        (refusal("temporarily_unavailable"), NetworkError, "just now"),
        (refusal("odd", "\x1b[31mred"), CredentialsError, "odd"),
        (
            refusal("invalid_client", "AADSTS7000218: The request body must contain … Trace ID: 77", 401),
            CredentialsError,
            "Allow public client flows",
        ),
        (refusal("x", "AADSTS65001: no consent"), CredentialsError, "administrator"),
        (Answer(503, b"<html>down</html>"), NetworkError, "HTTP 503"),
        (Answer(429, b"{}"), NetworkError, "HTTP 429"),
        (Answer(200, b"<html>"), ServerError, "does not answer as a provider of tokens"),
        (Answer(404, b"{}"), ServerError, "HTTP 404"),
        (Answer(200, b"[" * 9000), ServerError, "does not answer"),
        (Answer(200, b"[1]"), ServerError, "does not answer"),
        (Answer(200, b"x" * 300_000), ServerError, "no end"),
        (Answer(200, b""), ServerError, "no token"),
        (told({"token_type": "Bearer"}), ServerError, "no token"),
        (told({"access_token": 7, "token_type": "Bearer"}), ServerError, "no token"),
        (told({"access_token": "a", "expires_in": "soon"}), ServerError, "no token"),
        (told({"access_token": "a", "scope": 7}), ServerError, "no token"),
        (told({"error": {"code": 403}}, 403), CredentialsError, "no reason given"),
        (Answer(302, b"", {"Location": "http://127.0.0.1:1/"}), ServerError, "HTTP 302"),
    ],
)
def test_each_answer_to_a_login_has_its_error(server: OAuthServer, answer: Answer, kind: type[Exception], said: str) -> None:  # fmt: skip
    server.tells = [answer]
    login = Login(server.account(), no_secret)
    with pytest.raises(kind) as caught:
        login.pasted(server.redirected(login.url))
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "Trace ID" not in str(caught.value)
    assert len(server.asked) == 1


def test_ACC_4_a_provider_that_repeats_secrets_is_not_quoted() -> None:
    with OAuthServer(needs_secret=True) as server:
        login = Login(server.account(), lambda: CLIENT_SECRET)
        place = server.redirected(login.url)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(place).query)["code"][0]
        for repeated in (code, CLIENT_SECRET):
            server.tells = [refusal("odd", f"wrong: {repeated}")]
            with pytest.raises(CredentialsError) as caught:
                login.pasted(place)
            assert repeated not in "".join(traceback.format_exception(caught.value))


def test_ACC_6_secrets_go_to_no_other_server_by_redirect_and_to_none_in_clear(server: OAuthServer) -> None:
    with OAuthServer() as other:
        server.tells = [Answer(307, b"", {"Location": f"{other.base}/token"})]
        login = Login(server.account(), no_secret)
        with pytest.raises(ServerError):
            login.pasted(server.redirected(login.url))
        assert other.asked == []
    login = Login(server.account(token_url="http://192.0.2.1/token"), no_secret)
    with pytest.raises(ConfigurationError, match=r"in clear to 192\.0\.2\.1"):
        login.pasted(server.redirected(login.url))


def test_ACC_6_TLS_is_verified(certificates: Certificates, tmp_path: Path) -> None:
    with OAuthServer() as front, OAuthServer(certificate=certificates.valid) as server:
        server.codes = front.codes

        def pasted(**changes: object) -> str:
            login = Login(front.account(token_url=f"{server.base}/token", **changes), no_secret)
            return login.pasted(front.redirected(login.url))

        assert pasted(ca_file=certificates.ca_file)
        with pytest.raises(CertificateError, match=r"cannot be trusted .* ca_file in \[account\.oauth\]"):
            pasted()
        with pytest.raises(ConfigurationError, match="cannot be read as certificates"):
            pasted(ca_file=tmp_path / "none.pem")
        assert len(server.asked) == 1


def test_no_network_is_told_as_such(server: OAuthServer) -> None:
    login = Login(server.account(token_url=f"http://127.0.0.1:{free_port()}/token"), no_secret)
    with pytest.raises(NetworkError, match=r"cannot be reached for a token .*refused"):
        login.pasted(server.redirected(login.url))
    server.cuts = 1
    login = Login(server.account(), no_secret)
    with pytest.raises(NetworkError, match="cannot be reached for a token"):
        login.pasted(server.redirected(login.url))


def test_SAFE_3_a_netrc_of_the_rep_is_not_sent(server: OAuthServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login nami password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    login = Login(server.account(), no_secret)
    assert login.pasted(server.redirected(login.url))  # the server refuses what has an Authorization field


# The providers.


def address(url: str) -> tuple[str, dict[str, str]]:
    parts = urllib.parse.urlsplit(url)
    return parts._replace(query="").geturl(), dict(urllib.parse.parse_qsl(parts.query))


def test_ACC_5_what_google_is_asked() -> None:
    account = Account("g", "nami@gmail.com", "gmail", oauth=OAuth("google", "id.apps.googleusercontent.com"))
    login = Login(account, no_secret)
    place, query = address(login.url)
    assert place == "https://accounts.google.com/o/oauth2/v2/auth"
    assert query == {
        "response_type": "code",
        "client_id": "id.apps.googleusercontent.com",
        "redirect_uri": "http://127.0.0.1:8719/",
        "scope": "https://mail.google.com/",
        "state": query["state"],
        "code_challenge": query["code_challenge"],
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
        "login_hint": "nami@gmail.com",
    }
    assert not login.by_device
    with pytest.raises(UsageError, match="Google gives no access to mail by a device code"):
        login.device()


@pytest.mark.parametrize(("kind", "scope"), [("imap", "IMAP.AccessAsUser.All"), ("pop3", "POP.AccessAsUser.All")])
def test_ACC_5_what_microsoft_is_asked(kind: str, scope: str) -> None:
    servers = {
        "imap": Imap("outlook.office365.com", 993, "implicit", "n"),
        "pop3": Pop3("outlook.office365.com", 995, "implicit", "n"),
    }
    oauth = OAuth("microsoft", "id", tenant="zylker.example")
    account = Account("m", "nami@zylker.example", kind, oauth=oauth, **{kind: servers[kind]})  # type: ignore[arg-type]
    login = Login(account, no_secret)
    place, query = address(login.url)
    assert place == "https://login.microsoftonline.com/zylker.example/oauth2/v2.0/authorize"
    outlook = "https://outlook.office.com/"
    assert query["scope"] == f"{outlook}{scope} {outlook}SMTP.Send offline_access"
    assert query["redirect_uri"] == "http://localhost:8719"
    assert query["code_challenge_method"] == "S256"
    assert login.by_device


def test_ACC_5_microsoft_tells_scopes_without_where_they_belong(server: OAuthServer) -> None:
    scopes = ("https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access")
    account = server.account()
    account = replace(account, oauth=replace(account.oauth, provider="microsoft", scopes=scopes))
    for told_scope in ("IMAP.AccessAsUser.All", "https://outlook.office.com/imap.accessasuser.all openid"):
        server.tells = [told({"access_token": "a", "refresh_token": "r", "expires_in": 3600, "scope": told_scope})]
        login = Login(account, no_secret)
        place = back(login, code="c", state=state_of(login))
        assert login.pasted(place) == "r"


def test_an_account_without_oauth_says_what_to_add() -> None:
    with pytest.raises(ConfigurationError, match=r'account "work" does not log in by OAuth; add \[account\.oauth\]'):
        Login(Account("work", "a@b.example", "imap"), no_secret)


# A device.


class Pauses:
    """How long each pause would have been; `then` is done in the pause of that number."""

    def __init__(self, then: dict[int, Callable[[], None]] | None = None) -> None:
        self.seconds: list[float] = []
        self._then = then or {}

    def __call__(self, seconds: float, _stopped: Callable[[], bool]) -> None:
        self.seconds.append(seconds)
        self._then.get(len(self.seconds), lambda: None)()


def test_RFC_8628_a_code_that_is_typed_elsewhere_logs_in(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    code = login.device()
    assert (code.url, code.expires, code.interval) == (f"{server.base}/enter", 900, 1)
    assert code.device not in repr(code)
    pauses = Pauses({3: lambda: server.allow(code.code)})
    assert server.refresh_tokens[login.poll(code, going_on, pause=pauses)] == "rep"
    assert pauses.seconds == [1, 1, 1]


def test_RFC_8628_who_is_told_to_slow_down_does_and_a_lost_question_is_none(server: OAuthServer) -> None:
    server.interval = None
    login = Login(server.account(), no_secret)
    code = login.device()
    server.tells = [refusal("slow_down")]
    cut = {2: lambda: setattr(server, "cuts", 1), 3: lambda: server.allow(code.code)}
    pauses = Pauses(cut)
    assert login.poll(code, going_on, pause=pauses)
    assert pauses.seconds == [5, 10, 15]


def test_RFC_8628_how_a_code_can_end(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    code = login.device()
    with pytest.raises(CredentialsError, match="was told not to let"):
        login.poll(code, going_on, pause=Pauses({1: lambda: server.allow(code.code, denied=True)}))
    code = login.device()
    with pytest.raises(CredentialsError, match="not entered in time"):
        login.poll(code, going_on, pause=Pauses({1: lambda: server.allow(code.code, expired=True)}))
    asked = len(server.asked)
    with pytest.raises(CredentialsError, match="not entered in time"):
        login.poll(replace(code, expires=-1), going_on, pause=Pauses())
    stop = threading.Event()
    assert login.poll(code, stop.is_set, pause=Pauses({1: stop.set})) == ""
    assert len(server.asked) == asked


def test_UI_5_a_pause_ends_when_it_is_stopped(server: OAuthServer) -> None:
    login = Login(server.account(), no_secret)
    code = replace(login.device(), interval=500)
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(login.poll, code, stop.is_set)
        stop.set()
        assert polling.result(5) == ""


def test_a_provider_without_device_codes_says_so(server: OAuthServer) -> None:
    login = Login(server.account(device_url=""), no_secret)
    assert not login.by_device
    with pytest.raises(UsageError, match="gives no device codes here; set device_url"):
        login.device()
    login = Login(server.account(device_url=f"{server.base}/nothing"), no_secret)
    with pytest.raises(ServerError, match="does not answer as a provider"):
        login.device()
    login = Login(server.account(client_id="another"), no_secret)
    with pytest.raises(CredentialsError, match="check client_id"):
        login.device()


def test_ACC_4_no_secret_of_a_login_is_in_its_repr(server: OAuthServer) -> None:
    login = Login(server.account(), lambda: CLIENT_SECRET)
    login.pasted(server.redirected(login.url))
    assert login.access not in repr(login)
    assert login.access not in repr(vars(login)["_found"])
    assert DeviceCode("A", "https://x", 1, 1, "hidden").device not in repr(DeviceCode("A", "https://x", 1, 1, "hidden"))
