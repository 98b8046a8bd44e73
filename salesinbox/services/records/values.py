"""What a rep types into the fields of a record, checked, and as it is kept (REC-1, REC-4)."""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from salesinbox.formats import addresses as written_addresses
from salesinbox.formats import amounts
from salesinbox.locale.texts import _, language
from salesinbox.model import fields as types
from salesinbox.model.errors import UsageError
from salesinbox.model.fields import Field
from salesinbox.model.folding import fold
from salesinbox.model.imports import split_name
from salesinbox.model.records import CALL, COMPANY, CONTACT, DEAL, EVENT, LEAD, TASK
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe, safe_block
from salesinbox.rules.addresses import normal
from salesinbox.rules.matching import stage_key
from salesinbox.services.records import typed_times
from salesinbox.store.records import pipelines
from salesinbox.store.records.writing import Kept

_LONGEST = 500
_LONGEST_TEXT = 200_000
_LONGEST_TAG = 60
_MOST_TAGS = 50
_YES = frozenset(("yes", "y", "true", "1", "on", "はい", "有効", "○"))
_NO = frozenset(("no", "n", "false", "0", "off", "いいえ", "無効", "×"))
_TABLES = {LEAD: "person", CONTACT: "person", COMPANY: "company", DEAL: "deal"}
_OTHER_PEOPLE = {LEAD: CONTACT, CONTACT: LEAD}
_DAY = 86_400
EVENT_LENGTH = 3600
"""Seconds that an event takes where nobody says how long."""


