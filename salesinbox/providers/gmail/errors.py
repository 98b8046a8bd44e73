"""What the Gmail API refuses, in words: the one seam where foreign errors become ours."""

import contextlib
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import (
    ConfigurationError,
    CredentialsError,
    NetworkError,
    SalesInboxError,
    ServerError,
)
from salesinbox.model.settings import Account
from salesinbox.model.text import safe

SCOPE = "https://mail.google.com/"

_RATE = {"ratelimitexceeded", "userratelimitexceeded", "quotaexceeded", "rate_limit_exceeded", "resource_exhausted"}
_FOR_TODAY = {"dailylimitexceeded", "dailylimitexceededunreg"}
_SCOPE_MISSING = {"insufficientpermissions", "access_token_scope_insufficient"}
_NOT_ENABLED = {"accessnotconfigured", "service_disabled"}
_LONGEST_WAIT = 60.0


@dataclass
class RefusedError(Exception):
    """An answer other than 2xx. `reasons`: Google's words for why, in lower case; `wait`: seconds it asks us to."""

    status: int
    reasons: frozenset[str]
    said: str
    wait: float = 0.0

    def __str__(self) -> str:
        return f"{self.status} {self.said}"

    @property
    def is_rate(self) -> bool:
        """Nothing was done, and the same may go well in a while."""
        return self.status == 429 or (self.status == 403 and bool(self.reasons & _RATE))

    @property
    def is_trouble(self) -> bool:
        """The server's own trouble; what became of the request is not known."""
        return self.status >= 500

    @property
    def is_gone(self) -> bool:
        return self.status in (404, 410)

    @property
    def is_no_id(self) -> bool:
        """What was asked for has a number that no message could have."""
        return self.status == 400 and "id value" in self.said.lower()

    @property
    def is_token(self) -> bool:
        return self.status == 401


class NonsenseError(Exception):
    """The answer is none that the API can give."""


def refused(status: int, content: bytes, retry_after: str = "") -> RefusedError:
    """A refusal from the answer's status and body (https://cloud.google.com/apis/design/errors), whatever it holds."""
    reasons: set[str] = set()
    said = ""
    try:
        told: Any = json.loads(content)
        error = told["error"] if isinstance(told, dict) else {}
        if isinstance(error, dict):
            said = str(error.get("message", ""))
            reasons.add(str(error.get("status", "")).lower())
            for place in ("errors", "details"):
                for one in error.get(place) or ():
                    if isinstance(one, dict) and "reason" in one:
                        reasons.add(str(one["reason"]).lower())
    except (ValueError, LookupError, TypeError):
        pass
    if status == 403 and reasons & _FOR_TODAY:
        reasons -= _RATE
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0.0
    return RefusedError(status, frozenset(reasons - {""}), safe(said, 300), min(wait, _LONGEST_WAIT))


@contextlib.contextmanager
def speaking(account: Account, doing: str, *, writing: bool = False) -> Iterator[None]:
    """Refusals as errors of ours. `doing` names what was tried; `writing`: a missing permission is about that only."""
    try:
        yield
    except RefusedError as refusal:
        raise told(refusal, account, doing, writing=writing) from None
    except NonsenseError as nonsense:
        raise ServerError(
            _('Gmail gave an answer for the account "{account}" that makes no sense ({doing}): {said}').format(
                account=safe(account.name, 60), doing=doing, said=safe(str(nonsense), 160)
            )
        ) from None


def told(refusal: RefusedError, account: Account, doing: str, *, writing: bool = False) -> SalesInboxError:
    """The error of ours that a refusal is."""
    where = {"account": safe(account.name, 60), "doing": doing, "said": safe(refusal.said, 160) or str(refusal.status)}
    if refusal.is_token:
        return CredentialsError(
            _('Gmail does not take the access token of the account "{account}" ({said}); {fix}').format(
                **where, fix=_fix(account)
            )
        )
    if refusal.is_rate:
        return NetworkError(
            _('Gmail asks the account "{account}" to slow down ({doing}): {said}; it goes on in a while').format(
                **where
            )
        )
    if refusal.is_trouble:
        return NetworkError(_("Gmail cannot do this just now ({doing}): {said}").format(**where))
    if refusal.status == 403 and (known := _forbidden(refusal, account, where, writing=writing)) is not None:
        return known
    if refusal.status == 413:
        return ServerError(
            _('the message is too large for Gmail (account "{account}"); send less, or a link').format(**where)
        )
    return ServerError(_('Gmail refused for the account "{account}" ({doing}): {said}').format(**where))


def _forbidden(
    refusal: RefusedError, account: Account, where: dict[str, str], *, writing: bool
) -> SalesInboxError | None:
    if refusal.reasons & _SCOPE_MISSING:
        kind = ServerError if writing else CredentialsError
        return kind(
            _(
                'the access token of the account "{account}" does not allow this ({doing}): it needs the scope '
                "{scope}; {fix}"
            ).format(**where, scope=SCOPE, fix=_fix(account))
        )
    if refusal.reasons & _NOT_ENABLED:
        return ConfigurationError(
            _(
                'the Gmail API is not enabled in the Google Cloud project whose client_id the account "{account}" '
                "uses; enable it at https://console.cloud.google.com/apis/library/gmail.googleapis.com"
            ).format(**where)
        )
    if refusal.reasons & {"domainpolicy"}:
        return ServerError(
            _(
                'the administrator of the organisation does not allow the account "{account}" to be used by programs; '
                "ask the administrator to allow the Gmail API, or this program's client_id"
            ).format(**where)
        )
    if refusal.reasons & _FOR_TODAY:
        return NetworkError(_('Gmail does nothing more for the account "{account}" today: {said}').format(**where))
    return None


def _fix(account: Account) -> str:
    """What the rep can do about a token."""
    if account.gmail is not None and account.gmail.token_command:
        return _("check token_command in [account.gmail]")
    return _("log in again with: salesinbox account login {name}").format(name=shlex.quote(safe(account.name, 60)))
