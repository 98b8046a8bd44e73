"""Header fields of mail as it really comes: folded anyhow, encoded wrongly, or raw 8-bit. Nothing raises.

Values are kept as bytes until their structure is known: commas and brackets are found before encoded words
are decoded, so that a decoded name can never pass for an address (RFC 2047 §6.2).
"""

import binascii
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from salesinbox.formats import charsets
from salesinbox.model.mail import Address
from salesinbox.model.text import safe

MAX_TEXT = 998
"""Characters kept of any one decoded value: the longest line that RFC 5322 §2.1.1 allows."""
MAX_REFERENCES = 100
_MAX_RAW_TEXT = 16_384
_MAX_PLAIN = 512
_MAX_PIECES = 100_000
_MAX_RAW_LIST = 1_048_576

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:((?:.*)(?:\n[ \t].*)*)", re.MULTILINE)
_FOLD = re.compile(rb"\n[ \t]+")
_WORD = re.compile(rb"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?(.*?)\?=", re.DOTALL)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_ID = re.compile(rb"<[^<>\s]{1,996}>")
_BARE_ID = re.compile(rb"[^<>\s,;()]{1,900}@[^<>\s,;()]{1,90}")
# Each alternative takes what it has read even where its end is missing: the time stays linear.
# An encoded word is taken whole: brackets in it are letters of a name, however an attacker meant them.
_PIECE = re.compile(
    rb"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?=|"
    rb'"(?:[^"\\]|\\.)*+"?|<[^<>]*>?|[,;:]|\((?:[^()\\]|\\.)*+\)?|[^",;:<(=]+|=',
    re.DOTALL,
)
_PIECE_UNQUOTED = re.compile(rb"<[^<>]*>?|[,;:]|[^,;:<]+")
_PLAIN_ADDRESS = re.compile(rb'([^"<>,;:()\\@]*?)[ \t]*<([^<>@,;:"()\s]+)@([^<>@,;:"()\s]+)>')
_BARE_ADDRESS = re.compile(rb'[^\s"<>,;:()\\@]{1,500}@[^\s"<>,;:()\\@]{1,500}')
_SPECIALS = re.compile(rb'[\s"<>,;:()\\]+')
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_PARAMETER = re.compile(rb';[ \t\n]*([^=;\s"]+)[ \t\n]*=[ \t\n]*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_CONTINUED = re.compile(rb"(.+?)\*(\d{1,3})?(\*)?")


def fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """The fields in their order: names in lower case, values still folded, line ends as line feeds.

    Ends at the first empty line. A line that is no field (mbox's "From ", a stray line) is passed over.
    """
    if b"\r" in header:
        header = header.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if header[:1] in (b" ", b"\t", b"\n"):
        header = header.lstrip(b" \t\n")
    end = header.find(b"\n\n")
    if end >= 0:
        header = header[:end]
    return [(name.lower(), value.strip()) for name, value in _FIELD.findall(header)]


def text(value: bytes, limit: int = MAX_TEXT) -> str:
    """An unstructured value (Subject, a phrase) decoded, on one line, harmless (RFC 2047, READ-3)."""
    if len(value) > _MAX_RAW_TEXT:
        value = value[:_MAX_RAW_TEXT]
    if b"\n" in value:
        value = _FOLD.sub(b" ", value)
    decoded = _decoded(value)
    if "  " in decoded:
        decoded = decoded.strip()
    return safe(decoded, limit).strip()


def _decoded(value: bytes) -> str:
    if b"=?" in value:
        return _with_words(value)
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    return charsets.guess(value)


def _with_words(value: bytes) -> str:
    """Text with encoded words in it.

    Words that follow each other in the same charset are joined as bytes: many Japanese mailers cut a
    character, or a shift state, in two. Words are read inside quoted strings and without spaces round them.
    """
    out: list[str] = []
    label = b""
    waiting: list[tuple[bytes, bytes]] = []
    at = 0
    # Up to the last end of a word: without one each beginning of a word would look for it to the end.
    for word in _WORD.finditer(value, 0, value.rfind(b"?=") + 2):
        between = value[at : word.start()]
        charset, encoding, encoded = word.groups()
        charset = charset.lower()
        if waiting and (charset != label or between.strip()):
            out.append(_joined(waiting, label))
            waiting = []
        if between.strip() or (between and not at):
            out.append(_plain(between))
        label = charset
        waiting.append((encoding, encoded))
        at = word.end()
    if waiting:
        out.append(_joined(waiting, label))
    if at < len(value):
        out.append(_plain(value[at:]))
    return "".join(out)


def _plain(value: bytes) -> str:
    return value.decode("ascii") if value.isascii() and b"\x1b" not in value else charsets.guess(value)


def _joined(words: list[tuple[bytes, bytes]], label: bytes) -> str:
    name = label.decode("ascii", "replace")
    raw = [unbase64(encoded) if encoding in b"bB" else _unquote(encoded) for encoding, encoded in words]
    if len(raw) == 1:
        return charsets.decode(raw[0], name)
    whole = b"".join(raw)
    if charsets.reads(whole, name):
        return charsets.decode(whole, name)
    if all(encoding in b"bB" for encoding, _ in words):
        # Cut in the middle of the Base64, not of the text.
        uncut = unbase64(b"".join(encoded for _, encoded in words))
        if charsets.reads(uncut, name):
            return charsets.decode(uncut, name)
    together = charsets.decode(whole, name)
    apart = "".join(charsets.decode(word, name) for word in raw)
    return apart if apart.count("\ufffd") < together.count("\ufffd") else together


def unbase64(encoded: bytes) -> bytes:
    """What Base64 holds; letters that are none are passed over, missing padding is added."""
    try:
        return binascii.a2b_base64(encoded)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", encoded)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _unquote(encoded: bytes) -> bytes:
    encoded = encoded.replace(b"_", b" ")
    if b"=" not in encoded:
        return encoded
    return _HEX.sub(lambda code: bytes((int(code[1], 16),)), encoded)


def ids(value: bytes) -> list[str]:
    """Message ids with their angle brackets, in their order; a bare one gets its brackets."""
    found = _ID.findall(value)
    if not found:
        found = [b"<" + bare + b">" for bare in _BARE_ID.findall(value[: 2 * MAX_TEXT])]
    if len(found) > 4 * MAX_REFERENCES:
        found = [found[0], *found[-4 * MAX_REFERENCES :]]
    return [safe(one.decode("utf-8", "replace")) for one in found]


def chain(references: bytes, in_reply_to: bytes, own: str = "") -> tuple[str, ...]:
    """The ids that a message answers, oldest first, each once, without its own; the first and the last 99."""
    seen = dict.fromkeys(ids(references))
    if in_reply_to:
        # Some mailers write more than an id here; to take more than one may tie strangers together.
        for parent in ids(in_reply_to)[:1]:
            seen.pop(parent, None)
            seen[parent] = None
    seen.pop(own, None)
    found = tuple(seen)
    return found if len(found) <= MAX_REFERENCES else (found[0], *found[1 - MAX_REFERENCES :])


def addresses(values: Iterable[bytes]) -> tuple[Address, ...]:
    """All mailboxes of address fields (RFC 5322 §3.4): groups are opened, comments and routes left out.

    What holds no address is kept as a name without one if it says anything, so that a person sees it.
    """
    found: list[Address] = []
    for value in values:
        plain = _PLAIN_ADDRESS.fullmatch(value) if len(value) < _MAX_PLAIN else None
        if plain:
            name, local, domain = plain.groups()
            found.append(Address(text(name) if name else "", _address(local, domain)))
        elif _BARE_ADDRESS.fullmatch(value):
            local, _, domain = value.partition(b"@")
            found.append(Address("", _address(local, domain)))
        else:
            found.extend(_mailboxes(_FOLD.sub(b" ", value[:_MAX_RAW_LIST])))
    return tuple(found)


def _mailboxes(value: bytes) -> Iterable[Address]:
    phrase: list[bytes] = []
    comments: list[bytes] = []
    angle: bytes | None = None
    in_group = bare = False
    for piece in islice(_pieces(value), _MAX_PIECES):
        first = piece[:1]
        if first == b"," and angle is None and phrase and not in_group and not bare:
            # "Smith, John <j@x.example>": a comma that should have been quoted.
            phrase.append(piece)
        elif first in (b",", b";"):
            yield from _mailbox(phrase, angle, comments)
            phrase, comments, angle, bare = [], [], None, False
            in_group = in_group and first != b";"
        elif first == b":" and angle is None and not in_group and not bare:
            phrase, comments = [], []
            in_group = True
        elif first == b"<":
            if angle is None or b"@" not in angle:
                angle = piece.strip(b"<>")
        elif first == b"(":
            comments.append(piece.strip(b"()"))
        elif piece.strip() or phrase:
            phrase.append(piece)
            bare = bare or b"@" in piece
    yield from _mailbox(phrase, angle, comments)


def _pieces(value: bytes) -> Iterable[bytes]:
    """Quoted strings, addresses in brackets, comments, separators, and what is between them."""
    for piece in _PIECE.finditer(value):
        text_ = piece[0]
        if text_.startswith(b'"') and (len(text_) == 1 or not text_.endswith(b'"')):
            # A quotation mark that nothing closes quotes nothing.
            yield from _PIECE_UNQUOTED.findall(text_)
            return
        yield text_


def _mailbox(phrase: list[bytes], angle: bytes | None, comments: list[bytes]) -> Iterable[Address]:
    if angle is None:
        # "user@example.com (Name)", or a bare address with a name that lost its brackets.
        words = b"".join(phrase).strip()
        bare = next((word for word in _SPECIALS.split(words) if b"@" in word[1:-1]), None)
        if bare is None:
            name = _name(phrase)
            if name:
                yield Address(name, "")
            return
        local, _, domain = bare.rpartition(b"@")
        rest = words.replace(bare, b"", 1).strip(b' <>"')
        yield Address(_name([rest] if rest else comments), _address(local, domain))
        return
    inside = angle.strip()
    if inside.startswith(b"@") and b":" in inside:
        inside = inside.rpartition(b":")[2]  # an obsolete route (RFC 5322 §4.4)
    if inside.lower().startswith(b"mailto:"):
        inside = inside[7:]
    local, _, domain = inside.rpartition(b"@")
    address = _address(local, domain) if local else ""
    name = _name(phrase) or _name(comments)
    if not address and not name and inside:
        name = text(inside)
    if address or name:
        yield Address(name, address)


def _name(pieces: list[bytes]) -> str:
    unquoted = []
    for piece in pieces:
        if piece.startswith(b'"') and piece.endswith(b'"') and len(piece) > 1:
            inner = piece[1:-1]
            unquoted.append(_QUOTED_PAIR.sub(rb"\1", inner) if b"\\" in inner else inner)
        else:
            unquoted.append(piece)
    name = text(b"".join(unquoted))
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        # Quoted a second time, inside the encoded word or by a careless mailer.
        name = name[1:-1].strip()
    return _BLANKS.sub(" ", name) if "  " in name else name


def _address(local: bytes, domain: bytes) -> str:
    if local.isascii() and domain.isascii():
        both = local.decode("ascii") + "@" + domain.decode("ascii").lower()
    else:
        both = charsets.guess(local) + "@" + charsets.guess(domain).lower()
    both = _BLANKS.sub("", safe(both.strip().rstrip(".")))
    return both[:MAX_TEXT]


@lru_cache(maxsize=512)
def parameters(value: bytes) -> tuple[str, Mapping[str, str]]:
    """A Content-Type or Content-Disposition: its first word in lower case, its parameters (RFC 2045, 2231).

    Continuations are joined, percent-encoding and charsets decoded, encoded words read though RFC 2047 §5
    forbids them here, because mailers write them.
    """
    value = value[:_MAX_RAW_TEXT]
    main, _, _ = value.partition(b";")
    first = main.strip().lower()
    kind = first.decode("ascii", "replace") if first else ""
    found: dict[str, str] = {}
    pieces: dict[bytes, list[tuple[int, bool, bytes]]] = {}
    for name, raw in _PARAMETER.findall(value):
        if raw.startswith(b'"'):
            raw = _QUOTED_PAIR.sub(rb"\1", raw[1:-1] if raw.endswith(b'"') and len(raw) > 1 else raw[1:])  # noqa: PLW2901
        else:
            raw = raw.strip()  # noqa: PLW2901
        name = name.lower()  # noqa: PLW2901
        if b"*" in name:
            part = _CONTINUED.fullmatch(name)
            if part:
                pieces.setdefault(part[1], []).append((int(part[2] or 0), bool(part[3]) or part[2] is None, raw))
                continue
        found.setdefault(name.decode("ascii", "replace"), text(raw))
    for name, parts in pieces.items():
        found[name.decode("ascii", "replace")] = _continued(sorted(parts))
    return kind, MappingProxyType(found)


def _continued(parts: list[tuple[int, bool, bytes]]) -> str:
    label = ""
    whole = []
    for number, encoded, raw in parts:
        if encoded and number == 0 and raw.count(b"'") >= 2:
            charset, _, raw = raw.split(b"'", 2)  # noqa: PLW2901
            label = charset.decode("ascii", "replace")
        whole.append(unquote_to_bytes(raw) if encoded else raw)
    joined = b"".join(whole)
    if not label and b"=?" in joined:
        return text(joined)
    return safe(charsets.decode(joined, label), MAX_TEXT).strip()


_DATE = re.compile(
    rb"(?:[A-Za-z]{2,9}\.?,?\s*)?(\d{1,2})[\s./-]{1,3}([A-Za-z]{3})[a-z]{0,6}[\s.,/-]{1,3}(\d{2,4})"
    rb",?\s+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d{1,9})?\s{0,3}([+-]\d{4}|[A-Za-z]{1,5})?"
)
_DATE_ASCTIME = re.compile(
    rb"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3})[a-z]{0,6}\s+(\d{1,2}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?"
    rb"(?:\s+([+-]\d{4}|[A-Z]{1,5}))?\s+(\d{4})"
)
_DATE_ISO = re.compile(
    rb"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d{1,9})?\s*"
    rb"(Z|[+-]\d{2}:?\d{2})?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}
# RFC 5322 §4.3, and the names that East Asian mailers write though it does not list them.
_ZONES = {
    **dict.fromkeys((b"PST",), -8),
    **dict.fromkeys((b"PDT", b"MST"), -7),
    **dict.fromkeys((b"MDT", b"CST"), -6),
    **dict.fromkeys((b"CDT", b"EST"), -5),
    **dict.fromkeys((b"EDT",), -4),
    **dict.fromkeys((b"BST", b"CET", b"MET"), 1),
    **dict.fromkeys((b"CEST", b"EET"), 2),
    **dict.fromkeys((b"HKT", b"SGT"), 8),
    **dict.fromkeys((b"JST", b"KST"), 9),
}
_EPOCH = date(1970, 1, 1).toordinal()


def seconds(value: bytes) -> int | None:
    """A Date as seconds since 1970, UTC; None when it is none. A missing or unknown zone counts as UTC.

    Reads RFC 5322 §3.3 with its obsolete forms, and the ISO 8601 and asctime forms that some programs write.
    """
    value = value[:100].replace(b"\n", b" ").strip()
    found = _DATE.match(value)
    if found:
        day, month, year, hour, minute, second, zone = found.groups()
        return _seconds(year, _MONTHS.get(month.lower(), 0), day, hour, minute, second, zone)
    found = _DATE_ISO.match(value)
    if found:
        year, month, day, hour, minute, second, zone = found.groups()
        return _seconds(year, int(month), day, hour, minute, second, zone and zone.replace(b":", b""))
    found = _DATE_ASCTIME.match(value)
    if found:
        month, day, hour, minute, second, zone, year = found.groups()
        return _seconds(year, _MONTHS.get(month.lower(), 0), day, hour, minute, second, zone)
    return None


def _seconds(
    year: bytes, month: int, day: bytes, hour: bytes, minute: bytes, second: bytes | None, zone: bytes | None
) -> int | None:
    full_year = int(year)
    if len(year) < 4:  # RFC 5322 §4.3
        full_year += 2000 if len(year) == 2 and full_year < 50 else 1900
    try:
        days = date(full_year, month, int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    hours, minutes, leap = int(hour), int(minute), min(int(second or 0), 59)
    if hours > 24 or minutes > 59:
        return None
    offset = 0
    if zone and zone[0] in b"+-":
        offset = int(zone[1:3]) * 3600 + int(zone[3:5]) * 60
        # Beyond any zone on earth the sign of a broken mailer is no ground to move the date by days.
        offset = 0 if offset > 15 * 3600 else -offset if zone[:1] == b"-" else offset
    elif zone:
        offset = _ZONES.get(zone.upper(), 0) * 3600
    return days * 86400 + hours * 3600 + minutes * 60 + leap - offset
