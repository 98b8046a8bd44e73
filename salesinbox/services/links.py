"""Linking mail to deals and other records, as the rep decides (LINK-4). No rule overrules what is chosen here."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from salesinbox.locale.texts import _
from salesinbox.model import operations as verbs
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.folding import fold
from salesinbox.model.links import CHOSEN, FOUND, GUESS, LINKED, PEOPLE, LinkChoice, LinkedRecord
from salesinbox.model.operations import Outcome
from salesinbox.model.records import DEAL
from salesinbox.model.text import clip, safe
from salesinbox.rules.matching import deal_key
from salesinbox.services.board import row_of
from salesinbox.services.link_words import choice
from salesinbox.services.records import words as record_words
from salesinbox.services.writer import Step, Writer
from salesinbox.store import places
from salesinbox.store.links import choices as link_choices
from salesinbox.store.links.choices import Found

BY_ADDRESS = "person"
"""How mail is on the people who wrote or received it, and on their companies (LINK-1)."""

_NAME = 60


@dataclass(slots=True)
class _Mail:
    """What ids stand for: threads as a whole, and single messages."""

    threads: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)


class LinkService:
    """Ids are of threads ("t5": what is in them and what still comes) or of single messages ("m9").

    Records are deals ("d7"): mail belongs to one at most; and all other ones, as further links.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    # --- what the rep decides ---------------------------------------------------------------------------------

    def link(self, ids: Sequence[str], record: str) -> Outcome:
        """Link mail to a deal, in the place of what it was linked to, or further to another record."""
        with self.writer.step(verbs.LINKED) as step:
            connection = step.connection
            found = self._record(connection, record)
            mail = _mail(connection, ids)
            if found.kind == DEAL:
                deal = row_of(record, "d")
                link_choices.choose_threads(connection, mail.threads.values(), deal)
                link_choices.choose_messages(connection, mail.messages.values(), deal)
            else:
                within = link_choices.messages_of(connection, mail.threads.values())
                link_choices.add_record(connection, {*within, *mail.messages.values()}, record)
            done = [*mail.threads, *mail.messages]
            _describe(step, mail, found.name)
        return _outcome(verbs.LINKED, step, ids, done, mail.refused)

    def unlink(self, ids: Sequence[str], record: str = "") -> Outcome:
        """Mail belongs to no deal, whatever the rules say; with `record`, it is no longer linked to that one."""
        with self.writer.step(verbs.UNLINKED) as step:
            connection = step.connection
            found = self._record(connection, record) if record else None
            mail = _mail(connection, ids)
            done = [one for one in [*mail.threads, *mail.messages] if self._unlink(connection, one, found, mail)]
            mail.threads = {one: row for one, row in mail.threads.items() if one in done}
            mail.messages = {one: row for one, row in mail.messages.items() if one in done}
            _describe(step, mail, found.name if found else "")
        return _outcome(verbs.UNLINKED, step, ids, done, mail.refused)

    def _unlink(self, connection: sqlite3.Connection, one: str, found: Found | None, mail: _Mail) -> bool:
        """Unlink one thread or message; False if there was nothing to unlink, which is then among the refused."""
        thread = mail.threads.get(one)
        messages = link_choices.messages_of(connection, [thread]) if thread else [mail.messages[one]]
        if found is not None and found.kind != DEAL:
            if link_choices.remove_record(connection, messages, found.record):
                return True
            mail.refused.append((one, self._why_not(connection, messages, found)))
            return False
        deal = row_of(found.record, "d") if found else None
        rows = link_choices.linked(connection, messages)
        shown = _shown_deal(connection, thread) if thread else next((d for d, _how in rows.values()), None)
        there = [message for message, (linked, _how) in rows.items() if linked and deal in (None, linked)]
        if thread and ((shown is not None and deal in (None, shown)) or (there and deal is None)):
            link_choices.choose_threads(connection, [thread], None)
            return True
        if there:
            link_choices.choose_messages(connection, there, None)
            return True
        if found is None:
            mail.refused.append((one, _("It is linked to no deal.")))
        else:
            mail.refused.append((one, _("It is not linked to {record}.").format(record=_name(found.name))))
        return False

    def _why_not(self, connection: sqlite3.Connection, messages: Sequence[int], found: Found) -> str:
        seen = link_choices.addresses(connection, messages, self.writer.own)
        if any(one.record == found.record for one, _number in link_choices.people(connection, seen)):
            return _("Mail is on {record} by its addresses, which is no link that could be taken off.").format(
                record=_name(found.name)
            )
        return _("It is not linked to {record}.").format(record=_name(found.name))

    def confirm(self, ids: Sequence[str]) -> Outcome:
        """What was a guess is right: it is chosen from now on, for a thread also for what still comes in it."""
        with self.writer.step(verbs.LINKED) as step:
            connection = step.connection
            mail = _mail(connection, ids)
            done: list[str] = []
            names: list[str] = []
            for one, row in {**mail.threads, **mail.messages}.items():
                deal = _guessed(connection, one, row)
                if deal is None:
                    mail.refused.append((one, _("There is no guess to confirm.")))
                    continue
                if one in mail.threads:
                    _confirm_thread(connection, row, deal)
                else:
                    link_choices.choose_messages(connection, [row], deal)
                done.append(one)
                names.append(self._record(connection, f"d{deal}").name)
            mail.threads = {one: row for one, row in mail.threads.items() if one in done}
            mail.messages = {one: row for one, row in mail.messages.items() if one in done}
            _describe(step, mail, ", ".join(dict.fromkeys(names)))
        return _outcome(verbs.LINKED, step, ids, done, mail.refused)

    # --- what there is ----------------------------------------------------------------------------------------

    def choices(self, id: str, typed: str = "", limit: int = 20) -> list[LinkChoice]:
        """What a thread or message can be linked to.

        What it is linked to stands first, then the deals of its people and of their companies, then what `typed`
        finds anywhere: words of a deal, a company, a person or a case, or an id.
        """
        connection = self.writer.database.connection
        _thread, messages = self._messages(connection, id)
        seen = link_choices.addresses(connection, messages, self.writer.own)
        words = fold(typed).split()[:8]
        chosen: dict[str, LinkChoice] = {}
        for one in self.of(id):
            if one.how != BY_ADDRESS and (not words or all(word in fold(one.name) for word in words)):
                found = link_choices.by_id(connection, one.record)
                if found is not None:
                    chosen[one.record] = choice(found, LINKED, one.how)
        for found in link_choices.deals_of_people(connection, seen, self.writer.own, words, limit):
            chosen.setdefault(found.record, choice(found, PEOPLE))
        if words and len(chosen) < limit:
            for found in link_choices.search(connection, words, limit):
                chosen.setdefault(found.record, choice(found, FOUND))
        return list(chosen.values())[:limit]

    def of(self, id: str) -> list[LinkedRecord]:
        """What a thread or message is linked to: its deals, further records, its people and their companies."""
        connection = self.writer.database.connection
        thread, messages = self._messages(connection, id)
        rows = link_choices.linked(connection, messages)
        choice = link_choices.thread_choice(connection, thread)
        numbers = Counter(deal for deal, _how in rows.values() if deal is not None)
        hows: dict[int, str] = {}
        if choice is not None and choice[0] is not None and id.startswith("t"):
            hows[choice[0]] = CHOSEN
        for deal, how in rows.values():
            if deal is not None:
                # What came into a thread after the rep linked it is there by that choice.
                by_choice = choice is not None and choice[0] == deal and how == GUESS
                hows.setdefault(deal, CHOSEN if by_choice else how)
        if id.startswith("t") and (guessed := _guessed(connection, id, thread)) is not None:
            hows.setdefault(guessed, GUESS)  # shown on the card by the sender's deals, and linked to no message
        found: dict[str, LinkedRecord] = {}
        for deal, how in hows.items():
            if (one := link_choices.by_id(connection, f"d{deal}")) is not None:
                found[one.record] = LinkedRecord(one.record, DEAL, one.name, how, numbers[deal])
        for record, number in link_choices.further(connection, messages):
            if (one := link_choices.by_id(connection, record)) is not None:
                found[record] = LinkedRecord(record, one.kind, one.name, CHOSEN, number)
        seen = link_choices.addresses(connection, messages, self.writer.own)
        for one, number in link_choices.people(connection, seen):
            found.setdefault(one.record, LinkedRecord(one.record, one.kind, one.name, BY_ADDRESS, number))
        return list(found.values())

    def deal(self, named: str) -> str:
        """The id of a deal by its id or its name. UsageError where several have the name, NotFoundError for none."""
        connection = self.writer.database.connection
        found = link_choices.by_id(connection, named)
        if found is not None and found.kind == DEAL:
            return named
        deals = link_choices.deals_named(connection, deal_key(named))
        if not deals:
            raise NotFoundError(_("There is no deal {name} here.").format(name=_name(named)))
        if len(deals) > 1:
            raise UsageError(
                _("Several deals are called {name}; name one by its id: {ids}.").format(
                    name=_name(named), ids=", ".join(deals[:20])
                )
            )
        return deals[0]

    def _record(self, connection: sqlite3.Connection, record: str) -> Found:
        found = link_choices.by_id(connection, record)
        if found is None:
            raise NotFoundError(_("There is no record {id} here.").format(id=safe(record, 40)))
        return found

    def _messages(self, connection: sqlite3.Connection, id: str) -> tuple[int, list[int]]:
        """The thread of an id, and its messages; NotFoundError if it is not here."""
        mail = _mail(connection, [id])
        if mail.refused:
            raise NotFoundError(mail.refused[0][1])
        if id in mail.threads:
            thread = mail.threads[id]
            return thread, link_choices.messages_of(connection, [thread])
        message = mail.messages[id]
        return places.thread_of(connection, message) or 0, [message]


