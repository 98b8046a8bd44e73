"""What goes to stdout: JSON exactly as documented, or tables that fit the terminal (UI-3, UI-7)."""

import json
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from salesinbox.cli.wrapping import wrapped
from salesinbox.locale.texts import _
from salesinbox.model.board import Card
from salesinbox.model.mail import Address, Flag, ThreadMessage
from salesinbox.model.records import Company, DealBrief, Item, Person, Record
from salesinbox.model.text import pad, safe, width

_GAP = "  "
_WIDE = 10_000


def document(value: Mapping[str, Any]) -> None:
    """Print one JSON object."""
    print(_harmless(json.dumps(value, ensure_ascii=False, indent=2)))


def array(items: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON array, an element to a line, as they come."""
    sys.stdout.write("[")
    mark = "\n"
    for item in items:
        sys.stdout.write(mark + _harmless(json.dumps(item, ensure_ascii=False)))
        mark = ",\n"
    sys.stdout.write("]\n" if mark == "\n" else "\n]\n")


def _harmless(text: str) -> str:
    """The same JSON, with what could drive or fool a terminal written as escapes (RFC 8259 §7).

    Names of folders stay what the server calls them, for scripts give them back; only their spelling changes.
    """
    return text if text.isascii() else _DRIVING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_DRIVING = re.compile(
    "[\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)
"""C1 controls, bidirectional controls, invisible characters and line separators; JSON escapes C0 by itself."""


# --- JSON --------------------------------------------------------------------------------------------------


def time(ts: int, zone: ZoneInfo) -> str | None:
    """ISO 8601 in the rep's zone, with its offset; None for never and for times beyond the calendar."""
    if not ts:
        return None
    try:
        return datetime.fromtimestamp(ts, zone).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def address(value: Address) -> dict[str, str]:
    return {"name": value.name, "address": value.address}


def card(value: Card, reason: str, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": value.id,
        "column": value.column,
        "reason": reason,
        "subject": value.subject,
        "from": {"name": value.sender_name, "address": value.sender_address},
        "date": time(value.date, zone),
        "unread": value.unread,
        "flagged": value.flagged,
        "answered": value.answered,
        "messages": value.messages,
        "attachments": value.attachments,
        "deal": {**deal, "link": value.link} if (deal := deal_brief(value.deal)) is not None else None,
        "warning": value.warning,
    }


def deal_brief(value: DealBrief | None) -> dict[str, str] | None:
    if value is None:
        return None
    return {
        "id": value.id,
        "name": value.name,
        "amount": value.amount,
        "currency": value.currency,
        "stage": value.stage,
        "closing": value.closing,
    }


def message(value: ThreadMessage, zone: ZoneInfo) -> dict[str, Any]:
    """A message of a thread; `text` is null until its content has been synced."""
    return {
        "id": value.id,
        "message_id": value.message_id,
        "from": address(value.sender),
        "to": [address(recipient) for recipient in value.to],
        "cc": [address(recipient) for recipient in value.cc],
        "date": time(value.date, zone),
        "subject": value.subject,
        "flags": flags(value.flags),
        "folder": value.folder,
        "text": value.text if value.body_here else None,
        "attachments": [
            {"name": attached.name, "type": attached.type, "size": attached.size} for attached in value.attachments
        ],
    }


def flags(value: Flag) -> list[str]:
    """Names in lower case: seen, answered, flagged, draft, deleted, forwarded."""
    return [flag.name.lower() for flag in Flag if flag and flag in value and flag.name]


def record(value: Record, zone: ZoneInfo) -> dict[str, Any]:
    """A record of any kind (`model.records.KINDS`); `extra` are its further fields by their English headings."""
    kept = {
        "owner": value.owner,
        "tags": list(value.tags),
        "created": time(value.created, zone),
        "changed": time(value.changed, zone),
        "extra": dict(value.extra),
    }
    if isinstance(value, Item):
        return {**item(value, zone), **kept}
    if isinstance(value, Person):
        return {
            "id": value.id,
            "kind": value.kind,
            "name": value.name,
            "first": value.first,
            "last": value.last,
            "addresses": list(value.addresses),
            "company": _named(value.company_id, value.company),
            "title": value.title,
            "phone": value.phone,
            "source": value.source,
            **kept,
        }
    if isinstance(value, Company):
        return {
            "id": value.id,
            "kind": "company",
            "name": value.name,
            "domain": value.domain,
            "phone": value.phone,
            **kept,
        }
    return {
        "id": value.id,
        "kind": "deal",
        "name": value.name,
        "company": _named(value.company_id, value.company),
        "amount": value.amount,
        "currency": value.currency,
        "stage": value.stage,
        "state": value.stage_state,
        "closing": value.closing,
        "contacts": list(value.contact_ids),
        "roles": list(value.roles),
        "source": value.source,
        "pipeline": value.pipeline,
        "probability": value.probability,
        **kept,
    }


def item(value: Item, zone: ZoneInfo) -> dict[str, Any]:
    """A task, event, call, note, case, vendor or product without what all records have; days are ISO dates."""
    return {
        "id": value.id,
        "kind": value.kind,
        "name": value.name,
        "status": value.status,
        "closed": time(value.closed, zone),
        "day": value.day or None,
        "last_day": value.last_day or None,
        "start": time(value.start, zone),
        "finish": time(value.finish, zone),
        "hidden_until": time(value.hidden_until, zone),
        "priority": value.priority,
        "text": value.body,
        "about": [{"id": id, "name": name} for id, name in zip(value.about, value.about_names, strict=True)],  # noqa: A001 - an id
        "message": value.message or None,
    }


def _named(id: str, name: str) -> dict[str, str] | None:
    return {"id": id, "name": name} if id or name else None


# --- tables ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: at most `most` cells wide; `right`: figures, aligned at their end."""

    title: str
    most: int = 0
    right: bool = False


def terminal_width() -> int | None:
    """Cells to a line; None where the output is not for a screen, and nothing need be cut."""
    if not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their titles, aligned by terminal cells; the last column gives way to a narrow screen.

    Titles are for a screen only: a script that reads lines gets rows. Cells are made harmless here (READ-3).
    """
    screen = terminal_width()
    cells = [[safe(cell) for cell in row] for row in rows]
    if not cells:
        return
    if screen is not None:
        cells.insert(0, [column.title for column in columns])
    widths = [
        min(max(width(row[index]) for row in cells), column.most or 10_000) for index, column in enumerate(columns)
    ]
    if screen is not None:
        _narrow(widths, screen)
    for row in cells:
        print(_line(row, columns, widths, cut=screen is not None))


def _narrow(widths: list[int], screen: int) -> None:
    """Take what is too much from the widest columns, never leaving less than eight cells."""
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - screen
    while excess > 0:
        widest = max(range(len(widths)), key=lambda index: widths[index])
        if widths[widest] <= 8:
            return
        others = max((w for i, w in enumerate(widths) if i != widest), default=0)
        step = min(excess, max(widths[widest] - max(others, 8), 1))
        widths[widest] -= step
        excess -= step


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], *, cut: bool) -> str:
    parts = []
    for cell, column, cells in zip(row, columns, widths, strict=True):
        room = cells if cut else max(cells, width(cell))
        text = pad(cell, room)
        parts.append(" " * (room - width(text.rstrip())) + text.rstrip() if column.right else text)
    return _GAP.join(parts).rstrip()


def findings(rows: Sequence[tuple[bool, str, str, str]]) -> None:
    """Print checks: how each stands, its name, what was found, and below it what to do where it is not well."""
    screen = terminal_width() or _WIDE
    states = {True: _("ok"), False: _("failed")}
    first = max(width(state) for state in states.values())
    second = min(max((width(safe(name)) for _ok, name, _detail, _fix in rows), default=0), screen // 3)
    indent = " " * (first + second + 2 * len(_GAP))
    for ok, name, detail, fix in rows:
        head = _GAP.join((pad(states[ok], first), pad(safe(name), second)))
        told = [safe(detail), *([f"→ {safe(fix)}"] if fix and not ok else [])]
        lines = [line for part in told for line in wrapped(part, max(screen - len(indent), 20))] or [""]
        print(f"{head}{_GAP}{lines[0]}".rstrip())
        for line in lines[1:]:
            print(indent + line)
