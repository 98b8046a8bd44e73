"""DESIGN's table of budgets, filled in."""

import statistics
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("what", "ours", "peer", "ratio", "budget", "met?")


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing, as text. `met` None: there is no budget for it; it is shown beside."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    budget: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        met = "" if self.met is None else "yes" if self.met else "NO"
        return (self.what, self.ours, self.peer, self.ratio, self.budget, met)


def draw(rows: Sequence[Row]) -> str:
    """A table in the form of Markdown."""
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(_width(line[i]) for line in cells) for i in range(len(HEADINGS))]

    def line(texts: Sequence[str]) -> str:
        padded = (text + " " * (width - _width(text)) for text, width in zip(texts, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    return "\n".join([line(HEADINGS), line(["-" * width for width in widths]), *map(line, cells[1:])])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The value that one in twenty exceeds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * 0.95 - 0.5))]


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def ms(value: float) -> str:
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def octets(value: float) -> str:
    return f"{value:,.0f} B" if value < 10_000 else f"{value / 1000:,.1f} KB"


def against(what: str, ours: float, peer: float, most: float, name: str) -> Row:
    """A row for two times in seconds, with a budget on their ratio."""
    ratio = ours / peer
    return Row(what, seconds(ours), f"{seconds(peer)} {name}", f"{ratio:.2f}", f"≤ {most:g} ×", ratio <= most)
