"""What a form begins with: an empty record, one that is there, or what mail tells of its sender (REC-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from salesinbox.locale.formatting import full_day, full_time
from salesinbox.locale.texts import _, language
from salesinbox.model import fields as types
from salesinbox.model import records as kinds
from salesinbox.model.duplicates import Duplicate
from salesinbox.model.errors import NotFoundError
from salesinbox.model.fields import Field, fields
from salesinbox.model.imports import RECORD_ID
from salesinbox.model.records import Company, Deal, Item, Person, Record
from salesinbox.services.records.values import owner
from salesinbox.tui.records import words
from salesinbox.tui.records.changing import keep_pipelines
from salesinbox.tui.records.editors import Chip, Chips, Editor, Line, Long, Pick

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

KIND = "kind"
"""The row by which a new person is a lead or a contact."""
_ABOUT = (
    kinds.CONTACT, kinds.LEAD, kinds.COMPANY, kinds.DEAL, kinds.CASE, kinds.VENDOR, kinds.PRODUCT,
)  # fmt: skip


@dataclass
class Filling:
    """`id` "" is a new record. `chips` are the records that a field names, by the field's name."""

    kind: str
    id: str = ""
    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()
    chips: dict[str, list[Chip]] = field(default_factory=dict)
    further: tuple[Field, ...] = ()
    """Fields that the record came with from elsewhere."""
    company: str = ""
    """The company of the sender's that is there already."""
    duplicates: tuple[Duplicate, ...] = ()
    about: tuple[str, ...] = ()
    thread: str = ""
    message: str = ""


def blank(board: "Board", kind: str, *, about: Sequence[str] = (), thread: str = "", message: str = "") -> Filling:
    """A new record that belongs to others."""
    filling = Filling(kind, thread=thread, message=message)
    filling.values["owner"] = owner(board.settings)
    known: list[Record] = []
    for id in about:  # noqa: A001 - as everywhere in the services
        try:
            known.append(board.records.show(id))
        except NotFoundError:
            continue
    names = {one.name for one in fields(kind)}
    if "about" in names:
        filling.chips["about"] = [Chip(one.id, words.name_of(one)) for one in known]
        return filling
    for one in known:
        if isinstance(one, Person) and "contacts" in names:
            filling.chips.setdefault("contacts", []).append(Chip(one.id, words.name_of(one)))
        company = one.name if isinstance(one, Company) else one.company if isinstance(one, Person | Deal) else ""
        if company and "company" in names:
            filling.values.setdefault("company", company)
    filling.about = tuple(one.id for one in known)
    return filling


def of_guess(board: "Board", thread: str, kind: str) -> Filling:
    """Who wrote a thread, as far as their mail tells."""
    guess = board.later.record_changes.guess(thread)
    values = dict(guess.values)
    if guess.company_name:
        values.setdefault("company", guess.company_name)
    values.setdefault("owner", owner(board.settings))
    return Filling(
        kind,
        values=values,
        guessed=guess.guessed,
        company=guess.company_name,
        duplicates=guess.duplicates,
        thread=thread,
    )


def of_kept(board: "Board", id: str) -> Filling:
    """A record as it is. NotFoundError when it is gone."""
    record = board.records.show(id)
    kind = words.kind_of(record)
    filling = Filling(kind, record.id, words.name_of(record))
    known = fields(kind, board.settings.records.fields)
    headings = {one.heading for one in known}
    filling.further = tuple(
        Field(name, name) for name in record.extra if name not in headings and name != RECORD_ID
    )  # fmt: skip
    for one in (*known, *filling.further):
        filling.values[one.name] = raw(board, record, one)
    if isinstance(record, Deal):
        roles = dict(zip(record.contact_ids, record.roles, strict=False))
        filling.chips["contacts"] = [Chip(one, _name(board, one), roles.get(one, "")) for one in record.contact_ids]
    elif isinstance(record, Item):
        pairs = zip(record.about, record.about_names, strict=False)
        filling.chips["about"] = [Chip(one, name) for one, name in pairs]
    return filling


def _name(board: "Board", id: str) -> str:
    try:
        return words.name_of(board.records.show(id))
    except NotFoundError:
        return id


