"""What is odd about a mail before it is sent, in sentences for the rep (SEND-7). Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from salesinbox.locale import formatting, texts
from salesinbox.locale.texts import _, ngettext
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
    Caution,
)
from salesinbox.model.text import safe
from salesinbox.rules.addresses import domain_of, is_free_mail, normal
from salesinbox.rules.columns import Own

MANY_RECIPIENTS = 10
"""An answer to all that goes to so many is worth a second look."""
_NAMED = 5
"""Addresses named in one sentence; the rest is counted."""
_LONGEST_NAME, _LONGEST_REASON = 60, 160


@dataclass(frozen=True, slots=True)
class Facts:
    """A draft as it would be sent, and what is known around it. Addresses in mappings and sets are normal ones.

    The writer's own words are needed without what surrounds them: a quoted mail that mentions an attachment is no
    promise, and a signature is no text.
    """

    kind: str = NEW
    """One of `model.drafts.KINDS`."""
    sender: str = ""
    can_send: bool = True
    """Whether `sender` is an identity of an account that can send."""
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    bcc: Sequence[Address] = ()
    bad: Sequence[str] = ()
    """What was typed among the recipients and is no address."""
    subject: str = ""
    written: str = ""
    """What the rep wrote: without quoted text, its attribution, and the signature."""
    attachment_word: str = ""
    """The word in `written` that promises an attachment, "" where none does."""
    files: int = 0
    """How many files are attached."""
    size: int = 0
    limit: int = 0
    """Octets of the whole message, and the most that the server takes (SIZE, RFC 1870); 0: not known."""
    own: Own = field(default_factory=Own)
    thread: Collection[str] = ()
    """Every address of the conversation so far, in From, Reply-To, To and Cc; empty where there is none."""
    companions: Collection[str] = ()
    """Recipients that belong, by their records, to the company of somebody in the conversation."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of recipients by their records; where one has none, the name that was typed is shown."""
    bounced: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """When mail to a recipient came back last (seconds since 1970), and why (`store.recipients.bounced`)."""
    opted_out: Collection[str] = ()
    """Recipients who want no mail (`store.recipients.opted_out`)."""
    alike: Mapping[str, str] = field(default_factory=dict)
    """Recipients whose domain can be taken for another one, and that one: of the conversation, or the rep's own."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """The rep's, for dates."""


def warnings(facts: Facts) -> tuple[Caution, ...]:
    """What the rep should know before sending, what stops it first; () for a mail without anything odd."""
    return (*_stopping(facts), *_of_content(facts), *_of_recipients(facts))


def _stopping(facts: Facts) -> Iterable[Caution]:
    if facts.bad:
        text = ngettext("This is no mail address: {names}.", "These are no mail addresses: {names}.", len(facts.bad))
        yield Caution(BAD_ADDRESS, text.format(names=_listed([_short(one) for one in facts.bad])), stops=True)
    elif not (facts.to or facts.cc or facts.bcc):
        yield Caution(NO_RECIPIENT, _("There is no recipient."), stops=True)
    if not facts.sender:
        yield Caution(NO_SENDER, _("There is no address to send from: no account can send."), stops=True)
    elif not facts.can_send:
        text = _("No account can send as {address}.").format(address=_short(facts.sender))
        yield Caution(NO_SENDER, text, stops=True)
    if 0 < facts.limit < facts.size:
        text = _("The mail is too large: it has {size}, and the server takes at most {limit}.").format(
            size=formatting.size(facts.size), limit=formatting.size(facts.limit)
        )
        yield Caution(TOO_LARGE, text, stops=True)


def _of_content(facts: Facts) -> Iterable[Caution]:
    if facts.kind == REDIRECT:
        return  # it is another's mail, as it was
    if not facts.subject.strip():
        yield Caution(NO_SUBJECT, _("There is no subject."))
    if not facts.written.strip() and facts.kind not in (FORWARD, FORWARD_ATTACHED) and not facts.files:
        yield Caution(NO_TEXT, _("There is no text."))
    if facts.attachment_word and not facts.files and facts.kind != FORWARD_ATTACHED:
        text = _("The text says “{word}”, and nothing is attached.").format(word=safe(facts.attachment_word, 40))
        yield Caution(NO_ATTACHMENT, text)


def _of_recipients(facts: Facts) -> Iterable[Caution]:
    everybody = {normal(one.address): one for one in reversed((*facts.to, *facts.cc, *facts.bcc))}
    recipients = dict(reversed(everybody.items()))
    if facts.kind == REPLY_ALL and len(recipients) >= MANY_RECIPIENTS:
        text = ngettext("This answer goes to {n} person.", "This answer goes to {n} people.", len(recipients))
        yield Caution(MANY, text.format(n=formatting.number(len(recipients))))
    for key, one in recipients.items():
        if other := facts.alike.get(key):
            text = _("{address} is not at {domain}: the domain only looks like it.").format(
                address=_short(one.address), domain=_short(other)
            )
            yield Caution(LOOK_ALIKE, text)
    thread = frozenset(normal(one) for one in facts.thread)
    domains = frozenset(domain_of(one) for one in thread) - {""}
    if outside := [one for key, one in recipients.items() if _is_outside(key, facts, thread, domains)]:
        text = ngettext(
            "{names} has not been part of this conversation, nor has anybody else of that company.",
            "{names} have not been part of this conversation, nor has anybody else of their companies.",
            len(outside),
        )
        yield Caution(OUTSIDE, text.format(names=_listed([_short(one.address) for one in outside])))
    for key, one in recipients.items():
        if key in facts.bounced:
            yield Caution(BOUNCED, _bounced(_called(key, one, facts), *facts.bounced[key], facts.zone))
    for key, one in recipients.items():
        if key in facts.opted_out:
            yield Caution(OPTED_OUT, _("{name} has asked for no more mail.").format(name=_called(key, one, facts)))


def _is_outside(address: str, facts: Facts, thread: Collection[str], domains: Collection[str]) -> bool:
    """Whether a recipient of an answer belongs to nobody's company in the conversation, nor to the rep's."""
    if facts.kind not in (REPLY, REPLY_ALL) or not thread or address in facts.alike:
        return False
    domain = domain_of(address)
    rep = facts.own
    if address in thread or address in facts.companions or address in rep.addresses | rep.team or domain in rep.domains:
        return False
    if is_free_mail(domain):
        return True
    # "eu.acme.example" belongs to "acme.example"; the other way round it may be a hosting company.
    return not any(
        domain == one or (domain.endswith(f".{one}") and "." in one and not is_free_mail(one)) for one in domains
    )


def _bounced(name: str, when: int, reason: str, zone: ZoneInfo) -> str:
    day = formatting.date(when, texts.language(), zone)
    reason = safe(reason, _LONGEST_REASON).strip()
    if not reason:
        return _("Mail to {name} came back on {date}.").format(name=name, date=day)
    return _("Mail to {name} came back on {date}: {reason}").format(name=name, date=day, reason=reason)


def _called(key: str, one: Address, facts: Facts) -> str:
    """A recipient by name and address."""
    name = safe(facts.names.get(key) or one.name, _LONGEST_NAME).strip()
    address = _short(one.address)
    return f"{name} <{address}>" if name and name != address else address


def _short(text: str) -> str:
    return safe(text, 80)


def _listed(names: Sequence[str]) -> str:
    """The first few by name, the rest by number."""
    listed = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    if more <= 0:
        return listed
    return ngettext("{names} and {n} more", "{names} and {n} more", more).format(names=listed, n=more)
