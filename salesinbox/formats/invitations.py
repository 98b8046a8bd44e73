"""Calendar invitations: read as they come, and answered as RFC 5546 and RFC 6047 want it (READ-6)."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote, unquote

from salesinbox.formats.calendars import Component, Property, duration, escaped, line, moment, parse
from salesinbox.formats.zones import Zones
from salesinbox.locale.texts import _
from salesinbox.model.errors import UsageError
from salesinbox.model.invitations import (
    ACCEPTED,
    ANSWERS,
    CANCEL,
    COUNTER,
    DECLINED,
    NEEDS_ACTION,
    PUBLISH,
    REPLY,
    REQUEST,
    TENTATIVE,
    Attendee,
    Invitation,
    Recurrence,
)
from salesinbox.model.mail import Address
from salesinbox.model.text import safe, safe_block

_METHODS = frozenset({REQUEST, CANCEL, REPLY, PUBLISH, COUNTER})
_MOST_ATTENDEES = 2_000
_LONGEST_LINE, _LONGEST_DESCRIPTION, _LONGEST_UID = 500, 20_000, 2_000
_LONGEST_COMMENT = 2_000
_MOST_SEQUENCE = 2**31 - 1
_BLANKS = re.compile(r"\s+")
# What may stand in a header, an SMTP command and a mailto: address alike.
_ADDRESS = re.compile(
    r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f-\x9f]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_][\w-]{0,61}"
)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_LINK = re.compile(r"https?://[!-~]{4,2000}")
# Where programs write the online meeting's address, best first (RFC 7986 §5.11, and what came before it).
_LINKS = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "URL")
_WORD = re.compile(r"[A-Z0-9-]{1,40}")
_DAY_RULE = re.compile(r"[+-]?\d{0,2}(?:MO|TU|WE|TH|FR|SA|SU)")


def read(calendar: str) -> Invitation | None:
    """The event of an invitation (see `Invitation`); None where the text holds none. Never raises.

    Of several events the one that stands for all of them is read, else the first. At most 200,000 characters count.
    """
    root = parse(calendar)
    calendars = list(root.named("VCALENDAR")) or [root]
    events = [event for one in calendars for event in one.named("VEVENT")]
    if not events:
        return None
    event = next((one for one in events if one.first("RECURRENCE-ID") is None), events[0])
    zones = Zones(calendars)
    method = _word(next((value for one in calendars if (value := one.value("METHOD"))), ""))
    start, end = _times(event, zones)
    starts = event.first("DTSTART")
    return Invitation(
        method=method if method in _METHODS else PUBLISH,
        uid=safe(event.value("UID").strip())[:_LONGEST_UID],
        sequence=_number(event.value("SEQUENCE")),
        summary=_line(event, "SUMMARY"),
        location=_line(event, "LOCATION"),
        description=safe_block(event.value("DESCRIPTION")[:_LONGEST_DESCRIPTION]).strip(),
        link=_link(event),
        organizer=_person(event.first("ORGANIZER")),
        attendees=_attendees(event),
        start=start,
        end=end,
        zone=safe(starts.parameters.get("TZID", ""), 100) if starts and isinstance(start, datetime) else "",
        recurrence=_recurrence(event, zones),
        occurrence=_moment(event.first("RECURRENCE-ID"), zones),
        status=_word(event.value("STATUS")),
        further=len(events) - 1,
    )


def own_attendee(invitation: Invitation, addresses: Iterable[str]) -> Attendee | None:
    """The first attendee that has one of the rep's own addresses, capitals or not; None where the rep is none."""
    own = {address.casefold() for address in addresses if address}
    return next((one for one in invitation.attendees if one.address.casefold() in own), None)


