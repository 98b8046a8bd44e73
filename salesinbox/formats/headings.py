"""What the headings of a file mean, what kind of file they make, and which program wrote them (REC-7)."""

from collections.abc import Mapping, Sequence

from salesinbox.formats.formulas import restore
from salesinbox.formats.heading_words import FIELD_OF_NAME, NEEDED, OWN_ID, PROGRAMS, WORDS
from salesinbox.locale.texts import _
from salesinbox.model import folding
from salesinbox.model.errors import UsageError
from salesinbox.model.fields import FIELDS
from salesinbox.model.imports import (
    CALLS,
    CASES,
    COMPANIES,
    CONTACTS,
    DEALS,
    EVENTS,
    FILE_KINDS,
    LEADS,
    NOTES,
    PRODUCTS,
    SALESINBOX,
    SINGULAR,
    TASKS,
    VENDORS,
)
from salesinbox.model.text import safe

CUSTOM = "x:"
"""What a meaning begins with that is a field of the rep's own: "x:Shoe Size"."""
OUT = "-"
"""The meaning of a heading that a rep wants left out."""


def fold(heading: str) -> str:
    """A heading as it is compared: width, case, spaces and punctuation make no difference."""
    return "".join(character for character in folding.fold(heading) if character.isalnum())


_MEANINGS = {
    kind: {fold(heading): name for name, headings in reversed(list(fields.items())) for heading in headings.split("|")}
    for kind, fields in WORDS.items()
}
_EXACT = {program: frozenset(headings.split("|")) for program, headings in PROGRAMS.items()}
_PROGRAMS = {program: frozenset(map(fold, headings)) for program, headings in _EXACT.items()}
_OWN = {fold(OWN_ID.format(kind=SINGULAR[kind].title())): kind for kind in FILE_KINDS}


def _set(kind: str, *names: str) -> frozenset[str]:
    return frozenset(fold(heading) for name in names for heading in WORDS[kind][name].split("|"))


# "Name" alone says nothing of a file's kind, nor does what other kinds have too.
_DEAL = _set(DEALS, "name") - {"name"}
_DEAL_MORE = _set(DEALS, "stage", "amount", "closing")
_PERSON = _set(CONTACTS, "first", "last")
_COMPANY = _set(COMPANIES, "domain")
_COMPANY_MORE = _set(COMPANIES, "domain", "industry", "employees", "type", "revenue")
# Each of these is in files of one kind only.
_TELLING: Mapping[str, frozenset[str]] = {
    kind: frozenset(map(fold, headings.split("|")))
    for kind, headings in {
        CASES: "Case Number|Case Origin|Case Reason|Ticket name|Ticket status|ケース番号",
        CALLS: (
            "Call Type|Call Start Time|Call Duration|Call Duration (in minutes)|Call Result|Call Outcome|Call Direction"
            "|通話の種類|通話開始時刻|通話時間"
        ),
        EVENTS: "Event Title|Start DateTime|Meeting Name|Meeting Start Time|All Day|開始日時|予定名",
        TASKS: "Due Date|Task Name|Task Title|Task Owner|タスク名|期日|期限",
        NOTES: "Note Title|Note Content|Note Body|メモの内容|メモのタイトル",
        VENDORS: "Vendor Name|Supplier Name|仕入先名",
        PRODUCTS: "Product Name|Product Code|Unit Price|商品名|製品名|商品コード",
    }.items()
}


def meanings(
    kind: str, headings: Sequence[str], mapping: Mapping[str, str] | None = None, custom: Sequence[str] = ()
) -> list[str]:
    """The field that each heading stands for in a file of the kind, "" where it is not understood.

    Args:
        kind: One of `FILE_KINDS`.
        headings: The first line.
        mapping: The rep's own word on headings: a field's name, "" to leave it out, "x:Name" for a field of their own.
        custom: Names of the fields that the rep has defined; their headings become "x:Name".

    Raises:
        UsageError: The mapping names a heading or a field that is not there.
    """
    known = {fold(name): CUSTOM + name for name in custom} | _MEANINGS[kind]
    found = [known.get(fold(heading), "") for heading in headings]
    for heading, wanted in (mapping or {}).items():
        places = [place for place, one in enumerate(headings) if heading in (one, shown(one))]
        places = places or [place for place, one in enumerate(headings) if fold(one) == fold(heading)]
        if not places:
            raise UsageError(
                _("The file has no heading {heading}. It has: {found}.").format(
                    heading=safe(heading, 40), found=", ".join(safe(one, 40) for one in headings[:30])
                )
            )
        for place in places:
            found[place] = _meant(kind, wanted.strip(), custom)
    return found


def shown(heading: str) -> str:
    """A heading as it is shown, and as a mapping may name it."""
    return safe(restore(heading), 100).strip()


def _meant(kind: str, wanted: str, custom: Sequence[str]) -> str:
    if not wanted:
        return OUT
    if wanted.startswith(CUSTOM):
        name = safe(wanted.removeprefix(CUSTOM), 100).strip()
        if name:
            return CUSTOM + name
    name = FIELD_OF_NAME.get(wanted, wanted)
    if name in WORDS[kind]:
        return name
    if own := next((one for one in custom if fold(one) == fold(wanted)), ""):
        return CUSTOM + own
    if known := _MEANINGS[kind].get(fold(wanted)):
        return known
    raise UsageError(
        _("There is no field {name} in {kind}. Fields are: {names}; x:NAME makes one of your own.").format(
            name=safe(wanted, 40), kind=kind, names=", ".join(names(kind))
        )
    )


