"""HTML mail as it is read in a terminal (READ-2). Nothing is fetched, nothing is run."""

from selectolax.lexbor import LexborHTMLParser

from salesinbox.formats import html_drafts, html_hidden, html_text, html_tree, html_writing, links
from salesinbox.formats.html_drafts import Anchor, Draft
from salesinbox.model.reading import PARAGRAPH, Block, Document, Span

MAX_HTML = 2_000_000
"""Characters of HTML that are read; what is beyond is said to be left out."""


def document(source: str, *, sender: str = "") -> Document:
    """What is read of an HTML body, structured and harmless (READ-1, READ-2, READ-3, READ-7); never raises.

    Args:
        source: The HTML; what is beyond `MAX_HTML` characters is left out, and `cut` says so.
        sender: The From address, against which look-alike domains of links are found.

    Scripts, styles, forms and what the sender hid do not show. Images show as their alternative text in brackets;
    images that came with the mail, or that are all there is of a link, as the name of their file. Tables that lay
    out a page are read in their order. Time is in proportion to the source, whatever is in it.
    """
    cut = len(source) > MAX_HTML
    if cut:
        source = source[:MAX_HTML]
    if not html_tree.tame(source):
        paragraphs = html_tree.crude(source).split("\n\n")
        blocks = tuple(Block(PARAGRAPH, (Span(paragraph),)) for paragraph in paragraphs if paragraph)
        return Document(blocks, blocked=html_hidden.remote_in_text(source), cut=cut)
    tree = html_tree.parsed(source)
    base = _base(tree) if "<base" in source or "<BASE" in source else ""
    drafts, anchors, too_large = _drafts(tree, source, base)
    numbers = links.Numbered(sender, bare=True)
    blocks = html_drafts.blocks(html_drafts.marked(drafts), anchors, numbers)
    remote, trackers = html_hidden.remote(tree, base)
    return Document(blocks, numbers.all(), remote, trackers, cut or too_large)


def text_of(html: str) -> str:
    """The text of an HTML body for search and for the command line; never raises.

    As `layout.text` of the document without a limit, but what is a quotation by its words alone stays as it is.
    Headings begin with "#", list items with "•" or their number, quotations with "> ". A link's number stands
    behind its text, the addresses at the end; a link that shows its address has none.
    """
    cut = len(html) > MAX_HTML
    if cut:
        html = html[:MAX_HTML]
    if not html_tree.tame(html):
        text = html_tree.crude(html)
    else:
        drafts, anchors, too_large = _drafts(html_tree.parsed(html), html, "")
        text = html_text.text(drafts, anchors)
        cut = cut or too_large
    return f"{text}\n\n[…]" if cut else text


def blocked(html: str) -> int:
    """How many things of the web the HTML asks for (none is ever fetched): images, pixels, fonts, frames."""
    return html_hidden.blocked(html[:MAX_HTML])


def _drafts(tree: LexborHTMLParser, source: str, base: str) -> tuple[list[Draft], list[Anchor], bool]:
    """(drafts, anchors in them, whether the tree was too large to be read whole)."""
    hidden = html_hidden.hidden_names(tree) if "<style" in source or "<STYLE" in source else frozenset()
    writer = html_writing.Writer(hidden, source, base)
    body = tree.body
    cut = body is not None and html_writing.write(body, writer)
    return writer.finished(), writer.anchors, cut


def _base(tree: LexborHTMLParser) -> str:
    node = tree.css_first("base[href]")
    address = node.attrs.sget("href").strip() if node is not None else ""
    return address if address.lower().startswith(("http://", "https://")) else ""


__all__ = ["MAX_HTML", "blocked", "document", "text_of"]
