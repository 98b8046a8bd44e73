"""Recipients as people type and paste them, as they are shown to be changed, and as they go on the wire (SEND-2).

`parse` takes what comes out of Outlook, Gmail, spreadsheets and Japanese text. It never guesses a recipient away:
what is no address comes back as it was typed, so that it is named before anything is sent.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.mail import Address
from salesinbox.model.text import safe

MAX_TEXT = 500_000
"""Characters of one field that are read; what is beyond comes back as one piece that is no address."""
_LONGEST_LOCAL, _LONGEST = 64, 254  # octets: RFC 5321 §4.5.3.1.1, §4.5.3.1.3 less the angle brackets
_LONGEST_NAME = 300
_LONGEST_LABEL = 63
_SHOWN = 80

# Full-width signs that stand for the plain ones wherever an address is written; one character for one.
_SIGNS = str.maketrans("＜＞＠", "<>@")
# What is opened and never closed quotes nothing: the alternatives for a single sign come after the pairs.
_TOKEN_UNQUOTED = re.compile(
    r"<[^<>\n\r]*>"
    r"|\([^()\n\r]*\)"
    r"|（[^（）\n\r]*）"
    r"|[,;、，；､\n\r\t]"
    r"|:"
    r'|[^"<(（,;、，；､\n\r\t:]+'
    r"|."
)
_TOKEN = re.compile(r'"(?:[^"\\\n\r]|\\[^\n\r])*+"|' + _TOKEN_UNQUOTED.pattern)
_SINGLE_QUOTED = re.compile(r"\s{0,20}'([^'\n\r<>]+)'(?=\s{0,20}<)")
_LINE_END = re.compile(r"[\n\r]")
_SEPARATORS = frozenset(",;、，；､\n\r\t")
_REST_OF_NAME = re.compile(r"[^\n\r,;、，；､<]{0,100}<[^<>\s@]{1,100}@[^<>\s@]{1,300}>")
_ANGLE_NEXT = re.compile(r"\s{0,20}<")
_BARE_NEXT = re.compile(r"[^\t\n\r,;、，；､]*@")
_BLANKS = re.compile(r"\s+")
_COMMA_BETWEEN = re.compile(r"@[^\s,;<>@]{1,300}>?\s{0,20},")
_QUOTED_PAIR = re.compile(r"\\(.)")
# Some Japanese mobile carriers gave out local parts with dots in a row, so those pass; `wire` quotes them.
_LOCAL = re.compile(r"""[^\s@<>()\[\]\\,;:"\x00-\x1f\x7f-\x9f\ufffd、，；]+""")
_QUOTED_LOCAL = re.compile(r'"(?:[ !#-\[\]-~\x80-\U0010ffff]|\\[ -~])+"')
_DOT_ATOM = re.compile(r"[^\s.@]+(?:\.[^\s.@]+)*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?")
# A name that needs no quotation marks to be read again as the same.
_PLAIN_NAME = re.compile(
    r"""(?!['’])[^"<>()（）\[\]\\,;:@＜＞＠、，；､\s]+(?: [^"<>()（）\[\]\\,;:@＜＞＠、，；､\s]+)*"""
)


def parse(text: str) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """(addresses, what is none) of a field of recipients; never raises.

    Commas, semicolons, their Japanese forms, line breaks and tabs keep recipients apart. `Name <a@b.example>`,
    `a@b.example (Name)`, a bare address, `mailto:` links, groups (`Team: a@b.example;`), Outlook's and a
    spreadsheet's ways to write them are understood, full-width letters in addresses too. Each address stands there
    once, whatever its case. What is no address is given back as it was typed.
    """
    rest = text[MAX_TEXT:].strip()
    found: dict[str, Address] = {}
    bad: list[str] = []
    for piece in _pieces(text[:MAX_TEXT]):
        for address in piece.addresses():
            if isinstance(address, str):
                if address:
                    bad.append(address)
            else:
                known = found.setdefault(address.address.lower(), address)
                if address.name and not known.name:
                    found[address.address.lower()] = address
    if rest:
        bad.append(rest[:_SHOWN])
    return tuple(found.values()), tuple(dict.fromkeys(bad))


def text(addresses: Iterable[Address]) -> str:
    """The addresses for a field in which they can be changed: `parse` gives what it gave before.

    A name that is the address itself, or that says nothing, is left out.
    """
    return ", ".join(_written(one) for one in addresses if one.address)


