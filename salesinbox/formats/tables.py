"""Delimited text: bytes in, rows of cells with line numbers out (RFC 4180, and what programs really write).

The content is read in passes and decoded piece by piece: of a file no more than a row is held.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from salesinbox.locale.texts import _
from salesinbox.model.errors import RecordsFileError

Source = bytes | Callable[[], BinaryIO]
"""Bytes, or what opens them anew for each pass."""

_PIECE = 1 << 16
_HEAD = 4096
_DELIMITERS = (",", ";", "\t")
_MOST_LINES = 1_000  # of one row; a quotation mark open for longer than that was never closed
_LONGEST_ROW = 4_000_000  # characters

# The limit is the whole process's; nothing else here reads CSV, and rows are bounded above.
csv.field_size_limit(_LONGEST_ROW)

_UTF_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_JAPANESE = ("cp932", "euc_jp", "euc_jis_2004")
_NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be taken apart: `reason` is a sentence."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """A file that can be read: how its text is encoded and how its cells are kept apart."""

    content: Source
    encoding: str
    delimiter: str
    heading: tuple[str, ...]
    heading_line: int

    def rows(self) -> Iterator[tuple[int, list[str]] | BrokenRow]:
        """The rows below the heading, each with the line it starts on; empty rows are passed over.

        Can be called again: each call reads the content anew.
        """
        found = _rows(self.content, self.encoding, self.delimiter)
        for row in found:
            if isinstance(row, BrokenRow) or (row[0] > self.heading_line and any(map(str.strip, row[1]))):
                yield row


def opened(content: Source) -> BinaryIO:
    """A stream over the content, from its start; to be closed."""
    return io.BytesIO(content) if isinstance(content, bytes) else content()


def head(content: Source) -> bytes:
    with opened(content) as stream:
        return stream.read(_HEAD)


def table(content: Source, understood: Callable[[list[str]], int]) -> Table:
    """Find out how the content is to be read.

    Args:
        content: The whole file.
        understood: How many cells of a first row are headings that mean something; what reads best wins.

    Raises:
        RecordsFileError: It is empty, no text, or in no encoding that can be told.
    """
    if head(content).startswith(_NOT_TEXT):
        raise RecordsFileError(
            _("This is not a text file but a workbook or a document. Save it as CSV, then import that.")
        )
    best: tuple[int, int, Table] | None = None
    for encoding in encodings(content):
        for delimiter in _DELIMITERS:
            first = _heading(content, encoding, delimiter)
            if first is None:
                continue
            line, cells = first
            score = (understood(cells), len(cells))
            if best is None or score > best[:2]:
                best = (*score, Table(content, encoding, delimiter, tuple(cells), line))
    if best is None:
        raise RecordsFileError(_("The file is empty: its first line must name the columns."))
    return best[2]


def _heading(content: Source, encoding: str, delimiter: str) -> tuple[int, list[str]] | None:
    for row in _rows(content, encoding, delimiter):
        if isinstance(row, BrokenRow):
            return None
        line, cells = row
        # "sep=;" is how some programs tell the delimiter to Excel.
        if any(cell.strip() for cell in cells) and not re.fullmatch("sep=.?", cells[0].strip().lower()):
            return line, cells
    return None


def encodings(content: Source) -> list[str]:
    """Encodings that the content is sound in, likeliest first.

    Raises:
        RecordsFileError: It is in none that can be told.
    """
    first = head(content)
    for mark, encoding in _UTF_MARKS:
        if first.startswith(mark):
            if not _decodes(content, encoding):
                raise RecordsFileError(
                    _("The file says that it is {encoding}, but it is damaged. Export it again.").format(
                        encoding=encoding.upper().removesuffix("-SIG")
                    )
                )
            return [encoding]
    start = first[:2000]
    if start.count(0) * 3 > len(start):
        # ASCII text in UTF-16 without a mark: every other byte is zero.
        encoding = "utf-16-be" if start[0] == 0 else "utf-16-le"
        if _decodes(content, encoding):
            return [encoding]
    if _decodes(content, "utf-8"):
        return ["utf-8"]
    japanese = [encoding for encoding in _JAPANESE if _decodes(content, encoding, _plausible)]
    if not japanese:
        raise RecordsFileError(
            _(
                "The file's characters cannot be read: it is neither UTF-8, UTF-16, Shift_JIS nor EUC-JP."
                " Save it as “CSV UTF-8”, then import that."
            )
        )
    return sorted(japanese, key=lambda encoding: -_japaneseness(content, encoding))


def _pieces(content: Source, encoding: str) -> Iterator[str]:
    with io.TextIOWrapper(opened(content), encoding, newline="") as text:
        while piece := text.read(_PIECE):
            yield piece


def _decodes(content: Source, encoding: str, check: Callable[[str], bool] = lambda _piece: True) -> bool:
    try:
        anything = nothing = True
        for piece in _pieces(content, encoding):
            anything = check(piece) or (anything and not nothing)
            nothing = False
    except UnicodeError:
        return False
    return anything


# "Pérez" in Windows-1252 is one ideograph between Latin letters when taken for Shift_JIS.
_LONE = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f](?![^\x00-\x7f])|(?<![^\x00-\x7f])[^\x00-\x7f](?=[A-Za-z])")
_OTHER = re.compile(r"[^\x00-\x7f]")


def _plausible(piece: str) -> bool:
    return _OTHER.search(_LONE.sub("", piece)) is not None


_KANA = re.compile("[\u3041-\u30ff]")
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")


def _japaneseness(content: Source, encoding: str) -> int:
    """How much a text looks like Japanese: EUC-JP taken for Shift_JIS is full of half-width kana."""
    piece = next(_pieces(content, encoding), "")
    kana, ideographs, half = (len(found.findall(piece)) for found in (_KANA, _IDEOGRAPH, _HALF_WIDTH))
    return 2 * kana + ideographs - 2 * half


class _Lines:
    """Lines that can be given back, so that a row with a stray quotation mark costs no row after it."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._returned: list[str] = []
        self._taken: list[str] = []
        self._length = 0
        self.number = 0
        """Lines taken so far."""

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self._taken) >= _MOST_LINES or self._length > _LONGEST_ROW:
            raise csv.Error
        line = self._returned.pop() if self._returned else next(self._source)
        self.number += 1
        self._taken.append(line)
        self._length += len(line)
        return line

    def start_row(self) -> int:
        """Forget what was taken; returns the number of the line that comes next."""
        self._taken.clear()
        self._length = 0
        return self.number + 1

    def back_to_second(self) -> None:
        """Give back all lines of the current row but its first."""
        self._returned.extend(reversed(self._taken[1:]))
        self.number -= max(len(self._taken) - 1, 0)


def _rows(content: Source, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]] | BrokenRow]:
    with io.TextIOWrapper(opened(content), encoding, newline="") as text:
        yield from _rows_of(_Lines(iter(text)), delimiter)


def _rows_of(lines: "_Lines", delimiter: str) -> Iterator[tuple[int, list[str]] | BrokenRow]:
    while True:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            while True:
                line = lines.start_row()
                yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.back_to_second()
            if "limit" in str(error):
                reason = _("A cell of this row is longer than {limit} characters.").format(limit=_LONGEST_ROW)
            else:
                reason = _("A quotation mark in this row is not closed, or one inside a quoted cell is not doubled.")
            yield BrokenRow(line, reason)
