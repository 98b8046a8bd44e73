"""The rep's own columns (COL-12): which threads meet their queries. Inside a transaction."""

import sqlite3
from collections.abc import Collection


def of(connection: sqlite3.Connection, placing: object, threads: Collection[int] | None) -> dict[int, str]:
    """Thread row → the first of the rep's own columns that it meets, of these threads (None: of all)."""
    return {}
