"""What follows when a message has been sent: all of it in the transaction that says so (SEND-6, ACT-6)."""

import sqlite3
from datetime import tzinfo

from salesinbox.model.mail import DRAFTS, SENT, Flag
from salesinbox.model.operations import FLAGS, OPENED, Intent
from salesinbox.rules import responding
from salesinbox.store import history, operations
from salesinbox.store.sending import drafts, outgoing
from salesinbox.store.sending.outgoing import Outgoing

ANSWERED, FORWARDED = "answered", "forwarded"
"""What the message that it is about becomes (`Outgoing.marks`)."""
_FLAGS = {ANSWERED: Flag.ANSWERED, FORWARDED: Flag.FORWARDED}


def settle(
    connection: sqlite3.Connection, message: Outgoing, now: int, filed: str, filed_after: int, zone: tzinfo
) -> set[int]:
    """A server has the message: it is to be filed, what it answers is marked, its draft is done.

    Returns the threads that look otherwise now. `zone` is the rep's, for when a missing answer is told (ACT-6).
    """
    outgoing.sent(connection, message.id, now, filed=filed, filed_after=filed_after)
    if message.draft:
        drafts.became(connection, message.draft, drafts.SENT, now)
    if message.response_days:
        outgoing.responds_by(connection, message.id, responding.due(now, message.response_days, zone))
    if message.answers and message.marks in _FLAGS:
        return _mark(connection, message.answers, _FLAGS[message.marks], message.subject, now)
    return set()


def _mark(connection: sqlite3.Connection, answers: int, flag: Flag, subject: str, now: int) -> set[int]:
    intents = [
        Intent(account, FLAGS, answers, folder, add=flag)
        for account, folder, role, flags in connection.execute(
            "SELECT message.account_id, folder.id, role, coalesce(shown_flags, flags) FROM message"
            " JOIN location ON location.message = message.id"
            " JOIN folder ON folder.id = coalesce(shown_folder, folder_id) WHERE message.id = ?",
            (answers,),
        ).fetchall()
        if role not in (DRAFTS, SENT) and not flags & flag
    ]
    if intents:
        # Like a mail that was opened: nothing that undo takes back, and no news where a folder keeps no marks.
        action = history.began(connection, OPENED, now, subject=subject, threads=1, before={})
        operations.record(connection, action, intents, now)
        return operations.overlay(connection, {answers})
    return set()
