"""Dates as people and programs write them, into ISO dates.

"03/04/2026" can be two dates. A column is read as a whole: one cell that only makes sense day first (or month
first) decides for all; where none decides, the month comes first, as in the exports of the usual CRMs.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable

from salesinbox.locale.texts import _

UTC = dt.UTC

_ERAS = {
    "令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925,
}  # fmt: skip
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip

_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))")
_ERA = re.compile(r"(令和|平成|昭和|[rhs](?=\d))(\d{1,2}|元)(?:年(\d{1,2})月(\d{1,2})日?|[-/.](\d{1,2})[-/.](\d{1,2}))")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_MONTH_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([a-z]{3,9})[-/., ]*(\d{4}|\d{2})")
_MONTH_NAME_DAY = re.compile(r"([a-z]{3,9})[-/. ]*(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4})")
_TIME = re.compile(
    r"(?:[t ,]+|(?<=日))\d{1,2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?|時.*)?"
    r" ?(?:[ap]m)?(?: ?(?:z|utc|[+-]\d{2}:?\d{2}))?$"
)
_WEEKDAY = re.compile(r" ?\([日月火水木金土a-z]{1,4}\)|^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? ")
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_EXCEL_EPOCH = dt.date(1899, 12, 30)


def _cleaned(cell: str) -> str:
    return _WEEKDAY.sub("", unicodedata.normalize("NFKC", cell).strip().lower())


def day_first(cells: Iterable[str]) -> bool:
    """Whether a column puts the day before the month."""
    return next((found for cell in cells if (found := decides(cell)) is not None), False)


def decides(cell: str) -> bool | None:
    """Whether a cell shows that the day comes before the month (or, False, behind it); None where it can be both."""
    found = _YEAR_LAST.match(_cleaned(cell))
    if found and found[2] != ".":
        first, second = int(found[1]), int(found[3])
        if first > 12 >= second:
            return True
        if second > 12 >= first:
            return False
    return None


def midnight(day: str, zone: dt.tzinfo) -> int:
    """The first moment of an ISO date, in seconds since 1970."""
    return int(dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), zone).timestamp())


def date(cell: str, *, day_first: bool) -> str:
    """The ISO date of a cell, "" for an empty one. A time of day behind it is left out.

    Args:
        cell: What the file says: 2026-12-20, 2026/12/20, 12/20/2026, 20.12.2026, 2026年12月20日,
            令和8年12月20日, 20-Dec-2026, Dec 20, 2026, 20261220 or a day number of Excel.
        day_first: How "03/04/2026" is to be read (`day_first`).

    Raises:
        ValueError: It is no date; the text is a sentence.
    """
    text = _cleaned(cell)
    if not text:
        return ""
    for candidate in (text, _TIME.sub("", text)):
        try:
            found = _date(candidate, day_first)
        except (ValueError, OverflowError):
            found = None
        if found is not None and 1900 <= found.year <= 2200:
            return found.isoformat()
    raise ValueError(_("“{cell}” is not a date. Write it like 2026-12-20.").format(cell=cell[:60]))


def _date(text: str, day_first: bool) -> dt.date | None:
    if found := _YEAR_FIRST.fullmatch(text):
        year, *rest = found.groups()
        month, day = (part for part in rest if part is not None)
        return dt.date(int(year), int(month), int(day))
    if found := _ERA.fullmatch(text.replace(" ", "")):
        era, in_era, *rest = found.groups()
        month, day = (part for part in rest if part is not None)
        return dt.date(_ERAS[era] + (1 if in_era == "元" else int(in_era)), int(month), int(day))
    if found := _YEAR_LAST.fullmatch(text):
        first, mark, second, year = int(found[1]), found[2], int(found[3]), _full_year(found[4])
        if mark == "." or first > 12 or (day_first and second <= 12):
            first, second = second, first
        return dt.date(year, first, second)
    if found := _DAY_MONTH_NAME.fullmatch(text):
        return dt.date(_full_year(found[3]), _month(found[2]), int(found[1]))
    if found := _MONTH_NAME_DAY.fullmatch(text):
        return dt.date(int(found[3]), _month(found[1]), int(found[2]))
    if _SERIAL.fullmatch(text):
        return _EXCEL_EPOCH + dt.timedelta(days=int(float(text)))
    return None


def _full_year(written: str) -> int:
    return int(written) if len(written) == 4 else 2000 + int(written)


def _month(name: str) -> int:
    for number, month in enumerate(_MONTHS, 1):
        if month.startswith(name) or (name == "sept" and month == "september"):
            return number
    raise ValueError(name)


_CLOCK = re.compile(
    r"(?:[t ,]+|(?<=日))(?P<half>午前|午後)?\s*(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?|時(?:(?P<ja>\d{1,2})分)?(?:(?P<ja_second>\d{1,2})秒)?)?"
    r"\s*(?P<pm>[ap]m)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?$"
)


def moment(cell: str, *, day_first: bool, zone: dt.tzinfo) -> tuple[str, int]:
    """A day (ISO) and, where the cell has a time of day, its seconds since 1970, else 0; ("", 0) for an empty cell.

    Args:
        cell: A date as `date` takes it, alone or with a time: 2026-12-20 10:30, 12/20/2026 10:30 PM,
            2026-12-20T10:30:00+09:00, 2026年12月20日 午後3時.
        day_first: See `date`.
        zone: The zone of times that name none; the day is told in it.

    Raises:
        ValueError: It is no date; the text is a sentence.
    """
    text = _cleaned(cell)
    if not text:
        return "", 0
    clock = _CLOCK.search(text)
    # "20 12 2026" ends in no time of day: an hour alone counts only after "T" or with a word that says so.
    if clock is None or not (clock["minute"] or clock["pm"] or "時" in clock[0]):
        return date(cell, day_first=day_first), 0
    day = date(text[: clock.start()] + ("日" if text[: clock.start()].endswith("月") else ""), day_first=day_first)
    hour = int(clock["hour"])
    if clock["pm"] or clock["half"]:
        late = clock["pm"] == "pm" or clock["half"] == "午後"
        hour = hour % 12 + (12 if late else 0)
    try:
        minute, second = int(clock["minute"] or clock["ja"] or 0), int(clock["second"] or clock["ja_second"] or 0)
        of_day = dt.time(hour, minute, min(second, 59))
        here = dt.datetime.combine(dt.date.fromisoformat(day), of_day, _offset(clock["zone"]) or zone)
        return here.astimezone(zone).date().isoformat(), int(here.timestamp())
    except (ValueError, OverflowError, OSError):
        raise ValueError(_("“{cell}” is not a date. Write it like 2026-12-20.").format(cell=cell[:60])) from None


def _offset(written: str | None) -> dt.tzinfo | None:
    if not written:
        return None
    if written in ("z", "utc", "gmt"):
        return dt.UTC
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    return dt.timezone(dt.timedelta(minutes=-minutes if written[0] == "-" else minutes))
