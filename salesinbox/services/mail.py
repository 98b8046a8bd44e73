"""Reading mail: a thread's messages, and search."""

import json
from collections.abc import Callable
from datetime import datetime

from salesinbox.locale.texts import _
from salesinbox.model.board import Card
from salesinbox.model.errors import NotFoundError
from salesinbox.model.mail import Address, Flag, ThreadMessage
from salesinbox.model.settings import Settings
from salesinbox.rules import views
from salesinbox.services.board import row_of
from salesinbox.store import pages
from salesinbox.store.database import Database

SNIPPET = 100
"""Terminal cells of the text shown around a hit."""


class MailService:
    def __init__(self, database: Database, settings: Settings, now: Callable[[], float]) -> None:
        self.database = database
        self.settings = settings
        self.now = now

    def thread(self, id: str) -> list[ThreadMessage]:
        """A thread's messages, oldest first. NotFoundError for an id that is not here."""
        from salesinbox.store.bodies import attachments  # noqa: PLC0415 - the board starts without reading

        number = row_of(id, "t")
        rows: dict[int, ThreadMessage] = {}
        for row in self.database.connection.execute(
            "SELECT message.id, message_id, sender_name, sender_address, recipients, date, subject,"
            " coalesce(shown_flags, flags), folder.name,"
            " body.text, body.attachments, body_state, mine, warning FROM message"
            " JOIN location ON location.message = message.id"
            " JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
            " LEFT JOIN body ON body.message = message.id WHERE thread_id = ? ORDER BY date, message.id, folder.id",
            (number,),
        ):
            key, message_id, name, address, recipients, date, subject, flags, folder = row[:9]
            if key in rows:
                continue  # a second place of the same message
            sent_to = {"to": [], "cc": [], "reply-to": []}  # type: dict[str, list[Address]]
            for kind, recipient, recipient_address in json.loads(recipients):
                sent_to[kind].append(Address(recipient, recipient_address))
            rows[key] = ThreadMessage(
                id=f"m{key}",
                message_id=message_id,
                sender=Address(name, address),
                to=tuple(sent_to["to"]),
                cc=tuple(sent_to["cc"]),
                date=date,
                subject=subject,
                flags=Flag(flags),
                folder=folder,
                text=row[9] or "",
                attachments=attachments(row[10]) if row[10] else (),
                body_here=row[11] == 1,
                mine=bool(row[12]),
                warning=row[13],
            )
        if not rows:
            raise NotFoundError(_("There is no thread {id} here.").format(id=id))
        return list(rows.values())

    def column(self, id: str) -> str:
        row = self.database.connection.execute("SELECT col FROM thread WHERE id = ?", (row_of(id, "t"),)).fetchone()
        if row is None:
            raise NotFoundError(_("There is no thread {id} here.").format(id=id))
        return str(row[0])

    def search(self, text: str, limit: int) -> list[tuple[Card, str]]:
        """Threads that match what was typed, newest first, each with the text around the hit (SRCH-1 to SRCH-4).

        Raises QueryError with a sentence for a query that cannot be understood.
        """
        from salesinbox.formats import query  # noqa: PLC0415 - the board starts without searching
        from salesinbox.store import search  # noqa: PLC0415 - the same

        zone = self.settings.me.zone
        now = int(self.now())
        connection = self.database.connection
        expression = query.parse(text, today=datetime.fromtimestamp(now, zone).date())
        hits = search.find(connection, expression, limit, zone=zone)
        cards = pages.cards(connection, [hit.thread for hit in hits], month=views.month_of(now, zone))
        return [
            (cards[hit.thread], search.snippet(connection, hit.message, expression, SNIPPET))
            for hit in hits
            if hit.thread in cards
        ]
