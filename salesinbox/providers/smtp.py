"""Giving a message to the server that sends it (RFC 5321, 6409): wholly, or not at all, or "nobody knows".

All recipients take it or none gets it: when one is refused, the message is not given away, so that it can be
mended and sent again without anybody having it twice.
"""

import base64
import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.errors import (
    ConfigurationError,
    CredentialsError,
    NetworkError,
    SalesInboxError,
    ServerError,
    UnknownOutcomeError,
    UsageError,
)
from salesinbox.model.settings import STARTTLS, Account, Smtp
from salesinbox.model.text import safe
from salesinbox.providers.imap_tls import connected, starttls_not_offered, tls_context, translated

if TYPE_CHECKING:
    from smtplib import SMTP

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 120.0
TAKEN_SECONDS = 600.0
"""How long the answer to a whole message may take: who gives up sooner sends twice (RFC 5321 §4.5.3.2.6)."""
QUIT_SECONDS = 5.0

# Names nothing about the machine; a relay that minds is told so by the login that follows.
_OWN_NAME = "[127.0.0.1]"
_SAID = 200
_MOST_NAMED = 20
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,320}")
_BLIND = re.compile(rb"^(?:resent-)?bcc[ \t]*:.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)
_DOT = re.compile(rb"^\.", re.MULTILINE)
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3}) +")


