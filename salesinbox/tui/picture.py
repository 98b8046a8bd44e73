"""What the terminal shows, row by row, so that a whole picture is sent as what differs from it.

A list that opens over the board, and the board that comes back, are whole pictures to the framework: some 35 KB at
160×45 each time, of which a tenth has changed.
"""

from collections.abc import Callable, Iterable, Sequence

from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate  # what the framework hands over
from textual.strip import Strip

from salesinbox.model.text import width

_JOINING = "\U0001f000"
"""From here on there are emoji, of which several may be one sign."""

Change = tuple[int, int, Strip]
"""Cell and row of the screen, and what is written there."""


class Picture:
    """Follows each update. A row is known only from what was sent; `forget` when somebody else drew on the terminal."""

    def __init__(self) -> None:
        self._rows: dict[int, Strip] = {}
        self._cells = 0

    def forget(self) -> None:
        self._rows.clear()

    def follow(self, update: CompositorUpdate) -> CompositorUpdate:
        """Take note of an update that is about to be sent; returns what to send in its place."""
        if isinstance(update, LayoutUpdate):
            return self._whole(update)
        if isinstance(update, ChopsUpdate):
            return self._parts(update)
        self.forget()
        return update

    def _whole(self, update: LayoutUpdate) -> CompositorUpdate:
        region = update.region
        if region.x or region.width != self._cells:
            self.forget()
            self._cells = region.width
        return _Changes([self._change(y, Strip.join(line)) for y, line in enumerate(update.strips, region.y)])

    def _change(self, y: int, new: Strip) -> Change:
        """What to write where so that a row becomes the new one, which is known from now on."""
        old = self._rows.get(y)
        start, end = (0, new.cell_length) if old is None else _differing(old, new)
        self._rows[y] = new
        return start, y, new.crop(start, end)

    def _parts(self, update: ChopsUpdate) -> CompositorUpdate:
        """The same choice as the framework's `ChopsUpdate.render_segments` makes of what is written where."""
        if any(y not in self._rows for y, _left, _right in update.spans):
            for y, _left, _right in update.spans:
                self._rows.pop(y, None)
            return update
        rows: dict[int, Strip] = {}
        for y, left, right in update.spans:
            row = rows.get(y, self._rows[y])
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is None or x > right or end <= left:
                    continue
                piece = strip if right > x >= left and end <= right else strip.crop(0, min(end, right) - x)
                row = Strip.join([row.crop(0, x), piece, row.crop(x + piece.cell_length)])
            rows[y] = row
        return _Changes([self._change(y, row) for y, row in rows.items()])


class _Changes(CompositorUpdate):
    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = [change for change in changes if change[2].cell_length]

    def render_segments(self, console: Console) -> str:
        return "".join(Control.move_to(x, y).segment.text + strip.render(console) for x, y, strip in self.changes)


def _differing(old: Strip, new: Strip) -> tuple[int, int]:
    """From which cell to which two rows differ; (0, 0) when they are the same."""
    before, after = _merged(old), _merged(new)
    if before == after:
        return 0, 0
    if old.cell_length != new.cell_length:
        return 0, new.cell_length
    start = _alike(before, after, _ahead)
    end = new.cell_length - _alike(before[::-1], after[::-1], _behind)
    return (start, end) if start < end else (0, new.cell_length)


def _alike(before: Sequence[Segment], after: Sequence[Segment], common: Callable[[str, str], str]) -> int:
    """How many cells are the same, segment by segment and then within the first one that differs."""
    cells = 0
    for one, other in zip(before, after, strict=False):
        if one == other:
            cells += other.cell_length
            continue
        if one.style == other.style:
            cells += width(common(one.text, other.text))
        break
    return cells


def _ahead(one: str, other: str) -> str:
    """What two texts begin with alike, up to where a character begins in both."""
    end = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    while end > 0 and not (_begins(one, end) and _begins(other, end)):
        end -= 1
    return one[:end]


def _behind(one: str, other: str) -> str:
    """What two texts end with alike."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    size = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    while size > 0 and not _begins(one, len(one) - size):
        size -= 1
    return one[len(one) - size :]


def _begins(text: str, place: int) -> bool:
    """Whether a cell surely begins there: nothing around it may join with its neighbour to one sign."""
    return all(letter.isascii() or (letter < _JOINING and width(letter) > 0) for letter in text[place - 1 : place + 1])


def _merged(strip: Iterable[Segment]) -> list[Segment]:
    """Segments without those that say nothing, neighbours of one style as one."""
    merged: list[Segment] = []
    for segment in strip:
        if not segment.text:
            continue
        if merged and merged[-1].style == segment.style:
            merged[-1] = Segment(merged[-1].text + segment.text, segment.style)
        else:
            merged.append(segment)
    return merged
