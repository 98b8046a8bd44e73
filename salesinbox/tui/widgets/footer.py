"""The bottom line: the keys of what can be done now, or a sentence that was just said."""

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from salesinbox.model.text import safe, width
from salesinbox.tui.lines import Lines, strip
from salesinbox.tui.themes import Look


class Footer(Lines):
    def __init__(self, look: Look) -> None:
        super().__init__(look, id="footer")
        self.hints: Sequence[tuple[str, str]] = ()
        self.sentence = ""
        self.alarming = False

    def build(self, cells: int, rows: int) -> list[Strip]:  # noqa: ARG002 - one line
        ground = self.look["footer"]
        if self.sentence:
            style = self.look["error"] if self.alarming else self.look["key"]
            return [strip([(" " + safe(self.sentence, 400), style)], cells, ground)]
        parts: list[tuple[str, Style]] = [(" ", ground)]
        used = 1
        for key, text in self.hints:
            size = width(key) + width(text) + 3
            if used + size > cells:
                continue
            parts += [(key, self.look["key"]), (f" {text}  ", ground)]
            used += size
        return [strip(parts, cells, ground)]
