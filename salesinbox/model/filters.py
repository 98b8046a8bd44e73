"""Filters and columns of the rep's own (FLT, COL-12): a query in the one language, and what follows from it."""

from dataclasses import dataclass

MOVE, LABEL, READ, UNREAD, FLAG, ARCHIVE, TRASH, SNOOZE, COLUMN, MAGNET_ON, MAGNET_OFF, STOP = (
    "move", "label", "read", "unread", "flag", "archive", "trash", "snooze", "column", "magnet-on", "magnet-off",
    "stop",
)  # fmt: skip
ACTIONS = (MOVE, LABEL, READ, UNREAD, FLAG, ARCHIVE, TRASH, SNOOZE, COLUMN, MAGNET_ON, MAGNET_OFF, STOP)
WITH_VALUE = (MOVE, LABEL, SNOOZE, COLUMN)
"""Actions that need a value: a folder, a label, a time ("tomorrow"), a column's name."""


@dataclass(frozen=True, slots=True)
class Filter:
    """`id` "r3", "" for a new one. `actions` are (verb, value) in their order.

    `problem` is a sentence where it cannot work as it stands: its folder is gone, its query is understood no longer.
    """

    id: str
    name: str
    query: str
    actions: tuple[tuple[str, str], ...]
    enabled: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FilterRun:
    """What running filters did, or with a dry run would do: threads by filter and by action."""

    name: str
    threads: int
    actions: tuple[tuple[str, int], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """`name` is "x-…" and stays; `title` is shown. `problem` says why it takes no mail, where it cannot."""

    name: str
    title: str
    query: str
    threads: int = 0
    problem: str = ""
