"""Time zones as calendars name them: by IANA, by Windows, or by a VTIMEZONE of their own (RFC 5545 §3.6.5)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from salesinbox.formats.calendars import Component, moment

_MOST_ZONES = 20
_MOST_OBSERVANCES = 60
_IANA = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){0,2}")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?\d\d)?")
_OFFSET_IN_NAME = re.compile(r"\(?(?:UTC|GMT) ?([+-])(\d{1,2}):(\d\d)\)?")
_DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_BY_DAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")

# As CLDR's windowsZones maps them for the world; the regions whose reps write to each other come first.
_WINDOWS = {
    "Tokyo Standard Time": "Asia/Tokyo",
    "Korea Standard Time": "Asia/Seoul",
    "China Standard Time": "Asia/Shanghai",
    "Taipei Standard Time": "Asia/Taipei",
    "Singapore Standard Time": "Asia/Singapore",
    "SE Asia Standard Time": "Asia/Bangkok",
    "Myanmar Standard Time": "Asia/Yangon",
    "India Standard Time": "Asia/Kolkata",
    "Sri Lanka Standard Time": "Asia/Colombo",
    "Bangladesh Standard Time": "Asia/Dhaka",
    "Nepal Standard Time": "Asia/Kathmandu",
    "Pakistan Standard Time": "Asia/Karachi",
    "West Asia Standard Time": "Asia/Tashkent",
    "Arabian Standard Time": "Asia/Dubai",
    "Arab Standard Time": "Asia/Riyadh",
    "Iran Standard Time": "Asia/Tehran",
    "Israel Standard Time": "Asia/Jerusalem",
    "Turkey Standard Time": "Europe/Istanbul",
    "Russian Standard Time": "Europe/Moscow",
    "Vladivostok Standard Time": "Asia/Vladivostok",
    "Ulaanbaatar Standard Time": "Asia/Ulaanbaatar",
    "W. Australia Standard Time": "Australia/Perth",
    "AUS Central Standard Time": "Australia/Darwin",
    "Cen. Australia Standard Time": "Australia/Adelaide",
    "AUS Eastern Standard Time": "Australia/Sydney",
    "E. Australia Standard Time": "Australia/Brisbane",
    "Tasmania Standard Time": "Australia/Hobart",
    "West Pacific Standard Time": "Pacific/Port_Moresby",
    "New Zealand Standard Time": "Pacific/Auckland",
    "Fiji Standard Time": "Pacific/Fiji",
    "GMT Standard Time": "Europe/London",
    "Greenwich Standard Time": "Atlantic/Reykjavik",
    "W. Europe Standard Time": "Europe/Berlin",
    "Romance Standard Time": "Europe/Paris",
    "Central Europe Standard Time": "Europe/Budapest",
    "Central European Standard Time": "Europe/Warsaw",
    "GTB Standard Time": "Europe/Bucharest",
    "E. Europe Standard Time": "Europe/Chisinau",
    "FLE Standard Time": "Europe/Kiev",
    "Belarus Standard Time": "Europe/Minsk",
    "Morocco Standard Time": "Africa/Casablanca",
    "W. Central Africa Standard Time": "Africa/Lagos",
    "South Africa Standard Time": "Africa/Johannesburg",
    "E. Africa Standard Time": "Africa/Nairobi",
    "Egypt Standard Time": "Africa/Cairo",
    "Eastern Standard Time": "America/New_York",
    "US Eastern Standard Time": "America/Indiana/Indianapolis",
    "Central Standard Time": "America/Chicago",
    "Canada Central Standard Time": "America/Regina",
    "Mountain Standard Time": "America/Denver",
    "US Mountain Standard Time": "America/Phoenix",
    "Pacific Standard Time": "America/Los_Angeles",
    "Alaskan Standard Time": "America/Anchorage",
    "Hawaiian Standard Time": "Pacific/Honolulu",
    "Atlantic Standard Time": "America/Halifax",
    "Newfoundland Standard Time": "America/St_Johns",
    "Central Standard Time (Mexico)": "America/Mexico_City",
    "Central America Standard Time": "America/Guatemala",
    "SA Pacific Standard Time": "America/Bogota",
    "SA Western Standard Time": "America/La_Paz",
    "SA Eastern Standard Time": "America/Cayenne",
    "Venezuela Standard Time": "America/Caracas",
    "Pacific SA Standard Time": "America/Santiago",
    "Argentina Standard Time": "America/Buenos_Aires",
    "E. South America Standard Time": "America/Sao_Paulo",
    "Montevideo Standard Time": "America/Montevideo",
    "UTC": "UTC",
}


@dataclass(frozen=True, slots=True)
class _Observance:
    """A half of a zone's year. Local times; `month` 0: it begins at `starts` alone, else every year from there."""

    before: timedelta
    after: timedelta
    starts: datetime
    month: int = 0
    nth: int = 0
    weekday: int = 0
    days: tuple[int, ...] = ()
    last_year: int = 9999

    def onset(self, year: int) -> datetime | None:
        """When it begins in that year, or last before it where it does not come again."""
        if not self.month:
            return self.starts if self.starts.year <= year else None
        if not self.starts.year <= year <= self.last_year:
            return None
        candidates = [
            day
            for number in range(1, 32)
            if (day := _day(self.starts, year, self.month, number)) is not None
            and (day.weekday() == self.weekday if self.nth or self.days else number == self.starts.day)
            and (not self.days or number in self.days)
        ]
        place = self.nth - 1 if self.nth > 0 else self.nth
        return candidates[place] if -len(candidates) <= place < len(candidates) else None


