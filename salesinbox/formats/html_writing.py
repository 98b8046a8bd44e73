"""Writes a tree of HTML down as drafts of blocks, element by element (READ-2, READ-3)."""

import re
from typing import NamedTuple
from urllib.parse import urljoin

from selectolax.lexbor import LexborNode

from salesinbox.formats import links, quoting
from salesinbox.formats.html_drafts import Anchor, Draft, Piece, Pieces
from salesinbox.formats.html_hidden import is_hiding, is_named, is_tracker
from salesinbox.formats.html_tables import Grid, shows_data
from salesinbox.model.reading import (
    CODE,
    EMPHASIS,
    HEADING,
    IMAGE,
    ITEM,
    PARAGRAPH,
    PRE,
    RULE,
    STRIKE,
    STRONG,
    TABLE,
)
from salesinbox.model.text import safe, safe_block, width

MAX_NODES = 200_000
_MAX_QUOTES = 12
_MAX_DEPTH = 8
_LONG_ROW = 60
"""Characters from which a row of a table that lays out a page is a paragraph."""
_LONGEST_MARKER = 6

# What an element does to the text around it.
(_IGNORED, _STYLE, _LINE, _PARAGRAPH, _HEADING, _BREAK, _ANCHOR, _IMAGE, _RULE, _ITEM, _LIST, _TABLE) = range(12)
(_QUOTE, _PRE, _CELL, _ROW, _DEFINITION, _INLINE, _CAPTION, _WORD) = range(12, 20)

_TAGS: dict[str, int] = {
    **dict.fromkeys(
        (
            *("script", "style", "head", "title", "meta", "link", "template", "noscript", "iframe", "object"),
            *("embed", "applet", "svg", "math", "canvas", "audio", "video", "map", "select", "datalist"),
            *("input", "textarea", "button", "frame", "frameset"),
        ),
        _IGNORED,
    ),
    **dict.fromkeys(("p", "dl", "figure", "form", "fieldset"), _PARAGRAPH),
    **dict.fromkeys(
        (
            *("div", "section", "article", "header", "footer", "main", "nav", "aside", "address", "center"),
            *("dt", "figcaption", "legend", "details", "summary", "hgroup"),
        ),
        _LINE,
    ),
    **{f"h{level}": _HEADING for level in range(1, 7)},
    **dict.fromkeys(("b", "strong", "i", "em", "cite", "var", "code", "tt", "kbd", "samp"), _STYLE),
    **dict.fromkeys(("s", "strike", "del"), _STYLE),
    **dict.fromkeys(("a", "v:roundrect", "v:rect"), _ANCHOR),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), _LIST),
    **dict.fromkeys(("td", "th"), _CELL),
    "br": _BREAK,
    "img": _IMAGE,
    "hr": _RULE,
    "li": _ITEM,
    "table": _TABLE,
    "blockquote": _QUOTE,
    "pre": _PRE,
    "tr": _ROW,
    "dd": _DEFINITION,
    "caption": _CAPTION,
    "xmp": _PRE,
    "listing": _PRE,
}
_STYLES = {
    **dict.fromkeys(("b", "strong"), STRONG),
    **dict.fromkeys(("i", "em", "cite", "var"), EMPHASIS),
    **dict.fromkeys(("code", "tt", "kbd", "samp"), CODE),
    **dict.fromkeys(("s", "strike", "del"), STRIKE),
}
_BLANKS = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
# What mail programs call a quotation, and the beginning of one that runs to the end.
_QUOTING = re.compile(r"gmail_quote|yahoo_quoted|protonmail_quote|zmail_extra_hr|moz-forward-container")
_FORWARDING = "moz-forward-container"
_STARTING = frozenset({"divRplyFwdMsg", "mail-editor-reference-message-container", "x_divRplyFwdMsg"})
_OUTLOOK_LINE = re.compile(r"border-top\s*:\s*solid\s+#(?:E1E1E1|B5C4DF)", re.IGNORECASE)
_SIGNING = re.compile(r"gmail_signature|moz-signature|AppleMailSignature|protonmail_signature_block(?!-empty)")
_SIGNATURES = frozenset({"Signature", "x_Signature", "ms-outlook-mobile-signature", "AppleMailSignature"})
_WORD_ITEM = re.compile(r"mso-list\s*:\s*\w+\s+level(\d)", re.IGNORECASE)
_WORD_MARKER = re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE)
_BULLET = re.compile(r"[•·▪●○◦‣∙■□◆▶►→✓✔☑✅❌➤➜→⚫🔹🔸👉*–-]$|\d{1,2}[.)]$")
_FILE_NAME = re.compile(r"([\w%.-]{1,60})\.(?:png|jpe?g|gif|webp|bmp|svg|tiff?)(?:[@?#]|$)", re.IGNORECASE)
_HIDES = re.compile(r"[\s\"'/]hidden[\s=>/]", re.IGNORECASE)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class State(NamedTuple):
    """What holds within an element and ends with it."""

    quote: int = 0
    absorb: bool = False
    """A quotation has begun whose first blockquote is the same one."""
    signature: bool = False
    style: str = ""
    heading: int = 0
    pre: bool = False
    item: int = -1
    hang: str = ""


