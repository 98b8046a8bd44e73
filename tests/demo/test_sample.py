"""The sample company and its mail."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from salesinbox.demo.company import DEALS
from salesinbox.demo.dates import Calendar
from salesinbox.demo.letters import iso_2022_jp
from salesinbox.demo.mailbox import DRAFTS, FOLDERS, ROLES, SENT, SPAM, TRASH, Filed, arrivals, mailbox
from salesinbox.demo.people import COLLEAGUES, CONTACTS, LEADS, ME_ADDRESS, OWN_DOMAIN, SERVER_ID
from salesinbox.demo.records import records
from salesinbox.formats.message import body, envelope
from salesinbox.model.board import COLUMNS
from salesinbox.model.board import DEALS as DEALS_COLUMN
from salesinbox.model.settings import Me, Settings
from salesinbox.rules.columns import Overrides, Own, place
from salesinbox.services.records.reading import RecordService
from salesinbox.store.database import Database
from salesinbox.store.records.reading import known

NOW = datetime(2024, 11, 25, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def box() -> list[Filed]:
    return mailbox(NOW)


@pytest.fixture(scope="module")
def parsed(box: list[Filed]) -> list[Message]:
    return [message_from_bytes(one.raw) for one in box]


def rows(kind: str, now: datetime = NOW) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(records(now)[kind])))


def test_the_same_seed_and_moment_give_the_same_mail(box: list[Filed]) -> None:
    assert mailbox(NOW) == box
    assert [one.filed(NOW) for one in arrivals(NOW)] == [one.filed(NOW) for one in arrivals(NOW)]
    other = mailbox(NOW, seed=1)
    assert len(other) == len(box)
    assert not {one.raw for one in other} & {one.raw for one in box}
    assert records(NOW) == records(NOW)


def test_there_is_mail_and_there_are_records_enough(box: list[Filed]) -> None:
    assert 280 <= len(box) <= 320
    assert len(arrivals(NOW)) == 25
    counts = {kind: len(rows(kind)) for kind in records(NOW)}
    assert list(counts) == ["companies", "contacts", "leads", "deals"]
    assert 60 <= sum(counts.values()) <= 80
    assert counts["contacts"] == 24
    assert counts["leads"] == 18
    assert counts["deals"] == 17
    unread = [one for one in box if "\\Seen" not in one.flags and one.folder not in (SPAM, TRASH)]
    assert 15 <= len(unread) <= 30
    flags = Counter(flag for one in box for flag in one.flags)
    assert flags["\\Flagged"] >= 3
    assert flags["\\Answered"] >= 40


def test_every_folder_holds_what_its_name_says(box: list[Filed]) -> None:
    assert {one.folder for one in box} == set(FOLDERS)
    assert set(ROLES) < set(FOLDERS)
    for one in box:
        mine = envelope(one.raw).sender.address == ME_ADDRESS
        assert mine == (one.folder in (SENT, DRAFTS))
        assert ("\\Draft" in one.flags) == (one.folder == DRAFTS)


def test_every_message_parses(box: list[Filed], parsed: list[Message]) -> None:
    for one, message in zip(box, parsed, strict=True):
        defects = [defect for part in message.walk() for defect in part.defects]
        assert not defects
        for name in ("From", "To", "Subject", "Date", "Message-ID"):
            assert len(message.get_all(name, [])) == 1
        assert parsedate_to_datetime(message["Date"]) == one.received
        assert all(len(line) < 998 for line in one.raw.split(b"\r\n"))
        assert b"\n" not in one.raw.replace(b"\r\n", b"")


def test_nothing_is_later_than_now_or_older_than_sixty_days(box: list[Filed]) -> None:
    for now in (NOW, datetime(2025, 3, 1, 15, 2, tzinfo=UTC), datetime(2024, 12, 31, 23, 59, tzinfo=UTC)):
        dates = [one.received for one in mailbox(now)]
        assert max(dates) <= now
        assert (now - min(dates)).days <= 62
        assert (now - max(dates)).total_seconds() < 3600
    assert [one.received for one in box] == sorted(one.received for one in box)


def test_threads_name_messages_that_are_there_and_older(box: list[Filed]) -> None:
    known: set[str] = set()
    size: Counter[str] = Counter()
    for raw in [*(one.raw for one in box), *(one.filed(NOW).raw for one in arrivals(NOW))]:
        head = envelope(raw)
        assert head.message_id not in known
        assert set(head.references) <= known
        known.add(head.message_id)
        size[head.references[0] if head.references else head.message_id] += 1
    threads = [count for count in size.values() if count > 1]
    assert len(threads) >= 60
    assert max(threads) >= 9


def test_only_example_domains(box: list[Filed]) -> None:
    for one in box:
        head = envelope(one.raw)
        for address in (head.sender, *head.to, *head.cc):
            assert address.address.endswith(".example"), address
        text = body(one.raw)
        for domain in re.findall(r"(?:https?://|@)([\w.-]+[\w-])", text.text + text.html):
            assert domain.endswith(".example"), domain


def test_the_charsets_of_real_mail_are_there(parsed: list[Message]) -> None:
    parts = [part for message in parsed for part in message.walk() if part.get_content_maintype() == "text"]
    charsets = {part.get_content_charset() for part in parts}
    assert {"iso-2022-jp", "utf-8", "shift_jis", "iso-8859-1", "windows-1252"} <= charsets
    assert {"7bit", "8bit", "base64", "quoted-printable"} <= {part["Content-Transfer-Encoding"] for part in parts}
    assert any(part.get_param("format") == "flowed" for part in parts)
    headers = " ".join(f"{message['From']} {message['Subject']}" for message in parsed)
    for word in ("=?ISO-2022-JP?B?", "=?UTF-8?B?", "=?UTF-8?Q?", "=?Shift_JIS?B?"):
        assert word in headers
    types = {part.get_content_type() for message in parsed for part in message.walk()}
    assert {"multipart/alternative", "multipart/report", "message/delivery-status", "text/calendar"} <= types
    assert {"application/pdf", "image/png", "text/csv"} <= types


def test_iso_2022_jp_is_pythons_with_the_vendors_characters_on_top() -> None:
    text = "在庫ABC、ガーデン（株）～123"
    assert iso_2022_jp(text).decode("iso2022_jp") == text.replace("～", "〜")
    with pytest.raises(UnicodeEncodeError):
        "①㈱".encode("iso2022_jp")
    assert iso_2022_jp("①㈱").hex() == "1b2442" + "2d21" + "2d6a" + "1b2842"
    with pytest.raises(UnicodeEncodeError):
        iso_2022_jp("é")


def test_the_texts_are_whole_when_the_program_reads_them(box: list[Filed]) -> None:
    for one in box:
        read = body(one.raw)
        head = envelope(one.raw)
        assert head.subject
        assert read.text.strip()
        for text in (read.text, head.subject, head.sender.name):
            assert "\ufffd" not in text
            assert not re.search(r"\{[\w+-]*\}", text)
    everything = "\n".join(body(one.raw).text for one in box)
    assert "①現行システム" in everything
    assert "㈱表記" in everything


def test_COL_13_one_mail_pretends_to_be_a_customer(box: list[Filed]) -> None:
    contacts = {person.address for person in CONTACTS}
    failed = []
    for one in box:
        head = envelope(one.raw)
        if one.folder in (SENT, DRAFTS):
            continue
        assert head.authentication[0].startswith(SERVER_ID)
        if "dmarc=fail" in head.authentication[0] and head.sender.address in contacts:
            failed.append(head)
    assert [head.sender.address for head in failed] == ["nagata@minato.example"]


def test_the_special_mails_are_there(box: list[Filed]) -> None:
    inbox = [one.raw for one in box if one.folder == "INBOX"]
    assert any(body(raw).bounce for raw in inbox)
    assert any(body(raw).invitation for raw in inbox)
    assert sum(b"Auto-Submitted: auto-replied" in raw for raw in inbox) >= 3
    newsletters = [one.raw for one in box if b"\r\nList-Id: " in one.raw]
    assert len(newsletters) >= 15
    assert all("open.gif" in body(raw).html for raw in newsletters)


def test_every_contact_and_most_leads_have_written(box: list[Filed]) -> None:
    writers = {envelope(one.raw).sender.address for one in box}
    second = {person.second_address for person in CONTACTS}
    silent = {person.address for person in CONTACTS} - writers
    # The colleague who is also a contact writes from his address at the rep's own company.
    assert silent == {"takizawa@shinonome-logi.example"}
    assert "takizawa@zylker.example" in second & writers & {person.address for person in COLLEAGUES}
    assert {person.address for person in LEADS} <= writers


def test_deals_close_in_this_month_and_none_of_those_is_past() -> None:
    for now in (NOW, datetime(2025, 2, 28, 14, 59, tzinfo=UTC), datetime(2025, 1, 31, 15, 0, tzinfo=UTC)):
        today = Calendar(now).today
        closing = [
            date.fromisoformat(row["Closing Date"])
            for row in rows("deals", now)
            if not row["Stage"].startswith("Closed")
        ]
        assert all(day >= today for day in closing)
        assert sum((day.year, day.month) == (today.year, today.month) for day in closing) == 6
    closed = [date.fromisoformat(row["Closing Date"]) for row in rows("deals") if "Closed" in row["Stage"]]
    assert all(day < Calendar(NOW).today for day in closed)
    assert {row["Currency"] for row in rows("deals")} == {"JPY", "USD", "EUR"}


def test_records_agree_with_each_other() -> None:
    companies = {row["Company"] for row in rows("companies")}
    contacts = {row["Email"]: row for row in rows("contacts")}
    for deal in rows("deals"):
        assert deal["Company"] in companies
        assert contacts[deal["Contact Email"]]["Company"] == deal["Company"]
    assert len({deal.name for deal in DEALS}) == len(DEALS)
    both = set(contacts) & {row["Email"] for row in rows("leads")}
    assert both == {"priya.raman@harborview.example"}


def test_what_arrives_carries_the_date_of_its_arrival() -> None:
    moment = datetime(2024, 11, 25, 6, 3, 20, tzinfo=UTC)
    for arrival in arrivals(NOW):
        filed = arrival.filed(moment)
        assert parsedate_to_datetime(message_from_bytes(filed.raw)["Date"]) == moment
        assert filed.folder in FOLDERS
        assert filed.flags == frozenset()
        to = getaddresses([str(message_from_bytes(filed.raw)["To"])])
        assert to


def test_REC_7_the_import_takes_every_record_and_mail_lies_in_every_column(tmp_path: Path, box: list[Filed]) -> None:
    own = Own(frozenset({ME_ADDRESS}), frozenset({OWN_DOMAIN}))
    with Database(tmp_path / "sample.db") as database:
        service = RecordService(database, Settings(None, Me(zone=ZoneInfo("Asia/Tokyo")), ()), own, NOW.timestamp)
        for kind, text in records(NOW).items():
            file = tmp_path / f"{kind}.csv"
            file.write_text(text, encoding="utf-8")
            report = service.import_file(file, kind)
            assert (report.created, report.updated, report.errors, report.unmapped) == (len(rows(kind)), 0, (), ())
        records_of = known(database.connection, None)
    columns: Counter[str] = Counter()
    for one in box:
        sender = envelope(one.raw).sender.address.lower()
        if one.folder == "INBOX":
            placement = place(1, sender, records_of.get(sender), own, Overrides())
            columns[placement.column] += 1
            if placement.column == DEALS_COLUMN:
                assert placement.deal
    assert set(columns) == set(COLUMNS)
    assert min(columns.values()) >= 15
