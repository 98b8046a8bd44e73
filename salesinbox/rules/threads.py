"""Threads: what belongs together by its headers, and what a thread looks like as a whole (COL-2, COL-10)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from salesinbox.model.board import ME, View
from salesinbox.model.mail import Flag
from salesinbox.rules.addresses import normal
from salesinbox.rules.magnet import LISTED, MOST_ASKS, Ask

_EARLIEST = 631_152_000
"""1990: no mail header of our time is older; what says so comes from a clock that was never set."""
_LATEST_AHEAD = 86_400
_MOST_PEOPLE = 12
_NAMELESS = "?"

# Plain integers, because the operators of IntFlag cost more than everything else here.
_INBOX, _UNREAD, _FLAGGED, _WAITING = int(View.INBOX), int(View.UNREAD), int(View.FLAGGED), int(View.WAITING)
_SENT, _DRAFTS, _ARCHIVE = int(View.SENT), int(View.DRAFTS), int(View.ARCHIVE)
_SPAM, _TRASH, _ALL = int(View.SPAM), int(View.TRASH), int(View.ALL)
_OUT = _SPAM | _TRASH
_FOLDER_VIEWS = _INBOX | _SENT | _DRAFTS | _ARCHIVE
_SEEN, _FLAG_FLAGGED, _ANSWERED = int(Flag.SEEN), int(Flag.FLAGGED), int(Flag.ANSWERED)

MAIL_VIEWS = View.INBOX | View.UNREAD | View.FLAGGED | View.WAITING | View.SENT | View.DRAFTS
MAIL_VIEWS |= View.ARCHIVE | View.SPAM | View.TRASH | View.ALL
"""All bits that `summarise` can set."""


class MessageFacts(NamedTuple):
    """What a thread's summary needs of one message. Dates are seconds since 1970, already sane (`sane_date`).

    `first_recipient` is (name, address) of the first To, needed for the rep's own mail only. `roles` joins
    the bits INBOX, SENT, DRAFTS, ARCHIVE, SPAM, TRASH of all folders that the message lies in; ALL stands for
    a plain folder. `row` is its number, `addressed` what `rules.magnet.addressed` says of it, `listed` that it
    came by a mailing list.
    """

    date: int
    received: int = 0
    sender_name: str = ""
    sender_address: str = ""
    first_recipient: tuple[str, str] = ("", "")
    mine: bool = False
    subject: str = ""
    seen: bool = True
    flagged: bool = False
    answered: bool = False
    attachments: bool = False
    warning: str = ""
    automatic: bool = False
    roles: int = _INBOX
    row: int = 0
    addressed: int = 0
    listed: bool = False

    def also_in(self, role: int, *, seen: bool, flags: int) -> "MessageFacts":
        """The same message with a further copy, whose flags may differ.

        A copy in spam or trash says nothing while another one is elsewhere. The copy in INBOX decides whether
        the message is read; without one, a message that was read in any folder was read.
        """
        mine, role, flags = int(self.roles), int(role), int(flags)
        if not role & ~_OUT and mine & ~_OUT:
            return self._replace(roles=mine | role)
        marked, answered = bool(flags & _FLAG_FLAGGED), bool(flags & _ANSWERED)
        if role & ~_OUT and not mine & ~_OUT:
            return self._replace(roles=mine | role, seen=seen, flagged=marked, answered=answered)
        if mine & _INBOX:
            seen = self.seen
        elif not role & _INBOX:
            seen = seen or self.seen
        return self._replace(
            roles=mine | role, seen=seen, flagged=self.flagged or marked, answered=self.answered or answered
        )


class Decider(NamedTuple):
    """Who decides a thread's column (COL-2): `address` in its normal form, `warning` of the same message."""

    name: str
    address: str
    warning: str


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    """A thread as a whole.

    `people` are names, newest sender first, each once, with `model.board.ME` for the rep; the people of a
    thread that the rep alone wrote begin with the recipient. `sender_name`, `sender_address` and `warning`
    are of the message that decides (COL-2), the address in its normal form. `waiting_since` is the date of
    the oldest message of theirs without an answer, 0 for none. `unread` counts messages. `views` joins bits
    of `MAIL_VIEWS`. `asks` are the messages that may be for the magnet, oldest first.
    """

    date: int
    subject: str
    people: tuple[str, ...]
    sender_name: str
    sender_address: str
    warning: str
    waiting_since: int
    messages: int
    unread: int
    flagged: bool
    answered: bool
    attachments: bool
    views: int
    asks: tuple[Ask, ...] = ()


