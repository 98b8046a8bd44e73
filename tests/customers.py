"""Customers and their mail in a database, put there as a sync puts it, for tests of placing and linking."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from salesinbox.model.board import Card, Why
from salesinbox.model.mail import Address, Envelope, Flag, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.model.settings import Settings
from salesinbox.rules.addresses import normal
from salesinbox.rules.columns import own
from salesinbox.services.actions import ActionService
from salesinbox.services.board import BoardService
from salesinbox.services.links import LinkService
from salesinbox.store import board, changes, folders, mail
from salesinbox.store.database import Database
from tests.mailboxes import ME, NOW

REP = "rep@zylker.example"
DAY = 86_400
FOLDERS = (
    RemoteFolder("INBOX", "/", "inbox"), RemoteFolder("Sent", "/", "sent"), RemoteFolder("Drafts", "/", "drafts"),
    RemoteFolder("Junk", "/", "spam"), RemoteFolder("Trash", "/", "trash"),
)  # fmt: skip


class Customers:
    """A rep with records and mail. Times are in days from NOW; `since`: when the account was first read."""

    def __init__(self, path: Path, *, since: int = -365, domains: Sequence[str] = (), team: Sequence[str] = ()) -> None:
        me = type(ME)(
            name=ME.name,
            zone=ME.zone,
            own_domains=(*ME.own_domains, *domains),
            addresses=(REP, "sales@zylker.example"),
            team=tuple(team),
        )
        self.database = Database(path)
        self.settings = Settings(None, me, ())
        self.own = own(me, ())
        self.now = NOW
        self.board = BoardService(self.database, self.settings, self.own, lambda: self.now)
        self.actions = ActionService(self.database, self.settings, self.own, lambda: self.now)
        self.links = LinkService(self.actions.writer)
        self.uid = 0
        self.people: dict[str, int] = {}
        self.deals: dict[str, int] = {}
        self.threads: dict[str, str] = {}
        self.messages: dict[str, str] = {}
        with self.database.transaction() as connection:
            self.account = folders.account(connection, "work", REP)
            folders.begins(connection, self.account, NOW + since * DAY)
            self.folders = {one.name: one.id for one in mail.keep_folders(connection, self.account, FOLDERS)}

    @property
    def connection(self) -> Any:
        return self.database.connection

    def close(self) -> None:
        self.actions.close()
        self.database.close()

    # --- records ----------------------------------------------------------------------------------------------

    def person(self, name: str, *addresses: str, kind: str = "contact", company: str = "", changed: int = 0) -> None:
        """A record; more addresses may follow in another call."""
        execute = self.connection.execute
        if name not in self.people:
            self.people[name] = len(self.people) + 1
            execute(
                "INSERT INTO person (id, kind, name, name_key, company, company_id, created, changed)"
                " VALUES (?, ?, ?, ?, ?, (SELECT id FROM company WHERE name = ?), 0, ?)",
                (self.people[name], kind, name, name, company, company, NOW + changed * DAY),
            )
        for address in addresses:
            self.address(name, address)

    def address(self, name: str, address: str) -> None:
        self.connection.execute(
            "INSERT INTO person_address (address, person_id, position)"
            " SELECT ?1, ?2, count(*) FROM person_address WHERE person_id = ?2",
            (normal(address), self.people[name]),
        )

    def deal(
        self,
        name: str,
        *people: str,
        stage: str = "Proposal",
        changed: int = 0,
        began: int | None = None,
        ended: int | None = None,
        closing: str = "",
        extra: Mapping[str, str] = {},
    ) -> None:
        """A deal; the first person is its main contact, the others have roles."""
        self.deals[name] = len(self.deals) + 1
        self.connection.execute(
            "INSERT INTO deal (id, name, name_key, stage, closing, extra, began, ended, created, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
            (
                self.deals[name], name, name.casefold(), stage, closing, json.dumps(extra, ensure_ascii=False),
                0 if began is None else NOW + began * DAY, 0 if ended is None else NOW + ended * DAY,
                NOW + changed * DAY,
            ),
        )  # fmt: skip
        for place, person in enumerate(people):
            self.role(name, person, "Influencer" if place else "")

    def role(self, deal: str, person: str, role: str = "Influencer") -> None:
        self.connection.execute(
            "INSERT INTO deal_contact (deal_id, person_id, role, main) VALUES (?, ?, ?, ?)",
            (self.deals[deal], self.people[person], role, int(not role)),
        )

    def stage(self, deal: str, stage: str) -> None:
        self.connection.execute("UPDATE deal SET stage = ? WHERE id = ?", (stage, self.deals[deal]))

    def step(self, *statements: tuple[str, Sequence[Any]]) -> int:
        """A change of records as a service makes it; returns how many threads moved."""
        with self.actions.writer.step("edited", target="deal", subject="x") as step:
            for statement, values in statements:
                step.connection.execute(statement, values)
        return step.moved

    def place_again(self) -> int:
        with self.database.transaction() as connection:
            return board.place_again(connection, self.placing())

    def placing(self) -> board.Placing:
        return board.placing(self.settings, self.own, self.now)

    # --- mail -------------------------------------------------------------------------------------------------

    def arrival(
        self,
        name: str,
        sender: str = "",
        *,
        to: Sequence[str] = (REP,),
        cc: Sequence[str] = (),
        subject: str = "Hello",
        day: float = 0,
        thread: str = "",
        list_id: str = "",
        automatic: bool = False,
        warning: str = "",
    ) -> mail.Arrival:
        """`thread` names the message that it answers; without a sender, the rep has written it."""
        self.uid += 1
        envelope = Envelope(
            f"<{name}@x.example>", (f"<{thread}@x.example>",) if thread else (), Address("", sender or REP),
            tuple(Address("", one) for one in to), tuple(Address("", one) for one in cc), (), subject,
            int(NOW + day * DAY), list_id, automatic, (), False,
        )  # fmt: skip
        digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
        mine = not sender or normal(sender) in self.own.addresses
        date = int(NOW + day * DAY)
        return mail.Arrival(self.uid, FlagState(Flag.SEEN), date, 1000, envelope, digest, mine, warning)

    def deliver(self, name: str, sender: str = "", *, folder: str = "", **header: Any) -> str:
        """A message arrives, or one of the rep's is filed; returns its thread's id."""
        arrival = self.arrival(name, sender, **header)
        where = folder or ("Sent" if arrival.mine else "INBOX")
        with self.database.transaction() as connection:
            touched, _new = mail.add(connection, self.account, self.folders[where], [arrival])
            board.refresh(connection, touched, self.placing())
        row = self.connection.execute(
            "SELECT id, thread_id FROM message WHERE message_id = ?", (f"<{name}@x.example>",)
        ).fetchone()
        self.messages[name] = f"m{row[0]}"
        self.threads[name] = f"t{row[1]}"
        return self.threads[name]

    # --- what came of it --------------------------------------------------------------------------------------

    def card(self, name: str) -> Card:
        """The card of the thread that holds a message."""
        found = self.board.card(self.thread(name))
        assert found is not None
        return found

    def thread(self, name: str) -> str:
        row = self.connection.execute("SELECT thread_id FROM message WHERE id = ?", (self.messages[name][1:],))
        return f"t{row.fetchone()[0]}"

    def why(self, name: str) -> Why:
        return self.board.why(self.thread(name))

    def link(self, name: str) -> tuple[str, str] | None:
        """(deal's name or "" for none, how) of a single message; None where it has no link."""
        row = self.connection.execute(
            "SELECT coalesce(deal.name, ''), how FROM link LEFT JOIN deal ON deal.id = deal_id WHERE message = ?",
            (self.messages[name][1:],),
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def links_by_message(self) -> dict[str, tuple[str, str]]:
        """Message-ID → as `link`, of all mail."""
        rows = self.connection.execute(
            "SELECT message_id, coalesce(deal.name, ''), how FROM link JOIN message ON message.id = link.message"
            " LEFT JOIN deal ON deal.id = deal_id"
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def content(self) -> dict[str, list[str]]:
        """All that undo has to give back, and what the board shows of it."""
        queries = {table: f"SELECT * FROM {table}" for table in (*changes.TABLES, "thread", "thread_folder")}
        queries["thread_count"] = "SELECT * FROM thread_count WHERE threads"
        return {name: sorted(map(repr, self.connection.execute(query))) for name, query in queries.items()}

    def sound(self) -> None:
        """Placing and linking everything anew finds nothing to do."""
        before = self.content()
        assert self.place_again() == 0
        assert self.content() == before
