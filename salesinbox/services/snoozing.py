"""Times to come back, in the rep's zone and words (ACT-5)."""

from datetime import tzinfo

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.rules import snoozing as rules

DAY = 86_400
NO_REPLY_DAYS = (2, 3, 7, 14)
"""After how many days without an answer a thread may come back."""


def choices(now: int, zone: tzinfo) -> list[tuple[str, str, int]]:
    """(title, when in words, seconds since 1970), soonest first."""
    titles = {
        rules.LATER_TODAY: _("Later today"),
        rules.THIS_EVENING: _("This evening"),
        rules.TOMORROW: _("Tomorrow"),
        rules.WEEKEND: _("At the weekend"),
        rules.NEXT_WEEK: _("Next week"),
        rules.NEXT_MONTH: _("In a month"),
    }
    return [(titles[name], moment(until, now, zone), until) for name, until in rules.choices(now, zone)]


def without_reply(days: int, now: int, zone: tzinfo) -> int:
    """In the morning, so many days from now."""
    found = rules.parse(f"{days}d", now, zone)
    return now + days * DAY if found is None else found


def parse(text: str, now: int, zone: tzinfo) -> int:
    """The time that was typed, in seconds since 1970. UsageError for what is no time, or is over."""
    found = rules.parse(text, now, zone)
    if found is None:
        raise UsageError(
            _(
                "{text} is no time to come. Write for instance 3d, 2w, 4h, tomorrow, fri 10:00, next week, 12/1 or"
                " 2026-12-01 14:00."
            ).format(text=repr(text[:40]))
        )
    return found
