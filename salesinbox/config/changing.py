"""Writing accounts into config.toml, and taking them out (ACC-2): what a person wrote stays octet by octet."""

import contextlib
import fcntl
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from salesinbox.config import load
from salesinbox.config.accounts import ACCOUNT, account
from salesinbox.config.tables import Source, Table, read_file
from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError
from salesinbox.model.settings import Account
from salesinbox.model.text import safe

Tables = Mapping[str, Any]

_MARK = b"\xef\xbb\xbf"
"""That a file is UTF-8, as some editors write it."""
_HEADER = re.compile(r"\s*\[")


def parsed(path: Path, values: Tables, me: str = "") -> Account:
    """The account that `values` (an [[account]] with its tables) would be in `path`. Raises ConfigurationError."""
    source = Source(path, block(values))
    return account(Table(source, "account", (1, 0), tomllib.loads(source.text)["account"][0], ACCOUNT), me)


def names(path: Path) -> tuple[str, ...]:
    """The names of the accounts there, as far as the file can be read; none where there is no file."""
    try:
        found = tomllib.loads(read_file(path).text).get("account", [])
    except (ConfigurationError, tomllib.TOMLDecodeError):
        return ()
    return tuple(str(one.get("name", "")) for one in found if isinstance(one, dict)) if isinstance(found, list) else ()


def taken(path: Path, name: str) -> ConfigurationError:
    return ConfigurationError(
        _('{file} has an account "{name}" already; choose another name.').format(file=path, name=safe(name, 60))
    )


