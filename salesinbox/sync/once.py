"""One account, once: a single pass, or only the sending of what is due, in the foreground."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from salesinbox.model.errors import SalesInboxError
from salesinbox.model.events import Event
from salesinbox.model.settings import Account
from salesinbox.model.status import AccountReport
from salesinbox.providers.session import Session
from salesinbox.store import board, filters, folders
from salesinbox.store.database import Database
from salesinbox.store.sending import outgoing as outgoing_store
from salesinbox.sync.drafting import Drafting
from salesinbox.sync.filing import Filing
from salesinbox.sync.incoming import Incoming
from salesinbox.sync.outgoing import Outgoing
from salesinbox.sync.sending import Sender, one_round

Arrived = Callable[[str], int]
"""Runs the rep's filters on what has come to the account of that name; returns how many threads they touched."""


def one_pass(
    account: Account,
    line: Callable[[], Session],
    path: Path,
    placing: Callable[[], board.Placing],
    report: Callable[[Event], None],
    now: Callable[[], int],
    sender: Sender | None = None,
    arrived: Arrived = lambda _account: 0,
) -> AccountReport:
    """Connect, make everything equal, send what is due, let the rep's filters look at what came, leave.

    Errors are in the report, with the exit code they stand for.
    """
    with Database(path) as database:
        with database.transaction() as connection:
            account_id = folders.account(connection, account.name, account.address)
        if sender is not None:
            one_round(sender, account_id, database)
        session = line()
        state, detail = "stopped", ""
        try:
            session.connect()
            incoming = Incoming(account, session, database, placing, report, now)
            incoming.know_account()
            outgoing = Outgoing(account.name, account_id, session, database, placing, report, now, incoming.pull)
            outgoing.push()
            if sender is None:
                incoming.left_folder()
                return _filtered(incoming, outgoing, arrived)
            filing = Filing(sender, account_id, session, database)
            filing.file()
            Drafting(sender, account_id, session, database).push()
            incoming.left_folder()
            done = _filtered(incoming, outgoing, arrived)
            if not filing.filed_twice():
                return done
            incoming.left_folder()
            return incoming.full_pass()
        except SalesInboxError as error:
            detail = str(error)
            return AccountReport(account.name, (), 0.0, detail, int(error.exit))
        finally:
            session.close()
            with database.transaction() as connection:
                folders.account_state(connection, account_id, state, detail, 0)


def _filtered(incoming: Incoming, outgoing: Outgoing, arrived: Arrived) -> AccountReport:
    """A pass, and another one where the rep's filters moved what came."""
    done = incoming.full_pass()
    name = incoming.account.name
    if not filters.any_ready(incoming.database.connection, incoming.account_id) or not arrived(name):
        return done
    outgoing.push()
    incoming.left_folder()
    again = incoming.full_pass()
    new = {folder.name: folder.new for folder in done.folders}
    counted = tuple(replace(folder, new=folder.new + new.get(folder.name, 0)) for folder in again.folders)
    return replace(again, folders=counted)


def post(
    account: Account,
    line: Callable[[], Session],
    path: Path,
    now: Callable[[], int],
    sender: Sender,
) -> None:
    """Send what is due, and file it. What cannot be filed now is filed with the next pass."""
    with Database(path) as database:
        with database.transaction() as connection:
            account_id = folders.account(connection, account.name, account.address)
        one_round(sender, account_id, database)
        if not outgoing_store.to_file(database.connection, account_id):
            return
        session = line()
        try:
            session.connect()
            incoming = Incoming(account, session, database, sender.placing, sender.report, now)
            incoming.know_account()
            changed = Filing(sender, account_id, session, database).file()
            Drafting(sender, account_id, session, database).push()
            incoming.left_folder()
            for name in sorted(changed):
                incoming.peek(name)
        except SalesInboxError:
            return  # it is sent, and still to be filed: the outbox says so
        finally:
            session.close()
