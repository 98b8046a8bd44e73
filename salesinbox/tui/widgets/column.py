"""A column of the board: its head, its cards, and how far one has come, at its edge."""

from collections.abc import Container

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.board import AMOUNT, CLOSING_DATE, WAITING_LONGEST, Card, ColumnHead
from salesinbox.model.text import clip, safe, width
from salesinbox.tui import cards
from salesinbox.tui.account_colors import AccountMarks
from salesinbox.tui.layout import column_id
from salesinbox.tui.lines import Lines, ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.window import Window
from salesinbox.tui.wording import Clock, capped

_KEPT = 400


class Column(Lines):
    """Draws a window of cards. It decides nothing: the board tells it what has the cursor and what is empty."""

    class Pressed(Message):
        """A card was clicked; `opened` for a double click."""

        def __init__(self, column: str, opened: bool) -> None:
            super().__init__()
            self.column = column
            self.opened = opened

    class Wheeled(Message):
        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, window: Window, head: ColumnHead, look: Look, clock: Clock) -> None:
        super().__init__(look, id=column_id(window.column))
        self.window = window
        self.head = head
        self.clock = clock
        self.focused_column = False
        self.headed = True
        self.last = False
        """The rightmost column has no rule at its edge."""
        self.before = self.after = 0
        """Columns to the left and to the right that have no room on the screen."""
        self.empty = ""
        self.place = 0
        """Cards above the first one held, for the mark at the edge; as last counted."""
        self.marked: Container[str] = ()
        """Ids of the threads that are selected."""
        self.accounts = AccountMarks(())
        self.now = 0.0
        """By which it is told how long somebody waits; 0: nobody asks."""
        self._drawn: dict[tuple[Card, bool, bool, str], tuple[Strip, Strip, Strip]] = {}
        self._drawn_for: tuple[int, int, Clock | None] = (0, 0, None)

    @property
    def card(self) -> Card | None:
        return self.window.card

    def build(self, cells: int, rows: int) -> list[Strip]:
        top = 1 if self.headed and rows > cards.ROWS else 0
        room = max(rows - top, 1)
        self.window.resize(max(room // cards.ROWS, 1))
        body = max(cells - 1, 1)
        edge = self._edge(room)
        lines = [self._head(cells)] if top else []
        blank = strip([], body, self.look["text"])
        drawn: list[Strip] = []
        if not self.window.cards:
            drawn = self._nothing(body)
        for index, card in enumerate(self.window.shown(room // cards.ROWS + 1)):
            drawn += self._card(card, body, bar=self.focused_column and index == self.window.row)
        drawn = (drawn + [blank] * room)[:room]
        lines += [Strip([*line, *mark], cells) for line, mark in zip(drawn, edge, strict=True)]
        return lines

    def _card(self, card: Card, cells: int, *, bar: bool) -> tuple[Strip, Strip, Strip]:
        drawn_for = (cells, id(self.look), self.clock)
        if drawn_for != self._drawn_for or len(self._drawn) > _KEPT:
            self._drawn.clear()
            self._drawn_for = drawn_for
        marked = card.id in self.marked
        waited = cards.waiting(card, self.now, self.look) if self.now else cards.NO_PART
        key = (card, bar, marked, waited[0])
        lines = self._drawn.get(key)
        if lines is None:
            lines = self._drawn[key] = cards.draw(
                card, cells, self.look, self.clock, bar=bar, marked=marked, waited=waited,
                account=self.accounts.mark(card.account, self.look),
            )  # fmt: skip
        return lines

    def _head(self, cells: int) -> Strip:
        style = self.look["head_focused"] if self.focused_column else self.look["head"]
        count = style if self.focused_column else self.look["count"]
        end: list[tuple[str, Style]] = []
        if self.window.new:
            end.append((_("▲ {n} new").format(n=self.window.new) + " ", style))
        elif order := order_mark(self.window.order):
            end.append((order + " ", count))
        if self.after:
            end.append((f"{self.after}› ", count))
        start = [(f"‹{self.before}", count)] if self.before else []
        unread = capped(self.head.unread)
        room = cells - 2 - len(unread) - bool(unread) - sum(len(text) for text, _style in start)
        title = clip(safe(self.head.title), max(room, 1))
        return ends([*start, (" " + title, style), (f" {unread}" if unread else "", count)], end, cells, style)

    def _edge(self, rows: int) -> list[Strip]:
        """The rule at the right; a stretch of it is heavy, and shows where in the column one is."""
        rule, text = self.look["rule"], self.look["text"]
        total = max(self.head.threads, len(self.window.cards))
        plain = strip([(" " if self.last else "│", rule)], 1, text)
        if total <= self.window.visible:
            return [plain] * rows
        size = max(1, rows * self.window.visible // total)
        if self.window.at_start and self.window.top == 0:
            start = 0
        elif self.window.at_end and self.window.top + self.window.visible >= len(self.window.cards):
            start = rows - size
        else:
            start = min(max(1, rows * (self.place + self.window.top) // total), max(rows - size - 1, 0))
        heavy = strip([("┃", self.look["time"])], 1, text)
        return [heavy if start <= y < start + size else plain for y in range(rows)]

    def _nothing(self, cells: int) -> list[Strip]:
        """What an empty column says, in the middle of its upper part."""
        from salesinbox.tui.wrapping import wrap  # noqa: PLC0415 - only an empty column needs it

        text, dim = self.look["text"], self.look["dim"]
        lines = wrap(safe(self.empty, 400), max(cells - 4, 8))
        blank = strip([], cells, text)
        return [blank, *(strip([(" " * max((cells - width(line)) // 2, 1), text), (line, dim)], cells, text)
                         for line in lines)]  # fmt: skip

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        row = (event.y - (1 if self.headed else 0)) // cards.ROWS
        if event.y >= (1 if self.headed else 0):
            found = self.window.select(row)
            self.post_message(self.Pressed(self.window.column, found and event.chain > 1))
        else:
            self.post_message(self.Pressed(self.window.column, False))

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        self._wheel(1)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        self._wheel(-1)

    def _wheel(self, way: int) -> None:
        if self.window.scroll(2 * way):
            self.changed()
            self.post_message(self.Wheeled(self.window.column))


def order_mark(order: str) -> str:
    """What a column is ordered by, where it is not the usual order (COL-11)."""
    marks = {AMOUNT: _("↓ amount"), CLOSING_DATE: _("↓ closing"), WAITING_LONGEST: _("↓ waiting")}
    return marks.get(order, "")
