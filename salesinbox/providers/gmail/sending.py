"""Giving a message to the Gmail API, which sends it: wholly, or not at all, or "nobody knows" (SEND-6).

Gmail takes the recipients from the message's own To, Cc and Bcc, and leaves Bcc out of what the others get.
"""

import base64
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from salesinbox.formats import headers
from salesinbox.locale.texts import _
from salesinbox.model.errors import (
    ConfigurationError,
    NetworkError,
    ServerError,
    UnknownOutcomeError,
    UsageError,
)
from salesinbox.model.settings import Account
from salesinbox.model.text import safe
from salesinbox.providers.gmail.api import ME, SIMPLE, Api, LostError
from salesinbox.providers.gmail.asking import OWN_ID
from salesinbox.providers.gmail.errors import NonsenseError, RefusedError, speaking, told
from salesinbox.providers.gmail.threads import thread_of

LIMIT = 36_700_160
"""Octets of a message that Gmail takes at most, by the discovery document (35 MiB)."""
_RECIPIENTS = (b"to", b"cc", b"bcc")


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that Gmail took for all recipients. `size_limit`: octets that it takes at most."""

    size_limit: int = LIMIT


def _nothing() -> None:
    pass


def _nobody(_limit: int) -> None:
    pass


def send(
    account: Account,
    secret: Callable[[], str],
    sender: str,  # noqa: ARG001 - Gmail takes it from the message
    recipients: Sequence[str],
    message: bytes,
    *,
    giving: Callable[[], None] = _nothing,
    told_limit: Callable[[int], None] = _nobody,
) -> Taken:
    """Have a message sent. When this returns, Gmail has taken it for all recipients. It lies in Sent then.

    It joins the thread of what it answers. It gets a field that repeats its Message-ID, by which it is found in Sent
    even if Gmail gave it another one.

    Args:
        account: Its `gmail` says how Gmail is reached.
        secret: Gives the access token.
        sender: Not used: bounces go to the account.
        recipients: Bare addresses: exactly those that the message names.
        message: Header and body, any line ends.
        giving: Called when there is a line, before the message leaves (before its last piece, if it is large). What
            it raises ends it there, and passes through as it is.
        told_limit: Called with the octets that Gmail takes at most.

    Raises:
        UnknownOutcomeError: The message was given away, and no answer came, or none that tells what became of it.
        NetworkError: Nothing was taken, and it may go better later: no line, or Gmail wants less to be sent.
        CredentialsError: No token, or Gmail refused it, or it does not allow to send.
        ServerError: Nothing was taken, and it will not go better: a refusal, with Gmail's words.
        ConfigurationError: The message has to go to others than it names, which only an SMTP server does.
        UsageError: There is nobody to send it to.
    """
    if not recipients:
        raise UsageError(_("there is nobody to send the message to"))
    octets = _line_ends(message)
    _must_name(account, octets, recipients)
    told_limit(LIMIT)
    octets = _marked(octets)
    if len(octets) > LIMIT:
        raise ServerError(
            _("{host} takes messages up to {most} MB, and this one has {size} MB; send less, or a link").format(
                host="Gmail", most=_megabytes(LIMIT), size=_megabytes(len(octets))
            )
        )
    doing = _("sending a message")
    api = Api(account, secret)
    try:
        with speaking(account, doing):
            thread = thread_of(api, octets)
        try:
            _give(api, octets, thread, giving)
        except RefusedError as refusal:
            if refusal.is_trouble:
                raise _unknown(account) from None
            raise told(refusal, account, doing) from None
        except (LostError, NonsenseError) as error:
            raise _unknown(account) from error
    finally:
        api.close()
    return Taken()


def check(account: Account, secret: Callable[[], str]) -> None:
    """Reach Gmail, and log in; nothing is sent.

    Raises what `send` raises before a message is given away.
    """
    api = Api(account, secret)
    try:
        with speaking(account, _("logging in")):
            api.call(api.users.getProfile(userId=ME))
    finally:
        api.close()


def _give(api: Api, octets: bytes, thread: str, giving: Callable[[], None]) -> None:
    body = {"threadId": thread} if thread else {}
    if len(octets) > SIMPLE:
        api.upload(api.messages.send(userId=ME, body=body, media_body=api.media(octets)), giving)
        return
    raw = base64.urlsafe_b64encode(octets).decode("ascii")
    request = api.messages.send(userId=ME, body={**body, "raw": raw})
    # Here it turns out whether there is a line; what fails before it has sent nothing.
    api.line.prepare()
    giving()
    try:
        api.call(request, repeat=False, patient=False)
    except NetworkError as error:
        if api.line.began:
            raise LostError from error
        raise


def _must_name(account: Account, octets: bytes, recipients: Iterable[str]) -> None:
    """Raises ConfigurationError unless the message itself names those that it goes to, and nobody else."""
    fields = headers.fields(octets)
    named = headers.addresses(value for name, value in fields if name in _RECIPIENTS)
    resent = any(name.startswith(b"resent-") for name, _value in fields)
    if resent or {_normal(one.address) for one in named if one.address} != set(map(_normal, recipients)):
        raise ConfigurationError(
            _(
                'the Gmail API sends a message only to those that it names, so the account "{account}" cannot redirect '
                "one by it; add [account.smtp] (smtp.gmail.com), or forward it"
            ).format(account=safe(account.name, 60))
        )


def _normal(address: str) -> str:
    """An address to compare: Gmail, like others, knows no difference in case, and domains have two forms."""
    local, _at, domain = address.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}".casefold()


def _marked(octets: bytes) -> bytes:
    """The message with its id once more in a field of our own."""
    for name, value in headers.fields(octets):
        if name == b"message-id" and (ids := headers.ids(value)):
            own = ids[0]
            if own.isascii() and own.isprintable():
                return f"{OWN_ID}: {own}\r\n".encode("ascii") + octets
    return octets


def _line_ends(message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _unknown(account: Account) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        _(
            'the line to Gmail broke when the message of the account "{account}" had been given away, so it may have '
            "arrived; it is not sent again by itself"
        ).format(account=safe(account.name, 60))
    )


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:.1f}"
