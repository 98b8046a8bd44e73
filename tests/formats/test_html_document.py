"""HTML as a document: structure, what is hidden, what is counted, links, hostile input (READ-1, READ-2, READ-7)."""

import pytest

from salesinbox.formats import layout
from salesinbox.formats.html import document, text_of
from salesinbox.model.reading import (
    EMPHASIS,
    HEADING,
    IMAGE,
    ITEM,
    LOOK_ALIKE,
    OTHER_ADDRESS,
    PRE,
    STRONG,
    TABLE,
    Document,
)
from tests.formats.test_text import harmless
from tests.hostile import POISON


def said(read: Document) -> str:
    return layout.text(read, 80)


def test_READ_2_blocks_say_what_they_are() -> None:
    read = document(
        "<h2>Plan</h2><p>Do <b>this</b>, <i>please</i></p><ol start=3><li>one<ul><li>two</li></ul></li></ol><pre>a\n b</pre>"
    )
    assert [(block.kind, block.level, block.marker) for block in read.blocks if block.kind in (HEADING, ITEM)] == [
        (HEADING, 2, ""),
        (ITEM, 0, "3."),
        (ITEM, 1, "•"),
    ]
    assert {span.text: span.style for span in read.blocks[1].spans}["this"] == STRONG
    assert {span.text: span.style for span in read.blocks[1].spans}["please"] == EMPHASIS
    assert read.blocks[-1].kind == PRE
    assert read.blocks[-1].spans[0].text == "a\n b"


def test_READ_2_spans_over_rows_and_columns_keep_a_table_in_line() -> None:
    read = document("<table><tr><th>a<th>b<th>c</tr><tr><td rowspan=2>1<td colspan=2>2</tr><tr><td>3<td>4</tr></table>")
    (table,) = read.blocks
    assert table.kind == TABLE
    assert table.head
    assert [["".join(span.text for span in cell) for cell in row] for row in table.rows] == [
        ["a", "b", "c"],
        ["1", "2", ""],
        ["", "3", "4"],
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='DISPLAY : none'>no</p>",
        "<div style='font-size:1px;line-height:1px;color:#fff'>no</div>",
        "<style>.pre, p.x { color:red; display:none !important }</style><p class='a pre'>no</p>",
        "<style>#dark{display:none}@media (prefers-color-scheme:dark){#dark{display:block}}</style><p id=dark>no</p>",
        "<p hidden>no</p>",
        "<!--[if mso]><p>no</p><![endif]-->",
    ],
)
def test_READ_2_what_the_sender_hid_does_not_show(hidden: str) -> None:
    assert said(document(f"{hidden}<p>yes</p>")) == "yes"


@pytest.mark.parametrize(
    "shown",
    [
        "<style>@media (max-width:600px){.wide{display:none}}</style><p class=wide>yes</p>",
        "<style>.x{display:none}</style><p class=x style='display:block'>yes</p>",
        "<![if !mso]><p>yes</p><![endif]>",
        "<p style='mso-hide:all'>yes</p>",
    ],
)
def test_READ_2_what_only_other_programs_hide_shows(shown: str) -> None:
    assert said(document(shown)) == "yes"


def test_READ_2_trackers_are_told_from_pictures() -> None:
    read = document(
        "<img src=https://t.example/a.gif width=1 height=1><img src=//t.example/b style='width:0;height:0'>"
        "<img src=https://t.example/c style='display:none'><img src=https://t.example/line.gif width=600 height=1>"
        "<img src=https://t.example/d.png alt=Chart><img src=cid:e alt=Own>"
    )
    assert (read.blocked, read.trackers) == (5, 3)
    assert said(read) == "[Chart][Own]"


def test_READ_2_a_picture_of_the_mail_is_named() -> None:
    (block,) = document("<img src='cid:plan.png@01D.2'>").blocks
    assert [(span.text, span.style) for span in block.spans] == [("[plan.png]", IMAGE)]


def test_READ_2_relative_addresses_are_relative_to_the_base() -> None:
    read = document("<base href='https://x.example/a/b'><a href='../c?d'>c</a> <a href='//[bad'>e</a>")
    assert [link.address for link in read.links] == ["https://x.example/c?d"]


def test_READ_2_the_same_address_has_one_number_and_a_picture_shares_its_links() -> None:
    read = document(
        "<a href=https://x.example/1><img alt=Shop></a><a href=https://x.example/1>Go</a> <a href=https://x.example/2>Two</a>"
    )
    assert said(read).split("\n")[0] == "[Shop]Go [1] Two [2]"


def test_READ_7_links_are_judged_by_their_text_and_the_sender() -> None:
    read = document(
        "<a href=https://evil.example/>www.bank.example</a> <a href=https://zy1ker.example/>here</a>",
        sender="boss@zylker.example",
    )
    assert [(link.warning, link.looks_like) for link in read.links] == [
        (OTHER_ADDRESS, "www.bank.example"),
        (LOOK_ALIKE, "zylker.example"),
    ]
    assert "www.bank.example [1!] here [2!]" in said(read)


