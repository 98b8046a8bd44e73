"""The board: columns of mail, the record beside it, live. It reads the local database, and never a network."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from salesinbox.locale.texts import _
from salesinbox.model.board import Card
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.tui import commands, layout
from salesinbox.tui.appearance import Appearance
from salesinbox.tui.bridge import Bridge
from salesinbox.tui.widgets.column import Column
from salesinbox.tui.widgets.footer import Footer
from salesinbox.tui.widgets.pane import RecordPane
from salesinbox.tui.widgets.rail import Rail
from salesinbox.tui.widgets.tabs import Tabs
from salesinbox.tui.widgets.title import Title
from salesinbox.tui.window import Window
from salesinbox.tui.wording import Clock

if TYPE_CHECKING:
    from salesinbox.services.accounts import AccountService
    from salesinbox.services.board import BoardService
    from salesinbox.services.live import LiveService
    from salesinbox.services.mail import MailService
    from salesinbox.services.records import RecordService
    from salesinbox.tui.widgets.reader import Reader

_REST = 0.15
"""Seconds without a key after which the pane follows the cursor (REC-3)."""
_SAID = 6.0
"""Seconds for which a sentence stays in the footer."""


class Main(Screen[None], inherit_bindings=False):
    """The board's own screen. It has no focus and no bindings: every key goes through the registry."""

    AUTO_FOCUS = ""
    ALLOW_SELECT = False
    app: "Board"

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.app.press(event.key, event.character)


