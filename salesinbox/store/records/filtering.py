"""What the filter language asks of records, as SQL over their tables (REC-1, FLT-3).

What was typed is only ever a parameter. Names are compared by their keys, which are folded as what is typed is; other
texts as SQLite's LIKE does, which a scan of 50,000 people can pay.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from salesinbox.formats import query, query_values
from salesinbox.formats.query_tree import And, Before, Expression, Field, Larger, Not, Or, Phrase, Range, Since, Word
from salesinbox.locale.texts import _
from salesinbox.model import fields as types
from salesinbox.model import records as kinds
from salesinbox.model.errors import QueryError
from salesinbox.model.folding import fold
from salesinbox.rules import matching
from salesinbox.rules.addresses import normal
from salesinbox.store.records.states import HAS, HAS_CALLED, IS_CALLED, LETTERS
from salesinbox.store.records.tables import Table, text_of

_SPACES = str.maketrans(" -", "__")
_TRUE = ("true", "yes", "1", "on", "はい", "有効")
_STATES = ("open", "done", "closed", "won", "lost", "overdue", "mine", "hidden")
_LONGEST_NUMBER = 20


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when: `me` are names and addresses that an owner may be written as, `now` seconds since 1970."""

    me: frozenset[str]
    now: int
    zone: tzinfo

    @property
    def today(self) -> date:
        return datetime.fromtimestamp(self.now, self.zone).date()

    def begins(self, day: date) -> int:
        """The first second of a day."""
        return int(datetime.combine(day, time.min, self.zone).timestamp())


@dataclass(slots=True)
class Condition:
    """SQL with its parameters in order; without SQL, all records are meant."""

    sql: str = ""
    parameters: list[str | float] = field(default_factory=list)


def compiled(text: str, table: Table, known: Sequence[types.Field], asker: Asker) -> Condition:
    """The condition on rows of `table` that a query puts; `known` are the fields of the kind.

    Raises:
        QueryError: It cannot be understood; the sentence says what, and which fields there are.
    """
    if not text.strip():
        return Condition()
    names = _names(table, known)
    tree = query.parse(text, today=asker.today, fields={*names, *_CONDITIONS, *_OTHERS})
    if tree == And(()):
        return Condition()
    compiling = _Compiling(table, names, asker)
    sql = compiling.sql(tree)
    return Condition(sql, compiling.parameters)


def _names(table: Table, known: Sequence[types.Field]) -> dict[str, types.Field]:
    """Fields by what they may be called: their name, their heading in English and in the rep's language."""
    found: dict[str, types.Field] = {}
    for one in known:
        for name in (one.name, one.heading, _(one.heading)):
            found.setdefault(fold(name).translate(_SPACES), one)
    if table.name == "person":
        found.setdefault("name", _NAME)
    for other, name in _ALSO.items():
        if name in found:
            found.setdefault(other, found[name])
    return found


_NAME = types.Field("name", "Name", kept="name")
_ALSO = {
    "tag": "tags", "email": "addresses", "mail": "addresses", "address": "addresses", "contact": "contacts",
    "subject": "name", "website": "domain", "body": "description", "note": "description",
}  # fmt: skip
_CONDITIONS = ("is", "has", "kind")
_OTHERS = ("about", "contact", "person", "deal", "company")


