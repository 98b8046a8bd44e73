"""A rep who acts on the mail of a test server, and what the server makes of it."""

from pathlib import Path

from salesinbox.model.board import Card
from salesinbox.model.settings import Account, Settings
from salesinbox.model.status import AccountReport
from salesinbox.services.actions import ActionService
from salesinbox.services.board import BoardService
from salesinbox.store.database import Database
from tests import mailboxes
from tests.servers import Mailbox


class Acting:
    """The services over a cache of one test mailbox. `clock` is the time that they are told."""

    def __init__(self, mailbox: Mailbox, folder: Path, account: Account | None = None) -> None:
        self.mailbox = mailbox
        self.path = folder / "data" / "mail.db"
        self.account = account or mailbox.account()
        self.clock = float(mailboxes.NOW)
        self.sync()
        self.database = Database(self.path)
        settings = Settings(None, mailboxes.ME, (self.account,))
        own = mailboxes.owner(self.account)
        self.actions = ActionService(self.database, settings, own, lambda: self.clock)
        self.board = BoardService(self.database, settings, own, lambda: self.clock)

    def sync(self) -> AccountReport:
        """One pass: the server is told what was done, then everything is read."""
        return mailboxes.sync(self.mailbox, self.path, self.account, now=int(self.clock))

    def close(self) -> None:
        self.actions.close()
        self.database.close()

    def thread(self, number: int | str) -> str:
        """The id of the thread of the message <number@test.example>."""
        row = self.database.connection.execute(
            "SELECT thread_id FROM message WHERE message_id = ?", (f"<{number}@test.example>",)
        ).fetchone()
        assert row is not None, f"there is no message {number} here"
        return f"t{row[0]}"

    def threads(self, *numbers: int | str) -> list[str]:
        return [self.thread(number) for number in numbers]

    def view(self, name: str) -> list[str]:
        """Subjects of the threads in a view, newest first."""
        return [card.subject for card in self.cards(name)]

    def cards(self, name: str) -> list[Card]:
        return self.board.cards(None, name, None, None)

    def folder(self, name: str) -> str:
        return next(choice.id for choice in self.actions.folders() if choice.name == name)
