"""A rep's database with records that are made as the program makes them, and mail that is simply there."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from salesinbox.model.records import Item
from salesinbox.model.settings import Account, CustomField, Imap, Me, Records, Settings
from salesinbox.rules.columns import Own
from salesinbox.services.records.agenda import AgendaService
from salesinbox.services.records.changes import RecordChanges
from salesinbox.services.records.reading import RecordService
from salesinbox.services.writer import Writer
from salesinbox.store.database import Database

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = int(datetime(2026, 11, 24, 10, 0, tzinfo=TOKYO).timestamp())
ME = "me@zylker.example"
CUSTOM = (
    CustomField("contact", "Shoe Size", "number"),
    CustomField("contact", 'A "quoted" one', "text"),
    CustomField("deal", "Grade", "choice", ("A", "B")),
)


class Cabinet:
    """`now` can be set."""

    def __init__(self, folder: Path, zone: ZoneInfo = TOKYO, now: int = NOW) -> None:
        self.now = now
        account = Account("work", ME, Imap("127.0.0.1", 1, "none", "me"))
        self.settings = Settings(
            None, Me("橋本 奈美", zone), (account,), records=Records(currency="JPY", fields=CUSTOM)
        )
        self.own = Own(frozenset({ME}), frozenset({"zylker.example"}), frozenset())
        self.database = Database(folder / "mail.db")
        self.writer = Writer(self.database, self.settings, self.own, lambda: self.now)
        self.changes = RecordChanges(self.writer)
        self.records = RecordService(self.database, self.settings, self.own, lambda: self.now)
        self.agenda = AgendaService(self.database, self.settings, lambda: self.now)
        with self.database.transaction() as connection:
            connection.execute("INSERT INTO account (id, name, address) VALUES (1, 'work', ?)", (ME,))
            connection.executemany(
                "INSERT INTO folder (id, account_id, name, role) VALUES (?, 1, ?, ?)",
                [(1, "INBOX", "inbox"), (2, "Drafts", "drafts"), (3, "Spam", "spam"), (4, "Sent", "sent")],
            )
        self._messages = 0

    def close(self) -> None:
        self.writer.close()
        self.database.close()

    def make(self, kind: str, about: tuple[str, ...] = (), **values: str) -> str:
        """A new record; returns its id."""
        return self.changes.create(kind, values, about=about).done[0]

    def item(self, id: str) -> Item:
        found = self.records.show(id)
        assert isinstance(found, Item)
        return found

    def names(self, kind: str, query: str = "", sort: str = "name", *, descending: bool = False) -> list[str]:
        return [one.name for one in self.records.page(kind, query=query, sort=sort, descending=descending).rows]

    def mail(
        self,
        address: str,
        date: int,
        *,
        mine: bool = False,
        thread: int = 0,
        folder: int = 1,
        subject: str = "",
        also: tuple[str, ...] = (),
    ) -> str:
        """A message from an address, or with `mine` to it; `also` are on Cc. Returns its id."""
        self._messages += 1
        number = self._messages
        thread = thread or number
        sender, to = (ME, address) if mine else (address, ME)
        recipients = [["to", "", to], *(["cc", "", other] for other in also)]
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO thread (id, account_id, date, sender_address, messages, views)"
                " VALUES (?, 1, ?, ?, 1, 4096)",
                (thread, date, address),
            )
            connection.execute(
                "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name,"
                " sender_address, recipients, subject, mine, automatic, list_id, warning, size, attachments, preview)"
                " VALUES (?, 1, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, 0, '', '', 1, 0, ?)",
                (number, thread, f"<{number}@test>", str(number).encode(), date, date, sender, json.dumps(recipients),
                 subject or f"Subject {number}", int(mine), f"Text {number}"),
            )  # fmt: skip
            connection.executemany(
                "INSERT OR IGNORE INTO correspondent (address, date, message) VALUES (?, ?, ?)",
                [(one, date, number) for one in (address, *also)],
            )
            connection.execute(
                "INSERT INTO location (folder_id, uid, message, flags) VALUES (?, ?, ?, 0)", (folder, number, number)
            )
        return f"m{number}"
