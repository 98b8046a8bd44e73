"""Where the rep is: view, column, card, thread; and how every part of the screen follows."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.board import WAITING_LONGEST, Card
from salesinbox.model.operations import OPENED
from salesinbox.services.board import ACCOUNT as OF_ACCOUNT
from salesinbox.tui import layout
from salesinbox.tui.widgets.column import Column, order_mark

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

MAGNET = "magnet"
"""The view of those who wait for an answer (MAG-1)."""
BOARD, RAIL, READ, LIST = "board", "rail", "read", "list"
"""Modes: the columns have the cursor; the rail has it; a thread is open; a list or a text lies over the board."""
LINKS, FILES, SOURCE, OUTBOX = "links", "files", "source", "outbox"
"""Lists and texts that have keys of their own besides."""
COMPOSE = "compose"
"""A message is being written: plain characters are text, so only other keys mean anything else."""
RECORDS, RECORD, PIPELINE, FORM, MERGE, IMPORT = "records", "record", "pipeline", "form", "merge", "import"
"""Screens of records: a list, one of them, deals by stage, fields that are typed, two that become one, a file."""
MENU, LINKING, AGENDA, ARRANGING = "menu", "linking", "agenda", "arranging"
"""What can be done with a sender, what mail is linked to, what is due, and how mail is arranged."""
ACCOUNTS, SETUP = "accounts", "setup"
"""The list of the rep's accounts, and the steps by which one is set up."""
_REST = 0.15
"""Seconds without a key after which the pane follows the cursor (REC-3)."""


