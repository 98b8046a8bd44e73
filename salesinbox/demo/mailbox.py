"""The sample's mail as it lies in folders, and what arrives while one watches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from salesinbox.demo.attachments import attachment
from salesinbox.demo.bulletins import bulletin
from salesinbox.demo.conversations import ARRIVALS, FILES, Conversation, Mail, person, read
from salesinbox.demo.dates import TOKYO, Calendar
from salesinbox.demo.letters import PROGRAMS, Failure, File, Letter, Report, mail_date, write
from salesinbox.demo.people import COLLEAGUES, ME, ME_IN_ENGLISH, OWN_DOMAIN, SERVER_ID, Person
from salesinbox.demo.wording import letter_text, quoted

SENT, DRAFTS, ARCHIVE, SPAM, TRASH = "Sent", "Drafts", "Archive", "迷惑メール", "ゴミ箱"
FOLDERS = (
    "INBOX", SENT, DRAFTS, ARCHIVE, SPAM, TRASH,
    "案件", "案件/成約", "案件/失注", "案件/契約更新", "社内/経費", "ニュース",
)  # fmt: skip
"""社内 itself cannot hold mail: such folders exist on real servers."""
ROLES = {SENT: "Sent", DRAFTS: "Drafts", ARCHIVE: "Archive", SPAM: "Junk", TRASH: "Trash"}
"""Special uses of the folders (RFC 6154 §2), without the backslash."""

_SHORTEST_ANSWER = timedelta(minutes=1)
_COLLEAGUES = {one.key for one in COLLEAGUES}


@dataclass(frozen=True, slots=True)
class Filed:
    """A message in its folder. `flags` with their backslash; `received` is INTERNALDATE, aware."""

    folder: str
    flags: frozenset[str]
    received: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that arrives later; it is written when it does, so that its Date is right."""

    letter: Letter
    folder: str
    flags: frozenset[str]

    def filed(self, moment: datetime) -> Filed:
        """The mail as it arrives at `moment` (aware)."""
        zone = self.letter.date.tzinfo
        letter = replace(self.letter, date=moment.astimezone(zone).replace(microsecond=0))
        return Filed(self.folder, self.flags, moment, write(_traced(letter, moment)))


@dataclass(frozen=True, slots=True)
class _Written:
    """A mail of a conversation with its place and time."""

    letter: Letter
    mail: Mail
    answers: int | None
    folder: str


def mailbox(now: datetime, seed: int = 0) -> list[Filed]:
    """All mail of the sixty days before `now` (aware), oldest first. The same for the same arguments."""
    filed = []
    for conversation in _conversations():
        written = _written(conversation, Calendar(now), seed)
        answered = {one.answers for one in written if one.mail.who is ME and one.folder != DRAFTS}
        for index, one in enumerate(written):
            moment = one.letter.date
            raw = write(_traced(one.letter, moment))
            filed.append(
                Filed(one.folder, _flags(one, answered=one.mail.who is not ME and index in answered), moment, raw)
            )
    filed.sort(key=lambda one: (one.received, one.raw))
    return filed


def arrivals(now: datetime, seed: int = 0) -> list[Arrival]:
    """What arrives while one watches, in order. `now` is the moment for which `mailbox` was made."""
    earlier = {conversation.key: conversation for conversation in _conversations()}
    calendar = Calendar(now)
    script = []
    for conversation in read(ARRIVALS):
        going_on = earlier.setdefault(conversation.key, replace(conversation, mails=[]))
        going_on.mails += conversation.mails
        for one in _written(going_on, calendar, seed)[-len(conversation.mails) :]:
            flags = frozenset({"\\Seen"}) if one.folder == SENT else frozenset()
            # The conversation may be in the archive; what is new in it is not.
            folder = SENT if one.mail.who is ME else conversation.settings.get("folder", "INBOX")
            script.append(Arrival(one.letter, folder, flags))
    return script


def _conversations() -> list[Conversation]:
    return [conversation for name in FILES for conversation in read(name)]


