"""Which columns a list of records has, how wide each is, and how a row of them is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style

from salesinbox.model import fields as types
from salesinbox.model.fields import Field, fields
from salesinbox.model.records import Record
from salesinbox.model.text import clip, pad, safe, width
from salesinbox.tui.records import words

if TYPE_CHECKING:
    from salesinbox.tui.app import Board
    from salesinbox.tui.themes import Look

Part = tuple[str, Style]
NAME = "name"
"""The first column of every list; people have it in no field of its own."""
_LEAST_NAME, _MOST_NAME = 20, 44
_GAP = 2
_WIDTHS = {
    types.DATE: 12, types.MOMENT: 18, types.AMOUNT: 15, types.NUMBER: 10, types.STAGE: 16, types.CHOICE: 18,
    types.ADDRESSES: 30, types.PHONE: 16, types.YES: 6, types.LONG: 40, types.ABOUT: 28, types.LINK: 22,
    types.PEOPLE: 24,
}  # fmt: skip
_OTHER = 20
_MARK, _WIDEST_HEADING = 2, 24
"""Cells for the mark of the order beside a heading, and the most that a heading makes a column wide."""
_LEAST = {types.AMOUNT: 12, types.DATE: 11, types.STAGE: 10, types.ADDRESSES: 24}
_RIGHT = frozenset({types.AMOUNT, types.NUMBER})
_PERSONS_NAMES = frozenset({"first", "last"})


@dataclass(frozen=True, slots=True)
class Column:
    field: Field
    cells: int


def offered(board: "Board", kind: str) -> list[Field]:
    """All fields of a kind that can be a column; the name is one in any case."""
    return [field for field in fields(kind, board.settings.records.fields) if field.name != NAME]


def first(board: "Board", kind: str) -> list[str]:
    """Names of the columns that a list has as it comes."""
    return [field.name for field in board.records.columns(kind) if field.name not in (NAME, *_PERSONS_NAMES)]


def fitted(chosen: Sequence[Field], cells: int) -> tuple[int, list[Column]]:
    """Cells for the name, and the columns that there is room for beside it, the first ones first."""
    left = cells - _LEAST_NAME
    shown: list[Field] = []
    for field in chosen:
        if left < _least(field) + _GAP:
            break
        shown.append(field)
        left -= _least(field) + _GAP
    columns = []
    for field in shown:
        more = min(_wanted(field) - _least(field), left)
        columns.append(Column(field, _least(field) + more))
        left -= more
    return _LEAST_NAME + min(left, _MOST_NAME - _LEAST_NAME), columns


def _wanted(field: Field) -> int:
    return max(_WIDTHS.get(field.type, _OTHER), min(width(words.heading(field)) + _MARK, _WIDEST_HEADING))


def _least(field: Field) -> int:
    """With fewer cells a column says nothing."""
    return min(_LEAST.get(field.type, 16), _wanted(field))


def headings(name: str, cells: int, columns: Sequence[Column], sort: str, mark: str) -> str:
    """The line above the rows; `mark` stands beside the column that the list is sorted by."""

    def named(text: str, field: str) -> str:
        return f"{text} {mark}" if field == sort else text

    parts = [pad(named(name, NAME), cells)]
    for column in columns:
        text = clip(named(words.heading(column.field), column.field.name), column.cells)
        parts.append(_aligned(text, column))
    return (" " * _GAP).join(parts)


def row(board: "Board", look: "Look", record: Record, cells: int, columns: Sequence[Column], name: Style) -> list[Part]:
    """A record in its columns. Only its name is drawn otherwise where the cursor is: little is sent when it moves."""
    parts: list[Part] = [(pad(words.name_of(record), cells), name)]
    for column in columns:
        text = clip(safe(board.records.value(record, column.field), 400), column.cells)
        parts += [(" " * _GAP, look["text"]), (_aligned(text, column), words.style(look, column.field, record))]
    return parts


def _aligned(text: str, column: Column) -> str:
    if column.field.type in _RIGHT:
        return " " * (column.cells - width(text)) + text
    return pad(text, column.cells)
