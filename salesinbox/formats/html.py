"""HTML mail as text that reads well in a terminal (READ-2). Nothing is fetched, nothing is run."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from salesinbox.model.text import safe_block, width

MAX_HTML = 2_000_000
"""Characters of HTML that are read; what is beyond is said to be left out."""
_MAX_NODES = 200_000
_MAX_LINKS = 200
_MAX_QUOTES = 12
_TABLE_CELL = 40
_TABLE_WIDTH = 100

_IGNORED = frozenset(
    {
        *("script", "style", "head", "title", "meta", "link", "template", "noscript", "iframe", "object"),
        *("embed", "applet", "svg", "math", "canvas", "audio", "video", "map", "select", "datalist"),
        *("input", "textarea", "button", "frame", "frameset"),
    }
)
_PARAGRAPHS = frozenset({"p", "ul", "ol", "dl", "table", "blockquote", "pre", "figure", "form", "fieldset"})
_LINES = frozenset(
    {
        *("div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "center"),
        *("tr", "dt", "dd", "li", "caption", "figcaption", "legend", "details", "summary", "hgroup"),
    }
)
_HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
_PAGE_LAYOUT = _PARAGRAPHS | frozenset(_HEADINGS) | {"li", "hr", "div", "center"}
_HIDDEN = re.compile(
    # Not font-size:0, which many templates set on a wrapper whose content sets its own.
    r"display\s*:\s*none|visibility\s*:\s*hidden"
    r"|max-height\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_STYLE_URL = re.compile(r"url\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
_SCHEMES = ("http:", "https:", "mailto:", "tel:", "ftp:")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]{0,10000}>", re.DOTALL | re.IGNORECASE
)
# Elements without an end, and those whose end may be left out.
_ENDLESS = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr"),
        *("p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "colgroup"),
    }
)
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_MOST_WORK = 3_000_000


def text_of(html: str) -> str:
    """The text of an HTML body, structured and harmless (READ-2, READ-3); never raises.

    Headings begin with "#", list items with "•" or their number, quotations with "> ". A link's number stands
    behind its text, the addresses at the end. Images show as their alternative text in brackets. Scripts,
    styles, forms and what the sender hid do not show.
    """
    cut = len(html) > MAX_HTML
    if cut:
        html = html[:MAX_HTML]
    if not _tame(html):
        return _crude(html)
    writer = _Writer()
    body = _parsed(html).body
    if body is not None:
        cut = _walk(body, writer) or cut
    text = writer.finished()
    return f"{text}\n\n[…]" if cut else text


def blocked(html: str) -> int:
    """How many things of the web the HTML asks for (none is ever fetched): images, pixels, fonts, frames."""
    html = html[:MAX_HTML]
    if not _tame(html):
        return len(re.findall(r"\b(?:src|background)\s*=\s*[\"']?\s*(?:https?:)?//", html, re.IGNORECASE))
    document = _parsed(html)
    count = 0
    for name in ("src", "background", "poster", "srcset", "data"):
        count += sum(_REMOTE.match(node.attrs.sget(name)) is not None for node in document.css(f"[{name}]"))
    count += sum(_REMOTE.match(node.attrs.sget("href")) is not None for node in document.css("link[href]"))
    count += sum(len(_STYLE_URL.findall(node.attrs.sget("style"))) for node in document.css("[style]"))
    count += sum(len(_STYLE_URL.findall(node.text() or "")) for node in document.css("style"))
    return count


def _parsed(html: str) -> LexborHTMLParser:
    try:
        return LexborHTMLParser(html)
    except UnicodeEncodeError:  # lone surrogates
        return LexborHTMLParser(html.encode("utf-8", "replace").decode("utf-8"))


def _tame(html: str) -> bool:
    """Whether parsing takes time in proportion: HTML's rules make unclosed tags cost by their square."""
    if len(html) < 4000:
        return True
    depth = deepest = formatting = most_formatting = tags = 0
    for closing, name in _TAG.findall(html):
        tags += 1
        tag = name.lower()
        if tag in _ENDLESS:
            continue
        step = -1 if closing else 1
        depth += step
        deepest = max(deepest, depth)
        if tag in _FORMATTING:
            formatting = max(formatting + step, 0)
            most_formatting = max(most_formatting, formatting)
    return deepest * tags < 30 * _MOST_WORK and most_formatting * tags < _MOST_WORK


