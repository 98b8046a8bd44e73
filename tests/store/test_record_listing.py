"""Lists of records: every kind, every field, filters in the query language, pages by key (REC-1)."""

import random

import pytest

from salesinbox.model.errors import NotFoundError, QueryError, UsageError
from salesinbox.model.fields import FIELDS, fields
from salesinbox.model.records import KINDS
from tests.cabinet import CUSTOM, Cabinet


@pytest.fixture
def cabinet(tmp_path):
    cabinet = Cabinet(tmp_path)
    yield cabinet
    cabinet.close()


@pytest.fixture
def people(cabinet):
    """Five contacts and a lead."""
    make = cabinet.make
    make("contact", last="永田", first="達郎", addresses="nagata@minato.example, tatsuro@minato.example",
         company="みなと商事", title="部長", phone="03-1234-5678", city="東京", tags="vip")  # fmt: skip
    make(
        "contact",
        last="志村",
        first="達夫",
        addresses="shimura@minato.example",
        company="みなと商事",
        tags="展示会2026",
    )
    make("contact", last="Lee", first="Ann", addresses="ann@lee.example", company="Lee, Inc.", title="Director",
         mobile="+1 (555) 010-9999", owner="Somebody Else", **{"Shoe Size": "38"})  # fmt: skip
    make("contact", last="Stone", first="Bob", addresses="bob@gmail.com", tags="vip, mailing", **{"Shoe Size": "44"})
    make("contact", last="100%_Real", addresses="real@else.example", **{'A "quoted" one': "odd value"})
    make("lead", last="Terasaki", first="Hina", addresses="hina@lead.example", company="Lead Ltd", source="Web")
    return cabinet


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("永田", ["永田 達郎"]),
        ("達", ["志村 達夫", "永田 達郎"]),
        ('"永田 達郎"', ["永田 達郎"]),
        ("永田 達郎", ["永田 達郎"]),
        ("ＡＮＮ", ["Ann Lee"]),
        ("lee inc", ["Ann Lee"]),
        ("minato.example", ["志村 達夫", "永田 達郎"]),
        ("tatsuro@", ["永田 達郎"]),
        ("みなと", ["志村 達夫", "永田 達郎"]),
        ("0312345678", ["永田 達郎"]),
        ("1234-56", ["永田 達郎"]),
        ("東京", ["永田 達郎"]),
        ("city", []),  # the name of a field is no word of the record
        ("odd", ["100%_Real"]),
        ("100%", ["100%_Real"]),
        ("_re", ["100%_Real"]),
        ("nobody", []),
        ("ann OR bob", ["Ann Lee", "Bob Stone"]),
        ("-minato -real", ["Ann Lee", "Bob Stone"]),
        ("(ann OR bob) -has:company", ["Bob Stone"]),
        ("company:みなと title:部長", ["永田 達郎"]),
        ("title:director", ["Ann Lee"]),
        ("last:stone", ["Bob Stone"]),
        ("email:ann@", ["Ann Lee"]),
        ("tag:vip", ["Bob Stone", "永田 達郎"]),
        ("tag:展示会", ["志村 達夫"]),
        ("tag:ip", []),
        ("owner:somebody", ["Ann Lee"]),
        ("owner:me", ["100%_Real", "Bob Stone", "志村 達夫", "永田 達郎"]),
        ("is:mine tag:vip", ["Bob Stone", "永田 達郎"]),
        ("-owner:me", ["Ann Lee"]),
        ("has:phone", ["永田 達郎"]),
        ("mobile:15550109999", ["Ann Lee"]),
        ("shoe_size:>40", ["Bob Stone"]),
        ("shoe-size:38", ["Ann Lee"]),
        ("has:shoe_size", ["Ann Lee", "Bob Stone"]),
        ("kind:lead", []),
        ("has:deal", []),
        ("has:mail", []),
    ],
)
def test_REC_1_words_and_fields_find_people(people, query, found):
    assert people.names("contact", query) == found
    assert people.records.count("contact", query) == len(found)
    assert people.records.page("contact", query=query, limit=1).total == len(found)


def test_REC_1_japanese_names_of_fields_are_understood_in_japanese(people):
    from salesinbox.locale import texts

    texts.use("ja")
    try:
        assert people.names("contact", "会社:みなと") == ["志村 達夫", "永田 達郎"]
        assert people.names("contact", "役職:部長") == ["永田 達郎"]
        assert people.names("contact", "タグ:vip") == ["Bob Stone", "永田 達郎"]
    finally:
        texts.use("en")


