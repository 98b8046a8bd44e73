"""Writing tasks, calls and events as iCalendar (RFC 5545), whatever texts they hold.

Times are UTC, which every calendar reads alike and which needs no VTIMEZONE; whole days are dates. There is no VALARM:
when somebody is reminded is the calendar's own affair.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from salesinbox.formats.calendars import escaped, line
from salesinbox.model.records import TASK, Item
from salesinbox.model.text import safe, safe_block

PRODUCT = "-//SalesInbox//SalesInbox//EN"
_PRIORITIES = {"High": 1, "Normal": 5, "Low": 9}
_LONGEST = 20_000
_MOST_WORDS = 20


def calendar(found: Iterable[Item], *, owner: str, now: int) -> str:
    """A calendar of tasks (VTODO), events and calls (VEVENT); what has neither a day nor a time is a task without one.

    Args:
        found: Tasks, events and calls.
        owner: Whose they are, for instance a mail address: it makes the UIDs differ from those of others, and is not
            to be read from them.
        now: When this is written, in seconds since 1970.
    """
    mark = hashlib.blake2b(owner.encode("utf-8", "replace"), digest_size=8).hexdigest()
    lines = [
        line("BEGIN", "VCALENDAR"),
        line("VERSION", "2.0"),
        line("PRODID", PRODUCT),
        line("CALSCALE", "GREGORIAN"),
        line("METHOD", "PUBLISH"),
    ]
    for item in found:
        lines += _component(item, mark, now)
    lines.append(line("END", "VCALENDAR"))
    return "".join(lines)


def _component(item: Item, mark: str, now: int) -> Iterator[str]:
    is_task = item.kind == TASK or not (item.start or item.day)
    name = "VTODO" if is_task else "VEVENT"
    yield line("BEGIN", name)
    yield line("UID", f"{item.id}-{item.created}-{mark}@salesinbox")
    yield line("DTSTAMP", _time(now))
    if item.created > 0:
        yield line("CREATED", _time(item.created))
    if item.changed > 0:
        yield line("LAST-MODIFIED", _time(item.changed))
    yield line("SUMMARY", _text(item.name))
    if body := _description(item):
        yield line("DESCRIPTION", _text(body))
    if place := item.extra.get("Location", "").strip():
        yield line("LOCATION", _text(place))
    if words := [_text(safe(tag)) for tag in item.tags if tag.strip()][:_MOST_WORDS]:
        yield line("CATEGORIES", ",".join(words))
    if item.priority in _PRIORITIES:
        yield line("PRIORITY", str(_PRIORITIES[item.priority]))
    yield from _to_do(item) if is_task else _event(item)
    yield line("END", name)


def _to_do(item: Item) -> Iterator[str]:
    if item.start > 0:
        yield line("DUE", _time(item.start))
    elif day := _day(item.day):
        yield line("DUE", f"{day:%Y%m%d}", VALUE="DATE")
    if item.closed > 0:
        yield line("COMPLETED", _time(item.closed))
        yield line("PERCENT-COMPLETE", "100")
    status = "COMPLETED" if item.closed else "IN-PROCESS" if item.status == "In Progress" else "NEEDS-ACTION"
    yield line("STATUS", status)


def _event(item: Item) -> Iterator[str]:
    if item.start > 0:
        yield line("DTSTART", _time(item.start))
        if item.finish > item.start:
            yield line("DTEND", _time(item.finish))
    elif first := _day(item.day):
        last = _day(item.last_day) or first
        yield line("DTSTART", f"{first:%Y%m%d}", VALUE="DATE")
        # The day after the last one (RFC 5545 §3.6.1: the end is not part of it).
        yield line("DTEND", f"{max(first, last) + timedelta(days=1):%Y%m%d}", VALUE="DATE")
        yield line("TRANSP", "TRANSPARENT")
    yield line("STATUS", "CONFIRMED")


def _description(item: Item) -> str:
    return "\n".join(part for part in (item.body[:_LONGEST], ", ".join(item.about_names[:_MOST_WORDS])) if part.strip())


def _time(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%SZ}"
    except (ValueError, OverflowError, OSError):
        return "19700101T000000Z"


def _day(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso)
    except ValueError:
        return None


def _text(value: str) -> str:
    """A value of type TEXT (RFC 5545 §3.3.11), harmless: nothing in it ends the property, or is read as one."""
    return escaped(safe_block(value))
