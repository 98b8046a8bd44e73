"""The form in which texts are compared: whatever is written differently and means the same (SRCH-3)."""

import re
import unicodedata

_WORD_CATEGORIES = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Co"))
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
    """The form in which texts are compared: NFKC without case (`ＡＢＣ` = `abc`, `ｶﾞ` = `ガ`)."""
    if text.isascii():
        return text.lower()
    text = _normalised(text)
    folded = text.casefold()
    return folded if folded == text else _normalised(folded)


def searchable(text: str) -> bool:
    """Whether anything of `text` can be in the index: letters, digits and characters for private use."""
    return any(unicodedata.category(character) in _WORD_CATEGORIES for character in fold(text))
