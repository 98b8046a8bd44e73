"""The expression language (SRCH-1, SRCH-2, FLT-3)."""

import contextlib
import random
from datetime import date

import pytest

from salesinbox.formats.query import LONGEST, parse
from salesinbox.formats.query_tree import (
    And,
    Before,
    Expression,
    Field,
    Larger,
    Not,
    Or,
    Phrase,
    Range,
    Since,
    Smaller,
    Word,
)
from salesinbox.locale import texts
from salesinbox.model.errors import QueryError

TODAY = date(2026, 3, 31)


@pytest.fixture(autouse=True)
def _in_english():
    texts.use("en")


def read(text: str) -> Expression:
    return parse(text, today=TODAY)


A, B, C = Word("a1"), Word("b1"), Word("c1")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a1 b1", And((A, B))),
        ("a1 AND b1", And((A, B))),
        ("a1 OR b1", Or((A, B))),
        ("a1 OR b1 OR c1", Or((A, B, C))),
        ("a1 b1 OR c1", And((A, Or((B, C))))),
        ("(a1 b1) OR c1", Or((And((A, B)), C))),
        ("-a1", Not(A)),
        ("NOT a1 b1", And((Not(A), B))),
        ("a1 OR -b1", Or((A, Not(B)))),
        ("-(a1 OR b1)", Not(Or((A, B)))),
        ('"a1 b1"', Phrase("a1 b1")),
        ("-from:a1", Not(Word("a1", "from"))),
        ('subject:"a1 b1"', Phrase("a1 b1", "subject")),
        ("from:(a1 OR to:b1)", Or((Word("a1", "from"), Word("b1", "to")))),
        ("filename:pdf", Word("pdf", "filename")),
        ("or and not", And((Word("or"), Word("and"), Word("not")))),
        ("is:unread", Field("is", "unread")),
        ("is:starred", Field("is", "flagged")),
        ("is:unre", Field("is", "unread")),
        ("from:me", Field("is", "mine")),
        ("to:me", Field("to", "me")),
        ("has:attachment", Field("has", "attachment")),
        ('in:"Projects/Acme"', Field("in", "Projects/Acme")),
        ("deal:web column:people", And((Field("deal", "web"), Field("column", "people")))),
        ("before:2026-01-05", Before(date(2026, 1, 5))),
        ("after:2026/1", Since(date(2026, 1, 1))),
        ("on:2025-12", And((Since(date(2025, 12, 1)), Before(date(2026, 1, 1))))),
        ("on:yesterday", And((Since(date(2026, 3, 30)), Before(TODAY)))),
        ("newer_than:7d", Since(date(2026, 3, 24))),
        ("older_than:1m", Before(date(2026, 2, 28))),
        ("newer-than:2y", Since(date(2024, 3, 31))),
        ("newer_than:999999999y", Since(date(1970, 3, 31))),
        ("larger:5M", Larger(5 * 1024 * 1024)),
        ("smaller:1.5k", Smaller(1536)),
    ],
)
def test_SRCH_1_language(text, tree):
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("ｆｒｏｍ：山田", Word("山田", "from")),
        ("差出人：山田", Word("山田", "from")),
        ("件名:見積　ＯＲ　請求", Or((Word("見積", "subject"), Word("請求")))),
        ("「お見積の件」", Phrase("お見積の件")),
        ("“a1 b1”", Phrase("a1 b1")),
        ("見積　－請求", And((Word("見積"), Not(Word("請求"))))),
        ("（a1 OR b1）", Or((A, B))),
        ("before:２０２６年１月５日", Before(date(2026, 1, 5))),
        ("on:今日", And((Since(TODAY), Before(date(2026, 4, 1))))),
        ("newer_than:3日", Since(date(2026, 3, 28))),
        ("会議：明日", Word("会議：明日")),
        ("（株）アクメ", Word("（株）アクメ")),
        ("company:(株)アクメ", Field("company", "(株)アクメ")),
        ("((株)アクメ a1)", And((Word("(株)アクメ"), A))),
    ],
)
def test_SRCH_1_japanese_signs(text, tree):
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a@b.com", Word("a@b.com")),
        ('foo"bar', Word('foo"bar')),
        ("AND", Word("AND")),
        ("OR", Word("OR")),
        ("NOT", Word("NOT")),
        ("x -y", And((Word("x"), Not(Word("y"))))),
        ("x - y", And((Word("x"), Word("y")))),
        ("foo:bar", Word("foo:bar")),
        ("http://a.example/?q=1", Word("http://a.example/?q=1")),
        ("10:30", Word("10:30")),
        ("--foo", Word("--foo")),
        ("foo(bar)", Word("foo(bar)")),
        ("(foo(bar) a1)", And((Word("foo(bar)"), A))),
        ("a1 OR", A),
        ("a1 AND", A),
        ("a1 -", A),
        ("a1 NOT", A),
        ("OR a1", A),
        ("a1 from:", A),
        ("from: a1", Word("a1", "from")),
        ("from: to:a1", Word("a1", "to")),
        ('"a1 b', Word("a1 b")),
        ("「見積の", Word("見積の")),
        ("(a1", A),
        ("a1)", Word("a1)")),
        ("a1 ) b1", And((A, B))),
        ("a1 () b1", And((A, B))),
        ("a1 🎉", A),
        ("", And(())),
        ("   ", And(())),
        ("-", And(())),
        ('"', And(())),
        ("from:", And(())),
        ("((((", And(())),
    ],
)
def test_SRCH_2_what_is_typed_means_what_it_says_so_far(text, tree):
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("before:soon", "“soon” after before: is no date"),
        ("on:2026-02-30", "2026-02-30"),
        ("after:0000", "0000"),
        ("newer_than:long", "7d"),
        ("larger:big", "500k"),
        ("is:purple", "unread, read, flagged"),
        ("is:", ""),
        ("has:x", "attachment"),
        ("!?", "“!?”"),
        ("a " * 150, "100"),
        ("(" * 9 + "a", "more than 8 brackets"),
        ("a" * (LONGEST + 1), "2001"),
    ],
)
def test_SRCH_2_what_cannot_come_right_is_a_sentence_that_names_it(text, says):
    if not says:
        assert read(text) == And(())
        return
    with pytest.raises(QueryError) as caught:
        read(text)
    assert says in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ("a1 before:2", A),
        ("a1 before:202", A),
        ("a1 after:yes", A),
        ("a1 is:u", A),
        ("a1 has:", A),
        ("a1 newer_than:3", And((A, Since(date(2026, 3, 28))))),
        ("a1 larger:1.", A),
        ("a1 is:", A),
    ],
)
def test_SRCH_4_a_value_that_may_still_come_right_is_no_error_while_it_is_typed(typed, then):
    assert parse(typed, today=TODAY, typing=True) == then


