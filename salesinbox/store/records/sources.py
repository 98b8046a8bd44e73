"""The mail that a record is made from (REC-5). Reads only."""

import sqlite3
from dataclasses import dataclass

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Source:
    """The mail that a record is made from: rows of its thread and messages, newest first, and who wrote it."""

    thread: int = 0
    messages: tuple[int, ...] = ()
    name: str = ""
    address: str = ""
    date: int = 0
    whole: bool = False
    """The whole thread, with what still comes in it; else the message alone."""
    deal: str = ""
    """The deal that the thread is linked to ("d7")."""


def source(connection: sqlite3.Connection, thread: str, message: str = "") -> Source:
    """What is known of a thread ("t5") or a message ("m9"), whose own writer counts; NotFoundError if it is gone."""
    if message:
        found = _message(connection, message)
        if found is not None:
            return found
        raise _not_here(message)
    number = _number(thread, "t")
    row = connection.execute(
        "SELECT sender_name, sender_address, date, deal_id FROM thread WHERE id = ?", (number,)
    ).fetchone()
    if row is None:
        raise _not_here(thread)
    name, address, date, deal = row
    messages = connection.execute(
        "SELECT id FROM message WHERE thread_id = ? ORDER BY date DESC, id DESC", (number,)
    ).fetchall()
    return Source(
        number, tuple(one[0] for one in messages), name, address, date, whole=True,
        deal="" if deal is None else f"d{deal}",
    )  # fmt: skip


def texts(connection: sqlite3.Connection, thread: int, address: str, limit: int) -> list[str]:
    """The texts of the newest messages of a thread that this address wrote."""
    rows = connection.execute(
        "SELECT substr(text, 1, 100000) FROM message JOIN body ON body.message = message.id"
        " WHERE thread_id = ? AND lower(sender_address) = lower(?) ORDER BY date DESC, message.id DESC LIMIT ?",
        (thread, address, limit),
    )
    return [row[0] for row in rows]


def _message(connection: sqlite3.Connection, message: str) -> Source | None:
    row = connection.execute(
        "SELECT message.id, thread_id, message.sender_name, message.sender_address, message.date, mine,"
        " thread.sender_name, thread.sender_address, deal_id"
        " FROM message JOIN thread ON thread.id = thread_id WHERE message.id = ?",
        (_number(message, "m"),),
    ).fetchone()
    if row is None:
        return None
    number, thread, name, address, date, mine, other_name, other_address, deal = row
    if mine:  # what the rep wrote is about the other one
        name, address = other_name, other_address
    return Source(thread, (number,), name, address, date, deal="" if deal is None else f"d{deal}")


def _number(id: str, letter: str) -> int:
    if id[:1] == letter and id[1:].isascii() and id[1:].isdigit() and len(id) < 19:
        return int(id[1:])
    raise _not_here(id)


def _not_here(id: str) -> NotFoundError:
    return NotFoundError(_("There is no thread or message {id} here.").format(id=id[:40]))
