"""Markdown as the HTML part of a letter (SEND-1): small, inline-styled, alike in Outlook, Gmail and Apple Mail.

Only what the rep wrote is Markdown. What is quoted or forwarded is others' text: it shows as it stands, since a
customer's "# 3" or "1)" is no heading and no list. A signature keeps its lines.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from salesinbox.formats import answering, links

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

# One family that every system has and one that it chooses: letters that are not in the first come in the system's own
# font, so Japanese looks as its reader is used to.
_OPENING = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>\n'
    '<body><div style="font-family:Arial,sans-serif;font-size:14px;line-height:1.5">\n'
)
_CLOSING = "</div></body></html>\n"
_QUOTE = '<blockquote type="cite" style="margin:0 0 0 8px;padding:0 0 0 10px;border-left:2px solid #cccccc">'
# Outlook draws with Word, which knows margins of paragraphs and cells only when each element has its own style.
_STYLES = {
    "p": "margin:0 0 12px 0",
    "h1": "font-size:20px;margin:16px 0 8px 0",
    "h2": "font-size:17px;margin:16px 0 8px 0",
    "h3": "font-size:15px;margin:12px 0 8px 0",
    "h4": "font-size:14px;margin:12px 0 8px 0",
    "h5": "font-size:14px;margin:12px 0 8px 0",
    "h6": "font-size:14px;margin:12px 0 8px 0",
    "ul": "margin:0 0 12px 0;padding:0 0 0 24px",
    "ol": "margin:0 0 12px 0;padding:0 0 0 24px",
    "table": "border-collapse:collapse;margin:0 0 12px 0",
    "th": "border:1px solid #cccccc;padding:4px 8px",
    "td": "border:1px solid #cccccc;padding:4px 8px",
    "blockquote": "margin:0 0 12px 8px;padding:0 0 0 10px;border-left:2px solid #cccccc",
    "hr": "border:0;border-top:1px solid #cccccc;margin:12px 0",
}
_CODE = "font-family:Consolas,Menlo,monospace;font-size:13px"
_PRE = f"{_CODE};background:#f4f4f4;padding:8px;margin:0 0 12px 0;white-space:pre-wrap"


def html(text: str) -> str:
    """The HTML of a letter that was written as Markdown: CommonMark with tables and strikethrough.

    HTML in the text is text. A line break is one, and addresses of the web are links without being marked.
    """
    pieces = [_OPENING]
    for kind, lines in answering.segments(text.replace("\r\n", "\n").replace("\r", "\n")):
        if kind == answering.OWN:
            pieces.append(_engine().render("\n".join(lines)))
        elif kind == answering.SIGNATURE:
            pieces.append(f'<div style="margin:0 0 12px 0;color:#555555">{_verbatim(lines)}</div>\n')
        else:
            pieces.append(_others(lines))
    return "".join([*pieces, _CLOSING])


def is_ours(source: str) -> bool:
    """Whether HTML begins as `html` writes it."""
    return source.replace("\r\n", "\n").startswith(_OPENING)


def _others(lines: Sequence[str]) -> str:
    """Quoted lines as quotations by their own signs, other lines as they are."""
    pieces: list[str] = []
    depth = 0
    run: list[str] = []

    def close_run() -> None:
        if any(run):
            pieces.append(f"<div>{_verbatim(run)}</div>\n")
        run.clear()

    for line in lines:
        deep, words = answering.depth_of(line)
        if deep != depth:
            close_run()
            pieces.append(_QUOTE * (deep - depth) if deep > depth else "</blockquote>" * (depth - deep) + "\n")
            depth = deep
        run.append(words)
    close_run()
    pieces.append("</blockquote>" * depth)
    return "".join(pieces) + "\n"


def _verbatim(lines: Sequence[str]) -> str:
    """Lines as they are, without the empty ones round them, for which there are margins."""
    lines = "\n".join(lines).strip("\n").split("\n")
    return "<br>\n".join(_linked(line) for line in lines)


def _linked(text: str) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in links.in_text(text):
        href = links.openable(text[start:end])
        if href:
            pieces.append(f'{_spaced(text[at:start])}<a href="{escape(href)}">{escape(text[start:end])}</a>')
            at = end
    return "".join([*pieces, _spaced(text[at:])])


def _spaced(text: str) -> str:
    """Escaped, with blanks in a row kept, since lists and tables in plain text are aligned by them."""
    return escape(text.replace("\t", "    "), quote=False).replace("  ", "&nbsp; ")


@lru_cache(maxsize=1)
def _engine() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only letters written as Markdown need it

    engine = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})
    engine.enable(["table", "strikethrough"])
    engine.core.ruler.push("letters", _finish)
    return engine


def _finish(state: "StateCore") -> None:
    """Gives every element its style, and makes addresses links."""
    for token in state.tokens:
        if token.type in ("fence", "code_block"):
            token.attrSet("style", _PRE)
        elif token.nesting >= 0 and token.tag in _STYLES:
            # A cell may have a style by its alignment.
            aligned = token.attrGet("style")
            token.attrSet("style", f"{_STYLES[token.tag]};{aligned}" if aligned else _STYLES[token.tag])
        if token.children:
            token.children = _inline(token.children)


def _inline(tokens: "Sequence[Token]") -> "list[Token]":
    found: list[Token] = []
    within = 0
    for token in tokens:
        within += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "code_inline":
            token.attrSet("style", f"{_CODE};background:#f4f4f4")
        if token.type == "text" and not within and "://" in token.content:
            found.extend(_with_links(token))
        else:
            found.append(token)
    return found


def _with_links(token: "Token") -> "list[Token]":
    from markdown_it.token import Token  # noqa: PLC0415 - here with the engine

    found: list[Token] = []
    at = 0
    text = token.content

    def add(content: str) -> None:
        if content:
            found.append(Token("text", "", 0, content=content, level=token.level))

    for start, end in links.in_text(text):
        href = links.openable(text[start:end])
        if href:
            add(text[at:start])
            found.append(Token("link_open", "a", 1, attrs={"href": href}))
            add(text[start:end])
            found.append(Token("link_close", "a", -1))
            at = end
    add(text[at:])
    return found