def test_READ_7_scripts_data_and_files_are_never_links() -> None:
    read = document("<a href=' JaVaScript:x()'>a</a><a href='data:text/html,x'>b</a><a href=file:///etc/passwd>c</a>")
    assert read.links == ()


def test_READ_1_the_quotations_of_mail_programs_fold() -> None:
    for quotation in (
        "<div class=gmail_quote><div class=gmail_attr>On 5 Jan 2026 X &lt;x@x.example&gt; wrote:</div><blockquote>old</blockquote></div>",
        "<div>On 5 Jan 2026, X &lt;x@x.example&gt; wrote:</div><blockquote type=cite>old</blockquote>",
        "<hr><div id=divRplyFwdMsg><b>From:</b> x</div><p>old</p>",
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p>Von: x</p></div><p>old</p>",
        "<p>From: X &lt;x@x.example&gt;<br>Sent: Monday<br>To: me<br>Subject: hi</p><p>old</p>",
        "<p>-----Original Message-----</p><p>old</p>",
    ):
        read = document(f"<p>new</p>{quotation}")
        rows = layout.rows(read, 80, quotes=False, signatures=True)
        assert [row.fold for row in rows if row.fold] == ["quote"], quotation
        assert ["".join(span.text for span in row.spans) for row in rows if not row.fold] == ["new", ""], quotation


def test_READ_1_what_is_forwarded_is_no_quotation() -> None:
    for forward in (
        "<div class=gmail_quote><div class=gmail_attr>---------- Forwarded message ---------<br>From: x</div><p>news</p></div>",
        "<div>Begin forwarded message:</div><blockquote type=cite><p>news</p></blockquote>",
    ):
        assert not any(block.quote for block in document(f"<p>look</p>{forward}").blocks), forward


def test_READ_1_signatures_are_found_by_mark_and_by_dashes() -> None:
    for signature in ("<div class=gmail_signature>Ken</div>", "<div id=Signature>Ken</div>", "-- <br>Ken"):
        read = document(f"<p>text</p>{signature}")
        assert [block.signature for block in read.blocks] == [False, True], signature


def test_READ_3_nothing_of_a_document_drives_the_terminal() -> None:
    read = document(
        f"<h1>{POISON}</h1><ul><li>{POISON}</ul><table><tr><th>{POISON}<th>b<tr><td>c<td>{POISON}</table>"
        f"<a href='https://x.example/{POISON}'>{POISON}</a><img alt='{POISON}'><pre>{POISON}</pre>"
    )
    for block in read.blocks:
        for spans in (block.spans, *(cell for row in block.rows for cell in row)):
            assert all(harmless(span.text, allowed="\n") for span in spans)
    assert all(harmless(link.address) and harmless(link.text) for link in read.links)


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote>" * 9_000 + "found",
        "<ul><li>" * 9_000 + "found",
        "<table><tr><td>" * 5_000 + "found",
        "<p>found</p>"
        + "".join(f"<p><a href=https://x.example/{n}>https://y{n}.example/</a></p>" for n in range(60_000)),
        "<p>found " + "x" * 1_000_000 + "</p>",
        "<p>found " + "-" * 1_000_000 + "x</p>",
        "<p>found " + "https://x.example/" + ")" * 1_000_000 + "</p>",
        "<p>found " + "日本" * 300_000 + "</p>",
        "<p>found</p>" + "<p>From: x</p>" * 60_000,
        "<p>found</p>" + "<div>--</div>" * 60_000,
        "<p>found</p><style>" + ".a" * 200_000 + "{display:none}" + "{" * 50_000 + "</style>",
        "<p>found</p><table border=1>" + "<tr><td rowspan=999>a<td colspan=99>b" * 30_000,
    ],
    ids=lambda html: html[:14].encode("ascii", "replace").decode() + html[-9:].encode("ascii", "replace").decode(),
)
@pytest.mark.timeout(30)
def test_READ_2_hostile_html_is_read_and_laid_out_all_the_same(html: str) -> None:
    read = document(html, sender="a@b.example")
    assert layout.rows(read, 80, quotes=False, signatures=False)
    assert "found" in layout.text(read, 80)


def test_search_text_is_the_document_without_a_limit() -> None:
    html = (
        "<h1>Head</h1><p>Some <b>text</b> with a <a href=https://x.example/>link</a>, long enough to be more than one"
        " line of a screen of eighty columns</p><ol><li>one<li>two</ol><blockquote>a<blockquote>b</blockquote>"
        "</blockquote><table><tr><td>品<td>1</tr><tr><td>c<td>22</tr></table><pre>x\n  y</pre>"
    )
    assert text_of(html) == layout.text(document(html), 0)
