"""Turning a query's tree into SQL over `message`, the full-text index and the records.

What was typed is only ever a parameter. `message` is the row asked about. Conditions on other tables are
uncorrelated subqueries, so that asking 100,000 messages costs one pass over a table, not 100,000 look-ups.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo

from salesinbox.formats.query_tree import (
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
from salesinbox.model.folding import fold
from salesinbox.model.mail import Flag
from salesinbox.rules.words import growing, holds, index_text

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


@dataclass(slots=True)
class Conditions:
    """`match` is a full-text query or "", `where` are SQL conditions, all to hold, with their parameters."""

    match: str = ""
    where: list[str] = field(default_factory=list)
    parameters: list[str | int] = field(default_factory=list)


def compile_conditions(connection: sqlite3.Connection, expression: Expression, zone: tzinfo) -> Conditions:
    """What `expression` asks of a message. Registers the functions that its SQL calls on `connection`."""
    connection.create_function("folded", 1, fold, deterministic=True)
    connection.create_function("copied_to", 3, _copied_to, deterministic=True)
    compiling = _Compiling(connection, zone)
    expression = _addressed(connection, expression)
    terms = expression.terms if isinstance(expression, And) else (expression,)
    matches: list[str] = []
    exclusions: list[tuple[str, Not]] = []
    conditions = Conditions()
    for term in terms:
        match = _full_text(term)
        unwanted = _full_text(term.term) if isinstance(term, Not) else None
        if match is not None:
            matches.append(match)
        elif isinstance(term, Not) and unwanted is not None:
            exclusions.append((unwanted, term))
        else:
            if isinstance(term, Word | Phrase):  # cc: the index knows recipients, not how they were addressed
                matches.append(_leaf(term))
            conditions.where.append(compiling.sql(term))
    if matches:
        conditions.match = " AND ".join(matches)
        if exclusions:
            unwanted_terms = " OR ".join(unwanted for unwanted, _term in exclusions)
            conditions.match = f"({conditions.match}) NOT ({unwanted_terms})"
    else:
        conditions.where += [compiling.sql(term) for _unwanted, term in exclusions]
    conditions.parameters = compiling.parameters
    return conditions


def _addressed(connection: sqlite3.Connection, expression: Expression) -> Expression:
    """The same with `to:me` and `cc:me` put as the addresses of the rep's accounts."""
    match expression:
        case Field("to" | "cc" as name):
            addresses = [row[0] for row in connection.execute("SELECT address FROM account ORDER BY id")]
            terms = tuple(Phrase(address, name) for address in addresses)
            return Or(terms) if len(terms) > 1 else terms[0] if terms else expression
        case Not(term):
            return Not(_addressed(connection, term))
        case And(terms):
            return And(tuple(_addressed(connection, term) for term in terms))
        case Or(terms):
            return Or(tuple(_addressed(connection, term) for term in terms))
        case _:
            return expression


def _leaf(term: Word | Phrase) -> str:
    # Inside quotes FTS5 knows no operator; what could end them, or the text, becomes a space.
    text = index_text(term.text).replace('"', " ").replace("\0", " ")
    prefix = " *" if isinstance(term, Word) and growing(term.text) else ""
    return f'({_COLUMNS[term.field]}"{text}"{prefix})'


def _full_text(expression: Expression) -> str | None:
    """The expression as a full-text query; None if the index alone cannot answer it."""
    if isinstance(expression, Word | Phrase):
        return None if expression.field == "cc" else _leaf(expression)
    if _height(expression) > _HIGHEST_MATCH:
        return None
    if isinstance(expression, Or):
        parts = [_full_text(term) for term in expression.terms]
        return _joined(parts, " OR ")
    if isinstance(expression, And):
        wanted = [_full_text(term) for term in expression.terms if not isinstance(term, Not)]
        unwanted = [_full_text(term.term) for term in expression.terms if isinstance(term, Not)]
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


def _copied_to(recipients: str, term: str, growing_term: int) -> int:
    if '"cc"' not in recipients:
        return 0
    for role, name, address in json.loads(recipients):
        if role == "cc" and holds(f"{name}\n{address}", term, open_ended=bool(growing_term)):
            return 1
    return 0


def _flag(flag: Flag) -> str:
    return f"message.id IN (SELECT message FROM location WHERE flags & {int(flag)})"


_STATES = {
    "unread": "message.id IN (SELECT message FROM location WHERE NOT flags & 1)",
    "flagged": _flag(Flag.FLAGGED),
    "answered": _flag(Flag.ANSWERED),
    "forwarded": _flag(Flag.FORWARDED),
    "mine": "message.mine",
    "automatic": "message.automatic",
    "list": "message.list_id <> ''",
    "invitation": "message.invitation",
    "bounce": "message.bounce",
}
_STATES |= {
    "read": f"NOT {_STATES['unread']}",
    "unflagged": f"NOT {_STATES['flagged']}",
    "unanswered": f"NOT {_STATES['answered']}",
}
_POSSESSIONS = {
    "attachment": "message.attachments > 0",
    "invitation": "message.invitation",
    "deal": "message.thread_id IN (SELECT id FROM thread WHERE deal_id IS NOT NULL)",
}
_ROLES = {
    "inbox": "inbox", "sent": "sent", "drafts": "drafts", "draft": "drafts", "archive": "archive",
    "spam": "spam", "junk": "spam", "trash": "trash", "bin": "trash",
}  # fmt: skip
_EVERYWHERE = ("all", "anywhere")