def _crude(html: str) -> str:
    """The text of HTML that is built to choke a parser: tags taken out, nothing more."""
    plain = unescape(_ANY_TAG.sub(" ", html))
    return _EMPTY_LINES.sub("\n\n", "\n".join(map(str.strip, safe_block(plain).split("\n")))).strip()


def _walk(body: LexborNode, writer: "_Writer") -> bool:
    """Takes the writer through the tree, without recursion; True if the tree was too large to finish."""
    node: LexborNode | None = body
    for _ in range(_MAX_NODES):
        assert node is not None
        child = None
        if node.is_text_node:
            writer.text(node.text_content or "")
        elif node.is_element_node and writer.enter(node):
            child = node.child
            if child is None:
                writer.leave(node)
        if child is not None:
            node = child
            continue
        while node.next is None or node.mem_id == body.mem_id:
            if node.mem_id == body.mem_id:
                return False
            node = node.parent
            if node is None:
                return False
            writer.leave(node)
        node = node.next
    return True


class _Writer:
    """Collects lines while elements open and close."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._pre = 0
        self._lists: list[int | None] = []
        self._marker = ""
        self._links: dict[str, int] = {}
        self._anchors: list[tuple[str, int, int]] = []
        self._table: list[list[str]] | None = None
        self._cell_starts = 0

    def text(self, text: str) -> None:
        if not text.isascii():
            text = safe_block(text)
        if self._pre and self._table is None:
            *whole, last = text.split("\n")
            for line in whole:
                self._line.append(line)
                self._break()
            if last:
                self._line.append(last)
            return
        text = _BLANKS.sub(" ", text)
        if text.startswith(" ") and (not self._line or self._line[-1].endswith(" ")):
            text = text[1:]
        if text:
            self._line.append(text)

    def enter(self, node: LexborNode) -> bool:
        """Opens an element; False if nothing in it is to be shown."""
        tag = node.tag or ""
        if tag in _IGNORED or _is_hidden(node):
            return False
        if tag == "br":
            self._new_line()
        elif tag == "a":
            self._anchors.append((_address(node), len(self._lines), len(self._line)))
        elif tag == "img":
            self._image(node)
        elif self._table is not None:
            if tag == "tr":
                self._table.append([])
                self._line = []
        elif tag == "hr":
            self._paragraph()
            self._line.append("-" * 20)
            self._paragraph()
        elif tag in _HEADINGS:
            self._paragraph()
            self._marker = _HEADINGS[tag]
        elif tag == "li":
            self._break()
            self._marker = self._item()
        elif tag in _PARAGRAPHS:
            self._open_block(tag, node)
        elif tag in _LINES:
            self._break()
        return True

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "a":
            self._close_anchor()
        elif self._table is not None:
            if tag in ("td", "th"):
                if not self._table:
                    self._table.append([])
                self._table[-1].append("".join(self._line).strip())
                self._line = []
            elif tag == "table":
                self._close_table()
        elif tag in _HEADINGS:
            self._paragraph()
        elif tag in _PARAGRAPHS:
            self._close_block(tag)
        elif tag in _LINES:
            self._break()
        elif tag in ("td", "th"):
            self._space()

    def finished(self) -> str:
        if self._table is not None:
            self._close_table()
        self._break()
        text = safe_block("\n".join(self._lines))
        text = _EMPTY_LINES.sub("\n\n", text).strip("\n")
        if self._links:
            listed = "\n".join(f"[{number}] {address}" for address, number in self._links.items())
            text = f"{text}\n\n{safe_block(listed)}"
        return text.strip("\n")

    def _open_block(self, tag: str, node: LexborNode) -> None:
        self._paragraph() if not (tag in ("ul", "ol") and self._lists) else self._break()
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "table" and _holds_figures(node):
            self._table = []

    def _close_block(self, tag: str) -> None:
        self._break()
        if tag == "blockquote":
            self._quotes = max(self._quotes - 1, 0)
        elif tag == "pre":
            self._pre = max(self._pre - 1, 0)
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            if self._lists:
                return
        self._paragraph()

    def _item(self) -> str:
        if not self._lists:
            return "• "
        indent = "  " * (min(len(self._lists), 8) - 1)
        number = self._lists[-1]
        if number is None:
            return f"{indent}• "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _image(self, node: LexborNode) -> None:
        alternative = _BLANKS.sub(" ", node.attrs.sget("alt")).strip()
        if alternative:
            self._line.append(f"[{alternative[:200]}]")

    def _close_anchor(self) -> None:
        if not self._anchors:
            return
        address, line, pieces = self._anchors.pop()
        if not address:
            return
        begun = self._line[pieces:] if line == len(self._lines) else [*self._lines[line:], *self._line]
        shown = "".join(begun).strip()
        if not shown or _same(shown, address):
            return
        if address not in self._links:
            if len(self._links) >= _MAX_LINKS:
                return
            self._links[address] = len(self._links) + 1
        mark = f"[{self._links[address]}]"
        if self._line:
            self._line[-1] = self._line[-1].rstrip()
            self._line.append(f" {mark}")
        elif self._lines and self._table is None:
            # The link held a block, whose line is already written.
            last = max(at for at, text in enumerate(self._lines) if text.strip("> ") or at == 0)
            self._lines[last] = f"{self._lines[last]} {mark}"

    def _close_table(self) -> None:
        rows = self._table or []
        self._table = None
        self._line = []
        columns = max((len(row) for row in rows), default=0)
        widths = [max((width(row[at]) for row in rows if at < len(row)), default=0) for at in range(columns)]
        for row in rows:
            cells = [cell + " " * (widths[at] - width(cell)) for at, cell in enumerate(row)]
            self._line.append("  ".join(cells))
            self._break()
        self._paragraph()

    def _space(self) -> None:
        if self._line and not self._line[-1].endswith(" "):
            self._line.append(" ")

    def _break(self) -> None:
        """Ends the line if there is one."""
        line = "".join(self._line).rstrip()
        self._line = []
        if line or self._pre:
            self._lines.append(f"{self._prefix()}{self._marker}{line}")
            self._marker = ""

    def _new_line(self) -> None:
        if self._table is not None:
            self._space()
        elif self._line:
            self._break()
        else:
            self._lines.append(self._prefix().rstrip())

    def _paragraph(self) -> None:
        """Ends the line and leaves an empty one."""
        self._break()
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix().rstrip())

    def _prefix(self) -> str:
        return "> " * min(self._quotes, _MAX_QUOTES)


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attrs
    if not len(attributes):  # the object itself is true even when there are none
        return False
    if "hidden" in attributes:
        return True
    style = attributes.sget("style")
    return bool(style) and _HIDDEN.search(style) is not None


def _address(node: LexborNode) -> str:
    address = "".join(node.attrs.sget("href").split())[:2000]
    return address if address.lower().startswith(_SCHEMES) else ""


def _same(shown: str, address: str) -> bool:
    """Whether the link's text is its address, so that repeating it says nothing."""

    def bare(text: str) -> str:
        text = text.removeprefix("mailto:").removeprefix("tel:")
        return text.removeprefix("https://").removeprefix("http://").rstrip("/")

    return bare(shown) == bare(address)


def _holds_figures(table: LexborNode) -> bool:
    """Whether a table shows data in columns, as opposed to laying out a page."""
    if table.attrs.sget("role") in ("presentation", "none"):
        return False
    rows = columns = cells = used = 0
    for node in table.traverse(include_text=True):
        tag = node.tag
        if tag == "-text":
            used = max(used, len((node.text_content or "").strip()))
            if used > _TABLE_CELL:
                return False
        elif tag == "tr":
            rows += 1
            columns, cells = max(columns, cells), 0
        elif tag in ("td", "th"):
            cells += 1
        elif tag in _PAGE_LAYOUT and node.mem_id != table.mem_id:
            return False
    columns = max(columns, cells)
    return rows > 1 and 1 < columns <= 12


__all__ = ["MAX_HTML", "blocked", "text_of"]
