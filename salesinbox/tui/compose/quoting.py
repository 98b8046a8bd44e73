"""Quotations in a text that is being written: split, wrapped anew, deleted. Pure."""

import re
from collections.abc import Sequence

from salesinbox.model.text import width
from salesinbox.model.wrapping import wrap

LINE = 72
"""Cells of a line that was wrapped by hand, marks included: it may be quoted a few times before it is too long."""
_LEAST = 20
_MARK = re.compile(r"(?:> ?)+")
_SIGNATURE = "-- "
_COLONS = (":", "：")


def mark(line: str) -> str:
    """What makes a line a quotation: "> ", "> > ", ">>"; "" for one of the rep's own."""
    found = _MARK.match(line)
    return found[0] if found else ""


def depth(line: str) -> int:
    return mark(line).count(">")


def split(line: str, column: int) -> tuple[str, str] | None:
    """A quoted line as two, so that an answer goes between them; None where Enter is just Enter.

    The second part has the line's mark; it is "" when nothing of the line is left over.
    """
    sign = mark(line)
    if not sign or column <= len(sign.rstrip()):
        return None
    rest = line[column:].lstrip(" ")
    return line[:column].rstrip(" "), (sign.rstrip(" ") + " " + rest) if rest else ""


def rewrapped(lines: Sequence[str], at: int, cells: int = LINE) -> tuple[int, int, list[str]]:
    """The paragraph at a line, wrapped anew: from which line to which (that one not), and what takes their place.

    A paragraph ends at a blank line, at another depth of quotation, and at a signature.
    """
    start = end = at
    if not _text(lines[at]) or lines[at] == _SIGNATURE:
        return at, at + 1, [lines[at]]
    deep = depth(lines[at])
    while start > 0 and _goes_on(lines[start - 1], deep):
        start -= 1
    while end < len(lines) and _goes_on(lines[end], deep):
        end += 1
    sign = "> " * deep
    text = ""
    for line in lines[start:end]:
        text = _joined(text, _text(line))
    return start, end, [(sign + part).rstrip() for part in wrap(text, max(cells - width(sign), _LEAST))]


def quotation(lines: Sequence[str], at: int) -> tuple[int, int] | None:
    """The lines that go when the rep wants the quotation gone: what is left of the one at the cursor, else the next.

    From its first line on the line that introduces it goes, too ("Taro wrote:"). None: there is no quotation.
    """
    start = at
    while start < len(lines) and not depth(lines[start]):
        start += 1
    if start == len(lines):
        return None
    end = start
    last = start
    while end < len(lines) and (depth(lines[end]) or not lines[end].strip()):
        if depth(lines[end]):
            last = end
        end += 1
    if start > 0 and not depth(lines[start - 1]) and lines[start - 1].rstrip().endswith(_COLONS):
        start -= 1
    return start, last + 1


def _text(line: str) -> str:
    return line[len(mark(line)) :].strip()


def _goes_on(line: str, deep: int) -> bool:
    return depth(line) == deep and bool(_text(line)) and line != _SIGNATURE


def _joined(before: str, after: str) -> str:
    """Two lines as one: Japanese has no space between them."""
    if not before or not after:
        return before or after
    wide = width(before[-1]) > 1 and width(after[0]) > 1
    return before + ("" if wide else " ") + after
