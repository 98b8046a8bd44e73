"""The ground of all widgets here: a widget is a list of ready lines, and only what changed goes to the terminal."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from salesinbox.model.text import clip, pad, width
from salesinbox.tui.themes import Look


def strip(parts: Sequence[tuple[str, Style]], cells: int, ground: Style) -> Strip:
    """Plain pieces of text in one line of exactly `cells` cells. The text is safe already, and is never markup."""
    segments: list[Segment] = []
    left = cells
    for text, style in parts:
        size = width(text)
        if size > left:
            text = clip(text, left)  # noqa: PLW2901 - the piece that does not fit any more
            size = width(text)
        if text:
            segments.append(Segment(text, style))
        left -= size
        if left <= 0:
            break
    if left > 0:
        segments.append(Segment(" " * left, ground))
    return Strip(segments, cells)


def ends(start: Sequence[tuple[str, Style]], end: Sequence[tuple[str, Style]], cells: int, ground: Style) -> Strip:
    """A line with one part at its left and one at its right edge; the left one gives way."""
    right = sum(width(text) for text, _style in end)
    if right >= cells:
        return strip(end, cells, ground)
    room = cells - right
    segments: list[tuple[str, Style]] = []
    for text, style in start:
        size = width(text)
        if size >= room:
            segments.append((pad(text, room), style))
            room = 0
            break
        segments.append((text, style))
        room -= size
    if room:
        segments.append((" " * room, ground))
    return strip([*segments, *end], cells, ground)


class Lines(Widget):
    """Subclasses build all their lines; `changed` builds them again and repaints those that differ."""

    DEFAULT_CSS = ""
    ALLOW_SELECT = False

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = look
        self._lines: list[Strip] = []
        self._built = (-1, -1)

    def build(self, cells: int, rows: int) -> list[Strip]:
        """All lines of the widget, each `cells` wide; missing ones are left blank."""
        raise NotImplementedError

    def changed(self) -> None:
        """What is shown may have changed: build the lines, and repaint from the left to the last cell that differs."""
        size = (self.size.width, self.size.height)
        if size != self._built or 0 in size:
            self._built = (-1, -1)
            self.refresh()
            return
        before, self._lines = self._lines, self._fill(*size)
        dirty = [
            Region(0, y, reach, 1)
            for y, (old, new) in enumerate(zip(before, self._lines, strict=True))
            if (reach := _reach(old, new))
        ]
        if dirty:
            self.refresh(*dirty)

    def restyle(self, look: Look) -> None:
        """Another theme: everything is drawn anew."""
        self.look = look
        self._built = (-1, -1)
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines as they are: no style sheet is applied to them, which is most of a repaint's cost."""
        size = (self.size.width, self.size.height)
        if size != self._built:
            self._lines = self._fill(*size)
            self._built = size
        lines = self._lines[crop.y : crop.bottom]
        if (crop.x, crop.right) != (0, size[0]):
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def text_lines(self) -> list[str]:
        """What is shown, as plain text."""
        return [line.text for line in self._lines]

    def _fill(self, cells: int, rows: int) -> list[Strip]:
        lines = [_joined(line) for line in self.build(cells, rows)[:rows]]
        if len(lines) < rows:
            lines += [strip([], cells, self.look["text"])] * (rows - len(lines))
        return lines


def _joined(line: Strip) -> Strip:
    """The line with as few segments as look the same: each costs some twenty bytes of its own.

    Blanks take the style of what is before them where that leaves the picture as it is.
    """
    segments: list[Segment] = []
    for segment in line:
        text, style, _control = segment
        if segments and style is not None:
            before, its, _none = segments[-1]
            if its is not None and (its == style or (text.isspace() and _blank_alike(its, style))):
                segments[-1] = Segment(before + text, its)
                continue
        segments.append(segment)
    return Strip(segments, line.cell_length)


def _blank_alike(one: Style, other: Style) -> bool:
    """Whether blanks look the same in both styles."""
    drawn = (one.underline, one.reverse, one.strike, other.underline, other.reverse, other.strike)
    return one.bgcolor == other.bgcolor and not any(drawn)


def _reach(old: Strip, new: Strip) -> int:
    """How many cells from the left have to be sent so that the line becomes the new one."""
    before, after = old._segments, new._segments  # noqa: SLF001 - Strip has no public way that does not copy
    if before == after:
        return 0
    cells = new.cell_length
    for one, other in zip(reversed(before), reversed(after), strict=False):
        if one != other:
            if one.style and other.style and _blank_alike(one.style, other.style):
                cells -= min(_blanks(one.text), _blanks(other.text))
            break
        cells -= other.cell_length
    return max(cells, 1)


def _blanks(text: str) -> int:
    return len(text) - len(text.rstrip(" "))