class _Compiling:
    """SQL conditions in the order of their parameters."""

    def __init__(self, table: Table, names: Mapping[str, types.Field], asker: Asker) -> None:
        self.parameters: list[str | float] = []
        self._table = table
        self._names = names
        self._asker = asker

    def sql(self, tree: Expression) -> str:
        match tree:
            case Word(text, "") | Phrase(text, ""):
                return self._anywhere(text)
            case Word(text, name) | Phrase(text, name):
                return self._field(name, text)
            case Not(term):
                return f"NOT coalesce({self.sql(term)}, 0)"
            case And(terms):
                return f"({' AND '.join(map(self.sql, terms)) or '1'})"
            case Or(terms):
                return f"({' OR '.join(map(self.sql, terms)) or '0'})"
            case Since(day):
                return self._with(f"{self._table.alias}.changed >= ?", self._asker.begins(day))
            case Before(day):
                return self._with(f"{self._table.alias}.changed < ?", self._asker.begins(day))
            case Range(name):
                if name not in self._names:
                    raise _unknown(name, self._names)
                return self._range(self._names[name], tree)
            case Field(name, value):
                return self._field(name, value)
            case _:
                raise _unknown("larger" if isinstance(tree, Larger) else "smaller", self._names)

    def _with(self, sql: str, *parameters: str | float) -> str:
        self.parameters += parameters
        return sql

    def _likes(self, columns: Sequence[str], text: str) -> list[str]:
        like = _like(text)
        return [self._with(f"{column} LIKE ? ESCAPE '\\'", like) for column in columns]

    # --- words ----------------------------------------------------------------------------------------------------

    def _anywhere(self, text: str) -> str:
        """That a record holds a word: in its name, addresses, company, people, phone, tags and further fields."""
        table, alias = self._table, self._table.alias
        terms = [self._named(f"{alias}.name_key", text)]
        if table.company:
            terms.append(self._of_company(text))
        if table.name == "person":
            terms += self._likes((f"{alias}.company", f"{alias}.title"), text)
            terms.append(self._addressed(text))
        if table.name == "company":
            terms += self._likes((f"{alias}.domain",), text)
        if table.name in ("person", "company"):
            terms.append(self._phoned(f"{alias}.phone", text))
        if table.name == "deal":
            terms.append(self._with_contact(text))
        if table.name == "item":
            terms += self._likes((f"{alias}.body",), text)
            terms.append(self._about(text))
        terms += self._likes((f"{alias}.tags",), text)
        like = _like(text)
        terms.append(self._with(
            f"({alias}.extra LIKE ? ESCAPE '\\' AND EXISTS (SELECT 1 FROM json_each({alias}.extra) AS more"
            " WHERE more.value LIKE ? ESCAPE '\\'))", _like_json(text), like,
        ))  # fmt: skip
        return f"({' OR '.join(terms)})"

    def _named(self, key: str, text: str) -> str:
        """A key holds what is typed; the key of a Japanese name has no spaces, the one of a company none at all."""
        wanted = matching.company_key(text) if "company" in key or self._table.name == "company" else fold(text)
        wanted = wanted or fold(text)
        squeezed = "".join(wanted.split())
        if squeezed == wanted or wanted.isascii():
            return self._with(f"instr({key}, ?)", wanted)
        return self._with(f"(instr({key}, ?) OR instr({key}, ?))", wanted, squeezed)

    def _of_company(self, text: str) -> str:
        number = _row(text, "c")
        if number is not None:
            return self._with(f"{self._table.alias}.company_id = ?", number)
        named = self._named("company.name_key", text)
        return f"{self._table.alias}.company_id IN (SELECT id FROM company WHERE {named})"

    def _addressed(self, text: str) -> str:
        return self._with(
            f"{self._table.alias}.id IN (SELECT person_id FROM person_address WHERE instr(address, ?))",
            normal(text) or fold(text),
        )

    def _phoned(self, column: str, text: str) -> str:
        """A number as it is written, or by its digits whatever stands between them."""
        (written,) = self._likes((column,), text)
        digits = "".join(letter for letter in fold(text) if letter.isascii() and letter.isdigit())
        if not 3 <= len(digits) <= _LONGEST_NUMBER or any(letter.isalpha() for letter in text):
            return written
        bare = column
        for sign in "- ().":
            bare = f"replace({bare}, '{sign}', '')"
        # Few numbers have these digits in this order at all.
        likely = self._with(f"{column} LIKE ?", f"%{'%'.join(digits)}%")
        return f"({written} OR ({likely} AND {self._with(f'instr({bare}, ?)', digits)}))"

    def _with_contact(self, text: str) -> str:
        number = _row(text, "p")
        head = f"{self._table.alias}.id IN (SELECT deal_id FROM deal_contact"
        if number is not None:
            return self._with(f"{head} WHERE person_id = ?)", number)
        name = self._named("name_key", text)
        mail = self._with("id IN (SELECT person_id FROM person_address WHERE instr(address, ?))", normal(text))
        return f"{head} JOIN person ON person.id = person_id WHERE {name} OR {mail})"

    def _about(self, text: str) -> str:
        head = f"{self._table.alias}.id IN (SELECT item_id FROM item_about WHERE"
        if any(_row(text, letter) is not None for letter in set(kinds.LETTERS.values())):
            return self._with(f"{head} record = ?)", fold(text))
        named = " UNION ALL ".join(
            f"SELECT '{letter}' || id FROM {table} WHERE {self._named('name_key', text)}"
            for letter, table in LETTERS.items()
        )
        return f"{head} record IN ({named}))"

    # --- fields ---------------------------------------------------------------------------------------------------

    def _field(self, name: str, value: str) -> str:
        if name == "is":
            return self._is(value)
        if name == "has":
            return self._has(value)
        if name == "kind":
            return self._with(f"{self._table.kind} = ?", fold(value))
        one = self._names.get(name.translate(_SPACES))
        if one is not None:
            return self._of_type(one, value)
        if name == "company" and self._table.company:
            return self._of_company(value)
        if name in ("contact", "person") and self._table.name == "deal":
            return self._with_contact(value)
        if name in ("about", "person", "deal", "company") and self._table.name == "item":
            return self._about(value)
        raise _unknown(name, self._names)

    def _of_type(self, one: types.Field, value: str) -> str:
        column = text_of(self._table, one)
        match one.type:
            case types.AMOUNT | types.NUMBER:
                return self._range(one, query_values.amounts(value, one.name))
            case types.DATE | types.MOMENT:
                return self._range(one, query_values.dates(value, one.name, self._asker.today))
            case types.ADDRESSES:
                return self._addressed(value)
            case types.PEOPLE:
                return self._with_contact(value)
            case types.ABOUT:
                return self._about(value)
            case types.TAGS:
                return self._with(
                    f"({column} LIKE ? ESCAPE '\\'"
                    f" AND EXISTS (SELECT 1 FROM json_each({column}) AS tag WHERE tag.value LIKE ? ESCAPE '\\'))",
                    _like_json(value), _like(value)[1:],
                )  # fmt: skip
            case types.YES:
                wanted = fold(value) in _TRUE
                listed = ", ".join(f"'{word}'" for word in _TRUE)
                return f"({'' if wanted else 'NOT '}lower({column}) IN ({listed}))"
            case types.PHONE:
                return self._phoned(column, value)
            case types.STAGE:
                return self._with(f"({self._likes((column,), value)[0]} OR stage.state = ?)", fold(value))
        if one.kept == "company":
            (written,) = self._likes(("p.company",), value) if self._table.name == "person" else ("0",)
            return f"({written} OR {self._of_company(value)})"
        if one.kept == "name":
            return self._named(f"{self._table.alias}.name_key", value)
        if one.kept == "owner":
            return self._owned(column, value)
        return self._one_of(one, column, value)

    def _one_of(self, one: types.Field, column: str, value: str) -> str:
        """A text that holds the value; of a choice also what the rep's language calls so."""
        meant = [choice for choice in one.choices if fold(value) in fold(_(choice))]
        terms = [*self._likes((column,), value), *(self._with(f"{column} = ?", choice) for choice in meant)]
        return f"({' OR '.join(terms)})"

    def _owned(self, column: str, value: str) -> str:
        if fold(value) != "me":
            return self._likes((column,), value)[0]
        me = sorted(self._asker.me) or [""]
        return self._with(f"({column} <> '' AND lower({column}) IN ({', '.join('?' * len(me))}))", *me)

    def _range(self, one: types.Field, wanted: Range) -> str:
        if one.type == types.MOMENT:
            return self._moment(one, wanted)
        signs = (">", "<") if wanted.open else (">=", "<=")
        numeric = one.type in (types.AMOUNT, types.NUMBER)
        column = text_of(self._table, one)
        terms = [f"{column} <> ''"]
        for sign, bound in zip(signs, (wanted.low, wanted.high), strict=True):
            if bound:
                compared = f"CAST(replace({column}, ',', '') AS REAL)" if numeric else column
                terms.append(self._with(f"{compared} {sign} ?", float(bound) if numeric else bound))
        return f"({' AND '.join(terms)})"

    def _moment(self, one: types.Field, wanted: Range) -> str:
        """Days, or times on these days in the rep's zone."""
        alias, begins = self._table.alias, self._asker.begins
        low, high = (date.fromisoformat(bound) if bound else None for bound in (wanted.low, wanted.high))
        if wanted.open:
            low = low and low + timedelta(days=1)
            high = high and high - timedelta(days=1)
        time_column = f"{alias}.finish" if one.name == "finish" else f"{alias}.start"
        day_column = f"{alias}.last_day" if one.name == "finish" else f"{alias}.day"
        days, times = [f"{day_column} <> ''"], [f"{time_column} > 0"]
        ordered: list[str | float] = []
        for term, bound in ((f"{day_column} >= ?", low), (f"{day_column} <= ?", high)):
            if bound:
                days.append(term)
                ordered.append(bound.isoformat())
        for term, moment in (
            (f"{time_column} >= ?", low and begins(low)),
            (f"{time_column} < ?", high and begins(high + timedelta(days=1))),
        ):
            if moment:
                times.append(term)
                ordered.append(moment)
        return self._with(f"(({' AND '.join(days)}) OR ({' AND '.join(times)}))", *ordered)

    # --- states ---------------------------------------------------------------------------------------------------

    def _is(self, value: str) -> str:
        state = _begun(IS_CALLED.get(fold(value), fold(value)), _STATES)
        alias = self._table.alias
        if state == "mine":
            return self._owned(f"{alias}.owner", "me")
        if self._table.name == "deal" and state in ("open", "won", "lost", "closed", "done"):
            return "stage.state <> 'open'" if state in ("closed", "done") else f"stage.state = '{state}'"
        if self._table.name == "deal" and state == "overdue":
            today = self._asker.today.isoformat()
            return self._with(f"(stage.state = 'open' AND {alias}.closing <> '' AND {alias}.closing < ?)", today)
        if self._table.name == "item" and state in ("open", "done", "closed"):
            return f"{alias}.closed {'=' if state == 'open' else '>'} 0"
        if self._table.name == "item" and state == "overdue":
            return self._with(
                f"({alias}.closed = 0 AND {alias}.kind IN ('task', 'call') AND iif({alias}.start > 0,"
                f" {alias}.start < ?, {alias}.day <> '' AND {alias}.day < ?))",
                self._asker.now, self._asker.today.isoformat(),
            )  # fmt: skip
        if self._table.name == "item" and state == "hidden":
            return self._with(f"{alias}.hidden_until > ?", self._asker.now)
        raise QueryError(
            _("“{value}” after {field}: is not known. Write one of {known}.").format(
                value=value[:60], field="is", known=", ".join(_states(self._table))
            )
        )

    def _has(self, value: str) -> str:
        name = fold(value).translate(_SPACES)
        alias = self._table.alias
        found = HAS.get(HAS_CALLED.get(name, name), {}).get(self._table.name, "")
        if found:
            return found.format(alias=alias)
        if name in self._names:
            one = self._names[name]
            if one.type == types.ADDRESSES:
                return f"EXISTS (SELECT 1 FROM person_address WHERE person_id = {alias}.id)"
            if one.type == types.PEOPLE:
                return f"EXISTS (SELECT 1 FROM deal_contact WHERE deal_id = {alias}.id)"
            if one.type == types.ABOUT:
                return f"EXISTS (SELECT 1 FROM item_about WHERE item_id = {alias}.id)"
            if one.type == types.MOMENT:
                return f"({alias}.day <> '' OR {alias}.start > 0)"
            return f"{text_of(self._table, one)} NOT IN ('', '[]')"
        known = [what for what, tables in HAS.items() if self._table.name in tables]
        raise QueryError(
            _("“{value}” after {field}: is not known. Write one of {known}.").format(
                value=value[:60],
                field="has",
                known=", ".join([*known, *(one.name for one in set(self._names.values()))]),
            )
        )


