"""Attachments that a terminal can show: as text, or as an image of half blocks (READ-5). No I/O beyond the bytes."""

import io
import struct
import warnings
import zlib

from salesinbox.formats import charsets, message, mime
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.text import safe_block

LONGEST = 500_000
"""Characters of a text that are shown."""
MOST_POINTS = 40_000_000
"""An image of more points than these is not taken apart: it may be built to fill the memory."""
_MOST_OCTETS = 4 * LONGEST
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""What is read, whatever the mail calls it: for some of its other formats Pillow starts a program (EPS)."""
_ORIENTATION = 0x0112  # Exif 2.32 §4.6.4
_LYING = frozenset({5, 6, 7, 8})

_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, OverflowError, AttributeError,
    NotImplementedError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises for files that are not what they say (UnidentifiedImageError is an OSError)."""

Point = tuple[int, int, int]


def text(content: bytes, kind: str, charset: str = "") -> str:
    """An attachment as text, harmless (READ-3). A message shows its header lines and what it says."""
    cut_off = len(content) > _MOST_OCTETS
    content = content[:_MOST_OCTETS]
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
    return safe_block(cut) + ("\n\n[…]" if cut_off or len(shown) > LONGEST else "")


def charset_of(raw: bytes, part: str) -> str:
    """The charset that a message names for one of its parts ("2.1"), "" for none."""
    return next((leaf.parameters.get("charset", "") for leaf in mime.parse(raw).leaves() if leaf.number == part), "")


def image(content: bytes, cells: int, points: int) -> list[list[Point]]:
    """An image as rows of points, at most `cells` wide and `points` high, its shape kept.

    UsageError where Pillow is not installed, for what is no image, and for one that is too large.
    """
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise UsageError(
            _("Images are shown with Pillow, which is not installed: pip install 'salesinbox[images]'. Saving works.")
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_POINTS:
                    raise UsageError(_("The image is too large to be shown here. Save it to look at it."))
                box = (max(cells, 1), max(points, 1))
                if opened.getexif().get(_ORIENTATION) in _LYING:
                    box = box[::-1]
                opened.draft("RGB", box)
                # Made small first, where that looks as good: a copy with an alpha channel takes much more memory.
                small = opened if opened.mode in {"RGB", "RGBA", "L", "CMYK"} else opened.convert("RGBA")
                small.thumbnail(box)
                drawn = ImageOps.exif_transpose(small).convert("RGBA")
                ground = Image.new("RGBA", drawn.size, (255, 255, 255, 255))
                flat = Image.alpha_composite(ground, drawn).convert("RGB")
    except _BROKEN as error:
        raise UsageError(_("This is no image that can be shown here.")) from error
    except Image.DecompressionBombError as error:
        raise UsageError(_("The image is too large to be shown here. Save it to look at it.")) from error
    raw = flat.tobytes()
    width, height = flat.size
    return [
        [(raw[i], raw[i + 1], raw[i + 2]) for i in range(3 * y * width, 3 * (y + 1) * width, 3)] for y in range(height)
    ]
