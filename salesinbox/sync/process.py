"""The sync process: one for each database, held by a lock that the kernel frees when the process dies."""

import contextlib
import json
import os
import random
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from salesinbox.locale.texts import _
from salesinbox.model.events import Answer, Changed, Connection, Event, Noticed
from salesinbox.model.settings import Account, Settings
from salesinbox.model.status import AccountReport
from salesinbox.providers.session import Session
from salesinbox.rules.columns import Own
from salesinbox.store import board, folders, operations, pausing, placing, snoozes
from salesinbox.store.database import FILE, Database
from salesinbox.store.sending import drafts, outgoing, responses
from salesinbox.sync.noticing import Noticing
from salesinbox.sync.once import Arrived, one_pass
from salesinbox.sync.sending import Sender
from salesinbox.sync.wake import Hub, socket_path
from salesinbox.sync.worker import Worker

PAUSED = "paused"
_TURN = 1.0
_NICE = 10
"""Fetching yields the processor to whoever presses keys."""


Lines = Callable[[Account], Session]
"""Makes a session of an account, not yet connected."""


class Senders(Protocol):
    """What it takes to send for an account; None where nothing can be sent."""

    def __call__(
        self,
        account: Account,
        placing: Callable[[], board.Placing],
        report: Callable[[Event], None],
        now: Callable[[], int],
        /,
    ) -> Sender | None: ...


def run_once(
    settings: Settings,
    accounts: Sequence[Account],
    data: Path,
    own: Own,
    lines: Lines,
    report: Callable[[Event], None],
    now: Callable[[], int],
    senders: Senders = lambda *_which: None,
    arrived: Arrived = lambda _account: 0,
) -> list[AccountReport]:
    """One pass over the accounts, side by side, in this process. The caller holds the lock."""
    path = data / FILE
    with Database(path) as database:
        placing.bring_up_to_date(database, _placing(settings, own, now), settings.records.pipelines)
    reports: dict[str, AccountReport] = {}

    def work(account: Account) -> None:
        reports[account.name] = one_pass(
            account,
            partial(lines, account),
            path,
            partial(_placing, settings, own, now),
            report,
            now,
            senders(account, partial(_placing, settings, own, now), report, now),
            arrived,
        )

    threads = [threading.Thread(target=work, args=(account,), daemon=True) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [reports[account.name] for account in accounts if account.name in reports]


def watch(
    settings: Settings,
    data: Path,
    own: Own,
    lines: Lines,
    now: Callable[[], int],
    *,
    fault: Callable[[Exception], str],
    forget: Callable[[Account], None],
    senders: Senders = lambda *_which: None,
    arrived: Arrived = lambda _account: 0,
    notify: Callable[[Noticed], None] = lambda _notice: None,
    report: Callable[[Event], None] = lambda _event: None,
    linger: float | None = None,
    outdated: Callable[[], bool] = lambda: False,
    secrets: Callable[[dict[str, Any]], Answer] | None = None,
) -> bool:
    """Sync until told to stop (SIGTERM, SIGINT, SIGHUP). The caller holds the lock.

    `arrived` runs the rep's filters on what has come to an account (FLT-2), in that account's thread.
    `notify` tells outside of the program that a customer waits; it returns at once (MAG-5).
    `linger`: end so many seconds after the last listener has left, for a process that an interface started.
    `secrets` opens or locks the encrypted passwords as it is asked to (ACC-4).
    `outdated`: whether the settings have changed since; then it ends, and returns True: it is to be begun anew.
    """
    path = data / FILE
    with contextlib.suppress(OSError):
        os.nice(_NICE)
        if hasattr(os, "SCHED_BATCH"):  # Linux: never preempt a process that has just been woken by a key
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with Database(path) as database:
        placing.bring_up_to_date(database, _placing(settings, own, now), settings.records.pipelines)
        stopping = threading.Event()
        workers: dict[str, Worker] = {}

        def on_request(request: dict[str, Any]) -> None:
            if request.get("do") == "sync":
                for name, worker in workers.items():
                    if name in (request.get("accounts") or workers):
                        worker.ask("pass", str(request.get("id", "")) or "asked")
            elif request.get("do") == "push":
                for worker in workers.values():
                    worker.ask("push")
            elif request.get("do") == "errand":
                name = str(request.get("account", ""))
                if name in workers:
                    workers[name].ask("errand", json.dumps(request))
                else:  # the configuration has it only since this process began
                    here = any(account.name == name for account in settings.accounts)
                    sentence = (
                        _("The account {name} is paused; resume it first.")
                        if here
                        else _("There is no account {name} in the configuration.")
                    )
                    hub.publish(Answer(name, str(request.get("id", "")), False, sentence.format(name=name), {}))
            elif request.get("do") in ("unlock", "lock") and secrets is not None:
                hub.publish(secrets(request))
                for worker in workers.values():
                    worker.ask("pass", "asked")
            elif request.get("do") == "stop":
                stopping.set()

        hub = Hub(socket_path(data), on_request)

        def tell(event: Event) -> None:
            report(event)
            hub.publish(event)

        def noticed(notice: Noticed) -> None:
            notify(notice)
            tell(notice)

        noticing = Noticing(database, noticed)

        def stop(_signal: int, _frame: object) -> None:
            stopping.set()
            hub.wake()

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)

        def worker_of(account: Account) -> Worker:
            return Worker(
                account,
                partial(lines, account),
                path,
                partial(_placing, settings, own, now),
                tell,
                now,
                random.Random(),  # noqa: S311 - jitter
                fault,
                partial(forget, account),
                senders(account, partial(_placing, settings, own, now), tell, now),
                arrived,
            )

        def start_and_stop() -> None:
            """Accounts that the rep has paused have no worker, and nobody knocks at their servers."""
            paused = pausing.paused(database.connection)
            for account in settings.accounts:
                if account.name in paused and account.name in workers:
                    _end([workers.pop(account.name)])
                if account.name in paused:
                    _say_paused(database, account, tell)
                elif account.name not in workers:
                    workers[account.name] = worker_of(account)
                    workers[account.name].start()

        start_and_stop()
        alone = 0.0
        revision = 0
        anew = False
        try:
            while not stopping.is_set():
                if anew := outdated():
                    break
                hub.turn(_TURN)
                today = _placing(settings, own, now)
                placing.bring_up_to_date(database, today, settings.records.pipelines)
                if database.revision() != revision:
                    start_and_stop()
                    if _something_to_tell(database):
                        # Somebody acted without a word on the socket.
                        for worker in workers.values():
                            worker.ask("push")
                revision = database.revision()
                _wake(database, today, now(), tell)
                noticing.look(today)
                alone = 0.0 if hub.listeners else alone + _TURN
                if linger is not None and alone >= linger:
                    break
        finally:
            _end(list(workers.values()))
            hub.close()
        return anew


