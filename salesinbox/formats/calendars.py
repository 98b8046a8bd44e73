"""iCalendar text taken apart and put together (RFC 5545 §3.1, 3.3); what is broken is passed over, nothing raises.

Written here because a calendar is read while a person waits for the message: the package that knows all of the
standard takes 130 ms to import, and this reads only what invitations are made of.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

MAX_TEXT = 200_000
"""Characters of a calendar that are looked at."""
_MOST_LINES = 20_000
_MAX_DEPTH = 8
_OCTETS_IN_LINE = 75

_FOLD = re.compile(r"\n[ \t]")
# Each alternative keeps what it has read (possessive): the time stays linear.
_LINE = re.compile(r'([A-Za-z0-9-]{1,60})((?:;[^=:;"]{1,60}=(?:"[^"]*+"|[^":;]++)*+)*+):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([^=:;"]{1,60})=((?:"[^"]*+"|[^":;]++)*+)')
_BROKEN_LINE = re.compile(r"([A-Za-z0-9-]{1,60})[;:]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CARET = re.compile(r"\^([n'^])")
_CARETS = {"n": "\n", "'": '"', "^": "^"}
_MOMENT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?([Zz])?)?")
_DURATION = re.compile(r"([+-])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")
_YEARS = range(1900, 2201)
"""Years beyond these are nobody's meeting, and reckoning with zones fails at the ends of the calendar."""


@dataclass(frozen=True, slots=True)
class Property:
    """A content line: `name` and the parameters' names in upper case, `value` as it is written (escaped)."""

    name: str
    value: str
    parameters: Mapping[str, str]

    @property
    def text(self) -> str:
        """The value as TEXT (§3.3.11): may hold line breaks, and is not harmless."""
        return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], self.value)


@dataclass(slots=True)
class Component:
    """What lies between BEGIN and END."""

    name: str
    properties: list[Property] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        return next((one for one in self.properties if one.name == name), None)

    def value(self, name: str) -> str:
        """The first such property as TEXT, "" where there is none."""
        found = self.first(name)
        return found.text if found else ""

    def named(self, name: str) -> Iterator["Component"]:
        return (part for part in self.parts if part.name == name)


def parse(text: str) -> Component:
    """All components of a text, below one without a name. Components that do not end do so with the text."""
    text = text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n")
    root = Component("")
    open_ = [root]
    ignored = 0
    for line in _FOLD.sub("", text).split("\n", _MOST_LINES)[:_MOST_LINES]:
        found = _property(line)
        if found is None:
            continue
        if found.name == "BEGIN":
            if len(open_) > _MAX_DEPTH or ignored:
                ignored += 1
                continue
            opened = Component(found.value.strip().upper()[:60])
            open_[-1].parts.append(opened)
            open_.append(opened)
        elif found.name == "END":
            if ignored:
                ignored -= 1
                continue
            ended = found.value.strip().upper()
            if any(one.name == ended for one in open_[1:]):
                while open_.pop().name != ended:
                    pass
        elif not ignored:
            open_[-1].properties.append(found)
    return root


def _property(line: str) -> Property | None:
    found = _LINE.match(line)
    if found is None:
        # A quotation mark that nothing closes: the name and the value can still be had.
        broken = _BROKEN_LINE.match(line)
        if broken is None or ":" not in line:
            return None
        return Property(broken[1].upper(), line.partition(":")[2], {})
    parameters: dict[str, str] = {}
    if found[2]:
        for match in _PARAMETER.finditer(found[2]):
            value = match[2].replace('"', "")
            if "^" in value:
                value = _CARET.sub(lambda caret: _CARETS[caret[1]], value)  # RFC 6868
            parameters.setdefault(match[1].strip().upper(), value)
    return Property(found[1].upper(), found[3], parameters)


def moment(value: str) -> tuple[date | datetime, bool] | None:
    """A DATE or DATE-TIME without its zone, and whether it is UTC; None where it makes no sense."""
    found = _MOMENT.match(value.strip()[:40])
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if year not in _YEARS:
        return None
    try:
        if found[4] is None:
            return date(year, month, day), False
        # A leap second counts as the one before it (§3.3.12).
        whole = datetime(year, month, day, int(found[4]), int(found[5]), min(int(found[6] or 0), 59))  # noqa: DTZ001 - the zone is put on by the caller
    except ValueError:
        return None
    return whole, found[7] is not None


def duration(value: str) -> timedelta | None:
    """A DURATION (§3.3.6); None where it makes no sense."""
    found = _DURATION.fullmatch(value.strip().upper()[:40])
    if found is None or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length


def line(name: str, value: str, **parameters: str) -> str:
    """A content line, folded, with its line end (§3.1). `value` is escaped already where it is TEXT."""
    written = name + "".join(f";{key}={_quoted(one)}" for key, one in parameters.items() if one) + f":{value}"
    if "\n" in written or "\r" in written:
        raise ValueError("a content line holds a line break")
    folded: list[str] = []
    start, room, used = 0, _OCTETS_IN_LINE, 0
    for index, character in enumerate(written):
        octets = len(character.encode())
        if used + octets > room:
            folded.append(written[start:index])
            # The blank that begins a continued line counts.
            start, room, used = index, _OCTETS_IN_LINE - 1, 0
        used += octets
    folded.append(written[start:])
    return "\r\n ".join(folded) + "\r\n"


def escaped(text: str) -> str:
    """A text as the value of a property (§3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\r", "\\n").replace("\n", "\\n")


def _quoted(value: str) -> str:
    if value.isascii() and value.replace("-", "").isalnum():
        return value
    return '"' + value.replace("^", "^^").replace('"', "^'").replace("\n", " ").replace("\r", " ") + '"'
