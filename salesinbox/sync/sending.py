"""Sending mail, each message once (SEND-6): from the outbox to the server that takes it, in a thread of its own.

A line to that server may be slow, and the one that fetches mail may be cut: neither waits for the other.
"""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from salesinbox.locale.texts import _
from salesinbox.model.errors import (
    BusyError,
    ConfigurationError,
    CredentialsError,
    DatabaseError,
    Exit,
    NetworkError,
    SalesInboxError,
    ServerError,
    UnknownOutcomeError,
    UsageError,
)
from salesinbox.model.events import Changed, Event
from salesinbox.model.outbox import REFUSED, UNKNOWN
from salesinbox.model.settings import Account
from salesinbox.rules import filing
from salesinbox.store import board, folders
from salesinbox.store.database import Database, set_state
from salesinbox.store.sending import drafts, outgoing, sent

_WAITS = (30, 60, 120, 300, 600, 900, 1800)
"""Seconds until the next try, after so many that came to nothing."""
_IN_A_ROW = 2
"""After so many failures one after the other it is the line, not the message: the rest waits."""
_LONGEST_NAP = 20.0
"""Seconds after which the clock is looked at again, for it may have been set, or the machine may have slept."""


class TakenBackError(SalesInboxError):
    """The rep took the message back in the last moment; no server has it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What it takes to send for an account. `forget` drops a secret that the server refused; `zone` is the rep's."""

    account: Account
    secret: Callable[[], str]
    forget: Callable[[], None]
    report: Callable[[Event], None]
    now: Callable[[], int]
    placing: Callable[[], board.Placing]
    zone: tzinfo


class Sending:
    """One account's outbox. Used by the one thread that owns `database`."""

    def __init__(self, sender: Sender, account_id: int, database: Database) -> None:
        self.sender = sender
        self.account_id = account_id
        self.database = database
        self._failures = 0
        self._not_before = 0
        self._unwritten: list[Callable[[sqlite3.Connection], None]] = []
        """What came of attempts and could not be written down (a full disk): first of all, as soon as it can be."""

    def begin(self) -> None:
        """What an earlier process left in the middle of an attempt is of unknown outcome now."""
        with self.database.transaction() as connection:
            outgoing.left_running(connection, self.account_id, _interrupted())
            outgoing.tidy(connection, self.sender.now())
            drafts.tidy(connection, self.sender.now())

    def line_is_back(self) -> None:
        """There is a line again, so what waited for one is tried at once."""
        self._failures, self._not_before = 0, 0
        if outgoing.next_due(self.database.connection, self.account_id) is not None:
            with self.database.transaction() as connection:
                outgoing.try_again_now(connection, self.account_id, self.sender.now())

    def send(self) -> int:
        """Send all that is due; returns how many were sent. A failure is kept with its message."""
        number = 0
        while self._unwritten:
            with self.database.transaction() as connection:
                self._unwritten[0](connection)
            del self._unwritten[0]
        while self.sender.now() >= self._not_before:
            message = outgoing.due(self.database.connection, self.account_id, self.sender.now())
            if message is None:
                break
            number += self._attempt(message)
            self.sender.report(Changed(self.sender.account.name))
        return number

    def seconds_to_next(self) -> float | None:
        """How long until something is to be sent, or tried again; None when the outbox is empty."""
        due = outgoing.next_due(self.database.connection, self.account_id)
        return None if due is None else max(0.0, max(due, self._not_before) - self.sender.now())

    def _attempt(self, message: outgoing.Outgoing) -> bool:
        from salesinbox.providers import registry  # noqa: PLC0415 - most passes send nothing

        sender = self.sender
        try:
            registry.post(sender.account).send(
                sender.account,
                sender.secret,
                message.sender,
                message.recipients,
                outgoing.raw(self.database.connection, message.id),
                giving=lambda: self._giving(message),
                told_limit=self._keep_limit,
            )
        except TakenBackError:
            return False
        except UnknownOutcomeError as error:
            self._became(message, UNKNOWN, error)
        except NetworkError as error:
            self._failed(message, error)
            return False
        except CredentialsError as error:
            sender.forget()
            self._became(message, REFUSED, error)
        except (ServerError, ConfigurationError, UsageError) as error:
            self._became(message, REFUSED, error)
        else:
            self._sent(message, sender.now())
            self._failures = 0
            return True
        self._failures = 0
        return False

    def _sent(self, message: outgoing.Outgoing, now: int) -> None:
        account = self.sender.account
        learned = self.database.state(filing.learned_name(account.name)) != ""
        how = filing.begins(account, now, learned=learned)

        def write(connection: sqlite3.Connection) -> None:
            threads = sent.settle(connection, message, now, *how, self.sender.zone)
            board.refresh(connection, threads, self.sender.placing())

        self._write(write)

    def _write(self, write: Callable[[sqlite3.Connection], None]) -> None:
        try:
            with self.database.transaction() as connection:
                write(connection)
        except DatabaseError:
            self._unwritten.append(write)
            raise

    def _giving(self, message: outgoing.Outgoing) -> None:
        with self.database.transaction() as connection:
            if not outgoing.started(connection, message.id):
                raise TakenBackError

    def _failed(self, message: outgoing.Outgoing, error: NetworkError) -> None:
        self._failures += 1
        wait = _WAITS[min(message.attempts, len(_WAITS) - 1)]
        now = self.sender.now()
        if self._failures >= _IN_A_ROW:
            self._not_before = now + _WAITS[min(self._failures - _IN_A_ROW, 3)]
        with self.database.transaction() as connection:
            outgoing.postponed(connection, message.id, now + wait, str(error))

    def _became(self, message: outgoing.Outgoing, state: str, error: SalesInboxError) -> None:
        code = Exit.FAILED if state == UNKNOWN else int(error.exit)
        self._write(lambda connection: outgoing.became(connection, message.id, state, str(error), code))

    def _keep_limit(self, octets: int) -> None:
        """What the server takes at most, so that a rep hears of it while writing (SEND-9)."""
        name = limit_name(self.sender.account.name)
        if self.database.state(name, "0") != str(octets):
            with self.database.transaction() as connection:
                set_state(connection, name, str(octets))


