"""Cells that a spreadsheet would run as formulas, made harmless, and brought back (REC-7).

A spreadsheet set to another delimiter splits cells at semicolons or commas, so what follows one of those is
guarded like a cell's start. The guard is an apostrophe; `restore(neutralise(text)) == text` for every text.
"""

import re

_TRIGGER = "=+\\-@＝＋－＠\t\r"
_STARTS = re.compile(rf"(^|[;,\t\r\n|])([ '\"]*)(?=[{_TRIGGER}])")
_GUARDED = re.compile(rf"(^|[;,\t\r\n|])'([ '\"]*)(?=[{_TRIGGER}])")


def neutralise(cell: str) -> str:
    return _STARTS.sub(r"\1'\2", cell)


def restore(cell: str) -> str:
    return _GUARDED.sub(r"\1\2", cell) if "'" in cell else cell
