"""Turning a query's tree into SQL over `message`, the full-text index and the records.

What was typed is only ever a parameter. `message` is the row asked about. Conditions on other tables are
uncorrelated subqueries, so that asking 100,000 messages costs one pass over a table, not 100,000 look-ups; unless so
much of the mail meets one that the newest messages need not be asked long.
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
    Range,
    Since,
    Smaller,
    Word,
)
from salesinbox.model.board import View
from salesinbox.model.folding import fold
from salesinbox.model.mail import Flag
from salesinbox.rules.words import growing, holds
from salesinbox.store.search import labels
from salesinbox.store.search import records as search_records
from salesinbox.store.search.match import full_text, leaf
from salesinbox.store.search.records import normal


@dataclass(slots=True)
class Conditions:
    """`match` is a full-text query or "", `where` are SQL conditions, all to hold, with their parameters."""

    match: str = ""
    where: list[str] = field(default_factory=list)
    parameters: list[str | int] = field(default_factory=list)


def compile_conditions(
    connection: sqlite3.Connection, expression: Expression, zone: tzinfo, *, few: int = 0
) -> Conditions:
    """What `expression` asks of a message. Registers the functions that its SQL calls on `connection`.

    `few`: so many messages will be asked, chosen by other means, and each is looked at by itself; 0: any number.
    """
    connection.create_function("folded", 1, fold, deterministic=True)
    connection.create_function("copied_to", 3, _copied_to, deterministic=True)
    search_records.register(connection)
    compiling = _Compiling(connection, zone, few=few)
    expression = _addressed(connection, expression)
    if few:
        return _deleted_left_out(connection, Conditions("", [compiling.sql(expression)], compiling.parameters))
    terms = compiling.grouped(expression.terms) if isinstance(expression, And) else [expression]
    matches: list[str] = []
    exclusions: list[tuple[str, Not]] = []
    conditions = Conditions()
    for term in terms:
        match = full_text(term)
        unwanted = full_text(term.term) if isinstance(term, Not) else None
        if match is not None:
            matches.append(match)
        elif isinstance(term, Not) and unwanted is not None:
            exclusions.append((unwanted, term))
        else:
            if isinstance(term, Word | Phrase):  # cc: the index knows recipients, not how they were addressed
                matches.append(leaf(term))
            conditions.where.append(compiling.sql(term))
    if matches:
        conditions.match = " AND ".join(matches)
        if exclusions:
            unwanted_terms = " OR ".join(unwanted for unwanted, _term in exclusions)
            conditions.match = f"({conditions.match}) NOT ({unwanted_terms})"
    else:
        conditions.where += [compiling.sql(term) for _unwanted, term in exclusions]
    conditions.parameters = compiling.parameters
    return _deleted_left_out(connection, conditions)


def _deleted_left_out(connection: sqlite3.Connection, conditions: Conditions) -> Conditions:
    if connection.execute("SELECT 1 FROM location WHERE shown_folder = 0 LIMIT 1").fetchone():
        conditions.where.append(_NOT_DELETED)
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


def _copied_to(recipients: str, term: str, growing_term: int) -> int:
    if '"cc"' not in recipients:
        return 0
    for role, name, address in json.loads(recipients):
        if role == "cc" and holds(f"{name}\n{address}", term, open_ended=bool(growing_term)):
            return 1
    return 0


# What the rep has done counts before the server knows of it (ACT-2): locations are read through their overlay.
_FLAGS = "coalesce(shown_flags, flags)"
_NOT_DELETED = (
    "message.id NOT IN (SELECT message FROM location AS gone WHERE shown_folder = 0 AND NOT EXISTS"
    " (SELECT 1 FROM location WHERE message = gone.message AND shown_folder IS NOT 0))"
)


# Each is a condition on a location, and whether one must meet it or none may.
_LOCATED = {
    "unread": (f"NOT {_FLAGS} & 1", True),
    "read": (f"NOT {_FLAGS} & 1", False),
    "flagged": (f"{_FLAGS} & {int(Flag.FLAGGED)}", True),
    "unflagged": (f"{_FLAGS} & {int(Flag.FLAGGED)}", False),
    "answered": (f"{_FLAGS} & {int(Flag.ANSWERED)}", True),
    "unanswered": (f"{_FLAGS} & {int(Flag.ANSWERED)}", False),
    "forwarded": (f"{_FLAGS} & {int(Flag.FORWARDED)}", True),
}
_STATES = {
    "mine": "message.mine",
    "automatic": "message.automatic",
    "list": "message.list_id <> ''",
    "invitation": "message.invitation",
    "bounce": "message.bounce",
    "snoozed": "message.thread_id IN (SELECT thread_id FROM snooze WHERE woke = 0)",
    "muted": "message.thread_id IN (SELECT thread_id FROM mute)",
    "linked": "message.id IN (SELECT message FROM link WHERE deal_id IS NOT NULL)",
    "guess": "message.thread_id IN (SELECT id FROM thread WHERE link = 'guess')"
    " OR message.id IN (SELECT message FROM link WHERE how = 'guess')",
}
_STATES_OF_THREADS = {
    "waiting": f"views & {int(View.WAITING)}",
    "magnet": f"views & {int(View.MAGNET)}",
}
_COMMON = 5_000
"""A condition that so many locations meet is asked of each message; the set of a rarer one is put together once."""
_ONE_BY_ONE = 20
"""So many messages are looked for in the index one by one; from some more on, all that match are read once."""
_POSSESSIONS = {
    "attachment": "message.attachments > 0",
    "invitation": "message.invitation",
    "task": (
        "message.thread_id IN (SELECT said.thread_id FROM item JOIN message AS said ON said.id = item.message"
        " WHERE item.kind = 'task')"
    ),
}
_ROLES = {
    "inbox": "inbox", "sent": "sent", "drafts": "drafts", "draft": "drafts", "archive": "archive",
    "spam": "spam", "junk": "spam", "trash": "trash", "bin": "trash",
}  # fmt: skip
_EVERYWHERE = ("all", "anywhere")

# Mail to and from anybody of a company is the company's (LINK-1), so both directions are found.
_WITH_COMPANY = (
    "message.id IN (SELECT correspondent.message FROM person"
    " LEFT JOIN company ON company.id = person.company_id"
    " JOIN person_address ON person_address.person_id = person.id"
    " JOIN correspondent ON correspondent.address = person_address.address"
    " WHERE instr(folded(coalesce(company.name, person.company)), ?) OR 'c' || company.id = ?)"
)
_ADDRESS = "json_extract(value, '$[2]')"
_WITH_COMPANY_HERE = (
    "EXISTS (SELECT 1 FROM person_address CROSS JOIN person LEFT JOIN company ON company.id = person.company_id"
    f" WHERE person_address.address IN (SELECT {normal('message.sender_address')} UNION ALL"
    f" SELECT {normal(_ADDRESS)} FROM json_each(message.recipients))"
    " AND person.id = person_address.person_id"
    " AND (instr(folded(coalesce(company.name, person.company)), ?) OR 'c' || company.id = ?))"
)
_OF_THREADS = "message.thread_id IN (SELECT id FROM thread WHERE {condition})"
_OF_THREAD = "EXISTS (SELECT 1 FROM thread WHERE id = message.thread_id AND {condition})"
_LISTED = "message.list_id <> '' AND instr(folded(message.list_id), ?)"
_ACCOUNT = "message.account_id IN (SELECT id FROM account WHERE instr(folded(name || ' ' || address), ?))"


def _named_deals(expression: Expression) -> bool | None:
    """Whether conditions on deals say by name which one is meant; None for an alternative of both."""
    if isinstance(expression, And | Or):
        found = {_named_deals(term) for term in expression.terms}
        if isinstance(expression, And) and None not in found:
            return True in found
        return found.pop() if len(found) == 1 else None
    return isinstance(expression, Field) and expression.name == "deal"


class _Compiling:
    """SQL conditions in the order of their parameters."""

    def __init__(self, connection: sqlite3.Connection, zone: tzinfo, *, few: int) -> None:
        self.parameters: list[str | int] = []
        self._few = few
        self._senders = search_records.Senders(connection, few=few > 0)
        self._connection = connection
        self._zone = zone
        moved = connection.execute("SELECT 1 FROM location WHERE shown_folder IS NOT NULL LIMIT 1").fetchone()
        self._moved = moved is not None

    def sql(self, expression: Expression) -> str:
        match expression:
            case Word() | Phrase():
                return self._words(expression)
            case Not(term):
                return f"NOT {self.sql(term)}"
            case And(terms):
                return self._of_records(expression) or (
                    f"({' AND '.join(self.sql(term) for term in self.grouped(terms)) or '1'})"
                )
            case Or(terms):
                if records := self._of_records(expression):
                    return records
                match = full_text(expression)
                return self._matching(match) if match else f"({' OR '.join(self.sql(term) for term in terms)})"
            case Since(day):
                return self._with("(message.date >= ?)", self._moment(day))
            case Before(day):
                return self._with("(message.date < ?)", self._moment(day))
            case Larger(size):
                return self._with("(message.size > ?)", size)
            case Smaller(size):
                return self._with("(message.size < ?)", size)
            case Range():
                return self._of_records(expression) or "(0)"
            case Field(name, value):
                return self._of_records(expression) or self._field(name, value)

    def grouped(self, terms: Sequence[Expression]) -> list[Expression]:
        """The same terms, those on deals joined to one, and those on people: they are about one record each."""
        rest: list[Expression] = []
        deals: list[Expression] = []
        people: list[Expression] = []
        for term in terms:
            if search_records.of_deals(term) is not None:
                deals.append(term)
            elif search_records.of_people(term) is not None:
                people.append(term)
            else:
                rest.append(term)
        joined = [group[0] if len(group) == 1 else And(tuple(group)) for group in (deals, people) if group]
        return rest + joined

    def _of_records(self, expression: Expression) -> str:
        """The condition if it is on the sender's record or on deals alone, else ""."""
        deal = search_records.of_deals(expression)
        if deal is not None:
            named = _named_deals(expression)
            return "" if named is None else self._known(self._senders.deals(deal, linked_only=named))
        person = search_records.of_people(expression)
        return "" if person is None else self._known(self._senders.people(person))

    def _known(self, condition: search_records.Condition) -> str:
        return self._with(condition.sql, *condition.parameters)

    def _with(self, condition: str, *parameters: str | int) -> str:
        self.parameters += parameters
        return condition

    def _moment(self, day: date) -> int:
        return int(datetime.combine(day, time.min, self._zone).timestamp())

    def _matching(self, match: str) -> str:
        if 0 < self._few <= _ONE_BY_ONE:
            return self._with("EXISTS (SELECT 1 FROM search WHERE search MATCH ? AND search.rowid = message.id)", match)
        return self._with("message.id IN (SELECT rowid FROM search WHERE search MATCH ?)", match)

    def _words(self, term: Word | Phrase) -> str:
        found = self._matching(leaf(term))
        if term.field != "cc":
            return found
        open_ended = isinstance(term, Word) and growing(term.text)
        return self._with(f"({found} AND copied_to(message.recipients, ?, ?))", term.text, int(open_ended))

    def _field(self, name: str, value: str) -> str:
        if name == "is" and value in _LOCATED:
            condition, wanted = _LOCATED[value]
            return f"({'' if wanted else 'NOT '}{self._located(condition)})"
        if name == "is" and value in _STATES_OF_THREADS:
            return self._of_thread(_STATES_OF_THREADS[value])
        if name == "is":
            return f"({_STATES[value]})"
        if name == "has":
            if value == "deal":
                return f"({self._of_thread('deal_id IS NOT NULL')} OR {_STATES['linked']})"
            return f"({_POSSESSIONS[value]})"
        if name == "in":
            return self._folder(fold(value))
        if name == "label":
            return self._label(value)
        if name == "tag":
            return self._tag(value)
        if name == "list":
            listed = _LISTED if self._few else f"message.id IN (SELECT message.id FROM message WHERE {_LISTED})"
            return self._with(f"({listed})", fold(value))
        if name == "column":
            return self._with(self._of_thread("instr(lower(col), ?) = 1"), fold(value))
        if name == "company":
            return self._with(_WITH_COMPANY_HERE if self._few else _WITH_COMPANY, fold(value), fold(value))
        if name == "account":
            return self._with(_ACCOUNT, fold(value))
        return "(0)"  # to "me", and there is no account

    def _of_thread(self, condition: str) -> str:
        return (_OF_THREAD if self._few else _OF_THREADS).format(condition=condition)

    def _tag(self, name: str) -> str:
        """A label of the mail, or a tag of the sender's record, company or deal."""
        label = self._label(name)
        person, deal = search_records.tagged(name)
        return f"({label} OR {self._known(self._senders.people(person))} OR {self._known(self._senders.deals(deal))})"

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
        numbers = ", ".join(map(str, chosen))
        # The index of locations by message has the folder in it, so that moves alone cost a look at the row.
        shown = f"coalesce(shown_folder, folder_id) IN ({numbers})" if self._moved else f"folder_id IN ({numbers})"
        return f"({self._located(shown)})"

    def _label(self, name: str) -> str:
        """Messages with a keyword of that name; where none has it, a folder's, which is what Gmail calls a label."""
        sets = labels.bearing(self._connection, name)
        if not sets:
            return self._folder(fold(name))
        bearing = f"{labels.KEYWORDS} IN (SELECT value FROM json_each(?))"
        return f"({self._located(bearing, json.dumps(sets))})"

    def _located(self, condition: str, *parameters: str) -> str:
        """Messages with a location that meets the condition, in whichever of two ways is quicker."""
        if self._moved:
            condition = f"({condition}) AND shown_folder IS NOT 0"
        number = (
            _COMMON
            if self._few
            else self._connection.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM location WHERE {condition} LIMIT ?)", (*parameters, _COMMON)
            ).fetchone()[0]
        )
        if number < _COMMON:
            return self._with(f"message.id IN (SELECT message FROM location WHERE {condition})", *parameters)
        return self._with(
            f"EXISTS (SELECT 1 FROM location WHERE location.message = message.id AND ({condition}))", *parameters
        )
