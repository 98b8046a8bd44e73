"""The numbers of messages in Maildir folders, which have none of their own: kept beside the mail, in a file of ours.

Numbers rise and are never given twice; a ledger that is lost, or older than what others know of it, gives its folders
a new UIDVALIDITY. Each change has a number, too, so that a folder tells what changed since then, as servers with
CONDSTORE and QRESYNC do (RFC 7162). Several sessions and processes may use one ledger at the same time.
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import DatabaseError
from salesinbox.model.mail import Flag, FlagState
from salesinbox.model.remote import Cursor

FILE = "numbers.db"
_VERSION = 1
_BUSY_SECONDS = 30.0
_LOOKS_AGAIN = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS folder (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  uidvalidity INTEGER NOT NULL, uidnext INTEGER NOT NULL, modseq INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS message (
  folder INTEGER NOT NULL, uid INTEGER NOT NULL, key BLOB NOT NULL, flags INTEGER NOT NULL, keywords TEXT NOT NULL,
  modseq INTEGER NOT NULL, message_id TEXT, PRIMARY KEY (folder, uid), UNIQUE (folder, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone (
  folder INTEGER NOT NULL, uid INTEGER NOT NULL, modseq INTEGER NOT NULL, PRIMARY KEY (folder, uid)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Book:
    """A folder's numbers at one moment. `uids` is by the unique part of names; both mappings ascend by number."""

    cursor: Cursor
    uids: Mapping[bytes, int]
    states: Mapping[int, FlagState]


