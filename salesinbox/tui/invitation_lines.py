"""An invitation as it stands above a message's text: what, when here and there, where, who (READ-6)."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language, ngettext
from salesinbox.model.invitations import (
    ACCEPTED,
    CANCEL,
    CANCELLED,
    COUNTER,
    DECLINED,
    REPLY,
    REQUEST,
    TENTATIVE,
    Attendee,
    Invitation,
    Recurrence,
)
from salesinbox.model.mail import ThreadMessage
from salesinbox.model.text import pad, safe, width
from salesinbox.tui.message_lines import Page, Part, address
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_NAMED = 6
"""Attendees that are named; of the others it is said how many they are."""
_NIGHT = timedelta(hours=12)
"""What ends within it after midnight needs no second date."""
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?\d{0,2})(MO|TU|WE|TH|FR|SA|SU)")


def block(page: Page, message: ThreadMessage, invitation: Invitation, board: "Board", cells: int) -> None:
    """The invitation of a message, and what may be done about it."""
    look = page.look
    bar: Part = ("   ┃ ", look["mark"])
    inner = max(cells - 2, 10)
    page.add()
    called_off = invitation.method == CANCEL or invitation.status == CANCELLED
    for line in wrap(f"{kind(invitation)}: {title(invitation)}", inner):
        page.add([bar, (line, look["warning"] if called_off else look["person"])])
    facts = _facts(invitation, board.zone)
    labels = max((width(label) for label, _lines in facts), default=0)
    for label, lines in facts:
        broken = [part for line in lines for part in wrap(line, max(inner - labels - 2, 10))]
        for number, line in enumerate(broken):
            shown = label if number == 0 else ""
            page.add([bar, (pad(shown, labels) + "  ", look["dim"]), (line, look["text"])])
    for sentence, style in _state(invitation, message, board):
        for line in wrap(sentence, inner):
            page.add([bar, (line, look[style])])


def kind(invitation: Invitation) -> str:
    """What the mail is about, in a word."""
    if invitation.method == CANCEL or invitation.status == CANCELLED:
        return _("Cancelled")
    if invitation.method == REPLY:
        return _("Answer to an invitation")
    if invitation.method == COUNTER:
        return _("Another time is proposed")
    if invitation.method != REQUEST:
        return _("Event")
    return _("Changed invitation") if invitation.sequence > 0 else _("Invitation")


def title(invitation: Invitation) -> str:
    return safe(invitation.summary, 300) or _("(no title)")


def when(invitation: Invitation, zone: tzinfo | None) -> str:
    """Start and end in a zone; None: as the organizer has them."""
    start, end = invitation.start, invitation.end
    if start is None:
        return _("(no time given)")
    if not isinstance(start, datetime):
        last = end if end is not None and not isinstance(end, datetime) else start
        return _day(start) if last <= start else f"{_day(start)} – {_day(last)}"
    first = _local(start, zone)
    between = " " if language() == "ja" else ", "
    text = f"{_day(first)}{between}{_clock(first)}"
    if isinstance(end, datetime) and (until := _local(end, zone)) > first:
        same = until.date() == first.date() or until - first < _NIGHT
        text += f" – {_clock(until)}" if same else f" – {_day(until)} {_clock(until)}"
    return text


def _clocks(invitation: Invitation) -> str:
    """The organizer's own clock alone."""
    start, end = invitation.start, invitation.end
    clocks = [one for one in (start, end) if isinstance(one, datetime)]
    return " – ".join(_clock(one) for one in clocks)


def _facts(invitation: Invitation, zone: tzinfo) -> list[tuple[str, list[str]]]:
    times = [when(invitation, zone)]
    start = invitation.start
    if isinstance(start, datetime):
        times[0] += f" ({safe(str(zone), 40)})"
        there = safe(invitation.zone, 60)
        if there and start.tzinfo is not None and start.utcoffset() != _local(start, zone).utcoffset():
            same = _local(start, zone).date() == start.date()
            time = _clocks(invitation) if same else when(invitation, None)
            times.append(_("{time} for the organizer ({zone})").format(time=time, zone=there))
    if invitation.occurrence is not None:
        times.append(_("only this one of several dates"))
    facts = [
        (_("When"), times),
        (_("Repeats"), [repeats(invitation.recurrence, zone)] if invitation.recurrence else []),
        (_("Where"), [safe(invitation.location, 300)] if invitation.location else []),
        (_("Online"), [safe(invitation.link, 2000)] if invitation.link else []),
        (_("Organizer"), [address(invitation.organizer)] if invitation.organizer.address else []),
        (_("Who"), [_who(invitation.attendees)] if invitation.attendees else []),
    ]
    return [(label, lines) for label, lines in facts if lines]


