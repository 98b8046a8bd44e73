"""The text of a message while it is written: the framework's editor, drawn as everything here is drawn."""

import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.document._document import Document, Location  # what the framework's editor is built on
from textual.document._document_navigator import DocumentNavigator
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import TextArea

from salesinbox.model.text import safe, safe_block, width
from salesinbox.tui.compose import quoting
from salesinbox.tui.compose.wrapped import Wrapped
from salesinbox.tui.lines import strip

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

WIDEST = 96
"""Cells of a row at most: longer ones are hard to read."""
_UNDO_STEPS = 500

_MOVES = {
    "up": "cursor_up", "down": "cursor_down", "left": "cursor_left", "right": "cursor_right",
    "ctrl+left": "cursor_word_left", "ctrl+right": "cursor_word_right",
    "home": "cursor_line_start", "ctrl+a": "cursor_line_start", "end": "cursor_line_end", "ctrl+e": "cursor_line_end",
}  # fmt: skip
"""What moves the cursor; with shift it selects."""
_EDITS = {
    "backspace": "delete_left", "delete": "delete_right", "ctrl+d": "delete_right", "ctrl+w": "delete_word_left",
    "ctrl+backspace": "delete_word_left", "alt+backspace": "delete_word_left", "ctrl+delete": "delete_word_right",
    "alt+delete": "delete_word_right", "ctrl+u": "delete_to_start_of_line",
    "ctrl+z": "undo", "ctrl+y": "redo", "ctrl+x": "cut",
    "pageup": "cursor_page_up", "pagedown": "cursor_page_down", "f6": "select_line", "f7": "select_all",
}  # fmt: skip


