"""iCalendar files in (REC-7, RFC 5545): events, and to-dos as tasks, one at a time."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from salesinbox.formats import tables
from salesinbox.formats.calendars import MAX_TEXT, Component, Property, duration, moment, parse
from salesinbox.formats.columns_read import EXTRA_LENGTH, LONG_LENGTH, NAME_LENGTH
from salesinbox.formats.tables import Source
from salesinbox.formats.zones import Zones
from salesinbox.locale.texts import _
from salesinbox.model.errors import RecordsFileError
from salesinbox.model.imports import CLOSED, EVENTS, RECORD_ID, TASKS, ItemRow, Reference
from salesinbox.model.records import CONTACT, RowError
from salesinbox.model.text import safe, safe_block

_OWN = re.compile(r"([kel][1-9]\d{0,17})-\d+-[0-9a-f]{16}@salesinbox")
"""UIDs of this program's own calendars (`calendar_writing`): the record is in them."""
_KINDS = {EVENTS: "VEVENT", TASKS: "VTODO"}
_READ = frozenset({"VEVENT", "VTODO", "VTIMEZONE"})
_BEGIN = re.compile(r"BEGIN:([A-Za-z-]{1,40})\s*")
_MOST_ATTENDEES = 50
_MAIL = re.compile(r"mailto:([^\s<>\"]{3,254})", re.IGNORECASE)


@dataclass(slots=True)
class _Piece:
    name: str
    line: int
    lines: list[str] = field(default_factory=list)
    size: int = 0


def kinds(content: Source) -> list[str]:
    """The kinds of file ("events", "tasks") that a calendar holds anything of."""
    names = {piece.name for piece in _pieces(content)}
    return [kind for kind, name in _KINDS.items() if name in names]


def read(content: Source, kind: str, zone: tzinfo) -> Iterator[ItemRow | RowError]:
    """The events or tasks of a calendar, each with the line on which it begins, or as an error.

    Of an event that repeats, the first one counts; how it repeats is kept under "Repeats". `zone` is of times that
    name none.

    Raises:
        RecordsFileError: It is no calendar.
    """
    wanted = _KINDS[kind]
    zones: list[Component] = []
    calendars = 0
    for piece in _pieces(content):
        calendars += piece.name == "VCALENDAR"
        if piece.name == "VTIMEZONE":
            zones.extend(parse("\n".join(piece.lines)).parts)
        elif piece.name == wanted:
            if piece.size > MAX_TEXT:
                yield RowError(piece.line, _("The entry is longer than {limit} characters.").format(limit=MAX_TEXT))
                continue
            part = next(parse("\n".join(piece.lines)).named(wanted), None)
            if part is None:
                continue
            holder = Component("VCALENDAR", parts=zones)
            try:
                yield _item(part, piece.line, kind, Zones([holder]), zone)
            except ValueError as error:
                yield RowError(piece.line, safe(str(error)))
    if not calendars:
        raise RecordsFileError(_("The file is no calendar: one begins with the line BEGIN:VCALENDAR."))


def _pieces(content: Source) -> Iterator[_Piece]:
    """The calendar's parts as text, so that none but the current one is held; a calendar itself is empty."""
    encoding = tables.encodings(content)[0]
    inside: _Piece | None = None
    with io.TextIOWrapper(tables.opened(content), encoding, newline=None) as text:
        for number, written in enumerate(text, 1):
            line = written.rstrip("\n")
            begins = _BEGIN.fullmatch(line.lstrip("\ufeff"))
            name = begins[1].upper() if begins else ""
            if inside is None:
                if name == "VCALENDAR":
                    yield _Piece(name, number)
                elif name in _READ:
                    inside = _Piece(name, number, [line], len(line))
                continue
            inside.size += len(line)
            if inside.size <= MAX_TEXT:
                inside.lines.append(line)
            if line.strip().upper() == f"END:{inside.name}":
                yield inside
                inside = None
    if inside is not None:
        yield inside