def _day(time_of: datetime, year: int, month: int, number: int) -> datetime | None:
    try:
        return time_of.replace(year=year, month=month, day=number)
    except ValueError:
        return None


class Zones:
    """The zones of one calendar. Each calendar has its own: the same name means other things in another."""

    def __init__(self, calendars: Iterable[Component]) -> None:
        self._own: dict[str, list[_Observance]] = {}
        self._places: dict[str, str] = {}
        for calendar in calendars:
            for zone in calendar.named("VTIMEZONE"):
                name = zone.value("TZID").strip()
                if not name or len(self._own) >= _MOST_ZONES:
                    continue
                found = [_observance(part) for part in zone.parts[:_MOST_OBSERVANCES]]
                self._own.setdefault(name, [one for one in found if one])
                self._places.setdefault(name, zone.value("X-LIC-LOCATION").strip())

    def put_on(self, local: datetime, name: str) -> datetime:
        """The local time with its zone; as it is where nobody knows the zone."""
        name = name.strip()
        zone = _iana(name) or _iana(self._places.get(name, ""))
        if zone is not None:
            return local.replace(tzinfo=zone)
        if observances := self._own.get(name):
            return local.replace(tzinfo=timezone(_offset_at(local, observances)))
        zone = _iana(_WINDOWS.get(name, ""))
        if zone is None and (told := _OFFSET_IN_NAME.match(name)) and int(told[2]) < 24 and int(told[3]) < 60:
            zone = timezone(_signed(told[1], told[2], told[3]))
        return local.replace(tzinfo=zone)


def _iana(name: str) -> tzinfo | None:
    if name in ("UTC", "Etc/UTC", "GMT", "Z"):
        return UTC
    if name.startswith("/"):
        # Mozilla and Evolution write "/mozilla.org/20050126_1/Asia/Tokyo".
        parts = name.split("/")
        return next((zone for count in (3, 2) if (zone := _iana("/".join(parts[-count:])))), None)
    if not _IANA.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def _offset_at(local: datetime, observances: list[_Observance]) -> timedelta:
    """The offset that holds at a local time: that of the observance that began last."""
    begun: list[tuple[datetime, timedelta]] = []
    for one in observances:
        latest = min(local.year, one.last_year)
        for year in (latest, latest - 1):
            onset = one.onset(year)
            if onset is not None and one.starts <= onset <= local:
                begun.append((onset, one.after))
                break
    if begun:
        return max(begun, key=lambda pair: pair[0])[1]
    return min(observances, key=lambda one: one.starts).before


def _observance(part: Component) -> _Observance | None:
    if part.name not in ("STANDARD", "DAYLIGHT"):
        return None
    after, before = _offset(part.value("TZOFFSETTO")), _offset(part.value("TZOFFSETFROM"))
    # Outlook begins its zones in 1601.
    began = re.sub(r"^(?:1[0-8]|0\d)(?=\d\d)", "19", part.value("DTSTART").strip())
    found = moment(began)
    if after is None or found is None or not isinstance(found[0], datetime):
        return None
    rule = dict(
        piece.strip().upper().partition("=")[::2] for piece in part.value("RRULE").split(";")[:20] if "=" in piece
    )
    starts = found[0]
    once = _Observance(before if before is not None else after, after, starts)
    if rule.get("FREQ") != "YEARLY":
        return once
    month = _number(rule.get("BYMONTH", str(starts.month)))
    by_day = _BY_DAY.fullmatch(rule.get("BYDAY", ""))
    if not 1 <= month <= 12:
        return once
    until = moment(rule.get("UNTIL", ""))
    return _Observance(
        once.before,
        after,
        starts,
        month,
        int(by_day[1] or 1) if by_day else 0,
        _DAYS[by_day[2]] if by_day else 0,
        tuple(_number(day) for day in rule.get("BYMONTHDAY", "").split(",")[:31] if day) if by_day else (),
        until[0].year if until else 9999,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _offset(value: str) -> timedelta | None:
    found = _OFFSET.fullmatch(value.strip()[:20])
    if found is None or int(found[2]) > 23 or int(found[3]) > 59:
        return None
    return _signed(found[1], found[2], found[3])


def _signed(sign: str, hours: str, minutes: str) -> timedelta:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset
