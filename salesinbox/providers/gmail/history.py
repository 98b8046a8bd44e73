"""What happened in an account, as `history.list` tells it, remembered so that one look serves all folders."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from salesinbox.providers.gmail.api import ME, Api, objects
from salesinbox.providers.gmail.errors import NonsenseError, RefusedError
from salesinbox.providers.gmail.labels import Folder

PAGE = 500
MOST_IDLE = 10
"""Pages one after the other with nothing new on them, after which a list has no end."""
_MOST_KEPT = 50_000

_KINDS = ("messagesAdded", "labelsAdded", "labelsRemoved", "messagesDeleted")


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one message.

    `labels` are those it has after it, None where that was not told; `changed` are those it got or lost.
    """

    id: int
    uid: int
    added: bool
    gone: bool
    labels: frozenset[str] | None
    changed: frozenset[str]


class EndlessError(NonsenseError):
    """Pages follow on pages, and nothing new is on them."""


class History:
    """The events of an account from an id on. Ids rise; they are those of the whole account."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.newest = 0
        """Up to where it is known; 0: nothing is known."""
        self._oldest = 0
        self._events: list[Event] = []
        self._told_of_changes = self._told_of_additions = False

    def begin(self) -> int:
        """Know from now on; what was before is forgotten. Returns the account's present id."""
        told = self.api.call(self.api.users.getProfile(userId=ME))
        self._oldest = self.newest = _number(told.get("historyId"))
        self._events = []
        return self.newest

    def since(self, start: int) -> list[Event] | None:
        """Events after `start`, asked for up to now; None where the server no longer tells them all."""
        whole = 0 < self._oldest <= start
        try:
            events, newest = self._fetch(self.newest if whole else start)
        except EndlessError:
            events = None
        except RefusedError as refusal:
            if not refusal.is_gone:
                raise
            events = None
        if events is None:
            self.begin()
            return None
        if not whole:
            self._oldest, self._events = start, []
        self._events += events
        self.newest = max(newest, self.newest if whole else start)
        found = [event for event in self._events if event.id > start]
        if len(self._events) > _MOST_KEPT:
            self._oldest, self._events = self.newest, []
        return found

    def _fetch(self, start: int) -> tuple[list[Event], int]:
        """Events after `start`, and the id up to which they are all there."""
        found: list[Event] = []
        newest, last, idle, token = 0, start, 0, None
        while True:
            told = self.api.call(
                self.api.history.list(userId=ME, startHistoryId=str(start), maxResults=PAGE, pageToken=token)
            )
            records = objects(told, "history")
            # What happens while the pages are read is told once more the next time.
            newest = newest or _number(told.get("historyId"))
            highest = max((_number(record.get("id")) for record in records), default=0)
            idle = 0 if highest > last else idle + 1
            last = max(last, highest)
            found += self._events_of(records)
            token = told.get("nextPageToken")
            if not token:
                return found, newest
            if idle > MOST_IDLE:
                raise EndlessError("the history has no end")

    def _events_of(self, records: Iterable[Mapping[str, Any]]) -> list[Event]:
        found = []
        for record in records:
            for kind in _KINDS:
                for change in objects(record, kind):
                    message = change.get("message")
                    if isinstance(message, dict):
                        found.append(self._event(_number(record.get("id")), kind, message, change))
        return found

    def _event(self, id: int, kind: str, message: Mapping[str, Any], change: Mapping[str, Any]) -> Event:
        told = message.get("labelIds")
        labels = frozenset(map(str, told)) if isinstance(told, list) else None
        changes = kind.startswith("labels")
        if labels is not None and kind != "messagesDeleted":
            self._told_of_changes = self._told_of_changes or changes
            self._told_of_additions = self._told_of_additions or not changes
        # An empty list is left away, and not told from one that is never given until one was given.
        if labels is None and kind != "labelsAdded" and (self._told_of_changes if changes else self._told_of_additions):
            labels = frozenset()
        changed = change.get("labelIds")
        return Event(
            id,
            number_of(message.get("id")),
            kind == "messagesAdded",
            kind == "messagesDeleted",
            labels,
            frozenset(map(str, changed)) if isinstance(changed, list) else frozenset(),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message in the end; `labels` None: not told; `moved`: the labels that changed by the way."""

    gone: bool
    added: bool
    labels: frozenset[str] | None
    moved: frozenset[str]


def outcomes(events: Iterable[Event]) -> dict[int, Outcome]:
    """What became of each message, by its number."""
    found: dict[int, Outcome] = {}
    for event in events:
        before = found.get(event.uid)
        moved = event.changed | (before.moved if before else frozenset())
        added = event.added or bool(before and before.added)
        gone = event.gone or bool(before and before.gone and not event.added)
        found[event.uid] = Outcome(gone, added, event.labels, moved)
    return found


def touched(event: Event, folders: Iterable[Folder]) -> set[str]:
    """The folders in which something happened by an event."""
    after = event.labels if event.labels is not None else event.changed
    if event.gone and event.labels is None:
        after = frozenset({"INBOX", "TRASH"})
    concerned = after | event.changed
    found = set()
    for folder in folders:
        if folder.label:
            concerns = folder.label in concerned
        else:
            concerns = folder.holds(after) or not folder.deciding.isdisjoint(event.changed)
        if concerns:
            found.add(folder.name)
    return found


def number_of(id: object) -> int:
    """A message's number from its id, which is hexadecimal. Raises NonsenseError."""
    try:
        return int(str(id), 16)
    except ValueError:
        raise NonsenseError("no message id") from None


def id_of(uid: int) -> str:
    return f"{max(uid, 0):x}"


def _number(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 0
