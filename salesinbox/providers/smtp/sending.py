"""Giving a message to the server that sends it (RFC 5321, 6409): wholly, or not at all, or "nobody knows".

All recipients take it or none gets it: when one is refused, the message is not given away, so that it can be
mended and sent again without anybody having it twice.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError, SalesInboxError, ServerError, UsageError
from salesinbox.model.settings import STARTTLS, Account, Smtp
from salesinbox.model.text import safe
from salesinbox.providers.smtp.answers import (
    Answer,
    expect,
    nonsense,
    outcome_unknown,
    recipients_refused,
    refusal,
    too_many,
    too_many_recipients,
    words,
)
from salesinbox.providers.smtp.login import log_in
from salesinbox.providers.smtp.wire import wire_address, wire_form
from salesinbox.providers.tls import connected, starttls_not_offered, tls_context, translated

if TYPE_CHECKING:
    from smtplib import SMTP

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 120.0
"""How long an answer, or the next piece of a message, may take to get through."""
TAKEN_SECONDS = 600.0
"""How long the answer to a whole message may take: who gives up sooner sends twice (RFC 5321 §4.5.3.2.6)."""
QUIT_SECONDS = 5.0

# Names nothing about the machine; a relay that minds is told so by the login that follows.
_OWN_NAME = "[127.0.0.1]"
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the server took for all recipients. `size_limit`: octets that it takes at most, 0: not said."""

    size_limit: int


def _nothing() -> None:
    pass


def _nobody(_limit: int) -> None:
    pass


def send(
    account: Account,
    secret: Callable[[], str],
    sender: str,
    recipients: Sequence[str],
    message: bytes,
    *,
    giving: Callable[[], None] = _nothing,
    told_limit: Callable[[int], None] = _nobody,
) -> Taken:
    """Have a message sent. When this returns, the server has taken it for all recipients.

    Args:
        account: Its `smtp` says how the server is reached.
        secret: Asked when the server offers a login, and only then.
        sender: The address that bounces go to.
        recipients: Bare addresses, at least one; a repeated one counts once. Domains of any script go in their
            ASCII form, so that only a name of another script before the @ needs SMTPUTF8.
        message: Header and body, any line ends. Bcc fields are left out of what is sent.
        giving: Called once the whole message has been given away but for its last dot, without which the server
            takes nothing (RFC 5321 §4.1.1.4). What it raises ends the line there, and passes through as it is.
        told_limit: Called with the octets that the server says it takes (RFC 1870), 0 where it does not say, as
            soon as that is known: before the login, and so also for a message that is refused.

    Raises:
        UnknownOutcomeError: The message was given away whole, and the line broke before the answer.
        NetworkError: Nothing was taken, and it may go better later: no line, no time, a temporary refusal.
        CredentialsError: No secret, or the server refused it.
        ServerError: Nothing was taken, and it will not go better: a refusal, with the server's words.
        ConfigurationError: No server to send by, or one that would be spoken to in clear.
        UsageError: An address that cannot be one.
    """
    settings = account.smtp
    if settings is None:
        raise ConfigurationError(
            _('account "{name}" cannot send: add [account.smtp] with host to the configuration').format(
                name=safe(account.name, 60)
            )
        )
    if not recipients:
        raise UsageError(_("there is nobody to send the message to"))
    sender = wire_address(sender)
    everybody = list(dict.fromkeys(map(wire_address, recipients)))
    import smtplib  # noqa: PLC0415 - with the email package behind it, for sending only

    octets = wire_form(message)
    client = smtplib.SMTP(local_hostname=_OWN_NAME, timeout=ANSWER_SECONDS)
    try:
        with translated(settings), _speaking(settings):
            _open(client, settings)
            limit = _size_limit(client)
        told_limit(limit)
        with translated(settings), _speaking(settings):
            log_in(client, settings, secret)
            _address(client, settings, sender, everybody, octets)
            _begin(client, settings, octets)
        giving()
        _finish(client, settings)
        _quit(client)
    finally:
        client.close()
    return Taken(limit)


