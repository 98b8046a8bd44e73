"""One message as lines: who, to whom, what became of it, its text, its files (READ-1, READ-2, READ-8)."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rich.style import Style

from salesinbox.locale.formatting import size
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.links import CHOSEN, GUESS, LinkedRecord
from salesinbox.model.mail import DELAYED, FAILED, Address, Delivery, Flag, ThreadMessage
from salesinbox.model.reading import (
    CODE,
    EMPHASIS,
    HEADING,
    IMAGE,
    RULE,
    STRIKE,
    STRONG,
    Document,
    Row,
    Span,
)
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock, subject
from salesinbox.tui.wrapping import wrap

WIDEST = 100
"""Cells after which text is broken: longer lines are hard to read."""
MARGIN = 3
"""Cells left of the text."""
_DELIVERIES = 8
"""States of recipients that are shown one by one."""
_LINKED = 3
"""Records that are named above a message."""
_REPLY = re.compile(r"(?:\s*(?:re|aw|sv|fwd?|wg|tr|返信|転送)\s*(?:[\[(]?\d+[\])]?)?\s*[:：])+", re.IGNORECASE)
Part = tuple[str, Style]
Line = tuple[list[Part], list[Part]]
"""What stands at the left, and what at the right edge."""


@dataclass(frozen=True)
class Laid:
    """A message's lines, and how much text stands before each: by that a place is found again in another layout."""

    lines: list[Line]
    before: list[int]
    """Letters before each line; an empty line counts as one."""
    unfolded: list[int]
    """The same without what may be folded: quotations, signatures, and the lines that stand for them."""

    def line_of(self, letters: int, *, unfolded: bool = False) -> int:
        """The line on which so many letters have gone by."""
        counts = self.unfolded if unfolded else self.before
        found = bisect_right(counts, letters) - 1
        while unfolded and found > 0 and counts[found - 1] == counts[found]:
            found -= 1
        return max(found, 0)


