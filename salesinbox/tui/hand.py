"""The rep's hand on the database: each action at once where that is possible, in order in any case, none lost."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.errors import BusyError, SalesInboxError
from salesinbox.model.operations import Outcome

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.tui.app import Board

Deed = Callable[["ActionService"], Outcome]
Then = Callable[[Outcome], None]


class Hand:
    """While another process writes (a first sync does, in chunks), actions wait in a thread, and keys do not."""

    def __init__(self, board: "Board") -> None:
        self.board = board
        self._queue: deque[tuple[Deed, Then]] = deque()

    def do(self, deed: Deed, then: Then) -> None:
        """Do something to mail; `then` gets what came of it, on the interface's thread."""
        if not self._queue:
            try:
                outcome = deed(self.board.later.actions)
            except BusyError:
                pass
            else:
                then(outcome)
                return
        self._queue.append((deed, then))
        if len(self._queue) == 1:
            self.board.say(_("Waiting for the database; it is done in a moment."))
            self.board.run_worker(self._work, thread=True, exit_on_error=False)

    def _work(self) -> None:
        patient = self.board.later.actions.patient()
        try:
            while self._queue:
                deed, then = self._queue[0]
                try:
                    outcome = deed(patient)
                except SalesInboxError as error:
                    self.board.call_from_thread(self.board.say, str(error), alarming=True)
                else:
                    self.board.call_from_thread(then, outcome)
                self._queue.popleft()
        finally:
            patient.close()
