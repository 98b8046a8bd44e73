"""What stands in an answer before the rep has written a word (SEND-1, SEND-3, SEND-7)."""

from zoneinfo import ZoneInfo

import pytest

from salesinbox.formats import message, reading
from salesinbox.formats.answering import (
    OTHERS,
    OWN,
    SIGNATURE,
    answer_subject,
    attachment_mentioned,
    body_with_signature,
    forward_subject,
    forward_text,
    kinds_of,
    reply_text,
    swap_signature,
)
from salesinbox.locale import texts
from salesinbox.model.drafts import Original
from salesinbox.model.mail import Address
from tests.formats.test_text import harmless
from tests.hostile import POISON, worst_messages

TOKYO = ZoneInfo("Asia/Tokyo")
CUSTOMER = Address("田中 太郎", "tanaka@shop.example")


def original(text: str, **more: object) -> Original:
    fields = {
        "message_id": "<o@shop.example>",
        "references": (),
        "sender": CUSTOMER,
        "reply_to": (),
        "to": (Address("Nagata", "nagata@zylker.example"),),
        "cc": (),
        "subject": "見積",
        "date": 1794447720,
        "text": text,
        **more,
    }
    return Original(**fields)  # type: ignore[arg-type]


@pytest.fixture(params=["en", "ja"])
def language(request: pytest.FixtureRequest) -> str:
    before = texts.language()
    texts.use(request.param)
    yield request.param
    texts.use(before)


@pytest.mark.parametrize(
    ("subject", "answered", "forwarded"),
    [
        ("Offer", "Re: Offer", "Fwd: Offer"),
        ("Re: Offer", "Re: Offer", "Fwd: Re: Offer"),
        ("RE: re:  Re[2]: Offer", "Re: Offer", "Fwd: RE: re: Re[2]: Offer"),
        ("Re(3): Offer", "Re: Offer", "Fwd: Re(3): Offer"),
        ("RE：見積", "Re: 見積", "Fwd: RE：見積"),
        ("ＲＥ： 見積", "Re: 見積", "Fwd: ＲＥ： 見積"),
        ("AW: SV: Antw: Offer", "Re: Offer", "Fwd: AW: SV: Antw: Offer"),
        ("返信: 見積", "Re: 見積", "Fwd: 返信: 見積"),
        ("Fwd: FW: Offer", "Re: Fwd: FW: Offer", "Fwd: Offer"),
        ("転送：見積", "Re: 転送：見積", "Fwd: 見積"),
        ("WG: Angebot", "Re: WG: Angebot", "Fwd: Angebot"),
        ("Re-entry: plans", "Re: Re-entry: plans", "Fwd: Re-entry: plans"),
        ("Regarding: x", "Re: Regarding: x", "Fwd: Regarding: x"),
        ("", "Re:", "Fwd:"),
        ("Re:", "Re:", "Fwd: Re:"),
    ],
)
def test_SEND_1_subjects_carry_one_mark(subject: str, answered: str, forwarded: str) -> None:
    assert answer_subject(subject) == answered
    assert answer_subject(answered) == answered
    assert " ".join(forward_subject(subject).split()) == " ".join(forwarded.split())
    assert forward_subject(forward_subject(subject)) == forward_subject(subject)


def test_SEND_8_a_subject_of_a_hostile_mail_can_be_sent_back() -> None:
    for subject in (POISON, "a\r\nBcc: x@y.example", "Re: " * 5_000):
        assert harmless(answer_subject(subject))
        assert harmless(forward_subject(subject))


TEXT = "Hello,\n\nplease send it.   \n\n> old line\n>> older line\n\nThanks\n\n-- \nTanaka\nTel 03-1234\n"


def test_SEND_1_the_answer_quotes_all_but_the_signature() -> None:
    assert reply_text(original(TEXT), TOKYO) == (
        "On Thu, Nov 12, 2026, 10:42, 田中 太郎 <tanaka@shop.example> wrote:\n"
        "> Hello,\n>\n> please send it.\n>\n>> old line\n>>> older line\n>\n> Thanks"
    )


def test_the_quotation_is_dated_in_the_reps_own_zone() -> None:
    assert "Wed, Nov 11, 2026, 20:42" in reply_text(original("x"), ZoneInfo("America/New_York"))


def test_SEND_1_the_quotation_is_read_as_one_by_the_next_reader(language: str) -> None:
    text = body_with_signature(reply_text(original(TEXT), TOKYO), "永田 達郎\nZylker KK").replace("\n", "はい。\n", 1)
    kinds = kinds_of(text.split("\n"))
    assert kinds == [OWN] * 2 + [SIGNATURE] * 4 + [OTHERS] * (len(kinds) - 6)
    blocks = reading.document(text, "").blocks
    assert [block.quote for block in blocks if not block.signature][:2] == [0, 1]
    assert message.preview(text).startswith("はい。")
    assert "Hello" not in message.preview(text)


@pytest.mark.parametrize("line", ["2026年11月12日(木) 10:42 田中 太郎 <tanaka@shop.example>:", "On Thu, Nov 12, 2026, 10:42, <a@b.example> wrote:"])  # fmt: skip
def test_attributions_in_both_languages_belong_to_the_quotation(line: str) -> None:
    assert kinds_of(["yes", "", line, "> x"]) == [OWN, OWN, OTHERS, OTHERS]


def test_SEND_1_forwarding_within_the_text_keeps_all_of_it(language: str) -> None:
    cc = tuple(Address("", f"c{n}@shop.example") for n in range(2))
    text = forward_text(original(TEXT, cc=cc), TOKYO)
    lines = text.split("\n")
    assert any("tanaka@shop.example" in line for line in lines[1:3])
    assert "見積" in text
    assert "c1@shop.example" in text
    assert "please send it.\n\n> old line" in text
    assert text.endswith("-- \nTanaka\nTel 03-1234")
    whole = body_with_signature(text, "Nagata")
    assert set(kinds_of(whole.split("\n"))[5:]) == {OTHERS}
    # What is forwarded is read as a letter of its own, not folded away as a quotation.
    assert any(block.quote == 0 and "Hello" in block.spans[0].text for block in reading.document(whole, "").blocks)


