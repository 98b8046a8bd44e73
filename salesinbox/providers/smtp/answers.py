"""What a sending server's answers mean (RFC 5321 §4.2): go on, later, never; each with the server's own words."""

import re
from collections.abc import Sequence
from typing import Final

from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, SalesInboxError, ServerError, UnknownOutcomeError
from salesinbox.model.settings import Smtp
from salesinbox.model.text import safe

Answer = tuple[int, bytes]
"""The code and the text of an answer."""

SAID: Final = 200
_MOST_NAMED = 20
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3}) +")
_TOO_MANY = re.compile(rb"^[45]\.5\.3\b|too many (?:recipient|rcpt|addressee)", re.IGNORECASE)


def expect(answer: Answer, settings: Smtp, doing: str) -> None:
    """Raises NetworkError or ServerError unless the server went along."""
    if not 200 <= answer[0] < 300:
        raise refusal(answer, settings, doing)


def refusal(answer: Answer, settings: Smtp, doing: str) -> SalesInboxError:
    """NetworkError for what may go better later, ServerError for what will not."""
    code, said = answer
    where = {"host": safe(settings.host, 100), "doing": doing}
    text = f"{code} {words(said)}"
    if 400 <= code < 500:
        return NetworkError(_("{host} cannot do this just now ({doing}): {said}").format(**where, said=text))
    if 500 <= code < 600:
        return ServerError(_("{host} refused ({doing}): {said}").format(**where, said=text))
    return nonsense(settings, doing, text)


def nonsense(settings: Smtp, doing: str, said: str) -> ServerError:
    return ServerError(
        _("{host}, port {port}, does not speak as a mail server ({doing}): {said}; check host and port").format(
            host=safe(settings.host, 100), port=settings.port, doing=doing, said=safe(said, SAID)
        )
    )


def recipients_refused(settings: Smtp, refused: Sequence[tuple[str, Answer]]) -> SalesInboxError:
    """All who were refused, by name; NetworkError when each of them may be taken later."""
    named = [f"{safe(address, 80)} ({code} {words(said)})" for address, (code, said) in refused[:_MOST_NAMED]]
    if len(refused) > _MOST_NAMED:
        named.append(_("{count} more").format(count=len(refused) - _MOST_NAMED))
    where = {"host": safe(settings.host, 100), "refused": "; ".join(named)}
    if all(400 <= code < 500 for _address, (code, _said) in refused):
        return NetworkError(
            _("{host} does not take mail for these recipients just now, and nothing was sent: {refused}").format(
                **where
            )
        )
    return ServerError(_("{host} refused these recipients, and nothing was sent: {refused}").format(**where))


def too_many(answer: Answer, taken: int) -> bool:
    """Whether a recipient was refused for their number alone (RFC 5321 §4.5.3.1.10, RFC 3463 X.5.3).

    Without a word about it, 452 is also said for a full disk; but a server takes 100 at the least, and who takes
    them and no more has a limit. Who takes nobody limits something else.
    """
    code, said = answer
    if not taken:
        return False
    return (400 <= code < 600 and _TOO_MANY.search(said) is not None) or (code == 452 and taken >= 100)


def too_many_recipients(settings: Smtp, count: int, most: int, said: str) -> ServerError:
    return ServerError(
        _(
            "{host} takes a message for {most} recipients at once, and this one has {count}; nothing was sent: send it "
            "in parts, or to a mailing list ({said})"
        ).format(host=safe(settings.host, 100), most=most, count=count, said=said)
    )


def outcome_unknown(settings: Smtp) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        _(
            "{host}, port {port}, was given the whole message, and the line broke before it answered: it may or may "
            "not have been sent; look for it in Sent, or ask the recipient, before sending it again"
        ).format(host=safe(settings.host, 100), port=settings.port)
    )


def words(said: bytes) -> str:
    """What a server said, on one line; the code that begins each line once (RFC 2034 §4)."""
    lines = said.decode("utf-8", "replace").splitlines()
    code = _ENHANCED.match(lines[0]) if lines else None
    if code:
        lines = [lines[0], *(line.removeprefix(code[0]) for line in lines[1:])]
    return safe(" ".join(line.strip() for line in lines), SAID).strip().rstrip(".")
