"""[magnet] of config.toml: what the magnet takes, and how it tells (MAG-1, MAG-2, MAG-5)."""

import re
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from salesinbox.config.tables import Table, not_among
from salesinbox.locale.texts import _
from salesinbox.model.board import COLUMNS
from salesinbox.model.settings import Magnet
from salesinbox.model.text import safe

MAGNET = (
    "groups", "lists", "days", "until_read", "query", "folders", "labels", "columns", "deals_over",
    "bell", "terminal", "desktop", "command", "quiet", "quiet_days", "show",
)  # fmt: skip

_SHOW = ("subject", "name", "nothing")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_JA = "月火水木金土日"
_LONGEST_DAYS = 3650
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–~〜]\s*([0-9]{1,2}):([0-9]{2})")
_DAY = 24 * 60
_OWN_COLUMN = "x-"


def magnet(table: Table, zone: ZoneInfo) -> Magnet:
    """`zone`: the rep's, in which a query's ages are counted."""
    command = table.texts("command") or ()
    if table.has("command") and command and not command[0].strip():
        raise table.error("command", _('write the program and its arguments, like ["paplay", "bell.oga"].'))
    return Magnet(
        groups=table.flag("groups"),
        lists=table.flag("lists"),
        days=_days(table),
        until_read=table.flag("until_read"),
        query=_query(table, zone),
        folders=table.texts("folders") or (),
        labels=table.texts("labels") or (),
        columns=_columns(table),
        deals_over=_amount(table),
        bell=_unless_off(table, "bell"),
        terminal=_unless_off(table, "terminal"),
        desktop=_unless_off(table, "desktop"),
        command=command,
        quiet=tuple(_hours(table, text) for text in table.texts("quiet") or ()),
        quiet_days=tuple(sorted({_weekday(table, text) for text in table.texts("quiet_days") or ()})),
        show=table.choice("show", _SHOW),
    )


def _unless_off(table: Table, key: str) -> bool:
    return table.flag(key) if table.has(key) else True


def _days(table: Table) -> int:
    days = table.number("days", Magnet().days)
    if not 1 <= days <= _LONGEST_DAYS:
        raise table.error("days", _('"{key}" is a number from 1 to {most}.').format(key="days", most=_LONGEST_DAYS))
    return days


def _query(table: Table, zone: ZoneInfo) -> str:
    query = table.text("query").strip()
    if query:
        from datetime import datetime  # noqa: PLC0415 - few narrow the magnet by a query

        from salesinbox.formats import query as language  # noqa: PLC0415 - the same
        from salesinbox.model.errors import QueryError  # noqa: PLC0415 - the same

        try:
            language.parse(query, today=datetime.now(zone).date())
        except QueryError as error:
            raise table.error("query", str(error)) from error
    return query


def _columns(table: Table) -> tuple[str, ...]:
    columns = table.texts("columns") or ()
    for name in columns:
        # Columns of the rep's own are kept in the database, which is not looked at here.
        if name not in COLUMNS and not name.startswith(_OWN_COLUMN):
            raise table.error("columns", not_among(name, COLUMNS))
    return columns


def _amount(table: Table) -> str:
    """An amount as a decimal string; in the file it may be a number, or a text with commas."""
    value = table.values.get("deals_over", "")
    text = str(value).replace(",", "").strip() if not isinstance(value, bool) else "?"
    if not text:
        return ""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise table.error("deals_over", _("write an amount, like deals_over = 1000000"))
    return f"{amount:f}"


def _hours(table: Table, text: str) -> tuple[int, int]:
    """Minutes of the day, from and to."""
    match = _HOURS.fullmatch(text.strip())
    if match:
        start, end = (60 * int(match[n]) + int(match[n + 1]) for n in (1, 3))
        if int(match[2]) < 60 and int(match[4]) < 60 and start < _DAY and end <= _DAY and start != end % _DAY:
            return start, end
    sentence = _('"{value}" are no hours; write them like "22:00-07:00", and whole days under quiet_days.')
    raise table.error("quiet", sentence.format(value=safe(text, 40)))


def _weekday(table: Table, text: str) -> int:
    word = text.strip().lower()
    if word[:1] in _DAYS_JA and word.removesuffix("日").removesuffix("曜") in ("", *_DAYS_JA) and word:
        return _DAYS_JA.index(word[0])
    if word[:3] in _DAYS and word.isascii() and word.isalpha():
        return _DAYS.index(word[:3])
    raise table.error("quiet_days", not_among(text, _DAYS))
