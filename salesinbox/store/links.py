"""Links of mail to deals (LINK). Writers run inside the caller's transaction."""

import sqlite3
from collections.abc import Collection

AUTO, GUESS, CHOSEN = "auto", "guess", "chosen"

Linked = dict[int, tuple[int, str]]
"""Thread row → the deal of its newest linked message, and how the link was found (auto, guess, chosen)."""


def follow(connection: sqlite3.Connection, threads: Collection[int]) -> Linked:
    """Link the messages of these threads that have no link yet, as far as the rules say; the threads' deals."""
    return {}


def follow_all(connection: sqlite3.Connection) -> Linked:
    """The same for all mail, after records changed."""
    return {}


def merge(connection: sqlite3.Connection, gone: int, kept: int) -> None:
    """Thread `gone` turned out to be part of `kept`: the rep's choice follows."""
