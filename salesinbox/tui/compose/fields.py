"""The fields above the text: one line each to the rep, however many rows it takes; and lists of recipients."""

import re
from collections.abc import Iterator

from salesinbox.model.reviews import Suggestion
from salesinbox.model.text import safe, width
from salesinbox.model.wrapping import breaks
from salesinbox.tui.typing import Typed

_ENDS = ",;、，；"
"""What ends an address while a list is typed: reps of both languages type what their keyboard has."""
_SPECIAL = re.compile(r'[,;:<>@"()\[\]\\、，；]')
_WORD = re.compile(r"\w+\W*|\W+")


class Field(Typed):
    """Text that goes on over several rows."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(safe(text))
        self.name = name

    def enter(self) -> None:
        """The cursor comes to it."""

    def leave(self) -> None:
        """The cursor goes elsewhere."""

    def closed(self) -> str:
        """The text as it counts."""
        return self.text

    def key(self, key: str, character: str | None) -> bool:
        if key == "ctrl+k":
            self.text = self.text[: self.place]
        elif key == "ctrl+left":
            self.place = max((m.start() for m in _WORD.finditer(self.text) if m.start() < self.place), default=0)
        elif key == "ctrl+right":
            ends = (m.end() for m in _WORD.finditer(self.text) if m.end() > self.place)
            self.place = min(ends, default=len(self.text))
        elif key == "ctrl+d":
            return super().key("delete", None)
        else:
            return super().key(key, character)
        return True

    def paste(self, text: str) -> None:
        self.insert(" ".join(text.split()))

    def rows(self, cells: int) -> list[tuple[int, int]]:
        """Where each row begins and ends in the text; the cursor always has a row."""
        rows = breaks(self.text, cells, cells) or [(0, 0)]
        starts = [start for start, _end in rows]
        return list(zip(starts, [*starts[1:], len(self.text)], strict=True))

    def spot(self, cells: int) -> tuple[int, int]:
        """Row and cell of the cursor."""
        rows = self.rows(cells)
        row = max(n for n, (start, _end) in enumerate(rows) if start <= self.place)
        return row, min(width(self.text[rows[row][0] : self.place]), cells)

    def step_row(self, steps: int, cells: int) -> bool:
        """Up or down within the field; False at its first or last row."""
        row, cell = self.spot(cells)
        rows = self.rows(cells)
        if not 0 <= row + steps < len(rows):
            return False
        start, end = rows[row + steps]
        place = start
        while place < end and width(self.text[start : place + 1]) <= cell:
            place += 1
        self.place = place
        return True


class Recipients(Field):
    """A list of addresses. `bad` holds those of its parts that are none, as last looked at."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name, text)
        self.bad: frozenset[str] = frozenset()

    def insert(self, text: str) -> None:
        if text in _ENDS and len(text) == 1 and not self._quoted():
            self._end()
        elif text == " " and (not self.text[: self.place] or self.text[: self.place].endswith(", ")):
            pass  # it is there already
        else:
            super().insert(text)

    def paste(self, text: str) -> None:
        """A list from elsewhere: a line each, or parted by semicolons, as other programs have it."""
        lines = [line.strip().rstrip(_ENDS).strip() for line in re.split(r"[\r\n]+", text)]
        joined = safe(", ".join(line for line in lines if line))
        parts = [joined[start:end] for start, end in _parts(joined)]
        many = len(parts) > 1
        before = self.text[: self.place].rstrip(" ")
        if many and before and before[-1] not in _ENDS:
            self._end()
        super().insert(", ".join(parts) if parts else joined)
        if many and self.place == len(self.text):
            self._end()

    def enter(self) -> None:
        """The cursor comes to its end, where another address can be typed."""
        self.place = len(self.text)
        self._end()

    def leave(self) -> None:
        """Nothing is open any more."""
        self.text = self.closed()
        self.place = len(self.text)

    def closed(self) -> str:
        """The list without what only waits for a further address."""
        return self.text.rstrip(" " + _ENDS)

    def parts(self) -> list[tuple[int, int]]:
        """Where each address begins and ends."""
        return list(_parts(self.text))

    def token(self) -> tuple[int, int]:
        """Where the address begins and ends that the cursor is in; an empty one between two others, too."""
        start = max((end for _start, end in _cuts(self.text) if end <= self.place), default=0)
        stop = min((at for at, _end in _cuts(self.text) if at >= self.place), default=len(self.text))
        while start < self.place and self.text[start] == " ":
            start += 1
        return start, stop

    def typed(self) -> str:
        """What is typed of the address at the cursor."""
        return self.text[self.token()[0] : self.place].strip()

    def take(self, suggestion: Suggestion) -> None:
        """Put a recipient in the place of what was typed of it."""
        start, end = self.token()
        rest = self.text[end:].lstrip(" " + _ENDS)
        self.text = f"{self.text[:start]}{written(suggestion)}, {rest}"
        self.place = len(self.text) - len(rest)

    def _end(self) -> None:
        before = self.text[: self.place].rstrip(" ")
        if not before or before[-1] in _ENDS:
            return
        after = self.text[self.place :].lstrip(" ")
        self.text = f"{before}, {after}"
        self.place = len(before) + 2

    def _quoted(self) -> bool:
        """Whether the cursor is within quotation marks or brackets, where a comma is a comma."""
        return _inside(self.text[: self.place])


def written(suggestion: Suggestion) -> str:
    """A recipient as it stands in a list: "永田 達郎 <nagata@minato.example>"."""
    name = " ".join(safe(suggestion.name).split())
    address = safe(suggestion.address)
    if not name or name == address:
        return address
    if _SPECIAL.search(name):
        name = '"' + name.replace("\\", "").replace('"', "'") + '"'
    return f"{name} <{address}>"


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """Each sign between two addresses: where it is, and where what follows it begins."""
    quoted = bracketed = False
    skip = False
    for at, letter in enumerate(text):
        if skip:
            skip = False
        elif letter == "\\" and quoted:
            skip = True
        elif letter == '"' and not bracketed:
            quoted = not quoted
        elif letter == "<" and not quoted:
            bracketed = True
        elif letter == ">" and not quoted:
            bracketed = False
        elif letter in _ENDS and not quoted and not bracketed:
            yield at, at + 1


def _inside(text: str) -> bool:
    """Whether a text ends within quotation marks or brackets."""
    probe = text + ","
    return not any(at == len(text) for at, _end in _cuts(probe))


def _parts(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for at, after in [*_cuts(text), (len(text), len(text))]:
        part = text[start:at]
        if part.strip():
            lead = len(part) - len(part.lstrip())
            yield start + lead, start + lead + len(part.strip())
        start = after
