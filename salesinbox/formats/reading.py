"""The best form of a message to read: its HTML, or its plain text (READ-1, READ-2).

HTML is chosen wherever there is any, since what programs put into the plain text beside it is often "view this in
your browser", or HTML's text without its links. It is not chosen where it renders to nothing to speak of: when the
plain text says several times as much, the HTML is a picture, or broken, and the plain text is the letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from salesinbox.formats import html as html_form
from salesinbox.formats import links, quoting
from salesinbox.formats.html_drafts import linked
from salesinbox.model.reading import IMAGE, PARAGRAPH, RULE, Block, Cell, Document
from salesinbox.model.text import safe_block

MAX_LINES = 100_000
"""Lines of plain text that are read; `Document.cut` says if there are more."""
_QUOTE = re.compile(r"[ ]?(?:[>＞][ ]?)+")
_FEW = 200
_SEVERAL = 5


def document(text: str, html: str, *, sender: str = "") -> Document:
    """What is read of a message (see the module about which form); never raises.

    Args:
        text: Its text, as `message.body` gives it.
        html: Its HTML, "" without.
        sender: The From address, against which look-alike domains of links are found (READ-7).
    """
    if not html.strip():
        return _of_text(text, sender)
    read = html_form.document(html, sender=sender)
    said = sum(map(_letters, read.blocks))
    if said and (said >= _FEW or len(text) < _FEW or said * _SEVERAL >= len("".join(text.split()))):
        return read
    if not text.strip() or text.strip() == html_form.text_of(html).strip():
        # The text is the HTML's own.
        return read
    return replace(_of_text(text, sender), blocked=read.blocked, trackers=read.trackers)


def _letters(block: Block) -> int:
    """How much a block says, pictures' names left out."""
    if block.kind == RULE:
        return 0
    cells: Iterator[Cell] = (cell for row in block.rows for cell in row)
    return sum(len(span.text) for spans in (block.spans, *cells) for span in spans if span.style != IMAGE)


def _of_text(text: str, sender: str) -> Document:
    """Plain text: its lines as they were written, its quotations and signature, its addresses as links."""
    lines = safe_block(text).split("\n")
    cut = len(lines) > MAX_LINES
    read = [_line(line) for line in lines[:MAX_LINES]]
    quoting.mark(read)
    numbers = links.Numbered(sender, bare=True)
    blocks: list[Block] = []
    tight = True
    for paragraph in _paragraphs(read):
        if paragraph:
            first = paragraph[0]
            spans = tuple(linked("\n".join(line.text for line in paragraph), "", numbers))
            signature = first.signature and not first.quote
            blocks.append(Block(PARAGRAPH, spans, quote=first.quote, signature=signature, tight=tight))
        tight = bool(paragraph)
    return Document(tuple(blocks), numbers.all(), cut=cut)


def _line(text: str) -> quoting.Line:
    found = _QUOTE.match(text) if text[:2].lstrip(" ")[:1] in (">", "＞") else None
    if found is None:
        return quoting.Line(text.rstrip() if text != "-- " else text)
    depth = found[0].count(">") + found[0].count("＞")
    return quoting.Line(text[found.end() :].rstrip(), depth)


def _paragraphs(lines: Sequence[quoting.Line]) -> Iterator[list[quoting.Line]]:
    """Lines that belong together; an empty list where an empty line stands."""
    together: list[quoting.Line] = []
    for line in lines:
        if not line.text:
            if together:
                yield together
                together = []
            yield []
        elif together and (line.quote, line.signature) != (together[0].quote, together[0].signature):
            yield together
            together = [line]
        else:
            together.append(line)
    if together:
        yield together
