"""The board on a real database, written to by another connection as the sync process does."""

import hashlib
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.mail import Address, Envelope, Flag, FlagState
from salesinbox.model.remote import RemoteFolder
from salesinbox.model.settings import Account, Display, Imap, Me, Settings
from salesinbox.store import board as board_store
from salesinbox.store import folders, mail
from salesinbox.store.database import Database
from salesinbox.tui.app import Board
from salesinbox.wiring import Application

from .desk import NOW
from .stage import THEMES, WIDE, play

DEALS = "Deal Name,Company,Contact Email,Stage,Amount,Currency,Closing Date\nWeb刷新,みなとみらい商事,nagata@minato.example,提案,4000000,JPY,2026-11-30\n"
CONTACTS = "First Name,Last Name,Email,Company,Title\n達郎,永田,nagata@minato.example,みなとみらい商事,部長\n"


class Home:
    """A rep's data folder with records and mail in it."""

    def __init__(self, folder: Path) -> None:
        me = Me("橋本 奈美", ZoneInfo("Asia/Tokyo"), ("zylker.example",))
        imap = Imap("127.0.0.1", 1, "none", "rep")
        self.settings = Settings(None, me, (Account("work", "rep@zylker.example", "imap", imap),))
        self.clock = [float(NOW)]
        self.remote = [RemoteFolder("INBOX", "/", "inbox")]
        self.services = Application(self.settings, folder, lambda: self.clock[0])
        self.services.live.ensure_process = lambda: None  # nothing is to be synced here
        for kind, text in (("contacts", CONTACTS), ("deals", DEALS)):
            table = folder / f"{kind}.csv"
            table.write_text(text, encoding="utf-8")
            self.services.records.import_file(table, kind)
        self.uid = 0

    def deliver(self, *mails: tuple[str, str, str], ago: int = 600) -> None:
        """Mail as (name, address, subject), written through a connection of its own."""
        arrivals = []
        for name, address, subject in mails:
            self.uid += 1
            envelope = Envelope(
                f"<{self.uid}@x.example>", (), Address(name, address), (Address("", "rep@zylker.example"),), (), (), subject,
                NOW - ago + self.uid, "", False, (), False,
            )  # fmt: skip
            digest = hashlib.blake2b(str(self.uid).encode(), digest_size=16).digest()
            arrivals.append(mail.Arrival(self.uid, FlagState(Flag.NONE), NOW - ago, 1000, envelope, digest, False, ""))
        with Database(self.services.database.path) as writing, writing.transaction() as connection:
            account = folders.account(connection, "work", "rep@zylker.example")
            folder = mail.keep_folders(connection, account, self.remote)[0].id
            touched, _new = mail.add(connection, account, folder, arrivals)
            self.refresh(connection, touched)

    def refresh(self, connection, threads) -> None:
        board_store.refresh(connection, threads, board_store.Placing(self.services.own, "2026-11"))

    def folders(self, *names: str) -> None:
        """The server has these folders, too."""
        roles = {"Archive": "archive", "Trash": "trash", "Junk": "spam"}
        self.remote += [RemoteFolder(name, "/", roles.get(name, "")) for name in names]

    def board(self, now=lambda: NOW, **display) -> Board:
        each = self.services
        each.settings = self.settings = replace(self.settings, display=Display(**display))
        return Board(
            board=each.board, mail=each.mail, records=each.records, accounts=each.accounts, live=each.live,
            later=each, settings=self.settings, data=each.data, now=now, themes=[THEMES],
        )  # fmt: skip


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o700)
    made = Home(tmp_path)
    made.deliver(
        ("永田 達郎", "nagata@minato.example", "資料ダウンロードのお礼"), ("鈴木 ほなみ", "suzuki@zylker.example", "Lunch"),
        ("Twitter", "info@twitter.example", "Your digest"), ("Bob", "bob@twitter.example", "Hello"),
    )  # fmt: skip
    yield made
    made.services.close()


def test_COL_1_mail_lies_in_its_columns_with_its_deal_and_record(home):
    app = home.board()

    async def scene(stage):
        assert "資料ダウンロードのお礼"[:8] in stage.text()
        assert "¥4,000,000 提案" in stage.text()
        assert "⚑Nov 30" in stage.text()
        for shown in ("永田 達郎", "みなとみらい商事", "部長", "nagata@minato.example"):
            assert shown in "\n".join(app.pane.text_lines())
        assert [column.card and column.card.subject for column in app.columns.values()] == [
            "資料ダウンロードのお礼", None, "Lunch", "Hello",
        ]  # fmt: skip

    play(app, WIDE, scene)


def test_mail_written_by_another_process_comes_by_itself_and_the_cursor_keeps_its_card(home):
    app = home.board()

    async def scene(stage):
        await stage.press("4", "j")
        before = stage.at_cursor(), stage.bars()
        home.deliver(("Newcomer", "new@nowhere.example", "A question"), ago=0)
        await stage.until(lambda: "Newcomer" in stage.text() or "▲ 1 new" in stage.text())
        assert (stage.at_cursor(), stage.bars()) == before
        await stage.press("g")
        assert "Newcomer" in stage.at_cursor()

    play(app, WIDE, scene)


def test_COL_8_an_override_moves_the_cards_of_a_domain(home):
    app = home.board()

    async def scene(stage):
        await stage.press("4", "w")
        assert "Not in CRM" in stage.text()
        await stage.press("o", "j", "j", "enter", "j", "enter")
        await stage.until(lambda: "2 threads moved" in stage.lines()[-1])
        await stage.until(lambda: app.columns["people"].head.threads == 2)
        assert app.columns["unknown"].card is None

    play(app, WIDE, scene)


def test_READ_a_message_whose_content_has_not_come_yet(home):
    app = home.board()

    async def scene(stage):
        await stage.press("enter")
        assert "still on its way" in stage.text()

    play(app, WIDE, scene)


def test_SRCH_2_search_takes_anything(home):
    app = home.board()

    async def scene(stage):
        for typed in ('foo"bar', "a@b.com", "AND", "x -y", "(", "before:x"):
            await stage.press("slash", *typed)
            assert stage.text().strip()
            await stage.press("escape")

    play(app, WIDE, scene)
