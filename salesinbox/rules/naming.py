"""Whether a text names something: width, case and spaces make no difference, and "AI" is not in "email"."""

from functools import lru_cache
from unicodedata import normalize


def folded(text: str) -> str:
    """The text as names are looked for in it."""
    return " ".join(normalize("NFKC", text).casefold().split())


folded_name = lru_cache(maxsize=4096)(folded)
"""The same for a name, kept: a customer's deals are looked for in every thread of theirs."""


def stands_in(subject: str, name: str) -> bool:
    """Whether the name stands in the subject, and not inside a longer word; both are folded, the name not empty."""
    start = subject.find(name)
    while start >= 0:
        end = start + len(name)
        if not (_joined(subject[max(start - 1, 0) : start], name[0]) or _joined(name[-1], subject[end : end + 1])):
            return True
        start = subject.find(name, start + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours are of one word; Japanese writes no spaces, so that only ASCII can tell."""
    return left != "" and right != "" and (left + right).isascii() and left.isalnum() and right.isalnum()
