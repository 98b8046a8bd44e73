"""A document laid out to the width of a screen (READ-1, READ-2, UI-3). Pure: the same document, the same rows."""

import re
from collections.abc import Iterable, Iterator, Sequence

from salesinbox.formats import layout_tables, links
from salesinbox.formats.layout_spans import Marks, plain, wrapped
from salesinbox.formats.quoting import is_rule
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.reading import (
    BARE_NUMBER,
    HEADING,
    ITEM,
    LOOK_ALIKE,
    OTHER_ADDRESS,
    PRE,
    RULE,
    TABLE,
    Block,
    Document,
    Link,
    Row,
    Span,
)
from salesinbox.model.text import clip, width
from salesinbox.model.wrapping import wrap

QUOTE, SIGNATURE = "quote", "signature"
"""What a row's `fold` may be."""
_UNLIMITED = 1_000_000_000
_LEAST = 20
"""Cells that are left for the text, however deep the quotation."""
_MOST_BARS = 8
_SHORT_RULE = 20
_LISTED = re.compile(r"\s*(?:[-*+•‣◦–]\s+|[・●○■□◆◇▼▲※★☆✓►▶]\s*|\(?\d{1,3}[.)）]\s+|[①-⑳]\s*)(?=\S)")
_DEEPEST_HANG = 12


def rows(document: Document, cells: int, *, quotes: bool, signatures: bool) -> list[Row]:
    """The document as rows of at most `cells` cells (at least 20), time in proportion to it.

    Args:
        document: What is read.
        cells: The width; a row's own bars and indentation count.
        quotes: Whether quotations show; else one row stands for each (`fold` is "quote", `folded` counts its
            lines). Where there is nothing but quotation it shows all the same.
        signatures: The same of signatures (`fold` is "signature").

    Behind a link stands its number, "[3]", and "[3!]" if there is a warning about it; both are spans of the link.
    A quotation's rows begin with a bar for each depth. Rows of a heading have `kind` HEADING and its level.
    """
    return _Layout(document, max(cells, _LEAST), _SCREEN).rows(quotes=quotes, signatures=signatures)


def text(document: Document, cells: int) -> str:
    """The document as plain text of `cells` cells a line, 0 for no limit; then its links, warnings in words.

    Quotations begin with ">", headings with "#"; nothing is folded.
    """
    laid = _Layout(document, max(cells, _LEAST) if cells else _UNLIMITED, _TEXT)
    lines = [plain(row.spans).rstrip() for row in laid.rows(quotes=True, signatures=True)]
    listed = [line for link in document.links for line in _listed(link, cells)]
    if listed:
        lines += ["", *listed] if lines else listed
    return "\n".join(lines).strip("\n")


def _listed(link: Link, cells: int) -> list[str]:
    """A link in the list below the text. An address is never broken: it would not survive being copied."""
    lines = [f"[{link.number}] {links.shown(link.address)}"]
    if link.warning:
        said = warning(link)
        pieces = wrap(said, max(cells, _LEAST) - 6) if cells else [said]
        lines += [f"    {'! ' if at == 0 else '  '}{piece}" for at, piece in enumerate(pieces)]
    return lines


def warning(link: Link) -> str:
    """What is wrong with a link, in a sentence, "" if nothing is (READ-7)."""
    if link.warning == OTHER_ADDRESS:
        opened = links.shown(links.host_of(link.address))
        return _("The text shows {shown}, but the link opens {opened}.").format(shown=link.looks_like, opened=opened)
    if link.warning == LOOK_ALIKE:
        opened = links.shown(links.host_of(link.address))
        return _("This link opens {opened}, which only looks like {known}.").format(
            opened=opened, known=link.looks_like
        )
    if link.warning == BARE_NUMBER:
        return _("This link opens a bare number instead of a named site.")
    return ""


class _Way:
    """How rows are drawn: for a screen, or as plain text."""

    def __init__(self, bar: str, *, headings: bool) -> None:
        self.bar = bar
        self.headings = headings
        """Whether a heading is told by marks, as it has no look of its own."""


_SCREEN = _Way("│ ", headings=False)
_TEXT = _Way("> ", headings=True)


