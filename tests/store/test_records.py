import pytest

from salesinbox.model.errors import NotFoundError
from salesinbox.model.imports import SINGULAR, CompanyRow, DealRow, PersonRow
from salesinbox.model.mail import Address, Envelope
from salesinbox.model.records import Company, Deal, DealBrief, KnownAddress, Person
from salesinbox.store import correspondents
from salesinbox.store.database import Database
from salesinbox.store.imports.intake import take
from salesinbox.store.records import exports, pipelines, reading
from salesinbox.store.records import listing as record_listing
from salesinbox.store.records.filtering import Condition


def listing(connection, kind):
    ids, _total, _next = record_listing.page(connection, SINGULAR[kind], Condition(), limit=1000)
    found = reading.some(connection, ids)
    return [found[id] for id in ids]  # noqa: A001 - as everywhere in the services


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "data" / "salesinbox.db") as database:
        yield database


class Taking:
    """Takes rows in, at a later time each time."""

    def __init__(self, database):
        self.database = database
        self.now = 1000

    def __call__(self, kind, *rows):
        self.now += 1000
        with self.database.transaction() as connection:
            return take(connection, kind, rows, self.now)


@pytest.fixture
def taking(database):
    return Taking(database)


def counts(outcome):
    return outcome.created, outcome.updated, outcome.skipped


def person(number, last, *addresses, **fields):
    return PersonRow(number, last=last, addresses=addresses, **fields)


NAGATA = person(
    2, "永田", "nagata@minato.example", "tatsuro@minato.example", first="達郎", company="みなと商事", title="部長"
)
WEB = DealRow(
    2,
    "Web刷新",
    "みなと商事",
    ("nagata@minato.example",),
    stage="Proposal",
    amount="4000000",
    currency="JPY",
    closing="2026-12-20",
)


def test_COL_5_open_deals_of_a_contact_are_known_most_recently_changed_first(database, taking):
    taking("contacts", NAGATA)
    taking("deals", WEB)
    taking("deals", DealRow(2, "保守", "みなと商事", ("nagata@minato.example",), stage="Negotiation"))
    known = reading.known(database.connection, ["Nagata@Minato.Example"])
    assert known == {
        "nagata@minato.example": KnownAddress(
            contact_id="p1",
            contact_name="永田 達郎",
            open_deals=(
                DealBrief("d2", "保守", "", "", "Negotiation", ""),
                DealBrief("d1", "Web刷新", "4000000", "JPY", "Proposal", "2026-12-20"),
            ),
        )
    }
    taking("deals", DealRow(2, "Web刷新", "みなと商事", amount="5000000"))
    (found,) = reading.known(database.connection, ["nagata@minato.example"]).values()
    assert [deal.id for deal in found.open_deals] == ["d1", "d2"]


@pytest.mark.parametrize(
    "stage", ["Closed Won", "受注", "成約", "Closed Lost", "失注", "closedwon", "Closed-Lost to Competition"]
)
def test_COL_5_won_and_lost_deals_do_not_count(database, taking, stage):
    taking("contacts", NAGATA)
    taking("deals", DealRow(2, "Web", "みなと商事", ("nagata@minato.example",), stage=stage))
    (known,) = reading.known(database.connection, ["nagata@minato.example"]).values()
    assert known.open_deals == ()
    assert known.has_won == (stage in ("Closed Won", "受注", "成約", "closedwon"))


def test_COL_5_a_contact_role_counts_like_the_main_contact(database, taking):
    taking("contacts", NAGATA, person(3, "志村", "shimura@minato.example", company="みなと商事"))
    taking("deals", DealRow(2, "Web", contacts=("nagata@minato.example", "shimura@minato.example"), stage="Proposal"))
    known = reading.known(database.connection, None)
    assert [deal.id for deal in known["shimura@minato.example"].open_deals] == ["d1"]
    assert reading.show(database.connection, "d1").contact_ids == ("p1", "p2")


def test_COL_5_deals_of_a_lead_with_the_same_address_do_not_count(database, taking):
    taking("leads", NAGATA)
    outcome = taking("deals", WEB)
    assert counts(outcome) == (1, 0, 0)
    assert [error.line for error in outcome.errors] == [2]
    assert "lead" in outcome.errors[0].error
    assert reading.known(database.connection, None)["nagata@minato.example"].open_deals == ()


