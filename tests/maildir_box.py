"""A mailbox that the program reads and writes as files, while Dovecot serves the same files to another client.

Dovecot numbers messages in its own way, and the program in another: the other client here speaks in the program's
numbers, so that a test may compare what both say. What a name means is looked up in Dovecot's own list.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from salesinbox.model.settings import Account, Maildir
from salesinbox.providers.maildir import names
from salesinbox.providers.maildir.ledger import FILE, Ledger
from salesinbox.providers.maildir.session import MaildirSession
from salesinbox.providers.maildir.tree import Tree
from tests.servers import Mailbox


class MaildirBox:
    """A `Mailbox`; `home` is where the program's numbers are kept."""

    kind = "maildir"

    def __init__(self, mailbox: Mailbox, home: Path) -> None:
        self.mailbox = mailbox
        self.home = home
        self.user, self.password = mailbox.user, mailbox.password
        self.host, self.port = mailbox.host, mailbox.port
        with mailbox.client() as first:
            first.select_folder("INBOX")  # from now on it is a Maildir that Dovecot keeps its own files in

    def account(self, name: str = "work", **changes: Any) -> Account:
        settings = Maildir(self.maildir(), **changes)
        return Account(name, f"{self.user}@zylker.example", "maildir", maildir=settings)

    def client(self) -> "Client":
        """Another mail client, logged in; it knows messages by the program's numbers."""
        return Client(self)

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> None:
        self.mailbox.deliver(raw, folder, flags)

    def maildir(self) -> Path:
        return self.mailbox.maildir()

    def uniques(self, folder: str) -> dict[int, str]:
        """The program's number -> unique part of the name, of all that lies in a folder now."""
        session = MaildirSession(self.account(), lambda: "", self.home)
        session.connect()
        try:
            session.open(folder, None)
        finally:
            session.close()
        ledger = Ledger(self.home / FILE)
        try:
            return {uid: key.decode() for key, uid in ledger.book(folder).uids.items()}
        finally:
            ledger.close()

    def path(self, folder: str) -> Path:
        found = Tree(self.maildir()).path(folder)
        assert found is not None, folder
        return Path(found.decode())


class Client:
    """What tests need of an IMAP client, by Dovecot, with the program's numbers in place of Dovecot's."""

    def __init__(self, box: MaildirBox) -> None:
        self._box = box
        self._other = box.mailbox.client()
        self._folder = ""

    def __enter__(self) -> Self:
        self._other.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._other.__exit__(*exc)

    def __getattr__(self, name: str) -> Any:
        """Everything in which there are no numbers."""
        return getattr(self._other, name)

    def select_folder(self, folder: str, readonly: bool = False) -> Any:
        self._folder = folder
        return self._other.select_folder(folder, readonly)

    def search(self, *criteria: Any) -> list[int]:
        ours = self._ours()
        return sorted(ours[uid] for uid in self._other.search(*criteria) if uid in ours)

    def fetch(self, uids: Iterable[int], items: Any) -> dict[int, Any]:
        ours = self._ours()
        found = self._other.fetch(self._theirs(uids), items)
        return {ours[uid]: data for uid, data in found.items() if uid in ours}

    def get_flags(self, uids: Iterable[int]) -> dict[int, Any]:
        ours, wanted = self._ours(), self._theirs(uids)
        return {ours[uid]: flags for uid, flags in self._other.get_flags(wanted).items()} if wanted else {}

    def add_flags(self, uids: Iterable[int], flags: Any) -> None:
        self._other.add_flags(self._theirs(uids), flags)

    def remove_flags(self, uids: Iterable[int], flags: Any) -> None:
        self._other.remove_flags(self._theirs(uids), flags)

    def delete_messages(self, uids: Iterable[int]) -> None:
        self._other.delete_messages(self._theirs(uids))

    def expunge(self, uids: Iterable[int] | None = None) -> None:
        self._other.expunge(None if uids is None else self._theirs(uids))

    def uid_expunge(self, uids: Iterable[int]) -> None:
        self._other.uid_expunge(self._theirs(uids))

    def move(self, uids: Iterable[int], folder: str) -> None:
        self._other.move(self._theirs(uids), folder)

    def copy(self, uids: Iterable[int], folder: str) -> None:
        self._other.copy(self._theirs(uids), folder)

    # --- inside ---

    def _ours(self) -> dict[int, int]:
        """Dovecot's number -> the program's, in the folder that is open."""
        self._other.noop()
        numbers = {unique: uid for uid, unique in self._box.uniques(self._folder).items()}
        return {theirs: numbers[unique] for theirs, unique in self._listed().items() if unique in numbers}

    def _theirs(self, uids: Iterable[int]) -> list[int]:
        wanted = set(uids)
        return [theirs for theirs, ours in self._ours().items() if ours in wanted]

    def _listed(self) -> dict[int, str]:
        """Dovecot's list: its number -> unique part of the name (one line each, `number fields :name`)."""
        _header, *lines = (self._box.path(self._folder) / "dovecot-uidlist").read_bytes().splitlines()
        found = {}
        for line in lines:
            fields, _colon, name = line.partition(b" :")
            found[int(fields.split()[0])] = names.unique_of(name).decode()
        return found
