"""Header fields of mail that leaves (RFC 5322, 2047, 2231): encoded by the standard library, folded between tokens.

The library's own folding is not used, since address lists do not survive it in each of the Pythons that this runs on:
`email.policy.default` dropped a display name's quotation marks where it folded (gh-80222), and encoded the comma
between two addresses with the name behind it (gh-100884); the older `Header` breaks within quoted names. Here a field
is a row of tokens none of which is ever divided, and a line is broken only between two of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from email.header import Header
from email.utils import encode_rfc2231, quote

from salesinbox.formats import recipients
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.mail import Address
from salesinbox.model.text import safe

LINE = 78
"""Characters of a line where it can be helped (RFC 5322 §2.1.1); 998 are never exceeded."""
_WORD = 64
"""Characters of an encoded word: with any field's name before it the line has at most LINE."""
_LONGEST_ID = 900
_FIRST_REFERENCES, _LAST_REFERENCES = 2, 38

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ID = re.compile(r"<[!-;=?-~]+>")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+.^_`{|}~-]+")
# Some readers end a quoted parameter at a semicolon or a quoted pair, and take apostrophes for RFC 2231's.
_QUOTABLE = re.compile(r"[^\"\\;'%*\x00-\x1f\x7f-\U0010ffff]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Field:
    """A header field's value as the library's generator takes it: tokens, folded when it is written.

    `str()` is the value on one line, as it is read.
    """

    def __init__(self, name: str, tokens: Iterable[str]) -> None:
        self._name = name
        self._tokens = tuple(tokens)
        # Whatever was checked before: no token breaks the line, so no field ever begins another (SEND-8).
        if any(_CONTROL.search(token) for token in self._tokens):
            raise UsageError(_("There is a line break or a control character in “{field}”.").format(field=name))

    def __str__(self) -> str:
        return " ".join(self._tokens)

    def encode(self, linesep: str = "\r\n", maxlinelen: int = LINE) -> str:
        """The folded value. Letters that are not ASCII (RFC 6532) go as the octets of UTF-8."""
        lines: list[str] = []
        line, room = "", maxlinelen - len(self._name) - 2
        for token in self._tokens:
            if line and len(line) + 1 + len(token) > room:
                lines.append(line)
                line, room = "", maxlinelen - 1
            line = f"{line} {token}" if line else token
        folded = f"{linesep} ".join([*lines, line])
        return folded.encode().decode("ascii", "surrogateescape")


def checked(value: str, field: str) -> str:
    """The value, with U+FFFD for lone surrogates.

    Raises:
        UsageError: There is a line break or another control character in it (SEND-8); the sentence names the field.
    """
    if not (value.isascii() and value.isprintable()):
        value = _SURROGATE.sub("\ufffd", value)
        if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in value):
            raise UsageError(
                _(
                    "There is a line break or a control character in “{field}”: {value}. Take it out, then the"
                    " message can go."
                ).format(field=field, value=safe(value, 80))
            )
    return value


def words(value: str) -> list[str]:
    """The value as encoded words (RFC 2047), each short enough for the line of any address field's name."""
    return Header(value, "utf-8", maxlinelen=_WORD).encode(linesep="\n").split()


def unstructured(value: str) -> list[str]:
    """Tokens of a text such as the Subject: plain where the text is, and is the same after being folded."""
    plain = (
        value.isascii()
        and value.isprintable()
        and "=?" not in value
        and "  " not in value
        and value == value.strip()
        and all(len(word) < _WORD for word in value.split(" "))
    )
    return value.split(" ") if plain else words(value)


def mailboxes(addresses: Sequence[Address], field: str) -> list[str]:
    """Tokens of an address list.

    Raises:
        UsageError: One of the addresses is none, or a name has a line break in it.
    """
    tokens: list[str] = []
    for number, one in enumerate(addresses):
        found = list(_mailbox(one, field))
        if number < len(addresses) - 1:
            found[-1] += ","
        tokens += found
    return tokens


def _mailbox(one: Address, field: str) -> Iterator[str]:
    name = checked(one.name, field).strip()
    address = recipients.wire(checked(one.address, field))
    if not name:
        yield address
        return
    if _ATOMS.fullmatch(name) and "=?" not in name and all(len(word) < _WORD for word in name.split(" ")):
        yield from name.split(" ")
    elif name.isascii() and "=?" not in name and "  " not in name and len(quote(name)) < _WORD:
        yield f'"{quote(name)}"'
    else:
        yield from words(name)
    yield f"<{address}>"


def message_ids(ids: Iterable[str], field: str) -> list[str]:
    """Tokens of message ids; what cannot stand in a header is left out, since other programs made it up.

    Raises:
        UsageError: There is a line break in one of them.
    """
    return [one for one in (checked(one, field) for one in ids) if len(one) < _LONGEST_ID and _ID.fullmatch(one)]


def shortened(ids: Sequence[str]) -> Sequence[str]:
    """The first and the last ids of a long conversation: enough to tie it together.

    RFC 5322 §3.6.4 knows no limit, but servers have one for the whole header.
    """
    if len(ids) <= _FIRST_REFERENCES + _LAST_REFERENCES:
        return ids
    return (*ids[:_FIRST_REFERENCES], *ids[-_LAST_REFERENCES:])


def parameterised(value: str, parameters: Iterable[tuple[str, str]]) -> list[str]:
    """Tokens of a value with parameters; what is not plain ASCII, or is long, by RFC 2231."""
    tokens = [value]
    for name, content in parameters:
        tokens[-1] += ";"
        tokens += _parameter(name, content)
    return tokens


def _parameter(name: str, content: str) -> list[str]:
    if len(content) < _WORD and _TOKEN.fullmatch(content):
        return [f"{name}={content}"]
    if len(content) < _WORD and _QUOTABLE.fullmatch(content):
        return [f'{name}="{content}"']
    encoded = encode_rfc2231(content, "UTF-8")
    room = _WORD - len(name) - 6
    if len(encoded) <= room:
        return [f"{name}*={encoded}"]
    pieces: list[str] = []
    while encoded:
        end = min(room, len(encoded))
        # Not within an octet's three signs, nor within a letter: some readers decode each piece by itself.
        while end < len(encoded) and ("%" in encoded[end - 2 : end] or _continues(encoded, end)):
            end -= 1
        pieces.append(encoded[:end])
        encoded = encoded[end:]
    last = len(pieces) - 1
    return [f"{name}*{number}*={piece}{';' if number < last else ''}" for number, piece in enumerate(pieces)]


def _continues(encoded: str, at: int) -> bool:
    """Whether the octet at this place is a later one of its letter."""
    return encoded[at] == "%" and encoded[at + 1] in "89AB"
