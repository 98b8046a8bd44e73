import io
import sqlite3
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.board import View
from salesinbox.model.errors import NotFoundError, RecordsFileError, UsageError
from salesinbox.model.pane import Exchange
from salesinbox.model.settings import Me, Settings
from salesinbox.rules.columns import Own
from salesinbox.services.records.reading import RecordService
from salesinbox.store.database import Database

NOW = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
OWN = Own(
    addresses=frozenset({"me@zylker.example"}),
    domains=frozenset({"zylker.example"}),
    team=frozenset({"freelance@gmail.com"}),
)

CONTACTS = (
    "姓,名,メール,予備のメール,会社名,役職,電話\n"
    "永田,達郎,nagata@minato.example,tatsuro@minato.example,みなと商事,部長,03-1\n"
    "志村,達夫,shimura@minato.example,,みなと商事,課長,\n"
)
LEADS = "First Name,Last Name,Email,Company,Lead Source\nHina,Terasaki,hina@lead.example,Lead Ltd,Web\n"
DEALS = (
    "商談名,会社名,メール,役割,ステージ,確度(%),総額,完了予定日\n"
    'Web刷新,みなと商事,nagata@minato.example,決裁者,提案,60,"¥4,000,000",2026/12/20\n'
    "旧案件,みなと商事,nagata@minato.example,,失注,,¥1,2026/01/20\n"
)