def raw(board: "Board", record: Record, one: Field) -> str:
    """A value as it can be typed again: ISO dates, plain figures."""
    if one.name == "addresses" and isinstance(record, Person):
        return ", ".join(record.addresses)
    if one.type == types.TAGS:
        return ", ".join(record.tags)
    if isinstance(record, Item) and one.type == types.MOMENT:
        if one.name == "finish":
            return _time(board, record.finish) or record.last_day
        return _time(board, record.start) or record.day
    if not one.kept:
        return record.extra.get(one.heading, "")
    value = getattr(record, one.kept, "")
    return "" if value in (None, ()) else str(value)


def _time(board: "Board", seconds: int) -> str:
    return datetime.fromtimestamp(seconds, board.zone).strftime("%Y-%m-%d %H:%M") if seconds else ""


# --- fields that are typed ------------------------------------------------------------------------------------------


def editors(board: "Board", filling: Filling) -> list[Editor]:
    """All fields of the kind, in their order; texts of many lines last."""
    made: list[Editor] = []
    if filling.kind in words.PEOPLE and not filling.id:
        choices = [(kinds.LEAD, _("Lead")), (kinds.CONTACT, _("Contact"))]
        made.append(Pick(Field(KIND, "Kind"), _("Kind"), choices, filling.kind, empty=False))
    known = (*fields(filling.kind, board.settings.records.fields), *filling.further)
    if not filling.values.get("pipeline") and not board.records.pipelines():
        known = tuple(one for one in known if one.name != "pipeline")
    made += [editor(board, one, filling) for one in known]
    return [*(one for one in made if not isinstance(one, Long)), *(one for one in made if isinstance(one, Long))]


def editor(board: "Board", one: Field, filling: Filling) -> Editor:
    """What a field is typed in."""
    label, text, guess = words.heading(one), filling.values.get(one.name, ""), one.name in filling.guessed
    if one.type == types.LONG:
        return Long(one, label, text, guess=guess)
    if one.type == types.ABOUT:
        return Chips(one, label, filling.chips.get(one.name, []), _ABOUT)
    if one.type == types.PEOPLE:
        return Chips(one, label, filling.chips.get(one.name, []), words.PEOPLE[::-1], by_role=True)
    if one.type == types.CHOICE:
        return Pick(one, label, [(value, words.choice(one, value)) for value in one.choices], text, guess=guess)
    if one.type == types.YES:
        return Pick(one, label, [("true", _("yes")), ("false", _("no"))], text, guess=guess)
    if one.type == types.STAGE:
        keep_pipelines(board)
        pipeline = filling.values.get("pipeline", "")
        known = board.records.stages(pipeline)
        text = text or next((stage.name for stage in known if stage.state == kinds.OPEN), "")
        stages = [(stage.name, words.choice(one, stage.name)) for stage in known]
        return Pick(one, label, stages, text, guess=guess, empty=False)
    if one.name == "pipeline":
        names = board.records.pipelines()
        return Pick(one, label, [(name, words.choice(one, name)) for name in names], text, guess=guess)
    looks_for = (kinds.COMPANY,) if one.name == "company" else ()
    return Line(one, label, text, guess=guess, looks_for=looks_for)


def understood(board: "Board", one: Field, text: str) -> tuple[str, bool]:
    """How a date or time that is typed is understood, and whether it is at all; ("", True) for other fields."""
    if one.type not in (types.DATE, types.MOMENT) or not text.strip():
        return "", True
    from salesinbox.services.records import typed_times  # noqa: PLC0415 - loaded when a date is first typed

    now = int(board.now())
    if one.type == types.DATE:
        day: date | None = typed_times.day(text, datetime.fromtimestamp(now, board.zone).date())
        return ("→ " + full_day(day, language()), True) if day is not None else (_("no date"), False)
    if one.name == "finish" and not text.strip().isdigit() and (length := typed_times.length(text)):
        return "+ " + _("{n} min").format(n=length // 60), True
    span = typed_times.span(text, now, board.zone)
    if span is None:
        return _("no day or time"), False
    if not span.start:
        return "→ " + full_day(span.day, language()), True
    end = f" – {datetime.fromtimestamp(span.finish, board.zone):%H:%M}" if span.finish else ""
    return "→ " + full_time(span.start, board.zone, language()) + end, True


def typed_values(made: Sequence[Editor], *, new: bool) -> Mapping[str, str]:
    """What is to be written: of a new record all that stands there, else what was changed."""
    return {
        one.name: one.value()
        for one in made
        if one.name != KIND and (one.value() if new else one.is_changed)
    }  # fmt: skip