class Board(Appearance):
    """The interface. `run` returns when the rep leaves.

    Args:
        board, mail, records, accounts, live: services over the local database; their reads are fast.
        settings: the rep's settings; their keys and theme are checked here (ConfigurationError).
        data: the data folder, for the sync process.
        now: seconds since 1970.
        demo: says so in the title line.
        themes: folders of theme files; later ones win.
    """

    CSS = "Main { layers: base; } Main > * { width: 1fr; height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = []  # noqa: RUF012 - the framework's own way to have none
    TITLE = "SalesInbox"

    def __init__(
        self,
        *,
        board: "BoardService",
        mail: "MailService",
        records: "RecordService",
        accounts: "AccountService",
        live: "LiveService",
        settings: Settings,
        data: Path,
        now: Callable[[], float],
        demo: bool = False,
        themes: Sequence[Path],
    ) -> None:
        self.keys = commands.Keys(settings.display.keys)
        super().__init__(themes, settings.display.theme)
        self.board, self.mail, self.records, self.accounts, self.live = board, mail, records, accounts, live
        self.settings, self.data, self.now, self.demo = settings, data, now, demo
        self.zone = settings.me.zone
        self.clock = Clock(now(), self.zone)
        self.view = "inbox"
        self.mode = commands.BOARD
        self.rail_choice: dict[str, bool] = {}
        self.pane_choice: dict[str, bool] = {}
        self.opened: Card | None = None
        """The thread that is being read."""
        self._resting: asyncio.TimerHandle | None = None
        self._sentence: asyncio.TimerHandle | None = None
        self._paned: object = None
        self.bridge = Bridge(self)

    # --- construction -------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        screen = Main(id="_default")
        screen.styles.layout = layout.BoardLayout(self.frame)
        return screen

    def compose(self) -> list[Widget]:
        self.bridge.revision()
        heads = self.board.heads(self.view)
        self.title_line = Title(self.look, self.zone, demo=self.demo)
        self.tabs, self.rail = Tabs(self.look), Rail(self.look)
        self.columns = {
            head.name: Column(Window(self.board, self.view, head.name), head, self.look, self.clock) for head in heads
        }
        *_others, last = self.columns.values()
        last.last = True
        self.focused_name = next((head.name for head in heads if head.threads), heads[0].name)
        self.column.focused_column = True
        self.pane, self.footer = RecordPane(self.look, self.clock), Footer(self.look)
        self.bridge.load(heads)
        self.update_pane()
        self.update_hints()
        return [self.title_line, self.tabs, self.rail, *self.columns.values(), self.pane, self.footer]

    def on_mount(self) -> None:
        self.bridge.start()

    def frame(self) -> layout.Frame:
        """What the rep wants to see now."""
        kind = layout.shape(self.size.width)
        narrow = kind == "narrow"
        for column in self.columns.values():
            column.headed = not narrow
            column.last = narrow or column.window.column == list(self.columns)[-1]
        rail = self.rail_choice.get(kind, True if self.mode == commands.RAIL else None)
        return layout.Frame(
            list(self.columns), self.focused_name, rail, self.pane_choice.get(kind), self.mode == commands.READ
        )

    # --- what is where ------------------------------------------------------------------------------------------

    @property
    def column(self) -> Column:
        """The column that has the cursor."""
        return self.columns[self.focused_name]

    @property
    def card(self) -> Card | None:
        return self.column.card

    @property
    def current(self) -> Card | None:
        """The card that commands are about: the one being read, else the one under the cursor."""
        return self.opened or self.card

    @property
    def can_go_back(self) -> bool:
        return self.mode != commands.BOARD or self.view != "inbox"

    @property
    def reader(self) -> "Reader":
        """The reading view; made when the first thread is opened."""
        from salesinbox.tui.widgets.reader import Reader  # noqa: PLC0415 - not needed for the first picture

        found = self.main.query(Reader)
        if found:
            return found.first()
        reader = Reader(self.look, self.clock)
        self.main.mount(reader, before=self.pane)
        return reader

    @property
    def main(self) -> Screen[Any]:
        return self.screen_stack[0]

    def relayout(self) -> None:
        self.main.refresh(layout=True)

    # --- keys ---------------------------------------------------------------------------------------------------

    def press(self, key: str, character: str | None) -> None:
        """A key on the board."""
        command = self.keys.find(self.mode, key, character)
        if command is not None and command.when(self):
            if self.footer.sentence:
                self.say("")
            self.attempt(lambda: command.action(self))

    def attempt(self, action: Callable[[], Any]) -> None:
        """Do it; an error of ours is a sentence in the footer."""
        try:
            action()
        except SalesInboxError as error:
            self.say(str(error), alarming=True)

    def say(self, sentence: str, *, alarming: bool = False) -> None:
        """Show a sentence in the footer for a while."""
        self.footer.sentence, self.footer.alarming = safe(sentence), alarming
        self.footer.changed()
        if self._sentence is not None:
            self._sentence.cancel()
        self._sentence = None
        if sentence:
            self._sentence = asyncio.get_running_loop().call_later(_SAID, self.say, "")

    def notify(self, message: str, **_options: Any) -> None:  # type: ignore[override] # our own place for sentences
        """What the framework has to say goes to the footer, and is no markup."""
        self.say(message)

    def update_hints(self) -> None:
        self.footer.hints = commands.hints(self)
        self.title_line.hints = [
            (self.keys.label(name), _(commands.BY_NAME[name].title))
            for name in ("search", "help") if self.keys.of[name]
        ]  # fmt: skip

    # --- moving -------------------------------------------------------------------------------------------------

    def move(self, steps: int) -> None:
        if self.mode == commands.RAIL:
            self.rail.move(steps)
        elif self.mode == commands.READ:
            self.reader.scroll_lines(steps)
        elif self.column.window.move(steps):
            self.column.changed()
            self.follow()

    def turn(self, pages: float) -> None:
        if self.mode == commands.RAIL:
            self.rail.move(round(pages * 10))
        elif self.mode == commands.READ:
            self.reader.scroll_pages(pages)
        elif self.column.window.turn(_whole(pages * max(self.column.window.visible - (abs(pages) == 1), 1))):
            self.column.changed()
            self.follow()

    def to_end(self, *, first: bool) -> None:
        if self.mode == commands.RAIL:
            self.rail.move(-1000 if first else 1000)
        elif self.mode == commands.READ:
            self.reader.scroll_to_edge(top=first)
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
        if self.is_running:
            self.update_pane()
            self.update_place()

    def update_place(self) -> None:
        """Count how far down the column one is, for the mark at its edge."""
        window = self.column.window
        if window.cards and not window.at_start:
            key = (window.cards[0].sort, window.cards[0].row)
            self.column.place = self.board.rank(window.view, window.column, window.order, key)
        else:
            self.column.place = 0
        self.column.changed()

    def update_pane(self, *, again: bool = False) -> None:
        """Show the record of the card's sender; `again`: records may have changed."""
        card = self.current
        if card is None:
            self.pane.pane = None
        elif again or self._paned != (card.id, card.sender_address):
            self.pane.pane = self.records.pane(card.id)
        self._paned = (card.id, card.sender_address) if card else None
        self.pane.changed()

    def focus_number(self, number: int) -> None:
        names = list(self.columns)
        if number < len(names):
            self.focus_column(names[number])

    def step_column(self, steps: int) -> None:
        names = list(self.columns)
        place = names.index(self.focused_name) + (0 if self.mode == commands.RAIL and steps > 0 else steps)
        if 0 <= place < len(names):
            self.focus_column(names[place])

    def focus_column(self, name: str) -> None:
        """Give the cursor to a column."""
        if self.mode == commands.RAIL:
            self.leave_rail()
        before = self.column
        if before.window.column != name:
            before.focused_column = False
            self.focused_name = name
            self.column.focused_column = True
            if layout.shape(self.size.width) != "wide":
                self.relayout()
            before.changed()
            self.tabs_changed()
            self.follow()
        self.column.changed()

    def tabs_changed(self) -> None:
        from salesinbox.tui.widgets.column import order_mark  # noqa: PLC0415 - same module as Column

        window = self.column.window
        self.tabs.focused_column = self.focused_name
        self.tabs.note = _("▲ {n} new").format(n=window.new) if window.new else order_mark(window.order)
        self.tabs.changed()
