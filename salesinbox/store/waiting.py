"""Which messages put threads into the magnet (MAG-1), and what that was decided by. Nothing here writes."""

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from salesinbox.model.records import KnownAddress
from salesinbox.rules import magnet as rules
from salesinbox.rules.columns import Overrides
from salesinbox.rules.magnet import Ask
from salesinbox.store import board, magnet
from salesinbox.store.board import Placing
from salesinbox.store.records import reading


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thread's messages without an answer, and those of them that wait for the rep, oldest first."""

    asks: tuple[Ask, ...]
    waiting: tuple[Ask, ...]
    known: Mapping[str, KnownAddress]
    overrides: Overrides
    entry: magnet.Entry


def of_threads(connection: sqlite3.Connection, threads: Collection[int], placing: Placing) -> dict[int, Waiting]:
    """By thread row. Whether a thread is in the magnet says its view: it may sleep, be read, or be narrowed out."""
    asks = {
        number: magnet.unpacked(stored, sender)
        for number, stored, sender in connection.execute(
            "SELECT thread.id, asks, sender_address FROM json_each(?) AS wanted"
            " CROSS JOIN thread ON thread.id = wanted.value",
            (json.dumps(list(threads)),),
        )
    }
    known = reading.known(connection, {ask.address for found in asks.values() for ask in found})
    overrides = board.overrides(connection)
    entries = magnet.entries(connection, threads)
    result = {}
    for number, found in asks.items():
        entry = entries.get(number, magnet.NO_ENTRY)
        waiting = rules.waiting(
            found, known, placing.own, overrides, placing.now, placing.magnet,
            dismissed=entry.dismissed, forced=entry.forced,
        )  # fmt: skip
        result[number] = Waiting(tuple(found), tuple(waiting), known, overrides, entry)
    return result
