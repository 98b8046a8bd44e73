"""Names of files as people type, complete, paste and drop them (SEND-9)."""

import os
import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from salesinbox.model.text import safe

_MANY = 5000
"""Names of a folder that are looked through."""
_SHOWN = 40


def read(text: str) -> list[Path]:
    """The files that a line names: one with spaces in it as it stands, several in quotes, or file:// addresses."""
    text = text.strip()
    if not text:
        return []
    whole = _path(text)
    if whole.exists():
        return [whole]
    try:
        words = shlex.split(text)
    except ValueError:  # a quotation mark that is never closed belongs to the name
        words = [text]
    found = [_path(word) for word in words]
    return found if len(found) == 1 or all(path.exists() for path in found) or _quoted(text) else [whole]


def pasted(text: str) -> str:
    """What was pasted or dropped, as one line: a name on each line becomes one in quotes."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) < 2:
        return text.strip()
    return " ".join(line if line[0] in "'\"" else shlex.quote(line) for line in lines)


def complete(text: str) -> tuple[str, list[str]]:
    """The text with what all fitting names have in common, and those names where there are several.

    Only the last name is completed; the one that is given is the only one, or follows a space after another.
    """
    head, tail = _last(text)
    folder, slash, begun = tail.rpartition("/")
    place = _path(folder + slash) if slash else Path.cwd()
    found = sorted(_fitting(place, begun))
    if not found:
        return text, []
    common = _alike(found[0][0], found[-1][0])  # they are sorted: what these two share, all share
    whole = folder + slash + common
    if len(found) == 1 and found[0][1]:
        whole += "/"
    shown = [name + ("/" if is_folder else "") for name, is_folder in found[:_SHOWN]]
    return head + _written(whole, alone=not head), shown if len(found) > 1 else []


def _fitting(place: Path, begun: str) -> Iterator[tuple[str, bool]]:
    """Names in a folder that begin like this, and whether they are folders. What cannot be typed is left out."""
    try:
        with os.scandir(place) as entries:
            for entry in islice(entries, _MANY):
                hidden = entry.name.startswith(".") and not begun.startswith(".")
                if entry.name.startswith(begun) and not hidden and safe(entry.name) == entry.name:
                    yield entry.name, entry.is_dir()
    except OSError:
        return


def _alike(one: str, other: str) -> str:
    end = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:end]


def _last(text: str) -> tuple[str, str]:
    """What stands before the last name, and that name without its quotation marks."""
    if not re.search(r"(?:^|\s)['\"]", text):  # an apostrophe within a name is none of them
        return "", text
    cut = 0
    quote = ""
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == " ":
            cut = at + 1
    return text[:cut], text[cut:].strip("'\"")


def _written(name: str, *, alone: bool) -> str:
    return name if alone or " " not in name else f'"{name}"'


def _quoted(text: str) -> bool:
    return any(sign in text for sign in "'\"\\") or "file://" in text


def _path(text: str) -> Path:
    """A name as it was typed; one that the screen shows otherwise than the disk has it is looked for."""
    text = text.strip()
    if text.lower().startswith("file://"):
        text = unquote(urlsplit(text).path)
    try:
        path = Path(text).expanduser()
    except RuntimeError:  # nobody knows that "~somebody"
        return Path(text)
    try:
        if not path.exists() and path.parent.is_dir():
            alike = (entry for entry in islice(path.parent.iterdir(), _MANY) if safe(entry.name) == path.name)
            return next(alike, path)
    except (OSError, ValueError):
        return path
    return path
