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
        named = [(head, safe(head.title, 40)) for head in self.heads]
        counts = [capped(head.unread) for head in self.heads]
        fixed = sum(len(count) + bool(count) + 4 for count in counts) - 2
        most = 40
        while most > 3 and fixed + sum(self._room(head, title, most) for head, title in named) > cells:
            most -= 1
        parts: list[tuple[str, Style]] = []
        self._spans = []
        x = 0
        for (head, title), count in zip(named, counts, strict=True):
            here = head.name == self.focused_column
            style = self.look["head_focused"] if here else ground
            title = clip(title, self._room(head, title, most))  # noqa: PLW2901 - as much of it as has room
            text = f"{'▸' if here else ' '}{title}{f' {count}' if count else ''} "
            parts += [("│ ", ground)] if x else []
            x += 2 if x else 0
            parts.append((text, style))
            self._spans.append((x, x + width(text), head.name))
            x += width(text)
        if self.note and x + width(self.note) + 1 <= cells:
            parts += [(" " * (cells - x - width(self.note) - 1), ground), (self.note, self.look["busy"])]
        return [strip(parts, cells, ground)]

    def _room(self, head: ColumnHead, title: str, most: int) -> int:
        """Cells for a title: the focused one is the last to be cut."""
        return min(width(title), 16 if head.name == self.focused_column else most)

    def on_click(self, event: events.Click) -> None:
        for first, last, name in self._spans:
            if first <= event.x < last:
                self.post_message(self.Chosen(name))
