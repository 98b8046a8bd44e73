"""Telling the server what the rep did: operations in their order, each exactly once (ACT-2, SAFE-1).

An operation is marked as running, on disk, before the server hears of it. So after a kill or a cut line it is known
which outcomes are unknown; those are looked up on the server before anything is said again. Setting a flag and
moving at one stroke may be said twice without harm; a copy may not.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace

from salesinbox.locale.texts import _
from salesinbox.model.errors import ServerError
from salesinbox.model.events import Changed, Event
from salesinbox.model.mail import FlagState
from salesinbox.model.operations import COPY, DELETE, FLAGS, MOVE, OPENED, Operation
from salesinbox.providers.session import Session
from salesinbox.store import board, folders, mail, operations
from salesinbox.store.database import Database
from salesinbox.store.folders import Folder
from salesinbox.sync.lookup import Lookup

AT_A_TIME = 500
"""Operations that are told in one command."""
_PATIENCE = 5
_SETTLING = 2.0
"""Seconds in which a server ends what a process asked for that was killed then. Looked for sooner, a copy that is
in the making is not found, and made twice."""


class Outgoing:
    """One account's road out. Used by the one thread that owns `session` and `database`."""

    def __init__(
        self,
        account: str,
        account_id: int,
        session: Session,
        database: Database,
        placing: Callable[[], board.Placing],
        report: Callable[[Event], None],
        now: Callable[[], int],
        read_again: Callable[[int], object],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`read_again` makes a folder (its row) equal to the server's: needed when its messages got new numbers.

        `pause` waits for so many seconds.
        """
        self.account = account
        self.account_id = account_id
        self.session = session
        self.database = database
        self.placing = placing
        self.report = report
        self.now = now
        self.lookup = Lookup(session, database)
        self.read_again = read_again
        self.pause = pause
        self._let_settle = False
        self._known_numbers: set[int] = set()
        """Folders whose numbers are the server's, as far as this session has looked."""
        self._misled = 0
        """How often the numbers changed in the very moment of telling."""

    def push(self) -> set[str]:
        """Tell the server all that is due. Returns the folders whose mail changed by it, to be looked at again.

        A refusal is kept with the operation and stops nothing else. NetworkError: the rest is told next time.
        """
        changed: set[str] = set()
        while batch := self._batch():
            self._carry_out(batch, changed)
            self.report(Changed(self.account))
        return changed

    def seconds_to_next(self) -> float | None:
        """How long until an operation is due; None when there is none."""
        due = operations.next_due(self.database.connection, self.account_id)
        return None if due is None else max(0.0, due - self.now())

    def _batch(self) -> list[Operation]:
        """The oldest operation that is due, with those that ask the same of other messages.

        What must come first for a message comes first: an operation is never taken past another one on its message.
        """
        due = operations.waiting(self.database.connection, self.account_id, self.now(), 4 * AT_A_TIME)
        if not due:
            return []
        first = due[0]
        batch: list[Operation] = []
        passed: set[int] = set()
        for operation in due:
            number = operation.intent.message
            if _same_order(operation, first) and number not in passed and len(batch) < AT_A_TIME:
                batch.append(operation)
            passed.add(number)
        return batch

    def _carry_out(self, batch: Sequence[Operation], changed: set[str]) -> None:
        known = {folder.id: folder for folder in folders.all_folders(self.database.connection, self.account_id)}
        intent = batch[0].intent
        source, target = known.get(intent.folder_id), known.get(intent.target_id)
        if source is None or (intent.kind in (MOVE, COPY) and target is None):
            self._refuse(batch, _("the folder is gone from the server"))
            return
        changed.add(source.name)
        if target is not None:
            changed.add(target.name)
        try:
            self._same_numbers(source)
            self._tell(batch, source, target)
        except ServerError as error:
            if self._misled < _PATIENCE and self.lookup.renumbered(source):
                self._misled += 1
                self._known_numbers.discard(source.id)  # the same is told again, with the new numbers
            else:
                self._refused(batch, source, target, error)

    def _tell(self, batch: Sequence[Operation], source: Folder, target: Folder | None) -> None:
        numbered = self._numbered(batch, source)
        if not numbered:
            return
        kind = batch[0].intent.kind
        if kind == FLAGS:
            self._flags(numbered, source)
        elif kind == DELETE:
            self._delete(numbered, source)
        else:
            assert target is not None
            self._create(target)
            if kind == COPY:
                self._copy(numbered, source, target)
            else:
                self._move(numbered, source, target)

    def _refused(self, batch: Sequence[Operation], source: Folder, target: Folder | None, error: ServerError) -> None:
        """Find out which of several the server refuses; what it said of all of them may be about one."""
        if len(batch) == 1:
            self._refuse(batch, str(error))
            return
        first, rest = batch[0], batch[1:]
        try:
            self._tell([first], source, target)
        except ServerError as again:
            self._refuse([first], str(again))
            if str(again) == str(error):
                # The first one alone hears the same words: it is about what was asked, not about one message.
                self._refuse(rest, str(error))
                return
        for operation in rest:
            try:
                self._tell([operation], source, target)
            except ServerError as again:
                self._refuse([operation], str(again))

    # --- what is asked ----------------------------------------------------------------------------------------

    def _flags(self, numbered: Mapping[int, Operation], source: Folder) -> None:
        intent = next(iter(numbered.values())).intent
        self._start(numbered.values())
        states = self.session.store(
            source.name,
            list(numbered),
            FlagState(intent.add, intent.add_keywords),
            FlagState(intent.remove, intent.remove_keywords),
        )
        done, lost = _split(numbered, states)
        with self.database.transaction() as connection:
            threads, _number = mail.set_flags(connection, source.id, states)
            threads |= operations.settled(connection, done)
            folders.recount(connection, source.id)
            board.refresh(connection, threads, self.placing())
        self._forestalled(lost, source)

    def _delete(self, numbered: Mapping[int, Operation], source: Folder) -> None:
        if next(iter(numbered.values())).intent.target_id:
            # A copy is dropped only while the message lies where it was to be kept.
            kept = {uid: operation for uid, operation in numbered.items() if self.lookup.there_already(operation)}
            self._forestalled([o for uid, o in numbered.items() if uid not in kept], source)
            numbered = kept
        if not numbered:
            return
        self._start(numbered.values())
        self.session.expunge(source.name, list(numbered))
        with self.database.transaction() as connection:
            operations.removed(connection, source.id, list(numbered))
            threads = operations.settled(connection, list(numbered.values()))
            threads |= _threads(connection, numbered.values())
            board.refresh(connection, threads, self.placing())

    def _move(self, numbered: dict[int, Operation], source: Folder, target: Folder) -> None:
        if "MOVE" not in self.session.capabilities():
            self._copy_and_delete(numbered, source, target)
            return
        if self._labels:
            self._start(numbered.values())
            self._moved(numbered, self.session.move(source.name, list(numbered), target.name), source, target)
            return
        unknown = {uid: operation for uid, operation in numbered.items() if operation.running}
        if unknown:
            numbered = self._look_up_moves(numbered, source, target)
        told = "UIDPLUS" in self.session.capabilities()
        if not told or unknown:
            numbered = self._still_there(numbered, source)
        if not numbered:
            return
        numbered = self._start_towards(numbered, target)
        new = self.session.move(source.name, list(numbered), target.name)
        # With UIDPLUS the server names each that it moved; what it does not name was gone before, or is not told of.
        moved = {uid: operation for uid, operation in numbered.items() if uid in new or not told}
        unnamed = {uid: operation for uid, operation in numbered.items() if uid not in moved}
        found = self.lookup.arrived(unnamed.values(), target)
        for uid, operation in unnamed.items():
            if operation.id in found:
                moved[uid], new[uid] = operation, found[operation.id]
        self._moved(moved, new, source, target)
        self._forestalled(_split(numbered, moved)[1], source)

    def _look_up_moves(self, numbered: dict[int, Operation], source: Folder, target: Folder) -> dict[int, Operation]:
        """Settle the moves that were done although nobody heard of it. Returns what is left to do.

        A server that was interrupted may have left a message in both folders: then only the rest is done, for moving
        it once more would make a second copy.
        """
        unknown = {uid: operation for uid, operation in numbered.items() if operation.running}
        self._let_the_server_settle()
        here = self.lookup.present(source, unknown)
        found = self.lookup.arrived(unknown.values(), target)
        done = {
            uid: operation
            for uid, operation in unknown.items()
            if operation.id in found and (uid not in here or operation.uidnext)
        }
        if half := [uid for uid in done if uid in here]:
            self.session.expunge(source.name, half)
        self._moved(done, {uid: found[operation.id] for uid, operation in done.items()}, source, target)
        return {uid: operation for uid, operation in numbered.items() if uid not in done}

    def _copy_and_delete(self, numbered: dict[int, Operation], source: Folder, target: Folder) -> None:
        """A move in two steps, for servers that have no other (RFC 3501): a copy is never made twice."""
        numbered = self._copied(numbered, source, target)
        if numbered:
            self.session.expunge(source.name, list(numbered))
            new = {uid: max(operation.new_uid, 0) for uid, operation in numbered.items()}
            self._moved(numbered, new, source, target)

    def _copy(self, numbered: dict[int, Operation], source: Folder, target: Folder) -> None:
        numbered = self._copied(numbered, source, target)
        with self.database.transaction() as connection:
            operations.relocated(
                connection,
                source.id,
                target.id,
                {uid: (o.intent.message, max(o.new_uid, 0)) for uid, o in numbered.items()},
                self.now(),
                keep=True,
            )
            threads = operations.settled(connection, list(numbered.values()))
            board.refresh(connection, threads, self.placing())

    def _copied(self, numbered: dict[int, Operation], source: Folder, target: Folder) -> dict[int, Operation]:
        """Make the copies that are not made yet. Returns the operations with their copies' numbers (-1: not told)."""
        if self._labels:
            self._start(numbered.values())
            told = self.session.copy(source.name, list(numbered), target.name)
            return {uid: _with_copy(operation, told.get(uid, uid)) for uid, operation in numbered.items()}
        made = {uid: operation for uid, operation in numbered.items() if operation.new_uid}
        unknown = [o for uid, o in numbered.items() if o.running and uid not in made]
        if unknown:
            self._let_the_server_settle()
            found = self.lookup.arrived(unknown, target)
            with self.database.transaction() as connection:
                operations.copied(connection, found)
            made |= {uid: _with_copy(o, found[o.id]) for uid, o in numbered.items() if o.id in found}
        to_do = self._still_there({uid: o for uid, o in numbered.items() if uid not in made}, source)
        if to_do:
            to_do = self._start_towards(to_do, target)
            new = self.session.copy(source.name, list(to_do), target.name)
            numbers = {operation.id: new.get(uid, -1) for uid, operation in to_do.items()}
            with self.database.transaction() as connection:
                operations.copied(connection, numbers)
            made |= {uid: _with_copy(operation, numbers[operation.id]) for uid, operation in to_do.items()}
        return made

    def _let_the_server_settle(self) -> None:
        """Once, before outcomes are looked up: what a killed process asked for may be in the doing still."""
        if not self._let_settle:
            self._let_settle = True
            self.pause(_SETTLING)

    @property
    def _labels(self) -> bool:
        """Whether folders are labels: then nothing is ever doubled by saying it again."""
        return "LABELS" in self.session.capabilities()

    def _create(self, target: Folder) -> None:
        """Make the folder if it is one that exists only here so far: it was never listed by the server."""
        if target.cursor is None and not target.synced:
            listed = {folder.name for folder in self.session.folders()}
            if target.name not in listed:
                self.session.create(target.name)

    # --- numbers ----------------------------------------------------------------------------------------------

    def _same_numbers(self, source: Folder) -> None:
        """Before a folder's numbers are used: are they still the server's (UIDVALIDITY, RFC 9051 §2.3.1.1)?"""
        if source.id not in self._known_numbers:
            if self.lookup.renumbered(source):
                self.read_again(source.id)
            self._known_numbers.add(source.id)

    # --- what is known ----------------------------------------------------------------------------------------

    def _numbered(self, batch: Sequence[Operation], source: Folder) -> dict[int, Operation]:
        """Operations by the UID of their message; those whose message is gone are settled as forestalled."""
        numbered: dict[int, Operation] = {}
        gone: list[Operation] = []
        arrived: list[Operation] = []
        for operation in batch:
            uids = operations.uids_of(self.database.connection, source.id, operation.intent.message)
            known = [uid for uid in uids if uid > 0] if source.synced else []
            if uids and not known:
                known = self.lookup.find(operation, source)
            numbered.update(dict.fromkeys(known, operation))
            if known:
                continue
            if operation.intent.kind != DELETE and self.lookup.there_already(operation):
                arrived.append(operation)
            else:
                gone.append(operation)
        self._forestalled(gone, source)
        if arrived:
            with self.database.transaction() as connection:
                board.refresh(connection, operations.settled(connection, arrived), self.placing())
        return numbered

    def _still_there(self, numbered: dict[int, Operation], source: Folder) -> dict[int, Operation]:
        here = self.lookup.present(source, numbered)
        self._forestalled(_split(numbered, here)[1], source)
        return {uid: operation for uid, operation in numbered.items() if uid in here}

    # --- what is kept -----------------------------------------------------------------------------------------

    def _start(self, batch: Iterable[Operation], uidnext: int = 0) -> None:
        with self.database.transaction() as connection:
            operations.started(connection, batch, uidnext)

    def _start_towards(self, numbered: Mapping[int, Operation], target: Folder) -> dict[int, Operation]:
        """The attempt begins; what the target holds so far is noted with it."""
        _messages, uidnext = self.session.counts(target.name)
        self._start(numbered.values(), uidnext)
        return {uid: replace(one, uidnext=one.uidnext or uidnext) for uid, one in numbered.items()}

    def _moved(self, done: Mapping[int, Operation], new: Mapping[int, int], source: Folder, target: Folder) -> None:
        if not done:
            return
        with self.database.transaction() as connection:
            operations.relocated(
                connection,
                source.id,
                target.id,
                {uid: (operation.intent.message, new.get(uid, 0)) for uid, operation in done.items()},
                self.now(),
                keep=False,
            )
            threads = operations.settled(connection, list(done.values()))
            board.refresh(connection, threads, self.placing())

    def _refuse(self, batch: Sequence[Operation], error: str) -> None:
        with self.database.transaction() as connection:
            # Who only opens mail in a folder that keeps no marks need not hear of it each time.
            quiet = [operation for operation in batch if _by_reading(connection, operation)]
            threads = operations.refused(connection, quiet, error, told=True)
            threads |= operations.refused(connection, [o for o in batch if o not in quiet], error)
            board.refresh(connection, threads, self.placing())

    def _forestalled(self, batch: Sequence[Operation], source: Folder) -> None:
        """Another client was first: the server's truth stands, and the rep is told, unless nothing is lost by it."""
        if not batch:
            return
        sentence = _("it is no longer in {folder}; another program has moved or deleted it").format(folder=source.name)
        with self.database.transaction() as connection:
            quiet = [o for o in batch if o.intent.kind == DELETE or _by_reading(connection, o)]
            threads = operations.refused(connection, quiet, sentence, told=True)
            threads |= operations.refused(connection, [o for o in batch if o not in quiet], sentence)
            threads |= _threads(connection, batch)
            board.refresh(connection, threads, self.placing())


def _same_order(one: Operation, other: Operation) -> bool:
    a, b = one.intent, other.intent
    return (
        (a.kind, a.folder_id, a.target_id, a.add, a.remove, a.add_keywords, a.remove_keywords)
        == (b.kind, b.folder_id, b.target_id, b.add, b.remove, b.add_keywords, b.remove_keywords)
    )  # fmt: skip


def _split(numbered: Mapping[int, Operation], kept: Container[int]) -> tuple[list[Operation], list[Operation]]:
    """Operations with a UID among `kept`, and those with none: a message may lie in a folder twice."""
    done = {operation.id: operation for uid, operation in numbered.items() if uid in kept}
    lost = {operation.id: operation for operation in numbered.values() if operation.id not in done}
    return list(done.values()), list(lost.values())


def _with_copy(operation: Operation, uid: int) -> Operation:
    return replace(operation, new_uid=uid)


def _threads(connection: sqlite3.Connection, batch: Iterable[Operation]) -> set[int]:
    rows = connection.execute(
        "SELECT DISTINCT thread_id FROM json_each(?) AS wanted JOIN message ON message.id = wanted.value",
        (json.dumps([operation.intent.message for operation in batch]),),
    )
    return {row[0] for row in rows}


def _by_reading(connection: sqlite3.Connection, operation: Operation) -> bool:
    """Whether the rep did nothing but open the mail."""
    row = connection.execute(
        "SELECT verb FROM action JOIN operation ON action.id = action_id WHERE operation.id = ?", (operation.id,)
    ).fetchone()
    return bool(row) and row[0] == OPENED
