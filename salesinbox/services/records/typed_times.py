"""Days and times as a rep types them for tasks, events, calls and closing dates, in the rep's zone.

Beside what a snooze understands, they may be over, and take the forms that files have dates in.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from salesinbox.formats import dates
from salesinbox.rules import snoozing

_BACK = {"yesterday": 1, "昨日": 1, "きのう": 1, "一昨日": 2, "おととい": 2}
_CLOCK = (
    r"(?P<{0}half>午前|午後)?\s?(?P<{0}hour>\d{{1,2}})"
    r"(?::(?P<{0}minute>\d{{2}})(?::\d{{2}})?|時(?:(?P<{0}ja>\d{{1,2}})分|(?P<{0}thirty>半))?|(?=\s?[ap]m))"
    r"\s?(?P<{0}pm>[ap]m)?"
)
_ENDING = re.compile(
    rf"(?:^|[\s,]|(?<=[日)曜])){_CLOCK.format('a')}(?:\s*(?:-|–|—|~|〜|to|から)\s*{_CLOCK.format('b')}(?:まで)?)?$"
)
_WEEKDAY = re.compile(r"\s?\([日月火水木金土]\)|^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,\s+(?=\S)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(r"(?:([a-z]{3,9})\.? (\d{1,2})|(\d{1,2})\.? ([a-z]{3,9}))")
_LENGTH = re.compile(
    r"(?:(\d{1,3}(?:\.\d)?)\s*(?:h|hours?|hrs?|時間))?\s*(?:(\d{1,4})\s*(?:m|min|mins|minutes?|分|分間))?"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A day, with the time of day where one was typed, and where that ends if it was said (seconds since 1970)."""

    day: date
    start: int = 0
    finish: int = 0


def day(text: str, today: date) -> date | None:
    """The day that was typed; None for what names none. An empty text names none."""
    said = _plain(text)
    if not said:
        return None
    if said in _BACK:
        return today - timedelta(days=_BACK[said])
    if (found := snoozing.day(said, today)) is not None:
        return found
    said = _WEEKDAY.sub("", said).strip()
    if (found := snoozing.day(said, today) or _named(said, today)) is not None:
        return found
    try:
        written = dates.date(said, day_first=False)
    except ValueError:
        return None
    return date.fromisoformat(written) if written else None


def span(text: str, now: int, zone: tzinfo, *, past: bool = False) -> Span | None:
    """The day and time that were typed: "Fri 10:00", "2026-12-01 14:00", "14:00-15:00", "明日 午後3時"; else None.

    Args:
        text: What was typed; an ISO time with an offset is that time.
        now: Seconds since 1970.
        zone: The rep's.
        past: A time alone is today's, even if it is over; else the next time that the clock shows it.
    """
    said = _plain(text)
    here = datetime.fromtimestamp(now, zone)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\dt\S+", said):
            moment = datetime.fromisoformat(said.upper())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            return Span(moment.astimezone(zone).date(), int(moment.timestamp()))
        clock = _ENDING.search(said)
        if clock is None:
            named = day(said, here.date())
            return None if named is None else Span(named)
        rest = said[: clock.start()].strip(" ,") if clock.start() else ""
        start, finish = _time(clock, "a"), _time(clock, "b") if clock["bhour"] else None
        named = day(rest, here.date()) if rest else here.date()
        if named is None:
            return None
        if not rest and not past and _at(named, start, zone) <= now:
            named += timedelta(days=1)
        began = _at(named, start, zone)
        ended = 0 if finish is None else _at(named, finish, zone)
        if finish is not None and ended <= began:
            ended = _at(named + timedelta(days=1), finish, zone)
    except (ValueError, OverflowError, OSError):
        return None
    return Span(named, began, ended)


def length(text: str) -> int:
    """How long in seconds: "45", "45 min", "1h", "1h30m", "1.5h", "90分", "1時間30分"; 0 for what is none."""
    said = _plain(text)
    if said.isdigit() and len(said) < 5:
        return int(said) * 60
    found = _LENGTH.fullmatch(said)
    if found is None or not (found[1] or found[2]):
        return 0
    return round(float(found[1] or 0) * 3600) + int(found[2] or 0) * 60


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())[:80]


def _named(said: str, today: date) -> date | None:
    """The day of "Nov 30" or "30 November": this year's, or the next one if that lies more than half a year back."""
    found = _NAMED.fullmatch(said)
    if found is None:
        return None
    name, number = (found[1], found[2]) if found[1] else (found[4], found[3])
    if name[:3] not in _MONTHS:
        return None
    try:
        named = date(today.year, _MONTHS.index(name[:3]) + 1, int(number))
        return named if named > today - timedelta(days=183) else named.replace(year=today.year + 1)
    except ValueError:
        return None


def _time(clock: re.Match[str], which: str) -> time:
    hour = int(clock[f"{which}hour"])
    if clock[f"{which}pm"] or clock[f"{which}half"]:
        late = clock[f"{which}pm"] == "pm" or clock[f"{which}half"] == "午後"
        hour = hour % 12 + (12 if late else 0)
    minute = clock[f"{which}minute"] or clock[f"{which}ja"] or (30 if clock[f"{which}thirty"] else 0)
    return time(hour, int(minute))


def _at(named: date, of_day: time, zone: tzinfo) -> int:
    return int(datetime.combine(named, of_day, zone).timestamp())
