"""A card as three lines of a column (COL-10): who and when; the subject; the deal.

Nothing is told by colour alone: unread mail is bold and has a dot, the cursor is a bar, a warning is "!".
"""

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from salesinbox.model.board import Card
from salesinbox.model.links import CHOSEN, GUESS
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock, money, people, subject
from salesinbox.tui.wording import waited as waited_for

ROWS = 3
MARKED, WOKE, TASK = "✓", "◷", "☐"
BAR, DOT, FLAGGED, ANSWERED, ATTACHED, WARNING, CLOSING = "▌", "•", "★", "↰", "@", "!", "⚑"
GUESSED, CHOSE = "?", "●"
"""After the stage: the deal is a guess among several; the rep chose it (LINK-2, LINK-4)."""
_LONG, _TOO_LONG = 4 * 3600, 24 * 3600
"""Seconds after which waiting is shown as long, and as too long."""
_ROOM_FOR_MARKS = 20

Part = tuple[str, Style]
NO_PART: Part = ("", Style())


def waiting(card: Card, now: float, look: Look) -> Part:
    """How long the card's sender waits for an answer, in the colour of its age; no part where nobody waits."""
    if not card.waiting_since:
        return NO_PART
    seconds = int(now) - card.waiting_since
    role = "warning" if seconds >= _TOO_LONG else "closing" if seconds >= _LONG else "time"
    return waited_for(seconds), look[role]


def draw(
    card: Card,
    cells: int,
    look: Look,
    clock: Clock,
    *,
    bar: bool,
    marked: bool = False,
    waited: Part = NO_PART,
    account: Part | None = None,
) -> tuple[Strip, Strip, Strip]:
    """The three lines, each `cells` wide. `bar`: the cursor is here. `marked`: the card is selected.

    `waited`: how long somebody waits, in place of the mail's time. `account`: the mark of its account, of several.
    """
    text = look["text"]
    edge = (f"{BAR} ", look["cursor"]) if bar else ("  ", text)
    dot = MARKED if marked else DOT if card.unread else " "
    warning = f"{WARNING} " if card.warning else ""
    if bar:
        # One style for mark, warning and name: each further one would cost some twenty bytes for every move.
        name = look["selected"]
        first: list[Part] = [(BAR, look["cursor"]), (dot + warning, name)]
    else:
        name = look["unread"] if card.unread else look["name"]
        first = [(" ", text), (dot, look["mark"] if card.unread or marked else text), (warning, look["warning"])]
    taken = 0
    if account is not None and cells >= _ROOM_FOR_MARKS:
        first += [account, (" ", text)]
        taken = width(account[0]) + 1
    who, count = people(card), f" ({card.messages})" if card.messages > 1 else ""
    asleep = card.snoozed_until > 0 and not card.woke
    time = clock.brief(card.snoozed_until if asleep else card.date)
    when: Part = (waited[0] + " ", waited[1]) if waited[0] else (time + " ", look["time"])
    roomy = cells >= _ROOM_FOR_MARKS
    end: list[Part] = [*(_marks(card, look) if roomy else ()), when]
    room = cells - 2 - taken - 2 * bool(card.warning) - sum(width(part) for part, _style in end) - 1
    first += _name(who, count, room, name)
    about = clip(_about(card), max(cells - 3, 0))
    line2 = strip([edge, (about, look["unread"] if card.unread else look["subject"])], cells, text)
    return ends(first, [(" ", text), *end], cells, text), line2, _third(card, cells, look, clock, edge)


def _name(who: str, count: str, room: int, style: Style) -> list[Part]:
    """The participants, cut so that the number of messages stays in sight."""
    if width(who) + len(count) > room > len(count) + 3:
        who = clip(who, room - len(count))
    return [(who, style), (count, style)] if count else [(who, style)]


def _about(card: Card) -> str:
    """The subject; of what was put aside, first the note that was left for now."""
    return f"{safe(card.note, 200)} – {subject(card.subject)}" if card.note else subject(card.subject)


def _marks(card: Card, look: Look) -> Sequence[Part]:
    marks = ((WOKE, card.snoozed_until), (TASK, card.task), (FLAGGED, card.flagged), (ANSWERED, card.answered))
    text = "".join(mark for mark, there in (*marks, (ATTACHED, card.attachments)) if there)
    return [(text + " ", look["mark"])] if text else []


def _third(card: Card, cells: int, look: Look, clock: Clock, edge: Part) -> Strip:
    text = look["text"]
    deal = card.deal
    if deal is None:
        return strip([], cells, text)
    parts: list[Part] = [edge]
    if amount := money(deal.amount, deal.currency):
        parts += [(amount, look["money"]), (" ", text)]
    stage = safe(deal.stage, 60)
    parts.append((stage, look["stage"]))
    if sign := {GUESS: GUESSED, CHOSEN: CHOSE}.get(card.link):
        parts.append((f" {sign}", look["dim"]))
    end: list[Part] = []
    if deal.closing:
        day = clock.closing(deal.closing)
        if card.closing_this_month:
            end = [(f" {CLOSING}{day} ", look["closing"])]
        elif sum(width(part) for part, _style in parts) + width(day) + 2 <= cells:
            # A day far off gives way to the stage.
            end = [(f" {day} ", look["time"])]
    return ends(parts, end, cells, text)
