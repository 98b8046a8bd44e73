"""Reading folders by the Gmail API: what changed since the last time, and the messages themselves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from salesinbox.formats import headers as header_fields
from salesinbox.locale.texts import _
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import Cursor, Opened, RemoteBody, RemoteHeader, Vanished
from salesinbox.model.text import safe
from salesinbox.providers.gmail import messages
from salesinbox.providers.gmail.api import ME
from salesinbox.providers.gmail.errors import RefusedError, speaking
from salesinbox.providers.gmail.history import Event, id_of, outcomes
from salesinbox.providers.gmail.labels import Folder
from salesinbox.providers.gmail.messages import Leaf, Tree
from salesinbox.providers.gmail.talk import SEEN, Talk, labels_in, ranges
from salesinbox.providers.imap.parts import whole_lines
from salesinbox.providers.session import LARGE

FEW = 50
"""Messages up to which each is asked for by itself; for more, lists cost less."""
_AT_ONCE, _OCTETS_AT_ONCE = 25, 4_000_000
"""Whole messages that come in one answer."""
_STILL_WHOLE = 8 * 1024 * 1024
"""Octets up to which a message comes whole whose parts do not say all (reports of mail servers)."""
NOWHERE = "gmail.invalid"
"""The domain of ids that stand for those of messages that are not kept (RFC 2606)."""


class Reading(Talk):
    """Folders that are opened to be synced; none of it changes anything on the server."""

    _hand: Mapping[int, RemoteBody] = {}
    _lost: tuple[int, ...] = ()

    def open(self, folder: str, cursor: Cursor | None) -> Opened:
        with speaking(self.account, _("opening {folder}").format(folder=safe(folder, 100))):
            try:
                return self._open(folder, cursor)
            except RefusedError as refusal:
                if not refusal.is_gone:
                    raise
                self._labels_now()  # another client may have deleted the label, and made one of the same name
                return self._open(folder, cursor)

    def _open(self, folder: str, cursor: Cursor | None) -> Opened:
        self._here, self._lost, self._hand = None, (), {}
        found = self._folder(folder)
        events: list[Event] | None = None
        if cursor is not None and cursor.modseq and cursor.uidvalidity == found.validity:
            events = self._since(cursor.modseq)
        else:
            self._up_to_date()
        assert self._history is not None
        now = self._history.newest
        least = cursor.uidnext - 1 if cursor is not None and cursor.uidvalidity == found.validity else 0
        changed, vanished, arrived = self._changes(found, events) if events is not None else (None, None, None)
        highest = self._highest_in(found, max([least, *(arrived or ())]))
        opened = Opened(Cursor(found.validity, highest + 1, now), self._count(found), changed, vanished, arrived)
        self._here = found
        self._looked[folder] = now
        return opened

    def _up_to_date(self) -> None:
        """Have the history up to now, so that what follows is told by it."""
        assert self._history is not None
        self._since(self._history.newest)

    def _changes(
        self, folder: Folder, events: Sequence[Event]
    ) -> tuple[dict[int, FlagState], list[tuple[int, int]], list[int]]:
        """(flags, gone, come) by what happened."""
        became = outcomes(events)
        unsure = [uid for uid, one in became.items() if not one.gone and one.labels is None]
        told = self._labels_of(unsure) if unsure else {}
        changed: dict[int, FlagState] = {}
        gone: list[int] = []
        arrived: list[int] = []
        for uid, one in became.items():
            labels = None if one.gone else one.labels if one.labels is not None else told.get(uid)
            if labels is None or not folder.holds(labels):
                gone.append(uid)
                continue
            changed[uid] = self._state(labels)
            if one.added or not folder.deciding.isdisjoint(one.moved) or one.labels is None:
                arrived.append(uid)
        return changed, ranges(gone), sorted(arrived)

    def counts(self, folder: str) -> tuple[int, int]:
        with speaking(self.account, _("counting {folder}").format(folder=safe(folder, 100))):
            found = self._folder(folder)
            self._up_to_date()
            return self._count(found), self._highest_in(found) + 1

    def vanished(self) -> list[Vanished]:
        lost, self._lost = self._lost, ()
        return [Vanished(tuple(ranges(lost)))] if lost else []

    # Messages of the open folder.

    def uids(self, low: int = 1) -> list[int]:
        with speaking(self.account, _("listing the messages")):
            if self._here is None:
                return []
            # Lists go by date, and numbers by arrival: only a whole list holds all from a number on.
            found = self._listed(self._here)
            if not self._here.label:
                self._archived = set(found)
            if found:
                self._highest[self._here.name] = max(found[-1], self._highest.get(self._here.name, 0))
            return [uid for uid in found if uid >= low]

    def flags(self, uids: Sequence[int] | None) -> dict[int, FlagState]:
        with speaking(self.account, _("reading flags")):
            if self._here is None or uids == []:
                return {}
            return self._states(self._here, uids)

    def _states(self, folder: Folder, uids: Sequence[int] | None) -> dict[int, FlagState]:
        if uids is not None and len(uids) <= FEW:
            return {uid: self._state(labels) for uid, labels in self._labels_of(uids).items() if folder.holds(labels)}
        found = self._states_by_lists(folder)
        return found if uids is None else {uid: found[uid] for uid in dict.fromkeys(uids) if uid in found}

    def headers(self, uids: Sequence[int]) -> list[RemoteHeader]:
        with speaking(self.account, _("reading headers")):
            self._hand = {}
            if self._here is None:
                return []
            wanted: Sequence[int] = list(dict.fromkeys(uids))
            if len(wanted) > 2 * FEW:
                here = set(self._listed(self._here))
                wanted = [uid for uid in wanted if uid in here]
            told = self._gets(wanted, *(("full", None) if self._keeps else ("metadata", ["From"])))
            found = {uid: one for uid, one in told.items() if self._here.holds(labels_in(one))}
            self._known_labels(map(labels_in, found.values()))
            if not self._keeps:
                return [_hidden(uid, one) for uid, one in found.items()]
            self._hand = {uid: body for uid, one in found.items() if (body := _along(uid, one)) is not None}
            return [self._header(uid, one) for uid, one in found.items()]

    def _header(self, uid: int, told: Mapping[str, Any]) -> RemoteHeader:
        return RemoteHeader(uid, self._state(labels_in(told)), seconds(told), _size(told), messages.header(told))

    def at_hand(self, uids: Sequence[int]) -> list[RemoteBody]:
        hand, self._hand = self._hand, {}
        return [hand[uid] for uid in uids if uid in hand]

    def bodies(self, sizes: Sequence[tuple[int, int]]) -> Iterator[RemoteBody]:
        if not self._keeps:
            return
        waiting: list[int] = []
        octets = 0
        for uid, size in sizes:
            if size > LARGE:
                yield from self._wholes(waiting)
                waiting, octets = [], 0
                large = self._large(uid)
                if large is not None:
                    yield large
                continue
            if len(waiting) >= _AT_ONCE or (waiting and octets + size > _OCTETS_AT_ONCE):
                yield from self._wholes(waiting)
                waiting, octets = [], 0
            waiting.append(uid)
            octets += size
        yield from self._wholes(waiting)

    def _wholes(self, uids: Sequence[int]) -> list[RemoteBody]:
        if not uids:
            return []
        with speaking(self.account, _("reading messages")):
            told = self._gets(uids, "raw")
            return [RemoteBody(uid, raw) for uid, one in told.items() if (raw := messages.raw_of(one)) is not None]

    def _large(self, uid: int) -> RemoteBody | None:
        """The text parts of a message, and what was left on the server."""
        with speaking(self.account, _("reading a large message")):
            told = self._gets([uid], "full").get(uid)
            if told is None:
                return None
            tree = messages.tree(told)
            if not tree.is_plain and _size(told) <= _STILL_WHOLE:
                return next(iter(self._wholes([uid])), None)
            return messages.body(told, uid, tree, lambda leaf: whole_lines(self._content(uid, leaf) or b""))

    def _content(self, uid: int, leaf: Leaf) -> bytes | None:
        """A part's octets; None when the message is gone."""
        if not leaf.attachment:
            return leaf.content
        try:
            told = self._api.call(self._api.attachments.get(userId=ME, messageId=id_of(uid), id=leaf.attachment))
        except RefusedError as refusal:
            if refusal.is_gone:
                return None
            raise
        return messages.decoded(told.get("data", ""))


