"""Reading the board: counts, and windows of cards by key (DESIGN, Processes). Nothing here writes."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from salesinbox.model.board import AMOUNT, CLOSING_DATE, NEWEST, VIEW_NAMES, WAITING_LONGEST, Card
from salesinbox.model.records import OPEN, DealBrief
from salesinbox.rules.views import closing_this_month
from salesinbox.store.database import marks

LAST = (-1, -1)
"""As `before`: the end of the column."""


def counts(connection: sqlite3.Connection) -> dict[tuple[int, str], tuple[int, int]]:
    """(view bit, column) → (threads, threads with unread mail)."""
    return {
        (view, column): (threads, unread)
        for view, column, threads, unread in connection.execute("SELECT view, col, threads, unread FROM thread_count")
    }


def total(connection: sqlite3.Connection, view: int) -> int:
    """Threads of a view (by its bit) in all columns."""
    row = connection.execute("SELECT coalesce(sum(threads), 0) FROM thread_count WHERE view = ?", (view,)).fetchone()
    return int(row[0])


def folder_counts(connection: sqlite3.Connection, folder_id: int) -> dict[str, tuple[int, int]]:
    """Column → (threads, threads with unread mail) of one folder."""
    return {
        column: (threads, unread)
        for column, threads, unread in connection.execute(
            "SELECT col, count(*), sum(unread > 0) FROM thread_folder JOIN thread ON thread.id = thread_id"
            " WHERE folder_id = ? GROUP BY col",
            (folder_id,),
        )
    }


def account_counts(connection: sqlite3.Connection, account: int) -> dict[tuple[int, str], tuple[int, int]]:
    """As `counts`, of one account's threads alone; in one look at them."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for bits, column, threads, unread in connection.execute(
        "SELECT views, col, count(*), sum(unread > 0) FROM thread WHERE account_id = ? GROUP BY views, col", (account,)
    ):
        for view in VIEW_NAMES.values():
            if bits & view:
                before = found.get((view.value, column), (0, 0))
                found[view.value, column] = (before[0] + threads, before[1] + unread)
    return found


def unread_of_accounts(connection: sqlite3.Connection) -> dict[str, int]:
    """Threads of the inbox with unread mail, by the account's name."""
    inbox, unread = VIEW_NAMES["inbox"].value, VIEW_NAMES["unread"].value
    rows = connection.execute(
        "SELECT account.name, count(*) FROM thread INDEXED BY thread_in_UNREAD JOIN account ON account.id = account_id"
        f" WHERE views & {unread} AND views & {inbox} GROUP BY account.name"
    )
    return dict(rows.fetchall())


def found_counts(connection: sqlite3.Connection, view: str) -> dict[str, tuple[int, int]]:
    """Column → (threads, threads with unread mail) of a list of threads (FOUND)."""
    where, values = _condition(view, None)
    rows = connection.execute(f"SELECT col, count(*), sum(unread > 0) FROM thread WHERE {where} GROUP BY col", values)
    return {column: (threads, unread) for column, threads, unread in rows}


_CARD = (
    "thread.id, account.name, col, people, sender_name, sender_address, subject, date, messages, unread, flagged,"
    " answered, attachments, warning, rule, deal.id, deal.name, deal.amount, deal.currency, deal.stage, deal.closing,"
    " stage.state,"
    " snooze.until, snooze.woke, snooze.note, thread.link, waiting_since"
)
_JOINS = (
    " JOIN account ON account.id = account_id LEFT JOIN deal ON deal.id = deal_id"
    " LEFT JOIN stage ON stage.name = deal.stage"
    " LEFT JOIN snooze ON snooze.thread_id = thread.id"
)
_STRANGERS = frozenset({"no-record"})
"""Rules by which the sender is nobody known: a failed check is no warning there (COL-13)."""

# What a column is ordered by (COL-11), and whether the largest comes first.
_SORTS = {
    NEWEST: ("thread.date", True),
    AMOUNT: ("CAST(coalesce(nullif(deal.amount, ''), 0) * 100 AS INTEGER)", True),
    CLOSING_DATE: (
        "CAST(replace(coalesce(nullif(deal.closing, ''), '9999-99-99'), '-', '') AS INTEGER)",
        False,
    ),
    WAITING_LONGEST: ("CASE waiting_since WHEN 0 THEN 9000000000 ELSE waiting_since END", False),
}


FOUND = "found "
"""How a view's name begins that is a list of threads, found by a search: their rows as a JSON array follow."""


OF_ACCOUNT = " @"
"""In a view's name: what follows is the row of the one account whose threads are taken."""


def _source(view: str, column: str | None) -> str:
    """The FROM clause. The planner would take any index by date for any view; a sparse view needs its own."""
    indexed = column is not None and not view.startswith(("folder ", FOUND))
    index = f" INDEXED BY thread_in_{VIEW_NAMES[view.partition(OF_ACCOUNT)[0]].name}" if indexed else ""
    return f" FROM thread{index}{_JOINS}"


def _condition(view: str, column: str | None) -> tuple[str, list[int | str]]:
    """The WHERE clause of a view (by name, or "folder N") and its parameters."""
    terms: list[str] = []
    values: list[int | str] = []
    view, _mark, account = view.partition(OF_ACCOUNT)
    if account:
        terms.append("thread.account_id = ?")
        values.append(int(account))
    if view.startswith("folder "):
        terms.append("EXISTS (SELECT 1 FROM thread_folder WHERE thread_id = thread.id AND folder_id = ?)")
        values.append(int(view.removeprefix("folder ")))
    elif view.startswith(FOUND):
        terms.append("thread.id IN (SELECT value FROM json_each(?)) AND messages > 0")
        values.append(view.removeprefix(FOUND))
    else:
        # The bit is written out, because a partial index is found by its exact words.
        terms.append(f"views & {VIEW_NAMES[view].value}")
    if column is not None:
        terms.append("col = ?")
        values.append(column)
    return " AND ".join(terms), values


