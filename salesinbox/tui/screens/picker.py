"""A list over the board from which one thing is taken, with or without typing to narrow it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.strip import Strip

from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.text import width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.typing import Typed
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]


@dataclass(frozen=True)
class Choice:
    """A row: what it says, a hint at its right, and a second line; all safe to draw."""

    title: str
    hint: str = ""
    detail: str = ""
    value: Any = None
    strong: bool = False


Source = Sequence[Choice] | Callable[[str], Sequence[Choice]]
"""Rows, or what finds them for what was typed (its errors of ours are shown as sentences)."""


class _List(Framed):
    def __init__(self, board: "Board", heading: str, *, typing: bool, prompt: str, nothing: str) -> None:
        super().__init__(board.look)
        self.board = board
        self.heading = heading
        choose, back = _("choose"), _("back")
        leaving = "Esc" if typing else board.keys.label("back")
        self.hint = f"{board.keys.label('open')} {choose}  {leaving} {back}"
        self.typed = Typed() if typing else None
        self.prompt, self.nothing = prompt, nothing
        self.choices: Sequence[Choice] = ()
        self.sentence = ""
        self.before = ""
        """What an empty list says before anything is typed."""
        self.cursor = self.top = 0
        self.rows = 1

    @property
    def each(self) -> int:
        """Lines of a row."""
        return 2 if any(choice.detail for choice in self.choices) else 1

    def inside(self, cells: int, rows: int) -> list[Strip]:
        text = self.look["text"]
        lines: list[Strip] = []
        if self.typed is not None:
            line = typed_line(self, self.board, self.typed, self.prompt, cells)
            lines += [line, strip([("─" * cells, self.look["rule"])], cells, text)]
        self.rows = max((rows - len(lines)) // self.each, 1)
        self.top = max(0, min(self.top, self.cursor), self.cursor - self.rows + 1)
        if self.sentence or not self.choices:
            words = self.sentence or (self.nothing if self.typed is None or self.typed.text else self.before)
            style = self.look["warning"] if self.sentence else self.look["dim"]
            lines += [strip([(line, style)], cells, text) for line in wrap(words, cells)]
        for index, choice in enumerate(self.choices[self.top : self.top + self.rows], self.top):
            lines += self._row(choice, cells, here=index == self.cursor)
        return lines

    def _row(self, choice: Choice, cells: int, *, here: bool) -> list[Strip]:
        ground = self.look["selected"] if here else self.look["text"]
        style = ground if here else self.look["unread"] if choice.strong else self.look["text"]
        dim = ground if here else self.look["dim"]
        bar: Part = ("▌ ", self.look["cursor"] if not here else ground) if here else ("  ", ground)
        lines = [ends([bar, (choice.title, style)], [(f" {choice.hint} ", dim)] if choice.hint else [], cells, ground)]
        if self.each == 2:
            lines.append(strip([bar, (choice.detail, dim)], cells, ground))
        return lines


def typed_line(framed: Framed, board: "Board", typed: Typed, prompt: str, cells: int, sign: str = "⌕ ") -> Strip:
    """The first line of a frame: what was typed, with the cursor drawn and told to the terminal.

    Input methods open beside the cursor, so that Japanese is typed where it will stand.
    """
    look = framed.look
    style, text = look["input"], look["text"]
    before, after = typed.text[: typed.place], typed.text[typed.place :]
    room = max(cells - width(sign) - 4, 1)
    while width(before) > room:
        before = before[1:]
    cursor = after[:1] or " "
    if not typed.text:
        after, cursor = " " + prompt[1:], prompt[:1] or " "
    board.cursor_position = framed.region.offset + Offset(2 + width(sign) + width(before), 1)
    rest = style if typed.text else look["dim"]
    return strip([(sign, look["heading"]), (before, style), (cursor, style + Style(reverse=True)), (after[1:], rest)],
                 cells, text)  # fmt: skip


class Picker(Overlay):
    """`chosen` gets the value that was taken; `looked_at` each value that the cursor comes to; `left` closes undone."""

    def __init__(
        self,
        board: "Board",
        heading: str,
        source: Source,
        *,
        chosen: Callable[[Any], None],
        looked_at: Callable[[Any], None] | None = None,
        left: Callable[[], None] | None = None,
        typing: bool = False,
        prompt: str = "",
        nothing: str = "",
        large: bool = False,
        start: int = 0,
    ) -> None:
        self.source = source
        self.chosen, self.looked_at, self.left = chosen, looked_at, left
        self.list = _List(board, heading, typing=typing, prompt=prompt, nothing=nothing or _("Nothing fits."))
        self.list.cursor = start
        self.find()
        most = len(self.list.choices) * self.list.each

        def size(cells: int, rows: int) -> tuple[int, int]:
            if large:
                return min(120, max(cells - 4, 10)), max(rows - 2, 3)
            wanted = max([width(c.title) + width(c.hint) + 10 for c in self.list.choices] + [width(heading) + 8, 44])
            return min(max(wanted, 30), max(cells - 4, 10)), min(most + 2 + 2 * typing, max(rows - 2, 3))

        super().__init__(board, self.list, size, top=large)

    def find(self) -> None:
        """Rows for what is typed now."""
        lines = self.list
        if callable(self.source):
            try:
                lines.choices, lines.sentence = self.source(lines.typed.text if lines.typed else ""), ""
            except SalesInboxError as error:
                lines.choices, lines.sentence = (), str(error)
        else:
            lines.choices = self.source
        lines.cursor = max(0, min(lines.cursor, len(lines.choices) - 1))

    async def on_key(self, event: events.Key) -> None:
        if self.list.typed is not None and event.key not in ("escape", "enter", "up", "down", "pageup", "pagedown"):
            event.stop()
            event.prevent_default()
            if event.key in ("ctrl+c", "ctrl+q"):
                self.board.exit()
            elif self.list.typed.key(event.key, event.character):
                self._typed()
            elif event.key in ("ctrl+n", "ctrl+p"):
                self._move(1 if event.key == "ctrl+n" else -1)
            return
        await super().on_key(event)

    def on_paste(self, event: events.Paste) -> None:
        if self.list.typed is not None:
            self.list.typed.insert(event.text)
            self._typed()

    def _typed(self) -> None:
        self.list.cursor = 0
        self.find()
        self.list.changed()

    def take(self, command: str, event: events.Key) -> None:
        if command == "open" or event.key == "enter":
            self._choose()
            return
        if command == "" and event.key in ("up", "down", "pageup", "pagedown"):
            command = {"up": "move-up", "down": "move-down", "pageup": "page-up", "pagedown": "page-down"}[event.key]
        steps = self.steps(command, self.list.rows, len(self.list.choices))
        if steps is not None:
            self._move(steps)

    def _move(self, steps: int) -> None:
        lines = self.list
        lines.cursor = max(0, min(lines.cursor + steps, len(lines.choices) - 1))
        lines.changed()
        if self.looked_at is not None and lines.choices:
            self.looked_at(lines.choices[lines.cursor].value)

    def _choose(self) -> None:
        if self.list.choices:
            value = self.list.choices[self.list.cursor].value
            self.dismiss(None)
            self.board.attempt(lambda: self.chosen(value))

    def close(self) -> None:
        super().close()
        if self.left is not None:
            self.left()

    def on_click(self, event: events.Click) -> None:
        if event.widget is self.list:
            above = 3 if self.list.typed is not None else 1
            index = self.list.top + (event.y - above) // self.list.each
            if event.y >= above and 0 <= index < len(self.list.choices):
                self.list.cursor = index
                self._choose()
        else:
            super().on_click(event)

    def on_mouse_scroll_down(self) -> None:
        self._move(1)

    def on_mouse_scroll_up(self) -> None:
        self._move(-1)