def send(account: Account, secret: Callable[[], str], sender: str, recipients: Sequence[str], message: bytes) -> None:
    """Have a message sent. When this returns, the server has taken it for all recipients.

    Args:
        account: Its `smtp` says how the server is reached.
        secret: Asked when the server offers a login, and only then.
        sender: The address that bounces go to.
        recipients: Bare addresses, at least one; a repeated one counts once.
        message: Header and body, any line ends. Bcc fields are left out of what is sent.

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
    everybody = list(dict.fromkeys(recipients))
    for address in (sender, *everybody):
        if not _ADDRESS.fullmatch(address):
            raise UsageError(_("“{address}” is not a mail address.").format(address=safe(address, 80)))
    if not everybody:
        raise UsageError(_("there is nobody to send the message to"))
    import smtplib  # noqa: PLC0415 - with the email package behind it, for sending only

    octets = wire_form(message)
    client = smtplib.SMTP(local_hostname=_OWN_NAME, timeout=ANSWER_SECONDS)
    try:
        with translated(settings), _speaking(settings):
            _open(client, settings)
            _log_in(client, settings, secret)
            _address(client, settings, sender, everybody, octets)
            _begin(client, settings, octets)
        _finish(client, settings)
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
        raise _nonsense(settings, "EHLO", str(error.smtp_error)) from None


def wire_form(message: bytes) -> bytes:
    """The message as it goes over the line, without its last dot: no Bcc, CRLF, dots doubled (RFC 5321 §4.5.2)."""
    # Line ends first: a field must not hide behind one that only the next server takes for a line end.
    message = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    head, empty, rest = message.partition(b"\n\n")
    head = _BLIND.sub(b"", head + b"\n").removesuffix(b"\n")
    octets = _DOT.sub(b"..", head + empty + rest)
    return octets.removesuffix(b"\n").replace(b"\n", b"\r\n") + b"\r\n"


def _open(client: "SMTP", settings: Smtp) -> None:
    """Connect, greet, and turn to TLS where it is agreed on by STARTTLS."""
    client.sock = connected(settings, CONNECT_SECONDS)
    client.sock.settimeout(ANSWER_SECONDS)
    _expect(client.getreply(), settings, _("greeting"))
    _greet(client, settings)
    if settings.tls != STARTTLS:
        return
    if not client.has_extn("starttls"):
        raise starttls_not_offered(settings)
    _expect(client.docmd("STARTTLS"), settings, "STARTTLS")
    client.sock = tls_context(settings).wrap_socket(client.sock, server_hostname=settings.host)
    # Whatever was said in clear may have been said by somebody else (RFC 3207 §6).
    client.file = None
    client.esmtp_features = {}
    _greet(client, settings)


def _greet(client: "SMTP", settings: Smtp) -> None:
    code, said = client.ehlo()
    if code != 250:
        _expect(client.helo(), settings, f"HELO, {_text(said, _SAID)}")


def _log_in(client: "SMTP", settings: Smtp, secret: Callable[[], str]) -> None:
    """Log in by PLAIN, else by LOGIN; a server that offers no login (a relay on this machine) gets none."""
    if not client.has_extn("auth"):
        return
    offered = client.esmtp_features["auth"].upper().split()
    if "PLAIN" not in offered and "LOGIN" not in offered:
        raise ServerError(
            _("{host} offers no login that this program knows on port {port}; check port and tls").format(
                host=safe(settings.host, 100), port=settings.port
            )
        )
    word = secret()
    if "PLAIN" in offered:
        code, said = client.docmd("AUTH", "PLAIN " + _base64(f"\0{settings.user}\0{word}"))
    else:
        code, said = client.docmd("AUTH", "LOGIN")
        for answer in (settings.user, word):
            if code == 334:
                code, said = client.docmd(_base64(answer))
    if code not in (235, 503):
        raise _login_refused(settings, code, said, word)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _login_refused(settings: Smtp, code: int, said: bytes, word: str) -> SalesInboxError:
    text = said.decode("utf-8", "replace")
    if any(form in text for form in (word, _base64(word), _base64(f"\0{settings.user}\0{word}")) if form):
        text = ""
    where = {"host": safe(settings.host, 100), "user": safe(settings.user, 100)}
    text = _words(text) or _("no reason given")
    if 400 <= code < 500:
        return NetworkError(
            _("{host} cannot log in {user} just now: {said}; it will be tried again").format(**where, said=text)
        )
    return CredentialsError(
        _(
            "{host} refused the login of {user}: {said}; check user and password (some providers want an app password)"
        ).format(**where, said=text)
    )


def _address(client: "SMTP", settings: Smtp, sender: str, recipients: Sequence[str], octets: bytes) -> None:
    """Say from whom and to whom; refusals are gathered, so that all of them are named at once."""
    international = not all(address.isascii() for address in (sender, *recipients))
    international = international or not octets.partition(b"\r\n\r\n")[0].isascii()
    options = []
    if international:
        if not client.has_extn("smtputf8"):
            raise ServerError(
                _(
                    "{host} sends no mail with addresses like {address} (it lacks SMTPUTF8); use the address in "
                    "Latin letters, or another account"
                ).format(
                    host=safe(settings.host, 100),
                    address=safe(next((one for one in (*recipients, sender) if not one.isascii()), sender), 80),
                )
            )
        options.append("SMTPUTF8")
        client.command_encoding = "utf-8"
    if not octets.isascii() and client.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    if client.has_extn("size"):
        most = client.esmtp_features["size"].strip()
        if most.isascii() and most.isdigit() and 0 < int(most) < len(octets):
            raise ServerError(
                _("{host} takes messages up to {most} MB, and this one has {size} MB; send less, or a link").format(
                    host=safe(settings.host, 100), most=_megabytes(int(most)), size=_megabytes(len(octets))
                )
            )
        options.append(f"SIZE={len(octets)}")
    _expect(client.docmd("MAIL", " ".join([f"FROM:<{sender}>", *options])), settings, f"MAIL FROM {safe(sender, 80)}")
    refused: list[tuple[str, int, bytes]] = []
    for address in recipients:
        code, said = client.docmd("RCPT", f"TO:<{address}>")
        if code == 421:
            _expect((code, said), settings, f"RCPT TO {safe(address, 80)}")
        if code not in (250, 251, 252):
            refused.append((address, code, said))
    if refused:
        _quit(client)
        raise _recipients_refused(settings, refused)


def _recipients_refused(settings: Smtp, refused: Sequence[tuple[str, int, bytes]]) -> SalesInboxError:
    named = [f"{safe(address, 80)} ({code} {_text(said, _SAID)})" for address, code, said in refused[:_MOST_NAMED]]
    if len(refused) > _MOST_NAMED:
        named.append(_("{count} more").format(count=len(refused) - _MOST_NAMED))
    where = {"host": safe(settings.host, 100), "refused": "; ".join(named)}
    if all(400 <= code < 500 for _address, code, _said in refused):
        return NetworkError(
            _("{host} does not take mail for these recipients just now, and nothing was sent: {refused}").format(
                **where
            )
        )
    return ServerError(_("{host} refused these recipients, and nothing was sent: {refused}").format(**where))


def _begin(client: "SMTP", settings: Smtp, octets: bytes) -> None:
    """Give away the message but for its last dot: without it nothing is taken (RFC 5321 §4.1.1.4)."""
    code, said = client.docmd("DATA")
    if code != 354:
        _refuse(code, said, settings, "DATA")
    assert client.sock is not None
    client.sock.sendall(octets)
    client.sock.settimeout(TAKEN_SECONDS)


def _finish(client: "SMTP", settings: Smtp) -> None:
    """End the message and wait for the answer. What fails here leaves open whether the message was taken."""
    import smtplib  # noqa: PLC0415 - is loaded by now

    try:
        assert client.sock is not None
        client.sock.sendall(b".\r\n")
        code, said = client.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise _unknown(settings) from error
    if 400 <= code < 600:
        _refuse(code, said, settings, _("the message"))
    if not 200 <= code < 300:
        raise _unknown(settings)


def _unknown(settings: Smtp) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        _(
            "{host}, port {port}, was given the whole message, and the line broke before it answered: it may or may "
            "not have been sent; look for it in Sent, or ask the recipient, before sending it again"
        ).format(host=safe(settings.host, 100), port=settings.port)
    )


def _quit(client: "SMTP") -> None:
    """Part as is polite; what is said then changes nothing any more."""
    try:
        if client.sock is not None:
            client.sock.settimeout(QUIT_SECONDS)
            client.docmd("QUIT")
    except OSError:
        pass


def _expect(answer: tuple[int, bytes], settings: Smtp, doing: str) -> None:
    code, said = answer
    if not 200 <= code < 300:
        _refuse(code, said, settings, doing)


def _refuse(code: int, said: bytes, settings: Smtp, doing: str) -> None:
    where = {"host": safe(settings.host, 100), "doing": doing}
    text = f"{code} {_text(said, _SAID)}"
    if 400 <= code < 500:
        raise NetworkError(_("{host} cannot do this just now ({doing}): {said}").format(**where, said=text))
    if 500 <= code < 600:
        raise ServerError(_("{host} refused ({doing}): {said}").format(**where, said=text))
    raise _nonsense(settings, doing, text)


def _nonsense(settings: Smtp, doing: str, said: str) -> ServerError:
    return ServerError(
        _("{host}, port {port}, does not speak as a mail server ({doing}): {said}; check host and port").format(
            host=safe(settings.host, 100), port=settings.port, doing=doing, said=safe(said, _SAID)
        )
    )


def _text(said: bytes, limit: int) -> str:
    return safe(_words(said.decode("utf-8", "replace")), limit)


def _words(text: str) -> str:
    """What a server said, on one line; the code that begins each line once (RFC 2034 §4)."""
    lines = text.splitlines()
    code = _ENHANCED.match(lines[0]) if lines else None
    if code:
        lines = [lines[0], *(line.removeprefix(code[0]) for line in lines[1:])]
    return safe(" ".join(line.strip() for line in lines), _SAID).strip().rstrip(".")


def _megabytes(octets: int) -> str:
    return f"{octets / 1_000_000:.1f}"
