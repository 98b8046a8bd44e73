"""Reading what a person types into the search line, a filter, a column or a view (SRCH-1, SRCH-2, FLT-3).

Results come while one types, so unfinished text means what it says so far: an open quote or bracket closes
itself, an operator or a field with nothing after it asks for nothing yet. Only a value that can never come
right (`before:soon`) is an error, and the error is a sentence.

`a b` is both; `a OR b` either, and binds tighter (`a b OR c` is `a (b OR c)`, as in the mail services people
know); `-a` or `NOT a` without; `"a b"` a phrase; `from:(a OR b)` a field for all in the brackets. Full-width
signs and Japanese quotes are the same as ASCII ones.
"""

import re
from collections.abc import Collection
from datetime import date

from salesinbox.formats import query_values
from salesinbox.formats.query_tree import (
    TEXT_FIELDS,
    And,
    Before,
    Expression,
    Field,
    Larger,
    Not,
    Or,
    Phrase,
    Since,
    Smaller,
    Word,
)
from salesinbox.locale.texts import _
from salesinbox.model.errors import QueryError
from salesinbox.model.folding import fold, searchable

LONGEST = 2000
"""Characters in a query."""
MOST_TERMS = 100
DEEPEST = 8
"""Brackets inside each other: what SQLite's parser takes at worst, and more than anyone reads."""

STATES = (
    "unread",
    "read",
    "flagged",
    "unflagged",
    "answered",
    "unanswered",
    "forwarded",
    "mine",
    "automatic",
    "list",
    "invitation",
    "bounce",
    "snoozed",
    "muted",
    "waiting",
    "magnet",
    "linked",
    "guess",
)
"""What `is:` knows. `mine` is written by the rep; `list` came through a mailing list.

`waiting` is in a conversation whose last word is the customer's, `magnet` in one that is in the magnet (MAG-1);
`linked` belongs to a deal, `guess` to one that was only guessed (LINK-2).
"""
POSSESSIONS = ("attachment", "invitation", "deal", "task")
"""What `has:` knows."""
KINDS = ("contact", "lead", "customer")
"""What `kind:` knows. A customer is a contact with a deal won and none open (VIEW-1)."""

_FIELDS = {name: name for name in TEXT_FIELDS} | {
    name: name
    for name in (
        "in", "is", "has", "before", "after", "on", "newer_than", "older_than", "larger", "smaller",
        "column", "deal", "company", "stage", "list", "source", "kind", "account", "label",
        "owner", "tag", "amount", "closing",
    )
}  # fmt: skip
_FIELDS |= {
    "since": "after", "file": "filename", "folder": "in", "tags": "tag",
    "差出人": "from", "送信者": "from", "宛先": "to", "件名": "subject", "本文": "body", "添付": "filename",
    "フォルダ": "in", "フォルダー": "in", "ラベル": "label",
    "担当": "owner", "担当者": "owner", "タグ": "tag", "金額": "amount", "完了予定日": "closing", "ステージ": "stage",
    "会社": "company", "取引先": "company", "商談": "deal", "リードソース": "source", "種類": "kind", "列": "column",
}  # fmt: skip
_RANGES = frozenset({"amount", "closing"})
_COMPARING = frozenset({"<", "<=", ">", ">="})
_CHOICES = {"is": STATES, "has": POSSESSIONS, "kind": KINDS}
_ALSO_CALLED = {
    "starred": "flagged", "replied": "answered", "sent": "mine",
    "attachments": "attachment", "file": "attachment",
    "未読": "unread", "既読": "read", "スヌーズ": "snoozed", "ミュート": "muted", "添付": "attachment",
    "商談": "deal", "タスク": "task", "連絡先": "contact", "見込み客": "lead", "リード": "lead", "顧客": "customer",
}  # fmt: skip

# One character for one, so that places in the text stay the same.
_SIGNS = str.maketrans("：（）　－−＂„‟“”", ':() --"""""')
_CLOSING = {'"': '"', "「": "」", "『": "』"}
_FIELD = re.compile(r"([\w-]+):")
_OPERATOR = re.compile(r"(?:AND|OR|NOT|ＡＮＤ|ＯＲ|ＮＯＴ)(?=[\s()]|\Z)")
_BRACKETED_NAME = re.compile(r"\([^\s()]+\)[^\s()]")
_SPACE = re.compile(r"\s*")
_TO_SPACE = re.compile(r"\S*")


