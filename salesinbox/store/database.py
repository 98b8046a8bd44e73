"""Opening the local database: permissions, pragmas, versions, transactions (SAFE-1, SAFE-2)."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from salesinbox.locale.texts import _
from salesinbox.model.errors import BusyError, DatabaseError, NewerDatabaseError

VERSION = 4  # the same as migrations.VERSION, which is loaded only when it is needed; a test holds them together
FILE = "mail.db"
"""The database's name in the data folder."""
BUSY_SECONDS = 30.0


def private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700 from its first moment; an existing one is tightened."""
    try:
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise DatabaseError(
            _("The data folder {folder} cannot be used: {reason}. Choose another one with --data.").format(
                folder=folder, reason=error.strerror
            )
        ) from error


def _touch_private(path: Path) -> None:
    """Make the file 0600 from its first moment: SQLite gives -wal and -shm the mode of the database file.

    An existing file is never opened here. Closing any descriptor of it would drop all locks that this process
    holds on it (POSIX fcntl), and another process could then delete the log under an open connection.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


class _TakenBack(Exception):  # noqa: N818 - ends a transaction that is not to be kept, never an error
    """Nothing of it is kept."""


class Database:
    """One connection to the local database, used by the thread that opened it.

    Reading needs no transaction. Writing goes through `transaction()`, which takes the write lock at its start,
    so that no transaction ever fails half way for having read first.
    """

    def __init__(self, path: Path, *, readonly: bool = False) -> None:
        self.path = path
        try:
            if not readonly:
                private_folder(path.parent)
                _touch_private(path)
            elif not path.exists():
                raise DatabaseError(_("There is no database at {path}.").format(path=path))
            self.connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=256)
        except (sqlite3.Error, OSError) as error:
            raise self._mapped(error) from error
        try:
            self._prepare(readonly)
        except BaseException as error:
            self.connection.close()
            if isinstance(error, (sqlite3.Error, OSError)):
                raise self._mapped(error) from error
            raise

    def _prepare(self, readonly: bool) -> None:
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise NewerDatabaseError(
                _(
                    "The database {path} was written by a later SalesInbox (its format {theirs}, known here {ours})."
                    " Update SalesInbox, or choose another folder with --data. Nothing was changed."
                ).format(path=self.path, theirs=version, ours=VERSION)
            )
        execute = self.connection.execute
        if not readonly and version < VERSION:
            self._migrate()
        execute("PRAGMA foreign_keys = ON")
        # WAL with NORMAL loses no consistency in a crash; a lost last chunk is fetched again.
        execute("PRAGMA synchronous = NORMAL")
        execute("PRAGMA cache_size = -16000")
        execute("PRAGMA temp_store = MEMORY")
        # What is deleted is gone from the file, too: secrets of a conversation must not outlive it in a free page.
        execute("PRAGMA secure_delete = ON")
        if readonly:
            execute("PRAGMA query_only = ON")

    def _migrate(self) -> None:
        from sqlite_utils import Database as Tables  # noqa: PLC0415 - 90 ms, needed once for each new format

        from salesinbox.store.migrations import migrations  # noqa: PLC0415 - the same

        # Two first starts at once: the second waits, then finds nothing left to do. The switch to WAL is inside,
        # for SQLite fails at once, without its own waiting, when two connections ask for that lock together.
        with (self.path.parent / "migrate.lock").open("a") as lock:
            os.fchmod(lock.fileno(), 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.connection.execute("PRAGMA journal_mode = WAL")
            tables = Tables(self.connection, execute_plugins=False)
            migrations.apply(tables)

    def _mapped(self, error: sqlite3.Error | OSError) -> DatabaseError:
        reason = str(error) if isinstance(error, sqlite3.Error) else (error.strerror or str(error))
        if "locked" in reason:
            return BusyError(
                _("The database {path} is held by another program. Close it, then try again.").format(path=self.path)
            )
        return DatabaseError(
            _(
                "The database {path} cannot be read ({reason}). Nothing was changed. Move the file away to start"
                " afresh: mail is fetched again from the server; records come from your last export."
            ).format(path=self.path, reason=reason)
        )

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is written together or not at all; inside another one it is a part of that.

        A part that fails is taken back alone: whoever catches its error may go on with the rest.
        """
        nested = self.connection.in_transaction
        if nested:
            with self._part():
                yield self.connection
            return
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise self._mapped(error) from error

    @contextlib.contextmanager
    def rehearsal(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is taken back at its end, to see what would become of it. Not inside another one."""
        with contextlib.suppress(_TakenBack), self.transaction() as connection:
            yield connection
            raise _TakenBack

    @contextlib.contextmanager
    def _part(self) -> Iterator[None]:
        self.connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:  # an error may have ended all of it
                self.connection.execute("ROLLBACK TO part")
                self.connection.execute("RELEASE part")
            raise
        self.connection.execute("RELEASE part")

    def scrub(self) -> None:
        """Have nothing of what was deleted stand in the log either, as far as no reader needs it just now."""
        with contextlib.suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def revision(self) -> int:
        """Changes whenever another connection has committed; costs microseconds."""
        version: int = self.connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def state(self, name: str, default: str = "") -> str:
        row = self.connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])


def is_older(path: Path) -> bool:
    """Whether a database is there that an earlier version wrote: opening it takes a while."""
    if not path.exists():
        return False
    try:
        connection = sqlite3.connect(path)
        try:
            return 0 < int(connection.execute("PRAGMA user_version").fetchone()[0]) < VERSION
        finally:
            connection.close()
    except sqlite3.Error:
        return False


def set_state(connection: sqlite3.Connection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def numbers(connection: sqlite3.Connection, table: str, count: int) -> int:
    """The first of `count` row numbers that no row of the table has or ever had.

    A number that was given to another row before would let undo, sleep and fetched files mean the wrong mail.
    """
    name = f"last {table}"
    row = connection.execute(
        f"SELECT max(coalesce((SELECT max(id) FROM {table}), 0),"
        " coalesce((SELECT CAST(value AS INTEGER) FROM state WHERE name = ?), 0))",
        (name,),
    ).fetchone()
    first = int(row[0]) + 1
    if count:
        set_state(connection, name, str(first + count - 1))
    return first


def marks(count: int) -> str:
    """As many parameter marks as there are values."""
    return ",".join("?" * count)
