"""Dates, ages, sizes and amounts as people type them after a field (SRCH-1, FLT-1)."""

import calendar
import contextlib
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from salesinbox.formats.query_tree import Range
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
_BEGUN_AMOUNT = re.compile(r"[<>]?=?[\d,.]*[\dkmb千百万億.]*", re.ASCII)
_BEGUN_CLOSING = re.compile(r"[<>]?=?(?:\d[\d./年月日-]*)?", re.ASCII)
_COMPARED = re.compile(r"(<=|>=|<|>|=)?(.*)", re.DOTALL)
_BETWEEN = re.compile(r"(.+?)(?:\.\.|…|~|〜)(.+)")
_AMOUNT = re.compile(r"[¥$€£]?(\d{1,18}(?:\.\d{1,6})?)(k|m|b|百万|千万|千|万|億)?円?", re.ASCII)
_TIMES = {
    "": 1, "k": 1000, "m": 1_000_000, "b": 1_000_000_000,
    "千": 1000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "億": 100_000_000,
}  # fmt: skip
_PERIODS = {
    "today": ("day", 0), "今日": ("day", 0), "本日": ("day", 0),
    "tomorrow": ("day", 1), "明日": ("day", 1), "yesterday": ("day", -1), "昨日": ("day", -1),
    "this-week": ("week", 0), "今週": ("week", 0), "next-week": ("week", 1), "来週": ("week", 1),
    "last-week": ("week", -1), "先週": ("week", -1),
    "this-month": ("month", 0), "今月": ("month", 0), "next-month": ("month", 1), "来月": ("month", 1),
    "last-month": ("month", -1), "先月": ("month", -1),
    "this-quarter": ("quarter", 0), "今四半期": ("quarter", 0), "next-quarter": ("quarter", 1),
    "来四半期": ("quarter", 1), "last-quarter": ("quarter", -1), "前四半期": ("quarter", -1),
    "this-year": ("year", 0), "今年": ("year", 0), "next-year": ("year", 1), "来年": ("year", 1),
    "last-year": ("year", -1), "昨年": ("year", -1),
}  # fmt: skip
"""Names of periods: of what kind, and how many of them from the one that today is in."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
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


def amounts(value: str, field: str) -> Range:
    """The amounts that `value` names: `>1000`, `<=50k`, `100万..500万`, or one alone.

    Raises:
        QueryError: It names none.
    """
    found = _range(value, _amounts_named)
    if found is not None:
        return Range(field, *found)
    raise QueryError(
        _("“{value}” after {field}: is no amount. Write {example}.").format(
            value=value, field=field, example="1000, >1000, <50k, 1000..5000, >100万"
        )
    )


def _amounts_named(text: str) -> tuple[str, str] | None:
    match = _AMOUNT.fullmatch(text.replace(",", ""))
    if match is None:
        return None
    exact = f"{Decimal(match[1]) * _TIMES[match[2] or '']:f}"
    if "." in exact:
        exact = exact.rstrip("0").rstrip(".")
    return exact, exact


def dates(value: str, field: str, today: date) -> Range:
    """The days that `value` names: `2026-12`, `<2026-12-31`, `2026-10..2026-12`, `this-month`.

    Raises:
        QueryError: It names none.
    """

    def named(text: str) -> tuple[str, str] | None:
        period = _PERIODS.get(text.replace("_", "-"))
        try:
            first, end = _period(*period, today) if period else days(text, field, today)
        except QueryError:
            return None
        return first.isoformat(), (end - timedelta(days=1)).isoformat()

    found = _range(value, named)
    if found is not None:
        return Range(field, *found)
    raise QueryError(
        _("“{value}” after {field}: is no date. Write a day, a month or a year, such as {example}.").format(
            value=value, field=field, example="2026-12-31, 2026-12, <2026-12-31, this-month, next-month"
        )
    )


def _range(value: str, named: Callable[[str], tuple[str, str] | None]) -> tuple[str, str, bool] | None:
    """(low, high, open) of what is compared or lies between; `named` gives the first and last value of a name."""
    folded = "".join(fold(value).split())
    between = _BETWEEN.fullmatch(folded)
    if between:
        first, last = named(between[1]), named(between[2])
        return None if first is None or last is None else (first[0], last[1], False)
    compared = _COMPARED.fullmatch(folded)
    assert compared
    one = named(compared[2])
    if one is None:
        return None
    match compared[1]:
        case "<":
            return "", one[0], True
        case "<=":
            return "", one[1], False
        case ">":
            return one[1], "", True
        case ">=":
            return one[0], "", False
        case _:
            return (*one, False)


def _period(kind: str, away: int, today: date) -> tuple[date, date]:
    """The first day of a period and the one after its last; a week begins on Monday."""
    if kind in ("day", "week"):
        length = 7 if kind == "week" else 1
        first = today + timedelta(days=away * length - (today.weekday() if kind == "week" else 0))
        return first, first + timedelta(days=length)
    months = _MONTHS[kind]
    first = _months_later(date(today.year, (today.month - 1) // months * months + 1, 1), away * months)
    return first, _months_later(first, months)


def may_come_right(field: str, value: str) -> bool:
    """Whether more letters can make `value` one that the field takes."""
    folded = fold(value)
    if field in {"before", "after", "on"}:
        return _BEGUN_DATE.fullmatch(folded) is not None or any(word.startswith(folded) for word in _DAYS_BACK)
    if field in {"newer_than", "older_than"}:
        return _BEGUN_AGE.fullmatch(folded) is not None
    if field == "amount":
        return _BEGUN_AMOUNT.fullmatch(folded.rsplit("..", 1)[-1]) is not None
    if field == "closing":
        last = folded.rsplit("..", 1)[-1]
        return _BEGUN_CLOSING.fullmatch(last) is not None or any(name.startswith(last) for name in _PERIODS)
    return field in {"larger", "smaller"} and _BEGUN_SIZE.fullmatch(folded) is not None
