"""Logging in to a POP3 server, and what a refusal means (ACC-4: no error ever shows the secret)."""

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from salesinbox.locale.texts import _
from salesinbox.model.errors import CredentialsError, NetworkError, SalesInboxError, ServerError
from salesinbox.model.settings import STARTTLS, Pop3
from salesinbox.model.text import safe
from salesinbox.providers import tls, tokens
from salesinbox.providers.pop3.line import Answer, Line, in_use

_LATER = ("SYS/TEMP", "LOGIN-DELAY")
"""RFC 3206 and RFC 2449: refusals that say nothing about the password."""
_LOCKED = re.compile(
    rb"(?:mailbox|maildrop|mail drop)\W.*\block|\bobtain\W.*\block|\balready locked|\bin use\b|\bbusy\b"
    rb"|\balready (?:open|logged in)|\banother (?:session|client|pop)",
    re.IGNORECASE,
)
"""How servers without codes say that somebody else is logged in."""
_MOST_DELAY = 3600


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server says it can do (RFC 2449); `told` False: it says nothing of that kind, which is no refusal."""

    told: bool
    words: dict[str, tuple[str, ...]]

    @property
    def delay(self) -> int:
        """Seconds that must lie between two logins (RFC 2449 §6.6)."""
        given = next(iter(self.words.get("LOGIN-DELAY", ())), "0")
        return min(int(given), _MOST_DELAY) if given.isdigit() and len(given) < 10 else 0


def log_in(line: Line, secret: Callable[[], str]) -> Offer:
    """Secure the line where the settings ask for it, and log in: by PLAIN, else by USER and PASS, or by token.

    Raises CredentialsError, ServerError, NetworkError.
    """
    settings = line.settings
    greeting = line.answer()
    if not greeting.ok:
        raise _refused(settings, greeting, (), "")
    offer = _offer(line)
    if settings.tls == STARTTLS:
        if (offer.told and "STLS" not in offer.words) or not line.say("STLS").ok:
            raise tls.starttls_not_offered(settings)
        line.secure()
        offer = _offer(line)
    mechanisms = offer.words.get("SASL", ())
    if settings.auth:
        tokens.check_offer(settings, mechanisms)
        _by_token(line, tokens.exchange(settings, mechanisms, secret()))
    else:
        _by_password(line, _checked(settings, secret()), plain="PLAIN" in mechanisms)
    # Some servers tell more once they know who asks.
    after = _offer(line) if offer.told else offer
    return after if after.told else offer


def _offer(line: Line) -> Offer:
    if not line.say("CAPA").ok:
        return Offer(told=False, words={})
    words: dict[str, tuple[str, ...]] = {}
    for row in line.many().decode("ascii", "replace").upper().splitlines():
        name, *rest = row.split() or [""]
        words[name] = tuple(rest)
    return Offer(told=True, words=words)


def _checked(settings: Pop3, word: str) -> str:
    if any(mark in word + settings.user for mark in "\r\n\0"):
        raise CredentialsError(
            _("the password or the user {user} holds a line end or a NUL character, which no server takes").format(
                user=safe(settings.user, 100)
            )
        )
    return word


def _by_password(line: Line, word: str, *, plain: bool) -> None:
    whole = _base64(f"\0{line.settings.user}\0{word}")
    if plain:
        # The response goes in a line of its own: what stands beside the command may be 255 octets at most (RFC 5034).
        answer = line.say("AUTH PLAIN")
        if answer.mark == "+":
            answer = line.say(whole)
    else:
        answer = line.say(f"USER {line.settings.user}")
        if answer.ok:
            answer = line.say(f"PASS {word}")
    if not answer.ok:
        raise _refused(line.settings, answer, (word, _base64(word), whole), word)


def _by_token(line: Line, made: tokens.Exchange) -> None:
    """What is wrong comes as a challenge, which wants an answer."""
    settings = line.settings
    answer = line.say(f"AUTH {made.mechanism}")
    if answer.mark == "+":
        answer = line.say(made.response)
    why = b""
    if answer.mark == "+":
        why = answer.said
        answer = line.say(made.farewell)
    if answer.ok:
        return
    if answer.code == "IN-USE" or (answer.code in _LATER and not made.hides(answer.words)):
        raise _refused(settings, answer, (), "")
    raise tokens.refused(settings, made, answer.words, why)


def _refused(settings: Pop3, answer: Answer, hidden: Iterable[str], word: str) -> SalesInboxError:
    """`hidden`: forms of the secret, which are not shown though the server repeats them."""
    said = answer.words
    if any(form in answer.said.decode("utf-8", "replace") for form in hidden if form):
        said = _("no reason given")
    where = {"host": safe(settings.host, 100), "user": safe(settings.user, 100), "said": said}
    if answer.code == "IN-USE" or (not answer.code and _LOCKED.search(answer.said)):
        return in_use(settings, said)
    if answer.code in _LATER or not word:
        return NetworkError(_("{host} cannot log in {user} just now: {said}; it will be tried again").format(**where))
    if answer.code == "SYS/PERM":
        return ServerError(_("{host} cannot log in {user}: {said}; ask the provider").format(**where))
    return CredentialsError(
        _(
            "{host} refused the login of {user}: {said}; check user and password (some providers want an app password)"
        ).format(**where)
    )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
