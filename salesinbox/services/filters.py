"""The rep's filters: written, tried on mail already here, run by hand and on mail as it comes (FLT-1, FLT-2).

A filter looks at single messages of others. Everything of one run is one transaction: a process that is killed in it
has done nothing, and does it anew.
"""

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model import filters as model
from salesinbox.model import operations as verbs
from salesinbox.model.board import COLUMNS, Card
from salesinbox.model.errors import NotFoundError, QueryError, UsageError
from salesinbox.model.filters import Filter, FilterRun
from salesinbox.model.folding import fold
from salesinbox.model.operations import Outcome
from salesinbox.model.text import safe
from salesinbox.rules import filters as rules
from salesinbox.services import meant
from salesinbox.services.filter_running import Ran, Running, today
from salesinbox.services.records import words as record_words
from salesinbox.services.writer import Writer
from salesinbox.store import changes, filters, history, labels, own_columns
from salesinbox.store.database import Database

if TYPE_CHECKING:
    from salesinbox.formats.query_tree import Expression

_AT_ONCE = 200
"""Messages that came, in one transaction: others wait no longer than that."""


class FilterService:
    """Belongs to the thread of its writer, but for `count`, `preview` and `rehearse`, which any thread may call."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    # --- what there is ----------------------------------------------------------------------------------------

    def filters(self) -> list[Filter]:
        """All filters in the order in which they run; `problem` says what keeps one from working."""
        connection = self.writer.database.connection
        known = filters.filters(connection)
        if not known:
            return []
        return [
            Filter(one.id, one.name, one.query, one.actions, one.enabled, self._problem(connection, one))
            for one in known
        ]

    def described(self, one: Filter) -> str:
        """What a filter does, in one line of words."""
        titles = {name: title for name, title, _query in own_columns.columns(self.writer.database.connection)}
        return rules.described(one.actions, titles)

    def named(self, wanted: str) -> Filter:
        """A filter by its id ("r3") or its name, in any case. NotFoundError names those that exist."""
        known = self.filters()
        for one in known:
            if wanted in {one.id, one.name}:
                return one
        for one in known:
            if fold(one.name) == fold(wanted):
                return one
        raise NotFoundError(
            _("There is no filter {name}. Filters here: {names}.").format(
                name=safe(wanted, 60), names=", ".join(one.name for one in known) or "–"
            )
        )

    def save(self, one: Filter) -> Outcome:
        """Make a filter (`id` ""), or change one. `done` is its id.

        Raises:
            NotFoundError: There is no such filter to change.
            QueryError: The query cannot be understood.
            UsageError: It has no name or another one's, or an action cannot be done.
        """
        name = " ".join(safe(one.name).split())
        if not name or len(name) > rules.LONGEST_NAME:
            raise UsageError(_("A filter needs a name of at most {n} characters.").format(n=rules.LONGEST_NAME))
        made = Filter(one.id, name, one.query.strip(), tuple(one.actions), one.enabled)
        if not made.query:
            raise UsageError(_("The filter has no query yet. Say which mail is meant, such as from:newsletter."))
        self._parsed(made.query)
        with self.writer.step(verbs.ARRANGED, target="filter", subject=name) as step:
            connection = step.connection
            known = filters.filters(connection)
            if one.id and one.id not in {other.id for other in known}:
                raise NotFoundError(_("That filter is no longer here."))
            if any(fold(other.name) == fold(name) and other.id != one.id for other in known):
                raise UsageError(_("There is a filter {name} already.").format(name=name))
            # One that has become impossible can still be turned off.
            if made.enabled and (problem := self._impossible(connection, made)):
                raise UsageError(problem)
            saved = filters.save(connection, made)
        return Outcome((saved,), (), record_words.done(verbs.ARRANGED, "", name, 1))

    def remove(self, id: str) -> Outcome:
        with self.writer.step(verbs.ARRANGED, target="filter") as step:
            known = {one.id: one.name for one in filters.filters(step.connection)}
            if id not in known:
                raise NotFoundError(_("That filter is no longer here."))
            step.subject = known[id]
            filters.remove(step.connection, id)
        return Outcome((id,), (), record_words.done(verbs.ARRANGED, "", step.subject, 1))

    def reorder(self, ids: Sequence[str]) -> Outcome:
        """The order in which they run; all of them are to be named."""
        with self.writer.step(verbs.ARRANGED, target="filter") as step:
            known = {one.id: one.name for one in filters.filters(step.connection)}
            if sorted(known) != sorted(ids):
                raise UsageError(_("Name each filter once: {names}.").format(names=", ".join(known.values()) or "–"))
            step.subject = ", ".join(known[id] for id in ids)  # noqa: A001 - as everywhere in the services
            filters.reorder(step.connection, ids)
        return Outcome(tuple(ids), (), record_words.done(verbs.ARRANGED, "", step.subject, 1) if step.changed else "")

    # --- what a query finds -----------------------------------------------------------------------------------

    def count(self, query: str) -> int:
        """How many threads here have a message that the query asks for. QueryError for what cannot be understood."""
        from salesinbox.store.search import index  # noqa: PLC0415 - the board starts without searching

        expression = self._parsed(query)
        with Database(self.writer.database.path, readonly=True) as reading:
            return index.count(reading.connection, expression, zone=self.writer.settings.me.zone)

    def preview(self, query: str, limit: int) -> list[Card]:
        """Cards of the newest threads that it finds. QueryError as above."""
        from salesinbox.store import pages  # noqa: PLC0415 - the board starts without searching
        from salesinbox.store.search import index  # noqa: PLC0415 - the board starts without searching

        expression = self._parsed(query)
        placing = self.writer.placing()
        with Database(self.writer.database.path, readonly=True) as reading:
            hits = index.find(reading.connection, expression, limit, zone=placing.zone)
            cards = pages.cards(reading.connection, [hit.thread for hit in hits], month=placing.month)
        return [cards[hit.thread] for hit in hits if hit.thread in cards]

    # --- running ----------------------------------------------------------------------------------------------

    def rehearse(self, ids: Sequence[str] = ()) -> tuple[FilterRun, ...]:
        """What `run` would do now, filter by filter; nothing is changed."""
        own = self.writer
        writer = Writer(own.database, own.settings, own.own, own.now, patience=own.patience)
        try:
            with writer.writing.rehearsal() as connection:
                ran = Running(writer, connection).through(_chosen(connection, ids), None)
            return tuple(one.told() for one in ran)
        finally:
            writer.close()

    def run(self, ids: Sequence[str] = ()) -> Outcome:
        """Run filters (without ids: all that are on) on the mail that is here (FLT-2); undo takes all of it back.

        `done` are the threads that were touched; what was refused comes with its sentence.
        """
        now = int(self.writer.now())
        with self.writer.writing.transaction() as connection:
            chosen = _chosen(connection, ids)
            since = history.last(connection)
            with changes.Recording(connection) as recording:
                ran = Running(self.writer, connection).through(chosen, None)
            threads = sorted(set().union(*(one.threads for one in ran)))
            subject = meant.subject(connection, threads[0]) if threads else ""
            if threads:
                names = ", ".join(one.one.name for one in ran if one.threads)
                kept = history.Joined(names, subject, len(threads), changes.packed(recording.changes))
                history.joined(connection, since, verbs.FILTERED, now, kept)
            accounts = _accounts(connection, threads)
        refused = tuple(dict.fromkeys(pair for one in ran for pair in one.refused))
        text = record_words.done(verbs.FILTERED, "", subject, len(threads)) if threads else ""
        return Outcome(tuple(f"t{thread}" for thread in threads), refused, text, accounts)

    def arrived(self, account: str) -> int:
        """All filters that are on, on the mail that came to an account since the last time; returns the threads.

        Each message once, whatever ends the process: what was done is kept together with that it was looked at.
        """
        touched: set[int] = set()
        while True:
            with self.writer.writing.transaction() as connection:
                ready = filters.ready(connection, account, _AT_ONCE)
                if not ready:
                    return len(touched)
                for ran in self._on_arrival(connection, ready):
                    touched |= ran.threads
                filters.taken(connection, ready)

    def _on_arrival(self, connection: sqlite3.Connection, messages: Sequence[int]) -> list[Ran]:
        since = history.last(connection)
        ran = Running(self.writer, connection).through(_chosen(connection, ()), messages)
        threads = set().union(*(one.threads for one in ran))
        if threads:
            names = ", ".join(one.one.name for one in ran if one.threads)
            kept = history.Joined(names, meant.subject(connection, min(threads)), len(threads), [], final=True)
            history.joined(connection, since, verbs.FILTERED, int(self.writer.now()), kept)
        return ran

    # --- what is wrong ----------------------------------------------------------------------------------------

    def _parsed(self, query: str) -> "Expression":
        from salesinbox.formats import query as language  # noqa: PLC0415 - the board starts without searching

        return language.parse(query, today=today(self.writer))

    def _problem(self, connection: sqlite3.Connection, one: Filter) -> str:
        try:
            self._parsed(one.query)
        except QueryError as error:
            return str(error)
        return self._impossible(connection, one)

    def _impossible(self, connection: sqlite3.Connection, one: Filter) -> str:
        """What keeps a filter's actions from being done, as a sentence."""
        names = {row[0] for row in connection.execute("SELECT name FROM folder")}
        ids = {f"f{row[0]}" for row in connection.execute("SELECT id FROM folder")}
        columns = [*COLUMNS, *(row[0] for row in own_columns.columns(connection))]
        now, zone = int(self.writer.now()), self.writer.settings.me.zone
        problem = rules.problem(one.actions, folders=names | ids, columns=columns, now=now, zone=zone)
        try:
            for verb, value in one.actions if not problem else ():
                if verb == model.LABEL:
                    labels.keyword(value)
        except UsageError as error:
            return str(error)
        return problem


def _chosen(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Filter]:
    """The filters of these ids, or all that are on, in the order in which they run."""
    known = filters.filters(connection)
    if missing := set(ids) - {one.id for one in known}:
        raise NotFoundError(_("There is no filter {name} here.").format(name=safe(min(missing), 60)))
    return [one for one in known if one.id in ids or (not ids and one.enabled)]


def _accounts(connection: sqlite3.Connection, threads: Collection[int]) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT DISTINCT account.name FROM json_each(?) AS wanted JOIN thread ON thread.id = wanted.value"
        " JOIN account ON account.id = thread.account_id ORDER BY account.name",
        (json.dumps(list(threads)),),
    )
    return tuple(row[0] for row in rows)
