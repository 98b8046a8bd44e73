"""HTML mail as text that reads well in a terminal (READ-2). Nothing is fetched, nothing is run."""

import re
from collections.abc import Iterator

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
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d])"
    r"|max-height\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_STYLE_URL = re.compile(r"url\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
_SCHEMES = ("http:", "https:", "mailto:", "tel:", "ftp:")
