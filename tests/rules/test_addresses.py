"""Addresses in one form, and whose they are (COL-4, COL-6)."""

import pytest

from salesinbox.model.settings import Account, Me
from salesinbox.rules.addresses import domain_of, is_free_mail, normal, own_domains


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Nagata@Minato.Example", "nagata@minato.example"),
        (" nagata@minato.example ", "nagata@minato.example"),
        ("nagata@minato.example.", "nagata@minato.example"),
        ("ｎａｇａｔａ＠ｍｉｎａｔｏ．ｅｘａｍｐｌｅ", "nagata@minato.example"),
        ("nagata@日本語.example", "nagata@xn--wgv71a119e.example"),
        ("nagata@XN--WGV71A119E.example", "nagata@xn--wgv71a119e.example"),
        ("nagata@日本語。example", "nagata@xn--wgv71a119e.example"),
        ("永田@minato.example", "永田@minato.example"),
        ("nagata+tag@minato.example", "nagata+tag@minato.example"),
        ("na.ga.ta@gmail.com", "na.ga.ta@gmail.com"),
        ("", ""),
    ],
)
def test_COL_6_addresses_are_compared_without_case_and_in_one_form(written, compared):
    assert normal(written) == compared
    assert normal(compared) == compared


def test_COL_6_sharp_s_is_not_double_s():
    assert normal("a@straße.example") != normal("a@strasse.example")


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[31m@x", "a@\x00\x9b", "\u202ea@b\u2066", "\ud800@\udfff.\ud800", "@", "@@@", "." * 9000, "あ" * 9000 + "@" + "い." * 9000,
     "a@" + "ü" * 9000, "a\nb@c\u2028d", "\u0301@\u0301"],
)  # fmt: skip
def test_READ_3_hostile_addresses_never_raise_and_draw_harmlessly(hostile):
    address = normal(hostile)
    assert address == "" or address.isprintable()
    domain_of(hostile)
    is_free_mail(hostile)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("a@b.example", "b.example"),
        ("a@X@B.example", "b.example"),
        ("b.example", ""),
        ("a@", ""),
        ("", ""),
        ("a＠ｂ.example", "b.example"),
    ],
)
def test_domain_of(address, domain):
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "GMAIL.com", "yahoo.co.jp", "ymail.ne.jp", "docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp",
     "nifty.com", "biglobe.ne.jp", "kxd.biglobe.ne.jp", "so-net.ne.jp", "ocn.ne.jp", "cap.ocn.ne.jp", "outlook.jp", "outlook.com", "icloud.com",
     "qq.com", "naver.com", "gmx.de", "proton.me"],
)  # fmt: skip
def test_COL_4_free_mail_domains_ship(domain):
    assert is_free_mail(domain)


@pytest.mark.parametrize(
    "domain",
    ["zylker.example", "google.com", "mail.zylker.example", "gmail.com.example", "notgmail.com", "ne.jp", ""],
)
def test_COL_4_company_domains_are_not_free_mail(domain):
    assert not is_free_mail(domain)


def test_COL_4_account_without_a_domain_makes_no_own_domain():
    assert (
        own_domains(Me(own_domains=("", "@")), [Account("a", "rep", "imap"), Account("b", "rep@", "imap")])
        == frozenset()
    )
