"""Search: results while typing, saved searches, and what only the servers have (SRCH-1 to SRCH-4, VIEW-3)."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import events
from textual.strip import Strip

from salesinbox.locale import formatting
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import SalesInboxError, UsageError
from salesinbox.model.search import NEWEST, RELEVANCE, Found, Results, SavedSearch
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.lines import strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.screens.picker import typed_line
from salesinbox.tui.screens.search_rows import AskServer, Example, OnServer, Row, RowDrawing, examples, shown_from
from salesinbox.tui.typing import Typed
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_PAGE = 40
"""Threads looked for at once; further ones when the cursor comes near the end."""
_NEAR = 8
_ABOVE = 3
"""Lines above the rows: the frame, what is typed, the rule with the count."""


def searching(board: "Board") -> "SearchScreen":
    """The search line with its results; taking one opens its thread at the message that was found."""
    return SearchScreen(board)


class _Sheet(Framed):
    """What is typed, how much was found, and the rows."""

    def __init__(self, board: "Board") -> None:
        super().__init__(board.look)
        self.board = board
        self.heading = _("Search")
        self.typed = Typed()
        self.naming: Typed | None = None
        """The name under which the search is to be saved, while that is typed."""
        self.status = self.sentence = ""
        self.alarming = False
        self.list: list[Row] = []
        self.cursor = self.top = 0
        self.page = 1
        """Rows that are seen at once."""
        self._at: list[int] = []
        titles = {name: column.head.title for name, column in board.columns.items()}
        self._drawing = RowDrawing(board.look, board.clock, titles, "^f")

    def say(self, sentence: str, *, alarming: bool = False) -> None:
        self.sentence, self.alarming = sentence, alarming

    def inside(self, cells: int, rows: int) -> list[Strip]:
        text, dim = self.look["text"], self.look["dim"]
        if self.naming is not None:
            lines = [typed_line(self, self.board, self.naming, _("a name"), cells, _("Save as: "))]
        else:
            lines = [typed_line(self, self.board, self.typed, _("what to look for"), cells)]
        status = f" {clip(self.status, max(cells - 6, 0))} " if self.status else ""
        rule = self.look["rule"]
        lines.append(strip([("──", rule), (status, dim), ("─" * (cells - 2 - width(status)), rule)], cells, text))
        style = self.look["warning"] if self.alarming else dim
        lines += [strip([(line, style)], cells, text) for line in wrap(self.sentence, cells) if self.sentence]
        self._drawing.look = self.look
        blocks = [self._drawing.lines(row, cells, here=n == self.cursor) for n, row in enumerate(self.list)]
        room = max(rows - len(lines), 1)
        self.top = shown_from([len(block) for block in blocks], self.top, self.cursor, room)
        self._at = [-1] * (len(lines) - _ABOVE + 1)
        for number in range(self.top, len(blocks)):
            lines += blocks[number]
            self._at += [number] * len(blocks[number])
        self.page = max(len({number for number in self._at[:room] if number >= 0}), 1)
        return lines

    def row_at(self, y: int) -> int:
        """The number of the row that is drawn on a line of the frame; -1 for none."""
        place = y - _ABOVE
        return self._at[place] if 0 <= place < len(self._at) else -1


class SearchScreen(Overlay):
    """Each keystroke asks anew, beside the interface; what is shown stays until the answer is there."""

    def __init__(self, board: "Board") -> None:
        self.sheet = _Sheet(board)
        self.order = NEWEST
        self.results: Results | None = None
        """The answer that is shown; None for none yet."""
        self.answered = True
        """Whether what is shown is about what is typed."""
        self.limit = _PAGE
        self.server: list[OnServer] | None = None
        self.asking_server = False
        self._open_when_here = False
        self._replacing = self._removing = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._search = board.search.typing(self._heard)

        def size(cells: int, rows: int) -> tuple[int, int]:
            return min(120, max(cells - 4, 10)), max(rows - 2, 3)

        super().__init__(board, self.sheet, size, top=True)
        self._fill()

    def on_mount(self) -> None:
        self._loop = asyncio.get_running_loop()

    def on_unmount(self) -> None:
        self._search.close()

    # --- asking and hearing -------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Look for what is typed now."""
        text = self.sheet.typed.text
        self.answered = False
        if text.strip():
            self._search.ask(text, self.order, self.limit)
        else:
            self._arrived(Results(text, self.order))

    def _heard(self, results: Results) -> None:
        """An answer, in the search's own thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the interface has ended meanwhile
                self._loop.call_soon_threadsafe(self._arrived, results)

    def _arrived(self, results: Results) -> None:
        sheet = self.sheet
        current = results.text == sheet.typed.text and results.order == self.order
        if not self.is_attached or not (current or (results.error and not results.text)):
            return
        self.results, self.answered = results, True
        sheet.say(results.error, alarming=True)
        self._fill()
        sheet.changed()
        if self._open_when_here:
            self._open_when_here = False
            self._choose()

    def _typed(self) -> None:
        """The text has changed."""
        self.sheet.cursor = self.sheet.top = 0
        self.limit = _PAGE
        self.server, self.asking_server = None, False
        self._open_when_here = False
        self._removing = ""
        self._ask()
        self.sheet.changed()

    # --- what is shown ------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        sheet, results = self.sheet, self.results
        if not sheet.typed.text.strip():
            last = self.board.search.last
            rows: list[Row] = [Example(last, _("your last search"))] if last else []
            rows += self.board.search.saved()
            sheet.list = [*rows, *examples()]
            sheet.status = _("saved searches, and what can be typed")
        elif results is not None:
            sheet.list = list(results.found)
            if not results.error:
                sheet.list += self.server if self.server is not None else [AskServer(self.asking_server)]
            sheet.status = "" if results.error else self._counted(results)
        sheet.cursor = max(0, min(sheet.cursor, len(sheet.list) - 1))
        other = _("best first") if self.order == NEWEST else _("newest first")
        words = (_("read it"), _("save"), _("on the server"), _("back"))
        sheet.hint = "⏎ {}  ^r {}  ^s {}  ^f {}  Esc {}".format(words[0], other, *words[1:])

    def _counted(self, results: Results) -> str:
        if results.total is None and not results.found:
            return ""  # what is typed so far asks for nothing yet
        if results.total is None:
            n = len(results.found)
            number = ngettext("the first {n} thread of more", "the first {n} threads of more", n)
        else:
            n = results.total
            number = ngettext("{n} thread", "{n} threads", n) if n else _("nothing here")
        order = _("newest first") if results.order == NEWEST else _("best first")
        words = number.format(n=formatting.number(n))
        return f"{words} · {order}" if results.found else words

    # --- keys ---------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        key = event.key
        if key in ("ctrl+c", "ctrl+q"):
            self.board.exit()
        elif self.sheet.naming is not None:
            self._name_key(key, event.character)
        elif key in _MOVES:
            self._move(_MOVES[key](self.sheet.page))
        elif key in _DOES:
            _DOES[key](self)
        elif key == "delete" and self._saved_here() is not None:
            self._remove()
        elif self.sheet.typed.key(key, event.character):
            self._typed()

    def take(self, command: str, event: events.Key) -> None:
        """Nothing: every key belongs to the text."""

    def on_paste(self, event: events.Paste) -> None:
        if self.sheet.naming is not None:
            self.sheet.naming.insert(event.text)
            self.sheet.changed()
        else:
            self.sheet.typed.insert(event.text)
            self._typed()

    def _move(self, steps: int) -> None:
        sheet = self.sheet
        sheet.cursor = max(0, min(sheet.cursor + steps, len(sheet.list) - 1))
        results = self.results
        if results is not None and self.answered and results.more and sheet.cursor >= len(results.found) - _NEAR:
            self.limit = len(results.found) + _PAGE
            self._ask()
        sheet.changed()

    def turn_order(self) -> None:
        """Newest first, or by relevance."""
        self.order = RELEVANCE if self.order == NEWEST else NEWEST
        self._typed()
        self._fill()
        self.sheet.changed()

    # --- opening ------------------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Open what the cursor is on; while the answer is still on its way, its first one."""
        if self.answered:
            self._choose()
        else:
            self._open_when_here = True

    def _choose(self) -> None:
        sheet = self.sheet
        row = sheet.list[sheet.cursor] if sheet.list else None
        if isinstance(row, Found):
            self.board.search.last = sheet.typed.text.strip()
            self.close()
            self.board.attempt(lambda: self.board.nav.read(row.card, row.message))
        elif isinstance(row, Example | SavedSearch):
            sheet.typed = Typed(row.query)
            self._typed()
        elif isinstance(row, AskServer):
            self.ask_server()
        elif isinstance(row, OnServer):
            self._fetch(row)

    # --- on the servers -----------------------------------------------------------------------------------------

    def ask_server(self) -> None:
        """Look for the same on the servers, beside the interface."""
        text = self.sheet.typed.text.strip()
        if not text or self.asking_server:
            return
        self.asking_server, self.server = True, None

        def answered(hits: Any, error: str) -> None:
            if self.sheet.typed.text.strip() != text:
                return
            self.asking_server = False
            self.server = None if error else [OnServer(hit) for hit in hits]
            self.sheet.say(error or ("" if hits else _("The server has nothing more that fits.")), alarming=bool(error))
            self._fill()
            self.sheet.changed()

        self._beside(lambda: self.board.search.on_server(text), answered)
        self._fill()
        self.sheet.changed()

    def _fetch(self, row: OnServer) -> None:
        if row.fetching or self.server is None:
            return
        self.server = [replace(one, fetching=one is row) for one in self.server]

        def fetched(thread: Any, error: str) -> None:
            if error:
                if self.server is not None:
                    self.server = [replace(one, fetching=False) for one in self.server]
                self.sheet.say(error, alarming=True)
                self._fill()
                self.sheet.changed()
                return
            card = self.board.board.card(thread)
            if card is not None:
                self.board.search.last = self.sheet.typed.text.strip()
                self.close()
                self.board.attempt(lambda: self.board.nav.read(card))

        self._beside(lambda: self.board.search.take(row.hit), fetched)
        self._fill()
        self.sheet.changed()

    def _beside(self, work: Callable[[], Any], done: Callable[[Any, str], None]) -> None:
        """Do work in a thread; its result, or a sentence, comes back unless the screen has been left."""

        def run() -> tuple[Any, str]:
            try:
                return work(), ""
            except SalesInboxError as error:
                return None, safe(str(error))

        def over(outcome: tuple[Any, str]) -> None:
            if self.is_attached:
                done(*outcome)

        self.board.in_thread(run, over)

    # --- saving -------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Ask for a name under which the search becomes a view."""
        text = " ".join(self.sheet.typed.text.split())
        if text:
            self.sheet.naming = Typed(clip(text, 40, ""))
            self._replacing = ""
            self.sheet.say(_("It becomes a view beside your folders. Enter saves it, Esc does not."))
        else:
            self.sheet.say(_("Type what to look for first; then it can be saved as a view."))
        self.sheet.changed()

    def _name_key(self, key: str, character: str | None) -> None:
        sheet = self.sheet
        assert sheet.naming is not None
        if key == "escape":
            sheet.naming = None
            sheet.say("")
        elif key == "enter":
            self._save(sheet.naming.text)
        elif sheet.naming.key(key, character):
            self._replacing = ""
        sheet.changed()

    def _save(self, name: str) -> None:
        again = self._replacing == name
        known = {saved.name for saved in self.board.search.saved()}
        if name.strip() in known and not again:
            self._replacing = name
            self.sheet.say(_("There is a saved search of that name. Enter once more puts this one in its place."))
            return
        try:
            saved = self.board.search.save(name, self.sheet.typed.text, replace=again)
        except UsageError as error:
            self.sheet.say(str(error), alarming=True)
            return
        except SalesInboxError as error:
            self.sheet.naming = None
            self.sheet.say(str(error), alarming=True)
            return
        self.sheet.naming = None
        self.sheet.say(_("Saved. {name} is a view now.").format(name=safe(saved.name)))

    def _saved_here(self) -> SavedSearch | None:
        sheet = self.sheet
        row = sheet.list[sheet.cursor] if sheet.list and not sheet.typed.text else None
        return row if isinstance(row, SavedSearch) else None

    def _remove(self) -> None:
        """Forget the saved search under the cursor, when the key is pressed a second time."""
        saved = self._saved_here()
        assert saved is not None
        name = safe(saved.name)
        if self._removing != saved.name:
            self._removing = saved.name
            self.sheet.say(_("Delete once more forgets the saved search {name}. No mail is touched.").format(name=name))
        else:
            self._removing = ""
            try:
                self.board.search.remove(saved.name)
            except SalesInboxError as error:
                self.sheet.say(safe(str(error)), alarming=True)
            else:
                self.sheet.say(_("The saved search {name} is forgotten.").format(name=name))
            self._fill()
        self.sheet.changed()

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        if event.widget is not self.sheet:
            super().on_click(event)
        elif (number := self.sheet.row_at(event.y)) >= 0:
            self.sheet.cursor = number
            self.choose()

    def on_mouse_scroll_down(self) -> None:
        self._move(1)

    def on_mouse_scroll_up(self) -> None:
        self._move(-1)


_MOVES: dict[str, Callable[[int], int]] = {
    "down": lambda _page: 1, "up": lambda _page: -1, "ctrl+n": lambda _page: 1, "ctrl+p": lambda _page: -1,
    "pagedown": lambda page: page, "pageup": lambda page: -page,
}  # fmt: skip
_DOES: dict[str, Callable[[SearchScreen], None]] = {
    "enter": SearchScreen.choose, "escape": SearchScreen.close, "ctrl+r": SearchScreen.turn_order,
    "ctrl+s": SearchScreen.save, "ctrl+f": SearchScreen.ask_server,
}  # fmt: skip
