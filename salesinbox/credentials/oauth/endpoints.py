"""Where each provider is asked for tokens, and for what."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import Account, OAuth
from salesinbox.model.text import safe

GOOGLE, MICROSOFT = "google", "microsoft"

_GOOGLE_SCOPES = ("https://mail.google.com/",)
"""One for IMAP, POP3, SMTP and the whole of the Gmail API."""
_OUTLOOK = "https://outlook.office.com/"
_LASTING = "offline_access"
"""Asks Microsoft for a login that lasts."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A provider as an account asks it. `device` and `revoke` are empty where there is no such thing.

    `title` names it for the rep. `redirect` is where the browser comes back to, as the provider must know it.
    `more` is what the first question says besides.
    """

    title: str
    settings: OAuth
    authorize: str
    token: str
    device: str
    revoke: str
    scopes: tuple[str, ...]
    redirect: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def google(self) -> bool:
        return self.settings.provider == GOOGLE

    def missing(self, granted: tuple[str, ...]) -> tuple[str, ...]:
        """What was asked for and not allowed. Microsoft leaves out where a scope belongs, and that it lasts."""
        here = {_bare(scope) for scope in granted}
        return tuple(scope for scope in self.scopes if scope != _LASTING and _bare(scope) not in here)


def endpoints(account: Account) -> Endpoints:
    """Raises ConfigurationError for an account that does not log in by OAuth."""
    found = account.oauth
    if found is None:
        raise ConfigurationError(
            _(
                'account "{name}" does not log in by OAuth; add [account.oauth] with provider and client_id, and '
                'auth = "oauth" for its servers'
            ).format(name=safe(account.name, 60))
        )
    if found.provider == GOOGLE:
        return Endpoints(
            "Google",
            found,
            found.authorize_url or "https://accounts.google.com/o/oauth2/v2/auth",
            found.token_url or "https://oauth2.googleapis.com/token",
            "",
            found.revoke_url or "https://oauth2.googleapis.com/revoke",
            found.scopes or _GOOGLE_SCOPES,
            f"http://127.0.0.1:{found.port}/",
            # Without the second, Google gives a token that lasts only the first time that the rep says yes.
            {"access_type": "offline", "prompt": "consent", "login_hint": account.address},
        )
    if found.provider == MICROSOFT:
        base = f"https://login.microsoftonline.com/{found.tenant}/oauth2/v2.0"
        return Endpoints(
            "Microsoft",
            found,
            found.authorize_url or f"{base}/authorize",
            found.token_url or f"{base}/token",
            found.device_url or f"{base}/devicecode",
            found.revoke_url,
            found.scopes or _microsoft_scopes(account),
            # Microsoft takes any port of "localhost" for the one that was registered, and of no other name.
            f"http://localhost:{found.port}",
            {"login_hint": account.address},
        )
    return Endpoints(
        urlsplit(found.token_url).hostname or found.provider,
        found,
        found.authorize_url,
        found.token_url,
        found.device_url,
        found.revoke_url,
        found.scopes,
        f"http://127.0.0.1:{found.port}/",
    )


def _microsoft_scopes(account: Account) -> tuple[str, ...]:
    """Only what the account needs: the rep is shown each."""
    reading = "POP.AccessAsUser.All" if account.pop3 is not None else "IMAP.AccessAsUser.All"
    return (f"{_OUTLOOK}{reading}", f"{_OUTLOOK}SMTP.Send", _LASTING)


def _bare(scope: str) -> str:
    return (scope.rstrip("/").removeprefix(_OUTLOOK)).lower()