# Mail to and from a person is the person's and the company's (LINK-1), so both directions are found.
_WITH_PERSON = (
    "message.id IN (SELECT correspondent.message FROM person"
    " LEFT JOIN company ON company.id = person.company_id"
    " JOIN person_address ON person_address.person_id = person.id"
    " JOIN correspondent ON correspondent.address = person_address.address WHERE {condition})"
)
_OF_DEAL = "message.thread_id IN (SELECT thread.id FROM deal JOIN thread ON thread.deal_id = deal.id WHERE {condition})"
_RECORDS = {
    "deal": (_OF_DEAL, "instr(folded(deal.name), ?) OR 'd' || deal.id = ?"),
    "stage": (_OF_DEAL, "instr(folded(deal.stage), ?) OR folded(deal.stage) = ?"),
    "company": (
        _WITH_PERSON,
        "instr(folded(coalesce(company.name, person.company)), ?) OR 'c' || company.id = ?",
    ),
    "source": (_WITH_PERSON, "instr(folded(person.source), ?) OR folded(person.source) = ?"),
    "kind": (_WITH_PERSON, "person.kind = ? AND person.kind = ?"),
}
_MAIL = {
    "list": "message.id IN (SELECT id FROM message WHERE list_id <> '' AND instr(folded(list_id), ?))",
    "column": "message.thread_id IN (SELECT id FROM thread WHERE instr(lower(col), ?) = 1)",
    "account": ("message.account_id IN (SELECT id FROM account WHERE instr(folded(name || ' ' || address), ?))"),
}


class _Compiling:
    """SQL conditions in the order of their parameters."""

    def __init__(self, connection: sqlite3.Connection, zone: tzinfo) -> None:
        self.parameters: list[str | int] = []
        self._connection = connection
        self._zone = zone

    def sql(self, expression: Expression) -> str:
        match expression:
            case Word() | Phrase():
                return self._words(expression)
            case Not(term):
                return f"NOT {self.sql(term)}"
            case And(terms):
                return f"({' AND '.join(self.sql(term) for term in terms) or '1'})"
            case Or(terms):
                match = _full_text(expression)
                return self._matching(match) if match else f"({' OR '.join(self.sql(term) for term in terms)})"
            case Since(day):
                return self._with("(message.date >= ?)", self._moment(day))
            case Before(day):
                return self._with("(message.date < ?)", self._moment(day))
            case Larger(size):
                return self._with("(message.size > ?)", size)
            case Smaller(size):
                return self._with("(message.size < ?)", size)
            case Field(name, value):
                return self._field(name, value)

    def _with(self, condition: str, *parameters: str | int) -> str:
        self.parameters += parameters
        return condition

    def _moment(self, day: date) -> int:
        return int(datetime.combine(day, time.min, self._zone).timestamp())

    def _matching(self, match: str) -> str:
        return self._with("message.id IN (SELECT rowid FROM search WHERE search MATCH ?)", match)

    def _words(self, term: Word | Phrase) -> str:
        found = self._matching(_leaf(term))
        if term.field != "cc":
            return found
        open_ended = isinstance(term, Word) and growing(term.text)
        return self._with(f"({found} AND copied_to(message.recipients, ?, ?))", term.text, int(open_ended))

    def _field(self, name: str, value: str) -> str:
        if name == "is":
            return f"({_STATES[value]})"
        if name == "has":
            return f"({_POSSESSIONS[value]})"
        if name == "in":
            return self._folder(fold(value))
        if name in {"to", "cc"}:
            return "(0)"  # to "me", and there is no account
        if name in _RECORDS:
            template, condition = _RECORDS[name]
            return self._with(template.format(condition=condition), fold(value), fold(value))
        return self._with(_MAIL[name], fold(value))

    def _folder(self, wanted: str) -> str:
        if wanted in _EVERYWHERE:
            return "(1)"
        folders = [
            (number, role, fold(name), fold(name.rsplit(delimiter, 1)[-1] if delimiter else name))
            for number, name, delimiter, role in self._connection.execute(
                "SELECT id, name, delimiter, role FROM folder"
            )
        ]
        role_wanted = _ROLES.get(wanted)
        chosen = [number for number, role, name, last in folders if role == role_wanted or wanted in {name, last}] or [
            number for number, _role, name, last in folders if name.startswith(wanted) or last.startswith(wanted)
        ]
        return self._with(
            "(message.id IN (SELECT message FROM location WHERE folder_id IN (SELECT value FROM json_each(?))))",
            json.dumps(chosen),
        )
