"""The one time that the rep logs in (ACC-5): by a browser that comes back to this machine, or by a device code.

Without a browser here, the browser's way back leads through `ssh -L`, or the rep pastes the address at which the
browser got stuck. PKCE (RFC 7636) and a state bind the answer to this login.
"""

import errno
import getpass
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from salesinbox.credentials.oauth import refusals
from salesinbox.credentials.oauth.asking import Granted, RefusedError, ask, granted, nonsense
from salesinbox.credentials.oauth.endpoints import Endpoints, endpoints
from salesinbox.credentials.oauth.listener import Listener
from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError, CredentialsError, NetworkError, UsageError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe

if TYPE_CHECKING:
    from oauthlib.oauth2 import WebApplicationClient

WAIT_SECONDS = 600.0
"""How long a browser is waited for: providers forget what they asked about then."""
_LOOK = 0.2
_FREED_SECONDS = 1.0
"""How long a port that is taken may take to become free."""
_INTERVAL = 5
_SLOWER = 5
"""Seconds more between two questions, once "slow_down" was said (RFC 8628 §3.5)."""
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the rep types (`code`) at `url`, on any machine. `expires` and `interval` are in seconds."""

    code: str
    url: str
    expires: int
    interval: int
    device: str = field(repr=False)
    """What the provider knows this machine by."""


def _pause(seconds: float, stopped: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not stopped() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _LOOK))


class Login:
    """One attempt to log in to one account. May be used by several threads: who waits hears of what was pasted.

    `client_secret` gives the app's secret, "" for an app that has none. Every way ends with a refresh token, which is
    the caller's to keep, and raises:

        CredentialsError: The rep or the provider said no; the sentence says what to do.
        NetworkError, CertificateError, ServerError, ConfigurationError: As `asking.ask`.
    """

    def __init__(self, account: Account, client_secret: Callable[[], str]) -> None:
        """Raises ConfigurationError for an account that does not log in by OAuth."""
        self.account = account
        self._provider = endpoints(account)
        self._client_secret = client_secret
        self._state = secrets.token_urlsafe(32)
        self._lock = threading.Lock()
        self._found: Granted | None = None
        self._client, self._verifier = self._begun()
        self.url = self._first_question()
        """Where the rep's browser is to go."""

    @property
    def title(self) -> str:
        """The provider's name."""
        return self._provider.title

    @property
    def port(self) -> int:
        return self._provider.settings.port

    @property
    def redirect(self) -> str:
        """Where the provider sends the browser back to: an app must have it among its redirect URIs."""
        return self._provider.redirect

    @property
    def ssh_line(self) -> str:
        """What leads the browser of another machine back to this one; typed there."""
        # As the rep's machine reaches this one, where the rep is here by SSH: client, its port, here, its port.
        way = os.environ.get("SSH_CONNECTION", "").split()
        host, other = (way[2], way[3]) if len(way) == 4 else (socket.gethostname(), "22")
        port = "" if other == "22" else f"-p {other} "
        return f"ssh {port}-L {self.port}:127.0.0.1:{self.port} {_user()}@{host}"

    @property
    def by_device(self) -> bool:
        """Whether the provider may be asked for a device code."""
        return bool(self._provider.device)

    @property
    def access(self) -> str:
        """The access token that came with the login, to try the account with; "" before."""
        return self._found.access if self._found is not None else ""

    # With a browser.

    def wait(self, stopped: Callable[[], bool], seconds: float = WAIT_SECONDS) -> str:
        """Listen until the browser comes back; "" once `stopped` says so. What is pasted meanwhile ends it, too.

        Raises ConfigurationError where the port is taken (`pasted` still works then).
        """
        end = time.monotonic() + seconds
        with self._listener(stopped) as listener:
            while not stopped():
                if self._found is not None:
                    return self._found.refresh
                if query := listener.answer(_LOOK):
                    return self._answered(query)
                if time.monotonic() > end:
                    raise CredentialsError(
                        _("no browser came back within {minutes} minutes; begin again with: {login}").format(
                            minutes=round(seconds / 60), login=refusals.login_command(self.account)
                        )
                    )
        return ""

    def _listener(self, stopped: Callable[[], bool]) -> Listener:
        end = time.monotonic() + _FREED_SECONDS
        while True:
            try:
                return Listener(self.port, self._state)
            except OSError as error:
                # The attempt before this one may have been given up just now, and still have the port.
                if error.errno == errno.EADDRINUSE and time.monotonic() < end and not stopped():
                    time.sleep(_LOOK)
                    continue
                raise ConfigurationError(
                    _(
                        "port {port} of this machine cannot be listened on ({reason}); end the program that has it, "
                        "set another port in [account.oauth], or paste the address that your browser ends at"
                    ).format(port=self.port, reason=safe(os.strerror(error.errno or 0), 60))
                ) from error

    def pasted(self, text: str) -> str:
        """Go on with the address that the browser ended at: the whole of it, or what follows its "?".

        Raises UsageError for what is no such address, or one of another login.
        """
        # What a terminal or a mail program has put around or into a long line.
        bare = "".join(text[:_LONGEST].split()).strip("<>\"'")
        query = bare.partition("#")[0].rpartition("?")[2]
        if "state=" not in query:
            raise UsageError(
                _("this is not the whole address that your browser ended at: it begins with {address}").format(
                    address=self._provider.redirect
                )
            )
        return self._answered(query)

    def _begun(self) -> tuple["WebApplicationClient", str]:
        from oauthlib.oauth2 import WebApplicationClient  # noqa: PLC0415 - only where something is asked

        client = WebApplicationClient(self._provider.settings.client_id)
        return client, client.create_code_verifier(64)

    def _first_question(self) -> str:
        parts = urlsplit(self._provider.authorize)
        # The address was checked with the configuration; oauthlib would not have the loopback.
        url: str = self._client.prepare_request_uri(
            urlunsplit(parts._replace(scheme="https")),
            redirect_uri=self._provider.redirect,
            scope=list(self._provider.scopes),
            state=self._state,
            code_challenge=self._client.create_code_challenge(self._verifier, "S256"),
            code_challenge_method="S256",
            **self._provider.more,
        )
        return url if parts.scheme == "https" else url.replace("https://", "http://", 1)

    def _answered(self, query: str) -> str:
        """Have the answer that the browser brought exchanged for tokens."""
        from oauthlib.oauth2 import MismatchingStateError, OAuth2Error  # noqa: PLC0415 - is loaded by now

        try:
            found: dict[str, Any] = self._client.parse_request_uri_response(f"https://here/?{query}", self._state)
        except MismatchingStateError:
            raise UsageError(
                _("this address is of another login; take the one that your browser ended at for this one")
            ) from None
        except OAuth2Error as error:
            refusal = RefusedError(str(error.error or ""), str(error.description or ""))
            raise refusals.of_login(self.account, self._provider, refusal) from None
        secret = self._client_secret()
        form = self._client.prepare_request_body(
            code=found["code"],
            redirect_uri=self._provider.redirect,
            code_verifier=self._verifier,
            client_secret=secret or None,
        )
        return self._exchanged(form, (found["code"], secret, self._verifier))

    def _exchanged(self, form: str, hidden: tuple[str, ...]) -> str:
        with self._lock:
            if self._found is not None:
                return self._found.refresh
            try:
                found = granted(self._provider.token, form, self._provider.settings.ca_file)
            except RefusedError as refusal:
                if refusal.error in ("authorization_pending", "slow_down"):
                    raise
                raise refusals.of_login(self.account, self._provider, refusal, hidden) from None
            if found.scopes is not None and (missing := self._provider.missing(found.scopes)):
                raise refusals.too_little(self.account, self._provider, missing)
            if not found.refresh:
                raise refusals.not_lasting(self.account, self._provider)
            self._found = found
            return found.refresh

    # With a code.

    def device(self) -> DeviceCode:
        """Ask for a code that the rep types on another machine (RFC 8628).

        Raises UsageError where the provider gives none.
        """
        provider = self._provider
        if not provider.device:
            raise UsageError(_no_device(provider))
        from oauthlib.common import urlencode  # noqa: PLC0415 - is loaded by now

        form = urlencode([("client_id", provider.settings.client_id), ("scope", " ".join(provider.scopes))])
        try:
            found = ask(provider.device, form, provider.settings.ca_file)
        except RefusedError as refusal:
            raise refusals.of_login(self.account, provider, refusal) from None
        device, code = found.get("device_code"), found.get("user_code")
        url = found.get("verification_uri") or found.get("verification_url")
        expires, interval = found.get("expires_in"), found.get("interval", _INTERVAL)
        if not (isinstance(device, str) and isinstance(code, str) and isinstance(url, str) and device and code and url):
            raise nonsense(provider.device, _("no code in it"))
        return DeviceCode(
            safe(code, 40),
            safe(url, 200),
            expires if isinstance(expires, int) and expires > 0 else round(WAIT_SECONDS),
            interval if isinstance(interval, int) and 0 < interval < 600 else _INTERVAL,
            device,
        )

    def poll(
        self,
        code: DeviceCode,
        stopped: Callable[[], bool],
        *,
        pause: Callable[[float, Callable[[], bool]], None] = _pause,
    ) -> str:
        """Ask until the rep has typed the code; "" once `stopped` says so. `pause` waits between two questions."""
        from oauthlib.oauth2 import DeviceClient  # noqa: PLC0415 - is loaded by now

        end = time.monotonic() + code.expires
        interval = code.interval
        client = DeviceClient(self._provider.settings.client_id)
        while True:
            pause(interval, stopped)
            if stopped():
                return ""
            if time.monotonic() > end:
                raise refusals.of_login(self.account, self._provider, RefusedError("expired_token"))
            secret = self._client_secret()
            form = client.prepare_request_body(code.device, include_client_id=True, client_secret=secret or None)
            try:
                return self._exchanged(form, (code.device, secret))
            except RefusedError as refusal:
                interval += _SLOWER if refusal.error == "slow_down" else 0
            except NetworkError:
                # One question that got lost is no reason to begin anew (RFC 8628 §3.5).
                interval += _SLOWER


def _no_device(provider: Endpoints) -> str:
    if provider.google:
        return _(
            "Google gives no access to mail by a device code; log in with a browser, through the ssh line or by "
            "pasting the address that it ends at"
        )
    return _("{provider} gives no device codes here; set device_url in [account.oauth] if it does").format(
        provider=safe(provider.title, 100)
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"
