"""Records of every kind out of a database and in again (REC-7)."""

import io
import json
import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.errors import RecordsFileError, UsageError
from salesinbox.model.fields import AMOUNT, DATE, FIELDS, LONG, NUMBER, YES
from salesinbox.model.imports import FILE_KINDS, SINGULAR, shown_name
from salesinbox.model.settings import CustomField, Me, Records, Settings
from salesinbox.rules import matching
from salesinbox.rules.columns import Own
from salesinbox.services.records.exchange import ExchangeService
from salesinbox.store.database import Database

NOW = int(datetime(2026, 12, 1, 3, tzinfo=UTC).timestamp())
OWN = Own(frozenset({"me@zylker.example"}), frozenset({"zylker.example"}), frozenset())
TOKYO = ZoneInfo("Asia/Tokyo")
CUSTOM = (
    CustomField("contact", "Birthday party", "date"),
    CustomField("deal", "Budget", "amount"),
    CustomField("task", "Effort", "number"),
)
TEXTS = (
    "永田 達郎", "=HYPERLINK(1)", "+81-3", "-5", "@SUM", "a;b", "a, b", 'say "no"', "(株)みなと", "[p1] (x) <y>", "back\\slash",
    "it's", "'=1", "x@y", "|", "Ünïcode", "100%", "日本語、読点", "a\\;b", "[bold]", "2026-12-20", "p1",
)  # fmt: skip


