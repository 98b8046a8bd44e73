"""Acting on mail: at once here, then on the server, and back again by undo (ACT-1 to ACT-5)."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from salesinbox.locale.texts import _
from salesinbox.model import operations as verbs
from salesinbox.model.errors import SalesInboxError, UsageError
from salesinbox.model.mail import ARCHIVE, INBOX, SPAM, TRASH
from salesinbox.model.operations import FolderChoice, Intent, Outcome, Refusal
from salesinbox.model.settings import Settings
from salesinbox.rules import acting
from salesinbox.rules.acting import Place
from salesinbox.rules.columns import Own
from salesinbox.services import action_words, meant, targets
from salesinbox.services.board import row_of
from salesinbox.services.writer import Writer
from salesinbox.store import board, changes, following, history, labels, operations, places, snoozes
from salesinbox.store.database import Database
from salesinbox.store.sending import responses
from salesinbox.store.snoozes import Snooze

GRACE = 10
"""Seconds for which a deletion for good can still be taken back."""

_BY_MAIL = frozenset({verbs.MAILED, verbs.ANSWERED, verbs.UNCERTAIN})
"""Verbs whose refusal is about a message in the outbox."""
_STATES = frozenset({*verbs.MARKS, verbs.OPENED})
"""Verbs that say how mail shall be: what is so already is done."""


@dataclass(slots=True)
class _Doing:
    """What an action comes to, before it is written."""

    intents: list[Intent] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)


class ActionService:
    """Everything is one transaction: the change that shows, the operation for the server, the way back.

    Ids are of threads ("t5") or single messages ("m9"). Writing has a connection of its own, which belongs to the
    thread that uses it first; `patience` is how many seconds it waits for another writer before BusyError.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        own: Own,
        now: Callable[[], float],
        *,
        patience: float = 30.0,
        writer: Writer | None = None,
    ) -> None:
        """`writer`: whose connection to use, so that its transaction holds what is done here."""
        self.database = database
        self.settings = settings
        self.own = own
        self.now = now
        self.writer = writer or Writer(database, settings, own, now, patience=patience)
        """For services that change records with the same connection."""

    @property
    def writing(self) -> Database:
        return self.writer.writing

    def close(self) -> None:
        self.writer.close()

    def patient(self) -> "ActionService":
        """The same for another thread, willing to wait for other writers."""
        return ActionService(self.database, self.settings, self.own, self.now)

    # --- marks ------------------------------------------------------------------------------------------------

    def mark(self, ids: Sequence[str], mark: str) -> Outcome:
        """`mark` is one of model.operations.MARKS, or OPENED for what reading does by itself."""
        return self._act(ids, mark, lambda places: acting.marking(places, mark))

    def label(self, ids: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()) -> Outcome:
        """Set and clear labels (IMAP keywords), given by the names that people read."""
        more = " ".join(labels.keyword(name) for name in add)
        less = " ".join(labels.keyword(name) for name in remove)
        verb = verbs.LABELLED if add else verbs.UNLABELLED
        names = ", ".join([*add, *remove])
        return self._act(ids, verb, lambda places: acting.labelling(places, more, less), target=names)

    def labels(self, id: str | None = None) -> list[str]:
        """Names of the labels of a thread, or of all that are in use, most used first."""
        connection = self.database.connection
        if id is None:
            rows = connection.execute(
                "SELECT coalesce(shown_keywords, keywords) AS words, count(*) FROM location"
                " WHERE coalesce(shown_keywords, keywords) <> '' GROUP BY words"
            ).fetchall()
        else:
            rows = [(place.keywords, 1) for place in _places(connection, id)]
        found: dict[str, int] = {}
        for words, number in rows:
            for word in words.split():
                if name := labels.label(word):
                    found[name] = found.get(name, 0) + number
        return sorted(found, key=lambda name: (-found[name], name))

    # --- where mail lies --------------------------------------------------------------------------------------

    def archive(self, ids: Sequence[str]) -> Outcome:
        """Out of the inbox; what was woken from sleep is put away as well."""
        return self._move_away(ids, verbs.ARCHIVED, acting.archiving, ARCHIVE)

    def trash(self, ids: Sequence[str]) -> Outcome:
        """The whole conversation goes to the trash, from whatever view it is done (VIEW-2)."""
        return self._move_away(ids, verbs.TRASHED, acting.trashing, TRASH)

    def spam(self, ids: Sequence[str], *, spam: bool = True) -> Outcome:
        if spam:
            return self._move_away(ids, verbs.SPAMMED, acting.spamming, SPAM)
        return self._move_away(ids, verbs.UNSPAMMED, acting.unspamming, INBOX)

    def move(self, ids: Sequence[str], folder: str, *, seen_in: str = "", copy: bool = False) -> Outcome:
        """Move or copy to a folder, by its id ("f3") or name; `seen_in` is the folder that is looked at, or ""."""
        looked_at = int(seen_in[1:]) if seen_in else 0

        def intents(places: Sequence[Place], target: Callable[[int], int]) -> list[Intent]:
            return acting.moving(places, target, seen_in=looked_at, copy=copy)

        name = targets.named(self.writing.connection, folder)
        verb = verbs.COPIED if copy else verbs.MOVED

        @cache  # one look for each account, however many threads are selected
        def target(account_id: int) -> int:
            return targets.by_name(self.writing.connection, account_id, folder, name)

        return self._act(ids, verb, lambda places: intents(places, target), target=name, wakes=not copy)

    def delete(self, ids: Sequence[str]) -> Outcome:
        """Delete for good. The server is told after GRACE seconds; until then `undo` takes it back."""
        due = int(self.now()) + GRACE
        return self._act(ids, verbs.DELETED, lambda places: acting.deleting(places, due), wakes=True)

    def _move_away(
        self,
        ids: Sequence[str],
        verb: str,
        choose: Callable[[Sequence[Place], Callable[[int], int]], list[Intent]],
        role: str,
    ) -> Outcome:
        @cache  # one look for each account, however many threads are selected
        def target(account_id: int) -> int:
            return targets.by_role(self.writing.connection, account_id, role)

        return self._act(ids, verb, lambda places: choose(places, target), wakes=True)

    # --- sleep ------------------------------------------------------------------------------------------------

    def snooze(self, ids: Sequence[str], until: int, *, note: str = "", if_no_reply: bool = False) -> Outcome:
        """Out of sight until `until` (seconds since 1970), or until somebody answers (ACT-5)."""
        now = int(self.now())
        if until <= now:
            raise UsageError(_("That time is over. Choose one that is still to come."))
        newest = snoozes.newest_message(self.writing.connection)
        asleep = Snooze(until, " ".join(note.split())[:500], if_no_reply, now, newest)
        return self._sleep(ids, verbs.SNOOZED, asleep)

    def unsnooze(self, ids: Sequence[str]) -> Outcome:
        return self._sleep(ids, verbs.UNSNOOZED, None)

    def _sleep(self, ids: Sequence[str], verb: str, snooze: Snooze | None) -> Outcome:
        with self.writing.transaction() as connection:
            found, refused = meant.threads(connection, ids)
            before = snoozes.snoozes(connection, set(found.values()))
            if snooze is None:
                for id, thread in list(found.items()):  # noqa: A001 - the same
                    if thread not in before:
                        refused.append((id, _("It is not snoozed.")))
                        del found[id]
            kept = {str(thread): _row(before[thread]) if thread in before else None for thread in set(found.values())}
            for thread in set(found.values()):
                snoozes.put(connection, thread, snooze)
            text = self._done(connection, verb, found, {"snoozes": kept}, until=snooze.until if snooze else 0)
        return Outcome(tuple(found), tuple(refused), text)

    def mute(self, ids: Sequence[str], *, on: bool = True) -> Outcome:
        """A muted thread calls for nobody: no inbox, not unread, not waiting, whatever still comes in it."""
        with self.writing.transaction() as connection:
            found, refused = meant.threads(connection, ids)
            threads = sorted(set(found.values()))
            before = sorted(snoozes.muted(connection, threads))
            snoozes.mute(connection, threads, on=on)
            verb = verbs.MUTED if on else verbs.UNMUTED
            text = self._done(connection, verb, found, {"muted": before, "threads": threads})
        return Outcome(tuple(found), tuple(refused), text)

    def is_muted(self, id: str) -> bool:
        return bool(snoozes.muted(self.database.connection, [row_of(id, "t")]))

    def _done(
        self,
        connection: sqlite3.Connection,
        verb: str,
        found: dict[str, int],
        before: dict[str, object],
        until: int = 0,
    ) -> str:
        threads = set(found.values())
        if not threads:
            return ""
        subject = meant.subject(connection, next(iter(found.values())))
        target = str(until or "")
        history.began(
            connection,
            verb,
            int(self.now()),
            target=target,
            subject=subject,
            threads=len(threads),
            before=before,
        )
        board.refresh(connection, threads, self._placing())
        return action_words.done(verb, target, subject, len(threads), self.settings.me.zone, int(self.now()))

    def wake(self) -> int:
        """Bring back what has slept long enough, and what nobody answered in time; returns how many threads."""
        now = int(self.now())
        if not (snoozes.due(self.database.connection, now) or responses.due(self.database.connection, now)):
            return 0
        with self.writing.transaction() as connection:
            threads = {*snoozes.wake(connection, now), *responses.check(connection, now)}
            board.refresh(connection, threads, self._placing())
        return len(threads)

    # --- back -------------------------------------------------------------------------------------------------

    def undo(self) -> Outcome:
        """Take back the last action that has not been taken back; `text` says what it was (ACT-3)."""
        now = int(self.now())
        with self.writing.transaction() as connection:
            action = history.newest(connection)
            if action is None:
                return Outcome((), (), _("Nothing to undo."))
            back = history.taken_back(connection, action, now)
            shown = set(back.threads)
            if rows := action.before.get("rows"):
                undone = changes.unpacked(rows)
                changes.take_back(connection, undone)
                following.follow(connection, undone, self._placing())
                shown |= following.decided(undone)
            if action.verb == verbs.OVERRIDDEN:
                before = action.before
                board.set_override(connection, before["scope"], before["value"], before["column"])
                board.place_again(connection, self._placing())
            board.refresh(connection, back.threads, self._placing())
            accounts = _accounts(connection, back.threads)
        refused = []
        if back.deleted:
            refused.append(("", _("It is gone from the server for good, which cannot be undone.")))
        if back.sent:
            refused.append(("", _("It has been sent, which cannot be undone.")))
        words = action_words.not_undone if back.nothing else action_words.undone
        text = words(action, self.settings.me.zone, now)
        done = tuple(f"t{thread}" for thread in sorted(shown))
        return Outcome(done, tuple(refused), text, accounts, draft=f"d{back.draft}" if back.draft else "")

    def settle(self) -> None:
        """What was done so far is not for `undo`: a sample was filled in."""
        with self.writing.transaction() as connection:
            history.settle(connection)

    # --- what became of it ------------------------------------------------------------------------------------

    def waiting(self) -> int:
        """How many changes servers are still to be told of."""
        return operations.number_open(self.database.connection)

    def refusals(self) -> list[Refusal]:
        """What servers refused, or other clients forestalled, and the rep has not been told yet (ACT-4)."""
        return [
            Refusal(number, f"t{thread}", action_words.refused(verb, target, subject, error), verb in _BY_MAIL)
            for number, thread, verb, target, subject, error in history.refusals(self.database.connection)
        ]

    def told(self) -> None:
        """The rep has seen the refusals."""
        with self.writing.transaction() as connection:
            history.told(connection)

    # --- folders ----------------------------------------------------------------------------------------------

    def folders(self, account: str | None = None) -> list[FolderChoice]:
        """All folders that mail can be moved to, also those that are not synced."""
        return targets.choices(self.database.connection, account)

    # --- how it is done ---------------------------------------------------------------------------------------

    def _act(
        self,
        ids: Sequence[str],
        verb: str,
        choose: Callable[[Sequence[Place]], list[Intent]],
        *,
        target: str = "",
        wakes: bool = False,
    ) -> Outcome:
        now = int(self.now())
        done: list[str] = []
        refused: list[tuple[str, str]] = []
        accounts: set[str] = set()
        text = ""
        with self.writing.transaction() as connection:
            doing = self._decide(connection, ids, verb, choose, wakes=wakes)
            done, refused = doing.done, doing.refused
            if doing.threads:
                subject = meant.subject(connection, min(doing.threads))
                before: dict[str, object] = {"operations": len(doing.intents)}
                if wakes:
                    woken = snoozes.snoozes(connection, doing.threads)
                    before |= {"snoozes": {str(thread): _row(snooze) for thread, snooze in woken.items()}}
                    for thread in woken:
                        snoozes.put(connection, thread, None)
                action = history.began(
                    connection, verb, now, target=target, subject=subject, threads=len(doing.done), before=before
                )
                operations.record(connection, action, doing.intents, now)
                touched = operations.overlay(connection, {intent.message for intent in doing.intents})
                board.refresh(connection, touched | doing.threads, self._placing())
                accounts = set(_accounts(connection, touched))
                text = action_words.done(verb, target, subject, len(doing.done), self.settings.me.zone, now)
        return Outcome(tuple(done), tuple(refused), text, tuple(sorted(accounts)))

    def _decide(
        self,
        connection: sqlite3.Connection,
        ids: Sequence[str],
        verb: str,
        choose: Callable[[Sequence[Place]], list[Intent]],
        *,
        wakes: bool,
    ) -> _Doing:
        doing = _Doing()
        found, doing.refused = meant.threads(connection, ids)
        woken = snoozes.snoozes(connection, set(found.values())) if wakes else {}
        here = {id: _places(connection, id) for id in found}  # noqa: A001 - the same
        for id, thread in found.items():  # noqa: A001 - the same
            try:
                intents = choose(here[id])
            except SalesInboxError as error:
                doing.refused.append((id, str(error)))
                continue
            if not intents and thread not in woken:
                if verb in _STATES:
                    doing.done.append(id)  # it is so already
                else:
                    doing.refused.append((id, action_words.nothing_to_do(verb)))
                continue
            doing.intents += intents
            doing.threads.add(thread)
            doing.done.append(id)
        return doing

    def _placing(self) -> board.Placing:
        return board.placing(self.settings, self.own, self.now())


def _accounts(connection: sqlite3.Connection, threads: Iterable[int]) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT DISTINCT account.name FROM json_each(?) AS wanted JOIN thread ON thread.id = wanted.value"
        " JOIN account ON account.id = thread.account_id",
        (json.dumps(sorted(threads)),),
    )
    return tuple(sorted(row[0] for row in rows))


def _row(snooze: Snooze) -> list[int | str | bool]:
    return [snooze.until, snooze.note, snooze.if_no_reply, snooze.created, snooze.after, snooze.woke]


def _places(connection: sqlite3.Connection, id: str) -> list[Place]:
    if id.startswith("m"):
        return places.of_message(connection, row_of(id, "m"))
    return places.of_thread(connection, row_of(id, "t"))
