"""The magnet: mail of customers that waits for the rep's answer, and what the rep did to its entries (MAG)."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import operations as verbs
from salesinbox.model.board import COLLEAGUES, VIEW_NAMES, WAITING_LONGEST, Card, View
from salesinbox.model.errors import NotFoundError
from salesinbox.model.magnet import MagnetEntry
from salesinbox.model.mail import Flag
from salesinbox.model.operations import Outcome
from salesinbox.model.records import KnownAddress
from salesinbox.model.settings import Magnet
from salesinbox.model.text import clip, safe
from salesinbox.rules import magnet as rules
from salesinbox.rules.magnet import Ask
from salesinbox.services import meant
from salesinbox.services.records import words as record_words
from salesinbox.services.writer import Writer
from salesinbox.store import board, magnet, pages, snoozes, waiting
from salesinbox.store.records import items
from salesinbox.store.sending import drafts
from salesinbox.store.waiting import Waiting

_MAGNET = VIEW_NAMES["magnet"]


class MagnetService:
    """Reads cost what the entries cost that are asked for. Changes are taken back by undo (ACT-3)."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    @property
    def _connection(self) -> sqlite3.Connection:
        return self.writer.database.connection

    def entries(self, limit: int = 200) -> list[MagnetEntry]:
        """Who waits, the longest waiting first: at most `limit`."""
        placing = self.writer.placing()
        connection = self._connection
        cards = pages.page(connection, "magnet", None, WAITING_LONGEST, limit, month=placing.month)
        found = waiting.of_threads(connection, [card.row for card in cards], placing)
        entries = []
        for card in cards:
            asks = found[card.row].waiting
            since = min((ask.date for ask in asks), default=card.waiting_since or card.date)
            entries.append(MagnetEntry(card, since, _reason(asks, found[card.row]), self.did(card)))
        return sorted(entries, key=lambda entry: (entry.waiting_since, entry.card.row))

    def did(self, card: Card) -> tuple[str, ...]:
        """What was made from the thread's mail, the newest first, and that it has slept (MAG-3)."""
        connection = self._connection
        words = [_done(*row) for row in items.of_thread(connection, card.row)]
        if drafts.about_thread(connection, card.row):
            words.append(_("An answer is being written."))
        if card.woke:
            when = moment(card.snoozed_until, int(self.writer.now()), self.writer.settings.me.zone)
            words.append(_("It was snoozed until {when}.").format(when=when))
        return tuple(words)

    def count(self) -> int:
        """How many threads wait; costs microseconds."""
        return pages.total(self._connection, _MAGNET.value)

    def is_in(self, id: str) -> bool:
        """Whether a thread waits; False also for one that is not here."""
        found, _refused = meant.threads(self._connection, [id])
        return id in found and found[id] in _inside(self._connection, {found[id]})

    # --- what the rep does ------------------------------------------------------------------------------------

    def dismiss(self, ids: Sequence[str]) -> Outcome:
        """These need no answer; what comes later in the same thread does again (MAG-4). Ids of threads or messages."""
        with self.writer.step(verbs.DISMISSED) as step:
            found, refused = meant.threads(step.connection, ids)
            asks = waiting.of_threads(step.connection, set(found.values()), self.writer.placing())
            inside = _inside(step.connection, set(found.values()))
            done = {}
            for id, thread in found.items():  # noqa: A001 - as everywhere in the services
                if thread in inside:
                    done[id] = thread
                else:
                    refused.append((id, _("It is not in the magnet.")))
            for thread in set(done.values()):
                newest = max((ask.row for ask in asks[thread].asks), default=snoozes.newest_message(step.connection))
                magnet.dismiss(step.connection, thread, newest)
            step.count = len(set(done.values()))
            step.subject = meant.subject(step.connection, next(iter(done.values()), 0))
        text = record_words.done(verbs.DISMISSED, "", step.subject, step.count) if done else ""
        return Outcome(tuple(done), tuple(refused), text)

    def restore(self, ids: Sequence[str]) -> Outcome:
        """What was dismissed, or put off by a filter, waits again as the rules say."""
        with self.writer.step(verbs.RESTORED) as step:
            found, refused = meant.threads(step.connection, ids)
            entries = magnet.entries(step.connection, set(found.values()))
            done = {}
            for id, thread in found.items():  # noqa: A001 - as everywhere in the services
                entry = entries.get(thread, magnet.NO_ENTRY)
                if not entry.dismissed and entry.forced is not False:
                    refused.append((id, _("It was not dismissed from the magnet.")))
                    continue
                done[id] = thread
                magnet.dismiss(step.connection, thread, 0)
                if entry.forced is False:
                    magnet.force(step.connection, thread, None)
            step.count = len(set(done.values()))
            step.subject = meant.subject(step.connection, next(iter(done.values()), 0))
        text = record_words.done(verbs.RESTORED, "", step.subject, step.count) if done else ""
        return Outcome(tuple(done), tuple(refused), text)

    # --- why --------------------------------------------------------------------------------------------------

    def why(self, id: str) -> str:
        """Why a thread is in the magnet or not: a sentence, then each condition on a line of its own."""
        connection = self._connection
        found, refused = meant.threads(connection, [id])
        if refused:
            raise NotFoundError(refused[0][1])
        thread = found[id]
        placing = self.writer.placing()
        facts = waiting.of_threads(connection, [thread], placing)[thread]
        bits, unread = connection.execute("SELECT views, unread FROM thread WHERE id = ?", (thread,)).fetchone()
        state = _State(thread, bits, unread, facts, placing)
        if bits & _MAGNET:
            lines = [_("It is in the magnet."), *(_in(ask, facts) for ask in facts.waiting)]
        elif name := self._keepless(thread):
            lines = [
                _("It is not in the magnet."),
                _("Of the account {name} only id, From address and time are kept, which tell nobody whom it was sent to"
                  " (storage in [account.gmail]).").format(name=name),
            ]  # fmt: skip
        else:
            lines = [_("It is not in the magnet."), *_hindrances(connection, state)]
        return "\n".join(lines)

    def _keepless(self, thread: int) -> str:
        """The thread's account, if none of its mail is kept here (ACC-3); else ""."""
        names = [one.name for one in self.writer.settings.accounts if not one.keeps_mail]
        row = (
            names
            and self._connection.execute(
                "SELECT account.name FROM thread JOIN account ON account.id = account_id WHERE thread.id = ?", (thread,)
            ).fetchone()
        )
        return str(row[0]) if row and row[0] in names else ""


