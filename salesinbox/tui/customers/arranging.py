"""Filters, columns and views of the rep's own: a list from which each is written, tried and ordered (FLT, COL-12)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import events

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model.errors import QueryError
from salesinbox.model.filters import WITH_VALUE, Filter, FilterRun
from salesinbox.model.operations import Outcome
from salesinbox.model.text import clip, safe
from salesinbox.tui import acting
from salesinbox.tui.customers.arranging_form import COLUMN, FILTER, KINDS, VIEW, Arranged, ArrangingForm
from salesinbox.tui.customers.arranging_rows import Arrangement
from salesinbox.tui.hand import MANY
from salesinbox.tui.navigation import ARRANGING
from salesinbox.tui.screens.confirm import Confirm
from salesinbox.tui.screens.overlay import Overlay
from salesinbox.tui.screens.picker import Choice, Picker
from salesinbox.tui.waiting import wait_for

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.services.arranging import ArrangingService
    from salesinbox.services.filters import FilterService
    from salesinbox.tui.app import Board

_WIDEST = 110
_NAME = 60
Doing = Callable[[Arranged], None]


class ArrangingScreen(Overlay):
    def __init__(self, board: "Board") -> None:
        self.list = Arrangement(board)
        self._found: dict[tuple[str, str], int | None] = {}
        """Threads that fit, by kind and query, as far as they have been counted; None: it cannot be understood."""
        self._counting = False

        def size(cells: int, rows: int) -> tuple[int, int]:
            return min(_WIDEST, max(cells - 4, 10)), max(min(len(self.list.rows) + 2, rows - 2), min(rows - 2, 14), 3)

        super().__init__(board, self.list, size)
        self._read()

    def on_mount(self) -> None:
        self.board.nav.watching.append(self._read)
        self.call_after_refresh(self._read)

    def on_unmount(self) -> None:
        self.board.nav.watching.remove(self._read)

    def _read(self) -> None:
        """Look again: something was arranged here, or by another process."""
        later = self.board.later
        filters = [
            Arranged(FILTER, one.id, one.name, one.query, list(one.actions), one.enabled, one.problem)
            for one in later.filters.filters()
        ]
        own = later.arranging.columns()
        columns = [Arranged(COLUMN, one.name, one.title, one.query, problem=one.problem) for one in own]
        views = [Arranged(VIEW, one.name, one.name, one.query) for one in later.arranging.views()]
        counts = {(COLUMN, one.name): one.threads for one in own}
        for one in (*filters, *views):
            if (found := self._found.get((one.kind, one.query))) is not None:
                counts[one.kind, one.id] = found
        self.list.take(filters, columns, views, counts)
        if self.is_mounted:
            self.refresh(layout=True)
            self.list.changed()
            self._count([(one.kind, one.query) for one in (*filters, *views) if not one.problem])

    def _count(self, wanted: Sequence[tuple[str, str]]) -> None:
        """How much each finds, counted beside the interface: each is a search of all mail."""
        missing = [key for key in dict.fromkeys(wanted) if key not in self._found]
        if missing and not self._counting:
            self._counting = True
            filters = self.board.later.filters
            self.board.in_thread(lambda: {key: _number(filters, key[1]) for key in missing}, self._counted)

    def _counted(self, found: Mapping[tuple[str, str], int | None]) -> None:
        self._counting = False
        self._found |= found
        if self.is_mounted:
            self._read()

    # --- keys ---------------------------------------------------------------------------------------------------

    def take(self, command: str, event: events.Key) -> None:
        found = self.board.keys.find(ARRANGING, event.key, event.character)
        name = found.name if found is not None else command
        here = self.list.here
        doing: dict[str, Doing] = {
            "arrange-edit": self._edit, "open": self._edit, "arrange-enable": self._enable,
            "arrange-down": partial(self._move, 1), "arrange-up": partial(self._move, -1),
            "arrange-delete": self._delete, "arrange-run": self._run_one,
        }  # fmt: skip
        if name == "arrange-new":
            self._new()
        elif name == "arrange-undo":
            self.board.attempt(partial(acting.undo, self.board))
        elif name == "arrange-run-all":
            self._run(())
        elif name in doing:
            if here is not None:
                self.board.attempt(partial(doing[name], here))
        elif (steps := self.steps(name, self.list.page, len(self.list.rows))) is not None:
            self.list.step(steps)

    def on_click(self, event: events.Click) -> None:
        if event.widget is not self.list:
            super().on_click(event)
        else:
            self.list.point(event.y - 1)

    def on_mouse_scroll_down(self) -> None:
        self.list.step(1)

    def on_mouse_scroll_up(self) -> None:
        self.list.step(-1)

    # --- writing ------------------------------------------------------------------------------------------------

    def _new(self) -> None:
        """Of which kind is asked first; that of the cursor's part is at hand."""
        titles = {
            FILTER: (_("Filter"), _("does something with mail as it comes")),
            COLUMN: (_("Column"), _("a lane of the board for mail that fits")),
            VIEW: (_("Saved view"), _("a saved search, among the views")),
        }
        choices = [Choice(titles[kind][0], titles[kind][1], value=kind) for kind in KINDS]
        start = KINDS.index(self.list.kind)
        self.board.push_screen(
            Picker(self.board, _("What is to be made?"), choices, chosen=self._write_new, start=start)
        )

    def _write_new(self, kind: str) -> None:
        self.board.call_next(self._edit, Arranged(kind))

    def _edit(self, what: Arranged) -> None:
        self.board.push_screen(ArrangingForm(self.board, what, self._save))

    def _save(self, what: Arranged, kept: Callable[[], None]) -> None:
        def then(outcome: Outcome) -> None:
            if not outcome.refused:
                kept()
            self._told(outcome)

        if what.kind == FILTER:
            made = Filter(what.id, what.name, what.query, tuple(what.actions), what.enabled)
            self._filters(lambda filters: filters.save(made), then)
        elif what.kind == COLUMN:
            self._arranging(lambda service: service.save_column(what.name, what.query, what.id), then, long=True)
        else:
            self._arranging(lambda service: service.save_view(what.name, what.query, what.id), then)

    # --- order, on and off, away --------------------------------------------------------------------------------

    def _enable(self, what: Arranged) -> None:
        if what.kind == FILTER:
            turned = Filter(what.id, what.name, what.query, tuple(what.actions), not what.enabled)
            self._filters(lambda filters: filters.save(turned), self._told)
        else:
            self.board.say(_("Only a filter can be off; a column or a view is deleted."))

    def _move(self, steps: int, what: Arranged) -> None:
        ids = self.list.ids(what.kind)
        place = ids.index(what.id) + steps
        if not 0 <= place < len(ids):
            return
        ids.remove(what.id)
        ids.insert(place, what.id)
        if what.kind == FILTER:
            self._filters(lambda filters: filters.reorder(ids), self._told)
        elif what.kind == COLUMN:
            self._arranging(lambda service: service.reorder(ids), self._told, long=True)
        else:
            self.board.say(_("Views stand in the order in which they were made."))

    def _delete(self, what: Arranged) -> None:
        if what.kind == FILTER:
            self._filters(lambda filters: filters.remove(what.id), self._told)
        elif what.kind == COLUMN:
            self._arranging(lambda service: service.remove_column(what.id), self._told, long=True)
        else:
            self._arranging(lambda service: service.remove_view(what.id), self._gone)

    # --- on mail already here -----------------------------------------------------------------------------------

    def _run_one(self, what: Arranged) -> None:
        if what.kind == FILTER:
            self._run((what.id,))
        else:
            self.board.say(_("Only a filter is run; columns and views hold what fits at any time."))

    def _run(self, ids: Sequence[str]) -> None:
        """Say on how much first, then ask (FLT-2)."""
        filters = self.board.later.filters

        def known(runs: Sequence[FilterRun]) -> None:
            lines = [_rehearsed(run, filters) for run in runs if run.threads or run.refused]
            if not any(run.threads for run in runs):
                self.board.say("  ".join(lines) or _("There is no mail here that the filters would touch."))
                return
            heading = _("Run on mail already here?")
            self.board.push_screen(Confirm(self.board, heading, "\n".join(lines), doing=_("run"), agreed=agreed))

        def agreed() -> None:
            self._filters(lambda service: service.run(ids), self._told, long=True)

        wait_for(self.board, _("Looking which mail fits…"), lambda _stopped: filters.rehearse(ids), known)

    # --- writing to the database --------------------------------------------------------------------------------

    def _filters(
        self, change: "Callable[[FilterService], Outcome]", then: Callable[[Outcome], None], *, long: bool = False
    ) -> None:
        from salesinbox.services.filters import FilterService  # noqa: PLC0415 - needed when something is saved

        def deed(actions: "ActionService") -> Outcome:
            return change(FilterService(actions.writer))

        self.board.hand.do(deed, then, threads=self._about(long=long))

    def _arranging(
        self, change: "Callable[[ArrangingService], Outcome]", then: Callable[[Outcome], None], *, long: bool = False
    ) -> None:
        from salesinbox.services.arranging import ArrangingService  # noqa: PLC0415 - the same

        def deed(actions: "ActionService") -> Outcome:
            return change(ArrangingService(actions.writer))

        self.board.hand.do(deed, then, threads=self._about(long=long))

    def _about(self, *, long: bool) -> int:
        """How many threads a change may touch: with many, the interface does not wait for it."""
        every = sum(view.threads for view in self.board.rail.views if view.name == "all")
        return max(every, 1) if long and every > MANY else 1

    def _told(self, outcome: Outcome) -> None:
        acting.after(self.board, outcome)

    def _gone(self, outcome: Outcome) -> None:
        """A view that is no longer there is not looked at any more."""
        self._told(outcome)
        if self.board.nav.view not in {view.name for view in self.board.rail.views}:
            self.board.nav.choose_view("inbox")


def _number(filters: "FilterService", query: str) -> int | None:
    """How many threads fit; None for a query that cannot be understood (any longer)."""
    try:
        return filters.count(query)
    except QueryError:
        return None


def _rehearsed(run: FilterRun, filters: "FilterService") -> str:
    """What a filter would do: "Newsletters: 12 threads – archive (12), label News (3)"."""
    found = ngettext("{n} thread", "{n} threads", run.threads).format(n=number(run.threads))
    done = ", ".join(
        f"{filters.described(Filter('', '', '', ((verb, '…' if verb in WITH_VALUE else ''),)))} ({number(threads)})"
        for verb, threads in run.actions
    )
    refused = " ".join(f"! {safe(sentence)}" for _id, sentence in run.refused)
    return f"{clip(safe(run.name), _NAME)}: " + " – ".join(part for part in (found, done, refused) if part)