def check(account: Account, secret: Callable[[], str]) -> None:
    """Reach the server that sends, and log in to it; nothing is sent.

    Raises what `send` raises before a message is given away.
    """
    settings = account.smtp
    assert settings is not None
    import smtplib  # noqa: PLC0415 - with the email package behind it, for sending only

    client = smtplib.SMTP(local_hostname=_OWN_NAME, timeout=ANSWER_SECONDS)
    try:
        with translated(settings), _speaking(settings):
            _open(client, settings)
            log_in(client, settings, secret)
        _quit(client)
    finally:
        client.close()


@contextlib.contextmanager
def _speaking(settings: Smtp) -> Iterator[None]:
    """What smtplib makes of a broken line as the socket's own error, so that a time-out is told as one."""
    import smtplib  # noqa: PLC0415 - is loaded by now

    try:
        yield
    except smtplib.SMTPServerDisconnected as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise ConnectionError from None
    except smtplib.SMTPResponseException as error:
        raise nonsense(settings, "EHLO", str(error.smtp_error)) from None


def _open(client: "SMTP", settings: Smtp) -> None:
    """Connect, greet, and turn to TLS where it is agreed on by STARTTLS."""
    client.sock = connected(settings, CONNECT_SECONDS)
    client.sock.settimeout(ANSWER_SECONDS)
    expect(client.getreply(), settings, _("greeting"))
    _greet(client, settings)
    if settings.tls != STARTTLS:
        return
    if not client.has_extn("starttls"):
        raise starttls_not_offered(settings)
    expect(client.docmd("STARTTLS"), settings, "STARTTLS")
    client.sock = tls_context(settings).wrap_socket(client.sock, server_hostname=settings.host)
    # Whatever was said in clear may have been said by somebody else (RFC 3207 §6).
    client.file = None
    client.esmtp_features = {}
    _greet(client, settings)


def _greet(client: "SMTP", settings: Smtp) -> None:
    code, said = client.ehlo()
    if code != 250:
        expect(client.helo(), settings, f"HELO, {words(said)}")


def _size_limit(client: "SMTP") -> int:
    most = client.esmtp_features.get("size", "").strip()
    return int(most[:18]) if most.isascii() and most.isdigit() else 0


def _address(client: "SMTP", settings: Smtp, sender: str, recipients: Sequence[str], octets: bytes) -> None:
    """Say from whom and to whom; refusals are gathered, so that all of them are named at once."""
    options = [*_forms(client, settings, (*recipients, sender), octets), *_size(client, settings, octets)]
    most = _most_recipients(client)
    if most and len(recipients) > most:
        raise too_many_recipients(settings, len(recipients), most, f"RCPTMAX={most}")
    expect(client.docmd("MAIL", " ".join([f"FROM:<{sender}>", *options])), settings, f"MAIL FROM {safe(sender, 80)}")
    refused: list[tuple[str, Answer]] = []
    for number, address in enumerate(recipients):
        code, said = answer = client.docmd("RCPT", f"TO:<{address}>")
        if code in (250, 251, 252):
            continue
        taken = number - len(refused)
        if too_many(answer, taken):
            _quit(client)
            raise too_many_recipients(settings, len(recipients), taken, f"{code} {words(said)}")
        if code == 421:
            if refused:
                # Some end the line after so many refusals (Postfix after 20): those are what is to be mended.
                raise recipients_refused(settings, refused)
            raise refusal(answer, settings, f"RCPT TO {safe(address, 80)}")
        refused.append((address, answer))
    if refused:
        _quit(client)
        raise recipients_refused(settings, refused)


