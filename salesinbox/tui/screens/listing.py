"""A list over the board whose rows can be acted on by keys; what is under the cursor is told in full below it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.text import width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

_WIDEST = 110
_DETAIL = 6
"""Lines kept for what is told below, at least where there is room."""


_TYPING = 1.5
"""Seconds within which digits make one number."""


@dataclass(frozen=True)
class Item:
    """A row: its number or mark, title and hint at the right; `details` are (role, text), told in full below."""

    lead: str
    title: str
    hint: str = ""
    details: tuple[tuple[str, str], ...] = ()
    value: Any = None
    role: str = "text"


class _Items(Framed):
    def __init__(self, board: "Board", heading: str, items: Sequence[Item], hint: str) -> None:
        super().__init__(board.look)
        self.heading, self.items, self.hint = heading, items, hint
        self.cursor = self.top = 0
        self.rows = 1

    def inside(self, cells: int, rows: int) -> list[Strip]:
        text = self.look["text"]
        below = self._below(cells)
        # Half of the frame, and what a short list leaves of it.
        room = max(min(self.needed(cells), max(rows // 2, rows - len(self.items) - 1)), 1)
        self.rows = max(rows - room - 1, 1)
        self.top = max(0, min(self.top, self.cursor), self.cursor - self.rows + 1)
        lead = max((width(item.lead) for item in self.items), default=0)
        lines = [
            self._row(item, lead, cells, here=index == self.cursor)
            for index, item in enumerate(self.items[self.top : self.top + self.rows], self.top)
        ]
        lines += [strip([], cells, text)] * (self.rows - len(lines))
        lines.append(strip([("─" * cells, self.look["rule"])], cells, text))
        if len(below) > room:
            below = [*below[: room - 1], [("…", self.look["dim"])]] if room > 1 else below[:room]
        return lines + [strip(line, cells, text) for line in below]

    def needed(self, cells: int) -> int:
        """Lines that the longest of all details takes, within reason."""
        return max(min(max((len(self._wrapped(item, cells)) for item in self.items[:200]), default=1), _DETAIL), 1)

    def _below(self, cells: int) -> list[list[tuple[str, Style]]]:
        if not self.items:
            return []
        return [[(line, self.look[role])] for role, line in self._wrapped(self.items[self.cursor], cells)]

    def _wrapped(self, item: Item, cells: int) -> list[tuple[str, str]]:
        return [(role, line) for role, words in item.details for line in wrap(words[: cells * 40], cells)]

    def _row(self, item: Item, lead: int, cells: int, *, here: bool) -> Strip:
        ground = self.look["selected"] if here else self.look["text"]
        style = ground if here else self.look[item.role]
        dim = ground if here else self.look["dim"]
        bar = ("▌", ground) if here else (" ", ground)
        start = [bar, (" " * (lead - width(item.lead)) + item.lead + " ", dim), (item.title, style)]
        return ends(start, [(f"  {item.hint} ", dim)] if item.hint else [], cells, ground)


class Listing(Overlay):
    """`does` maps names of commands of `mode` to what they do with the row under the cursor.

    `open` is what the key of that name does, and `enter` what the frame calls it. Digits jump to the row whose lead
    they spell.
    """

    def __init__(
        self,
        board: "Board",
        mode: str,
        heading: str,
        items: Sequence[Item],
        does: Mapping[str, Callable[[Any], None]],
        *,
        enter: str = "",
    ) -> None:
        self.mode, self.does = mode, does
        self.typed = ""
        self._typed_at = 0.0
        self.items = _Items(board, heading, items, _keys(board, does, enter))

        def size(cells: int, rows: int) -> tuple[int, int]:
            wide = min(_WIDEST, max(cells - 4, 10))
            return wide, min(len(self.items.items) + self.items.needed(wide - 4) + 3, max(rows - 2, 3))

        super().__init__(board, self.items, size)

    def take(self, command: str, event: events.Key) -> None:
        character = event.character or ""
        if character.isdecimal() and character.isascii():
            self._jump(character)
            return
        self.typed = ""
        found = self.board.keys.find(self.mode, event.key, event.character)
        name = found.name if found is not None else command
        if name in self.does:
            if self.items.items:
                value = self.items.items[self.items.cursor].value
                self.board.attempt(lambda: self.does[name](value))
            return
        steps = self.steps(command, max(self.items.rows - 1, 1), len(self.items.items))
        if steps is not None:
            self._to(self.items.cursor + steps)

    def _jump(self, digit: str) -> None:
        """To the row whose number begins with what was typed; a digit that fits none begins anew."""
        now = monotonic()
        before = self.typed if now - self._typed_at < _TYPING else ""
        self._typed_at = now
        for typed in (before + digit, digit):
            places = [n for n, item in enumerate(self.items.items) if item.lead.strip() == typed]
            places += [n for n, item in enumerate(self.items.items) if item.lead.strip().startswith(typed)]
            if places:
                self.typed = typed
                self._to(places[0])
                return
        self.typed = ""

    def _to(self, place: int) -> None:
        self.items.cursor = max(0, min(place, len(self.items.items) - 1))
        self.items.changed()

    def on_click(self, event: events.Click) -> None:
        if event.widget is not self.items:
            super().on_click(event)
        elif 1 <= event.y <= self.items.rows:
            self._to(self.items.top + event.y - 1)

    def on_mouse_scroll_down(self) -> None:
        self._to(self.items.cursor + 1)

    def on_mouse_scroll_up(self) -> None:
        self._to(self.items.cursor - 1)


def _keys(board: "Board", does: Mapping[str, Callable[[Any], None]], enter: str) -> str:
    """What the frame says of its keys."""
    from salesinbox.tui.commands import BY_NAME  # noqa: PLC0415 - the registry knows the actions that open lists

    titles = {name: _(BY_NAME[name].title) for name in does} | ({"open": enter} if enter else {})
    words = [f"{board.keys.label(name)} {title}" for name, title in titles.items() if board.keys.of[name]]
    return "  ".join([*words, f"{board.keys.label('back')} {_('back')}"])