@pytest.fixture
def deals(people):
    """Four deals around 2026-11-24."""
    make = people.make
    make("deal", name="Web刷新", company="みなと商事", contacts="nagata@minato.example", stage="Proposal",
         amount="4000000", closing="2026-12-20", Grade="A")  # fmt: skip
    make("deal", name="Small one", stage="Qualification", amount="$900.50", closing="2026-11-01")
    make("deal", name="Won it", company="Lee, Inc.", stage="Closed Won", amount="50000", closing="2026-10-01")
    make("deal", name="No money", stage="Closed Lost")
    return people


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("amount:>1000", ["Web刷新", "Won it"]),
        ("amount:<=900.5", ["Small one"]),
        ("amount:1万..10万", ["Won it"]),
        ("closing:2026-12", ["Web刷新"]),
        ("closing:<2026-12-01", ["Small one", "Won it"]),
        ("closing:next-month", ["Web刷新"]),
        ("is:open", ["Small one", "Web刷新"]),
        ("is:won", ["Won it"]),
        ("is:lost", ["No money"]),
        ("is:overdue", ["Small one"]),
        ("stage:prop", ["Web刷新"]),
        ("stage:won OR stage:lost", ["No money", "Won it"]),
        ("contact:永田", ["Web刷新"]),
        ("contact:p1", ["Web刷新"]),
        ("nagata", ["Web刷新"]),
        ("みなと", ["Web刷新"]),
        ("company:lee", ["Won it"]),
        ("-has:amount", ["No money"]),
        ("has:contacts", ["Web刷新"]),
        ("probability:>=60 is:open", ["Web刷新"]),
        ("grade:a", ["Web刷新"]),
        ("-is:open", ["No money", "Won it"]),
    ],
)
def test_REC_1_deals_are_found_by_amount_day_stage_and_people(deals, query, found):
    assert deals.names("deal", query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("is:open", ["Call back", "Offer", "Some day", "Tomorrow"]),
        ("is:overdue", ["Call back", "Offer"]),
        ("is:done", ["Was done"]),
        ("due:today", ["Call back"]),
        ("due:<2026-11-24", ["Offer"]),
        ("due:>today", ["Tomorrow"]),
        ("-has:due", ["Some day", "Was done"]),
        ("about:永田", ["Offer"]),
        ("about:p1", ["Offer"]),
        ("永田", ["Offer"]),
        ("priority:high", ["Offer"]),
        ("status:完了 OR status:completed", ["Was done"]),
    ],
)
def test_REC_1_tasks_are_found_by_day_state_and_what_they_are_about(people, query, found):
    people.make("task", name="Offer", due="2026-11-20", about=("p1",), priority="High")
    people.make("task", name="Call back", due="2026-11-24 09:00")
    people.make("task", name="Tomorrow", due="2026-11-25")
    people.make("task", name="Some day")
    people.changes.complete([people.make("task", name="Was done")])
    assert people.names("task", query) == found


@pytest.mark.parametrize(
    ("kind", "query", "named"),
    [
        ("contact", "nothing:here", "nothing"),
        ("contact", "amount:>1", "amount"),
        ("contact", "closing:2026-12", "closing"),
        ("deal", "amount:plenty", "plenty"),
        ("deal", "closing:soon", "soon"),
        ("contact", "is:won", "won"),
        ("contact", "has:wings", "wings"),
        ("contact", "larger:5M", "larger"),
        ("contact", "shoe_size:big", "big"),
    ],
)
def test_REC_1_what_is_not_understood_is_told_in_a_sentence(people, kind, query, named):
    if named == "nothing":  # a word with a colon in it, as in a title, is no field
        assert people.names(kind, query) == []
        return
    with pytest.raises(QueryError, match=named):
        people.records.page(kind, query=query)


@pytest.mark.parametrize(
    "text",
    ["'", '"', "\\", "%' OR 1=1 --", ";", "tag:'", 'city:"', "city:'x", "(((", "-", "OR", "\udcff", "0" * 900, "9%8_7"],
)
def test_SAFE_no_query_reaches_sql(people, text):
    try:
        people.records.page("contact", query=text)
        people.records.find(text)
    except QueryError:
        pass
    assert people.records.count("contact") == 5


