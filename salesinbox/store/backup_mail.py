"""What the rep decided about mail, named so that it is found again in another database: by account and Message-ID.

A message is named by its account's address and name, its Message-ID and its digest; a thread by up to three of its
messages. What is named is looked for when a backup is restored, and may come with a later sync.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Row = dict[str, Any]
_THREAD_NAMES = 3


def message_name(connection: sqlite3.Connection, message: int) -> Row | None:
    row = connection.execute(
        "SELECT a.name, a.address, m.message_id, hex(m.digest) FROM message AS m"
        " JOIN account AS a ON a.id = m.account_id WHERE m.id = ?",
        (message,),
    ).fetchone()
    return dict(zip(("account", "address", "message_id", "digest"), row, strict=True)) if row else None


def thread_names(connection: sqlite3.Connection, thread: int) -> list[Row]:
    """The thread's first messages: those are what a thread is known by, whatever comes later."""
    rows = connection.execute(
        "SELECT id FROM message WHERE thread_id = ? ORDER BY date, id LIMIT ?", (thread, _THREAD_NAMES)
    ).fetchall()
    return [name for (number,) in rows if (name := message_name(connection, number))]


def message_here(connection: sqlite3.Connection, name: Row | None) -> int | None:
    """The message of this name in this database, None where it is not here (yet)."""
    if not isinstance(name, dict):
        return None
    account, address = str(name.get("account", "")), str(name.get("address", ""))
    accounts = [
        row[0]
        for row in connection.execute(
            "SELECT id FROM account WHERE name = ?1 OR address = ?2 ORDER BY (name = ?1) + 2 * (address = ?2) DESC, id",
            (account, address),
        )
    ]
    digest, message_id = str(name.get("digest", "")), str(name.get("message_id", ""))
    for number in accounts:
        row = connection.execute(
            "SELECT id FROM message WHERE account_id = ? AND digest = ?", (number, _octets(digest))
        ).fetchone()
        if row is None and message_id:
            row = connection.execute(
                "SELECT id FROM message WHERE account_id = ? AND message_id = ? ORDER BY id LIMIT 1",
                (number, message_id),
            ).fetchone()
        if row is not None:
            return int(row[0])
    return None


