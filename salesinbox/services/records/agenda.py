"""The rep's agenda: what is overdue, due today and later, and the events to come, on the rep's own clocks."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from salesinbox.locale.texts import _
from salesinbox.model.agenda import Agenda
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.records import CALL, EVENT, TASK
from salesinbox.model.settings import Settings
from salesinbox.store.database import Database
from salesinbox.store.records import agenda as store
from salesinbox.store.records import items

DAYS = 14
"""Days after today whose events are in the agenda."""
_BACK = 90
"""Days back from which a calendar still has events."""


class AgendaService:
    """Reads only. `now` gives seconds since 1970."""

    def __init__(self, database: Database, settings: Settings, now: Callable[[], float]) -> None:
        self.database = database
        self.settings = settings
        self.now = now

    def due(self) -> Agenda:
        """Open tasks and calls by their day, and the events of today and the fourteen days that follow.

        What has a time of day is overdue when that is over; what has none, when its day is. What was put off is
        left out until its time has come.
        """
        connection = self.database.connection
        today = self._today()
        late, now, later, undated = store.due(connection, self._times())
        last = today + timedelta(days=DAYS)
        events = store.events(
            connection,
            self._begins(today),
            self._begins(last + timedelta(days=1)),
            today.isoformat(),
            last.isoformat(),
            self._offset(),
        )
        return Agenda(
            tuple(late), tuple(now), tuple(later), tuple(undated), tuple(events), store.number_open(connection)
        )

    def counts(self) -> tuple[int, int]:
        """How many are overdue, and how many due today; costs microseconds."""
        return store.counts(self.database.connection, self._times())

    def ics(self, ids: Sequence[str] = ()) -> str:
        """Tasks, calls and events as a calendar (RFC 5545); without ids, all that are open or to come.

        Raises:
            NotFoundError: There is no such item.
            UsageError: It has no place in a calendar.
        """
        from salesinbox.formats import calendar_writing  # noqa: PLC0415 - for who writes calendars

        connection = self.database.connection
        if ids:
            found = items.some(connection, [id for id in ids if id[:1] in items.KINDS and id[1:].isdecimal()])  # noqa: A001 - as everywhere in the services
            for id in ids:  # noqa: A001 - the same
                if id not in found:
                    raise NotFoundError(_("There is no record {id} here.").format(id=id[:40]))
                if found[id].kind not in (TASK, EVENT, CALL):
                    raise UsageError(_("{id} is no task, event or call.").format(id=id))
            listed = list(found.values())
        else:
            since = self._today() - timedelta(days=_BACK)
            listed = list(store.scheduled(connection, self._begins(since), since.isoformat()))
        owner = next((account.address for account in self.settings.accounts), self.settings.me.name)
        return calendar_writing.calendar(listed, owner=owner, now=int(self.now()))

    def _today(self) -> date:
        return datetime.fromtimestamp(self.now(), self.settings.me.zone).date()

    def _begins(self, day: date) -> int:
        """The first second of a day, be it 23 or 25 hours long."""
        return int(datetime.combine(day, time.min, self.settings.me.zone).timestamp())

    def _offset(self) -> int:
        offset = datetime.fromtimestamp(self.now(), self.settings.me.zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0

    def _times(self) -> store.Times:
        today = self._today()
        return store.times(int(self.now()), today.isoformat(), self._begins(today + timedelta(days=1)), self._offset())
