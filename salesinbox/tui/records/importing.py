"""Taking in a file of records (REC-7): what it is taken for, a try that changes nothing, the import, its report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual import events
from textual.strip import Strip

from salesinbox.locale.formatting import number
from salesinbox.locale.texts import _, ngettext
from salesinbox.model import records as kinds
from salesinbox.model.imports import CONTACTS, FILE_KINDS, IGNORED, LEADS, PLURAL, SINGULAR, FileLook
from salesinbox.model.records import ImportReport
from salesinbox.model.text import safe
from salesinbox.services import desktop
from salesinbox.tui.lines import ends, strip
from salesinbox.tui.navigation import IMPORT, LIST
from salesinbox.tui.records import import_lines as lines
from salesinbox.tui.records.import_lines import OWN
from salesinbox.tui.records.import_work import Progress, Work
from salesinbox.tui.records.page import Page, steps
from salesinbox.tui.wrapping import wrap

if TYPE_CHECKING:
    from textual.timer import Timer

    from salesinbox.tui.app import Board

CSV = "csv"
_KINDS = {CSV: FILE_KINDS, "vcard": (LEADS, CONTACTS)}
"""Formats that hold one kind of records, and which it may be."""
_TICK = 0.1
_TRY_ROW = -3
"""Where the line of the try stands, seen from the first heading."""


@dataclass
class Import:
    """A file that is being taken in. `kind` is what the rep says, "" what the file does; `mapping` by heading."""

    path: Path
    kind: str = ""
    listed: str = ""
    """The kind of the list that it was called from: what counts where the file does not say."""
    mapping: dict[str, str] = field(default_factory=dict)
    look: FileLook | None = None
    report: ImportReport | None = None
    done: bool = False


REPORTS: "WeakKeyDictionary[Board, Import]" = WeakKeyDictionary()
"""The last import of each board."""


def ask_file(board: "Board", kind: str = "", text: str = "") -> None:
    """Ask for the file; `kind` of record is that of the list that is shown."""
    from salesinbox.tui.compose.attaching import Attaching  # noqa: PLC0415 - loaded when it is first asked

    def answered(found: Sequence[Path]) -> None:
        path = found[0]
        listed = PLURAL.get(kind, "")
        if path.is_dir():
            written = f"{str(path).rstrip('/')}/"
            board.say(_("{path} is a folder: name a file in it.").format(path=desktop.short(path)), alarming=True)
            ask_file(board, kind, written)
            return
        ImportPage(board, Import(path, listed=listed)).begin()

    note = _(
        "A file of contacts, leads, companies, deals, tasks … as Zoho CRM, HubSpot, Salesforce or a spreadsheet write"
        " it (CSV); vCards and calendars, too. Nothing is changed before you have seen what would happen."
    )
    board.push_screen(
        Attaching(board, answered, heading=_("Import records from a file"), doing=_("go on"), note=note, text=text)
    )


def show_report(board: "Board") -> None:
    """What the last import did."""
    if board in REPORTS:
        board.push_screen(ImportPage(board, REPORTS[board]))
    else:
        board.say(_("Nothing was imported since the program was started."))


class ImportPage(Page):
    """First the headings (a file that has none is tried at once), then the report of the try, then the import."""

    mode = IMPORT

    def __init__(self, board: "Board", state: Import) -> None:
        super().__init__(board)
        self.state = state
        self.work: Work | None = None
        self.doing = ""
        self.cursor = self.top = 0
        """The first row is that of the try; the headings follow."""
        self.scrolled, self._visible, self._most, self._top_row = 0, 1, 0, 0
        self._timer: Timer | None = None
        self.does = {
            "import-try": self._try, "import-kind": self._ask_kind, "import-leave-out": self._leave_out,
        }  # fmt: skip

    def again(self) -> "ImportPage":
        return ImportPage(self.board, self.state)

    def offers(self, name: str) -> bool:
        state = self.state
        if self.work is not None or state.done:
            return False
        if name == "import-kind":
            return state.look is not None and state.look.format in _KINDS
        return state.report is None

    def begin(self) -> None:
        """Look at the file, and stand on the screen."""
        self.board.push_screen(self)
        self._look(first=True)

    # --- the work -----------------------------------------------------------------------------------------------

    def _look(self, *, first: bool = False) -> None:
        exchange, state = self.board.later.exchange, self.state
        kind, mapping, listed = state.kind, dict(state.mapping), state.listed

        def work(_told: Progress) -> FileLook:
            look = exchange.look(state.path, kind, mapping=mapping)
            # People in a file that says nothing more are leads for whoever looks at leads.
            people = listed == LEADS and look.kind == CONTACTS and not look.recognised
            if look.format != "ics" and not kind and listed and (people or not look.certain):
                return replace(exchange.look(state.path, listed, mapping=mapping), certain=look.certain)
            return look

        def over(done: Work) -> None:
            if done.result is None or (first and done.stopped):
                self._failed(done, first=first)
                return
            state.look = done.result
            if first and state.look.format != CSV:
                self._try()

        self._do(_("Reading the file…"), work, over)

    def _try(self) -> None:
        state = self.state
        if self.work is not None or state.look is None or state.report is not None:
            return
        if wrong := lines.wrong(state.look, self.board.keys.label("import-kind")):
            self.board.say(wrong, alarming=True)
            return

        def over(done: Work) -> None:
            state.report = done.result
            self.scrolled = 0
            if done.result is None:
                self._failed(done, first=state.look is not None and state.look.format != CSV)

        self._do(_("Trying it: nothing is changed…"), partial(self._take, dry_run=True), over)

    def _import(self) -> None:
        state = self.state

        def over(done: Work) -> None:
            if done.result is None:
                self._failed(done)
                return
            state.report, state.done = done.result, True
            REPORTS[self.board] = state
            self.board.acted()
            self._show_list()
            self.board.say(lines.summary(done.result), lasting=True)

        self._do(_("Importing…"), partial(self._take, dry_run=False), over)

    def _take(self, told: Progress, *, dry_run: bool) -> ImportReport:
        """In the thread; the service opens a connection of its own."""
        state, look = self.state, self.state.look
        assert look is not None
        return self.board.later.exchange.import_file(
            state.path, look.kind, dry_run=dry_run, mapping=state.mapping or None, progress=told
        )

    def _do(self, doing: str, work: Callable[[Progress], Any], over: Callable[[Work], None]) -> None:
        """Work in a thread; meanwhile the screen shows how far it is."""

        def ended(done: Work) -> None:
            self.work = None
            if self._timer is not None:
                self._timer.stop()
                self._timer = None
            if self.is_attached:
                self.board.attempt(partial(over, done))
            if self.is_attached:
                self.show()

        self.doing = doing
        self.work = Work(self.board, work, ended)
        self._timer = self.board.set_interval(_TICK, self.canvas.changed)
        self.show()

    def _failed(self, done: Work, *, first: bool = False) -> None:
        """It was stopped, or cannot be done; a file that was never shown is asked for again."""
        if first:
            self._close()
        if done.error:
            if first:
                kind = SINGULAR.get(self.state.listed, "")
                ask_file(self.board, kind, str(self.state.path))
            self.board.say(done.error, alarming=True)
        else:
            self.board.say(_("Stopped. Nothing was changed."))

    def _close(self) -> None:
        """Leave, with whatever lies above."""
        while self.board.screen is not self:
            self.board.pop_screen()
        self.dismiss(None)

    def _show_list(self) -> None:
        """The list of what came, instead of this."""
        from salesinbox.tui.records.actions import open_browser  # noqa: PLC0415 - nothing else here opens lists
        from salesinbox.tui.records.browser import Browser  # noqa: PLC0415 - the same

        look = self.state.look
        kind = SINGULAR.get(look.kind if look is not None else "", kinds.EVENT)
        stack = self.board.screen_stack
        below = stack[stack.index(self) - 1]
        self._close()
        if isinstance(below, Browser):
            below.shown.queries.pop(kind, None)
            below.turn_to(kind)
        else:
            open_browser(self.board, kind)

    # --- drawing ------------------------------------------------------------------------------------------------

    def draw(self, cells: int, rows: int) -> list[Strip]:
        look, state = self.board.look, self.state
        title = _("Import: {file}").format(file=safe(state.path.name, 200))
        if state.report is not None and self.work is None:
            step = _("It was imported") if state.done else _("A try: nothing was changed")
        else:
            step = ""
        drawn = [ends([(" " + title, look["head_focused"])], [(f" {step} ", look["head_focused"])] if step else [],
                      cells, look["head_focused"])]  # fmt: skip
        if self.work is not None:
            stopping = [(" " + _("Stopping…"), look["warning"])] if self.work.stopped else [
                (" " + _("Esc stops it; then nothing is changed."), look["dim"])]  # fmt: skip
            body = [*lines.progress(look, self.doing, self.work.rows, self.work.share, cells), [], stopping]
            return drawn + [strip(parts, cells, look["text"]) for parts in body]
        if state.report is not None:
            return drawn + self._draw_report(state.report, cells, rows - 1)
        if state.look is not None:
            return drawn + self._draw_headings(state.look, cells, rows - 1)
        return drawn

    def _draw_headings(self, file: FileLook, cells: int, rows: int) -> list[Strip]:
        look, keys = self.board.look, self.board.keys
        named = lines.titles(file)
        left_out = sum(one.taken == IGNORED for one in file.guesses)
        columns = ngettext("{n} column", "{n} columns", len(file.guesses)).format(n=number(len(file.guesses)))
        right = columns + (", " + _("{n} left out").format(n=number(left_out)) if left_out else "")
        above = [
            ends([(" " + lines.recognised(file), look["heading"])], [(f" {right} ", look["dim"])], cells, look["text"])
        ]
        if wrong := lines.wrong(file, keys.label("import-kind")):
            above += [strip([(" ! " + line, look["warning"])], cells, look["text"]) for line in wrap(wrong, cells - 4)]
        note = _("⏎ on a column: take it for another field. {out} leaves a column out, {kind} changes the kind.")
        note = note.format(kind=keys.label("import-kind"), out=keys.label("import-leave-out"))
        below = [strip([(" " + line, look["dim"])], cells, look["text"]) for line in wrap(note, cells - 2)]
        here = self.cursor == 0
        action = _("Try it: see what would happen; nothing is changed yet")
        start = [("▌ " if here else "  ", look["cursor"]), ("▶ " + action, look["selected" if here else "key"])]
        above += [strip([], cells, look["text"]), strip(start, cells, look["text"]), strip([], cells, look["text"])]
        widths = lines.Widths(file.guesses, named, cells)
        above.append(strip([(lines.head(widths), look["head"])], cells, look["head"]))
        room = max(rows - len(above) - len(below), 1)
        self._visible, self._top_row = room, len(above) + 1
        at = max(self.cursor - 1, 0)
        self.top = max(0, min(self.top, at, len(file.guesses) - room), at - room + 1)
        body = [
            strip(lines.row(look, one, named, widths, here=place == self.cursor - 1), cells, look["text"])
            for place, one in enumerate(file.guesses[self.top : self.top + room], self.top)
        ]
        body += [strip([], cells, look["text"])] * (room - len(body))
        return [*above, *body, *below]

    def _draw_report(self, report: ImportReport, cells: int, rows: int) -> list[Strip]:
        look, state = self.board.look, self.state
        above: list[lines.Line] = [[], *lines.numbers(look, report, done=state.done), []]
        if state.look is not None:
            above.insert(0, [(" " + lines.recognised(state.look), look["heading"])])
        if own := lines.own_fields(report):
            above += [*([(" " + line, look["mark"])] for line in wrap(own, cells - 2)[:2]), []]
        below: list[lines.Line] = [[], *([(" " + line, look["key"])] for line in wrap(self._next(report), cells - 2))]
        bad = lines.bad_rows(look, report, cells)
        if bad:
            heading = _("Rows that were not taken in") if state.done else _("Rows that cannot be taken in")
            above.append([(" " + heading, look["warning"])])
        room = max(rows - len(above) - len(below), 1)
        self._visible, self._most = room, max(len(bad) - room, 0)
        self.scrolled = max(0, min(self.scrolled, self._most))
        shown = bad[self.scrolled : self.scrolled + room]
        if self._most and below:
            where = f"{number(self.scrolled + len(shown))}/{number(len(bad))} "
            below[0] = [("─" * max(cells - len(where) - 1, 0) + " ", look["rule"]), (where, look["dim"])]
        filled = [*above, *shown, *([[]] * (room - len(shown))), *below]
        return [strip(parts, cells, look["text"]) for parts in filled]

    def _next(self, report: ImportReport) -> str:
        """What the keys do now."""
        if self.state.done:
            return _("An import cannot be undone. Esc goes back.")
        if not report.created + report.updated:
            return _("There is nothing to import: all of it is here already, or cannot be taken in. Esc goes back.")
        good = report.created + report.updated
        text = ngettext(
            "⏎ imports {n} record. An import cannot be undone. Esc goes back, and nothing is changed.",
            "⏎ imports {n} records. An import cannot be undone. Esc goes back, and nothing is changed.",
            good,
        )
        return text.format(n=number(good))

    # --- keys ---------------------------------------------------------------------------------------------------

    def take(self, key: str, character: str | None) -> None:
        """While something is being done, only Esc and leaving mean something."""
        if self.work is not None:
            keys = self.board.keys
            command = keys.find(self.mode, key, character) or keys.find(LIST, key, character)
            if command is None or command.name not in ("back", "quit"):
                return
            self.work.stop()
        super().take(key, character)

    def move(self, command: str) -> None:
        state = self.state
        if self.work is not None or state.look is None:
            return
        if state.report is not None:
            self.scrolled = max(0, min(self.scrolled + steps(command, self._visible, 1 << 30), self._most))
        else:
            last = len(state.look.guesses)
            self.cursor = max(0, min(self.cursor + steps(command, self._visible, last + 1), last))
        self.canvas.changed()

    def open(self) -> None:
        state = self.state
        if self.work is not None or state.look is None:
            return
        if state.done:
            self.leave()
        elif state.report is not None:
            if state.report.created + state.report.updated:
                self._import()
            else:
                self.board.say(_("There is nothing to import."))
        elif self.cursor == 0:
            self._try()
        else:
            self._ask_field(state.look)

    def back(self) -> None:
        """Stop the work; else a step back: from the report to the headings, from there to what lies below."""
        state = self.state
        if self.work is not None:  # the key has stopped it; the screen changes when it has come to its end
            self.canvas.changed()
        elif state.report is not None and not state.done and state.look is not None and state.look.format == CSV:
            state.report = None
            self.show()
        else:
            self.leave()

    # --- choosing -----------------------------------------------------------------------------------------------

    def _ask_kind(self) -> None:
        from salesinbox.tui.records.import_choosing import ask_kind  # noqa: PLC0415 - loaded when it is first asked

        look = self.state.look
        if self.work is None and look is not None and not self.state.done and look.format in _KINDS:
            ask_kind(self.board, look, _KINDS[look.format], self._use_kind)

    def _use_kind(self, kind: str) -> None:
        state = self.state
        state.kind, state.report = kind, None
        # What was taken for a field may be none of the other kind.
        state.mapping = {name: to for name, to in state.mapping.items() if not to or to.startswith(OWN)}
        self._look(first=state.look is not None and state.look.format != CSV)

    def _leave_out(self) -> None:
        state = self.state
        if self.work is not None or state.look is None or state.report is not None or not self.cursor:
            return
        one = state.look.guesses[self.cursor - 1]
        if one.taken == IGNORED:
            state.mapping.pop(one.heading, None)
            self._look()
        else:
            self._map(one.heading, "")

    def _map(self, heading: str, name: str) -> None:
        self.state.mapping[heading] = name
        self._look()

    def _ask_field(self, look: FileLook) -> None:
        from salesinbox.tui.records.import_choosing import ask_field  # noqa: PLC0415 - the same

        one = look.guesses[self.cursor - 1]
        if one.heading:
            ask_field(self.board, look, one, partial(self._map, one.heading))
        else:
            self.board.say(_("A column without a heading is left out. Give it one in the file."))

    # --- mouse --------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        look = self.state.look
        if self.work is not None or look is None or self.state.report is not None:
            return
        row = event.screen_y - self._top_row
        place = 0 if row == _TRY_ROW else row + self.top + 1 if row >= 0 else -1
        if not 0 <= place <= len(look.guesses):
            return
        if place == self.cursor:
            self.board.attempt(self.open)
        else:
            self.cursor = place
            self.canvas.changed()

    def on_mouse_scroll_down(self) -> None:
        self.move("move-down")

    def on_mouse_scroll_up(self) -> None:
        self.move("move-up")
