"""What the screens of records call things: kinds, fields, what happened; all safe to draw."""

from rich.style import Style

from salesinbox.locale.texts import _
from salesinbox.model import fields, timeline
from salesinbox.model import records as kinds
from salesinbox.model.fields import Field
from salesinbox.model.records import Company, Deal, Item, Money, Person, Record
from salesinbox.model.text import safe
from salesinbox.tui.themes import Look
from salesinbox.tui.wording import money

KINDS = (
    kinds.LEAD, kinds.CONTACT, kinds.COMPANY, kinds.DEAL, kinds.TASK, kinds.EVENT, kinds.CALL, kinds.NOTE, kinds.CASE,
    kinds.VENDOR, kinds.PRODUCT,
)  # fmt: skip
"""In the order of the tabs."""
PEOPLE = (kinds.LEAD, kinds.CONTACT)
_ONE_LINE = 300

Part = tuple[str, Style]


def plural(kind: str) -> str:
    """A kind of record as people call many of it."""
    return {
        kinds.LEAD: _("Leads"), kinds.CONTACT: _("Contacts"), kinds.COMPANY: _("Companies"), kinds.DEAL: _("Deals"),
        kinds.TASK: _("Tasks"), kinds.EVENT: _("Events"), kinds.CALL: _("Calls"), kinds.NOTE: _("Notes"),
        kinds.CASE: _("Cases"), kinds.VENDOR: _("Vendors"), kinds.PRODUCT: _("Products"),
    }.get(kind, safe(kind, 40))  # fmt: skip


def kind_of(record: Record) -> str:
    if isinstance(record, Person | Item):
        return record.kind
    return kinds.COMPANY if isinstance(record, Company) else kinds.DEAL


def name_of(record: Record) -> str:
    """The name; of a note without a title the beginning of its text."""
    name = safe(record.name, _ONE_LINE)
    if not name.strip() and isinstance(record, Item):
        name = " ".join(safe(record.body[:400]).split())[:120]
    if not name.strip() and isinstance(record, Person) and record.addresses:
        name = safe(record.addresses[0], _ONE_LINE)
    return name if name.strip() else _("(no name)")


def heading(field: Field) -> str:
    return safe(_(field.heading), 60)


def choice(field: Field, value: str) -> str:
    """A choice as it is shown: ours in the rep's language, others as they stand."""
    return safe(_(value) if value in field.choices else value, 200)


def status(text: str) -> str:
    """A status as it is shown: one of ours in the rep's language, another one as it stands."""
    ours = {choice for known in fields.FIELDS.values() for one in known for choice in one.choices}
    return _(text) if text in ours else text


def quoted(name: str) -> str:
    """A name within a sentence or on a line of its own."""
    return _("“{name}”").format(name=name)


def is_closed(record: Record) -> bool:
    """Done, won or lost: it is drawn more quietly."""
    if isinstance(record, Deal):
        return record.stage_state != kinds.OPEN
    return isinstance(record, Item) and record.closed > 0


def style(look: Look, field: Field, record: Record) -> Style:
    """How a field's value is drawn."""
    if is_closed(record):
        return look["dim"]
    roles = {
        fields.AMOUNT: "money", fields.STAGE: "stage", fields.DATE: "time", fields.MOMENT: "time", fields.TAGS: "mark",
    }  # fmt: skip
    return look[roles.get(field.type, "text")]


def amounts(totals: tuple[Money, ...]) -> str:
    """Amounts of several currencies, the largest first: "¥4,000,000 + $1,200"."""
    return " + ".join(part for part in (money(one.amount, one.currency) for one in totals) if part)


def brief(record: Record) -> str:
    """What tells a record from others of its name: company, address, amount, stage."""
    parts: list[str] = []
    if isinstance(record, Person):
        parts = [record.title, record.company, record.addresses[0] if record.addresses else record.phone]
    elif isinstance(record, Company):
        parts = [record.domain, record.phone]
    elif isinstance(record, Deal):
        parts = [money(record.amount, record.currency), record.stage, record.company]
    else:
        parts = [status(record.status), *record.about_names[:2]]
    return " · ".join(safe(part, 120) for part in parts if part)


def entry_kind(kind: str) -> str:
    """A kind of entry in what happened with a record."""
    return {
        timeline.MAIL: _("Mail"), timeline.STAGE: _("Stage"), timeline.CREATED: _("Created"),
        timeline.CONVERTED: _("Converted"), timeline.MERGED: _("Merged"), timeline.FILE: _("File"),
        kinds.NOTE: _("Note"), kinds.TASK: _("Task"), kinds.EVENT: _("Event"), kinds.CALL: _("Call"),
        kinds.CASE: _("Case"),
    }.get(kind, safe(kind, 20))  # fmt: skip