Closing = tuple[int, State | None, int]
_NOTHING: Closing = (_INLINE, None, 0)
_STYLED: Closing = (_STYLE, None, 0)
_LINED: Closing = (_LINE, None, 0)
_PARTED: Closing = (_PARAGRAPH, None, 0)


def write(body: LexborNode, writer: "Writer") -> bool:
    """Takes the writer through the tree, without recursion; True if the tree was too large to finish."""
    node = body.child
    opened: list[tuple[LexborNode, Closing]] = []
    for _ in range(MAX_NODES):
        if node is None:
            break
        if node.is_text_node:
            writer.text(node.text_content or "")
        elif node.is_element_node:
            closing = writer.enter(node)
            if closing is not None:
                child = node.child
                if child is not None:
                    opened.append((node, closing))
                    node = child
                    continue
                if closing is not _NOTHING:
                    writer.leave(closing)
        following = node.next
        while following is None and opened:
            node, closing = opened.pop()
            if closing is not _NOTHING:
                writer.leave(closing)
            following = node.next
        node = following
    while opened:
        writer.leave(opened.pop()[1])
    return node is not None


class Writer:
    """Collects drafts while elements open and close."""

    def __init__(self, hidden: frozenset[str], source: str, base: str) -> None:
        """`hidden` are names of what style sheets hide, `base` is what addresses are relative to ("" for nothing)."""
        self.drafts: list[Draft] = []
        self.anchors: list[Anchor] = []
        self._hidden = hidden
        self._base = base
        # Each look at an element costs; these are for what most mail has not got.
        self._may_hide = _HIDES.search(source) is not None
        self._may_span = "span=" in source or "SPAN=" in source or "Span=" in source
        self._state = State()
        self._anchor = 0
        self._style = ""
        self._styles: list[str] = []
        self._pieces: list[Piece] = []
        self._blank = True
        """What comes next needs no blank before it: a line begins, or one has just been written."""
        self._gap = False
        self._starts = False
        self._marker = ""
        self._lists: list[list[int | str]] = []
        self._grid: Grid | None = None
        self._written = 0

    # --- text ---------------------------------------------------------------------------------------------------

    def text(self, text: str) -> None:
        if text.isspace() and not self._state.pre:
            if not self._blank and text.isascii():
                self._pieces.append((" ", self._style or self._state.style, self._anchor))
                self._blank = True
            return
        if self._state.pre and self._grid is None:
            text = safe_block(text)
            if text:
                self._add(text)
            return
        if not (text.isascii() and text.isprintable()):
            if not text.isascii():
                text = safe(text)
            else:
                text = _BLANKS.sub(" ", text)
                text = text if text.isprintable() else safe(text)
        if "  " in text:
            text = _BLANKS.sub(" ", text)
        if self._blank and text[:1] == " ":
            text = text[1:]
        if text:
            self._add(text)

    def _add(self, text: str, style: str = "") -> None:
        anchor = self._anchor
        self._pieces.append((text, style or self._style or self._state.style, anchor))
        self._blank = text[-1] == " "
        self._written += len(text)
        if anchor:
            self.anchors[anchor - 1].texts.append(text)

    # --- elements -----------------------------------------------------------------------------------------------

    def enter(self, node: LexborNode) -> Closing | None:
        """Opens an element; None if nothing in it is to be shown."""
        tag = node.tag or ""
        does = _TAGS.get(tag, _INLINE)
        if does == _IGNORED:
            return None
        attributes = node.attrs
        style = attributes.sget("style")
        if (style and is_hiding(style)) or (self._may_hide and "hidden" in attributes):
            return None
        if self._hidden and is_named(node, self._hidden, style):
            return None
        if does == _INLINE:
            return self._inline(node, style) if style or tag == "span" else _NOTHING
        if does == _BREAK:
            self._new_line()
            return _NOTHING
        if does == _IMAGE:
            self._image(node)
            return _NOTHING
        if does == _STYLE:
            self._styles.append(self._style)
            self._style = _STYLES[tag]
            return _STYLED
        if does == _ANCHOR:
            return self._open_anchor(node)
        if self._grid is not None:
            return self._enter_in_grid(does, node)
        return self._block(does, tag, node, style)

    def leave(self, closing: Closing) -> None:
        does, saved, extra = closing
        if does == _STYLE:
            self._style = self._styles.pop()
        elif does == _ANCHOR:
            self._anchor = extra
        elif does == _INLINE:
            pass
        elif does == _CELL:
            self._leave_cell(extra)
        elif does == _CAPTION:
            self._leave_caption()
        elif self._grid is not None and does != _TABLE:
            self._cell_line()
        elif does == _LINE:
            self._break()
        elif does == _ROW:
            self._break()
            if self._written - (extra >> 32) > _LONG_ROW and self.drafts[-1:] and self.drafts[-1].kind != ITEM:
                first = extra & 0xFFFFFFFF
                if first < len(self.drafts):
                    self.drafts[first].tight = False
                self._gap = True
        elif does == _ITEM:
            self._break()
            self._marker = ""
        elif does == _WORD:
            self._break()
            self._gap = self._gap or len(self.drafts) == extra
        elif does == _LIST:
            self._break()
            self._lists.pop()
            self._gap = self._gap or not self._lists
        elif does == _TABLE:
            self._close_table()
        else:
            self._break()
            self._gap = True
        if saved is not None:
            self._state = saved

    def finished(self) -> list[Draft]:
        if self._grid is not None:
            self._close_table()
        self._break()
        return self.drafts

    def _within(self, does: int, state: State, extra: int = 0) -> Closing:
        saved, self._state = self._state, state
        return does, saved, extra

    def _inline(self, node: LexborNode, style: str) -> Closing | None:
        if "mso-list" in style and self._state.item >= 0 and _WORD_MARKER.search(style):
            self._marker = _marker(node.text()[:40])
            return None
        if self._is_signature(node):
            return self._within(_INLINE, self._state._replace(signature=True))
        if "font-weight" in style and _BOLD.search(style):
            return self._within(_INLINE, self._state._replace(style=STRONG))
        return _NOTHING

    def _block(self, does: int, tag: str, node: LexborNode, style: str) -> Closing:
        state = self._state
        if does == _LINE:
            if self._pieces:
                self._break()
            if not len(node.attrs):
                return _LINED
            return self._division(node, style)
        if does == _PARAGRAPH:
            return self._paragraph(node, style)
        if does == _CELL:
            if self._pieces:
                self._next_cell()
            return _NOTHING
        if does == _ROW:
            self._break()
            return self._within(_ROW, state, self._written << 32 | len(self.drafts))
        if does == _TABLE:
            return self._open_table(node)
        if does == _HEADING:
            self._break(gap=True)
            return self._within(_HEADING, state._replace(heading=int(tag[1])))
        if does == _RULE:
            self._break(gap=True)
            self._draft(RULE, [])
            self._gap = True
            return _NOTHING
        if does == _LIST:
            self._break(gap=not self._lists)
            self._lists.append([*_numbering(node, tag)])
            return _LIST, None, 0
        if does == _ITEM:
            self._break()
            return self._open_item(node)
        if does == _DEFINITION:
            self._break()
            return self._within(_LINE, state._replace(item=min(state.item + 1, _MAX_DEPTH), hang=" "))
        if does == _PRE:
            self._break(gap=True)
            return self._within(_PRE, state._replace(pre=True, signature=state.signature or self._is_signature(node)))
        if does == _QUOTE:
            self._break(gap=True)
            deeper = state.quote if state.absorb else min(state.quote + 1, _MAX_QUOTES)
            return self._within(_QUOTE, state._replace(quote=deeper, absorb=False, item=-1))
        if does == _CAPTION:
            self._break()
            return _CAPTION, None, 0
        return _NOTHING

    def _division(self, node: LexborNode, style: str) -> Closing:
        """A div or its like: mail programs mark quotations and signatures by its class or id."""
        state = self._state
        attributes = node.attrs
        name, identity = attributes.sget("class"), attributes.sget("id")
        if name and _QUOTING.search(name):
            if not self._is_forward(node, name):
                state = state._replace(quote=min(state.quote + 1, _MAX_QUOTES), absorb=True)
            self._gap = True
        elif identity in _STARTING or (style and "border-top" in style and _OUTLOOK_LINE.search(style)):
            self._starts = True
            self._gap = True
        elif self._is_signature(node):
            state = state._replace(signature=True)
        if style and "font-weight" in style and _BOLD.search(style):
            state = state._replace(style=STRONG)
        return _LINED if state is self._state else self._within(_LINE, state)

    def _is_forward(self, node: LexborNode, name: str) -> bool:
        if _FORWARDING in name:
            return True
        said = node.css_first(".gmail_attr")
        return said is not None and quoting.is_forward(said.text()[:100].strip().split("\n")[0].partition("From:")[0])

    def _is_signature(self, node: LexborNode) -> bool:
        attributes = node.attrs
        if not len(attributes):
            return False
        name = attributes.sget("class")
        return bool(name and _SIGNING.search(name)) or attributes.sget("id") in _SIGNATURES

    def _paragraph(self, node: LexborNode, style: str) -> Closing:
        state = self._state
        if "mso-list" in style:
            level = _WORD_ITEM.search(style)
            if level:
                self._break(gap=not (self.drafts and self.drafts[-1].kind == ITEM))
                self._marker = "•"
                return self._within(_ITEM, state._replace(item=min(int(level[1]) - 1, _MAX_DEPTH), hang="  "))
        if node.attrs.sget("class").startswith("MsoNormal") and state.item < 0:
            # Word's paragraphs have no space between them; what is meant as an empty line is an empty paragraph.
            self._break(gap=bool(self.drafts) and self.drafts[-1].kind == ITEM)
            return _WORD, None, len(self.drafts)
        close = state.item >= 0
        self._break(gap=not close)
        if style and "font-weight" in style and _BOLD.search(style):
            return self._within(_LINE if close else _PARAGRAPH, state._replace(style=STRONG))
        return _LINED if close else _PARTED

    # --- lists --------------------------------------------------------------------------------------------------

    def _open_item(self, node: LexborNode) -> Closing:
        if not self._lists:
            self._marker = "•"
        else:
            counter = self._lists[-1]
            number, kind = counter
            if kind:
                given = node.attrs.sget("value")
                number = int(given[:6]) if given.isascii() and given.isdigit() else int(number)
                self._marker = _ordinal(number, str(kind))
                counter[0] = number + 1
            else:
                self._marker = "•"
        level = min(max(len(self._lists) - 1, 0), _MAX_DEPTH)
        return self._within(_ITEM, self._state._replace(item=level, hang=" " * len(self._marker)))

    # --- links and images ---------------------------------------------------------------------------------------

    def _open_anchor(self, node: LexborNode) -> Closing:
        address = node.attrs.sget("href").strip()
        if self._base and address and not address.lower().startswith(("#", *links.SCHEMES)):
            address = _joined(self._base, address)
        address = links.openable(address)
        if not address:
            return _NOTHING
        outer = self._anchor
        self.anchors.append(Anchor(address))
        self._anchor = len(self.anchors)
        return _ANCHOR, None, outer

    def _image(self, node: LexborNode) -> None:
        attributes = node.attrs
        alternative = " ".join(safe(attributes.sget("alt")[:400]).split())
        if is_tracker(node):
            return
        if not alternative:
            source = attributes.sget("src").strip()[-200:]
            if self._anchor or source[:4].lower() == "cid:":
                found = _FILE_NAME.search(source.rpartition("/")[2].removeprefix("cid:"))
                alternative = safe(found[0].rstrip("@?#")) if found else ""
                if not alternative and self._anchor:
                    alternative = links.host_of(self.anchors[self._anchor - 1].address)
        if alternative:
            self._add(f"[{alternative[:200]}]", IMAGE)

    # --- tables -------------------------------------------------------------------------------------------------

    def _open_table(self, node: LexborNode) -> Closing:
        self._break(gap=True)
        if shows_data(node):
            self._grid = Grid()
        state = self._state
        if self._is_signature(node):
            return self._within(_TABLE, state._replace(signature=True))
        return _TABLE, state, 0

    def _enter_in_grid(self, does: int, node: LexborNode) -> Closing:
        assert self._grid is not None
        if does == _ROW:
            self._grid.row()
            self._pieces, self._blank = [], True
            return _NOTHING
        if does == _CELL:
            self._pieces, self._blank = [], True
            wide = high = 1
            if self._may_span:
                attributes = node.attrs
                wide, high = _count(attributes.sget("colspan")), _count(attributes.sget("rowspan"))
            return _CELL, None, (node.tag == "th") << 16 | wide << 8 | high
        if does == _CAPTION:
            return _CAPTION, None, 0
        self._cell_line()
        return _LINED

    def _leave_caption(self) -> None:
        pieces = _trimmed(self._pieces)
        self._pieces, self._blank = [], True
        if pieces:
            self._draft(PARAGRAPH, [(text, style or STRONG, anchor) for text, style, anchor in pieces])

    def _cell_line(self) -> None:
        """A paragraph or a break within a cell of a grid."""
        if self._pieces and self._pieces[-1][0] != "\n":
            self._pieces.append(("\n", "", 0))
        self._blank = True

    def _leave_cell(self, extra: int) -> None:
        if self._grid is not None:
            cell = tuple(_trimmed(self._pieces))
            self._pieces, self._blank = [], True
            self._grid.cell(cell, head=bool(extra >> 16), wide=extra >> 8 & 255, high=extra & 255)

    def _next_cell(self) -> None:
        """A cell of a table that lays out a page: it goes on in the line, apart from what is before it."""
        if any(piece[0] == "\n" for piece in self._pieces):
            # Two addresses side by side, say: each is a paragraph.
            self._break(gap=True)
            return
        before = "".join(piece[0] for piece in self._pieces[-3:]).strip()
        if len(self._pieces) < 4 and not self._pieces[0][2] and _BULLET.match(before):
            # Newsletters build lists from tables, for programs that cannot indent one.
            self._pieces, self._blank = [], True
            self._marker = before
            self._state = self._state._replace(item=0, hang=" " * width(before))
        else:
            if self._pieces[-1][0] == " ":
                self._pieces.pop()
            self._pieces.append(("  ", "", 0))
            self._blank = True

    def _close_table(self) -> None:
        if self._grid is None:
            self._break(gap=True)
            return
        rows, head = self._grid.finished()
        self._grid = None
        self._pieces, self._blank = [], True
        if rows:
            draft = self._draft(TABLE, [])
            draft.rows, draft.head = rows, head or _is_head(rows)
        self._gap = True

    # --- lines --------------------------------------------------------------------------------------------------

    def _new_line(self) -> None:
        if self._grid is not None:
            self._cell_line()
        elif not self._pieces:
            self._gap = True
        elif self._pieces[-1][0] == "\n" and not self._state.pre:
            self._break(gap=True)
        else:
            self._pieces.append(("\n", "", 0))
            self._blank = True

    def _break(self, *, gap: bool = False) -> None:
        """Ends the block if there is one; with `gap` an empty line comes before the next."""
        pieces = self._pieces
        if pieces and self._grid is None:
            self._pieces, self._blank = [], True
            state = self._state
            pieces = _trimmed(pieces, pre=state.pre)
            if pieces:
                if state.pre:
                    self._draft(PRE, pieces)
                elif state.item >= 0:
                    draft = self._draft(ITEM, pieces)
                    draft.level = state.item
                    draft.marker, self._marker = self._marker or state.hang, ""
                elif state.heading:
                    self._draft(HEADING, pieces).level = state.heading
                else:
                    self._draft(PARAGRAPH, pieces)
        if gap:
            self._gap = True

    def _draft(self, kind: str, pieces: list[Piece]) -> Draft:
        draft = Draft(kind, pieces, quote=self._state.quote, tight=not self._gap)
        draft.signature = self._state.signature
        draft.starts = self._starts
        self._gap = self._starts = False
        self.drafts.append(draft)
        return draft