class Page:
    """Lines in the making."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.lines: list[Line] = []
        self.foldable: list[bool] = []

    def add(self, start: Sequence[Part] = (), end: Sequence[Part] = (), *, foldable: bool = False) -> None:
        self.lines.append((list(start), list(end)))
        self.foldable.append(foldable)

    def words(self, text: str, cells: int, style: Style, *, lead: str = "   ") -> None:
        """A sentence of ours, broken at the width; its further lines stand below its first word."""
        for number, line in enumerate(wrap(text, cells)):
            self.add([((lead if number == 0 else " " * width(lead)) + line, style)])

    def laid(self) -> Laid:
        letters = [_letters(line) for line in self.lines]
        plain = [0 if foldable else count for count, foldable in zip(letters, self.foldable, strict=True)]
        return Laid(self.lines, [0, *accumulate(letters)][: len(letters)], [0, *accumulate(plain)][: len(letters)])


def folded(message: ThreadMessage, look: Look, clock: Clock) -> Laid:
    """A message that was read before, as one line."""
    page = Page(look)
    preview = " ".join(safe(message.text[:400], 300).split())
    lead: Part = (" ▸ ", look["mark"])
    if message.bounce:
        lead = (" ▸ ✗ ", look["warning"])
    page.add(
        [lead, (name(message), look["name"]), ("  " + preview, look["dim"])],
        [(" " + clock.brief(message.date) + " ", look["time"])],
    )
    return page.laid()


def heading(page: Page, message: ThreadMessage, clock: Clock, cells: int, *, thread_subject: str) -> None:
    """Everything above the text."""
    look = page.look
    text, dim, wide = look["text"], look["dim"], wide_of(cells)
    page.add([(" " + "─" * max(cells - 2, 0), look["rule"])])
    unread = not message.flags & Flag.SEEN and not message.mine
    who = [(" • " if unread else "   ", look["mark"]), (name(message), look["own" if message.mine else "person"])]
    if message.sender.name:
        who.append((f"  {safe(message.sender.address, 200)}", dim))
    page.add(who, [(" " + clock.full(message.date) + " ", look["time"])])
    for label, addresses in ((_("To"), message.to), (_("Cc"), message.cc)):
        if addresses:
            page.add([("   " + label + " ", dim), (_listed(addresses, cells - 6 - width(label)), dim)])
    if message.subject and _plain(message.subject) != _plain(thread_subject):
        page.add([("   " + _("Subject") + " ", dim), (subject(message.subject), text)])
    if message.warning:
        sentence = _("! The sender could not be verified: this mail may not come from its From address.")
        page.words(sentence, wide, look["warning"])
    _deliveries(page, message.deliveries, wide)


def links(page: Page, linked: Sequence[LinkedRecord], cells: int) -> None:
    """The records that the message is linked to, and how: by rule, as a guess, or as the rep chose (LINK-4)."""
    look = page.look
    if not linked:
        return
    label = _("Linked to")
    parts: list[Part] = [("   " + label + " ", look["dim"])]
    for place, one in enumerate(linked[:_LINKED]):
        sign = {GUESS: " ?", CHOSEN: " ●"}.get(one.how, "")
        parts += [("  ", look["dim"])] if place else []
        parts += [(clip(safe(one.name), max(cells // 3, 12)), look["stage"]), (sign, look["dim"])]
    if any(one.how == GUESS for one in linked[:_LINKED]):
        parts.append((" " + _("a guess"), look["dim"]))
    page.add(parts)


def body(page: Page, message: ThreadMessage, document: Document, rows: Sequence[Row], cells: int,
         source_key: str) -> None:  # fmt: skip
    """The text, or why there is none. `source_key` shows the raw source."""
    look = page.look
    dim, wide = look["dim"], wide_of(cells)
    if not message.body_here:
        page.add()
        if message.unavailable:
            sentence = _("The server could not give the content of this message.")
            if source_key:
                sentence += " " + _("{key} asks for it once more.").format(key=source_key)
            page.words(sentence, wide, look["warning"])
        else:
            sentence = _("The content of this message is still on its way. It shows here as soon as it comes.")
            page.words(sentence, wide, dim)
        page.add()
        return
    if document.blocked:
        page.add([("   " + blocked(document), dim)])
    page.add()
    if not any(span.text.strip() for row in rows for span in row.spans) and not any(row.fold for row in rows):
        page.add([("   " + _("(no text)"), dim)])
    marked = {link.number for link in document.links if link.warning}
    for row in rows:
        page.add(_row(row, look, marked), foldable=bool(row.quote or row.fold))
    if document.cut:
        page.add()
        sentence = _("The message goes on.")
        if source_key:
            sentence += " " + _("{key} shows all of it, as it was sent.").format(key=source_key)
        page.words(sentence, wide, dim)
    page.add()


def files(page: Page, message: ThreadMessage) -> None:
    """Its attachments, below the text."""
    look = page.look
    shown = [attachment for attachment in message.attachments if not attachment.inline] or message.attachments
    for attachment in shown:
        detail = f"  {safe(attachment.type, 60)}  {size(attachment.size)}"
        title = safe(attachment.name, 120) or _("(no name)")
        page.add([(" @ ", look["mark"]), (title, look["text"]), (detail, look["dim"])])
    if shown:
        page.add()


def wide_of(cells: int) -> int:
    """Cells of the text on a screen of so many."""
    return min(WIDEST, max(cells - MARGIN - 1, 10))


def blocked(document: Document) -> str:
    """What was not fetched, in words (READ-2): "3 remote images not loaded, 1 tracker"."""
    text = ngettext("{n} remote image not loaded", "{n} remote images not loaded", document.blocked)
    text = text.format(n=document.blocked)
    if document.trackers:
        trackers = ngettext("{n} tracker", "{n} trackers", document.trackers).format(n=document.trackers)
        text = _("{images}, {trackers}").format(images=text, trackers=trackers)
    return text


def name(message: ThreadMessage) -> str:
    sender = safe(message.sender.name or message.sender.address, 120)
    if message.mine:
        me = _("me")
        return f"{sender} ({me})" if width(sender) else me
    return sender or _("(nobody)")


def address(one: Address) -> str:
    if not one.name:
        return safe(one.address, 200)
    return f"{safe(one.name, 120)} <{safe(one.address, 200)}>"


# --- parts ----------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """A subject without what replying and forwarding put before it."""
    return _REPLY.sub("", safe(text)).strip()


def _listed(addresses: Sequence[Address], cells: int) -> str:
    """As many as fit, and how many more there are."""
    shown = [address(one) for one in addresses[:40]]
    for number in range(len(shown), 0, -1):
        left = len(addresses) - number
        more = " " + ngettext("and {n} more", "and {n} more", left).format(n=left) if left else ""
        line = ", ".join(shown[:number]) + more
        if width(line) <= cells:
            return line
    left = len(addresses) - 1
    more = " " + ngettext("and {n} more", "and {n} more", left).format(n=left) if left else ""
    return clip(shown[0], max(cells - width(more), 1)) + more


def _deliveries(page: Page, deliveries: Sequence[Delivery], wide: int) -> None:
    look = page.look
    for delivery in deliveries[:_DELIVERIES]:
        reason = " ".join(part for part in (safe(delivery.status, 20), safe(delivery.detail, 300)) if part)
        recipient = safe(delivery.recipient, 200)
        if delivery.state == FAILED:
            lead, sentence, style = " ✗ ", _("not delivered to {recipient}"), look["warning"]
        elif delivery.state == DELAYED:
            lead, sentence, style = " … ", _("delayed on its way to {recipient}; it is tried again"), look["mark"]
        else:
            lead, sentence, style = " ✓ ", _("delivered to {recipient}"), look["dim"]
        sentence = sentence.format(recipient=recipient)
        page.words(f"{sentence}: {reason}" if reason else sentence, wide, style, lead=lead)
    if (left := len(deliveries) - _DELIVERIES) > 0:
        page.add([("   " + ngettext("and {n} more", "and {n} more", left).format(n=left), look["dim"])])


def _row(row: Row, look: Look, marked: set[int]) -> list[Part]:
    ground = look["quote"] if row.quote else look["text"]
    if row.fold:
        ground = look["dim"]
    if row.kind == HEADING:
        ground += look["person"] if row.level <= 2 else Style(bold=True)
    elif row.kind == RULE:
        ground = look["rule"]
    parts: list[Part] = [(" " * MARGIN, look["text"])]
    parts += [(safe(span.text), _style(span, ground, look, marked)) for span in row.spans]
    return parts


def _style(span: Span, ground: Style, look: Look, marked: set[int]) -> Style:
    if span.link:
        return (look["warning"] if span.link in marked else look["own"]) + Style(underline=bool(span.text.strip()))
    if span.style == STRONG:
        return ground + Style(bold=True)
    if span.style == EMPHASIS:
        return ground + Style(italic=True)
    if span.style == STRIKE:
        return ground + Style(strike=True)
    if span.style in (CODE, IMAGE):
        return look["subject"] if span.style == CODE else look["dim"]
    return ground


def _letters(line: Line) -> int:
    return sum(len(text) - text.count(" ") for text, _style in line[0]) or 1