def _end(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.ask("stop")
    for worker in workers:
        worker.join(2.0)
        if worker.postman is not None:
            worker.postman.join(2.0)


def _say_paused(database: Database, account: Account, tell: Callable[[Event], None]) -> None:
    row = database.connection.execute("SELECT state FROM account WHERE name = ?", (account.name,)).fetchone()
    if row is None or row[0] != PAUSED:
        with database.transaction() as connection:
            account_id = folders.account(connection, account.name, account.address)
            folders.account_state(connection, account_id, PAUSED, "", 0)
        tell(Connection(account.name, PAUSED, "", 0))


def _something_to_tell(database: Database) -> bool:
    connection = database.connection
    return operations.any_open(connection) or outgoing.any_pending(connection) or drafts.any_untold(connection)


def _wake(database: Database, placing: board.Placing, now: int, tell: Callable[[Event], None]) -> None:
    """Bring back the threads that have slept long enough (ACT-5), and those that nobody answered in time (ACT-6)."""
    if snoozes.due(database.connection, now) or responses.due(database.connection, now):
        with database.transaction() as connection:
            threads = {*snoozes.wake(connection, now), *responses.check(connection, now)}
            board.refresh(connection, threads, placing)
        tell(Changed())


def _placing(settings: Settings, own: Own, now: Callable[[], int]) -> board.Placing:
    return board.placing(settings, own, now())
