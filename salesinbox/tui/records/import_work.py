"""Work on a file of records beside the interface: how far it is, and how it is stopped (REC-7)."""

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

from salesinbox.model.errors import SalesInboxError

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Progress = Callable[[int, float], None]


class _Stopped(Exception):  # noqa: N818 - not an error: the rep has stopped it
    """The rep does not want it any more."""


class Work:
    """Begins at once. `rows` and `share` (0 to 1) say how far it is; `result` is None until it has come to its end.

    Args:
        board: Whose thread `over` is called on.
        work: Gets what is to be told of progress; that ends the work by an exception once it is stopped.
        over: Called at the end, also of work that was stopped or went wrong.
    """

    def __init__(self, board: "Board", work: Callable[[Progress], Any], over: "Callable[[Work], None]") -> None:
        self.board, self.work, self.over = board, work, over
        self.rows = 0
        self.share = 0.0
        self.result: Any = None
        self.error = ""
        self._stop = Event()
        board.before_end.append(self.stop)
        board.in_thread(self._run, lambda _nothing: self._ended())

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def stop(self) -> None:
        """Whatever the work has not brought to its end by then comes to nothing."""
        self._stop.set()

    def _run(self) -> None:
        ended = False
        try:
            self.result = self.work(self._told)
            ended = True
        except _Stopped:
            ended = True
        except SalesInboxError as error:
            self.error = str(error)
            ended = True
        finally:
            if not ended:  # a fault of ours; whoever waits for it would wait for ever
                self.board.call_from_thread(self._ended)

    def _told(self, rows: int, share: float) -> None:
        """In the thread."""
        self.rows, self.share = rows, share
        if self.stopped:
            raise _Stopped

    def _ended(self) -> None:
        if self.stop in self.board.before_end:
            self.board.before_end.remove(self.stop)
        self.over(self)
