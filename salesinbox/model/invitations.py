"""A calendar invitation as a rep reads and answers it (READ-6; RFC 5545, 5546)."""

from dataclasses import dataclass
from datetime import date, datetime

from salesinbox.model.mail import Address

# What the sender wants (RFC 5546 §1.4). Whatever else a calendar says of itself counts as PUBLISH.
REQUEST, CANCEL, REPLY, PUBLISH, COUNTER = "REQUEST", "CANCEL", "REPLY", "PUBLISH", "COUNTER"

# How an attendee answered (RFC 5545 §3.2.12).
NEEDS_ACTION, ACCEPTED, TENTATIVE, DECLINED = "NEEDS-ACTION", "ACCEPTED", "TENTATIVE", "DECLINED"
ANSWERS = (ACCEPTED, TENTATIVE, DECLINED)

_NOBODY = Address("", "")

CANCELLED = "CANCELLED"
"""An event's status that nobody needs to answer any more; the others are "CONFIRMED", "TENTATIVE" and ""."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody invited. `status`, `role` and `kind` are RFC 5545's words in upper case (§3.2.12, 3.2.16, 3.2.3).

    `address` is "" where the calendar names none that mail could reach.
    """

    name: str
    address: str
    status: str = NEEDS_ACTION
    role: str = "REQ-PARTICIPANT"
    rsvp: bool = False
    kind: str = "INDIVIDUAL"
    """INDIVIDUAL, GROUP, ROOM, RESOURCE or UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How an event comes again (RFC 5545 §3.3.10). `rule` is the whole of it, for what the other fields leave out."""

    rule: str
    frequency: str = ""
    """DAILY, WEEKLY, MONTHLY, YEARLY, …"""
    interval: int = 1
    days: tuple[str, ...] = ()
    """"MO", "TU", …; "2TU" is the second Tuesday, "-1FR" the last Friday."""
    count: int | None = None
    until: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event of a calendar, harmless to draw: every text is on one line but `description`.

    `start` and `end` are dates for an event of whole days (`end` is its last day), else datetimes: aware where the
    time zone is known, and without a zone where the organizer left it open or named one that nobody knows (then the
    reader's own zone is meant). None where the calendar says nothing that makes sense.
    """

    method: str
    uid: str
    sequence: int = 0
    summary: str = ""
    location: str = ""
    description: str = ""
    link: str = ""
    """Where the meeting is held online: an http or https address, or ""."""
    organizer: Address = _NOBODY
    attendees: tuple[Attendee, ...] = ()
    """At most 2,000."""
    start: date | datetime | None = None
    end: date | datetime | None = None
    zone: str = ""
    """The zone of `start` as the organizer's program names it ("Tokyo Standard Time"), "" for UTC and for none."""
    recurrence: Recurrence | None = None
    occurrence: date | datetime | None = None
    """Which one of a recurring event is meant (RECURRENCE-ID); None: all of it."""
    status: str = ""
    further: int = 0
    """How many more events the calendar holds (exceptions to the rule, mostly)."""

    @property
    def all_day(self) -> bool:
        return self.start is not None and not isinstance(self.start, datetime)

    @property
    def answerable(self) -> bool:
        """Whether an answer is wanted and could be sent: a request that is not called off, from somebody reachable."""
        return bool(self.method == REQUEST and self.uid and self.organizer.address and self.status != CANCELLED)
