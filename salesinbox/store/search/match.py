"""Turning a query's words into a full-text query of FTS5."""

from collections.abc import Sequence

from salesinbox.formats.query_tree import And, Expression, Not, Or, Phrase, Word
from salesinbox.rules.words import growing, index_text

_COLUMNS = {
    "": "",
    "from": "sender : ",
    "to": "recipients : ",
    "cc": "recipients : ",
    "subject": "subject : ",
    "body": "body : ",
    "filename": "files : ",
}


_HIGHEST_MATCH = 8  # FTS5 reads some thirty brackets inside each other before its stack overflows


def leaf(term: Word | Phrase) -> str:
    """One word or phrase as a full-text query."""
    # Inside quotes FTS5 knows no operator; what could end them, or the text, becomes a space.
    text = index_text(term.text).replace('"', " ").replace("\0", " ")
    prefix = " *" if isinstance(term, Word) and growing(term.text) else ""
    return f'({_COLUMNS[term.field]}"{text}"{prefix})'


def full_text(expression: Expression) -> str | None:
    """The expression as a full-text query; None if the index alone cannot answer it."""
    if isinstance(expression, Word | Phrase):
        return None if expression.field == "cc" else leaf(expression)
    if _height(expression) > _HIGHEST_MATCH:
        return None
    if isinstance(expression, Or):
        parts = [full_text(term) for term in expression.terms]
        return _joined(parts, " OR ")
    if isinstance(expression, And):
        wanted = [full_text(term) for term in expression.terms if not isinstance(term, Not)]
        unwanted = [full_text(term.term) for term in expression.terms if isinstance(term, Not)]
        match = _joined(wanted, " AND ")
        if match is None or not unwanted:
            return match
        exclusion = _joined(unwanted, " OR ")
        return None if exclusion is None else f"({match} NOT {exclusion})"
    return None


def _height(expression: Expression) -> int:
    match expression:
        case And(terms) | Or(terms):
            return 1 + max(map(_height, terms), default=0)
        case Not(term):
            return 1 + _height(term)
        case _:
            return 0


def _joined(parts: Sequence[str | None], operator: str) -> str | None:
    known = [part for part in parts if part is not None]
    return f"({operator.join(known)})" if known and len(known) == len(parts) else None