def _mail(connection: sqlite3.Connection, ids: Sequence[str]) -> _Mail:
    mail = _Mail()
    for id in dict.fromkeys(ids):  # noqa: A001 - as everywhere in the services
        sentence = _("There is no thread or message {id} here.").format(id=safe(id, 40))
        try:
            if id.startswith("m"):
                row: int | None = row_of(id, "m")
                here = places.thread_of(connection, row_of(id, "m"))
            else:
                row = here = places.thread(connection, row_of(id, "t"))
        except NotFoundError:
            row = here = None
        if here is None or row is None:
            mail.refused.append((id, sentence))
        elif id.startswith("m"):
            mail.messages[id] = row
        else:
            mail.threads[id] = row
    return mail


def _shown_deal(connection: sqlite3.Connection, thread: int) -> int | None:
    """The deal on the thread's card."""
    row = connection.execute("SELECT deal_id FROM thread WHERE id = ?", (thread,)).fetchone()
    return int(row[0]) if row and row[0] is not None else None


def _guessed(connection: sqlite3.Connection, id: str, row: int) -> int | None:
    """The deal that a thread or message is guessed to belong to."""
    if id.startswith("t"):
        found = connection.execute("SELECT deal_id FROM thread WHERE id = ? AND link = ?", (row, GUESS)).fetchone()
        return int(found[0]) if found and found[0] is not None else None
    deal, how = link_choices.linked(connection, [row]).get(row, (None, ""))
    return deal if how == GUESS else None


