"""The rep's hand on the database: each action at once where that is possible, in order in any case, none lost."""

from collections import deque
from collections.abc import Callable
from threading import Lock, Thread
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import BusyError, SalesInboxError
from salesinbox.model.operations import Outcome

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.tui.app import Board

Deed = Callable[["ActionService"], Outcome]
Then = Callable[[Outcome], None]

MANY = 300
"""With more threads than these an action is felt as a halt (a thousand take some 0.2 s): it is done in a thread."""
_END = 40.0
"""Seconds that leaving waits at most: longer than an action waits for other writers before it gives up."""


class Hand:
    """While another process writes (a first sync does, in chunks), actions wait in a thread, and keys do not.

    Everything here is called on the interface's thread, but `_work` and `_next`.
    """

    def __init__(self, board: "Board") -> None:
        self.board = board
        self.words = ""
        """What the footer says while something waits; "" when nothing does that the rep has asked for."""
        self._lock = Lock()
        self._queue: deque[tuple[Deed, Then]] = deque()
        self._thread: Thread | None = None
        self._open = 0
        """Deeds in the thread whose end has not been told yet."""
        self._idle: list[Callable[[], object]] = []

    @property
    def busy(self) -> bool:
        return self._open > 0

    def do(self, deed: Deed, then: Then, *, threads: int = 1, quiet: bool = False, words: str = "") -> None:
        """Do something to mail; `then` gets what came of it, on the interface's thread.

        `threads` is about how many it is. `quiet`: nothing that the rep asked for, so nothing is said of waiting.
        `words` say what may take long whatever the number: it is done in the thread.
        """
        if not self.busy and threads <= MANY and not words:
            try:
                outcome = deed(self.board.later.actions)
            except BusyError:
                pass
            else:
                then(outcome)
                return
        if not quiet:
            if not words and threads > MANY:
                words = ngettext("Working on {n} thread…", "Working on {n} threads…", threads).format(n=number(threads))
            self.words = words or _("Waiting for the database; it is done in a moment.")
            self.board.say(self.words, lasting=True)
        self._open += 1
        with self._lock:
            self._queue.append((deed, then))
            if self._thread is None:
                self._thread = Thread(target=self._work, name="actions", daemon=True)
                self._thread.start()

    def when_idle(self, call: Callable[[], object]) -> None:
        """Call it as soon as nothing waits any more."""
        if self.busy:
            self._idle.append(call)
        else:
            call()

    def finish(self) -> None:
        """Before the program ends: wait for what is still to be written."""
        thread = self._thread
        if thread is not None:
            thread.join(_END)

    # --- in the thread ------------------------------------------------------------------------------------------

    def _work(self) -> None:
        patient = self.board.later.actions.patient()
        try:
            while (item := self._next()) is not None:
                deed, then = item
                outcome: Outcome | Exception
                try:
                    outcome = deed(patient)
                except Exception as error:  # noqa: BLE001 - carried to the interface's thread and raised there
                    outcome = error
                try:
                    self.board.call_later(self._told, then, outcome)
                except RuntimeError:  # the interface has ended meanwhile; what is written needs no telling
                    continue
        finally:
            patient.close()

    def _next(self) -> tuple[Deed, Then] | None:
        with self._lock:
            if self._queue:
                return self._queue.popleft()
            self._thread = None
            return None

    def _told(self, then: Then, outcome: Outcome | Exception) -> None:
        self._open -= 1
        if self.words and not self.busy:
            self.words = ""
            self.board.hush()
        try:
            if isinstance(outcome, SalesInboxError):
                self.board.say(str(outcome), alarming=True)
            elif isinstance(outcome, Exception):
                raise outcome
            else:
                self.board.attempt(lambda: then(outcome))
        finally:
            if not self.busy:
                idle, self._idle = self._idle, []
                for call in idle:
                    call()
