"""What HTML has been read into, before quotations, signatures and links are known (READ-1, READ-2)."""

from collections.abc import Iterable, Sequence

from salesinbox.formats import links, quoting
from salesinbox.model.reading import LINK, PRE, RULE, TABLE, Block, Cell, Span

Piece = tuple[str, str, int]
r"""A stretch of text, its style, and which of the anchors it is in (0: none). A "\n" is a piece of its own."""
Pieces = tuple[Piece, ...]


class Anchor:
    """An element that links somewhere, with the text that was found in it."""

    __slots__ = ("address", "number", "texts")

    def __init__(self, address: str) -> None:
        self.address = address
        self.texts: list[str] = []
        self.number = -1
        """As it will be in the document; -1 until it has been asked for."""


class Draft:
    """A block to be; see `model.reading.Block`. `starts`: a quotation of all that follows begins here."""

    __slots__ = ("head", "kind", "level", "marker", "pieces", "quote", "rows", "signature", "starts", "tight")

    def __init__(self, kind: str, pieces: list[Piece], *, quote: int, tight: bool) -> None:
        self.kind = kind
        self.pieces = pieces
        self.quote = quote
        self.tight = tight
        self.level = 0
        self.marker = ""
        self.signature = False
        self.starts = False
        self.rows: tuple[tuple[Pieces, ...], ...] = ()
        self.head = False

    def lines(self) -> list[str]:
        if self.kind == RULE:
            return ["-----"]
        if self.kind == TABLE:
            return [" ".join("".join(piece[0] for piece in cell) for cell in row) for row in self.rows]
        return "".join(piece[0] for piece in self.pieces).split("\n")

    def from_line(self, first: int, last: int) -> "Draft":
        """The lines from `first` to before `last` as a draft of their own."""
        part = Draft(self.kind, _cut(self.pieces, first, last), quote=self.quote, tight=self.tight or first > 0)
        part.level = self.level
        part.marker = self.marker if first == 0 else " " * len(self.marker)
        return part


def _cut(pieces: Iterable[Piece], first: int, last: int) -> list[Piece]:
    kept: list[Piece] = []
    line = 0
    for text, style, anchor in pieces:
        for at, part in enumerate(text.split("\n")):
            if at:
                line += 1
                if first < line < last:
                    kept.append(("\n", "", 0))
            if part and first <= line < last:
                kept.append((part, style, anchor))
    return kept


def marked(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts with their quotations and signatures; one that is cut by the beginning of either becomes two."""
    lines: list[quoting.Line] = []
    ends: list[int] = []
    for draft in drafts:
        for at, text in enumerate(draft.lines()):
            starts = draft.starts and not at
            lines.append(quoting.Line(text, draft.quote, signature=draft.signature, starts=starts))
        ends.append(len(lines))
    quoting.mark(lines)
    done: list[Draft] = []
    start = 0
    for draft, end in zip(drafts, ends, strict=True):
        first = start
        for at in range(start + 1, end + 1):
            if at < end and _alike(lines[at], lines[first]):
                continue
            whole = (first, at) == (start, end) or draft.kind == TABLE
            part = draft if whole else draft.from_line(first - start, at - start)
            part.quote, part.signature = lines[first].quote, lines[first].signature and not lines[first].quote
            if part.pieces or part.kind in (RULE, TABLE):
                done.append(part)
            first = at
            if draft.kind == TABLE:
                break
        start = end
    return done


def _alike(one: quoting.Line, other: quoting.Line) -> bool:
    return one.quote == other.quote and one.signature == other.signature


def blocks(drafts: Iterable[Draft], anchors: Sequence[Anchor], numbers: links.Numbered) -> tuple[Block, ...]:
    """The drafts as they are read, their links numbered."""
    spans = _Spans(anchors, numbers)
    return tuple(
        Block(
            draft.kind,
            spans.of(draft.pieces, bare=draft.kind != PRE),
            draft.level,
            draft.marker,
            draft.quote,
            draft.signature,
            tuple(tuple(spans.of(cell) for cell in row) for row in draft.rows),
            draft.head,
            draft.tight,
        )
        for draft in drafts
    )


class _Spans:
    def __init__(self, anchors: Sequence[Anchor], numbers: links.Numbered) -> None:
        self._anchors = anchors
        self._numbers = numbers

    def of(self, pieces: Iterable[Piece], *, bare: bool = True) -> Cell:
        spans: list[Span] = []
        text, style, link = "", "", 0
        for more, its_style, anchor in pieces:
            its_link = self._link(anchor) if anchor else 0
            if its_link and not its_style:
                its_style = LINK  # noqa: PLW2901
            if text and (its_style, its_link) == (style, link):
                text += more
                continue
            if text:
                self._add(spans, text, style, link, bare=bare)
            text, style, link = more, its_style, its_link
        if text:
            self._add(spans, text, style, link, bare=bare)
        return tuple(spans)

    def _link(self, anchor: int) -> int:
        found = self._anchors[anchor - 1]
        if found.number < 0:
            found.number = self._numbers.number("".join(found.texts), found.address)
        return found.number

    def _add(self, spans: list[Span], text: str, style: str, link: int, *, bare: bool) -> None:
        if bare and not link and ":" in text:
            spans.extend(linked(text, style, self._numbers))
        else:
            spans.append(Span(text, style, link))


def linked(text: str, style: str, numbers: links.Numbered) -> list[Span]:
    """Plain text as spans, the addresses in it made links."""
    spans: list[Span] = []
    last = 0
    for start, end in links.in_text(text):
        number = numbers.number(text[start:end], links.openable(text[start:end]))
        if number:
            if start > last:
                spans.append(Span(text[last:start], style))
            spans.append(Span(text[start:end], LINK, number))
            last = end
    if last < len(text):
        spans.append(Span(text[last:], style))
    return spans


__all__ = ["Anchor", "Draft", "Piece", "Pieces", "blocks", "linked", "marked"]