class Navigation:
    """One for each board; it lives on the interface's thread."""

    def __init__(self, board: "Board") -> None:
        self.app = board
        self.view = "inbox"
        self.mode = BOARD
        self.focused = ""
        """Name of the column that has the cursor."""
        self.opened: Card | None = None
        """The thread that is being read."""
        self._reads_column = False
        """It was opened from the focused column, not from a list of what was found."""
        self.marked: dict[str, None] = {}
        """Ids of the threads that are selected, in the order of selecting."""
        self._anchor: Card | None = None
        """The card that was selected last, from which a range goes."""
        self.watching: list[Callable[[], None]] = []
        """What looks again besides, when the database has changed: screens over the board."""
        self._first = 0
        """Which column is leftmost, where not all of them have room."""
        self.came_from: Callable[[], None] | None = None
        """What stands again when the thread that is read is closed: the records that it was opened from."""
        self._orders: dict[str, str] = {}
        """What columns were ordered by before the magnet was shown."""
        self.rail_choice: dict[str, bool] = {}
        self.pane_choice: dict[str, bool] = {}
        self._resting: asyncio.TimerHandle | None = None
        self._paned: object = None

    @property
    def column(self) -> Column:
        """The column that has the cursor."""
        return self.app.columns[self.focused]

    @property
    def card(self) -> Card | None:
        """The card under the cursor."""
        return self.column.card

    @property
    def current(self) -> Card | None:
        """The card that commands are about: the one being read, else the one under the cursor."""
        return self.opened or self.card

    @property
    def can_go_back(self) -> bool:
        return self.mode != BOARD or self.view != "inbox" or bool(self.marked) or bool(self.app.rail.account)

    def frame(self) -> layout.Frame:
        """What the rep wants to see now."""
        kind = layout.shape(self.app.size.width)
        names = list(self.app.columns)
        rail = True if self.mode == RAIL else self.rail_choice.get(kind)
        frame = layout.Frame(
            names, self.focused, rail, self.pane_choice.get(kind), self.mode == READ, self.app.rail.wished_cells,
            self._first,
        )  # fmt: skip
        shown = layout.shown(frame, *self.app.size)
        if kind != "narrow":
            self._first = shown.start
        for place, column in enumerate(self.app.columns.values()):
            column.headed = kind != "narrow"
            column.last = kind == "narrow" or (kind == "middle" and place == shown.stop - 1)
            column.before = shown.start if place == shown.start else 0
            column.after = len(names) - shown.stop if place == shown.stop - 1 else 0
        return replace(frame, first=shown.start)

    # --- moving -------------------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        if self.mode == RAIL:
            self.app.rail.move(steps)
        elif self.mode == READ:
            self.app.reader.scroll_lines(steps)
        elif self.column.window.move(steps):
            self.column.changed()
            self.follow()

    def turn(self, pages: float) -> None:
        if self.mode == RAIL:
            self.app.rail.move(round(pages * 10))
        elif self.mode == READ:
            self.app.reader.scroll_pages(pages)
        elif self.column.window.turn(_whole(pages * max(self.column.window.visible - (abs(pages) == 1), 1))):
            self.column.changed()
            self.follow()

    def to_end(self, *, first: bool) -> None:
        if self.mode == RAIL:
            self.app.rail.move(-1000 if first else 1000)
        elif self.mode == READ:
            self.app.reader.scroll_to_edge(top=first)
        else:
            self.column.window.open() if first else self.column.window.end()
            self.column.changed()
            self.tabs_changed()
            self.follow()

    def follow(self) -> None:
        """The cursor moved: the pane follows when no further key has come for a moment."""
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.get_running_loop().call_later(_REST, self._rest)

    def _rest(self) -> None:
        self._resting = None
        if self.app.is_running:
            self.update_pane()
            self.update_place()

    def update_place(self) -> None:
        """Count how far down the column one is, for the mark at its edge."""
        window = self.column.window
        if window.cards and not window.at_start:
            key = (window.cards[0].sort, window.cards[0].row)
            self.column.place = self.app.board.rank(window.view, window.column, window.order, key)
        else:
            self.column.place = 0
        self.column.changed()

    def update_pane(self, *, again: bool = False) -> None:
        """Show the record of the card's sender; `again`: records may have changed."""
        card = self.current
        if card is None:
            self.app.pane.pane = None
        elif again or self._paned != (card.id, card.sender_address):
            self.app.pane.pane, self.app.pane.now = self.app.records.pane(card.id), self.app.now()
        self._paned = (card.id, card.sender_address) if card else None
        self.app.pane.changed()

    def focus_number(self, number: int) -> None:
        names = list(self.app.columns)
        if number < len(names):
            self.focus_column(names[number])

    def step_column(self, steps: int) -> None:
        names = list(self.app.columns)
        place = names.index(self.focused) + (0 if self.mode == RAIL and steps > 0 else steps)
        if 0 <= place < len(names):
            self.focus_column(names[place])

    def focus_column(self, name: str) -> None:
        """Give the cursor to a column."""
        if self.mode == RAIL:
            self.leave_rail()
        before = self.column
        if before.window.column != name:
            before.focused_column = False
            self.focused = name
            self.column.focused_column = True
            first = self._first
            if layout.shape(self.app.size.width) != "wide":
                self.app.relayout()
            elif self.frame().first != first:
                self.app.relayout()
                for column in self.app.columns.values():
                    column.changed()
            before.changed()
            self.tabs_changed()
            self.follow()
        self.column.changed()

    def columns_changed(self) -> None:
        """There are other columns than before: the cursor keeps its one while that is there."""
        if self.focused not in self.app.columns:
            self.focused = next((name for name, column in self.app.columns.items() if column.window.cards),
                                next(iter(self.app.columns)))  # fmt: skip
        for name, column in self.app.columns.items():
            column.focused_column = name == self.focused and self.mode != RAIL
        self.app.relayout()
        self.follow()

    def tabs_changed(self) -> None:
        window = self.column.window
        self.app.tabs.focused_column = self.focused
        self.app.tabs.note = _("▲ {n} new").format(n=window.new) if window.new else order_mark(window.order)
        self.app.tabs.changed()

    # --- views, order, pane -------------------------------------------------------------------------------------

    def choose_view(self, name: str) -> None:
        """Show another view or folder in the columns; the outbox lies over them."""
        if name == OUTBOX:
            self.leave_rail()
            self.open_outbox()
            return
        if name.startswith(OF_ACCOUNT):
            self.narrow(name.removeprefix(OF_ACCOUNT))
            return
        self.unmark()
        before = self.view
        self.view = self.app.rail.view = name
        for key, column in self.app.columns.items():
            column.window.open(view=name, order=self._order_in(name, before, key, column.window.order))
        self.app.bridge.load(self.app.board.heads(name))
        self._begin()
        self.leave_rail()
        for column in self.app.columns.values():
            column.changed()
        self.update_pane()

    def narrow(self, account: str) -> None:
        """Show mail of one account only, in whatever view; "": of all of them."""
        self.app.board.only = self.app.rail.account = account
        self.choose_view("inbox" if self.view.startswith("folder ") else self.view)

    def _order_in(self, view: str, before: str, column: str, order: str) -> str:
        """Who has waited longest comes first in the magnet; elsewhere the order is as it was before."""
        if view == MAGNET:
            self._orders.setdefault(column, order)
            return WAITING_LONGEST
        return self._orders.pop(column, order) if before == MAGNET else order

    def open_outbox(self) -> None:
        from salesinbox.tui.screens.outbox import Outbox  # noqa: PLC0415 - loaded when it is first opened

        self.app.push_screen(Outbox(self.app))

    def _begin(self) -> None:
        """The cursor begins where there is mail."""
        if not self.column.window.cards:
            filled = next((key for key, column in self.app.columns.items() if column.window.cards), self.focused)
            self.focus_column(filled)

    def go_to(self, id: str) -> None:
        """Put the cursor on a thread, if it lies in the view that is shown."""
        card = self.app.board.card(id)
        if card is None or card.column not in self.app.columns:
            return
        window = self.app.columns[card.column].window
        if window.go_to(card):
            self.focus_column(card.column)
            self.column.changed()
            self.tabs_changed()
            self.follow()

    def order(self, order: str) -> None:
        """Order the focused column otherwise (COL-11)."""
        self.column.window.open(order=order)
        self.column.changed()
        self.tabs_changed()
        self.follow()

    def toggle_rail(self) -> None:
        """To the views; from there back."""
        if self.mode == RAIL:
            self.leave_rail()
            return
        if self.mode == READ:
            self.came_from = None
            self.close_reader()
        self.mode = RAIL
        names = [view.name for view in self.app.rail.views]
        self.app.rail.cursor = names.index(self.view) if self.view in names else 0
        self.app.rail.focused_rail = True
        self.column.focused_column = False
        self.column.changed()
        self.app.rail.changed()
        self.mode_changed()

    def leave_rail(self) -> None:
        if self.mode != RAIL:
            return
        self.mode = BOARD
        self.app.rail.focused_rail = False
        self.app.rail.changed()
        self.column.focused_column = True
        self.column.changed()
        self.mode_changed()

    def toggle_pane(self) -> None:
        kind = layout.shape(self.app.size.width)
        self.pane_choice[kind] = not layout.shows_pane(self.frame(), self.app.size.width)
        self.app.relayout()

    def mode_changed(self) -> None:
        self.app.update_hints()
        self.app.footer.changed()
        self.app.relayout()

    # --- reading ------------------------------------------------------------------------------------------------

    def read(self, card: Card, message: str = "") -> None:
        """Open a thread over the columns, at one of its messages if that is named; the pane stays."""
        messages = self.app.mail.thread(card.id)
        self.opened, self._reads_column = card, self.card is not None and self.card.id == card.id
        self.app.reader.show(card, messages, message)
        if self.mode != READ:
            if self.mode == RAIL:
                self.leave_rail()
            self.mode = READ
            self.mode_changed()
        self.update_pane()
        if card.unread and self.app.settings.display.mark_read == "open":
            # After it stands there: reading begins with what is read, not with a note that it was.
            self.app.call_after_refresh(self._mark_read, card)

    def _mark_read(self, card: Card) -> None:
        if self.opened is not None and self.opened.id == card.id:
            self.app.hand.do(
                lambda actions: actions.mark([card.id], OPENED), lambda _outcome: self.app.acted(), quiet=True
            )

    def read_beside(self, steps: int) -> bool:
        """Read the next card of the column (1) or the one above (-1); False when there is none.

        A card that left its column while it was read (it was unread mail, say) has given its row to a neighbour.
        """
        read, here = self.opened, self.card
        if read is None or here is None or not self._reads_column:
            return False
        there_already = here.id != read.id and self.column.window.is_below(here, read) == (steps > 0)
        if not there_already and not self.column.window.move(steps):
            return False
        if self.card is not None:
            self.read(self.card)
        self.follow()
        return True

    def close_reader(self) -> None:
        """Back to the same card."""
        self.opened = None
        self.mode = BOARD
        self.mode_changed()
        self.column.changed()
        self.update_pane()
        if (back := self.came_from) is not None:
            self.came_from = None
            back()

    # --- selecting ----------------------------------------------------------------------------------------------

    def toggle_mark(self, card: Card) -> None:
        if card.id in self.marked:
            del self.marked[card.id]
        else:
            self.marked[card.id] = None
            self._anchor = card
        self.marks_changed()

    def mark_range(self) -> None:
        """Select from the card that was selected last, if it lies in this column, to the one under the cursor."""
        window, here = self.column.window, self.card
        if here is None:
            return
        start = self._anchor.id if self._anchor is not None else here.id
        ids = [card.id for card in window.cards]
        if start not in ids and self._anchor is not None and self._anchor.column == window.column:
            ids = self.app.board.ids(window.view, window.column, order=window.order)  # far from what is held
        if start in ids and here.id in ids:
            first, last = sorted((ids.index(start), ids.index(here.id)))
            self.marked.update(dict.fromkeys(ids[first : last + 1]))
        self.marked[here.id] = None
        self._anchor = here
        self.marks_changed()

    def mark_all(self, ids: Sequence[str]) -> None:
        """Select all of these; none of them, where all are selected already."""
        every = self.marked.keys() >= set(ids)
        for id in ids:  # noqa: A001 - as everywhere in the services
            if every:
                del self.marked[id]
            else:
                self.marked[id] = None
        self.marks_changed()

    def unmark(self, ids: Sequence[str] | None = None) -> None:
        """Select these no longer (None: nothing)."""
        if not self.marked:
            return
        if ids is None:
            self.marked.clear()
            self._anchor = None
        else:
            for id in ids:  # noqa: A001 - as everywhere in the services
                self.marked.pop(id, None)
        self.marks_changed()

    def marks_changed(self) -> None:
        for column in self.app.columns.values():
            column.changed()
        self.app.title_line.marked = len(self.marked)
        self.app.title_line.changed()
        self.app.update_hints()

    # --- changes ------------------------------------------------------------------------------------------------

    def data_changed(self) -> None:
        """The database has changed: every part looks again, and the cursor keeps its card."""
        if self.marked:
            here = self.app.board.within(self.view, list(self.marked))
            self.unmark([id for id in self.marked if id not in here])  # noqa: A001 - as everywhere in the services
        nothing = not any(column.window.cards for column in self.app.columns.values())
        for column in self.app.columns.values():
            column.window.reread(resting=column is not self.column)
        if nothing and self.mode == BOARD:
            self._begin()
        self.app.bridge.load(self.app.board.heads(self.view))
        for column in self.app.columns.values():
            column.changed()
        if self.opened is not None:
            self.app.attempt(self._read_again)
        if self._resting is None:
            self.update_pane(again=True)
        for look_again in tuple(self.watching):
            look_again()

    def _read_again(self) -> None:
        if self.opened is not None:
            self.app.reader.again(self.app.mail.thread(self.opened.id))


def _whole(number: float) -> int:
    return int(number) or (1 if number > 0 else -1)
