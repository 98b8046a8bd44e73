"""What reaches the terminal is harmless and as wide as it is said to be (READ-3, UI-3)."""

import random
import unicodedata

import pytest
from rich.cells import cell_len

from salesinbox.model.text import clip, pad, safe, safe_block, width
from tests.hostile import MARKUP, POISON


def harmless(text: str, allowed: str = "") -> bool:
    """No control, format, surrogate or line-separating character is left."""
    return all(
        character in allowed or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for character in text
    )


def test_READ_3_control_and_bidi_bytes_never_pass() -> None:
    shown = safe(POISON)
    assert harmless(shown)
    assert "\n" not in shown
    assert "red" in shown
    assert "gnp.exe" in shown


def test_READ_3_every_code_point_is_neutralised() -> None:
    everything = "".join(map(chr, range(0x110000)))
    assert harmless(safe(everything))
    assert harmless(safe_block(everything), allowed="\n")
    safe(everything).encode("utf-8")


def test_READ_3_a_second_pass_changes_nothing() -> None:
    randomness = random.Random(3)
    for _ in range(2_000):
        text = "".join(chr(randomness.choice(_TELLING)) for _ in range(randomness.randint(0, 12)))
        assert safe(safe(text)) == safe(text)
        assert safe_block(safe_block(text)) == safe_block(text)


def test_READ_3_markup_is_text() -> None:
    assert safe(MARKUP) == MARKUP


def test_safe_puts_lines_on_one_line_and_blocks_keep_them() -> None:
    assert safe("one\r\ntwo\u2028three") == "one two three"
    assert safe_block("one\r\ntwo\rthree\u2029four") == "one\ntwo\nthree\nfour"
    assert safe_block("a\tb") == "a   b"


def test_a_run_of_control_bytes_is_one_sign() -> None:
    assert safe("a" + "\0" * 5_000 + "b") == "a\ufffdb"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("☎\ufe0f 👍🏽", "☎ 👍"),
        ("🇯🇵", "JP"),
        ("1\ufe0f\u20e3", "1"),
        ("\uff76\uff9e", "\uff76\uff9e"),
        ("か\u3099ハ\u309a", "がパ"),
        ("e\u0301", "é"),
        ("\u1100\u1161", "가"),
        ("\u0301x", "x"),
        ("﨑神", "﨑神"),
        ("\u00ad\u200bpay\u200dpal", "paypal"),
    ],
)
def test_UI_3_what_terminals_draw_differently_is_brought_to_one_form(written: str, shown: str) -> None:
    assert safe(written) == shown


def test_UI_3_a_letter_carries_few_marks() -> None:
    shown = safe("Z" + "\u0335\u0321\u0322" * 200 + "a")
    assert len(shown) <= 6
    assert width(shown) == 2


def test_safe_cuts_at_its_limit_and_says_so() -> None:
    assert safe("x" * 1_000_000, limit=10) == "x" * 9 + "…"
    assert safe("abc", limit=3) == "abc"
    assert safe("abc", limit=0) == ""


_TELLING = [
    *(0x20, 0x41, 0x7A, 0x0A, 0x1B, 0x9B, 0x3042, 0x30AB, 0x3099, 0xFF76, 0xFF9E, 0x6F22, 0x1F600, 0x1F3FD),
    *(0x200D, 0xFE0F, 0x0301, 0x0300, 0x1F1EF, 0x1F1F5, 0x1100, 0x1161, 0xAC00, 0x202E, 0xD800, 0x3000, 0x2028),
]


def test_UI_3_padding_fills_the_cells_exactly_whatever_the_text() -> None:
    randomness = random.Random(5)
    for _ in range(3_000):
        text = safe("".join(chr(randomness.choice(_TELLING)) for _ in range(randomness.randint(0, 30))))
        cells = randomness.randint(0, 20)
        assert cell_len(pad(text, cells)) == cells, (text, cells)
        assert cell_len(clip(text, cells)) <= cells
        assert width(text) == cell_len(text)


def test_UI_3_clipping_never_splits_a_character() -> None:
    assert clip("日本語", 6) == "日本語"
    assert clip("日本語です", 6) == "日本…"
    assert clip("日本語です", 5) == "日本…"
    assert clip("ｶﾞｷﾞ日本", 5) == "ｶﾞｷﾞ…"
    assert clip("x\u0335y", 1) == "…"
    assert clip("日本", 1, ellipsis="") == ""
    assert clip("abcdef", 4, ellipsis="...") == "a..."
    assert clip("abcdef", 2, ellipsis="...") == "ab"


def test_clipping_a_flood_takes_no_longer_than_it_should() -> None:
    assert clip("日" * 1_000_000, 5) == "日日…"
    assert width(clip("x" + "\u0335" * 1_000_000, 5)) <= 5