def test_COL_6_every_address_of_a_person_counts_without_case(database, taking):
    taking("leads", person(2, "Nagata", "NAGATA@Minato.example", "ｔａｔｓｕｒｏ@minato.example", "n@例え.jp"))
    known = reading.known(
        database.connection, ["nagata@MINATO.example", "Tatsuro@minato.example", "N@例え.jp", "x@y.example"]
    )
    assert set(known) == {"nagata@minato.example", "tatsuro@minato.example", "n@xn--r8jz45g.jp"}
    assert {found.lead_id for found in known.values()} == {"p1"}


def test_COL_6_tags_and_dots_make_other_addresses(database, taking):
    taking(
        "leads",
        person(2, "A", "ann.lee@mail.example"),
        person(3, "B", "annlee@mail.example"),
        person(4, "C", "ann.lee+x@mail.example"),
    )
    assert len(reading.known(database.connection, None)) == 3
    assert len(listing(database.connection, "leads")) == 3


def test_COL_7_a_contact_wins_over_a_lead_and_both_are_kept(database, taking):
    taking("leads", NAGATA)
    taking("contacts", NAGATA)
    taking("leads", person(2, "永田", "nagata@minato.example", phone="03"))
    (known,) = reading.known(database.connection, ["nagata@minato.example"]).values()
    assert (known.contact_id, known.lead_id, known.lead_name) == ("p2", "p1", "永田 達郎")


def test_COL_7_of_contacts_that_share_an_address_one_with_an_open_deal_stands_for_it(database, taking):
    taking("contacts", person(2, "A", "info@minato.example"))
    taking("contacts", person(2, "B", "b@minato.example"))
    taking("deals", DealRow(2, "Web", contacts=("info@minato.example",), stage="Proposal"))
    with database.transaction() as connection:
        connection.execute("INSERT INTO person_address VALUES ('info@minato.example', 2, 1)")
        connection.execute("UPDATE person SET changed = 9999 WHERE id = 2")
    assert reading.known(database.connection, ["info@minato.example"])["info@minato.example"].contact_id == "p1"
    taking("deals", DealRow(2, "Web", contacts=("info@minato.example",), stage="Closed Lost"))
    assert reading.known(database.connection, None)["info@minato.example"].contact_id == "p2"


def test_known_of_some_addresses_is_the_same_as_of_all(database, taking):
    taking("contacts", *(person(n, f"N{n}", f"n{n}@x{n % 7}.example", company=f"X{n % 7}") for n in range(300)))
    taking("leads", *(person(n, f"L{n}", f"n{n}@x{n % 7}.example") for n in range(200, 500)))
    stages = ("Proposal", "Closed Won", "Closed Lost")
    taking(
        "deals", *(DealRow(n, f"D{n}", contacts=(f"n{n}@x{n % 7}.example",), stage=stages[n % 3]) for n in range(250))
    )
    everything = reading.known(database.connection, None)
    assert len(everything) == 500
    assert reading.known(database.connection, list(everything)) == everything
    assert reading.known(database.connection, []) == {}
    assert reading.known(database.connection, ["'; DROP TABLE person; --", "\ud800", "\x00", ""]) == {}


def test_REC_7_the_same_rows_again_change_nothing(database, taking):
    batches = {
        "companies": (CompanyRow(2, "みなと商事", "minato.example", "03"), CompanyRow(3, "Acme, Inc.")),
        "contacts": (NAGATA, person(3, "Smith", "s@acme.example", company="ACME Inc"), person(4, "Nobody")),
        "leads": (NAGATA, person(3, "", "only@an.example"), person(4, "Tanaka", company="Somewhere")),
        "deals": (
            WEB,
            DealRow(3, "Web", "Acme Inc", ("s@acme.example", "nagata@minato.example"), stage="Brand new", amount="1"),
            DealRow(4, "No company", contacts=("s@acme.example",)),
            DealRow(5, "Nothing known"),
            DealRow(6, "By name", contact_name="達郎 永田"),
        ),
    }
    for kind, rows in batches.items():
        assert counts(taking(kind, *rows)) == (len(rows), 0, 0)
    before = list(database.connection.iterdump())
    for kind, rows in batches.items():
        assert counts(taking(kind, *rows)) == (0, 0, len(rows))
    assert list(database.connection.iterdump()) == before


