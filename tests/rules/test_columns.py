"""Placing (COL-3 to COL-8, COL-13) and the deal that is shown (LINK-2)."""

import dataclasses
from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.identities import Identity
from salesinbox.model.records import DealBrief, KnownAddress
from salesinbox.model.settings import Account, Imap, Me
from salesinbox.rules import columns
from salesinbox.rules.columns import Overrides, Own, place, reason

RENEWAL = DealBrief("d1", "Web刷新", "4000000", "JPY", "Proposal", "2026-12-20")
SUPPORT = DealBrief("d2", "Web刷新 保守", "250000", "JPY", "Negotiation", "2026-11-30")
REVIEW = DealBrief("d3", "Security Review", "9000", "EUR", "Qualification", "")
AI = DealBrief("d4", "AI", "1", "EUR", "Qualification", "")

CONTACT = KnownAddress(contact_id="p1", contact_name="永田 達郎")
CUSTOMER = dataclasses.replace(CONTACT, has_won=True)
BUYER = dataclasses.replace(CONTACT, open_deals=(RENEWAL,))
BIG_BUYER = dataclasses.replace(CONTACT, open_deals=(REVIEW, RENEWAL, SUPPORT, AI), has_won=True)
LEAD = KnownAddress(lead_id="p2", lead_name="志村 達夫")
BOTH = dataclasses.replace(CONTACT, lead_id="p2", lead_name="志村 達夫")
BOTH_BUYER = dataclasses.replace(BUYER, lead_id="p2", lead_name="志村 達夫")

OWN = Own(
    frozenset({"hashimoto@zylker.example", "nami@gmail.com"}),
    frozenset({"zylker.example", "xn--wgv71a119e.example"}),
    frozenset({"temp@gmail.com", "partner@agency.example"}),
)
NONE = Overrides()
A = "nagata@minato.example"


@pytest.fixture(autouse=True)
def _in_english():
    texts.use("en")


def overrides(thread="", address="", domain=""):
    return Overrides(
        {7: thread} if thread else {},
        {A: address} if address else {},
        {"minato.example": domain} if domain else {},
    )


