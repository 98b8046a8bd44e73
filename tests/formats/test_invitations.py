"""Invitations as real programs write them, what hostile ones become, and the answers (READ-6)."""

import email
import email.policy
import itertools
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from salesinbox.formats import calendars
from salesinbox.formats.invitations import own_attendee, read, reply
from salesinbox.formats.message import body
from salesinbox.locale import texts
from salesinbox.model.errors import UsageError
from salesinbox.model.invitations import ACCEPTED, DECLINED, TENTATIVE, Attendee, Invitation, Recurrence
from salesinbox.model.mail import Address
from tests.formats.test_text import harmless

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 10, 1, 9, 30, tzinfo=TOKYO)
ME = Address("橋本 奈美", "hashimoto@zylker.example")

OUTLOOK_ZONE = """\
BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:DAYLIGHT
END:VTIMEZONE
"""
NEW_YORK = """\
BEGIN:VTIMEZONE
TZID:Eastern
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*lines: str, zones: str = "", method: str = "REQUEST") -> str:
    event = "\n".join(lines)
    whole = f"BEGIN:VCALENDAR\nMETHOD:{method}\nVERSION:2.0\n{zones}BEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    return whole.replace("\n", "\r\n")


def invitation(*lines: str, zones: str = "", method: str = "REQUEST") -> Invitation:
    found = read(calendar(*lines, zones=zones, method=method))
    assert found is not None
    return found


OUTLOOK = (
    "ORGANIZER;CN=永田 達郎:MAILTO:Nagata@Minato.example",
    'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN="橋本, 奈美":MAILTO:Hashimoto@zylker.example',
    "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED;CUTYPE=ROOM;CN=会議室 A:mailto:room-a@minato.example",
    "DESCRIPTION;LANGUAGE=ja-JP:お世話になっております。\\n\\n議題: 見積\\, 納期",
    "RRULE:FREQ=WEEKLY;UNTIL=20261201T010000Z;INTERVAL=2;BYDAY=MO,2TU;WKST=SU",
    "SUMMARY;LANGUAGE=ja-JP:お打ち合わせ\\; 見積の件",
    "DTSTART;TZID=Tokyo Standard Time:20261005T100000",
    "DTEND;TZID=Tokyo Standard Time:20261005T113000",
    "UID:040000008200E00074C5B7101A82E00800000000B0A2F9C5D1E9DB01000000000000000010",
    " 0000000A1B2C3D4E5F60718293A4B5C6D7E8F90",
    "LOCATION;LANGUAGE=ja-JP:Microsoft Teams 会議",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.example/l/meetup-join/19",
    "SEQUENCE:2",
    "STATUS:CONFIRMED",
    "BEGIN:VALARM",
    "DESCRIPTION:REMINDER",
    "TRIGGER;RELATED=START:-PT15M",
    "END:VALARM",
)


def test_READ_6_an_invitation_of_outlook_is_read() -> None:
    found = invitation(*OUTLOOK, zones=OUTLOOK_ZONE.format(name="Tokyo Standard Time"))
    assert found == Invitation(
        method="REQUEST",
        uid="040000008200E00074C5B7101A82E00800000000B0A2F9C5D1E9DB01000000000000000010"
        "0000000A1B2C3D4E5F60718293A4B5C6D7E8F90",
        sequence=2,
        summary="お打ち合わせ; 見積の件",
        location="Microsoft Teams 会議",
        description="お世話になっております。\n\n議題: 見積, 納期",
        link="https://teams.example/l/meetup-join/19",
        organizer=Address("永田 達郎", "Nagata@minato.example"),
        attendees=(
            Attendee("橋本, 奈美", "Hashimoto@zylker.example", rsvp=True),
            Attendee("会議室 A", "room-a@minato.example", "ACCEPTED", "OPT-PARTICIPANT", kind="ROOM"),
        ),
        start=datetime(2026, 10, 5, 10, tzinfo=timezone(timedelta(hours=9))),
        end=datetime(2026, 10, 5, 11, 30, tzinfo=timezone(timedelta(hours=9))),
        zone="Tokyo Standard Time",
        recurrence=Recurrence(
            "FREQ=WEEKLY;UNTIL=20261201T010000Z;INTERVAL=2;BYDAY=MO,2TU;WKST=SU",
            "WEEKLY",
            2,
            ("MO", "2TU"),
            None,
            datetime(2026, 12, 1, 1, tzinfo=UTC),
        ),
        status="CONFIRMED",
    )
    assert found.answerable
    assert not found.all_day


@pytest.mark.parametrize(
    ("start", "zones", "expected"),
    [
        (":20261005T010000Z", "", "2026-10-05T01:00:00+00:00"),
        (";TZID=Asia/Tokyo:20261005T100000", "", "2026-10-05T10:00:00+09:00"),
        (";TZID=/mozilla.org/20050126_1/Europe/Berlin:20261005T100000", "", "2026-10-05T10:00:00+02:00"),
        (";TZID=Tokyo Standard Time:20261005T100000", "", "2026-10-05T10:00:00+09:00"),
        (";TZID=Eastern Standard Time:20260705T100000", "", "2026-07-05T10:00:00-04:00"),
        (';TZID="(UTC+09:00) Osaka, Sapporo, Tokyo":20261005T100000', "", "2026-10-05T10:00:00+09:00"),
        (";TZID=Customized Time Zone:20261005T100000", OUTLOOK_ZONE.format(name="Customized Time Zone"), "2026-10-05T10:00:00+09:00"),
        (";TZID=Eastern:20260308T010000", NEW_YORK, "2026-03-08T01:00:00-05:00"),
        (";TZID=Eastern:20260308T030000", NEW_YORK, "2026-03-08T03:00:00-04:00"),
        (";TZID=Eastern:20261101T030000", NEW_YORK, "2026-11-01T03:00:00-05:00"),
        (";TZID=Eastern:20261031T030000", NEW_YORK, "2026-10-31T03:00:00-04:00"),
        (";TZID=Eastern:20260105T030000", NEW_YORK, "2026-01-05T03:00:00-05:00"),
        (":20261005T100000", "", "2026-10-05T10:00:00"),
        (";TZID=Nowhere:20261005T100000", "", "2026-10-05T10:00:00"),
        (";TZID=../../etc/passwd:20261005T100000", "", "2026-10-05T10:00:00"),
        (";TZID=Asia:20261005T100000", "", "2026-10-05T10:00:00"),
        (";VALUE=DATE:20261005", "", "2026-10-05"),
    ],
)  # fmt: skip
def test_READ_6_times_are_told_in_the_zone_that_the_organizer_meant(start: str, zones: str, expected: str) -> None:
    found = invitation("UID:1", f"DTSTART{start}", zones=zones)
    assert found.start is not None
    assert found.start.isoformat() == expected


def test_READ_6_a_zone_of_one_calendar_is_not_that_of_another() -> None:
    for offset in ("+0900", "-0500"):
        zones = OUTLOOK_ZONE.format(name="Customized Time Zone").replace("+0900", offset)
        found = invitation("UID:1", "DTSTART;TZID=Customized Time Zone:20261005T100000", zones=zones)
        assert isinstance(found.start, datetime)
        assert f"{found.start:%z}" == offset


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (("DTSTART;VALUE=DATE:20261005", "DTEND;VALUE=DATE:20261008"), date(2026, 10, 5), date(2026, 10, 7)),
        (("DTSTART;VALUE=DATE:20261005",), date(2026, 10, 5), date(2026, 10, 5)),
        (("DTSTART;VALUE=DATE:20261005", "DURATION:P2D"), date(2026, 10, 5), date(2026, 10, 6)),
        (
            ("DTSTART:20261005T000000", "DTEND:20261006T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
            date(2026, 10, 5),
            date(2026, 10, 5),
        ),
    ],
)
def test_READ_6_whole_days_end_on_their_last_day(lines: tuple[str, ...], start: date, end: date) -> None:
    found = invitation("UID:1", *lines)
    assert (found.start, found.end) == (start, end)
    assert found.all_day


def test_READ_6_what_lasts_hours_ends_by_them_though_the_clock_is_put_back() -> None:
    found = invitation("UID:1", "DTSTART;TZID=America/New_York:20261101T003000", "DURATION:PT2H")
    assert found.end is not None
    assert found.end.isoformat() == "2026-11-01T01:30:00-05:00"


def test_READ_6_the_whole_of_a_series_is_read_and_its_exceptions_are_counted() -> None:
    one = "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261012T010000Z\nSUMMARY:moved\nEND:VEVENT\n"
    series = "BEGIN:VEVENT\nUID:1\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:series\nEND:VEVENT\n"
    found = read(f"BEGIN:VCALENDAR\nMETHOD:REQUEST\n{one}{series}END:VCALENDAR")
    assert found is not None
    assert (found.summary, found.further, found.occurrence) == ("series", 1, None)
    assert found.recurrence == Recurrence("FREQ=DAILY;COUNT=3", "DAILY", count=3)
    found = read(f"BEGIN:VCALENDAR\n{one}END:VCALENDAR")
    assert found is not None
    assert (found.method, found.occurrence) == ("PUBLISH", datetime(2026, 10, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("method", "status", "organizer", "answerable"),
    [
        ("REQUEST", "CONFIRMED", "mailto:a@x.example", True),
        ("request", "", "a@x.example", True),
        ("REQUEST", "CANCELLED", "mailto:a@x.example", False),
        ("REQUEST", "", "invalid:nomail", False),
        ("CANCEL", "", "mailto:a@x.example", False),
        ("REPLY", "", "mailto:a@x.example", False),
        ("PUBLISH", "", "mailto:a@x.example", False),
        ("X-NONSENSE", "", "mailto:a@x.example", False),
    ],
)
def test_READ_6_only_what_asks_for_an_answer_can_be_answered(
    method: str, status: str, organizer: str, answerable: bool
) -> None:
    found = invitation("UID:1", f"STATUS:{status}", f"ORGANIZER:{organizer}", method=method)
    assert found.answerable is answerable
    if not answerable:
        with pytest.raises(UsageError):
            answer(found)


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\nEND:VCALENDAR", "BEGIN:VTODO\nUID:1\nEND:VTODO"])
def test_READ_6_what_holds_no_event_is_none(text: str) -> None:
    assert read(text) is None


def test_READ_6_the_rep_is_found_among_the_attendees_by_any_own_address() -> None:
    found = invitation(*OUTLOOK)
    one = own_attendee(found, ["other@zylker.example", "HASHIMOTO@zylker.example"])
    assert one == found.attendees[0]
    assert own_attendee(found, ["nobody@zylker.example"]) is None
    assert own_attendee(invitation("UID:1", "ATTENDEE;CN=Nobody:invalid:nomail"), [""]) is None


# --- in a message ------------------------------------------------------------------------------------------


def test_READ_6_a_message_keeps_its_calendar() -> None:
    text = calendar(*OUTLOOK)
    part = f"Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\n{text}\n"
    copy = "Content-Type: application/ics; name=invite.ics\nContent-Disposition: attachment\n\nBEGIN:VCALENDAR\n"
    raw = (
        "Subject: x\nContent-Type: multipart/mixed; boundary=M\n\n--M\nContent-Type: multipart/alternative; boundary=B\n\n"
        f"--B\nContent-Type: text/plain\n\nPlease come.\n--B\n{part}--B--\n--M\n{copy}--M--\n"
    )
    found = body(raw.encode())
    assert found.text == "Please come."
    assert found.invitation
    assert [one.name for one in found.attachments] == ["invite.ics"]
    assert read(found.calendar) == read(text)


@pytest.mark.parametrize("kind", ["text/calendar", "application/ics"])
def test_READ_6_a_calendar_that_is_attached_only_is_kept(kind: str) -> None:
    raw = f"Content-Type: {kind}; name=a.ics\nContent-Disposition: attachment\n\n{calendar('UID:7')}"
    found = read(body(raw.encode()).calendar)
    assert found is not None
    assert found.uid == "7"


def test_READ_6_a_huge_calendar_is_cut() -> None:
    found = body(b"Content-Type: text/calendar\n\n" + b"x" * 1_000_000)
    assert len(found.calendar) == 200_000


# --- hostile -----------------------------------------------------------------------------------------------


def every_text(found: Invitation) -> str:
    people = "".join(a.name + a.address + a.status + a.role + a.kind for a in found.attendees)
    rule = (
        found.recurrence.rule + found.recurrence.frequency + "".join(found.recurrence.days) if found.recurrence else ""
    )
    return f"{found.method}{found.uid}{found.summary}{found.location}{found.link}{found.zone}{found.status}{rule}{people}{found.organizer.name}{found.organizer.address}"


POISON = "\x1b[31m\x07\u202e\x9b\x00\\nBcc: evil@x.example"


def test_READ_3_a_hostile_invitation_is_harmless() -> None:
    found = invitation(
        f"UID:{POISON}",
        f"SUMMARY:{POISON}",
        f"LOCATION:{POISON}",
        f"DESCRIPTION:{POISON}",
        f"URL:https://x.example/{POISON}",
        f"STATUS:{POISON}",
        f"ORGANIZER;CN={POISON}:mailto:x%0d%0aBcc:evil@x.example",
        f'ATTENDEE;CN="^n{POISON}";PARTSTAT="{POISON}";ROLE="{POISON}":mailto:a@x.example?bcc=evil@x.example',
        f"RRULE:FREQ={POISON};BYDAY={POISON};COUNT={'9' * 50}",
        f"DTSTART;TZID={POISON}:20261005T100000",
        "SEQUENCE:99999999999",
        method=POISON,
    )
    assert harmless(every_text(found))
    assert harmless(found.description, allowed="\n")
    assert found.organizer.address == ""
    assert found.attendees[0].address == "a@x.example"
    assert found.sequence == 2**31 - 1
    assert not found.answerable


@pytest.mark.parametrize(
    "organizer",
    [
        "mailto:x%0d%0aBcc:evil@x.example",
        "mailto:x%0aBcc:evil@x.example",
        "mailto:a@x.example%0d%0aDATA",
        "mailto:a@x.example,b@x.example",
        "mailto:a@x.example>%20SIZE=1",
        "mailto:%00a@x.example",
        "mailto:a@b@x.example",
        "mailto:a%E2%80%AE@x.example",
        "mailto:" + "a" * 100_000 + "@x.example",
        "http://a@x.example/",
        "mailto:a@-x",
    ],
)
def test_READ_6_an_organizer_that_is_no_address_gets_no_answer(organizer: str) -> None:
    assert invitation("UID:1", f"ORGANIZER:{organizer}").organizer.address == ""


@pytest.mark.parametrize(
    "value",
    [
        "20261305T100000Z", "20260230", "00000101", "99991231T235959Z", "20261005T256199", "tomorrow", "", "2026-10-05T10:00:00Z",
        "20261005T100060Z", "𝟐𝟎𝟐𝟔𝟏𝟎𝟎𝟓",
    ],
)  # fmt: skip
def test_READ_6_dates_that_are_none_do_no_harm(value: str) -> None:
    for line in (f"DTSTART:{value}", f"DTSTART;TZID=Asia/Tokyo:{value}", f"DTSTART;VALUE=DATE:{value}"):
        found = invitation(
            "UID:1",
            line,
            f"DTEND:{value}",
            f"RECURRENCE-ID:{value}",
            f"RRULE:FREQ=DAILY;UNTIL={value}",
            "ORGANIZER:a@x.example",
        )
        answer(found)


def test_READ_6_thousands_of_attendees_are_bounded() -> None:
    found = invitation("UID:1", *(f"ATTENDEE:mailto:p{n}@x.example" for n in range(6_000)))
    assert len(found.attendees) == 2_000


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VEVENT\n" * 15_000,
        "BEGIN:VCALENDAR\n" + "BEGIN:X\n" * 500 + "BEGIN:VEVENT\nUID:1\n" + "END:X\n" * 500,
        "BEGIN:VEVENT\nUID:1\nEND:VCALENDAR\nEND:VEVENT\nEND:X\n",
        "BEGIN:VEVENT\nATTENDEE" + ';CN="' * 40_000 + ":mailto:a@x.example",
        "BEGIN:VEVENT\nATTENDEE" + ";CN=a" * 40_000 + ":mailto:a@x.example",
        "BEGIN:VEVENT\nSUMMARY:" + "\\" * 190_000,
        "BEGIN:VEVENT\nUID:" + "\n " * 90_000,
        "BEGIN:VEVENT\nDTSTART:" + "2" * 190_000,
        "BEGIN:VTIMEZONE\nTZID:X\n" + "BEGIN:STANDARD\nDTSTART:20200101T000000\nRRULE:FREQ=YEARLY;BYDAY=1SU\nTZOFFSETTO:+0900\nEND:STANDARD\n" * 2_000
        + "END:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=X:20261005T100000",
        "BEGIN:VEVENT\nORGANIZER:mailto:" + "a." * 90_000 + "@x.example",
    ],
)  # fmt: skip
def test_READ_6_nested_broken_and_endless_calendars_are_read_without_harm(text: str) -> None:
    found = read(text)
    assert found is None or harmless(every_text(found))


# --- answers -----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use("")


def answer(found: Invitation, how: str = ACCEPTED, **changes: str) -> bytes:
    said = {
        "comment": "",
        "message_id": "<answer-1@zylker.example>",
        "sender_name": "橋本 奈美",
        "in_reply_to": "<ask-1@minato.example>",
        **changes,
    }
    return reply(found, ME, how, now=NOW, **said)


def parts(raw: bytes) -> tuple[email.message.EmailMessage, str, calendars.Component]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    plain, ics = message.iter_parts()
    content = ics.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    return message, plain.get_content(), calendars.parse(content.decode())


def test_READ_6_an_answer_is_what_the_standards_want() -> None:
    found = invitation(*OUTLOOK, "RECURRENCE-ID;TZID=Tokyo Standard Time:20261019T100000")
    raw = answer(found, comment="少し遅れます。\nすみません; よろしく, お願いします")
    message, plain, root = parts(raw)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/calendar"]
    ics = list(message.iter_parts())[1]
    assert ics.get_param("method") == "REPLY"
    assert ics.get_content_charset() == "utf-8"
    assert message["Subject"] == "Accepted: お打ち合わせ; 見積の件"
    assert message["From"].addresses[0].addr_spec == ME.address
    assert message["From"].addresses[0].display_name == "橋本 奈美"
    assert message["To"].addresses[0].addr_spec == "Nagata@minato.example"
    assert message["Message-ID"] == "<answer-1@zylker.example>"
    assert message["In-Reply-To"] == message["References"] == "<ask-1@minato.example>"
    assert message["Date"].datetime == NOW
    assert "橋本 奈美 has accepted this invitation." in plain
    assert "2026-10-05 10:00 – 11:30 (UTC+09:00)" in plain
    assert "少し遅れます。" in plain
    (one,) = root.named("VCALENDAR")
    assert one.value("METHOD") == "REPLY"
    (event,) = one.named("VEVENT")
    said = {name: event.value(name) for name in ("UID", "SEQUENCE", "DTSTAMP", "RECURRENCE-ID", "DTSTART", "COMMENT")}
    assert said == {
        "UID": found.uid,
        "SEQUENCE": "2",
        "DTSTAMP": "20261001T003000Z",
        "RECURRENCE-ID": "20261019T010000Z",
        "DTSTART": "20261005T010000Z",
        "COMMENT": "少し遅れます。\nすみません; よろしく, お願いします",
    }
    (attendee,) = [prop for prop in event.properties if prop.name == "ATTENDEE"]
    assert attendee.value == "mailto:hashimoto@zylker.example"
    assert attendee.parameters == {"CN": "橋本 奈美", "PARTSTAT": "ACCEPTED"}
    organizer = event.first("ORGANIZER")
    assert organizer is not None
    assert organizer.value == "mailto:Nagata@minato.example"
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("how", "language", "subject"),
    [(TENTATIVE, "en", "Tentative: お打ち合わせ; 見積の件"), (DECLINED, "en", "Declined: お打ち合わせ; 見積の件")],
)
def test_READ_6_each_answer_says_what_it_is(how: str, language: str, subject: str) -> None:
    texts.use(language)
    message, _plain, root = parts(answer(invitation(*OUTLOOK), how))
    assert message["Subject"] == subject
    attendee = next(root.parts[0].named("VEVENT")).first("ATTENDEE")
    assert attendee is not None
    assert attendee.parameters["PARTSTAT"] == how


def test_READ_6_an_answer_to_whole_days_names_whole_days() -> None:
    found = invitation("UID:1", "ORGANIZER:a@x.example", "DTSTART;VALUE=DATE:20261005", "DTEND;VALUE=DATE:20261008")
    raw = answer(found)
    _message, plain, root = parts(raw)
    event = next(root.parts[0].named("VEVENT"))
    assert (event.value("DTSTART"), event.value("DTEND")) == ("20261005", "20261008")
    assert "2026-10-05 – 2026-10-07" in plain
    assert read(body(raw).calendar) is not None


def test_READ_6_an_answer_is_an_answer_to_ourselves_too() -> None:
    found = read(body(answer(invitation(*OUTLOOK), TENTATIVE)).calendar)
    assert found is not None
    assert (found.method, found.attendees[0].status, found.uid) == ("REPLY", TENTATIVE, invitation(*OUTLOOK).uid)


EVIL = "x\r\nBcc: evil@x.example\r\n\r\nBEGIN:VEVENT\u2028ATTENDEE:mailto:b@x.example\x85\x0b"


def test_READ_6_nothing_hostile_gets_into_an_answer() -> None:
    written = EVIL.replace("\r\n", "\\n")
    found = invitation(
        f"UID:{written}",
        f"SUMMARY:{written}",
        f'ORGANIZER;CN="^n{written}":mailto:a+b@x.example',
        f"DTSTART;TZID={written}:20261005T100000",
    )
    raw = answer(found, comment=EVIL, sender_name=EVIL, in_reply_to="<a@b>\r\nBcc: evil@x.example")
    message, _plain, root = parts(raw)
    assert sorted(message.keys()) == ["Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]
    assert len(message["From"].addresses) == len(message["To"].addresses) == 1
    (only,) = root.named("VCALENDAR")
    (event,) = only.named("VEVENT")
    assert [prop.name for prop in event.properties].count("ATTENDEE") == 1
    assert event.parts == []


NAMES = (
    "Hashimoto, Nami (Sales)",
    '橋本 "nami" 奈美, 営業部 <x@y>' * 4,
    "é, " * 60,
    "=?utf-8?q?x?=",
    "",
    "a" * 190,
    "日本語" * 60,
    "@;:,<>",
)


@pytest.mark.parametrize("name", NAMES)
def test_READ_6_whatever_the_reps_name_is_the_answer_has_one_sender(name: str) -> None:
    message, _plain, _root = parts(answer(invitation(*OUTLOOK), sender_name=name))
    (one,) = message["From"].addresses
    assert one.addr_spec == ME.address


@pytest.mark.parametrize(
    "address",
    [
        "a..b@docomo.example",
        "a+b@x.example",
        "o'neil@x.example",
        "営業@例え.example",
        "a%b@x.example",
        "user@例え.example",
    ],
)
def test_READ_6_an_unusual_organizer_is_answered(address: str) -> None:
    found = invitation("UID:1", f"ORGANIZER:mailto:{address.replace('%', '%25')}")
    assert found.organizer.address == address
    raw = answer(found)
    message, _plain, root = parts(raw)
    if address.isascii():
        (one,) = message["To"].addresses
        assert f"{one.username}@{one.domain}" == address
    else:
        assert f"\r\nTo: {address}\r\n".encode() in raw
    organizer = next(root.parts[0].named("VEVENT")).first("ORGANIZER")
    assert organizer is not None
    assert read(calendar("UID:1", f"ORGANIZER:{organizer.value}")).organizer.address == address  # type: ignore[union-attr]


def test_READ_6_a_long_message_id_stays_whole() -> None:
    long = "<" + "A" * 200 + "@" + "b" * 60 + ".example>"
    assert f"In-Reply-To: {long}\r\n".encode() in answer(invitation(*OUTLOOK), in_reply_to=long)


def test_a_wrong_answer_or_id_is_the_programs_fault() -> None:
    for changes in ({"message_id": "no id"}, {"message_id": "<a@b>\r\nBcc: x@y.example"}):
        with pytest.raises(ValueError):
            answer(invitation(*OUTLOOK), **changes)
    with pytest.raises(ValueError):
        answer(invitation(*OUTLOOK), "DELEGATED")


def test_content_lines_are_folded_between_characters() -> None:
    for length in itertools.chain(range(60, 90), (500,)):
        line = calendars.line("SUMMARY", "é日" * length)
        assert all(len(part) <= 75 for part in line.encode().split(b"\r\n"))
        (back,) = calendars.parse(line).properties
        assert back.value == "é日" * length
