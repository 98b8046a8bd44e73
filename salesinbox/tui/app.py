"""The board: columns of mail, the record beside it, live. It reads the local database, and never a network."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from textual import events
from textual._compositor import CompositorUpdate
from textual.screen import Screen
from textual.widget import Widget

from salesinbox.locale.texts import _
from salesinbox.model.board import ColumnHead
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.operations import Refusal
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.tui import commands, keys, layout
from salesinbox.tui.account_colors import AccountMarks
from salesinbox.tui.appearance import Appearance
from salesinbox.tui.bridge import Bridge
from salesinbox.tui.hand import Hand
from salesinbox.tui.line import is_gone
from salesinbox.tui.navigation import Navigation
from salesinbox.tui.picture import Picture
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
    from salesinbox.services.actions import ActionService
    from salesinbox.services.arranging import ArrangingService
    from salesinbox.services.board import BoardService
    from salesinbox.services.content import ContentService
    from salesinbox.services.filters import FilterService
    from salesinbox.services.invitations import InvitationService
    from salesinbox.services.links import LinkService
    from salesinbox.services.live import LiveService
    from salesinbox.services.mail import MailService
    from salesinbox.services.outbox import OutboxService
    from salesinbox.services.reading import ReadingService
    from salesinbox.services.recipients import RecipientService
    from salesinbox.services.records.agenda import AgendaService
    from salesinbox.services.records.changes import RecordChanges
    from salesinbox.services.records.exchange import ExchangeService
    from salesinbox.services.records.reading import RecordService
    from salesinbox.services.removing import RemovingService
    from salesinbox.services.search import SearchService
    from salesinbox.services.secrets import SecretsService
    from salesinbox.services.setup import SetupService
    from salesinbox.services.signing_in import SigningIn
    from salesinbox.services.writing import WritingService
    from salesinbox.tui.widgets.reader import Reader

_SAID = 6.0
"""Seconds for which a sentence stays in the footer."""

_LOOK_AT_LINE = 1.0
"""Seconds between looks whether the terminal is still there."""


class Later(Protocol):
    """Services that the first picture does not need: each is made when it is first asked for."""

    @property
    def reading(self) -> "ReadingService": ...

    @property
    def actions(self) -> "ActionService": ...

    @property
    def content(self) -> "ContentService": ...

    @property
    def invitations(self) -> "InvitationService": ...

    @property
    def search(self) -> "SearchService": ...

    @property
    def writing(self) -> "WritingService": ...

    @property
    def outbox(self) -> "OutboxService": ...

    @property
    def recipients(self) -> "RecipientService": ...

    @property
    def agenda(self) -> "AgendaService": ...

    @property
    def links(self) -> "LinkService": ...

    @property
    def filters(self) -> "FilterService": ...

    @property
    def arranging(self) -> "ArrangingService": ...

    @property
    def record_changes(self) -> "RecordChanges": ...

    @property
    def exchange(self) -> "ExchangeService": ...

    @property
    def setup(self) -> "SetupService": ...

    @property
    def signing_in(self) -> "SigningIn": ...

    @property
    def secrets(self) -> "SecretsService": ...

    @property
    def live(self) -> "LiveService": ...

    @property
    def removing(self) -> "RemovingService": ...


class Main(Screen[None], inherit_bindings=False):
    """The board's own screen. It has no focus and no bindings: every key goes through the registry."""

    AUTO_FOCUS = ""
    ALLOW_SELECT = False
    app: "Board"

    def __init__(self, board_layout: layout.BoardLayout) -> None:
        super().__init__(id="_default")
        self._board_layout = board_layout

    @property
    def layout(self) -> layout.BoardLayout:
        return self._board_layout

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self.app.screen is not self:
            # Typed ahead, before what was opened by an earlier key stood there: it is meant for that, never for mail.
            self.app.screen.post_message(events.Key(event.key, event.character))
            return
        self.app.press(event.key, event.character)


