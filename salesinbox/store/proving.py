"""What the database knows of mail that is not to be kept (ACC-3): read column by column, and byte by byte."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

_KEPT = frozenset(
    {
        "id",
        "account_id",
        "thread_id",
        "message_id",
        "digest",
        "date",
        "received",
        "sender_address",
        "mine",
        "body_state",
    }
)
"""Columns of `message` that hold numbers of ours, the id, the From address, the received time, or follow from these."""
_OUR_ID = re.compile(r"<[0-9a-f]{1,16}@gmail\.invalid>")
_OF_MESSAGES = ("body", "delivery")
_THREAD_TEXTS = ("subject", "sender_name")
_CHUNK = 1 << 22


def account_id(connection: sqlite3.Connection, name: str) -> int:
    """The account's row; 0 before its first sync."""
    row = connection.execute("SELECT id FROM account WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def newest(connection: sqlite3.Connection, account: int, limit: int) -> list[int]:
    """Numbers on the server of the newest messages that are known."""
    rows = connection.execute(
        "SELECT uid FROM message JOIN location ON location.message = message.id WHERE account_id = ? AND uid > 0"
        " GROUP BY uid ORDER BY max(received) DESC LIMIT ?",
        (account, limit),
    )
    return [row[0] for row in rows]


def messages(connection: sqlite3.Connection, account: int) -> int:
    return int(connection.execute("SELECT count(*) FROM message WHERE account_id = ?", (account,)).fetchone()[0])


def drafts(connection: sqlite3.Connection, account: int) -> int:
    """The rep's own writing that is still here: drafts, and mail that is not sent yet."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM draft WHERE account_id = ?1 AND state IN ('open', 'queued'))"
        " + (SELECT count(*) FROM outgoing WHERE account_id = ?1 AND state IN ('pending', 'running'))",
        (account,),
    ).fetchone()
    return int(row[0])


def columns(connection: sqlite3.Connection, account: int) -> Iterator[str]:
    """Columns ("message.subject") that hold something of a message which is not to be kept."""
    names = [row[1] for row in connection.execute("PRAGMA table_info(message)")]
    for name in names:
        if (
            name not in _KEPT
            and connection.execute(
                f"SELECT 1 FROM message WHERE account_id = ? AND {name} NOT IN ('', '[]', 0) LIMIT 1", (account,)
            ).fetchone()
        ):
            yield f"message.{name}"
    for (message_id,) in connection.execute("SELECT message_id FROM message WHERE account_id = ?", (account,)):
        if message_id and not _OUR_ID.fullmatch(message_id):
            yield "message.message_id"
            break
    if connection.execute(
        "SELECT 1 FROM message WHERE account_id = ? AND date <> received LIMIT 1", (account,)
    ).fetchone():
        yield "message.date"
    for name in _THREAD_TEXTS:
        if connection.execute(
            f"SELECT 1 FROM thread WHERE account_id = ? AND {name} <> '' LIMIT 1", (account,)
        ).fetchone():
            yield f"thread.{name}"
    if connection.execute(
        "SELECT 1 FROM body JOIN message ON message.id = body.message WHERE account_id = ? LIMIT 1", (account,)
    ).fetchone():
        yield "body"
    if connection.execute("SELECT 1 FROM delivery WHERE account_id = ? LIMIT 1", (account,)).fetchone():
        yield "delivery"


def legitimate(connection: sqlite3.Connection, account: int, text: str) -> bool:
    """Whether a text stands here for another reason: in a record, in what the rep writes, in another account's mail."""
    for table, names in _elsewhere(connection):
        own = " AND account_id <> ?2" if table in ("message", "thread") else ""
        own = own or (" AND message NOT IN (SELECT id FROM message WHERE account_id = ?2)" if table == "body" else "")
        where = " OR ".join(f"instr({name}, ?1)" for name in names)
        if connection.execute(
            f"SELECT 1 FROM {table} WHERE ({where}){own} AND ?2 = ?2 LIMIT 1", (text, account)
        ).fetchone():
            return True
    return False


def _elsewhere(connection: sqlite3.Connection) -> Iterator[tuple[str, list[str]]]:
    """Tables with their columns of text, but for the search index, which holds what others hold."""
    for (table,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'search*' AND name NOT GLOB 'sqlite_*'"
    ).fetchall():
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[2] in ("TEXT", "ANY")]
        if names:
            yield table, names


def files(data: Path) -> list[Path]:
    """Everything in the data folder, links not followed."""
    return sorted(path for path in data.rglob("*") if path.is_file() and not path.is_symlink())


def search(path: Path, wanted: Iterable[bytes]) -> dict[bytes, int]:
    """Which of the octets stand in the file, and where first."""
    left = {one for one in wanted if one}
    longest = max(map(len, left), default=0)
    found: dict[bytes, int] = {}
    with path.open("rb") as file:
        before, offset = b"", 0
        while left and (chunk := file.read(_CHUNK)):
            whole = before + chunk
            for one in list(left):
                if (place := whole.find(one)) >= 0:
                    found[one] = offset - len(before) + place
                    left.discard(one)
            before, offset = whole[-longest:], offset + len(chunk)
    return found


def addresses(connection: sqlite3.Connection, account: int) -> frozenset[str]:
    """From addresses, which are kept."""
    rows = connection.execute("SELECT DISTINCT lower(sender_address) FROM message WHERE account_id = ?", (account,))
    return frozenset(row[0] for row in rows)


def people(connection: sqlite3.Connection, account: int) -> Iterator[str]:
    """Names that stand on cards."""
    for (names,) in connection.execute("SELECT people FROM thread WHERE account_id = ?", (account,)):
        yield from json.loads(names)