@pytest.mark.parametrize("mark", ["---------- Forwarded message ----------", "---------- 転送メッセージ ----------"])
def test_forwards_in_both_languages_are_known(mark: str) -> None:
    assert kinds_of(["fyi", "", mark, "差出人: a <a@b.example>", "", "text"]) == [
        OWN,
        OWN,
        OTHERS,
        OTHERS,
        OTHERS,
        OTHERS,
    ]


def test_an_original_without_text_is_not_quoted() -> None:
    assert reply_text(original(" \n\n"), TOKYO) == ""
    assert forward_text(original(""), TOKYO).endswith("<nagata@zylker.example>")


def test_a_huge_original_is_cut_and_says_so() -> None:
    quoted = reply_text(original("line\n" * 200_000), TOKYO)
    assert len(quoted) < 400_000
    assert quoted.endswith("> […]")


def test_READ_3_hostile_originals_are_quoted_without_harm() -> None:
    for raw in worst_messages().values():
        text, head = message.body(raw).text, message.envelope(raw)
        hostile = original(text, sender=head.sender, subject=head.subject, to=head.to[:50], date=2**60)
        for made in (reply_text(hostile, TOKYO), forward_text(hostile, TOKYO)):
            assert harmless(made, allowed="\n")
            assert all(line == line.rstrip() or line == "-- " for line in made.split("\n"))
    quoted = reply_text(original("x", sender=Address(POISON * 50, "a@b.example")), TOKYO)
    assert len(quoted.split("\n")) == 2


# --- signatures -----------------------------------------------------------------------------------------------------

QUOTED = "On Thu, Nov 12, 2026, 10:42, Tanaka <t@shop.example> wrote:\n> Hello\n>\n> -- \n> Tanaka"


def test_SEND_3_the_signature_stands_above_the_quotation() -> None:
    assert body_with_signature(QUOTED, "Nagata\nZylker\n") == f"\n\n-- \nNagata\nZylker\n\n{QUOTED}"
    assert body_with_signature("", "-- \nNagata") == "\n\n-- \nNagata"
    assert body_with_signature(QUOTED, "") == f"\n\n{QUOTED}"
    assert body_with_signature("", "") == ""


@pytest.mark.parametrize(
    "quoted", ["", QUOTED, "---------- Forwarded message ----------\nFrom: x <x@y.example>\n\nHi\n-- \nX"]
)
def test_SEND_3_another_identity_brings_its_own_signature(quoted: str) -> None:
    for one, other in (("Nagata\nZylker", "Sales Desk\n\nTel 03"), ("A", ""), ("", "B")):
        text = f"Dear Tanaka,{body_with_signature(quoted, one)}"
        swapped = swap_signature(text, one, other)
        assert swapped == f"Dear Tanaka,{body_with_signature(quoted, other)}"
        assert swap_signature(swapped, other, one) == text


def test_SEND_3_a_signature_changed_by_hand_is_left_alone() -> None:
    text = f"Hi\n\n-- \nTatsuro, with love\n\n{QUOTED}"
    assert swap_signature(text, "Nagata", "Sales Desk") == text
    assert swap_signature(text.replace("-- \nTatsuro, with love\n\n", ""), "Nagata", "Sales Desk") == text.replace(
        "-- \nTatsuro, with love\n\n", ""
    )


def test_SEND_3_an_editor_that_strips_blanks_does_not_hide_the_signature() -> None:
    assert swap_signature("Hi\n\n--\nNagata\nZylker\n", "Nagata  \nZylker", "Desk") == "Hi\n\n-- \nDesk\n"


def test_lines_in_a_fence_are_the_reps_own() -> None:
    assert kinds_of(["```", "> x", "-- ", "```", "own", "> y"]) == [OWN, OWN, OWN, OWN, OWN, OTHERS]
    assert kinds_of(["```", "> x"]) == [OWN, OTHERS]


# --- promises -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Please find attached our offer.", "attached"),
        ("See the Attachment.", "Attachment"),
        ("I'll attach it.", "I'll attach"),
        ("The contract is enclosed.", "enclosed"),
        ("見積書を添付いたします。", "添付"),
        ("カタログを同封いたします。", "同封"),
        ("詳細は別添の資料をご覧ください。", "別添"),
        ("Anbei das Angebot.", "Anbei"),
        ("Das Angebot finden Sie im Anhang.", "im Anhang"),
        ("Veuillez trouver ci-joint notre offre.", "ci-joint"),
        ("voir pièce jointe", "pièce jointe"),
        ("Le envío adjunto el documento.", "adjunto"),
        ("Hello.", ""),
        ("We are attracted by it, reattachedness aside.", ""),
        ("", ""),
    ],
)
def test_SEND_7_a_promise_of_a_file_is_heard(text: str, word: str) -> None:
    assert attachment_mentioned(text) == word


def test_SEND_7_what_others_wrote_promises_nothing() -> None:
    quoted = QUOTED.replace("Hello", "see the attached file, 添付")
    assert attachment_mentioned(f"Thanks!\n\n-- \nNagata (attached to sales)\n\n{quoted}") == ""
    assert (
        attachment_mentioned("fyi\n\n---------- Forwarded message ----------\nFrom: x <x@y.example>\n\nattached") == ""
    )
    assert attachment_mentioned(f"{quoted}\n\nAttached is the offer.") == "Attached"