@dataclass(slots=True)
class Values:
    """Values of a record as they are kept; what is None was not said.

    `columns` are of its table; `extra` is by heading, "" takes a field out; `company` is a name or an id;
    `contacts` are (who, role); `tags` makes the new list of the old one.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    addresses: tuple[str, ...] | None = None
    company: str | None = None
    contacts: tuple[tuple[str, str], ...] | None = None
    about: tuple[str, ...] | None = None
    tags: Callable[[list[str]], list[str]] | None = None


class Typed:
    """Reads typed values at a moment: `now` in seconds since 1970, days and times in the rep's zone."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings, now: int) -> None:
        self._connection = connection
        self._settings = settings
        self._now = now
        self._zone = settings.me.zone
        self._today = datetime.fromtimestamp(now, self._zone).date()

    def fields(self, kind: str) -> tuple[Field, ...]:
        return types.fields(kind, self._settings.records.fields)

    def parse(self, kind: str, values: Mapping[str, str], kept: Kept | None = None) -> Values:
        """Values by field name or heading; `kept` is the record that they are for, if it is there already.

        Raises:
            UsageError: There is no such field, or its value makes no sense; the sentence names the field.
        """
        found = Values()
        times: dict[str, str] = {}
        for name, text in self._named(kind, values):
            one = self._field(kind, name, kept)
            if one.type == types.MOMENT or (kind == CALL and one.name == "minutes"):
                times[one.name] = text
            try:
                self._take(found, kind, one, text, kept)
            except ValueError as error:
                raise UsageError(f"{_(one.heading)}: {error}") from error
        if times:
            self._take_times(found, kind, times, kept)
        return found

    def _named(self, kind: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """The values; a person's whole name is taken apart."""
        listed = list(values.items())
        if kind not in (LEAD, CONTACT) or "name" not in values:
            return listed
        first, last = split_name(safe(values["name"], _LONGEST))
        return [("first", first), ("last", last), *((name, text) for name, text in listed if name != "name")]

    def _field(self, kind: str, name: str, kept: Kept | None) -> Field:
        known = self.fields(kind)
        for one in known:
            if name == one.name:
                return one
        folded = fold(name).strip()
        for one in known:
            if folded in (fold(one.name), fold(one.heading), fold(_(one.heading))):
                return one
        for one in types.FIELDS[_OTHER_PEOPLE[kind]] if kind in _OTHER_PEOPLE else ():
            if folded in (fold(one.name), fold(one.heading)):
                return one  # a lead may be a contact soon: what only contacts show is kept for then
        if (kept is not None and name in kept.extra) or self._in_use(kind, name):
            return Field(name, name)
        from difflib import get_close_matches  # noqa: PLC0415 - for a misspelt name only

        names = [one.name for one in known]
        near = get_close_matches(folded, [*names, "name"], 1)
        if near:
            raise UsageError(
                _("There is no field {name}; did you mean {nearest}?").format(name=safe(name, 40), nearest=near[0])
            )
        raise UsageError(
            _("There is no field {name}. Fields are: {names}.").format(name=safe(name, 40), names=", ".join(names))
        )

    def _in_use(self, kind: str, heading: str) -> bool:
        """Whether records of this kind came with such a heading, which no field of ours is."""
        table = _TABLES.get(kind, "item")
        where = "" if table in ("company", "deal") else f" AND {table}.kind = ?"
        row = self._connection.execute(
            f"SELECT 1 FROM {table}, json_each({table}.extra) WHERE key = ?{where} LIMIT 1",  # noqa: S608 - constants
            (heading, kind) if where else (heading,),
        ).fetchone()
        return row is not None

    # --- one field ------------------------------------------------------------------------------------------------

    def _take(self, found: Values, kind: str, one: Field, text: str, kept: Kept | None) -> None:
        if one.required and not text.strip():
            raise ValueError(_("It cannot be empty."))
        match one.type:
            case types.ADDRESSES:
                parts = re.split(r"[,;、；，\n]", text)
                read = (address for part in parts for address in written_addresses.addresses(part))
                found.addresses = tuple(dict.fromkeys(map(normal, read)))
            case types.TAGS:
                found.tags = _tags(text)
            case types.ABOUT:
                found.about = tuple(dict.fromkeys(re.split(r"[\s,、;]+", text.strip()))) if text.strip() else ()
            case types.PEOPLE:
                found.contacts = _people(text)
            case types.MOMENT:
                return
            case _ if one.kept == "company":
                found.company = safe(text, _LONGEST).strip()
            case _:
                self._take_plain(found, kind, one, text, kept)

    def _take_plain(self, found: Values, kind: str, one: Field, text: str, kept: Kept | None) -> None:
        value: str | int | None
        if one.name == "currency":
            value = amounts.currency(text)
        elif one.type == types.AMOUNT:
            value = self._amount(found, kind, text)
        elif one.name == "probability":
            value = _percent(text)
        elif one.kept == "domain":
            value = _domain(text)
        else:
            value = self._text(kind, one, text, kept)
        if one.kept == "owner" and fold(str(value)) in ("me", "自分"):
            value = owner(self._settings)
        if one.kept:
            found.columns[one.kept] = value
        else:
            found.extra[one.heading] = "" if value is None else str(value)

    def _text(self, kind: str, one: Field, text: str, kept: Kept | None) -> str:
        match one.type:
            case types.LONG:
                return safe_block(text).strip("\n").rstrip()[:_LONGEST_TEXT]
            case types.NUMBER:
                return _number(text)
            case types.DATE:
                return self._date(text)
            case types.CHOICE:
                return _choice(one, text, kept)
            case types.YES:
                return _yes(text)
            case types.STAGE:
                return self._stage(text)
            case types.PHONE:
                return unicodedata.normalize("NFKC", safe(text, _LONGEST)).strip()
            case types.LINK:
                return _link(text)
        if kind == DEAL and one.name == "pipeline":
            return self._pipeline(text)
        return safe(text, _LONGEST).strip()

    def _amount(self, found: Values, kind: str, text: str) -> str:
        value, currency = amounts.amount(text, decimal_comma=amounts.comma_is_decimal([text]))
        if not currency:
            return value
        if kind == DEAL:
            found.columns["currency"] = currency
            return value
        if any(other.name == "currency" for other in self.fields(kind)):
            found.extra["Currency"] = currency
            return value
        return f"{value} {currency}"

    def _date(self, text: str) -> str:
        if not text.strip():
            return ""
        day = typed_times.day(text, self._today)
        if day is None or not 1900 <= day.year <= 2200:
            raise ValueError(
                _("“{text}” is not a date. Write it like 2026-12-20, 12/20, tomorrow or Fri.").format(text=text[:60])
            )
        return day.isoformat()

    def _stage(self, text: str) -> str:
        stages = pipelines.every_stage(self._connection)
        for stage in stages:
            if stage_key(stage.name) == stage_key(text):
                return stage.name
        raise ValueError(
            _("There is no stage “{text}”. Stages are: {names}.").format(
                text=safe(text, 60), names=", ".join(safe(stage.name, 40) for stage in stages)
            )
        )

    def _pipeline(self, text: str) -> str:
        names = pipelines.names(self._connection)
        said = text.strip()
        for name in names:
            if fold(name) == fold(said):
                return name
        if not said:
            return ""
        raise ValueError(
            _("There is no pipeline “{text}”. Pipelines are: {names}.").format(
                text=safe(text, 60), names=", ".join(safe(name, 40) for name in names) or "–"
            )
        )

    # --- times ----------------------------------------------------------------------------------------------------

    def _take_times(self, found: Values, kind: str, times: Mapping[str, str], kept: Kept | None) -> None:
        row = kept.row if kept is not None else {}
        if kind == TASK:
            found.columns |= self._due(times["due"])
        elif kind == EVENT:
            found.columns |= self._event(times, row)
        elif kind == CALL:
            start = self._call_start(times["start"]) if "start" in times else int(row.get("start", 0)) or self._now
            minutes = times.get("minutes", kept.extra.get("Minutes", "") if kept else "")
            found.columns |= {"start": start, "finish": start + typed_times.length(minutes) if start else 0}

    def _due(self, text: str) -> dict[str, Any]:
        if not text.strip():
            return {"day": "", "start": 0}
        span = self._span(_("Due Date"), text)
        return {"day": "", "start": span.start} if span.start else {"day": span.day.isoformat(), "start": 0}

    def _event(self, times: Mapping[str, str], row: Mapping[str, Any]) -> dict[str, Any]:
        day, last = str(row.get("day", "")), str(row.get("last_day", ""))
        start, finish = int(row.get("start", 0)), int(row.get("finish", 0))
        if "start" in times:
            span = self._span(_("From"), times["start"])
            if span.start:
                lasts = finish - start if start and finish > start else EVENT_LENGTH
                start, finish = span.start, span.finish or span.start + lasts
                day = last = ""
            else:
                first = span.day.toordinal()
                lasts = _ordinal(last) - _ordinal(day) if day and last else 0
                day, last = span.day.isoformat(), span.day.fromordinal(first + max(lasts, 0)).isoformat()
                start = finish = 0
        if said := times.get("finish", "").strip():
            if start:
                finish = self._finish(said, start)
            else:
                last = self._span(_("To"), said).day.isoformat()
            if (start and finish < start) or last < day:
                raise UsageError(_("To: an event cannot end before it begins."))
        return {"day": day, "last_day": last, "start": start, "finish": finish}

    def _finish(self, said: str, start: int) -> int:
        """The end of an event: a time of day, how long it takes, or a day and a time."""
        if not said.isdigit() and (length := typed_times.length(said)):
            return start + length
        # A time alone is the next one after the event has begun.
        span = typed_times.span(said, start, self._zone)
        if span is not None and span.start - start > _DAY:
            span = typed_times.span(said, self._now, self._zone)
        if span is None or not span.start:
            raise UsageError(
                _("To: “{text}” is no time. Write it like 15:00, 90 min or 2026-12-01 15:00.").format(text=said[:60])
            )
        return span.finish or span.start

    def _call_start(self, text: str) -> int:
        if not text.strip():
            return self._now
        span = self._span(_("Call Start Time"), text, past=True)
        if span.start:
            return span.start
        return int(datetime(span.day.year, span.day.month, span.day.day, 9, tzinfo=self._zone).timestamp())

    def _span(self, heading: str, text: str, *, past: bool = False) -> typed_times.Span:
        found = typed_times.span(text, self._now, self._zone, past=past)
        if found is None or not 1970 <= found.day.year <= 2200:
            raise UsageError(
                _(
                    "{field}: “{text}” is no day or time. Write it like tomorrow, Fri 10:00, 12/20 or 2026-12-01 14:00."
                ).format(field=heading, text=safe(text, 60))
            )
        return found


def owner(settings: Settings) -> str:
    """Whom a new record belongs to."""
    return settings.records.owner or settings.me.name or next((account.address for account in settings.accounts), "")


def currency(settings: Settings) -> str:
    """The currency of a new deal whose amount was typed without one: the setting's, else the locale's, else none."""
    if settings.records.currency:
        return settings.records.currency
    return "JPY" if language() == "ja" or settings.me.zone.key in ("Asia/Tokyo", "Japan") else ""


def _ordinal(day: str) -> int:
    return datetime.fromisoformat(day).toordinal()


def _tags(text: str) -> Callable[[list[str]], list[str]]:
    """What becomes of tags: `+a -b` adds and takes away, `a, b` is the new list."""
    said = safe(text, 4000).strip()
    if said[:1] in ("+", "-"):
        words = re.findall(r"([+-])([^+\-,、\s][^,、\s]*)", said)
        add = [word[:_LONGEST_TAG] for sign, word in words if sign == "+"]
        less = {fold(word) for sign, word in words if sign == "-"}
        return lambda before: _distinct([tag for tag in before if fold(tag) not in less] + add)
    listed = [tag.strip()[:_LONGEST_TAG] for tag in re.split(r"[,、;]", said)]
    return lambda _before: _distinct(listed)


def _distinct(tags: list[str]) -> list[str]:
    found: dict[str, str] = {}
    for tag in tags:
        if tag:
            found.setdefault(fold(tag), tag)
    return list(found.values())[:_MOST_TAGS]


def _people(text: str) -> tuple[tuple[str, str], ...]:
    """Ids, addresses or names, each with a role behind a colon: `p12, nagata@minato.example:Decision Maker`."""
    found: dict[str, str] = {}
    for part in re.split(r"[,、;\n]", safe(text.replace("\n", ","), 10_000)):
        who, _colon, role = part.replace("：", ":").partition(":")
        if who.strip():
            found.setdefault(who.strip(), role.strip()[:_LONGEST_TAG])
    return tuple(found.items())


def _number(text: str) -> str:
    said = unicodedata.normalize("NFKC", text).strip().replace(",", "").removesuffix("%").strip()
    if not said:
        return ""
    try:
        value = Decimal(said)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or len(said) > 20:
        raise ValueError(_("“{text}” is not a number.").format(text=text[:60]))
    return f"{value:f}"


def _percent(text: str) -> int | None:
    said = _number(text)
    if not said:
        return None
    if not 0 <= Decimal(said) <= 100:
        raise ValueError(_("A probability is a number from 0 to 100."))
    return round(Decimal(said))


def _choice(one: Field, text: str, kept: Kept | None) -> str:
    said = safe(text, _LONGEST).strip()
    if not said:
        return ""
    for choice in one.choices:
        if fold(said) in (fold(choice), fold(_(choice))):
            return choice
    before = "" if kept is None else str(kept.row[one.kept]) if one.kept else kept.extra.get(one.heading, "")
    if said == before:
        return said  # as it came from another CRM
    raise ValueError(
        _("“{text}” is none of: {choices}.").format(
            text=safe(said, 60), choices=", ".join(_(choice) for choice in one.choices)
        )
    )


def _yes(text: str) -> str:
    said = fold(text).strip()
    if not said:
        return ""
    if said in _YES or said in _NO:
        return "true" if said in _YES else "false"
    raise ValueError(_("“{text}” is neither yes nor no.").format(text=safe(text, 60)))


def _domain(text: str) -> str:
    found = written_addresses.domain(text)
    if text.strip() and not found:
        raise ValueError(_("“{text}” is not a web address. Write it like www.minato.example.").format(text=text[:60]))
    return found


def _link(text: str) -> str:
    said = safe(text, _LONGEST).strip()
    if said:
        scheme, mark, _rest = said.partition("://")
        if (mark and scheme.lower() not in ("http", "https")) or not written_addresses.domain(said):
            raise ValueError(
                _("“{text}” is not a web address. Write it like www.minato.example.").format(text=safe(said, 60))
            )
    return said
