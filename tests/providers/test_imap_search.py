"""Queries as a mail server is asked them."""

from datetime import date

import pytest

from salesinbox.formats import query
from salesinbox.formats.query_tree import And, Expression, Field, Larger, Not, Or, Phrase, Word
from salesinbox.model.errors import QueryError
from salesinbox.providers.imap.search import search_keys
from salesinbox.providers.imap.wire import Text

TODAY = date(2026, 11, 24)


def asked(expression: Expression | str) -> str:
    """The search keys as one reads them."""
    tree = query.parse(expression, today=TODAY) if isinstance(expression, str) else expression
    parts = (f'"{key.octets.decode()}"' if isinstance(key, Text) else key.decode() for key in search_keys(tree))
    return " ".join(parts).replace(" )", ")")


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("quote", 'TEXT "quote"'),
        ("quote delivery", 'TEXT "quote" TEXT "delivery"'),
        ('"best price"', 'TEXT "best price"'),
        ("from:ann to:bob cc:eve", 'FROM "ann" TO "bob" CC "eve"'),
        ("subject:見積書 body:納期", 'SUBJECT "見積書" BODY "納期"'),
        ("after:2026-11-02", "SINCE 2-Nov-2026"),
        ("before:2026-03-15", "BEFORE 15-Mar-2026"),
        ("larger:2M", "LARGER 2097152"),
        ("smaller:10", "SMALLER 10"),
        ("is:unread is:flagged is:answered", "UNSEEN FLAGGED ANSWERED"),
        ("is:read is:unflagged is:unanswered", "SEEN UNFLAGGED UNANSWERED"),
        ("is:forwarded", "KEYWORD $Forwarded"),
        ("-quote", 'NOT TEXT "quote"'),
        ("-(a b) c", 'NOT (TEXT "a" TEXT "b") TEXT "c"'),
        ("a OR b", 'OR TEXT "a" TEXT "b"'),
        ("a OR b OR c", 'OR TEXT "a" OR TEXT "b" TEXT "c"'),
        ("(-a b) OR c", 'OR (NOT TEXT "a" TEXT "b") TEXT "c"'),
        ("from:(ann OR bob) is:unread", 'OR FROM "ann" FROM "bob" UNSEEN'),
    ],
)
def test_SRCH_1_a_query_is_asked_of_the_server(typed: str, keys: str) -> None:
    assert asked(typed) == keys


@pytest.mark.parametrize(
    "other",
    [
        "deal:Acme", "company:Acme", "stage:Won", "column:New", "source:Web", "kind:lead", "in:Archive", "is:mine",
        "filename:pdf", "has:attachment", "list:dev", "account:work", "to:me",
    ],
)  # fmt: skip
def test_SRCH_1_what_a_server_does_not_know_is_left_out_beside_words_and_refused_elsewhere(other: str) -> None:
    assert asked(f"quote {other}") == 'TEXT "quote"'
    assert asked(f"a OR (b {other})") == 'OR TEXT "a" TEXT "b"'
    for alone in (other, f"quote OR {other}", f"quote -{other}", f"-(quote {other})"):
        with pytest.raises(QueryError, match=other.partition(":")[0]):
            asked(alone)


def test_SRCH_2_a_query_that_asks_for_nothing_is_refused_in_words() -> None:
    for nothing in (And(()), Not(And(())), Phrase(" \r\n "), Or((Word(""), Word("a")))):
        with pytest.raises(QueryError, match="mail server"):
            search_keys(nothing)


def test_words_never_become_commands() -> None:
    hostile = Phrase('x" SEEN\r\nA1 DELETE INBOX\0 {3}')
    assert search_keys(hostile) == [b"TEXT", Text(b'x" SEEN A1 DELETE INBOX {3}')]
    assert search_keys(Word("\ud800")) == [b"TEXT", Text(b"?")]
    with pytest.raises(QueryError):
        search_keys(Field("is", "unread SEEN"))


def test_numbers_beyond_what_servers_take() -> None:
    assert search_keys(Larger(10**12)) == [b"LARGER 4294967295"]


def test_many_alternatives_are_not_nested_deeply() -> None:
    keys = search_keys(Or(tuple(Word(str(number)) for number in range(100))))
    depth = deepest = 0
    for key in keys:
        depth = depth + 1 if key == b"OR" else 0
        deepest = max(deepest, depth)
    assert deepest <= 7
    assert keys.count(b"OR") == 99
