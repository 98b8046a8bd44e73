"""Logging in to a server that sends: by password or by access token (ACC-4: no error ever shows the secret)."""

import base64
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import Smtp
from salesinbox.model.text import safe
from salesinbox.providers.smtp.answers import SAID, Answer, words

if TYPE_CHECKING:
    from smtplib import SMTP

XOAUTH2 = "xoauth2"
"""The value of `Smtp.auth` that makes the secret an access token."""


def log_in(client: "SMTP", settings: Smtp, secret: Callable[[], str]) -> None:
    """Log in by PLAIN, else by LOGIN, or by XOAUTH2 where the settings say so.

    A server that offers no login (a relay on this machine) gets none, and the secret is not asked for.

    Raises:
        CredentialsError: No secret, or one that the server refused.
        NetworkError: The server cannot log anybody in just now.
        ServerError: The login that the settings ask for is not offered.
    """
    if not client.has_extn("auth"):
        return
    offered = client.esmtp_features["auth"].upper().split()
    where = {"host": safe(settings.host, 100), "port": settings.port}
    if settings.auth == XOAUTH2:
        if "XOAUTH2" not in offered:
            raise ServerError(
                _(
                    "{host} offers no login by access token (XOAUTH2) on port {port}; check port and tls, or leave "
                    "out auth and use a password"
                ).format(**where)
            )
        _by_token(client, settings, _checked(secret()))
    elif "PLAIN" in offered or "LOGIN" in offered:
        _by_password(client, settings, _checked(secret()), plain="PLAIN" in offered)
    else:
        raise ServerError(
            _("{host} offers no login that this program knows on port {port}; check port and tls").format(**where)
        )


def _checked(secret: str) -> str:
    if "\0" in secret:
        raise CredentialsError(_("the password holds a NUL character, which no server takes"))
    return secret


def _by_password(client: "SMTP", settings: Smtp, word: str, *, plain: bool) -> None:
    whole = _base64(f"\0{settings.user}\0{word}")
    if plain:
        answer = client.docmd("AUTH", f"PLAIN {whole}")
    else:
        answer = client.docmd("AUTH", "LOGIN")
        for said in (settings.user, word):
            if answer[0] == 334:
                answer = client.docmd(_base64(said))
    if answer[0] not in (235, 503):
        said = _without(answer[1], (word, _base64(word), whole))
        if 400 <= answer[0] < 500:
            raise _not_now(settings, said)
        raise CredentialsError(
            _(
                "{host} refused the login of {user}: {said}; check user and password "
                "(some providers want an app password)"
            ).format(host=safe(settings.host, 100), user=safe(settings.user, 100), said=said)
        )


def _by_token(client: "SMTP", settings: Smtp, token: str) -> None:
    """As Google and Microsoft have it: what is wrong comes as a challenge, which wants an empty answer."""
    whole = _base64(f"user={settings.user}\1auth=Bearer {token}\1\1")
    answer = client.docmd("AUTH", f"XOAUTH2 {whole}")
    why = ""
    if answer[0] == 334:
        why = _token_error(answer)
        answer = client.docmd("")
    if answer[0] not in (235, 503):
        hidden = (token, _base64(token), whole)
        if 400 <= answer[0] < 500:
            raise _not_now(settings, _without(answer[1], hidden))
        said = "; ".join(filter(None, (_without(answer[1], hidden), _without(why.encode(), hidden) if why else "")))
        raise CredentialsError(
            _(
                "{host} refused the access token of {user}: {said}; it has run out or was made for something else: "
                "have password_command print a fresh one"
            ).format(host=safe(settings.host, 100), user=safe(settings.user, 100), said=said)
        )


def _token_error(answer: Answer) -> str:
    """The challenge's JSON in words: "status 401, scope https://mail.example/"; empty when it is none."""
    try:
        told = json.loads(base64.b64decode(answer[1]))
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    return ", ".join(f"{key} {safe(str(told[key]), 80)}" for key in ("status", "scope") if told.get(key))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _without(said: bytes, hidden: Iterable[str]) -> str:
    """What the server said, unless it repeats the secret in any form."""
    text = said.decode("utf-8", "replace")
    if any(form in text for form in hidden if form):
        said = b""
    return safe(words(said), SAID) or _("no reason given")


def _not_now(settings: Smtp, said: str) -> SalesInboxError:
    return NetworkError(
        _("{host} cannot log in {user} just now: {said}; it will be tried again").format(
            host=safe(settings.host, 100), user=safe(settings.user, 100), said=said
        )
    )