@pytest.mark.parametrize("typed", ["before:soon", "is:purple", "larger:b", "before:2 a1", "is:u a1", "on:2026-02-30"])
def test_SRCH_2_what_cannot_come_right_is_an_error_while_it_is_typed_too(typed):
    with pytest.raises(QueryError):
        parse(typed, today=TODAY, typing=True)


def test_SRCH_1_labels_states_and_folders():
    assert read("label:hot is:snoozed") == And((Field("label", "hot"), Field("is", "snoozed")))
    assert read("ラベル：至急 is:未読") == And((Field("label", "至急"), Field("is", "unread")))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("amount:1000", Range("amount", "1000", "1000")),
        ("amount:>1000", Range("amount", "1000", open=True)),
        ("amount:>= 1,000", Range("amount", "1000")),
        ("amount:<1.5m", Range("amount", high="1500000", open=True)),
        ("amount:<=20k", Range("amount", high="20000")),
        ("amount:1000..5000", Range("amount", "1000", "5000")),
        ("金額：＞１００万", Range("amount", "1000000", open=True)),
        ("金額:100万〜500万円", Range("amount", "1000000", "5000000")),
        ("amount:¥2億", Range("amount", "200000000", "200000000")),
        ("closing:2026-12", Range("closing", "2026-12-01", "2026-12-31")),
        ("closing:<2026-12-31", Range("closing", high="2026-12-31", open=True)),
        ("closing:>2026-12", Range("closing", "2026-12-31", open=True)),
        ("closing:2026-04..2026-06", Range("closing", "2026-04-01", "2026-06-30")),
        ("closing:this-month", Range("closing", "2026-03-01", "2026-03-31")),
        ("closing:next-month", Range("closing", "2026-04-01", "2026-04-30")),
        ("closing:tomorrow", Range("closing", "2026-04-01", "2026-04-01")),
        ("closing:this-week", Range("closing", "2026-03-30", "2026-04-05")),
        ("closing:next-quarter", Range("closing", "2026-04-01", "2026-06-30")),
        ("closing:last-year", Range("closing", "2025-01-01", "2025-12-31")),
        ("完了予定日:来月", Range("closing", "2026-04-01", "2026-04-30")),
        ("owner:me 担当:永田", And((Field("owner", "me"), Field("owner", "永田")))),
        ("tag:vip タグ:至急 label:vip", And((Field("tag", "vip"), Field("tag", "至急"), Field("label", "vip")))),
        (
            "ステージ:提案 会社:アクメ 商談:Web",
            And((Field("stage", "提案"), Field("company", "アクメ"), Field("deal", "Web"))),
        ),
        (
            "kind:cust is:magnet is:waiting",
            And((Field("kind", "customer"), Field("is", "magnet"), Field("is", "waiting"))),
        ),
        ("has:task is:guess is:linked", And((Field("has", "task"), Field("is", "guess"), Field("is", "linked")))),
        ("(amount:>5 OR kind:lead)", Or((Range("amount", "5", open=True), Field("kind", "lead")))),
        ("amount:(>5 OR <2)", Or((Range("amount", "5", open=True), Range("amount", high="2", open=True)))),
    ],
)
def test_FLT_1_conditions_on_records(text, tree):
    assert read(text) == tree