def _item(part: Component, line: int, kind: str, zones: Zones, zone: tzinfo) -> ItemRow:
    name = safe(part.value("SUMMARY").replace("\n", " "), NAME_LENGTH).strip()
    if not name:
        raise ValueError(_("The entry has no title."))
    start, finish = _moment(part.first("DTSTART"), zones, zone), _moment(part.first("DTEND"), zones, zone)
    if finish is None and start is not None and (lasts := duration(part.value("DURATION"))):
        finish = start + lasts
    if kind == TASKS:
        due = _moment(part.first("DUE"), zones, zone) or finish or start
        day, last_day, begins, ends = _day(due), "", _seconds(due), 0
    else:
        if start is None:
            raise ValueError(_("The entry does not say when it begins."))
        day, last_day, begins, ends = _times(start, finish)
    own = _OWN.fullmatch(_text(part, "UID"))
    extra = {
        RECORD_ID: "" if own else _source(part),
        "Location": _text(part, "LOCATION"),
        "Repeats": _text(part, "RRULE"),
    }
    return ItemRow(
        line, name,
        status=_status(part, kind, own=own is not None),
        closed=_closed(part, zones, zone, kind),
        day=day,
        last_day=last_day,
        start=begins,
        finish=ends,
        priority=_priority(part.value("PRIORITY")) if kind == TASKS else "",
        body=safe_block(part.value("DESCRIPTION")[:LONG_LENGTH]).strip(),
        about=tuple(_about(part)),
        extra={heading: text for heading, text in extra.items() if text},
        own=own[1] if own else "",
        tags=tuple(dict.fromkeys(tag for one in part.properties if one.name == "CATEGORIES"
                                 for word in one.text.split(",") if (tag := safe(word, NAME_LENGTH).strip()))),
        created=_stamp(part, "CREATED", zones, zone),
        changed=_stamp(part, "LAST-MODIFIED", zones, zone),
    )  # fmt: skip


def _text(part: Component, name: str) -> str:
    return safe(part.value(name), EXTRA_LENGTH).strip()


def _source(part: Component) -> str:
    """The entry's own id; an occurrence of its own has its date, too."""
    uid, occurrence = _text(part, "UID"), _text(part, "RECURRENCE-ID")
    return f"{uid}/{occurrence}" if uid and occurrence else uid


def _moment(found: Property | None, zones: Zones, zone: tzinfo) -> date | datetime | None:
    if found is None:
        return None
    read = moment(found.value)
    if read is None:
        raise ValueError(_("“{text}” is no time.").format(text=safe(found.value, 60)))
    value, utc = read
    if not isinstance(value, datetime):
        return value
    if utc:
        return value.replace(tzinfo=UTC).astimezone(zone)
    named = found.parameters.get("TZID", "")
    at = zones.put_on(value, named) if named else value.replace(tzinfo=zone)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone)


def _times(start: date | datetime, finish: date | datetime | None) -> tuple[str, str, int, int]:
    if not isinstance(start, datetime):
        # The end of whole days is the day after the last one (§3.6.1).
        last = finish - timedelta(days=1) if finish is not None and not isinstance(finish, datetime) else start
        return start.isoformat(), max(last, start).isoformat(), 0, 0
    begins = _seconds(start)
    return "", "", begins, max(_seconds(finish), begins)


def _day(value: date | datetime | None) -> str:
    return "" if value is None or isinstance(value, datetime) else value.isoformat()


def _seconds(value: date | datetime | None) -> int:
    return int(value.timestamp()) if isinstance(value, datetime) else 0


def _stamp(part: Component, name: str, zones: Zones, zone: tzinfo) -> int:
    try:
        return _seconds(_moment(part.first(name), zones, zone))
    except ValueError:
        return 0


def _status(part: Component, kind: str, *, own: bool) -> str:
    said = part.value("STATUS").strip().upper()
    # Our own words for what is still to be done are finer than the standard's one.
    if kind != TASKS or (own and said == "NEEDS-ACTION"):
        return ""
    words = {"NEEDS-ACTION": "Not Started", "IN-PROCESS": "In Progress", "COMPLETED": "Completed"}
    return {**words, "CANCELLED": "Deferred"}.get(said, "")


def _closed(part: Component, zones: Zones, zone: tzinfo, kind: str) -> int | None:
    if kind != TASKS:
        return None
    done = _stamp(part, "COMPLETED", zones, zone)
    if done:
        return done
    status = part.value("STATUS").strip().upper()
    return (CLOSED if status == "COMPLETED" else 0) if status else None


def _priority(value: str) -> str:
    """RFC 5545 §3.8.1.9: 1 to 4 high, 5 normal, 6 to 9 low."""
    said = value.strip()
    if said not in tuple("123456789"):
        return ""
    return "High" if said < "5" else "Normal" if said == "5" else "Low"


def _about(part: Component) -> Iterator[Reference]:
    """Who takes part, as far as they are contacts: colleagues are nobody's loss."""
    taken = [one for one in part.properties if one.name in ("ATTENDEE", "ORGANIZER")][:_MOST_ATTENDEES]
    for one in taken:
        if found := _MAIL.match(one.value.strip()):
            yield Reference(address=found[1].lower(), kind=CONTACT, quiet=True)
