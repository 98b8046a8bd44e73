"""What the sync process tells whoever listens on the wake-up socket. One JSON line each; only ever a hint."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Changed:
    """Committed changes to mail or records: screens look again."""

    account: str = ""
    new: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass has come (UI-5). `phase` is headers or bodies; `seconds_left` is None until it can be told."""

    account: str
    folder: str
    phase: str
    done: int
    total: int
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """The state of an account's line: connecting, syncing, watching, waiting (to try again), stopped."""

    account: str
    state: str
    detail: str = ""
    next_try: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """A pass that somebody asked for is over. `request` is the asker's own word; `report` a status.AccountReport."""

    account: str
    request: str
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an errand to the server. `detail` is a sentence when it failed (`ok` False)."""

    account: str
    request: str
    ok: bool
    detail: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Noticed:
    """A customer waits for an answer since just now (MAG-5). Whoever shows it outside the program keeps to `show`.

    `number`: more than 1 for so many messages that came while nobody looked; the rest is of the newest.
    """

    account: str
    thread: str
    name: str
    subject: str
    deal: str = ""
    number: int = 1


Event = Changed | Progress | Connection | Finished | Answer | Noticed
_KINDS = {
    "changed": Changed,
    "progress": Progress,
    "connection": Connection,
    "finished": Finished,
    "answer": Answer,
    "noticed": Noticed,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def encode(event: Event) -> bytes:
    """One line of JSON, newline included."""
    return (json.dumps({"kind": _NAMES[type(event)], **asdict(event)}) + "\n").encode()


def decode(line: bytes) -> Event | None:
    """The event of a line, or None for a line that this version does not know."""
    try:
        fields = json.loads(line)
        event: Event = _KINDS[fields.pop("kind")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return event
