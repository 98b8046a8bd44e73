"""Moments of the sample mail, told by working days before the rep's `now`."""

import re
from datetime import date, datetime, time, timedelta, timezone

TOKYO = timezone(timedelta(hours=9))
"""Japan keeps no summer time, so the sample needs no zone database."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_JA = "月火水木金土日"
_SATURDAY = 5
_MACRO = re.compile(r"\{(d|month|year)([+-]\d+)?\}")
_AGO = re.compile(r"(\d+)([mh])")


def day_in_words(day: date, language: str) -> str:
    """As a letter names a day: "12月20日（金）" or "Friday, 20 December"."""
    if language == "ja":
        return f"{day.month}月{day.day}日（{_WEEKDAYS_JA[day.weekday()]}）"
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]}"


def short_weekday(day: date, language: str) -> str:
    """The day of the week as "金" or "Fri"."""
    return _WEEKDAYS_JA[day.weekday()] if language == "ja" else _WEEKDAYS[day.weekday()][:3]


def short_month(day: date) -> str:
    return _MONTHS[day.month - 1][:3]


def month_end(day: date) -> date:
    """The last day of that day's month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class Calendar:
    """Dates as seen from `now`, an aware datetime, by the rep's desk in Tokyo."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(TOKYO).replace(microsecond=0)
        self.today = self.now.date()

    def working_day(self, offset: int) -> date:
        """The working day `offset` working days after today (before, if negative); 0 is today itself."""
        day = self.today
        step = timedelta(days=1 if offset > 0 else -1)
        left = abs(offset)
        while left:
            day += step
            left -= day.weekday() < _SATURDAY
        return day

    def moment(self, told: str) -> datetime:
        """When "12 10:40" is: at 10:40 in Tokyo, twelve working days ago; "25m" and "3h" are that long ago.

        Raises ValueError for anything else.
        """
        if ago := _AGO.fullmatch(told):
            unit = timedelta(minutes=1) if ago[2] == "m" else timedelta(hours=1)
            return self.now - int(ago[1]) * unit
        days, clock = told.split()
        hour, minute = map(int, clock.split(":"))
        return datetime.combine(self.working_day(-int(days)), time(hour, minute), TOKYO)

    def month(self, offset: int) -> date:
        """The first day of the month that many months from now."""
        months = self.today.year * 12 + self.today.month - 1 + offset
        return date(months // 12, months % 12 + 1, 1)

    def filled(self, text: str, language: str) -> str:
        """The text with {d+3} (a working day), {month-1} and {year+1} put into words."""

        def words(macro: re.Match[str]) -> str:
            offset = int(macro[2] or 0)
            if macro[1] == "d":
                return day_in_words(self.working_day(offset), language)
            if macro[1] == "month":
                month = self.month(offset).month
                return f"{month}月" if language == "ja" else _MONTHS[month - 1]
            return str(self.today.year + offset)

        return _MACRO.sub(words, text)