# --- reasons in words ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _State:
    """A thread, as far as the magnet looks at it."""

    thread: int
    bits: int
    unread: int
    facts: Waiting
    placing: board.Placing

    @property
    def settings(self) -> Magnet:
        return self.placing.magnet


def _done(kind: str, name: str, closed: int) -> str:
    what = f"{record_words.kind_title(kind)}: {clip(safe(name), 60)}"
    return _("{what} (done)").format(what=what) if closed else what


def _reason(asks: Sequence[Ask], facts: Waiting) -> str:
    """Of an entry in the list: by its newest message."""
    return _in(asks[-1], facts) if asks else _("Put there by a filter of yours.")


def _in(ask: Ask, facts: Waiting) -> str:
    if facts.entry.forced:
        return _("Put there by a filter of yours.")
    known = facts.known.get(ask.address, KnownAddress())
    name = safe(known.contact_name or known.lead_name) or safe(ask.address)
    if ask.how & rules.LISTED:
        sentence = _("{name}, a contact, wrote by a mailing list.")
        lead = _("{name}, a lead, wrote by a mailing list.")
    elif ask.how & rules.TO_GROUP:
        sentence = _("{name}, a contact, wrote to a group address.")
        lead = _("{name}, a lead, wrote to a group address.")
    else:
        sentence, lead = _("{name}, a contact, wrote to you."), _("{name}, a lead, wrote to you.")
    return (sentence if known.contact_id else lead).format(name=name)


