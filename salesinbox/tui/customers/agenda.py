"""What is due, and what is coming: one list over the board, from which tasks are done or put off."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import moment
from salesinbox.locale.texts import _
from salesinbox.model.errors import NotFoundError, UsageError
from salesinbox.model.operations import Outcome
from salesinbox.model.records import EVENT, TASK, Item
from salesinbox.services import snoozing
from salesinbox.tui import acting
from salesinbox.tui.customers import agenda_rows
from salesinbox.tui.customers.adding import Adding, create
from salesinbox.tui.customers.agenda_rows import Entry, Row
from salesinbox.tui.lines import strip
from salesinbox.tui.navigation import AGENDA
from salesinbox.tui.screens.overlay import Framed, Overlay
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.services.actions import ActionService
    from salesinbox.services.records.changes import RecordChanges
    from salesinbox.tui.app import Board

_WIDEST = 110
_DONE, _POSTPONE, _NEW, _UNDO, _EXPORT = "agenda-done", "agenda-postpone", "agenda-new", "agenda-undo", "agenda-export"
FILE = "agenda.ics"


class _List(Framed):
    def __init__(self, board: "Board") -> None:
        super().__init__(board.look)
        self.board = board
        self.heading = _("Agenda")
        self.list: list[Row] = []
        self.cursor = self.top = 0
        self.page = 1

    @property
    def keys(self) -> str:
        """What can be done now, for the frame's lower edge."""
        keys = self.board.keys
        words = [
            (keys.label("open"), _("open it")), (keys.label(_DONE), _("done")), (keys.label(_POSTPONE), _("postpone")),
        ] if self.list else []  # fmt: skip
        words += [(keys.label(_NEW), _("new task")), (keys.label(_UNDO), _("undo")), (keys.label("back"), _("back"))]
        return "  ".join(f"{key} {word}" for key, word in words if key)

    @property
    def entry(self) -> Entry | None:
        """The one under the cursor."""
        row = self.list[self.cursor] if self.cursor < len(self.list) else None
        return row if isinstance(row, Entry) else None

    def inside(self, cells: int, rows: int) -> list[Strip]:
        ground = self.look["text"]
        self.hint = self.keys
        if not self.list:
            key = self.board.keys.label(_NEW)
            words = _("Nothing is due, and no event is coming. {key} adds a task.").format(key=key)
            return [strip([(line, self.look["dim"])], cells, ground) for line in wrap(words, cells)]
        self.page = rows
        self.top = max(0, min(self.top, self.cursor, len(self.list) - rows), self.cursor - rows + 1)
        if self.top and self.cursor == self.top and not isinstance(self.list[self.top - 1], Entry):
            self.top -= 1  # with the heading that it stands under
        shown = list(enumerate(self.list))[self.top : self.top + rows]
        return [
            agenda_rows.draw(row, cells, self.look, self.board.clock, here=place == self.cursor) for place, row in shown
        ]

    def step(self, steps: int) -> None:
        """Move by so many entries; headings do not count."""
        places = [place for place, row in enumerate(self.list) if isinstance(row, Entry)]
        if places:
            here = places.index(self.cursor) if self.cursor in places else 0
            self.cursor = places[max(0, min(here + steps, len(places) - 1))]
            self.changed()

    def settle(self, item: str, place: int) -> None:
        """The cursor keeps its item; where that is gone, its place in the list."""
        entries = [n for n, row in enumerate(self.list) if isinstance(row, Entry)]
        there = (n for n in entries if isinstance(row := self.list[n], Entry) and row.item.id == item)
        self.cursor = next(there, next((n for n in entries if n >= place), entries[-1] if entries else 0))


