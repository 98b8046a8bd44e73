"""Which mail waits for the rep (MAG-1), whom it was sent to, and when nothing is told (MAG-5)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from salesinbox.model.board import COLLEAGUES, PEOPLE
from salesinbox.model.records import KnownAddress
from salesinbox.model.settings import Magnet
from salesinbox.rules import magnet as rules
from salesinbox.rules.columns import Overrides, Own
from salesinbox.rules.groups import is_group
from salesinbox.rules.magnet import LISTED, TO_GROUP, TO_ME, Ask, addressed, hindrance, is_quiet, waiting
from salesinbox.rules.threads import MessageFacts, summarise

DAY = 86_400
NOW = 1_795_500_000
OWN = Own(
    frozenset({"hashimoto@zylker.example", "nami@gmail.com", "sales@zylker.example"}),
    frozenset({"zylker.example", "zylker.co.jp"}),
    frozenset({"aoki@partner.example"}),
)
CONTACT, LEAD = KnownAddress(contact_id="p1", contact_name="永田 達郎"), KnownAddress(lead_id="p2", lead_name="Bob")

ADDRESSED = [
    (["hashimoto@zylker.example"], TO_ME),
    (["Hashimoto@ZYLKER.example"], TO_ME),
    (["hashimoto+events@zylker.example"], TO_ME),
    (["nami@gmail.com"], TO_ME),
    (["other@customer.example", "nami@gmail.com"], TO_ME),
    (["sales@zylker.example", "hashimoto@zylker.example"], TO_ME),
    (["sales@zylker.example"], TO_GROUP),
    (["sales+web@zylker.example"], TO_GROUP),
    (["info@zylker.example"], TO_GROUP),
    (["INFO@zylker.co.jp"], TO_GROUP),
    (["eigyo@zylker.co.jp"], TO_GROUP),
    (["お問い合わせ@zylker.co.jp"], TO_GROUP),
    (["営業部@zylker.co.jp"], TO_GROUP),
    (["sales-tokyo@zylker.example"], TO_GROUP),
    (["jp.support@zylker.example"], TO_GROUP),
    (["info2@zylker.example"], TO_GROUP),
    (["suzuki@zylker.example"], 0),
    (["info@customer.example"], 0),
    (["hashimoto@customer.example"], 0),
    ([], 0),
    ([""], 0),
    (["undisclosed-recipients:;"], 0),
    (["not an address"], 0),
    (["@zylker.example"], 0),
]


@pytest.mark.parametrize(("recipients", "expected"), ADDRESSED, ids=[" ".join(c[0]) or "nobody" for c in ADDRESSED])
def test_MAG_1_whom_mail_was_sent_to(recipients: list[str], expected: int) -> None:
    assert addressed(recipients, OWN) == expected


@pytest.mark.parametrize(
    "local", ["hashimoto", "n.hashimoto", "infante", "salesman", "hr.tanaka", "info.tanaka", "h2o"]
)
def test_MAG_1_a_person_is_no_group(local: str) -> None:
    """An address of the rep's own is a group's only if nothing but a function is in it."""
    assert not is_group(f"{local}@zylker.example")


ON = Magnet(groups=True, lists=True)
WAITS = [
    ("a contact writes to me", "c@x.example", TO_ME, CONTACT, 0, Magnet(), ""),
    ("a lead writes to me", "l@x.example", TO_ME, LEAD, 0, Magnet(), ""),
    ("nobody known", "s@x.example", TO_ME, None, 0, Magnet(), rules.STRANGER),
    ("a known address of no record", "s@x.example", TO_ME, KnownAddress(), 0, Magnet(), rules.STRANGER),
    ("a colleague", "suzuki@zylker.example", TO_ME, None, 0, Magnet(), rules.COLLEAGUE),
    ("a colleague who is a contact", "suzuki@zylker.example", TO_ME, CONTACT, 0, Magnet(), rules.COLLEAGUE),
    ("a team member who is a contact", "aoki@partner.example", TO_ME, CONTACT, 0, Magnet(), rules.COLLEAGUE),
    ("the rep's own address", "nami@gmail.com", TO_ME, CONTACT, 0, Magnet(), rules.COLLEAGUE),
    ("a colleague, with everything on", "suzuki@zylker.example", TO_ME, CONTACT, 0, ON, rules.COLLEAGUE),
    ("a group", "c@x.example", TO_GROUP, CONTACT, 0, Magnet(), rules.GROUP),
    ("a group, let in", "c@x.example", TO_GROUP, CONTACT, 0, Magnet(groups=True), ""),
    ("a group, with lists on", "c@x.example", TO_GROUP, CONTACT, 0, Magnet(lists=True), rules.GROUP),
    ("a list", "c@x.example", LISTED, CONTACT, 0, Magnet(), rules.LIST),
    ("a list, let in", "c@x.example", LISTED, CONTACT, 0, Magnet(lists=True), ""),
    ("a list, with groups on", "c@x.example", LISTED, CONTACT, 0, Magnet(groups=True), rules.LIST),
    ("in Bcc", "c@x.example", 0, CONTACT, 0, Magnet(), rules.NOT_ADDRESSED),
    ("in Bcc, with everything on", "c@x.example", 0, CONTACT, 0, ON, rules.NOT_ADDRESSED),
    ("30 days old", "c@x.example", TO_ME, CONTACT, 30, Magnet(), ""),
    ("31 days old", "c@x.example", TO_ME, CONTACT, 31, Magnet(), rules.OLD),
    ("31 days old, with more days", "c@x.example", TO_ME, CONTACT, 31, Magnet(days=60), ""),
]


@pytest.mark.parametrize("case", WAITS, ids=[case[0] for case in WAITS])
def test_MAG_1_what_waits(case: tuple[str, str, int, KnownAddress | None, int, Magnet, str]) -> None:
    _name, address, how, known, age, settings, expected = case
    ask = Ask(7, address, how, NOW - age * DAY)
    assert hindrance(ask, known, OWN, Overrides(), NOW, settings) == expected
    found = waiting([ask], {address: known} if known else {}, OWN, Overrides(), NOW, settings)
    assert found == ([] if expected else [ask])


def test_COL_3_whom_the_rep_put_among_the_colleagues_is_none_of_the_magnets() -> None:
    ask = Ask(7, "c@x.example", TO_ME, NOW)
    for overrides in (
        Overrides(addresses={"c@x.example": COLLEAGUES}),
        Overrides(domains={"x.example": COLLEAGUES}),
    ):
        assert hindrance(ask, CONTACT, OWN, overrides, NOW, Magnet()) == rules.COLLEAGUE
    assert not hindrance(ask, CONTACT, OWN, Overrides(addresses={"c@x.example": PEOPLE}), NOW, Magnet())


def test_MAG_4_dismissed_up_to_a_message() -> None:
    asks = [Ask(7, "c@x.example", TO_ME, NOW - 60), Ask(9, "c@x.example", TO_ME, NOW)]
    known = {"c@x.example": CONTACT}
    assert waiting(asks, known, OWN, Overrides(), NOW, Magnet(), dismissed=7) == asks[1:]
    assert waiting(asks, known, OWN, Overrides(), NOW, Magnet(), dismissed=9) == []


def test_FLT_2_a_filter_decides_before_the_rules() -> None:
    asks = [Ask(7, "stranger@x.example", 0, NOW - 90 * DAY)]
    assert waiting(asks, {}, OWN, Overrides(), NOW, Magnet(), forced=True) == asks
    assert waiting(asks, {}, OWN, Overrides(), NOW, Magnet(), forced=True, dismissed=7) == []
    known = {"c@x.example": CONTACT}
    asks = [Ask(7, "c@x.example", TO_ME, NOW)]
    assert waiting(asks, known, OWN, Overrides(), NOW, Magnet(), forced=False) == []


# --- a thread's messages --------------------------------------------------------------------------------------------


def theirs(row: int, **more: object) -> MessageFacts:
    fields = {"sender_address": "C@x.example", "addressed": TO_ME, **more}
    return MessageFacts(date=row, received=row, row=row, **fields)


def mine(row: int, **more: object) -> MessageFacts:
    return theirs(row, sender_address="hashimoto@zylker.example", mine=True, addressed=0, **more)


SPAM, TRASH, DRAFTS, INBOX = 1024, 2048, 128 * 2, 1
ASKS = [
    ("one", [theirs(1)], [1]),
    ("two", [theirs(1), theirs(2)], [1, 2]),
    ("answered by mail", [theirs(1), mine(2)], []),
    ("and asked again", [theirs(1), mine(2), theirs(3)], [3]),
    ("answered by a flag", [theirs(1, answered=True)], []),
    ("the flag answers what came before", [theirs(1), theirs(2, answered=True), theirs(3)], [3]),
    ("a draft is no answer", [theirs(1), mine(2, roles=DRAFTS)], [1]),
    ("an automatic reply of ours is no answer", [theirs(1), mine(2, automatic=True)], [1]),
    ("automatic mail asks nothing", [theirs(1, automatic=True)], []),
    ("nor does a bounce after a mail take it away", [theirs(1), theirs(2, automatic=True)], [1]),
    ("failed checks ask nothing", [theirs(1, warning="auth-failed")], []),
    ("in the trash", [theirs(1, roles=TRASH)], []),
    ("in the spam", [theirs(1, roles=SPAM)], []),
    ("archived still waits", [theirs(1, roles=512)], [1]),
    ("the trashed one of two", [theirs(1), theirs(2, roles=TRASH)], [1]),
    ("a list that names me", [theirs(1, listed=True)], [1]),
]


@pytest.mark.parametrize("case", ASKS, ids=[case[0] for case in ASKS])
def test_MAG_4_what_is_not_answered(case: tuple[str, list[MessageFacts], list[int]]) -> None:
    _name, messages, expected = case
    assert [ask.row for ask in summarise(messages).asks] == expected


def test_MAG_1_senders_are_compared_in_one_form_and_lists_are_lists_whomever_they_name() -> None:
    (ask,) = summarise([theirs(1, listed=True)]).asks
    assert ask == Ask(1, "c@x.example", LISTED, 1)


def test_MAG_1_of_a_flood_the_newest_are_kept() -> None:
    asks = summarise([theirs(row) for row in range(1, 200)]).asks
    assert [ask.row for ask in asks] == list(range(180, 200))


# --- quiet hours ----------------------------------------------------------------------------------------------------

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
NIGHT = ((22 * 60, 7 * 60),)
QUIET = [
    ("in the evening", "2026-11-24 22:00", TOKYO, NIGHT, (), True),
    ("just before", "2026-11-24 21:59", TOKYO, NIGHT, (), False),
    ("after midnight", "2026-11-25 03:00", TOKYO, NIGHT, (), True),
    ("its last minute", "2026-11-25 06:59", TOKYO, NIGHT, (), True),
    ("its end", "2026-11-25 07:00", TOKYO, NIGHT, (), False),
    ("within a day", "2026-11-24 12:30", TOKYO, ((12 * 60, 13 * 60),), (), True),
    ("after it", "2026-11-24 13:00", TOKYO, ((12 * 60, 13 * 60),), (), False),
    ("one of two", "2026-11-24 23:00", TOKYO, ((12 * 60, 13 * 60), *NIGHT), (), True),
    ("to midnight", "2026-11-24 23:59", TOKYO, ((20 * 60, 24 * 60),), (), True),
    ("not after it", "2026-11-25 00:00", TOKYO, ((20 * 60, 24 * 60),), (), False),
    ("a Saturday", "2026-11-28 12:00", TOKYO, (), (5, 6), True),
    ("the Friday before", "2026-11-27 23:59", TOKYO, (), (5, 6), False),
    ("never", "2026-11-28 03:00", TOKYO, (), (), False),
    # The night on which the clock goes back has 2:30 twice, the one on which it goes forward never.
    ("the hour that comes twice", "2026-10-25 02:30", BERLIN, ((60 * 2, 60 * 3),), (), True),
    ("the morning after", "2026-10-25 07:00", BERLIN, NIGHT, (), False),
    ("the short night", "2026-03-29 06:30", BERLIN, NIGHT, (), True),
    ("its end, too", "2026-03-29 07:00", BERLIN, NIGHT, (), False),
]


@pytest.mark.parametrize("case", QUIET, ids=[case[0] for case in QUIET])
def test_MAG_5_quiet_hours(
    case: tuple[str, str, ZoneInfo, tuple[tuple[int, int], ...], tuple[int, ...], bool],
) -> None:
    _name, time, zone, hours, days, expected = case
    for fold in (0, 1):
        then = datetime.fromisoformat(time).replace(tzinfo=zone, fold=fold).timestamp()
        assert is_quiet(then, zone, Magnet(quiet=hours, quiet_days=days)) is expected
