"""vCards in (REC-7): 4.0 (RFC 6350), 3.0 (RFC 2426), and the 2.1 that old phones write.

Written here because the packages that there are know no 4.0. A card is read while it passes: of a file no more than
one card is held, and photographs are not held at all.
"""

import io
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from salesinbox.formats import addresses, charsets, dates, tables
from salesinbox.formats.columns_read import EXTRA_LENGTH, LONG_LENGTH, NAME_LENGTH
from salesinbox.formats.tables import Source
from salesinbox.locale.texts import _
from salesinbox.model.errors import RecordsFileError
from salesinbox.model.fields import FIELDS
from salesinbox.model.imports import CONTACTS, RECORD_ID, SINGULAR, PersonRow, split_name
from salesinbox.model.records import CONTACT, RowError
from salesinbox.model.text import safe, safe_block

OWN_ID = "X-SALESINBOX-ID"
OWN_FIELD = "X-SALESINBOX-FIELD"
"""A field without a property of its own; its name is in the parameter LABEL."""

PLACE = tuple(one.heading for one in FIELDS[CONTACT] if one.name in ("street", "city", "state", "zip", "country"))
"""Headings of the parts of an address, in a card's order."""

_LONGEST_LINE = 1_000_000
_MOST_PROPERTIES = 500
_UNREAD = frozenset({b"PHOTO", b"LOGO", b"SOUND", b"KEY", b"AGENT"})
_NAME = re.compile(rb"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)((?:;(?:\"[^\"]*\"|[^\":;])+)*+):", re.DOTALL)
_PARAMETER = re.compile(rb";((?:\"[^\"]*\"|[^\";])+)")
_CARET = re.compile(r"\^([n'^])")
_CARETS = {"n": "\n", "'": '"', "^": "^"}


@dataclass(slots=True)
class _Property:
    name: str
    value: str
    parameters: Mapping[str, tuple[str, ...]]

    def types(self) -> set[str]:
        """TYPE in lower case; 2.1 writes types without a name."""
        return {
            word.strip().lower()
            for name in ("TYPE", "")
            for value in self.parameters.get(name, ())
            for word in value.split(",")
        }

    @property
    def preferred(self) -> int:
        """1 is best (RFC 6350 §5.3)."""
        if "pref" in self.types():
            return 1
        said = "".join(self.parameters.get("PREF", ()))
        return int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 101


@dataclass(slots=True)
class _Card:
    line: int
    properties: list[_Property] = field(default_factory=list)
    error: str = ""

    def all(self, name: str) -> list[_Property]:
        """Properties of a name, the preferred one first."""
        return sorted((one for one in self.properties if one.name == name), key=lambda one: one.preferred)

    def text(self, name: str) -> str:
        return next((text for one in self.all(name) if (text := plain(one.value).strip())), "")


def read(content: Source, kind: str = CONTACTS) -> Iterator[PersonRow | RowError]:
    """Every card as a lead or contact, with the line on which it begins, or as an error.

    Raises:
        RecordsFileError: There is no card in it.
    """
    found = False
    for card in _cards(content):
        found = True
        if card.error:
            yield RowError(card.line, card.error)
            continue
        try:
            yield _person(card, kind)
        except ValueError as error:
            yield RowError(card.line, safe(str(error)))
    if not found:
        raise RecordsFileError(_("There is no vCard in the file: a card begins with the line BEGIN:VCARD."))


# --- lines ---------------------------------------------------------------------------------------------------------


def _cards(content: Source) -> Iterator[_Card]:
    try:
        encoding = tables.encodings(content)[0]
    except RecordsFileError:
        # Lines folded within a character make a whole file unsound; each value alone is not.
        encoding = "utf-8"
    card: _Card | None = None
    for number, line in _unfolded(content, encoding):
        head = line[:40].strip().upper()
        if head == b"BEGIN:VCARD":
            if card is not None:
                card.error = _("The card does not end.")
                yield card
            card = _Card(number)
        elif card is None:
            continue
        elif head == b"END:VCARD":
            yield card
            card = None
        elif len(card.properties) < _MOST_PROPERTIES and (found := _property(line, encoding)):
            card.properties.append(found)
    if card is not None:
        card.error = _("The card does not end.")
        yield card


