"""The rep's own connection for writing, and a change to records as one step that undo takes back (ACT-3, COL-9)."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from salesinbox.model.settings import Settings
from salesinbox.rules.columns import Own
from salesinbox.store import board, changes, following, history
from salesinbox.store.database import Database


@dataclass(slots=True)
class Step:
    """A change that is being made. `target`, `subject` and `count` are for the words of undo, and may be set inside.

    `moved` and `changed` are known when it is over: how many threads lie in another column, and whether any row
    became another one.
    """

    connection: sqlite3.Connection
    now: int
    target: str = ""
    subject: str = ""
    count: int = 1
    moved: int = 0
    changed: bool = False


class Writer:
    """Belongs to the thread that uses it first. `patience`: seconds to wait for other writers before BusyError."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        own: Own,
        now: Callable[[], float],
        *,
        patience: float = 30.0,
    ) -> None:
        self.database = database
        self.settings = settings
        self.own = own
        self.now = now
        self.patience = patience
        self._writing: Database | None = None

    @property
    def writing(self) -> Database:
        if self._writing is None:
            self._writing = Database(self.database.path)
            # Whoever presses keys never pays for tidying the log; the sync process does.
            self._writing.connection.execute("PRAGMA wal_autocheckpoint = 0")
            self._writing.connection.execute(f"PRAGMA busy_timeout = {round(self.patience * 1000)}")
        return self._writing

    def close(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def placing(self) -> board.Placing:
        return board.placing(self.settings, self.own, self.now())

    @contextmanager
    def step(self, verb: str, *, target: str = "", subject: str = "") -> Iterator[Step]:
        """One transaction: what changes in the records inside is kept for undo, and mail is placed and linked again.

        An error inside takes everything back. Where nothing changed, there is nothing to undo.
        """
        with self.writing.transaction() as connection:
            step = Step(connection, int(self.now()), target, subject)
            with changes.Recording(connection) as recording:
                yield step
            step.changed = bool(recording.changes)
            if step.changed:
                with changes.Recording(connection) as followed:  # links that follow are taken back with it
                    step.moved = following.follow(connection, recording.changes, self.placing())
                history.began(
                    connection,
                    verb,
                    step.now,
                    target=step.target,
                    subject=step.subject,
                    threads=step.count,
                    before={"rows": changes.packed([*recording.changes, *followed.changes])},
                )
