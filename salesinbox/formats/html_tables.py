"""Tables in HTML mail: which show data and which lay out a page, and the grid of those that show data (READ-2)."""

import re

from selectolax.lexbor import LexborNode

from salesinbox.formats.html_drafts import Pieces

_TEXT_OF_FIGURES = 40
_TEXT_OF_TABLES = 400
_MOST_COLUMNS = 12
_MOST_SPANNED = 1_000
_PAGE_LAYOUT = frozenset(
    {*("table", "ul", "ol", "dl", "blockquote", "pre", "figure", "form", "fieldset", "li", "hr")}
    | {f"h{level}" for level in range(1, 7)}
)
_LAYOUT_ROLES = frozenset({"presentation", "none"})
_DATA_CLASS = re.compile(r"MsoTableGrid|MsoTable\w*List|MsoTable\w*Grid")


def shows_data(table: LexborNode) -> bool:
    """Whether a table shows data in columns, as opposed to laying out a page.

    It has two rows or more with two filled cells or more, at most twelve columns, and no page within its cells;
    cells are short, unless the table says of itself what it is by a heading or a frame.
    """
    attributes = table.attrs
    if attributes.sget("role") in _LAYOUT_ROLES:
        return False
    declared = attributes.sget("border").strip() not in ("", "0") or (
        _DATA_CLASS.search(attributes.sget("class")) is not None
    )
    own = table.mem_id
    rows = cells = filled = columns = text = 0
    for node in table.traverse(include_text=True):
        tag = node.tag
        if tag == "-text":
            length = len((node.text_content or "").strip())
            if length:
                filled += not text
                text += length
                if text > (_TEXT_OF_TABLES if declared else _TEXT_OF_FIGURES):
                    return False
        elif tag in ("td", "th"):
            cells, text = cells + 1, 0
            declared = declared or tag == "th"
        elif tag == "tr":
            rows += filled > 1
            columns, cells, filled, text = max(columns, cells), 0, 0, 0
        elif tag in _PAGE_LAYOUT and node.mem_id != own:
            return False
    rows += filled > 1
    return rows > 1 and 1 < max(columns, cells) <= _MOST_COLUMNS


class Grid:
    """The rows of a table that shows data, as they are read."""

    def __init__(self) -> None:
        self._rows: list[list[Pieces]] = []
        self._heads: list[bool] = []
        self._below: dict[int, int] = {}
        """Columns that a cell of an earlier row reaches down into, and for how many rows more."""

    def row(self) -> None:
        self._rows.append([])
        self._heads.append(True)
        if self._below:
            self._reach()

    def cell(self, pieces: Pieces, *, head: bool, wide: int, high: int) -> None:
        """A cell over `wide` columns and `high` rows; where it reaches beyond the first, empty ones stand."""
        if not self._rows:
            self.row()
        row = self._rows[-1]
        if high > 1:
            for column in range(len(row), min(len(row) + wide, _MOST_COLUMNS)):
                self._below[column] = min(high, _MOST_SPANNED) - 1
        row.append(pieces)
        if wide > 1:
            row.extend([()] * min(wide - 1, _MOST_COLUMNS - len(row)))
        if pieces and not head:
            self._heads[-1] = False
        if self._below:
            self._reach()

    def _reach(self) -> None:
        row = self._rows[-1]
        while self._below.get(len(row), 0) > 0 and len(row) < _MOST_COLUMNS:
            self._below[len(row)] -= 1
            row.append(())

    def finished(self) -> tuple[tuple[tuple[Pieces, ...], ...], bool]:
        """(rows of the same length without columns that are empty, whether the first names the columns)."""
        rows = [(row, head) for row, head in zip(self._rows, self._heads, strict=True) if any(row)]
        columns = max((len(row) for row, _ in rows), default=0)
        kept = [at for at in range(columns) if any(at < len(row) and row[at] for row, _ in rows)]
        listed = tuple(tuple(row[at] if at < len(row) else () for at in kept) for row, _ in rows)
        return listed, len(rows) > 1 and rows[0][1]
