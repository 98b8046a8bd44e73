"""An authorization server of real HTTP: the code flow with PKCE, the device flow, refreshing, revoking, introspection.

    with OAuthServer() as server:
        account = server.account(imap=…)             # [account.oauth] that leads here
        server.browse(login.url)                     # what the rep's browser does: logs in, and is sent back
        server.token("rep1")                         # an access token as Dovecot checks it, by `introspection`

It checks what it is sent as RFC 6749, 7636, 7009 and 8628 say, strictly: what a client may not leave out is refused.
`asked` are the token requests, `tells` replaces the answers to them.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from salesinbox.model.settings import Account, OAuth
from tests.servers import Dovecot, free_port

CLIENT = "the-client"
CLIENT_SECRET = "the-clients-secret"
SCOPE = "mail.all"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Grant:
    """What a user allowed: how it was asked for, and whether it has been used up."""

    user: str
    redirect: str = ""
    challenge: str = ""
    used: bool = False


@dataclass
class Device:
    user_code: str
    user: str = ""
    denied: bool = False
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class OAuthServer:
    """`needs_secret`: the client must show its secret. `rotates`: each refresh gives another refresh token."""

    needs_secret: bool = False
    rotates: bool = False
    lifetime: int | None = 3600
    granted: str | None = SCOPE
    """The scope that is told with a token; None: none is told."""
    interval: int | None = 1
    certificate: tuple[Path, Path] | None = None
    user: str = "rep"
    denies: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    introspected: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    tells: list[Answer] = field(default_factory=list)
    """Answers that are given in the place of the next ones of the token endpoint."""
    cuts: int = 0
    """How many of the next lines to the token endpoint end without an answer."""

    knocked: int = 0
    """How many questions have come to the token endpoint, those that wait for `gate` included."""

    def __post_init__(self) -> None:
        self.port = free_port()
        self.codes: dict[str, Grant] = {}
        self.devices: dict[str, Device] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.access_tokens: dict[str, tuple[str, float]] = {}
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()
        """Cleared: the token endpoint waits before it answers."""

    def __enter__(self) -> Self:
        server = self

        class Handler(_Handler):
            oauth = server

        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._http.daemon_threads = True
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._http.shutdown()
        self._thread.join(10)
        self._http.server_close()

    @property
    def base(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def introspection(self) -> str:
        return f"{self.base}/introspect?token="

    def oauth(self, **changes: Any) -> OAuth:
        wanted: dict[str, Any] = {
            "provider": "custom",
            "client_id": CLIENT,
            "port": free_port(),
            "authorize_url": f"{self.base}/authorize",
            "token_url": f"{self.base}/token",
            "device_url": f"{self.base}/device",
            "revoke_url": f"{self.base}/revoke",
            "scopes": (SCOPE,),
            **changes,
        }
        return OAuth(**wanted)

    def account(self, name: str = "work", **changes: Any) -> Account:
        return Account(name, f"{self.user}@zylker.example", "imap", oauth=self.oauth(**changes))

    def token(self, user: str) -> str:
        """An access token for a user, as if it had been asked for."""
        return str(self._tokens(user, refresh=False)["access_token"])

    def refresh_token(self, user: str = "") -> str:
        """A refresh token for a user, as if they had logged in before."""
        token = secrets.token_urlsafe(24)
        self.refresh_tokens[token] = user or self.user
        return token

    def browse(self, url: str) -> tuple[int, str]:
        """What a browser does with the address: log in here, and follow the way back. (Status, page) of its end."""
        return fetch(self.redirected(url))

    def redirected(self, url: str) -> str:
        """The address that a browser is sent back to once the rep has logged in here."""
        status, place = fetch(url, follow=False)
        assert status == 302, f"{status}: {place}"
        return place

    def allow(self, user_code: str, *, user: str = "", denied: bool = False, expired: bool = False) -> None:
        """What the rep does with the code of a device."""
        (device,) = (one for one in self.devices.values() if one.user_code == user_code)
        device.user, device.denied, device.expired = user or self.user, denied, expired

    # The end points.

    def authorize(self, query: dict[str, str]) -> Answer:
        wrong = [
            name
            for name, right in (
                ("response_type", query.get("response_type") == "code"),
                ("client_id", query.get("client_id") == CLIENT),
                ("code_challenge_method", query.get("code_challenge_method") == "S256"),
                ("code_challenge", len(query.get("code_challenge", "")) == 43),
                ("state", len(query.get("state", "")) >= 30),
                ("scope", query.get("scope") == SCOPE),
                ("redirect_uri", query.get("redirect_uri", "").startswith(("http://127.0.0.1:", "http://localhost:"))),
            )
            if not right
        ]
        if wrong:
            return Answer(400, f"wrong: {wrong}".encode())
        if self.denies:
            back = {"error": "access_denied", "error_description": "the user said no", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(24)
            self.codes[code] = Grant(self.user, query["redirect_uri"], query["code_challenge"])
            back = {"code": code, "state": query["state"], "iss": self.base}
        return Answer(302, b"", {"Location": f"{query['redirect_uri']}?{urllib.parse.urlencode(back)}"})

    def give_tokens(self, form: dict[str, str]) -> Answer:
        with self.lock:
            self.asked.append(form)
            if self.tells:
                return self.tells.pop(0)
        if form.get("client_id") != CLIENT or (self.needs_secret and form.get("client_secret") != CLIENT_SECRET):
            return refusal("invalid_client", "no such client", 401)
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._for_code(form)
        if kind == "refresh_token":
            user = self.refresh_tokens.get(form.get("refresh_token", ""))
            if user is None:
                return refusal("invalid_grant", "Token has been expired or revoked.")
            if self.rotates:
                del self.refresh_tokens[form["refresh_token"]]
            return told(self._tokens(user, refresh=self.rotates))
        if kind == DEVICE:
            return self._for_device(form)
        return refusal("unsupported_grant_type", str(kind))

    def _for_code(self, form: dict[str, str]) -> Answer:
        grant = self.codes.get(form.get("code", ""))
        if grant is None or grant.used or grant.redirect != form.get("redirect_uri"):
            return refusal("invalid_grant", "the code is wrong, or was used before")
        grant.used = True
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(hashed).decode().rstrip("=") != grant.challenge:
            return refusal("invalid_grant", "the verifier is wrong")
        return told(self._tokens(grant.user, refresh=True))

    def _for_device(self, form: dict[str, str]) -> Answer:
        device = self.devices.get(form.get("device_code", ""))
        if device is None:
            return refusal("invalid_grant", "no such device")
        if device.expired:
            return refusal("expired_token", "too late")
        if device.denied:
            return refusal("access_denied", "the user said no")
        if not device.user:
            return refusal("authorization_pending", "not yet")
        return told(self._tokens(device.user, refresh=True))

    def _tokens(self, user: str, *, refresh: bool) -> dict[str, Any]:
        access = secrets.token_urlsafe(24)
        self.access_tokens[access] = (user, time.time() + (self.lifetime or 3600))
        found: dict[str, Any] = {"access_token": access, "token_type": "Bearer"}
        if self.lifetime is not None:
            found["expires_in"] = self.lifetime
        if self.granted is not None:
            found["scope"] = self.granted
        if refresh:
            found["refresh_token"] = self.refresh_token(user)
        return found

    def begin_device(self, form: dict[str, str]) -> Answer:
        if form.get("client_id") != CLIENT or form.get("scope") != SCOPE:
            return refusal("invalid_client", "no such client", 401)
        device_code, user_code = secrets.token_urlsafe(24), secrets.token_hex(4).upper()
        self.devices[device_code] = Device(user_code)
        found = {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": f"{self.base}/enter",
            "expires_in": 900,
        }
        return told(found if self.interval is None else {**found, "interval": self.interval})

    def revoke(self, form: dict[str, str]) -> Answer:
        token = form.get("token", "")
        self.revoked.append(token)
        self.refresh_tokens.pop(token, None)
        return self.tells.pop(0) if self.tells else Answer(200, b"")

    def introspect(self, token: str) -> Answer:
        self.introspected.append(token)
        user, until = self.access_tokens.get(token, ("", 0.0))
        if until < time.time():
            return told({"active": False})
        return told({"active": True, "username": user, "email": user, "scope": SCOPE})


BOTH = ("oauthbearer", "xoauth2")


def token_dovecot(folder: Path, oauth: OAuthServer, *mechanisms: str) -> Dovecot:
    """Dovecot that takes access tokens, by these SASL mechanisms, and asks `oauth` about each."""
    folder.chmod(0o755)
    conf = folder / "oauth2.conf"
    conf.write_text(
        f"introspection_mode = get\nintrospection_url = {oauth.introspection}\n"
        "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
    )
    return Dovecot(
        folder,
        extra=f"auth_mechanisms = plain {' '.join(mechanisms or BOTH)}\n"
        f"passdb {{\n  driver = oauth2\n  mechanisms = {' '.join(BOTH)}\n  args = {conf}\n}}",
    )


def told(found: dict[str, Any], status: int = 200) -> Answer:
    return Answer(status, json.dumps(found).encode(), {"Content-Type": "application/json"})


def refusal(error: str, description: str = "", status: int = 400) -> Answer:
    return told({"error": error, "error_description": description}, status)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def fetch(url: str, *, follow: bool = True, method: str = "GET") -> tuple[int, str]:
    """(Status, page), or (status, where it leads) of a redirect."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *(() if follow else (_Stay(),)))
    try:
        with opener.open(urllib.request.Request(url, method=method), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            place = error.headers.get("Location", "")
            return error.code, place or error.read().decode()


class _Handler(BaseHTTPRequestHandler):
    oauth: OAuthServer
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        if parts.path == "/authorize":
            self._say(self.oauth.authorize(query))
        elif parts.path == "/introspect":
            self._say(self.oauth.introspect(query.get("token", "")))
        else:
            self._say(Answer(404, b"nothing here"))

    def do_POST(self) -> None:
        octets = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        form = dict(urllib.parse.parse_qsl(octets.decode(), keep_blank_values=True))
        if "Authorization" in self.headers:
            self._say(Answer(400, b"nobody asked for that"))
        elif self.path == "/token":
            if self.oauth.cuts:
                self.oauth.cuts -= 1
                self.close_connection = True
                return
            self.oauth.knocked += 1
            self.oauth.gate.wait(20)
            self._say(self.oauth.give_tokens(form))
        elif self.path == "/device":
            self._say(self.oauth.begin_device(form))
        elif self.path == "/revoke":
            self._say(self.oauth.revoke(form))
        else:
            self._say(Answer(404, b"nothing here"))

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
