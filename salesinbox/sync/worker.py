"""One account's work in the sync process: a thread for the line that fetches."""

import json
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from salesinbox.locale.texts import _
from salesinbox.model.errors import BusyError, CredentialsError, Exit, NetworkError, SalesInboxError
from salesinbox.model.events import Answer, Changed, Connection, Event, Finished
from salesinbox.model.settings import Account
from salesinbox.model.status import AccountReport
from salesinbox.providers.session import Session
from salesinbox.store import board, filters, folders, mail
from salesinbox.store.database import Database
from salesinbox.sync.backoff import Backoff
from salesinbox.sync.drafting import Drafting
from salesinbox.sync.filing import Filing
from salesinbox.sync.incoming import Incoming
from salesinbox.sync.listener import POLL, Listener
from salesinbox.sync.once import Arrived
from salesinbox.sync.outgoing import Outgoing
from salesinbox.sync.sending import Postman, Sender

FULL = 600.0
"""Seconds between full passes, which find what no announcement covers (flags on servers without a record)."""
_AFTER_REFUSAL = 60.0


class Worker(threading.Thread):
    """Owns one account's fetching line and its database connection; everything reaches it through `ask`."""

    def __init__(
        self,
        account: Account,
        line: Callable[[], Session],
        database: Path,
        placing: Callable[[], board.Placing],
        report: Callable[[Event], None],
        now: Callable[[], int],
        chance: random.Random,
        fault: Callable[[Exception], str],
        forget: Callable[[], None],
        sender: Sender | None = None,
        arrived: Arrived = lambda _account: 0,
    ) -> None:
        """What it needs, and how it tells. `line` makes a session, not yet connected.

        `arrived` runs the rep's filters on what has come to an account (FLT-2), in the worker's own thread.

        `sender` is what it takes to send (None: nothing is sent). `fault` keeps what should never happen for whoever
        mends it, and returns a sentence for the rep.

        `forget` drops a secret that the server refused, so that a changed one is asked for.
        """
        super().__init__(name=f"sync {account.name}", daemon=True)
        self.account, self.line, self.path = account, line, database
        self.placing, self.report, self.now, self.chance, self.fault = placing, report, now, chance, fault
        self.forget = forget
        self.sender = sender
        self.arrived = arrived
        self.requests: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.later: list[tuple[str, str]] = []
        self.stopping = threading.Event()
        self.listener: Listener | None = None
        self.outgoing: Outgoing | None = None
        self.filing: Filing | None = None
        self.drafting: Drafting | None = None
        self.postman = Postman(sender, database, lambda: self.ask("file"), fault) if sender is not None else None
        self.trouble = ""
        """Why there is no line now, as a sentence."""

    def ask(self, kind: str, value: str = "") -> None:
        """`folder NAME`: something happened there. `pass REQUEST`: look at everything. `stop`.

        `doubt`: the listening line has trouble, so whoever is connected looks whether the server still answers.
        `push`: the rep has acted. `file`: mail was sent, or may have been. `errand REQUEST`: fetch something that
        only the server has (JSON, `errands`).
        """
        if kind == "push" and self.postman is not None:
            self.postman.nudge()
        if kind == "stop":
            self.stopping.set()
            if self.postman is not None:
                self.postman.stop()
            if self.listener is not None:
                self.listener.stop()
        self.requests.put((kind, value))

    def run(self) -> None:
        backoff = Backoff(self.chance)
        if self.postman is not None:
            self.postman.start()
        with Database(self.path) as database:
            while not self.stopping.is_set():
                session: Session | None = None
                wait, refused = 0.0, False
                try:
                    session = self.line()
                    self._state(database, "connecting")
                    session.connect()
                    self._work(database, session, backoff)
                except CredentialsError as error:
                    # Knocking again at once is how accounts get locked.
                    self.forget()
                    refused = True
                    wait = backoff.next(_AFTER_REFUSAL)
                    self._wait(database, wait, error)
                except SalesInboxError as error:
                    wait = backoff.next()
                    self._wait(database, wait, error)
                except Exception as error:  # noqa: BLE001 - the thread's outermost edge: mail must go on arriving
                    wait = backoff.next(_AFTER_REFUSAL)
                    self._wait(database, wait, SalesInboxError(self.fault(error)))
                finally:
                    if session is not None:
                        session.close()
                if wait:
                    self._rest(wait, refused=refused)

    def _rest(self, seconds: float, *, refused: bool) -> None:
        """Wait for the next try. A request wakes earlier: the rep asks, or the listening line is back.

        After a refused login only the rep's own request does: a listener that knocks again must not speed it up.
        """
        end = time.monotonic() + seconds
        while not self.stopping.is_set() and (left := end - time.monotonic()) > 0:
            try:
                request = self.requests.get(timeout=left)
            except queue.Empty:
                return
            if request[0] == "errand":
                self._answer(request[1], ok=False, detail=self.trouble, result={"exit": int(Exit.NETWORK)})
                continue
            self._keep(request)
            if request[0] == "pass" or (request[0] == "folder" and not refused):
                return

    def _keep(self, request: tuple[str, str]) -> None:
        if request[0] == "pass":
            self.later.append(request)

    def _work(self, database: Database, session: Session, backoff: Backoff) -> None:
        incoming = Incoming(
            self.account,
            session,
            database,
            self.placing,
            self.report,
            self.now,
            thorough=False,
            between=self._between,
        )
        outgoing = Outgoing(
            self.account.name,
            incoming.know_account(),
            session,
            database,
            self.placing,
            self.report,
            self.now,
            incoming.pull,
        )
        self.outgoing = outgoing
        if self.sender is not None and self.postman is not None:
            self.filing = Filing(self.sender, outgoing.account_id, session, database)
            self.drafting = Drafting(self.sender, outgoing.account_id, session, database)
            self.postman.nudge(line_is_back=True)
        self._state(database, "syncing")
        self._push(incoming)
        # Listening starts before the first pass ends: mail that arrives during it is shown at once.
        if self.listener is None or not self.listener.is_alive():
            self.listener = Listener(self.account.name, self.line, self.ask, self.chance)
            self.listener.start()
        self._pass(incoming, database)
        backoff.reset()
        full = self.now() + FULL
        while not self.stopping.is_set():
            try:
                wait = min([POLL, *self._dues()])
                kind, value = self.later.pop(0) if self.later else self.requests.get(timeout=wait)
            except queue.Empty:
                self._push(incoming)
                if wait == POLL:
                    self._poll(incoming)
                    self._filed_twice(incoming)
                if self.now() >= full:
                    self._pass(incoming, database)
                    full = self.now() + FULL
                continue
            if kind == "folder":
                incoming.peek(value)
                self._filter(incoming)
                self._filed_twice(incoming)
            elif kind == "doubt":
                incoming.peek("INBOX")
                self._filter(incoming)
            elif kind == "pass":
                self._push(incoming)
                self._pass(incoming, database, value)
                full = self.now() + FULL
            elif kind in ("push", "file"):
                self._push(incoming)
            elif kind == "errand":
                self._errand(incoming, value)

    def _between(self, incoming: Incoming) -> None:
        """Between two chunks of a pass: what cannot wait."""
        if self.stopping.is_set():
            raise NetworkError(_("Stopped."))
        names = set()
        while True:
            try:
                kind, value = self.requests.get_nowait()
            except queue.Empty:
                break
            if kind == "folder":
                names.add(value)
            elif kind in ("push", "file"):
                self._push(incoming)
            elif kind == "errand":
                self._errand(incoming, value)
            else:
                self._keep((kind, value))
        for name in names:
            incoming.peek(name)
        self._filter(incoming)

    def _filter(self, incoming: Incoming) -> None:
        """Let the rep's filters look at what has come, and tell the server at once of what they did."""
        if not filters.any_ready(incoming.database.connection, incoming.account_id):
            return
        try:
            touched = self.arrived(self.account.name)
        except BusyError:
            return  # somebody writes: with the next look
        except Exception as error:  # noqa: BLE001 - filters are the rep's own: whatever they meet, mail goes on arriving
            self.fault(error)
            with incoming.database.transaction() as connection:
                filters.taken(connection, filters.ready(connection, self.account.name, -1))
            return
        if touched:
            self.report(Changed(self.account.name))
            self._push(incoming)

    def _push(self, incoming: Incoming) -> None:
        """Tell the server what the rep did, and bring in what came of it elsewhere."""
        assert self.outgoing is not None
        changed = self.outgoing.push()
        if self.filing is not None and self.drafting is not None:
            changed |= self.filing.file()
            changed |= self.drafting.push()
        if changed:
            incoming.left_folder()
        for name in sorted(changed):
            incoming.peek(name)
        if self.drafting is not None and self.drafting.deleted:
            deleted, self.drafting.deleted = self.drafting.deleted, []
            with incoming.database.transaction() as connection:
                mail.sweep_named(connection, incoming.account_id, deleted)

    def _filed_twice(self, incoming: Incoming) -> None:
        """After a look at what is there: is a copy of ours one too many?"""
        if self.filing is not None and (changed := self.filing.filed_twice()):
            incoming.left_folder()
            for name in sorted(changed):
                incoming.peek(name)

    def _dues(self) -> list[float]:
        """Seconds until there is something to tell, to file or to look for."""
        each = [self.outgoing, self.filing, self.drafting]
        return [due + 0.01 for one in each if one is not None and (due := one.seconds_to_next()) is not None]

    def _errand(self, incoming: Incoming, request: str) -> None:
        from salesinbox.sync import errands  # noqa: PLC0415 - most passes run none

        detail, code, result = _("It could not be done."), Exit.FAILED, None
        try:
            result = errands.run(incoming, json.loads(request))
        except SalesInboxError as error:
            detail, code = str(error), error.exit
            if isinstance(error, NetworkError):
                raise
        finally:
            # Whatever happens: somebody waits for an answer.
            if result is None:
                self._answer(request, ok=False, detail=detail, result={"exit": int(code)})
            else:
                self._answer(request, ok=True, result=result)
            incoming.left_folder()

    def _answer(self, request: str, *, ok: bool, detail: str = "", result: dict[str, Any] | None = None) -> None:
        self.report(Answer(self.account.name, str(json.loads(request).get("id", "")), ok, detail, result or {}))

    def _pass(self, incoming: Incoming, database: Database, request: str = "") -> None:
        requests = [request] if request else []
        self._state(database, "syncing")
        incoming.thorough = bool(request)
        try:
            report = incoming.full_pass()
            self._filter(incoming)
        except SalesInboxError as error:
            for asked in requests:
                self.report(_failed(self.account.name, asked, error))
            raise
        self._state(database, "watching")
        for asked in requests:
            self.report(Finished(self.account.name, asked, asdict(report)))

    def _poll(self, incoming: Incoming) -> None:
        for folder in folders.folders(incoming.database.connection, incoming.account_id):
            if incoming.moved(folder.name):
                incoming.peek(folder.name)
        self._filter(incoming)

    def _wait(self, database: Database, seconds: float, error: SalesInboxError) -> None:
        next_try = self.now() + round(seconds)
        self.trouble = str(error)
        self._state(database, "waiting", str(error), next_try)
        for _kind, asked in self.later:
            self.report(_failed(self.account.name, asked, error))
        self.later.clear()

    def _state(self, database: Database, state: str, detail: str = "", next_try: int = 0) -> None:
        with database.transaction() as connection:
            account_id = folders.account(connection, self.account.name, self.account.address)
            folders.account_state(connection, account_id, state, detail, next_try)
        self.report(Connection(self.account.name, state, detail, next_try))


def _failed(account: str, request: str, error: SalesInboxError) -> Finished:
    return Finished(account, request, asdict(AccountReport(account, (), 0.0, str(error), int(error.exit))))