def reply(
    invitation: Invitation,
    attendee: Address,
    answer: str,
    *,
    comment: str,
    now: datetime,
    message_id: str,
    sender_name: str,
    in_reply_to: str,
) -> bytes:
    """The message that answers an invitation (RFC 5546 §3.2.3, RFC 6047), for its organizer alone.

    Args:
        invitation: One that is `answerable`.
        attendee: The rep as the invitation names them; the answer comes from this address.
        answer: ACCEPTED, TENTATIVE or DECLINED.
        comment: What the rep wants to say with it; may be "" and may hold line breaks.
        now: Aware; the message's date.
        message_id: With its angle brackets.
        sender_name: The rep's name; "" takes the attendee's.
        in_reply_to: The invitation's message id, "" where it has none. One that is none is left out.

    Raises:
        UsageError: The invitation cannot be answered.
        ValueError: An answer, an address or a message id that is none.
    """
    if answer not in ANSWERS:
        raise ValueError(answer)
    if not invitation.answerable:
        raise UsageError(_("This invitation wants no answer, or names nobody whom an answer would reach."))
    if not _ADDRESS.fullmatch(attendee.address) or not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{attendee.address!r}, {message_id!r}")
    from email import policy  # noqa: PLC0415 - needed for an answer only
    from email.headerregistry import Address as Mailbox  # noqa: PLC0415 - the same
    from email.message import EmailMessage  # noqa: PLC0415 - the same
    from email.utils import format_datetime  # noqa: PLC0415 - the same

    comment = safe_block(comment[:_LONGEST_COMMENT]).strip()
    name = safe(sender_name or attendee.name, 200).strip()
    organizer = invitation.organizer.address
    ascii_ = attendee.address.isascii() and organizer.isascii()
    message = EmailMessage(policy.SMTP if ascii_ else policy.SMTPUTF8)
    message["From"] = Mailbox(name, *attendee.address.rsplit("@", 1))
    message["To"] = Mailbox("", *organizer.rsplit("@", 1))
    message["Subject"] = safe(_subject(answer).format(summary=invitation.summary or _("(no title)")), 300)
    message["Date"] = format_datetime(now)
    message.set_content(_in_words(invitation, name or attendee.address, answer, comment))
    message.add_alternative(
        _calendar(invitation, Address(name, attendee.address), answer, comment, now),
        subtype="calendar",
        params={"method": "REPLY"},
    )
    # The email package would cut long ids into encoded words, which no mail program would know again.
    ids = [f"Message-ID: {message_id}"]
    if _MESSAGE_ID.fullmatch(in_reply_to):
        ids += [f"In-Reply-To: {in_reply_to}", f"References: {in_reply_to}"]
    return "".join(f"{one}\r\n" for one in ids).encode() + message.as_bytes()


# --- reading -----------------------------------------------------------------------------------------------


def _line(event: Component, name: str) -> str:
    return _BLANKS.sub(" ", safe(event.value(name), _LONGEST_LINE)).strip()


def _word(value: str) -> str:
    word = value.strip().upper()
    return word if _WORD.fullmatch(word) else ""


def _number(value: str) -> int:
    value = value.strip()
    return min(int(value), _MOST_SEQUENCE) if value.isascii() and value.isdigit() and len(value) < 12 else 0


def _link(event: Component) -> str:
    for name in _LINKS:
        for one in event.properties:
            if one.name == name and (found := _LINK.fullmatch(one.value.strip())):
                return found[0]
    return ""


def _person(found: Property | None) -> Address:
    """Name and address of a calendar user; no address where it is none that mail could reach."""
    if found is None:
        return Address("", "")
    name = _BLANKS.sub(" ", safe(found.parameters.get("CN", ""), 200)).strip(" '")
    return Address(name, _address(found.value) or _address(found.parameters.get("EMAIL", "")))


def _address(value: str) -> str:
    """The address of a mailto: URI, or of what programs write in its place; "" for anything else."""
    value = value[:2000].strip()
    if value[:7].lower() == "mailto:":
        # Parameters after "?" could name further recipients.
        value = unquote(value[7:].partition("?")[0]).strip()
    if value.startswith("<") and value.endswith(">"):
        value = value[1:-1]
    if not _ADDRESS.fullmatch(value) or safe(value) != value:
        return ""
    local, _at, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}"


def _attendees(event: Component) -> tuple[Attendee, ...]:
    found: list[Attendee] = []
    for one in event.properties:
        if one.name == "ATTENDEE" and len(found) < _MOST_ATTENDEES:
            person, said = _person(one), one.parameters
            if person.name or person.address:
                found.append(
                    Attendee(
                        person.name,
                        person.address,
                        _word(said.get("PARTSTAT", "")) or NEEDS_ACTION,
                        _word(said.get("ROLE", "")) or "REQ-PARTICIPANT",
                        _word(said.get("RSVP", "")) == "TRUE",
                        _word(said.get("CUTYPE", "")) or "INDIVIDUAL",
                    )
                )
    return tuple(found)


def _moment(found: Property | None, zones: Zones) -> date | datetime | None:
    if found is None:
        return None
    told = moment(found.value)
    if told is None:
        return None
    value, utc = told
    if not isinstance(value, datetime):
        return value
    if utc:
        return value.replace(tzinfo=UTC)
    zone = found.parameters.get("TZID", "")
    return zones.put_on(value, zone) if zone else value


def _times(event: Component, zones: Zones) -> tuple[date | datetime | None, date | datetime | None]:
    start, end = _moment(event.first("DTSTART"), zones), _moment(event.first("DTEND"), zones)
    if isinstance(start, datetime):
        if not isinstance(end, datetime):
            lasts = duration(event.value("DURATION"))
            end = _later(start, lasts) if lasts else start
        elif (end.tzinfo is None) != (start.tzinfo is None):
            end = end.replace(tzinfo=start.tzinfo)
        if end is not None and end < start:
            end = start
        if end is not None and _whole_days(event, start, end):
            return start.date(), max(start.date(), end.date() - timedelta(days=1))
        return start, end
    if start is None:
        return None, None
    last = end.date() if isinstance(end, datetime) else end
    if last is None:
        lasts = duration(event.value("DURATION"))
        last = start + lasts if lasts and timedelta(0) < lasts < timedelta(days=3660) else start + timedelta(days=1)
    # DTEND is the first day after the event (RFC 5545 §3.6.1).
    return start, max(start, last - timedelta(days=1))


