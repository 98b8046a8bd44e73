"""Keeping what was placed in step with what placing depends on: the rep's own addresses, the month, the rules."""

import hashlib
import sqlite3

from salesinbox.model.mail import DRAFTS, SENT
from salesinbox.rules import addresses
from salesinbox.rules.columns import Own
from salesinbox.store import board
from salesinbox.store.database import Database, set_state

RULES = "1"
"""Goes up with each release whose rules place mail in another way."""
_CHUNK = 1000


def bring_up_to_date(database: Database, own: Own, month: str) -> int:
    """Place everything again if the rep's own addresses, the month or the rules differ from last time (COL-9).

    Returns how many threads moved. Costs one small read when nothing differs.
    """
    rep = hashlib.blake2b(
        repr((RULES, sorted(own.addresses), sorted(own.domains), sorted(own.team))).encode(), digest_size=12
    ).hexdigest()
    if database.state("placed for") == f"{rep} {month}":
        return 0
    placing = board.Placing(own, month)
    with database.transaction() as connection:
        if not database.state("placed for").startswith(rep):
            _own_mail_again(connection, own, placing)
        moved = board.place_again(connection, placing)
        set_state(connection, "placed for", f"{rep} {month}")
    return moved


def _own_mail_again(connection: sqlite3.Connection, own: Own, placing: board.Placing) -> None:
    """Which messages the rep wrote depends on the rep's addresses: decide it again, and sum up what that changes."""
    changed = []
    threads = set()
    for number, thread, address, mine, filed in connection.execute(
        "SELECT message.id, thread_id, sender_address, mine, max(role IN (?, ?)) FROM message"
        " JOIN location ON location.message = message.id JOIN folder ON folder.id = folder_id GROUP BY message.id",
        (SENT, DRAFTS),
    ):
        is_mine = int(bool(filed) or addresses.normal(address) in own.addresses)
        if is_mine != mine:
            changed.append((is_mine, number))
            threads.add(thread)
    connection.executemany("UPDATE message SET mine = ? WHERE id = ?", changed)
    ordered = sorted(threads)
    for start in range(0, len(ordered), _CHUNK):
        board.refresh(connection, ordered[start : start + _CHUNK], placing)
