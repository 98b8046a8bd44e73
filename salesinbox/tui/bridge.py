"""The board's ear: the wake-up socket where there is one, and the database's revision in any case."""

import asyncio
import gc
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.board import ColumnHead
from salesinbox.model.events import Answer, Changed, Connection, Event, Noticed, Progress
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe
from salesinbox.tui import acting
from salesinbox.tui.navigation import MAGNET
from salesinbox.tui.widgets.column import Column

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.tui.app import Board
    from salesinbox.tui.notices import Notices

_LOOK = 0.25
"""Seconds between two looks at the revision: what a missing socket costs."""
_RECONNECT = 8
"""Looks between two tries to reach the sync process."""
_CALM, _BUSY = 0.05, 0.4
"""Least seconds between two repaints: while watching, and during a pass that changes much."""
_STATUS = 1.0
_MINUTE = 240
"""Looks between two at how long somebody waits by now."""
_KEYS, _LONGEST = 0.15, 3.0
"""Seconds of rest after a key before the board is read again, and how long that may put it off."""


def _wake(actions: "ActionService") -> Outcome:
    actions.wake()
    return Outcome(())


class Bridge:
    """Turns what happens outside into calls on the board, on the interface's own thread."""

    def __init__(self, board: "Board") -> None:
        self.board = board
        self._revision = 0
        self._fileno = -1
        self._looks = 0
        self._last_change = 0.0
        self._last_status = 0.0
        self._pending: asyncio.TimerHandle | None = None
        self._status_due: asyncio.TimerHandle | None = None
        self._progressed = 0.0
        self._waited = False
        self._notices: Notices | None = None
        self._started = False
        self.pressed = 0.0
        """When the last key was pressed (monotonic)."""

    def revision(self) -> int:
        """Take note of the database's state before it is read."""
        self._revision = self.board.board.revision()
        return self._revision

    def start(self) -> None:
        """After the first picture: the sync process is seen to, and listened to."""
        board = self.board
        gc.freeze()
        gc.enable()
        self._started = True
        self._listen()
        board.call_after_refresh(self._agenda)
        board.set_interval(_LOOK, self._look)
        board.call_after_refresh(board.in_thread, board.live.ensure_process, lambda _nothing: None)
        if board.trouble:
            board.say(board.trouble, alarming=True)

    def ask(self) -> None:
        """For a thread: start a sync process where none runs, and ask it for a pass."""
        self.board.live.ensure_process()
        self.board.live.ask_sync()

    # --- listening ----------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        live = self.board.live
        if live.connect() and live.fileno() >= 0:
            self._fileno = live.fileno()
            asyncio.get_running_loop().add_reader(self._fileno, self._heard)

    def _heard(self) -> None:
        live = self.board.live
        for event in live.events():
            self.take(event)
        if live.fileno() != self._fileno:
            asyncio.get_running_loop().remove_reader(self._fileno)
            self._fileno = -1
            self._statuses()

    def take(self, event: Event) -> None:
        """One event of the sync process."""
        title = self.board.title_line
        if isinstance(event, Changed):
            self._changed()
        elif isinstance(event, Progress):
            self._progressed = monotonic()
            title.progress[event.account] = event
            if event.done >= event.total:
                title.progress.pop(event.account, None)
            title.changed()
        elif isinstance(event, Connection):
            self._statuses()
        elif isinstance(event, Noticed):
            self._noticed(event)
        elif isinstance(event, Answer) and (fleeting := self.board.board.fleeting) and fleeting.take(event):
            self._changed()

    def _noticed(self, event: Noticed) -> None:
        if self._notices is None:
            from salesinbox.tui.notices import Notices  # noqa: PLC0415 - the board starts without news

            self._notices = Notices(self.board)
        self._notices.take(event)

    def _look(self) -> None:
        self._looks += 1
        board = self.board
        if board.board.revision() != self._revision:
            self._changed()
        if self._fileno < 0 and self._looks % _RECONNECT == 0:
            self._listen()
        if type(board.clock)(board.now(), board.zone).today != board.clock.today:
            board.day_changed()
        if (fleeting := board.board.fleeting) is not None and self._fileno >= 0:
            fleeting.ask(board.live.ask_errand)
        if self._looks % 8 == 0:
            self._sleepers()
            self._unsent()
            acting.refusals(board)  # also those of the time when no board was open
        if self._looks % 20 == 0:
            self._statuses()
        if self._looks % _MINUTE == 0:
            self._agenda()
            self._ages()

    def _sleepers(self) -> None:
        """What has slept long enough comes back, also when no sync process runs (ACT-5)."""
        board = self.board
        if board.board.due() and not board.hand.busy:
            board.hand.do(_wake, lambda _outcome: board.acted(), quiet=True)

    def _unsent(self) -> None:
        """Changes that have waited for a server since the last look; most are told before anybody could read it."""
        waiting = self.board.board.pending()
        title = self.board.title_line
        shown = waiting if self._waited else 0
        self._waited = waiting > 0
        if shown != title.pending:
            title.pending = shown
            title.changed()

    # --- telling the board --------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Repaint now, or as soon as the last repaint is not too near."""
        if self._pending is not None:
            return
        rest = _BUSY if monotonic() - self._progressed < 1 else _CALM
        now = monotonic()
        # While keys are pressed, the cursor comes first; but news never wait longer than a moment.
        wait = max(self._last_change + rest, min(self.pressed + _KEYS, self._last_change + _LONGEST)) - now
        if wait <= 0:
            self._tell()
        else:
            self._pending = asyncio.get_running_loop().call_later(wait, self._due)

    def _due(self) -> None:
        self._pending = None
        self._changed()

    def _tell(self) -> None:
        self._pending = None
        if not self.board.is_running:
            return
        self._last_change = monotonic()
        self.revision()
        self.board.nav.data_changed()
        acting.refusals(self.board)

    def load(self, heads: Sequence[ColumnHead]) -> None:
        """Counts of heads, tabs and rail, and what empty columns say."""
        board = self.board
        board.follow_columns(heads)
        for head in heads:
            board.columns[head.name].head = head
        board.tabs.heads = list(heads)
        board.rail.views = board.board.views()
        self._statuses()
        for column in board.columns.values():
            column.empty = self._empty(column)
        titles = {view.name: view.title for view in board.rail.views}
        board.title_line.waiting = next((view.threads for view in board.rail.views if view.name == MAGNET), 0)
        if self._started:
            self._agenda()
        self._ages()
        view = "" if board.nav.view == "inbox" else titles.get(board.nav.view, board.nav.view)
        shown = " · ".join(part for part in (board.rail.account, view) if part)
        board.title_line.view = f"› {shown}" if shown else ""
        board.rail.changed()
        board.title_line.changed()
        board.nav.tabs_changed()
        board.update_hints()

    def _agenda(self) -> None:
        """How many tasks are due by now; the first picture does not wait for it."""
        due = sum(self.board.later.agenda.counts())
        if due != self.board.title_line.due:
            self.board.title_line.due = due
            self.board.title_line.changed()

    def _ages(self) -> None:
        """The magnet says how long everybody waits."""
        board = self.board
        now = board.now() if board.nav.view == MAGNET else 0.0
        for column in board.columns.values():
            if now or column.now:
                column.now = now
                column.changed()

    def _statuses(self) -> None:
        """How the accounts stand; counting costs a few milliseconds, so not for every change, but for the last one."""
        left = self._last_status + _STATUS - monotonic()
        if left > 0 and self.board.title_line.accounts:
            if self._status_due is None:
                self._status_due = asyncio.get_running_loop().call_later(left, self._statuses_again)
            return
        self._last_status = monotonic()
        self.board.title_line.accounts = self.board.accounts.status()
        self.board.title_line.changed()

    def accounts_changed(self) -> None:
        """The rep has paused an account, or let it go on: the first line says so at once."""
        self._last_status = 0.0
        self._statuses()

    def _statuses_again(self) -> None:
        self._status_due = None
        if self.board.is_running:
            self._statuses()

    def _empty(self, column: Column) -> str:
        board = self.board
        if board.nav.view == MAGNET:
            return _("Nobody here waits for your answer.")
        if board.nav.view != "inbox":
            titles = {view.name: view.title for view in board.rail.views}
            return _("Nothing from here in {view}.").format(view=titles.get(board.nav.view, board.nav.view))
        accounts = board.title_line.accounts
        if not any(head.threads for head in board.tabs.heads) and not all(a.synced for a in accounts):
            if accounts and all(account.state == "stopped" for account in accounts):
                return _("No mail here yet. Press {key} to fetch it.").format(key=board.keys.label("refresh"))
            if accounts and all(account.state == "waiting" for account in accounts):
                # Whole here: the first line has room for its beginning only.
                reason = safe(accounts[0].detail, 300).rstrip(".。")
                return _("No mail here yet. {reason}. It is tried again by itself.").format(reason=reason)
            return _("Mail is on its way. The newest comes first.")
        sentences = {
            "deals": _("No mail from open deals yet. It shows here when the sender is a contact on an open deal."),
            "people": _("No mail from leads or contacts yet."),
            "colleagues": _("No mail from colleagues. Set own_domains or team under [me] to tell who they are."),
            "unknown": _("Everybody who wrote is in the CRM."),
        }
        return sentences.get(column.window.column, _("No mail fits this column."))
