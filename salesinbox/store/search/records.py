"""Conditions on the sender's record, and on the deal that mail belongs to, as SQL over `message` (FLT-1).

For a message of somebody else the sender counts, for one of the rep's own those whom it went to. What is asked of
people is asked of one person, what is asked of deals of one deal: `stage:won amount:>1000` is a deal won for more than
that, not a deal won and another one. A deal counts if the message or its conversation is linked to it, or if the
person is on it; `deal:` takes only the former, since it asks for the mail of that deal.
"""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from salesinbox.formats.query_tree import And, Expression, Field, Or, Range
from salesinbox.model.folding import fold
from salesinbox.rules import addresses

ME = "me"
"""In the database's `state`: names and addresses that the rep's own records belong to (`owner:me`), as JSON."""

_COMMON = 5_000
"""From so many messages on it is quicker to go through all of them than to look up each that was found."""

_PEOPLE = "person LEFT JOIN company ON company.id = person.company_id"
_DEALS = "deal JOIN stage ON stage.name = deal.stage"
_HAS_DEAL = (
    f"EXISTS (SELECT 1 FROM deal_contact CROSS JOIN {_DEALS} WHERE deal_contact.person_id = person.id"
    " AND deal.id = deal_contact.deal_id AND stage.state = '{state}')"
)
_CUSTOMER = f"(person.kind = 'contact' AND {_HAS_DEAL.format(state='won')} AND NOT {_HAS_DEAL.format(state='open')})"
_OWNED = "coalesce(nullif(person.owner, ''), company.owner, '')"
_TAGGED = "EXISTS (SELECT 1 FROM json_each({table}.tags) AS tag WHERE instr(folded(tag.value), ?) = 1)"


@dataclass(slots=True)
class Condition:
    """SQL with its parameters in order."""

    sql: str
    parameters: list[str | int] = field(default_factory=list)


def register(connection: sqlite3.Connection) -> None:
    """The functions that this SQL calls, besides `folded`."""
    connection.create_function("normal_address", 1, addresses.normal, deterministic=True)


def of_deals(expression: Expression) -> Condition | None:
    """What is asked of one row of `deal`; None for what asks for anything else, too."""
    match expression:
        case Range("amount", low, high, open_):
            number = "CAST(deal.amount AS REAL)"
            return _between("deal.amount", number, "CAST(? AS REAL)", (low, high), is_open=open_)
        case Range("closing", low, high, open_):
            return _between("deal.closing", "deal.closing", "?", (low, high), is_open=open_)
        case Field("deal", value):
            return Condition("(instr(folded(deal.name), ?) OR 'd' || deal.id = ?)", [fold(value)] * 2)
        case Field("stage", value):
            return Condition("(instr(folded(deal.stage), ?) OR stage.state = ?)", [fold(value)] * 2)
        case _:
            return _joined(expression, of_deals)


def of_people(expression: Expression) -> Condition | None:
    """What is asked of one row of `person` and its `company`; None as above."""
    match expression:
        case Field("kind", "customer"):
            return Condition(_CUSTOMER)
        case Field("kind", value):
            return Condition("person.kind = ?", [value])
        case Field("source", value):
            return Condition("(instr(folded(person.source), ?) OR folded(person.source) = ?)", [fold(value)] * 2)
        case Field("owner", "me"):
            mine = f"SELECT folded(value) FROM json_each((SELECT value FROM state WHERE name = '{ME}'))"
            return Condition(f"({_OWNED} <> '' AND folded({_OWNED}) IN ({mine}))")
        case Field("owner", value):
            return Condition(f"instr(folded({_OWNED}), ?)", [fold(value)])
        case _:
            return _joined(expression, of_people)


def tagged(name: str) -> tuple[Condition, Condition]:
    """(of people, of deals): that they bear a tag, or for people that their company does."""
    wanted = fold(name)
    person = f"({_TAGGED.format(table='person')} OR {_TAGGED.format(table='company')})"
    return Condition(person, [wanted, wanted]), Condition(_TAGGED.format(table="deal"), [wanted])


def _joined(expression: Expression, leaf: Callable[[Expression], Condition | None]) -> Condition | None:
    if not isinstance(expression, And | Or) or not expression.terms:
        return None
    parts = [leaf(term) for term in expression.terms]
    known = [part for part in parts if part is not None]
    return together(known, " AND " if isinstance(expression, And) else " OR ") if len(known) == len(parts) else None


def together(conditions: Iterable[Condition], operator: str = " AND ") -> Condition:
    """All of them, or one of them, of the same row."""
    conditions = list(conditions)
    sql = f"({operator.join(one.sql for one in conditions)})"
    return Condition(sql, [value for one in conditions for value in one.parameters])


def _between(column: str, value: str, mark: str, bounds: tuple[str, str], *, is_open: bool) -> Condition:
    signs = (">", "<") if is_open else (">=", "<=")
    terms = [f"{value} {sign} {mark}" for sign, bound in zip(signs, bounds, strict=True) if bound]
    return Condition(f"({' AND '.join([f'{column} <> {_EMPTY}', *terms])})", [bound for bound in bounds if bound])