class Office:
    """A rep's database with threads, and files to import."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "data" / "salesinbox.db"
        self.database = Database(self.path)
        self.service = RecordService(
            self.database, Settings(None, Me(zone=ZoneInfo("Asia/Tokyo")), ()), OWN, lambda: NOW
        )
        self.connection = self.database.connection
        self.connection.execute("INSERT INTO account (id, name, address) VALUES (1, 'work', 'me@zylker.example')")

    def thread(self, number, address, *, name="", date=100, mine=False):
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO thread (id, account_id, date, sender_name, sender_address, messages, views, col, rule)"
                " VALUES (?, 1, ?, ?, ?, 1, ?, 'unknown', 'no-record')",
                (number, date, name, address, View.ALL.value),
            )
            connection.execute(
                "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name,"
                " sender_address, recipients, subject, mine, automatic, list_id, warning, size, attachments)"
                " VALUES (?, 1, ?, '', ?, ?, ?, '', ?, '[]', ?, ?, 0, '', '', 0, 0)",
                (number, number, str(number).encode(), date, date, address, f"Subject {number}", int(mine)),
            )
            connection.execute("INSERT INTO correspondent VALUES (?, ?, ?)", (address, date, number))
            connection.execute(
                "INSERT OR IGNORE INTO folder (id, account_id, name, role) VALUES (1, 1, 'INBOX', 'inbox')"
            )
            connection.execute("INSERT INTO location (folder_id, uid, message, flags) VALUES (1, ?1, ?1, 0)", (number,))

    def file(self, content, name="records.csv", encoding="utf-8"):
        path = self.folder / name
        path.write_bytes(content.encode(encoding))
        return path

    def take(self, kind, content, *, dry_run=False, encoding="utf-8"):
        return self.service.import_file(self.file(content, encoding=encoding), kind, dry_run=dry_run)

    def columns(self):
        return dict(self.connection.execute("SELECT id, col FROM thread"))

    def content(self):
        return list(self.connection.iterdump())


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.database.close()


def test_COL_9_an_import_moves_the_mail_that_is_here_and_says_how_much(office):
    office.thread(1, "nagata@minato.example")
    office.thread(2, "tatsuro@minato.example")
    office.thread(3, "hina@lead.example")
    office.thread(4, "stranger@else.example")
    assert office.take("contacts", CONTACTS).moved == 2
    assert office.columns() == {1: "people", 2: "people", 3: "unknown", 4: "unknown"}
    assert office.take("leads", LEADS).moved == 1
    assert office.take("deals", DEALS).moved == 2
    assert office.columns() == {1: "deals", 2: "deals", 3: "people", 4: "unknown"}
    closed = DEALS.replace("提案", "受注")
    assert office.take("deals", closed).moved == 2
    assert office.columns() == {1: "people", 2: "people", 3: "people", 4: "unknown"}


def test_COL_9_counts_of_the_board_follow(office):
    office.thread(1, "nagata@minato.example")
    office.take("contacts", CONTACTS)
    rows = office.connection.execute(
        "SELECT col, threads FROM thread_count WHERE view = ? AND threads > 0", (View.ALL.value,)
    )
    assert list(rows) == [("people", 1)]


@pytest.mark.parametrize(
    ("kind", "content"),
    [("contacts", CONTACTS), ("leads", LEADS), ("deals", DEALS), ("companies", "会社名\n=みなと\n")],
)
def test_REC_7_a_dry_run_reports_the_same_and_changes_nothing(office, kind, content):
    office.thread(1, "nagata@minato.example")
    office.thread(2, "hina@lead.example")
    content += "\x1b" + ",too many" * 20 + "\n"
    before = office.content()
    rehearsed = office.take(kind, content, dry_run=True)
    assert office.content() == before
    assert office.take(kind, content) == rehearsed
    assert rehearsed.created > 0
    assert len(rehearsed.errors) > 0
    assert office.content() != before


def test_REC_7_the_same_file_again_changes_nothing(office):
    office.take("contacts", CONTACTS)
    office.take("leads", LEADS)
    office.take("deals", DEALS)
    before = office.content()
    for kind, content in (("contacts", CONTACTS), ("leads", LEADS), ("deals", DEALS)):
        report = office.take(kind, content)
        assert (report.created, report.updated, report.moved) == (0, 0, 0)
        assert report.skipped == len(content.splitlines()) - 1
    assert office.content() == before


def test_REC_7_bad_rows_are_reported_by_line_and_do_not_stop_the_rest(office):
    content = CONTACTS + "山田,,bad address,,,,\n" + '"open,,x@y.example\n' + "佐藤,,sato@ok.example,,,,\n"
    report = office.take("contacts", content, encoding="cp932")
    assert report.created == 3
    assert [error.line for error in report.errors] == [4, 5]


def test_REC_7_warnings_of_deals_come_in_the_order_of_the_file(office):
    office.take("contacts", CONTACTS)
    content = (
        "Deal Name,Contact Email,Amount\nA,no@where.example,1\nB,nagata@minato.example,x\nC,gone@where.example,1\n"
    )
    report = office.take("deals", content)
    assert report.created == 2
    assert [error.line for error in report.errors] == [2, 3, 4]


def test_REC_7_unknown_headings_are_named(office):
    assert office.take("leads", "Email,Shoe Size\na@b.example,42\n").unmapped == ("Shoe Size",)


def test_REC_7_a_missing_or_unreadable_file_is_told(office, tmp_path):
    with pytest.raises(RecordsFileError, match=r"no file .*nothing"):
        office.service.import_file(tmp_path / "nothing.csv", "leads")
    with pytest.raises(RecordsFileError, match="no file"):
        office.service.import_file(tmp_path, "leads")
    with pytest.raises(UsageError, match="contacts"):
        office.service.import_file(office.file(LEADS), "invoices")


def test_SAFE_1_an_import_that_stops_half_way_leaves_nothing(office, monkeypatch):
    before = office.content()
    from salesinbox.services.records import exchange

    def disk_full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(exchange.board, "place_again", disk_full)
    with pytest.raises(Exception, match="disk is full"):
        office.take("contacts", CONTACTS)
    assert office.content() == before


def test_REC_7_an_export_goes_back_in_without_a_change(office, tmp_path):
    for kind, content in (
        ("contacts", CONTACTS),
        ("leads", LEADS + "=1+1,+Evil,-e@x.example,@Co;=2,'=3\n"),
        ("deals", DEALS),
    ):
        office.take(kind, content)
    for kind, number in (("companies", 1), ("contacts", 2), ("leads", 2), ("deals", 2)):
        before = office.content()
        path = tmp_path / f"{kind}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            assert office.service.export(kind, out) == number
        report = office.service.import_file(path, kind)
        assert (report.created, report.updated, report.skipped, report.errors) == (0, 0, number, ())
        assert office.content() == before


def test_REC_7_an_export_fills_an_empty_database_the_same(office, tmp_path):
    for kind, content in (("contacts", CONTACTS), ("leads", LEADS), ("deals", DEALS)):
        office.take(kind, content)
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other")
    for kind in ("companies", "contacts", "leads", "deals"):
        out = io.StringIO(newline="")
        office.service.export(kind, out, bom=False)
        other.take(kind, out.getvalue())
        assert other.service.listing(kind) == office.service.listing(kind)
    other.database.close()


def test_REC_1_a_changed_record_raises_the_revision(office):
    office.take("contacts", CONTACTS, dry_run=True)
    assert office.database.state("records_revision", "0") == "0"
    office.take("contacts", CONTACTS)
    office.take("contacts", CONTACTS)
    assert office.database.state("records_revision") == "1"
    office.take("leads", LEADS)
    assert office.database.state("records_revision") == "2"


def test_REC_3_the_pane_of_a_contact(office):
    office.take("contacts", CONTACTS)
    office.take("leads", "Last Name,Email\nOld Lead,nagata@minato.example\n")
    office.thread(1, "nagata@minato.example", name="N.", date=100)
    office.thread(2, "tatsuro@minato.example", date=200)
    office.thread(3, "shimura@minato.example", date=300)
    office.take("deals", DEALS)
    pane = office.service.pane("t1")
    assert (pane.kind, pane.name, pane.address, pane.record_id) == (
        "contact",
        "永田 達郎",
        "nagata@minato.example",
        "p1",
    )
    assert pane.other_addresses == ("tatsuro@minato.example",)
    assert (pane.title, pane.company, pane.phone, pane.also_lead) == ("部長", "みなと商事", "03-1", "Old Lead")
    assert [(deal.name, deal.amount, deal.currency, deal.closing) for deal in pane.deals] == [
        ("Web刷新", "4000000", "JPY", "2026-12-20"),
        ("旧案件", "1", "JPY", "2026-01-20"),
    ]
    assert pane.linked_deal == "d1"
    assert pane.exchanges == (Exchange("t2", 200, False, "Subject 2"), Exchange("t1", 100, False, "Subject 1"))
    assert pane.mails == 2
    assert pane.company_people == ("志村 達夫",)


def test_REC_3_the_pane_of_a_lead_a_colleague_and_a_stranger(office):
    office.take("leads", LEADS)
    office.take("contacts", CONTACTS + "外部,,freelance@gmail.com,,,,\n")
    office.thread(1, "hina@lead.example", name="Hina")
    office.thread(2, "suzuki@zylker.example", name="鈴木")
    office.thread(3, "freelance@gmail.com", name="F")
    office.thread(4, "news@paper.example", name="News")
    office.thread(5, "", name="")
    lead = office.service.pane("t1")
    assert (lead.kind, lead.name, lead.company, lead.source, lead.deals) == (
        "lead",
        "Hina Terasaki",
        "Lead Ltd",
        "Web",
        (),
    )
    colleague = office.service.pane("t2")
    assert (colleague.kind, colleague.name, colleague.record_id, colleague.mails) == ("colleague", "鈴木", "", 1)
    both = office.service.pane("t3")
    assert (both.kind, both.name, both.record_id) == ("colleague", "外部", "p4")
    stranger = office.service.pane("t4")
    assert (stranger.kind, stranger.name, stranger.address) == ("unknown", "News", "news@paper.example")
    assert office.service.pane("t5").kind == "unknown"


def test_REC_3_the_pane_shows_the_person_whatever_the_rep_decided_about_the_column(office):
    office.take("contacts", CONTACTS)
    office.thread(1, "nagata@minato.example")
    office.connection.execute("INSERT INTO override VALUES ('thread', '1', 'unknown')")
    assert office.service.pane("t1").kind == "contact"


@pytest.mark.parametrize("wrong", ["t9", "x1", "", "t1; DROP TABLE thread", "t-1"])
def test_REC_3_a_thread_that_is_gone_is_told(office, wrong):
    with pytest.raises(NotFoundError):
        office.service.pane(wrong)


def test_REC_1_listings_are_by_name_and_limited(office):
    office.take("contacts", CONTACTS)
    assert [found.name for found in office.service.listing("contacts")] == ["志村 達夫", "永田 達郎"]
    assert len(office.service.listing("contacts", 1)) == 1
    assert office.service.show("p1").name == "永田 達郎"
    with pytest.raises(UsageError):
        office.service.listing("invoices")