def _octets(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""


def thread_here(connection: sqlite3.Connection, names: object) -> int | None:
    for name in names if isinstance(names, list) else ():
        if (message := message_here(connection, name)) is not None:
            row = connection.execute("SELECT thread_id FROM message WHERE id = ?", (message,)).fetchone()
            return int(row[0])
    return None


# --- out -----------------------------------------------------------------------------------------------------------


def _deal(number: int | None) -> str:
    return "" if number is None else f"d{number}"


def choices(connection: sqlite3.Connection) -> Iterator[Row]:
    """Every decision about mail as {"about": what, "message" or "thread": names, …}."""
    execute = connection.execute
    for message, deal, how in execute("SELECT message, deal_id, how FROM link ORDER BY message").fetchall():
        yield {"about": "link", "message": message_name(connection, message), "deal": _deal(deal), "how": how}
    for thread, deal in execute("SELECT thread_id, deal_id FROM thread_link ORDER BY thread_id").fetchall():
        yield {"about": "thread_link", "thread": thread_names(connection, thread), "deal": _deal(deal)}
    for record, message in execute("SELECT record, message FROM message_record ORDER BY message, record").fetchall():
        yield {"about": "message_record", "message": message_name(connection, message), "record": record}
    for thread, until, note, if_no_reply, created, after, woke in execute(
        "SELECT thread_id, until, note, if_no_reply, created, after, woke FROM snooze ORDER BY thread_id"
    ).fetchall():
        yield {
            "about": "snooze", "thread": thread_names(connection, thread), "until": until, "note": note,
            "if_no_reply": if_no_reply, "created": created, "after": message_name(connection, after), "woke": woke,
        }  # fmt: skip
    for (thread,) in execute("SELECT thread_id FROM mute ORDER BY thread_id").fetchall():
        yield {"about": "mute", "thread": thread_names(connection, thread)}
    for thread, dismissed, forced in execute(
        "SELECT thread_id, dismissed, forced FROM magnet ORDER BY thread_id"
    ).fetchall():
        yield {
            "about": "magnet", "thread": thread_names(connection, thread),
            "dismissed": message_name(connection, dismissed), "forced": forced,
        }  # fmt: skip
    for scope, value, column in execute("SELECT scope, value, col FROM override ORDER BY scope, value").fetchall():
        if scope == "thread":
            yield {"about": "override", "thread": thread_names(connection, int(value)), "column": column}
        else:
            yield {"about": "override", "scope": scope, "value": value, "column": column}
    for number, message in execute("SELECT id, message FROM item WHERE message IS NOT NULL ORDER BY id").fetchall():
        yield {"about": "item", "message": message_name(connection, message), "item": number}
    for name, address, since in execute("SELECT name, address, since FROM account ORDER BY id").fetchall():
        yield {"about": "account", "account": name, "address": address, "since": since}


# --- in ------------------------------------------------------------------------------------------------------------

Renumber = Callable[[str], str]
"""The id here of a record that had another one in the backup; "" where it did not come with it."""


def attach(connection: sqlite3.Connection, choice: Mapping[str, Any], renumber: Renumber) -> bool | None:
    """Write one decision, unless there is one already; None where its mail is not here."""
    about = choice.get("about")
    if about == "account":
        connection.execute(
            "UPDATE account SET since = ? WHERE name = ? AND address = ?",
            (choice["since"], choice["account"], choice["address"]),
        )
        return True
    if about == "override" and "scope" in choice:
        if choice["scope"] not in ("address", "domain"):
            return False
        return _insert(
            connection,
            "INSERT INTO override (scope, value, col) VALUES (?, ?, ?)",
            (choice["scope"], choice["value"], choice["column"]),
        )
    if about in ("link", "message_record", "item"):
        message = message_here(connection, choice.get("message"))
        return None if message is None else _to_message(connection, choice, message, renumber)
    thread = thread_here(connection, choice.get("thread"))
    return None if thread is None else _to_thread(connection, choice, thread, renumber)


def _insert(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> bool:
    return connection.execute(f"{statement} ON CONFLICT DO NOTHING", values).rowcount > 0


def _row_of(id_: str) -> int | None:
    return int(id_[1:]) if id_ else None


def _to_message(connection: sqlite3.Connection, choice: Mapping[str, Any], message: int, renumber: Renumber) -> bool:
    match choice["about"]:
        case "link":
            deal = renumber(choice["deal"]) if choice["deal"] else ""
            if choice["deal"] and not deal:
                return False
            # What the rep chose wins over what rules have found in the meantime.
            return (
                connection.execute(
                    "INSERT INTO link (message, deal_id, how) VALUES (?, ?, ?) ON CONFLICT (message) DO UPDATE"
                    " SET deal_id = excluded.deal_id, how = excluded.how WHERE link.how <> 'chosen'",
                    (message, _row_of(deal), choice["how"]),
                ).rowcount
                > 0
            )
        case "message_record":
            record = renumber(choice["record"])
            return bool(record) and _insert(
                connection, "INSERT INTO message_record (record, message) VALUES (?, ?)", (record, message)
            )
    item = renumber(f"item {choice['item']}")
    if not item:
        return False
    connection.execute("UPDATE item SET message = ? WHERE id = ? AND message IS NULL", (message, int(item[1:])))
    return True


def _to_thread(connection: sqlite3.Connection, choice: Mapping[str, Any], thread: int, renumber: Renumber) -> bool:
    match choice["about"]:
        case "thread_link":
            deal = renumber(choice["deal"]) if choice["deal"] else ""
            if choice["deal"] and not deal:
                return False
            return _insert(
                connection, "INSERT INTO thread_link (thread_id, deal_id) VALUES (?, ?)", (thread, _row_of(deal))
            )
        case "snooze":
            after = message_here(connection, choice["after"])
            if after is None:
                row = connection.execute("SELECT max(id) FROM message WHERE thread_id = ?", (thread,)).fetchone()
                after = int(row[0] or 0)
            values = (thread, choice["until"], choice["note"], choice["if_no_reply"], choice["created"], after)
            return _insert(
                connection,
                "INSERT INTO snooze (thread_id, until, note, if_no_reply, created, after, woke)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, choice["woke"]),
            )
        case "mute":
            return _insert(connection, "INSERT INTO mute (thread_id) VALUES (?)", (thread,))
        case "magnet":
            dismissed = message_here(connection, choice["dismissed"]) or 0
            return _insert(
                connection,
                "INSERT INTO magnet (thread_id, dismissed, forced) VALUES (?, ?, ?)",
                (thread, dismissed, choice["forced"]),
            )
        case "override":
            return _insert(
                connection,
                "INSERT INTO override (scope, value, col) VALUES ('thread', ?, ?)",
                (str(thread), choice["column"]),
            )
    return False


def line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
