"""Links as the rep makes them, as records make them afterwards, and as undo takes them back (LINK-1 to LINK-4, COL-9)."""

import itertools
import random

import pytest

from salesinbox.model.board import DEALS, PEOPLE, UNKNOWN
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.links import AUTO, CHOSEN, FOUND, GUESS, LINKED
from salesinbox.model.links import PEOPLE as OF_PEOPLE
from salesinbox.services.links import BY_ADDRESS
from salesinbox.services.outbox import OutboxService
from salesinbox.services.search import SearchService
from salesinbox.store import board, history, mail
from tests.customers import Customers

NAGATA, SHIMURA, STRANGER = "nagata@minato.example", "shimura@kita.example", "who@else.example"


@pytest.fixture
def office(tmp_path):
    """永田 on two deals, 志村 on a third one; a thread of two messages by 永田, one by a stranger."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    office = Customers(folder / "mail.db")
    office.connection.execute(
        "INSERT INTO company (id, name, name_key, domain, created, changed)"
        " VALUES (1, 'みなと商事', 'みなと商事', 'minato.example', 0, 0)"
    )
    office.person("永田 達郎", NAGATA, company="みなと商事")
    office.person("志村", SHIMURA)
    office.deal("Web刷新", "永田 達郎", changed=-1)
    office.deal("保守契約", "永田 達郎", changed=-2)
    office.deal("別件", "志村")
    office.deliver("m1", NAGATA, day=-2)
    office.deliver("m2", NAGATA, day=-1, thread="m1")
    office.deliver("s", STRANGER, subject="From nowhere")
    yield office
    office.close()


def shown(office, name="m1"):
    card = office.card(name)
    return (card.deal.name if card.deal else "", card.link)


def deal(office, name):
    return f"d{office.deals[name]}"


# --- the rep's choice -------------------------------------------------------------------------------------------------


def test_LINK_4_a_thread_is_linked_with_what_still_comes_in_it(office):
    outcome = office.links.link([office.threads["m1"]], deal(office, "別件"))
    assert (outcome.done, outcome.refused) == ((office.threads["m1"],), ())
    assert "別件" in outcome.text
    office.deliver("m3", NAGATA, thread="m1", subject="Web刷新", day=1)
    office.deliver("m0", STRANGER, thread="m1", day=-5)
    assert shown(office) == ("別件", CHOSEN)
    linked = {one.record: one for one in office.links.of(office.threads["m1"])}
    assert (linked[deal(office, "別件")].how, linked[deal(office, "別件")].messages) == (CHOSEN, 4)
    assert [one.how for one in office.links.of(office.messages["m3"]) if one.kind == "deal"] == [CHOSEN]


def test_LINK_4_one_message_alone(office):
    office.links.link([office.messages["m1"]], deal(office, "保守契約"))
    assert office.link("m1") == ("保守契約", CHOSEN)
    assert office.link("m2") == ("保守契約", GUESS), "the thread's earlier link is the likeliest"
    office.links.link([office.messages["m2"]], deal(office, "別件"))
    assert (office.link("m1"), office.link("m2")) == (("保守契約", CHOSEN), ("別件", CHOSEN))
    assert shown(office) == ("別件", CHOSEN)


def test_LINK_4_unlinked_stays_unlinked(office):
    outcome = office.links.unlink([office.threads["m1"]])
    assert outcome.done == (office.threads["m1"],)
    for number in range(3):
        office.deliver(f"more{number}", NAGATA, thread="m1", day=number)
    office.stage("保守契約", "Closed Lost")
    office.place_again()
    assert shown(office) == ("", "")
    assert office.card("m1").column == DEALS
    assert [one.kind for one in office.links.of(office.threads["m1"])] == ["contact", "company"]
    assert "no deal" in office.why("m1").link


def test_LINK_4_a_single_message_unlinked_is_not_linked_by_what_follows(office):
    office.links.unlink([office.messages["m1"]])
    office.stage("保守契約", "Closed Lost")
    office.place_again()
    assert (office.link("m1"), office.link("m2")) == (("", CHOSEN), ("Web刷新", AUTO))
    assert shown(office) == ("Web刷新", AUTO)


def test_LINK_4_the_only_message_unlinked_leaves_the_card_without_a_deal(office):
    office.deliver("lone", SHIMURA)
    assert shown(office, "lone") == ("別件", AUTO)
    office.links.unlink([office.messages["lone"]])
    assert shown(office, "lone") == ("", "")


def test_LINK_4_no_rule_overrules_a_choice(office):
    """Whatever happens to records, folders and threads afterwards."""
    office.links.link([office.threads["m1"]], deal(office, "別件"))
    office.links.link([office.messages["s"]], deal(office, "Web刷新"))
    office.links.unlink([office.deliver("n", SHIMURA)])
    wanted = {"m1": ("別件", CHOSEN), "s": ("Web刷新", CHOSEN), "n": ("", "")}
    for statement in (
        "UPDATE deal SET stage = 'Closed Won' WHERE name = 'Web刷新'",
        "UPDATE deal SET stage = 'Closed Lost' WHERE name = '保守契約'",
        "UPDATE deal SET changed = changed + 999999 WHERE name = '保守契約'",
        "DELETE FROM deal_contact",
        "INSERT INTO deal_contact (deal_id, person_id) SELECT 2, id FROM person",
        "UPDATE deal SET stage = 'Proposal'",
        "DELETE FROM person_address",
        "UPDATE stage SET state = 'won' WHERE name = 'Proposal'",
    ):
        office.step((statement, ()))
        assert {name: shown(office, name) for name in wanted} == wanted, statement
    office.place_again()
    assert {name: shown(office, name) for name in wanted} == wanted


def test_LINK_4_a_choice_goes_with_its_deal(office):
    office.links.link([office.threads["m1"]], deal(office, "別件"))
    office.step(("DELETE FROM deal WHERE name = '別件'", ()))
    assert shown(office) == ("Web刷新", GUESS)
    office.actions.undo()
    assert shown(office) == ("別件", CHOSEN)


def test_LINK_4_the_choice_follows_when_two_threads_turn_out_to_be_one(office):
    late = office.deliver("late", SHIMURA, day=1)
    office.links.link([late], deal(office, "保守契約"))
    with office.database.transaction() as connection:
        # It answers both threads: they were one all the time.
        joining = office.arrival("join", STRANGER, thread="m1", day=2)
        references = ("<m1@x.example>", "<late@x.example>")
        envelope = joining.envelope.__class__(
            **{name: getattr(joining.envelope, name) for name in joining.envelope.__slots__}
            | {"references": references}
        )
        arrival = mail.Arrival(joining.uid, joining.state, joining.received, 100, envelope, b"join", False, "")
        touched, _new = mail.add(connection, office.account, office.folders["INBOX"], [arrival])
        board.refresh(connection, touched, office.placing())
    assert office.thread("late") == office.thread("m1")
    assert shown(office) == ("保守契約", CHOSEN)
    assert office.link("late") == ("保守契約", CHOSEN)


def test_LINK_2_a_guess_that_is_confirmed_is_chosen(office):
    assert shown(office) == ("Web刷新", GUESS)
    outcome = office.links.confirm([office.threads["m1"], office.threads["s"]])
    assert outcome.done == (office.threads["m1"],)
    assert [one for one, _why in outcome.refused] == [office.threads["s"]]
    assert "Web刷新" in outcome.text
    office.connection.execute("UPDATE deal SET changed = changed + 99999999 WHERE name = '保守契約'")
    office.place_again()
    assert shown(office) == ("Web刷新", CHOSEN)


def test_LINK_2_confirming_leaves_alone_what_is_linked_for_certain(office):
    office.links.link([office.messages["m1"]], deal(office, "別件"))
    assert shown(office) == ("別件", GUESS), "the newest follows what was chosen before"
    office.links.confirm([office.threads["m1"]])
    office.links.link([office.messages["m1"]], deal(office, "保守契約"))
    assert (office.link("m1"), office.link("m2")) == (("保守契約", CHOSEN), ("別件", CHOSEN))


def test_LINK_2_a_guess_of_one_message_is_confirmed_alone(office):
    office.links.confirm([office.messages["m1"]])
    assert (office.link("m1")[1], office.link("m2")[1]) == (CHOSEN, GUESS)


def test_LINK_3_the_guess_on_the_card_of_old_mail_can_be_confirmed(office):
    office.deliver("old", NAGATA, day=-400)
    assert (office.link("old"), shown(office, "old")) == (None, ("Web刷新", GUESS))
    assert next((one.name, one.how) for one in office.links.of(office.threads["old"])) == ("Web刷新", GUESS)
    office.links.confirm([office.threads["old"]])
    assert (office.link("old"), shown(office, "old")) == (("Web刷新", CHOSEN), ("Web刷新", CHOSEN))


def test_LINK_4_further_records(office):
    person = f"p{office.people['志村']}"
    office.links.link([office.threads["m1"], office.messages["s"]], person)
    linked = {one.record: one for one in office.links.of(office.threads["m1"])}
    assert (linked[person].how, linked[person].messages) == (CHOSEN, 2)
    assert shown(office) == ("Web刷新", GUESS), "a further link is no deal"
    assert office.links.unlink([office.threads["m1"]], person).done == (office.threads["m1"],)
    assert person not in {one.record for one in office.links.of(office.threads["m1"])}
    assert person in {one.record for one in office.links.of(office.threads["s"])}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("p1", "by its addresses"),
        ("p2", "not linked to 志村"),
        ("d3", "not linked to 別件"),
        ("c1", "by its addresses"),
    ],
)
def test_LINK_4_what_is_not_linked_cannot_be_unlinked(office, record, words):
    outcome = office.links.unlink([office.threads["m1"]], record)
    assert outcome.done == ()
    assert words in outcome.refused[0][1]
    assert office.actions.undo().text == "Nothing to undo."


def test_LINK_4_what_is_linked_to_nothing_is_refused_and_the_rest_done(office):
    outcome = office.links.unlink([office.threads["s"], office.threads["m1"], "t999", "x"])
    assert outcome.done == (office.threads["m1"],)
    assert dict(outcome.refused).keys() == {office.threads["s"], "t999", "x"}


@pytest.mark.parametrize("record", ["d99", "p99", "x1", "", "d", "d-1", "dd1", "d999999999999999999999"])
def test_LINK_4_a_record_that_is_not_here_is_an_error_and_changes_nothing(office, record):
    before = office.content()
    with pytest.raises(NotFoundError):
        office.links.link([office.threads["m1"]], record)
    assert office.content() == before


# --- what there is ----------------------------------------------------------------------------------------------------


def test_LINK_1_mail_is_on_its_people_and_their_companies(office):
    office.deliver("both", NAGATA, cc=[SHIMURA])
    linked = [(one.record, one.kind, one.how, one.messages) for one in office.links.of(office.threads["both"])]
    assert linked[1:] == [
        ("p1", "contact", BY_ADDRESS, 1),
        ("p2", "contact", BY_ADDRESS, 1),
        ("c1", "company", BY_ADDRESS, 1),
    ]


def test_LINK_4_the_deals_of_the_threads_people_come_first(office):
    office.connection.execute(
        "INSERT INTO deal (id, name, name_key, company_id, stage, amount, currency, created, changed)"
        " VALUES (9, '全社更改', '全社更改', 1, 'Proposal', '1200', 'JPY', 0, 0)"
    )
    office.deal("旧案件", "永田 達郎", stage="Closed Won", changed=8)
    office.links.link([office.threads["m1"]], deal(office, "別件"))
    choices = office.links.choices(office.threads["m1"])
    assert [(one.name, one.why, one.how) for one in choices] == [
        ("別件", LINKED, CHOSEN),
        ("Web刷新", OF_PEOPLE, ""),
        ("保守契約", OF_PEOPLE, ""),
        ("旧案件", OF_PEOPLE, ""),
        ("全社更改", OF_PEOPLE, ""),
    ]
    assert "¥1,200" in choices[-1].detail
    assert [one.name for one in office.links.choices(office.threads["m1"], limit=2)] == ["別件", "Web刷新"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("保守", ["保守契約"]),
        ("別", ["別件"]),
        ("ＷＥＢ", ["Web刷新"]),
        ("みなと", ["みなと商事"]),
        ("永田", ["永田 達郎"]),
        ("達郎 永田", ["永田 達郎"]),
        ("nagata@", ["永田 達郎"]),
        ("d3", ["別件"]),
        ("p2", ["志村"]),
        ("%", []),
        ("nothing of the kind", []),
    ],
)
def test_LINK_4_what_is_typed_finds_any_record(office, typed, names):
    assert [one.name for one in office.links.choices(office.threads["s"], typed)] == names
    assert all(one.why == FOUND for one in office.links.choices(office.threads["s"], typed))


def test_LINK_4_a_stranger_has_no_deals_to_offer(office):
    assert office.links.choices(office.threads["s"]) == []
    with pytest.raises(NotFoundError):
        office.links.choices("t999")


def test_LINK_4_a_deal_is_known_by_its_name_if_no_other_one_has_it(office):
    assert office.links.deal("web刷新") == office.links.deal("d1") == "d1"
    office.deal("Web刷新")
    with pytest.raises(UsageError, match="d1, d4"):
        office.links.deal("Web刷新")
    with pytest.raises(NotFoundError):
        office.links.deal("Nothing")


def test_COL_8_the_reason_says_how_the_deal_was_found(office):
    assert "2 deals" in office.why("m1").link
    office.deliver("named", NAGATA, subject="保守契約について")
    assert "the subject names" in office.why("named").link
    office.deliver("lone", SHIMURA)
    assert "別件" in office.why("lone").link
    assert office.why("s").link == ""
    office.links.link([office.threads["s"]], deal(office, "別件"))
    assert office.why("s").link == "You linked it to “別件”."


# --- back again -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        lambda o: o.links.link([o.threads["m1"], o.threads["s"]], "d3"),
        lambda o: o.links.link([o.messages["m2"], o.threads["s"]], "d1"),
        lambda o: o.links.link([o.threads["m1"], o.messages["s"]], "p2"),
        lambda o: o.links.unlink([o.threads["m1"]]),
        lambda o: o.links.unlink([o.messages["m1"]]),
        lambda o: o.links.unlink([o.threads["m1"]], "d1"),
        lambda o: o.links.confirm([o.threads["m1"]]),
        lambda o: o.links.confirm([o.messages["m2"]]),
        lambda o: o.step(("UPDATE deal SET stage = 'Closed Won' WHERE id = 1", ())),
        lambda o: o.step(("UPDATE stage SET state = 'won' WHERE name = 'Proposal'", ())),
        lambda o: o.step(("DELETE FROM deal WHERE id = 1", ())),
        lambda o: o.step(("DELETE FROM person WHERE id = 1", ())),
        lambda o: o.step(("INSERT INTO person_address VALUES (?, 2, 1)", (STRANGER,))),
        lambda o: o.step(("INSERT INTO deal_contact (deal_id, person_id) VALUES (3, 1)", ())),
        lambda o: o.step(("DELETE FROM deal_contact WHERE deal_id = 2", ())),
    ],
    ids=range(15),
)
def test_ACT_3_undo_leaves_the_database_as_it_was(office, do):
    office.deliver("lone", SHIMURA)
    before = office.content()
    do(office)
    assert office.content() != before
    assert "Undone" in office.actions.undo().text
    assert office.content() == before
    office.sound()


def test_ACT_3_undo_after_more_mail_came_in_the_thread(office):
    office.links.link([office.threads["m1"]], deal(office, "別件"))
    office.deliver("m3", NAGATA, thread="m1", day=1)
    assert shown(office) == ("別件", CHOSEN)
    office.actions.undo()
    assert {office.link(name) for name in ("m1", "m2", "m3")} == {("Web刷新", GUESS)}


# --- what records do afterwards ---------------------------------------------------------------------------------------


def test_COL_9_a_new_address_links_what_came_from_it(office):
    assert (office.card("s").column, shown(office, "s")) == (UNKNOWN, ("", ""))
    moved = office.step(("INSERT INTO person_address VALUES (?, ?, 1)", (STRANGER, office.people["志村"])))
    assert moved == 1
    assert (office.card("s").column, shown(office, "s")) == (DEALS, ("別件", AUTO))


def test_COL_9_a_new_role_links_what_came_before(office):
    office.person("客", STRANGER)
    office.place_again()
    assert (office.card("s").column, office.link("s")) == (PEOPLE, None)
    office.step(("INSERT INTO deal_contact (deal_id, person_id, role, main) VALUES (3, 3, 'User', 0)", ()))
    assert (office.card("s").column, shown(office, "s")) == (DEALS, ("別件", AUTO))


def test_COL_9_a_deal_that_began_long_after_a_mail_is_not_its_deal(office):
    office.deliver("early", STRANGER, day=-90)
    office.person("客", STRANGER)
    office.deal("新規", "客", began=0)
    office.place_again()
    assert (office.link("early"), office.link("s")) == (None, ("新規", AUTO))


def test_COL_9_one_of_two_deals_is_closed_and_opened_again(office):
    office.step(("UPDATE deal SET stage = 'Closed Lost' WHERE name = 'Web刷新'", ()))
    assert shown(office) == ("保守契約", AUTO)
    office.step(("UPDATE deal SET stage = 'Proposal' WHERE name = 'Web刷新'", ()))
    assert shown(office) == ("保守契約", AUTO), "what was linked by rule stays"
    office.deliver("m3", NAGATA, day=3)
    assert shown(office, "m3") == ("Web刷新", GUESS)


def test_COL_9_what_came_while_the_deal_was_closed_is_linked_when_it_opens_again(office):
    office.step(("UPDATE deal SET stage = 'Closed Lost' WHERE name = '別件'", ()))
    office.deliver("n", SHIMURA)
    assert (office.card("n").column, shown(office, "n")) == (PEOPLE, ("", ""))
    office.step(("UPDATE deal SET stage = 'Proposal' WHERE name = '別件'", ()))
    assert (office.card("n").column, shown(office, "n")) == (DEALS, ("別件", AUTO))


def test_LINK_2_the_guess_follows_the_deal_that_changed_last(office):
    office.step(("UPDATE deal SET changed = changed + 999999 WHERE name = '保守契約'", ()))
    assert shown(office) == ("保守契約", GUESS)


def test_LINK_2_mail_that_leaves_the_spam_folder_is_linked(office):
    office.deliver("n", SHIMURA, folder="Junk")
    assert office.link("n") is None
    with office.database.transaction() as connection:
        connection.execute(
            "UPDATE location SET folder_id = ? WHERE message = ?", (office.folders["INBOX"], office.messages["n"][1:])
        )
        board.refresh(connection, [int(office.threads["n"][1:])], office.placing())
    assert office.link("n") == ("別件", AUTO)


# --- the order in which mail comes ------------------------------------------------------------------------------------

THREADS = [
    ("a1", NAGATA, {"day": -9, "subject": "Hello"}),
    ("a2", NAGATA, {"day": -8, "subject": "Re: 保守契約", "thread": "a1"}),
    ("a3", "", {"day": -7, "subject": "Re: Hello", "thread": "a2", "to": (NAGATA,)}),
    ("a4", SHIMURA, {"day": -6, "subject": "Re: Hello", "thread": "a1", "to": (NAGATA,)}),
    ("a5", STRANGER, {"day": -6, "subject": "Re: Hello", "thread": "a4"}),
    ("b1", SHIMURA, {"day": -5, "warning": "auth-failed"}),
    ("b2", NAGATA, {"day": -5, "thread": "b1"}),
    ("b3", NAGATA, {"day": -5, "thread": "b1", "subject": "d2"}),
]


def test_LINK_2_the_order_of_arrival_plays_no_part(tmp_path):
    found = set()
    dice = random.Random(11)
    orders = [THREADS, THREADS[::-1], *(dice.sample(THREADS, len(THREADS)) for _ in range(10))]
    for number, order in enumerate(orders):
        folder = tmp_path / str(number)
        folder.mkdir(mode=0o700)
        office = Customers(folder / "mail.db")
        office.person("永田", NAGATA)
        office.person("志村", SHIMURA)
        office.deal("Web刷新", "永田", changed=-1)
        office.deal("保守契約", "永田", changed=-2)
        office.deal("別件", "志村")
        for name, sender, header in order:
            office.deliver(name, sender, **header)
        by_arrival = office.links_by_message()
        office.sound()
        assert office.links_by_message() == by_arrival
        found.add(tuple(sorted(by_arrival.items())))
        office.close()
    assert len(found) == 1
    assert dict(next(iter(found)))["<a3@x.example>"] == ("保守契約", GUESS)


def test_LINK_2_mail_and_records_may_come_in_any_order(tmp_path):
    """A record that comes after the mail links it as if it had been there (COL-9)."""
    steps = [
        lambda o: o.person("永田", NAGATA),
        lambda o: o.deal("Web刷新"),
        lambda o: (o.deliver("x", NAGATA, subject="Hello"), o.deliver("y", "", to=(NAGATA,), thread="x")),
    ]
    for number, order in enumerate(itertools.permutations(steps)):
        folder = tmp_path / str(number)
        folder.mkdir(mode=0o700)
        office = Customers(folder / "mail.db")
        for step in order:
            step(office)
        office.role("Web刷新", "永田")
        office.place_again()
        assert office.links_by_message() == {
            "<x@x.example>": ("Web刷新", AUTO),
            "<y@x.example>": ("Web刷新", AUTO),
        }
        office.close()


def test_SEND_6_sent_mail_is_linked_once_it_is_filed_and_the_outbox_says_to_what(office):
    outbox = OutboxService(office.database.path, office.settings, office.own, lambda: office.now, lambda: None)
    with office.database.transaction() as connection:
        action = history.began(connection, "mailed", office.now)
        sent = connection.execute(
            "INSERT INTO outgoing (account_id, action_id, message_id, sender, recipients, state, created, due, sent)"
            " VALUES (?, ?, '<sent@x.example>', 'rep@zylker.example', ?, 'sent', 0, 0, 1)",
            (office.account, action, f'["{SHIMURA}"]'),
        ).lastrowid
    assert outbox.entry(f"o{sent}").linked == ()
    office.deliver("sent", to=[SHIMURA])
    assert office.link("sent") == ("別件", AUTO)
    assert outbox.entry(f"o{sent}").linked == ("別件", "志村")


def test_LINK_2_a_thread_that_is_linked_is_found_by_its_deal(office):
    """What the card shows, a search for the deal finds, and nothing else."""
    search = SearchService(office.database, office.settings, lambda: office.now, lambda: None)
    office.links.link([office.threads["s"]], deal(office, "別件"))
    office.deliver("lone", SHIMURA)
    office.links.unlink([office.threads["m1"]])
    found = {card.id for card, _snippet in search.find("deal:別件", 10)}
    assert found == {office.threads["s"], office.threads["lone"]}
    assert {card.id for card, _snippet in search.find("deal:Web刷新", 10)} == set()
    assert {card.id for card, _snippet in search.find("company:みなと商事", 10)} == {office.threads["m1"]}