def page(
    connection: sqlite3.Connection,
    view: str,
    column: str | None,
    order: str,
    limit: int,
    *,
    month: str,
    after: tuple[int, int] | None = None,
    before: tuple[int, int] | None = None,
    start: tuple[int, int] | None = None,
) -> list[Card]:
    """A window of a column in its order: below `after`, or from `start` on, or directly above `before`.

    Keys are (card.sort, card.row). With none of the three: from the top. `column` None: all columns together.
    """
    if column is None and not view.startswith(("folder ", FOUND)) and start is None and before is None:
        return _all_columns(connection, view, order, limit, month, after)
    value, descending = _SORTS[order]
    where, values = _condition(view, column)
    backwards = before is not None
    falling = descending != backwards
    if after is not None or start is not None or (before is not None and before != LAST):
        sign = "<" if falling else ">"
        if start is not None:
            sign += "="
        where += f" AND ({value}, thread.id) {sign} (?, ?)"
        values += after or start or before or ()
    direction = "DESC" if falling else "ASC"
    rows = connection.execute(
        f"SELECT {value}, {_CARD}{_source(view, column)} WHERE {where}"
        f" ORDER BY {value} {direction}, thread.id {direction} LIMIT ?",
        (*values, limit),
    ).fetchall()
    if backwards:
        rows.reverse()
    return _with_tasks(connection, [_card(row, month) for row in rows])


def _with_tasks(connection: sqlite3.Connection, found: list[Card]) -> list[Card]:
    """The cards, with those marked from whose mail a task was made that is still open: few are, so few are asked."""
    rows = connection.execute(
        "SELECT DISTINCT thread_id FROM item JOIN message ON message.id = item.message"
        " WHERE item.message IS NOT NULL AND item.kind = 'task' AND item.closed = 0"
    )
    noted = {row[0] for row in rows}
    return [replace(card, task=True) if card.row in noted else card for card in found] if noted else found


def _all_columns(
    connection: sqlite3.Connection, view: str, order: str, limit: int, month: str, after: tuple[int, int] | None
) -> list[Card]:
    """All columns of a view as one list: a page of each, merged, since the indexes are by column."""
    names = [name for bit, name in counts(connection) if bit == VIEW_NAMES[view].value]
    found = [card for name in names for card in page(connection, view, name, order, limit, month=month, after=after)]
    found.sort(key=lambda card: (card.sort, card.row), reverse=_SORTS[order][1])
    return found if limit < 0 else found[:limit]


def rank(connection: sqlite3.Connection, view: str, column: str, order: str, key: tuple[int, int]) -> int:
    """How many cards lie above the one with this key."""
    value, descending = _SORTS[order]
    where, values = _condition(view, column)
    sign = ">" if descending else "<"
    row = connection.execute(
        f"SELECT count(*){_source(view, column)} WHERE {where} AND ({value}, thread.id) {sign} (?, ?)", (*values, *key)
    ).fetchone()
    return int(row[0])


def within(connection: sqlite3.Connection, view: str, threads: Sequence[int]) -> list[int]:
    """Those of the threads that lie in a view."""
    where, values = _condition(view, None)
    rows = connection.execute(
        f"SELECT thread.id FROM json_each(?) AS wanted CROSS JOIN thread ON thread.id = wanted.value WHERE {where}",
        (json.dumps(list(threads)), *values),
    )
    return [row[0] for row in rows]


def cards(connection: sqlite3.Connection, threads: Sequence[int], *, month: str) -> dict[int, Card]:
    """Cards by thread row; threads without mail are left out."""
    rows = connection.execute(
        f"SELECT thread.date, {_CARD} FROM thread{_JOINS} WHERE messages > 0 AND thread.id IN ({marks(len(threads))})",
        tuple(threads),
    )
    return {card.row: card for card in _with_tasks(connection, [_card(row, month) for row in rows])}


def _card(row: Any, month: str) -> Card:
    (
        sort,
        number,
        account,
        column,
        people,
        name,
        address,
        subject,
        date,
        messages,
        unread,
        flagged,
        answered,
        attachments,
        warning,
        rule,
        deal,
        deal_name,
        amount,
        currency,
        stage,
        closing,
        state,
        until,
        woke,
        note,
        link,
        waiting_since,
    ) = row
    brief = None if deal is None else DealBrief(f"d{deal}", deal_name, amount, currency, stage, closing)
    return Card(
        id=f"t{number}",
        row=number,
        account=account,
        column=column,
        people=tuple(json.loads(people)),
        sender_name=name,
        sender_address=address,
        subject=subject,
        date=date,
        messages=messages,
        unread=bool(unread),
        flagged=bool(flagged),
        answered=bool(answered),
        attachments=bool(attachments),
        deal=brief,
        closing_this_month=brief is not None and state == OPEN and closing_this_month(brief.closing, month),
        warning=warning if rule not in _STRANGERS else "",
        snoozed_until=until or 0,
        woke=bool(woke),
        note=note or "",
        link=link,
        waiting_since=waiting_since,
        sort=sort,
    )
