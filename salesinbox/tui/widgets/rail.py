"""The rail: views and folders with what is unread in them (VIEW-1, VIEW-3)."""

from collections.abc import Sequence

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.board import ViewCount
from salesinbox.model.text import safe, width
from salesinbox.services.board import ACCOUNT as OF_ACCOUNT
from salesinbox.tui.account_colors import AccountMarks
from salesinbox.tui.lines import Lines, ends, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import capped

_COUNTED_WHOLE = frozenset({
    "magnet", "closing-this-month", "customers", "open-deals", "waiting", "drafts", "flagged", "snoozed",
})  # fmt: skip
"""Views that are a list of work: all of their threads count, not only the unread ones."""


class Rail(Lines):
    class Chosen(Message):
        def __init__(self, view: str) -> None:
            super().__init__()
            self.view = view

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="rail")
        self.views: Sequence[ViewCount] = ()
        self.view = "inbox"
        self.cursor = 0
        self.top = 0
        self.focused_rail = False
        self.account = ""
        """The account that the board is narrowed to; empty: none."""
        self.marks = AccountMarks(())

    @property
    def wished_cells(self) -> int:
        """As wide as the names of views, with their counts; folders' names may be cut."""
        names = [width(view.title) for view in self.views if not view.group]
        return max(14, min(max(names, default=0) + 8, 24))

    def build(self, cells: int, rows: int) -> list[Strip]:
        text, rule = self.look["text"], self.look["rule"]
        head = self.look["head_focused"] if self.focused_rail else self.look["head"]
        lines = [strip([("  " + _("Views"), head)], cells, head)]
        drawn = self._rows()
        room = max(rows - 1, 1)
        at = next((y for y, row in enumerate(drawn) if row == self.cursor), 0)
        self.top = max(0, min(self.top, at), at - room + 1)
        for row in (drawn + [None] * room)[self.top : self.top + room]:
            inner = self._line(row, cells - 1) if isinstance(row, int) else self._heading(row or "", cells - 1)
            lines.append(Strip([*inner, *strip([("│", rule)], 1, text)], cells))
        return lines

    def _rows(self) -> list[int | str | None]:
        """Indices of views as they lie on the screen, with a gap and a heading before each group."""
        rows: list[int | str | None] = []
        group = ""
        for index, view in enumerate(self.views):
            if view.group != group:
                group = view.group
                rows += [None, group]
            rows.append(index)
        return rows

    def _heading(self, words: str, cells: int) -> Strip:
        return strip([("  " + safe(words, 60), self.look["dim"])], cells, self.look["text"])

    def _line(self, index: int, cells: int) -> Strip:
        view = self.views[index]
        account = view.name.removeprefix(OF_ACCOUNT) if view.name.startswith(OF_ACCOUNT) else None
        here = view.name == self.view if account is None else account == self.account
        number = view.threads if view.name in _COUNTED_WHOLE else view.unread
        ground = self.look["selected"] if self.focused_rail and index == self.cursor else self.look["text"]
        style = ground if ground is not self.look["text"] else self.look["unread"] if here else self.look["name"]
        count = Style.combine([style, Style(bold=False)]) if not here else style
        mark = self.marks.mark(account, self.look) if account else None
        return ends(
            [("▸ " if here else "  ", self.look["cursor"] if ground is self.look["text"] else ground),
             *((mark, (" ", ground)) if mark else ()),
             (" " * min(view.depth, 6) + safe(view.title, 60), style)],
            [(f" {capped(number)} " if not view.name.startswith("search ") else " ", count)], cells, ground,
        )  # fmt: skip

    def move(self, steps: int) -> None:
        if self.views:
            self.cursor = max(0, min(self.cursor + steps, len(self.views) - 1))
            self.changed()

    def on_click(self, event: events.Click) -> None:
        rows = self._rows()
        y = event.y - 1 + self.top
        if 0 <= y < len(rows) and event.y >= 1:
            index = rows[y]
            if isinstance(index, int):
                self.cursor = index
                self.post_message(self.Chosen(self.views[index].name))
