"""A document laid out to a width (READ-1, READ-2, UI-3)."""

import random

from salesinbox.formats import layout
from salesinbox.formats.html import document
from salesinbox.formats.reading import document as best
from salesinbox.model.reading import Document, Row
from salesinbox.model.text import width
from salesinbox.model.wrapping import breaks, wrap


def lines(rows: list[Row]) -> list[str]:
    return ["".join(span.text for span in row.spans) for row in rows]


def laid(html: str, cells: int = 30) -> list[str]:
    return lines(layout.rows(document(html), cells, quotes=True, signatures=True))


def test_UI_3_japanese_breaks_where_a_line_may() -> None:
    assert laid("<p>お世話になっております。見積りの件です。</p>", 24) == [
        "お世話になっております。",
        "見積りの件です。",
    ]
    assert laid("<p>お世話になっておりますよ。見積り</p>", 24) == ["お世話になっております", "よ。見積り"]


def test_UI_3_accented_words_stay_whole() -> None:
    assert laid("<p>Le résumé détaillé de l’été à Québec</p>", 20) == ["Le résumé détaillé", "de l’été à Québec"]
    assert laid("<p>договорились о поставке товара</p>", 20) == ["договорились о", "поставке товара"]


def test_READ_2_items_hang_behind_their_marker() -> None:
    assert laid("<ul><li>one two three four five six seven<ol><li>eight nine ten eleven twelve</ol></ul>", 24) == [
        "• one two three four",
        "  five six seven",
        "  1. eight nine ten",
        "     eleven twelve",
    ]


def test_READ_2_the_number_of_a_link_stays_with_its_text() -> None:
    assert laid("<p>aaaa bbbb cccc dddd <a href=https://x.example/>eeee</a>, ffff</p>", 25) == [
        "aaaa bbbb cccc dddd",
        "eeee [1], ffff",
    ]
    rows = layout.rows(document("<p><a href=https://x.example/>a</a></p>"), 30, quotes=True, signatures=True)
    assert [(span.text, span.link) for span in rows[0].spans] == [("a", 1), (" [1]", 1)]


def test_READ_2_a_table_shrinks_then_stands_row_by_row() -> None:
    table = (
        "<table border=1><tr><th>Article<th>Price</tr><tr><td>A desk of oak with a long name<td>€649.00</tr>"
        "<tr><td>Lamp<td>€1,039.90</tr></table>"
    )
    assert laid(table, 30) == [
        "Article                  Price",
        "───────────────────  ─────────",
        "A desk of oak with     €649.00",
        "a long name",
        "",
        "Lamp                 €1,039.90",
    ]
    wide = (
        "<table border=1><tr>"
        + "".join(f"<th>Head {n}" for n in range(5))
        + "</tr><tr>"
        + "<td>some value" * 5
        + "</table>"
    )
    assert laid(wide, 30)[:2] == ["Head 0: some value", "Head 1: some value"]


def test_READ_1_folds_stand_for_what_is_folded() -> None:
    read = best("new\n\n-- \nKen\n\n> one\n> two\n>\n> three", "")
    rows = layout.rows(read, 40, quotes=False, signatures=False)
    assert [(row.fold, row.folded) for row in rows] == [("", 0), ("", 0), ("signature", 2), ("", 0), ("quote", 3)]
    opened = layout.rows(read, 40, quotes=True, signatures=False)
    assert lines(opened)[-4:] == ["│ one", "│ two", "│", "│ three"]
    assert [row.quote for row in opened][-4:] == [1, 1, 1, 1]


def test_READ_1_where_there_is_nothing_but_quotation_it_shows() -> None:
    rows = layout.rows(best("> one\n> two", ""), 40, quotes=False, signatures=False)
    assert lines(rows) == ["│ one", "│ two"]


def test_UI_3_rules_and_lists_that_the_writer_drew_fit() -> None:
    read = best("━" * 40 + "\n・とても長い項目なので折り返しが必要になります", "")
    assert lines(layout.rows(read, 30, quotes=True, signatures=True)) == [
        "━" * 30,
        "・とても長い項目なので折り返し",
        "  が必要になります",
    ]


def test_READ_1_the_deepest_quotation_leaves_room_for_text() -> None:
    read = best(">" * 500 + " some words of a very deep quotation", "")
    rows = layout.rows(read, 30, quotes=True, signatures=True)
    assert all(width(line) <= 30 for line in lines(rows))
    assert len(rows) < 5


def test_an_empty_document_has_no_rows() -> None:
    assert layout.rows(Document(), 80, quotes=True, signatures=True) == []
    assert layout.text(Document(), 80) == ""


def test_UI_3_wrapping_loses_nothing_and_keeps_to_the_width() -> None:
    randomness = random.Random(9)
    letters = "ab cé  日本。「（ー\u0301x-…👍"
    for _ in range(3_000):
        text = "".join(randomness.choice(letters) for _ in range(randomness.randint(0, 60)))
        cells = randomness.randint(4, 20)
        wrapped = wrap(text, cells)
        assert all(width(line) <= cells for line in wrapped), (text, cells)
        assert "".join(wrapped).replace(" ", "") == text.replace(" ", "")
        spans = breaks(text, cells, cells)
        assert [text[start:end] for start, end in spans] == wrapped
