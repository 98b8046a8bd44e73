"""What a card says, in words and numbers as a rep reads them (COL-10, UI-4)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language
from salesinbox.model.board import Card
from salesinbox.model.text import safe


class Clock:
    """The rep's today, by which times are told: made anew whenever the day has changed."""

    def __init__(self, now: float, zone: ZoneInfo) -> None:
        self.now = now
        self.zone = zone
        self.today = datetime.fromtimestamp(now, zone).date()

    def brief(self, moment: int) -> str:
        """Today: the clock; yesterday: "yesterday"; this year: month and day; else the date (COL-10)."""
        return formatting.clock(moment, self.now, self.zone, language())

    def full(self, moment: int) -> str:
        """Date, weekday and clock, as above a message."""
        return formatting.full_time(moment, self.zone, language())

    def closing(self, date: str) -> str:
        """A closing date (ISO), short."""
        return safe(formatting.short_date(date, self.now, self.zone, language()), 12)

    def seconds(self, moment: float) -> str:
        """The clock with seconds, as in the title line."""
        when = datetime.fromtimestamp(moment, self.zone)
        return f"{when.hour}:{when.minute:02}:{when.second:02}"


def money(amount: str, currency: str) -> str:
    """An amount with its currency and thousands; "" for none."""
    return safe(formatting.money(amount, currency, language()), 32)


def capped(number: int) -> str:
    """Counts of heads and rail: "" for none, "99+" from a hundred on (COL-10)."""
    return formatting.count(number) if number > 0 else ""


def people(card: Card) -> str:
    """Who takes part: "永田 達郎, me" (COL-10). An empty name among them is the rep."""
    names = ", ".join(name or _("me") for name in card.people) or card.sender_name or card.sender_address
    return safe(names, 200) or _("(nobody)")


def subject(text: str) -> str:
    return safe(text, 400) or _("(no subject)")


def waited(seconds: int) -> str:
    """How long somebody waits, short: "25 min", "3 h", "2 d"."""
    minutes = max(seconds, 0) // 60
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    if minutes < 48 * 60:
        return _("{n} h").format(n=minutes // 60)
    return _("{n} d").format(n=minutes // (24 * 60))
