"""Letters that are written as Markdown, as HTML (SEND-1)."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from salesinbox.formats.markdown import html
from tests.hostile import MARKUP, POISON, worst_messages


def shown(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(html(text))


@pytest.mark.parametrize(
    ("text", "selector", "words"),
    [
        ("**bold**", "strong", "bold"),
        ("*soft*", "em", "soft"),
        ("~~gone~~", "s", "gone"),
        ("# Head", "h1", "Head"),
        ("- one\n- two", "ul li", "one"),
        ("1. one\n2. two", "ol li", "one"),
        ("`code`", "code", "code"),
        ("```\nblock\n```", "pre code", "block\n"),
        ("[our site](https://zylker.example)", "a[href='https://zylker.example']", "our site"),
        ("<https://zylker.example>", "a[href='https://zylker.example']", "https://zylker.example"),
        ("see https://zylker.example/a.", "a[href='https://zylker.example/a']", "https://zylker.example/a"),
        ("資料はhttps://zylker.example/aです", "a[href='https://zylker.example/a']", "https://zylker.example/a"),
        ("| a | b |\n|---|--:|\n| 1 | 2 |", "table td", "1"),
        ("> quoted", "blockquote", "quoted"),
        ("**太字**です", "strong", "太字"),
    ],
)
def test_SEND_1_markdown_becomes_html(text: str, selector: str, words: str) -> None:
    found = shown(text).css_first(selector)
    assert found is not None, html(text)
    assert found.text().strip() == words.strip()


def test_a_line_break_is_one() -> None:
    assert len(shown("one\ntwo\n\nthree").css("br")) == 1
    assert len(shown("one\ntwo\n\nthree").css("p")) == 2


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<b onclick=x>y</b>", "[x](javascript:alert(1))", "![x](data:text/html,x)", "<img src=x>", MARKUP])  # fmt: skip
def test_html_in_the_text_is_text(text: str) -> None:
    tree = shown(text)
    assert tree.css_first("script") is None
    assert tree.css_first("b") is None
    assert tree.css_first("[onclick]") is None
    assert tree.css_first("a[href^=javascript]") is None
    assert tree.css_first("img[src=x]") is None


def test_code_is_not_made_a_link() -> None:
    assert shown("`https://zylker.example`").css_first("a") is None
    assert len(shown("[https://zylker.example](https://zylker.example)").css("a")) == 1


def test_SEND_3_the_signature_keeps_its_lines() -> None:
    tree = shown("Hello\n\nBye\n-- \nNagata\n# Zylker\n")
    assert tree.css_first("h1") is None
    assert tree.css_first("h2") is None, "the dashes do not underline the last line"
    signature = tree.css("body > div > div")[-1]
    assert signature.text().split("\n")[:3] == ["-- ", "Nagata", "# Zylker"]
    assert len(signature.css("br")) == 2


def test_what_others_wrote_shows_as_it_stands() -> None:
    tree = shown(
        "Yes.\n\nOn x, A <a@b.example> wrote:\n> # 3 of 5\n> 1) **two**\n>> older https://zylker.example\n> end\n"
    )
    quotation = tree.css_first("blockquote")
    assert quotation is not None
    assert tree.css_first("h1, strong, li") is None
    assert "# 3 of 5" in quotation.text()
    older = tree.css_first("blockquote blockquote")
    assert older is not None
    assert older.text().strip() == "older https://zylker.example"
    assert tree.css_first("blockquote blockquote a") is not None
    assert "wrote" not in quotation.text()
    forwarded = shown("fyi\n\n---------- Forwarded message ----------\nFrom: A <a@b.example>\n\n* x\n  y")
    assert forwarded.css_first("li") is None
    assert "<a@b.example>" in forwarded.text()


def test_every_block_has_its_own_style_and_no_font_of_a_language() -> None:
    source = html("# a\n\nb\n\n- c\n\n| d |\n|---|\n| e |\n\n> f\n")
    tree = LexborHTMLParser(source)
    for name in ("h1", "p", "ul", "table", "th", "td", "blockquote"):
        for element in tree.css(name):
            assert element.attributes.get("style"), name
    assert "Gothic" not in source
    assert "Mincho" not in source


def test_hostile_texts_become_html() -> None:
    for raw in worst_messages().values():
        html(raw[:50_000].decode("utf-8", "replace"))
    for text in (
        "> " * 3_000,
        "*a " * 5_000,
        "[" * 5_000,
        "`" * 5_000 + "x",
        ">" * 3_000 + "x",
        POISON,
        "\0",
        "- " * 500,
    ):
        assert html(text).endswith("</html>\n")
