"""HTML mail as text (READ-2)."""

import pytest

from salesinbox.formats.html import blocked, text_of
from tests.formats.test_text import harmless
from tests.hostile import POISON

LETTER = """<html><head><title>no</title><style>p{color:red}</style></head><body>
<div style="display:none">preheader</div><h1>Our  offer</h1>
<p>Dear <b>Ms Nagata</b>,<br>see <a href="https://x.example/offer?id=1">the offer</a>
or <a href="https://y.example/">https://y.example</a> &amp; ask.</p>
<ul><li>One<li>Two<ul><li>nested</ul></ul><ol><li>first</li><li>second</li></ol>
<blockquote>you wrote<blockquote>I wrote</blockquote></blockquote>
<script>alert(1)</script><form><input value=secret><button>Send</button></form>
<img alt="Logo" src="https://t.example/logo.png"><img src="https://t.example/pixel.gif" width=1></body></html>"""


def test_READ_2_a_letter_keeps_its_structure() -> None:
    assert text_of(LETTER).split("\n") == [
        "# Our offer",
        "",
        "Dear Ms Nagata,",
        "see the offer [1] or https://y.example & ask.",
        "",
        "• One",
        "• Two",
        "  • nested",
        "",
        "1. first",
        "2. second",
        "",
        "> you wrote",
        ">",
        "> > I wrote",
        "",
        "[Logo]",
        "",
        "[1] https://x.example/offer?id=1",
    ]


def test_READ_2_what_the_web_would_send_is_counted_not_fetched() -> None:
    assert blocked(LETTER) == 2
    assert blocked("<p style='background:url(https://t.example/b.png)'><img src=cid:logo><img src='data:x'>") == 1
    assert blocked("<link rel=stylesheet href=//t.example/a.css><table background='http://t.example/x'>") == 2


def test_READ_2_a_table_of_figures_stands_in_columns() -> None:
    table = (
        "<table><tr><th>品名</th><th>Price</th></tr><tr><td>Web刷新</td><td>¥4,000,000</td></tr>"
        "<tr><td>保守</td><td>¥10</td></tr></table>"
    )
    assert text_of(table).split("\n") == ["品名     Price", "Web刷新  ¥4,000,000", "保守     ¥10"]


def test_READ_2_a_table_that_lays_out_a_page_is_text() -> None:
    page = "<table><tr><td><table><tr><td><p>Left</p></td><td><p>Right</p></td></tr></table></td></tr></table>"
    assert text_of(page) == "Left\n\nRight"


def test_READ_2_scripts_forms_and_what_the_sender_hid_do_not_show() -> None:
    shown = text_of(LETTER)
    for hidden in ("alert", "secret", "Send", "preheader", "color"):
        assert hidden not in shown


def test_READ_2_a_wrapper_without_font_size_is_no_hiding_place() -> None:
    assert text_of('<td style="font-size:0px"><div style="font-size:14px">shown</div></td>') == "shown"


def test_READ_3_entities_cannot_bring_control_characters_back() -> None:
    shown = text_of(f"<p>{POISON}&#27;[31m&#x9b;2J&#8238;x</p><a href='http://a.example/&#27;[31m'>l&#7;</a>")
    assert harmless(shown, allowed="\n")


def test_only_addresses_that_can_be_opened_are_listed() -> None:
    shown = text_of(
        "<a href='javascript:alert(1)'>a</a> <a href='file:///etc/passwd'>b</a> <a href='mailto:x@y.example'>c</a>"
    )
    assert shown == "a b c [1]\n\n[1] mailto:x@y.example"


def test_preformatted_text_keeps_its_lines() -> None:
    assert text_of("<pre>if x:\n    y\n</pre>") == "if x:\n    y"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 10_000 + "found",
        "<blockquote>" * 9_000 + "found",
        "<table><tr><td>" * 5_000 + "found",
        "<a href=http://x.example/>" * 30_000 + "found",
        "".join(f"<font color={n}>" for n in range(3_000)) + "<p>" * 100_000 + "found",
        "found" + "<script>" * 100_000,
        "found" + "<!--" * 100_000,
        "found" + "<" * 500_000,
        "found" + "<table>" + "<tr><td>a<td>b" * 100_000,
        "found" + "<p>x" * 300_000,
        "found \ud800",
        "<?xml version='1.0'?><svg><![CDATA[x]]></svg><!doctype y><p>found",
        "<p>found" + "&zwnj;&nbsp;&#847;" * 50_000,
    ],
    ids=lambda html: html[:12].encode("ascii", "replace").decode(),
)
def test_READ_2_html_built_to_choke_a_parser_is_read_all_the_same(html: str) -> None:
    assert "found" in text_of(html)
    assert blocked(html) == 0


def test_html_beyond_the_limit_is_cut_and_says_so() -> None:
    shown = text_of("<p>hello</p>" * 500_000)
    assert shown.startswith("hello")
    assert shown.endswith("[…]")