def test_REC_7_two_rows_for_one_record_change_nothing_when_they_come_again(database, taking):
    rows = (
        person(2, "A", "a@x.example", title="first"),
        *(person(n, f"N{n}", f"n{n}@x.example") for n in range(1200)),
        person(3, "A", "a@x.example", title="second"),
    )
    assert counts(taking("leads", *rows)) == (1201, 1, 0)
    before = list(database.connection.iterdump())
    assert counts(taking("leads", *rows)) == (0, 0, 1202)
    assert list(database.connection.iterdump()) == before


def test_REC_7_duplicates_are_found_by_address_then_by_name_and_company(database, taking):
    taking("contacts", NAGATA)
    assert counts(taking("contacts", person(2, "永田", "TATSURO@minato.example", title="本部長"))) == (0, 1, 0)
    assert counts(taking("contacts", person(2, "永田", "new@minato.example", first="達郎", company="みなと商事"))) == (
        0,
        1,
        0,
    )
    assert counts(taking("contacts", person(2, "永田", "other@else.example", first="達郎", company="Elsewhere"))) == (
        1,
        0,
        0,
    )
    found = reading.person(database.connection, "p1")
    assert found.title == "本部長"
    assert found.addresses == ("new@minato.example", "tatsuro@minato.example", "nagata@minato.example")


def test_REC_7_a_name_without_a_company_makes_no_duplicate(taking):
    outcome = taking("leads", person(2, "Sato", "sato@a.example"), person(3, "Sato", "sato@b.example"))
    assert counts(outcome) == (2, 0, 0)


def test_REC_7_records_of_a_crm_that_differ_by_id_are_not_merged_by_name(taking):
    one = DealRow(2, "Renewal", "Acme", extra={"Record Id": "z1"}, amount="1")
    two = DealRow(3, "Renewal", "Acme", extra={"Record Id": "z2"}, amount="2")
    assert counts(taking("deals", one, two)) == (2, 0, 0)
    assert counts(taking("deals", one, two)) == (0, 0, 2)


def test_REC_7_an_empty_cell_erases_nothing(database, taking):
    taking("contacts", NAGATA)
    assert counts(taking("contacts", person(2, "永田", "nagata@minato.example"))) == (0, 0, 1)
    found = reading.person(database.connection, "p1")
    assert (found.first, found.title, found.company) == ("達郎", "部長", "みなと商事")


def test_REC_7_contacts_make_companies_and_find_them(database, taking):
    taking(
        "contacts",
        NAGATA,
        person(3, "Mori", "mori@minato.example", company="ミナト商事"),
        person(4, "Abe", "abe@minato.example", company="みなと商事"),
        person(5, "Ito", "ito@minato.example"),
        person(6, "Kato", "kato@gmail.com", company="㈱カトー"),
        person(7, "Goto", "goto@gmail.com"),
        person(8, "Kano", company="(株) カトー"),
    )
    by_name = {found.name: found for found in listing(database.connection, "companies")}
    assert {name: found.domain for name, found in by_name.items()} == {
        "みなと商事": "minato.example",
        "ミナト商事": "",
        "㈱カトー": "",
    }
    people = {found.last: found.company for found in listing(database.connection, "contacts")}
    assert people == {
        "永田": "みなと商事", "Mori": "ミナト商事", "Abe": "みなと商事", "Ito": "みなと商事", "Kato": "㈱カトー", "Goto": "",
        "Kano": "㈱カトー",
    }  # fmt: skip
    assert [found.last for found in reading.people_of_company(database.connection, by_name["みなと商事"].id)] == [
        "永田",
        "Abe",
        "Ito",
    ]


def test_REC_7_leads_make_no_companies(database, taking):
    taking("leads", NAGATA)
    assert listing(database.connection, "companies") == []
    assert reading.person(database.connection, "p1").company == "みなと商事"


def test_REC_7_a_company_that_a_contact_made_is_brought_up_to_date_by_its_own_row(database, taking):
    taking("contacts", NAGATA)
    assert counts(taking("companies", CompanyRow(2, "株式会社みなと", "minato.example"))) == (0, 1, 0)
    assert listing(database.connection, "companies") == [
        Company("c1", "株式会社みなと", "minato.example", "", 3000, created=2000)
    ]


