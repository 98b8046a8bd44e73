"""Reading config.toml with care: what is asked of it is checked for its kind, and an error says where it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.text import safe

Place = tuple[int, int]
"""Which of the accounts, and which of its identities, counted from 1; 0 outside of them.

The same for other lists of tables: which of the pipelines, and which of its stages.
"""

_LISTS = ("account", "account.identity", "pipeline", "pipeline.stage", "field")
_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_STRING = re.compile(r"""\"{3}|'{3}|"(?:[^"\\]|\\.)*"|'[^']*'|#""")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_BLOCK = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text, and where in it something stands."""

    path: Path
    text: str

    def error(self, table: str, place: Place, key: str, sentence: str) -> ConfigurationError:
        line = self._line(table, place, key)
        if line:
            return ConfigurationError(
                _("{file}, line {line}: {sentence}").format(file=self.path, line=line, sentence=sentence)
            )
        return ConfigurationError(_("{file}: {sentence}").format(file=self.path, sentence=sentence))

    def _line(self, table: str, place: Place, key: str) -> int:
        """The line of a key, or of a table's heading; 0 where it cannot be told (an inline table)."""
        wanted = f"{table}.{key}".lstrip(".")
        assignment = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""")
        here, at, heading = "", [0, 0], 0
        counted: dict[str, list[int]] = {}
        for number, line in self._lines():
            if header := _HEADER.match(line):
                here = ".".join(part.strip().strip("\"'") for part in header[1].split("."))
                at = counted.setdefault(here.partition(".")[0], [0, 0])
                if here in _LISTS and "." not in here:
                    at[:] = [at[0] + 1, 0]
                elif here in _LISTS:
                    at[1] += 1
            if any(asked not in (0, found) for asked, found in zip(place, at, strict=True)):
                continue
            if header:
                if here == wanted or here.startswith(wanted + "."):
                    return number
                if here == table:
                    heading = number
            elif here == table and assignment.match(line):
                return number
        return heading

    def _lines(self) -> Iterator[tuple[int, str]]:
        """The lines with their numbers, but for the inside of texts of several lines."""
        within = ""
        for number, line in enumerate(self.text.split("\n"), 1):
            if not within:
                yield number, line
                within = _left_open(line)
            elif within in line:
                within = _left_open(line.partition(within)[2])


def _left_open(line: str) -> str:
    """The quotation marks of a text that begins in the line and goes on in the next; empty: there is none."""
    at = 0
    while (match := _STRING.search(line, at)) and match[0] != "#":
        at = match.end()
        if match[0] in ('"""', "'''"):
            end = line.find(match[0], at)
            if end < 0:
                return match[0]
            at = end + 3
    return ""


class Table:
    """A table of the file; what is asked of it is checked for its kind."""

    def __init__(
        self, source: Source, name: str, place: Place, values: Mapping[str, Any], known: Sequence[str] | None
    ) -> None:
        """`known` None: any key will do. Raises ConfigurationError for the first key that is not known."""
        self.source = source
        self.name = name
        self.place = place
        self.values = values
        if known is not None:
            for key in values:
                if key not in known:
                    raise self.error(key, self._unknown(key, known))

    def error(self, key: str, sentence: str) -> ConfigurationError:
        return self.source.error(self.name, self.place, key, sentence)

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(key, _('text in quotes, like {key} = "…"').format(key=safe(key, 40)))
        if _CONTROL.search(value):
            raise self.error(key, _('"{key}" holds a control character.').format(key=safe(key, 40)))
        return value

    def choice(self, key: str, known: Sequence[str]) -> str:
        """One of these words; the first where the key is left out."""
        value = self.text(key) or known[0]
        if value not in known:
            raise self.error(key, not_among(value, known))
        return value

    def block(self, key: str) -> str:
        """A text that may have several lines, without empty ones at its ends."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(key, _('text in quotes, like {key} = """…"""').format(key=safe(key, 40)))
        lines = value.replace("\r\n", "\n")
        if _CONTROL_IN_BLOCK.search(lines):
            raise self.error(key, _('"{key}" holds a control character.').format(key=safe(key, 40)))
        return lines.strip("\n").rstrip()

    def needed(self, key: str) -> str:
        value = self.text(key).strip()
        if not value:
            raise self.error(key, _('{table} needs "{key}".').format(table=self._label(), key=key))
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, None where the key is left out."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, _('a list of texts, like {key} = ["…", "…"]').format(key=safe(key, 40)))
        if any(_CONTROL.search(item) for item in value):
            raise self.error(key, _('"{key}" holds a control character.').format(key=safe(key, 40)))
        return tuple(value)

    def number(self, key: str, otherwise: int) -> int:
        value = self.values.get(key, otherwise)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(
                key, _("a whole number without quotes, like {key} = {number}").format(key=key, number=otherwise)
            )
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, _("true or false, without quotes"))
        return value

    def table(self, key: str, known: Sequence[str] | None) -> "Table":
        value = self.values.get(key, {})
        inner = f"{self.name}.{key}".lstrip(".")
        if not isinstance(value, dict):
            raise self._wrong(key, _("a table, written [{name}]").format(name=inner))
        return Table(self.source, inner, self.place, value, known)

    def tables(self, key: str, known: Sequence[str]) -> "list[Table]":
        value = self.values.get(key, [])
        inner = f"{self.name}.{key}".lstrip(".")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(key, _("a list of tables, written [[{name}]]").format(name=inner))
        account = self.place[0]
        places = ((account, number) if account else (number, 0) for number in range(1, len(value) + 1))
        return [Table(self.source, inner, place, item, known) for place, item in zip(places, value, strict=True)]

    def _wrong(self, key: str, kind: str) -> ConfigurationError:
        return self.error(
            key,
            _('"{key}" in {table} must be {kind}.').format(key=safe(key, 40), table=self._label(), kind=kind),
        )

    def _unknown(self, key: str, known: Sequence[str]) -> str:
        shown = safe(key, 40)
        if nearest := nearest_of(key, known):
            return _('there is no key "{key}" in {table}; did you mean "{nearest}"?').format(
                key=shown, table=self._label(), nearest=nearest
            )
        return _('there is no key "{key}" in {table}; known are: {known}.').format(
            key=shown, table=self._label(), known=", ".join(known)
        )

    def _label(self) -> str:
        if not self.name:
            return _("the file")
        return f"[[{self.name}]]" if self.name in _LISTS else f"[{self.name}]"


def read_file(path: Path) -> Source:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigurationError(
            _("There is no configuration at {file}. Write it, or name another with --config.").format(file=path)
        ) from error
    except OSError as error:
        raise ConfigurationError(
            _("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror or type(error).__name__)
        ) from error
    try:
        return Source(path, content.removeprefix(b"\xef\xbb\xbf").decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            _("{file}, line {line}: the file is not in UTF-8; save it as UTF-8.").format(file=path, line=line)
        ) from error


def addresses(table: Table, key: str) -> tuple[str, ...]:
    found = table.texts(key) or ()
    for address in found:
        if not is_address(address):
            raise table.error(key, _('"{value}" is not a mail address.').format(value=address))
    return tuple(address.lower() for address in found)


def is_address(text: str) -> bool:
    return re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", text) is not None


def not_among(value: str, known: Sequence[str]) -> str:
    return _('"{value}" is none of: {known}.').format(
        value=safe(value, 40), known=", ".join(f'"{name}"' for name in known)
    )


def nearest_of(word: str, known: "Sequence[str] | set[str]") -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for errors only

    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), by_lower, 1)
    return by_lower[found[0]] if found else ""