CASES = [
    # name, address, known, overrides, column, rule, also
    ("COL_3 nothing known is unknown", A, None, NONE, "unknown", "no-record", ()),
    ("COL_3 a record without anything", A, KnownAddress(), NONE, "unknown", "no-record", ()),
    ("COL_3 no address at all", "", None, NONE, "unknown", "no-record", ()),
    ("COL_3 thread override beats all", A, BUYER, overrides("unknown", "people", "colleagues"), "unknown", "override-thread", ("deals", "people")),
    ("COL_3 address override beats domain", A, BUYER, overrides("", "people", "colleagues"), "people", "override-address", ("deals",)),
    ("COL_3 domain override beats records", A, BUYER, overrides("", "", "colleagues"), "colleagues", "override-domain", ("deals", "people")),
    ("COL_3 domain override of nobody known", A, None, overrides("", "", "people"), "people", "override-domain", ()),
    ("COL_3 thread override of nobody known", A, None, overrides("deals"), "deals", "override-thread", ()),
    ("COL_3 override beats colleagues", "suzuki@zylker.example", None, Overrides({7: "unknown"}), "unknown", "override-thread", ("colleagues",)),
    ("COL_3 override of own domain", "suzuki@zylker.example", None, Overrides({}, {}, {"zylker.example": "people"}), "people", "override-domain", ("colleagues",)),
    ("COL_3 override into the same column", A, CONTACT, overrides("people"), "people", "override-thread", ()),
    ("COL_3 override of another thread", A, CONTACT, Overrides({8: "deals"}), "people", "contact", ()),
    ("COL_3 override of another address", "sato@minato.example", CONTACT, overrides("", "deals"), "people", "contact", ()),
    ("COL_3 override of another domain", "nagata@ferry.example", CONTACT, overrides("", "", "deals"), "people", "contact", ()),
    ("COL_3 domain override leaves sub-domains", "a@mail.minato.example", None, overrides("", "", "deals"), "unknown", "no-record", ()),
    ("COL_3 address override whatever the case", "Nagata@MINATO.example", None, overrides("", "people"), "people", "override-address", ()),
    ("COL_12 override into a column of the rep's", A, CONTACT, overrides("vip"), "vip", "override-thread", ("people",)),
    ("COL_12 domain override into a column of the rep's", A, None, overrides("", "", "press"), "press", "override-domain", ()),
    ("COL_3 colleagues before deals", "suzuki@zylker.example", BUYER, NONE, "colleagues", "own-domain", ("deals", "people")),
    ("COL_3 colleagues before people", "suzuki@zylker.example", CONTACT, NONE, "colleagues", "own-domain", ("people",)),
    ("COL_3 colleagues before leads", "suzuki@zylker.example", LEAD, NONE, "colleagues", "own-domain", ("people",)),
    ("COL_3 team member before deals", "partner@agency.example", BUYER, NONE, "colleagues", "team-member", ("deals", "people")),
    ("COL_4 own domain", "suzuki@zylker.example", None, NONE, "colleagues", "own-domain", ()),
    ("COL_4 own domain in capitals", "SUZUKI@Zylker.Example", None, NONE, "colleagues", "own-domain", ()),
    ("COL_4 own domain with a final dot", "suzuki@zylker.example.", None, NONE, "colleagues", "own-domain", ()),
    ("COL_4 own international domain", "suzuki@日本語.example", None, NONE, "colleagues", "own-domain", ()),
    ("COL_4 sub-domain is not the domain", "noreply@mail.zylker.example", None, NONE, "unknown", "no-record", ()),
    ("COL_4 domain that ends alike", "x@notzylker.example", None, NONE, "unknown", "no-record", ()),
    ("COL_4 domain that begins alike", "x@zylker.example.attacker.example", None, NONE, "unknown", "no-record", ()),
    ("COL_4 own domain in the local part", '"suzuki@zylker.example"@attacker.example', None, NONE, "unknown", "no-record", ()),
    ("COL_4 domain without an address", "zylker.example", None, NONE, "unknown", "no-record", ()),
    ("COL_4 team member by address", "partner@agency.example", None, NONE, "colleagues", "team-member", ()),
    ("COL_4 others at a team member's domain", "other@agency.example", None, NONE, "unknown", "no-record", ()),
    ("COL_4 team member at a free-mail domain", "temp@gmail.com", None, NONE, "colleagues", "team-member", ()),
    ("COL_4 stranger at a free-mail domain", "stranger@gmail.com", None, NONE, "unknown", "no-record", ()),
    ("COL_4 the rep's own address", "nami@gmail.com", None, NONE, "colleagues", "own-address", ()),
    ("COL_4 the rep's own address at the own domain", "hashimoto@zylker.example", None, NONE, "colleagues", "own-domain", ()),
    ("COL_5 contact on an open deal", A, BUYER, NONE, "deals", "open-deal", ("people",)),
    ("COL_5 several open deals", A, BIG_BUYER, NONE, "deals", "open-deal", ("people",)),
    ("COL_5 won deals do not count", A, CUSTOMER, NONE, "people", "contact", ()),
    ("COL_5 no deal", A, CONTACT, NONE, "people", "contact", ()),
    ("COL_5 open deal at a free-mail address", "nagata@gmail.com", BUYER, NONE, "deals", "open-deal", ("people",)),
    ("COL_5 a deal needs its contact", A, KnownAddress(lead_id="p2", lead_name="x", open_deals=(RENEWAL,)), NONE, "people", "lead", ()),
    ("COL_6 lead", A, LEAD, NONE, "people", "lead", ()),
    ("COL_6 lead at a free-mail address", "shimura@yahoo.co.jp", LEAD, NONE, "people", "lead", ()),
    ("COL_6 contact", A, CONTACT, NONE, "people", "contact", ()),
    ("COL_6 tag is another address for overrides", "nagata+tag@minato.example", None, overrides("", "people"), "unknown", "no-record", ()),
    ("COL_7 contact and lead", A, BOTH, NONE, "people", "contact", ()),
    ("COL_7 contact and lead with a deal", A, BOTH_BUYER, NONE, "deals", "open-deal", ("people",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "known", "chosen", "column", "rule", "also"),
    [c[1:] for c in CASES],
    ids=[c[0] for c in CASES],
)
def test_placing(address, known, chosen, column, rule, also):
    placement = place(7, address, known, OWN, chosen)
    assert (placement.column, placement.rule, placement.also) == (column, rule, also)


@pytest.mark.parametrize("domain", ["gmail.com", "yahoo.co.jp", "docomo.ne.jp", "outlook.com", "cap.ocn.ne.jp"])
def test_COL_4_free_mail_domain_never_makes_a_colleague(domain):
    # Not even when it came into the rep's own domains by some way.
    own = Own(frozenset({f"rep@{domain}"}), frozenset({domain}), frozenset())
    assert place(1, f"stranger@{domain}", None, own, NONE).column == "unknown"
    assert place(1, f"lead@{domain}", LEAD, own, NONE).column == "people"


def test_COL_4_own_side_comes_from_accounts_and_settings():
    me = Me(
        zone=ZoneInfo("Asia/Tokyo"),
        own_domains=("@Zylker-Group.example", "gmail.com"),
        team=("Partner@Agency.example", ""),
        addresses=("nami@alias.example",),
    )
    accounts = (
        Account("work", "Hashimoto@Zylker.example", "imap"),
        Account("home", "nami@gmail.com", "imap", Imap("imap.gmail.com", 993, "implicit", "nami")),
    )
    own = columns.own(me, accounts)
    assert own.domains == {"zylker.example", "zylker-group.example"}
    assert own.addresses == {"hashimoto@zylker.example", "nami@gmail.com", "nami@alias.example"}
    assert own.team == {"partner@agency.example"}


def test_SEND_3_an_identity_is_the_rep_and_its_domain_stays_what_it_was():
    identities = (Identity("work", "Nami", "rep@zylker.example"), Identity("work", "Sales", "Sales@Partner.example"))
    own = columns.own(Me(), [Account("work", "rep@zylker.example", "imap", identities=identities)])
    assert own.addresses == {"rep@zylker.example", "sales@partner.example"}
    assert place(1, "sales@partner.example", None, own, NONE).column == "colleagues"
    assert place(1, "other@partner.example", None, own, NONE).column == "unknown"


DEAL_CASES = [
    # name, known, overrides, subject, earlier deal, the deal shown
    ("LINK_2 the only one", BUYER, NONE, "Security Review", "d3", "d1"),
    ("LINK_2 changed last", BIG_BUYER, NONE, "Hello", "", "d3"),
    ("LINK_2 earlier link", BIG_BUYER, NONE, "Security Review", "d2", "d2"),
    ("LINK_2 earlier link is closed by now", BIG_BUYER, NONE, "Re: Web刷新", "d99", "d1"),
    ("LINK_2 named in the subject", BIG_BUYER, NONE, "Re: Re: Web刷新の件", "", "d1"),
    ("LINK_2 the longer name", BIG_BUYER, NONE, "Web刷新 保守 見積", "", "d2"),
    (
        "LINK_2 the longer name though changed earlier",
        dataclasses.replace(CONTACT, open_deals=(SUPPORT, RENEWAL)),
        NONE,
        "Web刷新 保守 見積",
        "",
        "d2",
    ),
    (
        "LINK_2 both named: changed last",
        dataclasses.replace(CONTACT, open_deals=(dataclasses.replace(RENEWAL, id="d8", name="Web更新"), RENEWAL)),
        NONE,
        "Web刷新とWeb更新",
        "",
        "d8",
    ),
    ("LINK_2 full-width and case", BIG_BUYER, NONE, "【ｗｅｂ刷新】", "", "d1"),
    ("LINK_2 spaces of any kind", BIG_BUYER, NONE, "WEB刷新　保守", "", "d2"),
    ("LINK_2 no name within a word", BIG_BUYER, NONE, "your email and the air", "", "d3"),
    ("LINK_2 a short name as a word", BIG_BUYER, NONE, "email about (AI)", "", "d4"),
    ("LINK_2 a short name beside Japanese", BIG_BUYER, NONE, "AI導入のご相談", "", "d4"),
    ("COL_5 none without an open deal", CUSTOMER, NONE, "Web刷新", "", ""),
    ("COL_8 override into deals keeps the deal", BUYER, overrides("deals"), "", "", "d1"),
    ("COL_8 override into deals without any", CONTACT, overrides("deals"), "", "", ""),
    ("COL_8 override out of deals shows none", BUYER, overrides("people"), "", "", ""),
    ("COL_12 a column of the rep's shows the deal", BUYER, overrides("vip"), "", "", "d1"),
]


@pytest.mark.parametrize(
    ("known", "chosen", "subject", "earlier", "deal"),
    [c[1:] for c in DEAL_CASES],
    ids=[c[0] for c in DEAL_CASES],
)
def test_deal_shown(known, chosen, subject, earlier, deal):
    placement = place(7, A, known, OWN, chosen, subject=subject, earlier_deal=earlier)
    assert (placement.deal.id if placement.deal else "") == deal


def test_LINK_2_hostile_names_and_subjects_do_no_harm():
    deals = (DealBrief("d1", "", "", "", "x", ""), DealBrief("d2", "a" * 5000, "", "", "x", ""))
    known = dataclasses.replace(CONTACT, open_deals=deals)
    placement = place(7, A, known, OWN, NONE, subject="a" * 200_000 + "\ud800")
    assert placement.deal is deals[0]


def test_COL_7_both_records_are_told():
    placement = place(7, A, BOTH_BUYER, OWN, NONE)
    assert (placement.record_id, placement.other_record_id) == ("p1", "p2")
    assert "永田 達郎" in reason(placement)
    assert "志村 達夫" in reason(placement)


def test_COL_8_reason_names_rule_record_address_and_other_columns():
    text = reason(place(7, A, BUYER, OWN, NONE))
    assert text == "Open deal “Web刷新” (Proposal) with 永田 達郎, found by nagata@minato.example. Also a contact."


REASONS = [
    ("contact", A, CONTACT, NONE, "永田 達郎 is a contact without an open deal, found by nagata@minato.example."),
    ("lead", A, LEAD, NONE, "志村 達夫 is a lead, found by nagata@minato.example."),
    ("unknown", A, None, NONE, "No lead or contact has the address nagata@minato.example."),
    ("no sender", "", None, NONE, "The mail does not say who sent it."),
    ("own domain", "suzuki@zylker.example", CONTACT, NONE, "suzuki@zylker.example is at your own domain zylker.example. Also in the CRM: 永田 達郎."),
    ("own domain with deal", "suzuki@zylker.example", BUYER, NONE, "suzuki@zylker.example is at your own domain zylker.example. Also on an open deal: 永田 達郎."),
    ("own address", "nami@gmail.com", None, NONE, "nami@gmail.com is your own address."),
    ("team", "temp@gmail.com", None, NONE, "temp@gmail.com is listed as a member of your team."),
    ("thread", A, BUYER, overrides("people"), "You put this thread into “Contacts & leads”. Also on an open deal: 永田 達郎."),
    ("address", A, CONTACT, overrides("", "vip"), "You put mail of nagata@minato.example into “vip”. Also in the CRM: 永田 達郎."),
    ("domain", "suzuki@zylker.example", None, Overrides({}, {}, {"zylker.example": "unknown"}), "You put mail of everybody at zylker.example into “Not in CRM”. Also a colleague."),
    ("into deals", A, BUYER, overrides("deals"), "You put this thread into “Deals”. The deal shown is “Web刷新” (Proposal). Also in the CRM: 永田 達郎."),
]  # fmt: skip


@pytest.mark.parametrize(("address", "known", "chosen", "text"), [c[1:] for c in REASONS], ids=[c[0] for c in REASONS])
def test_COL_8_reason(address, known, chosen, text):
    assert reason(place(7, address, known, OWN, chosen)) == text


def test_COL_8_reason_uses_the_reps_own_titles():
    assert "“Not yet”" in reason(place(7, A, CONTACT, OWN, overrides("unknown")), {"unknown": "Not yet"})


def test_COL_13_warning_is_carried_and_said():
    placement = place(7, A, BUYER, OWN, NONE, warning="auth-failed")
    assert (placement.column, placement.warning) == ("deals", "auth-failed")
    assert "failed the sender checks of minato.example" in reason(placement)


@pytest.mark.parametrize("known", [None, CONTACT])
@pytest.mark.parametrize("chosen", [NONE, overrides("people")])
def test_COL_13_warning_goes_with_every_rule(known, chosen):
    assert place(7, A, known, OWN, chosen, warning="auth-failed").warning == "auth-failed"


def test_READ_3_reason_is_harmless_to_draw():
    known = KnownAddress(
        "p1",
        "Evil\x1b]0;x\x07\u202e {address} {0}\nname",
        open_deals=(DealBrief("d1", "\x9b31m{deal}", "", "", "a\nb", ""),),
    )
    text = reason(place(7, "a\x1b[31m\u202e@b\n.example", known, OWN, NONE, warning="auth-failed"))
    assert text.isprintable()
    assert "{address}" in text