def test_REC_7_a_deal_with_an_unknown_contact_is_taken_and_said(database, taking):
    taking("contacts", person(3, "志村", "shimura@minato.example"), person(4, "Sato"), person(5, "Sato", company="X"))
    outcome = taking(
        "deals",
        WEB,
        DealRow(3, "B", contacts=("x@y.example", "shimura@minato.example")),
        DealRow(4, "C", contact_name="Nobody Known"),
        DealRow(5, "D", contact_name="Sato"),
        DealRow(6, "E", company="X", contact_name="Sato"),
    )
    assert outcome.created == 5
    assert [error.line for error in outcome.errors] == [2, 3, 4, 5]
    assert "nagata@minato.example" in outcome.errors[0].error
    deals = {deal.name: deal.contact_ids for deal in listing(database.connection, "deals")}
    assert deals == {"Web刷新": (), "B": ("p1",), "C": (), "D": (), "E": ("p3",)}
    # Once the contact is here, the same row brings deal and contact together.
    taking("contacts", NAGATA)
    assert counts(taking("deals", WEB)) == (0, 1, 0)
    assert [deal.name for deal in reading.deals_of_person(database.connection, "p4", 5)] == ["Web刷新"]


def test_REC_7_a_new_main_contact_keeps_the_others(database, taking):
    taking("contacts", NAGATA, person(3, "志村", "shimura@minato.example"))
    taking("deals", WEB)
    other = DealRow(2, "Web刷新", "みなと商事", ("shimura@minato.example",), role="決裁者")
    assert counts(taking("deals", other)) == (0, 1, 0)
    assert counts(taking("deals", other)) == (0, 0, 1)
    assert reading.show(database.connection, "d1").contact_ids == ("p2", "p1")


@pytest.mark.parametrize(
    ("name", "state", "probability"),
    [
        ("受注", "won", 100), ("成約（受注）", "won", 100), ("Deal Won!", "won", 100), ("失注", "lost", 0),
        ("失注（競合に負け）", "lost", 0), ("Lost", "lost", 0), ("受注見込み", "open", 50), ("提案", "open", 50), ("Wonder", "open", 50),
        ("契約交渉", "open", 50),
    ],
)  # fmt: skip
def test_REC_6_a_stage_that_is_not_known_is_added_with_its_state(database, taking, name, state, probability):
    taking("deals", DealRow(2, "D", stage=name))
    stages = {stage.name: stage for stage in pipelines.every_stage(database.connection)}
    assert (stages[name].state, stages[name].probability) == (state, probability)
    assert pipelines.every_stage(database.connection)[-1].name == name


def test_REC_6_a_stage_is_known_in_any_spelling_and_an_empty_one_is_the_first(database, taking):
    taking(
        "deals",
        DealRow(2, "A", stage="ｃｌｏｓｅｄ ｗｏｎ"),
        DealRow(3, "B"),
        DealRow(4, "C", stage="Demo", probability=35),
    )
    assert [deal.stage for deal in listing(database.connection, "deals")] == [
        "Closed Won",
        "Qualification",
        "Demo",
    ]
    assert pipelines.every_stage(database.connection)[-1].probability == 35
    taking("deals", DealRow(2, "A"))
    assert reading.show(database.connection, "d1").stage == "Closed Won"


def test_REC_1_records_are_listed_and_shown(database, taking):
    taking("contacts", NAGATA)
    taking("deals", WEB)
    connection = database.connection
    assert reading.show(connection, "p1") == Person(
        "p1", "contact", "達郎", "永田", "永田 達郎", ("nagata@minato.example", "tatsuro@minato.example"), "c1",
        "みなと商事", "部長", "", "", 2000, created=2000,
    )  # fmt: skip
    assert reading.show(connection, "c1") == Company("c1", "みなと商事", "minato.example", "", 2000, created=2000)
    assert reading.show(connection, "d1") == Deal(
        "d1",
        "Web刷新",
        "c1",
        "みなと商事",
        "4000000",
        "JPY",
        "Proposal",
        "open",
        "2026-12-20",
        ("p1",),
        3000,
        created=3000,
        probability=60,
        roles=("",),
    )
    assert reading.deals_of_company(connection, "c1", 5) == (reading.show(connection, "d1"),)
    for wrong in ("p9", "c9", "d9", "x1", "p", "", "p1 OR 1=1", "p" + "9" * 40, "p１"):
        with pytest.raises(NotFoundError):
            reading.show(connection, wrong)


