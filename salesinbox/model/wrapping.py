"""Text broken into lines of a width in terminal cells; Japanese breaks anywhere but where a line may not begin."""

from rich.cells import get_character_cell_size

NO_BREAK = "\xa0"
"""A space at which no line breaks. `safe` lets none through, so whoever puts one in can find it again."""
_NO_START = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー）〕］｝〉》」』】’”…‥),.:;?!]}"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
)  # fmt: skip
_NO_END = frozenset("（〔［｛〈《「『【‘“([{")
_LEAST = 4


def wrap(text: str, cells: int) -> list[str]:
    """Lines of at most `cells` cells (at least 4). Spaces at a break go; a longer word is cut."""
    return [text[start:end] for start, end in breaks(text, cells, cells)]


def breaks(text: str, first: int, rest: int) -> list[tuple[int, int]]:
    r"""Where each line begins and ends in the text; "\n" ends one, too. Time in proportion to the text.

    Args:
        text: What is broken.
        first: Cells of a line that begins the text or follows a "\n" (at least 4).
        rest: Cells of the lines that such a line goes on in (at least 4).
    """
    first, rest = max(first, _LEAST), max(rest, _LEAST)
    lines: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line.rstrip(" "))
        at, cells = start, first
        while (reach := _reach(text, at, end, cells)) < end:
            cut = _break(text, at, reach)
            lines.append((at, _trimmed(text, at, cut)))
            at = cut
            while at < end and text[at] == " ":
                at += 1
            cells = rest
        if at < end or at == start:
            lines.append((at, end))
        start += len(line) + 1
    return lines


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] == " ":
        end -= 1
    return end


def _reach(text: str, start: int, end: int, cells: int) -> int:
    """How far the text goes on a line from `start`: marks stay with their letter, one character always goes.

    Only what may be on the line is measured, and nothing is copied: a line of a megabyte costs what its parts cost.
    """
    head = text[start : min(end, start + cells)]
    if head.isascii():
        return start + len(head)
    used = 0
    for at in range(start, end):
        used += get_character_cell_size(text[at])
        if used > cells:
            while at > start + 1 and not get_character_cell_size(text[at]):
                at -= 1  # noqa: PLW2901 - the loop ends here
            return max(at, start + 1)
    return end


def _break(text: str, start: int, reach: int) -> int:
    """Where the line from `start` ends, which has no room for the character at `reach`."""
    for cut in range(reach, start + max((reach - start) // 2, 0), -1):
        before, after = text[cut - 1], text[cut]
        if after in _NO_START or before in _NO_END or NO_BREAK in (before, after):
            continue
        if " " in (before, after) or _is_wide(before) or _is_wide(after):
            return cut
    space = text.rfind(" ", start + 1, reach)
    return space if space > 0 else reach


def _is_wide(character: str) -> bool:
    """Whether lines break beside the character, as in Japanese; not so within a word of accented letters."""
    return character >= "\u1100" and get_character_cell_size(character) > 1