def _begun(value: str, known: Collection[str]) -> str:
    """The state that is meant; what is typed may be its beginning."""
    begun = [name for name in known if name.startswith(value)]
    return value if value in known or len(begun) != 1 else begun[0]


def _states(table: Table) -> tuple[str, ...]:
    of = {"deal": ("open", "won", "lost", "overdue", "mine"), "item": ("open", "done", "overdue", "hidden", "mine")}
    return of.get(table.name, ("mine",))


def _unknown(name: str, names: Mapping[str, types.Field]) -> QueryError:
    known = ", ".join(dict.fromkeys(one.name.replace(" ", "_") for one in names.values()))
    return QueryError(
        _("Records of this kind have no field “{name}”. Fields are: {known}.").format(name=name[:40], known=known)
    )


def _like(text: str) -> str:
    """A pattern for a text anywhere."""
    return "%" + fold(text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _like_json(text: str) -> str:
    """The same in JSON, where some characters are written otherwise; then it narrows nothing."""
    return "%" if any(letter in '"\\' or ord(letter) < 32 for letter in text) else _like(text)


def _row(text: str, letter: str) -> int | None:
    """The row of an id like "c12"."""
    said = fold(text)
    return (
        int(said[1:]) if said[:1] == letter and said[1:].isascii() and said[1:].isdigit() and len(said) < 18 else None
    )