class Office:
    """A database, and the service over it."""

    def __init__(self, folder):
        self.folder = folder
        self.database = Database(folder / "data" / "mail.db")
        settings = Settings(None, Me(zone=TOKYO), (), records=Records(fields=CUSTOM))
        self.service = ExchangeService(self.database, settings, OWN, lambda: NOW)
        self.connection = self.database.connection

    def take(self, kind, content, **options):
        path = self.folder / options.pop("name", "given.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.service.import_file(path, kind, **options)

    def given(self, kind, format="csv"):
        out = io.StringIO(newline="")
        self.service.export(kind, out, format=format, bom=False)
        return out.getvalue()

    def dump(self):
        return list(self.connection.iterdump())

    def close(self):
        self.database.close()


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.close()


def _text(rng, many=1):
    return " ".join(rng.choice(TEXTS) for _ in range(rng.randint(1, many)))


def _extra(rng, kind):
    found = {}
    for field in FIELDS[SINGULAR[kind]]:
        if field.kept or rng.random() < 0.5 or (kind in ("products", "vendors") and field.name in ("code", "email")):
            continue
        value = {
            DATE: "1980-02-29",
            AMOUNT: "1200.50 EUR" if kind in ("leads", "companies") else "1200.50",
            NUMBER: str(rng.randint(1, 900)),
            YES: rng.choice(("true", "false")),
            LONG: f"{_text(rng)}\n\n{_text(rng)}",
        }.get(field.type, _text(rng))
        found[field.heading] = value
    if kind == "calls" and "Minutes" in found:
        found["Minutes"] = "25"
    if kind == "calls" and "Call Type" in found:
        found["Call Type"] = "Missed"
    for name in ("色", '=Odd, "heading"', "Record Id"):
        if rng.random() < 0.4:
            found[name] = f"{_text(rng)}{rng.random()}"
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _tags(rng):
    return json.dumps(rng.sample(["vip", "東京", "=x", "two words"], rng.randint(0, 3)), ensure_ascii=False,
                      separators=(",", ":"))  # fmt: skip


def fill(connection, seed, twin="Twin"):
    """Records of every kind as a rep and their imports leave them, twins among them unless `twin` takes a number."""
    rng = random.Random(seed)
    execute = connection.execute

    def moment():
        return NOW - rng.randint(1, 10**7)

    for number in range(1, 7):
        name = _text(rng, 2) if number != 6 else twin.format(number)
        execute(
            "INSERT INTO company (id, name, name_key, domain, phone, extra, owner, tags, created, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, name, matching.company_key(name), f"c{number}.example" if number % 2 else "", _text(rng),
             _extra(rng, "companies"), _text(rng), _tags(rng), moment(), moment()),
        )  # fmt: skip
    for number in range(1, 13):
        kind = "leads" if number % 2 else "contacts"
        first, last = (_text(rng), _text(rng)) if number < 9 else ("", twin.format(number))
        company = rng.choice((None, 1, 6)) if kind == "contacts" else None
        execute(
            "INSERT INTO person (id, kind, first, last, name, name_key, company_id, company, title, phone, source, extra,"
            " owner, tags, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, SINGULAR[kind], first, last, shown_name(first, last), matching.person_key(first, last), company,
             _text(rng) if kind == "leads" and number < 9 else "", _text(rng), _text(rng), _text(rng), _extra(rng, kind),
             _text(rng), _tags(rng), moment(), moment()),
        )  # fmt: skip
        for position in range(rng.randint(0, 2) if number < 9 else 0):
            execute(
                "INSERT INTO person_address VALUES (?, ?, ?)", (f"n{number}.{position}@x.example", number, position)
            )
    execute("INSERT INTO person_address VALUES ('shared@x.example', 2, 5), ('shared@x.example', 4, 5)")
    for number in range(1, 7):
        name = _text(rng) if number < 5 else twin.format(number)
        execute(
            "INSERT INTO deal (id, name, name_key, company_id, amount, currency, stage, closing, source, pipeline,"
            " probability, began, ended, extra, owner, tags, created, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, name, matching.deal_key(name), rng.choice((None, 1, 6)), rng.choice(("", "4000000", "-1.5")),
             rng.choice(("", "JPY")), rng.choice(("Proposal", "Closed Won")), rng.choice(("", "2026-12-20")), _text(rng),
             rng.choice(("", "New")), rng.choice((None, 33)), rng.choice((0, moment())), rng.choice((0, moment())),
             _extra(rng, "deals"), _text(rng), _tags(rng), moment(), moment()),
        )  # fmt: skip
        people = rng.sample([2, 4, 6, 8, 10, 12], rng.randint(0, 3))
        for place, person in enumerate(people):
            role = rng.choice(("", "決裁者", "Boss (interim); really"))
            execute("INSERT INTO deal_contact VALUES (?, ?, ?, ?)", (number, person, role, int(place == 0)))
    for number in range(1, 36):
        kind = ("tasks", "events", "calls", "notes", "cases", "vendors", "products")[number % 7]
        name = "" if kind == "notes" and rng.random() < 0.5 else _text(rng) if number < 22 else twin.format(number)
        start = moment() // 60 * 60 if kind == "calls" or (kind in ("tasks", "events") and number % 2) else 0
        day = "2026-12-03" if kind in ("tasks", "events") and not start else ""
        closed = rng.choice((0, moment())) if kind in ("tasks", "events", "calls", "cases") else 0
        extra = _extra(rng, kind)
        finish = start + 1800 if kind == "events" and start else 0
        if kind == "calls":
            finish = start + 60 * int(json.loads(extra).get("Minutes", 0))
        execute(
            "INSERT INTO item (id, kind, name, name_key, status, closed, day, last_day, start, finish, hidden_until,"
            " priority, body, owner, tags, extra, created, changed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, SINGULAR[kind], name, matching.deal_key(name),
             rng.choice(("", "Waiting", "Completed")) if kind in ("tasks", "cases") else "", closed, day,
             "2026-12-04" if kind == "events" and day else "", start, finish,
             moment() if kind == "tasks" and number % 3 == 0 else 0,
             rng.choice(("", "High")) if kind in ("tasks", "cases") else "", f"{_text(rng)}\n{_text(rng)}", _text(rng),
             _tags(rng), extra, moment(), moment()),
        )  # fmt: skip
        if kind not in ("vendors", "products"):
            for record in rng.sample(["p2", "p1", "c1", "c6", "d1", "d6", "p10", "p12"], rng.randint(0, 3)):
                execute("INSERT INTO item_about VALUES (?, ?)", (record, number))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", FILE_KINDS)
def test_REC_7_an_export_of_any_kind_goes_back_in_without_a_change(office, kind, seed):
    fill(office.connection, seed)
    before = office.dump()
    content = office.given(kind)
    report = office.take("", content)
    assert report.errors == ()
    assert (report.kind, report.recognised) == (kind, "SalesInbox")
    assert (report.created, report.updated) == (0, 0)
    assert office.dump() == before


@pytest.mark.parametrize("seed", range(6))
def test_REC_7_exports_fill_an_empty_database_with_the_same(office, tmp_path, seed):
    fill(office.connection, seed, "Alone {}")
    (tmp_path / "other").mkdir()
    other = Office(tmp_path / "other")
    order = ("companies", *(kind for kind in FILE_KINDS if kind != "companies"))
    for kind in order:
        report = other.take(kind, office.given(kind))
        assert report.errors == (), kind
    for kind in order:
        texts = [rows_without_ids(one.given(kind)) for one in (office, other)]
        assert texts[0] == texts[1]
    other.close()


