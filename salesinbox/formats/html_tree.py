"""HTML as a tree, in time that is in proportion to it, whatever is in it (READ-2)."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from salesinbox.model.text import safe_block

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]{0,10000}>", re.DOTALL | re.IGNORECASE
)
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
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
_SHORT = 4_000
_MOST_WORK = 3_000_000


def parsed(source: str) -> LexborHTMLParser:
    """The tree of a source that is `tame`."""
    try:
        return LexborHTMLParser(source)
    except UnicodeEncodeError:  # lone surrogates
        return LexborHTMLParser(source.encode("utf-8", "replace").decode("utf-8"))


def tame(source: str) -> bool:
    """Whether parsing takes time in proportion: HTML's rules make unclosed tags cost by their square."""
    if len(source) < _SHORT:
        return True
    depth = deepest = formatting = most_formatting = tags = 0
    for closing, name in _TAG.findall(source):
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


def crude(source: str) -> str:
    """The text of a source that is built to choke a parser: tags taken out, nothing more."""
    plain = unescape(_ANY_TAG.sub(" ", source))
    return _EMPTY_LINES.sub("\n\n", "\n".join(map(str.strip, safe_block(plain).split("\n")))).strip()