def _state(invitation: Invitation, message: ThreadMessage, board: "Board") -> list[tuple[str, str]]:
    """What the rep answered, and what can be pressed; each with the style it is drawn in."""
    said = board.invitations.answered(message.id)
    answers = {
        ACCEPTED: _("You accepted."), TENTATIVE: _("You accepted tentatively."), DECLINED: _("You declined."),
    }  # fmt: skip
    states = {
        "pending": _("The answer is about to be sent."), "running": _("The answer is being sent."), "sent": "",
        "refused": _("The answer could not be sent."), "unknown": _("Whether the answer arrived is not known."),
    }  # fmt: skip
    lines = []
    if said is not None:
        answer, state = said
        sentence = f"{answers.get(answer, safe(answer, 20))} {states.get(state, '')}".strip()
        lines.append((sentence, "warning" if state in ("refused", "unknown") else "own"))
    key = board.keys.label("invitation")
    if key and board.invitations.may_answer(invitation):
        lines.append((_("{key} accept, tentative or decline").format(key=key), "heading"))
    return lines


def repeats(recurrence: Recurrence, zone: tzinfo) -> str:
    """How often, in words: "every 2 weeks on Mon, Wed until Dec 24, 2026"."""
    every = {
        "DAILY": ngettext("every day", "every {n} days", recurrence.interval),
        "WEEKLY": ngettext("every week", "every {n} weeks", recurrence.interval),
        "MONTHLY": ngettext("every month", "every {n} months", recurrence.interval),
        "YEARLY": ngettext("every year", "every {n} years", recurrence.interval),
    }.get(recurrence.frequency)
    if every is None:
        return safe(recurrence.rule, 200)
    text = every.format(n=recurrence.interval)
    if recurrence.days:
        days = ", ".join(_weekday(day) for day in recurrence.days[:14])
        text = _("{every} on {days}").format(every=text, days=days)
    if recurrence.until is not None:
        until = recurrence.until
        last = _local(until, zone) if isinstance(until, datetime) else until
        text = _("{every} until {date}").format(every=text, date=_day(last))
    elif recurrence.count is not None:
        times = ngettext("{n} time", "{n} times", recurrence.count).format(n=recurrence.count)
        text = f"{text}, {times}"
    return text


def _who(attendees: Sequence[Attendee]) -> str:
    answers = {ACCEPTED: _("accepted"), TENTATIVE: _("tentative"), DECLINED: _("declined")}
    named = []
    for attendee in attendees[:_NAMED]:
        name = safe(attendee.name or attendee.address, 80) or _("(nobody)")
        answer = answers.get(attendee.status)
        named.append(f"{name} ({answer})" if answer else name)
    text = ", ".join(named)
    if left := max(len(attendees) - _NAMED, 0):
        text += " " + ngettext("and {n} more", "and {n} more", left).format(n=left)
    return text


def _weekday(rule: str) -> str:
    match = _DAY.fullmatch(rule)
    if match is None:
        return safe(rule, 10)
    places = {
        "1": _("first {day}"), "2": _("second {day}"), "3": _("third {day}"), "4": _("fourth {day}"),
        "5": _("fifth {day}"), "-1": _("last {day}"),
    }  # fmt: skip
    place = match[1].removeprefix("+").lstrip("0")
    return places.get(place, "{day}").format(day=formatting.weekday(_WEEK.index(match[2]), language()))


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    """In a zone; a time without one is meant in the reader's own. One at the edge of the calendar stays as it is."""
    if zone is None or moment.tzinfo is None:
        return moment if zone is None else moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment


def _day(day: date) -> str:
    return formatting.full_day(day, language())


def _clock(moment: datetime) -> str:
    return f"{moment.hour}:{moment.minute:02}"
