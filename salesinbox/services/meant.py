"""The threads that ids name: "t5" itself, or the one of message "m9"."""

import sqlite3
from collections.abc import Sequence

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.services.board import row_of
from salesinbox.store import places


def threads(connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The thread row of each id, and the ids that are not here, each with a sentence."""
    found: dict[str, int] = {}
    refused: list[tuple[str, str]] = []
    for id in dict.fromkeys(ids):  # noqa: A001 - as everywhere in the services
        try:
            if id.startswith("m"):
                thread = places.thread_of(connection, row_of(id, "m"))
            else:
                thread = places.thread(connection, row_of(id, "t"))
        except NotFoundError as error:
            refused.append((id, str(error)))
            continue
        if thread is None:
            refused.append((id, _("There is no thread or message {id} here.").format(id=id)))
        else:
            found[id] = thread
    return found, refused


def subject(connection: sqlite3.Connection, thread: int) -> str:
    """What a thread is about, "" where there is none."""
    row = connection.execute("SELECT subject FROM thread WHERE id = ?", (thread,)).fetchone()
    return str(row[0]) if row else ""
