"""Telling of new mail that waits for the rep, once for each message, whatever ends the process (MAG-5).

What was looked at is kept in the database, and committed before it is told: a message that came while no process ran
is told by the next one, and none twice. Old mail (received before its account was connected) is never news.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from salesinbox.model.board import View
from salesinbox.model.events import Noticed
from salesinbox.store import waiting
from salesinbox.store.board import Placing
from salesinbox.store.database import Database, set_state

LATE = 600
"""Seconds after its reception from which mail is no news any more: nobody was there to tell of it."""
_CALM = 2
"""Seconds without further late mail; then all of it is told as one."""
_PATIENCE = 5
"""Seconds that the rep's filters and a message's content may take, before it is told without them."""
_STATE = "noticed"
_MAGNET = int(View.MAGNET)


@dataclass(slots=True)
class _Looked:
    """Messages up to `up_to` were looked at, and those `beyond` it; `late` are still to be told together."""

    up_to: int = 0
    beyond: set[int] = field(default_factory=set)
    late: list[int] = field(default_factory=list)

    def packed(self) -> str:
        return json.dumps([self.up_to, sorted(self.beyond), self.late])


class Noticing:
    """Belongs to the thread that owns `database`. `tell` is called for each notice, after it was taken note of."""

    def __init__(self, database: Database, tell: Callable[[Noticed], None]) -> None:
        self.database, self.tell = database, tell
        stored = database.state(_STATE)
        up_to, beyond, late = json.loads(stored) if stored else (0, [], [])
        self._looked = _Looked(up_to, set(beyond), late)
        self._late_since = 0
        self._held: dict[int, int] = {}  # messages that filters have still to look at -> since when we wait
        self._newest = -1

    def look(self, placing: Placing) -> None:
        """Tell of what came since the last look; costs microseconds when nothing did."""
        connection = self.database.connection
        now = placing.now
        newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0])
        if newest != self._newest or self._held:
            self._newest = newest
            if newest > self._looked.up_to or self._held:
                self._look(placing, newest)
        if self._looked.late and now - self._late_since >= _CALM:
            late, self._looked.late = self._looked.late, []
            notices = _notices(connection, late)
            self._keep()
            if notices:
                self.tell(_summary(notices))

    def _look(self, placing: Placing, newest: int) -> None:
        connection = self.database.connection
        looked, now = self._looked, placing.now
        held = self._hold(connection, placing)
        fresh: list[int] = []
        late: list[int] = []
        rows = connection.execute(
            "SELECT message.id, thread_id, received FROM message JOIN thread ON thread.id = thread_id"
            " JOIN account ON account.id = message.account_id"
            " WHERE message.id > ? AND NOT mine AND views & ? AND received >= since ORDER BY message.id",
            (looked.up_to, _MAGNET),
        ).fetchall()
        wanted = [row for row in rows if row[0] not in looked.beyond and row[0] not in held]
        found = waiting.of_threads(connection, {thread for _message, thread, _received in wanted}, placing)
        for message, thread, received in wanted:
            if any(ask.row == message for ask in found[thread].waiting):
                (fresh if received >= now - LATE else late).append(message)
        if late:
            looked.late += late
            self._late_since = now
        looked.up_to, looked.beyond = _advanced(looked, held, newest, {row[0] for row in wanted})
        notices = _notices(connection, fresh)
        self._keep()
        for notice in notices:
            self.tell(notice)

    def _hold(self, connection: sqlite3.Connection, placing: Placing) -> set[int]:
        """Messages that the rep's filters have still to look at, or whose content the magnet's query may ask for."""
        looked, now = self._looked, placing.now
        waiting_for = "SELECT message FROM arrival WHERE message > ?1"
        if placing.magnet.query:
            waiting_for += (
                " UNION SELECT message.id FROM message JOIN account ON account.id = account_id"
                " WHERE message.id > ?1 AND body_state = 0 AND NOT mine AND received >= since"
            )
        rows = connection.execute(waiting_for, (looked.up_to,))
        self._held = {row[0]: self._held.get(row[0], now) for row in rows if row[0] not in looked.beyond}
        return {message for message, since in self._held.items() if now - since < _PATIENCE}

    def _keep(self) -> None:
        with self.database.transaction() as connection:
            set_state(connection, _STATE, self._looked.packed())


def _advanced(looked: _Looked, held: set[int], newest: int, seen: set[int]) -> tuple[int, set[int]]:
    """Up to where everything was looked at, and what was beyond it: messages that are held keep the line back."""
    up_to = max(looked.up_to, min(held) - 1 if held else newest)
    return up_to, {message for message in looked.beyond | seen if message > up_to}


def _notices(connection: sqlite3.Connection, messages: Iterable[int]) -> list[Noticed]:
    """In the order in which they came."""
    return [
        Noticed(account, f"t{thread}", name or address, subject, deal)
        for account, thread, name, address, subject, deal in connection.execute(
            "SELECT account.name, thread_id, message.sender_name, message.sender_address, message.subject,"
            " coalesce(deal.name, '') FROM json_each(?) AS wanted CROSS JOIN message ON message.id = wanted.value"
            " JOIN account ON account.id = message.account_id JOIN thread ON thread.id = thread_id"
            " LEFT JOIN deal ON deal.id = deal_id ORDER BY message.id",
            (json.dumps(list(messages)),),
        )
    ]


def _summary(notices: list[Noticed]) -> Noticed:
    last = notices[-1]
    return Noticed(last.account, last.thread, last.name, last.subject, last.deal, len(notices))
