"""What sync did and when, for whoever looks for a fault: DATA/log/sync.log, readable by the rep only, and rotated.

A line is `2026-11-24T18:56:01Z account folder event detail`; a name with spaces stands in quotes, "-" for none.
No subject, no address, no text of a message and no secret is ever written: what servers say may hold some, so that
addresses, and words as long as tokens, are left out of it.
"""

import contextlib
import json
import logging.handlers
import os
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

from salesinbox.model.events import Connection, Event, Finished, Progress
from salesinbox.model.text import safe

FILE = "sync.log"
LARGEST = 1_000_000
KEPT = 5
"""Files in all, the newest without a number."""
_FIELD = re.compile(r'"(?:\\.|[^"\\])*"|\S+')
_ADDRESS = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
_TOKEN = re.compile(r"[A-Za-z0-9+/_=.~-]{32,}")
_SAID = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; `detail` is `name=value` pairs, or an error's sentence."""

    time: str
    account: str
    folder: str
    event: str
    detail: str


class Logbook:
    """Notes events from any thread, and never raises: sync goes on where nothing can be written."""

    def __init__(self, data: Path, now: Callable[[], float]) -> None:
        self._now = now
        self._handler = _Private(data / "log" / FILE)

    def note(self, event: Event) -> None:
        """Write what is worth a line: states of accounts, phases that are over, and passes that were asked for."""
        with contextlib.suppress(Exception):
            if isinstance(event, Connection):
                self._write(event.account, "", event.state, _of_connection(event))
            elif isinstance(event, Progress) and event.done >= event.total:
                self._write(event.account, event.folder, event.phase, f"done={event.done}")
            elif isinstance(event, Finished):
                self._finished(event)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._handler.close()

    def _finished(self, event: Finished) -> None:
        report = event.report
        for folder in report.get("folders", ()):
            numbers = " ".join(f"{name}={folder[name]}" for name in ("server", "local", "new", "changed", "gone"))
            self._write(event.account, folder["name"], "ok" if folder["ok"] else "differs", numbers)
            if folder["error"]:
                self._write(event.account, folder["name"], "error", _harmless(folder["error"]))
        if report.get("error"):
            self._write(event.account, "", "error", f"exit={report.get('exit', 1)} {_harmless(report['error'])}")
        else:
            self._write(event.account, "", "pass", f"seconds={report.get('seconds', 0)}")

    def _write(self, account: str, folder: str, event: str, detail: str) -> None:
        time = f"{datetime.fromtimestamp(self._now(), UTC):%Y-%m-%dT%H:%M:%SZ}"
        line = " ".join((time, _name(account), _name(folder), event, detail)).rstrip()
        self._handler.handle(logging.LogRecord("sync", logging.INFO, "", 0, line, None, None))


class _Private(logging.handlers.RotatingFileHandler):
    """A file that is the rep's alone from the moment it exists (SAFE-2), opened when there is something to write."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=LARGEST, backupCount=KEPT - 1, encoding="utf-8", errors="backslashreplace", delay=True
        )

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding=self.encoding, errors=self.errors)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A disk that is full, for one, is told by what cannot be stored, not by what cannot be logged."""


def end(data: Path, lines: int) -> list[Entry]:
    """The last lines, the oldest first; none where nothing was logged. OSError where the files cannot be read."""
    found: deque[str] = deque(maxlen=lines)
    base = data / "log" / FILE
    for path in (*(base.with_name(f"{FILE}.{number}") for number in range(KEPT - 1, 0, -1)), base):
        with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8", errors="replace") as file:
            found.extend(file)
    return [entry for line in found if (entry := _entry(line)) is not None]


def _entry(line: str) -> Entry | None:
    """A line's parts; None for half a line, as a kill leaves it."""
    fields: list[str] = []
    at = 0
    for found in _FIELD.finditer(line):
        fields.append(found[0])
        at = found.end()
        if len(fields) == 4:
            break
    if len(fields) < 4:
        return None
    time, account, folder, event = fields
    return Entry(time, _read(account), _read(folder), event, line[at:].strip())


def _of_connection(event: Connection) -> str:
    if not event.detail:
        return ""
    when = f"next={datetime.fromtimestamp(event.next_try, UTC):%Y-%m-%dT%H:%M:%SZ} " if event.next_try else ""
    return when + _harmless(event.detail)


def _harmless(sentence: str) -> str:
    """An error's sentence in one line, without what may be of a message or a secret."""
    return _TOKEN.sub("…", _ADDRESS.sub("…", safe(sentence, 2 * _SAID)))[:_SAID]


def _name(name: str) -> str:
    """A name as one field."""
    shown = safe(name, 100)
    plain = bool(shown) and shown != "-" and '"' not in shown and not re.search(r"\s", shown)
    return shown if plain else json.dumps(shown, ensure_ascii=False) if shown else "-"


def _read(field: str) -> str:
    if field == "-":
        return ""
    with contextlib.suppress(ValueError):
        return str(json.loads(field)) if field.startswith('"') else field
    return field