def _later(start: datetime, lasts: timedelta) -> datetime:
    """The end of what lasts so long: by the clock for days, as it really passes for hours (RFC 5545 §3.3.6)."""
    lasts = max(min(lasts, timedelta(days=3660)), timedelta(0))
    if start.tzinfo is None or lasts.seconds == 0:
        return start + lasts
    return (start.astimezone(UTC) + lasts).astimezone(start.tzinfo)


def _whole_days(event: Component, start: datetime, end: datetime) -> bool:
    """Whether Outlook means whole days, though it writes times."""
    told = _word(event.value("X-MICROSOFT-CDO-ALLDAYEVENT")) == "TRUE"
    return told and start.time() == end.time() == time(0) and end > start


def _recurrence(event: Component, zones: Zones) -> Recurrence | None:
    found = event.first("RRULE")
    if found is None:
        return None
    parts: dict[str, str] = {}
    for piece in found.value[:_LONGEST_LINE].split(";"):
        name, _sign, value = piece.partition("=")
        parts.setdefault(name.strip().upper(), value.strip())
    until = parts.get("UNTIL", "")
    return Recurrence(
        rule=safe(found.value, _LONGEST_LINE),
        frequency=_word(parts.get("FREQ", "")),
        interval=_number(parts.get("INTERVAL", "")) or 1,
        days=tuple(day for day in parts.get("BYDAY", "").upper().split(",")[:14] if _DAY_RULE.fullmatch(day)),
        count=_number(parts.get("COUNT", "")) or None,
        until=_moment(Property("UNTIL", until, {}), zones) if until else None,
    )


# --- answering ---------------------------------------------------------------------------------------------


def _subject(answer: str) -> str:
    if answer == ACCEPTED:
        return _("Accepted: {summary}")
    if answer == TENTATIVE:
        return _("Tentative: {summary}")
    return _("Declined: {summary}")


def _in_words(invitation: Invitation, name: str, answer: str, comment: str) -> str:
    """The answer for an organizer whose program knows nothing of calendars."""
    said = {
        ACCEPTED: _("{name} has accepted this invitation."),
        TENTATIVE: _("{name} has tentatively accepted this invitation."),
        DECLINED: _("{name} has declined this invitation."),
    }[answer]
    lines = [said.format(name=name), "", invitation.summary, _when(invitation)]
    if comment:
        lines += ["", comment]
    return "\n".join(lines).rstrip() + "\n"


def _when(invitation: Invitation) -> str:
    """Dates in the order that everybody reads alike, with the offset from UTC."""
    start, end = invitation.start, invitation.end
    if start is None:
        return ""
    if not isinstance(start, datetime):
        return str(start) if end in (start, None) else f"{start} – {end}"
    shown = f"{start:%Y-%m-%d %H:%M}"
    if isinstance(end, datetime) and end != start:
        shown += f" – {end:%H:%M}" if end.date() == start.date() else f" – {end:%Y-%m-%d %H:%M}"
    offset = f"{start:%z}"
    return f"{shown} (UTC{offset[:3]}:{offset[3:5]})" if offset else shown


def _calendar(invitation: Invitation, attendee: Address, answer: str, comment: str, now: datetime) -> str:
    organizer = invitation.organizer
    lines = [
        line("BEGIN", "VCALENDAR"),
        line("PRODID", "-//SalesInbox//EN"),
        line("VERSION", "2.0"),
        line("METHOD", REPLY),
        line("BEGIN", "VEVENT"),
        line("UID", escaped(invitation.uid)),
        line("SEQUENCE", str(invitation.sequence)),
        line("DTSTAMP", f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"),
        line("ORGANIZER", _mailto(organizer.address), CN=organizer.name),
        line("ATTENDEE", _mailto(attendee.address), CN=attendee.name, PARTSTAT=answer),
    ]
    lines += _stamped("RECURRENCE-ID", invitation.occurrence)
    lines += _stamped("DTSTART", invitation.start)
    end = invitation.end
    lines += _stamped("DTEND", end if end is None or isinstance(end, datetime) else end + timedelta(days=1))
    if invitation.summary:
        lines.append(line("SUMMARY", escaped(invitation.summary)))
    if comment:
        lines.append(line("COMMENT", escaped(comment)))
    return "".join([*lines, line("END", "VEVENT"), line("END", "VCALENDAR")])


def _mailto(address: str) -> str:
    return "mailto:" + quote(address, safe="@+!$'*/=^_`{|}~-.")


def _stamped(name: str, value: date | datetime | None) -> list[str]:
    """A moment in UTC, so that the answer needs no time zones of its own; whole days and floating times as they are."""
    if value is None:
        return []
    if not isinstance(value, datetime):
        return [line(name, f"{value:%Y%m%d}", VALUE="DATE")]
    if value.tzinfo is None:
        return [line(name, f"{value:%Y%m%dT%H%M%S}")]
    return [line(name, f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}")]
