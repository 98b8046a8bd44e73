"""Links and what is wrong with them (READ-7)."""

import pytest

from salesinbox.formats import domains, links
from salesinbox.model.reading import BARE_NUMBER, LOOK_ALIKE, OTHER_ADDRESS
from tests.formats.test_text import harmless
from tests.hostile import POISON

SENDER = "zylker.example"


@pytest.mark.parametrize(
    ("text", "address", "seen"),
    [
        ("https://www.bank.co.jp/login", "https://evil.example/", "www.bank.co.jp"),
        ("www.kontor.example", "https://click.mailer.example/c/1", "www.kontor.example"),
        ("see Kontor.example for more", "https://evil.example/", "kontor.example"),
        ("help@bank.example", "https://evil.example/", "bank.example"),
        ("help@bank.example", "mailto:collect@evil.example", "bank.example"),
        ("http://a.co.jp", "http://b.co.jp", "a.co.jp"),
        ("bank.example", "http://10.0.0.1/", "bank.example"),
    ],
)
def test_READ_7_a_text_that_shows_another_address_is_marked(text: str, address: str, seen: str) -> None:
    assert links.judge(text, address, SENDER) == (OTHER_ADDRESS, seen)


@pytest.mark.parametrize(
    ("text", "address", "known"),
    [
        ("here", "https://zy1ker.example/", SENDER),
        ("here", "https://zуlker.example/", SENDER),  # a Cyrillic у
        ("zylker.example", "https://zylker.example.evil.example/", SENDER),
        ("here", "https://zylker.example:443@evil.example/", SENDER),
        ("here", "https://paypal.com@evil.example/", "paypal.com"),
        ("here", "https://www.paypal.com.evil.example/", "paypal.com"),
        ("www.modern.example", "https://www.rnodern.example/", "modern.example"),
        ("here", "https://αpple.example/", "apple.example"),  # Greek and Latin in one label
        ("here", "https://раураӏ.com/", "paypal.com"),
    ],
)
def test_READ_7_a_look_alike_domain_is_marked(text: str, address: str, known: str) -> None:
    assert links.judge(text, links.openable(address), SENDER) == (LOOK_ALIKE, known)


@pytest.mark.parametrize("host", ["203.0.113.7", "3405803783", "0xcb007107", "[2001:db8::1]", "203.0.113.7:8080"])
def test_READ_7_a_host_that_is_a_number_is_marked(host: str) -> None:
    assert links.judge("here", f"http://{host}/x", SENDER) == (BARE_NUMBER, "")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://www.zylker.example/a", "https://zylker.example/b"),
        ("shop.bank.co.jp", "https://www.bank.co.jp/"),
        ("read more", "https://click.mailer.example/c/1"),
        ("report.pdf", "https://files.example/1"),
        ("ASP.NET and Node.js", "https://dev.example/"),
        ("version 2.10", "https://dev.example/"),
        ("日本語.jp", "https://xn--wgv71a119e.jp/"),
        ("here", "https://日本語.jp/"),
        ("here", "https://bücher.example/"),
        ("me@x.example", "mailto:me@x.example?subject=Hi"),
        ("+81 3 4555 0123", "tel:+81345550123"),
        ("here", "https://shop.example.com.au/"),
        ("", "https://"),
    ],
)
def test_READ_7_an_honest_link_is_not_marked(text: str, address: str) -> None:
    assert links.judge(text, links.openable(address), SENDER) == ("", "")


def test_READ_7_a_foreign_domain_is_shown_in_both_forms() -> None:
    address = links.openable("https://аpple.example/x")
    assert address == "https://xn--pple-43d.example/x"
    assert links.shown(address) == "https://xn--pple-43d.example/x (аpple.example)"
    assert domains.readable("xn--\u0131.example") == "xn--\u0131.example"
    assert domains.readable("xn--99999999999.example")


@pytest.mark.parametrize(
    "href",
    [
        "javascript:x",
        "JAVASCRIPT:x",
        "data:text/html,x",
        "file:///x",
        "/x",
        "x",
        "",
        "vbscript:x",
        "http" + "x" * 9_000,
    ],
)
def test_READ_7_what_is_no_address_cannot_be_opened(href: str) -> None:
    assert links.openable(href) == ""


def test_READ_3_an_address_is_harmless_and_keeps_its_letters() -> None:
    assert harmless(links.openable(f"https://x.example/{POISON}"))
    assert links.openable("https://x.example/日本") == "https://x.example/日本"
    assert links.openable(" https://x.example/a\n b") == "https://x.example/ab"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(see https://x.example/a_(b)).", ["https://x.example/a_(b)"]),
        ("https://x.example/をご覧ください。", ["https://x.example/"]),
        ("「https://x.example」と<http://y.example/>", ["https://x.example", "http://y.example/"]),
        ("a: http:// javascript:x //x", []),
    ],
)
def test_addresses_are_found_in_plain_text(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in links.in_text(text)] == found
