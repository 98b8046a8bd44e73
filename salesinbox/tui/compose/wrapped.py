"""The text as it is broken into rows: Japanese breaks as it does everywhere else here, not only at spaces."""

from textual.document._document import DocumentBase, Location  # the framework's own editor is built on these
from textual.document._wrapped_document import WrappedDocument

from salesinbox.model.text import width
from salesinbox.model.wrapping import breaks

_KEPT = 20_000
"""Lines whose breaks are kept."""


class Wrapped(WrappedDocument):
    """Breaks each line once for a width, and finds it again as long as it stays the same."""

    def __init__(self, document: DocumentBase, cells: int = 0) -> None:
        self._broken: dict[str, list[int]] = {}
        self._broken_for = 0
        super().__init__(document, cells)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """All lines; `width` 0 breaks none. There are no tabs, so `tab_width` says nothing."""
        if tab_width:
            self._tab_width = tab_width
        if width != self._broken_for or len(self._broken) > _KEPT:
            self._broken.clear()
            self._broken_for = width
        self._width = width
        self._wrap_offsets = [self._breaks(line) for line in self.document.lines]
        rows: list[tuple[int, int]] = []
        places: list[list[int]] = []
        for index, offsets in enumerate(self._wrap_offsets):
            at = len(rows)
            places.append(list(range(at, at + len(offsets) + 1)))
            rows += [(index, section) for section in range(len(offsets) + 1)]
        self._offset_to_line_info, self._line_index_to_offsets = rows, places
        self._tab_width_cache = [[] for _line in self._wrap_offsets]

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """After an edit. Within one line only that one is looked at, as long as it takes as many rows as before."""
        row = start[0]
        if start[0] == old_end[0] == new_end[0] and self.document.line_count == len(self._wrap_offsets):
            broken = self._breaks(self.document.lines[row])
            if len(broken) == len(self._wrap_offsets[row]):
                self._wrap_offsets[row] = broken
                return
        self.wrap(self._width)

    @property
    def height(self) -> int:
        return len(self._offset_to_line_info)

    def _breaks(self, line: str) -> list[int]:
        if not self._width or len(line) * 2 <= self._width:
            return []
        found = self._broken.get(line)
        if found is None:
            found = self._broken[line] = offsets(line, self._width)
        return found


def offsets(line: str, cells: int) -> list[int]:
    """Where in a line its second and further rows begin. Spaces at a break stay with the row before it."""
    starts = [start for start, _end in breaks(line, cells, cells)] or [0]
    begins: list[int] = []
    for start, stop in zip(starts, [*starts[1:], len(line)], strict=True):
        begins.append(start)
        # Blanks that the rep types on and on take rows of their own.
        room = len(line[start:stop].rstrip(" ")) + start
        cell = width(line[start:room])
        for at in range(room, stop):
            if cell > cells:
                begins.append(at)
                cell = 0
            cell += 1
    return begins[1:]