def _written(conversation: Conversation, calendar: Calendar, seed: int) -> list[_Written]:
    written: list[_Written] = []
    for index, mail in enumerate(conversation.mails):
        answers = int(mail.options["re"]) - 1 if "re" in mail.options else index - 1
        before = written[answers] if answers >= 0 else None
        digest = sha256(f"{seed}:{conversation.key}:{index}".encode()).hexdigest()
        moment = calendar.moment(mail.told) + timedelta(seconds=int(digest[:4], 16) % 55)
        if written:
            moment = max(moment, written[-1].letter.date + _SHORTEST_ANSWER)
        moment = min(moment, calendar.now).astimezone(mail.who.zone)
        letter = _letter(conversation, mail, before, calendar, moment, f"<{digest[:24]}@{mail.who.domain}>")
        default = SENT if mail.who is ME else conversation.settings.get("folder", "INBOX")
        folder = mail.options.get("folder", default)
        written.append(_Written(letter, mail, answers if before else None, folder))
    return written


def _letter(
    conversation: Conversation, mail: Mail, before: _Written | None, calendar: Calendar, moment: datetime, id_: str
) -> Letter:
    language = conversation.language
    to, cc = _recipients(conversation, mail, before)
    kind = mail.options.get("kind", conversation.settings.get("kind", ""))
    said = calendar.filled(mail.text, language)
    first_time = before is None or (before.mail.who is ME and not before.letter.references)
    text = letter_text(said, mail, to, language, first_time=first_time, internal=mail.who.key in _COLLEAGUES)
    program = _program(mail.who, language)
    if before and "noquote" not in mail.options and kind not in ("auto", "bounce"):
        text += quoted(before.letter, PROGRAMS[program].quoting, language)
    letter = Letter(
        sender=_pairs([mail.who], language)[0],
        to=_pairs(to, language),
        cc=_pairs(cc, language),
        subject=_subject(conversation, mail, before, calendar, language),
        date=moment,
        message_id=id_,
        references=(*before.letter.references, before.letter.message_id) if before else (),
        text=text,
        language=language,
        program=program,
        files=_files(mail),
        extra=_list_headers(mail, kind),
        relay="mx.cheap-relay.example" if kind == "spoof" else "",
    )
    if kind == "news":
        text, page = bulletin(said, letter.subject, mail.who.name, mail.who.domain, language)
        return replace(letter, text=text, html=page, html_only="htmlonly" in mail.options)
    if kind == "invite":
        return _invitation(letter, calendar, mail)
    if kind == "bounce" and before:
        return _bounce(letter, before.letter)
    return letter


def _program(who: Person, language: str) -> str:
    """The rep writes Japanese in ISO-2022-JP, as the customers' old systems want it, and English in UTF-8."""
    if who is ME:
        return "kamome" if language == "ja" else "flow"
    return who.program


def _recipients(
    conversation: Conversation, mail: Mail, before: _Written | None
) -> tuple[Sequence[Person], Sequence[Person]]:
    told_to, told_cc = mail.options.get("to"), mail.options.get("cc")
    cc = [person(key) for key in told_cc.split(",")] if told_cc else []
    if told_to:
        return [person(key) for key in told_to.split(",")], cc
    partners = conversation.partners
    if before and before.mail.who != mail.who:
        to = before.mail.who
    elif mail.who is ME:
        to = partners[0]
    else:
        to = ME
    everybody = [one for one in (ME, *partners) if one not in (mail.who, to)]
    if mail.options.get("kind") == "auto":
        everybody = []
    return [to], [*everybody, *(one for one in cc if one not in everybody)]


def _pairs(people: Sequence[Person], language: str) -> tuple[tuple[str, str], ...]:
    own_name = ME.name if language == "ja" else ME_IN_ENGLISH
    return tuple((own_name if one is ME else one.name, one.address) for one in people)


def _subject(conversation: Conversation, mail: Mail, before: _Written | None, calendar: Calendar, language: str) -> str:
    subject = calendar.filled(conversation.subject, language)
    if before is None:
        return subject
    return f"{'RE' if mail.who.program == 'office' else 'Re'}: {subject}"


def _files(mail: Mail) -> tuple[File, ...]:
    names = mail.options.get("attach", "")
    return tuple(attachment(name) for name in names.split(",") if name)


