"""From the cells of a row to a record of the file's kind (REC-7)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from salesinbox.formats import amounts, dates, references
from salesinbox.formats.addresses import domain
from salesinbox.formats.columns_read import EXTRA_LENGTH, Columns
from salesinbox.locale.texts import _
from salesinbox.model.folding import fold
from salesinbox.model.imports import (
    CALLS,
    CASES,
    CLOSED,
    COMPANIES,
    CONTACTS,
    DEALS,
    EVENTS,
    LEADS,
    NOTES,
    PRODUCTS,
    TASKS,
    VENDORS,
    CompanyRow,
    DealRow,
    ItemRow,
    PersonRow,
    Reference,
    Row,
    split_name,
)
from salesinbox.model.records import COMPANY, CONTACT, DEAL
from salesinbox.model.text import safe

_DONE = frozenset(("completed", "closed", "done", "finished", "resolved", "complete", "完了", "済", "完了済み", "終了",
                   "クローズ", "クローズ済み", "解決", "解決済み", "対応済み", "解決済", "対応済"))  # fmt: skip
_PLANNED = frozenset(("scheduled", "planned", "overdue", "予定", "スケジュール済み", "予約済み"))
_HOUR = 3600
_LONGEST_CALL = 100_000
_PRIORITIES = {
    "high": "High", "highest": "High", "urgent": "High", "高": "High", "高い": "High", "最高": "High", "緊急": "High",
    "normal": "Normal", "medium": "Normal", "中": "Normal", "普通": "Normal", "標準": "Normal",
    "low": "Low", "lowest": "Low", "低": "Low", "低い": "Low", "最低": "Low",
}  # fmt: skip
_DIRECTIONS = {
    "outbound": "Outbound", "outgoing": "Outbound", "発信": "Outbound",
    "inbound": "Inbound", "incoming": "Inbound", "着信": "Inbound", "受信": "Inbound",
    "missed": "Missed", "不在着信": "Missed", "不在": "Missed",
}  # fmt: skip
_ABOUT = (("about_person", CONTACT), ("about_company", COMPANY), ("about_deal", DEAL), ("about_any", ""))


def maker(kind: str, columns: Columns) -> Callable[[int, Sequence[str]], Row]:
    """What makes a record of a row; it raises ValueError with a sentence where the row cannot be taken."""
    makers: Mapping[str, Callable[[Columns, int, Sequence[str]], Row]] = {
        LEADS: _person,
        CONTACTS: _person,
        COMPANIES: _company,
        DEALS: _deal,
        TASKS: _task,
        EVENTS: _event,
        CALLS: _call,
        NOTES: _note,
        CASES: _case,
        VENDORS: _thing,
        PRODUCTS: _thing,
    }
    make = makers[kind]

    def row(line: int, cells: Sequence[str]) -> Row:
        found = make(columns, line, cells)
        return replace(
            found,
            extra={**columns.extra(cells), **found.extra},  # noqa: S610 - a field of a row
            own=columns.text(cells, "own", 20),
            owner=columns.text(cells, "owner"),
            tags=columns.tags(cells),
            created=columns.seconds(cells, "created"),
            changed=columns.seconds(cells, "changed"),
        )

    return row


def _person(columns: Columns, line: int, cells: Sequence[str]) -> PersonRow:
    first, last = columns.text(cells, "first"), columns.text(cells, "last")
    if not first and not last:
        first, last = split_name(columns.text(cells, "name"))
    found = columns.addresses(cells, "email", "email_2")
    if not found and not last:
        raise ValueError(_("The row has neither a mail address nor a last name."))
    phone = columns.text(cells, "phone")
    if not columns.has("phone"):
        # A file of mobile numbers only: they are what there is to call.
        phone = columns.text(cells, "mobile")
    return PersonRow(
        line, first, last, found,
        company=columns.text(cells, "company"),
        title=columns.text(cells, "title"),
        phone=phone,
        source=columns.text(cells, "source"),
    )  # fmt: skip


def _company(columns: Columns, line: int, cells: Sequence[str]) -> CompanyRow:
    name = columns.text(cells, "name")
    if not name:
        raise ValueError(_("The row has no company name."))
    return CompanyRow(line, name, domain(columns.text(cells, "domain")), columns.text(cells, "phone"))


def _deal(columns: Columns, line: int, cells: Sequence[str]) -> DealRow:
    name = columns.text(cells, "name")
    if not name:
        raise ValueError(_("The row has no deal name."))
    amount, sign = columns.amount(cells, "amount")
    people = tuple(_references(columns, cells, "people", CONTACT))
    return DealRow(
        line, name,
        company=columns.text(cells, "company"),
        contacts=() if people else columns.addresses(cells, "contacts"),
        contact_name="" if people else columns.text(cells, "contact_name"),
        role="" if people else columns.text(cells, "role"),
        stage=columns.text(cells, "stage"),
        probability=_percent(columns.text(cells, "probability")),
        amount=amount,
        currency=amounts.currency(columns.text(cells, "currency")) or sign,
        closing=columns.date(cells, "closing"),
        source=columns.text(cells, "source"),
        pipeline=columns.text(cells, "pipeline"),
        # A deal has begun when it was made, unless the file has a better word on it.
        began=columns.seconds(cells, "began" if columns.has("began") else "created"),
        ended=columns.seconds(cells, "ended"),
        people=people,
    )  # fmt: skip


def _percent(cell: str) -> int | None:
    try:
        value = float(cell.rstrip("%％ "))
    except ValueError:
        return None
    if "." in cell and not cell.endswith(("%", "％")) and 0 < value <= 1:
        value *= 100  # a share of 1
    return round(value) if 0 <= value <= 100 else None


# --- items ---------------------------------------------------------------------------------------------------------


def _task(columns: Columns, line: int, cells: Sequence[str]) -> ItemRow:
    day, start = columns.moment(cells, "due")
    item = _item(columns, line, cells)
    return replace(item, day="" if start else day, start=start, hidden_until=columns.seconds(cells, "hidden"))


def _event(columns: Columns, line: int, cells: Sequence[str]) -> ItemRow:
    item = _item(columns, line, cells)
    day, start = columns.moment(cells, "start")
    if not day:
        raise ValueError(_("The row does not say when the event begins."))
    last, finish = columns.moment(cells, "finish")
    if not start:
        if last and last < day:
            raise ValueError(_("The event ends before it begins."))
        return replace(item, day=day, last_day=last or day)
    if not finish:
        finish = dates.midnight(last, columns.zone) if last > day else start + _HOUR
    if finish < start:
        raise ValueError(_("The event ends before it begins."))
    return replace(item, start=start, finish=finish)


def _call(columns: Columns, line: int, cells: Sequence[str]) -> ItemRow:
    item = _item(columns, line, cells)
    day, start = columns.moment(cells, "start")
    if day and not start:
        start = dates.midnight(day, columns.zone) + 9 * _HOUR
    minutes = _minutes(columns, cells)
    extra = {"Minutes": str(minutes)} if minutes else {}
    if said := _DIRECTIONS.get(fold(columns.text(cells, "direction"))):
        extra["Call Type"] = said
    closed = item.closed
    if not columns.has("closed") and (state := fold(columns.text(cells, "state"))):
        closed = 0 if state in _PLANNED else CLOSED
    return replace(item, start=start, finish=start + minutes * 60 if start else 0, closed=closed, extra=extra)


def _minutes(columns: Columns, cells: Sequence[str]) -> int:
    """A length as "25", "25 min", "00:25:10" or, in a column of its own, in seconds."""
    said = columns.text(cells, "minutes", 40)
    if ":" in said:
        parts = [int(part) for part in said.split(":") if part.strip().isdigit()]
        # HubSpot and Salesforce write hours first, Zoho minutes and seconds.
        return (
            min(parts[0] * 60 + parts[1], _LONGEST_CALL)
            if len(parts) == 3
            else min(parts[0], _LONGEST_CALL)
            if parts
            else 0
        )
    digits = said.split(maxsplit=1)[0].removesuffix("分").removesuffix("min") if said else ""
    if digits.isascii() and digits.isdigit():
        return min(int(digits[:9]), _LONGEST_CALL)
    seconds = columns.text(cells, "seconds", 40)
    return min(-(-int(seconds[:9]) // 60), _LONGEST_CALL) if seconds.isascii() and seconds.isdigit() else 0


def _note(columns: Columns, line: int, cells: Sequence[str]) -> ItemRow:
    item = _item(columns, line, cells, needs_name=False)
    if not item.name and not item.body:
        raise ValueError(_("The row has neither a title nor a text."))
    return item


def _case(columns: Columns, line: int, cells: Sequence[str]) -> ItemRow:
    return _item(columns, line, cells)


def _thing(columns: Columns, line: int, cells: Sequence[str]) -> ItemRow:
    return _item(columns, line, cells)


def _item(columns: Columns, line: int, cells: Sequence[str], *, needs_name: bool = True) -> ItemRow:
    name = columns.text(cells, "name")
    if needs_name and not name:
        raise ValueError(_("The row has no name."))
    status = columns.text(cells, "status")
    priority = columns.text(cells, "priority")
    return ItemRow(
        line, name, status,
        closed=_closed(columns, cells, status),
        priority=_PRIORITIES.get(fold(priority), priority),
        body=columns.block(cells, "description"),
        about=tuple(_about(columns, cells)),
    )  # fmt: skip


def _closed(columns: Columns, cells: Sequence[str], status: str) -> int | None:
    at = columns.seconds(cells, "closed")
    if at or columns.has("own"):  # in our own files this column says it all
        return at
    if status:
        return CLOSED if fold(status) in _DONE else 0
    return 0 if columns.has("closed") else None


def _about(columns: Columns, cells: Sequence[str]) -> Iterator[Reference]:
    yield from _references(columns, cells, "about", "")
    for field, kind in _ABOUT:
        yield from _references(columns, cells, field, kind)


def _references(columns: Columns, cells: Sequence[str], field: str, kind: str) -> Iterator[Reference]:
    for one in references.read(columns.block(cells, field), kind):
        yield replace(
            one,
            name=safe(one.name, EXTRA_LENGTH).strip(),
            address=safe(one.address, EXTRA_LENGTH).strip(),
            role=safe(one.role, EXTRA_LENGTH).strip(),
        )