def _confirm_thread(connection: sqlite3.Connection, thread: int, deal: int) -> None:
    """Guesses and what has no link become chosen; what is linked for certain stays."""
    messages = link_choices.messages_of(connection, [thread])
    rows = link_choices.linked(connection, messages)
    kept = {message: linked for message, linked in rows.items() if linked[1] != GUESS}
    link_choices.choose_threads(connection, [thread], deal)
    for message, (linked, how) in kept.items():
        connection.execute("UPDATE link SET deal_id = ?, how = ? WHERE message = ?", (linked, how, message))


def _describe(step: Step, mail: _Mail, record: str) -> None:
    """What the step's words need: the record's name, the first mail's subject, how many there are."""
    step.target = record
    step.count = len(mail.threads) + len(mail.messages)
    if mail.threads:
        query, rows = "SELECT subject FROM thread WHERE id = ?", mail.threads
    else:
        query, rows = "SELECT subject FROM message WHERE id = ?", mail.messages
    for number in [*rows.values()][:1]:
        step.subject = str(step.connection.execute(query, (number,)).fetchone()[0])


def _outcome(
    verb: str, step: Step, ids: Sequence[str], done: Sequence[str], refused: Sequence[tuple[str, str]]
) -> Outcome:
    if not done:
        return Outcome((), tuple(refused))
    text = record_words.with_moved(record_words.done(verb, step.target, step.subject, step.count), step.moved)
    return Outcome(tuple(one for one in dict.fromkeys(ids) if one in done), tuple(refused), text)


def _name(text: str) -> str:
    return clip(safe(text), _NAME)
