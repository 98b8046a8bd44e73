"""The part of a column that is held: cards around the cursor, fetched by key, never the whole column."""

from typing import Protocol

from salesinbox.model.board import AMOUNT, NEWEST, WAITING_LONGEST, Card

Key = tuple[int, int]
LAST: Key = (-1, -1)
"""As `before`: the end of the column."""
NOBODY_WAITS = 9_000_000_000
"""What the store sorts those cards by that nobody waits for, when waiting longest comes first."""
CHUNK = 60
MOST = 600
"""More cards than these are not kept; those far from the cursor are forgotten."""


class Source(Protocol):
    """Where cards come from: `services.board.BoardService`."""

    def page(
        self, view: str, column: str, order: str, limit: int, *, after: Key | None = None, before: Key | None = None
    ) -> list[Card]: ...  # fmt: skip

    def at(self, view: str, column: str, order: str, key: Key, limit: int) -> list[Card]: ...

    def rank(self, view: str, column: str, order: str, key: Key) -> int: ...

    def card(self, id: str) -> Card | None: ...


class Window:
    """Cards of one column, the first one on screen (`top`) and the one under the cursor, both as indices."""

    def __init__(self, source: Source, view: str, column: str, order: str = NEWEST) -> None:
        self.source = source
        self.view = view
        self.column = column
        self.order = order
        self.visible = 1
        self.new = 0
        """Cards that came in above what is shown."""
        self._known: Key | None = None
        self.open()

    # --- what is shown ------------------------------------------------------------------------------------------

    @property
    def card(self) -> Card | None:
        """The card under the cursor."""
        return self.cards[self.cursor] if self.cards else None

    @property
    def row(self) -> int:
        """The cursor's place on the screen, in cards."""
        return self.cursor - self.top

    def shown(self, number: int) -> list[Card]:
        return self.cards[self.top : self.top + number]

    # --- moving -------------------------------------------------------------------------------------------------

    def open(self, view: str | None = None, order: str | None = None) -> None:
        """Read from the top, with another view or order where given."""
        self.view = view or self.view
        self.order = order or self.order
        limit = max(CHUNK, self.visible + 1)
        self.cards = self.source.page(self.view, self.column, self.order, limit)
        self.at_start, self.at_end = True, len(self.cards) < limit
        self.top = self.cursor = 0
        self._settle()

    def end(self) -> None:
        """To the last card."""
        limit = max(CHUNK, self.visible + 1)
        self.cards = self.source.page(self.view, self.column, self.order, limit, before=LAST)
        self.at_start, self.at_end = len(self.cards) < limit, True
        self.cursor = max(0, len(self.cards) - 1)
        self.top = max(0, len(self.cards) - self.visible)
        self._settle()

    def resize(self, visible: int) -> None:
        """So many whole cards fit on the screen now; the cursor's card stays on it."""
        if visible == self.visible:
            return
        self.visible = max(1, visible)
        self._need(self.top, self.top + self.visible + 1)
        if self.row >= self.visible:
            self.top = self.cursor - self.visible + 1
        elif self.at_end:
            self.top = max(0, min(self.top, len(self.cards) - self.visible))
        self._settle()

    def move(self, steps: int) -> bool:
        """Move the cursor; True when it moved.

        At the edge of the screen half a screen is turned, not one card: that would send the whole column, some
        4 KB, for every key.
        """
        target = self._target(steps)
        if target == self.cursor:
            return False
        self.cursor = target
        if not self.top <= target < self.top + self.visible:
            half = self.visible // 2
            self.top = target - (half if steps > 0 else self.visible - 1 - half)
            self._clamp()
        self._settle()
        return True

    def select(self, row: int) -> bool:
        """Put the cursor on a row of the screen; False when no card is there."""
        if not 0 <= self.top + row < len(self.cards):
            return False
        self.cursor = self.top + row
        if row >= self.visible:
            self.top += 1
        return True

    def go_to(self, card: Card) -> bool:
        """Put the cursor on a card; False when it is not in this view of the column."""
        place = self._around((self._key_of(card), card.row))
        if not self._is_at(card, place):
            self.open()
            return False
        self.cursor = place
        near_top = self.at_start and place < self.visible
        self.top = 0 if near_top else place - self.visible // 2
        self._clamp()
        self._settle()
        return True

    def is_below(self, card: Card, other: Card) -> bool:
        """Whether a card's place is below that of another one, which need not be here any more."""
        falling = self.order in (NEWEST, AMOUNT)
        return ((card.sort, card.row) < (other.sort, other.row)) is falling

    def _key_of(self, card: Card) -> int:
        """A card read by itself is sorted by its date; in other orders its place is found by looking."""
        if self.order == NEWEST:
            return card.sort
        if self.order == WAITING_LONGEST:
            return card.waiting_since or NOBODY_WAITS
        found = next((other for other in self.cards if other.row == card.row), None)
        return found.sort if found is not None else card.sort

    def turn(self, cards: int) -> bool:
        """Turn by so many cards, the cursor staying on its row of the screen where it can."""
        target = self._target(cards)
        if target == self.cursor:
            return False
        row = self.row
        self.cursor = target
        self.top = target - row
        self._clamp()
        self._settle()
        return True

    def scroll(self, cards: int) -> bool:
        """Scroll what is shown (the wheel); the cursor is carried along at the edge."""
        self._need(self.top + cards, self.top + cards + self.visible + 1)
        top = self.top
        self.top += cards
        self._clamp()
        self.cursor = max(self.top, min(self.cursor, self.top + self.visible - 1, len(self.cards) - 1))
        self.cursor = max(self.cursor, 0)
        self._settle()
        return top != self.top

    # --- changes from outside -----------------------------------------------------------------------------------

    def reread(self, *, resting: bool = False) -> None:
        """Look again after a change: the cursor's card stays under the cursor, and the cursor on its row.

        When the card itself moves within its column (an answer came), the cursor goes with it, so that the next key
        still means that card. A card that left the column or is gone gives its row to the one after it. `resting`:
        nobody has the cursor here, so a column that shows its newest mail goes on doing so.
        """
        card = self.card
        if card is None or (resting and self._at_top and self.cursor == 0):
            self.open()
            return
        row, was_top = self.row, self._at_top
        place = self._around((card.sort, card.row))
        if not self._is_at(card, place) and (moved := self._moved(card)) is not None:
            place = self._around(moved)
            if not self._is_at(card, place):  # it is in this column, but not in this view
                place = self._around((card.sort, card.row))
        self.cursor = self._found(card, place, row)
        self.top = max(0, self.cursor - row)
        if resting and was_top and self.at_start and self.cursor < self.visible:
            self.top = 0
        self._settle(again=True)

    def _around(self, key: tuple[int, int]) -> int:
        """Hold the cards around a key; returns the index of the first one from it on."""
        above_limit, below_limit = self.cursor - self.top + CHUNK // 2, self.visible + CHUNK
        above = self.source.page(self.view, self.column, self.order, above_limit, before=key)
        below = self.source.at(self.view, self.column, self.order, key, below_limit)
        self.cards = above + below
        self.at_start, self.at_end = len(above) < above_limit, len(below) < below_limit
        return len(above)

    def _is_at(self, card: Card, place: int) -> bool:
        return place < len(self.cards) and self.cards[place].row == card.row

    def _moved(self, card: Card) -> tuple[int, int] | None:
        """The card's new key, if new mail moved it within its column; other orders do not go by date."""
        if self.order != NEWEST:
            return None
        now = self.source.card(card.id)
        return (now.sort, now.row) if now is not None and now.column == self.column else None

    def _found(self, card: Card, place: int, row: int) -> int:
        """Where the cursor belongs: its card, if that can stay on its row, else the card that took its place."""
        if place < len(self.cards) and self.cards[place].row == card.row:
            return place
        for index, other in enumerate(self.cards):
            if other.row == card.row and index >= row:
                return index
        return max(0, min(place, len(self.cards) - 1))

    # --- within -------------------------------------------------------------------------------------------------

    @property
    def _at_top(self) -> bool:
        return self.at_start and self.top == 0

    def _settle(self, *, again: bool = False) -> None:
        """Forget what is far away; count what came in above."""
        if self._at_top or not self.cards:
            self.new = 0
            self._known = (self.cards[0].sort, self.cards[0].row) if self.cards else None
        elif again and self._known is not None:
            self.new = self.source.rank(self.view, self.column, self.order, self._known)
        if len(self.cards) > MOST:
            first = max(0, self.cursor - MOST // 2)
            last = first + MOST
            self.at_start, self.at_end = self.at_start and first == 0, self.at_end and last >= len(self.cards)
            self.cards = self.cards[first:last]
            self.top -= first
            self.cursor -= first

    def _target(self, steps: int) -> int:
        wanted = self.cursor + steps
        shift = self._need(min(wanted, self.top) - self.visible, max(wanted, self.top) + 2 * self.visible)
        return max(0, min(wanted + shift, len(self.cards) - 1))

    def _clamp(self) -> None:
        most = len(self.cards) - self.visible
        self.top = max(0, min(self.top, most))

    def _need(self, first: int, last: int) -> int:
        """Have the cards of these indices, as far as there are any; returns by how much indices have shifted."""
        while last > len(self.cards) and not self.at_end:
            limit = max(CHUNK, last - len(self.cards))
            key = (self.cards[-1].sort, self.cards[-1].row) if self.cards else None
            more = self.source.page(self.view, self.column, self.order, limit, after=key)
            self.cards += more
            self.at_end = len(more) < limit
        shift = 0
        while first + shift < 0 and not self.at_start and self.cards:
            limit = max(CHUNK, -(first + shift))
            key = (self.cards[0].sort, self.cards[0].row)
            more = self.source.page(self.view, self.column, self.order, limit, before=key)
            self.cards[:0] = more
            self.at_start = len(more) < limit
            shift += len(more)
            self.top += len(more)
            self.cursor += len(more)
        return shift