def summarise(messages: Sequence[MessageFacts], own: Collection[str] = ()) -> ThreadSummary:
    """What a thread's card shows and which views it is in; the order of the messages does not matter.

    Messages in spam or trash count only where the whole thread is there. A draft is counted, but neither
    dates, names nor decides a thread, unless there are drafts only: it is not mail yet.

    Args:
        messages: The thread's messages, each once, at least one.
        own: The rep's addresses, so that a note to oneself waits for nobody.
    """
    ordered = sorted(messages, key=_age) if len(messages) > 1 else messages
    live = [message for message in ordered if not _is_out(message.roles)]
    counted: Sequence[MessageFacts] = live or ordered
    sent = [message for message in counted if not int(message.roles) & _DRAFTS]
    sent = sent or list(counted)
    newest = sent[-1]

    roles = unread = 0
    flagged = attachments = False
    for message in counted:
        role = int(message.roles)
        roles |= role
        flagged = flagged or message.flagged
        attachments = attachments or message.attachments
        # What the rep sent or is writing is not news to the rep, whatever flags another client left on it.
        if not message.seen and not role & _DRAFTS and (role & _INBOX or not message.mine):
            unread += 1
    if live:
        views = roles & _FOLDER_VIEWS | _ALL | (_UNREAD if unread else 0) | (_FLAGGED if flagged else 0)
        if _waits(newest, own):
            views |= _WAITING
    else:
        views = roles & _OUT

    decider = deciding(sent)
    waiting_since, answered = _answers(sent)
    return ThreadSummary(
        newest.date,
        next((message.subject for message in reversed(sent) if message.subject), ""),
        _people(sent, decider),
        decider.name,
        decider.address,
        decider.warning,
        waiting_since if live else 0,
        len(counted),
        unread,
        flagged,
        answered,
        attachments,
        views,
        _asks(sent) if live else (),
    )


def deciding(messages: Sequence[MessageFacts]) -> Decider:
    """COL-2: the newest message that the rep did not write, else the first recipient of the rep's newest one.

    Args:
        messages: In order of their dates, without drafts that were never sent.
    """
    for message in reversed(messages):
        if not message.mine:
            return Decider(message.sender_name, normal(message.sender_address), message.warning)
    for message in reversed(messages):
        name, address = message.first_recipient
        if address:
            return Decider(name, normal(address), message.warning)
    return Decider("", "", "")


def join(ids: Sequence[str], existing: Mapping[str, int]) -> tuple[int | None, list[int]]:
    """Which thread a message joins, and which other ones it shows to be the same thread. Never by subject.

    Args:
        ids: The message's references, and its own id.
        existing: Threads that are here already, by the ids that belong to them.

    Returns:
        The oldest of the threads met (the smallest number), or None where there is none; and those to be
        merged into it, in order.
    """
    met = {existing[identity] for identity in ids if identity in existing and identity not in _NO_IDS}
    if not met:
        return None, []
    first, *others = sorted(met)
    return first, others


_NO_IDS = frozenset({"", "<>"})
"""What broken mailers write where they have no id: it would tie strangers together."""


def sane_date(date: int | None, received: int) -> int:
    """When a message was written: its Date, unless that lies before 1990 or a day after its arrival."""
    if date is None or not _EARLIEST <= date <= received + _LATEST_AHEAD:
        return received
    return date


def _age(message: MessageFacts) -> tuple[int, int]:
    return message.date, message.received


def _is_out(roles: int) -> bool:
    roles = int(roles)
    return roles != 0 and not roles & ~_OUT


def _waits(newest: MessageFacts, own: Collection[str]) -> bool:
    """The rep had the last word, and said it to somebody else."""
    if not newest.mine or newest.automatic or int(newest.roles) & _DRAFTS:
        return False
    address = normal(newest.first_recipient[1])
    return address != "" and address not in own and address != normal(newest.sender_address)


def _answers(messages: Sequence[MessageFacts]) -> tuple[int, bool]:
    """Since when a message of theirs waits (0: none does), and whether their newest one was answered.

    An answer is later mail of the rep's, or the flag that the answering client set: its copy may not be here.
    """
    since = 0
    answered = False
    for message in messages:
        if message.mine:
            if not message.automatic and not int(message.roles) & _DRAFTS:
                answered = since > 0 or answered
                since = 0
        elif message.answered:
            answered, since = True, 0
        elif not message.automatic:
            answered, since = False, since or message.date
    return since, answered


def _asks(messages: Sequence[MessageFacts]) -> tuple[Ask, ...]:
    """The mail since the rep's last answer that may ask for one (MAG-1), oldest first.

    Automatic mail, and mail that failed its sender's checks, asks for nothing (COL-13).
    """
    found: list[Ask] = []
    for message in messages:
        if message.mine:
            if not message.automatic and not int(message.roles) & _DRAFTS:
                found.clear()
        elif message.answered:
            found.clear()
        elif not message.automatic and not message.warning:
            how = LISTED if message.listed else message.addressed
            found.append(Ask(message.row, normal(message.sender_address), how, message.date))
    return tuple(found[-MOST_ASKS:])


def _people(messages: Sequence[MessageFacts], decider: Decider) -> tuple[str, ...]:
    if len(messages) == 1 and not messages[0].mine:
        return (decider.name or decider.address or _NAMELESS,)
    names: dict[str, None] = {}
    if all(message.mine for message in messages) and decider.address:
        names[decider.name or decider.address] = None
    for message in reversed(messages):
        name = ME if message.mine else message.sender_name or normal(message.sender_address) or _NAMELESS
        names[name] = None
        if len(names) == _MOST_PEOPLE:
            break
    return tuple(names)
