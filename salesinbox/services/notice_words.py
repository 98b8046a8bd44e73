"""A notice of the magnet in words, as much of it as may be shown outside of the program (MAG-5)."""

from datetime import tzinfo

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.events import Noticed
from salesinbox.model.settings import Magnet
from salesinbox.model.text import clip, safe
from salesinbox.rules.magnet import is_quiet

_NAME, _SUBJECT = 60, 120
NAME, NOTHING = "name", "nothing"
"""Values of `show`: of the sender's name only, of nothing but that there is mail."""


def inside(notice: Noticed) -> str:
    """One line with everything: who waits, and for what."""
    name, subject = _name(notice), _subject(notice)
    if notice.number > 1:
        return _many(notice)
    return _("{name} waits for an answer: {subject}").format(name=name, subject=subject)


def outside(notice: Noticed, show: str) -> tuple[str, str]:
    """A title and a text, harmless to draw, and of what `show` allows (model.settings.Magnet)."""
    if show == NOTHING:
        return "SalesInbox", ngettext(
            "{n} customer's mail waits for an answer.", "{n} customers' mails wait for an answer.", notice.number
        ).format(n=number(notice.number))
    if notice.number > 1:
        return "SalesInbox", _many(notice)
    if show == NAME:
        return _name(notice), _("Waits for an answer.")
    deal = f"  · {clip(safe(notice.deal), _NAME)}" if notice.deal else ""
    return _name(notice), _subject(notice) + deal


def _many(notice: Noticed) -> str:
    others = notice.number - 1
    return ngettext(
        "{name} and {n} other wait for an answer.", "{name} and {n} others wait for an answer.", others
    ).format(name=_name(notice), n=number(others))


def _name(notice: Noticed) -> str:
    return clip(safe(notice.name).strip(), _NAME) or _("(no name)")


def _subject(notice: Noticed) -> str:
    return clip(safe(notice.subject).strip(), _SUBJECT) or _("(no subject)")


def quiet(magnet: Magnet, now: float, zone: tzinfo) -> bool:
    """Whether nothing is told outside of the program now: quiet hours and days."""
    return is_quiet(now, zone, magnet)
