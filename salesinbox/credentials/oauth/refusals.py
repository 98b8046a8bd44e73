"""A provider's refusal in words: what has happened, and what the rep can do about it (ACC-5)."""

import re
import shlex
from collections.abc import Iterable

from salesinbox.credentials.oauth.asking import RefusedError
from salesinbox.credentials.oauth.endpoints import Endpoints
from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe

_SAID = 160
_FURTHER = re.compile(r"\s*(?:Trace ID|Correlation ID|Timestamp):.*", re.DOTALL)
_AGAIN = ("invalid_grant", "interaction_required", "login_required", "consent_required", "invalid_token")
_CLIENT = ("invalid_client", "unauthorized_client")
_LATER = ("temporarily_unavailable", "server_error", "slow_down")


def of_login(
    account: Account, provider: Endpoints, refusal: RefusedError, hidden: Iterable[str] = ()
) -> SalesInboxError:
    """While the rep logs in. `hidden` must not be shown, should the provider repeat it."""
    where = _where(account, provider, refusal, hidden)
    if refusal.error == "access_denied":
        return CredentialsError(
            _(
                '{provider} was told not to let this program at the mail of account "{name}"{said}; log in again and '
                "allow it, or ask your administrator"
            ).format(**where)
        )
    if refusal.error == "expired_token":
        return CredentialsError(
            _('the code for account "{name}" was not entered in time; ask for another one').format(**where)
        )
    if refusal.error == "invalid_grant":
        return CredentialsError(
            _(
                '{provider} does not take this answer for account "{name}"{said}: it is too old, or was used before; '
                "begin again with: {login}"
            ).format(**where)
        )
    return _other(where, refusal)


def of_refresh(
    account: Account, provider: Endpoints, refusal: RefusedError, hidden: Iterable[str] = ()
) -> SalesInboxError:
    """When a login that was made before is used."""
    where = _where(account, provider, refusal, hidden)
    if refusal.error not in _AGAIN:
        return _other(where, refusal)
    hint = _hint(refusal.said)
    if not hint and provider.google:
        hint = _("Google ends the logins of an app that is in testing after 7 days.")
    sentence = _(
        'The login of account "{name}" at {provider} holds no longer{said}: it has run out, was revoked, or the '
        "password was changed. Log in again with: {login}"
    ).format(**where)
    return CredentialsError(f"{sentence} ({hint})" if hint else sentence)


def not_logged_in(account: Account) -> CredentialsError:
    return CredentialsError(
        _('account "{name}" is not logged in; run: {login}').format(
            name=safe(account.name, 60), login=login_command(account)
        )
    )


def login_command(account: Account) -> str:
    """What to type in a shell to log in."""
    return f"salesinbox account login {shlex.quote(safe(account.name, 60))}"


def too_little(account: Account, provider: Endpoints, missing: Iterable[str]) -> CredentialsError:
    return CredentialsError(
        _(
            '{provider} lets this program in for account "{name}", but does not allow all that it needs ({missing}); '
            "log in again and tick everything that is asked"
        ).format(provider=provider.title, name=safe(account.name, 60), missing=safe(", ".join(missing), _SAID))
    )


def not_lasting(account: Account, provider: Endpoints) -> CredentialsError:
    return CredentialsError(
        _(
            '{provider} gave account "{name}" no login that lasts (no refresh token); have the app allowed to have '
            "one, for many providers by the scope offline_access"
        ).format(provider=provider.title, name=safe(account.name, 60))
    )


def _other(where: dict[str, str], refusal: RefusedError) -> SalesInboxError:
    hint = _hint(refusal.said)
    if refusal.error in _LATER:
        return NetworkError(_("{provider} cannot give tokens just now{said}; it will be tried again").format(**where))
    if refusal.error in _CLIENT:
        sentence = _(
            '{provider} refused the client_id of account "{name}"{said}; check client_id and client_secret_command'
        ).format(**where)
    elif refusal.error == "invalid_scope":
        sentence = _(
            '{provider} refused what is asked for account "{name}"{said}; check scopes in [account.oauth], and what '
            "the app may ask for"
        ).format(**where)
    else:
        sentence = _('{provider} refused a token for account "{name}": {error}{said}').format(
            **where, error=safe(refusal.error, 60) or _("no reason given")
        )
    return CredentialsError(f"{sentence} ({hint})" if hint else sentence)


def _where(account: Account, provider: Endpoints, refusal: RefusedError, hidden: Iterable[str]) -> dict[str, str]:
    said = _FURTHER.sub("", refusal.said).strip().rstrip(".")
    if any(secret in refusal.said for secret in hidden if secret):
        said = ""
    said = safe(said, _SAID)
    return {
        "provider": safe(provider.title, 100),
        "name": safe(account.name, 60),
        "said": f" ({said})" if said else "",
        "login": login_command(account),
    }


def _hint(said: str) -> str:
    """What Microsoft's numbers want of the rep; empty for all others."""
    found = re.match(r"AADSTS(\d+)", said)
    number = found[1] if found else ""
    if number == "7000218":
        return _('switch on "Allow public client flows" for the app at Microsoft, or set client_secret_command')
    if number in ("65001", "90094"):
        return _("an administrator of your company has to allow the app")
    if number in ("700016", "90002"):
        return _("the app is not known there; check client_id and tenant")
    if number in ("50076", "50079", "50158"):
        return _("your company wants a second factor; the browser asks for it")
    return ""