@pytest.mark.parametrize(
    "text", ["'; DELETE FROM person; --", '"', "%", "\\", "[bold]x[/]", "?1", ":a", "{0}", "{name}", "NULL"]
)
def test_REC_7_no_text_of_a_file_reaches_sql_or_markup(database, taking, text):
    row = PersonRow(2, text, text, ("a@b.example",), text, text, text, text, {text: text})
    taking("contacts", row)
    taking("contacts", row)
    taking("deals", DealRow(2, text, text, ("a@b.example",), stage=text, extra={text: text}))
    outcome = taking("deals", DealRow(2, text + "2", text, contact_name=text + "?", extra={text: text}))
    assert text + "?" in outcome.errors[0].error
    assert [found.last for found in listing(database.connection, "contacts")] == [text]
    assert [found.extra for found in exports.rows(database.connection, "contacts")] == [{text: text}]
    assert exports.further_headings(database.connection, "contacts") == [text]


def envelope(sender, to=(), cc=()):
    def people(addresses):
        return tuple(Address("", address) for address in addresses)

    return Envelope("<1@x>", (), Address("", sender), people(to), people(cc), (), "S", 0, "", False, (), False)


def add_message(connection, number, date, sent, *, mine=False, role="inbox"):
    connection.execute(
        "INSERT INTO message (id, account_id, thread_id, message_id, digest, date, received, sender_name, sender_address,"
        " recipients, subject, mine, automatic, list_id, warning, size, attachments)"
        " VALUES (?, 1, ?, '', ?, ?, ?, '', ?, ?, ?, ?, 0, '', '', 0, 0)",
        (number, number * 10, str(number).encode(), date, date, sent.sender.address,
         '[["to","","' + '"],["to","","'.join(a.address for a in (*sent.to, *sent.cc)) + '"]]', f"S{number}", int(mine)),
    )  # fmt: skip
    correspondents.add(connection, correspondents.rows(number, date, sent, mine=mine))
    connection.execute("INSERT OR IGNORE INTO folder (account_id, name, role) VALUES (1, ?, ?)", (role, role))
    connection.execute(
        "INSERT INTO location (folder_id, uid, message, flags) SELECT id, ?1, ?1, 0 FROM folder WHERE role = ?2",
        (number, role),
    )


def test_LINK_1_the_last_mails_from_and_to_a_person_are_found_in_any_thread(database):
    with database.transaction() as connection:
        connection.execute("INSERT INTO account (id, name, address) VALUES (1, 'w', 'me@z.example')")
        add_message(connection, 1, 100, envelope("Nagata@Minato.example", ["me@z.example"]))
        add_message(connection, 2, 300, envelope("me@z.example", ["x@y.example"], ["NAGATA@minato.example"]), mine=True)
        add_message(connection, 3, 200, envelope("tatsuro@minato.example", ["nagata@minato.example"]))
        add_message(connection, 4, 400, envelope("x@y.example", ["me@z.example"]))
        # What is still being written is no exchange, nor is what lies nowhere any more.
        add_message(connection, 5, 500, envelope("me@z.example", ["nagata@minato.example"]), mine=True, role="drafts")
    connection = database.connection
    addresses = ["nagata@minato.example", "tatsuro@MINATO.example"]
    found = correspondents.exchanges(connection, addresses, 10)
    assert [(one.thread_id, one.date, one.mine, one.subject) for one in found] == [
        ("t20", 300, True, "S2"), ("t30", 200, False, "S3"), ("t10", 100, False, "S1"),
    ]  # fmt: skip
    assert correspondents.count(connection, addresses) == 3
    assert [one.date for one in correspondents.exchanges(connection, addresses, 1)] == [300]
    with database.transaction() as writing:
        writing.execute("DELETE FROM message WHERE id = 2")
    assert correspondents.count(connection, addresses) == 2
    assert correspondents.count(connection, []) == 0
    with database.transaction() as writing:
        writing.execute("DELETE FROM message")
    assert connection.execute("SELECT count(*) FROM correspondent").fetchone() == (0,)
