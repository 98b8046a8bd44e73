"""The agenda as lines: what is overdue, due today and later, and the events of the days to come, in the rep's zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.style import Style
from textual.strip import Strip

from salesinbox.locale.formatting import full_day
from salesinbox.locale.texts import _, language
from salesinbox.model.agenda import Agenda
from salesinbox.model.records import CALL, CASE, EVENT, Item
from salesinbox.model.text import pad, safe, width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock

Part = tuple[str, Style]
_WHEN = 14
"""Cells for a date or time, before the subject."""


@dataclass(frozen=True, slots=True)
class Heading:
    words: str


@dataclass(frozen=True, slots=True)
class Entry:
    item: Item
    late: bool = False


Row = Heading | Entry


def rows(agenda: Agenda, clock: Clock) -> list[Row]:
    """Headings and entries in the order in which they matter; parts with nothing in them are left out."""
    today: list[Item] = []
    later: list[Item] = []
    for event in agenda.events:
        (today if day_of(event, clock) <= clock.today.isoformat() else later).append(event)
    parts: Sequence[tuple[str, Sequence[Item], bool]] = (
        (_("Overdue"), agenda.overdue, True),
        (_("Today – {day}").format(day=full_day(clock.today, language())), [*today, *agenda.today], False),
        (_("Coming events"), later, False),
        (_("Later"), agenda.later, False),
        (_("Without a date"), agenda.undated, False),
    )
    found: list[Row] = []
    for words, items, late in parts:
        if items:
            found += [Heading(f"{words} ({len(items)})"), *(Entry(item, late) for item in items)]
    return found


def day_of(item: Item, clock: Clock) -> str:
    """The day on which it is due or begins (ISO), "" for none."""
    if item.start:
        try:
            return datetime.fromtimestamp(item.start, clock.zone).date().isoformat()
        except (ValueError, OverflowError, OSError):
            return ""
    return item.day


def when(item: Item, clock: Clock, *, end: bool = True) -> str:
    """Its day, and its time of day where it has one, for an event with its end; "" for no date."""
    day = day_of(item, clock)
    if not day:
        return ""
    named = "" if day == clock.today.isoformat() else clock.closing(day)
    if not item.start:
        return named or _("today")
    begun = _of_day(item.start, clock)
    until = f"–{_of_day(item.finish, clock)}" if end and item.kind == EVENT and item.finish > item.start else ""
    return f"{named} {begun}{until}".strip()


def _of_day(moment: int, clock: Clock) -> str:
    then = datetime.fromtimestamp(moment, clock.zone)
    return f"{then.hour}:{then.minute:02}"


def sign(item: Item) -> str:
    """What is to be done, as one mark: a box, ticked when it is done; an event's hour; a call; a case."""
    if item.kind == EVENT:
        return "◷"
    if item.closed:
        return "✓"
    return {CALL: "☎", CASE: "◇"}.get(item.kind, "☐")


def draw(row: Row, cells: int, look: Look, clock: Clock, *, here: bool) -> Strip:
    """A row of the agenda."""
    text = look["text"]
    if isinstance(row, Heading):
        return strip([(row.words, look["heading"])], cells, text)
    item = row.item
    ground = look["selected"] if here else text
    date = ground if here else look["warning"] if row.late else look["time"]
    name = ground if here else look["dim"] if item.closed else text
    bar: Part = ("▌ ", look["cursor"]) if here else ("  ", ground)
    moment = when(item, clock)
    mail = " @" if item.message else ""
    about = ", ".join(safe(one, 60) for one in item.about_names)
    start: list[Part] = [
        bar, (f"{sign(item)} ", date), (pad(moment, max(_WHEN, width(moment) + 1)), date),
        (safe(item.name, 200) or _("(no name)"), name),
    ]  # fmt: skip
    room = max(cells // 3, 0)
    end: list[Part] = [("  " + pad(about, min(width(about), room)) + mail, ground if here else look["dim"])]
    return ends(start, end if about or mail else [], cells, ground)
