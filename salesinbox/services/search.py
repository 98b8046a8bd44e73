"""Searching: for the command line, while typing, on the servers; and the searches that are kept (SRCH-1 to SRCH-4)."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from salesinbox.locale.texts import _
from salesinbox.model.board import Card
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.search import NEWEST, Results, SavedSearch
from salesinbox.model.settings import Settings
from salesinbox.model.text import safe
from salesinbox.rules import views
from salesinbox.store import pages
from salesinbox.store.database import Database

if TYPE_CHECKING:
    from salesinbox.model.remote import ServerHit
    from salesinbox.services.typed_search import TypedSearch

SNIPPET = 100
"""Terminal cells of the text shown around a hit."""
LONGEST_NAME = 60
"""Characters in the name of a saved index."""


class Servers(Protocol):
    """What can look on the servers, and fetch from there. Both wait for a server: not for the interface's thread."""

    def search_server(self, text: str) -> list["ServerHit"]:
        """Mail on the servers that fits the text. NetworkError or ServerError where none could be asked."""

    def take(self, hit: "ServerHit") -> str:
        """Fetch it; the id of its thread here, "t12"."""


class SearchService:
    """`now` gives seconds since 1970. `servers` is asked for when a server is first to be searched."""

    def __init__(
        self, database: Database, settings: Settings, now: Callable[[], float], servers: Callable[[], Servers]
    ) -> None:
        self.database = database
        self.settings = settings
        self.now = now
        self._servers = servers
        self.last = ""
        """The search whose result was opened last, to come back to."""

    # --- here -----------------------------------------------------------------------------------------------------

    def find(self, text: str, limit: int, order: str = NEWEST) -> list[tuple[Card, str]]:
        """Threads that match, each with the text around the hit. QueryError for text that cannot be understood."""
        from salesinbox.formats import query  # noqa: PLC0415 - the board starts without searching
        from salesinbox.store.search import index, snippets  # noqa: PLC0415 - the same

        zone = self.settings.me.zone
        now = int(self.now())
        connection = self.database.connection
        expression = query.parse(text, today=datetime.fromtimestamp(now, zone).date())
        hits = index.find(connection, expression, limit, zone=zone, order=order)
        cards = pages.cards(connection, [hit.thread for hit in hits], month=views.month_of(now, zone))
        return [
            (cards[hit.thread], snippets.snippet(connection, hit.message, expression, SNIPPET))
            for hit in hits
            if hit.thread in cards
        ]

    def typing(self, answered: Callable[[Results], None]) -> "TypedSearch":
        """A search beside the interface, for text that grows. `answered` is called in the search's own thread."""
        from salesinbox.services.typed_search import TypedSearch  # noqa: PLC0415 - the same

        return TypedSearch(self.database.path, self.settings.me.zone, self.now, answered)

    # --- saved searches -------------------------------------------------------------------------------------------

    def saved(self) -> list[SavedSearch]:
        from salesinbox.store.search import saved  # noqa: PLC0415 - the same

        return saved.saved(self.database.connection)

    def save(self, name: str, query: str, *, replace: bool = False) -> SavedSearch:
        """Keep a search under a name: it is a view from now on. With `replace` the name may be another one's.

        Raises:
            QueryError: The search cannot be understood.
            UsageError: There is no name, or another search has it.
        """
        from salesinbox.formats import query as language  # noqa: PLC0415 - the same
        from salesinbox.store.search import saved  # noqa: PLC0415 - the same

        query = query.strip()
        if not query:
            raise UsageError(_("There is no search to save yet. Type what to look for first."))
        language.parse(query, today=datetime.fromtimestamp(self.now(), self.settings.me.zone).date())
        name = _name(name)
        with Database(self.database.path) as writing, writing.transaction() as connection:
            if not replace and saved.named(connection, name) is not None:
                raise UsageError(_("There is a saved search {name} already.").format(name=name))
            return SavedSearch(saved.save(connection, name, query), name, query)

    def rename(self, row: int, name: str) -> None:
        """NotFoundError for a search that is not here; UsageError for a name that is none, or another one's."""
        from salesinbox.store.search import saved  # noqa: PLC0415 - the same

        name = _name(name)
        with Database(self.database.path) as writing, writing.transaction() as connection:
            other = saved.named(connection, name)
            if other is not None and other.row != row:
                raise UsageError(_("There is a saved search {name} already.").format(name=name))
            if not saved.rename(connection, row, name):
                raise NotFoundError(_("That saved search is no longer here."))

    def remove(self, name: str) -> None:
        """Forget a saved index. NotFoundError for a name that none has."""
        from salesinbox.store.search import saved  # noqa: PLC0415 - the same

        with Database(self.database.path) as writing, writing.transaction() as connection:
            known = saved.named(connection, name)
            if known is None:
                raise NotFoundError(_("There is no saved search {name}.").format(name=name))
            saved.delete(connection, known.row)

    # --- on the servers -------------------------------------------------------------------------------------------

    def on_server(self, text: str) -> list["ServerHit"]:
        """What the servers have that fits and is not here, newest first. Waits for servers: call it in a thread."""
        hits = self._servers().search_server(text)
        with Database(self.database.path, readonly=True) as reading:
            away = [hit for hit in hits if not _is_here(reading.connection, hit)]
        return sorted(away, key=lambda hit: hit.date, reverse=True)

    def take(self, hit: "ServerHit") -> str:
        """Fetch a message from its server; the id of its thread. Waits for the server."""
        return self._servers().take(hit)


def _name(typed: str) -> str:
    name = " ".join(safe(typed).split())
    if not name:
        raise UsageError(_("A saved search needs a name."))
    if len(name) > LONGEST_NAME:
        raise UsageError(_("A saved search's name has at most {n} characters.").format(n=LONGEST_NAME))
    return name


def _is_here(connection: sqlite3.Connection, hit: "ServerHit") -> bool:
    row = connection.execute(
        "SELECT 1 FROM account JOIN folder ON folder.account_id = account.id"
        " JOIN location ON location.folder_id = folder.id WHERE account.name = ? AND folder.name = ? AND uid = ?",
        (hit.account, hit.folder, hit.uid),
    ).fetchone()
    return row is not None