@pytest.mark.parametrize("kind", KINDS)
def test_REC_1_every_kind_is_listed_sorted_and_shown_by_every_field(deals, kind):
    made = {
        "task": {"name": "T", "due": "tomorrow"}, "event": {"name": "E", "start": "fri 10:00"}, "call": {"name": "C"},
        "note": {"description": "N"}, "case": {"name": "S"}, "vendor": {"name": "V", "email": "v@v.example"},
        "product": {"name": "G", "price": "1200"},
    }  # fmt: skip
    if kind in made:
        deals.make(kind, **made[kind])
    for sort in ("name", "changed", "created", *(field.name for field in fields(kind, CUSTOM))):
        rising = deals.records.page(kind, sort=sort).rows
        falling = deals.records.page(kind, sort=sort, descending=True).rows
        assert rising == tuple(reversed(falling)), sort
        assert rising
    shown = deals.records.show(rising[0].id)
    assert shown == deals.records.page(kind).rows[[one.id for one in deals.records.page(kind).rows].index(shown.id)]
    for field in FIELDS[kind]:
        deals.records.page(kind, query=f"has:{field.name}")
        deals.records.page(kind, query=f"-has:{field.name} OR has:{field.name}")
    assert [field.name for field, _value in deals.records.fields(shown.id)][: len(FIELDS[kind])] == [
        field.name for field in FIELDS[kind]
    ]
    assert deals.records.columns(kind)[0].name == "name"


def test_REC_1_orders_put_the_empty_where_nobody_looks_first(deals):
    assert deals.names("deal", sort="amount", descending=True) == ["Web刷新", "Won it", "Small one", "No money"]
    assert deals.names("deal", sort="closing") == ["Won it", "Small one", "Web刷新", "No money"]
    assert deals.names("deal", sort="stage")[0] == "Small one"
    assert deals.names("contact", sort="title")[:2] == ["Ann Lee", "永田 達郎"]
    assert deals.names("contact", sort="Shoe Size", descending=True)[:2] == ["Bob Stone", "Ann Lee"]
    assert deals.names("contact", sort="company")[:3] == ["Ann Lee", "永田 達郎", "志村 達夫"]


@pytest.mark.parametrize("sort", ["name", "changed", "title", "Shoe Size", "addresses"])
@pytest.mark.parametrize("query", ["", "-zzz"])
@pytest.mark.parametrize("descending", [False, True])
def test_REC_1_pages_follow_each_other_without_a_gap_or_a_double(cabinet, sort, query, descending):
    dice = random.Random(5)
    for number in range(47):
        cabinet.make("contact", last=dice.choice("abc") * 2, title=dice.choice(("", "x", "y")),
                     addresses=f"{number}@e.example", **{"Shoe Size": dice.choice(("", "38", "40"))})  # fmt: skip
    whole = [one.id for one in cabinet.records.page("contact", query=query, sort=sort, descending=descending).rows]
    assert len(set(whole)) == 47
    pieces, after = [], None
    while True:
        page = cabinet.records.page("contact", query=query, sort=sort, descending=descending, after=after, limit=10)
        pieces += [one.id for one in page.rows]
        assert page.total == 47
        after = page.next
        if after is None:
            break
    assert pieces == whole


def test_REC_1_a_page_keeps_its_place_when_rows_before_it_go(cabinet):
    ids = [cabinet.make("contact", last=f"N{number:02}") for number in range(30)]
    first = cabinet.records.page("contact", limit=10)
    cabinet.changes.remove(ids[:5])
    following = cabinet.records.page("contact", limit=10, after=first.next)
    assert [one.id for one in following.rows] == ids[10:20]
    assert following.total == 25


def test_REC_1_wrong_kinds_fields_and_ids_are_told(people):
    with pytest.raises(UsageError, match="invoices"):
        people.records.page("invoices")
    with pytest.raises(UsageError, match="shoes"):
        people.records.page("contact", sort="shoes")
    with pytest.raises(UsageError, match="shoes"):
        people.records.columns("contact", ["shoes"])
    for wrong in ("k99", "p99", "e1", "", "k", "k1x", "ｐ１"):
        with pytest.raises(NotFoundError):
            people.records.show(wrong)


def test_REC_1_an_id_of_another_kind_is_no_record(people):
    task = people.make("task", name="T")
    assert people.records.show(task).name == "T"
    with pytest.raises(NotFoundError):
        people.records.show("e" + task[1:])


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("永", "永田 達郎"), ("永田達", "永田 達郎"), ("郎", "永田 達郎"), ("ann", "Ann Lee"), ("an le", "Ann Lee"),
        ("stone", "Bob Stone"), ("hina@", "Hina Terasaki"), ("minato nagata", "永田 達郎"), ("みなと", "みなと商事"),
        ("web", "Web刷新"), ("刷新", "Web刷新"), ("d1", "Web刷新"), ("P1", "永田 達郎"), ("lee inc", "Lee, Inc."),
        ("うち合わせ", None), ("   ", None), ("p999", None),
    ],
)  # fmt: skip
def test_REC_1_records_of_all_kinds_are_found_while_one_types(deals, typed, first):
    found = deals.records.find(typed)
    assert (found[0].name if found else None) == first