def names(kind: str) -> list[str]:
    """The fields that a heading can be mapped to, those of the model first."""
    own = [one.name for one in FIELDS[SINGULAR[kind]]]
    hidden = {"own", "email", "people", "seconds", "state", "hidden"}
    return own + [name for name in WORDS[kind] if name not in own and name not in hidden]


def understood(headings: Sequence[str]) -> int:
    """How many of the headings mean something in the kind of file where most of them do."""
    return max(sum(map(bool, meanings(kind, headings))) for kind in FILE_KINDS)


def complete(kind: str, found: Sequence[str]) -> bool:
    """Whether the fields found are enough for a file of the kind."""
    return any(name in found for name in needed(kind))


def needed(kind: str) -> tuple[str, ...]:
    """Fields of which a file of the kind must have one."""
    return NEEDED.get(kind, ("name",))


def likeliest(headings: Sequence[str]) -> str:
    """The kind that most of the headings fit, also where that says little; contacts before others."""
    kinds = (CONTACTS, *(kind for kind in FILE_KINDS if kind != CONTACTS))
    return max(kinds, key=lambda kind: sum(map(bool, meanings(kind, headings))))


def choices(kind: str) -> list[tuple[str, str]]:
    """(name, English heading) of the fields that a heading can be mapped to, those of the model first."""
    known = {one.name: one.heading for one in FIELDS[SINGULAR[kind]]}
    return [(name, known.get(name) or first(kind, name)) for name in names(kind)]


def program(headings: Sequence[str]) -> str:
    """The program whose export the headings look like, "" where nothing tells, or two as much."""
    folded = {fold(heading) for heading in headings}
    if folded & _OWN.keys():
        return SALESINBOX
    # "Deal Owner" is Zoho's, "Deal owner" HubSpot's: the spelling decides where the words do not.
    exact = {heading.strip() for heading in headings}
    scores = sorted(
        ((len(folded & own), len(exact & _EXACT[name]), name) for name, own in _PROGRAMS.items()), reverse=True
    )
    (*best, name), (*second, _other) = scores[:2]
    return name if best > second else ""


def kind_of(headings: Sequence[str]) -> str:
    """The kind of file that the headings speak of, "" where they do not say it clearly."""
    folded = {fold(heading) for heading in headings}
    if own := next((kind for heading, kind in _OWN.items() if heading in folded), ""):
        return own
    scores = sorted(((len(folded & telling), kind) for kind, telling in _TELLING.items()), reverse=True)
    telling_kind = scores[0][1] if scores[0][0] > scores[1][0] else ""
    if folded & _DEAL and folded & _DEAL_MORE and scores[0][0] < 2:
        return DEALS
    if folded & _PERSON and not (telling_kind in (CASES, CALLS) and scores[0][0] > 1):
        return _people(folded)
    if telling_kind and complete(telling_kind, meanings(telling_kind, headings)):
        return telling_kind
    if folded & _COMPANY_MORE and complete(COMPANIES, meanings(COMPANIES, headings)):
        return COMPANIES
    people = meanings(CONTACTS, headings)
    if "email" in people and "name" in people:
        return _people(folded)
    return ""


def _people(folded: set[str]) -> str:
    """Leads or contacts: what a contact has, too, is called after leads (HubSpot's have both a source and a status)."""
    of_leads = [
        one for one in folded - _set(CONTACTS, "source") if "lead" in one or "見込み客" in one or "リード" in one
    ]
    of_contacts = [one for one in folded if "contact" in one or "連絡先" in one or one == "lifecyclestage"]
    return LEADS if len(of_leads) > len(of_contacts) else CONTACTS


def other_kind(kind: str, headings: Sequence[str]) -> str:
    """The kind that the headings clearly belong to, where it is not the one given; else "".

    Leads and contacts have the same fields, so one is never taken for the other.
    """
    folded = {fold(heading) for heading in headings}
    if kind in (LEADS, CONTACTS, COMPANIES, DEALS):
        if folded & _DEAL and folded & _set(DEALS, "stage", "amount"):
            likely = DEALS
        elif folded & _PERSON:
            likely = LEADS if any("lead" in heading or "見込み客" in heading for heading in folded) else CONTACTS
        elif folded & _COMPANY and complete(COMPANIES, meanings(COMPANIES, headings)):
            likely = COMPANIES
        else:
            likely = "" if complete(kind, meanings(kind, headings)) else kind_of(headings)
    else:
        likely = "" if complete(kind, meanings(kind, headings)) else kind_of(headings)
    if likely == kind or {likely, kind} == {LEADS, CONTACTS}:
        return ""
    if likely == COMPANIES and complete(kind, meanings(kind, headings)):
        return ""  # a website is nothing odd in a file of people
    return likely


def examples(kind: str) -> str:
    """The headings that a file of the kind should have, for a sentence."""
    left_out = ("id", "own", "created", "changed", "began", "ended", "people")
    listed = [headings.split("|")[0] for name, headings in WORDS[kind].items() if name not in left_out]
    first = [WORDS[kind][name].split("|")[0] for name in NEEDED.get(kind, ("name",))]
    return ", ".join(dict.fromkeys([*first, *listed]))


def first(kind: str, name: str) -> str:
    """The heading under which an export writes a field."""
    return WORDS[kind][name].split("|")[0]