@pytest.mark.parametrize(
    "typed", ["amount:", "amount:>", "amount:> ", "amount:千", "closing:", "closing:this", "closing:<20"]
)
def test_FLT_3_an_unfinished_condition_on_records_asks_for_nothing_while_it_is_typed(typed):
    assert parse(typed, today=TODAY, typing=True) == And(())


@pytest.mark.parametrize("wrong", ["amount:much", "amount:1..", "closing:soon", "closing:2026-13", "amount:>> 5"])
def test_FLT_3_a_value_that_is_none_is_a_sentence(wrong):
    with pytest.raises(QueryError, match=r"is no (amount|date)"):
        read(wrong)


def test_FLT_3_fields_that_the_caller_knows_are_its_own():
    fields = ("phone", "is", "契約区分", "amount")
    found = parse("phone:03 is:overdue 契約区分:保守 amount:>5 status:open", today=TODAY, fields=fields)
    assert found == And(
        (
            Field("phone", "03"),
            Field("is", "overdue"),
            Field("契約区分", "保守"),
            Range("amount", "5", open=True),
            Word("status:open"),
        )
    )


def test_SRCH_2_bytes_that_are_no_text_are_taken():
    assert read("a\udcff") == Word("a?")


_SIGNS = (
    '" ( ) - : AND OR NOT from: to: is: is:unread has: before: before:2026 on: larger: 5M newer_than: in: column: a@b.com foo"bar '
    "x 見積 「 」 『 』 ： （ ） ＯＲ － “ ” * ^ NEAR NEAR( { } + ' ; -- % _ \\ \0 \n \t \ud800 🎉 ｶﾞ é 1 2026-01 é\u0301 !! [ ] | & <> \u200b"
)
PIECES = _SIGNS.split(" ")


def test_SRCH_2_anything_typed_parses_or_is_a_sentence():
    chance = random.Random(5)
    for _ in range(20_000):
        text = "".join(chance.choice(PIECES) + chance.choice(["", " "]) for _ in range(chance.randint(1, 9)))
        with contextlib.suppress(QueryError):
            assert read(text) == read(text)
