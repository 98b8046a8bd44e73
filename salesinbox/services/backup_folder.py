"""The folder of a backup: private files, and a manifest by which each is known to be what was written (SAFE-2)."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import RecordsFileError, SalesInboxError
from salesinbox.model.imports import FILE_KINDS
from salesinbox.model.text import safe
from salesinbox.store.backup import TABLES
from salesinbox.store.database import VERSION

MANIFEST = "manifest.json"
FORMAT = "salesinbox-backup"
FORMAT_VERSION = 1
MAIL = "mail.jsonl"
_LARGEST_MANIFEST = 64 * 1024 * 1024


class Counted:
    """Counts what passes."""

    def __init__(self, source: Iterable[Any]) -> None:
        self._source = source
        self.rows = 0

    def __iter__(self) -> Iterator[Any]:
        for one in self._source:
            self.rows += 1
            yield one


def make(folder: Path) -> bool:
    """Make the folder with mode 0700; returns whether it was not there. One with anything in it is refused."""
    try:
        if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
            raise SalesInboxError(
                _("{file} exists already and is left alone; name another folder.").format(file=safe(str(folder)))
            )
        made = not folder.exists()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise SalesInboxError(
            _("{file} cannot be written: {reason}.").format(
                file=safe(str(folder)), reason=error.strerror or type(error).__name__
            )
        ) from error
    return made


def _opened(folder: Path, name: str) -> int:
    path = folder / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def write_text(
    folder: Path,
    name: str,
    texts: Iterable[str],
    entries: dict[str, dict[str, Any]],
    counted: "Counted | None" = None,
) -> None:
    digest = hashlib.sha256()
    size = 0
    with os.fdopen(_opened(folder, name), "wb") as file:
        for line in texts:
            octets = line.encode()
            digest.update(octets)
            size += len(octets)
            file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    entries[name] = {"size": size, "sha256": digest.hexdigest()}
    if counted is not None:
        entries[name]["rows"] = counted.rows


def write_octets(folder: Path, name: str, octets: bytes, entries: dict[str, dict[str, Any]]) -> None:
    with os.fdopen(_opened(folder, name), "wb") as file:
        file.write(octets)
    entries[name] = {"size": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}


def ending(name: str) -> str:
    """The ending of a record's file, so that a person can open it; what is odd about it is left out."""
    found = re.fullmatch(r".*(\.[A-Za-z0-9]{1,8})", name, re.DOTALL)
    return found[1].lower() if found else ""


def read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    path = folder / MANIFEST
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_MANIFEST:
            raise RecordsFileError(
                _("{folder} is no backup: it has no {file}. One that was cut short has none, either.").format(
                    folder=safe(str(folder)), file=MANIFEST
                )
            )
        octets = path.read_bytes()
        found = json.loads(octets)
    except (OSError, ValueError) as error:
        raise _damaged(MANIFEST, folder) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("files"), dict):
        raise _damaged(MANIFEST, folder)
    database = found.get("database")
    if found.get("version") != FORMAT_VERSION or not isinstance(database, int) or database > VERSION:
        raise RecordsFileError(
            _("The backup {folder} was written by a later SalesInbox. Update SalesInbox.").format(
                folder=safe(str(folder))
            )
        )
    return found, hashlib.sha256(octets).hexdigest()


def check(folder: Path, manifest: dict[str, Any]) -> None:
    """Every file is there and is what it was."""
    needed = {f"records/{kind}.csv" for kind in FILE_KINDS} | {f"tables/{table}.jsonl" for table in TABLES}
    if missing := (needed | {MAIL}) - manifest["files"].keys():
        raise _damaged(min(missing), folder)
    for name, entry in manifest["files"].items():
        path = folder / name
        if not re.fullmatch(r"[a-z]+(?:/[a-z0-9_]+)?(?:\.[A-Za-z0-9]{1,8})?", name) or path.is_symlink():
            raise _damaged(name, folder)
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    digest.update(piece)
        except OSError as error:
            raise _damaged(name, folder) from error
        if not isinstance(entry, dict) or digest.hexdigest() != entry.get("sha256"):
            raise _damaged(name, folder)


def _damaged(name: str, folder: Path) -> RecordsFileError:
    return RecordsFileError(
        _("The backup {folder} is damaged: {file} is missing or is not what was written. Nothing was changed.").format(
            folder=safe(str(folder)), file=safe(name, 80)
        )
    )


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(path.name)  # noqa: TRY004 - what is wrong is the file
            yield row


def opener(path: Path) -> Callable[[], Any]:
    return lambda: path.open("rb")


def file_of(folder: Path, row: dict[str, Any]) -> bytes:
    return (folder / "files" / f"{int(row['id'])}{ending(str(row['name']))}").read_bytes()