def test_REC_1_a_search_can_be_for_some_kinds_only(deals):
    assert {one.kind for one in deals.records.find("み", ("company",))} == {"company"}
    assert [one.name for one in deals.records.find("terasaki", ("lead",))] == ["Hina Terasaki"]
    assert deals.records.find("terasaki", ("contact",)) == []
    assert deals.records.find("p1", ("company",)) == []
    assert len(deals.records.find("e", limit=3)) == 3
    (brief,) = deals.records.find("web")
    assert (brief.id, brief.kind, brief.detail) == ("d1", "deal", "¥4,000,000 · Proposal · みなと商事")


def test_REC_1_cells_are_in_the_reps_words(deals):
    deal = deals.records.show("d1")
    by_name = {field.name: deals.records.value(deal, field) for field in fields("deal", CUSTOM)}
    assert by_name["amount"] == "¥4,000,000"
    assert by_name["contacts"] == "永田 達郎"
    assert by_name["probability"] == "60 %"
    assert by_name["closing"] == "2026-12-20"
    assert by_name["Grade"] == "A"
    event = deals.item(deals.make("event", name="Demo", start="2026-11-25 14:00", about=("p1", "d1")))
    by_name = {field.name: deals.records.value(event, field) for field in fields("event")}
    assert by_name["start"] == "tomorrow 14:00"
    assert by_name["about"] == "永田 達郎, Web刷新"
    assert event.about == ("p1", "d1")


def test_REC_1_what_no_field_holds_is_shown_last(people):
    with people.database.transaction() as connection:
        connection.execute("UPDATE person SET extra = json_set(extra, '$.Legacy', 'kept') WHERE id = 1")
    last, value = people.records.fields("p1")[-1]
    assert (last.heading, value) == ("Legacy", "kept")


def test_REC_6_a_pipeline_has_its_deals_by_stage_with_amounts(deals):
    deals.make("deal", name="Second", stage="Proposal", amount="USD 1000.10", probability="10")
    deals.make("deal", name="Third", stage="Proposal", amount="USD 0.20", closing="2026-11-30")
    board = deals.records.pipeline()
    stages = {stage.name: stage for stage in board.stages}
    proposal = stages["Proposal"]
    assert [deal.name for deal in proposal.deals] == ["Third", "Web刷新", "Second"]
    assert [(one.amount, one.currency) for one in proposal.total] == [("4000000", "JPY"), ("1000.3", "USD")]
    assert [(one.amount, one.currency) for one in proposal.weighted] == [("2400000", "JPY"), ("100.13", "USD")]
    assert (stages["Closed Won"].state, stages["Closed Won"].count) == ("won", 1)
    assert stages["Needs Analysis"].count == 0
    with pytest.raises(NotFoundError, match="Other"):
        deals.records.pipeline("Other")


def test_REC_6_deals_that_name_no_pipeline_are_in_the_first(deals):
    with deals.database.transaction() as connection:
        connection.executemany("INSERT INTO pipeline VALUES (?, ?)", [("Sales", 0), ("Renewals", 1)])
        connection.executemany(
            "INSERT INTO pipeline_stage VALUES (?, ?, ?)",
            [("Sales", "Qualification", 0), ("Sales", "Proposal", 1), ("Renewals", "Negotiation", 0)],
        )
        connection.execute("UPDATE deal SET pipeline = 'Renewals', stage = 'Negotiation' WHERE name = 'Won it'")
    first = deals.records.pipeline()
    assert first.name == "Sales"
    assert {stage.name: stage.count for stage in first.stages} == {"Qualification": 1, "Proposal": 1, "Closed Lost": 1}
    other = deals.records.pipeline("Renewals")
    assert [(stage.name, stage.count) for stage in other.stages] == [("Negotiation", 1)]
    assert deals.names("deal", "pipeline:sales") == ["No money", "Small one", "Web刷新"]
    assert deals.records.pipelines() == ["Sales", "Renewals"]
    assert [stage.name for stage in deals.records.stages("Renewals")] == ["Negotiation"]
