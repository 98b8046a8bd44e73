"""The rows of the search screen: hits, what is on the server, saved searches, examples of the language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.search import Found, Marked, SavedSearch
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import Clock
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.model.remote import ServerHit

Part = tuple[str, Style]

_SENDER = 24
"""Cells for who wrote."""


@dataclass(frozen=True, slots=True)
class Example:
    """Something that can be typed, and what it means."""

    query: str
    meaning: str


@dataclass(frozen=True, slots=True)
class OnServer:
    """Mail that only the server has; `fetching` once it has been asked for."""

    hit: "ServerHit"
    fetching: bool = False


@dataclass(frozen=True, slots=True)
class AskServer:
    """The offer to look on the servers."""

    asking: bool = False


Row = Found | OnServer | AskServer | SavedSearch | Example


def examples() -> list[Example]:
    """The language, by examples (SRCH-1)."""
    return [
        Example(_("offer renewal"), _("both words, anywhere; the beginning of a word is enough")),
        Example(_('"next steps"'), _("exactly these words, in this order")),
        Example(_("invoice -reminder"), _("one without the other")),
        Example(_("from:(anna OR ben)"), _("one or the other, among senders; also to: cc: subject: body: filename:")),
        Example("is:unread has:attachment", _("also is:flagged answered snoozed muted mine list bounce")),
        Example("newer_than:7d", _("also older_than:2m before:2026-05 after:yesterday on:today larger:5M")),
        Example("in:archive", _("a folder; label:important for labels")),
        Example("column:deals stage:proposal", _("by the CRM; also deal: company: source: kind:lead")),
    ]


class RowDrawing:
    """Draws rows for one look, clock and set of column titles."""

    def __init__(self, look: Look, clock: Clock, titles: dict[str, str], key: str) -> None:
        self.look, self.clock, self.titles, self.key = look, clock, titles, key

    def lines(self, row: Row, cells: int, *, here: bool) -> list[Strip]:
        """Its lines, mostly one or two; `here`: the cursor is on it."""
        ground = self.look["selected"] if here else self.look["text"]
        dim = ground if here else self.look["dim"]
        bar: Part = ("▌ ", ground) if here else ("  ", ground)
        if isinstance(row, Found):
            return self._found(row, cells, bar, ground, dim)
        if isinstance(row, OnServer):
            return self._on_server(row, cells, bar, ground, dim)
        if isinstance(row, AskServer):
            words = _("Searching on the server…") if row.asking else _("Search on the server")
            note = "" if row.asking else _("for mail that is not kept here")
            style = ground if here else self.look["heading"]
            hint = [(f" {self.key} ", dim)] if not row.asking else []
            return [ends([bar, (words, style), (f"  {note}", dim)], hint, cells, ground)]
        query, note = (row.query, row.meaning) if isinstance(row, Example) else (row.name, row.query)
        style = ground if here else self.look["person" if isinstance(row, SavedSearch) else "subject"]
        note = safe(note)
        first = clip(safe(query), max(cells // 3, 27))
        gap = " " * max(29 - width(first), 2)
        if here and width(first + gap + note) > cells - 2:
            below = [strip([bar, ("  " + line, dim)], cells, ground) for line in wrap(note, max(cells - 4, 1))]
            return [strip([bar, (first, style)], cells, ground), *below[:3]]
        return [strip([bar, (first, style), (gap, ground), (note, dim)], cells, ground)]

    def _found(self, row: Found, cells: int, bar: Part, ground: Style, dim: Style) -> list[Strip]:
        here = ground is not self.look["text"]
        style = ground if here else self.look["unread"] if row.card.unread else self.look["text"]
        subject = row.subject if row.subject.text else Marked(_("(no subject)"))
        column = safe(self.titles.get(row.card.column, row.card.column), 24)
        start = [bar, *self._marked(row.sender, style, _SENDER), ("  ", ground), *self._marked(subject, style)]
        return [
            ends(start, [(f"  {column} · {self.clock.brief(row.date)} ", dim)], cells, ground),
            strip([bar, *self._marked(row.snippet, dim)], cells, ground),
        ]

    def _on_server(self, row: OnServer, cells: int, bar: Part, ground: Style, dim: Style) -> list[Strip]:
        hit = row.hit
        style = ground if ground is not self.look["text"] else self.look["text"]
        sender = Marked(safe(hit.sender.name or hit.sender.address, 80))
        subject = Marked(safe(hit.subject, 200) or _("(no subject)"))
        start = [bar, *self._marked(sender, style, _SENDER), ("  ", ground), *self._marked(subject, style)]
        where = _("on the server, {account}: {folder}").format(
            account=safe(hit.account, 40), folder=safe(hit.folder, 80)
        )
        return [
            ends(start, [(f"  {self.clock.brief(hit.date)} ", dim)], cells, ground),
            strip([bar, (_("Fetching it…") if row.fetching else f"⇣ {where}", dim)], cells, ground),
        ]

    def _marked(self, line: Marked, style: Style, cells: int = 0) -> list[Part]:
        """The line in pieces, its hits in the colour of marks; with `cells`, exactly so wide."""
        text = clip(line.text, cells) if cells else line.text
        kept = len(text) if text == line.text else max(len(text) - 1, 0)  # the last one is the ellipsis
        mark = self.look["mark"]
        strong = style + Style(bold=True, color=mark.color, underline=True if mark.color is None else None)
        parts: list[Part] = []
        at = 0
        for start, end in line.places:
            if start >= kept:
                break
            parts += [(text[at:start], style), (text[start : min(end, kept)], strong)]
            at = min(end, kept)
        parts.append((text[at:], style))
        if cells:
            parts.append((" " * (cells - width(text)), style))
        return [part for part in parts if part[0]]


def shown_from(heights: Sequence[int], top: int, cursor: int, room: int) -> int:
    """The first row to show so that the one under the cursor is seen whole."""
    top = min(top, cursor)
    while top < cursor and sum(heights[top : cursor + 1]) > room:
        top += 1
    return top
