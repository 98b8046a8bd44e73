"""Logging in by access token: what SASL's OAUTHBEARER (RFC 7628) and XOAUTH2 say, for IMAP, POP3 and SMTP.

A mechanism sends one response. A server that refuses it says why in a challenge, which wants an answer of its own
before the command ends. XOAUTH2 is what Google and Microsoft had before there was a standard.
"""

import base64
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import OAUTH, Imap, Pop3, Smtp
from salesinbox.model.text import safe

BEARER, GOOGLES = "OAUTHBEARER", "XOAUTH2"
MECHANISMS = (BEARER, GOOGLES)
"""In the order in which they are taken."""

Server = Imap | Pop3 | Smtp

_SAID = 160
_BEGINNING = 24
"""Characters of a token that must not be shown either, where a long one was cut."""
_TOKEN = re.compile(r"[\x21-\x7e]+")
_TOLD = ("status", "scope", "schemes")
_LATER = re.compile(r"5\d\d")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One login by token. `response` is what the mechanism sends, in Base64; `farewell` answers a challenge."""

    mechanism: str
    response: str = field(repr=False)
    farewell: str
    token: str = field(repr=False)

    def hides(self, said: str) -> bool:
        """Whether what a server said repeats the token in any form, so that it must not be shown."""
        forms = (self.token, _base64(self.token), self.response)
        return any(form[:_BEGINNING].rstrip("=") in said for form in forms)


def check_offer(settings: Server, offered: Collection[str]) -> str:
    """The mechanism that is taken of those a server offers (in upper case), before any token is asked for.

    Raises ServerError where none of them takes a token.
    """
    mechanism = next((name for name in MECHANISMS if name in offered), "")
    if not mechanism:
        raise ServerError(
            _(
                "{host} offers no login by access token (OAUTHBEARER or XOAUTH2) on port {port}; check port and tls, "
                "or leave out auth and use a password"
            ).format(host=safe(settings.host, 100), port=settings.port)
        )
    return mechanism


def exchange(settings: Server, offered: Collection[str], token: str) -> Exchange:
    """How to log in with `token` at a server that offers the SASL mechanisms `offered` (in upper case).

    Raises:
        ServerError: None of them takes a token.
        CredentialsError: What was given as a token cannot be one.
    """
    mechanism = check_offer(settings, offered)
    # A control character would end the token and begin another field.
    if not _TOKEN.fullmatch(token):
        raise CredentialsError(
            _("what was given for {user} is no access token: it is empty, or holds spaces or line ends").format(
                user=safe(settings.user, 100)
            )
        )
    if mechanism == BEARER:
        said = f"n,a={_name(settings.user)},\1host={settings.host}\1port={settings.port}\1auth=Bearer {token}\1\1"
        return Exchange(mechanism, _base64(said), _base64("\1"), token)
    return Exchange(mechanism, _base64(f"user={settings.user}\1auth=Bearer {token}\1\1"), "", token)


def refused(settings: Server, made: Exchange, said: str, challenge: bytes = b"") -> SalesInboxError:
    """What a refusal means: CredentialsError, or NetworkError for what says nothing about the token.

    `said` are the server's own words; `challenge` is what it sent before, still in Base64.
    """
    told = _in_words(challenge, made)
    words = "; ".join(part for part in (safe(said, _SAID), told.words) if part and not made.hides(part))
    where = {
        "host": safe(settings.host, 100),
        "user": safe(settings.user, 100),
        "said": words or _("no reason given"),
    }
    if told.later:
        return NetworkError(_("{host} cannot log in {user} just now: {said}; it will be tried again").format(**where))
    if settings.auth == OAUTH:
        return CredentialsError(
            _(
                "{host} refused the access token of {user}: {said}; check that it was {user} who logged in, and that "
                "the provider lets mail programs in, or log in again with: salesinbox account login"
            ).format(**where)
        )
    return CredentialsError(
        _(
            "{host} refused the access token of {user}: {said}; it has run out or was made for something else: "
            "have password_command print a fresh one"
        ).format(**where)
    )


@dataclass(frozen=True, slots=True)
class _Told:
    words: str = ""
    later: bool = False


def _in_words(challenge: bytes, made: Exchange) -> _Told:
    """The challenge's JSON (RFC 7628 §3.2.2) as "status 401, scope https://mail.example/"; nothing when it is none."""
    try:
        told = json.loads(base64.b64decode(challenge))
    except (ValueError, RecursionError):
        return _Told()
    if not isinstance(told, dict):
        return _Told()
    shown = {key: str(told[key]) for key in _TOLD if told.get(key) and not made.hides(str(told[key]))}
    words = ", ".join(f"{key} {safe(value, 80)}" for key, value in shown.items())
    return _Told(words, later=_LATER.fullmatch(str(told.get("status", ""))) is not None)


def _name(user: str) -> str:
    """The user as a `saslname` (RFC 5801 §4)."""
    return user.replace("=", "=3D").replace(",", "=2C")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
