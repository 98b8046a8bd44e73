"""Text broken into lines by terminal cells (UI-3)."""

from collections.abc import Sequence

from salesinbox.model.text import width


def wrapped(text: str, cells: int) -> list[str]:
    """The text in lines of at most `cells` cells, broken at spaces, and inside of wide text anywhere."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line and width(line + word.rstrip()) > cells:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()] if line.strip() else lines


def _words(text: str) -> Sequence[str]:
    """Where a line may break: after a space, and after a wide character unless a closing mark follows."""
    words = [""]
    for character, following in zip(text, text[1:] + " ", strict=True):
        words[-1] += character
        wide = width(character) > 1 and following not in "、。）」』：・ー"
        if character == " " or (wide and following != " "):
            words.append("")
    return words