def _traced(letter: Letter, moment: datetime) -> Letter:
    """The letter with what the rep's mail server writes on top when it takes it in (RFC 5321 §4.4, RFC 8601)."""
    address = letter.sender[1]
    if address == ME.address:
        return letter
    domain = address.rpartition("@")[2]
    if domain in (OWN_DOMAIN, SERVER_ID):
        results = "auth=pass"
    elif letter.relay:
        results = (
            f"spf=softfail smtp.mailfrom=bounce.{letter.relay}; dkim=none;\r\n dmarc=fail (p=none) header.from={domain}"
        )
    else:
        results = f"spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain};\r\n dmarc=pass header.from={domain}"
    host = letter.relay or (SERVER_ID if domain == SERVER_ID else f"mail.{domain}")
    received = (
        f"from {host} ({host} [192.0.2.{sum(host.encode()) % 250 + 1}])\r\n"
        f" by {SERVER_ID} with ESMTPS; {mail_date(moment.astimezone(TOKYO))}"
    )
    top = (
        ("Return-Path", "<>" if letter.report else f"<{address}>"),
        ("Received", received),
        ("Authentication-Results", f"{SERVER_ID};\r\n {results}"),
    )
    return replace(letter, extra=(*top, *letter.extra))


def _list_headers(mail: Mail, kind: str) -> tuple[tuple[str, str], ...]:
    domain = mail.who.domain
    if kind == "news":
        return (
            ("List-Id", f"<news.{domain}>"),
            ("List-Unsubscribe", f"<https://www.{domain}/unsubscribe?u=4821>"),
            ("Precedence", "bulk"),
        )
    if kind == "auto":
        return (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))
    if kind == "notice":
        return (("Auto-Submitted", "auto-generated"),)
    return ()


def _flags(one: _Written, *, answered: bool) -> frozenset[str]:
    options = one.mail.options
    flags = set()
    if "unread" not in options:
        flags.add("\\Seen")
    if answered:
        flags.add("\\Answered")
    if "flag" in options:
        flags.add("\\Flagged")
    if one.folder == DRAFTS:
        flags.add("\\Draft")
    return frozenset(flags)


def _invitation(letter: Letter, calendar: Calendar, mail: Mail) -> Letter:
    """The letter as a meeting request (RFC 5546 §3.2.2): `day` working days ahead, one hour from `hour`, Tokyo."""
    day = calendar.working_day(int(mail.options.get("day", "3")))
    hour = int(mail.options.get("hour", "11"))
    start = datetime(day.year, day.month, day.day, hour, tzinfo=TOKYO)
    stamp = "%Y%m%dT%H%M%S"
    calendar_text = "\n".join(
        (
            "BEGIN:VCALENDAR",
            "PRODID:-//Zylker//Demo//EN",
            "VERSION:2.0",
            "METHOD:REQUEST",
            "BEGIN:VEVENT",
            f"UID:{letter.message_id.strip('<>')}",
            f"DTSTAMP:{(letter.date - letter.date.utcoffset()).strftime(stamp)}Z",  # type: ignore[operator]  # aware
            f"DTSTART:{(start - timedelta(hours=9)).strftime(stamp)}Z",
            f"DTEND:{(start - timedelta(hours=8)).strftime(stamp)}Z",
            f"SUMMARY:{letter.subject}",
            f"LOCATION:{mail.options.get('place', 'Online')}",
            f"ORGANIZER;CN={letter.sender[0]}:mailto:{letter.sender[1]}",
            f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{ME.address}",
            "SEQUENCE:0",
            "STATUS:CONFIRMED",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        )
    )
    return replace(letter, calendar=calendar_text)


def _bounce(letter: Letter, original: Letter) -> Letter:
    recipient = original.to[0][1]
    header = write(replace(original, files=())).partition(b"\r\n\r\n")[0] + b"\r\n"
    diagnostic = f"550 5.1.1 <{recipient}>: Recipient address rejected: user unknown"
    report = Report((Failure(recipient, "5.1.1", diagnostic),), header)
    return replace(
        letter,
        subject="Undelivered Mail Returned to Sender",
        to=(("", ME.address),),
        cc=(),
        report=report,
        extra=(("Auto-Submitted", "auto-replied"),),
    )
