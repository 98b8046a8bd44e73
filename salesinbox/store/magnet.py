"""What the rep did to entries of the magnet, and which threads its settings let in (MAG). Inside a transaction."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from salesinbox.model.board import View
from salesinbox.model.settings import Magnet
from salesinbox.rules.magnet import Ask


@dataclass(frozen=True, slots=True)
class Entry:
    """`dismissed`: messages up to this one are out; `forced`: what a filter decided (FLT-2)."""

    dismissed: int = 0
    forced: bool | None = None


NO_ENTRY = Entry()
Dropped = tuple[int, int, str, bool]
"""A thread that does not stay in the magnet: its row, its views before, its column, whether it has unread mail."""

_MAGNET = int(View.MAGNET)
_NONE = "[]"
_OF_CHUNK = "views & 16384 AND thread.id IN (SELECT value FROM json_each(?))"
_OF_ALL = "views & 16384 AND ? IS NULL"


def entries(connection: sqlite3.Connection, threads: Collection[int] | None = None) -> dict[int, Entry]:
    """What is kept of these threads (None: of all), by thread row; most threads were never dismissed."""
    query, parameters = "SELECT thread_id, dismissed, forced FROM magnet", []
    if threads is not None:
        query += " WHERE thread_id IN (SELECT value FROM json_each(?))"
        parameters.append(json.dumps(list(threads)))
    return {
        row[0]: Entry(row[1], None if row[2] is None else bool(row[2])) for row in connection.execute(query, parameters)
    }


def dismiss(connection: sqlite3.Connection, thread: int, message: int) -> None:
    """The rep wants to hear no more of the thread's messages up to this one; 0: of all of them again."""
    connection.execute(
        "INSERT INTO magnet (thread_id, dismissed) VALUES (?, ?)"
        " ON CONFLICT (thread_id) DO UPDATE SET dismissed = excluded.dismissed",
        (thread, message),
    )


def force(connection: sqlite3.Connection, thread: int, forced: bool | None) -> None:
    """A filter puts the thread on (True) or off, or (None) the rules decide again (FLT-2)."""
    connection.execute(
        "INSERT INTO magnet (thread_id, forced) VALUES (?, ?)"
        " ON CONFLICT (thread_id) DO UPDATE SET forced = excluded.forced",
        (thread, forced),
    )


def merge(connection: sqlite3.Connection, gone: int, kept: int) -> None:
    """Thread `gone` turned out to be part of `kept`: what was dismissed stays so."""
    connection.execute(
        "INSERT INTO magnet (thread_id, dismissed, forced) SELECT ?, dismissed, forced FROM magnet"
        " WHERE thread_id = ? ON CONFLICT (thread_id) DO UPDATE SET dismissed = max(dismissed, excluded.dismissed),"
        " forced = coalesce(forced, excluded.forced)",
        (kept, gone),
    )


# --- what a thread's row keeps of its messages without an answer -----------------------------------------------------


