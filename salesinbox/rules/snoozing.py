"""When a thread comes back: the times that are offered, and those that a rep types (ACT-5). Pure.

Times of day are the rep's own: "tomorrow 9:00" is nine o'clock on the clock there, whatever summer time does.
"""

import re
import unicodedata
from datetime import date, datetime, time, timedelta, tzinfo

MORNING, EVENING = time(9), time(18)
_LATER = timedelta(hours=3)
_ALIKE = 1800
"""Seconds that two times must lie apart to be worth two lines."""
_FARTHEST = timedelta(days=3660)
MONDAY = 0

LATER_TODAY, THIS_EVENING, TOMORROW, WEEKEND, NEXT_WEEK, NEXT_MONTH = (
    "later-today", "this-evening", "tomorrow", "weekend", "next-week", "next-month",
)  # fmt: skip
_SATURDAY = 5

_WEEKDAYS = {
    "mon": 0, "monday": 0, "月": 0, "月曜": 0, "月曜日": 0,
    "tue": 1, "tuesday": 1, "火": 1, "火曜": 1, "火曜日": 1,
    "wed": 2, "wednesday": 2, "水": 2, "水曜": 2, "水曜日": 2,
    "thu": 3, "thursday": 3, "木": 3, "木曜": 3, "木曜日": 3,
    "fri": 4, "friday": 4, "金": 4, "金曜": 4, "金曜日": 4,
    "sat": 5, "saturday": 5, "土": 5, "土曜": 5, "土曜日": 5,
    "sun": 6, "sunday": 6, "日曜": 6, "日曜日": 6,
}  # fmt: skip
_DAYS = {"today": 0, "今日": 0, "tomorrow": 1, "明日": 1, "あした": 1, "明後日": 2, "あさって": 2}
_WEEKS = {"next week", "来週"}
_MONTHS = {"next month", "来月"}
_LATERS = {"later", "later today", "後で", "あとで"}
_EVENINGS = {"this evening", "evening", "tonight", "今晩", "今夜", "夕方"}
_WEEKENDS = {"weekend", "this weekend", "週末"}
_SPAN = re.compile(r"(\d{1,4})\s*(min|m|h|hours?|d|days?|w|weeks?|分|時間|日後?|週間?後?)")
_SPANS = {"m": "minutes", "分": "minutes", "h": "hours", "時": "hours", "d": "days", "日": "days", "w": "weeks",
          "週": "weeks"}  # fmt: skip
_CLOCK = re.compile(r"(?:^|\s)(\d{1,2})(?::(\d{2})|時(?:(\d{1,2})分)?)\s*(am|pm)?$")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_IN_NEXT_WEEK = re.compile(r"^来週の?")
_DAY_OF_YEAR = re.compile(r"(\d{1,2})[/月](\d{1,2})日?")


def choices(now: int, zone: tzinfo) -> list[tuple[str, int]]:
    """(name, seconds since 1970) of the times that are offered now, soonest first; none of them is over."""
    here = datetime.fromtimestamp(now, zone)
    today = here.date()
    later = datetime.fromtimestamp(now + _LATER.total_seconds(), zone)
    offered: list[tuple[str, int]] = []
    evening = _at(today, EVENING, zone)
    offers_evening = here.time() < time(16)
    if later.date() == today and not (offers_evening and abs(later.timestamp() - evening) < _ALIKE):
        offered.append((LATER_TODAY, int(later.timestamp())))
    if offers_evening:
        offered.append((THIS_EVENING, evening))
    offered.append((TOMORROW, _at(today + timedelta(days=1), MORNING, zone)))
    saturday = today + timedelta(days=(_SATURDAY - today.weekday()) % 7 or 7)
    if saturday - today > timedelta(days=1):
        offered.append((WEEKEND, _at(saturday, MORNING, zone)))
    offered.append((NEXT_WEEK, _at(_next(today, MONDAY), MORNING, zone)))
    offered.append((NEXT_MONTH, _at(_month_later(today), MORNING, zone)))
    return sorted(offered, key=lambda choice: choice[1])


