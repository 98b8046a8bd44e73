"""Logging in to a server that sends: by password or by access token (ACC-4: no error ever shows the secret)."""

import base64
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import Smtp
from salesinbox.model.text import safe
from salesinbox.providers import tokens
from salesinbox.providers.smtp.answers import SAID, words

if TYPE_CHECKING:
    from smtplib import SMTP


def log_in(client: "SMTP", settings: Smtp, secret: Callable[[], str]) -> None:
    """Log in by PLAIN, else by LOGIN, or by access token where the settings say so.

    A server that offers no login (a relay on this machine) gets none, and the secret is not asked for.

    Raises:
        CredentialsError: No secret, or one that the server refused.
        NetworkError: The server cannot log anybody in just now.
        ServerError: The login that the settings ask for is not offered.
    """
    if not client.has_extn("auth"):
        return
    offered = client.esmtp_features["auth"].upper().split()
    if settings.auth:
        tokens.check_offer(settings, offered)
        _by_token(client, settings, tokens.exchange(settings, offered, secret()))
    elif "PLAIN" in offered or "LOGIN" in offered:
        _by_password(client, settings, _checked(secret()), plain="PLAIN" in offered)
    else:
        raise ServerError(
            _("{host} offers no login that this program knows on port {port}; check port and tls").format(
                host=safe(settings.host, 100), port=settings.port
            )
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


def _by_token(client: "SMTP", settings: Smtp, made: tokens.Exchange) -> None:
    """What is wrong comes as a challenge, which wants an answer."""
    answer = client.docmd("AUTH", f"{made.mechanism} {made.response}")
    why = b""
    if answer[0] == 334:
        why = answer[1]
        answer = client.docmd(made.farewell)
    if answer[0] not in (235, 503):
        if 400 <= answer[0] < 500:
            said = words(answer[1])
            raise _not_now(settings, _("no reason given") if made.hides(said) else said)
        raise tokens.refused(settings, made, words(answer[1]), why)


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
