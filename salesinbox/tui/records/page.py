"""The ground of all screens of records: a picture of lines over the board, keys through the registry, a last line."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Region
from textual.layout import Layout
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.tui.compose.arranged import Foot, PageLayout
from salesinbox.tui.lines import Lines
from salesinbox.tui.navigation import LIST
from salesinbox.tui.screens.overlay import Above

if TYPE_CHECKING:
    from textual.widget import Widget

    from salesinbox.tui.app import Board

Draw = Callable[[int, int], list[Strip]]


class Canvas(Lines):
    """Lines that somebody else draws."""

    def __init__(self, board: "Board", draw: Draw) -> None:
        super().__init__(board.look)
        self.draw = draw

    def build(self, cells: int, rows: int) -> list[Strip]:
        return self.draw(cells, rows)


class Page(Above):
    """Subclasses draw, and map names of commands of their `mode` to what they do in `does`."""

    mode = ""
    app: "Board"

    def __init__(self, board: "Board") -> None:
        super().__init__()
        self.styles.background = "transparent"
        self.board = board
        self.does: dict[str, Callable[[], None]] = {}
        self.canvas = Canvas(board, self.draw)
        self.foot = Foot(board)
        self._stale = False
        self._layout_here = PageLayout(self.places, self.foot)

    # --- what subclasses say ------------------------------------------------------------------------------------

    def draw(self, cells: int, rows: int) -> list[Strip]:
        """All lines but the last one of the screen."""
        raise NotImplementedError

    def again(self) -> "Page":
        """The same screen once more, as it stands: after a thread was read from it."""
        raise NotImplementedError

    def offers(self, name: str) -> bool:  # noqa: ARG002 - for subclasses
        """Whether the last line names a command now; its key works in any case."""
        return True

    def load(self) -> None:
        """Read what is shown; also whenever the database has changed."""

    def open(self) -> None:
        """What Enter does."""

    def move(self, command: str) -> None:
        """A moving command of lists."""

    def back(self) -> None:
        """One step back; in the end to what lies below."""
        self.leave()

    def more(self) -> "Sequence[Widget]":
        """Further widgets."""
        return ()

    def places(self, cells: int, rows: int) -> "dict[Widget, Region]":
        """Where each widget lies; those that are not named are not shown."""
        places: dict[Widget, Region] = {self.canvas: Region(0, 0, cells, max(rows - 1, 1))}
        if rows > 1:
            places[self.foot] = Region(0, rows - 1, cells, 1)
        return places

    # --- the screen ---------------------------------------------------------------------------------------------

    @property
    def layout(self) -> Layout:
        return self._layout_here

    def compose(self) -> "list[Widget]":
        return [self.canvas, *self.more(), self.foot]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground that everything lies on: nothing of the board is seen."""
        return [Strip.blank(crop.width, self.board.look["text"])] * crop.height

    def on_mount(self) -> None:
        self.board.nav.watching.append(self._news)

    def on_unmount(self) -> None:
        if self._news in self.board.nav.watching:
            self.board.nav.watching.remove(self._news)

    def on_screen_resume(self) -> None:
        if self._stale:
            self._news()

    def _news(self) -> None:
        """The database has changed; while something lies over this, it is enough to know it."""
        self._stale = not self.is_current
        if self.is_current:
            self.board.attempt(self.load)
            self.show()

    def show(self) -> None:
        """Draw what has changed."""
        self.canvas.changed()
        self.foot.changed()

    def leave(self) -> None:
        if self.is_current:
            self.dismiss(None)

    # --- keys ---------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self.board.screen is not self:  # typed ahead, for what lies over this meanwhile, or below it
            self.board.screen.post_message(events.Key(event.key, event.character))
            return
        self.board.bridge.pressed = monotonic()
        self.take(event.key, event.character)

    def take(self, key: str, character: str | None) -> None:
        """A key: of this screen, else of lists."""
        board = self.board
        if board.footer.sentence:
            board.hush()
        command = board.keys.find(self.mode, key, character)
        if command is not None and command.when(board):
            board.attempt(partial(command.action, board))
            return
        command = board.keys.find(LIST, key, character)
        if command is None:
            return
        if command.name == "back":
            board.attempt(self.back)
        elif command.name == "open":
            board.attempt(self.open)
        else:
            board.attempt(partial(self.move, command.name))

    def do(self, name: str) -> None:
        """A command of this screen; one that means nothing here does nothing."""
        if name in self.does:
            self.board.attempt(self.does[name])


def steps(command: str, page: int, total: int) -> int:
    """By how many lines a moving command moves; 0 for one that does not move."""
    moves = {
        "move-down": 1, "move-up": -1, "half-page-down": max(page // 2, 1), "half-page-up": -max(page // 2, 1),
        "page-down": page, "page-up": -page, "first": -total, "last": total,
    }  # fmt: skip
    return moves.get(command, 0)


def read_thread(board: "Board", thread: str, message: str = "") -> None:
    """Open a thread in the reading view; when it is closed, the screens of records stand again as they were."""
    card = board.board.card(thread) if thread else None
    if card is None:
        board.say(_("This mail is no longer here."))
        return
    pages = [screen for screen in board.screen_stack[1:] if isinstance(screen, Page)]
    while len(board.screen_stack) > 1:
        board.pop_screen()

    def stand_again() -> None:
        for page in pages:
            with contextlib.suppress(NotFoundError):  # its record was deleted meanwhile
                board.push_screen(page.again())

    board.nav.read(card, message)
    board.nav.came_from = stand_again
