"""What a rep is warned of before sending (SEND-7)."""

from zoneinfo import ZoneInfo

import pytest

from salesinbox.locale import texts
from salesinbox.model.drafts import FORWARD, FORWARD_ATTACHED, NEW, REDIRECT, REPLY, REPLY_ALL
from salesinbox.model.mail import Address
from salesinbox.model.reviews import (
    BAD_ADDRESS,
    BOUNCED,
    LOOK_ALIKE,
    MANY,
    NO_ATTACHMENT,
    NO_RECIPIENT,
    NO_SENDER,
    NO_SUBJECT,
    NO_TEXT,
    OPTED_OUT,
    OUTSIDE,
    TOO_LARGE,
)
from salesinbox.rules.columns import Own
from salesinbox.rules.reviewing import Facts, warnings

ANNA = Address("Anna Schmidt", "anna@acme.example")
OWN = Own(frozenset({"rep@zylker.example"}), frozenset({"zylker.example"}), frozenset({"freelance@gmail.com"}))
THREAD = ("anna@acme.example", "rep@zylker.example", "taro@gmail.com")


@pytest.fixture(autouse=True)
def _in_english():
    texts.use("en")


def found(**fields):
    plain = {"sender": "rep@zylker.example", "to": (ANNA,), "subject": "Offer", "written": "Hello", "own": OWN}
    return warnings(Facts(**(plain | fields)))


def kinds(**fields):
    return [(one.kind, one.stops) for one in found(**fields)]


def sentence(kind, /, **fields):
    (text,) = [one.text for one in found(**fields) if one.kind == kind]
    return text


def people(number):
    return tuple(Address("", f"p{n}@acme.example") for n in range(number))


def test_SEND_7_nothing_odd_says_nothing():
    assert found() == ()
    assert found(kind=REPLY_ALL, thread=THREAD, files=1, attachment_word="attached", size=10, limit=10) == ()


def test_SEND_7_a_mail_to_nobody_is_stopped():
    assert kinds(to=()) == [(NO_RECIPIENT, True)]
    assert kinds(to=(), bcc=(ANNA,)) == []


def test_SEND_2_bad_addresses_are_named_and_stop():
    assert kinds(bad=("anna@", "bob"), to=()) == [(BAD_ADDRESS, True)]
    assert sentence(BAD_ADDRESS, bad=("anna@", "bob")) == "These are no mail addresses: anna@, bob."
    assert sentence(BAD_ADDRESS, bad=("x\x1b[31m",)) == "This is no mail address: x\ufffd[31m."


def test_SEND_7_an_address_that_no_account_can_send_from_stops():
    assert kinds(can_send=False) == [(NO_SENDER, True)]
    assert "rep@zylker.example" in sentence(NO_SENDER, can_send=False)
    assert kinds(sender="") == [(NO_SENDER, True)]


def test_SEND_9_a_mail_that_the_server_would_not_take_is_stopped_with_both_sizes():
    assert kinds(size=26_000_000, limit=25_000_000) == [(TOO_LARGE, True)]
    assert "26 MB" in sentence(TOO_LARGE, size=26_000_000, limit=25_000_000)
    assert "25 MB" in sentence(TOO_LARGE, size=26_000_000, limit=25_000_000)
    assert kinds(size=26_000_000, limit=0) == []


def test_SEND_7_no_subject():
    assert kinds(subject=" \u3000") == [(NO_SUBJECT, False)]


def test_SEND_7_no_text():
    assert kinds(written=" \n") == [(NO_TEXT, False)]
    assert kinds(written="", kind=FORWARD) == []
    assert kinds(written="", files=1) == []


def test_SEND_7_a_redirected_mail_is_as_it_was():
    assert kinds(kind=REDIRECT, subject="", written="") == []


def test_SEND_7_mentions_an_attachment_and_has_none():
    assert kinds(attachment_word="添付") == [(NO_ATTACHMENT, False)]
    assert "添付" in sentence(NO_ATTACHMENT, attachment_word="添付")
    assert kinds(attachment_word="attached", files=1) == []
    assert kinds(attachment_word="attached", kind=FORWARD_ATTACHED) == []


