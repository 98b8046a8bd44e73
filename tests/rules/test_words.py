"""What is written differently and found alike (SRCH-3)."""

import random
import unicodedata

import pytest

from salesinbox.model.folding import fold, searchable
from salesinbox.rules.words import bare, finder, first_match, growing, holds, index_text, matches


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Proposal", "PROPOSAL"),
        ("ＡＣＭＥ１２", "acme12"),
        ("ｶﾞｲﾀﾞﾝｽ", "ガイダンス"),
        ("か\u3099", "が"),
        ("㈱アクメ", "(株)アクメ"),
        ("Straße", "STRASSE"),
        ("①", "1"),
        ("　", " "),
    ],
)
def test_SRCH_3_widths_case_and_compositions_fold_together(one, other):
    assert fold(one) == fold(other)


def test_SRCH_3_katakana_and_hiragana_stay_apart():
    assert fold("カメラ") != fold("かめら")


def test_SRCH_3_folding_is_nfkc_and_casefold_whatever_way_it_was_reached():
    chance = random.Random(3)
    pool = [
        chr(code) for code in (*range(0x800), *range(0x1100, 0x1200), *range(0x2000, 0x3400), *range(0xF900, 0xFFF0))
    ]
    pool += list("かがカはハウﾊﾞﾟ漢字abc") * 40 + ["\u3099", "\u309a", "\u0301", "\u0345"] * 60
    for _ in range(20_000):
        text = "".join(chance.choices(pool, k=chance.randint(1, 8)))
        expected = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        assert fold(text) == expected, ascii(text)
        assert fold(fold(text)) == expected, ascii(text)


def test_SRCH_3_a_script_without_spaces_is_indexed_by_character_and_latin_by_word():
    assert index_text("ABC株式会社の見積Q3").split() == ["abc", "株", "式", "会", "社", "の", "見", "積", "q3"]
    assert index_text("髙﨑々ー한국𠮷").split() == ["髙", "﨑", "々", "ー", "한", "국", "𠮷"]
    assert index_text("Quarterly figures").split() == ["quarterly", "figures"]


def test_SRCH_2_signs_alone_cannot_be_searched_for():
    assert not searchable("!? -- 「」。★🎉")
    assert searchable("(a)")
    assert searchable("年")


@pytest.mark.parametrize(
    ("text", "grows"),
    [("smi", True), ("a@b.com", True), ("s", False), ("見積", False), ("年度Q", False), ("Q3年", False), ("x1,", True)],
)
def test_SRCH_4_only_a_latin_word_of_two_letters_may_go_on(text, grows):
    assert growing(text) is grows


def test_SRCH_3_a_place_is_found_in_the_text_as_it_is_written():
    pattern = finder([("ガイダンス", False), ("resume", True)])
    text = "先週のｶﾞｲﾀﾞﾝｽ、Résumés と ガイダ\nンス"
    assert [text[start:end] for start, end in matches(text, pattern)] == ["ｶﾞｲﾀﾞﾝｽ", "Résumé", "ガイダ\nンス"]
    assert first_match(text, pattern) == 3


def test_SRCH_1_whole_words_and_beginnings_differ():
    assert holds("the smithy", "smith", open_ended=True)
    assert not holds("the smithy", "smith", open_ended=False)
    assert not holds("blacksmith", "smith", open_ended=True)
    assert holds("山田Smith様", "smith", open_ended=False)


def test_SRCH_2_signs_in_a_term_are_no_pattern():
    assert finder([("(.*", True), ("🎉", False)]) is None
    assert holds("a+b (c", "a+b", open_ended=False)
    assert bare("ÉÅñ") == "ean"
