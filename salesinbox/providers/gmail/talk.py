"""What all methods of a Gmail session share: the line, the labels, the lists, and the folder that is open."""

import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import NetworkError, ServerError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.model.settings import Account
from salesinbox.model.text import safe
from salesinbox.providers.gmail.api import ME, Api, Asked, objects
from salesinbox.providers.gmail.errors import RefusedError, speaking
from salesinbox.providers.gmail.history import MOST_IDLE, PAGE, EndlessError, Event, History, id_of, number_of
from salesinbox.providers.gmail.labels import ARCHIVE_QUERY, HIDING, Folder, Labels
from salesinbox.providers.gmail.quota import MESSAGE

SEEN = FlagState(Flag.SEEN)
CHUNK = 25
"""Messages that are asked for at one time: a few seconds' worth of the quota."""

Answer = dict[str, Any]


class Talk:
    """One account's line. Used by one thread at a time."""

    def __init__(
        self,
        account: Account,
        secret: Callable[[], str],
        _home: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`clock` is what the quota goes by; `pause` waits for so many seconds; `chance` gives 0 to 1."""
        self.account = account
        self._secret, self._clock, self._pause, self._chance = secret, clock, pause, chance
        self._open_api: Api | None = None
        self._history: History | None = None
        self._labels: Labels | None = None
        self._here: Folder | None = None
        """The folder that is open."""
        self._highest: dict[str, int] = {}
        """The highest number known in each folder that was looked at."""
        self._archived: set[int] | None = None
        """What lies in the archive, which Gmail keeps no count of; None: not listed yet."""
        self._looked: dict[str, int] = {}
        """Folder → the history's id when it was opened last."""
        self._ids: dict[int, dict[str, frozenset[str]]] = {}
        """Message-IDs, by field, of messages that were looked at for one; they never change."""

    # --- the line ------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        self.close()
        with speaking(self.account, _("logging in")):
            self._open_api = Api(self.account, self._secret, clock=self._clock, pause=self._pause, chance=self._chance)
            try:
                self._history = History(self._open_api)
                self._history.begin()
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        if self._open_api is not None:
            self._open_api.close()
        self._open_api = self._history = self._labels = self._here = self._archived = None
        self._highest.clear()
        self._looked.clear()

    def capabilities(self) -> frozenset[str]:
        found = {"GMAIL", "LABELS", "MOVE", "UIDPLUS"}
        if self._open_api is not None and self._open_api.line.encrypted:
            found.add("TLS")
        return frozenset(found)

    @property
    def _api(self) -> Api:
        if self._open_api is None:
            raise NetworkError(
                _('there is no line to Gmail for the account "{account}"').format(account=safe(self.account.name, 60))
            )
        return self._open_api

    @property
    def _keeps(self) -> bool:
        return self.account.keeps_mail

    # --- the quota -----------------------------------------------------------------------------------------------

    def chunk(self) -> int:
        return CHUNK

    def seconds_until(self, messages: int) -> float:
        return self._api.quota.seconds_until(messages * MESSAGE)

    def estimate(self, messages: int) -> float | None:
        return self._api.quota.seconds_for(messages * MESSAGE)

    # --- labels and folders --------------------------------------------------------------------------------------

    def folders(self) -> list[RemoteFolder]:
        with speaking(self.account, _("listing the folders")):
            return self._labels_now().listed()

    def _labels_now(self) -> Labels:
        self._labels = Labels(objects(self._api.call(self._api.labels.list(userId=ME)), "labels"))
        return self._labels

    def _known_labels(self, among: Iterable[Collection[str]] = ()) -> Labels:
        """The labels, asked for anew where some of these are new."""
        if self._labels is None or not all(map(self._labels.known, among)):
            return self._labels_now()
        return self._labels

    def _folder(self, name: str) -> Folder:
        """Raises ServerError where there is no such folder; then none is open any more."""
        found = self._known_labels().folders.get(name) or self._labels_now().folders.get(name)
        if found is None:
            self._here = None
            raise ServerError(
                _('Gmail has no label "{folder}" in the account "{account}"').format(
                    folder=safe(name, 100), account=safe(self.account.name, 60)
                )
            )
        return found

    def _state(self, labels: Collection[str]) -> FlagState:
        """What is known of a message here; nothing where nothing of it is kept (ACC-3)."""
        return self._known_labels().state(labels) if self._keeps else SEEN

    # --- lists ---------------------------------------------------------------------------------------------------

    def _asked_list(
        self, folder: Folder, extra: Sequence[str] = (), query: str = "", token: str | None = None
    ) -> Asked:
        labels = [*([folder.label] if folder.label else []), *extra]
        words = " ".join(part for part in (query, "" if folder.label else ARCHIVE_QUERY) if part)
        return self._api.messages.list(
            userId=ME,
            labelIds=labels or None,
            q=words or None,
            maxResults=PAGE,
            includeSpamTrash=True if folder.label in HIDING else None,
            pageToken=token,
        )

    def _listed(self, folder: Folder, query: str = "", most: int = 0) -> list[int]:
        """Numbers of a folder's messages, ascending; `most` > 0: of the newest about so many.

        Raises EndlessError for pages that do not end: a list that is not whole must not look like one.
        """
        first = self._api.call(self._asked_list(folder, query=query))
        return sorted(self._rest(first, folder, query=query, most=most))

    def _rest(
        self, answer: Answer, folder: Folder, extra: Sequence[str] = (), query: str = "", most: int = 0
    ) -> set[int]:
        """All of a list whose first page this is."""
        found: set[int] = set()
        idle = 0
        while True:
            before = len(found)
            found.update(number_of(one.get("id")) for one in objects(answer, "messages"))
            token = answer.get("nextPageToken")
            if not token or 0 < most <= len(found):
                return found
            idle = 0 if len(found) > before else idle + 1
            if idle > MOST_IDLE:
                raise EndlessError("a list of messages has no end")
            answer = self._api.call(self._asked_list(folder, extra, query, str(token)))

    def _states_by_lists(self, folder: Folder) -> dict[int, FlagState]:
        """State of all messages in a folder: which of them have which labels is told by the page."""
        if not self._keeps:
            return dict.fromkeys(self._listed(folder), SEEN)
        labels = self._known_labels()
        marks = ["UNREAD", "STARRED", "DRAFT", *labels.users]
        asked = {"": self._asked_list(folder)}
        asked |= {mark: self._asked_list(folder, [mark]) for mark in marks if mark != folder.label}
        found: dict[int, set[str]] = {}
        for mark, answer in self._api.batch(asked).items():
            if isinstance(answer, RefusedError):
                if mark in labels.users:
                    continue  # a label that was dropped meanwhile
                raise answer
            numbers = self._rest(answer, folder, [mark] if mark else [])
            if not mark:
                found = {uid: set() for uid in sorted(numbers)}
            for uid in numbers & found.keys():
                found[uid] |= {mark}
        own = {folder.label} if folder.label else set()
        return {uid: self._state((marked | own) - {""}) for uid, marked in found.items()}

    # --- single messages -----------------------------------------------------------------------------------------

    def _gets(self, uids: Iterable[int], form: str, headers: Sequence[str] | None = None) -> dict[int, Answer]:
        """Messages by their numbers, in the order asked for; those that are gone are left out."""
        names = {str(uid): uid for uid in uids}
        asked = {
            name: self._api.messages.get(userId=ME, id=id_of(uid), format=form, metadataHeaders=headers)
            for name, uid in names.items()
        }
        answers = self._api.batch(asked)
        found: dict[int, Answer] = {}
        for name, uid in names.items():
            answer = answers[name]
            if not isinstance(answer, RefusedError):
                found[uid] = answer
            elif not (answer.is_gone or answer.is_no_id):
                raise answer
        return found

    def _labels_of(self, uids: Iterable[int]) -> dict[int, frozenset[str]]:
        return {uid: labels_in(message) for uid, message in self._gets(uids, "minimal").items()}

    # --- what happened -------------------------------------------------------------------------------------------

    def _since(self, start: int) -> list[Event] | None:
        """Events after an id of the history; None where it is too old, and everything has to be looked at."""
        assert self._history is not None
        before = self._history.newest
        found = self._history.since(start)
        if found is None:
            self._archived = None
            return None
        news = [event for event in found if event.id > before]
        labels = self._known_labels(event.labels for event in news if event.labels is not None)
        for event in news:
            self._take_in(event, labels)
        return found

    def _take_in(self, event: Event, labels: Labels) -> None:
        """Keep what is known of the archive, and of the highest numbers, up to date."""
        if event.labels is None and not event.gone:
            self._archived = None
        elif self._archived is not None:
            archive = labels.by_label[""]
            if not event.gone and archive.holds(event.labels or ()):
                self._archived.add(event.uid)
            else:
                self._archived.discard(event.uid)
        for name in self._highest:
            folder = labels.folders.get(name)
            if folder is not None and not event.gone and folder.holds(event.labels or ()):
                self._highest[name] = max(self._highest[name], event.uid)

    def _highest_in(self, folder: Folder, least: int = 0) -> int:
        """The highest number in a folder as far as is known; a first look reads the newest page only."""
        if folder.name not in self._highest:
            newest = self._listed(folder, most=1) if least <= 0 else [least]
            self._highest[folder.name] = max(newest, default=0)
        self._highest[folder.name] = max(self._highest[folder.name], least)
        return self._highest[folder.name]

    def _count(self, folder: Folder) -> int:
        if folder.label:
            told = self._api.call(self._api.labels.get(userId=ME, id=folder.label)).get("messagesTotal", 0)
            return told if isinstance(told, int) else 0
        if self._archived is None:
            self._archived = set(self._listed(folder))
        return len(self._archived)


def labels_in(message: Mapping[str, Any]) -> frozenset[str]:
    found = message.get("labelIds")
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()


def ranges(uids: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as inclusive ranges, ascending."""
    found: list[tuple[int, int]] = []
    for uid in sorted(set(uids)):
        if found and found[-1][1] == uid - 1:
            found[-1] = (found[-1][0], uid)
        else:
            found.append((uid, uid))
    return found
