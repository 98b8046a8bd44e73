"""Labels by the names that people give them: IMAP keywords (`label:` of a query, SRCH-1)."""

import sqlite3

from salesinbox.model.folding import fold
from salesinbox.store import labels

KEYWORDS = "coalesce(shown_keywords, keywords)"
"""A location's keywords as the rep sees them, joined by spaces."""


def bearing(connection: sqlite3.Connection, name: str) -> list[str]:
    """The sets of keywords (as `KEYWORDS` has them) with a label called `name`; without one, with one that begins so.

    Case does not matter, and a space is written as an underline; other letters than ASCII stand in modified
    UTF-7 (RFC 3501 §5.1.3), as mail programs write them.
    """
    sets = [row[0] for row in connection.execute(f"SELECT DISTINCT {KEYWORDS} FROM location WHERE {KEYWORDS} <> ''")]
    wanted = _compared(name)
    names = {keyword: _names(keyword) for keywords in sets for keyword in keywords.split()}
    chosen = {keyword for keyword, known in names.items() if wanted in known} or {
        keyword for keyword, known in names.items() if any(one.startswith(wanted) for one in known)
    }
    return [keywords for keywords in sets if chosen.intersection(keywords.split())]


def _names(keyword: str) -> set[str]:
    """What a keyword can be called, in compared form."""
    from imapclient import imap_utf7  # noqa: PLC0415 - few queries ask for a label

    try:
        written = imap_utf7.decode(keyword.encode("ascii", "replace"))
    except (ValueError, IndexError):
        written = keyword
    return {_compared(keyword), _compared(written), *map(_compared, _titles().get(keyword.lower(), ()))}


def _titles() -> dict[str, tuple[str, str]]:
    """The labels that other programs show by a name of their own, in English and in the rep's language."""
    return {word: (labels.ENGLISH[word], title) for word, title in labels.titles().items()}


def _compared(name: str) -> str:
    return fold(name).replace("_", " ").strip()
