"""[records], [[pipeline]] and [[field]]: how records are kept, pipelines, fields of the rep's own (REC-1, REC-6)."""

from collections.abc import Sequence

from salesinbox.config.tables import Table, not_among
from salesinbox.locale.texts import _
from salesinbox.model.fields import CHOICE, CUSTOM_TYPES, FIELDS, TEXT
from salesinbox.model.records import KINDS, LOST, OPEN, WON
from salesinbox.model.settings import CustomField, Pipeline, Records

RECORDS = ("owner", "currency")
PIPELINE = ("name", "stage")
FIELD = ("kind", "name", "type", "choices")

_STAGE = ("name", "state", "probability")
_STATES = (OPEN, WON, LOST)
_CERTAIN = {WON: 100, LOST: 0}
_LONGEST_NAME = 80


def records(table: Table, pipelines: Sequence[Table], fields: Sequence[Table]) -> Records:
    """`table` is [records]; `pipelines` and `fields` are the tables of [[pipeline]] and [[field]]."""
    currency = table.text("currency").upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise table.error("currency", _('a currency is written as its code, like currency = "JPY".'))
    return Records(table.text("owner"), currency, _pipelines(pipelines), _fields(fields))


def _pipelines(tables: Sequence[Table]) -> tuple[Pipeline, ...]:
    found: list[Pipeline] = []
    meant: dict[str, tuple[str, int]] = {}
    for table in tables:
        name = _name(table)
        if any(one.name == name for one in found):
            raise table.error("name", _('two pipelines are named "{name}".').format(name=name))
        stages = _stages(table, meant)
        if not any(state == OPEN for _stage, state, _chance in stages):
            raise table.error("name", _('the pipeline "{name}" needs an open stage.').format(name=name))
        found.append(Pipeline(name, stages))
    return tuple(found)


def _stages(pipeline: Table, meant: dict[str, tuple[str, int]]) -> tuple[tuple[str, str, int], ...]:
    """`meant`: the state and probability of each stage of the pipelines before, which it has in all of them."""
    stages: dict[str, tuple[str, int]] = {}
    for table in pipeline.tables("stage", _STAGE):
        name = _name(table)
        if name in stages:
            raise table.error("name", _('two stages are named "{name}".').format(name=name))
        state = table.choice("state", _STATES)
        probability = table.number("probability", _CERTAIN.get(state, 50))
        if not 0 <= probability <= 100:
            raise table.error("probability", _("a probability is a number from 0 to 100."))
        if meant.setdefault(name, (state, probability)) != (state, probability):
            raise table.error(
                "name",
                _('the stage "{name}" is in another pipeline with another state or probability.').format(name=name),
            )
        stages[name] = (state, probability)
    return tuple((name, *values) for name, values in stages.items())


def _fields(tables: Sequence[Table]) -> tuple[CustomField, ...]:
    found: dict[tuple[str, str], CustomField] = {}
    for table in tables:
        kind = table.needed("kind")
        if kind not in KINDS:
            raise table.error("kind", not_among(kind, KINDS))
        name = _name(table)
        type_ = table.text("type") or TEXT
        if type_ not in CUSTOM_TYPES:
            raise table.error("type", not_among(type_, CUSTOM_TYPES))
        choices = tuple(dict.fromkeys(choice.strip() for choice in table.texts("choices") or () if choice.strip()))
        if (type_ == CHOICE) != bool(choices):
            raise table.error("choices", _('choices = ["…", "…"] belong to a field with type = "choice".'))
        taken = {word.casefold() for field in FIELDS[kind] for word in (field.name, field.heading)}
        if name.casefold() in taken or (kind, name.casefold()) in found:
            raise table.error("name", _('there is a field "{name}" already.').format(name=name))
        found[kind, name.casefold()] = CustomField(kind, name, type_, choices)
    return tuple(found.values())


def _name(table: Table) -> str:
    name = table.needed("name")
    if len(name) > _LONGEST_NAME:
        raise table.error("name", _("a name has at most {n} characters.").format(n=_LONGEST_NAME))
    return name
