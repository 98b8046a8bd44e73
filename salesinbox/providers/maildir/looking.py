"""What every request to a Maildir begins with: the folder as it is now, with the numbers of its messages."""

# Paths of this package are octets, which pathlib has none of.
# ruff: noqa: PTH116, PTH118

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import ConfigurationError, NetworkError, ServerError
from salesinbox.model.mail import FlagState
from salesinbox.model.remote import Cursor, RemoteFolder
from salesinbox.model.settings import Account
from salesinbox.model.text import safe
from salesinbox.providers.imap.folders import Listed, with_roles
from salesinbox.providers.maildir import dovecot, files, names
from salesinbox.providers.maildir.errors import touching
from salesinbox.providers.maildir.ledger import FILE, Book, Ledger
from salesinbox.providers.maildir.tree import Tree

_SETTLED_NS = 2_000_000_000
"""How old a folder's time must be to tell by itself that nothing changed: some file systems count whole seconds."""

Signature = tuple[int, ...]


@dataclass(slots=True)
class Look:
    """A folder at one moment. `signature` is empty where another look is needed to be sure that it still is so."""

    path: bytes
    entries: files.Listing
    states: Mapping[bytes, FlagState]
    book: Book
    keywords: Mapping[bytes, str]
    signature: Signature

    _keys: dict[int, bytes] | None = field(default=None, repr=False)

    def key(self, uid: int) -> bytes | None:
        """The unique part of a message's name."""
        if self._keys is None:
            self._keys = {number: key for key, number in self.book.uids.items()}
        return self._keys.get(uid)

    def of(self, uid: int) -> tuple[bytes, files.Entry] | None:
        """A message's unique part and file, None when it is gone."""
        key = self.key(uid)
        entry = self.entries.get(key) if key is not None else None
        return None if key is None or entry is None else (key, entry)


class Looking:
    """The tree, the ledger, and the last look at each folder."""

    def __init__(
        self,
        account: Account,
        _secret: Callable[[], str],
        home: Path | None = None,
        *,
        root: Path | None = None,
    ) -> None:
        """`root` is where the mail lies, if not where the account's settings say."""
        if root is None:
            assert account.maildir is not None
            root = account.maildir.path.expanduser()
        self._account = account
        self._home = home
        self._root = root
        self._tree = Tree(root)
        self._ledger: Ledger | None = None
        self._own: dict[str, set[bytes]] = {}
        """Unique parts of messages that this session wrote to, by folder, since it last told of the folder."""
        self._looks: dict[str, Look] = {}
        self._seen: dict[str, Look] = {}
        """Folders as they were when last something was told of them."""
        self._open = ""
        """The open folder, "" where none is."""
        self._passed = 0
        """The last change in the open folder of which deletions were told."""

    def connect(self) -> None:
        """Raises ConfigurationError where no Maildir lies, and DatabaseError where numbers cannot be kept."""
        self.close()
        where = {"account": safe(self._account.name), "path": safe(str(self._root), 200)}
        try:
            found = self._tree.folders()
        except OSError as error:
            raise ConfigurationError(
                _('account "{account}": the Maildir at {path} cannot be read: {reason}').format(
                    **where, reason=safe(error.strerror or str(error), 100)
                )
            ) from error
        if not found:
            raise ConfigurationError(
                _(
                    'account "{account}": there is no Maildir at {path}: neither it nor a folder in it holds "cur" and '
                    '"new"; set path in [account.maildir] to where the mail lies'
                ).format(**where)
            )
        self._ledger = Ledger(self._home / FILE if self._home is not None else None)

    def close(self) -> None:
        ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()
        self._looks.clear()
        self._seen.clear()
        self._open = ""

    def capabilities(self) -> frozenset[str]:
        return frozenset({"MAILDIR", "CONDSTORE", "QRESYNC", "MOVE", "UIDPLUS"})

    def folders(self) -> list[RemoteFolder]:
        with touching(_("listing the folders")):
            self._numbers()
            found = self._tree.folders()
            return with_roles([Listed(b"", name, names.DELIMITER, frozenset()) for name in found])

    # --- inside -----------------------------------------------------------------------------------------------

    def _numbers(self) -> Ledger:
        if self._ledger is None:
            raise NetworkError(_('account "{account}" is not connected').format(account=safe(self._account.name)))
        return self._ledger

    def _path(self, folder: str) -> bytes:
        """Where a folder lies. Raises ServerError, and closes the open folder, where there is none of that name."""
        self._numbers()
        path = self._tree.path(folder)
        if path is None:
            # As with servers: after a refusal nothing may be done in a folder that is not meant.
            self._open = ""
            raise ServerError(
                _('account "{account}": there is no folder {folder} in {path}').format(
                    account=safe(self._account.name), folder=safe(folder, 100), path=safe(str(self._root), 200)
                )
            )
        return path

    def _look(self, folder: str, known: Cursor | None = None) -> Look:
        """The folder as it is now."""
        ledger = self._numbers()
        path = self._path(folder)
        before = self._looks.get(folder)
        if (
            before is not None
            and known is None
            and before.path == path
            and before.signature
            and before.signature == signature(path)
            and before.book.cursor == ledger.version(folder)
        ):
            return before
        self._looks[folder] = look = _Taking(path, folder).taken(ledger, known)
        return look


