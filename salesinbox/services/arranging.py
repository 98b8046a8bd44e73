"""Columns and views of the rep's own: written in the language of queries, kept, ordered, taken back by undo (COL-12).

Whatever is changed here, mail is placed again in the same step, and undo places it as it was (ACT-3).
"""

import re
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _
from salesinbox.model import operations as verbs
from salesinbox.model.board import COLUMNS, VIEW_NAMES
from salesinbox.model.errors import NotFoundError, QueryError, UsageError
from salesinbox.model.filters import OwnColumn
from salesinbox.model.folding import fold
from salesinbox.model.operations import Outcome
from salesinbox.model.search import SavedSearch
from salesinbox.model.text import safe
from salesinbox.rules.filters import LONGEST_NAME
from salesinbox.services.records import words
from salesinbox.services.writer import Writer
from salesinbox.store import own_columns
from salesinbox.store.search import saved

MOST_COLUMNS = 12
"""Columns of the rep's own: each is looked through for every mail, and a board has room for few."""
_PREFIX = "x-"
_UNNAMED = re.compile(r"[^\w]+")


class ArrangingService:
    """Reads cost a look at a small table; changes place all mail again."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    # --- columns ----------------------------------------------------------------------------------------------

    def columns(self) -> list[OwnColumn]:
        """The rep's own columns in their order, each with how many threads lie in it."""
        connection = self.writer.database.connection
        counts = dict(
            connection.execute(
                "SELECT col, threads FROM thread_count WHERE view = ?", (VIEW_NAMES["all"].value,)
            ).fetchall()
        )
        return [
            OwnColumn(name, title, query, counts.get(name, 0), self._problem(query))
            for name, title, query in own_columns.columns(connection)
        ]

    def save_column(self, title: str, query: str, name: str = "") -> Outcome:
        """Make a column, or change the one of that name ("x-…", which stays). `done` is its name.

        Raises:
            NotFoundError: There is no such column to change.
            QueryError: The query cannot be understood.
            UsageError: The title is none or another's, the query asks for columns, or there are too many.
        """
        title, query = _title(title), query.strip()
        self._check(query)
        with self.writer.step(verbs.ARRANGED, target="column", subject=title) as step:
            connection = step.connection
            known = own_columns.columns(connection)
            if name and name not in {row[0] for row in known}:
                raise _no_column(name, [row[0] for row in known])
            if any(fold(other) == fold(title) and row != name for row, other, _query in known):
                raise UsageError(_("There is a column {title} already.").format(title=title))
            if not name and len(known) >= MOST_COLUMNS:
                raise UsageError(_("There are {n} columns of your own, which is the most.").format(n=MOST_COLUMNS))
            if name:
                connection.execute("UPDATE own_column SET title = ?, query = ? WHERE name = ?", (title, query, name))
            else:
                name = _name(title, {row[0] for row in known} | _overridden(connection))
                connection.execute(
                    "INSERT INTO own_column (name, title, query, position)"
                    " VALUES (?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM own_column))",
                    (name, title, query),
                )
        return Outcome((name,), (), self._done(title, step.moved))

    def remove_column(self, name: str) -> Outcome:
        """Its threads go back to where the rules put them at once, also those that the rep or a filter put there."""
        with self.writer.step(verbs.ARRANGED, target="column") as step:
            known = {row[0]: row[1] for row in own_columns.columns(step.connection)}
            if name not in known:
                raise _no_column(name, list(known))
            step.subject = known[name]
            step.connection.execute("DELETE FROM own_column WHERE name = ?", (name,))
            step.connection.execute("DELETE FROM override WHERE col = ?", (name,))
        return Outcome((name,), (), self._done(step.subject, step.moved))

    def reorder(self, names: Sequence[str]) -> Outcome:
        """The order of the columns, which is also that in which they take mail. All of them are to be named."""
        with self.writer.step(verbs.ARRANGED, target="column") as step:
            known = {row[0]: row[1] for row in own_columns.columns(step.connection)}
            if sorted(known) != sorted(names):
                raise UsageError(_("Name each column of your own once: {names}.").format(names=", ".join(known) or "–"))
            step.subject = ", ".join(known[name] for name in names)
            step.connection.executemany(
                "UPDATE own_column SET position = ? WHERE name = ?", [(place, one) for place, one in enumerate(names)]
            )
        return Outcome(tuple(names), (), self._done(step.subject, step.moved) if step.changed else "")

    def _check(self, query: str) -> None:
        from salesinbox.formats import query as language  # noqa: PLC0415 - the board starts without searching
        from salesinbox.formats.query_tree import And  # noqa: PLC0415 - the same

        expression = language.parse(query, today=self._today())
        if expression == And(()):
            raise UsageError(_("There is no query yet. Say which mail is meant, such as kind:customer."))
        if condition := own_columns.refused(expression):
            raise UsageError(
                _("A column cannot ask for {condition}: that depends on where mail lies already.").format(
                    condition=safe(condition, 60)
                )
            )

    def _problem(self, query: str) -> str:
        try:
            self._check(query)
        except (QueryError, UsageError) as error:
            return str(error)
        return ""

    # --- views ------------------------------------------------------------------------------------------------

    def views(self) -> list[SavedSearch]:
        """Searches that are kept: each is a view, "search N" by its row."""
        return saved.saved(self.writer.database.connection)

    def save_view(self, name: str, query: str, before: str = "") -> Outcome:
        """Keep a search as a view; `before` is the name of the one that it replaces. `done` is its name.

        Raises:
            NotFoundError: There is no view `before`.
            QueryError: The query cannot be understood.
            UsageError: The name is none, or another's.
        """
        from salesinbox.formats import query as language  # noqa: PLC0415 - the board starts without searching

        name, query = _title(name), query.strip()
        if not query:
            raise UsageError(_("There is no search to save yet. Type what to look for first."))
        language.parse(query, today=self._today())
        if name in VIEW_NAMES:
            raise UsageError(_("{name} is a view already.").format(name=name))
        with self.writer.step(verbs.ARRANGED, target="view", subject=name) as step:
            known = saved.named(step.connection, before) if before else None
            if before and known is None:
                raise _no_view(before)
            other = saved.named(step.connection, name)
            if other is not None and (known is None or other.row != known.row):
                raise UsageError(_("There is a saved search {name} already.").format(name=name))
            if known is not None:
                saved.rename(step.connection, known.row, name)
            saved.save(step.connection, name, query)
        return Outcome((name,), (), self._done(name, 0))

    def remove_view(self, name: str) -> Outcome:
        with self.writer.step(verbs.ARRANGED, target="view", subject=name) as step:
            known = saved.named(step.connection, name)
            if known is None:
                raise _no_view(name)
            saved.delete(step.connection, known.row)
        return Outcome((name,), (), self._done(name, 0))

    # --- how it is done ---------------------------------------------------------------------------------------

    def _today(self) -> date:
        return datetime.fromtimestamp(self.writer.now(), self.writer.settings.me.zone).date()

    def _done(self, subject: str, moved: int) -> str:
        return words.with_moved(words.done(verbs.ARRANGED, "", subject, 1), moved)


def _title(typed: str) -> str:
    title = " ".join(safe(typed).split())
    if not title:
        raise UsageError(_("It needs a name."))
    if len(title) > LONGEST_NAME:
        raise UsageError(_("A name has at most {n} characters.").format(n=number(LONGEST_NAME)))
    return title


def _name(title: str, taken: set[str]) -> str:
    """A name that stays: "x-" and the title as scripts can write it."""
    stem = _PREFIX + (_UNNAMED.sub("-", fold(title)).strip("-_") or "column")
    name, count = stem, 1
    while name in taken or name in COLUMNS:
        count += 1
        name = f"{stem}-{count}"
    return name


def _overridden(connection: sqlite3.Connection) -> set[str]:
    """Columns that decisions of the rep's name: a new column of that name would take them over."""
    return {row[0] for row in connection.execute("SELECT DISTINCT col FROM override")}


def _no_column(name: str, known: Sequence[str]) -> NotFoundError:
    return NotFoundError(
        _("There is no column {column} of your own. Yours are: {names}.").format(
            column=safe(name, 60), names=", ".join(known) or "–"
        )
    )


def _no_view(name: str) -> NotFoundError:
    return NotFoundError(_("There is no saved search {name}.").format(name=safe(name, 60)))
