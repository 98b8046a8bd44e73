"""Which messages of a POP3 server were taken already, by the server's own lasting names for them (UIDL).

They are remembered when the rep has deleted the mail here, and when the server has it no more: some servers show a
part of a mailbox at a time, and show the rest later.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from salesinbox.locale.texts import _
from salesinbox.model.errors import DatabaseError
from salesinbox.model.settings import Pop3
from salesinbox.providers.private import private_file

FILE = "taken.db"
_VERSION = 1
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS taken (
  mailbox TEXT NOT NULL, uidl BLOB NOT NULL, copy INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (mailbox, uidl, copy)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID
"""


class Name(NamedTuple):
    """What a server calls a message. `copy` counts messages of one mailbox that it calls the same (RFC 1939 §7)."""

    uidl: bytes
    copy: int


class Taken:
    """Used by one thread at a time; several sessions may use one file. Every method may raise DatabaseError."""

    def __init__(self, path: Path, settings: Pop3) -> None:
        self._path = path
        self._mailbox = mailbox(settings)
        try:
            try:
                self._connection = _opened(path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                # Damaged: begun afresh. What lies here is known by the names of its files, and is not taken twice.
                path.replace(path.with_name(f"{path.name}.damaged"))
                path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
                self._connection = _opened(path)
        except (sqlite3.Error, OSError) as error:
            raise self._mapped(error) from error

    def close(self) -> None:
        self._connection.close()

    def all(self) -> dict[Name, int]:
        """When each message was taken, in seconds since 1970."""
        with self._speaking():
            rows = self._connection.execute("SELECT uidl, copy, at FROM taken WHERE mailbox = ?", (self._mailbox,))
            return {Name(bytes(uidl), copy): at for uidl, copy, at in rows}

    def add(self, name: Name, at: int) -> None:
        """On disk when this returns."""
        with self._speaking():
            self._connection.execute(
                "INSERT OR IGNORE INTO taken (mailbox, uidl, copy, at) VALUES (?, ?, ?, ?)",
                (self._mailbox, name.uidl, name.copy, at),
            )

    def forget(self) -> None:
        """All mail is to be taken anew, because what was taken is lost."""
        with self._speaking():
            self._connection.execute("DELETE FROM taken")

    def note(self, name: str, value: int) -> None:
        """Something that another session of this account must know."""
        with self._speaking():
            self._connection.execute("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> int:
        with self._speaking():
            row = self._connection.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
            return int(row[0]) if row else 0

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
                "The list of mail that was fetched, {path}, cannot be used ({reason}). Nothing was changed. Check the "
                "disk and its rights."
            ).format(path=self._path, reason=reason)
        )


def mailbox(settings: Pop3) -> str:
    """Names of messages hold for one user's mailbox on one server."""
    return f"{settings.user} {settings.host.lower()}"


def _opened(path: Path) -> sqlite3.Connection:
    private_file(path)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # What is noted may be deleted on the server the next moment: it must outlive a power cut.
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
