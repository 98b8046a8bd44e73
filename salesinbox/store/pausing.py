"""Accounts that the rep has paused, by their names."""

import sqlite3

from salesinbox.store.database import set_state

_PREFIX = "paused "


def paused(connection: sqlite3.Connection) -> frozenset[str]:
    rows = connection.execute("SELECT substr(name, ?) FROM state WHERE name GLOB ?", (len(_PREFIX) + 1, f"{_PREFIX}*"))
    return frozenset(row[0] for row in rows)


def set_paused(connection: sqlite3.Connection, name: str, *, paused: bool) -> None:
    if paused:
        set_state(connection, f"{_PREFIX}{name}", "yes")
    else:
        connection.execute("DELETE FROM state WHERE name = ?", (f"{_PREFIX}{name}",))