def seconds(told: Mapping[str, Any]) -> int:
    """When a message arrived (internalDate is in milliseconds)."""
    text = str(told.get("internalDate", ""))
    return int(text) // 1000 if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _size(told: Mapping[str, Any]) -> int:
    found = told.get("sizeEstimate", 0)
    return found if isinstance(found, int) else 0


def _along(uid: int, told: Mapping[str, Any]) -> RemoteBody | None:
    """The content that came along with a message's header, unless some of what is read did not."""
    tree: Tree = messages.tree(told)
    return messages.body(told, uid, tree, lambda _leaf: None) if tree.is_plain else None


def _hidden(uid: int, told: Mapping[str, Any]) -> RemoteHeader:
    """All that is kept of a message of which nothing is kept: its ids, the address it is from, and when it came."""
    senders = header_fields.addresses([messages.first(messages.payload_of(told), "From")])
    address = next((one.address for one in senders if one.address), "")
    own, thread = str(told.get("id", "")), str(told.get("threadId", ""))
    fields = [("From", f"<{address}>")] if address else []
    fields.append(("Message-ID", f"<{own}@{NOWHERE}>"))
    if thread and thread != own:
        fields.append(("References", f"<{thread}@{NOWHERE}>"))
    return RemoteHeader(uid, SEEN, seconds(told), 0, messages.written(fields) + b"\r\n")