class Board(Appearance):
    """The interface. `run` returns when the rep leaves.

    Args:
        board, mail, records, accounts, live: services over the local database; their reads are fast.
        later: those that are made when they are first needed.
        settings: the rep's settings; their keys and theme are checked here (ConfigurationError).
        data: the data folder, for the sync process.
        now: seconds since 1970.
        demo: says so in the title line.
        themes: folders of theme files; later ones win.
    """

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
        later: Later,
        settings: Settings,
        data: Path,
        now: Callable[[], float],
        demo: bool = False,
        themes: Sequence[Path],
    ) -> None:
        self.keys = keys.Keys(settings.display.keys)
        super().__init__(themes, settings.display.theme)
        self.board, self.mail, self.records, self.accounts, self.live = board, mail, records, accounts, live
        self.later = later
        self.settings, self.data, self.now, self.demo = settings, data, now, demo
        self.zone = settings.me.zone
        self.account_marks = AccountMarks(settings.accounts)
        self.clock = Clock(now(), self.zone)
        self._sentence: asyncio.TimerHandle | None = None
        self._leaving = False
        self.before_end: list[Callable[[], object]] = []
        """Called before the program ends, in whatever way: each writes what is not written yet, and waits for that."""
        self.refused: list[Refusal] = []
        """What servers refused since the program was started, oldest first (ACT-4)."""
        self.nav: Navigation = Navigation(self)
        self.bridge = Bridge(self)
        self.hand = Hand(self)
        self.picture = Picture()

    # --- construction -------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[None]:
        return Main(layout.BoardLayout(self.nav.frame))

    def compose(self) -> list[Widget]:
        self.bridge.revision()
        heads = self.board.heads(self.nav.view)
        self.title_line = Title(self.look, self.clock, demo=self.demo)
        self.tabs, self.rail = Tabs(self.look), Rail(self.look)
        self.rail.marks = self.account_marks
        self._made: dict[str, Column] = {}
        self.columns = {head.name: self._column(head) for head in heads}
        *_others, last = self.columns.values()
        last.last = True
        self.nav.focused = next((head.name for head in heads if head.threads), heads[0].name)
        self.nav.column.focused_column = True
        self.pane, self.footer = RecordPane(self.look, self.clock), Footer(self.look)
        self.bridge.load(heads)
        self.nav.update_pane()
        self.update_hints()
        return [self.title_line, self.tabs, self.rail, *self.columns.values(), self.pane, self.footer]

    def _column(self, head: ColumnHead) -> Column:
        """The widget of a column. One that is no longer shown is kept: it may come back, with undo for instance."""
        column = self._made.get(head.name)
        if column is None:
            column = Column(Window(self.board, self.nav.view, head.name), head, self.look, self.clock)
            column.marked = self.nav.marked
            column.accounts = self.account_marks
            self._made[head.name] = column
        return column

    def follow_columns(self, heads: Sequence[ColumnHead]) -> None:
        """Show these columns, in this order: the rep may have made one, or taken one away (COL-12)."""
        before = self.columns
        if [head.name for head in heads] == list(before):
            return
        known = set(self._made)
        self.columns = {head.name: self._column(head) for head in heads}
        for name, column in self.columns.items():
            if name not in known:
                self.main.mount(column, before=self.pane)
            elif name not in before:
                column.clock = self.clock
                column.window.open(view=self.nav.view)
        self.nav.columns_changed()

    def on_mount(self) -> None:
        self.bridge.start()
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # in a test's thread there are none
            # By default the process would end at once and leave the terminal as it is, without echo and cursor.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hung_up)
            self.set_interval(_LOOK_AT_LINE, self._look_at_the_line)

    # --- what is where ------------------------------------------------------------------------------------------

    @property
    def reader(self) -> "Reader":
        """The reading view; made when the first thread is opened."""
        from salesinbox.tui.widgets.reader import Reader  # noqa: PLC0415 - not needed for the first picture

        found = self.main.query(Reader)
        if found:
            return found.first()
        reader = Reader(self)
        self.main.mount(reader, before=self.pane)
        return reader

    @property
    def reading(self) -> "ReadingService":
        return self.later.reading

    @property
    def content(self) -> "ContentService":
        return self.later.content

    @property
    def invitations(self) -> "InvitationService":
        return self.later.invitations

    @property
    def search(self) -> "SearchService":
        return self.later.search

    @property
    def main(self) -> Screen[Any]:
        return self.screen_stack[0]

    def relayout(self) -> None:
        self.main._clear_arrangement_cache()  # noqa: SLF001 - it knows sizes and children, not what the rep wants to see
        self.main.refresh(layout=True)

    # --- keys ---------------------------------------------------------------------------------------------------

    def press(self, key: str, character: str | None) -> None:
        """A key on the board."""
        self.bridge.pressed = monotonic()
        command = self.keys.find(self.nav.mode, key, character)
        if command is not None and command.when(self):
            if self.footer.sentence:
                self.hush()
            self.attempt(lambda: command.action(self))

    def attempt(self, action: Callable[[], Any]) -> None:
        """Do it; an error of ours is a sentence in the footer."""
        try:
            action()
        except SalesInboxError as error:
            self.say(str(error), alarming=True)

    def say(self, sentence: str, *, alarming: bool = False, lasting: bool = False) -> None:
        """Show a sentence in the footer for a while; `lasting`: until the next key."""
        self.footer.sentence, self.footer.alarming = safe(sentence), alarming
        self.footer.changed()
        if self._sentence is not None:
            self._sentence.cancel()
        self._sentence = None
        if sentence and not lasting:
            self._sentence = asyncio.get_running_loop().call_later(_SAID, self.hush)

    def hush(self) -> None:
        """Nothing more is to be said, but of what still waits."""
        self.say(self.hand.words, lasting=True)

    def notify(self, message: str, **_options: Any) -> None:
        """What the framework has to say goes to the footer, and is no markup."""
        self.say(message)

    def update_hints(self) -> None:
        hints = commands.hints(self, self.nav.mode)  # also while a screen with keys of its own lies over the board
        if hints != self.footer.hints:
            self.footer.hints = hints
            self.footer.changed()
        keys = [
            (self.keys.label(name), _(commands.BY_NAME[name].title))
            for name in ("record-menu", "task", "note", "link", "person")
            if self.nav.mode in commands.BY_NAME[name].modes and self.keys.of[name]
        ]
        if keys != self.pane.keys:
            self.pane.keys = keys
            self.pane.changed()
        self.title_line.hints = [
            (self.keys.label(name), _(commands.BY_NAME[name].title))
            for name in ("search", "help") if self.keys.of[name]
        ]  # fmt: skip

    # --- changes ------------------------------------------------------------------------------------------------

    def day_changed(self) -> None:
        """Times are told by today: tell them anew."""
        self.clock = Clock(self.now(), self.zone)
        for column in self.columns.values():
            column.clock = self.clock
            column.changed()
        self.pane.clock = self.title_line.clock = self.clock
        self.pane.changed()

    def exit(self, result: str | None = None, return_code: int = 0, message: Any = None) -> None:
        """Leave; what the rep has done and is not written yet comes first, unless leaving is asked for twice."""
        if self.hand.busy and not self._leaving:
            self._leaving = True
            self.say(_("What you did is still being written; then the program ends."), lasting=True)
            self.hand.when_idle(partial(super().exit, result, return_code, message))
        else:
            super().exit(result, return_code, message)

    def _look_at_the_line(self) -> None:
        """A terminal can go without a signal: to a process between it and us, `make` for one, or to nobody."""
        fileno = getattr(self._driver, "fileno", None)
        if isinstance(fileno, int) and is_gone(fileno):
            self._hung_up()

    def _hung_up(self) -> None:
        """The line was dropped: what is not on disk goes there, then the process ends as it would have at once.

        Nothing is sent to the terminal any more: there is none, and writing to it could wait for ever.
        """
        for finish in self.before_end:
            finish()
        self.hand.finish()
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGHUP)

    async def on_unmount(self) -> None:
        """However the program came to its end, nothing that the rep has done is lost."""
        for finish in self.before_end:
            await asyncio.to_thread(finish)
        if self.hand.busy:
            await asyncio.to_thread(self.hand.finish)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send what differs from what the terminal shows. The conditions are those under which anything is sent."""
        if isinstance(renderable, CompositorUpdate) and self._running and not self._batch_count and not self._closed:
            renderable = self.picture.follow(renderable)
        super()._display(screen, renderable)

    def on_resize(self) -> None:
        self.picture.forget()

    def redraw(self) -> None:
        """Send everything again: something else has written on the terminal."""
        self.picture.forget()
        self.screen.refresh()

    def restyled(self) -> None:
        """Another theme was chosen."""
        from salesinbox.tui.lines import Lines  # noqa: PLC0415 - the class of all widgets here

        for screen in self.screen_stack:
            for widget in screen.query(Lines):
                widget.restyle(self.look)

    def acted(self) -> None:
        """The rep has acted: what shows is read again at once, and the servers are told."""
        self.bridge.revision()
        self.nav.data_changed()
        self.live.ask_push()

    def ask_sync(self) -> None:
        """Ask for a full pass now; in a thread, because it writes to a socket."""
        self.say(_("Checking for new mail…"))
        self.in_thread(self.bridge.ask, lambda _answer: None)

    def in_thread(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do work that may wait beside the interface; its result, or our error as a sentence, comes back here."""

        def run() -> None:
            try:
                result = work()
            except SalesInboxError as error:
                self.call_from_thread(self.say, str(error), alarming=True)
            else:
                self.call_from_thread(done, result)

        self.run_worker(run, thread=True, exit_on_error=False)

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_column_pressed(self, event: Column.Pressed) -> None:
        self.nav.focus_column(event.column)
        self.nav.column.changed()
        self.nav.follow()
        if event.opened:
            self.attempt(lambda: commands.BY_NAME["open"].action(self))

    def on_column_wheeled(self, event: Column.Wheeled) -> None:
        if event.column == self.nav.focused:
            self.nav.follow()

    def on_tabs_chosen(self, event: Tabs.Chosen) -> None:
        self.nav.focus_column(event.column)

    def on_rail_chosen(self, event: Rail.Chosen) -> None:
        self.nav.choose_view(event.view)
