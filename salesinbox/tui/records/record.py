"""A record: its fields, what happened with it, what belongs to it, its files; and what can be done with it (REC-2)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.style import Style
from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _
from salesinbox.model import records as kinds
from salesinbox.model import timeline
from salesinbox.model.errors import NotFoundError
from salesinbox.model.fields import Field
from salesinbox.model.records import Company, Deal, Item, Person, Record
from salesinbox.model.text import safe, width
from salesinbox.model.timeline import Entry, RecordFile, Related
from salesinbox.services.records.words import kind_title
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.navigation import RECORD
from salesinbox.tui.records import record_rows, words
from salesinbox.tui.records.actions import edit_record, open_record
from salesinbox.tui.records.page import Page, read_thread, steps
from salesinbox.tui.records.record_acting import RecordActing
from salesinbox.tui.records.record_rows import Section
from salesinbox.tui.wording import money

if TYPE_CHECKING:
    from salesinbox.tui.app import Board

Part = tuple[str, Style]
DETAILS, TIMELINE, RELATED, FILES = "details", "timeline", "related", "files"
_PARTS = (DETAILS, TIMELINE, RELATED, FILES)
_WIDE = 100
"""Cells from which on the fields stand beside the other parts."""
_HEAD = 3
"""Lines above the parts: name, what tells it from others, the parts' names."""
_PAGE = 100
"""Entries of what happened that are read at once."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is shown of what happened: `kinds` of entries, and of mail which (`model.timeline`)."""

    kinds: tuple[str, ...] = ()
    mail: str = ""


@dataclass
class Held:
    """What is known of the record that is shown."""

    record: Record
    fields: list[tuple[Field, str]]
    entries: list[Entry]
    related: Related
    files: list[RecordFile]
    more: bool = False
    """There are older entries than those held."""