_EMPTY = "''"


class Senders:
    """Conditions on records as conditions on `message`.

    Args:
        connection: Is asked how many messages a condition is about, which decides how to ask.
        few: Only some messages are asked, so that their records are looked at one by one.
    """

    def __init__(self, connection: sqlite3.Connection, *, few: bool) -> None:
        self._connection = connection
        self._few = few

    def people(self, wanted: Condition) -> Condition:
        """That the sender, or one of those whom the rep wrote to, is such a person."""
        if not self._few:
            found = Condition(_MESSAGES.format(condition=wanted.sql), wanted.parameters * 3)
            # With the sign the rows are gone through by date, and not in the order of the list.
            sign = "+" if self._many(found) else ""
            return Condition(f"{sign}message.id IN ({found.sql})", found.parameters)
        sender = _IS_KNOWN.format(address=normal("message.sender_address"), condition=wanted.sql)
        recipient = _IS_KNOWN.format(address=normal("json_extract(other.value, '$[2]')"), condition=wanted.sql)
        return Condition(
            f"(CASE WHEN message.mine THEN EXISTS (SELECT 1 FROM json_each(message.recipients) AS other WHERE"
            f" json_extract(other.value, '$[0]') <> 'reply-to' AND {recipient}) ELSE {sender} END)",
            wanted.parameters * 2,
        )

    def deals(self, wanted: Condition, *, linked_only: bool = False) -> Condition:
        """That the message is linked to such a deal, or (unless `linked_only`) its people are on one."""
        if self._few:
            linked = Condition(_LINKED_HERE.format(condition=wanted.sql), wanted.parameters)
        else:
            linked = Condition(_LINKED.format(condition=wanted.sql), wanted.parameters * 2)
        if linked_only:
            return linked
        on_one = (_ON_ONE if self._few else _ON_ONE_OF).format(condition=wanted.sql)
        return together([linked, self.people(Condition(on_one, wanted.parameters))], " OR ")

    def _many(self, found: Condition) -> bool:
        number = self._connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM ({found.sql}) LIMIT ?)", (*found.parameters, _COMMON)
        ).fetchone()[0]
        return int(number) >= _COMMON


def normal(address: str) -> str:
    """An address in its normal form; SQLite's own function is quicker, and right for all but a few."""
    return f"CASE WHEN {address} GLOB '*[^!-~]*' THEN normal_address({address}) ELSE lower({address}) END"


_ADDRESSES = f"FROM {_PEOPLE} CROSS JOIN person_address ON person_address.person_id = person.id"
# The index of senders holds them in lower case, which is their normal form but for domains in other scripts. It has
# no type, so that it is used only beside a value without one: that is what the sign is for.
_MESSAGES = (
    f"SELECT message.id {_ADDRESSES} CROSS JOIN message INDEXED BY message_sender"
    " ON lower(message.sender_address) = +person_address.address WHERE {condition} AND NOT message.mine"
    f" UNION ALL SELECT message.id {_ADDRESSES} CROSS JOIN correspondent USING (address)"
    " CROSS JOIN message ON message.id = correspondent.message"
    " WHERE {condition} AND person_address.address GLOB '*xn--*' AND NOT message.mine"
    " AND normal_address(message.sender_address) = person_address.address"
    f" UNION ALL SELECT correspondent.message {_ADDRESSES} CROSS JOIN correspondent USING (address)"
    " WHERE {condition} AND correspondent.message IN (SELECT id FROM message INDEXED BY message_mine WHERE mine)"
)
_IS_KNOWN = (
    f"EXISTS (SELECT 1 FROM person_address CROSS JOIN {_PEOPLE}"
    " WHERE person_address.address = {address} AND person.id = person_address.person_id AND {condition})"
)
_LINKED = (
    f"(message.thread_id IN (SELECT thread.id FROM {_DEALS} JOIN thread ON thread.deal_id = deal.id"
    f" WHERE {{condition}}) OR message.id IN (SELECT link.message FROM {_DEALS} JOIN link ON link.deal_id = deal.id"
    " WHERE {condition}))"
)
_LINKED_HERE = (
    f"EXISTS (SELECT 1 FROM {_DEALS} WHERE deal.id IN (SELECT deal_id FROM thread WHERE thread.id = message.thread_id"
    " UNION ALL SELECT deal_id FROM link WHERE link.message = message.id) AND {condition})"
)
_ON_ONE_OF = (
    f"person.id IN (SELECT deal_contact.person_id FROM {_DEALS} JOIN deal_contact ON deal_contact.deal_id = deal.id"
    " WHERE {condition})"
)
_ON_ONE = (
    f"EXISTS (SELECT 1 FROM deal_contact CROSS JOIN {_DEALS} WHERE deal_contact.person_id = person.id"
    " AND deal.id = deal_contact.deal_id AND {condition})"
)