def _unfolded(content: Source, encoding: str) -> Iterator[tuple[int, bytes]]:
    """Logical lines with the number of the first physical one (RFC 6350 §3.2); folds of 2.1's own kind, too.

    Octets are put together before they are decoded: a line may be folded within a character.
    """
    first, held, skipped = 0, b"", False
    for number, line in enumerate(_lines(content, encoding), 1):
        folded = line[:1] in (b" ", b"\t") and first
        soft = held.endswith(b"=") and b"QUOTED-PRINTABLE" in held[:300].upper().partition(b":")[0]
        if folded or soft:
            if not skipped and len(held) < _LONGEST_LINE:
                held = held[:-1] + line if soft and not folded else held + line[1:]
            continue
        if first and not skipped:
            yield first, held
        first, held = number, line
        name = re.split(rb"[;:]", line[:60].upper().rpartition(b".")[2], maxsplit=1)[0]
        skipped = name in _UNREAD
    if first and not skipped:
        yield first, held


def _lines(content: Source, encoding: str) -> Iterator[bytes]:
    if encoding.startswith(("utf-16", "utf-32")):
        with io.TextIOWrapper(tables.opened(content), encoding, newline=None) as text:
            yield from (line.rstrip("\n").encode() for line in text)
        return
    with tables.opened(content) as stream:
        start = True
        while line := stream.readline(_LONGEST_LINE):
            for part in line.rstrip(b"\r\n").split(b"\r"):
                yield part.removeprefix(b"\xef\xbb\xbf") if start else part
                start = False


def _property(line: bytes, encoding: str) -> _Property | None:
    found = _NAME.match(line)
    if found is None:
        return None
    parameters: dict[str, tuple[str, ...]] = {}
    for part in _PARAMETER.findall(found[2]):
        written = charsets.decode(part, "utf-8")
        name, equals, value = written.partition("=")
        if not equals:
            name, value = "", name
        value = _CARET.sub(lambda caret: _CARETS[caret[1]], value.replace('"', ""))  # RFC 6868
        parameters[name.strip().upper()] = (*parameters.get(name.strip().upper(), ()), value)
    value_ = line[found.end() :]
    how = {word.upper() for name in ("ENCODING", "") for word in parameters.get(name, ())}
    if "QUOTED-PRINTABLE" in how:
        value_ = quopri.decodestring(value_)
    charset = "".join(parameters.get("CHARSET", ()))
    # A file in UTF-8 says so by being sound UTF-8, whatever an old program wrote beside it.
    label = charset or ("utf-8" if encoding.startswith("utf") else encoding)
    text = charsets.decode(value_, label)
    if "QUOTED-PRINTABLE" in how:
        text = text.replace("\r\n", "\n").replace("\n", "\\n")
    return _Property(found[1].decode("ascii").upper(), text, parameters)