class _Taking:
    """One look at a folder; the last listing is the one that counts."""

    def __init__(self, path: bytes, folder: str) -> None:
        self._path, self._folder = path, folder
        self._keywords: Mapping[bytes, str] = {}
        self._signature: Signature = ()
        self._entries: files.Listing = {}
        self._states: dict[bytes, FlagState] = {}

    def taken(self, ledger: Ledger, known: Cursor | None) -> Look:
        # First without the ledger's lock: mostly nothing has changed.
        states = self._listed()
        book = ledger.book(self._folder)
        if (
            not book.cursor.uidvalidity
            or len(states) != len(book.uids)
            or any((state := states.get(key)) is None or state != book.states[uid] for key, uid in book.uids.items())
            or (known is not None and (known.uidnext > book.cursor.uidnext or known.modseq > book.cursor.modseq))
        ):
            book = ledger.settle(self._folder, self._listed, self._ordered, known)
            if any(key not in self._entries for key in book.uids):
                # Seen by one look and not by the last: it may be gone.
                self._signature = ()
        return Look(self._path, self._entries, self._states, book, self._keywords, self._signature)

    def _listed(self) -> Mapping[bytes, FlagState]:
        self._keywords = dovecot.keywords(self._path)
        self._signature = signature(self._path)
        self._entries = files.listed(self._path)
        kept: dict[bytes, FlagState] = {}
        self._states = states = {}
        for key, entry in self._entries.items():
            letters = entry.letters
            state = kept.get(letters)
            if state is None:
                state = kept[letters] = names.state_of(letters, self._keywords)
            states[key] = state
        return states

    def _ordered(self, new: Collection[bytes]) -> Sequence[bytes]:
        """New messages in the order that they arrived in, as their names tell it, else their files."""
        order = {}
        for key in new:
            stamp, pieces = names.arrival_order(key)
            if not stamp:
                entry = self._entries[key]
                try:
                    stamp = int(os.lstat(os.path.join(self._path, entry.part, entry.name)).st_mtime)
                except FileNotFoundError:
                    stamp = int(time.time())
            order[key] = (stamp, pieces)
        return sorted(new, key=order.__getitem__)


def signature(path: bytes) -> Signature:
    """What changes whenever something in a folder does; empty where it may not yet tell the next change from the last.

    Raises OSError.
    """
    times = [os.stat(os.path.join(path, part)).st_mtime_ns for part in (b"new", b"cur")]
    try:
        times.append(os.stat(os.path.join(path, dovecot.KEYWORDS)).st_mtime_ns)
    except FileNotFoundError:
        times.append(0)
    return () if max(times) > time.time_ns() - _SETTLED_NS else tuple(times)
