"""A message's content as it is read: blocks of marked text, and the links in it. No width, no colours, no I/O."""

from dataclasses import dataclass, field

# What a stretch of text is; "" is plain.
STRONG, EMPHASIS, CODE, LINK, IMAGE, STRIKE = "strong", "emphasis", "code", "link", "image", "strike"

# What a block is.
PARAGRAPH, HEADING, ITEM, PRE, RULE, TABLE = "paragraph", "heading", "item", "pre", "rule", "table"

# What is wrong with a link (READ-7).
OTHER_ADDRESS, LOOK_ALIKE, BARE_NUMBER = "other-address", "look-alike", "bare-number"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text within a line of thought. `link` is the number of the link it belongs to, 0 for none."""

    text: str
    style: str = ""
    link: int = 0


Cell = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    r"""A paragraph, a heading, a list's item, …; a "\n" in a span is a line break that the writer set.

    `level` is a heading's level (1 to 6) or an item's depth (0 outermost); `marker` stands before an item
    ("•", "3."). `quote` is the depth of quotation. `signature` marks what stands behind "-- " and the like.
    `rows` are a table's rows of cells; `head` says that the first row names the columns.
    `tight`: no empty line before it.
    """

    kind: str
    spans: tuple[Span, ...] = ()
    level: int = 0
    marker: str = ""
    quote: int = 0
    signature: bool = False
    rows: tuple[tuple[Cell, ...], ...] = ()
    head: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link, numbered from 1 in the order of the text. `warning` is one of READ-7's, or ""."""

    number: int
    text: str
    address: str
    warning: str = ""
    looks_like: str = ""
    """With LOOK_ALIKE the domain it resembles; with OTHER_ADDRESS the one that the text shows."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is read of one message.

    `blocked` counts remote things that were not fetched, `trackers` those of them that can only be there to watch
    the reader (images of no size). `cut`: the message goes on beyond what is read.
    """

    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    blocked: int = 0
    trackers: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line on a screen of some width: `spans` in order; `fold` says which fold it stands for, "" for text.

    `fold` is "quote" or "signature" on the one line that stands for folded lines, `folded` then counts them.
    """

    spans: tuple[Span, ...] = ()
    quote: int = 0
    kind: str = PARAGRAPH
    level: int = 0
    fold: str = ""
    folded: int = field(default=0)
