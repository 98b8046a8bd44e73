"""Dates, ages and sizes as people type them after a field (SRCH-1)."""

import calendar
import contextlib
import re
from datetime import date, timedelta

from salesinbox.locale.texts import _
from salesinbox.model.errors import QueryError
from salesinbox.model.folding import fold

FIRST_YEAR, LAST_YEAR = 1970, 2999

_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?)?[-/.年月日]?", re.ASCII)
_AGE = re.compile(r"(\d{1,9})(d|w|m|y|日|週|月|年|)[a-z間前]*", re.ASCII)
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)([kmg]?)(?:i?b)?", re.ASCII)
_DAYS_BACK = {"today": 0, "今日": 0, "本日": 0, "yesterday": 1, "昨日": 1}
_BEGUN_DATE = re.compile(r"\d{1,3}", re.ASCII)
_BEGUN_AGE = re.compile(r"\d{1,9}[dwmy日週月年]?[a-z間前]*", re.ASCII)
_BEGUN_SIZE = re.compile(r"\d{1,12}\.?\d{0,6}[kmg]?i?b?", re.ASCII)
_UNITS = {"日": "d", "週": "w", "月": "m", "年": "y", "": "d"}
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3}


def days(value: str, field: str, today: date) -> tuple[date, date]:
    """The days that `value` names, as the first one and the one after the last: a day, a month or a year.

    Raises:
        QueryError: It names none.
    """
    folded = fold(value)
    if folded in _DAYS_BACK:
        day = today - timedelta(days=_DAYS_BACK[folded])
        return day, day + timedelta(days=1)
    match = _DATE.fullmatch(folded)
    if match and FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        year, month, day_of_month = (int(part) if part else 0 for part in match.groups())
        with contextlib.suppress(ValueError):
            first = date(year, month or 1, day_of_month or 1)
            if day_of_month:
                return first, first + timedelta(days=1)
            return first, _months_later(first, 1 if month else 12)
    raise QueryError(
        _("“{value}” after {field}: is no date. Write a day, a month or a year, such as {example}.").format(
            value=value, field=field, example="2026-05-31, 2026-05, 2026, today, yesterday"
        )
    )


def day_ago(value: str, field: str, today: date) -> date:
    """The day that lies `value` (7d, 2w, 3m, 1y; a bare number counts days) before today.

    Raises:
        QueryError: It is no length of time.
    """
    match = _AGE.fullmatch(fold(value))
    if not match:
        raise QueryError(
            _("“{value}” after {field}: is no length of time. Write 7d, 2w, 3m or 1y.").format(value=value, field=field)
        )
    count = int(match[1])
    unit = _UNITS.get(match[2], match[2])
    earliest = date(FIRST_YEAR, 1, 1)
    if unit in "dw":
        back = count * (7 if unit == "w" else 1)
        return max(earliest, today - timedelta(days=min(back, (today - earliest).days)))
    return _months_later(today, -min(count * (12 if unit == "y" else 1), 12 * (today.year - FIRST_YEAR)))


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def size(value: str, field: str) -> int:
    """Bytes: a number, with k, M or G for powers of 1024.

    Raises:
        QueryError: It is none.
    """
    match = _SIZE.fullmatch(fold(value))
    if not match:
        raise QueryError(
            _("“{value}” after {field}: is no size. Write 500k, 5M or 1.5G.").format(value=value, field=field)
        )
    return int(float(match[1]) * 1024 ** _POWERS[match[2]])


def may_come_right(field: str, value: str) -> bool:
    """Whether more letters can make `value` one that the field takes."""
    folded = fold(value)
    if field in {"before", "after", "on"}:
        return _BEGUN_DATE.fullmatch(folded) is not None or any(word.startswith(folded) for word in _DAYS_BACK)
    if field in {"newer_than", "older_than"}:
        return _BEGUN_AGE.fullmatch(folded) is not None
    return field in {"larger", "smaller"} and _BEGUN_SIZE.fullmatch(folded) is not None
