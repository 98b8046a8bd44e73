"""Fields of records as texts in the rep's language: cells of lists, lines of a record."""

from collections.abc import Callable, Mapping
from datetime import tzinfo

from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language
from salesinbox.model import fields as types
from salesinbox.model.fields import Field
from salesinbox.model.records import COMPANY, DEAL, Company, Deal, Item, Person, Record

NAME = Field("name", types.mark("Name"), kept="name")
"""The name of a person, which is made of two fields."""
_TRUE = frozenset({"true", "yes", "1", "on", "はい", "有効"})


def kind_of(record: Record) -> str:
    if isinstance(record, Person | Item):
        return record.kind
    return COMPANY if isinstance(record, Company) else DEAL


def kept(record: Record, field: Field, names: Mapping[str, str]) -> str:
    """A field as it is kept, as text; several values with commas between.

    `names` are names of people by id, for a deal's contacts.
    """
    if field.name == "name":
        return record.name
    if not field.kept:
        return record.extra.get(field.heading, "")
    match field.kept:
        case "tags":
            return ", ".join(record.tags)
        case "addresses" if isinstance(record, Person):
            return ", ".join(record.addresses)
        case "contacts" if isinstance(record, Deal):
            return ", ".join(names.get(one, one) for one in record.contact_ids)
        case "about" if isinstance(record, Item):
            return ", ".join(record.about_names)
        case "day" | "start" | "finish" if isinstance(record, Item):
            moment = record.finish if field.kept == "finish" else record.start
            return str(moment) if moment else record.last_day if field.kept == "finish" else record.day
    return str(getattr(record, field.kept, ""))


class Texts:
    """Values of one record after another. `people` gives names by ids; `now` seconds since 1970."""

    def __init__(
        self, now: Callable[[], float], zone: tzinfo, people: Callable[[tuple[str, ...]], Mapping[str, str]]
    ) -> None:
        self._now = now
        self._zone = zone
        self._people = people

    def shown(self, record: Record, field: Field) -> str:
        """A field as a rep reads it; "" where it is empty."""
        if field.type == types.MOMENT and isinstance(record, Item):
            return self._moment(record, field)
        people = self._people(record.contact_ids) if field.type == types.PEOPLE and isinstance(record, Deal) else {}
        value = kept(record, field, people)
        if not value:
            return ""
        match field.type:
            case types.AMOUNT:
                return self._amount(record, value)
            case types.DATE:
                return formatting.date(value, language())
            case types.CHOICE | types.STAGE:
                return _(value) if value in field.choices else value
            case types.YES:
                return _("yes") if value.strip().lower() in _TRUE else _("no")
        if field.kept == "probability":
            return f"{value} %"
        return value

    def _moment(self, item: Item, field: Field) -> str:
        ends = field.kept == "finish"
        moment, day = (item.finish, item.last_day) if ends else (item.start, item.day)
        if moment:
            return formatting.moment(moment, self._now(), self._zone)
        return formatting.date(day, language()) if day else ""

    def _amount(self, record: Record, value: str) -> str:
        currency = record.currency if isinstance(record, Deal) else record.extra.get("Currency", "")
        amount, _space, own = value.partition(" ")
        return formatting.money(amount, own or currency, language()) if amount else value


def brief(record: Record, names: Mapping[str, str]) -> str:
    """What tells a record from others of its name, in a few words."""
    if isinstance(record, Person):
        parts = [record.company, record.title, *(record.addresses[:1] or (record.phone,))]
    elif isinstance(record, Company):
        parts = [record.domain, record.phone]
    elif isinstance(record, Deal):
        money = formatting.money(record.amount, record.currency, language())
        parts = [
            money,
            record.stage,
            record.company or next((names[one] for one in record.contact_ids if one in names), ""),
        ]
    else:
        parts = [_(record.status) if record.status else "", *record.about_names[:2]]
    return " · ".join(part for part in parts if part)