class RecordScreen(Page):
    """`narrowed` says which entries are shown; `part` has the cursor."""

    mode = RECORD

    def __init__(self, board: "Board", id: str, *, part: str = TIMELINE, narrowed: Narrowed | None = None) -> None:
        super().__init__(board)
        self.record_id = id
        self.part = part
        self.side = part if part != DETAILS else TIMELINE
        """The part beside the fields, where there is room for two."""
        self.narrowed = narrowed or Narrowed()
        self._most = _PAGE
        self.held = self._read()
        self.sections = {
            DETAILS: Section(self._details, lambda: _("Nothing is known yet. {key} edits it.").format(
                key=board.keys.label("record-edit"))),
            TIMELINE: Section(lambda cells: record_rows.happened(board, self.held.entries, cells), self._nothing),
            RELATED: Section(lambda _cells: record_rows.belonging(board, self.held.related),
                             lambda: _("Nothing belongs to it yet.")),
            FILES: Section(lambda _cells: record_rows.files(board, self.held.files), lambda: _(
                "No files yet. {key} adds one.").format(key=board.keys.label("record-attach"))),
        }  # fmt: skip
        self.acting = RecordActing(self)
        self.does = {
            "part-left": lambda: self._turn(-1), "part-right": lambda: self._turn(1), "record-shown": self._ask_shown,
            **self.acting.does,
        }  # fmt: skip

    def again(self) -> "RecordScreen":
        screen = RecordScreen(self.board, self.record_id, part=self.part, narrowed=self.narrowed)
        screen.side, screen._most = self.side, self._most
        for name, section in self.sections.items():
            screen.sections[name].cursor, screen.sections[name].top = section.cursor, section.top
        return screen

    def offers(self, name: str) -> bool:
        return self.acting.offers(name)

    # --- reading ------------------------------------------------------------------------------------------------

    def _read(self) -> Held:
        """Everything of the record. NotFoundError when it is gone."""
        records, id = self.board.records, self.record_id  # noqa: A001 - as everywhere in the services
        record = records.show(id)
        entries = records.timeline(id, kinds=self.narrowed.kinds, mail=self.narrowed.mail, limit=self._most)
        return Held(
            record, records.fields(id), list(entries), records.related(id), list(records.files(id)),
            len(entries) >= self._most,
        )  # fmt: skip

    def load(self) -> None:
        try:
            self.held = self._read()
        except NotFoundError:
            self.leave()
            raise

    # --- drawing ------------------------------------------------------------------------------------------------

    def draw(self, cells: int, rows: int) -> list[Strip]:
        look = self.board.look
        lines = [self._first_line(cells), self._brief(cells)]
        room = max(rows - _HEAD, 1)
        if cells < _WIDE:
            lines.append(self._titles(_PARTS, cells))
            lines += self.sections[self.part].draw(self.board, cells, room, here=True)
            return lines
        left = min(max(cells * 2 // 5, 40), 64)
        right = cells - left - 1
        titles = Strip([*self._titles((DETAILS,), left), *strip([("│", look["rule"])], 1, look["text"]),
                        *self._titles(_PARTS[1:], right)], cells)  # fmt: skip
        lines.append(titles)
        fields = self.sections[DETAILS].draw(self.board, left, room, here=self.part == DETAILS)
        side = self.sections[self.side].draw(self.board, right, room, here=self.part != DETAILS)
        blank = strip([], left, look["text"]), strip([], right, look["text"])
        for y in range(room):
            one = fields[y] if y < len(fields) else blank[0]
            other = side[y] if y < len(side) else blank[1]
            lines.append(Strip([*one, *strip([("│", look["rule"])], 1, look["text"]), *other], cells))
        return lines

    def _first_line(self, cells: int) -> Strip:
        look = self.board.look
        record = self.held.record
        kind = kind_title(words.kind_of(record))
        tags = " ".join(f"#{safe(tag, 30)}" for tag in record.tags[:6])
        right = "  ".join(part for part in (tags, safe(record.owner, 40), self.record_id) if part)
        return ends([(" " + words.name_of(record), look["title"]), ("  " + kind, look["title_dim"])],
                    [(f" {right} ", look["title_dim"])], cells, look["title"])  # fmt: skip

    def _brief(self, cells: int) -> Strip:
        """What tells it from others: of a deal, amount and stage; of a person, work and address; of a task, when."""
        look = self.board.look
        record = self.held.record
        parts: list[Part] = [(" ", look["text"])]
        if isinstance(record, Deal):
            mark = {kinds.WON: "✓ ", kinds.LOST: "✗ "}.get(record.stage_state, "")
            parts += [(money(record.amount, record.currency) + "  ", look["money"]),
                      (mark + safe(record.stage, 60), look["stage"]),
                      (f" {record.probability}%" if record.stage_state == kinds.OPEN else "", look["dim"])]  # fmt: skip
            if record.closing:
                closes = _("closes {day}") if record.stage_state == kinds.OPEN else _("closed {day}")
                parts.append(("  " + closes.format(day=self.board.clock.closing(record.closing)), look["time"]))
            parts.append(("  " + safe(record.company, 120), look["person"]))
        elif isinstance(record, Item):
            state = safe(words.status(record.status), 60) or (_("done") if record.closed else "")
            about = ", ".join(safe(name, 80) for name in record.about_names[:4])
            parts += [(state + "  " if state else "", look["stage"]), (self._due(record), look["time"]),
                      (about, look["person"])]  # fmt: skip
        else:
            parts.append((words.brief(record), look["text"]))
        return strip(parts, cells, look["text"])

    def _due(self, record: Item) -> str:
        when = self.board.clock.full(record.start) if record.start else self.board.clock.closing(record.day)
        return when + "  " if when else ""

    def _titles(self, names: tuple[str, ...], cells: int) -> Strip:
        look = self.board.look
        counts = {TIMELINE: len(self.held.entries), RELATED: self._belongs(), FILES: len(self.held.files)}
        parts: list[Part] = []
        for name in names:
            count = counts.get(name, 0)
            more = "+" if name == TIMELINE and self.held.more else ""
            title = f" {_part(name)} {number(count)}{more} " if count else f" {_part(name)} "
            if name == TIMELINE and self.narrowed != Narrowed():
                title = f" {self._shown_name()} {number(count)}{more} "
            style = "head_focused" if name == self.part else "head"
            parts += [(title, look[style]), (" ", look["head"])]
        return strip(parts, cells, look["head"])

    def _belongs(self) -> int:
        related = self.held.related
        return len(related.people) + len(related.companies) + len(related.deals) + len(related.items)

    def _details(self, cells: int) -> record_rows.Rows:
        return record_rows.details(self.board, self.held.record, self.held.fields, cells)

    def _nothing(self) -> str:
        if self.narrowed != Narrowed():
            return _("Nothing of the kind “{shown}”. {key} shows something else.").format(
                shown=self._shown_name(), key=self.board.keys.label("record-shown")
            )
        keys = self.board.keys
        return _("Nothing has happened yet. {note} adds a note, {task} a task.").format(
            note=keys.label("record-note"), task=keys.label("record-task")
        )

    # --- moving -------------------------------------------------------------------------------------------------

    @property
    def section(self) -> Section:
        """The part that has the cursor."""
        return self.sections[self.part]

    def move(self, command: str) -> None:
        section = self.section
        section.move(steps(command, max(section.visible - 1, 1), len(section.rows)))
        if self.part == TIMELINE and self.held.more and section.cursor >= len(section.rows) - 20:
            self._most += _PAGE
            self.load()
        self.canvas.changed()

    def _turn(self, by: int) -> None:
        place = _PARTS.index(self.part) + by
        if 0 <= place < len(_PARTS):
            self._to(_PARTS[place])

    def _to(self, part: str) -> None:
        self.part = part
        self.side = part if part != DETAILS else self.side
        self.show()

    def open(self) -> None:
        value: Any = self.section.value
        if isinstance(value, Field):
            self._open_field(value)
        elif isinstance(value, Entry):
            self._open_entry(value)
        elif isinstance(value, RecordFile):
            self.acting.files("view", value)
        elif isinstance(value, Person | Company | Deal | Item):
            open_record(self.board, value.id)

    def _open_field(self, one: Field) -> None:
        """What a field names, where that is a record; else its place in the form."""
        record = self.held.record
        if one.name == "company" and isinstance(record, Person | Deal) and record.company_id:
            open_record(self.board, record.company_id)
        elif one.name == "contacts" and isinstance(record, Deal) and record.contact_ids:
            open_record(self.board, record.contact_ids[0])
        elif one.name == "about" and isinstance(record, Item) and record.about:
            open_record(self.board, record.about[0])
        else:
            edit_record(self.board, self.record_id, one.name)

    def _open_entry(self, entry: Entry) -> None:
        if entry.thread:
            read_thread(self.board, entry.thread, entry.id if entry.id.startswith("m") else "")
        elif entry.kind == timeline.MAIL:
            self.board.nav.open_outbox()
        elif entry.kind in kinds.ITEM_KINDS:
            open_record(self.board, entry.id)
        elif entry.kind == timeline.FILE and (file := self.file(entry.id)) is not None:
            self.acting.files("view", file)

    def file(self, id: str) -> RecordFile | None:
        """A file of the record by its id."""
        return next((one for one in self.held.files if one.id == id), None)

    # --- what is shown of what happened -------------------------------------------------------------------------

    def _filters(self) -> list[tuple[str, Narrowed]]:
        mail = (timeline.MAIL,)
        offered = [
            (_("Everything"), Narrowed()), (_("All mail"), Narrowed(mail)),
            (_("Mail sent from here"), Narrowed(mail, timeline.SENT_HERE)),
            (_("Mail to be sent later"), Narrowed(mail, timeline.SCHEDULED)),
            (_("Drafts"), Narrowed(mail, timeline.DRAFTS)),
        ]  # fmt: skip
        if isinstance(self.held.record, Company | Deal):
            offered.append((_("Mail of all its people"), Narrowed(mail, timeline.PEOPLE)))
        return [
            *offered, (_("Notes"), Narrowed((kinds.NOTE,))),
            (_("Tasks, events and calls"), Narrowed((kinds.TASK, kinds.EVENT, kinds.CALL))),
            (_("Cases"), Narrowed((kinds.CASE,))),
            (_("What became of it"), Narrowed((timeline.STAGE, timeline.CREATED, timeline.CONVERTED, timeline.MERGED))),
            (_("Files"), Narrowed((timeline.FILE,))),
        ]  # fmt: skip

    def _shown_name(self) -> str:
        return next((title for title, narrowed in self._filters() if narrowed == self.narrowed), "")

    def _ask_shown(self) -> None:
        from salesinbox.tui.screens.picker import Choice, Picker  # noqa: PLC0415 - loaded when it is first opened

        filters = self._filters()
        choices = [Choice(title, "✓" if one == self.narrowed else "", value=one) for title, one in filters]
        start = next((n for n, (_title, one) in enumerate(filters) if one == self.narrowed), 0)

        def chosen(narrowed: Narrowed) -> None:
            self.narrowed, self._most = narrowed, _PAGE
            self.sections[TIMELINE].cursor = 0
            self.load()
            self._to(TIMELINE)

        self.board.push_screen(Picker(self.board, _("What is shown"), choices, chosen=chosen, start=start))

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        cells = self.canvas.size.width
        line = event.screen_y - _HEAD
        wide = cells >= _WIDE
        left = min(max(cells * 2 // 5, 40), 64)
        if event.screen_y == _HEAD - 1:
            self._click_title(event.screen_x - (left + 1 if wide else 0), _PARTS[1:] if wide else _PARTS)
            return
        part = self.part if not wide else DETAILS if event.screen_x < left else self.side
        section = self.sections[part]
        if 0 <= line < len(section.drawn):
            again = part == self.part and section.drawn[line] == section.cursor
            section.cursor = section.drawn[line]
            self._to(part)
            if again:
                self.board.attempt(self.open)

    def _click_title(self, cell: int, names: tuple[str, ...]) -> None:
        """To the part whose name was clicked; names stand beside each other as they are drawn."""
        text = self._titles(names, 400).text
        for name in names:
            title = self._shown_name() if name == TIMELINE and self.narrowed != Narrowed() else _part(name)
            start = width(text[: text.find(title)])
            if start <= cell < start + width(title) + 4:
                self._to(name)

    def on_mouse_scroll_down(self) -> None:
        self.move("move-down")

    def on_mouse_scroll_up(self) -> None:
        self.move("move-up")


def _part(name: str) -> str:
    return {
        DETAILS: _("Details"), TIMELINE: _("What happened"), RELATED: _("Belongs to it"), FILES: _("Files"),
    }[name]  # fmt: skip