class Ledger:
    """Used by one thread at a time. `path` None: in memory, and lost at the end."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        try:
            try:
                self._connection = _opened(path)
            except sqlite3.DatabaseError as error:
                if path is None or isinstance(error, sqlite3.OperationalError):
                    raise
                # Damaged, or another program's: begun afresh, under new numbers.
                path.replace(path.with_name(f"{path.name}.damaged"))
                # Its journal would be played into the new one.
                path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
                self._connection = _opened(path)
        except (sqlite3.Error, OSError) as error:
            raise self._mapped(error) from error

    def close(self) -> None:
        self._connection.close()

    def version(self, folder: str) -> Cursor | None:
        """Where a folder stands, None where it was never looked at."""
        with self._speaking():
            row = self._row(folder)
            return None if row is None else Cursor(row[1], row[2], row[3])

    def book(self, folder: str) -> Book:
        """A folder's numbers; where it was never looked at, it has none."""
        with self._transaction("BEGIN"):
            row = self._row(folder)
            return Book(Cursor(0, 1), {}, {}) if row is None else self._book(row)

    def settle(
        self,
        folder: str,
        look: Callable[[], Mapping[bytes, FlagState]],
        ordered: Callable[[Collection[bytes]], Sequence[bytes]],
        known: Cursor | None = None,
    ) -> Book:
        """Make the ledger equal to what `look` tells of a folder (unique part of the name -> flags).

        `look` is called inside a transaction, so that of two who look at the same time the later one is believed;
        and again where something is missing, for a file that is just being renamed may not show: only what no look
        shows is gone. `ordered` puts
        new messages in the order in which they get their numbers. `known` is what others know of the folder: where
        that is more than stands here, the ledger is an old copy, and all numbers are given anew.
        """
        with self._transaction() as execute:
            here = dict(look())
            row = self._row(folder)
            if row is None or (known is not None and _outdated(row, known)):
                row = self._begun(folder, row)
            book = self._book(row)
            for _again in range(_LOOKS_AGAIN):
                if all(key in here for key in book.uids):
                    break
                here |= look()
            number, uidvalidity, uidnext, modseq = row
            new = ordered([key for key in here if key not in book.uids])
            gone = [uid for key, uid in book.uids.items() if key not in here]
            changed = [
                (int(state.flags), state.keywords, modseq + 1, number, uid)
                for key, uid in book.uids.items()
                if (state := here.get(key)) is not None and state != book.states[uid]
            ]
            if not new and not gone and not changed:
                return book
            modseq += 1
            execute("UPDATE folder SET uidnext = ?, modseq = ? WHERE id = ?", (uidnext + len(new), modseq, number))
            many = self._connection.executemany
            many("UPDATE message SET flags = ?, keywords = ?, modseq = ? WHERE folder = ? AND uid = ?", changed)
            many("DELETE FROM message WHERE folder = ? AND uid = ?", ((number, uid) for uid in gone))
            many("INSERT INTO gone (folder, uid, modseq) VALUES (?, ?, ?)", ((number, uid, modseq) for uid in gone))
            many(
                "INSERT INTO message (folder, uid, key, flags, keywords, modseq) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (number, uidnext + place, key, int(here[key].flags), here[key].keywords, modseq)
                    for place, key in enumerate(new)
                ),
            )
            return self._book((number, uidvalidity, uidnext + len(new), modseq))

    def changed(self, folder: str, since: int) -> dict[int, FlagState]:
        """Messages that came, or whose flags changed, after the change of that number."""
        with self._speaking():
            rows = self._connection.execute(
                "SELECT uid, flags, keywords FROM message"
                " WHERE folder = (SELECT id FROM folder WHERE name = ?) AND modseq > ? ORDER BY uid",
                (folder, since),
            )
            return {uid: FlagState(Flag(flags), keywords) for uid, flags, keywords in rows}

    def vanished(self, folder: str, since: int) -> list[tuple[int, int]]:
        """Numbers of messages that went after the change of that number, as inclusive ranges."""
        with self._speaking():
            rows = self._connection.execute(
                "SELECT uid FROM gone WHERE folder = (SELECT id FROM folder WHERE name = ?) AND modseq > ?"
                " ORDER BY uid",
                (folder, since),
            )
            ranges: list[tuple[int, int]] = []
            for (uid,) in rows:
                if ranges and ranges[-1][1] == uid - 1:
                    ranges[-1] = (ranges[-1][0], uid)
                else:
                    ranges.append((uid, uid))
            return ranges

    def message_ids(self, folder: str) -> dict[int, str | None]:
        """UID -> Message-ID of a folder's messages; None where it is not known yet, "" where there is none."""
        with self._speaking():
            return dict(
                self._connection.execute(
                    "SELECT uid, message_id FROM message WHERE folder = (SELECT id FROM folder WHERE name = ?)"
                    " ORDER BY uid",
                    (folder,),
                )
            )

    def remember_ids(self, folder: str, ids: Mapping[int, str]) -> None:
        """Keep the Message-IDs of messages, which never change."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE message SET message_id = ? WHERE folder = (SELECT id FROM folder WHERE name = ?) AND uid = ?",
                ((message_id, folder, uid) for uid, message_id in ids.items()),
            )

    # --- inside -----------------------------------------------------------------------------------------------

    def _row(self, folder: str) -> tuple[int, int, int, int] | None:
        row: tuple[int, int, int, int] | None = self._connection.execute(
            "SELECT id, uidvalidity, uidnext, modseq FROM folder WHERE name = ?", (folder,)
        ).fetchone()
        return row

    def _book(self, row: tuple[int, int, int, int]) -> Book:
        uids: dict[bytes, int] = {}
        states: dict[int, FlagState] = {}
        kept: dict[tuple[int, str], FlagState] = {}
        for uid, key, flags, keywords in self._connection.execute(
            "SELECT uid, key, flags, keywords FROM message WHERE folder = ? ORDER BY uid", (row[0],)
        ):
            uids[key] = uid
            state = kept.get((flags, keywords))
            if state is None:
                state = kept[flags, keywords] = FlagState(Flag(flags), keywords)
            states[uid] = state
        return Book(Cursor(*row[1:]), uids, states)

    def _begun(self, folder: str, old: tuple[int, int, int, int] | None) -> tuple[int, int, int, int]:
        """A folder without numbers yet, or one whose numbers count no longer."""
        execute = self._connection.execute
        if old is not None:
            for table in ("message", "gone"):
                execute(f"DELETE FROM {table} WHERE folder = ?", (old[0],))  # noqa: S608 - one of two constants
            execute("DELETE FROM folder WHERE id = ?", (old[0],))
        uidvalidity = 0
        while not uidvalidity or (old is not None and uidvalidity == old[1]):
            # By chance, not by the clock: a clock may be set back, and two ledgers be begun in one second.
            uidvalidity = secrets.randbelow(2**31)
        execute("INSERT INTO folder (name, uidvalidity, uidnext, modseq) VALUES (?, ?, 1, 1)", (folder, uidvalidity))
        row = self._row(folder)
        assert row is not None
        return row

    @contextlib.contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[Callable[..., sqlite3.Cursor]]:
        with self._speaking():
            self._connection.execute(begin)
            try:
                yield self._connection.execute
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._mapped(error) from error

    def _mapped(self, error: sqlite3.Error | OSError) -> DatabaseError:
        reason = str(error) if isinstance(error, sqlite3.Error) else (error.strerror or str(error))
        return DatabaseError(
            _(
                "The numbers of messages at {path} cannot be used ({reason}). Nothing was changed. If it stays so, move"
                " the file away: the folders are then read anew."
            ).format(path=self._path or ":memory:", reason=reason)
        )


def _outdated(row: tuple[int, int, int, int], known: Cursor) -> bool:
    _id, uidvalidity, uidnext, modseq = row
    return known.uidvalidity == uidvalidity and (known.uidnext > uidnext or known.modseq > modseq)


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        _made_private(path)
    connection = sqlite3.connect(
        path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        # A number that was told must never be given again, not even after a power cut.
        connection.execute("PRAGMA synchronous = FULL")
        if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA user_version").fetchone()[0] not in (0, _VERSION):
                raise sqlite3.DatabaseError("another format")  # noqa: TRY301 - closed below, as any other damage
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _made_private(path: Path) -> None:
    """The file is there for its owner alone from its first moment (SAFE-2); SQLite gives its journal the same mode."""
    _private_folder(path.parent)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _private_folder(folder: Path) -> None:
    if not folder.is_dir():
        _private_folder(folder.parent)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