def plain(value: str) -> str:
    """A TEXT value without its escapes (RFC 6350 §3.4)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value, flags=re.DOTALL)


def split(value: str, mark: str) -> list[str]:
    """The parts of a structured or listed value, without escapes."""
    parts = re.findall(rf"((?:\\.|[^\\{mark}])*)(?:{mark}|$)", value, re.DOTALL)
    return [plain(part).strip() for part in parts[:-1] or parts]


# --- a person ------------------------------------------------------------------------------------------------------


def _person(card: _Card, kind: str) -> PersonRow:
    names = split(card.all("N")[0].value, ";") if card.all("N") else []
    last, first = (_name(part) for part in (*names, "", "")[:2])
    if len(names) > 2 and names[2]:
        first = " ".join(part for part in (first, _name(names[2])) if part)
    if not last and not first:
        first, last = split_name(_name(card.text("FN")))
    if not last:
        first, last = "", first
    found: dict[str, None] = {}
    for one in card.all("EMAIL"):
        found.update(dict.fromkeys(addresses.addresses(safe(plain(one.value).removeprefix("mailto:")))))
    if not found and not last:
        raise ValueError(_("The card has neither a mail address nor a name."))
    organisation = split(card.all("ORG")[0].value, ";") if card.all("ORG") else []
    extra = _extra(card, kind, organisation)
    phones = _phones(card)
    for heading, number in phones.items():
        if heading:
            extra.setdefault(heading, number)
    words = [part for one in card.all("CATEGORIES") for part in split(one.value, ",")]
    return PersonRow(
        card.line, first, last, tuple(found),
        company=_name("".join(organisation[:1])),
        title=_name(card.text("TITLE") or card.text("ROLE")),
        phone=phones.get("", ""),
        source=_name(next((plain(one.value) for one in _own_fields(card, "Lead Source")), "")),
        extra=extra,
        own=_name(card.text(OWN_ID))[:20],
        owner=_name(next((plain(one.value) for one in _own_fields(card, "Owner")), "")),
        tags=tuple(dict.fromkeys(filter(None, map(_name, words)))),
        changed=_moment(card.text("REV")),
        created=_moment(card.text("CREATED")),
    )  # fmt: skip


def _name(text: str) -> str:
    return safe(text, NAME_LENGTH).strip()


def _own_fields(card: _Card, label: str = "") -> Iterator[_Property]:
    for one in card.properties:
        if one.name == OWN_FIELD and (not label or "".join(one.parameters.get("LABEL", ())) == label):
            yield one


def _extra(card: _Card, kind: str, organisation: list[str]) -> dict[str, str]:
    extra: dict[str, str] = {}
    for one in _own_fields(card):
        label = safe("".join(one.parameters.get("LABEL", ())), 100).strip()
        if label and label not in ("Lead Source", "Owner"):
            extra[label] = _block(plain(one.value), LONG_LENGTH)
    known = {one.heading for one in FIELDS[SINGULAR[kind]]}
    if len(organisation) > 1 and "Department" in known:
        extra["Department"] = _name(" ".join(part for part in organisation[1:] if part))
    if card.all("ADR"):
        parts = [*split(_address(card).value, ";"), *[""] * 7]
        street = ", ".join(part for part in parts[:3] if part)
        for heading, text in zip(PLACE, (street, *parts[3:7]), strict=True):
            extra[heading] = safe(text.replace("\n", ", "), EXTRA_LENGTH).strip()
    if site := card.text("URL"):
        extra["Website"] = safe(site, EXTRA_LENGTH).strip()
    if birthday := card.text("BDAY"):
        extra["Date of Birth"] = _birthday(birthday)
    if note := card.text("NOTE"):
        extra["Description"] = _block(note, LONG_LENGTH)
    if uid := card.text("UID"):
        extra[RECORD_ID] = _name(uid.removeprefix("urn:uuid:"))
    return {heading: text for heading, text in extra.items() if text}


def _address(card: _Card) -> _Property:
    """The address at work, else the preferred one."""
    return min(card.all("ADR"), key=lambda one: ("work" not in one.types(), one.preferred))


def _phones(card: _Card) -> dict[str, str]:
    """Numbers by heading, "" for the main one: mobile and home numbers are told apart from the office's."""
    found: dict[str, str] = {}
    for one in card.all("TEL"):
        number = _name(plain(one.value).removeprefix("tel:"))
        types = one.types()
        heading = ""
        if types & {"cell", "mobile"}:
            heading = "Mobile"
        elif "fax" in types:
            heading = "Fax"
        elif "home" in types and "work" not in types:
            heading = "Home Phone"
        if number:
            found.setdefault(heading, number)
    return found


def _birthday(value: str) -> str:
    """An ISO date; a birthday without a year (--0412) stays as it is written."""
    text = safe(value, 40).strip()
    if text.startswith("--"):
        return text
    return dates.date(text, day_first=False)


def _moment(value: str) -> int:
    try:
        day, at = dates.moment(_compact(value), day_first=False, zone=dates.UTC)
        return at or (dates.midnight(day, dates.UTC) if day else 0)
    except ValueError:
        return 0


def _compact(value: str) -> str:
    """19970308T143052Z as dates are read elsewhere."""
    return re.sub(r"^(\d{8})T(\d\d)(\d\d)(\d\d)", r"\1T\2:\3:\4", value.strip()[:40])


def _block(text: str, limit: int) -> str:
    text = safe_block(text).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