def wire(address: str) -> str:
    """The address as SMTP and headers have it: a domain in A-labels (RFC 5890), the local part quoted if it must be.

    A local part in other letters stays as it is and needs SMTPUTF8 (RFC 6531). A domain of one label passes, since
    mail is sent to and from machines of one's own, too.

    Raises:
        UsageError: It is no address.
    """
    local, _at, domain = address.rpartition("@")
    try:
        encoded = _domain(domain) if _is_local(local) else ""
    except ValueError:
        encoded = ""
    if not encoded:
        raise UsageError(_("“{address}” is not a mail address.").format(address=safe(address, _SHOWN)))
    if local[0] != '"' and not _DOT_ATOM.fullmatch(local):
        local = f'"{local}"'
    if len(f"{local}@{encoded}".encode()) > _LONGEST + 2:
        raise UsageError(_("“{address}” is too long for a mail address.").format(address=safe(address, _SHOWN)))
    return f"{local}@{encoded}"


class _Piece:
    """One recipient as it stands in the text: words, what is in angle brackets, and what is in parentheses."""

    __slots__ = ("angle", "bare", "comments", "end", "quoted", "source", "start", "words")

    def __init__(self, source: str, start: int) -> None:
        self.source = source
        self.start = self.end = start
        self.words: list[str] = []
        self.angle: str | None = None
        self.comments: list[str] = []
        self.bare = False
        self.quoted = False

    def add(self, word: str) -> None:
        self.words.append(word)
        self.bare = self.bare or "@" in word

    def raw(self) -> str:
        return self.source[self.start : self.end].strip()

    def has_address(self) -> bool:
        return self.angle is not None or self.bare

    def addresses(self) -> Iterator[Address | str]:
        """What the piece holds; a str is what is no address, as typed."""
        words = "".join(self.words).strip()
        if self.angle is not None:
            inside = _without_scheme(self.angle)
            address = _address(inside)
            yield self.raw() if not address else Address(self._name(words or " ".join(self.comments), address), address)
            return
        if not words:
            yield self.raw()
            return
        if words[:7].lower() == "mailto:":
            for one in _without_scheme(words).split(","):
                yield Address("", address) if (address := _address(one)) else self.raw()
            return
        parts = words.split()
        read = [_address(part) for part in parts]
        if all(read) and not self.quoted:
            name = " ".join(self.comments) if len(parts) == 1 else ""
            for address in read:
                yield Address(self._name(name, address), address)
        elif sum("@" in part for part in parts) == 1 and (read[0] or read[-1]):
            # The brackets were lost on the way: "Taro Tanaka tanaka@shop.example".
            address = read[-1] or read[0]
            others = parts[:-1] if read[-1] else parts[1:]
            yield Address(self._name(" ".join(others), address), address)
        else:
            whole = _address(words)
            yield Address("", whole) if whole else self.raw()

    def _name(self, words: str, address: str) -> str:
        name = _BLANKS.sub(" ", safe(words[: 2 * _LONGEST_NAME], _LONGEST_NAME)).strip()
        if len(name) > 1 and name[0] + name[-1] in ("''", "“”", "‘’"):
            name = name[1:-1].strip()
        same = unicodedata.normalize("NFKC", name).strip("<>").lower() == address.lower()
        return "" if same else name


def _pieces(text: str) -> Iterator[_Piece]:
    plain = text.translate(_SIGNS)
    outlook = ";" in plain and _COMMA_BETWEEN.search(plain) is None
    piece = _Piece(text, 0)
    at = unquoted = 0
    while at < len(plain):
        if not piece.words and plain[at] in " '" and (single := _SINGLE_QUOTED.match(plain, at)):
            # Outlook's 'Last, First' <a@b.example>
            piece.add(text[single.start(1) : single.end(1)])
            at = piece.end = single.end()
            continue
        token = (_TOKEN_UNQUOTED if at < unquoted else _TOKEN).match(plain, at)
        assert token is not None, "the last alternative takes any character but a line break, the fifth that one"
        found, start, at = token[0], at, token.end()
        if found == '"' and start >= unquoted:
            # Looked for once in a line, else a line of such signs would take time by its square.
            unquoted = _line_end(plain, at)
        if found in _SEPARATORS:
            if not _goes_on(piece, found, plain, at, outlook=outlook):
                yield piece
                piece = _Piece(text, at)
            elif piece.words:
                piece.add(found if found == "," else " ")
                piece.end = at
            continue
        if piece.angle is not None and found[0] not in "(（" and found.strip():
            # "A <a@b.example> B <b@b.example>": a separator was forgotten.
            yield piece
            piece = _Piece(text, start)
        if found == ":" and not piece.has_address() and _is_label(piece, plain, at):
            piece = _Piece(text, at)
            continue
        piece.end = at
        if found[0] == "<" and len(found) > 1:
            if "@" in found or piece.words:
                piece.angle = found[1:-1]
            else:
                piece.add(found)
        elif found[0] in "(（" and len(found) > 1 and piece.has_address():
            piece.comments.append(text[start + 1 : at - 1].strip())
        elif found[0] == '"' and len(found) > 1:
            if plain[at : at + 1] == "@":
                piece.add(found)
            else:
                piece.quoted = True
                piece.add(_QUOTED_PAIR.sub(r"\1", text[start + 1 : at - 1]))
        else:
            # The address signs of the translated text, the letters of the typed one: both are of one length.
            piece.add(found)
    yield piece