def _hindrances(connection: sqlite3.Connection, state: _State) -> list[str]:
    """What keeps a thread out, each in a sentence; the first that is found of each message."""
    lines = []
    if not state.bits & int(View.ALL):
        lines.append(_("It is in the spam or in the trash."))
    if state.bits & int(View.SNOOZED):
        lines.append(_("It is snoozed, and waits again when it wakes."))
    if snoozes.muted(connection, [state.thread]):
        lines.append(_("You muted it."))
    if state.facts.entry.forced is False:
        lines.append(_("A filter of yours took it out."))
    if not state.facts.asks:
        lines += _unasked(connection, state.thread)
    elif all(ask.row <= state.facts.entry.dismissed for ask in state.facts.asks):
        lines.append(_("You dismissed it; a new mail brings it back."))
    elif not state.facts.waiting and state.facts.entry.forced is None:
        lines += list(dict.fromkeys(_hindered(ask, state) for ask in state.facts.asks))
    if state.facts.waiting:
        lines += _kept_out(connection, state)
    return lines or [_("It is looked at anew with the next sync.")]


def _unasked(connection: sqlite3.Connection, thread: int) -> list[str]:
    """No message of the thread asks for an answer: because of what?"""
    rows = connection.execute(
        "SELECT mine, automatic, warning, max(coalesce(shown_flags, flags) & ?) FROM message"
        " JOIN location ON location.message = message.id WHERE thread_id = ? GROUP BY message.id ORDER BY date DESC",
        (int(Flag.ANSWERED), thread),
    ).fetchall()
    if rows and all(mine for mine, _automatic, _warning, _answered in rows):
        return [_("You wrote it yourself.")]
    for mine, automatic, warning, answered in rows:
        if mine or answered:
            return [_("It is answered.")]
        if warning:
            return [_("The mail failed the checks of its sender, so somebody else may have written it.")]
        if automatic:
            return [_("A program wrote it, not a person.")]
    return []


def _hindered(ask: Ask, state: _State) -> str:
    facts, settings = state.facts, state.settings
    known = facts.known.get(ask.address)
    why = rules.hindrance(ask, known, state.placing.own, facts.overrides, state.placing.now, settings)
    if not why and facts.overrides.threads.get(state.thread) == COLLEAGUES:
        why = rules.COLLEAGUE
    sentence = {
        rules.COLLEAGUE: _("{address} is a colleague."),
        rules.STRANGER: _("{address} is neither a lead nor a contact."),
        rules.LIST: _("It came by a mailing list; the setting “lists” lets such mail in."),
        rules.GROUP: _("It was sent to a group address only; the setting “groups” lets such mail in."),
        rules.NOT_ADDRESSED: _("Neither To nor Cc names an address of yours."),
        rules.OLD: ngettext(
            "It is older than {n} day, the setting “days”.", "It is older than {n} days, the setting “days”.",
            settings.days,
        ),
        "": _("You dismissed it; a new mail brings it back."),
    }[why]  # fmt: skip
    return sentence.format(address=safe(ask.address) or "–", n=settings.days)


def _kept_out(connection: sqlite3.Connection, state: _State) -> list[str]:
    """What waits, and still is not there: sleep and silence are told already, so the settings are left."""
    if state.settings.until_read and not state.unread:
        return [_("You have read it; the setting “until_read” takes it out.")]
    if state.facts.overrides.threads.get(state.thread) == COLLEAGUES and state.facts.entry.forced is None:
        return [_("You put this thread among the colleagues.")]
    narrowing = (
        (state.settings.columns, _("It is in none of the columns of the setting “columns”.")),
        (state.settings.deals_over, _("It is on no deal over the amount of the setting “deals_over”.")),
        (state.settings.folders, _("It is in none of the folders of the setting “folders”.")),
        (state.settings.labels, _("It has none of the labels of the setting “labels”.")),
        (state.settings.query, _("It does not meet the setting “query”.")),
    )
    placing = state.placing
    return [
        sentence
        for (value, sentence), meets in zip(
            narrowing, magnet.met(connection, placing.magnet, placing.zone, placing.now, state.thread), strict=True
        )
        if value and not meets
    ]


def _inside(connection: sqlite3.Connection, threads: set[int]) -> set[int]:
    return set(pages.within(connection, "magnet", sorted(threads)))