class _Layout:
    def __init__(self, document: Document, cells: int, way: _Way) -> None:
        self._document = document
        self._cells = cells
        self._way = way
        self._marks = Marks(document.links)

    def rows(self, *, quotes: bool, signatures: bool) -> list[Row]:
        blocks = self._document.blocks
        quotes = quotes or all(block.quote or block.signature for block in blocks)
        signatures = signatures or all(block.signature for block in blocks)
        laid: list[Row] = []
        before: Block | None = None
        at = 0
        while at < len(blocks):
            block = blocks[at]
            fold = _fold(block)
            end = at + 1
            if fold and not (quotes if fold == QUOTE else signatures):
                while end < len(blocks) and _fold(blocks[end]) == fold:
                    end += 1
                if before is not None:
                    laid.append(Row())
                laid.append(self._folded(fold, blocks[at:end]))
                before = blocks[end - 1]
            else:
                if before is not None and not self._is_tight(before, block):
                    depth = min(before.quote, block.quote)
                    laid.append(Row((Span(self._bars(depth).rstrip()),) if depth else (), depth))
                following = blocks[at + 1] if at + 1 < len(blocks) else None
                laid.extend(self._block(block, following))
                before = block
            at = end
        return laid

    def _is_tight(self, before: Block, block: Block) -> bool:
        return block.tight and before.quote == block.quote

    def _folded(self, fold: str, blocks: Sequence[Block]) -> Row:
        lines = sum(len(self._block(block, None)) for block in blocks)
        if fold == QUOTE:
            said = ngettext("{n} quoted line", "{n} quoted lines", lines).format(n=lines)
        else:
            said = ngettext("Signature, {n} line", "Signature, {n} lines", lines).format(n=lines)
        return Row((Span(f"▸ {said}"),), fold=fold, folded=lines)

    def _bars(self, depth: int) -> str:
        return self._way.bar * min(depth, _MOST_BARS, max((self._cells - _LEAST) // 2, 1))

    def _block(self, block: Block, following: Block | None) -> list[Row]:
        bars = self._bars(block.quote) if block.quote else ""
        room = self._cells - len(bars)
        lines = self._lines(block, following, room)
        if not bars:
            return [Row(line, 0, block.kind, block.level) for line in lines]
        bar = Span(bars)
        return [Row((bar, *line), block.quote, block.kind, block.level) for line in lines]

    def _lines(self, block: Block, following: Block | None, room: int) -> Iterable[tuple[Span, ...]]:
        if block.kind == RULE:
            return [(Span("-" * _SHORT_RULE if room > _UNLIMITED // 2 else "─" * room),)]
        if block.kind == TABLE:
            return layout_tables.lines(block, room, self._marks, limited=room < _UNLIMITED // 2)
        spans = self._marks.put(block.spans, following.spans if following else ())
        if block.kind == ITEM:
            return _item(block, spans, room)
        if block.kind == HEADING and self._way.headings:
            spans = (Span("#" * max(block.level, 1) + " "), *spans)
            return wrapped(spans, room, room)
        if block.kind == PRE:
            return wrapped(spans, room, room)
        return _paragraph(spans, room)


def _fold(block: Block) -> str:
    if block.quote:
        return QUOTE
    return SIGNATURE if block.signature else ""


def _item(block: Block, spans: tuple[Span, ...], room: int) -> list[tuple[Span, ...]]:
    indent = "  " * block.level
    if len(indent) > room // 3:
        indent = ""
    marker = clip(block.marker, 8) + " "
    hang = len(indent) + width(marker)
    lines = wrapped(spans, room - hang, room - hang)
    blank = Span(" " * hang)
    return [(Span(indent + marker) if at == 0 else blank, *line) for at, line in enumerate(lines)]


def _paragraph(spans: tuple[Span, ...], room: int) -> list[tuple[Span, ...]]:
    """A paragraph; in it rules that the writer drew are cut to the width, and hand-made lists hang."""
    whole = plain(spans)
    if room > _UNLIMITED // 2 or width(whole) <= room:
        return wrapped(spans, room, room)
    lines: list[tuple[Span, ...]] = []
    for line in _split(spans):
        said = plain(line)
        if width(said) <= room:
            lines.append(line)
        elif is_rule(said):
            lines.append((Span(clip(said, room, "")),))
        else:
            found = _LISTED.match(said)
            hang = width(found[0]) if found else 0
            hang = hang if hang <= _DEEPEST_HANG else 0
            pieces = wrapped(line, room, room - hang)
            blank = (Span(" " * hang),) if hang else ()
            lines.extend(piece if at == 0 else (*blank, *piece) for at, piece in enumerate(pieces))
    return lines


def _split(spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """The spans of each line that the writer set."""
    line: list[Span] = []
    for span in spans:
        if "\n" not in span.text:
            line.append(span)
            continue
        first, *others = span.text.split("\n")
        if first:
            line.append(Span(first, span.style, span.link))
        for other in others:
            yield tuple(line)
            line = [Span(other, span.style, span.link)] if other else []
    yield tuple(line)


__all__ = ["QUOTE", "SIGNATURE", "rows", "text", "warning"]
