"""Records as a rep reads them: lists, single ones, what happened with them, and the pane beside the board."""

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.imports import FILE_KINDS, SINGULAR
from salesinbox.model.pane import Pane
from salesinbox.model.records import KINDS, Deal, ImportReport, Record, Stage
from salesinbox.model.settings import Settings
from salesinbox.rules.columns import Own
from salesinbox.services.records import pane
from salesinbox.store.database import Database
from salesinbox.store.records import reading

if TYPE_CHECKING:
    from salesinbox.model.fields import Field
    from salesinbox.model.listing import Brief, Key, RecordPage
    from salesinbox.model.pipeline import PipelineBoard
    from salesinbox.model.timeline import Entry, RecordFile, Related
    from salesinbox.model.timeline import Key as Place
    from salesinbox.services.record_lists import Arrangement
    from salesinbox.services.records.exchange import ExchangeService
    from salesinbox.services.records.texts import Texts
    from salesinbox.store.records.filtering import Condition

_ALL = 1 << 40
_ATTACHMENTS = 50
"""Attachments of mail among the files of a record."""


class RecordService:
    """Reads use `database` as it is; an import opens a connection of its own. `now`: seconds since 1970."""

    def __init__(self, database: Database, settings: Settings, own: Own, now: Callable[[], float]) -> None:
        self.database = database
        self.settings = settings
        self.own = own
        self.now = now

    def import_file(self, path: Path, kind: str, *, dry_run: bool = False) -> ImportReport:
        """See `ExchangeService.import_file`."""
        return self._exchange().import_file(path, kind, dry_run=dry_run)

    def export(self, kind: str, out: TextIO, *, bom: bool = True) -> int:
        """See `ExchangeService.export`."""
        return self._exchange().export(kind, out, bom=bom)

    def _exchange(self) -> "ExchangeService":
        from salesinbox.services.records.exchange import ExchangeService  # noqa: PLC0415 - the board starts without files

        return ExchangeService(self.database, self.settings, self.own, self.now)

    def listing(self, kind: str, limit: int | None = None) -> list[Record]:
        """Records of a kind of file ("leads", "tasks", …) by name; without a limit, all of them."""
        if kind not in FILE_KINDS:
            raise UsageError(
                _("There is no kind {kind}. Kinds are: {kinds}.").format(kind=kind[:40], kinds=", ".join(FILE_KINDS))
            )
        return list(self.page(SINGULAR[kind], limit=_ALL if limit is None else limit).rows)

    # --- lists ------------------------------------------------------------------------------------------------------

    def page(
        self,
        kind: str,
        *,
        query: str = "",
        sort: str = "name",
        descending: bool = False,
        after: "Key | None" = None,
        limit: int = 100,
    ) -> "RecordPage":
        """A page of the records of a kind (`model.records.KINDS`).

        Args:
            kind: Of the reading.
            query: In the filter language over records; "" for all.
            sort: "name", "changed", "created", or a field's name.
            descending: The exact reverse.
            after: `next` of the page before.
            limit: At most so many.

        Raises:
            QueryError: The query cannot be understood.
            UsageError: There is no such kind, or nothing to sort by.
        """
        from salesinbox.model.listing import RecordPage  # noqa: PLC0415 - the board starts without lists
        from salesinbox.store.records import listing as record_listing  # noqa: PLC0415 - the same

        condition = self._condition(kind, query)
        field = None if sort in _ALWAYS else self._field(kind, sort)
        connection = self.database.connection
        ids, total, following = record_listing.page(
            connection, kind, condition, sort=sort, field=field, descending=descending, after=after, limit=limit
        )
        if after is not None and not ids:
            total = record_listing.total(connection, kind, condition)
        found = reading.some(connection, ids)
        return RecordPage(tuple(found[id] for id in ids if id in found), total, following)  # noqa: A001 - as everywhere

    def count(self, kind: str, query: str = "") -> int:
        """How many records of a kind a query finds; raises as `page` does."""
        from salesinbox.store.records import listing as record_listing  # noqa: PLC0415 - the same

        return record_listing.total(self.database.connection, kind, self._condition(kind, query))

    def _condition(self, kind: str, query: str) -> "Condition":
        from salesinbox.store.records import filtering  # noqa: PLC0415 - the same
        from salesinbox.store.records.tables import TABLES  # noqa: PLC0415 - the same

        if kind not in KINDS:
            raise UsageError(
                _("There is no kind {kind}. Kinds are: {kinds}.").format(kind=kind[:40], kinds=", ".join(KINDS))
            )
        asker = filtering.Asker(self._me, int(self.now()), self.settings.me.zone)
        return filtering.compiled(query, TABLES[kind], self.all_fields(kind), asker)

    @cached_property
    def _me(self) -> frozenset[str]:
        """What the rep may be called as an owner of records, in lower case."""
        me = self.settings.me
        names = {self.settings.records.owner, me.name, *me.addresses, *(one.address for one in self.settings.accounts)}
        return frozenset(name.lower() for name in names if name)

    def _field(self, kind: str, name: str) -> "Field":
        known = {field.name: field for field in self.all_fields(kind)}
        if name in known:
            return known[name]
        listed = ", ".join((*_ALWAYS, *(one for one in known if one not in _ALWAYS)))
        raise UsageError(_("There is no field {name}. Fields are: {known}.").format(name=name[:40], known=listed))

    def all_fields(self, kind: str) -> "tuple[Field, ...]":
        """All fields of a kind, the rep's own last."""
        from salesinbox.model.fields import fields  # noqa: PLC0415 - the same

        return fields(kind, self.settings.records.fields)

    def columns(self, kind: str, names: Collection[str] = ()) -> "list[Field]":
        """The columns of a list: the name and the fields that are listed as it comes, or those that are named.

        UsageError for a name that no field has.
        """
        from salesinbox.services.records.texts import NAME  # noqa: PLC0415 - the same

        if names:
            return [NAME if name == "name" else self._field(kind, name) for name in names]
        known = self.all_fields(kind)
        first = next((field for field in known if field.name == "name"), NAME)
        return [first, *(field for field in known if field.listed)]

    def remembered(self, kind: str) -> "Arrangement":
        """How the rep has arranged the list of a kind (`record_lists.remember`)."""
        from salesinbox.services import record_lists  # noqa: PLC0415 - the same

        return record_lists.remembered(self.database, kind)

    def value(self, record: Record, field: "Field") -> str:
        """A field as a rep reads it, in the rep's language and zone; "" where it is empty."""
        return self._texts.shown(record, field)

    @cached_property
    def _texts(self) -> "Texts":
        from salesinbox.services.records.texts import Texts  # noqa: PLC0415 - the same

        return Texts(self.now, self.settings.me.zone, self.names)

    def names(self, ids: Collection[str]) -> Mapping[str, str]:
        """Names of records by their ids; one that is gone has none."""
        from salesinbox.store.records import items  # noqa: PLC0415 - the same

        return items.names(self.database.connection, ids)

    # --- one record -------------------------------------------------------------------------------------------------

    def show(self, id: str) -> Record:
        """The record with an id like "p12", "c3", "d7" or "k4"; NotFoundError if there is none."""
        return reading.show(self.database.connection, id)

    def fields(self, id: str) -> "list[tuple[Field, str]]":
        """All fields of a record with what is in them, as `value` says it; what no field holds comes last."""
        from salesinbox.model.fields import Field  # noqa: PLC0415 - the same
        from salesinbox.services.records.texts import kind_of  # noqa: PLC0415 - the same

        record = self.show(id)
        known = self.all_fields(kind_of(record))
        headings = {field.heading for field in known}
        further = (Field(name, name) for name in record.extra if name not in headings)
        return [(field, self.value(record, field)) for field in (*known, *further)]

    def timeline(
        self,
        id: str,
        *,
        kinds: Collection[str] = (),
        mail: str = "",
        before: "Place | None" = None,
        limit: int = 50,
    ) -> "list[Entry]":
        """What happened with a record, newest first (REC-2).

        Args:
            id: The record's.
            kinds: Of entries (`model.timeline`); none means all.
            mail: SENT_HERE, SCHEDULED or DRAFTS for such mail alone; PEOPLE adds to a deal's linked mail that of its
                contacts. A company has the mail of its people in any case.
            before: `key` of the last entry of the page before.
            limit: At most so many.

        Raises:
            NotFoundError: There is no such record.
        """
        from salesinbox.services.records import timeline_words  # noqa: PLC0415 - the same
        from salesinbox.services.records.texts import kind_of  # noqa: PLC0415 - the same
        from salesinbox.store.records import timeline  # noqa: PLC0415 - the same

        kind = kind_of(self.show(id))
        found = timeline.page(
            self.database.connection, id, kinds=kinds, mail=mail, before=before, limit=limit, offset=self._offset()
        )
        return timeline_words.worded(found, kind, self.names)

    def _offset(self) -> int:
        from datetime import datetime  # noqa: PLC0415 - the same

        offset = datetime.fromtimestamp(self.now(), self.settings.me.zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    def related(self, id: str) -> "Related":
        """Records around a record, and the files that were added to it; NotFoundError if it is gone."""
        from dataclasses import replace  # noqa: PLC0415 - the same

        from salesinbox.store.records import related, timeline  # noqa: PLC0415 - the same

        self.show(id)
        connection = self.database.connection
        return replace(related.of(connection, id), files=tuple(timeline.files(connection, id)))

    def files(self, id: str) -> "list[RecordFile]":
        """Files of a record, newest first, then attachments of its newest mail."""
        from salesinbox.store.records import timeline  # noqa: PLC0415 - the same

        connection = self.database.connection
        return [*timeline.files(connection, id), *timeline.attachments(connection, id, _ATTACHMENTS)]

    def file(self, file_id: str) -> tuple[str, bytes]:
        """Name and octets of a file of a record ("f3"); an attachment of a mail is the mail's to give.

        Raises:
            NotFoundError: There is no such file.
        """
        from salesinbox.store.records import timeline  # noqa: PLC0415 - the same

        digits = file_id[1:]
        if file_id[:1] == "f" and digits.isascii() and digits.isdigit() and len(digits) < 18:
            found = timeline.content(self.database.connection, int(digits))
            if found is not None:
                return found
        raise NotFoundError(_("There is no file {id} here.").format(id=file_id[:40]))

    # --- all records ------------------------------------------------------------------------------------------------

    def find(self, text: str, kinds: Collection[str] = (), limit: int = 20) -> "list[Brief]":
        """What is meant by the beginning or a part of a name, an address or an id, best first; for every keystroke.

        `kinds`: of the records that are looked for; none means all.
        """
        from salesinbox.model.listing import Brief  # noqa: PLC0415 - the same
        from salesinbox.services.records import texts as record_texts  # noqa: PLC0415 - the same
        from salesinbox.store.records import finding  # noqa: PLC0415 - the same

        connection = self.database.connection
        ids = finding.find(connection, text, kinds, limit)
        found = reading.some(connection, ids)
        here = [found[id] for id in ids if id in found]  # noqa: A001 - as everywhere in the services
        contacts = self.names(
            [one.contact_ids[0] for one in here if isinstance(one, Deal) and one.contact_ids and not one.company]
        )
        return [Brief(one.id, record_texts.kind_of(one), one.name, record_texts.brief(one, contacts)) for one in here]

    def pipelines(self) -> list[str]:
        """Names of the pipelines in their order; [] where all stages make one."""
        from salesinbox.store.records import pipelines  # noqa: PLC0415 - the same

        return pipelines.names(self.database.connection)

    def stages(self, pipeline: str = "") -> list[Stage]:
        """The stages of a pipeline in their order; of the first one for ""."""
        from salesinbox.store.records import pipelines  # noqa: PLC0415 - the same

        return pipelines.stages(self.database.connection, pipeline)

    def pipeline(self, name: str = "") -> "PipelineBoard":
        """Deals by stage with their amounts (REC-6); the first pipeline for "". NotFoundError for one that is not."""
        from salesinbox.store.records import pipeline_board, pipelines  # noqa: PLC0415 - the same

        names = pipelines.names(self.database.connection)
        if name and name not in names:
            raise NotFoundError(
                _("There is no pipeline “{text}”. Pipelines are: {names}.").format(
                    text=name[:60], names=", ".join(names) or "–"
                )
            )
        return pipeline_board.read(self.database.connection, name)

    def pane(self, thread_id: str) -> Pane:
        """What the pane shows for a thread (REC-3); NotFoundError where it is gone."""
        zone = self.settings.me.zone
        return pane.of_thread(self.database.connection, self.own, thread_id, int(self.now()), zone)


_ALWAYS = ("name", "changed", "created")
"""What every list can be sorted by."""
