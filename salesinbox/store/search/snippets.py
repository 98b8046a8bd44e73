"""What is shown of a hit: the text round it, and where in a line the words of the query stand (SRCH-4)."""

import sqlite3
from collections.abc import Sequence

from salesinbox.formats.query_tree import And, Expression, Or, Phrase, Word
from salesinbox.model.text import clip, safe, width
from salesinbox.rules import words

SNIPPET_CHARACTERS = 50_000
"""So far into a message its text is looked through for the place to show."""


def snippet(connection: sqlite3.Connection, message: int, expression: Expression, cells: int) -> str:
    """One line of a message's text round the first hit, at most `cells` wide, safe to draw.

    Where nothing of the query is in the text (it is in the subject, or asks for no words), its beginning.
    `highlights` says where in the line the hits are.
    """
    row = connection.execute(
        "SELECT substr(text, 1, ?), preview FROM message LEFT JOIN body ON body.message = message.id WHERE id = ?",
        (SNIPPET_CHARACTERS, message),
    ).fetchone()
    if row is None:
        return ""
    pattern = words.finder(_looked_for(expression, ("", "body")))
    text = safe(" ".join((row[0] or "").split()))
    start = words.first_match(text, pattern) if pattern else None
    if start is None:
        return clip(safe(row[1]) or text, cells)
    # The hit stands after the first third, with whole words before it where the script has them.
    begin = start
    room = cells // 3 - 1
    while begin > 0 and (room := room - width(text[begin - 1])) >= 0:
        begin -= 1
    if begin == 0:
        return clip(text, cells)
    space = text.find(" ", begin, start)
    if space >= 0 and start - space > 1:
        begin = space + 1
    return clip("…" + text[begin : begin + 2 * cells], cells)


def highlights(line: str, expression: Expression) -> list[tuple[int, int]]:
    """Where words of the query stand in a line that is shown: start and end, in characters."""
    pattern = words.finder(_looked_for(expression, ("", "from", "to", "cc", "subject", "body", "filename")))
    return words.matches(line, pattern) if pattern else []


def _looked_for(expression: Expression, fields: Sequence[str]) -> list[tuple[str, bool]]:
    """The words that a hit has, as `words.finder` takes them; those it must not have are left out."""
    if isinstance(expression, Word | Phrase):
        found = [(expression.text, isinstance(expression, Word) and words.growing(expression.text))]
        return found if expression.field in fields else []
    if isinstance(expression, And | Or):
        return [found for term in expression.terms for found in _looked_for(term, fields)]
    return []
