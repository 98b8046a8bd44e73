"""Access tokens for an account that logged in by OAuth (ACC-5): asked for when needed, told nobody, kept in memory."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from salesinbox.credentials.oauth import refusals
from salesinbox.credentials.oauth.asking import Granted, RefusedError, ask, granted
from salesinbox.credentials.oauth.endpoints import endpoints
from salesinbox.model.settings import Account

EARLY_SECONDS = 60
"""How long before its end an access token is no longer given out: a login takes a while."""


@dataclass(slots=True)
class _Access:
    token: str = field(repr=False)
    since: float
    until: float


class Tokens:
    """One account's tokens. May be used by any thread; `now` gives seconds since 1970.

    `refresh_token` gives what `login` brought, as it is kept ("" for none); it is asked each time, because another
    process may have kept a newer one. `keep` keeps a newer one. `client_secret` is "" for an app that has none.
    """

    def __init__(
        self,
        account: Account,
        refresh_token: Callable[[], str],
        keep: Callable[[str], None],
        client_secret: Callable[[], str],
        now: Callable[[], float],
    ) -> None:
        self._account = account
        self._provider = endpoints(account)
        self._refresh_token = refresh_token
        self._keep = keep
        self._client_secret = client_secret
        self._now = now
        self._lock = threading.Lock()
        self._access: _Access | None = None
        self._unkept = ""
        """A refresh token that replaces the kept one and could not be kept yet."""

    @property
    def title(self) -> str:
        """The provider's name."""
        return self._provider.title

    def access(self) -> str:
        """An access token that is good for another minute at the least, where the provider gives such.

        Raises:
            CredentialsError: There is no login, or it holds no longer; what `refresh_token`, `keep` and
                `client_secret` raise passes through.
            NetworkError: The provider cannot be reached, or cannot answer just now.
            CertificateError, ConfigurationError, ServerError: As `asking.ask`.
        """
        with self._lock:
            self._keep_at_last()
            now = self._now()
            if self._access is None or not self._access.since <= now < self._access.until:
                self._access = None
                found = self._refreshed()
                early = min(EARLY_SECONDS, found.seconds / 2)
                self._access = _Access(found.access, now, now + found.seconds - early)
                if found.refresh:
                    self._unkept = found.refresh
                    self._keep_at_last()
            return self._access.token

    def drop(self) -> None:
        """Ask anew at the next call: a server refused what was given out."""
        with self._lock:
            self._access = None

    def revoke(self) -> bool:
        """Have the provider forget the login (RFC 7009). False where it takes no such wish, or there is no login.

        Raises as `access`. What is kept here is the caller's to remove.
        """
        with self._lock:
            self._access = None
            token = self._unkept or self._refresh_token()
            self._unkept = ""
            if not self._provider.revoke or not token:
                return False
            try:
                self._ask_to_revoke(token)
            except RefusedError as refusal:
                # Google says so of a token that holds no longer anyway; RFC 7009 §2.2 would have it say nothing.
                if refusal.error not in ("invalid_token", "invalid_grant"):
                    raise refusals.of_refresh(self._account, self._provider, refusal, (token,)) from None
            return True

    def _ask_to_revoke(self, token: str) -> None:
        from oauthlib.oauth2.rfc6749.parameters import (  # noqa: PLC0415 - only where something is asked
            prepare_token_revocation_request,
        )

        settings = self._provider.settings
        secret = self._client_secret() or None
        # The address is checked where it is asked; oauthlib would not have the loopback.
        _url, _headers, form = prepare_token_revocation_request(
            "https://", token, "refresh_token", client_id=settings.client_id, client_secret=secret
        )
        ask(self._provider.revoke, form, settings.ca_file)

    def _refreshed(self) -> Granted:
        used = self._refresh_token()
        while True:
            if not used:
                raise refusals.not_logged_in(self._account)
            secret = self._client_secret()
            try:
                return self._asked(used, secret)
            except RefusedError as refusal:
                kept = self._refresh_token() if refusal.error == "invalid_grant" else used
                if kept == used:
                    raise refusals.of_refresh(self._account, self._provider, refusal, (used, secret)) from None
                # Another process was first, and the token that it was given replaced this one.
                used = kept

    def _asked(self, refresh_token: str, secret: str) -> Granted:
        from oauthlib.oauth2 import WebApplicationClient  # noqa: PLC0415 - only where something is asked

        settings = self._provider.settings
        client = WebApplicationClient(settings.client_id)
        form = client.prepare_refresh_body(
            refresh_token=refresh_token, client_id=settings.client_id, client_secret=secret or None
        )
        found = granted(self._provider.token, form, settings.ca_file)
        return found if found.refresh != refresh_token else Granted(found.access, "", found.seconds, found.scopes)

    def _keep_at_last(self) -> None:
        """Keep the newer refresh token, before anything is given out: the older one may hold no longer."""
        if self._unkept:
            self._keep(self._unkept)
            self._unkept = ""