def add(path: Path, values: Tables, me: Tables) -> None:
    """Add an account at the end of the file, which is made where there is none.

    `me`: keys of [me], for a file that has none. Raises ConfigurationError: the name is taken, a value cannot be, the
    file cannot be read or written; nothing is changed then.
    """
    name = str(values.get("name", ""))

    def added(text: str, before: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        listed = before.get("account", [])
        if any(isinstance(one, dict) and one.get("name") == name for one in listed):
            raise taken(path, name)
        blocks = [block(values)]
        after = {**before, "account": [*listed, _plain(values)]}
        if me and "me" not in before:
            blocks.insert(0, "[me]\n" + _pairs(me, ""))
            after = {**after, "me": _plain(me)}
        newline = "\r\n" if "\r\n" in text else "\n"
        gap = "" if not text else newline if text.endswith("\n") else 2 * newline
        return text + gap + "\n".join(blocks).replace("\n", newline), after

    _rewrite(path, added, made=True)


def remove(path: Path, name: str) -> None:
    """Take an account out, with its tables and the comments within; all other lines stay as they are.

    Raises ConfigurationError: there is no such account, it is written in a way that a program cannot take out, or the
    file cannot be read or written; nothing is changed then.
    """

    def removed(text: str, before: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        listed = before.get("account", [])
        numbers = [n for n, one in enumerate(listed, 1) if isinstance(one, dict) and one.get("name") == name]
        if not numbers:
            raise ConfigurationError(_('{file} has no account "{name}".').format(file=path, name=safe(name, 60)))
        after = {**before, "account": [one for number, one in enumerate(listed, 1) if number != numbers[0]]}
        if not after["account"]:
            del after["account"]
        return _without(text, numbers[0]), after

    _rewrite(path, removed)


def block(values: Tables) -> str:
    """An [[account]] as a person would write it, its tables below it."""
    lines = ["[[account]]", *_pairs({k: v for k, v in values.items() if not _is_table(v)}, "").splitlines()]
    for key, table in values.items():
        if _is_table(table):
            lines += [f"  [account.{key}]", *_pairs(table, "  ").splitlines()]
    return "\n".join(lines) + "\n"


def _pairs(table: Tables, indent: str) -> str:
    from tomlkit import item  # noqa: PLC0415 - only where something is written

    return "".join(f"{indent}{key} = {item(_plain(value)).as_string()}\n" for key, value in table.items())


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _plain(value: Any) -> Any:
    """Values as TOML has them: lists for tuples, texts for paths."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return os.fspath(value) if isinstance(value, Path) else value


def _without(text: str, number: int) -> str:
    """The text without the lines of its account of that number, counted from 1.

    Of its tables, from the first heading to the last line that is no comment; blank lines before them go with them.
    Tables of others may lie between.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    drop: set[int] = set()
    here, counted, first = False, 0, -1
    heading = last = -1
    for place, header in _tables(lines):
        if header is None:
            last = place
            continue
        if header == "[account]":
            counted += 1
        table = header.strip("[]")
        before, here = here, counted == number and (table == "account" or table.startswith("account."))
        if before:
            drop.update(range(heading, place if here else last + 1))
        heading = last = place
        first = place if here and first < 0 else first
    if here:
        drop.update(range(heading, last + 1))
    while first > 0 and not lines[first - 1].strip():
        first -= 1
        drop.add(first)
    return "".join(line for place, line in enumerate(lines) if place not in drop)


def _tables(lines: list[str]) -> Iterator[tuple[int, str | None]]:
    """Each line that says something, by its place: "[x]" for the heading of a list x, "x" for a table's, else None.

    Blank lines and comments are left out, but not those within a text or a list of several lines.
    """
    pending = ""
    begun = -1
    for place, line in enumerate(lines):
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        if not pending:
            begun = place
        pending += line
        if not _is_whole(pending):
            continue
        header = _heading(pending) if _HEADER.match(pending) else None
        yield begun, header
        if header is None:
            for further in range(begun + 1, place + 1):
                yield further, None
        pending = ""


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _heading(statement: str) -> str:
    """What a heading's table is called: "[account]" of [[account]], "account.imap" of [account.imap]."""
    inner: Any = tomllib.loads(statement)
    names = []
    listed = False
    while isinstance(inner, dict | list) and inner:
        if isinstance(inner, list):
            listed, inner = True, inner[0]
            continue
        (name, inner), listed = next(iter(inner.items())), False
        names.append(str(name))
    return f"[{'.'.join(names)}]" if listed else ".".join(names)


# --- the file ------------------------------------------------------------------------------------------------------

_Change = Callable[[str, dict[str, Any]], tuple[str, dict[str, Any]]]
"""The new text, and what it must read as."""


def _rewrite(path: Path, change: _Change, *, made: bool = False) -> None:
    with _mapped(path):
        # What a link leads to is written, as where settings lie in a folder of their own under version control.
        target = path.resolve()
        if path.exists() or not made:
            read_file(path)  # its errors are sentences
        elif not target.parent.exists():
            target.parent.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                target.parent.mkdir(mode=0o700)
        with _alone(target.parent):
            _rewrite_alone(path, target, change)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Other copies of this program wait meanwhile. A folder can be locked as it is: nothing is left behind."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)  # the new name must be on the disk, too
    finally:
        os.close(descriptor)


def _rewrite_alone(path: Path, target: Path, change: _Change) -> None:
    content = path.read_bytes() if path.exists() else b""
    mark = _MARK if content.startswith(_MARK) else b""
    text = content.removeprefix(mark).decode()
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            _("{file} is not valid TOML: {reason}.").format(file=path, reason=safe(str(error), 200))
        ) from error
    new, wanted = change(text, before)
    if not _reads_as(new, wanted):
        raise ConfigurationError(
            _(
                "{file} is written in a way that only a person should change, and nothing was changed. Change its "
                "[[account]] by hand."
            ).format(file=path)
        )
    _replace(path, target, content, mark + new.encode())


@contextlib.contextmanager
def _mapped(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            _("{file} cannot be written: {reason}. Nothing was changed.").format(
                file=path, reason=error.strerror or type(error).__name__
            )
        ) from error


def _reads_as(text: str, wanted: dict[str, Any]) -> bool:
    """The text was changed line by line: it counts only if it says what it should, and nothing else has changed."""
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _replace(path: Path, target: Path, before: bytes, after: bytes) -> None:
    """Put the new content in place at one stroke, with the mode and the owner of what was there; 0600 if new."""
    there = target.stat() if target.exists() else None
    # In the same folder: files that the configuration names by relative paths are found while it is checked.
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            if there is not None:
                os.fchmod(descriptor, there.st_mode & 0o777)
                if there.st_uid != os.geteuid() or there.st_gid != os.getegid():
                    with contextlib.suppress(PermissionError):
                        os.fchown(descriptor, there.st_uid, there.st_gid)
            file.flush()
            os.fsync(descriptor)
        _check(path, beside)
        if (target.read_bytes() if target.exists() else b"") != before:
            raise ConfigurationError(
                _("{file} was changed by somebody else just now; nothing was written. Try again.").format(file=path)
            )
        beside.replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()


def _check(path: Path, beside: Path) -> None:
    """ConfigurationError where what is going to be written could not be used."""
    try:
        load(beside)
    except ConfigurationError as error:
        raise ConfigurationError(str(error).replace(str(beside), str(path))) from error