def parse(text: str, now: int, zone: tzinfo) -> int | None:
    """The time that was typed, in seconds since 1970; None for what is no time, or is over.

    `3d`, `2w`, `4h`; `tomorrow`, `fri`, `next week`; `12/1`, `2026-12-01`; each with or without `14:00`; the same in
    Japanese (`明日`, `金曜 10:00`, `3日後`). A day without a time of day means nine in the morning.
    """
    said = " ".join(unicodedata.normalize("NFKC", text).lower().split())[:60]
    here = datetime.fromtimestamp(now, zone)
    try:
        moment = _moment(said, here, zone)
    except (ValueError, OverflowError, OSError):
        return None
    if moment is None or moment <= now or moment > now + _FARTHEST.total_seconds():
        return None
    return moment


def day(text: str, today: date) -> date | None:
    """The day that was typed without a time of day, be it over or not; None for what names none.

    As in `parse`: words, days of the week (the next one), `3d`, `12/1` (the next one), `2026-12-01`.
    """
    said = " ".join(unicodedata.normalize("NFKC", text).lower().split())[:60]
    try:
        if (span := _SPAN.fullmatch(said)) and (unit := _SPANS[span[2][0]]) in ("days", "weeks"):
            return today + timedelta(**{unit: int(span[1])})
        return _day(said, today)
    except (ValueError, OverflowError):
        return None


def _moment(said: str, here: datetime, zone: tzinfo) -> int | None:
    if said in _LATERS:
        return int((here + _LATER).timestamp())
    if span := _SPAN.fullmatch(said):
        return _after(int(span[1]), _SPANS[span[2][0]], here, zone)
    if said in _EVENINGS:
        return _at(here.date(), EVENING, zone)
    clock = _CLOCK.search(said)
    of_day = _time(clock) if clock else MORNING
    rest = said[: clock.start()].strip() if clock else said
    if not rest and clock:
        # A time alone is the next time that the clock shows it.
        today = _at(here.date(), of_day, zone)
        return today if today > here.timestamp() else _at(here.date() + timedelta(days=1), of_day, zone)
    day = _day(rest, here.date())
    return None if day is None else _at(day, of_day, zone)


def _after(number: int, unit: str, here: datetime, zone: tzinfo) -> int:
    if unit in ("minutes", "hours"):
        return int(here.timestamp() + timedelta(**{unit: number}).total_seconds())
    return _at(here.date() + timedelta(**{unit: number}), MORNING, zone)


def _time(clock: re.Match[str]) -> time:
    hour = int(clock[1])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4] == "pm" else 0)
    return time(hour, int(clock[2] or clock[3] or 0))


def _day(said: str, today: date) -> date | None:
    if said in _DAYS:
        return today + timedelta(days=_DAYS[said])
    if said in _WEEKS:
        return _next(today, MONDAY)
    if said in _MONTHS:
        return _month_later(today)
    if said in _WEEKENDS:
        return _next(today, _SATURDAY)
    if said.removeprefix("next ") in _WEEKDAYS:
        return _next(today, _WEEKDAYS[said.removeprefix("next ")])
    if (rest := _IN_NEXT_WEEK.sub("", said)) != said and rest in _WEEKDAYS:
        return _next(today, MONDAY) + timedelta(days=_WEEKDAYS[rest])
    if iso := _ISO.fullmatch(said):
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    if short := _DAY_OF_YEAR.fullmatch(said):
        day = date(today.year, int(short[1]), int(short[2]))
        return day if day >= today else day.replace(year=today.year + 1)
    return None


def _next(today: date, weekday: int) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7 or 7)


def _month_later(today: date) -> date:
    year, month = (today.year, today.month + 1) if today.month < 12 else (today.year + 1, 1)
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(today.day, last))


def _at(day: date, of_day: time, zone: tzinfo) -> int:
    """That time on that day's clocks. A time that summer time leaves out is the one after it."""
    return int(datetime.combine(day, of_day, zone).timestamp())
