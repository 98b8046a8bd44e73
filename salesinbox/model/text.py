"""Text that came from outside, made harmless to draw, and measured in terminal cells (READ-3, UI-3).

What goes: control characters and what introduces escape sequences (a run of them shows as one U+FFFD),
bidirectional controls, zero-width and invisible characters. What terminals draw in different widths is
brought to one form that all draw alike: joiners, variation selectors and skin tones go (a family becomes its
members), a flag becomes its two letters, decomposed kana, Hangul and Latin letters are composed, and no
letter carries more than four marks.
"""

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size

_REPLACEMENT = "\ufffd"
_BREAKS = "\n\r\x0b\x0c\x85\u2028\u2029"
_SPACES = "\t\xa0\u1680\u2000-\u200a\u202f\u205f"
_INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U00013455"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
)
_FORBIDDEN = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff0-\ufff8\ufffe\uffff\U000e1000-\U0010ffff"
)
_FLAGS = "\U0001f1e6-\U0001f1ff"
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20e2\u20e4-\u20f0\u302a-\u302f"
    "\u3099\u309a\ufe20-\ufe2f"
)
_JAMO = "\u1100-\u115e\u1161-\u11ff\ua960-\ua97c\ud7b0-\ud7fb"
_MOST_MARKS = 4

_NEUTRALISED = _SPACES + _INVISIBLE + _FORBIDDEN + _FLAGS + _BREAKS
# One class for the usual case, so that clean text costs a single scan.
_SUSPECT = re.compile(f"[{_NEUTRALISED}{_MARKS}{_JAMO}]")
_SUSPECT_BLOCK = re.compile(f"[{_NEUTRALISED.replace(chr(10), '')}{_MARKS}{_JAMO}]")
_RUN = re.compile(f"[{_NEUTRALISED}]+")
_MARKED = re.compile(f"(?:^|[^{_MARKS}])[{_MARKS}]+", re.MULTILINE)
_HANGUL = re.compile(f"[{_JAMO}]+")
_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_BREAK_RUN = re.compile(f"[{_BREAKS}]+")
_SPACE = re.compile(f"[{_SPACES}]")
_HIDDEN = re.compile(f"[{_INVISIBLE}]+")
_BAD = re.compile(f"[{_FORBIDDEN}]+")
_FLAG = re.compile(f"[{_FLAGS}]")
_TAB_STOP = 4
_SHORT = 4


def safe(text: str, limit: int | None = None) -> str:
    """One line of text that cannot drive a terminal (READ-3). Line breaks become spaces; never raises.

    Args:
        text: Any text, lone surrogates included.
        limit: Greatest number of characters; a longer text ends in "…".
    """
    if limit is not None and len(text) > limit:
        # Invisible characters do not count, so a few more are looked at than may stay.
        text = text[: 2 * limit + 64]
    if not (text.isascii() and text.isprintable()) and _SUSPECT.search(text):
        text = _RUN.sub(_neutral_line, text)
        text = _composed(text)
    if limit is not None and len(text) > limit:
        return text[: max(limit - 1, 0)] + "…"[:limit]
    return text


def safe_block(text: str) -> str:
    r"""Text of many lines, as `safe`; every kind of line break becomes "\n", tabs become spaces."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    if "\t" in text:
        text = text.expandtabs(_TAB_STOP)
    if _SUSPECT_BLOCK.search(text):
        text = _RUN.sub(_neutral_block, text)
        text = _composed(text)
    return text


def width(text: str) -> int:
    """Terminal cells that the text takes, as the drawing library counts them (UI-3)."""
    if text.isascii() and text.isprintable():
        return len(text)
    return cell_len(text)


def clip(text: str, cells: int, ellipsis: str = "…") -> str:
    """The text cut to at most `cells` cells, with the ellipsis in them where something was cut.

    A wide character or a letter with its marks is never split: the result may be one cell short.
    """
    if cells <= 0:
        return ""
    if text.isascii() and text.isprintable():
        if len(text) <= cells:
            return text
        room = cells - width(ellipsis)
        return text[:room] + ellipsis if room >= 0 else text[:cells]
    # Enough for any sound text; a flood of marks is cut with the rest.
    head = text[: 8 * cells + 32]
    if len(head) == len(text) and cell_len(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room < 0:
        return head[: _fitting(head, cells)]
    return head[: _fitting(head, room)] + ellipsis


def pad(text: str, cells: int) -> str:
    """The text clipped, then filled with spaces to exactly `cells` cells."""
    text = clip(text, cells)
    return text + " " * (cells - width(text))


def _fitting(text: str, cells: int) -> int:
    """How many characters of the text fit, marks kept with their letter."""
    used = 0
    end = len(text)
    for index, character in enumerate(text):
        used += get_character_cell_size(character)
        # A joiner or a selector changes the width of what is before it; `safe` leaves none.
        if used > cells or character in "\u200d\ufe0f":
            end = index
            break
    else:
        return end
    while end and not get_character_cell_size(text[end]):
        end -= 1
    return end


def _neutral_line(match: re.Match[str]) -> str:
    return _neutral(match[0], " ") if len(match[0]) > _SHORT else _neutral_short(match[0], " ")


def _neutral_block(match: re.Match[str]) -> str:
    return _neutral(match[0], "\n") if len(match[0]) > _SHORT else _neutral_short(match[0], "\n")


def _neutral(run: str, line_break: str) -> str:
    run = _BREAK.sub("\n", run) if line_break == "\n" else _BREAK_RUN.sub(line_break, run)
    run = _HIDDEN.sub("", run)
    run = _BAD.sub(_REPLACEMENT, run)
    run = _SPACE.sub(" ", run)
    return _FLAG.sub(_letter, run)


# Texts that hold such characters hold many of the same.
_neutral_short = lru_cache(maxsize=1024)(_neutral)


def _letter(match: re.Match[str]) -> str:
    return chr(ord(match[0]) - 0x1F1E6 + ord("A"))


def _composed(text: str) -> str:
    """Letters composed with their marks, where there are any.

    Only there: NFC for all of a text would exchange the ideographs that Japanese names are particular about.
    """
    text = _HANGUL.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    return _MARKED.sub(_with_marks, text)


def _with_marks(match: re.Match[str]) -> str:
    letter_and_marks = match[0]
    if _FIRST_MARK.match(letter_and_marks):
        # A mark without a letter would land on whatever is drawn before it.
        return ""
    if letter_and_marks[0] in "\n ":
        return letter_and_marks[0]
    return unicodedata.normalize("NFC", letter_and_marks[: 1 + _MOST_MARKS])


_FIRST_MARK = re.compile(f"[{_MARKS}]")