def _line_end(text: str, at: int) -> int:
    found = _LINE_END.search(text, at)
    return found.start() if found else len(text)


def _goes_on(piece: _Piece, separator: str, plain: str, at: int, *, outlook: bool) -> bool:
    """Whether what looks like a separator stands inside a recipient."""
    if not piece.words:
        return False
    if separator == "\t":
        # A spreadsheet's columns: the name in one, the address in the other.
        return not (piece.has_address() and _BARE_NEXT.match(plain, at)) and piece.angle is None
    if piece.has_address():
        return False
    if separator in "\n\r":
        return _ANGLE_NEXT.match(plain, at) is not None
    # "Last, First <a@b.example>; …": only where semicolons keep the recipients apart. Elsewhere "tanaka, Suzuki
    # <s@b.example>" is more likely a recipient that is not finished, and it would be lost in the other's name.
    return separator == "," and outlook and "," not in piece.words and _REST_OF_NAME.match(plain, at) is not None


def _is_label(piece: _Piece, plain: str, at: int) -> bool:
    """Whether a colon ends a group's name, or a field's ("To:") that was pasted along."""
    if plain[at : at + 2] == "//":
        return False
    words = "".join(piece.words).strip()
    return bool(words) and words.lower() != "mailto"


def _without_scheme(words: str) -> str:
    words = words.strip()
    if words[:7].lower() == "mailto:":
        words = unquote(words[7:].partition("?")[0])
    return words


@lru_cache(maxsize=4096)
def _address(words: str) -> str:
    """The address in its normal spelling, "" if it is none."""
    words = words.strip().strip("'").strip("‘’“”") if words[:1] != '"' else words.strip()
    if "@" not in words and "＠" not in words:
        return ""
    if len(words) > 2 * _LONGEST:
        return ""
    if not words.isascii():
        words = unicodedata.normalize("NFKC", safe(words))
    local, _at, domain = words.rpartition("@")
    domain = domain.replace("。", ".").rstrip(".").lower()
    if not _is_local(local) or "." not in domain:
        return ""
    try:
        encoded = _domain(domain)
    except ValueError:
        return ""
    return f"{local}@{domain}" if len(f"{local}@{encoded}".encode()) <= _LONGEST else ""


def _is_local(local: str) -> bool:
    if len(local.encode("utf-8", "replace")) > _LONGEST_LOCAL + (2 if local[:1] == '"' else 0):
        return False
    if local[:1] == '"':
        return _QUOTED_LOCAL.fullmatch(local) is not None and safe(local) == local
    return _LOCAL.fullmatch(local) is not None and not local.startswith(".") and safe(local) == local


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """The domain in A-labels. ValueError: it can be none."""
    domain = domain.lower().rstrip(".")
    if not domain.isascii() or "xn--" in domain:
        # Only here: the tables behind it take milliseconds to load.
        import idna  # noqa: PLC0415 - see above

        # Label by label, since idna knows no underscores, and some hosts have them.
        labels = domain.split(".")
        domain = ".".join(
            label if label.isascii() and "xn--" not in label else idna.encode(label, uts46=True).decode("ascii")
            for label in labels
        )
    labels = domain.split(".")
    if not all(len(label) <= _LONGEST_LABEL and _LABEL.fullmatch(label) for label in labels):
        raise ValueError(domain)
    if labels[-1].isdigit() or len(domain) > _LONGEST:
        # A bare number is no domain (RFC 5321 §4.1.3 has brackets round it, and no one's customers live there).
        raise ValueError(domain)
    return domain


def _written(one: Address) -> str:
    name = _BLANKS.sub(" ", safe(one.name, _LONGEST_NAME)).strip()
    if not name or name.lower() == one.address.lower():
        return one.address
    if not _PLAIN_NAME.fullmatch(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    return f"{name} <{one.address}>"