def parse(text: str, *, today: date, typing: bool = False, fields: Collection[str] = ()) -> Expression:
    """The tree of a query; `today` is the rep's date, from which ages are counted.

    `fields` are names in lower case of fields that the caller knows by itself: each becomes Field(name, value) with
    the value as typed, also where the language has another meaning for the name. Only `amount` and `closing` are a
    Range whoever asks.

    Text that asks for nothing yet (`from:`, `-`, nothing) gives `And(())`, which is everything. While it is being
    typed, so does a value at its end that may still come right (`before:20`, `is:un`).

    Raises:
        QueryError: A value cannot be understood, nothing in it can be searched for, or it is too long.
    """
    return _Reading(text, today, typing=typing, fields=fields).whole()


class _Reading:
    """One pass over a text, from left to right."""

    def __init__(self, text: str, today: date, *, typing: bool, fields: Collection[str]) -> None:
        # Bytes of a command line that are no UTF-8 arrive as lone surrogates, which no database takes.
        self._text = text.encode("utf-8", "replace").decode("utf-8")
        self._signs = self._text.translate(_SIGNS)
        self._today = today
        self._typing = typing
        self._own = frozenset(fields) - _RANGES
        self._at = 0
        self._terms = 0
        self._unsearchable = ""
        self._operator = ""

    def whole(self) -> Expression:
        if len(self._text) > LONGEST:
            raise QueryError(
                _("The query is {length} characters long; at most {most} are taken.").format(
                    length=len(self._text), most=LONGEST
                )
            )
        found = self._all("", 0)
        if found is not None:
            return found
        if self._operator:
            return Word(self._operator)
        if self._unsearchable:
            raise QueryError(
                _("There is nothing to search for in “{text}”: type letters or digits.").format(text=self._unsearchable)
            )
        return And(())

    def _all(self, field: str, depth: int) -> Expression | None:
        """Terms up to the closing bracket or the end; None if they ask for nothing."""
        if depth > DEEPEST:
            raise QueryError(_("The query has more than {most} brackets inside each other.").format(most=DEEPEST))
        alternatives: list[list[Expression]] = []
        either = False
        while not self._closed(depth):
            operator = self._take_operator()
            if operator in {"AND", "OR"}:
                either = operator == "OR"
                continue
            term = self._negated(field, depth) if operator else self._single(field, depth)
            if term is not None and either and alternatives:
                alternatives[-1].append(term)
            elif term is not None:
                alternatives.append([term])
            either = False
        terms = [group[0] if len(group) == 1 else Or(tuple(group)) for group in alternatives]
        if not terms:
            return None
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _closed(self, depth: int) -> bool:
        """Whether these brackets (or, at depth 0, the text) end here; takes the bracket."""
        while True:
            self._skip_space()
            if self._at >= len(self._signs):
                return True
            if self._signs[self._at] != ")":
                return False
            self._at += 1
            if depth:
                return True

    def _skip_space(self) -> None:
        match = _SPACE.match(self._signs, self._at)
        assert match
        self._at = match.end()

    def _take_operator(self) -> str:
        match = _OPERATOR.match(self._signs, self._at)
        if not match:
            return ""
        self._at = match.end()
        self._operator = self._operator or match[0]
        return fold(match[0]).upper()

    def _negated(self, field: str, depth: int) -> Expression | None:
        self._skip_space()
        if self._at >= len(self._signs) or self._signs[self._at] == ")":
            return None
        if _OPERATOR.match(self._signs, self._at):
            return None
        term = self._single(field, depth)
        return None if term is None else Not(term)

    def _single(self, field: str, depth: int) -> Expression | None:
        sign = self._signs[self._at]
        following = self._signs[self._at + 1 : self._at + 2]
        if sign == "-" and following != "-":
            self._at += 1
            return None if not following or following.isspace() else self._negated(field, depth)
        if self._opens_group():
            self._at += 1
            return self._all(field, depth + 1)
        match = _FIELD.match(self._signs, self._at)
        name = self._name(match[1]) if match else ""
        if match and name:
            self._at = match.end()
            return self._value(name, depth)
        return self._quoted_or_word(field, depth)

    def _name(self, typed: str) -> str:
        """The field of that name, or ""."""
        name = fold(typed)
        if name in self._own:
            return name
        name = name.replace("-", "_")
        return name if name in self._own else _FIELDS.get(name, "")

    def _value(self, field: str, depth: int) -> Expression | None:
        self._skip_space()
        if self._at >= len(self._signs) or self._signs[self._at] == ")":
            return None
        if _OPERATOR.match(self._signs, self._at):
            return None
        match = _FIELD.match(self._signs, self._at)
        if match and self._name(match[1]):
            return None
        if self._opens_group():
            self._at += 1
            return self._all(field, depth + 1)
        if field in _RANGES and self._signs[self._at] not in _CLOSING:
            return self._leaf(field, self._comparison(depth), whole=False)
        return self._quoted_or_word(field, depth)

    def _comparison(self, depth: int) -> str:
        """A word, with the next one where it is a sign alone: `> 1000`."""
        word = self._word(depth)
        if fold(word) in _COMPARING:
            self._skip_space()
            word += self._word(depth) if self._at < len(self._signs) else ""
        return word

    def _opens_group(self) -> bool:
        """Whether a bracket here is one of the language, and not of a name such as (株)アクメ."""
        return self._signs[self._at] == "(" and not _BRACKETED_NAME.match(self._signs, self._at)

    def _quoted_or_word(self, field: str, depth: int) -> Expression | None:
        closing = _CLOSING.get(self._signs[self._at])
        if closing is None:
            return self._leaf(field, self._word(depth), whole=False)
        start = self._at + 1
        end = self._signs.find(closing, start)
        whole = end >= 0
        self._at = end + 1 if whole else len(self._signs)
        return self._leaf(field, self._text[start : end if whole else None].strip(), whole=whole)

    def _word(self, depth: int) -> str:
        """Up to the next space, or to a bracket that closes more than the word has opened."""
        match = _TO_SPACE.match(self._signs, self._at)
        assert match
        start, end = self._at, match.end()
        if depth:
            opened = 0
            for place in range(start, end):
                opened += {"(": 1, ")": -1}.get(self._signs[place], 0)
                if opened < 0:
                    end = place
                    break
        self._at = end
        return self._text[start:end]

    def _leaf(self, field: str, value: str, *, whole: bool) -> Expression | None:
        if not value:
            return None
        self._terms += 1
        if self._terms > MOST_TERMS:
            raise QueryError(_("The query has more than {most} words.").format(most=MOST_TERMS))
        if field in self._own:
            return Field(field, value)
        if not field or field in TEXT_FIELDS:
            return self._words(field, value, whole=whole)
        try:
            return self._condition(field, value)
        except QueryError:
            if self._typing and self._at == len(self._signs) and _may_come_right(field, value):
                return None
            raise

    def _condition(self, field: str, value: str) -> Expression:
        match field:
            case "is" | "has" | "kind":
                return Field(field, _choice(field, value))
            case "before":
                return Before(query_values.days(value, field, self._today)[0])
            case "after":
                return Since(query_values.days(value, field, self._today)[0])
            case "on":
                first, end = query_values.days(value, field, self._today)
                return And((Since(first), Before(end)))
            case "newer_than":
                return Since(query_values.day_ago(value, field, self._today))
            case "older_than":
                return Before(query_values.day_ago(value, field, self._today))
            case "amount":
                return query_values.amounts(value, field)
            case "closing":
                return query_values.dates(value, field, self._today)
            case "larger":
                return Larger(query_values.size(value, field))
            case "smaller":
                return Smaller(query_values.size(value, field))
            case _:
                return Field(field, value)

    def _words(self, field: str, value: str, *, whole: bool) -> Expression | None:
        if not whole and fold(value) == "me":
            if field == "from":
                return Field("is", "mine")
            if field in {"to", "cc"}:
                return Field(field, "me")
        if not searchable(value):
            self._unsearchable = self._unsearchable or value
            return None
        return Phrase(value, field) if whole else Word(value, field)


def _may_come_right(field: str, value: str) -> bool:
    """Whether more letters can make this a value of the field."""
    if field in _CHOICES:
        return any(name.startswith(fold(value)) for name in (*_CHOICES[field], *_ALSO_CALLED))
    return query_values.may_come_right(field, value)


def _choice(field: str, value: str) -> str:
    """The known value that `value` is, or is the beginning of."""
    known = _CHOICES[field]
    typed = fold(value)
    typed = _ALSO_CALLED.get(typed, typed)
    if typed in known:
        return typed
    begun = [name for name in known if name.startswith(typed)]
    if len(begun) == 1:
        return begun[0]
    raise QueryError(
        _("“{value}” after {field}: is not known. Write one of {known}.").format(
            value=value, field=field, known=", ".join(known)
        )
    )
