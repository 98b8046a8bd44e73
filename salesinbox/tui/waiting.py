"""Work that may take a while: a word in the last line, and Esc to let it be."""

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING, Any

from textual import events
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.text import safe, width
from salesinbox.tui.lines import Lines, ends
from salesinbox.tui.screens.overlay import Above

if TYPE_CHECKING:
    from textual.widget import Widget

    from salesinbox.tui.app import Board


class _Word(Lines):
    def __init__(self, board: "Board", words: str) -> None:
        super().__init__(board.look)
        self.words = words

    def build(self, cells: int, rows: int) -> list[Strip]:  # noqa: ARG002 - one line
        key, ground = self.look["key"], self.look["footer"]
        stop = _("stop")
        return [ends([(" " + self.words, key)], [(" Esc ", key), (f"{stop} ", ground)], cells, ground)]


class _LastLine(Layout):
    name = "last-line"

    def arrange(
        self,
        parent: "Widget",  # noqa: ARG002 - the framework's signature
        children: "list[Widget]",
        size: Size,
        greedy: bool = True,  # noqa: ARG002 - the framework's signature
    ) -> ArrangeResult:
        place = Region(0, max(size.height - 1, 0), size.width, 1)
        return [WidgetPlacement(place, NULL_OFFSET, NULL_SPACING, child) for child in children[-1:]]


class Waiting(Above):
    """Over everything while the work goes on; only Esc, and leaving, mean something."""

    def __init__(self, board: "Board", words: str) -> None:
        super().__init__()
        self.styles.background = "transparent"
        self.board = board
        self.word = _Word(board, words)
        self.stopped = Event()
        self._last_line = _LastLine()

    @property
    def layout(self) -> Layout:
        return self._last_line

    def compose(self) -> "list[Widget]":
        return [self.word]

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key in ("ctrl+c", "ctrl+q"):
            self.stopped.set()
            self.board.exit()
        elif event.key == "escape":
            self.stopped.set()
            self.dismiss(None)
            self.board.say(_("Stopped."))


def wait_for(board: "Board", words: str, work: Callable[[Event], Any], done: Callable[[Any], None]) -> None:
    """Do work in a thread; `done` gets its result, unless the rep stopped waiting. Errors of ours are said.

    `work` gets an event that is set when the rep has stopped it.
    """
    screen = Waiting(board, safe(words, 200) if width(words) else "…")

    def run() -> tuple[Any, SalesInboxError | None]:
        outcome: tuple[Any, SalesInboxError | None] | None = None
        try:
            outcome = work(screen.stopped), None
        except SalesInboxError as error:
            outcome = None, error
        finally:
            if outcome is None:  # a fault of ours; whoever waits for it would wait for ever
                board.call_from_thread(screen.dismiss, None)
        return outcome

    def over(outcome: tuple[Any, SalesInboxError | None]) -> None:
        if screen.stopped.is_set():
            return
        result, error = outcome
        screen.dismiss(None)
        if error is not None:
            board.say(str(error), alarming=True)
        else:
            board.attempt(lambda: done(result))

    board.push_screen(screen)
    board.in_thread(run, over)
