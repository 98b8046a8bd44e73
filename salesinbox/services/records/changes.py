"""Changing records as a rep does: made, edited, converted, merged, done, deleted; undo takes each back (REC-4)."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _
from salesinbox.model import operations as verbs
from salesinbox.model.duplicates import Duplicate, Guess
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.operations import Outcome
from salesinbox.model.records import CALL, CASE, CONTACT, EVENT, KINDS, TASK, Stage
from salesinbox.model.text import clip, safe
from salesinbox.rules import snoozing
from salesinbox.services.records import editing as record_editing
from salesinbox.services.records import making as record_making
from salesinbox.services.records import merging, words
from salesinbox.services.records.desk import Desk
from salesinbox.services.records.making import Wanted
from salesinbox.services.writer import Step, Writer
from salesinbox.store import board
from salesinbox.store.records import pipelines, sources
from salesinbox.store.records import writing as record_writing
from salesinbox.store.records.sources import Source
from salesinbox.store.records.writing import Kept

_CLOSED_BY_HAND = (TASK, CALL, CASE, EVENT)
_PUT_OFF = (TASK, CALL, CASE)
_NAME = 60


class RecordChanges:
    """Every change is one step of the writer, and ids are as everywhere ("p12", "c3", "d7", "k4").

    What cannot be changed is refused with a sentence; for a value that makes no sense there is a UsageError, and
    nothing is changed.

    Reads use the writer's database, changes its connection: each in the thread that it belongs to.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._kept_pipelines = False

    # --- making and editing -------------------------------------------------------------------------------------------

    def create(
        self, kind: str, values: Mapping[str, str], *, about: Sequence[str] = (), thread: str = "", message: str = ""
    ) -> Outcome:
        """Make a record; `done` is its id.

        Args:
            kind: One of `model.records.KINDS`.
            values: By field name or heading, as typed, "" for what is not said; days, times and amounts are the
                rep's. A person's "name" is taken apart. A deal's "contacts" are ids, addresses or names, each with a
                role behind a colon.
            about: Ids of the records that an item is about; of a deal, its contacts and its company.
            thread: The record is made from this thread ("t5"): a person gets its address, the rest is linked to it.
            message: The same from one message ("m9").

        Raises:
            UsageError: A value makes no sense; the sentence names the field.
            NotFoundError: A record or a thread that was named is not here.
        """
        if kind not in KINDS:
            raise UsageError(
                _("There is no kind {kind}. Kinds are: {kinds}.").format(kind=safe(kind, 40), kinds=", ".join(KINDS))
            )
        with self._step(verbs.CREATED, kind) as (step, desk):
            source = sources.source(desk.connection, thread, message) if thread or message else None
            wanted = Wanted(desk.typed.parse(kind, _said(values)), tuple(about), source or Source())
            made = record_making.create(desk, kind, wanted)
            step.subject = made.name or str(made.row.get("body", ""))
        return self._outcome(verbs.CREATED, step, (made.id,))

    def edit(self, ids: Sequence[str], values: Mapping[str, str]) -> Outcome:
        """Write the same values into all of them; "" empties a field, tags "+a -b" add and take away.

        A record that holds the values already is done, and is not marked as changed.
        """
        with self._step(verbs.EDITED) as (step, desk):
            found, refused = self._found(desk, ids)
            changed = [one for one in found if record_editing.edit(desk, one, desk.typed.parse(one.kind, values, one))]
            self._told(step, changed or found)
        return self._outcome(verbs.EDITED, step, [one.id for one in found], refused)

    def remove(self, ids: Sequence[str]) -> Outcome:
        """Delete records. Deals of a person and people of a company stay; notes about nothing else go with them."""
        with self._step(verbs.REMOVED) as (step, desk):
            found, refused = self._found(desk, ids)
            self._told(step, found)
            for one in found:
                record_writing.remove(desk.connection, one, desk.now)
        return self._outcome(verbs.REMOVED, step, [one.id for one in found], refused)

    def complete(self, ids: Sequence[str], *, done: bool = True) -> Outcome:
        """Tasks, calls, cases and events are done, or open again."""
        verb = verbs.CLOSED if done else verbs.EDITED
        with self._step(verb) as (step, desk):
            found, refused = self._found(desk, ids)
            fitting = [one for one in found if one.kind in _CLOSED_BY_HAND]
            refused += [
                (one.id, _("Only tasks, calls, cases and events can be done."))
                for one in found
                if one.kind not in _CLOSED_BY_HAND
            ]
            for one in fitting:
                record_editing.close(desk, one, done=done)
            self._told(step, fitting)
        return self._outcome(verb, step, [one.id for one in fitting], refused)

    def postpone(self, ids: Sequence[str], when: str) -> Outcome:
        """Put tasks, calls and cases out of sight until then; what is due earlier becomes due then.

        `when`: a time to come as a snooze takes it ("tomorrow", "Fri 10:00", "3d").
        """
        zone = self.writer.settings.me.zone
        with self._step(verbs.EDITED) as (step, desk):
            until = snoozing.parse(when, desk.now, zone)
            if until is None:
                raise UsageError(
                    _("{text} is no time to come. Write for instance 3d, tomorrow, fri 10:00 or 12/1.").format(
                        text=repr(safe(when, 40))
                    )
                )
            found, refused = self._found(desk, ids)
            fitting = [one for one in found if one.kind in _PUT_OFF and not one.row["closed"]]
            refused += [
                (one.id, _("Only tasks, calls and cases that are open can be put off."))
                for one in found
                if one not in fitting
            ]
            for one in fitting:
                record_editing.put_off(desk, one, until)
            self._told(step, fitting)
        outcome = self._outcome(verbs.EDITED, step, [one.id for one in fitting], refused)
        if not fitting:
            return outcome
        text = _("Put off until {when}: {what}").format(
            when=moment(until, self.writer.now(), zone), what=words.records(step.subject, step.count)
        )
        return Outcome(outcome.done, outcome.refused, text)

    # --- converting and merging ---------------------------------------------------------------------------------------

    def convert(
        self, id: str, *, company: str = "", deal: str = "", new_deal: Mapping[str, str] | None = None
    ) -> Outcome:
        """Make a contact of a lead, under the same id: its mail and activities follow (REC-4).

        `done` is the contact's id, then the deal's. Where a contact has an address of the lead's already, the lead
        becomes part of it.

        Args:
            id: A lead.
            company: The id of its company; "" finds one by name or domain, or makes it; "-" for none.
            deal: The id of a deal that the contact joins.
            new_deal: Values of a deal that is made with it.
        """
        if deal and new_deal is not None:
            raise UsageError(_("Name a deal that is there, or values of a new one, not both."))
        with self._step(verbs.CONVERTED, CONTACT) as (step, desk):
            lead = desk.find(id)
            step.subject = lead.name
            contact, _company, joined = merging.convert(
                desk, lead, company=company, deal=deal, new_deal=None if new_deal is None else _said(new_deal)
            )
        return self._outcome(verbs.CONVERTED, step, [one for one in (contact.id, joined) if one])

    def merge(self, keep: str, others: Sequence[str], values: Mapping[str, str] | None = None) -> Outcome:
        """Make one record of several (REC-8).

        `keep` stays, fills its empty fields from the others, and takes over their mail, activities, deals, links and
        files; `values` decide field by field over all of them.
        """
        with self._step(verbs.MERGED) as (step, desk):
            kept = desk.find(keep)
            gone = [desk.find(other) for other in dict.fromkeys(others) if other != kept.id]
            if not gone:
                raise UsageError(_("Name at least one other record that becomes part of {id}.").format(id=kept.id))
            merging.merge(desk, kept, gone, values or {})
            step.target, step.subject = kept.kind, kept.name
        return self._outcome(verbs.MERGED, step, (kept.id,))

    def duplicates(self, id: str, limit: int = 10) -> list[Duplicate]:
        """Records that may be the same as this one, most likely first (REC-8). NotFoundError if it is not here."""
        from salesinbox.services.records import guessing  # noqa: PLC0415 - changes need neither duplicates nor guesses

        return guessing.duplicates(self._reading, id, limit)

    def all_duplicates(self, kind: str, limit: int = 200) -> list[tuple[str, ...]]:
        """Groups of ids that are likely one record, most likely first; in each the one to keep comes first."""
        from salesinbox.services.records import guessing  # noqa: PLC0415 - the same

        # Among many thousands it takes a moment: whoever has a writer for another thread may ask there.
        return guessing.groups(self.writer.writing.connection, kind, limit)

    def guess(self, thread_id: str) -> Guess:
        """What a new record of a thread's sender may hold, from the display name, the domain and the signature.

        With likely duplicates and the existing company of that domain (REC-5). NotFoundError: the thread is gone.
        """
        from salesinbox.services.records import guessing  # noqa: PLC0415 - the same

        return guessing.guess(self._reading, thread_id)

    # --- files --------------------------------------------------------------------------------------------------------

    def add_file(self, id: str, path: Path) -> Outcome:
        """Keep a copy of a file with a record; UsageError for what is no file, or has more than 25 MB."""
        from salesinbox.services.records import attaching  # noqa: PLC0415 - few records get a file

        name, kind, content = attaching.read(path)
        with self._step(verbs.EDITED) as (step, desk):
            kept = desk.find(id)
            attaching.put(desk, kept, name, kind, content)
            self._told(step, [kept])
        text = _("File added to {what}: {file}").format(what=clip(safe(kept.name), _NAME), file=clip(safe(name), _NAME))
        return Outcome((kept.id,), (), text)

    def remove_file(self, file_id: str) -> Outcome:
        """Take a file ("f3") off its record; undo brings it back."""
        from salesinbox.services.records import attaching  # noqa: PLC0415 - the same

        with self._step(verbs.EDITED) as (step, desk):
            name = attaching.take_off(desk, file_id)
            step.subject = name
        return Outcome((file_id,), (), _("File removed: {file}").format(file=clip(safe(name), _NAME)))

    # --- pipelines ----------------------------------------------------------------------------------------------------

    def stages(self, pipeline: str = "") -> list[Stage]:
        """The stages of a pipeline in their order; "" for the first one (REC-6)."""
        self._keep_pipelines()
        return pipelines.stages(self._reading, pipeline)

    def pipelines(self) -> list[str]:
        """Names of the pipelines; [] where the settings name none."""
        self._keep_pipelines()
        return pipelines.names(self._reading)

    def _keep_pipelines(self) -> None:
        """The stages are those of the settings before anything depends on them."""
        if self._kept_pipelines:
            return
        wanted = self.writer.settings.records.pipelines
        if not pipelines.are_kept(self.writer.writing.connection, wanted):
            with self.writer.writing.transaction() as connection:
                if pipelines.keep(connection, wanted):
                    board.place_again(connection, self.writer.placing())
        self._kept_pipelines = True

    # --- how it is done -----------------------------------------------------------------------------------------------

    @property
    def _reading(self) -> sqlite3.Connection:
        return self.writer.database.connection

    @contextmanager
    def _step(self, verb: str, target: str = "") -> Iterator[tuple[Step, Desk]]:
        self._keep_pipelines()
        with self.writer.step(verb, target=target) as step:
            yield step, Desk(step.connection, step.now, self.writer.settings)

    def _found(self, desk: Desk, ids: Sequence[str]) -> tuple[list[Kept], list[tuple[str, str]]]:
        found: list[Kept] = []
        refused: list[tuple[str, str]] = []
        for name in dict.fromkeys(ids):
            try:
                found.append(desk.find(name))
            except NotFoundError as error:
                refused.append((name, str(error)))
        return found, refused

    def _told(self, step: Step, records: Sequence[Kept]) -> None:
        """What undo will say of the step."""
        step.count = len(records)
        if records:
            step.target, step.subject = records[0].kind, records[0].name

    def _outcome(self, verb: str, step: Step, done: Sequence[str], refused: Sequence[tuple[str, str]] = ()) -> Outcome:
        if not done:
            return Outcome((), tuple(refused))
        text = words.done(verb, step.target, step.subject, max(step.count, 1))
        return Outcome(tuple(done), tuple(refused), words.with_moved(text, step.moved))


def _said(values: Mapping[str, str]) -> dict[str, str]:
    """What was said of a new record: an empty field of a form says nothing."""
    return {name: text for name, text in values.items() if text.strip()}
