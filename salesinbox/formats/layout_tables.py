"""Tables drawn to a width: in columns where they fit, else row by row as "heading: value" (READ-2, UI-3)."""

import re
from collections.abc import Sequence

from salesinbox.formats.layout_spans import Marks, Spans, plain, wrapped
from salesinbox.model.reading import STRONG, Block, Span
from salesinbox.model.text import width

_GAP = "  "
_NARROW = 8
"""Cells below which no column of words is squeezed."""
_UNLIMITED = 1_000_000_000
_FIGURE = re.compile(
    r"[-+−△▲(]?\s*[¥￥$€£]?\s*[-+−]?\d[\d,.'\s]*\s*(?:[%％円個件名台人日枚本]|[A-Z]{3}|[万億千]?円|€|kg|h)?\)?$"
)


def lines(table: Block, cells: int, marks: Marks, *, limited: bool) -> list[Spans]:
    """The table's lines, at most `cells` cells each; without a limit each row is one line."""
    rows = [tuple(marks.put(cell) for cell in row) for row in table.rows]
    if not rows or not rows[0]:
        return []
    if not limited:
        rows = [tuple(tuple(_flat(span) for span in cell) for cell in row) for row in rows]
    columns = len(rows[0])
    natural = [max(_width(row[at]) for row in rows) for at in range(columns)]
    figures = [limited and _is_figures(rows, at, head=table.head) for at in range(columns)]
    widths = _fitted(natural, _least(rows, natural, figures), cells - len(_GAP) * (columns - 1))
    if widths is None:
        return _stacked(rows, cells, head=table.head)
    drawn: list[Spans] = []
    several = False
    for at, row in enumerate(rows):
        these = _row(row, widths, figures)
        if limited and table.head and at == 0:
            these.append((Span(_GAP.join("─" * cells_ for cells_ in widths)),))
        elif at > table.head and (several or len(these) > 1) and columns > 1:
            # Rows of several lines would run into each other.
            drawn.append(())
        several = at >= table.head and len(these) > 1
        drawn.extend(these)
    return drawn


def _flat(span: Span) -> Span:
    return Span(span.text.replace("\n", " "), span.style, span.link) if "\n" in span.text else span


def _width(cell: Spans) -> int:
    text = plain(cell)
    return max(map(width, text.split("\n"))) if "\n" in text else width(text)


def _is_figures(rows: Sequence[tuple[Spans, ...]], column: int, *, head: bool) -> bool:
    texts = [plain(row[column]).strip() for row in rows[1 if head else 0 :]]
    filled = [text for text in texts if text]
    return len(filled) > 0 and all(len(text) < 30 and _FIGURE.match(text) for text in filled)


def _least(rows: Sequence[tuple[Spans, ...]], natural: Sequence[int], figures: Sequence[bool]) -> list[int]:
    """What each column needs: figures whole, words at least some cells and their longest word within reason."""
    least: list[int] = []
    for at, wide in enumerate(natural):
        if figures[at]:
            least.append(wide)
            continue
        longest = max((width(word) for row in rows for word in plain(row[at]).split() if word.isascii()), default=0)
        least.append(min(wide, max(_NARROW, min(longest, 2 * _NARROW))))
    return least


def _fitted(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Widths of the columns that fill the room at most; None if they cannot stand beside each other."""
    if sum(natural) <= room:
        return list(natural)
    if sum(least) > room:
        return None
    widths = list(least)
    spare = room - sum(widths)
    wanting = [at for at in range(len(natural)) if natural[at] > widths[at]]
    while spare > 0 and wanting:
        share = max(spare // len(wanting), 1)
        for at in list(wanting):
            more = min(share, natural[at] - widths[at], spare)
            widths[at] += more
            spare -= more
            if widths[at] >= natural[at]:
                wanting.remove(at)
    return widths


def _row(row: Sequence[Spans], widths: Sequence[int], figures: Sequence[bool]) -> list[Spans]:
    pieces = [wrapped(cell, wide, wide) if cell else [()] for cell, wide in zip(row, widths, strict=True)]
    drawn: list[Spans] = []
    for line in range(max(map(len, pieces))):
        spans: list[Span] = []
        owed = 0
        for at, wide in enumerate(widths):
            piece = pieces[at][line] if line < len(pieces[at]) else ()
            used = width(plain(piece)) if piece else 0
            before = wide - used if figures[at] else 0
            if piece:
                if owed + before:
                    spans.append(Span(" " * (owed + before)))
                spans.extend(piece)
                owed = wide - used - before + len(_GAP)
            else:
                owed += wide + len(_GAP)
        drawn.append(tuple(spans))
    return drawn


def _stacked(rows: Sequence[tuple[Spans, ...]], cells: int, *, head: bool) -> list[Spans]:
    """Each row as lines of "heading: value", an empty line between rows; without headings, value after value."""
    names = [" ".join(plain(cell).split()) for cell in rows[0]] if head else []
    drawn: list[Spans] = []
    for number, row in enumerate(rows[1:] if head else rows):
        if number:
            drawn.append(())
        for at, cell in enumerate(row):
            if not cell:
                continue
            named = (Span(f"{names[at]}: ", STRONG),) if head and names[at] else ()
            pieces = wrapped((*named, *cell), cells, cells - 2)
            first = at == 0 or bool(named)
            drawn.extend(piece if place == 0 and first else (Span("  "), *piece) for place, piece in enumerate(pieces))
    return drawn
