"""Keeping what was placed in step with what placing depends on: the rep's own addresses and settings, the day."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

from salesinbox.model.mail import DRAFTS, SENT
from salesinbox.model.settings import Pipeline
from salesinbox.rules import addresses, magnet
from salesinbox.rules.columns import Own
from salesinbox.store import board
from salesinbox.store.database import Database, set_state
from salesinbox.store.records import pipelines
from salesinbox.store.search import records

RULES = "3"
"""Goes up with each release whose rules place mail in another way."""
_CHUNK = 1000


def bring_up_to_date(database: Database, placing: board.Placing, stages: Sequence[Pipeline] = ()) -> int:
    """Place everything again if the rep's own addresses, settings, the day or the rules differ from last time (COL-9).

    `stages` are the pipelines of the settings, which the database's are made to follow (REC-6). Returns how many
    threads moved. Costs two small reads when nothing differs.
    """
    own = placing.own
    rep = hashlib.blake2b(
        repr((RULES, sorted(own.addresses), sorted(own.domains), sorted(own.team))).encode(), digest_size=12
    ).hexdigest()
    # The month decides what closes in it, the day how old mail is.
    day = datetime.fromtimestamp(placing.now, placing.zone).date().isoformat()
    asked = hashlib.blake2b(repr(placing.magnet).encode(), digest_size=8).hexdigest()
    named = hashlib.blake2b(repr(placing.names).encode(), digest_size=8).hexdigest()
    wanted = f"{rep} {day} {placing.month} {asked} {named}"
    if database.state("placed for") == wanted and pipelines.are_kept(database.connection, stages):
        return 0
    with database.transaction() as connection:
        pipelines.keep(connection, stages)
        if not database.state("placed for").startswith(rep):
            _own_mail_again(connection, own, placing)
        set_state(connection, records.ME, json.dumps(placing.names))
        moved = board.place_again(connection, placing)
        set_state(connection, "placed for", wanted)
    return moved


def _own_mail_again(connection: sqlite3.Connection, own: Own, placing: board.Placing) -> None:
    """Which messages the rep wrote depends on the rep's addresses: decide it again, and sum up what that changes."""
    changed = []
    threads = set()
    for number, thread, address, mine, addressed, recipients, filed in connection.execute(
        "SELECT message.id, thread_id, sender_address, mine, addressed, recipients, max(role IN (?, ?)) FROM message"
        " JOIN location ON location.message = message.id JOIN folder ON folder.id = folder_id GROUP BY message.id",
        (SENT, DRAFTS),
    ):
        is_mine = int(bool(filed) or addresses.normal(address) in own.addresses)
        to_me = 0 if is_mine else magnet.addressed(_recipients(recipients), own)
        if (is_mine, to_me) != (mine, addressed):
            changed.append((is_mine, to_me, number))
            threads.add(thread)
    connection.executemany("UPDATE message SET mine = ?, addressed = ? WHERE id = ?", changed)
    ordered = sorted(threads)
    for start in range(0, len(ordered), _CHUNK):
        board.refresh(connection, ordered[start : start + _CHUNK], placing)


def _recipients(stored: str) -> Iterator[str]:
    """The addresses in To and Cc."""
    return (address for kind, _name, address in json.loads(stored) if kind in ("to", "cc"))
