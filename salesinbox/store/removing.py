"""Taking an account out of the database, with everything that belongs to it and to nobody else."""

import json
import sqlite3
from dataclasses import dataclass

from salesinbox.store import folders, history, mail
from salesinbox.store.database import set_state


@dataclass(frozen=True, slots=True)
class Removed:
    """How much went."""

    messages: int = 0
    drafts: int = 0
    unsent: int = 0


def counted(connection: sqlite3.Connection, name: str) -> Removed:
    """What would go."""
    row = connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
    return _counted(connection, int(row[0])) if row else Removed()


def remove(connection: sqlite3.Connection, name: str) -> Removed:
    """Delete the account's rows. Records stay, and so do tasks and notes that were made from its mail.

    Call it in a transaction, when nobody syncs the account.
    """
    kept = (f"paused {name}", f"files sent {name}", f"size limit {name}")
    connection.execute("DELETE FROM state WHERE name IN (?, ?, ?)", kept)
    row = connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
    if row is None:
        return Removed()
    account = int(row[0])
    counts = _counted(connection, account)
    threads = [row[0] for row in connection.execute("SELECT id FROM thread WHERE account_id = ?", (account,))]
    # Undo steps that were about this account alone have nothing left to take back.
    connection.execute(
        "DELETE FROM action WHERE id IN (SELECT action_id FROM operation WHERE account_id = ?1"
        " UNION SELECT action_id FROM outgoing WHERE account_id = ?1) AND NOT EXISTS"
        " (SELECT 1 FROM operation WHERE operation.action_id = action.id AND operation.account_id <> ?1)",
        (account,),
    )
    connection.execute("DELETE FROM operation WHERE account_id = ?", (account,))
    connection.execute("DELETE FROM outgoing WHERE account_id = ?", (account,))
    connection.execute("DELETE FROM draft WHERE account_id = ?", (account,))
    connection.execute(
        "UPDATE item SET message = NULL WHERE message IN (SELECT id FROM message WHERE account_id = ?)", (account,)
    )
    mail.keep_folders(connection, account, [])
    for folder in folders.all_folders(connection, account):
        connection.execute("DELETE FROM location WHERE folder_id = ?", (folder.id,))
    set_state(connection, f"sweep {account}", "1")
    mail.sweep(connection, account)
    gone = json.dumps(threads)
    for table in ("mute", "snooze"):
        connection.execute(f"DELETE FROM {table} WHERE thread_id IN (SELECT value FROM json_each(?))", (gone,))
    connection.execute("DELETE FROM reference WHERE account_id = ?", (account,))
    connection.execute("DELETE FROM account WHERE id = ?", (account,))
    connection.execute("DELETE FROM thread_count WHERE threads = 0 AND unread = 0")
    history.settle(connection)  # what was done before may be about mail that is gone
    connection.execute("DELETE FROM state WHERE name = ?", (f"sweep {account}",))
    return counts


def _counted(connection: sqlite3.Connection, account: int) -> Removed:
    return Removed(
        *connection.execute(
            "SELECT (SELECT count(*) FROM message WHERE account_id = ?1),"
            " (SELECT count(*) FROM draft WHERE account_id = ?1 AND state = 'open'),"
            " (SELECT count(*) FROM outgoing WHERE account_id = ?1"
            " AND state IN ('pending', 'running', 'refused', 'unknown'))",
            (account,),
        ).fetchone()
    )
