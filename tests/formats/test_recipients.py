"""Recipients as people type and paste them (SEND-2)."""

import random

import pytest

from salesinbox.formats import headers
from salesinbox.formats.recipients import parse, text, wire
from salesinbox.model.errors import UsageError
from salesinbox.model.mail import Address
from tests.formats.test_text import harmless
from tests.hostile import POISON, worst_messages

A, B = Address("", "a@shop.example"), Address("", "b@shop.example")


@pytest.mark.parametrize(
    "typed",
    [
        "a@shop.example, b@shop.example",
        "a@shop.example;b@shop.example;",
        "a@shop.example、b@shop.example，",
        "a@shop.example；b@shop.example",
        "a@shop.example\nb@shop.example\r\n\r\n",
        "a@shop.example\tb@shop.example",
        "a@shop.example b@shop.example",
        "<a@shop.example>, <b@shop.example>",
        "mailto:a@shop.example?subject=hello%20you, <mailto:b@shop.example>",
        "mailto:a@shop.example,b@shop.example",
        "a@shop.example<mailto:a@shop.example>; b@shop.example<mailto:b@shop.example>",
        "Team: a@shop.example, b@shop.example;",
        "To: a@shop.example\nCc: b@shop.example",
        "ａ＠ｓｈｏｐ．ｅｘａｍｐｌｅ、b＠shop.example",
        "a@shop.example, A@Shop.Example, b@SHOP.example.",
        "\u200ba@shop.example,\ufeff b@shop.example\u3000",
    ],
)
def test_SEND_2_lists_are_read_however_they_are_pasted(typed: str) -> None:
    assert parse(typed) == ((A, B), ())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Taro Tanaka <a@shop.example>", "Taro Tanaka"),
        ('"Tanaka, Taro" <a@shop.example>', "Tanaka, Taro"),
        ("'Tanaka, Taro' <a@shop.example>;", "Tanaka, Taro"),
        ("Tanaka, Taro <a@shop.example>;", "Tanaka, Taro"),
        ("a@shop.example (田中)", "田中"),
        ("a@shop.example（田中）", "田中"),
        ("田中 太郎 <a@shop.example>", "田中 太郎"),
        ("田中＜a＠shop.example＞", "田中"),
        ("田中(営業) <a@shop.example>", "田中(営業)"),
        ("田中　太郎 a@shop.example", "田中 太郎"),
        ("田中\ta@shop.example", "田中"),
        ("a@shop.example\t田中", "田中"),
        ("Tanaka\n <a@shop.example>", "Tanaka"),
        ('"A \\"Q\\" \\\\ B" <a@shop.example>', 'A "Q" \\ B'),
        ("O'Brien <a@shop.example>", "O'Brien"),
    ],
)
def test_SEND_2_names_are_read(typed: str, name: str) -> None:
    assert parse(typed) == ((Address(name, "a@shop.example"),), ())


def test_SEND_2_a_spreadsheet_of_names_and_addresses() -> None:
    assert parse("田中\ttanaka@shop.example\n鈴木\tsuzuki@shop.example\n")[0] == (
        Address("田中", "tanaka@shop.example"),
        Address("鈴木", "suzuki@shop.example"),
    )


@pytest.mark.parametrize(
    "typed",
    [
        "tanaka", "a@b", "a@@shop.example", "a b", "@shop.example", "a@", "<a@shop.example", "a@shop..example",
        "a@-shop.example", "a@shop-.example", "a@1.2.3.4", "a@[1.2.3.4]", "a" * 65 + "@shop.example", "<>", "Foo <>",
        "a@" + "b" * 64 + ".example", "a@" + "b.c" * 100 + ".example", ".a@shop.example", "a\x1b[31m@shop.example",
        "https://shop.example/", "a@xn--zz.example", "a\x00@shop.example", "a@shop.example\x07", "a@☃\u0301\u200d.example",
    ],
)  # fmt: skip
def test_SEND_2_what_is_no_address_comes_back_as_typed(typed: str) -> None:
    assert parse(typed) == ((), (typed,))
    assert parse(f"a@shop.example, {typed}; b@shop.example") == ((A, B), (typed,)) or "," in typed


def test_SEND_2_an_unfinished_recipient_is_never_lost_in_the_next_ones_name() -> None:
    assert parse("tanaka, Suzuki <s@shop.example>") == ((Address("Suzuki", "s@shop.example"),), ("tanaka",))
    assert parse("a@shop.example, tanaka, S <s@shop.example>; b@shop.example")[1] == ("tanaka",)


def test_SEND_2_international_addresses() -> None:
    assert parse("x@例え.jp, 用户@例え。jp") == ((Address("", "x@例え.jp"), Address("", "用户@例え.jp")), ())
    assert wire("x@例え.jp") == "x@xn--r8jz45g.jp"
    assert wire("用户@例え.jp") == "用户@xn--r8jz45g.jp"
    # IDNA 2008: two domains, not one.
    assert wire("x@straße.example") != wire("x@strasse.example")


def test_SEND_2_old_japanese_mobile_addresses_are_quoted_on_the_wire() -> None:
    assert parse("taro..t.@docomo.example")[0] == (Address("", "taro..t.@docomo.example"),)
    assert wire("taro..t.@docomo.example") == '"taro..t."@docomo.example'
    assert parse('"john doe"@shop.example')[0] == (Address("", '"john doe"@shop.example'),)


@pytest.mark.parametrize("address", ["", "a", "a@", "a b@c.example", "a@b c.example", "a\r\nRCPT TO:<x@y>@z.example", "<a@b.example>", "a@b.example\n"])  # fmt: skip
def test_SEND_8_nothing_but_an_address_goes_on_the_wire(address: str) -> None:
    with pytest.raises(UsageError):
        wire(address)


def test_empty_pieces_are_nothing() -> None:
    for typed in ("", " ", ",;、\n\t ,", "undisclosed-recipients:;"):
        assert parse(typed) == ((), ())


def test_what_is_shown_is_read_again_as_the_same() -> None:
    letters = [
        "a",
        "田",
        ",",
        ";",
        '"',
        "\\",
        "(",
        ")",
        "<",
        ">",
        "@",
        "'",
        " ",
        "、",
        "：",
        ":",
        "（",
        "）",
        "é",
        ".",
        "[",
        "😀",
    ]
    randomness = random.Random(2)
    for number in range(5_000):
        name = "".join(randomness.choice(letters) for _ in range(randomness.randint(0, 8)))
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        found, bad = parse(f'"{escaped}" <p{number}@shop.example>, a@shop.example')
        assert len(found) == 2, name
        assert not bad
        assert parse(text(found)) == (found, ())
        # The header's reader agrees about where an address begins.
        assert [one.address for one in headers.addresses([text(found).encode()])] == [one.address for one in found]


def test_READ_3_hostile_pieces_do_no_harm() -> None:
    for raw in worst_messages().values():
        found, _bad = parse(raw[:50_000].decode("utf-8", "surrogateescape"))
        for one in found:
            assert harmless(one.name + one.address)
            assert parse(text([one]))[0] == (one,)
            wire(one.address).encode()
    assert parse(f"{POISON} <a@shop.example>")[0][-1].address == "a@shop.example"


def test_a_field_full_of_signs_is_read_in_linear_time() -> None:
    for signs in ('"\\', "<", "(", "'", "a,", ":", "x://", "<a@", "\n ", '"a" ', "\t"):
        parse(signs * 60_000 + ";")
    found, bad = parse("a@shop.example," * 50_000)
    assert found[0] == A
    assert bad, "what is beyond the limit is named, not dropped"
