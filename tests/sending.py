"""A rep who writes and sends: the services over a test mailbox, with a server that takes mail beside it."""

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

from salesinbox.model.operations import MAILED
from salesinbox.model.outbox import OutboxEntry
from salesinbox.model.settings import NO_TLS, Account, Imap, Settings, Smtp
from salesinbox.model.status import AccountReport
from salesinbox.rules import views
from salesinbox.store import board, folders, history
from salesinbox.store.database import Database
from salesinbox.store.sending import outgoing
from salesinbox.sync.once import one_pass
from salesinbox.sync.sending import Sender
from salesinbox.wiring import Application
from tests import mailboxes
from tests.servers import Mailbox
from tests.sync.outpost import Outpost


class Office:
    """`clock` is the time that everything is told. `sync` is one pass: send what is due, file it, read everything."""

    def __init__(
        self, mailbox: Mailbox, outpost: Outpost, folder: Path, *, imap: dict[str, object] | None = None, **smtp: object
    ) -> None:
        self.mailbox = mailbox
        self.outpost = outpost
        wanted: dict[str, object] = {"host": "127.0.0.1", "port": outpost.port, "tls": NO_TLS, "user": "rep", **smtp}
        account = mailbox.account(**(imap or {}))
        self.account: Account = replace(account, smtp=Smtp(**wanted))  # type: ignore[arg-type] # a test's own settings
        assert isinstance(self.account.imap, Imap)
        self.clock = float(mailboxes.NOW)
        self.data = folder / "data"
        self.settings = Settings(None, mailboxes.ME, (self.account,))
        self.open()

    def open(self) -> None:
        """Start the program; once more for a restart."""
        self.application = Application(self.settings, self.data, lambda: self.clock)
        self.path = self.application.database.path

    def close(self) -> None:
        self.application.close()

    def sender(self) -> Sender:
        def placing() -> board.Placing:
            return board.Placing(self.application.own, views.month_of(int(self.clock), self.settings.me.zone))

        return Sender(
            self.account,
            lambda: self.mailbox.password,
            lambda: None,
            lambda _event: None,
            lambda: int(self.clock),
            placing,
            self.settings.me.zone,
        )

    def sync(self) -> AccountReport:
        sender = self.sender()
        return one_pass(
            self.account,
            mailboxes.line(self.account, self.mailbox.password),
            self.path,
            sender.placing,
            sender.report,
            sender.now,
            sender,
        )

    def put(self, number: int | str, *recipients: str, due: int = 0, answers: int | None = None, marks: str = "",
            days: int = 0) -> str:  # fmt: skip
        """A message in the outbox, as the Message-ID <number.sent@zylker.example>; its id."""
        letter = EmailMessage()
        letter["From"], letter["To"] = self.account.address, ", ".join(recipients or ("c1@customer.example",))
        letter["Subject"], letter["Message-ID"] = f"Offer {number}", f"<{number}.sent@zylker.example>"
        letter["Date"] = "Mon, 02 Nov 2026 10:00:00 +0900"
        letter["Bcc"] = "hidden@zylker.example"
        letter.set_content("Hello.\n")
        now = int(self.clock)
        with Database(self.path) as database, database.transaction() as connection:
            account = folders.account(connection, self.account.name, self.account.address)
            action = history.began(connection, MAILED, now, subject=f"Offer {number}", threads=1)
            entry = outgoing.put(
                connection, account, action, answers=answers, message_id=f"<{number}.sent@zylker.example>",
                sender=self.account.address, recipients=recipients or ("c1@customer.example",), raw=letter.as_bytes(),
                now=now, due=due or now, subject=f"Offer {number}", marks=marks, response_days=days,
            )  # fmt: skip
        return f"o{entry}"

    def entry(self, number: str) -> OutboxEntry:
        return self.application.outbox.entry(number)

    def in_folder(self, name: str) -> list[bytes]:
        """The messages that another client finds in a folder."""
        with self.mailbox.client() as client:
            if not client.folder_exists(name):
                return []
            client.select_folder(name, readonly=True)
            uids = client.search()
            return [data[b"BODY[]"] for data in client.fetch(uids, ["BODY.PEEK[]"]).values()] if uids else []

    def flags(self, folder: str) -> dict[str, tuple[bytes, ...]]:
        """Message-ID → flags, as another client sees them."""
        with self.mailbox.client() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["FLAGS", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]).values()
        return {
            data[b"BODY[HEADER.FIELDS (MESSAGE-ID)]"].decode().partition(":")[2].strip(): data[b"FLAGS"]
            for data in found
        }
