"""Spans of text with the numbers of their links, broken into lines (READ-2, READ-7, UI-3)."""

from collections.abc import Iterable, Sequence

from salesinbox.model.reading import LINK, Link, Span
from salesinbox.model.text import width
from salesinbox.model.wrapping import NO_BREAK, breaks

Spans = tuple[Span, ...]


class Marks:
    """Puts "[3]" behind the text of a link, "[3!]" where there is a warning."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._marks = {
            link.number: Span(f"{NO_BREAK}[{link.number}{'!' if link.warning else ''}]", LINK, link.number)
            for link in links
        }

    def put(self, spans: Spans, following: Sequence[Span] = ()) -> Spans:
        """The spans with marks; a link that goes on at the beginning of `following` has its mark there."""
        if not any(span.link for span in spans):
            return spans
        marked: list[Span] = []
        last = len(spans) - 1
        for at, span in enumerate(spans):
            number = span.link
            after = spans[at + 1].link if at < last else (following[0].link if following else 0)
            if not number or after == number or number not in self._marks:
                marked.append(span)
                continue
            kept = span.text.rstrip(" \n")
            marked.append(Span(kept, span.style, number) if len(kept) < len(span.text) else span)
            marked.append(self._marks[number])
            if len(kept) < len(span.text):
                marked.append(Span(span.text[len(kept) :]))
        return tuple(marked)


def plain(spans: Iterable[Span]) -> str:
    return "".join([span.text for span in spans]).replace(NO_BREAK, " ")


def wrapped(spans: Spans, first: int, rest: int) -> list[Spans]:
    r"""Lines of at most `first` cells (after a "\n" too) and, where such a line goes on, of at most `rest`."""
    if not spans:
        return [()]
    text = spans[0].text if len(spans) == 1 else "".join([span.text for span in spans])
    if "\n" not in text and len(text) <= first and width(text) <= first:
        return [_without_marks(spans)] if NO_BREAK in text else [spans]
    lines = breaks(text, first, rest)
    return [_without_marks(line) for line in _cut(spans, lines)]


def _cut(spans: Spans, lines: list[tuple[int, int]]) -> Iterable[Spans]:
    at = start = 0
    for begin, end in lines:
        line: list[Span] = []
        while at < len(spans) and start < end:
            span = spans[at]
            stop = start + len(span.text)
            low, high = max(begin - start, 0), min(end - start, len(span.text))
            if low < high:
                whole = low == 0 and high == len(span.text)
                line.append(span if whole else Span(span.text[low:high], span.style, span.link))
            if stop > end:
                break
            at, start = at + 1, stop
        yield tuple(line)


def _without_marks(spans: Spans) -> Spans:
    if not any(NO_BREAK in span.text for span in spans):
        return spans
    return tuple(
        Span(span.text.replace(NO_BREAK, " "), span.style, span.link) if NO_BREAK in span.text else span
        for span in spans
    )
