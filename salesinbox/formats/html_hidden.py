"""What HTML mail does not show, and what it would fetch: preheaders, dark-mode twins, pixels (READ-2)."""

import re
from collections.abc import Collection

from selectolax.lexbor import LexborHTMLParser, LexborNode

from salesinbox.formats.html_tree import parsed, tame

_HIDDEN = re.compile(
    # Not font-size:0 alone, which many templates set on a wrapper whose content sets its own.
    r"display\s*:\s*none|visibility\s*:\s*hidden"
    r"|max-height\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
)
_TINY = re.compile(r"font-size\s*:\s*[01](?:px|pt|em)?\s*(?:!important\s*)?(?:;|$)")
_TINY_LINE = re.compile(r"line-height\s*:\s*[01](?:px|pt)?\s*(?:!important\s*)?(?:;|$)")
_BRACE = re.compile(r"([{}])")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NONE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SIMPLE = re.compile(r"(?:[a-zA-Z0-9]+)?([.#][\w-]+)")
_MAX_STYLES = 300_000
_REMOTE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_OWN = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|#|$)", re.IGNORECASE)
_STYLE_URL = re.compile(r"url\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
_SOURCE = re.compile(r"\b(?:src|background)\s*=\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)
_SIZE = re.compile(r"\s*(\d+)")
_STYLE_SIZE = re.compile(r"(?:^|[;\s])(?:max-)?(width|height)\s*:\s*(\d+)(?:\.\d+)?(?:px)?\s*(?:!important\s*)?(?:;|$)")


def is_hiding(style: str) -> bool:
    """Whether an element's own style takes it out of sight."""
    style = style.lower()
    # Most styles hide nothing, and an expression with several beginnings is slow to say so.
    if ("none" in style or "hidden" in style or "opacity" in style or "max-height" in style) and _HIDDEN.search(style):
        return True
    return (
        "font-size" in style
        and "line-height" in style
        and _TINY.search(style) is not None
        and _TINY_LINE.search(style) is not None
    )


def hidden_names(tree: LexborHTMLParser) -> frozenset[str]:
    """The classes (".x") and ids ("#x") that the style sheets hide from everyone.

    Rules within @media speak of telephones, print and dark screens: they do not count. That is how the twin of a
    logo for dark screens, or of a column for telephones, is told from what is read.
    """
    names: set[str] = set()
    for node in tree.css("style"):
        sheet = (node.text() or "")[:_MAX_STYLES]
        if "none" in sheet or "hidden" in sheet:
            names |= _hidden_in(_COMMENT.sub(" ", sheet))
    return frozenset(names)


def _hidden_in(sheet: str) -> set[str]:
    names: set[str] = set()
    opened: list[str] = []
    text = ""
    for piece in _BRACE.split(sheet):
        if piece == "{":
            opened.append(text.strip())
        elif piece == "}":
            selectors = opened.pop() if opened else ""
            if not opened and not selectors.startswith("@") and _NONE.search(text):
                simple = (_SIMPLE.fullmatch(selector.strip()) for selector in selectors.split(","))
                names.update(found[1] for found in simple if found)
        else:
            text = piece
    return names


def is_named(node: LexborNode, names: Collection[str], style: str) -> bool:
    """Whether one of the names that `hidden_names` found is the element's; its own style has the last word."""
    attributes = node.attrs
    if "display" in style:
        return False
    classes = attributes.sget("class")
    if classes and any(f".{name}" in names for name in classes.split()):
        return True
    return f"#{attributes.sget('id')}" in names


def remote(tree: LexborHTMLParser, base: str) -> tuple[int, int]:
    """(things of the web that the HTML asks for, those of them that only watch the reader). None is ever fetched.

    Images, backgrounds, fonts, frames; `base` is what relative addresses are relative to, "" for none.
    """
    count = trackers = 0
    for name in ("src", "background", "poster", "srcset", "data"):
        for node in tree.css(f"[{name}]"):
            address = node.attrs.sget(name)
            if _REMOTE.match(address) or (base and not _OWN.match(address)):
                count += 1
                if name == "src" and node.tag == "img" and is_tracker(node):
                    trackers += 1
    count += sum(_REMOTE.match(node.attrs.sget("href")) is not None for node in tree.css("link[href]"))
    count += sum(len(_STYLE_URL.findall(node.attrs.sget("style"))) for node in tree.css("[style]"))
    count += sum(len(_STYLE_URL.findall(node.text() or "")) for node in tree.css("style"))
    return count, trackers


def remote_in_text(source: str) -> int:
    """As `remote`, of a source that is not to be parsed."""
    return len(_SOURCE.findall(source))


def is_tracker(image: LexborNode) -> bool:
    """Whether an image has no size to speak of, or is hidden without one: nobody was meant to see it."""
    attributes = image.attrs
    style = attributes.sget("style")
    sizes = [
        int(found[1][:6]) for found in map(_SIZE.match, (attributes.sget("width"), attributes.sget("height"))) if found
    ]
    sizes += [int(found[2][:6]) for found in _STYLE_SIZE.finditer(style.lower())] if style else []
    if sizes:
        return max(sizes) <= 1
    return "hidden" in attributes or (bool(style) and is_hiding(style))


def blocked(source: str) -> int:
    """How many things of the web the HTML asks for (none is ever fetched): images, pixels, fonts, frames."""
    if not tame(source):
        return remote_in_text(source)
    return remote(parsed(source), "")[0]
