"""Words for the full-text index (SRCH-3): what is written differently and means the same becomes the same.

SQLite's `unicode61` takes a run of letters as one word, so text in a script without spaces between words would
be one long word. A space round each of its characters makes each a word of its own; a phrase of them is then
the same as a substring. Everything here is deterministic: a row leaves the index only by the words it entered
with, so a change to these rules needs a migration that rebuilds the index.
"""

import re
import unicodedata

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
_ENDS_UNSPACED = re.compile(f"[{_UNSPACED}]\\W*\\Z")


# Characters that NFKC leaves alone, and that fill English and Japanese mail, are left out.
_MAY_CHANGE = re.compile("[^\\0-\\x7f\u3001-\u3003\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u4e00-\u9fff]+")


def _normalised(text: str) -> str:
    if unicodedata.is_normalized("NFKC", text):
        return text
    # In pieces it is three times as fast. It is the whole text's normal form unless a mark at a piece's start
    # melts into the character before it, and then the result is not normal.
    pieced = _MAY_CHANGE.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    if unicodedata.is_normalized("NFKC", pieced):
        return pieced
    return unicodedata.normalize("NFKC", pieced)


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, without case (`ＡＢＣ` = `abc`, `ｶﾞ` = `ガ`, `㈱` = `(株)`)."""
    if text.isascii():
        return text.lower()
    text = _normalised(text)
    folded = text.casefold()
    return folded if folded == text else _normalised(folded)


def index_text(text: str) -> str:
    """`text` folded, with a space round each character of a script that puts none between its words."""
    folded = fold(text)
    if folded.isascii():
        return folded
    parts = _RUNS.split(folded)
    parts[1::2] = map(" ".join, parts[1::2])
    return " ".join(parts)


def searchable(text: str) -> bool:
    """Whether anything of `text` is in an index: letters, digits and characters for private use are."""
    return any(unicodedata.category(character) in _WORD_CATEGORIES for character in fold(text))


_WORD_CATEGORIES = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Co"))


def ends_in_word(text: str) -> bool:
    """Whether the last word of `text` is one that goes on growing while it is typed (`smi` → `smith`).

    A character of a script without spaces is complete by itself.
    """
    folded = fold(text)
    return searchable(folded) and not _ENDS_UNSPACED.search(folded)
