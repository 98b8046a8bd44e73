"""Logging in to an IMAP server, and what a refusal means (ACC-4: no error ever shows the secret)."""

import re

import imapclient

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import Imap
from salesinbox.model.text import safe
from salesinbox.providers import tokens
from salesinbox.providers.imap.client import Client
from salesinbox.providers.imap.line import LineCutError, RefusedError
from salesinbox.providers.imap.wire import NonsenseError, Text, code_of

_TEMPORARY = (b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG", b"CONTACTADMIN")
"""RFC 5530 §3: refusals that say nothing about the password."""


def log_in(client: Client, settings: Imap, secret: str) -> None:
    """Log in by AUTHENTICATE PLAIN where offered, else by LOGIN; by access token where the settings say so.

    Raises CredentialsError, ServerError, NetworkError.
    """
    offered = client.offered()
    if settings.auth:
        mechanisms = {name.removeprefix(b"AUTH=").decode() for name in offered if name.startswith(b"AUTH=")}
        _by_token(client, settings, tokens.exchange(settings, mechanisms, secret))
        return
    try:
        if b"AUTH=PLAIN" in offered:
            # The response goes in a line of its own: some servers refuse the SASL-IR that they advertise.
            client.plain_login(settings.user, secret)  # type: ignore[no-untyped-call]  # IMAPClient's
        elif b"LOGINDISABLED" in offered:
            raise ServerError(
                _("{host} offers no login that this program knows on port {port}; check port and tls").format(
                    host=safe(settings.host, 100), port=settings.port
                )
            )
        else:
            client.line.run(b"LOGIN", Text(settings.user.encode()), Text(secret.encode()))
            client.login_was_made()
    except imapclient.exceptions.LoginError as error:
        if isinstance(error.__context__, imapclient.exceptions.IMAPClientAbortError):
            raise LineCutError from None
        said = str(error).encode().partition(b": ")[2] or str(error).encode()
        raise _refused(settings, said, secret) from None
    except RefusedError as refusal:
        raise _refused(settings, refusal.text, secret) from None


def _by_token(client: Client, settings: Imap, made: tokens.Exchange) -> None:
    """The response goes in a line of its own, as with PLAIN. What is wrong comes as a second challenge."""
    line = client.line
    tag = line.begin(b"AUTHENTICATE " + made.mechanism.encode())
    left = [made.response, made.farewell]
    why = b""
    while True:
        answer = line.answer()
        if answer[0].startswith(b"+"):
            if not left:
                raise NonsenseError(answer[0])
            if len(left) == 1:
                why = answer[0][1:].strip()
            line.send(left.pop(0).encode() + b"\r\n")
        elif not answer[0].startswith(b"* "):
            break
    try:
        line.done(tag, answer, [])
    except RefusedError as refusal:
        text = refusal.text.decode("utf-8", "replace")
        if refusal.code in _TEMPORARY and not made.hides(text):
            raise _refused(settings, refusal.text, made.token) from None
        raise tokens.refused(settings, made, _bare(text), why) from None
    client.login_was_made()


def _bare(text: str) -> str:
    """What a server said, without its response code and the last full stop."""
    return re.sub(r"^\[[^\]]*\] *", "", text).strip().rstrip(".")


def _refused(settings: Imap, said: bytes, secret: str) -> SalesInboxError:
    where = {"host": safe(settings.host, 100), "user": safe(settings.user, 100)}
    code = code_of(said)[0]
    text = said.decode("utf-8", "replace")
    if secret and secret in text:
        text = ""
    text = safe(_bare(text), 160)
    if code in _TEMPORARY:
        return NetworkError(
            _("{host} cannot log in {user} just now: {said}; it will be tried again").format(**where, said=text)
        )
    if code == b"EXPIRED":
        return CredentialsError(
            _("{host} says that the password of {user} has expired; set a new one at the provider").format(**where)
        )
    return CredentialsError(
        _(
            "{host} refused the login of {user}: {said}; check user and password (some providers want an app password)"
        ).format(**where, said=text or _("no reason given"))
    )