def _forms(client: "SMTP", settings: Smtp, addresses: Sequence[str], octets: bytes) -> list[str]:
    """The options of MAIL for what is not ASCII: in an address, in the header, in the body.

    Only mail of others that is passed on has 8-bit octets. It stays as it is, since changing it breaks signatures; so
    a server without 8BITMIME cannot have it (RFC 6152 §3). A header in UTF-8 goes by SMTPUTF8 where offered, else, as
    one in another charset, in the manner of old: as octets of 8 bits that servers pass on.
    """
    eight = not octets.isascii()
    named = next((address for address in addresses if not address.isascii()), "")
    if named or (client.has_extn("smtputf8") and eight and _is_utf8(octets.partition(b"\r\n\r\n")[0])):
        if not client.has_extn("smtputf8"):
            raise ServerError(
                _(
                    "{host} sends no mail with addresses like {address} (it lacks SMTPUTF8); use the address in "
                    "Latin letters, or another account"
                ).format(host=safe(settings.host, 100), address=safe(named, 80))
            )
        client.command_encoding = "utf-8"
        return ["SMTPUTF8", "BODY=8BITMIME"] if eight else ["SMTPUTF8"]
    if not eight:
        return []
    if not client.has_extn("8bitmime"):
        raise ServerError(
            _(
                "{host} takes only messages in ASCII (it lacks 8BITMIME), and this one is not and must stay as it is; "
                "forward its text instead, or send by another account"
            ).format(host=safe(settings.host, 100))
        )
    return ["BODY=8BITMIME"]


def _is_utf8(head: bytes) -> bool:
    """Whether the header holds UTF-8 beyond ASCII."""
    try:
        return not head.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False


def _size(client: "SMTP", settings: Smtp, octets: bytes) -> list[str]:
    """The size, said beforehand (RFC 1870). Raises ServerError when it is over the server's limit."""
    if not client.has_extn("size"):
        return []
    most = _size_limit(client)
    if 0 < most < len(octets):
        raise ServerError(
            _("{host} takes messages up to {most} MB, and this one has {size} MB; send less, or a link").format(
                host=safe(settings.host, 100), most=_megabytes(most), size=_megabytes(len(octets))
            )
        )
    return [f"SIZE={len(octets)}"]


def _most_recipients(client: "SMTP") -> int:
    """How many recipients one message may have (RFC 9422 §4.2); 0 where the server does not say."""
    for limit in client.esmtp_features.get("limits", "").upper().split():
        name, _equals, most = limit.partition("=")
        if name == "RCPTMAX" and most.isascii() and most.isdigit():
            return int(most[:9])
    return 0


def _begin(client: "SMTP", settings: Smtp, octets: bytes) -> None:
    """Give away the message but for its last dot: without it nothing is taken (RFC 5321 §4.1.1.4)."""
    answer = client.docmd("DATA")
    if answer[0] != 354:
        raise refusal(answer, settings, "DATA")
    assert client.sock is not None
    try:
        # In pieces, because `sendall` has its time-out for all that it is given.
        for start in range(0, len(octets), _PIECE):
            client.sock.sendall(octets[start : start + _PIECE])
    except (BrokenPipeError, ConnectionResetError) as error:
        told = _cut_short(client, settings)
        if told is None:
            raise
        raise told from error


def _cut_short(client: "SMTP", settings: Smtp) -> SalesInboxError | None:
    """What a server said when it ended the line amid a message, too large for it perhaps; None: nothing."""
    import smtplib  # noqa: PLC0415 - is loaded by now

    assert client.sock is not None
    client.sock.settimeout(QUIT_SECONDS)
    try:
        answer = client.getreply()
    except (OSError, smtplib.SMTPException):
        return None
    return refusal(answer, settings, _("the message")) if 400 <= answer[0] < 600 else None


def _finish(client: "SMTP", settings: Smtp) -> None:
    """End the message and wait for the answer. What fails here leaves open whether the message was taken."""
    import smtplib  # noqa: PLC0415 - is loaded by now

    try:
        assert client.sock is not None
        client.sock.settimeout(TAKEN_SECONDS)
        client.sock.sendall(b".\r\n")
        answer = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise outcome_unknown(settings) from error
    if 400 <= answer[0] < 600:
        raise refusal(answer, settings, _("the message"))
    if not 200 <= answer[0] < 300:
        raise outcome_unknown(settings)


def _quit(client: "SMTP") -> None:
    """Part as is polite; what is said then changes nothing any more."""
    try:
        if client.sock is not None:
            client.sock.settimeout(QUIT_SECONDS)
            client.docmd("QUIT")
    except OSError:
        pass


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:.1f}"
