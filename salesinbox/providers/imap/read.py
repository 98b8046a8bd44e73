"""Reading folders over IMAP: what changed since the last time, and the messages themselves.

Changes are asked for by QRESYNC, else by CONDSTORE (RFC 7162), else they are the caller's to find.
"""

from collections.abc import Iterator, Sequence

from salesinbox.locale.texts import _
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import Cursor, Opened, RemoteBody, RemoteHeader, Vanished
from salesinbox.model.text import safe
from salesinbox.providers.imap import parts
from salesinbox.providers.imap.errors import speaking
from salesinbox.providers.imap.fetch import (
    FLAG_ITEMS,
    HEADER_ITEMS,
    WHOLE_ITEMS,
    header,
    is_fetch,
    state,
    uids_found,
    whole,
)
from salesinbox.providers.imap.line import Done, RefusedError
from salesinbox.providers.imap.select import Selected, selected, status
from salesinbox.providers.imap.talk import Talk
from salesinbox.providers.imap.wire import NonsenseError, Text, uid_sets
from salesinbox.providers.session import LARGE

_FIRST_BATCH = 256 * 1024
_GREATEST_BATCH = 4 * 1024 * 1024
_PARTS_IN_COMMAND = 60


class Reading(Talk):
    """Folders that are opened to be synced; none of it changes anything on the server."""

    def open(self, folder: str, cursor: Cursor | None) -> Opened:
        with speaking(self._settings, _("opening {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            name = Text(self._raw(folder))
            self._passing.happened.discard(folder)
            self._passing.closed()
            self._here = None
            done, asked = self._examine(name, cursor)
            told = selected(done.answers)
            # Before anything else is asked: what is said meanwhile is news.
            self._passing.opened(folder, told.exists)
            opened = self._opened(told, cursor, asked=asked)
            self._looked[folder] = (opened.cursor, opened.exists)
            return opened

    def counts(self, folder: str) -> tuple[int, int]:
        with speaking(self._settings, _("counting {folder}").format(folder=safe(folder, 100))):
            self._stop_idle()
            raw = self._raw(folder)
            found: dict[bytes, int] = {}
            for answer in self._run(b"STATUS", Text(raw), b"(MESSAGES UIDNEXT)", passing=False).answers:
                told = status(answer)
                if told and (told[0] == raw or (raw == b"INBOX" and told[0].upper() == raw)):
                    found |= told[1]
                else:
                    self._passing.note(answer)
            if not {b"MESSAGES", b"UIDNEXT"} <= found.keys():
                raise NonsenseError(b"STATUS without MESSAGES and UIDNEXT")
            return found[b"MESSAGES"], found[b"UIDNEXT"]

    def _examine(self, name: Text, cursor: Cursor | None) -> tuple[Done, bool]:
        """Open a folder read-only; with it, whether changes since `cursor` were asked for as well."""
        if "QRESYNC" in self._in_use and cursor is not None and cursor.modseq:
            # As the only parameter: some servers refuse two.
            since = b"(QRESYNC (%d %d))" % (cursor.uidvalidity, cursor.modseq)
            try:
                return self._run(b"EXAMINE", name, since, passing=False), True
            except RefusedError as refusal:
                if refusal.status != b"BAD":
                    raise
                self._in_use.discard("QRESYNC")
        if "CONDSTORE" in self._in_use and "QRESYNC" not in self._in_use:
            return self._run(b"EXAMINE", name, b"(CONDSTORE)", passing=False), False
        return self._run(b"EXAMINE", name, passing=False), False

    def _opened(self, told: Selected, cursor: Cursor | None, *, asked: bool) -> Opened:
        if not told.uidvalidity:
            raise NonsenseError(b"no UIDVALIDITY")
        uidnext = told.uidnext or (self._last_uid() + 1 if told.exists else 1)
        modseq = told.modseq if "CONDSTORE" in self._in_use else 0
        here = Cursor(told.uidvalidity, uidnext, modseq)
        if cursor is None or not cursor.modseq or not modseq or cursor.uidvalidity != told.uidvalidity:
            return Opened(here, told.exists, None, None)
        if asked:
            return Opened(here, told.exists, told.changed, told.vanished)
        changed = dict(told.changed)
        if modseq != cursor.modseq and told.exists:
            since = b"(CHANGEDSINCE %d)" % cursor.modseq
            answers = self._run(b"UID FETCH", b"1:*", FLAG_ITEMS, since).answers
            changed |= dict(found for answer in answers if (found := state(answer)))
        return Opened(here, told.exists, changed, None)

    def _last_uid(self) -> int:
        """The UID of the last message, for servers that keep UIDNEXT to themselves."""
        answers = self._run(b"UID FETCH", b"*", FLAG_ITEMS).answers
        return max((found[0] for answer in answers if (found := state(answer))), default=0)

    # Messages of the open folder.

    def uids(self, low: int = 1) -> list[int]:
        with speaking(self._settings, _("listing the messages")):
            self._stop_idle()
            if not self._passing.exists:
                return []
            which = b"ALL" if low <= 1 else b"UID %d:*" % low
            how = b"UID SEARCH RETURN (ALL)" if "ESEARCH" in self._in_use else b"UID SEARCH"
            found = uids_found(self._run(how, which).answers, low, self._passing.exists)
            if low <= 1:
                self._passing.all_uids(found)
            return found

    def flags(self, uids: Sequence[int] | None) -> dict[int, FlagState]:
        with speaking(self._settings, _("reading flags")):
            self._stop_idle()
            everything = [b"1:*"] if self._passing.exists else []
            sets = everything if uids is None else list(uid_sets(uids))
            wanted = None if uids is None else frozenset(uids)
            found: dict[int, FlagState] = {}
            for named in sets:
                for answer in self._run(b"UID FETCH", named, FLAG_ITEMS).answers:
                    told = state(answer)
                    if told is None:
                        continue
                    uid = told[0]
                    unasked = wanted is not None and uid not in wanted
                    if unasked or uid in found:
                        self._passing.touched()
                    if not unasked:
                        found[uid] = told[1]
            return found

    def headers(self, uids: Sequence[int]) -> list[RemoteHeader]:
        with speaking(self._settings, _("reading headers")):
            self._stop_idle()
            found: dict[int, RemoteHeader] = {}
            for named in uid_sets(uids):
                for answer in self._run(b"UID FETCH", named, HEADER_ITEMS).answers:
                    told = header(answer)
                    if told is not None:
                        found[told.uid] = told
                    elif is_fetch(answer):
                        self._passing.touched()
            return [found[uid] for uid in dict.fromkeys(uids) if uid in found]

    def bodies(self, sizes: Sequence[tuple[int, int]]) -> Iterator[RemoteBody]:
        batch: list[int] = []
        octets, most = 0, _FIRST_BATCH
        for uid, size in dict(sizes).items():
            if batch and (size > LARGE or octets + size > most):
                yield from self._small(batch)
                batch, octets, most = [], 0, min(most * 2, _GREATEST_BATCH)
            if size <= LARGE:
                batch.append(uid)
                octets += size
            elif (body := self._large(uid)) is not None:
                yield body
        if batch:
            yield from self._small(batch)

    def vanished(self) -> list[Vanished]:
        ranges, self._passing.gone = self._passing.gone, []
        return [Vanished(tuple(ranges))] if ranges else []

    def _small(self, uids: list[int]) -> list[RemoteBody]:
        """Whole messages."""
        with speaking(self._settings, _("reading messages")):
            self._stop_idle()
            found: dict[int, bytes] = {}
            for named in uid_sets(uids):
                for answer in self._run(b"UID FETCH", named, WHOLE_ITEMS).answers:
                    told = whole(answer)
                    if told is not None:
                        found[told[0]] = told[1]
                    elif is_fetch(answer):
                        self._passing.touched()
            return [RemoteBody(uid, found[uid]) for uid in uids if uid in found]

    def _large(self, uid: int) -> RemoteBody | None:
        """The text parts of a message, and what was left on the server."""
        with speaking(self._settings, _("reading a large message")):
            self._stop_idle()
            items = self._items(uid, b"(UID BODYSTRUCTURE BODY.PEEK[HEADER])")
            head = items.get(b"BODY[HEADER]")
            if not isinstance(head, bytes):
                return None
            root = parts.structure(items.get(b"BODYSTRUCTURE"))
            if root is None:
                # A structure that cannot be understood: the beginning of the message is better than nothing.
                start = self._items(uid, b"(UID BODY.PEEK[]<0.%d>)" % LARGE).get(b"BODY[]<0>")
                return RemoteBody(uid, parts.whole_lines(start, LARGE)) if isinstance(start, bytes) else None
            asked_for = parts.wanted(root)
            items = {}
            for place in range(0, len(asked_for), _PARTS_IN_COMMAND):
                some = asked_for[place : place + _PARTS_IN_COMMAND]
                items |= self._items(uid, b"(UID " + b" ".join(part.items for part in some) + b")")
            contents = {part.section: content for part in asked_for if (content := part.content(items)) is not None}
            return RemoteBody(uid, parts.rebuilt(root, head, contents), parts.left_out(root))
