"""Words for the full-text index (SRCH-3): what is written differently and means the same becomes the same.

SQLite's `unicode61` takes a run of letters as one word, so text in a script without spaces between words
would be one long word. A space round each of its characters makes each a word of its own; a phrase of them is
then the same as a substring. Everything here is deterministic: a row leaves the index only by the words it
entered with, so a change to `index_text` needs a migration that rebuilds the index.
"""

import bisect
import functools
import re
import unicodedata
from collections.abc import Iterable

from salesinbox.model.folding import fold

__all__ = ["bare", "finder", "first_match", "fold", "growing", "holds", "index_text", "matches"]

# Written without spaces between words, or with endings that hide the word: Thai, Lao, Myanmar, Khmer, marks
# like 々〆〇, kana, bopomofo, hangul, ideographs with all their extensions. Their punctuation is left out.
_UNSPACED = (
    "\u0e01-\u0e5b\u0e81-\u0edf\u1000-\u109f\u1780-\u17dd"
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7fb\uf900-\ufaff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003fffd"
)
_RUNS = re.compile(f"([{_UNSPACED}]+)")
_LATIN = f"[^\\W_{_UNSPACED}]"
_TOKEN = re.compile(f"[{_UNSPACED}]|{_LATIN}+")
_GROWING = re.compile(f"{_LATIN}{{2,}}[\\W_]*\\Z")
_ACCENT = re.compile("[\u0300-\u036f]")
_ACCENTED = re.compile("[\u00c0-\u024f\u0300-\u036f\u0386-\u03ce\u0400-\u045f\u1e00-\u1fff]")


def index_text(text: str) -> str:
    """`text` folded, with a space round each character of a script that puts none between its words."""
    folded = fold(text)
    if folded.isascii():
        return folded
    parts = _RUNS.split(folded)
    parts[1::2] = map(" ".join, parts[1::2])
    return " ".join(parts)


def growing(text: str) -> bool:
    """Whether the last word of `text` may be the beginning of a longer one (`smi` of `smith`).

    A character of a script without spaces is complete by itself, and so is a single letter: half of all words
    begin with it.
    """
    return _GROWING.search(fold(text)) is not None


def bare(text: str) -> str:
    """`text` folded and without accents, as the index compares Latin letters (`é` = `e`)."""
    folded = fold(text)
    if folded.isascii() or not _ACCENTED.search(folded):
        return folded
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", folded)))


def finder(terms: Iterable[tuple[str, bool]]) -> re.Pattern[str] | None:
    """What finds any of `terms` in a text that is `bare`, as the index would; None for nothing to find.

    Args:
        terms: A text, and whether its last word may go on.
    """
    patterns = []
    for text, open_ended in terms:
        tokens = _TOKEN.findall(bare(text))
        if not tokens:
            continue
        pattern = "" if _unspaced(tokens[0]) else f"(?<!{_LATIN})"
        for before, token in zip(["", *tokens], tokens, strict=False):
            if before:
                pattern += "[\\W_]*" if _unspaced(before) or _unspaced(token) else "[\\W_]+"
            pattern += re.escape(token)
        if not (open_ended or _unspaced(tokens[-1])):
            pattern += f"(?!{_LATIN})"
        patterns.append(pattern)
    # The longest first: of two that begin alike, the regular expression takes the one named first.
    return re.compile("|".join(sorted(patterns, key=len, reverse=True))) if patterns else None


def matches(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where in `text`, as it is written, `pattern` (of `finder`) is found: start and end of each place."""
    compared = bare(text)
    found = [match.span() for match in pattern.finditer(compared)]
    if len(compared) == len(text):
        return found
    return [(_written(text, start), _written(text, end)) for start, end in found]


def first_match(text: str, pattern: re.Pattern[str]) -> int | None:
    """Where in `text`, as it is written, `pattern` (of `finder`) is found first."""
    compared = bare(text)
    match = pattern.search(compared)
    if match is None or len(compared) == len(text):
        return match.start() if match else None
    return _written(text, match.start())


def _written(text: str, place: int) -> int:
    """The place in `text` that corresponds to `place` in its bare form, which may be shorter or longer."""
    return bisect.bisect_left(range(len(text) + 1), place, key=lambda length: len(bare(text[:length])))


def _unspaced(token: str) -> bool:
    return _RUNS.fullmatch(token) is not None


def holds(text: str, term: str, *, open_ended: bool) -> bool:
    """Whether `term` is in `text` as the index would find it."""
    pattern = _finder_of_one(term, open_ended)
    return pattern is not None and pattern.search(bare(text)) is not None


@functools.lru_cache(maxsize=64)
def _finder_of_one(term: str, open_ended: bool) -> re.Pattern[str] | None:
    return finder([(term, open_ended)])