def rows_without_ids(text):
    import csv
    import re

    rows = list(csv.DictReader(io.StringIO(text)))
    return [
        {name: re.sub(r"\[[a-z]\d+\]", "[]", value) for name, value in row.items() if "SalesInbox" not in name}
        for row in rows
    ]


def test_REC_7_a_dry_run_of_every_kind_changes_nothing(office):
    fill(office.connection, 3)
    texts = {kind: office.given(kind) for kind in FILE_KINDS}
    for table in ("item", "deal", "person", "company"):
        office.connection.execute(f"DELETE FROM {table}")
    before = office.dump()
    for kind, content in texts.items():
        report = office.take(kind, content, dry_run=True)
        assert report.created > 0
        assert office.dump() == before
        assert office.take(kind, content, dry_run=True) == report


def test_REC_7_numbers_of_deleted_records_are_not_given_again(office):
    for kind, content in (
        ("contacts", "Last Name,Email\nA,a@x.example\nB,b@x.example\n"),
        ("companies", "Company Name\nA\nB\n"),
        ("deals", "Deal Name\nA\nB\n"),
        ("tasks", "Subject\nA\nB\n"),
    ):
        table = {"contacts": "person", "companies": "company", "deals": "deal", "tasks": "item"}[kind]
        office.take(kind, content)
        office.connection.execute(f"DELETE FROM {table}")
        office.take(kind, content)
        assert [row[0] for row in office.connection.execute(f"SELECT id FROM {table} ORDER BY id")] == [3, 4]


def test_REC_7_an_import_that_is_stopped_leaves_nothing(office):
    content = "Last Name,Email\n" + "".join(f"N{n},n{n}@x.example\n" for n in range(1200))
    before = office.dump()
    told = []

    def stop(rows, share):
        told.append((rows, share))
        if rows >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        office.take("leads", content, progress=stop)
    assert office.dump() == before
    assert [rows for rows, _share in told] == [500, 1000]
    assert 0 < told[0][1] <= told[1][1] <= 1


def test_REC_7_bad_rows_beyond_ten_thousand_are_counted(office):
    content = "Last Name,Email\n" + "N,no address\n" * 10_050 + "A,a@x.example\n"
    report = office.take("leads", content)
    assert (report.created, len(report.errors), report.further_errors) == (1, 10_000, 50)
    assert [error.line for error in report.errors[:3]] == [2, 3, 4]


def test_REC_7_every_bad_row_is_reported_with_its_line_and_the_rest_taken(office):
    head = "Last Name,Email,Date of Birth\n"
    rows = [f"N{n},n{n}@x.example,1980-01-02\n" for n in range(300)]
    bad = {
        10: "N,not an address,\n",
        50: ",,1980-01-02\n",
        90: "N,b@x.example,31/31/1980\n",
        130: "N,c@x.example,,too,many\n",
        170: "N,d\x00@x.example,\n",
        210: '"N,e@x.example,\n',
        250: "N," + "x" * 4_100_000 + ",\n",
    }
    for at, row in bad.items():
        rows[at] = row
    report = office.take("contacts", head + "".join(rows))
    assert report.created == 300 - len(bad)
    assert [error.line for error in report.errors] == [at + 2 for at in bad]
    before = office.dump()
    again = office.take("contacts", head + "".join(rows))
    assert (again.created, again.updated, again.skipped) == (0, 0, 300 - len(bad))
    assert office.dump() == before


def test_REC_7_headings_are_mapped_by_hand(office):
    content = "Person,Adress,Handy,Lieblingsfarbe,Müll\nAnn Lee,ann@lee.example,090,red,x\n"
    mapping = {"Person": "name", "Adress": "addresses", "Handy": "mobile", "Lieblingsfarbe": "x:Colour", "Müll": ""}
    report = office.take("contacts", content, mapping=mapping)
    assert (report.created, report.unmapped) == (1, ())
    row = office.connection.execute("SELECT first, last, extra FROM person").fetchone()
    assert row[:2] == ("Ann", "Lee")
    assert json.loads(row[2]) == {"Mobile": "090", "Colour": "red"}
    assert office.connection.execute("SELECT address FROM person_address").fetchall() == [("ann@lee.example",)]
    with pytest.raises(UsageError, match="no heading"):
        office.take("contacts", content, mapping={"Nowhere": "name"})
    with pytest.raises(UsageError, match="no field"):
        office.take("contacts", content, mapping={"Person": "shoe"})