def _trimmed(pieces: list[Piece], *, pre: bool = False) -> list[Piece]:
    """Without blanks and breaks at the end of the block and of its lines."""
    end = len(pieces)
    while end and not pieces[end - 1][0].strip():
        end -= 1
    if not end:
        return []
    pieces = pieces[:end]
    text, style, anchor = pieces[-1]
    pieces[-1] = (text.rstrip(), style, anchor)
    if pre:
        text, style, anchor = pieces[0]
        pieces[0] = (text.removeprefix("\n"), style, anchor)
    return pieces


def _is_head(rows: tuple[tuple[Pieces, ...], ...]) -> bool:
    """Whether the first row, and not the second, is all bold: headings of tables that know no other way."""
    bold = [all(style == STRONG for cell in row for text, style, _ in cell if text.strip()) for row in rows[:2]]
    return bold == [True, False] and sum(map(bool, rows[0])) > 1


def _numbering(node: LexborNode, tag: str) -> tuple[int, str]:
    """(first number, kind of number) of a list; "" is a list without numbers."""
    if tag != "ol":
        return 0, ""
    start = node.attrs.sget("start")
    return int(start[:6]) if start.isascii() and start.isdigit() else 1, node.attrs.sget("type") or "1"


def _ordinal(number: int, kind: str) -> str:
    if kind in "aA" and 0 < number <= len(_LETTERS):
        letter = _LETTERS[number - 1]
        return f"{letter.upper() if kind == 'A' else letter}."
    return f"{number}."


def _marker(text: str) -> str:
    """What stands before an item that Word wrote: its number, or "•" for the letters of symbol fonts."""
    text = safe(text).strip()
    return text[:_LONGEST_MARKER] if any(map(str.isalnum, text)) and text != "o" else "•"


def _count(text: str) -> int:
    return max(1, min(int(text[:3]), 255)) if text.isascii() and text.isdigit() else 1


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""
