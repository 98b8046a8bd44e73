"""Where each kind of record is kept, and its fields as SQL: for lists, filters and orders."""

from dataclasses import dataclass

from salesinbox.model import fields as types
from salesinbox.model import records as kinds
from salesinbox.model.records import ITEM_KINDS


@dataclass(frozen=True, slots=True)
class Table:
    """`source` is what stands behind FROM; `kind` an expression for a row's kind; `company`: it has a company_id."""

    name: str
    alias: str
    source: str
    kind: str
    company: bool = False


PERSON = Table("person", "p", "person AS p", "p.kind", company=True)
COMPANY = Table("company", "c", "company AS c", "'company'")
DEAL = Table("deal", "d", "deal AS d", "'deal'", company=True)
ITEM = Table("item", "i", "item AS i", "i.kind")

TABLES = {
    kinds.LEAD: PERSON,
    kinds.CONTACT: PERSON,
    kinds.COMPANY: COMPANY,
    kinds.DEAL: DEAL,
} | dict.fromkeys(ITEM_KINDS, ITEM)

JOINS = {"deal": " JOIN stage ON stage.name = d.stage"}
"""What conditions on rows of a table may name besides."""

_EMPLOYER = {
    "person": "coalesce((SELECT name_key FROM company WHERE id = p.company_id), lower(p.company))",
    "deal": "coalesce((SELECT name_key FROM company WHERE id = d.company_id), '')",
}
_FIRST_ADDRESS = "coalesce((SELECT address FROM person_address WHERE person_id = p.id ORDER BY position LIMIT 1), '')"
_MAIN_CONTACT = (
    "coalesce((SELECT name_key FROM deal_contact AS k JOIN person ON person.id = k.person_id WHERE k.deal_id = d.id"
    " ORDER BY k.main DESC, k.person_id LIMIT 1), '')"
)
_FIRST_ABOUT = (
    "coalesce((SELECT CASE substr(record, 1, 1)"
    " WHEN 'p' THEN (SELECT name_key FROM person WHERE id = CAST(substr(record, 2) AS INTEGER))"
    " WHEN 'c' THEN (SELECT name_key FROM company WHERE id = CAST(substr(record, 2) AS INTEGER))"
    " WHEN 'd' THEN (SELECT name_key FROM deal WHERE id = CAST(substr(record, 2) AS INTEGER))"
    " ELSE (SELECT name_key FROM item WHERE id = CAST(substr(record, 2) AS INTEGER)) END"
    " FROM item_about WHERE item_id = i.id ORDER BY substr(record, 1, 1) <> 'p', record LIMIT 1), '')"
)
_LAST = "\U0010ffff"
"""What an empty text is sorted as: behind all others."""


def text_of(table: Table, field: types.Field) -> str:
    """A field that holds a text, a number, a day or a choice, as SQL."""
    if not field.kept:
        return _further(table.alias, field.heading)
    if field.kept == "company":
        return _EMPLOYER[table.name]
    if field.kept == "probability":
        return "coalesce(d.probability, stage.probability)"
    if field.kept == "pipeline":
        return "coalesce(nullif(d.pipeline, ''), (SELECT name FROM pipeline ORDER BY position LIMIT 1), '')"
    return f"{table.alias}.{field.kept}"


def _further(alias: str, heading: str) -> str:
    """A field of `extra`. A path is quicker than a look at each, and cannot name every heading.

    Headings are the program's or of the settings, never of a query.
    """
    if any(letter in '"\\' or ord(letter) < 32 for letter in heading):
        return f"coalesce((SELECT value FROM json_each({alias}.extra) WHERE key = {_literal(heading)}), '')"
    path = f'$."{heading}"'
    return f"coalesce(json_extract({alias}.extra, {_literal(path)}), '')"


def _literal(text: str) -> str:
    return "'" + text.replace("\0", "").replace("'", "''") + "'"


def order_of(table: Table, name: str, field: types.Field | None) -> str:
    """What a list is sorted by, as SQL; the same upwards and downwards, so that a page can be read from either end.

    Texts and days that are empty come behind the others, numbers that are empty before them.
    """
    alias = table.alias
    if name == "name":
        return f"{alias}.name_key"
    if name in ("changed", "created"):
        return f"{alias}.{name}"
    assert field is not None
    match field.type:
        case types.AMOUNT | types.NUMBER:
            text = text_of(table, field)
            return f"iif({text} = '', -9e999, CAST({text} AS REAL))"
        case types.MOMENT:
            time, day = ("finish", "last_day") if field.name == "finish" else ("start", "day")
            return (
                f"CASE WHEN {alias}.{time} > 0 THEN {alias}.{time} WHEN {alias}.{day} = '' THEN 9e999"
                f" ELSE CAST(strftime('%s', {alias}.{day}) AS INTEGER) END"
            )
        case types.STAGE:
            return "stage.position"
        case types.ADDRESSES:
            return _behind(_FIRST_ADDRESS)
        case types.PEOPLE:
            return _behind(_MAIN_CONTACT)
        case types.ABOUT:
            return _behind(_FIRST_ABOUT)
        case types.TAGS:
            return f"iif({alias}.tags = '[]', '{_LAST}', lower({alias}.tags))"
    return _behind(f"lower({text_of(table, field)})")


def _behind(sql: str) -> str:
    return f"coalesce(nullif({sql}, ''), '{_LAST}')"
