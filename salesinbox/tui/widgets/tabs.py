"""On a narrow screen the columns' heads are one line of tabs, with counts."""

from collections.abc import Sequence

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from salesinbox.model.board import ColumnHead
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.lines import Lines, strip
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import capped


class Tabs(Lines):
    class Chosen(Message):
        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="tabs")
        self.heads: Sequence[ColumnHead] = ()
        self.focused_column = ""
        self.note = ""
        """What the focused column's head would say: new mail above, or its order."""
        self._spans: list[tuple[int, int, str]] = []

    def build(self, cells: int, rows: int) -> list[Strip]:  # noqa: ARG002 - one line
        ground = self.look["head"]
        titles = [safe(head.title, 40) for head in self.heads]
        counts = [capped(head.unread) for head in self.heads]
        fixed = sum(len(count) + bool(count) + 4 for count in counts)
        most = 40
        while most > 3 and fixed + sum(min(width(title), most) for title in titles) > cells:
            most -= 1
        parts: list[tuple[str, Style]] = []
        self._spans = []
        x = 0
        for head, title, count in zip(self.heads, titles, counts, strict=True):
            here = head.name == self.focused_column
            style = self.look["head_focused"] if here else ground
            text = f"{'▸' if here else ' '}{clip(title, most)}{f' {count}' if count else ''} "
            parts += [(text, style), ("│ ", ground)]
            self._spans.append((x, x + width(text), head.name))
            x += width(text) + 2
        if self.note and x + width(self.note) + 1 <= cells:
            parts += [(" " * (cells - x - width(self.note) - 1), ground), (self.note, self.look["busy"])]
        return [strip(parts, cells, ground)]

    def on_click(self, event: events.Click) -> None:
        for first, last, name in self._spans:
            if first <= event.x < last:
                self.post_message(self.Chosen(name))