def test_REC_7_custom_fields_are_read_by_their_type(office):
    report = office.take("contacts", "Last Name,birthday party\nA,20.12.2026\nB,soon\n")
    assert [error.line for error in report.errors] == [3]
    assert json.loads(office.connection.execute("SELECT extra FROM person").fetchone()[0]) == {
        "Birthday party": "2026-12-20"
    }


def test_REC_7_what_a_file_is_taken_for_is_told_before(office):
    path = office.folder / "x.csv"
    path.write_text("Deal Name,Stage,Amount,Deal Owner,Colour\nWeb,Proposal,¥1,橋本,red\n", encoding="utf-8")
    kind, recognised, guesses = office.service.headings(path)
    assert (kind, recognised) == ("deals", "Zoho CRM")
    assert [(one.heading, one.taken, one.field, one.sample) for one in guesses] == [
        ("Deal Name", "field", "name", "Web"),
        ("Stage", "field", "stage", "Proposal"),
        ("Amount", "field", "amount", "¥1"),
        ("Deal Owner", "field", "owner", "橋本"),
        ("Colour", "custom", "Colour", "red"),
    ]
    path.write_text("Colour,Shape\nred,round\n", encoding="utf-8")
    with pytest.raises(RecordsFileError, match="--kind"):
        office.service.headings(path)


def test_REC_7_a_deal_keeps_what_crms_say_of_it(office):
    office.take("contacts", "Last Name,Email\nA,a@x.example\nB,b@x.example\n")
    office.take(
        "deals",
        "Record Id,Deal Name,Stage,Probability (%),Pipeline,Lead Source,Type,Next Step,Tag,Deal Owner,Created Time,"
        "Modified Time,Closed Time\n"
        'z1,Web,Proposal,75,Standard,Web,New Business,Call,"vip, 東京",橋本,2026-01-02 03:04:05,2026-02-03 04:05,'
        "2026-03-04 00:00\n",
    )
    row = office.connection.execute(
        "SELECT probability, pipeline, source, owner, tags, created, changed, began, ended, extra FROM deal"
    ).fetchone()
    created = int(datetime(2026, 1, 2, 3, 4, 5, tzinfo=TOKYO).timestamp())
    changed = int(datetime(2026, 2, 3, 4, 5, tzinfo=TOKYO).timestamp())
    ended = int(datetime(2026, 3, 4, tzinfo=TOKYO).timestamp())
    assert row[:4] == (75, "Standard", "Web", "橋本")
    assert json.loads(row[4]) == ["vip", "東京"]
    assert row[5:9] == (created, changed, created, ended)
    assert json.loads(row[9]) == {"Record Id": "z1", "Type": "New Business", "Next Step": "Call"}


@pytest.mark.parametrize("seed", range(4))
def test_REC_7_vcards_go_back_in_without_a_change(office, seed):
    fill(office.connection, seed)
    for kind in ("leads", "contacts"):
        before = office.dump()
        report = office.take(kind, office.given(kind, "vcard"), name=f"{kind}.vcf")
        assert report.errors == ()
        assert (report.created, report.updated) == (0, 0)
        assert office.dump() == before


def test_REC_7_calendars_go_back_in_without_a_change(office):
    office.take("contacts", "Last Name,Email\nA,a@x.example\n")
    office.take(
        "events",
        "Subject,From,To,Location,Contact Name\n会議; a\\b,2026-12-02 10:00,2026-12-02 11:00,横浜,A\n"
        "Trip,2026-12-03,2026-12-05,,\n",
    )
    office.take("tasks", "Subject,Due Date,Status,Priority\nWrite,2026-12-02,Waiting,High\nCall,2026-12-02 09:30,,\n")
    before = office.dump()
    for kind in ("events", "tasks"):
        report = office.take("", office.given(kind, "ics"), name="x.ics")
        assert (report.created, report.updated, report.errors) == (0, 0, ())
        assert office.dump() == before


