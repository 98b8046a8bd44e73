"""Which records may be the same one twice (REC-8)."""

import pytest

from salesinbox.model.records import COMPANY, CONTACT, DEAL, LEAD
from salesinbox.rules.duplicates import LIKELY, Facts, company_core, groups, phone_key, score


def person(number, name="", *, kind=CONTACT, company="", addresses=(), domains=(), phones=()):
    return Facts(f"p{number}", kind, name, company, frozenset(addresses), frozenset(domains), frozenset(phones))


NAGATA = {"name": "永田達郎", "company": "みなと商事", "domains": ["minato.example"], "phones": ["12345678"]}


@pytest.mark.parametrize(
    ("other", "reason", "likely"),
    [
        (person(2, "永田達郎", addresses=["n@a.example"]), "address", True),
        (person(2, "somebody else", addresses=["n@a.example"]), "address", True),
        (person(2, "永田達郎", company="みなと商事"), "name-company", True),
        (person(2, "永田達郎", phones=["12345678"]), "name-phone", True),
        (person(2, "永田達郎", domains=["minato.example"]), "name-domain", True),
        (person(2, "永田達郎", kind=LEAD, company="みなと商事"), "name-company", True),
        (person(2, "永田達郎"), "name", False),
        (person(2, "永田達郎", company="別会社"), "name", False),
        (person(2, "志村達夫", phones=["12345678"]), "phone", False),
        (person(2, "志村達夫", company="みなと商事", domains=["minato.example"]), "", False),
        (Facts("c2", COMPANY, "永田達郎"), "", False),
    ],
)
def test_REC_8_people_are_the_same_by_address_or_by_name_and_something_else(other, reason, likely):
    one = person(1, addresses=["n@a.example"], **NAGATA)
    for found in (score(one, other), score(other, one)):
        assert (found[1] if found else "") == reason
        assert (found is not None and found[0] >= LIKELY) == likely


def test_REC_8_a_name_written_the_other_way_round_is_the_same():
    assert score(person(1, "jane doe", company="acme"), person(2, "doe jane", company="acme")) == (85, "name-company")


@pytest.mark.parametrize(
    ("other", "reason", "likely"),
    [
        (Facts("c2", COMPANY, "みなと商事", "みなと商事"), "name", True),
        (Facts("c2", COMPANY, "みなと", "みなと"), "name", True),
        (Facts("c2", COMPANY, "別", "別", domains=frozenset({"minato.example"})), "domain", True),
        (Facts("c2", COMPANY, "別", "別", phones=frozenset({"12345678"})), "phone", True),
        (Facts("c2", COMPANY, "別", "別"), "", False),
    ],
)
def test_REC_8_companies_are_the_same_by_domain_or_name(other, reason, likely):
    one = Facts(
        "c1", COMPANY, "みなと商事" if other.name == "みなと商事" else "株式会社みなと",
        "みなと商事" if other.name == "みなと商事" else "みなと",
        domains=frozenset({"minato.example"}), phones=frozenset({"12345678"}),
    )  # fmt: skip
    found = score(one, other)
    assert (found[1] if found else "") == reason
    assert (found is not None and found[0] >= LIKELY) == likely


def test_REC_8_deals_are_the_same_by_name_with_company_or_contact():
    one = Facts("d1", DEAL, "web刷新", "みなと", people=frozenset({4}))
    assert score(one, Facts("d2", DEAL, "web刷新", "みなと")) == (85, "name-company")
    assert score(one, Facts("d2", DEAL, "web刷新", people=frozenset({4, 5}))) == (85, "name-person")
    apart = score(one, Facts("d2", DEAL, "web刷新", "別会社"))
    assert apart is not None
    assert apart[0] < LIKELY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+81-3-1234-5678", "03-1234-5678"),
        ("０３−１２３４−５６７８", "(03) 1234 5678"),
        ("+44 20 7946 0123 ext. 12", "020 7946 0123"),
        ("03-1234-5678（内線 12）", "0312345678"),
    ],
)
def test_REC_8_a_phone_is_the_same_however_it_is_written(one, other):
    assert phone_key(one) == phone_key(other) != ""


def test_a_number_that_is_too_short_is_nobodys():
    assert phone_key("内線 1234") == phone_key("110") == phone_key("") == ""


@pytest.mark.parametrize(
    ("written", "core"),
    [
        ("株式会社みなと商事", "みなと商事"),
        ("みなと商事（株）", "みなと商事"),
        ("Acme, Inc.", "acme"),
        ("ACME Co., Ltd.", "acme"),
        ("Acme GmbH", "acme"),
        ("Gamma Pte. Ltd.", "gamma"),
        ("株式会社", "株式会社"),
        ("Inc", "inc"),
    ],
)
def test_a_company_is_compared_without_its_legal_form(written, core):
    assert company_core(written) == core


def test_REC_8_all_groups_of_a_kind_the_likeliest_first_and_whom_to_keep_in_front():
    found = groups([
        person(9, "jane doe", kind=LEAD, addresses=["jane@acme.example"]),
        person(12, "jane doe", addresses=["jane@acme.example"]),
        person(13, "doe jane", company="acme", addresses=["j@other.example"]),
        person(14, "jane doe", company="acme"),
        person(15, "bob", company="acme"),
        person(1, "永田達郎", company="みなと"),
        person(2, "永田達郎", company="みなと"),
    ])  # fmt: skip
    assert [(group.ids, group.score) for group in found] == [
        (("p12", "p9"), 100),
        (("p1", "p2"), 85),
        (("p13", "p14"), 85),
    ]


def test_a_placeholder_that_many_share_makes_no_group():
    crowd = [person(n, "contact", company="acme", addresses=["none@acme.example"]) for n in range(1, 100)]
    assert groups(crowd) == []
