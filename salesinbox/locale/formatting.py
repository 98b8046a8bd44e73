"""Times, dates, money and numbers as the rep reads them (UI-4). Pure: "now" and the zone are arguments.

Nothing here raises for a value from outside: a date or an amount that makes no sense is shown as what it is.
"""

import re
from datetime import date as _Date  # noqa: N812 - `date` is this module's own word
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from salesinbox.locale import texts
from salesinbox.locale.texts import _, ngettext

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAYS_JA = "月火水木金土日"
_NEAR = {"en": ("yesterday", "tomorrow"), "ja": ("昨日", "明日")}
_NONE = "–"

# As CLDR has them for English; Japanese differs for the yuan.
_SYMBOLS = {
    "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "CNY": "CN¥", "KRW": "₩", "INR": "₹", "TWD": "NT$",
    "HKD": "HK$", "AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "SGD": "S$", "BRL": "R$", "MXN": "MX$", "VND": "₫",
    "THB": "฿", "PHP": "₱", "ILS": "₪",
}  # fmt: skip
_SYMBOLS_JA = {**_SYMBOLS, "CNY": "元"}
_AMOUNT = re.compile(r"[+-]?[0-9]{1,24}(?:\.[0-9]{0,12})?")
_PRINTABLE = 24


def clock(ts: int, now: float, zone: ZoneInfo, language: str) -> str:
    """A card's time (COL-10): "10:42", "yesterday", "Nov 12", or "2024-11-12"; Japanese "昨日", "11/12".

    `ts` and `now` are seconds since 1970, UTC. A time to come is shown as its date; tomorrow by its name.
    """
    try:
        then = datetime.fromtimestamp(ts, zone)
        today = datetime.fromtimestamp(now, zone)
    except (ValueError, OverflowError, OSError):
        return _NONE
    if then.year == today.year and then.month == today.month and then.day == today.day:
        return f"{then.hour}:{then.minute:02}"
    days = then.toordinal() - today.toordinal()
    if days in (-1, 1):
        return _NEAR.get(language, _NEAR["en"])[days > 0]
    return _day(then, today.year, language)


def short_date(iso: str, now: float, zone: ZoneInfo, language: str) -> str:
    """An ISO date without the year where it is this one's: "Dec 20", "12/20". "" stays ""."""
    day = _parsed(iso)
    if day is None:
        return _shown(iso)
    return _day(day, datetime.fromtimestamp(now, zone).year, language)


def date(value: str | int, language: str, zone: ZoneInfo | None = None) -> str:
    """A date with its year: "2024-11-12", Japanese "2024/11/12". `value`: ISO date, or seconds since 1970."""
    if isinstance(value, str):
        day = _parsed(value)
        return _shown(value) if day is None else _day(day, 0, language)
    try:
        return _day(datetime.fromtimestamp(value, zone), 0, language)
    except (ValueError, OverflowError, OSError):
        return _NONE


def full_time(ts: int, zone: ZoneInfo, language: str) -> str:
    """A time with everything: "Thu, Nov 12, 2026, 10:42", "2026年11月12日(木) 10:42"."""
    try:
        then = datetime.fromtimestamp(ts, zone)
    except (ValueError, OverflowError, OSError):
        return _NONE
    between = " " if language == "ja" else ", "
    return f"{full_day(then, language)}{between}{then.hour}:{then.minute:02}"


def full_day(day: "_Date", language: str) -> str:
    """A day with everything: "Thu, Nov 12, 2026", "2026年11月12日(木)"."""
    if language == "ja":
        return f"{day.year}年{day.month}月{day.day}日({weekday(day.weekday(), language)})"
    return f"{weekday(day.weekday(), language)}, {_MONTHS[day.month - 1]} {day.day}, {day.year}"


def weekday(number: int, language: str) -> str:
    """A day of the week, 0 for Monday: "Mon", "月"."""
    return _DAYS_JA[number] if language == "ja" else _DAYS[number]


def moment(ts: int, now: float, zone: tzinfo) -> str:
    """A time to come, as one speaks of it: "today 18:00", "tomorrow 9:00", "Mon, Nov 30, 9:00"."""
    try:
        then, today = datetime.fromtimestamp(ts, zone), datetime.fromtimestamp(now, zone)
    except (ValueError, OverflowError, OSError):
        return _NONE
    time = f"{then.hour}:{then.minute:02}"
    days = then.toordinal() - today.toordinal()
    if days == 0:
        return _("today {time}").format(time=time)
    if days == 1:
        return _("tomorrow {time}").format(time=time)
    language = texts.language()
    weekday = _DAYS_JA[then.weekday()] if language == "ja" else _DAYS[then.weekday()]
    day = _day(then, today.year, language)
    return f"{day}({weekday}) {time}" if language == "ja" else f"{weekday}, {day}, {time}"


@lru_cache(maxsize=4096)
def money(amount: str, currency: str, language: str) -> str:
    """An amount with its currency: "¥4,000,000", "$1,200.50", "1,200 ABC". "" stays "".

    `amount` is a decimal string; one that is not is shown as it stands. No amount passes through a float.
    """
    amount, currency = amount.strip(), currency.strip().upper()
    if not amount:
        return ""
    if not _AMOUNT.fullmatch(amount):
        return f"{_shown(amount)} {_shown(currency)}".strip()
    figures = _figures(Decimal(amount))
    symbol = (_SYMBOLS_JA if language == "ja" else _SYMBOLS).get(currency)
    if symbol is None:
        return f"{figures} {_shown(currency)}".strip()
    return f"-{symbol}{figures[1:]}" if figures.startswith("-") else symbol + figures


def number(n: int) -> str:
    """A whole number with its thousands apart: "20,118"."""
    return f"{n:,}"


def count(n: int) -> str:
    """A count of unread mail, capped: "99+" (COL-10)."""
    return "99+" if n > 99 else str(n)


def duration(seconds: float) -> str:
    """What is left of a long piece of work: "about 2 min left", "残り約2分"."""
    minutes = round(seconds / 60) if 0 <= seconds < 1e9 else 0
    if seconds < 45:
        return _("less than a minute left")
    if minutes < 60:
        return ngettext("about {n} min left", "about {n} min left", minutes).format(n=max(minutes, 1))
    return _("about {hours} h {minutes} min left").format(hours=number(minutes // 60), minutes=minutes % 60)


def size(octets: int) -> str:
    """A file's size, in powers of 1,000: "640 B", "12 kB", "1.4 MB"."""
    if octets < 1000:
        return f"{max(octets, 0)} B"
    amount, unit = octets / 1000, "kB"
    for larger in ("MB", "GB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:,.0f} {unit}"


def _day(day: "_Date", year: int, language: str) -> str:
    """A day, without its year where it lies in `year`."""
    if day.year == year:
        return f"{day.month}/{day.day}" if language == "ja" else f"{_MONTHS[day.month - 1]} {day.day}"
    mark = "/" if language == "ja" else "-"
    return f"{day.year}{mark}{day.month:02}{mark}{day.day:02}"


def _parsed(iso: str) -> "_Date | None":
    try:
        return _Date.fromisoformat(iso[:10])
    except ValueError:
        return None


def _figures(value: Decimal) -> str:
    """With thousands apart; no decimals for a whole amount, else two or as many as are significant."""
    text = f"{value:,f}"
    whole, _point, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction:0<2}" if fraction else whole


def _shown(text: str) -> str:
    """Something that could not be understood, as it stands: short, on one line, printable."""
    return "".join(character if character.isprintable() else "�" for character in text[:_PRINTABLE])