def test_COL_9_mail_is_placed_and_linked_again_and_told(office):
    execute = office.connection.execute
    execute("INSERT INTO account (id, name, address) VALUES (1, 'work', 'me@zylker.example')")
    execute(
        "INSERT INTO thread (id, account_id, date, sender_name, sender_address, messages, views, col, rule)"
        " VALUES (1, 1, 1, '', 'a@x.example', 1, 1, 'unknown', 'no-record')"
    )
    card = "BEGIN:VCARD\nVERSION:4.0\nFN:A B\nEMAIL:a@x.example\nEND:VCARD\n"
    assert office.take("", card, name="a.vcf").moved == 1
    assert office.take("", card, name="a.vcf").moved == 0


@pytest.mark.parametrize(
    ("kind", "format", "sentence"),
    [("tasks", "vcard", "vCards"), ("leads", "ics", "calendar"), ("invoices", "csv", "no kind")],
)
def test_REC_7_what_cannot_be_written_is_said(office, kind, format, sentence):
    with pytest.raises(UsageError, match=sentence):
        office.given(kind, format)


def _looked(office, content, kind="", *, name="given.csv", mapping=None):
    path = office.folder / name
    path.write_text(content, encoding="utf-8")
    return office.service.look(path, kind, mapping=mapping)


def test_REC_7_a_look_tells_what_a_file_lacks_instead_of_refusing_it(office):
    before = office.dump()
    look = _looked(office, "Betrag,Bezeichnung\n100,Maschine\n")
    assert (look.kind, look.certain, look.recognised) == ("contacts", False, "")
    assert look.lacking == ("addresses", "last", "name")
    assert [(one.heading, one.taken, one.sample) for one in look.guesses] == [
        ("Betrag", "custom", "100"), ("Bezeichnung", "custom", "Maschine"),
    ]  # fmt: skip
    look = _looked(office, "Betrag,Bezeichnung\n100,Maschine\n", "deals", mapping={"Bezeichnung": "name"})
    assert (look.kind, look.certain, look.lacking) == ("deals", True, ())
    assert office.dump() == before


def test_REC_7_a_look_names_the_kind_that_a_file_clearly_is(office):
    deals = "Deal Name,Stage,Amount\nMaschine,Proposal,100\n"
    assert _looked(office, deals).kind == "deals"
    look = _looked(office, deals, "companies")
    assert (look.kind, look.likely) == ("companies", "deals")


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_REC_7_every_field_that_a_look_offers_can_be_chosen(office, kind):
    look = _looked(office, "One,Two\n1,2\n", kind)
    assert len(look.fields) == len(dict(look.fields))
    for name, heading in look.fields:
        assert heading
        chosen = _looked(office, "One,Two\n1,2\n", kind, mapping={"One": name}).guesses[0]
        assert chosen.taken == ("custom" if name.startswith("x:") else "field")
        assert chosen.field == name.removeprefix("x:")


def test_REC_7_a_heading_is_mapped_by_what_is_shown_of_it(office):
    long = "A heading of more than a hundred letters " * 4
    look = _looked(office, f"Last Name,{long},#,No.\nBerg,1,2,3\n")
    shown = look.guesses[1].heading
    assert _looked(office, f"Last Name,{long},#\nBerg,1,2\n", mapping={shown: "phone"}).guesses[1].field == "phone"
    look = _looked(office, "Last Name,#,-\nBerg,1,2\n", mapping={"#": "phone"})
    assert [one.field for one in look.guesses if one.taken == "field"] == ["last", "phone"], "and no other sign"


def test_REC_7_a_look_at_cards_and_calendars_names_their_kinds(office):
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Carla Costa\r\nEMAIL:c@costa.example\r\nEND:VCARD\r\n"
    assert _looked(office, card, name="a.vcf").kind == "contacts"
    assert _looked(office, card, "leads", name="a.vcf").kind == "leads"
    todo = "BEGIN:VTODO\r\nUID:b\r\nSUMMARY:Call\r\nEND:VTODO\r\n"
    event = "BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Meet\r\nDTSTART:20261201T010000Z\r\nEND:VEVENT\r\n"
    whole = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n"
    assert _looked(office, whole.format(todo), name="a.ics").kind == "tasks"
    assert _looked(office, whole.format(event + todo), name="a.ics").kind == ""
    with pytest.raises(RecordsFileError, match="empty"):
        _looked(office, "")


def test_REC_7_an_import_that_is_stopped_while_mail_is_placed_leaves_nothing(office):
    before = office.dump()

    class Stopped(Exception):
        pass

    shares = []

    def stop(_rows, share):
        shares.append(share)
        if shares.count(1.0) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        office.take("contacts", "Last Name,Email\nBerg,anna@berg.example\n", progress=stop)
    assert office.dump() == before