class AgendaScreen(Overlay):
    def __init__(self, board: "Board") -> None:
        self.list = _List(board)

        def size(cells: int, rows: int) -> tuple[int, int]:
            return min(_WIDEST, max(cells - 4, 10)), max(min(len(self.list.list) + 2, rows - 2), min(rows - 2, 12), 3)

        super().__init__(board, self.list, size)
        self._read()

    def on_mount(self) -> None:
        self.board.nav.watching.append(self._read)

    def on_unmount(self) -> None:
        self.board.nav.watching.remove(self._read)

    def _read(self) -> None:
        """Look again: something was done here, or by another process."""
        lines = self.list
        entry, place = lines.entry, lines.cursor
        lines.list = agenda_rows.rows(self.board.later.agenda.due(), self.board.clock)
        lines.settle(entry.item.id if entry is not None else "", place)
        if self.is_mounted:
            self.refresh(layout=True)
            lines.changed()

    # --- keys ---------------------------------------------------------------------------------------------------

    def take(self, command: str, event: events.Key) -> None:
        found = self.board.keys.find(AGENDA, event.key, event.character)
        name = found.name if found is not None else command
        entry = self.list.entry
        if name == _NEW:
            self._new()
        elif name == _UNDO:
            self.board.attempt(partial(acting.undo, self.board))
        elif name == _EXPORT:
            self._export()
        elif entry is not None and name in (_DONE, _POSTPONE, "open"):
            doing: dict[str, Callable[[Item], None]] = {
                _DONE: self._done,
                _POSTPONE: self._postpone,
                "open": self._open,
            }
            self.board.attempt(partial(doing[name], entry.item))
        elif (steps := self.steps(name, self.list.page, len(self.list.list))) is not None:
            self.list.step(steps)

    def on_click(self, event: events.Click) -> None:
        if event.widget is not self.list:
            super().on_click(event)
        elif 0 <= (place := self.list.top + event.y - 1) < len(self.list.list) and isinstance(
            self.list.list[place], Entry
        ):
            self.list.cursor = place
            self.list.changed()

    def on_mouse_scroll_down(self) -> None:
        self.list.step(1)

    def on_mouse_scroll_up(self) -> None:
        self.list.step(-1)

    # --- what is done -------------------------------------------------------------------------------------------

    def _open(self, item: Item) -> None:
        """The mail that it was made from, else the record that it is about, else itself."""
        from salesinbox.tui.records.actions import open_record  # noqa: PLC0415 - loaded when it is first opened

        if item.message:
            try:
                card = self.board.board.card(self.board.mail.thread_of(item.message))
            except NotFoundError:
                card = None
            if card is not None:
                self.close()
                self.board.nav.read(card, item.message)
                return
        open_record(self.board, item.about[0] if item.about else item.id)

    def _change(self, change: "Callable[[RecordChanges], Outcome]") -> None:
        from salesinbox.services.records.changes import RecordChanges  # noqa: PLC0415 - needed when something is saved

        def deed(actions: "ActionService") -> Outcome:
            return change(RecordChanges(actions.writer))

        self.board.hand.do(deed, lambda outcome: acting.after(self.board, outcome))

    def _done(self, item: Item) -> None:
        self._change(lambda changes: changes.complete([item.id], done=not item.closed))

    def _postpone(self, item: Item) -> None:
        if item.kind == EVENT:
            self.board.say(_("An event has its time; open it to change that."))
            return
        board = self.board
        from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

        now, zone = int(board.now()), board.zone

        def fitting(text: str) -> list[Choice]:
            offered = [Choice(title, when, value=_iso(at, zone)) for title, when, at in snoozing.choices(now, zone)]
            if not text.strip():
                return offered
            try:
                at = snoozing.parse(text, now, zone)
            except UsageError:
                named = [choice for choice in offered if text.strip().lower() in choice.title.lower()]
                if not named:
                    raise
                return named
            return [Choice(moment(at, now, zone), value=_iso(at, zone))]

        def until(when: str) -> None:
            self._change(lambda changes: changes.postpone([item.id], when))

        board.push_screen(
            Picker(
                board, _("Postpone until"), fitting, chosen=until, typing=True, prompt=_("tomorrow, Fri 10:00, 12/1")
            )
        )

    def _new(self) -> None:
        save = partial(create, self.board, TASK)
        self.board.push_screen(Adding(self.board, TASK, _("A new task"), save))

    def _export(self) -> None:
        """Into a file that is not there yet."""
        from salesinbox.tui.screens.question import Question  # noqa: PLC0415 - loaded when it is first opened

        def write(typed: str) -> None:
            path = Path(typed).expanduser()
            text = self.board.later.agenda.ics()
            try:
                with path.open("x", encoding="utf-8", newline="") as file:
                    file.write(text)
            except FileExistsError as error:
                raise UsageError(_("{path} is there already. Choose another name.").format(path=path)) from error
            except OSError as error:
                raise UsageError(f"{path}: {error.strerror or error}") from error
            self.board.say(_("Written to {path}.").format(path=path))

        self.board.push_screen(
            Question(self.board, _("Write the agenda as a calendar to"), write, doing=_("write"), text=f"~/{FILE}")
        )


def _iso(at: int, zone: tzinfo) -> str:
    """A time as it can be typed, whatever the language."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")
