"""Invitations above a message's text, and answering them (READ-6)."""

import pytest

from salesinbox.locale import texts
from salesinbox.model.text import width

from .desk import Desk
from .stage import NARROW, WIDE, board, play
from .test_reading import message

ZONE = """BEGIN:VTIMEZONE
TZID:Singapore Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
"""
EVENT = """UID:x1@sing.example
SUMMARY:定例会議 Web刷新
DTSTART;TZID=Singapore Standard Time:20261126T090000
DTEND;TZID=Singapore Standard Time:20261126T100000
LOCATION:会議室3
RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20270401T000000Z
ORGANIZER;CN=Maria Fernandez:mailto:maria@sing.example
ATTENDEE;CN=橋本 奈美:mailto:hashimoto@zylker.example
ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@sing.example
"""


def calendar(event=EVENT, method="REQUEST"):
    return f"BEGIN:VCALENDAR\nMETHOD:{method}\n{ZONE}BEGIN:VEVENT\n{event}END:VEVENT\nEND:VCALENDAR\n"


@pytest.fixture
def desk():
    desk = Desk.filled(30)
    desk.threads["t1"] = [message(1, "Please come.", invitation=True)]
    desk.invitations.calendars["m1"] = calendar()
    return desk


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=lambda size: f"{size[0]}x{size[1]}")
def test_READ_6_an_invitation_says_what_when_here_and_there_where_and_who(desk, size):
    async def scene(stage):
        await stage.press("enter")
        for words in (
            "Invitation: 定例会議 Web刷新",
            "Thu, Nov 26, 2026, 10:00 – 11:00 (Asia/Tokyo)",
            "9:00 – 10:00 for the organizer (Singapore Standard Time)",
            "every 2 weeks on Mon, Thu until Thu, Apr 1, 2027",
            "会議室3",
            "Maria Fernandez <maria@sing.example>",
            "橋本 奈美, Bob (accepted)",
            "i accept, tentative or decline",
            "Please come.",
        ):
            assert words in stage.text()
        assert "i Answer" in stage.lines()[-1]

    play(board(desk), size, scene)


def test_READ_6_in_japanese(desk):
    texts.use("ja")

    async def scene(stage):
        await stage.press("enter")
        assert "2026年11月26日(木) 10:00 – 11:00" in stage.text()
        assert {width(line) for line in stage.lines()} == {80}

    play(board(desk), NARROW, scene)


@pytest.mark.parametrize(
    ("keys", "answer"), [((), "ACCEPTED"), (("down",), "TENTATIVE"), (("down", "down"), "DECLINED")]
)
def test_READ_6_accept_tentative_and_decline_with_a_word(desk, keys, answer):
    async def scene(stage):
        await stage.press("enter", "i", *keys, "enter", *"see you", "enter")
        await stage.until(lambda: desk.invitations.given)
        await stage.until(lambda: f"{answer}: told." in stage.lines()[-1])
        assert desk.invitations.given == {"m1": (answer, "see you")}
        assert desk.pushed == 1
        assert "The answer is about to be sent." in stage.text()

    play(board(desk), NARROW, scene)


def test_READ_6_leaving_without_an_answer_sends_none(desk):
    async def scene(stage):
        await stage.press("enter", "i", "enter", "x", "escape", "i", "escape")

    play(board(desk), NARROW, scene)
    assert not desk.invitations.given


@pytest.mark.parametrize(
    ("event", "method", "words"),
    [
        (EVENT, "CANCEL", "Cancelled: 定例会議"),
        (EVENT + "STATUS:CANCELLED\n", "REQUEST", "Cancelled: 定例会議"),
        (EVENT + "SEQUENCE:3\n", "REQUEST", "Changed invitation: 定例会議"),
        (EVENT, "REPLY", "Answer to an invitation: 定例会議"),
        (EVENT, "PUBLISH", "Event: 定例会議"),
        ("UID:x\n", "REQUEST", "(no time given)"),
        ("UID:x\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\n", "PUBLISH",
         "Thu, Dec 24, 2026 – Sat, Dec 26, 2026"),
        ("UID:x\nDTSTART:20261224T010000Z\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=6\n", "PUBLISH",
         "every month on last Fri, 6 times"),
    ],
)  # fmt: skip
def test_READ_6_cancellations_changes_and_answers_say_what_they_are(desk, event, method, words):
    desk.invitations.calendars["m1"] = calendar(event, method)

    async def scene(stage):
        await stage.press("enter")
        assert words in stage.text()

    play(board(desk), NARROW, scene)


def test_READ_6_what_wants_no_answer_says_so(desk):
    desk.invitations.calendars["m1"] = calendar(method="CANCEL")

    async def scene(stage):
        await stage.press("enter")
        assert "Answer" not in stage.lines()[-1]
        await stage.press("i")
        assert "asks for no answer of yours" in stage.lines()[-1]

    play(board(desk), NARROW, scene)


def test_READ_6_a_calendar_that_cannot_be_read_hides_nothing_else(desk):
    desk.invitations.calendars["m1"] = "no calendar at all"

    async def scene(stage):
        await stage.press("enter")
        assert "Please come." in stage.text()
        await stage.press("i")
        assert "no invitation in this message" in stage.lines()[-1]

    play(board(desk), NARROW, scene)
