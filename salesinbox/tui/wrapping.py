"""Text broken into lines of a width in terminal cells; Japanese breaks anywhere but where a line may not begin."""

from salesinbox.model.text import clip, width

_NO_START = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）〕］｝〉》」』】’”…‥),.:;?!]}"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
)  # fmt: skip
_NO_END = frozenset("（〔［｛〈《「『【‘“([{")


def wrap(text: str, cells: int) -> list[str]:
    """Lines of at most `cells` cells (at least 4). Spaces at a break go; a longer word is cut."""
    cells = max(cells, 4)
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line.rstrip()
        if width(rest) <= cells:
            lines.append(rest)
            continue
        while True:
            # Only what may be on this line is measured: a line of a megabyte costs what its parts cost.
            head = rest[: cells * 8]
            if width(head) <= cells:
                break
            cut = _break(head, cells)
            lines.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip(" ")
        if rest:
            lines.append(rest)
    return lines


def _break(text: str, cells: int) -> int:
    """How many characters of the text go on this line."""
    most = max(1, len(clip(text, cells, "")))
    for cut in range(most, max(most // 2, 0), -1):
        before, after = text[cut - 1], text[cut]
        if after in _NO_START or before in _NO_END:
            continue
        if " " in (before, after) or not (before.isascii() and after.isascii()):
            return cut
    space = text.rfind(" ", 1, most)
    return space if space > 0 else most
