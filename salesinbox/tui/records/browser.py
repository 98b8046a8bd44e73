"""Lists of records over the board, one kind at a time (REC-1): columns, order, filter, selection, bulk edit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.strip import Strip

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _
from salesinbox.model.errors import SalesInboxError
from salesinbox.model.fields import Field
from salesinbox.model.listing import Key, RecordPage
from salesinbox.model.text import clip, safe, width
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.navigation import RECORDS
from salesinbox.tui.records import columns as listed
from salesinbox.tui.records import words
from salesinbox.tui.records.actions import open_record
from salesinbox.tui.records.list_acting import ListActing
from salesinbox.tui.records.page import Page, steps
from salesinbox.tui.records.shown import Shown
from salesinbox.tui.records.window import Window
from salesinbox.tui.typing import Typed
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]
_HEAD = 3
"""Lines above the rows: kinds, filter, headings."""
_FALLING = frozenset({"closing", "due", "start", "changed", "created", "amount"})
"""What one wants to see with the largest first."""


class Browser(Page):
    """`typed` is the filter while it is typed; `wrong` says what is wrong with it, over the rows as they were."""

    mode = RECORDS

    def __init__(self, board: "Board", shown: Shown) -> None:
        super().__init__(board)
        self.shown = shown
        self.typed: Typed | None = None
        self._query_before = ""
        self.wrong = ""
        self.window = Window(self._fetch)
        self.acting = ListActing(self)
        self._columns: list[Field] = []
        self.does = {
            "part-left": lambda: self._turn(-1), "part-right": lambda: self._turn(1), "records-filter": self._filter,
            "records-sort": self._ask_sort, "records-reverse": self._reverse, "records-columns": self._ask_columns,
            **self.acting.does,
        }  # fmt: skip
        self._begin()

    def again(self) -> "Browser":
        return Browser(self.board, self.shown)

    def offers(self, name: str) -> bool:
        return self.acting.offers(name)

    # --- reading ------------------------------------------------------------------------------------------------

    def _fetch(self, from_end: bool, after: Key | None, limit: int) -> RecordPage:
        sort, falling = self.shown.sort
        return self.board.records.page(
            self.shown.kind, query=self.shown.query, sort=sort, descending=falling != from_end, after=after, limit=limit
        )

    def _begin(self) -> None:
        """The list of the kind that is chosen, the cursor where it was."""
        self.shown.recall(self.board)
        self._choose_columns()
        self.wrong = ""
        try:
            self.window.open()
        except SalesInboxError as error:  # a filter of before that means nothing any more
            self.wrong = str(error)
            self.shown.queries.pop(self.shown.kind, None)
            self.window.open()
        self.window.go_to(self.shown.cursors.get(self.shown.kind, ""))
        self._count()

    def _choose_columns(self) -> None:
        kind = self.shown.kind
        names = self.shown.columns.get(kind) or listed.first(self.board, kind)
        by_name = {one.name: one for one in listed.offered(self.board, kind)}
        self._columns = [by_name[name] for name in names if name in by_name]

    def _count(self) -> None:
        if not self.shown.query:
            self.shown.counts[self.shown.kind] = self.window.total

    def on_mount(self) -> None:
        super().on_mount()
        self.call_after_refresh(self._count_all)

    def _count_all(self) -> None:
        """How many there are of each kind; after the list stands there."""
        for kind in words.KINDS:
            self.shown.counts[kind] = self.board.records.count(kind)
        self.show()

    def load(self) -> None:
        self.window.reread()
        if self.shown.marked:
            gone = [id for id in self.shown.marked if not self._is_there(id)]  # noqa: A001 - as in the services
            for id in gone:  # noqa: A001 - the same
                del self.shown.marked[id]
        self._count_all()

    def _is_there(self, id: str) -> bool:
        """Whether a selected record is still there; only few are looked for, for each costs a read."""
        if len(self.shown.marked) > len(self.window.rows):
            return True
        try:
            self.board.records.show(id)
        except SalesInboxError:
            return False
        return True

    # --- drawing ------------------------------------------------------------------------------------------------

    def draw(self, cells: int, rows: int) -> list[Strip]:
        self.window.fit(rows - _HEAD)
        name, columns = listed.fitted(self._columns, cells - 3)
        lines = [self._tabs(cells), self._state(cells)]
        look = self.board.look
        sort, falling = self.shown.sort
        titles = listed.headings(_("Name"), name, columns, sort, "↓" if falling else "↑")
        lines.append(strip([("  " + titles, look["head"])], cells, look["head"]))
        if self.wrong:
            return lines + [strip([(" " + line, look["warning"])], cells, look["text"])
                            for line in wrap(safe(self.wrong, 400), cells - 2)]  # fmt: skip
        if not self.window.rows:
            return lines + [strip([("  " + line, look["dim"])], cells, look["text"])
                            for line in ["", *wrap(self._nothing(), cells - 4)]]  # fmt: skip
        window = self.window
        for place, record in enumerate(window.rows[window.top : window.top + window.visible], window.top):
            here = place == window.cursor
            marked = record.id in self.shown.marked
            base = look["dim"] if words.is_closed(record) else look["name"]
            style = look["selected"] if here else look["unread"] if marked else base
            start: list[Part] = [("▌" if here else " ", look["cursor"]), ("✓" if marked else " ", look["mark"])]
            row = listed.row(self.board, look, record, name, columns, style)
            lines.append(strip([*start, *row], cells, look["text"]))
        return lines

    def _tabs(self, cells: int) -> Strip:
        """All kinds with their counts; where they do not fit, those around the one that is shown."""
        look = self.board.look
        names = [self._tab(kind) for kind in words.KINDS]
        at = words.KINDS.index(self.shown.kind)
        first, last = at, at
        used = width(names[at])
        while True:
            left = first > 0 and used + width(names[first - 1]) + 2 <= cells - 2
            if left:
                first -= 1
                used += width(names[first]) + 1
            right = last < len(names) - 1 and used + width(names[last + 1]) + 2 <= cells - 2
            if right:
                last += 1
                used += width(names[last]) + 1
            if not left and not right:
                break
        parts: list[Part] = [("‹" if first else " ", look["title_dim"])]
        for place in range(first, last + 1):
            parts.append((names[place], look["head_focused" if place == at else "title"]))
            parts.append((" ", look["title"]))
        end: list[Part] = [("›", look["title_dim"])] if last < len(names) - 1 else []
        return ends(parts, end, cells, look["title"])

    def _tab(self, kind: str) -> str:
        count = self.shown.counts.get(kind, 0)
        return f" {words.plural(kind)} {number(count)} " if count else f" {words.plural(kind)} "

    def _state(self, cells: int) -> Strip:
        """The filter, how many records there are, how they are sorted, how many are selected."""
        look = self.board.look
        count = number(self.window.total)
        if self.shown.query and self.shown.kind in self.shown.counts:
            count = _("{n} of {all}").format(n=count, all=number(self.shown.counts[self.shown.kind]))
        right: list[Part] = [(f" {count} ", look["dim"])]
        if self.shown.marked:
            text = _("✓ {n} selected").format(n=number(len(self.shown.marked)))
            right.insert(0, (f" {text} ", look["mark"]))
        room = cells - sum(width(text) for text, _style in right) - 4
        if self.typed is not None:
            return ends(self._typed_parts(self.typed, room), right, cells, look["input"])
        if self.shown.query:
            return ends([(" ⌕ ", look["heading"]), (clip(safe(self.shown.query), room), look["text"])], right, cells,
                        look["text"])  # fmt: skip
        hint = _("{key} filters: words, stage:…, owner:me, tag:…, amount:>1000").format(
            key=self.board.keys.label("records-filter")
        )
        return ends([(" ", look["text"]), (clip(hint, room), look["dim"])], right, cells, look["text"])

    def _typed_parts(self, typed: Typed, room: int) -> list[Part]:
        style = self.board.look["input"]
        before, after = typed.text[: typed.place], typed.text[typed.place :]
        while width(before) > max(room - 2, 1):
            before = before[1:]
        self.board.cursor_position = Offset(3 + width(before), 1)
        cursor = (after[:1] or " ", style + Style(reverse=True))
        return [(" ⌕ ", self.board.look["heading"]), (before, style), cursor, (after[1:], style)]

    def _nothing(self) -> str:
        kind = self.shown.kind
        if self.shown.query:
            text = _("Nothing fits “{query}”. {key} takes the filter off.")
            return text.format(query=clip(safe(self.shown.query), 60), key=self.board.keys.label("back"))
        text = _("There is nothing in “{kind}” yet. {key} makes the first one; {import_key} takes in a file of them,"
                 " as other CRMs and spreadsheets write it.")  # fmt: skip
        keys = self.board.keys
        return text.format(
            kind=words.plural(kind), key=keys.label("record-new"), import_key=keys.label("records-import")
        )

    # --- moving -------------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """Where the cursor is, for when this list is opened again."""
        record = self.window.record
        if record is not None:
            self.shown.cursors[self.shown.kind] = record.id

    def move(self, command: str) -> None:
        window = self.window
        if command == "first":
            window.start()
        elif command == "last":
            window.end()
        else:
            window.move(steps(command, max(window.visible - 1, 1), 0))
        self.remember()
        self.canvas.changed()

    def _turn(self, by: int) -> None:
        """To the kind beside."""
        place = words.KINDS.index(self.shown.kind) + by
        if 0 <= place < len(words.KINDS):
            self.turn_to(words.KINDS[place])

    def turn_to(self, kind: str) -> None:
        """Show the records of a kind."""
        self.remember()
        self.shown.kind = kind
        self.shown.marked.clear()
        self.acting.anchor = ""
        self._begin()
        self.show()

    def back(self) -> None:
        """What is selected is let go first, then the filter, then the screen."""
        if self.shown.marked:
            self.shown.marked.clear()
        elif self.shown.query or self.wrong:
            self.shown.queries.pop(self.shown.kind, None)
            self._begin()
        else:
            self.leave()
            return
        self.show()

    def open(self) -> None:
        record = self.window.record
        if record is not None:
            self.remember()
            open_record(self.board, record.id)

    # --- the filter ---------------------------------------------------------------------------------------------

    def _filter(self) -> None:
        self._query_before = self.shown.query
        self.typed = Typed(self.shown.query)
        self.show()

    def take(self, key: str, character: str | None) -> None:
        typed = self.typed
        if typed is None:
            super().take(key, character)
        elif key in ("ctrl+c", "ctrl+q"):
            self.board.exit()
        elif key == "enter":
            if not self.wrong:
                self.typed = None
        elif key == "escape":
            self.typed = None
            self._look_for(self._query_before)
        elif key in ("down", "up"):
            self.window.move(1 if key == "down" else -1)
        elif typed.key(key, character):
            self._look_for(typed.text)
        self.show()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self.typed is not None:
            self.typed.insert(" ".join(event.text.split()))
            self._look_for(self.typed.text)
            self.show()

    def _look_for(self, query: str) -> None:
        """Other rows; for a filter that cannot be understood, what is wrong with it."""
        kept = self.shown.query
        self.shown.queries[self.shown.kind] = " ".join(query.split())
        try:
            self.window.open()
        except SalesInboxError as error:
            self.wrong = str(error)
            self.shown.queries[self.shown.kind] = kept
        else:
            self.wrong = ""
            self._count()

    # --- order and columns --------------------------------------------------------------------------------------

    def _ask_sort(self) -> None:
        from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

        sort, falling = self.shown.sort
        mark = "↓" if falling else "↑"
        offered = [("name", _("Name")), *((one.name, words.heading(one)) for one in self._columns),
                   ("changed", _("Changed on")), ("created", _("Created on"))]  # fmt: skip
        choices = [Choice(title, mark if name == sort else "", value=name) for name, title in offered]
        start = next((place for place, (name, _title) in enumerate(offered) if name == sort), 0)
        self.board.push_screen(Picker(self.board, _("Sort by"), choices, chosen=self._sort, start=start))

    def _sort(self, name: str) -> None:
        self._ordered(name, falling=name in _FALLING)

    def _reverse(self) -> None:
        name, falling = self.shown.sort
        self._ordered(name, falling=not falling)

    def _ordered(self, name: str, *, falling: bool) -> None:
        before = self.shown.sort
        self.shown.sorts[self.shown.kind] = (name, falling)
        try:
            self.window.open()
        except SalesInboxError:
            self.shown.sorts[self.shown.kind] = before
            raise
        self.shown.keep(self.board)
        self.show()

    def _ask_columns(self) -> None:
        from salesinbox.tui.records.choosing import ColumnChooser  # noqa: PLC0415 - the same

        offered = listed.offered(self.board, self.shown.kind)
        names = [one.name for one in self._columns]

        def chosen(names: Sequence[str]) -> None:
            self.shown.columns[self.shown.kind] = list(names)
            self._choose_columns()
            self.shown.keep(self.board)
            self.show()

        def as_it_comes() -> list[str]:
            return listed.first(self.board, self.shown.kind)

        self.board.push_screen(ColumnChooser(self.board, offered, names, chosen, as_it_comes))

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        place = event.screen_y - _HEAD + self.window.top
        if event.screen_y < _HEAD or not 0 <= place < len(self.window.rows):
            return
        if place == self.window.cursor:
            self.board.attempt(self.open)
        else:
            self.window.move(place - self.window.cursor)
            self.remember()
            self.canvas.changed()

    def on_mouse_scroll_down(self) -> None:
        self.move("move-down")

    def on_mouse_scroll_up(self) -> None:
        self.move("move-up")
