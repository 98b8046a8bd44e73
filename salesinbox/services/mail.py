"""Reading mail: a thread's messages."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError
from salesinbox.model.mail import DELAYED, DELIVERED, FAILED, Address, Delivery, Flag, ThreadMessage
from salesinbox.model.settings import Settings
from salesinbox.services.board import row_of
from salesinbox.store.database import Database

if TYPE_CHECKING:
    from salesinbox.services.fleeting import Fleeting


class MailService:
    def __init__(
        self, database: Database, settings: Settings, now: Callable[[], float], fleeting: "Fleeting | None" = None
    ) -> None:
        """`fleeting`: what is known of mail that is not kept here; None where all mail is."""
        self.database = database
        self.fleeting = fleeting
        self.settings = settings
        self.now = now

    def thread(self, id: str) -> list[ThreadMessage]:
        """A thread's messages, oldest first. NotFoundError for an id that is not here."""
        from salesinbox.store.bodies import attachments  # noqa: PLC0415 - the same
        from salesinbox.store.labels import label  # noqa: PLC0415 - the board starts without reading

        number = row_of(id, "t")
        rows: dict[int, ThreadMessage] = {}
        words: dict[int, list[str]] = {}
        states, about = self._deliveries(number)
        for row in self.database.connection.execute(
            "SELECT message.id, message_id, sender_name, sender_address, recipients, date, subject,"
            " coalesce(shown_flags, flags), folder.name,"
            " body.text, body.attachments, body_state, mine, warning, coalesce(shown_keywords, keywords),"
            " message.invitation, message.bounce, body.html IS NOT NULL FROM message"
            " JOIN location ON location.message = message.id"
            " JOIN folder ON folder.id = coalesce(shown_folder, folder_id)"
            " LEFT JOIN body ON body.message = message.id WHERE thread_id = ? ORDER BY date, message.id, folder.id",
            (number,),
        ):
            key, message_id, name, address, recipients, date, subject, flags, folder = row[:9]
            words.setdefault(key, []).extend(row[14].split())
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
                invitation=bool(row[15]),
                bounce=bool(row[16]),
                about=f"m{about[key]}" if about.get(key) else "",
                deliveries=tuple(states.get(key, ())),
                html=bool(row[17]),
                unavailable=row[11] == 2,
            )
        if not rows:
            raise NotFoundError(_("There is no thread {id} here.").format(id=id))
        for key, message in rows.items():
            if names := tuple(dict.fromkeys(name for word in words[key] if (name := label(word)))):
                rows[key] = replace(message, labels=names)
        if self.fleeting is not None:
            return self.fleeting.thread(self._account(number), list(rows.values()))
        return list(rows.values())

    def _account(self, thread: int) -> str:
        row = self.database.connection.execute(
            "SELECT account.name FROM thread JOIN account ON account.id = account_id WHERE thread.id = ?", (thread,)
        ).fetchone()
        return str(row[0]) if row else ""

    def _deliveries(self, thread: int) -> tuple[dict[int, list[Delivery]], dict[int, int]]:
        """What became of a thread's messages, the worst first, by message; and which message each bounce is about.

        Of several words on one recipient the newest counts: a delay that ended well is none.
        """
        newest: dict[tuple[int, str], Delivery] = {}
        about: dict[int, int] = {}
        for key, bounce, recipient, state, status, detail in self.database.connection.execute(
            "SELECT message.id, delivery.bounce, recipient, state, status, detail FROM message"
            " JOIN delivery ON delivery.account_id = message.account_id AND delivery.message_id = message.message_id"
            " JOIN message AS report ON report.id = delivery.bounce"
            " WHERE message.thread_id = ? AND message.message_id <> '' ORDER BY report.received, report.id",
            (thread,),
        ):
            about.setdefault(bounce, key)
            newest[key, recipient] = Delivery(recipient, state, status, detail)
        worst = (FAILED, DELAYED, DELIVERED)
        states: dict[int, list[Delivery]] = {}
        for (key, _recipient), delivery in sorted(newest.items(), key=lambda item: worst.index(item[1].state)):
            states.setdefault(key, []).append(delivery)
        return states, about

    def thread_of(self, id: str) -> str:
        """The thread that a message ("m9") is in; the id of a thread as it is. NotFoundError for no message here."""
        if not id.startswith("m"):
            return id
        row = self.database.connection.execute(
            "SELECT thread_id FROM message WHERE id = ?", (row_of(id, "m"),)
        ).fetchone()
        if row is None:
            raise NotFoundError(_("There is no thread or message {id} here.").format(id=id))
        return f"t{row[0]}"

    def column(self, id: str) -> str:
        row = self.database.connection.execute("SELECT col FROM thread WHERE id = ?", (row_of(id, "t"),)).fetchone()
        if row is None:
            raise NotFoundError(_("There is no thread {id} here.").format(id=id))
        return str(row[0])
