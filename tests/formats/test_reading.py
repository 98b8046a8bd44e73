"""Plain text as it is read, and the choice between it and HTML (READ-1, READ-2)."""

import pytest

from salesinbox.formats import layout
from salesinbox.formats.reading import document
from salesinbox.model.reading import Document


def parts(read: Document) -> list[tuple[str, int, bool]]:
    return [("".join(span.text for span in block.spans), block.quote, block.signature) for block in read.blocks]


def test_READ_1_lines_stay_as_written_and_quotations_have_their_depth() -> None:
    read = document("Hello,\nsecond line\n\n  indented\n\n> one\n>> two\n> > also two\n＞ wide\n\nend", "")
    assert parts(read) == [
        ("Hello,\nsecond line", 0, False),
        ("  indented", 0, False),
        ("one", 1, False),
        ("two\nalso two", 2, False),
        ("wide", 1, False),
        ("end", 0, False),
    ]


@pytest.mark.parametrize(
    "attribution",
    [
        "On Mon, 5 Jan 2026 at 10:00, Jane Doe <jane@x.example> wrote:",
        "On Mon, 5 Jan 2026 at 10:00, Jane Doe\n<jane@x.example> wrote:",
        "2026年1月5日(月) 10:00 永田 健 <rep@zylker.example>:",
        "2026年1月5日 10:00、鈴木 花子のメール:",
        "Am 05.01.2026 um 10:00 schrieb Jane Doe:",
        "Le 05/01/2026 à 10:00, Jane Doe a écrit :",
    ],
)
def test_READ_1_an_attribution_belongs_to_its_quotation(attribution: str) -> None:
    read = document(f"My answer.\n\n{attribution}\n\n> The question", "")
    assert [depth for _, depth, _ in parts(read)] == [0, 1, 1]


@pytest.mark.parametrize(
    "header",
    [
        "-----Original Message-----\nFrom: Jane <jane@x.example>\nSent: Monday\nTo: Ken\nSubject: Hi",
        "________________________________\nFrom: Jane <jane@x.example>\nSent: Monday\nTo: Ken\nSubject: Hi",
        "From: Jane <jane@x.example>\nDate: Monday\nTo: Ken\nSubject: Hi",
        "差出人: 鈴木 <s@x.example>\n送信日時: 2026年1月5日 10:00\n宛先: 永田\n件名: 見積り",
        "*From:* Jane <jane@x.example>\n*Sent:* Monday\n*To:* Ken\n*Subject:* Hi",
        "----- 元のメッセージ -----\n差出人: 鈴木",
    ],
)
def test_READ_1_a_quoted_header_makes_all_that_follows_a_quotation(header: str) -> None:
    read = document(f"My answer.\n\n{header}\n\nThe question\n\nand its end", "")
    assert parts(read)[0] == ("My answer.", 0, False)
    assert all(depth == 1 for _, depth, _ in parts(read)[1:])


def test_READ_1_an_older_header_within_is_a_quotation_of_its_own() -> None:
    header = "From: Jane <jane@x.example>\nSent: Monday\nSubject: Hi\n\ntext\n\n"
    assert [depth for _, depth, _ in parts(document(f"new\n\n{header}{header}", ""))] == [0, 1, 1, 2, 2]


def test_READ_1_a_forwarded_message_is_read_not_folded() -> None:
    read = document(
        "FYI\n\n---------- Forwarded message ---------\nFrom: Jane\nDate: Monday\nSubject: Hi\nTo: me\n\nnews", ""
    )
    assert all(not depth for _, depth, _ in parts(read))


def test_READ_1_a_sentence_that_begins_like_a_header_is_none() -> None:
    assert all(
        not depth for _, depth, _ in parts(document("From: now on we meet on Tuesdays.\n\nTo: be clear, all do.", ""))
    )


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nKen Rep\nZylker KK",
        "--\nKen Rep",
        "=========================\n株式会社ジルカー 営業部\n永田 健\nTEL: 03-0000-0000\nE-mail: rep@zylker.example\n=========================",
        "＝＝＝＝＝＝＝＝＝＝\n永田 健\n〒105-0001 東京都港区\nＴＥＬ：０３－００００－００００\n＝＝＝＝＝＝＝＝＝＝",
        "*-*-*-*-*-*-*-*-*\n㈱ジルカー\n携帯：090-0000-0000\n*-*-*-*-*-*-*-*-*",
        "Sent from my iPhone",
        "iPhoneから送信",
    ],
)
def test_READ_1_a_signature_folds(signature: str) -> None:
    read = document(f"お世話になっております。\n\nよろしくお願いいたします。\n\n{signature}\n", "")
    rows = layout.rows(read, 80, quotes=False, signatures=False)
    assert [row.fold for row in rows if row.fold] == ["signature"]
    assert rows[-1].folded == len(signature.split("\n"))
    assert "".join(span.text for span in rows[-3].spans) == "よろしくお願いいたします。"


def test_READ_1_a_rule_within_a_letter_begins_no_signature() -> None:
    read = document("intro\n\n----------\nMeeting\nhttps://teams.example/1\nhttps://teams.example/2\n----------", "")
    assert not any(signature for _, _, signature in parts(read))


def test_READ_1_a_signature_stands_above_the_quotation() -> None:
    read = document("text\n\n-- \nKen\n\nOn 5 Jan 2026, J <j@x.example> wrote:\n> old\n> -- \n> J", "")
    assert [(depth, signature) for _, depth, signature in parts(read)] == [(0, False), (0, True), (1, False)]


def test_READ_2_addresses_in_plain_text_are_links() -> None:
    read = document(
        "See https://x.example/a, then https://zy1ker.example/ or mail mailto:a@x.example.",
        "",
        sender="b@zylker.example",
    )
    assert [(link.address, link.warning) for link in read.links] == [
        ("https://x.example/a", ""),
        ("https://zy1ker.example/", "look-alike"),
    ]
    assert layout.text(read, 80).startswith("See https://x.example/a [1], then https://zy1ker.example/ [2!] or mail")


def test_READ_2_html_is_read_where_there_is_any() -> None:
    assert parts(document("View this in your browser", "<p>The letter</p>")) == [("The letter", 0, False)]


def test_READ_2_plain_text_is_read_where_html_says_nothing() -> None:
    picture = "<img src=https://x.example/a.png alt=Invitation><img src=https://x.example/p.gif width=1 height=1>"
    read = document("We invite you.", picture)
    assert parts(read) == [("We invite you.", 0, False)]
    assert (read.blocked, read.trackers) == (2, 1)
    assert parts(document("", "<p></p>")) == []
    assert parts(document("", picture)) == [("[Invitation]", 0, False)]


def test_READ_2_plain_text_that_says_far_more_than_the_html_is_the_letter() -> None:
    assert parts(document("The letter. " * 40, "<p>Please upgrade your program.</p>"))[0][0].startswith("The letter.")


@pytest.mark.parametrize(
    "text",
    ["> " * 100_000 + "x", "word " * 200_000, ">\n" * 99_000 + "x", "-" * 1_000_000 + "x", "From: x\n" * 100_000, "--\n" * 90_000,
     "On 1 < wrote:\n> x\n" * 30_000, "http://" * 100_000],
    ids=lambda text: text[:8].strip(),
)  # fmt: skip
@pytest.mark.timeout(30)
def test_READ_1_hostile_text_is_read_and_laid_out_all_the_same(text: str) -> None:
    assert layout.rows(document(text, ""), 80, quotes=False, signatures=False)


def test_text_beyond_the_limit_is_cut_and_says_so() -> None:
    assert document("x\n" * 100_001, "").cut
