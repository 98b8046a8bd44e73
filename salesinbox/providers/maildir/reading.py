"""Reading folders of a Maildir: what changed since the last time, and the messages themselves."""

import os
import time
from collections.abc import Iterator, Sequence

from salesinbox.formats import headers
from salesinbox.locale.texts import _
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import Cursor, Opened, RemoteBody, RemoteHeader, Vanished
from salesinbox.model.text import safe
from salesinbox.providers.maildir import contents, files
from salesinbox.providers.maildir.errors import touching
from salesinbox.providers.maildir.looking import Look, Looking
from salesinbox.providers.session import LARGE

_UNFINISHED_SECONDS = 5.0
"""How long a file without an end of its header is waited for; later it counts as whole."""


class Reading(Looking):
    """The methods of a `Session` that read the open folder; each looks anew at what lies there."""

    def open(self, folder: str, cursor: Cursor | None) -> Opened:
        with touching(_("opening {folder}").format(folder=safe(folder, 100))):
            self._open = ""
            look = self._look(folder, cursor)
            self._open, here = folder, look.book.cursor
            self._passed = here.modseq
            self._opened(folder, look)
            exists = len(look.book.uids)
            if cursor is None or not cursor.modseq or cursor.uidvalidity != here.uidvalidity:
                return Opened(here, exists, None, None)
            ledger = self._numbers()
            return Opened(here, exists, ledger.changed(folder, cursor.modseq), ledger.vanished(folder, cursor.modseq))

    def _opened(self, folder: str, look: Look) -> None:
        """A folder was opened; for who watches."""

    def uids(self, low: int = 1) -> list[int]:
        with touching(_("listing the messages")):
            look = self._here()
            return [] if look is None else [uid for uid in look.book.states if uid >= low]

    def flags(self, uids: Sequence[int] | None) -> dict[int, FlagState]:
        with touching(_("reading flags")):
            look = self._here()
            states = look.book.states if look is not None else {}
            if uids is None:
                return dict(states)
            return {uid: states[uid] for uid in sorted(set(uids)) if uid in states}

    def headers(self, uids: Sequence[int]) -> list[RemoteHeader]:
        with touching(_("reading headers")):
            look = self._here()
            if look is None:
                return []
            found = [one for uid in dict.fromkeys(uids) if (one := _header(look, uid)) is not None]
            if found:
                self._numbers().remember_ids(self._open, {one.uid: message_id(one.header) for one in found})
            return found

    def bodies(self, sizes: Sequence[tuple[int, int]]) -> Iterator[RemoteBody]:
        with touching(_("reading messages")):
            look = self._here()
        for uid, size in dict(sizes).items():
            with touching(_("reading messages")):
                raw = whole(look, uid) if look is not None else None
            if raw is None:
                continue
            yield contents.without_attachments(uid, raw) if size > LARGE else RemoteBody(uid, raw)

    def vanished(self) -> list[Vanished]:
        if not self._open or self._ledger is None:
            return []
        gone = self._ledger.vanished(self._open, self._passed)
        version = self._ledger.version(self._open)
        self._passed = version.modseq if version is not None else 0
        return [Vanished(tuple(gone))] if gone else []

    def counts(self, folder: str) -> tuple[int, int]:
        with touching(_("counting {folder}").format(folder=safe(folder, 100))):
            book = self._look(folder).book
            return len(book.uids), book.cursor.uidnext

    def _here(self) -> Look | None:
        """The open folder as it is now; None where none is open."""
        self._numbers()
        return self._look(self._open) if self._open else None


def _header(look: Look, uid: int) -> RemoteHeader | None:
    """A message's header; None where it is gone, and where it is just being written: it shows with the next look."""
    found = look.of(uid)
    if found is None:
        return None
    with files.reading(look.path, *found) as descriptor:
        if descriptor is None:
            return None
        before = os.fstat(descriptor)
        header = files.header_of(descriptor)
        if os.fstat(descriptor).st_size != before.st_size:
            return None
        if len(header) == before.st_size and before.st_mtime > time.time() - _UNFINISHED_SECONDS:
            # No end of the header yet: some programs write where others look already.
            return None
        return RemoteHeader(uid, look.book.states[uid], int(before.st_mtime), before.st_size, header)


def whole(look: Look, uid: int) -> bytes | None:
    """A message with line ends as on the wire; None where it is gone."""
    found = look.of(uid)
    if found is None:
        return None
    with files.reading(look.path, *found) as descriptor:
        return None if descriptor is None else contents.as_on_the_wire(files.content_of(descriptor))


def message_id(header: bytes) -> str:
    """The Message-ID in a header, "" where there is none."""
    value = next((value for name, value in headers.fields(header) if name == b"message-id"), b"")
    ids = headers.ids(value[:2000])
    return ids[0] if ids else ""