class Postman(threading.Thread):
    """Sends one account's mail when it is due, as long as the process runs."""

    def __init__(
        self, sender: Sender, path: Path, sent_one: Callable[[], None], fault: Callable[[Exception], str]
    ) -> None:
        """`sent_one` is called after mail has gone, or may have: the line to the mailbox files it, or looks for it."""
        super().__init__(name=f"send {sender.account.name}", daemon=True)
        self.sender, self.path, self.sent_one, self.fault = sender, path, sent_one, fault
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._line_is_back = False

    def nudge(self, *, line_is_back: bool = False) -> None:
        """Look at the outbox now."""
        self._line_is_back = self._line_is_back or line_is_back
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        with Database(self.path) as database:
            with database.transaction() as connection:
                account = self.sender.account
                account_id = folders.account(connection, account.name, account.address)
            sending = Sending(self.sender, account_id, database)
            begun = False
            while not self._stopping.is_set():
                try:
                    if not begun:
                        sending.begin()
                        begun = True
                        self.sent_one()
                    if self._line_is_back:
                        self._line_is_back = False
                        sending.line_is_back()
                    before = database.connection.total_changes
                    sending.send()
                    if database.connection.total_changes != before:
                        self.sent_one()
                    wait = sending.seconds_to_next()
                except BusyError:
                    wait = 1.0
                except Exception as error:  # noqa: BLE001 - the thread's outermost edge: other mail must still go
                    self.fault(error)
                    wait = 60.0
                self._wake.wait(_LONGEST_NAP if wait is None else min(wait + 0.01, _LONGEST_NAP))
                self._wake.clear()


def limit_name(account: str) -> str:
    """Under what the size that an account's server takes at most is kept."""
    return f"size limit {account}"


def one_round(sender: Sender, account_id: int, database: Database) -> None:
    """Send what is due now, for a pass in the foreground."""
    sending = Sending(sender, account_id, database)
    sending.begin()
    sending.line_is_back()
    sending.send()


def _interrupted() -> str:
    return _("SalesInbox was ended while it was being sent, so it may have arrived. It is not sent again by itself.")