def packed(asks: Sequence[Ask], sender: str) -> str:
    """As JSON [[row, address, how, date], …]; the address of who decides the thread is "", to be short."""
    if not asks:
        return _NONE
    return json.dumps(
        [[row, "" if address == sender else address, how, date] for row, address, how, date in asks],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def unpacked(asks: str, sender: str) -> list[Ask]:
    if asks == _NONE:
        return []
    return [Ask(row, address or sender, how, date) for row, address, how, date in json.loads(asks)]


# --- what the settings let in (MAG-2) --------------------------------------------------------------------------------


def narrows(magnet: Magnet) -> bool:
    """Whether the settings let in a part only."""
    return bool(magnet.query or magnet.folders or magnet.labels or magnet.columns or magnet.deals_over)


def left_out(
    connection: sqlite3.Connection, magnet: Magnet, zone: tzinfo, now: int, threads: Collection[int] | None
) -> list[Dropped]:
    """Take out of the view those of the threads (None: of all) that the settings do not let in; returns them.

    It looks at the threads as they were just written, since the language asks for columns and deals, too. What a
    filter put on stays. Folders and the query ask of the messages that wait, labels, columns and deals of the thread.
    """
    if not narrows(magnet):
        return []
    chunk = None if threads is None else json.dumps(list(threads))
    where = _OF_ALL if threads is None else _OF_CHUNK
    wanted = f"FROM thread WHERE {where} AND id NOT IN (SELECT thread_id FROM magnet WHERE forced = 1)"
    rows = connection.execute(f"SELECT id, views, col, unread > 0 {wanted}", (chunk,)).fetchall()
    if not rows:
        return []
    stay = {row[0] for row in rows}
    for condition, parameters in _conditions(connection, magnet, zone, now):
        found = connection.execute(
            f"SELECT thread.id FROM json_each(?) AS wanted CROSS JOIN thread ON thread.id = wanted.value"
            f" WHERE {condition}",
            (json.dumps(sorted(stay)), *parameters),
        )
        stay = {row[0] for row in found}
    out = [(number, bits, column, bool(unread)) for number, bits, column, unread in rows if number not in stay]
    connection.executemany(
        "UPDATE thread SET views = ? WHERE id = ?", [(bits & ~_MAGNET, number) for number, bits, _col, _unread in out]
    )
    return out


def met(connection: sqlite3.Connection, magnet: Magnet, zone: tzinfo, now: int, thread: int) -> list[bool]:
    """Whether a thread meets the settings, one by one: columns, deals_over, folders, labels, query."""
    alone = (
        Magnet(columns=magnet.columns),
        Magnet(deals_over=magnet.deals_over),
        Magnet(folders=magnet.folders),
        Magnet(labels=magnet.labels),
        Magnet(query=magnet.query),
    )
    return [
        all(
            connection.execute(f"SELECT 1 FROM thread WHERE id = ? AND {condition}", (thread, *parameters)).fetchone()
            for condition, parameters in _conditions(connection, one, zone, now)
        )
        for one in alone
    ]


_ASKING = "message.id IN (SELECT json_extract(value, '$[0]') FROM json_each(thread.asks))"


def _conditions(connection: sqlite3.Connection, magnet: Magnet, zone: tzinfo, now: int) -> list[tuple[str, list[Any]]]:
    """SQL conditions on `thread`, all to hold, with their parameters."""
    found: list[tuple[str, list[Any]]] = []
    if magnet.columns:
        found.append(("col IN (SELECT value FROM json_each(?))", [json.dumps(magnet.columns)]))
    if magnet.deals_over:
        over = "deal_id IN (SELECT id FROM deal WHERE amount <> '' AND CAST(amount AS REAL) > CAST(? AS REAL))"
        found.append((over, [magnet.deals_over]))
    if magnet.folders:
        located = (
            "EXISTS (SELECT 1 FROM message JOIN location ON location.message = message.id"
            f" WHERE message.thread_id = thread.id AND {_ASKING}"
            " AND coalesce(shown_folder, folder_id) IN (SELECT value FROM json_each(?)))"
        )
        found.append((located, [json.dumps(_folders(connection, magnet.folders))]))
    if magnet.labels:
        found.append(_labels(connection, magnet.labels))
    if magnet.query:
        found.append(_query(connection, magnet.query, zone, now))
    return found


def _labels(connection: sqlite3.Connection, wanted: Sequence[str]) -> tuple[str, list[Any]]:
    """Threads with one of the labels; what Gmail calls a label is a folder here."""
    from salesinbox.store.search import labels as search_labels  # noqa: PLC0415 - for whoever narrows the magnet by labels

    sets = {words for label in wanted for words in search_labels.bearing(connection, label)}
    labelled = (
        "EXISTS (SELECT 1 FROM message JOIN location ON location.message = message.id WHERE thread_id = thread.id"
        f" AND ({search_labels.KEYWORDS} IN (SELECT value FROM json_each(?))"
        " OR coalesce(shown_folder, folder_id) IN (SELECT value FROM json_each(?))))"
    )
    return labelled, [json.dumps(sorted(sets)), json.dumps(_folders(connection, wanted))]


def _folders(connection: sqlite3.Connection, wanted: Sequence[str]) -> list[int]:
    """Rows of the folders of these names: "NAME" in every account, or "ACCOUNT:NAME"; INBOX in any case."""
    names = {name if name.upper() != "INBOX" else "INBOX" for name in wanted}
    found = []
    for number, account, name, role in connection.execute(
        "SELECT folder.id, account.name, folder.name, role FROM folder JOIN account ON account.id = account_id"
    ):
        called = {name, f"{account}:{name}"} | ({"INBOX", f"{account}:INBOX"} if role == "inbox" else set())
        if called & names:
            found.append(number)
    return found


def _query(connection: sqlite3.Connection, query: str, zone: tzinfo, now: int) -> tuple[str, list[Any]]:
    from salesinbox.formats import query as language  # noqa: PLC0415 - for whoever narrows the magnet by a query
    from salesinbox.model.errors import QueryError  # noqa: PLC0415 - the same
    from salesinbox.store.search.conditions import compile_conditions  # noqa: PLC0415 - the same

    try:
        expression = language.parse(query, today=datetime.fromtimestamp(now, zone).date())
    except QueryError:
        # The configuration refuses such a query. A release that reads it otherwise must not hide customers.
        return "1", []
    asked = compile_conditions(connection, expression, zone)
    terms = ["message.thread_id = thread.id", _ASKING, *asked.where]
    parameters: list[Any] = list(asked.parameters)
    if asked.match:
        terms.append("message.id IN (SELECT rowid FROM search WHERE search MATCH ?)")
        parameters.append(asked.match)
    return f"EXISTS (SELECT 1 FROM message WHERE {' AND '.join(terms)})", parameters
