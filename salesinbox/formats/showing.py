"""Attachments that a terminal can show: as text, or as an image of half blocks (READ-5). No I/O beyond the bytes."""

import io
import warnings

from salesinbox.formats import charsets, message, mime
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.text import safe_block

LONGEST = 500_000
"""Characters of a text that are shown."""
MOST_POINTS = 40_000_000
"""An image of more points than these is not taken apart: it may be built to fill the memory."""

Point = tuple[int, int, int]


def text(content: bytes, kind: str, charset: str = "") -> str:
    """An attachment as text, harmless (READ-3). A message shows its header lines and what it says."""
    if kind == "message/rfc822":
        head = message.envelope(content)
        lines = [
            f"{head.sender.name} <{head.sender.address}>",
            ", ".join(f"{one.name} <{one.address}>" for one in head.to),
            head.subject,
        ]
        shown = "\n".join([*lines, "", message.body(content).text])
    elif kind == "text/html":
        from salesinbox.formats import html  # noqa: PLC0415 - for attached pages only

        shown = html.text_of(charsets.decode(content, charset))
    else:
        shown = charsets.decode(content, charset)
    cut = shown[:LONGEST]
    return safe_block(cut) + ("\n\n[…]" if len(shown) > LONGEST else "")


def charset_of(raw_part_header: bytes) -> str:
    """The charset that a part's header names, "" for none."""
    return mime.parse(raw_part_header + b"\n\n").parameters.get("charset", "")


def image(content: bytes, cells: int, points: int) -> list[list[Point]]:
    """An image as rows of points, at most `cells` wide and `points` high, its shape kept.

    UsageError where Pillow is not installed, for what is no image, and for one that is too large.
    """
    try:
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise UsageError(
            _("Images are shown with Pillow, which is not installed: pip install 'salesinbox[images]'. Saving works.")
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as opened:
                if opened.width * opened.height > MOST_POINTS:
                    raise UsageError(_("The image is too large to be shown here. Save it to look at it."))
                opened.draft("RGB", (cells, points))
                drawn = opened.convert("RGBA")
                drawn.thumbnail((max(cells, 1), max(points, 1)))
                ground = Image.new("RGBA", drawn.size, (255, 255, 255, 255))
                flat = Image.alpha_composite(ground, drawn).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise UsageError(_("This is no image that can be shown here.")) from error
    raw = flat.tobytes()
    width, height = flat.size
    return [
        [(raw[i], raw[i + 1], raw[i + 2]) for i in range(3 * y * width, 3 * (y + 1) * width, 3)] for y in range(height)
    ]