def test_SEND_7_an_answer_to_many_names_the_number():
    assert kinds(kind=REPLY_ALL, to=people(10)) == [(MANY, False)]
    assert sentence(MANY, kind=REPLY_ALL, to=people(6), cc=people(12)) == "This answer goes to 12 people."
    assert kinds(kind=REPLY_ALL, to=people(9)) == []
    assert kinds(kind=NEW, to=people(30)) == []


def test_SEND_7_a_recipient_outside_the_company_of_the_conversation_is_named():
    stranger = Address("", "Eve@other.example")
    assert kinds(kind=REPLY, thread=THREAD, to=(ANNA, stranger)) == [(OUTSIDE, False)]
    assert "Eve@other.example" in sentence(OUTSIDE, kind=REPLY, thread=THREAD, to=(ANNA, stranger))
    assert kinds(kind=NEW, to=(stranger,)) == []
    assert kinds(kind=FORWARD, thread=THREAD, to=(stranger,)) == []


@pytest.mark.parametrize(
    "address",
    [
        "BOB@ACME.example",
        "bob@eu.acme.example",
        "colleague@zylker.example",
        "freelance@gmail.com",
        "rep@zylker.example",
        "taro@GMAIL.com",
        "partner@known.example",
    ],
)
def test_SEND_7_who_belongs_to_the_conversation_or_to_the_rep_is_not_outside(address):
    assert kinds(kind=REPLY, thread=THREAD, to=(Address("", address),), companions={"partner@known.example"}) == []


@pytest.mark.parametrize("address", ["hanako@gmail.com", "x@notacme.example", "x@example"])
def test_SEND_7_free_mail_is_compared_by_address_and_endings_do_not_count(address):
    assert kinds(kind=REPLY, thread=THREAD, to=(Address("", address),)) == [(OUTSIDE, False)]


def test_SEND_7_many_outsiders_are_one_sentence():
    strangers = tuple(Address("", f"x@other{n}.example") for n in range(8))
    text = sentence(OUTSIDE, kind=REPLY, thread=THREAD, cc=strangers)
    assert "x@other4.example and 3 more" in text
    assert "other5" not in text


def test_SEND_7_a_bounced_address_tells_who_when_and_why():
    fields = {"bounced": {"anna@acme.example": (1_795_020_000, "5.1.1 User unknown")}, "zone": ZoneInfo("Asia/Tokyo")}
    assert kinds(**fields) == [(BOUNCED, False)]
    text = sentence(BOUNCED, to=(Address("", "ANNA@acme.example"),), names={"anna@acme.example": "Anna S."}, **fields)
    assert text == "Mail to Anna S. <ANNA@acme.example> came back on 2026-11-19: 5.1.1 User unknown"


def test_SEND_7_a_servers_words_cannot_drive_the_terminal():
    fields = {"bounced": {"anna@acme.example": (1_795_000_000, "\x1b]0;x\x07" + "y" * 1000)}}
    text = sentence(BOUNCED, **fields)
    assert "\x1b" not in text
    assert len(text) < 300


def test_SEND_7_an_opted_out_address():
    assert kinds(opted_out={"anna@acme.example"}) == [(OPTED_OUT, False)]
    assert "Anna Schmidt <anna@acme.example>" in sentence(OPTED_OUT, opted_out={"anna@acme.example"})


def test_SEND_7_a_look_alike_domain_is_one_warning_and_names_the_real_one():
    fake = Address("Anna Schmidt", "anna@acrne.example")
    fields = {"kind": REPLY, "thread": THREAD, "to": (fake,), "alike": {"anna@acrne.example": "acme.example"}}
    assert kinds(**fields) == [(LOOK_ALIKE, False)]
    assert sentence(LOOK_ALIKE, **fields) == (
        "anna@acrne.example is not at acme.example: the domain only looks like it."
    )


def test_SEND_7_what_stops_comes_first():
    stops = [stops for _kind, stops in kinds(bad=("x",), subject="", can_send=False, bounced={ANNA.address: (1, "")})]
    assert stops == [True, True, False, False]
