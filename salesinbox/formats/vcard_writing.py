"""vCards out: 4.0 (RFC 6350), one for each person; `vcards.read` takes them back."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from salesinbox.formats.calendars import escaped, line
from salesinbox.formats.vcards import OWN_FIELD, OWN_ID, PLACE
from salesinbox.model.imports import RECORD_ID, PersonRow, shown_name

_WORDS = {*PLACE, "Department", "Website", "Date of Birth", "Description",
          "Mobile", "Fax", "Home Phone", RECORD_ID}  # fmt: skip
"""Further fields that have a property of their own."""


def write(people: Iterable[PersonRow]) -> Iterator[str]:
    """The cards, one after another; nothing that is in a record can begin a line or end a value."""
    for person in people:
        yield "".join(_card(person))


def _card(person: PersonRow) -> Iterator[str]:
    extra = dict(person.extra)
    name = shown_name(person.first, person.last) or next(iter(person.addresses), "")
    yield line("BEGIN", "VCARD")
    yield line("VERSION", "4.0")
    yield line("FN", _text(name))
    yield line("N", f"{_text(person.last)};{_text(person.first)};;;")
    for place, address in enumerate(person.addresses):
        yield line("EMAIL", _text(address), PREF=str(min(place + 1, 100)))
    department = extra.get("Department", "")
    if person.company or department:
        yield line("ORG", _text(person.company) + (f";{_text(department)}" if department else ""))
    if person.title:
        yield line("TITLE", _text(person.title))
    for types, number in (
        ("work", person.phone),
        ("cell", extra.get("Mobile", "")),
        ("home", extra.get("Home Phone", "")),
        ("fax", extra.get("Fax", "")),
    ):
        if number:
            yield line("TEL", _text(number), VALUE="text", TYPE=types)
    place_ = [extra.get(heading, "") for heading in PLACE]
    if any(place_):
        yield line("ADR", ";;" + ";".join(map(_text, place_)), TYPE="work")
    if extra.get("Website"):
        yield line("URL", _text(extra["Website"]))
    if birthday := extra.get("Date of Birth", ""):
        yield line("BDAY", _text(birthday.replace("-", "") if re.fullmatch(r"\d{4}-\d\d-\d\d", birthday) else birthday))
    if extra.get("Description"):
        yield line("NOTE", _text(extra["Description"]))
    if person.tags:
        yield line("CATEGORIES", ",".join(map(_text, person.tags)))
    if extra.get(RECORD_ID):
        yield line("UID", _text(extra[RECORD_ID]))
    own = {"Lead Source": person.source, "Owner": person.owner}
    own |= {heading: text for heading, text in extra.items() if heading not in _WORDS}
    for heading, text in own.items():
        if text:
            yield line(OWN_FIELD, _text(text), LABEL=heading)
    if person.own:
        yield line(OWN_ID, _text(person.own))
    if person.created:
        yield line("CREATED", _moment(person.created))
    if person.changed:
        yield line("REV", _moment(person.changed))
    yield line("END", "VCARD")


def _text(text: str) -> str:
    return escaped(text)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")
