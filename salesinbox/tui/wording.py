"""Numbers, times and money as a rep reads them on a card (COL-10, UI-4)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from salesinbox.locale.texts import _, language
from salesinbox.model.board import Card
from salesinbox.model.text import safe

_SYMBOLS = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹", "CNY": "CN¥"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST = 99


class Clock:
    """The rep's today, by which times are told: made anew whenever the day may have changed."""

    def __init__(self, now: float, zone: ZoneInfo) -> None:
        self.zone = zone
        self.today = datetime.fromtimestamp(now, zone).date()

    def brief(self, moment: int) -> str:
        """Today: the clock; yesterday: "yesterday"; this year: month and day; else the date (COL-10)."""
        try:
            when = datetime.fromtimestamp(moment, self.zone)
        except (OverflowError, ValueError, OSError):
            return "–"
        day = when.date()
        if day == self.today:
            return f"{when.hour}:{when.minute:02}"
        if day == self.today - timedelta(days=1):
            return _("yesterday")
        if day.year == self.today.year:
            return _month_day(day)
        return f"{day.year}/{day.month:02}/{day.day:02}" if language() == "ja" else day.isoformat()

    def full(self, moment: int) -> str:
        """Date, weekday and clock, as above a message."""
        try:
            when = datetime.fromtimestamp(moment, self.zone)
        except (OverflowError, ValueError, OSError):
            return "–"
        weekday = _("Mon Tue Wed Thu Fri Sat Sun").split()[when.weekday()]
        if language() == "ja":
            return f"{when.year}/{when.month:02}/{when.day:02} ({weekday}) {when.hour}:{when.minute:02}"
        return f"{weekday} {when.day} {_MONTHS[when.month - 1]} {when.year}, {when.hour}:{when.minute:02}"

    def closing(self, text: str) -> str:
        """A closing date (ISO), short."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return safe(text, 12)
        return _month_day(day) if day.year == self.today.year else day.isoformat()


def _month_day(day: date) -> str:
    return f"{day.month}/{day.day}" if language() == "ja" else f"{_MONTHS[day.month - 1]} {day.day}"


def clock(moment: float, zone: ZoneInfo) -> str:
    when = datetime.fromtimestamp(moment, zone)
    return f"{when.hour}:{when.minute:02}:{when.second:02}"


def money(amount: str, currency: str) -> str:
    """An amount with its currency and thousands; an amount that is no number is shown as it is."""
    if not amount:
        return ""
    whole, _point, part = amount.partition(".")
    digits = whole.lstrip("-")
    if not digits.isascii() or not digits.isdigit() or (part and not part.isdigit()):
        return safe(f"{currency} {amount}".strip(), 24)
    text = f"{int(whole):,}" + (f".{part[:2]:0<2}" if part.strip("0") else "")
    symbol = _SYMBOLS.get(currency.upper())
    if symbol is None:
        return safe(f"{currency} {text}".strip(), 24)
    return f"-{symbol}{text[1:]}" if text.startswith("-") else f"{symbol}{text}"


def capped(number: int) -> str:
    """Counts of heads and rail: "" for none, "99+" from a hundred on (COL-10)."""
    return "" if number <= 0 else str(number) if number <= MOST else f"{MOST}+"


def people(card: Card) -> str:
    """Who takes part, with the number of messages when there are several: "永田 達郎 (3)" (COL-10)."""
    names = ", ".join(card.people) or card.sender_name or card.sender_address or _("(nobody)")
    return safe(names, 200)


def subject(text: str) -> str:
    return safe(text, 400) or _("(no subject)")


def left(seconds: float) -> str:
    """Time left, roughly: seconds under a minute and a half, else minutes."""
    if seconds < 90:
        return _("{n} s left").format(n=max(1, round(seconds)))
    return _("{n} min left").format(n=round(seconds / 60))
