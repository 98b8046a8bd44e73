"""Filters at work, inside one transaction: which messages each takes, and what it does to them (FLT-2).

What a filter does is done by the code that does what the rep does, one filter after the other in the rep's order, so
that the next one sees what the one before has done.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from salesinbox.locale.texts import _
from salesinbox.model import filters as model
from salesinbox.model import operations as verbs
from salesinbox.model.board import COLUMNS
from salesinbox.model.errors import NotFoundError, QueryError, SalesInboxError
from salesinbox.model.filters import Filter, FilterRun
from salesinbox.model.mail import Flag
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe
from salesinbox.services import action_words, snoozing
from salesinbox.services.actions import ActionService
from salesinbox.services.writer import Writer
from salesinbox.store import board, filters, magnet, own_columns


@dataclass(slots=True)
class Ran:
    """What one filter has done: threads by action, and what was refused."""

    one: Filter
    threads: set[int] = field(default_factory=set)
    actions: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def told(self) -> FilterRun:
        return FilterRun(self.one.name, len(self.threads), tuple(self.actions.items()), tuple(self.refused))


class Running:
    """Filters on messages, inside one transaction of the writer's."""

    def __init__(self, writer: Writer, connection: sqlite3.Connection) -> None:
        self._writer, self._connection = writer, connection
        self._actions = ActionService(writer.database, writer.settings, writer.own, writer.now, writer=writer)

    def through(self, chosen: Sequence[Filter], messages: Sequence[int] | None) -> list[Ran]:
        """The filters in their order, on these messages (None: on all)."""
        stopped: set[int] = set()
        ran = []
        for one in chosen:
            ran.append(done := Ran(one))
            try:
                found = self._found(one, messages)
            except QueryError as error:
                done.refused.append((one.id, str(error)))
                continue
            going = {message: thread for message, thread in found.items() if message not in stopped}
            if not going:
                continue
            for verb, value in one.actions:
                if verb == model.STOP:
                    stopped |= going.keys()
                    continue
                try:
                    touched = self._do(verb, value, going, done)
                except SalesInboxError as error:
                    done.refused.append((one.id, str(error)))
                    continue
                done.threads |= touched
                if touched:
                    done.actions[verb] += len(touched)
        return ran

    def _found(self, one: Filter, messages: Sequence[int] | None) -> dict[int, int]:
        from salesinbox.formats import query as language  # noqa: PLC0415 - the board starts without searching

        expression = language.parse(one.query, today=today(self._writer))
        return filters.found(self._connection, expression, messages, zone=self._writer.settings.me.zone)

    def _do(self, verb: str, value: str, going: dict[int, int], done: Ran) -> set[int]:
        """One action; returns the threads that it changed."""
        if verb == model.COLUMN:
            return self._put(value, set(going.values()))
        if verb in (model.MAGNET_ON, model.MAGNET_OFF):
            return self._force(set(going.values()), forced=verb == model.MAGNET_ON)
        if verb == model.FLAG:
            going = self._unflagged(going)
        act = self._actions
        ids = [f"m{message}" for message in going]
        kept: dict[str, tuple[str, Callable[[], Outcome]]] = {
            model.MOVE: (verbs.MOVED, lambda: act.move(ids, value)),
            model.LABEL: (verbs.LABELLED, lambda: act.label(ids, [value])),
            model.READ: (verbs.READ, lambda: act.mark(ids, verbs.READ)),
            model.UNREAD: (verbs.UNREAD, lambda: act.mark(ids, verbs.UNREAD)),
            model.FLAG: (verbs.FLAGGED, lambda: act.mark(ids, verbs.FLAGGED)),
            model.ARCHIVE: (verbs.ARCHIVED, lambda: act.archive(ids)),
            model.TRASH: (verbs.TRASHED, lambda: act.trash(ids)),
            model.SNOOZE: (verbs.SNOOZED, lambda: act.snooze(ids, self._until(value))),
        }
        name, doing = kept[verb]
        with self._changed() as changed:
            outcome = doing()
        quiet = action_words.nothing_to_do(name)
        done.refused += [pair for pair in outcome.refused if pair[1] != quiet]
        if verb == model.SNOOZE:
            return {going[int(id[1:])] for id in outcome.done}  # noqa: A001 - as everywhere in the services
        return changed

    def _unflagged(self, going: dict[int, int]) -> dict[int, int]:
        """Those that are not flagged everywhere: to flag again is to tell the server for nothing."""
        rows = self._connection.execute(
            "SELECT DISTINCT message FROM json_each(?) AS wanted CROSS JOIN location ON message = wanted.value"
            " WHERE NOT coalesce(shown_flags, flags) & ?",
            (json.dumps(list(going)), int(Flag.FLAGGED)),
        )
        return {row[0]: going[row[0]] for row in rows}

    def _until(self, value: str) -> int:
        return snoozing.parse(value, int(self._writer.now()), self._writer.settings.me.zone)

    @contextmanager
    def _changed(self) -> Iterator[set[int]]:
        """The threads of which a server is to be told something, once it is over."""
        execute = self._connection.execute
        before = execute("SELECT coalesce(max(id), 0) FROM operation").fetchone()[0]
        changed: set[int] = set()
        yield changed
        changed.update(
            row[0]
            for row in execute(
                "SELECT DISTINCT thread_id FROM operation JOIN message ON message.id = operation.message"
                " WHERE operation.id > ?",
                (before,),
            )
        )

    def _put(self, column: str, threads: set[int]) -> set[int]:
        known = {*COLUMNS, *(row[0] for row in own_columns.columns(self._connection))}
        if column not in known:
            raise NotFoundError(
                _("There is no column {column}. Columns are: {names}.").format(
                    column=safe(column, 60), names=", ".join(sorted(known))
                )
            )
        chosen = dict(
            self._connection.execute(
                "SELECT CAST(value AS INTEGER), col FROM override WHERE scope = 'thread' AND CAST(value AS INTEGER)"
                " IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(threads)),),
            ).fetchall()
        )
        changed = {thread for thread in threads if chosen.get(thread) != column}
        for thread in changed:
            board.set_override(self._connection, "thread", str(thread), column)
        board.refresh(self._connection, changed, self._writer.placing())
        return changed

    def _force(self, threads: Collection[int], *, forced: bool) -> set[int]:
        entries = magnet.entries(self._connection)
        changed = {thread for thread in threads if entries.get(thread, magnet.NO_ENTRY).forced is not forced}
        for thread in changed:
            magnet.force(self._connection, thread, forced)
        board.refresh(self._connection, changed, self._writer.placing())
        return changed


def today(writer: Writer) -> date:
    return datetime.fromtimestamp(writer.now(), writer.settings.me.zone).date()
