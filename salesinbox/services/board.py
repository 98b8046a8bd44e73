"""The board as a rep uses it: views, columns, cards, why a card lies where it lies, and the rep's own decisions."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.board import COLUMNS, NEWEST, VIEW_NAMES, Card, ColumnHead, Placement, ViewCount, Why
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.operations import OVERRIDDEN
from salesinbox.model.settings import Settings
from salesinbox.rules import addresses, columns, views
from salesinbox.rules import links as link_rules
from salesinbox.rules.columns import Own
from salesinbox.store import board, history, operations, own_columns, pages, snoozes
from salesinbox.store.database import Database
from salesinbox.store.links import following
from salesinbox.store.records import reading
from salesinbox.store.sending import outgoing, responses

if TYPE_CHECKING:
    from salesinbox.services.fleeting import Fleeting

_OF_FOLDERS = frozenset({"drafts", "sent", "archive", "spam", "trash"})
SCOPES = ("thread", "address", "domain")
ACCOUNT = "account "
"""How the lines of the rail begin that narrow the board to an account; nothing follows: to none."""
LAST = pages.LAST
"""As `before`: the end of the column."""


class BoardService:
    """Reads are windows by key: their cost does not grow with the mailbox. `now` gives seconds since 1970."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        own: Own,
        now: Callable[[], float],
        fleeting: "Fleeting | None" = None,
    ) -> None:
        """`fleeting`: what is known of mail that is not kept here; None where all mail is."""
        self.database = database
        self.fleeting = fleeting
        self.settings = settings
        self.own = own
        self.now = now
        self._searched: tuple[tuple[int, str], str] = ((-1, ""), "")
        """What a saved search found, and at which revision."""
        self.only = ""
        """The account that the board is narrowed to, by its name; empty: mail of all accounts."""
        self._counted: tuple[tuple[int, int], dict[tuple[int, str], tuple[int, int]]] = ((-1, 0), {})
        """What one account has, and at which revision that was counted."""

    @property
    def _connection(self) -> sqlite3.Connection:
        return self.database.connection

    def month(self) -> str:
        """The current month in the organisation's zone, "2026-11" (VIEW-1)."""
        return views.month_of(int(self.now()), self.settings.me.zone)

    def revision(self) -> int:
        """Changes whenever another process or thread has written."""
        return self.database.revision()

    def views(self) -> list[ViewCount]:
        """The rail: views with their counts (VIEW-1, VIEW-3), then the folders of all accounts as "folder N"."""
        counts = self._counts()
        titles = view_titles()
        roles = {row[0] for row in self._connection.execute("SELECT DISTINCT role FROM folder WHERE synced")}
        rows = []
        for name, bit in VIEW_NAMES.items():
            if name == "drafts":
                waiting = self.outbox_count()
                rows.append(ViewCount("outbox", _("Outbox"), waiting, waiting))
            found = [number for (view, _column), number in counts.items() if view == bit.value]
            if name in _OF_FOLDERS and name not in roles and not any(threads for threads, _unread in found):
                continue  # no such folder is synced, and nothing was moved there from here
            rows.append(ViewCount(name, titles[name], sum(t for t, _u in found), sum(u for _t, u in found)))
        for number, name in self._connection.execute("SELECT id, name FROM saved_search ORDER BY position, id"):
            # Not counted: that would be a search for each glance at the rail.
            rows.append(ViewCount(f"search {number}", name, 0, 0, group=_("Searches")))
        return [*rows, *self._accounts(), *self._folders()]

    def _accounts(self) -> list[ViewCount]:
        """A line for all accounts, then one for each: the board is narrowed by them. Nothing where there is one."""
        if len(self.settings.accounts) < 2:
            return []
        unread = pages.unread_of_accounts(self._connection)
        group = _("Accounts")
        names = [account.name for account in self.settings.accounts]
        return [
            ViewCount(ACCOUNT, _("All"), 0, sum(unread.get(name, 0) for name in names), group=group),
            *(ViewCount(f"{ACCOUNT}{name}", name, 0, unread.get(name, 0), group=group) for name in names),
        ]

    def _only(self) -> int | None:
        """The row of the account that the board is narrowed to; 0 for one that has no mail here yet."""
        if not self.only:
            return None
        row = self._connection.execute("SELECT id FROM account WHERE name = ?", (self.only,)).fetchone()
        return int(row[0]) if row else 0

    def _counts(self) -> dict[tuple[int, str], tuple[int, int]]:
        """(view bit, column) → (threads, threads with unread mail), of the account that is looked at."""
        account = self._only()
        if account is None:
            return pages.counts(self._connection)
        counted = (self.revision(), account)
        if self._counted[0] != counted:
            self._counted = (counted, pages.account_counts(self._connection, account))
        return self._counted[1]

    def _folders(self) -> list[ViewCount]:
        """Every folder of every account, below the account's name where there are several."""
        several = len(self.settings.accounts) > 1
        rows = []
        known: set[tuple[str, str]] = set()
        for number, account, name, delimiter, role, shown, unread in self._connection.execute(
            "SELECT folder.id, account.name, folder.name, delimiter, role, shown_count, unread FROM folder"
            " JOIN account ON account.id = account_id WHERE synced"
            " ORDER BY account.id, role = '', iif(role = '', folder.name, folder.id)"
        ):
            if role and not several:
                continue  # the view of that name shows the same mail
            known.add((account, name))
            above, _mark, last = name.rpartition(delimiter) if delimiter else ("", "", name)
            nested = (account, above) in known
            depth = name.count(delimiter) if nested else 0
            title = last if nested else name
            group = account if several else _("Folders")
            rows.append(ViewCount(f"folder {number}", title, shown, unread, group=group, depth=depth))
        return rows

    def _view(self, view: str) -> str:
        """A view as the store reads it: of one account, if the board is narrowed to it; a folder is of one anyhow."""
        account = None if view.startswith("folder ") else self._only()
        narrowed = "" if account is None else f"{pages.OF_ACCOUNT}{account}"
        return self._listed(view) + narrowed

    def _listed(self, view: str) -> str:
        """A saved search becomes the list of threads that it finds now."""
        if not view.startswith("search "):
            return view
        revision = (self.revision(), view)
        if self._searched[0] != revision:
            self._searched = (revision, pages.FOUND + json.dumps(self._find(view)))
        return self._searched[1]

    def _find(self, view: str) -> list[int]:
        from salesinbox.store.search import saved  # noqa: PLC0415 - the board starts without searching

        row = self._connection.execute(
            "SELECT query FROM saved_search WHERE id = ?", (int(view.removeprefix("search ")),)
        ).fetchone()
        if row is None:
            return []
        return saved.threads(self._connection, row[0], self.settings.me.zone, int(self.now()))

    def ids(self, view: str, column: str, limit: int = 5000, order: str = NEWEST) -> list[str]:
        """Ids of the threads of a column of a view, in its order."""
        rows = pages.page(self._connection, self._view(view), column, order, limit, month=self.month())
        return [card.id for card in rows]

    def _shown(self, cards: list[Card]) -> list[Card]:
        return cards if self.fleeting is None else self.fleeting.over(self._connection, cards)

    def within(self, view: str, ids: Sequence[str]) -> set[str]:
        """Those of the threads that lie in a view."""
        numbers = [row_of(id, "t") for id in ids]  # noqa: A001 - as everywhere in the services
        return {f"t{number}" for number in pages.within(self._connection, self._view(view), numbers)}

    def pending(self) -> int:
        """How many changes servers are still to be told of; costs microseconds."""
        return operations.number_open(self._connection)

    def untold(self) -> bool:
        """Whether a server has refused something that the rep has not been told."""
        return history.any_refusal(self._connection)

    def outbox_count(self) -> int:
        """How many messages are not sent, or not known to be (VIEW-3); costs microseconds."""
        return outgoing.number_open(self._connection)

    def due(self) -> bool:
        """Whether a snoozed thread is to come back now, or one that nobody answered in time."""
        now = int(self.now())
        return snoozes.due(self._connection, now) or responses.due(self._connection, now)

    def heads(self, view: str) -> list[ColumnHead]:
        """The columns in the rep's order with the counts of a view; a column that the rep made by override follows."""
        if view.startswith("folder "):
            found = pages.folder_counts(self._connection, int(view.removeprefix("folder ")))
        elif view.startswith("search "):
            found = pages.found_counts(self._connection, self._view(view))
        else:
            bit = VIEW_NAMES[view].value
            found = {column: n for (one, column), n in self._counts().items() if one == bit}
        titles = self.titles()
        known = dict.fromkeys(name for name in self.settings.display.columns if name in titles)
        return [
            ColumnHead(name, titles[name], *found.get(name, (0, 0)))
            for name in known | dict.fromkeys(COLUMNS) | dict.fromkeys(titles)
        ]

    def titles(self, connection: sqlite3.Connection | None = None) -> dict[str, str]:
        """Titles of the columns there are, by name: the built-in ones, then the rep's own in their order (COL-12)."""
        own = {name: title for name, title, _query in own_columns.columns(connection or self._connection)}
        return column_titles() | self.settings.display.titles | own

    def page(
        self,
        view: str,
        column: str,
        order: str,
        limit: int,
        *,
        after: tuple[int, int] | None = None,
        before: tuple[int, int] | None = None,
    ) -> list[Card]:
        """Cards below `after`, or directly above `before` (LAST: the end), or from the top. Keys: (sort, row)."""
        return self._shown(
            pages.page(
                self._connection, self._view(view), column, order, limit, month=self.month(), after=after, before=before
            )
        )

    def at(self, view: str, column: str, order: str, key: tuple[int, int], limit: int) -> list[Card]:
        """Cards from `key` on, downwards; the one with the key itself first, if it is still there."""
        return self._shown(
            pages.page(self._connection, self._view(view), column, order, limit, month=self.month(), start=key)
        )

    def rank(self, view: str, column: str, order: str, key: tuple[int, int]) -> int:
        return pages.rank(self._connection, self._view(view), column, order, key)

    def card(self, id: str) -> Card | None:
        number = row_of(id, "t")
        found = pages.cards(self._connection, [number], month=self.month()).get(number)
        return None if found is None else self._shown([found])[0]

    def some_cards(self, ids: Sequence[str]) -> list[Card]:
        """The cards of these threads, those that are still here."""
        numbers = [row_of(id, "t") for id in ids]  # noqa: A001 - as everywhere in the services
        found = pages.cards(self._connection, numbers, month=self.month())
        return self._shown([found[number] for number in numbers if number in found])

    def cards(self, column: str | None, view: str | None, folder: str | None, limit: int | None) -> list[Card]:
        """For the command line: newest first; without a view or folder, all mail but spam and trash."""
        if view is not None:
            view = self._view_named(view)
        if column is not None and column not in self._column_names():
            raise UsageError(
                _("There is no column {column}. Columns are: {names}.").format(
                    column=column, names=", ".join(self._column_names())
                )
            )
        name = view or "all"
        if folder is not None:
            return self._folder_cards(folder, column, view, limit)
        most = -1 if limit is None else limit
        return self._shown(pages.page(self._connection, self._view(name), column, NEWEST, most, month=self.month()))

    def _view_named(self, view: str) -> str:
        """A view as the command line names it: a built-in one, or a saved search by its name."""
        if view in VIEW_NAMES:
            return view
        from salesinbox.store.search import saved  # noqa: PLC0415 - the board starts without searching

        known = {one.name: f"search {one.row}" for one in saved.saved(self._connection)}
        if view not in known:
            raise UsageError(
                _("There is no view {view}. Views are: {names}.").format(
                    view=view, names=", ".join([*VIEW_NAMES, *known])
                )
            )
        return known[view]

    def _folder_cards(self, folder: str, column: str | None, view: str | None, limit: int | None) -> list[Card]:
        account, _colon, rest = folder.partition(":")
        rows = self._connection.execute(
            "SELECT folder.id FROM folder JOIN account ON account.id = account_id"
            " WHERE folder.name = ? OR (account.name = ? AND folder.name = ?)"
            " OR (upper(?) = 'INBOX' AND role = 'inbox')",
            (folder, account, rest.strip(), folder),
        ).fetchall()
        if not rows:
            names = [row[0] for row in self._connection.execute("SELECT DISTINCT name FROM folder ORDER BY name")]
            raise NotFoundError(
                _("There is no folder {folder}. Folders here: {names}.").format(
                    folder=folder, names=", ".join(names) or "–"
                )
            )
        found = {
            card.row: card
            for (number,) in rows
            for card in pages.page(
                self._connection,
                f"folder {number}",
                column,
                NEWEST,
                -1 if limit is None else limit,
                month=self.month(),
            )
        }
        if view is not None:
            inside = set(pages.within(self._connection, self._view(view), list(found)))
            found = {row: card for row, card in found.items() if row in inside}
        ordered = sorted(found.values(), key=lambda card: (card.date, card.row), reverse=True)
        return self._shown(ordered[:limit])

    def _column_names(self) -> list[str]:
        used = [row[0] for row in self._connection.execute("SELECT DISTINCT col FROM override ORDER BY col")]
        return list(dict.fromkeys([*COLUMNS, *self.titles(), *used]))

    # --- why, and otherwise ------------------------------------------------------------------------------------

    def place(self, id: str) -> Placement:
        """The placement of a thread, decided anew from what is known now (COL-8)."""
        return self._place(self._connection, id)

    def _place(self, connection: sqlite3.Connection, id: str) -> Placement:
        number = row_of(id, "t")
        row = connection.execute(
            "SELECT sender_address, subject, warning, deal_id FROM thread WHERE id = ? AND messages > 0", (number,)
        ).fetchone()
        if row is None:
            raise NotFoundError(_("There is no thread {id} here.").format(id=id))
        address, subject, warning, deal = row
        known = reading.known(connection, [address]).get(address)
        chosen = board.overrides(connection)
        return columns.place(
            number,
            address,
            known,
            self.own,
            chosen,
            subject=subject,
            warning=warning,
            earlier_deal=f"d{deal or 0}",
            own_column=self._own_column(connection, number),
        )

    def _own_column(self, connection: sqlite3.Connection, thread: int) -> str:
        """The column of the rep's own whose query a thread meets now, or "" (COL-12)."""
        return own_columns.of(connection, board.placing(self.settings, self.own, self.now()), [thread]).get(thread, "")

    def why(self, id: str) -> Why:
        """Why the card lies where it lies, and what it is linked to, in words (COL-8)."""
        placement = self.place(id)
        link = following.explained(self._connection, row_of(id, "t"), self.own)
        return Why(
            placement.column,
            columns.reason(placement, self.titles()),
            placement.rule,
            placement.record_id,
            placement.address,
            placement.also,
            placement.warning,
            link_rules.reason(*link) if link else "",
        )

    def reasons(self, cards: Sequence[Card]) -> list[str]:
        """Why each card lies where it lies, in words, with the records of all of them read at once."""
        connection = self._connection
        rows = {
            row[0]: row[1:]
            for row in connection.execute(
                "SELECT thread.id, sender_address, subject, warning"
                " FROM json_each(?) AS wanted JOIN thread ON thread.id = wanted.value",
                (json.dumps([card.row for card in cards]),),
            )
        }
        known = reading.known(connection, {address for address, _subject, _warning in rows.values()})
        chosen = board.overrides(connection)
        own = own_columns.of(connection, board.placing(self.settings, self.own, self.now()), list(rows))
        titles = self.titles()
        return [
            columns.reason(
                columns.place(
                    card.row,
                    address,
                    known.get(address),
                    self.own,
                    chosen,
                    subject=subject,
                    warning=warning,
                    earlier_deal=card.deal.id if card.deal else "",
                    own_column=own.get(card.row, ""),
                ),
                titles,
            )
            for card in cards
            for address, subject, warning in [rows[card.row]]
        ]

    def override(self, id: str, scope: str, column: str | None) -> int:
        """The rep's own decision for a thread, its address or its domain; None takes it back (COL-3, COL-8).

        Returns how many threads moved. A free-mail domain cannot be overridden as a whole: it is nobody's.
        """
        if scope not in SCOPES:
            raise UsageError(_("An override is for the thread, the address or the domain."))
        with Database(self.database.path) as writing, writing.transaction() as connection:
            address = self._place(connection, id).address
            domain = addresses.domain_of(address)
            if scope == "domain" and addresses.is_free_mail(domain):
                raise UsageError(
                    _("{domain} is a free-mail domain that many people share; choose the address instead.").format(
                        domain=domain
                    )
                )
            value = {"thread": str(row_of(id, "t")), "address": address, "domain": domain}[scope]
            self._remember(connection, id, scope, value, column)
            board.set_override(connection, scope, value, column)
            return board.place_again(connection, board.placing(self.settings, self.own, self.now()))

    def _remember(self, connection: sqlite3.Connection, id: str, scope: str, value: str, column: str | None) -> None:
        """Keep the way back (ACT-3)."""
        row = connection.execute("SELECT col FROM override WHERE scope = ? AND value = ?", (scope, value)).fetchone()
        subject = connection.execute("SELECT subject FROM thread WHERE id = ?", (row_of(id, "t"),)).fetchone()[0]
        titles = self.titles(connection)
        history.began(
            connection,
            OVERRIDDEN,
            int(self.now()),
            target=titles.get(column, column) if column else _("where the rules put it"),
            subject=subject if scope == "thread" else value,
            threads=1,
            before={"scope": scope, "value": value, "column": row[0] if row else None},
        )


def row_of(id: str, letter: str) -> int:
    """The row number in an id like "t12"; NotFoundError for anything else."""
    if id[:1] == letter and id[1:].isascii() and id[1:].isdigit() and len(id) < 19:
        return int(id[1:])
    raise NotFoundError(_("{id} is not the id of anything here.").format(id=id[:40]))


def column_titles() -> dict[str, str]:
    """Titles of the built-in columns (COL-1)."""
    return {
        "deals": _("Deals"),
        "people": _("Contacts & leads"),
        "colleagues": _("Colleagues"),
        "unknown": _("Not in CRM"),
    }


def view_titles() -> dict[str, str]:
    return {
        "inbox": _("Inbox"),
        "magnet": _("Magnet"),
        "unread": _("Unread"),
        "flagged": _("Flagged"),
        "snoozed": _("Snoozed"),
        "closing-this-month": _("Closing"),
        "customers": _("Customers"),
        "open-deals": _("Open deals"),
        "waiting": _("Waiting"),
        "drafts": _("Drafts"),
        "sent": _("Sent"),
        "archive": _("Archive"),
        "spam": _("Spam"),
        "trash": _("Trash"),
        "all": _("All mail"),
    }
