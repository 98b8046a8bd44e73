"""The rows of the outbox: what waits, what needs the rep, what was sent, drafts; and what is told of each (SEND-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from salesinbox.locale import formatting
from salesinbox.locale.texts import _, language, ngettext
from salesinbox.model.drafts import Draft
from salesinbox.model.mail import DELAYED, FAILED, Delivery
from salesinbox.model.outbox import FILED, FILING, NOT_FILED, PENDING, REFUSED, RUNNING, SENT, UNKNOWN, OutboxEntry
from salesinbox.model.text import safe
from salesinbox.tui.wording import subject

_MINUTE, _HOUR = 60, 3600
_NAMED = 12
"""So many recipients are named at most; the source has all of them."""

Detail = tuple[str, str]
"""A role of the theme, and a text that is safe to draw."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list; all texts are safe to draw. `id` is "o5" or "d5", `group` the heading that it stands under.

    `more` says how many recipients there are besides `who`, `states` how it stands with filing and linking. `after` is
    the draft that an entry becomes again when it is taken back.
    """

    id: str
    group: str
    mark: str
    word: str
    when: str
    who: str
    subject: str
    about: OutboxEntry | Draft
    more: str = ""
    states: str = ""
    role: str = "text"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What times are told by: the present (seconds since 1970), the rep's zone."""

    now: float
    zone: ZoneInfo

    def until(self, due: int) -> str:
        """When something to come is: "now", "in 8 s", "in 5 min", "tomorrow 9:00"."""
        left = due - self.now
        if left <= 0:
            return _("now")
        if left <= _MINUTE:
            return _("in {n} s").format(n=-int(-left // 1))
        if left < _HOUR:
            return _("in {n} min").format(n=round(left / _MINUTE))
        return formatting.moment(due, self.now, self.zone)

    def brief(self, then: int) -> str:
        return formatting.clock(then, self.now, self.zone, language())

    def full(self, then: int) -> str:
        return formatting.full_time(then, self.zone, language())


def rows(entries: Sequence[OutboxEntry], drafts: Sequence[Draft], moment: Moment) -> list[Row]:
    """All rows, group by group: what needs the rep comes first."""
    asking = [entry for entry in entries if entry.state == REFUSED or (entry.state == UNKNOWN and entry.asks)]
    sent = [entry for entry in entries if entry.state == SENT]
    waiting = [entry for entry in entries if entry.state in (PENDING, RUNNING, UNKNOWN) and entry not in asking]
    groups = ((_("Needs you"), asking), (_("To be sent"), waiting))
    found = [_entry(entry, group, moment) for group, members in groups for entry in members]
    found += [_draft(draft, _("Drafts"), moment) for draft in drafts]
    return found + [_entry(entry, _("Sent lately"), moment) for entry in sent]


def seconds_to_change(entries: Sequence[OutboxEntry], now: float) -> float | None:
    """When a row says another time than now, if nothing else happens; None: never."""
    left = min((entry.due - now for entry in entries if entry.state == PENDING and entry.due > now), default=None)
    if left is None:
        return None
    if left <= _MINUTE:
        return 1.0
    return min(left - _MINUTE, _MINUTE) if left < _HOUR else min(left - _HOUR + 1, _HOUR)


def _entry(entry: OutboxEntry, group: str, moment: Moment) -> Row:
    mark, word, role = _state(entry)
    when = moment.until(entry.due) if entry.state == PENDING else moment.brief(entry.sent or entry.created)
    who = safe(entry.recipients[0], 80) if entry.recipients else _("(nobody)")
    more = len(entry.recipients) - 1
    others = f" +{formatting.number(more)}" if more > 0 else ""
    states = ""
    if entry.state == SENT:
        filed = {FILED: _("filed"), FILING: _("filing"), NOT_FILED: _("not filed")}.get(entry.filed, "")
        states = " · ".join(state for state in (filed, _("linked") if entry.linked else "") if state)
    about = subject(entry.subject)
    return Row(entry.id, group, mark, word, when, who, about, entry, others, states, role, entry.draft)


def _state(entry: OutboxEntry) -> tuple[str, str, str]:
    """A sign, a word and the role that it is drawn in."""
    if entry.state == PENDING:
        return ("◷", _("waits"), "warning" if entry.error else "text")
    if entry.state == RUNNING:
        return ("→", _("on its way"), "text")
    if entry.state == REFUSED:
        return ("!", _("refused"), "warning")
    if entry.state == UNKNOWN:
        return ("?", _("unknown"), "warning")
    states = {delivery.state for delivery in entry.deliveries}
    if FAILED in states:
        return ("!", _("bounced"), "warning")
    return ("…", _("delayed"), "text") if DELAYED in states else ("✓", _("sent"), "text")


def _draft(draft: Draft, group: str, moment: Moment) -> Row:
    who = safe(draft.to or draft.cc or draft.bcc, 80).strip() or _("(nobody yet)")
    return Row(draft.id, group, "✎", _("draft"), moment.brief(draft.changed), who, subject(draft.subject), draft)


# --- what is told of one --------------------------------------------------------------------------------------------


def details(row: Row, moment: Moment, again: str, arrived: str) -> list[Detail]:
    """`again` and `arrived` are the keys by which a question about an unknown outcome is answered."""
    if isinstance(row.about, Draft):
        return _of_draft(row.about, moment)
    entry = row.about
    return [*_of_way(entry, moment, again, arrived), *_of_copy(entry), *_of_answer(entry, moment), *_of_letter(entry)]


def _of_way(entry: OutboxEntry, moment: Moment, again: str, arrived: str) -> list[Detail]:
    """How it stands with its way to the recipients, in the servers' words where those have spoken."""
    said: list[Detail] = [("warning", safe(line, 1000)) for line in entry.error.splitlines() if line.strip()]
    if entry.state == PENDING:
        when = moment.until(entry.due)
        return [*said, ("text", (_("Tried again: {when}") if said else _("To be sent: {when}")).format(when=when))]
    if entry.state == RUNNING:
        return [("text", _("It is being given to the server just now."))]
    if entry.state == UNKNOWN and not entry.asks:
        return [*said, ("text", _("It is looked for in Sent first. It is not sent again meanwhile."))]
    if entry.state == UNKNOWN:
        question = _("It is not in Sent either, so only you can find out. {again}: it did not arrive, send it again."
                     " {arrived}: it arrived.")  # fmt: skip
        return [*said, ("text", question.format(again=again, arrived=arrived))]
    if entry.state == SENT:
        return [("text", _("Sent: {when}").format(when=moment.full(entry.sent))), *map(_delivery, entry.deliveries)]
    return said


def _delivery(delivery: Delivery) -> Detail:
    """What a bounce says (READ-8)."""
    words = " ".join(safe(part, 400) for part in (delivery.status, delivery.detail) if part)
    who = safe(delivery.recipient, 80)
    if delivery.state == FAILED:
        return ("warning", _("Did not reach {who}: {said}").format(who=who, said=words))
    if delivery.state == DELAYED:
        return ("text", _("Delayed to {who}: {said}").format(who=who, said=words))
    return ("text", _("Delivered to {who}").format(who=who))


def _of_copy(entry: OutboxEntry) -> list[Detail]:
    """The two other states of what was sent: its copy in Sent, and the records that it belongs to (SEND-6)."""
    if entry.state != SENT:
        return []
    reason = safe(entry.filed_error, 600)
    filed: list[Detail] = []
    if entry.filed == FILED:
        filed = [("text", _("Filed in Sent."))]
    elif entry.filed == FILING:
        filed = [("text", _("Not filed in Sent yet: {reason}").format(reason=reason) if reason
                  else _("Not filed in Sent yet."))]  # fmt: skip
    elif entry.filed == NOT_FILED:
        filed = [("warning", _("Not filed in Sent: {reason}").format(reason=reason) if reason
                  else _("Not filed in Sent."))]  # fmt: skip
    if entry.linked:
        names = ", ".join(safe(name, 80) for name in entry.linked)
        return [*filed, ("text", _("Linked to: {names}").format(names=names))]
    not_yet, never = _("Not linked yet: it has not come back from the server."), _("Linked to no record.")
    return [*filed, ("dim", never if entry.thread else not_yet)]


def _of_answer(entry: OutboxEntry, moment: Moment) -> list[Detail]:
    """Until when an answer is waited for (ACT-6)."""
    if entry.response_due <= 0:
        return []
    when = formatting.moment(entry.response_due, moment.now, moment.zone)
    return [("text", _("You are told if nobody answers: {when}").format(when=when))]


def _of_letter(entry: OutboxEntry) -> list[Detail]:
    names = ", ".join(safe(recipient, 120) for recipient in entry.recipients[:_NAMED])
    more = len(entry.recipients) - _NAMED
    names += " " + ngettext("and {n} more", "and {n} more", more).format(n=formatting.number(more)) if more > 0 else ""
    lines = [(_("Subject"), subject(entry.subject)), (_("To"), names), (_("From"), safe(entry.sender, 120))]
    return [("dim", _("{label}: {value}").format(label=label, value=value)) for label, value in lines if value]


def _of_draft(draft: Draft, moment: Moment) -> list[Detail]:
    names = ", ".join(safe(file.name, 80) for file in draft.files[:_NAMED])
    lines = [
        (_("Subject"), subject(draft.subject)), (_("To"), safe(draft.to, 400)), (_("Cc"), safe(draft.cc, 400)),
        (_("Bcc"), safe(draft.bcc, 400)), (_("Attachments"), names), (_("Changed on"), moment.full(draft.changed)),
    ]  # fmt: skip
    told: list[Detail] = [
        ("text", _("{label}: {value}").format(label=label, value=value)) for label, value in lines if value.strip()
    ]
    beginning = " ".join(safe(draft.text[:600]).split())
    return [*told, *([("dim", beginning)] if beginning else [])]