class Body(TextArea):
    """It never has the framework's focus: the screen hands it the keys that are meant for it, while it is `active`."""

    can_focus = False
    ALLOW_SELECT = False

    def __init__(self, board: "Board", text: str, pressed: Callable[[], None], *, read_only: bool = False) -> None:
        self.board, self.pressed = board, pressed
        self.active = False
        super().__init__(
            "", read_only=read_only, compact=True, highlight_cursor_line=False, max_checkpoints=_UNDO_STEPS
        )
        self.cursor_blink = False
        self.styles.padding = 0
        self.styles.border = ("none", "black")
        self.styles.scrollbar_size_vertical = self.styles.scrollbar_size_horizontal = 0
        self.load_text(safe_block(text))

    # --- text ---------------------------------------------------------------------------------------------------

    def become(self, text: str) -> None:
        """Take another text over, as one step that can be undone; the cursor keeps its line where that stays."""
        old, new = self.document.lines, safe_block(text).split("\n")
        if old == new:
            return
        most = min(len(old), len(new))
        above = next((n for n in range(most) if old[n] != new[n]), most)
        below = next((n for n in range(most - above) if old[-1 - n] != new[-1 - n]), most - above)
        if above + below == most:  # lines only came, or only went: one that stays goes along
            above, below = (above - 1, below) if above else (above, below - 1)
        last = len(old) - below - 1
        self._exchange((above, 0), (last, len(old[last])), "\n".join(new[above : len(new) - below]))

    def _exchange(self, start: Location, end: Location, text: str) -> None:
        self.history.checkpoint()
        read_only, self.read_only = self.read_only, False
        self.replace(text, start, end, maintain_selection_offset=True)
        self.read_only = read_only
        self.history.checkpoint()

    def _put(self, text: str) -> None:
        """Text at the cursor, in the place of what is selected."""
        result = self._replace_via_keyboard(text, *self.selection)
        if result is not None:
            self.move_cursor(result.end_location)

    def paste(self, text: str) -> None:
        """What was copied elsewhere; no byte of it can do harm (READ-3)."""
        self.history.checkpoint()
        self._put(safe_block(text))
        self.history.checkpoint()

    # --- keys ---------------------------------------------------------------------------------------------------

    def take(self, key: str, character: str | None) -> bool:
        """A key that is meant for the text; False when it means nothing there. `character` is what it writes."""
        if character is not None:
            self._write(character)
        elif key in ("enter", "shift+enter", "ctrl+j"):
            self._enter()
        elif key == "tab":
            self._put(" " * self._find_columns_to_next_tab_stop())
        elif key.removeprefix("ctrl+").removeprefix("shift+") in ("home", "end") and key.startswith("ctrl+"):
            end = (0, 0) if key.endswith("home") else self.document.end
            self.move_cursor(end, select="shift" in key)
        elif (move := _MOVES.get(key.replace("shift+", ""))) is not None:
            getattr(self, f"action_{move}")("shift+" in key)
        elif (edit := _EDITS.get(key)) is not None:
            getattr(self, f"action_{edit}")()
        elif key == "ctrl+k":
            self._kill()
        elif key == "ctrl+v":
            self.paste(self.board.clipboard)
        else:
            return False
        return True

    @property
    def at_top(self) -> bool:
        """The cursor is in the first row, and nothing is selected: up leads out of the text."""
        return self.selection.is_empty and self.wrapped_document.location_to_offset(self.cursor_location).y == 0

    def copy_selected(self) -> bool:
        """Put what is selected on the clipboard; False when nothing is."""
        if not self.selected_text:
            return False
        self.board.copy_to_clipboard(self.selected_text)
        return True

    def _write(self, character: str) -> None:
        row, column = self.cursor_location
        if unicodedata.combining(character) and column and self.selection.is_empty:
            # A mark that is typed for itself joins the letter before it.
            letter = self.document.lines[row][column - 1]
            self.replace(safe(letter + character), (row, column - 1), (row, column), maintain_selection_offset=False)
            return
        self._put(safe(character))

    def _enter(self) -> None:
        row, column = self.cursor_location
        parts = quoting.split(self.document.lines[row], column) if self.selection.is_empty else None
        if parts is None:
            self._put("\n")
            return
        before, after = parts
        end = (row, len(self.document.lines[row]))
        self._exchange((row, 0), end, f"{before}\n\n{after}" if after else f"{before}\n")
        self.move_cursor((row + 1, 0))

    def _kill(self) -> None:
        """The rest of the line; at its end the line break."""
        if self.cursor_at_end_of_line:
            self.action_delete_right()
        else:
            self.action_delete_to_end_of_line()

    def rewrap(self) -> None:
        """The paragraph at the cursor, in lines of even length; quotations keep their marks."""
        if self.read_only:
            return
        row, _column = self.cursor_location
        start, end, lines = quoting.rewrapped(self.document.lines, row)
        if lines != self.document.lines[start:end]:
            self._exchange((start, 0), (end - 1, len(self.document.lines[end - 1])), "\n".join(lines))
            self.move_cursor((start + len(lines) - 1, len(lines[-1])))

    def delete_quotation(self) -> bool:
        """Take the quotation away, from the cursor on; False when none is left there."""
        row, _column = self.cursor_location
        found = quoting.quotation(self.document.lines, row)
        if found is None or self.read_only:
            return False
        start, end = found
        self._exchange((start, 0), (end - 1, len(self.document.lines[end - 1])), "")
        self.move_cursor((start, 0))
        return True

    # --- what the framework does otherwise ----------------------------------------------------------------------

    @property
    def wrap_width(self) -> int:
        """Beside the text there are a cell for the cursor and one for the mark of the place."""
        return max(min(self.size.width - 2, WIDEST), 1) if self.size.width else 0

    def _set_document(self, text: str, language: str | None) -> None:  # noqa: ARG002 - there is no syntax in mail
        self.document = Document(text)
        self.wrapped_document = Wrapped(self.document)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._build_highlight_map()
        self.move_cursor((0, 0))
        self._rewrap_and_refresh_virtual_size()

    def find_matching_bracket(self, bracket: str, search_from: Location) -> None:
        """Nothing: the search would go through the whole text."""

    def _recompute_cursor_offset(self) -> None:
        """While a step is undone the framework asks for it with the cursor still below the text's new end."""
        self._cursor_offset = self.wrapped_document.location_to_offset(min(self.cursor_location, self.document.end))

    def _app_theme_changed(self) -> None:
        self.refresh()

    async def _on_mouse_down(self, event: events.MouseDown) -> None:
        self.pressed()
        await super()._on_mouse_down(event)

    # --- drawing ------------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows as they are, without style sheets."""
        cells, rows = self.size.width, self.size.height
        top = round(self.scroll_y)
        edge = self._edge(top, rows)
        lines = [self._row(top + y, cells, edge[y] if y < rows else " ") for y in range(crop.y, crop.bottom)]
        if (crop.x, crop.right) != (0, cells):
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def _edge(self, top: int, rows: int) -> str:
        """The mark of the place, where not all of the text is seen."""
        total = self.wrapped_document.height
        if total <= rows or rows < 1:
            return " " * rows
        size = max(rows * rows // total, 1)
        start = min(rows - size, -(-top * (rows - size) // max(total - rows, 1)))
        return " " * start + "┃" * size + " " * (rows - start - size)

    def _row(self, row: int, cells: int, edge: str) -> Strip:
        look = self.board.look
        ground = look["text"]
        info = self.wrapped_document._offset_to_line_info  # noqa: SLF001 - there is no public way by rows
        if row >= len(info):
            return strip([], cells, ground)
        index, section = info[row]
        line = self.document.lines[index]
        begins = [0, *self.wrapped_document.get_offsets(index)]
        start, last = begins[section], section == len(begins) - 1
        end = len(line) if last else begins[section + 1]
        style = look["quote"] if line.startswith(">") else ground
        if self.read_only:
            style = look["dim"]
        parts = self._parts(line, index, start, end, style, last=last)
        body = strip(parts, cells - 1, ground)
        return Strip([*body, *strip([(edge, look["rule"])], 1, ground)], cells)

    def _parts(
        self, line: str, index: int, start: int, end: int, style: Style, *, last: bool
    ) -> list[tuple[str, Style]]:
        """A row's text: what is selected and where the cursor is look otherwise."""
        text = line[start:end]
        if not last and width(text) > self.wrap_width + 1:
            text = text.rstrip(" ")
        top, bottom = sorted(self.selection)
        marks: list[tuple[int, int, Style]] = []
        if top != bottom and top[0] <= index <= bottom[0]:
            left = top[1] if index == top[0] else 0
            right = bottom[1] if index == bottom[0] else len(line) + 1
            marks.append((left - start, right - start, self.board.look["selected"]))
            text += " " if last and right > len(line) else ""
        row, column = self.cursor_location
        here = self.active and row == index and (start <= column < end or (last and column == end))
        if not here:
            return _styled(text, style, marks)
        at = column - start
        if at >= len(text):
            text += " "
        return _styled(text, style, [*marks, (at, at + 1, style + Style(reverse=True))])


def _styled(text: str, style: Style, marks: list[tuple[int, int, Style]]) -> list[tuple[str, Style]]:
    """A text in pieces; a later mark lies on an earlier one."""
    ends = [at for left, right, _style in marks for at in (left, right)]
    cuts = sorted({0, len(text), *(min(max(at, 0), len(text)) for at in ends)})
    parts = []
    for left, right in pairwise(cuts):
        here = style
        for start, end, its in marks:
            if start <= left and right <= end:
                here = its
        parts.append((text[left:right], here))
    return parts
